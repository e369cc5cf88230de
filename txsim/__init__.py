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

TYPE_CHECKING = False  # as `typing` has it, which takes longer to import than all that is needed here

if TYPE_CHECKING:
    from typing import Any

    from txsim.batch import batch
    from txsim.decide.comparison import compare
    from txsim.decide.sensitivity import sensitivity
    from txsim.decide.whatif import whatif
    from txsim.desk import Desk
    from txsim.errors import CalibrationError, InputError, StoreError, TxsimError
    from txsim.forecast import Forecast, forecast
    from txsim.forecast.evidence_model import model
    from txsim.panel.link import link
    from txsim.pilot.analysis import pilot
    from txsim.report.output import save
    from txsim.scenario import Scenario, load, loads

__version__ = "0.1.0"

#: Where each name of the package lives.
_HOME = {
    "CalibrationError": "txsim.errors",
    "Desk": "txsim.desk",
    "Forecast": "txsim.forecast",
    "InputError": "txsim.errors",
    "Scenario": "txsim.scenario",
    "StoreError": "txsim.errors",
    "TxsimError": "txsim.errors",
    "batch": "txsim.batch",
    "compare": "txsim.decide.comparison",
    "forecast": "txsim.forecast",
    "link": "txsim.panel.link",
    "load": "txsim.scenario",
    "loads": "txsim.scenario",
    "model": "txsim.forecast.evidence_model",
    "pilot": "txsim.pilot.analysis",
    "save": "txsim.report.output",
    "sensitivity": "txsim.decide.sensitivity",
    "whatif": "txsim.decide.whatif",
}

__all__ = [
    "CalibrationError",
    "Desk",
    "Forecast",
    "InputError",
    "Scenario",
    "StoreError",
    "TxsimError",
    "batch",
    "compare",
    "forecast",
    "link",
    "load",
    "loads",
    "model",
    "pilot",
    "save",
    "sensitivity",
    "whatif",
]


class _Package(ModuleType):
    """`forecast`, `batch` and `pilot` have the names of their modules: importing these must not take their place."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in _HOME or not isinstance(value, ModuleType):
            super().__setattr__(name, value)

    def __dir__(self) -> list[str]:
        """Return what can be used, so that completion lists it; nothing of it is imported for that."""
        return [*__all__, "__doc__", "__file__", "__name__", "__path__", "__version__"]


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> Any:
    if name in _HOME:
        import importlib

        return getattr(importlib.import_module(_HOME[name]), name)
    from difflib import get_close_matches

    near = get_close_matches(name, __all__, 1)
    message = f"module 'txsim' has no attribute {name!r}" + (f"; did you mean {near[0]!r}?" if near else "")
    raise AttributeError(message)
