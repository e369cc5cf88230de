# SPDX-License-Identifier: MIT
"""The third edition: its figures as read, what counts where, nulls counted; a parameter conditioned alone."""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm

import txsim
from txsim.desk.library import claim_told, claims_told
from txsim.evidence import ScoredClaim, ScoredStatement, Settings, library, select, selection
from txsim.evidence.claims import read_claims
from txsim.forecast import calibration_spec
from txsim.inference.apart import condition
from txsim.inference.bounds import quantities
from txsim.inference.spec import CalibrationSpec
from txsim.pathways import default_graph
from txsim.priors.distributions import lognormal
from txsim.scenario.loader import load_beliefs

#: Figures that the sources print, by entry: each stands in what the entry says.
FIGURES = {
    "friebel-2022": ("fifth to a quarter", "nine months", "no effect on sales"),
    "bellet-2019": ("13 %", "attendance was unchanged"),
    "brynjolfsson-2025": ("15 %",),
    "neuber-2021": ("-.171", ".483"),
    "amiri-2020": ("1.44",),
    "nexthink-474": ("22 minutes", "Ten points"),
    "forrester-2020-referral": ("7 %",),
    "xm-institute-2024": ("2.2",),
    "sovbetov-2025": ("32 basis points", "2001 to 2020"),
}


def test_figures_are_those_that_were_read() -> None:
    claims = library()
    for name, figures in FIGURES.items():
        for figure in figures:
            assert figure in claims[name].statement, name
        number = re.compile(r"[0-9]*\.?[0-9]+")
        assert set(number.findall(claims[name].statement)) <= set(number.findall(" ".join(figures))), name
    assert claims["mittal-2023"].sample == "535 correlations, 245 articles, N = 1,160,982"
    assert {name for name, claim in claims.items() if claim.null} == {"friebel-2022", "bellet-2019"}


def test_no_calibration_of_the_second_edition_changes() -> None:
    """Those about what few scenarios compute stand apart; the one about what all compute counts only where named."""
    chosen = selection(Settings())
    assert {claim.id for claim in chosen.apart} == {"neuber-2021", "nexthink-474"}
    assert not {claim.id for claim in chosen.claims} & set(FIGURES)
    assert calibration_spec(load_beliefs()).hash == "3889385a524234e498077adc"
    named = select(Settings(credibility={"forrester-2020-referral": 0.3}))
    assert "forrester-2020-referral" in {claim.id for claim in named}
    why = claim_told(load_beliefs(), library()["forrester-2020-referral"])
    assert str(why["not_used_because"]) == "it is used only where it is named"
    assert "absence_rate" in claim_told(load_beliefs(), library()["neuber-2021"])["not_used_because"]


def test_referral_share_is_what_recommendations_bring() -> None:
    statement = ScoredStatement("quantity", "referral_share", "log", 0.07, 0.0, 0.7, 1.5, "at_most")
    par = {name: np.array([value]) for name, value in zip(
        ("churn_cx", "referral_cx", "spend_cx"), (0.012, 0.004, 0.002), strict=True)}  # fmt: skip
    graph = default_graph()
    par |= {edge.slope: np.array([0.1]) for edge in graph.edges} | {"reach": np.array([1.2])}
    spec = CalibrationSpec(graph, {}, ())
    won = 5.5 * 0.018 * 0.004
    told = quantities(spec, (statement,), par)
    assert told[0, 0] == pytest.approx(won / (won + 5.5 * 0.018 * 0.012 + 0.002), rel=1e-12)


def test_a_parameter_alone_in_closed_form() -> None:
    """Log-normal prior, one claim: two log-normals, weighed by what each part makes of the claim."""
    median, factor = 0.006, 5.0
    se, spread, y, a = 0.3, 0.6, 0.0086, 0.5
    claim = ScoredClaim("c", "c", a, "d", (ScoredStatement("parameter", "p", "log", y, se, spread, 1.0, None),))
    found = condition(lognormal(median, factor), (claim,), 0.8)
    mu, sigma = math.log(median), math.log(factor) / 1.6448536
    error = math.hypot(se, spread)
    sound = a * norm.pdf(math.log(y), mu, math.hypot(sigma, error))
    weight = sound / (sound + (1 - a) / math.log(1000))
    precision = sigma**-2 + error**-2
    after = (mu / sigma**2 + math.log(y) / error**2) / precision
    for level in (0.01, 0.05, 0.3, 0.5, 0.8, 0.95, 0.99):
        x = math.log(float(found.quantiles(np.array(level))))
        told = weight * norm.cdf(x, after, precision**-0.5) + (1 - weight) * norm.cdf(x, mu, sigma)
        assert told == pytest.approx(level, abs=1e-5)
    assert found.claims[0].posterior_credibility == pytest.approx(weight, abs=1e-3)


def _scenario(**more: object) -> txsim.Scenario:
    return txsim.load(Path(__file__).parents[2] / "scenarios/service_desk_pilot.yaml", overrides=[
        f"{path}={value}" for path, value in more.items()
    ])  # fmt: skip


def test_they_count_where_the_key_is_stated() -> None:
    assert _scenario().apart() == ()
    stated = _scenario(**{"organisation.staff.front_line.absence_rate": "5 %"})
    assert [claim.id for claim in stated.apart()] == ["neuber-2021"]
    assert calibration_spec(stated).hash == calibration_spec(_scenario()).hash
    without = _scenario(**{"organisation.staff.front_line.absence_rate": "5 %", "evidence.drop": "[neuber-2021]"})
    assert without.apart() == ()
    assert claim_told(stated, library()["neuber-2021"])["used"]


def test_the_listing_counts_nulls() -> None:
    assert claims_told(load_beliefs())["null"] == 2


def test_a_claim_apart_is_read_whole() -> None:
    entry = {"role": "scored", "statement": "A.", "read": "none", "design": "experiment", "needs": "absence_rate"}
    one = {"statistic": "parameter", "about": "absence_ex", "value": 0.01, "se": 0.3}
    assert read_claims({"a": {**entry, None: True, "statements": [one]}})["a"].null
    for bad in ({**one, "about": "churn_cx"}, {"statistic": "effect", "about": "ex -> cx", "value": 1, "se": 1}):
        with pytest.raises(txsim.InputError, match="one parameter"):
            read_claims({"a": {**entry, "statements": [one, bad]}})
