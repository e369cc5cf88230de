# SPDX-License-Identifier: MIT
"""Folders and files of results that something has damaged, through the verbs that read them."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path

from tests.fuzz.calls import good
from tests.fuzz.campaign import main
from tests.fuzz.mutations import damaged, edited
from tests.fuzz.queries import prepare as prepare_batch

_VERBS = (
    ["whatif", "--vary", "drivers.desk.one_off=1000,9000"],
    ["explain"],
    ["compare"],
    ["pilot"],
    ["run"],
)


def prepare(base: Path) -> None:
    """Make results of a batch, of a run with its folder, and of other verbs as JSON."""
    prepare_batch(base)
    scenario = str(base / "unit1.yaml")
    quiet = ["--prior-only", "--draws", "128", "--quiet"]
    good(["run", scenario, *quiet, "--out", str(base / "run")], base)
    for verb, *options in _VERBS:
        files = [scenario, str(base / "unit2.yaml")] if verb == "compare" else [scenario]
        (base / f"{verb}.json").write_text(good([verb, *files, *options, *quiet, "--json"], base))


def _harm(rng: random.Random, file: Path) -> None:
    content = file.read_bytes()
    if file.suffix == ".json" and rng.random() < 0.6:
        changed = edited(rng, json.loads(content), rng.choice([1, 2]))
        file.write_bytes(json.dumps(changed, default=str).encode("utf-8", "surrogatepass"))
    elif rng.random() < 0.1:
        file.unlink()
    elif rng.random() < 0.1:
        file.write_bytes(b"")
    else:
        file.write_bytes(damaged(rng, content))


def case(rng: random.Random, base: Path, folder: Path) -> list[str]:
    """Copy results, damage a file of them, and read them."""
    kind = rng.choice(["out", "run", "json", "json"])
    lang = rng.choice([[], [], ["--lang", "ru"]])
    report = ["report", "-o", str(folder / f"report.{rng.choice(['md', 'md', 'html'])}")]
    if kind == "json":
        file = folder / "result.json"
        shutil.copy(base / f"{rng.choice(_VERBS)[0]}.json", file)
        _harm(rng, file)
        picture = ["plot", str(file), *rng.choice([[], ["waterfall"], ["fan"], ["x"]]), "-o", str(folder / "p.svg")]
        return [*report, str(file), *lang] if rng.random() < 0.8 else picture
    copy = folder / kind
    shutil.copytree(base / kind, copy)
    files = sorted(path for path in copy.rglob("*") if path.is_file())
    if files:
        _harm(rng, rng.choice(files))
    if kind == "run":
        return rng.choice([[*report, str(copy), *lang], ["diff", str(copy), str(base / "run"), "--json", "--quiet"]])
    scenario = str(base / "unit1.yaml")
    asked = [
        ["results", "top", str(copy)],
        ["results", "export", str(copy)],
        ["results", "query", str(copy), "SELECT * FROM results JOIN scenarios USING (path)"],
        ["results", "query", str(copy), "SELECT * FROM draws", "--format", "json"],
        [*report, str(copy), *lang],
        ["batch", scenario, "--out", str(copy), "--draws", "128", "--workers", "1", "--replace", "--progress", "none"],
    ]
    return rng.choice(asked)


if __name__ == "__main__":
    main("results", prepare, case)
