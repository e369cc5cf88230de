# SPDX-License-Identifier: MIT
"""From a specification to draws that can be trusted: sampling, the gate, what became of each claim."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from txsim.errors import CalibrationError, StoreError
from txsim.inference import store
from txsim.inference.spec import CalibrationSpec, Layout, prior_draws, seed_for
from txsim.inference.statements import Reference

__all__ = ["CHAINS", "DRAWS", "Calibration", "ClaimResult", "Engine", "calibrate"]

Array = NDArray[np.float64]
Progress = Callable[[str, float | None], None]

CHAINS = 4
#: Draws kept of each chain.
DRAWS = 2048
_TUNE = 1000
_PRIOR_FOR_BOUNDS = 2**16


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


def _natural(spec: CalibrationSpec, layout: Layout, par: Mapping[str, Array]) -> Array:
    """Return what each statement speaks of, ``(..., statement)``."""
    shape = next(iter(par.values())).shape
    if not layout.statements:
        return np.zeros((*shape, 0))
    found, _ = Reference(spec.graph).all_statistics(layout.statements, par, _stack, np.log, shape)
    return _stack(found)


class Engine:
    """A compiled model that can be refitted to other priors and credibilities without compiling.

    Parameters
    ----------
    spec
        Decides the structure: graph, families of priors, statements.
    progress
        Told what takes long.
    """

    def __init__(self, spec: CalibrationSpec, progress: Progress | None = None) -> None:
        from txsim.cachedir import cache_dir
        from txsim.inference import model

        self._model = model
        self.structure = spec
        self._bounds(spec)
        if progress is not None:
            first = not any(cache_dir("pytensor").iterdir())
            where = "first time on this machine: about a minute" if first else "about fifteen seconds"
            progress(f"compiling the evidence model, {where}", None)
        built = model.build(spec, self.layout)
        import nutpie

        self._compiled = nutpie.compile_pymc_model(built)

    def _bounds(self, spec: CalibrationSpec) -> None:
        self.layout = Layout(spec)
        if np.any(self.layout.side != 0.0):
            self.layout.with_prior_predictive(_natural(spec, self.layout, prior_draws(spec, _PRIOR_FOR_BOUNDS, 0)))

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
            Draws ``(chain, draw)`` by parameter, soundness ``(chain, draw, cluster)`` and the sampler's statistics.
        """
        import nutpie

        if spec.priors != self.structure.priors or spec.claims != self.structure.claims:
            self._bounds(spec)
        compiled = self._compiled.with_data(**self._model.data_of(spec, self.layout))
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
        return par, soundness(spec, self.layout, par), found["sample_stats"]


def _done(chains: Sequence[Any]) -> float:
    """Return the share of draws that nutpie's chains have finished."""
    total = sum(chain.total_draws for chain in chains)
    return sum(chain.finished_draws for chain in chains) / total if total else 0.0


def soundness(spec: CalibrationSpec, layout: Layout, par: Mapping[str, Array]) -> Array:
    """Return the weight of each cluster's sound part, ``(..., cluster)``."""
    from scipy.special import expit, log_ndtr

    if not layout.statements:
        return np.zeros((*next(iter(par.values())).shape, 0))
    sound = layout.sound(_natural(spec, layout, par), np, log_ndtr)
    with np.errstate(divide="ignore"):
        log_odds = np.log(layout.credibility) - np.log1p(-layout.credibility)
    return np.asarray(expit(log_odds + sound - layout.unsound), dtype=np.float64)


def _diagnostics(par: Mapping[str, Array], natural: Array, sound: Array, layout: Layout, stats: Any) -> dict[str, Any]:
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


def _passes(found: Mapping[str, Any]) -> bool:
    return bool(
        found["r_hat"] < 1.01
        and found["ess_bulk"] >= 400
        and found["ess_tail"] >= 400
        and found["divergent_share"] < 0.001
    )


def _results(spec: CalibrationSpec, layout: Layout, natural: Array, sound: Array) -> tuple[ClaimResult, ...]:
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


def calibrate(spec: CalibrationSpec, *, seed: int = 0, progress: Progress | None = None) -> Calibration:
    """Return joint draws for a specification, from the store where they are there.

    Parameters
    ----------
    spec
        Graph, priors and claims.
    seed
        Seed of the sampler; part of the key in the store, not of a scenario's seed, so that scenarios share draws.
    progress
        Told what takes long.

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
    found = _stored(spec, key)
    if found is None:
        with store.lock(key, progress):
            found = _stored(spec, key)
            if found is None:
                found = _sampled(spec, key, seed, progress)
    return found


def _stored(spec: CalibrationSpec, key: str) -> Calibration | None:
    kept = store.read(key)
    if kept is None:
        return None
    manifest, draws = kept
    if tuple(manifest["names"]) != tuple(spec.priors) or draws.shape != (len(spec.priors), CHAINS, DRAWS):
        return None
    claims = tuple(ClaimResult(**{**row, "statements": tuple(row["statements"])}) for row in manifest["claims"])
    return Calibration(spec.hash, key, "mcmc", tuple(manifest["names"]), draws, claims, manifest["diagnostics"])


def _sampled(spec: CalibrationSpec, key: str, seed: int, progress: Progress | None) -> Calibration:
    from importlib.metadata import version

    engine = Engine(spec, progress)
    layout = engine.layout
    attempts: tuple[dict[str, Any], ...] = ({}, {"draws": 5 * DRAWS, "tune": 2 * _TUNE, "target_accept": 0.95})
    for attempt, settings in enumerate(attempts):
        if progress is not None:
            again = "" if attempt == 0 else ", again with five times the draws"
            sentence = f"sampling {CHAINS} chains{again}"
            progress(sentence, None)
            settings = settings | {"progress": partial(progress, sentence)}
        par, sound, stats = engine.sample(spec, seed, **settings)
        natural = _natural(spec, layout, par)
        diagnostics = _diagnostics(par, natural, sound, layout, stats)
        if _passes(diagnostics):
            break
    else:
        raise CalibrationError(_why(diagnostics))
    thin = par[next(iter(par))].shape[1] // DRAWS
    kept = np.stack([par[name][:, ::thin] for name in spec.priors])
    results = _results(spec, layout, natural, sound)
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


def _why(diagnostics: Mapping[str, Any]) -> str:
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
