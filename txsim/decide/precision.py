# SPDX-License-Identifier: MIT
"""As many draws as a wanted precision takes: doubled until the Monte Carlo error is under it (docs/model.md, 6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from txsim.decide.policies import offered, policies
from txsim.decide.ranking import batch_errors
from txsim.errors import InputError
from txsim.forecast import Forecast
from txsim.language import lazy
from txsim.results.run import Precision
from txsim.simulate.points import BATCHES, check_draws

#: Draws beyond which the posterior draws that are kept would serve a forecast several times over.
MOST_DRAWS = 2**17


@dataclass(frozen=True)
class ErrorLimit:
    """A largest Monte Carlo error: an amount, or a share of the expected present value of cost of committing."""

    value: float
    of_cost: bool


def wanted(text: str) -> ErrorLimit:
    """Read ``1%`` (of the present value of cost) or an amount of money.

    Raises :class:`InputError` if it is neither, or not above 0.
    """
    amount = text.strip()
    share = amount.endswith("%")
    try:
        value = float(amount.removesuffix("%").strip())
    except ValueError:
        value = np.nan
    if not 0 < value < np.inf:
        raise InputError(
            lazy("precision: write a share of the cost such as 1%, or an amount such as 500, not {text}", text=amount)
        )
    return ErrorLimit(value / 100 if share else value, share)


def forecast_within(
    asked: ErrorLimit, compute: Callable[[int], Forecast], draws: int, most: int = MOST_DRAWS
) -> tuple[Forecast, Precision]:
    """Return the first of forecasts with ever twice as many draws whose error is small enough, and what that took.

    ``asked``: the largest Monte Carlo standard error of the expected value of any option that can be chosen;
    ``compute``: from a number of draws to a forecast; ``draws``: to begin with; ``most``: draws at which it ends in any
    case.
    """
    check_draws(draws)
    while True:
        forecast = compute(draws)
        error, cost = _error(forecast)
        limit = asked.value * cost if asked.of_cost else asked.value
        if error <= limit or 2 * draws > most:
            return forecast, Precision(limit, error, error <= limit)
        draws *= 2


def _error(forecast: Forecast) -> tuple[float, float]:
    """Return the largest standard error among options that can be chosen, and the cost of committing."""
    options = offered(forecast, policies(forecast))
    errors = batch_errors(np.column_stack([each.payoff for each in options.values()]), BATCHES)
    return float(errors.max()), options["commit"].pv_cost
