# SPDX-License-Identifier: MIT
"""Every sentence, cell, bar and tile carries the right figure: results by hand in which each figure is another."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest

from tests.report.handmade import (
    BACKTEST,
    BATCH,
    BETTER,
    COMPARE,
    DIFF,
    EXPLAIN,
    LINK,
    PILOT,
    PRIORS,
    RUN,
    SENSITIVITY,
    UPDATE,
    WHATIF,
    advice,
    cells,
    drawn,
    estimate,
    figure,
    flat,
    line,
    of,
    page,
    picture,
    read,
    terminal,
)
from txsim.forecast.labels import Label
from txsim.language import verbatim
from txsim.language.numbers import unit_of
from txsim.priors.catalogue import parameters
from txsim.report.compose import compose
from txsim.report.document import Document, Paragraph, Picture, Section, Table, plain
from txsim.report.figures import Figures
from txsim.report.pictures.payoff import _marks
from txsim.report.sections.beliefs import _interval
from txsim.report.sections.explain import travels
from txsim.report.terminal import as_text
from txsim.scenario import load

NEAR_ONE, NEAR_NOTHING = 0.997, 0.003


@pytest.mark.parametrize(
    ("grain", "now", "later", "printed"),
    [(0.0, -1_460, 29_260, ["−1.5", "+29.3", "+30.8"]), (1000.0, 118_400, 1_250_600, ["+118", "+1,251", "+1,133"])],
)
def test_a_difference_is_that_of_the_figures_beside_it(
    grain: float, now: float, later: float, printed: list[str]
) -> None:
    """Unrounded they are 30,720 and 1,132,200 apart, which would be told as +30.7 and +1,132."""
    figures, unit = Figures("EUR", grain), unit_of(max(later, 10_000), "EUR")
    values = (now, later, figures.apart(later, now, unit))
    assert [str(figures.cell(value, unit, plus=True)) for value in values] == printed


# --- run


def test_terminal_of_a_run() -> None:
    text = terminal("run", RUN)
    said = "If we commit now: +1.2 k EUR of net present value on average (90 %: +0.9 k EUR … +1.7 k EUR); a loss in 21"
    assert said in flat(text)
    assert "· 37 months · 8.3 % a year nominal · EUR" in text.splitlines()[0]
    for k, name in enumerate(("commit now", "commit, then stop", "pilot, then scale", "pilot, then stop"), 1):
        money, moved = [row.strip() for row in text.splitlines() if row.strip().startswith(name)]
        assert cells(money) == [
            name, f"+1,20{k}", f"+90{k} … +1,70{k}", f"2{k} %", f"−5,60{k}", f"+6{k} %", f"8{k}", f"3,90{k}"
        ]  # fmt: skip
        assert cells(moved) == [
            name, f"+{4.2 + k:.1f} ({2.6 + k:.1f} … {6.8 + k:.1f})", f"+{5.5 + k:.1f} ({4.7 + k:.1f} … {6.3 + k:.1f})"
        ]  # fmt: skip
    # Every column of money has its unit; heads are broken before names of rows are.
    first, second = text.splitlines()[(at := text.splitlines().index(line(text, "NPV, EUR"))) : at + 2]
    assert cells(first) == ["NPV, EUR", "90 %, EUR", "P(loss)", "worst", "ROI", "paid back of", "peak funding,"]
    assert cells(second) == ["5 %, EUR", "100", "95 %, EUR"]
    assert cells(line(text, "moved in month 37"))[1:] == ["CX, NPS points", "EX (front), points"]
    whole = flat(text)
    assert (
        "stay (bottom-up); margin (top-down) would say +1.9 k EUR of “commit now”, not +1.2 k EUR; on the CX" in whole
    )
    assert "on the CX part they lie within a factor of 2 in 73 % of futures" in whole
    assert (
        "“commit now” are worth another 4.1 k EUR (not counted); at 61 months the best by mean NPV is: pilot, " in whole
    )
    assert "8,765 customers at the end, profit worth 654 k EUR today" in whole
    assert "rivals cost 32.1 k EUR if nothing is done" in whole
    assert "beta-2002 87 % → 59 %; alpha-2001 41 % → 66 %" in whole
    assert "3 draws whose loops feed themselves" in whole
    assert "evidence-based forecast; 4,096 draws, seed 17, calibration cdcdcdcdcdcd" in whole


def test_two_bridges_agree_only_where_most_futures_do_and_a_turned_sign_is_said() -> None:
    few = of(RUN, cross_check__p_within_factor_2=0.43, options__commit__npv_other_bridge__mean=-330_000.0)
    whole = flat(terminal("run", few))
    assert "they lie further apart than a factor of 2 in most futures (within it in 43 %)" in whole
    text = page("run", few)
    for said in (whole, text):
        assert "they agree" not in said
    assert "within a factor of two in 43 % of futures, and further apart in most: look at both." in text
    assert "Counted top-down through the margin, committing would come to −330 k EUR: the sign turns." in text
    assert "the sign turns" not in page("run", RUN)


def test_terminal_of_a_run_the_other_way_round() -> None:
    other = of(
        RUN, options__commit__npv__mean=-1_201.0, bridge="margin", terminal="runoff", cross_check__agree=False,
        calibration__source="prior",
    )  # fmt: skip
    whole = flat(terminal("run", other))
    assert "If we commit now: −1.2 k EUR of net present value on average" in whole
    assert (
        "counted through margin (top-down); customers who stay (bottom-up) would say +1.9 k EUR of “commit now”, not "
        "−1.2 k EUR; on the CX part they DISAGREE" in whole
    )
    assert "worth another 4.1 k EUR (counted)" in whole
    assert "forecast by beliefs alone, no evidence counted" in whole
    sure = of(other, calibration__data=True)
    assert "forecast updated with your data" in flat(terminal("run", sure))
    point = of(other, calibration__source="point")
    assert "If we commit now: −1.2 k EUR of net present value. " in flat(terminal("run", point))


def test_page_of_a_run() -> None:
    text = page("run", RUN)
    assert "**Do as the hand says.**" in text
    assert "Expected value: **+1.2 k EUR** (if we commit now; simulation error ±7 EUR)" in text
    assert "Chance of a loss: **21 in 100**" in text
    assert "(before discounting; 81 in 100 pay back within 37 months)" in text
    assert "Return on cost (ROI): **+61 %** (on 2.7 k EUR of cost at today's value)" in text
    peak = "on average; peak funding 3.4 k EUR on average, up to 3.9 k EUR in 95 of 100"
    assert f"Worst 1 in 20: **−5.6 k EUR** ({peak})" in text
    assert "ahead of “do nothing” by 214 k EUR (simulation error 0.3 k EUR)" in text
    assert cells(line(text, "| Commit, then stop |")) == [
        "Commit, then stop", "+1,202", "+1,242", "+902 … +1,702", "22 %", "−5,602", "+62 %", "82 %", "2,702", "3,902"
    ]  # fmt: skip
    assert cells(line(text, "| CX |"))[:3] == ["CX", "NPS points", "+5.2 (3.6 … 7.8)"]
    assert cells(line(text, "| EX (front) |"))[2:4] == ["+6.5 (5.7 … 7.3)", "+7.5 (6.7 … 8.3)"]
    assert cells(line(text, "| UX (back) |"))[2:] == ["0"] * 4
    assert "Beta 2002 lost most: 87 % → 59 % credible" in text
    row = cells(line(text, "| Alpha 2001. "))
    assert (row[2:4], row[-1]) == (["41 %", "66 %"], "alpha-2001")
    assert "8,765 customers are left after 37 months" in text
    assert "profit until then is worth 654 k EUR today" in text
    assert "change that by −32.1 k EUR (90 %: −45.6 k EUR … −12.3 k EUR)" in text
    assert "through customers who stay, come and spend (bottom-up): +1.2 k EUR. Counted through the margin" in text
    assert "it would be +1.9 k EUR" in text
    assert "within a factor of two in 73 % of futures." in text
    assert "worth another +4.1 k EUR afterwards (commit now); it is not counted" in text
    assert cells(line(text, "R-hat"))[1] == "1.0031"
    assert cells(line(text, "of the middle"))[1] == "1,234"
    assert cells(line(text, "of the tails"))[1] == "987"
    assert "3 draws had loops that feed themselves" in text
    assert "In each of 4,096 futures" in text


def test_page_of_a_run_that_advises_otherwise() -> None:
    means = {"pilot_then_decide": 2_345.0, "commit": 1_201.0, "do_nothing": 0.0}
    told = advice("pilot_then_decide", "commit", mean_npv=means, margin=1_144.0, mcse=487.0, state="leaning",
                  refused=["commit_review"], fragile=True,
                  flips=[{"kind": "claim", "name": "alpha", "value": None, "option": "commit"},
                         {"kind": "parameter", "name": "ex_cx", "value": 0.23, "option": "do_nothing"}])  # fmt: skip
    text = page("run", of(RUN, recommendation=told, bridge="margin"))
    assert "**Do as the hand says.**" in text
    assert "ahead of “commit now” by 1.1 k EUR (simulation error 0.5 k EUR)" in text
    assert "limits you set exclude what would pay more: commit now and review" in text
    assert "to “commit now” without the claim Alpha" in text
    assert "to “do nothing” with ex_cx at 0.23" in text
    assert "Expected value: **" in text
    assert "through the margin of satisfied customers (top-down): +1.2 k EUR" in text
    unsettled = advice("do_nothing", "commit", state="open", too_close=True, best="commit")
    nothing = page("run", of(RUN, recommendation=unsettled, options__commit__npv__mean=-1_201.0))
    assert "ahead of" not in nothing  # an open question names no winner
    assert "Expected value: **−1.2 k EUR** (if we commit now" in nothing


def test_bridges_that_call_for_different_decisions_say_so() -> None:
    """A gain on one bridge and a loss on the other is told, whether or not their CX parts lie close together."""
    means = {"options__commit__npv__mean": 1_201.0, "options__commit__npv_other_bridge__mean": -900.0}
    for changed, opposite in ((means, True), (means | {"options__commit__npv_other_bridge__mean": 900.0}, False)):
        for text in (flat(terminal("run", of(RUN, **changed))), page("run", of(RUN, **changed))):
            assert ("a gain and the other a loss" in text) is opposite


def test_picture_of_options() -> None:
    """Doing nothing stands among the options, the best mean first; words tell what is drawn."""
    told = picture("run", RUN, "options")
    rows = drawn(told.spec, "option")
    assert [(r["option"], r["low"], r["mean"], r["high"]) for r in rows] == [
        ("commit", 901.0, 1201.0, 1701.0), ("do_nothing", 0.0, 0.0, 0.0)
    ]  # fmt: skip
    assert rows[0]["loses"] == "loses in 21 of 100"
    lost = of(RUN, options__commit__npv__mean=-11.0)
    assert [r["option"] for r in drawn(picture("run", lost, "options").spec, "option")] == ["do_nothing", "commit"]


# --- certainty is never claimed


@pytest.mark.parametrize(
    ("share", "percent", "of_hundred"), [(NEAR_ONE, "100 %", "100 of 100"), (NEAR_NOTHING, "0 %", "0 of 100")]
)
def test_nothing_is_certain_that_is_not(share: float, percent: str, of_hundred: str) -> None:
    """99.7 % is not printed as 100 %, nor 0.3 % as 0 %, wherever a probability stands."""
    everywhere = [
        ("run", of(RUN, options__commit__p_loss__value=share, options__commit__payback_month__p_within_horizon=share,
                   claims__0__credibility=share, claims__1__posterior_credibility=share,
                   cross_check__p_within_factor_2=share)),
        ("pilot", of(PILOT, rule_details__p_scale=share, **{
            f"{which}__{key}__value": share
            for which in ("stated", "best_design", "design__0") for key in ("assurance", "false_go", "false_stop")})),
        ("sensitivity", of(SENSITIVITY, parameters__0__p_good__value=share, regions__0__density=share,
                           regions__0__coverage=share)),
        ("compare", of(COMPARE, options__0__p_loss=share, p_best_together={
            **COMPARE["p_best_together"], "north/commit": estimate(share, 0.01)},
                       differences__0__p_positive=share)),
        ("priors compare", of(PRIORS, base__options__commit__p_loss__value=share, claims__0__credibility=share,
                              claims__1__posterior_credibility=share)),
        ("update", of(UPDATE, npv__pilot_scale__prior__p_loss=share)),
    ]  # fmt: skip
    for kind, data in everywhere:
        for text in (terminal(kind, data), page(kind, data)):
            assert not re.search(rf"(?<![\d.,]){re.escape(percent)}", text), (kind, line(text, percent))
            assert not re.search(rf"(?<![\d.,]){re.escape(of_hundred)}", text), kind


# --- pilot


def test_terminal_of_a_pilot() -> None:
    text = terminal("pilot", PILOT)
    whole = flat(text)
    assert "stated pilot is not worth it: it is 12.0 k EUR worse than the best choice without one" in whole
    assert "would be: 35 % of units, 9 months, 140 answers a wave, no control, worth 26.0 k EUR" in whole
    assert "Rule of the other design: Scale if it has risen. To decide by it is worth 29.0 k EUR; the same" in whole
    assert "would be worth 31.0 k EUR. In 8 of 100 futures it scales what should stop, in 10 it stops what" in whole
    assert (
        "only 43 people can answer a wave in pilot units, not 55; they count. Paid is for 43 answers a wave." in whole
    )
    assert "88 k EUR ± 2 k EUR for the choice to scale or stop" in whole
    assert "what the stated pilot tells, used ideally, is worth 31.0 k EUR ± 0.4 k EUR" in whole
    assert cells(line(text, "false go")) == [
        "pilot", "units", "months", "answers", "control", "worth, k EUR", "by what it", "right",
        "false go", "false stop",
    ]  # fmt: skip
    assert cells(line(text, "stated  ")) == [
        "stated", "20 %", "6", "55", "yes", "−12.0 ±0.5", "30.0", "83 %", "6 %", "11 %"
    ]  # fmt: skip
    assert cells(line(text, "best  ")) == [
        "best", "35 %", "9", "140", "no", "+26.0 ±0.5", "46.0", "91 %", "4 %", "7 %"
    ]  # fmt: skip
    rest = [cells(row) for row in text.splitlines() if re.match(r"      +\d+ %", row)]
    assert [row[4] for row in rest] == ["+4.4 ±0.5", "−73.0 ±0.5"]  # the better first
    better = flat(terminal("pilot", of(PILOT, rule_details__value__value=31_500.0)))  # than ideal use, by its estimate
    assert "worth 31.5 k EUR, about as much as the same data used ideally without a rule. In 8 of 100" in better
    worth = of(PILOT, worth_it=True, pilot_net__value=33_000.0)
    assert "stated pilot is worth 33.0 k EUR more than the best choice without one," in flat(terminal("pilot", worth))
    step = flat(terminal("pilot", of(PILOT, best_design=None)))
    assert "None of 4 designs tried pays by what it tells. The one that pays most (35 % of units, 9 months, 140" in step
    assert "is worth 26.0 k EUR as a smaller first step: to choose by what it reads is worth 46.0 k EUR" in step
    none = flat(terminal("pilot", of(PILOT, best_design=None, design=[PILOT["stated"]])))
    assert "Nor is any other of 1 design tried. · What it tells is worth less than its cost" in none


def test_page_of_a_pilot() -> None:
    text = page("pilot", PILOT)
    assert "it is 12.0 k EUR worse than the best choice without one, its cost and its delay counted." in text
    assert (
        "What the stated pilot tells is worth 31.0 k EUR for the choice to scale or stop after it (expected value of "
        "sample information); to know everything at that choice would be worth 88 k EUR." in text
    )
    assert "right decision with probability 83 %; a false go has 6 %, a false stop 11 %" in text
    assert "Scale if it has risen." in text
    heads = cells(line(text, "| units |"))
    rows = [row for row in text.splitlines() if re.match(r"\| (stated|best)? *\| \d+ % \|", row)]
    table = [dict(zip(heads, cells(row), strict=True)) for row in rows]
    assert [row["worth, k EUR"] for row in table] == ["−12.0 ±0.5", "+26.0 ±0.5", "+4.4 ±0.5", "−73.0 ±0.5"]
    assert table[1] == {
        "pilot": "best", "units": "35 %", "months": "9", "answers": "140", "control": "no",
        "worth, k EUR": "+26.0 ±0.5", "by what it tells, k EUR": "46.0", "right": "91 %",
        "false go": "4 %", "false stop": "7 %",
    }  # fmt: skip
    worth = of(PILOT, worth_it=True, pilot_net__value=33_000.0)
    assert "stated pilot is worth 33.0 k EUR more than the best choice without one" in page("pilot", worth)


def test_picture_of_designs() -> None:
    shown = picture("pilot", PILOT, "designs")
    title = shown.title.replace("\N{NO-BREAK SPACE}", " ")
    assert title == "The best pilot is worth +26.0 k EUR: 35 % of units, 9 months, 140 respondents a wave"
    row = next(row for row in drawn(shown.spec, "months") if row["months"] == 6)
    assert (row["respondents"], row["control"], row["value"]) == (55.0, "yes", -12.0)
    assert [row[key].replace("\N{NO-BREAK SPACE}", " ") for key in ("assurance", "go", "stop")] == [
        "83 %",
        "6 %",
        "11 %",
    ]
    assert [param["value"].replace("\N{NO-BREAK SPACE}", " ") for param in shown.spec["params"]] == ["35 %", "no"]
    unasked = of(PILOT, best_design={**PILOT["best_design"], "respondents": 0.0})
    title = picture("pilot", unasked, "designs").title.replace("\N{NO-BREAK SPACE}", " ")
    assert title == "The best pilot is worth +26.0 k EUR: 35 % of units, 9 months, no survey"
    told = flat(terminal("pilot", unasked))
    assert "35 % of units, 9 months, no survey, no control" in told
    assert "0 answers" not in told
    none = picture("pilot", of(PILOT, best_design=None), "designs").title.replace("\N{NO-BREAK SPACE}", " ")
    assert none == "No pilot pays by what it tells; as a smaller first step the best is worth +26.0 k EUR"


# --- sensitivity


def test_terminal_of_sensitivity() -> None:
    text = terminal("sensitivity", SENSITIVITY)
    whole = flat(text)
    assert "would be worth 88 k EUR ± 2 k EUR for the choice between" in whole
    # 40 of 88: not most of it
    told = "for the choice between “do nothing” and “commit now”. The one thing most worth knowing is the ex_cx: to"
    assert told in whole
    assert "by it what goes together with it, would be worth 40.0 k EUR ± 0.3 k EUR." in whole
    assert "pays with the ex_cx at 0.23 or more; as you believe now the chance of that is 54 %." in whole
    assert "pays with the overrun at 0.47 or less; as you believe now the chance of that is 53 %." in whole
    assert "pays if churn_cx" not in whole
    assert cells(next(row for row in text.splitlines() if row.startswith("overrun"))) == [
        "overrun", "30.0 ±0.3", "≤ 0.47", "53 %", "30 % ± 1 %", "35 % ± 1 %"
    ]  # fmt: skip
    assert cells(line(text, "parameters of the firm")) == ["parameters of the firm", "57.0 ±0.6"]
    named = [{**each, "meaning": f"{each['name']} in words"} for each in SENSITIVITY["parameters"]]
    meant = page("sensitivity", {**SENSITIVITY, "parameters": named})
    assert cells(line(meant, "| parameters of the firm |"))[2] == "ex_cx in words; churn_cx in words"
    assert "ex_cx ≤ 0.19 and overrun > 0.31: 86 of 100 futures there lose, and 34 of 100 that lose are there" in whole
    assert "shares account for 77 %" in whole
    unclear = flat(terminal("sensitivity", of(SENSITIVITY, parameters__0__evppi__mcse=None, evpi__mcse=None)))
    assert "would be worth 88.0 k EUR for" in unclear
    nowhere = of(SENSITIVITY, regions=[])
    assert "loses money nowhere in particular" in terminal("sensitivity", nowhere)
    known = of(SENSITIVITY, parameters=[], groups=[], map=None)
    assert "every figure was stated as a plain number" in terminal("sensitivity", known)


#: What the author counts in hours, where fewer are better: a rise of 2 points is a fall of an hour.
STATED = of(
    SENSITIVITY,
    parameters__0__meaning="hours to answer",
    parameters__0__stated={"unit": "h", "p05": 3.8, "p95": 3.98, "break_even": 3.885, "good_above": False},
    regions__0__rules__0={"name": "ex_cx", "side": "at_most", "value": 0.19, "meaning": "hours to answer", "unit": "h",
                          "stated": 3.905, "stated_side": "above"},
    map__stated_x={"meaning": "hours to answer", "unit": "h", "at": [3.95, 3.9]},
)  # fmt: skip


def test_figures_are_told_as_the_author_counts_and_the_meaning_comes_first() -> None:
    for text in (flat(terminal("sensitivity", STATED)), page("sensitivity", STATED)):
        assert "Committing pays with the hours to answer at 3.9 h or less" in text
        assert re.search(
            r"hours to answer > 3\.9 h( \(ex_cx\))? and overrun > 0\.31: 86 of 100 futures there lose", text
        )
        assert "What moves the payoff most: hours to answer, from −37.0 k EUR to +95.0 k EUR" in text
    assert cells(line(page("sensitivity", STATED), "| hours to answer |"))[2] == "≤ 3.9 h"
    rows = drawn(picture("sensitivity", STATED, "tornado").spec, "end")
    assert [(r["name"], r["end"], r["at"]) for r in rows[:2]] == [
        ("hours to answer", -37.0, "4.0 h"), ("hours to answer", 95.0, "3.8 h")
    ]  # fmt: skip
    shown = picture("sensitivity", STATED, "map")
    # More points pay, fewer hours do: lines of the table rise with the points.
    assert shown.title == "It pays most where both are low: hours to answer; overrun"
    fields = {row["at"]: row["value"] for row in drawn(shown.spec, "at")}
    assert fields["hours to answer = 3.9 h, overrun = 1.5"] == 44.0  # at_x 0.2
    x = shown.spec["encoding"]["x"]
    assert x["title"] == "hours to answer, h"
    assert x["sort"] == [1, 0]  # from few hours to many


def test_bars_of_the_terminal_reach_from_low_to_high() -> None:
    """The ends are −53 k and 95 k: 148 k over the width that is left beside names and figures."""
    bars = {row.split()[0]: row for row in terminal("sensitivity", SENSITIVITY).splitlines() if "█" in row}
    assert [bar[bar.rindex("█") + 1 :].strip(" │") for bar in bars.values()] == [
        "−37.0 … +95.0 k EUR", "−53.0 … +64.0 k EUR", "+11.0 … +29.0 k EUR"
    ]  # fmt: skip
    start = 2 + max(map(len, bars)) + 2
    room = 100 - start - 2 - len("−37.0 … +95.0 k EUR") - 1 - 2 + 2
    for name, low, high in (("ex_cx", -37, 95), ("overrun", -53, 64), ("churn_cx", 11, 29)):
        ends = [i - start for i, c in enumerate(bars[name]) if c == "█"]
        assert ends[0] == pytest.approx((low + 53) / 148 * room, abs=1.01)
        assert ends[-1] == pytest.approx((high + 53) / 148 * room, abs=1.01)
    assert bars["churn_cx"].index("│") - start == pytest.approx(53 / 148 * room, abs=1.01)


def test_page_of_sensitivity() -> None:
    text = page("sensitivity", SENSITIVITY)
    assert "would be worth 88 k EUR for the choice between “do nothing” and “commit now”." in text
    assert cells(line(text, "| ex_cx |")) == [
        "ex_cx", "40.0 ±0.3", "≥ 0.23", "54 %", "−37.0 ±0.8", "+95.0 ±0.9", "40 % ± 1 %", "45 % ± 1 %"
    ]  # fmt: skip
    assert cells(line(text, "| overrun |")) == [
        "overrun", "30.0 ±0.3", "≤ 0.47", "53 %", "+64.0 ±0.8", "−53.0 ±0.9", "30 % ± 1 %", "35 % ± 1 %"
    ]  # fmt: skip
    assert cells(line(text, "| churn_cx |"))[2] == "any likely value"
    assert cells(line(text, "| parameters of the firm |")) == [
        "parameters of the firm", "57.0 ±0.6", "ex_cx; churn_cx"
    ]  # fmt: skip
    named = [{**each, "meaning": f"{each['name']} in words"} for each in SENSITIVITY["parameters"]]
    meant = page("sensitivity", {**SENSITIVITY, "parameters": named})
    assert cells(line(meant, "| parameters of the firm |"))[2] == "ex_cx in words; churn_cx in words"
    assert "ex_cx ≤ 0.19 and overrun > 0.31: 86 of 100 futures there lose, and 34 of 100 that lose are there" in text
    assert "What moves the payoff most: ex_cx, from −37.0 k EUR to +95.0 k EUR" in text


@pytest.mark.parametrize(("times", "size", "unit"), [(1.0, 1, "k"), (3.0, 1, "k"), (30.0, 1, "k"), (0.01, 10**3, "M")])
def test_a_picture_of_sensitivity_tells_what_its_table_tells(times: float, size: int, unit: str) -> None:
    """To the digit of the simulation error, whatever that is: an end of a bar, of the title and of a row is one."""
    wide = [
        {
            **each,
            **{
                end: {**each[end], "value": size * each[end]["value"] + 123, "mcse": times * size * each[end]["mcse"]}
                for end in ("low", "high")
            },
        }
        for each in SENSITIVITY["parameters"]
    ]
    data = of(SENSITIVITY, parameters=wide)
    shown, text = picture("sensitivity", data, "tornado"), page("sensitivity", data)
    for i, row in enumerate(drawn(shown.spec, "end")):
        told = cells(line(text, f"| {row['name']} |"))[4 + i % 2].partition(" ±")[0]
        assert row["npv"] == f"{told}\N{NO-BREAK SPACE}{unit}\N{NO-BREAK SPACE}EUR"
    assert shown.title.endswith("from {} to {}".format(*(row["npv"] for row in drawn(shown.spec, "end")[:2])))


def test_pictures_of_sensitivity() -> None:
    rows = drawn(picture("sensitivity", SENSITIVITY, "tornado").spec, "end")
    assert [(r["name"], r["end"], r["role"], r["at"], r["base"]) for r in rows] == [
        ("ex_cx", -37.0, "neutral", "0.040", 214.0), ("ex_cx", 95.0, "accent", "0.40", 214.0),
        ("overrun", 64.0, "neutral", "0.030", 214.0), ("overrun", -53.0, "accent", "0.30", 214.0),
        ("churn_cx", 11.0, "neutral", "0.020", 214.0), ("churn_cx", 29.0, "accent", "0.20", 214.0),
    ]  # fmt: skip
    shown = picture("sensitivity", SENSITIVITY, "map")
    fields = {row["at"]: row["value"] for row in drawn(shown.spec, "at")}
    assert fields["ex_cx = 0.10, overrun = 3.5"] == -33.0
    assert fields["ex_cx = 0.20, overrun = 1.5"] == 44.0
    assert fields["ex_cx = 0.20, overrun = 2.5"] == 55.0
    assert len(fields) == 6
    assert shown.title == "It pays most where the first is high and the second low: ex_cx; overrun"
    assert "not negative in 50" in shown.description
    for table, words in (
        ([[-3.0, -2.0], [-1.0, 1.0]], "It pays most where both are high: ex_cx; overrun"),
        ([[-2.0, 1.0], [-4.0, -1.0]], "It pays most where the first is low and the second high: ex_cx; overrun"),
        ([[1.0, -2.0], [-1.0, -4.0]], "It pays most where both are low: ex_cx; overrun"),
        ([[1.0, 2.0], [3.0, 4.0]], "It pays for all values of ex_cx and overrun"),
        ([[-1.0, -2.0], [-3.0, -4.0]], "It pays for no value of ex_cx and overrun"),
    ):
        told = of(SENSITIVITY, map__npv=table, map__at_y=[1.5, 2.5])
        assert picture("sensitivity", told, "map").title == words


# --- explain


def test_explain() -> None:
    text = terminal("explain", EXPLAIN)
    assert (
        "Before cost “commit now” is worth 334 k EUR. Shares of all gains: by way of staff 75 %, straight to "
        "customers 25 %." in flat(text)
    )
    rows = [cells(row) for row in text.splitlines()]
    assert ["by way of staff", "+270", "+2.34", "−18"] in rows
    assert ["the loop back", "−26", "−0.25", "+242"] in rows
    assert ["cost of the programme", "−120", "0.00", "+334"] in rows
    assert cells(line(text, "total ")) == ["total", "+214", "+3.21"]
    total = EXPLAIN["total"] | {"tax": -64_000.0, "npv_after_tax": 150_000.0, "capacity_freed": 31_000.0}
    taxed = of(EXPLAIN, total=total, payoff_by_segment={"home": 250_000.0, "firms": 84_000.0})
    for words in (flat(terminal("explain", taxed)), page("explain", taxed)):
        assert "Tax, which no path carries, moves it by −64.0 k EUR, to +150 k EUR after tax." in words
        assert "Time worth 31.0 k EUR is freed besides" in words
    assert cells(line(page("explain", taxed), "| firms |")) == ["firms", "+84"]
    told = page("explain", EXPLAIN)
    assert "75 % of all gains come through: by way of staff" in told  # 270 of 270 + 90
    assert cells(line(told, "| straight to customers |")) == ["straight to customers", "+90", "+1.12", "+131"]
    assert cells(line(told, "| the loop back |")) == ["the loop back", "−26", "−0.25", "+242"]
    shown = picture("explain", EXPLAIN, "paths")
    assert [(r["name"], r["value"], r["role"]) for r in drawn(shown.spec, "off")] == [
        ("by way of staff", 270.0, "good"), ("cost of the programme", -120.0, "bad"),
        ("straight to customers", 90.0, "good"), ("the loop back", -26.0, "bad"),
    ]  # fmt: skip
    assert "+214" in shown.note
    assert "influence is left out: the result does not hold a scenario" in told  # nobody wonders where it is


def test_a_belief_is_told_by_its_middle_and_then_its_ends() -> None:
    assert _interval((1.2, 2.5, 7.8)) == "2.5 (1.2 … 7.8)"


def test_doubt_about_a_link_is_told_after_and_before_the_evidence() -> None:
    doubted = of(RUN, links=[{"name": "ex_cx", "doubt": 0.4, "posterior_doubt": 0.17}])
    for words in (flat(terminal("run", doubted)), page("run", doubted)):
        assert "17 % that it does nothing (40 % before the evidence)" in words


def test_the_change_of_experience_is_told_in_the_unit_of_its_scale() -> None:
    """Two points of an NPS to one of the index: each path's part and their total alike."""
    points = {**EXPLAIN, "per_point": 2.0, "unit": "points of −100 … 100"}
    told = page("explain", points)
    assert "of the change of CX, points of −100 … 100" in told
    assert cells(line(told, "| by way of staff |"))[2] == "+4.68"
    assert cells(line(told, "| total |"))[2] == "+6.42"


def test_a_path_has_one_share_in_sentence_and_pictures(scenarios: Path) -> None:
    """Direct benefits are gains as well: what experience earns is a share of the same whole."""
    paths = [
        {"path": path, "meaning": meaning, "shapley_npv": worth, "shapley_delta": 0.0, "switched_off_npv": 0.0}
        for path, meaning, worth in (
            ("retention", "fewer leavers", 90_000.0),
            ("referral", "fewer who join", -10_000.0),
            ("direct_benefits", "licences", 60_000.0),
            ("programme_cost", "cost of the programme", -40_000.0),
        )
    ]
    answer = of(EXPLAIN, paths=paths, links={"ex[front] -> cx": 80_000.0}, total={"npv": 100_000.0, "delta": 1.0})
    result = read("explain", {"organisation": "Handmade Ltd", **answer})
    scenario = load(scenarios / "front_line_first.yaml")
    moved = {node for node in scenario.network().nodes if node.partition("[")[0] in ("ex", "cx")}
    section = travels(result, "full", scenario, moved)
    said = next(plain(block.text) for block in section.blocks if isinstance(block, Paragraph))
    titles = [block.title for block in section.blocks if isinstance(block, Picture)]
    assert len(titles) == 2
    for words in (said, *titles):  # 90 of 150
        assert "60\N{NO-BREAK SPACE}%" in words, words


def test_a_better_design_says_what_it_means_for_the_answer() -> None:
    """26 k from another pilot beside an answer that says that nothing turns it."""
    for told in (terminal, page):
        little = flat(told("pilot", of(PILOT, material=40_000.0)))
        assert "worth 26.0 k EUR. That is less than 40.0 k EUR, the part of the cost below which" in little
        much = flat(told("pilot", of(PILOT, material=4_000.0)))
        assert "enough to choose by (more than 4.0 k EUR), but the answer weighs the pilot as stated" in much
    noise = BETTER | {"pilot_net": {"value": 26_000.0, "mcse": 14_000.0}}
    text = flat(terminal("pilot", of(PILOT, material=4_000.0, best_design=noise)))
    assert "That is within its simulation error" in text


def test_no_slope_is_told_as_a_logarithm() -> None:
    """What ten points change, by the law of the link: exp(10 × slope)."""
    more = str(Label(verbatim(""), "log revenue per CX point").words(0.0014)).replace("\N{NO-BREAK SPACE}", " ")
    fewer = str(Label(verbatim(""), "log hazard per EX point").words(0.012)).replace("\N{NO-BREAK SPACE}", " ")
    assert more == "1.4 % per 10 index points of CX"
    assert fewer == "11 % per 10 index points of EX"  # 1 − exp(−0.12) = 0.113
    for parameter in parameters().values():
        words = str(Label(verbatim(""), parameter.unit).words(0.0))
        assert not re.match(r"\S*\s*log ", words), parameter.unit


@pytest.mark.parametrize("months", [6, 12, 13, 24, 36, 37, 49, 60, 61, 72, 90, 120, 240])
def test_months_of_a_course_stand_apart_on_a_phone(months: int) -> None:
    """At 390 px the plot of the course is 330 px wide, its labels 11 px high, a digit about 6.2 px wide."""
    marks = _marks(months)
    assert (marks[0], marks[-1]) == (0, months)
    names = ["start", f"month {marks[1]}", *(str(mark) for mark in marks[2:])]
    per_month = 300.0 / (1.38 * months)
    for (one, left), (other, right) in pairwise(zip(marks, names, strict=True)):
        assert (other - one) * per_month >= 6.2 * (len(left) + len(right)) / 2, (left, right)


# --- compare


def test_terminal_of_compare() -> None:
    text = terminal("compare", COMPARE)
    rows = [cells(row) for row in text.splitlines() if re.match(r"(North|South): commit.*…", row)]
    assert rows[0] == ["South: commit", "+250 ±1", "+230 … +280", "30 %", "+210", "55", "61 %", "13"]
    assert rows[1][:1] + rows[1][6:] == ["North: commit, review", "31 %", "54"]
    assert rows[2] == ["North: commit", "+110 ±1", "+90 … +140", "16 %", "+70", "55", "↑", "77"]
    assert rows[3] == ["South: commit − North: commit", "+140 ±2", "−40 … +310", "84 % / – / 16 %"]
    whole = flat(text)
    assert "in both mean and worst 5 % than: South: commit now." in whole
    assert "“South: commit now” beats “North: commit now” whatever one's taste for risk." in whole
    assert "for anyone who dislikes risk" not in text  # of the second order only
    assert "The sum of each alone would be 290 k EUR; together they strengthen each other by 51 k EUR." in whole
    assert "By the sum alone it would have been: “desk”, “training”." in whole
    worse = of(COMPARE, portfolio__interaction=-51_000.0)
    assert "together they get in each other's way by 51 k EUR." in flat(terminal("compare", worse))


def test_beliefs_side_by_side() -> None:
    told = {"names": ["sure", "doubt"], "actions": ["a/commit", "do_nothing"],
            "cells": [{"belief": b, "action": a, "npv": estimate(v, 900.0), "p_loss": 0.2}
                      for b, a, v in (("sure", "a/commit", 61_000.0), ("doubt", "a/commit", -7_000.0),
                                      ("sure", "do_nothing", 0.0), ("doubt", "do_nothing", 0.0))]}  # fmt: skip
    apart = of(COMPARE, beliefs=told, p_best={}, p_best_together={}, expected_regret={}, differences=[],
               dominance=[], frontier=[], recommendation=None, portfolio=None)  # fmt: skip
    text = terminal("compare", apart)
    assert "weigh the beliefs by “--mix name=weight,name=weight”" in flat(text)
    # One initiative under two beliefs is named by neither file, and what one belief promises is not called ahead.
    assert cells(line(text, "commit now")) == ["commit now", "+61.0 ±0.9", "−7.0 ±0.9"]
    assert cells(line(page("compare", apart), "| commit now |")) == ["commit now", "+61.0 ±0.9", "−7.0 ±0.9"]
    shown = picture("compare", apart, "compared")
    assert shown.title == "What each option pays on average under its own beliefs"
    assert {row["role"] for row in drawn(shown.spec, "mid")} == {"neutral"}
    two = {**told, "actions": ["a/commit", "b/commit", "do_nothing"]}
    assert "| a: commit now |" in page("compare", of(apart, beliefs=two))
    assert "weigh the beliefs" not in terminal("compare", of(apart, mix={"sure": 1.0}))


def test_page_of_compare() -> None:
    text = page("compare", COMPARE)
    assert "**Do as the hand says.**" in text
    assert cells(line(text, "| North: commit now |")) == [
        "North: commit now", "+110 ±1", "+90 … +140", "16 %", "+70", "55", "↑", "77"
    ]  # fmt: skip
    assert cells(line(text, "| South: commit now |")) == [
        "South: commit now", "+250 ±1", "+230 … +280", "30 %", "+210", "55", "61 %", "13"
    ]  # fmt: skip
    assert cells(line(text, "| South: commit now − North: commit now |"))[1:] == [
        "+140 ±2",
        "−40 … +310",
        "84 % / – / 16 %",
    ]
    assert "“South: commit now” beats “North: commit now” whatever one's taste for risk" in text
    assert "“North: commit now and review” is better than “North: commit now” for anyone who dislikes risk" in text
    assert (
        "480 k EUR (expected cost over the horizon, present value) the best set is “desk”, “portal”: +340 k EUR" in text
    )
    unsettled = of(COMPARE, recommendation__state="open")
    assert picture("compare", unsettled, "compared").title == "On average no option is clearly ahead"
    rows = drawn(picture("compare", COMPARE, "compared").spec, "mid")
    assert {r["name"]: (r["low"], r["high"]) for r in rows}["South: commit"] == (230.0, 280.0)
    assert [r["mid"] for r in rows] == [250.0, 170.0, 110.0]
    assert "“South: commit now” is best in 61 of 100 futures" in text
    best = drawn(picture("compare", COMPARE, "best").spec, "value")
    assert [(r["name"], r["value"]) for r in best] == [
        ("South: commit", 0.61), ("North: commit, review", 0.31), ("Do nothing", 0.08),
    ]  # fmt: skip


def test_initiatives_stand_side_by_side_each_figure_in_its_column() -> None:
    """Best first, doing nothing last; of a scenario all its options together, each first step counted once."""
    pilot = COMPARE["options"][0] | {"name": "north/pilot_then_decide", "option": "pilot_then_decide",
                                     "begins_as": "north/pilot_then_decide"}  # fmt: skip
    pilot = of(pilot, npv__mean=130_000.0)
    told = of(COMPARE, options=[*COMPARE["options"], pilot], options__0__paid_back=0.42, options__0__pv_cost=33_000.0,
              options__1__paid_back=0.77, scenarios__0__option="commit", scenarios__0__state="leaning",
              scenarios__1__option="commit", scenarios__1__state="clear")  # fmt: skip
    told["p_best_together"]["north/pilot_then_decide"] = estimate(0.17, 0.01)
    told["expected_regret"]["north/pilot_then_decide"] = 61_000.0
    text = page("compare", told)
    rows = [cells(row) for row in text.splitlines() if re.match(r"\| (South|North|Do nothing) \|", row)]
    head = cells(line(text, "| initiative |"))
    assert [row[0] for row in rows[:3]] == ["South", "North", "Do nothing"]
    south, north, nothing = (dict(zip(head, row, strict=True)) for row in rows[:3])
    assert (south["cost"], north["cost"], nothing["cost"]) == ("55", "33", "0")
    assert (south["loses in 100"], north["loses in 100"]) == ("30", "16")
    assert (
        south["paid back in 100, undiscounted"],
        north["paid back in 100, undiscounted"],
        nothing["paid back in 100, undiscounted"],
    ) == ("77", "42", "–")
    best = next(name for name in head if name.startswith("best of all in 100"))
    assert (south[best], north[best], nothing[best]) == ("61", "48", "8")
    assert (north["commit now, average"], north["commit now, 90 %"]) == ("+110", "+90 … +140")
    assert (north["with a review, average"], north["pilot first, average"]) == ("+170", "+130")
    assert (south["with a review, average"], south["pilot first, average"]) == ("–", "–")
    assert (south["first step"], north["first step"]) == ("clear: commit now", "leaning: commit now")
    unsure = page("compare", of(told, scenarios__0__state="open"))
    assert "open: no clear choice" in line(unsure, "| North | north |")


@pytest.mark.parametrize(("state", "mark"), [("clear", "●"), ("leaning", "◐"), ("open", "◌")])
def test_a_decision_is_marked_by_how_sure_it_is(state: str, mark: str) -> None:
    text = as_text(compose([read("run", of(RUN, recommendation__state=state))]), 100)
    assert [sign for sign in "●◐◌" if sign in text] == [mark]


def test_the_best_set_says_that_limits_are_asked_of_it() -> None:
    words = "Sets that break the limits on loss or peak funding are left out"
    assert words not in flat(terminal("compare", COMPARE))
    assert words in flat(
        terminal("compare", of(COMPARE, recommendation={**COMPARE["recommendation"], "max_p_loss": 0.1}))
    )


# --- what if


def test_whatif_of_two() -> None:
    text = terminal("whatif", WHATIF)
    assert (
        "depends on the values: “commit now” or “do nothing”. In 2 of the combinations it is an open question."
        in flat(text)
    )
    first, second = text.split("Best by the scenario's criterion")
    three, six = (cells(row) for row in first.splitlines() if re.match(r"[36] ", row))
    assert three[1:] == ["+61.0", "+42.0", "−23.0"]
    assert six[1:] == ["+34.0", "−15.0", "−56.0"]
    assert cells(line(second, "↓ pilot.months")) == ["↓ pilot.months · → discount", "4 %", "8 %", "12 %"]
    assert [cells(row) for row in second.splitlines() if re.match(r"[36] ", row)] == [
        ["3", "commit now", "open question", "do nothing"], ["6", "commit now", "open question", "do nothing"]
    ]  # fmt: skip
    assert cells(line(page("whatif", WHATIF), "| 3 | +61.0"))[1:] == ["+61.0", "+42.0", "−23.0"]
    rough = [
        {**each, "npv": {name: {**npv, "mcse": 7_000.0} for name, npv in each["npv"].items()}}
        for each in WHATIF["cells"]
    ]
    assert cells(line(page("whatif", of(WHATIF, cells=rough)), "| 3 | +61"))[1:] == ["+61", "+42", "−23"]
    assert picture("whatif", of(WHATIF, cells=rough), "whatif").description.count(".") == 0
    shown = picture("whatif", WHATIF, "whatif")
    assert shown.title == "To act is chosen in 2 of 6 cases tried"
    rows = {(r["y"], r["x"]): (r["value"], r["best"]) for r in drawn(shown.spec, "best")}
    assert rows["3", "12\xa0%"] == (-23.0, "do nothing")
    assert rows["6", "4\xa0%"] == (34.0, "commit now")
    assert rows["3", "8\xa0%"] == (0.0, "open question")  # in the colour of neither
    assert [r["label"] for r in drawn(shown.spec, "best")] == ["+61.0", "+42.0?", "−23.0", "+34.0", "−15.0?", "−56.0"]
    said = "Expected net present value of what pays most of all that acts, k\N{NO-BREAK SPACE}EUR. ?: open question."
    assert shown.note == said


def test_whatif_marks_where_a_limit_excludes_what_would_pay_more() -> None:
    held = of(WHATIF, cells=[
        {**c, "p_loss": {"commit": 0.3}, "refused": ["commit"] if c["values"]["discount"] == "8 %" else []}
        for c in WHATIF["cells"]
    ])  # fmt: skip
    best = terminal("whatif", held).split("Best by the scenario's criterion")[1]
    six = next(cells(row) for row in best.splitlines() if row.startswith("6 "))
    assert six == ["6", "commit now", "open question *", "do nothing"]
    assert "*: the limits of the scenario exclude what would pay more there" in flat(best)
    assert "*: the limits" not in flat(terminal("whatif", WHATIF))
    shown = picture("whatif", held, "whatif")  # the same star in the picture, and no figure of what is excluded
    labels = {(r["y"], r["x"]): (r["value"], r["label"]) for r in drawn(shown.spec, "best")}
    assert labels["3", "8\xa0%"] == (0.0, labels["3", "8\xa0%"][1])
    assert "*: the limits of the scenario exclude what would pay more there" in shown.note
    assert "would pay more than the choice is left out" in shown.note  # and no word of what else is within them
    assert "–:" not in shown.note


def test_whatif_of_one() -> None:
    one = of(WHATIF, vary=[WHATIF["vary"][1]], cells=[
        {**c, "values": {k: v for k, v in c["values"].items() if k != "pilot.months"}}
        for c in WHATIF["cells"] if c["values"]["pilot.months"] == "3"
    ])  # fmt: skip
    text = terminal("whatif", one)
    head = ["discount", "commit now", "pilot first, then scale or stop", "best"]
    assert cells(line(text, "best", "discount")) == head
    assert cells(line(text, "+42.0 ±")) == ["8 %", "+42.0 ±0.7", "+41.0 ±0.7", "open question"]
    shown = picture("whatif", one, "whatif")
    assert shown.title == "To act is chosen in 1 of 3 cases tried"
    rows = {(r["x"], r["option"]): r["value"] for r in drawn(shown.spec, "option")}
    assert rows["12\xa0%", "commit"] == -23.0
    assert rows["4\xa0%", "pilot_then_decide"] == 60.0
    assert len(rows) == 3 * 3


# --- diff


def test_the_waterfall_chains() -> None:
    rows = drawn(picture("diff", DIFF, "waterfall").spec, "low")
    assert [row["name"] for row in rows] == [
        "before.yaml", "drivers.a.one_off", "discount", "horizon", "other random numbers", "after.yaml"
    ]  # fmt: skip
    assert [(r["low"], r["high"]) for r in rows] == [
        (0.0, 100.0), (100.0, -80.0), (-80.0, -18.0), (-18.0, -39.0), (-39.0, -35.0), (0.0, -35.0)
    ]  # fmt: skip
    assert [row["role"] for row in rows] == ["neutral", "bad", "good", "bad", "good", "neutral"]
    assert "Drivers.a.one_off moved the payoff most: by −180" in picture("diff", DIFF, "waterfall").title
    text = page("diff", DIFF)
    assert cells(line(text, "| drivers.a.one_off |")) == ["drivers.a.one_off", "20,000", "200,000", "−180"]
    assert cells(line(text, "| discount |")) == ["discount", "0.08", "0.04", "+62"]


def test_a_diff_whose_inputs_make_sense_only_together_lists_them() -> None:
    part = {
        "input": "drivers[0].owner",
        "meaning": "owner of “A desk”",
        "unit": "",
        "before": "none",
        "after": "c_level",
    }
    other = {"input": "pilot.one_off", "meaning": "", "unit": "", "before": 500, "after": 900}
    whole = {"input": "all changes together", "before": None, "after": None, "npv": -12_000.0, "parts": [part, other]}
    text = page("diff", of(DIFF, changes=[whole]))
    owner = [
        "owner of “A desk”", "nobody in particular", "a C-level customer-experience director", "–"
    ]  # fmt: skip
    assert cells(line(text, "| owner of “A desk”")) == owner
    assert cells(line(text, "| pilot.one_off |")) == ["pilot.one_off", "500", "900", "–"]
    assert cells(line(text, "| all changes together |"))[3] == "−12.0"


def test_a_line_of_the_head_ends_between_its_parts_and_units_stand_in_every_part_of_a_table() -> None:
    parts = terminal("run", RUN, 400).splitlines()[0].split(" · ")
    for width in range(40, 130):
        lines = terminal("run", RUN, width).splitlines()
        told: list[str] = []
        taken = 0
        while len(told) < len(parts):
            told += lines[taken].split(" · ")
            taken += 1
        if max(map(len, parts)) <= width:
            assert told == parts, width
    node = ("EX (front)", "points", *("+1.0 (0.5 … 2.0)" for _column in range(4)))
    table = Table("", ("node", "unit", *("a rather long option" for _column in range(4))), (node,), frozenset({0, 1}))
    shown = as_text(Document("", "", "", "en", (Section("moved", "", (table,)),)), 60)
    values = [row for row in shown.splitlines() if "0.5 …" in row]
    assert len(values) > 1
    assert all(row.startswith("EX (front)  points") for row in values)


def test_terminal_of_a_diff() -> None:
    text = terminal("diff", DIFF)
    assert (
        "From “before.yaml” to “after.yaml” the expected NPV of “commit now” moves by −135 k EUR, most of all by "
        "drivers.a.one_off (−180 k EUR)." in flat(text)
    )
    assert cells(line(text, "200,000")) == ["drivers.a.one_off", "20,000", "200,000", "−180"]
    # −80 … 100 over the places beside names and amounts: bars begin where the one before ended
    drawn = [row for row in text.splitlines() if "█" in row]
    start = 2 + max(len(name) for name in ("drivers.a.one_off", "other random numbers")) + 2
    room = 100 - start - 2 - len("−180 k EUR") - 1 - 2 + 2
    ends = [[i - start for i, c in enumerate(row) if c == "█"] for row in drawn]
    wanted = [(0, 100), (-80, 100), (-80, -18), (-39, -18), (-39, -35), (-35, 0)]
    for found, (low, high) in zip(ends, wanted, strict=True):
        assert found[0] == pytest.approx((low + 80) / 180 * room, abs=1.01)
        assert found[-1] == pytest.approx((high + 80) / 180 * room, abs=1.01)
    same = terminal("diff", of(DIFF, changes=[], total=0.0))
    assert "Nothing changed between “before.yaml” and “after.yaml” but seed" in flat(same)
    nothing = terminal("diff", of(DIFF, changes=[], total=0.0, random_numbers=0.0))
    assert "Nothing changed between “before.yaml” and “after.yaml”: no input, and no figure." in flat(nothing)
    assert "█" not in nothing


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (None, "", "–"),
        (True, "", "yes"),
        (20_000, "EUR", "20,000 EUR"),
        ({"distribution": "point", "value": 26_500.0}, "EUR", "26,500 EUR"),
        (0.035, "%", "3.5 %"),
        ({"distribution": "point", "value": 6.0}, "months", "6 months"),
        ({"distribution": "point", "value": 0.2}, "%", "20 %"),
        # a log-normal of median 8 and sd log 2: 5 % at 8 / 2^1.645
        ({"distribution": "lognormal", "mu": 2.0794415, "sigma": 0.6931472}, "", "8 (2.56 … 25)"),
        ([{"name": "desk", "start": 0}, {"name": "portal"}], "", "desk, portal"),
        (
            {"months": {"distribution": "point", "value": 6.0}, "scope": None, "control": True},
            "",
            "months 6, control yes",
        ),
        ("no {mark} here", "", "no {mark} here"),
        ([], "", "–"),
    ],
)
def test_what_was_changed_is_told_in_words_and_never_as_plain_data(value: object, unit: str, words: str) -> None:
    for told in (page, terminal):
        text = told("diff", of(DIFF, changes__0__before=value, changes__0__unit=unit))
        assert words in flat(text.replace("\\", ""))
        assert "distribution" not in text
        assert "{'" not in text


# --- beliefs


def test_terminal_of_beliefs_compared() -> None:
    text = terminal("priors compare", PRIORS)
    assert cells(line(text, "without alpha")) == [
        "without alpha", "+143.0 ±1.3", "+102 … +195", "33 %", "−71.0 ±2.6", "do nothing", "stored"
    ]  # fmt: skip
    assert cells(line(text, "at face value"))[4] == "+81.0 ±1.9"
    assert "NPV, k EUR" in text
    assert "NPV changes by, k EUR" in text
    assert cells(line(text, "alpha-2001 ", "pp")) == [
        "alpha-2001", "−64.0 ±2.1", "+9.3 pp", "do nothing: it flips"
    ]  # fmt: skip
    whole = flat(text)
    assert (
        "beta-2002 " not in whole.partition("How far claims")[0].partition("Leaving out")[2]
    )  # 1.7 is under twice 1.5
    assert "Without 1 other the NPV moves by less than the noise." in whole
    far = of(PRIORS, influence__1__change_npv__mean=3_100.0)
    assert "beta-2002" in flat(terminal("priors compare", far)).partition("Leaving out")[2]
    assert (
        "alpha-2001: 0.62 for ex_cx sits at the 93rd percentile of what the other claims imply (98th of the prior), "
        "a conflict; we now give it 17 %, from 45 %"
    ) in whole
    assert "beta-2002: " not in whole  # it is in no conflict
    assert "in no conflict" not in whole  # what other beliefs do not change is not listed beside them
    alone = flat(terminal("priors compare", of(PRIORS, variants=[])))
    assert "1 other claim is in no conflict." in flat(
        terminal("priors compare", of(PRIORS, variants=[], claims__1__posterior_credibility=0.72))
    )
    assert "beta-2002: at most 0.31 for cx_ex holds with 58 % by the others; we now give it 76 %, from 72 %" in alone
    assert "0.27 the prior of ex_cx" in whole
    assert "0.13 the claims of churn_cx" in whole
    assert "lag_people" not in whole
    assert "Surveys see 0.44 (0.28 … 0.63) association" in whole
    assert "Pushing gives 0.15 (0.07 … 0.26) effect" in whole
    assert "feedback 11 %, common causes such as tools 19 %, good management that does both 31 %" in whole
    assert "rise and fall together 5 %, effect 34 %" in whole
    assert "NPV would be +320 k EUR on average (90 %: −96 k EUR … +740 k EUR); claims bring it to +214 k EUR" in whole
    assert "it to +214 k EUR (+18 k EUR … +410 k EUR) and narrow that interval by 53 %" in whole
    wider = of(PRIORS, evidence__interval_narrowed_by=-0.08, claims__1__conflicts__0__bound="at_least", variants=[])
    assert "widen that interval by 8 %" in flat(terminal("priors compare", wider))
    assert "at least 0.31 for cx_ex holds" in flat(terminal("priors compare", wider))


@pytest.mark.parametrize(
    ("share", "word"),
    [(0.01, "1st"), (0.02, "2nd"), (0.23, "23rd"), (0.11, "11th"), (0.12, "12th"), (0.13, "13th"), (0.91, "91st"),
     (0.44, "44th"), (0.003, "0.3th"), (0.997, "99.7th")],
)  # fmt: skip
def test_places_in_words(share: float, word: str) -> None:
    told = of(PRIORS, claims__0__conflicts__0__percentile_of_others=share)
    assert f"sits at the {word} percentile" in flat(terminal("priors compare", told))


def test_pictures_of_beliefs() -> None:
    text = page("priors compare", PRIORS)
    assert "The advice depends on what you believe: commit now, do nothing" in text
    assert "as believed now +214 k EUR; without alpha +143 k EUR; at face value +295 k EUR" in text
    rows = drawn(picture("priors compare", PRIORS, "scepticism").spec, "belief")
    assert [(r["belief"], r["low"], r["mid"], r["high"]) for r in rows] == [
        ("as believed now", 173.0, 214.0, 266.0), ("without alpha", 102.0, 143.0, 195.0), ("at face value", 254.0,
            295.0, 347.0)
    ]  # fmt: skip
    rows = drawn(picture("priors compare", PRIORS, "influence").spec, "verdict")
    assert [(r["name"], r["value"], r["role"], r["verdict"]) for r in rows] == [
        ("Alpha 2001", -64.0, "bad", "do nothing"), ("Beta 2002", 1.7, "good", "commit now")
    ]  # fmt: skip
    assert "The advice hangs on Alpha 2001" in text
    firm = of(PRIORS, influence__0__flips=False)
    assert "Alpha 2001 weighs most: without it the payoff changes by −64.0 k EUR" in page("priors compare", firm)
    assert "34 % is effect: 0.15, not 0.44 CX points per EX point" in text
    rows = drawn(picture("priors compare", PRIORS, "gap").spec, "value")
    assert [row["value"] for row in rows] == [0.11, 0.19, 0.31, 0.05, 0.34]
    assert cells(line(text, "| alpha-2001 |")) == ["alpha-2001", "ex_cx", "0.62", "98.2 %", "93.0 %"]
    assert "| beta-2002 |" not in text  # no conflict


# --- an organisation's own data


def test_terminal_of_a_link() -> None:
    text = terminal("link", LINK)
    whole = flat(text)
    assert "12 units × 7 periods · EX in enps, CX in nps · 79 cells with both" in whole
    assert "EX → CX: the data support it (positive with probability 96 %); CX → EX: the data do not settle it" in whole
    assert "(positive with probability 24 %)" in whole
    assert cells(line(text, "supported", "0.214")) == [
        "EX → CX", "+0.214 (0.103 … 0.335)", "+0.61 (0.32 … 0.93)", "supported"
    ]  # fmt: skip
    assert cells(line(text, "inconclusive")) == [
        "CX → EX", "−0.052 (−0.171 … 0.068)", "−0.13 (−0.46 … 0.19)", "inconclusive"
    ]  # fmt: skip
    assert "better or worse in the other cannot be told: correlation +0.57." in whole  # without an interval
    assert "42 % (21 … 64) of it comes from causes that both share" in whole
    assert "same period +0.37, EX then CX +0.28, CX then EX −0.09" in whole
    assert "4.4 months (2.2 … 8.8), mean delay, estimated" in whole
    assert "EX 33 % (25 … 41), CX 18 % (12 … 24)" in whole
    assert "1 of 2 statistics look like the model's own; not: tails of shocks" in whole
    unit = "per point of a mean score from 0 to 100; per unit of CX in your file (NPS points) +0.0039 (0.0017 … 0.0065)"
    assert f"churn_cx +0.0156 (0.0067 … 0.0258) {unit}, supported" in whole
    assert "supported: +10 NPS points of CX lower the rate of leaving by 3.82 %" in whole  # e^(−0.039) = 0.962
    raw = of(LINK, outcomes__0__own_unit=None)
    assert "supported: +10 index points of CX lower the rate of leaving by 14.4 %" in flat(terminal("link", raw))
    assert cells(line(text, "+0.35")) == ["ex_cx", "+0.35 (0.08 … 0.92)", "+0.52 (0.36 … 0.71)"]  # .84, .35 wide
    assert cells(line(text, "+0.019")) == ["churn_cx", "+0.019 (0.005 … 0.047)", "+0.017 (0.009 … 0.027)"]
    assert "half as wide: 48 units × 7 waves with 1.1 times the answers, of staff and of customers or 12 units" in whole
    assert "Repaired percent sign removed: 5" in whole
    assert "Refused text where a number belongs: 3" in whole
    worse = flat(terminal("link", of(LINK, between__observed_correlation=-0.57, lag__given=True)))
    assert "whether units that are better in one are better or worse in the other cannot be told" in worse
    tied = {"units": 12, "correlation": figure(-0.57, -0.83, -0.11), "slope": figure(-0.4, -0.7, -0.1)}
    told = of(LINK, between__observed_correlation=-0.57, between__association=tied)
    assert "better in one are worse in the other: correlation −0.57 (−0.83 … −0.11)" in flat(terminal("link", told))
    assert "4.4 months, taken as known, not estimated" in worse
    counted = flat(terminal("link", of(LINK, data__period_months=None)))  # waves that are counted are no months
    assert "4.4 periods (2.2 … 8.8), mean delay, estimated" in counted
    assert "month" not in counted


def test_page_of_a_link() -> None:
    text = page("link", LINK)
    assert cells(line(text, "EX → CX, a period later")) == ["EX → CX, a period later", "0.21", "0.10 … 0.34", "96 %"]
    assert cells(line(text, "EX → CX, settled")) == ["EX → CX, settled", "0.61", "0.32 … 0.93", "97 %"]
    assert cells(line(text, "CX → EX, a period later")) == [
        "CX → EX, a period later",
        "−0.052",
        "−0.17 … 0.068",
        "24 %",
    ]
    assert cells(line(text, "CX → EX, settled")) == ["CX → EX, settled", "−0.13", "−0.46 … 0.19", "26 %"]
    assert "survey noise is 33 % (25 … 41) in EX and 18 % (12 … 24) in CX" in text
    assert "EX → CX: a cause that nobody measured would have to explain 29 % of what is left" in text
    assert cells(line(text, "| 48 |")) == ["48", "7", "1.1", "0.11"]  # 44 answers, of 40 now
    assert cells(line(text, "tails of shocks")) == ["tails of shocks", "3.9", "2.4 … 3.5", "unusual"]
    assert cells(line(text, "spread of waves"))[3] == "as the model expects"
    rows = drawn(picture("link", LINK, "links").spec, "mid")
    assert [(r["name"], r["low"], r["mid"], r["high"]) for r in rows] == [
        ("EX → CX", 0.103, 0.214, 0.335), ("CX → EX", -0.171, -0.052, 0.068)
    ]  # fmt: skip
    assert "Your data narrowed CX → churn most: to 41 % of its width" in text  # .0173 of .0421
    moved = {row["name"]: row for row in drawn(picture("link", LINK, "moved").spec, "mid")}
    assert moved["EX → CX, before"]["mid"] == 1.0  # in medians before
    assert moved["EX → CX, after"]["mid"] == pytest.approx(0.52 / 0.35)
    assert moved["CX → EX, after"]["high"] == pytest.approx(0.47 / 0.16)


def test_terminal_of_an_update() -> None:
    whole = flat(terminal("update", UPDATE))
    assert "Pilot of 5 against 8 units, measured on EX (front)" in whole
    assert "Measured +5.1 (2.2 … 8.3) eNPS points, 90 % with units" in whole
    assert "Expected to read +3.3 (1.1 … 6.2), noise included, before the pilot; a reading as far off" in whole
    assert "Full effect, before → after +4.6 (1.7 … 9.4) → +5.8 (3.6 … 8.9) index points" in whole
    assert "ex[" not in whole
    assert "Links what is believed of them was hardly moved" in whole  # by 0.04 at most, of an interval 0.84 wide
    moved = flat(terminal("update", of(UPDATE, links__ex_cx__posterior__p95=0.70)))
    assert "ex_cx +0.350 (0.080 … 0.920) → +0.390 (0.110 … 0.700)" in moved
    few = of(UPDATE, links__ex_cx__posterior__p95=0.70, effective_draws=60.0)  # 3 errors of an end are a quarter of it
    assert "hardly moved" in flat(terminal("update", few))
    assert "NPV: pilot, then scale +120.0 k EUR → +190.0 k EUR" in whole
    assert "NPV: pilot, then stop −13.0 k EUR → −14.0 k EUR" in whole
    assert "pilots.jsonl, entry 3" in whole


def test_an_update_says_on_which_side_of_tax_its_figures_stand() -> None:
    text = page("update", {**UPDATE, "taxed": True, "after_tax": True})
    assert "By expected NPV after tax scaling is worth +190 k EUR" in text
    assert "before tax scaling ends with a loss with probability" in text
    assert "Before tax: after the pilot, scaling is worth 70.0 k EUR more than we thought" in text
    assert "NPV before tax before and after the pilot" in text
    drawn_ = str(picture("update", {**UPDATE, "taxed": True}, "updated").spec)
    assert "net present value before tax, k" in drawn_.replace("\N{NO-BREAK SPACE}", " ")
    brief = flat(terminal("update", {**UPDATE, "taxed": True}))
    assert "NPV before tax: pilot, then scale +120.0 k EUR → +190.0 k EUR" in brief


def test_page_of_an_update() -> None:
    text = page("update", UPDATE)
    assert f"{UPDATE['sentence']}" in text
    assert "By expected NPV scaling is worth +190 k EUR, stopping −14.0 k EUR." in text
    assert "had probability 28 %" in text
    assert "raised what we believe of the effect to 5.8 index points at full effect" in text
    assert "to show: 3.3 (1.1 … 6.2) eNPS points; what it measured: 5.1 (2.2 … 8.3) eNPS points" in text
    assert "4.6 (1.7 … 9.4) before, 5.8 (3.6 … 8.9) now" in text
    assert "scaling is worth 70.0 k EUR more than we thought" in text
    assert cells(line(text, "| pilot, then scale |")) == ["pilot, then scale", "+120.0", "+190.0", "24 %", "9 %"]
    assert cells(line(text, "| pilot, then stop |")) == ["pilot, then stop", "−13.0", "−14.0", "81 %", "83 %"]
    rows = drawn(picture("update", UPDATE, "updated").spec, "mid")
    assert [(r["name"], r["low"], r["mid"], r["high"]) for r in rows[:2]] == [
        ("pilot, then scale, before", 89.0, 120.0, 167.0), ("pilot, then scale, after", 159.0, 190.0, 237.0)
    ]  # fmt: skip
    rows = drawn(picture("update", UPDATE, "effect").spec, "mid")
    assert [r["mid"] for r in rows] == [3.3, 5.1]  # in the measure of the pilot, on one axis
    less = of(UPDATE, effect__posterior__median=3.9, npv__pilot_scale__posterior__mean=95_000.0, sentence="Too small.")
    text = page("update", less)
    assert "lowered what we believe of the effect to 3.9 index points" in text
    assert "scaling is worth 25.0 k EUR less than we thought" in text
    assert "Too small." in text  # the verdict is that of the terminal


def test_backtest() -> None:
    text = terminal("backtest", BACKTEST)
    assert cells(line(text, "model")) == ["model", "1.234", "2.345", "52 %", "79 %", "88 %"]
    assert cells(line(text, "persistence")) == ["persistence", "3.456", "4.567", "44 %", "71 %", "83 %"]
    told = page("backtest", BACKTEST)
    assert cells(line(told, "| persistence |")) == ["persistence", "44 %", "71 %", "83 %"]
    rows = drawn(picture("backtest", BACKTEST, "backtest").spec, "value")
    assert [(r["name"], r["value"]) for r in rows] == [
        ("EX: model", 1.234), ("EX: persistence", 3.456), ("CX: model", 2.345), ("CX: persistence", 4.567)
    ]  # fmt: skip


def test_page_of_a_batch() -> None:
    text = page("batch", BATCH)
    assert "2 of 3 scenarios are expected to pay when committed to now" in text
    table = [cells(row) for row in text.splitlines() if ".yaml |" in row]
    assert table == [
        ["second.yaml", "commit now", "+92", "37 … 151", "3 %"], ["third.yaml", "commit now", "+26", "−19 … 74",
            "31 %"],
        ["first.yaml", "commit now", "−41", "−83 … 12", "88 %"],
    ]  # fmt: skip
    rows = drawn(picture("batch", BATCH, "batch").spec, "mid")
    assert [(r["name"], r["low"], r["mid"], r["high"], r["role"]) for r in rows][2] == (
        "first.yaml",
        -83.0,
        -41.0,
        12.0,
        "bad",
    )
    assert "bad.yaml: broken" in text


def test_the_printed_changes_of_a_path_add_up_to_the_printed_total() -> None:
    """0.134, 0.734, 0.774 and 0.134 are 1.776, and 1.77 as each is rounded by itself."""
    moved = (0.134, 0.734, 0.774, 0.134)
    paths = [{**each, "shapley_delta": delta} for each, delta in zip(EXPLAIN["paths"], moved, strict=True)]
    data = {**EXPLAIN, "paths": paths, "total": {**EXPLAIN["total"], "delta": sum(moved)}}
    section = travels(read("explain", data), "full")
    table = next(block for block in section.blocks if isinstance(block, Table) and block.head[0] == "path")
    column = [float(plain(row[2]).replace("−", "-")) for row in table.rows]
    assert sum(column[:-1]) == pytest.approx(column[-1], abs=1e-9)
    assert column[-1] == 1.78
    assert "links upstream take theirs" in table.caption
