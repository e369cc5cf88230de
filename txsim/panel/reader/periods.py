# SPDX-License-Identifier: MIT
"""Periods as people write them: months, quarters, half-years and years in the languages of Unicode CLDR."""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from dataclasses import dataclass
from functools import cache, lru_cache

from txsim.errors import InputError, Problem
from txsim.language import lazy

#: Languages whose names of months are read; left out are those in which one name means another month elsewhere.
_LOCALES = ("en", "ru", "de", "fr", "es", "it", "pt", "nl", "pl", "uk", "sv", "da", "nb", "tr", "ro", "hu", "el", "bg")
#: Short forms that spreadsheets write and CLDR does not have.
_SHORT = {"mrz": 3, "maerz": 3, "fevr": 2, "aout": 8, "mrt": 3}
_QUARTER = {
    *("q", "qtr", "quarter", "qu", "кв", "квартал", "квартала", "quartal", "quart", "trimestre", "trim", "t", "tr"),
    *("kwartaal", "kwartał", "k", "quartil", "к", "chetvert", "kvartal", "квартали", "çeyrek", "ç"),
}
_HALF = {
    *("h", "s", "half", "hj", "halbjahr", "semestre", "sem", "semester", "полугодие", "пг", "полугод", "semestr"),
    *("halfjaar", "півріччя"),
}
#: Words beside a year that say nothing.
_FILLER = {
    "г", "год", "года", "гг", "de", "del", "of", "the", "year", "jahr", "an", "année", "año", "anno", "р", "рік",
    "r", "rok", "th", "st", "nd", "rd", "er", "ere", "ère", "e", "eme", "ème", "º", "ª", "o", "й", "я", "ый", "ое",
    "е", "cal", "cy", "du", "le", "месяц", "month", "monat",
}  # fmt: skip
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4}
#: Words beside a year that say that it is meant as a whole.
_WHOLE = (
    r"(?:grand )?total|overall|full year|whole year|year|average|mean|sum|gesamt|insgesamt|summe|jahr|gesamtjahr"
    r"|ergebnis|durchschnitt|mittelwert|итого|всего|год|за год|итог|среднее|весь год|total annuel|ensemble|moyenne"
    r"|année|promedio|media|totale|rok|ogółem|razem|suma"
)
_FISCAL_WORD = r"(?:fy|ay|sy|gj|fiscal year|academic year|school year)"


_WEEK = re.compile(
    r"\b(?:w|wk|kw|week|нед|неделя|woche|semaine|semana)[ .]*\d{1,2}|\d{4}[- ]?w\d{1,2}|\d{1,2}[ -]*(?:я )?нед"
)
_FISCAL_YEAR = re.compile(rf"\b{_FISCAL_WORD}(?= ?'?\d)|\b\d{{4}} ?[/–] ?\d{{2}}\b")
#: A week as ISO 8601 counts it: `2024-W03`, `KW 03/2024`.
_ISO_WEEK = re.compile(r"(\d{4})[- ]?w(\d{1,2})|kw[ .]*(\d{1,2})[ /.-]+(\d{4})")
_DAY = r"(\d{1,2}\.\d{1,2}\.\d{4}|\d{4}-\d{2}-\d{2})"
_FROM_TO = re.compile(rf"{_DAY} ?(?:[-–—/]|\.\.+|…|to|bis|до|по|au|al?) ?{_DAY}")
_STAMP = re.compile(r"(\d{4}[-/.]\d\d?[-/.]\d\d?|\d\d?[-/.]\d\d?[-/.](?:\d{4}|\d\d))[Tt ,]+\d\d?[:.]\d\d.*")
#: Texts whose periods are kept, as many answers of a few hundred days name them.
_DAYS = 8192
#: Months that a period of a kind has.
MONTHS = {"month": 1, "quarter": 3, "third": 4, "half": 6, "year": 12, "count": 1}
#: Parts of a year by the beginnings of words in headers; a third before a quarter, which `cuatrimestre` ends like.
_PART_WORDS = {
    "third": r"tertial|[cq]ua(?:tr|dr)imest",
    "quarter": r"quart|qtr|квартал|trimest|kwarta|kvarta|čtvrtlet|çeyrek",
    "half": r"half|halbj|halvår|semest|полугод|півріч|półrocz|pololet",
    "month": r"month|monat|mois\b|mes(?:e[s]?)?\b|mês|maand|miesi|месяц|місяц",
}


@dataclass(frozen=True, slots=True)
class When:
    """A period: months since the year 0, the kind of what was written, and what makes it doubtful."""

    month: float
    kind: str
    doubtful: bool = False


@cache
def _months() -> dict[str, int]:
    """Return the month of each name and of each beginning of three letters or more that only one month has."""
    from babel import Locale

    names: dict[str, set[int]] = {name: {month} for name, month in _SHORT.items()}
    for code in _LOCALES:
        months = Locale.parse(code).months
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for month, name in months[context][width].items():
                    names.setdefault(name.casefold().rstrip("."), set()).add(month)
    whole = {name: min(months) for name, months in names.items() if len(months) == 1 and len(name) > 2}
    begun: dict[str, set[int]] = {}
    for name, month in whole.items():
        for size in range(3, len(name)):
            begun.setdefault(name[:size], set()).add(month)
    known = {begin: min(months) for begin, months in begun.items() if len(months) == 1 and begin.isalpha()}
    return {name: month for name, month in known.items() if name not in names or len(names[name]) == 1} | whole


def month_named(word: str) -> int | None:
    """Return the month, 1 … 12, that a word names in whole or in short; ``None`` if it names none or several.

    >>> month_named("märz")
    3
    """
    return _months().get(word.casefold().rstrip("."))


def part_named(header: str) -> str | None:
    """Return the part of a year that a header names: month, quarter, third or half; ``None`` for none or several.

    >>> part_named("Survey quarter"), part_named("Quartal/Jahr"), part_named("Wave")
    ('quarter', 'quarter', None)
    """
    text = header.casefold().replace("_", " ")
    named = [part for part, words in _PART_WORDS.items() if re.search(rf"\b(?:{words})|year(?:{words})", text)]
    return named[0] if len(named) == 1 else None


def names_week(text: str) -> bool:
    """Whether a text names a week of a year."""
    return _WEEK.search(text.lower()) is not None


def _follows(first: str, second: str) -> bool:
    """Whether a second year, of two or four digits, comes right after the first."""
    return (int(first) + 1) % 100 == int(second) % 100 and len(second) <= len(first)


def whole_year(text: str) -> int:
    """Return the year that two or four digits name."""
    year = int(text)
    return year if year > 99 or len(text) > 2 else 2000 + year if year < 70 else 1900 + year


def read_period(cell: object, *, order: str = "day_first", fiscal: bool = False) -> When | None:
    """Read a period: a year, half-year, quarter, month, date, or a plain count; ``None`` if it is none of these.

    ``cell``: text, number or date. A time of day and a time zone are left out: the date is that on the writer's wall.
    ``order``: ``day_first`` or ``month_first`` for dates such as 3/4/2024, ``year_first`` for 24/3/4. ``fiscal``:
    whether 2010/11 is the year that begins in 2010 instead of November 2010.

    >>> read_period("Q1 2024").kind, read_period("Q1 2024").month - read_period("янв.24").month
    ('quarter', 0)
    """
    if isinstance(cell, dt.date):
        return When(cell.year * 12 + cell.month - 1, "month")
    return _period_of(day_part(str(cell)), order, fiscal)


def day_part(text: str) -> str:
    """Return the day of a date in numbers with its time of day; any other text as it is."""
    match = _STAMP.fullmatch(text)
    return match[1] if match else text


@lru_cache(_DAYS)
def _period_of(text: str, order: str, fiscal: bool) -> When | None:
    text = text.replace("\xa0", " ").strip().lower().rstrip(".")
    text = re.sub(r"(?<=\d)_(?=\d)", "-", text)  # 07_2015
    for read in (_number, _years, _numeric_date, _span):
        period = read(text, order, fiscal)
        if period is not None:
            break
    else:
        period = _words(text, order)
    # There is no year 0; a count, as of waves, may begin there.
    return None if period is not None and period.kind != "count" and period.month < MONTHS["year"] else period


def stamp_of(cell: object) -> dt.datetime | None:
    """Return date and time of a cell that names a time of day; ``None`` for a date without one, and for others."""
    try:
        stamp = cell if isinstance(cell, dt.datetime) else dt.datetime.fromisoformat(str(cell).strip())
    except ValueError:
        return None
    return stamp if stamp.time() != dt.time() or stamp.tzinfo is not None else None


def local_time(cell: object, zone: str) -> object:
    """Return a cell's date and time as the clocks of a zone showed it; a cell without a time of day as it is.

    ``zone``: its name, as `Europe/Berlin`; empty for none. Times without a zone of their own are those of UTC. Raises
    InputError for a zone that there is not.
    """
    stamp = stamp_of(cell) if zone else None
    if stamp is None:
        return cell
    try:
        there = zoneinfo.ZoneInfo(zone)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        message = lazy("no time zone is called `{zone}`", zone=zone[:40])
        hint = lazy("write its place as `Europe/Berlin`, or UTC")
        raise InputError(Problem(message, path="time_zone", hint=hint)) from None
    return (stamp if stamp.tzinfo else stamp.replace(tzinfo=dt.UTC)).astimezone(there).replace(tzinfo=None)


def _number(text: str, _order: str, _fiscal: bool) -> When | None:
    if not re.fullmatch(r"-?\d+(\.\d+)?", text) or len(text) > 20:
        return None
    value = float(text)
    if 30000 <= value <= 60000:  # the day number of a spreadsheet, with or without a time of day
        date = dt.date(1899, 12, 30) + dt.timedelta(days=int(value))
        return When(date.year * 12 + date.month - 1, "month")
    if value != int(value):
        return None
    whole = int(value)
    if 1900 <= whole <= 2200:
        return When(whole * 12, "year")
    if 190001 <= whole <= 220012 and 1 <= whole % 100 <= 12:
        return When(whole // 100 * 12 + whole % 100 - 1, "month")
    if 19000101 <= whole <= 22001231 and 1 <= whole // 100 % 100 <= 12:
        return When(whole // 10000 * 12 + whole // 100 % 100 - 1, "month")
    return When(whole, "count") if -1000 < whole < 1900 else None


def _years(text: str, _order: str, fiscal: bool) -> When | None:
    """Read a year in words, a fiscal year, and a quarter of one."""
    match = re.fullmatch(r"\D*\((\d{4})\)", text) or re.fullmatch(
        r"(?:wave|w|round|welle|волна) ?\d+ \((\d{4})\)", text
    )
    if match and 1900 <= int(match[1]) <= 2200:
        return When(int(match[1]) * 12, "year")
    match = re.fullmatch(rf"(q[1-4] ?)?({_FISCAL_WORD} ?)?(\d{{4}}|\d{{2}}) ?[-/–] ?(\d{{4}}|\d{{2}})", text)
    if match and (len(match[3]) == 4 or match[2]) and _follows(match[3], match[4]):
        begins = whole_year(match[3]) * 12
        if match[1]:
            return When(begins + 3 * (int(match[1][1]) - 1), "quarter")
        if fiscal or match[2] or len(match[4]) == 4 or int(match[4]) > 12:
            return When(begins, "year")
    match = re.fullmatch(rf"q([1-4])[ -]?{_FISCAL_WORD} ?'?(\d{{4}}|\d{{2}})", text)
    if match:
        return When(whole_year(match[2]) * 12 + 3 * (int(match[1]) - 1), "quarter")
    match = re.fullmatch(rf"{_FISCAL_WORD} ?'?(\d{{4}}|\d{{2}})(?: ?[-/–] ?(\d{{2,4}}))?[ -]*q([1-4])", text)
    if match and (match[2] is None or _follows(match[1], match[2])):
        return When(whole_year(match[1]) * 12 + 3 * (int(match[3]) - 1), "quarter")
    match = re.fullmatch(rf"(?:{_WHOLE})[ :\-–]*(\d{{4}})|(\d{{4}})[ :\-–]*(?:{_WHOLE})", text)
    if match:
        return When(int(match[1] or match[2]) * 12, "year")
    match = re.fullmatch(rf"{_FISCAL_WORD} ?'?(\d{{4}}|\d{{2}})", text)
    return When(whole_year(match[1]) * 12, "year") if match else None


#: A time of day behind a date.
CLOCK = r"(?:[t ,]+\d{1,2}[:.]\d{2}.*)?"


def _numeric_date(text: str, order: str, _fiscal: bool) -> When | None:
    if re.fullmatch(r"\d{4}\.\d", text):  # half a year, or May?
        return None
    match = re.fullmatch(rf"(\d{{4}})[-/.](\d{{1,2}})(?:[-/.](\d{{1,2}}){CLOCK}z?)?", text) or re.fullmatch(
        r"(\d{4})[- ]?m(\d{1,2})", text
    )
    if match and 1 <= int(match[2]) <= 12:
        return When(int(match[1]) * 12 + int(match[2]) - 1, "month")
    match = re.fullmatch(r"(\d{1,2})[-/.](\d{4})(?: ?г)?", text)
    if match and 1 <= int(match[1]) <= 12:
        return When(int(match[2]) * 12 + int(match[1]) - 1, "month")
    match = re.fullmatch(rf"(\d{{1,2}})([-/.])(\d{{1,2}})[-/.](\d{{4}}|\d{{2}})(?: ?г\.?)?{CLOCK}", text)
    if not match:
        return None
    if order == "year_first" and not (match[2] == "." and len(match[4]) == 4):  # 05.06.2023 says its year
        fits = len(match[1]) == len(match[4]) == 2 and 1 <= int(match[3]) <= 12 and 1 <= int(match[4]) <= 31
        return When(whole_year(match[1]) * 12 + int(match[3]) - 1, "month", doubtful=True) if fits else None
    day, month = (int(match[1]), int(match[3])) if order != "month_first" else (int(match[3]), int(match[1]))
    doubtful = match[2] != "." and day <= 12 and month <= 12 and day != month
    if month > 12 and day <= 12:
        day, month = month, day
    if 1 <= month <= 12 and 1 <= day <= 31:
        return When(whole_year(match[4]) * 12 + month - 1, "month", doubtful)
    return None


def _span(text: str, _order: str, _fiscal: bool) -> When | None:
    """Read the first and the last day of a month, quarter, half-year or year: `01.01.2024-31.01.2024`."""
    match = _FROM_TO.fullmatch(text)
    if match is None:
        return None
    parts = [[int(part) for part in re.findall(r"\d+", day)] for day in match.groups()]
    try:
        first, last = (dt.date(*(day if day[0] > 31 else reversed(day))) for day in parts)
    except ValueError:
        return None
    start, months = first.year * 12 + first.month - 1, 12 * (last.year - first.year) + last.month - first.month + 1
    if months == 1 and first <= last:
        return When(start, "month")
    kind = next((kind for kind, size in MONTHS.items() if size == months > 1 and start % size == 0), None)
    whole = first.day == 1 and (last + dt.timedelta(days=1)).day == 1
    return When(start, kind) if kind and whole else None


def week_month(text: str) -> float | None:
    """Return the month that a week of ISO 8601 belongs to, that of its Thursday; ``None`` where a text is none.

    >>> week_month("2024-W05") == 2024 * 12 + 1, week_month("KW 05/2024") == 2024 * 12 + 1, week_month("week 5")
    (True, True, None)
    """
    match = _ISO_WEEK.fullmatch(text.strip().lower())
    if match is None:
        return None
    try:
        thursday = dt.date.fromisocalendar(int(match[1] or match[4]), int(match[2] or match[3]), 4)
    except ValueError:
        return None
    return thursday.year * 12 + thursday.month - 1


def names_fiscal(text: str) -> bool:
    """Whether a text names a fiscal year, whose quarters need not be those of the calendar."""
    return _FISCAL_YEAR.search(text.lower()) is not None


def _words(text: str, order: str) -> When | None:
    """Read words and numbers in whichever order people put them: `янв.24`, `I квартал 2024`, `1. Quartal 2024`."""
    text = re.sub(r"[ ,]+\d{1,2}:\d{2}.*$", "", text)
    if re.fullmatch(r"(?:wave|w|t|period|p|welle|round|волна|vague|ola|№|период)[ _-]?(\d{1,3})", text):
        return When(int(re.sub(r"\D", "", text)), "count")
    ordinal = re.fullmatch(
        r"(\d{1,3})(?:\.|[-–]?(?:я|й|ая|st|nd|rd|th|a|ª))? ?(?:wave|welle|round|волна|vague|ola)", text
    )
    if ordinal:
        return When(int(ordinal[1]), "count")
    span = re.fullmatch(r"([^\W\d_]+)\.? ?[-–/] ?([^\W\d_]+)\.?,? '?(\d{4}|\d{2})", text)
    if span:
        first, last = month_named(span[1]), month_named(span[2])
        whole = first is not None and last == first + 2 and first % 3 == 1
        return When(whole_year(span[3]) * 12 + first - 1, "quarter") if whole and first is not None else None
    parts = re.findall(r"\d+|[^\W\d_]+", text)
    if not 1 < len(parts) <= 6 or re.search(r"[^\w\s.,'’/()\-–º№ª:]", text):
        return None
    numbers = [part for part in parts if part.isdigit()]
    words = [part for part in parts if not part.isdigit()]
    named = [word for word in words if word not in _FILLER or word in _QUARTER | _HALF]
    if "kw" in named and any(word in _ROMAN for word in named):  # with digits it is a week of German
        named = ["kwartał" if word == "kw" else word for word in named]
        parts = ["kwartał" if word == "kw" else word for word in parts]
    if len(named) == 1 or (len(named) == 2 and any(word in _ROMAN for word in named)):
        for kind, known, size in (("quarter", _QUARTER, 3), ("half", _HALF, 6)):
            if any(word in known for word in named):
                return _part_of_year(kind, size, parts, numbers, named, known)
    if not named and len(numbers) == 1 and len(numbers[0]) == 4 and words:  # 2024 г.
        return When(int(numbers[0]) * 12, "year")
    rest = [word for word in named if month_named(word) is None]
    months = [word for word in named if word not in rest]
    if len(months) != 1 or rest:
        return None
    month = month_named(months[0]) or 0
    if len(numbers) == 1 and parts[-1] != months[0]:
        return When(whole_year(numbers[0]) * 12 + month - 1, "month") if len(numbers[0]) in (2, 4) else None
    if len(numbers) == 1 and len(numbers[0]) == 4:  # 2024 January; 19-Jan is a day or a year
        return When(int(numbers[0]) * 12 + month - 1, "month")
    if len(numbers) != 2:
        return None
    first, second = reversed(numbers) if order == "year_first" and len(numbers[0]) == 2 else numbers
    if len(first) == 4 and int(second) <= 31:
        return When(int(first) * 12 + month - 1, "month")
    if int(first) <= 31 and len(first) <= 2 and len(second) in (2, 4):
        return When(whole_year(second) * 12 + month - 1, "month")
    return None


def _part_of_year(
    kind: str, size: int, parts: list[str], numbers: list[str], named: list[str], known: set[str]
) -> When | None:
    count = 12 // size
    roman = [word for word in named if word in _ROMAN]
    if roman and len(numbers) == 1:
        part, year = _ROMAN[roman[0]], numbers[0]
    elif len(numbers) == 2 and not roman:
        at = next(i for i, word in enumerate(parts) if word in known)
        beside = [i for i in (at - 1, at + 1) if 0 <= i < len(parts) and len(parts[i]) == 1 and parts[i].isdigit()]
        if not beside:  # filler between: `1er trimestre`
            beside = [i for i, word in enumerate(parts) if len(word) == 1 and word.isdigit()]
        if not beside:
            return None
        part = int(parts[beside[0]])
        year = max(numbers, key=len)
    else:
        return None
    if not 1 <= part <= count or len(year) not in (2, 4):
        return None
    return When(whole_year(year) * 12 + size * (part - 1), kind)
