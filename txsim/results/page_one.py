# SPDX-License-Identifier: MIT
"""What a board reads first, beside the recommendation: the course of one option, what it hangs on, what would turn it.

All of it speaks of one option, that of the business case: the one recommended or, where none is, the acting option
that pays most.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from txsim.language import Words
from txsim.results.quantities import MONEY, OWN, SHARE, Money, Share

#: What a spreadsheet leaves out, in the order in which it is added.
Step = Literal["plan", "bills", "late", "partly", "middle", "few_gain", "stop", "expected"]


@dataclass(frozen=True)
class Course:
    """Cumulative present value by month less doing nothing, month 1 first; its last entry is the net present value.

    Attributes
    ----------
    p05, p25, p50, p75, p95
        Quantiles of all futures in each month.
    mean
        Their mean.
    """

    p05: Annotated[tuple[float, ...], MONEY]
    p25: Annotated[tuple[float, ...], MONEY]
    p50: Annotated[tuple[float, ...], MONEY]
    p75: Annotated[tuple[float, ...], MONEY]
    p95: Annotated[tuple[float, ...], MONEY]
    mean: Annotated[tuple[float, ...], MONEY]


@dataclass(frozen=True)
class Histogram:
    """How net present value is spread, by option, in bins of equal width; what lies beyond is in the first and last.

    Attributes
    ----------
    start, width
        Lower end of the first bin, a multiple of the width, and that width.
    shares
        Share of futures in each bin.
    """

    start: Money
    width: Money
    shares: Annotated[Mapping[str, tuple[float, ...]], SHARE]


@dataclass(frozen=True)
class FixedQuantity:
    """Where a decision turns if one quantity is fixed, by a contract for example, and all else stays as believed.

    Attributes
    ----------
    threshold
        Value in the author's unit; ``None`` where nothing within its range turns it.
    above
        Whether it pays above that or, without a value, throughout.
    """

    threshold: Annotated[float | None, OWN]
    above: bool


@dataclass(frozen=True)
class Hinge:
    """One quantity on which the decision hangs, in the author's unit.

    Attributes
    ----------
    name, meaning, unit
        Its key, what it is, and in what it is counted.
    middle, low, high
        Median, 5 % and 95 % quantile.
    threshold
        Value from which, or below which, the option is expected to be better than ``other``, where what goes together
        with it moves along; ``None`` for nowhere.
    above
        Whether it is better above.
    chance
        Probability of lying on the good side.
    worst
        What the option is expected to pay where the quantity is at its less favourable of ``low`` and ``high``.
    other
        Option compared with.
    fixed
        Where it turns if this quantity is fixed and nothing moves along; ``None`` where that is no other value, or
        where one of the options is a policy, whose rule reads what is fixed.
    limit_at, limit_above
        Value from which, or below which, the option keeps a limit of `decision`, and whether it does above; ``None``
        where no limit is stated, none is reached, or the option does not pay there anyway.
    limit
        Which limit of `decision` that is; empty for none.
    limit_fixed
        Where all limits of `decision` are kept if this quantity is fixed and nothing moves along, as ``fixed``.
    """

    name: str
    meaning: Words
    unit: str
    middle: Annotated[float, OWN]
    low: Annotated[float, OWN]
    high: Annotated[float, OWN]
    threshold: Annotated[float | None, OWN]
    above: bool
    chance: Share
    worst: Money
    other: str
    fixed: FixedQuantity | None = None
    limit_at: Annotated[float | None, OWN] = None
    limit_above: bool = False
    limit: Literal["", "max_p_loss", "max_peak_funding", "max_pv_cost"] = ""
    limit_fixed: FixedQuantity | None = None


@dataclass(frozen=True)
class PlanBridge:
    """From the plan as written to the expected value.

    Attributes
    ----------
    steps
        ``plan``, ``middle`` and ``expected`` are levels, all others what they add: from each level to the next.
    """

    steps: tuple[tuple[Step, float], ...]


@dataclass(frozen=True)
class Lever:
    """A term in the author's hands and what it does, on the same futures.

    Attributes
    ----------
    name
        ``cap``, ``price``, ``running``, ``on_time``, ``owner`` or ``horizon``.
    size
        Share of overrun that the cap allows, or by how much a price falls; months of a longer horizon; 0 otherwise.
    gain
        What it adds to the expected net present value of the option of page one, where it turns the answer of
        ``option``.
    option
        The best option then.
    turns
        Whether the answer is then another, or clear where it was open.
    p_loss
        Probability that the option that ``gain`` is of loses money then.
    settles
        Whether an answer that leans, or that this turns, is then clear: nothing that was tested turns it.
    """

    name: Literal["cap", "price", "running", "on_time", "owner", "horizon"]
    size: float
    gain: Money
    option: str
    turns: bool
    p_loss: Share
    settles: bool = False


@dataclass(frozen=True)
class StatedNumber:
    """A plain number that the author typed: key, what it is, value and unit, and who said it where that is stated."""

    name: str
    meaning: Words
    value: Annotated[float, OWN]
    unit: str
    source: str = ""


@dataclass(frozen=True)
class NumberTest:
    """What options are expected to pay where a plain number of the firm is a fifth lower or higher.

    Attributes
    ----------
    name
        Key of a :class:`StatedNumber`.
    low, high
        Expected net present value by option, on fewer futures than the rest.
    option_low, option_high
        The best option then.
    """

    name: str
    low: Annotated[Mapping[str, float], MONEY]
    high: Annotated[Mapping[str, float], MONEY]
    option_low: str
    option_high: str

    def turns(self, best: str) -> bool:
        """Whether another option than this one is the best at either end."""
        return {self.option_low, self.option_high} != {best}


@dataclass(frozen=True)
class Duty:
    """Who must see to what."""

    who: Words
    what: Words


@dataclass(frozen=True)
class PageOne:
    """What stands on page one beside recommendation and business case.

    Attributes
    ----------
    option
        Which option it speaks of.
    course
        Its cumulative present value; that of the futures in which it goes on, for a policy, is in ``scaled``.
    scaled
        ``None`` for a path.
    histogram
        How net present value is spread, of every option that can be chosen today; ``None`` where it does not vary.
    loss
        What a loss is on average; ``None`` where there is none.
    hinges
        What it hangs on, the most important first.
    bridge
        From the plan as written to what is expected.
    levers
        The cheapest first that turns the answer, then what makes it clear, then by what they add.
    tested
        Plain numbers of the firm a fifth lower and higher.
    later
        Expected net present value of the options 24 months after the horizon; empty where that was not looked at.
    duties
        Who must own it.
    because
        What all this adds to the reasons of the recommendation.
    """

    option: str
    course: Course
    scaled: Course | None
    histogram: Histogram | None
    loss: Money | None
    hinges: tuple[Hinge, ...]
    bridge: PlanBridge
    levers: tuple[Lever, ...]
    tested: tuple[NumberTest, ...]
    later: Annotated[Mapping[str, float], MONEY]
    duties: tuple[Duty, ...]
    because: tuple[Words, ...] = ()
