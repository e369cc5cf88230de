# SPDX-License-Identifier: MIT
"""Results of a panel, a pilot, a backtest and a batch: to JSON and back, at any width, in two languages."""

from __future__ import annotations

import json
import math
import re
from typing import Any

import pytest

from tests.report.agreement import keyed
from tests.report.handmade import BACKTEST, BATCH, LINK, UPDATE, cells, figure, flat, line, of, page, read, terminal
from txsim import catalogues
from txsim.errors import InputError
from txsim.language import Figure, lazy
from txsim.pilot.go_or_stop import sentence
from txsim.report.compose import compose
from txsim.report.drawing import as_view
from txsim.report.pictures import panel as pictures
from txsim.report.reading import result_from
from txsim.report.theme import read_theme
from txsim.results.codec import from_json
from txsim.results.link import Link
from txsim.results.update import Decision, Difference, ExpectedNpv, Update

RESULTS = {"link": LINK, "update": UPDATE, "backtest": BACKTEST, "batch": BATCH}
NOTHING = {"median": None, "p05": None, "p95": None, "p_positive": None, "unit": "points per point"}


def silent() -> dict[str, Any]:
    """A panel that says nothing, without priors."""
    return of(
        LINK, one_period={"ex_cx": NOTHING, "cx_ex": NOTHING}, settled={"ex_cx": NOTHING, "cx_ex": NOTHING},
        verdict={"ex_cx": "cannot_say", "cx_ex": "cannot_say"}, lag=None, within=None, checks=[], prior=None,
        posterior=None, calibration=None, noise_share={"ex": None, "cx": None}, independence=None, outcomes=[],
        sensitivity={"ex_cx": None, "cx_ex": None}, warnings=["the data cannot say: EX was measured in one period"],
    )  # fmt: skip


@pytest.mark.parametrize("kind", RESULTS)
def test_what_was_written_is_read(kind: str) -> None:
    result = from_json({"kind": kind, **RESULTS[kind]})
    text = json.dumps(result.to_json(), allow_nan=False)
    assert from_json(json.loads(text)) == result
    assert json.loads(text)["kind"] == kind
    for key, value in RESULTS[kind].items():
        assert key in json.loads(text), key
        if isinstance(value, int | float | str):
            assert json.loads(text)[key] == value


def test_what_does_not_exist_is_null_and_comes_back_as_nothing() -> None:
    link = from_json({"kind": "link", **silent()})
    assert isinstance(link, Link)
    assert math.isnan(link.one_period["ex_cx"].median)
    assert link.to_json()["one_period"]["ex_cx"]["median"] is None
    assert link.to_json()["lag"] is None


def test_units_of_a_pilot_are_not_those_of_its_figures() -> None:
    """`units` counts pilot and control units; the units of figures stand under another key."""
    told = from_json({"kind": "update", **UPDATE}).to_json()
    assert told["units"] == {"treated": 5, "control": 8}
    assert told["figure_units"]["npv.*.prior.mean"] == "EUR"
    assert told["figure_units"]["effect.prior"] == "index points"
    plain = from_json({"kind": "link", **LINK}).to_json()
    assert plain["units"]["lag.months"] == "months"
    assert plain["units"]["one_period.*.own_unit"] == "scales of the file"


def test_messages_are_kept_with_their_parameters() -> None:
    """Words in English under their key, code and parameters beside; a user's words pass as they are."""
    reason = lazy("by {amount} in {place}", amount=Figure(3.25, "number", digits=1), place="HR {and} finance agreed")
    update = from_json({"kind": "update", **UPDATE})
    assert isinstance(update, Update)
    told = json.loads(json.dumps(of(update.to_json(), decision__reason="", messages={
        "decision.reason": reason.to_json()})))  # fmt: skip
    again = from_json(told)
    assert isinstance(again, Update)
    assert again.units == update.units
    assert str(again.decision.reason) == "by 3.2 in HR {and} finance agreed"
    assert again.to_json()["decision"]["reason"] == "by 3.2 in HR {and} finance agreed"
    with catalogues.speaking("ru"):
        assert str(again.decision.reason) == "by 3,2 in HR {and} finance agreed"


@pytest.mark.parametrize("change", [{"verdict__ex_cx": "perhaps"}, {"one_period__ex_cx__p05": "low"}, {"between": 3}])
def test_what_is_no_result_is_refused_by_its_place(change: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="this part is not as txsim writes it") as caught:
        from_json({"kind": "link", **of(LINK, **change)}, "link.json")
    path = next(iter(change)).replace("__", ".")
    assert all(problem.path.startswith(path) for problem in caught.value.problems)
    assert caught.value.problems[0].file == "link.json"


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("kind", RESULTS)
def test_no_line_is_longer_than_the_terminal(kind: str, width: int, language: str) -> None:
    long = {
        "link": of(LINK, warnings=["A long warning of many words that has to be wrapped. " * 4]),
        "update": of(UPDATE, sentence="A long sentence of many words that has to be wrapped. " * 4),
        "backtest": of(BACKTEST, warnings=["one warning " * 20]),
        "batch": of(BATCH, scenarios__0__scenario="a_folder/with_a_very_long_name/" * 4 + "first.yaml"),
    }
    with catalogues.speaking(language):
        for data in (RESULTS[kind], long[kind], *([silent()] if kind == "link" else [])):
            for row in terminal(kind, data, width).splitlines():
                assert len(row) <= width, (kind, row)


def test_a_panel_that_says_nothing() -> None:
    text = terminal("link", silent())
    assert "EX → CX: the data cannot say; CX → EX: the data cannot say." in flat(text)
    assert cells(line(text, "CX → EX", "unknown")) == ["CX → EX", "unknown", "unknown", "cannot say"]
    assert "Warning" in line(text, "EX was measured in one period")
    assert "Next" not in text
    assert "before → after" not in text
    told = page("link", silent())
    assert told.count("the data cannot say") >= 4
    assert "Your data" not in told


def test_parts_of_a_panel() -> None:
    """Kinds, groups and a pilot inside, each with figures of its own or the reason why it has none."""
    effect = {
        "one_period": {"ex_cx": {"median": 0.11, "p05": 0.02, "p95": 0.21, "p_positive": 0.9}},
        "alone": {"ex_cx": {"median": 0.17, "p05": 0.05, "p95": 0.29, "p_positive": 0.9}},
    }
    some = of(
        LINK,
        by_kind=[{"kind": "branch", "units": 9, "why": "", **effect},
                 {"kind": "depot", "units": 1, "why": "too few", "one_period": None, "alone": None}],
        groups=[{"group": "front", "share_of_respondents": 0.4, "why": "", **effect}],
        pilot={"units": 4, "control": 8, "ex": {"median": 5.2, "p05": 3.1, "p95": 7.3, "p_positive": 1.0}, "cx": None,
               "unit": ["index points", "index points"]},
    )  # fmt: skip
    for text in (flat(terminal("link", some)), page("link", some)):
        assert "9 units, EX → CX +0.110 (0.020 … 0.210); by its own data +0.170 (0.050 … 0.290)" in text
        assert "1 unit, too few" in text
        assert "4 units in it, against 8 without: EX +5.20 (3.10 … 7.30) index points, taken out" in text
    assert "Group front" in terminal("link", some)


def test_harm_that_is_clear_is_told_as_such() -> None:
    """Not as an effect that is absent: in the sentence, the table, the title of the picture, and of an outcome."""
    effect = figure(-0.4, -0.56, -0.24, p_positive=0.001, unit="points per point")
    harm = of(LINK, verdict__ex_cx="opposite", one_period__ex_cx=effect,
              outcomes__0__verdict="opposite", outcomes__0__settled=figure(-0.0156, -0.0258, -0.0067),
              outcomes__0__own_unit=figure(-0.0039, -0.0065, -0.0017))  # fmt: skip
    brief, whole = flat(terminal("link", harm)), page("link", harm)
    for text in (brief, whole):
        assert "EX → CX: the data say that it goes the other way" in text
        assert "the other way: +10 NPS points of CX raise the rate of leaving by 3.98 %" in text  # 1 - exp(-0.039)
        assert "absent" not in text
        assert "speak against" not in text
    assert "the other way" in line(terminal("link", harm), "EX → CX  ")
    with catalogues.speaking("ru"):
        assert "данные говорят об обратном действии" in terminal("link", harm).replace("\n", " ")


def test_a_reading_of_files_is_shown_line_by_line() -> None:
    reading = {"lines": ["panel.csv: 84 rows", "units: 12 (a, b …)"], "series": {}, "file": "panel.csv"}
    with_it = of(LINK, data__reading=reading) if "reading" in LINK["data"] else of(LINK)
    with_it["data"]["reading"] = reading
    text = terminal("link", with_it)
    assert "Read" in line(text, "panel.csv: 84 rows")
    assert line(text, "units: 12").strip() == "units: 12 (a, b …)"
    assert "Repaired" not in text  # the reading says it
    update = terminal("update", {**UPDATE, "reading": reading})
    assert "Read" in line(update, "panel.csv: 84 rows")


def test_figures_keep_their_keys() -> None:
    """Whatever a page marks as a figure of the result stands under that key there."""
    for kind in ("link", "update"):
        data = from_json({"kind": kind, **RESULTS[kind]}).to_json()
        document = compose([result_from(from_json(data))])
        parts = keyed(document)
        assert len(parts) > 10
        for datum in parts:
            at: Any = data
            name, _colon, path = datum.key.partition(":")
            assert name == kind
            while path:
                key = max((k for k in _keys(at) if path == k or path.startswith(f"{k}.")), key=len)
                at, path = at[int(key) if isinstance(at, list) else key], path[len(key) + 1 :]
            assert datum.value == at, datum


def _keys(at: Any) -> list[str]:
    return [str(i) for i in range(len(at))] if isinstance(at, list) else list(at)


def test_russian_words_of_russian_results() -> None:
    with catalogues.speaking("ru"):
        text = flat(terminal("update", UPDATE))
    assert "подразделений в пилоте 5, контрольных 8" in text
    assert "+5,1 (2,2 … 8,3)" in text


def test_a_sentence_is_worded_where_it_is_read() -> None:
    measured = Difference(2.31, -0.4, 5.0, 0.9, 1.0, 9.0, None, 1.0)
    decision = Decision("stop", ExpectedNpv(1.0, 2.0), None, "HR and finance agreed")
    told = sentence("cx", measured, decision, controls=True)
    assert str(told) == (
        "Stop. CX rose by 2.3 more in pilot than in control units, which is within what chance does; "
        "HR and finance agreed."
    )
    alone = str(sentence("cx", measured, decision, controls=False))
    assert "in pilot units, which is within what chance does" in alone
    assert "control" not in alone
    with catalogues.speaking("ru"):
        words = str(told)
    assert words.startswith("Остановить — CX в пилотных подразделениях выросло на 2,3 больше")
    assert words.endswith("; HR and finance agreed.")  # a user's words pass as they are


def test_a_result_that_was_just_made_reads_like_one_from_a_file() -> None:
    link = from_json({"kind": "link", **LINK})
    assert compose([result_from(link)]) == compose([read("link", link.to_json())])


def _decision(k: float, state: str) -> dict[str, Any]:
    npv = {"mean": k, "sd": 1.0, "median": k, "p05": k - 41_000, "p95": k + 52_000, "mcse": 1_300.0}
    return {
        "calibration": "h",
        "options": {"commit": {"npv": npv, "p_loss": {"value": 0.21, "mcse": 0.01}}},
        "option": "commit", "state": state, "sentence": "Commit.",
        "doubt": {"ex_cx": 0.31}, "evppi": {"ex_cx": {"value": 12_300.0, "mcse": 400.0}},
    }  # fmt: skip


#: Units in index points: EX from 40 to 75, CX half as far; each moves by five points, and CX a fifth of it.
LINES = [{"ex": 40.0 + 5 * i, "cx": 50.0 + 2.5 * i, "reach": 5.0, "slope": 0.2} for i in range(8)]


def _parts(spec: Any) -> list[dict[str, Any]]:
    """Return the parts of a picture that have axes."""
    found = [spec] if "x" in spec.get("encoding", {}) else []
    return found + [part for key in ("concat", "layer") for each in spec.get(key, []) for part in _parts(each)]


def _slope_of_line(picture: Any) -> float:
    """Return the slope of the line between units, in the units of its axes."""
    (first, last) = _parts(picture.spec)[-1]["data"]["values"]
    return float((last["cx"] - first["cx"]) / (last["ex"] - first["ex"]))


def test_the_picture_of_units_is_in_the_authors_units_and_tells_the_slopes_of_the_json() -> None:
    data = of(LINK, unit_lines=LINES)
    picture = pictures.units(result_from(from_json({"kind": "link", **data})))
    assert picture is not None
    assert picture.title == (
        "With one point more of EX goes 0.50 (0.30 … 0.70) of CX between units, "
        "and 0.21 (0.10 … 0.34) a period later within one"
    )
    parts = _parts(picture.spec)
    assert len(parts) == 3
    for part in parts:
        assert part["encoding"]["x"]["title"] == "EX, eNPS points"
        assert part["encoding"]["y"]["title"] == "CX, NPS points"
    short = parts[0]["data"]["values"][2]  # EX 50 ± 5 and CX 55 ± 1 of an index are these scores
    assert [short[key] for key in ("ex", "ex2", "cx", "cx2")] == pytest.approx([-10, 10, 8, 12])
    assert _slope_of_line(picture) == pytest.approx(0.5)
    assert "In brackets: 90 % intervals." in picture.note
    assert "hundredth" not in picture.note
    other = pictures.units(result_from(from_json({"kind": "link", **of(data, data__scales=["likert5", "nps"])})))
    assert other is not None
    # a hundredth of 1 … 5 is 0.04, one of −100 … 100 is 2; what a point is stands there
    assert _slope_of_line(other) == pytest.approx(0.5 * 2 / 0.04)
    assert "A point is a hundredth of the scale of each" in other.note
    with catalogues.speaking("ru"):
        russian = pictures.units(result_from(from_json({"kind": "link", **data})))
    assert russian is not None
    assert "между подразделениями отличается на 0,50 (0,30 … 0,70)" in russian.title
    assert _parts(russian.spec)[0]["encoding"]["x"]["title"] == "EX, п. eNPS"


def test_what_the_data_say_nothing_of_is_not_shown_as_moved() -> None:
    """Two samples of one posterior differ; what a panel does not speak of is shown where it moved by more than that."""
    figure = {"median": 0.1, "p05": 0.05, "p95": 0.25, "p_positive": 1.0}
    same, narrower = figure | {"median": 0.101, "p05": 0.049, "p95": 0.247}, figure | {"p05": 0.08, "p95": 0.13}
    before = {**LINK["prior"], "spend_cx": figure, "serve_cx": figure}

    def names(**change: Any) -> list[str]:
        picture = pictures.moved(result_from(from_json({"kind": "link", **of(LINK, prior=before, **change)})))
        rows = [] if picture is None else picture.description.split("; ")
        return list(dict.fromkeys(row.partition(",")[0] for row in rows))

    after = {**LINK["posterior"], "spend_cx": same, "serve_cx": narrower}
    assert names(posterior=after) == ["EX → CX", "CX → EX", "CX → churn", "serve_cx"]
    text = page("link", of(LINK, prior=before, posterior=after))
    assert "serve_cx" in text
    assert "spend_cx" not in text
    alone = silent() | {"prior": before, "posterior": after}
    assert (
        pictures.moved(result_from(from_json({"kind": "link", **alone}))) is None
    )  # no direction was read: nothing to show


@pytest.mark.parametrize(("error", "words"), [(4_000.0, "more than the noise"), (11_000.0, "less than the noise")])
def test_what_a_panel_is_worth_is_told_with_its_noise(error: float, words: str) -> None:
    figure = {"median": 0.35, "p05": 0.08, "p95": 0.92, "p_positive": 1.0}
    worth = {
        "scenario": "By hand", "hash": "ab", "currency": "EUR", "after_tax": False, "horizon_months": 36,
        "draws": 4096, "seed": 1, "option": "commit", "line": "data: panel.csv",
        "before": _decision(214_000.0, "open"), "after": _decision(226_000.0, "clear"),
        "change": {"commit": {"value": 12_000.0, "mcse": error}},
        "contributions": {"ex_cx": {"prior": figure, "data": None, "posterior": figure, "data_share": 0.37}},
    }  # fmt: skip
    for text in (flat(terminal("link", of(LINK, worth=worth))), page("link", of(LINK, worth=worth))):
        assert "What your own data change in money" in text
        assert words in text
        assert "226" in text
        assert "37\u00a0%" in text or "37 %" in text
    brief = flat(terminal("link", of(LINK, worth=worth)))
    assert "data: panel.csv" in brief
    for alone, said in ((figure, "pull apart (0.35 ("), (None, "known no more exactly than without your data;")):
        slope = worth["contributions"]["ex_cx"] | {"data": alone, "data_share": None}
        assert said in flat(terminal("link", of(LINK, worth=worth | {"contributions": {"ex_cx": slope}})))
    assert "Open: no clear choice" in brief
    assert "change in money" not in terminal("link", LINK)
    with catalogues.speaking("ru"):
        assert "Что ваши данные меняют в деньгах" in terminal("link", of(LINK, worth=worth))


def test_each_figure_of_what_a_panel_is_worth_stands_on_its_side() -> None:
    """Without the data and with them, prior, data and both: every figure another."""

    def side(k: float, loss: float, review: float, doubt: float, knowing: float, state: str, option: str) -> Any:
        made = _decision(k, state) | {"option": option, "doubt": {"ex_cx": doubt}}
        made["options"]["commit"]["p_loss"] = {"value": loss, "mcse": 0.01}
        other = made["options"]["commit"]["npv"] | {"mean": review, "p05": review - 17_000, "p95": review + 23_000}
        made["options"]["commit_review"] = {"npv": other, "p_loss": {"value": loss + 0.04, "mcse": 0.01}}
        return made | {"evppi": {"ex_cx": {"value": knowing, "mcse": 400.0}}}

    def interval(median: float) -> dict[str, float]:
        return {"median": median, "p05": median - 0.06, "p95": median + 0.07, "p_positive": 1.0}

    worth = {
        "scenario": "By hand", "hash": "ab", "currency": "EUR", "after_tax": True, "horizon_months": 36,
        "draws": 4096, "seed": 1, "option": "commit", "line": "",
        "before": side(214_000.0, 0.21, 151_000.0, 0.31, 12_300.0, "leaning", "commit_review"),
        "after": side(241_000.0, 0.16, 178_000.0, 0.09, 5_600.0, "clear", "commit"),
        "change": {"commit": {"value": 27_000.0, "mcse": 4_100.0},
                   "commit_review": {"value": 28_500.0, "mcse": 3_200.0}},
        "contributions": {"ex_cx": {"prior": interval(0.35), "data": interval(0.62), "posterior": interval(0.48),
                                    "data_share": 0.37}},
    }  # fmt: skip
    text = page("link", of(LINK, worth=worth))
    moved = "+214 k EUR → +241 k EUR with the data: moved by +27 k EUR, more than the noise"
    assert f"{moved} (simulation error 4 k EUR)" in text
    assert cells(line(text, "| commit now |")) == [
        "commit now", "+214 (+170 … +270)", "+241 (+200 … +290)", "+27 ± 4", "21 % → 16 %",
    ]  # fmt: skip
    assert cells(line(text, "| commit now and review |")) == [
        "commit now and review", "+151 (+130 … +170)", "+178 (+160 … +200)", "+28 ± 3", "25 % → 20 %",
    ]  # fmt: skip
    assert cells(line(text, "| ex_cx |"))[1:] == [
        "ex_cx", "0.35 (0.29 … 0.42)", "0.62 (0.56 … 0.69)", "0.48 (0.42 … 0.55)", "37 %",
    ]  # fmt: skip
    assert "37 % comes from your data, 63 % from priors and claims" in text
    assert "its median went from 0.35 to 0.48" in text  # a small share may move the middle far
    assert "12.3 ± 0.4 k EUR without the data; with them 5.6 ± 0.4 k EUR" in text.replace("**", "")
    assert "does nothing: 31 % → 9 %" in text
    brief = flat(terminal("link", of(LINK, worth=worth)))
    assert re.search(r"without the data: commit now and review \(Lean[^)]*\); with them: commit now \(Clear", brief)


def test_halves_of_a_picture_stand_below_each_other_on_a_phone() -> None:
    """Vega lays them out by the signal that the page sets: two columns where there is room, one where there is none."""
    picture = pictures.units(result_from(from_json({"kind": "link", **of(LINK, unit_lines=LINES)})))
    assert picture is not None
    assert picture.narrow
    view = json.loads(as_view(picture, read_theme())[0])
    assert view["layout"]["columns"] == {"signal": "narrow ? 1 : 2"}
    assert next(s for s in view["signals"] if s["name"] == "childWidth")["update"] == "narrow ? 256 : 320"
