# SPDX-License-Identifier: MIT
"""What a single wave says, a panel of CX and money without EX, and what an ideal observer could find."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from tests.report.handmade import LINK, of, terminal
from txsim.errors import InputError
from txsim.panel.effects import association
from txsim.panel.likelihood.outcomes import Outcome, _as_measured, _timed, read_outcomes
from txsim.panel.likelihood.standardisation import demeaned, prepare
from txsim.panel.link import link
from txsim.panel.power import enough, error_of_design
from txsim.panel.reader.cleaning import read_panel
from txsim.panel.reader.link_spec import LinkSpec
from txsim.panel.synthetic import simulate_panel, write_simulated
from txsim.panel.unit_kinds import outcomes
from txsim.results.quantities import Interval


def one_wave(folder: Path, units: int = 40) -> tuple[Path, np.ndarray]:
    rng = np.random.default_rng(3)
    ex = rng.normal(50, 10, units).round(2)
    cx = (40 + 0.4 * ex + rng.normal(0, 5, units)).round(2)
    path = folder / "one.csv"
    rows = [f"u{i},2024,{a},{b}" for i, (a, b) in enumerate(zip(ex, cx, strict=True))]
    path.write_text("\n".join(["unit,period,ex,cx", *rows, "empty,2024,,", "hollow,2024,,"]) + "\n")
    return path, np.stack([ex, cx])


def test_one_wave_tells_an_association_and_no_direction(tmp_path: Path) -> None:
    path, values = one_wave(tmp_path)
    told = link([path], spec=LinkSpec(scale="index"), calibrated=False)
    assert set(told.verdict.values()) == {"cannot_say"}
    found = told.between.association
    assert found is not None
    line = stats.linregress(*values)
    ends = stats.pearsonr(*values).confidence_interval(0.9)
    assert found.units == told.data.units == 40
    assert found.correlation.median == told.between.observed_correlation == pytest.approx(line.rvalue)
    assert (found.correlation.p05, found.correlation.p95) == pytest.approx((ends.low, ends.high))
    half = stats.t(38).ppf(0.95) * line.stderr
    assert (found.slope.p05, found.slope.p95) == pytest.approx((line.slope - half, line.slope + half))
    assert found.slope.p_positive > 0.999


def test_too_few_units_have_no_association() -> None:
    x = np.arange(5.0)
    assert association(x, x**2) is None
    assert association(np.ones(9), np.arange(9.0)) is None


def test_units_without_a_value_do_not_count(tmp_path: Path) -> None:
    panel, report = read_panel(one_wave(tmp_path)[0], LinkSpec(scale="index"))
    assert len(panel.units) == panel.counts()["units"] == 40
    assert "2 units without any value do not count: empty, hollow" in map(str, report.notes)


def test_what_an_ideal_observer_could_find(tmp_path: Path) -> None:
    """An effect of so many errors has a z above 1.96 with probability 0.8; errors shrink as the root of units."""
    write_simulated(tmp_path / "made.csv", simulate_panel(30, 12, 60, seed=1))
    prepared = prepare(read_panel(tmp_path / "made.csv", LinkSpec(scale="index"))[0], LinkSpec())
    n = {
        "b_ex_cx": 0.1, "b_cx_ex": 0.05, "phi": 0.6, "rho_ex": 0.4, "rho_cx": 0.4, "sd_ex": 0.8, "sd_cx": 0.8,
        "r_shock": 0.2, "between_ex": 1.0, "between_cx": 1.0, "r_between": 0.4, "first_ex": 1.0, "first_cx": 1.0,
        "first_shared": 0.0, "noise_ex": 1.0, "noise_cx": 1.0, "r_noise": 0.0,
    }  # fmt: skip
    w = np.array([0.3, 0.3])
    told = enough(n, 30, 12, w, prepared.data, None)
    errors = error_of_design(n, 30, 12, w, prepared.data)
    for name, error in zip(("ex_cx", "cx_ex"), errors, strict=True):
        least = told.detectable[name]
        assert stats.norm.sf(1.96 - least / error) == pytest.approx(0.8, abs=0.001)
    some, many = (
        enough(n, units, 12, w, prepared.data, None) for units in (10_000, 40_000)
    )  # priors weigh little there
    assert many.detectable["ex_cx"] == pytest.approx(some.detectable["ex_cx"] / 2, rel=0.05)


def firm(ex: bool, seed: int = 3) -> str:
    """Return forty units over fourteen months in which a point of CX lowers churn by 2 %, with or without EX."""
    rng = np.random.default_rng(seed)
    lines = ["unit,period," + ("ex," if ex else "") + "cx,churn"]
    for i in range(40):
        level, own = rng.normal(60, 6), 0.0
        for t in range(14):
            own = 0.5 * own + rng.normal(0, 4)
            mood = f"{50 + rng.normal(0, 5):.2f},"
            hazard = 0.03 * np.exp(-0.02 * (level + own - 60) + rng.normal(0, 0.05))
            churn = 100 * (1 - np.exp(-hazard))
            when = f"{2022 + t // 12}-{t % 12 + 1:02d}"
            lines.append(f"u{i},{when}," + (mood if ex else "") + f"{level + own:.2f},{churn:.5f} %")
    return "\n".join(lines) + "\n"


def test_cx_and_money_need_no_ex(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What CX does to churn hangs on CX and churn alone: a file without EX says the same, to the last digit.

    Nobody counted answers, and CX has no noise: its own movement says so, and the slope of log hazards within units
    and periods, which holds only then, is in the interval.
    """
    spec = LinkSpec(scale="index")
    found = []
    for ex in (True, False):
        path = tmp_path / f"{ex}.csv"
        path.write_text(firm(ex))
        panel, report = read_panel(path, spec)
        (outcome,) = read_outcomes(panel, spec)
        found.append(outcome.draws(np.random.default_rng(0))[0])
        assert ("ex" in report.series) == ex
    np.testing.assert_array_equal(*found)
    told = link([tmp_path / "False.csv"], spec=spec, calibrated=False)
    assert any("no column for EX" in str(warning) for warning in told.warnings)
    assert not any("EX was measured" in str(warning) for warning in told.warnings)
    effect = told.outcomes[0].one_period
    assert effect is not None
    within = demeaned(np.stack([np.log(-np.log1p(-panel.outcomes["churn"])), panel.y[..., 1]], axis=2))
    within -= within.mean(axis=1, keepdims=True)
    assert effect.p05 < -stats.linregress(within[..., 1].ravel(), within[..., 0].ravel()).slope < effect.p95 < 0.025
    assert effect.p05 < 0.02
    assert told.outcomes[0].verdict == "supported"
    assert outcome.held_back is None
    measured = _as_measured(outcome.prepared.y, outcome.unit)
    assert measured is not None
    slope = -stats.linregress(within[..., 1].ravel(), within[..., 0].ravel()).slope
    assert measured[0].median == pytest.approx(slope)
    assert measured[0].p05 < 0.02 < measured[0].p95

    # Churn that follows a period later is no effect within the period, with counts or without: no verdict, no evidence.
    y = panel.y.copy()
    y[..., 1] = np.random.default_rng(6).normal(60, 4, y.shape[:2])
    late = 1 - np.exp(-0.03 * np.exp(-0.02 * (np.roll(y[..., 1], 1, axis=1) - 60)))
    late[:, 0] = np.nan
    counted = {"n": np.full(y.shape, 400.0), "variance": np.full(y.shape, 1.0)}
    for answers in ({}, counted):
        (outcome,) = read_outcomes(replace(panel, y=y, outcomes={"churn": late}, **answers), spec)
        assert any(outcome.prepared.guessed) == (not answers)
        measured = _as_measured(outcome.prepared.y, outcome.unit)
        assert measured is not None
        now, after, more = measured
        assert now.p05 < 0 < now.p95
        assert after.median == pytest.approx(0.02, rel=0.05)
        assert more.median == pytest.approx(after.median - abs(now.median))
        assert outcome.evidence("x") is None
        (effect,) = outcomes([outcome], 0)
        assert (effect.verdict, effect.in_calibration) == ("inconclusive", False)
        (note,) = (str(note) for note in outcome.notes)
        assert "churn follows CX a period later (0.02" in note

    # Nor is what supposed noise makes of something that is not measured; a clear effect within the period is one.
    weak, strong = Interval(0.001, -0.002, 0.004, 0.7), Interval(0.02, 0.01, 0.03, 1.0)
    without = Interval(0.0, -1.0, 1.0, 0.5)
    monkeypatch.setattr(Outcome, "draws", lambda *_: (np.full(9, 0.02), None))
    (outcome,) = read_outcomes(panel, spec)
    for now, kept in ((weak, False), (strong, True)):
        monkeypatch.setattr("txsim.panel.likelihood.outcomes._as_measured", lambda *_, now=now: (now, without, without))
        held_back, remark = _timed(outcome)
        assert (held_back is None, remark is None) == (kept, not kept)


def test_without_ex_and_without_money_ex_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "cx.csv"
    path.write_text("unit,period,cx\na,2024-01,50\nb,2024-01,60\n")
    with pytest.raises(InputError, match="no column for EX"):
        read_panel(path, LinkSpec(scale="index"))


def test_a_panel_without_ex_in_words() -> None:
    text = terminal("link", of(LINK, data__cells__ex=0))
    assert "no EX" in text
    assert "CX → churn" in text
    assert "EX → CX" not in text


def test_a_wave_without_a_column_of_periods(tmp_path: Path) -> None:
    """Each unit once: one wave, told as such, and with the figures of the same file with a year in each row."""
    dated, _ = one_wave(tmp_path)
    rows = [line.split(",") for line in dated.read_text().splitlines()]
    bare = tmp_path / "bare.csv"
    bare.write_text("\n".join(",".join([row[0], *row[2:]]) for row in rows) + "\n")
    first, second = (link([path], spec=LinkSpec(scale="index"), calibrated=False) for path in (dated, bare))
    assert second.between == first.between
    assert second.verdict == first.verdict
    said = [str(line) for line in second.data.reading.lines]
    assert "one wave" in said
    assert "no column of periods, and each unit stands once: taken for one wave" in " ".join(said)
    assert "one period: 2024" in [str(line) for line in first.data.reading.lines]
    for told in (first, second):  # nothing is said of a lag that nothing was read with, nor of months
        assert [str(w) for w in told.warnings if "delay" in str(w) or "counted" in str(w)] == []
    assert "40 units × 1 period ·" in " ".join(terminal("link", second.to_json()).split())
    twice = tmp_path / "twice.csv"
    twice.write_text(bare.read_text() + "u3,1,2\n")
    with pytest.raises(InputError, match="no column `period`") as refused:
        read_panel(twice, LinkSpec(scale="index"))
    assert "If all rows are of one wave, add a column `period`" in str(refused.value.problems[0].hint)
