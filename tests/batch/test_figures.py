# SPDX-License-Identifier: MIT
"""Figures of a batch: which column, which status, which key; the same as of single forecasts, every one of them."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import txsim
from txsim.batch.cases import Case
from txsim.batch.queries import query, top, wide
from txsim.batch.work import Task, bytes_in_flight, simulate
from txsim.batch.work_plan import Settings, plan_of
from txsim.errors import InputError
from txsim.forecast import calibration_spec
from txsim.inference import calibrate
from txsim.report.compose import compose
from txsim.report.document import Table
from txsim.report.reading import read_result
from txsim.results.codec import from_json
from txsim.scenario import load

#: Uncertain enough that payback differs from draw to draw, and is never for few of them.
UNIT = """
title: {title}
seed: {seed}
organisation:
  currency: GBP
  index: {{ex: 50, cx: {{value: 30, scale: nps}}}}
  staff: {{front: {{headcount: 80, turnover_per_year: 0.2, salary_per_year: 38000}}}}
  customers: 2500
  churn_per_month: 0.015
  arpu_per_month: 400
  contribution_margin: 0.3
drivers:
  - name: desk
    pushes: [{{node: ex, effect: {{interval: [4, 16]}}, months: 4}}]
    one_off: {cost}
    monthly: 100
rivals: {{start: 3, share: 0.4, months: 12}}
horizon_months: {months}
discount_rate: 0.07
priors: {{ex_cx: {slope}}}
"""
QUICK: dict[str, Any] = {"draws": 512, "prior_only": True, "workers": 1}


def _unit(path: Path, **changes: Any) -> Path:
    told = {"title": path.stem, "seed": 1, "cost": 9000, "months": 36, "slope": 0.3} | changes
    path.write_text(UNIT.format(**told))
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("figures")
    units = folder / "units"
    units.mkdir()
    _unit(units / "a.yaml")
    _unit(units / "b.yaml", cost=60_000, seed=4)
    _unit(units / "c.yaml", slope=0.1, months=24)
    (units / "z.yaml").write_text((units / "a.yaml").read_text().replace("customers: 2500", "customers: many"))
    return folder


@pytest.fixture(scope="module")
def done(folder: Path) -> Any:
    return txsim.batch([folder / "units"], folder / "out", **QUICK)


def _row(done: Any, path: Path, option: str, metric: str) -> dict[str, Any]:
    frame = done.frame
    found = frame[(frame["path"] == str(path)) & (frame["option"] == option) & (frame["metric"] == metric)]
    assert len(found) == 1, (option, metric)
    return dict(found.iloc[0])


@pytest.mark.parametrize("name", ["a", "b", "c"])
def test_every_figure_stands_in_its_own_column(folder: Path, done: Any, name: str) -> None:
    path = folder / f"units/{name}.yaml"
    scenario = load(path)
    single = txsim.forecast(scenario, draws=512, prior_only=True)
    npv = single.npv("commit")
    row = _row(done, path, "commit", "npv")
    assert row["value"] == row["mean"] == pytest.approx(npv.mean())
    assert row["sd"] == pytest.approx(npv.std())
    assert (row["median"], row["p05"], row["p95"]) == pytest.approx(tuple(np.quantile(npv, [0.5, 0.05, 0.95])))
    assert row["mcse"] == pytest.approx(npv.reshape(8, 64).mean(axis=1).std(ddof=1) / np.sqrt(8))
    assert (row["unit"], row["draws"], row["seed"]) == ("GBP", 512, scenario.seed)
    for metric in ("pv_cost", "peak_funding"):
        values = single.outcome.field("commit", metric)
        row = _row(done, path, "commit", metric)
        assert (row["value"], row["p95"]) == pytest.approx((values.mean(), np.quantile(values, 0.95))), metric
    month = single.outcome.field("commit", "payback")
    ordered = np.sort(np.where(np.isnan(month), np.inf, month))
    row = _row(done, path, "commit", "payback_month")
    levels = [None if np.isinf(ordered[int(q * 512)]) else ordered[int(q * 512)] for q in (0.5, 0.5, 0.05, 0.95)]
    told = [None if np.isnan(row[key]) else row[key] for key in ("value", "median", "p05", "p95")]
    assert told == levels
    assert len(set(levels)) >= 2  # a rotation would be seen
    assert np.isnan(row["mean"])
    assert np.isnan(row["mcse"])
    within = _row(done, path, "commit", "payback_month.p_within_horizon")
    assert (within["value"], within["unit"]) == (pytest.approx(np.isfinite(month).mean()), "share")
    given = _row(done, path, "commit", "payback_month.given_payback")
    assert (given["value"], given["unit"]) == (pytest.approx(np.nanmean(month)), "month")
    loss = _row(done, path, "commit", "p_loss")
    assert (loss["value"], loss["unit"]) == (pytest.approx((npv < 0).mean()), "share")
    error = (npv.reshape(8, 64) < 0).mean(axis=1).std(ddof=1) / np.sqrt(8)
    assert loss["mcse"] == pytest.approx(error)
    tail = _row(done, path, "commit", "cvar05")
    worst = np.sort(npv)
    assert tail["value"] == pytest.approx((worst[:25].sum() + 0.6 * worst[25]) / 25.6)
    assert tail["unit"] == "GBP"
    roi = _row(done, path, "commit", "roi")
    cost = single.outcome.field("commit", "pv_cost")
    assert (roi["value"], roi["unit"]) == (pytest.approx(npv.mean() / cost.mean()), "ratio")
    cx = single.outcome.field("commit", "cx")
    points = _row(done, path, "commit", "delta.cx")
    assert (points["value"], points["p05"], points["unit"]) == (
        pytest.approx(cx.mean()),
        pytest.approx(np.quantile(cx, 0.05)),
        "index points",
    )
    measured = _row(done, path, "commit", "measured.cx")
    assert measured["value"] == pytest.approx(2 * cx.mean())  # a point of the index is two of NPS
    nothing = single.outcome.field("do_nothing", "pv_profit")
    assert _row(done, path, "do_nothing", "pv_profit")["value"] == pytest.approx(nothing.mean())
    customers = _row(done, path, "do_nothing", "customers_end")
    assert customers["value"] == pytest.approx(single.outcome.field("do_nothing", "customers_end").mean())
    assert customers["unit"] == "customers"
    still = nothing - single.outcome.field("no_rivals", "pv_profit")
    assert _row(done, path, "do_nothing", "standing_still")["value"] == pytest.approx(still.mean())
    up, down = (single.outcome.field("commit", f"check_{bridge}") for bridge in ("customers", "margin"))
    assert _row(done, path, "commit", "cross_check.customers")["value"] == pytest.approx(up.mean())
    assert _row(done, path, "commit", "cross_check.margin")["value"] == pytest.approx(down.mean())
    ratio = _row(done, path, "commit", "cross_check.ratio")
    assert (ratio["value"], ratio["unit"]) == (pytest.approx(up.mean() / down.mean()), "ratio")
    agree = _row(done, path, "commit", "cross_check.p_within_factor_2")
    quotient = up / down
    assert agree["value"] == pytest.approx(((quotient >= 0.5) & (quotient <= 2)).mean())


def test_each_scenario_has_one_row_with_its_facts(folder: Path, done: Any) -> None:
    rows = done.scenarios.set_index("path")
    assert list(rows.index) == sorted(rows.index)
    assert rows["status"].tolist() == ["done", "done", "done", "failed"]
    for name, cost in (("a", 9_000), ("b", 60_000), ("c", 9_000)):
        path = folder / f"units/{name}.yaml"
        scenario, row = load(path), rows.loc[str(path)]
        single = txsim.forecast(scenario, draws=512, prior_only=True)
        npv = single.npv("commit").mean()
        assert row["verdict"] == ("commit" if npv > 0 else "do_nothing"), cost
        assert row["verdict_mean_npv"] == pytest.approx(max(npv, 0.0))
        assert (row["title"], row["currency"], row["bridge"]) == (name, "GBP", "customers")
        assert (row["horizon_months"], row["discount_rate"]) == (scenario.horizon_months, 0.07)
        assert (row["seed"], row["draws"], row["hash"]) == (scenario.seed, 512, scenario.hash)
        assert row["calibration_hash"] == single.calibration.hash
        assert row["error"] is None or row["error"] != row["error"]
    failed = rows.loc[str(folder / "units/z.yaml")]
    assert "customers" in failed["error"]
    assert failed["verdict"] is None or failed["verdict"] != failed["verdict"]


def test_the_manifest_counts_what_was_done(done: Any) -> None:
    manifest = json.loads((done.folder / "manifest.json").read_text())
    assert manifest["status"] == "complete, with failures"
    assert manifest["scenarios"] == {"done": 3, "failed": 1, "bases": [], "left_out": []}
    assert sorted(each["scenarios"] for each in manifest["calibrations"]) == [1, 2]
    assert {each["source"] for each in manifest["calibrations"]} == {"prior"}
    rows = sum(file["rows"] for file in manifest["files"] if file["file"].startswith("results/"))
    assert rows == len(done.frame)
    assert [failure["path"][-6:] for failure in done.failures] == ["z.yaml"]
    assert done.failures[0]["kind"] == "input"


def test_a_batch_without_failures_is_complete(tmp_path: Path) -> None:
    _unit(tmp_path / "a.yaml")
    txsim.batch([tmp_path / "a.yaml"], tmp_path / "out", **QUICK)
    assert json.loads((tmp_path / "out/manifest.json").read_text())["status"] == "complete"


def _keys(tmp_path: Path, files: list[Path], **changes: Any) -> list[Any]:
    settings = Settings(**({"draws": 256, "prior_only": True} | changes))
    return plan_of([Case(str(file), str(file), str(tmp_path)) for file in files], settings).entries


def test_whatever_decides_a_figure_is_in_its_key(tmp_path: Path) -> None:
    base = _unit(tmp_path / "base.yaml")
    twin = tmp_path / "twin.yaml"
    twin.write_text(base.read_text().replace("title: base", "title: other"))
    others = [
        _unit(tmp_path / "cost.yaml", cost=9001),
        _unit(tmp_path / "seed.yaml", seed=2),
        _unit(tmp_path / "slope.yaml", slope=0.31),
        _unit(tmp_path / "months.yaml", months=35),
    ]
    first, same, *rest = _keys(tmp_path, [base, twin, *others])
    assert first.key == same.key  # a title decides nothing
    assert len({first.key, *(each.key for each in rest)}) == 5
    beliefs = [first.calibration, *(each.calibration for each in rest)]
    assert [each == first.calibration for each in beliefs] == [True, True, True, False, True]
    for changes in ({"draws": 512}, {"keep_draws": True}, {"calibration_seed": 3}, {"prior_only": False}):
        (again,) = _keys(tmp_path, [base], **changes)
        assert again.key != first.key, changes
    (own,) = _keys(tmp_path, [base], seed=8)
    assert (own.seed, first.seed) == (8, 1)
    assert own.key != first.key


def test_each_calibration_is_made_from_its_own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def spec_of_file(scenario: Any, **_: Any) -> Any:
        """Stand for reading a panel: the file beside a scenario decides."""
        return SimpleNamespace(hash=(Path(scenario.source).parent / "link.csv").read_text())

    plans = sys.modules[plan_of.__module__]
    monkeypatch.setattr(plans, "calibration_spec", spec_of_file)
    monkeypatch.setattr(plans, "look_at", lambda _: ((), ()))
    files = []
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "link.csv").write_text(name)
        files.append(_unit(tmp_path / name / "u.yaml"))
        with files[-1].open("a") as file:
            file.write("data: link.csv\n")
    plan = plan_of([Case(str(file), str(file), str(file.parent)) for file in files], Settings(draws=256))
    assert plan.failures == []
    one, other = plan.entries
    assert one.hash == other.hash  # equal texts, but another file beside each
    assert [each.calibration for each in plan.entries] == ["first-0", "second-0"]
    assert {key: spec.hash for key, spec in plan.specs.items()} == {"first-0": "first", "second-0": "second"}
    assert one.key != other.key


def test_work_of_one_calibration(tmp_path: Path) -> None:
    scenarios = tuple(load(_unit(tmp_path / f"u{i}.yaml", cost=1000 * i)) for i in (1, 2))
    calibration = calibrate(calibration_spec(scenarios[0], prior_only=True))
    found = simulate(Task(0, "c", ("k1", "k2"), scenarios, (1, 5), 256, True), calibration)
    assert [each.key for each in found] == ["k1", "k2"]
    for each, scenario, seed in zip(found, scenarios, (1, 5), strict=True):
        single = txsim.forecast(scenario, draws=256, seed=seed, calibration=calibration)
        np.testing.assert_array_equal(each.npv, [single.npv("commit")])
        assert each.facts["options"] == ["commit"]
    without = simulate(Task(0, "c", ("k1",), scenarios[:1], (1,), 256, False), calibration)
    assert without[0].npv.size == 0
    np.testing.assert_array_equal(without[0].values, found[0].values)
    assert bytes_in_flight(2048) == 2 * bytes_in_flight(1024) > 0


def test_figures_in_several_units_are_not_ranked(tmp_path: Path) -> None:
    """Money of two currencies is not put in one row; what has no unit of its own, such as a share, is."""
    units = tmp_path / "units"
    units.mkdir()
    _unit(units / "a.yaml")
    euro = _unit(units / "b.yaml", cost=60_000)
    euro.write_text(euro.read_text().replace("currency: GBP", "currency: EUR"))
    txsim.batch([units], tmp_path / "out", **QUICK)
    for by in ("npv", "npv.p05", "cvar05"):
        with pytest.raises(InputError, match="is in EUR, GBP: figures in several units cannot be ranked") as refused:
            top(tmp_path / "out", by, "commit")
        (problem,) = refused.value.problems
        asked = str(problem.hint).partition("in: ")[2]  # the way out that is named leads out
        assert {row[0] for row in query(tmp_path / "out", asked.replace("*", "unit")).rows} == {"EUR"}
    assert len(top(tmp_path / "out", "p_loss", "commit").rows) == 2


def test_rankings_and_tables(folder: Path, done: Any) -> None:
    frame = done.frame
    npv = frame[(frame["option"] == "commit") & (frame["metric"] == "npv")].set_index("path")
    order = list(npv["mean"].sort_values(ascending=False).index)
    best = top(done.folder, "npv", "commit", 2)
    assert from_json(json.loads(json.dumps(best.to_json()))) == best
    assert [row[0] for row in best.rows] == order[:2]
    assert best.columns == ("path", "title", "npv", "p05", "p95", "mcse", "unit", "verdict")
    for row in best.rows:
        told = npv.loc[row[0]]
        assert row[2:6] == (told["value"], told["p05"], told["p95"], told["mcse"])
    assert [row[0] for row in top(done.folder, "npv", "commit", lowest=True).rows] == order[::-1]
    tails = top(done.folder, "npv.p05", "commit")
    assert [row[2] for row in tails.rows] == sorted(npv["p05"], reverse=True)
    table = wide(done.folder)
    assert table.columns[:8] == ("path", "title", "option", "verdict", "currency", "npv", "roi", "p_loss")
    at = {name: i for i, name in enumerate(table.columns)}
    for row in table.rows:
        for metric in ("npv", "pv_cost", "customers_end"):
            mine = frame[(frame["path"] == row[0]) & (frame["option"] == row[2]) & (frame["metric"] == metric)]
            assert (row[at[metric]] is None) == mine.empty
            assert mine.empty or row[at[metric]] == mine["value"].iloc[0]
    low = wide(done.folder, "p05")
    assert {row[low.columns.index("npv")] for row in low.rows} - {None} == set(npv["p05"])
    assert query(done.folder, "SELECT count(*) FROM scenarios WHERE status = ?", ("failed",)).rows == ((1,),)
    for call, message in (
        (lambda: top(done.folder, "nvp", "commit"), "no metric `nvp`; did you mean `npv`"),
        (lambda: top(done.folder, "npv.p5", "commit"), "`p5` is no figure of npv"),
        (lambda: top(done.folder, "npv", "comit"), "no option `comit`; did you mean `commit`"),
        (lambda: wide(done.folder, "p5"), "`p5` is no figure"),
        (lambda: query(done.folder, "SELEC 1"), "this is no SQL"),
    ):
        with pytest.raises(InputError, match=message):
            call()


def test_means_stand_on_both_sides_of_tax_and_are_those_of_the_run(tmp_path: Path) -> None:
    """Of a taxed scenario they are two figures, of one without a tax there is one, each as its own forecast has it."""
    units = tmp_path / "units"
    units.mkdir()
    _unit(units / "plain.yaml")
    taxed = _unit(units / "taxed.yaml", cost=20_000)
    taxed.write_text(taxed.read_text() + "finance: {tax_rate: 25 %}\n")
    txsim.batch([units], tmp_path / "out", **QUICK)
    result = read_result(tmp_path / "out")
    rows = {(row.scenario, row.option): row for row in result.answer.scenarios}
    for name in ("plain", "taxed"):
        single = txsim.forecast(load(units / f"{name}.yaml"), draws=512, prior_only=True)
        row = rows[name, "commit"]
        assert row.mean == pytest.approx(single.npv("commit").mean())
        net = single.npv_after_tax("commit").mean()
        assert row.npv_after_tax == (None if name == "plain" else pytest.approx(net))
        assert (abs(row.mean - net) < 1.0) == (name == "plain")
        assert row.p_loss == pytest.approx((single.npv("commit") < 0).mean())
    assert result.answer.taxed
    table, *_failures = [b for s in compose([result], "full").sections for b in s.blocks if isinstance(b, Table)]
    assert [head.partition(",")[0] for head in table.head[2:4]] == ["mean NPV before tax", "mean NPV after tax"]
