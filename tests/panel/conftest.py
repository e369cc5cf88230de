# SPDX-License-Identifier: MIT
"""A firm whose scenario names a simulated panel."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from txsim.panel.synthetic import simulate_panel, write_simulated


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory, scenarios: Path) -> Path:
    """Return a folder with the shipped scenarios, ``link.csv``, its spec, and ``mine.yaml`` that names both."""
    folder = tmp_path_factory.mktemp("firm")
    shutil.copytree(scenarios, folder, dirs_exist_ok=True)
    write_simulated(folder / "link.csv", simulate_panel(60, 12, 200, ex_cx=0.5, cx_ex=0.1, seed=2))
    (folder / "link.yaml").write_text("scale: index\nlag_months: 4\n")
    text = (folder / "service_desk_pilot.yaml").read_text()
    (folder / "mine.yaml").write_text(f"{text}\ndata: {{file: link.csv, spec: link.yaml}}\n")
    return folder
