# SPDX-License-Identifier: MIT
"""A panel with known truth, for training and tests."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from txsim.cachedir import write_atomic
from txsim.errors import InputError, Problem
from txsim.inference.spec import seed_for
from txsim.language import lazy
from txsim.panel.likelihood.dynamics import period_share, run_forward
from txsim.types import Array


@dataclass(frozen=True)
class Simulated:
    """A simulated panel: index points ``(unit, period, 2)``, respondents alike, and the truth."""

    y: Array
    n: Array
    truth: dict[str, float]


def simulate_panel(
    units: int = 40,
    periods: int = 24,
    respondents: int = 60,
    *,
    ex_cx: float = 0.2,
    cx_ex: float = 0.1,
    lag_months: float = 4.0,
    answer_sd: float = 22.0,
    seed: int = 0,
) -> Simulated:
    """Return a monthly panel made by docs/model.md, section 3, with unit effects, common shocks and survey noise.

    ``units``, ``periods``, ``respondents``: size: units, months, mean respondents per cell and survey (they vary by a
    fifth); ``ex_cx``, ``cx_ex``, ``lag_months``: settled slopes in points per point, and the mean delay; ``answer_sd``:
    sd of one answer, index points; ``seed``: seed of everything. Raises InputError if both slopes feed each other
    without end.
    """
    if ex_cx * cx_ex >= 0.9:
        raise InputError(
            Problem(
                lazy(
                    "ex_cx × cx_ex is {ex_cx:g}: the loop feeds itself without end; stay under 0.9", ex_cx=ex_cx * cx_ex
                )
            )
        )
    rng = np.random.default_rng(seed_for(seed, "simulated panel"))
    phi = float(period_share(lag_months, 1.0))
    truth = {"ex_cx": ex_cx, "cx_ex": cx_ex, "lag_months": lag_months}
    n = {
        "b_ex_cx": ex_cx * (1 - phi), "b_cx_ex": cx_ex * (1 - phi), "phi": phi,
        "rho_ex": 0.6, "rho_cx": 0.5, "sd_ex": 2.5, "sd_cx": 2.0, "r_shock": 0.2,
        "between_ex": 6.0, "between_cx": 5.0, "r_between": 0.5, "noise_ex": answer_sd, "noise_cx": answer_sd,
    }  # fmt: skip
    counts = np.maximum(np.rint(respondents * np.exp(0.2 * rng.standard_normal((units, periods, 2)))), 1.0)
    shocks = np.cumsum(0.5 * rng.standard_normal((periods, 2)), axis=0)
    y = run_forward(n, units, periods, 1.0 / counts, rng) + shocks + np.array([60.0, 65.0])
    return Simulated(np.clip(y, 0.5, 99.5), counts, truth)


def write_simulated(path: Path, panel: Simulated) -> dict[str, float]:
    """Write a simulated panel as CSV and return the truth."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["unit", "period", "ex", "cx", "n_ex", "n_cx"])
    for i in range(panel.y.shape[0]):
        for t in range(panel.y.shape[1]):
            year, month = divmod(t, 12)
            ex, cx = panel.y[i, t]
            rows.writerow(
                [
                    f"site {i + 1:03d}",
                    f"{2023 + year}-{month + 1:02d}",
                    f"{ex:.2f}",
                    f"{cx:.2f}",
                    *(f"{x:.0f}" for x in panel.n[i, t]),
                ]
            )
    write_atomic(path, text.getvalue().encode())
    return panel.truth
