# SPDX-License-Identifier: MIT
"""One peer on a reduced load: ``python peer.py NAME`` prints its versions, CPU seconds and cells as a line of JSON.

Every peer computes the workload of ``benchmarks/kernel/workload.py`` (six paths, 36 months) for several scenarios that
differ in the push, each with the mean and the 5 %, 50 % and 95 % quantile of NPV by path, the way its users would.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "kernel"), str(HERE.parents[1])]

import workload

from txsim.simulate.plan import PATHS

Measured = tuple[float, int, tuple[str, ...]]
QUANTILES = (0.05, 0.5, 0.95)


def timed(call: Callable[[int], Any], scenarios: int, cells: int, packages: tuple[str, ...]) -> Measured:
    """Return CPU seconds of several scenarios after a first one, and their cells."""
    call(0)
    begun = time.process_time()
    for scenario in range(1, scenarios + 1):
        call(scenario)
    return time.process_time() - begun, scenarios * cells, packages


def numpy_peer() -> Measured:
    """NumPy, vectorised over draws, one scenario after the other."""
    import numpy_kernel

    plan, matrix = workload.workload(4096)
    row = plan.rows().index("push[0]")

    def one(scenario: int) -> Any:
        told = matrix.copy()
        told[row] *= 1.0 + 0.1 * scenario
        npv = numpy_kernel.simulate(plan, told, block=4096)[:, 0]  # faster than smaller blocks here
        return npv.mean(axis=1), np.quantile(npv, QUANTILES, axis=1)

    return timed(one, 10, 6 * plan.months * 4096, ("numpy",))


def squigglepy_peer() -> Measured:
    """squigglepy for the draws of each scenario, its arrays through the equations in NumPy."""
    import numpy_kernel
    import squigglepy as sq

    plan, matrix = workload.workload(4096)
    rows = plan.rows()
    spread = [i for i in range(len(rows)) if np.ptp(matrix[i]) > 0]
    ends = {i: np.quantile(matrix[i], (0.05, 0.95)) for i in spread}
    row = rows.index("push[0]")

    def one(scenario: int) -> Any:
        told = matrix.copy()
        for i in spread:
            low, high = ends[i]
            shape = sq.lognorm(low, high) if low > 0 else sq.norm(low, high)
            told[i] = sq.sample(shape, n=4096)
        told[row] *= 1.0 + 0.1 * scenario
        npv = numpy_kernel.simulate(plan, told, block=4096)[:, 0]
        return [sq.get_mean_and_ci(values, credibility=90) for values in npv]

    return timed(one, 5, 6 * plan.months * 4096, ("squigglepy", "numpy"))


def pytensor_peer() -> Measured:
    """A PyTensor scan over months, vectorised over draws, compiled once."""
    import pm_do_bench
    import pytensor
    import pytensor.tensor as pt

    plan, matrix = workload.workload(4096)
    push_row = plan.rows().index("push[0]")
    theta, push = pt.matrix("theta"), pt.vector("push")

    # The scan is over months; vectorize gives it an axis of draws.
    one_theta, one_push = pt.vector("one_theta"), pt.scalar("one_push")
    flows = [pm_do_bench.path(plan, one_theta, one_push, number) for number in range(len(PATHS))]
    npv = pt.dot(pt.stack([flow - flows[0] for flow in flows]), np.array(plan.discount_rest))
    batched = pytensor.graph.replace.vectorize_graph(npv, {one_theta: theta, one_push: push})
    function = pytensor.function([theta, push], batched)

    def one(scenario: int) -> Any:
        found = function(matrix.T, matrix[push_row] * (1.0 + 0.1 * scenario))
        return found.mean(axis=0), np.quantile(found, QUANTILES, axis=0)

    return timed(one, 5, 6 * plan.months * 4096, ("pytensor", "numpy"))


def ema_peer() -> Measured:
    """EMA workbench: a Python function of one draw, called for each experiment."""
    from ema_workbench import Model, RealParameter, ScalarOutcome, SequentialEvaluator, ema_logging
    from equations import npv_of_paths

    ema_logging.log_to_stderr(40)
    plan, matrix = workload.workload(4096)
    rows = plan.rows()
    spread = [i for i in range(len(rows)) if np.ptp(matrix[i]) > 0]
    known = {name: float(matrix[i, 0]) for i, name in enumerate(rows)}
    names = {f"q{i}": rows[i] for i in spread}

    def simulate(**told: float) -> dict[str, float]:
        values = known | {names[key]: value for key, value in told.items()}
        return {f"npv_{path}": npv for path, npv in zip(PATHS, npv_of_paths(plan, values), strict=True)}

    model = Model("txsim", function=simulate)
    model.uncertainties = [RealParameter(f"q{i}", *map(float, np.quantile(matrix[i], (0.01, 0.99)))) for i in spread]
    model.outcomes = [ScalarOutcome(f"npv_{path}") for path in PATHS]

    def one(scenario: int) -> Any:
        with SequentialEvaluator(model) as evaluator:
            _, outcomes = evaluator.perform_experiments(scenarios=100)
        return {name: np.quantile(values, QUANTILES) for name, values in outcomes.items()}

    return timed(one, 3, 6 * plan.months * 100, ("ema_workbench", "numpy"))


def pysd_peer() -> Measured:
    """PySD: a stock-and-flow model of one path (experience, customers, profit), run for each draw."""
    import pysd

    model = pysd.read_xmile(str(HERE / "stock_and_flow.xmile"))
    rng = np.random.default_rng(1)

    def one(scenario: int) -> Any:
        found = []
        for _ in range(10):
            told = {"slope": 0.1 * rng.lognormal(0, 0.4), "effect": 5.0 + 0.1 * scenario + rng.normal()}
            found.append(model.run(params=told, return_columns=["value"])["value"].iloc[-1])
        return np.quantile(found, QUANTILES)

    return timed(one, 3, 36 * 10, ("pysd", "numpy"))


PEERS = {
    "NumPy per scenario": numpy_peer,
    "squigglepy with arrays": squigglepy_peer,
    "PyTensor scan, compiled once": pytensor_peer,
    "EMA workbench": ema_peer,
    "PySD": pysd_peer,
}


def main() -> None:
    seconds, cells, packages = PEERS[sys.argv[1]]()
    told = {"cpu": seconds, "cells": cells, "versions": {name: version(name) for name in packages}}
    print(json.dumps(told))


if __name__ == "__main__":
    main()
