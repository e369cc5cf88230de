# SPDX-License-Identifier: MIT
"""Start-up: wall time of whole processes against ``python -c "import numpy"``, interleaved, medians; peak memory."""

from __future__ import annotations

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


def wall(args: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, *args], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> None:
    for args in COMMANDS.values():
        wall(args)
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(9):
        for name, args in COMMANDS.items():
            times[name].append(wall(args))
    base = statistics.median(times["import numpy"])
    print("| process | wall, s | against `import numpy` |\n|---|---|---|")
    for name, values in times.items():
        middle = statistics.median(values)
        print(f"| {name} | {middle:.2f} | {middle / base:.1f}× |")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"\nlargest peak memory: {peak:.0f} MiB")


if __name__ == "__main__":
    main()
