# SPDX-License-Identifier: MIT
"""A pilot that ran inside a panel: by how much it moved EX and CX, and the panel without it.

The column `pilot` marks cells in which a unit took part. Their mean is shifted, given unit effects, period means and
the dynamics: generalised least squares with the covariance that the panel model itself has, so that autoregressive
disturbances and survey noise count as they are. Covariance and shift are fitted in turn. The slopes are then read from
the panel without the shift: else a pilot that lifted EX and CX together would pose as a link between them.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from txsim.language import Message, lazy
from txsim.panel.likelihood.density import PanelModel
from txsim.panel.likelihood.records import PanelData, records
from txsim.panel.likelihood.standardisation import prepare
from txsim.panel.reader.link_spec import RAW, LinkSpec
from txsim.panel.reader.panel import Panel
from txsim.panel.verdict import student_figures
from txsim.results.link import PilotShift
from txsim.types import Array

_TURNS = 3


def without_pilot(panel: Panel, spec: LinkSpec) -> tuple[Panel, PilotShift | None, tuple[Message, ...]]:
    """Return the panel with the pilot's shift taken out, what it was, and warnings.

    Returns the panel (as it was where no pilot can be read), the shift or ``None``, and warnings.
    """
    if panel.pilot is None:
        return panel, None, ()
    inside = np.nan_to_num(panel.pilot) > 0
    if not inside.any():
        return panel, None, (lazy("`pilot` marks no cell: no pilot is read"),)
    seen = np.isfinite(panel.y)
    readable = [int(((inside & seen[..., o]).any(1) & (~inside & seen[..., o]).any(1)).sum()) for o in range(2)]
    treated = inside.any(axis=1)
    if inside[treated].all() or max(readable) == 0:
        return (
            panel,
            None,
            (lazy("no unit was measured both before and during the pilot: no effect of it can be read"),),
        )
    if prepare(panel, spec).cannot:
        return panel, None, ()
    shift = np.zeros(2)
    error = np.zeros((2, 2))
    for _ in range(_TURNS):
        prepared = prepare(_shifted(panel, inside, shift), spec)
        model = PanelModel(prepared.data, prepared.phi)
        mode = model.mode
        z = prepared.y + (inside[..., None] * shift / prepared.sd)
        estimate, error = _least_squares(
            z, prepared.w, inside, prepared.data, mode.theta[: len(model.names)], model.phi
        )
        moved = estimate * prepared.sd
        error = error * np.outer(prepared.sd, prepared.sd)
        done = np.abs(moved - shift) < 0.02 * np.sqrt(np.diag(error))
        shift = moved
        if done.all():
            break
    degrees = max(float(seen.any(axis=(1, 2)).sum()) - 2.0, 1.0)
    moves = [
        student_figures(float(shift[o]), float(np.sqrt(error[o, o])), degrees) if readable[o] else None
        for o in range(2)
    ]
    units = tuple(lazy("of the file") if scale == RAW else lazy("index points") for scale in panel.scales)
    pilot_shift = PilotShift(int(treated.sum()), int((~treated).sum()), moves[0], moves[1], units)
    warnings = [
        lazy(
            "`pilot`: units are rarely drawn at random; whatever else changed in pilot units alone is in its effect "
            "(`txsim update --randomised` reads a pilot that was)"
        )
    ]
    if treated.sum() == 1:
        warnings.append(lazy("`pilot`: one unit took part; what happened there besides cannot be told from the pilot"))
    if not (~treated).any():
        warnings.append(
            lazy("`pilot`: every unit took part, so that only the order of starts tells it from common shocks")
        )
    shift = np.where(np.array(readable) > 0, shift, 0.0)
    return _shifted(panel, inside, shift), pilot_shift, tuple(warnings)


def _shifted(panel: Panel, inside: NDArray[np.bool_], shift: Array) -> Panel:
    """Return the panel, in its own unit, without a shift of some cells; staff groups move as the whole does."""
    groups = {name: (value - inside * shift[0], n, sd) for name, (value, n, sd) in panel.groups.items()}
    return replace(panel, y=panel.y - inside[..., None] * shift, groups=groups)


def _least_squares(
    z: Array, w: Array, inside: NDArray[np.bool_], data: PanelData, core: Array, phi: float | None
) -> tuple[Array, Array]:
    """Return both shifts and their covariance, in within-unit sd, period means profiled out.

    Given the covariance the log likelihood is a quadratic of shifts and means, so that its values at six shifts and its
    gradient along the means give it exactly.
    """
    lift = inside[..., None] * np.ones(2)

    def alike(values: Array) -> PanelData:
        one = records(
            values, w, counted=data.counted, shared_raters=data.shared_raters, noise_width=data.noise_width, group=False
        )
        return replace(one, total_sd=data.total_sd, lag_prior=data.lag_prior)

    model = PanelModel(alike(z), phi)
    names = len(model.names)
    zero = np.concatenate([core, np.zeros(model.dim - names)])
    first = model(zero)[1][names:]
    curvature = np.empty((first.size, first.size))
    for j in range(first.size):
        moved = zero.copy()
        moved[names + j] = 1.0
        curvature[j] = first - model(moved)[1][names:]
    inverse = np.linalg.pinv((curvature + curvature.T) / 2, hermitian=True)

    def profile(shift: Array) -> float:
        value, gradient = model.like(alike(z - lift * shift))(zero)
        slope = gradient[names:]
        return value + 0.5 * float(slope @ inverse @ slope)

    at = {key: profile(np.array(key, dtype=float)) for key in ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1), (1, 1))}
    gradient = np.array([at[1, 0] - at[-1, 0], at[0, 1] - at[0, -1]]) / 2
    hessian = np.empty((2, 2))
    hessian[0, 0] = at[1, 0] - 2 * at[0, 0] + at[-1, 0]
    hessian[1, 1] = at[0, 1] - 2 * at[0, 0] + at[0, -1]
    hessian[0, 1] = hessian[1, 0] = at[1, 1] - at[1, 0] - at[0, 1] + at[0, 0]
    covariance = np.linalg.pinv(-hessian, hermitian=True)
    return covariance @ gradient, covariance
