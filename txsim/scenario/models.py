# SPDX-License-Identifier: MIT
"""The file format: what a scenario says, as frozen values (docs/scenario-files.md is made from these descriptions)."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field, PrivateAttr, field_validator, model_validator
from pydantic_core import PydanticCustomError

from txsim.errors import did_you_mean
from txsim.pathways import Edge, Graph, Group, Network, Node, default_graph, expand
from txsim.priors.distributions import Distribution, median, point, rescale
from txsim.scenario.fields import FROZEN, Level, Money, Months, Name, Quantity, Share, Text, WholeMonths
from txsim.units import MEASURES, SCALES, Scale, custom_scale

__all__ = [
    "Baseline",
    "Coordination",
    "Decision",
    "Driver",
    "Evidence",
    "GraphAdditions",
    "GraphEdge",
    "GraphNode",
    "Organisation",
    "Pilot",
    "Push",
    "Rivals",
    "Scenario",
    "StaffGroup",
]

_PLAIN = ("lag_tools", "lag_people", "margin_lag")


def _scale(raw: Any) -> Scale:
    if isinstance(raw, Scale):
        return raw
    if isinstance(raw, str):
        if raw not in SCALES:
            message = "unknown scale `{name}`{hint}; known: {known}"
            context = {"name": raw, "hint": did_you_mean(raw, SCALES), "known": ", ".join(SCALES)}
            msg = "scale"
            raise PydanticCustomError(msg, message, context)
        return SCALES[raw]
    if isinstance(raw, dict) and {"worst", "best"} <= set(raw) <= {"worst", "best", "unit"}:
        ends = [raw["worst"], raw["best"]]
        if all(isinstance(end, int | float) and not isinstance(end, bool) for end in ends) and ends[0] != ends[1]:
            return custom_scale(ends[0], ends[1], str(raw.get("unit", "units")))
    message = "a scale is a name ({known}) or {{worst: 48, best: 0, unit: h}} with two different numbers"
    msg = "scale"
    raise PydanticCustomError(msg, message, {"known": ", ".join(SCALES)})


class _Part(BaseModel):
    model_config = FROZEN


class Baseline(_Part):
    """Where an index stands today."""

    value: Level = Field(description="level on the stated scale; a number alone is an index 0–100")
    scale: Any = Field(
        default="index",
        description="index, percent, nps, enps, likert5, likert7, likert10, stars, zero_to_ten or {worst, best, unit}",
    )
    measure: Literal["mean", "favourable", "nps"] | None = Field(
        default=None, description="kind of measure; by default nps for NPS and eNPS, favourable for percent, else mean"
    )

    @model_validator(mode="before")
    @classmethod
    def _alone(cls, raw: Any) -> Any:
        return raw if isinstance(raw, dict) and "value" in raw else {"value": raw}

    @field_validator("scale", mode="before")
    @classmethod
    def _read_scale(cls, raw: Any) -> Any:
        return _scale(raw)

    @field_validator("scale", mode="after")
    @classmethod
    def _keep_scale(cls, found: Any) -> Any:
        return found

    def model_post_init(self, context: Any, /) -> None:
        """Read the default scale too, and hold the level to 1 … 99 index points."""
        object.__setattr__(self, "scale", _scale(self.scale))
        level = median(self.index)
        if not 1 <= level <= 99:
            message = "the baseline stands at {index} of 100 index points; baselines lie in 1 … 99"
            msg = "baseline"
            raise PydanticCustomError(msg, message, {"index": f"{level:.4g}"})

    @property
    def index(self) -> Distribution:
        """The level in index points."""
        scale: Scale = self.scale
        return rescale(self.value, scale.points_per_unit, scale.level_to_index(0.0))

    @property
    def sd_ratio(self) -> float:
        """How strongly this measure moves against a mean score."""
        return MEASURES[self.measure or self.scale.measure]


class StaffGroup(_Part):
    """One group of staff."""

    headcount: Money = Field(description="people")
    meets_customers: bool = Field(default=True, description="whether these people meet customers")
    turnover_per_year: Share | None = Field(default=None, description="share of the group that leaves in a year")
    salary_per_year: Money | None = Field(default=None, description="cost of one person a year, in the currency")
    reach: Money | None = Field(
        default=None, description="customers whom one person here affects, against one front-line person"
    )


class Organisation(_Part):
    """The firm as it stands: baselines, staff, money."""

    name: Text = Field(default="", description="name of the organisation")
    currency: str = Field(default="EUR", pattern="^[A-Z]{3}$", description="currency, three capital letters")
    index: dict[str, Baseline] = Field(
        default_factory=dict, description="baseline of each node; `ex` stands for all groups"
    )
    coordination: Share = Field(default=point(0.0), description="0 separate silos … 1 one strategy")
    staff: dict[Name, StaffGroup] = Field(default_factory=dict, description="groups of staff by name")
    customers: Money | None = Field(default=None, description="number of customers today")
    churn_per_month: Share | None = Field(default=None, description="share of customers lost in a month")
    joins_per_month: Money | None = Field(
        default=None, description="new customers a month; by default as many as leave"
    )
    arpu_per_month: Money | None = Field(default=None, description="revenue per customer and month")
    revenue_per_month: Money | None = Field(default=None, description="revenue a month")
    contribution_margin: Share | None = Field(default=None, description="contribution margin, share of revenue")
    digital_bad: Share | None = Field(default=None, description="share of digital interactions that go badly")
    digital_interactions: int | None = Field(
        default=None, ge=0, le=1000, description="digital interactions of a customer in a month"
    )
    contacts_per_month: Money = Field(default=point(0.0), description="service contacts of a customer in a month")
    cost_per_contact: Money = Field(default=point(0.0), description="cost of one service contact")
    productivity_ex: Quantity = Field(
        default=point(0.0), description="pp of payroll that one EX point is worth in output"
    )
    arpu_growth: Quantity = Field(default=point(0.0), description="growth of revenue per customer a year, fraction")
    cost_growth: Quantity = Field(
        default=point(0.0), description="growth of salaries and running costs a year, fraction"
    )
    season: tuple[float, ...] | None = Field(
        default=None, min_length=12, max_length=12, description="twelve factors of revenue, the first for month 0"
    )


class Push(_Part):
    """What a driver moves."""

    node: str = Field(description="node, for example `ex`, `cx`, `ux_employee` or `ex[front_line]`")
    group: Name | None = Field(default=None, description="staff group; by default all")
    effect: Quantity = Field(description="effect if executed as designed, in the stated scale")
    scale: Any = Field(default="index", description="scale of the effect, as for baselines")
    months: Months = Field(default=point(6.0), description="months until the full effect is there")
    effect_basis: Literal["designed", "delivered"] = Field(
        default="designed", description="delivered: the effect already counts what execution loses"
    )

    def model_post_init(self, context: Any, /) -> None:
        """Read the scale."""
        object.__setattr__(self, "scale", _scale(self.scale))


class Coordination(_Part):
    """A change in how far experience is run as one strategy."""

    to: Share = Field(description="coordination aimed at, 0 … 1")
    months: Months = Field(description="months until it is reached")


class Driver(_Part):
    """What management does."""

    name: Name = Field(description="short name")
    title: Text = Field(default="", description="name in reports")
    kind: Literal["it", "people"] = Field(default="people", description="reference class of cost overruns")
    owner: Literal["c_level", "shared", "none"] = Field(default="shared", description="reference class of delivery")
    start: WholeMonths = Field(default=0, description="month in which it starts, counted from 0")
    pushes: tuple[Push, ...] = Field(default=(), description="what it moves")
    one_off: Money = Field(default=point(0.0), description="one-off cost")
    monthly: Money = Field(default=point(0.0), description="running cost a month")
    per_head_monthly: Money = Field(default=point(0.0), description="running cost a month for each head reached")
    heads: Money | None = Field(default=None, description="heads reached; by default the groups pushed")
    fade: Months = Field(default=point(6.0), description="half-life in months of the effect after the end")
    months: WholeMonths | None = Field(default=None, description="its own end: months that it is active")
    coordination: Coordination | None = Field(default=None, description="what it does to coordination")
    delivery: Money | None = Field(default=None, description="share of the intended effect that execution delivers")
    cost_overrun: Money | None = Field(default=None, description="cost against plan, ratio")
    slip: Months | None = Field(default=None, description="months by which effects come late")


class Pilot(_Part):
    """A trial in a part of the firm before the decision."""

    months: WholeMonths = Field(description="months that the pilot runs, at least 1")
    decision_months: WholeMonths = Field(default=1, description="months until the decision after that")
    scope: Share = Field(description="share of the node's population in the pilot, above 0 and below 1")
    one_off: Money = Field(default=point(0.0), description="one-off cost of the pilot")
    monthly: Money = Field(default=point(0.0), description="running cost a month of the pilot")
    reusable: Share = Field(
        default=point(0.0), description="share of the pilot's one-off cost that scaling need not pay again"
    )
    respondents: Money = Field(default=point(0.0), description="respondents in each wave of the survey")
    waves: int = Field(default=2, ge=1, le=24, description="waves of the survey, evenly from start to end of the pilot")
    cost_per_response: Money = Field(default=point(0.0), description="cost of one response")


class Rivals(_Part):
    """Competitors that adopt total experience."""

    share: Share = Field(description="share of rivals that adopt in the end")
    start: WholeMonths = Field(default=0, description="month in which they begin")
    months: Months = Field(description="months until that share is reached")


class Decision(_Part):
    """By what an option is chosen."""

    criterion: Literal["mean_npv"] = Field(
        default="mean_npv", description="the best mean NPV among options within limits"
    )
    max_p_loss: float | None = Field(default=None, ge=0, le=1, description="highest acceptable probability of a loss")
    max_peak_funding: float | None = Field(
        default=None, ge=0, le=1e15, description="highest acceptable peak funding, currency"
    )
    material: float = Field(
        default=0.05, ge=0, le=1, description="gap, share of PV cost, below which it is too close to call"
    )


class Evidence(_Part):
    """Which claims are believed, and how far."""

    use: Literal["all", "none"] | tuple[str, ...] = Field(default="all", description="all, none or a list of claim ids")
    drop: tuple[str, ...] = Field(default=(), description="claim ids to leave out")
    face_value: tuple[str, ...] = Field(
        default=(), description="claim ids taken as they stand: sound, nothing exaggerated"
    )
    credibility: dict[str, float] = Field(
        default_factory=dict, description="probability of being sound, by claim id or by design such as vendor_claim"
    )
    within_cluster_correlation: float = Field(
        default=0.8,
        ge=0,
        lt=1,
        description="correlation of errors of statements about the same quantity in one cluster",
    )


class GraphNode(_Part):
    """A node that the organisation adds."""

    name: Name = Field(description="name of the node")
    per_group: bool = Field(default=False, description="one node for each staff group")
    meaning: Text = Field(default="", description="what it is")


class GraphEdge(_Part):
    """An edge that the organisation adds."""

    source: str = Field(description="node it comes from, or `coordination`")
    target: str = Field(description="node it goes to")
    slope: Quantity = Field(description="points of the target per point of the source, settled")
    lag: str | None = Field(
        default="lag_tools", description="lag_tools, lag_people or margin_lag; none for coordination"
    )
    silo: bool = Field(default=True, description="whether it crosses a silo")
    why: Text = Field(default="", description="the reason")
    evidence: tuple[str, ...] = Field(default=(), description="ids of the evidence")

    @field_validator("lag", mode="after")
    @classmethod
    def _known_lag(cls, found: str | None) -> str | None:
        if found is not None and found not in _PLAIN:
            message = "unknown lag `{name}`{hint}; known: {known}"
            context = {"name": found, "hint": did_you_mean(found, _PLAIN), "known": ", ".join(_PLAIN)}
            msg = "lag"
            raise PydanticCustomError(msg, message, context)
        return found

    @property
    def parameter(self) -> str:
        """Name of the parameter that holds the slope."""
        return f"slope_{self.source}_{self.target}"


class GraphAdditions(_Part):
    """Nodes and edges beyond the default graph."""

    nodes: tuple[GraphNode, ...] = Field(default=(), description="nodes to add")
    edges: tuple[GraphEdge, ...] = Field(default=(), description="edges to add")


class Scenario(_Part):
    """One question about one organisation, namely what these drivers would pay."""

    title: Text = Field(default="", description="title in reports")
    question: Text = Field(default="", description="the question that this scenario answers")
    organisation: Organisation = Field(default_factory=Organisation, description="the firm as it stands")
    graph: GraphAdditions = Field(
        default_factory=GraphAdditions, description="nodes and edges beyond the default graph"
    )
    edges: dict[str, float] = Field(
        default_factory=dict, description="factor 0 … 10 for an edge of the graph, or off: `ux_employee -> cx: 0.5`"
    )
    drivers: tuple[Driver, ...] = Field(default=(), description="what management does", max_length=50)
    pilot: Pilot | None = Field(default=None, description="a trial before the decision")
    rivals: Rivals | None = Field(default=None, description="competitors that adopt total experience")
    horizon_months: int = Field(default=36, ge=1, le=240, strict=True, description="months that are simulated")
    discount_rate: float = Field(default=0.1, gt=-0.5, le=2, description="discount rate a year, a fraction")
    rate_kind: Literal["nominal", "real"] = Field(
        default="nominal", description="whether rate and money are nominal or real"
    )
    convention: Literal["monthly", "annual"] = Field(
        default="monthly", description="annual: yearly sums at year end and an undiscounted initial column"
    )
    bridge: Literal["customers", "margin"] = Field(
        default="customers", description="the bridge from experience to profit that pays"
    )
    terminal: Literal["none", "runoff"] = Field(
        default="none", description="runoff: customers kept at the horizon count too"
    )
    decision: Decision = Field(default_factory=Decision, description="by what an option is chosen")
    priors: dict[str, Quantity] = Field(
        default_factory=dict, description="parameters believed otherwise; a plain number fixes one"
    )
    evidence: Evidence = Field(default_factory=Evidence, description="which claims are believed, and how far")
    _source: str = PrivateAttr(default="")
    _content: dict[str, Any] = PrivateAttr(default_factory=dict)
    _places: Any = PrivateAttr(default=None)

    @field_validator("edges", mode="before")
    @classmethod
    def _switches(cls, raw: Any) -> Any:
        if not isinstance(raw, dict):
            return raw
        found = {}
        for name, value in raw.items():
            number = 0.0 if value in ("off", False) else value
            if isinstance(number, bool) or not isinstance(number, int | float) or not 0 <= number <= 10:
                message = "`{name}`: expected off or a factor 0 … 10, found {found}"
                msg = "edge"
                raise PydanticCustomError(msg, message, {"name": str(name), "found": repr(value)[:40]})
            found[name] = float(number)
        return found

    @property
    def source(self) -> str:
        """The file that it was read from."""
        return self._source

    @property
    def content(self) -> dict[str, Any]:
        """Plain data after ``extends`` and overrides."""
        return self._content

    @property
    def start(self) -> int:
        """S, the month in which the first driver starts."""
        return min((driver.start for driver in self.drivers), default=0)

    @property
    def decision_month(self) -> int | None:
        """P, the month from which the decision acts; ``None`` without a pilot."""
        return None if self.pilot is None else self.start + self.pilot.months + self.pilot.decision_months

    def full_graph(self) -> Graph:
        """Return the default graph with this scenario's nodes and edges."""
        return default_graph().with_additions(
            [Node(node.name, node.per_group, node.meaning) for node in self.graph.nodes],
            [
                Edge(e.source, e.target, e.parameter, e.lag, e.silo, why=e.why, evidence=e.evidence)
                for e in self.graph.edges
            ],
        )

    def network(self) -> Network:
        """Return the network of single nodes for this firm's staff groups."""
        staff = self.organisation.staff
        total = sum(median(group.headcount) for group in staff.values()) or 1.0
        groups = [Group(name, median(g.headcount) / total, g.meets_customers) for name, g in staff.items()]
        return expand(self.full_graph(), groups)

    def baseline(self, node: str) -> Baseline | None:
        """Return what is stated for a node, by its own name or by its kind (`ex` for `ex[front_line]`)."""
        index = self.organisation.index
        return index.get(node) or index.get(node.partition("[")[0])
