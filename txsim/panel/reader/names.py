# SPDX-License-Identifier: MIT
"""Names of columns, sheets and units in a message: the first of them, and how many more there are."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

import yaml

from txsim.language import Words, lazy


def some_names(names: Iterable[str], most: int = 12, *, marked: bool = False) -> Words:
    """Return the first names, cut to 40 characters each, and how many more there are.

    ``names``: empty ones are left out; ``most``: how many are named; ``marked``: whether each stands between back
    quotes.

    >>> str(some_names("abcdefgh", 3))
    'a, b, c and 5 more'
    """
    whole = [name[:40] for name in names if name]
    listing = ", ".join(f"`{name}`" if marked else name for name in whole[:most])
    more = len(whole) - most
    return lazy("{names} and {more} more", names=listing, more=more) if more > 0 else listing


def yaml_word(word: str) -> str:
    """Return a word as YAML takes it for a word within brackets: with quotes where it needs them.

    >>> [yaml_word(word) for word in ("Nord", "n", "0001", "FC 2+10", "a, b", "")]
    ['Nord', '"n"', '"0001"', 'FC 2+10', '"a, b"', '""']
    """
    plain = re.fullmatch(r"[^\W\d_][\w .()+/\-]*", word) and word == word.strip()
    if plain and word.casefold() not in _SHORT and isinstance(yaml.safe_load(word), str):
        return word
    return f'"{word.replace(chr(92), chr(92) * 2).replace(chr(34), chr(92) + chr(34))}"'


#: What some readers of YAML take for yes and no.
_SHORT = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}

#: Letters of a name that is not short: one that differs may be a slip of the pen.
_LONG = 5
_ROMAN = {"ii": "2", "iii": "3", "iv": "4"}


def spelling(name: str) -> str:
    """Return what is left of a name whatever signs, spaces, accents and capitals someone writes.

    >>> spelling("Nord-Ost") == spelling("nord ost."), spelling("Орёл") == spelling("Орел"), spelling("Team 02")
    (True, True, 'team2')
    """
    name = re.sub(r"\b(ii|iii|iv)$", lambda roman: _ROMAN[roman[1]], name.casefold())
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", name) if not unicodedata.combining(sign))
    return re.sub(r"[\W_]+", "", re.sub(r"(?<!\d)0+(?=\d)", "", re.sub(r"(?<=[aou])e", "", plain)))


def nearly_alike(one: str, other: str) -> bool:
    """Whether two names may be one with words beside it, or with a slip: a letter that is wrong, lacks or is doubled.

    Names that differ in a number are two: `Branch 1` and `Branch 11`.

    >>> nearly_alike("Leeds", "Leads"), nearly_alike("Kiel (new)", "Kiel"), nearly_alike("Team A", "Team B")
    (True, True, False)
    """
    if re.findall(r"\d+", one) != re.findall(r"\d+", other):
        return False
    few, many = sorted((set(re.findall(r"\w+", name.casefold())) for name in (one, other)), key=len)
    if few < many and max(map(len, few), default=0) > 2:
        return True
    short, long_name = sorted((spelling(one), spelling(other)), key=len)
    while short[:1] and short[:1] == long_name[:1]:
        short, long_name = short[1:], long_name[1:]
    while short[-1:] and short[-1:] == long_name[-1:]:
        short, long_name = short[:-1], long_name[:-1]
    letters = min(len(spelling(one)), len(spelling(other)))
    slip = len(long_name) <= 1 or (len(short) == 2 and short == long_name[::-1])
    return letters >= _LONG and slip and not any(re.search(r"\b\w$", name) for name in (one, other))  # `Team A`


def natural(name: str) -> tuple[Any, ...]:
    """Return what names are sorted by, so that numbers in them count: `Team 2` before `Team 10`."""
    return tuple(
        (0, int(part), "") if part.isdecimal() else (1, 0, part.lower()) for part in re.split(r"(\d+)", name) if part
    )
