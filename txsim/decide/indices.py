# SPDX-License-Identifier: MIT
"""Which quantities drive a figure: variance-based indices from draws that exist already.

No new runs of the model are needed: a polynomial chaos expansion is fitted to the given points, orthonormal under each
quantity's own draws (Sudret, Reliability Engineering & System Safety 93, 2008; Oladyshkin and Nowak, same journal 106,
2012), and the variance of its terms is shared out. Quantities that depend on others have no such terms of their own;
for them the first-order index comes from a one-dimensional regression and the total index from what the fit loses
without them, which are the same indices (Saltelli and others, Global Sensitivity Analysis, 2008, section 1.2.15).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from txsim.decide.bases import FEW, normal_scores
from txsim.decide.regression import as_column, as_columns, fit
from txsim.decide.value import DEFAULT_BATCHES
from txsim.results.quantities import Estimate
from txsim.types import Array

_MOST_TERMS = 400
_MOST_DEGREE = 14
_LEAST_DEGREE = 3  # of a quantity alone; a category keeps a function for each of its levels
#: Most noise of all coefficients, and how far their parts may be from the variance, as shares of it.
_MOST_NOISE = 0.125
_MOST_APART = 0.1


@dataclass(frozen=True)
class Indices:
    """Shares of the variance of a figure."""

    #: One for each quantity: the share of variance that knowing it alone would remove on average.
    first_order: tuple[Estimate, ...]
    total: tuple[Estimate, ...]  #: One for each quantity: the share that would be left if everything but it were known.
    explained: float  #: Share of the variance that the expansion explains; what it misses is in no index.


@dataclass(frozen=True)
class _Terms:
    columns: Array  # (draw, term), without the constant
    powers: NDArray[np.int64]  # (term, quantity)


def _single(values: Array, degree: int) -> Array:
    """Return polynomials ``(draw, degree)`` orthonormal for one quantity, without the constant.

    Orthonormal under the draws themselves, or, where the draws look uniform between their ends (Kolmogorov's distance,
    1 %), under the uniform distribution: then the draws' own luck does not enter.
    """
    levels = np.unique(values).size
    degree = min(degree, levels - 1)
    edge = np.ptp(values) / max(values.size - 1, 1)
    u = (values - values.min() + edge) / (np.ptp(values) + 2 * edge)
    places = (np.arange(values.size) + 0.5) / values.size
    if levels == values.size and np.abs(np.sort(u) - places).max() * math.sqrt(values.size) < 1.63:
        from numpy.polynomial import legendre

        table: Array = np.asarray(legendre.legvander(2 * u - 1, degree)[:, 1:], dtype=np.float64)
        polynomials: Array = table * np.sqrt(2 * np.arange(1, degree + 1) + 1)
        return polynomials
    spread = float(values.std()) or 1.0
    x = (values - values.mean()) / spread
    # Three-term recurrence on the draws themselves: stable where powers are not.
    before, now = np.zeros_like(x), np.ones_like(x)
    made = []
    norm = 1.0
    for _ in range(degree):
        after = (x - float((x * now * now).mean())) * now - norm * before
        size = math.sqrt(float((after * after).mean()))
        if size < 1e-9:
            break
        before, now, norm = now, after / size, size
        made.append(now)
    return np.column_stack(made) if made else np.empty((values.size, 0))


def _degrees(quantities: int, draws: int) -> tuple[int, int]:
    """Return the total degree of all products, and the degree of single quantities."""
    most = min(_MOST_TERMS, draws // 8)
    degree = 1
    while degree < _MOST_DEGREE and math.comb(quantities + degree + 1, degree + 1) - 1 <= most:
        degree += 1
    return degree, max(degree, min(8, most // max(2 * quantities, 1)))


def _terms(columns: Sequence[Array], values: Array, less: int = 0) -> _Terms:
    """Return the functions of the expansion, of degrees lower by ``less`` than the draws allow."""
    quantities, draws = len(columns), values.shape[0]
    degree, alone = _degrees(quantities, draws)
    degree = max(degree - less, 1)
    lower = [
        alone if np.unique(column).size <= FEW else max(alone - less, min(alone, _LEAST_DEGREE)) for column in columns
    ]
    single = [_single(column, most) for column, most in zip(columns, lower, strict=True)]
    powers: list[tuple[int, ...]] = []
    for i, polynomials in enumerate(single):
        powers += [tuple(k + 1 if j == i else 0 for j in range(quantities)) for k in range(polynomials.shape[1])]
    room = min(_MOST_TERMS, draws // 8) - len(powers)
    if degree >= 2:
        chosen: list[tuple[int, ...]] = [
            tuple(index)
            for order in range(2, min(quantities, degree, 4) + 1)
            for index in _products(single, order, degree)
        ]
        chosen.sort(key=sum)
    else:
        # Too many quantities for all pairs: products of those that explain most by themselves, in this order.
        strength = [float(((polynomials.T @ values) ** 2).sum()) for polynomials in single]
        ranked = np.argsort(strength)[::-1]
        chosen = []
        for a, b in sorted(itertools.combinations(range(quantities), 2), key=lambda pair: pair[0] + pair[1]):
            index = [0] * quantities
            index[ranked[a]] = index[ranked[b]] = 1
            chosen.append(tuple(index))
    powers += chosen[: max(room, 0)]
    table = np.array(powers, dtype=np.int64).reshape(len(powers), quantities)
    built = np.ones((draws, len(powers)))
    for i, polynomials in enumerate(single):
        for power in np.unique(table[:, i]):
            if power:
                built[:, table[:, i] == power] *= polynomials[:, [power - 1]]
    return _Terms(built, table)


def _products(single: Sequence[Array], order: int, degree: int) -> list[list[int]]:
    indices = []
    for which in itertools.combinations(range(len(single)), order):
        most = [min(single[i].shape[1], degree - order + 1) for i in which]
        for powers in itertools.product(*(range(1, m + 1) for m in most)):
            if sum(powers) <= degree:
                index = [0] * len(single)
                for i, power in zip(which, powers, strict=True):
                    index[i] = power
                indices.append(index)
    return indices


def _dependent(columns: Array) -> NDArray[np.bool_]:
    """Return which quantities depend on another: rank correlation beyond what chance makes of independent ones."""
    if columns.shape[1] < 2:
        return np.zeros(columns.shape[1], dtype=bool)
    scores = np.column_stack([normal_scores(column) for column in columns.T])
    # Of the scores and of their squares, so that dependence without correlation is seen too.
    both = [np.abs(np.nan_to_num(np.corrcoef(table.T))) for table in (scores, scores**2)]
    for table in both:
        np.fill_diagonal(table, 0.0)
    limit = max(4.5 / math.sqrt(columns.shape[0]), 0.02)
    dependent: NDArray[np.bool_] = (both[0] > limit).any(axis=1) | (both[1] > limit).any(axis=1)
    return dependent


class _Expansion:
    """A ridge fit of the terms with sums by batch, so that it can be repeated without one batch at once."""

    def __init__(self, terms: _Terms, values: Array, batches: int) -> None:
        self.terms = terms
        self.stretches = np.array_split(np.arange(values.size), batches)
        self.with_one = np.column_stack([np.ones(values.size), terms.columns])
        self.gram = [self.with_one[part].T @ self.with_one[part] for part in self.stretches]
        self.got = [self.with_one[part].T @ values[part] for part in self.stretches]
        self.square = [float((values[part] ** 2).sum()) for part in self.stretches]

    def solve(self, left_out: int | None = None) -> _Solved:
        """Fit all batches, or all but one."""
        use = [i for i in range(len(self.stretches)) if i != left_out]
        gram = sum((self.gram[i] for i in use), np.zeros_like(self.gram[0]))
        got = sum((self.got[i] for i in use), np.zeros_like(self.got[0]))
        draws = float(gram[0, 0])
        penalty = np.full(gram.shape[0], 1e-9 * draws)
        penalty[0] = 0.0
        coefficients = np.linalg.solve(gram + np.diag(penalty), got)
        total = sum(self.square[i] for i in use)
        rss = max(total - float(coefficients @ got), 0.0)
        free = max(draws - gram.shape[0], 1.0)
        mean = gram[0, 1:] / draws
        inner = gram[1:, 1:] / draws - np.outer(mean, mean)
        return _Solved(coefficients[1:], inner, rss / free, total / draws - (float(got[0]) / draws) ** 2, draws)


@dataclass(frozen=True)
class _Solved:
    coefficients: Array
    inner: Array  # covariance of the terms
    residual: float
    variance: float
    draws: float


def sensitivity_indices(
    values: ArrayLike, given: ArrayLike, *, independent: bool | None = None, batches: int = DEFAULT_BATCHES
) -> Indices:
    """Return first-order and total variance-based indices of each quantity from given points.

    Parameters
    ----------
    values
        ``(draw,)`` the figure.
    given
        ``(draw, quantity)`` the quantities, in any design; each with a scale of its own.
    independent
        Whether the quantities are independent; by default those are taken to be whose rank correlations with all
        others are no larger than chance makes them.
    batches
        Number of batches for the standard errors.

    Raises
    ------
    ValueError
        If shapes do not fit, values are not finite, or there are fewer than 32 draws.

    Notes
    -----
    Each quantity enters as it is and as the normal score of its rank; the better of the two expansions is kept.
    """
    y = as_column(values)
    x = as_columns(given, y.size)
    if y.size < 32:
        message = f"at least 32 draws are needed, there are {y.size}"
        raise ValueError(message)
    batches = min(batches, max(y.size // 64, 2), 20)
    moving = np.flatnonzero(np.ptp(x, axis=0) > 0)
    none = Estimate(0.0, 0.0)
    if not np.ptp(y) > 0 or moving.size == 0:
        return Indices((none,) * x.shape[1], (none,) * x.shape[1], 1.0 if not np.ptp(y) > 0 else 0.0)
    y = (y - y.mean()) / y.std()
    used = x[:, moving]
    tied = _dependent(used) if independent is None else np.full(moving.size, not independent)
    for less in range(_MOST_DEGREE):
        candidates = [_Expansion(_terms(columns, y, less), y, batches) for columns in _scales(used)]
        expansion = min(candidates, key=lambda e: e.solve().residual)
        whole = expansion.solve()
        inverse = np.linalg.inv(whole.inner + 1e-9 * np.eye(whole.coefficients.size))
        # Squares of estimated coefficients are too large by their variance.
        noise = whole.residual / whole.draws * np.diag(inverse)
        # Functions of quantities that are independent are orthogonal: but for chance their parts sum to the variance,
        # and an eighth as many as draws have an eighth of it as noise. Where that fails the draws cannot tell functions
        # of so high a degree apart (few quantities with long tails), and parts mean nothing: lower degrees are taken.
        parts = float((whole.coefficients**2 - noise).sum()) + whole.residual
        adds_up = (
            tied.any() or abs(parts - whole.variance) <= max(_MOST_APART, 3.0 / math.sqrt(y.size)) * whole.variance
        )
        if adds_up and noise.sum() <= _MOST_NOISE:
            break
    powers = expansion.terms.powers > 0
    alone = powers.sum(axis=1) == 1
    regress = {int(i): fit(y, used[:, i]) for i in np.flatnonzero(tied)}
    squares = np.maximum(whole.coefficients**2 - noise, 0.0)
    spread = whole.variance if tied.any() else parts

    def shares(left_out: int | None) -> Array:
        """Return first-order and total index ``(2, quantity)`` as quadratic forms of the draws that are kept."""
        now = whole if left_out is None else expansion.solve(left_out)
        kept = np.concatenate([part for j, part in enumerate(expansion.stretches) if j != left_out])
        turned = inverse if left_out is None or not tied.any() else np.linalg.inv(now.inner + 1e-9 * np.eye(alone.size))
        variances = np.empty((2, moving.size))
        for i in range(moving.size):
            mine = powers[:, i]
            if tied[i]:
                fitted = regress[i].mean if left_out is None else regress[i].without(kept)
                variances[0, i] = float(np.cov(fitted[:, 0], y[kept])[0, 1])
                c = now.coefficients[mine]
                drop = float(c @ np.linalg.solve(turned[np.ix_(mine, mine)], c)) if mine.any() else 0.0
                variances[1, i] = max(drop - now.residual * mine.sum() / now.draws, 0.0)
            else:
                for row, which in enumerate((mine & alone, mine)):
                    c = now.coefficients[which]
                    variances[row, i] = float(c @ now.inner[np.ix_(which, which)] @ c)
        return variances / now.variance

    told_now = shares(None)
    for i in np.flatnonzero(~tied):
        # Where nothing depends on anything the terms are orthogonal in truth, whatever these draws say.
        mine = powers[:, i]
        told_now[:, i] = squares[mine & alone].sum() / spread, squares[mine].sum() / spread
    first, total = np.clip(told_now, 0.0, 1.0)
    explained = 1.0 - whole.residual / whole.variance
    again = np.stack([shares(i) for i in range(batches)])
    scale = math.sqrt((batches - 1) / batches)
    errors = scale * np.sqrt(((again - again.mean(axis=0)) ** 2).sum(axis=0))
    place = {int(column): i for i, column in enumerate(moving)}

    def told(figures: Array, error: Array) -> tuple[Estimate, ...]:
        return tuple(
            Estimate(float(figures[place[i]]), float(error[place[i]])) if i in place else none
            for i in range(x.shape[1])
        )

    return Indices(told(first, errors[0]), told(total, errors[1]), max(float(explained), 0.0))


def _scales(columns: Array) -> list[list[Array]]:
    """Return the quantities as they are, and as normal scores of their ranks where they are continuous."""
    plain = [columns[:, i] for i in range(columns.shape[1])]
    scores = [column if np.unique(column).size <= FEW else normal_scores(column) for column in plain]
    return [plain, scores]
