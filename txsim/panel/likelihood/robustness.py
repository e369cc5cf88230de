# SPDX-License-Identifier: MIT
"""How far the errors of the normal model are off where units do not answer independently or tails are heavy.

The model's own standard errors hold if units are independent and shocks normal. The sandwich estimator asks the data
instead: scores of both effects, summed by unit or by cluster of units, vary as much as they vary. Where they vary more
than the curvature says, intervals are widened by the ratio of standard errors; they are never narrowed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from txsim.inference.spec import seed_for
from txsim.language import lazy
from txsim.panel.likelihood.density import PanelModel
from txsim.panel.likelihood.records import records
from txsim.panel.likelihood.standardisation import Prepared
from txsim.panel.reader.panel import Panel
from txsim.results.link import Independence

_FEWEST = 12
#: Units whose scores are computed; of larger panels a random part stands for all.
_MOST = 1500


def widening(panel: Panel, prepared: Prepared, along: Any) -> tuple[tuple[float, float], Independence]:
    """Return factors ``(2,)`` by which standard errors of both effects are widened, and what was found.

    ``panel``: with clusters, if any. ``along``: from :func:`txsim.panel.likelihood.lag_path.path`.
    """
    best = int(np.argmax(along.evidence))
    mode = along.modes[best]
    seen = np.isfinite(prepared.y).any(axis=(1, 2))
    names = np.array(panel.cluster, dtype=object)[seen] if panel.cluster and len(panel.cluster) == len(seen) else None
    labels = np.unique(names, return_inverse=True)[1] if names is not None else np.arange(int(seen.sum()))
    clusters = int(labels.max()) + 1 if labels.size else 0
    if clusters < _FEWEST:
        few = None
        if names is not None:
            few = lazy("{n} clusters of raters are too few to see how far units depend on each other", n=clusters)
        return (1.0, 1.0), Independence(clusters, (1.0, 1.0), warning=few)
    rng = np.random.default_rng(seed_for(0, "units for the sandwich"))
    chosen = (
        rng.permutation(clusters)[: max(_FEWEST, int(_MOST * clusters / len(labels)))] if len(labels) > _MOST else None
    )
    inside = np.flatnonzero(np.isin(labels, chosen)) if chosen is not None else np.arange(len(labels))
    weight = clusters / (len(chosen) if chosen is not None else clusters)
    data = prepared.data
    y, w = prepared.y[seen][inside], prepared.w[seen][inside]
    single = records(
        y, w, counted=data.counted, shared_raters=data.shared_raters, noise_width=data.noise_width, group=False
    )
    single = replace(single, lag_prior=data.lag_prior, total_sd=data.total_sd, typical_noise=data.typical_noise)
    model = PanelModel(single, float(along.phi[best]))
    core = len(model.names)
    means = PanelModel(data, model.phi).means(mode.theta).ravel()
    theta = np.concatenate([mode.theta[:core], means[model.measured]])
    prior = model.prior_gradient(theta)
    scores = np.empty((len(inside), core))
    for i in range(len(inside)):
        one = replace(
            single,
            y=single.y[i : i + 1],
            w=single.w[i : i + 1],
            c=single.c[i : i + 1],
            g=single.g[i : i + 1],
            span=single.span[i : i + 1],
        )
        scores[i] = (model.like(one)(theta)[1] - prior)[:core]
    groups = np.unique(labels[inside], return_inverse=True)[1]
    size = int(groups.max()) + 1
    summed = np.stack([np.bincount(groups, scores[:, k], size) for k in range(core)], axis=1)
    summed = summed - summed.mean(axis=0)
    meat = summed.T @ summed * weight * size / (size - 1)
    bread = mode.covariance[:core, :core]
    sandwich = bread @ meat @ bread
    factors = np.sqrt(np.diag(sandwich)[:2] / np.diag(bread)[:2])
    ratios = (float(factors[0]), float(factors[1]))
    factors = np.where(factors > 1.0 + 1.5 / np.sqrt(size), np.clip(factors, 1.0, 5.0), 1.0)  # else within chance
    widen = (float(factors[0]), float(factors[1]))
    return widen, Independence(clusters, widen, ratios)
