# SPDX-License-Identifier: MIT
"""Every verb can run with nobody watching: the same options everywhere, JSON that is JSON, a log that is short."""

from __future__ import annotations

import itertools
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import click
import pytest

from tests.command import ROOT, txsim
from txsim.cli import batch
from txsim.cli.main import cli
from txsim.cli.speech import spoken

_DEMO = "scenarios/service_desk_pilot.yaml"
_QUICK = ("--prior-only", "--draws", "128")


def verbs(command: click.Command, name: str, context: click.Context) -> Iterator[tuple[str, click.Command]]:
    """Give every command that does something, by the words that call it."""
    if not isinstance(command, click.Group):
        yield name, command
        return
    for each in command.list_commands(context):
        inner = command.get_command(context, each)
        assert inner is not None
        yield from verbs(inner, f"{name} {each}".strip(), context)


_VERBS = dict(verbs(cli, "", click.Context(cli)))
#: One call of each verb that neither samples nor reads a panel; OUT is a folder of the test, RUN a result, BATCH one of
#: a batch. `--json` of the others is tried where they are.
_CALLS = {
    "run": (_DEMO, *_QUICK),
    "compare": (_DEMO, "scenarios/employee_tools_redesign.yaml", *_QUICK),
    "pilot": (_DEMO, *_QUICK, "--scopes", "0.2", "--months", "6"),
    "sensitivity": (_DEMO, "--prior-only", "--draws", "512"),
    "explain": (_DEMO, *_QUICK),
    "whatif": (_DEMO, "--vary", "horizon_months=24,36", *_QUICK),
    "batch": (_DEMO, "--out", "OUT/batch", *_QUICK),
    "results export": ("BATCH", "--csv", "OUT/table.csv"),
    "results query": ("BATCH", "SELECT path, title FROM scenarios"),
    "results top": ("BATCH",),
    "check": (_DEMO,),
    "init": ("OUT/new.yaml",),
    "priors packs": (),
    "priors set": ("ex_cx", "OUT/own.yaml", "--median", "0.3", "--factor", "1.5", "--why", "a test", "--by", "me"),
    "priors diff": (_DEMO, "scenarios/sceptic.yaml"),
    "evidence list": (),
    "evidence show": ("harter-2002",),
    "evidence check": (),
    "evidence pool": ("STUDIES",),
    "graph": (_DEMO,),
    "report": ("RUN", "-o", "OUT/r.html"),
    "plot": ("RUN",),
    "schema": (),
    "sheet": (_DEMO, "-o", "OUT/s.xlsx"),
    "from-sheet": ("BOOK", "-o", "OUT/back.yaml"),
    "cache list": (),
    "cache path": (),
    "cache clear": (),
}


#: What is as wide as the file that it shows.
_FILES = {"schema"}


def _words(name: str, out: Path, made: SimpleNamespace) -> list[str]:
    """Return the arguments of a call with the places in it filled in."""
    places = {"OUT": out, "RUN": made.run, "BATCH": made.batch, "STUDIES": made.studies, "BOOK": made.book}
    filled = []
    for word in _CALLS[name]:
        first, slash, rest = word.partition("/")
        filled.append(f"{places[first]}{slash}{rest}" if first in places else word)
    return filled


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    folder = tmp_path_factory.mktemp("unattended")
    assert txsim("run", _DEMO, *_QUICK, "--out", folder / "run").returncode == 0
    assert txsim("batch", _DEMO, "--out", folder / "batch", *_QUICK).returncode == 0
    studies = folder / "studies.csv"
    studies.write_text("study,estimate,se\na,0.2,0.1\nb,0.3,0.1\nc,0.1,0.2\n")
    book = folder / "s.xlsx"
    assert txsim("init", folder / "new.yaml").returncode == 0
    assert txsim("sheet", folder / "new.yaml", "-o", book).returncode == 0
    return SimpleNamespace(book=book, run=folder / "run", batch=folder / "batch", studies=studies)


@pytest.mark.parametrize("name", sorted(_VERBS))
def test_every_verb_takes_the_same_options(name: str) -> None:
    command, first = spoken(_VERBS[name]), spoken(_VERBS["check"])  # each as another test left it
    by_option = {option: param for param in command.params for option in param.opts}
    for option in ("--quiet", "--json", "--lang"):
        assert option in by_option, f"{name} has no {option}"
    for option in ("--quiet", "--json"):
        (same,) = [param for param in first.params if option in param.opts]
        assert by_option[option].to_info_dict() == same.to_info_dict(), "one option, one meaning"
    if "--draws" in by_option or "--simulate" in by_option:
        assert "--seed" in by_option, f"{name} draws and takes no seed"


@pytest.mark.parametrize("lang", ["en", "ru"])
@pytest.mark.parametrize("name", sorted(_CALLS))
def test_json_is_json_and_quiet_is_quiet(tmp_path: Path, made: SimpleNamespace, name: str, lang: str) -> None:
    (tmp_path / "own.yaml").write_text("priors: {}\n")
    words = _words(name, tmp_path, made)
    cache = {"TXSIM_CACHE": str(tmp_path / "cache")} if name == "cache clear" else {}
    ended = txsim(*name.split(), *words, "--json", "--quiet", "--lang", lang, **cache)
    assert ended.returncode == 0, ended.stderr
    json.loads(ended.stdout)
    noise = [line for line in ended.stderr.splitlines() if not line.startswith((" ", "warning", "внимание", "предупр"))]
    assert not noise, "warnings alone are said beside an answer"


def test_every_verb_is_called_here_or_samples() -> None:
    elsewhere = {"link", "update", "backtest", "diff", "priors list", "priors show", "priors check", "priors compare"}
    elsewhere |= {"priors elicit", "evidence add", "workbench"}
    assert set(_CALLS) | elsewhere >= set(_VERBS), "a new verb is called in one of both places"


#: Widths of terminals with the longest line that is written for them; the last one is a pipe.
_WIDTHS = {"60": 60, "200": 120, "": 80, "45": 60, "80": 80}


def _too_long(name: str, words: list[str], lang: str, columns: str, **env: str) -> list[str]:
    """Return the lines of one call that are longer than the terminal and that no path makes so."""
    ended = txsim(*name.split(), *words, COLUMNS=columns, TXSIM_LANG=lang, **env)
    assert ended.returncode in (0, 2), ended.stderr  # not every scenario has a pilot; that is said in lines, too
    lines = (ended.stdout + ended.stderr).splitlines()
    return [line for line in lines if len(line) > _WIDTHS[columns] and not re.search(r"\S{60,}", line)]


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["en", "ru"])
@pytest.mark.parametrize("name", sorted(set(_CALLS) - _FILES))
def test_no_line_is_longer_than_the_terminal(tmp_path: Path, made: SimpleNamespace, name: str, lang: str) -> None:
    # Each width in one language at least, the narrowest, at which most is cut, in both.
    for columns in ("60", "200") if lang == "en" else ("60", ""):
        folder = tmp_path / f"c{columns}"
        folder.mkdir()
        (folder / "own.yaml").write_text("priors: {}\n")
        words = _words(name, Path(os.path.relpath(folder, ROOT)), made)
        cache = {"TXSIM_CACHE": str(folder / "cache")} if name == "cache clear" else {}
        assert not _too_long(name, words, lang, columns, **cache)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted({name for name, words in _CALLS.items() if words[:1] == (_DEMO,)} - {"sheet"}))
def test_no_shipped_scenario_makes_a_line_too_long(tmp_path: Path, made: SimpleNamespace, name: str) -> None:
    turns = itertools.cycle(itertools.product(_WIDTHS, ["ru", "en"]))
    for file in sorted((ROOT / "scenarios").glob("*.yaml")):
        columns, lang = next(turns)
        words = _words(name, Path(os.path.relpath(tmp_path, ROOT)) / file.stem, made)
        assert not _too_long(name, [str(file.relative_to(ROOT)), *words[1:]], lang, columns)


def test_what_was_written_is_said_once_and_not_at_all_with_quiet(tmp_path: Path, made: SimpleNamespace) -> None:
    file = tmp_path / "r.md"
    assert txsim("report", made.run, "-o", file).stdout == f"{file} written\n"
    assert txsim("report", made.run, "-o", file, "--quiet").stdout == ""
    assert json.loads(txsim("report", made.run, "-o", file, "--json").stdout) == {"written": str(file)}


def test_a_quiet_check_says_what_is_wrong_alone(tmp_path: Path) -> None:
    assert txsim("check", _DEMO, "--quiet").stdout == ""
    ended = txsim("check", _DEMO, "--quiet", "--set", "drivers[0].one_off=-1")
    assert ended.returncode == 2
    assert "one_off" in ended.stderr


def test_a_batch_logs_a_line_for_each_phase(tmp_path: Path) -> None:
    ended = txsim("batch", "scenarios", "--out", tmp_path / "out", *_QUICK)
    assert ended.returncode == 0
    said = [line for line in ended.stderr.splitlines() if re.match("(reading|calibrating|simulating|writing) ", line)]
    assert [line.split()[0] for line in said] == ["reading", "calibrating", "simulating", "writing"]
    assert not re.search("[█\r]", ended.stderr), "a bar is for people"
    quiet = txsim("batch", "scenarios", "--out", tmp_path / "other", *_QUICK, "--quiet")
    assert quiet.stderr == ""


def test_a_long_phase_says_after_five_minutes_that_it_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr(batch.time, "monotonic", lambda: clock.now)
    watcher = batch._Progress("bar")
    watcher.phase("simulating", 1000)
    for second in range(1, 1000):
        clock.now = float(second)
        watcher.step(second, 0)
    lines = capsys.readouterr().err.splitlines()
    assert [line.split()[1] for line in lines] == ["1,000", "300/1,000", "600/1,000", "900/1,000"]
    assert "1:40 left" in lines[-1]


def test_the_schema_is_stored_for_editors(tmp_path: Path) -> None:
    place = tmp_path / "s.json"
    ended = txsim("schema", "--store", place)
    assert ended.returncode == 0
    assert "# yaml-language-server: $schema=s.json" in " ".join(ended.stdout.split())
    assert place.read_text("utf-8") == txsim("schema").stdout, "the same to the byte"
    assert txsim("schema", "--store", place).returncode == 0, "its own file is written anew"
    other = tmp_path / "package.json"
    other.write_text("{}")
    refused = txsim("schema", "--store", other)
    assert refused.returncode == 2
    assert other.read_text() == "{}"
    made = tmp_path / "new.yaml"
    assert txsim("init", made).returncode == 0
    name = made.read_text("utf-8").splitlines()[0].partition("$schema=")[2]
    assert json.loads((tmp_path / name).read_text("utf-8"))["title"] == "txsim scenario"


def test_a_result_is_the_same_whatever_the_hashes_of_names() -> None:
    """Python hashes names anew in each process: no list of a result stands in the order of a set."""
    scenario = ROOT / "scenarios" / "call_centre_desktop.yaml"
    words = [sys.executable, "-m", "txsim", "run", scenario, "--prior-only", "--draws", "128", "--quiet", "--json"]
    said = [
        subprocess.run(words, cwd=ROOT, env=os.environ | {"PYTHONHASHSEED": seed}, capture_output=True, check=True)
        for seed in ("1", "2")  # in which sets of two names are ordered otherwise
    ]
    assert json.loads(said[0].stdout)["options"]
    assert said[0].stdout == said[1].stdout
