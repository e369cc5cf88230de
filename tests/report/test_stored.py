# SPDX-License-Identifier: MIT
"""Results that somebody else wrote: devices, and a few bytes that unpack to more than there is memory."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

from tests.command import ROOT, txsim
from txsim.report.compose import compose
from txsim.report.reading import array_of, read_result


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("result") / "out"
    file = ROOT / "scenarios" / "service_desk_pilot.yaml"
    made = txsim("run", file, "--prior-only", "--draws", "128", "--quiet", "--out", folder)
    assert made.returncode == 0, made.stderr
    return folder


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no such device here")
@pytest.mark.parametrize("verb", [["report"], ["plot"], ["diff", "/dev/zero"]])
def test_a_device_is_no_result(tmp_path: Path, verb: list[str]) -> None:
    ended = txsim(*verb, "/dev/zero")
    assert ended.returncode == 2, ended.stderr
    assert "/dev/zero" in ended.stderr


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    import os

    os.mkfifo(tmp_path / "pipe.json")
    for verb in ("report", "plot"):
        ended = txsim(verb, tmp_path / "pipe.json")
        assert ended.returncode == 2
        assert "this is a device or a pipe" in ended.stderr


@pytest.mark.parametrize("name", ["npv", "option"])
def test_an_array_that_unpacks_to_everything_is_not_unpacked(result: Path, name: str) -> None:
    store = result / "result.nc"
    whole = store.read_bytes()
    try:
        with h5py.File(store, "a") as file:
            kind = file["payoff"][name].dtype
            del file["payoff"][name]
            file["payoff"].create_dataset(name, shape=(4, 2**32), chunks=(1, 2**20), dtype=kind, compression="gzip")
        assert store.stat().st_size < 2**23
        for verb in (["report", result, "-o", result.parent / "x.md"], ["diff", result, result]):
            ended = txsim(*verb)
            assert ended.returncode == 2, ended.stderr
            assert "result.nc" in ended.stderr
    finally:
        store.write_bytes(whole)


@pytest.mark.parametrize("name", ["payoff", "payoff/npv", "payoff/option", "posterior"])
def test_a_group_in_place_of_an_array_and_the_other_way_round(result: Path, name: str) -> None:
    store = result / "result.nc"
    whole = store.read_bytes()
    try:
        with h5py.File(store, "a") as file:
            array = isinstance(file[name], h5py.Dataset)
            del file[name]
            if array:
                file.create_group(name)
            else:
                file.create_dataset(name, data=[1.0, 2.0])
        ended = txsim("report", result, "-o", result.parent / "x.md")
        assert ended.returncode == 2, ended.stderr
        assert "this holds no draws of a result" in ended.stderr
    finally:
        store.write_bytes(whole)


def test_arrays_as_they_are(tmp_path: Path) -> None:
    values = np.arange(24.0).reshape(2, 3, 4)
    with h5py.File(tmp_path / "x.nc", "w") as file:
        kept = file.create_dataset("a", data=values)
        assert np.array_equal(array_of(kept), values)
        assert np.array_equal(array_of(kept, 1), values[1])
        large = file.create_dataset("b", shape=(2**12, 2**20), chunks=(1, 2**20), dtype="f8")
        assert not array_of(large, 7).any(), "a part is small enough"
        with pytest.raises(ValueError, match="larger than a result can be"):
            array_of(large)


def test_a_result_whose_parts_contradict_each_other_is_told_with_its_file(
    result: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each field is of its type, and no picture can be drawn of them."""
    import json

    told = json.loads((result / "summary.json").read_text())
    whatif = txsim(
        *("whatif", ROOT / "scenarios" / "service_desk_pilot.yaml", "--prior-only", "--draws", "128", "--quiet"),
        *("--vary", "drivers.service_desk.one_off=1000,9000", "--json"),
    )
    changed = json.loads(whatif.stdout)
    assert told["kind"] == "run"
    (tmp_path / "whatif.json").write_text(whatif.stdout)
    assert txsim("report", tmp_path / "whatif.json", "-o", tmp_path / "x.html").returncode == 0
    changed["cells"] = [{**cell, "values": {"another": "1"}} for cell in changed["cells"]]
    (tmp_path / "whatif.json").write_text(json.dumps(changed))
    (tmp_path / "x.html").unlink()
    ended = txsim("report", tmp_path / "whatif.json", "-o", tmp_path / "x.html")
    assert ended.returncode == 2, ended.stderr
    assert "whatif.json" in ended.stderr
    assert not (tmp_path / "x.html").exists()


@pytest.mark.parametrize("verb", [["report", "{0}", "-o", "{0}/x.md"], ["diff", "{0}", "{1}"]])
def test_draws_of_another_run_are_refused(result: Path, tmp_path: Path, verb: list[str]) -> None:
    mixed = tmp_path / "mixed"
    shutil.copytree(result, mixed)
    other = tmp_path / "other"
    file = ROOT / "scenarios" / "sceptic.yaml"
    assert txsim("run", file, "--prior-only", "--draws", "128", "--quiet", "--out", other).returncode == 0
    shutil.copy(other / "result.nc", mixed / "result.nc")
    ended = txsim(*(word.format(mixed, result) for word in verb))
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "was made by another run than summary.json beside it" in " ".join(ended.stderr.split())


def test_a_run_that_is_stopped_while_it_writes_leaves_the_former_one(
    result: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    shutil.copytree(result, out)
    before = {path.name: path.read_bytes() for path in out.iterdir()}

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("txsim.report.files._add_months", stopped)
    file = ROOT / "scenarios" / "sceptic.yaml"
    ended = txsim("run", file, "--prior-only", "--draws", "128", "--quiet", "--out", out)
    assert "stopped" in ended.stderr
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


@pytest.mark.parametrize("kilobytes", [1, 150, 1000, 3000])
@pytest.mark.parametrize("written", [["--out"], ["--trajectories"]])
def test_a_disk_that_ends_within_hdf5_ends_in_words(
    result: Path, tmp_path: Path, kilobytes: int, written: list[str]
) -> None:
    place = tmp_path / ("out" if written == ["--out"] else "months.nc")
    file = ROOT / "scenarios" / "service_desk_pilot.yaml"
    command = [sys.executable, "-m", "txsim", "run", str(file), "--prior-only", "--draws", "128", "--quiet"]
    limited = f'ulimit -f {kilobytes}; exec "$@"'
    ended = subprocess.run(
        ["bash", "-c", limited, "bash", *command, *written, str(place)], cwd=ROOT, capture_output=True, text=True
    )
    assert ended.returncode == 4, ended.stderr
    assert "cannot be written" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == []


def test_cases_of_a_sweep_are_told_apart(tmp_path: Path) -> None:
    """Cases of a sweep share a title: each has a row of its own in picture and table, and the page no folder's name."""
    shutil.copytree(ROOT / "scenarios", tmp_path / "scenarios")
    sweep = tmp_path / "sweep.yaml"
    grid = "grid:\n  drivers.service_desk.one_off: [15000, 22000, 40000]\n"
    sweep.write_text(f"base: scenarios/service_desk_pilot.yaml\n{grid}")
    words = ["--prior-only", "--draws", "128", "--workers", "1", "--quiet"]
    made = txsim("batch", sweep, *words, "--out", tmp_path / "out")
    assert made.returncode == 0, made.stderr
    document = compose([read_result(tmp_path / "out")])
    (picture,) = document.pictures()
    rows = picture.description.split("; ")
    assert len({row.partition(":")[0] for row in rows}) == len(rows) == 3
    assert "out" not in document.title
