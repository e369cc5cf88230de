# SPDX-License-Identifier: MIT
"""A batch that is killed, starved of workers or disk, or fed rubbish ends in the same bytes as an undisturbed one."""

from __future__ import annotations

import contextlib
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

ROOT = Path(__file__).resolve().parents[2]
COUNT = 160
KILLS = 20


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, units_of: Any) -> Path:
    """Folder with units, some of them faulty."""
    folder: Path = tmp_path_factory.mktemp("faults")
    units = units_of(folder / "units", COUNT)
    (units / "latin1.yaml").write_bytes("title: Müller\n".encode("latin-1"))
    (units / "empty.yaml").write_bytes(b"")
    (units / "cut.yaml").write_text("drivers: [{name: a")
    (units / "circle.yaml").write_text("extends: circle.yaml\n")
    (units / "nothing.yaml").symlink_to("nowhere.yaml")
    (units / "folder.yaml").mkdir()
    (units / "huge.yaml").write_text("title: x\n" + "# nothing\n" * 120_000)
    os.mkfifo(units / "pipe.yaml")
    return folder


def _command(place: Path, out: str | Path, workers: int) -> list[str]:
    told = ["--draws", "128", "--prior-only", "--workers", str(workers), "--progress", "json"]
    return [sys.executable, "-m", "txsim", "batch", str(place / "units"), "--out", str(out), *told]


def _run(place: Path, out: str | Path, workers: int = 1, **more: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        _command(place, out, workers), capture_output=True, text=True, cwd=ROOT, timeout=300, check=False, **more
    )


@pytest.fixture(scope="module")
def undisturbed(place: Path, digests_of: Any) -> dict[str, str]:
    """Hashes of the results of a batch that nobody disturbs."""
    found = _run(place, place / "undisturbed")
    assert found.returncode == 1, found.stderr  # the faulty files
    told: dict[str, str] = digests_of(place / "undisturbed")
    lines = (place / "undisturbed" / "failures.jsonl").read_text().splitlines()
    assert len(lines) == 7
    return told


@contextlib.contextmanager
def _begun(place: Path, out: Path, workers: int) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        _command(place, out, workers), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd=ROOT
    )
    try:
        yield process
    finally:
        if process.stderr is not None:
            process.stderr.close()
        process.wait()


def _wait_for(process: subprocess.Popen[str], phase: str) -> None:
    assert process.stderr is not None
    for line in process.stderr:
        if f'"phase": "{phase}"' in line:
            return


def test_killed_at_twenty_moments(place: Path, undisturbed: dict[str, str], digests_of: Any) -> None:
    rng = random.Random(20)
    out = place / "killed"
    survived = 0
    for i in range(KILLS):
        # What was computed is partly lost, so that there is something to do for the next kill to disturb.
        for part in sorted((out / ".work" / "parts").glob("*.part")):
            if rng.random() < 0.5:
                part.write_bytes(part.read_bytes()[: rng.randrange(200)]) if rng.random() < 0.5 else part.unlink()
        with _begun(place, out, workers=1 + i % 2) as process:
            phase = rng.choice(["reading", "simulating", "simulating", "writing"])
            _wait_for(process, phase)
            time.sleep(rng.uniform(0, 0.25 if phase != "writing" else 0.05))
            process.kill()
            process.wait()
            survived += process.returncode != -signal.SIGKILL
    assert survived < KILLS / 2, "most kills came too late to disturb anything"
    assert _run(place, out).returncode == 1
    assert digests_of(out) == undisturbed


def test_workers_killed_under_load(place: Path, undisturbed: dict[str, str], digests_of: Any) -> None:
    rng = random.Random(5)
    out = place / "workers"
    killed = 0
    with _begun(place, out, workers=2) as process:
        _wait_for(process, "simulating")
        while process.poll() is None and killed < 4:
            with contextlib.suppress(psutil.Error):
                victims = psutil.Process(process.pid).children()
                if victims:
                    rng.choice(victims).kill()
                    killed += 1
            time.sleep(rng.uniform(0.1, 0.5))
        for _ in process.stderr or ():
            pass
    assert killed > 0
    assert process.returncode == 1
    assert digests_of(out) == undisturbed


def test_a_disk_that_fills(place: Path, undisturbed: dict[str, str], digests_of: Any) -> None:
    disk = place / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=96k", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("no right to mount a small file system; the limit of a file's size is tried instead")
    try:
        full = _run(place, disk / "out")
        assert (full.returncode, "the disk is full" in full.stderr) == (4, True), full.stderr
        assert not (disk / "out" / "manifest.json").exists()
        subprocess.run(["mount", "-o", "remount,size=64m", str(disk)], check=True)
        assert _run(place, disk / "out").returncode == 1
        assert digests_of(disk / "out") == undisturbed
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def test_a_limit_of_file_size(place: Path, undisturbed: dict[str, str], digests_of: Any) -> None:
    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))

    out = place / "limited"
    full = _run(place, out, preexec_fn=limited)
    assert (full.returncode, "a file may not be as large here" in full.stderr) == (4, True), full.stderr
    assert "Traceback" not in full.stderr
    assert not list(out.rglob("*.tmp"))
    assert _run(place, out).returncode == 1
    assert digests_of(out) == undisturbed


def test_a_killed_rewrite_keeps_what_counted(place: Path, undisturbed: dict[str, str], digests_of: Any) -> None:
    """A second batch of changed files is killed; going back to the first files ends in the first results."""
    out = place / "rewrite"
    shutil.copytree(place / "undisturbed", out, symlinks=True)
    changed = place / "units" / "unit0003.yaml"
    before = changed.read_text()
    try:
        changed.write_text(before.replace("monthly: 300", "monthly: 301"))
        with _begun(place, out, workers=1) as process:
            _wait_for(process, "writing")
            process.kill()
    finally:
        changed.write_text(before)
    assert _run(place, out).returncode == 1
    assert digests_of(out) == undisturbed


@pytest.mark.filterwarnings("ignore")
@pytest.mark.usefixtures("event_loop")
def test_a_cluster_that_loses_a_worker(place: Path, undisturbed: dict[str, str], digests_of: Any) -> None:
    distributed = pytest.importorskip("distributed")
    out = place / "cluster"
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
    ) as cluster:
        command = [*_command(place, out, 1), "--scheduler", cluster.scheduler_address]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd=ROOT)
        _wait_for(process, "simulating")
        time.sleep(0.3)
        next(iter(cluster.workers.values())).process.process.kill()
        _, told = process.communicate(timeout=200)
    assert process.returncode == 1, told
    assert digests_of(out) == undisturbed


def test_a_cluster_that_loses_its_scheduler(place: Path, undisturbed: dict[str, str], digests_of: Any) -> None:
    pytest.importorskip("distributed")
    out, address = place / "headless", place / "scheduler.json"
    dask = [sys.executable, "-m", "dask"]
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": ROOT}
    here = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(address)]
    with contextlib.ExitStack() as stack:

        def begin(*args: str) -> subprocess.Popen[bytes]:
            process = subprocess.Popen([*dask, *args], **quiet)
            stack.callback(process.wait)
            stack.callback(process.kill)
            return process

        scheduler = begin("scheduler", *here)
        begin("worker", "--scheduler-file", str(address), "--nthreads", "1", "--no-nanny", "--no-dashboard")
        # Whoever asks too early is told that there are no workers.
        while not address.exists():
            time.sleep(0.1)
        command = [*_command(place, out, 1), "--scheduler", json.loads(address.read_text())["address"]]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd=ROOT)
        _wait_for(process, "simulating")
        scheduler.kill()
        _, told = process.communicate(timeout=200)
    assert process.returncode == 1, told
    assert told.splitlines()[-1] == "the connection to the Dask scheduler was lost; what is done is kept", told
    assert not [line for line in told.splitlines()[:-1] if not line.startswith("{")], told
    assert _run(place, out).returncode == 1
    assert digests_of(out) == undisturbed
