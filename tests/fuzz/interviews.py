# SPDX-License-Identifier: MIT
"""Sheets of experts' answers through `priors elicit`, and single beliefs through `priors set`."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from tests.fuzz.campaign import main
from tests.fuzz.mutations import NAMES, NUMBERS, WORDS, damaged, edited
from tests.fuzz.scenarios import SCENARIO, written

_PARAMETERS = (
    *("ex_cx", "cx_ex", "lag_people", "churn_cx", "spend_cx", "cx_margin") * 3,
    "reach",
    "nope",
    "half_life_people",
)


def _expert(rng: random.Random) -> dict[str, Any]:
    spread = sorted(round(rng.uniform(0.01, 2), 3) for _ in range(5))
    ways: list[dict[str, Any]] = [
        {"quartiles": spread[1:4]},
        {"chips": {"bounds": [0, *spread], "counts": [rng.randrange(6) for _ in spread]}, "weight": 2},
        {"interval": [spread[0], spread[4]], "most_likely": spread[2], "mass": rng.choice([0.5, 0.9, 0.99])},
        {"quantiles": {0.05: spread[0], 0.5: spread[2], 0.95: spread[4]}},
    ]
    return {
        "name": rng.choice(["Ben", "Cy", rng.choice(WORDS)] if rng.random() < 0.4 else ["Ben", "Cy", "Di", "имя"]),
        **rng.choice(ways),
    }


def _sheet(rng: random.Random) -> dict[str, Any]:
    parameters = {}
    for name in rng.sample(
        sorted(set(_PARAMETERS) - {"nope", "half_life_people"}) if rng.random() < 0.8 else _PARAMETERS,
        rng.choice([1, 1, 2]),
    ):
        told: dict[str, Any] = {"why": "they know", "experts": [_expert(rng) for _ in range(rng.choice([1, 1, 2, 4]))]}
        if rng.random() < 0.4:
            told["pool"] = rng.choice(["linear", "precision", "product", "product", "linear", "linear", "x"])
        if rng.random() < 0.25:
            told["family"] = rng.choice(
                ["lognormal", "normal", "gamma", "beta", "split_lognormal", "split_normal", "x"]
            )
        if rng.random() < 0.3:
            told["accept_misfit"] = True
        parameters[name] = told
    return {"by": "Ada", "date": "2026-11-24", "parameters": parameters}


def prepare(base: Path) -> None:
    """Nothing is shared."""


def case(rng: random.Random, base: Path, folder: Path) -> list[str]:
    """Write a scenario and a sheet, or call `priors set` with strange figures."""
    scenario = folder / "scenario.yaml"
    scenario.write_text(SCENARIO)
    if rng.random() < 0.35:
        likely = rng.random() < 0.5
        low, high = ("0.1", "0.7") if likely else (rng.choice(NUMBERS), rng.choice(NUMBERS))
        belief = rng.choice(
            [
                [f"--quantiles=0.05={low},0.5=0.4,0.95={high}"],
                [f"--quantiles={rng.choice(WORDS)}"],
                [f"--interval={low},{high}"],
                [f"--interval={low},{high}", "--median=0.4"],
                [f"--median={low}", f"--factor={high}"],
                [f"--value={low}"],
            ]
        )
        words = [
            f"--by={rng.choice(WORDS)}",
            f"--why={rng.choice(WORDS)}",
            f"--date={'2024-01-01' if likely else rng.choice(WORDS)}",
        ]
        name = rng.choice(_PARAMETERS if rng.random() < 0.8 else NAMES)
        family = [f"--family={rng.choice(['beta', 'gamma', 'normal', 'x'])}"] if rng.random() < 0.3 else []
        args = ["priors", "set", name, str(scenario), *belief, *words, *family]
    else:
        content = written(edited(rng, _sheet(rng), rng.choice([0, 0, 0, 1, 2])))
        sheet = folder / "sheet.yaml"
        sheet.write_bytes(damaged(rng, content) if rng.random() < 0.15 else content)
        args = ["priors", "elicit", str(scenario), "--from", str(sheet), *rng.choice([[], ["--dry-run"]])]
    return [arg.replace("\0", "") for arg in [*args, *rng.choice([[], ["--json"], ["--lang", "ru"]])]]


if __name__ == "__main__":
    main("interviews", prepare, case)
