# SPDX-License-Identifier: MIT
"""One peer on a reduced load: ``python peer.py NAME`` prints its versions, CPU seconds and cells as a line of JSON.

Every peer computes the workload of ``benchmarks/kernel/workload.py`` (six paths, 36 months) for several scenarios that
differ in the push, each with the mean and the 5 %, 50 % and 95 % quantile of NPV by path, the way its users would.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
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
    """A PyTensor scan over months with all draws in each step, compiled once."""
    import pytensor
    import pytensor.tensor as pt

    plan, matrix = workload.workload(4096)
    rows = plan.rows()
    push_row = rows.index("push[0]")
    theta = pt.matrix("theta")
    flows = [_flows(plan, theta, number) for number in range(len(PATHS))]
    npv = pt.dot(np.array(plan.discount_rest), pt.stack([flow - flows[0] for flow in flows]))
    function = pytensor.function([theta], npv)

    def one(scenario: int) -> Any:
        told = matrix.copy()
        told[push_row] *= 1.0 + 0.1 * scenario
        found = function(told)
        return found.mean(axis=1), np.quantile(found, QUANTILES, axis=1)

    return timed(one, 5, 6 * plan.months * 4096, ("pytensor", "numpy"))


def _flows(plan: Any, theta: Any, number: int) -> Any:
    """Return customers' contribution ``(month, draw)`` on one path, before programme cost."""
    import pytensor
    import pytensor.tensor as pt
    from pm_do_bench import ramp, wave

    rows = plan.rows()
    told, rivals = plan.waves[0][number], float(PATHS[number] != "no_rivals")
    x = {name: theta[i] for i, name in enumerate(rows)}
    n = len(plan.nodes)
    links = [i for i, source in enumerate(plan.link_source) if source >= 0]
    source = [plan.link_source[i] for i in links]
    arrives = np.zeros((n, len(links)))
    arrives[[plan.link_target[i] for i in links], range(len(links))] = 1.0
    pushed = np.zeros((n, 1))
    pushed[plan.push_node[0]] = 1.0
    month = np.arange(float(plan.months))[:, None]
    shape = (x["slip[0]"], x["ramp[0]"], x["decay[0]"])
    factor = pt.zeros((plan.months, theta.shape[1]))
    if told.first:
        factor = (x["scope"] if told.first == 2 else 1.0) * wave(month, told.start, told.end, *shape)
    if told.second:
        factor = factor + (1.0 - x["scope"]) * wave(month, told.second_start, told.second_end, *shape)
    # What does not change from month to month is made before the scan.
    beta, phi = (pt.stack([x[f"{kind}[{i}]"] for i in links]) for kind in ("beta", "phi"))
    p = pt.stack([x[f"baseline[{i}]"] for i in range(n)])
    price, cost = x["arpu_growth"] ** month, x["cost_growth"] ** month

    def step(
        t: Any, factor: Any, price: Any, cost: Any, d: Any, memory: Any, customers: Any, theta: Any, *fixed: Any
    ) -> Any:
        beta, phi, p = fixed
        x = {name: theta[i] for i, name in enumerate(rows)}
        spread = 100.0 * p * (1.0 - p)
        memory = phi * memory + (1.0 - phi) * d[source]
        u = pt.dot(arrives, beta * memory) + pushed * (x["push[0]"] * factor)
        e = pt.expm1(pt.clip(u / spread, -40.0, 40.0))
        d = spread * e / (1.0 + p * e)
        cx = d[plan.cx]
        adoption = rivals * x["rival_share"] * ramp(t + 1.0, x["rival_months"])
        rel = cx - pt.maximum(cx, 0.0) * x["copy"] * adoption - x["rival_gain"] * adoption
        bad = pt.clip(x["digital_bad"] * (1.0 - d[plan.ux_customer] * x["digital_slope"]), 0.0, 1.0)
        m = plan.interactions
        two_bad = 1.0 - (1.0 - bad) ** (m - 1) * (1.0 - bad + m * bad)
        digital = x["digital_rest"] + x["digital_gain"] * two_bad
        churn = pt.minimum(x["churn"] * pt.exp(-x["churn_cx"] * rel) * digital, 1.0)
        revenue = customers * x["arpu"] * price * pt.exp(x["spend_cx"] * rel)
        serve = customers * x["serve"] * cost * pt.exp(-x["serve_cx"] * cx)
        leave: Any = 0.0
        for g, node in enumerate(plan.groups):
            leave = leave + x[f"leave[{g}]"] * pt.exp(-x[f"attrition[{g}]"] * d[node]) * cost
        after = customers * (1.0 - churn) + x["joins"] * pt.exp(x["referral_cx"] * rel)
        return d, memory, after, x["contribution_margin"] * revenue - serve - leave

    draws = theta.shape[1]
    outputs = pytensor.scan(
        step,
        sequences=[pt.as_tensor(month[:, 0]), factor, price, cost],
        outputs_info=[pt.zeros((n, draws)), pt.zeros((len(links), draws)), x["customers_start"], None],
        non_sequences=[theta, beta, phi, p],
        return_updates=False,
    )
    return outputs[-1]


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

    # PySD writes its translation beside the model.
    place = Path(tempfile.mkdtemp(prefix="txsim-peer-"))
    model = pysd.read_xmile(shutil.copy(HERE / "stock_and_flow.xmile", place))
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
