# SPDX-License-Identifier: MIT
"""From what experts said about a parameter to the prior that is written, with its misfit and what it implies."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from txsim.elicit.expert_fit import (
    LARGEST_MISFIT,
    Answer,
    as_said,
    candidates,
    expert_fit,
    finite_fit,
    fit_through,
    fitting_range,
    missed_by,
    possible_prior,
)
from txsim.elicit.families import SPLIT, THROUGH, Elicited
from txsim.elicit.least_squares import elicit
from txsim.elicit.opinion_pools import Density, pool_experts
from txsim.errors import message_of
from txsim.language import Message, lazy
from txsim.language.message import Figure
from txsim.priors.catalogue import Parameter
from txsim.priors.distributions import FAMILIES, Z95, Distribution, cdf, from_scores, is_point, quantile
from txsim.priors.fits import LARGEST_MISS, missed_values, shown
from txsim.priors.moments import describe
from txsim.priors.sense import doubtful, impossible
from txsim.priors.sentences import prediction
from txsim.priors.splines import SPLINES, spline_parts
from txsim.results.elicitation import Elicitation, Expert, FittedPrior

#: Levels at which a pool is matched by a family.
_SHOWN = np.array([0.05, 0.5, 0.95])
_LEVELS = np.array([0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99])

#: Share of an interval's width by which the fit may end before it, and within which a most likely value is near an end.
_FAR_END, _NEAR_END = 0.4, 0.2
#: Share of what lies outside of an interval that is told where it lies on one side.
_ONE_SIDE = 0.75


@dataclass(frozen=True)
class Judged:
    """A prior that follows from what experts said."""

    name: str  #: The parameter.
    #: ``answers``, ``fits``: What each said, and the family that fits it best.
    answers: tuple[Answer, ...]
    fits: tuple[Elicited, ...]
    all_fits: tuple[Mapping[str, float], ...]  #: Sum of squares by family, for each expert.
    #: ``pool``, ``pooled``: How they were pooled, and the pool before a family is fitted to it.
    pool: str
    pooled: Density
    #: ``prior``, ``misfit``: What is written, and how much probability it misses of what was said, or of the pool.
    prior: Distribution
    misfit: float
    #: ``by``, ``why``: Names of the experts; reason and method.
    by: str
    why: Message
    accepted: bool = False  #: Whether a bad fit is accepted.

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
        if len(self.answers) == 1:
            return missed_by(self.fits[0], self.answers[0])
        return missed_values(self.prior, dict(self.stated))

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
            doubt=doubtful(parameter, self.prior) or lopsided(self) or disagreeing(self) or "",
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
    """Return what to ask where a most likely value leaves nothing near one end of its own interval.

    An end is far where the fit's own interval of the same mass ends before it, by more than two fifths of the width.
    Often a value near an end is a slip; one further inside is sensible, and it is the family that cannot hold it.
    """
    for answer, fit in zip(judgement.answers, judgement.fits, strict=True):
        if answer.most_likely is None:
            continue
        tail = (1 - answer.mass) / 2
        ends = [float(fit.quantile(level)) for level in (tail, 1 - tail)]
        low, high = answer.values
        if max(high - ends[1], ends[0] - low) > _FAR_END * (high - low):
            said = {"likely": answer.most_likely, "mass": 100 * answer.mass, "first": ends[0], "last": ends[1],
                    "low": low, "high": high}  # fmt: skip
            if min(high - answer.most_likely, answer.most_likely - low) > _NEAR_END * (high - low):
                return lazy("a {family} with its peak at {likely:g} holds {mass:.0f} % within {first:.3g} … "
                            "{last:.3g}, not within {low:g} … {high:g}; state quantiles, as in {{{below:g}: {low:g}, "
                            "0.5: {likely:g}, {above:g}: {high:g}}}", family=fit.family, below=round(tail, 6),
                            above=round(1 - tail, 6), **said)  # fmt: skip
            return lazy("with {likely:g} as the most likely value {mass:.0f} % lie within {first:.3g} … {last:.3g}, "
                        "far from an end of {low:g} … {high:g}; is {likely:g} meant", **said)  # fmt: skip
    return None


def disagreeing(judgement: Judged) -> Message | None:
    """Return which two people's 90 % intervals do not meet: often one means another unit."""
    ends = [(float(fit.quantile(0.05)), float(fit.quantile(0.95))) for fit in judgement.fits]
    least, most = max(range(len(ends)), key=lambda i: ends[i][0]), min(range(len(ends)), key=lambda i: ends[i][1])
    if ends[least][0] <= ends[most][1]:
        return None
    low, high = (f"{judgement.answers[i].name} {shown(ends[i]).replace(' · ', ' … ')}" for i in (most, least))
    return lazy("two 90 % intervals do not meet: {low}; {high}", low=low, high=high)


def _density(prior: Distribution) -> tuple[tuple[float, float] | None, tuple[float, ...]]:
    """Return ends that hold nearly all of a prior, a long tail cut, and its density at equal steps between them."""
    low, high = (float(v) for v in from_scores(prior, np.array([-2.33, 2.33])))
    high = min(high, float(from_scores(prior, np.array([1.9]))[0]) * 1.3) if high > 0 else high
    if high <= low:
        return None, ()
    return (low, high), tuple(np.diff(cdf(prior, np.linspace(low, high, 49))).tolist())


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
        return message, lazy("was {tenfold:.3g} % meant, 0.{digits}? else widen the interval, or state values by "
                             "probability (`quantiles`)",
                             tenfold=100 * tenfold, digits=f"{tenfold:.3g}".partition(".")[2])  # fmt: skip
    return message, lazy(
        "how sure is 0.9, or 90 %; else widen the interval, or state values by probability (`quantiles`)"
    )


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

    ``pool``: how several are pooled, a key of :data:`txsim.elicit.opinion_pools.POOLS`. ``family``: family of the
    prior; by default the one that fits best. ``why``: the reason; the method is added to it. Raises ValueError if
    nothing possible can hold what was said.
    """
    for answer in answers:
        if answer.most_likely is not None and (unsure := hardly_sure(answer.mass)) is not None:
            raise Senseless(*unsure)
    fitted = [expert_fit(parameter, answer, family if len(answers) == 1 else None) for answer in answers]
    fits = tuple(fit for fit, _ in fitted)
    pooled = pool_experts(fits, pool, [answer.weight for answer in answers])
    if len(answers) == 1:
        prior, missed = possible_prior(parameter, fits[0], harms=min(answers[0].values) <= 0), fits[0].misfit
    else:
        prior, missed = _of_pool(as_said(parameter, answers), pooled, family)
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
    if missed < 0.0005:
        said = lazy("{reason}; the fit misses less than 0.1 % of probability", reason=reason)
    if len(answers) == 1 and answers[0].most_likely is not None:  # the ends are no quantiles: what it holds of them
        below, until = (float(p) for p in cdf(prior, np.asarray(answers[0].values)))
        if max(below, 1 - until) > _ONE_SIDE * (1 - answers[0].mass):
            said = lazy("{said}, but {below} of it lie below the interval and {above} above it", said=said,
                        below=Figure(below, "percent"), above=Figure(1 - until, "percent"))  # fmt: skip
    return Judged(
        parameter.name, tuple(answers), fits, tuple(others for _, others in fitted), pool, pooled, prior, missed,
        people, said, accepted,
    )  # fmt: skip


_METHODS_SHORT = {
    "quartiles": lazy("by quartiles"),
    "chips": lazy("by roulette chips"),
    "interval": lazy("by interval and most likely value"),
    "quantiles": lazy("by values with their probability"),
}


def _of_pool(parameter: Parameter, pooled: Density, family: str | None) -> tuple[Distribution, float]:
    """Return the family that matches a pool best at its quantiles, and its largest difference anywhere."""
    values = np.asarray(pooled.quantile(_LEVELS))
    matches: dict[str, tuple[float, Elicited]] = {}
    reasons = []
    for name in candidates(parameter) if family is None else (family,):
        low, high = fitting_range(parameter, name)
        try:
            if name in THROUGH:
                fit = fit_through(values.tolist(), _LEVELS.tolist(), name)
            else:
                fit = finite_fit(elicit(values, _LEVELS, low, high, families=[name]).fits[name], name)
            possible_prior(parameter, fit, harms=bool(values[0] <= 0))
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
    return possible_prior(parameter, fit, harms=bool(values[0] <= 0)), missed


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
