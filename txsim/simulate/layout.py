# SPDX-License-Identifier: MIT
"""From a scenario and draws to what the kernel reads: a plan and a matrix of rows (docs/model.md, sections 1 to 5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from txsim.pathways import TOOLS, Network
from txsim.priors.distributions import Distribution
from txsim.scenario.models import Scenario
from txsim.simulate.customers import lay_out_customers
from txsim.simulate.plan import PATHS, Plan, discount_factors
from txsim.simulate.programme import lay_out_costs, lay_out_drivers, share_of
from txsim.simulate.quantities import Values, own_quantities
from txsim.simulate.stability import hold_stable
from txsim.types import Array


@dataclass(frozen=True)
class Scene:
    """A scenario ready for the kernel."""

    #: ``plan``, ``matrix``: Structure, and quantities ``(row, draw)``.
    plan: Plan
    matrix: Array
    paths: tuple[str, ...]  #: Which paths exist.
    #: Number of draws whose loops feed themselves without end; each was replaced by the next possible draw of its
    #: batch.
    impossible: int

    def at(self, draws: NDArray[np.int64]) -> Scene:
        """Return the scene with other draws in place of its own, by position, each as often as it is named."""
        return replace(self, matrix=np.take(self.matrix, draws, axis=1))


def lay_out(
    scenario: Scenario,
    drawn: Mapping[str, Array],
    parameters: Mapping[str, Array],
    draws: int,
    *,
    months: int | None = None,
    bridge: str | None = None,
    quantities: Mapping[str, Distribution] | None = None,
    variants: int = 1,
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
    variants
        How many times the same draws stand side by side, each time with something else changed.

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

    shapes = lay_out_drivers(scenario, network, value, rows)
    items = lay_out_costs(scenario, value, rows)
    groups = [name for name, staff in firm.staff.items() if staff.salary_per_year is not None]
    tools = _staff(scenario, network, groups, ratio, value, rows)
    customer_base = lay_out_customers(scenario, value, ux, rows)
    if ux >= 0 and max(firm.digital_interactions or 0, *customer_base.segment_interactions, 0) > 1:
        rows["digital_slope"] = 1.0 / (ratio[ux] * (100.0 - 100.0 * np.asarray(rows[f"baseline[{ux}]"])))
    rivals = scenario.rivals
    rows |= {
        "scope": value("pilot.scope"),
        "coordination_start": start_c,
        "uplift": value.par("coordination_uplift"),
        "cost_growth": (1.0 + np.asarray(value("cost_growth"))) ** (1 / 12),
        "churn_cx": value.par("churn_cx") / ratio[cx],
        "referral_cx": value.par("referral_cx") / ratio[cx],
        "spend_cx": value.par("spend_cx") / ratio[cx],
        "serve_cx": value.par("serve_cx") / ratio[cx],
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
        item_months=items.months,
        item_one_off=tuple(items.one_off),
        item_grows=tuple(items.grows),
        interactions=customer_base.interactions,
        rival_start=rivals.start if rivals is not None else 0,
        season=firm.season or (1.0,) * 12,
        pays=bridge or scenario.bridge,
        customers=customer_base.customers,
        margin=bool(np.any(np.asarray(rows["revenue_start"]) > 0)),
        rate=scenario.discount_rate,
        discount_one_off=tuple(one),
        discount_rest=tuple(other),
        tiring=shapes.tiring,
        benefit_shape=shapes.benefit_shape,
        tools=tools,
        absence=any(staff.absence_rate is not None for staff in firm.staff.values()),
        segments=customer_base.segments,
        segment_interactions=customer_base.segment_interactions,
        segment_class=customer_base.segment_class,
        segment_serve=customer_base.segment_serve,
        item_life=tuple(items.life) if any(items.life) else (),
        tax_rate=None if scenario.finance is None else scenario.finance.tax_rate,
        write_off=scenario.finance is not None and scenario.finance.write_off,
        convention=scenario.convention,
    )
    names = plan.rows()
    matrix = np.empty((len(names), draws))
    for i, name in enumerate(names):
        matrix[i] = rows.get(name, 0.0)
    paths = PATHS if pilot is not None else ("do_nothing", "commit", "no_rivals")
    impossible = hold_stable(network, matrix, names, variants)
    return Scene(plan, matrix, paths, impossible)


def _staff(
    scenario: Scenario, network: Network, groups: list[str], ratio: list[float], value: Values, rows: dict[str, Any]
) -> tuple[int, ...]:
    """Fill the rows of staff's money; return the node of each group's tools, none where saved time is not counted."""
    firm = scenario.organisation
    for i, group in enumerate(groups):
        heads, salary = value(f"staff.{group}.headcount"), value(f"staff.{group}.salary_per_year")
        leaving = value(f"staff.{group}.turnover_per_year") / 12.0
        sd = ratio[network.position(f"ex[{group}]")]
        rows[f"leave[{i}]"] = heads * leaving * value.par("replacement_cost") * salary
        rows[f"attrition[{i}]"] = value.par("attrition_ex") / sd
        # Stated by the organisation, so per point of its own measure; only what the priors say speaks of `mean`.
        rows[f"work[{i}]"] = heads * salary / 12.0 * (value("productivity_ex") / 100.0)
        if firm.staff[group].absence_rate is not None:
            rows[f"absent[{i}]"] = heads * salary / 12.0 * value(f"staff.{group}.absence_rate")
            rows[f"absence[{i}]"] = value.par("absence_ex") / sd
    rows["absence_cover"] = value("absence_cover")
    if firm.time_realised is None:
        return ()
    rows["time_realised"] = value("time_realised")
    nodes = [network.members(f"{TOOLS}[{group}]") or network.members(TOOLS) for group in groups]
    for i, (group, node) in enumerate(zip(groups, nodes, strict=True)):
        payroll = value(f"staff.{group}.headcount") * value(f"staff.{group}.salary_per_year") / 12.0
        rows[f"time[{i}]"] = payroll * (value.par("time_ux") / 100.0) / ratio[node[0]]
    return tuple(node[0] for node in nodes)


def link_slopes(
    scenario: Scenario, quantities: Mapping[str, Array], parameters: Mapping[str, Array], draws: int
) -> Array:
    """Return the slope of each link, points of the target per point of the source, ``(link, draw)``.

    On the measures that the priors speak of, ``mean`` on scales of 0 to 100 (coordination of 0 to 1), shares of groups
    and the scenario's factors included; links in the order of ``scenario.network().links``.
    """
    network = scenario.network()
    value = Values(own_quantities(scenario), quantities, parameters)
    slopes = _betas(scenario, network, value, [1.0] * len(network.nodes))
    return np.stack([np.broadcast_to(slope, (draws,)) for slope in slopes])


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
    betas = []
    for link in network.links:
        slope = value.par(link.slope) * scenario.edges.get(link.edge, 1.0)
        if link.group is not None:
            name = network.groups[link.group].name
            if link.weight == "reach_share":
                slope = slope * share_of(weights[name], total)
            elif link.weight == "headcount_share":
                slope = slope * share_of(heads[name], internal)
        source = 1.0 if link.source < 0 else ratio[link.source]
        betas.append(slope * (ratio[link.target] / source))
    return betas
