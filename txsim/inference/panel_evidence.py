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
from numpy.typing import NDArray

__all__ = ["PanelEvidence", "evidence_of"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class PanelEvidence:
    """A panel's likelihood of ``(forth, back, lag)``.

    Attributes
    ----------
    forth, back, lag
        Parameters of the calibration: slope there, slope back (empty if there is none), lag.
    period_months
        Months from one period to the next.
    ratio
        What one unit of each slope is in the panel's standard deviations: ``b = β (1 − φ) · ratio``.
    phi, evidence
        ``(node,)`` shares that persist, and log marginal likelihood there.
    mean, precision_root
        ``(node, 2)``, and ``(node, 3)``: the upper root of the precision of both effects.
    data
        SHA-256 of the data and of how it was read.
    """

    forth: str
    back: str
    lag: str
    period_months: float
    ratio: tuple[float, float]
    phi: tuple[float, ...]
    evidence: tuple[float, ...]
    mean: tuple[tuple[float, float], ...]
    precision_root: tuple[tuple[float, float, float], ...]
    data: str

    @property
    def content(self) -> dict[str, Any]:
        """Plain data that decides the draws: what was measured, and what it is about."""
        return {
            "about": [self.forth, self.back, self.lag],
            "period_months": self.period_months,
            "ratio": list(self.ratio),
            "data": self.data,
        }

    def log_likelihood(self, par: Any, xp: Any) -> Any:
        """Return the log likelihood, up to a constant.

        Parameters
        ----------
        par
            Parameters by name: arrays of any shape, or PyTensor scalars.
        xp
            Library with ``log``, ``clip``, ``maximum``, ``minimum``, ``stack``.
        """
        monthly = 1.0 - 1.0 / xp.maximum(par[self.lag], 1.0)
        nodes = np.array(self.phi)
        share = xp.clip(monthly**self.period_months, nodes[0], nodes[-1])
        x = np.log(nodes) - np.log1p(-nodes)
        if len(nodes) > 1:
            place = xp.clip(xp.log(share) - xp.log(1.0 - share), x[0], x[-1])[..., None]
            gap = np.diff(x)
            left = np.concatenate([[1.0], gap])
            right = np.concatenate([gap, [1.0]])
            hats = xp.clip(xp.minimum((place - x) / left + 1.0, (x - place) / right + 1.0), 0.0, 1.0)
        else:
            hats = (share * 0.0 + 1.0)[..., None]
        height = hats @ np.array(self.evidence)
        middle, root = hats @ np.array(self.mean), hats @ np.array(self.precision_root)
        kept = 1.0 - monthly**self.period_months
        first = par[self.forth] * kept * self.ratio[0]
        if not self.back:
            z = root[..., 0] * (first - middle[..., 0])
            return height - 0.5 * z * z + xp.log(root[..., 0]) + 0.5 * first * first
        second = par[self.back] * kept * self.ratio[1]
        one, two = first - middle[..., 0], second - middle[..., 1]
        z1 = root[..., 0] * one + root[..., 1] * two
        z2 = root[..., 2] * two
        # the panel was read under normal priors of width 1 on both effects: they are taken out again
        inside = -0.5 * (z1 * z1 + z2 * z2) + xp.log(root[..., 0]) + xp.log(root[..., 2])
        return height + inside + 0.5 * (first * first + second * second)


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
) -> PanelEvidence:
    """Return the summary of a panel from its normal approximations along the lag.

    Parameters
    ----------
    along
        From :func:`txsim.inference.panel.path`; the two effects are the first two parameters.
    forth, back, lag, period_months, ratio, data
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
    level = along.evidence - along.evidence.max()
    return PanelEvidence(
        forth,
        back,
        lag,
        period_months,
        ratio,
        tuple(float(x) for x in along.phi),
        tuple(float(x) for x in level),
        tuple(means),
        tuple(roots),
        data,
    )
