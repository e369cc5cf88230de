# SPDX-License-Identifier: MIT
"""Families against scipy's, pools in closed form, and sheets and interviews whose priors are known beforehand."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import stats

from txsim import catalogues
from txsim.cli.asking import said_command
from txsim.elicit.expert_fit import Answer, candidates, expert_fit, missed_by
from txsim.elicit.expert_prior import _beside, as_quantity, judge
from txsim.elicit.families import Elicited
from txsim.elicit.interview import Question, _answer, answered, judged, next_question, to_sheet
from txsim.elicit.opinion_pools import linear_pool, pool_experts
from txsim.elicit.sheet import SheetError, read_sheet
from txsim.language import lazy
from txsim.priors.catalogue import Parameter, parameters
from txsim.priors.distributions import Distribution, lognormal, quantile
from txsim.priors.moments import median

KNOWN = parameters()
SLOPE, SHARE = KNOWN["ex_cx"], next(p for p in KNOWN.values() if (p.low, p.high) == (0, 1))
#: Ends of the middle half and of 90 % of a standard normal, from any table.
QUARTER, NINETIETH = 0.67449, 1.64485


@pytest.mark.parametrize(
    ("fit", "reference"),
    [
        (Elicited("normal", (3.0, 2.0)), stats.norm(3, 2)), (Elicited("t", (3.0, 2.0, 5.0)), stats.t(5, 3, 2)),
        (Elicited("skewnormal", (3.0, 2.0, 1.7)), stats.skewnorm(1.7, 3, 2)),
        (Elicited("gamma", (2.5, 4.0), 1.0), stats.gamma(2.5, 1, 0.25)),
        (Elicited("lognormal", (0.3, 0.6), 1.0), stats.lognorm(0.6, 1, math.exp(0.3))),
        (Elicited("beta", (2.0, 5.0), -1.0, 3.0), stats.beta(2, 5, -1, 4)),
    ],
    ids=lambda value: value.family if isinstance(value, Elicited) else "",
)  # fmt: skip
def test_families_are_those_of_scipy(fit: Elicited, reference: Any) -> None:
    p = np.array([0.01, 0.2, 0.5, 0.9, 0.99])
    x = reference.ppf(p)
    np.testing.assert_allclose(fit.quantile(p), x, rtol=1e-8)
    np.testing.assert_allclose(fit.cdf(x), p, rtol=1e-8)
    np.testing.assert_allclose(fit.pdf(x), reference.pdf(x), rtol=1e-8)
    assert (fit.mean, fit.sd) == pytest.approx((reference.mean(), reference.std()))


def test_mirrored_families_and_histograms() -> None:
    plain, mirrored = Elicited("gamma", (2.5, 4.0), 0.0), Elicited("mirrorgamma", (2.5, 4.0), upper=10.0)
    x = np.array([0.2, 0.7, 1.9])
    np.testing.assert_allclose(mirrored.cdf(10 - x), 1 - plain.cdf(x))
    np.testing.assert_allclose(mirrored.pdf(10 - x), plain.pdf(x))
    np.testing.assert_allclose(mirrored.quantile([0.1, 0.8]), 10 - plain.quantile([0.9, 0.2]))
    assert (mirrored.mean, mirrored.sd) == pytest.approx((10 - 2.5 / 4, math.sqrt(2.5) / 4))
    logt = Elicited("logt", (0.3, 0.6, 5.0), 1.0)
    np.testing.assert_allclose(logt.cdf(1 + np.exp(0.3 + 0.6 * x)), stats.t.cdf(x, 5))
    # a fifth between 0 and 1, four fifths between 1 and 3: mean 0.1 + 1.6
    steps = Elicited("hist", (0.0, 1.0, 3.0, 0.0, 0.2, 1.0), 0.0, 3.0)
    assert steps.mean == pytest.approx(1.7)
    assert steps.sd == pytest.approx(math.sqrt(0.2 * (1.44 + 1 / 12) + 0.8 * (0.09 + 4 / 12)))
    np.testing.assert_allclose(steps.pdf([0.5, 2.0, -0.1, 3.1]), [0.2, 0.4, 0, 0])
    np.testing.assert_allclose(steps.cdf([0.5, 2.0]), [0.1, 0.6])
    np.testing.assert_allclose(steps.quantile([0.1, 0.6]), [0.5, 2.0])


def test_what_a_scenario_can_hold() -> None:
    assert Elicited("normal", (3.0, 2.0)).as_prior() == Distribution("normal", (3.0, 2.0))
    assert Elicited("gamma", (2.0, 3.0), 0.0).as_prior() == Distribution("gamma", (2.0, 3.0))
    assert Elicited("gamma", (2.0, 3.0), 1.0).as_prior() is None
    assert Elicited("beta", (2.0, 3.0), 0.0, 5.0).as_prior() == Distribution("beta", (2.0, 3.0, 0.0, 5.0))
    assert Elicited("t", (2.0, 3.0, 4.0)).as_prior() is None


def test_each_pool_is_the_one_of_its_name() -> None:
    """N(0, 1) and N(2, 1): the mean of densities has variance 1 + 1, the averaged product 1, the product of both ½."""
    people = [Elicited("normal", (0.0, 1.0)), Elicited("normal", (2.0, 1.0))]
    for how, sd in (("linear", math.sqrt(2)), ("precision", 1.0), ("product", math.sqrt(0.5))):
        found: Any = pool_experts(people, how)
        assert (found.mean, found.sd) == pytest.approx((1.0, sd), rel=1e-4)
    # weights 3 : 1
    for how, mean, sd in (("linear", 0.5, math.sqrt(1 + 0.75)), ("precision", 0.5, 1.0), ("product", 0.5, 0.5)):
        found = pool_experts(people, how, [3, 1])
        assert (found.mean, found.sd) == pytest.approx((mean, sd), rel=1e-4)
    # surer counts more: precisions 1 and 4
    unequal = [Elicited("normal", (0.0, 1.0)), Elicited("normal", (2.0, 0.5))]
    found = pool_experts(unequal, "precision")
    assert (found.mean, found.sd) == pytest.approx((1.6, math.sqrt(0.4)), rel=1e-4)
    assert pool_experts(people[:1], "product") is people[0]
    mixed = linear_pool(unequal, [1, 3])
    assert float(mixed.cdf(1.0)) == pytest.approx(0.25 * stats.norm.cdf(1) + 0.75 * stats.norm.cdf(-2))
    assert float(mixed.cdf(mixed.quantile(0.3))) == pytest.approx(0.3)


def quartiles(middle: float, factor: float) -> tuple[float, ...]:
    """Return the quartiles of a log-normal with 90 % between median over and times a factor."""
    return tuple(middle * factor ** (z / NINETIETH) for z in (-QUARTER, 0.0, QUARTER))


def test_a_log_normal_comes_back_from_its_quartiles() -> None:
    judgement = judge(SLOPE, [Answer("Ada", "quartiles", quartiles(0.3, 2.0), (0.25, 0.5, 0.75))], why="seen it")
    assert judgement.prior.family == "lognormal"
    assert median(judgement.prior) == pytest.approx(0.3, rel=1e-3)
    assert quantile(judgement.prior, 0.95) == pytest.approx(0.6, rel=1e-3)
    assert (judgement.by, judgement.fitting) == ("Ada", True)
    assert str(judgement.why).startswith("seen it; by quartiles; the fit misses less than 0.1 %")
    _fit, sums = expert_fit(SLOPE, judgement.answers[0])
    usual = ("lognormal", "gamma", "normal", "split_lognormal", "split_normal")
    assert candidates(SLOPE) == (*usual, "spline_lognormal", "spline_normal")
    assert set(sums) == {
        "lognormal",
        "gamma",
        "split_lognormal",
        "spline_lognormal",
    }  # a normal would have too much below 0
    assert sums["lognormal"] < sums["gamma"]
    shown = judgement.told(SLOPE)
    assert shown.pool is None
    assert shown.experts[0].quantiles["0.95"] == pytest.approx(0.6, rel=1e-3)
    assert shown.prior.p05 == pytest.approx(0.15, rel=1e-3)
    # a gamma's own quartiles are told as a gamma
    known = stats.gamma(1.5, scale=0.2)
    other, _ = expert_fit(SLOPE, Answer("Bo", "quartiles", tuple(known.ppf([0.25, 0.5, 0.75])), (0.25, 0.5, 0.75)))
    assert other.family == "gamma"
    assert other.params == pytest.approx((1.5, 5.0), rel=1e-2)


def test_two_experts_are_pooled_as_said() -> None:
    """Equal log-normals around 0.2 and 0.4: by product each log's variance halves, the middle is the geometric mean."""
    people = [
        Answer(name, "quartiles", quartiles(m, 2.0), (0.25, 0.5, 0.75)) for name, m in (("Ada", 0.2), ("Bo", 0.4))
    ]
    wide = judge(SLOPE, people, pool="linear")
    even = judge(SLOPE, people, pool="precision")
    sure = judge(SLOPE, people, pool="product")
    sd = math.log(2) / NINETIETH
    for judgement, spread in ((even, sd), (sure, sd / math.sqrt(2))):
        # a density is multiplied, not one of logarithms: 1/x goes with the power of all weights less one
        shift = 0.0 if judgement is even else -(spread**2)
        assert math.log(median(judgement.prior)) == pytest.approx(math.log(math.sqrt(0.08)) + shift, abs=2e-3)
        assert math.log(quantile(judgement.prior, 0.95) / median(judgement.prior)) == pytest.approx(
            NINETIETH * spread, rel=5e-3
        )
    assert float(wide.pooled.quantile(0.5)) == pytest.approx(math.sqrt(0.08), rel=1e-3)
    assert quantile(wide.prior, 0.95) > quantile(even.prior, 0.95)
    assert wide.by == "Ada, Bo"
    assert "2 experts, linear pool" in str(wide.why)


def test_priors_as_they_are_written() -> None:
    assert as_quantity(lognormal(0.3, 2.0)) == {"median": 0.3, "factor": 2.0}
    assert as_quantity(Distribution("normal", (3.0, 2.0))) == {"distribution": "normal", "mean": 3.0, "sd": 2.0}
    assert as_quantity(Distribution("gamma", (3.0, 2.0))) == {"distribution": "gamma", "shape": 3.0, "rate": 2.0}
    assert as_quantity(Distribution("beta", (3.0, 2.0, 0.0, 1.0))) == {"distribution": "beta", "a": 3.0, "b": 2.0}
    assert as_quantity(Distribution("beta", (3.0, 2.0, 0.0, 5.0)))["high"] == 5.0  # type: ignore[index]
    assert as_quantity(Distribution("point", (3.0,))) == 3.0


def sheet(**expert: Any) -> dict[str, Any]:
    return {"parameters": {"ex_cx": {"experts": [{"name": "Ada", **expert}]}}}


@pytest.mark.parametrize(
    ("expert", "levels"),
    [
        ({"quartiles": [0.1, 0.2, 0.4]}, {0.25: 0.1, 0.5: 0.2, 0.75: 0.4}),
        ({"quantiles": {0.95: 0.8, 0.05: 0.05}}, {0.05: 0.05, 0.95: 0.8}),
        ({"quantiles": {0.5: 0.2, 0.95: 0.9}}, {0.5: 0.2, 0.95: 0.9}),
        ({"chips": {"bounds": [0, 0.1, 0.2, 0.4, 0.8], "counts": [2, 3, 4, 1]}}, {0.2: 0.1, 0.5: 0.2, 0.9: 0.4}),
        ({"chips": {"bounds": [0, 0.1, 0.2, 0.4, 0.8], "counts": [0, 3, 5, 2]}}, {0.3: 0.2, 0.8: 0.4}),
    ],
)
def test_what_a_sheet_says(expert: dict[str, Any], levels: dict[float, float]) -> None:
    told = sheet(**expert)
    told["parameters"]["ex_cx"]["accept_misfit"] = True
    (judgement,) = read_sheet(told, KNOWN)
    (answer,) = judgement.answers
    assert dict(zip(answer.probabilities, answer.values, strict=True)) == pytest.approx(levels)
    assert (answer.weight, answer.name) == (1.0, "Ada")


def test_an_interval_and_the_most_likely_value() -> None:
    told = sheet(interval=[0.1, 0.6], most_likely=0.25, mass=0.8, weight=2)
    told["parameters"]["ex_cx"]["family"] = "lognormal"
    (judgement,) = read_sheet(told, KNOWN)
    prior = judgement.prior
    assert prior.family == "lognormal"
    mu, sigma = prior.args
    assert math.exp(mu - sigma**2) == pytest.approx(0.25, rel=1e-3)  # the mode
    inside = stats.norm.cdf((math.log(0.6) - mu) / sigma) - stats.norm.cdf((math.log(0.1) - mu) / sigma)
    assert inside == pytest.approx(0.8, abs=2e-3)
    assert judgement.answers[0].weight == 2
    # what was said of it stands beside what the fit holds, in percent
    below = stats.norm.cdf((math.log(0.1) - mu) / sigma)
    said = str(_beside(judge(KNOWN["ex_cx"], judgement.answers, family="lognormal")))
    stated, held, under, over = (float(share) for share in re.findall(r"([\d.,]+)\s%", said))
    assert (stated, held) == (80, pytest.approx(80, abs=0.6))
    assert (under, over) == pytest.approx((100 * below, 100 * (1 - below - inside)), abs=0.6)


@pytest.mark.parametrize(
    ("expert", "message"),
    [
        ({"quartiles": [0.1, 0.2]}, "expected 3 values, found 2"),
        ({"quartiles": [0.1, 0.4, 0.4]}, "values must rise: 0.4 comes after 0.4"),
        ({"quartiles": [0.0, 0.2, 0.4]}, "0 is a limit of what is possible"),
        ({"quantiles": {0.45: 0.1, 0.95: 0.8}}, "below 0.4"),
        ({"quantiles": {0.05: 0.1, 0.55: 0.8}}, "above 0.6"),
        ({"quantiles": {0.0: 0.1, 0.95: 0.8}}, "between 0 and 1"),
        ({"chips": {"bounds": [0, 1, 2], "counts": [3, 4]}}, "three bins at least"),
        ({"interval": [0.1, 0.6]}, "`most_likely` is needed"),
        ({"interval": [0.1, 0.6], "most_likely": 0.7}, "must lie inside 0.1 … 0.6"),
        ({"interval": [0.1, 0.6], "most_likely": 0.2, "mass": 1.0}, "between 0 and 1, it is 1"),
        ({"quartiles": [0.1, 0.2, 0.4], "mass": 0.8}, "`mass` belongs to an interval"),
        ({"quartiles": [0.1, 0.2, 0.4], "weight": 0}, "a weight is above 0, it is 0"),
        ({"quartiles": [0.1, 0.2, 0.4], "quantiles": {}}, "found quartiles, quantiles"),
        ({}, "found none"),
        ({"quartiles": [0.1, True, 0.4]}, "expected a number, found true"),
        ({"quartiles": [0.1, 0.2, 2e15]}, "at most 1e15"),
        ({"quartiles": []}, "expected a list of numbers"),
        ({"interval": [], "most_likely": 0.2}, "expected a list of numbers"),
        ({"chips": {"bounds": [], "counts": []}}, "expected a list of numbers"),
        ({"chips": {"bounds": [0, 1, 2], "counts": []}}, "expected a list of numbers"),
        ({"quantiles": {}}, "expected two values at least"),
        # nothing is wrong with 0.2 in the middle: it is the family that cannot hold a half between 0.1 and 0.3
        (
            {"interval": [0.1, 0.3], "most_likely": 0.2, "mass": 0.5},
            "quantiles, as in {0.25: 0.1, 0.5: 0.2, 0.75: 0.3}",
        ),
        ({"interval": [0.05, 0.9], "most_likely": 0.06}, "is 0.06 meant"),
    ],
)
def test_sheets_that_are_refused(expert: dict[str, Any], message: str) -> None:
    with pytest.raises(SheetError) as caught:
        read_sheet(sheet(**expert), KNOWN)
    assert any(message in str(told) for _path, told, _hint in caught.value.findings)


#: A share of which more than all is possible, as of what a driver delivers.
MORE = Parameter("desk.delivery", "share", "what it delivers", "scenario", None, 0.0, 2.0, "")


@pytest.mark.parametrize("reach", [1.0, 2.0])
@pytest.mark.parametrize("method", ["quartiles", "chips", "quantiles"])
def test_a_share_ends_at_all_of_it_unless_somebody_says_more(method: str, reach: float) -> None:
    """What was read off a beta comes back as that beta: up to 1 where no more was named, up to 2 where it was."""
    truth = stats.beta(6, 3, scale=reach)
    if method == "chips":
        bounds = [reach * bound for bound in (0, 0.4, 0.6, 0.8, 1)]
        expert: dict[str, Any] = {"chips": {"bounds": bounds, "counts": (100 * np.diff(truth.cdf(bounds))).tolist()}}
    else:
        levels = (0.25, 0.5, 0.75) if method == "quartiles" else (0.05, 0.5, 0.95)
        values = [float(value) for value in truth.ppf(levels)]
        expert = {method: values if method == "quartiles" else dict(zip(levels, values, strict=True))}
    (judgement,) = read_sheet({"parameters": {MORE.name: {"experts": [expert]}}}, {MORE.name: MORE})
    assert judgement.prior.family == "beta"
    assert judgement.prior.args == pytest.approx((6, 3, 0, reach), rel=1e-4)


def test_the_pool_of_shares_ends_at_all_of_it() -> None:
    people = [{"name": "Ada", "quartiles": [0.3, 0.5, 0.7]}, {"name": "Ben", "quartiles": [0.7, 0.9, 0.97]}]
    (judgement,) = read_sheet({"parameters": {MORE.name: {"experts": people}}}, {MORE.name: MORE})
    assert quantile(judgement.prior, 0.999999) < 1
    assert quantile(judgement.prior, 0.5) == pytest.approx(float(judgement.pooled.quantile(0.5)), abs=0.02)


@pytest.mark.parametrize(
    ("expert", "message", "hint"),
    [
        ({"chips": {"bounds": [0, 0.25, 0.5, 0.75, 3], "counts": [2, 5, 8, 5]}}, "3 is outside what is possible", ""),
        ({"chips": {"bounds": [0, 25, 50, 75], "counts": [2, 5, 3]}}, "25 is outside what is possible", "or 0.25"),
        ({"chips": {"bounds": [0, 0.6, 0.7, 0.8], "counts": [5, 2, 1]}}, "more than four chips in ten", ""),
        ({"chips": {"bounds": [0, 0.6, 0.7, 0.8], "counts": [1, 2, 5]}}, "more than four chips in ten", ""),
        ({"quartiles": [0.8, 1, 2.1]}, "2.1 is outside what is possible", "or 0.021"),
        ({"quartiles": [0, 1, 0, 2, 0, 4]}, "expected 3 values, found 6", "for decimals write a point"),
    ],
)
def test_what_a_share_cannot_be_comes_with_a_cure(expert: dict[str, Any], message: str, hint: str) -> None:
    with pytest.raises(SheetError) as caught:
        read_sheet({"parameters": {MORE.name: {"experts": [expert]}}}, {MORE.name: MORE})
    ((_path, told, cure),) = caught.value.findings
    assert message in str(told)
    assert hint in str(cure)


def test_nobody_speaks_twice() -> None:
    told = sheet(quartiles=[0.1, 0.2, 0.4])
    told["parameters"]["ex_cx"]["experts"] *= 2
    with pytest.raises(SheetError, match="`Ada` has been asked already"):
        read_sheet(told, KNOWN)


def test_a_share_in_percent_is_read_or_comes_with_what_to_write() -> None:
    def told(*quartiles: Any) -> dict[str, Any]:
        return {"parameters": {SHARE.name: {"experts": [{"quartiles": list(quartiles)}]}}}

    assert read_sheet(told("40 %", "55 %", "70 %"), KNOWN)[0].answers[0].values == (0.4, 0.55, 0.7)
    with pytest.raises(SheetError) as caught:
        read_sheet(told(40, 55, 70), KNOWN)
    assert "0.4" in str(caught.value.findings[0][2])


@pytest.mark.parametrize(("typed", "kept"), [("да", "yes"), ("Нет", "no"), ("д", "yes"), ("yes", "yes"), ("n", "no")])
def test_yes_and_no_are_said_in_the_language_of_the_interview(typed: str, kept: str) -> None:
    question = Question("ex_cx/keep", lazy("Write this?"), "confirm", "yes", ("yes", "no"))
    with catalogues.speaking("ru"):
        assert answered(KNOWN, question, typed, []) == kept
    if not typed.isascii():
        with pytest.raises(ValueError, match="yes / no"):
            answered(KNOWN, question, typed, [])


@pytest.mark.parametrize(("typed", "kept"), [("квартили", "quartiles"), ("инт", "interval"), ("chips", "chips")])
def test_a_choice_is_made_in_the_language_of_the_interview(typed: str, kept: str) -> None:
    question = Question("ex_cx/1/method", lazy("?"), "choice", "quartiles", ("quartiles", "chips", "interval"))
    with catalogues.speaking("ru"):
        assert " / ".join(map(str, question.words)) == "квартили / фишки / интервал"
        assert answered(KNOWN, question, typed, []) == kept
        with pytest.raises(ValueError, match="квартили / фишки / интервал"):
            answered(KNOWN, question, "вес", [])


def test_a_limit_is_a_limit() -> None:
    told = {"parameters": {SHARE.name: {"experts": [{"quartiles": [0.2, 0.5, 1.0]}]}}}
    with pytest.raises(SheetError) as caught:
        read_sheet(told, KNOWN)
    assert "1 is a limit of what is possible, 0 … 1" in str(caught.value.findings[0][1])


def interview(parameter: Parameter, *replies: str) -> list[tuple[str, str]]:
    answers: list[tuple[str, str]] = []
    for reply in replies:
        question = next_question(KNOWN, [parameter.name], answers)
        assert question is not None
        answers.append((question.id, reply))
    return answers


def test_an_interview_is_the_sheet_it_becomes() -> None:
    """Quartiles are asked middle first; what is judged from answers is what is read from the sheet."""
    asked = interview(SLOPE, "1", "Ada", "quartiles")
    ids = []
    for reply in ("0.2", "0.1", "0.4"):
        question = next_question(KNOWN, [SLOPE.name], asked)
        assert question is not None
        ids.append(question.id.rpartition("/")[2])
        value = {"median": "0.2", "lower": "0.1", "upper": "0.4"}.get(ids[-1], reply)
        asked.append((question.id, value))
    assert set(ids) == {"median", "lower", "upper"}
    answer = _answer(f"{SLOPE.name}/1", dict(asked))
    assert (answer.values, answer.probabilities) == ((0.1, 0.2, 0.4), (0.25, 0.5, 0.75))
    written = to_sheet([SLOPE.name], [*asked, (f"{SLOPE.name}/family", "gamma"), (f"{SLOPE.name}/why", "so")], by="me")
    entry = written["parameters"][SLOPE.name]
    assert entry["experts"][0]["quartiles"] == [0.1, 0.2, 0.4]
    told = judged(KNOWN, Question(f"{SLOPE.name}/keep", "", "confirm"), [*asked, (f"{SLOPE.name}/family", "gamma")])
    entry["accept_misfit"] = True
    (again,) = read_sheet(written, KNOWN)
    assert told.prior == again.prior
    assert told.prior.family == "gamma"
    interval = _answer("x/1", {"x/1/name": "Bo", "x/1/method": "interval", "x/1/low": "1", "x/1/high": "5",
                               "x/1/likely": "2", "x/1/mass": "80", "x/1/weight": "3"})  # fmt: skip
    assert (interval.values, interval.most_likely, interval.mass, interval.weight) == ((1.0, 5.0), 2.0, 0.8, 3.0)
    assert interval.probabilities == pytest.approx((0.1, 0.9))
    chips = _answer("x/1", {"x/1/name": "Bo", "x/1/method": "chips", "x/1/bounds": "0 1 2 3", "x/1/chips": "2 5 3"})
    assert (chips.values, chips.probabilities) == ((1.0, 2.0), pytest.approx((0.2, 0.7)))


def test_a_long_tail_is_held_and_not_thrown_away() -> None:
    """5 %, 50 % and 95 % at 0.1, 0.3 and 6 have no log-normal, nor any other family of two numbers."""
    answer = Answer("Ada", "quantiles", (0.1, 0.3, 6.0), (0.05, 0.5, 0.95))
    held = judge(SLOPE, [answer])
    assert held.prior.family == "split_lognormal"
    assert held.fitting
    assert [quantile(held.prior, p) for p in (0.05, 0.5, 0.95)] == pytest.approx([0.1, 0.3, 6.0])
    usual = judge(SLOPE, [answer], family="lognormal")
    assert not usual.fitting
    assert usual.missed > 0.2
    assert as_quantity(held.prior)["distribution"] == "split_lognormal"  # type: ignore[index]


@pytest.mark.parametrize(("said", "kept"), [("0.9", "90"), ("90", "90"), ("90 %", "90"), ("0.5", "50")])
def test_how_sure_may_be_said_as_a_share_or_in_percent(said: str, kept: str) -> None:

    question = Question("ex_cx/1/mass", "How sure?", "number", "90")
    assert answered(KNOWN, question, said, []) == kept
    with pytest.raises(ValueError, match="two ways"):
        answered(KNOWN, question, "1", [])


def test_chips_take_commas_and_every_question_has_its_explanation() -> None:
    from txsim.elicit.interview import answered, next_question

    said = {"method": "chips", "bounds": "0, 0.1, 0.2, 0.4, 0.8", "chips": "5,6,5,4", "experts": "2"}
    answers: list[tuple[str, str]] = []
    while (question := next_question(KNOWN, ["ex_cx"], answers)) is not None:
        assert question.help, question.id
        what = question.id.rpartition("/")[2]
        name = f"{question.id.split('/')[1]}" if what == "name" else ""
        answers.append(
            (question.id, answered(KNOWN, question, said.get(what) or name or question.default or "", answers))
        )
    assert ("ex_cx/1/chips", "5 6 5 4") in answers


@pytest.mark.parametrize(
    "fit",
    [
        Elicited("normal", (3.0, 1.0)),
        Elicited("lognormal", (1.0, 0.6), 0.5, math.inf),
        Elicited("gamma", (3.5, 1.2), 0.5, math.inf),
        Elicited("beta", (3.0, 5.0), 1.0, 7.0),
    ],
    ids=lambda fit: fit.family,
)
def test_a_most_likely_value_is_where_the_density_is_highest(fit: Elicited) -> None:
    """What an expert calls most likely is missed by its distance from the peak, as a share of the interval."""
    x = np.linspace(0.6, 6.9, 630_001)
    peak = float(x[np.argmax(fit.pdf(x))])

    def answer(most_likely: float) -> Answer:
        return Answer("Ada", "interval", (peak - 0.5, peak + 1.5), (0.05, 0.95), most_likely=most_likely)

    assert missed_by(fit, answer(peak)) == pytest.approx(0.0, abs=1e-5)
    assert missed_by(fit, answer(peak + 0.6)) == pytest.approx(0.3, abs=1e-5)


@pytest.mark.parametrize(
    ("interval", "likely", "holds"),
    [((0.055, 0.95), 0.9, False), ((0.04, 0.96), 0.9, False), ((0.04, 0.96), 0.5, True), ((0.1, 0.95), 0.9, True)],
)
def test_a_level_share_has_forgotten_its_most_likely_value(
    interval: tuple[float, float], likely: float, holds: bool
) -> None:
    """Of shares with a peak at 0.9 hardly another than the level one leaves 5 % below 0.055: its middle is 0.51."""
    copied = parameters()["copy"]
    said = judge(copied, [Answer("Ada", "interval", interval, (0.05, 0.95), most_likely=likely)])
    assert said.fitting is holds
    assert said.misfit < 0.05  # which alone would pass


@pytest.mark.parametrize(
    ("interval", "likely", "family"),
    [((0.0, 12.0), 6.0, "normal"), ((0.0, 12.0), 6.5, "normal"), ((0.0, 12.0), 4.0, "gamma"),
     ((2.0, 12.0), 7.0, "lognormal")],  # 2 % of the normal with 80 % in 2 … 12 lie below 0, where nobody was
)  # fmt: skip
def test_a_most_likely_value_in_the_middle_leaves_as_much_on_either_side(
    interval: tuple[float, float], likely: float, family: str
) -> None:
    effect = replace(parameters()["ex_cx"], role="scenario", unit="eNPS points", meaning="effect", signed=True)
    said = judge(effect, [Answer("Ada", "interval", interval, (0.1, 0.9), most_likely=likely, mass=0.8)])
    assert said.prior.family == family
    if likely == 6.0:  # 6 / 1.28155, the 90 % quantile
        assert said.prior.args == pytest.approx((6.0, 4.68182), rel=1e-4)
    assert ("lie below the interval" in str(said.why)) is (family != "normal")


def test_steps_back_are_said_in_the_language_of_the_interview() -> None:
    with catalogues.speaking("ru"):
        assert [said_command(word) for word in ("Назад", "выход", "back", "?", "5")] == [
            "back",
            "quit",
            "back",
            "?",
            None,
        ]
    assert said_command("назад") is None


@pytest.mark.parametrize(("said", "meant"), [("1", "write 1 % or 0.01"), ("40", "write 40 % or 0.4")])
def test_a_share_typed_as_a_percentage_is_told_at_its_question(said: str, meant: str) -> None:
    question = Question("copy/1/low", lazy("?"), "number")
    with pytest.raises(ValueError, match=meant):
        answered(parameters(), question, said, [])
    with pytest.raises(ValueError, match="0 is a limit of what is possible"):
        answered(parameters(), question, "0", [])
