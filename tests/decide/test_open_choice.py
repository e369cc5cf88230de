# SPDX-License-Identifier: MIT
"""What it is worth to know before a choice that limits bind: laws whose probabilities at every value are known."""

from __future__ import annotations

import numpy as np
import pytest

from txsim.decide.open_choice import choice_between
from txsim.decide.value import evpi, evppi
from txsim.forecast.criterion import Candidate, Limits
from txsim.simulate.points import BATCHES

SIZE = 2**14
EVERY = np.arange(SIZE)
RNG = np.random.default_rng(11)
X, Z, NOISE = (RNG.permutation((EVERY + 0.5) / SIZE) for _ in range(3))


def losing(chance: np.ndarray) -> Candidate:
    """Return an option that loses 1 with a probability ``(draw,)`` and else wins 100."""
    lost = (chance > NOISE).astype(float)
    return Candidate(np.where(lost > 0, -1.0, 100.0), float(lost.mean()), 0.0, lost=lost)


def funded(chance: np.ndarray) -> Candidate:
    """Return an option that wins 5 for sure and needs 10 of funding with a probability ``(draw,)``, else 6."""
    peak = np.where(chance > NOISE, 10.0, 6.0)
    return Candidate(np.full(SIZE, 5.0), 0.0, float(np.quantile(peak, 0.95)), peaks=((peak, np.ones(SIZE)),))


@pytest.mark.parametrize(
    ("option", "limits", "everything", "known"),
    [
        # P(loss) .1 + .8 x is .5: refused, and kept where x is at most .375, which pays 100 − 101 (.1 + .8 x) there.
        (losing(0.1 + 0.8 * X), Limits(max_p_loss=0.4), 50.0, 37.5 - 101 * (0.1 * 0.375 + 0.4 * 0.375**2)),
        # Kept as things stand, which pays 49.5: to know x would only forbid it, and need not be used.
        (losing(0.1 + 0.8 * X), Limits(max_p_loss=0.6), 0.5, 0.0),
        # One in ten needs too much: refused, and kept where x is at most a quarter.
        (funded(0.2 * X), Limits(max_peak_funding=8.0), 4.5, 1.25),
    ],
)
def test_an_option_counts_where_what_is_known_keeps_its_limits(
    option: Candidate, limits: Limits, everything: float, known: float
) -> None:
    choice = choice_between([option], limits, EVERY)
    # Stratified points tell shares to a hundredth of a percent; pairs of permutations to one over the root of draws.
    assert choice.evpi().value == pytest.approx(everything, abs=4 * choice.evpi().mcse + 0.02)
    worth, nothing = choice.evppi(X), choice.evppi(Z)
    assert worth.value == pytest.approx(known, abs=4 * worth.mcse + 0.02)
    assert nothing.value == 0.0
    assert worth.value <= choice.evpi().value


def test_of_several_the_one_within_its_own_limits_is_what_knowledge_is_set_against() -> None:
    """The better option is refused by its file's limit, the other pays 20: to know x brings back the first one."""
    strict = Candidate(**{**losing(0.1 + 0.8 * X).__dict__, "limits": Limits(max_p_loss=0.4)})
    sure = Candidate(np.full(SIZE, 20.0), 0.0, 0.0)
    worth = choice_between([strict, sure], Limits(), EVERY).evppi(X)
    known = 37.5 - 101 * (0.1 * 0.375 + 0.4 * 0.375**2) + 0.625 * 20.0 - 20.0
    assert worth.value == pytest.approx(known, abs=4 * worth.mcse + 0.02)


def test_without_limits_it_is_the_value_of_information_bit_for_bit() -> None:
    payoff = 10.0 * (X - 0.4) + Z
    choice = choice_between([Candidate(payoff, 0.4, 0.0)], Limits(material=0.05), EVERY)
    table = np.column_stack([np.zeros(SIZE), payoff])
    assert choice.evpi() == evpi(table, batches=BATCHES)
    assert choice.evppi(X) == evppi(table, X, batches=BATCHES)
