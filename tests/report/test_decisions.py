# SPDX-License-Identifier: MIT
"""Words of decisions: the rule on the wall, the recommendation, what would flip it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any, Literal

import pytest

from tests.report.handmade import DIFF, PILOT, SENSITIVITY, WHATIF, of, picture, read, terminal
from txsim import catalogues
from txsim.decide.pilot_rule import rule_message
from txsim.decide.sentences import with_sentence
from txsim.forecast.labels import Label
from txsim.language import lazy
from txsim.language.numbers import amount
from txsim.report.compose import compose
from txsim.report.document import Paragraph, Table, plain
from txsim.report.figures import Figures, estimate
from txsim.results.pilot import Rule, UnusedReading
from txsim.results.quantities import Estimate
from txsim.results.recommendation import Excluded, Flip, Recommendation, State, headline

RULE = Rule(
    node="ex[front]",
    unit="eNPS points",
    threshold=4.0,
    rises=True,
    threshold_if_over_budget=None,
    overrun_limit=None,
    always=None,
    months=6,
    control=True,
    by_unit=True,
    p_scale=0.64,
    step=1.0,
)
UNUSED = UnusedReading("survey", "ex[front]", "eNPS points", True, "cannot_change", 60.0, 10.0, 3.4, True, 0.0, 0.012)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (
            {},
            "After 6 months, scale only if EX (front) in pilot units has risen by at least 4 eNPS points more than in "
            "control units (64 of 100 pilots); else stop.",
        ),
        ({"threshold": -4.0}, "has fallen by no more than 4 eNPS points"),
        ({"threshold": -4.0, "rises": False, "unit": "h"}, "has fallen by at least 4 h"),
        ({"threshold": 4.0, "rises": False, "unit": "h"}, "has risen by no more than 4 h"),
        ({"threshold": 0.0}, "has not fallen more than in control units"),
        ({"threshold": 0.0, "rises": False}, "has not risen more than in control units"),
        ({"overrun_limit": 0.1}, "control units and the bills run at most 10 % above plan (64"),
        ({"by_unit": False, "control": False}, "in the whole firm has risen by at least 4 eNPS points (64"),
        ({"threshold": None, "always": "stop"}, "After 6 months, stop whatever is read."),
        ({"threshold": None, "overrun_limit": 0.08}, "scale only if the bills run at most 8 % above plan (64"),
        ({"threshold": None, "overrun_limit": 0.0}, "scale only if the bills do not run above plan (64"),
        ({"threshold": None, "overrun_limit": -0.04}, "scale only if the bills come in at least 4 % below plan (64"),
        ({"months": 1}, "After 1 month, "),
        ({"threshold": 12.4, "step": 0.2}, "risen by at least 12.4 eNPS points"),
        ({"threshold": 0.25, "step": 0.05}, "risen by at least 0.25 eNPS points"),
        ({"threshold": 1250.0, "step": 50.0}, "risen by at least 1,250 eNPS points"),
        ({"threshold": None, "always": "scale"}, "After 6 months, scale whatever is read."),
        (
            {"unused": (replace(UNUSED, why="adds_little", sds=None, passes=None, adds=0.04),)},
            "What the survey says of EX (front) would add 4 % to what this rule is worth, too little to ask for it.",
        ),
        (
            {"unused": (UNUSED,)},
            "EX (front) would have to rise by at least 60 eNPS points, as in 1 of 100 futures.",
        ),
        ({"unused": (replace(UNUSED, passes=False),)}, "EX (front) would have to rise by less than 60 eNPS points"),
        ({"unused": (replace(UNUSED, threshold=None, sds=None),)}, "no reading of EX (front) would."),
        (
            {"unused": (replace(UNUSED, reading="bills", threshold=-0.4, sds=-2.6),)},
            "The bills will hardly change the decision: they would have to come in at least 40 % below plan, as in 1 "
            "of 100 futures.",
        ),
        (
            {"unused": (replace(UNUSED, reading="bills", threshold=0.9, passes=False),)},
            "they would have to run more than 90 % above plan, as in 1 of 100 futures.",
        ),
        ({"unused": (replace(UNUSED, reading="bills", threshold=None, sds=None),)}, "whatever they are."),
    ],
)
def test_the_rule_can_be_pinned_to_the_wall(changed: dict, told: str) -> None:
    assert told in str(rule_message(replace(RULE, **changed))).replace("\N{NO-BREAK SPACE}", " ")


def advice(state: State, option: str, **more: Any) -> str:
    """Return the sentence of a recommendation by hand: committing pays 12.0 k, piloting 9.0 k."""
    told = Recommendation(
        option=option,
        criterion="mean_npv",
        margin=3000.0,
        mcse=400.0,
        too_close=state == "open",
        fragile=False,
        flips=(),
        runner_up="pilot_then_decide",
        mean_npv={"do_nothing": 0.0, "commit": 12_000.0, "pilot_then_decide": 9_000.0},
        state=state,
        best="commit",
        p_loss={"do_nothing": 0.0, "commit": 0.21, "pilot_then_decide": 0.79},
    )
    words = str(with_sentence(replace(told, **more), "EUR").sentence)
    return words.replace("\N{NO-BREAK SPACE}", " ")


def test_a_clear_recommendation() -> None:
    sentence = advice("clear", "commit", refused=("commit_review",), max_p_loss=0.2)
    assert sentence == (
        "Commit now. It is worth +12.0 k EUR on average, 3.0 k EUR more than piloting first, and loses money in 21 of "
        "100 futures. The limits set exclude what would pay more: commit now and review. What decides later is judged "
        "by the rule that pays most; no stricter one was tried. Nothing that was tested turns it."
    )


def test_doing_nothing_is_told_by_what_it_spares() -> None:
    means = {"do_nothing": 0.0, "commit": -5_000.0}
    sentence = advice("clear", "do_nothing", best="do_nothing", runner_up="commit", mean_npv=means)
    assert sentence == (
        "Do nothing yet. Committing now would lose 5.0 k EUR on average; it loses money in 21 of 100 futures. "
        "Nothing that was tested turns it."
    )


def test_a_clear_no_says_the_loss_and_the_limit_that_is_broken() -> None:
    """Where limits leave nothing beside waiting, there is no runner-up: what was asked for is told all the same."""
    means = {"do_nothing": 0.0, "commit": -5_000.0}
    broken = Excluded("commit", p_loss=0.85, peak_funding=44_800.0)
    limits = {"max_p_loss": 0.4, "max_peak_funding": 40_000.0}
    sentence = advice(
        "clear", "do_nothing", best="do_nothing", runner_up=None, mean_npv=means, p_loss={"commit": 0.85},
        excluded=(broken,), **limits,
    )  # fmt: skip
    assert sentence == (
        "Do nothing yet. Committing now would lose 5.0 k EUR on average; it loses money in 85 of 100 futures. The "
        "limits set exclude it, too: a loss in 85 of 100 futures, where 40 % are allowed; up to 44.8 k EUR of peak "
        "funding in 95 of 100, where 40 k EUR are allowed. Nothing that was tested turns it."
    )


def told(option: str, **more: Any) -> tuple[str, str]:
    """Return the two parts of a sentence by hand: committing pays 12.0 k, piloting 9.0 k."""
    by_hand = Recommendation(
        option=option,
        criterion="mean_npv",
        margin=0.0,
        mcse=0.0,
        too_close=False,
        fragile=True,
        flips=(Flip("claim", "study-1", None, "commit"),),
        runner_up=None,
        mean_npv={"do_nothing": 0.0, "commit": 12_000.0, "pilot_then_decide": 9_000.0},
        state="leaning",
        best=option,
        p_loss={"do_nothing": 0.0, "commit": 0.47, "pilot_then_decide": 0.56},
    )
    worded = with_sentence(replace(by_hand, **more), "EUR", titles=more.get("titles"))
    lead, because = (str(part).replace("\N{NO-BREAK SPACE}", " ") for part in (worded.lead, worded.because))
    assert str(worded.sentence).replace("\N{NO-BREAK SPACE}", " ") == f"{lead} {because}"
    return lead, because


def test_waiting_because_of_limits_leads_with_what_they_exclude() -> None:
    """The largest letters say what decides: what would pay more, how much, and by how much it is beyond its limit."""
    excluded = (Excluded("commit", peak_funding=4.1e6), Excluded("pilot_then_decide", p_loss=0.56))
    refused = {"refused": ("commit", "pilot_then_decide"), "excluded": excluded}
    lead, because = told("do_nothing", **refused, max_p_loss=0.55, max_peak_funding=2.5e6)
    assert lead == (
        "Leaning to waiting. The limits set exclude what would pay more: commit now (+12.0 k EUR on average; up to "
        "4.1 M EUR of peak funding in 95 of 100, where 2.5 M EUR are allowed). Excluded, too: piloting first."
    )
    assert because == (
        "What decides later is judged by the rule that pays most; no stricter one was tried. "
        "It turns to “commit now” without the claim Study 1 (study-1)."
    )


def test_a_budget_is_called_one() -> None:
    lead, _because = told(
        "do_nothing", refused=("commit",), excluded=(Excluded("commit", pv_cost=1.92e6),), max_pv_cost=1.5e6
    )
    assert lead == (
        "Leaning to waiting. The budget excludes what would pay more: commit now (+12.0 k EUR on average; a cost of "
        "1.9 M EUR, where the budget is 1.5 M EUR)."
    )


def test_a_comparison_says_what_its_budget_leaves_out() -> None:
    """What pays less than the choice is no rival; that it does not fit into the budget is said all the same."""
    by_hand = Recommendation(
        option="b/commit",
        criterion="mean_npv",
        margin=0.0,
        mcse=0.0,
        too_close=False,
        fragile=False,
        flips=(),
        runner_up="do_nothing",
        mean_npv={"do_nothing": 0.0, "a/commit": 5_000.0, "b/commit": 12_000.0, "c/commit": 11_000.0},
        state="clear",
        best="b/commit",
        excluded=(Excluded("a/commit", pv_cost=1.92e6), Excluded("c/commit", pv_cost=1.6e6, rival=True)),
        max_pv_cost=1.5e6,
    )
    worded = with_sentence(by_hand, "EUR", titles={"a": "Scanner", "b": "Shifts", "c": "Lift"})
    assert str(worded.because).endswith("The budget leaves out: Scanner: commit now; Lift: commit now.")


def test_a_recommendation_that_leans_says_what_would_turn_it() -> None:
    sentence = advice(
        "leaning",
        "commit",
        fragile=True,
        flips=(
            Flip("claim", "sears-1998", None, "do_nothing"),
            Flip("parameter", "ex_cx", 0.2, "do_nothing"),
            Flip("parameter", "churn_cx", 0.3, "pilot_then_decide"),
        ),
        untested=("glassdoor",),
    )
    assert sentence.startswith("Leaning to committing now. It is worth +12.0 k EUR on average, 3.0 k EUR more than")
    assert "loses money in 21 of 100 futures." in sentence
    assert "It turns to “do nothing” without the claim Sears 1998 (sears-1998) (and 1 more)." in sentence
    assert "It turns to “pilot first, then scale or stop” with churn_cx at 0.30." in sentence
    assert "Whether it hangs on Glassdoor cannot be told by these draws" in sentence


@pytest.mark.parametrize(
    ("excluded", "limits", "words"),
    [
        (
            Excluded("commit", p_loss=0.4031),
            {"max_p_loss": 0.4},
            "a loss in 40.3 of 100 futures, where 40 % are allowed",
        ),
        (
            Excluded("commit", p_loss=0.4),
            {"max_p_loss": 0.375},
            "a loss in 40 of 100 futures, where 37.5 % are allowed",
        ),
        (
            Excluded("commit", peak_funding=12_040.0),
            {"max_peak_funding": 12_000.0},
            "up to 12.04 k EUR of peak funding in 95 of 100, where 12 k EUR are allowed",
        ),
        (  # rounded as elsewhere it would lie below its limit
            Excluded("commit", peak_funding=844_000.0, resolution=10_000.0),
            {"max_peak_funding": 843_000.0},
            "up to 844 k EUR of peak funding in 95 of 100, where 843 k EUR are allowed",
        ),
        (
            Excluded("commit", p_loss=0.294),
            {"max_p_loss": 0.292},
            "a loss in 29.4 of 100 futures, where 29.2 % are allowed",
        ),
        (  # the digits of every table, as far as they tell it from the budget
            Excluded("commit", pv_cost=836_000.0, resolution=10_000.0),
            {"max_pv_cost": 100_000.0},
            "a cost of 840 k EUR, where the budget is 100 k EUR",
        ),
        (  # millions have two digits after the point: what those do not tell apart is told in single units
            Excluded("commit", pv_cost=1_234_567.0, resolution=10_000.0),
            {"max_pv_cost": 1_234_000.0},
            "a cost of 1,234,567 EUR, where the budget is 1,234,000 EUR",
        ),
    ],
)
def test_what_is_beyond_a_limit_reads_so(excluded: Excluded, limits: dict[str, float], words: str) -> None:
    lead, _because = told("do_nothing", refused=("commit",), excluded=(excluded,), **limits)
    of = "+10 k" if excluded.resolution else "+12.0 k"
    assert f"commit now ({of} EUR on average; {words})." in lead


def test_a_stated_tax_is_told_with_the_first_amount() -> None:
    by_hand = Recommendation(
        option="commit", criterion="mean_npv", margin=1.0, mcse=0.1, too_close=False, fragile=False, state="clear",
        flips=(), runner_up="do_nothing", best="commit",
        mean_npv={"do_nothing": 0.0, "commit": 9_000.0}, p_loss={"do_nothing": 0.0, "commit": 0.2},
    )  # fmt: skip
    said = [
        str(with_sentence(by_hand, "EUR", after_tax=after, taxed=taxed).sentence).replace("\N{NO-BREAK SPACE}", " ")
        for after, taxed in ((False, False), (False, True), (True, True))
    ]
    for words, basis in zip(said, ("", " before tax", " after tax"), strict=True):
        assert f"It is worth +9.0 k EUR{basis} on average" in words


@pytest.mark.parametrize(
    ("side", "per_unit", "words"),
    [
        (
            "low",
            2.0,
            "with the effect of the desk at 0.40 stars or less (desk.effect; tested at that quartile; "
            "it may turn earlier)",
        ),
        (
            "high",
            2.0,
            "with the effect of the desk at 0.40 stars or more (desk.effect; tested at that quartile; "
            "it may turn earlier)",
        ),
        (
            "low",
            -2.0,
            "with the effect of the desk at −0.40 stars or more (desk.effect; tested at that quartile; "
            "it may turn earlier)",
        ),  # less is better there
    ],
)
def test_what_turns_it_is_told_in_the_unit_of_the_author(
    side: Literal["low", "high"], per_unit: float, words: str
) -> None:
    told = Recommendation(
        option="commit", criterion="mean_npv", margin=1.0, mcse=0.1, too_close=False, fragile=True, state="leaning",
        flips=(Flip("parameter", "desk.effect", 0.2, "do_nothing", side=side),), runner_up="do_nothing", best="commit",
        mean_npv={"do_nothing": 0.0, "commit": 1.0}, p_loss={"do_nothing": 0.0, "commit": 0.2},
    )  # fmt: skip
    said = with_sentence(told, "EUR", lambda name: Label(lazy("effect of the desk"), "stars", per_unit))
    assert f"It turns to “do nothing” {words}." in str(said.sentence).replace("\N{NO-BREAK SPACE}", " ")
    assert said.flips[0].stated == pytest.approx(0.2 * per_unit)


def test_losses_of_a_pilot_are_told_apart() -> None:
    sentence = advice(
        "leaning", "pilot_then_decide", best="pilot_then_decide", runner_up="commit", p_stopped_loss=0.68,
        pv_stopped=34_000.0, mean_npv={"do_nothing": 0.0, "commit": 9_000.0, "pilot_then_decide": 24_000.0},
    )  # fmt: skip
    assert "+24.0 k EUR on average, 15.0 k EUR more than committing now, and loses money in 79 of 100" in sentence
    assert "In 68 of those it stops and has cost 34.0 k EUR." in sentence


def test_a_clear_no_tells_what_committing_would_lose() -> None:
    """A pilot that always stops pays more than committing, and is not what was asked."""
    means = {"do_nothing": 0.0, "commit": -826_000.0, "commit_review": -820_000.0, "pilot_then_decide": -98_000.0}
    losses = {"do_nothing": 0.0, "commit": 0.97, "commit_review": 0.98, "pilot_then_decide": 1.0}
    told = Recommendation(
        option="do_nothing", criterion="mean_npv", margin=98_000.0, mcse=900.0, too_close=False, fragile=False,
        flips=(), runner_up="pilot_then_decide", best="do_nothing", state="clear", mean_npv=means, p_loss=losses,
        resolution=1_000.0,
    )  # fmt: skip
    assert headline(told) == "commit"
    sentence = str(with_sentence(told, "EUR").sentence).replace("\N{NO-BREAK SPACE}", " ")
    assert "Committing now would lose 826 k EUR on average; it loses money in 97 of 100 futures." in sentence
    # What a limit excludes although it pays would not lose: that it is excluded is what decides.
    paying = replace(told, mean_npv={**means, "commit": 50_000.0}, refused=("commit",), max_p_loss=0.4)
    sentence = str(with_sentence(paying, "EUR").sentence).replace("\N{NO-BREAK SPACE}", " ")
    assert "The limits set exclude what would pay more: commit now (+50 k EUR on average)." in sentence
    assert "Piloting" not in sentence
    # Of a comparison the initiative that would lose least.
    many = replace(told, mean_npv={"do_nothing": 0.0, "a/commit": -9.0, "a/pilot_then_decide": -1.0, "b/commit": -7.0})
    assert headline(many) == "b/commit"


def test_an_open_question_names_no_winner() -> None:
    sentence = advice("open", "pilot_then_decide", contenders=("commit", "pilot_then_decide"))
    assert sentence == (
        "There is no clear choice. Committing now and piloting first come out within 3.0 k EUR of each "
        "other, too little to choose by. Committing now loses money in 21 of 100 futures. The cheapest to take back is "
        "piloting first."
    )
    three = advice("open", "do_nothing", contenders=("commit", "do_nothing", "pilot_then_decide"))
    assert "Committing now, waiting and piloting first come out within 12.0 k EUR of each other" in three
    for words in (sentence, three):
        assert not any(word in words.lower() for word in ("recommend", "best", "should", "leaning"))


def test_options_of_a_comparison_begin_a_sentence_as_any_other() -> None:
    names = {"a/commit": 12_000.0, "b/pilot_then_decide": 11_000.0}
    losses = {"a/commit": 0.2, "b/pilot_then_decide": 0.3}
    sentence = advice("open", "b/pilot_then_decide", contenders=tuple(names), mean_npv=names, p_loss=losses)
    assert "Committing now in “a” and piloting first in “b” come out within 1.0 k EUR" in sentence
    assert "Committing now in “a” loses money in 20 of 100 futures." in sentence
    clear = advice("clear", "a/commit", runner_up="b/pilot_then_decide", mean_npv=names, p_loss=losses)
    assert clear.startswith(
        "a: commit now. It is worth +12.0 k EUR on average, 1.0 k EUR more than piloting first in “b”"
    )


def test_an_open_question_after_tax_begins_in_one_sentence() -> None:
    """What follows “After tax” is no beginning of a sentence."""
    told = Recommendation(
        option="do_nothing", criterion="mean_npv", margin=1.0, mcse=1.0, too_close=True, fragile=False, flips=(),
        runner_up="do_nothing", best="commit", contenders=("commit", "do_nothing"), state="open",
        mean_npv={"do_nothing": 0.0, "commit": 1.0}, p_loss={"do_nothing": 0.0, "commit": 0.2},
    )  # fmt: skip
    assert "After tax committing now and waiting come out" in str(with_sentence(told, "EUR", after_tax=True).sentence)
    assert "Committing now and waiting come out" in str(with_sentence(told, "EUR").sentence)


def test_designs_that_read_alike_are_one_row() -> None:
    """Two designs whose every figure is printed alike cannot be told apart: they stand once."""
    data = of(PILOT, design=[*PILOT["design"], *PILOT["design"]])
    rows = [row for row in terminal("pilot", data).splitlines() if re.match(r" +\d+ %", row)]
    assert len(rows) == len(set(rows))
    # Of designs that lead to the same choices the one that asks nobody in vain is listed, and drawn as the best.
    (first, *rest), asked = PILOT["design"], {"respondents": 0.0, "control": False}
    vain = {**max((first, *rest), key=lambda each: each["pilot_net"]["value"]), "respondents": 25.0}
    data = of(PILOT, design=[vain, {**vain, **asked}], best_design=None, worth_it=False)
    assert "no survey" in picture("pilot", data, "designs").description


@pytest.mark.parametrize(
    ("value", "grain", "words"),
    [
        (6_734_000.0, 0.0, "6.7 M EUR"),
        (-6_734_000.0, 10_000.0, "−6.73 M EUR"),
        (999_960.0, 0.0, "1.0 M EUR"),
        (840_000.0, 10_000.0, "840 k EUR"),
        (1_031.0, 1.0, "1,031 EUR"),
        (1_457.9, 1000.0, "1 k EUR"),
        (2.5e9, 0.0, "2.5 bn EUR"),
        (164.0, 0.0, "164 EUR"),
    ],
)
def test_an_amount_by_itself_has_one_form(value: float, grain: float, words: str) -> None:
    assert amount(value, "EUR", grain=grain).replace("\N{NO-BREAK SPACE}", " ") == words


def test_what_if_counts_what_is_chosen() -> None:
    """By hand: a case that pays on average but that a limit excludes is no case to act in."""
    cells = [
        {**cell, "best": "commit", "state": "clear", "too_close": False, "refused": [], "p_loss": {"commit": 0.3}}
        for cell in WHATIF["cells"]
    ]
    cells[0] |= {"best": "do_nothing", "refused": ["commit"]}
    said = compose([read("whatif", of(WHATIF, cells=cells))])
    (picture,) = said.pictures()
    assert picture.title == f"To act is chosen in {len(cells) - 1} of {len(cells)} cases tried"
    shown = [str(row.get("label")) for row in json.loads(json.dumps(picture.spec))["data"]["values"]]
    assert sum(label.endswith("*") for label in shown) == 1
    captions = [block.caption for section in said.sections for block in section.blocks if isinstance(block, Table)]
    assert "Futures in 100 in which committing now loses money" in captions


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_page_names_no_key_in_a_sentence(language: str) -> None:
    """Keys stand in columns of their own; what is said of an answer is in words on a page."""
    with catalogues.speaking(language):
        for kind, data in (("sensitivity", SENSITIVITY), ("pilot", PILOT), ("whatif", WHATIF), ("diff", DIFF)):
            for section in compose([read(kind, data)]).sections:
                for block in section.blocks:
                    if isinstance(block, Paragraph) and section.id != "provenance":
                        assert not re.search(r"\w\.\w+\[\d+\]|\(\w+[._]\w+[^)\s]*\)", plain(block.text)), plain(
                            block.text
                        )


@pytest.mark.parametrize(
    ("value", "mcse", "shown"),
    [(334_120.0, 1_930.0, "334 k EUR ± 2 k EUR"), (204.0, 75.0, "200 EUR ± 80 EUR"), (517.0, 0.2, "517 EUR")],
)
def test_an_amount_ends_where_its_error_begins(value: float, mcse: float, shown: str) -> None:
    told = plain(estimate(Estimate(value, mcse), Figures("EUR")))
    assert told.replace("\N{NO-BREAK SPACE}", " ") == shown
