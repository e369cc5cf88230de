# SPDX-License-Identifier: MIT
"""Page one of a result by hand in which each figure is another: every tile, turn, lever and step says the right one."""

from __future__ import annotations

from typing import Any

import pytest

from tests.report.handmade import RUN, advice, drawn, of, read
from txsim.report.compose import compose
from txsim.report.document import Block, Card, Cards, Hinges, KeyFigures, Picture, plain

MONTHS = 37


def course(end: float) -> dict[str, list[float]]:
    """Return five quantiles and a mean that rise to ends of their own from a common fall."""
    ends = {"p05": end - 9e4, "p25": end - 4e4, "p50": end, "p75": end + 5e4, "p95": end + 11e4, "mean": end + 1e4}
    return {name: [-2e4 + (last + 2e4) * i / (MONTHS - 1) for i in range(MONTHS)] for name, last in ends.items()}


def hinge(name: str, **more: Any) -> dict[str, Any]:
    known = {"name": name, "meaning": f"the {name}", "unit": "kg", "middle": 12.0, "low": 5.0, "high": 19.0,
             "threshold": 8.0, "above": True, "chance": 0.83, "worst": -4_100.0, "other": "do_nothing"}  # fmt: skip
    return known | more


def lever(name: str, size: float, gain: float, **more: Any) -> dict[str, Any]:
    return {"name": name, "size": size, "gain": gain, "option": "commit", "turns": False, "p_loss": 0.0} | more


PAGE: dict[str, Any] = {
    "option": "commit", "course": course(60_000.0), "scaled": None, "histogram": None, "loss": -17_000.0,
    "hinges": [
        hinge("first"),
        hinge("second", above=False, threshold=14.0, chance=0.29, limit_at=6.0, limit="max_p_loss", limit_above=True),
        hinge("third", threshold=None, chance=0.9, worst=30_000.0),
        hinge("fourth", threshold=None, chance=0.1, worst=-9_000.0),
        hinge("fifth", other="commit_review", threshold=11.0, chance=0.47,
              fixed={"threshold": 9.0, "above": False}),
        hinge("sixth", above=False, threshold=7.0, chance=0.71, limit_at=17.0, limit="max_p_loss", limit_above=False,
              fixed={"threshold": None, "above": True}),
    ],
    "bridge": {"steps": [["plan", 90_000.0], ["bills", -11_000.0], ["late", -7_000.0], ["partly", -22_000.0],
                         ["middle", 50_000.0], ["few_gain", 13_000.0], ["stop", 3_000.0], ["expected", 66_000.0]]},
    "levers": [lever("cap", 0.1, 21_000.0), lever("price", 0.2, 16_000.0, settles=True), lever("owner", 0.0, 8_000.0)],
    "tested": [], "later": {}, "duties": [],
}  # fmt: skip


#: What is told to the thousand.
ROUND = of(RUN, recommendation=advice(resolution=1_000.0))


def blocks(run: dict[str, Any] = ROUND, **changes: Any) -> list[Block]:
    """Return what stands on page one, where these things of it are another way."""
    data = of(run, page_one=PAGE | changes)
    (section,) = (each for each in compose([read("run", data)]).sections if each.id == "page_one")
    return list(section.blocks)


def the[B: Block](kind: type[B], found: list[Block]) -> B:
    (one,) = (block for block in found if isinstance(block, kind))
    return one


def words(text: Any) -> str:
    return plain(text).replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")


def card(found: list[Block], title: str) -> Card:
    return next(each for each in the(Cards, found).cards if words(each.title).startswith(title))


def turns(**changes: Any) -> dict[str, str]:
    return {key: words(turn) for _name, turn, key, _range in the(Hinges, blocks(**changes)).items}


def test_each_quantity_says_from_where_it_pays_how_often_and_within_which_limits() -> None:
    said = turns()
    assert said["first"] == "Pays from 8.0 kg: 83 in 100."
    limited = "The limit on losses turns the answer already at 6.0 kg or less."
    assert said["second"] == f"Pays up to 14 kg: 29 in 100. {limited}"
    assert said["third"] == "In its worse 1 in 20 still +30 k EUR."
    assert said["fourth"] == "It pays at none of its likely values."
    assert said["fifth"] == "Ahead from 11 kg: 47 in 100. Fixed alone: up to 9.0 kg."
    assert said["sixth"] == (
        "Pays up to 7.0 kg: 71 in 100. Fixed alone, any likely value leaves the option ahead. "
        "The limit on losses turns the answer already at 17 kg or more."
    )


def test_of_a_pilot_it_is_the_pilot_that_pays() -> None:
    hinges = [hinge("up"), hinge("down", above=False), hinge("behind", fixed={"threshold": None, "above": False}),
              hinge("fixed", fixed={"threshold": 9.0, "above": True})]  # fmt: skip
    said = turns(option="pilot_then_decide", hinges=hinges)
    assert said["up"] == "Piloting first pays from 8.0 kg: 83 in 100."
    assert said["down"] == "Piloting first pays up to 8.0 kg: 83 in 100."
    assert said["behind"].endswith("Fixed alone, no likely value puts the option ahead.")
    assert said["fixed"].endswith("Fixed alone: from 9.0 kg.")


@pytest.mark.parametrize(
    ("hinges", "title"),
    [
        ([hinge("a"), hinge("b", threshold=None)], "What it hangs on, if we commit now"),
        ([hinge("a", threshold=None, chance=0.9, worst=7.0)], "It pays across the whole range of each"),
        ([hinge("a", threshold=None, chance=0.1, worst=-7.0)], "It pays nowhere in the range of any of these"),
    ],
)
def test_the_title_says_whether_anything_turns_it(hinges: list[dict[str, Any]], title: str) -> None:
    found = the(Hinges, blocks(hinges=hinges))
    assert words(found.title) == f"{title} (what goes together moves along: bills, delay and delivery)"


def test_a_choice_that_leans_names_what_it_leans_against() -> None:
    leaning = of(RUN, recommendation=advice(state="leaning", resolution=1_000.0))
    found = the(Hinges, blocks(leaning, hinges=[hinge("a", other="commit_review")]))
    assert words(found.title).startswith("What decides between this and “commit now and review”")


def test_a_range_ends_where_the_quantity_does_and_is_good_where_it_pays() -> None:
    ranges = {key: shown for _name, _turn, key, shown in the(Hinges, blocks()).items}
    first = ranges["first"]
    assert (first.low, first.middle, first.high, first.threshold, first.above) == (5.0, 12.0, 19.0, 8.0, True)
    assert first.ends == ("5.0", "19")
    assert not ranges["second"].above
    assert ranges["third"].above  # it pays throughout, and nowhere
    assert not ranges["fourth"].above


@pytest.mark.parametrize(
    ("option", "condition"),
    [
        ("commit", "if we commit now"),
        ("commit_review", "if we commit now and review"),
        ("pilot_then_decide", "if we pilot first"),
        ("do_nothing", "if we do nothing"),
    ],
)
def test_each_option_is_told_as_a_condition(option: str, condition: str) -> None:
    assert words(the(Hinges, blocks(option=option)).title).startswith(f"What it hangs on, {condition} (")


def test_the_bridge_names_each_step_by_what_it_takes_or_gives() -> None:
    spreadsheet = card(blocks(), "A spreadsheet would say +90 k EUR")
    sums = [(words(name), words(text), level) for name, text, level in spreadsheet.sums]
    assert sums == [
        ("The plan as written", "+90", True),
        ("bills at their middle", "−11", False),
        ("it comes late", "−7", False),
        ("not all is delivered", "−22", False),
        ("Everything at its middle", "+50", True),
        ("a few futures gain a lot", "+13", False),
        ("the right to stop", "+3", False),
        ("Expected value, k EUR", "+66", True),
    ]
    down = [["plan", 90_000.0], ["middle", 90_000.0], ["few_gain", -13_000.0], ["expected", 77_000.0]]
    sums = [words(name) for name, _text, _level in card(blocks(bridge={"steps": down}), "A spreadsheet").sums]
    assert sums[2] == "a few futures lose a lot"
    assert not spreadsheet.lines
    piloted = card(blocks(option="pilot_then_decide"), "A spreadsheet")
    assert [words(text) for text in piloted.lines] == ["The plan is to commit now."]


def test_each_term_says_what_it_adds_and_which_one_turns_the_answer() -> None:
    cheapest = [words(text) for text in card(blocks(), "The cheapest way to change it").lines]
    assert cheapest == [
        "No term in your hands that was tested turns it to an option that pays more.",
        "What adds most to “commit now”:",
        "Cap the overrun at 10 % in the contract: +21 k EUR",
        "20 % off the one-off price: +16 k EUR. The answer is then clear.",
        "One owner on the board for all of it: +8 k EUR",
    ]
    turning = [
        lever("running", 0.3, 31_000.0, turns=True, option="pilot_then_decide", p_loss=0.37),
        lever("on_time", 0.0, 27_000.0, turns=True, option="commit_review", p_loss=0.53),
        lever("cap", 0.0, 19_000.0, turns=True, p_loss=0.61),
        lever("horizon", 24.0, 12_000.0),
    ]
    lines = [words(text) for text in card(blocks(levers=turning), "The cheapest way to change it").lines]
    assert lines == [
        "30 % off the running cost: +31 k EUR for “pilot first, then scale or stop”, "
        "which then leads and loses in 37 of 100. As things stand “pilot first, then scale or stop” pays +61 k EUR.",
        "No delay: +27 k EUR for “commit now and review”, which then leads and loses in 53 of 100. As things stand "
        "“commit now and review” pays +143 k EUR.",
        "A price cap at plan: no overrun: +19 k EUR for “commit now”, which then leads and loses in 61 of 100.",
    ]
    (longer,) = [words(t) for t in card(blocks(levers=turning[3:]), "The cheapest").lines if "Count" in words(t)]
    assert longer == "Count 24 months more: +12 k EUR"


def test_each_tile_has_its_own_figure() -> None:
    tiles = {words(name): (words(figure), words(note)) for name, figure, note in the(KeyFigures, blocks(RUN)).figures}
    assert tiles["Expected value"] == ("+1.2 k EUR", "if we commit now; simulation error ±7 EUR")
    assert tiles["Chance of a loss"] == ("21 in 100", "a loss is 17.0 k EUR on average")
    assert tiles["Payback, middle case"] == (
        "9 months", "before discounting; 81 in 100 pay back within 37 months",
    )  # fmt: skip
    assert tiles["Return on cost (ROI)"] == ("+61 %", "on 2.7 k EUR of cost at today's value")
    assert tiles["Worst 1 in 20"] == (
        "−5.6 k EUR", "on average; peak funding 3.4 k EUR on average, up to 3.9 k EUR in 95 of 100",
    )  # fmt: skip


def test_the_fan_ends_in_the_figures_of_its_labels() -> None:
    (fan,) = (block for block in blocks() if isinstance(block, Picture) and block.kind == "fan")
    assert fan.title == "Middle case: paid back after 10 months, at present value"
    said = fan.description.replace("\N{NO-BREAK SPACE}", " ")
    assert said == "In month 37: 5 in 100 below −30 k EUR, middle +60 k EUR, 5 in 100 above +170 k EUR."
    strips = [(each.name, each.values[-1], each.end.replace("\N{NO-BREAK SPACE}", " ")) for each in fan.strips]
    assert strips == [
        ("5 in 100 above", pytest.approx(170_000.0), "+170 k EUR"),
        ("middle", pytest.approx(60_000.0), "+60 k EUR"),
        ("5 in 100 below", pytest.approx(-30_000.0), "−30 k EUR"),
    ]
    ends = drawn(fan.spec, "words")
    assert [(end["words"], end["at"], end["value"]) for end in ends] == [
        ("5 in 100 above", 170.0, "+170"), ("middle", 60.0, "+60"), ("5 in 100 below", -30.0, "−30"),
    ]  # fmt: skip
    outer, inner, line = (layer["encoding"] for layer in fan.spec["layer"][:3])
    assert (outer["y"]["field"], outer["y2"]["field"]) == ("p05", "p95")
    assert (inner["y"]["field"], inner["y2"]["field"]) == ("p25", "p75")
    assert line["y"]["field"] == "p50"


def test_of_a_pilot_the_fan_is_of_the_futures_that_go_on() -> None:
    found = blocks(option="pilot_then_decide", scaled=course(200_000.0))
    (fan,) = (block for block in found if isinstance(block, Picture) and block.kind == "fan")
    assert fan.title.replace("\N{NO-BREAK SPACE}", " ") == "If scaled: +210 k EUR on average"
    assert "middle +200" in fan.description.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("end", "title"), [(-30_000.0, "still 30 k EUR short after 37 months"), (-300.0, "about even after 37 months")]
)
def test_what_is_not_paid_back_is_short_by_where_the_middle_ends(end: float, title: str) -> None:
    (fan,) = (each for each in blocks(course=course(end)) if isinstance(each, Picture) and each.kind == "fan")
    assert title in fan.title.replace("\N{NO-BREAK SPACE}", " ")


def test_the_histogram_counts_as_lost_what_lies_below_the_threshold() -> None:
    """Bars from −20 to 20 k: the first two end at or below nothing, and hold three tenths of all futures."""
    bars = {"start": -20_000.0, "width": 10_000.0,
            "shares": {"commit": [0.1, 0.2, 0.3, 0.4], "pilot_then_decide": [0.0, 0.7, 0.2, 0.1]}}  # fmt: skip
    data = of(ROUND, page_one=PAGE | {"histogram": bars})
    (drawing,) = (each for each in compose([read("run", data)]).pictures() if each.kind == "npv")
    assert drawing.title == "Commit now loses money in 21 of 100 futures"
    rows = [row for row in drawn(drawing.spec, "share") if row["option"] == "commit"]
    unit = 1000.0 if "k" in drawing.spec["layer"][0]["encoding"]["x"]["title"] else 1.0
    assert [(row["x0"] * unit, row["x1"] * unit) for row in rows] == [
        (-20_000, -10_000), (-10_000, 0), (0, 10_000), (10_000, 20_000),
    ]  # fmt: skip
    assert [row["share"] for row in rows] == [0.1, 0.2, 0.3, 0.4]
    assert [row["below"] for row in rows] == pytest.approx([0.1, 0.3, 0.6, 1.0])
    red = drawing.spec["layer"][0]["encoding"]["color"]["condition"]
    (counted,) = (each["calculate"] for each in drawing.spec["layer"][1]["transform"] if each.get("as") == "counted")
    assert red["value"] == "var(--bad)"

    def holds(test: str, row: dict[str, float], threshold: float) -> bool:
        known = {"threshold": threshold, "datum": type("Row", (), row)}
        return bool(eval(test, {"__builtins__": {}}, known))

    test, _question, rest = counted.partition(" ? ")
    assert rest == "datum.share : 0"
    for each in (red["test"], test):
        assert [holds(each, row, 0.0) for row in rows] == [True, True, False, False]
    assert sum(row["share"] for row in rows if holds(test, row, 0.0)) == pytest.approx(0.3)
    said = plain(drawing.description).replace("\N{NO-BREAK SPACE}", " ")
    assert said.endswith("probability of a loss 21 %.")
