# SPDX-License-Identifier: MIT
"""A batch as a user runs it, against the bare kernel for the same cells; growth, memory, workers.

Usage: ``python benchmarks/batch_bench.py [scenarios] [growth]`` (1000, and up to 10000 for the growth). Each batch is a
process of its own: reading, validation and writing included, the calibration sampled before. The kernel is timed in
the same run, on two threads, before and after. Wall times need a quiet machine; CPU times hold on a busy one.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil

from txsim.batch.cases import cases_of
from txsim.batch.work_plan import Settings, plan_of
from txsim.forecast import calibration_spec, parameters_for
from txsim.inference import calibrate
from txsim.inference.compiled_model import Engine
from txsim.scenario import load
from txsim.simulate.engine import run, warm_up
from txsim.simulate.layout import lay_out
from txsim.simulate.points import sample_points
from txsim.simulate.quantities import copulas, own_quantities

ROOT = Path(__file__).resolve().parent.parent
PILOT = ROOT / "scenarios" / "service_desk_pilot.yaml"
#: do_nothing and the four options.
PATHS = 5


def units(folder: Path, count: int) -> Path:
    """Write so many scenarios: the service-desk pilot with other effects and costs, and the firm that they extend."""
    (folder / "organisations").mkdir(parents=True)
    firm = ROOT / "scenarios" / "organisations" / "nordlicht.yaml"
    (folder / "organisations" / firm.name).write_bytes(firm.read_bytes())
    rng = random.Random(1)
    text = PILOT.read_text()
    for i in range(count):
        told = text.replace("median: 9", f"median: {rng.uniform(4, 14):.4f}")
        (folder / f"unit{i:05d}.yaml").write_text(
            told.replace("one_off: 22000", f"one_off: {rng.randint(8000, 60000)}")
        )
    return folder


def batch(folder: Path, out: Path, draws: int, workers: int) -> dict[str, float]:
    """Run a batch in a process of its own; wall, CPU (seconds, its workers' included) and peak memory (MiB)."""
    command = [sys.executable, "-m", "txsim", "batch", str(folder), "--out", str(out), "--draws", str(draws)]
    begun = time.perf_counter()
    before = os.times()
    process = subprocess.Popen([*command, "--workers", str(workers), "--progress", "json"], cwd=ROOT,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)  # fmt: skip
    peak = [0]
    watcher = threading.Thread(target=_watch, args=(process.pid, peak), daemon=True)
    watcher.start()
    told = json.loads(process.communicate()[0])
    wall = time.perf_counter() - begun
    after = os.times()
    cpu = after.children_user - before.children_user + after.children_system - before.children_system
    if process.returncode != 0 or told["failures"]:
        sys.exit(f"the batch failed: {told}")
    return {"wall": wall, "cpu": cpu, "peak": peak[0] / 2**20}


def _watch(pid: int, peak: list[int]) -> None:
    """Keep the largest memory (PSS: shared pages counted once) of a process and its workers together."""
    try:
        process = psutil.Process(pid)
        while process.is_running():
            total = 0
            for each in [process, *process.children(recursive=True)]:
                try:
                    total += each.memory_full_info().pss
                except psutil.Error:
                    continue
            peak[0] = max(peak[0], total)
            time.sleep(0.1)
    except psutil.Error:
        return


def kernel(draws: int, workers: int, repetitions: int = 100) -> tuple[float, float]:
    """Return wall and CPU seconds of the bare kernel for one scenario."""
    scenario = load(PILOT)
    calibration = calibrate(calibration_spec(scenario))
    quantities = own_quantities(scenario)
    drawn, along = sample_points(quantities, copulas(scenario), draws, 1)
    scene = lay_out(scenario, drawn, parameters_for(calibration, along), draws)
    paths = scene.paths[:PATHS]
    run(scene.plan, scene.matrix, paths=paths)
    wall, cpu = time.perf_counter(), time.process_time()
    if workers == 1:
        for _ in range(repetitions):
            run(scene.plan, scene.matrix, paths=paths)
    else:
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(lambda _: run(scene.plan, scene.matrix, paths=paths), range(repetitions)))
    return (time.perf_counter() - wall) / repetitions, (time.process_time() - cpu) / repetitions


def reading(folder: Path) -> float:
    """Return CPU milliseconds for reading, validating, hashing and planning one file."""
    cases, *_ = cases_of([folder])
    best = 1e9
    for _ in range(3):
        begun = time.process_time()
        plan = plan_of(cases, Settings(4096))
        best = min(best, (time.process_time() - begun) / len(plan.entries) * 1e3)
    return best


def calibrations() -> str:
    """Say what the first calibration of a batch costs, compiling included, and each further one."""
    taken = []
    with tempfile.TemporaryDirectory() as cache:
        before, os.environ["TXSIM_CACHE"] = os.environ.get("TXSIM_CACHE"), cache
        compiled = Path(before or Path.home() / ".cache" / "txsim") / "pytensor"
        if compiled.is_dir():  # compiled code of earlier runs: what a warm machine has
            shutil.copytree(compiled, Path(cache, "pytensor"))
        engines: list[Engine] = []
        for credibility in (0.10, 0.12, 0.14, 0.16, 0.18, 0.20, 0.22, 0.24):
            spec = calibration_spec(load(PILOT, overrides=[f"evidence.credibility.vendor_claim={credibility}"]))
            begun = time.process_time()
            calibrate(spec, engines=engines)
            taken.append(time.process_time() - begun)
        os.environ.pop("TXSIM_CACHE")
        if before is not None:
            os.environ["TXSIM_CACHE"] = before
    more = sum(taken[1:]) / len(taken[1:])
    return f"calibrations: {taken[0]:.1f} s of CPU for the first, compiling included, {more:.1f} s for each further one"


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    growth = int(sys.argv[2]) if len(sys.argv) > 2 else 10_000
    warm_up(lambda sentence, share: print(sentence))
    with tempfile.TemporaryDirectory() as place:
        work = Path(place)
        sizes = [size for size in (100, 1000, 10_000) if size <= max(growth, count)]
        folders = {size: units(work / f"units{size}", size) for size in {*sizes, count}}
        batch(folders[100], work / "warm", 4096, 2)
        batch(folders[100], work / "warm1024", 1024, 2)
        print(f"load of the machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n")
        print(f"reading and validating: {reading(folders[count]):.2f} ms of CPU a file\n")

        names = ("batch", "draws", "workers", "wall, s", "CPU, s", "peak, MiB", "kernel wall, s", "kernel CPU, s")
        print(f"| {' | '.join(names)} | (wall − 1.5)/kernel | (CPU − 1.5 a worker)/kernel |")
        print("|---" * (len(names) + 2) + "|")
        two: dict[str, float] = {}
        for workers in (1, 2):
            before = kernel(4096, workers)
            found = batch(folders[count], work / f"out{workers}", 4096, workers)
            after = kernel(4096, workers)
            wall, cpu = (count * (x + y) / 2 for x, y in zip(before, after, strict=True))
            ratio, used = (found["wall"] - 1.5) / wall, (found["cpu"] - 1.5 * workers) / cpu
            print(f"| {count:,} | 4,096 | {workers} | {found['wall']:.1f} | {found['cpu']:.1f} | {found['peak']:.0f} | "
                  f"{wall:.1f} | {cpu:.1f} | {ratio:.2f} | {used:.2f} |")  # fmt: skip
            two[f"cpu{workers}"], two[f"wall{workers}"] = found["cpu"], found["wall"]
        more, less = two["cpu2"] / two["cpu1"] - 1, two["wall2"] / two["wall1"]
        print(f"\ntwo workers: {more:+.0%} CPU, {less:.2f} of the wall time")

        print("\n| scenarios × 1,024 draws | wall, s | CPU, s | peak, MiB | CPU ms each | for each more | in kernels |")
        print("|---" * 7 + "|")
        last: tuple[int, float] | None = None
        for size in sizes:
            busy = kernel(1024, 1)[1]
            found = batch(folders[size], work / f"grow{size}", 1024, 2)
            each = (busy + kernel(1024, 1)[1]) / 2
            cells = [f"{found['cpu'] / size * 1e3:.2f}", "", ""]
            if last is not None:  # what a batch costs to begin is not counted, and a busy machine slows both alike
                slope = (found["cpu"] - last[1]) / (size - last[0])
                cells[1:] = [f"{slope * 1e3:.2f} ms", f"{slope / each:.2f}"]
            print(
                f"| {size:,} | {found['wall']:.1f} | {found['cpu']:.1f} | {found['peak']:.0f} | {' | '.join(cells)} |"
            )
            last = (size, found["cpu"])
        print("\n" + calibrations())
        print(f"\nload of the machine after: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
