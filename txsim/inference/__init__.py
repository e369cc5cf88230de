# SPDX-License-Identifier: MIT
"""From graph, priors and claims to joint draws of all parameters."""

from txsim.inference.calibrate import CHAINS, DRAWS, Calibration, ClaimResult, Engine, calibrate
from txsim.inference.spec import CalibrationSpec

__all__ = ["CHAINS", "DRAWS", "Calibration", "CalibrationSpec", "ClaimResult", "Engine", "calibrate"]
