# SPDX-License-Identifier: MIT
"""A file that a verb writes has the name of its kind: nobody's file of another kind is written over."""

from __future__ import annotations

import importlib
from pathlib import Path

import click
import pytest

from tests.command import ROOT, txsim
from txsim.cli.main import VERBS

DEMO = ROOT / "scenarios" / "service_desk_pilot.yaml"


def commands(name: str, command: click.Command) -> list[tuple[str, click.Command]]:
    """Return a verb and its own verbs, by what is typed."""
    if isinstance(command, click.Group):
        inner = [(each, command.get_command(click.Context(command), each)) for each in command.list_commands(None)]
        return [pair for each, found in inner if found is not None for pair in commands(f"{name} {each}", found)]
    return [(name, command)]


#: Verb, option, and an ending that it takes: what is a folder, is read, or is kept for the verb itself is left out.
WRITTEN = {
    ("run", "--trajectories"): ".nc",
    ("explain", "--picture"): ".PNG",
    ("whatif", "--picture"): ".svg",
    ("priors show", "--out"): ".svg",
    ("evidence pool", "--plot"): ".png",
    ("evidence pool", "--out"): ".yaml",
    ("results export", "--csv"): ".csv",
    ("results export", "--xlsx"): ".xlsx",
    ("sheet", "--out"): ".xlsx",
    ("from-sheet", "--out"): ".yml",
    ("pilot", "--rule"): ".json",
    ("schema", "--store"): ".json",
    ("link", "--simulate"): ".csv",
    ("graph", "--out"): ".txt",
    ("report", "--out"): ".html",
    ("plot", "--out"): ".png",
}
FOLDERS = {("batch", "--out"), ("compare", "--out"), ("explain", "--out"), ("link", "--out"), ("pilot", "--out"),
           ("run", "--out"), ("sensitivity", "--out"), ("whatif", "--out"), ("backtest", "--out"),
           ("update", "--out"), ("diff", "--out")}  # fmt: skip
READ = {"--root", "--spec", "--evidence", "--theme", "--from", "--data", "--scenario", "--pilots", "--left", "--right"}
#: Kept by an interview for itself; a rule that is read; every verb's report, which has a test of its own.
OWN = {"--state", "--save", "--report"}


def test_every_option_for_a_file_is_looked_at() -> None:
    found = set()
    for verb in VERBS:
        for name, command in commands(verb, importlib.import_module(f"txsim.cli.{verb.replace('-', '_')}").command):
            for param in command.params:
                if isinstance(param, click.Option) and isinstance(param.type, click.Path):
                    found.add((name, next(opt for opt in param.opts if opt.startswith("--"))))
    rest = {pair for pair in found - set(WRITTEN) - FOLDERS if pair[1] not in READ | OWN}
    assert rest <= {("update", "--rule")}, "says whether it is written, and what its name ends with"
    assert set(WRITTEN) <= found


@pytest.mark.parametrize("ending", [".txt", "", ".docx", ".jsonl"])
@pytest.mark.parametrize(("verb", "option"), [pair for pair in WRITTEN if pair[0] not in ("graph", "report", "plot")])
def test_a_name_of_another_kind_is_refused_before_anything(verb: str, option: str, ending: str, tmp_path: Path) -> None:
    """The option stands first, so that what else is missing is not even looked for."""
    victim = tmp_path / f"victim{ending}"
    victim.write_text("somebody's")
    ended = txsim(*verb.split(), option, victim)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert f"`.{ending.lstrip('.')}` is not known" in ended.stderr
    assert WRITTEN[verb, option].lower() in ended.stderr.replace(".yaml, .yml", ".yml, .yaml")
    assert victim.read_text() == "somebody's"


@pytest.mark.parametrize("kind", ["html", "pdf", "md", "xlsx", "pptx"])
def test_a_report_has_the_ending_of_its_format(kind: str, tmp_path: Path) -> None:
    for ending in (".txt", ".html", ".pdf", ".md", ".xlsx", ".pptx", ""):
        victim = tmp_path / f"victim{ending}"
        victim.write_text("somebody's")
        if ending == f".{kind}":
            continue
        ended = txsim("report", tmp_path, "--format", kind, "--out", victim)
        assert ended.returncode == 2
        assert f"use .{kind}" in ended.stderr
        assert victim.read_text() == "somebody's"


def test_a_format_alone_names_the_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[Path] = []
    monkeypatch.setattr("txsim.report.output.report_bytes", lambda *_args, **_told: b"made")
    monkeypatch.setattr("txsim.report.reading.read_result", lambda path: path)
    monkeypatch.setattr("txsim.cachedir.write_atomic", lambda path, _content: written.append(path))
    for words in ((), ("--format", "pdf"), ("--format", "html")):
        assert txsim("report", tmp_path, *words, "--quiet").returncode == 0
    assert written == [Path("report.html"), Path("report.pdf"), Path("report.html")]


def test_endings_are_read_in_any_case(tmp_path: Path) -> None:
    file = tmp_path / "tree.SVG"
    assert txsim("graph", DEMO, "--format", "svg", "--prior-only", "--out", file, "--quiet").returncode == 0
    assert b"<svg" in file.read_bytes()[:400]


def test_folders_above_a_file_are_made_as_those_of_out_are(tmp_path: Path) -> None:
    """Whatever writes the file; where a file stands in the way it is said before anything, and nothing is made."""
    deep = tmp_path / "not" / "yet"
    assert txsim("graph", DEMO, "--format", "svg", "--prior-only", "--out", deep / "a.svg", "--quiet").returncode == 0
    assert b"<svg" in (deep / "a.svg").read_bytes()[:400]
    assert txsim("init", deep / "b" / "mine.yaml", "--quiet").returncode == 0
    done = txsim("explain", DEMO, "--draws", "256", "--report", deep / "c" / "of.md", "--quiet")
    assert done.returncode == 0, done.stderr
    assert (deep / "c" / "of.md").read_text().startswith("#")
    for words in (("run", DEMO, "--report", deep / "a.svg" / "d" / "of.md"), ("init", deep / "a.svg" / "mine.yaml")):
        ended = txsim(*words)
        assert (ended.returncode, ended.stdout) == (2, "")
        assert "this is a file, or leads through one" in ended.stderr
    ended = txsim("run", DEMO, "--report", tmp_path / "none" / "of.txt")
    assert ended.returncode == 2
    assert not (tmp_path / "none").exists()
