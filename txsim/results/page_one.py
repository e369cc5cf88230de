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
Step = Literal["plan", "bills", "late", "partly", "middle", "bills_mean", "few_gain", "stop", "expected"]


@dataclass(frozen=True)
class Course:
    """Cumulative present value by month less doing nothing, month 1 first; its last entry is the net present value."""

    #: ``p05``, ``p25``, ``p50``, ``p75``, ``p95``: Quantiles of all futures in each month.
    p05: Annotated[tuple[float, ...], MONEY]
    p25: Annotated[tuple[float, ...], MONEY]
    p50: Annotated[tuple[float, ...], MONEY]
    p75: Annotated[tuple[float, ...], MONEY]
    p95: Annotated[tuple[float, ...], MONEY]
    mean: Annotated[tuple[float, ...], MONEY]  #: Their mean.


@dataclass(frozen=True)
class Histogram:
    """How net present value is spread, by option, in bins of equal width; what lies beyond is in the first and last."""

    #: ``start``, ``width``: Lower end of the first bin, a multiple of the width, and that width.
    start: Money
    width: Money
    shares: Annotated[Mapping[str, tuple[float, ...]], SHARE]  #: Share of futures in each bin.


@dataclass(frozen=True)
class FixedQuantity:
    """Where a decision turns if one quantity is fixed, by a contract for example, and all else stays as believed."""

    #: Value in the author's unit; ``None`` where nothing within its range turns it.
    threshold: Annotated[float | None, OWN]
    above: bool  #: Whether it pays above that or, without a value, throughout.


@dataclass(frozen=True)
class Hinge:
    """One quantity on which the decision hangs, in the author's unit."""

    #: ``name``, ``meaning``, ``unit``: Its key, what it is, and in what it is counted.
    name: str
    meaning: Words
    unit: str
    #: ``middle``, ``low``, ``high``: Median, 5 % and 95 % quantile.
    middle: Annotated[float, OWN]
    low: Annotated[float, OWN]
    high: Annotated[float, OWN]
    #: Value from which, or below which, the option is expected to be better than ``other``, where what goes together
    #: with it moves along; ``None`` for nowhere.
    threshold: Annotated[float | None, OWN]
    above: bool  #: Whether it is better above.
    chance: Share  #: Probability of lying on the good side.
    #: What the option is expected to pay where the quantity is at its less favourable of ``low`` and ``high``.
    worst: Money
    other: str  #: Option compared with.
    #: Where it turns if this quantity is fixed and nothing moves along; ``None`` where that is no other value, or where
    #: one of the options is a policy, whose rule reads what is fixed.
    fixed: FixedQuantity | None = None
    #: ``limit_at``, ``limit_above``: Value from which, or below which, the option keeps a limit of `decision`, and
    #: whether it does above; ``None`` where no limit is stated, none is reached, or the option does not pay there
    #: anyway.
    limit_at: Annotated[float | None, OWN] = None
    limit_above: bool = False
    #: Which limit of `decision` that is; empty for none.
    limit: Literal["", "max_p_loss", "max_peak_funding", "max_pv_cost"] = ""
    #: Where all limits of `decision` are kept if this quantity is fixed and nothing moves along, as ``fixed``.
    limit_fixed: FixedQuantity | None = None
    #: ``gap``, ``limit_gap``: Between which values next to nothing was tried around ``threshold`` and ``limit_at``,
    #: each of which is then the end on the good side, the smaller first; empty where there is no gap.
    gap: Annotated[tuple[float, ...], OWN] = ()
    limit_gap: Annotated[tuple[float, ...], OWN] = ()


@dataclass(frozen=True)
class PlanBridge:
    """From the plan as written to the expected value."""

    #: ``plan``, ``middle`` and ``expected`` are levels, all others what they add: from each level to the next.
    steps: tuple[tuple[Step, float], ...]


@dataclass(frozen=True)
class Lever:
    """A term in the author's hands and what it does, on the same futures."""

    #: ``cap``, ``price``, ``running``, ``on_time``, ``owner`` or ``horizon``.
    name: Literal["cap", "price", "running", "on_time", "owner", "horizon"]
    #: Share of overrun that the cap allows, or by how much a price falls; months of a longer horizon; 0 otherwise.
    size: float
    #: What it adds to the expected net present value of the option of page one, where it turns the answer of
    #: ``option``.
    gain: Money
    option: str  #: The best option then.
    turns: bool  #: Whether the answer is then another, or clear where it was open.
    p_loss: Share  #: Probability that the option that ``gain`` is of loses money then.
    #: Whether an answer that leans, or that this turns, is then clear: nothing that was tested turns it.
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
    """What options are expected to pay where a plain number of the firm is a fifth lower or higher."""

    name: str  #: Key of a :class:`StatedNumber`.
    #: ``low``, ``high``: Expected net present value by option, on fewer futures than the rest.
    low: Annotated[Mapping[str, float], MONEY]
    high: Annotated[Mapping[str, float], MONEY]
    #: ``option_low``, ``option_high``: The best option then.
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
    """What stands on page one beside recommendation and business case."""

    option: str  #: Which option it speaks of.
    #: Its cumulative present value; that of the futures in which it goes on, for a policy, is in ``scaled``.
    course: Course
    scaled: Course | None  #: ``None`` for a path.
    #: How net present value is spread, of every option that can be chosen today; ``None`` where it does not vary.
    histogram: Histogram | None
    loss: Money | None  #: What a loss is on average; ``None`` where there is none.
    hinges: tuple[Hinge, ...]  #: What it hangs on, the most important first.
    bridge: PlanBridge  #: From the plan as written to what is expected.
    #: The cheapest first that turns the answer, then what makes it clear, then by what they add.
    levers: tuple[Lever, ...]
    tested: tuple[NumberTest, ...]  #: Plain numbers of the firm a fifth lower and higher.
    #: Expected net present value of the options 24 months after the horizon; empty where that was not looked at.
    later: Annotated[Mapping[str, float], MONEY]
    duties: tuple[Duty, ...]  #: Who must own it.
    because: tuple[Words, ...] = ()  #: What all this adds to the reasons of the recommendation.
