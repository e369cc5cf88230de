# SPDX-License-Identifier: MIT
"""Decisions: which option to take, whether a pilot is worth it, what is worth knowing, what drives the answer.

Two layers. The estimators work on plain arrays, net benefits ``(draw, option)`` and parameters ``(draw, parameter)``,
and are usable on anybody's model: :mod:`~txsim.decide.value`, :mod:`~txsim.decide.signal`,
:mod:`~txsim.decide.indices`, :mod:`~txsim.decide.ranking`, :mod:`~txsim.decide.shapley`,
:mod:`~txsim.decide.portfolio`, :mod:`~txsim.decide.discovery`. The others apply them to forecasts.
How to: docs/decisions.md.
"""

from txsim.decide.discovery import Region, discover
from txsim.decide.indices import BreakEven, Indices, break_even, sensitivity_indices, tornado, two_way
from txsim.decide.portfolio import Selection, best_sets
from txsim.decide.ranking import Difference, difference, dominates, expected_regret, frontier, p_best
from txsim.decide.regression import conditional_mean
from txsim.decide.shapley import coalitions, shapley
from txsim.decide.signal import Reading, Signal, read, signal
from txsim.decide.value import (
    Estimate,
    evpi,
    evppi,
    evsi,
    evsi_discrete,
    expected_gain_normal,
    unit_normal_loss,
)

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
