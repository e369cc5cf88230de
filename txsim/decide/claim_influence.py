# SPDX-License-Identifier: MIT
"""What hangs on one claim: by what draws would weigh without it, and where that cannot tell by sampling without it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from txsim.decide.entries import entry_of
from txsim.decide.turning import retested, without_claim
from txsim.errors import CalibrationError
from txsim.forecast import Draws, calibration_spec, draw
from txsim.forecast.criterion import decision_limits
from txsim.inference import calibrate
from txsim.inference.influence import claim_weights
from txsim.results.recommendation import Flip, Recommendation
from txsim.scenario import Scenario
from txsim.types import Array


def weights_of(scenario: Scenario, drawn: Draws) -> dict[str, Array]:
    """Return for each claim the weights ``(draw,)`` that turn a scenario's draws into those without it."""
    if drawn.calibration.source != "mcmc":
        return {}
    by_claim = claim_weights(calibration_spec(scenario), drawn.calibration)
    if not by_claim:
        return {}
    return dict(zip(by_claim, drawn.from_posterior(np.stack(list(by_claim.values()))), strict=True))


def sampled_anew(recommendation: Recommendation, scenario: Scenario, drawn: Draws) -> Recommendation:
    """Test the claims that weights cannot tell: the posterior is sampled without each, once, and kept.

    A claim without which the draws cannot be trusted stays untested, and is named.
    """
    spec = calibration_spec(scenario)
    if spec.hash != drawn.calibration.hash:  # draws of a model that was added to: there is no way to add to it here
        return recommendation
    flips: dict[str, Flip | None] = {}
    for name in recommendation.untested:
        rest = replace(spec, claims=tuple(claim for claim in spec.claims if claim.id != name))
        try:
            calibration = calibrate(rest, serves=drawn.count)
        except CalibrationError:
            continue
        options = entry_of("", scenario, draw(scenario, calibration, draws=drawn.count, seed=drawn.seed)).options
        flips[name] = without_claim(recommendation, name, options, decision_limits(scenario))
    return retested(recommendation, flips)
