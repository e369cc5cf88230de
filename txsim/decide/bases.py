# SPDX-License-Identifier: MIT
"""Functions of what is given, on which a conditional mean is regressed: steps, splines and products of polynomials."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from functools import lru_cache
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from txsim.types import Array

#: A column with at most this many different values counts as discrete.
FEW = 12
_MOST_COLUMNS = 500


def distinct(values: NDArray[Any]) -> NDArray[Any]:
    """Return the different values of ``(n,)``, sorted.

    ``np.unique`` imports numpy's masked arrays, a twentieth of a whole warm run.
    """
    ordered = np.sort(values)
    new = np.ones(ordered.size, dtype=bool)
    new[1:] = ordered[1:] != ordered[:-1]
    return ordered[new]


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


def bases_of(columns: Array, values: Array) -> tuple[list[Array], int]:
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
