# SPDX-License-Identifier: MIT
"""Numbers that stand for no answer: codes that systems and statistical programs write where there is none."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from txsim.language import Words, lazy
from txsim.panel.reader.answer_words import Ask
from txsim.types import Array

#: Numbers that systems write where there is none.
CODES = frozenset(
    sign * value
    for value in (97.0, 98.0, 99.0, 997.0, 998.0, 999.0, 1000.0, 9998.0, 9999.0, 99999.0, 999999.0, 9999999.0)
    for sign in (1.0, -1.0)
) | {-1.0, -9.0, -8.0, -7.0}
#: Those that are codes on scales of few steps only, where no answer is as large.
_SHORT_CODES = frozenset({8.0, 9.0, 66.0, 77.0, 88.0})
#: Those that are asked about on any scale, where they stand apart or again and again.
_ASKED = CODES | frozenset(sign * value for value in (66.0, 77.0, 88.0, 96.0) for sign in (1.0, -1.0))
#: Rows of one number, and its chance among its neighbours, from which it hardly is a value.
_AGAIN, _AGAIN_CHANCE = 3, 1e-4
#: Numbers that tools write for detractor, passive and promoter, and what each is.
CODED = ((-1.0, 0.0, 1.0), (0.0, 1.0, 2.0), (1.0, 2.0, 3.0))
_POINTS = 8
#: Zeros from which they are looked at, and that are never too many; by how much more often than beside it 0 may stand
#: without being asked about, since scores pile up there; the chance of so many from which it is.
_ZEROS, _BESIDE, _ZERO_CHANCE = 5, 1.25, 1e-5
#: Numbers of people that digits of scores tell apart.
_PEOPLE = 60
#: People of whom shares repeat: of more there are so many shares that each is rare.
_FEW = 28


def missing_codes(ask: Ask, values: Array, low: float, high: float) -> tuple[NDArray[np.bool_], dict[str, int]]:
    """Return where numbers stand for no answer, and how often each does; ask where they could be values too."""
    stated = ask.cells.spec.missing
    seen = values[np.isfinite(values)]
    distinct = np.unique(seen)
    codes: list[float] = []
    asked: dict[float, Words] = {}
    if stated is not None:
        codes = [code for code in stated if code in distinct]
    elif seen.size >= 3:
        known = _ASKED | (_SHORT_CODES if high <= 7 else frozenset())
        if any(set(distinct) <= set(codes) for codes in CODED):  # detractor, passive and promoter: asked as such
            return np.zeros(values.size, dtype=bool), {}
        if (low, high) == (0, 100) and f"n_{ask.role}" not in ask.cells.column:  # of few answers none may be favourable
            known |= {0.0}
        candidates = [float(code) for code in distinct if code in known]
        bulk = seen[~np.isin(seen, candidates)]
        for code in candidates:
            if code < low - 1e-9 or code > high + 1e-9:
                codes += [code] if code in CODES or high <= 7 else []
                continue
            if not bulk.size:
                continue
            count = int((seen == code).sum())
            gap = max(code - bulk.max(), bulk.min() - code) / (high - low)
            if gap > 0.25 and abs(code) >= 97:
                codes.append(code)
            elif gap > 0.1 and (abs(code) >= 66 or code == 0) and (abs(code) > 90 or count > 1 or gap > 0.25):
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
            elif code != 0 and _again(code, count, bulk):
                asked[code] = lazy(
                    "{name} is exactly {value:g} in {count} rows, far more often than its neighbours and any other "
                    "number: no answer, or a value?",
                    name=ask.name,
                    value=code,
                    count=count,
                )
        asked |= _at_an_end(ask, values, low, high, codes)
        scores = seen[~np.isin(seen, codes) & (seen >= low) & (seen <= high)]
        zeros = int((scores == 0).sum())
        if low < 0 < high and not asked and zeros >= _ZEROS and not _fractions(scores) and _too_often(scores):
            asked[0.0] = lazy(
                "{name} is exactly 0 in {count} rows, {times:.2g} times as often as scores beside 0 explain: no "
                "answer, or a value?", name=ask.name, count=zeros, times=zeros / max(zeros_expected(scores), 1.0),
            )  # fmt: skip
    if asked:  # whoever names one names all: what is named takes the place of what is found
        all_codes = ", ".join(f"{code:g}" for code in sorted({*asked, *codes}))
        hint = lazy(
            "say `missing: [{codes}]` in the spec if they are no answers, `missing: [{kept}]` if they are values",
            codes=all_codes,
            kept=", ".join(f"{code:g}" for code in codes),
        )
        ask.refuse(next(iter(asked.values())), hint)
    return np.isin(values, codes), {f"{code:g}": int((seen == code).sum()) for code in codes}


def _at_an_end(ask: Ask, values: Array, low: float, high: float, codes: list[float]) -> dict[float, Words]:
    """Return what to ask about an end of the scale far from all other scores, as suppressed cells are filled in.

    Where it is known how many answered, all of them would have had to answer alike: if each did with the chance that it
    has in the cell nearest to the end, so many cells would hardly do.
    """
    seen = np.isfinite(values) & ~np.isin(values, codes)
    bulk = values[seen & (values > low) & (values < high)]
    if np.unique(bulk).size < _POINTS or (high - low <= 10 and (bulk % 1 == 0).all()):  # single answers
        return {}
    asked: dict[float, Words] = {}
    for end, gap in ((low, (bulk.min() - low) / (high - low)), (high, (high - bulk.max()) / (high - low))):
        there = seen & (values == end)
        times = int(there.sum())
        people = float(np.nansum(ask.count[there])) if ask.count is not None else 0.0
        if people:
            odd = times * np.log(bulk.size) + people * np.log1p(-gap) < np.log(_AGAIN_CHANCE)
        else:
            odd = times > 1 and (gap > 0.25 or (gap > 0.1 and _again(end, times, bulk)))
        if times and gap > 0.1 and odd:
            asked[float(end)] = lazy(
                "{name} is {value:g} in {count} rows, far from all others ({min:g} … {max:g}): no answer, "
                "or a value?", name=ask.name, value=end, count=times, min=bulk.min(), max=bulk.max(),
            )  # fmt: skip
    return asked


def _again(code: float, count: int, bulk: Array) -> bool:
    """Return whether a number stands so often among others that they hardly explain it.

    Beside its neighbours it would be as frequent as they are: the count is Poisson with their mean, over the numbers
    that can be written from 5 below it to 5 above. Nor may another number stand two thirds as often: where few people
    answered shares repeat. To numbers that few people cannot have, such as −99, those that they can are no measure.
    """
    from scipy.special import pdtrc

    values, times = np.unique(bulk, return_counts=True)
    if count < _AGAIN or values.size < _POINTS:
        return False
    digits = next((d for d in range(3) if np.allclose(bulk * 10**d, np.round(bulk * 10**d))), 3)
    if not of_few_people(np.array([code]), digits).any():
        times = times[~of_few_people(values, digits)]
    if 2 * count < 3 * times.max(initial=0):
        return False
    near = int((np.abs(bulk - code) <= 5).sum())
    return bool(pdtrc(count - 1, (near + 1) / (10 * 10**digits)) < _AGAIN_CHANCE)


def _fractions(scores: Array) -> bool:
    """Whether fractions of 1 stand beside points, or alone: far more scores lie within 1 of 0 than one further out."""
    size = np.abs(scores[scores != 0])
    return bool((size <= 1).sum() > _ZEROS + 3 * ((size > 1) & (size <= 2)).sum())


def _too_often(scores: Array) -> bool:
    """Whether a net promoter score of 0 stands far more often than those beside it explain."""
    from scipy.special import pdtrc

    others = scores[scores != 0]
    values, times = np.unique(others, return_counts=True)
    if values.size <= _POINTS or times.max() >= (scores == 0).sum():
        return False
    if np.mean(np.isin(others, (*range(11), 100.0, -100.0))) > 0.5:
        return False  # single answers
    expected = zeros_expected(scores)
    return bool(pdtrc((scores == 0).sum() - 1, _BESIDE * expected + _ZEROS) < _ZERO_CHANCE)


def zeros_expected(scores: Array) -> float:
    """Return how many net promoter scores of 0 those beside it lead one to expect.

    The score of n people is a multiple of 100 / n, so that where few answer 0 is the most frequent number: it is one of
    every n. How many scores are of how many people is judged from their digits, by maximum likelihood (EM); those of n
    people are as frequent at 0 as on the steps beside it.

    ``scores``: of −100 … 100, one at least not 0.
    """
    from txsim.panel.reader.answer_grid import rounded_to

    seen, times = np.unique(scores[scores != 0], return_counts=True)
    apart = rounded_to(scores)
    people = np.arange(2.0, _PEOPLE)
    steps = seen[:, None] * people / 100.0
    fits = np.abs(steps - np.round(steps)) <= np.minimum(apart * people / 100.0, 0.5) + 1e-9
    step = np.append(100.0 / people, 2.0 * apart)  # of so many people, or of more than can be told
    chance = np.column_stack([fits, np.ones(seen.size)]) * step
    share = np.full(step.size, 1.0 / step.size)
    for _ in range(50):
        of = chance * share
        of *= times[:, None] / of.sum(axis=1, keepdims=True)
        share = of.sum(axis=0) / times.sum()
    within = np.maximum(0.75 * float(np.repeat(seen, times).std()), step)
    beside = np.where(np.abs(seen)[:, None] <= within + apart, of, 0.0).sum(axis=0)
    return float((beside / (2.0 * np.floor(within / step + 1e-9))).sum())


def of_few_people(values: Array, digits: int) -> NDArray[np.bool_]:
    """Return whether each number, written to some decimals, can be a share or net promoter score of few people."""
    people = np.arange(1, _FEW + 1)
    values, digit = np.abs(values)[:, None], 0.1**digits
    share = 100 / people * np.ceil((values - 0.5 * digit) * people / 100 - 1e-9)  # the first that is not below
    possible: NDArray[np.bool_] = share < values + digit - 1e-9  # rounded, or cut off
    return possible.any(axis=1)
