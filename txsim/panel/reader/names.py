# SPDX-License-Identifier: MIT
"""Names of columns, sheets and units in a message: the first of them, and how many more there are."""

from __future__ import annotations

from collections.abc import Iterable

from txsim.language import Words, lazy


def some_names(names: Iterable[str], most: int = 12, *, marked: bool = False) -> Words:
    """Return the first names, cut to 40 characters each, and how many more there are.

    Parameters
    ----------
    names
        Empty ones are left out.
    most
        How many are named.
    marked
        Whether each stands between back quotes.

    Examples
    --------
    >>> str(some_names("abcdefgh", 3))
    'a, b, c and 5 more'
    """
    whole = [name[:40] for name in names if name]
    listing = ", ".join(f"`{name}`" if marked else name for name in whole[:most])
    more = len(whole) - most
    return lazy("{names} and {more} more", names=listing, more=more) if more > 0 else listing
