# SPDX-License-Identifier: MIT
"""Whose beliefs a verb is about: a scenario's, or the packaged ones where none is named."""

from __future__ import annotations

from pathlib import Path

from txsim.inference import Calibration
from txsim.language import lazy
from txsim.scenario import Scenario, load, load_beliefs
from txsim.types import Progress


def believing(
    scenario: Path | None,
    *,
    evidence: Path | None = None,
    pack: str | None = None,
    overrides: tuple[str, ...] = (),
    root: Path | None = None,
) -> Scenario:
    """Return a scenario, or the packaged beliefs, with what the options change about them."""
    if scenario is None:
        return load_beliefs(overrides=overrides, evidence=evidence, pack=pack)
    return load(scenario, root=root, overrides=overrides, evidence=evidence, pack=pack)


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
