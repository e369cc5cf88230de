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
    """What one path carries.

    Attributes
    ----------
    path
        A key of :data:`txsim.decide.path_attribution.PATH_NAMES`, or the name of an edge that the scenario adds.
    meaning
        What it is called.
    shapley_npv, shapley_delta
        Its share of the payoff, and of the change in customer experience in the last month.
    switched_off_npv
        The payoff that is left when this path alone is switched off.
    """

    path: str
    meaning: Words
    shapley_npv: Money
    shapley_delta: Points
    switched_off_npv: Money


@dataclass(frozen=True)
class Total:
    """What the shares sum to.

    Attributes
    ----------
    npv, delta
        Expected payoff of the option before tax, and change of customer experience in the last month.
    tax, npv_after_tax
        What tax moves the payoff by, which no path carries, and the payoff after it.
    capacity_freed
        Expected present value of what is freed and is not cash; in no path.
    taxed
        Whether a tax is stated.
    """

    npv: Money
    delta: Points
    tax: Money = 0.0
    npv_after_tax: Annotated[float | None, MONEY] = None
    capacity_freed: Money = 0.0
    taxed: bool = False


@dataclass(frozen=True)
class Explanation(Result):
    """The answer of ``txsim explain``; what each field is, stands in docs/schema.md.

    Attributes
    ----------
    scenario, organisation, hash, currency, seed, draws
        What it rests on.
    option
        Which option is explained.
    total
        What the shares sum to.
    paths
        By falling size of their share of the payoff, programme cost last.
    edges
        Expected share of the payoff that each edge of the graph carries.
    links
        The same split among the single links of each edge, such as ``ex[claims] -> cx``: in proportion to what the
        payoff loses with that link alone switched off.
    groups
        By path of staff's money (``staff_turnover``, ``productivity``, ``absence``, ``time``) what each group, split
        likewise, carries; only where there are several.
    payoff_by_segment
        Expected part of the payoff, before tax and programme cost, that each segment of customers carries; ``None``
        without segments.
    recommendation
        What to do today.
    unit, per_point
        In what the scenario counts customer experience, and how much of it one index point is.
    """

    kind: ClassVar[str] = "explain"

    scenario: str
    hash: str
    currency: str
    seed: int
    draws: Count
    option: str
    total: Total
    paths: tuple[PathShare, ...]
    edges: Annotated[Mapping[str, float] | None, MONEY] = None
    links: Annotated[Mapping[str, float] | None, MONEY] = None
    groups: Annotated[Mapping[str, Mapping[str, float]] | None, MONEY] = None
    payoff_by_segment: Annotated[Mapping[str, float] | None, MONEY] = None
    recommendation: Recommendation | None = None
    unit: str = ""
    per_point: Real = 1.0
    organisation: str = ""

    @property
    def gains(self) -> float:
        """What all paths that add to the payoff add: what every share of a path is a share of."""
        return sum(max(each.shapley_npv, 0.0) for each in self.paths)
