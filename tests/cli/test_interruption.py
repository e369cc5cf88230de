# SPDX-License-Identifier: MIT
"""Whatever asks to stop: every verb ends with one sentence and the code that shells know; nothing is half-written."""

from __future__ import annotations

import importlib
import os
import shutil
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest

from tests.command import ROOT, txsim
from txsim.cli.main import VERBS
from txsim.interruption import _Last

SENTENCE = "stopped; no file is half-written\n"
#: What shells add 128 to.
CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}


@pytest.fixture(autouse=True)
def ignored_by_nobody(monkeypatch: pytest.MonkeyPatch) -> Any:
    """As in a terminal: where tests run in the background Ctrl-C may be ignored, which a verb respects.

    What came here is forgotten afterwards, as it is where a process ends.
    """
    monkeypatch.setattr(_Last, "number", 0)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def commands(name: str, command: click.Command) -> list[tuple[str, click.Command]]:
    """Return a verb and its own verbs, by what is typed."""
    if isinstance(command, click.Group):
        return [pair for inner in command.commands.values() for pair in commands(f"{name} {inner.name}", inner)]
    return [(name, command)]


MODULES = {verb: importlib.import_module(f"txsim.cli.{verb.replace('-', '_')}") for verb in VERBS}
EVERY = [pair for verb, module in MODULES.items() for pair in commands(verb, module.command)]


@pytest.mark.parametrize("number", CODES)
@pytest.mark.parametrize(("name", "command"), EVERY, ids=[name for name, _command in EVERY])
def test_every_verb_ends_alike(
    name: str, command: click.Command, number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(**_told: Any) -> None:
        os.kill(os.getpid(), number)

    monkeypatch.setattr(command, "callback", work)
    monkeypatch.setattr(command, "params", [])
    ended = txsim(*name.split())
    assert ended.returncode == CODES[number]
    assert ended.stderr == SENTENCE
    assert ended.stdout == ""


def interrupted(monkeypatch: pytest.MonkeyPatch, place: str, number: int, when: int = 1) -> None:
    """Send a signal to ourselves at the n-th call of a function."""
    module, _dot, name = place.rpartition(".")
    owner = importlib.import_module(module)
    real: Callable[..., Any] = getattr(owner, name)
    calls = []

    def called(*args: Any, **told: Any) -> Any:
        calls.append(1)
        if len(calls) == when:
            os.kill(os.getpid(), number)
        return real(*args, **told)

    monkeypatch.setattr(owner, name, called)


@pytest.mark.parametrize("number", CODES)
@pytest.mark.parametrize("place", ["txsim.forecast.computation.lay_out", "txsim.report.files.whole_file"])
def test_a_run_in_the_middle_of_its_work(
    tmp_path: Path, place: str, number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted(monkeypatch, place, number)
    file = ROOT / "scenarios" / "service_desk_pilot.yaml"
    ended = txsim("run", file, "--prior-only", "--draws", "128", "--quiet", "--out", tmp_path / "out")
    assert (ended.returncode, ended.stderr, ended.stdout) == (CODES[number], SENTENCE, "")
    assert not [path for path in tmp_path.rglob("*") if path.name.endswith(".tmp")]


def test_a_batch_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        shutil.copy(ROOT / "scenarios" / "service_desk_pilot.yaml", tmp_path / f"u{number}.yaml")
        text = (tmp_path / f"u{number}.yaml").read_text().replace("22000", f"2{number}000")
        (tmp_path / f"u{number}.yaml").write_text(text)
    shutil.copytree(ROOT / "scenarios" / "organisations", tmp_path / "organisations")
    call = ("batch", tmp_path, "--out", tmp_path / "out", "--prior-only", "--draws", "128", "--progress", "none")
    with monkeypatch.context() as patch:
        interrupted(patch, "txsim.batch.work.forecast_from", signal.SIGTERM, when=2)
        ended = txsim(*call)
    assert (ended.returncode, ended.stdout) == (143, "")
    assert ended.stderr == "stopped; what is computed is kept, the same command goes on\n"
    assert not (tmp_path / "out" / "manifest.json").exists()
    again = txsim(*call)
    assert again.returncode == 0, again.stderr
    assert "3 scenarios forecast" in again.stdout


def test_what_is_ignored_stays_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    """As under `nohup` and in the background of a shell."""
    command = importlib.import_module("txsim.cli.schema").command

    def work(**_told: Any) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        click.echo("still there")

    monkeypatch.setattr(command, "callback", work)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ended = txsim("schema")
    assert (ended.returncode, ended.stdout) == (0, "still there\n")


def test_an_end_of_input_is_no_signal(monkeypatch: pytest.MonkeyPatch) -> None:
    command = importlib.import_module("txsim.cli.schema").command

    def work(**_told: Any) -> None:
        raise click.Abort from EOFError()

    monkeypatch.setattr(command, "callback", work)
    ended = txsim("schema")
    assert ended.returncode == 1
    assert ended.stderr == "stopped: the input ended before everything was answered\n"


#: Both ways of starting, and places of the way to a verb, each with one of the signals in turn: which it is, is told
#: by its number alone, everywhere by the same lines.
STARTS = ["runpy.run_module('txsim', run_name='__main__')", "txsim.__main__.main()"]
IMPORTS = ["warnings", "txsim.interruption", "txsim.cli.main", "click", "txsim.catalogues"]


@pytest.mark.parametrize(
    ("start", "module", "number"),
    [(start, name, [*CODES][(i + j) % 3]) for i, start in enumerate(STARTS) for j, name in enumerate(IMPORTS)],
)
def test_a_signal_while_python_imports_is_a_sentence(start: str, module: str, number: signal.Signals) -> None:
    """Ctrl-C comes as Python reads the command line's modules, the first as the last; by both ways of starting it."""
    code = textwrap.dedent(f"""
        import os, runpy, sys

        class Interrupting:
            def find_spec(self, name, path=None, target=None):
                if name == {module!r}:
                    os.kill(os.getpid(), {int(number)})

        sys.meta_path.insert(0, Interrupting())
        sys.modules.pop({module!r}, None)
        sys.argv = ["txsim", "schema"]
        if {start!r}.startswith("txsim"):
            import txsim.__main__
        {start}
    """)
    # The signal waits for the end of the imports; a slow machine may have printed its few lines until then.
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (CODES[number], SENTENCE)


@pytest.mark.parametrize(
    ("where", "number"), [*zip(["printable_streams", "interruptible", "listen"], CODES, strict=True)]
)
def test_a_signal_before_the_command_line_listens_is_a_sentence(where: str, number: signal.Signals) -> None:
    """What was noted within an import comes when it is over, wherever the way to the verb is by then."""
    code = textwrap.dedent(f"""
        import os, sys
        import txsim.__main__
        from txsim.cli import main
        before = main.{where}

        def interrupting(*given):
            os.kill(os.getpid(), {int(number)})
            return before(*given)

        main.{where} = interrupting
        sys.argv = ["txsim", "schema"]
        txsim.__main__.main()
    """)
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (CODES[number], "", SENTENCE)


@pytest.mark.parametrize("number", CODES)
def test_a_signal_within_an_import_waits_for_its_end(tmp_path: Path, number: signal.Signals) -> None:
    """What a module makes of an exception that is raised as it is loaded is no matter: none is raised there."""
    (tmp_path / "loaded.py").write_text(
        textwrap.dedent(f"""
        import os
        try:
            os.kill(os.getpid(), {int(number)})
            for _ in range(1000):
                pass
        except BaseException:
            raise ImportError("initialization failed")
        whole = True
        """)
    )
    code = textwrap.dedent(f"""
        import sys
        sys.path.insert(0, {str(tmp_path)!r})
        from txsim.interruption import Interrupted, exit_code, interruptible
        with interruptible():
            try:
                import loaded
                assert loaded.whole
                while True:  # the work goes on until the signal comes through
                    pass
            except Interrupted:
                print("stopped", exit_code())
    """)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.stdout, done.stderr) == (f"stopped {CODES[number]}\n", "")


def test_a_signal_within_a_destructor_is_not_lost() -> None:
    code = textwrap.dedent("""
        import os, signal
        from txsim.interruption import Interrupted, exit_code, interruptible

        class Ending:
            def __del__(self):
                os.kill(os.getpid(), signal.SIGINT)
                for _ in range(1000):
                    pass

        with interruptible():
            try:
                each = Ending()
                del each
                while True:
                    pass
            except Interrupted:
                print("stopped", exit_code())
    """)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.stdout, done.stderr) == ("stopped 130\n", "")


def test_what_cython_prints_of_a_signal_is_not_printed_but_raised_again() -> None:
    """Where C code cannot raise, Cython prints a traceback by `PyErr_PrintEx`, and goes on."""
    code = textwrap.dedent("""
        import ctypes, os, signal, sys
        from txsim.interruption import Interrupted, exit_code, interruptible

        @ctypes.PYFUNCTYPE(None)
        def within():
            os.kill(os.getpid(), signal.SIGTERM)
            for _ in range(1000):
                pass

        with interruptible():
            try:
                sys.excepthook(Interrupted, Interrupted(), None)  # what PyErr_PrintEx calls
                within()
                while True:
                    pass
            except Interrupted:
                print("stopped", exit_code())
        sys.excepthook(ValueError, ValueError("a fault"), None)
    """)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.stdout, done.stderr) == ("stopped 143\n", "ValueError: a fault\n")


def test_what_a_library_makes_of_a_signal_is_no_fault_of_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(*_args: Any, **_told: Any) -> None:
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
        message = "initialization failed"
        raise ImportError(message)

    monkeypatch.setattr(importlib.import_module("txsim.batch.work_plan"), "load", load)
    ended = txsim("batch", ROOT / "scenarios", "--out", tmp_path / "out", "--prior-only", "--progress", "none")
    assert ended.returncode == 130
    assert not (tmp_path / "out" / "failures.jsonl").exists()
