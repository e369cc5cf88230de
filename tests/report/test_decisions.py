# SPDX-License-Identifier: MIT
"""Words of decisions: the rule on the wall, the recommendation, what would flip it."""

from __future__ import annotations

import pytest

from txsim.decide.sentences import with_sentence
from txsim.report.decisions import rule_sentence
from txsim.results.recommendation import Flip, Recommendation

RULE = {
    "node": "ex[front]",
    "unit": "eNPS points",
    "threshold": 4.0,
    "rises": True,
    "threshold_if_over_budget": None,
    "overrun_limit": None,
    "always": None,
    "months": 6,
    "control": True,
    "by_unit": True,
}


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (
            {},
            "scale if ex[front] in pilot units has risen by at least 4 eNPS points more than in control units",
        ),
        ({"threshold": -4.0}, "has fallen by no more than 4 eNPS points"),
        ({"threshold": -4.0, "rises": False, "unit": "h"}, "has fallen by at least 4 h"),
        ({"threshold": 4.0, "rises": False, "unit": "h"}, "has risen by no more than 4 h"),
        ({"threshold_if_over_budget": 7.0}, "If the bills run a quarter above plan, ask for 7."),
        ({"by_unit": False, "control": False}, "in the whole firm has risen by at least 4 eNPS points; else stop."),
        ({"threshold": None, "always": "stop"}, "stop whatever the survey says"),
        ({"threshold": None, "overrun_limit": 0.09}, "unless the bills run more than 9 % above plan"),
        ({"threshold": None, "overrun_limit": -0.04}, "only if the bills run at least 4 % below plan"),
        ({"months": 1}, "After 1 month, "),
    ],
)
def test_the_rule_can_be_pinned_to_the_wall(changed: dict, told: str) -> None:
    assert told in rule_sentence(RULE | changed)


def test_the_recommendation_says_what_how_firmly_and_what_would_change_it() -> None:
    recommendation = Recommendation(
        option="do_nothing",
        criterion="mean_npv",
        margin=5000.0,
        mcse=3000.0,
        too_close=True,
        fragile=True,
        flips=(
            Flip("claim", "sears-1998", None, "commit"),
            Flip("parameter", "ex_cx", 0.2, "commit"),
        ),
        runner_up="commit",
        mean_npv={"do_nothing": 0.0, "commit": -5000.0},
        refused=("commit_review",),
    )
    sentence = str(with_sentence(recommendation, "EUR").sentence).replace("\N{NO-BREAK SPACE}", " ")
    assert sentence.startswith("Recommended by mean NPV: do nothing yet; commit now is expected to lose 5.0 k EUR.")
    assert "Too close to call: 5.0 k EUR ± 3.0 k EUR decide it." in sentence
    assert "it would be “commit now” without the claim sears-1998 or with ex_cx at 0.20" in sentence
    assert "The limits exclude what would pay more: commit now and review." in sentence
