# SPDX-License-Identifier: MIT
"""Numbers as people write them in spreadsheets and survey tools."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from txsim.language import Words, joined, lazy
from txsim.panel.reader.periods import month_named
from txsim.panel.reader.vocabulary import is_missing, level_of, points_of

#: Numbers beyond this are slips or codes; as in YAML files.
LARGEST = 1e15

_DASHES = str.maketrans({"−": "-", "–": "-", "—": "-", "‐": "-", "‑": "-", "\xa0": " ", "\u202f": " ", "\u2009": " "})
_BOUND = re.compile(
    r"(?:(?:n ?)?[<>≤≥]=?|under|over|below|above|fewer than|less than|more than|менее|более|unter|über|moins de|plus de"
    r"|menos de) ?\d+(?:[.,]\d+)? ?%?"
)
_OF = re.compile(r"(-?\d+(?:[.,]\d+)?) ?(?:/|out of|of|из|von|sur|de|su|van|z) ?(\d{1,3})")
_MARKED = re.compile(r"([-+]?\d[\d.,' ]*%?)\s*(?:\*+|[†‡]|\((?:r|p|e|\d)\)|\[(?:r|p|e|\d)\])")
_UNIT = re.compile(r"\s*(?:%|pts?\.?|points?|nps|баллов|балла|балл|п\. ?п\.|пп|punkte?|puntos?)$", re.IGNORECASE)
#: `10 - Extremely likely`, `5 = Agree`, `3: neutral`, `7) often`, and a number before words at the ends of a scale.
_BEFORE = re.compile(r"(-?\d{1,3})\s*(?:[-=:.)]\s*|\s+)([^\W\d_][^\d]*)")
#: `10 (extremely likely)`.
_BEFORE_BRACKETS = re.compile(r"(-?\d{1,3})\s*[(\[]\s*([^\W\d_][^\d()\[\]]*)[)\]]")
_AFTER = re.compile(r"([^\W\d_][^\d]*?)\s*(?:[-=:]\s*(-?\d{1,3})|[(\[](-?\d{1,3})[)\]])")


@dataclass(frozen=True, slots=True)
class Number:
    """What a cell says."""

    value: float | None  #: The number, ``None`` where there is none.
    repair: Words = ""  #: What was done to read it.
    fault: Words = ""  #: Why it is no number.
    label: str = ""  #: Words that stood beside the number, or in its place.
    top: float | None = None  #: The best value where the cell names it (`8 out of 10`).
    percent: bool = False  #: Whether a percent sign stood behind it.
    bound: bool = False  #: Whether the cell says only that the value is below or above a number.
    stated: bool = False  #: Whether the spec says what the cell's word is worth.


def read_number(text: str, *, comma: str = "auto") -> Number:
    """Read a number with percent signs, thousand separators, decimal commas, brackets, odd dashes and labels.

    ``text``: the cell; ``comma``: ``thousands``, ``decimal`` or ``auto``: what a single comma before three digits
    stands for.

    >>> read_number("1.234,5").value, read_number("(12)").value
    (1234.5, -12.0)
    """
    if is_missing(text):
        return Number(None)
    cell = text.translate(_DASHES).strip().lstrip("'").strip()
    if _BOUND.fullmatch(cell.lower()):
        return Number(None, bound=True)
    repairs: list[Words] = []
    if cell != text.strip() and cell.startswith("-"):
        repairs.append(lazy("another dash for minus"))
    marked = _MARKED.fullmatch(cell)
    if marked:
        cell = marked[1].strip()
        repairs.append(lazy("footnote mark"))
    if re.match(r"[~≈]\s*\d", cell):
        cell = cell[1:].strip()
        repairs.append("`about`")
    top = None
    of = _OF.fullmatch(cell.lower())
    if of:
        cell, top = of[1], float(of[2])
        repairs.append("`out of`")
    unit = _UNIT.search(cell)
    percent = False
    if unit and any(sign.isdigit() for sign in cell[: unit.start()]):
        percent = "%" in unit[0]
        cell = cell[: unit.start()].strip()
        repairs.append(lazy("percent sign") if percent else lazy("unit"))
    negative = re.fullmatch(r"\((\d[\d.,' ]*)\)", cell) or re.fullmatch(r"(\d[\d.,' ]*)-", cell)
    if negative:
        cell = f"-{negative[1]}"
        repairs.append(lazy("brackets or a minus behind for a negative number"))
    value = _plain(cell, comma, repairs)
    label = ""
    if value is None:
        before, after = _BEFORE.fullmatch(cell) or _BEFORE_BRACKETS.fullmatch(cell), _AFTER.fullmatch(cell)
        if before:
            value, label = float(before[1]), before[2].strip()
        elif after:
            value, label = float(after[2] or after[3]), after[1].strip()
        if value is None:
            if level_of(cell) is not None or points_of(cell) is not None:
                return Number(None, label=cell)
            return Number(None, fault=lazy("text where a number belongs"))
        if month_named(label) is not None:
            return Number(None, fault=lazy("a date where a number belongs"))
        repairs.append(lazy("words beside the number"))
    if value != value:
        return Number(None)
    if abs(value) > LARGEST:
        return Number(
            None,
            fault=lazy("not a finite number") if abs(value) == float("inf") else lazy("a number larger than can be"),
        )
    return Number(value, _both(tuple(dict.fromkeys(repairs))), label=label, top=top, percent=percent)


def _both(parts: tuple[Words, ...]) -> Words:
    """Return one or several repairs as one."""
    if len(parts) < 2:
        return parts[0] if parts else ""
    return lazy("{others} and {last}", others=joined(", ", parts[:-1]), last=parts[-1])


def _plain(cell: str, comma: str, repairs: list[Words]) -> float | None:
    """Return the number that a cell without words is, noting what was taken out; ``None`` if it is none."""
    plain = cell
    if re.fullmatch(r"[+-] \d.*", plain):
        plain = plain[0] + plain[2:]
    if re.fullmatch(r"[+-]?\d{1,3}([ '’]\d{3})+(?:[.,]\d+)?", plain):
        plain = re.sub(r"[ '’]", "", plain)
        repairs.append(lazy("thousand separators"))
    if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+\.\d+", plain) or re.fullmatch(r"[+-]?\d{1,3}(,\d{3}){2,}", plain):
        plain = plain.replace(",", "")
        repairs.append(lazy("thousand separators"))
    elif re.fullmatch(r"[+-]?\d{1,3}(\.\d{3})+,\d+", plain) or re.fullmatch(r"[+-]?\d{1,3}(\.\d{3}){2,}", plain):
        plain = plain.replace(".", "").replace(",", ".")
        repairs.append(lazy("thousand separators"))
    elif re.fullmatch(r"[+-]?\d{1,3},\d{3}", plain) and comma != "decimal":
        plain = plain.replace(",", "")
        repairs.append(lazy("thousand separators"))
    elif re.fullmatch(r"[+-]?\d*,\d+", plain):
        plain = plain.replace(",", ".")
        repairs.append(lazy("decimal comma"))
    try:
        return float(plain) if "_" not in plain else None
    except ValueError:
        return None


def tidy_name(text: str) -> str:
    """Return a unit's name without footnote marks, line breaks and doubled spaces, its letters composed.

    Some programs write a letter and its accent as two characters (Unicode NFD), others as one.

    >>> tidy_name("Number of  Answers")
    'Number of Answers'
    """
    text = unicodedata.normalize("NFC", text)
    return re.sub(r"\s+", " ", text.replace("\xa0", " ").replace("†", "").replace("‡", "").strip().rstrip("*").strip())
