# SPDX-License-Identifier: MIT
"""What turns an answer that hangs on a limit: laws whose probability at every value is known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from txsim.decide.choice import Candidate, Limits, recommend
from txsim.decide.flips import levelled, without_claim
from txsim.decide.sentences import with_sentence

SIZE = 2**14
#: A quantity that is uniform, and a share that is spread evenly whatever the quantity is (golden ratio sequence).
X = (np.arange(SIZE) + 0.5) / SIZE
X = X[np.random.default_rng(5).permutation(SIZE)]
EVEN = np.random.default_rng(6).permutation((np.arange(SIZE) + 0.5) / SIZE)
NOTHING = Candidate(np.zeros(SIZE), 0.0, 0.0)


def committing(loses: np.ndarray, win: float = 100.0, spent: np.ndarray | None = None) -> Candidate:
    """Return an option that loses 1 with a probability ``(draw,)`` and else wins, so that its mean is far above 0."""
    lost = (loses > EVEN).astype(float)
    spent = np.full(SIZE, 5.0) if spent is None else spent
    return Candidate(
        np.where(lost > 0, -1.0, win),
        float(lost.mean()),
        float(np.quantile(spent, 0.95)),
        lost=lost,
        peaks=((spent, np.ones(SIZE)),),
    )


def judged(option: Candidate, limits: Limits, **others: Candidate) -> Any:
    options = {"do_nothing": NOTHING, "commit": option, **others}
    return levelled(recommend(options, limits, parameters={"x": X}), options, {"x": X}, limits)


@pytest.mark.parametrize(
    ("most", "option", "side", "turned", "level"),
    # P(loss) is 0.1 + 0.8 x: 0.5 over all, 0.3 and 0.7 at the quartiles.
    [(0.6, "commit", "high", "do_nothing", 0.625), (0.4, "do_nothing", "low", "commit", 0.375)],
)
def test_a_limit_on_losses_turns_what_the_mean_does_not(
    most: float, option: str, side: str, turned: str, level: float
) -> None:
    option_of_x = committing(0.1 + 0.8 * X)
    assert not judged(option_of_x, Limits()).flips  # the mean is above 20 wherever x is
    found = judged(option_of_x, Limits(max_p_loss=most))
    assert (found.option, found.state, found.fragile) == (option, "leaning", True)
    (flip,) = found.flips
    assert (flip.side, flip.option, flip.limit) == (side, turned, "max_p_loss")
    # The share of 16,384 futures is known to 0.004, which is 0.005 of x.
    assert flip.level == pytest.approx(level, abs=0.02)


@pytest.mark.parametrize(
    ("most", "zero", "turned", "side", "level", "limit"),
    # The limit is kept below 0.375 and broken above 0.625; what is paid is nothing at `zero`, and more below it.
    [
        (0.4, 0.32, "commit", "low", 0.32, ""),
        (0.4, 0.45, "commit", "low", 0.375, "max_p_loss"),
        (0.6, 0.58, "do_nothing", "high", 0.58, ""),
        (0.6, 0.7, "do_nothing", "high", 0.625, "max_p_loss"),
    ],
)
def test_what_comes_in_has_to_keep_the_limit_and_to_lead_and_what_leaves_does_at_the_first(
    most: float, zero: float, turned: str, side: str, level: float, limit: str
) -> None:
    option = replace(committing(0.1 + 0.8 * X), payoff=100 * (zero - X))
    (flip,) = judged(option, Limits(max_p_loss=most)).flips
    assert (flip.option, flip.side, flip.limit, flip.known) == (turned, side, limit, False)
    assert flip.level == pytest.approx(level, abs=0.02)


def test_a_limit_on_funding_turns_where_more_than_five_in_a_hundred_need_more() -> None:
    # 10 is needed in 2 of 100 futures below a half of x, in 6 of 100 above it: in 4 of 100 of all.
    spent = np.where(np.where(X < 0.5, 0.02, 0.06) > EVEN, 10.0, 5.0)
    found = judged(committing(0.1 * np.ones(SIZE), spent=spent), Limits(max_peak_funding=7.0))
    assert (found.option, found.state) == ("commit", "clear")  # 6 of 100 are not told from 5 by 1,300 draws
    spent = np.where(np.where(X < 0.5, 0.001, 0.09) > EVEN, 10.0, 5.0)
    found = judged(committing(0.1 * np.ones(SIZE), spent=spent), Limits(max_peak_funding=7.0))
    assert [(f.side, f.option, f.limit) for f in found.flips] == [("high", "do_nothing", "max_peak_funding")]


@pytest.mark.parametrize("most", [0.53, 0.47])
def test_what_is_near_a_limit_is_not_turned_by_chance(most: float) -> None:
    found = judged(committing(0.5 * np.ones(SIZE)), Limits(max_p_loss=most))
    assert (found.option, found.state, found.flips) == ("commit" if most > 0.5 else "do_nothing", "clear", ())


def test_where_the_best_is_excluded_what_pays_most_within_the_limits_is_chosen() -> None:
    pilot = Candidate(np.full(SIZE, 3.0), 0.0, 0.0)
    found = judged(committing(0.1 + 0.8 * X), Limits(max_p_loss=0.6), pilot_then_decide=pilot)
    assert {flip.option for flip in found.flips} == {"pilot_then_decide"}
    # A review that keeps the limit begins as committing does: the first step stays.
    review = Candidate(np.full(SIZE, 3.5), 0.0, 0.0)
    assert not judged(
        committing(0.1 + 0.8 * X), Limits(max_p_loss=0.6), commit_review=review, pilot_then_decide=pilot
    ).flips


def test_a_claim_turns_it_through_the_limit_by_weights_and_by_sampling_anew() -> None:
    option, limits = committing(0.1 + 0.8 * X), Limits(max_p_loss=0.6)
    options = {"do_nothing": NOTHING, "commit": option}
    without = {"hopeful": (X > 0.5).astype(float), "idle": np.ones(SIZE)}  # P(loss) is 0.7 where x is above a half
    found = recommend(options, limits, claim_weights=without)
    assert [(f.kind, f.name, f.option, f.limit) for f in found.flips] == [
        ("claim", "hopeful", "do_nothing", "max_p_loss")
    ]
    calm = recommend(options, limits)
    worse = {"do_nothing": NOTHING, "commit": committing(0.7 * np.ones(SIZE))}
    flip = without_claim(calm, "c", worse, limits)
    assert flip is not None
    assert (flip.option, flip.limit) == ("do_nothing", "max_p_loss")
    assert without_claim(calm, "c", options, limits) is None
    # What was excluded comes in where the claim kept it out.
    cautious = recommend({"do_nothing": NOTHING, "commit": committing(0.7 * np.ones(SIZE))}, limits)
    flip = without_claim(cautious, "c", options, limits)
    assert flip is not None
    assert (flip.option, flip.limit) == ("commit", "max_p_loss")


def test_a_budget_is_asked_at_every_value() -> None:
    paid = 100 + 20 * X
    options = {
        "do_nothing": NOTHING,
        "commit": Candidate(np.full(SIZE, 50.0), 0.0, 0.0, float(paid.mean()), costs=paid),
    }
    found = recommend(options, Limits(max_pv_cost=112.0), parameters={"x": X})
    assert [(f.side, f.option, f.limit) for f in found.flips] == [("high", "do_nothing", "max_pv_cost")]


def test_excluded_options_are_told_with_the_figures_that_break_limits() -> None:
    options = {
        "do_nothing": NOTHING,
        "a/commit": Candidate(np.full(SIZE, 31.0), 0.49, 59.0, 40.0),
        "b/commit": Candidate(np.full(SIZE, 30.0), 0.48, 193.0, 90.0),
        "c/commit": Candidate(np.full(SIZE, 3.0), 0.54, 93.0, 40.0),
    }
    steps = {name: name for name in options}
    limits = Limits(max_p_loss=0.52, max_peak_funding=70.0, material=0.05)
    found = recommend(options, limits, steps=steps)
    assert (found.option, found.state, found.refused) == ("a/commit", "clear", ())
    told = {each.option: (each.p_loss, each.peak_funding, each.pv_cost, each.rival) for each in found.excluded}
    assert told == {"b/commit": (None, 193.0, None, True), "c/commit": (0.54, 93.0, None, False)}


def test_doing_nothing_says_why_where_limits_are_stated_too() -> None:
    """Losing 1 in six of ten futures and winning 1 in four is no rival by its mean, whatever the limit says."""
    worse = committing(np.full(SIZE, 0.6), win=1.0)
    for most, said in ((0.5, True), (0.7, False)):
        found = judged(worse, Limits(max_p_loss=most))
        words = str(with_sentence(found, "EUR").sentence).replace("\N{NO-BREAK SPACE}", " ")
        assert found.option == "do_nothing"
        assert "Committing now would lose" in words
        assert "it loses money in 60 of 100 futures." in words
        assert ("exclude it, too: a loss in 60 of 100 futures, where 50 % are allowed." in words) is said
