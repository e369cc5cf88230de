# SPDX-License-Identifier: MIT
"""Random scenarios for the laws: any graph, any drivers, any money, laid out without help from the package."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from txsim.simulate.plan import Plan, Wave, discount_factors

FAR = 10_000
Case = tuple[Plan, np.ndarray]


def _waves(start: int, stop: int, decide: int, months: int, own: int | None) -> tuple[Wave, ...]:
    """Return what docs/model.md, section 4, says a shape does under each path."""
    end = FAR if own is None else start + own
    second = FAR if own is None else decide + own
    del months
    return (
        Wave(),
        Wave(1, start, end),
        Wave(1, start, min(end, stop)),
        Wave(2, start, end, 1, decide, second),
        Wave(2, start, min(end, decide)),
        Wave(),
    )


def random_case(
    seed: int, *, draws: int = 5, push: float = 5.0, cost: float = 1.0, silos: bool = True, **changes: Any
) -> Case:
    """Return a plan and a matrix; slopes leave the graph stable, ``changes`` replace fields of the plan."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 8))
    months = int(rng.integers(9, 40))
    n_links = int(rng.integers(1, 3 * n))
    source = rng.integers(0, n, n_links)
    target = (source + rng.integers(1, n, n_links)) % n
    n_groups = int(rng.integers(0, n))
    start = int(rng.integers(0, 3))
    decide = start + int(rng.integers(2, 6))
    n_shapes = int(rng.integers(1, 4))
    n_push = int(rng.integers(1, 4))
    n_coordination = int(rng.integers(0, 2)) if silos else 0
    own = [None if rng.random() < 0.6 else int(rng.integers(decide - start, months)) for _ in range(n_shapes)]
    spans = [
        ((0, 0), (start, start + 1), (start, start + 1), (0, 0), (0, 0), (0, 0)),
        ((0, 0), (start, FAR), (start, decide), (0, 0), (0, 0), (0, 0)),
        ((0, 0), (0, 0), (0, 0), (start, start + 1), (start, start + 1), (0, 0)),
        ((0, 0), (0, 0), (0, 0), (start, FAR), (start, decide), (0, 0)),
    ]
    rate = float(rng.uniform(0, 0.3))
    one_off, rest = discount_factors(rate, months, "monthly")
    fields: dict[str, Any] = {
        "months": months,
        "nodes": tuple(f"n{i}" for i in range(n)),
        "cx": int(rng.integers(n)),
        "ux_customer": int(rng.integers(-1, n)),
        "groups": tuple(int(i) for i in rng.permutation(n)[:n_groups]),
        "link_source": (*map(int, source), *([-1] if silos else [])),
        "link_target": (*map(int, target), *([int(rng.integers(n))] if silos else [])),
        "link_silo": tuple(bool(silos and b) for b in rng.random(n_links + int(silos)) < 0.6),
        "push_node": tuple(int(i) for i in rng.integers(0, n, n_push)),
        "push_shape": tuple(int(i) for i in rng.integers(0, n_shapes, n_push)),
        "coordination_shape": tuple(int(i) for i in rng.integers(0, n_shapes, n_coordination)),
        "waves": tuple(_waves(start, decide, decide, months, months_of) for months_of in own),
        "item_months": tuple(spans),
        "item_one_off": (True, False, True, False),
        "item_grows": (False, True, False, bool(rng.random() < 0.5)),
        "interactions": int(rng.integers(0, 7)),
        "rival_start": int(rng.integers(0, 6)),
        "season": tuple(map(float, rng.uniform(0.7, 1.3, 12))),
        "pays": str(rng.choice(["customers", "margin"])),
        "customers": True,
        "margin": True,
        "rate": rate,
        "discount_one_off": tuple(one_off),
        "discount_rest": tuple(rest),
    }
    plan = Plan(**{**fields, **changes})
    ranges = {
        "baseline": (0.2, 0.8),
        "beta": (-0.1, 0.5 / n),
        "phi": (0.0, 0.9),
        "push": (-0.3 * push, push),
        "coordination": (-0.3, 0.8),
        "ramp": (1, 8),
        "slip": (0, 3),
        "decay": (0, 1),
        "item": (0, 5e4 * cost),
        "leave": (0, 1e5),
        "attrition": (0, 0.05),
        "work": (0, 1e4),
        "scope": (0.05, 0.9),
        "coordination_start": (0.05, 0.6),
        "uplift": (0, 1),
        "customers_start": (100, 9000),
        "churn": (0.002, 0.08),
        "joins": (0, 100),
        "arpu": (1, 3000),
        "arpu_growth": (0.999, 1.003),
        "cost_growth": (0.999, 1.003),
        "contribution_margin": (0.05, 0.6),
        "serve": (0, 100),
        "churn_cx": (0, 0.03),
        "referral_cx": (0, 0.02),
        "spend_cx": (0, 0.01),
        "serve_cx": (0, 0.02),
        "digital_bad": (0, 0.3),
        "digital_slope": (0, 0.03),
        "digital_rest": (0.3, 0.9),
        "digital_gain": (0, 2),
        "revenue_start": (1e5, 1e7),
        "cx_margin": (0, 0.6),
        "margin_phi": (0, 0.97),
        "rival_share": (0, 1),
        "rival_months": (1, 40),
        "rival_gain": (0, 6),
        "copy": (0, 0.8),
    }
    matrix = np.array([rng.uniform(*ranges[name.partition("[")[0]], draws) for name in plan.rows()])
    return plan, matrix


@pytest.fixture(scope="session")
def case() -> Callable[..., Case]:
    """Return the maker of random scenarios."""
    return random_case
