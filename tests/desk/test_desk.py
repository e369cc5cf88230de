# SPDX-License-Identifier: MIT
"""The desk: the same answer by weighing and by sampling, claims that matter and those that cannot."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from txsim.desk import Desk, listing, portrait, prior_check
from txsim.desk.claim_effects import percentiles, sensitivity, tail
from txsim.desk.portrait import check_name, likelihood_along
from txsim.desk.predictions import predictions
from txsim.errors import InputError
from txsim.evidence import ScoredClaim, ScoredStatement
from txsim.forecast import calibration_spec
from txsim.inference import Calibration, CalibrationSpec, calibrate
from txsim.inference.spec import prior_draws
from txsim.pathways import Edge, Graph, Node, default_graph
from txsim.priors.catalogue import calibration_parameters
from txsim.priors.distributions import lognormal, point
from txsim.results.belief_comparison import PriorsCompare
from txsim.results.beliefs import AlreadyUsed
from txsim.scenario import load, load_beliefs, loads

PILOT = Path(__file__).resolve().parents[2] / "scenarios/service_desk_pilot.yaml"


def test_weighing_and_sampling_agree(desk: Desk) -> None:
    """The same change by importance weights and by true resampling of the compiled model, within Monte Carlo error."""
    spec = calibration_spec(desk.credible(vendor_claim=0.5))
    weighed = desk.under(spec)
    assert weighed.tuned.how == "weighed"
    assert weighed.tuned.k_hat is not None
    assert weighed.tuned.k_hat < 0.7
    sampled = desk.simulated(desk.scenario, desk.tuner.resample(spec))
    assert sampled.tuned.how == "resampled"
    for option in ("commit", "pilot_scale"):
        a, b = (payoff.row().options[option].npv for payoff in (weighed, sampled))
        assert abs(a.mean - b.mean) < 4.5 * math.hypot(a.mcse, b.mcse)
        # a median's error is that of the mean times √(π/2) for a normal law, and less for laws with longer tails
        assert abs(a.median - b.median) < 4.5 * math.sqrt(math.pi / 2) * math.hypot(a.mcse, b.mcse)
    one = {claim.id: claim.posterior_credibility for claim in weighed.tuned.calibration.claims}
    two = {claim.id: claim.posterior_credibility for claim in sampled.tuned.calibration.claims}
    assert set(one) == set(two)
    for name, value in one.items():
        assert value == pytest.approx(two[name], abs=0.05)


def test_a_payoff_and_its_change_are_one_estimate(desk: Desk) -> None:
    """The mean that a row shows is the weighted mean of the base's draws, and less the base's it is the change."""
    weighed = desk.payoff(desk.credible(vendor_claim=0.0))
    assert weighed.weights is not None
    row, base = weighed.row(desk.base), desk.base.row()
    for option, figures in row.options.items():
        npv = desk.base.npv(option)
        scale = npv.std() / math.sqrt(npv.size)  # that many draws are taken, each as often as its weight says
        assert figures.npv.mean == pytest.approx(float(weighed.weights @ npv), abs=0.1 * scale)
        assert figures.change is not None
        assert figures.change.mean == pytest.approx(figures.npv.mean - base.options[option].npv.mean, abs=1e-6)


def test_claims_that_a_belief_touches_are_told(compared: PriorsCompare) -> None:
    vendor, half, none = compared.variants
    assert {claim.id: (claim.before, claim.after) for claim in vendor.touched} == {
        "qualtrics-2022": (0.1, 0.0), "kriss-2014": (0.4, 0.0)
    }  # fmt: skip
    assert {claim.id for claim in half.touched} == {"qualtrics-2022", "kriss-2014"}
    assert len(none.touched) == len(compared.claims)
    assert all(claim.after is None and str(claim.reason) == "no claims are used" for claim in none.touched)


def test_sampling_again_gives_the_same_bits(desk: Desk) -> None:
    spec = desk.without(["sears-1998"])
    first, second = (desk.tuner.resample(spec).calibration.draws for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_a_compiled_model_serves_other_claims_values_and_priors(desk: Desk) -> None:
    """One structure: no compiling for another pack, another prior of the same family, a claim that says otherwise."""
    engine = desk.tuner.engine()
    for pack in ("sceptic", "contact_centre", "peer_reviewed_only", "vendor_optimism"):
        assert engine.fits(calibration_spec(load(PILOT, pack=pack)))
    assert engine.fits(replace(desk.spec, priors={**desk.spec.priors, "ex_cx": lognormal(0.1, 2)}))
    assert engine.fits(replace(desk.spec, priors={**desk.spec.priors, "ex_cx": point(0.1)}))
    assert not engine.fits(replace(desk.spec, priors={**desk.spec.priors, "copy": lognormal(0.1, 2)}))
    known = desk.tuner.resample(replace(desk.spec, priors={**desk.spec.priors, "ex_cx": point(0.1)}))
    assert (known.calibration.parameter("ex_cx") == 0.1).all()


def test_what_a_comparison_says(compared: PriorsCompare, desk: Desk) -> None:
    assert [row.how for row in compared.variants] == ["weighed", "weighed", "exact"]
    assert all(row.error is None for row in compared.variants)
    rows = compared.influence
    assert {row.id for row in rows} == {claim.id for claim in desk.spec.claims}
    size = [abs(row.change_npv.mean) for row in rows]
    assert size == sorted(size, reverse=True)
    # Turnover carries this pilot's payoff; what customers do on-line cannot touch it.
    assert rows[0].id == "gallup-2024-turnover"
    by_id = {row.id: row for row in rows}
    assert abs(by_id["emplifi-2021"].change_npv.mean) < 1000
    assert compared.evidence.interval_narrowed_by > 0.3
    gap = compared.gap
    assert gap.share_effect + sum(gap.shares.values()) == pytest.approx(1.0)
    assert gap.effect.median < 0.5 * gap.association.median


def test_where_claims_sit(compared: PriorsCompare) -> None:
    claims = {row.id: row for row in compared.claims}
    vendor = claims["qualtrics-2022"]
    assert vendor.posterior_credibility < vendor.credibility
    slope = next(row for row in vendor.conflicts if row.about == "ex -> cx")
    assert slope.percentile_of_others > 0.9
    assert any(row.conflict for row in vendor.conflicts)
    assert not any(row.conflict for row in claims["harter-2002"].conflicts)


def test_what_the_answer_leans_on(compared: PriorsCompare) -> None:
    rows = compared.sensitivity
    assert {row.of for row in rows} == {"prior", "claims"}
    value = {row.name: row.sensitivity for row in rows}
    # Leavers are replaced at this price: the payoff is proportional to it, and no claim speaks of it.
    assert value["replacement_cost"] > 0.05
    assert value["lag_tools"] < 0.05
    assert value["intention"] < 0.01


def test_a_prior_that_does_not_matter_has_no_sensitivity() -> None:
    names = calibration_parameters()
    spec = CalibrationSpec(default_graph(), names, ())
    par = prior_draws(spec, 4096, 1)
    rows = {row.name: row for row in sensitivity(spec, par, np.log(par["churn_cx"]))}
    assert rows["churn_cx"].leans
    others = [row.sensitivity for name, row in rows.items() if name != "churn_cx"]
    assert max(others) < 0.5 * rows["churn_cx"].sensitivity


def test_the_percentile_of_a_claim_in_closed_form() -> None:
    """Log-normal quantity, log-normal report: the predictive is log-normal with the variances added."""
    names = calibration_parameters()
    spec = CalibrationSpec(default_graph(), names, ())
    par = prior_draws(spec, 2**15, 2)
    statement = ScoredStatement("parameter", "churn_cx", "log", 0.05, 0.3, 0.4, 1.5, None)
    claim = ScoredClaim("told", "told", 0.5, "cross_section", (statement,))
    (found,) = percentiles(spec, claim, par)
    mu, sigma = names["churn_cx"].args
    z = (math.log(0.05 / 1.5) - mu) / math.hypot(sigma, 0.3, 0.4)
    told = 0.5 * math.erfc(-z / math.sqrt(2))
    assert found == pytest.approx(told, abs=0.01)
    assert tail(found, None) == pytest.approx(2 * min(found, 1 - found))
    bound = replace(claim, statements=(replace(statement, bound="at_most"),))
    assert percentiles(spec, bound, par)[0] == pytest.approx(found)
    assert tail(0.02, "at_most") == 0.02


@pytest.mark.parametrize("doubt", [0.0, 0.5, 0.9])
def test_how_a_claim_fits_where_another_link_may_be_nothing(doubt: float) -> None:
    """By total probability: what the claim says of ``mx -> cx`` with the doubted detour, and without it."""
    graph = Graph(
        (Node("mx"), Node("ux_customer"), Node("ex", per_group=True), Node("cx")),
        (Edge("mx", "ux_customer", "first"), Edge("ux_customer", "cx", "second"), Edge("mx", "cx", "direct")),
    )
    priors = {"first": lognormal(0.3, 4), "second": point(0.5), "direct": point(0.1), "reach": point(1.0)}
    spec = CalibrationSpec(graph, priors, (), doubt={"second": doubt} if doubt else {})
    claim = ScoredClaim(
        "study", "study", 0.5, "experiment", (ScoredStatement("effect", "mx -> cx", "log", 0.4, 0.3, 0.4, 1.0, None),)
    )
    grid = np.geomspace(0.15, 0.6, 15)
    curve = likelihood_along(spec, claim, prior_draws(spec, 2**15, 1), "first", grid)
    through, without = (
        np.exp(-0.5 * ((math.log(0.4) - np.log(effect)) / 0.5) ** 2) for effect in (0.1 + 0.5 * grid, 0.1)
    )  # an error of .3 and a spread of .4 are one of .5
    expected = (1 - doubt) * through + doubt * without
    # The slope falls into forty parts of 800 draws each: in a part the share of draws without the detour is off by
    # sqrt(d (1 - d) / 800), and what it moves the height by is no more than the two heights differ.
    allowed = 4 * math.sqrt(doubt * (1 - doubt) / 800) + 0.01
    assert curve == pytest.approx(expected / expected.max(), abs=allowed / expected.max())


@pytest.mark.parametrize(
    ("credible", "message"),
    [
        ({"vendor_clam": 0.1}, "did you mean `vendor_claim`?"),
        ({"sears": 0.1}, "did you mean `sears-1998`?"),
        ({"vendor_claim": 1.2}, "0 … 1"),
        ({"vendor_claim": -0.1}, "0 … 1"),
    ],
)
def test_impossible_credibilities(desk: Desk, credible: dict[str, float], message: str) -> None:
    with pytest.raises(InputError, match=message.replace("?", r"\?")):
        desk.credible(credible)


def test_credibility_moves_a_design_or_a_cluster(desk: Desk) -> None:
    def scored(scenario: Any) -> dict[str, float]:
        return {claim.id: claim.credibility for claim in scenario.selection().claims}

    vendor = scored(desk.credible(vendor_claim=0.3))
    assert (vendor["qualtrics-2022"], vendor["kriss-2014"]) == (0.3, 0.3)
    cluster = scored(desk.credible({"harter-2002": 0.2}))
    assert (cluster["harter-2002"], cluster["krekel-2019"], cluster["gallup-2024-turnover"]) == (0.2, 0.2, 0.2)
    assert scored(desk.no_claims()) == {}
    face = desk.face_value(["qualtrics-2022"]).selection().claims[0]
    assert face.credibility == 1.0
    assert all(s.exaggeration == 1 and s.spread == 0 for s in face.statements)
    with pytest.raises(InputError, match="did you mean `qualtrics-2022`"):
        desk.face_value(["qualtrics-2021"])


def test_every_parameter_is_listed_and_drawn(desk: Desk) -> None:
    calibration = desk.base.tuned.calibration
    found = listing(desk.scenario, calibration)
    rows = {row.name: row for row in found.parameters}
    assert set(desk.spec.priors) <= set(rows)
    assert rows["ex_cx"].narrowed_by > 0.4
    assert abs(rows["serve_cx"].narrowed_by) < 0.05
    assert rows["ex_cx"].prior.p95 == pytest.approx(0.3 * 7.5, rel=1e-6)
    par = {name: calibration.parameter(name).reshape(-1) for name in calibration.names}
    for name in desk.spec.priors:
        sentences = predictions(desk.spec.graph, name, par)
        assert all(len(str(sentence)) > 20 and "nan" not in str(sentence) for sentence in sentences)


def test_a_portrait(desk: Desk) -> None:
    found = portrait(desk.scenario, desk.base.tuned.calibration, "ex_cx")
    ids = [claim.id for claim in found.claims]
    assert {"sears-1998", "glassdoor-2019", "harter-2002", "qualtrics-2022"} <= set(ids)
    assert "otto-2020" not in ids
    density = found.density
    x = np.log(density.x)
    for name in ("prior", "posterior"):
        mass = np.trapezoid(getattr(density, name), x)
        centre = np.average(x, weights=getattr(density, name))
        assert mass > 0
        assert math.exp(centre) == pytest.approx(getattr(found, name).median, rel=0.15)
    at = {claim.id: float(np.exp(np.average(x, weights=np.array(claim.likelihood) + 1e-9))) for claim in found.claims}
    assert at["glassdoor-2019"] < at["sears-1998"] < at["qualtrics-2022"]
    assert found.gap.path == "ex -> cx"
    with pytest.raises(InputError, match="did you mean `ex_cx`"):
        check_name(desk.scenario, "ex_xc")


def test_priors_in_ranges_that_nobody_would_believe_are_flagged() -> None:
    usual = prior_check(load(PILOT), draws=512)
    assert usual.passes
    assert usual.loop_gain.loops
    changed = ["priors.ex_cx={median: 4, factor: 2}", "priors.cx_ex={median: 0.4, factor: 2}"]
    wild = prior_check(load(PILOT, overrides=changed), draws=512)
    assert not wild.passes
    assert wild.loop_gain.impossible > 0.1
    assert any("feeds itself" in str(finding) for finding in wild.findings)
    outside = {row.quantity: row.outside for row in wild.outside_evidence}
    assert outside["effect ex -> cx"] > 0.9
    used = ["priors.ex_cx={median: 0.2, factor: 4, already_uses: [sears-1998]}"]
    told = prior_check(load(PILOT, overrides=used), draws=512)
    assert told.already_uses == (AlreadyUsed("ex_cx", ("sears-1998",)),)


def test_packaged_beliefs_have_no_firm() -> None:
    beliefs = load_beliefs()
    spec = calibration_spec(beliefs)
    assert spec.hash == calibration_spec(load(PILOT)).hash
    known = Calibration(spec.hash, "k", "point", ("ex_cx",), np.full((1, 4, 8), 0.1), (), {})
    assert known.parameter("ex_cx").shape == (4, 8)


def test_an_edge_of_ones_own_is_shown_too() -> None:
    text = """
organisation:
  index: {cx: 60, ex: 55, fcr: 70}
  staff: {front: {headcount: 100}}
  customers: 1000
  churn_per_month: 2 %
  arpu_per_month: 100
  contribution_margin: 30 %
graph:
  nodes: [{name: fcr, meaning: solved at the first contact}]
  edges: [{source: fcr, target: cx, slope: {median: 0.2, factor: 3}, lag: lag_tools}]
drivers:
  - {name: desk, pushes: [{node: fcr, effect: {median: 4, factor: 2}}], one_off: 1000}
evidence: {use: none}
"""
    told = loads(text)
    found = portrait(told, calibrate(calibration_spec(told)), "slope_fcr_cx")
    assert found.gap.path == "fcr -> cx"
    assert str(found.predictions[0]).startswith("+10 index points of fcr give")
