# SPDX-License-Identifier: MIT
"""Further columns of a panel through the command, with known truth: kind, group, outcomes, pilot."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from numpy.typing import NDArray

import txsim
from txsim.cli.main import cli
from txsim.errors import InputError
from txsim.forecast import calibration_spec
from txsim.inference import calibrate
from txsim.inference.spec import CalibrationSpec, prior_draws
from txsim.panel.likelihood.outcomes import read_outcomes
from txsim.panel.pilot_shift import without_pilot
from txsim.panel.reader.cleaning import read_panel
from txsim.panel.reader.link_spec import read_spec
from txsim.panel.scenario_data import panels_of
from txsim.priors.distributions import point

Array = NDArray[np.float64]
PHI = 0.75  # a mean delay of four months
RUN_IN = 60


def paths(
    units: int, periods: int, slopes: Sequence[float], back: float, rng: np.random.Generator
) -> tuple[list[Array], Array]:
    """Return deviations ``(unit, period)`` of each staff group's EX and of CX; settled slopes by group."""
    total = periods + RUN_IN
    own = [np.zeros((units, total)) for _ in slopes]
    ex, cx, base = [np.zeros((units, total)) for _ in slopes], np.zeros((units, total)), np.zeros((units, total))
    into, home = [np.zeros(units) for _ in slopes], np.zeros(units)
    for t in range(1, total):
        home = PHI * home + back * (1 - PHI) * cx[:, t - 1]
        for g, slope in enumerate(slopes):
            into[g] = PHI * into[g] + slope * (1 - PHI) * ex[g][:, t - 1]
        for g in range(len(slopes)):
            own[g][:, t] = 0.6 * own[g][:, t - 1] + 2.5 * rng.standard_normal(units)
            ex[g][:, t] = own[g][:, t] + home
        base[:, t] = 0.5 * base[:, t - 1] + 2.0 * rng.standard_normal(units)
        cx[:, t] = base[:, t] + sum(into)
    return [e[:, RUN_IN:] for e in ex], cx[:, RUN_IN:]


def write(path: Path, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> Path:
    text = [",".join(columns)] + [",".join(str(cell) for cell in row) for row in rows]
    path.write_text("\n".join(text) + "\n")
    return path


def month(t: int) -> str:
    return f"{2022 + t // 12}-{t % 12 + 1:02d}"


def shown(*args: str) -> dict[str, Any]:
    found = CliRunner().invoke(cli, ["link", *args, "--json", "--quiet", "--no-priors"], catch_exceptions=False)
    assert found.exit_code == 0, found.output
    told: dict[str, Any] = json.loads(found.stdout)
    return told


def holds(told: dict[str, float], truth: float) -> bool:
    """Whether a 90 % interval, made half as wide again, holds the truth."""
    middle = told["median"]
    return middle + 1.5 * (told["p05"] - middle) <= truth <= middle + 1.5 * (told["p95"] - middle)


def test_kinds_have_effects_of_their_own(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    rows = []
    for kind, slope in (("branch", 0.7), ("call centre", 0.0)):
        (ex,), cx = paths(50, 16, [slope], 0.1, rng)
        level = rng.normal([60, 65], [6, 5], (50, 2))
        for i in range(50):
            for t in range(16):
                a, b = level[i] + [ex[i, t], cx[i, t]] + rng.normal(0, 22 / np.sqrt(300), 2)
                rows.append([f"{kind} {i}", month(t), f"{a:.2f}", f"{b:.2f}", 300, 300, kind])
    path = write(tmp_path / "kinds.csv", ["unit", "period", "ex", "cx", "n_ex", "n_cx", "kind"], rows)
    told = {row["kind"]: row for row in shown(str(path), "--scale", "index", "--lag", "4")["by_kind"]}
    branch, centre = told["branch"], told["call centre"]
    assert branch["units"] == centre["units"] == 50
    assert holds(branch["one_period"]["ex_cx"], 0.7 * (1 - PHI))
    assert holds(centre["one_period"]["ex_cx"], 0.0)
    assert branch["one_period"]["ex_cx"]["p05"] > centre["one_period"]["ex_cx"]["p95"]
    # each is drawn towards the other
    apart = branch["alone"]["ex_cx"]["median"] - centre["alone"]["ex_cx"]["median"]
    assert branch["one_period"]["ex_cx"]["median"] - centre["one_period"]["ex_cx"]["median"] < apart


def test_groups_of_staff_have_effects_of_their_own(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    (front, support), cx = paths(60, 16, [0.6, 0.0], 0.0, rng)
    level = rng.normal([60, 60, 65], [6, 6, 5], (60, 3))
    rows = []
    for i in range(60):
        for t in range(16):
            customers = level[i, 2] + cx[i, t] + rng.normal(0, 1.2)
            for g, (name, series) in enumerate((("front_line", front), ("support", support))):
                mood = level[i, g] + series[i, t] + rng.normal(0, 22 / np.sqrt(200))
                rows.append([f"u{i}", month(t), name, f"{mood:.2f}", 200, f"{customers:.2f}", 300])
    path = write(tmp_path / "groups.csv", ["unit", "period", "group", "ex", "n_ex", "cx", "n_cx"], rows)
    told = {row["group"]: row for row in shown(str(path), "--scale", "index", "--lag", "4")["groups"]}
    assert holds(told["front_line"]["one_period"]["ex_cx"], 0.6 * (1 - PHI))
    assert holds(told["support"]["one_period"]["ex_cx"], 0.0)
    assert told["front_line"]["one_period"]["ex_cx"]["p05"] > told["support"]["one_period"]["ex_cx"]["median"]
    assert told["front_line"]["share_of_respondents"] == pytest.approx(0.5)


def piloted(folder: Path, seed: int = 3) -> Path:
    """60 units, no link at all; in a third of them a pilot lifts EX by 6 and CX by 4 points from month 8 on."""
    rng = np.random.default_rng(seed)
    (ex,), cx = paths(60, 16, [0.0], 0.0, rng)
    level = rng.normal([60, 65], [6, 5], (60, 2))
    rows = []
    for i in range(60):
        for t in range(16):
            on = int(i % 3 == 0 and t >= 8)
            a, b = level[i] + [ex[i, t] + 6 * on, cx[i, t] + 4 * on] + rng.normal(0, 22 / np.sqrt(300), 2)
            rows.append([f"u{i}", month(t), f"{a:.2f}", f"{b:.2f}", 300, 300, on])
    return write(folder / "pilot.csv", ["unit", "period", "ex", "cx", "n_ex", "n_cx", "pilot"], rows)


def test_a_pilot_inside_is_read_and_does_not_pose_as_a_link(tmp_path: Path) -> None:
    path = piloted(tmp_path)
    told = shown(str(path), "--scale", "index", "--lag", "4")
    assert holds(told["pilot"]["ex"], 6.0)
    assert holds(told["pilot"]["cx"], 4.0)
    assert told["pilot"]["units"] == 20
    assert told["pilot"]["control"] == 40
    assert any("drawn at random" in str(warning) for warning in told["warnings"])
    assert holds(told["one_period"]["ex_cx"], 0.0)
    text = path.read_text()
    blind = tmp_path / "blind.csv"
    blind.write_text(text.replace(",pilot", ",note"))
    before = shown(str(blind), "--scale", "index", "--lag", "4")
    assert before["one_period"]["ex_cx"]["median"] > told["one_period"]["ex_cx"]["median"] + 0.02


def test_shift_of_a_pilot_covers_the_truth(tmp_path: Path) -> None:
    spec = read_spec(None, scale="index", lag_months=4.0)
    inside = 0
    for seed in range(8):
        panel, _ = read_panel(piloted(tmp_path, seed), spec)
        _, told, _ = without_pilot(panel, spec)
        assert told is not None
        inside += sum(shift.p05 <= truth <= shift.p95 for shift, truth in ((told.ex, 6.0), (told.cx, 4.0)) if shift)
    assert inside >= 12  # of 16 intervals of 90 %


def test_a_shift_and_its_error_go_with_the_unit_of_their_series(tmp_path: Path) -> None:
    """CX in half points: half the shift and half the interval, and of EX both as they were."""
    spec = read_spec(None, scale="raw", lag_months=4.0)
    panel, _ = read_panel(piloted(tmp_path), spec)
    half = np.array([1.0, 0.5])
    halved = replace(panel, y=panel.y * half, variance=panel.variance * half**2)
    (_, whole, _), (_, told, _) = (without_pilot(each, spec) for each in (panel, halved))
    assert whole is not None
    assert told is not None
    for one, other, factor in ((whole.ex, told.ex, 1.0), (whole.cx, told.cx, 0.5)):
        assert one is not None
        assert other is not None
        assert other.median == pytest.approx(factor * one.median, rel=1e-3)
        assert other.p95 - other.p05 == pytest.approx(factor * (one.p95 - one.p05), rel=1e-3)


@pytest.mark.parametrize(
    ("mark", "words"),
    [(lambda i, t: 0, "marks no cell"), (lambda i, t: int(i % 2), "before and during")],
    ids=["nobody", "always"],
)
def test_a_pilot_that_cannot_be_read_says_so(tmp_path: Path, mark: Callable[[int, int], int], words: str) -> None:
    rng = np.random.default_rng(4)
    rows = [
        [f"u{i}", month(t), f"{60 + rng.normal():.2f}", f"{60 + rng.normal():.2f}", mark(i, t)]
        for i in range(10)
        for t in range(8)
    ]
    path = write(tmp_path / "p.csv", ["unit", "period", "ex", "cx", "pilot"], rows)
    panel, _ = read_panel(path, read_spec(None, scale="index"))
    same, told, warnings = without_pilot(panel, read_spec(None, scale="index"))
    assert told is None
    assert same is panel
    assert any(words in str(warning) for warning in warnings)


# --- financial outcomes


def paid(folder: Path, seed: int = 5, units: int = 60, periods: int = 18) -> Path:
    """A panel in which a point of CX lowers churn by 2 %, lifts spending by 0.4 % and margin by 0.3 points, settled."""
    rng = np.random.default_rng(seed)
    (ex,), cx = paths(units, periods + 60, [0.3], 0.1, rng)
    cx = cx + rng.normal(0, 5, (units, 1))

    def own(sd: float) -> Array:
        found = np.zeros(cx.shape)
        for t in range(1, cx.shape[1]):
            found[:, t] = 0.6 * found[:, t - 1] + sd * rng.standard_normal(units)
        return found

    churn = 0.02 * np.exp(-0.02 * cx + rng.normal(0, 0.3, (units, 1)) + own(0.1))
    spend = 30 * np.exp(0.004 * cx + rng.normal(0, 0.2, (units, 1)) + own(0.03))
    late = np.zeros(cx.shape)
    share = 1 - 1 / 18
    for t in range(1, cx.shape[1]):
        late[:, t] = share * late[:, t - 1] + (1 - share) * cx[:, t - 1]
    margin = 12 + 0.3 * late + rng.normal(0, 2, (units, 1)) + own(0.2)
    rows = []
    for i in range(units):
        for t in range(periods):
            at = t + 60
            a, b = np.array([60 + ex[i, at], 65 + cx[i, at]]) + rng.normal(0, 22 / np.sqrt(200), 2)
            money = [f"{100 * churn[i, at]:.4f} %", f"{spend[i, at]:.3f}", f"{margin[i, at]:.3f}"]
            rows.append([f"u{i}", month(t), f"{a:.2f}", f"{b:.2f}", 200, 200, *money])
    names = ["unit", "period", "ex", "cx", "n_ex", "n_cx", "churn", "revenue_per_customer", "margin"]
    return write(folder / "paid.csv", names, rows)


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory, scenarios: Path) -> Path:
    folder = tmp_path_factory.mktemp("paid")
    import shutil

    shutil.copytree(scenarios, folder, dirs_exist_ok=True)
    paid(folder)
    (folder / "link.yaml").write_text("scale: index\nlag_months: 4\n")
    text = (folder / "service_desk_pilot.yaml").read_text()
    (folder / "mine.yaml").write_text(f"{text}\ndata: {{file: paid.csv, spec: link.yaml}}\n")
    return folder


def test_outcomes_are_read_with_their_sign_and_unit(firm: Path) -> None:
    told = {row["outcome"]: row for row in shown(str(firm / "paid.csv"), "--spec", str(firm / "link.yaml"))["outcomes"]}
    assert {row["parameter"] for row in told.values()} == {"churn_cx", "spend_cx", "cx_margin"}
    for name, truth in (("churn", 0.02), ("revenue_per_customer", 0.004), ("margin", 0.3)):
        assert holds(told[name]["settled"], truth), name
        assert told[name]["in_calibration"]
    assert told["churn"]["verdict"] == told["revenue_per_customer"]["verdict"] == "supported"


def test_a_rate_per_point_of_an_nps_is_a_quarter_of_that_of_a_mean_score(firm: Path, tmp_path: Path) -> None:
    """Half an index point a point, and an NPS moves twice as far: per own point the truth is what made it."""
    lines = [line.split(",") for line in (firm / "paid.csv").read_text().splitlines()]
    # answers to an NPS spread wider than these: as many more of them leave the noise as it is
    rows = [[r[0], r[1], f"{2 * float(r[3]) - 100:.2f}", 570, r[6], r[7]] for r in lines[1:]]
    path = write(tmp_path / "nps.csv", ["unit", "period", "cx", "n_cx", "churn", "revenue_per_customer"], rows)
    told = {row["outcome"]: row for row in shown(str(path), "--scale", "nps")["outcomes"]}
    for name, truth in (("churn", 0.01), ("revenue_per_customer", 0.002)):
        assert holds(told[name]["own_unit"], truth), name
        for end in ("median", "p05", "p95"):
            assert told[name]["settled"][end] == pytest.approx(4 * told[name]["own_unit"][end], rel=1e-9)


def test_shares_and_percent_are_one_churn(firm: Path, tmp_path: Path) -> None:
    lines = (firm / "paid.csv").read_text().splitlines()
    rows = [line.split(",") for line in lines[1:]]
    shares = [[*r[:6], f"{float(r[6].rstrip(' %')) / 100:.8f}", *r[7:]] for r in rows]
    other = write(tmp_path / "shares.csv", lines[0].split(","), shares)
    spec = read_spec(None, scale="index")
    found = [read_outcomes(read_panel(path, spec)[0], spec)[0] for path in (firm / "paid.csv", other)]
    np.testing.assert_allclose(found[0].along.modes[0].theta[0], found[1].along.modes[0].theta[0], rtol=1e-3)


def test_outcomes_move_their_parameters_as_bayes_says(firm: Path) -> None:
    """Posterior of the compiled model = importance weights of the same likelihoods, and it lies nearer the truth."""
    panels = panels_of(txsim.load(firm / "mine.yaml"))
    assert [panel.forth for panel in panels] == ["ex_cx", "churn_cx", "spend_cx", "cx_margin"]
    assert [panel.lag for panel in panels] == ["lag_people", "", "", "margin_lag"]
    assert panels_of(txsim.load(firm / "mine.yaml")) == panels  # kept, to the last bit
    spec = calibration_spec(txsim.load(firm / "mine.yaml"), prior_only=True)
    free = {"churn_cx": 0.02, "spend_cx": 0.004, "cx_margin": 0.3, "margin_lag": 18.0}
    priors = {name: prior if name in free else point(0.05) for name, prior in spec.priors.items()}
    priors |= {"reach": point(1.2), "lag_people": point(4.0)}
    small = CalibrationSpec(spec.graph, priors, (), panels=panels[1:])
    found = calibrate(small)
    par = prior_draws(small, 400_000, 1)
    log = sum(panel.log_likelihood(par, np) for panel in panels[1:])
    weight = np.exp(log - np.max(log))
    weight /= weight.sum()
    for name, truth in free.items():
        order = np.argsort(par[name])
        expected = np.interp([0.05, 0.5, 0.95], np.cumsum(weight[order]), par[name][order])
        reached = np.quantile(found.parameter(name), [0.05, 0.5, 0.95])
        np.testing.assert_allclose(reached, expected, rtol=0.15, atol=1e-4)
        if name in ("churn_cx", "spend_cx"):
            before = np.quantile(par[name], [0.05, 0.5, 0.95])
            assert abs(np.log(reached[1] / truth)) < abs(np.log(before[1] / truth))
            assert reached[2] / reached[0] < 0.5 * before[2] / before[0]


def test_outcomes_of_a_raw_scale_stay_out_of_the_calibration(firm: Path) -> None:
    spec = read_spec(None, scale="raw")
    panel, _ = read_panel(firm / "paid.csv", spec)
    (churn, *_rest) = read_outcomes(panel, spec)
    assert churn.along is not None
    assert churn.evidence("x") is None
    assert any("no known scale" in str(note) for note in churn.notes)


def _panel(path: Path, cx: Callable[[float], float], scale: str = "cx") -> Path:
    rows = [[f"u{u}", month(t), ex := 40 + 3 * u + (7 * t) % 11, cx(ex), 30, 30] for u in range(4) for t in range(6)]
    return write(path, ["unit", "period", "ex", scale, "n_ex", "n_cx"], rows)


@pytest.mark.parametrize(
    "columns", [{"ex": "ex", "cx": "ex"}, {"ex": "cx", "cx": "cx"}, {"ex": "n_ex", "n_ex": "n_ex"}]
)
def test_no_column_is_two_measures(tmp_path: Path, columns: dict[str, str]) -> None:
    path = _panel(tmp_path / "p.csv", lambda ex: 100 - ex)
    with pytest.raises(InputError, match="is both"):
        read_panel(path, read_spec(None, scale="percent", columns=columns))


def test_columns_of_counts_may_be_one(tmp_path: Path) -> None:
    path = _panel(tmp_path / "p.csv", lambda ex: 100 - ex)
    panel, _ = read_panel(path, read_spec(None, scale="percent", columns={"n_ex": "n_cx", "n_cx": "n_cx"}))
    assert np.array_equal(panel.n[..., 0], panel.n[..., 1])


def test_a_copy_of_ex_is_no_cx(tmp_path: Path) -> None:
    spec = read_spec(None, scale="percent")
    with pytest.raises(InputError, match=r"the same numbers wherever both are there \(24 times\)"):
        read_panel(_panel(tmp_path / "p.csv", lambda ex: ex), spec)
    off = iter([1.0, *[0.0] * 23])  # one cell is another: no copy
    panel, _ = read_panel(_panel(tmp_path / "q.csv", lambda ex: ex + next(off)), spec)
    assert np.isfinite(panel.y).all()
