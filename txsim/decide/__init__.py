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

_HOME = {
    "Region": "discovery",
    "discover": "discovery",
    "BreakEven": "response",
    "Indices": "indices",
    "break_even": "response",
    "sensitivity_indices": "indices",
    "shapley": "shares",
    "signal": "reading",
    "tornado": "response",
    "two_way": "response",
    "Selection": "portfolio",
    "best_sets": "portfolio",
    "Difference": "ranking",
    "difference": "ranking",
    "dominates": "ranking",
    "expected_regret": "ranking",
    "frontier": "ranking",
    "p_best": "ranking",
    "conditional_mean": "regression",
    "coalitions": "shares",
    "Reading": "reading",
    "Signal": "reading",
    "read": "reading",
    "Estimate": "value",
    "evpi": "value",
    "evppi": "value",
    "evsi": "value",
    "evsi_discrete": "value",
    "expected_gain_normal": "value",
    "unit_normal_loss": "value",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        message = f"module 'txsim.decide' has no attribute {name!r}"
        raise AttributeError(message)
    import importlib

    return getattr(importlib.import_module(f"txsim.decide.{_HOME[name]}"), name)
