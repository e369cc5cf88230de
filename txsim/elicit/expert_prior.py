# SPDX-License-Identifier: MIT
"""From what experts said about a parameter to the prior that is written, with its misfit and what it implies."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from txsim.elicit.families import SPLIT, THROUGH, Elicited
from txsim.elicit.judgements import from_interval_and_mode
from txsim.elicit.least_squares import elicit
from txsim.elicit.opinion_pools import Density, pool_experts
from txsim.errors import message_of
from txsim.language import N_, Message, lazy
from txsim.language.message import Figure
from txsim.priors.catalogue import Parameter
from txsim.priors.distributions import FAMILIES, Z95, Distribution, cdf, describe, from_scores, is_point, quantile
from txsim.priors.fits import LARGEST_MISS, fit_quantiles, missed_values, shown
from txsim.priors.quantity import parse_quantity
from txsim.priors.sense import doubtful, impossible
from txsim.priors.sentences import prediction
from txsim.priors.splines import SPLINES, spline_parts
from txsim.results.elicitation import Elicitation, Expert, FittedPrior

__all__ = [
    "LARGEST_MISFIT",
    "METHODS",
    "Answer",
    "Judged",
    "as_quantity",
    "candidates",
    "expert_fit",
    "hardly_sure",
    "lopsided",
    "judge",
]

#: Ways in which an expert states a belief, and what they are asked.
METHODS = {
    "quartiles": N_("three values that cut the range into four equally likely parts"),
    "chips": N_("twenty chips, say, laid on the bins of a range (roulette)"),
    "interval": N_("an interval, how sure it is, and the most likely value"),
    "quantiles": N_("values by probability"),
}
#: Beyond this misfit a family does not describe what was said.
LARGEST_MISFIT = 0.05

#: Levels at which a pool is matched by a family.
_SHOWN = np.array([0.05, 0.5, 0.95])
_LEVELS = np.array([0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99])

#: Share of an interval's width by which the fit may end before it.
_FAR_END = 0.4


@dataclass(frozen=True, slots=True)
class Answer:
    """What one expert said about one parameter.

    Attributes
    ----------
    name, weight
        Who, and how much they count.
    method
        A key of :data:`METHODS`.
    values, probabilities
        ``P(X ≤ values[i]) = probabilities[i]``; for an interval its ends.
    most_likely, mass
        For an interval.
    """

    name: str
    method: str
    values: tuple[float, ...]
    probabilities: tuple[float, ...]
    weight: float = 1.0
    most_likely: float | None = None
    mass: float = 0.9


@dataclass(frozen=True)
class Judged:
    """A prior that follows from what experts said.

    Attributes
    ----------
    name
        The parameter.
    answers, fits
        What each said, and the family that fits it best.
    all_fits
        Sum of squares by family, for each expert.
    pool, pooled
        How they were pooled, and the pool before a family is fitted to it.
    prior, misfit
        What is written, and how much probability it misses of what was said, or of the pool.
    by, why
        Names of the experts; reason and method.
    accepted
        Whether a bad fit is accepted.
    """

    name: str
    answers: tuple[Answer, ...]
    fits: tuple[Elicited, ...]
    all_fits: tuple[Mapping[str, float], ...]
    pool: str
    pooled: Density
    prior: Distribution
    misfit: float
    by: str
    why: Message
    accepted: bool = False

    @property
    def fitting(self) -> bool:
        """Whether the prior describes what was said, or the pool of it, in probability and in the unit."""
        return self.misfit <= LARGEST_MISFIT and self.missed <= LARGEST_MISS

    @property
    def stated(self) -> tuple[tuple[float, float], ...]:
        """Probabilities and values that the prior should have; none for an interval with a most likely value."""
        if len(self.answers) == 1 and self.answers[0].most_likely is not None:
            return ()
        if len(self.answers) == 1:
            return tuple(zip(self.answers[0].probabilities, self.answers[0].values, strict=True))
        return tuple(
            (float(p), float(x)) for p, x in zip(_SHOWN, np.asarray(self.pooled.quantile(_SHOWN)), strict=True)
        )

    @property
    def missed(self) -> float:
        """By how much the prior misses that, in the unit, as a share of the range."""
        return missed_values(self.prior, dict(self.stated)) if self.stated else _missed(self.fits[0], self.answers[0])

    def told(self, parameter: Parameter) -> Elicitation:
        """Return it as ``txsim priors elicit`` answers it, with the density of the prior."""
        levels = (0.05, 0.25, 0.5, 0.75, 0.95)
        ends, density = _density(self.prior)
        return Elicitation(
            name=self.name,
            unit=lazy(parameter.unit),
            meaning=lazy(parameter.meaning),
            experts=tuple(
                Expert(
                    answer.name,
                    answer.method,
                    answer.weight,
                    fit.family,
                    tuple(fit.params),
                    fit.ssq,
                    fit.misfit,
                    dict(others),
                    {f"{p:g}": float(fit.quantile(p)) for p in levels},
                )
                for answer, fit, others in zip(self.answers, self.fits, self.all_fits, strict=True)
            ),
            pool=self.pool if len(self.answers) > 1 else None,
            pooled_quantiles={f"{p:g}": float(self.pooled.quantile(p)) for p in levels},
            prior=FittedPrior(
                self.prior.family,
                tuple(self.prior.args),
                quantile(self.prior, 0.5),
                quantile(self.prior, 0.05),
                quantile(self.prior, 0.95),
                describe(self.prior),
            ),
            misfit=self.misfit,
            fits=self.fitting,
            prediction=prediction(parameter.unit, parameter.meaning, self.prior),
            by=self.by,
            why=self.why,
            density=density,
            density_ends=ends,
            beside=_beside(self),
            doubt=doubtful(parameter, self.prior) or lopsided(self) or "",
        )


def _beside(judgement: Judged) -> Message:
    """Return what was said beside what the fit says, and by how much it misses in the unit."""
    if not judgement.stated:
        return _inside(judgement)
    levels = [level for level, value in judgement.stated]
    said, at = shown(value for _level, value in judgement.stated), shown(100 * level for level in levels)
    fitted = shown(quantile(judgement.prior, level) for level in levels)
    beside = lazy("at {at} %: stated {said}, fitted {fitted}", at=at, said=said, fitted=fitted)
    if judgement.fitting:
        return beside
    return lazy(
        "{beside}; the fit does not hold what was said: it misses {missed} of the range",
        beside=beside,
        missed=Figure(judgement.missed, "percent"),
    )


def _inside(judgement: Judged) -> Message:
    """Return what of an interval with a most likely value the fit holds."""
    answer = judgement.answers[0]
    below, until = (float(p) for p in cdf(judgement.prior, np.asarray(answer.values)))
    low, high = (f"{value:.3g}" for value in answer.values)
    shares = {"mass": answer.mass, "inside": until - below, "below": below, "above": 1 - until}
    figures = {name: Figure(share, "percent") for name, share in shares.items()}
    held = lazy(
        "{low} … {high}: stated {mass} inside, fitted {inside}, with {below} below and {above} above",
        low=low,
        high=high,
        **figures,
    )
    if judgement.fitting:
        return held
    return lazy("{held}; the fit cannot hold this interval with this most likely value", held=held)


def lopsided(judgement: Judged) -> Message | None:
    """Return what to ask where a most likely value leaves nothing near one end of its own interval: often a slip.

    An end is far where the fit's own interval of the same mass ends before it, by more than two fifths of the width.
    """
    for answer, fit in zip(judgement.answers, judgement.fits, strict=True):
        if answer.most_likely is None:
            continue
        tail = (1 - answer.mass) / 2
        ends = [float(fit.quantile(level)) for level in (tail, 1 - tail)]
        low, high = answer.values
        if max(high - ends[1], ends[0] - low) > _FAR_END * (high - low):
            return lazy(
                "with {likely:g} as the most likely value {mass:.0f} % lie within {first:.3g} … {last:.3g}, far from "
                "an end of {low:g} … {high:g}; is {likely:g} meant",
                likely=answer.most_likely, mass=100 * answer.mass, first=ends[0], last=ends[1], low=low, high=high,
            )  # fmt: skip
    return None


def _density(prior: Distribution) -> tuple[tuple[float, float] | None, tuple[float, ...]]:
    """Return ends that hold nearly all of a prior, a long tail cut, and its density at equal steps between them."""
    low, high = (float(v) for v in from_scores(prior, np.array([-2.33, 2.33])))
    high = min(high, float(from_scores(prior, np.array([1.9]))[0]) * 1.3) if high > 0 else high
    if high <= low:
        return None, ()
    return (low, high), tuple(np.diff(cdf(prior, np.linspace(low, high, 49))).tolist())


def lowest(parameter: Parameter) -> float | None:
    """Return the lowest value that may be said: a driver may harm, a slope of the catalogue is asked above 0."""
    return parameter.least if parameter.role == "scenario" else parameter.low


def candidates(parameter: Parameter) -> tuple[str, ...]:
    """Return the families that can be a prior of a parameter, the usual one first."""
    if parameter.high is not None:
        return ("beta", "spline_logitnormal") if (parameter.low, parameter.high) == (0, 1) else ("beta",)
    if parameter.low == 0:
        return ("lognormal", "gamma", "normal", *SPLIT, "spline_lognormal", "spline_normal")
    return ("normal", "split_normal", "spline_normal")


def _limits(parameter: Parameter, family: str) -> tuple[float, float]:
    free = family in ("normal", "split_normal", "spline_normal")
    low = -math.inf if parameter.low is None or free else parameter.low
    return low, math.inf if parameter.high is None or free else parameter.high


def expert_fit(parameter: Parameter, answer: Answer, family: str | None = None) -> tuple[Elicited, dict[str, float]]:
    """Return the family that fits one answer best, and the sums of squares of all that are possible.

    Raises
    ------
    ValueError
        If no possible family can hold what was said.
    """
    names = candidates(parameter) if family is None else (family,)
    fits: dict[str, Elicited] = {}
    reasons = []
    for name in names:
        low, high = _limits(parameter, name)
        try:
            if name in THROUGH:
                if answer.most_likely is not None:
                    message = lazy(
                        "{family} cannot hold a most likely value: state quantiles, or another family", family=name
                    )
                    raise ValueError(message)
                fit = _through(answer.values, answer.probabilities, name)
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
                fit = _strict(elicit(answer.values, answer.probabilities, low, high, families=[name]).fits[name], name)
            _possible(parameter, fit, harms=min(answer.values) <= 0)
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
    if not _describes(fits[chosen], answer):  # then one that goes through what was said, if there is one
        chosen = min(fits, key=lambda name: (round(_missed(fits[name], answer), 3), name in SPLINES, name))
    return fits[chosen], {name: fit.ssq for name, fit in fits.items()}


def _through(values: Sequence[float], probabilities: Sequence[float], family: str) -> Elicited:
    """Return the split normal nearest to stated quantiles, or the spline through them."""
    fit, missed = fit_quantiles(dict(zip(probabilities, values, strict=True)), family)
    ssq = float(np.sum((cdf(fit, np.asarray(values)) - np.asarray(probabilities)) ** 2))
    return Elicited(family, fit.args, ssq=ssq, misfit=missed)


def _missed(fit: Elicited, answer: Answer) -> float:
    """Return by how much a fit misses the values that were said, as a share of the range that they span.

    The ends of an interval with a most likely value are no quantiles: what lies inside and the peak are what was said.
    """
    if answer.most_likely is not None:
        peak = _peak(fit)
        width = answer.values[1] - answer.values[0]
        return 0.0 if peak is None else abs(peak - answer.most_likely) / width
    fitted = np.asarray(fit.quantile(np.asarray(answer.probabilities)))
    values = np.asarray(answer.values)
    return float(np.max(np.abs(fitted - values)) / np.ptp(values))


def _peak(fit: Elicited) -> float | None:
    """Return where a fit has its peak; ``None`` for a family that is not fitted to one."""
    if fit.family not in ("normal", "lognormal", "gamma", "beta"):
        return None
    a, b = fit.params
    if fit.family == "lognormal":
        return fit.lower + math.exp(a - b**2)
    if fit.family == "gamma":
        return fit.lower + max(a - 1, 0.0) / b
    if fit.family == "beta":
        return fit.lower + (fit.upper - fit.lower) * min(max((a - 1) / max(a + b - 2, 1e-12), 0.0), 1.0)
    return a


def _describes(fit: Elicited, answer: Answer) -> bool:
    """Whether a fit holds what was said, in probability and in the unit."""
    return fit.misfit <= LARGEST_MISFIT and _missed(fit, answer) <= LARGEST_MISS


def _strict(fit: Elicited, name: str) -> Elicited:
    if not all(map(math.isfinite, fit.params)):
        message = lazy("no {name} has these values", name=name)
        raise ValueError(message)
    return fit


def _possible(parameter: Parameter, fit: Elicited, *, harms: bool) -> Distribution:
    """Return the fit as a prior that the parameter may have; below 0 only where that was said (``harms``)."""
    prior = fit.as_prior()
    if prior is None:
        message = lazy("a {family} cannot be written into a file", family=fit.family)
        raise ValueError(message)
    return parse_quantity(prior, low=lowest(parameter) if harms else parameter.low, high=parameter.high)


class Senseless(ValueError):
    """What was said cannot be meant; ``hint`` is the cure."""

    def __init__(self, message: Message, hint: Message) -> None:
        super().__init__(message)
        self.hint = hint


def hardly_sure(mass: float) -> tuple[Message, Message] | None:
    """Return what to ask of an interval that is said to hold the value less often than not; the mass a fraction."""
    if mass >= 0.5:
        return None
    message = lazy(
        "{mass:.3g} % sure of an interval with its most likely value inside: it would lie outside more often than not",
        mass=100 * mass,
    )
    tenfold = 10 * mass
    if 0.5 <= tenfold < 1:
        return message, lazy("was {tenfold:.3g} % meant, 0.{digits}? else widen the interval, or state quantiles",
                             tenfold=100 * tenfold, digits=f"{tenfold:.3g}".partition(".")[2])  # fmt: skip
    return message, lazy("how sure is 0.9, or 90 %; else widen the interval, or state quantiles")


def judge(
    parameter: Parameter,
    answers: Sequence[Answer],
    *,
    pool: str = "linear",
    family: str | None = None,
    why: str = "",
    accepted: bool = False,
) -> Judged:
    """Return the prior that follows from what experts said.

    Parameters
    ----------
    parameter
        What they spoke of.
    answers
        One for each expert.
    pool
        How several are pooled, a key of :data:`txsim.elicit.opinion_pools.POOLS`.
    family
        Family of the prior; by default the one that fits best.
    why
        The reason; the method is added to it.
    accepted
        Whether a bad fit is accepted.

    Raises
    ------
    ValueError
        If nothing possible can hold what was said.
    """
    for answer in answers:
        if answer.most_likely is not None and (unsure := hardly_sure(answer.mass)) is not None:
            raise Senseless(*unsure)
    fitted = [expert_fit(parameter, answer, family if len(answers) == 1 else None) for answer in answers]
    fits = tuple(fit for fit, _ in fitted)
    pooled = pool_experts(fits, pool, [answer.weight for answer in answers])
    if len(answers) == 1:
        prior, missed = _possible(parameter, fits[0], harms=min(answers[0].values) <= 0), fits[0].misfit
    else:
        prior, missed = _of_pool(parameter, pooled, family)
    if (nonsense := impossible(parameter.unit, parameter.meaning, prior)) is not None:
        raise Senseless(*nonsense)
    people = ", ".join(answer.name for answer in answers)
    how = (
        lazy("{number} experts, {pool} pool", number=len(answers), pool=pool)
        if len(answers) > 1
        else _METHODS_SHORT[answers[0].method]
    )
    reason = lazy("{why}; {how}", why=why.rstrip(". "), how=how) if why else how
    said = lazy("{reason}; the fit misses {missed:.1f} % of probability at most", reason=reason, missed=100 * missed)
    return Judged(
        parameter.name, tuple(answers), fits, tuple(others for _, others in fitted), pool, pooled, prior, missed,
        people, said, accepted,
    )  # fmt: skip


_METHODS_SHORT = {
    "quartiles": lazy("by quartiles"),
    "chips": lazy("by roulette chips"),
    "interval": lazy("by interval and most likely value"),
    "quantiles": lazy("by quantiles"),
}


def _of_pool(parameter: Parameter, pooled: Density, family: str | None) -> tuple[Distribution, float]:
    """Return the family that matches a pool best at its quantiles, and its largest difference anywhere."""
    values = np.asarray(pooled.quantile(_LEVELS))
    matches: dict[str, tuple[float, Elicited]] = {}
    reasons = []
    for name in candidates(parameter) if family is None else (family,):
        low, high = _limits(parameter, name)
        try:
            if name in THROUGH:
                fit = _through(values.tolist(), _LEVELS.tolist(), name)
            else:
                fit = _strict(elicit(values, _LEVELS, low, high, families=[name]).fits[name], name)
            _possible(parameter, fit, harms=bool(values[0] <= 0))
        except ValueError as error:
            reasons.append(message_of(error))
            continue
        fine = np.asarray(pooled.quantile(np.linspace(0.005, 0.995, 199)))
        matches[name] = float(np.max(np.abs(fit.cdf(fine) - pooled.cdf(fine)))), fit
    if not matches:
        raise ValueError(reasons[0])
    missed, fit = math.inf, next(iter(matches.values()))[1]
    for several in ((), SPLIT, SPLINES):  # the usual families first, then those that bend to what was said
        known = [pair for name, pair in matches.items() if name in several or (not several and name not in THROUGH)]
        best = min(known, key=lambda pair: pair[0], default=(math.inf, fit))
        if missed > LARGEST_MISFIT and best[0] < missed:
            missed, fit = best
    return _possible(parameter, fit, harms=bool(values[0] <= 0)), missed


def as_quantity(prior: Distribution) -> dict[str, Any] | float:
    """Return a prior as people write it, with six digits that count."""

    def short(value: float) -> float:
        return float(f"{value:.6g}")

    if is_point(prior):
        return prior.args[0]
    if prior.family == "lognormal":
        return {"median": short(math.exp(prior.args[0])), "factor": short(math.exp(prior.args[1] * Z95))}
    if prior.family == "normal":
        return {"distribution": "normal", "mean": short(prior.args[0]), "sd": short(prior.args[1])}
    if prior.family == "gamma":
        return {"distribution": "gamma", "shape": short(prior.args[0]), "rate": short(prior.args[1])}
    if prior.family in SPLINES:
        stated = dict(zip(*spline_parts(prior.family, prior.args)[2:], strict=True))
        return {"quantiles": {short(p): short(x) for p, x in stated.items()}, "family": prior.family}
    if prior.family in SPLIT:
        return {"distribution": prior.family, **dict(zip(FAMILIES[prior.family], map(short, prior.args), strict=True))}
    a, b, low, high = prior.args
    limits = {} if (low, high) == (0.0, 1.0) else {"low": low, "high": high}
    return {"distribution": "beta", "a": short(a), "b": short(b), **limits}
