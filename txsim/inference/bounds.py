# SPDX-License-Identifier: MIT
"""What each statement speaks of, the chance that bounds hold under the prior, and how sound each cluster is."""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from txsim.cachedir import cache_dir, read_checked, write_checked
from txsim.errors import StoreError
from txsim.evidence import ScoredStatement
from txsim.inference.claim_arrays import Layout
from txsim.inference.spec import CalibrationSpec, prior_draws
from txsim.inference.statements import Reference
from txsim.types import Array

#: Prior draws behind the worth of an unsound bound.
PRIOR_DRAWS = 2**15
#: Changes whenever what is kept is worked out otherwise: what older code kept is not read.
_VERSION = 2
#: What this process has found, by name of its file, and how much of it is remembered.
_found: dict[str, float] = {}
_MOST = 1024


def _stack(parts: list[Any]) -> Array:
    return np.stack(np.broadcast_arrays(*parts), axis=-1)


def quantities(spec: CalibrationSpec, statements: Sequence[ScoredStatement], par: Mapping[str, Array]) -> Array:
    """Return what each statement speaks of, ``(..., statement)``, natural scale, from draws of parameters."""
    shape = next(iter(par.values())).shape
    if not statements:
        return np.zeros((*shape, 0))
    reference = Reference(spec.graph)

    def of_some(some: Mapping[str, Array]) -> Array:
        at = next(iter(some.values())).shape
        return _stack(reference.all_statistics(statements, some, _stack, np.log, at)[0])

    # Where a doubted link is 0, a ratio to it is infinite or nothing at all.
    with np.errstate(divide="ignore", invalid="ignore") if spec.doubt else contextlib.nullcontext():
        if all(statement.statistic in ("parameter", "ratio") for statement in statements):
            return _stack([reference.statistic(s.statistic, s.about, par, None) for s in statements])
        return np.asarray(reference.by_pieces(par, of_some))


def bounded(spec: CalibrationSpec, *, keep: bool = True) -> Layout:
    """Return the claims as arrays, with what unsound bounds and effects in their own unit say under the prior.

    That is found with every link in force, and kept in the cache, since it takes longer to find than a thousand draws
    take to weigh.

    ``keep``: whether it is kept for other processes, too: not what a hand passes over that moves a prior.
    """
    layout, spec = Layout(spec), spec.in_force
    slopes = {edge.slope for edge in spec.graph.edges} | {"reach"}
    par: dict[str, Array] | None = None
    for cluster in range(len(layout.clusters)):
        statements = [layout.statements[i] for i in _predicted(layout) if layout.cluster_of[i] == cluster]
        if not statements:
            continue
        matter = set(spec.priors) if _networked(layout) else slopes | _named_in_bounds(layout)
        under = CalibrationSpec(spec.graph, {n: prior for n, prior in spec.priors.items() if n in matter}, ()).hash
        text = json.dumps([_VERSION, under, PRIOR_DRAWS, [asdict(statement) for statement in statements]])
        key = hashlib.sha256(text.encode()).hexdigest()[:32]
        chance, new = _found.get(key), False
        if chance is None and (chance := _stored(key)) is None:
            new = True
            if par is None:
                par = prior_draws(spec, PRIOR_DRAWS, 0, None if _networked(layout) else _named_in_bounds(layout))
            natural = partial(_natural, spec, par)
            chance = layout.chance_of_bounds(cluster, natural) + layout.density_of_reported(cluster, natural)
        layout.unsound[cluster] += chance
        _remember(key, chance)
        if keep and (new or not _path(key).exists()):
            with contextlib.suppress(StoreError):
                write_checked(_path(key), np.array([chance]).tobytes())
    return layout


def _path(key: str) -> Path:
    return cache_dir("bounds") / f"{key}.f8"


def _stored(key: str) -> float | None:
    """Return what the cache holds, ``None`` where that is nothing or no number."""
    kept = read_checked(_path(key))
    value = float(np.frombuffer(kept, dtype=np.float64)[0]) if kept is not None and len(kept) == 8 else math.nan
    return value if math.isfinite(value) else None


def _remember(key: str, value: float) -> None:
    while len(_found) >= _MOST:
        _found.pop(next(iter(_found)), None)
    _found[key] = value


def _natural(spec: CalibrationSpec, par: Mapping[str, Array], statements: Sequence[ScoredStatement]) -> Array:
    return quantities(spec, statements, par)


def _predicted(layout: Layout) -> NDArray[np.int64]:
    """Return positions of statements whose unsound part follows from the prior: bounds, effects in their own unit."""
    if not layout.statements:
        return np.zeros(0, dtype=np.int64)
    return np.flatnonzero(((layout.side != 0.0) | layout.natural_scale) & (layout.active > 0))


def _networked(layout: Layout) -> bool:
    """Whether such a statement speaks of more than parameters, so that the network is needed."""
    return any(layout.statements[i].statistic not in ("parameter", "ratio") for i in _predicted(layout))


def _named_in_bounds(layout: Layout) -> set[str]:
    return {part.strip() for i in _predicted(layout) for part in layout.statements[i].about.split("/")}


def soundness(layout: Layout, natural: Array, kinds: NDArray[np.int8] | None = None) -> Array:
    """Return the weight of each cluster's sound part, ``(..., cluster)``.

    ``natural``: from :func:`quantities`. ``kinds``: what the quantities are, from :meth:`Layout.kinds_at` where links
    are in doubt.
    """
    from scipy.special import expit, log_ndtr

    if not layout.statements:
        return np.zeros((*natural.shape[:-1], 0))
    sound = layout.sound(natural, np, log_ndtr, kinds=kinds)
    with np.errstate(divide="ignore"):
        log_odds = np.log(layout.credibility) - np.log1p(-layout.credibility)
    return np.asarray(expit(log_odds + sound - layout.unsound), dtype=np.float64)
