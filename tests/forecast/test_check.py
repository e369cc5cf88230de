# SPDX-License-Identifier: MIT
"""What ``check`` and ``graph`` answer as data, of a firm of two groups worked out by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import txsim
from txsim.forecast.causal_graph import causal_graph
from txsim.forecast.check import check
from txsim.results.check import Check
from txsim.results.codec import from_json

FIRM = """\
title: Two groups
horizon_months: 12
discount_rate: 0.1
rate_kind: nominal
organisation:
  currency: EUR
  index: {ux_employee: 50, ux_customer: 50, mx: 50, ex: 50, cx: 50}
  customers: 1000
  churn_per_month: 2 %
  arpu_per_month: 20
  contribution_margin: 50 %
  staff:
    counter: {headcount: 30, meets_customers: true, salary_per_year: 40000, turnover_per_year: 10 %}
    ledger: {headcount: 10, meets_customers: false, salary_per_year: 40000, turnover_per_year: 10 %, reach: 0.25}
drivers:
  - {name: tools, pushes: [{node: ux_employee, effect: 2}], one_off: 1000, delivery: 80 %}
edges: {"cx -> ex": 0}
priors:
  doubt: {ex_cx: 20 %}
"""


@pytest.fixture
def firm(tmp_path: Path) -> Path:
    file = tmp_path / "firm.yaml"
    file.write_text(FIRM)
    return file


def test_a_valid_file_is_told_with_what_its_author_fixed(firm: Path) -> None:
    found, problems, remarks = check(firm, memory=2**34)
    assert (found.valid, found.problems, problems) == (True, (), ())
    assert len(found.warnings) == len(remarks)
    # The effect, the delivery and the reach are always uncertain; each was given as one number.
    assert set(found.fixed_by_author) == {
        "tools.pushes[0].effect", "tools.delivery", "organisation.staff.ledger.reach",
    }  # fmt: skip
    assert found.memory is not None


def test_everything_that_is_wrong_stands_at_its_place(firm: Path) -> None:
    firm.write_text(FIRM.replace("meets_customers: false", "meets_costumers: false").replace("margin", "margins"))
    found, problems, _ = check(firm, memory=2**34)
    assert not found.valid
    assert {(finding.line, finding.path.rpartition(".")[2]) for finding in found.problems} >= {
        (11, "contribution_margins"), (14, "meets_costumers"),
    }  # fmt: skip
    assert [finding.message for finding in found.problems] == [problem.message for problem in problems]


def test_more_memory_than_there_may_be_is_a_problem(firm: Path) -> None:
    found, _, _ = check(firm, memory=2**10)
    assert not found.valid
    assert "--memory" in str(found.problems[0].message)


def test_a_check_is_read_as_it_was_written(firm: Path) -> None:
    good = check(firm, memory=2**34)[0]
    firm.write_text(FIRM.replace("horizon_months: 12", "horizon_months: 1200"))
    result = Check((good, check(firm, memory=2**34)[0]), 4096)
    data = json.loads(json.dumps(result.to_json()))
    assert data["units"]["files.*.memory"] == "bytes"
    assert from_json(data) == result
    assert not result.valid


def test_links_of_two_groups(firm: Path) -> None:
    graph = causal_graph(txsim.load(firm))
    ends = {(link.source, link.target): link for link in graph.links}
    to_cx = {source: link for (source, target), link in ends.items() if target == "cx" and source.startswith("ex[")}
    assert set(to_cx) == {"ex[counter]", "ex[ledger]"}
    assert {(link.slope, link.doubt) for link in to_cx.values()} == {("ex_cx", 0.2)}
    assert {(link.lag, link.belief) for link in to_cx.values()} == {("lag_people", "0.3 ×/÷ 7.5 (0.04 … 2.25)")}
    assert {link.factor for (source, _), link in ends.items() if source == "cx"} == {0.0}
    assert graph.loops == (), "a link that is switched off closes no loop"
    # Employees suffer from bad customer experience and customers from unhappy employees, in each group.
    on = firm.with_name("on.yaml")
    on.write_text(FIRM.replace('edges: {"cx -> ex": 0}\n', ""))
    # The ledger meets no customers.
    assert {frozenset(loop) for loop in causal_graph(txsim.load(on)).loops} == {frozenset({"cx", "ex[counter]"})}
    assert set(graph.nodes) == {"ux_employee", "ux_customer", "mx", "ex[counter]", "ex[ledger]", "cx"}
    data = json.loads(json.dumps(graph.to_json()))
    assert from_json(data) == graph


def test_a_fault_of_a_panel_names_the_scenario_although_a_column_is_called_like_it(
    firm: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether a message names a file is a matter of what fills it, not of the letters in it."""
    monkeypatch.chdir(firm.parent)
    firm.write_text(FIRM + "data: panel.csv\n")
    for column in ("EX firm.yaml", "EX"):
        Path("panel.csv").write_text(f"unit,period,{column},CX\none,2024-01,3,4\n")
        _, problems, _ = check("firm.yaml", memory=2**34)
        assert problems
        assert all(str(problem.message).endswith("(read for firm.yaml)") for problem in problems)
