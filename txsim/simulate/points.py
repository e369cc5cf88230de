# SPDX-License-Identifier: MIT
"""Where a scenario's draws come from: scrambled Sobol points, a copula, and the posterior draws in a good order.

Quantities that only a scenario has (effect, delivery, cost, overrun, slip, a churn given as an interval) are drawn by
scrambled Sobol points through inverse distribution functions, so that a figure does not jump with the seed (Owen 1997;
docs/model.md, section 6). The draws come in eight batches, each with a scramble of its own and its own stretch of the
posterior: the spread of the eight batch means is the Monte Carlo error.

Posterior draws have no order of their own. Within a batch they are laid along a space-filling curve through what
matters most (what a point of experience is worth, what an employee's stay is worth), and one more Sobol coordinate
picks along that curve. Each draw of a batch is then used equally often, and neighbours on the curve are spread over
all values of the scenario's quantities, which plain pairing leaves to chance.

The first Sobol coordinates are by far the best, so they go to what matters most, in the order in which the caller
names the quantities. A quantity that is a plain number keeps its coordinate: turning it into an interval changes no
other draw. Scenarios that are to be compared on common random numbers are drawn with one common order of names.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from txsim.cachedir import cache_dir, read_checked, write_checked
from txsim.errors import InputError, StoreError
from txsim.language import lazy
from txsim.priors.distributions import Distribution, from_scores, to_data
from txsim.types import Array

#: Independent scrambles; the Monte Carlo error comes from their spread.
BATCHES = 8
_VERSION = 2
_TINY = 2.0**-54
#: Draws up to which whole columns are kept in memory for the next scenario.
_FEW = 2**14


def check_draws(draws: int) -> int:
    """Return ``draws`` if it can be used, else raise :class:`~txsim.errors.InputError`.

    Sobol points keep their promise only in powers of two; eight batches of at least 16.
    """
    low, high = 128, 2**20
    if not isinstance(draws, int | np.integer) or isinstance(draws, bool):
        message = lazy("draws: {draws} is no whole number; pass a power of two, such as 4096", draws=repr(draws)[:40])
        raise InputError(message)
    if draws < low or draws > high or draws & (draws - 1):
        good = 2 ** round(np.log2(min(max(draws, low), high)))
        message = lazy(
            "draws: {draws} must be a power of two from {low} to {high}; the nearest is {good}",
            draws=draws,
            low=low,
            high=high,
            good=good,
        )
        raise InputError(message)
    return draws


def prefix(draws: int, most: int) -> NDArray[np.int64]:
    """Return the positions of at most ``most`` draws (a power of two from 128): the first ones of each batch.

    The first points of a Sobol sequence are spread evenly, those at equal distances are not.
    """
    size = draws // BATCHES
    kept = min(size, max(most // BATCHES, 1))
    return (np.arange(BATCHES)[:, None] * size + np.arange(kept)).reshape(-1)


def _scores(slots: Sequence[int], dims: int, draws: int, seed: int) -> Array:
    """Return standard-normal scores ``(slot, draw)`` of some of the Sobol coordinates, batch after batch.

    The scramble depends on the number of dimensions, so this counts every coordinate that has an owner.
    """
    from scipy.special import ndtri
    from scipy.stats import qmc

    size = draws // BATCHES
    scores = np.empty((len(slots), draws))
    for batch in range(BATCHES):
        digest = hashlib.sha256(f"points/{batch}".encode()).digest()
        words = [int.from_bytes(digest[i : i + 4], "little") for i in range(0, 16, 4)]
        rng = np.random.default_rng(np.random.SeedSequence([seed, *words]))
        sobol = qmc.Sobol(dims, scramble=True, rng=rng)
        for first in range(batch * size, (batch + 1) * size, min(size, 4096)):  # a bounded piece at a time
            piece = slice(first, first + min(size, 4096))
            uniform = sobol.random(piece.stop - piece.start)[:, list(slots)]
            scores[:, piece] = ndtri(np.clip(uniform, _TINY, 1.0 - 2.0**-53)).T
    return scores


@lru_cache(maxsize=8)
def _all_scores(dims: int, draws: int, seed: int) -> Array:
    """Return the scores of all coordinates, from the cache where they are there."""
    key = f"scores-{_VERSION}-{np.__version__}-{dims}-{draws}-{seed}"
    scores = _kept(key, (dims, draws))
    if scores is None:
        scores = _scores(range(dims), dims, draws, seed)
        _keep(key, scores)
    return scores


@lru_cache(maxsize=256)
def _shared_column(
    distribution: Distribution,
    slots: tuple[int, ...],
    at: int,
    matrix: tuple[tuple[float, ...], ...],
    space: tuple[int, int, int],
) -> Array:
    """Return the values of a quantity, kept for the next scenario that has the same one in the same place."""
    scores = _tied(_all_scores(*space)[list(slots)], matrix)
    values = from_scores(distribution, scores[at])
    values.flags.writeable = False
    return values


@lru_cache(maxsize=8)
def _shared_places(dims: int, draws: int, seed: int) -> NDArray[np.int64]:
    places = _places(_all_scores(dims, draws, seed)[0])
    places.flags.writeable = False
    return places


def _tied(scores: Array, matrix: tuple[tuple[float, ...], ...]) -> Array:
    """Return scores tied by a copula; term by term, for a matrix product may round by how many threads share it."""
    if not matrix:
        return scores
    tied_scores = np.zeros_like(scores)
    for i, row in enumerate(np.linalg.cholesky(np.array(matrix)).tolist()):
        for j in range(i + 1):
            tied_scores[i] += row[j] * scores[j]
    return tied_scores


def _places(scores: Array) -> NDArray[np.int64]:
    """Return the rank of each draw within its batch."""
    by_batch = scores.reshape(BATCHES, -1)
    return by_batch.argsort(axis=1, kind="stable").argsort(axis=1, kind="stable").reshape(-1)


def sample_points(
    quantities: Mapping[str, Distribution],
    copulas: Sequence[tuple[tuple[str, ...], NDArray[np.float64]]],
    draws: int,
    seed: int,
    order: Sequence[str] | None = None,
    *,
    share: bool = False,
) -> tuple[dict[str, Array], NDArray[np.int64]]:
    """Draw a scenario's own quantities.

    Parameters
    ----------
    quantities
        Distribution of each quantity, by name, the most important first; plain numbers among them are not drawn.
    copulas
        Groups of names tied by a Gaussian copula, each with its correlation matrix; every name in one group at most.
    draws
        Number of draws, see :func:`check_draws`.
    seed
        Seed of the scrambles.
    order
        All names that share the coordinates, where several scenarios are to have common random numbers; by default
        the names of ``quantities`` as they come.
    share
        For many scenarios in one process: keep scores and values for the next one, and no file for each.

    Returns
    -------
    tuple
        Values ``(draw,)`` of the uncertain quantities by name, and for each draw its place ``0 … draws/8 − 1`` along
        the posterior of its batch.

    Notes
    -----
    Results are kept in the cache, since scipy takes longer to import than a scenario takes to simulate.
    """
    slots = {name: slot for slot, name in enumerate(order or quantities, start=1)}
    names = [name for name, distribution in quantities.items() if distribution.family != "point"]
    tied = [(group, matrix) for group, matrix in copulas if any(name in names for name in group)]
    ties = {name: (group, matrix) for group, matrix in tied for name in group}
    if share and draws <= _FEW:
        space = (len(slots) + 1, draws, seed)
        columns = {}
        for name in names:
            group, matrix = ties.get(name, ((name,), np.empty((0, 0))))
            places = tuple(slots[each] for each in group)
            correlations = tuple(map(tuple, matrix.tolist()))
            columns[name] = _shared_column(quantities[name], places, group.index(name), correlations, space)
        return columns, _shared_places(*space)
    described = json.dumps(
        [
            _VERSION,
            np.__version__,
            seed,
            draws,
            len(slots),
            [[name, slots[name], to_data(quantities[name])] for name in names],
            [[list(group), [slots[name] for name in group], matrix.tolist()] for group, matrix in tied],
        ]
    )
    key = hashlib.sha256(described.encode()).hexdigest()[:32]
    values = _kept(key, (len(names) + 1, draws))
    if values is None:
        values = _draw(names, slots, quantities, tied, draws, seed)
        if not share:
            _keep(key, values)
    return dict(zip(names, values[1:], strict=True)), values[0].astype(np.int64)


def _kept(key: str, shape: tuple[int, int]) -> Array | None:
    try:
        content = read_checked(cache_dir("points") / f"{key}.f8")
    except StoreError:
        return None
    if content is None or len(content) != 8 * shape[0] * shape[1]:
        return None
    return np.frombuffer(content, dtype=np.float64).reshape(shape)


def _keep(key: str, values: Array) -> None:
    if values.nbytes <= 64 * 2**20:  # larger sets are quicker to draw than to keep
        with contextlib.suppress(StoreError):  # only a convenience
            write_checked(cache_dir("points") / f"{key}.f8", values.tobytes())


def _draw(
    names: Sequence[str],
    slots: Mapping[str, int],
    quantities: Mapping[str, Distribution],
    copulas: Sequence[tuple[tuple[str, ...], NDArray[np.float64]]],
    draws: int,
    seed: int,
) -> Array:
    # Members of a copula that are plain numbers still need their scores, for the others are tied to them.
    needed = list(dict.fromkeys([*names, *(name for group, _ in copulas for name in group)]))
    scores = _scores([0, *(slots[name] for name in needed)], len(slots) + 1, draws, seed)
    row = {name: i + 1 for i, name in enumerate(needed)}
    for group, matrix in copulas:
        rows = [row[name] for name in group]
        scores[rows] = _tied(scores[rows], tuple(map(tuple, matrix.tolist())))
    values = np.empty((len(names) + 1, draws))
    values[0] = _places(scores[0])
    for i, name in enumerate(names, start=1):
        values[i] = from_scores(quantities[name], scores[row[name]])
    return values


def stable_order(values: Array) -> NDArray[np.int64]:
    """Return positions ``(n,)`` that put ``(n,)`` values in order, equal ones as they stand.

    The quick sort does it in a fifth of the time of the stable one. Where no two values are equal there is but one
    order, so that both give the same; where some are, or some are no numbers, the stable one says.
    """
    order = values.argsort()
    ranked = values[order]
    return order if (ranked[1:] > ranked[:-1]).all() else values.argsort(kind="stable")


def _ranks(values: Array) -> NDArray[np.int64]:
    """Return the rank ``(n,)`` of each of ``(n,)`` values, of equal ones the first the lowest."""
    ranks = np.empty(values.size, dtype=np.int64)
    ranks[stable_order(values)] = np.arange(values.size)
    return ranks


def morton_order(keys: Sequence[Array]) -> NDArray[np.int64]:
    """Return the order of points along a Morton curve through the ranks of ``keys``.

    ``keys``: one to four arrays ``(point,)``; the first counts most. Returns positions ``(point,)``: neighbours in this
    order are near each other in all keys.
    """
    bits = 10
    code = np.zeros(keys[0].size, dtype=np.int64)
    levels = [(_ranks(key) * (1 << bits)) // key.size for key in keys]
    for bit in range(bits - 1, -1, -1):
        for level in levels:
            code = (code << 1) | ((level >> bit) & 1)
    return code.argsort(kind="stable")


def pick_posterior(
    posterior: NDArray[np.float64], along: NDArray[np.int64], keys: Sequence[Array], over: int = 1
) -> Array:
    """Join posterior draws to a scenario's points.

    ``posterior``: ``(parameter, chain, draw)``; the chains times draws must be a multiple of eight. ``along``: places
    from :func:`sample_points`, ``(draw,)``. ``keys``: arrays ``(chain, draw)`` to order the draws of a batch by.
    ``over``: how many draws there were for each one that was kept: places run that much further. Returns ``(parameter,
    draw)``. Batch ``b`` uses only the ``b``-th eighth of the posterior (half a chain, of four), so that the eight
    batches stay independent and their spread counts the posterior's Monte Carlo error too.
    """
    flat = posterior.reshape(posterior.shape[0], -1)
    stretch = flat.shape[1] // BATCHES
    size = along.size // BATCHES
    joined = np.empty((flat.shape[0], along.size))
    for batch in range(BATCHES):
        mine = np.arange(batch * stretch, (batch + 1) * stretch)
        if keys:
            mine = mine[morton_order([key.reshape(-1)[mine] for key in keys])]
        places = along[batch * size : (batch + 1) * size]
        # Fewer draws than the stretch holds are spread evenly over it in this order, so that they stand for all of it;
        # with more draws than it holds, each posterior draw serves several neighbouring places.
        joined[:, batch * size : (batch + 1) * size] = flat[:, mine[(2 * places + 1) * mine.size // (2 * size * over)]]
    return joined
