# SPDX-License-Identifier: MIT
"""What claims speak of at the reference organisation, the gate and weights: by hand, on graphs that can be solved."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats

from txsim.desk.association import Gap, gap
from txsim.evidence import ScoredClaim, ScoredStatement
from txsim.inference import Calibration, CalibrationSpec
from txsim.inference.apart import condition
from txsim.inference.bounds import bounded, soundness
from txsim.inference.calibration import results_of
from txsim.inference.claim_arrays import Layout
from txsim.inference.gate import mixes, passes, worst, worst_name
from txsim.inference.links import log_prior, states
from txsim.inference.pareto import effective
from txsim.inference.sampling import length_for, parts_for
from txsim.inference.spec import barrier, prior_draws
from txsim.inference.statements import Reference
from txsim.inference.transport import bounded_weights
from txsim.inference.tuning import Tuner, _places
from txsim.inference.weighing import StatementQuantities, claim_weights, cluster_log_likelihood, judged
from txsim.pathways import default_graph
from txsim.priors.catalogue import calibration_parameters
from txsim.priors.distributions import Distribution
from txsim.priors.moments import median

GRAPH = default_graph()
SLOPES = {edge.slope for edge in GRAPH.edges}
#: No link does anything, and one person of internal staff is worth one of the front line.
STILL = {name: 0.0 if name in SLOPES else median(prior) for name, prior in calibration_parameters().items()}
STILL |= {"reach": 1.0, "confounding": 0.0}


def statistic(kind: str, about: str, **changes: float) -> float:
    par = {name: np.array([value]) for name, value in (STILL | changes).items()}
    reference = Reference(GRAPH)

    def stack(parts: list[Any]) -> Any:
        return np.stack(np.broadcast_arrays(*parts), axis=-1)

    gain, _ = reference.matrices(par, stack, np.log, (1,))
    return float(np.asarray(reference.statistic(kind, about, par, gain))[0])


#: Seven of ten at the front line, three inside; groups of a firm differ with a correlation of one half.
SHARES, ALIKE = np.array([0.7, 0.3]), np.array([[1.0, 0.5], [0.5, 1.0]])
MEAN = math.sqrt(SHARES @ ALIKE @ SHARES)  # sd of all staff against that of a group


def test_a_push_is_measured_against_what_it_moves_itself() -> None:
    """EX gains by what customers give back, so that CX against EX is the slope again, whatever comes back."""
    assert statistic("effect", "ex -> cx", ex_cx=0.3) == pytest.approx(0.3)
    assert statistic("effect", "ex -> cx", ex_cx=0.3, cx_ex=0.4) == pytest.approx(0.3)
    assert statistic("effect", "ex -> cx", ex_cx=0.3, mx_cx=0.5) == pytest.approx(0.3)
    assert statistic("quantity", "ex -> margin", ex_cx=0.3, cx_margin=0.2) == pytest.approx(0.06)


def test_a_cross_section_has_slope_and_correlation_by_its_variances() -> None:
    """EX differs between firms by 6, CX by 5 of its own: the slope is the effect, the correlation is not."""
    ex, own = 6.0 * MEAN, 5.0
    assert statistic("slope", "ex -> cx", ex_cx=0.3) == pytest.approx(0.3)
    assert statistic("correlation", "ex -> cx", ex_cx=0.3) == pytest.approx(0.3 * ex / math.hypot(0.3 * ex, own))
    # good management: disturbances of all staff and of CX correlate by 0.4
    assert statistic("slope", "ex -> cx", confounding=0.4) == pytest.approx(0.4 * own / ex)
    assert statistic("correlation", "ex -> cx", confounding=0.4) == pytest.approx(0.4)
    assert statistic("slope", "ex -> cx", ex_cx=0.3, confounding=0.4) == pytest.approx(0.3 + 0.4 * own / ex)
    assert statistic("correlation", "mx -> cx", mx_cx=0.5) == pytest.approx(4.0 / math.hypot(4.0, own))  # 0.5 · 8
    # the other way round it is the variance of CX that counts
    both = math.hypot(0.3 * ex, own)
    assert statistic("slope", "cx -> ex", ex_cx=0.3, cx_ex=1e-12) == pytest.approx(0.3 * ex**2 / both**2)


def test_quantities_of_money_by_hand() -> None:
    """1.8 % of customers a month leave: 0.02 more of them stay a point and 0.01 more come; spending is 0.004 up."""
    of_month = 0.018 * (0.02 + 0.01)
    more = {"churn_cx": 0.02, "referral_cx": 0.01, "spend_cx": 0.004}
    assert statistic("quantity", "growth_rate_cx", **more) == pytest.approx(1200 * of_month)
    # who is kept in the first month pays for eleven more, in the last for none: five and a half on average
    assert statistic("quantity", "first_year_revenue_cx", **more) == pytest.approx(100 * (5.5 * of_month + 0.004))
    referred = 5.5 * 0.018 * 0.01
    assert statistic("quantity", "referral_share", **more) == pytest.approx(referred / (5.5 * of_month + 0.004))
    uplift = statistic("quantity", "tx_uplift", mx_cx=0.5, silo_mx=8.0)
    assert statistic("quantity", "tx_uplift", mx_cx=1.0, silo_mx=8.0) == pytest.approx(2 * uplift)
    assert statistic("quantity", "tx_uplift", mx_cx=0.5, silo_mx=2.0) == pytest.approx(uplift / 4)
    assert statistic("ratio", "churn_cx / spend_cx", **more) == pytest.approx(5.0)


def test_a_gap_is_shared_as_orders_of_adding_causes_share_it() -> None:
    """Three causes, six orders: the mean of what each adds over all of them, and shares of expected points."""
    import itertools

    par = {n: np.array([median(p)]) for n, p in calibration_parameters().items()}
    found = gap(GRAPH, "ex -> cx", par)
    parts = ("feedback", "common_causes", "confounding")
    reference, path = Reference(GRAPH), "ex -> cx"

    def seen(on: set[str]) -> float:
        use = dict(par)
        if "confounding" not in on:
            use["confounding"] = np.zeros(1)
        slopes = reference.slopes(use, lambda each: np.stack(np.broadcast_arrays(*each), axis=-1)).copy()
        staff = set(reference.network.members("ex"))
        for i, link in enumerate(reference.network.links):
            back = link.source == reference.network.position("cx") and bool(
                reference.network.reached_from((link.target,)) & staff
            )
            slopes[..., i] = 0.0 if back and "feedback" not in on else slopes[..., i]
        matrix = np.zeros((reference.n, reference.n))
        for i, link in enumerate(reference.network.links):
            if link.source >= 0:
                matrix[link.target, link.source] += slopes[0, i]
        gain = np.linalg.inv(np.eye(reference.n) - matrix)
        own = np.array([i in staff or name == "cx" for i, name in enumerate(reference.network.nodes)], dtype=float)
        keep = None if "common_causes" in on else own
        return float(reference.slope_between(path, use, gain[None], keep)[0])

    for part in parts:
        orders = list(itertools.permutations(parts))
        added = [seen({*order[: order.index(part)], part}) - seen(set(order[: order.index(part)])) for order in orders]
        assert found.parts[part][0] == pytest.approx(np.mean(added), rel=1e-6, abs=1e-9), part
    assert found.parts["mix"][0] == pytest.approx(seen(set()) - found.effect[0], rel=1e-6)
    two = Gap("a -> b", np.array([1.0, 4.0]), np.array([1.0, 1.0]), {})
    assert two.share_effect == pytest.approx(0.4)  # two of five points, and no mean of 1 and 1/4


# --- the gate


ROW = {"r_hat": 1.0, "ess_bulk": 900.0, "ess_tail": 700.0}


@pytest.mark.parametrize(
    ("figure", "value", "good"),
    [("r_hat", 1.0099, True), ("r_hat", 1.01, False), ("ess_bulk", 400.0, True), ("ess_bulk", 399.9, False),
     ("ess_tail", 400.0, True), ("ess_tail", 399.9, False)],
)  # fmt: skip
def test_chains_mix_up_to_the_limits_of_the_page(figure: str, value: float, good: bool) -> None:
    assert mixes(ROW | {figure: value}) is good
    assert passes(ROW | {figure: value, "divergent_share": 0.0}) is good


@pytest.mark.parametrize(("share", "good"), [(0.0009, True), (0.001, False), (0.005, False)])
def test_one_draw_in_a_thousand_may_diverge(share: float, good: bool) -> None:
    assert passes(ROW | {"divergent_share": share}) is good


def test_the_worst_is_the_largest_r_hat_and_the_least_draws() -> None:
    table = {"a": ROW, "b": {"r_hat": 1.2, "ess_bulk": 950.0, "ess_tail": 300.0},
             "c": {"r_hat": 1.1, "ess_bulk": 500.0, "ess_tail": 800.0}}  # fmt: skip
    assert worst(table) == {"r_hat": 1.2, "ess_bulk": 500.0, "ess_tail": 300.0}
    assert worst_name(table) == "b"


@pytest.mark.parametrize(("serves", "draws"), [(128, 8192), (4096, 8192), (4097, 16384), (8192, 16384), (65536, 131072),
                                              (2**20, 131072)])  # fmt: skip
def test_twice_as_many_draws_as_they_serve(serves: int, draws: int) -> None:
    assert 4 * length_for(serves) == draws
    assert parts_for(serves) == 131072 // draws


@pytest.mark.parametrize(("radius", "share"), [(0.5, 1.0), (0.9, 2.0**-8), (1.05, 0.0)])
def test_the_barrier_lets_loops_of_little_gain_pass(radius: float, share: float) -> None:
    """At a gain of 0.9 the softplus is ln 2, eight times: 1 in 256; at half of it nothing is lost."""
    log = barrier(math.log(radius), lambda x: np.logaddexp(0.0, x))
    assert math.exp(log) == pytest.approx(share, abs=1e-4)


# --- claims


def claim(name: str, value: float, cluster: str = "", **more: Any) -> ScoredClaim:
    told = {"se": 0.3, "spread": 0.4, "exaggeration": 1.0, "bound": None, "transform": "log"} | more
    statement = ScoredStatement("parameter", "churn_cx", told["transform"], value, told["se"], told["spread"],
                                told["exaggeration"], told["bound"])  # fmt: skip
    return ScoredClaim(name, cluster or name, more.get("credibility", 0.5), "cross_section", (statement,))


def spec_of(*claims: ScoredClaim, rho: float = 0.8) -> CalibrationSpec:
    return CalibrationSpec(GRAPH, calibration_parameters(), claims, rho)


def sound(*claims: ScoredClaim, truth: list[float], rho: float = 0.8) -> np.ndarray:
    from scipy.special import log_ndtr

    layout = Layout(spec_of(*claims, rho=rho))
    natural = np.repeat(np.array(truth)[:, None], len(layout.statements), axis=1)
    density: np.ndarray = layout.sound(natural, np, log_ndtr)
    return density


def test_sound_statements_by_their_normal() -> None:
    """Errors 0.3 and 0.4 make 0.5; twice exaggerated a truth of 0.02 is told as 0.04."""
    got = sound(claim("a", 0.05), truth=[0.02])[0, 0]
    assert got == pytest.approx(stats.norm.logpdf(math.log(0.05 / 0.02), scale=0.5))
    got = sound(claim("a", 0.05, exaggeration=2.0), truth=[0.02])[0, 0]
    assert got == pytest.approx(stats.norm.logpdf(math.log(0.05 / 0.04), scale=0.5))
    got = sound(claim("a", 0.05, bound="at_most"), truth=[0.02])[0, 0]
    assert got == pytest.approx(stats.norm.logcdf(math.log(0.05 / 0.02) / 0.5))
    got = sound(claim("a", 0.05, bound="at_least"), truth=[0.02])[0, 0]
    assert got == pytest.approx(stats.norm.logcdf(math.log(0.02 / 0.05) / 0.5))
    got = sound(claim("a", 0.05, transform="natural", se=0.01, spread=0.5), truth=[0.02])[0, 0]
    assert got == pytest.approx(stats.norm.logpdf(0.03, scale=math.hypot(0.01, 0.5 * 0.02)))


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.8])
def test_statements_of_one_cluster_are_a_normal_of_many_with_one_correlation(rho: float) -> None:
    claims = [claim("a", 0.05, "team"), claim("b", 0.03, "team", se=0.1), claim("c", 0.01, "team")]
    away = np.log(np.array([0.05, 0.03, 0.01]) / 0.02)
    sd = np.array([0.5, math.hypot(0.1, 0.4), 0.5])
    matrix = np.outer(sd, sd) * (rho + (1 - rho) * np.eye(3))
    got = sound(*claims, truth=[0.02], rho=rho)[0, 0]
    assert got == pytest.approx(stats.multivariate_normal.logpdf(away, cov=matrix))


def test_how_far_above_what_a_sound_study_would_say() -> None:
    told = (claim("a", 0.05), claim("b", 0.05, transform="natural", se=0.01, spread=0.5, exaggeration=2.0))
    away = Layout(spec_of(*told)).standardised(np.full((1, 2), 0.02))[0]
    assert away == pytest.approx([math.log(2.5) / 0.5, (0.05 - 0.04) / math.hypot(0.01, 0.5 * 0.04)])


def test_an_unsound_effect_is_cauchy_as_wide_as_error_and_prior_together() -> None:
    layout = Layout(spec_of(claim("a", 0.05, transform="natural", se=0.03, exaggeration=2.0)))
    drawn = np.array([[0.01], [-0.02], [0.02]])
    got = layout.density_of_reported(0, lambda _: drawn)
    assert got == pytest.approx(stats.cauchy.logpdf(0.05, scale=math.hypot(0.03, 0.04)))


def test_what_becomes_of_a_claim_by_draws_made_by_hand() -> None:
    """Of 0.02 … 0.12 in 101 steps the quantiles are known, and soundness is the mean of Bayes' rule at each."""
    spec = spec_of(claim("a", 0.05, credibility=0.3))
    layout = bounded(spec)
    truth = np.linspace(0.02, 0.12, 101)
    natural = truth[:, None]
    (told,) = results_of(spec, layout, natural, soundness(layout, natural))
    (row,) = told.statements
    assert (row["p05"], row["median"], row["p95"]) == pytest.approx((0.025, 0.07, 0.115))
    assert row["says"] == 0.05
    likely = stats.norm.pdf(np.log(0.05 / truth) / 0.5) / 0.5
    vague = math.exp(layout.unsound[0])
    expected = (0.3 * likely / (0.3 * likely + 0.7 * vague)).mean()
    assert told.posterior_credibility == pytest.approx(expected)
    assert told.credibility == 0.3


def test_leaving_a_claim_out_divides_by_what_it_says() -> None:
    """Weights without a claim: one over its likelihood; within a cluster the rest of it is kept."""
    claims = claim("a", 0.05, credibility=0.7), claim("b", 0.01, "team"), claim("c", 0.02, "team")
    spec = spec_of(*claims)
    par = prior_draws(spec, 1024, 3)
    draws = np.stack([par[name].reshape(4, 256) for name in spec.names])
    calibration = Calibration(spec.hash, f"{spec.hash}-by-hand", "mcmc", spec.names, draws, (), {})
    weights = claim_weights(spec, calibration)
    likely = cluster_log_likelihood(spec, par)
    np.testing.assert_allclose(np.log(weights["a"]) + likely["a"], np.log(weights["a"][0]) + likely["a"][0], atol=1e-4)
    nearest = np.abs(np.log(par["churn_cx"] / 0.05)).argmin()
    assert weights["a"][nearest] == pytest.approx(weights["a"].min(), rel=1e-3)
    assert weights["a"].max() == 1.0
    alone = cluster_log_likelihood(spec_of(claims[2]), par)["team"]
    ratio = np.log(weights["b"]) - (alone - likely["team"])
    np.testing.assert_allclose(ratio, ratio[0], atol=1e-4)


@pytest.mark.parametrize(("k_hat", "worth", "good"), [(0.69, 1.0, True), (0.7, 1.0, False), (0.1, 0.41, True),
                                                     (0.1, 0.39, False)])  # fmt: skip
def test_weights_are_used_up_to_a_tail_and_down_to_400_draws(k_hat: float, worth: float, good: bool) -> None:
    told = judged(np.full(1000, 1e-3), k_hat, worth)
    assert (told.refused == "") is good
    assert told.effective == pytest.approx(1000 * worth)
    assert effective(np.array([0.5, 0.25, 0.25])) == pytest.approx(1 / 0.375)


def test_a_draw_of_a_chain_is_worth_less() -> None:
    spec = spec_of(claim("a", 0.05))
    tuner = Tuner(spec)
    values = np.zeros((len(spec.names), 4, 100))
    for bulk, worth in ((100.0, 0.25), (900.0, 1.0)):
        tuner._base = Calibration(spec.hash, "k", "mcmc", spec.names, values, (), {"ess_bulk": bulk})
        assert tuner.worth == worth


def test_weighed_draws_are_taken_as_often_as_they_weigh() -> None:
    weights = np.array([1.0, 2.0, 5.0, 0.0]) / 8
    places = _places(weights)
    assert places.size == 8192
    assert np.bincount(places, minlength=4).tolist() == [1024, 2048, 5120, 0]
    assert (np.diff(places) >= 0).all()


# --- links in doubt


def test_states_have_the_chances_of_independent_doubts() -> None:
    chances = dict(zip(map(tuple, states(2).tolist()), np.exp(log_prior({"a": 0.2, "b": 0.3})), strict=True))
    assert chances == {
        (1, 1): pytest.approx(0.56), (1, 0): pytest.approx(0.24), (0, 1): pytest.approx(0.14),
        (0, 0): pytest.approx(0.06),
    }  # fmt: skip


def test_prior_draws_doubt_as_often_as_is_said() -> None:
    spec = CalibrationSpec(GRAPH, calibration_parameters(), (), doubt={"ex_cx": 0.2})
    par = prior_draws(spec, 8192, 1)
    off = par["link[ex_cx]"] == 0
    assert off.mean() == pytest.approx(0.2, abs=5 * math.sqrt(0.16 / 8192))
    assert (par["ex_cx"][off] == 0).all()
    assert (par["ex_cx"][~off] > 0).all()


# --- one parameter alone, and weights that are bounded


def test_one_parameter_and_one_sound_study_weigh_by_their_precision() -> None:
    """Logs of a prior about 0.02 with an sd of 0.4 and of a study of 0.05 with one of 0.5: 25 parts of 41, and 16."""
    prior = Distribution("lognormal", (math.log(0.02), 0.4))
    after = condition(prior, (claim("a", 0.05, credibility=1.0),), 0.8)
    middle = (25 * math.log(0.02) + 16 * math.log(0.05)) / 41
    sd = 0.4 * 0.5 / math.hypot(0.4, 0.5)
    told = np.log(after.quantiles(np.array([0.05, 0.5, 0.95])))
    assert told == pytest.approx([middle - 1.6449 * sd, middle, middle + 1.6449 * sd], abs=2e-3)
    assert after.claims[0].posterior_credibility == pytest.approx(1.0)


def test_draws_of_a_wider_prior_are_weighed_to_a_narrower_one() -> None:
    """Twice as narrow a log-normal about the same median: half of the draws are worth something."""
    wide, narrow = (CalibrationSpec(GRAPH, calibration_parameters() | {"spend_cx": prior}, ())
                    for prior in (Distribution("lognormal", (math.log(0.005), s)) for s in (0.8, 0.4)))  # fmt: skip
    draws = prior_draws(wide, 16384, 2)
    told = bounded_weights(StatementQuantities(draws), wide, narrow)
    logs = np.log(draws["spend_cx"])
    assert not told.refused
    middle = float(told.weights @ logs)
    assert middle == pytest.approx(math.log(0.005), abs=0.02)
    assert math.sqrt(float(told.weights @ (logs - middle) ** 2)) == pytest.approx(0.4, rel=0.04)
    assert told.effective == pytest.approx(0.5 * 16384, rel=0.03)
    assert bounded_weights(StatementQuantities(draws), wide, narrow, 0.25).effective == pytest.approx(
        0.125 * 16384, rel=0.03
    )
