# SPDX-License-Identifier: MIT
"""A forecast's draws of parameters in the groups that ArviZ reads: posterior, prior, their densities, likelihoods.

Sources of the names: the InferenceData schema of ArviZ; Kallioinen, Paananen, Bürkner & Vehtari (2024) for what
power-scaling needs (``log_prior`` by parameter, ``log_likelihood`` by cluster of claims).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from txsim.inference import Calibration, CalibrationSpec
from txsim.inference.links import link_name
from txsim.inference.spec import prior_draws
from txsim.inference.weighing import cluster_log_likelihood
from txsim.priors.catalogue import parameters
from txsim.priors.density import has_density, log_density
from txsim.types import Array

#: Seed of the prior draws that stand beside the posterior.
_SEED = 0


def groups_of(spec: CalibrationSpec, calibration: Calibration) -> dict[str, Any]:
    """Return the groups as ``xarray.Dataset`` by name, dims ``chain, draw`` (and ``cluster``).

    Returns ``posterior`` and ``prior``: each parameter in its own unit (``attrs["units"]``). ``log_prior``: the log
    density of each prior at the posterior's draws; known numbers, and priors with mass on a limit, have none.
    ``log_likelihood``: ``claims`` by cluster, and ``data_i`` of each series of an own panel; only where claims or data
    were conditioned on. ``sample_stats``: ``lp``, the sum of both, and ``diverging`` where it is known draw by draw.
    """
    import xarray as xr

    shape = calibration.draws.shape[1:]
    par = dict(zip(calibration.names, calibration.draws, strict=True))
    coords = {"chain": np.arange(shape[0]), "draw": np.arange(shape[1])}  # plots of ArviZ go by them

    def dataset(values: Mapping[str, Array], attrs: Mapping[str, Any] | None = None) -> Any:
        return xr.Dataset({n: (("chain", "draw"), v, _units(n)) for n, v in values.items()}, coords, attrs)

    groups: dict[str, Any] = {"posterior": dataset(par, {"calibration": calibration.hash})}
    if calibration.source == "point":
        return groups
    before = prior_draws(spec, shape[0] * shape[1], _SEED)
    groups["prior"] = dataset({name: before[name].reshape(shape) for name in calibration.names}, {"seed": _SEED})
    log_prior = _log_prior(spec, par)
    groups["log_prior"] = dataset(log_prior)
    total: Array = np.sum(list(log_prior.values()), axis=0) + np.zeros(shape)
    likelihoods: dict[str, Any] = {}
    if calibration.source == "mcmc" and spec.claims:
        by_cluster = cluster_log_likelihood(spec, par)
        likelihoods["claims"] = (("chain", "draw", "cluster"), np.stack(list(by_cluster.values()), axis=-1))
        likelihoods["cluster"] = list(by_cluster)
        total = total + np.sum(list(by_cluster.values()), axis=0)
    if calibration.source == "mcmc":
        for i, panel in enumerate(spec.panels):
            values = np.broadcast_to(panel.log_likelihood(par, np), shape)
            likelihoods[f"data_{i}"] = (("chain", "draw"), values)
            total = total + values
    if likelihoods:
        groups["log_likelihood"] = xr.Dataset(likelihoods, coords)
    stats: dict[str, Any] = {"lp": (("chain", "draw"), total)}
    flags = calibration.diverging()
    if flags is not None:
        stats["diverging"] = (("chain", "draw"), flags)
    groups["sample_stats"] = xr.Dataset(stats, coords)
    return groups


def _units(name: str) -> dict[str, str]:
    known = parameters().get(name)
    return {} if known is None else {"units": known.unit, "long_name": str(known.meaning)}


def _log_prior(spec: CalibrationSpec, par: Mapping[str, Array]) -> dict[str, Array]:
    """Return the log density of each prior; of a doubted link's slope where it is in force, and that of its state."""
    logs: dict[str, Array] = {}
    for name, prior in spec.priors.items():
        if not has_density(prior):
            continue
        if name not in spec.doubt:
            logs[name] = log_density(prior, par[name])
            continue
        held = par[link_name(name)] > 0
        in_force = np.zeros(held.shape)
        in_force[held] = log_density(prior, par[name][held])
        logs[name] = in_force
        doubt = spec.doubt[name]
        logs[link_name(name)] = np.asarray(np.where(held, np.log1p(-doubt), np.log(doubt)), dtype=np.float64)
    return logs
