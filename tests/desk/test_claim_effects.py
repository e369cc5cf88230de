# SPDX-License-Identifier: MIT
"""What claims do to a payoff, from payoffs made by hand; and what priors say of outcomes, by the months themselves."""

from __future__ import annotations

from types import SimpleNamespace as Made
from typing import Any

import numpy as np
import pytest
from scipy import stats

from txsim.desk import Desk
from txsim.desk.association import gap, gap_of
from txsim.desk.claim_effects import _claims, _evidence, _influence, _sensitivity, _touched, sensitivity
from txsim.desk.desk import Payoff, _spread
from txsim.desk.library import claim_list, evidence_check
from txsim.desk.listing import doubt_of, listing
from txsim.desk.portrait import _density, portrait
from txsim.desk.prior_check import _outside, prior_check
from txsim.errors import CalibrationError
from txsim.evidence import ScoredClaim, ScoredStatement
from txsim.forecast import Forecast, calibration_spec, forecast
from txsim.inference import Calibration, CalibrationSpec, calibrate
from txsim.inference.calibration import ClaimResult
from txsim.inference.spec import prior_draws
from txsim.pathways import default_graph
from txsim.priors.catalogue import calibration_parameters
from txsim.priors.distributions import Distribution, lognormal
from txsim.results.belief_comparison import Change
from txsim.results.run import Link
from txsim.scenario import load_beliefs, loads

FIRM = """
organisation:
  currency: EUR
  index: {ex: 50, cx: {value: 20, scale: nps}}
  staff: {front: {headcount: 60}}
  customers: 4000
  churn_per_month: 0.02
  arpu_per_month: 90
  contribution_margin: 0.3
drivers:
  - {name: desk, pushes: [{node: ex, effect: {interval: [2, 12]}, months: 3}], one_off: 20000, monthly: 2000}
evidence: {use: none}
horizon_months: 30
"""


# --- claims one by one


def claim(name: str, cluster: str = "", credibility: float = 0.5) -> Any:
    statement = ScoredStatement("parameter", "churn_cx", "log", 0.03, 0.3, 0.4, 1.7, None)
    return ScoredClaim(name, cluster or name, credibility, "cross_section", (statement,))


def paid(option: str, change: float = 0.0, error: float = 1.0, loss: float = 0.0) -> Any:
    """Return a payoff whose row says so."""
    commit = Made(change=Change(change, error), change_p_loss=loss)
    row = Made(verdict=Made(option=option), options={"commit": commit}, how="weighed", k_hat=0.3)
    return Made(row=lambda *_: row)


def test_claims_are_told_by_how_much_they_move_and_flip_only_beyond_noise() -> None:
    left_out = {
        "up": paid("commit", 30.0, 16.0, -0.02),  # within two errors: another option, and no flip
        "down": paid("commit", -90.0, 44.0, 0.04),
        "same": paid("do_nothing", 50.0, 1.0, 0.01),
        "lost": None,
    }

    def under(ids: list[str]) -> Any:
        payoff = left_out[ids[0]]
        if payoff is None:
            raise CalibrationError("no draws")
        return payoff

    spec = Made(claims=[claim(name, "together" if name == "down" else "") for name in left_out])
    desk: Any = Made(base=paid("do_nothing"), spec=spec, without=list, under=under)
    rows = _influence(desk)
    assert [row.id for row in rows] == ["down", "same", "up", "lost"]
    assert [row.flips for row in rows] == [True, False, False, None]
    assert [row.change_p_loss for row in rows] == [0.04, 0.01, -0.02, None]
    assert [row.verdict for row in rows] == ["commit", "do_nothing", "commit", None]
    assert [row.cluster for row in rows] == ["together", "same", "up", "lost"]
    assert rows[3].error == "no draws"
    assert rows[0].change_npv == Change(-90.0, 44.0)


def test_a_claim_touched_is_told_as_it_was_and_as_it_is() -> None:
    def believes(dropped: dict[str, str], **claims: float) -> Any:
        chosen = Made(claims=[claim(name, credibility=a) for name, a in claims.items()], dropped=dropped)
        return Made(selection=lambda: chosen)

    desk: Any = Made(scenario=believes({}, kept=0.5, moved=0.4, gone=0.3))
    rows = _touched(desk, believes({"gone": "left out by hand"}, kept=0.5, moved=0.9, new=0.2))
    assert [(row.id, row.before, row.after) for row in rows] == [
        ("moved", 0.4, 0.9), ("gone", 0.3, None), ("new", None, 0.2)
    ]  # fmt: skip
    assert [row.reason for row in rows] == ["", "left out by hand", ""]


def test_how_much_rests_on_claims_is_by_what_they_narrow_the_interval() -> None:
    """Of 0 … 100 the middle 90 % are 5 … 95, ninety wide; of 40 … 60 they are eighteen: four fifths narrower."""
    wide, narrow = np.linspace(0.0, 100.0, 101), np.linspace(40.0, 60.0, 101)

    def payoff(values: Any) -> Any:
        return Made(npv={"commit": values}.__getitem__)

    desk: Any = Made(payoff=lambda _: payoff(wide), no_claims=lambda: None, base=payoff(narrow + 7.0))
    rests = _evidence(desk)
    without, held = rests.npv_without_claims, rests.npv_with_claims
    assert (without.mean, without.p05, without.p95, without.median) == pytest.approx((50, 5, 95, 50))
    assert (held.mean, held.p05, held.p95, held.median) == pytest.approx((57, 48, 66, 57))
    assert rests.interval_narrowed_by == pytest.approx(1 - 18 / 90)


def test_a_standing_has_credibility_before_and_after() -> None:
    told = ClaimResult("a", "a", "cross_section", 0.5, 0.8, ())
    entry = Made(id="a", statement="said", read="full")
    desk: Any = Made(
        scenario=Made(claims=lambda: {"a": entry, "b": Made(id="b", statement="other", read="abstract")}),
        base=Made(tuned=Made(calibration=Made(claims=(told,)))),
        spec=Made(claims=(claim("a"), claim("b", credibility=0.3))),
    )
    first, second = _claims(desk, with_conflicts=False)
    assert (first.credibility, first.posterior_credibility, first.read) == (0.5, 0.8, "full")
    assert (second.credibility, second.posterior_credibility, second.read) == (0.3, None, "abstract")
    assert first.conflicts is None


# --- two beliefs on the same points, none of which needs sampling


@pytest.fixture(scope="module")
def bench() -> Desk:
    return Desk(loads(FIRM), draws=1024)


@pytest.fixture(scope="module")
def hopeful() -> str:
    return FIRM + "priors: {churn_cx: {median: 0.05, factor: 2}}\n"


def test_a_change_is_what_is_less_what_was_on_common_points(bench: Desk, hopeful: str) -> None:
    other = bench.payoff(loads(hopeful))
    row, base = other.row(bench.base), bench.base.row()
    here = forecast(loads(hopeful), draws=1024).npv("commit")
    there = forecast(loads(FIRM), draws=1024).npv("commit")
    commit = row.options["commit"]
    assert commit.change is not None
    assert commit.change.mean == pytest.approx((here - there).mean(), rel=1e-12)
    assert commit.change.mean > 0  # where more leave for a bad experience, a better one keeps more
    eighths = (here - there).reshape(8, -1).mean(axis=1)
    assert commit.change.mcse == pytest.approx(eighths.std(ddof=1) / np.sqrt(8), rel=1e-9)
    assert commit.change_p_loss == pytest.approx((here < 0).mean() - (there < 0).mean(), abs=1e-12)
    assert commit.change_p_loss != 0.0
    assert commit.p_loss.value == pytest.approx((here < 0).mean())
    assert commit.npv.p95 == pytest.approx(np.quantile(here, 0.95))
    assert base.options["commit"].change is None
    assert (row.how, base.how) == ("exact", "exact")


def test_what_evidence_narrows_is_nothing_where_none_is_used(bench: Desk) -> None:
    assert _evidence(bench).interval_narrowed_by == pytest.approx(0.0, abs=1e-12)
    leaning = _sensitivity(bench)
    assert leaning is not None
    assert {row.of for row in leaning} == {"prior"}
    assert all(row.leans is (row.sensitivity > 0.05) for row in leaning)
    assert [row.sensitivity for row in leaning] == sorted((row.sensitivity for row in leaning), reverse=True)


def test_weights_of_one_give_the_error_of_nothing_and_others_that_of_a_weighted_mean(bench: Desk) -> None:
    """Where all draws weigh alike nothing has changed, and surely so; by the delta method else."""
    base = bench.base.forecast
    npv = base.npv("commit")
    even = np.full(1024, 1 / 1024)
    same = Payoff(bench.scenario, bench.base.tuned, base, base, even)
    assert same.change("commit", bench.base) == Change(0.0, pytest.approx(0.0, abs=1e-9))
    tilted = np.exp(0.5 * stats.zscore(npv))
    tilted /= tilted.sum()
    places = _spread(tilted, npv)
    moved = Payoff(bench.scenario, bench.base.tuned, _at(base, places), base, tilted)
    change = moved.change("commit", bench.base)
    assert change.mean == pytest.approx(float(tilted @ npv) - npv.mean(), abs=0.02 * npv.std())
    # the mean of a whole and of each eighth, weighed by itself: another route to nearly the same error
    parts = [float(w @ x / w.sum()) - float(x.mean()) for w, x in zip(tilted.reshape(8, -1), npv.reshape(8, -1),
                                                                    strict=True)]  # fmt: skip
    assert change.mcse == pytest.approx(np.std(parts, ddof=1) / np.sqrt(8), rel=0.5)


def _at(run: Forecast, places: Any) -> Forecast:
    from dataclasses import replace

    return replace(run, outcome=run.outcome.at(places), scene=run.scene.at(places), drawn=run.drawn.at(places))


def test_draws_are_taken_as_often_as_they_weigh_batch_by_batch() -> None:
    """Twice the weight, twice as often; and what stands in a batch stays there."""
    weights = np.tile([1.0, 3.0, 2.0, 2.0], 8)
    npv = np.tile([5.0, 1.0, 2.0, 9.0], 8) + np.arange(32)[::-1]
    places = _spread(weights / weights.sum(), npv)
    assert np.abs(np.bincount(places, minlength=32) - weights / 2).max() < 1
    assert (places // 4 == np.repeat(np.arange(8), 4)).all()


# --- what priors alone say of outcomes


def months(text: str) -> Forecast:
    return forecast(loads(text), draws=512, trajectories=True)


def test_outcomes_are_those_of_the_twelfth_month_by_its_draws() -> None:
    told = {str(row.outcome): row for row in prior_check(loads(FIRM), draws=512).outcomes}
    run = months(FIRM)
    month, end = run.trajectories.isel(month=11), run.trajectories.isel(month=-1)
    commit, idle = (month.sel(option=option) for option in ("commit", "do_nothing"))

    def check(name: str, values: Any, absurd: Any) -> None:
        row = told[name]
        low, middle, high = np.quantile(np.asarray(values), [0.05, 0.5, 0.95])
        assert (row.p05, row.median, row.p95) == pytest.approx((low, middle, high)), name
        assert row.absurd == pytest.approx(float(np.mean(np.asarray(absurd)))), name

    # an NPS of 20 today; two NPS points are one of the index
    check("cx after 12 months", 20 + 2 * commit["cx"], abs(commit["cx"]) > 20)
    check("churn after 12 months", 100 * commit["churn"], commit["churn"] > 0.2)
    ratio = commit["churn"] / idle["churn"]
    check("churn against doing nothing", ratio, (ratio < 0.5) | (ratio > 2))
    more = end["customers"].sel(option="commit") / end["customers"].sel(option="do_nothing") - 1
    check("customers at the horizon", 100 * more, abs(more) > 0.5)
    margin = commit["profit"] / commit["revenue"]
    check("profit on revenue after 12 months", 100 * margin, (margin > 0.7) | (margin < -0.5))
    roi = run.npv("commit") / run.outcome.field("commit", "pv_cost")
    check("return on the programme", 100 * roi, roi > 20)


@pytest.mark.parametrize(
    ("old", "new", "name", "least"),
    [
        (
            "effect: {interval: [2, 12]}",
            "effect: {interval: [70, 80]}, effect_basis: delivered",
            "ex[front] after",
            0.9,
        ),
        ("one_off: 20000, monthly: 2000", "one_off: 1", "return on the programme", 0.9),
        ("contribution_margin: 0.3", "contribution_margin: 0.9", "profit on revenue", 0.9),
        ("churn_per_month: 0.02", "churn_per_month: 0.25", "churn after", 0.9),
    ],
)
def test_what_is_absurd_is_told_and_fails(old: str, new: str, name: str, least: float) -> None:
    wild = prior_check(loads(FIRM.replace(old, new)), draws=256)
    (row,) = (row for row in wild.outcomes if str(row.outcome).startswith(name))
    assert row.absurd > least
    assert not wild.passes
    assert any(str(finding).startswith(str(row.outcome)) for finding in wild.findings)


def test_loops_that_feed_themselves_are_counted_above_nine_tenths_and_above_one() -> None:
    """A loop of two links of slope s: its gain is s, and of log-normal slopes the share above a limit is known."""
    text = FIRM + "priors: {ex_cx: {median: 0.8, factor: 1.2}, cx_ex: {median: 1.1, factor: 1.2}}\n"
    gain = prior_check(loads(text), draws=256).loop_gain
    assert gain.over_0_9 > gain.impossible > 0
    assert gain.p05 < gain.median < gain.p95


def study(name: str, value: float, sd: float, exaggeration: float) -> ScoredClaim:
    statement = ScoredStatement("parameter", "churn_cx", "log", value, sd, 0.0, exaggeration, None)
    return ScoredClaim(name, name, 0.5, "cross_section", (statement,))


def test_the_mass_outside_of_all_studies_by_hand() -> None:
    """Studies say 0.02 and, twice exaggerated, 0.08: from 0.02 e^−0.196 to 0.04 e^0.392; the prior is log-normal."""
    prior = lognormal(0.03, 3.0)
    spec = CalibrationSpec(default_graph(), calibration_parameters() | {"churn_cx": prior},
                           (study("a", 0.02, 0.1, 1.0), study("b", 0.08, 0.2, 2.0)))  # fmt: skip
    (row,) = _outside(spec, prior_draws(spec, 2**14, 2))
    low, high = 0.02 * np.exp(-0.196), 0.04 * np.exp(0.392)
    assert row.evidence == pytest.approx((low, high), rel=1e-9)
    sd = np.log(3) / 1.6449
    below, above = stats.norm.cdf(np.log(low / 0.03) / sd), stats.norm.sf(np.log(high / 0.03) / sd)
    assert (row.below, row.above) == pytest.approx((below, above), abs=0.015)
    assert row.outside == pytest.approx(row.below + row.above)
    assert row.prior.median == pytest.approx(0.03, rel=0.05)


# --- listings and portraits


def test_a_listing_has_before_after_and_what_was_narrowed() -> None:
    scenario = load_beliefs()
    spec = calibration_spec(scenario)
    z = stats.norm.ppf((np.arange(4096) + 0.5) / 4096).reshape(4, 1024)
    draws = np.stack([prior_draws(spec, 4096, 5)[name].reshape(4, 1024) for name in spec.names])
    draws[spec.names.index("churn_cx")] = np.exp(np.log(0.02) + 0.01 * z)
    told = listing(scenario, Calibration(spec.hash, "k-0", "mcmc", spec.names, draws, (), {}))
    rows = {row.name: row for row in told.parameters}
    assert rows["churn_cx"].posterior is not None
    assert rows["churn_cx"].narrowed_by is not None
    assert rows["churn_cx"].posterior.median == pytest.approx(0.02, rel=1e-3)
    assert rows["churn_cx"].posterior.p95 == pytest.approx(0.02 * np.exp(0.016449), rel=1e-3)
    assert rows["churn_cx"].narrowed_by > 0.9
    others = [row for row in told.parameters if row.narrowed_by is not None and row.name != "churn_cx"]
    assert all(abs(row.narrowed_by or 0.0) < 0.1 for row in others)
    assert told.narrowed_by_a_tenth == 1
    assert told.claims_scored == len(spec.claims)


def test_a_doubt_has_before_after_and_its_mean_with_the_doubt() -> None:
    values = np.array([[0.0, 0.4, 0.0, 0.8]])
    told = Calibration("h", "k-0", "mcmc", ("ex_cx", "link[ex_cx]"), np.stack([values, (values > 0).astype(float)]),
                       (), {}, (Link("ex_cx", 0.2, 0.55),))  # fmt: skip
    doubt = doubt_of(told, "ex_cx")
    assert doubt is not None
    assert (doubt.before, doubt.after, doubt.mean_effective) == (0.2, 0.55, pytest.approx(0.3))
    assert doubt_of(told, "cx_ex") is None
    assert told.in_force("ex_cx").tolist() == [0.4, 0.8]


def test_densities_are_those_of_the_families() -> None:
    """Of a normal prior and of draws of a narrower normal: their densities, both on the scale of the higher."""
    z = stats.norm.ppf((np.arange(20_000) + 0.5) / 20_000)
    grid, told = _density(Distribution("normal", (3.0, 2.0)), 5.0 + z)
    top = stats.norm.pdf(5, 5, 1)
    assert told.axis == "linear"
    np.testing.assert_allclose(told.prior, stats.norm.pdf(grid, 3, 2) / top, atol=0.02)
    np.testing.assert_allclose(told.posterior, stats.norm.pdf(grid, 5, 1) / top, atol=0.03)
    grid, told = _density(lognormal(0.1, 8.0), 0.1 * np.exp(z))
    assert told.axis == "log"
    sd, top = np.log(8) / 1.6449, stats.norm.pdf(0)
    np.testing.assert_allclose(told.posterior, stats.norm.pdf(np.log(grid / 0.1)) / top, atol=0.03)
    np.testing.assert_allclose(told.prior, stats.norm.pdf(np.log(grid / 0.1), 0, sd) / top, atol=0.03)


def test_a_portrait_has_what_each_claim_says_and_how_well_it_fits_along_the_parameter() -> None:
    scenario = loads(FIRM.replace("evidence: {use: none}", EVIDENCE))
    spec = calibration_spec(scenario)
    assert [each.id for each in spec.claims] == ["ours"]
    inner = calibrate(CalibrationSpec(spec.graph, spec.priors, ()))
    result = ClaimResult("ours", "ours", "experiment", 0.6, 0.9, ())
    told = portrait(
        scenario, Calibration(spec.hash, "k-0", "mcmc", inner.names, inner.draws, (result,), {}), "churn_cx"
    )
    (shown,) = told.claims
    (says,) = shown.says
    assert (says.statistic, says.about, says.value, says.bound) == ("parameter", "churn_cx", 0.04, None)
    assert says.sd >= 0.2
    assert says.exaggeration == spec.claims[0].statements[0].exaggeration != says.sd
    assert (shown.credibility, shown.posterior_credibility) == (spec.claims[0].credibility, 0.9)
    assert told.density is not None
    x, fit = np.asarray(told.density.x), np.asarray(shown.likelihood)
    best = 0.04 / says.exaggeration
    expected = stats.norm.pdf(np.log(x / best) / says.sd) / stats.norm.pdf(0)
    near = (x > 0.5 * best) & (x < 2 * best)
    np.testing.assert_allclose(fit[near], expected[near], atol=0.2)
    assert x[fit.argmax()] == pytest.approx(best, rel=0.2)


EVIDENCE = """evidence:
  use: [ours]
  add:
    ours:
      statement: fewer leave
      role: scored
      design: experiment
      read: "yes"
      credibility: 0.6
      where: elsewhere
      source: own
      year: 2024
      statements: [{statistic: parameter, about: churn_cx, value: 0.04, se: 0.008}]
"""


def test_a_gap_is_shared_out_whole() -> None:
    """Effect and all other causes make up the association, each by the points that are expected of it."""
    par = prior_draws(CalibrationSpec(default_graph(), calibration_parameters(), ()), 2000, 4)
    told, parts = gap_of(default_graph(), "ex -> cx", par), gap(default_graph(), "ex -> cx", par)
    assert told.share_effect + sum(told.shares.values()) == pytest.approx(1.0)
    whole = parts.association.mean()
    assert told.shares["confounding"] == pytest.approx(parts.parts["confounding"].mean() / whole)
    assert told.share_effect == pytest.approx(parts.effect.mean() / whole)
    for one, values in ((told.association, parts.association), (told.effect, parts.effect)):
        assert (one.p05, one.median, one.p95) == pytest.approx(np.quantile(values, [0.05, 0.5, 0.95]))


def test_what_leans_on_claims_is_said_by_the_same_limit_as_on_priors() -> None:
    spec = CalibrationSpec(default_graph(), calibration_parameters(), (study("a", 0.08, 0.1, 1.0),))
    par = prior_draws(spec, 1024, 1)
    one, other = (
        {(row.of, row.name): row for row in sensitivity(spec, par, np.log(par[name]))}
        for name in ("churn_cx", "spend_cx")
    )
    assert all(row.leans is (row.sensitivity > 0.05) for row in (*one.values(), *other.values()))
    assert one["claims", "a"].sensitivity > other["claims", "a"].sensitivity


def test_what_is_counted_of_the_evidence() -> None:
    """Three claims of a file, two of them of one team; one is left out, and one was looked up."""
    entry = EVIDENCE.partition("    ours:\n")[2]
    text = "evidence:\n  use: [ours, theirs, third]\n  credibility: {third: 0.2}\n  add:\n"
    text += "    ours:\n      cluster: team\n" + entry + "    theirs:\n      cluster: team\n" + entry
    text += "    third:\n" + entry.replace('read: "yes"', 'read: "none"') + "    fourth:\n" + entry
    scenario = loads(FIRM.replace("evidence: {use: none}", text))
    told = evidence_check(scenario)
    assert (told.scored, told.clusters, told.verified) == (3, 2, 2)
    assert (told.own, told.replaced) == (("ours", "theirs", "third", "fourth"), ())
    assert "fourth" in told.not_used
    rows = {row.id: row for row in claim_list(scenario).claims}
    assert (rows["third"].credibility, rows["third"].credibility_default, rows["third"].used) == (0.2, 0.6, True)
    assert (rows["fourth"].credibility, rows["fourth"].used) == (0.6, False)
    listed = claim_list(scenario, role="scored")
    assert listed.count == len(listed.claims)
    assert listed.scored == 3
    assert listed.verified == sum(row.verified for row in listed.claims) != listed.scored


@pytest.mark.parametrize(("line", "asked"), [("", True), ("          transform: log\n", False)])
def test_an_error_of_a_typed_value_is_told_by_its_scale(line: str, asked: bool) -> None:
    """0.2 ± 0.4 of the logarithm is 0.2 · e^(± 1.645 · 0.4) = 0.104 … 0.386; of the figure itself −0.458 … 0.858."""
    text = "evidence:\n  use: [ours]\n  add:\n    ours:\n      role: scored\n      where: elsewhere\n"
    text += '      design: experiment\n      read: "yes"\n      statement: theirs\n      statements:\n'
    text += f"        - statistic: effect\n          about: ex -> cx\n          value: 0.2\n          se: 0.4\n{line}"
    told = [str(each.remark) for each in evidence_check(loads(FIRM.replace("evidence: {use: none}", text))).remarks]
    found = [each for each in told if "0.104 … 0.386 in 90 %" in each and "-0.458 … 0.858" in each]
    assert bool(found) is asked
