# SPDX-License-Identifier: MIT
"""The GitHub Action and the pre-commit hook do what they say: their own commands are run."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.command import ROOT


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Folder of somebody's scenarios: a good one, one in a folder below, and what it extends."""
    folder = tmp_path / "a repository"
    shutil.copytree(ROOT / "scenarios" / "organisations", folder / "scenarios" / "organisations")
    for name in ("good.yaml", "another good one.yml"):
        shutil.copy(ROOT / "scenarios" / "service_desk_pilot.yaml", folder / "scenarios" / name)
    return folder


@pytest.fixture
def environment(tmp_path: Path, private_cache: Path) -> dict[str, str]:
    """Environment in which `txsim` is a command, as after an installation."""
    commands = tmp_path / "bin"
    commands.mkdir()
    command = commands / "txsim"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m txsim "$@"\n')
    command.chmod(0o755)
    own = {"PATH": f"{commands}:/usr/bin:/bin", "PYTHONPATH": str(ROOT), "TXSIM_CACHE": str(private_cache)}
    return own | {"HOME": str(tmp_path), "GITHUB_ACTION_PATH": str(ROOT)}


def _spoil(repository: Path) -> None:
    file = repository / "scenarios" / "good.yaml"
    file.write_text(file.read_text("utf-8") + "\nhorizon_month: 12\n", encoding="utf-8")


def _action() -> dict[str, Any]:
    action: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
    return action


def _check_step(repository: Path, environment: dict[str, str], **inputs: str) -> subprocess.CompletedProcess[str]:
    """Run the step that checks as GitHub does: its inputs by way of the environment, in bash -e."""
    action = _action()
    (step,) = [step for step in action["runs"]["steps"] if step.get("name") == "txsim check"]
    given = {name: spec["default"] for name, spec in action["inputs"].items()} | inputs
    own = {
        key: re.sub(r"\$\{\{ inputs\.([a-z-]+) \}\}", lambda match: given[match[1]], value)
        for key, value in step["env"].items()
    }
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
    return subprocess.run(command, cwd=repository, env=environment | own, capture_output=True, text=True)


def test_the_action_passes_what_is_valid_and_fails_what_is_not(repository: Path, environment: dict[str, str]) -> None:
    ended = _check_step(repository, environment)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.count(": valid") == 1
    ended = _check_step(repository, environment, files="scenarios/*.yaml\nscenarios/*.yml\n")
    assert ended.stdout.count(": valid") == 2, "names with spaces stay whole"
    shutil.copy(repository / "scenarios" / "good.yaml", repository / "-h.yaml")
    shutil.copytree(repository / "scenarios" / "organisations", repository / "organisations")
    ended = _check_step(repository, environment, files="  *.yaml \r\n")
    assert ended.stdout.count("-h.yaml: valid") == 1, "a name is no option, and spaces around a pattern are none of it"
    _spoil(repository)
    ended = _check_step(repository, environment)
    assert ended.returncode == 2
    assert "horizon_months" in ended.stderr
    ended = _check_step(repository, environment, lang="ru")
    assert "ошибка" in ended.stderr
    nothing = _check_step(repository, environment, files="nowhere/*.yaml")
    assert nothing.returncode == 2
    assert "no file matches" in nothing.stderr


def test_what_the_action_is_told_is_never_run(repository: Path, environment: dict[str, str]) -> None:
    ended = _check_step(repository, environment, files="$(touch owned); scenarios/*.yaml")
    assert not (repository / "owned").exists()
    assert ended.returncode == 2
    for step in _action()["runs"]["steps"]:
        assert "${{" not in step.get("run", ""), "inputs come by the environment, not as text of a script"


def test_the_action_installs_what_lies_beside_it() -> None:
    action = _action()
    (step,) = [step for step in action["runs"]["steps"] if step.get("name") == "install txsim"]
    for place in re.findall(r'\$GITHUB_ACTION_PATH([^"\s]*)', step["run"]):
        assert (ROOT / place.lstrip("/")).exists()
    minor = int(action["inputs"]["python-version"]["default"].split(".")[1])
    assert 12 <= minor <= 14


def test_the_hook_checks_the_files_that_it_names(repository: Path, environment: dict[str, str]) -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    assert {"id", "name", "entry", "language"} <= set(hook), "what pre-commit asks of a hook"
    assert hook["language"] == "python"
    names = sorted(str(path.relative_to(repository)) for path in repository.rglob("*.y*ml"))
    chosen = [name for name in names if re.search(hook["files"], name)]
    assert chosen == ["scenarios/another good one.yml", "scenarios/good.yaml"], "not what others extend"
    command = [*shlex.split(hook["entry"]), *chosen]
    ended = subprocess.run(command, cwd=repository, env=os.environ | environment, capture_output=True, text=True)
    assert (ended.returncode, ended.stdout) == (0, ""), ended.stderr
    _spoil(repository)
    ended = subprocess.run(command, cwd=repository, env=os.environ | environment, capture_output=True, text=True)
    assert ended.returncode == 2
    assert "scenarios/good.yaml" in ended.stderr
