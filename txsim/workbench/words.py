# SPDX-License-Identifier: MIT
"""What the page says of an answer: figures as people read them, each beside the pinned baseline, and sentences."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from txsim.decide.choice import resolution
from txsim.desk import Payoff
from txsim.language import N_, _, capital
from txsim.language.numbers import Unit, amount, number, of_hundred, percent, to_grain, unit_of
from txsim.report.sections.recommendation import STATES
from txsim.report.words import option_name
from txsim.results.belief_comparison import Change
from txsim.results.explain import Explanation
from txsim.results.recommendation import headline
from txsim.simulate.points import BATCHES
from txsim.simulate.statistics import mcse
from txsim.workbench.bench import EXACT, Answer, Verdict

#: Standard errors beyond which a change is more than the noise.
_ERRORS = 2.0
#: Paths that are shown of what carries the payoff.
_PATHS = 6


def badge(answer: Answer) -> dict[str, str]:
    """Return how an answer was got: a kind for its looks, and words."""
    tuned = answer.payoff.tuned
    if answer.how == "weighed":
        k_hat = tuned.k_hat
        if k_hat is None or not -10 < k_hat < 10:
            return {"kind": "weighed", "text": _("weighed")}
        text = _("weighed · k̂ {0}, good").format(number(k_hat, 2)) if k_hat > 0 else _("weighed · k̂ under 0, good")
        return {"kind": "weighed", "text": text}
    if answer.how == "resampled":
        return {"kind": "refitted", "text": _("refitted")}
    return {"kind": "exact", "text": _("refitted: as txsim run")}


def moved(change: Change, unit: Unit, *, grain: float = 0.0, comparable: bool = True) -> str:
    """Return by how much a mean moved, and whether that is more than the noise.

    ``change``: difference and its error. ``grain``: power of ten to which the figure beside it is told, and the change
    too, unless it were none then. ``comparable``: whether both figures rest on draws that can be judged against each
    other; if not, nothing is said of noise.
    """
    text = _("{change} is more than the noise, ±{error}")
    if not comparable:
        text = _("{change} ±{error} so far: judged once both are refitted")
    elif abs(change.mean) <= _ERRORS * change.mcse:
        return _("less than the noise: no change to speak of")
    told = _told(change.mean, unit, grain)
    if abs(change.mcse) < 0.0005 * unit.divisor:
        return _("{change}; both on the same futures, the error is less than can be shown").format(change=told)
    return text.format(change=told, error=_told(change.mcse, unit, grain).lstrip("+"))


def _told(value: float, unit: Unit, grain: float) -> str:
    """Return a signed amount to a grain, or to the first digit that is not 0."""
    while grain > 0.001 * unit.divisor and abs(value) < grain / 2:
        grain /= 10
    return unit.show(value, plus=True, grain=grain or 0.1 * unit.divisor)


def _tile(
    key: str, label: str, figure: str, unit: str, note: str, value: float | None, change: str = ""
) -> dict[str, Any]:
    return {"key": key, "label": label, "figure": figure, "unit": unit, "note": note, "value": value, "change": change}


def answered(answer: Answer, baseline: Answer, grain: float | None = None) -> dict[str, Any]:
    """Return an answer as the page shows it, beside the baseline.

    ``baseline``: what it is compared with; may be the answer itself. ``grain``: power of ten to which money is told:
    that of the verdict, as in ``txsim run``; by default that of committing.
    """
    now, was = answer.figures["commit"], baseline.figures["commit"]
    scenario = answer.scenario
    same = baseline is answer or scenario.hash == baseline.scenario.hash
    payoff = answer.payoff
    worth, before = payoff.worth("commit"), baseline.payoff.worth("commit")
    unit = unit_of(max(abs(was.npv.p05), abs(was.npv.p95)), scenario.organisation.currency)
    grain = resolution(worth, BATCHES) if grain is None else grain
    mean, mean_before = float(worth.mean()), float(before.mean())
    change, comparable = _change(answer, baseline)
    gap = moved(change, unit, grain=grain, comparable=comparable)
    npv = _tile(
        "npv", _("Value, commit now"), unit.show(mean, plus=True, grain=grain), unit.name,
        _("baseline") if same else _("was {0}; {1}").format(unit.show(mean_before, plus=True, grain=grain), gap),
        mean, gap,
    )  # fmt: skip
    worst, worst_before = (to_grain(each.cvar05.value, 10 * grain) for each in (now, was))
    within, within_before = (
        None if each.payback_month is None else each.payback_month.p_within_horizon for each in (now, was)
    )
    tiles = [
        npv,
        _of_hundred("p_loss", _("Chance of a loss"), now.p_loss.value, was.p_loss.value, same),
        _of_hundred(
            "payback", _("Paid back, {n} months").format(n=scenario.horizon_months), within, within_before, same
        ),
        _tile(
            "cvar05", _("Worst 1 in 20"), unit.show(now.cvar05.value, plus=True, grain=10 * grain), unit.name,
            _("on average") if same else _("was {0}, on average").format(
                unit.show(was.cvar05.value, plus=True, grain=10 * grain)), now.cvar05.value,
            unit.full(worst - worst_before, plus=True, grain=10 * grain),
        ),
    ]  # fmt: skip
    return {
        "badge": badge(answer),
        "tiles": tiles,
        "unit": {"divisor": unit.divisor, "name": unit.name},
        "range": {"p05": now.npv.p05, "p95": now.npv.p95, "median": now.npv.median, "mcse": now.npv.mcse},
        "histogram": _histogram(answer, baseline, now.p_loss.value),
        "fan": _fan(answer, baseline),
        "line": _("{value} · loss {loss} in 100").format(
            value=f"{npv['figure']} {unit.name}", loss=of_hundred(now.p_loss.value)
        ),
        "exact": answer.how in EXACT,
    }


def _change(answer: Answer, baseline: Answer) -> tuple[Change, bool]:
    """Return the difference of two means with its error, and whether it can be told from the noise.

    On the draws of ``txsim run`` both share their points, and a mean weighed from the baseline's own draws shares
    these. Everything else, such as a pin taken while figures were weighed, has the errors of both.
    """
    now, was = answer.payoff, baseline.payoff
    weighed_from_it = now.weights is not None and now.base is was.forecast
    if not (answer.how in EXACT and baseline.how in EXACT) and not weighed_from_it:
        worth, before = now.worth("commit"), was.worth("commit")
        error = math.hypot(_own_error(now), _own_error(was))
        return Change(float(worth.mean() - before.mean()), error), False
    if now.scenario.decision.after_tax:
        gap = now.worth("commit") - was.worth("commit")
        return Change(float(gap.mean()), mcse(gap, np.mean)), True
    return now.change("commit", was), True


def _own_error(payoff: Payoff) -> float:
    """Return the error of one mean by itself: of weighed draws as of so many as they are worth."""
    worth = payoff.worth("commit")
    error = mcse(worth, np.mean)
    if payoff.tuned.how in EXACT:
        return error
    # Points that are weighed or whose chains are short no longer fill their space evenly: they are independent at best.
    draws = max(min(payoff.tuned.effective, worth.size), 1.0)
    return max(error, float(worth.std()) / math.sqrt(draws))


def _of_hundred(key: str, label: str, value: float | None, before: float | None, same: bool) -> dict[str, Any]:
    if value is None:
        return _tile(key, label, "–", "", "", None)
    note = "" if same or before is None else _("was {0}").format(of_hundred(before))
    # Of the figures as they stand, so that it can be followed.
    change = "" if before is None else number(round(100 * value) - round(100 * before), plus=True)
    return _tile(key, label, of_hundred(value), _("in 100"), note, value, change and f"{change} {_('in 100')}")


def _histogram(answer: Answer, baseline: Answer, loss: float) -> dict[str, Any] | None:
    now, was = answer.histogram, baseline.histogram
    if now is None:
        return None
    return {
        "title": _("{n} of 100 futures earn money (dashed: baseline)").format(n=of_hundred(1 - loss)),
        "now": {"start": now.start, "width": now.width, "shares": list(now.shares["commit"])},
        "base": None if was is None else {"start": was.start, "width": was.width, "shares": list(was.shares["commit"])},
    }


def _fan(answer: Answer, baseline: Answer) -> dict[str, Any]:
    course = answer.course
    within = next((i + 1 for i, value in enumerate(course.p50) if value > 0 and min(course.p50[i:]) > 0), None)
    title = _("Middle case: not yet earned back after {n} months").format(n=len(course.p50))
    if within is not None:
        title = _("Middle case breaks even in month {n}").format(n=within)
    return {
        "title": title,
        "bands": {name: [round(v, 1) for v in getattr(course, name)] for name in ("p05", "p25", "p50", "p75", "p95")},
        "base": [round(v, 1) for v in baseline.course.p50],
        "labels": [_("5 in 100 above"), _("middle"), _("5 in 100 below")],
        "axis": [_("start"), _("month {n}")],
    }


def state_words(verdict: Verdict) -> tuple[str, str]:
    """Return the state of a verdict in a line, and in a word for the foot of a phone."""
    state = verdict.recommendation.state
    return _(STATES[state]), _(_SHORT[state])


_SHORT = {"clear": N_("clear"), "leaning": N_("leaning"), "open": N_("open")}


def verdict_said(verdict: Verdict, baseline: Verdict | None, currency: str, *, whole: bool) -> dict[str, Any]:
    """Return what to do as the page says it.

    ``baseline``: on the baseline; ``None`` where that is the same.
    """
    advice = verdict.recommendation
    line, short = state_words(verdict)
    best = headline(advice)
    rows = []
    for name, of in verdict.options.items():
        if name not in ("commit", "commit_review", "pilot_then_decide"):
            continue
        worth = of.worth(after_tax=advice.after_tax)
        mean = worth.mean
        rows.append(
            {
                "name": name,
                "label": option_name(name),
                "mean": mean,
                "p_loss": of.p_loss.value,
                "figure": amount(mean, currency, plus=True, grain=float(advice.resolution)),
                "loss": _("loss {n} in 100").format(n=of_hundred(of.p_loss.value)),
                "best": name == best,
            }
        )
    was = ""
    if baseline is not None:
        before = baseline.recommendation
        was = _("Baseline: {state}.").format(state=state_words(baseline)[0])
        if before.state != "open":
            named = before.option if before.option == "do_nothing" else headline(before)
            was = _("Baseline: {option}; {state}.").format(option=option_name(named), state=state_words(baseline)[1])
    return {
        "state": advice.state,
        "heading": line,
        "short": short,
        "lead": str(advice.lead),
        "because": str(advice.because),
        "was": was,
        "rows": rows,
        "note": "" if whole else _("Each claim is left out in turn once nothing moves."),
        "whole": whole,
    }


def carried(explanation: Explanation, baseline: Explanation | None, unit: dict[str, Any]) -> dict[str, Any]:
    """Return what carries the payoff as the page shows it: paths with their part, beside the baseline's."""
    before = {} if baseline is None else {path.path: path.shapley_npv for path in baseline.paths}
    gains = [path for path in explanation.paths if path.path != "programme_cost"]
    gains.sort(key=lambda path: -abs(path.shapley_npv))
    title = _("What carries it")
    total = sum(path.shapley_npv for path in gains)
    if gains and total > 0 and gains[0].shapley_npv > 0:
        title = _("{path} carries most: {share} of the gain").format(
            path=capital(str(gains[0].meaning)), share=percent(gains[0].shapley_npv / total)
        )
    largest = max((abs(path.shapley_npv) for path in gains), default=0.0) / unit["divisor"]
    digits = 0 if largest >= 10 else 1 if largest >= 1 else 2
    return {
        "title": title,
        "rows": [
            {
                "name": path.path,
                "label": str(path.meaning),
                "value": path.shapley_npv,
                "was": before.get(path.path),
                "text": number(path.shapley_npv / unit["divisor"], digits),
            }
            for path in gains[:_PATHS]
        ],
        "unit": unit["name"],
        "divisor": unit["divisor"],
        "note": _("{unit} today; the tick is the baseline").format(unit=unit["name"]),
    }
