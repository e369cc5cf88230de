# SPDX-License-Identifier: MIT
"""How many observations a prior is worth: its effective sample size.

``elir``, the expected local-information ratio, averages the prior's curvature against Fisher's information of one
observation; it is the only one of the three for which prior plus data add up (Neuenschwander, Weber, Schmidli and
O'Hagan, Biometrics 76 (2020), 578-587). ``moment`` matches mean and standard deviation and is cautious for mixtures,
``morita`` looks at the mode and is bold (Morita, Thall and Müller, Biometrics 64 (2008), 595-602; at the mode and
without restriction to whole numbers, as Neuenschwander et al.).
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from txsim.errors import did_you_mean
from txsim.pooling.conjugate import predict_binomial
from txsim.pooling.mixtures import Mixture
from txsim.types import Array

#: What is observed, by family of the prior, the default first; ``logit`` and ``log`` are for normals on that scale.
LIKELIHOODS = {"normal": ("normal", "logit", "log"), "beta": ("binomial",), "gamma": ("poisson", "exponential")}


def effective_sample_size(
    prior: Mixture, method: str = "elir", *, sigma: float | None = None, likelihood: str | None = None
) -> float:
    """Return the number of observations that a prior is worth.

    Parameters
    ----------
    prior
        A mixture of normals, betas or gammas.
    method
        ``elir``, ``moment`` or ``morita``. The last knows nothing of a prior but its curvature at the mode: of mixtures
        with a narrow part it is far too high, of flat-topped or many-peaked ones it is 0 or negative, which is no
        number of observations. ``elir`` has neither fault.
    sigma
        Standard deviation of one observation; needed for normals with a normal likelihood.
    likelihood
        What is observed, see :data:`LIKELIHOODS`.

    Raises
    ------
    ValueError
        If the method or likelihood is unknown, ``sigma`` is missing, or ``elir`` does not exist (a number of a beta or
        of a gamma of counts below 1).
    """
    known = LIKELIHOODS[prior.family]
    observed = known[0] if likelihood is None else likelihood
    if observed not in known:
        message = f"a prior of {prior.family}s goes with {' or '.join(known)}, not with `{observed}`"
        raise ValueError(message)
    if observed == "normal" and not (sigma is not None and sigma > 0):
        message = "sigma, the standard deviation of one observation, is needed"
        raise ValueError(message)
    methods = {"elir": _elir, "moment": _moment, "morita": _morita}
    if method not in methods:
        message = f"the method is {', '.join(methods)}, not `{method}`{did_you_mean(method, methods)}"
        raise ValueError(message)
    return methods[method](prior, observed, 1.0 if sigma is None else sigma)


def _inverse_information(observed: str, sigma: float, x: Array) -> Array:
    """Return one over Fisher's information of one observation."""
    if observed == "normal":
        return np.full_like(x, sigma**2)
    if observed == "binomial":
        return x * (1 - x)
    if observed == "logit":
        return np.asarray(2 + 2 * np.cosh(x))
    return {"poisson": x, "exponential": x**2, "log": np.exp(-x)}[observed]


def _curvature(prior: Mixture, x: Array) -> Array:
    """Return minus the second derivative of the log density."""
    a, b, v = prior.first, prior.second, x[:, None]
    if prior.family == "normal":
        slope, bend = (a - v) / b**2, np.broadcast_to(-1 / b**2, (len(x), len(a)))
    elif prior.family == "beta":
        slope, bend = (a - 1) / v - (b - 1) / (1 - v), -(a - 1) / v**2 - (b - 1) / (1 - v) ** 2
    else:
        slope, bend = (a - 1) / v - b, -(a - 1) / v**2
    logs = prior.parts_log_pdf(x) + np.log(np.maximum(prior.weights, 1e-300))
    shares = np.exp(logs - logs.max(1, keepdims=True))
    shares /= shares.sum(1, keepdims=True)
    mean = (shares * slope).sum(1)
    # The variance of slopes between parts, rather than a difference of squares, keeps digits in the tails.
    return np.asarray(-(shares * bend).sum(1) - (shares * (slope - mean[:, None]) ** 2).sum(1))


def _expected(prior: Mixture, function: Callable[[Array], Array]) -> float:
    """Return the mean of a function over the prior, integrated on the whole line (logit or log for bounded ones)."""
    x, w = np.polynomial.legendre.leggauss(16)
    levels = np.concatenate(
        (np.geomspace(1e-14, 0.01, 30), np.linspace(0.02, 0.98, 60), 1 - np.geomspace(0.01, 1e-14, 30))
    )
    marks = np.unique(np.concatenate([_part(prior, j).quantile(levels) for j in range(len(prior.weights))]))
    if prior.family == "beta":
        least = _decay(np.concatenate((prior.first, prior.second)))
        inner = np.clip(marks, 1e-300, 1 - 1e-15)
        marks = np.log(inner) - np.log1p(-inner)
        marks = np.concatenate(
            (np.linspace(-36 / least, marks.min(), 60)[:-1], marks, np.linspace(marks.max(), 36, 60)[1:])
        )
    elif prior.family == "gamma":
        least = _decay(prior.first)
        marks = np.log(np.maximum(marks, 1e-300))
        marks = np.concatenate((np.linspace(min(-36 / least, marks.min() - 1), marks.min(), 60)[:-1], marks))
    else:
        span = 4 * float(prior.second.max())
        marks = np.concatenate(([marks[0] - span], marks, [marks[-1] + span]))
    marks = np.unique(marks)
    left, width = marks[:-1, None], np.diff(marks)[:, None]
    z = (left + width * (x + 1) / 2).ravel()
    weights = (width * w / 2).ravel()
    if prior.family == "beta":
        at = 1 / (1 + np.exp(-z))
        inside = (at > 0) & (at < 1)
        at, weights = at[inside], weights[inside]
        return float(np.sum(weights * prior.pdf(at) * at * (1 - at) * function(at)))
    if prior.family == "gamma":
        at = np.exp(z)
        return float(np.sum(weights * prior.pdf(at) * at * function(at)))
    return float(np.sum(weights * prior.pdf(z) * function(z)))


def _decay(numbers: Array) -> float:
    """Return how fast the integrand falls towards a bound, by the smallest number above 1; a uniform part is flat."""
    above = numbers[numbers > 1]
    return max(float(above.min()) - 1 if above.size else 1.0, 0.12)


def _part(prior: Mixture, j: int) -> Mixture:
    return Mixture(prior.family, np.ones(1), prior.first[j : j + 1], prior.second[j : j + 1])


def _elir(prior: Mixture, observed: str, sigma: float) -> float:
    below = min(float(prior.first.min()), float(prior.second.min()) if prior.family == "beta" else math.inf)
    if observed in ("binomial", "poisson") and below < 1:
        message = f"elir does not exist: a number of a {prior.family} is {below:g}, it must be 1 at least"
        raise ValueError(message)
    return _expected(prior, lambda x: _curvature(prior, x) * _inverse_information(observed, sigma, x))


def _moment(prior: Mixture, observed: str, sigma: float) -> float:
    mean, variance = prior.mean, prior.sd**2
    if observed == "binomial":
        return mean * (1 - mean) / variance - 1
    if observed == "poisson":
        return mean / variance
    if observed == "exponential":
        return mean**2 / variance
    if observed == "normal":
        return sigma**2 / variance
    return _expected(prior, lambda x: _inverse_information(observed, sigma, x)) / variance


def _morita(prior: Mixture, observed: str, sigma: float) -> float:
    mode, flat = prior.mode, 100.0
    curvature = float(_curvature(prior, np.array([mode]))[0])
    if observed == "binomial":
        none = float(predict_binomial(prior, 1)[0])
        expected = none / (1 - mode) ** 2 + (1 - none) / mode**2
        vague = (mode / flat - 1) / mode**2 + ((1 - mode) / flat - 1) / (1 - mode) ** 2
    elif observed == "poisson":
        expected = prior.mean / mode**2
        vague = (mode / flat - 1) / mode**2
    elif observed == "exponential":
        expected = 1 / mode**2
        vague = (1 / flat - 1) / mode**2
    else:
        expected = 1 / float(_inverse_information(observed, sigma, np.array([mode]))[0])
        vague = 1 / (flat * float(prior.second.max()) ** 2)
    return (curvature - vague) / expected
