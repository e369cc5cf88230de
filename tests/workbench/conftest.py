# SPDX-License-Identifier: MIT
"""A copy of a scenario that may be written, and sessions on it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.report.browser import chromium
from tests.workbench.serving import Served
from txsim import catalogues
from txsim.workbench.journal import Journal, journal_of
from txsim.workbench.session import Session


@pytest.fixture
def file(tmp_path: Path, scenarios: Path) -> Path:
    """The service desk, in a folder of its own."""
    shutil.copytree(scenarios, tmp_path / "desk")
    return tmp_path / "desk" / "service_desk_pilot.yaml"


@pytest.fixture
def opened(file: Path) -> Callable[[], Session]:
    """Open the session of that file, as often as it is called."""
    return lambda: Session(file, Journal(journal_of(file)))


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    yield
    catalogues.use("en")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, scenarios: Path) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("workbench") / "desk"
    shutil.copytree(scenarios, folder)
    with Served(folder / "service_desk_pilot.yaml").running() as served:
        yield served
