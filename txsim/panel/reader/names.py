# SPDX-License-Identifier: MIT
"""Names of columns, sheets and units in a message: the first of them, and how many more there are."""

from __future__ import annotations

import re
from collections.abc import Iterable

import yaml

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


def yaml_word(word: str) -> str:
    """Return a word as YAML takes it for a word within brackets: with quotes where it needs them.

    Examples
    --------
    >>> [yaml_word(word) for word in ("Nord", "n", "0001", "FC 2+10", "a, b", "")]
    ['Nord', '"n"', '"0001"', 'FC 2+10', '"a, b"', '""']
    """
    plain = re.fullmatch(r"[^\W\d_][\w .()+/\-]*", word) and word == word.strip()
    if plain and word.casefold() not in _SHORT and isinstance(yaml.safe_load(word), str):
        return word
    return f'"{word.replace(chr(92), chr(92) * 2).replace(chr(34), chr(92) + chr(34))}"'


#: What some readers of YAML take for yes and no.
_SHORT = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}
