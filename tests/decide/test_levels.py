# SPDX-License-Identifier: MIT
"""Where an answer turns, beside the quartile at which it was seen to: one figure in every sentence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from txsim.decide.choice import recommend
from txsim.decide.flips import LimitReached, levelled, limit_reached
from txsim.decide.response import break_even, valley
from txsim.decide.sentences import cause, with_sentence
from txsim.forecast.criterion import Candidate, Limits
from txsim.forecast.labels import Label
from txsim.language import Message, verbatim
from txsim.results.recommendation import Recommendation

#: Ranks spread evenly in an order of no meaning, so that batches are alike.
ORDER = np.random.default_rng(3).permutation(4096)
X = norm.ppf((np.arange(4096) + 0.5) / 4096)[ORDER]


def turned(turn: float, sign: float = 1.0) -> Recommendation:
    """Recommend committing, which pays ``sign (x − turn)`` and chance."""
    chance = np.random.default_rng(4).normal(0, 0.3, X.size)
    options = {
        "do_nothing": Candidate(np.zeros(X.size), 0.0, 0.0),
        "commit": Candidate(1000 * (sign * (X - turn) + chance - chance.mean()), 0.5, 0.0),
    }
    return levelled(recommend(options, Limits(), parameters={"x": X}), options, {"x": X}, Limits())


@pytest.mark.parametrize(("turn", "sign"), [(-0.3, 1.0), (0.4, -1.0), (-0.1, 1.0)])
def test_both_pay_the_same_where_the_payoff_is_known_to_be_nothing(turn: float, sign: float) -> None:
    found = turned(turn, sign)
    assert (found.option, found.state) == ("commit", "leaning")
    (flip,) = found.flips
    assert flip.value == pytest.approx(-sign * 0.6745, abs=0.01)  # seen at a quartile
    assert flip.level == pytest.approx(turn, abs=0.05)  # and there it turns


def test_it_is_the_break_even_value_that_sensitivity_tells() -> None:
    found = turned(-0.3)
    chance = np.random.default_rng(4).normal(0, 0.3, X.size)
    even = break_even(1000 * (X + 0.3 + chance - chance.mean()), X).value
    assert even is not None
    assert found.flips[0].level == pytest.approx(even.value, rel=1e-9)


@pytest.mark.parametrize(("per_unit", "side"), [(2.0, "low"), (-2.0, "high")])
def test_the_sentence_tells_the_turn_in_the_author_s_unit(per_unit: float, side: str) -> None:
    found = turned(-0.3)
    told = with_sentence(found, "EUR", lambda _name: Label(verbatim("effect"), "points", per_unit, 1.0))
    (flip,) = told.flips
    assert flip.level_stated == pytest.approx(1 + per_unit * flip.level)
    turn = f"with the effect at {flip.level_stated:#.2g} points or {'less' if side == 'low' else 'more'}"
    words = str(told.sentence).replace("\N{NO-BREAK SPACE}", " ")
    assert f"{turn} (x)." in words
    board = told.sentence.worded(keys=False).replace("\N{NO-BREAK SPACE}", " ")
    assert f"{turn}." in board
    assert Message.from_json(told.sentence.to_json()) == told.sentence


def test_a_link_that_may_do_nothing_turns_it_where_it_does_nothing() -> None:
    """A quartile at exactly 0 is the doubt that its author stated, and both figures of a slope are of ten points."""
    (flip,) = turned(-0.3).flips
    link = Label(verbatim("effect of UX on CX"), "CX points per UX point")
    nothing = replace(turned(-0.3), flips=(replace(flip, value=0.0, level=0.021),))
    words = str(with_sentence(nothing, "EUR", lambda _name: link).sentence)
    assert "if +10 index points of UX give +0.21 points of CX by this link alone or less (x)" in words.replace(
        "\N{NO-BREAK SPACE}", " "
    )
    nowhere = replace(turned(-0.3), flips=(replace(flip, value=0.0, level=None),))
    words = str(with_sentence(nowhere, "EUR", lambda _name: link).sentence)
    assert "if this link does nothing: effect of UX on CX (x)." in words
    some = replace(turned(-0.3), flips=(replace(flip, value=0.05, level=0.07, side="low"),))
    words = str(with_sentence(some, "EUR", lambda _name: link).sentence)
    assert "if +10 index points of UX give +0.7 points of CX by this link alone or less (x)" in words.replace(
        "\N{NO-BREAK SPACE}", " "
    )
    assert "0.5" not in words


def test_a_turn_beyond_the_quartile_or_the_middle_is_not_told() -> None:
    """Of a payoff that is good in the middle and bad on both sides the nearest turn may lie on the other side."""
    good = {"do_nothing": Candidate(np.zeros(X.size), 0.0, 0.0)}
    good["commit"] = Candidate(1000 * np.where(X > 0.05, 0.3, 1.2 + X * 3), 0.5, 0.0)
    found = levelled(recommend(good, Limits(), parameters={"x": X}), good, {"x": X}, Limits())
    for flip in found.flips:
        low, high = sorted((flip.value or 0.0, 0.0))
        assert flip.level is None or low <= flip.level <= high


def test_what_keeps_a_limit_once_it_is_known_is_told_once() -> None:
    """A peak beyond the limit in the top tenth of x breaks it unknown, and keeps it wherever below that x is known."""
    beyond = 1.2816  # a tenth of draws lie above
    peak = np.where(beyond < X, 200.0, 50.0)
    limits = Limits(max_peak_funding=100.0)
    options = {
        "do_nothing": Candidate(np.zeros(X.size), 0.0, 0.0),
        "commit": Candidate(1000 + X, 0.0, 200.0, peaks=((peak, np.ones(X.size)),)),
    }
    found = levelled(recommend(options, limits, parameters={"x": X}), options, {"x": X}, limits)
    assert found.option == "do_nothing"
    (flip,) = found.flips
    assert (flip.option, flip.limit, flip.known, flip.side) == ("commit", "max_peak_funding", True, "low")
    assert flip.level is not None
    assert 0.6745 < flip.level < beyond + 0.2
    told = with_sentence(found, "EUR", lambda _name: Label(verbatim("effect"), "points", 10.0, 100.0))
    level = f"{100 + 10 * flip.level:.0f}"
    words = str(told.sentence).replace("\N{NO-BREAK SPACE}", " ")
    assert f"with the effect known to be {level} points or less (x; by the limit on peak funding)" in words
    # Less is better where the author's scale falls.
    told = with_sentence(found, "EUR", lambda _name: Label(verbatim("effect"), "points", -10.0, 100.0))
    assert "points or more (x; by the limit on peak funding)" in str(told.sentence)


def test_of_two_broken_limits_the_one_kept_last_turns_it() -> None:
    """Funding is beyond its limit in the top quarter of x, and all above 0.3 lose: below 0.3 both limits are kept."""
    lost, peak = (X > 0.3).astype(float), np.where(X > 0.6745, 200.0, 50.0)
    limits = Limits(max_p_loss=0.3, max_peak_funding=100.0)
    told = Candidate(1000 + X, float(lost.mean()), 200.0, lost=lost, peaks=((peak, np.ones(X.size)),))
    options = {"do_nothing": Candidate(np.zeros(X.size), 0.0, 0.0), "commit": told}
    (flip,) = levelled(recommend(options, limits, parameters={"x": X}), options, {"x": X}, limits).flips
    assert (flip.limit, flip.side, flip.known) == ("max_p_loss", "low", True)
    assert flip.level == pytest.approx(0.3, abs=0.25)  # the regression bends through the step


def test_a_turn_between_two_humps_is_told_where_draws_still_lie() -> None:
    """Of 800 draws in 0 … 1 and 200 in 3 … 4, good below 2: no draw tells where between 1 and 3 it turns."""
    humps = np.concatenate([np.linspace(0, 1, 800), np.linspace(3, 4, 200)])
    assert valley(humps, 2.0) == (humps[795], humps[804])  # one draw in a hundred
    assert valley(np.sort(X), 0.0) == ()
    assert valley(np.sort(X), 2.5) == ()  # a tail
    payoff = np.where(humps < 2, 1.0, -1.0) + 0.1 * np.sin(50 * humps)
    found = break_even(payoff, humps, batches=2)
    assert found.value is not None
    assert (found.value.value, found.above) == (found.gap[0], False)
    assert found.gap == pytest.approx((1.0, 3.0), abs=0.03)
    assert break_even(X + 0.1 * np.sin(50 * X), X, batches=2).gap == ()
    assert limit_reached({"max_p_loss": -payoff}, humps) == LimitReached("max_p_loss", *found.gap[:1], False, found.gap)
    # A quantity of whole steps turns between two of them.
    steps = np.repeat([3.0, 6.0, 9.0], 300)
    assert break_even(steps - 7.0 + 0.1 * np.sin(X[:900]), steps, batches=2).gap == (6.0, 9.0)
    # Of two values there is nothing in between.
    found = break_even((steps > 3.0) - 0.5 + 0.1 * np.sin(X[:900]), (steps > 3.0) * 1.0, batches=2)
    assert (found.value and found.value.value, found.gap) == (1.0, ())


def test_a_gap_is_told_in_the_author_s_unit_beside_the_level() -> None:
    """Less is better on the author's scale and two units a star: 1 … 3 inside is 2.5 … 1.5 stars there."""
    found = turned(-0.3)
    (flip,) = found.flips
    found = replace(found, flips=(replace(flip, gap=(1.0, 3.0)),))
    told = with_sentence(found, "EUR", lambda _name: Label(verbatim("rating"), "stars", -0.5, 3.0))
    assert told.flips[0].gap_stated == (1.5, 2.5)
    assert "(x; next to nothing was tried between 1.5 stars and 2.5 stars)" in str(told.sentence).replace("\xa0", " ")
    # Beside a sentence of what ten points more do both ends count ten points, too.
    slopes = (("CX points per EX point", "0 and 0.50"), ("log hazard per CX point", "0 % and 39 %"))
    for unit, ends in slopes:
        slope = replace(flip, unit=unit, stated=0.1, level_stated=0.05, gap_stated=(0.0, 0.05))
        assert f"(x; next to nothing was tried between {ends})" in str(cause(slope)).replace("\xa0", " ")


def test_a_limit_that_is_broken_in_the_middle_alone_is_told_on_both_sides() -> None:
    limits = Limits(max_p_loss=0.3)
    lost = (np.abs(X) < 0.5).astype(float)
    options = {
        "do_nothing": Candidate(np.zeros(X.size), 0.0, 0.0),
        "commit": Candidate(1000 + X, float(lost.mean()), 0.0, lost=lost),
    }
    found = levelled(recommend(options, limits, parameters={"x": X}), options, {"x": X}, limits)
    assert [flip.side for flip in found.flips] == ["low", "high"]
    assert not any(flip.known for flip in found.flips)
