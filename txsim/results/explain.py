# SPDX-License-Identifier: MIT
"""What ``txsim explain`` answers: which paths carry the payoff of an option."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar

from txsim.language import Words
from txsim.results.codec import Result
from txsim.results.quantities import MONEY, Count, Money, Points, Real
from txsim.results.recommendation import Recommendation


@dataclass(frozen=True)
class PathShare:
    """What one path carries."""

    #: A key of :data:`txsim.decide.path_attribution.PATH_NAMES`, or the name of an edge that the scenario adds.
    path: str
    meaning: Words  #: What it is called.
    #: ``shapley_npv``, ``shapley_delta``: Its share of the payoff, and of the change in customer experience in the last
    #: month.
    shapley_npv: Money
    shapley_delta: Points
    switched_off_npv: Money  #: The payoff that is left when this path alone is switched off.


@dataclass(frozen=True)
class Total:
    """What the shares sum to."""

    #: ``npv``, ``delta``: Expected payoff of the option before tax, and change of customer experience in the last
    #: month.
    npv: Money
    delta: Points
    #: ``tax``, ``npv_after_tax``: What tax moves the payoff by, which no path carries, and the payoff after it.
    tax: Money = 0.0
    npv_after_tax: Annotated[float | None, MONEY] = None
    capacity_freed: Money = 0.0  #: Expected present value of what is freed and is not cash; in no path.
    taxed: bool = False  #: Whether a tax is stated.


@dataclass(frozen=True)
class Explanation(Result):
    """The answer of ``txsim explain``; what each field is, stands in docs/schema.md."""

    kind: ClassVar[str] = "explain"

    #: ``scenario``, ``organisation``, ``hash``, ``currency``, ``seed``, ``draws``: What it rests on.
    scenario: str
    hash: str
    currency: str
    seed: int
    draws: Count
    option: str  #: Which option is explained.
    total: Total  #: What the shares sum to.
    paths: tuple[PathShare, ...]  #: By falling size of their share of the payoff, programme cost last.
    #: Expected share of the payoff that each edge of the graph carries.
    edges: Annotated[Mapping[str, float] | None, MONEY] = None
    #: The same split among the single links of each edge, such as ``ex[claims] -> cx``: in proportion to what the
    #: payoff loses with that link alone switched off.
    links: Annotated[Mapping[str, float] | None, MONEY] = None
    #: By path of staff's money (``staff_turnover``, ``productivity``, ``absence``, ``time``) what each group, split
    #: likewise, carries; only where there are several.
    groups: Annotated[Mapping[str, Mapping[str, float]] | None, MONEY] = None
    #: Expected part of the payoff, before tax and programme cost, that each segment of customers carries; ``None``
    #: without segments.
    payoff_by_segment: Annotated[Mapping[str, float] | None, MONEY] = None
    recommendation: Recommendation | None = None  #: What to do today.
    #: ``unit``, ``per_point``: In what the scenario counts customer experience, and how much of it one index point is.
    unit: str = ""
    per_point: Real = 1.0
    organisation: str = ""

    @property
    def gains(self) -> float:
        """What all paths that add to the payoff add: what every share of a path is a share of."""
        return sum(max(each.shapley_npv, 0.0) for each in self.paths)
