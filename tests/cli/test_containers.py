# SPDX-License-Identifier: MIT
"""Dockerfile and compose file say what can be built and run: no engine is needed to read them."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import yaml
from distributed.cli.dask_scheduler import main as dask_scheduler
from distributed.cli.dask_worker import main as dask_worker

from tests.command import ROOT
from txsim.cli.main import cli

_COMMANDS = {"scheduler": dask_scheduler, "worker": dask_worker}


def instructions(text: str) -> list[tuple[str, str]]:
    """Return the instructions of a Dockerfile and their arguments; lines that are continued are joined."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [(word.upper(), rest) for word, _space, rest in (line.partition(" ") for line in joined.splitlines())]


@pytest.fixture(scope="module")
def image() -> list[tuple[str, str]]:
    return instructions((ROOT / "Dockerfile").read_text("utf-8"))


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
    return found


def test_the_image_has_a_python_that_txsim_runs_on_and_no_host_of_a_registry(image: list[tuple[str, str]]) -> None:
    bases = [rest.split()[0] for word, rest in image if word == "FROM"]
    assert bases
    for base in bases:
        version = re.fullmatch(r"python:3\.(\d+)-slim", base)
        assert version, base
        assert 12 <= int(version[1]) <= 14


def test_everything_that_is_copied_is_there_and_is_let_in(image: list[tuple[str, str]]) -> None:
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")}
    stages = {rest.split()[-1] for word, rest in image if word == "FROM" and " AS " in rest}
    for word, rest in image:
        if word not in ("COPY", "ADD"):
            continue
        *sources, _target = [part for part in rest.split() if not part.startswith("--")]
        origin = re.search(r"--from=(\S+)", rest)
        if origin:
            assert origin[1] in stages
            continue
        for source in sources:
            assert (ROOT / source).exists(), source
            assert source.removeprefix("./") in let_in, f"{source} does not pass .dockerignore"
    assert not [rest for word, rest in image if word == "ADD" and "://" in rest]


def test_a_container_runs_as_a_user_without_rights_and_starts_txsim(image: list[tuple[str, str]]) -> None:
    last = max(i for i, (word, _rest) in enumerate(image) if word == "FROM")
    final = image[last:]
    users = [rest for word, rest in final if word == "USER"]
    assert users
    assert int(users[-1]) > 0, "a number, so that a cluster can see that it is not root"
    assert json.loads(next(rest for word, rest in final if word == "CMD"))[0] == "txsim"
    assert not [rest for word, rest in image if word == "ENTRYPOINT"], (
        "Kubernetes starts `dask worker` by arguments alone"
    )
    after = [word for word, _rest in final][[word for word, _ in final].index("USER") :]
    assert not {"RUN", "COPY", "ADD"} & set(after), "nothing is fetched or made by the user"


def test_what_starts_in_a_cluster_is_understood_by_what_it_starts(services: dict[str, Any]) -> None:
    for name, service in services["services"].items():
        words = [*service["entrypoint"], *service["command"]]
        assert all(isinstance(word, str) for word in words)
        if words[0] == "dask":
            context = _COMMANDS[words[1]].make_context(words[1], words[2:])
            assert "--no-dashboard" in words
        else:
            assert words[0] == "txsim"
            context = cli.make_context("txsim", words[1:])
            verb = cli.get_command(context, words[1])
            assert verb is not None
            context = verb.make_context(words[1], words[2:])
            assert context.params["scheduler"] == "tcp://scheduler:8786"
        assert context.info_name == words[1], name


def test_two_workers_meet_the_scheduler_on_a_network_that_reaches_nothing_else(services: dict[str, Any]) -> None:
    work = services["services"]
    assert work["worker"]["deploy"]["replicas"] == 2
    address = f"tcp://scheduler:{work['scheduler']['command'][work['scheduler']['command'].index('--port') + 1]}"
    assert work["worker"]["command"][0] == address
    assert address in work["batch"]["entrypoint"]
    assert all(service["networks"] == ["work"] for service in work.values())
    assert services["networks"]["work"]["internal"] is True
    assert not [name for name, service in work.items() if service.get("ports")]
    assert {service["image"] for service in work.values()} == {"txsim:0.1"}
    check = work["scheduler"]["healthcheck"]["test"]
    assert check[:2] == ["CMD", "python"]
    compile(check[3], "healthcheck", "exec")


def test_versions_of_the_image_are_those_of_the_package(services: dict[str, Any]) -> None:
    from importlib.metadata import version

    tag = services["services"]["scheduler"]["image"].partition(":")[2]
    assert version("txsim").startswith(tag)
    assert f"txsim:{tag}" in (ROOT / "docs" / "batch.md").read_text("utf-8")
