# SPDX-License-Identifier: MIT
"""Which paths carry the payoff: switched off one at a time, and by Shapley values over all of them.

A path is an edge of the causal graph (or several that belong together) or a channel through which experience turns
into money. Each is switched off in the kernel's own rows, on the same draws, so that nothing else changes. Shapley
values need every combination; two facts keep that affordable: money that staff bring (turnover, productivity) adds to
the rest, and cost does not depend on any path.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from txsim.decide.advice import advise
from txsim.decide.shares import coalitions, shapley
from txsim.decide.switches import EDGES, Switches, paths_of
from txsim.errors import InputError
from txsim.forecast import Forecast
from txsim.language import N_, lazy, verbatim
from txsim.pathways import COORDINATION
from txsim.results.explain import Explanation, PathShare, Total
from txsim.results.recommendation import Recommendation
from txsim.simulate.engine import run
from txsim.simulate.layout import Scene
from txsim.simulate.points import prefix

#: What each path is called in reports.
PATH_NAMES = {
    "ex_to_cx": N_("EX → CX"),
    "tools_to_ex": N_("tools → EX"),
    "tools_to_cx": N_("tools → CX directly"),
    "digital_to_cx": N_("digital channels → CX"),
    "journeys_to_cx": N_("seamless journeys → CX"),
    "coordination": N_("coordination"),
    "feedback": N_("feedback, CX → EX"),
    "internal_service": N_("internal service, back office → front line"),
    "retention": N_("customers who stay"),
    "referral": N_("customers who are won by referral"),
    "spend": N_("customers who buy more"),
    "cost_to_serve": N_("cost to serve"),
    "digital_leavers": N_("fewer who leave over bad digital experiences"),
    "margin": N_("margin of satisfied customers"),
    "staff_turnover": N_("fewer quits"),
    "productivity": N_("productivity"),
    "time": N_("working time saved"),
    "absence": N_("less absence"),
    "direct": N_("direct push on CX"),
    "direct_benefits": N_("direct benefits"),
    "programme_cost": N_("programme cost"),
}
#: Draws on which every combination is simulated at most.
MOST_DRAWS = 2**13
#: Most paths of experience and of customers' money whose combinations are all simulated.
_MOST = 8


class _Simulator:
    def __init__(self, forecast: Forecast, option: str, workers: int) -> None:
        self.scene: Scene = forecast.scene
        self.matrix = np.ascontiguousarray(forecast.scene.matrix[:, prefix(forecast.draws, MOST_DRAWS)])
        self.option, self.workers = option, workers
        self.runoff = forecast.scenario.counts_runoff

    def __call__(self, off: Sequence[list[tuple[int, float]]]) -> tuple[float, float]:
        """Return expected payoff and change of customer experience with some paths off."""
        matrix = self.matrix
        if off:
            matrix = matrix.copy()
            for rows in off:
                for row, value in rows:
                    matrix[row] = value
        outcome = run(self.scene.plan, matrix, paths=(self.option,), workers=self.workers)
        npv = float(outcome.field(self.option, "npv").mean())
        if self.runoff:
            npv += float(outcome.field(self.option, "runoff").mean())
        return npv, float(outcome.field(self.option, "cx").mean())


def explain(
    forecast: Forecast, *, option: str = "commit", workers: int = 1, advice: Recommendation | None = None
) -> Explanation:
    """Decompose the payoff of an option, and the change of customer experience, by path.

    ``forecast``: of one scenario; ``option``: which option; ``workers``: threads of the kernel; ``advice``: what is
    recommended on it, where that is known already. Raises InputError if the scenario has no such option, or its graph
    has more paths than can be combined.
    """
    if option not in forecast.options:
        message = lazy(
            "the scenario has no option `{option}`; there are {options}",
            option=option,
            options=", ".join(forecast.options),
        )
        raise InputError(message)
    switches = paths_of(forecast)
    simulate = _Simulator(forecast, option, workers)
    inner, outer = list(switches.experience), list(switches.customers)
    if len(inner) > _MOST:
        message = lazy(
            "{number} paths of experience are at work; combinations of at most {most} can be simulated: switch "
            "edges off that do not matter, by `edges: {{a -> b: off}}`",
            number=len(inner),
            most=_MOST,
        )
        raise InputError(message)
    kept = prefix(forecast.draws, MOST_DRAWS)
    cost = -float(forecast.outcome.field(option, "pv_cost")[kept].mean())
    staff = list(switches.staff)
    everything = [*inner, *outer, *staff]
    worth = np.zeros(1 << len(everything))
    delta = np.zeros(1 << len(inner))
    base = np.zeros((1 << len(inner), 1 + len(staff)))
    by_customers = np.zeros((1 << len(inner), 1 << len(outer)))
    no_staff = [switches.staff[name] for name in staff]
    for m, row in enumerate(coalitions(len(inner))):
        off = [switches.experience[name] for name, on in zip(inner, row, strict=True) if not on]
        for k, money in enumerate(coalitions(len(outer))):
            gone = [switches.customers[name] for name, on in zip(outer, money, strict=True) if not on]
            by_customers[m, k], delta[m] = simulate([*off, *gone, *no_staff])
        all_money = [switches.customers[name] for name in outer]
        base[m, 0] = by_customers[m, 0]
        for j in range(len(staff)):
            others = [switches.staff[name] for i, name in enumerate(staff) if i != j]
            base[m, 1 + j] = simulate([*off, *all_money, *others])[0] - base[m, 0]
    shift_outer, shift_staff = len(inner), len(inner) + len(outer)
    masks = np.arange(worth.size)
    which_inner = masks & ((1 << len(inner)) - 1)
    which_outer = masks >> shift_outer & ((1 << len(outer)) - 1)
    worth = by_customers[which_inner, which_outer]
    for j in range(len(staff)):
        worth = worth + np.where(masks >> (shift_staff + j) & 1 == 1, base[which_inner, 1 + j], 0.0)
    total, change = simulate([])
    # The sum over staff is exact up to rounding; the rounding goes where it cannot be seen.
    worth[-1] = total
    shares = shapley(worth)
    of_delta = dict(zip(inner, shapley(delta).tolist(), strict=True))
    paths = []
    for i, name in enumerate(everything):
        left = worth[(1 << len(everything)) - 1 - (1 << i)]
        paths.append(_share(name, float(shares[i]), of_delta.get(name, 0.0), float(left)))
    direct = float(delta[0])
    if direct != 0.0:
        paths.append(_share("direct", 0.0, direct, total))
    # What is left with every path switched off: cost, and what drivers earn beside experience.
    beside = float(worth[0])
    if forecast.scene.plan.benefit_shape:
        paths.append(_share("direct_benefits", beside - cost, 0.0, total - (beside - cost)))
        beside = cost
    paths.append(_share("programme_cost", beside, 0.0, total - cost))
    paths.sort(key=lambda each: (each.path == "programme_cost", -abs(each.shapley_npv), -abs(each.shapley_delta)))
    by_path = dict(zip(everything, shares.tolist(), strict=True))
    edges = {edge: share for edge, share in _by_edge(forecast, by_path)}
    links, groups = group_shares(forecast, by_path, switches, lambda off: simulate(off)[0], total)
    plan, outcome = forecast.scene.plan, forecast.outcome
    segments = None
    if plan.segments and plan.pays == "customers":
        segments = {name: float(outcome.field(option, f"payoff.{name}")[kept].mean()) for name in plan.segments}
    baseline = forecast.scenario.baseline("cx")
    after_tax = total if plan.tax_rate is None else float(forecast.npv_after_tax(option)[kept].mean())
    return Explanation(
        scenario=forecast.scenario.label,
        organisation=forecast.scenario.organisation.name,
        hash=forecast.hash,
        currency=forecast.scenario.organisation.currency,
        seed=forecast.seed,
        draws=min(forecast.draws, MOST_DRAWS),
        option=option,
        total=Total(
            npv=total,
            delta=change,
            tax=after_tax - total,
            taxed=plan.tax_rate is not None,
            npv_after_tax=after_tax,
            capacity_freed=float(outcome.field(option, "capacity_freed")[kept].mean()),
        ),
        paths=tuple(paths),
        edges=edges,
        links=links,
        groups=groups,
        payoff_by_segment=segments,
        recommendation=advise(forecast) if advice is None else advice,
        unit="" if baseline is None else baseline.scale.unit,
        per_point=1.0 if baseline is None else baseline.scale.points_to_difference(1.0),
    )


def _share(path: str, npv: float, delta: float, left: float) -> PathShare:
    """Return what one path carries: its share of the payoff and of the change, and the payoff without it."""
    meaning = lazy(PATH_NAMES[path]) if path in PATH_NAMES else verbatim(path)
    return PathShare(path, meaning, npv, delta, left)


def _by_edge(forecast: Forecast, shares: Mapping[str, float]) -> list[tuple[str, float]]:
    edge_shares = []
    for edge in dict.fromkeys(link.edge for link in forecast.scenario.network().links):
        share = shares.get(EDGES.get(edge, edge))
        if share is not None:
            edge_shares.append((edge, share))
    return edge_shares


# --- What each group carries of a path that runs through several links, or pays by several groups


#: Channels of money that pay group by group.
_STAFF = ("staff_turnover", "productivity", "absence", "time")


def link_name(forecast: Forecast, position: int) -> str:
    """Return ``"ex[claims] -> cx"`` of the link at a position of the network."""
    network = forecast.scenario.network()
    link = network.links[position]
    source = COORDINATION if link.source < 0 else network.nodes[link.source]
    return f"{source} -> {network.nodes[link.target]}"


def group_shares(
    forecast: Forecast,
    shares: Mapping[str, float],
    switches: Switches,
    payoff_without: Callable[[Sequence[list[tuple[int, float]]]], float],
    total: float,
) -> tuple[dict[str, float], dict[str, dict[str, float]]]:
    """Split the share of each path among the links it runs through, and among the groups by which it pays.

    A part is in proportion to what the payoff loses when that link, or that group's money, alone is switched off; the
    parts of a path sum to its share.

    They stand by link, such as ``ex[claims] -> cx``; by path of staff's money and group.
    """
    network, plan = forecast.scenario.network(), forecast.scene.plan
    place = {name: i for i, name in enumerate(plan.rows())}
    by_path: dict[str, dict[str, list[tuple[int, float]]]] = {}
    for i, link in enumerate(network.links):
        path, row = EDGES.get(link.edge, link.edge), place[f"beta[{i}]"]
        if path in shares and any(row == known for known, _ in switches.experience.get(path, ())):
            by_path.setdefault(path, {})[link_name(forecast, i)] = [(row, 0.0)]
    links: dict[str, float] = {}
    for path, parts in by_path.items():
        links |= _split(shares[path], parts, payoff_without, total)
    groups: dict[str, dict[str, float]] = {}
    for path in _STAFF:
        rows = switches.staff.get(path, [])
        names = [_group(network.nodes[node]) for node in plan.groups]
        if path in shares and len(rows) == len(names) > 1:
            parts = {name: [row] for name, row in zip(names, rows, strict=True)}
            groups[path] = _split(shares[path], parts, payoff_without, total)
    return links, groups


def _group(node: str) -> str:
    return node.rstrip("]").partition("[")[2] or node


def _split(
    share: float,
    parts: Mapping[str, list[tuple[int, float]]],
    payoff_without: Callable[[Sequence[list[tuple[int, float]]]], float],
    total: float,
) -> dict[str, float]:
    if len(parts) == 1:
        return dict.fromkeys(parts, share)
    lost = np.array([total - payoff_without([rows]) for rows in parts.values()])
    whole = float(lost.sum())
    # Parts of both signs that nearly cancel would be blown up: then by size alone.
    if abs(whole) < 0.1 * float(np.abs(lost).sum()):
        lost, whole = np.abs(lost), float(np.abs(lost).sum())
    weights = lost / whole if whole else np.full(len(parts), 1.0 / len(parts))
    return dict(zip(parts, (share * weights).tolist(), strict=True))
