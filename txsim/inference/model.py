# SPDX-License-Identifier: MIT
"""The PyMC model: parameters, claims and the barrier (docs/model.md, section 8). The only file that imports PyMC.

Two vectors of free variables: standard-normal scores of all log-normals, and all betas; other families get a variable
each. Prior parameters, claimed values, credibilities and spreads are data of the compiled model, so that tuning a
prior or weighing a claim is a refit in about a second, without compiling. A known parameter is a log-normal of width 0.
"""

from __future__ import annotations

import itertools
import math
import operator
import os
from typing import Any

import numpy as np

from txsim.cachedir import cache_dir, home_for_libraries
from txsim.inference.claim_arrays import Layout
from txsim.inference.links import effective, log_prior, states
from txsim.inference.spec import CalibrationSpec, barrier
from txsim.inference.statements import Reference
from txsim.priors.distributions import Distribution, from_scores
from txsim.priors.splines import SPLINES, knots
from txsim.types import Array


def families(spec: CalibrationSpec) -> dict[str, list[str]]:
    """Return which parameters are log-normal (or known), beta on 0 … 1, or something else."""
    groups: dict[str, list[str]] = {"lognormal": [], "beta": [], "other": []}
    for name, prior in spec.priors.items():
        if prior.family == "lognormal" or (prior.family == "point" and prior.args[0] >= 0):
            groups["lognormal"].append(name)
        elif prior.family == "beta" and prior.args[2:] == (0.0, 1.0):
            groups["beta"].append(name)
        else:
            groups["other"].append(name)
    return groups


def fixed_families(spec: CalibrationSpec) -> dict[str, Any]:
    """Return what of priors is written into the compiled model: those neither log-normal nor beta, and limits."""
    limits = {name: (prior.least, prior.most) for name, prior in spec.priors.items() if _limited(prior)}
    return limits | {name: spec.priors[name] for name in families(spec)["other"]}


def _limited(prior: Distribution) -> bool:
    """Whether values beyond a limit are moved onto it."""
    positive = ("lognormal", "lognormal_mixture", "split_lognormal", "spline_lognormal", "gamma")
    below = prior.least > (0.0 if prior.family in positive else -math.inf)
    return prior.family != "point" and (below or prior.most < math.inf)


def _held(prior: Distribution, values: Any, clip: Any) -> Any:
    """Return a parameter's values from those of its variable: stretched to a beta's range, and within limits."""
    if prior.family == "beta" and prior.args[2:] != (0.0, 1.0):
        values = prior.args[2] + (prior.args[3] - prior.args[2]) * values
    return clip(values, prior.least, prior.most) if _limited(prior) else values


def prior_numbers(spec: CalibrationSpec) -> tuple[Array, Array, Array, Array]:
    """Return mu and sigma of the log-normals, a and b of the betas."""
    groups = families(spec)
    log_normal = [spec.priors[name] for name in groups["lognormal"]]
    mu = [p.args[0] if p.family == "lognormal" else math.log(max(p.args[0], 1e-300)) for p in log_normal]
    sigma = [p.args[1] if p.family == "lognormal" else 0.0 for p in log_normal]
    betas = [spec.priors[name] for name in groups["beta"]]
    return np.array(mu), np.array(sigma), np.array([p.args[0] for p in betas]), np.array([p.args[1] for p in betas])


def _knobs(spec: CalibrationSpec, layout: Layout) -> list[Array]:
    a = np.clip(layout.credibility, 1e-300, 1.0)
    unsound = np.log(np.clip(1.0 - a, 1e-300, 1.0)) + layout.unsound
    return [*prior_numbers(spec), np.log(a), unsound, *layout.terms.values()]


def data_of(spec: CalibrationSpec, layout: Layout) -> Array:
    """Return the vector that the compiled model takes as data: priors, credibilities, and what claims say."""
    doubt = [log_prior(spec.doubt)] if spec.doubt else []
    return np.concatenate([*_knobs(spec, layout), *(panel.numbers for panel in spec.panels), *doubt])


def named_draws(spec: CalibrationSpec, variables: dict[str, Array]) -> dict[str, Array]:
    """Return each parameter's draws ``(chain, draw)`` from the model's variables, in the order of the priors."""
    groups = families(spec)
    mu, sigma, _, _ = prior_numbers(spec)
    draws: dict[str, Array] = {}
    for i, name in enumerate(groups["lognormal"]):
        prior = spec.priors[name]
        if prior.family == "point":
            draws[name] = np.full(variables["score"].shape[:2], prior.args[0])
        else:
            draws[name] = np.exp(mu[i] + sigma[i] * variables["score"][..., i])
    for i, name in enumerate(groups["beta"]):
        draws[name] = variables["share"][..., i]
    for name in groups["other"]:
        prior = spec.priors[name]
        shape = variables["score"].shape[:2]
        if prior.family == "point":
            draws[name] = np.full(shape, prior.args[0])
        else:
            free = variables[f"free_{name}"]
            draws[name] = from_scores(prior, free) if prior.family.startswith(("split_", "spline_")) else free
    return {name: _held(prior, draws[name], np.clip) for name, prior in spec.priors.items()}


def _other(pm: Any, name: str, prior: Distribution) -> Any:
    a = prior.args
    if prior.family == "normal":
        return pm.Normal(name, a[0], a[1])
    if prior.family == "gamma":
        return pm.Gamma(name, alpha=a[0], beta=a[1])
    if prior.family == "uniform":
        return pm.Uniform(name, a[0], a[1])
    if prior.family == "triangular":
        return pm.Triangular(name, lower=a[0], c=a[1], upper=a[2])
    if prior.family == "beta":
        return pm.Beta(name, a[0], a[1])
    if prior.family.startswith("split_"):  # its score is free: the density of the value jumps at the median
        score = pm.Normal(name, 0.0, 1.0)
        value = a[0] + pm.math.switch(score < 0, a[1], a[2]) * score
        return value if prior.family == "split_normal" else pm.math.exp(value)
    if prior.family in SPLINES:  # so is that of a spline
        score = pm.Normal(name, 0.0, 1.0)
        scores, inner = knots(prior.family, a)
        slopes = np.diff(inner) / np.diff(scores)
        value = inner[0] + slopes[0] * (score - scores[0])
        for bend, knot in zip(np.diff(slopes), scores[1:-1], strict=True):
            value = value + bend * pm.math.maximum(score - knot, 0.0)
        if prior.family == "spline_logitnormal":
            return a[0] + (a[1] - a[0]) * pm.math.sigmoid(value)
        return value if prior.family == "spline_normal" else pm.math.exp(value)
    return pm.Mixture(
        name, w=[a[0], 1 - a[0]], comp_dists=[pm.LogNormal.dist(a[1], a[2]), pm.LogNormal.dist(a[3], a[4])]
    )


def _many_small(matrix: Any, other: Any) -> Any:
    """Return products of many small matrices with matrices or vectors: a third of the time of one call for each."""
    if other.ndim == 1:
        return (matrix * other).sum(axis=-1)
    return (matrix[..., :, :, None] * other[..., None, :, :]).sum(axis=-2)


def prepare() -> None:
    """Point PyTensor's cache of compiled code into txsim's, before PyTensor is imported."""
    folder = cache_dir("pytensor")
    home_for_libraries()
    flags = os.environ.get("PYTENSOR_FLAGS", "")
    if "base_compiledir" not in flags:
        # fastmath would make cold and warm caches differ in the last bits.
        extra = f"base_compiledir={folder},numba__fastmath=False"
        os.environ["PYTENSOR_FLAGS"] = f"{flags},{extra}".strip(",")


def build(spec: CalibrationSpec, layout: Layout, *, named: bool = False) -> Any:
    """Return the ``pymc.Model``.

    Parameters
    ----------
    named
        Whether each parameter is a named variable, which the sampler does not need and people do; without links in
        doubt alone, for slopes of those are one thing in each state.

    Raises
    ------
    InputError
        If a claim speaks of something that the graph or the parameters do not have.
    """
    prepare()
    import pymc as pm
    import pytensor.tensor

    pt: Any = pytensor.tensor

    class Tensors:
        log, clip, arctanh, log1p = pt.log, pt.clip, pt.arctanh, pt.log1p
        exp, maximum, sqrt = pt.exp, pt.maximum, pt.sqrt
        stack, where = pt.stack, pt.where

    def log_ndtr(x: Any) -> Any:
        return pt.log(0.5 * pt.erfc(pt.clip(-x, -30.0, 30.0) / math.sqrt(2.0)))

    groups = families(spec)
    coords = {"log_normal": groups["lognormal"], "share_parameter": groups["beta"], "cluster": list(layout.clusters)}
    with pm.Model(coords=coords) as model:
        knobs = pm.Data("knobs", data_of(spec, layout))
        ends = np.cumsum([0, *(part.size for part in _knobs(spec, layout))])
        parts = [knobs[first:last] for first, last in itertools.pairwise(ends)]
        mu, sigma, beta_a, beta_b, log_sound, log_unsound = parts[:6]
        terms = dict(zip(layout.terms, parts[6:], strict=True))
        score = pm.Normal("score", 0.0, 1.0, dims="log_normal")
        positive = pt.exp(mu + sigma * score)
        par: dict[str, Any] = {name: positive[i] for i, name in enumerate(groups["lognormal"])}
        if groups["beta"]:
            share = pm.Beta("share", beta_a, beta_b, dims="share_parameter")
            par |= {name: share[i] for i, name in enumerate(groups["beta"])}
        for name in groups["other"]:
            prior = spec.priors[name]
            known = prior.family == "point"
            par[name] = pt.constant(prior.args[0]) if known else _other(pm, f"free_{name}", prior)
        par = {name: _held(spec.priors[name], values, pt.clip) for name, values in par.items()}
        if named:
            par = {name: pm.Deterministic(name, values) for name, values in par.items()}
        every = states(len(spec.doubt))
        at, shape, stack, product = par, tuple[int, ...](), pt.stack, operator.matmul
        if spec.doubt:  # every state of the doubted links side by side, along the first axis
            at, shape = effective(par, spec.doubt, every.T), (len(every),)
            none = np.zeros(shape)

            def stack(parts: Any, axis: int = -1) -> Any:
                return pt.stack([part + none for part in parts], axis=axis)

            product = _many_small

        reference = Reference(spec.graph, product)
        natural, radius = reference.all_statistics(layout.statements, at, stack, pt.log, shape, par)
        stable = barrier(radius, pt.softplus)
        claims: Any = None
        if layout.statements:
            kinds = layout.kinds if spec.doubt else None
            sound = layout.sound(stack(natural, axis=-1), Tensors, log_ndtr, terms, kinds)
            claims = pt.logaddexp(log_sound + sound, log_unsound)
        first, data = int(ends[-1]), []
        for panel in spec.panels:
            last = first + len(panel.numbers)
            data.append(panel.log_likelihood(at, Tensors, knobs[first:last]))
            first = last
        if spec.doubt:
            total = knobs[first:] + stable + sum(data)
            pm.Potential("links", pt.logsumexp(total if claims is None else total + claims.sum(axis=-1)))
        else:
            pm.Potential("stability", stable)
            if claims is not None:
                pm.Potential("claims", claims, dims="cluster")
            for i, likelihood in enumerate(data):
                pm.Potential(f"panel_{i}", likelihood)
    return model
