# SPDX-License-Identifier: MIT
"""How many true panels the reader asks about or refuses: ``python benchmarks/false_alarms.py [PANELS] [SEED]``.

Each panel is of people who answer from a normal opinion, cut to the steps of a scale, whose mean differs between units
and moves by itself: scores or means with and without numbers of answers, shares, or one row per answer.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd

from txsim.errors import InputError
from txsim.panel.reader.cleaning import read_panel
from txsim.panel.reader.link_spec import read_spec

#: Scale → least and largest answer.
_STEPS = {"nps": (0, 10), "likert5": (1, 5), "likert7": (1, 7), "zero_to_ten": (0, 10), "likert10": (1, 10)}
FORMS = ("scores with n", "scores", "shares", "answers")


def answers(rng: np.random.Generator, low: int, high: int, shape: tuple[int, int], people: int) -> list[np.ndarray]:
    """Return the answers of each unit and period, unit by unit."""
    width = high - low
    level = low + width * rng.uniform(0.5, 0.85)
    units = rng.normal(0.0, width * rng.uniform(0.02, 0.12), shape[0])
    own = np.zeros(shape)
    memory, shock = rng.uniform(0.0, 0.9), width * rng.uniform(0.005, 0.06)
    for t in range(1, shape[1]):
        own[:, t] = memory * own[:, t - 1] + rng.normal(0.0, shock, shape[0])
    mean = level + units[:, None] + own + rng.normal(0.0, width * rng.uniform(0.0, 0.02), shape[1])
    spread = width * rng.uniform(0.12, 0.28)
    fewest = max(3, round(people * rng.uniform(0.3, 1.0)))
    return [
        np.clip(np.rint(mean[cell] + spread * rng.standard_normal(rng.integers(fewest, people + 1))), low, high)
        for cell in np.ndindex(shape)
    ]


def panel(rng: np.random.Generator, folder: Path) -> tuple[Path, str, str]:
    """Write a panel, and return its file, scale and form."""
    scale, form = str(rng.choice([*_STEPS, "nps", "nps"])), str(rng.choice(FORMS))
    form = "scores" if form == "shares" and scale != "nps" else form
    low, high = _STEPS[scale]
    shape = int(rng.integers(3, 61)), int(rng.integers(3, 31))
    people = int(rng.choice([12, 25, 60, 400] if form != "answers" else [8, 15]))
    digits = int(rng.integers(1, 3))
    both = {name: answers(rng, low, high, shape, people) for name in ("ex", "cx")}
    rows: dict[str, list[object]] = {}
    when = [f"{2022 + t // 12}-{t % 12 + 1:02d}" for t in range(shape[1])]
    for k, (u, t) in enumerate(np.ndindex(shape)):
        if form == "answers":
            count = max(len(values[k]) for values in both.values())
            rows.setdefault("unit", []).extend([f"Branch {u + 1}"] * count)
            rows.setdefault("period", []).extend([when[t]] * count)
            for name, values in both.items():
                rows.setdefault(name, []).extend([*map(int, values[k]), *[""] * (count - len(values[k]))])
            continue
        told: dict[str, object] = {"unit": f"Branch {u + 1}", "period": when[t]}
        for name, values in both.items():
            one = values[k]
            up, down = 100 * (one >= 9).mean(), 100 * (one <= 6).mean()
            if form == "shares":
                told |= {f"{name}_promoters": round(up, digits), f"{name}_detractors": round(down, digits)}
            else:
                told[name] = round(up - down if scale == "nps" else one.mean(), digits)
            if form != "scores":
                told[f"n_{name}"] = len(one)
        for name, cell in told.items():
            rows.setdefault(name, []).append(cell)
    path = folder / "panel.csv"
    pd.DataFrame(rows).to_csv(path, index=False)
    return path, scale, form


def alarms(panels: int, seed: int) -> Counter[str]:
    """Return what is asked of true panels, and how often; the panel's number, scale and form stand before it."""
    asked: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        for k in range(panels):
            path, scale, form = panel(np.random.default_rng([seed, k]), Path(folder))
            try:
                read_panel(path, read_spec(None, scale=scale))
            except InputError as error:
                asked[f"{k}, {scale}, {form}: {error.problems[0].message}"] += 1
    return asked


if __name__ == "__main__":
    size, first = (int(sys.argv[i]) if len(sys.argv) > i else default for i, default in ((1, 400), (2, 1)))
    found = alarms(size, first)
    for message in found:
        print(message)
    print(f"{len(found)} of {size} true panels are asked about or refused")
