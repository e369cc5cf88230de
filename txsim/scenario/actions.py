# SPDX-License-Identifier: MIT
"""What management does, tries and fears: drivers, the pilot, rivals, and by what an option is chosen."""

from __future__ import annotations

from typing import Any

from txsim.language import lazy
from txsim.priors.distributions import Distribution, is_point, point, rescale
from txsim.priors.sense import impossible
from txsim.scenario.fields import (
    Amount,
    Count,
    Flag,
    Life,
    Money,
    Months,
    Name,
    PlainMoney,
    PlainShare,
    Quantity,
    ScaleField,
    Share,
    Text,
    Turnover,
    WholeMonths,
    choice,
    refuse,
    unstated,
)
from txsim.scenario.programme import Accounting, Basis, Benefit, Cost, Tires, accounted
from txsim.scenario.record import Record
from txsim.scenario.record_fields import Field, model_validator
from txsim.units import SCALES

_ZERO = point(0.0)
_Kind: Any = choice("it", "people")
_Owner: Any = choice("c_level", "shared", "none")
_Criterion: Any = choice("mean_npv")
#: Most entries of a list of benefits or costs.
_MOST = 50


def _is_none(value: Any) -> bool:
    return value is None


class Push(Record):
    """One thing that a driver moves."""

    node: str = Field(description="node that is pushed, for example `ex`, `cx`, `ux_employee` or `ex[front_line]`")
    group: Name | None = Field(default=None, description="staff group; by default every group of the node")
    effect: Quantity = Field(
        description="change if executed as designed, in the stated scale: points, not a share; negative is worse"
    )
    scale: ScaleField = Field(default=SCALES["index"], description="scale of the effect, as for baselines")
    months: Months = Field(default=point(6.0), description="months from the start until the full effect is there")
    effect_basis: Basis = Field(
        default="designed", description="delivered: the effect already counts what execution loses"
    )
    tires: Tires | None = Field(
        default=None,
        description="how it wears out while it goes on: `{half_life: 9, lasts: 30 %}`; else never",
        exclude_if=unstated,
    )

    @model_validator(mode="after")
    def _convertible(self) -> Push:
        size = self.effect.args[0]
        if self.scale.name == "percent" and is_point(self.effect) and 0 < abs(size) < 1:
            hint = lazy(
                "for {words:.0%} write {words2:g}; for less than one point leave `scale: percent` out",
                words=size,
                words2=100 * size,
            )
            refuse(lazy("{words:g} is less than one point in a hundred", words=size), hint, "effect")
        try:
            typed = (self.scale.unit, self.scale.points_per_unit)
            nonsense = impossible("index points", "", self.points, typed)
        except ValueError as error:
            unit = self.scale.points_per_unit
            hint = lazy(
                "on this scale less is better: write a reduction as {{interval: [-8, -2]}}, or state index points "
                "(1 {unit} is {unit2:.3g})",
                unit=self.scale.unit,
                unit2=abs(unit),
            )
            refuse(lazy("the effect cannot be converted to index points: {error}", error=error), hint, "effect")
        if nonsense is not None:
            refuse(*nonsense, "effect")
        return self

    @property
    def points(self) -> Distribution:
        """The effect in index points; ``ValueError`` if its family cannot be mirrored."""
        return rescale(self.effect, self.scale.points_per_unit)

    @property
    def target(self) -> str:
        """The node with its group: ``ex[front_line]``, or ``ex`` for every group."""
        return f"{self.node}[{self.group}]" if self.group else self.node


class Coordination(Record):
    """A change in how far experience is run as one strategy."""

    to: Share = Field(description="coordination aimed at: 0 separate silos … 1 one strategy")
    months: Months = Field(description="months until it is reached; a transition to total experience takes 12–18")


class Driver(Record):
    """What management does."""

    name: Name = Field(description="short name, used in results and in --set")
    title: Text = Field(default="", description="name in reports")
    kind: _Kind = Field(
        default="people", description="reference class of cost overruns: IT project, or people and process programme"
    )
    owner: _Owner = Field(
        default="shared",
        description="who answers for it, the reference class of delivery: a real C-level owner, shared, or none",
    )
    start: WholeMonths = Field(default=0, description="month in which it starts, counted from 0")
    pushes: tuple[Push, ...] = Field(default=(), max_length=100, description="what it moves")
    one_off: Money = Field(default=_ZERO, description="planned one-off cost, in the currency")
    monthly: Money = Field(default=_ZERO, description="planned running cost a month, in the currency")
    per_head_monthly: Money = Field(default=_ZERO, description="running cost a month for each head reached")
    heads: Amount | None = Field(default=None, description="heads reached; by default the staff groups that are pushed")
    fade: Months = Field(
        default=point(6.0), description="half-life in months of the push after it ends; 0 ends at once"
    )
    months: WholeMonths | None = Field(
        default=None, description="months that it is active, at least the pilot's; by default it goes on"
    )
    coordination: Coordination | None = Field(default=None, description="what it does to coordination")
    delivery: Turnover | None = Field(
        default=None, description="share of the intended effect that execution delivers, in place of the owner's class"
    )
    cost_overrun: Amount | None = Field(
        default=None, description="cost against plan, a ratio, in place of the class of its kind"
    )
    slip: Months | None = Field(
        default=None,
        description="months by which effects come late; by default 0.15 of the longest ramp of the driver, wide",
    )
    benefits: tuple[Benefit, ...] = Field(
        default=(),
        max_length=_MOST,
        description="what it earns beside experience: `{monthly: 12000}` or `{time_saved: 4 %, group: service}`",
        exclude_if=unstated,
    )
    costs: tuple[Cost, ...] = Field(
        default=(),
        max_length=_MOST,
        description="more costs, by month from its start: `{amount: 90000, month: 2}` or `{amount: 700, from: 6}`",
        exclude_if=unstated,
    )
    one_off_kind: Accounting = Field(
        default="opex", description="capex: `one_off` is written off over `one_off_life`", exclude_if=unstated
    )
    one_off_life: Life | None = Field(
        default=None, description="months over which `one_off` is written off if it is capex", exclude_if=unstated
    )

    @model_validator(mode="after")
    def _written_off(self) -> Driver:
        accounted(self.one_off_kind, self.one_off_life, "one_off_life", "one_off_kind")
        return self


class Measure(Record):
    """One thing that the pilot's survey reads."""

    node: str = Field(description="node that is measured, for example `ex[front_line]`, `ex` (all staff) or `cx`")
    by_unit: Flag = Field(
        default=True,
        description="whether each unit is read; if not, only the firm as a whole, diluted and uncontrolled",
    )
    respondent_sd: Amount | None = Field(
        default=None,
        description="sd of single answers, in the scale of the node's baseline; by default from its score for NPS "
        "and shares, else a quarter of the scale",
    )
    passives: Share = Field(
        default=point(0.35), description="NPS: share of answers that count neither for nor against, 7 and 8"
    )

    @model_validator(mode="before")
    @classmethod
    def _alone(cls, raw: Any) -> Any:
        """Take a bare name for the node."""
        return {"node": raw} if isinstance(raw, str) else raw


class Pilot(Record):
    """A trial in a part of the firm before the decision."""

    months: WholeMonths = Field(description="months that the pilot runs, at least 1")
    decision_months: WholeMonths = Field(default=1, description="months from the end of the pilot to the decision")
    scope: Share = Field(description="share of the node's population in the pilot, above 0 and below 1")
    one_off: Money = Field(default=_ZERO, description="one-off cost of the pilot, in the currency")
    monthly: Money = Field(default=_ZERO, description="running cost of the pilot a month, in the currency")
    reusable: Share = Field(
        default=_ZERO, description="share of the pilot's one-off cost that scaling need not pay again"
    )
    costs: tuple[Cost, ...] = Field(
        default=(),
        max_length=_MOST,
        description="more costs of the pilot, by month from its start and paid until its decision",
        exclude_if=unstated,
    )
    one_off_kind: Accounting | None = Field(
        default=None, description="whether `one_off` is opex or capex; by default as the driver's", exclude_if=_is_none
    )
    one_off_life: Life | None = Field(
        default=None,
        description="months over which `one_off` is written off; by default the driver's",
        exclude_if=unstated,
    )
    respondents: Amount = Field(default=_ZERO, description="people who answer each wave of the survey")
    waves: Count = Field(default=2, description="waves of the survey, evenly from start to end of the pilot, 1 to 24")
    cost_per_response: Money = Field(default=_ZERO, description="cost of one answer, in the currency")
    response: Share = Field(
        default=point(1.0), description="share of those asked who answer; caps the respondents of a wave"
    )
    control: Flag = Field(
        default=False, description="whether control units, without the driver, are surveyed at the same times"
    )
    control_respondents: Amount | None = Field(
        default=None, description="people who answer each wave in control units; by default as many as in the pilot"
    )
    units: Count = Field(default=4, description="units in the pilot: teams, shops, sites; at least 1")
    control_units: Count | None = Field(
        default=None, description="units in the control group; by default as many as in the pilot"
    )
    wave_correlation: Share = Field(
        default=_ZERO,
        description="correlation of one person's answers between waves, if the same people are asked; else 0",
    )
    chosen_below: Amount = Field(
        default=_ZERO,
        description="by how much the pilot units scored below the firm when they were chosen for bad scores, in the "
        "scale of the first measure: the part that comes back by itself is subtracted",
    )
    measures: tuple[Measure, ...] = Field(
        default=(), max_length=2, description="what the survey reads, one or two nodes; by default the nodes pushed"
    )

    @property
    def survey_steps(self) -> tuple[int, ...]:
        """Months from the start in which the waves of the survey fall, evenly to the end of the pilot."""
        return tuple(round(self.months * wave / max(self.waves - 1, 1)) for wave in range(self.waves))


class Rivals(Record):
    """Competitors that adopt total experience."""

    share: Share = Field(description="share of rivals that adopt in the end")
    start: WholeMonths = Field(default=0, description="month in which they begin")
    months: Months = Field(description="months until that share is reached")


class Decision(Record):
    """By what an option is chosen."""

    criterion: _Criterion = Field(
        default="mean_npv", description="mean_npv: the best mean NPV among the options within the limits"
    )
    max_p_loss: PlainShare | None = Field(default=None, description="highest acceptable probability of a loss, 0 … 1")
    max_peak_funding: PlainMoney | None = Field(
        default=None, description="highest acceptable peak funding, in the currency"
    )
    material: PlainShare = Field(
        default=0.05,
        description="gap, as a share of the present value of cost, under which options are too close to call",
    )
    after_tax: Flag = Field(
        default=False,
        description="true: the decision reads figures after tax; needs `finance: {tax_rate: …}`",
        exclude_if=unstated,
    )
