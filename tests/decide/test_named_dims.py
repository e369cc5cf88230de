# SPDX-License-Identifier: MIT
"""Estimators on arrays with named dims: any order of them, and none that is silently taken the wrong way round."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import xarray as xr

from txsim.decide import conditional_mean, difference, evpi, evppi, evsi, evsi_discrete, expected_regret, p_best, signal

RNG = np.random.default_rng(7)
STATE = RNG.normal(size=4000)
#: Doing nothing pays 0; acting pays the state and noise.
NPV = np.column_stack([np.zeros(4000), STATE + RNG.normal(size=4000)])
LABELLED = xr.DataArray(NPV, dims=("draw", "option"), coords={"option": ["do_nothing", "commit"]})
GIVEN = xr.DataArray(STATE, dims="draw")

ESTIMATORS: list[Callable[[Any, Any], Any]] = [
    lambda npv, given: evpi(npv),
    lambda npv, given: evppi(npv, given),
    lambda npv, given: evsi(npv, given),
    lambda npv, given: p_best(npv),
    lambda npv, given: expected_regret(npv),
    lambda npv, given: conditional_mean(npv, given),
    lambda npv, given: signal(npv, given).means,
]


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_the_order_of_named_dims_does_not_matter(estimator: Callable[[Any, Any], Any]) -> None:
    plain = estimator(NPV, STATE)
    for npv in (LABELLED, LABELLED.transpose("option", "draw"), LABELLED.expand_dims(scenario=["a"])):
        np.testing.assert_equal(estimator(npv, GIVEN), plain)
    by_chain = xr.DataArray(NPV.reshape(4, 1000, 2), dims=("chain", "draw", "option"))
    chains = by_chain.transpose("draw", "option", "chain")
    np.testing.assert_equal(estimator(chains, GIVEN), plain)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_a_transposed_array_is_refused_by_its_shape(estimator: Callable[[Any, Any], Any]) -> None:
    with pytest.raises(ValueError, match=r"\(2, 4000\).*transpose"):
        estimator(NPV.T, STATE)


def test_the_value_is_that_of_the_normal_law() -> None:
    """What perfect information is worth of a normal payoff about 0 with sd √2 is √2 φ(0)."""
    worth = evpi(LABELLED.transpose("option", "draw"))
    assert worth.value == pytest.approx(np.sqrt(2) / np.sqrt(2 * np.pi), abs=4 * worth.mcse)


def test_states_may_be_fewer_than_options() -> None:
    """Knowing which of two states is there: 0.5 · 30 + 0.5 · 20 − max(15, 0, 10) by hand."""
    table = [[30.0, 0.0, 0.0], [0.0, 0.0, 20.0]]
    assert evpi(table, weights=[0.5, 0.5]).value == pytest.approx(10.0)
    assert evsi_discrete(table, [0.5, 0.5], np.eye(2)).value == pytest.approx(10.0)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: evpi(LABELLED.rename(draw="sample")), "a dim `draw`.*sample: 4000"),
        (lambda: evpi(LABELLED.expand_dims(node=["cx", "ex"])), "one more dim.*node: 2"),
        (lambda: evpi(xr.Dataset({"npv": LABELLED})), "one variable of the dataset.*npv"),
        (lambda: difference(LABELLED, GIVEN), "one quantity.*found 2"),
    ],
)
def test_what_can_be_read_two_ways_is_refused(call: Callable[[], Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()
