# SPDX-License-Identifier: MIT
"""The evidence model in PyMC (docs/model.md, section 8).

Two free vectors: ``ln``, the logs of the log-normal parameters, and ``score``, the standard-normal scores of all
others, mapped through their quantile functions. Everything that can be tuned is data with named dimensions, so that
tuning is a refit of the same compiled model. Only functions of this package that sample import this module.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from numpy.typing import NDArray
from pytensor.gradient import disconnected_grad

from txsim.inference.formulas import cluster_terms, log_likelihood, quantities, theta
from txsim.inference.layout import KNOTS, Layout
from txsim.inference.tables import DIMS

__all__ = ["build"]


def _namespace() -> SimpleNamespace:
    """Return PyTensor under the names that :func:`txsim.inference.formulas.numpy_namespace` has."""
    names = "arctanh clip concatenate erfc exp log log1p logaddexp maximum minimum sqrt where".split()
    return SimpleNamespace(**{name: getattr(pt, name) for name in names}, stop=disconnected_grad)


def build(layout: Layout, data: Mapping[str, NDArray[Any]], coords: Mapping[str, Any] | None = None) -> pm.Model:
    """Return the PyMC model.

    Parameters
    ----------
    layout
        Structure.
    data
        Tables of a fit, by name; each becomes a ``pm.Data`` of that name with the dims of ``tables.DIMS``.
    coords
        Labels of ``cluster`` and ``statement``, where they are wanted.

    Returns
    -------
    pymc.Model
        Free variables ``ln`` (dim ``log_parameter``) and ``score`` (dim ``score_parameter``), potentials ``claims``
        (dim ``cluster``) and ``stability``.
    """
    xp = _namespace()
    labels: dict[str, Any] = {
        "parameter": list(layout.names),
        "log_parameter": list(layout.log_names),
        "score_parameter": list(layout.score_names),
        "quantity_name": [f"{statistic} {about}" for statistic, about in layout.quantities],
        "knot": KNOTS,
        **(coords or {}),
    }
    with pm.Model(coords=labels) as model:
        tables = {name: pm.Data(name, value, dims=DIMS[name]) for name, value in data.items()}
        ln = pm.Normal("ln", tables["log_mean"], tables["log_sd"], dims="log_parameter") if layout.log_names else None
        score = pm.Normal("score", 0.0, 1.0, dims="score_parameter") if layout.score_names else None
        values = theta(xp, ln, score, tables, layout)
        found, stability = quantities(xp, values, layout)
        sound, unsound = cluster_terms(xp, found, tables)
        pm.Potential("claims", log_likelihood(xp, sound, unsound), dims="cluster")
        pm.Potential("stability", stability)
    return model
