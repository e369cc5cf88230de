# SPDX-License-Identifier: MIT
"""What stands behind `--set` and `--vary`: paths into a scenario, values, ranges."""

from __future__ import annotations

import random
from pathlib import Path

import yaml

from tests.fuzz.campaign import main
from tests.fuzz.mutations import NAMES, NUMBERS, TOKENS, WORDS, places, typo
from tests.fuzz.scenarios import SCENARIO

_MORE = (
    "data",
    "evidence.add",
    "priors.ex_cx",
    "drivers",
    "seed",
    "graph.edges",
    "organisation.segments",
    "pilots",
    "x",
)


def _path(rng: random.Random, inside: list[str]) -> str:
    path = rng.choice([*inside, *_MORE])
    what = rng.randrange(12)
    if what == 0:
        path = typo(rng, path)
    elif what == 1:
        path += rng.choice(
            [".", "[0]", "[-1]", "[99999999999]", "[x]", "..a", ".x.y", "[", "]", "[0][0]", ".0", "." * 500]
        )
    elif what == 2:
        path = path.replace(rng.choice([".", "[", "]", "0"]), rng.choice(["", *WORDS, *NAMES]), 1)
    return path


def _number(rng: random.Random) -> str:
    return str(rng.choice([0, 0.01, 0.25, 1, 2, 3, 6, 12, 30, 100, 5000, 1e6]) * rng.choice([1, 1, 1, -1]))


def _value(rng: random.Random) -> str:
    if rng.random() < 0.5:
        return _number(rng)
    pieces = [
        *NUMBERS,
        *WORDS,
        *TOKENS,
        *NAMES,
        "[1, 2",
        "{a: 1}",
        "{median: 1, factor: 2}",
        "9 ×/÷ 1.8",
        "data=" + "x" * 5000,
    ]
    text = rng.choice(pieces)
    return text + rng.choice(pieces) if rng.random() < 0.2 else text


def _range(rng: random.Random) -> str:
    if rng.random() < 0.5:
        low, high = _number(rng), _number(rng)
        return rng.choice([f"{low}..{high}:{rng.randrange(2, 6)}", f"{low},{high}"])
    low, high = rng.choice(["1", "0.1", *NUMBERS]), rng.choice(["5", "1e3", *NUMBERS])
    ways = [
        f"{low}..{high}:{rng.choice(['3', '0', '1', '-1', '1e9', 'x', ''])}",
        f"{low},{high}",
        low,
        _value(rng),
        ",",
    ]
    return rng.choice([*ways, f"{low}..{high}", ",".join([low] * 40), "..", "1..2..3", "1..2:2:2"])


def prepare(base: Path) -> None:
    """Write the scenario."""
    (base / "scenario.yaml").write_text(SCENARIO)


def case(rng: random.Random, base: Path, folder: Path) -> list[str]:
    """Call a verb with changed values."""
    inside = []
    for path in places(yaml.safe_load(SCENARIO)):
        text = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path)
        inside.append(text.removeprefix("."))
    args = [str(base / "scenario.yaml")]
    verb = rng.choice(["check", "check", "run", "whatif", "whatif", "whatif"])
    if verb != "check":
        args += ["--prior-only", "--draws=128", "--quiet", *rng.choice([[], ["--json"], ["--lang=ru"]])]
    if verb == "whatif":
        args += [f"--vary={_path(rng, inside)}={_range(rng)}" for _ in range(rng.choice([1, 1, 1, 2, 3]))]
    if verb != "whatif" or rng.random() < 0.2:
        args += [f"--set={_path(rng, inside)}={_value(rng)}" for _ in range(rng.choice([1, 1, 2]))]
    return [verb, *(arg.replace("\0", "") for arg in args)]


if __name__ == "__main__":
    main("overrides", prepare, case)
