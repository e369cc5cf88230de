# SPDX-License-Identifier: MIT
"""Which option to take by the scenario's criterion, and how firmly: margin, too close to call, fragile.

docs/model.md, section 7. Everything is computed from draws that exist: what would be left of the choice without one
claim by giving the draws other weights, and what it would be at another value of a parameter by regression.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from txsim.decide.ranking import batch_errors
from txsim.decide.regression import distinct, normal_scores
from txsim.forecast.criterion import Candidate, Limits, allowed, too_close
from txsim.results.recommendation import Flip, Recommendation
from txsim.simulate.points import BATCHES
from txsim.simulate.statistics import quantiles
from txsim.types import Array

__all__ = ["FIRST_STEP", "recommend"]


#: What each option begins with; options that begin alike need not be told apart today.
FIRST_STEP = {"commit": "commit", "commit_review": "commit", "pilot_then_decide": "pilot", "do_nothing": "do_nothing"}
#: Effective draws that must be left for a claim's influence to be told by weights alone.
_ENOUGH = 50.0
#: Scores of the 25 % and 75 % quantile.
_QUARTER = 0.6744897501960817


def recommend(
    candidates: Mapping[str, Candidate],
    limits: Limits,
    *,
    parameters: Mapping[str, Array] | None = None,
    claim_weights: Mapping[str, Array] | None = None,
    steps: Mapping[str, str] = FIRST_STEP,
    batches: int = BATCHES,
) -> Recommendation:
    """Choose among options that exist today.

    Parameters
    ----------
    candidates
        Options by name; what pays nothing and costs nothing must be among them if it can be chosen.
    limits
        The criterion. If nothing is within the limits, doing nothing is recommended where it is a candidate.
    parameters
        Draws ``(draw,)`` of what is uncertain, by name.
    claim_weights
        For each claim the weights ``(draw,)`` that turn these draws into those without it.
    steps
        What each option begins with. The margin is over the best option that begins otherwise, and of two options with
        the same beginning the plainer one (named first) is recommended unless the other is better by what is material.
    batches
        Number of batches for the standard error.

    Returns
    -------
    Recommendation
    """
    names = list(candidates)
    possible = allowed(candidates, limits)
    table = np.column_stack([candidates[name].payoff for name in names])
    means = table.mean(axis=0)
    place = {name: i for i, name in enumerate(names)}
    rounding = 1e-9 * float(np.abs(table).max())
    option = _best(possible, means, place, limits.material, steps, rounding)
    others = [name for name in possible if steps.get(name, name) != steps.get(option, option)]
    runner_up = max(others, key=lambda name: float(means[place[name]])) if others else None
    margin, error = 0.0, 0.0
    if runner_up is not None:
        gap = table[:, place[option]] - table[:, place[runner_up]]
        margin, error = float(gap.mean()), float(batch_errors(gap, batches)[0])
    close = runner_up is not None and too_close(margin, error, limits.material)

    def other(figures: Array) -> str | None:
        """Return what is best under other means, if it begins otherwise."""
        best = _best(possible, figures, place, limits.material, steps, rounding)
        return None if steps.get(best, best) == steps.get(option, option) else best

    flips: list[Flip] = []
    for claim, weight in (claim_weights or {}).items():
        total = float(weight.sum())
        if total**2 / max(float((weight**2).sum()), 1e-300) >= _ENOUGH:
            best = other(weight @ table / total)
            if best is not None:
                flips.append(Flip("claim", claim, None, best))
    gaps = table - table[:, [place[option]]]
    for name, values in (parameters or {}).items():
        for value, figures in _quartiles(values, table, gaps):
            best = other(figures)
            if best is not None:
                flips.append(Flip("parameter", name, value, best))
    refused = tuple(name for name in names if name not in possible and means[place[name]] > means[place[option]])
    by_name = {name: float(means[place[name]]) for name in names}
    return Recommendation(
        option=option,
        criterion="mean_npv",
        margin=margin,
        mcse=error,
        too_close=close,
        fragile=bool(flips),
        flips=tuple(flips),
        runner_up=runner_up,
        mean_npv=by_name,
        refused=refused,
    )


def _best(
    allowed: Sequence[str],
    means: Array,
    place: Mapping[str, int],
    material: float,
    steps: Mapping[str, str],
    rounding: float = 0.0,
) -> str:
    most = max(float(means[place[name]]) for name in allowed)
    # Of what pays the same but for rounding the first is taken: doing nothing, then the plainer option.
    best = next(name for name in allowed if means[place[name]] >= most - rounding)
    for name in allowed:
        if steps.get(name, name) == steps.get(best, best) and means[place[best]] - means[place[name]] < material:
            return name
    return best


def _quartiles(values: Array, table: Array, gaps: Array) -> list[tuple[float, Array]]:
    """Return the lower and upper quartile of a parameter and what is expected of each option there, all else free.

    Nothing is returned for a parameter that explains no more of the options' differences than chance would.
    """
    if distinct(values[:64]).size < 8:
        return []
    z = normal_scores(values)
    # Hermite polynomials are orthogonal over the scores, so that the regression is three sums.
    basis = np.stack([z, (z * z - 1) / np.sqrt(2), (z * z * z - 3 * z) / np.sqrt(6)])
    centred = gaps - gaps.mean(axis=0)
    spread = (centred * centred).mean(axis=0)
    told = ((basis @ centred / values.size) ** 2).sum(axis=0)
    if not (told > 20.0 / values.size * spread).any():  # three degrees of freedom: one in ten thousand by chance
        return []
    slopes = basis @ (table - table.mean(axis=0)) / values.size
    found = []
    for q, at in ((0.25, -_QUARTER), (0.75, _QUARTER)):
        there = np.array([at, (at**2 - 1) / np.sqrt(2), (at**3 - 3 * at) / np.sqrt(6)])
        found.append((quantiles(values, (q,))[0], table.mean(axis=0) + there @ slopes))
    return found
