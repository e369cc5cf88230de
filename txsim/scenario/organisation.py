# SPDX-License-Identifier: MIT
"""The firm as it stands: where its indices are, who works there, what customers bring."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from txsim.language import Words, lazy
from txsim.priors.distributions import Z95, Distribution, point, quantile, rescale
from txsim.priors.moments import median
from txsim.priors.written_numbers import PERCENT
from txsim.scenario.fields import (
    Amount,
    Count,
    Cover,
    Flag,
    Growth,
    Level,
    Money,
    Name,
    Quantity,
    ScaleField,
    Share,
    Text,
    Turnover,
    choice,
    refuse,
    unstated,
)
from txsim.scenario.record import Record
from txsim.scenario.record_fields import Field, field_validator, model_validator
from txsim.units import MEASURES, SCALES, Scale

#: Signs and words of a currency that no other has.
_ONLY_ONE = dict.fromkeys(("₽", "р", "руб", "рубль", "рубли", "рублей", "ruble", "rubles", "rouble", "roubles"), "RUB")

_ZERO = point(0.0)


def currency_of(text: str) -> str | None:
    """Return the code of a currency from a sign or word that no other currency has; ``None`` for any other text.

    >>> currency_of("руб."), currency_of("$")
    ('RUB', None)
    """
    return _ONLY_ONE.get(text.strip().lower().rstrip("."))


_Measure: Any = choice(*MEASURES)


def _ends(d: Distribution) -> tuple[float, float]:
    """Return the 5 % and 95 % quantile, without scipy for what is mostly written."""
    if d.family == "point":
        return d.args[0], d.args[0]
    if d.family == "normal":
        return d.args[0] - Z95 * d.args[1], d.args[0] + Z95 * d.args[1]
    return quantile(d, 0.05), quantile(d, 0.95)


#: Scales that hold no share of favourable answers.
_NET = ("nps", "enps")


class Baseline(Record):
    """Where an index stands today."""

    value: Level = Field(description="level on the stated scale")
    scale: ScaleField = Field(
        default=SCALES["index"],
        description="scale that people measure in; {worst: 48, best: 0, unit: h} for a process metric",
    )
    measure: _Measure | None = Field(
        default=None,
        description="kind of score: mean, favourable (share of top answers) or nps; by default as the scale says",
    )

    @model_validator(mode="before")
    @classmethod
    def _alone(cls, raw: Any) -> Any:
        """Take a bare quantity for a level of the index."""
        if not isinstance(raw, Mapping) or (raw and not {"value", "scale", "measure"} & set(raw)):
            raw = {"value": raw}
        value = raw.get("value")
        percent = PERCENT.fullmatch(value) if isinstance(value, str) else None
        favourable = raw.get("measure") == "favourable" and raw.get("scale") not in _NET
        if percent is not None and (favourable or raw.get("scale") == "percent"):
            return {**raw, "value": float(percent[1]), "scale": "percent"}
        return raw

    @model_validator(mode="after")
    def _possible(self) -> Baseline:
        scale: Scale = self.scale
        try:
            level = self.index
        except ValueError as error:
            hint = lazy("state the level by {distribution: normal, mean: …, sd: …} or {interval: [..], family: normal}")
            refuse(lazy("{error}, which the scale `{name}` needs", error=error, name=scale.name), hint)
        middle = median(level)
        if not 1 <= middle <= 99:
            refuse(
                lazy("the baseline stands at {words:.4g} of 100 index points; baselines lie in 1 … 99", words=middle),
                _level_hint(self),
            )
        low, high = _ends(level)
        if not 1 <= low <= high <= 99:
            refuse(
                lazy(
                    "this baseline reaches from {low:.3g} to {high:.3g} index points; baselines lie in 1 … 99",
                    low=low,
                    high=high,
                )
            )
        return self

    @property
    def index(self) -> Distribution:
        """The level in index points; ``ValueError`` if the family cannot be moved to the index."""
        scale: Scale = self.scale
        if scale.name in ("index", "percent"):
            return self.value  # type: ignore[no-any-return]  # a kind of field
        return rescale(self.value, scale.points_per_unit, scale.level_to_index(0.0))

    @property
    def sd_ratio(self) -> float:
        """How strongly this measure moves against a mean score."""
        return MEASURES[self.measure or self.scale.measure]


def _share_hint(percent: float) -> Words:
    """Return how a share of favourable answers is written."""
    return lazy("for a share of favourable answers write {text}", text=f"{{value: {percent:g}, scale: percent}}")


def _level_hint(baseline: Baseline) -> Words:
    """Return what was probably meant by a level off the scale."""
    scale: Scale = baseline.scale
    value = median(baseline.value)
    if baseline.measure == "favourable" and scale.name != "percent" and 0 < value <= 100:
        return _share_hint(100 * value if value < 1 else value)
    if scale.name in ("index", "percent"):
        if 0 < value < 1:
            return lazy("write {value:g}: levels of an index are 0 … 100, not 0 … 1", value=100 * value)
        if value < 0:
            return lazy("a level below 0 is possible on the scales nps and enps: write {value: …, scale: nps}")
        if value <= 1:
            return ""
    return lazy(
        "on the scale `{name}` levels go from {worst:g} to {best:g}",
        name=scale.name,
        worst=scale.worst,
        best=scale.best,
    )


class StaffGroup(Record):
    """One group of staff."""

    headcount: Amount = Field(description="people")
    meets_customers: Flag = Field(default=True, description="whether these people meet customers; by default they do")
    turnover_per_year: Turnover | None = Field(default=None, description="share of the group that leaves in a year")
    salary_per_year: Money | None = Field(default=None, description="cost of one person a year, in the currency")
    reach: Amount | None = Field(
        default=None,
        description="customers whom one person here affects, against one front-line person; 1 for those who meet "
        "customers, else the prior `reach`",
    )
    absence_rate: Share | None = Field(
        default=None,
        description="share of paid time that the group is absent today, in the staff's own figures",
        exclude_if=unstated,
    )


class Segment(Record):
    """One segment of customers, with figures of its own (docs/model.md, section 15)."""

    customers: Amount = Field(description="number of its customers today")
    churn_per_month: Share = Field(description="share of them lost in a month")
    arpu_per_month: Money = Field(description="revenue per customer and month, in the currency")
    joins_per_month: Amount | None = Field(
        default=None, description="new customers a month; by default as many as leave"
    )
    responds: Amount = Field(
        default=point(1.0), description="how strongly it reacts to experience, against the average customer"
    )
    contribution_margin: Share | None = Field(
        default=None, description="contribution margin, share of revenue; by default the organisation's"
    )
    contacts_per_month: Amount | None = Field(
        default=None, description="service contacts of a customer in a month; by default the organisation's"
    )
    cost_per_contact: Money | None = Field(
        default=None, description="cost of one service contact; by default the organisation's"
    )
    digital_bad: Share | None = Field(
        default=None, description="share of digital interactions that go badly; by default the organisation's"
    )
    digital_interactions: Count | None = Field(
        default=None, description="digital interactions of a customer in a month; by default the organisation's"
    )
    arpu_growth: Growth | None = Field(
        default=None, description="growth of revenue per customer, fraction a year; by default the organisation's"
    )


class Organisation(Record):
    """The firm as it stands: baselines, staff, money."""

    name: Text = Field(default="", description="name of the organisation")
    currency: str = Field(
        default="EUR",
        description="currency of all money in the file, three capital letters",
        json_schema_extra={"pattern": "^[A-Z]{3}$"},
    )
    index: dict[str, Baseline] = Field(
        default_factory=dict,
        description="where each node stands: `cx`, `ex[front_line]`; `ex` stands for every group that is not given",
    )
    coordination: Share = Field(default=_ZERO, description="how far experience is run as one strategy: 0 silos … 1 one")
    staff: dict[Name, StaffGroup] = Field(
        default_factory=dict, max_length=30, description="groups of staff by name, up to 30"
    )
    customers: Amount | None = Field(default=None, description="number of customers today")
    churn_per_month: Share | None = Field(default=None, description="share of customers lost in a month")
    joins_per_month: Amount | None = Field(
        default=None, description="new customers a month; by default as many as leave"
    )
    arpu_per_month: Money | None = Field(default=None, description="revenue per customer and month, in the currency")
    revenue_per_month: Money | None = Field(default=None, description="revenue a month, in the currency")
    contribution_margin: Share | None = Field(default=None, description="contribution margin, share of revenue")
    digital_bad: Share | None = Field(default=None, description="share of digital interactions that go badly")
    digital_interactions: Count | None = Field(
        default=None, description="digital interactions of a customer in a month, a whole number"
    )
    contacts_per_month: Amount = Field(default=_ZERO, description="service contacts of a customer in a month")
    cost_per_contact: Money = Field(
        default=_ZERO, description="cost of one service contact, unless the contribution margin contains it"
    )
    productivity_ex: Quantity = Field(
        default=_ZERO,
        description="output that one EX point is worth, in percentage points of payroll",
        json_schema_extra={"examples": [0.13]},
    )
    arpu_growth: Growth = Field(default=_ZERO, description="growth of revenue per customer, fraction a year")
    cost_growth: Growth = Field(
        default=_ZERO, description="growth of salaries, cost per contact and running cost, fraction a year"
    )
    season: tuple[float, ...] | None = Field(
        default=None,
        description="twelve factors of revenue, the first for month 0",
        json_schema_extra={"items": {"minimum": 0, "type": "number"}, "maxItems": 12, "minItems": 12},
    )
    time_realised: Share | None = Field(
        default=None,
        description="share of the working time saved by better tools that becomes cash, 0 … 1",
        exclude_if=unstated,
    )
    absence_cover: Cover | None = Field(
        default=None,
        description="what an absent month costs in money, in salaries, 0 … 2; 0, the default: nobody is hired in",
        exclude_if=unstated,
    )
    segments: dict[Name, Segment] = Field(
        default_factory=dict,
        description="segments of customers by name, 2 to 20; they take the place of customers, churn and arpu above",
        exclude_if=unstated,
    )

    sources: dict[str, Text] = Field(
        default_factory=dict,
        max_length=200,
        description="who said a figure and when, by its key: {churn_per_month: 'finance, 12 Nov 2026'}, for reports",
        exclude_if=unstated,
    )

    @field_validator("currency", mode="before")
    @classmethod
    def _three_letters(cls, raw: Any) -> str:
        if isinstance(raw, str) and len(raw) == 3 and raw.isascii() and raw.isalpha() and raw.isupper():
            return raw
        if isinstance(raw, str) and (code := currency_of(raw)) is not None:
            return code
        signs = {"€": "EUR", "$": "USD", "£": "GBP", "euro": "EUR"}
        meant = signs.get(str(raw).lower()) or (str(raw).upper() if isinstance(raw, str) and len(raw) == 3 else "EUR")
        message = lazy("expected three capital letters, found {raw}", raw=repr(str(raw)[:40]))
        refuse(message, lazy("write {text}", text=meant))

    @field_validator("season", mode="before")
    @classmethod
    def _twelve(cls, raw: Any) -> Any:
        if not isinstance(raw, list | tuple) or len(raw) != 12:
            text = f"{len(raw)} entries" if isinstance(raw, list | tuple) else str(raw)[:40]
            message = lazy("expected a list of twelve factors, found {value}", value=text)
            refuse(message, lazy("the first factor belongs to month 0; 1 is a usual month"))
        for i, factor in enumerate(raw):
            if isinstance(factor, bool) or not isinstance(factor, int | float) or not 0 <= factor <= 1e6:
                message = lazy(
                    "factor {i} of the season: expected a number, at least 0, found {factor}",
                    i=i + 1,
                    factor=str(factor)[:40],
                )
                refuse(message)
        return tuple(float(factor) for factor in raw)

    def of(self, segment: Segment, key: str) -> Any:
        """Return what a segment of customers states, else what the firm does; ``None`` where neither states it."""
        own = getattr(segment, key)
        return getattr(self, key) if own is None else own
