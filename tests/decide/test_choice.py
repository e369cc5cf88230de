# SPDX-License-Identifier: MIT
"""Which option is taken, by how much, and within which limits: figures worked out by hand."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from txsim.decide.choice import FIRST_STEP, Candidate, Limits, recommend

#: Two draws in each of eight batches.
DRAWS = 16


def of(payoff, p_loss: float = 0.0, peak: float = 0.0) -> Candidate:
    return Candidate(np.broadcast_to(np.asarray(payoff, dtype=float), DRAWS).copy(), p_loss, peak)


def stepped(shift: float = 0.0) -> np.ndarray:
    """Return draws whose batches have the means 1 … 8, plus a shift: mean 4.5, sd of batch means √6."""
    pairs = np.array([-0.25, 0.25])
    return np.concatenate([batch + shift + pairs for batch in range(1, 9)])


def test_margin_and_its_error_are_those_of_the_difference(plain: Any) -> None:
    # Both options move together by 100 a batch: what they share is in neither the margin nor its error.
    shared = np.repeat(100.0 * np.arange(8), 2)
    told = {"do_nothing": of(0), "commit": of(stepped() + shared), "pilot_then_decide": of(shared - 2)}
    found = recommend(told, Limits())
    assert (found.option, found.runner_up) == ("commit", "pilot_then_decide")
    assert found.mean_npv[found.option] == pytest.approx(350 + 4.5)
    assert found.margin == pytest.approx(6.5)
    assert found.mcse == pytest.approx(np.sqrt(6) / np.sqrt(8))
    assert found.mean_npv == pytest.approx({"do_nothing": 0, "commit": 354.5, "pilot_then_decide": 348})
    told = plain(found)
    assert (told["option"], told["runner_up"]) == ("commit", "pilot_then_decide")
    assert told["margin"] == pytest.approx(6.5)
    assert told["mcse"] == pytest.approx(0.866025, abs=1e-6)
    assert told["mean_npv"] == pytest.approx({"do_nothing": 0, "commit": 354.5, "pilot_then_decide": 348})
    assert told["criterion"] == "mean_npv"
    assert told["refused"] == []


def test_what_begins_alike_is_no_rival() -> None:
    told = {"do_nothing": of(0), "commit": of(5), "commit_review": of(7), "pilot_then_decide": of(3)}
    found = recommend(told, Limits(material=1.0))
    # The review is better by more than is material, and the margin is over the pilot, not over plain committing.
    assert (found.option, found.runner_up, found.margin) == ("commit_review", "pilot_then_decide", 4.0)
    plainer = recommend(told, Limits(material=2.5))
    assert (plainer.option, plainer.mean_npv["commit"], plainer.margin) == ("commit", 5.0, 2.0)
    exact = recommend(told, Limits(material=2.0))
    assert exact.option == "commit_review"  # the gap is what is material, not under it


def test_each_option_begins_as_it_is_called() -> None:
    assert FIRST_STEP == {
        "commit": "commit",
        "commit_review": "commit",
        "pilot_then_decide": "pilot",
        "do_nothing": "do_nothing",
    }


def test_equal_payoffs_go_to_the_plainer_option() -> None:
    wide = np.tile([1000.0, -1000.0], 8)
    told = {"do_nothing": of(0), "commit": of(wide + 1e-8), "pilot_then_decide": of(0)}  # 1e-8 of 1000 is rounding
    assert recommend(told, Limits()).option == "do_nothing"
    assert recommend({"do_nothing": of(0), "commit": of(0.01)}, Limits()).option == "commit"


def test_steps_of_a_comparison_keep_scenarios_apart() -> None:
    """Committing in one firm and committing in another are two first steps."""
    told = {"do_nothing": of(0), "a/commit": of(9), "b/commit": of(7)}
    steps = {name: name for name in told}
    found = recommend(told, Limits(), steps=steps)
    assert (found.option, found.runner_up, found.margin) == ("a/commit", "b/commit", 2.0)
    alike = recommend(told, Limits(), steps={"do_nothing": "do_nothing", "a/commit": "go", "b/commit": "go"})
    assert (alike.option, alike.runner_up, alike.margin) == ("a/commit", "do_nothing", 9.0)


@pytest.mark.parametrize(
    ("limits", "option", "refused"),
    [
        (Limits(), "commit", ()),
        (Limits(max_p_loss=0.3), "commit", ()),  # exactly at the limit is within it
        (Limits(max_p_loss=0.29), "pilot_then_decide", ("commit",)),
        (Limits(max_peak_funding=50.0), "commit", ()),
        (Limits(max_peak_funding=49.0), "pilot_then_decide", ("commit",)),
        (Limits(max_p_loss=0.1, max_peak_funding=49.0), "do_nothing", ("commit", "pilot_then_decide")),
        # Either limit excludes: commit fails both, the pilot only the one on losses.
        (Limits(max_p_loss=0.1, max_peak_funding=1e9), "do_nothing", ("commit", "pilot_then_decide")),
        (Limits(max_p_loss=1.0, max_peak_funding=5.0), "do_nothing", ("commit", "pilot_then_decide")),
    ],
)
def test_limits(limits: Limits, option: str, refused: tuple[str, ...]) -> None:
    told = {
        "do_nothing": of(0),
        "commit": of(9, p_loss=0.3, peak=50.0),
        "pilot_then_decide": of(4, p_loss=0.2, peak=10.0),
        "commit_review": of(-1, p_loss=0.9, peak=90.0),  # worse anyway: not refused, not chosen
    }
    found = recommend(told, limits)
    assert (found.option, found.refused) == (option, refused)


def test_where_nothing_is_within_the_limits() -> None:
    told = {"commit": of(3, p_loss=0.5), "pilot_then_decide": of(1, p_loss=0.5)}
    assert recommend(told, Limits(max_p_loss=0.1)).option == "commit"  # nothing else can be done
    idle = told | {"do_nothing": of(-2, p_loss=1.0)}
    found = recommend(idle, Limits(max_p_loss=0.1))
    assert (found.option, found.runner_up, found.margin, found.mcse) == ("do_nothing", None, 0.0, 0.0)
    assert found.refused == ("commit", "pilot_then_decide")


def test_the_best_of_random_tables_by_looking_at_all() -> None:
    """Option and runner-up as a search over all options finds them."""
    rng = np.random.default_rng(3)
    names = ("do_nothing", "commit", "commit_review", "pilot_then_decide")
    for _ in range(200):
        payoff = {name: rng.normal(size=DRAWS) + rng.normal() for name in names}
        loss = {name: float(rng.uniform()) for name in names}
        limit = float(rng.uniform(0.2, 1))
        within = [name for name in names if loss[name] <= limit] or ["do_nothing"]
        best = max(within, key=lambda name: payoff[name].mean())
        found = recommend(
            {name: Candidate(payoff[name], loss[name], 0.0) for name in names}, Limits(max_p_loss=limit), batches=8
        )
        assert found.option == best
        ahead = [
            payoff[best].mean() - payoff[name].mean()
            for name in within
            if not (name == best or {name, best} == {"commit", "commit_review"})
        ]
        assert found.margin == pytest.approx(min(ahead, default=0.0))
        assert (found.runner_up is None) == (not ahead)
        better = [n for n in names if n not in within and payoff[n].mean() > payoff[best].mean()]
        assert list(found.refused) == better


def test_more_of_everything_changes_no_choice() -> None:
    """In cents instead of euros all money is a hundred times as much and nothing else changes."""
    rng = np.random.default_rng(8)
    told = {name: rng.normal(size=DRAWS) for name in ("do_nothing", "commit", "pilot_then_decide")}
    for material, factor in itertools.product((0.0, 0.5), (0.01, 100.0)):
        one = recommend({n: Candidate(v, 0.0, 0.0) for n, v in told.items()}, Limits(material=material))
        two = recommend(
            {n: Candidate(factor * v, 0.0, 0.0) for n, v in told.items()}, Limits(material=factor * material)
        )
        assert (two.option, two.runner_up, two.too_close) == (one.option, one.runner_up, one.too_close)
        assert two.margin == pytest.approx(factor * one.margin)
        assert two.mcse == pytest.approx(factor * one.mcse)
