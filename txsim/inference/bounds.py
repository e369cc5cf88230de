# SPDX-License-Identifier: MIT
"""What each statement speaks of, the chance that bounds hold under the prior, and how sound each cluster is."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from txsim.cachedir import cache_dir, read_checked, write_checked
from txsim.errors import StoreError
from txsim.evidence import ScoredStatement
from txsim.inference.spec import CalibrationSpec, Layout, prior_draws
from txsim.inference.statements import Reference
from txsim.types import Array

__all__ = ["PRIOR_DRAWS", "bounded", "quantities", "soundness"]


#: Prior draws behind the worth of an unsound bound.
PRIOR_DRAWS = 2**15


def _stack(parts: list[Any]) -> Array:
    return np.stack(np.broadcast_arrays(*parts), axis=-1)


def quantities(spec: CalibrationSpec, statements: Sequence[ScoredStatement], par: Mapping[str, Array]) -> Array:
    """Return what each statement speaks of, ``(..., statement)``, natural scale, from draws of parameters."""
    shape = next(iter(par.values())).shape
    if not statements:
        return np.zeros((*shape, 0))
    reference = Reference(spec.graph)
    if all(statement.statistic in ("parameter", "ratio") for statement in statements):
        return _stack([reference.statistic(s.statistic, s.about, par, None) for s in statements])
    found, _ = reference.all_statistics(statements, par, _stack, np.log, shape)
    return _stack(found)


def bounded(spec: CalibrationSpec) -> Layout:
    """Return the claims as arrays, with the chance that bounds hold under the prior.

    That chance is kept in the cache, since it takes longer to find than a thousand draws take to weigh.
    """
    layout = Layout(spec)
    slopes = {edge.slope for edge in spec.graph.edges} | {"reach"}
    par: dict[str, Array] | None = None
    for cluster in range(len(layout.clusters)):
        statements = [layout.statements[i] for i in layout.bounds_of(cluster)]
        if not statements:
            continue
        matter = set(spec.priors) if _networked(layout) else slopes | _named_in_bounds(layout)
        under = CalibrationSpec(spec.graph, {n: prior for n, prior in spec.priors.items() if n in matter}, ()).hash
        told = json.dumps([under, PRIOR_DRAWS, [asdict(statement) for statement in statements]])
        path = cache_dir("bounds") / f"{hashlib.sha256(told.encode()).hexdigest()[:32]}.f8"
        kept = read_checked(path)
        if kept is not None and len(kept) == 8:
            layout.unsound[cluster] += np.frombuffer(kept, dtype=np.float64)[0]
            continue
        if par is None:
            par = prior_draws(spec, PRIOR_DRAWS, 0, None if _networked(layout) else _named_in_bounds(layout))
        drawn = par
        chance = layout.chance_of_bounds(cluster, lambda told, drawn=drawn: quantities(spec, told, drawn))  # type: ignore[misc]
        layout.unsound[cluster] += chance
        with contextlib.suppress(StoreError):
            write_checked(path, np.array([chance]).tobytes())
    return layout


def _networked(layout: Layout) -> bool:
    """Whether a bound speaks of more than parameters, so that the network is needed."""
    return any(s.bound is not None and s.statistic not in ("parameter", "ratio") for s in layout.statements)


def _named_in_bounds(layout: Layout) -> set[str]:
    return {part.strip() for s in layout.statements if s.bound is not None for part in s.about.split("/")}


def soundness(layout: Layout, natural: Array) -> Array:
    """Return the weight of each cluster's sound part, ``(..., cluster)``, from :func:`quantities`."""
    from scipy.special import expit, log_ndtr

    if not layout.statements:
        return np.zeros((*natural.shape[:-1], 0))
    sound = layout.sound(natural, np, log_ndtr)
    with np.errstate(divide="ignore"):
        log_odds = np.log(layout.credibility) - np.log1p(-layout.credibility)
    return np.asarray(expit(log_odds + sound - layout.unsound), dtype=np.float64)
