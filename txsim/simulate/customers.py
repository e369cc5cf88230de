# SPDX-License-Identifier: MIT
"""Rows of customers: the organisation's own figures, or those of its segments (docs/model.md, sections 5 and 15)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from txsim.scenario.models import Scenario
from txsim.simulate.quantities import Values
from txsim.types import Array


@dataclass(frozen=True)
class Customers:
    """What the plan is told of customers; fields as in :class:`~txsim.simulate.plan.Plan`."""

    customers: bool
    interactions: int
    segments: tuple[str, ...]
    segment_interactions: tuple[int, ...]
    segment_class: tuple[int, ...]
    segment_serve: tuple[bool, ...]


def lay_out_customers(scenario: Scenario, value: Values, ux: int, rows: dict[str, Any]) -> Customers:
    """Lay out who pays, leaves and joins; fills their rows.

    ``ux``: position of ``ux_customer``, -1 where there is none. ``rows``: rows by name.
    """
    firm = scenario.organisation
    if firm.segments:
        return _segments(scenario, value, ux, rows)
    customers_bridge = firm.customers is not None and firm.churn_per_month is not None
    customers_bridge = customers_bridge and firm.contribution_margin is not None
    customers = value("customers")
    arpu = value("arpu_per_month", None)
    revenue = value("revenue_per_month", None)
    if arpu is None and revenue is not None and firm.customers is not None:
        # Nobody pays where there is nobody, as where a workbook asks what a firm without customers would be.
        arpu = np.divide(revenue, customers, out=np.zeros_like(revenue * customers), where=np.asarray(customers) != 0)
    customers_bridge = customers_bridge and arpu is not None
    if revenue is None:
        revenue = customers * arpu if arpu is not None else 0.0
    churn = value("churn_per_month")
    interactions = firm.digital_interactions or 0
    rest, gain = _digital(value("digital_bad"), interactions, churn, value, ux)
    rows |= {
        "customers_start": customers,
        "churn": churn,
        "joins": value("joins_per_month", customers * churn),
        "arpu": 0.0 if arpu is None else arpu,
        "arpu_growth": (1.0 + np.asarray(value("arpu_growth"))) ** (1 / 12),
        "contribution_margin": value("contribution_margin"),
        "serve": value("contacts_per_month") * np.asarray(value("cost_per_contact")),
        "digital_bad": value("digital_bad"),
        "digital_rest": rest,
        "digital_gain": gain,
        "revenue_start": revenue,
    }
    return Customers(customers_bridge, interactions if firm.digital_bad is not None else 0, (), (), (), ())


def _digital(bad: Any, interactions: int, churn: Any, value: Values, ux: int) -> tuple[Any, Any]:
    """Return what of churn is not digital, and the digital part for each unit of probability of two bad ones."""
    if interactions < 2 or ux < 0:
        return 1.0, 0.0
    two = two_bad(np.asarray(bad), interactions)
    with np.errstate(divide="ignore", invalid="ignore"):
        # Where nobody leaves, nobody leaves for digital reasons either.
        share = np.where(churn > 0, -np.expm1(-value.par("digital_leave") * two / churn), 0.0)
        return np.where(two > 0, 1 - share, 1.0), np.where(two > 0, share / two, 0.0)


def _segments(scenario: Scenario, value: Values, ux: int, rows: dict[str, Any]) -> Customers:
    """Lay out segments; whatever one does not state is the organisation's."""
    firm = scenario.organisation
    alike: list[Any] = []
    often: list[int] = []
    kinds: list[int] = []
    total: Any = 0.0
    for i, (name, segment) in enumerate(firm.segments.items()):

        def own(key: str, default: Any = None, name: str = name) -> Any:
            return value(f"segments.{name}.{key}", value(key) if default is None else default)

        customers, churn, arpu = own("customers"), own("churn_per_month"), own("arpu_per_month")
        stated = firm.of(segment, "digital_interactions")
        known = stated is not None and firm.of(segment, "digital_bad") is not None
        interactions = stated if known and ux >= 0 else 0
        rest, gain = _digital(own("digital_bad"), interactions, churn, value, ux)
        responds = own("responds")
        figures = {
            "customers_start": customers,
            "churn": churn,
            "joins": own("joins_per_month", customers * churn),
            "arpu": arpu,
            "arpu_growth": (1.0 + np.asarray(own("arpu_growth"))) ** (1 / 12),
            "contribution_margin": own("contribution_margin"),
            "serve": own("contacts_per_month") * np.asarray(own("cost_per_contact")),
            "digital_bad": own("digital_bad"),
            "digital_rest": rest,
            "digital_gain": gain,
            "responds": responds,
        }
        rows |= {f"segment[{i}].{key}": row for key, row in figures.items()}
        often.append(interactions if interactions > 1 else 0)
        same = [j for j, other in enumerate(alike) if np.array_equal(other, responds)]
        kinds.append(-1 if not np.any(np.asarray(responds) != 0) else same[0] if same else i)
        alike.append(responds)
        total = total + customers * arpu
    # The margin bridge takes the segments' revenue together, whose growth is in it already.
    rows |= {"customers_start": 0.0, "arpu_growth": 1.0, "revenue_start": total}
    serve = tuple(bool(np.any(np.asarray(rows[f"segment[{i}].serve"]) != 0)) for i in range(len(often)))
    names = tuple(firm.segments)
    return Customers(_has_margins(scenario), 0, names, tuple(often), tuple(kinds), serve)


def _has_margins(scenario: Scenario) -> bool:
    firm = scenario.organisation
    return all(firm.of(segment, "contribution_margin") is not None for segment in firm.segments.values())


def two_bad(p: Array, n: int) -> Array:
    """Return the probability of two or more bad ones among ``n`` digital interactions, each bad with probability ``p``.

    ``p``: probability, any shape. ``n``: interactions of a customer in a month; 0 for fewer than two. Returns shape of
    ``p``. The second bad one is number ``k + 2`` with probability ``(k + 1) p² (1 − p)^k``: a sum of positive terms
    keeps full precision where the difference of docs/model.md, section 5, cancels.
    """
    rare = np.asarray(p, dtype=np.float64)
    total = np.zeros_like(rare)
    for k in range(n - 2, -1, -1):
        total = (k + 1.0) + (1.0 - rare) * total
    return rare * rare * total
