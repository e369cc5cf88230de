# SPDX-License-Identifier: MIT
"""CPU time per path × draw × month: the kernel beside one ``pm.do`` + ``sample_posterior_predictive`` per scenario.

Usage: ``python benchmarks/kernel/pm_do_bench.py [scenarios]``. The same graph and the same equations (docs/model.md,
sections 3 to 5, bridge ``customers``) as a PyMC model with ``pytensor.scan`` over months; a scenario fixes the push by
``pm.do`` and draws the net present value of every path for every posterior draw. The results are checked to agree. PyMC
spends nearly all its time on making the function anew, so its cost per draw falls with their number.
"""

from __future__ import annotations

import logging
import sys
import time
from dataclasses import replace
from typing import Any

import arviz as az
import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt
import workload
from numpy.typing import NDArray

from txsim.simulate.engine import run, warm_up
from txsim.simulate.plan import PATHS, Plan

DRAWS = (500, 4096)
Array = NDArray[np.float64]


def ramp(elapsed: Any, months: Any) -> Any:
    r = pt.clip(elapsed / pt.maximum(months, 1.0), 0.0, 1.0)
    return r * r * (3.0 - 2.0 * r)


def wave(t: Any, begin: int, end: int, slip: Any, months: Any, decay: Any) -> Any:
    fading = ramp(end - begin - slip, months) * decay ** pt.maximum(t - end + 1.0, 0.0)
    rising = pt.switch(pt.ge(t, begin), ramp(t - begin + 1.0 - slip, months), 0.0)
    return pt.switch(pt.lt(t, end), rising, fading)


def path(plan: Plan, theta: Any, push: Any, number: int) -> Any:
    """Return customers' contribution by month on one path, before programme cost."""
    rivals = float(PATHS[number] != "no_rivals")
    told = plan.waves[0][number]
    x = {name: theta[i] for i, name in enumerate(plan.rows())}
    shape = (x["slip[0]"], x["ramp[0]"], x["decay[0]"])
    t = np.arange(float(plan.months))
    factor = pt.zeros(plan.months)
    if told.first:
        factor = (x["scope"] if told.first == 2 else 1.0) * wave(t, told.start, told.end, *shape)
    if told.second:
        factor = factor + (1.0 - x["scope"]) * wave(t, told.second_start, told.second_end, *shape)
    n = len(plan.nodes)
    links = [i for i, source in enumerate(plan.link_source) if source >= 0]
    source = [plan.link_source[i] for i in links]
    arrives = np.zeros((n, len(links)))
    arrives[[plan.link_target[i] for i in links], range(len(links))] = 1.0
    pushed = np.zeros(n)
    pushed[plan.push_node[0]] = 1.0

    def month(t: Any, season: Any, factor: Any, d: Any, memory: Any, customers: Any, theta: Any, push: Any) -> Any:
        x = {name: theta[i] for i, name in enumerate(plan.rows())}
        beta = pt.stack([x[f"beta[{i}]"] for i in links])
        phi = pt.stack([x[f"phi[{i}]"] for i in links])
        p = pt.stack([x[f"baseline[{i}]"] for i in range(n)])
        spread = 100.0 * p * (1.0 - p)
        memory = phi * memory + (1.0 - phi) * d[source]
        u = pt.dot(arrives, beta * memory) + pushed * push * factor
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
        price, cost = x["arpu_growth"] ** t, x["cost_growth"] ** t
        revenue = customers * x["arpu"] * price * season * pt.exp(x["spend_cx"] * rel)
        serve = customers * x["serve"] * cost * pt.exp(-x["serve_cx"] * cx)
        leave: Any = 0.0
        for g, node in enumerate(plan.groups):
            leave = leave + x[f"leave[{g}]"] * pt.exp(-x[f"attrition[{g}]"] * d[node]) * cost
        profit = x["contribution_margin"] * revenue - serve - leave
        after = customers * (1.0 - churn) + x["joins"] * pt.exp(x["referral_cx"] * rel)
        return d, memory, after, profit

    start = [pt.zeros(n), pt.zeros(len(links)), theta[plan.rows().index("customers_start")], None]
    outputs = pytensor.scan(
        month,
        sequences=[pt.as_tensor(t), pt.as_tensor(np.resize(plan.season, plan.months)), factor],
        outputs_info=start,
        non_sequences=[theta, push],
        return_updates=False,
    )
    return outputs[-1]


def compare(draws: int, scenarios: int) -> None:
    """Time both on some scenarios, check that they agree, and print a row for each."""
    plan, matrix = workload.workload(draws)
    push_row = plan.rows().index("push[0]")
    plan = replace(plan, item_months=tuple(((0, 0),) * 6 for _ in plan.item_months))  # contribution only, no cost
    with pm.Model() as model:
        push = pm.Normal("push")
        theta = pm.Normal("theta", shape=len(plan.rows()))
        flows = [path(plan, theta, push, number) for number in range(len(PATHS))]
        gains = pt.stack([flow - flows[0] for flow in flows])
        pm.Deterministic("npv", pt.dot(gains, np.array(plan.discount_rest)))
    posterior = az.from_dict({"posterior": {"theta": matrix.T[None], "push": matrix[push_row][None]}})
    pymc_cpu, ours_cpu = [], []
    for scenario in range(scenarios + 1):
        effect = 1.0 + scenario
        start = time.process_time()
        done = pm.do(model, {"push": effect})
        drawn = pm.sample_posterior_predictive(posterior, model=done, var_names=["npv"], progressbar=False)
        pymc_cpu.append(time.process_time() - start)
        fixed = matrix.copy()
        fixed[push_row] = effect
        start = time.process_time()
        for _ in range(10):
            outcome = run(plan, fixed)
        ours_cpu.append((time.process_time() - start) / 10)
        found = np.asarray(drawn.posterior_predictive["npv"])[0].T
        told = outcome.result[:, 0]
        if not np.allclose(found, told, rtol=1e-9, atol=1e-9 * np.abs(told).max()):
            sys.exit(f"the two disagree by {np.abs(found - told).max()}")
    cells = len(PATHS) * plan.months * draws
    # The first scenario fills PyTensor's cache of compiled code.
    theirs, ours = float(np.median(pymc_cpu[1:])), float(np.median(ours_cpu[1:]))
    print(f"| txsim | {draws} | {ours:.4f} | {ours / cells * 1e9:.1f} | 1 |")
    name = "pm.do + sample_posterior_predictive"
    print(f"| {name} | {draws} | {theirs:.2f} | {theirs / cells * 1e9:.0f} | {theirs / ours:.0f} |")


def main() -> None:
    scenarios = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    logging.getLogger("pymc").setLevel(logging.ERROR)
    warm_up(lambda sentence, share: print(sentence))
    print(f"\n{len(PATHS)} paths × {workload.MONTHS} months, {scenarios} scenarios after a first one\n")
    print("| implementation | draws | CPU s per scenario | CPU ns per path × draw × month | times txsim |")
    print("|---|---|---|---|---|")
    for draws in DRAWS:
        compare(draws, scenarios)


if __name__ == "__main__":
    main()
