# SPDX-License-Identifier: MIT
"""Numbers and dates as people write them in spreadsheets."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

__all__ = ["SENTINELS", "Number", "When", "read_number", "read_period", "tidy_name"]

#: Numbers that systems write where there is none; taken for missing where the scale does not contain them.
SENTINELS = frozenset(
    sign * value
    for value in (98.0, 99.0, 998.0, 999.0, 1000.0, 9998.0, 9999.0, 99999.0, 999999.0, 9999999.0)
    for sign in (1.0, -1.0)
) | {-1.0, -9.0, -8.0, -7.0}
_MISSING = frozenset(
    (
        "",
        "-",
        "–",
        "—",
        ".",
        "..",
        "na",
        "n/a",
        "n.a.",
        "nan",
        "null",
        "none",
        "missing",
        "#n/a",
        "#value!",
        "k.a.",
        "*",
        "**",
        "***",
        ":",
        "#",
        "c",
        "x",
        "z",
        "s",
        "[c]",
        "[x]",
        "[z]",
        "[u]",
        "[low]",
        "dns",
        "dna",
        "n.s.",
        "n.a",
        "suppressed",
        "not available",
        "not applicable",
        "no data",
        "#div/0!",
        "#ref!",
        "#num!",
    )
)
_MONTHS = {
    name: i % 12 + 1
    for i, name in enumerate(
        [
            "jan",
            "feb",
            "mar",
            "apr",
            "may",
            "jun",
            "jul",
            "aug",
            "sep",
            "oct",
            "nov",
            "dec",
            "january",
            "february",
            "march",
            "april",
            "mai",
            "june",
            "july",
            "august",
            "september",
            "october",
            "november",
            "december",
        ]
    )
} | {
    "sept": 9,
    "maerz": 3,
    "märz": 3,
    "mär": 3,
    "okt": 10,
    "dez": 12,
    "januar": 1,
    "februar": 2,
    "juni": 6,
    "juli": 7,
    "oktober": 10,
    "dezember": 12,
    **{name: i for i, names in enumerate(
        (
            "janv janvier ene enero gennaio", "févr fevr février fevrier feb febrero febbraio", "mars marzo",
            "avr avril abr abril aprile", "mai mayo maggio", "juin junio giugno", "juil juillet julio luglio",
            "août aout ago agosto", "septembre septiembre settembre", "octobre octubre ottobre",
            "novembre noviembre", "déc décembre decembre dic diciembre dicembre",
        ), 1) for name in names.split()},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Number:
    """What a cell says: the value (``None`` if missing), what was repaired, or why it is no number."""

    value: float | None
    repair: str = ""
    fault: str = ""


def read_number(text: str, *, comma: str = "auto") -> Number:
    """Read a number with percent signs, thousand separators, decimal commas and odd spaces.

    Parameters
    ----------
    text
        The cell.
    comma
        ``thousands``, ``decimal`` or ``auto``: what a single comma before three digits stands for.
    """
    cell = text.replace("\xa0", " ").replace("\u202f", " ").replace("−", "-").strip()
    if cell.lower() in _MISSING:
        return Number(None)
    if re.fullmatch(r"(?:[<>≤≥]=?|under|over|fewer than|less than|more than) ?\d+(?:[.,]\d+)? ?%?", cell.lower()):
        return Number(None, "a bound, not a value: taken as missing;")
    repairs = []
    marked = re.fullmatch(r"([-+]?\d[\d.,' ]*%?)\s*(?:\*+|[†‡]|\((?:r|p|e|\d)\)|\[(?:r|p|e|\d)\])", cell)
    if marked:
        cell = marked[1].strip()
        repairs.append("footnote mark")
    if re.match(r"[~≈]\s*\d", cell):
        cell = cell[1:].strip()
        repairs.append("`about`")
    if cell.endswith("%"):
        cell = cell[:-1].strip()
        repairs.append("percent sign")
    try:
        value = float(cell)
    except ValueError:
        value = float("nan")
        plain = cell
        if re.fullmatch(r"[+-]?\d{1,3}([ '’]\d{3})+(?:[.,]\d+)?", plain):
            plain = re.sub(r"[ '’]", "", plain)
            repairs.append("thousand separators")
        if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+\.\d+", plain) or re.fullmatch(r"[+-]?\d{1,3}(,\d{3}){2,}", plain):
            plain = plain.replace(",", "")
            repairs.append("thousand separators")
        elif re.fullmatch(r"[+-]?\d{1,3}(\.\d{3})+,\d+", plain) or re.fullmatch(r"[+-]?\d{1,3}(\.\d{3}){2,}", plain):
            plain = plain.replace(".", "").replace(",", ".")
            repairs.append("thousand separators")
        elif re.fullmatch(r"[+-]?\d{1,3},\d{3}", plain) and comma != "decimal":
            plain = plain.replace(",", "")
            repairs.append("thousand separators")
        elif re.fullmatch(r"[+-]?\d+,\d+", plain):
            plain = plain.replace(",", ".")
            repairs.append("decimal comma")
        try:
            value = float(plain)
        except ValueError:
            return Number(None, fault="text where a number belongs")
    if value != value or value in (float("inf"), float("-inf")):
        return Number(None, fault="not a finite number") if "inf" in cell.lower() else Number(None)
    return Number(value, " and ".join(dict.fromkeys(repairs)))


@dataclass(frozen=True, slots=True)
class When:
    """A period: months since the year 0, the kind of what was written, and what makes it doubtful."""

    month: float
    kind: str
    doubtful: bool = False


_FISCAL = r"(?:fy|ay|sy|gj|fiscal year|academic year|school year)"


def _follows(first: str, second: str) -> bool:
    """Whether a second year, of two or four digits, comes right after the first."""
    return (int(first) + 1) % 100 == int(second) % 100 and len(second) <= len(first)


def _year(text: str) -> int:
    year = int(text)
    return year if year > 99 else 2000 + year if year < 70 else 1900 + year


def read_period(cell: object, *, order: str = "day_first", fiscal: bool = False) -> When | None:
    """Read a period: a year, quarter, month, date, or a plain count of periods; ``None`` if it is none of these.

    Parameters
    ----------
    cell
        Text, number or date.
    order
        ``day_first`` or ``month_first`` for dates such as 3/4/2024.
    fiscal
        Whether 2010/11 is the year that begins in 2010 instead of November 2010.
    """
    if isinstance(cell, (dt.datetime, dt.date)):
        return When(cell.year * 12 + cell.month - 1, "month")
    text = str(cell).replace("\xa0", " ").strip().lower().rstrip(".")
    if re.fullmatch(r"-?\d+(\.0+)?", text):
        value = int(float(text))
        if 1900 <= value <= 2200:
            return When(value * 12, "year")
        if 190001 <= value <= 220012 and 1 <= value % 100 <= 12:
            return When(value // 100 * 12 + value % 100 - 1, "month")
        if 19000101 <= value <= 22001231 and 1 <= value // 100 % 100 <= 12:
            return When(value // 10000 * 12 + value // 100 % 100 - 1, "month")
        if 30000 <= value <= 60000:  # the day number of a spreadsheet
            date = dt.date(1899, 12, 30) + dt.timedelta(days=value)
            return When(date.year * 12 + date.month - 1, "month")
        return When(value, "count") if -1000 < value < 1900 else None
    found = re.fullmatch(r"\D*\((\d{4})\)", text) or re.fullmatch(r"(?:wave|w|round|welle) ?\d+ \((\d{4})\)", text)
    if found and 1900 <= int(found[1]) <= 2200:
        return When(int(found[1]) * 12, "year")
    found = re.fullmatch(rf"(q[1-4] ?)?({_FISCAL} ?)?(\d{{4}}|\d{{2}}) ?[-/–] ?(\d{{4}}|\d{{2}})", text)
    if found and (len(found[3]) == 4 or found[2]) and _follows(found[3], found[4]):
        begins = _year(found[3]) * 12
        if found[1]:
            return When(begins + 3 * (int(found[1][1]) - 1), "quarter")
        if fiscal or found[2] or len(found[4]) == 4 or int(found[4]) > 12:
            return When(begins, "year")
    found = re.fullmatch(r"(?:([hs])([12])[ -]?(\d{4})|(\d{4})[ -]?([hs])([12]))", text)
    if found:
        half = int(found[2] or found[6])
        return When(int(found[3] or found[4]) * 12 + 6 * (half - 1), "half")
    found = re.fullmatch(r"([1-4])q ?'?(\d{4}|\d{2})", text) or re.fullmatch(
        rf"q([1-4]) {_FISCAL} ?(\d{{4}}|\d{{2}})", text
    )
    if found:
        return When(_year(found[2]) * 12 + 3 * (int(found[1]) - 1), "quarter")
    if re.fullmatch(r"\d{4}\.\d", text):  # half a year, or May?
        return None
    found = re.fullmatch(r"(?:fy ?)?(\d{4})[ ]?[-/ ]?q([1-4])", text) or re.fullmatch(
        r"(\d{4})[-/ ]([1-4])\. ?quart\w*", text
    )
    if found:
        return When(_year(found[1]) * 12 + 3 * (int(found[2]) - 1), "quarter")
    found = re.fullmatch(r"q([1-4])[ ]?[-/ ']?(\d{4}|\d{2})", text)
    if found:
        return When(_year(found[2]) * 12 + 3 * (int(found[1]) - 1), "quarter")
    found = re.fullmatch(rf"{_FISCAL} ?'?(\d{{4}}|\d{{2}})", text)
    if found:
        return When(_year(found[1]) * 12, "year")
    found = re.fullmatch(r"(\d{4})[-/.](\d{1,2})(?:[-/.](\d{1,2})(?:[t ].*)?)?", text) or re.fullmatch(
        r"(\d{4})[- ]?m(\d{1,2})", text
    )
    if found and 1 <= int(found[2]) <= 12:
        return When(int(found[1]) * 12 + int(found[2]) - 1, "month")
    found = re.fullmatch(r"(\d{1,2})[-/.](\d{4})", text)
    if found and 1 <= int(found[1]) <= 12:
        return When(int(found[2]) * 12 + int(found[1]) - 1, "month")
    found = re.fullmatch(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})(?: .*)?", text)
    if found:
        day, month = (int(found[1]), int(found[2])) if order == "day_first" else (int(found[2]), int(found[1]))
        doubtful = day <= 12 and month <= 12 and day != month
        if month > 12 and day <= 12:
            day, month = month, day
        if 1 <= month <= 12 and 1 <= day <= 31:
            return When(_year(found[3]) * 12 + month - 1, "month", doubtful)
        return None
    found = re.fullmatch(r"(?:(\d{1,2})\.? )?([^\W\d_]{3,10})\.?[ ,'/-]*(\d{4}|\d{2})", text)
    if found and found[2] in _MONTHS:
        return When(_year(found[3]) * 12 + _MONTHS[found[2]] - 1, "month")
    found = re.fullmatch(r"(\d{4})[ -]([^\W\d_]{3,10})", text) or re.fullmatch(
        r"(\d{1,2})[- ]([^\W\d_]{3,10})[- ](\d{2,4})", text
    )
    if found:
        name, year = found[2], found[1] if len(found[1]) == 4 else found[3]
        if name in _MONTHS:
            return When(_year(year) * 12 + _MONTHS[name] - 1, "month")
    found = re.fullmatch(r"(?:wave|w|t|period|p|welle|round)[ _-]?(\d{1,3})", text)
    if found:
        return When(int(found[1]), "count")
    return None


def tidy_name(text: str) -> str:
    """Return a unit's name without footnote marks, line breaks and doubled spaces."""
    return re.sub(r"\s+", " ", text.replace("\xa0", " ").replace("†", "").replace("‡", "").strip().rstrip("*").strip())
