# SPDX-License-Identifier: MIT
"""What draws would weigh without one claim, so that what hangs on it is told without sampling again."""

from __future__ import annotations

import numpy as np

from txsim.forecast import Draws, calibration_spec
from txsim.inference.influence import claim_weights
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
