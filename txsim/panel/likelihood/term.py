# SPDX-License-Identifier: MIT
"""What a panel says about two slopes and a lag, small enough to stand beside the claims in the evidence model.

The panel's own parameters (unit effects, shocks, noise, period means) are integrated out. What is left is a function of
the two one-period effects and of the share φ that persists: at nodes of φ a marginal likelihood (Laplace) and, given φ,
a normal one of both effects; between nodes log likelihood, mean and root of the precision run linearly in logit φ.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from txsim.types import Array


@dataclass(frozen=True)
class PanelEvidence:
    """A panel's likelihood of ``(forth, back, lag)``."""

    #: ``forth``, ``back``, ``lag``: Parameters of the calibration: slope there, slope back (empty if there is none),
    #: lag (empty for an effect within the period).
    forth: str
    back: str
    lag: str
    period_months: float  #: Months from one period to the next.
    #: What one unit of each slope is in the panel's standard deviations: ``b = β (1 − φ) · ratio``.
    ratio: tuple[float, float]
    #: ``phi``, ``evidence``: ``(node,)`` shares that persist, and log marginal likelihood there.
    phi: tuple[float, ...]
    evidence: tuple[float, ...]
    #: ``mean``, ``precision_root``: ``(node, 2)``, and ``(node, 3)``: the upper root of the precision of both effects.
    mean: tuple[tuple[float, float], ...]
    precision_root: tuple[tuple[float, float, float], ...]
    data: str  #: SHA-256 of the data and of how it was read.
    lag_given: float = -1.0  #: Share that persists which was taken as known, negative if the lag was estimated.
    width: float = 1.0  #: Sd of the normal prior of settled effects under which the panel was read.

    @property
    def about(self) -> tuple[str, str, str]:
        """Parameters of the calibration that it speaks of: slope there, slope back, lag; empty where there is none."""
        return (self.forth, self.back, self.lag)

    @property
    def content(self) -> dict[str, Any]:
        """Plain data that decides the draws: what was measured, and what it is about."""
        return {
            "about": list(self.about),
            "period_months": self.period_months,
            "ratio": list(self.ratio),
            "data": self.data,
        }

    @property
    def numbers(self) -> Array:
        """All numbers in one vector, so that another panel is new data of the same compiled model."""
        phi = np.array(self.phi)
        return np.concatenate(
            [
                [self.period_months, *self.ratio, max(self.lag_given, 0.0), float(self.lag_given >= 0), self.width],
                np.log(phi) - np.log1p(-phi),
                self.evidence,
                np.array(self.mean).ravel("F"),
                np.array(self.precision_root).ravel("F"),
            ]
        )

    def log_likelihood(self, par: Any, xp: Any, numbers: Any = None) -> Any:
        """Return the log likelihood, up to a constant.

        Parameters
        ----------
        par
            Parameters by name: arrays of any shape, or PyTensor scalars.
        xp
            Library with ``log``, ``log1p``, ``exp``, ``clip``, ``maximum``, ``minimum``.
        numbers
            From :attr:`numbers`, where they are data of a compiled model.
        """
        constants = self.numbers if numbers is None else numbers
        n = len(self.phi)
        x, height, m1, m2, r1, shared, r2 = (constants[6 + i * n : 6 + (i + 1) * n] for i in range(7))
        share: Any = 0.0
        place: Any = x[0]
        if self.lag:
            # a lag under a month is one month; the edge keeps the logarithm finite
            monthly = xp.maximum(1.0 - 1.0 / xp.maximum(par[self.lag], 1.0), 1e-6)
            share = xp.exp(constants[0] * xp.log(monthly))
            held = xp.clip(share, 1e-9, 1.0 - 1e-9)
            place = xp.clip(xp.log(held) - xp.log1p(-held), x[0], x[n - 1])[..., None]
        # weights of both neighbours, linear between nodes
        up = xp.clip((place - x[: n - 1]) / (x[1:] - x[: n - 1]), 0.0, 1.0)

        def between(values: Any) -> Any:
            return values[0] + up @ (values[1:] - values[: n - 1])

        first = par[self.forth] * (1.0 - share) * constants[1]
        one = first - between(m1)
        across = between(r1)
        # the panel was read under normal priors of settled effects: they are taken out again
        wide = constants[5] * xp.maximum(1.0 - constants[4] * constants[3] - (1.0 - constants[4]) * share, 1e-9)
        logp = between(height) + xp.log(across) + 0.5 * (first / wide) ** 2
        if not self.back:
            return logp - 0.5 * (across * one) ** 2
        second = par[self.back] * (1.0 - share) * constants[2]
        two = second - between(m2)
        down = between(r2)
        squares = (across * one + between(shared) * two) ** 2 + (down * two) ** 2
        return logp + xp.log(down) + 0.5 * (second / wide) ** 2 - 0.5 * squares


def evidence_of(
    along: Any,
    *,
    forth: str,
    back: str,
    lag: str,
    period_months: float,
    ratio: tuple[float, float],
    data: str,
    widen: tuple[float, float] = (1.0, 1.0),
    width: float = 1.0,
) -> PanelEvidence:
    """Return the summary of a panel from its normal approximations along the lag.

    Parameters
    ----------
    along
        From :func:`txsim.panel.likelihood.lag_path.path`; the two effects are the first two parameters.
    forth, back, lag, period_months, ratio, data, width
        As in :class:`PanelEvidence`.
    widen
        Factors of the standard errors, where units do not answer independently of each other.
    """
    means, roots = [], []
    stretch = np.diag(widen)
    for mode in along.modes:
        covariance = stretch @ mode.covariance[:2, :2] @ stretch
        if not back:
            means.append((float(mode.theta[0]), 0.0))
            roots.append((float(covariance[0, 0] ** -0.5), 0.0, 1.0))
            continue
        upper = np.linalg.cholesky(np.linalg.inv(covariance)).T
        means.append((float(mode.theta[0]), float(mode.theta[1])))
        roots.append((float(upper[0, 0]), float(upper[0, 1]), float(upper[1, 1])))
    phi = along.phi
    level = along.evidence + (2 if back else 1) * np.log1p(-phi)  # without the height of the priors of both effects
    level = level - level.max()
    given = float(phi[0]) if len(phi) == 1 else -1.0
    if given >= 0:  # a known lag: the same everywhere, and the prior of the lag decides
        from txsim.panel.likelihood.lag_path import PHI_NODES

        phi, level = PHI_NODES, np.zeros(len(PHI_NODES))
        means, roots = means * len(phi), roots * len(phi)
    return PanelEvidence(
        forth,
        back,
        lag,
        period_months,
        ratio,
        tuple(float(x) for x in phi),
        tuple(float(x) for x in level),
        tuple(means),
        tuple(roots),
        data,
        given,
        width,
    )
