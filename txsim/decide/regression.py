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

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from txsim.decide.bases import FEW, bases_of, distinct
from txsim.types import Array

#: Draws of a forecast that regressions use at most.
MOST_DRAWS = 2**15
#: Draws that a cell of discrete values must hold on average before cells are simply averaged.
_PER_CELL = 30
_PENALTIES = 10.0 ** np.arange(-9.0, 3.5, 0.75)


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

    ``given``: ``(draw,)`` or ``(draw, quantity)``; or an ``xarray.DataArray`` with the dims ``draw``, or ``chain`` and
    ``draw``, and at most one more, in any order. ``states``: whether rows are all the states there are, of which there
    may be fewer than quantities. Raises :class:`ValueError` if it does not fit, says by its shape that it is
    transposed, or holds what is not finite.
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


@dataclass(frozen=True)
class Fit:
    """A conditional mean with what is needed to fit it again without some of the draws."""

    mean: Array  #: ``(draw, option)`` fitted values.
    #: For each group of options that share a basis: positions of the options, basis ``(draw, function)`` without the
    #: constant, number of leading functions without penalty, and penalty of each option; infinite for a flat fit.
    parts: tuple[tuple[NDArray[np.int64], Array, int, Array], ...]
    cells: NDArray[np.int64] | None  #: ``(draw,)`` cell of each draw where draws were averaged by cell, else ``None``.
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
    bases, free = bases_of(x, y)
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
