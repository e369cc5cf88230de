# SPDX-License-Identifier: MIT
"""What is possible but hardly true (docs/model.md, section 1): warnings of ``txsim check``, never errors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from txsim.errors import Problem
from txsim.language import Figure, lazy
from txsim.priors.distributions import Distribution, cdf, quantile, support
from txsim.priors.fits import from_interval
from txsim.priors.moments import mean, median
from txsim.scenario.belief_checks import Finding, outside_the_packaged
from txsim.scenario.driver_remarks import at_once, driver_remarks, far_apart, heads_of
from txsim.scenario.findings import is_share
from txsim.scenario.loader import locate
from txsim.scenario.models import Scenario
from txsim.scenario.network_checks import reached
from txsim.scenario.organisation import Organisation
from txsim.scenario.programme_remarks import pay_remarks, programme_remarks
from txsim.scenario.yaml_reader import Path_

#: Share of customers a month fewer than whom hardly anywhere leave: one in 170 a year.
_FEWEST_LEAVE = 0.0005
#: Months after which half of what people feel has passed on to others, by the packaged prior.
_MOOD = 4


def warnings(scenario: Scenario) -> tuple[Problem, ...]:
    """Return remarks on what is possible but hardly true, each at its place in the file."""
    return tuple(locate(scenario, *finding) for finding in implausible(scenario))


def implausible(scenario: Scenario) -> Iterator[Finding]:
    """Yield remarks on what is possible but hardly true: path, message, hint."""
    revenue = _revenue(scenario)
    yield from _customers(scenario)
    yield from _staff(scenario, revenue)
    for i, driver in enumerate(scenario.drivers):
        yield from driver_remarks(scenario, i, driver, revenue)
    written = tuple(as_written(scenario))
    told = {path for path, *_ in written}  # an interval near 0 is wide, and told why
    yield from (found for found in far_apart(scenario) if found[0] not in told)
    yield from _levels(scenario)
    yield from _time(scenario)
    yield from programme_remarks(scenario)
    yield from _harm(scenario)
    yield from _doubted_and_off(scenario)
    yield from _own_firm(scenario)
    yield from outside_the_packaged(scenario)
    yield from written


def _harm(scenario: Scenario) -> Iterator[Finding]:
    """Say of each link whose prior reaches below 0 that it may harm: mostly meant, sometimes a slip."""
    stated: dict[str, tuple[Path_, Distribution]] = {
        edge.parameter: (("graph", "edges", i, "slope"), edge.slope) for i, edge in enumerate(scenario.graph.edges)
    }
    slopes = {edge.slope for edge in scenario.full_graph().edges}
    stated |= {name: (("priors", name), prior) for name, prior in scenario.priors.items() if name in slopes}
    for path, prior in stated.values():
        harm = float(cdf(prior, 0.0))
        if 1e-6 < harm < 1 and support(prior)[0] < 0:
            message = lazy("you allow that it harms: {harm:.2g} % of this prior lies below 0", harm=100 * harm)
            yield path, message, lazy("for an effect that can only help, state a median and a factor")


def _doubted_and_off(scenario: Scenario) -> Iterator[Finding]:
    """Say of each link in doubt that the scenario switches off: the doubt moves how claims are read, nothing else."""
    for edge in scenario.full_graph().edges:
        if edge.slope in scenario.link_doubt and scenario.edges.get(edge.name, 1.0) == 0:
            message = lazy(
                "`{edge}` is switched off in this scenario: whether `{slope}` does nothing moves no payoff here, only "
                "how claims are read",
                edge=edge.name,
                slope=edge.slope,
            )
            yield ("priors", "doubt", edge.slope), message, lazy("leave one of them out: the doubt, or `off`")


def _own_firm(scenario: Scenario) -> Iterator[Finding]:
    """Say that a study of the own firm may be a pilot of its log: then it counts twice."""
    if scenario.pilots is None or not scenario.pilots.entries:
        return
    settings = scenario.evidence
    for name in (*settings.add, *settings.replace):
        claim = scenario.claims()[name]
        if claim.where == "own_firm" and claim.role == "scored" and name not in settings.drop:
            message = lazy(
                "`{name}` is a study of your own firm, and `pilots` is its log of pilots: is it one of them? Then it "
                "counts twice",
                name=name,
            )
            key = "add" if name in settings.add else "replace"
            yield ("evidence", key, name), message, lazy("put it under `evidence.drop` if it is")


def _revenue(scenario: Scenario) -> float | None:
    firm = scenario.organisation
    if firm.segments:
        return sum(median(s.customers) * median(s.arpu_per_month) for s in firm.segments.values())
    if firm.revenue_per_month is not None:
        return median(firm.revenue_per_month)
    if firm.customers is not None and firm.arpu_per_month is not None:
        return median(firm.customers) * median(firm.arpu_per_month)
    return None


def _customers(scenario: Scenario) -> Iterator[Finding]:
    """Look at those figures of customers that count: the segments', or the organisation's where it has none."""
    firm, where = scenario.organisation, "organisation"
    for name, segment in firm.segments.items():
        path = (where, "segments", name)
        yield from _base(path, segment.customers, segment.churn_per_month, segment.joins_per_month)
        yield from _margin(path, segment.contribution_margin)
        yield from _growth(path, "arpu_growth", segment.arpu_growth)
    if not firm.segments:
        yield from _base((where,), firm.customers, firm.churn_per_month, firm.joins_per_month)
        yield from _two_revenues(firm)
    yield from _margin((where,), firm.contribution_margin)
    if firm.season is not None and abs(sum(firm.season) / 12 - 1) > 0.1:
        message = lazy(
            "the season's factors have the mean {mean:.2f}: they change the level, too", mean=sum(firm.season) / 12
        )
        yield (where, "season"), message, lazy("twelve factors around 1")
    for key in ("arpu_growth", "cost_growth"):
        yield from _growth((where,), key, getattr(firm, key))


def _two_revenues(firm: Organisation) -> Iterator[Finding]:
    """Say where revenue and what customers pay differ."""
    if firm.customers is None or firm.arpu_per_month is None or firm.revenue_per_month is None:
        return
    revenue, product = median(firm.revenue_per_month), median(firm.customers) * median(firm.arpu_per_month)
    if abs(revenue - product) > 0.1 * max(revenue, product):
        message = lazy(
            "revenue of {revenue} a month, but customers × arpu make {product}",
            revenue=Figure(revenue, "money", firm.currency),
            product=Figure(product, "money", firm.currency),
        )
        yield (
            ("organisation", "revenue_per_month"),
            message,
            lazy("the customers bridge pays by the second, the margin bridge by the first"),
        )


def _base(
    where: Path_, customers: Distribution | None, churn_rate: Distribution | None, join: Distribution | None
) -> Iterator[Finding]:
    """Look at how many customers come and go."""
    churn = None if churn_rate is None else median(churn_rate)
    if churn is not None and churn > 0.1:
        yield (
            (*where, "churn_per_month"),
            lazy("{churn} of customers leave each month", churn=Figure(churn, "percent", digits=1)),
            lazy("is that a share a year, or is {percent:g} % meant?", percent=float(f"{churn:.4g}"))
            if churn > 0.3
            else lazy("is that a share a year?"),
        )
    if churn is not None and 0 < churn < _FEWEST_LEAVE:
        yield (
            (*where, "churn_per_month"),
            lazy("{churn} of customers leave each month", churn=Figure(churn, "percent", digits=3)),
            lazy("is the percent sign written twice? {churn:g} is {percent:g} %", churn=float(f"{100 * churn:.4g}"),
                 percent=float(f"{1e4 * churn:.4g}")),
        )  # fmt: skip
    if churn == 0:
        yield (*where, "churn_per_month"), lazy("nobody ever leaves, so that nobody can be kept"), ""
    if join is not None and customers is not None and churn is not None:
        joins, leaves = median(join), median(customers) * churn
        if max(joins, leaves) > 2 * min(joins, leaves):
            yield (
                (*where, "joins_per_month"),
                lazy("customers a month: {joins} join, but {leaves} leave", joins=_few(joins), leaves=_few(leaves)),
                lazy("both are a month"),
            )


def _few(customers: float) -> str:
    """Return a number of customers, whole where they are many: of a small segment less than one may leave a month."""
    return f"{customers:,.0f}" if customers >= 10 else f"{customers:.2g}"


def _margin(where: Path_, stated: Distribution | None) -> Iterator[Finding]:
    margin = None if stated is None else median(stated)
    if margin is not None and margin > 0.7:
        yield (
            (*where, "contribution_margin"),
            lazy("a contribution margin of {margin}", margin=Figure(margin, "percent")),
            lazy("is it of revenue, after variable cost?"),
        )


def _growth(where: Path_, key: str, stated: Distribution | None) -> Iterator[Finding]:
    growth = 0.0 if stated is None else median(stated)
    if abs(growth) > 0.2:
        yield (
            (*where, key),
            lazy("{growth} a year", growth=Figure(growth, "percent")),
            lazy("it compounds over the horizon"),
        )


def _staff(scenario: Scenario, revenue: float | None) -> Iterator[Finding]:
    where = ("organisation", "staff")
    staff = scenario.organisation.staff
    paid = {name: group for name, group in staff.items() if group.salary_per_year is not None}
    payroll = sum(median(g.headcount) * median(g.salary_per_year) / 12 for g in paid.values() if g.salary_per_year)
    if revenue and payroll > 0.8 * revenue:
        message = lazy(
            "a payroll of {payroll} a month, {share} of revenue",
            payroll=Figure(payroll, "money", scenario.organisation.currency),
            share=Figure(payroll / revenue, "percent"),
        )
        yield where, message, lazy("salaries are per year, revenue per month")
    yield from pay_remarks(scenario, paid)
    for name, group in paid.items():
        if group.turnover_per_year is not None and median(group.turnover_per_year) > 1:
            yield (
                (*where, name, "turnover_per_year"),
                lazy(
                    "{median} of the group leave in a year", median=Figure(median(group.turnover_per_year), "percent")
                ),
                "",
            )
    if staff and not any(group.meets_customers for group in staff.values()):
        yield where, lazy("no group meets customers, so that their mood comes back to nobody"), ""


def _time(scenario: Scenario) -> Iterator[Finding]:
    pilot = scenario.pilot
    if pilot is not None and pilot.months < _MOOD:
        message = lazy(
            "a pilot of {months} months ends before people's mood passes on, after about {mood}",
            months=pilot.months,
            mood=_MOOD,
        )
        yield ("pilot", "months"), message, lazy("what it measures of customers will be next to nothing")
    slowest = max((median(push.months) for d in scenario.drivers for push in d.pushes), default=0.0)
    after = min((driver.start for driver in scenario.drivers), default=0) + slowest
    if scenario.drivers and after + 2 * _MOOD > scenario.horizon_months:
        left = float(f"{scenario.horizon_months - after:.4g}")
        message = lazy("the horizon ends {horizon_months:g} months after the full effect is there", horizon_months=left)
        if left < 0:
            message = lazy("the horizon ends {months:g} months before the full effect is there", months=-left)
        yield (
            ("horizon_months",),
            message,
            lazy("staff's mood takes about 4 months to reach customers, and theirs to reach profit")
            if left >= 0
            else lazy("`months` of a push are months: are days or weeks meant?"),
        )
    if scenario.discount_rate > 0.3 or scenario.discount_rate < 0:
        yield (
            ("discount_rate",),
            lazy("a discount rate of {rate:g} % a year", rate=round(100.0 * scenario.discount_rate, 6)),
            lazy("100 in five years count {worth:.3g} today", worth=100.0 / (1.0 + scenario.discount_rate) ** 5),
        )
    network = scenario.network()
    if scenario.drivers and "cx" in network.nodes and network.position("cx") not in reached(scenario, network):
        yield ("drivers",), lazy("nothing here reaches customers: `cx` does not move"), ""
    if pilot is None:
        return
    planned = sum(at_once(driver.one_off, driver.costs) for driver in scenario.drivers)
    tried = at_once(pilot.one_off, pilot.costs)
    if tried > planned > 0:
        yield (
            ("pilot", "one_off") if median(pilot.one_off) > 0 else ("pilot", "costs"),
            lazy(
                "the pilot costs more at once ({tried}) than all of it ({planned})",
                tried=Figure(tried, "number", scenario.organisation.currency, 0),
                planned=Figure(planned, "number", scenario.organisation.currency, 0),
            ),
            "",
        )
    heads = sum(heads_of(scenario, driver) for driver in scenario.drivers)
    inside = median(pilot.scope) * heads * median(pilot.response)
    if 0 < inside < median(pilot.respondents):
        are = lazy("are in the pilot") if median(pilot.response) == 1 else lazy("in the pilot answer")
        message = lazy(
            "{median:.0f} respondents, but {inside:.0f} people {are}",
            median=median(pilot.respondents),
            inside=inside,
            are=are,
        )
        yield ("pilot", "respondents"), message, lazy("customers who answer are not limited by this")


def _levels(scenario: Scenario) -> Iterator[Finding]:
    """Ask about levels that may be shares of one, or means of answers, on a scale of a hundred points or two."""
    for node, baseline in scenario.organisation.index.items():
        path = ("organisation", "index", node, "value")
        scale, level = baseline.scale, median(baseline.value)
        if scale.name not in ("index", "percent", "nps", "enps") or level == 0:
            continue
        message = lazy("{level:.4g} on the scale {scale} ({worst:g} … {best:g})", level=level, scale=scale.name,
                       worst=scale.worst, best=scale.best)  # fmt: skip
        if abs(level) < 1:
            hint = lazy(
                "is it a share of one, as a spreadsheet keeps {percent:.4g} %? Then write {percent:.4g}",
                percent=100 * level,
            )
            yield path, message, hint
        elif level >= 1 and level % 1 and all(0 <= quantile(baseline.value, q) <= 10 for q in (0.05, 0.5, 0.95)):
            yield path, message, lazy("is it a mean of answers from 0 to 10? Then write `scale: zero_to_ten`")


# --- What was understood of the way in which a file is written, where another way would mean another figure


#: Share of an interval's upper end below which its lower end is nearly 0.
_NEARLY_NOTHING = 0.02


def as_written(scenario: Scenario) -> Iterator[Finding]:
    """Yield what was understood of how a file is written: its encoding, and intervals that begin at or near 0."""
    layers = scenario._places
    if layers is None:
        return
    for _, document in layers.layers:
        if document.encoding != "utf-8":
            yield (
                (),
                lazy(
                    "`{name}` is no UTF-8 (line {line} holds other letters) and was read as {encoding}",
                    name=document.name,
                    line=document.line_beyond_ascii,
                    encoding=document.encoding,
                ),
                lazy("save it as UTF-8"),
            )
    for path, low, high in _intervals(layers.data, ()):
        if path[:2] == ("organisation", "index"):  # a level is a normal whatever its ends
            continue
        if low == 0 and high > 0:
            near = lazy(
                "[{high:g}, {high2:g}] would be a log-normal with the mean {mean:.3g}",
                high=0.01 * high,
                high2=high,
                mean=_mean(0.01 * high, high),
            )
            message = lazy(
                "the interval {low:g} … {high:g} is read as a normal with the mean {high2:g}",
                low=low,
                high=high,
                high2=high / 2,
            )
            yield (
                path,
                lazy("{message}, 5 % of it below 0; {near}", message=message, near=near),
                lazy("state `family:` to say which is meant"),
            )
        elif 0 < low < 1 < high and is_share(path):
            message = lazy(
                "the interval {low:g} … {high:g} reaches beyond 1: read as a log-normal with the median {middle:.3g}",
                low=low, high=high, middle=(low * high) ** 0.5,
            )  # fmt: skip
            yield path, message, lazy("if a share of at most 1 is meant, write both ends below 1")
        elif 0 < low < _NEARLY_NOTHING * high:
            message = lazy(
                "the interval {low:g} … {high:g} is read as a log-normal with the mean {mean:.3g}",
                low=low,
                high=high,
                mean=_mean(low, high),
            )
            near = lazy("from 0 on it would be a normal with the mean {high:g}", high=high / 2)
            yield (
                path,
                lazy("{message}; {near}", message=message, near=near),
                lazy("state `family:` to say which is meant"),
            )


def _mean(low: float, high: float) -> float:
    centre: float = mean(from_interval(low, high))
    return centre


def _intervals(data: Any, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], float, float]]:
    """Yield path and ends of intervals that state neither a family nor a median."""
    if isinstance(data, dict):
        ends = data.get("interval")
        if isinstance(ends, list | tuple) and len(ends) == 2 and not {"family", "median"} & set(data):
            if all(isinstance(end, int | float) and not isinstance(end, bool) for end in ends):
                yield path, float(ends[0]), float(ends[1])
            return
        for key, value in data.items():
            yield from _intervals(value, (*path, key))
    elif isinstance(data, list):
        for i, value in enumerate(data):
            yield from _intervals(value, (*path, i))
