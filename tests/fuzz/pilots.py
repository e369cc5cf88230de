# SPDX-License-Identifier: MIT
"""Finished pilots, saved rules and logs of pilots, through `update` and `run`."""

from __future__ import annotations

import json
import random
from pathlib import Path

from tests.fuzz.calls import good
from tests.fuzz.campaign import main
from tests.fuzz.mutations import NAMES, WORDS, damaged, edited
from tests.fuzz.panels import as_csv, spoiled
from tests.fuzz.scenarios import SCENARIO


def prepare(base: Path) -> None:
    """Write a scenario without claims, the rule of its pilot, and the log of a pilot that ran."""
    scenario = base / "scenario.yaml"
    scenario.write_text(SCENARIO)
    good(["pilot", str(scenario), "--draws", "128", "--quiet", "--rule", str(base / "rule.json")], base)
    (base / "pilot.csv").write_bytes(as_csv(random.Random(0), _rows(random.Random(0))))
    good(["update", str(scenario), str(base / "pilot.csv"), "--draws", "128", "--quiet"], base)
    assert list(base.glob("*.jsonl")), "no log of pilots was written"


def _rows(rng: random.Random) -> list[list[str]]:
    rows = [["unit", "period", "treated", "post", "enps", "n_ex"]]
    for u in range(rng.choice([2, 4, 8, 12])):
        for post in (0, 1):
            treated = u % 2
            value = 10 + 9 * treated * post + rng.gauss(0, 4)
            rows.append([f"u{u}", f"2024-0{1 + 6 * post}", str(treated), str(post), f"{value:.2f}", "55"])
    return rows


def case(rng: random.Random, base: Path, folder: Path) -> list[str]:
    """Write a pilot's file, a rule or a log with something wrong."""
    scenario = folder / "scenario.yaml"
    scenario.write_text(SCENARIO)
    log = next(base.glob("*.jsonl"))
    if rng.random() < 0.25:
        lines = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
        text = "".join(f"{json.dumps(edited(rng, line, rng.choice([0, 1, 2])), default=str)}\n" for line in lines)
        content = text.encode("utf-8", "surrogatepass")
        (folder / log.name).write_bytes(damaged(rng, content) if rng.random() < 0.4 else content)
        scenario.write_text(SCENARIO + f"pilots: {log.name}\n")
        verb = rng.choice([["check"], ["run", "--prior-only", "--draws", "128", "--json", "--quiet"]])
        return [verb[0], str(scenario), *verb[1:]]
    rows = _rows(rng)
    for _ in range(rng.choice([0, 1, 1, 2])):
        rows = spoiled(rng, rows)
    content = as_csv(rng, rows)
    (folder / "pilot.csv").write_bytes(damaged(rng, content) if rng.random() < 0.25 else content)
    args = ["update", str(scenario), str(folder / "pilot.csv"), "--draws", "128", "--quiet"]
    if rng.random() < 0.3:
        rule = edited(rng, json.loads((base / "rule.json").read_text("utf-8")), rng.choice([0, 1, 2]))
        content = json.dumps(rule, default=str).encode("utf-8", "surrogatepass")
        (folder / "rule.json").write_bytes(damaged(rng, content) if rng.random() < 0.3 else content)
        args += ["--rule", str(folder / "rule.json")]
    for name in ("--measure", "--node", "--scale"):
        if rng.random() < 0.15:
            args += [name, rng.choice(rng.choice([NAMES, WORDS])).replace("\0", "")]
    return [*args, *rng.choice([[], ["--json"], ["--randomised"], ["--no-log"], ["--lang", "ru"]])]


if __name__ == "__main__":
    main("pilots", prepare, case)
