# SPDX-License-Identifier: MIT
"""By what one option is chosen among several: the best mean within limits, and when that is too close to call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from txsim.results.quantities import Estimate
from txsim.results.recommendation import Excluded
from txsim.scenario import Scenario
from txsim.types import Array

#: Share of futures in which peak funding may be above its limit.
_BEYOND = 0.05


@dataclass(frozen=True)
class Candidate:
    """One option that can be chosen."""

    #: ``(draw,)`` net present value as the decision reads it; of a policy what is expected of it given the draw.
    payoff: Array
    p_loss: float  #: Probability that it pays less than 0.
    peak_funding: float  #: 95 % quantile of peak funding.
    pv_cost: float = 0.0  #: Expected present value of its cost.
    #: ``p_stopped_loss``, ``pv_stopped``: Of a policy the probability that it stops with a loss, and the expected
    #: present value of cost in just those futures; ``None`` for what does not choose again, the cost also for what
    #: never stops with a loss.
    p_stopped_loss: float | None = None
    pv_stopped: float | None = None
    #: Probability that it pays back within the horizon; ``None`` for what spends nothing.
    paid_back: float | None = None
    #: Of a policy what choosing by its rule is expected to pay more than the best of its actions without a reading;
    #: ``None`` for what does not choose again.
    rule_value: Estimate | None = None
    #: ``npv``, ``npv_after_tax``: ``payoff`` before and after tax; by default no tax is stated, and both are
    #: ``payoff``.
    npv: Array | None = None
    npv_after_tax: Array | None = None
    #: ``lost``, ``costs``: ``(draw,)`` probability of a loss and present value of cost given the draw; ``None`` where
    #: only their means are known.
    lost: Array | None = None
    costs: Array | None = None
    #: Peak funding ``(draw,)`` of each path that may be taken, with the probability ``(draw,)`` of taking it.
    peaks: tuple[tuple[Array, Array], ...] = ()
    #: By what this option is judged, where scenarios side by side state limits of their own; a budget is that of all.
    limits: Limits | None = None

    @property
    def before_tax(self) -> Array:
        """NPV before tax ``(draw,)``."""
        return self.payoff if self.npv is None else self.npv

    @property
    def after_tax(self) -> Array:
        """NPV after tax ``(draw,)``."""
        return self.payoff if self.npv_after_tax is None else self.npv_after_tax


@dataclass(frozen=True)
class Limits:
    """A criterion: the best mean within these limits."""

    #: ``max_p_loss``, ``max_peak_funding``: Highest acceptable probability of a loss, and 95 % quantile of peak
    #: funding; ``None`` for no limit.
    max_p_loss: float | None = None
    max_peak_funding: float | None = None
    #: Share of the larger present value of cost of two options below which a gap between them is not material.
    material: float = 0.0
    max_pv_cost: float | None = None  #: Budget: highest expected present value of cost; ``None`` for no limit.

    @property
    def stated(self) -> bool:
        """Whether anything is limited."""
        return any(most is not None for most in (self.max_p_loss, self.max_peak_funding, self.max_pv_cost))

    def of(self, candidate: Candidate) -> Limits:
        """Return the limits by which an option is judged: those of its own scenario, where they are stated apart."""
        return self if candidate.limits is None else replace(candidate.limits, max_pv_cost=self.max_pv_cost)

    def allow(self, candidate: Candidate) -> bool:
        """Whether an option is within the limits."""
        limits = self.of(candidate)
        if limits.max_p_loss is not None and candidate.p_loss > limits.max_p_loss:
            return False
        if limits.max_pv_cost is not None and candidate.pv_cost > limits.max_pv_cost:
            return False
        return limits.max_peak_funding is None or candidate.peak_funding <= limits.max_peak_funding

    def limited(self, candidates: Iterable[Candidate]) -> bool:
        """Whether anything is limited for any of some options."""
        return any(self.of(candidate).stated for candidate in candidates)

    def excess(self, candidate: Candidate) -> dict[str, Array]:
        """Return by limit what is expected ``(draw,)`` to be above 0 exactly where an option breaks it.

        The 95 % quantile of peak funding is above a limit where more than 5 % of futures are: so every limit is one on
        a mean, and can be asked at another value of a parameter, or without a claim, as a payoff can.
        """
        limits, every = self.of(candidate), np.ones_like(candidate.payoff)
        over: dict[str, Array] = {}
        if limits.max_p_loss is not None:
            over["max_p_loss"] = every * (candidate.p_loss if candidate.lost is None else candidate.lost)
            over["max_p_loss"] = over["max_p_loss"] - limits.max_p_loss
        if limits.max_peak_funding is not None:
            most = limits.max_peak_funding
            share = every * float(candidate.peak_funding > most)
            if candidate.peaks:
                share = np.sum([weight * (peak > most) for peak, weight in candidate.peaks], axis=0)
            over["max_peak_funding"] = share - _BEYOND
        if limits.max_pv_cost is not None:
            over["max_pv_cost"] = every * (candidate.pv_cost if candidate.costs is None else candidate.costs)
            over["max_pv_cost"] = over["max_pv_cost"] - limits.max_pv_cost
        return over

    def broken(self, name: str, candidate: Candidate) -> Excluded:
        """Return which limits an option breaks, by the figures that do."""

        def beyond(value: float, most: float | None) -> float | None:
            return value if most is not None and value > most else None

        limits, apart = self.of(candidate), candidate.limits is not None
        p_loss = beyond(candidate.p_loss, limits.max_p_loss)
        peak = beyond(candidate.peak_funding, limits.max_peak_funding)
        return Excluded(
            name,
            p_loss,
            peak,
            beyond(candidate.pv_cost, limits.max_pv_cost),
            max_p_loss=limits.max_p_loss if apart and p_loss is not None else None,
            max_peak_funding=limits.max_peak_funding if apart and peak is not None else None,
        )

    def between(self, one: Candidate, other: Candidate) -> float:
        """Return the gap in money that is material between two options (docs/model.md, section 7)."""
        material = max(self.of(one).material, self.of(other).material)
        return material * max(one.pv_cost, other.pv_cost)


def decision_limits(scenario: Scenario) -> Limits:
    """Return the scenario's criterion."""
    criterion = scenario.decision
    return Limits(criterion.max_p_loss, criterion.max_peak_funding, criterion.material)


def allowed(candidates: Mapping[str, Candidate], limits: Limits) -> list[str]:
    """Return the options within the limits, in their order; doing nothing if there are none, and all without that."""
    names = [name for name, candidate in candidates.items() if limits.allow(candidate)]
    return names or [name for name in candidates if name == "do_nothing"] or list(candidates)


def ahead(gap: float, mcse: float, material: float) -> bool:
    """Whether a gap is more than two Monte Carlo standard errors and more than what is material.

    A gap of nothing is never ahead, however exact it is.
    """
    return gap > 0 and gap > max(2 * mcse, material)


#: What each option begins with; options that begin alike need not be told apart today.
FIRST_STEP = {"commit": "commit", "commit_review": "commit", "pilot_then_decide": "pilot", "do_nothing": "do_nothing"}
#: How cheap an option is to take back, the cheapest first.
_TAKEN_BACK = ("do_nothing", "pilot_then_decide", "commit_review", "commit")


def burden(name: str) -> int:
    """Return how much there is to take back, for ``scenario/option`` as for an option."""
    option = name.rpartition("/")[2]
    return _TAKEN_BACK.index(option) if option in _TAKEN_BACK else len(_TAKEN_BACK)


def best_of_each(
    possible: Sequence[str], means: Mapping[str, float], steps: Mapping[str, str], rounding: float
) -> list[str]:
    """Return the best option of each first step; of what pays the same but for rounding the one named first."""
    by_step: dict[str, list[str]] = {}
    for name in possible:
        by_step.setdefault(steps.get(name, name), []).append(name)
    return [
        next(name for name in names if means[name] >= max(means[each] for each in names) - rounding)
        for names in by_step.values()
    ]


def same_payoff(one: Array, other: Array) -> bool:
    """Whether two options pay the same in every future but for rounding."""
    rounding = 1e-9 * max(float(np.abs(one).max()), float(np.abs(other).max()))
    return bool(np.allclose(one, other, rtol=0.0, atol=rounding))
