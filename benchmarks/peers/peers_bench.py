# SPDX-License-Identifier: MIT
"""What a user would write instead, on a reduced load, in one run with a batch of txsim; CPU per path × draw × month.

Usage: ``python benchmarks/peers/peers_bench.py [another python]``. A peer is run by this Python or, where
its package is missing, by the other one (``squigglepy``, ``ema_workbench`` and ``pysd`` are best kept apart); what is
installed in neither is named. ``pm.do`` is measured by ``benchmarks/kernel/pm_do_bench.py``.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "kernel"), str(HERE.parents[1])]

import workload
from batch_bench import units

from txsim.batch.cases import cases_of
from txsim.batch.work import Task, simulate
from txsim.batch.work_plan import Settings, plan_of
from txsim.inference import calibrate
from txsim.simulate.engine import run

NEEDS = {
    "NumPy per scenario": "numpy",
    "squigglepy with arrays": "squigglepy",
    "PyTensor scan, compiled once": "pytensor",
    "EMA workbench": "ema_workbench",
    "PySD": "pysd",
}


def ours(count: int = 100) -> float:
    """Return CPU nanoseconds per cell of a batch: reading, validating, simulating and reducing."""
    with tempfile.TemporaryDirectory() as place:
        cases, *_ = cases_of([units(Path(place) / "units", count)])
        best = 1e9
        for _ in range(4):
            begun = time.process_time()
            plan = plan_of(cases, Settings(4096))
            entries = plan.entries
            calibration = calibrate(plan.specs[entries[0].calibration])
            keys = tuple(entry.key for entry in entries)
            task = Task(0, "", keys, tuple(plan.scenarios[key] for key in keys), (1,) * len(keys), 4096, False)
            simulate(task, calibration)
            best = min(best, time.process_time() - begun)
    return best / (count * 5 * 36 * 4096) * 1e9


def kernel() -> float:
    """Return CPU nanoseconds per cell of the bare kernel on the peers' own workload."""
    plan, matrix = workload.workload(4096)
    run(plan, matrix)
    best = 1e9
    for _ in range(20):
        begun = time.process_time()
        run(plan, matrix)
        best = min(best, time.process_time() - begun)
    return best / (6 * plan.months * 4096) * 1e9


def main() -> None:
    other = sys.argv[1] if len(sys.argv) > 1 else None
    base, bare = ours(), kernel()
    print("| | CPU ns per path × draw × month | times a batch | times the kernel | versions |\n|---|---|---|---|---|")
    print(f"| txsim, a batch with reading, validation and statistics | {base:.1f} | 1 | | |")
    print(f"| txsim, the kernel on the peers' workload | {bare:.1f} | | 1 | |")
    for name, package in NEEDS.items():
        python = sys.executable if importlib.util.find_spec(package) else other
        if python is None:
            print(f"| {name} | not measured: {package} is not installed | | | |")
            continue
        found = subprocess.run([python, str(HERE / "peer.py"), name], capture_output=True, text=True, check=False)
        if found.returncode != 0:
            print(f"| {name} | not measured: {found.stderr.strip().splitlines()[-1][:150]} | | | |")
            continue
        told = json.loads(found.stdout.strip().splitlines()[-1])
        each = told["cpu"] / told["cells"] * 1e9
        versions = ", ".join(f"{package} {number}" for package, number in told["versions"].items())
        print(f"| {name} | {each:,.0f} | {each / base:,.1f} | {each / bare:,.1f} | {versions} |")


if __name__ == "__main__":
    main()
