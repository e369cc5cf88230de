# SPDX-License-Identifier: MIT
"""Draws carried to another belief where weights alone fail, without compiling a model for its shape.

A skewed belief is a broken line over standard-normal scores: its density jumps at the median, and so does its ratio to
another one. Pareto's tail is then fitted across the jump, and k̂ refuses weights that are worth thousands of draws; and
what the line is like is written into the compiled model (docs/workbench.md). Three ways round, each checked:

- *Bounded weights*: where the other belief is nowhere wider its density is at most so many times the old one. Then the
  weights have no tail at all, and a bound of their effective number (``N`` times their mean over their bound) is gate
  enough: k̂ is not asked.
- *Transport*: each draw keeps its score under the prior and takes the value that the other prior has there. Priors
  cancel out of the ratio, whatever their shape and reach; what is left, the evidence, has no jump.
- *A model nearby*: chains under the log-normal that is as wide as the wider side of each skewed belief, which the
  compiled model holds as data, then weighed: the ratio of both priors is bounded, so that effective draws are the gate.

Source: Papaspiliopoulos, Roberts & Skold (2007), A general framework for the parametrization of hierarchical models,
Statistical Science 22(1), 59-73, for draws held in scores; weights as in :mod:`txsim.inference.pareto`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from txsim.inference.bounds import bounded
from txsim.inference.pareto import smoothed
from txsim.inference.resolution import log_likelihood
from txsim.inference.spec import CalibrationSpec
from txsim.inference.tuning import BeliefDraws, Tuner, weighed
from txsim.inference.weighing import LEAST_EFFECTIVE, DrawWeights, StatementQuantities, judged, log_ratio
from txsim.language import Message, Words, lazy
from txsim.priors.density import has_density, log_density
from txsim.priors.distributions import Distribution, cdf, from_scores
from txsim.priors.splines import knots
from txsim.types import Array

#: Shapes whose numbers are written into the compiled model, and which a log-normal can stand in for.
_SKEWED = ("split_lognormal", "spline_lognormal")
#: Chains of a model nearby: of its draws some have little weight.
NEARBY: Mapping[str, Any] = {"draws": 1280, "tune": 250}
#: Where the ratio of two densities is looked at, dense enough for both sides of a jump.
_SCORES = np.linspace(-20.0, 20.0, 8001)


def carry(tuner: Tuner, spec: CalibrationSpec) -> tuple[BeliefDraws | None, Words]:
    """Return the draws of a starting point weighed where they stand, or else transported; ``None`` and why not."""
    tuned, refused = tuner.weigh(spec)
    if tuned is not None:
        return tuned, ""
    weighing = bounded_weights(tuner.spoken, tuner.spec, spec, tuner.worth)
    if not weighing.refused:
        return weighed(spec, tuner.spoken, weighing, f"{spec.hash}-{tuner.seed}"), ""
    weighing, at = transported(tuner.spoken.par, tuner.spec, spec, tuner.worth)
    return (
        (None, refused)
        if weighing.refused
        else (weighed(spec, StatementQuantities(at), weighing, f"{spec.hash}-{tuner.seed}"), "")
    )


def refit(tuner: Tuner, spec: CalibrationSpec) -> BeliefDraws | None:
    """Return draws by chains of the model nearby, weighed; ``None`` where there is none or too few are left.

    Raises :class:`CalibrationError` if even long chains fail the gate.
    """
    near = nearby(spec)
    if near is None:
        return None
    sampled = tuner.resample(near, NEARBY)
    flat = sampled.calibration.draws.reshape(len(near.names), -1)
    par = dict(zip(near.names, flat, strict=True))
    worth = min(1.0, sampled.effective / sampled.draws)
    ratio = log_ratio(par, near, spec)
    if isinstance(ratio, str | Message):
        return None
    # The ratio is bounded, for nowhere is the skewed belief wider: its jump at the median is no tail to be smoothed.
    weights = np.exp(ratio - ratio.max())
    weights /= weights.sum()
    weighing = judged(weights, -math.inf, worth)
    if weighing.refused:
        return None
    tuned = weighed(spec, StatementQuantities(par), weighing, f"{spec.hash}-{tuner.seed}")
    return replace(tuned, how="resampled", k_hat=None)


def bounded_weights(
    draws: StatementQuantities, before: CalibrationSpec, spec: CalibrationSpec, worth: float = 1.0
) -> DrawWeights:
    """Return weights whose largest possible one is known, refused where it is not or leaves too few draws.

    ``draws``, ``before``, ``spec``, ``worth``: as for :func:`txsim.inference.weighing.weigh`.
    """
    unknown = DrawWeights(np.zeros(0), math.inf, 0.0, lazy("weights are not bounded"))
    if before.claims != spec.claims or set(before.priors) != set(spec.priors) or before.doubt or spec.doubt:
        return unknown
    most = 0.0
    for name, prior in spec.priors.items():
        was = before.priors[name]
        if prior != was:
            most += _largest_ratio(was, prior) if has_density(prior) and has_density(was) else math.inf
    ratio = log_ratio(draws, before, spec) if math.isfinite(most) else lazy("weights are not bounded")
    if isinstance(ratio, str | Message):
        return unknown
    if spec.claims:  # what an unsound bound is worth follows from the prior, and raises a cluster by no more than that
        most += float(np.maximum(bounded(spec, keep=False).unsound - bounded(before, keep=False).unsound, 0.0).sum())
    weights = np.exp(ratio - most)
    least = weights.size * float(weights.mean())
    return (
        replace(judged(weights / weights.sum(), -math.inf, worth), effective=least * worth)
        if (least * worth >= LEAST_EFFECTIVE)
        else unknown
    )


def _largest_ratio(was: Distribution, now: Distribution) -> float:
    """Return the largest log ratio of two densities, infinite where it grows towards an end."""
    x = from_scores(now, _SCORES)
    with np.errstate(invalid="ignore"):
        ratio = log_density(now, x) - log_density(was, x)
    ratio = ratio[np.isfinite(x) & (x != 0.0)]
    if not np.isfinite(ratio).all():
        return math.inf
    at, edge = int(ratio.argmax()), ratio.size // 20
    grows = at < edge or at >= ratio.size - edge
    # Where both are as wide at an end the ratio is level there.
    return float(ratio.max()) if not grows or ratio.max() - ratio[edge:-edge].max() < 1e-9 else math.inf


def transported(
    par: Mapping[str, Array], before: CalibrationSpec, spec: CalibrationSpec, worth: float = 1.0
) -> tuple[DrawWeights, Mapping[str, Array]]:
    """Return draws at the scores that they have under their priors, under the priors of another belief, with weights.

    ``par``: by parameter, ``(draw,)``, made under ``before``. ``worth``: independent draws that one of them is worth,
    at most 1. Returns weights, refused with a clause where they cannot be trusted, and the draws that they belong to.
    """
    changed = [name for name, prior in spec.priors.items() if prior != before.priors.get(name)]
    if spec.graph != before.graph or set(spec.priors) != set(before.priors) or spec.doubt or before.doubt:
        return DrawWeights(np.zeros(0), math.inf, 0.0, lazy("the graph is another one")), par
    if not all(has_density(each.priors[name]) for each in (before, spec) for name in changed):
        return DrawWeights(np.zeros(0), math.inf, 0.0, lazy("a known number or a limit has no score")), par
    at = dict(par)
    for name in changed:
        at[name] = from_scores(spec.priors[name], _scores(before.priors[name], par[name]))
    old, new = (log_likelihood(one, bounded(one, keep=False), of)[0][0] for one, of in ((before, par), (spec, at)))
    weights, k_hat = smoothed(new - old)
    return judged(weights, k_hat, worth), at


def _scores(prior: Distribution, values: Array) -> Array:
    """Return the standard-normal scores of values, exactly where the tail of a distribution function would not."""
    from scipy.special import ndtri

    if prior.family == "lognormal":
        return np.asarray((np.log(values) - prior.args[0]) / prior.args[1])
    return np.asarray(ndtri(np.clip(cdf(prior, values), 1e-300, 1.0 - 2.0**-53)))


def nearby(spec: CalibrationSpec) -> CalibrationSpec | None:
    """Return a belief with a log-normal for each skewed belief about what lies above 0; ``None`` if there is none.

    It has the same median and is as wide as the widest piece: nowhere is the skewed one wider.
    """
    priors = dict(spec.priors)
    for name, prior in spec.priors.items():
        if prior.family in _SKEWED and has_density(prior):
            priors[name] = _log_normal(prior)
    return None if priors == dict(spec.priors) else replace(spec, priors=priors)


def _log_normal(prior: Distribution) -> Distribution:
    if prior.family == "split_lognormal":
        return Distribution("lognormal", (prior.args[0], max(prior.args[1:])))
    scores, inner = knots(prior.family, prior.args)
    slopes = np.diff(inner) / np.diff(scores)
    middle = float(np.log(from_scores(prior, np.array(0.0))))
    return Distribution("lognormal", (middle, float(slopes.max())))
