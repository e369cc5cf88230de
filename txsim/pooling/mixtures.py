# SPDX-License-Identifier: MIT
"""Mixtures of normals, as priors of a mean.

Given the spread between studies, each part's weight is multiplied by the probability that it gave the data. A *robust*
prior has a wide part, so that data which contradict the informative part move the weight to the wide one instead of
being averaged with it.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from txsim.language import lazy
from txsim.pooling.intervals import inverted, shortest_interval
from txsim.types import Array

_NUMBER = r"\s*([-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?)\s*"
_PART = re.compile(rf"\s*(?:{_NUMBER[3:-3]}\s*[*·]?\s*)?(?:normal|n)\s*[(:]{_NUMBER},{_NUMBER}\)?\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Mixture:
    """A mixture of normals.

    Raises :class:`ValueError` if shapes differ or a number is impossible.
    """

    weights: Array  #: Above or equal to 0, adding up to 1; what is given is scaled to that. Shape ``(k,)``.
    means: Array  #: Of each part, shape ``(k,)``.
    sds: Array  #: Of each part, above 0, shape ``(k,)``.

    def __post_init__(self) -> None:
        w, m, s = (np.atleast_1d(np.asarray(part, dtype=float)) for part in (self.weights, self.means, self.sds))
        if not (w.ndim == 1 and w.shape == m.shape == s.shape and w.size):
            message = lazy(
                "weights, means and standard deviations must be of one length, they have {weights}, {means}, {sds}",
                weights=w.shape,
                means=m.shape,
                sds=s.shape,
            )
            raise ValueError(message)
        if not (np.all(np.isfinite(w)) and np.all(w >= 0) and w.sum() > 0):
            raise ValueError(lazy("weights must be at least 0 and not all 0"))
        if not (np.all(np.isfinite(m)) and np.all(np.isfinite(s)) and np.all(s > 0)):
            raise ValueError(lazy("normal: sd must be finite and above 0"))
        for name, part in (("weights", w / w.sum()), ("means", m), ("sds", s)):
            object.__setattr__(self, name, part)

    def parts_log_pdf(self, x: ArrayLike) -> Array:
        """Return the log density of each part, shape ``(n, k)`` for ``n`` values."""
        v = np.atleast_1d(np.asarray(x, dtype=float))[:, None]
        return np.asarray(-0.5 * ((v - self.means) / self.sds) ** 2 - np.log(self.sds) - 0.5 * math.log(2 * math.pi))

    def pdf(self, x: ArrayLike) -> Array:
        """Return the density, shape of ``x``."""
        return np.asarray(np.exp(self.parts_log_pdf(x)) @ self.weights).reshape(np.shape(x))

    def cdf(self, x: ArrayLike) -> Array:
        """Return the distribution function, shape of ``x``."""
        from scipy.special import ndtr

        v = np.atleast_1d(np.asarray(x, dtype=float))[:, None]
        return np.asarray(ndtr((v - self.means) / self.sds) @ self.weights).reshape(np.shape(x))

    def quantile(self, p: ArrayLike) -> Array:
        """Return the quantile function, shape of ``p``."""
        from scipy.special import ndtri

        levels = np.atleast_1d(np.asarray(p, dtype=float))
        inner = np.clip(levels, 1e-300, 1 - 1e-16)[:, None]
        ends = self.means + self.sds * ndtri(inner)
        if len(self.weights) == 1:
            values = ends[:, 0]
        else:
            values = inverted(self.cdf, self.pdf, inner[:, 0], ends.min(1), ends.max(1))
        values = np.where(levels <= 0, -math.inf, np.where(levels >= 1, math.inf, values))
        return np.asarray(values).reshape(np.shape(p))

    @property
    def mean(self) -> float:
        """Mean."""
        return float(self.weights @ self.means)

    @property
    def sd(self) -> float:
        """Standard deviation."""
        return math.sqrt(float(self.weights @ (self.sds**2 + (self.means - self.mean) ** 2)))

    @property
    def median(self) -> float:
        """Median."""
        return float(self.quantile(0.5))

    @property
    def mode(self) -> float:
        """Where the density is highest."""
        from scipy.optimize import minimize_scalar

        grid = self.quantile(np.linspace(0.001, 0.999, 151))
        heights = self.pdf(grid)
        best = int(np.argmax(heights))
        left, right = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
        optimum = minimize_scalar(
            lambda x: -float(self.pdf(x)),
            bounds=(left, right),
            method="bounded",
            options={"xatol": 1e-12 * max(abs(left), abs(right), right - left)},
        )
        return _stationary(self, float(optimum.x), float(left), float(right))

    def central(self, level: float = 0.95) -> tuple[float, float]:
        """Return the interval with equal tails."""
        ends = self.quantile(np.array([(1 - level) / 2, (1 + level) / 2]))
        return float(ends[0]), float(ends[1])

    def shortest(self, level: float = 0.95) -> tuple[float, float]:
        """Return the shortest interval that holds the probability."""
        return shortest_interval(self.quantile, self.pdf, level)

    def above(self, x: float) -> float:
        """Return the probability of a value above ``x``."""
        from scipy.special import ndtr  # the upper tail itself, so that a tiny one keeps its digits

        return float(self.weights @ ndtr((self.means - x) / self.sds))

    def slope(self, x: float) -> float:
        """Return the derivative of the density."""
        slopes = (self.means - x) / self.sds**2
        return float((np.exp(self.parts_log_pdf(x)[0]) * slopes) @ self.weights)


def _stationary(mix: Mixture, x: float, left: float, right: float) -> float:
    """Return the point near ``x`` where the slope is 0; minimising alone finds it to half the digits."""
    from scipy.optimize import brentq

    width = (right - left) / 50
    low, high = max(left, x - width), min(right, x + width)
    if low < high and mix.slope(low) > 0 > mix.slope(high):
        return float(brentq(mix.slope, low, high, xtol=1e-15, rtol=1e-14))
    return x


def normal_mixture(weights: ArrayLike, means: ArrayLike, sds: ArrayLike) -> Mixture:
    """Return a mixture of normals; one part is a normal prior."""
    return Mixture(np.asarray(weights, float), np.asarray(means, float), np.asarray(sds, float))


def read_normals(text: str) -> Mixture | None:
    """Return the prior of a mean that a person wrote; ``None`` for ``uniform``.

    ``normal(0, 4)``, or a mixture, each part with its weight: ``0.8 normal(0, 1) + 0.2 normal(0, 10)``. Raises
    :class:`ValueError` with what was expected.
    """
    if text.strip().lower() == "uniform":
        return None
    parts = []
    for piece in text.split("+"):
        match = _PART.fullmatch(piece)
        if not match:
            message = lazy(
                "expected uniform, normal(0, 4) or 0.8 normal(0, 1) + 0.2 normal(0, 10), found `{text}`", text=text[:60]
            )
            raise ValueError(message)
        parts.append((float(match[1] or 1), float(match[2]), float(match[3])))
    weights, means, sds = zip(*parts, strict=True)
    if len(parts) > 1 and not math.isclose(sum(weights), 1.0, abs_tol=1e-6):
        raise ValueError(lazy("the weights add up to {total:g}, not to 1", total=sum(weights)))
    return normal_mixture(weights, means, sds)
