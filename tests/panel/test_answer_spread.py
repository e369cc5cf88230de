# SPDX-License-Identifier: MIT
"""Numbers that differ less between units than an NPS of so many answers can are asked about; true ones never are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from txsim.errors import InputError
from txsim.panel.reader.cleaning import read_panel
from txsim.panel.reader.link_spec import LinkSpec, read_spec
from txsim.pilot.pilot_file import read_pilot
from txsim.units import SCALES


def panel_file(folder: Path, ex: np.ndarray, n: np.ndarray, name: str = "eNPS") -> Path:
    lines = [f"unit,period,treated,post,{name},NPS,n_ex"]
    lines += [
        f"u{i},2025-{t + 1:02d},{i % 2},{int(t > 2)},{ex[i, t]:.1f},{(7 * i + 3 * t) % 61 - 20.5},{n[i, t]}"
        for i in range(ex.shape[0])
        for t in range(ex.shape[1])
    ]
    path = folder / "panel.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def survey(seed: int, share: tuple[float, float, float], *, units: int = 30, periods: int = 6) -> np.ndarray:
    """Return eNPS of people who stay and never change their answers, in units that are all alike; and the counts."""
    rng = np.random.default_rng(seed)
    n = rng.integers(20, 60, units)
    votes = np.array([rng.multinomial(k, share) for k in n])
    score = 100.0 * (votes[:, 2] - votes[:, 0]) / n
    return np.stack([np.repeat(score[:, None], periods, 1), np.repeat(n[:, None], periods, 1)])


@pytest.mark.parametrize("calls", [30, 45])
def test_calls_in_the_range_of_an_enps_are_asked_about(tmp_path: Path, calls: int) -> None:
    rng = np.random.default_rng(calls)
    path = panel_file(tmp_path, np.round(rng.normal(calls, 4, (60, 6))), rng.integers(30, 60, (60, 6)))
    with pytest.raises(InputError, match="differs less between units than an NPS of"):
        read_panel(path, LinkSpec())
    with pytest.raises(InputError, match="differs less between units than an NPS of"):
        read_pilot(path, "eNPS", scale_of=lambda _: SCALES["enps"])
    assert (
        read_pilot(path, "eNPS", spec=read_spec(None, values="scores"), scale_of=lambda _: SCALES["enps"]).rows == 360
    )


@pytest.mark.parametrize("share", [(0.3, 0.3, 0.4), (0.0, 0.6, 0.4), (0.0, 0.1, 0.9)])
def test_a_survey_passes_though_units_are_alike_and_people_never_change(
    tmp_path: Path, share: tuple[float, float, float]
) -> None:
    """The least that can vary: no detractors, no differences between units, the same answers each month."""
    for seed in range(20):
        ex, n = survey(seed, share)
        file, spec = panel_file(tmp_path, ex, n.astype(int)), read_spec(None, missing=[])  # a score of 0 may stay
        assert read_pilot(file, "eNPS", spec=spec, scale_of=lambda _: SCALES["enps"]).rows == 180


@pytest.mark.parametrize(("name", "shift"), [("eNPS", 0.4), ("ex", 0.0)])
def test_nearly_all_promoters_are_asked_about_unless_name_and_numbers_of_answers_say_so(
    tmp_path: Path, name: str, shift: float
) -> None:
    """What is moved by .4 is no score of 20 … 60 answers; a share of them is, unless the name rules it out."""
    ex, n = survey(0, (0.0, 0.05, 0.95))
    with pytest.raises(InputError, match="NPS points, or an index or a share"):
        read_panel(panel_file(tmp_path, np.abs(ex - shift), n.astype(int), name), LinkSpec(scale="enps"))
    _, report = read_panel(panel_file(tmp_path, ex, n.astype(int)), LinkSpec())
    assert any("if they are an index or a share" in str(line).lower() for line in report.warnings)
