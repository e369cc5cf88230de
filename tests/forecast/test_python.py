# SPDX-License-Identifier: MIT
"""The package from Python: what completion lists, the verbs as functions, draws for ArviZ, the model for own data."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

import txsim
from tests.command import ROOT
from tests.command import txsim as command
from txsim.decide import evpi
from txsim.forecast import Forecast
from txsim.priors.distributions import cdf

DESK = ROOT / "scenarios" / "service_desk_pilot.yaml"


@pytest.fixture(scope="module")
def forecast() -> Forecast:
    return txsim.forecast(str(DESK), draws=1024)


def test_completion_lists_the_interface_and_imports_nothing() -> None:
    code = (
        "import sys, txsim; names = dir(txsim); print(sorted(n for n in names if n[0] != '_'));"
        "print(sorted({'pymc', 'pydantic', 'xarray', 'numba', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    names, heavy = done.stdout.splitlines()
    assert heavy == "[]"
    verbs = {"batch", "compare", "forecast", "link", "load", "model", "pilot", "save", "sensitivity", "whatif"}
    assert verbs <= set(json.loads(names.replace("'", '"')))
    assert all(callable(getattr(txsim, name)) for name in json.loads(names.replace("'", '"')))


def test_a_module_of_the_same_name_does_not_take_a_functions_place() -> None:
    import txsim.batch
    import txsim.forecast
    import txsim.pilot.analysis

    assert callable(txsim.pilot)
    assert callable(txsim.batch)
    assert callable(txsim.forecast)


def test_a_path_and_a_scenario_give_the_same(forecast: Forecast) -> None:
    again = txsim.forecast(txsim.load(DESK), draws=1024)
    np.testing.assert_array_equal(again.npv("commit"), forecast.npv("commit"))


@pytest.mark.parametrize(
    ("words", "call"),
    [
        (["whatif", "--vary", "discount_rate=8 %,12 %"],
         lambda: txsim.whatif(txsim.load(DESK), "discount_rate=8 %,12 %", draws=256)),
        (["sensitivity"], lambda: txsim.sensitivity(DESK, draws=256)),
        (["pilot", "--scopes", "20%", "--months", "6", "--respondents", "50"],
         lambda: txsim.pilot(txsim.forecast(DESK, draws=256), scopes=(0.2,), months=(6,), respondents=(50.0,))),
        (["compare", str(ROOT / "scenarios" / "front_line_first.yaml")],
         lambda: txsim.compare([DESK, ROOT / "scenarios" / "front_line_first.yaml"], draws=256)),
    ],
)  # fmt: skip
def test_a_verb_and_its_function_answer_the_same(words: list[str], call: Callable[[], Any]) -> None:
    done = command(words[0], DESK, *words[1:], "--draws", "256", "--json", "--quiet")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == json.loads(json.dumps(call().to_json()))


def test_what_was_computed_is_saved_as_the_command_line_does(forecast: Forecast, tmp_path: Path) -> None:
    txsim.save(forecast, tmp_path / "python")
    done = command("run", DESK, "--draws", "1024", "--out", tmp_path / "command", "--quiet")
    assert done.returncode == 0, done.stderr
    one, two = ((tmp_path / name / "summary.json").read_bytes() for name in ("python", "command"))
    mine, theirs = json.loads(one), json.loads(two)
    assert mine["options"] == theirs["options"]
    assert mine["recommendation"] == theirs["recommendation"]
    grid = txsim.whatif(DESK, "discount_rate=8 %,12 %", draws=128)
    txsim.save(grid, tmp_path / "grid")
    assert json.loads((tmp_path / "grid" / "whatif.json").read_text())["cells"][0]["values"] == {"discount_rate": "8 %"}
    txsim.save(grid, tmp_path / "v1.2")  # a folder may have a dot in its name
    assert (tmp_path / "v1.2" / "whatif.json").is_file()
    both = txsim.whatif(DESK, "discount_rate=8 %,12 %", "horizon_months=24,36", draws=128)
    assert both.to_json() == txsim.whatif(DESK, ["discount_rate=8 %,12 %", "horizon_months=24,36"], draws=128).to_json()
    txsim.save(grid, tmp_path / "grid.md")
    assert (tmp_path / "grid.md").read_text().startswith("# Service desk pilot")


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda f: txsim.forecast(3), "path of its file.*int"),
        (lambda f: txsim.forecast("title: a\nhorizon_months: 3"), r"txsim\.loads"),
        (lambda f: txsim.whatif(f.scenario.replaced(horizon_months=12), "discount_rate=8 %"), "changed in Python"),
        (lambda f: txsim.sensitivity(f, draws=128), "draws: the forecast is computed already"),
        (lambda f: txsim.sensitivity(f, seed=4), "seed: the forecast is computed already"),
        (lambda f: txsim.compare(f.scenario), "several scenarios"),
        (lambda f: txsim.compare([f.scenario, f.scenario]), "give each a name"),
        (lambda f: txsim.save({"a": 1}, "out"), "found dict"),
        (lambda f: txsim.save(f, "deck.docx"), r"`\.docx` is no report.*\.pptx"),
        (lambda f: txsim.save(f, "deck.pptxx"), "did you mean `pptx`"),
        (lambda f: txsim.save(f, "g.txt"), r"`\.txt` is no report.*folder"),
        (lambda f: txsim.forecast(f.scenario, calibration=[1]), r"found list.*pymc\.sample"),
        (lambda f: f.trajectories, "trajectories=True"),
        (lambda f: txsim.whatif(f.scenario), r"nothing varies.*txsim\.whatif\(scenario, "),
        (lambda f: txsim.whatif(f.scenario, "driver.efect=1,2"), r"^vary  driver\.efect=1,2\n.*did you mean `effect`"),
        (lambda f: txsim.whatif(f.scenario, "discount_rate=1,viel"), r"^vary  discount_rate\n"),
        (lambda f: txsim.Desk(f), "path of its file.*Forecast"),
        (lambda f: txsim.pilot(ROOT / "scenarios" / "coaching_with_refresher.yaml"), "no `pilot`"),
    ],
)
def test_what_cannot_be_used_says_what_to_pass(forecast: Forecast, call: Callable[[Forecast], Any], words: str) -> None:
    with pytest.raises(txsim.InputError, match=re.compile(words, re.DOTALL)):
        call(forecast)


def test_a_wrong_name_is_told_the_nearest() -> None:
    with pytest.raises(AttributeError, match="did you mean 'forecast'"):
        txsim.forcast  # noqa: B018 - the access is what is tried


def test_variables_have_their_units(forecast: Forecast) -> None:
    units = {name: variable.attrs.get("units") for name, variable in forecast.payoff.data_vars.items()}
    assert units["npv"] == "EUR"
    assert units["payback"] == "months"
    assert units["delta"] == "index points"
    assert all(units.values())
    months = txsim.forecast(forecast.scenario, draws=128, trajectories=True).trajectories
    assert months.cx.attrs["units"] == "index points"
    assert months.customers.attrs["units"] == "customers"
    assert months.payoff.attrs["units"] == "EUR"


def test_estimators_take_the_payoffs_of_a_forecast(forecast: Forecast) -> None:
    """By hand: what the best option of each draw pays on average, less what the best option pays on average."""
    npv = np.stack([forecast.npv(option) for option in forecast.options])
    assert evpi(forecast.payoff.npv).value == pytest.approx(npv.max(axis=0).mean() - npv.mean(axis=1).max())


@pytest.fixture(scope="module")
def tree(forecast: Forecast, tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("kept")
    txsim.save(forecast, folder)
    with xr.open_datatree(folder / "result.nc", engine="h5netcdf") as kept:
        return kept.load()


class TestArviz:
    def test_groups_are_those_of_the_schema(self, tree: Any, forecast: Forecast) -> None:
        assert {"posterior", "prior", "log_prior", "log_likelihood", "sample_stats", "payoff", "draws"} <= set(
            tree.children
        )
        assert tree["posterior"].ex_cx.attrs["units"] == "CX points per EX point"
        np.testing.assert_array_equal(tree["posterior"].ex_cx, forecast.calibration.parameter("ex_cx"))
        assert not tree["sample_stats"].diverging.any()

    def test_prior_draws_are_those_of_the_prior(self, tree: Any, forecast: Forecast) -> None:
        """Where the barrier cuts nothing, ranks under the prior are uniform: Kolmogorov's distance at 8,192 draws."""
        from txsim.priors.catalogue import calibration_parameters

        for name in ("replacement_cost", "churn_cx"):
            ranks = np.sort(np.asarray(cdf(calibration_parameters()[name], tree["prior"][name].to_numpy().ravel())))
            assert np.abs(ranks - (np.arange(ranks.size) + 0.5) / ranks.size).max() < 1.95 / np.sqrt(ranks.size)

    def test_densities_turn_the_prior_into_the_posterior(self, tree: Any) -> None:
        """The prior's draws, weighed by what claims say of them, have the posterior's mean: another route to it."""
        from txsim.forecast import calibration_spec
        from txsim.inference.weighing import cluster_log_likelihood

        spec = calibration_spec(txsim.load(DESK))
        prior = {str(name): values.to_numpy().ravel() for name, values in tree["prior"].data_vars.items()}
        log = np.sum(list(cluster_log_likelihood(spec, prior).values()), axis=0)
        weights = np.exp(log - log.max())
        weights /= weights.sum()
        for name in ("ex_cx", "churn_cx"):
            mean = weights @ prior[name]
            error = np.sqrt((weights**2) @ (prior[name] - mean) ** 2)
            assert tree["posterior"][name].mean().item() == pytest.approx(mean, abs=4 * error)
        kept = {str(name): values.to_numpy() for name, values in tree["posterior"].data_vars.items()}
        again = cluster_log_likelihood(spec, kept)
        np.testing.assert_allclose(
            tree["log_likelihood"].claims.sel(cluster="zablah-2016"), again["zablah-2016"], rtol=1e-5, atol=1e-5
        )

    def test_arviz_reads_them(self, tree: Any) -> None:
        import arviz_stats

        table = arviz_stats.psense_summary(tree, var_names=["ex_cx", "replacement_cost"])
        assert np.isfinite(table[["prior", "likelihood"]].to_numpy(float)).all()
        # No claim speaks of what a leaver costs: its likelihood cannot move it, its prior alone does.
        assert table.loc["replacement_cost", "likelihood"] < 0.05 < table.loc["replacement_cost", "prior"]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # one cluster's k may be above 0.7; that is told of, no fault
            left_out = arviz_stats.loo(tree, var_name="claims")
        assert left_out.n_data_points == tree["log_likelihood"].sizes["cluster"]

    def test_arviz_draws_them(self, tree: Any) -> None:
        import arviz_plots
        import matplotlib as mpl

        mpl.use("agg")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # those of ArviZ and of matplotlib among themselves
            arviz_plots.plot_prior_posterior(tree, var_names=["ex_cx"], backend="matplotlib")
            arviz_plots.plot_trace(tree, var_names=["ex_cx", "reach"], backend="matplotlib")


def test_the_example_of_the_page_adds_a_studys_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """By another route: the stored draws, weighed by the same rows' likelihood with its noise summed out on a grid."""
    page = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    example = page.partition("<!-- example -->")[2].partition("<!-- end of example -->")[0]
    code = example.strip().removeprefix("```python").removesuffix("```")
    monkeypatch.chdir(ROOT)
    names: dict[str, Any] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the sampler's own
        exec(compile(code, "docs/python.md", "exec"), names)
    before = txsim.forecast(DESK)
    slope = before.calibration.parameter("ex_cx").ravel()
    noise = np.linspace(0.02, 4.0, 400)
    away = ((names["cx"] - slope[:, None] * names["ex"]) ** 2).sum(axis=1)
    log = -0.5 * away[:, None] / noise**2 - names["cx"].size * np.log(noise) - 0.5 * noise**2
    mass = np.exp(log - log.max()).sum(axis=1)
    mass /= mass.sum()
    mean = mass @ slope
    error = np.sqrt((mass**2) @ (slope - mean) ** 2)
    after = names["forecast"].calibration.parameter("ex_cx")
    own = after.std() / np.sqrt(400)  # the gate asks for at least 400 effective draws
    assert after.mean() == pytest.approx(mean, abs=4 * np.hypot(error, own))
    assert after.mean() > slope.mean()
    assert names["forecast"].hash == before.hash
    assert names["forecast"].summary().calibration.hash != before.summary().calibration.hash
    assert "our_branches" not in names["forecast"].calibration.names


def test_a_scenario_that_doubts_links_has_no_such_model() -> None:
    doubtful = txsim.load(DESK, overrides=("priors.doubt={ex_cx: 20 %}",))
    with pytest.raises(txsim.InputError, match="summed out"):
        txsim.model(doubtful)


@pytest.mark.parametrize("draws", ["many", 512.0, True, None])
def test_draws_that_are_no_whole_number_are_told_what_to_pass(draws: Any) -> None:
    with pytest.raises(txsim.InputError, match="is no whole number; pass a power of two"):
        txsim.forecast(DESK, draws=draws)


@pytest.mark.parametrize(("name", "path"), [
    ("churn_per_month", "organisation.churn_per_month"), ("attrition_ex", "priors.attrition_ex"),
    ("service_desk.delivery", "drivers[0].delivery"),
])  # fmt: skip
def test_what_varies_has_the_names_that_priors_set_takes(name: str, path: str) -> None:
    from txsim.decide.whatif import parse_axis

    assert parse_axis(f"{name}=0.02,0.04", txsim.load(DESK)).path == path
