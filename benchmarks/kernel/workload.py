# SPDX-License-Identifier: MIT
"""A realistic scenario for the benchmarks, laid out by hand: the default graph, one driver, a pilot, rivals, digital.

Six nodes and ten links, one push, two staff groups, six cost items, 36 months. All rows that are uncertain in a real
scenario differ from draw to draw, so nothing can be hoisted out of the draws.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from txsim.simulate.plan import Plan, Wave, discount_factors

NODES = ("ux_employee", "ux_customer", "mx", "cx", "ex[front]", "ex[support]")
UXE, UXC, MX, CX, FRONT, SUPPORT = range(6)
FAR = 10_000
START, PILOT, DECISION, MONTHS, RATE = 0, 6, 7, 36, 0.1
#: source, target, silo, median slope, lag; source -1 is coordination.
LINKS = (
    (UXE, FRONT, True, 0.17, "tools"),
    (UXE, SUPPORT, True, 0.17, "tools"),
    (UXE, CX, True, 0.07, "tools"),
    (FRONT, CX, True, 0.10, "people"),
    (SUPPORT, CX, True, 0.04, "people"),
    (CX, FRONT, True, 0.07, "people"),
    (SUPPORT, FRONT, True, 0.10, "people"),
    (UXC, CX, False, 0.37, "tools"),
    (MX, CX, True, 0.13, "tools"),
    (-1, MX, False, 8.0, "none"),
)
INTERACTIONS = 4


def workload(draws: int = 4096, seed: int = 1) -> tuple[Plan, NDArray[np.float64]]:
    """Return the plan and its matrix ``(row, draw)``."""
    rng = np.random.default_rng(seed)
    one_off, rest = discount_factors(RATE, MONTHS, "monthly")
    spans = {  # per path of PATHS, months in which each item is charged
        "one_off": ((0, 0), (START, START + 1), (START, START + 1), (0, 0), (0, 0), (0, 0)),
        "running": ((0, 0), (START, FAR), (START, DECISION), (0, 0), (0, 0), (0, 0)),
        "pilot_one_off": ((0, 0), (0, 0), (0, 0), (START, START + 1), (START, START + 1), (0, 0)),
        "pilot_running": ((0, 0), (0, 0), (0, 0), (START, DECISION), (START, DECISION), (0, 0)),
        "rest_one_off": ((0, 0), (0, 0), (0, 0), (DECISION, DECISION + 1), (0, 0), (0, 0)),
        "rest_running": ((0, 0), (0, 0), (0, 0), (DECISION, FAR), (0, 0), (0, 0)),
    }
    plan = Plan(
        months=MONTHS,
        nodes=NODES,
        cx=CX,
        ux_customer=UXC,
        groups=(FRONT, SUPPORT),
        link_source=tuple(link[0] for link in LINKS),
        link_target=tuple(link[1] for link in LINKS),
        link_silo=tuple(link[2] for link in LINKS),
        push_node=(FRONT,),
        push_shape=(0,),
        coordination_shape=(),
        waves=(
            (
                Wave(),
                Wave(1, START, FAR),
                Wave(1, START, DECISION),
                Wave(2, START, FAR, 1, DECISION, FAR),
                Wave(2, START, DECISION),
                Wave(),
            ),
        ),
        item_months=tuple(spans.values()),
        item_one_off=tuple(name.endswith("one_off") for name in spans),
        item_grows=tuple(not name.endswith("one_off") for name in spans),
        interactions=INTERACTIONS,
        rival_start=0,
        season=(1.0,) * 12,
        pays="customers",
        customers=True,
        margin=True,
        rate=RATE,
        discount_one_off=tuple(one_off),
        discount_rest=tuple(rest),
    )

    def around(median: float, factor: float) -> NDArray[np.float64]:
        drawn: NDArray[np.float64] = median * np.exp(rng.standard_normal(draws) * np.log(factor) / 1.645)
        return drawn

    def fixed(value: float) -> NDArray[np.float64]:
        return np.full(draws, value)

    lag = {"tools": around(2, 2), "people": around(4, 2), "none": fixed(1)}
    overrun = around(1.1, 1.6)
    running_overrun = 1 + 0.3 * (overrun - 1)
    bad, churn, leave = 0.08, 0.018, around(0.24, 1.5)
    two = 1 - (1 - bad) ** INTERACTIONS - INTERACTIONS * bad * (1 - bad) ** (INTERACTIONS - 1)
    digital = 1 - np.exp(-leave * two / churn)
    rows = {f"baseline[{i}]": fixed(level) for i, level in enumerate((0.55, 0.60, 0.50, 0.66, 0.60, 0.62))}
    rows |= {f"beta[{i}]": around(link[3], 2) for i, link in enumerate(LINKS)}
    rows |= {f"phi[{i}]": 1 - 1 / np.maximum(lag[link[4]], 1) for i, link in enumerate(LINKS)}
    rows |= {
        "push[0]": rng.normal(5, 2, draws) * rng.beta(4, 4, draws),
        "ramp[0]": fixed(6),
        "slip[0]": around(1, 2),
        "decay[0]": fixed(0.5 ** (1 / 6)),
    }
    amounts = (
        60_000 * overrun,
        4_000 * running_overrun,
        15_000 * overrun,
        2_000 * running_overrun,
        55_500 * overrun,
        4_000 * running_overrun,
    )
    rows |= {f"item[{i}]": amount for i, amount in enumerate(amounts)}
    staff = (300 * 0.25 / 12 * 30_000, 120 * 0.12 / 12 * 36_000)
    replacement, attrition = around(0.28, 2), around(0.0166, 2)
    rows |= {f"leave[{i}]": replacement * payroll for i, payroll in enumerate(staff)}
    rows |= {f"attrition[{i}]": attrition for i in range(2)}
    rows |= {f"work[{i}]": fixed(0) for i in range(2)}
    rows |= {
        "scope": fixed(0.2),
        "coordination_start": fixed(0.2),
        "uplift": around(0.06, 3),
        "customers_start": fixed(4000),
        "churn": fixed(churn),
        "joins": fixed(72),
        "arpu": fixed(2000),
        "arpu_growth": fixed(1.02 ** (1 / 12)),
        "cost_growth": fixed(1.03 ** (1 / 12)),
        "contribution_margin": fixed(0.25),
        "serve": fixed(12),
        "churn_cx": around(0.0068, 3),
        "referral_cx": around(0.0034, 3),
        "spend_cx": around(0.0011, 3),
        "serve_cx": around(0.004, 3),
        "digital_bad": fixed(bad),
        "digital_slope": fixed(1 / 40),
        "digital_rest": 1 - digital,
        "digital_gain": digital / two,
        "revenue_start": fixed(8e6),
        "cx_margin": around(0.22, 2),
        "margin_phi": 1 - 1 / around(18, 1.5),
        "rival_share": fixed(0.6),
        "rival_months": fixed(36),
        "rival_gain": around(3, 2),
        "copy": rng.beta(3, 7, draws),
    }
    return plan, np.array([rows[name] for name in plan.rows()])
