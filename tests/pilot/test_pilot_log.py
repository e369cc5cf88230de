# SPDX-License-Identifier: MIT
"""A pilot has run: its log in the scenario, forecasts that start from it, and the rule saved before it."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from scipy import stats

import txsim
from txsim.cli.main import cli
from txsim.decide.comparison import compare
from txsim.decide.waterfall import scenario_of
from txsim.errors import InputError
from txsim.forecast import forecast
from txsim.forecast.pilot_evidence import log_reading
from txsim.pilot.scenario_record import Record, record_of
from txsim.pilot.update import update
from txsim.scenario.pilot_log import PilotReading, log_beside, read_log

DRIVER = """
drivers:
  - name: service_desk
    pushes: [{node: ex, group: front_line, effect: {median: 9, factor: 1.8}, scale: enps, months: 6}]
    one_off: 160000
    monthly: 1400
pilot: {months: 6, scope: 40 %, one_off: 5000, monthly: 400, reusable: 0.4,
  respondents: 400, units: 30, control: true, wave_correlation: 0.7, cost_per_response: 6}
evidence: {use: none}
"""


def measured(path: Path, effect: float, seed: int = 0, units: int = 30) -> Path:
    """Write a pilot: half of the units rise by some eNPS points, each moves by itself with sd 1."""
    rng = np.random.default_rng(seed)
    lines = ["unit,period,treated,post,enps"]
    for i in range(units):
        level = rng.normal(20, 8)
        for post in (0, 1):
            value = level + effect * post * (i % 2) + rng.normal(0, 2)
            lines.append(f"u{i},2024-0{post + 1},{i % 2},{post},{value:.2f}")
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture
def firm(tmp_path: Path, scenarios: Path) -> Path:
    shutil.copytree(scenarios / "organisations", tmp_path / "organisations")
    (tmp_path / "desk.yaml").write_text(f"extends: organisations/nordlicht.yaml\n{DRIVER}")
    return tmp_path


def named(firm: Path, name: str = "after.yaml", log: str = "desk.pilots.jsonl") -> Path:
    path = firm / name
    path.write_text((firm / "desk.yaml").read_text() + f"pilots: {log}\n")
    return path


def run(*args: str) -> Any:
    return CliRunner().invoke(cli, list(args), catch_exceptions=True)


@pytest.mark.slow
def test_a_forecast_starts_from_what_the_pilot_left(firm: Path) -> None:
    plain = forecast(txsim.load(firm / "desk.yaml"))
    told = update(txsim.load(firm / "desk.yaml"), measured(firm / "p.csv", 4.0)).to_json()
    assert told["node"] == "ex[front_line]"
    assert told["log"]["line"] == "pilots: desk.pilots.jsonl"
    after = forecast(txsim.load(named(firm)))
    for option in ("commit", "pilot_scale"):
        mean, error = (after.summary().to_json()["options"][option]["npv"][key] for key in ("mean", "mcse"))
        expected = told["npv"][option]["posterior"]["mean"]
        assert mean == pytest.approx(expected, abs=4 * error)
        assert abs(mean - plain.npv(option).mean()) > 4 * error  # and it did move
    pilots = after.summary().to_json()["pilots"]
    assert pilots["counted"] == 1
    assert pilots["effective_draws"] > 1000
    # the next update starts there too, and does not count the log twice
    again = update(txsim.load(firm / "after.yaml"), measured(firm / "q.csv", 4.0, seed=1), log=False).to_json()
    once = update(txsim.load(firm / "desk.yaml"), measured(firm / "q.csv", 4.0, seed=1), log=False).to_json()
    assert again["effect"]["prior"] == once["effect"]["prior"]
    second = update(txsim.load(firm / "after.yaml"), firm / "q.csv", again=False).to_json()
    assert second["log"]["entry"] == 2
    assert second["effect"]["prior"]["median"] == pytest.approx(told["effect"]["posterior"]["median"], rel=0.02)
    assert forecast(txsim.load(firm / "after.yaml")).summary().to_json()["pilots"]["counted"] == 2


@pytest.mark.slow
def test_weights_are_bayes(firm: Path) -> None:
    """Resampled draws have the moments of all draws under the likelihood's weights."""
    update(txsim.load(firm / "desk.yaml"), measured(firm / "p.csv", 4.0), draws=1024)
    after = forecast(txsim.load(named(firm)), draws=8192)
    wide = forecast(txsim.load(firm / "desk.yaml"), draws=65536, trajectories=True)
    reading = txsim.load(firm / "after.yaml").pilots.entries[0]  # type: ignore[union-attr]
    weight = np.exp(log_reading(reading, wide.outcome.by_month("commit", "ex[front_line]")[:6].mean(axis=0)))
    weight /= weight.sum()
    for name in ("service_desk.delivery", "lag_people", "ex_cx"):
        all_draws, kept = ({**found.drawn.quantities, **found.drawn.parameters} for found in (wide, after))
        expected = float(weight @ np.log(all_draws[name]))
        spread = float(np.log(all_draws[name]).std())
        assert np.log(kept[name]).mean() == pytest.approx(expected, abs=0.06 * spread), name


def test_same_bits_and_the_hash_knows_the_log(firm: Path) -> None:
    update(txsim.load(firm / "desk.yaml"), measured(firm / "p.csv", 4.0), draws=512)
    first = txsim.load(named(firm))
    one, two = (forecast(first, draws=512, workers=workers).npv("commit") for workers in (1, 2))
    assert np.array_equal(one, two)
    assert first.hash != txsim.load(firm / "desk.yaml").hash
    update(first, measured(firm / "q.csv", 4.0, seed=1), draws=512, again=False)
    assert txsim.load(firm / "after.yaml").hash != first.hash
    # a result holds what the pilots measured, and can be read again without the file
    content = json.loads(json.dumps(first.content))
    assert len(content["pilots"]["entries"]) == 1
    assert scenario_of(content).pilots == first.pilots


def test_scenarios_are_compared_after_the_same_pilot(firm: Path) -> None:
    """A pilot is a fact for all that are compared, and teaches each pilot once."""
    update(txsim.load(firm / "desk.yaml"), measured(firm / "p.csv", 4.0), draws=512)
    both = {"a": txsim.load(named(firm)), "b": txsim.load(named(firm, "again.yaml"))}
    found = compare(both, draws=512)
    assert found.entries[0].drawn.learned is not None
    assert found.entries[0].drawn.learned.entries == 1
    other = firm / "other.yaml"
    other.write_text((firm / "desk.yaml").read_text().replace("one_off: 160000", "one_off: 80000"))
    mixed = compare({"a": both["a"], "c": txsim.load(other)}, draws=512)
    same = [entry.drawn.parameters["ex_cx"] for entry in mixed.entries]
    assert np.array_equal(*same)


@pytest.mark.parametrize(
    ("log", "message"),
    [
        ("none.jsonl", "there is no file"),
        ("../x.jsonl", "outside"),
        ("empty.jsonl", "holds no pilot"),
        ("bad.jsonl", "no entry of a log"),
        ("''", "expected the name of a log"),
        ("{file: desk.pilots.jsonl, node: ex}", "unknown key"),
    ],
)
def test_logs_that_cannot_be_used_are_refused(firm: Path, log: str, message: str) -> None:
    (firm / "empty.jsonl").write_text("\n")
    (firm / "bad.jsonl").write_text('{"likelihood": {"node": "ex", "points": 1, "error": -1, "degrees": 3}}\n')
    with pytest.raises(InputError, match=message) as caught:
        txsim.load(named(firm, log=log))
    assert caught.value.problems[0].line is not None


def test_the_pilot_of_another_driver_is_refused(firm: Path) -> None:
    update(txsim.load(firm / "desk.yaml"), measured(firm / "p.csv", 4.0), draws=512)
    path = named(firm)
    path.write_text(path.read_text().replace("service_desk", "coaching"))
    with pytest.raises(InputError, match="ran the driver `service_desk`"):
        forecast(txsim.load(path), draws=512)


def test_commands_say_whether_they_know_of_the_log(firm: Path) -> None:
    scenario = str(firm / "desk.yaml")
    told = run("update", scenario, str(measured(firm / "p.csv", 4.0)), "--draws", "512", "--quiet")
    assert "pilots: desk.pilots.jsonl" in " ".join(told.output.split())
    blind = run("run", scenario, "--draws", "512", "--quiet")
    assert "know nothing of it" in " ".join(blind.output.split())
    for verb in ("pilot", "compare"):
        assert "know nothing of it" in run(verb, scenario, "--draws", "256").output
    path = str(named(firm))
    assert "updated with your pilot" in run("run", path, "--draws", "512", "--quiet").output
    found = json.loads(run("run", path, "--draws", "512", "--quiet", "--json").stdout)
    assert set(found["pilots"]) == {"file", "counted", "readings", "effective_draws"}
    for verb in ("pilot", "compare", "sensitivity", "explain"):
        done = run(verb, path, "--draws", "512", "--quiet")
        assert done.exit_code == 0, (verb, done.output, done.exception)


def test_a_batch_has_the_same_figures(firm: Path) -> None:
    import pyarrow.dataset

    update(txsim.load(firm / "desk.yaml"), measured(firm / "p.csv", 4.0), draws=512)
    path = named(firm)
    done = run("batch", str(path), "--out", str(firm / "out"), "--draws", "512", "--workers", "1")
    assert done.exit_code == 0, done.output
    dataset: Any = pyarrow.dataset
    table = dataset.dataset(str(firm / "out" / "results")).to_table().to_pandas()
    row = table[(table["option"] == "commit") & (table["metric"] == "npv")].iloc[0]
    alone = forecast(txsim.load(path), draws=512)
    assert row["mean"] == pytest.approx(float(alone.npv("commit").mean()), rel=1e-12)


@pytest.mark.parametrize(("factor", "asked"), [("4", "threshold"), ("1.8", "overrun_limit")])
def test_rule_of_the_pilot_decides_to_the_end(firm: Path, factor: str, asked: str) -> None:
    """A rule that asks for the survey, and one that asks for the bills and refuses to decide before they are told."""
    scenario = firm / "desk.yaml"
    scenario.write_text(scenario.read_text().replace("factor: 1.8", f"factor: {factor}"))
    made = run("pilot", str(scenario), "--draws", "4096", "--quiet", "--out", str(firm / "rule"))
    assert made.exit_code == 0, made.output
    rule = firm / "rule" / "rule.json"
    saved = json.loads(rule.read_text())
    stated = saved.get("stated", saved)  # the pilot that is updated is the one that the scenario states
    told = stated["rule_details"]
    threshold, limit = told["threshold"], told["overrun_limit"]
    assert told[asked] is not None  # else this tests nothing
    assert f"{round(100 * told['p_scale'])} of 100 pilots" in stated["rule"]
    survey, bills = 0.0 if threshold is None else threshold, 0.0 if limit is None else limit
    for effect, over, choice in (
        (survey + 4, bills - 0.01, "go"),
        (survey - 4, bills - 0.01, "go" if threshold is None else "stop"),
        (survey + 4, bills + 0.01, "go" if limit is None else "stop"),
    ):
        path = measured(firm / "p.csv", effect)
        words = ["update", str(scenario), str(path), "--rule", str(rule), "--draws", "512", "--no-log", "--quiet"]
        done = run(*words, "--json", "--bills", f"{100 * over:.6g}%")
        found = json.loads(done.stdout)
        assert found["decision"]["choice"] == choice
        assert found["decision"]["rule"] == told
        assert not any(
            "another version" in str(warning) or "measured `" in str(warning) for warning in found["warnings"]
        )
    if limit is not None:
        with pytest.raises(InputError, match="asks for the bills"):
            update(txsim.load(scenario), path, rule=rule, draws=512, log=False)
    # the same rule after the scenario has named its log; another rule, or one that was changed, is told apart
    update(txsim.load(scenario), measured(firm / "p.csv", 4.0), draws=512)
    more = {"rule": rule, "bills": 0.0, "draws": 512, "log": False}
    later = update(txsim.load(named(firm)), measured(firm / "q.csv", 4.0, seed=1), **more)
    assert not any("another version" in str(warning) for warning in later.warnings)
    other = firm / "other.yaml"
    other.write_text(scenario.read_text().replace("monthly: 1400", "monthly: 1500"))
    found = update(txsim.load(other), firm / "q.csv", **more)
    assert any("another version" in str(warning) for warning in found.warnings)
    rule.write_text(rule.read_text().replace(f'"{asked}": {told[asked]}', f'"{asked}": {told[asked] / 10}'))
    with pytest.raises(InputError, match="changed after it was saved"):
        update(txsim.load(scenario), firm / "q.csv", **more)


def test_a_reading_is_likeliest_where_the_draw_says_it() -> None:
    reading = PilotReading(node="ex", points=4.0, error=0.3, degrees=30.0, randomised=True)
    at = np.linspace(0.0, 12.0, 241)
    best = at[int(np.argmax(log_reading(reading, at)))]
    assert 4.0 < best < 5.2  # a tenth is spilled on average
    chosen = PilotReading(node="ex", points=4.0, error=0.3, degrees=30.0, randomised=False)
    assert at[int(np.argmax(log_reading(chosen, at)))] < best  # watched sites show more than is there


def test_a_log_that_holds_another_reading_of_the_pilot_is_asked_about(tmp_path: Path) -> None:
    """The same file read otherwise, or the same pilot's final file: it takes the place of the first, or both count."""
    folder = tmp_path / "firm"
    folder.mkdir()
    scenario: Any = SimpleNamespace(source=str(folder / "firm.yaml"), pilots=None)
    file = folder / "wave.csv"
    file.write_text("1")
    said = {"node": "ex", "points": 4.0, "error": 1.5, "degrees": 10.0, "randomised": False, "start": 1, "months": 6,
            "drivers": ["desk"]}  # fmt: skip
    shown = {"median": 8.0, "standard_error": 3.0}

    def record(likelihood: dict[str, Any], read: Any = shown, again: bool | None = None) -> Record:
        return record_of(scenario, file, likelihood, read, read=True, again=again)

    record(said).append("hash", said, shown, "go")
    first = record(said)
    assert (first.repeated, first.entries) == (True, [])
    corrected = said | {"randomised": True, "error": 1.4, "bills": 0.1}
    with pytest.raises(InputError, match=r"another reading of this pilot: `ex` 4\.00 ± 1\.50 index points in entry 1"):
        record(corrected)
    with pytest.raises(InputError, match=r"now `cx` 2\.00 ± 1\.50"):  # the same figures as another node's
        record(said | {"node": "cx", "points": 2.0})
    second = record(said | {"node": "cx", "points": 2.0}, {"median": 2.0, "standard_error": 3.0})  # another measure
    assert (second.repeated, len(second.entries)) == (False, 1)
    record(corrected, again=True).append("hash", corrected, shown, "go")
    (entry,) = read_log(folder / "firm.pilots.jsonl")
    assert entry["likelihood"] == corrected
    file.write_text("2")  # the final file
    final = said | {"points": 5.0}
    with pytest.raises(InputError, match=r"now `ex` 5\.00"):
        record(final)
    record(final, again=False).append("hash", final, shown, "go")
    assert [each["likelihood"] for each in read_log(folder / "firm.pilots.jsonl")] == [corrected, final]
    later = record(corrected | {"start": 7}, {"median": 1.0, "standard_error": 3.0})
    assert len(later.entries) == 2  # a pilot of later months is none of these


def test_log_stands_beside_the_scenario() -> None:
    assert log_beside(Path("a/desk.yaml")) == Path("a/desk.pilots.jsonl")


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("node", "abc", "measured `abc`, which is no node here"),
        ("node", "", "measured ``, which is no node here"),
        ("node", "ex[front_lin]", r"no node here; did you mean `ex\[front_line\]`"),
        ("points", 101.0, "101 index points: beyond sense"),
        ("drivers", ["service_dsk"], "ran the driver `service_dsk`, which is not here"),
    ],
)
def test_check_looks_at_what_pilots_measured_as_a_run_does(firm: Path, key: str, value: Any, message: str) -> None:
    entry = {"node": "ex", "points": 2.1, "error": 0.8, "degrees": 10.0, "months": 6, key: value}
    here = firm / "here.yaml"
    here.write_text((firm / "desk.yaml").read_text() + f"pilots: {{entries: [\n  {json.dumps(entry)}]}}\n")
    (firm / "desk.pilots.jsonl").write_text("\n" + json.dumps({"likelihood": entry}) + "\n")
    by_log = named(firm)
    for file in (here, by_log):
        with pytest.raises(InputError, match=message) as fault:
            txsim.load(file)
        (problem,) = fault.value.problems
        assert problem.path.endswith(key)
        told = Path(str(problem.file)).read_text().splitlines()[(problem.line or 0) - 1]
        assert json.dumps(value) in told
        assert str(run("check", str(file)).exception).startswith(str(fault.value).splitlines()[0])
    good = {**entry, "node": "ex[front_line]", "points": 2.0, "drivers": ["service_desk"]}
    (firm / "desk.pilots.jsonl").write_text(json.dumps({"likelihood": good}) + "\n")
    assert run("check", str(by_log)).exit_code == 0


@pytest.mark.parametrize("kind", ["pipe", "folder"])
def test_a_log_that_is_no_file_is_called_what_it_is(firm: Path, kind: str) -> None:
    (os.mkfifo if kind == "pipe" else os.mkdir)(firm / "desk.pilots.jsonl")
    with pytest.raises(InputError, match=f"{kind}, a log of pilots was expected"):
        txsim.load(named(firm))


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("error", 0, "above 0"),
        ("error", "1", "expected a plain number"),
        ("degrees", None, "expected a plain number"),
        ("months", 2.5, "expected a whole number of months"),
        ("randomised", "yes", "expected true or false"),
        ("nod", "ex", "unknown key"),
        ("points", ..., "is needed and not given"),
        ("node", 7, "expected text"),
    ],
)
def test_a_faulty_entry_is_told_by_its_key(firm: Path, key: str, value: Any, message: str) -> None:
    entry = {"node": "ex", "points": 2.1, "error": 0.8, "degrees": 10.0, key: value}
    entry = {name: said for name, said in entry.items() if said is not ...}
    (firm / "desk.pilots.jsonl").write_text("\n" + json.dumps({"likelihood": entry}) + "\n")
    with pytest.raises(InputError, match=rf"no entry of a log of pilots:\s+{key}:[^\n]*{message}") as fault:
        txsim.load(named(firm))
    assert [problem.line for problem in fault.value.problems] == [2]
    (firm / "desk.pilots.jsonl").write_text(json.dumps(entry) + "\n")  # as it would stand in a scenario
    with pytest.raises(InputError, match="stands under"):
        txsim.load(named(firm))


def drifted(path: Path, units: int = 40) -> Path:
    """Write a pilot without any effect in which pilot units rise by five points a month from long before its start."""
    rng = np.random.default_rng(4)
    lines = ["unit,period,treated,post,enps"]
    for i in range(units):
        level = rng.normal(10, 8)
        for month in range(8):
            value = level + 5 * (month - 4) * (i % 2) + rng.normal(0, 4)
            lines.append(f"u{i},2024-0{month + 1},{i % 2},{int(month >= 5)},{np.clip(value, -100, 100):.2f}")
    path.write_text("\n".join(lines) + "\n")
    return path


def test_a_reading_that_drifted_apart_enters_the_log_with_its_caveat(firm: Path) -> None:
    """What nothing did must move next to nothing: the log holds how far arms had moved before, its error as well."""
    scenario = firm / "desk.yaml"
    done = run("update", str(scenario), str(drifted(firm / "drift.csv")), "--randomised", "--draws", "1024", "--quiet")
    assert done.exit_code == 0, done.output
    assert "No decision" in done.output
    (entry,) = map(json.loads, (firm / "desk.pilots.jsonl").read_text().splitlines())
    likelihood, error = entry["likelihood"], entry["measured"]["standard_error"] / 2  # two eNPS points are one
    assert likelihood["apart"] > likelihood["points"] / 4
    assert likelihood["error"] == pytest.approx(np.hypot(error, likelihood["apart"]))
    told = run("run", str(named(firm)), "--draws", "1024", "--quiet").output
    said = " ".join(told.split())
    assert f"moved apart by {likelihood['apart']:.1f} points before the start already" in said
    assert "that reading is no effect, and counts with as large an error" in said
    plain, after = (forecast(txsim.load(path), draws=4096) for path in (scenario, named(firm)))
    likelihood.pop("apart")
    likelihood["error"] = error
    (firm / "naive.jsonl").write_text(json.dumps(entry) + "\n")  # the same reading, taken for an effect
    naive = forecast(txsim.load(named(firm, "naive.yaml", "naive.jsonl")), draws=4096)
    shift, wrong = (float(each.npv("commit").mean() - plain.npv("commit").mean()) for each in (after, naive))
    assert wrong > 0
    assert abs(shift) < 0.35 * wrong


def test_a_pilot_that_could_not_tell_does_not_say_stop(firm: Path) -> None:
    """Two units against three with little effect expected: whatever they read, the data have decided nothing."""
    rng = np.random.default_rng(1)
    few = ["unit,period,treated,post,enps"]
    few += [
        f"u{i},2024-{m + 1:02d},{int(i < 2)},{int(m >= 3)},{rng.normal(10, 14):.1f}" for i in range(5) for m in range(6)
    ]
    (firm / "few.csv").write_text("\n".join(few) + "\n")
    told = update(txsim.load(firm / "desk.yaml"), firm / "few.csv", randomised=True, draws=1024, log=False)
    measured_ = told.effect.measured
    assert measured_.p05 < 0 < measured_.p95
    said = str(told.sentence)
    assert said.startswith("The pilot could not tell: 2 pilot and 3 control units could only show an effect of ")
    assert said.endswith(f"{told.decision.reason}.")
    # a least effect by its definition: with it the 90 % interval leaves nought out four times in five
    least = float(said.partition("effect of ")[2].split()[0])
    t = stats.t(measured_.degrees_of_freedom)
    assert measured_.standard_error * (t.ppf(0.95) + t.ppf(0.8)) == pytest.approx(least, rel=0.05)
    many = update(
        txsim.load(firm / "desk.yaml"), measured(firm / "many.csv", 0.0), randomised=True, draws=1024, log=False
    )
    assert str(many.sentence).startswith("Stop.")  # a pilot that could tell, and found nothing, says so
