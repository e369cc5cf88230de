# SPDX-License-Identifier: MIT
"""Simulate what one pilot driver of total experience would pay.

>>> import txsim
>>> scenario = txsim.load("scenarios/service_desk_pilot.yaml")  # doctest: +SKIP
>>> txsim.forecast(scenario).payoff  # doctest: +SKIP

Names are imported when they are used, so that ``import txsim`` is quick and never imports PyMC.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from txsim import batch
    from txsim.errors import CalibrationError, InputError, StoreError, TxsimError
    from txsim.forecast import Forecast, forecast
    from txsim.scenario import Scenario, load, loads

__version__ = "0.1.0"

__all__ = [
    "CalibrationError",
    "Forecast",
    "InputError",
    "Scenario",
    "StoreError",
    "TxsimError",
    "batch",
    "forecast",
    "load",
    "loads",
]

_HOME = {
    "CalibrationError": "txsim.errors",
    "InputError": "txsim.errors",
    "StoreError": "txsim.errors",
    "TxsimError": "txsim.errors",
    "Forecast": "txsim.forecast",
    "Scenario": "txsim.scenario",
    "load": "txsim.scenario",
    "loads": "txsim.scenario",
}


def __getattr__(name: str) -> Any:
    if name == "forecast":
        # The function has the name of its module, and importing the module would put that in its place.
        from txsim.forecast import forecast

        globals()["forecast"] = forecast
        return forecast
    if name == "batch":
        import importlib

        return importlib.import_module("txsim.batch")  # a package that is called
    if name in _HOME:
        import importlib

        return getattr(importlib.import_module(_HOME[name]), name)
    message = f"module 'txsim' has no attribute {name!r}"
    raise AttributeError(message)
