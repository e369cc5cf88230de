# SPDX-License-Identifier: MIT
"""A folder of units: one firm that all share, scenarios that differ in a figure or two."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from pathlib import Path

import pytest

FIRM = """\
organisation:
  name: Nord
  currency: EUR
  index:
    ex: {value: 10, scale: enps}
    cx: {value: 30, scale: nps}
  staff:
    front: {headcount: 80, meets_customers: true, turnover_per_year: 22 %, salary_per_year: 38000}
    office: {headcount: 40, meets_customers: false, turnover_per_year: 10 %, salary_per_year: 45000}
  customers: 2500
  churn_per_month: 1.5 %
  arpu_per_month: 400
  contribution_margin: 30 %
horizon_months: 24
"""
UNIT = """\
extends: firm.yaml
title: {title}
drivers:
  - name: desk
    pushes:
      - {{node: ex, group: front, effect: {{median: {effect}, factor: 1.8}}, scale: enps, months: 6}}
    one_off: {cost}
    monthly: 300
pilot: {{months: 6, scope: 25 %, one_off: 2500}}
"""

MakeUnits = Callable[[Path, int], Path]
Digests = Callable[[Path], dict[str, str]]


def make_units(folder: Path, count: int) -> Path:
    """Write a firm and so many scenarios that extend it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "firm.yaml").write_text(FIRM)
    rng = random.Random(1)
    for i in range(count):
        told = UNIT.format(title=f"Unit {i}", effect=round(rng.uniform(4, 14), 3), cost=rng.randint(4000, 30000))
        (folder / f"unit{i:04d}.yaml").write_text(told)
    return folder


def digests(folder: Path) -> dict[str, str]:
    """Return the hash of every file of results."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".work" not in path.parts
    }


@pytest.fixture(scope="session")
def units_of() -> MakeUnits:
    """Write a firm and so many scenarios that extend it."""
    return make_units


@pytest.fixture(scope="session")
def digests_of() -> Digests:
    """Return the hash of every file of results."""
    return digests
