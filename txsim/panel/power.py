# SPDX-License-Identifier: MIT
"""What would be enough: units, waves and respondents for an interval half as wide."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from txsim.language import lazy
from txsim.panel.likelihood.density import PanelModel
from txsim.panel.likelihood.dynamics import covariance
from txsim.panel.likelihood.records import PanelData
from txsim.priors.distributions import Z95
from txsim.results.link import DIRECTIONS, Design, Enough
from txsim.types import Array

#: Standard errors that an effect must be away from nought, so that it is supported (p 0.975) with a probability of 0.8.
_FOUND = 1.960 + 0.842
_GRID = (1, 1.5, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 128, 256)


def _expected_data(n: Mapping[str, float], units: int, periods: int, w: Array, like: PanelData) -> PanelData:
    """Return pseudo-units with the scatter that such a panel has on average."""
    root = np.linalg.cholesky(covariance(n, periods, w)).T * np.sqrt(max(units - 1, 1))
    size = len(root)
    return PanelData(
        root.reshape(size, periods, 2),
        np.ascontiguousarray(np.broadcast_to(w, (size, periods, 2))),
        np.zeros(size),
        np.full(size, max(units - 1, 1) / size),
        np.tile(np.array([[0, periods]], dtype=np.int64), (size, 1)),
        like.total_sd,
        like.counted,
        like.shared_raters,
        means=False,
        noise_width=like.noise_width,
        lag_prior=like.lag_prior,
        effect_width=like.effect_width,
        typical_noise=(float(w[0]), float(w[1])),
    )


def error_of_design(
    n: Mapping[str, float], units: int, periods: int, w: Array, like: PanelData, *, lag_open: bool = False
) -> tuple[float, float]:
    """Return the standard errors of both one-period effects that a design would give, by expected curvature.

    ``n``: natural parameters that are taken to be true. ``units``, ``periods``: size of the design. ``w``: ``(2,)``
    noise variances. ``like``: panel whose priors are used. ``lag_open``: whether the lag is as open as in a fit of such
    a panel, or known to be ``n["phi"]``.

    Notes
    -----
    The expected log posterior of a complete panel is that of pseudo-units with the expected scatter; its curvature at
    the truth is the Fisher information plus that of the prior.
    """
    phi = None if lag_open else float(np.clip(n["phi"], 0.01, 0.98))
    model = PanelModel(_expected_data(n, units, periods, w, like), phi)
    theta = model.unconstrained(n)
    inverse = model.inverse_curvature(theta)
    return float(np.sqrt(inverse[0, 0])), float(np.sqrt(inverse[1, 1]))


def _needs_less(one: Design, other: Design) -> bool:
    """Whether a design needs less of something than another and more of nothing, so that nobody would take that one."""
    a, b = ((design.units, design.waves, design.respondents or 0.0) for design in (one, other))
    return a != b and all(x <= y for x, y in zip(a, b, strict=True))


def enough(
    n: Mapping[str, float], units: int, periods: int, w: Array, like: PanelData, respondents: float | None
) -> Enough:
    """Return what would halve the interval of EX → CX: more units, more waves, more respondents, or some of each.

    ``n``: natural parameters that are taken to be true: the medians; ``units``, ``periods``: what there is; ``w``:
    ``(2,)`` typical noise variances; ``like``: panel whose priors are used; ``respondents``: typical respondents of a
    cell, or ``None`` if that is not known.
    """
    units, periods = max(units, 6), max(periods, 3)
    errors = error_of_design(n, units, periods, w, like)
    now = errors[0]
    goal = now / 2

    def told(factor_u: float, factor_t: float, factor_n: float) -> tuple[int, int, float]:
        u, t = round(units * factor_u), min(round(periods * factor_t), 120)
        return u, t, error_of_design(n, u, t, w / factor_n, like)[0]

    designs: list[Design] = []
    ways = [("units", (1, 0, 0)), ("waves", (0, 1, 0)), ("both", (1, 1, 0))]
    if respondents is not None:
        ways += [("respondents", (0, 0, 1)), ("units and respondents", (1, 0, 1))]
    for name, (a, b, c) in ways:
        for factor in _GRID[1:]:
            if periods * factor**b > 120 and b:
                break
            u, t, error = told(factor**a, factor**b, factor**c)
            if error <= goal * 1.02:
                designs.append(
                    Design(u, t, None if respondents is None else round(respondents * factor**c), 2 * Z95 * error, name)
                )
                break
    return Enough(
        Design(units, periods, respondents, 2 * Z95 * now),
        lazy("an interval of the one-period effect of EX on CX half as wide"),
        tuple(design for design in designs if not any(_needs_less(other, design) for other in designs)),
        {name: _FOUND * error for name, error in zip(DIRECTIONS, errors, strict=True)},
    )
