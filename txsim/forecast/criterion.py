# SPDX-License-Identifier: MIT
"""By what one option is chosen among several: the best mean within limits, and when that is too close to call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from txsim.scenario import Scenario
from txsim.types import Array

__all__ = ["Candidate", "Limits", "allowed", "limits_of", "too_close"]


@dataclass(frozen=True)
class Candidate:
    """One option that can be chosen.

    Attributes
    ----------
    payoff
        ``(draw,)`` net present value as the decision reads it; of a policy what is expected of it given the draw.
    p_loss
        Probability that it pays less than 0.
    peak_funding
        95 % quantile of peak funding.
    npv, npv_after_tax
        The same before and after tax; by default no tax is stated, and both are ``payoff``.
    """

    payoff: Array
    p_loss: float
    peak_funding: float
    npv: Array | None = None
    npv_after_tax: Array | None = None

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
    """A criterion: the best mean within these limits.

    Attributes
    ----------
    max_p_loss, max_peak_funding
        Highest acceptable probability of a loss, and 95 % quantile of peak funding; ``None`` for no limit.
    material
        Gap below which options are too close to call, in money.
    """

    max_p_loss: float | None = None
    max_peak_funding: float | None = None
    material: float = 0.0

    def allow(self, candidate: Candidate) -> bool:
        """Whether an option is within the limits."""
        if self.max_p_loss is not None and candidate.p_loss > self.max_p_loss:
            return False
        return self.max_peak_funding is None or candidate.peak_funding <= self.max_peak_funding


def limits_of(scenario: Scenario, pv_cost: float) -> Limits:
    """Return the scenario's criterion; what is material is a share of the present value of cost."""
    criterion = scenario.decision
    return Limits(criterion.max_p_loss, criterion.max_peak_funding, criterion.material * pv_cost)


def allowed(candidates: Mapping[str, Candidate], limits: Limits) -> list[str]:
    """Return the options within the limits, in their order; doing nothing if there are none, and all without that."""
    names = [name for name, candidate in candidates.items() if limits.allow(candidate)]
    return names or [name for name in candidates if name == "do_nothing"] or list(candidates)


def too_close(margin: float, mcse: float, material: float) -> bool:
    """Whether a margin is under two Monte Carlo standard errors, or under what is material."""
    return margin < max(2 * mcse, material)
