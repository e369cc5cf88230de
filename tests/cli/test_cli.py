# SPDX-License-Identifier: MIT
"""The command line end to end, with good and with every kind of bad input."""

from __future__ import annotations

import csv
import importlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import click
import pytest

from tests.command import ROOT, txsim
from txsim.cli.main import VERBS


def started(*args: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own, as people do."""
    command = [sys.executable, "-m", "txsim", *map(str, args)]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=300, check=False)


FIRM = """
title: Known case
organisation:
  index: {ux_employee: 55, ux_customer: 60, mx: 50, cx: 66, "ex[front]": 60, "ex[support]": 62}
  coordination: 0.2
  staff:
    front: {headcount: 300, turnover_per_year: 0.25, salary_per_year: 30000}
    support: {headcount: 120, meets_customers: false, turnover_per_year: 0.12, salary_per_year: 36000, reach: 1.2}
  customers: 4000
  churn_per_month: 0.018
  joins_per_month: 72
  arpu_per_month: 2000
  revenue_per_month: 8000000
  contribution_margin: 0.25
  digital_bad: 0.08
  digital_interactions: 4
drivers:
  - name: desk
    pushes: [{node: "ex[front]", effect: 5, months: 6}]
    one_off: 60000
    monthly: 4000
    delivery: 0.46
    cost_overrun: 1.1
    slip: 0.5
pilot: {months: 6, scope: 0.2, one_off: 15000, monthly: 2000, reusable: 0.3}
discount_rate: 0.12
"""


@pytest.fixture
def known_case(tmp_path: Path, data: Path) -> tuple[Path, dict]:
    case = json.loads((data / "reference_case/case.json").read_text())
    parameters = {
        name: value
        for name, value in case["parameters"].items()
        if name not in ("reach_support", "delivery", "cost_overrun", "slip")
    } | {"confounding": 0.2, "reach": 1.2, "serve_cx": 0.004}
    priors = "".join(f"  {name}: {value}\n" for name, value in parameters.items())
    file = tmp_path / "case.yaml"
    file.write_text(FIRM + "priors:\n" + priors)
    return file, case


@pytest.mark.parametrize("bridge", ["customers", "margin"])
def test_a_third_party_can_check_us(known_case: tuple[Path, dict], bridge: str, tmp_path: Path) -> None:
    file, case = known_case
    csv_file = tmp_path / "months.csv"
    done = txsim("run", file, "--set", f"bridge={bridge}", "--json", "--draws", "128", "--trajectories", csv_file)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["calibration"]["source"] == "point"
    for option, told in case["results"][bridge].items():
        if option == "do_nothing":
            continue
        figures = found["options"][option]
        assert figures["npv"]["mean"] == pytest.approx(told["npv"], rel=1e-9)
        assert figures["npv"]["sd"] == pytest.approx(0, abs=1e-6)
        assert figures["pv_cost"]["mean"] == pytest.approx(told["pv_cost"], rel=1e-9)
        assert figures["roi"] == pytest.approx(told["roi"], rel=1e-9)
        assert figures["peak_funding"]["mean"] == pytest.approx(told["peak_funding"], rel=1e-9)
        if told["runoff"] is not None:
            assert figures["runoff"]["mean"] == pytest.approx(told["runoff"], rel=1e-9)
        assert figures["payback_month"]["p_within_horizon"] == 0
    months = {}
    with csv_file.open() as stream:
        for row in csv.DictReader(stream):
            if row["draw"] == "0":
                months[row["option"], row["month"]] = row
    for option, by_month in case["results"]["trajectory"].items():
        for month, told in by_month.items():
            row = months[option, month]
            for node, deviation in told["d"].items():
                assert float(row[node]) == pytest.approx(deviation, rel=1e-9, abs=1e-12)
            for name in ("customers", "churn", "revenue", "leave", "margin_effect"):
                assert float(row[name]) == pytest.approx(told[name], rel=1e-9)
            assert float(row["cost"]) == pytest.approx(told["one_off"] + told["running"])


def test_help_is_quick_and_complete() -> None:
    done = started("--help")
    assert done.returncode == 0
    for verb in ("run", "check", "init", "graph", "schema", "cache"):
        assert verb in done.stdout
        assert txsim(verb, "--help").returncode == 0
    loaded = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, txsim.cli.main, txsim; print([m for m in sys.modules if m in "
            "('numpy', 'pymc', 'pydantic', 'yaml')])",
        ],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    assert loaded.stdout.strip() == "[]"


def test_a_run_of_packaged_beliefs_samples_nothing(tmp_path: Path) -> None:
    """In a cache of its own, with the kernel's code alone: no sampler, no SciPy, no reader of panels is imported."""
    cache = Path(os.environ["TXSIM_CACHE"])
    pilot = str(ROOT / "scenarios" / "service_desk_pilot.yaml")
    txsim("run", pilot, "--quiet", "--draws", "128")
    mine = tmp_path / "cache"
    mine.mkdir(mode=0o700)
    for part in ("code", "points"):
        shutil.copytree(cache / part, mine / part, ignore=shutil.ignore_patterns(".*"))  # others may be writing
        (mine / part).chmod(0o700)
    code = (
        "import sys, txsim.cli.main\n"
        f"sys.argv = ['txsim', 'run', {pilot!r}, '--quiet', '--draws', '128']\n"
        "try: txsim.cli.main.main()\n"
        "except SystemExit as stop: assert not stop.code\n"
        "names = ('pymc', 'pytensor', 'nutpie', 'numba', 'xarray', 'arviz_stats', 'pydantic', 'tomllib',"
        " 'txsim.panel.scenario_data', 'txsim.decide.cash_flow')\n"
        "print([m for m in names if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={**os.environ, "TXSIM_CACHE": str(mine)},
    )
    assert done.stderr.strip().splitlines()[-1] == "[]"
    assert not (mine / "calibrations").exists() or not any((mine / "calibrations").glob("[!.]*"))


def test_start_from_nothing(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    assert txsim("init", file).returncode == 0
    assert txsim("init", file).returncode == 2
    assert txsim("check", file).returncode == 0


def test_shipped_scenarios_are_valid(scenarios: Path) -> None:
    done = txsim("check", *sorted(scenarios.glob("*.yaml")))
    assert done.returncode == 0, done.stderr
    ends = [line for line in done.stdout.splitlines() if ": valid, " in line]
    told = [line.rpartition("/")[2] for line in ends if "0 warnings" not in line]
    assert told == []


@pytest.mark.parametrize("kind", ["table", "dot", "mermaid", "svg", "png"])
def test_graph(kind: str, tmp_path: Path, scenarios: Path) -> None:
    file = tmp_path / f"graph.{ {'table': 'txt', 'mermaid': 'mmd'}.get(kind, kind) }"
    done = txsim("graph", scenarios / "tx_programme.yaml", "--format", kind, "--prior-only", "--out", file)
    assert done.returncode == 0, done.stderr
    content = file.read_bytes()
    start = {"svg": b"<svg", "png": b"\x89PNG", "dot": b"digraph", "mermaid": b"flowchart", "table": b"What is"}[kind]
    assert content.startswith(start)


@pytest.mark.parametrize("kind", ["table", "dot", "mermaid", "svg", "png"])
def test_a_graph_is_never_written_over_a_file_of_another_kind(kind: str, tmp_path: Path, scenarios: Path) -> None:
    file = tmp_path / "plan.docx"
    file.write_text("mine")
    done = txsim("graph", scenarios / "tx_programme.yaml", "--format", kind, "--out", file)
    assert (done.returncode, file.read_text()) == (2, "mine")
    assert "`.docx` is not known" in done.stderr


#: Seven lines that would unfold to five million values.
LAUGHS = "a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1]\n" + "".join(
    f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdef", "bcdefg", strict=True)
)

BAD = {
    "unknown key": ("horizon_month: 3\n", "horizon_months"),
    "boolean": ("title: no\n", "quotes"),
    "exponent": ("discount_rate: 1e3\n", "1e3"),
    "duplicate": ("seed_: 1\nseed_: 2\n", "twice"),
    "tab": ("organisation:\n\tname: x\n", "tab"),
    "nan": ("discount_rate: .nan\n", "finite"),
    "digits": ("horizon_months: " + "9" * 5000 + "\n", "5,000 digits"),
    "alias": (LAUGHS, "each alias counted"),
    "tag": ("a: !!python/object/apply:os.system [ls]\n", "tags"),
    "deep": ("a: " + "[" * 40 + "]" * 40 + "\n", "32 levels"),
    "percent": ("organisation: {churn_per_month: 2}\n", "2 %"),
    "empty": ("", "empty"),
    "not a mapping": ("- 1\n- 2\n", "key: value"),
    "absolute extends": ("extends: /etc/passwd\n", "relative"),
    "leaving extends": ("extends: ../../etc/passwd\n", "outside"),
    "missing extends": ("extends: nothing.yaml\n", "no such file"),
    "circle": ("extends: bad.yaml\n", "circle"),
    "unknown parameter": ("priors: {ex_xc: 1}\n", "ex_cx"),
    "unknown claim": ("evidence: {drop: [harter-2003]}\n", "harter-2002"),
    "horizon": ("horizon_months: 500\n", "240"),
    "order": ("priors: {ex_cx: {quantiles: {0.05: 3, 0.5: 2}}}\n", "rise"),
    "support": ("priors: {churn_cx: {distribution: normal, mean: 0.1, sd: 1}}\n", "possible"),
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("verb", ["check", "run"])
def test_bad_input(name: str, verb: str, tmp_path: Path) -> None:
    text, expected = BAD[name]
    file = tmp_path / "bad.yaml"
    file.write_text(text)
    done = txsim(verb, file)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert "bad.yaml" in done.stderr
    assert expected in done.stderr
    assert "nothing was run" in done.stderr
    assert done.stdout == ""


def test_other_bad_files(tmp_path: Path) -> None:
    utf16 = tmp_path / "utf16.yaml"
    utf16.write_text("title: x\n", encoding="utf-16")
    latin = tmp_path / "latin.yaml"
    latin.write_bytes("title: Grüße\n".encode("latin-1"))
    huge = tmp_path / "huge.yaml"
    huge.write_text("# " + "x" * 1_100_000)
    link = tmp_path / "tree" / "link.yaml"
    link.parent.mkdir()
    link.symlink_to(tmp_path / "latin.yaml")
    for file, expected in (
        (utf16, "UTF-16"),
        (latin, "0xfc"),
        (huge, "limit"),
        (link, "outside"),
        (tmp_path, "folder"),
    ):
        done = txsim("run", file)
        assert (done.returncode, "Traceback" in done.stderr) == (2, False)
        assert expected in done.stderr
    done = txsim("run", tmp_path / "latn.yaml")
    assert done.returncode == 2
    assert "latin.yaml" in done.stderr


def test_bad_options(scenarios: Path) -> None:
    file = scenarios / "service_desk_pilot.yaml"
    for args, expected in (
        (["--draws", "1000"], "1024"),
        (["--set", "drivers[7].one_off=3"], "service_desk"),
        (["--set", "horizon_month=3"], "horizon_months"),
        (["--set", "nonsense"], "path=value"),
        (["--set", "pilot.months=60"], "horizon"),
    ):
        done = txsim("run", file, *args)
        assert done.returncode == 2, (args, done.stdout, done.stderr)
        assert expected in done.stderr
    assert "did you mean `run`" in txsim("rn", file).stderr


def test_a_loop_that_never_settles_is_named(scenarios: Path) -> None:
    args = [f"priors.{name}=1.5" for name in ("ex_cx", "cx_ex")]
    told = ("--prior-only", "--draws", "256", *[x for a in args for x in ("--set", a)])
    done = txsim("run", scenarios / "service_desk_pilot.yaml", *told)
    assert done.returncode == 2
    assert "ex[front] -> cx" in done.stderr


def test_first_command_of_the_readme(scenarios: Path, tmp_path: Path) -> None:
    file, out = scenarios / "service_desk_pilot.yaml", tmp_path / "out"
    done = started("run", file, "--out", out)
    assert done.returncode == 0, done.stderr
    assert "There is no clear choice." in done.stdout
    one, two = txsim("run", file, "--json", "--quiet"), txsim("run", file, "--json", "--quiet", "--workers", "2")
    assert one.stdout == two.stdout
    assert one.stderr == ""
    found = json.loads(one.stdout)
    assert found == json.loads((out / "summary.json").read_text())
    keys = "scenario hash calibration seed draws horizon_months currency bridge fixed_by_author options do_nothing"
    assert set(f"{keys} standing_still cross_check claims".split()) <= set(found)
    option = ["npv", "roi", "payback_month", "peak_funding", "p_loss", "cvar05", "runoff", "delta"]
    for name in ("commit", "commit_stop", "pilot_scale", "pilot_stop"):
        assert set(option) <= set(found["options"][name])
    assert found["calibration"]["source"] == "mcmc"
    assert found["diagnostics"]["divergences"] == 0
    assert min(found["diagnostics"]["ess_bulk"], found["diagnostics"]["ess_tail"]) >= 1000

    import xarray as xr

    with xr.open_datatree(out / "result.nc", engine="h5netcdf") as tree:
        assert tree["payoff"]["npv"].dims == ("option", "draw")
        npv = tree["payoff"]["npv"].sel(option="commit").to_numpy()
        assert npv.mean() == pytest.approx(found["options"]["commit"]["npv"]["mean"])
        assert tree.attrs["seed"] == 1


def test_a_killed_run_leaves_nothing_half_written(scenarios: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-m", "txsim", "run", str(scenarios / "service_desk_pilot.yaml"), "--out", str(out)]
    for delay in (0.3, 0.6, 1.0, 1.6):
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.wait()
        if (out / "summary.json").exists():
            json.loads((out / "summary.json").read_text())
    assert started("run", scenarios / "service_desk_pilot.yaml", "--out", out).returncode == 0


def test_two_runs_at_once_share_one_cache(scenarios: Path, private_cache: Path, tmp_path: Path) -> None:
    """Both want the same draws: one makes them, the other waits, and both print the same bits."""
    file = scenarios / "service_desk_pilot.yaml"
    # Claims that nobody has sampled, in a cache of their own that begins with the code that this session has compiled.
    told = ["--set", "evidence.credibility.sears-1998=0.45", "--json", "--draws", "128"]
    command = [sys.executable, "-m", "txsim", "run", str(file), *told]
    cache = tmp_path / "cache"
    cache.mkdir(mode=0o700)
    for part in ("code", "pytensor"):
        if (private_cache / part).is_dir():
            shutil.copytree(private_cache / part, cache / part, ignore=shutil.ignore_patterns(".*", "*.lock"))
            (cache / part).chmod(0o700)
    environment = {**os.environ, "TXSIM_CACHE": str(cache)}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "cwd": ROOT, "env": environment}
    both = [subprocess.Popen(command, **pipes) for _ in range(2)]
    out = [process.communicate(timeout=300) for process in both]
    assert [process.returncode for process in both] == [0, 0], out
    assert out[0][0] == out[1][0]
    sampled = [("sampling" in err, "waiting" in err) for _, err in out]
    made = [path for path in (cache / "calibrations").glob("[!.]*") if path.is_dir()]
    assert sorted(sampled) == [(False, True), (True, False)]
    assert len(made) == 1
    assert not [path for path in (cache / "calibrations").glob(".*") if path.is_dir()]


def test_a_fault_at_one_file_leaves_the_answers_of_the_others(scenarios: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = importlib.import_module("txsim.cli.check")
    real = module.check

    def faulty(file: Path, **more: Any) -> Any:
        if file.name == "sceptic.yaml":
            message = "math range error"
            raise OverflowError(message)
        return real(file, **more)

    monkeypatch.setattr(module, "check", faulty)
    done = txsim("check", scenarios / "sceptic.yaml", scenarios / "service_desk_pilot.yaml")
    assert done.returncode == 70
    assert "service_desk_pilot.yaml: valid" in " ".join(done.stdout.split())
    assert "sceptic.yaml" in done.stderr
    assert "OverflowError: math range error" in " ".join(done.stderr.split())


@pytest.mark.parametrize("many", ["9" * 20, "9" * 5000, "-" + "9" * 30])
def test_a_whole_number_beyond_all_use_is_refused_by_every_verb(many: str) -> None:
    for verb in VERBS:
        for command in _with_their_own(importlib.import_module(f"txsim.cli.{verb.replace('-', '_')}").command):
            for param in command.params:
                if isinstance(param.type, click.types.IntParamType):
                    with pytest.raises(click.BadParameter) as caught:
                        param.type.convert(many, param, None)
                    assert len(caught.value.message) < 100, (verb, param.name)


def _with_their_own(command: click.Command) -> list[click.Command]:
    inner = command.commands.values() if isinstance(command, click.Group) else ()
    return [command, *(each for one in inner for each in _with_their_own(one))]


def test_an_unknown_option_of_a_difference_is_refused(scenarios: Path) -> None:
    file = scenarios / "service_desk_pilot.yaml"
    done = txsim("diff", file, file, "--option", "x")
    assert done.returncode == 2
    assert "no option `x`; there are commit" in done.stderr


def test_a_closed_stderr_is_no_fault(scenarios: Path) -> None:
    """As cron jobs have it."""
    command = (
        f"exec {sys.executable} -m txsim run {scenarios / 'service_desk_pilot.yaml'} --prior-only --draws 128 2>&-"
    )
    done = subprocess.run(["/bin/sh", "-c", command], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 0
    assert "128 draws" in done.stdout
