# SPDX-License-Identifier: MIT
"""What ``txsim pilot`` answers: whether a pilot is worth it, which one, and by what rule to decide after it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal

from txsim.language import N_, Words
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
    """One pilot that could be run.

    Attributes
    ----------
    scope, months, respondents, control
        Share of the population, months, people who answer a wave in pilot units, and whether there are control units.
    evsi, pilot_net
        What the reading is worth for the choice to scale or stop, and what running the pilot is worth against the best
        of committing, committing with a review, and doing nothing: of those that the limits of ``decision`` leave.
    rule_value
        The part of ``pilot_net`` that is information: what choosing by its rule is worth more than the better of always
        scaling and always stopping after it. The rest is what a smaller first step is worth whatever is read.
    assurance, false_go, false_stop
        Probabilities that it leads to what is right in truth, that it scales what should stop, and that it stops what
        should scale; they sum to 1.
    delay_months
        Months from the start to the decision.
    excluded
        By which figures the limits exclude it; ``None`` where they do not.
    """

    scope: Share
    months: Annotated[int, MONTHS]
    respondents: float
    control: bool
    evsi: Annotated[Estimate, MONEY]
    pilot_net: Annotated[Estimate, MONEY]
    assurance: Annotated[Estimate, SHARE]
    false_go: Annotated[Estimate, SHARE]
    false_stop: Annotated[Estimate, SHARE]
    delay_months: Annotated[int, MONTHS]
    rule_value: Annotated[Estimate, MONEY]
    excluded: Excluded | None = None

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
    """Something that is read and that a rule does not ask for.

    Attributes
    ----------
    reading
        ``survey`` or ``bills``.
    node, unit, rises
        Of a survey, as in :class:`Rule`; empty for bills.
    why
        ``cannot_change``: under 2 % or over 98 % of readings would pass; ``adds_little``: under 10 % of the value of
        the rule that asks for it.
    threshold, step
        What would be asked for: in ``unit``, or as a share above plan; ``None`` where no reading would change the
        choice.
    sds
        How far above what is expected that lies, in standard deviations of what may be read; ``None`` where it lies
        among what may well be read, or there is no threshold.
    passes
        Whether a reading would have to pass the threshold to change the decision (else to fail it); ``None`` as
        ``sds``.
    adds
        What it would add, as a share of the value of the rule that asks for it.
    """

    reading: Literal["survey", "bills"]
    node: str
    unit: str
    rises: bool
    why: Literal["cannot_change", "adds_little"]
    threshold: Annotated[float | None, OWN]
    step: Annotated[float, OWN]
    sds: float | None
    passes: bool | None
    adds: Share


@dataclass(frozen=True)
class Rule:
    """What will be done after the pilot, in the scale of the measure (docs/model.md, section 7).

    Attributes
    ----------
    node, unit
        What is read, and what one unit of it is called.
    threshold, step
        Difference in that unit from which the driver is scaled, a multiple of ``step``; ``None`` where the survey is
        not asked for.
    rises
        Whether scaling needs a rise (else a fall, where less is better).
    threshold_if_over_budget
        ``None``: a rule that can be followed has one threshold.
    overrun_limit
        How far above plan the bills may run (a fraction, negative for below plan); ``None`` where they are not asked
        for.
    always
        ``scale`` or ``stop`` where the choice does not depend on anything that is read.
    months, control, by_unit
        When it is read, whether against control units, and whether by unit or in the firm as a whole.
    p_scale
        Probability that the pilot ends in scaling by this rule.
    value, evsi
        What the choice by this rule is worth more than the best choice without a reading, and what ideal use of the
        same readings would be.
    false_go, false_stop
        Probabilities that this rule scales what should stop, and that it stops what should scale.
    unused
        What is read and not asked for, and why.
    """

    node: str
    unit: str
    threshold: Annotated[float | None, OWN]
    rises: bool
    threshold_if_over_budget: Annotated[float | None, OWN]
    overrun_limit: Annotated[float | None, SHARE]
    always: Literal["scale", "stop"] | None
    months: Annotated[int, MONTHS]
    control: bool
    by_unit: bool
    p_scale: Share
    step: Annotated[float | None, OWN] = None
    value: Annotated[Estimate | None, MONEY] = None
    evsi: Annotated[Estimate | None, MONEY] = None
    false_go: Annotated[Estimate | None, SHARE] = None
    false_stop: Annotated[Estimate | None, SHARE] = None
    unused: tuple[UnusedReading, ...] = ()


def digits_of(step: float) -> int:
    """Return with how many decimals a threshold is written: with those of the step that it is a multiple of.

    >>> digits_of(0.5), digits_of(0.02), digits_of(10.0)
    (1, 2, 0)
    """
    return max(0, -math.floor(math.log10(step)))


def proposed(stated: Design, best: Design | None) -> Design:
    """Return the design whose decision rule is told: the best one where that is worth more than the stated one.

    A stated pilot that the limits exclude is worth less than any that they do not.
    """
    worse = best is None or (stated.excluded is None and best.pilot_net.value <= stated.pilot_net.value)
    return stated if best is None or worse else best


@dataclass(frozen=True)
class Pilot(Result):
    """The answer of ``txsim pilot``; what each field is, stands in docs/schema.md.

    Attributes
    ----------
    scenario, organisation, hash, calibration, currency, seed, draws
        What it rests on: title, SHA-256 of scenario and of calibration, and how it was drawn.
    evpi, evsi, pilot_net
        Of the stated pilot.
    commit_review
        Value of rolling out at once with a review.
    worth_it
        Whether the stated pilot is within the limits and worth more than the best option without one.
    reasons
        Why no pilot is worth it; empty where one is.
    stated
        The stated pilot as a design.
    best_design
        Of the designs within the limits that are worth something, and that for the most part by what they tell, the one
        that is worth most; ``None`` where there is none.
    design
        All designs that were tried, the stated one first.
    capped_respondents
        Respondents that the stated pilot can reach, where it states more.
    capped
        Of each measure that cannot be asked of as many as stated, by its node, how many can answer a wave.
    paid_respondents
        For how many answers a wave the stated pilot pays.
    rule, rule_details
        What will be done after the stated pilot, or after the best design where that is worth more: in words, and in
        figures.
    stated_rule
        What will be done after the stated pilot, in words, where ``rule`` is that of another design; else empty.
    stated_rule_details
        The same in figures; else ``None``.
    recommendation
        What to do today.
    material
        Gap in money below which committing (where the limits exclude that, the best choice that they leave) and
        piloting first are too near each other to choose by; ``None`` of results that do not have it.
    policies
        The readings it rests on; not in the JSON.
    """

    kind: ClassVar[str] = "pilot"

    scenario: str
    hash: str
    currency: str
    seed: int
    draws: Count
    evpi: Annotated[Estimate, MONEY]
    evsi: Annotated[Estimate, MONEY]
    pilot_net: Annotated[Estimate, MONEY]
    commit_review: Annotated[Estimate, MONEY]
    worth_it: bool
    reasons: tuple[Reason, ...]
    stated: Design
    best_design: Design | None
    design: tuple[Design, ...]
    capped_respondents: float | None
    rule: Words
    rule_details: Rule
    recommendation: Recommendation | None = None
    calibration: str = ""
    material: Annotated[float | None, MONEY] = None
    capped: Mapping[str, float] = field(default_factory=dict)
    paid_respondents: float | None = None
    stated_rule: Words = ""
    stated_rule_details: Rule | None = None
    organisation: str = ""
    policies: Any = field(default=None, repr=False, compare=False, metadata={"internal": True})
