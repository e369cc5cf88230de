# SPDX-License-Identifier: MIT
"""What is expected of each option once something is known: ``E[net benefit | given]`` from draws, by regression.

Everything that is worth knowing is worth it through this conditional mean (Strong, Oakley and Brennan, Medical
Decision Making 34, 2014). Draws that share the same values of few discrete quantities are averaged, which is exact;
otherwise a penalised least-squares fit is made on a basis that grows with what is given: a cubic spline for one
quantity, products of polynomials for a few, splines and pairwise products for many. Which basis and how much penalty
is decided for every option by generalised cross-validation (Golub, Heath and Wahba, Technometrics 21, 1979), so that
a quantity that explains nothing gets a flat fit, not a noisy one. Needs NumPy alone.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from txsim.types import Array

__all__ = ["Fit", "as_column", "as_columns", "conditional_mean", "distinct", "fit", "normal_scores"]


#: A column with at most this many different values counts as discrete.
FEW = 12
#: Draws that a cell of discrete values must hold on average before cells are simply averaged.
_PER_CELL = 30
_MOST_COLUMNS = 500
_PENALTIES = 10.0 ** np.arange(-9.0, 3.5, 0.75)


def distinct(values: NDArray[Any]) -> NDArray[Any]:
    """Return the different values of ``(n,)``, sorted.

    ``np.unique`` imports numpy's masked arrays, a twentieth of a whole warm run.
    """
    ordered = np.sort(values)
    new = np.ones(ordered.size, dtype=bool)
    new[1:] = ordered[1:] != ordered[:-1]
    return ordered[new]


def _by_draw(given: Any) -> Any:
    """Return an array with named dims as plain numbers, draws first, whatever the order of its dims."""
    dims = getattr(given, "dims", None)
    if not isinstance(dims, tuple) or not hasattr(given, "transpose"):
        if hasattr(given, "data_vars"):
            message = f"expected one variable of the dataset, such as `.npv`; there is {', '.join(given.data_vars)}"
            raise ValueError(message)
        return given
    sizes = dict(given.sizes)
    if "draw" not in sizes:
        message = f"expected an array with a dim `draw`, its dims are {_sizes(sizes)}"
        raise ValueError(message)
    along = [dim for dim in ("chain", "draw") if dim in sizes]
    single = [dim for dim, size in sizes.items() if dim not in along and size == 1]
    rest = [dim for dim in dims if dim not in along]
    if len(rest) > 1:
        given = given.squeeze([dim for dim in single if dim != rest[-1]])
        rest = [dim for dim in given.dims if dim not in along]
    if len(rest) > 1:
        message = f"expected `draw` and one more dim, its dims are {_sizes(sizes)}; choose of one by `.sel`"
        raise ValueError(message)
    values = given.transpose(*along, *rest).to_numpy()
    return values.reshape(-1, *values.shape[len(along) :])


def _sizes(sizes: dict[Any, int]) -> str:
    return "(" + ", ".join(f"{dim}: {size}" for dim, size in sizes.items()) + ")"


def as_columns(given: Any, draws: int | None = None, *, states: bool = False) -> Array:
    """Return draws of one or several quantities as ``(draw, quantity)``.

    Parameters
    ----------
    given
        ``(draw,)`` or ``(draw, quantity)``; or an ``xarray.DataArray`` with the dims ``draw``, or ``chain`` and
        ``draw``, and at most one more, in any order.
    draws
        How many there must be.
    states
        Whether rows are all the states there are, of which there may be fewer than quantities.

    Raises
    ------
    ValueError
        If it does not fit, says by its shape that it is transposed, or holds what is not finite.
    """
    array = np.asarray(_by_draw(given), dtype=np.float64)
    array = array[:, None] if array.ndim == 1 else array
    if array.ndim != 2 or array.shape[0] == 0 or (draws is not None and array.shape[0] != draws):
        wanted = "(draw,) or (draw, quantity)" if draws is None else f"({draws},) or ({draws}, quantity)"
        message = f"expected an array {wanted}, its shape is {np.asarray(given).shape}"
        raise ValueError(message)
    if not np.isfinite(array).all():
        message = "the array holds values that are not finite"
        raise ValueError(message)
    if not states and draws is None and array.shape[0] < array.shape[1]:
        message = (
            f"expected (draw, quantity), found the shape {array.shape}: {array.shape[0]} draws of {array.shape[1]} "
            "quantities; if draws are its columns, pass its transpose"
        )
        raise ValueError(message)
    return array


def as_column(given: Any, draws: int | None = None) -> Array:
    """Return draws of one quantity as ``(draw,)``; given and errors as for :func:`as_columns`, and for several."""
    table = as_columns(given, draws)
    if table.shape[1] != 1:
        message = f"expected one quantity (draw,), found {table.shape[1]}: choose one of them"
        raise ValueError(message)
    return table[:, 0]


@lru_cache(maxsize=8)
def _score_table(size: int) -> Array:
    """Return standard-normal scores of the ranks 0 … size − 1."""
    places = (np.arange(size) + 0.5) / size
    if size > 20_000:
        from scipy.special import ndtri

        return np.asarray(ndtri(places), dtype=np.float64)
    inverse = NormalDist().inv_cdf
    half = np.array([inverse(p) for p in places[: (size + 1) // 2].tolist()])
    return np.concatenate([half, -half[: size // 2][::-1]])


def normal_scores(values: Array) -> Array:
    """Return standard-normal scores of the ranks of ``values`` ``(draw,)``; equal values get their mean score."""
    order = np.argsort(values)  # equal values get one score below, so that their order does not matter
    scores = np.empty(values.size)
    scores[order] = _score_table(values.size)
    ordered = values[order]
    if np.any(ordered[1:] == ordered[:-1]):
        _, where, count = np.unique(values, return_inverse=True, return_counts=True)
        scores = (np.bincount(where, scores) / count)[where]
    return scores


def _orthonormal(columns: Array) -> Array:
    """Return columns of mean 0 and mean square 1 that span what ``columns`` span beyond the constant."""
    centred = columns - columns.mean(axis=0)
    q, r = np.linalg.qr(centred)
    size = np.abs(np.diag(r))
    kept = size > 1e-8 * max(float(size.max(initial=0.0)), 1e-300)
    basis: Array = q[:, kept] * np.sqrt(columns.shape[0])
    return basis


def _standard(values: Array) -> Array:
    spread = float(values.std())
    return (values - values.mean()) / (spread or 1.0)


def _polynomial(values: Array, degree: int) -> Array:
    powers = [_standard(values)]
    for _ in range(1, degree):
        powers.append(powers[-1] * powers[0])
    return _orthonormal(np.column_stack(powers))


def _spline(values: Array, knots: int, scores: Array) -> Array:
    """Return a cubic spline in the scores with knots at quantiles, and the values themselves."""
    where: Array = _score_table(4096)[((np.arange(knots) + 1) * 4096 // (knots + 1))]
    square = scores * scores
    parts = [_standard(values), scores, square, square * scores]
    for k in where:
        beyond = np.maximum(scores - k, 0.0)
        parts.append(beyond * beyond * beyond)
    return _orthonormal(np.column_stack(parts))


def _multi_indices(columns: int, degree: int) -> Iterator[tuple[int, ...]]:
    """Yield exponents of products of at least two columns, of a total degree of at most ``degree``."""
    for parts in range(2, degree + 1):
        for chosen in itertools.combinations(range(columns), parts):
            for powers in itertools.product(range(1, degree), repeat=parts):
                if sum(powers) <= degree:
                    index = [0] * columns
                    for column, power in zip(chosen, powers, strict=True):
                        index[column] = power
                    yield tuple(index)


def _products(columns: Sequence[Array], degree: int) -> Array:
    """Return products of the columns' orthonormal polynomials up to a total degree."""
    products = []
    for index in _multi_indices(len(columns), degree):
        product = np.ones(columns[0].shape[0])
        for column, power in enumerate(index):
            if power:
                if power > columns[column].shape[1]:
                    break
                product = product * columns[column][:, power - 1]
        else:
            products.append(product)
    return np.column_stack(products) if products else np.empty((columns[0].shape[0], 0))


def _one_hot(values: Array) -> Array:
    levels = distinct(values)
    indicators: Array = (values[:, None] == levels[None, 1:]).astype(np.float64)
    return indicators


def _bases(columns: Array, values: Array) -> tuple[list[Array], int]:
    """Return candidate bases ``(draw, function)`` without the constant, the plainest first.

    The first functions of each, as many as the second result, are the straight lines and steps, which are never shrunk.
    """
    draws = columns.shape[0]
    most = int(min(_MOST_COLUMNS, max(draws // 8, 8)))
    levels = [distinct(column).size for column in columns.T]
    smooth = [columns[:, i] for i, count in enumerate(levels) if count > FEW]
    steps = [_one_hot(columns[:, i]) for i, count in enumerate(levels) if 1 < count <= FEW]
    number = len(smooth)
    scores = [normal_scores(column) for column in smooth]
    knots = 5 if number <= 3 else 3 if number <= 12 else 1
    mains = [_spline(x, knots, z) for x, z in zip(smooth, scores, strict=True)]
    linear = np.column_stack([*[_standard(x)[:, None] for x in smooth], *steps])
    additive = np.column_stack([linear, *[main[:, 1:] for main in mains]])
    bases = [linear, additive] if number else [linear]
    if number + len(steps) < 2:
        return bases, linear.shape[1]
    room = most - additive.shape[1]
    if number > 1:
        degree = {2: 6, 3: 5, 4: 4}.get(number, 3 if number <= 9 else 2)
        selection = list(range(number))
        if number > 9:
            # Too many pairs: those of the quantities that explain most by themselves.
            strength = [_explained(main, values) for main in mains]
            wanted = max(2, int((np.sqrt(8.0 * max(room, 1) + 1) + 1) / 2))
            selection = sorted(np.argsort(strength)[::-1][:wanted].tolist())
        for source in ([smooth[i] for i in selection], [scores[i] for i in selection]):
            extra = _products([_polynomial(x, degree) for x in source], degree)
            bases.append(np.column_stack([additive, extra[:, : max(room, 0)]]))
    if steps:
        sides = [*[_polynomial(x, 2) for x in smooth], *steps]
        crossed = [
            (a[:, :, None] * b[:, None, :]).reshape(draws, -1)
            for a, b in itertools.combinations(sides, 2)
            if a.shape[1] and b.shape[1]
        ]
        last = bases[-1]
        both = np.column_stack([last, *crossed]) if crossed else last
        bases.append(both[:, : max(most, linear.shape[1])])
    return bases, linear.shape[1]


def _explained(basis: Array, values: Array) -> float:
    centred = values - values.mean(axis=0)
    got = basis.T @ centred
    return float((got**2).sum() / basis.shape[0] / max(float((centred**2).sum()), 1e-300))


@dataclass(frozen=True)
class Fit:
    """A conditional mean with what is needed to fit it again without some of the draws.

    Attributes
    ----------
    mean
        ``(draw, option)`` fitted values.
    parts
        For each group of options that share a basis: positions of the options, basis ``(draw, function)`` without the
        constant, number of leading functions without penalty, and penalty of each option; infinite for a flat fit.
    cells
        ``(draw,)`` cell of each draw where draws were averaged by cell, else ``None``.
    """

    mean: Array
    parts: tuple[tuple[NDArray[np.int64], Array, int, Array], ...]
    cells: NDArray[np.int64] | None
    values: Array

    def without(self, kept: NDArray[np.int64]) -> Array:
        """Return ``(kept, option)``: the conditional mean of the kept draws, fitted to them alone.

        Basis and penalty stay those of the whole.
        """
        values = self.values[kept]
        if self.cells is not None:
            return _cell_means(self.cells[kept], values, np.ones(kept.size))
        means = np.empty_like(values)
        for options, basis, free, penalty in self.parts:
            means[:, options] = _ridge(basis[kept], values[:, options], free, penalty)
        return means


def _ridge(basis: Array, values: Array, free: int, penalty: Array) -> Array:
    """Return fitted values of a ridge regression with a free constant and free first functions."""
    inner = basis - basis.mean(axis=0)
    centre = values.mean(axis=0)
    gram, got = inner.T @ inner, inner.T @ (values - centre)
    coefficients = np.zeros_like(got)
    tiny = 1e-12 * max(float(np.diag(gram).max(initial=0.0)), 1e-300)
    for each in distinct(penalty[np.isfinite(penalty)]):
        outputs = penalty == each
        shrink = np.full(gram.shape[0], each + tiny)
        shrink[:free] = tiny
        coefficients[:, outputs] = np.linalg.solve(gram + np.diag(shrink), got[:, outputs])
    fitted_values: Array = centre + inner @ coefficients
    return fitted_values


def _gcv(basis: Array, values: Array, free: int) -> tuple[Array, Array, Array]:
    """Return score, penalty and fitted values ``(draw, option)`` of the best penalty for each output."""
    draws = basis.shape[0]
    inner = basis - basis.mean(axis=0)
    centred = values - values.mean(axis=0)
    whole = (centred**2).sum(axis=0)
    # Straight lines are fitted first and never shrunk: a weak influence must not be made weaker.
    lines = _directions(inner[:, :free])
    straight = lines @ (lines.T @ centred)
    inner = inner[:, free:] - lines @ (lines.T @ inner[:, free:])
    centred = centred - straight
    gram = inner.T @ inner
    w, v = np.linalg.eigh(gram)
    w = np.maximum(w, 0.0)
    usable = w > 1e-12 * max(float(w[-1]) if w.size else 0.0, 1e-300)
    w, v = w[usable], v[:, usable]
    rotated = v.T @ (inner.T @ centred)
    total = (centred**2).sum(axis=0)
    penalties = _PENALTIES * draws
    freedom = 1.0 + lines.shape[1] + (w[:, None] / (w[:, None] + penalties)).sum(axis=0)
    kept = 1.0 / (w[:, None] + penalties)  # (function, penalty)
    squares = rotated**2
    rss = total - 2 * kept.T @ squares + (kept**2 * w[:, None]).T @ squares
    rss = np.maximum(rss, 1e-14 * whole)
    # 1.4 instead of 1 guards against the fits that generalised cross-validation finds too rough now and then.
    score = rss / np.maximum(1.0 - 1.4 * freedom[:, None] / draws, 1e-3) ** 2
    best = score.argmin(axis=0)
    flat = whole / (1.0 - 1.4 / draws) ** 2
    outputs = np.arange(values.shape[1])
    coefficients = rotated * kept[:, best]
    chosen = np.where(score[best, outputs] < flat, 1.0, 0.0)
    fitted = values.mean(axis=0) + chosen * straight + inner @ (v @ (coefficients * chosen))
    penalty = np.where(chosen > 0, penalties[best], np.inf)
    return np.minimum(score[best, outputs], flat), penalty, fitted


def _directions(columns: Array) -> Array:
    """Return orthonormal directions ``(draw, direction)`` that span the columns."""
    if columns.shape[1] == 0:
        return columns
    q, r = np.linalg.qr(columns)
    size = np.abs(np.diag(r))
    directions: Array = q[:, size > 1e-8 * max(float(size.max()), 1e-300)]
    return directions


def _cell_means(cells: NDArray[np.int64], values: Array, weights: Array) -> Array:
    number = int(cells.max()) + 1
    mass = np.bincount(cells, weights, minlength=number)
    sums = np.stack([np.bincount(cells, weights * column, minlength=number) for column in values.T], axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        means = sums / mass[:, None]
    by_draw: Array = means[cells]
    return by_draw


def fit(values: ArrayLike, given: ArrayLike, *, weights: ArrayLike | None = None, discrete: bool | None = None) -> Fit:
    """Fit ``E[values | given]``; see :func:`conditional_mean`."""
    y = as_columns(values, states=weights is not None)
    x = as_columns(given, y.shape[0])
    x = x[:, np.ptp(x, axis=0) > 0]
    draws = y.shape[0]
    if discrete is None:
        discrete = weights is not None
        if not discrete and all(distinct(column).size <= FEW for column in x.T):
            cells = np.unique(x, axis=0).shape[0] if x.shape[1] else 1
            discrete = cells * _PER_CELL <= draws
    if x.shape[1] == 0 or discrete:
        where = (
            np.unique(x, axis=0, return_inverse=True)[1].reshape(-1) if x.shape[1] else np.zeros(draws, dtype=np.int64)
        )
        mass = np.ones(draws) if weights is None else np.asarray(weights, dtype=np.float64)
        return Fit(_cell_means(where, y, mass), (), where, y)
    if weights is not None:
        message = "weights are for discrete states; resample weighted draws of continuous quantities first"
        raise ValueError(message)
    bases, free = _bases(x, y)
    tried = [_gcv(basis, y, free) for basis in bases]
    score = np.stack([attempt[0] for attempt in tried])
    best = score.argmin(axis=0)
    mean = np.stack([attempt[2] for attempt in tried])[best, :, np.arange(y.shape[1])].T
    parts = []
    for which in distinct(best):
        options = np.flatnonzero(best == which)
        parts.append((options, bases[which], free, tried[which][1][options]))
    return Fit(mean, tuple(parts), None, y)


def conditional_mean(
    values: ArrayLike, given: ArrayLike, *, weights: ArrayLike | None = None, discrete: bool | None = None
) -> Array:
    """Return the expectation of values given some quantities, at every draw.

    Parameters
    ----------
    values
        ``(draw,)`` or ``(draw, option)``, for example net benefits.
    given
        ``(draw,)`` or ``(draw, quantity)``: what would be known.
    weights
        ``(draw,)`` probabilities, where the rows are not draws but all the states there are; then equal rows of
        ``given`` are averaged with these weights, which is exact.
    discrete
        Whether to average draws with equal rows of ``given`` instead of fitting. By default where every quantity has
        at most 12 values and the cells hold 30 draws on average.

    Returns
    -------
    ndarray
        ``(draw, option)``; its mean over draws is that of ``values``.

    Raises
    ------
    ValueError
        If shapes do not fit, a value is not finite, or weights are given for a continuous fit.
    """
    return fit(values, given, weights=weights, discrete=discrete).mean
