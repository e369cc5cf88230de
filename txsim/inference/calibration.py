# SPDX-License-Identifier: MIT
"""What a calibration is: joint draws of all parameters, and what became of each claim."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from txsim.inference import store
from txsim.inference.spec import CalibrationSpec, Layout
from txsim.types import Array

__all__ = ["CHAINS", "DRAWS", "Calibration", "ClaimResult", "results_of", "tree_of"]


CHAINS = 4
#: Draws kept of each chain.
DRAWS = 2048


@dataclass(frozen=True, slots=True)
class ClaimResult:
    """What became of one claim.

    Attributes
    ----------
    id, cluster, design
        Which claim.
    credibility, posterior_credibility
        Probability that it is sound, before and after all evidence; claims of a cluster share it.
    statements
        For each statement what it speaks of, the value told, and the 5 %, 50 % and 95 % quantiles of that quantity
        after all evidence (before the design's exaggeration).
    """

    id: str
    cluster: str
    design: str
    credibility: float
    posterior_credibility: float
    statements: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class Calibration:
    """Joint draws of all parameters.

    Attributes
    ----------
    hash
        Hash of graph, priors, claims and data.
    key
        Name in the store: hash and seed.
    source
        ``point``, ``prior`` or ``mcmc``.
    names
        Parameters, in the order of the first axis of ``draws``.
    draws
        ``(parameter, chain, draw)``.
    claims
        What became of each claim.
    diagnostics
        Worst R-hat, smallest effective sample sizes, divergences.
    """

    hash: str
    key: str
    source: str
    names: tuple[str, ...]
    draws: Array
    claims: tuple[ClaimResult, ...]
    diagnostics: Mapping[str, Any]

    def parameter(self, name: str) -> Array:
        """Return the draws ``(chain, draw)`` of one parameter."""
        found: Array = self.draws[self.names.index(name)]
        return found

    def tree(self) -> Any:
        """Return the draws as an ArviZ DataTree."""
        import xarray as xr

        path = store.tree_path(self.key) if self.source == "mcmc" else None
        if path is not None:
            with xr.open_datatree(path, engine="h5netcdf") as found:
                return found.load()
        return tree_of(self, {}, {}, {})


def results_of(spec: CalibrationSpec, layout: Layout, natural: Array, sound: Array) -> tuple[ClaimResult, ...]:
    """Return what became of each claim."""
    found, at = [], 0
    for claim in spec.claims:
        told = []
        for statement in claim.statements:
            low, middle, high = np.quantile(natural[..., at], [0.05, 0.5, 0.95])
            told.append(
                {
                    "statistic": statement.statistic,
                    "about": statement.about,
                    "bound": statement.bound,
                    "says": statement.value,
                    "p05": float(low),
                    "median": float(middle),
                    "p95": float(high),
                }
            )
            at += 1
        weight = float(sound[..., layout.clusters.index(claim.cluster)].mean())
        found.append(ClaimResult(claim.id, claim.cluster, claim.design, claim.credibility, weight, tuple(told)))
    return tuple(found)


def tree_of(calibration: Calibration, sound: Mapping[str, Array], natural: Mapping[str, Array], stats: Any) -> Any:
    """Return draws, soundness of clusters, what statements speak of and divergences as one ArviZ DataTree."""
    import xarray as xr

    def dataset(values: Mapping[str, Array]) -> xr.Dataset:
        return xr.Dataset({name: (("chain", "draw"), array) for name, array in values.items()})

    posterior = dataset({name: calibration.draws[i] for i, name in enumerate(calibration.names)})
    groups: dict[str, Any] = {"posterior": posterior}
    if sound:
        groups |= {"soundness": dataset(sound), "quantities": dataset(natural)}
        groups["sample_stats"] = dataset({"diverging": np.asarray(stats["diverging"]).astype(np.int8)})
    tree = xr.DataTree.from_dict(groups)
    tree.attrs = {"calibration": calibration.hash, "source": calibration.source}
    return tree
