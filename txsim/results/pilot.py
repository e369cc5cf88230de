# SPDX-License-Identifier: MIT
"""What ``txsim pilot`` answers: whether a pilot is worth it, which one, and by what rule to decide after it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal

from txsim.language import N_, Words
from txsim.language.numbers import error_grain
from txsim.results.codec import Result
from txsim.results.quantities import MONEY, MONTHS, OWN, SHARE, Count, Estimate, Share
from txsim.results.recommendation import Excluded, Recommendation, pays_by_reading

#: Why no pilot is worth it.
Reason = Literal[
    "only_a_first_step",
    "beyond_the_limits",
    "nobody_changes_mind",
    "cannot_be_read",
    "review_is_better",
    "costs_more_than_it_tells",
]
#: What each reason says.
REASONS: dict[Reason, str] = {
    "only_a_first_step": N_(
        "What pays is a smaller first step, not what it tells: its reading would change almost no decision."
    ),
    "beyond_the_limits": N_("Every pilot that would pay is excluded by the limits set."),
    "nobody_changes_mind": N_(
        "Hardly anybody would change their mind: even the whole truth is worth under 1 % of what is at stake."
    ),
    "cannot_be_read": N_("It cannot be read in that time: the signal drowns in the noise of units and respondents."),
    "review_is_better": N_("Rolling out and reviewing is better: it learns as much without the delay."),
    "costs_more_than_it_tells": N_("What it tells is worth less than its cost and its delay."),
}


@dataclass(frozen=True)
class Design:
    """One pilot that could be run."""

    #: ``scope``, ``months``, ``respondents``, ``control``: Share of the population, months, people who answer a wave in
    #: pilot units, and whether there are control units.
    scope: Share
    months: Annotated[int, MONTHS]
    respondents: float
    control: bool
    #: ``evsi``, ``pilot_net``: What the reading is worth for the choice to scale or stop, and what running the pilot is
    #: worth against the best of committing, committing with a review, and doing nothing: of those that the limits of
    #: ``decision`` leave.
    evsi: Annotated[Estimate, MONEY]
    pilot_net: Annotated[Estimate, MONEY]
    #: ``assurance``, ``false_go``, ``false_stop``: Probabilities that it leads to what is right in truth, that it
    #: scales what should stop, and that it stops what should scale; they sum to 1.
    assurance: Annotated[Estimate, SHARE]
    false_go: Annotated[Estimate, SHARE]
    false_stop: Annotated[Estimate, SHARE]
    delay_months: Annotated[int, MONTHS]  #: Months from the start to the decision.
    #: The part of ``pilot_net`` that is information: what choosing by its rule is worth more than the better of always
    #: scaling and always stopping after it. The rest is what a smaller first step is worth whatever is read.
    rule_value: Annotated[Estimate, MONEY]
    excluded: Excluded | None = None  #: By which figures the limits exclude it; ``None`` where they do not.

    @property
    def pays(self) -> bool:
        """Whether it is within the limits and worth more than the best choice without it."""
        return self.excluded is None and self.pilot_net.value > 0

    @property
    def pays_by_reading(self) -> bool:
        """Whether it pays, and that for the most part by what it tells."""
        return self.excluded is None and pays_by_reading(self.pilot_net, self.rule_value)


@dataclass(frozen=True)
class UnusedReading:
    """Something that is read and that a rule does not ask for."""

    reading: Literal["survey", "bills"]  #: ``survey`` or ``bills``.
    #: ``node``, ``unit``, ``rises``: Of a survey, as in :class:`Rule`; empty for bills.
    node: str
    unit: str
    rises: bool
    #: ``cannot_change``: under 2 % or over 98 % of readings would pass; ``adds_little``: under 10 % of the value of the
    #: rule that asks for it.
    why: Literal["cannot_change", "adds_little"]
    #: ``threshold``, ``step``: What would be asked for: in ``unit``, or as a share above plan; ``None`` where no
    #: reading would change the choice.
    threshold: Annotated[float | None, OWN]
    step: Annotated[float, OWN]
    #: How far above what is expected that lies, in standard deviations of what may be read; ``None`` where it lies
    #: among what may well be read, or there is no threshold.
    sds: float | None
    #: Whether a reading would have to pass the threshold to change the decision (else to fail it); ``None`` as ``sds``.
    passes: bool | None
    adds: Share  #: What it would add, as a share of the value of the rule that asks for it.
    p: Share | None = None  #: Probability of a reading that would change the decision; ``None`` as ``sds``.


@dataclass(frozen=True)
class Rule:
    """What will be done after the pilot, in the scale of the measure (docs/model.md, section 7)."""

    #: ``node``, ``unit``: What is read, and what one unit of it is called.
    node: str
    unit: str
    #: ``threshold``, ``step``: Difference in that unit from which the driver is scaled, a multiple of ``step``;
    #: ``None`` where the survey is not asked for.
    threshold: Annotated[float | None, OWN]
    rises: bool  #: Whether scaling needs a rise (else a fall, where less is better).
    threshold_if_over_budget: Annotated[float | None, OWN]  #: ``None``: a rule that can be followed has one threshold.
    #: How far above plan the bills may run (a fraction, negative for below plan); ``None`` where they are not asked
    #: for.
    overrun_limit: Annotated[float | None, SHARE]
    #: ``scale`` or ``stop`` where the choice does not depend on anything that is read.
    always: Literal["scale", "stop"] | None
    #: ``months``, ``control``, ``by_unit``: When it is read, whether against control units, and whether by unit or in
    #: the firm as a whole.
    months: Annotated[int, MONTHS]
    control: bool
    by_unit: bool
    p_scale: Share  #: Probability that the pilot ends in scaling by this rule.
    step: Annotated[float | None, OWN] = None
    #: ``value``, ``evsi``: What the choice by this rule is worth more than the best choice without a reading, and what
    #: ideal use of the same readings would be.
    value: Annotated[Estimate | None, MONEY] = None
    evsi: Annotated[Estimate | None, MONEY] = None
    #: ``false_go``, ``false_stop``: Probabilities that this rule scales what should stop, and that it stops what should
    #: scale.
    false_go: Annotated[Estimate | None, SHARE] = None
    false_stop: Annotated[Estimate | None, SHARE] = None
    unused: tuple[UnusedReading, ...] = ()  #: What is read and not asked for, and why.


def digits_of(step: float) -> int:
    """Return with how many decimals a threshold is written: with those of the step that it is a multiple of.

    >>> digits_of(0.5), digits_of(0.02), digits_of(10.0)
    (1, 2, 0)
    """
    return max(0, -math.floor(math.log10(step)))


def preferred(design: Design) -> tuple[float, bool, float]:
    """Return by what one design comes before another: its worth, then who need not be asked for the same.

    Designs that lead to the same choices in every future differ by rounding alone.
    """
    return round(design.pilot_net.value, 3), not design.control, -design.respondents


def proposed(stated: Design, best: Design | None) -> Design:
    """Return the design whose decision rule is told: the best one where that is worth more than the stated one.

    A stated pilot that the limits exclude is worth less than any that they do not.
    """
    if best is None or (stated.excluded is None and preferred(best)[0] <= preferred(stated)[0]):
        return stated
    return best


def worth_grain(worth: Estimate, means: float = 0.0) -> float:
    """Return the power of ten to whose multiples what a pilot or its reading is worth is told; 0 where it is exact.

    It is the digit of its error. In sentences what a pilot is worth is a difference of two means of options, whose
    digits (``means``) it has, unless it is smaller.
    """
    own = error_grain(min(worth.mcse, abs(worth.value)))
    return max(own, means) if abs(worth.value) >= means else own


@dataclass(frozen=True)
class Pilot(Result):
    """The answer of ``txsim pilot``; what each field is, stands in docs/schema.md."""

    kind: ClassVar[str] = "pilot"

    #: ``scenario``, ``organisation``, ``hash``, ``calibration``, ``currency``, ``seed``, ``draws``: What it rests on:
    #: title, SHA-256 of scenario and of calibration, and how it was drawn.
    scenario: str
    hash: str
    currency: str
    seed: int
    draws: Count
    #: ``evpi``, ``evsi``, ``pilot_net``: Of the stated pilot.
    evpi: Annotated[Estimate, MONEY]
    evsi: Annotated[Estimate, MONEY]
    pilot_net: Annotated[Estimate, MONEY]
    commit_review: Annotated[Estimate, MONEY]  #: Value of rolling out at once with a review.
    worth_it: bool  #: Whether the stated pilot is within the limits and worth more than the best option without one.
    reasons: tuple[Reason, ...]  #: Why no pilot is worth it; empty where one is.
    stated: Design  #: The stated pilot as a design.
    #: Of the designs within the limits that are worth something, and that for the most part by what they tell, the one
    #: that is worth most; ``None`` where there is none.
    best_design: Design | None
    design: tuple[Design, ...]  #: All designs that were tried, the stated one first.
    capped_respondents: float | None  #: Respondents that the stated pilot can reach, where it states more.
    #: ``rule``, ``rule_details``: What will be done after the stated pilot, or after the best design where that is
    #: worth more: in words, and in figures.
    rule: Words
    rule_details: Rule
    recommendation: Recommendation | None = None  #: What to do today.
    calibration: str = ""
    #: Gap in money below which committing (where the limits exclude that, the best choice that they leave) and piloting
    #: first are too near each other to choose by; ``None`` of results that do not have it.
    material: Annotated[float | None, MONEY] = None
    #: Of each measure that cannot be asked of as many as stated, by its node, how many can answer a wave.
    capped: Mapping[str, float] = field(default_factory=dict)
    paid_respondents: float | None = None  #: For how many answers a wave the stated pilot pays.
    #: What will be done after the stated pilot, in words, where ``rule`` is that of another design; else empty.
    stated_rule: Words = ""
    stated_rule_details: Rule | None = None  #: The same in figures; else ``None``.
    organisation: str = ""
    #: The readings it rests on; not in the JSON.
    policies: Any = field(default=None, repr=False, compare=False, metadata={"internal": True})

    def grain(self, net: Estimate) -> float:
        """Return to which power of ten sentences tell what a pilot is worth (:func:`worth_grain`)."""
        return worth_grain(net, 0.0 if self.recommendation is None else self.recommendation.resolution)
