# SPDX-License-Identifier: MIT
"""Numbers as people type them at a question: one is known, two are a 90 % interval, three are 5, 50 and 95 %.

What can be read two ways (``2,6``; ``22.000``) is asked about, never guessed.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Sequence

from txsim.language import Message, lazy

_ENDS = re.compile(r"\.{2,}|…|;|\s+(?:to|bis|до|and|–|—|-)\s+|(?<=[\d%])\s*[–—]\s*(?=[\d.])|,\s+")
#: What parts two numbers where it stands and is no part of one.
_BETWEEN = re.compile(r";|\.{2,}|…|(?<=[\d%])\s*[–—]\s*(?=\d)|\s(?:to|bis|до|and)\s")
_THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2}(\.\d{3})*\.000")
_GROUPED = re.compile(r"[-+]?[1-9]\d{0,2}[.,]\d{3}")
_GROUPS = re.compile(r"[-+]?[1-9]\d{0,2}([.,]\d{3}){2,}")
#: Largest number that is taken, as everywhere in a scenario.
_LARGEST = 1e15
#: Groups of three digits between blanks, which part thousands for many, with a decimal part at most.
_BLANKS = re.compile(r"(?<![\d.,])[-+]?[1-9]\d{0,2}(?: \d{3})+(?:[.,]\d+)?(?![\d.,])")


def numbers_in(text: str, *, percent: bool = False, several: bool = False) -> list[float]:
    """Return the numbers of an answer.

    Parameters
    ----------
    text
        Numbers with a point for decimals, between blanks, ``;``, ``..``, ``…``, ``to``, or commas.
    percent
        Whether a percent sign may stand behind a number.
    several
        Whether more than one number is expected, so that a blank parts numbers and never thousands.

    Raises
    ------
    ValueError
        If a piece is no number, or could be read two ways: a comma between digits is a decimal sign to some, and
        parts numbers to others, unless several commas or points in the piece say which; a blank before three digits
        parts thousands to some.

    Examples
    --------
    >>> numbers_in("1 3 9")
    [1.0, 3.0, 9.0]
    >>> numbers_in("1,1; 2,9", several=True)
    [1.1, 2.9]
    """
    numbers = []
    joined = re.sub(r"\s+%", "%", text.replace("−", "-"))
    spaced = re.sub(r"[ \u00a0\u2009\u202f]+", " ", joined)
    if not several and (group := _BLANKS.search(spaced)) and _rises(_BLANKS.sub(_closed, spaced)):
        raise ValueError(_of_blanks(group[0]))
    if several and _BETWEEN.search(joined) and not re.search(r",\d{3}(?!\d)|,\s|\d\.\d", joined):
        joined = re.sub(r"(?<=\d),(?=\d)", ".", joined)  # what parts the numbers is said: commas are decimal signs
    for piece in _ENDS.sub(" ", joined).split():
        for part in _parts(piece):
            numbers.append(_number(part, percent))
    return numbers


def typed_number(text: str, *, grouped: bool = False) -> float:
    """Return the one number that an option holds.

    Parameters
    ----------
    text
        As it was typed.
    grouped
        Whether three digits behind a point may be thousands: in money and where people or events are counted. Elsewhere
        they are asked about only where they are zeros, which nobody writes as decimals.

    Raises
    ------
    ValueError
        If it is no number, not finite, or could be read two ways.

    Examples
    --------
    >>> typed_number("0.41")
    0.41
    """
    bare = text.strip().replace("−", "-")
    if share := re.fullmatch(r"([-+]?\d+(?:[.,]\d+)?)\s*%", bare):
        points = float(share[1].replace(",", "."))
        raise ValueError(lazy("{text} is no plain number: write {points}, or {share} if a share is meant.",
                              text=text, points=f"{points:g}", share=f"{points / 100:g}"))  # fmt: skip
    if question := doubtful_point(bare, grouped=grouped):
        raise ValueError(question)
    if _GROUPS.fullmatch(bare) and not ("." in bare and "," in bare):
        many = bare.replace(",", "").replace(".", "")
        raise ValueError(lazy("`{piece}`: write {plain} for one number, nothing between thousands", piece=text[:30],
                              plain=many))  # fmt: skip
    if re.fullmatch(r"[-+]?\d*,\d+", bare):
        raise ValueError(lazy("{text} has a decimal comma: write {plain}.", text=text, plain=bare.replace(",", ".")))
    try:
        value = float(bare)
    except ValueError:
        raise ValueError(lazy("{text} is not a number.", text=text)) from None
    if not math.isfinite(value):
        raise ValueError(lazy("{text} is no finite number.", text=text))
    return value


def doubtful_point(text: str, *, grouped: bool = False) -> Message | None:
    """Return what to ask about three digits behind one point or comma: thousands to some; ``None`` without doubt.

    Parameters
    ----------
    text, grouped
        As in :func:`typed_number`.
    """
    if not _GROUPED.fullmatch(text) or not (grouped or "," in text or text.endswith("000")):
        return None
    return lazy("`{piece}` can be read two ways: write {few} or {many}", piece=text[:30],
                few=f"{float(text.replace(',', '.')):g}", many=re.sub("[.,]", "", text))  # fmt: skip


def cell_number(text: str, *, comma: bool, whole: bool = False) -> float:
    """Return the number in a cell of a table.

    Parameters
    ----------
    text
        The cell.
    comma
        Whether commas are decimal signs here: they part no cells, and no number of the table has a decimal point.
    whole
        Whether the number counts people or events.

    Raises
    ------
    ValueError
        If it is no number, or could be read two ways: three digits behind a sign are thousands to some, where people
        are counted.

    Examples
    --------
    >>> cell_number("0,34", comma=True)
    0.34
    """
    plain = text.replace("−", "-").replace("\u202f", " ").replace("\xa0", " ").strip()
    if whole and (question := doubtful_point(plain, grouped=True)):
        raise ValueError(question)
    group = re.fullmatch(r"[-+]?[1-9]\d{0,2}(?:([., '])\d{3})+", plain)
    if group and (whole or group[1] in " '" or plain.count(group[1]) > 1):
        return float(re.sub(r"[., ']", "", plain))
    if comma and re.fullmatch(r"[-+]?\d*,\d+(?:[eE][-+]?\d+)?", plain):
        plain = plain.replace(",", ".")
    if not re.fullmatch(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|[-+]?(?:inf|nan).*", plain, re.IGNORECASE):
        raise ValueError(lazy("expected a number, found {text}", text=repr(text[:40])))
    return float(plain)


def _closed(group: re.Match[str]) -> str:
    return group[0].replace(" ", "").replace(",", ".")


def _rises(text: str) -> bool:
    """Whether a text holds an answer once thousands are closed up: `500 900 5000` can only be three numbers."""
    try:
        quantity_of(numbers_in(text, percent=True, several=True))
    except ValueError:
        return False
    return True


def _of_blanks(group: str) -> Message:
    """Return what to ask about `12 500`, which is one number to some and two to others."""
    plain, pieces = group.replace(" ", "").replace(",", "."), group.split(" ")
    if any(piece.startswith("0") for piece in pieces) or "," in group or "." in group:
        return lazy("`{piece}`: write {plain} for one number, nothing between thousands", piece=group[:30], plain=plain)
    return lazy(
        "`{piece}` can be read two ways: write {plain} for one number, or `{apart}` for several",
        piece=group[:30],
        plain=plain,
        apart="; ".join(pieces),
    )


def _parts(piece: str) -> list[str]:
    """Return what commas part, where they cannot be decimal signs."""
    bare = piece.strip(",")
    if _GROUPS.fullmatch(bare) and ("." in bare) != ("," in bare):
        plain = bare.replace(",", "").replace(".", "")
        raise ValueError(
            lazy("`{piece}`: write {plain} for one number, nothing between thousands", piece=piece[:30], plain=plain)
        )
    if bare.count(",") == 1 and "." not in bare:
        left, _, right = bare.partition(",")
        message = lazy(
            "`{piece}` can be read two ways: write {left}.{right} for one number, or `{left} {right}` for two",
            piece=piece[:30],
            left=left[:15],
            right=right[:15],
        )
        raise ValueError(message)
    return [part for part in bare.split(",") if part]


def _number(piece: str, percent: bool) -> float:
    if "%" in piece and not percent:
        raise ValueError(lazy("`{piece}`: no percent sign here, the question names the unit", piece=piece[:30]))
    bare = piece.rstrip("%") if percent else piece
    if _THOUSANDS.fullmatch(bare):
        few, many = f"{float(bare.partition('.')[0]):g}", bare.replace(".", "")
        message = lazy("`{piece}` can be read two ways: write {few} or {many}", piece=piece[:30], few=few, many=many)
        raise ValueError(message)
    try:
        value = float(bare)
    except ValueError:
        raise ValueError(lazy("`{piece}` is not a number", piece=piece[:30])) from None
    if not math.isfinite(value) or abs(value) > _LARGEST:
        raise ValueError(lazy("numbers are finite and at most 1e15"))
    return value


def quantity_of(numbers: Sequence[float], *, percent: bool = False) -> str:
    """Return one, two or three numbers as a quantity in YAML.

    Parameters
    ----------
    numbers
        The number, a 90 % interval, or the 5, 50 and 95 % quantiles.
    percent
        Write each with a percent sign.

    Raises
    ------
    ValueError
        If there are none or more than three, or they do not rise.
    """
    if not 1 <= len(numbers) <= 3:
        raise ValueError(lazy("one number, two for a 90 % interval, or three: 5 %, middle, 95 %"))
    if any(later <= earlier for earlier, later in itertools.pairwise(numbers)):
        raise ValueError(lazy("the numbers must rise"))
    words = [f"{number:.15g}{' %' if percent else ''}" for number in numbers]
    if len(words) == 1:
        return words[0]
    if len(words) == 2:
        return f"{{interval: [{words[0]}, {words[1]}]}}"
    return f"{{quantiles: {{0.05: {words[0]}, 0.5: {words[1]}, 0.95: {words[2]}}}}}"
