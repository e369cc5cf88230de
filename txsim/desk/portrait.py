# SPDX-License-Identifier: MIT
"""One parameter whole: the prior, what each claim says about it, what came out, and what that would mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from txsim.desk.association import gap_of
from txsim.desk.listing import doubt_of, interval, narrowed, prior_of, source_of, title_of, unit_and_meaning
from txsim.desk.predictions import edge_path, predictions
from txsim.errors import InputError, Problem, did_you_mean
from txsim.evidence import ScoredClaim
from txsim.forecast import calibration_spec
from txsim.inference import Calibration, CalibrationSpec
from txsim.inference.bounds import quantities
from txsim.inference.claim_arrays import Layout
from txsim.inference.spec import prior_draws
from txsim.language import lazy
from txsim.priors.catalogue import Parameter as Entry
from txsim.priors.catalogue import parameters
from txsim.priors.distributions import Distribution, cdf, from_scores, is_point, quantile, support
from txsim.results.beliefs import CalibrationSource, ClaimOfParameter, ClaimStatement, Density, PriorsShow
from txsim.scenario import Scenario
from txsim.types import Array

_POINTS, _PRIOR, _BINS = 121, 2**15, 40
#: A claim speaks of a parameter if its likelihood differs by this factor over the prior's range.
_CONTRAST = 1.5


def check_name(scenario: Scenario, name: str) -> None:
    """Raise :class:`~txsim.errors.InputError` with the nearest valid name for a parameter that does not exist."""
    names = [*calibration_spec(scenario).priors, *(n for n, p in parameters().items() if p.role != "calibration")]
    if name not in names:
        message = lazy("unknown parameter `{name}`{suggestion}", name=name[:60], suggestion=did_you_mean(name, names))
        raise InputError(Problem(message, file="NAME", hint=lazy("known: {names}", names=", ".join(names))))


def portrait(scenario: Scenario, calibration: Calibration, name: str) -> PriorsShow:
    """Return everything about one parameter.

    Raises :class:`InputError` for an unknown parameter, with the nearest valid name.
    """
    check_name(scenario, name)
    entry = parameters().get(name)
    if entry is not None and entry.role != "calibration":
        return _uncalibrated(scenario, calibration, entry)
    spec = calibration_spec(scenario)
    prior, draws = spec.priors[name], calibration.in_force(name)
    par = {other: calibration.parameter(other).reshape(-1) for other in calibration.names}
    path = edge_path(spec.graph, name) if name != "uxe_cx" else None
    known_size = draws.size > 1  # a link that is nothing in nearly every draw has none
    grid, density = _density(prior, draws if known_size else from_scores(prior, np.linspace(-3.0, 3.0, 601)))
    return PriorsShow(
        **_head(scenario, calibration, name),
        prior=prior_of(prior),
        variants=None,
        posterior=interval(draws) if known_size else None,
        narrowed_by=narrowed(prior, draws) if known_size else None,
        doubt=doubt_of(calibration, name),
        claims=_claims(scenario, spec, calibration, name, grid),
        gap=None if path is None else gap_of(spec.graph, path, par),
        predictions=predictions(spec.graph, name, par),
        density=density if known_size else None,
    )


def _head(scenario: Scenario, calibration: Calibration, name: str) -> dict[str, Any]:
    unit, meaning = unit_and_meaning(name)
    source = source_of(scenario, name)
    return {
        "source": source.source,
        "by": source.by,
        "date": source.date,
        "why": source.why,
        "evidence": source.evidence,
        "name": name,
        "unit": unit,
        "meaning": meaning,
        "scenario": title_of(scenario),
        "calibration": CalibrationSource(calibration.hash, calibration.source),
    }


def _uncalibrated(scenario: Scenario, calibration: Calibration, entry: Entry) -> PriorsShow:
    """Return what is believed of a parameter that no calibration holds, by reference class where it depends on one."""
    variants = {"": scenario.priors.get(entry.name, entry.prior)} if entry.prior is not None else dict(entry.variants)
    priors = {variant: prior_of(d) for variant, d in variants.items() if d is not None}
    return PriorsShow(
        **_head(scenario, calibration, entry.name),
        prior=next(iter(priors.values())),
        variants=priors if len(priors) > 1 or "" not in priors else None,
        posterior=None,
        narrowed_by=None,
        doubt=None,
        claims=(),
        gap=None,
        predictions=None,
        density=None,
    )


def _grid(prior: Distribution, draws: Array) -> tuple[Array, bool]:
    """Return values that cover prior and result, and whether they are spread by their logarithms."""
    low = min(quantile(prior, 0.005), float(np.quantile(draws, 0.005)))
    high = max(quantile(prior, 0.995), float(np.quantile(draws, 0.995)))
    if is_point(prior):
        low, high = (0.5 * low, 1.5 * high) if low > 0 else (low - 1, high + 1)
    logs = support(prior)[0] >= 0 and support(prior)[1] == np.inf and low > 0 and high / low > 5
    return spread_points(low, high, logs), logs


def spread_points(low: float, high: float, logs: bool) -> Array:
    """Return the points at which a curve is drawn, evenly along the axis or along its logarithm."""
    return np.geomspace(low, high, _POINTS) if logs else np.linspace(low, high, _POINTS)


def density_of(belief: Distribution, grid: Array, logs: bool) -> Array:
    """Return the density of a belief around each of some points, per unit of the axis they are spread along."""
    axis = np.log(grid) if logs else grid
    middle = (axis[1:] + axis[:-1]) / 2
    edges = np.concatenate([[2 * axis[0] - middle[0]], middle, [2 * axis[-1] - middle[-1]]])
    return np.asarray(np.diff(cdf(belief, np.exp(edges) if logs else edges)) / np.diff(edges))


def _density(prior: Distribution, draws: Array) -> tuple[Array, Density]:
    """Return the values and the densities of prior and result there, per unit of the axis, highest 1."""
    grid, logs = _grid(prior, draws)
    before = density_of(prior, grid, logs)
    on_axis, axis = (np.log(draws), np.log(grid)) if logs else (draws, grid)
    after = np.zeros_like(before) if float(np.ptp(on_axis)) == 0 else kernel_density(on_axis, axis)
    top = max(float(before.max()), float(after.max()), 1e-300)
    return grid, Density(
        "log" if logs else "linear", tuple(grid.tolist()), tuple((before / top).tolist()), tuple((after / top).tolist())
    )


def kernel_density(values: Array, at: Array) -> Array:
    """Return a Gaussian kernel density with Silverman's width, from a fine histogram."""
    quartiles = float(np.subtract(*np.quantile(values, [0.75, 0.25]))) / 1.349
    width = 0.9 * min(values.std(), quartiles or np.inf) * values.size**-0.2
    width = max(width, 1e-9 * max(1.0, float(np.abs(values).max())))
    counts, edges = np.histogram(values, bins=400)
    centre = (edges[1:] + edges[:-1]) / 2
    kernel = np.exp(-0.5 * ((at[:, None] - centre) / width) ** 2) / (width * np.sqrt(2 * np.pi))
    return np.asarray(kernel @ counts / values.size)


def _claims(
    scenario: Scenario, spec: CalibrationSpec, calibration: Calibration, name: str, grid: Array
) -> tuple[ClaimOfParameter, ...]:
    """Return the claims that say something about the parameter, with the likelihood of each along it."""
    entries, results = scenario.claims(), {claim.id: claim for claim in calibration.claims}
    if not spec.claims or is_point(spec.priors[name]):
        return ()
    # What is shown is the link in force; the other links keep their doubts, and are drawn 0 as often as these say.
    given = replace(spec, doubt={other: doubt for other, doubt in spec.doubt.items() if other != name})
    prior = prior_draws(given, _PRIOR, 1)
    rows = []
    for claim in spec.claims:
        curve = likelihood_along(given, claim, prior, name, grid)
        speaks = any(name in statement.about.replace("/", " ").split() for statement in claim.statements)
        inside = curve[curve > 0]
        if not speaks and (inside.size == 0 or curve.max() < _CONTRAST * max(float(np.min(curve)), 1e-12)):
            continue
        entry, result = entries[claim.id], results.get(claim.id)
        rows.append(
            ClaimOfParameter(
                claim.id,
                tuple(
                    ClaimStatement(s.statistic, s.about, s.value, s.bound, s.exaggeration, s.sd, s.transform)
                    for s in claim.statements
                ),
                claim.design,
                entry.source,
                entry.year,
                entry.read,
                entry.verified,
                claim.credibility,
                None if result is None else result.posterior_credibility,
                result is not None and result.denied,
                tuple(curve.tolist()),
            )
        )
    return tuple(rows)


def likelihood_along(
    spec: CalibrationSpec, claim: ScoredClaim, prior: Mapping[str, Array], name: str, grid: Array
) -> Array:
    """Return how well a sound claim fits along a parameter, averaged over all others under the prior, highest 1.

    ``prior``: draws ``(draw,)`` of the specification's prior, by parameter. ``name``, ``grid``: the parameter, and the
    values ``(value,)`` at which the curve is wanted. Returns ``(value,)``.
    """
    from scipy.special import log_ndtr

    alone = spec.scoring([claim])
    layout = Layout(alone)
    natural = quantities(alone, layout.statements, prior)
    log_fit = layout.sound(natural, np, log_ndtr, kinds=layout.kinds_at(prior))[..., 0]
    values = prior[name]
    order = np.argsort(values, kind="stable")
    parts = np.array_split(order, _BINS)
    middle = np.array([float(np.median(values[part])) for part in parts])
    height = np.array([np.exp(log_fit[part] - log_fit.max()).mean() for part in parts])
    curve = np.interp(grid, middle, height)
    top = float(curve.max())
    return np.asarray(curve / top if top > 0 else curve)
