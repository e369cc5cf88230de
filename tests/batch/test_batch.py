# SPDX-License-Identifier: MIT
"""What a batch computes, keeps, recomputes and refuses. Without claims, so that nothing is sampled."""

from __future__ import annotations

import fcntl
import itertools
import json
import os
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import txsim
from txsim.batch import work_plan
from txsim.batch.calibrations import Calibrations
from txsim.batch.cases import Case
from txsim.batch.estimate import estimate
from txsim.batch.queries import query
from txsim.batch.work_plan import Settings, shard_of
from txsim.errors import InputError, StoreError
from txsim.forecast.check import check
from txsim.results.batch import BatchWarning

QUICK: dict[str, Any] = {"draws": 256, "prior_only": True, "workers": 1}


@pytest.fixture(scope="module")
def units(tmp_path_factory: pytest.TempPathFactory, units_of: Any) -> Path:
    folder: Path = units_of(tmp_path_factory.mktemp("batch") / "units", 9)
    return folder


@pytest.fixture(scope="module")
def done(units: Path) -> Any:
    return txsim.batch([units], units.parent / "out", **QUICK)


def test_figures_are_those_of_a_single_run(units: Path, done: Any) -> None:
    path = units / "unit0003.yaml"
    single = txsim.forecast(txsim.load(path), draws=256, prior_only=True).summary().to_json()
    frame = done.frame[done.frame["path"] == str(path)].set_index(["option", "metric"])
    for option, told in single["options"].items():
        for metric in ("npv", "npv_other_bridge", "pv_cost", "peak_funding", "runoff"):
            if told[metric] is None:
                assert (option, metric) not in frame.index
                continue
            row = frame.loc[(option, metric)]
            assert {name: row[name] for name in told[metric]} == told[metric]
            assert row["value"] == told[metric]["mean"]
        assert frame.loc[(option, "p_loss"), "value"] == told["p_loss"]["value"]
        assert frame.loc[(option, "cvar05"), "mcse"] == told["cvar05"]["mcse"]
        assert frame.loc[(option, "delta.cx"), "p95"] == told["delta"]["cx"]["p95"]
        assert frame.loc[(option, "measured.cx"), "median"] == told["delta"]["cx"]["measured"]["median"]
    scenario = done.scenarios.set_index("path").loc[str(path)]
    assert scenario["verdict"] == single["verdict"]["horizon"]["option"]
    assert scenario["hash"] == single["hash"]
    assert (frame["calibration_hash"] == single["calibration"]["hash"]).all()


def test_schema_of_the_files_is_public(done: Any) -> None:
    assert list(done.frame.columns) == [
        *("path", "hash", "option", "metric", "unit", "value", "mean", "sd", "median", "p05", "p95", "mcse"),
        *("calibration_hash", "calibration_source", "calibration_seed", "seed", "draws", "txsim", "code"),
    ]
    assert list(done.scenarios.columns) == [
        *("path", "status", "title", "hash", "settings", "verdict", "verdict_mean_npv", "too_close"),
        *("impossible_draws", "currency", "horizon_months", "discount_rate", "bridge", "calibration_hash"),
        *("calibration_source", "seed", "draws", "error", "warnings"),
    ]
    manifest = json.loads((done.folder / "manifest.json").read_text())
    assert list(manifest) == [
        *("format", "status", "paths", "settings", "versions", "scenarios", "calibrations", "files"),
    ]
    assert {file["file"].split("/")[0] for file in manifest["files"]} == {
        *("results", "scenarios.parquet", "failures.jsonl"),
    }


def test_the_dataset_holds_the_same(done: Any) -> None:
    data = done.dataset
    assert data["npv"].dims == ("scenario", "option", "statistic")
    row = done.frame.query("option == 'commit' and metric == 'npv'").iloc[4]
    assert float(data["npv"].sel(scenario=row["path"], option="commit", statistic="p05")) == row["p05"]


def test_the_firm_itself_is_no_scenario(units: Path, done: Any) -> None:
    assert done.report.bases == (str(units / "firm.yaml"),)
    assert done.report.broken == ()


def test_named_alone_the_firm_is_a_failure(units: Path, tmp_path: Path) -> None:
    found = txsim.batch([units / "firm.yaml", units / "unit0000.yaml"], tmp_path / "out", **QUICK).report
    assert [failure.path for failure in found.broken] == [str(units / "firm.yaml")]
    assert "no `drivers`" in str(found.broken[0].message)


@pytest.mark.parametrize("workers", [2, 3])
def test_same_bytes_whatever_the_workers(units: Path, done: Any, tmp_path: Path, workers: int, digests_of: Any) -> None:
    txsim.batch([units], tmp_path / "out", **QUICK | {"workers": workers})
    assert digests_of(tmp_path / "out") == digests_of(done.folder)


def test_what_is_there_is_used_again(tmp_path: Path, units_of: Any, digests_of: Any) -> None:
    units = units_of(tmp_path / "units", 5)
    first = txsim.batch([units], tmp_path / "out", **QUICK).report
    assert (first.computed, first.kept) == (5, 0)
    before = digests_of(tmp_path / "out")
    again = txsim.batch([units], tmp_path / "out", **QUICK).report
    assert (again.computed, again.kept) == (0, 5)
    assert digests_of(tmp_path / "out") == before
    changed = units / "unit0002.yaml"
    changed.write_text(changed.read_text().replace("monthly: 300", "monthly: 900"))
    third = txsim.batch([units], tmp_path / "out", **QUICK).report
    assert (third.computed, third.kept) == (1, 4)
    renamed = changed.rename(units / "another.yaml")
    assert txsim.batch([units], tmp_path / "out", **QUICK).report.computed == 0
    fresh = txsim.batch([units], tmp_path / "fresh", **QUICK).report
    assert fresh.computed == 5
    assert digests_of(tmp_path / "out") == digests_of(tmp_path / "fresh")
    assert renamed.exists()


def test_equal_content_is_computed_once(tmp_path: Path, units_of: Any) -> None:
    units = units_of(tmp_path / "units", 2)
    text = (units / "unit0000.yaml").read_text()
    (units / "copy.yaml").write_text(text.replace("title: Unit 0", "title: A copy"))
    found = txsim.batch(units, tmp_path / "out", **QUICK)
    assert (found.report.scenarios, found.report.computed) == (3, 2)
    npv = found.frame.query("option == 'commit' and metric == 'npv'").set_index("path")["value"]
    assert npv[str(units / "copy.yaml")] == npv[str(units / "unit0000.yaml")]
    assert list(found.scenarios["title"]) == ["A copy", "Unit 0", "Unit 1"]


def test_faulty_files_stop_nobody(tmp_path: Path, units_of: Any, digests_of: Any) -> None:
    units = units_of(tmp_path / "units", 3)
    (units / "latin1.yaml").write_bytes("title: Müller".encode("latin-1"))
    (units / "cut.yaml").write_text("drivers: [{name: a")
    (units / "typo.yaml").write_text((units / "unit0001.yaml").read_text().replace("pilot:", "pilto:"))
    (units / "circle.yaml").write_text("extends: circle.yaml\n")
    (units / "folder.yaml").mkdir()
    (units / "outside.yaml").symlink_to("/etc/hostname")
    found = txsim.batch(units, tmp_path / "out", **QUICK)
    told = {Path(failure["path"]).name: failure for failure in found.failures}
    assert set(told) == {"latin1.yaml", "cut.yaml", "typo.yaml", "circle.yaml", "outside.yaml"}
    assert all(failure["kind"] == "input" for failure in told.values())
    problem = told["typo.yaml"]["problems"][0]
    assert (problem["line"], "did you mean `pilot`" in problem["message"]) == (9, True)
    assert found.report.scenarios == 3
    assert set(found.scenarios["status"]) == {"done", "failed"}


def test_fail_fast_stops_and_goes_on_without(tmp_path: Path, units_of: Any) -> None:
    units = units_of(tmp_path / "units", 3)
    (units / "aaa.yaml").write_text("drivers: 3\n")
    found = txsim.batch([units], tmp_path / "out", **QUICK, fail_fast=True).report
    assert (found.failures, found.computed, found.finished) == (1, 0, False)
    assert json.loads((tmp_path / "out" / "failures.jsonl").read_text())["path"] == str(units / "aaa.yaml")
    assert not (tmp_path / "out" / "manifest.json").exists()
    assert txsim.batch([units], tmp_path / "out", **QUICK).report.computed == 3


def test_what_cannot_settle_fails_alone_and_is_remembered(tmp_path: Path, units_of: Any) -> None:
    units = units_of(tmp_path / "units", 2)
    text = (units / "unit0000.yaml").read_text()
    (units / "loop.yaml").write_text(text + "edges: {ex -> cx: 10, cx -> ex: 10}\npriors: {ex_cx: 0.9, cx_ex: 0.9}\n")
    first = txsim.batch([units], tmp_path / "out", **QUICK).report
    assert [failure.kind for failure in first.broken] == ["simulation"]
    assert "feeds itself without end" in str(first.broken[0].message)
    again = txsim.batch([units], tmp_path / "out", **QUICK).report
    assert again.computed == 0
    assert again.broken == first.broken


def test_one_folder_holds_one_question(units: Path, done: Any, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="other draws"):
        txsim.batch([units], done.folder, **QUICK | {"draws": 128})
    with pytest.raises(InputError, match="other paths"):
        txsim.batch([units / "unit0001.yaml"], done.folder, **QUICK)
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "dear.txt").write_text("…")
    with pytest.raises(InputError, match="holds no batch"):
        txsim.batch([units], tmp_path / "letters", **QUICK)


def test_what_does_not_exist_is_null_and_what_is_nothing_is_0(done: Any) -> None:
    numbers = [row[0] for row in query(done.folder, "DESCRIBE results").rows if row[1] == "DOUBLE"]
    assert len(numbers) >= 6
    for name in numbers:
        sql = f"SELECT count(*), count({name}), count_if(isnan({name})), count_if({name} = 0) FROM results"
        ((rows, there, odd, zero),) = query(done.folder, sql).rows
        assert odd == 0, name
        assert there < rows, name
        if name == "p05":
            assert zero > 0  # what never costs anything, or frees nothing, costs and frees 0


def test_the_seed_of_the_calibration_is_that_of_its_draws(units: Path, done: Any, tmp_path: Path) -> None:
    """With another one figures are those of a single run with it, and no longer those of the usual one."""
    path = units / "unit0003.yaml"
    txsim.batch([path], tmp_path / "out", **QUICK, calibration_seed=3)
    sql = "SELECT mean FROM results WHERE path = ? AND option = 'commit' AND metric = 'npv'"
    ((found,),) = query(tmp_path / "out", sql, (str(path),)).rows
    single = txsim.forecast(txsim.load(path), draws=256, prior_only=True, calibration_seed=3)
    assert found == pytest.approx(float(single.npv("commit").mean()), rel=1e-12)
    ((usual,),) = query(done.folder, sql, (str(path),)).rows
    assert abs(found - usual) > 1e-6 * abs(usual)


def test_the_calibration_that_was_used_longest_ago_is_put_away(
    units: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of three with room for two: what was asked for again stays, what was not is made anew."""
    from txsim.batch import calibrations
    from txsim.forecast import calibration_spec

    spec = calibration_spec(txsim.load(units / "unit0003.yaml"), prior_only=True)
    made: list[int] = []
    real = calibrations.calibrate
    monkeypatch.setattr(calibrations, "calibrate", lambda *a, **k: (made.append(1), real(*a, **k))[1])
    monkeypatch.setattr(calibrations, "_HELD", 2)
    with Calibrations(tmp_path / "kept", dict.fromkeys("abc", spec), 0, 2**30, 256) as held:
        counts = []
        for key in ("a", "b", "a", "c", "a", "c", "b", "c"):
            held.get(key)
            counts.append(len(made))
    assert counts == [1, 2, 2, 3, 3, 3, 4, 4]


def test_two_batches_in_one_folder_refuse(units: Path, tmp_path: Path) -> None:
    work = tmp_path / "out" / ".work"
    work.mkdir(parents=True)
    handle = os.open(work / "lock", os.O_CREAT | os.O_RDWR)
    fcntl.flock(handle, fcntl.LOCK_EX)
    with pytest.raises(StoreError, match="another batch is writing"):
        txsim.batch([units], tmp_path / "out", **QUICK)
    os.close(handle)
    assert txsim.batch([units], tmp_path / "out", **QUICK).report.finished


def test_a_damaged_note_is_made_anew(units: Path, done: Any, tmp_path: Path, digests_of: Any) -> None:
    """What a batch noted of its calibrations goes into the results: whatever is not as it was written, does not."""
    out = tmp_path / "out"
    txsim.batch([units], out, **QUICK)
    (note,) = (out / ".work" / "calibrations").glob("*.note")
    whole = note.read_bytes()
    spoiled = [whole.replace(b'"hash": "', b'"hash": ["', 1), whole.replace(b'"prior"', b"[[1]]", 1)]
    spoiled += [whole.replace(b'"prior"', b'"mcmc"', 1), whole.replace(b"{}", b'{"x": NaN}', 1)]
    spoiled += [b"", b"\n", b"{}", whole[:50], whole[:-1], whole.partition(b"\n")[2], b"\xff" + whole, b"[" * 9999]
    for content in spoiled:
        assert content != whole
        note.write_bytes(content)
        assert txsim.batch([units], out, **QUICK).report.finished
        assert digests_of(out) == digests_of(done.folder)


def test_shards_make_one_whole(units: Path, done: Any, tmp_path: Path, digests_of: Any) -> None:
    reports = [txsim.batch([units], tmp_path / "out", **QUICK, shard=(i, 3)).report for i in (2, 1, 3)]
    # Which shard a unit is of follows from its key, and that from the code too: of nine, a shard may have none.
    done_by_then = list(itertools.accumulate(report.computed for report in reports))
    assert done_by_then[-1] == 9
    assert [report.finished for report in reports] == [count == 9 for count in done_by_then]
    assert digests_of(tmp_path / "out") == digests_of(done.folder)


def test_every_key_has_one_shard() -> None:
    keys = [f"{i:032x}" for i in range(0, 2**128, 2**128 // 999)]
    assert {shard_of(key, 7) for key in keys} <= set(range(1, 8))
    assert [shard_of(key, 1) for key in keys] == [1] * len(keys)


def test_draws_are_kept_when_wanted(tmp_path: Path, units_of: Any) -> None:
    units = units_of(tmp_path / "units", 2)
    found = txsim.batch(units, tmp_path / "out", **QUICK, keep_draws=True)
    told = found.query("SELECT path, option, avg(npv) AS mean, count(*) AS n FROM draws GROUP BY ALL ORDER BY ALL")
    assert set(told["n"]) == {256}
    npv = found.frame.query("metric == 'npv'").set_index(["path", "option"])["mean"]
    for row in told.itertuples():
        np.testing.assert_allclose(row.mean, npv[(row.path, row.option)], rtol=1e-12)


def test_a_scenarios_own_seed_counts_unless_told(tmp_path: Path, units_of: Any) -> None:
    units = units_of(tmp_path / "units", 1)
    path = units / "unit0000.yaml"
    path.write_text(path.read_text() + "seed: 7\n")
    own = txsim.batch(path, tmp_path / "own", **QUICK)
    told = txsim.batch(path, tmp_path / "told", **QUICK, seed=3)
    assert (set(own.frame["seed"]), set(told.frame["seed"])) == ({7}, {3})


def test_time_is_that_of_reading_and_of_what_each_worker_simulates(
    units: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a clock that strikes once a look: a second to read, three scenarios in one, and nine for two workers."""
    looks = itertools.count()
    monkeypatch.setattr(
        sys.modules["txsim.batch.estimate"], "time", SimpleNamespace(monotonic=lambda: float(next(looks)))
    )
    found = estimate([units], tmp_path / "never", Settings(256, prior_only=True), workers=2)
    assert (found.workers, found.seconds) == (2, pytest.approx(1 + 9 / 3 / 2))


def test_estimate_writes_nothing(units: Path, done: Any, tmp_path: Path) -> None:
    found = estimate([units], tmp_path / "never", Settings(256, prior_only=True))
    assert (found.scenarios, found.distinct, found.kept, found.to_sample) == (9, 9, 0, 0)
    assert found.seconds is not None
    assert not (tmp_path / "never").exists()
    assert estimate([units], done.folder, Settings(256, prior_only=True)).kept == 9


@pytest.mark.parametrize(
    ("paths", "message"),
    [
        ([], "no scenario is given"),
        (["units/nothing"], "no such file or folder"),
        (["*.nothing"], "no YAML file matches"),
    ],
)
def test_paths_that_lead_nowhere(paths: list[str], message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message):
        txsim.batch(paths, tmp_path / "out", **QUICK)


def test_more_memory_than_allowed_is_refused(units: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--memory"):
        txsim.batch([units], tmp_path / "out", draws=2**20, prior_only=True, memory=2**30)


def test_a_path_that_is_nearly_right_is_named(units: Path, tmp_path: Path) -> None:
    for wrong, right in ((units.parent / "unit", units), (units / "frm.yaml", units / "firm.yaml")):
        with pytest.raises(InputError, match="no such file or folder") as raised:
            txsim.batch([wrong], tmp_path / "out", **QUICK)
        (problem,) = raised.value.problems
        assert str(problem.hint) == f"did you mean `{right}`?"


def test_folders_on_the_way_to_results_are_made(units: Path, tmp_path: Path) -> None:
    found = txsim.batch([units / "unit0001.yaml"], tmp_path / "of" / "this year" / "out", **QUICK).report
    assert found.scenarios == 1
    assert (tmp_path / "of" / "this year" / "out" / "manifest.json").exists()


def _tree(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    "place", ["results", "draws", ".work", ".work/parts", ".work/calibrations", "results/calibration=0123456789abcdef"]
)
@pytest.mark.parametrize("before", ["finished", "new"])
def test_nothing_is_written_or_removed_through_a_link(
    units: Path, done: Any, tmp_path: Path, place: str, before: str
) -> None:
    out, other = tmp_path / "out", tmp_path / "other"
    if before == "finished":
        shutil.copytree(done.folder, out)
    else:
        out.mkdir()
    (other / "sub" / "deep").mkdir(parents=True)
    (other / "a.txt").write_text("mine")
    (other / "sub" / "deep" / "b.part").write_text("mine")
    (other / "part-00000-0123456789ab.parquet").write_text("mine")
    held = _tree(other)
    if (out / place).exists():
        shutil.rmtree(out / place)
    (out / place).parent.mkdir(parents=True, exist_ok=True)
    (out / place).symlink_to(other)
    with pytest.raises(InputError, match="link") as stopped:
        txsim.batch([units], out, **QUICK)
    assert str(out / place) in str(stopped.value)
    assert _tree(other) == held


STRANGE = [
    *("results/years/2025.csv", "results/2025.csv", "draws/sketch.png", "results/calibration=abc/notes.txt"),
    *("results/calibration=abc/part-00000-c000.snappy.parquet", "results/calibration=abc/sub/part-1.parquet"),
    *(".private.tmp", "drawing.tmp", ".work/parts/mine.txt", ".work/parts/mine/x.part", "results/.tmp/x"),
]


@pytest.mark.parametrize("strange", STRANGE)
def test_what_a_batch_did_not_write_stays(
    units: Path, done: Any, tmp_path: Path, strange: str, digests_of: Any
) -> None:
    out = tmp_path / "out"
    shutil.copytree(done.folder, out)
    (out / strange).parent.mkdir(parents=True, exist_ok=True)
    (out / strange).write_text("mine")
    old = out / "results" / "calibration=0123" / "part-00000-0123456789ab.parquet"  # an earlier batch's
    old.parent.mkdir()
    old.write_text("old")
    txsim.batch([units], out, **QUICK)
    assert (out / strange).read_text() == "mine"
    assert not old.parent.exists()
    left = digests_of(out)
    left.pop(strange, None)
    assert left == digests_of(done.folder)


@pytest.mark.parametrize("strange", [name for name in STRANGE if not name.startswith(".work")])
def test_a_folder_that_holds_something_else_is_refused(units: Path, tmp_path: Path, strange: str) -> None:
    out = tmp_path / "out"
    (out / strange).parent.mkdir(parents=True)
    (out / strange).write_text("mine")
    held = _tree(out)
    if strange.startswith("results/calibration="):  # as a batch would have named it: told apart file by file
        txsim.batch([units], out, **QUICK)
        assert (out / strange).read_text() == "mine"
        return
    with pytest.raises(InputError, match="holds no batch"):
        txsim.batch([units], out, **QUICK)
    assert _tree(out) == held


OTHER_KINDS = {
    "link.yaml": ("scale: nps\n", "how a file of data is read"),
    "answers.yaml": (
        "by: Ada\nparameters:\n  ex_cx: {why: w, experts: [{name: B}]}\n",
        "answers",
    ),
    "ev.yaml": ("drop: [lse-2005]\n", "evidence"),
    "ev2.yaml": ("title: Ours\nevidence: {drop: [lse-2005]}\n", "pack of priors"),
    "pack.yaml": ("ex_cx: {median: 0.2, factor: 3}\n", "pack of priors"),
    "own.yaml": ("priors: {ex_cx: {median: 0.2, factor: 3}}\n", "pack of priors"),
    ".draft.yaml": ("title: x\n", "dot"),
}


def test_what_lies_beside_scenarios_is_left_out_and_said(tmp_path: Path, units_of: Any) -> None:
    units = units_of(tmp_path / "units", 2)
    for name, (text, _) in OTHER_KINDS.items():
        (units / name).write_text(text)
    (units / "unit0001.yaml").rename(units / "UNIT1.YAML")
    (tmp_path / "elsewhere").mkdir()
    (units / "linked").symlink_to(tmp_path / "elsewhere")
    report = txsim.batch([units], tmp_path / "out", **QUICK).report
    assert (report.scenarios, report.failures) == (2, 0)
    left = {Path(each.path).name: str(each.why) for each in report.left_out}
    assert left.keys() == {*OTHER_KINDS, "linked"}
    assert all(words in left[name] for name, (_, words) in OTHER_KINDS.items())
    assert "link" in left["linked"]
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert {Path(each["path"]).name for each in manifest["scenarios"]["left_out"]} == set(left)
    assert {Path(each.path).name for each in estimate([units], None, Settings(256, prior_only=True)).left_out} == set(
        left
    )


@pytest.mark.parametrize(
    "text", ["title: x\n", "title: x\ndrivers: []\n", "scale: nps\ndrivrs: []\n", "a: 1\n", "- 1\n", ""]
)
def test_what_may_be_a_scenario_is_never_left_out(tmp_path: Path, units_of: Any, text: str) -> None:
    units = units_of(tmp_path / "units", 1)
    (units / "doubtful.yaml").write_text(text)
    report = txsim.batch([units], tmp_path / "out", **QUICK).report
    assert [Path(each.path).name for each in report.broken] == ["doubtful.yaml"]
    assert report.left_out == ()


def test_named_alone_another_kind_of_file_is_a_failure(tmp_path: Path, units_of: Any) -> None:
    units = units_of(tmp_path / "units", 1)
    (units / "link.yaml").write_text("scale: nps\n")
    report = txsim.batch([units / "unit0000.yaml", units / "link.yaml"], tmp_path / "out", **QUICK).report
    assert [Path(each.path).name for each in report.broken] == ["link.yaml"]


@pytest.mark.parametrize("given", ["units", "units/**/*.yaml", "units/*/*.yaml"])
def test_a_folder_that_may_not_be_searched_is_a_failure(
    tmp_path: Path, units_of: Any, given: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    units_of(tmp_path / "units" / "open", 1)
    units_of(tmp_path / "units" / "closed", 1)
    monkeypatch.chdir(tmp_path)
    search = os.scandir

    def scandir(folder: Any = ".") -> Any:
        if str(folder).rstrip("/").endswith("closed"):
            raise PermissionError(13, "Permission denied", str(folder))
        return search(folder)

    monkeypatch.setattr(os, "scandir", scandir)
    report = txsim.batch([given], tmp_path / "out", **QUICK).report
    assert report.scenarios == 1
    assert [failure.path for failure in report.broken] == ["units/closed"]
    assert "this is not allowed to us" in report.broken[0].message


def test_what_failed_was_not_there_already(tmp_path: Path, units_of: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def get(self: Any, key: str, progress: Any = None) -> Any:
        raise ValueError(key)

    monkeypatch.setattr(Calibrations, "get", get)
    report = txsim.batch([units_of(tmp_path / "units", 2)], tmp_path / "out", **QUICK).report
    assert (report.computed, report.kept, report.failures) == (0, 0, 2)


def test_warnings_about_inputs_stay_with_their_scenario(tmp_path: Path, units_of: Any) -> None:
    units = units_of(tmp_path / "units", 2)
    (units / "odd.yaml").write_text((units / "unit0000.yaml").read_text() + "discount_rate: -0.02\n")
    found = txsim.batch(units, tmp_path / "out", **QUICK)
    told = found.scenarios.set_index("path")["warnings"]
    assert list(told[str(units / "odd.yaml")]) == ["discount_rate: a discount rate of -2 % a year"]
    assert [list(told[str(units / f"unit000{i}.yaml")]) for i in range(2)] == [[], []]
    assert found.report.warnings == (
        BatchWarning(str(units / "odd.yaml"), "discount_rate: a discount rate of -2 % a year"),
    )


def test_warnings_about_data_stay_with_every_scenario_that_uses_them(tmp_path: Path, units_of: Any) -> None:
    """What `txsim check` says of a panel, which is read once for all that share it, and of a file's encoding."""
    units = units_of(tmp_path / "units", 3)
    rows = [f"u{i},2023-{m:02d},{10 + (7 * i + m) % 5},{30 + (3 * i + m) % 7}" for i in range(8) for m in range(1, 9)]
    (units / "panel.csv").write_text("\n".join(["unit,period,ex,cx", *rows]) + "\n")
    (units / "link.yaml").write_text("scale: nps\ndrop_units: [nobody]\n")
    for name in ("unit0001.yaml", "unit0002.yaml"):
        text = (units / name).read_text() + "data: {file: panel.csv, spec: link.yaml}\n"
        (units / name).write_bytes(text.replace("title: Unit 2", "title: Пример").encode("cp1251"))
    names = ("unit0000.yaml", "unit0001.yaml", "unit0002.yaml")
    cases = [Case(str(units / name), str(units / name), str(units)) for name in names]
    plan = work_plan.plan_of(cases, Settings(draws=256, prior_only=True))
    told = {entry.path: entry.warnings for entry in plan.entries}
    expected = {}
    for name in names:
        _, problems, remarks = check(units / name, memory=2**31)
        assert problems == ()
        expected[name] = {str(remark.message) for remark in remarks}
        kept = list(told[str(units / name)])
        assert len(kept) == len(remarks)
        for remark in expected[name]:
            assert any(text.endswith(remark) for text in kept), (remark, kept)
    assert expected["unit0000.yaml"] == set()
    assert set() < expected["unit0001.yaml"] < expected["unit0002.yaml"]
    assert "was read as cp1251" in " ".join(told[str(units / "unit0002.yaml")])


def test_whatever_reading_one_raises_stops_nobody(
    tmp_path: Path, units_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Remarks on inputs are made of every scenario: what they raise is a fault of that file alone."""
    units = units_of(tmp_path / "units", 3)
    real = work_plan.remarks_on

    def remarks_on(scenario: Any) -> Any:
        if scenario.source.endswith(bad):
            message = "math range error"
            raise OverflowError(message)
        return real(scenario)

    bad = sorted(path.name for path in units.glob("*.yaml") if "extends" in path.read_text())[0]
    monkeypatch.setattr(work_plan, "remarks_on", remarks_on)
    report = txsim.batch([units], tmp_path / "out", **QUICK).report
    assert report.scenarios == 2
    assert [(failure.kind, Path(failure.path).name) for failure in report.broken] == [("fault", bad)]


def test_a_changed_bit_of_results_is_told_wherever_it_lies(done: Any, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    shutil.copytree(done.folder, folder)
    whole = query(folder, "SELECT count(*) FROM results").rows
    rng = np.random.default_rng(3)
    for path in sorted(folder.rglob("*.parquet")):
        if ".work" in path.parts:
            continue
        content = path.read_bytes()
        for bit in rng.integers(8 * len(content), size=20):
            flipped = bytearray(content)
            flipped[bit // 8] ^= 1 << bit % 8
            path.write_bytes(flipped)
            with pytest.raises(InputError) as caught:
                query(folder, "SELECT count(*) FROM results")
            assert caught.value.problems[0].file == str(path)
            assert "is not the one that the batch wrote" in str(caught.value)
        path.write_bytes(content)
    assert query(folder, "SELECT count(*) FROM results").rows == whole


def test_a_manifest_of_another_format_is_not_read(done: Any, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    shutil.copytree(done.folder, folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest | {"format": 99}))
    with pytest.raises(InputError, match=r"another format \(99\)"):
        query(folder, "SELECT 1")


def test_kept_draws_are_held_to_their_digest_where_they_are_asked_for(units: Path, tmp_path: Path) -> None:
    folder = txsim.batch([units / "unit0001.yaml"], tmp_path / "out", **QUICK, keep_draws=True).folder
    (part,) = folder.glob("draws/*/part-*.parquet")
    content = bytearray(part.read_bytes())
    content[len(content) // 2] ^= 1
    part.write_bytes(content)
    assert query(folder, "SELECT count(*) FROM scenarios").rows == ((1,),)
    for sql in ("SELECT count(*) FROM Draws", "SELECT count(*) FROM query_table('dra' || 'ws')"):
        with pytest.raises(InputError, match="is not the one that the batch wrote"):
            query(folder, sql)
