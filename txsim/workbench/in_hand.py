# SPDX-License-Identifier: MIT
"""The one thing in hand: prior, what the claims say and both together; what that would mean; surveys beside effect.

What all claims say together about a parameter is the ratio of what came out to the prior: that is their likelihood
along it, averaged over everything else. It is drawn where draws tell it. It does not change while the prior is moved.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from txsim.desk.association import gap_of
from txsim.desk.listing import doubt_of, narrowed
from txsim.desk.portrait import density_of, kernel_density, spread_points
from txsim.desk.predictions import edge_path, predictions
from txsim.forecast import calibration_spec
from txsim.inference import Calibration, CalibrationSpec
from txsim.language import _, capital
from txsim.language.numbers import percent, significant
from txsim.priors.distributions import Distribution, is_point, quantile, support
from txsim.report.sections.parameters import CAUSES
from txsim.scenario import Scenario
from txsim.types import Array
from txsim.workbench.controls import CREDIBILITY, DOUBTED, Control, cited

#: Points of the axis over which the jump of a broken line is drawn.
_SLOPE = 3.0
#: Share of the highest density of what came out under which draws do not tell what claims say.
_TOLD = 0.04
#: Points of the axis by which the slope is measured with which it goes on from there.
_SLOPE_POINTS = 6


def axis_of(*beliefs: Distribution) -> tuple[Array, bool]:
    """Return values that cover some beliefs, and whether they are spread by their logarithms."""
    uncertain = [d for d in beliefs if not is_point(d)]
    low = min(quantile(d, 0.003) for d in uncertain)
    high = max(quantile(d, 0.997) for d in uncertain)
    bottom, top = min(support(d)[0] for d in uncertain), max(support(d)[1] for d in uncertain)
    logs = bottom >= 0 and top == math.inf and low > 0 and high / low > 5
    if bottom >= 0 and top <= 1:
        low, high = 0.0, 1.0
    return spread_points(low, high, logs), logs


def curves(
    grid: Array, logs: bool, prior: Distribution, draws: Array | None, claims: tuple[Distribution, Array] | None
) -> dict[str, Any]:
    """Return the densities of prior and result per unit of the axis, and what the claims say, each highest 1.

    ``grid``, ``logs``: from :func:`axis_of`. ``draws``: ``(draw,)`` of what came out; ``None`` where no claim speaks of
    it. ``claims``: a prior with the draws that came out of it, from which what the claims say is read.
    """
    found: dict[str, Any] = {"prior": _unit(_density(grid, logs, prior))}
    if draws is not None and float(np.ptp(draws)) > 0:
        found["together"] = _unit(_kernel(grid, logs, draws))
    if claims is not None and float(np.ptp(claims[1])) > 0:
        before, after = _density(grid, logs, claims[0]), _kernel(grid, logs, claims[1])
        known = (after > _TOLD * after.max()) & (before > 0)
        heights = np.exp(_beyond(np.log(np.where(known, after, 1.0) / np.where(known, before, 1.0)), known))
        found["claims"] = [v if v > 0 else None for v in _unit(heights)]
    return found


def _beyond(logs: Array, known: NDArray[np.bool_]) -> Array:
    """Return the logarithm of a curve with its slope gone on beyond what draws tell, where it falls outwards.

    A likelihood that is cut off where draws get few looks as if claims ruled out what lies beyond.
    """
    at = np.flatnonzero(known)
    found = np.where(known, logs, -np.inf)
    if at.size < 2 * _SLOPE_POINTS:
        return found
    left, right = at[:_SLOPE_POINTS], at[-_SLOPE_POINTS:]
    for inner, end, outer, outwards in (
        (left, left[0], np.arange(left[0]), -1),
        (right, right[-1], np.arange(right[-1] + 1, logs.size), 1),
    ):
        slope = float(np.polyfit(inner, logs[inner], 1)[0])
        if slope * outwards < 0:
            found[outer] = logs[end] + slope * (outer - end)
    return found


def _unit(values: Array) -> list[float]:
    top = float(values.max())
    return [round(float(v), 4) for v in (values / top if top > 0 else values)]


def _density(grid: Array, logs: bool, d: Distribution) -> Array:
    density = density_of(d, grid, logs)
    if not d.family.startswith(("split_", "spline_")):
        return density
    # It is a broken line over scores: its density jumps where something was stated. Nobody believes in these cliffs, so
    # that they are drawn as a slope; the distribution that is computed with stays as it is.
    width = np.arange(-9, 10)
    kernel = np.exp(-0.5 * (width / _SLOPE) ** 2)
    padded = np.pad(density, 9, mode="edge")
    return np.asarray(np.convolve(padded, kernel / kernel.sum(), mode="valid"))


def _kernel(grid: Array, logs: bool, draws: Array) -> Array:
    return kernel_density(np.log(draws[draws > 0]), np.log(grid)) if logs else kernel_density(draws, grid)


def in_hand(
    control: Control,
    base: Control,
    scenario: Scenario,
    calibration: Calibration,
    baseline: Calibration,
    before: Scenario,
    *,
    pinned: Control | None = None,
    whole: bool = True,
) -> dict[str, Any]:
    """Return everything about the one thing in hand.

    ``pinned``: as it stands there; ``None`` where it is not. ``whole``: whether predictions, claims and what surveys
    see are wanted, too, which take longer than the curves.
    """
    spec = calibration_spec(scenario, data=False)
    name = control.name
    found: dict[str, Any] = {
        "name": name,
        "question": capital(str(control.question)),
        "unit": str(control.unit),
        "about": control.about,
        "belief": control.ends is not None,
        **({"says": [], "claims": [], "gap": None} if whole else {}),
        "legend": {"prior": _("you (drag)"), "claims": _("the claims"), "together": _("together"),
                   "base": _("baseline")},
    }  # fmt: skip
    if not whole and control.ends is None:
        return found
    if name.startswith(CREDIBILITY):
        found["claims"] = _trusted(name.removeprefix(CREDIBILITY), scenario, calibration)
        return found
    if name.startswith(DOUBTED):
        link = next((link for link in calibration.links if link.name == name.removeprefix(DOUBTED)), None)
        if link is not None:
            text = _("Evidence leaves {after} of the {before} that it does nothing.")
            found["says"] = [text.format(after=percent(link.posterior_doubt), before=percent(link.doubt))]
        return found
    if control.ends is None:
        return found
    was = base.now if pinned is None else pinned.now
    grid, logs = axis_of(*(each for each in (base.now, control.now, was) if not is_point(each)))
    known = name in spec.priors and calibration.source == "mcmc"
    draws = calibration.in_force(name) if known else None
    old = baseline.in_force(name) if known and baseline.source == "mcmc" and name in baseline.names else None
    from_old = None if old is None else (calibration_spec(before, data=False).priors[name], old)
    drawn = curves(grid, logs, control.now, draws, from_old)
    if old is not None and float(np.ptp(old)) > 0:
        drawn["base"] = _unit(_kernel(grid, logs, old))
    elif not known and was != control.now and not is_point(was):
        drawn["base"] = _unit(_density(grid, logs, was))  # no evidence speaks of it: what was believed is what held
    found["density"] = {"log": logs, "grid": [float(f"{v:.5g}") for v in grid], **drawn}
    doubted = _doubted(name, calibration)
    if whole:
        found["says"] = doubted
    if not known or draws is None or draws.size < 2:
        return found
    text = _("{middle} together ({low} … {high})")
    low, middle, high = (significant(float(v)) for v in np.quantile(draws, [0.05, 0.5, 0.95]))
    found["density"]["title"] = text.format(middle=middle, low=low, high=high)
    if not whole:
        return found
    par = {other: calibration.parameter(other).reshape(-1) for other in calibration.names}
    found["narrowed"] = float(narrowed(control.now, draws))
    predicted = [capital(str(said)) for said in predictions(spec.graph, name, par)]
    found["says"] = [*doubted, *predicted]
    if predicted:
        found["note"] = _(
            "At a reference firm, not yours: 70 % of staff meet customers, 1.8 % of customers leave a month."
        )
    found["claims"] = _speaking(name, spec, scenario, calibration)
    path = edge_path(spec.graph, name) if name != "uxe_cx" else None
    if path is not None:
        found["gap"] = _gap(spec, path, par)
    return found


def _doubted(name: str, calibration: Calibration) -> list[str]:
    """Return what is said of a link that may do nothing: how likely that is, and of what the figures beside it are."""
    doubt = doubt_of(calibration, name)
    if doubt is None:
        return []
    text = _("That this link does nothing: {after}, {before} before evidence. Figures here hold if it does something.")
    return [text.format(after=percent(doubt.after), before=percent(doubt.before))]


def _gap(spec: CalibrationSpec, path: str, par: Mapping[str, Array]) -> dict[str, Any]:
    gap = gap_of(spec.graph, path, par)
    title = _("Surveys see {association} a point; {share} of it is effect").format(
        association=significant(gap.association.median), share=percent(gap.share_effect)
    )
    parts = [{"label": _("effect"), "share": gap.share_effect, "effect": True}]
    parts += [
        {"label": _(CAUSES[part]) if part in CAUSES else part.replace("_", " "), "share": share, "effect": False}
        for part, share in gap.shares.items()
        if part != "effect" and share > 0.005
    ]
    return {"title": title, "parts": parts}


def _speaking(name: str, spec: CalibrationSpec, scenario: Scenario, calibration: Calibration) -> list[dict[str, Any]]:
    """Return the claims that speak of a parameter, or of the ends of its link."""
    ends = next(({edge.source, edge.target} for edge in spec.graph.edges if edge.slope == name), set())
    rows = []
    for result in calibration.claims:
        about = [str(statement["about"]) for statement in result.statements]
        words = {word.partition("[")[0] for text in about for word in text.replace("/", " ").replace("->", " ").split()}
        if name in words or (ends and ends <= words):
            rows.append(_claim(result, scenario))
    return rows


def _claim(result: Any, scenario: Scenario) -> dict[str, Any]:
    entry = scenario.claims()[result.id]
    says = significant(float(result.statements[0]["says"])) if result.statements else ""
    return {
        "id": result.id,
        "source": cited(entry),
        "says": _("says {value}").format(value=says),
        "before": percent(result.credibility),
        "after": percent(result.posterior_credibility),
        "control": CREDIBILITY + result.id,
    }


def _trusted(name: str, scenario: Scenario, calibration: Calibration) -> list[dict[str, Any]]:
    """Return a claim, or the claims of a design, with the trust before and after all evidence."""
    return [_claim(result, scenario) for result in calibration.claims if name in (result.id, result.design)]
