# SPDX-License-Identifier: MIT
"""What ``txsim sensitivity`` answers: what drives the payoff, and what is worth knowing before choosing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from txsim.language import Words
from txsim.results.codec import Result
from txsim.results.page_one import FixedQuantity
from txsim.results.quantities import MONEY, OWN, SHARE, Count, Estimate, Real, Share
from txsim.results.recommendation import Recommendation


@dataclass(frozen=True)
class StatedParameter:
    """A parameter as the author of the scenario counts it."""

    unit: str  #: In which it is counted; ``%`` for shares.
    #: ``p05``, ``p95``: Where it lies with 90 %, the smaller first.
    p05: Annotated[Real, OWN]
    p95: Annotated[Real, OWN]
    #: The value at which committing turns from bad to good; ``None`` where it is in no draw.
    break_even: Annotated[float | None, OWN]
    good_above: bool  #: Whether the good side is above that.
    #: The same if this parameter is fixed and nothing that goes together with it moves along; ``None`` where that is no
    #: other value.
    fixed: FixedQuantity | None = None
    #: ``limit``, ``limit_at``, ``limit_above``: The limit of `decision` that turns the answer before the means do, the
    #: value at which it is reached, and whether it is kept above that; empty and ``None`` where no limit is stated or
    #: reached.
    limit: Literal["", "max_p_loss", "max_peak_funding", "max_pv_cost"] = ""
    limit_at: Annotated[float | None, OWN] = None
    limit_above: bool = False
    #: Where all limits of `decision` are kept if this parameter is fixed and nothing moves along; ``None`` where that
    #: is no other value.
    limit_fixed: FixedQuantity | None = None
    #: ``gap``, ``limit_gap``: Between which values next to nothing was tried around ``break_even`` and ``limit_at``,
    #: each of which is then the end on the good side, the smaller first; empty where there is no gap.
    gap: Annotated[tuple[float, ...], OWN] = ()
    limit_gap: Annotated[tuple[float, ...], OWN] = ()


@dataclass(frozen=True)
class Driving:
    """What one parameter does to the payoff of committing, and to the decision."""

    name: str  #: Parameter, or quantity of the scenario.
    evppi: Annotated[Estimate, MONEY]  #: What knowing it alone would be worth.
    #: ``first_order``, ``total``: Variance-based indices of the payoff.
    first_order: Annotated[Estimate, SHARE]
    total: Annotated[Estimate, SHARE]
    #: ``low``, ``high``: Expected payoff with the parameter at ``p05`` and at ``p95``, all others free.
    low: Annotated[Estimate, MONEY]
    high: Annotated[Estimate, MONEY]
    #: ``p05``, ``p95``: Its 5 % and 95 % quantiles, as draws hold it.
    p05: float
    p95: float
    #: Value at which the expected payoff is 0, nearest to the median, where what goes together with the parameter moves
    #: along; ``None`` where it is in no draw.
    break_even: Estimate | None
    good_above: bool  #: Whether the good side is above it.
    p_good: Annotated[Estimate, SHARE]  #: Probability of the good side.
    meaning: Words = ""  #: What it is.
    stated: StatedParameter | None = None  #: The same in the author's unit.
    swing: Annotated[Estimate | None, MONEY] = None  #: ``high`` less ``low``.
    #: Whether that is no larger than twice its Monte Carlo error, so that these draws cannot tell it from nothing, or
    #: the parameter moves no option's payoff in any future.
    within_noise: bool = False


@dataclass(frozen=True)
class Group:
    """What knowing a group of parameters together would be worth: name, what it is about, parameters."""

    name: str
    meaning: Words
    members: tuple[str, ...]
    evppi: Annotated[Estimate, MONEY]


@dataclass(frozen=True)
class Axis:
    """One side of a map as the author counts it: what it is, its unit, and where the grid lies."""

    meaning: Words
    unit: str
    at: Annotated[tuple[float, ...], OWN]


@dataclass(frozen=True)
class PayoffMap:
    """Expected payoff over the two parameters with the largest total index."""

    #: ``x``, ``y``: Which.
    x: str
    y: str
    #: ``at_x``, ``at_y``: The grid, as draws hold it.
    at_x: tuple[float, ...]
    at_y: tuple[float, ...]
    #: ``npv``, ``npv_after_tax``: Rows belong to ``at_x``, columns to ``at_y``; after tax only where that is what is
    #: decided by.
    npv: Annotated[tuple[tuple[float, ...], ...], MONEY]
    npv_after_tax: Annotated[tuple[tuple[float, ...], ...] | None, MONEY] = None
    #: ``stated_x``, ``stated_y``: Both as the author counts them.
    stated_x: Axis | None = None
    stated_y: Axis | None = None

    @property
    def worth(self) -> tuple[tuple[float, ...], ...]:
        """The payoff that is decided by: after tax where that is asked for."""
        return self.npv if self.npv_after_tax is None else self.npv_after_tax


@dataclass(frozen=True)
class Bound:
    """One rule of a region."""

    name: str  #: Parameter.
    #: ``side``, ``value``: On which side of which value, as draws hold it.
    side: Literal["above", "at_most"]
    value: float
    #: ``meaning``, ``unit``, ``stated``, ``stated_side``: What it is, and the same in the author's unit.
    meaning: Words = ""
    unit: str = ""
    stated: Annotated[float | None, OWN] = None
    stated_side: Literal["above", "at_most"] | None = None


@dataclass(frozen=True)
class Region:
    """A box of parameters in which money is lost: its rules hold together."""

    rules: tuple[Bound, ...]  #: Its bounds.
    share: Share  #: Share of all draws in it.
    density: Share  #: Share of its draws in which money is lost.
    coverage: Share  #: Share of all draws that lose money that lie in it.


@dataclass(frozen=True)
class Sensitivity(Result):
    """The answer of ``txsim sensitivity``; what each field is, stands in docs/schema.md."""

    kind: ClassVar[str] = "sensitivity"

    #: ``scenario``, ``organisation``, ``hash``, ``currency``, ``seed``, ``draws``: What it rests on.
    scenario: str
    hash: str
    currency: str
    seed: int
    draws: Count
    options: tuple[str, ...]  #: The choice it is about.
    evpi: Annotated[Estimate, MONEY]  #: What it would be worth to know everything before choosing between them.
    #: By falling EVPPI, which counts as none within twice its Monte Carlo error, then by total index.
    parameters: tuple[Driving, ...]
    groups: tuple[Group, ...]  #: Groups of parameters, by falling EVPPI in the same sense.
    explained: Share  #: Share of the payoff's variance that the indices account for.
    map: PayoffMap | None  #: ``None`` with fewer than two uncertain parameters.
    #: Where the pilot (or committing, without one) loses money; ``None`` if that was not asked for.
    regions: tuple[Region, ...] | None
    recommendation: Recommendation | None = None  #: What to do today.
    #: ``after_tax``, ``taxed``: Whether payoffs are after tax, and whether a tax is stated at all.
    after_tax: bool = False
    taxed: bool = False
    organisation: str = ""
