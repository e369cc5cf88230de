# SPDX-License-Identifier: MIT
"""How much a Sobol draw is worth: variance of a mean NPV and of a difference, 1,024 draws, against independent draws.

First with the stored posterior draws given, then with fresh posterior draws for each repetition (refits of the
compiled model), where the posterior's own Monte Carlo error is in both.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from txsim.forecast import calibration_spec, posterior_keys
from txsim.inference import Calibration, Engine, calibrate
from txsim.scenario import load
from txsim.simulate.engine import run
from txsim.simulate.layout import lay_out
from txsim.simulate.points import pick_posterior, sample_points
from txsim.simulate.quantities import copulas, own_quantities
from txsim.types import Array

ROOT = Path(__file__).resolve().parent.parent
DRAWS, REPEATS, FRESH, POOL = 1024, 100, 40, 2**17
SHOWN = ("service_desk_pilot", "employee_tools_redesign", "digital_channel_rescue", "customers_first", "tx_programme")
PAIR = ("front_line_first", "back_office_first")


class Case:
    """One scenario, ready to be drawn both ways."""

    def __init__(self, name: str) -> None:
        self.scenario = load(ROOT / f"scenarios/{name}.yaml")
        self.quantities, self.copulas = own_quantities(self.scenario), copulas(self.scenario)
        # A large Sobol set, shuffled, serves as a source of independent draws of the same distributions.
        self.pool, _ = sample_points(self.quantities, self.copulas, POOL, 99)

    def mean(self, calibration: Calibration, drawn: Any, joined: Array) -> float:
        scene = lay_out(self.scenario, drawn, dict(zip(calibration.names, joined, strict=True)), DRAWS)
        return float(run(scene.plan, scene.matrix, paths=("do_nothing", "commit")).field("commit", "npv").mean())

    def sobol(self, calibration: Calibration, seed: int) -> float:
        drawn, along = sample_points(self.quantities, self.copulas, DRAWS, seed)
        return self.mean(calibration, drawn, pick_posterior(calibration.draws, along, posterior_keys(calibration)))

    def independent(self, calibration: Calibration, rng: np.random.Generator) -> float:
        flat = calibration.draws.reshape(len(calibration.names), -1)
        pick = rng.integers(0, POOL, DRAWS)
        drawn = {name: values[pick] for name, values in self.pool.items()}
        return self.mean(calibration, drawn, flat[:, rng.integers(0, flat.shape[1], DRAWS)])


def gain(independent: Sequence[float], sobol: Sequence[float]) -> str:
    """Return the ratio of variances with the 90 % interval that so many repetitions leave open."""
    from scipy.stats import f

    ratio = np.var(independent, ddof=1) / np.var(sobol, ddof=1)
    freedom = len(independent) - 1, len(sobol) - 1
    return f"{ratio:.0f}× ({ratio / f.ppf(0.95, *freedom):.0f} … {ratio / f.ppf(0.05, *freedom):.0f})"


def main() -> None:
    rng = np.random.default_rng(0)
    cases = {name: Case(name) for name in (*SHOWN, *PAIR)}
    spec = calibration_spec(cases[SHOWN[0]].scenario)
    calibration = calibrate(spec)
    print("| 1,024 draws, stored posterior draws | variance, independent over Sobol (90 %) |\n|---|---|")
    for name in SHOWN:
        sobol = [cases[name].sobol(calibration, 1000 + i) for i in range(REPEATS)]
        alone = [cases[name].independent(calibration, rng) for _ in range(REPEATS)]
        print(f"| mean NPV, {name} | {gain(alone, sobol)} |")
    one, two = (cases[name] for name in PAIR)
    sobol = [one.sobol(calibration, 1000 + i) - two.sobol(calibration, 1000 + i) for i in range(REPEATS)]
    alone = [one.independent(calibration, rng) - two.independent(calibration, rng) for _ in range(REPEATS)]
    print(f"| difference, {PAIR[0]} less {PAIR[1]} | {gain(alone, sobol)} |")

    engine = Engine(spec)
    found: dict[str, list[float]] = {"sobol": [], "independent": []}
    for repeat in range(FRESH):
        print(f"\rfresh posterior draws {repeat + 1} of {FRESH}", end="", file=sys.stderr)
        par = engine.sample(spec, 100 + repeat)[0].par
        fresh = replace(calibration, draws=np.stack([par[name] for name in calibration.names]))
        found["sobol"].append(cases[SHOWN[0]].sobol(fresh, 1000 + repeat))
        found["independent"].append(cases[SHOWN[0]].independent(fresh, rng))
    print(f"\n| mean NPV, {SHOWN[0]}, fresh posterior draws | {gain(found['independent'], found['sobol'])} |")


if __name__ == "__main__":
    main()
