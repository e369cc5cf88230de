# SPDX-License-Identifier: MIT
"""Every way to write a quantity, and every refusal with what was meant."""

from __future__ import annotations

import contextlib
import math
import re
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from txsim.priors.distributions import Distribution, beta, lognormal, point, ppf, support
from txsim.priors.quantity import parse_quantity
from txsim.priors.written_numbers import QuantityError


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        (3, point(3)),
        (-0.5, point(-0.5)),
        ("0.30 ×/÷ 7.5", lognormal(0.3, 7.5)),
        ("0.30 x/ 7.5", lognormal(0.3, 7.5)),
        ("0.30*/7.5", lognormal(0.3, 7.5)),
        (" .3 x/÷ 7.5 ", lognormal(0.3, 7.5)),
        ("3e-1 ×/÷ 7.5", lognormal(0.3, 7.5)),
        ({"median": 0.3, "factor": 7.5}, lognormal(0.3, 7.5)),
        ({"distribution": "lognormal", "median": 0.3, "factor": 7.5}, lognormal(0.3, 7.5)),
        ({"distribution": "lognormal", "mu": 0.3, "sigma": 2}, Distribution("lognormal", (0.3, 2.0))),
        ({"distribution": "normal", "mean": 3, "sd": 1}, Distribution("normal", (3.0, 1.0))),
        ({"distribution": "beta", "a": 2, "b": 5}, beta(2, 5)),
        ({"distribution": "beta", "a": 2, "b": 5, "low": 1, "high": 3}, beta(2, 5, 1, 3)),
        ({"distribution": "gamma", "shape": 2, "rate": 5}, Distribution("gamma", (2.0, 5.0))),
        ({"distribution": "uniform", "low": 2, "high": 5}, Distribution("uniform", (2.0, 5.0))),
        ({"distribution": "triangular", "low": 2, "mode": 3, "high": 5}, Distribution("triangular", (2.0, 3.0, 5.0))),
        ({"distribution": "point", "value": 2}, point(2)),
        (
            {"distribution": "lognormal_mixture", "weights": [0.75, 0.25], "medians": [1, 3], "factors": [1.2, 1.5]},
            Distribution("lognormal_mixture", (0.75, *lognormal(1, 1.2).args, *lognormal(3, 1.5).args)),
        ),
        (lognormal(2, 3), lognormal(2, 3)),
    ],
)
def test_what_people_write_is_read(raw: Any, read: Distribution) -> None:
    assert parse_quantity(raw) == read


def test_intervals_and_quantiles_are_read() -> None:
    np.testing.assert_allclose(ppf(parse_quantity({"interval": [2, 8]}), [0.05, 0.95]), [2, 8])
    np.testing.assert_allclose(ppf(parse_quantity({"interval": [2, 8], "median": 3.5}), 0.5), 3.5)
    assert parse_quantity({"interval": [2, 8], "family": "normal"}).family == "normal"
    assert parse_quantity({"interval": [-2, 8]}).family == "normal"
    fitted = parse_quantity({"quantiles": {0.05: 1, 0.5: 2, 0.95: 4.2}})
    assert fitted.family == "lognormal"
    assert parse_quantity({"quantiles": {"5 %": 1, "95 %": 6}, "family": "gamma"}).family == "gamma"


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        ("20 %", point(0.2)),
        ("1.8%", point(0.018)),
        (".5 %", point(0.005)),
        (0.2, point(0.2)),
        ("1.8 % ×/÷ 1.3", lognormal(0.018, 1.3)),
    ],
)
def test_shares_may_be_written_in_percent(raw: Any, read: Distribution) -> None:
    found = parse_quantity(raw, share=True)
    np.testing.assert_allclose(ppf(found, [0.1, 0.5, 0.9]), ppf(read, [0.1, 0.5, 0.9]), rtol=1e-12)


def test_intervals_of_shares_are_betas_and_stay_inside() -> None:
    for raw in (
        {"interval": ["20 %", 0.6]},
        {"interval": [0.2, 0.6], "median": 0.4},
        {"quantiles": {0.25: 0.3, 0.75: 0.5}},
    ):
        found = parse_quantity(raw, share=True)
        assert found.family == "beta"
        assert support(found) == (0.0, 1.0)


def test_thin_tails_beyond_what_is_possible_are_moved_onto_the_limit() -> None:
    found = parse_quantity({"distribution": "normal", "mean": 10, "sd": 3}, low=0)  # 0.04 % below 0
    assert support(found) == (0.0, math.inf)
    assert float(ppf(found, 1e-6)) == 0.0
    found = parse_quantity("2 % ×/÷ 2", share=True)
    assert support(found) == (0.0, 1.0)
    assert parse_quantity({"distribution": "normal", "mean": 10, "sd": 3}) == Distribution("normal", (10.0, 3.0))


@pytest.mark.parametrize(
    ("raw", "says", "hint"),
    [
        (True, "found true", "a number"),
        (False, "found false", "a number"),
        (None, "nothing", "a number"),
        ([1, 2], "a list", "a number"),
        (math.nan, "finite", ""),
        (math.inf, "finite", ""),
        (-math.inf, "finite", ""),
        (1e16, "at most 1e15", ""),
        ("1e3", "is a text, not a number", "write 1000 without"),
        ("3", "is a text, not a number", "write 3 without"),
        ("12,5", "is not a number", "a point for decimals"),
        ("1.2.3", "is not a number", "a point for decimals"),
        ("12 500", "is not a number", "a point for decimals"),
        ("a lot", "found the text 'a lot'", "a number"),
        ("20 %", "belongs to shares only", "write 20"),
        ("20 % ×/÷ 2", "belongs to shares only", "write 20"),
        ("-2 ×/÷ 2", "needs a median above 0", "normal"),
        ("2 ×/÷ 1", "must be above 1", "write 2 alone"),
        ("1e30 ×/÷ 2", "at most 1e15", ""),
        ({}, "not a quantity: no keys", "a number"),
        ({"medain": 3}, "did you mean `median`", "a number"),
        ({"median": 3}, "missing here: factor", "needed: median, factor"),
        ({"factor": 3}, "missing here: median", "needed: median, factor"),
        ({"median": 3, "factor": 2, "why": 1}, "unknown key `why`", "median, factor"),
        ({"median": 3, "factor": "2 %"}, "belongs to shares only", "write 1.02"),
        ({"median": 3, "factor": "30 %"}, "belongs to shares only", "write 1.3"),
        ({"median": 3, "factor": "150 %"}, "belongs to shares only", "write 1.5"),
        ({"low": 3, "high": 5}, "not a quantity: `low`, `high`", "write {interval: [3, 5]}"),
        ({"max": 5, "min": 3}, "not a quantity", "write {interval: [3, 5]}"),
        ({"min": 3, "max": 5}, "not a quantity", "beyond these ends, {distribution: uniform, low: 3, high: 5}"),
        ({"low": 12, "mode": 9, "high": 4}, "not a quantity", "{distribution: triangular, low: 4, mode: 9, high: 12}"),
        ({"low": 9, "mode": 4, "high": 12}, "not a quantity", "a quantity is"),
        ({"mean": 5, "sd": 2}, "not a quantity", "write {distribution: normal, mean: 5, sd: 2}"),
        ({"median": 5, "sd": 2}, "not a quantity", "write {distribution: normal, mean: 5, sd: 2}"),
        ({"low": 1, "mode": 2, "high": 5}, "not a quantity", "{distribution: triangular, low: 1, mode: 2, high: 5}"),
        ({"interval": [1, 5], "level": 0.8}, "not a quantity", "write {quantiles: {0.1: 1, 0.9: 5}}"),
        ({"quantiles": {"P10": 1, "P90": 5}}, "it is P10", "write 0.1"),
        ("9 (4–12)", "is not a number", "write {interval: [4, 12], median: 9}"),
        ("15k-30k", "found the text", "write {interval: [15000, 30000]}"),
        ("3-5 %", "is not a number", "write {interval: [3 %, 5 %]}"),
        ("18 ‰", "is not a number", "write 1.8 %"),
        ("22,-", "is not a number", "write 22:"),
        ({"quantiles": {5: 1, 50: 3, 95: 6}}, "between 0 and 1, it is 5", "for 5 % write 0.05"),
        ({"interval": [1]}, "expected two numbers", "interval: [1, 6]"),
        ({"interval": [8, 2]}, "from low to high", ""),
        ({"interval": [2, 8], "median": 9}, "must lie inside", ""),
        ({"interval": [1, 10], "median": 9.5}, "stated 1 · 9.5 · 10, fitted", "split_lognormal"),
        ({"interval": [2, 8], "famly": "beta"}, "did you mean `family`", "interval, median, family"),
        ({"interval": [2, 8], "family": "lognorml"}, "did you mean `lognormal`", "known"),
        ({"interval": [2, 8], "family": "beta"}, "between 0 and 1", ""),
        ({"interval": [-2, 8], "family": "lognormal"}, "above 0", ""),
        ({"interval": [2, True]}, "found true", ""),
        ({"quantiles": [1, 2]}, "found a list", "0.05: 1"),
        ({"quantiles": {0.5: 1}}, "at least two", ""),
        ({"quantiles": {0.05: 3, 0.95: 2}}, "rise", ""),
        ({"quantiles": {5: 1, 95: 2}}, "between 0 and 1", ""),
        ({"quantiles": {0.05: 1, "5 %": 2, 0.95: 3}}, "stands twice", ""),
        ({"quantiles": {0.05: 1, 0.5: 1.01, 0.95: 50}}, "no lognormal goes through these values", "split_lognormal"),
        ({"quantiles": {0.05: 1, 0.95: 2}, "family": ["beta"]}, "family: unknown", "known"),
        ({"distribution": "lognorml", "median": 1, "factor": 2}, "did you mean `lognormal`", "known"),
        ({"distribution": ["beta"]}, "unknown distribution", "known"),
        ({"distribution": "normal", "mean": 1}, "missing here: sd", "needed: mean, sd"),
        ({"distribution": "normal", "mean": 1, "std": "x"}, "unknown key `std`", "here: distribution, mean, sd"),
        ({"distribution": "normal", "mean": 1, "sd": 0}, "sd must be above 0", ""),
        ({"distribution": "lognormal", "median": 1}, "missing here: factor", ""),
        ({"distribution": "beta", "a": 2, "b": 5, "low": 3}, "low must be below high", ""),
        ({"distribution": "triangular", "low": 2, "mode": 9, "high": 5}, "mode", ""),
        (
            {"distribution": "lognormal_mixture", "weights": [0.7, 0.7], "medians": [1, 2], "factors": [2, 2]},
            "add up to 1",
            "",
        ),
        (
            {"distribution": "lognormal_mixture", "weights": [1], "medians": [1, 2], "factors": [2, 2]},
            "two numbers",
            "",
        ),
        ({"distribution": "lognormal_mixture", "weights": [0.5, 0.5]}, "missing here: medians, factors", ""),
        ({"distribution": "os.system", "value": 1}, "unknown distribution", "known"),
    ],
)
def test_what_is_wrong_is_said_with_what_was_meant(raw: Any, says: str, hint: str) -> None:
    with pytest.raises(QuantityError) as caught:
        parse_quantity(raw)
    assert says in str(caught.value)
    assert hint in str(caught.value.hint or "")
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("raw", "limits", "says", "hint"),
    [
        (20, {"share": True}, "20 is outside what is possible, 0 … 1", "write 20 % or 0.2"),
        (-0.1, {"share": True}, "-0.1 is outside", ""),
        ("140 %", {"share": True}, "140 % is outside what is possible, 0 % … 100 %", None),
        ({"interval": [0.8, 1.2]}, {"share": True}, "1.2 is outside what is possible, 0 … 1", "write 1.2 % or 0.012"),
        ({"interval": ["50 %", 90]}, {"share": True, "high": 2.0}, "90 is outside", "write {interval: [50 %, 90 %]}"),
        ({"interval": [10, 50]}, {"share": True}, "50 is outside", "write {interval: [10 %, 50 %]}"),
        (
            {"interval": [1.2, 2.6], "median": "1.8 %"},
            {"share": True},
            "2.6 is outside",
            "write {interval: [1.2 %, 2.6 %], median: 1.8 %}",
        ),
        ("1.8 % (1.2-2.6)", {"share": True}, "is not a number", "write {interval: [1.2 %, 2.6 %], median: 1.8 %}"),
        (
            {"low": 1.2, "mode": 1.8, "high": "2.6 %"},
            {"share": True},
            "not a quantity",
            "write {distribution: triangular, low: 1.2 %, mode: 1.8 %, high: 2.6 %}",
        ),
        ({"min": 0.8, "max": "2 %"}, {"share": True}, "not a quantity", "a quantity is"),  # 80 %, or 0.8 %?
        ({"quantiles": {0.05: 0.5, 0.5: 0.7, 0.95: 90}}, {"share": True, "high": 2.0}, "90 is outside", "write 90 %"),
        ({"median": 70, "factor": 1.1}, {"share": True, "high": 2.0}, "70 is outside", "write 70 % or 0.7"),
        ("50 %", {"low": 0.0, "high": 100.0}, "belongs to shares only", "write 50, or 0.5 if that is meant"),
        ({"interval": [1, "3 %"]}, {"share": True}, "percent sign behind each", "write 1 %"),
        ({"quantiles": {0.05: 1, 0.5: "2 %", 0.95: "3 %"}}, {"share": True}, "percent sign behind each", "write 1 %"),
        (-1, {"low": 0.0}, "at least 0", ""),
        (3, {"high": 2.0}, "at most 2", ""),
        ("50 % ×/÷ 2", {"share": True}, "5 % of it lies outside what is possible, 0 … 1 (0 % … 100 %)", "beta"),
        ({"interval": [0, 0.3]}, {"share": True}, "ends at a limit", "{interval: [0.003, 0.3]}"),
        ({"distribution": "normal", "mean": 10, "sd": 5}, {"low": 0.0}, "2.3 % of it", "lognormal or gamma"),
        ({"distribution": "uniform", "low": -1, "high": 1}, {"low": 0.0}, "50 % of it", ""),
        ({"interval": [0.2, 1.0], "family": "beta"}, {"share": True}, "ends at a limit", "[0.2, 0.992]"),
    ],
)
def test_what_cannot_be_is_refused(raw: Any, limits: dict[str, Any], says: str, hint: str | None) -> None:
    """A hint can be followed: what it proposes is read (``None``: there is nothing to propose)."""
    with pytest.raises(QuantityError) as caught:
        parse_quantity(raw, **limits)
    assert says in str(caught.value)
    assert hint in str(caught.value.hint or "") if hint is not None else caught.value.hint is None
    for proposed in re.findall(r"write (\{.*\})$", str(caught.value.hint or "")):
        parse_quantity(yaml.safe_load(proposed), **limits)
    for proposed in re.findall(r"(?:write|or) ([\d.]+(?: %)?)", str(caught.value.hint or "")):
        parse_quantity(proposed if "%" in proposed else float(proposed), **limits)


@pytest.mark.parametrize("wrap", [int, lambda n: {n: 1}, lambda n: {"distribution": n}, lambda n: {"interval": [1, n]}])
def test_whole_numbers_of_thousands_of_digits_are_refused_unprinted(wrap: Any) -> None:
    with pytest.raises(QuantityError) as caught:
        parse_quantity(wrap(10**5000))
    assert len(str(caught.value)) < 200


def test_the_key_that_is_wrong_is_named() -> None:
    with pytest.raises(QuantityError) as caught:
        parse_quantity({"median": 3, "factor": "x"})
    assert caught.value.key == "factor"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["median", "factor", "interval", "quantiles", "distribution", "family", "mean", "sd", "a", "b"]
            )
            | st.text(max_size=4)
            | st.floats(),
            inner | st.sampled_from(["normal", "beta", "lognormal", "gamma"]),
            max_size=4,
        )
    ),
    max_leaves=8,
)


@given(raw=JSON, share=st.booleans())
def test_whatever_is_written_is_read_or_refused(raw: Any, share: bool) -> None:
    with contextlib.suppress(QuantityError):
        found = parse_quantity(raw, share=share)
        assert isinstance(found, Distribution)
        low, high = support(found)
        assert not share or (low >= 0 and high <= 1)


@pytest.mark.parametrize(
    ("text", "cures"),
    [
        ("1,5 %", ["1.5 %"]), ("1.200,50", ["1200.5"]), ("1,200.50", ["1200.5"]), ("-3,25", ["-3.25"]),
        ("1.200.300,5", ["1200300.5"]), ("1,500", ["1.5", "1500"]), ("0,300", ["0.3"]),
        ("1,200,300", ["1200300"]), ("1'000,5", ["1000.5"]), ("22 000,5", ["22000.5"]),
        ("3,60,000", ["360000"]), ("12,34,567", ["1234567"]), ("~9 %", ["9 %"]), ("approx 9 %", ["9 %"]),
        ("4,,12", []), ("1,2,3", []), ("1.2,3.4", []), ("3,6,000", []), ("WACC 9 %", []), ("9 in May", []),
    ],
)  # fmt: skip
def test_a_cure_for_a_number_names_the_figure_at_hand_and_works(text: str, cures: list[str]) -> None:
    with pytest.raises(QuantityError) as refused:
        parse_quantity(text, share=text.endswith("%"))
    hint = str(refused.value.hint)
    if not cures:  # no way to read it: no figure
        assert re.search(r"write [\d.]", hint) is None
        return
    assert "write " + " or ".join(cures) in hint
    for cure in cures:
        share = cure.endswith("%")
        value = float(cure.removesuffix(" %")) / (100 if share else 1)
        assert parse_quantity(cure if share else float(cure), share=share).args[0] == pytest.approx(value)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        # e^1000 is beyond all numbers; with mu 0 and sigma 700 the 95 % quantile is e^1151; e^-1000 is below them
        ({"distribution": "lognormal", "mu": 1000, "sigma": 1000}, "its median is beyond all numbers"),
        ({"distribution": "lognormal", "mu": 0, "sigma": 700}, "its high end, 95 %, is beyond all numbers"),
        ({"distribution": "lognormal", "mu": -1000, "sigma": 700}, "too close to 0"),
        ({"distribution": "lognormal", "mu": 0, "sigma": 1e15}, "beyond all numbers"),
        # ln 1e15 is 34.5: half of 9 squared is more
        ({"distribution": "lognormal", "mu": 0, "sigma": 9}, "its mean is 3.88e+17"),
        ({"median": 1e15, "factor": 2}, "its high end, 95 %, is 2e+15"),
        ({"distribution": "normal", "mean": 0, "sd": 1e15}, "its low end, 5 %, is -1.64e+15"),
        ({"distribution": "gamma", "shape": 1e10, "rate": 1e-10}, "its mean is 1e+20"),
        ({"distribution": "split_lognormal", "mu": 0, "below": 1, "above": 700}, "beyond all numbers"),
        (
            {"distribution": "lognormal_mixture", "weights": [0.5, 0.5], "medians": [1, 1e14], "factors": [2, 100]},
            "its high end, 95 %, is 1e+16",
        ),
    ],
)
def test_what_is_beyond_sense_is_refused_whatever_its_family(raw: Any, said: str) -> None:
    with pytest.raises(QuantityError) as caught:
        parse_quantity(raw)
    assert said in str(caught.value.message)


@given(
    st.sampled_from(["lognormal", "normal", "gamma"]),
    st.floats(-1e15, 1e15, allow_subnormal=False) | st.floats(-800, 800),
    st.floats(1e-300, 1e15) | st.floats(1e-3, 1000),
)
def test_what_is_taken_has_draws_that_are_numbers(family: str, one: float, two: float) -> None:
    names = {"lognormal": ("mu", "sigma"), "normal": ("mean", "sd"), "gamma": ("shape", "rate")}[family]
    with contextlib.suppress(QuantityError):
        d = parse_quantity({"distribution": family, **dict(zip(names, (one, two), strict=True))})
        assert np.all(np.isfinite(ppf(d, [1e-9, 0.05, 0.5, 0.95, 1 - 1e-9])))


@pytest.mark.parametrize(
    ("ends", "high", "share"),
    [
        ([0.4, 1], 2.0, True),  # what may exceed 1 has been a beta until 0.99 and a log-normal from 1 on
        (["40 %", "100 %"], 1.0, True),
        ([0, 0.9], 1.0, True),
        ([0, 1], 2.0, True),
        ([0, 30000], None, False),
        ([2, 10], 10.0, False),
    ],
)
@pytest.mark.parametrize("more", [{}, {"family": "uniform"}])
def test_an_interval_that_ends_at_a_limit_is_asked_about_and_each_cure_holds(
    ends: list[Any], high: float | None, share: bool, more: dict[str, str]
) -> None:
    limits: dict[str, Any] = {"share": share, "low": 0.0, "high": high}
    if more and high == 2.0 and ends[0]:
        assert parse_quantity({"interval": ends, **more}, **limits).family == "uniform"  # there is room beyond 1
        return
    with pytest.raises(QuantityError, match="ends at a limit") as caught:
        parse_quantity({"interval": ends, **more}, **limits)
    cures = re.findall(r"\{[^{}]*\}", str(caught.value.hint))
    assert len(cures) == (1 if high == 10.0 or (more and high == 2.0) else 2)
    for cure in cures:
        read = parse_quantity(yaml.safe_load(cure), **limits)
        assert support(read)[1] <= (1.0 if share else high or math.inf)


def test_a_higher_upper_end_of_a_share_never_lowers_its_median_in_silence() -> None:
    medians = [
        float(ppf(parse_quantity({"interval": [0.4, end]}, share=True, low=0, high=2), 0.5))
        for end in (0.6, 0.8, 0.95, 0.99, 0.994)
    ]
    assert medians == sorted(medians)
    with pytest.raises(QuantityError, match="ends at a limit") as caught:
        parse_quantity({"interval": [0.4, 1]}, share=True, low=0, high=2)
    assert "family: lognormal" in str(caught.value.hint)
    held = parse_quantity({"interval": [0.4, 1], "family": "lognormal"}, share=True, low=0, high=2)
    assert float(ppf(held, 0.95)) == pytest.approx(1.0)


@pytest.mark.parametrize("three", [(2, 6, 60), (0.1, 0.2, 1.2), (1, 9.5, 10), (2, 6, 24), (2, 6, 18)])
def test_three_numbers_are_judged_by_one_rule_however_they_are_written(three: tuple[float, float, float]) -> None:
    low, middle, high = three

    def outcome(raw: dict[str, Any]) -> str:
        try:
            parse_quantity(raw, low=0)
        except QuantityError as error:
            return str(error.hint)
        return "read"

    by_interval = outcome({"interval": [low, high], "median": middle})
    assert by_interval == outcome({"quantiles": {0.05: low, 0.5: middle, 0.95: high}})
    if by_interval != "read":
        family = re.search(r"family: (\w+)", by_interval)
        assert family is not None
        held = parse_quantity({"interval": [low, high], "median": middle, "family": family[1]}, low=0)
        np.testing.assert_allclose(ppf(held, [0.05, 0.5, 0.95]), three, rtol=1e-6)


def test_no_family_is_offered_that_cannot_be_there() -> None:
    with pytest.raises(QuantityError, match="outside what is possible") as caught:
        parse_quantity({"interval": [-1, 20]}, low=0)
    assert "beta" not in str(caught.value.hint)
