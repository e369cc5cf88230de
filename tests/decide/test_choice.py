# SPDX-License-Identifier: MIT
"""Which option is taken, by how much, and within which limits: figures worked out by hand."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from txsim.decide.choice import Candidate, Limits, recommend, resolution
from txsim.forecast.criterion import FIRST_STEP

#: Two draws in each of eight batches.
DRAWS = 16


def of(payoff, p_loss: float = 0.0, peak: float = 0.0, cost: float = 0.0) -> Candidate:
    return Candidate(np.broadcast_to(np.asarray(payoff, dtype=float), DRAWS).copy(), p_loss, peak, cost)


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


@pytest.mark.parametrize(
    ("payoff", "grain"),
    [
        (np.tile([-100_000.0, 100_000.0], 80), 100.0),  # batches alike: no error, but a 90 % interval 200,000 wide
        (np.repeat(10_000.0 * np.arange(8), 20), 1_000.0),  # means √6 · 10,000 apart, over √8: an error of 8,660
        (np.full(160, 5_000.0), 0.0),  # exact
    ],
)
def test_an_amount_is_told_to_its_error_or_a_thousandth_of_its_interval(payoff: np.ndarray, grain: float) -> None:
    assert resolution(payoff, 8) == grain


def test_what_begins_alike_is_no_rival() -> None:
    told = {
        "do_nothing": of(0),
        "commit": of(5, cost=10.0),
        "commit_review": of(7, cost=9.0),
        "pilot_then_decide": of(3, cost=2.0),
    }
    found = recommend(told, Limits(material=0.1))
    # The review is better by more than a tenth of 10, and the margin is over the pilot, not over plain committing.
    assert (found.option, found.runner_up, found.margin) == ("commit_review", "pilot_then_decide", 4.0)
    # By 2 it is not better by a fifth of 10, and plain committing is ahead of the pilot by 2 of 10 too: not by more.
    tied = recommend(told, Limits(material=0.2))
    assert (tied.option, tied.best) == ("commit_review", "commit_review")
    plainer = recommend(told | {"commit": of(5.5, cost=10.0)}, Limits(material=0.2))
    assert (plainer.option, plainer.best, plainer.state) == ("commit", "commit_review", "clear")
    assert (plainer.mean_npv["commit"], plainer.margin, plainer.runner_up) == (5.5, 4.0, "pilot_then_decide")


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


#: What an option begins with and how cheap it is to take back, told here once more.
_BEGINS = {"commit": "c", "commit_review": "c", "pilot_then_decide": "p", "do_nothing": "n"}
_CHEAPEST_FIRST = ["do_nothing", "pilot_then_decide", "commit_review", "commit"]


def _beats(one: Candidate, other: Candidate) -> bool:
    """Whether one is ahead by two errors of eight batches and by 5 % of the larger cost."""
    gap = one.payoff - other.payoff
    error = gap.reshape(8, 2).mean(axis=1).std(ddof=1) / np.sqrt(8)
    return bool(gap.mean() > 2 * error and gap.mean() > 0.05 * max(one.pv_cost, other.pv_cost))


def test_the_verdict_on_random_tables_by_looking_at_all_pairs() -> None:
    """Best, runner-up, contenders, state and option as a search over all pairs finds them."""
    rng = np.random.default_rng(3)
    states = set()
    for _ in range(300):
        payoff = {name: 0.4 * rng.normal(size=DRAWS) + rng.normal() for name in _BEGINS}
        loss = {name: float(rng.uniform()) for name in _BEGINS}
        cost = {name: float(rng.uniform(0, 10)) for name in _BEGINS}
        limit = float(rng.uniform(0.2, 1))
        told = {name: Candidate(payoff[name], loss[name], 0.0, cost[name]) for name in _BEGINS}
        found = recommend(told, Limits(max_p_loss=limit, material=0.05), batches=8)

        within = [name for name in _BEGINS if loss[name] <= limit] or ["do_nothing"]
        best = max(within, key=lambda name: payoff[name].mean())
        others = []  # the best of each other beginning
        for step in {_BEGINS[name] for name in within} - {_BEGINS[best]}:
            others.append(max((n for n in within if _BEGINS[n] == step), key=lambda n: payoff[n].mean()))

        near = [name for name in others if not _beats(told[best], told[name])]
        states.add(found.state)
        assert found.best == best
        assert found.state == ("open" if near else "clear")
        assert found.too_close == bool(near)
        assert set(found.contenders) == ({best, *near} if near else set())
        assert found.margin == pytest.approx(min((payoff[best].mean() - payoff[n].mean() for n in others), default=0))
        assert (found.runner_up is None) == (not others)
        if near:
            assert found.option == min([best, *near], key=_CHEAPEST_FIRST.index)
        else:  # committing plainly will do where the review is not better by what matters
            plain = "commit" in within and best == "commit_review" and not _beats(told[best], told["commit"])
            assert found.option == (
                "commit" if plain and all(_beats(told["commit"], told[n]) for n in others) else best
            )
        better = [n for n in _BEGINS if n not in within and payoff[n].mean() > payoff[found.option].mean()]
        assert list(found.refused) == better
        assert found.p_loss == pytest.approx(loss)
    assert states == {"open", "clear"}


def test_more_of_everything_changes_no_choice() -> None:
    """In cents instead of euros all money is a hundred times as much and nothing else changes."""
    rng = np.random.default_rng(8)
    told = {name: rng.normal(size=DRAWS) for name in ("do_nothing", "commit", "pilot_then_decide")}
    for material, factor in itertools.product((0.0, 0.5), (0.01, 100.0)):
        one = recommend({n: Candidate(v, 0.0, 0.0, 1.0) for n, v in told.items()}, Limits(material=material))
        two = recommend(
            {n: Candidate(factor * v, 0.0, 0.0, factor) for n, v in told.items()}, Limits(material=material)
        )
        assert (two.option, two.runner_up, two.state) == (one.option, one.runner_up, one.state)
        assert two.margin == pytest.approx(factor * one.margin)
        assert two.mcse == pytest.approx(factor * one.mcse)
