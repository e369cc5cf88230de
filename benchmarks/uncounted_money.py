# SPDX-License-Identifier: MIT
"""What may a calibration learn of CX and churn where nobody counted answers? ``python benchmarks/uncounted_money.py``.

Simulated panels of CX on an index and of churn, which follows CX in the same month, a month later, or not at all; CX
persists and is measured with noise (``--noise``: share of its variance within units). Each is read with numbers of
answers and without. Told are how many intervals of 90 % hold what a lasting change of CX comes to, how many are certain
of a wrong sign, how many reach the calibration, and how many of those hold the truth.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from txsim.panel.likelihood.outcomes import Outcome, read_outcomes
from txsim.panel.reader.cleaning import read_panel
from txsim.panel.reader.link_spec import read_spec

_EFFECT, _SD = 0.02, 3.0


def simulated(panel: int, units: int, months: int, noise: float, timing: str) -> list[str]:
    """Return the rows of one panel, with numbers of answers."""
    rng = np.random.default_rng([23, panel, units, months])
    memory, own = rng.uniform(0.2, 0.85), rng.uniform(0.1, 0.6)
    cx, left = np.zeros((units, months + 61)), np.zeros((units, months + 61))
    for t in range(1, months + 61):
        cx[:, t] = memory * cx[:, t - 1] + np.sqrt(1 - memory**2) * _SD * rng.standard_normal(units)
        left[:, t] = own * left[:, t - 1] + np.sqrt(1 - own**2) * 0.1 * rng.standard_normal(units)
    effect = {"within": cx[:, 61:], "later": cx[:, 60:-1], "null": np.zeros((units, months))}[timing]
    hazard = np.log(0.03) + rng.normal(0, 0.2, (units, 1)) + rng.normal(0, 0.05, months) - _EFFECT * effect
    level = 60 + rng.normal(0, 5, (units, 1)) + rng.normal(0, 1, months)
    count = np.maximum(rng.poisson(22.0**2 * (1 - noise) / noise / _SD**2, (units, months)), 5)
    score = level + cx[:, 61:] + rng.normal(size=count.shape) * 22.0 / np.sqrt(count)
    churn = 1 - np.exp(-np.exp(hazard + left[:, 61:]))
    return [
        f"site {u:03d},{2022 + t // 12}-{t % 12 + 1:02d},{score[u, t]:.2f},{count[u, t]},{100 * churn[u, t]:.4f} %"
        for u, t in np.ndindex(units, months)
    ]


def read(rows: list[str], counted: bool) -> Outcome:
    """Return what a panel says of churn."""
    head = "unit,period,cx,n_cx,churn"
    if not counted:
        head, rows = "unit,period,cx,churn", [",".join(np.delete(row.split(","), 3)) for row in rows]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "panel.csv"
        file.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
        spec = read_spec(None, scale="index")
        (churn,) = read_outcomes(read_panel(file, spec)[0], spec, workers=1)
    return churn


def main() -> None:
    """Print how many intervals of 90 % hold what a lasting change of CX comes to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("panels", nargs="?", type=int, default=8)
    parser.add_argument("--size", default="40x24")
    parser.add_argument("--noise", type=float, default=0.5)
    args = parser.parse_args()
    units, months = map(int, args.size.split("x"))
    print(f"{args.panels} panels of {args.size}; noise is {args.noise:.0%} of CX within units")
    for timing, truth in (("within", _EFFECT), ("later", _EFFECT), ("null", 0.0)):
        panels = [simulated(panel, units, months, args.noise, timing) for panel in range(args.panels)]
        for counted in (True, False):
            rows = []
            for panel in panels:
                churn = read(panel, counted)
                draws = churn.draws(np.random.default_rng(0))[0]
                low, high = np.quantile(draws, [0.05, 0.95])
                wrong = max(np.mean(draws > 0), np.mean(draws < 0)) >= 0.975 and np.median(draws) * truth <= 0
                rows.append([low <= truth <= high, wrong, churn.held_back is None, np.median(draws)])
            held, wrong, kept, middle = np.array(rows, dtype=float).T
            print(
                f"{timing:7} {'with counts' if counted else 'without':12} held {held.sum():.0f} of {len(rows)}, "
                f"certain of a wrong sign {wrong.sum():.0f}, median {middle.mean():.4f}; "
                f"reach the calibration {kept.sum():.0f}, of which held {(held * kept).sum():.0f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
