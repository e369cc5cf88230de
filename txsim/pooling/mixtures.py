# SPDX-License-Identifier: MIT
"""Mixtures of normals, betas or gammas: robust priors whose weights the data update exactly.

A mixture of conjugate priors stays one: each part is updated by its own rule, and its weight is multiplied by the
probability that it gave the data. A *robust* prior has a wide part, so that data which contradict the informative part
move the weight to the wide one instead of being averaged with it.

Updates and predictions are in :mod:`txsim.pooling.conjugate`.
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

#: Families, and what their two numbers are.
_NUMBERS = {"normal": ("mean", "sd"), "beta": ("a", "b"), "gamma": ("shape", "rate")}


@dataclass(frozen=True)
class Mixture:
    """A mixture of members of one family.

    Raises
    ------
    ValueError
        If the family is unknown, shapes differ or a number is impossible.
    """

    family: str  #: ``normal`` (mean, sd), ``beta`` (a, b) on 0 … 1, or ``gamma`` (shape, rate).
    weights: Array  #: Above or equal to 0, adding up to 1; what is given is scaled to that. Shape ``(k,)``.
    #: ``first``, ``second``: The two numbers of each part, in the order above. Shape ``(k,)``.
    first: Array
    second: Array

    def __post_init__(self) -> None:
        if self.family not in _NUMBERS:
            raise ValueError(
                lazy("unknown family `{family}`; known: {numbers}", family=self.family, numbers=", ".join(_NUMBERS))
            )
        w, a, b = (np.atleast_1d(np.asarray(part, dtype=float)) for part in (self.weights, self.first, self.second))
        if not (w.ndim == 1 and w.shape == a.shape == b.shape and w.size):
            message = lazy(
                "weights and numbers must be of one length, they have {weights}, {first}, {second}",
                weights=w.shape,
                first=a.shape,
                second=b.shape,
            )
            raise ValueError(message)
        if not (np.all(np.isfinite(w)) and np.all(w >= 0) and w.sum() > 0):
            raise ValueError(lazy("weights must be at least 0 and not all 0"))
        if not (np.all(np.isfinite(a)) and np.all(np.isfinite(b)) and np.all(b > 0)):
            raise ValueError(
                lazy("{family}: {name} must be finite and above 0", family=self.family, name=_NUMBERS[self.family][1])
            )
        if self.family != "normal" and not np.all(a > 0):
            message = lazy("{family}: {name} must be above 0", family=self.family, name=_NUMBERS[self.family][0])
            raise ValueError(message)
        for name, part in (("weights", w / w.sum()), ("first", a), ("second", b)):
            object.__setattr__(self, name, part)

    @property
    def support(self) -> tuple[float, float]:
        """Smallest and largest possible value."""
        return {"normal": (-math.inf, math.inf), "beta": (0.0, 1.0), "gamma": (0.0, math.inf)}[self.family]

    def parts_log_pdf(self, x: ArrayLike) -> Array:
        """Return the log density of each part, shape ``(n, k)`` for ``n`` values."""
        from scipy import special

        v, a, b = np.atleast_1d(np.asarray(x, dtype=float))[:, None], self.first, self.second
        with np.errstate(divide="ignore", invalid="ignore"):
            if self.family == "normal":
                return np.asarray(-0.5 * ((v - a) / b) ** 2 - np.log(b) - 0.5 * math.log(2 * math.pi))
            if self.family == "beta":
                logs = special.xlogy(a - 1, v) + special.xlog1py(b - 1, -v) - special.betaln(a, b)
                return np.where((v >= 0) & (v <= 1), logs, -np.inf)
            logs = a * np.log(b) - special.gammaln(a) + special.xlogy(a - 1, v) - b * v
            return np.where(v >= 0, logs, -np.inf)

    def pdf(self, x: ArrayLike) -> Array:
        """Return the density, shape of ``x``."""
        return np.asarray(np.exp(self.parts_log_pdf(x)) @ self.weights).reshape(np.shape(x))

    def cdf(self, x: ArrayLike) -> Array:
        """Return the distribution function, shape of ``x``."""
        from scipy import special

        v, a, b = np.atleast_1d(np.asarray(x, dtype=float))[:, None], self.first, self.second
        if self.family == "normal":
            parts = special.ndtr((v - a) / b)
        elif self.family == "beta":
            parts = special.betainc(a, b, np.clip(v, 0, 1))
        else:
            parts = special.gammainc(a, np.maximum(v, 0) * b)
        return np.asarray(parts @ self.weights).reshape(np.shape(x))

    def quantile(self, p: ArrayLike) -> Array:
        """Return the quantile function, shape of ``p``."""
        from scipy import special

        levels = np.atleast_1d(np.asarray(p, dtype=float))
        inner = np.clip(levels, 1e-300, 1 - 1e-16)[:, None]
        a, b = self.first, self.second
        if self.family == "normal":
            ends = a + b * special.ndtri(inner)
        elif self.family == "beta":
            ends = special.betaincinv(a, b, inner)
        else:
            ends = special.gammaincinv(a, inner) / b
        if len(self.weights) == 1:
            values = ends[:, 0]
        else:
            values = inverted(self.cdf, self.pdf, inner[:, 0], ends.min(1), ends.max(1))
        low, high = self.support
        values = np.where(levels <= 0, low, np.where(levels >= 1, high, values))
        return np.asarray(values).reshape(np.shape(p))

    @property
    def means(self) -> Array:
        """Mean of each part."""
        a, b = self.first, self.second
        return {"normal": a, "beta": a / (a + b), "gamma": a / b}[self.family]

    @property
    def variances(self) -> Array:
        """Variance of each part."""
        a, b = self.first, self.second
        if self.family == "normal":
            return b**2
        return a * b / ((a + b) ** 2 * (a + b + 1)) if self.family == "beta" else a / b**2

    @property
    def mean(self) -> float:
        """Mean."""
        return float(self.weights @ self.means)

    @property
    def sd(self) -> float:
        """Standard deviation."""
        return math.sqrt(float(self.weights @ (self.variances + (self.means - self.mean) ** 2)))

    @property
    def median(self) -> float:
        """Median."""
        return float(self.quantile(0.5))

    @property
    def mode(self) -> float:
        """Where the density is highest."""
        from scipy.optimize import minimize_scalar

        low, high = self.support
        grid = self.quantile(np.linspace(0.001, 0.999, 151))
        heights = self.pdf(grid)
        for end in (low, high):
            if math.isfinite(end) and not self.pdf(end) < heights.max():
                return end
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
        return shortest_interval(self.quantile, self.pdf, level, self.support[0])

    def above(self, x: float) -> float:
        """Return the probability of a value above ``x``."""
        if self.family == "normal":  # the upper tail itself, so that a tiny one keeps its digits
            from scipy.special import ndtr

            return float(self.weights @ ndtr((self.first - x) / self.second))
        return float(1 - self.cdf(x))


def _slope(mix: Mixture, x: float) -> float:
    """Return the derivative of the density."""
    a, b = mix.first, mix.second
    if mix.family == "normal":
        slopes = (a - x) / b**2
    elif mix.family == "beta":
        slopes = (a - 1) / x - (b - 1) / (1 - x)
    else:
        slopes = (a - 1) / x - b
    return float((np.exp(mix.parts_log_pdf(x)[0]) * slopes) @ mix.weights)


def _stationary(mix: Mixture, x: float, left: float, right: float) -> float:
    """Return the point near ``x`` where the slope is 0; minimising alone finds it to half the digits."""
    from scipy.optimize import brentq

    width = (right - left) / 50
    low, high = max(left, x - width), min(right, x + width)
    if low < high and _slope(mix, low) > 0 > _slope(mix, high):
        return float(brentq(lambda v: _slope(mix, v), low, high, xtol=1e-15, rtol=1e-14))
    return x


def normal_mixture(weights: ArrayLike, means: ArrayLike, sds: ArrayLike) -> Mixture:
    """Return a mixture of normals; one part is a normal prior."""
    return Mixture("normal", np.asarray(weights, float), np.asarray(means, float), np.asarray(sds, float))


def read_normals(text: str) -> Mixture | None:
    """Return the prior of a mean that a person wrote; ``None`` for ``uniform``.

    ``normal(0, 4)``, or a mixture, each part with its weight: ``0.8 normal(0, 1) + 0.2 normal(0, 10)``.

    Raises
    ------
    ValueError
        With what was expected.
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


def beta_mixture(weights: ArrayLike, a: ArrayLike, b: ArrayLike) -> Mixture:
    """Return a mixture of betas, for a share."""
    return Mixture("beta", np.asarray(weights, float), np.asarray(a, float), np.asarray(b, float))


def gamma_mixture(weights: ArrayLike, shape: ArrayLike, rate: ArrayLike) -> Mixture:
    """Return a mixture of gammas, for a rate."""
    return Mixture("gamma", np.asarray(weights, float), np.asarray(shape, float), np.asarray(rate, float))


def combine(mixtures: list[Mixture], weights: ArrayLike) -> Mixture:
    """Return several mixtures of one family as one, each with its weight.

    Raises
    ------
    ValueError
        If their families differ or there is not one weight for each.
    """
    shares = np.asarray(weights, dtype=float)
    if len({mix.family for mix in mixtures}) != 1 or shares.shape != (len(mixtures),):
        raise ValueError(lazy("mixtures of one family are needed, and one weight for each"))
    parts = [np.concatenate([getattr(mix, name) for mix in mixtures]) for name in ("first", "second")]
    weighted = np.concatenate([share * mix.weights for share, mix in zip(shares / shares.sum(), mixtures, strict=True)])
    return Mixture(mixtures[0].family, weighted, parts[0], parts[1])
