# SPDX-License-Identifier: MIT
"""How quickly a changed belief shows, by true resampling and by weighing stored draws, and how far both disagree.

Inside one process the model is compiled once; each change is then sampled anew (short chains, gate checked) and, apart
from that, weighed from stored draws. Across processes a whole ``txsim priors compare --brief`` is timed with draws
stored.

    python benchmarks/tuning_bench.py [--repeats 3]
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from statistics import median

import numpy as np

from txsim.desk import Desk
from txsim.forecast import calibration_spec
from txsim.inference import CalibrationSpec
from txsim.priors.distributions import lognormal
from txsim.scenario import load

ROOT = Path(__file__).resolve().parent.parent
SCENARIO = ROOT / "scenarios/service_desk_pilot.yaml"


def changes(desk: Desk) -> dict[str, CalibrationSpec]:
    """Return beliefs as one would tune them: credibilities, claims, priors, what a claim says."""
    spec = desk.spec
    told = {f"vendor_claim {a:g}": calibration_spec(desk.credible(vendor_claim=a)) for a in (0.0, 0.1, 0.5)}
    told |= {f"without {name}": desk.without([name]) for name in ("sears-1998", "glassdoor-2019", "harter-2002")}
    for name, prior in {
        "ex_cx": lognormal(0.4, 5),
        "attrition_ex": lognormal(0.02, 4),
        "churn_cx": lognormal(0.02, 3),
    }.items():
        told[f"prior of {name}"] = replace(spec, priors={**spec.priors, name: prior})
    claims = []
    for claim in spec.claims:
        if claim.id == "sears-1998":
            first = replace(claim.statements[0], value=0.4)
            claim = replace(claim, statements=(first, *claim.statements[1:]))
        claims.append(claim)
    told["sears says 0.4"] = replace(spec, claims=tuple(claims))
    return told


def _children() -> float:
    """Return CPU seconds of processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=3)
    repeats = parser.parse_args().repeats
    scenario = load(SCENARIO)
    start = time.perf_counter()
    desk = Desk(scenario, quick=True)
    base = desk.base
    print(f"the scenario's own draws and payoff: {time.perf_counter() - start:.2f} s")
    start = time.perf_counter()
    desk.tuner.engine()
    print(f"compiling once: {time.perf_counter() - start:.1f} s\n")
    print(f"quickest of {repeats}, wall and CPU seconds, payoff included")
    print("| change | resampled, s | CPU | draws | weighed, s | CPU | k̂ | apart, in MCSE |")
    print("|---|---|---|---|---|---|---|---|")
    slow, fast, apart = [], [], []
    for name, spec in changes(desk).items():
        times, cpu = [], []
        for _ in range(repeats):
            start, busy = time.perf_counter(), time.process_time()
            found = desk.tuner.resample(spec)
            one = desk.simulated(scenario, found)
            times.append(time.perf_counter() - start)
            cpu.append(time.process_time() - busy)
        slow.append(min(times))
        row = f"| {name} | {min(times):.2f} | {min(cpu):.2f} | {found.draws:,} |"
        times, cpu = [], []
        for _ in range(repeats):
            desk._kept.clear()
            start, busy = time.perf_counter(), time.process_time()
            other = desk._weighed(spec, scenario)
            times.append(time.perf_counter() - start)
            cpu.append(time.process_time() - busy)
        row += f" {min(times):.2f} | {min(cpu):.2f} |"
        if other is None:
            _, why = desk.tuner.weigh(spec)
            print(f"{row} {why or 'too few'} | |")
            continue
        fast.append(min(times))
        a, b = (each.row().options["commit"].npv for each in (one, other))
        apart.append((a.mean - b.mean) / np.hypot(a.mcse, b.mcse))
        print(f"{row} {other.tuned.k_hat:.2f} | {apart[-1]:+.1f} |")
    print(
        f"\nresampled: median {median(slow):.2f} s, slowest {max(slow):.2f} s; weighed: median {median(fast):.2f} s, "
        f"slowest "
        f"{max(fast):.2f} s; apart by {np.sqrt(np.mean(np.square(apart))):.2f} MCSE (root mean square)"
    )
    print(f"base NPV {base.npv('commit').mean():,.0f}")
    walls: list[float] = []
    spent: list[float] = []
    command = [sys.executable, "-m", "txsim", "priors", "compare", str(SCENARIO), "--credibility", "vendor_claim=0.5",
               "--brief", "--quiet"]  # fmt: skip
    for _ in range(2 * repeats + 1):
        start, before = time.perf_counter(), _children()
        subprocess.run(command, check=True, capture_output=True)
        walls.append(time.perf_counter() - start)
        spent.append(_children() - before)
    print(
        f"a whole process, draws stored: median {median(walls):.2f} s, quickest {min(walls):.2f} s, "
        f"CPU {min(spent):.2f} s"
    )


if __name__ == "__main__":
    main()
