# SPDX-License-Identifier: MIT
"""What becomes of pooled studies as a claim: in another unit all of it goes along; of one study nothing is added."""

from __future__ import annotations

import math
from typing import Any

import pytest

from txsim.pooling.meta_analysis import pool
from txsim.pooling.pooled_claim import pooled_claim


def claim(factor: float, *, estimates: tuple[float, ...] = (0.50, 0.62, 0.41)) -> dict[str, Any]:
    """Return the one statement of the claim on an effect, pooled of studies in some unit of the target."""
    posterior = pool(estimates, (0.05, 0.06, 0.05)[: len(estimates)])
    entry = pooled_claim(
        posterior, "mean_difference", id="ours", about="ex -> cx", design="experiment", where="elsewhere",
        factor=factor, conversion={"unit": "index", "per": 10.0, "per_unit": "index"},
    )  # fmt: skip
    told: dict[str, Any] = entry["ours"]["statements"][0]
    return told


@pytest.mark.parametrize("factor", [18.0, -2.0])
def test_a_factor_multiplies_the_error_as_it_does_the_estimate(factor: float) -> None:
    """The spread is told as a share of the value, which no unit changes."""
    plain, other = claim(1.0), claim(factor)
    assert other["value"] == pytest.approx(factor * plain["value"], rel=1e-3)
    assert other["se"] == pytest.approx(abs(factor) * plain["se"], rel=1e-3)
    assert other["spread"] == pytest.approx(plain["spread"], rel=1e-3)


def test_one_study_keeps_its_own_error() -> None:
    """0.5 ± 0.05 on ten points: 0.05 ± 0.005 a point, and no spread."""
    told = claim(1.0, estimates=(0.5,))
    assert (told["value"], told["se"], told.get("spread")) == (pytest.approx(0.05), pytest.approx(0.005), None)


def test_pooled_logs_of_hazards_are_told_as_slopes_of_a_log() -> None:
    """One study: hazards 0.8 times as high for ten points more are −ln 0.8 / 10 a point, its error over ten as well."""
    posterior = pool((math.log(0.8),), (0.04,))
    entry = pooled_claim(
        posterior, "log_hazard_ratio", id="ours", about="churn_cx", design="experiment", where="elsewhere",
        statistic="parameter", conversion={"per": 10.0, "per_unit": "index"},
    )  # fmt: skip
    (told,) = entry["ours"]["statements"]
    assert told["value"] == pytest.approx(-math.log(0.8) / 10, rel=1e-4)
    assert told["se"] == pytest.approx(0.004 if told["transform"] == "natural" else 0.04 / -math.log(0.8), rel=1e-3)
