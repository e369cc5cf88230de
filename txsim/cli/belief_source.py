# SPDX-License-Identifier: MIT
"""Draws under the beliefs that a verb is about."""

from __future__ import annotations

from txsim.inference import Calibration
from txsim.language import lazy
from txsim.scenario import Scenario, load_beliefs
from txsim.types import Progress


def calibrated(scenario: Scenario, progress: Progress | None) -> Calibration:
    """Return draws under a scenario's beliefs: stored, else weighed from the packaged beliefs' draws, else sampled."""
    from txsim.desk.desk import claim_frame
    from txsim.forecast import calibration_spec
    from txsim.inference.sampling import stored
    from txsim.inference.tuning import Tuner

    spec = calibration_spec(scenario)
    usual = calibration_spec(load_beliefs())
    if spec.source != "mcmc" or stored(spec, f"{spec.hash}-0") or not stored(usual, f"{usual.hash}-0"):
        return Tuner(spec, progress=progress).base
    tuner = Tuner(usual, frame=claim_frame(scenario), progress=progress)
    reweighting, refused = tuner.weigh(spec)
    if reweighting is not None:
        if progress is not None:
            progress(reweighting.sentence(), None)
        return reweighting.calibration
    if progress is not None:
        progress(lazy("stored draws cannot carry these beliefs ({reason}): sampling anew", reason=refused), None)
    return Tuner(spec, progress=progress).base
