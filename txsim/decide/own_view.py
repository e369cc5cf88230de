# SPDX-License-Identifier: MIT
"""What a reader's own view of a run is weighed from: 1,024 of its draws, with claims, priors and money by month.

A page cannot sample. It weighs the run's draws by the ratio of the reader's belief to the run's, Pareto-smoothed, and
refuses where k̂ says that they cannot carry it (Vehtari and others, Pareto smoothed importance sampling, Journal of
Machine Learning Research 25, 2024; docs/reports.md).

A prior that moves does so by a shift ``s`` of its median in its own sds: under a log-normal or normal prior the score
``z`` of a draw becomes ``z - s``. The normal copula of a driver's delivery, overrun and slip stays as it is: with the
precision ``P`` of the scores the log ratio is ``-P_ii (z'^2 - z^2) / 2 - (z' - z) sum_j P_ij z_j``.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from txsim.decide.option_paths import acting, paths_taken, present_flows
from txsim.decide.policies import Policies, offered, policies
from txsim.decide.settlement import ranked
from txsim.errors import InputError
from txsim.evidence import designs
from txsim.forecast import Forecast, calibration_spec
from txsim.forecast.criterion import FIRST_STEP, decision_limits
from txsim.forecast.draws import weights_without_claims
from txsim.forecast.settable import place_of
from txsim.inference import CalibrationSpec
from txsim.inference.bounds import bounded, quantities
from txsim.priors.density import has_density
from txsim.priors.distributions import Distribution, cdf, from_scores, is_point, to_data
from txsim.results.own_view import OwnView
from txsim.results.recommendation import Recommendation
from txsim.scenario import Scenario, changed, load
from txsim.scenario.yaml_reader import format_path
from txsim.simulate.plan import discount_factors
from txsim.simulate.points import BATCHES
from txsim.simulate.quantities import copulas, own_quantities
from txsim.simulate.statistics import cvar, p_loss
from txsim.types import Array

#: Draws that a page carries.
DRAWS = 1024
_CLAIMS, _PRIORS = 3, 3
#: Rows of money of committing at most, and of each policy.
_MOST_ROWS, _POLICY_ROWS = 40, 12
#: Families whose median can be shifted in their own sds.
_SHIFTED = ("normal", "lognormal", "split_normal", "split_lognormal")
#: Log ratios of densities beyond this are as good as certain.
_CERTAIN = 80.0
#: Positions of a prior's slider, in sds.
_POSITIONS = tuple(i / 10 for i in range(-10, 11))


def own_view(forecast: Forecast, chosen: Policies | None = None) -> OwnView | None:
    """Return what a page needs to answer a reader's own view.

    ``forecast``: of one scenario, with its recommendation (:func:`txsim.decide.advice.advised`). ``chosen``: its
    policies, where they are known already. Returns ``None`` where there is no recommendation.
    """
    recommendation = forecast.recommendation
    if recommendation is None:
        return None
    if chosen is None:
        chosen = policies(forecast)
    kept = _kept(forecast)
    spec = calibration_spec(forecast.scenario, prior_only=forecast.calibration.source == "prior")
    clusters, sound = _clusters(forecast, spec, kept)
    priors, score, tied = _priors(forecast, spec, kept)
    rows, present, terms = _money(forecast, chosen, recommendation, kept)
    facts = {
        "draws": int(kept.size),
        "batches": BATCHES,
        "clusters": clusters,
        "designs": _designs(forecast.scenario, spec, clusters),
        "claims": _most_influential(forecast, clusters),
        "priors": priors,
        "rows": rows,
        "options": _options(forecast, chosen, recommendation),
        "terms": terms,
        "material": decision_limits(forecast.scenario).material,
        "max_p_loss": decision_limits(forecast.scenario).max_p_loss,
        "max_peak_funding": decision_limits(forecast.scenario).max_peak_funding,
        "positions": list(_POSITIONS),
        **_command(forecast.scenario),
    }
    return OwnView(facts, sound, score, tied, present)


def _kept(forecast: Forecast) -> Any:
    """Return positions of draws that stand for all: of each batch as many, evenly along the payoff of committing."""
    size = forecast.draws // BATCHES
    every = max(size * BATCHES // DRAWS, 1)
    worth = forecast.worth("commit").reshape(BATCHES, size)
    order = np.argsort(worth, axis=1, kind="stable")[:, every // 2 :: every]
    return (order + size * np.arange(BATCHES)[:, None]).ravel()


# --- claims


def _clusters(forecast: Forecast, spec: CalibrationSpec, kept: Any) -> tuple[list[dict[str, Any]], Array]:
    if forecast.calibration.source != "mcmc" or not spec.claims:
        return [], np.zeros((0, kept.size))
    from scipy.special import log_ndtr

    par = {name: values[kept] for name, values in forecast.drawn.parameters.items() if name in spec.names}
    layout = bounded(spec)
    natural = quantities(spec, layout.statements, par)
    ratio = layout.sound(natural, np, log_ndtr, kinds=layout.kinds_at(par)) - layout.unsound
    face = set(forecast.scenario.evidence.face_value)
    clusters = []
    known = np.isfinite(np.clip(ratio, -_CERTAIN, _CERTAIN)).all(axis=0)  # what cannot be told apart cannot be moved
    for i, (name, credibility) in enumerate(zip(layout.clusters, layout.credibility, strict=True)):
        members = [claim.id for claim in spec.claims if claim.cluster == name]
        fixed = bool(face & set(members)) or not known[i]
        clusters.append({"name": name, "credibility": float(credibility), "claims": members, "fixed": fixed})
    return clusters, np.where(known, np.clip(ratio, -_CERTAIN, _CERTAIN), 0.0).T


def _designs(scenario: Scenario, spec: CalibrationSpec, clusters: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return each design that scores something, what it is believed, and the clusters that go with it."""
    kind = {claim.id: claim.design for claim in spec.claims}
    rows = []
    for name, design in designs().items():
        mine = [
            i for i, c in enumerate(clusters) if not c["fixed"] and any(kind[claim] == name for claim in c["claims"])
        ]
        if mine:
            rows.append({"name": name, "credibility": scenario.evidence.settings().believed(design), "clusters": mine})
    return rows


def _most_influential(forecast: Forecast, clusters: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the claims without which committing would pay most otherwise, one of each cluster."""
    worth = forecast.worth("commit")
    moved = {
        name: abs(float(weights @ worth / weights.sum()) - float(worth.mean()))
        for name, weights in weights_without_claims(forecast.scenario, forecast.drawn).items()
        if weights.sum() > 0
    }
    place = {claim: i for i, c in enumerate(clusters) if not c["fixed"] for claim in c["claims"]}
    best: dict[int, str] = {}
    for name in sorted(moved, key=lambda each: -moved[each]):
        if name in place:
            best.setdefault(place[name], name)
    return [{"id": name, "cluster": i} for i, name in itertools.islice(best.items(), _CLAIMS)]


# --- priors


def _priors(forecast: Forecast, spec: CalibrationSpec, kept: Any) -> tuple[list[dict[str, Any]], Array, Array]:
    """Return the priors that can be moved, those first that the answer hangs on."""
    page = forecast.page_one
    hinges = [] if page is None else [hinge.name for hinge in page.hinges]
    drawn = {**forecast.drawn.parameters, **forecast.drawn.quantities}
    known = dict(_movable(forecast.scenario, spec))
    able = {n: drawn[n] for n in known if n in drawn and not n.startswith("pilot.") and np.ptp(drawn[n]) > 0}
    order = [name for name in hinges if name in able]
    order += [name for name in ranked(able, forecast.worth("commit")) if name not in order]
    rows: list[dict[str, Any]] = []
    scores, ties = [], []
    base = bounded(spec) if spec.claims and forecast.calibration.source == "mcmc" else None
    for name in order:
        prior, path = known[name]
        if not _settable(forecast.scenario, name, path, prior):
            continue
        precision, tied = _tied(forecast, name, kept)
        unsound: list[list[float]] = []
        if base is not None and name in spec.priors:
            for shift in (-1.0, 1.0):
                other = replace(spec, priors={**spec.priors, name: _shifted(prior, shift)})
                moved = bounded(other).unsound - base.unsound
                unsound.append(np.where(np.isfinite(moved), moved, 0.0).tolist())
        at = [_shifted(prior, shift) for shift in _POSITIONS]
        rows.append(
            {
                "name": name,
                "path": path,
                "sides": [prior.args[1], prior.args[2] if len(prior.args) > 2 else prior.args[1]],
                "precision": precision,
                "unsound": unsound,
                "distributions": [to_data(each) for each in at],
                "medians": [float(from_scores(each, np.zeros(1))[0]) for each in at],
            }
        )
        scores.append(_scores(prior, drawn[name][kept]))
        ties.append(tied)
        if len(rows) == _PRIORS:
            break
    empty = np.zeros((0, kept.size))
    return rows, np.stack(scores) if scores else empty, np.stack(ties) if ties else empty


def _movable(scenario: Scenario, spec: CalibrationSpec) -> Iterator[tuple[str, tuple[Distribution, str]]]:
    """Give what has a density that can be shifted, with its path in a file."""
    for name, prior in spec.priors.items():
        if prior.family in _SHIFTED and has_density(prior) and name not in spec.doubt:
            yield name, (prior, f"priors.{name}")
    for name, prior in own_quantities(scenario).items():
        place = place_of(scenario, name)
        if place is not None and prior.family in _SHIFTED and has_density(prior):
            yield name, (prior, format_path(place))


def _settable(scenario: Scenario, name: str, path: str, prior: Distribution) -> bool:
    """Whether a file that says a shifted belief at this path has just that belief."""
    wanted = _shifted(prior, 0.5)
    try:
        other = changed(scenario, [f"{path}={_written(wanted)}"])
    except InputError:
        return False
    now = calibration_spec(other, data=False).priors.get(name) or own_quantities(other).get(name)
    return now is not None and now.family == wanted.family and np.allclose(now.args, wanted.args, rtol=1e-9)


def _written(d: Distribution) -> str:
    return "{" + ", ".join(f"{key}: {value}" for key, value in to_data(d).items()) + "}"


def _shifted(prior: Distribution, shift: float) -> Distribution:
    side = prior.args[2] if shift > 0 and len(prior.args) > 2 else prior.args[1]
    return Distribution(prior.family, (prior.args[0] + shift * side, *prior.args[1:]), prior.least, prior.most)


def _scores(prior: Distribution, values: Array) -> Array:
    """Return standard-normal scores ``(draw,)`` of values under a prior."""
    x = np.log(values) if prior.family.endswith("lognormal") else values
    away = x - prior.args[0]
    return away / np.where(away < 0, prior.args[1], prior.args[-1])


def _tied(forecast: Forecast, name: str, kept: Any) -> tuple[float, Array]:
    """Return the precision of a score given those that it is tied to, and what they add ``(draw,)``."""
    from scipy.special import ndtri

    own = own_quantities(forecast.scenario)
    for names, matrix in copulas(forecast.scenario):
        if name not in names:
            continue
        free = [i for i, each in enumerate(names) if each in own and not is_point(own[each])]
        precision = np.linalg.inv(np.asarray(matrix)[np.ix_(free, free)])
        mine = free.index(names.index(name))
        tied = np.zeros(kept.size)
        for row, i in enumerate(free):
            if row != mine:
                rank = np.clip(cdf(own[names[i]], forecast.drawn.quantities[names[i]][kept]), 1e-12, 1 - 1e-12)
                tied += precision[mine, row] * ndtri(rank)
        return float(precision[mine, mine]), tied
    return 1.0, np.zeros(kept.size)


# --- money


def _money(
    forecast: Forecast, chosen: Policies | None, recommendation: Recommendation, kept: Any
) -> tuple[list[dict[str, Any]], Array, dict[str, Any]]:
    """Return what each option pays by month, with when it falls due, and whether rate and months can be moved."""
    scenario = forecast.scenario
    options = {n: paths_taken(forecast, n, chosen) for n in acting(chosen, list(recommendation.mean_npv))}
    flows = present_flows(forecast, tuple(dict.fromkeys(path for taken in options.values() for path in taken)))
    months = forecast.scene.plan.months
    step = -(-months // _MOST_ROWS)
    coarse = step * max(-(-months // (step * _POLICY_ROWS)), 1)
    first, rest = ((-np.log(f) / np.log1p(0.1)) for f in discount_factors(0.1, months, scenario.convention))
    rows, present, exact = [], [], True
    for name, taken in options.items():
        size = step if name == "commit" else coarse
        later, at_start = (
            np.sum([flows[path][i][:, kept] * share[kept] for path, share in taken.items()], axis=0) for i in (0, 1)
        )
        worth = np.sum([forecast.worth(path)[kept] * share[kept] for path, share in taken.items()], axis=0)
        missing = worth - later.sum(axis=0) - at_start.sum(axis=0)
        exact = exact and bool(np.abs(missing).max() <= 1e-6 * max(float(np.abs(worth).max()), 1.0))
        later[-1] += missing  # what customers kept are worth after the horizon comes with the last month
        for part, due in ((later, rest), (at_start, first)):
            for begin in range(0, months, size):
                values = part[begin : begin + size]
                if part is at_start and not np.abs(values).max() > 0:
                    continue
                weight = np.abs(values).sum(axis=1)
                years = float(weight @ due[begin : begin + size] / weight.sum()) if weight.sum() > 0 else due[begin]
                rows.append({"option": name, "months": min(begin + size, months), "years": float(years)})
                present.append(values.sum(axis=0))
    terms = {
        "rate": scenario.discount_rate,
        "months": months,
        "step": coarse,
        "movable": exact and scenario.terminal == "none",
        "start": scenario.decision_month or scenario.start,
    }
    return rows, np.stack(present), terms


def _options(forecast: Forecast, chosen: Policies | None, recommendation: Recommendation) -> list[dict[str, Any]]:
    known = offered(forecast, chosen)
    limits = decision_limits(forecast.scenario)
    rows = []
    for name, mean in recommendation.mean_npv.items():
        row: dict[str, Any] = {
            "name": name,
            "mean": mean,
            "cost": known[name].pv_cost,
            "step": FIRST_STEP.get(name, name),
        }
        # How often committing loses is worked out anew with every view; a policy's losses are not, so that no choice
        # that hangs on them is told there. Funding is as in the report.
        row["refused"] = not replace(limits, max_p_loss=None).allow(known[name])
        if name == "commit":
            row |= {"p_loss": p_loss(known[name].payoff), "worst": cvar(known[name].payoff)}
        rows.append(row)
    return rows


def _command(scenario: Scenario) -> Mapping[str, Any]:
    """Return the file, the settings on top of it, and its credibilities, for a command that says the same."""
    layers = scenario._places
    texts = [document.option for path, document in layers.layers if path] if layers is not None else []
    settings = [text for text in reversed(texts) if isinstance(text, str)]
    whole = False
    if scenario.source:
        try:
            whole = load(scenario.source, overrides=tuple(settings)).hash == scenario.hash
        except InputError:
            whole = False
    return {
        "file": Path(scenario.source).name,
        "settings": settings,
        "whole": whole,
        "credibility": dict(scenario.evidence.credibility),
    }
