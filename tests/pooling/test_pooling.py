# SPDX-License-Identifier: MIT
"""Meta-analysis: published answers to the printed digits, laws, and an independent calculation."""

from __future__ import annotations

import functools
import json
import math
from dataclasses import astuple
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest
from scipy.integrate import quad

from txsim.errors import InputError
from txsim.evidence.effect_sizes import log_odds_ratio
from txsim.pooling.classical import classical
from txsim.pooling.heterogeneity import TAU_PRIORS, TauPrior, read_tau_prior
from txsim.pooling.meta_analysis import Pooled, pool, prior_prediction
from txsim.pooling.mixtures import normal_mixture, read_normals
from txsim.pooling.pooled_data import pooled_result
from txsim.pooling.studies import read_studies, studies_from_text

SIX = 2e-6
#: Bounds of published intervals come from a search for the shortest width, which is flat near its minimum.
BOUND = 2e-5


@pytest.fixture(scope="module")
def published(data: Path) -> dict[str, Any]:
    return dict(json.loads((data / "published" / "targets.json").read_text("utf-8")))


@pytest.fixture(scope="module")
def schools(published: dict[str, Any]) -> tuple[dict[str, Any], Pooled]:
    target = published["meta_analysis_eight_schools"]
    data = target["data"]
    mu = normal_mixture([1], [0], [50])
    return target, pool(data["y"], data["se"], mu=mu, tau=TauPrior("half_cauchy", (25.0,)), labels=data["school"])


@pytest.fixture(scope="module")
def crins(published: dict[str, Any]) -> tuple[dict[str, Any], Pooled]:
    target = published["meta_analysis_crins"]
    data = target["data"]
    pairs = [
        log_odds_ratio(*row)
        for row in zip(data["exp_events"], data["exp_n"], data["ctl_events"], data["ctl_n"], strict=True)
    ]
    estimates, errors = zip(*pairs, strict=True)
    assert estimates == pytest.approx(data["yi"], rel=1e-9)
    assert np.square(errors) == pytest.approx(data["vi"], rel=1e-9)
    tau = TauPrior("half_normal", (0.5,))
    return target, pool(estimates, errors, mu=normal_mixture([1], [0], [4]), tau=tau, labels=data["study"])


def check_rows(found: Pooled, printed: dict[str, list[float]]) -> None:
    for name, part in (("tau", found.tau), ("mu", found.mu), ("theta_new", found.prediction)):
        mode, median, mean, sd, low, high = printed[name]
        assert part.median == pytest.approx(median, rel=SIX)
        assert part.mean == pytest.approx(mean, rel=SIX)
        assert part.sd == pytest.approx(sd, rel=SIX)
        assert part.mode == pytest.approx(mode, rel=BOUND, abs=1e-9)
        assert part.shortest(0.95) == pytest.approx((low, high), rel=BOUND, abs=1e-9)


def test_eight_schools_as_printed(schools: tuple[dict[str, Any], Pooled]) -> None:
    target, found = schools
    printed = target["printed_mu~N(0,50)_tau~HalfCauchy(25)"]
    check_rows(found, printed["summary[mode,median,mean,sd,lo95,hi95]"])
    assert found.mu.above(0) == pytest.approx(printed["P(mu>0)"], rel=SIX)
    assert found.mu.quantile(0.95) == pytest.approx(printed["mu_q95"], rel=SIX)
    assert found.tau.quantile(0.95) == pytest.approx(printed["tau_q95"], rel=SIX)
    assert found.tau.central(0.95) == pytest.approx(printed["tau_central95"], rel=SIX)
    assert found.ml_joint == pytest.approx(printed["ML_joint"], rel=SIX, abs=1e-9)
    assert found.ml_marginal_mu == pytest.approx(printed["ML_marginal_mu"], rel=SIX)
    assert found.map_joint[1] == pytest.approx(printed["MAP_joint_mu"], rel=SIX)
    for label in "AGH":
        theta, told = found.effects["ABCDEFGH".index(label)], printed[f"theta_{label}"]
        assert theta.mean == pytest.approx(told["mean"], rel=SIX)
        assert theta.sd == pytest.approx(told["sd"], rel=SIX)
        if "median" in told:
            assert theta.median == pytest.approx(told["median"], rel=SIX)
            assert theta.mode == pytest.approx(told["mode"], rel=BOUND)
        if "ci" in told:
            assert theta.shortest(0.95) == pytest.approx(told["ci"], rel=BOUND)
    extra = target["reference_extra"]
    assert found.mu.central(0.95) == pytest.approx(extra["mu_central95_HC25"], rel=SIX)
    assert found.prediction.central(0.95) == pytest.approx(extra["pred_central95_HC25"], rel=SIX)
    assert [theta.mean for theta in found.effects] == pytest.approx(list(extra["theta_mean_HC25"].values()), rel=SIX)
    assert [theta.sd for theta in found.effects] == pytest.approx(extra["theta_sd_HC25"], rel=SIX)
    assert found.bayes_factor_tau_zero == pytest.approx(extra["bayes_factor_tau0_HC25"], rel=SIX)


def test_eight_schools_with_other_priors(published: dict[str, Any]) -> None:
    target = published["meta_analysis_eight_schools"]
    y, se = target["data"]["y"], target["data"]["se"]
    uniform = pool(y, se, tau=TauPrior("uniform"))
    check_rows(uniform, target["printed_uniform_priors"])
    assert uniform.bayes_factor_tau_zero is None  # improper priors give none
    half = pool(y, se, mu=normal_mixture([1], [0], [50]), tau=TauPrior("half_normal", (25.0,)))
    told = target["reference_extra"]["HN25"]
    found = (half.tau.mean, half.tau.median, half.mu.mean, half.mu.sd)
    assert found == pytest.approx((told["tau_mean"], told["tau_median"], told["mu_mean"], told["mu_sd"]), rel=SIX)


def test_crins_as_printed(crins: tuple[dict[str, Any], Pooled]) -> None:
    target, found = crins
    printed = target["printed"]
    check_rows(found, printed["[mode,median,mean,sd,lo95,hi95]"])
    assert found.mu.above(0) == pytest.approx(printed["P(mu>0)"], rel=SIX)
    assert found.tau.above(1) == pytest.approx(printed["P(tau>1)"], rel=SIX)
    assert found.tau.quantile(0.99) == pytest.approx(printed["tau_q99"], rel=SIX)
    assert found.tau.central(0.99) == pytest.approx(printed["tau_central99"], rel=SIX)
    for i in (1, 2):
        theta, told = found.effects[i - 1], printed[f"theta_{i}"]
        assert theta.mean == pytest.approx(told["mean"], rel=SIX)
        assert theta.sd == pytest.approx(told["sd"], rel=SIX)
        assert theta.shortest(0.95) == pytest.approx(told["ci"], rel=1e-4)
    assert found.effects[0].median == pytest.approx(printed["theta_1"]["median"], rel=SIX)
    plain = classical(found.estimates, found.se)
    reml = printed["REML"]
    assert astuple(plain.reml) == pytest.approx((reml["tau"], reml["mu"], reml["se"]), rel=SIX)
    # The printed maxima come from a simplex search with four to five digits.
    assert (plain.ml.tau, plain.ml.mu) == pytest.approx(printed["ML_joint"], rel=1e-4)
    assert found.map_joint == pytest.approx(printed["MAP_joint"], rel=2e-4)
    chosen = [0, 4]
    mu, tau = normal_mixture([1], [0], [4]), TauPrior("half_normal", (0.5,))
    randomised = pool(found.estimates[chosen], found.se[chosen], mu=mu, tau=tau)
    extra = target["reference_extra"]["randomised_only"]
    assert randomised.mu.cdf(0) == pytest.approx(printed["randomised_only(studies 1,5)_P(mu<0)"], rel=SIX)
    got = (randomised.mu.mean, randomised.mu.sd, randomised.tau.median, randomised.tau.mean, randomised.prediction.sd)
    told = (*extra["mu"].values(), *extra["tau"].values(), extra["pred_sd"])
    assert got == pytest.approx(told, rel=SIX)
    cauchy = pool(found.estimates, found.se, mu=mu, tau=TauPrior("half_cauchy", (1.0,)))
    told = target["reference_extra"]["HC1_mu~N(0,4)"]
    got = (cauchy.tau.mean, cauchy.mu.mean, cauchy.mu.sd)
    assert got == pytest.approx((told["tau_mean"], told["mu_mean"], told["mu_sd"]), rel=SIX)
    predicted = printed["prior_predictive_q975"]
    for name, prior in (("HN0.5", "half_normal(0.5)"), ("HN1", "half_normal(1)"), ("HC0.5", "half_cauchy(0.5)")):
        assert prior_prediction(read_tau_prior(prior)).quantile(0.975) == pytest.approx(predicted[name], rel=SIX)


Y, SE = np.array([0.3, -0.2, 0.9, 0.5, 1.4]), np.array([0.2, 0.35, 0.3, 0.15, 0.5])


def test_exact_grid_agrees_with_adaptive_quadrature() -> None:
    """The whole posterior by another route: scipy's adaptive quadrature over τ, normal algebra written out."""
    found = pool(Y, SE, mu=normal_mixture([1], [0.1], [2.0]), tau=TauPrior("exponential", (2.0,)), grid="exact")

    @functools.cache
    def parts(t: float) -> tuple[float, float, float]:
        w = 1 / (SE**2 + t**2)
        v = 1 / (w.sum() + 1 / 4)
        m = v * (w @ Y + 0.1 / 4)
        cov = np.diag(SE**2 + t**2) + 4.0
        gap = Y - 0.1
        return float(np.exp(-0.5 * gap @ np.linalg.solve(cov, gap) - 2 * t) / np.sqrt(np.linalg.det(cov))), m, v

    def integral(g: Any) -> float:
        return float(quad(lambda t: parts(t)[0] * g(*parts(t)[1:], t), 0, 12, epsrel=1e-12, limit=400)[0])

    total = integral(lambda m, v, t: 1.0)
    mean = integral(lambda m, v, t: m) / total
    assert found.mu.mean == pytest.approx(mean, rel=1e-9)
    second = integral(lambda m, v, t: v + m * m) / total
    assert found.mu.sd == pytest.approx(math.sqrt(second - mean**2), rel=1e-9)
    assert found.tau.mean == pytest.approx(integral(lambda m, v, t: t) / total, rel=1e-9)
    assert found.prediction.cdf(0.0) == pytest.approx(
        integral(lambda m, v, t: NormalDist(m, math.sqrt(v + t * t)).cdf(0)) / total, rel=1e-9
    )
    constant = 2 / (2 * math.pi) ** 2.5
    assert found.log_marginal == pytest.approx(math.log(total * constant), rel=1e-9)
    factor, least = found.bayes_factor_mu_zero, found.minimum_bayes_factor_mu_zero
    assert factor is not None
    assert least is not None
    assert least < factor

    def likelihood(mu: float, t: float) -> float:  # scipy's own density takes a hundred times as long
        v = SE**2 + t * t
        return float(np.exp(-0.5 * np.sum((Y - mu) ** 2 / v)) / np.sqrt(np.prod(2 * np.pi * v)))

    zero = quad(lambda t: likelihood(0.0, t) * 2 * math.exp(-2 * t), 0, 12, epsrel=1e-11)[0]
    assert factor == pytest.approx(zero / (total * constant), rel=1e-8)
    top = found.ml_marginal_mu
    best = quad(lambda t: likelihood(top, t) * 2 * math.exp(-2 * t), 0, 12, epsrel=1e-11)[0]
    assert least == pytest.approx(zero / best, rel=1e-8)
    spread_zero = found.minimum_bayes_factor_tau_zero
    assert spread_zero is not None
    t = found.ml_marginal_tau
    assert spread_zero == pytest.approx(parts(0.0)[0] / (parts(t)[0] * math.exp(2 * t)), rel=1e-7)
    assert found.weights.sum() + found.prior_weight == pytest.approx(1, rel=1e-9)


def test_direct_grid_is_near_the_exact_one() -> None:
    """What the published discretisation costs: a few parts in a thousand at most, and nothing on τ."""
    kind = {"mu": normal_mixture([1], [0], [2.0]), "tau": TauPrior("half_normal", (0.5,))}
    direct, exact = (pool(Y, SE, grid=grid, **kind) for grid in ("direct", "exact"))  # type: ignore[arg-type]
    assert direct.mu.mean == pytest.approx(exact.mu.mean, rel=2e-3)
    assert direct.mu.sd == pytest.approx(exact.mu.sd, rel=3e-3)
    assert direct.prediction.sd == pytest.approx(exact.prediction.sd, rel=4e-3)
    assert direct.tau.median == exact.tau.median
    assert len(direct.mu.weights) < 100 < len(exact.mu.weights)


def test_robust_prior_of_the_mean_is_a_mixture_of_analyses() -> None:
    """A mixture prior gives the mixture of both posteriors, weighed by their marginal likelihoods."""
    tau = TauPrior("half_normal", (0.5,))
    one, two = normal_mixture([1], [0.0], [0.1]), normal_mixture([1], [0.0], [5.0])
    both = pool(Y, SE, mu=normal_mixture([0.8, 0.2], [0, 0], [0.1, 5.0]), tau=tau)
    a, b = pool(Y, SE, mu=one, tau=tau), pool(Y, SE, mu=two, tau=tau)
    assert a.log_marginal is not None
    assert b.log_marginal is not None
    raw = np.array([0.8 * math.exp(a.log_marginal), 0.2 * math.exp(b.log_marginal)])
    weights = raw / raw.sum()
    assert both.component_weights == pytest.approx(weights, rel=1e-9)
    assert both.log_marginal == pytest.approx(math.log(raw.sum()), rel=1e-9)
    assert both.mu.mean == pytest.approx(float(weights @ [a.mu.mean, b.mu.mean]), rel=1e-9)
    assert both.prediction.above(0) == pytest.approx(
        float(weights @ [a.prediction.above(0), b.prediction.above(0)]), rel=1e-9
    )
    assert both.tau.mean == pytest.approx(float(weights @ [a.tau.mean, b.tau.mean]), rel=1e-9)


def test_no_spread_is_the_common_effect() -> None:
    found = pool(Y, SE, tau=TauPrior("fixed", (0.0,)))
    common, error = astuple(classical(Y, SE).common)
    assert (found.mu.mean, found.mu.sd) == pytest.approx((common, error), rel=1e-12)
    assert found.prediction.sd == pytest.approx(error, rel=1e-12)


def test_shift_and_scale() -> None:
    """Other units change the answer as they must."""
    base = pool(Y, SE, tau=TauPrior("half_cauchy", (0.5,)))
    moved = pool(100 + 7 * Y, 7 * SE, tau=TauPrior("half_cauchy", (3.5,)))
    assert moved.mu.mean == pytest.approx(100 + 7 * base.mu.mean, rel=1e-9)
    assert moved.tau.median == pytest.approx(7 * base.tau.median, rel=1e-7)
    assert moved.prediction.sd == pytest.approx(7 * base.prediction.sd, rel=1e-7)


ARGS: dict[str, tuple[float, ...]] = {
    "scale": (0.7,), "rate": (1.3,), "most": (2.0,), "value": (0.4,), "df": (4.0,), "shape": (2.5,), "mu": (-0.6,),
    "sigma": (0.8,), "mean": (0.3,), "sd": (0.6,), "location": (0.2,),
}  # fmt: skip


@pytest.mark.parametrize("family", [family for family in TAU_PRIORS if family != "fixed"])
def test_every_prior_of_the_spread(family: str) -> None:
    """Each proper one integrates to one; each gives a posterior between prior and data."""
    prior = TauPrior(family, tuple(ARGS[name][0] for name in TAU_PRIORS[family]))
    if prior.proper:
        top = prior.args[0] if family == "uniform_to" else np.inf
        pieces = [(0, 0.5), (0.5, 2), (2, 50), (50, np.inf)] if np.isinf(top) else [(0, top)]
        total = sum(
            quad(lambda t: float(np.exp(prior.log_density(np.array([t]), SE))[0]), *piece, limit=400)[0]
            for piece in pieces
        )
        assert total == pytest.approx(1, abs=2e-6)
    found = pool(Y, SE, tau=prior)
    assert 0.05 < found.tau.median < 1.5
    assert found.tau.cdf(found.tau.quantile([0.1, 0.5, 0.9])) == pytest.approx([0.1, 0.5, 0.9], rel=1e-9)
    assert read_tau_prior(str(prior)) == prior


@pytest.mark.parametrize(("tau", "square"), [("half_normal(0.5)", 0.25), ("fixed(0.8)", 0.64)])
def test_what_priors_alone_predict_has_the_variance_of_both(tau: str, square: float) -> None:
    """Law of total variance: that of the mean, plus the expected square of the spread between studies."""
    told = prior_prediction(read_tau_prior(tau), normal_mixture([0.25, 0.75], [-1.0, 1.0], [2.0, 0.6]))
    within = 0.25 * 4.0 + 0.75 * 0.36
    between = 0.25 * (-1.0 - 0.5) ** 2 + 0.75 * (1.0 - 0.5) ** 2
    assert told.mean == pytest.approx(0.5, abs=1e-6)
    assert told.sd**2 == pytest.approx(within + between + square, rel=1e-4)


def test_few_studies_are_refused_or_told() -> None:
    with pytest.raises(ValueError, match="too few for the prior uniform"):
        pool([0.1, 0.2], [0.1, 0.1], tau=TauPrior("uniform"))
    three = pool([0.1, 0.5, 0.2], [0.1, 0.1, 0.2], tau=TauPrior("uniform"))
    assert not three.has_sd
    assert math.isinf(three.tau.sd)
    data = pooled_result(three)
    assert data.mu.sd is None
    assert data.tau.mean is None
    assert data.mu.median == pytest.approx(three.mu.median)
    one = pool([0.4], [0.2], mu=normal_mixture([1], [0], [1]), tau=TauPrior("half_normal", (0.5,)))
    assert 0.2 < one.mu.mean < 0.4
    alone = classical([0.4], [0.2])
    assert (alone.q, alone.i2) == (0, 0)
    assert astuple(alone.reml) == astuple(alone.paule_mandel) == (0, 0.4, 0.2)
    for words, estimates, errors in (
        ("one standard error for each", [0.1], [0.1, 0.2]),
        ("above 0", [0.1], [0.0]),
        ("finite", [math.nan], [0.1]),
        ("one standard error for each", [], []),
    ):
        with pytest.raises(ValueError, match=words):
            pool(estimates, errors)


def test_many_studies_recover_the_truth() -> None:
    """300 studies drawn with μ = 0.4 and τ = 0.25: both inside narrow intervals."""
    rng = np.random.default_rng(20261124)
    errors = rng.uniform(0.05, 0.3, 300)
    truth = rng.normal(0.4, 0.25, 300)
    found = pool(rng.normal(truth, errors), errors, tau=TauPrior("half_cauchy", (1.0,)))
    assert abs(found.mu.mean - 0.4) < 3 * found.mu.sd < 0.07
    low, high = found.tau.central(0.99)
    assert low < 0.25 < high
    assert high - low < 0.12
    assert np.mean([abs(e.mean - t) for e, t in zip(found.effects, truth, strict=True)]) < np.mean(
        np.abs(found.estimates - truth)
    )


def test_written_priors() -> None:
    assert read_normals("uniform") is None
    mix = read_normals("0.8 normal(0, 1) + 0.2 normal(0.5, 10)")
    assert mix is not None
    assert mix.weights == pytest.approx([0.8, 0.2])
    assert mix.sds == pytest.approx([1, 10])
    short = read_normals("N(0, 4)")
    assert short is not None
    assert (short.means[0], short.sds[0]) == (0, 4)
    for text, told in (("HalfNormal(0.5)", "half_normal"), ("half-cauchy: 25", "half_cauchy"), ("uniform", "uniform")):
        assert read_tau_prior(text).family == told
    for words, bad in (
        ("found 0 numbers", "half_normal"),
        ("did you mean `half_normal`", "half_norml(1)"),
        ("scale must be above 0", "half_normal(-1)"),
        ("found 1 numbers", "half_t(1)"),
        ("expected numbers", "half_t(a, 2)"),
        ("expected a prior", "3"),
    ):
        with pytest.raises(ValueError, match=words):
            read_tau_prior(bad)
    for words, bad in (
        ("add up to 1.1", "0.8 normal(0, 1) + 0.3 normal(0, 2)"),
        ("expected uniform", "normal(0)"),
        ("expected uniform", "cauchy(0, 1)"),
        ("sd must be finite and above 0", "normal(0, -1)"),
    ):
        with pytest.raises(ValueError, match=words):
            read_normals(bad)


@pytest.mark.parametrize(
    "text", ["log_normal(1e308, 1)", "log_normal(1e3, 1)", "half_normal(1e200)", "log_t_squared(400, 1, 2)"]
)
def test_a_spread_beyond_all_numbers_is_refused(text: str) -> None:
    from txsim.pooling.heterogeneity import read_tau_prior

    with pytest.raises(ValueError, match="larger than numbers can be"):
        read_tau_prior(text)


STUDIES = (("a", "0.34", "0.05", "1200"), ("b", "0.21", "0.08", "340"), ("c", "-0.02", "0.11", "95"))


@pytest.mark.parametrize("sign", [";", "\t", ","])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_decimal_commas_are_decimal_points(tmp_path: Path, sign: str, encoding: str) -> None:
    rows = [["study", "estimate", "se", "n"], *STUDIES]
    points = "\n".join(sign.join(row) for row in rows)
    commas = "\n".join(sign.join(f'"{cell.replace(".", ",")}"' for cell in row) for row in rows)
    (tmp_path / "points.csv").write_text(points, "utf-8")
    (tmp_path / "commas.csv").write_bytes(f"{commas}\n".encode(encoding))
    assert read_studies(tmp_path / "commas.csv") == read_studies(tmp_path / "points.csv")


@pytest.mark.parametrize(
    ("row", "message", "hint"),
    [
        ("x;0.34;0,05", "expected a number", "write all of them one way"),  # a point here, a comma there
        ("x;1.234,5;0,05", "expected a number", ""),
        ("x;0,34;zero", "`zero` is not a number", ""),
    ],
)
def test_what_is_written_two_ways_is_asked(row: str, message: str, hint: str) -> None:
    with pytest.raises(InputError, match=message) as raised:
        studies_from_text(f"study;estimate;se\na;0,3;0,04\n{row}\n")
    assert hint in str(raised.value.problems[0].hint or "")


def test_people_are_counted_in_whole_numbers() -> None:
    with pytest.raises(InputError, match=r"can be read two ways: write 1.234 or 1234"):
        studies_from_text("study;r;n\na;0,3;1.234\n")
    assert studies_from_text("study;r;n\na;0,3;1 234\n") == studies_from_text("study,r,n\na,0.3,1234\n")


def test_what_is_told_of_studies_without_spread_is_that_of_one_normal() -> None:
    """Two studies of 2 ± 1 and 5 ± 2, no spread: the mean is 2.6 ± √0.8, by weights of 4 to 1."""
    posterior = pool([2.0, 5.0], [1.0, 2.0], tau=TauPrior("fixed", (0.0,)))
    told = pooled_result(posterior, level=0.8)
    assert told.mu.mean == pytest.approx(2.6, rel=1e-9)
    assert told.mu.sd == pytest.approx(math.sqrt(0.8), rel=1e-9)
    assert told.mu.p_above_0 == pytest.approx(NormalDist(2.6, math.sqrt(0.8)).cdf(5.2), rel=1e-9)  # as far above
    assert [study.weight for study in told.studies] == pytest.approx([0.8, 0.2], rel=1e-9)
    # 80 % of a normal lie within 1.28155 standard errors
    assert told.studies[1].interval == pytest.approx((5 - 2 * 1.28155, 5 + 2 * 1.28155), abs=1e-4)
