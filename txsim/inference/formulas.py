# SPDX-License-Identifier: MIT
"""The formulas of the evidence model, each written once (docs/model.md, section 8).

PyMC's graph and the arrays derived after sampling go through the same functions. ``xp`` is the namespace,
``pytensor.tensor`` or :func:`numpy_namespace`; arrays may have leading batch axes (draws), the last axis is named in
each docstring. ``layout`` holds what is fixed once a model is compiled, ``data`` what may change from fit to fit.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np

from txsim.inference.layout import KNOTS, SCORE_LIMIT, Layout
from txsim.pathways import algebra

__all__ = ["cluster_terms", "log_likelihood", "numpy_namespace", "quantities", "theta"]

#: Correlations are clipped to this on their way through atanh, shares to the same distance from 0 and 1 for the logit.
ATANH_LIMIT = 0.999
LOGIT_LIMIT = 1e-9


@cache
def numpy_namespace() -> SimpleNamespace:
    """Return NumPy under the names that PyTensor uses."""
    from scipy.special import erfc

    return SimpleNamespace(
        arctanh=np.arctanh,
        clip=np.clip,
        concatenate=np.concatenate,
        erfc=erfc,
        exp=np.exp,
        log=np.log,
        log1p=np.log1p,
        logaddexp=np.logaddexp,
        maximum=np.maximum,
        minimum=np.minimum,
        sqrt=np.sqrt,
        stop=lambda x: x,
        where=np.where,
    )


def theta(xp: Any, ln: Any, score: Any, data: Mapping[str, Any], layout: Layout) -> Any:
    """Return the parameters from the free vectors.

    Parameters
    ----------
    xp
        Namespace.
    ln
        Logs of the log-normal parameters, shape (…, log_parameter).
    score
        Standard-normal scores of all others, shape (…, score_parameter); their quantile functions come as a table of
        values and slopes at :data:`KNOTS` scores, read by cubic Hermite interpolation.
    data, layout
        Numbers that may change, and structure.

    Returns
    -------
    array
        Shape (…, parameter), in the order of ``layout.names``. A known number has ``log_scale`` 0 and its value in
        ``log_offset``, or a flat table.
    """
    parts = []
    if layout.log_names:
        parts.append(data["log_offset"] + data["log_scale"] * xp.exp(ln))
    if layout.score_names:
        step = KNOTS[1] - KNOTS[0]
        t = (xp.clip(score, -SCORE_LIMIT, SCORE_LIMIT)[..., None] - KNOTS) / step
        near = xp.maximum(1.0 - abs(t), 0.0)
        level = near * near * (3.0 - 2.0 * near)
        tilt = near * near * t * step
        parts.append((level * data["score_value"] + tilt * data["score_slope"]).sum(axis=-1))
    both = parts[0] if len(parts) == 1 else xp.concatenate(parts, axis=-1)
    return both[..., layout.order]


def quantities(xp: Any, values: Any, layout: Layout) -> tuple[Any, Any]:
    """Return what claims speak about, and the stability barrier.

    Parameters
    ----------
    xp
        Namespace.
    values
        Parameters, shape (…, parameter).
    layout
        Structure.

    Returns
    -------
    tuple
        Quantities, shape (…, quantity), in the order of ``layout.quantities``; log barrier, shape (…).
    """
    wired = layout.wired
    reach = layout.reach_known + values @ layout.reach_pick
    b = algebra.slope_matrix(values @ layout.slope_pick, algebra.shares(reach, wired.headcount), wired)
    squares = algebra.powers(b)
    # The radius is that of |B|; where no slope can be negative that is B itself and its powers are at hand.
    last = squares[-1] if layout.positive else algebra.powers(abs(b))[-1]
    stability = algebra.barrier(xp, algebra.log_radius(xp, last))
    g = algebra.settled(squares, len(layout.nodes))
    parts = []
    if layout.linear.size:
        parts.append(values @ layout.linear)
    if layout.ratio_above.size:
        parts.append((values @ layout.ratio_above) / (values @ layout.ratio_below))
    if layout.push.size:
        # Push all of `a` alike, settle, divide the move of `b` by the move of `a`.
        moved = g @ layout.push
        above, below = (moved * layout.effect_to).sum(axis=-2), (moved * layout.effect_from).sum(axis=-2)
        parts.append(above / below * (layout.factor_known + values @ layout.factor_pick))
    if layout.uplift.size:
        # Coordination from 0 to 1 pushes the nodes it leads to; what `cx` settles at, as a share of its level.
        parts.append(((values @ layout.uplift) * g[..., layout.cx, :]).sum(axis=-1)[..., None])
    if layout.across_from.size:
        # What a cross-section of firms would see: Σ = G Ω Gᵀ.
        omega = layout.omega_known + (values @ layout.confounding_pick)[..., None, None] * layout.omega_confounded
        a, c = layout.across_from @ g, layout.across_to @ g
        a_omega = a @ omega
        covariance, variance = (a_omega * c).sum(axis=-1), (a_omega * a).sum(axis=-1)
        other = ((c @ omega) * c).sum(axis=-1)
        # As a slope the divisor is the variance of the source, as a correlation the root of both variances.
        by = xp.where(layout.across_is_slope, variance, xp.sqrt(variance * other))
        parts.append(covariance / by)
    return xp.concatenate(parts, axis=-1)[..., layout.quantity_order], stability


def transformed(xp: Any, x: Any, data: Mapping[str, Any]) -> Any:
    """Return each statement's quantity on its scale: log, atanh (clipped to ±0.999) or logit, shape (…, statement)."""
    is_log, is_atanh, is_logit = data["is_log"], data["is_atanh"], data["is_logit"]
    # Each branch sees a harmless number where it is not wanted, for the gradients of all three are formed.
    as_log = xp.log(xp.maximum(xp.where(is_log, x, 1.0), 1e-300))
    as_atanh = xp.arctanh(xp.clip(xp.where(is_atanh, x, 0.0), -ATANH_LIMIT, ATANH_LIMIT))
    share = xp.clip(xp.where(is_logit, x, 0.5), LOGIT_LIMIT, 1.0 - LOGIT_LIMIT)
    return as_log + as_atanh + xp.log(share / (1.0 - share))


def log_normal_cdf(xp: Any, x: Any) -> Any:
    """Return ``ln Φ(x)``, also far below zero, shape of ``x``."""
    middle = xp.log(0.5 * xp.erfc(-xp.maximum(x, -30.0) / np.sqrt(2.0)))
    far = xp.minimum(x, -30.0)
    inverse = 1.0 / (far * far)
    tail = -0.5 * far * far - xp.log(-far * np.sqrt(2 * np.pi)) + xp.log1p(-inverse * (1 - inverse * (3 - 15 * inverse)))
    return xp.where(x < -30.0, tail, middle)


def one_sided_sound(xp: Any, error: Any, data: Mapping[str, Any]) -> Any:
    """Return the log probability that the one-sided statements hold together, shape (…, bound block).

    Statements of one block speak about the same quantity in one cluster. Their errors are ``√r x + √(1−r) ε`` with a
    common standard-normal ``x``, which is integrated out by Gauss–Hermite quadrature.

    Parameters
    ----------
    xp
        Namespace.
    error
        ``(g(y) − g(exaggeration · f)) / sd`` of every statement, shape (…, statement).
    data
        The tables of a fit.
    """
    mine = error[..., data["bound_statement"]]
    z = data["bound_sign"][:, None] * (mine[..., None] * data["bound_steep"][:, None] - data["bound_nodes"])
    together = data["bound_blocks"] @ log_normal_cdf(xp, z) + data["node_logs"]
    top = xp.stop(together.max(axis=-1, keepdims=True))
    return xp.log(xp.exp(together - top).sum(axis=-1)) + top[..., 0]


def cluster_terms(xp: Any, found: Any, data: Mapping[str, Any]) -> tuple[Any, Any]:
    """Return the two terms of each cluster's log-likelihood: ``ln a + ln sound`` and ``ln(1−a) + ln unsound``.

    Parameters
    ----------
    xp
        Namespace.
    found
        Quantities, shape (…, quantity).
    data
        The tables of a fit.

    Returns
    -------
    tuple
        Two arrays of shape (…, cluster); the second does not depend on the draw and has shape (cluster,).
    """
    spoken = found[..., data["quantity"]] * data["exaggeration"]
    error = (data["reported"] - transformed(xp, spoken, data)) * data["inverse_sd"]
    # Equicorrelated errors in closed form: with m statements the quadratic form needs Σe² and (Σe)² only.
    standard = error * data["two_sided"]
    total, square = standard @ data["blocks"], (standard * standard) @ data["blocks"]
    quadratic = (square - data["block_shrink"] * total * total) * data["block_scale"]
    sound = data["sound_constant"] - 0.5 * (quadratic @ data["block_cluster"])
    sound = sound + one_sided_sound(xp, error, data) @ data["bound_cluster"]
    return sound, data["unsound_constant"]


def log_likelihood(xp: Any, sound: Any, unsound: Any) -> Any:
    """Return the log-likelihood of each cluster from its two terms, shape (…, cluster)."""
    return xp.logaddexp(sound, unsound)
