# SPDX-License-Identifier: MIT
"""The decision commands end to end, with good and with bad input; from priors alone, so that nothing is sampled."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from txsim.cli.main import main

FAST = ("--prior-only", "--draws", "256", "--quiet")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]):
    def call(*args: str | Path) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            main([str(arg) for arg in args])
        told = capsys.readouterr()
        return int(left.value.code or 0), told.out, told.err

    return call


@pytest.fixture
def desk(scenarios: Path) -> Path:
    return scenarios / "service_desk_pilot.yaml"


RECOMMENDATION = {"option", "sentence", "criterion", "margin", "mcse", "too_close", "fragile", "flips"}


def _json(done: tuple[int, str, str]) -> dict:
    assert done[0] == 0, done[2]
    found = json.loads(done[1])
    if found.get("recommendation") is not None:
        assert set(found["recommendation"]) >= RECOMMENDATION
        told = found["recommendation"]
        begins = {"leaning": "Leaning to ", "open": "There is no clear choice."}.get(told["state"], "")
        assert told["sentence"].startswith(begins)
    return found


def _estimate(told: dict) -> None:
    assert set(told) == {"value", "mcse"}
    assert isinstance(told["value"], float)
    assert told["mcse"] is None or told["mcse"] >= 0


def test_run_recommends(run, desk: Path) -> None:
    found = _json(run("run", desk, "--json", *FAST))
    told = found["recommendation"]
    assert told["option"] in told["mean_npv"]
    best = max(told["mean_npv"].values())
    assert told["mean_npv"][told["best"]] == best
    code, out, _ = run("run", desk, *FAST)
    assert code == 0
    assert " ".join(told["sentence"].split()) in " ".join(out.replace("\N{NO-BREAK SPACE}", " ").split())


def test_pilot(run, desk: Path, tmp_path: Path) -> None:
    args = ("pilot", desk, "--months", "3,6", "--scopes", "10 %,30 %", "--respondents", "20,50", *FAST)
    found = _json(run(*args, "--json", "--out", tmp_path / "out"))
    for key in ("evpi", "evsi", "pilot_net"):
        _estimate(found[key])
    assert 0 <= found["evsi"]["value"] <= found["evpi"]["value"]
    assert isinstance(found["worth_it"], bool)
    assert found["rule"].startswith("After 6 months")
    for design in found["design"]:
        assert set(design) >= {"scope", "months", "respondents", "control"}
        for key in ("evsi", "pilot_net", "assurance", "false_go", "false_stop"):
            _estimate(design[key])
    assert {(d["scope"], d["months"]) for d in found["design"]} == {(s, m) for s in (0.1, 0.3, 0.2) for m in (3, 6)}
    assert found["best_design"] in (None, *found["design"])
    assert (found["best_design"] is None) == bool(found["reasons"])
    kept = json.loads((tmp_path / "out/rule.json").read_text())
    assert kept["rule"] == found["rule"]
    assert len(kept["hash"]) == 64
    assert kept["date"].endswith("Z")
    # The same rule keeps its date, another one is refused: a rule stands before the data.
    assert _json(run(*args, "--json", "--out", tmp_path / "out"))["rule"] == found["rule"]
    assert json.loads((tmp_path / "out/rule.json").read_text()) == kept
    code, out, err = run(*args, "--set", "drivers[0].one_off=1000", "--rule", tmp_path / "out/rule.json")
    assert code == 2
    assert out == ""
    assert "another rule stands here" in err
    assert json.loads((tmp_path / "out/rule.json").read_text()) == kept
    code, out, _ = run(*args)
    assert code == 0
    assert "Rule: After 6 months" in out
    assert max(map(len, out.splitlines())) <= 80


def test_sensitivity(run, desk: Path) -> None:
    found = _json(run("sensitivity", desk, "--scenario-discovery", "--json", *FAST))
    _estimate(found["evpi"])
    for each in found["parameters"]:
        for key in ("evppi", "first_order", "total", "low", "high"):
            _estimate(each[key])
        assert each["evppi"]["value"] <= found["evpi"]["value"] + 1e-9
        assert set(each) >= {"name", "break_even", "p_good"}
    assert all(set(each) >= {"name", "members", "evppi"} for each in found["groups"])
    assert len(found["map"]["npv"]) == len(found["map"]["at_x"])
    assert isinstance(found["regions"], list)
    code, out, _ = run("sensitivity", desk, *FAST)
    assert code == 0
    assert "What moves the payoff most" in " ".join(out.split())
    assert max(map(len, out.splitlines())) <= 80


def test_explain(run, desk: Path, tmp_path: Path) -> None:
    picture = tmp_path / "paths.svg"
    found = _json(run("explain", desk, "--json", "--picture", picture, *FAST))
    total = found["total"]
    assert sum(p["shapley_npv"] for p in found["paths"]) == pytest.approx(total["npv"], abs=1e-3)
    assert sum(p["shapley_delta"] for p in found["paths"]) == pytest.approx(total["delta"], abs=1e-9)
    assert all({"path", "shapley_npv", "shapley_delta", "switched_off_npv"} <= set(p) for p in found["paths"])
    assert picture.read_text().startswith("<svg")
    code, out, _ = run("explain", desk, "--option", "pilot_scale", *FAST)
    assert code == 0
    assert "fewer quits" in out
    assert max(map(len, out.splitlines())) <= 80


def test_a_picture_never_takes_the_answer_with_it(run, desk: Path, tmp_path: Path) -> None:
    """What no link carries has no graph to draw, and what cannot be written comes after the answer."""
    idle = tmp_path / "idle.yaml"
    idle.write_text(
        "organisation:\n  index: {ux_employee: 50, ex: 50, cx: 50}\n"
        "  staff: {desk: {headcount: 80, turnover_per_year: 22 %, salary_per_year: 38000}}\n"
        "  customers: 5000\n  churn_per_month: 1 %\n  arpu_per_month: 300\n  contribution_margin: 40 %\n"
        "drivers:\n  - name: licences\n    kind: it\n    one_off: 9000\n"
        "    benefits: [{name: spared, monthly: 900, months: 1}]\n"
    )
    picture = tmp_path / "paths.svg"
    code, out, err = run("explain", idle, "--picture", picture, "--out", tmp_path / "kept", *FAST)
    assert code == 0, err
    assert "Shapley values" in out
    assert picture.read_text().startswith("<svg")
    assert (tmp_path / "kept" / "explain.svg").read_text().startswith("<svg")
    (tmp_path / "folder.svg").mkdir()
    for verb in (("explain", desk), ("whatif", desk, "--vary", "discount_rate=5 %,10 %")):
        code, out, err = run(*verb, "--picture", tmp_path / "folder.svg", *FAST)
        assert code == 4
        assert "256 draws" in " ".join(out.replace("\N{NO-BREAK SPACE}", " ").split())


def test_compare(run, desk: Path, scenarios: Path, tmp_path: Path) -> None:
    other = scenarios / "front_line_first.yaml"
    found = _json(run("compare", desk, other, "--budget", "1e6", "--json", "--out", tmp_path, *FAST))
    assert sum(found["p_best"].values()) == pytest.approx(1)
    assert set(found["p_best"]) == set(found["expected_regret"])
    assert {"service_desk_pilot/commit", "front_line_first/commit", "do_nothing"} <= set(found["p_best"])
    assert all({"a", "b", "mean", "p05", "p95", "mcse"} <= set(each) for each in found["differences"])
    assert found["portfolio"]["budget"] == 1e6
    assert json.loads((tmp_path / "compare.json").read_text()) == found
    code, out, _ = run("compare", desk, other, *FAST)
    assert code == 0
    assert "Best in: share of" in out
    assert max(map(len, out.splitlines())) <= 80


def test_whatif(run, desk: Path, tmp_path: Path) -> None:
    args = ("whatif", desk, "--vary", "driver.effect=2..12:3", "--vary", "pilot.months=3,6")
    found = _json(run(*args, "--json", "--out", tmp_path, *FAST))
    assert len(found["cells"]) == 6
    by_effect = [c["npv"]["commit"]["value"] for c in found["cells"] if c["values"]["pilot.months"] == "3"]
    assert by_effect == sorted(by_effect)
    assert (tmp_path / "whatif.svg").read_text().startswith("<svg")
    picture = tmp_path / "one.png"
    assert run(*args[:4], "--picture", picture, *FAST)[0] == 0
    assert picture.read_bytes().startswith(b"\x89PNG")
    code, out, _ = run("whatif", desk, "--vary", "discount_rate=5 %..15 %:3", *FAST)
    assert code == 0
    assert "15\xa0%" in out
    assert "discount rate a year (discount_rate)" in out


def test_diff(run, desk: Path, tmp_path: Path) -> None:
    for name, cost in (("a", 20000), ("b", 26000)):
        args = ("--set", f"drivers[0].one_off={cost}", "--set", "evidence.use=none", "--out", tmp_path / name)
        assert run("run", desk, *args, *FAST[1:])[0] == 0
    found = _json(run("diff", tmp_path / "a", tmp_path / "b", "--json", "--quiet"))
    assert [each["input"] for each in found["changes"]] == ["drivers[0].one_off"]
    assert found["total"] == pytest.approx(found["changes"][0]["npv"] + found["random_numbers"])
    assert found["random_numbers"] == pytest.approx(0, abs=1e-6)
    kept = json.loads((tmp_path / "a/summary.json").read_text())
    assert found["a"]["npv"] == pytest.approx(kept["options"]["commit"]["npv"]["mean"])
    code, out, _ = run("diff", tmp_path / "a" / "summary.json", tmp_path / "b" / "result.nc", "--quiet")
    assert code == 0
    assert "20,000 EUR" in out
    assert "26,000 EUR" in out
    assert "drivers[0].one_off" in out
    assert max(map(len, out.splitlines())) <= 80


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (("pilot", "{desk}", "--months", "2.5"), "`2.5` is no whole number"),
        (("pilot", "{desk}", "--scopes", "150 %"), "--scopes"),
        (("pilot", "{firm}"), "nothing would be done"),
        (("explain", "{desk}", "--option", "win"), "no option `win`"),
        (("explain", "{desk}", "--picture", "a.gif"), "use .svg, .png"),
        (("compare", "{desk}", "--mix", "sceptic"), "expected NAME=NUMBER"),
        (("compare", "{desk}", "--capacity", "it=1"), "state --budget too"),
        (("compare", "{desk}", "--budget", "9", "--capacity", "peple=1"), "did you mean `people`"),
        (("compare", "{desk}", "nowhere.yaml"), "nowhere.yaml"),
        (("whatif", "{desk}", "--vary", "driver.efect=1,2"), "has no `efect`; did you mean `effect`"),
        (("whatif", "{desk}", "--vary", "driver.effect"), "expected PATH="),
        (("whatif", "{desk}", "--vary", "driver.effect=1..b:3"), "with numbers"),
        (("whatif", "{desk}", "--vary", "driver.effect=1..2:999"), "2 to 100"),
        (("whatif", "{desk}", "--vary", "pilot.mouths=1,2"), "did you mean `months`"),
        (("diff", "{desk}", "{tmp}"), "there is no result.nc here"),
        (("sensitivity", "{desk}", "--draws", "1000"), "power of two"),
        (("pilot", "{desk}", "--set", "pilot.measures=['ex[front]']"), "unknown staff group"),
        (("pilot", "{desk}", "--set", "pilot.measures=[cx, cx]"), "the same node stands twice"),
        (("pilot", "{desk}", "--set", "pilot.units=0"), "at least one unit is needed"),
        (("pilot", "{desk}", "--set", "pilot.response=140 %"), "pilot.response"),
        (("pilot", "{desk}", "--set", "pilot.control_units=3", "--set", "pilot.control=false"), "no control group"),
    ],
)
def test_bad_input_is_told(run, desk: Path, scenarios: Path, tmp_path: Path, args: tuple, told: str) -> None:
    firm = scenarios / "organisations/nordlicht.yaml"
    filled = [arg.format(desk=desk, firm=firm, tmp=tmp_path) for arg in args]
    code, out, err = run(*filled, "--quiet", *([] if args[0] == "diff" else ["--prior-only"]))
    assert code == 2, err
    assert out == ""
    assert told in err
    assert "Traceback" not in err


def test_a_scenario_without_a_pilot_has_none_to_judge(run, tmp_path: Path, desk: Path, scenarios: Path) -> None:
    file = tmp_path / "plain.yaml"
    text = desk.read_text().replace("organisations/", f"{scenarios}/organisations/")
    lines = [line for line in text.splitlines() if not line.startswith(("pilot:", "extends:"))]
    firm = (scenarios / "organisations/nordlicht.yaml").read_text()
    file.write_text("\n".join(lines) + "\n" + firm)
    code, _, err = run("pilot", file, *FAST)
    assert code == 2
    assert "there is no `pilot`" in err
    assert _json(run("run", file, "--json", *FAST))["recommendation"]["option"] in ("commit", "do_nothing")
    assert _json(run("sensitivity", file, "--json", *FAST))["evpi"]["value"] >= 0


def test_a_picture_is_drawn_where_nothing_travels_along_a_link(run, desk: Path, tmp_path: Path) -> None:
    """What pays directly alone has no graph: paths are drawn in its place, and the answer is printed."""
    picture, out = tmp_path / "paths.svg", tmp_path / "out"
    still = ("--set", "edges={ex -> cx: 0}", "--set", "priors.attrition_ex=0")
    code, told, err = run("explain", desk, *still, *FAST, "--picture", picture, "--out", out)
    assert code == 0, err
    assert "carries" in told or "Shapley" in told
    assert picture.read_text().startswith("<svg")
    assert (out / "explain.svg").exists()
