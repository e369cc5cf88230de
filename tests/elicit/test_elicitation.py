# SPDX-License-Identifier: MIT
"""Elicitation: published fits, round trips, and recovery of known distributions."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import optimize, stats

from txsim.elicit.families import Elicited
from txsim.elicit.judgements import chips_to_cdf, fit_dirichlet, from_interval_and_mode
from txsim.elicit.least_squares import elicit, fit_family, nelder_mead
from txsim.elicit.opinion_pools import linear_pool, logarithmic_pool, pool_experts, product_pool

SEVEN = 2e-7


@pytest.fixture(scope="module")
def published(data: Path) -> dict[str, Any]:
    return dict(json.loads((data / "published" / "targets.json").read_text("utf-8")))


def quartiles(told: dict[str, float], **limits: float) -> Any:
    return elicit([told["q25"], told["q50"], told["q75"]], [0.25, 0.5, 0.75], **limits)


def test_two_experts_as_printed(published: dict[str, Any]) -> None:
    target = published["elicitation_two_experts"]
    found = {name: quartiles(told, lower=0, upper=100) for name, told in target["experts"].items()}
    for name, told in target["printed"]["Beta(0-100)"].items():
        assert found[name].fits["beta"].params == pytest.approx(told, rel=1e-6)  # as printed, to eight digits
    for name, sums in target["printed"]["ssq"].items():
        for family, ssq in sums.items():
            assert found[name].fits[family].ssq == pytest.approx(ssq, rel=2e-6, abs=1e-11)
    run = target["reference_run"]
    for key, family in (("normal", "normal"), ("gamma[shape,rate]", "gamma"), ("lognormal", "lognormal")):
        for name, told in run[key].items():
            assert found[name].fits[family].params == pytest.approx(told, rel=SEVEN)
    for key, family in (("t3", "t"), ("logt3", "logt")):
        for name, told in run[key].items():
            # A symmetric expert is fitted exactly here; the published search ends at a sum of squares of 6e-12.
            assert found[name].fits[family].params[:2] == pytest.approx(told, rel=2e-6)
    assert found["B"].fits["skewnormal"].params == pytest.approx(run["skewnormal_B"], rel=3e-5)
    assert found["A"].best.family == "normal"
    assert found["B"].best.family == "skewnormal"


def test_pooled_quantiles_as_printed(published: dict[str, Any]) -> None:
    target = published["elicitation_two_experts"]
    found = [quartiles(told, lower=0, upper=100) for told in target["experts"].values()]
    run, levels = target["reference_run"], [0.05, 0.25, 0.5, 0.75, 0.95]
    for key, told in run["linear_pool_equal_quantiles[.05,.25,.5,.75,.95]"].items():
        fits = [f.best if key.startswith("best") else f.fits[key] for f in found]
        assert linear_pool(fits).quantile(levels) == pytest.approx(told, rel=SEVEN)
    betas = [f.fits["beta"] for f in found]
    weighed = linear_pool(betas, [0.7, 0.3]).quantile([0.05, 0.5, 0.95])
    assert weighed == pytest.approx(run["pool_beta_w(.7,.3)[.05,.5,.95]"], rel=SEVEN)
    assert linear_pool(betas).cdf([20, 50, 80]) == pytest.approx(run["pool_P(X<=20,50,80)_beta"], rel=2e-6)


def test_consensus_as_printed(published: dict[str, Any]) -> None:
    target = published["elicitation_consensus"]
    found = quartiles(target["q"], lower=0, upper=100)
    for family, told in target["printed_quantiles_5_95"].items():
        got = found.fits[family].quantile([0.05, 0.95])
        assert [float(f"{value:.3g}") for value in got] == told, family
    for family, told in target["printed_P(25,30,40)"].items():
        assert [float(f"{value:.3g}") for value in found.fits[family].cdf([25, 30, 40])] == told, family
    for key, told in target["reference_params"].items():
        family = key.removesuffix("3")
        assert found.fits[family].params[:2] == pytest.approx(told, rel=SEVEN)
    for family, told in target["reference_quantiles_6sf"].items():
        assert found.fits[family].quantile([0.05, 0.95]) == pytest.approx(told, rel=5e-6)


ROUND_TRIPS: list[tuple[str, tuple[float, ...], list[float], dict[str, float]]] = [
    ("normal", (10, 20), [-10, 10, 50], {}),
    ("beta", (5, 20), [18, 20, 22, 24], {"lower": 10, "upper": 60}),
    ("gamma", (50, 2), [32, 35, 37], {"lower": 10}),
    ("lognormal", (math.log(30), 0.5), [-78, -70, -58], {"lower": -100}),
    ("t", (10, 20, 4), [-10, 10, 30, 50], {}),
    ("mirrorgamma", (4, 0.5), [10, 14, 18], {"upper": 20}),
    ("mirrorlognormal", (2, 0.4), [8, 12, 15], {"upper": 20}),
    ("logt", (1, 0.6, 4), [1.5, 2.5, 5], {"lower": 0}),
    ("skewnormal", (1, 2, 3), [0.5, 1.5, 2.5, 4], {}),
]


@pytest.mark.parametrize(("family", "params", "values", "limits"), ROUND_TRIPS, ids=lambda case: str(case)[:16])
def test_round_trips(family: str, params: tuple[float, ...], values: list[float], limits: dict[str, float]) -> None:
    """The probabilities of a member give that member back."""
    truth = Elicited(family, params, limits.get("lower", -math.inf), limits.get("upper", math.inf))
    found = fit_family(family, values, truth.cdf(values), df=params[2] if family in ("t", "logt") else 3, **limits)
    assert found.params == pytest.approx(params, rel=1e-3)
    assert found.misfit < 1e-5
    assert found.fits


def test_round_trips_of_the_published_cases(published: dict[str, Any]) -> None:
    """The listed cases are those above and the two here; a new one must not go unseen."""
    cases = published["elicitation_round_trips"]["cases"]
    assert len(cases) == 7
    dirichlet = next(case["dirichlet"] for case in cases if "dirichlet" in case)
    total = sum(dirichlet)
    assert fit_dirichlet([(a, total - a) for a in dirichlet]) == pytest.approx(dirichlet, rel=1e-3)


def test_pool_of_three_families() -> None:
    """1/6 Ga(10, 4) + 2/6 N(3, 2) + 3/6 LN(log 3, 2) against scipy's own distribution functions."""
    parts = [Elicited("gamma", (10, 4), 0), Elicited("normal", (3, 2)), Elicited("lognormal", (math.log(3), 2), 0)]
    pool = linear_pool(parts, [1 / 6, 2 / 6, 3 / 6])
    x = np.array([-2, 0.5, 2.5, 4, 30])
    told = stats.gamma.cdf(x, 10, scale=1 / 4) / 6 + stats.norm.cdf(x, 3, 2) / 3 + stats.lognorm.cdf(x, 2, scale=3) / 2
    assert pool.cdf(x) == pytest.approx(told, rel=1e-12)
    p = np.array([0.01, 0.05, 0.5, 0.95, 0.999])
    assert pool.cdf(pool.quantile(p)) == pytest.approx(p, rel=1e-12)
    assert pool.mean == pytest.approx(2.5 / 6 + 1 + 3 * math.exp(2) / 2, rel=1e-12)


FAMILIES = ("normal", "lognormal", "gamma", "beta", "t")


def drawn(rng: np.random.Generator, family: str) -> Elicited:
    if family == "normal":
        return Elicited(family, (rng.normal(0, 10), math.exp(rng.normal(0, 1.5))))
    if family == "t":
        return Elicited(family, (rng.normal(0, 10), math.exp(rng.normal(0, 1.5)), 3.0))
    if family == "lognormal":
        return Elicited(family, (rng.normal(0, 2), rng.uniform(0.1, 1.8)), 0.0)
    if family == "gamma":
        return Elicited(family, (math.exp(rng.uniform(-0.5, 4)), math.exp(rng.normal(0, 2))), 0.0)
    return Elicited(family, (math.exp(rng.uniform(-0.2, 4)), math.exp(rng.uniform(-0.2, 4))), 0.0, 1.0)


def test_recovers_a_known_distribution_to_one_percent() -> None:
    """200 random members of five families, from five quantiles: parameters to 1 %, and quantiles never asked for."""
    rng = np.random.default_rng(4711)
    asked, others = np.array([0.05, 0.25, 0.5, 0.75, 0.95]), np.array([0.01, 0.1, 0.4, 0.6, 0.9, 0.99])
    for i in range(200):
        truth = drawn(rng, FAMILIES[i % 5])
        found = fit_family(truth.family, truth.quantile(asked), asked, truth.lower, truth.upper)
        width = float(truth.quantile(0.95) - truth.quantile(0.05))
        gap = np.abs(found.quantile(others) - truth.quantile(others))
        assert np.all(gap <= 0.01 * np.maximum(np.abs(truth.quantile(others)), width)), (i, truth, found)
        scale = max(abs(truth.params[0]), width) if truth.family in ("normal", "t", "lognormal") else truth.params[0]
        assert abs(found.params[0] - truth.params[0]) <= 0.01 * scale, (i, truth, found)
        assert found.params[1] == pytest.approx(truth.params[1], rel=0.01), (i, truth, found)
        assert found.fits


def test_probabilities_of_zero_and_one_are_limits() -> None:
    """They shape the histogram, and nothing else."""
    plain = elicit([25, 30, 40], [0.25, 0.5, 0.75], 0, 100)
    ends = elicit([10, 25, 30, 40, 90], [0, 0.25, 0.5, 0.75, 1], 0, 100)
    for name in plain.fits:
        if name != "hist":
            assert ends.fits[name].params == plain.fits[name].params
    assert float(ends.fits["hist"].cdf(9)) == 0.0
    assert float(plain.fits["hist"].cdf(9)) > 0


def test_one_side_of_the_middle_tells_an_exponential() -> None:
    """One probability and a limit: a gamma of shape 1 through it."""
    found = elicit([20], [0.7], 0)
    assert list(found.fits) == ["gamma"]
    assert found.fits["gamma"].params == pytest.approx((1, -math.log(0.3) / 20), rel=1e-6)
    mirrored = elicit([80], [0.3], upper=100)
    assert mirrored.fits["mirrorgamma"].cdf(80) == pytest.approx(0.3, rel=1e-6)


def test_a_wrong_family_says_that_it_does_not_fit() -> None:
    """Quantiles of two humps: no family fits, and each says so by its misfit."""
    humps = linear_pool([Elicited("normal", (10, 1)), Elicited("normal", (90, 1))])
    p = np.array([0.05, 0.25, 0.45, 0.55, 0.75, 0.95])
    found = elicit(humps.quantile(p), p, 0, 100)
    assert all(not fit.fits and fit.misfit > 0.05 for name, fit in found.fits.items() if name not in ("hist", "beta"))
    assert found.fits["hist"].cdf(humps.quantile(p)) == pytest.approx(p, abs=1e-12)


def test_densities_belong_to_distribution_functions() -> None:
    found = elicit([25, 30, 40], [0.25, 0.5, 0.75], 0, 100)
    x = np.linspace(12, 80, 9)
    for name, fit in found.fits.items():
        slope = (fit.cdf(x + 1e-5) - fit.cdf(x - 1e-5)) / 2e-5
        assert fit.pdf(x) == pytest.approx(slope, rel=2e-4, abs=1e-7), name
        assert fit.cdf(fit.quantile(0.3)) == pytest.approx(0.3, rel=1e-9), name
        if not name.endswith("logt") and name != "t":
            grid = np.linspace(0.00005, 0.99995, 10000)
            values = fit.quantile(grid)
            assert fit.mean == pytest.approx(values.mean(), rel=2e-3), name
            assert fit.sd == pytest.approx(values.std(), rel=2e-2), name
    assert found.fits["lognormal"].as_prior() is not None
    assert found.fits["t"].as_prior() is None


def test_pools_by_precision() -> None:
    """Closed forms for normals: the mean weighed by precision; agreement adds certainty only if independent."""
    one, two = Elicited("normal", (0.0, 1.0)), Elicited("normal", (2.0, 0.5))
    for pooled, told in (  # precisions 1 and 4, each to the power of its weight
        (logarithmic_pool([one, two]), (8 / 5, (5 / 2) ** -0.5)),
        (product_pool([one, two]), (8 / 5, 5**-0.5)),
        (logarithmic_pool([one, two], [3, 1]), (8 / 7, (7 / 4) ** -0.5)),
    ):
        assert (pooled.mean, pooled.sd) == pytest.approx(told, rel=1e-5)
        assert pooled.quantile([0.05, 0.5, 0.95]) == pytest.approx(stats.norm.ppf([0.05, 0.5, 0.95], *told), rel=2e-4)
        assert pooled.pdf(told[0]) == pytest.approx(stats.norm.pdf(0, 0, told[1]), rel=1e-3)
    same = logarithmic_pool([one, one, one])
    assert same.sd == pytest.approx(1, rel=1e-5)
    assert product_pool([one, one, one]).sd == pytest.approx(3**-0.5, rel=1e-5)
    betas = [Elicited("beta", (2, 5), 0, 1), Elicited("beta", (4, 3), 0, 1)]
    assert product_pool(betas).mean == pytest.approx(5 / 12, rel=1e-5)  # Beta(5, 7)
    assert pool_experts([one], "precision") is one


def test_pools_refuse_what_cannot_be() -> None:
    apart = [Elicited("beta", (2, 2), 0, 1), Elicited("beta", (2, 2), 5, 6)]
    with pytest.raises(ValueError, match="no possible value"):
        logarithmic_pool(apart)
    for weights in ([1], [-1, 2], [0, 0]):
        with pytest.raises(ValueError, match="one weight at least 0"):
            linear_pool(apart, weights)
    with pytest.raises(ValueError, match="did you mean `linear`"):
        pool_experts(apart, "lineer")


def test_chips_are_shares_below_each_bound() -> None:
    values, below = chips_to_cdf([0, 10, 20, 30, 40], [0, 4, 6, 0])
    assert values.tolist() == [10, 20, 30]
    assert below.tolist() == [0, 0.4, 1]
    for words, bounds, chips in (
        ("one more bound", [0, 1, 2], [1]),
        ("must rise", [0, 2, 1], [1, 1]),
        ("two bins at least", [0, 1, 2], [1, 0]),
        ("at least 0", [0, 1, 2], [-1, 2]),
    ):
        with pytest.raises(ValueError, match=words):
            chips_to_cdf(bounds, chips)


@pytest.mark.parametrize("family", ["lognormal", "gamma", "normal", "beta"])
def test_interval_and_most_likely(family: str) -> None:
    """The mode is where it was said, and the interval holds what was said; for any unit of measurement."""
    for unit in (1.0, 1e-4) if family == "beta" else (1.0, 1e-4, 1e6):
        low, likely, high = 0.1 * unit, 0.3 * unit, 0.6 * unit
        found = from_interval_and_mode(low, high, likely, mass=0.9, family=family, upper=max(1.0, unit))
        assert float(found.cdf(high) - found.cdf(low)) == pytest.approx(0.9, abs=1e-9)
        grid = np.linspace(low, high, 20001)
        assert grid[int(np.argmax(found.pdf(grid)))] == pytest.approx(likely, rel=1e-3)
        assert found.fits
    for bad in ((0.6, 0.1, 0.3), (0.1, 0.6, 0.7)):
        with pytest.raises(ValueError, match="must lie inside"):
            from_interval_and_mode(*bad, family=family)
    if family != "normal":
        with pytest.raises(ValueError, match="leaves the support"):
            from_interval_and_mode(-0.1, 0.6, 0.3, family=family)


def test_dirichlet_by_each_rule() -> None:
    """Means are scaled to 1; the sum lies where the rule says."""
    marginals = [(30, 25), (12, 28), (6, 30)]
    totals = {rule: float(fit_dirichlet(marginals, rule).sum()) for rule in ("opt", "min", "mean", "med")}
    assert totals["min"] == pytest.approx(36)
    assert totals["med"] == pytest.approx(45.5)
    assert totals["mean"] == pytest.approx((55 + 40 + 36) / 3)
    assert 36 < totals["opt"] < 55
    means = np.array([stats.beta.mean(a, b) for a, b in marginals])
    sds = np.array([stats.beta.std(a, b) for a, b in marginals])

    def apart(total: float) -> float:  # as good as a search can make it: standard deviations nearest to those stated
        return float(np.sum((sds - np.sqrt(means * (1 - means) / (total + 1))) ** 2))

    nearest = optimize.minimize_scalar(apart, bounds=(36, 55), method="bounded", options={"xatol": 1e-9})
    assert totals["opt"] == pytest.approx(nearest.x, rel=1e-6)
    shares = fit_dirichlet(marginals) / totals["opt"]
    assert shares.sum() == pytest.approx(1)
    for bad in ([(1, 2)], [(1, -2), (1, 1)]):
        with pytest.raises(ValueError, match="two shares at least"):
            fit_dirichlet(bad)
    with pytest.raises(ValueError, match="not by"):
        fit_dirichlet(marginals, "best")


@pytest.mark.parametrize(
    ("values", "probabilities", "limits", "words"),
    [
        ([1, 3, 2], [0.25, 0.5, 0.75], {}, "must rise: 2 comes after 3"),
        ([1, 2, 3], [0.25, 0.75, 0.5], {}, "must rise"),
        ([1, 2, 3], [0.25, 0.5, 1.2], {}, "between 0 and 1"),
        ([1, 2, 3], [0.25, 0.5, 0.75], {"lower": 2}, "outside the limits"),
        ([1, 2, 3], [0.45, 0.55, 0.75], {}, "below 0.4"),
        ([1, 2, 3], [0, 0.5, 1], {}, "strictly between 0 and 1"),
        ([1, 2], [0.25, 0.5, 0.75], {}, "one probability for each"),
        ([1, 2, 3], [0.25, 0.5, 0.75], {"lower": 5, "upper": 4}, "lower limit"),
        ([1, 2, math.nan], [0.25, 0.5, 0.75], {}, "finite"),
    ],
)
def test_impossible_judgements_are_refused(
    values: list[float], probabilities: list[float], limits: dict[str, float], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        elicit(values, probabilities, **limits)
    with pytest.raises(ValueError, match="did you mean"):
        elicit([1, 2, 3], [0.25, 0.5, 0.75], families=["lognormall"])


def test_simplex_finds_minima() -> None:
    found, least = nelder_mead(
        lambda x: float((x[0] - 3) ** 2 + 10 * (x[1] + 1) ** 2), np.array([0.0, 0.0]), tolerance=1e-12
    )
    assert found == pytest.approx([3, -1], abs=1e-4)
    assert least < 1e-8
    banana, _ = nelder_mead(
        lambda x: float(100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2), np.array([-1.2, 1.0]), most=2000
    )
    assert banana == pytest.approx([1, 1], abs=2e-3)
