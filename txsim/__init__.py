# SPDX-License-Identifier: MIT
"""Simulate what one pilot driver of total experience would pay.

>>> import txsim
>>> scenario = txsim.load("scenarios/service_desk_pilot.yaml")  # doctest: +SKIP
>>> txsim.forecast(scenario).payoff  # doctest: +SKIP

Names are imported when they are used, so that ``import txsim`` is quick and never imports PyMC.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from txsim.batch import batch
    from txsim.desk import Desk
    from txsim.errors import CalibrationError, InputError, StoreError, TxsimError
    from txsim.forecast import Forecast, forecast
    from txsim.scenario import Scenario, load, loads

__version__ = "0.1.0"

__all__ = [
    "CalibrationError",
    "Desk",
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
    "Desk": "txsim.desk",
    "Forecast": "txsim.forecast",
    "batch": "txsim.batch",
    "forecast": "txsim.forecast",
    "Scenario": "txsim.scenario",
    "load": "txsim.scenario",
    "loads": "txsim.scenario",
}


class _Package(ModuleType):
    """`forecast` and `batch` have the names of their modules: importing these must not put them in their place."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in _HOME or not isinstance(value, ModuleType):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> Any:
    if name in _HOME:
        import importlib

        return getattr(importlib.import_module(_HOME[name]), name)
    message = f"module 'txsim' has no attribute {name!r}"
    raise AttributeError(message)
