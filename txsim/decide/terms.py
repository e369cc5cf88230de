# SPDX-License-Identifier: MIT
"""What would be chosen under other terms, by the same criterion and within the same limits as the answer itself."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from txsim.decide.option_paths import acting, expected, paths_taken
from txsim.decide.policies import Policies, offered
from txsim.forecast import Forecast
from txsim.forecast.criterion import FIRST_STEP, ahead, decision_limits
from txsim.results.recommendation import Recommendation
from txsim.simulate.points import prefix
from txsim.simulate.statistics import quantiles, weighted_quantiles
from txsim.types import Array


@dataclass(frozen=True)
class UnderTerms:
    """Options under other terms: expected worth, probability of a loss, and the 95 % quantile of peak funding.

    The quantile is taken two Monte Carlo errors further, towards what stands as things are.
    """

    means: Mapping[str, float]
    p_loss: Mapping[str, float]
    peaks: Mapping[str, float]


class Terms:
    """What options are worth under other terms, against the answer as it stands, on the first draws of each batch.

    ``most``: draws that are looked at, at most.
    """

    def __init__(self, forecast: Forecast, recommendation: Recommendation, chosen: Policies | None, most: int) -> None:
        self.forecast, self.recommendation, self.chosen = forecast, recommendation, chosen
        self.limits = decision_limits(forecast.scenario)
        self.kept = prefix(forecast.draws, most)
        self.options = acting(chosen, list(recommendation.mean_npv))
        self.taken = {
            name: {path: weight[self.kept] for path, weight in paths_taken(forecast, name, chosen).items()}
            for name in self.options
        }
        self.cost = float(forecast.outcome.field("commit", "pv_cost").mean())
        self.base = {path: worth[self.kept] for path, worth in forecast.worths().items()}
        self.base_peaks = {path: forecast.outcome.field(path, "peak_funding")[self.kept] for path in forecast.options}
        now = offered(forecast, chosen)
        # A limit is passed, either way, by two Monte Carlo errors: what it excludes today is not let in by chance.
        self.side = {name: -1.0 if self.limits.allow(now[name]) else 1.0 for name in now}
        self.now = UnderTerms(
            dict(recommendation.mean_npv),
            {name: now[name].p_loss for name in now},
            {name: now[name].peak_funding for name in now},
        )

    def under(
        self,
        worth: Mapping[str, Array],
        peaks: Mapping[str, Array] | None = None,
        scale: float = 1.0,
        peak_scale: float = 1.0,
    ) -> UnderTerms:
        """Return the forecast's own figures, moved by what the terms move these draws.

        ``worth``, ``peaks``: ``(draw,)`` by path, under the terms; without ``peaks`` they stay as they are. ``scale``,
        ``peak_scale``: how many times the step to the terms is taken, of ``worth`` and of ``peaks``. Worth is linear in
        prices, draw by draw.
        """
        moved = {path: base + scale * (worth[path] - base) for path, base in self.base.items()}
        means, p_loss, most = ({"do_nothing": 0.0} for _ in range(3))
        for name in self.options:
            gain = expected(moved, self.taken[name]) - expected(self.base, self.taken[name])
            means[name] = self.now.means[name] + float(gain.mean())
            p_loss[name] = self.loses(name, moved)
            most[name] = self.now.peaks[name]
            if peaks is not None:
                step = {path: base + peak_scale * (peaks[path] - base) for path, base in self.base_peaks.items()}
                beyond = 0.95 + self._margin(name, 0.05)
                most[name] += self._peak(name, step, beyond) - self._peak(name, self.base_peaks)
        return UnderTerms(means, p_loss, most)

    def loses(self, option: str, worth: Mapping[str, Array]) -> float:
        """Return the forecast's probability that an option loses, moved by what other worths move these draws."""

        def share(of: Mapping[str, Array]) -> float:
            return sum(float((weight * (of[path] < 0)).mean()) for path, weight in self.taken[option].items())

        return min(max(self.now.p_loss[option] + share(worth) - share(self.base), 0.0), 1.0)

    def _margin(self, option: str, share: float) -> float:
        """Return two Monte Carlo errors of a share of futures, above 0 for what a limit excludes today."""
        return self.side[option] * 2.0 * math.sqrt(share * (1.0 - share) / self.forecast.draws)

    def _peak(self, option: str, peaks: Mapping[str, Array], level: float = 0.95) -> float:
        taken = self.taken[option]
        if option in peaks:
            return quantiles(peaks[option], (level,))[0]
        together = np.concatenate([peaks[path] for path in taken])
        return weighted_quantiles(together, np.concatenate(list(taken.values())), (level,))[0]

    def best(self, terms: UnderTerms) -> tuple[str, bool]:
        """Return the best option within the limits; whether it leads every other first step by what is material."""
        limits, means = self.limits, terms.means
        most = limits.max_p_loss
        possible = [
            name
            for name in means
            if (most is None or terms.p_loss[name] + self._margin(name, most) <= most)
            and (limits.max_peak_funding is None or terms.peaks[name] <= limits.max_peak_funding)
        ]
        best = max(possible, key=lambda name: means[name])
        material = limits.material * self.cost
        others = [means[name] for name in possible if FIRST_STEP[name] != FIRST_STEP[best]]
        leads = not others or ahead(means[best] - max(others), self.recommendation.mcse, material)
        return best, leads

    def turns(self, terms: UnderTerms) -> tuple[str, bool]:
        """Return the best option, and whether the answer is another: clear where it was open, else another step."""
        best, leads = self.best(terms)
        now = self.recommendation
        if now.state == "open":
            return best, leads
        return best, leads and FIRST_STEP[best] != FIRST_STEP[now.option]
