# SPDX-License-Identifier: MIT
"""What panels say: published figures, honest silence, the calibration, pilots, backtests, the commands."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

import txsim
from tests.montecarlo import check_quantiles
from txsim.cachedir import cache_dir
from txsim.cli.check import command
from txsim.cli.main import cli
from txsim.errors import InputError
from txsim.forecast import calibration_spec
from txsim.inference.spec import CalibrationSpec
from txsim.panel.backtest import backtest, crps_normal
from txsim.panel.link import link
from txsim.panel.power import error_of_design
from txsim.panel.reader.cleaning import read_panel
from txsim.panel.reader.link_spec import read_spec
from txsim.panel.scenario_data import panels_of
from txsim.panel.synthetic import simulate_panel, write_simulated
from txsim.panel.unit_kinds import pool
from txsim.panel.verdict import figures, robustness_value, verdict
from txsim.pilot.did import difference
from txsim.pilot.pilot_file import read_pilot
from txsim.pilot.scenario_record import log_path
from txsim.pilot.update import update
from txsim.results.link import Link
from txsim.scenario.pilot_log import read_log


@pytest.fixture(scope="module")
def tutorial(shared: Path) -> Link:
    return link([shared / "data" / "riclpm_sim" / "panel.csv"], spec=read_spec(None, scale="raw"), calibrated=False)


def test_published_within_unit_effects(tutorial: Link) -> None:
    """RI-CLPM of the tutorial data: EX → CX .083 (.018), CX → EX .005 (.020)."""
    one = tutorial.to_json()["one_period"]
    assert one["ex_cx"]["median"] == pytest.approx(0.083, abs=2 * 0.018)
    assert one["cx_ex"]["median"] == pytest.approx(0.005, abs=2 * 0.020)
    width = (one["ex_cx"]["p95"] - one["ex_cx"]["p05"]) / (2 * 1.645)
    assert width == pytest.approx(0.018, rel=0.25)
    assert tutorial.verdict == {"ex_cx": "supported", "cx_ex": "absent"}
    assert tutorial.diagnostics["r_hat"] < 1.01


def test_plain_cross_lagged_model_is_fooled_where_ours_is_not(tutorial: Link) -> None:
    y = tutorial.fit.prepared.y
    before, after = y[:, :-1].reshape(-1, 2), y[:, 1:].reshape(-1, 2)
    slopes, *_ = np.linalg.lstsq(before, after, rcond=None)
    left = after - before @ slopes
    error = np.sqrt(np.linalg.inv(before.T @ before)[1, 1] * left[:, 0].var())
    assert slopes[1, 0] / error > 3  # CX → EX, false
    low, high = (getattr(tutorial.one_period["cx_ex"], key) for key in ("p05", "p95"))
    assert low < 0 < high


def test_model_would_produce_what_was_measured(tutorial: Link) -> None:
    assert not any(check.unusual for check in tutorial.checks)
    between = tutorial.between.correlation
    assert between is not None
    assert between.p05 < 0.62 < between.p95


def test_keys_are_public(tutorial: Link) -> None:
    told = tutorial.to_json()
    json.dumps(told, allow_nan=False)
    assert set(told) >= {
        "one_period", "settled", "between", "noise_share", "verdict", "refused_rows", "warnings", "lag", "within",
        "sensitivity", "checks", "enough", "by_kind", "groups", "outcomes", "data", "diagnostics",
    }  # fmt: skip
    for name in ("ex_cx", "cx_ex"):
        assert set(told["one_period"][name]) >= {"median", "p05", "p95", "p_positive"}
        assert set(told["settled"][name]) >= {"median", "p05", "p95", "p_positive"}
        assert told["verdict"][name] in ("supported", "absent", "inconclusive", "cannot_say")
    schema = (Path(__file__).parents[2] / "docs" / "schema.md").read_text()
    assert all(f"`{key}`" in schema for key in told)


@pytest.mark.parametrize(
    ("units", "periods", "lag", "reason"),
    [
        (30, 1, 4.0, "one period"),
        (4, 12, 4.0, "six are the least"),
        (30, 2, 4.0, "three are the least"),
        (30, 12, 13.0, "a mean delay of 13 months is longer than the panel, which covers 12"),
    ],
)
def test_too_little_says_so(tmp_path: Path, units: int, periods: int, lag: float, reason: str) -> None:
    path = tmp_path / "few.csv"
    write_simulated(path, simulate_panel(units, max(periods, 2), 40, seed=1))
    if periods == 1:
        lines = path.read_text().splitlines()
        path.write_text("\n".join(lines[:1] + [line for line in lines[1:] if ",2023-01," in line]))
    found = link([path], spec=read_spec(None, scale="index", lag_months=lag), calibrated=False)
    assert found.verdict == {"ex_cx": "cannot_say", "cx_ex": "cannot_say"}
    assert any(reason in str(warning) for warning in found.warnings)
    assert found.enough.designs
    json.dumps(found.to_json(), allow_nan=False)


def test_no_variation_says_so(tmp_path: Path) -> None:
    rows = "\n".join(f"u{i},2023-{t:02d},60,{50 + i + t % 3}" for i in range(10) for t in range(1, 9))
    path = tmp_path / "flat.csv"
    path.write_text(f"unit,period,ex,cx\n{rows}\n")
    found = link([path], spec=read_spec(None, scale="index"), calibrated=False)
    assert found.verdict["ex_cx"] == "cannot_say"
    assert any("does not vary" in str(warning) for warning in found.warnings)


def test_error_of_a_design_falls_as_it_should(tutorial: Link) -> None:
    n = {name: float(np.median(draws)) for name, draws in tutorial.fit.draws.values.items()}
    like, w = tutorial.fit.prepared.data, np.ones(2)
    one, four = error_of_design(n, 300, 5, w, like)[0], error_of_design(n, 1200, 5, w, like)[0]
    assert four == pytest.approx(one / 2, rel=0.05)


def test_verdicts_and_confounding() -> None:
    rng = np.random.default_rng(0)
    z = rng.standard_normal(20_000)
    assert verdict(0.3 + 0.1 * z, figures(0.3 + 0.1 * z)) == "supported"
    assert verdict(0.01 + 0.01 * z, figures(0.01 + 0.01 * z)) == "absent"
    assert verdict(0.15 + 0.1 * z, figures(0.15 + 0.1 * z)) == "inconclusive"
    assert verdict(0.1 + 1.0 * z, figures(0.1 + 1.0 * z)) == "cannot_say"
    assert verdict(None, figures(0.3 + 0.01 * z)) == "cannot_say"
    # worked example of Cinelli & Hazlett 2020, Darfur: t 4.18 with 783 degrees of freedom, robustness value 13.9 %
    assert robustness_value(0.097, 0.0232, 783) == pytest.approx(0.139, abs=0.001)


def test_pooling_lies_between_alone_and_together() -> None:
    estimates, errors = np.array([0.1, 0.2, 0.6]), np.array([0.1, 0.1, 0.1])
    middle, spread, tau = pool(estimates, errors)
    together = np.average(estimates, weights=1 / errors**2)
    assert np.all(np.abs(middle - together) < np.abs(estimates - together))
    assert np.all(spread < errors * 1.05)
    assert 0 < tau < 0.5


def test_crps_is_the_integral() -> None:
    from scipy.stats import norm

    x = np.linspace(-12, 12, 200_001)
    expected = np.trapezoid((norm.cdf(x, 0.3, 1.4) - (x >= 1.1)) ** 2, x)
    assert crps_normal(np.array(1.1), np.array(0.3), np.array(1.4)) == pytest.approx(expected, abs=1e-4)


def test_backtest_beats_persistence(tmp_path: Path) -> None:
    path = tmp_path / "panel.csv"
    write_simulated(path, simulate_panel(30, 14, 60, seed=5))
    panel, _ = read_panel(path, read_spec(None, scale="index"))
    found = backtest(panel, read_spec(None, scale="index", lag_months=4.0))
    assert max(found.crps_ratio_to_persistence.values()) < 1
    assert set(found.methods) == {"model", "persistence", "unit_means", "regression"}
    assert 0.8 < found.methods["model"].coverage["90"] < 0.98


# --- the calibration


def test_data_are_part_of_the_calibration(firm: Path) -> None:
    plain, mine = (calibration_spec(txsim.load(firm / name)) for name in ("service_desk_pilot.yaml", "mine.yaml"))
    assert plain.panels == ()
    assert len(mine.panels) == 1
    assert mine.hash != plain.hash
    again = calibration_spec(txsim.load(firm / "mine.yaml"))
    assert again == mine  # kept, to the last bit
    before = (firm / "link.csv").read_text()
    try:
        (firm / "link.csv").write_text(
            before.replace("site 001,2023-01,", "site 001,2023-01,5", 1).replace(",55", ",5", 1)
        )
        assert calibration_spec(txsim.load(firm / "mine.yaml")).hash != mine.hash
    finally:
        (firm / "link.csv").write_text(before)


def test_data_move_the_slopes_as_bayes_says(firm: Path) -> None:
    """The compiled model's posterior equals importance weights of the same likelihood on prior draws."""
    from txsim.inference import calibrate
    from txsim.inference.spec import prior_draws
    from txsim.priors.distributions import point

    spec = calibration_spec(txsim.load(firm / "mine.yaml"), prior_only=True)
    free = ("ex_cx", "cx_ex", "lag_people")
    priors = {name: prior if name in free else point(0.05) for name, prior in spec.priors.items()} | {
        "reach": point(1.2)
    }
    small = CalibrationSpec(spec.graph, priors, (), panels=spec.panels)
    found = calibrate(small)
    assert found.source == "mcmc"
    par = prior_draws(small, 200_000, 1)
    weight = np.exp(spec.panels[0].log_likelihood(par, np))
    weight /= weight.sum()
    for name in free:
        order = np.argsort(par[name])
        expected = np.interp([0.05, 0.5, 0.95], np.cumsum(weight[order]), par[name][order])
        check_quantiles(found.parameter(name), expected, [0.05, 0.5, 0.95], others=1 / float(weight @ weight))


def test_data_that_cannot_say_or_are_not_there_are_refused(firm: Path) -> None:
    text = (firm / "service_desk_pilot.yaml").read_text()
    (firm / "few.csv").write_text("unit,period,eNPS,NPS\na,1,50,60\nb,1,55,61\n")
    for told, message in (
        ("few.csv", "cannot say anything"),
        ("none.csv", "there is no file"),
        ("../x.csv", "outside"),
    ):
        (firm / "bad.yaml").write_text(f"{text}\ndata: {told}\n")
        with pytest.raises(InputError, match=message) as caught:
            panels_of(txsim.load(firm / "bad.yaml"))
        assert caught.value.problems[0].line is not None


def test_check_refuses_what_a_run_refuses_and_shows_how_the_data_are_read(firm: Path) -> None:
    text = (firm / "service_desk_pilot.yaml").read_text()
    os.mkfifo(firm / "pipe.csv")
    (firm / "few.csv").write_text("unit,period,eNPS,NPS\na,1,50,60\nb,1,55,61\n")
    for told, message in (("few.csv", "cannot say anything"), ("none.csv", "no file"), ("pipe.csv", "a pipe")):
        (firm / "bad.yaml").write_text(f"{text}\ndata: {told}\n")
        done = CliRunner().invoke(command, [str(firm / "bad.yaml")])
        assert isinstance(done.exception, InputError)
        assert message in str(done.exception)
    before = {file.name for file in cache_dir("panels").iterdir()}
    (firm / "fresh.csv").write_text((firm / "link.csv").read_text() + "\n")
    (firm / "good.yaml").write_text(f"{text}\ndata: {{file: fresh.csv, spec: link.yaml}}\n")
    done = CliRunner().invoke(command, [str(firm / "good.yaml")])
    assert done.exit_code == 0, done.output
    lines = done.output.splitlines()
    assert lines[-1].strip() == "dropped: no row"
    assert "  data: fresh.csv: 720 rows" in lines  # 60 units, 12 months
    assert any("periods: 2023-01 to 2023-12, 12 months" in line for line in lines)
    assert {file.name for file in cache_dir("panels").iterdir()} == before  # nothing was fitted
    panels_of(txsim.load(firm / "good.yaml"))
    assert CliRunner().invoke(command, [str(firm / "good.yaml")]).output == done.output  # and kept the same


# --- pilots


@pytest.fixture
def known(firm: Path) -> Iterator[Path]:
    """A scenario without claims, whose forecast needs no sampling."""
    path = firm / "known.yaml"
    text = (firm / "service_desk_pilot.yaml").read_text()
    path.write_text(text + ("" if "\nevidence:" in text else "\nevidence: {use: none}\n"))
    log_path(path).unlink(missing_ok=True)
    yield path
    log_path(path).unlink(missing_ok=True)


def pilot_file(folder: Path, effect: float, treated: int = 6, control: int = 12, seed: int = 0) -> Path:
    rng = np.random.default_rng(seed)
    rows = ["unit,period,treated,post,enps"]
    for i in range(treated + control):
        level = rng.normal(20, 8)
        for t in range(4):
            post = int(t >= 2)
            value = level + effect * (i < treated) * post + rng.normal(0, 1.0)
            rows.append(f"u{i},2024-{t + 1:02d},{int(i < treated)},{post},{value:.2f}")
    path = folder / f"pilot_{effect:g}_{seed}.csv"
    path.write_text("\n".join(rows) + "\n")
    return path


def test_one_treated_unit(shared: Path) -> None:
    """California 2011: −0.0225 by two-way fixed effects; with one treated unit the interval must be wide."""
    found = difference(read_pilot(shared / "data" / "organ_donation_did" / "pilot.csv"))
    assert found.effect == pytest.approx(-0.0225, abs=0.0005)
    assert (found.treated, found.control) == (1, 26)
    told = found.figures()
    assert told.p05 < 0 < told.p95
    assert found.error > 3 * 0.0067  # the clustered standard error, which is unreliable here
    assert found.permutation is not None
    assert found.permutation > 0.05


def test_interval_of_a_difference_holds_what_it_says(tmp_path: Path) -> None:
    inside = 0
    for seed in range(60):
        told = difference(read_pilot(pilot_file(tmp_path, 3.0, treated=3, control=9, seed=seed))).figures()
        inside += told.p05 <= 3.0 <= told.p95
    assert 48 <= inside <= 60


def test_update_learns_and_the_log_carries_on(firm: Path, known: Path) -> None:
    good = pilot_file(firm, 14.0)
    first = update(txsim.load(known), good, draws=2048).to_json()
    assert first["effect"]["posterior"]["median"] > first["effect"]["prior"]["median"]
    assert first["npv"]["pilot_scale"]["posterior"]["mean"] > first["npv"]["pilot_scale"]["prior"]["mean"]
    assert first["surprise"]["bits"] > 0
    assert first["decision"]["choice"] in ("go", "stop")
    assert len(read_log(log_path(known))) == 1
    second = update(txsim.load(known), pilot_file(firm, 14.0, seed=1), draws=2048, again=False).to_json()
    assert second["log"]["entry"] == 2
    # the second pilot starts from what the first left
    assert second["effect"]["prior"]["median"] == pytest.approx(first["effect"]["posterior"]["median"], rel=0.1)
    again = update(txsim.load(known), good, draws=2048).to_json()
    assert any("not counted twice" in str(warning) for warning in again["warnings"])
    assert len(read_log(log_path(known))) == 2


def test_saved_rule_decides(firm: Path, known: Path) -> None:
    rule = firm / "rule.json"
    rule.write_text(
        json.dumps({"rule_details": {"node": "ex[front_line]", "threshold": 4.0, "rises": True, "unit": "eNPS points"}})
    )
    for effect, choice in ((14.0, "go"), (1.0, "stop")):
        found = update(txsim.load(known), pilot_file(firm, effect, seed=3), rule=rule, draws=512, log=False)
        assert found.decision.choice == choice
    rule.write_text("[]")
    with pytest.raises(InputError, match="no decision rule"):
        update(txsim.load(known), pilot_file(firm, 1.0, seed=3), rule=rule, draws=512, log=False)


# --- the commands


def run(*args: str) -> Any:
    return CliRunner().invoke(cli, list(args), catch_exceptions=True)


def test_commands(tmp_path: Path, firm: Path, known: Path) -> None:
    path = tmp_path / "sim.csv"
    made = run("link", "--simulate", str(path), "--units", "40", "--periods", "8")
    assert made.exit_code == 0, made.output
    told = run(
        "link", str(path), "--scale", "index", "--lag", "4", "--no-priors", "--quiet", "--out", str(tmp_path / "out")
    )
    assert told.exit_code == 0, told.output
    assert "EX → CX" in told.output
    assert {p.name for p in (tmp_path / "out").iterdir()} == {"link.json", "data_report.csv", "draws.nc", "effects.svg"}
    past = run("backtest", str(path), "--scale", "index", "--quiet", "--json")
    assert past.exit_code == 0, past.output
    assert "crps" in json.loads(past.output)["methods"]["model"]
    new = run("update", str(known), str(pilot_file(firm, 5.0, seed=9)), "--draws", "512", "--no-log", "--quiet")
    assert new.exit_code == 0, new.output
    assert new.output.count("→") > 3


@pytest.mark.parametrize(
    "args", [("link",), ("link", "none.csv"), ("backtest", "none.csv"), ("update", "none.yaml", "none.csv")]
)
def test_bad_input_is_told_without_a_traceback(args: tuple[str, ...]) -> None:
    found = run(*args)
    assert found.exit_code != 0
    assert found.exception is None or isinstance(found.exception, (InputError, SystemExit))
