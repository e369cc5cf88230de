# SPDX-License-Identifier: MIT
"""A compiled model of the evidence that samples under other numbers without compiling again."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from functools import cache
from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec
from typing import Any

import numpy as np

from txsim.errors import CalibrationError
from txsim.evidence import ScoredClaim, ScoredStatement, Settings, library, select
from txsim.inference import model
from txsim.inference.bounds import bounded
from txsim.inference.calibration import CHAINS, DRAWS
from txsim.inference.claim_arrays import Layout
from txsim.inference.model_code import ModelCode, Record, model_code, structure
from txsim.inference.resolution import Resolved, resolve
from txsim.inference.spec import CalibrationSpec, seed_for
from txsim.language import lazy
from txsim.pathways import default_graph
from txsim.types import Array, Progress

TUNE = 1000


class Engine:
    """A compiled model that can be refitted to other priors, claims and credibilities without compiling.

    ``frame``: all claims that a refit may score; by default those of ``spec``, and places for claims of one's own where
    it has such (:func:`frame_of`). Values, standard errors, credibilities and designs may differ at a refit, what a
    statement speaks of and the clusters may not.
    """

    def __init__(
        self, spec: CalibrationSpec, progress: Progress | None = None, frame: tuple[ScoredClaim, ...] | None = None
    ) -> None:
        self.structure = spec
        self._places = frame_of(spec) if frame is None else None
        self.frame = frame or self._places or spec.claims
        self.layout = bounded(spec)
        self._code = model_code(spec, self._framed(spec), progress)

    def _framed(self, spec: CalibrationSpec) -> Layout:
        """Return the claims in the places that the compiled model has for them."""
        framed = Layout(spec, self.frame if self._places is None else frame_of(spec))
        for at, name in enumerate(framed.clusters):
            if name in self.layout.clusters:
                framed.unsound[at] = self.layout.unsound[self.layout.clusters.index(name)]
        return framed

    def fits(self, spec: CalibrationSpec) -> bool:
        """Whether the compiled model can serve this specification."""
        if self._places is not None:
            frame = frame_of(spec)
            mine = structure(self.structure, Layout(self.structure, self._places))
            return frame is not None and structure(spec, Layout(spec, frame)) == mine
        known = {claim.id: claim for claim in self.frame}

        def shape(claim: ScoredClaim) -> tuple[Any, ...]:
            statements = tuple((s.statistic, s.about, s.transform, s.bound) for s in claim.statements)
            return claim.cluster, statements

        return (
            spec.graph == self.structure.graph
            and tuple(spec.doubt) == tuple(self.structure.doubt)
            and [term.about for term in spec.panels] == [term.about for term in self.structure.panels]
            and model.families(spec) == model.families(self.structure)
            and all(claim.id in known and shape(claim) == shape(known[claim.id]) for claim in spec.claims)
            and model.fixed_families(spec) == model.fixed_families(self.structure)
        )

    def sample(
        self,
        spec: CalibrationSpec,
        seed: int,
        *,
        draws: int = DRAWS,
        shortest: int | None = None,
        tune: int = TUNE,
        target_accept: float = 0.8,
        progress: Callable[[float], None] | None = None,
    ) -> tuple[Resolved, Array]:
        """Sample under another specification of the same structure.

        ``spec``: same graph, statements and families of priors; other numbers. ``seed``: seed of the sampler.
        ``draws``, ``tune``: kept and discarded draws of each chain. ``shortest``: draws of the shortest run that this
        one begins as, bit for bit; by default it is itself. ``target_accept``: acceptance that step sizes aim at.
        ``progress``: told the share of draws that are done. Returns draws ``(chain, draw)`` with what statements speak
        of and how sound clusters are; ``(chain, draw)`` which of them came from trajectories that diverged.
        """
        self.layout = bounded(spec)
        variables, diverging = sample_chains(
            self._code,
            model.data_of(spec, self._framed(spec)),
            self._code.start(spec),
            seed=int(seed_for(seed, "mcmc").generate_state(1, np.uint32)[0]),
            draws=draws,
            tune=tune,
            target_accept=target_accept,
            progress=progress,
        )
        return resolve(spec, self.layout, model.named_draws(spec, variables), seed, shortest), diverging


# --- Chains of nutpie's sampler over machine code that is at hand (:mod:`txsim.inference.model_code`)


def sample_chains(
    code: ModelCode,
    data: Array,
    begin: Callable[[int], Array],
    *,
    seed: int,
    draws: int,
    tune: int,
    target_accept: float,
    progress: Callable[[float], None] | None = None,
) -> tuple[dict[str, Array], Array]:
    """Return draws of the model's variables, and which of them came from trajectories that diverged.

    ``code``: the log density; ``data``: what it reads, from :func:`txsim.inference.model.data_of`; ``begin``: gives a
    chain's first coordinates by a seed; ``seed``: of the sampler, below 2³²; ``draws``, ``tune``: kept and discarded
    draws of each chain; ``target_accept``: acceptance that step sizes aim at; ``progress``: told the share of draws
    that are done. Returns arrays ``(chain, draw, ...)`` by name of a variable; ``(chain, draw)`` true where it
    diverged. Raises CalibrationError if the density exists at no point that chains begin at.
    """
    lib = _sampler()
    record = Record(data)
    alive = (code, record)
    names = [name for name, _ in code.variables]
    shapes = [list(shape) for _, shape in code.variables]
    dims = {name: [f"{name} axis {i}" for i in range(len(shape))] for name, shape in code.variables}
    sizes = {dim: n for name, shape in code.variables for dim, n in zip(dims[name], shape, strict=True)}
    compiled = lib.PyMcModel(
        lib.LogpFunc(code.logp, record.address, alive),
        lib.ExpandFunc(code.n_dim, code.n_expanded, code.expand, record.address, alive),
        lib.PyVariable.new_variables(names, ["float64"] * len(names), shapes, sizes, dims),
        code.n_dim,
        sizes,
        {},
        begin,
        None,
    )
    settings = lib.PyNutsSettings.Diag(seed)
    settings.update({"num_tune": tune, "num_draws": draws, "num_chains": CHAINS, "target_accept": target_accept})
    cores = min(CHAINS, os.cpu_count() or 1)
    callback = None if progress is None else lambda chains: progress(_done(chains))
    storage, silent = lib.PyStorage.arrow(), lib.ProgressType.none()
    sampler = lib.PySampler.from_pymc(settings, cores, compiled, silent, callback, 100, storage)
    try:
        sampler.wait(None)
    except RuntimeError as error:  # its words are the sampler's own, with a stack of addresses
        sampler.abort()
        message = lazy(
            "sampling could not begin: what the evidence says cannot be worked out under these priors; look for one "
            "that is 0, or wide beyond all reason"
        )
        raise CalibrationError(message) from error
    except BaseException:
        sampler.abort()
        raise
    values, stats = sampler.take_results().get_arrow_trace()
    variables = {
        name: np.stack([_column(batch, name, tune, shape) for batch in values]) for name, shape in code.variables
    }
    return variables, np.stack([_column(batch, "diverging", tune, ()) for batch in stats])


def _sampler() -> Any:
    """Return nutpie's sampler without the package around it, which imports ArviZ, Matplotlib and pandas."""
    name = "nutpie._lib"
    if name not in sys.modules:
        package = find_spec("nutpie")
        spec = None if package is None else PathFinder.find_spec(name, package.submodule_search_locations)
        if spec is None or spec.loader is None:
            raise ModuleNotFoundError(name=name)
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        sys.modules[name] = module  # a later import of nutpie finds it here
    return sys.modules[name]


def _column(batch: Any, name: str, tune: int, shape: tuple[int, ...]) -> Array:
    """Return a column of a chain's table without its first rows, ``(draw, ...)``."""
    import pyarrow as pa

    column = batch.column(name)
    numbers = pa.array(column)
    if pa.types.is_boolean(numbers.type):  # a bit each
        values = column.to_numpy()
    else:  # pyarrow's own way to NumPy imports pandas
        values = np.from_dlpack(getattr(numbers, "values", numbers))
    return np.asarray(values).reshape(batch.num_rows, *shape)[tune:]


def _done(chains: Sequence[Any]) -> float:
    """Return the share of draws that nutpie's chains have finished."""
    total = sum(chain.total_draws for chain in chains)
    return sum(chain.finished_draws for chain in chains) / total if total else 0.0


# --- Room for claims of one's own in a compiled model, so that one claim more needs no compiling.
#
# What a statement speaks of is written into the compiled model, what it says is data. A specification whose own claims
# speak of quantities below is therefore sampled in a frame that holds the packaged claims and a place for each of these
# quantities; places that nobody fills are switched off. Which frame a specification gets depends on nothing but itself,
# so that its draws do not depend on what was compiled before.


Shape = tuple[str, str, str, str | None]

#: Parameters that firms have figures of.
_PARAMETERS = (
    "ux_ex",
    "ex_cx",
    "uxc_cx",
    "churn_cx",
    "spend_cx",
    "referral_cx",
    "attrition_ex",
    "serve_cx",
    "cx_margin",
)
_PATHS = ("ux_employee -> ex", "ex -> cx", "ux_customer -> cx", "cx -> ex")
_STATISTICS = (("effect", "log"), ("slope", "log"), ("correlation", "atanh"))


def _shapes() -> tuple[Shape, ...]:
    """Return what own claims may speak of: the main paths, and parameters that firms have figures of."""
    of_paths = [(statistic, path, how, None) for path in _PATHS for statistic, how in _STATISTICS]
    of_parameters = [("parameter", name, "log", None) for name in _PARAMETERS]
    return (*of_paths, *of_parameters, ("parameter", "digital_leave", "logit", None))


@cache
def _packaged() -> dict[str, ScoredClaim]:
    """Return the packaged claims that are scored unless a scenario says otherwise."""
    return {claim.id: claim for claim in select(Settings())}


@cache
def _graph() -> Any:
    return default_graph()


def _shape_of(claim: ScoredClaim) -> tuple[Shape, ...]:
    return tuple((each.statistic, each.about, each.transform, each.bound) for each in claim.statements)


def frame_of(spec: CalibrationSpec) -> tuple[ScoredClaim, ...] | None:
    """Return the claims in whose places a specification with own claims is sampled.

    Returns packaged claims, then a claim for each place, the specification's own in theirs; ``None`` where it has none
    of its own, or one that no place fits: then the model is compiled for what it scores alone.
    """
    packaged = _packaged()
    entries = library()
    own = [claim for claim in spec.claims if claim.id not in entries]
    if not own or spec.graph != _graph():
        return None
    known = [claim for claim in spec.claims if claim.id in entries]
    if any(_shape_of(claim) != _shape_of(packaged.get(claim.id, claim)) for claim in known):
        return None
    if len({claim.cluster for claim in own} - {claim.cluster for claim in known}) < len(own):
        return None  # what is judged together with another claim has no place of its own
    places = {shape: index for index, shape in enumerate(_shapes())}
    filled: dict[int, ScoredClaim] = {}
    for claim in own:
        shapes = _shape_of(claim)
        at = places.get(shapes[0]) if len(shapes) == 1 else None
        if at is None or at in filled:
            return None
        filled[at] = claim
    on_request = [claim for claim in known if claim.id not in packaged]
    empty = [_empty(index, shape) for index, shape in enumerate(_shapes())]
    return (*packaged.values(), *on_request, *(filled.get(index, claim) for index, claim in enumerate(empty)))


def _empty(index: int, shape: Shape) -> ScoredClaim:
    """Return a claim that nobody made, for a place that nobody fills."""
    statistic, about, transform, bound = shape
    value = 0.5 if transform in ("logit", "atanh") else 1.0
    statement = ScoredStatement(statistic, about, transform, value, 1.0, 0.0, 1.0, bound)
    return ScoredClaim(f"place {index}", f"place {index}", 0.5, "", (statement,))
