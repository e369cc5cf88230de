# SPDX-License-Identifier: MIT
"""What results say beside what they hold: small figures worked out by hand from fields that are all different."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from txsim.language import lazy
from txsim.results.batch import BatchTable
from txsim.results.check import Check, CheckedFile
from txsim.results.codec import from_json
from txsim.results.compare import BeliefCell, ComparedOption, Comparison
from txsim.results.diff import Change, Difference, Side
from txsim.results.explain import Explanation, PathShare, Total
from txsim.results.names import distinct_titles, doing, node_message, option_message
from txsim.results.page_one import FixedQuantity
from txsim.results.panel_data import PanelData
from txsim.results.pilot import Design, proposed
from txsim.results.quantities import Distribution, Estimate, Number, Quantity, keyed
from txsim.results.recommendation import Excluded, Knowing, Piloting, Recommendation, headline, pays_by_reading, rivals
from txsim.results.sensitivity import PayoffMap
from txsim.results.whatif import Cell


@pytest.mark.parametrize(("value", "inside"), [(1.9, True), (2.0, True), (2.1, False), (-1.9, True), (-2.1, False)])
def test_noise_is_twice_the_error_on_either_side(value: float, inside: bool) -> None:
    assert Estimate(value, 1.0).within_noise is inside


@pytest.mark.parametrize(("value", "told"), [(1.9, False), (2.0, False), (2.1, True), (-5.0, False)])
def test_what_is_worth_something_is_worth_more_than_twice_its_error(value: float, told: bool) -> None:
    worth = Estimate(10 * value, 10.0)
    assert Knowing("x", worth).told_from_nothing is told
    pilot = Piloting(6, 0.2, 50.0, worth, worth, 1)
    assert pilot.pays is told
    assert pilot.settles is told  # all of it is what it tells


@pytest.mark.parametrize(
    ("net", "reading", "mostly"), [(100, 49, False), (100, 50, True), (100, 130, True), (0, 0, False), (-10, 5, False)]
)
def test_worth_is_mostly_what_is_told_from_the_half_on(net: float, reading: float, mostly: bool) -> None:
    assert pays_by_reading(Estimate(net, 1.0), Estimate(reading, 1.0)) is mostly
    assert Piloting(6, 0.2, 50.0, Estimate(net, 1.0), Estimate(reading, 1.0), 1).settles is mostly
    assert design(net, reading).pays_by_reading is mostly


def design(net: float, reading: float = 1.0) -> Design:
    half, other = Estimate(0.5, 0.01), Estimate(0.25, 0.01)
    return Design(0.2, 6, 50.0, True, Estimate(7.0, 1.0), Estimate(net, 1.0), half, other, other, 7,
                  Estimate(reading, 1.0))  # fmt: skip


def test_the_rule_told_is_that_of_the_best_design_only_where_it_is_worth_more() -> None:
    stated = design(10.0)
    assert proposed(stated, None) is stated
    assert proposed(stated, alike := design(10.0, 2.0)) is stated is not alike
    assert proposed(stated, design(9.0)) is stated
    assert proposed(stated, best := design(11.0)) is best


MEANS = {"do_nothing": 0.0, "commit": 30.0, "commit_review": 20.0, "pilot_then_decide": 50.0}


def advice(option: str, state: Any, **more: Any) -> Recommendation:
    return Recommendation(option, "mean_npv", 5.0, 1.0, state == "open", False, (), None, MEANS, state=state, **more)


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        (advice("commit_review", "clear"), "commit_review"),
        (advice("do_nothing", "clear"), "commit"),  # what was asked, not the pilot that pays because it stops
        (advice("do_nothing", "open", contenders=("do_nothing", "commit_review", "commit")), "commit"),
        (advice("do_nothing", "open", contenders=("do_nothing", "commit_review")), "commit_review"),
        (advice("do_nothing", "open", contenders=("do_nothing",)), "pilot_then_decide"),  # of all that act
    ],
)
def test_whose_figures_are_shown(told: Recommendation, shown: str) -> None:
    assert headline(told) == shown


def test_rivals_are_those_that_only_limits_keep_out() -> None:
    excluded = (Excluded("commit", p_loss=0.4, rival=True), Excluded("commit_review", pv_cost=9.0))
    told = advice("do_nothing", "clear", refused=("pilot_then_decide", "commit"), excluded=excluded)
    assert rivals(told) == ("pilot_then_decide", "commit")


def explained(*shares: float) -> Explanation:
    paths = tuple(PathShare(f"path {i}", "", share, 1.0, 2.0) for i, share in enumerate(shares))
    return Explanation("s", "h", "EUR", 1, 512, "commit", Total(sum(shares), 3.0), paths)


def test_gains_are_all_that_adds() -> None:
    assert explained(50.0, -7.0, 20.0, -30.0).gains == 70.0


def worth(mean: float) -> Distribution:
    return Distribution(mean, 9.0, mean - 1, mean - 40, mean + 50, 2.0)


def option(name: str, mean: float, taxed: float | None) -> ComparedOption:
    after = None if taxed is None else worth(taxed)
    return ComparedOption(name, *name.split("/"), worth(mean), 0.21, Estimate(-70.0, 3.0), 88.0, after)


def compared(**more: Any) -> Comparison:
    options = (option("a/commit", 100.0, 60.0), option("b/commit", 300.0, 40.0))
    return Comparison((), 1, 512, options, {"a/commit": 0.3}, {}, {}, {}, (), (), (), None, currency="EUR", **more)


def test_before_and_after_tax_are_not_taken_for_each_other() -> None:
    one = option("a/commit", 100.0, 60.0)
    assert (one.worth(after_tax=False).mean, one.worth(after_tax=True).mean) == (100.0, 60.0)
    assert option("a/commit", 100.0, None).worth(after_tax=True).mean == 100.0
    cell = BeliefCell("b", "a", Estimate(5.0, 1.0), 0.1, Estimate(3.0, 0.5))
    assert (cell.worth(after_tax=False).value, cell.worth(after_tax=True).value) == (5.0, 3.0)
    side = Side("n", 7.0, 1, 512, 4.0)
    assert (side.worth(after_tax=False), side.worth(after_tax=True)) == (7.0, 4.0)
    change = Change("x", 1, 2, 7.0, npv_after_tax=4.0, mcse=0.7, mcse_after_tax=0.4)
    assert (change.worth(after_tax=False), change.worth(after_tax=True)) == (7.0, 4.0)
    assert (change.error(after_tax=False), change.error(after_tax=True)) == (0.7, 0.4)
    assert Change("x", 1, 2, 7.0).error(after_tax=True) == 0.0
    tried = Cell({}, {"commit": Estimate(5.0, 1.0)}, {}, "commit", False, {"commit": Estimate(3.0, 1.0)})
    assert (tried.worth(after_tax=False)["commit"].value, tried.worth(after_tax=True)["commit"].value) == (5.0, 3.0)
    payoff = PayoffMap("x", "y", (1.0,), (2.0,), ((5.0,),), ((3.0,),))
    assert payoff.worth == ((3.0,),)
    assert PayoffMap("x", "y", (1.0,), (2.0,), ((5.0,),)).worth == ((5.0,),)


@pytest.mark.parametrize(("after_tax", "first"), [(False, ("b", "300", "260 … 350")), (True, ("a", "60", "20 … 110"))])
def test_a_notebook_shows_the_best_mean_first_and_where_it_lies(after_tax: bool, first: tuple[str, ...]) -> None:
    page = compared(after_tax=after_tax, taxed=True)._repr_html_().replace("\N{NO-BREAK SPACE}", " ")
    rows = page.split("<tr")[2:]
    assert all(text in rows[0] for text in (*first, "21 %"))
    assert ("after tax" in page) is after_tax
    assert sum("30 %" in row for row in rows) == 1


@pytest.mark.parametrize(
    ("titles", "called"),
    [
        ({"a": "One", "b": "Two"}, {"a": "One", "b": "Two"}),
        ({"a": "One", "b": "One", "c": "Two"}, {"a": "a", "b": "b", "c": "Two"}),
        ({"a": "", "b": "Two"}, {"a": "a", "b": "Two"}),
    ],
)
def test_scenarios_that_share_a_title_go_by_their_files(titles: dict[str, str], called: dict[str, str]) -> None:
    assert distinct_titles(titles) == called


@pytest.mark.parametrize(
    ("one", "other", "called"),
    [("Old", "New", ("Old", "New")), ("Old", "Old", ("x.yaml", "y.yaml")), ("", "New", ("x.yaml", "y.yaml"))],
)
def test_two_results_go_by_their_titles_in_order(one: str, other: str, called: tuple[str, str]) -> None:
    sides = Side("x.yaml", 1.0, 1, 512, title=one), Side("y.yaml", 2.0, 1, 512, title=other)
    assert Difference(*sides, "commit", 1.0, (), 0.0).titles == called


def test_options_and_nodes_by_name() -> None:
    titles = {"desk": "A better desk"}
    assert str(option_message("desk/pilot_scale", titles)) == "A better desk: pilot, then scale"
    assert str(option_message("other/commit_stop", titles)) == "other: commit, then stop"
    assert str(doing("do_nothing")) == "waiting"
    assert str(doing("desk/commit_review", titles)) == "committing now with a review in “A better desk”"
    assert str(node_message("ux_customer[web]")) == "usability of customers' channels (web)"


# --- what goes into a file comes out of it


def again(result: Any) -> Any:
    return from_json(json.loads(json.dumps(result.to_json())))


def test_what_does_not_exist_is_null_and_never_nothing() -> None:
    never = Distribution(1.0, 2.0, 3.0, -math.inf, math.nan, 0.5)
    told = compared()
    told = Comparison(**{**vars(told), "options": (ComparedOption("a/commit", "a", "commit", never, 0.2,
                      Estimate(math.nan, math.nan), 3.0),)})  # fmt: skip
    plain = told.to_json()["options"][0]
    assert plain["npv"] == {"mean": 1.0, "sd": 2.0, "median": 3.0, "p05": None, "p95": None, "mcse": 0.5}
    assert plain["cvar05"] == {"value": None, "mcse": None}
    back = again(told).options[0]
    assert math.isnan(back.npv.p95)
    assert math.isnan(back.cvar05.value)
    assert (back.npv.mean, back.npv.sd, back.npv.median, back.npv.mcse) == (1.0, 2.0, 3.0, 0.5)


def test_sentences_stand_again_where_they_stood_although_names_hold_dots() -> None:
    words = lazy("{n} of {all}", n=3, all=7)
    path = PathShare("a", words, 1.0, 2.0, 3.0)
    told = explained(5.0)
    told = Explanation(**{**vars(told), "paths": (path, path), "links": {"a.b": 1.0, "a": 2.0}})
    back = again(told)
    assert [str(each.meaning) for each in back.paths] == ["3 of 7", "3 of 7"]
    assert back.links == {"a.b": 1.0, "a": 2.0}
    assert back.to_json() == told.to_json()


def test_the_longest_name_that_is_there_takes_a_sentence() -> None:
    from txsim.results.codec import _put

    whole: dict[str, Any] = {"a": {"b": "old"}, "a.b": "old"}
    _put(whole, "a.b", lazy("new").to_json())
    assert str(whole["a.b"]) == "new"
    assert whole["a"] == {"b": "old"}


def test_each_number_knows_its_place() -> None:
    told = keyed(explained(50.0, -7.0), "explain:")
    share, draws = told.paths[1].shapley_npv, told.draws
    assert isinstance(share, Quantity)
    assert (share, share.key) == (-7.0, "explain:paths.1.shapley_npv")
    assert isinstance(draws, Number)
    assert (draws, draws.key) == (512, "explain:draws")
    assert keyed({"x": (FixedQuantity(2.0, above=True),)}, "top")["x"][0].threshold.key == "top.x.0.threshold"


def test_tables_and_checks() -> None:
    rows = BatchTable(("path", "mean"), (("a", 2.0), ("b", math.nan))).records()
    assert list(rows) == [{"path": "a", "mean": 2.0}, {"path": "b", "mean": None}]
    good, bad = CheckedFile("a", valid=True), CheckedFile("b", valid=False)
    assert Check((good, good), 512).valid
    assert not Check((good, bad), 512).valid


@pytest.mark.parametrize(("scales", "raw"), [(("nps", "enps"), False), (("raw", "enps"), True), (("nps", "raw"), True)])
def test_one_unknown_scale_makes_a_panel_raw(scales: tuple[str, str], raw: bool) -> None:
    panel = PanelData(3, 4, 1.0, {}, 4.0, None, scales, 12, {}, {}, (), "")
    assert panel.raw is raw
