# SPDX-License-Identifier: MIT
"""Decisions: which option to take, whether a pilot is worth it, what is worth knowing, what drives the answer.

Two layers. The estimators work on plain arrays, net benefits ``(draw, option)`` and parameters ``(draw, parameter)``,
and are usable on anybody's model: :mod:`~txsim.decide.value`, :mod:`~txsim.decide.reading`,
:mod:`~txsim.decide.indices`, :mod:`~txsim.decide.response`, :mod:`~txsim.decide.ranking`,
:mod:`~txsim.decide.shares`, :mod:`~txsim.decide.portfolio`, :mod:`~txsim.decide.discovery`. The others apply them to
forecasts. How to: docs/decisions.md.

Names are imported when they are used: a run needs few of them, and quickly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from txsim.decide.discovery import Region, discover
    from txsim.decide.indices import Indices, sensitivity_indices
    from txsim.decide.portfolio import Selection, best_sets
    from txsim.decide.ranking import Difference, difference, dominates, expected_regret, frontier, p_best
    from txsim.decide.reading import Reading, Signal, read, signal
    from txsim.decide.regression import conditional_mean
    from txsim.decide.response import BreakEven, break_even, tornado, two_way
    from txsim.decide.shares import coalitions, shapley
    from txsim.decide.value import evpi, evppi, evsi, evsi_discrete, expected_gain_normal, unit_normal_loss
    from txsim.results.quantities import Estimate

__all__ = [
    "BreakEven",
    "Difference",
    "Estimate",
    "Indices",
    "Reading",
    "Region",
    "Selection",
    "Signal",
    "best_sets",
    "break_even",
    "coalitions",
    "conditional_mean",
    "difference",
    "discover",
    "dominates",
    "evpi",
    "evppi",
    "evsi",
    "evsi_discrete",
    "expected_gain_normal",
    "expected_regret",
    "frontier",
    "p_best",
    "read",
    "sensitivity_indices",
    "shapley",
    "signal",
    "tornado",
    "two_way",
    "unit_normal_loss",
]

#: By module, what it gives.
_GIVES = {
    "discovery": "Region discover",
    "indices": "Indices sensitivity_indices",
    "portfolio": "Selection best_sets",
    "ranking": "Difference difference dominates expected_regret frontier p_best",
    "reading": "Reading Signal read signal",
    "regression": "conditional_mean",
    "response": "BreakEven break_even tornado two_way",
    "shares": "coalitions shapley",
    "value": "Estimate evpi evppi evsi evsi_discrete expected_gain_normal unit_normal_loss",
}
_HOME = {name: module for module, names in _GIVES.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        message = f"module 'txsim.decide' has no attribute {name!r}"
        raise AttributeError(message)
    import importlib

    return getattr(importlib.import_module(f"txsim.decide.{_HOME[name]}"), name)
