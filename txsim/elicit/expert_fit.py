# SPDX-License-Identifier: MIT
"""What one expert said about a parameter, and the family that fits it best."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from txsim.elicit.families import SPLIT, THROUGH, Elicited
from txsim.elicit.judgements import from_interval_and_mode
from txsim.elicit.least_squares import elicit
from txsim.errors import message_of
from txsim.language import N_, lazy
from txsim.priors.catalogue import Parameter
from txsim.priors.distributions import Distribution, cdf
from txsim.priors.fits import LARGEST_MISS, fit_quantiles
from txsim.priors.quantity import parse_quantity
from txsim.priors.splines import SPLINES
from txsim.priors.written_numbers import QuantityError, beyond_limits, limit_itself

#: Ways in which an expert states a belief, and what they are asked.
METHODS = {
    "quartiles": N_("three values that cut the range into four equally likely parts"),
    "chips": N_("twenty chips, say, laid on the bins of a range (roulette)"),
    "interval": N_("an interval, how sure it is, and the most likely value"),
    "quantiles": N_("values by probability"),
}
#: Beyond this misfit a family does not describe what was said.
LARGEST_MISFIT = 0.05
#: How near the middle of an interval, in parts of its width, a most likely value is in the middle.
_CENTRAL = 0.05
#: By how little the numbers of a beta exceed 1, together, where hardly anything is left of its peak.
_LEVEL = 0.1


@dataclass(frozen=True, slots=True)
class Answer:
    """What one expert said about one parameter."""

    #: ``name``, ``weight``: Who, and how much they count.
    name: str
    method: str  #: A key of :data:`METHODS`.
    #: ``values``, ``probabilities``: ``P(X ≤ values[i]) = probabilities[i]``; for an interval its ends.
    values: tuple[float, ...]
    probabilities: tuple[float, ...]
    weight: float = 1.0
    #: ``most_likely``, ``mass``: For an interval.
    most_likely: float | None = None
    mass: float = 0.9
    highest: float = -math.inf  #: Of chips the highest bound; elsewhere the highest value says it.


def lowest(parameter: Parameter) -> float | None:
    """Return the lowest value that may be said: a driver may harm, a slope of the catalogue is asked above 0."""
    return parameter.least if parameter.role == "scenario" else parameter.low


def refusal_of(parameter: Parameter, values: Sequence[float], *, ends: bool) -> QuantityError | None:
    """Return why a value cannot be said of a parameter; a limit itself only as one of the ``ends`` of a range."""
    low, high = lowest(parameter), parameter.high
    for value in values:
        if (low is not None and value < low) or (high is not None and value > high):
            refusal = beyond_limits(value, low, high, share=parameter.share)
            if refusal.hint is None and high is not None and high <= 2 and 1 < value <= 100:  # a correlation, a ratio
                refusal.hint = lazy("in percent? write {words}", words=f"{value / 100:g}")
            if value < 0 and parameter.signed:
                refusal.hint = lazy("that a link may harm is written under `priors` of a scenario, as in "
                                    "`{name}: {{interval: [-0.1, 0.4]}}`, or set by `txsim priors set {name} FILE "
                                    "--interval -0.1,0.4 --by … --why …`", name=parameter.name)  # fmt: skip
            return refusal
        if not ends and value in (low, high):
            return limit_itself(value, low, high, share=parameter.share)
    return None


def as_said(parameter: Parameter, answers: Sequence[Answer]) -> Parameter:
    """Return a parameter up to where people reached: of a share that may exceed all of it, up to 1 if nobody does."""
    if not parameter.share or max(max(*answer.values, answer.highest) for answer in answers) > 1:
        return parameter
    return replace(parameter, high=1.0)


def candidates(parameter: Parameter) -> tuple[str, ...]:
    """Return the families that can be a prior of a parameter, the usual one first."""
    if parameter.high is not None:
        share = parameter.low == 0 and (parameter.high == 1 or parameter.share)
        return ("beta", "spline_logitnormal") if share else ("beta",)
    if parameter.low == 0:
        return ("lognormal", "gamma", "normal", *SPLIT, "spline_lognormal", "spline_normal")
    return ("normal", "split_normal", "spline_normal")


def fitting_range(parameter: Parameter, family: str) -> tuple[float, float]:
    """Return the limits between which a family is fitted to a parameter."""
    free = family in ("normal", "split_normal", "spline_normal")
    low = -math.inf if parameter.low is None or free else parameter.low
    return low, math.inf if parameter.high is None or free else parameter.high


def expert_fit(parameter: Parameter, answer: Answer, family: str | None = None) -> tuple[Elicited, dict[str, float]]:
    """Return the family that fits one answer best, and the sums of squares of all that are possible.

    Raises :class:`ValueError` if no possible family can hold what was said.
    """
    parameter = as_said(parameter, [answer])
    names = candidates(parameter) if family is None else (family,)
    fits: dict[str, Elicited] = {}
    reasons = []
    for name in names:
        low, high = fitting_range(parameter, name)
        try:
            if name in THROUGH:
                if answer.most_likely is not None:
                    message = lazy(
                        "{family} cannot hold a most likely value: state values by probability (`quantiles`), or "
                        "another family",
                        family=name,
                    )
                    raise ValueError(message)
                fit = fit_through(answer.values, answer.probabilities, name)
            elif answer.method == "interval" and answer.most_likely is not None:
                fit = from_interval_and_mode(
                    answer.values[0],
                    answer.values[1],
                    answer.most_likely,
                    mass=answer.mass,
                    family=name,
                    lower=0.0 if math.isinf(low) else low,
                    upper=1.0 if math.isinf(high) else high,
                )
            else:
                fit = finite_fit(
                    elicit(answer.values, answer.probabilities, low, high, families=[name]).fits[name], name
                )
            possible_prior(parameter, fit, harms=min(answer.values) <= 0)
        except ValueError as error:
            reasons.append(message_of(error))
            continue
        fits[name] = fit
    if not fits:
        raise ValueError(reasons[0])
    # The usual family is kept unless another is clearly nearer to what was said.
    first = next(iter(fits))
    plain = [name for name in fits if name not in THROUGH] or list(fits)
    best = min(plain, key=lambda name: fits[name].ssq)
    chosen = first if first in plain and fits[first].ssq <= fits[best].ssq + 1e-6 else best
    if answer.most_likely is not None and "normal" in plain and fits["normal"].fits:
        low, high = answer.values
        if abs(answer.most_likely - (low + high) / 2) <= _CENTRAL * (high - low):
            chosen = "normal"  # as much of what lies outside is meant on either side
    if _misses(fits[chosen], answer) > 1:  # then the nearest, which goes through what was said if there is such a one
        chosen = min(fits, key=lambda name: (round(_misses(fits[name], answer), 2), name in SPLINES, name))
    return fits[chosen], {name: fit.ssq for name, fit in fits.items()}


def fit_through(values: Sequence[float], probabilities: Sequence[float], family: str) -> Elicited:
    """Return the split normal nearest to stated quantiles, or the spline through them.

    Columns without a chip give several values one probability; then it goes through their middle.
    """
    stated = {level: (low + high) / 2 for level, (low, high) in _spans(values, probabilities).items()}
    fit, _missed = fit_quantiles(stated, family)
    apart = cdf(fit, np.asarray(values)) - np.asarray(probabilities)
    return Elicited(family, fit.args, ssq=float(np.sum(apart**2)), misfit=float(np.max(np.abs(apart))))


def _spans(values: Sequence[float], probabilities: Sequence[float]) -> dict[float, tuple[float, float]]:
    """Return by probability the lowest and highest value that were given it: any between is that quantile."""
    spans: dict[float, tuple[float, float]] = {}
    for value, level in zip(values, probabilities, strict=True):
        low, high = spans.get(level, (value, value))
        spans[level] = min(low, value), max(high, value)
    return spans


def missed_by(fit: Elicited, answer: Answer) -> float:
    """Return by how much a fit misses the values that were said, as a share of the range that they span.

    The ends of an interval with a most likely value are no quantiles: what lies inside and the peak are what was said.
    """
    if answer.most_likely is not None:
        peak = _peak(fit)
        width = answer.values[1] - answer.values[0]
        return 0.0 if peak is None else abs(peak - answer.most_likely) / width
    spans = _spans(answer.values, answer.probabilities)
    fitted, ends = np.asarray(fit.quantile(np.array(list(spans)))), np.array(list(spans.values()))
    return float(np.max(np.abs(fitted - np.clip(fitted, *ends.T))) / np.ptp(ends))


def _peak(fit: Elicited) -> float | None:
    """Return where a fit has its peak, its middle where it is level; ``None`` for a family without one to fit."""
    if fit.family not in ("normal", "lognormal", "gamma", "beta"):
        return None
    a, b = fit.params
    if fit.family == "lognormal":
        return fit.lower + math.exp(a - b**2)
    if fit.family == "gamma":
        return fit.lower + max(a - 1, 0.0) / b
    if fit.family == "beta" and a + b - 2 < _LEVEL:
        return float(fit.quantile(0.5))
    if fit.family == "beta":
        return fit.lower + (fit.upper - fit.lower) * min(max((a - 1) / max(a + b - 2, 1e-12), 0.0), 1.0)
    return a


def _misses(fit: Elicited, answer: Answer) -> float:
    """Return by how much a fit misses what was said, in probability or the unit, in parts of what it may."""
    return max(fit.misfit / LARGEST_MISFIT, missed_by(fit, answer) / LARGEST_MISS)


def finite_fit(fit: Elicited, name: str) -> Elicited:
    """Return a fit, or refuse one without numbers."""
    if not all(map(math.isfinite, fit.params)):
        raise ValueError(lazy("no {name} has these values", name=name))
    return fit


def possible_prior(parameter: Parameter, fit: Elicited, *, harms: bool) -> Distribution:
    """Return the fit as a prior that the parameter may have; below 0 only where that was said (``harms``)."""
    prior = fit.as_prior()
    if prior is None:
        raise ValueError(lazy("a {family} cannot be written into a file", family=fit.family))
    return parse_quantity(prior, low=lowest(parameter) if harms else parameter.low, high=parameter.high)
