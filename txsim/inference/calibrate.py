# SPDX-License-Identifier: MIT
"""From a specification to draws that can be trusted: sampling, the gate, what became of each claim."""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from txsim.cachedir import cache_dir, read_checked, write_checked
from txsim.errors import CalibrationError, StoreError
from txsim.evidence import ScoredClaim, ScoredStatement
from txsim.inference import store
from txsim.inference.spec import CalibrationSpec, Layout, prior_draws, seed_for
from txsim.inference.statements import Reference

__all__ = [
    "CHAINS",
    "DRAWS",
    "PRIOR_DRAWS",
    "Calibration",
    "ClaimResult",
    "Engine",
    "bounded",
    "calibrate",
    "diagnostics_of",
    "passes",
    "quantities",
    "results_of",
    "soundness",
    "stored",
    "why",
]

Array = NDArray[np.float64]
Progress = Callable[[str, float | None], None]

CHAINS = 4
#: Draws kept of each chain.
DRAWS = 2048
_TUNE = 1000
#: Of so many draws one is kept: neighbours tell nearly the same, and a payoff's error is that of the draws kept.
_THIN = 2
#: Prior draws behind the worth of an unsound bound.
PRIOR_DRAWS = 2**15


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
        return _tree(self, {}, {}, {})


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


class Engine:
    """A compiled model that can be refitted to other priors, claims and credibilities without compiling.

    Parameters
    ----------
    spec
        Decides the structure: graph, families of priors.
    progress
        Told what takes long.
    frame
        All claims that a refit may score; by default those of ``spec``. Values, standard errors, credibilities and
        designs may differ at a refit, what a statement speaks of and the clusters may not.
    """

    def __init__(
        self, spec: CalibrationSpec, progress: Progress | None = None, frame: tuple[ScoredClaim, ...] | None = None
    ) -> None:
        from txsim.inference import model

        self._model = model
        self.structure = spec
        self.frame = spec.claims if frame is None else frame
        self.layout = bounded(spec)
        if progress is not None:
            first = not any(cache_dir("pytensor").iterdir())
            where = "first time on this machine: about a minute" if first else "about fifteen seconds"
            progress(f"compiling the evidence model, {where}", None)
        built = model.build(spec, self._framed(spec))
        import nutpie

        self._compiled = nutpie.compile_pymc_model(built)

    def _framed(self, spec: CalibrationSpec) -> Layout:
        """Return the claims in the places that the compiled model has for them."""
        framed = Layout(spec, self.frame)
        for at, name in enumerate(framed.clusters):
            if name in self.layout.clusters:
                framed.unsound[at] = self.layout.unsound[self.layout.clusters.index(name)]
        return framed

    def fits(self, spec: CalibrationSpec) -> bool:
        """Whether the compiled model can serve this specification."""
        known = {claim.id: claim for claim in self.frame}

        def shape(claim: ScoredClaim) -> tuple[Any, ...]:
            told = tuple((s.statistic, s.about, s.transform, s.bound) for s in claim.statements)
            return claim.cluster, told

        return (
            spec.graph == self.structure.graph
            and [(p.forth, p.back, p.lag) for p in spec.panels]
            == [(p.forth, p.back, p.lag) for p in self.structure.panels]
            and self._model.families(spec) == self._model.families(self.structure)
            and all(claim.id in known and shape(claim) == shape(known[claim.id]) for claim in spec.claims)
            and self._model.fixed_families(spec) == self._model.fixed_families(self.structure)
        )

    def sample(
        self,
        spec: CalibrationSpec,
        seed: int,
        *,
        draws: int = DRAWS,
        tune: int = _TUNE,
        target_accept: float = 0.8,
        progress: Callable[[float], None] | None = None,
    ) -> tuple[dict[str, Array], Array, Any]:
        """Sample under another specification of the same structure.

        Parameters
        ----------
        spec
            Same graph, statements and families of priors; other numbers.
        seed
            Seed of the sampler.
        draws, tune
            Kept and discarded draws of each chain.
        target_accept
            Acceptance that step sizes aim at.
        progress
            Told the share of draws that are done.

        Returns
        -------
        tuple
            Draws ``(chain, draw)`` by parameter, what statements speak of ``(chain, draw, statement)``, the sampler's
            statistics.
        """
        import nutpie

        self.layout = bounded(spec)
        compiled = self._compiled.with_data(**self._model.data_of(spec, self._framed(spec)))
        words = seed_for(seed, "mcmc").generate_state(1, np.uint32)
        found = nutpie.sample(
            compiled,
            draws=draws,
            tune=tune,
            chains=CHAINS,
            seed=int(words[0]),
            target_accept=target_accept,
            progress_bar=False,
            progress_callback=None if progress is None else lambda chains: progress(_done(chains)),
        )
        variables = {str(name): np.asarray(values) for name, values in found["posterior"].data_vars.items()}
        par = self._model.named_draws(spec, variables)
        return par, quantities(spec, self.layout.statements, par), found["sample_stats"]


def _done(chains: Sequence[Any]) -> float:
    """Return the share of draws that nutpie's chains have finished."""
    total = sum(chain.total_draws for chain in chains)
    return sum(chain.finished_draws for chain in chains) / total if total else 0.0


def soundness(layout: Layout, natural: Array) -> Array:
    """Return the weight of each cluster's sound part, ``(..., cluster)``, from :func:`quantities`."""
    from scipy.special import expit, log_ndtr

    if not layout.statements:
        return np.zeros((*natural.shape[:-1], 0))
    sound = layout.sound(natural, np, log_ndtr)
    with np.errstate(divide="ignore"):
        log_odds = np.log(layout.credibility) - np.log1p(-layout.credibility)
    return np.asarray(expit(log_odds + sound - layout.unsound), dtype=np.float64)


def diagnostics_of(
    par: Mapping[str, Array], natural: Array, sound: Array, layout: Layout, stats: Any
) -> dict[str, Any]:
    """Return R-hat and effective sample sizes of parameters, scored quantities and soundness, and the worst of them."""
    import arviz_stats

    azs: Any = arviz_stats

    watched = {name: values for name, values in par.items() if np.ptp(values) > 0}
    for i, statement in enumerate(layout.statements):
        watched[f"{statement.statistic} {statement.about}"] = natural[..., i]
    clusters = {f"soundness of {name}": sound[..., i] for i, name in enumerate(layout.clusters)}
    watched |= {name: values for name, values in clusters.items() if np.ptp(values) > 1e-9}
    table = {
        name: {
            "r_hat": float(azs.rhat(values)),
            "ess_bulk": float(azs.ess(values, method="bulk")),
            "ess_tail": float(azs.ess(values, method="tail", prob=(0.05, 0.95))),
        }
        for name, values in watched.items()
    }
    return {
        "r_hat": max(row["r_hat"] for row in table.values()),
        "ess_bulk": min(row["ess_bulk"] for row in table.values()),
        "ess_tail": min(row["ess_tail"] for row in table.values()),
        "divergences": int(np.asarray(stats["diverging"]).sum()),
        "divergent_share": float(np.asarray(stats["diverging"]).mean()),
        "each": table,
    }


def passes(found: Mapping[str, Any]) -> bool:
    """Whether draws pass the gate (docs/model.md, section 8)."""
    return bool(
        found["r_hat"] < 1.01
        and found["ess_bulk"] >= 400
        and found["ess_tail"] >= 400
        and found["divergent_share"] < 0.001
    )


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


def _tree(calibration: Calibration, sound: Mapping[str, Array], natural: Mapping[str, Array], stats: Any) -> Any:
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


def calibrate(
    spec: CalibrationSpec, *, seed: int = 0, progress: Progress | None = None, engines: list[Engine] | None = None
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

    Returns
    -------
    Calibration

    Raises
    ------
    CalibrationError
        If the draws fail the gate twice; the message names the clusters whose soundness mixes badly.
    InputError
        If a claim speaks of what the graph does not have.
    """
    key = f"{spec.hash}-{seed}"
    names = tuple(spec.priors)
    if spec.source == "point":
        values = np.array([prior.args[0] for prior in spec.priors.values()])
        draws = np.broadcast_to(values[:, None, None], (len(names), CHAINS, DRAWS))
        return Calibration(spec.hash, key, "point", names, draws, (), {})
    if spec.source == "prior":
        par = prior_draws(spec, CHAINS * DRAWS, seed)
        draws = np.stack([par[name].reshape(CHAINS, DRAWS) for name in names])
        return Calibration(spec.hash, key, "prior", names, draws, (), {})
    found = stored(spec, key)
    if found is None:
        with store.lock(key, progress):
            found = stored(spec, key)
            if found is None:
                found = _sampled(spec, key, seed, progress, engines)
    return found


def stored(spec: CalibrationSpec, key: str) -> Calibration | None:
    """Return a calibration from the store, or ``None``."""
    kept = store.read(key)
    if kept is None:
        return None
    manifest, draws = kept
    if tuple(manifest["names"]) != tuple(spec.priors) or draws.shape != (len(spec.priors), CHAINS, DRAWS):
        return None
    claims = tuple(ClaimResult(**{**row, "statements": tuple(row["statements"])}) for row in manifest["claims"])
    return Calibration(spec.hash, key, "mcmc", tuple(manifest["names"]), draws, claims, manifest["diagnostics"])


def _sampled(
    spec: CalibrationSpec, key: str, seed: int, progress: Progress | None, engines: list[Engine] | None
) -> Calibration:
    from importlib.metadata import version

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
        {"draws": 5 * _THIN * DRAWS, "tune": 2 * _TUNE, "target_accept": 0.95},
    )
    for attempt, settings in enumerate(attempts):
        if progress is not None:
            again = "" if attempt == 0 else ", again with five times the draws"
            sentence = f"sampling {CHAINS} chains{again}"
            progress(sentence, None)
            settings = settings | {"progress": partial(progress, sentence)}
        par, natural, stats = engine.sample(spec, seed, **settings)
        layout = engine.layout
        sound = soundness(layout, natural)
        diagnostics = diagnostics_of(par, natural, sound, layout, stats)
        if passes(diagnostics):
            break
    else:
        raise CalibrationError(why(diagnostics))
    thin = par[next(iter(par))].shape[1] // DRAWS
    kept = np.stack([par[name][:, ::thin] for name in spec.priors])
    results = results_of(spec, layout, natural, sound)
    calibration = Calibration(spec.hash, key, "mcmc", tuple(spec.priors), kept, results, diagnostics)
    manifest = {
        "names": list(spec.priors),
        "claims": [asdict(result) for result in results],
        "diagnostics": diagnostics,
        "content": spec.content,
        "seed": seed,
        "versions": {name: version(name) for name in ("pymc", "nutpie", "numpy", "txsim")},
    }
    tree = _tree(
        calibration,
        {name: sound[:, ::thin, i] for i, name in enumerate(layout.clusters)},
        {
            f"{s.statistic} {s.about}".replace(" / ", " over "): natural[:, ::thin, i]
            for i, s in enumerate(layout.statements)
        },
        {"diverging": np.asarray(stats["diverging"])[:, ::thin]},
    )
    try:
        store.write(key, manifest, kept, tree)
    except StoreError as error:
        if progress is not None:
            progress(f"{error}; going on without keeping them", None)
    return calibration


def why(diagnostics: Mapping[str, Any]) -> str:
    """Explain a failed gate in words."""
    bad = [
        name.removeprefix("soundness of ")
        for name, row in diagnostics["each"].items()
        if name.startswith("soundness of ")
        and (row["r_hat"] >= 1.01 or min(row["ess_bulk"], row["ess_tail"]) < 400 or math.isnan(row["r_hat"]))
    ]
    figures = (
        f"R-hat {diagnostics['r_hat']:.3f} (must be under 1.01), effective draws {diagnostics['ess_bulk']:.0f} in the "
        f"middle and {diagnostics['ess_tail']:.0f} in the tails (400 needed), {diagnostics['divergences']} divergences"
    )
    if bad:
        return (
            f"these claims contradict each other: {', '.join(bad)}. The sampler cannot weigh them against each other: "
            f"{figures}. Lower the credibility of some, or drop them, in the scenario's `evidence`."
        )
    return f"the draws cannot be trusted: {figures}. Narrow the widest priors or drop the claims that you doubt."
