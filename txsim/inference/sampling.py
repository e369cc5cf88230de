# SPDX-License-Identifier: MIT
"""From a specification to draws that can be trusted: from the store, or sampled until they pass the gate."""

from __future__ import annotations

from dataclasses import asdict, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from txsim.errors import CalibrationError, InputError, Problem, StoreError, message_of
from txsim.inference import store
from txsim.inference.calibration import CHAINS, DRAWS, MOST_DRAWS, Calibration, ClaimResult, doubts_of, results_of
from txsim.inference.links import link_name
from txsim.inference.outside import inside, outside_draws
from txsim.inference.resolution import Resolved
from txsim.inference.spec import CalibrationSpec, prior_draws
from txsim.language import lazy
from txsim.memory import mebibytes
from txsim.results.run import Link
from txsim.types import Progress
from txsim.versions import version

if TYPE_CHECKING:
    from txsim.inference.compiled_model import Engine
from txsim.inference.statements import Reference

#: Of so many draws one is kept: neighbours tell nearly the same, and a payoff's error is that of the draws kept.
_THIN = 2
#: Draws of a forecast unless told otherwise.
_USUAL = 4096


def at_hand(spec: CalibrationSpec, seed: int = 0, serves: int = _USUAL) -> bool:
    """Whether draws that serve so many of a forecast need no sampling: stored, or not from claims."""
    part = inside(spec)
    return part.source != "mcmc" or stored(part, f"{part.hash}-{seed}", length_for(serves)) is not None


def calibrate(
    spec: CalibrationSpec,
    *,
    seed: int = 0,
    serves: int = _USUAL,
    part: int = 0,
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
    serves
        Draws of a forecast that they are to serve: there are at least twice as many, from 8,192 to 131,072, so that
        more draws of a forecast reduce its error. A longer run begins bit for bit as a shorter one, and is kept in
        its place.
    part
        Which stretch of chains as long as they can be, in stretches of the length that is needed; 0 is where a run
        begins.
    progress
        Told what takes long.
    engines
        Compiled models of earlier calls: one that fits is refitted, a new one is added.
    memory
        Bytes that sampling may take; by default all there are.

    Raises
    ------
    CalibrationError
        If the draws fail the gate twice; the message names the clusters whose soundness mixes badly.
    InputError
        If a claim speaks of what the graph does not have, or sampling needs more than ``memory``.
    """
    known = inside(spec)
    if known is not spec and spec.source != "point":
        inner = calibrate(known, seed=seed, serves=serves, part=part, progress=progress, engines=engines, memory=memory)
        return _with_outside(spec, inner, known, seed)
    length = length_for(serves)
    key = f"{spec.hash}-{seed}"
    names = spec.names
    if spec.source == "point":
        values = np.array([prior.args[0] for prior in spec.priors.values()])
        draws = np.broadcast_to(values[:, None, None], (len(names), CHAINS, DRAWS))
        return Calibration(spec.hash, key, "point", names, draws, (), {})
    if spec.source == "prior":
        # They cost next to nothing, so that there are as many as are asked for.
        length = max(DRAWS, 2 * serves // CHAINS)
        par = prior_draws(spec, CHAINS * length, seed if part == 0 else seed + (part << 32))
        draws = np.stack([par[name].reshape(CHAINS, length) for name in names])
        links = doubts_of(spec, {name: 1.0 - par[link_name(name)] for name in spec.doubt})
        return Calibration(spec.hash, key, "prior", names, draws, (), {}, links, part)
    calibration = stored(spec, key, length, part)
    if calibration is None:
        if memory is not None:
            _refuse_beyond(spec, length if part == 0 else MOST_DRAWS, memory)
        with store.lock(key, progress):
            calibration = stored(spec, key, length, part)
            if calibration is None:
                whole = length if part == 0 else MOST_DRAWS
                calibration = _part(
                    sample(spec, seed=seed, length=whole, progress=progress, engines=engines), length, part
                )
    return calibration


def length_for(serves: int) -> int:
    """Return how many draws of each chain serve a forecast of so many draws."""
    length = DRAWS
    while CHAINS * length < 2 * serves and length < MOST_DRAWS:
        length *= 2
    return length


def parts_for(serves: int) -> int:
    """Return how many stretches of the longest chains there are that serve a forecast of so many draws."""
    return MOST_DRAWS // length_for(serves)


def _refuse_beyond(spec: CalibrationSpec, length: int, memory: int) -> None:
    need = bytes_to_sample(spec, length)
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


def _with_outside(spec: CalibrationSpec, calibration: Calibration, part: CalibrationSpec, seed: int) -> Calibration:
    """Return draws of a part of a specification with those of the parameters that evidence says nothing about."""
    length = calibration.draws.shape[2]
    whole = outside_draws(spec, part, (CHAINS, (calibration.part + 1) * length), seed)
    more = {name: values[:, calibration.part * length :] for name, values in whole.items()}
    draws = np.stack([more[name] if name in more else calibration.parameter(name) for name in spec.names])
    return replace(calibration, names=spec.names, draws=draws)


def stored(spec: CalibrationSpec, key: str, length: int = DRAWS, part: int = 0) -> Calibration | None:
    """Return a stretch of a calibration from the store, or ``None`` where its chains are missing or too short."""
    kept = store.read(key, (part + 1) * length)
    if kept is None:
        return None
    manifest, draws = kept
    if tuple(manifest["names"]) != spec.names or draws.ndim != 3 or draws.shape[2] < (part + 1) * length:
        return None
    # What became of claims is that of a run of this length, whatever else is in the store.
    record = manifest["lengths"].get(str(length)) if part == 0 and "lengths" in manifest else None
    record = manifest if record is None else record
    claims = tuple(ClaimResult(**{**row, "statements": tuple(row["statements"])}) for row in record["claims"])
    links = tuple(Link(**row) for row in record.get("links", ()))
    names = tuple(manifest["names"])
    flags = manifest.get("diverged")
    diverged = None if flags is None else tuple((int(chain), int(draw)) for chain, draw in flags)
    calibration = Calibration(spec.hash, key, "mcmc", names, draws, claims, record["diagnostics"], links, 0, diverged)
    return _part(calibration, length, part)


def _part(whole: Calibration, length: int, part: int) -> Calibration:
    """Return a stretch of chains; those of the shortest run are what they are bit for bit."""
    if whole.draws.shape[2] == length:
        return whole
    first, last = part * length, (part + 1) * length
    inside_ = None if whole.diverged is None else tuple((c, d - first) for c, d in whole.diverged if first <= d < last)
    return replace(whole, draws=whole.draws[:, :, first:last].copy(), part=part, diverged=inside_)


def _beginning(resolution: Resolved, draws: int) -> Resolved:
    """Return the first draws of each chain."""
    first = {name: values[:, :draws] for name, values in resolution.par.items()}
    doubt = {name: values[:, :draws] for name, values in resolution.doubt.items()}
    return Resolved(first, resolution.natural[:, :draws], resolution.sound[:, :draws], doubt)


def _lengths(length: int) -> list[int]:
    """Return the lengths of the runs that a run begins as, its own last."""
    return [DRAWS << i for i in range((length // DRAWS).bit_length())]


def sample(
    spec: CalibrationSpec,
    *,
    seed: int = 0,
    length: int = DRAWS,
    progress: Progress | None = None,
    engines: list[Engine] | None = None,
) -> Calibration:
    """Sample a specification whatever is stored of it, and store the draws; parameters and errors of :func:`calibrate`.

    The specification must have claims or data, and no node that evidence says nothing about. Of each chain ``length``
    draws are kept, a power of two times the fewest.
    """
    from txsim.inference.compiled_model import TUNE, Engine
    from txsim.inference.gate import diagnostics_of, passes, why

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
        {"thin": _THIN, "target_accept": 0.95 if steep else 0.8},
        {"thin": 5 * _THIN, "tune": 2 * TUNE, "target_accept": 0.95},
    )
    for attempt, settings in enumerate(attempts):
        if progress is not None:
            again = "" if attempt == 0 else lazy(", again with five times the draws")
            sentence = lazy("sampling {chains} chains{again}", chains=CHAINS, again=again)
            progress(sentence, None)
            settings = settings | {"progress": partial(progress, sentence)}
        thin = settings["thin"]
        options = {name: value for name, value in settings.items() if name != "thin"}
        resolution, diverging = engine.sample(spec, seed, draws=thin * length, shortest=thin * DRAWS, **options)
        layout = engine.layout
        # Every run that this one begins as must pass as well: it may be asked for next.
        table = {
            each: diagnostics_of(_beginning(resolution, thin * each), layout, diverging[:, : thin * each])
            for each in _lengths(length)
        }
        diagnostics = next((each for each in table.values() if not passes(each)), table[length])
        if passes(diagnostics):
            break
    else:
        raise CalibrationError(why(diagnostics))
    kept = np.stack([resolution.par[name][:, ::thin] for name in spec.names])
    diverged = tuple((int(chain), int(draw)) for chain, draw in np.argwhere(diverging[:, ::thin]))
    lengths = {}
    for each in _lengths(length):
        begin = _beginning(resolution, thin * each)
        results, links = results_of(spec, layout, begin.natural, begin.sound), doubts_of(spec, begin.doubt)
        lengths[str(each)] = {
            "claims": [asdict(result) for result in results],
            "links": [asdict(link) for link in links],
            "diagnostics": table[each],
        }
    calibration = Calibration(spec.hash, key, "mcmc", spec.names, kept, results, diagnostics, links, 0, diverged)
    manifest = {
        "names": list(spec.names),
        **lengths[str(length)],
        "lengths": lengths,
        "diverged": diverged,
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


_FLOAT = 8
#: A process with its libraries and the compiled model of the packaged links, and what each further link takes.
_MODEL, _LINK = 900 * 2**20, 2 * 2**20
#: Copies of a draw while it is sampled, kept and thinned, for each draw that is kept.
_COPIES = 8


def bytes_to_sample(spec: CalibrationSpec, length: int = DRAWS) -> int:
    """Return about how many bytes it takes to compile and sample the part that evidence speaks of.

    ``length`` draws are kept of each chain.
    """
    part = inside(spec)
    network = Reference(part.graph).network
    # One constant spreads slopes over the matrix of nodes; the compiler holds copies of it.
    spread = _FLOAT * len(network.links) * len(network.nodes) ** 2
    kept = _FLOAT * CHAINS * length * (len(part.names) + len(network.links))
    return _MODEL + _LINK * len(network.links) + 3 * spread + _COPIES * kept
