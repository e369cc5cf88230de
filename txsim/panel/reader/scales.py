# SPDX-License-Identifier: MIT
"""What a column's numbers are: single answers, scores of many, codes or fractions; and which stand for no answer.

A number passes only with its scale known. What could be read two ways is asked about: the message names the readings
and how to say which.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from txsim.errors import InputError, Problem
from txsim.language import Words, lazy
from txsim.panel.reader.answer_words import Ask, check_labels, worded
from txsim.panel.reader.cells import FEW, Cells, NumberColumn, distinct, place
from txsim.panel.reader.link_spec import AUTO, RAW
from txsim.panel.reader.names import some_names
from txsim.types import Array
from txsim.units import SCALES, Scale

__all__ = ["Scored", "robust_width", "scored"]

#: Numbers that systems write where there is none.
_CODES = frozenset(
    sign * value
    for value in (97.0, 98.0, 99.0, 997.0, 998.0, 999.0, 1000.0, 9998.0, 9999.0, 99999.0, 999999.0, 9999999.0)
    for sign in (1.0, -1.0)
) | {-1.0, -9.0, -8.0, -7.0}
#: Those that are codes on scales of few steps only, where no answer is as large.
_SHORT_CODES = frozenset({8.0, 9.0, 66.0, 77.0, 88.0})
#: Those that are asked about on any scale, where they stand apart or again and again.
_ASKED = _CODES | frozenset(sign * value for value in (66.0, 77.0, 88.0, 96.0) for sign in (1.0, -1.0))
#: Rows of one number, and its chance among its neighbours, from which it hardly is a value.
_AGAIN, _AGAIN_CHANCE = 3, 1e-4
#: Robust standard deviations beyond which a value is no answer but a slip of the pen, and a code no value.
_SLIP, _CODE_SLIP = 20.0, 6.0
#: Share of numbers that are whole and 0 … 10 from which they are answers to an NPS question.
_MOST = 0.95
#: Rows of one unit and period from which rows are single answers.
_SEVERAL = 1.5
#: What to do with a series that is on no scale.
_RAW = lazy("for any other unit: --scale raw")
#: Numbers of points out of a hundred from which it says something that none is above ten.
_POINTS = 8
#: Answers from which it says something that the ends of a scale never occur.
_MANY = 50


@dataclass(frozen=True)
class Scored:
    """Numbers of a measure on a known scale.

    Attributes
    ----------
    values
        ``(row,)`` on the scale, NaN where there is none.
    scale
        Its name, or :data:`RAW`.
    kind
        ``answers`` or ``scores``.
    missing
        Codes for no answer, and how often each stood there.
    changed
        What was done to all numbers.
    lost
        ``(row,)`` whether a number stood there that is not on the scale.
    """

    values: Array
    scale: str
    kind: str
    missing: dict[str, int] = field(default_factory=dict)
    changed: tuple[Words, ...] = ()
    lost: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=bool))


def scored(
    cells: Cells,
    role: str,
    column: NumberColumn,
    scale: str,
    rows_per_cell: float,
    *,
    counted: bool = False,
    name: str = "",
    hidden: NDArray[np.bool_] | None = None,
    slips: bool = True,
    elsewhere: Words = _RAW,
) -> Scored:
    """Return a column's numbers on their scale.

    Parameters
    ----------
    cells, role, column
        Where they stand, and as read.
    scale
        Name of the scale, :data:`AUTO` or :data:`RAW`.
    rows_per_cell
        Rows of one unit and period, on average.
    counted
        Whether the rows come with numbers of respondents.
    name
        What the measure is called in messages.
    hidden
        ``(row,)`` whether so few people answered that the value is never shown.
    slips
        Whether, on no known scale, a number far from all others is a slip of the pen.
    elsewhere
        What to do with numbers that are on no known scale.

    Raises
    ------
    InputError
        If the scale cannot be known, more than a few numbers lie outside, or they could be read two ways.
    """
    ask = Ask(cells, role, name or role.upper(), hidden)
    values = column.values.copy()
    changed: list[Words] = []
    kind = ""
    between = True  # whether numbers stand beside or between the words
    if column.words:
        values, scale, how, between = worded(ask, column, values, scale)
        changed.append(how)
        kind = "answers"
    if scale == AUTO:
        scale = _named_scale(ask, column, values)
    if scale == RAW:
        values, missing, lost = _raw(ask, values, slips=slips)
        return Scored(values, RAW, "answers" if cells.spec.form == "answers" else "scores", missing, (), lost)
    definition = SCALES[scale]
    check_labels(ask, column, definition)
    single = rows_per_cell >= _SEVERAL and not counted
    low, high = sorted((definition.worst, definition.best))
    answers = bool(column.words)
    if between:
        low, high, answers = _range(
            ask, column, values, definition, single=single or bool(column.tops or column.labels)
        )
    code, missing = _missing_codes(ask, values, low, high)
    place(cells, np.flatnonzero(code), role, lazy("code for a missing value taken as missing"))
    values[code] = np.nan
    kind = kind or _kind(ask, column, values, definition, answers=answers, single=single)
    nps_answers = kind == "answers" and definition.measure == "nps" and high == 10
    values, low, high, how = _converted(ask, values, definition, kind, low, high, column)
    changed += [how] if how else []
    lost = _outside(ask, values, low, high, scale, elsewhere)
    values[lost] = np.nan
    if role in cells.spec.reverse:
        values = low + high - values
        changed.append(lazy("turned round: the least number is the best"))
    if nps_answers:
        points = np.where(values >= 9, 100.0, np.where(values <= 6, -100.0, 0.0))
        values = np.where(np.isfinite(values), points, np.nan)
        changed.append(lazy("answers 0…10 became NPS points: 9–10 → +100, 7–8 → 0, 0–6 → −100"))
    return Scored(values, scale, "answers" if kind in ("answers", "codes") else "scores", missing, tuple(changed), lost)


def _seen(values: Array) -> Array:
    return values[np.isfinite(values)]


def robust_width(values: Array) -> tuple[float, float]:
    """Return the median, and a width that some odd values do not stretch."""
    middle = float(np.median(values))
    width = 1.4826 * float(np.median(np.abs(values - middle)))
    return middle, width or float(values.std()) or 1.0


# --- the scale, and what the numbers are


def _named_scale(ask: Ask, column: NumberColumn, values: Array) -> str:
    """Return the scale that a column's name or its numbers leave no doubt of; else ask."""
    at = ask.cells.column.get(ask.role)
    for header in (ask.cells.name(ask.role), "" if at is None else ask.cells.table.label(at)):
        if "nps" in header.casefold().replace("-", "").replace(" ", "") or "нпс" in header.casefold():
            scale = "enps" if ask.role == "ex" else "nps"
            ask.cells.report.warnings.append(
                lazy("`{name}` is taken for the scale `{scale}` by its name", name=header[:60], scale=scale)
            )
            return scale
    seen = _seen(values)
    seen = seen[~np.isin(seen, list(_CODES))]
    if seen.size == 0:
        return RAW
    low, high = np.quantile(seen, [0.005, 0.995])
    fits = [s.name for s in SCALES.values() if low >= min(s.worst, s.best) and high <= max(s.worst, s.best)]
    key = f"{ask.role}_scale" if ask.role in ("ex", "cx") else "scale"
    likely = next((name for name in ("enps" if ask.role == "ex" else "nps", *fits) if name in fits), RAW)
    ask.refuse(
        lazy(
            "{name} (column `{column}`) lies between {low:.3g} and {high:.3g}: on which scale?",
            name=ask.name,
            column=ask.cells.name(ask.role),
            low=seen.min(),
            high=seen.max(),
        ),
        lazy(
            "say --scale (in Python `scale=`), or write a line such as `{key}: {likely}` into the spec; it would fit: "
            "{named}",
            key=key,
            likely=likely,
            named=", ".join((*fits, RAW)),
        ),
    )


def _whole(values: Array, low: float, high: float) -> NDArray[np.bool_]:
    is_whole: NDArray[np.bool_] = (values == np.round(values)) & (values >= low) & (values <= high)
    return is_whole


def _range(ask: Ask, column: NumberColumn, values: Array, scale: Scale, *, single: bool) -> tuple[float, float, bool]:
    """Return the range that numbers can have here, and whether they look like answers to an NPS question."""
    low, high = sorted((scale.worst, scale.best))
    if scale.measure != "nps":
        return low, high, False
    seen = _seen(values)
    plain = seen[~np.isin(seen, [*_CODES, *(ask.cells.spec.missing or ())])]  # what the spec calls no answer is none
    if not plain.size or ask.cells.spec.values in ("scores", "fractions"):
        return low, high, False
    share = float(_whole(plain, 0, 10).mean())
    most = share >= (_MOST if plain.size >= 20 else 1.0) and column.percent == 0
    if ask.cells.spec.values == "answers" or ask.cells.spec.form == "answers":
        converted = bool(np.isin(plain, (-100.0, 0.0, 100.0)).mean() >= _MOST and np.abs(plain).max() == 100)
        return (low, high, False) if converted else (0.0, 10.0, True)
    if most and (single or plain.size < 20 or np.unique(plain).size <= 11):
        return 0.0, 10.0, True
    return low, high, False


def _missing_codes(ask: Ask, values: Array, low: float, high: float) -> tuple[NDArray[np.bool_], dict[str, int]]:
    """Return where numbers stand for no answer, and how often each does; ask where they could be values too."""
    stated = ask.cells.spec.missing
    seen = _seen(values)
    distinct = np.unique(seen)
    codes: list[float] = []
    asked: dict[float, Words] = {}
    if stated is not None:
        codes = [code for code in stated if code in distinct]
    elif seen.size >= 3:
        known = _ASKED | (_SHORT_CODES if high <= 7 else frozenset())
        candidates = [float(code) for code in distinct if code in known]
        bulk = seen[~np.isin(seen, candidates)]
        for code in candidates:
            if code < low - 1e-9 or code > high + 1e-9:
                codes += [code] if code in _CODES or high <= 7 else []
                continue
            if not bulk.size:
                continue
            count = int((seen == code).sum())
            gap = max(code - bulk.max(), bulk.min() - code) / (high - low)
            if gap > 0.25 and abs(code) >= 97:
                codes.append(code)
            elif gap > 0.1 and abs(code) >= 66 and (abs(code) > 90 or count > 1 or gap > 0.25):
                message = lazy(
                    "{name} is {value:g} in {count} rows, far from all others ({min:g} … {max:g}): no answer, "
                    "or a value?",
                    name=ask.name,
                    value=code,
                    count=count,
                    min=bulk.min(),
                    max=bulk.max(),
                )
                asked[code] = message
            elif _again(code, count, bulk):
                asked[code] = lazy(
                    "{name} is exactly {value:g} in {count} rows, far more often than its neighbours and any other "
                    "number: no answer, or a value?",
                    name=ask.name,
                    value=code,
                    count=count,
                )
    if asked:  # whoever names one names all: what is named takes the place of what is found
        all_codes = ", ".join(f"{code:g}" for code in sorted({*asked, *codes}))
        hint = lazy(
            "say `missing: [{codes}]` in the spec, or `missing: [{kept}]`",
            codes=all_codes,
            kept=", ".join(f"{code:g}" for code in codes),
        )
        ask.refuse(next(iter(asked.values())), hint)
    return np.isin(values, codes), {f"{code:g}": int((seen == code).sum()) for code in codes}


def _again(code: float, count: int, bulk: Array) -> bool:
    """Return whether a number stands so often among others that they hardly explain it.

    Beside its neighbours it would be as frequent as they are: the count is Poisson with their mean, over the numbers
    that can be written from 5 below it to 5 above. No other number may stand two thirds as often, as where few people
    answered and shares repeat.
    """
    from scipy.special import pdtrc

    values, times = np.unique(bulk, return_counts=True)
    if count < _AGAIN or values.size < _POINTS or 2 * count < 3 * times.max():
        return False
    digits = next((d for d in range(3) if np.allclose(bulk * 10**d, np.round(bulk * 10**d))), 3)
    near = int((np.abs(bulk - code) <= 5).sum())
    return bool(pdtrc(count - 1, (near + 1) / (10 * 10**digits)) < _AGAIN_CHANCE)


#: Numbers that tools write for detractor, passive and promoter, and what each is.
_CODED = ((-1.0, 0.0, 1.0), (0.0, 1.0, 2.0), (1.0, 2.0, 3.0))
#: Codes of statistical programs for answers 0 … 10, which number them from 1; and the largest that may stand beside.
_ELEVEN = tuple(float(code) for code in range(1, 12))
_NEAR_TEN = 20.0


def _kind(ask: Ask, column: NumberColumn, values: Array, scale: Scale, *, answers: bool, single: bool) -> str:
    """Return ``answers``, ``scores``, ``codes`` or ``fractions``; ask where two of them could be meant."""
    stated = ask.cells.spec.values
    if stated != "auto":
        return stated
    seen = _seen(values)
    if small := column.unsigned_fractions():
        ask.refuse(
            lazy(
                "{signed:,} cells of {name} have a percent sign, {small:,} have none and lie between -1 and 1: "
                "fractions (0.14 for 14 %), or points?",
                signed=int(column.signed.sum()),
                small=small,
                name=ask.name,
            ),
            lazy("say `values: fractions` or `values: scores` in the spec, or write all of them one way"),
        )
    if scale.measure == "nps":
        return _kind_of_nps(ask, column, seen, scale, answers=answers, single=single)
    if scale.name in ("index", "percent"):
        if column.percent == 0 and seen.size >= 3 and seen.min() >= 0 and seen.max() <= 1:
            warning = lazy("{name} lies between 0 and 1: taken for fractions, 0.5 for 50", name=ask.name)
            ask.cells.report.warnings.append(warning)
            return "fractions"
        if column.percent == 0 and seen.size >= _POINTS and seen.min() >= 0 and seen.max() <= 10:
            ask.refuse(
                lazy(
                    "all {size:,} numbers of {name} lie between {min:g} and {max:g}: answers on a scale of their own "
                    "or means of them, or points of 0 … 100?",
                    size=seen.size,
                    name=ask.name,
                    min=seen.min(),
                    max=seen.max(),
                ),
                lazy("say that scale (`scale: likert5`, `likert7`, `zero_to_ten` …), or `values: scores` in the spec"),
            )
        if column.percent == 0 and seen.size >= 20 and _whole(seen, 0, 10).mean() >= _MOST:
            ask.refuse(
                lazy(
                    "nearly all {size:,} numbers of {name} are whole and lie between 0 and 10: answers on a scale "
                    "of their own, or points of 0 … 100?",
                    size=seen.size,
                    name=ask.name,
                ),
                lazy("say that scale (`scale: zero_to_ten`, `likert5`, `nps` …), or `values: scores` in the spec"),
            )
        return "answers" if single and ask.cells.spec.form == "answers" else "scores"
    if column.percent > 0:
        ask.refuse(
            lazy(
                "{name} is written in percent, but {scale} goes from {worst:g} to {best:g}",
                name=ask.name,
                scale=scale.name,
                worst=scale.worst,
                best=scale.best,
            ),
            lazy("say `scale: percent` or `index`"),
        )
    if seen.size >= 3 and scale.worst < scale.best and seen.min() >= 0 and seen.max() <= 1 and (seen % 1).any():
        ask.refuse(
            lazy(
                "{name} lies between {min:g} and {max:g} on {scale}: fractions of the scale?",
                name=ask.name,
                min=seen.min(),
                max=seen.max(),
                scale=scale.name,
            ),
            lazy("say `values: fractions` in the spec, or `values: scores`"),
        )
    if single:
        _top_unused(ask, seen, scale)
        _top_unused_by_unit(ask, values, scale)
    return "answers" if single or ask.cells.spec.form == "answers" else "scores"


def _top_unused(ask: Ask, seen: Array, told: Scale) -> None:
    """Refuse many answers that use a shorter scale from end to end than the one that was told."""
    top = 10.0 if told.measure == "nps" else told.best
    most = float(seen.max()) if seen.size >= _MANY else 0.0
    if most in (5, 7) and most < top and _whole(seen, 1, most).all():
        ask.refuse(
            lazy(
                "all {size:,} answers of {name} lie between 1 and {most:g}, but {scale} goes up to {best:g}",
                size=seen.size,
                name=ask.name,
                most=most,
                scale=lazy("an NPS question") if told.measure == "nps" else told.name,
                best=top,
            ),
            lazy(
                "say `scale: likert{most:g}`, or `values: answers` in the spec if nobody answered more than {most:g}",
                most=most,
            ),
        )


def _top_unused_by_unit(ask: Ask, values: Array, told: Scale) -> None:
    """Refuse units whose many answers end at 5 or 7 where those of others go on, as chance would hardly have it."""
    top = 10.0 if told.measure == "nps" else told.best
    if "unit" not in ask.cells.column or top <= 5:
        return
    names, unit = distinct(ask.cells.table.cells[ask.cells.column["unit"]])
    there = np.isfinite(values) & (values <= top)
    least, most = np.full(len(names), np.inf), np.full(len(names), -np.inf)
    np.minimum.at(least, unit[there], values[there])
    np.maximum.at(most, unit[there], values[there])
    count = np.bincount(unit[there], minlength=len(names))
    for short in (5.0, 7.0):
        apart = (count >= _POINTS) & (most == short) & (least >= 1)
        others = there & ~apart[unit]
        if short >= top or not apart.any() or not others.any():
            continue
        below = float((values[others] <= short).mean())
        odd = [i for i in np.flatnonzero(apart) if len(names) * below ** int(count[i]) < _AGAIN_CHANCE]
        if odd:
            shown = some_names([str(names[i]) for i in odd], 6, marked=True)
            ask.refuse(
                lazy(
                    "all answers of {units} in {name} lie between 1 and {most:g}, those of the other units go on to "
                    "{best:g}: another scale?",
                    units=shown, name=ask.name, most=short, best=values[others].max(),
                ),
                lazy("write all units on one scale, or say `values: answers` in the spec if it is the same one"),
            )  # fmt: skip


def _kind_of_nps(ask: Ask, column: NumberColumn, seen: Array, told: Scale, *, answers: bool, single: bool) -> str:
    distinct = set(np.unique(seen).tolist())
    if distinct <= {-100.0, 0.0, 100.0} and distinct & {-100.0, 100.0}:
        return "answers" if single or ask.cells.spec.form == "answers" else "scores"
    if column.percent > _MOST:
        return "scores"
    range_text = (
        lazy("{name} lies between {min:g} and {max:g}", name=ask.name, min=seen.min(), max=seen.max())
        if seen.size
        else ""
    )
    if seen.size >= 3 and any(distinct <= set(codes) for codes in _CODED):
        ask.refuse(
            lazy("{shown}: codes for detractor, passive and promoter, or answers of 0 … 10?", shown=range_text),
            lazy("say `values: codes` or `values: answers` in the spec, or what each means by `words: {1: promoter}`"),
        )
    if not answers and seen.size >= 3 and float((np.abs(seen) <= 1).mean()) >= _MOST:
        ask.refuse(
            lazy("{shown}: fractions (0.32 for 32 points), or points?", shown=range_text),
            lazy("say `values: fractions` or `values: scores` in the spec"),
        )
    if answers and single:
        _top_unused(ask, seen, told)
        _top_unused_by_unit(ask, column.values, told)
    if answers and (single or column.tops or column.labels or ask.cells.spec.form == "answers"):
        return "answers"
    if not answers and single:
        _beyond_ten(ask, seen)
        _in_tens(ask, seen)
    if answers or (seen.size >= 3 and seen.min() >= 0 and seen.max() <= 10):
        ask.refuse(
            lazy(
                "all {size:,} numbers of {name} lie between 0 and 10: single answers, means of answers out of ten, "
                "or NPS points?",
                size=seen.size,
                name=ask.name,
            ),
            lazy("say `values: answers` or `values: scores` in the spec, or `scale: zero_to_ten` for means"),
        )
    return "scores"


def _in_tens(ask: Ask, seen: Array) -> None:
    """Ask where rows of single people hold 0, 10, … 100: a slider, of which ten points are one answer."""
    if seen.size < _POINTS or seen.min() < 0 or seen.max() > 100 or (seen % 10 == 0).mean() < _MOST:
        return
    if np.isin(seen, np.arange(10.0, 100.0, 10.0)).any():
        ask.refuse(
            lazy(
                "each row is one respondent and {name} is written in tens from {min:g} to {max:g}: answers 0 … 10 "
                "times ten? One person's NPS can only be -100, 0 or 100",
                name=ask.name,
                min=seen.min(),
                max=seen.max(),
            ),
            lazy(
                "divide them by ten and say `values: answers` if they are answers to an NPS question; "
                "`scale: percent` or `index` if they are points of satisfaction; `values: scores` if each row "
                "is the score of many"
            ),
        )


def _beyond_ten(ask: Ask, seen: Array) -> None:
    """Ask where rows of single people hold whole numbers about 0 … 10, but more than a few beyond."""
    whole = _whole(seen, -1, _NEAR_TEN)
    if seen.size < _POINTS or whole.mean() < 0.8 or not _whole(seen, 0, 10).mean() >= 0.5:
        return
    beyond = seen[(seen < 0) | (seen > 10)]
    if not beyond.size:
        return
    values = ", ".join(f"{value:g}" for value in np.unique(beyond)[:4])
    if set(np.unique(seen)) <= set(_ELEVEN):
        cure = lazy("say `values: codes` in the spec if 1 … 11 stand for 0 … 10, `missing: [11]` if 11 is no answer")
    else:
        cure = lazy("say which of them is no answer by `missing: [{value:g}]` in the spec", value=beyond[0])
    ask.refuse(
        lazy(
            "{name} holds whole numbers such as answers of 0 … 10, but {count:,} of {all:,} lie beyond ({values}): "
            "what do these mean?",
            name=ask.name,
            count=int(beyond.size),
            all=int(seen.size),
            values=values,
        ),
        cure,
    )


def _converted(
    ask: Ask, values: Array, scale: Scale, kind: str, low: float, high: float, column: NumberColumn
) -> tuple[Array, float, float, Words]:
    """Return numbers on the scale, the range that they may have, and what was done to them."""
    scale_low, scale_high = sorted((scale.worst, scale.best))
    seen = _seen(values)
    if kind == "fractions":
        if scale.measure == "nps" or scale.name in ("index", "percent"):
            points = np.where(column.signed, values, 100.0 * values)  # a percent sign has said so already
            return points, scale_low, scale_high, lazy("fractions of one were multiplied by 100")
        scaled = scale.worst + values * (scale.best - scale.worst)
        return (
            scaled,
            scale_low,
            scale_high,
            lazy("fractions of one were spread over {worst:g} … {best:g}", worst=scale.worst, best=scale.best),
        )
    if kind == "codes" and scale.measure == "nps":
        distinct = set(np.unique(seen).tolist())
        if len(distinct) > 3 and distinct <= set(_ELEVEN):
            points = np.where(values >= 10, 100.0, np.where(values <= 7, -100.0, 0.0))
            how = lazy("codes 1 … 11 stand for answers 0 … 10 and became NPS points: 10–11 → +100, 8–9 → 0, 1–7 → −100")
            return np.where(np.isfinite(values), points, np.nan), scale_low, scale_high, how
        fits = [codes for codes in _CODED if distinct <= set(codes)]
        if len(fits) != 1:
            told_codes = ", ".join(f"{code:g}" for code in sorted(distinct)[:8])
            ask.refuse(
                lazy("{name} holds the codes {codes}: which is which?", name=ask.name, codes=told_codes),
                lazy("say it by `words: {1: detractor, 2: passive, 3: promoter}` in the spec"),
            )
        worst, middle, best = fits[0]
        found = np.where(values == worst, -100.0, np.where(values == best, 100.0, 0.0))
        how = lazy(
            "codes became NPS points: {worst:g} → −100, {middle:g} → 0, {best:g} → +100",
            worst=worst,
            middle=middle,
            best=best,
        )
        return np.where(np.isfinite(values), found, np.nan), scale_low, scale_high, how
    if scale.measure == "nps" and kind == "scores":
        return values, scale_low, scale_high, ""
    if scale.measure == "nps" and kind == "answers" and seen.size and high == 10:
        odd = seen[(seen % 1) != 0]
        if odd.size:
            cure = lazy("say `scale: zero_to_ten` for means of answers, or `values: scores`")
            if seen.min() < 0 or seen.max() > 10:
                cure = lazy(
                    "these are scores of many: leave `form: answers` and `values: answers` out of the spec, and keep "
                    "one row for each unit and period"
                )
            ask.refuse(
                lazy("{name} holds {odd:g}, which is no single answer of 0 … 10", name=ask.name, odd=odd[0]), cure
            )
    if scale.name in ("index", "percent") and kind == "scores" and column.percent == 0:
        return _without_fractions(ask, values), low, high, ""
    return values, low, high, ""


def _without_fractions(ask: Ask, values: Array) -> Array:
    """Refuse a fraction among percentages."""
    seen = np.isfinite(values)
    low = seen & (values > 0) & (values < 1)
    others = values[seen & ~low]
    if not low.any() or not others.size or np.quantile(others, 0.02) <= 5 or seen.sum() < 3:
        return values
    if low.sum() > max(1, FEW * seen.sum()):
        ask.refuse(
            lazy(
                "{count} numbers of {name} lie between 0 and 1, the others above 5: fractions among percentages",
                count=int(low.sum()),
                name=ask.name,
            ),
            lazy("write all of them in one way"),
        )
    place(ask.cells, np.flatnonzero(low), ask.role, lazy("a fraction among percentages"), refuse=True)
    return np.where(low, np.nan, values)


def _outside(ask: Ask, values: Array, low: float, high: float, scale: str, elsewhere: Words) -> NDArray[np.bool_]:
    """Return where numbers lie outside the scale; the file is refused where they are more than a few."""
    finite = np.isfinite(values)
    outside = finite & ((values < low - 1e-9) | (values > high + 1e-9))
    if outside.sum() > max(1, FEW * finite.sum()):
        seen = values[finite]
        distinct = np.unique(values[outside])
        inside = [
            s.name for s in SCALES.values() if seen.min() >= min(s.worst, s.best) and seen.max() <= max(s.worst, s.best)
        ]
        hint = (
            lazy("it would fit: {scales}; {elsewhere}", scales=", ".join(inside), elsewhere=elsewhere)
            if inside
            else elsewhere
        )
        if distinct.size == 1:
            hint = lazy(
                "{hint}; if {value:g} means no answer, say `missing: [{value:g}]` in the spec",
                hint=hint,
                value=distinct[0],
            )
        ask.refuse(
            lazy(
                "{count} of {all} values of {name} lie outside the scale {scale} ({low:g} … {high:g})",
                count=int(outside.sum()),
                all=int(finite.sum()),
                name=ask.name,
                scale=scale,
                low=low,
                high=high,
            ),
            hint,
        )
    reason = lazy("value outside the scale {scale} ({low:g} … {high:g})", scale=scale, low=low, high=high)
    place(ask.cells, np.flatnonzero(outside), ask.role, reason, refuse=True, shown=ask.shown(values))
    return outside


def _raw(ask: Ask, values: Array, *, slips: bool) -> tuple[Array, dict[str, int], NDArray[np.bool_]]:
    """Return values in their own unit, without codes for missing ones and slips of the pen."""
    cells, role = ask.cells, ask.role
    numbers = values.copy()
    finite = np.isfinite(values)
    stated = cells.spec.missing
    sane = values[finite & ~np.isin(values, list(_CODES))]
    nothing = np.zeros(values.size, dtype=bool)
    if sane.size < 3 and stated is None:
        return numbers, {}, nothing
    middle, width = robust_width(sane if sane.size else values[finite])
    if stated is None:
        code = finite & np.isin(values, list(_CODES)) & (np.abs(values - middle) > _CODE_SLIP * width)
    else:
        code = np.isin(values, stated)
    outside = finite & ~code & (np.abs(values - middle) > _SLIP * width) & slips
    if outside.sum() > max(1, FEW * finite.sum()):
        message = lazy(
            "{count} of {all} values of {role} lie far from all others",
            count=int(outside.sum()),
            all=int(finite.sum()),
            role=role.upper(),
        )
        hint = lazy("if they stand for no answer, say so by `missing:` in the spec")
        raise InputError(Problem(message, file=cells.table.name, hint=hint))
    place(cells, np.flatnonzero(code), role, lazy("code for a missing value taken as missing"))
    place(cells, np.flatnonzero(outside), role, lazy("value far from all others"), refuse=True, shown=ask.shown(values))
    missing = {f"{one:g}": int((values == one).sum()) for one in np.unique(values[code])}
    numbers[code | outside] = np.nan
    return numbers, missing, outside
