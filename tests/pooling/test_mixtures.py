# SPDX-License-Identifier: MIT
"""Mixtures of normals: quantiles, intervals, the highest point, and what is refused."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from txsim.pooling.mixtures import normal_mixture


@given(st.lists(st.tuples(st.floats(0.05, 1), st.floats(-50, 50), st.floats(0.1, 50)), min_size=1, max_size=4))
def test_quantiles_and_intervals_of_any_mixture(parts: list[tuple[float, float, float]]) -> None:
    mix = normal_mixture(*zip(*parts, strict=True))
    p = np.array([0.001, 0.05, 0.37, 0.5, 0.95, 0.999])
    assert mix.cdf(mix.quantile(p)) == pytest.approx(p, rel=1e-7, abs=1e-10)
    central, short = mix.central(0.9), mix.shortest(0.9)
    assert float(mix.cdf(short[1]) - mix.cdf(short[0])) == pytest.approx(0.9, abs=1e-6)
    assert short[1] - short[0] <= (central[1] - central[0]) * (1 + 1e-9)
    assert float(mix.pdf(mix.mode)) >= float(mix.pdf(mix.quantile(np.linspace(0.01, 0.99, 99))).max()) * (1 - 1e-9)


def test_impossible_mixtures_are_refused() -> None:
    cases: list[tuple[str, Callable[[], object]]] = [
        ("one length", lambda: normal_mixture([0.5], [0, 1], [1, 1])),
        ("finite and above 0", lambda: normal_mixture([1], [0], [0])),
        ("weights must be at least 0", lambda: normal_mixture([-1, 2], [1, 1], [1, 1])),
    ]
    for words, bad in cases:
        with pytest.raises(ValueError, match=words):
            bad()
