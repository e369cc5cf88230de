# SPDX-License-Identifier: MIT
"""Peak memory of the largest scenarios that files may hold: 100 nodes, 30 groups, 240 months, 50 drivers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
NODES, GROUPS, MONTHS, DRIVERS = 100, 30, 240, 50


def largest(own: int = NODES - 4 - GROUPS) -> dict[str, Any]:
    """Return a scenario with so many own nodes: every other one moves staff, the rest are moved by coordination.

    Staff of each group are a node, too.
    """
    groups = {
        f"g{i}": {
            "headcount": 40 + i,
            "meets_customers": i % 2 == 0,
            "turnover_per_year": 0.2,
            "salary_per_year": 40000,
        }
        for i in range(GROUPS)
    }
    nodes = [{"name": f"n{i}", "meaning": "an own figure"} for i in range(own)]
    edges = [
        {
            "source": f"n{i}" if i % 2 == 0 else "mx",
            "target": "ex" if i % 2 == 0 else f"n{i}",
            "slope": {"median": 0.01, "factor": 2},
            "lag": "lag_people",
        }
        for i in range(own)
    ]
    drivers = [
        {
            "name": f"d{i}",
            "kind": "people",
            "owner": "shared",
            "pushes": [
                {"node": "ex", "group": f"g{i % GROUPS}", "effect": {"median": 2, "factor": 1.5}, "months": 6},
                {"node": f"n{2 * (i % (own // 2))}", "effect": {"median": 2, "factor": 1.5}, "months": 6},
            ],
            "one_off": 1000,
            "monthly": 10,
        }
        for i in range(DRIVERS)
    ]
    index = {"mx": 50, "ux_employee": 50, "ux_customer": 60, "ex": 55, "cx": 60}
    return {
        "title": "The largest",
        "organisation": {
            "name": "Firm",
            "currency": "EUR",
            "index": index | {f"n{i}": 50 for i in range(own)},
            "coordination": 0.2,
            "staff": groups,
            "customers": 4000,
            "churn_per_month": 0.018,
            "arpu_per_month": 2000,
            "contribution_margin": 0.25,
        },
        "horizon_months": MONTHS,
        "graph": {"nodes": nodes, "edges": edges},
        "drivers": drivers,
        "pilot": {"months": 6, "scope": 0.25, "one_off": 1000},
    }


def peak_of(args: list[str]) -> tuple[int, float, int]:
    """Return the peak memory of a call of txsim in bytes, its wall time and exit code."""
    begun = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "txsim", *args], cwd=ROOT, stdout=subprocess.DEVNULL)
    usage: list[Any] = []
    waiter = threading.Thread(target=lambda: usage.extend(os.wait4(process.pid, 0)))
    waiter.start()
    waiter.join()
    return usage[2].ru_maxrss * 1024, time.perf_counter() - begun, os.waitstatus_to_exitcode(usage[1])


def main() -> None:
    print("| process | peak memory, MiB | wall, s | exit code |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "largest.json.yaml"
        file.write_text(json.dumps(largest()))
        run = ["run", str(file), "--quiet"]
        calls = {
            "check": ["check", str(file)],
            "run --prior-only": [*run, "--prior-only"],
            "run": run,
            "run --prior-only --out": [*run, "--prior-only", "--out", f"{folder}/out"],
            "run --prior-only --report": [*run, "--prior-only", "--report", f"{folder}/page.html"],
        }
        for name in sys.argv[1:] or calls:
            peak, seconds, code = peak_of(calls[name])
            print(f"| {name} | {peak / 2**20:,.0f} | {seconds:.1f} | {code} |", flush=True)


if __name__ == "__main__":
    main()
