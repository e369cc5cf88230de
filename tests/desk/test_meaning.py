# SPDX-License-Identifier: MIT
"""What a parameter means in practice, how far it is narrowed and where a claim sits: figures by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats

from txsim.desk.association import gap, gap_of
from txsim.desk.claim_effects import conflicts, percentiles, sensitivity, tail
from txsim.desk.listing import narrowed, prior_of
from txsim.desk.predictions import edge_path, predictions
from txsim.desk.prior_check import _back, _said
from txsim.evidence import ScoredClaim, ScoredStatement
from txsim.inference import CalibrationSpec
from txsim.inference.spec import prior_draws
from txsim.pathways import default_graph
from txsim.priors.catalogue import calibration_parameters
from txsim.priors.distributions import Distribution, lognormal, point
from txsim.priors.moments import median

GRAPH = default_graph()
MIDDLE = {name: np.full(5, median(prior)) for name, prior in calibration_parameters().items()}


def flat(sentence: object) -> str:
    """Return a sentence with plain spaces between figures and their units."""
    return str(sentence).replace("\N{NO-BREAK SPACE}", " ")


def said(name: str, value: float | list[float]) -> tuple[str, str]:
    one, two = predictions(GRAPH, name, MIDDLE | {name: np.resize(np.asarray(value, dtype=float), 5)})
    return flat(one), flat(two)


@pytest.mark.parametrize(
    ("name", "value", "first", "second"),
    [
        # 1.8 % · e^−0.3 = 1.333 %; of 1,000: 1000 (0.98667¹² − 0.982¹²) = 851.3 − 804.2
        ("churn_cx",
        0.03, "1.8 % a month becomes 1.33 %", "of 1,000 customers, 47 (90 %: 47 … 47) more are still there"),
        ("attrition_ex", 0.02, "turnover of 20 % a year becomes 16.4 %", "of 1,000 people, 36 (90 %"),  # 20 e^−0.2
        ("referral_cx", 0.01, "where 100 customers joined, 111 (", "gains 23 (90 %"),
        # e^0.1; 1,000 · 1.8 % · 12 · 10.5 %
        ("spend_cx", 0.005, "a customer who spent 100 spends 105.1 (", "of 1 M a month that is 51 k ("),
        ("serve_cx", 0.02, "where customers called 100 times, they call 82 (", "of a service bill of 1 M, 181 k ("),
        # of 100 with two bad ones 12 leave; 1 − 0.92⁴ − 4 · 0.08 · 0.92³ = 3.44 % see two; 12 % of that
        ("digital_leave", 0.12, "in a month, 12 (90 %", "that is 0.41 % (90 %"),
        ("cx_margin", 0.3, "lift profit by 3.0 pp (", "on revenue of 1 M a month that is 30 k ("),
        ("replacement_cost", 0.6, "costs 24,000 (90 %", "100 leavers cost 2.4 M ("),
        ("rival_gain", 5.0, "your CX counts for 5.0 points (", "at 60 % of rivals it counts for 3.0 points ("),
        ("copy", 0.4, "copy 40 % (", "of a lead of 10 points, 7.6 points ("),  # 10 (1 − 0.6 · 0.4)
        # 0.3 · 0.5 of 0.7 + 0.3 · 0.5
        ("reach", 0.5, "carry 18 % (", "count as much as 50 people ("),
        ("lag_people", 4.0, "has arrived after 2.4 months (", "nine tenths have after 8.0 months ("),
        # ln ½, ln ⅒ over ln ¾
        ("margin_lag", 1.0, "has arrived after 1.0 months (", "nine tenths have after 1.0 months ("),
        ("silo_mx", 7.0, "MX gains 7.0 points (", "of CX"),
        ("confounding", 0.25, "correlate by 0.25 (", "would be there if pushing did nothing"),
    ],
)  # fmt: skip
def test_sentences_by_hand(name: str, value: float, first: str, second: str) -> None:
    one, two = said(name, value)
    assert first in one
    assert second in two


def test_spans_are_quantiles() -> None:
    one, _ = said("cx_margin", [0.1, 0.2, 0.3, 0.4, 0.5])
    assert "3.0 pp (90 %: 1.2 pp … 4.8 pp)".replace(" pp", "") in one.replace(" pp", "")
    one, _ = said("churn_cx", [0.0, 0.0, 0.05, 0.05, 0.05])
    assert "(90 %: 1.09 … 1.80)" in one  # more effect, less churn


def test_sentences_of_slopes() -> None:
    """Ten points of the source, and of an NPS four per point of a mean score: twice the units, twice the strength."""
    for name, path in (("ex_cx", "ex -> cx"), ("mx_cx", "mx -> cx")):
        found = gap(GRAPH, path, MIDDLE)
        effect, seen = float(np.median(found.effect)), float(np.median(found.association))
        one, two = (flat(sentence) for sentence in predictions(GRAPH, name, MIDDLE))
        assert edge_path(GRAPH, name) == path
        assert f"give +{10 * effect:.1f} points (90 %" in one
        assert f"an NPS would move by about {40 * effect:.1f}" in one
        if name == "ex_cx":  # surveys see more than there is
            assert f"{10 * seen:.1f} points (90 %" in two
            # of expected points, so that it is the share that stands beside those of the other causes
            share = float(found.effect.sum() / found.association.sum())
            assert f"pushing gives {100 * share:.0f} % of that" in two
            assert gap_of(GRAPH, path, MIDDLE).share_effect == pytest.approx(share)
        else:
            assert "half of that has arrived after 1.0 months" in two
    up = gap(GRAPH, "ex -> cx", MIDDLE).effect[0]
    one, two = said("coordination_uplift", 0.3)
    assert "30 % (90 %" in one
    assert f"give {13 * up:.2f} points of CX instead of {10 * up:.2f}" in two
    assert edge_path(GRAPH, "churn_cx") is None


def test_confounding_alone_is_what_is_left_without_effects() -> None:
    found = gap(GRAPH, "ex -> cx", MIDDLE)
    share = 100 * float(found.parts["confounding"][0] / found.association[0])
    assert f"{share:.0f} % (90 %" in flat(predictions(GRAPH, "confounding", MIDDLE)[1])


# --- how far a belief is narrowed


@pytest.mark.parametrize(
    ("prior", "draws", "share"),
    [
        (Distribution("normal", (3.0, 2.0)), lambda z: 3 + 2 * z, 0.0), (Distribution("normal", (3.0, 2.0)),
        lambda z: 9 + 0.5 * z, 0.75),
        (Distribution("normal", (3.0, 2.0)), lambda z: 9 + 3 * z, -0.5),
        # of logarithms: 90 % of the prior within a factor of 4 of its median
        (lognormal(0.5, 4.0), lambda z: np.exp(-1 + 0.5 * z * math.log(4) / 1.645), 0.5),
    ],
)  # fmt: skip
def test_narrowed_by_hand(prior: Distribution, draws: Any, share: float) -> None:
    z = stats.norm.ppf((np.arange(4000) + 0.5) / 4000)
    assert narrowed(prior, draws(z)) == pytest.approx(share, abs=0.02)


def test_what_is_known_is_not_narrowed() -> None:
    assert narrowed(point(2.0), np.full(8, 2.0)) == 0.0
    shown = prior_of(Distribution("normal", (3.0, 2.0)))
    assert (shown.p05, shown.median, shown.p95) == pytest.approx((3 - 3.2897, 3, 3 + 3.2897), abs=1e-3)


# --- where a claim sits


def claim(value: float, bound: str | None = None, transform: str = "log", exaggeration: float = 1.0) -> ScoredClaim:
    statement = ScoredStatement("parameter", "churn_cx", transform, value, 0.3, 0.4, exaggeration, bound)
    return ScoredClaim("told", "told", 0.5, "cross_section", (statement,))


def test_a_percentile_at_one_value() -> None:
    """Truth 0.02 in every draw, errors 0.3 and 0.4 of the log: a report of 0.04 lies ln 2 / 0.5 sd above."""
    spec = CalibrationSpec(GRAPH, calibration_parameters(), ())
    par = prior_draws(spec, 64, 2) | {"churn_cx": np.full(64, 0.02)}
    (found,) = percentiles(spec, claim(0.04), par)
    assert found == pytest.approx(stats.norm.cdf(math.log(2) / 0.5))
    (found,) = percentiles(spec, claim(0.04, exaggeration=4.0), par)
    assert found == pytest.approx(stats.norm.cdf(-math.log(2) / 0.5))
    # a bound: the probability that it holds
    assert percentiles(spec, claim(0.04, "at_most"), par)[0] == pytest.approx(stats.norm.cdf(math.log(2) / 0.5))
    assert percentiles(spec, claim(0.04, "at_least"), par)[0] == pytest.approx(stats.norm.cdf(-math.log(2) / 0.5))


def test_tails_and_conflicts() -> None:
    assert tail(0.03, None) == pytest.approx(0.06)
    assert tail(0.99, None) == pytest.approx(0.02)
    assert tail(0.99, "at_least") == 0.99
    (row,) = conflicts(claim(0.04), [0.3], [0.985])
    assert (row.percentile_of_prior, row.percentile_of_others) == (0.3, 0.985)
    assert (row.tail_of_prior, row.tail_of_others) == (pytest.approx(0.6), pytest.approx(0.03))
    assert row.conflict
    assert conflicts(claim(0.04), [0.985], [0.3])[0].conflict
    assert not conflicts(claim(0.04), [0.96], [0.03])[0].conflict
    assert not conflicts(claim(0.04, "at_most"), [0.5], [0.06])[0].conflict


def test_what_a_study_says_without_its_exaggeration() -> None:
    log, z, logit = (ScoredStatement("s", "a", t, 0.2, 0.1, 0.1, 2.0, None) for t in ("log", "atanh", "logit"))
    assert _said(log, math.log(0.2)) == pytest.approx(math.log(0.1))
    assert math.tanh(_said(z, math.atanh(0.6))) == pytest.approx(0.3)
    assert stats.logistic.cdf(_said(logit, math.log(0.6 / 0.4))) == pytest.approx(0.3)
    assert (_back(log, 0.0), _back(z, math.atanh(0.6)), _back(logit, math.log(4))) == pytest.approx((1.0, 0.6, 0.8))


def test_power_scaling_of_a_payoff_that_is_the_parameter() -> None:
    """What hangs on one prior alone leans on it, and twice as wide an effect is no other sensitivity."""
    spec = CalibrationSpec(GRAPH, calibration_parameters(), ())
    par = prior_draws(spec, 1024, 1)
    one = {row.name: row.sensitivity for row in sensitivity(spec, par, np.log(par["spend_cx"]))}
    two = {row.name: row.sensitivity for row in sensitivity(spec, par, 5 - 3 * np.log(par["spend_cx"]))}
    assert max(one, key=lambda name: one[name]) == "spend_cx"
    assert two["spend_cx"] == pytest.approx(one["spend_cx"], rel=1e-6)
    order = [row.sensitivity for row in sensitivity(spec, par, np.log(par["spend_cx"]))]
    assert order == sorted(order, reverse=True)
