# SPDX-License-Identifier: MIT
"""What ``txsim compare`` answers: scenarios side by side on the same futures, or on different beliefs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar

from txsim.language import Words, _
from txsim.results.codec import Result
from txsim.results.names import distinct_titles
from txsim.results.notebook import options_table, share
from txsim.results.quantities import (
    MONEY,
    MONTHS,
    SHARE,
    BothSidesOfTax,
    Count,
    Distribution,
    Estimate,
    Money,
    Real,
    Share,
)
from txsim.results.recommendation import Recommendation, State


@dataclass(frozen=True)
class ComparedScenario:
    """One of the scenarios."""

    #: ``name``, ``title``, ``question``: Its name here, and what it says of itself.
    name: str
    title: str
    #: ``hash``, ``calibration``: SHA-256 of it and of its calibration.
    hash: str
    calibration: str
    #: ``currency``, ``horizon_months``: As it states them.
    currency: str
    horizon_months: Annotated[int, MONTHS]
    question: str = ""
    #: ``option``, ``state``: What is recommended of its own options alone, and how firm that is; ``None`` where that
    #: was not looked at.
    option: str | None = None
    state: State | None = None
    #: ``max_p_loss``, ``max_peak_funding``: The limits that it states, to which its options are held; ``None`` for no
    #: limit.
    max_p_loss: Share | None = None
    max_peak_funding: Money | None = None


@dataclass(frozen=True)
class ComparedOption(BothSidesOfTax[Distribution]):
    """One option of one scenario, by itself: as the run of that scenario tells it."""

    name: str  #: ``scenario/option``, and ``do_nothing`` once.
    #: ``scenario``, ``option``: Its parts; ``scenario`` is ``None`` for doing nothing.
    scenario: str | None
    option: str
    #: ``npv``, ``npv_after_tax``: Net present value before and after tax.
    npv: Annotated[Distribution, MONEY]
    p_loss: Share  #: Probability that what it is chosen by is below 0.
    cvar05: Annotated[Estimate, MONEY]  #: Mean of the worst 5 % of futures.
    peak_funding_p95: Money  #: 95 % quantile of peak funding.
    npv_after_tax: Annotated[Distribution | None, MONEY] = None
    pv_cost: Annotated[Real, MONEY] = float("nan")  #: Expected present value of its cost.
    #: Probability that it pays back within the horizon; ``None`` for what spends nothing.
    paid_back: Share | None = None
    begins_as: str = ""  #: The option named first among those that begin as it does; empty across beliefs.


@dataclass(frozen=True)
class PairDifference:
    """One option ``a`` less another ``b``, draw by draw.

    ``p_positive``, ``p_equal``: the probability that ``a`` pays more, and that both pay the same to a millionth.
    """

    a: str
    b: str
    mean: Money
    p05: Money
    p95: Money
    mcse: Annotated[Real, MONEY]
    p_positive: Share
    p_equal: Share = 0.0

    @property
    def better_same_worse(self) -> tuple[float, float, float]:
        """Probability that ``a`` pays more than ``b``, the same, and less."""
        return self.p_positive, self.p_equal, max(1.0 - self.p_positive - self.p_equal, 0.0)


@dataclass(frozen=True)
class Dominance:
    """Option ``a`` dominates option ``b``."""

    #: ``a``, ``b``: Options.
    a: str
    b: str
    order: int  #: 1: at every probability; 2: for everybody who is averse to risk.


@dataclass(frozen=True)
class BeliefCell(BothSidesOfTax[Estimate]):
    """What one action is worth under one belief: expected NPV before and after tax, and probability of a loss."""

    belief: str
    action: str
    npv: Annotated[Estimate, MONEY]
    p_loss: Share
    npv_after_tax: Annotated[Estimate | None, MONEY] = None


@dataclass(frozen=True)
class Beliefs:
    """Every action under every belief: names of both, and a cell for each pair."""

    names: tuple[str, ...]
    actions: tuple[str, ...]
    cells: tuple[BeliefCell, ...]


@dataclass(frozen=True)
class DriverSet:
    """A set of drivers, simulated jointly."""

    drivers: tuple[str, ...]  #: ``scenario/driver``.
    pv_cost: Money  #: Expected present value of its cost.
    #: ``additive``, ``joint``: Expected payoff as the sum of each driver alone, and of all together.
    additive: Money
    joint: Annotated[Estimate, MONEY]


@dataclass(frozen=True)
class ExcludedSet(DriverSet):
    """A set within the budget that the limits exclude, with what is above them; ``None`` for what keeps its limit."""

    #: ``p_loss``, ``peak_funding``: Probability of a loss, and 95 % quantile of peak funding.
    p_loss: Share | None = None
    peak_funding: Money | None = None
    #: ``max_p_loss``, ``max_peak_funding``: The limits that it breaks: the strictest of the files that its drivers come
    #: from.
    max_p_loss: Share | None = None
    max_peak_funding: Money | None = None


@dataclass(frozen=True)
class Portfolio:
    """The best set of drivers under a budget."""

    budget: Money  #: Most that the expected present value of cost may be.
    #: ``drivers``, ``pv_cost``, ``additive``, ``joint``: As of :class:`DriverSet`.
    drivers: tuple[str, ...]
    pv_cost: Money
    additive: Money
    joint: Annotated[Estimate, MONEY]
    interaction: Money  #: ``joint`` less ``additive``.
    best_additive: tuple[str, ...]  #: The set that is best by the sum.
    sets: tuple[DriverSet, ...]  #: The sets that were simulated jointly, best first.
    titles: Mapping[str, str] = field(default_factory=dict)  #: What drivers are called, by ``scenario/driver``.
    #: How much more it is expected to pay than the second of ``sets``, on the same draws; ``None`` without one.
    margin: Annotated[Estimate | None, MONEY] = None
    too_close: bool = False  #: Whether that is too little to choose by: within two Monte Carlo errors, or not material.
    #: The best of the sets that only the limits exclude, if it pays more than the set chosen; else ``None``.
    left_out: ExcludedSet | None = None
    #: Drivers called the same in several files: versions of one initiative, of which a set holds one at most.
    versions: tuple[tuple[str, ...], ...] = ()
    #: The cheapest driver by itself, where the budget has room for none; else ``None``.
    cheapest: DriverSet | None = None


@dataclass(frozen=True)
class Comparison(Result):
    """The answer of ``txsim compare``; what each field is, stands in docs/schema.md."""

    kind: ClassVar[str] = "compare"

    scenarios: tuple[ComparedScenario, ...]  #: What was compared.
    seed: int
    draws: Count
    options: tuple[ComparedOption, ...]  #: Every option of every scenario.
    #: ``p_best``, ``expected_regret``: By ``scenario/option``: probability of being the best, and expected loss against
    #: the best; empty across beliefs.
    p_best: Annotated[Mapping[str, float], SHARE]
    #: ``p_best_mcse``, ``expected_regret_mcse``: Their Monte Carlo standard errors.
    p_best_mcse: Annotated[Mapping[str, Real], SHARE]
    expected_regret: Annotated[Mapping[str, float], MONEY]
    expected_regret_mcse: Annotated[Mapping[str, Real], MONEY]
    #: ``differences``, ``dominance``: In pairs; of many options only the best of each scenario.
    differences: tuple[PairDifference, ...]
    dominance: tuple[Dominance, ...]
    frontier: tuple[str, ...]  #: Options that no other beats in both mean and worst 5 %.
    beliefs: Beliefs | None  #: Where the scenarios rest on different calibrations, every action under every belief.
    mix: Mapping[str, float] | None = None  #: Weight of each belief, where a mixture was stated.
    portfolio: Portfolio | None = None
    warnings: tuple[Words, ...] = ()  #: Where scenarios differ in what makes figures comparable.
    recommendation: Recommendation | None = None  #: ``None`` across beliefs without a mixture.
    currency: str = ""  #: Of all money.
    #: By option the probability that the best option begins as it does: of options that begin alike, such as committing
    #: with and without a review, the same, counted once.
    p_best_together: Annotated[Mapping[str, Estimate], SHARE] = field(default_factory=dict)
    #: The same of the options within the limits alone, each future's best among them; empty where none is excluded.
    p_best_within: Annotated[Mapping[str, Estimate], SHARE] = field(default_factory=dict)
    #: ``taxed``, ``after_tax``: Whether any of them states a tax, and whether all are decided by figures after tax.
    taxed: bool = False
    after_tax: bool = False
    #: Whether what an option pays and risks by itself is on the draws of its own scenario's run; what sets options
    #: apart is always on futures that all share.
    as_runs: bool = False
    #: The scenarios as they were simulated; not in the JSON.
    entries: tuple[Any, ...] = field(default=(), repr=False, compare=False, metadata={"internal": True})

    @property
    def titles(self) -> dict[str, str]:
        """What scenarios are called, by name."""
        return distinct_titles({each.name: each.title for each in self.scenarios})

    def _repr_html_(self) -> str:
        """Return what notebooks show: every option, the best mean first."""
        worth = {option.name: (option.worth(after_tax=self.after_tax), option.p_loss) for option in self.options}
        ranked = dict(sorted(worth.items(), key=lambda each: -each[1][0].mean))
        return options_table(
            _("Comparison"),
            "; ".join(str(warning) for warning in self.warnings),
            ranked,
            last=(_("P(best)"), [share(self.p_best[name]) if name in self.p_best else "–" for name in ranked]),
            currency=self.currency,
            after_tax=self.after_tax,
            taxed=self.taxed,
            titles=self.titles,
        )
