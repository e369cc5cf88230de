# SPDX-License-Identifier: MIT
"""Start-up: whole processes against ``python -c "import numpy"``, interleaved, medians of nine; peak memory.

CPU seconds, user and system, are what a busy machine lengthens least; the ratio is of them. Compiled Python is written
to the disk, or every process would compile it anew.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMANDS = {
    "import numpy": ["-c", "import numpy"],
    "txsim --help": ["-m", "txsim", "--help"],
    "warm txsim run": ["-m", "txsim", "run", "scenarios/service_desk_pilot.yaml", "--quiet"],
}
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def taken(args: list[str]) -> tuple[float, float]:
    """Return wall and CPU seconds of a process."""
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *args], cwd=ROOT, env=ENVIRONMENT, check=True, stdout=subprocess.DEVNULL)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    for args in COMMANDS.values():
        taken(args)
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in COMMANDS}
    for _ in range(9):
        for name, args in COMMANDS.items():
            times[name].append(taken(args))
    middle = {name: [statistics.median(each) for each in zip(*values, strict=True)] for name, values in times.items()}
    base = middle["import numpy"][1]
    print("| process | wall, s | CPU, s | CPU against `import numpy` |\n|---|---|---|---|")
    for name, (wall, cpu) in middle.items():
        print(f"| {name} | {wall:.2f} | {cpu:.2f} | {cpu / base:.1f}× |")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"\nlargest peak memory: {peak:.0f} MiB")


if __name__ == "__main__":
    main()
