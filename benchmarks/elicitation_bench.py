# SPDX-License-Identifier: MIT
"""Figures of docs/elicitation.md: distance from published answers, recovery of known distributions, time of pooling.

Published answers are read from the folder of worked examples beside the repository, where it is there.
"""

import json
import math
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from txsim.elicit.families import Elicited
from txsim.elicit.least_squares import elicit, fit_family
from txsim.elicit.opinion_pools import linear_pool
from txsim.pooling.heterogeneity import TauPrior
from txsim.pooling.meta_analysis import pool
from txsim.pooling.mixtures import normal_mixture


def worst(pairs: Iterable[tuple[float, float]]) -> float:
    return max(abs(found / told - 1) for found, told in pairs if told != 0)


def published() -> None:
    file = ROOT / "tests" / "data" / "published" / "targets.json"
    targets = json.loads(file.read_text("utf-8"))
    cases: tuple[tuple[Any, ...], ...] = (
        ("eight schools", "meta_analysis_eight_schools", "half_cauchy", 25.0, 50, "y", "se",
         lambda t: t["printed_mu~N(0,50)_tau~HalfCauchy(25)"]["summary[mode,median,mean,sd,lo95,hi95]"]),
        ("Crins", "meta_analysis_crins", "half_normal", 0.5, 4, "yi", "vi",
         lambda t: t["printed"]["[mode,median,mean,sd,lo95,hi95]"]),
    )  # fmt: skip
    for name, key, family, scale, sd, y, s, table in cases:
        data = targets[key]["data"]
        se = np.sqrt(data[s]) if s == "vi" else np.array(data[s])
        for grid in ("direct", "exact"):
            found = pool(data[y], se, mu=normal_mixture([1], [0], [sd]), tau=TauPrior(family, (scale,)), grid=grid)
            gaps = []
            parts: tuple[Any, ...] = (found.tau, found.mu, found.prediction)
            for part, told in zip(parts, table(targets[key]).values(), strict=True):
                got = (part.mode, part.median, part.mean, part.sd, *part.shortest(0.95))
                gaps.append(worst(zip(got, told, strict=True)))
            print(f"{name}, grid {grid}: largest relative distance from print, tau {gaps[0]:.1e}, mean {gaps[1]:.1e}, "
                  f"prediction {gaps[2]:.1e}; {len(found.mu.weights)} normals")  # fmt: skip
    target = targets["elicitation_two_experts"]
    fits = [elicit([q["q25"], q["q50"], q["q75"]], [0.25, 0.5, 0.75], 0, 100) for q in target["experts"].values()]
    run = target["reference_run"]
    params = [
        pair
        for key, family in (("normal", "normal"), ("gamma[shape,rate]", "gamma"), ("lognormal", "lognormal"))
        for fit, told in zip(fits, run[key].values(), strict=True)
        for pair in zip(fit.fits[family].params, told, strict=True)
    ]
    print(f"SHELF, two experts, parameters of normal, gamma, log-normal: {worst(params):.1e}")
    pools = [
        pair
        for key, told in run["linear_pool_equal_quantiles[.05,.25,.5,.75,.95]"].items()
        for pair in zip(
            linear_pool([f.best if key.startswith("best") else f.fits[key] for f in fits]).quantile(
                [0.05, 0.25, 0.5, 0.75, 0.95]
            ),
            told,
            strict=True,
        )
    ]
    print(f"SHELF, two experts, quantiles of three linear pools: {worst(pools):.1e}")


def recovery() -> None:
    rng = np.random.default_rng(4711)
    asked, others = np.array([0.05, 0.25, 0.5, 0.75, 0.95]), np.array([0.01, 0.1, 0.4, 0.6, 0.9, 0.99])
    gap, families = 0.0, ("normal", "lognormal", "gamma", "beta", "t")
    for i in range(200):
        family = families[i % 5]
        if family in ("normal", "t"):
            truth = Elicited(
                family, (rng.normal(0, 10), math.exp(rng.normal(0, 1.5)), *([3.0] if family == "t" else []))
            )
        elif family == "lognormal":
            truth = Elicited(family, (rng.normal(0, 2), rng.uniform(0.1, 1.8)), 0.0)
        elif family == "gamma":
            truth = Elicited(family, (math.exp(rng.uniform(-0.5, 4)), math.exp(rng.normal(0, 2))), 0.0)
        else:
            truth = Elicited(family, (math.exp(rng.uniform(-0.2, 4)), math.exp(rng.uniform(-0.2, 4))), 0.0, 1.0)
        found = fit_family(family, truth.quantile(asked), asked, truth.lower, truth.upper)
        width = float(truth.quantile(0.95) - truth.quantile(0.05))
        gap = max(gap, float(np.max(np.abs(found.quantile(others) - truth.quantile(others))) / width))
    print(
        f"recovery, 200 cases of 5 families: largest error of a quantile never asked for, {gap:.1e} of the 90 % width"
    )


def speed() -> None:
    rng = np.random.default_rng(1)
    for k in (8, 100, 1000):
        se = rng.uniform(0.05, 0.3, k)
        y = rng.normal(0.4, np.hypot(0.25, se))
        start = time.perf_counter()
        pool(y, se, tau=TauPrior("half_cauchy", (0.5,)))
        print(f"pooling {k} studies: {time.perf_counter() - start:.2f} s")


if __name__ == "__main__":
    published()
    recovery()
    speed()
