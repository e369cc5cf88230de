# SPDX-License-Identifier: MIT
"""What ``txsim run`` answers: what each option pays, how sure that is, and what it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar

from txsim.language import Words
from txsim.language.message import Message, lazy
from txsim.results.cash_flow import CashFlow, counts_runoff
from txsim.results.codec import Result
from txsim.results.page_one import PageOne, StatedNumber
from txsim.results.panel_data import FileReading
from txsim.results.quantities import (
    CUSTOMERS,
    MONEY,
    MONTHS,
    OWN,
    POINTS,
    SHARE,
    BothSidesOfTax,
    Count,
    Distribution,
    Estimate,
    Money,
    Points,
    Ratio,
    Real,
    Share,
)
from txsim.results.recommendation import Recommendation, Verdict


@dataclass(frozen=True)
class CalibrationNote:
    """Which draws of parameters a result rests on."""

    hash: str  #: SHA-256 of everything that made them.
    source: str  #: ``point`` (all numbers known), ``prior`` (no claims) or ``mcmc``.
    data: bool  #: Whether the organisation's own panel is part of it.
    #: ``seed``, ``part``: Seed of the sampler, and which stretch of its chains these draws are; 0 but for
    #: ``--fresh-seed``.
    seed: int = 0
    part: int = 0


@dataclass(frozen=True)
class Precision:
    """What ``--precision`` asked for, the largest Monte Carlo error that is left, and whether it is under that."""

    asked: Money
    reached: Money
    met: bool


@dataclass(frozen=True)
class PilotReading:
    """What one finished pilot measured: node, effect and its standard error, and whether units were drawn by lot.

    ``apart`` says how far arms moved apart before its start already, where it is so far that the difference cannot be
    read as an effect; its error holds as much.
    """

    node: str
    points: Points
    error: Points
    randomised: bool
    apart: Points = 0.0


@dataclass(frozen=True)
class Pilots:
    """What finished pilots did to the forecast."""

    file: str  #: The log.
    counted: Count  #: How many were taken into account; 0 for a log beside the scenario that it does not name.
    readings: tuple[PilotReading, ...]  #: What each measured.
    effective_draws: float | None  #: How many draws agree with what was measured.


@dataclass(frozen=True)
class Payback:
    """Month, counted from 1, from which the cumulative payoff stays above 0; ``None`` for never."""

    #: ``p05``, ``median``, ``p95``: Over all draws.
    p05: Annotated[float | None, MONTHS]
    median: Annotated[float | None, MONTHS]
    p95: Annotated[float | None, MONTHS]
    p_within_horizon: Share  #: Probability that it comes within the horizon.
    given_payback: Annotated[float | None, MONTHS]  #: Mean over the draws in which it comes.


@dataclass(frozen=True)
class Measured:
    """A deviation in the scale that the organisation measures in: name of the scale, its unit, and the figures."""

    scale: str
    unit: str
    mean: Annotated[float, OWN]
    sd: Annotated[float, OWN]
    median: Annotated[float, OWN]
    p05: Annotated[float, OWN]
    p95: Annotated[float, OWN]
    mcse: Annotated[float, OWN]


@dataclass(frozen=True)
class Delta:
    """Deviation of a node from its baseline in the last month, index points, and as it is measured."""

    mean: Points
    sd: Points
    median: Points
    p05: Points
    p95: Points
    mcse: Annotated[Real, POINTS]
    measured: Measured | None = None


@dataclass(frozen=True)
class Option(BothSidesOfTax[Distribution]):
    """What one option pays; money as present value (docs/model.md, section 6)."""

    #: ``npv``, ``npv_other_bridge``, ``pv_cost``, ``peak_funding``, ``runoff``: Net present value; the same on the
    #: bridge that does not pay; present value of cost; peak funding; value of customers kept after the horizon.
    #: ``None`` where it does not exist.
    npv: Annotated[Distribution, MONEY]
    npv_other_bridge: Annotated[Distribution | None, MONEY]
    pv_cost: Annotated[Distribution, MONEY]
    #: Mean NPV over mean present value of cost, after tax where the decision is; ``None`` without cost.
    roi: Ratio | None
    payback_month: Payback | None  #: ``None`` without cost; after tax where the decision is.
    peak_funding: Annotated[Distribution, MONEY]
    p_loss: Annotated[Estimate, SHARE]  #: Probability that NPV is below 0, after tax where the decision is.
    cvar05: Annotated[Estimate, MONEY]  #: Mean of the worst 5 % of NPVs, after tax where the decision is.
    runoff: Annotated[Distribution | None, MONEY]
    delta: Mapping[str, Delta]  #: By node.
    #: Net present value less tax, equal to ``npv`` where no tax is stated.
    npv_after_tax: Annotated[Distribution | None, MONEY] = None
    #: Present value of working time and other capacity that is freed and is not cash; in no other figure.
    capacity_freed: Annotated[Distribution | None, MONEY] = None
    #: What each segment of customers adds to the payoff, before tax and programme cost; ``None`` without segments and
    #: on the margin bridge.
    payoff_by_segment: Annotated[Mapping[str, Distribution] | None, MONEY] = None
    rule: Words = ""  #: Of a policy, by what it is decided later, in words.


@dataclass(frozen=True)
class DoNothing:
    """Levels when nothing is done: customers at the end, and present value of profit; ``None`` where not known."""

    customers_end: Annotated[Distribution | None, CUSTOMERS]
    pv_profit: Annotated[Distribution | None, MONEY]


@dataclass(frozen=True)
class CrossCheck:
    """The CX part alone on both bridges (docs/model.md, section 5)."""

    #: ``customers``, ``margin``: Present value on each.
    customers: Annotated[Distribution, MONEY]
    margin: Annotated[Distribution, MONEY]
    ratio: Ratio | None  #: Of their means.
    p_within_factor_2: Share | None  #: Probability that they lie within a factor of two of each other.
    agree: bool | None  #: Whether that is at least 0.3.


@dataclass(frozen=True)
class Claim:
    """A scored claim."""

    #: ``id``, ``cluster``, ``design``: Which claim.
    id: str
    cluster: str
    design: str
    #: ``credibility``, ``posterior_credibility``: Probability that it is sound, before and after all evidence.
    credibility: Share
    posterior_credibility: Share
    #: As they were read, with what became of the quantities that they speak of.
    statements: tuple[Mapping[str, Any], ...]
    remark: Words = ""  #: What is odd about it.
    #: ``says``, ``source``: In a sentence, and where it was published; empty where nobody said.
    says: Words = ""
    source: str = ""
    #: Whether its number was seen in the source (``yes``), quoted elsewhere (``cited``) or nowhere (``none``); empty in
    #: a result of an earlier version.
    read: str = ""


def harm_denied() -> Message:
    """Return what is said of a study of harm where priors forbid it."""
    return lazy(
        "this study says that the link harms; your priors forbid that. Give the link an interval that reaches below 0."
    )


@dataclass(frozen=True)
class Link:
    """A link that may be nothing: probability that it does nothing, before and after all evidence, pilots included."""

    name: str
    doubt: Share
    posterior_doubt: Share


@dataclass(frozen=True)
class Figures:
    """What a scenario's draws decide: the part of a run that a batch keeps."""

    options: Mapping[str, Option]  #: By option.
    verdict: Mapping[str, Verdict]  #: By horizon: ``horizon``, and ``horizon_plus_24`` where that was looked at.
    do_nothing: DoNothing  #: Levels when nothing is done.
    #: Present value of doing nothing with rivals less that without; ``None`` without rivals.
    standing_still: Annotated[Distribution | None, MONEY]
    cross_check: CrossCheck | None  #: ``None`` where only one bridge is stated.


@dataclass(frozen=True)
class Run(Figures, Result):
    """The answer of ``txsim run``; what each field is, stands in docs/schema.md."""

    kind: ClassVar[str] = "run"

    scenario: str
    question: str
    hash: str
    calibration: CalibrationNote
    pilots: Pilots | None
    seed: int
    draws: Count
    impossible_draws: Count
    horizon_months: Annotated[int, MONTHS]
    discount_rate: Share
    rate_kind: str
    currency: str
    bridge: str
    terminal: str
    fixed_by_author: tuple[str, ...]
    claims: tuple[Claim, ...]
    links: tuple[Link, ...]
    left_out: Mapping[str, Words]
    diagnostics: Mapping[str, Any]
    recommendation: Recommendation | None = None
    organisation: str = ""
    cash_flow: CashFlow | None = None
    after_tax: bool = False
    tax_rate: Share | None = None
    reading: FileReading | None = None
    policies: Mapping[str, Option] = field(default_factory=dict)
    page_one: PageOne | None = None
    stated: tuple[StatedNumber, ...] = ()
    warnings: tuple[Words, ...] = ()
    source: str = ""
    precision: Precision | None = None
    changed_by: tuple[str, ...] = ()

    @property
    def counts_runoff(self) -> bool:
        """Whether the payoff counts what customers kept are worth after the horizon."""
        return counts_runoff(bridge=self.bridge, terminal=self.terminal)
