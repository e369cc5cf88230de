# SPDX-License-Identifier: MIT
"""``evidence pool``, ``priors set``, ``priors diff`` and ``priors elicit``, as a person uses them."""

from __future__ import annotations

import importlib
import json
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from txsim.errors import InputError
from txsim.evidence import read_claims
from txsim.scenario import load, load_beliefs, warnings

ELSEWHERE = ("--where", "elsewhere")
EXPERIMENT = ("--about", "ex -> cx", "--design", "experiment", *ELSEWHERE)


def call(verb: str, *args: str | Path, answers: str = "") -> Result:
    command = importlib.import_module(f"txsim.cli.{verb}").command
    return CliRunner().invoke(command, [str(arg) for arg in args], input=answers)


def refused(verb: str, *args: str | Path) -> str:
    """Return the message of a refusal, which leaves with exit code 2."""
    found = call(verb, *args)
    if isinstance(found.exception, InputError):
        assert found.exception.exit_code == 2
        return str(found.exception)
    assert found.exit_code == 2, found.output
    return found.output


@pytest.fixture
def pilot(scenarios: Path, tmp_path: Path) -> Path:
    for source in scenarios.rglob("*.yaml"):
        target = tmp_path / source.relative_to(scenarios)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(source.read_bytes())
    return tmp_path / "service_desk_pilot.yaml"


CRINS = """study,exp_events,exp_n,ctl_events,ctl_n,comment
Heffron 2003,14,61,15,20,a
Gibelli 2004,16,28,19,28,b
Schuller 2005,3,18,8,12,c
Ganschow 2005,9,54,29,54,d
Spada 2006,4,36,11,36,e
Gras 2008,0,50,3,34,f
"""


def test_pool_prints_and_writes(tmp_path: Path) -> None:
    file = tmp_path / "crins.csv"
    file.write_text(CRINS, "utf-8")
    told = ("--mu-prior", "normal(0, 4)", "--tau-prior", "half_normal(0.5)")
    found = json.loads(call("evidence_pool", file, *told, "--json").output)
    # As printed by Röver, Journal of Statistical Software 93(6), 2020.
    assert found["mu"]["mean"] == pytest.approx(-1.5764365, rel=2e-6)
    assert found["prediction"]["sd"] == pytest.approx(0.5671855, rel=2e-6)
    assert found["classical"]["reml"]["tau"] == pytest.approx(0.4670268, rel=2e-6)
    assert found["measure"] == "log_odds_ratio"
    assert found["ignored"] == ["comment"]
    assert list(found) == [
        "kind", "measure", "grid", "ignored", "level", "interval", "priors", "studies", "mu", "tau", "prediction", "i2",
        "bayes_factors", "log_marginal", "maximum", "classical", "claim", "left_out", "empty", "taken", "units",
    ]  # fmt: skip
    assert list(found["studies"][0]) == ["study", "estimate", "se", "weight", "shrunken", "interval"]
    assert list(found["mu"]) == ["mean", "sd", "median", "mode", "central", "shortest", "p_above_0"]
    text = call("evidence_pool", file, *told).output.replace("\N{NO-BREAK SPACE}", " ")
    assert "Mean over studies  −1.573 (95 %: −2.231 … −0.926)" in text
    assert "Gras 2008" in text
    assert "half_normal(0.5)" in text
    assert "columns comment" in text
    assert max(len(line) for line in text.splitlines()) <= 80
    for kind, start in (("png", b"\x89PNG"), ("svg", b"<svg")):
        picture = tmp_path / f"forest.{kind}"
        assert call("evidence_pool", file, "--plot", picture).exit_code == 0
        assert picture.read_bytes().startswith(start)
    svg = (tmp_path / "forest.svg").read_bytes()
    call("evidence_pool", file, "--plot", tmp_path / "forest.svg")
    assert (tmp_path / "forest.svg").read_bytes() == svg  # the same studies, the same bytes


def test_pooled_claim_conditions_a_scenario(tmp_path: Path, pilot: Path) -> None:
    file, out = tmp_path / "corr.csv", tmp_path / "claim.yaml"
    file.write_text("study;r;n\nA;0.31;80\nB;0.22;150\nC;0.4;60\n", "utf-8")
    args = (file, "--out", out, "--about", "ex -> cx", "--id", "our-studies-2026", "--design", "unit_panel", *ELSEWHERE)
    assert call("evidence_pool", *args).exit_code == 0
    claim = yaml.safe_load(out.read_text("utf-8"))["add"]
    statement = read_claims(claim)["our-studies-2026"].statements[0]
    assert statement.statistic == "correlation"
    assert 0.2 < statement.value < 0.4
    assert statement.spread is not None
    assert statement.spread > 0
    pilot.write_text(pilot.read_text("utf-8") + yaml.safe_dump({"evidence": {"add": claim}}), "utf-8")
    scored = {each.id: each for each in load(pilot).selection().claims}
    assert scored["our-studies-2026"].statements[0].se == pytest.approx(statement.se)


def test_what_pool_writes_is_what_evidence_reads(tmp_path: Path, pilot: Path) -> None:
    file, out = tmp_path / "corr.csv", tmp_path / "claims.yaml"
    file.write_text("study;r;n\nA;0.31;80\nB;0.22;150\n", "utf-8")
    args = (file, "--out", out, "--about", "ex -> cx", "--design", "cross_section", *ELSEWHERE)
    assert call("evidence_pool", *args, "--id", "ours").exit_code == 0
    out.write_text(out.read_text("utf-8").replace("add:", "add:  # by Ada"), "utf-8")
    assert call("evidence_pool", *args, "--id", "theirs").exit_code == 0  # a second one joins the first
    assert "# by Ada" in out.read_text("utf-8")
    assert "has a claim `ours` already" in refused("evidence_pool", *args, "--id", "ours")
    scored = {each.id: each for each in load(pilot, evidence=out).selection().claims}
    written = yaml.safe_load(out.read_text("utf-8"))["add"]
    for name in ("ours", "theirs"):
        said = written[name]["statements"][0]
        found = scored[name].statements[0]
        assert (found.value, found.se, found.spread) == (said["value"], said["se"], said["spread"])
        assert 0.22 < said["value"] < 0.31  # between what both studies say


def test_one_study_is_one_study(tmp_path: Path) -> None:
    # 12 branches: 1/√(12 − 3), and the spread of a cross-section, .12; no prior of a spread on top of it
    file, out = tmp_path / "one.csv", tmp_path / "one.yaml"
    file.write_text("study,r,n\nbranches,0.4,12\n", "utf-8")
    args = ("--about", "ex -> cx", "--id", "one")
    assert call("evidence_pool", file, "--out", out, *args, "--design", "cross_section", *ELSEWHERE).exit_code == 0
    scored = {each.id: each for each in load_beliefs(evidence=out).selection().claims}
    assert scored["one"].statements[0].sd == pytest.approx(math.hypot(1 / 3, 0.12), abs=1e-4)
    # a trial: an error of .23 on the logarithm and the .25 of a design
    file.write_text("study,estimate,se\ntrial,0.4,0.092\n", "utf-8")
    out.unlink()
    units = ("--unit", "index", "--per", "1", "--per-unit", "index")
    assert call("evidence_pool", file, "--out", out, *args, "--design", "experiment", *ELSEWHERE, *units).exit_code == 0
    scored = {each.id: each for each in load_beliefs(evidence=out).selection().claims}
    assert scored["one"].statements[0].sd == pytest.approx(math.hypot(0.23, 0.25), abs=1e-4)


def test_pooled_harm_and_pooled_nothing_are_claims(tmp_path: Path) -> None:
    units = ("--unit", "nps", "--per", "1", "--per-unit", "stars", *EXPERIMENT)
    for i, (first, second) in enumerate(((-9.0, -10.0), (-1.0, 1.1))):
        file, out = tmp_path / "s.csv", tmp_path / f"{i}.yaml"
        file.write_text(f"study,estimate,se\nA,{first},0.9\nB,{second},0.9\n", "utf-8")
        tau = ("--tau-prior", "half_normal(0.3)")
        assert call("evidence_pool", file, "--out", out, *units, *tau).exit_code == 0
        said = yaml.safe_load(out.read_text("utf-8"))["add"]["pooled-studies"]
        statement = said["statements"][0]
        assert statement["transform"] == "natural"
        # 2 NPS points are one of the index, 2 of that index are one of a mean score; a star is 25
        assert statement["value"] == pytest.approx((first + second) / 2 / 4 / 25, rel=1e-3)
        assert said.get("null", False) is (i == 1)
        assert (statement["spread"] == 0) is (i == 1)  # of what may be nothing no relative spread
        scored = {each.id: each for each in load_beliefs(evidence=out).selection().claims}
        assert scored["pooled-studies"].statements[0].transform == "natural"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("study,r,n\nA,0.3,100\nB,x,50\n", [":3:3", "row 3, column r", "`x` is not a number"]),
        ("study,r,n\nA,1.3,100\n", [":2:3", "between -1 and 1"]),
        ("study,r,n\nA,0.3\n", ["row 2", "2 cells, but the header has 3"]),
        ("study,r,n\nA,0.3,3\n", [":2:7", "more than 3 observations"]),
        ("study,estimat,se\nA,0.3,1\n", ["`estimat` (estimate?)"]),
        ("study,estimate,se\nA,0.3,0\n", ["column se", "must be above 0"]),
        ("study,estimate,se\nA,0.3,\n", ["column se", "the cell is empty"]),
        ("study,estimate,se\nA,inf,1\n", ["finite"]),
        ("study,events1,n1,events2,n2\nA,5,4,1,10\n", ["column events1", "between 0 and n"]),
        ("study,events1,n1,events2,n2\nA,0,4,0,10\n", ["both arms have no event"]),
        ("study,y,yi,se\nA,1,2,3\n", ["both hold estimate"]),
        ("study,estimate,low,high\nA,1,2,3\n", ["must lie inside"]),
        ("study,r,n\n", ["there is no study"]),
        ("", ["the file is empty"]),
    ],
)
def test_broken_studies_are_told_by_row_and_column(tmp_path: Path, text: str, words: list[str]) -> None:
    file, out = tmp_path / "s.csv", tmp_path / "c.yaml"
    file.write_text(text, "utf-8")
    told = refused("evidence_pool", file, "--out", out, "--about", "ex -> cx", "--design", "cross_section", *ELSEWHERE)
    for word in words:
        assert word in told
    assert not out.exists()


def test_pool_refuses_impossible_wishes(tmp_path: Path) -> None:
    file = tmp_path / "s.csv"
    file.write_text("study,estimate,se\nA,-0.3,0.1\nB,-0.2,0.1\n", "utf-8")
    assert "did you mean `half_normal`" in refused("evidence_pool", file, "--tau-prior", "half_norml(1)")
    assert "expected uniform, normal(0, 4)" in refused("evidence_pool", file, "--mu-prior", "norm(0,1)")
    assert "too few for the prior uniform" in refused("evidence_pool", file, "--tau-prior", "uniform")
    assert "did you mean `correlation`" in refused("evidence_pool", file, "--measure", "correlatoin")
    assert "missing: r, n" in refused("evidence_pool", file, "--measure", "correlation")
    claim = (file, "--out", tmp_path / "c.yaml", "--design", "cross_section", *ELSEWHERE)
    assert "missing: unit, per, per_unit" in refused("evidence_pool", *claim, "--about", "ex -> cx")
    units = ("--unit", "index", "--per", "1", "--per-unit", "index")
    assert "`a -> b`" in refused("evidence_pool", *claim, "--about", "ex", *units)
    assert "needs --design" in refused("evidence_pool", file, "--out", tmp_path / "c.yaml", "--about", "ex -> cx")
    assert "needs --about" in refused("evidence_pool", file, "--out", tmp_path / "c.yaml")
    assert "use .png, .svg" in refused("evidence_pool", file, "--plot", tmp_path / "x.pdf")
    assert "no such file" in refused("evidence_pool", tmp_path / "sx.csv")
    assert not (tmp_path / "c.yaml").exists()


def test_pool_of_means(tmp_path: Path) -> None:
    file = tmp_path / "m.csv"
    file.write_text("study,mean1,sd1,n1,mean2,sd2,n2\nA,12,4,40,10,5,45\nB,11,3,30,10,4,30\n", "utf-8")
    plain = json.loads(call("evidence_pool", file, "--json").output)
    assert plain["studies"][0]["estimate"] == 2
    assert plain["studies"][0]["se"] == pytest.approx((16 / 40 + 25 / 45) ** 0.5)
    found = json.loads(call("evidence_pool", file, "--measure", "standardised_mean_difference", "--json").output)
    assert found["studies"][0]["estimate"] == pytest.approx(0.4350, abs=2e-3)
    assert found["priors"]["tau"] == "half_normal(0.5)"


def test_set_says_what_it_did(pilot: Path) -> None:
    before = pilot.read_text("utf-8")
    told = ("ex_cx", pilot, "--quantiles", "0.05=0.1,0.5=0.4,0.95=1.2", "--by", "workshop", "--why", "they know")
    text = call("priors_set", *told).output
    assert "Before  0.3 ×/÷ 7.5" in text
    assert "from the catalogue" in text
    assert "workshop" in text
    assert "+10 index points of EX give +3.94 points of CX" in text
    after = pilot.read_text("utf-8")
    assert after.startswith(before.rstrip("\n")) or all(line in after for line in before.splitlines())
    found = json.loads(
        call("priors_set", "copy", pilot, "--interval", "0.1,0.7", "--by", "a", "--why", "b", "--json").output
    )
    assert found["family"] == "beta"
    assert found["now"]["p05"] == pytest.approx(0.1, rel=1e-6)
    assert list(found) == [
        "kind", "file", "name", "unit", "meaning", "before", "catalogue", "now", "family", "misfit", "prediction", "by",
        "why", "date", "beside", "warnings", "units", "messages",
    ]  # fmt: skip
    call("priors_set", "churn_cx", pilot, "--median", "0.02", "--factor", "3", "--by", "a", "--why", "b")
    call("priors_set", "reach", pilot, "--value", "1.5", "--by", "a", "--why", "b", "--date", "2026-01-31")
    call(
        "priors_set",
        "cx_ex",
        pilot,
        "--value",
        "0.1",
        "--by",
        "a",
        "--why",
        "b",
        "--already-uses",
        "sears-1998,koys-2001",
    )
    beliefs = load(pilot).beliefs
    assert beliefs["cx_ex"].already_uses == ("sears-1998", "koys-2001")
    assert set(beliefs) == {"ex_cx", "copy", "churn_cx", "reach", "cx_ex"}
    assert beliefs["reach"].date == "2026-01-31"
    assert {"priors.reach", "priors.cx_ex"} <= set(load(pilot).fixed_by_author)


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["ex_xc", "--value", "1"], ["did you mean `ex_cx`", "known: ex_cx"]),
        (["delivery", "--value", "1"], ["drawn with each driver"]),
        (["ex_cx", "--quantiles", "0.05=1,0.5=0.4"], ["--quantiles", "values must rise"]),
        (["ex_cx", "--quantiles", "0.95=1,0.5=2,0.05=0.4"], ["values must rise"]),
        (["ex_cx", "--quantiles", "0.5=1,0.5=2"], ["stands twice"]),
        (["ex_cx", "--quantiles", "5=0.1,50=.4"], ["for 5 % write 0.05"]),
        (["ex_cx", "--quantiles", "0.05:1"], ["expected probability=value"]),
        (["ex_cx", "--quantiles", "0.05=a,0.5=2"], ["expected two numbers"]),
        (
            ["ex_cx", "--quantiles", "0.05=.1,0.5=4,.95=4.1"],
            ["no lognormal goes through these values", "family: split_lognormal"],
        ),
        (["copy", "--interval", "0.2,1.4"], ["--interval  ", "1.4 is outside", "write 1.4 % or 0.014"]),
        (["churn_cx", "--interval=-1,3"], ["lies outside what is possible"]),
        (["churn_cx", "--value", "-0.01"], ["at least 0", "leave the minus out"]),
        (["churn_cx", "--interval=-0.02,-0.01"], ["at least 0", "leave the minus out"]),
        (["ex_cx", "--quantiles", "0.05=0.1,0.25=0.2"], ["above 0.6"]),
        (["ex_cx", "--quantiles", "0.6=0.2,0.95=0.6"], ["below 0.4"]),
        (["ex_cx", "--interval", "3,1"], ["goes from low to high"]),
        (["ex_cx", "--interval", "3"], ["2 numbers are needed, found 1"]),
        (["ex_cx", "--value", "1e20"], ["at most 1e15"]),
        (["ex_cx", "--value", "nan"], ["finite"]),
        (["ex_cx", "--median", "2", "--factor", "0.5"], ["must be above 1"]),
        (["ex_cx", "--median", "2"], ["belong together"]),
        (["ex_cx"], ["say it in one way"]),
        (["ex_cx", "--value", "1", "--interval", "1,2"], ["say it in one way"]),
        (["ex_cx", "--interval", "1,2", "--family", "lognormall"], ["did you mean `lognormal`"]),
        (["ex_cx", "--value", "1", "--date", "yesterday"], ["expected a date"]),
        (
            ["ex_cx", "--value", "1", "--already-uses", "sears-1989"],
            ["did you mean `sears-1998`", "service_desk_pilot.yaml:"],
        ),
    ],
)
def test_set_refuses_and_leaves_the_file(pilot: Path, args: list[str], words: list[str]) -> None:
    before = pilot.read_bytes()
    told = refused("priors_set", args[0], pilot, *args[1:], "--by", "a", "--why", "b")
    for word in words:
        assert word in told
    assert pilot.read_bytes() == before


def test_set_needs_author_and_reason_and_a_file(pilot: Path, tmp_path: Path) -> None:
    assert "--by" in refused("priors_set", "ex_cx", pilot, "--value", "1", "--why", "b")
    assert "--why" in refused("priors_set", "ex_cx", pilot, "--value", "1", "--by", "b")
    assert "no such file" in refused(
        "priors_set", "ex_cx", tmp_path / "x.yaml", "--value", "1", "--by", "a", "--why", "b"
    )
    broken = tmp_path / "broken.yaml"
    broken.write_text("a: [1\n", "utf-8")
    assert "broken.yaml:1" in refused("priors_set", "ex_cx", broken, "--value", "1", "--by", "a", "--why", "b")
    assert broken.read_text("utf-8") == "a: [1\n"


def test_diff_of_two_files(pilot: Path, tmp_path: Path) -> None:
    call("priors_set", "ex_cx", pilot, "--value", "0.2", "--by", "Cy", "--why", "fixed")
    pack = tmp_path / "ours.yaml"
    pack.write_text("title: Ours\npriors:\n  cx_ex: {median: 0.1, factor: 2, by: Di}\n", "utf-8")
    found = json.loads(call("priors_diff", pilot, pack, "--json").output)
    assert list(found) == ["kind", "a", "b", "parameters", "agreeing", "units", "messages"]
    rows = {row["name"]: row for row in found["parameters"]}
    assert [row["name"] for row in found["parameters"]][:2] == ["ex_cx", "cx_ex"]
    assert {name for name, row in rows.items() if row["differs"]} == {"ex_cx", "cx_ex"}
    assert rows["ex_cx"]["a"]["by"] == "Cy"
    assert rows["ex_cx"]["b"]["source"] == "catalogue"
    assert rows["cx_ex"]["median_ratio"] == pytest.approx(0.1 / 0.12)
    assert list(rows["ex_cx"]) == ["name", "unit", "meaning", "differs", "a", "b", "median_ratio"]
    assert list(rows["ex_cx"]["a"]) == ["median", "p05", "p95", "text", "source", "by", "why", "date"]
    text = call("priors_diff", pilot, pack).output
    assert "2 of" in text
    assert "b is 1.5 times a" in text
    assert "ux_ex" not in text
    assert "ux_ex" in call("priors_diff", pilot, pack, "--all").output
    assert "0 of" in call("priors_diff", pilot, pilot).output
    pack.write_text("priors:\n  ex_xc: 3\n", "utf-8")
    assert "ours.yaml:2:3" in refused("priors_diff", pilot, pack)
    pack.write_text("priors:\n  copy: 3\n", "utf-8")
    assert "beyond what is possible" in refused("priors_diff", pilot, pack)


SHEET = """by: Ada
date: 2026-11-20
parameters:
  ex_cx:
    why: the shop floor knows its customers
    pool: linear
    experts:
      - {name: Ben, quartiles: [0.1, 0.2, 0.4]}
      - {name: Cy, chips: {bounds: [0, 0.1, 0.2, 0.4, 0.8], counts: [2, 5, 4, 1]}, weight: 2}
      - {name: Di, quantiles: {0.05: 0.02, 0.5: 0.2, 0.95: 0.9}}
  copy:
    experts: [{name: Ben, quartiles: [0.2, 0.3, 0.42]}]
"""


def test_elicit_tells_what_check_warns_of_since_then(pilot: Path, tmp_path: Path) -> None:
    """Twenty in place of twenty thousand: the pilot then costs more than the whole, which no single belief shows."""
    sheet = tmp_path / "sheet.yaml"
    sheet.write_text("parameters: {service_desk.one_off: {experts: [{quartiles: [15, 20, 30]}]}}", "utf-8")
    clean = [warning.message for warning in warnings(load(pilot))]
    assert json.loads(call("priors_elicit", pilot, "--from", sheet, "--dry-run", "--json").output)["warnings"] == []
    told = json.loads(call("priors_elicit", pilot, "--from", sheet, "--json").output)["warnings"]
    assert told == [str(each.message) for each in warnings(load(pilot)) if each.message not in clean]
    assert [each for each in told if "costs more at once" in each]


def test_elicit_from_a_file(pilot: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "answers.yaml"
    sheet.write_text(SHEET, "utf-8")
    before = pilot.read_bytes()
    dry = json.loads(call("priors_elicit", pilot, "--from", sheet, "--dry-run", "--json").output)
    assert pilot.read_bytes() == before
    assert dry["written"] is False
    found = json.loads(call("priors_elicit", pilot, "--from", sheet, "--json").output)
    one, two = found["parameters"]
    assert [expert["name"] for expert in one["experts"]] == ["Ben", "Cy", "Di"]
    assert one["pool"] == "linear"
    assert two["pool"] is None
    assert two["prior"]["family"] == "beta"
    assert one["fits"]
    assert one["misfit"] < 0.05
    # The pool's median lies between the experts', weighed.
    assert 0.15 < one["pooled_quantiles"]["0.5"] < 0.22
    beliefs = load(pilot).beliefs
    assert beliefs["ex_cx"].by == "Ben, Cy, Di (asked by Ada)"
    assert beliefs["ex_cx"].date == "2026-11-20"
    assert "3 experts, linear pool" in beliefs["ex_cx"].why
    assert "by quartiles" in beliefs["copy"].why
    assert list(found) == ["kind", "file", "written", "date", "parameters", "warnings", "units", "messages"]
    assert list(one) == [
        "name", "unit", "meaning", "experts", "pool", "pooled_quantiles", "prior", "misfit", "fits", "prediction", "by",
        "why", "density", "density_ends", "beside", "doubt",
    ]  # fmt: skip
    text = call("priors_elicit", pilot, "ex_cx", "--from", sheet).output
    assert "one chance in twenty below" in text
    assert "Cy" in text
    assert "copy" not in text


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("[0.1, 0.2, 0.4]", "[0.1, 0.4, 0.2]", [":8:32", "values must rise"]),
        ("[0.1, 0.2, 0.4]", "[0.1, 0.4]", ["expected 3 values, found 2"]),
        ("[0.1, 0.2, 0.4]", "[-0.1, 0.2, 0.4]", ["outside what is possible"]),
        ("[0.2, 0.3, 0.42]", "[0.2, 0.3, 1.4]", ["outside what is possible, 0 … 1"]),
        ("[0.1, 0.2, 0.4]", "[a, 0.2, 0.4]", ["expected a number"]),
        ("pool: linear", "pool: lineer", ["did you mean `linear`"]),
        ("copy:", "cpoy:", ["did you mean `copy`"]),
        ("weight: 2", "wieght: 2", ["did you mean `weight`"]),
        ("weight: 2", "weight: 0", ["a weight is above 0"]),
        ("counts: [2, 5, 4, 1]", "counts: [2, 5, 4]", ["one more bound than bins"]),
        ("counts: [2, 5, 4, 1]", "counts: [0, 5, 4, 0]", ["three bins"]),
        ("0.5: 0.2, ", "", []),
        ("quartiles: [0.2, 0.3, 0.42]", "interval: [0.2, 0.5]", ["`most_likely` is needed"]),
        ("quartiles: [0.2, 0.3, 0.42]", "interval: [0.2, 0.5], most_likely: 0.6", ["must lie inside"]),
        ("{name: Ben, quartiles: [0.2, 0.3, 0.42]}", "{name: Ben}", ["found none"]),
        ("{0.05: 0.02, 0.5: 0.2, 0.95: 0.9}", "{0.05: 0.02, 0.3: 0.021, 0.95: 0.9, 0.6: 0.022}", ["misses"]),
        ("[0.2, 0.3, 0.42]", "[0.2, 0.201, 0.9]", []),  # no usual family; a spline goes through all three
    ],
)
def test_a_faulty_sheet_is_told_by_line(pilot: Path, tmp_path: Path, old: str, new: str, words: list[str]) -> None:
    sheet = tmp_path / "answers.yaml"
    assert old in SHEET
    sheet.write_text(SHEET.replace(old, new, 1), "utf-8")
    before = pilot.read_bytes()
    if not words:  # unusual, and possible
        assert call("priors_elicit", pilot, "--from", sheet).exit_code == 0
        return
    told = refused("priors_elicit", pilot, "--from", sheet)
    assert "answers.yaml:" in told
    for word in words:
        assert word in told
    assert pilot.read_bytes() == before


def test_interview_can_be_left_and_taken_up(pilot: Path, tmp_path: Path) -> None:
    """Nothing said is lost by `quit`, by end of input or by `back`; the file is written at the end only."""
    before = pilot.read_bytes()
    state = tmp_path / "state"
    first = call("priors_elicit", pilot, "ex_cx", "--state", state,
                 answers="2\nBen\nquartiles\n0.2\n3,000\n0.3\n?\n0.1\nback\n0.12\n0.4\n\nyes\nquit\n")  # fmt: skip
    assert first.exit_code == 0
    assert "Stopped after 8 answers" in " ".join(first.output.split())
    for words in (
        "0.1 would mean: +10 index points of EX give +1 points of CX",
        "write 3 or 3000",
        "lies below the median",
        "one chance in four",
        "misses",
    ):
        assert words in " ".join(first.output.split())
    assert pilot.read_bytes() == before
    # The input ends in the middle of an answer: what was said before is kept.
    second = call("priors_elicit", pilot, "ex_cx", "--state", state, answers="Cy\nchips\n")
    assert second.exit_code == 1
    assert "goes on here" in second.output
    assert "Stopped after 10 answers" in second.output
    assert pilot.read_bytes() == before
    other = refused("priors_elicit", pilot, "cx_ex", "--state", state)
    assert "about ex_cx" in other
    assert "--fresh" in other
    said = "0 0.1 0.2 0.4 0.8 1.6\n2 5 6 4\n2 5 6 4 1\n1\nyes\nprecision\n\nthey said so\nyes\n"
    saved = tmp_path / "saved.yaml"
    third = call("priors_elicit", pilot, "ex_cx", "--state", state, "--save", saved, answers=said)
    assert third.exit_code == 0
    assert "5 numbers are needed, found 4" in " ".join(third.output.split())
    assert not state.exists()
    belief = load(pilot).beliefs["ex_cx"]
    assert belief.by == "Ben, Cy"
    assert belief.why.startswith("they said so; 2 experts, precision pool")
    # The answers that were saved give the same prior without a terminal.
    again = pilot.with_name("again.yaml")
    again.write_bytes(before)
    assert call("priors_elicit", again, "--from", tmp_path / "saved.yaml").exit_code == 0
    assert load(again).beliefs["ex_cx"].prior == belief.prior


def test_a_killed_interview_loses_nothing(pilot: Path, tmp_path: Path) -> None:
    """The process is killed while it waits: every answer before is on disk, and the interview goes on."""
    state, before = tmp_path / "state", pilot.read_bytes()
    code = "from txsim.cli.priors_elicit import command; command()"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(pilot), "ex_cx", "--state", str(state)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("1\nBen\nquartiles\n0.2\n0.12\n")
        process.stdin.flush()
        shown = ""
        while "If it is above the median" not in shown:
            shown += process.stdout.read(1)
        process.kill()
    assert pilot.read_bytes() == before
    found = call("priors_elicit", pilot, "ex_cx", "--state", state, answers="0.4\nyes\n\n\nyes\n")
    assert found.exit_code == 0, found.output
    assert "after 5 answers" in found.output
    assert load(pilot).beliefs["ex_cx"].by == "Ben"


def test_interview_asks_anew_where_feedback_is_refused(pilot: Path, tmp_path: Path) -> None:
    state = tmp_path / "state"
    answers = "1\nBen\nquartiles\n0.2\n0.1\n0.4\nno\ninterval\n90\n0.1\n0.9\n0.2\nyes\nlognormal\n\nno\n"
    answers += "1\nCy\nquartiles\n2\n1\n4\nyes\nbest\n\nyes\n"
    found = call("priors_elicit", pilot, "ex_cx", "--state", state, answers=answers)
    assert found.exit_code == 0, found.output
    belief = load(pilot).beliefs["ex_cx"]
    assert belief.by == "Cy"
    assert belief.prior.family == "lognormal"
    assert "by quartiles" in belief.why


def test_interview_over_several_parameters_and_a_broken_state(pilot: Path, tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.write_text("nonsense: [", "utf-8")
    assert "cannot be read" in refused("priors_elicit", pilot, "copy", "--state", state)
    answers = "1\nBen\nquartiles\n0.3\n0.2\n1.4\n0.42\nyes\n\n\nyes\n"
    answers += "1\nBen\nquartiles\n2\n1\n3.5\nyes\n\n\nyes\n"
    found = call("priors_elicit", pilot, "copy", "lag_tools", "--state", state, "--fresh", answers=answers)
    assert found.exit_code == 0, found.output
    assert "1.4 is outside what is possible, 0 … 1" in found.output
    beliefs = load(pilot).beliefs
    assert beliefs["copy"].prior.family == "beta"
    assert set(beliefs) == {"copy", "lag_tools"}
    assert "name one at least" in refused("priors_elicit", pilot)
    assert "did you mean `ex_cx`" in refused("priors_elicit", pilot, "ex_xc")
    assert "--json needs --from" in refused("priors_elicit", pilot, "ex_cx", "--json")


def test_a_study_of_another_scale_is_not_pooled(tmp_path: Path) -> None:
    file, out = tmp_path / "s.csv", tmp_path / "c.yaml"
    file.write_text("study,mean1,sd1,n1,mean2,sd2,n2\nA,4.2,.9,120,4.0,.8,110\nB,4.1,8,80,38,.9,90\n", "utf-8")
    claim = (file, "--out", out, *EXPERIMENT, "--per", "10", "--per-unit", "index")
    told = refused("evidence_pool", *claim, "--unit", "stars")
    assert "row 3, column sd1" in told
    assert "row 3, column mean2" in told
    assert "38 is impossible on the scale stars, 1 … 5" in told
    assert "row 2" not in told
    assert not out.exists()
    # all could be points of 0 … 100, but no answers of people lie that close together
    assert "a standard deviation of 0.9 among 120: a standard error?" in refused(
        "evidence_pool", *claim, "--unit", "index"
    )
    file.write_text("study,mean1,sd1,n1,mean2,sd2,n2\nA,42,19,120,40,18,110\nB,41,18,80,38,19,90\n", "utf-8")
    assert call("evidence_pool", *claim, "--unit", "index").exit_code == 0


def test_what_a_pooled_correlation_cannot_use_is_refused(tmp_path: Path) -> None:
    file, out = tmp_path / "s.csv", tmp_path / "c.yaml"
    file.write_text("study,r,n\nA,0.3,120\nB,0.2,80\n", "utf-8")
    claim = (file, "--out", out, "--about", "ex -> cx", "--design", "cross_section", *ELSEWHERE)
    assert "`unit` plays no part" in refused("evidence_pool", *claim, "--unit", "nps")
    assert not out.exists()
    assert call("evidence_pool", *claim).exit_code == 0
