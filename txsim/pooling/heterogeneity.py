# SPDX-License-Identifier: MIT
"""Priors for the spread between studies, the heterogeneity τ ≥ 0, as published analyses use them.

The list and the formulas of the priors without numbers follow Röver, Bayesian random-effects meta-analysis using the
bayesmeta R package, Journal of Statistical Software 93(6), 2020, sections 2.2 and 3.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from txsim.errors import did_you_mean
from txsim.language import lazy
from txsim.types import Array

#: Families, and the numbers that each takes.
TAU_PRIORS: dict[str, tuple[str, ...]] = {
    "half_normal": ("scale",),
    "half_cauchy": ("scale",),
    "half_t": ("scale", "df"),
    "half_logistic": ("scale",),
    "exponential": ("rate",),
    "lomax": ("shape", "scale"),
    "rayleigh": ("scale",),
    "gamma": ("shape", "rate"),
    "inverse_gamma": ("shape", "scale"),
    "inverse_gamma_squared": ("shape", "scale"),
    "log_normal": ("mu", "sigma"),
    "log_normal_squared": ("mu", "sigma"),
    "log_t_squared": ("mu", "sigma", "df"),
    "truncated_normal": ("mean", "sd"),
    "truncated_cauchy": ("location", "scale"),
    "uniform_to": ("most",),
    "fixed": ("value",),
    "uniform": (),
    "sqrt": (),
    "jeffreys": (),
    "overall_jeffreys": (),
    "berger_deely": (),
    "conventional": (),
    "dumouchel": (),
    "shrinkage": (),
    "i2": (),
}

#: Priors that are no probability distributions; what they lead to may be one.
_IMPROPER = ("uniform", "sqrt", "jeffreys", "overall_jeffreys", "berger_deely")
#: Numbers that need not be above 0.
_ANY = ("mu", "mean", "location")


@dataclass(frozen=True, slots=True)
class TauPrior:
    """A prior of the between-study standard deviation.

    Raises :class:`ValueError` if the family is unknown or the numbers are impossible.
    """

    #: A key of :data:`TAU_PRIORS`. ``…_squared`` speak of τ² (an inverse gamma or log-normal of the variance),
    #: ``uniform`` (improper), ``sqrt``, ``jeffreys``, ``overall_jeffreys`` and ``berger_deely`` are improper, ``fixed``
    #: takes τ as known (0: a common effect).
    family: str
    args: tuple[float, ...] = ()  #: Its numbers, in the order of :data:`TAU_PRIORS`.

    def __post_init__(self) -> None:
        if self.family not in TAU_PRIORS:
            message = lazy(
                "unknown prior `{family}`{suggestion}",
                family=self.family,
                suggestion=did_you_mean(self.family, TAU_PRIORS),
            )
            raise ValueError(message)
        names = TAU_PRIORS[self.family]
        if len(self.args) != len(names):
            needed = (
                f"{self.family}({', '.join(names)})" if names else lazy("{family} without numbers", family=self.family)
            )
            raise ValueError(lazy("expected {needed}, found {number} numbers", needed=needed, number=len(self.args)))
        for name, value in zip(names, self.args, strict=True):
            allowed = math.isfinite(value) and (name in _ANY or value > 0 or (name == "value" and value == 0))
            if not allowed:
                message = lazy(
                    "{family}: {name} must be {limit}, it is {value:g}",
                    family=self.family,
                    name=name,
                    limit=lazy("finite") if name in _ANY else lazy("above 0"),
                    value=value,
                )
                raise ValueError(message)

    @property
    def proper(self) -> bool:
        """Whether it is a probability distribution."""
        return self.family not in _IMPROPER

    @property
    def known(self) -> float | None:
        """The value of τ if it is taken as known, else ``None``."""
        return self.args[0] if self.family == "fixed" else None

    def scale(self, se: Array) -> float:
        """Return a size of τ around which the prior changes, for quadrature."""
        typical = float(np.median(se)) if se.size else 1.0
        if self.family in ("log_normal",):
            return math.exp(self.args[0])
        if self.family in ("log_normal_squared", "log_t_squared"):
            return math.exp(self.args[0] / 2)
        if self.family in ("exponential", "gamma"):
            return self.args[0] / self.args[1] if self.family == "gamma" else 1 / self.args[0]
        if self.family in ("half_normal", "half_cauchy", "half_t", "half_logistic", "rayleigh", "uniform_to"):
            return self.args[0]
        if self.family == "inverse_gamma_squared":
            return math.sqrt(self.args[1] / self.args[0])
        if self.family in ("lomax", "inverse_gamma", "truncated_normal", "truncated_cauchy"):
            return self.args[1]
        return typical

    def log_density(self, tau: Array, se: Array) -> Array:
        """Return the log density at τ > 0; normalised if it is :attr:`proper`.

        ``tau``: values, shape ``(n,)``. ``se``: standard errors of the studies, shape ``(k,)``, which the priors
        without numbers adapt to.
        """
        with np.errstate(over="ignore", under="ignore", divide="ignore", invalid="ignore"):
            return np.asarray(_LOG_DENSITY[self.family](self.args, tau, se), dtype=float)

    def __str__(self) -> str:
        """Return the prior as it is written: ``half_normal(0.5)``."""
        return f"{self.family}({', '.join(f'{value:g}' for value in self.args)})" if self.args else self.family


#: Largest number of a prior.
_LARGEST = 1e100


def read_tau_prior(text: str) -> TauPrior:
    """Return the prior that a person wrote: ``half_normal(0.5)``, ``half_cauchy:25``, ``half_t(1, 4)``, ``uniform``.

    Raises :class:`ValueError` with what was expected.
    """
    match = re.fullmatch(r"\s*([A-Za-z][\w -]*?)\s*(?:[:(]\s*([^()]*?)\s*\)?)?\s*", text)
    if not match:
        raise ValueError(lazy("expected a prior such as half_normal(0.5), found `{text}`", text=text[:40]))
    name = re.sub(r"[ -]", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", match[1])).lower()
    try:
        numbers = tuple(float(part) for part in (match[2] or "").split(",") if part.strip())
    except ValueError:
        raise ValueError(lazy("expected numbers in {name}(…), found `{text}`", name=name, text=match[2][:40])) from None
    prior = TauPrior(name, numbers)
    # Spreads between studies are numbers that one could measure: beyond, nothing can be computed with them.
    logs = name.startswith("log_") and numbers[:1]
    if any(abs(number) > _LARGEST for number in numbers) or (logs and abs(numbers[0]) > math.log(_LARGEST)):
        message = lazy("a spread of {name}({text}) is larger than numbers can be", name=name, text=match[2][:40])
        raise ValueError(message)
    return prior


def _log_half(log_density: Array) -> Array:
    return log_density + math.log(2.0)


def _log_normal(mu: float, sigma: float, tau: Array) -> Array:
    logs = np.log(tau)
    return -0.5 * ((logs - mu) / sigma) ** 2 - math.log(sigma) - 0.5 * math.log(2 * math.pi) - logs


def _log_t(x: Array, df: float) -> Array:
    constant = math.lgamma((df + 1) / 2) - math.lgamma(df / 2) - 0.5 * math.log(df * math.pi)
    return constant - (df + 1) / 2 * np.log1p(x**2 / df)


def _inverse_gamma(shape: float, scale: float, x: Array) -> Array:
    return shape * math.log(scale) - math.lgamma(shape) - (shape + 1) * np.log(x) - scale / x


def _truncated_normal(args: tuple[float, ...], tau: Array, _: Array) -> Array:
    mean, sd = args
    share = 0.5 * math.erfc(-mean / sd / math.sqrt(2))
    return -0.5 * ((tau - mean) / sd) ** 2 - math.log(sd * share) - 0.5 * math.log(2 * math.pi)


def _truncated_cauchy(args: tuple[float, ...], tau: Array, _: Array) -> Array:
    location, scale = args
    share = 0.5 + math.atan(location / scale) / math.pi
    return -np.log1p(((tau - location) / scale) ** 2) - math.log(math.pi * scale * share)


def _shrinkage(square: float, tau: Array) -> Array:
    return np.asarray(math.log(2 * square) + np.log(tau) - 2 * np.log(square + tau**2))


def _log_information(tau: Array, se: Array) -> Array:
    """Return ½ log Σ (τ/(σ² + τ²))², Fisher's information on τ."""
    logs = np.log(tau)[:, None] - np.log(se**2 + tau[:, None] ** 2)
    most = logs.max(1, keepdims=True)
    return np.asarray(0.5 * np.log(np.exp(2 * (logs - most)).sum(1)) + most[:, 0])


def _conventional(_: tuple[float, ...], tau: Array, se: Array) -> Array:
    return np.asarray(np.mean(np.log(tau)[:, None] - 1.5 * np.log(se**2 + tau[:, None] ** 2), axis=1)) - math.log(
        _conventional_total(tuple(float(s) for s in se))
    )


def _conventional_total(se: tuple[float, ...]) -> float:
    """Return the integral of the conventional prior before normalising."""
    from txsim.pooling.quadrature import integrate

    spread = np.array(se)

    def logs(tau: Array) -> Array:
        return np.asarray(np.mean(np.log(tau)[:, None] - 1.5 * np.log(spread**2 + tau[:, None] ** 2), axis=1))

    return math.exp(integrate(logs, float(np.median(spread))).log_total)


def _i2_square(se: Array) -> float:
    w = 1 / se**2
    return float((len(se) - 1) * w.sum() / (w.sum() ** 2 - (w**2).sum()))


def _harmonic(se: Array) -> float:
    """Return the harmonic mean of the squared standard errors."""
    return float(len(se) / np.sum(1 / se**2))


_LOG_DENSITY: dict[str, Callable[[tuple[float, ...], Array, Array], Array]] = {
    "half_normal": lambda a, t, _: 0.5 * math.log(2 / math.pi) - math.log(a[0]) - 0.5 * (t / a[0]) ** 2,
    "half_cauchy": lambda a, t, _: math.log(2 / (math.pi * a[0])) - np.log1p((t / a[0]) ** 2),
    "half_t": lambda a, t, _: _log_half(_log_t(t / a[0], a[1])) - math.log(a[0]),
    "half_logistic": lambda a, t, _: math.log(2 / a[0]) - t / a[0] - 2 * np.log1p(np.exp(-t / a[0])),
    "exponential": lambda a, t, _: math.log(a[0]) - a[0] * t,
    "lomax": lambda a, t, _: math.log(a[0] / a[1]) - (a[0] + 1) * np.log1p(t / a[1]),
    "rayleigh": lambda a, t, _: np.log(t) - 2 * math.log(a[0]) - 0.5 * (t / a[0]) ** 2,
    "gamma": lambda a, t, _: a[0] * math.log(a[1]) - math.lgamma(a[0]) + (a[0] - 1) * np.log(t) - a[1] * t,
    "inverse_gamma": lambda a, t, _: _inverse_gamma(a[0], a[1], t),
    "inverse_gamma_squared": lambda a, t, _: _inverse_gamma(a[0], a[1], t**2) + np.log(2 * t),
    "log_normal": lambda a, t, _: _log_normal(a[0], a[1], t),
    "log_normal_squared": lambda a, t, _: _log_normal(a[0] / 2, a[1] / 2, t),
    "log_t_squared": lambda a, t, _: _log_t((2 * np.log(t) - a[0]) / a[1], a[2]) - math.log(a[1] / 2) - np.log(t),
    "truncated_normal": _truncated_normal,
    "truncated_cauchy": _truncated_cauchy,
    "uniform_to": lambda a, t, _: np.where(t <= a[0], -math.log(a[0]), -np.inf),
    "fixed": lambda a, t, _: np.where(t == a[0], 0.0, -np.inf),
    "uniform": lambda _, t, __: np.zeros_like(t),
    "sqrt": lambda _, t, __: -0.5 * np.log(t),
    "jeffreys": lambda _, t, se: _log_information(t, se),
    "overall_jeffreys": lambda _, t, se: _log_information(t, se) + 0.5 * np.log((1 / (se**2 + t[:, None] ** 2)).sum(1)),
    "berger_deely": lambda _, t, se: np.mean(np.log(t)[:, None] - np.log(se**2 + t[:, None] ** 2), axis=1),
    "conventional": _conventional,
    "dumouchel": lambda _, t, se: 0.5 * math.log(_harmonic(se)) - 2 * np.log(math.sqrt(_harmonic(se)) + t),
    "shrinkage": lambda _, t, se: _shrinkage(_harmonic(se), t),
    "i2": lambda _, t, se: _shrinkage(_i2_square(se), t),
}
