# SPDX-License-Identifier: MIT
"""What was changed between two scenarios, told in words: no key, no dict, no word of the file format."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.report.conftest import txsim

_BASE = """
title: Desk
question: Does it pay?
organisation:
  index: {cx: 60, 'ex[front]': 55}
  staff: {front: {headcount: 80, turnover_per_year: 25 %, salary_per_year: 40000}}
  customers: 4000
  churn_per_month: 1.5 %
  arpu_per_month: 90
  contribution_margin: 30 %
drivers:
  - name: desk_one
    title: A desk
    kind: people
    owner: shared
    pushes: [{node: ex, group: front, effect: 4, months: 4}]
    one_off: 20000
    monthly: 1500
pilot: {months: 4, scope: 25 %, one_off: 3000, monthly: 100, respondents: 40}
finance: {tax_rate: 20 %, rate_basis: after_tax}
"""
#: What is changed, and what is said of it, before and after.
_CHANGES = {
    "owner: shared": (
        "owner: c_level",
        "owner of “A desk”",
        "the HR director together with the head of CX",
        "a C-level customer-experience director",
    ),
    "kind: people": ("kind: it", "kind of “A desk”", "people and process programme", "IT project"),
    "rate_basis: after_tax": ("rate_basis: before_tax", "whether the discount rate is", "after tax", "before tax"),
    "scope: 25 %": ("scope: 40 %", "share of units in the pilot", "25 %", "40 %"),
    "monthly: 1500": ("monthly: 1800", "monthly cost of “A desk”", "1,500", "1,800"),
    "effect: 4,": ("effect: 5,", "effect of “A desk” on EX front", "4 ", "5 "),
}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("differ")
    other = _BASE
    for before, (after, *_words) in _CHANGES.items():
        assert before in other
        other = other.replace(before, after)
    a, b = folder / "a.yaml", folder / "b.yaml"
    a.write_text(_BASE)
    b.write_text(other)
    return a, b


def _rows(text: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if line.startswith("|")]


def test_every_change_is_told_in_words_with_what_it_was_and_is(files: tuple[Path, Path], tmp_path: Path) -> None:
    for file in files:
        txsim("run", file, "--draws", "256", "--prior-only", "--out", tmp_path / file.stem, "--quiet")
    json = tmp_path / "diff.json"
    json.write_text(txsim("diff", tmp_path / "a", tmp_path / "b", "--json"))
    report = tmp_path / "diff.md"
    txsim("report", json, "-o", report)
    text = report.read_text("utf-8").replace("\N{NO-BREAK SPACE}", " ")
    rows = [row for row in _rows(text) if len(row) >= 4]
    for _after, meaning, was, became in _CHANGES.values():
        (row,) = (row for row in rows if row[0].startswith(meaning) or meaning in row[0])
        assert row[1].startswith(was), row
        assert row[2].startswith(became), row
    said = "\n".join(" ".join(row[:3]) for row in rows)
    assert not re.search(r"\b(?:c_level|before_tax|after_tax|rate_basis|one_off)\b|\{'|\w\[\d", said), said
