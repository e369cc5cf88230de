# SPDX-License-Identifier: MIT
"""From a scenario and draws to what the kernel reads: a plan and a matrix of rows (docs/model.md, sections 1 to 5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from txsim.pathways import Network
from txsim.priors.distributions import Distribution
from txsim.scenario.models import Scenario
from txsim.simulate.plan import PATHS, Plan, discount_factors
from txsim.simulate.programme import lay_out_drivers, share_of
from txsim.simulate.quantities import Values, own_quantities
from txsim.simulate.stability import hold_stable

__all__ = ["Scene", "lay_out", "two_bad"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Scene:
    """A scenario ready for the kernel.

    Attributes
    ----------
    plan, matrix
        Structure, and quantities ``(row, draw)``.
    paths
        Which paths exist.
    impossible
        Number of draws whose loops feed themselves without end; each was replaced by the next possible draw of its
        batch.
    """

    plan: Plan
    matrix: Array
    paths: tuple[str, ...]
    impossible: int


def lay_out(
    scenario: Scenario,
    drawn: Mapping[str, Array],
    parameters: Mapping[str, Array],
    draws: int,
    *,
    months: int | None = None,
    bridge: str | None = None,
    quantities: Mapping[str, Distribution] | None = None,
) -> Scene:
    """Lay a scenario out for the kernel.

    Parameters
    ----------
    scenario
        What is asked.
    drawn
        Draws ``(draw,)`` of its uncertain quantities, from :func:`~txsim.simulate.points.sample_points`.
    parameters
        Draws ``(draw,)`` of the calibration's parameters.
    draws
        Number of draws.
    months, bridge
        In place of the scenario's own horizon or paying bridge.
    quantities
        From :func:`own_quantities`, where the caller has them.

    Returns
    -------
    Scene

    Raises
    ------
    InputError
        If what the scenario states makes a loop feed itself without end in more than half of the draws.
    """
    horizon = months or scenario.horizon_months
    firm, pilot = scenario.organisation, scenario.pilot
    network = scenario.network()
    nodes = network.nodes
    value = Values(own_quantities(scenario) if quantities is None else quantities, drawn, parameters)
    rows: dict[str, Any] = {}

    ratio = [1.0] * len(nodes)
    for i, name in enumerate(nodes):
        baseline = scenario.baseline(name)
        ratio[i] = 1.0 if baseline is None else baseline.sd_ratio
        rows[f"baseline[{i}]"] = np.clip(np.asarray(value(f"index.{name}")) / 100.0, 0.01, 0.99)
    cx = network.position("cx")
    ux = nodes.index("ux_customer") if "ux_customer" in nodes else -1

    start_c = value("coordination")
    betas = _betas(scenario, network, value, ratio)
    for i, link in enumerate(network.links):
        rows[f"beta[{i}]"] = betas[i]
        rows[f"phi[{i}]"] = 0.0 if link.lag is None else 1.0 - 1.0 / np.maximum(value.par(link.lag), 1.0)

    shapes, item_months, one_off, grows = lay_out_drivers(scenario, network, value, rows)
    groups = [name for name, staff in firm.staff.items() if staff.salary_per_year is not None]
    for i, group in enumerate(groups):
        heads, salary = value(f"staff.{group}.headcount"), value(f"staff.{group}.salary_per_year")
        leaving = value(f"staff.{group}.turnover_per_year") / 12.0
        sd = ratio[network.position(f"ex[{group}]")]
        rows[f"leave[{i}]"] = heads * leaving * value.par("replacement_cost") * salary
        rows[f"attrition[{i}]"] = value.par("attrition_ex") / sd
        # Stated by the organisation, so per point of its own measure; only what the priors say speaks of `mean`.
        rows[f"work[{i}]"] = heads * salary / 12.0 * (value("productivity_ex") / 100.0)
    customers_bridge = firm.customers is not None and firm.churn_per_month is not None
    customers_bridge = customers_bridge and firm.contribution_margin is not None
    customers = value("customers")
    arpu = value("arpu_per_month", None)
    revenue = value("revenue_per_month", None)
    if arpu is None and revenue is not None and firm.customers is not None:
        arpu = revenue / customers
    customers_bridge = customers_bridge and arpu is not None
    if revenue is None:
        revenue = customers * arpu if arpu is not None else 0.0
    churn = value("churn_per_month")
    interactions = firm.digital_interactions or 0
    rest: Any = 1.0
    gain: Any = 0.0
    if interactions > 1 and ux >= 0:
        bad = np.asarray(value("digital_bad"))
        two = two_bad(bad, interactions)
        with np.errstate(divide="ignore", invalid="ignore"):
            # Where nobody leaves, nobody leaves for digital reasons either.
            share = np.where(churn > 0, -np.expm1(-value.par("digital_leave") * two / churn), 0.0)
            rest = np.where(two > 0, 1 - share, 1.0)
            gain = np.where(two > 0, share / two, 0.0)
        rows["digital_slope"] = 1.0 / (ratio[ux] * (100.0 - 100.0 * np.asarray(rows[f"baseline[{ux}]"])))
    rivals = scenario.rivals
    rows |= {
        "scope": value("pilot.scope"),
        "coordination_start": start_c,
        "uplift": value.par("coordination_uplift"),
        "customers_start": customers,
        "churn": churn,
        "joins": value("joins_per_month", customers * churn),
        "arpu": 0.0 if arpu is None else arpu,
        "arpu_growth": (1.0 + np.asarray(value("arpu_growth"))) ** (1 / 12),
        "cost_growth": (1.0 + np.asarray(value("cost_growth"))) ** (1 / 12),
        "contribution_margin": value("contribution_margin"),
        "serve": value("contacts_per_month") * np.asarray(value("cost_per_contact")),
        "churn_cx": value.par("churn_cx") / ratio[cx],
        "referral_cx": value.par("referral_cx") / ratio[cx],
        "spend_cx": value.par("spend_cx") / ratio[cx],
        "serve_cx": value.par("serve_cx") / ratio[cx],
        "digital_bad": value("digital_bad"),
        "digital_rest": rest,
        "digital_gain": gain,
        "revenue_start": revenue,
        "cx_margin": value.par("cx_margin") / ratio[cx],
        "margin_phi": 1.0 - 1.0 / np.maximum(value.par("margin_lag"), 1.0),
        "rival_share": value("rivals.share"),
        "rival_months": value("rivals.months", 1.0),
        "rival_gain": value.par("rival_gain") * ratio[cx],
        "copy": value.par("copy"),
    }
    one, other = discount_factors(scenario.discount_rate, horizon, scenario.convention)
    plan = Plan(
        months=horizon,
        nodes=nodes,
        cx=cx,
        ux_customer=ux,
        groups=tuple(network.position(f"ex[{group}]") for group in groups),
        link_source=tuple(link.source for link in network.links),
        link_target=tuple(link.target for link in network.links),
        link_silo=tuple(link.silo and link.source >= 0 for link in network.links),  # coordination is no silo's edge
        push_node=shapes.push_node,
        push_shape=shapes.push_shape,
        coordination_shape=shapes.coordination_shape,
        waves=shapes.waves,
        item_months=item_months,
        item_one_off=one_off,
        item_grows=grows,
        interactions=interactions if firm.digital_bad is not None else 0,
        rival_start=rivals.start if rivals is not None else 0,
        season=firm.season or (1.0,) * 12,
        pays=bridge or scenario.bridge,
        customers=customers_bridge,
        margin=bool(np.any(np.asarray(revenue) > 0)),
        rate=scenario.discount_rate,
        discount_one_off=tuple(one),
        discount_rest=tuple(other),
    )
    names = plan.rows()
    matrix = np.empty((len(names), draws))
    for i, name in enumerate(names):
        matrix[i] = rows.get(name, 0.0)
    paths = PATHS if pilot is not None else ("do_nothing", "commit", "no_rivals")
    impossible = hold_stable(scenario, network, matrix, names)
    return Scene(plan, matrix, paths, impossible)


def two_bad(p: Array, n: int) -> Array:
    """Return the probability of two or more bad ones among ``n`` digital interactions, each bad with probability ``p``.

    Parameters
    ----------
    p
        Probability, any shape.
    n
        Interactions of a customer in a month; 0 for fewer than two.

    Returns
    -------
    ndarray
        Shape of ``p``. The second bad one is number ``k + 2`` with probability ``(k + 1) p² (1 − p)^k``: a sum of
        positive terms keeps full precision where the difference of docs/model.md, section 5, cancels.
    """
    rare = np.asarray(p, dtype=np.float64)
    total = np.zeros_like(rare)
    for k in range(n - 2, -1, -1):
        total = (k + 1.0) + (1.0 - rare) * total
    return rare * rare * total


def _betas(scenario: Scenario, network: Network, value: Values, ratio: list[float]) -> list[Any]:
    """Return the slope of each link in the organisation's own measures, shares and the scenario's factors included."""
    staff = scenario.organisation.staff
    heads = {name: value(f"staff.{name}.headcount") for name in staff}
    weights = {}
    for name, group in staff.items():
        usual = 1.0 if group.meets_customers else value.par("reach")
        weights[name] = heads[name] * value(f"staff.{name}.reach", usual)
    total = sum(weights.values()) if weights else 1.0
    internal = sum(heads[name] for name, group in staff.items() if not group.meets_customers)
    found = []
    for link in network.links:
        slope = value.par(link.slope) * scenario.edges.get(link.edge, 1.0)
        if link.group is not None:
            name = network.groups[link.group].name
            if link.weight == "reach_share":
                slope = slope * share_of(weights[name], total)
            elif link.weight == "headcount_share":
                slope = slope * share_of(heads[name], internal)
        source = 1.0 if link.source < 0 else ratio[link.source]
        found.append(slope * (ratio[link.target] / source))
    return found
