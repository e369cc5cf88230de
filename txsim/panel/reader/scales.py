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
from txsim.panel.reader.cells import FEW, SEVERAL, Cells, place
from txsim.panel.reader.header_words import check_header, check_measured, names_nps
from txsim.panel.reader.link_spec import AUTO, RAW
from txsim.panel.reader.missing_codes import CODED, CODES, missing_codes
from txsim.panel.reader.number_columns import NumberColumn
from txsim.panel.reader.scale_questions import ELEVEN, kind_of, whole
from txsim.types import Array
from txsim.units import SCALES, Scale

#: Robust standard deviations beyond which a value is no answer but a slip of the pen, and a code no value.
_SLIP, _CODE_SLIP = 20.0, 6.0
#: Share of numbers that are whole and 0 … 10 from which they are answers to an NPS question.
_MOST = 0.95
#: What to do with a series that is on no scale.
_RAW = lazy("for any other unit: --scale raw")


@dataclass(frozen=True)
class Scored:
    """Numbers of a measure on a known scale."""

    values: Array  #: ``(row,)`` on the scale, NaN where there is none.
    scale: str  #: Its name, or :data:`RAW`.
    kind: str  #: ``answers`` or ``scores``.
    missing: dict[str, int] = field(default_factory=dict)  #: Codes for no answer, and how often each stood there.
    changed: tuple[Words, ...] = ()  #: What was done to all numbers.
    #: ``(row,)`` whether a number stood there that is not on the scale.
    lost: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=bool))


def scored(
    cells: Cells,
    role: str,
    column: NumberColumn,
    scale: str,
    rows_per_cell: float,
    *,
    count: Array | None = None,
    name: str = "",
    hidden: NDArray[np.bool_] | None = None,
    month: Array | None = None,
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
    count
        ``(row,)`` numbers of respondents, where the rows come with any.
    name
        What the measure is called in messages.
    hidden
        ``(row,)`` whether so few people answered that the value is never shown.
    month
        ``(row,)`` period of each row, where known.
    slips
        Whether, on no known scale, a number far from all others is a slip of the pen.
    elsewhere
        What to do with numbers that are on no known scale.

    Raises
    ------
    InputError
        If the scale cannot be known, more than a few numbers lie outside, or they could be read two ways.
    """
    ask = Ask(cells, role, name or role.upper(), hidden, month, count)
    values = column.values.copy()
    check_measured(ask)
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
    check_header(ask, definition)
    single = rows_per_cell >= SEVERAL and count is None
    low, high = sorted((definition.worst, definition.best))
    answers = bool(column.words)
    if between:
        low, high, answers = _range(
            ask, column, values, definition, single=single or bool(column.tops or column.labels)
        )
    code, missing = missing_codes(ask, values, low, high)
    place(cells, np.flatnonzero(code), role, lazy("code for a missing value taken as missing"))
    values[code] = np.nan
    kind = kind or kind_of(ask, column, values, definition, answers=answers, single=single)
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
        if names_nps(header):
            scale = "enps" if ask.role == "ex" else "nps"
            ask.cells.report.warnings.append(
                lazy("`{name}` is taken for the scale `{scale}` by its name", name=header[:60], scale=scale)
            )
            return scale
    seen = _seen(values)
    seen = seen[~np.isin(seen, list(CODES))]
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


def _range(ask: Ask, column: NumberColumn, values: Array, scale: Scale, *, single: bool) -> tuple[float, float, bool]:
    """Return the range that numbers can have here, and whether they look like answers to an NPS question."""
    low, high = sorted((scale.worst, scale.best))
    if scale.measure != "nps":
        return low, high, False
    seen = _seen(values)
    plain = seen[~np.isin(seen, [*CODES, *(ask.cells.spec.missing or ())])]  # what the spec calls no answer is none
    if not plain.size or ask.cells.spec.values_of(ask.role) in ("scores", "fractions"):
        return low, high, False
    share = float(whole(plain, 0, 10).mean())
    most = share >= (_MOST if plain.size >= 20 else 1.0) and column.percent == 0
    if ask.cells.spec.values_of(ask.role) == "answers" or ask.cells.spec.form == "answers":
        converted = bool(np.isin(plain, (-100.0, 0.0, 100.0)).mean() >= _MOST and np.abs(plain).max() == 100)
        return (low, high, False) if converted else (0.0, 10.0, True)
    if most and (single or plain.size < 20 or np.unique(plain).size <= 11):
        return 0.0, 10.0, True
    return low, high, False


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
        if len(distinct) > 3 and distinct <= set(ELEVEN):
            points = np.where(values >= 10, 100.0, np.where(values <= 7, -100.0, 0.0))
            how = lazy("codes 1 … 11 stand for answers 0 … 10 and became NPS points: 10–11 → +100, 8–9 → 0, 1–7 → −100")
            return np.where(np.isfinite(values), points, np.nan), scale_low, scale_high, how
        fits = [codes for codes in CODED if distinct <= set(codes)]
        if len(fits) != 1:
            told_codes = ", ".join(f"{code:g}" for code in sorted(distinct)[:8])
            ask.refuse(
                lazy("{name} holds the codes {codes}: which is which?", name=ask.name, codes=told_codes),
                lazy(
                    "say it by `words: {{1: detractor, 2: passive, 3: promoter}}` in the spec; of one series alone by "
                    "`words: {{{role}: …}}`, or `values: {{{role}: answers}}`",
                    role=ask.role,
                ),
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
    sane = values[finite & ~np.isin(values, list(CODES))]
    nothing = np.zeros(values.size, dtype=bool)
    if sane.size < 3 and stated is None:
        return numbers, {}, nothing
    middle, width = robust_width(sane if sane.size else values[finite])
    if stated is None:
        code = finite & np.isin(values, list(CODES)) & (np.abs(values - middle) > _CODE_SLIP * width)
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
