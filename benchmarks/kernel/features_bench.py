# SPDX-License-Identifier: MIT
"""What a scenario costs in the kernel that has none of sections 11 to 16 of docs/model.md, and each segment beside it.

``features_bench.py``: each segment, within one process. ``features_bench.py --before FOLDER``: scenarios that both
states of the package can read, against a clone in ``FOLDER`` from before these sections (commit 2d5a6be), in turns; and
whether the bits agree.
CPU time on one thread; the least of many repetitions, since other work on the machine only adds.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
#: Scenarios from before these sections.
OLD = ("service_desk_pilot", "employee_tools_redesign", "digital_channel_rescue", "customers_first", "rivals_adopt_tx")
#: Scenarios that say nothing of their organisation, so that segments can be added.
PLAIN = ("service_desk_pilot", "employee_tools_redesign", "digital_channel_rescue", "tx_programme")
DRAWS, REPEATS, ROUNDS = 4096, 25, 4


def _least(scenario: Any, draws: Any) -> tuple[float, Any]:
    from txsim.simulate.engine import run
    from txsim.simulate.layout import lay_out

    scene = lay_out(scenario, draws.quantities, draws.parameters, draws.count)
    times = []
    for _ in range(REPEATS):
        begun = time.process_time()
        outcome = run(scene.plan, scene.matrix, paths=scene.paths)
        times.append(time.process_time() - begun)
    return min(times), outcome


def measured(folder: Path) -> None:
    """Print, for each old scenario in ``folder``, the least seconds of the kernel and a hash of what it computed."""
    import txsim

    found = {}
    for name in OLD:
        made = txsim.forecast(txsim.load(folder / f"{name}.yaml"), draws=DRAWS, prior_only=True)
        seconds, outcome = _least(made.scenario, made.drawn)
        found[name] = seconds, hashlib.sha256(outcome.result.tobytes()).hexdigest()
    print(json.dumps(found))


def before(clone: Path) -> None:
    """Compare with a clone, in turns."""
    taken: dict[str, list[dict[str, Any]]] = {"before": [], "now": []}
    for turn in range(ROUNDS):
        states = [("before", clone), ("now", ROOT)]
        for state, place in states if turn % 2 else states[::-1]:
            call = [sys.executable, str(Path(__file__).resolve()), "--measure", str(clone / "scenarios")]
            variables = os.environ | {"PYTHONPATH": str(place), "TXSIM_CACHE": str(clone / f"cache-{state}")}
            done = subprocess.run(call, cwd=place, env=variables, capture_output=True, text=True, check=True)
            taken[state].append(json.loads(done.stdout.splitlines()[-1]))
    print("| scenario | before, ms | now, ms | ratio | same bits |\n|---|---|---|---|---|")
    for name in OLD:
        least = {state: min(turn[name][0] for turn in turns) * 1e3 for state, turns in taken.items()}
        ratios = [b[name][0] / a[name][0] for a, b in zip(taken["before"], taken["now"], strict=True)]
        same = len({turn[name][1] for turns in taken.values() for turn in turns}) == 1
        print(
            f"| {name} | {least['before']:.2f} | {least['now']:.2f} | {least['now'] / least['before']:.3f} "
            f"(pairs {statistics.median(ratios):.3f}) | {'yes' if same else 'no'} |"
        )


def _text(name: str, count: int, alike: bool) -> str:
    """Return a scenario whose customers fall into so many segments; 0 for the organisation's own, as it stands."""
    text = (ROOT / "scenarios" / f"{name}.yaml").read_text()
    parts = [
        f"    s{i}: {{customers: {4000 // count}, churn_per_month: {1.2 + 0.2 * i:.1f} %, "
        f"arpu_per_month: {2000 - 150 * i}{'' if alike else f', responds: {0.8 + 0.1 * i:.1f}'}}}"
        for i in range(count)
    ]
    return "\n".join([text, *(["organisation:", "  segments:", *parts] if count else [])]) + "\n"


def segments() -> None:
    """Print what segments add: those that respond alike, then those of which each responds in its own way."""
    import txsim

    few, many = 2, 6
    print("| scenario | none, ms | respond | two segments | each further, of the time without |\n|---|---|---|---|---|")
    for name in PLAIN:
        made = {}
        with tempfile.TemporaryDirectory() as folder:
            shutil.copytree(ROOT / "scenarios" / "organisations", Path(folder) / "organisations")
            file = Path(folder) / "scenario.yaml"
            for count, alike in ((0, True), (few, True), (many, True), (few, False), (many, False)):
                file.write_text(_text(name, count, alike))
                made[count, alike] = txsim.forecast(txsim.load(file), draws=DRAWS, prior_only=True)
        least = dict.fromkeys(made, float("inf"))
        for _ in range(4):
            for key, each in made.items():
                least[key] = min(least[key], _least(each.scenario, each.drawn)[0])
        none = least[0, True]
        for alike in (True, False):
            further = (least[many, alike] - least[few, alike]) / (many - few) / none
            how = "alike" if alike else "each in its own way"
            print(
                f"| {name} | {none * 1e3:.2f} | {how} | {least[few, alike] / none:.2f}x | {further:.1%} |", flush=True
            )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--before", type=Path)
    parser.add_argument("--measure", type=Path)
    told = parser.parse_args()
    if told.measure:
        measured(told.measure)
    elif told.before:
        before(told.before.resolve())
    else:
        segments()
