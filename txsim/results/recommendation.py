# SPDX-License-Identifier: MIT
"""What to do, how firmly, and what would change it: the part that several verbs' results share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from txsim.language import Words
from txsim.results.quantities import MONEY, MONTHS, OWN, SHARE, Estimate, Money, Share

#: How firm a recommendation is.
State = Literal["clear", "leaning", "open"]


@dataclass(frozen=True)
class Flip:
    """Something that would change the recommendation."""

    kind: Literal["claim", "parameter"]  #: ``claim`` (left out) or ``parameter`` (at another value).
    name: str  #: Which.
    #: The value of the parameter, its 25 % or 75 % quantile, as draws hold it; ``None`` for a claim.
    value: float | None
    option: str  #: What would be recommended then.
    #: ``meaning``, ``stated``, ``unit``: Of a parameter what it is, its value in the unit in which the author counts
    #: it, and that unit.
    meaning: Words = ""
    stated: Annotated[float | None, OWN] = None
    unit: str = ""
    #: Of a parameter on which side of its middle ``stated`` lies, in the author's unit.
    side: Literal["low", "high", ""] = ""
    #: ``level``, ``level_stated``: Of a parameter the value between its middle and ``value`` at which both options are
    #: expected to pay the same, as draws hold it and in the author's unit; ``None`` where that is not looked at or not
    #: there. Where a limit turns the answer, that at which the limit is reached. Sentences tell this one.
    level: float | None = None
    level_stated: Annotated[float | None, OWN] = None
    #: The limit of `decision`, or ``max_pv_cost`` of a budget, that turns the answer by excluding the option, or by
    #: excluding another no longer; empty where another is expected to pay more.
    limit: Literal["", "max_p_loss", "max_peak_funding", "max_pv_cost"] = ""
    #: Whether what turns it is to know the parameter, since the limit is kept in its middle, too, and at both quartiles
    #: or up to beyond the middle: ``level`` is where that ends, ``None`` where it ends nowhere, and ``side`` on which
    #: side of that it holds.
    known: bool = False
    #: ``gap``, ``gap_stated``: Between which values next to nothing was tried around ``level``, which is the end on the
    #: side of ``option``, as draws hold them and in the author's unit, the smaller first; empty where there is no gap.
    gap: tuple[float, ...] = ()
    gap_stated: Annotated[tuple[float, ...], OWN] = ()


@dataclass(frozen=True)
class Excluded:
    """An option that the limits exclude, with the figures that are above them; ``None`` for what keeps its limit."""

    option: str  #: Which.
    p_loss: Share | None = None  #: Probability of a loss.
    peak_funding: Money | None = None  #: 95 % quantile of peak funding.
    pv_cost: Money | None = None  #: Expected present value of cost.
    #: Whether it pays more than the option recommended, or begins otherwise and pays too little less to choose by.
    rival: bool = False
    #: ``max_p_loss``, ``max_peak_funding``: The limits that it breaks, where scenarios side by side state different
    #: ones and each option is held to its own.
    max_p_loss: Share | None = None
    max_peak_funding: Money | None = None
    resolution: Money = 0.0  #: Power of ten to whose multiples its expected value is told; 0 where it is exact.


@dataclass(frozen=True)
class Knowing:
    """What knowing one quantity would be worth to the choice between committing (of a comparison, to any) and not."""

    name: str  #: Parameter, link or quantity of the scenario.
    evppi: Annotated[Estimate, MONEY]  #: What knowing it alone would be worth.
    #: ``meaning``, ``unit``, ``p05``, ``p95``: What it is, in what its author counts it, and where it lies with 90 % in
    #: that unit, the smaller first.
    meaning: Words = ""
    unit: str = ""
    p05: Annotated[float | None, OWN] = None
    p95: Annotated[float | None, OWN] = None

    @property
    def told_from_nothing(self) -> bool:
        """Whether it is worth more than twice its Monte Carlo error."""
        return self.evppi.value > 2.0 * self.evppi.mcse


@dataclass(frozen=True)
class Piloting:
    """The best of the pilots that were tried."""

    #: ``months``, ``scope``, ``respondents``: How long, in which share of the units, and with how many answers a wave.
    months: Annotated[int, MONTHS]
    scope: Share
    respondents: float
    #: What running it is worth against the best that can be chosen without a pilot.
    pilot_net: Annotated[Estimate, MONEY]
    #: The part of that which is information: what choosing by its rule is worth more than always scaling, or always
    #: stopping, after it. The rest is what a smaller first step is worth whatever is read.
    rule_value: Annotated[Estimate, MONEY]
    tried: int  #: How many were tried; 1 where it is the stated one.
    scenario: str = ""  #: Of a comparison, whose it is; else empty.

    @property
    def pays(self) -> bool:
        """Whether it is worth more than twice its Monte Carlo error."""
        return self.pilot_net.value > 2.0 * self.pilot_net.mcse

    @property
    def settles(self) -> bool:
        """Whether it pays, and by what it tells."""
        return self.pays and pays_by_reading(self.pilot_net, self.rule_value)


def pays_by_reading(net: Estimate, reading: Estimate) -> bool:
    """Return whether what a pilot is worth, where it is worth anything, is for the most part what it tells.

    ``reading``: what choosing by its rule is worth more than the better of always scaling and always stopping.
    """
    return reading.value >= 0.5 * net.value > 0.0


@dataclass(frozen=True)
class Settlement:
    """What would settle an open question."""

    #: What is most worth knowing before choosing between committing (of a comparison, to one of its scenarios) and
    #: doing nothing, the most valuable first; empty where nothing is uncertain or the limits exclude committing.
    quantities: tuple[Knowing, ...] = ()
    pilot: Piloting | None = None  #: ``None`` where no pilot was looked at.


@dataclass(frozen=True)
class Recommendation:
    """What to do, and how firm that is (docs/model.md, section 7)."""

    option: str  #: The option recommended.
    criterion: str  #: By what is chosen.
    #: ``margin``, ``mcse``: How much more the best is expected to pay than the runner-up, present value, and the Monte
    #: Carlo standard error of that.
    margin: Money
    mcse: Money
    too_close: bool  #: Whether the state is ``open``.
    fragile: bool  #: Whether leaving out one claim, or one parameter at a quartile, changes it.
    flips: tuple[Flip, ...]  #: What would change it.
    runner_up: str | None  #: The best option that begins otherwise; ``None`` if there is none.
    #: Expected net present value by option.
    mean_npv: Annotated[Mapping[str, float], MONEY] = field(default_factory=dict)
    refused: tuple[str, ...] = ()  #: Options with a better mean that the limits exclude.
    #: ``max_p_loss``, ``max_peak_funding``, ``max_pv_cost``: Those limits; ``None`` for no limit.
    max_p_loss: Share | None = None
    max_peak_funding: Money | None = None
    max_pv_cost: Money | None = None
    sentence: Words = ""  #: The recommendation in plain words.
    #: ``clear``, ``leaning`` (something flips it) or ``open`` (no first step beats every other; then the option is the
    #: one that is cheapest to take back, and none is called recommended).
    state: State = "open"
    #: The option with the best mean, by which margin and runner-up are told; in state ``open`` it need not be
    #: ``option``.
    best: str = ""
    contenders: tuple[str, ...] = ()  #: In state ``open`` the best and all that it does not beat.
    p_loss: Annotated[Mapping[str, float], SHARE] = field(default_factory=dict)  #: Probability of a loss by option.
    untested: tuple[str, ...] = ()  #: Claims whose influence these draws cannot tell.
    #: Parameters that look as if they would change it at a quartile, by less than these draws can tell from chance.
    undecided: tuple[str, ...] = ()
    #: ``p_stopped_loss``, ``pv_stopped``: Of a policy that is ``option``: probability that it stops with a loss, and
    #: what it has cost then, present value.
    p_stopped_loss: Share | None = None
    pv_stopped: Money | None = None
    #: Of a policy that is ``option``: the rule by which it is decided later, in words; empty otherwise.
    rule: Words = ""
    #: ``lead``, ``because``: ``sentence`` in two parts: what and how it pays; why no more can be said, or what would
    #: change it.
    lead: Words = ""
    because: Words = ""
    #: Power of ten to whose multiples expected values are told: no finer than their Monte Carlo error, nor than a
    #: thousandth of the width of the 90 % interval; 0 where all is exact.
    resolution: Money = 0.0
    #: ``after_tax``, ``taxed``: Whether all its figures are after tax, and whether there is one; then its sentences say
    #: on which side they are.
    after_tax: bool = False
    settlement: Settlement | None = None  #: In state ``open`` what would settle it; else, and across beliefs, ``None``.
    excluded: tuple[Excluded, ...] = ()  #: Every option that the limits exclude, and by which figures.
    taxed: bool = False


def rivals(recommendation: Recommendation) -> tuple[str, ...]:
    """Return the options that only the limits keep out of the race."""
    near = [each.option for each in recommendation.excluded if each.rival]
    return tuple(dict.fromkeys((*recommendation.refused, *near)))


def headline(recommendation: Recommendation) -> str:
    """Return the option of which figures are shown.

    The one recommended. Where that does nothing, committing, which is what was asked: a pilot that pays more may do so
    because it always stops. Where none is, the acting one of those too close to call that pays most.
    """
    means = recommendation.mean_npv
    if recommendation.state != "open" and recommendation.option != "do_nothing":
        return recommendation.option
    every = [name for name in means if name.rpartition("/")[2] != "do_nothing"]
    among = [name for name in every if name in recommendation.contenders]
    if recommendation.state != "open":
        among = [name for name in every if name.rpartition("/")[2] == "commit"]
    among = among or every
    return max(among, key=lambda name: means[name]) if among else recommendation.option


@dataclass(frozen=True)
class Verdict:
    """The best option at one horizon by the scenario's criterion."""

    option: str  #: Which.
    mean_npv: Money  #: Its expected net present value.
    too_close: bool  #: Whether another is nearer than two standard errors or what is material.
