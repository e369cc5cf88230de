# SPDX-License-Identifier: MIT
"""Is the evidence model calibrated? Simulation-based calibration with the packaged claims (docs/model.md, section 8).

Parameters are drawn from the prior (barrier included), each cluster is sound with the probability of its credibility,
and its claims say what a sound or an unsound study would say: sound ones the quantity times the design's exaggeration,
with their error and spread, correlated within a cluster; unsound ones anything, uniform on their scale about the prior
median. The model is refitted to what was said. If it is right, the true value's rank among the posterior draws is
uniform for every parameter, and clusters given 30 % are sound 30 % of the time.

With `--doubt` two links are in doubt. A statement on the log scale about a link that is nothing has no density to
simulate from (docs/model.md, section 8.4), so that studies which report in their own unit stand in the place of those
that could be about nothing; where draws tie at 0, ranks are broken at random.

One-sided claims are left out: what an unsound bound would say has no density to simulate from. An unsound statement
lies within its window for certain, so a statement outside of it is scored as sound for certain; on real claims the
unsound constant holds everywhere.

Sources: Talts, Betancourt, Simpson, Vehtari & Gelman (2018), arXiv 1804.06788; Säilynoja, Bürkner & Vehtari (2022),
Graphical test for discrete uniformity, Statistics and Computing 32, 32.

    python benchmarks/sbc_evidence.py --runs 400 --out docs/figures
    python benchmarks/sbc_evidence.py --doubt --runs 100 --out docs/figures
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from txsim.evidence import ScoredClaim, ScoredStatement, Settings, select
from txsim.inference.bounds import quantities
from txsim.inference.claim_arrays import Layout
from txsim.inference.compiled_model import Engine
from txsim.inference.gate import diagnostics_of
from txsim.inference.links import LIVE, link_name
from txsim.inference.spec import CalibrationSpec, prior_draws, seed_for
from txsim.pathways import default_graph
from txsim.priors.catalogue import calibration_parameters

WINDOW = {"log": math.log(1000.0), "logit": math.log(1000.0), "atanh": 2.0, "natural": math.inf}
#: Links in doubt, and studies of them in their own unit: value, standard error.
DOUBT = {"ex_cx": 0.5, "mx_cx": 0.4}
STUDIES = {"ex -> cx": (0.1, 0.06), "mx -> cx": (0.05, 0.04)}
#: Posterior draws among which the true value is ranked.
RANKED = 99
_BACK: dict[str, Callable[[Any], Any]] = {
    "log": np.exp,
    "atanh": np.tanh,
    "logit": lambda x: 1 / (1 + np.exp(-x)),
    "natural": lambda x: x,
}


def two_sided() -> CalibrationSpec:
    """Return the packaged beliefs without one-sided statements."""
    claims = []
    for claim in select(Settings()):
        statements = tuple(s for s in claim.statements if s.bound is None)
        if statements:
            claims.append(replace(claim, statements=statements))
    return CalibrationSpec(default_graph(), calibration_parameters(), tuple(claims))


def doubted() -> CalibrationSpec:
    """Return the same with two links in doubt, and studies in their own unit for those that could be about nothing."""
    plain = replace(two_sided(), doubt=DOUBT)
    claims = []
    for claim in plain.claims:
        kinds = Layout(replace(plain, claims=(claim,))).kinds
        logs = [s.transform == "log" for s in claim.statements]
        gone = (kinds != LIVE).any(axis=0) & logs
        statements = tuple(s for s, away in zip(claim.statements, gone, strict=True) if not away)
        if statements:
            claims.append(replace(claim, statements=statements))
    for about, (value, se) in STUDIES.items():
        study = ScoredStatement("effect", about, "natural", value, se, 0.25, 1.0, None)
        claims.append(ScoredClaim(f"study of {about}", f"study of {about}", 0.8, "experiment", (study,)))
    return replace(plain, claims=tuple(claims))


@dataclass
class Simulator:
    """Draws parameters and what claims would then say."""

    spec: CalibrationSpec
    runs: int
    seed: int

    def __post_init__(self) -> None:
        self.layout = Layout(self.spec)
        self.par = prior_draws(self.spec, max(self.runs, 2**14), self.seed)
        natural = quantities(self.spec, self.layout.statements, self.par)
        self.centre = self.layout.transformed(natural * self.layout.exaggeration, np)
        self.middle = np.median(self.centre, axis=0)
        self.width = np.array([WINDOW[s.transform] for s in self.layout.statements])
        relative = np.where(self.layout.natural_scale, self.layout.spread, 0.0) * self.centre
        self.sd = np.where(self.layout.natural_scale, np.hypot(self.layout.se, relative), self.layout.sd)
        # What an unsound study says in its own unit is predicted with every link in force.
        sure = prior_draws(self.spec.in_force, 2**15, 0)
        claimed = np.abs(quantities(self.spec.in_force, self.layout.statements, sure) * self.layout.exaggeration)
        self.scale = np.hypot(self.layout.se, np.median(claimed, axis=0))

    def run(self, number: int) -> tuple[dict[str, float], np.ndarray, CalibrationSpec, np.ndarray]:
        """Return true parameters, soundness of clusters, what is said, and which clusters left an unsound window."""
        rng = np.random.default_rng(seed_for(self.seed, f"run {number}"))
        layout, count = self.layout, len(self.layout.statements)
        sound = rng.random(len(layout.clusters)) < layout.credibility
        rho, z = layout.rho, rng.standard_normal(count)
        common = layout.blocks.T @ rng.standard_normal(len(layout.blocks))
        said = self.centre[number] + self.sd[number] * (math.sqrt(rho) * common + math.sqrt(1 - rho) * z)
        inside = np.where(layout.natural_scale, 0.0, self.width)
        anything = self.middle + inside * (rng.random(count) - 0.5)
        anything = np.where(layout.natural_scale, self.scale * rng.standard_cauchy(count), anything)
        said = np.where(sound[layout.cluster_of], said, anything)
        outside = np.abs(said - self.middle) > self.width / 2
        certain = (outside.astype(float) @ layout.member) > 0
        at, claims = 0, []
        for claim in self.spec.claims:
            told = []
            for statement in claim.statements:
                told.append(replace(statement, value=float(_BACK[statement.transform](said[at]))))
                at += 1
            claims.append(replace(claim, statements=tuple(told)))
        truth = {name: float(values[number]) for name, values in self.par.items()}
        return truth, sound, replace(self.spec, claims=tuple(claims)), certain


class Windowed(Engine):
    """The compiled model, with clusters that cannot be unsound because a statement of theirs left its window."""

    certain: np.ndarray = np.zeros(0, dtype=bool)

    def _framed(self, spec: CalibrationSpec) -> Layout:
        framed = super()._framed(spec)
        if self.certain.size:
            framed.unsound[self.certain] = self.layout.unsound[self.certain] = -1e4
        return framed


def calibrate_by_simulation(
    runs: int,
    seed: int,
    *,
    draws: int = 800,
    tune: int = 600,
    progress: Any = None,
    spec: CalibrationSpec | None = None,
) -> dict[str, Any]:
    """Return ranks ``(run, parameter)`` of true values, and soundness drawn and believed ``(run, cluster)``.

    Of links in doubt, too: whether each was in force, and the posterior probability of that, ``(run, link)``.
    """
    spec = two_sided() if spec is None else spec
    simulator = Simulator(spec, runs, seed)
    engine = Windowed(spec, progress)
    names = list(spec.priors)
    ranks = np.zeros((runs, len(names)), dtype=int)
    drawn = np.zeros((runs, len(simulator.layout.clusters)))
    believed = np.zeros_like(drawn)
    force, held = np.zeros((2, runs, len(spec.doubt)))
    worst, divergences = [], 0
    lots = np.random.default_rng(seed_for(seed, "ties"))
    start = time.perf_counter()
    for number in range(runs):
        truth, sound, told, engine.certain = simulator.run(number)
        resolved, diverging = engine.sample(told, seed + number, draws=draws, tune=tune, target_accept=0.9)
        par, weight = resolved.par, resolved.sound
        found = diagnostics_of(resolved, engine.layout, diverging)
        worst.append((found["r_hat"], found["ess_bulk"], found["ess_tail"]))
        divergences += found["divergences"]
        places = np.linspace(0, par[names[0]].size - 1, RANKED).round().astype(int)
        for i, name in enumerate(names):
            values = par[name].reshape(-1)[places]
            ties = int((values == truth[name]).sum())
            ranks[number, i] = int((values < truth[name]).sum()) + int(ties and lots.integers(0, ties + 1))
        for i, name in enumerate(spec.doubt):
            force[number, i] = truth[link_name(name)]
            held[number, i] = 1.0 - resolved.doubt[name].mean()
        drawn[number], believed[number] = sound, weight.mean(axis=(0, 1))
        if progress is not None and number % 25 == 24:
            progress(f"{number + 1} of {runs} runs, {time.perf_counter() - start:.0f} s", None)
    return {
        "names": names,
        "clusters": list(simulator.layout.clusters),
        "ranks": ranks,
        "drawn": drawn,
        "believed": believed,
        "force": force,
        "held": held,
        "worst": np.array(worst),
        "divergences": divergences,
        "seconds": time.perf_counter() - start,
    }


def uniformity(ranks: np.ndarray, bins: int = 20) -> tuple[float, float]:
    """Return the p value of a chi-square test on ``bins``, and the largest gap of the ECDF from the diagonal."""
    from scipy.stats import chi2

    counts = np.bincount(ranks * bins // (RANKED + 1), minlength=bins)
    expected = ranks.size / bins
    p = float(chi2.sf(((counts - expected) ** 2 / expected).sum(), bins - 1))
    levels = np.arange(RANKED + 1)
    ecdf = (ranks[:, None] <= levels).mean(axis=0)
    return p, float(np.abs(ecdf - (levels + 1) / (RANKED + 1)).max())


def band(runs: int, coverage: float = 0.95, repeats: int = 4000) -> float:
    """Return the largest gap of an ECDF of uniform ranks that stays in the band with this probability."""
    rng = np.random.default_rng(0)
    levels = np.arange(RANKED + 1)
    gaps = []
    for _ in range(repeats):
        counts = np.bincount(rng.integers(0, RANKED + 1, runs), minlength=RANKED + 1)
        gaps.append(np.abs(np.cumsum(counts) / runs - (levels + 1) / (RANKED + 1)).max())
    return float(np.quantile(gaps, coverage))


def figure(found: dict[str, Any], path: Path) -> None:
    """Draw the difference of each parameter's ECDF from the diagonal, with the simultaneous band."""
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib.figure import Figure

    levels = np.arange(RANKED + 1)
    runs = len(found["ranks"])
    wide = band(runs, 1 - 0.05 / len(found["names"]))
    fig = Figure(figsize=(10, 7), layout="constrained")
    axes = fig.subplots(4, 6, sharex=True, sharey=True).ravel()
    for axis in axes[len(found["names"]) :]:
        axis.axis("off")
    for axis, name, ranks in zip(axes, found["names"], found["ranks"].T, strict=False):
        gap = (ranks[:, None] <= levels).mean(axis=0) - (levels + 1) / (RANKED + 1)
        axis.axhspan(-wide, wide, color="0.9")
        axis.plot((levels + 1) / (RANKED + 1), gap, color="#1f5a8a", lw=1.2)
        axis.set_title(name, fontsize=8)
        axis.tick_params(labelsize=7)
    fig.suptitle(
        f"Ranks of true values are uniform: ECDF less diagonal, band for all parameters, {runs} runs", fontsize=10
    )
    fig.savefig(path)


def report(found: dict[str, Any]) -> dict[str, Any]:
    """Return the figures as plain data."""
    runs = len(found["ranks"])
    tests = {name: uniformity(ranks) for name, ranks in zip(found["names"], found["ranks"].T, strict=True)}
    wide = band(runs, 1 - 0.05 / len(tests))
    table = _reliability(found["believed"].ravel(), found["drawn"].ravel())
    worst = found["worst"]
    return {
        "runs": runs,
        "smallest_p": min(p for p, _ in tests.values()),
        "largest_gap": max(gap for _, gap in tests.values()),
        "band": wide,
        "parameters": {name: {"p": p, "gap": gap} for name, (p, gap) in tests.items()},
        "soundness": table,
        "links": _reliability(found["held"].ravel(), found["force"].ravel()),
        "runs_over_r_hat_1_01": float((worst[:, 0] > 1.01).mean()),
        "runs_over_r_hat_1_05": float((worst[:, 0] > 1.05).mean()),
        "divergences": found["divergences"],
        "seconds": found["seconds"],
    }


def _reliability(believed: np.ndarray, drawn: np.ndarray) -> list[dict[str, Any]]:
    """Return by what was believed how often it was so."""
    edges = [0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0001]
    table = []
    for low, high in itertools.pairwise(edges):
        inside = (believed >= low) & (believed < high)
        if inside.sum():
            told, true = float(believed[inside].mean()), float(drawn[inside].mean())
            error = math.sqrt(max(told * (1 - told), 1e-9) / inside.sum())
            table.append({"said": told, "true": true, "se": error, "n": int(inside.sum())})
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=400)
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--doubt", action="store_true", help="two links in doubt")
    parser.add_argument("--out", type=Path, default=Path("docs/figures"))
    told = parser.parse_args()
    spec = doubted() if told.doubt else two_sided()
    found = calibrate_by_simulation(
        told.runs, told.seed, progress=lambda sentence, _: print(sentence, flush=True), spec=spec
    )
    figures = report(found)
    print(json.dumps(figures, indent=1))
    told.out.mkdir(parents=True, exist_ok=True)
    figure(found, told.out / ("sbc_doubt.svg" if told.doubt else "sbc_evidence.svg"))


if __name__ == "__main__":
    main()
