# SPDX-License-Identifier: MIT
"""How much a Sobol draw is worth: variance of mean NPV and of a difference, 1,024 draws, against independent draws."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from txsim.forecast import _keys, calibration_spec
from txsim.inference import calibrate
from txsim.scenario import load
from txsim.simulate.engine import run
from txsim.simulate.layout import copulas, lay_out, own_quantities
from txsim.simulate.points import pick_posterior, sample_points

ROOT = Path(__file__).resolve().parent.parent
DRAWS, REPEATS = 1024, 60


def main() -> None:
    file = ROOT / "scenarios/service_desk_pilot.yaml"
    one, two = load(file), load(file, overrides=["drivers[0].monthly=1900"])
    calibration = calibrate(calibration_spec(one))
    flat = calibration.draws.reshape(len(calibration.names), -1)
    rng = np.random.default_rng(0)

    def npv(scenario, drawn, joined):
        scene = lay_out(scenario, drawn, dict(zip(calibration.names, joined, strict=True)), DRAWS)
        return run(scene.plan, scene.matrix, paths=("do_nothing", "commit")).field("commit", "npv")

    found: dict[str, list[float]] = {"sobol": [], "sobol difference": [], "independent": [], "difference": []}
    # A large Sobol set, shuffled, serves as a source of independent draws of the same distributions.
    pool, _ = sample_points(own_quantities(one), copulas(one), 2**17, 99)
    for seed in range(REPEATS):
        drawn, along = sample_points(own_quantities(one), copulas(one), DRAWS, 1000 + seed)
        joined = pick_posterior(calibration.draws, along, _keys(calibration))
        first, second = npv(one, drawn, joined), npv(two, drawn, joined)
        found["sobol"].append(first.mean())
        found["sobol difference"].append((second - first).mean())
        means = []
        for scenario in (one, two):
            pick = rng.integers(0, 2**17, DRAWS)
            theta = flat[:, rng.integers(0, flat.shape[1], DRAWS)]
            means.append(npv(scenario, {k: v[pick] for k, v in pool.items()}, theta).mean())
        found["independent"].append(means[0])
        found["difference"].append(means[1] - means[0])
    variance = {name: np.var(values, ddof=1) for name, values in found.items()}
    print("| figure | variance, independent over Sobol |\n|---|---|")
    print(f"| mean NPV, given posterior draws | {variance['independent'] / variance['sobol']:.0f}× |")
    print(f"| difference of two scenarios | {variance['difference'] / variance['sobol difference']:.0f}× |")


if __name__ == "__main__":
    main()
