# SPDX-License-Identifier: MIT
"""From graph, priors and claims to joint draws of all parameters."""

from typing import TYPE_CHECKING, Any

from txsim.inference.calibration import CHAINS, DRAWS, Calibration, ClaimResult
from txsim.inference.sampling import calibrate
from txsim.inference.spec import CalibrationSpec

if TYPE_CHECKING:
    from txsim.inference.compiled_model import Engine


def __getattr__(name: str) -> Any:
    """Import what samples when it is asked for: stored draws need none of it."""
    if name == "Engine":
        from txsim.inference.compiled_model import Engine

        return Engine
    raise AttributeError(name)
