# SPDX-License-Identifier: MIT
"""What was changed between two scenarios, told in words: no key, no dict, no word of the file format."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.report.conftest import txsim
from txsim.decide.waterfall import StoredResult, explain_difference
from txsim.forecast import forecast
from txsim.report.compose import compose
from txsim.report.reading import result_from
from txsim.report.terminal import as_text
from txsim.scenario import load, loads

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
        "two heads jointly, such as those of HR and of customer experience",
        "a C-level customer-experience director",
    ),
    "kind: people": ("kind: it", "kind of “A desk”", "people and process programme", "IT project"),
    "rate_basis: after_tax": ("rate_basis: before_tax", "whether the discount rate is", "after tax", "before tax"),
    "scope: 25 %": ("scope: 40 %", "share of units in the pilot", "25 %", "40 %"),
    "monthly: 1500": ("monthly: 1800", "monthly cost of “A desk”", "1,500", "1,800"),
    "effect: 4,": ("effect: 5,", "effect of “A desk” on EX (front)", "4 ", "5 "),
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


#: 12 months without a discount: 110 a month for 1,000 are +320; less than 5 % of what it costs would be open.
_PAIR = """
organisation:
  name: Nord
  index: {ex: 50, cx: 50}
  staff: {all: {headcount: 10, turnover_per_year: 20 %, salary_per_year: 40000}}
  customers: 100
  churn_per_month: 1 %
  arpu_per_month: 10
  contribution_margin: 50 %
drivers:
  - {name: desk, title: Desk, one_off: 1000, monthly: 0, benefits: [{monthly: 110, months: 0}],
     delivery: 1, cost_overrun: 1, slip: 0}
horizon_months: 12
discount_rate: 0
"""


@pytest.mark.parametrize(
    ("one_off", "monthly", "pays", "said", "alone"),
    [
        # −500 turns +320, −60 does not
        (1500, 5, -240, "The decision changes: commit now (Clear) → do nothing (Clear). What alone changes it: one-off "
         "cost of “Desk”.", {"drivers[0].one_off": True, "drivers[0].monthly": False}),
        # −220 and −216 leave +100 and +104, together −116
        (1220, 18, -116, "do nothing (Clear). No single change does that alone.",
         {"drivers[0].one_off": False, "drivers[0].monthly": False}),
        # −220 and −12 leave +88
        (1220, 1, 88, "The decision stays: commit now (Clear).",
         {"drivers[0].one_off": None, "drivers[0].monthly": None}),
    ],
)  # fmt: skip
def test_a_difference_tells_the_decision_before_and_after_and_what_alone_does_it(
    tmp_path: Path, one_off: int, monthly: int, pays: int, said: str, alone: dict[str, bool | None]
) -> None:
    sides = []
    for name, cost, bill in (("a", 1000, 0), ("b", one_off, monthly)):
        file = tmp_path / f"{name}.yaml"
        file.write_text(_PAIR.replace("one_off: 1000, monthly: 0", f"one_off: {cost}, monthly: {bill}"))
        sides.append(StoredResult(name, load(file).content, 1, 128, {}))
    found = explain_difference(*sides)
    assert (found.a.npv, found.b.npv) == pytest.approx((320.0, pays))
    assert {change.input: change.decides for change in found.changes} == alone
    for level in ("brief", "full"):
        assert said in " ".join(as_text(compose([result_from(found)], level)).split())


def test_of_changes_that_need_each_other_each_moves_what_a_run_with_it_alone_gives(tmp_path: Path) -> None:
    """A push on a group that the other file alone has: the group alone can be simulated, the push alone cannot."""
    group = "all: {headcount: 10, turnover_per_year: 20 %, salary_per_year: 40000}"
    own = f"{group}, new: {{headcount: 30, turnover_per_year: 40 %, salary_per_year: 40000}}"
    push = "pushes: [{node: ex, group: %s, effect: 5}], one_off: "
    first = _PAIR.replace("one_off: ", push % "all")
    bigger = first.replace(group, own)
    dearer = first.replace("one_off: 1000", "one_off: 1500")
    last = bigger.replace("one_off: 1000", "one_off: 1500").replace("group: all", "group: new")
    content = []
    for name, text in (("a", first), ("b", last)):
        file = tmp_path / f"{name}.yaml"
        file.write_text(text)
        content.append(load(file).content)
    found = explain_difference(
        *(StoredResult(name, each, 1, 128, {}) for name, each in zip("ab", content, strict=True))
    )
    (whole,) = found.changes
    moved = {part.input: part.npv for part in whole.parts}
    assert {name for name, npv in moved.items() if npv is None} == {"drivers[0].pushes[0].group"}
    start, larger, costly = (
        float(forecast(loads(text), draws=128, seed=1).worth("commit").mean()) for text in (first, bigger, dearer)
    )
    assert moved["drivers[0].one_off"] == pytest.approx(-500.0)
    assert costly - start == pytest.approx(-500.0)
    assert moved["organisation.staff.new"] == pytest.approx(larger - start, rel=1e-6)
    assert abs(larger - start) > 1.0
    assert whole.npv == pytest.approx(found.b.npv - found.a.npv)
