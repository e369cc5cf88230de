# SPDX-License-Identifier: MIT
"""What the page says of an answer by hand in which each figure is another, beside a baseline of others again."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from txsim.results.page_one import Course, Histogram
from txsim.results.quantities import Distribution, Estimate
from txsim.workbench.words import answered, badge

DRAWS = 64


def spread(mean: float) -> Distribution:
    return Distribution(mean, 1.0, mean + 100, mean - 30_000, mean + 50_000, 70.0)


def answer(mean: float, loss: float, worst: float, back: float | None, *, how: str = "exact", **more: Any) -> Any:
    """Return an answer whose committing pays a mean; each eighth of its draws another 1,000 more."""
    steps = np.repeat(1000.0 * (np.arange(8) - 3.5), DRAWS // 8)
    worth = mean + steps[:: more.pop("turn", 1)]
    p50 = more.pop("p50", (-5.0, 4.0, -1.0, 2.0, 6.0))
    course = Course(*(tuple(v + shift for v in p50) for shift in (-9.0, -4.0, 0.0, 3.0, 8.0, 1.0)))
    figures = SimpleNamespace(
        npv=spread(mean), p_loss=Estimate(loss, 0.001), cvar05=Estimate(worst, 9.0),
        payback_month=None if back is None else SimpleNamespace(p_within_horizon=back),
    )  # fmt: skip
    scenario = SimpleNamespace(
        organisation=SimpleNamespace(currency="EUR"), hash=str(mean), horizon_months=36,
        decision=SimpleNamespace(after_tax=True),
    )  # fmt: skip
    payoff = SimpleNamespace(
        worth=lambda _path: worth, tuned=SimpleNamespace(how=how, effective=more.pop("effective", 16.0), k_hat=0.31),
        weights=None, base=None, forecast=None, scenario=scenario,
    )  # fmt: skip
    bars = Histogram(-20_000.0, 10_000.0, {"commit": (0.1, 0.2, 0.3, 0.4), "do_nothing": (1.0, 0.0, 0.0, 0.0)})
    return SimpleNamespace(
        figures={"commit": figures}, scenario=scenario, payoff=payoff, how=how, course=course, histogram=bars
    )


NOW, WAS = (204_000.0, 0.23, -56_000.0, 0.87), (171_000.0, 0.31, -43_000.0, 0.64)


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def test_each_tile_has_its_figure_and_that_of_the_baseline() -> None:
    said = answered(answer(*NOW), answer(*WAS), grain=1_000.0)
    tiles = {each["key"]: (each["figure"], each["unit"], plain(each["note"]), each["value"]) for each in said["tiles"]}
    assert plain(said["unit"]["name"]) == "k EUR"
    assert tiles["npv"][::3] == ("+204", pytest.approx(204_000.0))
    assert tiles["npv"][2].startswith("was +171; +33")
    assert tiles["p_loss"] == ("23", "in 100", "was 31", 0.23)
    assert tiles["payback"] == ("87", "in 100", "was 64", 0.87)
    assert (tiles["cvar05"][0], tiles["cvar05"][2], tiles["cvar05"][3]) == ("−60", "was −40, on average", -56_000.0)
    assert plain(said["line"]) == "+204 k EUR · loss 23 in 100"
    assert said["range"] == {"p05": 174_000.0, "p95": 254_000.0, "median": 204_100.0, "mcse": 70.0}
    assert said["exact"]
    never = answered(answer(*NOW[:3], None), answer(*WAS), grain=1_000.0)
    assert next(each for each in never["tiles"] if each["key"] == "payback")["figure"] == "–"
    # What stands between the two, of the figures as they stand: −60 less −40, 23 less 31, 87 less 64.
    gaps = {each["key"]: plain(each["change"]) for each in said["tiles"]}
    assert gaps["npv"].startswith("+33")
    assert (gaps["p_loss"], gaps["payback"], gaps["cvar05"]) == ("−8 in 100", "+23 in 100", "−20 k EUR")


def test_on_the_baseline_nothing_is_compared() -> None:
    own = answer(*NOW)
    notes = {each["key"]: each["note"] for each in answered(own, own, grain=1_000.0)["tiles"]}
    assert notes == {"npv": "baseline", "p_loss": "", "payback": "", "cvar05": "on average"}


def test_bars_are_of_committing_and_its_title_counts_those_who_earn() -> None:
    shown = answered(answer(*NOW), answer(*WAS))["histogram"]
    assert shown["title"] == "77 of 100 futures earn money (dashed: baseline)"
    assert shown["now"] == {"start": -20_000.0, "width": 10_000.0, "shares": [0.1, 0.2, 0.3, 0.4]}


def test_it_breaks_even_in_the_month_from_which_it_stays_ahead() -> None:
    """It is ahead in the second month, behind in the third, and from the fourth on ahead for good."""
    said = answered(answer(*NOW), answer(*WAS, p50=(-7.0, -6.0, -5.0, -4.0, -3.0)))["fan"]
    assert said["title"] == "Middle case breaks even in month 4"
    assert (said["bands"]["p05"][0], said["bands"]["p50"][0], said["bands"]["p95"][0]) == (-14.0, -5.0, 3.0)
    assert said["base"] == [-7.0, -6.0, -5.0, -4.0, -3.0]
    assert said["labels"] == ["5 in 100 above", "middle", "5 in 100 below"]
    short = answered(answer(*NOW, p50=(-2.0, -1.0)), answer(*WAS))["fan"]
    assert short["title"] == "Middle case: not yet earned back after 2 months"


def test_a_difference_on_common_draws_has_the_error_of_the_difference() -> None:
    """Both have the same steps, so that their difference is exact; turned round it has twice their error."""
    alike = next(each["note"] for each in answered(answer(*NOW), answer(*WAS))["tiles"] if each["key"] == "npv")
    assert "+33" in alike
    assert "±" not in alike
    assert "both on the same futures" in alike
    turned = answered(answer(*NOW, turn=-1), answer(*WAS), grain=1_000.0)["tiles"][0]["note"]
    # sd of eight steps a thousand apart is √6 k, doubled and over √8: 1.7 k
    error = float(plain(turned).rpartition("±")[2].split()[0])
    assert error == pytest.approx(2 * math.sqrt(6 / 8), abs=0.5)


def test_what_is_weighed_has_the_errors_of_both_and_is_not_judged() -> None:
    weighed = answer(175_000.0, *NOW[1:], how="weighed", effective=4.0)
    note = plain(answered(weighed, answer(*WAS), grain=100.0)["tiles"][0]["note"])
    assert note.endswith("so far: judged once both are refitted")
    # of as many draws as it is worth: the steps' sd, √5.25 k, over √4; and √6 k over √8 of the other
    error = float(note.partition("±")[2].split()[0])
    assert error == pytest.approx(math.hypot(math.sqrt(5.25 / 4), math.sqrt(6 / 8)), abs=0.06)
    assert badge(weighed) == {"kind": "weighed", "text": "weighed · k̂ 0.31, good"}
    assert badge(answer(*NOW)) == {"kind": "exact", "text": "refitted: as txsim run"}
    assert badge(answer(*NOW, how="resampled")) == {"kind": "refitted", "text": "refitted"}


@pytest.mark.parametrize("grain", [10.0, 100.0, 1_000.0, 10_000.0])
def test_a_tile_and_what_it_was_are_told_to_the_same_power_of_ten(grain: float) -> None:
    """An average of the worst is told ten times as roughly as a mean, before as now: both round alike."""
    now, was = -557_312.0, -491_140.0
    said = answered(answer(-46_432.0, 0.72, now, 0.31), answer(-2_684.0, 0.66, was, 0.38), grain=grain)
    tile = next(each for each in said["tiles"] if each["key"] == "cvar05")
    shown, before = (plain(text).lstrip("−") for text in (tile["figure"], tile["note"].split()[1].rstrip(",")))
    for text, value in ((shown, now), (before, was)):
        step = max(10 * grain, 1_000.0 if grain > 10 else 100.0)
        assert float(text) * 1000 == pytest.approx(round(-value / step) * step)
    assert ("." in shown) is ("." in before)
