# SPDX-License-Identifier: MIT
"""A parameter known to be 0 by which the evidence divides: refused where it stands, before anything is sampled."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from txsim.errors import Problem
from txsim.scenario import loads

OWN = """\
graph:
  edges:
    - {source: cx, target: ux_employee, slope: 0, lag: lag_people, why: people who are served well use more}
evidence:
  add:
    own-1:
      role: scored
      statement: Links compared
      design: experiment
      read: "yes"
      source: A paper
      statements: [{statistic: ratio, about: ex_cx / slope_cx_ux_employee, value: 1, se: 0.2}]
"""


@pytest.mark.parametrize("value", ["0", "0.0", "1.0e-200", "{median: 1.0e-200, factor: 2}", "-0.0"])
def test_a_ratio_to_nothing_is_refused_at_the_prior(valid: str, value: str, only: Callable[[str], Problem]) -> None:
    problem = only(f"{valid}priors: {{ex_cx: {value}}}\n")
    assert (problem.line, problem.path) == (valid.count("\n") + 1, "priors.ex_cx")
    assert "`cx_ex / ex_cx`" in str(problem.message)
    # What the hint says can be done, and helps.
    assert "`edges: {ex -> cx: 0}`" in str(problem.hint)
    assert "`evidence: {drop: [zablah-2016, koys-2001]}`" in str(problem.hint)
    loads(f"{valid}edges: {{ex -> cx: 0}}\n", name="desk.yaml")
    loads(f"{valid}priors: {{ex_cx: {value}}}\nevidence: {{drop: [zablah-2016, koys-2001]}}\n", name="desk.yaml")


@pytest.mark.parametrize(
    "more",
    [
        "priors: {cx_ex: 0}",  # 0 to something is a number
        "priors: {ex_cx: 0.0001}",
        "priors: {attrition_ex: 0}",
        "priors: {ex_cx: {distribution: normal, mean: 0, sd: 0.1}}",  # wide about 0, which it is not
        "priors: {ex_cx: 0}\nevidence: {use: none}",
        "priors: {ex_cx: {value: 0, already_uses: [zablah-2016, koys-2001]}}",
        "priors: {churn_cx: 0, referral_cx: 0, spend_cx: 0}",  # no claim about shares of them is scored
    ],
)
def test_what_nothing_divides_by_may_be_nothing(valid: str, more: str) -> None:
    loads(f"{valid}{more}\n", name="desk.yaml")


def test_a_share_of_nothing(valid: str, only: Callable[[str], Problem]) -> None:
    problem = only(
        f"{valid}priors: {{churn_cx: 0, referral_cx: 0, spend_cx: 0}}\nevidence: {{use: [forrester-2020-referral]}}\n"
    )
    assert "`referral_share`" in str(problem.message)


def test_an_own_edge_of_slope_nothing(valid: str, wrong: Callable[[str], tuple[Problem, ...]]) -> None:
    (problem,) = (each for each in wrong(valid + OWN) if each.path == "graph.edges[0].slope")
    assert "`ex_cx / slope_cx_ux_employee`" in str(problem.message)
    assert "own-1" in str(problem.hint)
