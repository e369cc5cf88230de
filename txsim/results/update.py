# SPDX-License-Identifier: MIT
"""What ``txsim update`` answers: what a finished pilot says, and whether to scale or to stop."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from txsim.language import Words, lazy
from txsim.language.numbers import grain_of
from txsim.results.codec import Result
from txsim.results.panel_data import FileReading
from txsim.results.quantities import (
    OWN,
    POINTS,
    RATIO,
    SHARE,
    Count,
    Interval,
    Money,
    Points,
    Share,
    Unit,
    digits_of_interval,
)
from txsim.results.run import CalibrationNote

Choice = Literal["go", "stop", "open"]


@dataclass(frozen=True)
class PilotUnits:
    """Units that took part and that did not."""

    treated: Count
    control: Count


@dataclass(frozen=True)
class Difference:
    """A difference in differences, in the unit of the measure."""

    #: ``median``, ``p05``, ``p95``, ``p_positive``: By Student's t.
    median: Annotated[float, OWN]
    p05: Annotated[float, OWN]
    p95: Annotated[float, OWN]
    p_positive: Share
    #: ``standard_error``, ``degrees_of_freedom``: Of the estimate.
    standard_error: Annotated[float, OWN]
    degrees_of_freedom: float
    permutation_p: Share | None  #: Share of placebo comparisons that move as far; ``None`` without control units.
    change_sd: Annotated[float, OWN]  #: Sd of units' changes.

    @property
    def digits(self) -> int:
        """With how many decimals it is told everywhere."""
        return digits_of_interval(self.p05, self.p95)


@dataclass(frozen=True)
class BeforeStart:
    """The same comparison with a start that never was, in the middle of the periods before the real one."""

    periods: Count  #: Periods before the start.
    #: What it finds, in the unit of the measure; nothing where pilot and control units moved alike.
    effect: Annotated[Interval, OWN]
    #: How many times as far apart the middles of the periods lie that are compared with the real start: arms that drift
    #: apart steadily come so many times as far by then.
    farther: Annotated[float, RATIO] = 1.0

    @property
    def p(self) -> float:
        """How probable at least so much is either way where pilot and control units move alike."""
        return 2 * min(self.effect.p_positive, 1 - self.effect.p_positive)

    @property
    def clear(self) -> bool:
        """Whether it is clear of nought (p < 0.05)."""
        return self.p <= 0.05

    def holds(self, effect: float) -> bool:
        """Return whether its 90 % interval holds the whole effect, so that neither can be told from the other."""
        return self.effect.p05 <= effect <= self.effect.p95


@dataclass(frozen=True)
class Bounds:
    """The effect on units that would have stayed in either arm, at least and at most, in the unit of the measure."""

    #: ``low``, ``high``: Both bounds (Lee 2009).
    low: Annotated[float, OWN]
    high: Annotated[float, OWN]
    #: ``p05``, ``p95``: Lower end of the 90 % interval of the lower bound, upper end of that of the upper one.
    p05: Annotated[float, OWN]
    p95: Annotated[float, OWN]
    trimmed: Count  #: Units taken out of the arm that fewer left.


@dataclass(frozen=True)
class Leaving:
    """Units that were measured before the start and no longer at the end."""

    #: ``treated``, ``control``: Share of each arm.
    treated: Share
    control: Share
    p: Share  #: Of Fisher's exact test that both arms leave alike.
    differs: bool  #: Whether they do not (p < 0.05).
    #: What that can do to the effect; ``None`` where arms leave alike (no difference is clear, nor is there one of a
    #: tenth of the units), or too few units are left.
    bounds: Bounds | None
    #: Where no difference is clear, share of the arm that more units left from which one would be (p < 0.05); ``None``
    #: where none would, all of them leaving.
    least_share: Annotated[float | None, SHARE] = None


@dataclass(frozen=True)
class PilotPoints:
    """The reading in index points of the node, and its standard error with what the comparison may have missed."""

    median: Points
    error: Points


@dataclass(frozen=True)
class Believed:
    """What is believed of the effect at full strength on ``node`` before the pilot and after it, in ``unit``."""

    prior: Annotated[Interval, OWN]
    posterior: Annotated[Interval, OWN]
    unit: Words
    node: str = ""


@dataclass(frozen=True)
class PilotEffect:
    """The effect as measured and as believed."""

    #: ``measured``, ``predicted``: What was measured, and what was expected, both in ``unit``.
    measured: Difference
    unit: Words  #: Of the measure.
    points: PilotPoints  #: What was measured, in index points.
    predicted: Annotated[Interval, OWN]
    #: ``prior``, ``posterior``: What is believed of the effect at full strength, before the pilot and after it.
    prior: Annotated[Interval, POINTS]
    posterior: Annotated[Interval, POINTS]
    basis: Words  #: What the error rests on, in words.
    believed: Believed | None = None  #: The same as its author counts it; ``None`` in older results.

    @property
    def told(self) -> Believed:
        """What is believed of the effect, as it is told."""
        return self.believed or Believed(self.prior, self.posterior, lazy("index points"))


@dataclass(frozen=True)
class Surprise:
    """How surprising the reading was: probability of one as far off, and bits that were learnt from it."""

    tail_probability: Share
    bits: Annotated[float, Unit("bits")]


@dataclass(frozen=True)
class LinkUpdate:
    """Slope of a link before the pilot and after it, points per point."""

    prior: Annotated[Interval, Unit("points per point")]
    posterior: Annotated[Interval, Unit("points per point")]


@dataclass(frozen=True)
class DoubtUpdate:
    """Probability that a link does nothing, before the pilot and after it, and what the link is."""

    prior: Share
    posterior: Share
    meaning: Words = ""


@dataclass(frozen=True)
class Payoff:
    """What an option pays, net present value, and the probability that it loses money."""

    mean: Money
    median: Money
    p05: Money
    p95: Money
    p_loss: Share

    def grain(self, draws: float) -> float:
        """Return the power of ten to whose multiples its mean is told, of so many effective draws."""
        # The sd of normal draws is the width of their 90 % interval over 3.29; only the power of ten is used.
        return grain_of((self.p95 - self.p05) / 3.29 / math.sqrt(draws), self.p05, self.p95)


@dataclass(frozen=True)
class NpvUpdate:
    """Payoff of an option before the pilot and after it."""

    prior: Payoff
    posterior: Payoff


@dataclass(frozen=True)
class ExpectedNpv:
    """Expected net present value of scaling and of stopping, each with the power of ten to which it is told."""

    scale: Money
    stop: Money
    scale_resolution: Money = 0.0
    stop_resolution: Money = 0.0


@dataclass(frozen=True)
class Decision:
    """Go or stop."""

    #: By the saved rule where there is one, else by expected net present value; ``open`` where that says nothing: arms
    #: moved apart before the start, the pilot could not tell, the reading contradicts the belief, neither is better.
    choice: Choice
    expected_npv: ExpectedNpv  #: Of both.
    rule: Mapping[str, Any] | None  #: The rule that was saved before the pilot; ``None`` without.
    reason: Words  #: Why, in words.


@dataclass(frozen=True)
class LogEntry:
    """The scenario's log of pilots."""

    #: ``file``, ``entry``, ``earlier``: The log, the number of this pilot in it, and how many stood there before.
    file: str
    entry: Count
    earlier: Count
    appended: bool  #: Whether this pilot was appended.
    #: ``used_by_run``, ``line``: Whether the scenario names a log, and what to write into it so that it does.
    used_by_run: bool
    line: str
    kept: bool = True  #: Whether the log was read, and this pilot belongs in it; not with ``--no-log``.


@dataclass(frozen=True)
class Update(Result):
    """The answer of ``txsim update``; what each field is, stands in docs/schema.md."""

    kind: ClassVar[str] = "update"

    scenario: str
    hash: str
    calibration: CalibrationNote
    node: str
    measure: str
    units: PilotUnits
    currency: str
    effect: PilotEffect
    surprise: Surprise
    links: Mapping[str, LinkUpdate]
    doubt: Mapping[str, DoubtUpdate]
    npv: Mapping[str, NpvUpdate]
    decision: Decision
    effective_draws: float
    draws: Count
    seed: int
    sentence: Words
    log: LogEntry
    warnings: tuple[Words, ...]
    taxed: bool = False
    after_tax: bool = False
    reading: FileReading | None = None
    before_start: BeforeStart | None = None
    leaving: Leaving | None = None
    organisation: str = ""

    def payoffs(self, npv: NpvUpdate) -> tuple[tuple[Payoff, float], tuple[Payoff, float]]:
        """Return an option's payoff before and after, each with the power of ten to whose multiples it is told."""
        before, after = npv.prior, npv.posterior
        return (before, before.grain(self.draws)), (after, after.grain(self.effective_draws))
