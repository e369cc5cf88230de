# SPDX-License-Identifier: MIT
"""The main job on one page: scenario → draws → trajectories → payoffs."""

from txsim.forecast.computation import as_forecast, forecast, forecast_from, simulate
from txsim.forecast.draws import (
    DEFAULT_DRAWS,
    DEFAULT_SEED,
    Draws,
    all_quantities,
    calibration_spec,
    common_order,
    draw,
    learn_together,
    outside_parameters,
    parameters_for,
    posterior_keys,
)
from txsim.forecast.result import Forecast, unused_log
from txsim.forecast.worth import npv_of, worth_of
