# SPDX-License-Identifier: MIT
"""R-hat and effective sample sizes are ArviZ's, and what theory says of chains whose mixing is known."""

from __future__ import annotations

from typing import Any

import arviz_stats
import numpy as np
import pytest

from txsim.inference.mixing import mixing
from txsim.types import Array


def chains(correlation: float, count: int = 4, length: int = 4096, seed: int = 1) -> Array:
    """Return stationary chains ``(chain, draw)`` whose neighbours are correlated."""
    noise = np.random.default_rng(seed).normal(size=(count, length))
    values = noise.copy()
    for i in range(1, length):
        values[:, i] = correlation * values[:, i - 1] + np.sqrt(1 - correlation**2) * noise[:, i]
    return values


CASES = {
    **{f"{r} {n}": chains(r, length=n) for r in (-0.9, 0.0, 0.6, 0.99) for n in (4, 5, 101, 640, 4096)},
    "rounded": np.round(chains(0.5)),
    "nothing in most draws": np.where(chains(0.5) > 1.5, chains(0.3, seed=2), 0.0),
    "one chain differs": chains(0.2) + np.array([0.0, 0.0, 0.0, 0.3])[:, None],
    "one chain stands still": np.where(np.arange(4)[:, None] == 0, 0.0, chains(0.1)),
    "always the same": np.ones((4, 100)),
    "never a number": np.full((4, 100), np.nan),
    "infinite at times": np.where(chains(0.2) > 3, np.inf, chains(0.2)),
    "two chains": chains(0.3, count=2, length=900),
}


@pytest.mark.parametrize("name", CASES)
def test_figures_are_those_of_arviz(name: str) -> None:
    azs: Any = arviz_stats
    draws = CASES[name]
    with np.errstate(divide="ignore", invalid="ignore"):
        other = {
            "r_hat": float(azs.rhat(draws)),
            "ess_bulk": float(azs.ess(draws, method="bulk")),
            "ess_tail": float(azs.ess(draws, method="tail", prob=(0.05, 0.95))),
        }
    assert mixing({"it": draws})["it"] == pytest.approx(other, rel=1e-9, nan_ok=True)


@pytest.mark.parametrize("correlation", [-0.5, 0.0, 0.5, 0.9])
def test_effective_draws_of_an_autoregression(correlation: float) -> None:
    """Of n draws of an AR(1) chain n (1 − r)/(1 + r) are effective; the estimate errs by a few per cent."""
    found = mixing({"it": chains(correlation, length=50_000)})["it"]
    assert found["ess_bulk"] == pytest.approx(200_000 * (1 - correlation) / (1 + correlation), rel=0.1)
    assert found["r_hat"] < 1.005


def test_chains_apart_do_not_mix() -> None:
    """Four chains one sd apart from each other: half of all variance or more is between them."""
    apart = mixing({"it": chains(0.0) + np.arange(4)[:, None]})["it"]
    assert apart["r_hat"] > 1.2
    assert apart["ess_bulk"] < 50
