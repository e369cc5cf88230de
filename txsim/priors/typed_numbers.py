# SPDX-License-Identifier: MIT
"""Numbers as people type them, read alike at every door: options, questions, cells of a sheet, fields of a page.

What has one reading is read (``22 000``, ``22'000``, ``0,2``, ``1.5 Mio``, ``22k``, ``½``, ``−5``). What has two
(``22.000``, ``22,000``, ``1.5M``) is asked about, never guessed, and what is no number is refused with what to write.
YAML files take plain numbers alone; their cures come from here, too.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence

from txsim.errors import message_of
from txsim.language import Message, lazy

#: No number in a scenario is larger than this (docs/model.md, section 9).
LARGEST = 1e15
#: No number but 0 is smaller than this: beyond it floating point runs out of digits, and 1/x of numbers.
SMALLEST = 1e-300
#: What stands for a minus, a blank between thousands and an apostrophe, of those that keyboards and programs make.
_SIGNS = str.maketrans(
    dict.fromkeys("−–—‐‑﹣－", "-") | dict.fromkeys("\u00a0\u2007\u2009\u202f\t", " ") | dict.fromkeys("’ʼ‘", "'")
)
_PERCENT = re.compile(r"(.*?)\s*(?:%|％|percent|prozent|процент(?:а|ов)?)", re.IGNORECASE)
_EXPONENT = r"(?:[eE][-+]?\d{1,3})?"
_PLAIN = re.compile(rf"(?:\d+(?:\.\d*)?|\.\d+){_EXPONENT}")
_COMMA = re.compile(rf"\d*,\d+{_EXPONENT}")
#: Three digits behind one sign: thousands to some, decimals to others.
GROUPED = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")
#: Thousands that are nothing else: two groups at least, blanks or apostrophes, or another sign before the decimals.
_THOUSANDS = (
    re.compile(r"[1-9]\d{0,2}(?:[ '_]\d{3})+(?:[.,]\d*)?"),
    re.compile(r"[1-9]\d{0,2}(?:\.\d{3}){2,}"),
    re.compile(r"[1-9]\d{0,2}(?:,\d{3}){2,}"),
    _DOTTED := re.compile(r"[1-9]\d{0,2}(?:\.\d{3})+,\d+"),
    re.compile(r"[1-9]\d{0,2}(?:,\d{3})+\.\d+"),
)
#: Words behind a number by how many times it is meant. `M` is a thousand to accountants and a million to others.
_TIMES = {
    1e3: ("k", "к", "tsd", "thousand", "тыс", "тысяча", "тысячи", "тысяч"),
    1e6: ("mio", "mln", "million", "millions", "millionen", "млн", "миллион", "миллиона", "миллионов"),
    1e9: ("bn", "mrd", "milliarden", "млрд", "миллиард", "миллиарда", "миллиардов"),
}
_WORD_TIMES = {word: times for times, words in _TIMES.items() for word in words}
_WORDED = re.compile(rf"(.*[\d,.])\s*((?i:{'|'.join(sorted(_WORD_TIMES, key=len, reverse=True))})|M)\.?")
_OVER = re.compile(r"(\d{1,15})\s*[/⁄]\s*([1-9]\d{0,14})")
_BOUND = re.compile(r"(?:[<>≤≥]\s*=?|under|over|below|above|unter|über|менее|более|p\s*[<=])\s*(.+)", re.IGNORECASE)
ABOUT = re.compile(r"(?:[~≈]|ca?\.|circa|approx\.?|about|etwa|около|примерно)\s*(.+)", re.IGNORECASE)
_BRACKETS = re.compile(r"\((\d[\d.,' ]*)\)")
_MONEY = re.compile(
    r"(?:[A-Z]{3}|[€$£¥₽])?\s*(?=.*\d)(.*?)\s*(?:[A-Z]{3}|[€$£¥₽]|руб\.?|рубл(?:ей|я|ь)|р\.?|eur|euro)?", re.DOTALL
)
#: A centre with how far either end lies from it, and what a spreadsheet would work out.
_AROUND = re.compile(r"(.+?)\s*(?:±|\+\s?/?\s?-)\s*(.+)")
_SUM = re.compile(r"=.+|.*\d\s*[+*^×]\s*[\d(].*")
#: What parts two numbers wherever it stands between them; a dash behind an exponent's letter is a sign.
_ENDS = re.compile(
    r";|\.{2,}|…|\s(?:to|bis|до|and|und|и|-|–|—|−)\s|(?<=[\w%€$£¥₽])(?<![\d.][eE])(?:\s*[–—]\s*|-)(?=[-€$£¥₽]?[\d.])|,\s+"
)
_FROM = re.compile(r"^(?:from|between|von|zwischen|от|между)\s+", re.IGNORECASE)


def plain_signs(text: str) -> str:
    """Return a text with a plain minus, blank and apostrophe for each of those that keyboards and programs make."""
    return text.translate(_SIGNS).strip()


class NoNumber(ValueError):
    """A text of which nothing tells what number was meant."""


class TwoReadings(ValueError):
    """A number that two people would read in two ways; says how to write each."""


def typed_number(text: str, *, share: bool = False, grouped: bool = False) -> float:
    """Return the one number that was typed.

    ``share``: whether a share is asked for, so that ``60 %`` is 0.6. ``grouped``: whether three digits behind a point
    may be thousands: in money and where people or events are counted. Elsewhere they are asked about only where they
    are zeros, which nobody writes as decimals. Raises ValueError if it is no number, could be read two ways, is not
    finite, or has a percent sign and is no share; with what to write instead.

    >>> typed_number("22 000,50"), typed_number("−1.5 Mio"), typed_number("60 %", share=True)
    (22000.5, -1500000.0, 0.6)
    """
    value, percent = _figure(text, grouped=grouped, share=share)
    return float(_g(value / 100)) if percent else value


def plain_number_in(text: str) -> str | None:
    """Return how the one number that a text can only be is written in a file, `22k` as `22000`; else ``None``."""
    try:
        value, percent = _figure(text, grouped=True)
    except ValueError:
        return None
    return f"{_g(value)} %" if percent else _g(value)


def _g(value: float) -> str:
    """Return a number as any reader of numbers reads it: no exponent, nothing between thousands."""
    text = f"{value:.15g}"
    return text if "e" not in text else f"{value:.0f}" if abs(value) >= 1 else f"{value:.20f}".rstrip("0")


def _figure(text: str, *, grouped: bool, share: bool = True) -> tuple[float, bool]:
    """Return the number that was typed, and whether a percent sign stands behind it, as only shares have one."""
    shown = text.strip()[:30]
    bare = plain_signs("".join(str(unicodedata.decimal(c, c)) for c in text))
    if not bare:
        raise ValueError(lazy("a number is needed"))
    signed = _PERCENT.fullmatch(bare)
    bare = bare if signed is None else signed[1]
    rest = re.sub(r"^[-+]?\s?", "", bare)
    marks = bare[:1].strip("+0123456789.,"), " %" * bool(signed)
    value = _magnitude(rest, grouped or signed is not None, shown, marks)
    if value is None:
        raise _fault(shown, bare, text)
    if not math.isfinite(value) or value > LARGEST:
        raise ValueError(lazy("numbers are finite and at most 1e15"))
    if value < SMALLEST and re.search("[1-9]", re.split("[eE]", rest)[0]):
        raise ValueError(lazy("{text} is closer to 0 than any number that counts", text=shown))
    value = -value if bare.startswith("-") and value else value
    if signed is None or share:
        return value, signed is not None
    if grouped:
        raise ValueError(lazy("{text} is a share: write the number itself", text=shown))
    raise ValueError(lazy("{text} is no plain number: write {points}, or {share} if a share is meant.",
                          text=shown, points=_g(value), share=_g(value / 100)))  # fmt: skip


def _magnitude(bare: str, grouped: bool, shown: str, marks: tuple[str, str], times: float = 1.0) -> float | None:
    """Return a number without its sign, ``None`` where it is none; raise where it has two readings.

    ``marks`` stand before and behind it in what is said.
    """
    worded = _WORDED.fullmatch(bare) if times == 1.0 else None
    if worded is not None:
        times = _WORD_TIMES.get(worded[2].lower(), 1.0)
        value = _magnitude(worded[1], True, shown, marks, times)
        if value is not None and worded[2] == "M":
            raise TwoReadings(_two_ways(shown, marks, 1e3 * value, 1e6 * value))
        return None if value is None else float(_g(value * times))
    if GROUPED.fullmatch(bare) and (grouped or "," in bare or bare.endswith("000")):
        few, many = float(bare.replace(",", ".")), float(re.sub("[.,]", "", bare))
        raise TwoReadings(_two_ways(shown, marks, few * times, many * times))
    if _PLAIN.fullmatch(bare):
        return float(bare)
    for pattern in _THOUSANDS:
        if pattern.fullmatch(bare):
            whole, point, rest = bare, "", ""
            if (decimals := re.search(r"[.,](\d*)$", bare)) and bare.count(bare[decimals.start()]) == 1:
                whole, point, rest = bare[: decimals.start()], ".", decimals[1]
            return float(re.sub(r"\D", "", whole) + point + rest)
    if _COMMA.fullmatch(bare):
        return float(bare.replace(",", "."))
    if len(bare) <= 8 and (digit := unicodedata.numeric(bare[-1:] or "0", None)) is not None and 0 < digit < 1:
        whole = bare[:-1].strip()
        return float(_g((int(whole) if whole else 0) + digit)) if re.fullmatch(r"\d*", whole) else None
    return None


def _two_ways(shown: str, marks: tuple[str, str], few: float, many: float) -> Message:
    one, other = (f"{marks[0]}{_g(value)}{marks[1]}" for value in (few, many))
    return lazy("`{piece}` can be read two ways: write {few} or {many}", piece=shown, few=one, many=other)


def _fault(shown: str, bare: str, text: str) -> ValueError:
    """Return what is wrong with a text that is no number, with what to write where that can be told."""
    if re.fullmatch(r"[-+]?\.?(?:inf(?:inity)?|nan|∞)", bare, re.IGNORECASE):
        return ValueError(lazy("numbers are finite and at most 1e15"))
    cure = _cure(shown, bare, text)
    return NoNumber(lazy("`{piece}` is not a number", piece=shown)) if cure is None else ValueError(cure)


def _cure(shown: str, bare: str, text: str) -> Message | None:
    """Return what to write in place of a text that is no number, ``None`` where that cannot be told."""
    if (over := _OVER.fullmatch(bare)) is not None:
        return lazy("`{piece}` is not a number: write {plain}", piece=shown, plain=_g(int(over[1]) / int(over[2])))
    if (negative := _BRACKETS.fullmatch(bare)) is not None and (plain := plain_number_in(negative[1])) is not None:
        return lazy(
            "`{piece}` is not a number: write -{plain} if it is below 0, else {plain}", piece=shown, plain=plain
        )
    bound, about = _BOUND.fullmatch(bare), ABOUT.fullmatch(bare)
    if bound is not None and (plain := plain_number_in(bound[1])) is not None:
        if re.match(r"p\s*=", bare, re.IGNORECASE):
            return lazy("`{piece}` is not a number: write {plain}", piece=shown, plain=plain)
        return lazy("`{piece}` is a bound, not a number: write {plain} where the bound itself is meant", piece=shown,
                    plain=plain)  # fmt: skip
    if about is not None and (plain := plain_number_in(about[1])) is not None:
        plain += " %" * (_PERCENT.fullmatch(plain_signs(text)) is not None)
        return lazy("`{piece}` is not a number: write {plain}, and where it may be uncertain how sure it is by an "
                    "interval", piece=shown, plain=plain)  # fmt: skip
    if (cure := _around(shown, plain_signs(text))) is not None:
        return cure
    if _SUM.fullmatch(bare):
        return lazy("`{piece}` is a calculation: write its result", piece=shown)
    if len(ends_in(text)) > 1:
        return lazy("`{piece}` holds more than one number; one is needed", piece=shown)
    money = _MONEY.fullmatch(bare)
    if money is not None and money[1] != bare:
        if (question := doubtful_point(money[1], grouped=True)) is not None:
            return question
        if (plain := plain_number_in(money[1])) is not None:
            return _alone(shown, plain)
    if re.match(r"[-+]?\d", bare) and re.search(r"[^\W\d_]", bare):
        return lazy("`{piece}` is not a number: write it alone, in the unit that is asked for", piece=shown)
    return None


def _alone(piece: str, plain: str) -> Message:
    return lazy("`{piece}`: write {plain} alone if it is in the unit that is asked for", piece=piece, plain=plain)


def _around(shown: str, bare: str) -> Message | None:
    """Return both ends of what is told as a centre and how far they lie from it."""
    told = _AROUND.fullmatch(bare)
    if told is None or (centre := plain_number_in(told[1])) is None or (apart := plain_number_in(told[2])) is None:
        return None
    middle, sign = float(centre.removesuffix(" %")), " %" * centre.endswith("%")
    part = apart.endswith("%") and not sign
    if part and abs(middle) <= 100:  # 30 ± 5 %: of it, or both in percent
        return None
    reach = float(apart.removesuffix(" %")) * (abs(middle) / 100 if part else 1.0)
    low, high = (f"{_g(float(_g(end)))}{sign}" for end in (middle - reach, middle + reach))
    return lazy("`{piece}` is an interval, not a number: its ends are {low} and {high}, to be written if nine chances "
                "in ten lie between", piece=shown, low=low, high=high)  # fmt: skip


def numbers_in(
    text: str, *, count: int | None = None, most: int | None = None, rising: bool = False, share: bool = False,
    percent: bool = False, grouped: bool = False,
) -> list[float]:  # fmt: skip
    """Return the numbers of an answer.

    Parameters
    ----------
    text
        Numbers between blanks, ``;``, ``..``, ``…``, ``to``, or commas.
    count
        How many there are, where that is known.
    most
        How many there may be at most where one may be all there is, and they rise: a quantity has one, two or three.
        Without both, two at least are expected.
    share, grouped
        As in :func:`typed_number`.
    percent
        Whether the answer is in percent anyway, so that a sign changes nothing.

    Raises
    ------
    ValueError
        If a piece is no number, could be read two ways, or there are not as many as are needed. A comma is a decimal
        sign to some and parts numbers to others, as blanks do with thousands; what gives an answer alone is meant.

    Examples
    --------
    >>> numbers_in("1 3 9", most=3), numbers_in("1,1; 2,9", count=2), numbers_in("20,30", count=2)
    ([1.0, 3.0, 9.0], [1.1, 2.9], [20.0, 30.0])
    """

    def read(pieces: Sequence[str]) -> list[float]:
        if count is not None and len(pieces) != count:
            _figure(pieces[0], grouped=grouped)  # what is no number has a cure of its own
            raise ValueError(lazy("{count} numbers are needed, found {number}", count=count, number=len(pieces)))
        if len(pieces) > 1 and (torn := next((each for each in pieces if re.match(r"0\d", each)), None)) is not None:
            if (question := doubtful_point(text, grouped=True)) is not None:
                raise TwoReadings(question)
            raise ValueError(lazy("`{piece}` is not a number", piece=torn[:30]))
        figures = [_figure(piece, grouped=grouped, share=share or percent) for piece in pieces]
        _one_word_for_all(pieces, [value for value, _signed in figures])
        if not share:
            return [value for value, _signed in figures]
        last = figures[-1][1] and not any(signed for _value, signed in figures[:-1])
        bare = [abs(value) for value, signed in figures if value and not signed]
        if any(signed for _value, signed in figures) and any(value <= 1 or not last for value in bare):
            raise ValueError(lazy("`{piece}`: write the percent sign behind each number that is in percent",
                                  piece=text[:30]))  # fmt: skip
        return [float(_g(value / 100)) if signed or last else value for value, signed in figures]

    text = re.sub(r"^\((.*\d[\s,;].*)\)$", r"\1", re.sub(r"\s+(?=[%％])", "", text.strip().strip("[]")))
    pieces = ends_in(text)
    if count != 1 and len(pieces) > 1 and (money := _MONEY.fullmatch(text)) is not None and money[1] != text:
        plain = "; ".join(map(_g, numbers_in(money[1], count=count, most=most, share=share, grouped=True)))
        raise ValueError(_alone(text[:30], plain))
    if count == 1 or len(pieces) > 1:
        return read([text] if count == 1 else pieces)
    readings: list[list[float]] = []
    fault, much = None, False
    for parted in _partings(pieces[0], count, most):
        try:
            numbers = read(parted)
        except TwoReadings:
            raise
        except ValueError as error:
            fault = fault or error
            continue
        if most is not None and not (len(numbers) <= most and numbers == sorted(set(numbers))):
            much = True
        elif numbers not in readings:
            readings.append(numbers)
    if rising:
        readings = [numbers for numbers in readings if numbers == sorted(set(numbers))] or readings
    if most is not None and (share or percent):  # of a share no 5 % lie below 0, so that no interval begins there
        readings = [numbers for numbers in readings if numbers[0] != 0] or readings
    if len(readings) > 1:
        raise TwoReadings(_which(pieces[0], readings))
    if readings:
        return readings[0]
    if much:
        fault = ValueError(lazy("one number, two for a 90 % interval, or three: 5 %, middle, 95 %; and they rise"))
    raise fault or ValueError(lazy("a number is needed"))


def ends_in(text: str) -> list[str]:
    """Return the pieces between what parts two numbers wherever it stands: `;`, `..`, a dash, `to`, comma and blank."""
    return [piece.strip() for piece in _ENDS.split(_FROM.sub("", text.strip(), count=1))]


def _one_word_for_all(pieces: Sequence[str], values: Sequence[float]) -> None:
    """Ask about `15-30k`, which is 15 to some and 15,000 to most, where both rise."""
    words = [_WORDED.fullmatch(plain_signs(piece)) for piece in pieces]
    if len(words) > 1 and words[-1] is not None and not any(words[:-1]):
        last = _figure(words[-1][1], grouped=False)[0]
        if 0 < values[-2] < last:
            shared = [value * values[-1] / last for value in values[:-1]] + [values[-1]]
            raise TwoReadings(_which("-".join(pieces), [shared, values]))


def _partings(text: str, count: int | None, most: int | None) -> list[list[str]]:
    """Return the ways in which blanks and commas may part numbers, those with as many as are needed."""
    text = text.translate(_SIGNS)
    closed = re.sub(r"(?<![\d.,])[1-9]\d{0,2}(?: \d{3})+(?![\d])", lambda match: match[0].replace(" ", ""), text)
    parted = [text.split(), re.split(r"[ ,]+", text.strip())]
    if count is not None or most is not None:
        parted.append(closed.split())
    if most is not None:
        parted = [[text]] if _DOTTED.fullmatch(text) else [[text], *parted]
    fewest = 1 if most is not None else 2
    fitting = [pieces for pieces in parted if (len(pieces) == count if count is not None else len(pieces) >= fewest)]
    return fitting or [max(parted, key=len)]


def _which(text: str, readings: Sequence[Sequence[float]]) -> Message:
    """Return what to ask about `2,6`, which is one number to some and two to others."""
    one, other = ("; ".join(map(_g, numbers)) for numbers in readings[:2])
    if len(readings[0]) == 1:
        return lazy("`{piece}` can be read two ways: write {plain} for one number, or `{apart}` for several",
                    piece=text[:30], plain=one, apart=other)  # fmt: skip
    return lazy("`{piece}` can be read two ways: write `{one}` or `{other}`", piece=text[:30], one=one, other=other)


def doubtful_point(text: str, *, grouped: bool = False) -> Message | None:
    """Return what to ask about three digits behind one point or comma: thousands to some; ``None`` without doubt.

    ``text``, ``grouped``: as in :func:`typed_number`.
    """
    try:
        _figure(text, grouped=grouped)
    except ValueError as error:
        return message_of(error) if isinstance(error, TwoReadings) else None
    return None
