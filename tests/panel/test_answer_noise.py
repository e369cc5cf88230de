# SPDX-License-Identifier: MIT
"""Survey noise of a panel whose answers are known one by one: it is the same however they are written down."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from txsim.panel.likelihood.density import PanelModel
from txsim.panel.likelihood.lag_path import path
from txsim.panel.likelihood.standardisation import Prepared, prepare
from txsim.panel.reader.cleaning import read_panel
from txsim.panel.reader.link_spec import read_spec
from txsim.panel.reader.panel import Panel

UNITS, PERIODS = 30, 14
#: Share of promoters and detractors of each unit; 30 % are passive. Their levels differ, as hotels do.
UP = np.linspace(0.15, 0.6, UNITS)
DOWN = 0.7 - UP
#: Variance of one answer worth −100, 0 or 100, by hand: its square is 10,000 with 70 %.
NPS_VARIANCE = 1e4 * (0.7 - (UP - DOWN) ** 2)


def answers(seed: int, respondents: tuple[int, int] = (9, 22)) -> list[list[tuple[np.ndarray, np.ndarray]]]:
    """Return answers of 0 … 10 of each unit and period to both questions; levels move by a little, noise by much."""
    rng = np.random.default_rng(seed)
    cells = []
    for up in UP:
        row = []
        for _ in range(PERIODS):
            pair = []
            for _ in range(2):
                now = np.clip(up + 0.03 * rng.standard_normal(), 0.02, 0.68)
                kind = rng.choice(3, size=int(rng.integers(*respondents)), p=[0.7 - now, 0.3, now])
                low = np.array([0, 7, 9])[kind]
                pair.append(low + rng.integers(0, np.array([7, 2, 2])[kind]))
            row.append((pair[0], pair[1]))
        cells.append(row)
    return cells


def written(cells: list[list[tuple[np.ndarray, np.ndarray]]], form: str) -> str:
    """Return the same answers as rows, as counts of each answer, as counts or shares of three kinds, or as NPS."""
    parts = ("promoters", "passives", "detractors")
    heads = {
        "rows": "ex,cx",
        "answers": ",".join(f"{s}_{a}" for s in ("ex", "cx") for a in range(11)),
        "counts": ",".join(f"{s}_{part}" for s in ("ex", "cx") for part in parts),
        "shares": ",".join(f"{s}_{part}" for s in ("ex", "cx") for part in parts) + ",n_ex,n_cx",
        "nps": "ex,cx,n_ex,n_cx",
        "favourable": "ex,cx,n_ex,n_cx",
    }
    lines = [f"unit,period,{heads[form]}"]
    for i, row in enumerate(cells):
        for t, pair in enumerate(row):
            at = f"site {i:02d},{2022 + t // 12}-{t % 12 + 1:02d}"
            kinds = [[int((x >= 9).sum()), int(((x > 6) & (x < 9)).sum()), int((x <= 6).sum())] for x in pair]
            sizes = [len(x) for x in pair]
            if form == "rows":
                for k in range(max(sizes)):
                    lines.append(at + "".join(f",{x[k] if k < len(x) else ''}" for x in pair))
                continue
            values: list[Any]
            if form == "answers":
                values = [int((x == a).sum()) for x in pair for a in range(11)]
            elif form == "counts":
                values = [*kinds[0], *kinds[1]]
            elif form == "shares":
                shares = [f"{100 * k / n:.4f} %" for kind, n in zip(kinds, sizes, strict=True) for k in kind]
                values = [*shares, *sizes]
            elif form == "nps":
                values = [f"{100 * (u - d) / (u + p + d):.4f}" for u, p, d in kinds] + sizes
            else:  # the share that promotes
                values = [f"{100 * kind[0] / n:.4f}" for kind, n in zip(kinds, sizes, strict=True)] + sizes
            lines.append(at + "," + ",".join(map(str, values)))
    return "\n".join(lines) + "\n"


def ready(folder: Path, text: str, scale: str) -> tuple[Panel, Prepared]:
    file = folder / "panel.csv"
    file.write_text(text)
    spec = read_spec(None, scale=scale)
    panel, _ = read_panel(file, spec)
    return panel, prepare(panel, spec)


@pytest.mark.parametrize("form", ["rows", "answers", "counts", "shares", "nps", "favourable"])
@pytest.mark.parametrize("respondents", [(3, 7), (9, 22), (150, 400)])
def test_noise_is_that_of_the_answers_whatever_their_form(
    tmp_path: Path, form: str, respondents: tuple[int, int]
) -> None:
    cells = answers(3, respondents)
    panel, _ = ready(tmp_path, written(cells, form), "percent" if form == "favourable" else "nps")
    of_one = panel.variance * panel.n
    np.testing.assert_allclose(of_one, np.broadcast_to(of_one[:, :1], of_one.shape))  # a cell's own luck says nothing
    per_point = 1e4 * UP * (1 - UP) if form == "favourable" else NPS_VARIANCE / 4  # an index point is two of NPS
    by_unit = of_one[:, 0] / per_point[:, None]
    # of the thousand answers at least of each series the variance is known within 3 %; each unit's, of 45, within 20 %
    np.testing.assert_allclose(by_unit.mean(axis=0), 1.0, atol=0.06)
    assert np.abs(by_unit - 1).max() < 0.6


def test_link_is_the_same_whatever_the_form(tmp_path: Path) -> None:
    """Most movement is noise here, which no form explains away; effects and their errors agree."""
    cells = answers(5)
    modes = {}
    for form in ("rows", "counts", "shares", "nps"):
        _, prepared = ready(tmp_path, written(cells, form), "nps")
        model = PanelModel(prepared.data, 0.7)
        mode = path(prepared.data, 0.7).modes[0]
        noise = np.exp([mode.theta[model.at[name]] for name in ("noise_ex", "noise_cx")])
        # the data may add a design effect to the noise of the counts: a quarter off its sd is more than its prior bears
        assert ((noise > 0.75) & (noise < 1.33)).all(), (form, noise)
        modes[form] = mode.theta[:2], np.sqrt(np.diag(mode.covariance)[:2])
    for form in ("counts", "shares"):
        np.testing.assert_allclose(modes[form][0], modes["rows"][0], atol=0.01 * modes["rows"][1].max())
    np.testing.assert_allclose(modes["nps"][0], modes["rows"][0], atol=0.3 * modes["rows"][1].max())
    np.testing.assert_allclose(modes["nps"][1], modes["rows"][1], rtol=0.2)
