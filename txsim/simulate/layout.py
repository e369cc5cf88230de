# SPDX-License-Identifier: MIT
"""From a scenario and draws to what the kernel reads: a plan and a matrix of rows (docs/model.md, sections 1 to 5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from txsim.errors import InputError
from txsim.pathways import Network
from txsim.pathways.algebra import link_matrix, slopes_matrix, spectral_radius
from txsim.priors.catalogue import delivery_prior, overrun_prior, reading_priors, slip_prior
from txsim.priors.distributions import Distribution, median, point, rescale
from txsim.scenario.models import Scenario
from txsim.simulate.plan import OPTIONS, PATHS, Plan, Wave, discount_factors

__all__ = ["COPULA", "Scene", "copulas", "lay_out", "own_quantities", "reading_quantities"]

Array = NDArray[np.float64]

#: A month beyond every horizon: what never ends.
_NEVER = 10_000

#: Order and correlation of what execution does to a driver (docs/model.md, section 4).
COPULA = (
    ("cost_overrun", "delivery", "slip"),
    np.array([[1.0, -0.3, 0.3], [-0.3, 1.0, 0.0], [0.3, 0.0, 1.0]]),
)


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


def own_quantities(scenario: Scenario) -> dict[str, Distribution]:
    """Return every quantity that only the scenario has, by name, the most important first."""
    found: dict[str, Distribution] = {}
    for driver in scenario.drivers:
        name = driver.name
        for j, push in enumerate(driver.pushes):
            found[f"{name}.pushes[{j}].effect"] = rescale(push.effect, push.scale.points_per_unit)
        found[f"{name}.delivery"] = driver.delivery or delivery_prior(driver.owner)
        found[f"{name}.cost_overrun"] = driver.cost_overrun or overrun_prior(driver.kind)
        ramps = [median(push.months) for push in driver.pushes]
        ramps += [median(driver.coordination.months)] if driver.coordination else []
        found[f"{name}.slip"] = driver.slip or slip_prior(max(ramps))
    for driver in scenario.drivers:
        name = driver.name
        for j, push in enumerate(driver.pushes):
            found[f"{name}.pushes[{j}].months"] = push.months
        for key in ("one_off", "monthly", "per_head_monthly", "heads", "fade"):
            value = getattr(driver, key)
            if value is not None:
                found[f"{name}.{key}"] = value
        if driver.coordination is not None:
            found[f"{name}.coordination.to"] = driver.coordination.to
            found[f"{name}.coordination.months"] = driver.coordination.months
    pilot, rivals, firm = scenario.pilot, scenario.rivals, scenario.organisation
    if rivals is not None:
        found |= {"rivals.share": rivals.share, "rivals.months": rivals.months}
    if pilot is not None:
        for key in (
            "scope",
            "one_off",
            "monthly",
            "reusable",
            "respondents",
            "cost_per_response",
            "response",
            "wave_correlation",
            "chosen_below",
        ):
            found[f"pilot.{key}"] = getattr(pilot, key)
        if pilot.control_respondents is not None:
            found["pilot.control_respondents"] = pilot.control_respondents
    for name in scenario.network().nodes:
        baseline = scenario.baseline(name)
        found[f"index.{name}"] = baseline.index if baseline is not None else point(50.0)
    for key in (
        "coordination",
        "customers",
        "churn_per_month",
        "joins_per_month",
        "arpu_per_month",
        "revenue_per_month",
        "contribution_margin",
        "digital_bad",
        "contacts_per_month",
        "cost_per_contact",
        "productivity_ex",
        "arpu_growth",
        "cost_growth",
    ):
        value = getattr(firm, key)
        if value is not None:
            found[key] = value
    for group, staff in firm.staff.items():
        for key in ("headcount", "turnover_per_year", "salary_per_year", "reach"):
            value = getattr(staff, key)
            if value is not None:
                found[f"staff.{group}.{key}"] = value
    return found


def reading_quantities(scenario: Scenario) -> dict[str, Distribution]:
    """Return what a pilot's reading suffers from, by name; no path depends on it, and there is none without a pilot."""
    if scenario.pilot is None:
        return {}
    return {f"pilot.{name}": scenario.priors.get(name, prior) for name, prior in reading_priors().items()}


def copulas(scenario: Scenario) -> list[tuple[tuple[str, ...], Array]]:
    """Return what ties a driver's delivery, overrun and slip."""
    names, matrix = COPULA
    return [(tuple(f"{driver.name}.{name}" for name in names), matrix) for driver in scenario.drivers]


class _Values:
    """Values of quantities and parameters, numbers as numbers, draws as arrays."""

    def __init__(
        self, quantities: Mapping[str, Distribution], drawn: Mapping[str, Array], par: Mapping[str, Any]
    ) -> None:
        self._quantities, self._drawn, self._par = quantities, drawn, par

    def __call__(self, name: str, default: Any = 0.0) -> Any:
        if name in self._drawn:
            return self._drawn[name]
        if name in self._quantities:
            return self._quantities[name].args[0]
        return default

    def par(self, name: str) -> Any:
        return self._par[name]


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
    value = _Values(own_quantities(scenario) if quantities is None else quantities, drawn, parameters)
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

    shapes, item_months, one_off, grows = _drivers(scenario, network, value, rows)
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
    impossible = _stable(scenario, network, matrix, names)
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


def _part(amount: Any, whole: Any, empty: float = 0.0) -> Any:
    """Return a part's share of the whole; ``empty`` where the whole is nothing (a group of nobody)."""
    whole = np.asarray(whole, dtype=np.float64)
    return np.where(whole > 0, np.asarray(amount) / np.where(whole > 0, whole, 1.0), empty)


def _betas(scenario: Scenario, network: Network, value: _Values, ratio: list[float]) -> list[Any]:
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
                slope = slope * _part(weights[name], total)
            elif link.weight == "headcount_share":
                slope = slope * _part(heads[name], internal)
        source = 1.0 if link.source < 0 else ratio[link.source]
        found.append(slope * (ratio[link.target] / source))
    return found


@dataclass(frozen=True)
class _Shapes:
    push_node: tuple[int, ...]
    push_shape: tuple[int, ...]
    coordination_shape: tuple[int, ...]
    waves: tuple[tuple[Wave, ...], ...]


def _drivers(
    scenario: Scenario, network: Network, value: _Values, rows: dict[str, Any]
) -> tuple[_Shapes, tuple[tuple[tuple[int, int], ...], ...], tuple[bool, ...], tuple[bool, ...]]:
    """Lay out pushes, coordination and costs; fills their rows."""
    pilot, decide = scenario.pilot, scenario.decision_month
    push_node: list[int] = []
    push_shape: list[int] = []
    coordination_shape: list[int] = []
    waves: list[tuple[Wave, ...]] = []
    items: list[tuple[dict[str, tuple[int, int]], bool, bool]] = []
    planned = [np.asarray(value(f"{driver.name}.one_off")) for driver in scenario.drivers]
    together = sum(planned) if planned else np.zeros(())

    def item(amount: Any, spans: dict[str, tuple[int, int]], *, once: bool, grows: bool) -> None:
        rows[f"item[{len(items)}]"] = amount
        items.append((spans, once, grows))

    for d, driver in enumerate(scenario.drivers):
        name, start = driver.name, driver.start
        second = None if decide is None else decide + start - scenario.start
        end = _NEVER if driver.months is None else start + driver.months
        last = _NEVER if driver.months is None or second is None else second + driver.months
        delivery, slip = value(f"{name}.delivery"), value(f"{name}.slip")
        fade = np.asarray(value(f"{name}.fade"), dtype=np.float64)
        with np.errstate(divide="ignore"):
            decay = np.where(fade > 0, 0.5 ** (1.0 / np.where(fade > 0, fade, 1.0)), 0.0)
        times = _waves(start, end, second, last, decide)

        def shape(ramp: Any, slip: Any = slip, decay: Any = decay, times: tuple[Wave, ...] = times) -> int:
            rows[f"ramp[{len(waves)}]"], rows[f"slip[{len(waves)}]"] = ramp, slip
            rows[f"decay[{len(waves)}]"] = decay
            waves.append(times)
            return len(waves) - 1

        for j, push in enumerate(driver.pushes):
            effect = value(f"{name}.pushes[{j}].effect")
            amount = effect * (1.0 if push.effect_basis == "delivered" else delivery)
            at = shape(value(f"{name}.pushes[{j}].months"))
            for node in network.members(f"{push.node}[{push.group}]" if push.group else push.node):
                rows[f"push[{len(push_node)}]"] = amount
                push_node.append(node)
                push_shape.append(at)
        if driver.coordination is not None:
            aim = value(f"{name}.coordination.to") - value("coordination")
            rows[f"coordination[{len(coordination_shape)}]"] = aim * delivery
            coordination_shape.append(shape(value(f"{name}.coordination.months")))
        over = value(f"{name}.cost_overrun")
        running = 1.0 + 0.3 * (over - 1.0)
        one_off, monthly = value(f"{name}.one_off"), value(f"{name}.monthly")
        reached = (value(f"staff.{group}.headcount") for group in scenario.groups_reached(driver))
        heads = value(f"{name}.heads", sum(reached, 0.0))
        per_head = value(f"{name}.per_head_monthly") * heads
        now = (start, start + 1)
        if decide is None or second is None or pilot is None:
            item(one_off * over, {"commit": now}, once=True, grows=False)
            item((monthly + per_head) * running, {"commit": (start, end)}, once=False, grows=True)
            continue
        item(one_off * over, {"commit": now, "commit_stop": now}, once=True, grows=False)
        spans = {"commit": (start, end), "commit_stop": (start, min(end, decide))}
        item((monthly + per_head) * running, spans, once=False, grows=True)
        # A pilot's own costs are shared between drivers by their one-off cost.
        part = _part(planned[d], together, 1.0 / len(planned))
        trial, scope = part * value("pilot.one_off"), value("pilot.scope")
        item(trial * over, {"pilot_scale": now, "pilot_stop": now}, once=True, grows=False)
        spans = {"pilot_scale": (start, second), "pilot_stop": (start, decide)}
        item(part * value("pilot.monthly") * running, spans, once=False, grows=True)
        spans = {"pilot_scale": (start, end), "pilot_stop": (start, min(end, decide))}
        item(scope * per_head * running, spans, once=False, grows=True)
        left = np.maximum(0.0, one_off - value("pilot.reusable") * trial)
        item(left * over, {"pilot_scale": (second, second + 1)}, once=True, grows=False)
        item(monthly * running, {"pilot_scale": (second, last)}, once=False, grows=True)
        item((1.0 - scope) * per_head * running, {"pilot_scale": (second, last)}, once=False, grows=True)
    if pilot is not None:
        people = value("pilot.respondents")
        if pilot.control:
            people = people + value("pilot.control_respondents", people)
        asked = people * value("pilot.cost_per_response")
        steps = [round(pilot.months * wave / max(pilot.waves - 1, 1)) for wave in range(pilot.waves)]
        for step in steps if np.any(np.asarray(asked) > 0) else []:
            month = (scenario.start + step, scenario.start + step + 1)
            item(asked, {"pilot_scale": month, "pilot_stop": month}, once=True, grows=False)
    found = _Shapes(tuple(push_node), tuple(push_shape), tuple(coordination_shape), tuple(waves))
    months = tuple(tuple(spans.get(path, (0, 0)) for path in PATHS) for spans, _, _ in items)
    return found, months, tuple(once for _, once, _ in items), tuple(grows for _, _, grows in items)


def _waves(start: int, end: int, second: int | None, last: int, decide: int | None) -> tuple[Wave, ...]:
    """Return the waves of one driver under each path (docs/model.md, section 4)."""
    if second is None or decide is None:
        return tuple(Wave(1, start, end) if path == "commit" else Wave() for path in PATHS)
    by_path = dict(
        zip(
            OPTIONS,
            (
                Wave(1, start, end),
                Wave(1, start, min(end, decide)),
                Wave(2, start, end, 1, second, last),
                Wave(2, start, min(end, decide)),
            ),
            strict=True,
        )
    )
    return tuple(by_path.get(path, Wave()) for path in PATHS)


def _circle(strength: Array, loop: tuple[int, ...]) -> list[int]:
    """Return a way round among nodes that feed back on each other: its strongest link, then the shortest way back."""
    links = [(strength[target, source], source, target) for source in loop for target in loop if source != target]
    _, start, first = max(links)
    ways = [[start, first]]
    while ways[0][-1] != start:
        way = ways.pop(0)
        ways += [[*way, i] for i in loop if strength[i, way[-1]] > 0 and (i == start or i not in way)]
    return ways[0]


def _stable(scenario: Scenario, network: Network, matrix: Array, names: tuple[str, ...]) -> int:
    """Replace draws whose loops feed themselves without end, in place; return how many there were."""
    place = {name: i for i, name in enumerate(names)}
    links = len(network.links)
    betas = matrix[place["beta[0]"] : place["beta[0]"] + links]
    start, uplift = matrix[place["coordination_start"]], matrix[place["uplift"]]
    aims = matrix[[i for i, name in enumerate(names) if name.startswith("coordination[")]]
    highest = np.clip(start + np.maximum(aims, 0.0).sum(axis=0), 0.0, 1.0)  # C once every ramp is complete
    most = np.maximum((1.0 + uplift * highest) / (1.0 + uplift * start), 1.0)
    loops = network.loops()
    bad, risky = np.zeros((2, matrix.shape[1]), dtype=bool)
    for loop in loops:
        risky |= _could_explode(network, loop, betas, most)
    often: dict[tuple[int, ...], int] = {}
    if risky.any():
        lift = np.array([link.silo for link in network.links])
        slopes = np.where(lift[:, None], betas[:, risky] * most[risky], betas[:, risky]).T
        whole = slopes_matrix(slopes, link_matrix(network), len(network.nodes), (slopes.shape[0],))
        for loop in loops:
            mine = spectral_radius(whole[:, loop][:, :, loop]) >= 1.0
            often[loop] = int(mine.sum())
            bad[risky] |= mine
    count = int(bad.sum())
    if count > matrix.shape[1] // 2:
        worst = max(often, key=lambda loop: often[loop])
        around = " -> ".join(network.nodes[i] for i in _circle(np.abs(whole).mean(axis=0), worst))
        message = (
            f"the loop {around} feeds itself without end in {count / matrix.shape[1]:.0%} of the draws: the product of "
            "its slopes reaches 1, so nothing would ever settle; lower `priors` or `edges` along it"
        )
        raise InputError(message)
    if count:
        size = max(matrix.shape[1] // 8, 1)
        for first in range(0, matrix.shape[1], size):
            block = slice(first, first + size)
            good = np.flatnonzero(~bad[block])
            if good.size == 0:
                good = np.flatnonzero(~bad) - first
            for i in np.flatnonzero(bad[block]):
                nearest = good[np.searchsorted(good, i) % good.size]
                matrix[:, first + i] = matrix[:, first + nearest]
    return count


def _could_explode(network: Network, loop: tuple[int, ...], betas: Array, most: Array) -> NDArray[np.bool_]:
    """Return in which draws neither row nor column sums keep a loop under 1, so that its radius must be computed."""
    into, out = np.zeros((2, len(loop), betas.shape[1]))
    for i, link in enumerate(network.links):
        if link.source in loop and link.target in loop:
            size = np.abs(betas[i]) * most if link.silo else np.abs(betas[i])
            into[loop.index(link.target)] += size
            out[loop.index(link.source)] += size
    # A hair under 1: these sums round otherwise than those of the matrix.
    risky: NDArray[np.bool_] = np.minimum(into.max(axis=0), out.max(axis=0)) >= 1.0 - 1e-9
    return risky
