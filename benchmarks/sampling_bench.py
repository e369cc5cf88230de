# SPDX-License-Identifier: MIT
"""Draws when they are needed: a cold first run, a process that samples anew, a refit inside a process.

Each figure is the wall time of a whole process in an own cache, but for the refit, which is timed inside one.
``cold`` compiles everything; ``resample`` finds PyTensor's machine code and compiles what is left of it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RUN = ["-m", "txsim", "run", "scenarios/service_desk_pilot.yaml", "--quiet"]
REFIT = """
import time
from txsim.forecast import calibration_spec
from txsim.inference import Engine
from txsim.scenario import load
specs = [calibration_spec(load("scenarios/service_desk_pilot.yaml", overrides=[f"evidence.credibility.sears-1998={c}"]))
         for c in (0.5, 0.3, 0.4, 0.6)]
engine = Engine(specs[0])
times = []
for i, spec in enumerate(specs):
    start = time.perf_counter()
    engine.sample(spec, i)
    times.append(time.perf_counter() - start)
print(sorted(times[1:])[1])
"""


def wall(args: list[str], cache: str) -> tuple[float, str]:
    """Return wall time and output of a process."""
    start = time.perf_counter()
    env = {**os.environ, "TXSIM_CACHE": cache}
    done = subprocess.run([sys.executable, *args], cwd=ROOT, check=True, capture_output=True, text=True, env=env)
    return time.perf_counter() - start, done.stdout


def main() -> None:
    print("| what | wall, s | goal |\n|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="txsim-bench-") as place:
        cache = str(Path(place) / "cache")
        print(f"| cold first run, everything compiled | {wall(RUN, cache)[0]:.0f} | 90 |", flush=True)
        again = [*RUN, "--set", "evidence.credibility.sears-1998=0.45"]
        print(f"| a process that samples anew | {wall(again, cache)[0]:.1f} | 15 |", flush=True)
        print(f"| refit inside a process | {float(wall(['-c', REFIT], cache)[1]):.2f} | 2 |", flush=True)
        print(f"| warm run | {wall(RUN, cache)[0]:.2f} | |")


if __name__ == "__main__":
    main()
