# SPDX-License-Identifier: MIT
"""What a column's numbers could be: answers, scores, codes or fractions; where two of them fit, that is asked."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from txsim.errors import InputError, Problem
from txsim.language import lazy
from txsim.panel.reader.answer_words import Ask
from txsim.panel.reader.cells import FEW, Cells, distinct
from txsim.panel.reader.header_words import names_nps
from txsim.panel.reader.missing_codes import CODED
from txsim.panel.reader.names import some_names
from txsim.panel.reader.number_columns import NumberColumn
from txsim.types import Array
from txsim.units import Scale

#: Share of numbers that are whole and 0 … 10 from which they are answers to an NPS question.
_MOST = 0.95
#: Numbers of points out of a hundred from which it says something that none is above ten.
_POINTS = 8
#: Chance below which units hardly answer as the others do.
_CHANCE = 1e-4
#: Chance below which answers of one unit hardly end by themselves where they do.
_BY_ITSELF = 0.05
#: Answers from which it says something that the ends of a scale never occur.
_MANY = 50
#: Answers of which some would be the best one, however rare; the more so as grades 1 … 6, 1 the best, seem low.
_SURELY = 1000
#: Chance, at least, of a score a little above 0, and not as little below it, where there are such scores.
_BELOW = 2 / 3
#: Least and mean of points of −100 … 100 that hardly a firm reaches.
_HIGH = 50.0, 90.0
#: Codes of statistical programs for answers 0 … 10, which number them from 1; and the largest that may stand beside.
ELEVEN = tuple(float(code) for code in range(1, 12))
_NEAR_TEN = 20.0
#: Percent of promoters and detractors together below which, as whole numbers of more kinds than so many, they may be
#: counts; share of numbers with decimals from which a column is percent; and how headers say percent.
_OUTSPOKEN, _FEW_NUMBERS, _CUT = 50.0, 5, 0.25
_PERCENT = re.compile(r"%|percent|per cent|prozent|pct|share|anteil|дол[яи]|процент|pour ?cent|part\b|porcent")
#: Cells whose score can be checked against their number of answers, and the share of numbers as they are written that
#: so many answers can have, from which a score that they cannot have says something.
CELLS, _TELLING = 20, 0.25


def whole(values: Array, low: float, high: float) -> NDArray[np.bool_]:
    """Return which numbers are whole ones of a range."""
    is_whole: NDArray[np.bool_] = (values == np.round(values)) & (values >= low) & (values <= high)
    return is_whole


def kind_of(ask: Ask, column: NumberColumn, values: Array, scale: Scale, *, answers: bool, single: bool) -> str:
    """Return ``answers``, ``scores``, ``codes`` or ``fractions``; ask where two of them could be meant."""
    stated = ask.cells.spec.values_of(ask.role)
    if stated != "auto":
        return stated
    seen = values[np.isfinite(values)]
    if small := column.unsigned_fractions():
        ask.refuse(
            lazy("{signed:,} cells of {name} have a percent sign, {small:,} have none and lie between -1 and 1: "
                 "fractions (0.14 for 14 %), or points?", signed=int(column.signed.sum()), small=small, name=ask.name),
            lazy("say `values: fractions` or `values: scores` in the spec, or write all of them one way"),
        )  # fmt: skip
    if scale.measure == "nps":
        return _kind_of_nps(ask, column, values, scale, answers=answers, single=single)
    if scale.name in ("index", "percent"):
        if column.percent == 0 and seen.size >= 3 and seen.min() >= 0 and seen.max() <= 1:
            warning = lazy("{name} lies between 0 and 1: taken for fractions, 0.5 for 50", name=ask.name)
            ask.cells.report.warnings.append(warning)
            return "fractions"
        if column.percent == 0 and seen.size >= _POINTS and seen.min() >= 0 and seen.max() <= 10:
            ask.refuse(
                lazy("all {size:,} numbers of {name} lie between {min:g} and {max:g}: answers on a scale of their own "
                     "or means of them, or points of 0 … 100?",
                     size=seen.size, name=ask.name, min=seen.min(), max=seen.max()),
                lazy("say that scale (`scale: likert5`, `likert7`, `zero_to_ten` …), or `values: scores` in the spec"),
            )  # fmt: skip
        if column.percent == 0 and seen.size >= 20 and whole(seen, 0, 10).mean() >= _MOST:
            ask.refuse(
                lazy("nearly all {size:,} numbers of {name} are whole and lie between 0 and 10: answers on a scale "
                     "of their own, or points of 0 … 100?", size=seen.size, name=ask.name),
                lazy("say that scale (`scale: zero_to_ten`, `likert5`, `nps` …), or `values: scores` in the spec"),
            )  # fmt: skip
        return "answers" if single and ask.cells.spec.form == "answers" else "scores"
    if column.percent > 0:
        ask.refuse(
            lazy("{name} is written in percent, but {scale} goes from {worst:g} to {best:g}",
                 name=ask.name, scale=scale.name, worst=scale.worst, best=scale.best),
            lazy("say `scale: percent` or `index`"),
        )  # fmt: skip
    if seen.size >= 3 and 1 < scale.best > scale.worst and seen.min() >= 0 and seen.max() <= 1 and (seen % 1).any():
        ask.refuse(
            lazy("{name} lies between {min:g} and {max:g} on {scale}: fractions of the scale?",
                 name=ask.name, min=seen.min(), max=seen.max(), scale=scale.name),
            lazy("say `values: fractions` in the spec, or `values: scores`"),
        )  # fmt: skip
    if single:
        _top_unused(ask, seen, scale)
        _top_unused_by_part(ask, values, scale)
    elif (
        "…" not in scale.name
        and seen.size >= _MANY
        and seen.min() >= 1
        and seen.max() <= 5 < max(scale.worst, scale.best)
    ):
        ask.refuse(
            lazy(
                "all {size:,} means of {name} lie between {min:.3g} and {max:.3g}, but {scale} goes up to {best:g}: "
                "means of answers 1 … 5?",
                size=seen.size, name=ask.name, min=seen.min(), max=seen.max(), scale=scale.name,
                best=max(scale.worst, scale.best),
            ),
            lazy("say `scale: likert5`, or `values: scores` in the spec if they are on {scale}", scale=scale.name),
        )  # fmt: skip
    return "answers" if single or ask.cells.spec.form == "answers" else "scores"


def _top_unused(ask: Ask, seen: Array, told: Scale) -> None:
    """Refuse many answers that use a shorter scale from end to end than the one that was told."""
    top = 10.0 if told.measure == "nps" else max(told.worst, told.best)
    most = float(seen.max()) if seen.size >= _MANY else 0.0
    last, before = (seen == most).sum(), (seen == most - 1).sum()
    # just below the top only where the next answer hardly is as much rarer than the last as that than the one before
    near = (most >= 8 or most == top - 1) and (seen.size < _SURELY or seen.mean() > (1 + top) / 2)
    ends = 4 <= most <= 9 and (not near or last**2 > -np.log(_CHANCE) * before)
    if ends and most < top and whole(seen, 1, most).all():
        one = ask.role in ("ex", "cx")  # what is said of both series does not count where the spec says it of one
        ask.refuse(
            lazy("all {size:,} answers of {name} lie between 1 and {most:g}, but {scale} goes up to {best:g}",
                 size=seen.size, name=ask.name, most=most, best=top,
                 scale=lazy("an NPS question") if told.measure == "nps" else told.name),
            lazy(
                "say `{key}: {scale}` (`{{worst: {most:g}, best: 1}}` if 1 is the best), or `values: {kind}` in the "
                "spec if nobody answered more than {most:g}",
                key=f"{ask.role}_scale" if one else "scale", kind=f"{{{ask.role}: answers}}" if one else "answers",
                scale=f"likert{most:g}" if most in (5, 7) else f"{{worst: 1, best: {most:g}}}", most=most,
            ),
        )  # fmt: skip


def _top_unused_by_part(ask: Ask, values: Array, told: Scale) -> None:
    """Refuse units or periods whose many answers end at 5, 6 or 7 where others' go on, which is hardly chance."""
    top = 10.0 if told.measure == "nps" else max(told.worst, told.best)
    if top <= 5:
        return
    there = np.isfinite(values) & (values <= top)
    for role in ("unit", "period"):
        if role not in ask.cells.column:
            continue
        names, part = distinct(ask.cells.table.cells[ask.cells.column[role]])
        if role == "period" and ask.month is not None:  # days of one month are one period
            _, first, part = np.unique(ask.month, return_index=True, return_inverse=True)
            names = [ask.cells.table.cells[ask.cells.column[role]][k] for k in first]
        least, most = np.full(len(names), np.inf), np.full(len(names), -np.inf)
        np.minimum.at(least, part[there], values[there])
        np.maximum.at(most, part[there], values[there])
        count = np.bincount(part[there], minlength=len(names))
        for short in (5.0, 6.0, 7.0):
            apart = (count >= _POINTS) & (most == short) & (least >= 1)
            others = there & ~apart[part]
            if short >= top or not apart.any() or not others.any():
                continue
            below = float((values[others] <= short).mean())
            odd = [
                i for i in np.flatnonzero(apart)
                if len(names) * below ** int(count[i]) < _CHANCE
                and (role != "unit" or _cut_off(values[there & (part == i)], short))
            ]  # fmt: skip
            if odd:
                shown = some_names([str(names[i]) for i in odd], 6, marked=True)
                ask.refuse(
                    lazy(
                        "all answers of {units} in {name} lie between 1 and {most:g}, those of the others go on to "
                        "{best:g}: another scale?",
                        units=shown, name=ask.name, most=short, best=values[others].max(),
                    ),
                    lazy("write all on one scale, or say `values: answers` in the spec if it is the same one"),
                )  # fmt: skip


def _cut_off(answers: Array, most: float) -> bool:
    """Whether answers end where they hardly would by themselves, as those of a unit that answers low do.

    As a normal opinion with their own mean and spread has it, some of so many answers would lie above the largest.
    """
    from scipy.special import ndtr

    above = ndtr((answers.mean() - most - 0.5) / (answers.std() + 1e-9))
    return bool((1.0 - above) ** answers.size < _BY_ITSELF)


def _kind_of_nps(ask: Ask, column: NumberColumn, values: Array, told: Scale, *, answers: bool, single: bool) -> str:
    seen = values[np.isfinite(values)]
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
    if seen.size >= 3 and (fits := [codes for codes in CODED if distinct <= set(codes)]):
        worst, middle, best = fits[0]
        ask.refuse(
            lazy("{shown}: codes for detractor, passive and promoter, or answers of 0 … 10?", shown=range_text),
            lazy(
                "say `values: codes` in the spec if {worst:g} is a detractor, {middle:g} a passive and {best:g} a "
                "promoter, `values: answers`, or what each means by `words: {{{worst:g}: promoter}}`; of one series "
                "alone `values: {{{role}: codes}}`, `words: {{{role}: {{{worst:g}: promoter}}}}`",
                worst=worst, middle=middle, best=best, role=ask.role,
            ) if len(fits) == 1 else lazy(
                "say `values: answers` in the spec, or what each means by `words: {{1: promoter}}`; of one series "
                "alone `values: {{{role}: answers}}`, `words: {{{role}: {{1: promoter}}}}`",
                role=ask.role,
            ),
        )  # fmt: skip
    if not answers and seen.size >= 3 and float((np.abs(seen) <= 1).mean()) >= _MOST:
        ask.refuse(
            lazy("{shown}: fractions (0.32 for 32 points), or points?", shown=range_text),
            lazy("say `values: fractions` or `values: scores` in the spec"),
        )
    if answers and single:
        _top_unused(ask, seen, told)
        _top_unused_by_part(ask, column.values, told)
    if answers and (single or column.tops or column.labels or ask.cells.spec.form == "answers"):
        return "answers"
    if not answers and single:
        _beyond_ten(ask, seen)
        _in_tens(ask, seen)
    if answers or (seen.size >= 3 and seen.min() >= 0 and seen.max() <= 10):
        ask.refuse(
            lazy("all {size:,} numbers of {name} lie between 0 and 10: single answers, means of answers out of ten, "
                 "or NPS points?", size=seen.size, name=ask.name),
            lazy("say `values: answers` or `values: scores` in the spec, or `scale: zero_to_ten` for means"),
        )  # fmt: skip
    high = seen.size >= _POINTS and _HIGH[0] <= seen.min() and seen.max() <= 100 and seen.mean() >= _HIGH[1]
    if high and not (names_nps(ask.cells.name(ask.role)) and _of_so_many(ask, values)):
        ask.refuse(
            lazy("{shown}, {mean:.3g} on average: NPS points, or an index or a share?",
                 shown=range_text, mean=seen.mean()),
            lazy("say `scale: index`, `scale: percent` or, of an index that was 100 at its start, `scale: raw`; if "
                 "they are NPS points, `values: scores` in the spec"),
        )  # fmt: skip
    if seen.size >= _MANY and seen.min() >= 0 and seen.max() <= 100:
        near = seen.std() / 2
        close = int((seen < near).sum())
        if _BELOW**close < _CHANCE:
            ask.refuse(
                lazy("{shown}, {close} of {size:,} within {near:.2g} of 0 and none below: have minus signs been lost, "
                     "or is it an index or a share?", shown=range_text, close=close, size=seen.size, near=near),
                lazy("correct the signs; say `scale: index` or `scale: percent` if it is none of −100 … 100, "
                     "`values: scores` in the spec if no score is below 0"),
            )  # fmt: skip
    if seen.size >= _MANY and seen.min() >= 0 and (high or f"n_{ask.role}" not in ask.cells.column):
        ask.cells.report.warnings.append(
            lazy("{shown}, none of {size:,} below 0: read as points of −100 … 100, as told. If they are an index or a "
                 "share, such as that of promoters, say `scale: index` or `percent`", shown=range_text, size=seen.size)
        )  # fmt: skip
    return "scores"


def impossible(values: Array, count: Array) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which scores are no whole number of n-ths, which an NPS of n answers is, and which could tell."""
    digits = next((d for d in range(4) if np.allclose(values * 10**d, np.round(values * 10**d), equal_nan=True)), 4)
    with np.errstate(invalid="ignore"):
        people = values * count / 100
        off = np.abs(people - np.round(people)) - 0.51 * 0.1**digits * count / 100
        telling = np.isfinite(people) & (0.1**digits * count / 100 < _TELLING)
    return telling & (off > 1e-6), telling


def _of_so_many(ask: Ask, values: Array) -> bool:
    """Whether numbers are scores or shares of as many answers as stand beside them, and so no index."""
    if ask.count is None:
        return False
    odd, telling = impossible(values, ask.count)
    return bool(telling.sum() >= CELLS and odd.sum() <= max(1, FEW * telling.sum()))


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
    near = whole(seen, -1, _NEAR_TEN)
    if seen.size < _POINTS or near.mean() < 0.8 or not whole(seen, 0, 10).mean() >= 0.5:
        return
    beyond = seen[(seen < 0) | (seen > 10)]
    if not beyond.size:
        return
    values = ", ".join(f"{value:g}" for value in np.unique(beyond)[:4])
    if set(np.unique(seen)) <= set(ELEVEN):
        cure = lazy("say `values: codes` in the spec if 1 … 11 stand for 0 … 10, `missing: [11]` if 11 is no answer")
    else:
        cure = lazy("say which of them is no answer by `missing: [{value:g}]` in the spec", value=beyond[0])
    ask.refuse(
        lazy(
            "{name} holds whole numbers such as answers of 0 … 10, but {count:,} of {all:,} lie beyond ({values}): "
            "what do these mean?",
            name=ask.name, count=int(beyond.size), all=int(seen.size), values=values,
        ),
        cure,
    )  # fmt: skip


def ask_counts(cells: Cells, series: str, parts: Mapping[str, NumberColumn], total: Array) -> None:
    """Ask about promoters in percent beside detractors as numbers of people, and about both that may be such numbers.

    Raises InputError unless headers say percent, or the spec says `values: scores`.
    """
    names = [cells.name(f"{series}_{part}") for part in parts]
    if cells.spec.values_of(series) != "auto" or all(_PERCENT.search(name.casefold()) for name in names):
        return
    signed = [2 * part.percent > 1 for part in parts.values()]
    known = [part.values[np.isfinite(part.values)] for part in parts.values()]
    cut = [bool((held % 1 != 0).mean() > _CUT) for held in known]
    counts = [bool(np.all(held % 1 == 0) and np.unique(held).size > _FEW_NUMBERS) for held in known]
    one = next((i for i in (0, 1) if (signed[i] or cut[i]) and not signed[1 - i] and counts[1 - i]), None)
    seldom = float(np.median(total[np.isfinite(total)])) if np.isfinite(total).any() else 100.0
    if one is not None:
        message = lazy("`{name}` is in percent, but `{other}` holds whole numbers: numbers of people?",
                       name=names[one], other=names[1 - one])  # fmt: skip
    elif all(counts) and not any(signed) and seldom < _OUTSPOKEN:
        message = lazy("`{name}` and `{other}` are whole numbers and make {total:g} in the middle row: percent, or "
                       "numbers of people?", name=names[0], other=names[1], total=seldom)  # fmt: skip
    else:
        return
    hint = lazy("say `values: {{{series}: scores}}` in the spec if both are percent; numbers of people need a column "
                "`{series}_passives`", series=series)  # fmt: skip
    raise InputError(Problem(message, file=cells.table.name, path=names[0], hint=hint))
