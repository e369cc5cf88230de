# SPDX-License-Identifier: MIT
"""From graph, priors and claims to joint draws of all parameters."""

from txsim.inference.calibration import CHAINS, DRAWS, Calibration, ClaimResult
from txsim.inference.compiled_model import Engine
from txsim.inference.sampling import calibrate
from txsim.inference.spec import CalibrationSpec

__all__ = ["CHAINS", "DRAWS", "Calibration", "CalibrationSpec", "ClaimResult", "Engine", "calibrate"]
