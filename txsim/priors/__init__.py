# SPDX-License-Identifier: MIT
"""What is believed before any claim: distributions, how people write them, and the catalogue of parameters."""

from txsim.priors.catalogue import (
    Parameter,
    calibration_parameters,
    delivery_prior,
    overrun_prior,
    parameters,
    slip_prior,
)
from txsim.priors.distributions import Distribution, point
from txsim.priors.quantity import parse_quantity
from txsim.priors.written_numbers import FORMS, QuantityError
