# SPDX-License-Identifier: MIT
"""From a specification to draws that can be trusted: from the store, or sampled until they pass the gate."""

from __future__ import annotations

from dataclasses import asdict, replace
from functools import partial
from typing import Any

import numpy as np

from txsim.errors import CalibrationError, InputError, Problem, StoreError, message_of
from txsim.inference import store
from txsim.inference.calibration import (
    CHAINS,
    DRAWS,
    Calibration,
    ClaimResult,
    LinkResult,
    doubts_of,
    results_of,
)
from txsim.inference.compiled_model import TUNE, Engine
from txsim.inference.gate import diagnostics_of, passes, why
from txsim.inference.links import link_name
from txsim.inference.memory import bytes_to_sample
from txsim.inference.outside import inside, outside_draws
from txsim.inference.spec import CalibrationSpec, prior_draws
from txsim.language import lazy
from txsim.memory import mebibytes
from txsim.types import Progress

__all__ = ["at_hand", "calibrate", "sample", "stored"]

#: Of so many draws one is kept: neighbours tell nearly the same, and a payoff's error is that of the draws kept.
_THIN = 2


def at_hand(spec: CalibrationSpec, seed: int = 0) -> bool:
    """Whether draws need no sampling: stored, or not from claims."""
    part = inside(spec)
    return part.source != "mcmc" or stored(part, f"{part.hash}-{seed}") is not None


def calibrate(
    spec: CalibrationSpec,
    *,
    seed: int = 0,
    progress: Progress | None = None,
    engines: list[Engine] | None = None,
    memory: int | None = None,
) -> Calibration:
    """Return joint draws for a specification, from the store where they are there.

    Parameters
    ----------
    spec
        Graph, priors and claims.
    seed
        Seed of the sampler; part of the key in the store, not of a scenario's seed, so that scenarios share draws.
    progress
        Told what takes long.
    engines
        Compiled models of earlier calls: one that fits is refitted, a new one is added.
    memory
        Bytes that sampling may take; by default all there are.

    Returns
    -------
    Calibration

    Raises
    ------
    CalibrationError
        If the draws fail the gate twice; the message names the clusters whose soundness mixes badly.
    InputError
        If a claim speaks of what the graph does not have, or sampling needs more than ``memory``.
    """
    part = inside(spec)
    if part is not spec and spec.source != "point":
        return _with_outside(
            spec, calibrate(part, seed=seed, progress=progress, engines=engines, memory=memory), part, seed
        )
    key = f"{spec.hash}-{seed}"
    names = spec.names
    if spec.source == "point":
        values = np.array([prior.args[0] for prior in spec.priors.values()])
        draws = np.broadcast_to(values[:, None, None], (len(names), CHAINS, DRAWS))
        return Calibration(spec.hash, key, "point", names, draws, (), {})
    if spec.source == "prior":
        par = prior_draws(spec, CHAINS * DRAWS, seed)
        draws = np.stack([par[name].reshape(CHAINS, DRAWS) for name in names])
        links = doubts_of(spec, {name: 1.0 - par[link_name(name)] for name in spec.doubt})
        return Calibration(spec.hash, key, "prior", names, draws, (), {}, links)
    found = stored(spec, key)
    if found is None:
        if memory is not None:
            _refuse_beyond(spec, memory)
        with store.lock(key, progress):
            found = stored(spec, key)
            if found is None:
                found = sample(spec, seed=seed, progress=progress, engines=engines)
    return found


def _refuse_beyond(spec: CalibrationSpec, memory: int) -> None:
    need = bytes_to_sample(spec)
    if need > memory:
        message = lazy(
            "sampling what evidence says takes about {need:,} MiB of memory for {nodes:,} nodes and {edges:,} edges, "
            "and may take {limit:,} MiB (--memory)",
            need=mebibytes(need),
            nodes=len(spec.graph.nodes),
            edges=len(spec.graph.edges),
            limit=mebibytes(memory),
        )
        raise InputError(Problem(message, hint=lazy("allow more by --memory, or leave out own nodes and edges")))


def _with_outside(spec: CalibrationSpec, found: Calibration, part: CalibrationSpec, seed: int) -> Calibration:
    """Return draws of a part of a specification with those of the parameters that evidence says nothing about."""
    more = outside_draws(spec, part, found.draws.shape[1:], seed)
    draws = np.stack([more[name] if name in more else found.parameter(name) for name in spec.names])
    return replace(found, names=spec.names, draws=draws)


def stored(spec: CalibrationSpec, key: str) -> Calibration | None:
    """Return a calibration from the store, or ``None``."""
    kept = store.read(key)
    if kept is None:
        return None
    manifest, draws = kept
    if tuple(manifest["names"]) != spec.names or draws.shape != (len(spec.names), CHAINS, DRAWS):
        return None
    claims = tuple(ClaimResult(**{**row, "statements": tuple(row["statements"])}) for row in manifest["claims"])
    links = tuple(LinkResult(**row) for row in manifest.get("links", ()))
    return Calibration(spec.hash, key, "mcmc", tuple(manifest["names"]), draws, claims, manifest["diagnostics"], links)


def sample(
    spec: CalibrationSpec, *, seed: int = 0, progress: Progress | None = None, engines: list[Engine] | None = None
) -> Calibration:
    """Sample a specification whatever is stored of it, and store the draws; parameters and errors of :func:`calibrate`.

    The specification must have claims or data, and no node that evidence says nothing about.
    """
    from importlib.metadata import version

    key = f"{spec.hash}-{seed}"
    engine = next((engine for engine in engines or () if engine.fits(spec)), None)
    if engine is None:
        engine = Engine(spec, progress)
        if engines is not None:
            engines[:] = [engine, *engines[:3]]  # each holds compiled code
    # A claim at face value makes a narrow ridge, on which shorter steps keep the sampler from diverging.
    steep = any(
        claim.credibility == 1 and statement.spread == 0 for claim in spec.claims for statement in claim.statements
    )
    attempts: tuple[dict[str, Any], ...] = (
        {"draws": _THIN * DRAWS, "target_accept": 0.95 if steep else 0.8},
        {"draws": 5 * _THIN * DRAWS, "tune": 2 * TUNE, "target_accept": 0.95},
    )
    for attempt, settings in enumerate(attempts):
        if progress is not None:
            again = "" if attempt == 0 else lazy(", again with five times the draws")
            sentence = lazy("sampling {chains} chains{again}", chains=CHAINS, again=again)
            progress(sentence, None)
            settings = settings | {"progress": partial(progress, sentence)}
        found, diverging = engine.sample(spec, seed, **settings)
        layout, par, natural, sound = engine.layout, found.par, found.natural, found.sound
        diagnostics = diagnostics_of(found, layout, diverging)
        if passes(diagnostics):
            break
    else:
        raise CalibrationError(why(diagnostics))
    thin = par[next(iter(par))].shape[1] // DRAWS
    kept = np.stack([par[name][:, ::thin] for name in spec.names])
    results, links = results_of(spec, layout, natural, sound), doubts_of(spec, found.doubt)
    calibration = Calibration(spec.hash, key, "mcmc", spec.names, kept, results, diagnostics, links)
    manifest = {
        "names": list(spec.names),
        "claims": [asdict(result) for result in results],
        "links": [asdict(link) for link in links],
        "diagnostics": diagnostics,
        "content": spec.content,
        "seed": seed,
        "versions": {name: version(name) for name in ("pymc", "nutpie", "numpy", "txsim")},
    }
    try:
        store.write(key, manifest, kept)
    except StoreError as error:
        if progress is not None:
            progress(lazy("{error}; going on without keeping them", error=message_of(error)), None)
    return calibration
