# SPDX-License-Identifier: MIT
"""Figures of a report that name one quantity, as they are printed in tables, prose and the sentences of a result."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from itertools import combinations
from typing import Any

from txsim.language.message import Figure, Message
from txsim.report.document import Datum, Document, Picture, Table

_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
#: What a printed number may stand for: itself, thousands and more, and hundredths.
_SCALES = (1.0, 1e3, 1e6, 1e9, 0.01)


def _every(part: Any) -> Iterator[Datum | Figure]:
    """Give every figure of a document or of a result's sentences, wherever it stands."""
    if isinstance(part, Datum | Figure):
        yield part
    elif isinstance(part, Message):
        yield from _every([value for _name, value in part.params])
    elif is_dataclass(part) and not isinstance(part, type):
        yield from _every([getattr(part, each.name) for each in fields(part)])
    elif isinstance(part, Mapping):
        yield from _every(list(part.values()))
    elif isinstance(part, list | tuple):
        for each in part:
            yield from _every(each)


def figures(part: Any) -> Iterator[tuple[float, str]]:
    """Give every figure of a document or of a result's sentences: the number and as it is printed, in English."""
    for each in _every(part):
        if each.value is not None:
            yield each.value, each.text if isinstance(each, Datum) else str(each)


def keyed(part: Any) -> list[Datum]:
    """Return every figure of a document, or of a part of one, that stands under a key in the result."""
    return [each for each in _every(part) if isinstance(each, Datum) and each.key]


def told_twice(found: Iterable[tuple[float, str]]) -> dict[float, set[str]]:
    """Return the numbers that are printed in ways that contradict each other, each with how.

    One number is one quantity; two that agree in eight digits are the same, be one a loss and the other a gain. A
    number in print may count thousands, as in a table: what is nearest is meant. Of two ways the one with fewer
    decimals may be the other rounded to them: 62 beside 61.8, but neither 90 beside 94 nor 16.27 beside 16.28.
    """
    printed: dict[str, dict[str, tuple[float, float]]] = {}
    for value, text in found:
        numbers = _NUMBER.findall(text)
        if value == 0 or len(numbers) != 1:
            continue
        size, told = abs(value), float(numbers[0].replace(",", ""))
        scale = min(_SCALES, key=lambda each: abs(each * told - size))
        step = scale * 10.0 ** -len(numbers[0].partition(".")[2])
        printed.setdefault(f"{size:.7e}", {})[text] = (scale * told, step)
    return {
        float(value): set(ways)
        for value, ways in printed.items()
        for (one, fine), (other, coarse) in combinations(ways.values(), 2)
        if abs(one - other) > 0.501 * (max(fine, coarse) if fine != coarse else 0.0) + 1e-9 * abs(one)
    }


def without_unit(document: Document) -> list[str]:
    """Return heads of columns that count thousands or more where neither head nor caption says so."""
    tables = [block for section in document.sections for block in section.blocks if isinstance(block, Table)]
    return [
        f"{table.caption} | {head}"
        for table in tables
        for place, head in enumerate(table.head)
        if not re.search(r"\b(k|M|bn)\N{NO-BREAK SPACE}", f"{head} {table.caption}")
        and any(_in_thousands(value, text) for value, text in figures([row[place] for row in table.rows]))
    ]


def _in_thousands(value: float, text: str) -> bool:
    numbers = _NUMBER.findall(text)
    if len(numbers) != 1 or text.endswith("%") or re.search("[a-zA-Z]", text):
        return False
    told = float(numbers[0].replace(",", ""))
    return told > 0 and abs(value) > 500.0 * told


#: A printed number with what says how it counts: a sign, or a unit behind it.
_COUNTED = re.compile(
    r"(?:[+\N{MINUS SIGN}]\d[\d,]*(?:\.\d+)?(?![\d,.])|\d[\d,]*(?:\.\d+)?(?=\N{NO-BREAK SPACE}(?:%|k\b|M\b|bn\b)))"
)
#: Shares that name an interval or an end of one.
_INTERVALS = {"5", "25", "50", "75", "90", "95"}


def pictured(picture: Picture) -> Iterator[tuple[float, str]]:
    """Give the numbers that a picture's words print, each with what is drawn that they stand for, and that as it is.

    Words are its title, description, note, legend and the texts of its rows, which are told of the numbers of their own
    row alone; a number stands for what is drawn nearest to it, if within 1.5 % of it.
    """
    rows = list(_rows(picture.spec))
    drawn = [abs(value) for row in rows for value in row.values() if _is_number(value)]
    whole = (picture.title, picture.description, picture.note, *(words for _role, words in picture.legend))
    told = [(text, drawn) for text in whole]
    for row in rows:
        own = [abs(value) for value in row.values() if _is_number(value)]
        told += [(text, own) for text in row.values() if isinstance(text, str)]
    for text, values in told:
        for number in (found.strip("+\N{MINUS SIGN}").replace(",", "") for found in _COUNTED.findall(text)):
            plain = float(number)
            off, value, scale = min(
                ((abs(plain * scale - value), value, scale) for value in values for scale in (1.0, 0.01)),
                default=(1.0, 0.0, 1.0),
            )
            if off > 0.015 * value or number in _INTERVALS:
                continue
            # Parts are told so that they add up as printed, one step off; a whole number to tens or hundreds, as far as
            # its error goes.
            whole_number = number.isdigit()
            step = 10.0 ** (len(number) - len(number.rstrip("0")) if whole_number else -len(number.partition(".")[2]))
            if off > 1.001 * scale * step:
                yield value, f"{value:.12f}"
            # In thousands and more it is the same as in a table; a round one may be anything.
            known = float(f"{value:.4g}") != value
            yield from ((each * value, number) for each in ((1.0, 1e3, 1e6) if known else (1.0,)))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _rows(spec: Any) -> Iterator[Mapping[str, Any]]:
    """Give the rows of data of a description, whichever layer holds them."""
    if isinstance(spec, Mapping):
        for key, part in spec.items():
            if key == "values" and isinstance(part, list) and all(isinstance(row, Mapping) for row in part):
                yield from part
            else:
                yield from _rows(part)
    elif isinstance(spec, list | tuple):
        for part in spec:
            yield from _rows(part)
