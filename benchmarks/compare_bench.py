# SPDX-License-Identifier: MIT
"""Comparing scenarios: time for fifty of one calibration, and what common random numbers are worth.

1. CPU and wall time of ``compare`` for 50 scenarios on 4,096 draws, the calibration's draws being there.
2. Standard error of the difference between two scenarios, and of P(best), over repetitions: with common random
   numbers as ``compare`` uses them, and with independent random draws for each scenario.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from txsim.decide.comparison import compare
from txsim.forecast import calibration_spec, common_order, draw, simulate
from txsim.inference import calibrate
from txsim.scenario import Scenario, load
from txsim.types import Array

ROOT = Path(__file__).resolve().parent.parent
FILES = ("service_desk_pilot", "front_line_first", "back_office_first", "customers_first", "employee_tools_redesign")
REPEATS, DRAWS = 60, 1024


def fifty() -> None:
    """Print the time of fifty scenarios."""
    scenarios = {
        f"{name}_{i}": load(ROOT / f"scenarios/{name}.yaml", overrides=[f"drivers[0].one_off={20_000 + 500 * i}"])
        for name in FILES
        for i in range(10)
    }
    compare(dict(list(scenarios.items())[:2]))
    walls, cpus = [], []
    for _ in range(5):
        wall, cpu = time.perf_counter(), time.process_time()
        compare(scenarios)
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    print(
        f"compare, 50 scenarios × 4,096 draws: CPU {np.median(cpus):.2f} s, wall {np.median(walls):.2f} s (median of 5)"
    )


def common(names: tuple[str, str], overrides: tuple[str, ...] = ()) -> None:
    """Print standard errors of common Sobol points and of independent random draws for each scenario."""
    pair = [load(ROOT / f"scenarios/{names[0]}.yaml"), load(ROOT / f"scenarios/{names[1]}.yaml", overrides=overrides)]
    pair = [scenario.replaced(pilot=None) for scenario in pair]
    order = common_order(pair)
    calibration = calibrate(calibration_spec(pair[0]))

    def payoff(scenario: Scenario, draws: int, seed: int) -> Array:
        drawn = draw(scenario, calibration, draws=draws, seed=seed, order=order)
        return simulate(scenario, drawn, paths=("commit",))[1].field("commit", "npv")

    # Random picks from a large set are independent draws of the same distribution.
    pools = [payoff(scenario, 2**16, 99) for scenario in pair]
    rng = np.random.default_rng(1)
    found: dict[str, list[tuple[float, float]]] = {"common": [], "independent": []}
    for repeat in range(REPEATS):
        kinds = {
            "common": [payoff(scenario, DRAWS, 1000 + repeat) for scenario in pair],
            "independent": [rng.choice(pool, DRAWS) for pool in pools],
        }
        for kind, (a, b) in kinds.items():
            found[kind].append((float((a - b).mean()), float((a > b).mean())))
    errors = {kind: np.std(values, axis=0) for kind, values in found.items()}
    ratio = errors["independent"] / np.maximum(errors["common"], 1e-300)
    what = f"{names[0]} and {names[1]}{' with ' + overrides[0] if overrides else ''}"
    print(f"standard error with independent draws against common points, {DRAWS:,} draws: {what}")
    print(f"  difference of means {ratio[0]:.1f}×, P(best) {ratio[1]:.1f}×")


def main() -> None:
    """Run all of it."""
    fifty()
    common(("service_desk_pilot", "service_desk_pilot"), ("drivers[0].one_off={interval: [20000, 30000]}",))
    common(("front_line_first", "back_office_first"))
    common(("service_desk_pilot", "front_line_first"))


if __name__ == "__main__":
    main()
