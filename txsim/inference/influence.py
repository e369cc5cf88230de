# SPDX-License-Identifier: MIT
"""How much each claim matters: weights that turn a calibration's draws into those without the claim.

Leaving a claim out by importance weights takes milliseconds where sampling again takes seconds; where too few draws
would carry the weight, the effective number of draws says so.
"""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from txsim.cachedir import cache_dir, read_checked, write_checked
from txsim.errors import StoreError
from txsim.inference.calibration import CHAINS, DRAWS, Calibration
from txsim.inference.outside import inside
from txsim.inference.spec import CalibrationSpec
from txsim.types import Array

if TYPE_CHECKING:
    from txsim.inference.weighing import StatementQuantities


def claim_weights(spec: CalibrationSpec, calibration: Calibration) -> dict[str, Array]:
    """Return for each claim the weights of the calibration's draws if the claim were left out.

    Parameters
    ----------
    spec
        What the calibration was made from.
    calibration
        Its draws; empty for one without claims.

    Returns
    -------
    dict
        Claim to weights ``(chain * draw,)``, largest 1: the ratio of the likelihoods without and with the claim, the
        other claims of its cluster kept.
    """
    spec = inside(spec)
    if calibration.source != "mcmc" or not spec.claims:
        return {}
    names = [claim.id for claim in spec.claims]
    size = calibration.draws.shape[1] * calibration.draws.shape[2]
    path = None
    try:
        which = "" if size == CHAINS * DRAWS else f"-{size}"
        which += f"-{calibration.part}" if calibration.part else ""
        path = cache_dir("influence") / f"{calibration.key}{which}.f4"
        kept = read_checked(path)
    except StoreError:
        kept = None
    if kept is not None and len(kept) == 4 * len(names) * size:
        table = np.frombuffer(kept, dtype=np.float32).reshape(len(names), size).astype(np.float64)
        return dict(zip(names, table, strict=True))
    table = _weights(spec, calibration, size)
    if path is not None:
        with contextlib.suppress(StoreError):
            write_checked(path, table.astype(np.float32).tobytes())
    return dict(zip(names, table.astype(np.float32).astype(np.float64), strict=True))


def _weights(spec: CalibrationSpec, calibration: Calibration, size: int) -> Array:
    from txsim.inference.weighing import StatementQuantities  # weights that are stored need none

    spoken = StatementQuantities({name: calibration.draws[i].reshape(size) for i, name in enumerate(calibration.names)})
    everything = _log_likelihood(spec, spoken)
    weights = np.ones((len(spec.claims), size))
    for i in range(len(spec.claims)):
        rest = replace(spec, claims=tuple(claim for j, claim in enumerate(spec.claims) if j != i))
        ratio = _log_likelihood(rest, spoken) - everything
        weights[i] = np.exp(ratio - ratio.max())
    return weights


def _log_likelihood(spec: CalibrationSpec, spoken: StatementQuantities) -> Array:
    """Return the log-likelihood ``(draw,)`` of all clusters (docs/model.md, section 8)."""
    if not spec.claims:
        return np.zeros(next(iter(spoken.par.values())).shape)
    from txsim.inference.weighing import cluster_log_likelihood

    return np.sum(list(cluster_log_likelihood(spec, spoken).values()), axis=0)
