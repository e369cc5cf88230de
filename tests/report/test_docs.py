# SPDX-License-Identifier: MIT
"""The documentation: it builds without a warning, its commands run, its tutorial shows what it says."""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])


def test_site_builds_with_every_link(tmp_path: Path) -> None:
    pytest.importorskip("material", reason="mkdocs-material is not installed")
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", str(tmp_path / "site")]
    env = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    site = tmp_path / "site"
    assert "harter-2002" in (site / "evidence.html").read_text()
    interface = (site / "api.html").read_text()
    assert "txsim.simulate.payoff" in interface
    # What a comment says of a field, above it or behind it, stands at the field.
    for field, words in (("origins", "Periods after which forecasts were made"), ("sentence", "The outcome in words.")):
        place = interface.index(f'id="txsim.results.backtest.Backtest.{field}"')
        assert words in interface[place : place + 3000]
    broken = []
    for page in site.rglob("*.html"):
        if page.name == "404.html":
            continue
        for target in re.findall(r'(?:href|src)="([^"#:?]+)(?:#[^"]*)?"', page.read_text()):
            if not (page.parent / target).exists():
                broken.append((page.name, target))
    assert broken == []


def test_the_floors_are_those_of_the_contract() -> None:
    done = subprocess.run([sys.executable, "tools/floors.py", "--check"], cwd=ROOT, timeout=60, check=False)
    assert done.returncode == 0, "docs/architecture.md is out of date: run tools/floors.py"


def test_every_command_has_an_example() -> None:
    told = importlib.util.spec_from_file_location("docs_pages", ROOT / "tools" / "docs_pages.py")
    assert told is not None
    assert told.loader is not None
    pages = importlib.util.module_from_spec(told)
    told.loader.exec_module(pages)
    page = pages.commands_page()
    from txsim.cli.main import VERBS

    for verb in VERBS:
        assert f"## `txsim {verb}`" in page


def test_commands_in_the_text_are_commands() -> None:
    """Every command shown is understood: verb and options exist; those of the tutorials run, see below."""
    from click.testing import CliRunner

    from txsim.cli.main import VERBS, cli

    seen = 0
    for page in PAGES:
        for line in re.findall(r"^\$ (?:\.venv/bin/)?txsim (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE):
            words = shlex.split(line.partition(" > ")[0].partition(" #")[0])
            verb = words[0]
            assert verb in VERBS, (page.name, line)
            path = [
                verb,
                *([words[1]] if verb in ("priors", "evidence", "results", "cache") and len(words) > 1 else []),
            ]
            text = CliRunner().invoke(cli, [*path, "--help"]).output
            for word in words:
                if word.startswith("--") and word != "--lang":
                    assert word.partition("=")[0] in text, (page.name, line, word)
            seen += 1
    assert seen > 20


def serves(words: list[str]) -> None:
    """Start a workbench, ask its address for the page, and end it as Ctrl-C does."""
    import signal
    from urllib.request import urlopen

    command = [sys.executable, "-m", "txsim", *words, "--no-browser"]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    # Tests that were themselves started in the background ignore Ctrl-C, and so would what they start.
    heard = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    finally:
        signal.signal(signal.SIGINT, heard)
    with process:
        assert process.stdout is not None
        address = process.stdout.readline().split()[-1]
        with urlopen(address.partition("#")[0]) as answer:
            assert answer.status == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130


@pytest.mark.parametrize("name", ["strategy", "consultant", "batch"])
def test_tutorials_run(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run every command of a tutorial, and nothing else, beside a copy of the scenarios, with fewer draws."""
    import shutil

    from click.testing import CliRunner

    from txsim.cli.main import cli

    shutil.copytree(ROOT / "scenarios", tmp_path / "scenarios")
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "docs" / "tutorials" / f"{name}.md").read_text(encoding="utf-8")
    drawn = ("run", "compare", "pilot", "explain", "sensitivity", "whatif")
    fewer = {**{verb: ["--draws", "256", "--quiet"] for verb in drawn}, "batch": ["--draws", "256", "--workers", "1"]}
    for program, line in re.findall(r"^\$ (\w+) (.+)$", text, re.MULTILINE):
        if program == "mkdir":
            (tmp_path / line).mkdir()
            continue
        assert program == "txsim", line
        command, _, target = line.partition(" > ")
        words = shlex.split(command)
        words += fewer.get(words[0], [])
        if words[0] == "workbench":
            serves(words)
            continue
        if "--lang" in words:  # a process speaks one language
            env = {**os.environ, "PYTHONPATH": str(ROOT)}
            command = [sys.executable, "-m", "txsim", *words]
            assert subprocess.run(command, env=env, capture_output=True, check=False).returncode == 0, line
            continue
        done = CliRunner().invoke(cli, words)
        assert done.exit_code == 0, (line, done.output, done.exception)
        if target:
            (tmp_path / target.strip()).write_text(done.stdout)


def test_notebook_shows_what_it_says() -> None:
    command = [sys.executable, str(ROOT / "tools" / "tutorial.py"), "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_pictures_show_what_the_command_answers() -> None:
    command = [sys.executable, str(ROOT / "tools" / "screenshots.py"), "--figures"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}: run tools/screenshots.py"


def test_pictures_of_the_documentation_are_small_and_used() -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    for picture in (ROOT / "docs" / "pictures").glob("*.png"):
        assert picture.name in text, picture.name
        assert picture.stat().st_size < 150_000
