# SPDX-License-Identifier: MIT
"""What needs more memory than there may be is refused before it is computed, and what dies of it dies alone."""

from __future__ import annotations

import importlib
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import txsim
from txsim.batch.runner import Silent
from txsim.cli.main import main
from txsim.errors import InputError
from txsim.forecast.memory import bytes_to_simulate
from txsim.language import Words
from txsim.memory import amount, half_of_the_machine
from txsim.scenario import load, loads

UNIT = "unit0000.yaml"


def ends(args: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    with pytest.raises(SystemExit) as stop:
        main(args)
    captured = capsys.readouterr()
    code = stop.value.code
    assert isinstance(code, int)
    return code, captured.out + captured.err


@pytest.mark.parametrize(
    ("text", "size"), [("1GiB", 2**30), ("512M", 2**29), ("1.5 gb", 3 * 2**29), ("100000000", 10**8), (" 2t ", 2**41)]
)
def test_amounts_as_people_write_them(text: str, size: int) -> None:
    assert amount(text) == size


@pytest.mark.parametrize("text", ["", "x", "nan", "inf", "-1G", "1k", "1 GG", "1e99", "GiB"])
def test_what_is_no_amount(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        amount(text)


def test_half_of_the_machine_is_what_the_system_says() -> None:
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    assert 2**26 <= half_of_the_machine() <= pages // 2


def test_the_estimate_counts_what_is_held(tmp_path: Path, units_of: Callable[[Path, int], Path]) -> None:
    """By another route: what the arrays of a forecast hold, once it is there."""
    from txsim.forecast import forecast

    scenario = load(units_of(tmp_path, 1) / UNIT)
    for months in (False, True):
        made = forecast(scenario, draws=1024, prior_only=True, trajectories=months)
        held = made.scene.matrix.nbytes + made.outcome.result.nbytes
        if made.outcome.monthly is not None:
            held += made.outcome.monthly.nbytes
        # Rows are laid out twice, for two horizons; copies are made on the way.
        process = bytes_to_simulate(scenario, 0, months=months)
        estimate = bytes_to_simulate(scenario, 1024, months=months) - process
        assert held < estimate < 8 * held


def test_the_estimate_grows_with_what_is_asked(tmp_path: Path, units_of: Callable[[Path, int], Path]) -> None:
    folder = units_of(tmp_path, 1)
    text = (folder / UNIT).read_text()
    small = load(folder / UNIT)
    driver = text[text.index("  - name: desk") : text.index("pilot:")]
    many = "".join(driver.replace("name: desk", f"name: d{i}") for i in range(40))
    (folder / UNIT).write_text(text.replace(driver, many))
    large = load(folder / UNIT)
    assert bytes_to_simulate(large, 4096) > bytes_to_simulate(small, 4096)
    rise = bytes_to_simulate(small, 2**14) - bytes_to_simulate(small, 2**13)
    assert rise == bytes_to_simulate(small, 2**13) - bytes_to_simulate(small, 0)


def test_check_and_run_refuse_alike(
    tmp_path: Path, units_of: Callable[[Path, int], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    file = str(units_of(tmp_path, 1) / UNIT)
    for verb in (["check", file], ["run", file, "--prior-only", "--quiet"]):
        code, said = ends([*verb, "--memory", "64MiB"], capsys)
        said = " ".join(said.split())  # lines end where the terminal does
        assert code == 2
        assert "MiB of memory" in said
        assert "may take 64 MiB (--memory)" in said
        assert file in said
        code, said = ends([*verb, "--memory", "8GiB"], capsys)
        assert code == 0, said
        code, said = ends([*verb, "--memory", "much"], capsys)
        assert code == 2
        assert "an amount of memory from 64MiB on" in " ".join(said.split())


def test_sampling_is_refused_before_it_compiles(tmp_path: Path, units_of: Callable[[Path, int], Path]) -> None:
    from txsim.forecast import calibration_spec
    from txsim.inference import calibrate

    file = units_of(tmp_path, 1) / UNIT
    file.write_text(file.read_text() + "priors: {cx_margin: {median: 0.0123, factor: 3}}\n")
    spec = calibration_spec(load(file))
    with pytest.raises(InputError, match=r"sampling what evidence says takes about [\d,]+ MiB"):
        calibrate(spec, memory=2**28)


def test_a_large_stranger_is_left_out_of_a_batch(tmp_path: Path, units_of: Callable[[Path, int], Path]) -> None:
    folder = units_of(tmp_path / "units", 3)
    file = folder / UNIT
    text = file.read_text()
    driver = text[text.index("  - name: desk") : text.index("pilot:")]
    file.write_text(text.replace(driver, "".join(driver.replace("name: desk", f"name: d{i}") for i in range(50))))
    need = bytes_to_simulate(load(file), 2**17, later=False)
    # The batch itself takes 200 MiB.
    report = txsim.batch(
        [folder], tmp_path / "out", draws=2**17, prior_only=True, workers=1, memory=need + 199 * 2**20
    ).report
    assert report.scenarios == 2
    assert [Path(each.path).name for each in report.broken] == [UNIT]
    assert "of memory with 131,072 draws" in report.broken[0].message


class _Killer(Silent):
    """Kills the process that samples as soon as it says that it begins, as a system does that is out of memory."""

    def __init__(self) -> None:
        self.killed: list[int] = []

    def say(self, sentence: Words) -> None:
        if "compiling" in str(sentence) or "sampling" in str(sentence):
            for child in Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split():
                if b"txsim.batch.sampler" in Path(f"/proc/{child}/cmdline").read_bytes():
                    os.kill(int(child), signal.SIGKILL)
                    self.killed.append(int(child))


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="finds the process by Linux's own files")
def test_a_process_that_dies_while_calibrating_takes_its_case_alone(
    tmp_path: Path, units_of: Callable[[Path, int], Path]
) -> None:
    folder = units_of(tmp_path / "units", 4)
    for file in folder.glob("unit*.yaml"):
        beliefs = "{cx_margin: {median: 0.0456, factor: 3}}" if file.name == UNIT else "{pack: no_claims}"
        file.write_text(f"{file.read_text()}priors: {beliefs}\n")
    killer = _Killer()
    report = txsim.batch([folder], tmp_path / "out", draws=128, workers=1, watcher=killer).report
    assert len(killer.killed) == 1
    assert report.finished
    assert report.scenarios == 3
    assert [(Path(each.path).name, each.kind) for each in report.broken] == [(UNIT, "worker")]
    assert "was ended by SIGKILL; there may not be enough memory" in report.broken[0].message


def test_a_process_that_takes_too_much_is_ended(
    tmp_path: Path, units_of: Callable[[Path, int], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    sampler: Any = importlib.import_module("txsim.batch.sampler")
    monkeypatch.setattr(sampler, "_held", lambda process: 2**50)
    folder = units_of(tmp_path / "units", 2)
    file = folder / UNIT
    file.write_text(file.read_text() + "priors: {cx_margin: {median: 0.0789, factor: 3}}\n")
    (folder / "unit0001.yaml").write_text((folder / "unit0001.yaml").read_text() + "priors: {pack: no_claims}\n")
    report = txsim.batch([folder], tmp_path / "out", draws=128, workers=1, memory=2**32).report
    assert report.scenarios == 1
    assert [each.kind for each in report.broken] == ["worker"]
    assert "sampling took more than 3,896 MiB of memory" in report.broken[0].message


def test_an_error_of_sampling_comes_back_as_it_is(tmp_path: Path, units_of: Callable[[Path, int], Path]) -> None:
    from txsim.batch.sampler import Sampler
    from txsim.forecast import calibration_spec

    file = units_of(tmp_path, 1) / UNIT
    file.write_text(file.read_text() + "priors: {cx_margin: {median: 0.0987, factor: 3}}\n")
    sampler = Sampler(2**28)
    try:
        with pytest.raises(InputError, match="leave out own nodes"):
            sampler.sample(calibration_spec(load(file)), 0, None, 4096)
    finally:
        sampler.close()


def test_the_largest_that_a_file_may_hold_is_estimated_below_its_promise() -> None:
    """docs/limits.md promises 3 GB; ``benchmarks/memory_bench.py`` measures it."""
    import json
    import sys

    sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))
    bench = importlib.import_module("memory_bench")
    scenario = loads(json.dumps(bench.largest()))
    assert len(scenario.network().nodes) == bench.NODES
    assert bytes_to_simulate(scenario, 4096) < 3e9
