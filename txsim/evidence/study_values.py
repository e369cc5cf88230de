# SPDX-License-Identifier: MIT
"""Studies as they are reported: what a paper prints becomes a value with a standard error in the unit of the model.

What may be printed stands in :mod:`txsim.evidence.study_figures`. ``unit`` is the scale of the outcome, ``per`` by
how much the two sides, or one step of the predictor, differ in experience, on the scale ``per_unit`` (keys of
:data:`txsim.units.SCALES`). Nothing becomes "points per point" without both. Each step is a function of
:mod:`txsim.evidence.effect_sizes` or stands here with its formula and its source. Null and negative results pass: on
the natural scale a value has either sign (docs/model.md, section 8.4).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from txsim.errors import did_you_mean
from txsim.evidence import effect_sizes as sizes
from txsim.evidence.consistency import standard_errors_as_spreads
from txsim.evidence.study_figures import TABLE, TO_SCALES, NotConverted, StudyFigures
from txsim.language import Message, joined, lazy
from txsim.units import MEASURES, SCALES, Scale, scale_meant

#: Parameters that are a log rate per point, and whether a better experience lowers the rate.
LOG_RATES = {
    "churn_cx": True,
    "attrition_ex": True,
    "absence_ex": True,
    "serve_cx": True,
    "referral_cx": False,
    "spend_cx": False,
}
#: Rates of which no share of people is one: revenue is not counted.
NOT_COUNTED = ("spend_cx",)
#: Parameters that no calibration holds, and the key of a scenario without which nothing is computed with them.
NEEDS = {"time_ux": "time_realised", "absence_ex": "absence_rate"}
#: The unit of what is in the model's own unit already.
MODEL_UNIT = "model"
_SCALES_HINT = lazy("scales: {names}", names=", ".join(SCALES))
#: What leads from a figure to points per point, or to a log rate per point.
_TO_POINTS = {
    "estimate": ("unit", "per", "per_unit"),
    "mean1": ("unit", "per", "per_unit"),
    "odds_ratio": ("event", "base", "per", "per_unit"),
    "events1": ("event", "per", "per_unit"),
}
#: As above, for a rate: whether those who left or those who stayed were counted turns its sign.
_TO_RATE = {**_TO_POINTS, "hazard_ratio": ("per", "per_unit")}
del _TO_RATE["estimate"], _TO_RATE["mean1"]
#: What each of these says.
_MEANING = {
    "unit": lazy("unit: the scale on which the outcome was measured, such as nps"),
    "per": lazy(
        "per: by how much the experience of the first group is better, or for one step of the predictor; below "
        "0 where it is worse"
    ),
    "per_unit": lazy("per_unit: the scale of that, such as stars"),
    "event": lazy("event: favourable (a good answer, staying) or unfavourable (leaving), what was counted"),
    "base": lazy("base: the share in the group it is compared with, such as 0.3"),
}


@dataclass(frozen=True, slots=True)
class Converted:
    """A study in the model's terms."""

    #: ``value``, ``se``, ``transform``: The number in the model's unit; its standard error on the scale of
    #: ``transform``: ``atanh`` for a correlation, ``log`` for a ratio or a named quantity, else ``natural``, where
    #: either sign is possible.
    value: float
    se: float
    transform: str
    #: Each conversion with its formula and its source, in the order in which they were made.
    steps: tuple[Message, ...]
    null: bool  #: Whether 0 lies inside of the 95 % interval: the study does not tell the effect from nothing.


def converted(statistic: str, about: str, reported: Mapping[str, Any]) -> Converted:
    """Return what a study says of a quantity, from what it prints.

    ``statistic``, ``about``: as in :class:`txsim.evidence.claims.Statement`. ``reported``: see the module; numbers,
    words, and ``interval`` as two numbers. Raises :class:`NotConverted` if keys are unknown, too few or too many,
    numbers impossible, or if no stated conversion leads from what is printed to what the claim speaks of.
    """
    study = StudyFigures(reported)
    try:
        if statistic == "correlation":
            r, z, se = study.correlation()
            _plays(study)
            return Converted(r, se, "atanh", tuple(study.steps), abs(z) < 1.96 * se)
        if statistic == "parameter" and about in LOG_RATES and study.told.get("unit") != MODEL_UNIT:
            return _log_rate(study, about)
        if statistic in ("effect", "slope"):
            return _points_per_point(study, about)
        return _own_unit(study, statistic)
    except NotConverted:
        raise
    except ValueError as error:
        raise NotConverted(error.args[0]) from None


def _result(study: StudyFigures, value: float, se: float) -> Converted:
    return Converted(value, se, "natural", tuple(study.steps), abs(value) < 1.96 * se)


def _points_per_point(study: StudyFigures, about: str) -> Converted:
    """Return points of the outcome per point of the predictor."""
    estimate, se = _difference(study, about)
    per = _per(study)
    value, error = estimate / per, se / abs(per)
    study.step(lazy("per point: {estimate:.4g} / {per:.4g} = {value:.4g}, standard error {se:.3g}",
                    estimate=estimate, per=per, value=value, se=error))  # fmt: skip
    return _result(study, value, error)


def _difference(study: StudyFigures, about: str) -> tuple[float, float]:
    """Return a difference of the outcome and its standard error, points of a mean score."""
    if study.way in ("r", "t", "f", "p"):
        raise NotConverted(
            lazy("a correlation is no effect: it holds feedback and common causes, too"),
            lazy("write `statistic: correlation`: the model computes what surveys would show and compares that"),
        )
    if study.way == "hazard_ratio":
        raise NotConverted(
            lazy("a hazard ratio is no difference in points of {about}", about=about.rpartition("->")[2].strip()),
            lazy("write `statistic: parameter` about {names}", names=", ".join(LOG_RATES)),
        )
    _conversion(study, _TO_POINTS)
    if study.way in ("odds_ratio", "events1"):
        return _shares(study)
    estimate, se = study.in_own_unit()
    factor = _points(study, "unit", lazy("outcome"))
    _within(study, "unit", "estimate", "mean1", "mean2", "sd1", "sd2")
    doubt = standard_errors_as_spreads(study.told, SCALES[study.told["unit"]]) if study.way == "mean1" else None
    if doubt is not None:
        raise NotConverted(doubt[1], doubt[2], doubt[0])
    return estimate * factor, se * abs(factor)


def _shares(study: StudyFigures) -> tuple[float, float]:
    """Return the difference of favourable shares of two groups, in points of a mean score."""
    figures = study.told
    if figures["event"] not in ("favourable", "unfavourable"):
        raise NotConverted(lazy("expected favourable or unfavourable"), key="event")
    if study.way == "events1":
        difference, se = sizes.share_difference(*(figures[key] for key in TABLE))
        _say_halves(study)
        study.step(lazy("difference of shares {difference:.3g}, standard error √(Σ p(1 − p)/n) = {se:.3g}",
                        difference=difference, se=se))  # fmt: skip
    else:
        base, share, error = study.shares_of_odds()
        difference, se = share - base, error * share * (1 - share)
        study.step(lazy("odds ratio from a share of {base:g}: {share:.3g}, difference {difference:.3g}, standard "
                        "error p(1 − p) times that of the log odds = {se:.3g} (Zhang and Yu 1998)", base=base,
                        share=share, difference=difference, se=se))  # fmt: skip
    sign = 1.0 if figures["event"] == "favourable" else -1.0
    factor = 100.0 / MEASURES["favourable"]
    study.step(lazy("a favourable share moves {ratio:g} times as much as a mean score (docs/model.md, section 1)",
                    ratio=MEASURES["favourable"]))  # fmt: skip
    return sign * difference * factor, se * factor


def _say_halves(study: StudyFigures) -> None:
    if sizes.lacks_a_cell(*(study.told[key] for key in TABLE)):
        study.step(lazy("nobody, or everybody, in one of the groups: a half is added to each count for the standard "
                        "error, and for a logarithm (Sweeting et al. 2004)"))  # fmt: skip


def _log_rate(study: StudyFigures, about: str) -> Converted:
    """Return a log rate per point, positive where a better experience does what the parameter says."""
    falls = LOG_RATES[about]
    if about in NOT_COUNTED and study.way in ("odds_ratio", "events1"):
        raise NotConverted(
            lazy("shares of people say nothing of `{name}`, a log of revenue", name=about),
            lazy("4 % more revenue for ten points are `hazard_ratio: 1.04` (a ratio of rates) with `per: 10`; a "
                 "coefficient of log revenue per point is `estimate` with `unit: model`"),
        )  # fmt: skip
    if study.way not in _TO_RATE:
        raise NotConverted(
            lazy("`{way}` is no ratio of rates", way=study.way),
            lazy("this parameter is a log rate per point: give hazard_ratio, odds_ratio with base, or events1, n1, "
                 "events2, n2; or `estimate` with `unit: model`, if it is in that unit already"),
        )  # fmt: skip
    _count_what_happens(study, "unfavourable" if falls else "favourable")
    if study.way == "events1":
        _say_halves(study)
        estimate, se = sizes.log_hazard_ratio(*(study.told[key] for key in TABLE))
        study.step(lazy("log hazard ratio of two shares: ln(ln(1 − p1)/ln(1 − p2)) = {estimate:.3g}, standard "
                        "error {se:.3g} (Kalbfleisch and Prentice)", estimate=estimate, se=se))  # fmt: skip
    elif study.way == "hazard_ratio":
        estimate, se = study.log_ratio()
    else:
        base, share, error = study.shares_of_odds()
        estimate = math.log(math.log1p(-share) / math.log1p(-base))
        se = error * share / -math.log1p(-share)
        study.step(lazy("odds ratio from a share of {base:g} as a log hazard ratio: {estimate:.3g}, standard error "
                        "{se:.3g} (complementary log-log)", base=base, estimate=estimate, se=se))  # fmt: skip
    per = _per(study)
    if falls:
        estimate = -estimate
        study.step(lazy("the sign is turned, for here a plus is that a better experience lowers the rate: "
                        "{estimate:.3g}", estimate=estimate))  # fmt: skip
    value, error = estimate / per, se / abs(per)
    study.step(lazy("per point: {estimate:.4g} / {per:.4g} = {value:.4g}, standard error {se:.3g}",
                    estimate=estimate, per=per, value=value, se=error))  # fmt: skip
    return _result(study, value, error)


def _count_what_happens(study: StudyFigures, happens: str) -> None:
    """Turn figures of those to whom it did not happen, such as those who stayed, into those of whom the rate is."""
    figures = study.told
    if study.way == "hazard_ratio" and figures.pop("event", happens) != happens:
        raise NotConverted(
            lazy("a hazard ratio says nothing of this rate but of `{event}` events", event=happens),
            lazy("give events1, n1, events2, n2, or odds_ratio with base, and what they count as `event`"), "event",
        )  # fmt: skip
    _conversion(study, _TO_RATE)
    event = figures.get("event", happens)
    if event not in ("favourable", "unfavourable"):
        raise NotConverted(lazy("expected favourable or unfavourable"), key="event")
    if event == happens:
        return
    if study.way == "events1":
        figures |= {f"events{arm}": figures[f"n{arm}"] - figures[f"events{arm}"] for arm in "12"}
    else:
        figures |= {"odds_ratio": 1 / figures["odds_ratio"]} if figures["odds_ratio"] > 0 else {}
        if "interval" in figures and min(figures["interval"]) > 0:
            figures["interval"] = [1 / end for end in reversed(figures["interval"])]
        if "base" in figures:
            figures["base"] = 1 - figures["base"]
    turned = ", ".join(f"{key} {figures[key]:.3g}" for key in (*TABLE, "odds_ratio", "base") if key in figures)
    study.step(lazy("turned, for `{event}` events were counted and the rate is of the others: {figures}",
                    event=event, figures=turned))  # fmt: skip


def _own_unit(study: StudyFigures, statistic: str) -> Converted:
    """Return a figure that is in the model's unit already."""
    if study.way not in ("estimate", "mean1"):
        raise NotConverted(
            lazy("`{way}` is no figure in the unit of what the claim speaks of", way=study.way),
            lazy("give `estimate`, with `se` or `interval`"),
        )
    if study.told.get("unit") != MODEL_UNIT:
        raise NotConverted(
            lazy("only a figure in the model's own unit can be taken here, and it must say so"),
            lazy("`unit: model`, once it is in the unit that `txsim priors list` shows"),
            "unit" if "unit" in study.told else "",
        )
    _plays(study, "unit")
    estimate, se = study.in_own_unit()
    if statistic == "parameter":
        return _result(study, estimate, se)
    if estimate <= 0:
        raise NotConverted(lazy("a {statistic} is scored on the logarithm, so it is above 0", statistic=statistic))
    return Converted(estimate, se / estimate, "log", tuple(study.steps), estimate < 1.96 * se)


def _points(study: StudyFigures, key: str, side: Message, size: float = 1.0) -> float:
    """Return index points of a mean score in a unit of a scale."""
    name = study.told[key]
    if name not in SCALES:
        raise NotConverted(
            lazy(
                "unknown scale `{name}`{suggestion}",
                name=name[:40],
                suggestion=scale_meant(name) or did_you_mean(name, SCALES),
            ),
            _SCALES_HINT,
            key,
        )
    scale = SCALES[name]
    factor = scale.points_per_unit / MEASURES[scale.measure]
    if factor != 1.0:
        study.step(lazy("{side}: {size:g} on the scale {name} are {points:.4g} points of a mean (docs/model.md, "
                        "section 1)", side=side, size=size, name=name, points=size * factor))  # fmt: skip
    return factor


def no_room(scale: Scale, figures: Mapping[str, Any]) -> Iterator[tuple[str, Message]]:
    """Yield what a study's means, spreads and difference cannot be on a scale, each by its key.

    Two means below 1 on a scale of a hundred points or more are most likely fractions: 0.41 for 41 %.
    """
    low, high = sorted((scale.worst, scale.best))
    for key in ("estimate", "mean1", "mean2", "sd1", "sd2", "per"):
        if key not in figures:
            continue
        value = float(figures[key])
        # Half of the answers at either end spread the most, and a sample's n / (n − 1) is at most 2.
        most = (high - low) / math.sqrt(2.0) if key.startswith("sd") else high - low
        if not (low <= value <= high if key.startswith("mean") else abs(value) <= most):
            yield key, lazy("{value:g} is impossible on the scale {name}, {low:g} … {high:g}", value=value,
                            name=scale.name, low=low, high=high)  # fmt: skip
    means = [float(figures[key]) for key in ("mean1", "mean2") if key in figures]
    if high - low >= 100 and len(means) == 2 and 0 < max(map(abs, means)) < 1:
        yield "mean1", lazy("means of {one:g} and {other:g} on {name}, {low:g} … {high:g}: fractions? Write {whole:g} "
                            "for {one:g}; if they are points, give their difference as `estimate` with its `se`",
                            one=means[0], other=means[1], name=scale.name, low=low, high=high,
                            whole=100 * means[0])  # fmt: skip


def _within(study: StudyFigures, unit: str, *keys: str) -> None:
    """Refuse a mean outside of its scale, and a difference or spread that its scale has no room for."""
    scale = SCALES.get(study.told[unit])
    told = {key: study.told[key] for key in keys if key in study.told}
    for key, message in no_room(scale, told) if scale is not None else ():
        hint = lazy("say the scale on which it was measured under `{unit}`; scales: {names}", unit=unit,
                    names=", ".join(SCALES))  # fmt: skip
        raise NotConverted(message, hint, key)


def _plays(study: StudyFigures, *keys: str) -> None:
    """Refuse what plays no part in the conversion: whoever states it believes that it counts."""
    idle = [key for key in TO_SCALES if key in study.told and key not in keys]
    if idle:
        raise NotConverted(
            lazy("`{key}` plays no part in what `{way}` becomes here", key="`, `".join(idle), way=study.way),
            lazy("leave it out, or report the figure that it belongs to"),
            idle[0],
        )


def _conversion(study: StudyFigures, needed: Mapping[str, tuple[str, ...]]) -> None:
    """Refuse a figure whose conversion is not stated whole, with all that is missing."""
    _plays(study, *needed[study.way])
    missing = [key for key in needed[study.way] if key not in study.told]
    if missing:
        raise NotConverted(
            lazy("this does not say points per point or a rate per point yet; missing: {names}",
                 names=", ".join(missing)),
            joined("; ", (*(_MEANING[key] for key in missing),
                          *([_SCALES_HINT] if {"unit", "per_unit"} & set(missing) else []))),
        )  # fmt: skip


def _per(study: StudyFigures) -> float:
    """Return by how many index points of a mean score the two sides differ in experience."""
    if study.told["per"] == 0:
        raise NotConverted(lazy("a difference of 0 says nothing per point"), key="per")
    per = float(study.told["per"])
    _within(study, "per_unit", "per")
    return per * _points(study, "per_unit", lazy("predictor"), per)


def arrow(about: str) -> str:
    """Return a path as claims have it: `EX → CX` as `ex -> cx`."""
    path = re.sub(r"\s*(?:[-–—=]+>|→)\s*", " -> ", about)
    return path.lower() if "->" in path else path


def study_claim(
    id: str, statistic: str, about: str, reported: Mapping[str, Any], notes: Mapping[str, Any]
) -> dict[str, Any]:
    """Return a claim of one study by id, with the fields of the library in ``notes``; ``null`` where 0 is possible.

    Raises :class:`InputError` with all that is wrong, as :func:`txsim.evidence.claims.read_claims` says it.
    """
    entry = {
        "role": "scored",
        **notes,
        "statements": [{"statistic": statistic, "about": arrow(about), "reported": dict(reported)}],
    }
    if about in NEEDS:
        entry["needs"] = NEEDS[about]
    from txsim.evidence.claims import read_claims  # which reads a study by this module

    claim = read_claims({id: entry})[id]
    statement = claim.statements[0]
    if converted(statement.statistic, statement.about, statement.reported).null:
        entry["null"] = True
    return {id: entry}
