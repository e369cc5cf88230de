# SPDX-License-Identifier: MIT
"""The numbers of one fit as arrays: priors, claims and credibilities, all data of a compiled model.

The tables have one row per statement, block and cluster in use, and one inert row where there would be none, so that
any selection of claims runs through the same machine code.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from txsim.inference.formulas import ATANH_LIMIT, LOGIT_LIMIT, numpy_namespace, one_sided_sound, quantities, transformed
from txsim.inference.layout import KNOTS, Layout
from txsim.inference.seeds import generator
from txsim.inference.spec import CalibrationSpec
from txsim.priors.distributions import Distribution, from_scores, is_point

__all__ = ["DIMS", "Cluster", "clusters", "prior_draws", "prior_tables", "tables"]

Array = NDArray[np.float64]
Tables = dict[str, NDArray[np.generic]]

#: Named dimensions of every table, as the PyMC model shows them.
DIMS: dict[str, tuple[str, ...]] = {
    "log_mean": ("log_parameter",),
    "log_sd": ("log_parameter",),
    "log_offset": ("log_parameter",),
    "log_scale": ("log_parameter",),
    "score_value": ("score_parameter", "knot"),
    "score_slope": ("score_parameter", "knot"),
    "quantity": ("statement",),
    "exaggeration": ("statement",),
    "reported": ("statement",),
    "inverse_sd": ("statement",),
    "is_log": ("statement",),
    "is_atanh": ("statement",),
    "is_logit": ("statement",),
    "two_sided": ("statement",),
    "blocks": ("statement", "block"),
    "block_shrink": ("block",),
    "block_scale": ("block",),
    "block_cluster": ("block", "cluster"),
    "bound_statement": ("bound",),
    "bound_sign": ("bound",),
    "bound_steep": ("bound",),
    "bound_nodes": ("bound", "node"),
    "bound_blocks": ("bound_block", "bound"),
    "bound_cluster": ("bound_block", "cluster"),
    "node_logs": ("node",),
    "sound_constant": ("cluster",),
    "unsound_constant": ("cluster",),
}

#: ln 0 for a credibility of 0 or 1: finite, so that gradients stay finite, and beyond any log-likelihood.
LOG_ZERO = -1e10

#: Widths on which an unsound statement is uniform (docs/model.md, section 8).
UNSOUND = {"log": math.log(1000.0), "logit": math.log(1000.0), "atanh": 2.0}

#: Nodes of the quadrature over the common error of one-sided statements, and prior draws for their unsound density.
NODES, PRIOR_DRAWS = 24, 1 << 14


@dataclass(frozen=True, slots=True)
class Cluster:
    """Claims of the same database or authors, sound or not together.

    Attributes
    ----------
    name
        Name of the cluster, or the id of its only claim.
    claims
        Ids.
    credibility
        Prior probability that it is sound.
    """

    name: str
    claims: tuple[str, ...]
    credibility: float


def clusters(spec: CalibrationSpec) -> tuple[Cluster, ...]:
    """Return the clusters of the claims, sorted by name, claims sorted by id."""
    members: dict[str, list[tuple[str, float]]] = {}
    for claim in sorted(spec.claims, key=lambda claim: claim.id):
        members.setdefault(claim.cluster or claim.id, []).append((claim.id, claim.credibility))
    return tuple(
        Cluster(name, tuple(claim for claim, _ in found), found[0][1]) for name, found in sorted(members.items())
    )


def prior_tables(spec: CalibrationSpec, layout: Layout) -> Tables:
    """Return the tables of the priors: logs of the log-normals, tabulated quantile functions of all others."""
    mean, sd, offset, scale = (np.zeros(len(layout.log_names)) for _ in range(4))
    for i, name in enumerate(layout.log_names):
        prior = spec.priors[name]
        if is_point(prior):
            sd[i], offset[i] = 1.0, prior.args[0]
        else:
            mean[i], sd[i] = prior.args
            scale[i] = 1.0
    found: Tables = {"log_mean": mean, "log_sd": sd, "log_offset": offset, "log_scale": scale}
    curves = [_quantile_function(spec.priors[name]) for name in layout.score_names]
    found["score_value"] = np.array([curve[0] for curve in curves]).reshape(-1, KNOTS.size)
    found["score_slope"] = np.array([curve[1] for curve in curves]).reshape(-1, KNOTS.size)
    return found


def _quantile_function(prior: Distribution) -> tuple[Array, Array]:
    """Return values and slopes of the quantile function at the knots."""
    if is_point(prior):
        return np.full(KNOTS.size, prior.args[0]), np.zeros(KNOTS.size)
    step = 1e-4
    value = from_scores(prior, KNOTS)
    rise = [from_scores(prior, KNOTS + k * step) for k in (-2, -1, 1, 2)]
    slope = (rise[0] - 8 * rise[1] + 8 * rise[2] - rise[3]) / (12 * step)
    return value, np.maximum(slope, 0.0)


def prior_draws(spec: CalibrationSpec, layout: Layout, count: int, key: str, seed: int = 0) -> Array:
    """Return draws from the prior before the stability barrier, shape (count, parameter)."""
    scores = generator(seed, "prior", key).standard_normal((count, len(layout.names)))
    return np.stack(
        [from_scores(spec.priors[name], scores[:, i]) for i, name in enumerate(layout.names)], axis=-1
    )


def tables(spec: CalibrationSpec, layout: Layout) -> Tables:
    """Return every table of a fit.

    Parameters
    ----------
    spec
        Priors and claims.
    layout
        The structure they are laid out in.

    Returns
    -------
    dict
        Arrays by name; dims as in :data:`DIMS`.
    """
    groups = clusters(spec)
    of_claim = {claim: i for i, group in enumerate(groups) for claim in group.claims}
    rows = [
        (of_claim[claim.id], statement)
        for claim in sorted(spec.claims, key=lambda claim: claim.id)
        for statement in claim.statements
    ]
    count = len(rows)
    found: Tables = prior_tables(spec, layout)
    found["quantity"] = np.array([layout.position((s.statistic, s.about)) for _, s in rows] + [0], dtype=np.int64)
    found["exaggeration"] = np.array([s.exaggeration for _, s in rows] + [1.0])
    found["reported"] = np.array([_on_scale(s.transform, s.y) for _, s in rows] + [0.0])
    sd = np.array([math.hypot(s.se, s.spread) for _, s in rows] + [1.0])
    found["inverse_sd"] = 1.0 / sd
    for transform in ("log", "atanh", "logit"):
        found[f"is_{transform}"] = np.array([s.transform == transform for _, s in rows] + [False])
    found["two_sided"] = np.array([float(s.bound is None) for _, s in rows] + [0.0])

    # Blocks: statements about the same quantity in one cluster, two-sided and one-sided apart.
    r = spec.within_cluster_correlation
    two: dict[tuple[int, int], list[int]] = {}
    one: dict[tuple[int, int], list[int]] = {}
    for i, (cluster, statement) in enumerate(rows):
        (two if statement.bound is None else one).setdefault((cluster, int(found["quantity"][i])), []).append(i)
    sound, unsound = np.zeros(len(groups)), np.zeros(len(groups))
    found["blocks"], found["block_cluster"] = np.zeros((count + 1, len(two) + 1)), np.zeros((len(two) + 1, len(groups)))
    found["block_shrink"], found["block_scale"] = np.zeros(len(two) + 1), np.ones(len(two) + 1)
    for b, ((cluster, _), members) in enumerate(sorted(two.items())):
        m = len(members)
        found["blocks"][members, b] = found["block_cluster"][b, cluster] = 1.0
        if m > 1:
            found["block_shrink"][b], found["block_scale"][b] = r / (1 + (m - 1) * r), 1 / (1 - r)
            sound[cluster] -= 0.5 * ((m - 1) * math.log(1 - r) + math.log(1 + (m - 1) * r))
        sound[cluster] -= 0.5 * m * math.log(2 * math.pi) + float(np.log(sd[members]).sum())
        unsound[cluster] -= sum(math.log(UNSOUND[rows[i][1].transform]) for i in members)

    bounds = [i for members in one.values() for i in members]
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    found["node_logs"] = np.log(weights / weights.sum())
    found["bound_statement"] = np.array([*bounds, count], dtype=np.int64)
    found["bound_sign"] = np.array([1.0 if rows[i][1].bound == "at_most" else -1.0 for i in bounds] + [1.0])
    found["bound_steep"] = np.ones(len(bounds) + 1)
    found["bound_nodes"] = np.zeros((len(bounds) + 1, NODES))
    found["bound_blocks"] = np.zeros((len(one) + 1, len(bounds) + 1))
    found["bound_cluster"] = np.zeros((len(one) + 1, len(groups)))
    for b, ((cluster, _), members) in enumerate(one.items()):
        places = [bounds.index(i) for i in members]
        found["bound_blocks"][b, places] = found["bound_cluster"][b, cluster] = 1.0
        if len(members) > 1:
            found["bound_steep"][places] = 1 / math.sqrt(1 - r)
            found["bound_nodes"][places] = math.sqrt(r / (1 - r)) * nodes
    if one:
        unsound += _unsound_bounds(spec, layout, found)
    credibility = np.array([group.credibility for group in groups])
    with np.errstate(divide="ignore"):
        found["sound_constant"] = sound + np.maximum(np.log(credibility), LOG_ZERO)
        found["unsound_constant"] = unsound + np.maximum(np.log1p(-credibility), LOG_ZERO)
    return found


def _on_scale(transform: str, y: float) -> float:
    """Return a reported number on its statement's scale, as :func:`transformed` does with the quantity."""
    if transform == "log":
        return math.log(y)
    if transform == "atanh":
        return math.atanh(min(max(y, -ATANH_LIMIT), ATANH_LIMIT))
    share = min(max(y, LOGIT_LIMIT), 1 - LOGIT_LIMIT)
    return math.log(share / (1 - share))


def _unsound_bounds(spec: CalibrationSpec, layout: Layout, found: Tables) -> Array:
    """Return the log prior predictive probability of each cluster's one-sided statements together, shape (cluster,)."""
    xp = numpy_namespace()
    draws = prior_draws(spec, layout, PRIOR_DRAWS, "one-sided statements")
    spoken, stability = quantities(xp, draws, layout)
    spoken = spoken[..., found["quantity"]] * found["exaggeration"]
    error = (found["reported"] - transformed(xp, spoken, found)) * found["inverse_sd"]
    sound = one_sided_sound(xp, error, found) @ found["bound_cluster"]
    weight = np.exp(stability)
    probability: Array = (weight[:, None] * np.exp(sound)).sum(axis=0) / weight.sum()
    return np.log(probability)
