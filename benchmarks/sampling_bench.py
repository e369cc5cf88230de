# SPDX-License-Identifier: MIT
"""Draws when they are needed: a first run, structures never seen and seen before, one claim more, a refit.

CPU seconds of whole processes in a cache of their own, which a busy machine lengthens less than wall time; a refit is
timed inside a process.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RUN = ["-m", "txsim", "run", "scenarios/service_desk_pilot.yaml", "--quiet"]
REFIT = """
import time
from txsim.forecast import calibration_spec
from txsim.inference import Engine
from txsim.scenario import load
doubts = [{doubts}]
specs = [calibration_spec(load("scenarios/service_desk_pilot.yaml",
                               overrides=[f"evidence.credibility.sears-1998={{c}}", *doubts]))
         for c in (0.5, 0.3, 0.4, 0.6)]
engine = Engine(specs[0])
times = []
for i, spec in enumerate(specs):
    start = time.process_time()
    engine.sample(spec, i)
    times.append(time.process_time() - start)
print(sorted(times[1:])[1])
"""
CLAIM = """
add:
  ours:
    role: scored
    where: elsewhere
    design: cross_section
    read: "yes"
    statement: A study of our own.
    source: A journal
    year: 2020
    sample: 100 shops
    population: retail
    statements: [{{statistic: parameter, about: {about}, value: 0.1, se: 0.5}}]
"""


def cpu(args: list[str], cache: str) -> tuple[float, str]:
    """Return CPU seconds, user and system, and output of a process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    env = {**os.environ, "TXSIM_CACHE": cache}
    done = subprocess.run([sys.executable, *args], cwd=ROOT, check=True, capture_output=True, text=True, env=env)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout


def main() -> None:
    print("| what | CPU, s | aimed at |\n|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="txsim-bench-") as place:
        cache = str(Path(place) / "cache")
        print(f"| first run on a machine, packaged evidence | {cpu(RUN, cache)[0]:.1f} | 8, wall, quiet |", flush=True)
        warm = min(cpu(RUN, cache)[0] for _ in range(3))
        print(f"| warm run | {warm:.2f} | |", flush=True)
        for what, credibility, goal in (("never seen", 0.45, 25), ("seen before", 0.46, 3.5)):
            more = cpu([*RUN, "--set", f"evidence.credibility.sears-1998={credibility}"], cache)[0] - warm
            print(f"| a process that samples a structure {what}, beyond a warm run | {more:.1f} | {goal} |", flush=True)
        for what, about in (("the first", "ex_cx"), ("another", "churn_cx")):
            file = Path(place) / f"{about}.yaml"
            file.write_text(CLAIM.format(about=about))
            more = cpu([*RUN, "--evidence", str(file)], cache)[0] - warm
            print(f"| one claim of one's own more, {what}, beyond a warm run | {more:.1f} | 3.5 |", flush=True)
        for what, doubts in (
            ("", ""),
            (" with two links in doubt", "'priors.doubt.ex_cx=0.3', 'priors.doubt.mx_cx=0.3'"),
        ):
            refit = float(cpu(["-c", REFIT.format(doubts=doubts)], cache)[1])
            print(f"| refit inside a process, 4 × 2,048 draws{what} | {refit:.2f} | 2 |", flush=True)


if __name__ == "__main__":
    main()
