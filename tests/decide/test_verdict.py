# SPDX-License-Identifier: MIT
"""How firm a recommendation is: clear, leaning or open, and what would flip it (docs/model.md, section 7)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm

from txsim.decide.choice import recommend
from txsim.decide.flips import local_mean
from txsim.decide.sentences import with_sentence
from txsim.forecast.criterion import Candidate, Limits


def stepped(shift: float) -> np.ndarray:
    """Return draws in eight batches with the means 1 … 8, plus a shift: twice the standard error is √3 = 1.732."""
    return np.concatenate([np.full(2, batch + shift) for batch in range(1, 9)])


@pytest.mark.parametrize(
    ("margin", "cost", "close"),
    [
        (1.7, 0.0, True),  # under two standard errors
        (1.8, 0.0, False),
        (1.8, 38.0, True),  # over two standard errors, under 5 % of 38, which is 1.9
        (1.7, 32.0, True),  # over 1.6, under two standard errors
        (1.9, 36.0, False),
        (4.5, 100.0, True),
    ],
)
def test_open_is_under_the_larger_of_two_bounds(plain: Any, margin: float, cost: float, close: bool) -> None:
    payoff = stepped(margin - 4.5)
    told = {"do_nothing": Candidate(np.zeros(16), 0.0, 0.0), "commit": Candidate(payoff, 0.0, 0.0, cost)}
    found = recommend(told, Limits(material=0.05))
    assert found.margin == pytest.approx(margin)
    assert found.too_close is close
    assert found.state == ("open" if close else "clear")
    assert found.best == "commit"
    assert found.option == ("do_nothing" if close else "commit")  # waiting is cheaper to take back
    assert found.contenders == (("commit", "do_nothing") if close else ())
    assert plain(found)["too_close"] is close
    assert plain(found)["state"] == found.state


def test_a_large_loss_is_no_open_question() -> None:
    """A programme that loses a lot in every future is clearly not worth it, however large its cost."""
    told = {"do_nothing": Candidate(np.zeros(16), 0.0, 0.0), "commit": Candidate(stepped(-1000.0), 1.0, 0.0, 5000.0)}
    found = recommend(told, Limits(material=0.05))  # 995.5 are more than 5 % of 5000
    assert (found.option, found.state, found.margin) == ("do_nothing", "clear", pytest.approx(995.5))


def test_what_is_material_is_of_the_two_options_compared() -> None:
    """What an option out of contention costs decides nothing between the others."""
    nothing, pilot = Candidate(np.zeros(16), 0.0, 0.0), Candidate(np.full(16, 9.0), 0.3, 0.0, 100.0)
    dear = Candidate(np.full(16, -900.0), 1.0, 0.0, 10_000.0)
    found = recommend({"do_nothing": nothing, "pilot_then_decide": pilot, "commit": dear}, Limits(material=0.05))
    assert (found.option, found.state) == ("pilot_then_decide", "clear")  # 9 > 5 % of 100, though not of 10,000
    # Beside committing it is the dearer of the two that counts: 490 are no more than 5 % of 10,000.
    rival = Candidate(np.full(16, -481.0), 1.0, 0.0, 10_000.0)
    close = recommend({"do_nothing": nothing, "pilot_then_decide": pilot, "commit": rival}, Limits(material=0.05))
    assert (close.state, close.contenders) == ("open", ("pilot_then_decide", "commit"))
    assert close.option == "pilot_then_decide"  # doing nothing is beaten, so that it is not fallen back on


@pytest.mark.parametrize(
    ("near", "option"),
    [
        (("commit", "commit_review"), "commit_review"),  # if both were told apart as first steps
        (("commit", "pilot_then_decide"), "pilot_then_decide"),
        (("pilot_then_decide", "do_nothing"), "do_nothing"),
        (("commit_review", "pilot_then_decide", "do_nothing"), "do_nothing"),
        (("a/commit", "b/pilot_then_decide"), "b/pilot_then_decide"),
    ],
)
def test_an_open_question_falls_to_what_is_cheapest_to_take_back(near: tuple[str, ...], option: str) -> None:
    """The first of them pays 1 more than each other, which is no more than 5 % of 100."""
    told = {name: Candidate(np.full(16, 1.0 if i == 0 else 0.0), 0.0, 0.0, 100.0) for i, name in enumerate(near)}
    told["c/commit"] = Candidate(np.full(16, -1000.0), 1.0, 0.0, 100.0)
    found = recommend(told, Limits(material=0.05), steps={name: name for name in told})
    assert (found.state, found.option, found.best) == ("open", option, near[0])
    assert set(found.contenders) == set(near)
    assert (found.flips, found.fragile) == ((), False)  # nothing turns what is not decided


def test_the_cheapest_to_take_back_of_two_alike_is_the_better_one() -> None:
    told = {
        name: Candidate(np.full(16, mean), 0.0, 0.0, 100.0)
        for name, mean in (("a/commit", 2.0), ("b/pilot_then_decide", 0.0), ("c/pilot_then_decide", 1.0))
    }
    found = recommend(told, Limits(material=0.05), steps={name: name for name in told})
    assert (found.state, found.option) == ("open", "c/pilot_then_decide")


def test_without_a_rival_nothing_is_open() -> None:
    found = recommend({"commit": Candidate(stepped(0.0), 0.0, 0.0, 1e9)}, Limits(material=1.0))
    assert (found.state, found.runner_up, found.too_close) == ("clear", None, False)


def test_a_claim_flips_by_its_weights_alone(plain: Any) -> None:
    # Half of the draws pay 3, half −1: by other weights 0.2 · 3 − 0.8 = −0.2.
    pays = np.tile([3.0, -1.0], 256)
    told = {"do_nothing": Candidate(np.zeros(512), 0.0, 0.0), "commit": Candidate(pays, 0.5, 0.0)}
    weights = {
        "flips": np.tile([0.2, 0.8], 256),
        "stays": np.tile([0.3, 0.7], 256),  # 0.9 − 0.7 = 0.2
        "lone": np.where(np.arange(512) == 1, 1.0, 1e-9),  # one effective draw says nothing
        # 49 and 51 effective draws, all of which lose
        "too few": np.where((np.arange(512) % 2 == 1) & (np.arange(512) < 98), 1.0, 0.0),
        "enough": np.where((np.arange(512) % 2 == 1) & (np.arange(512) < 102), 1.0, 0.0),
    }
    found = recommend(told, Limits(), claim_weights=weights)
    assert found.option == "commit"
    assert [(flip.kind, flip.name, flip.value, flip.option) for flip in found.flips] == [
        ("claim", "flips", None, "do_nothing"),
        ("claim", "enough", None, "do_nothing"),
    ]
    assert found.fragile
    assert found.state == "leaning"
    assert found.untested == ("lone", "too few")  # and says so: no claim stays untested in silence
    assert plain(found)["fragile"] is True
    told = {"kind": "claim", "name": "flips", "value": None, "option": "do_nothing", "known": False}
    texts = dict.fromkeys(("meaning", "unit", "side", "limit"), "")
    none = dict.fromkeys(("stated", "level", "level_stated"))
    assert plain(found)["flips"][0] == told | texts | none | {"gap": [], "gap_stated": []}


def test_a_flip_to_what_begins_alike_is_none() -> None:
    pays = np.tile([3.0, -1.0], 256)
    told = {
        "do_nothing": Candidate(np.full(512, -9.0), 0.0, 0.0),
        "commit": Candidate(pays, 0.5, 0.0),
        "commit_review": Candidate(np.full(512, 0.5), 0.0, 0.0),
    }
    found = recommend(told, Limits(), claim_weights={"c": np.tile([0.2, 0.8], 256)})
    assert found.option == "commit"
    assert not found.fragile


def test_an_option_outside_the_limits_is_never_flipped_to() -> None:
    pays = np.tile([3.0, -1.0], 256)
    told = {
        "do_nothing": Candidate(np.full(512, -9.0), 0.0, 0.0),
        "commit": Candidate(pays, 0.1, 0.0),
        "pilot_then_decide": Candidate(np.full(512, 0.5), 0.9, 0.0),
    }
    claim = {"c": np.tile([0.2, 0.8], 256)}
    assert not recommend(told, Limits(max_p_loss=0.5), claim_weights=claim).fragile
    assert recommend(told, Limits(), claim_weights=claim).fragile


@pytest.mark.parametrize(("sign", "at"), [(1.0, -0.6745), (-1.0, 0.6745)])
def test_a_parameter_flips_at_the_quartile_that_hurts(sign: float, at: float) -> None:
    """The payoff is 0.5 + x with a standard normal x: at its lower quartile it is −0.17."""
    rng = np.random.default_rng(2)
    x, idle = rng.normal(size=8192), rng.normal(size=8192)
    told = {
        "do_nothing": Candidate(np.zeros(8192), 0.0, 0.0),
        "commit": Candidate(0.5 + sign * x + 0.3 * rng.normal(size=8192), 0.3, 0.0),
    }
    found = recommend(told, Limits(), parameters={"x": x, "idle": idle, "few": np.where(x > 0, 1.0, 0.0)})
    (flip,) = found.flips
    assert (flip.kind, flip.name, flip.option) == ("parameter", "x", "do_nothing")
    assert flip.side == ("low" if sign > 0 else "high")
    assert flip.value == pytest.approx(at, abs=0.05)
    # With 0.9 + x it stays above nothing within the middle half.
    safer = dict(told, commit=Candidate(told["commit"].payoff + 0.4, 0.2, 0.0))
    assert not recommend(safer, Limits(), parameters={"x": x}).fragile


def test_a_curved_effect_is_followed() -> None:
    """The payoff is x² − 0.6: 0.4 on average, but 0.455 − 0.6 < 0 at both quartiles."""
    rng = np.random.default_rng(5)
    x = rng.normal(size=8192)
    told = {
        "do_nothing": Candidate(np.zeros(8192), 0.0, 0.0),
        "commit": Candidate(x**2 - 0.6, 0.3, 0.0),
    }
    found = recommend(told, Limits(), parameters={"x": x})
    assert [flip.option for flip in found.flips] == ["do_nothing", "do_nothing"]
    assert [flip.value for flip in found.flips] == pytest.approx([-0.6745, 0.6745], abs=0.05)
    # x² − 0.4 stays at 0.055
    higher = dict(told, commit=Candidate(x**2 - 0.4, 0.3, 0.0))
    assert not recommend(higher, Limits(), parameters={"x": x}).fragile
    # and a cubic one: 0.3 + x³ − 2x is +1.3 or −0.7 … at the lower quartile 0.3 − 0.307 + 1.349, at the upper −0.742
    curved = dict(told, commit=Candidate(0.3 + x**3 - 2 * x, 0.3, 0.0))
    (flip,) = recommend(curved, Limits(), parameters={"x": x}).flips
    assert flip.value == pytest.approx(0.6745, abs=0.05)


def test_chance_flips_nothing_and_a_weak_effect_does() -> None:
    """What has no effect is not named, whatever its draws look like; what moves the payoff by 0.27 at a quartile is."""
    rng = np.random.default_rng(9)
    x, noise = rng.normal(size=(2, 8192))
    idle = dict(zip("abcdefgh", rng.normal(size=(8, 8192)), strict=True))
    pays = noise - noise.mean() + 0.4 * (x - x.mean()) + 0.05
    told = {"do_nothing": Candidate(np.zeros(8192), 0.0, 0.0), "commit": Candidate(pays, 0.5, 0.0)}
    found = recommend(told, Limits(), parameters={"x": x, **idle})
    assert found.state == "leaning"
    assert [flip.name for flip in found.flips] == ["x"]


def test_a_flip_is_ahead_by_what_is_material() -> None:
    """At its lower quartile x costs 0.17: a flip where that is more than what is material of the pair, else none."""
    x = np.random.default_rng(2).permutation(norm.ppf((np.arange(8192) + 0.5) / 8192))
    for cost, flips in ((3.2, True), (3.6, False)):  # 5 % of them are 0.16 and 0.18
        told = {"do_nothing": Candidate(np.zeros(8192), 0.0, 0.0), "commit": Candidate(0.5 + x, 0.3, 0.0, cost)}
        found = recommend(told, Limits(material=0.05), parameters={"x": x})
        assert found.fragile is flips, cost
        assert found.state == ("leaning" if flips else "clear")


# --- local regression against a known truth


def test_a_cubic_over_all_ranks_would_invent_a_flip() -> None:
    """A few futures gain a lot: 1 everywhere below the highest twentieth of the ranks, 201 above.

    At both quartiles 1 is expected; a cubic, which must bend to reach the tail, says less than −2 at the upper one.
    """
    rng = np.random.default_rng(11)
    u = rng.permutation((np.arange(8192) + 0.5) / 8192)
    pays = np.where(u > 0.95, 201.0, 1.0) + 0.5 * rng.normal(size=8192)
    cubic = np.polynomial.Polynomial.fit(u, pays, 3)
    assert cubic(0.75) < -2
    mean, error = local_mean(u, pays[:, None], 0.75)
    assert mean[0] == pytest.approx(1.0, abs=4 * error[0])
    assert error[0] < 0.1
    told = {"do_nothing": Candidate(np.zeros(8192), 0.0, 0.0), "commit": Candidate(pays, 0.1, 0.0)}
    found = recommend(told, Limits(), parameters={"u": u})
    assert (found.state, found.flips) == ("clear", ())


def test_a_straight_line_is_met_exactly_anywhere() -> None:
    """Without noise a line in the ranks has no error, at the edge of the ranks either."""
    values = np.random.default_rng(4).permutation(1000).astype(float)
    outcomes = np.column_stack([3.0 + 2.0 * values, np.ones(1000)])
    for q in (0.0, 0.01, 0.25, 0.5, 0.75, 1.0):
        mean, error = local_mean(values, outcomes, q)
        assert mean == pytest.approx([3.0 + 2.0 * q * 999, 1.0])
        assert error == pytest.approx([0.0, 0.0], abs=1e-9)


def test_the_error_of_a_local_mean_is_how_far_it_lies_from_the_truth() -> None:
    """Over many samples the distance from a known curve in errors has the sd 1."""
    rng = np.random.default_rng(6)
    away = []
    for _ in range(400):
        u = rng.permutation((np.arange(1024) + 0.5) / 1024)
        outcomes = (np.sin(2 * u) + rng.normal(size=1024))[:, None]
        mean, error = local_mean(u, outcomes, 0.25)
        away.append((mean[0] - np.sin(2 * 0.25)) / error[0])
    # 81 draws in a window: the sd of a t with 79 degrees is 1.013; of 400 the standard error of an sd is 0.035.
    assert np.std(away) == pytest.approx(1.013, abs=0.15)
    assert abs(np.mean(away)) < 0.2


def test_weights_flip_only_beyond_their_error() -> None:
    """Without a claim the options are equal in truth: it is called a flip as seldom as two errors let it be."""

    def flips(shift: float, sets: int = 300) -> float:
        rng = np.random.default_rng(12)
        count = 0
        for _ in range(sets):
            x = rng.normal(size=2048)
            # By the weights e^(−x) a standard normal has the mean −1: what is expected is then `shift`.
            pays = 1.0 + x + shift + rng.normal(size=2048)
            told = {"do_nothing": Candidate(np.zeros(2048), 0.0, 0.0), "commit": Candidate(pays, 0.3, 0.0)}
            count += recommend(told, Limits(), claim_weights={"c": np.exp(-x)}).fragile
        return count / sets

    # One side of a t with 7 degrees beyond 2: 4.3 %; of 300 the standard error is 1.2 %.
    assert flips(0.0) < 0.10
    assert flips(-0.5) > 0.95
    assert flips(0.5) == 0


def test_a_flip_within_its_error_is_said_to_be_undecided() -> None:
    told = {"do_nothing": Candidate(np.zeros(64), 0.0, 0.0), "commit": Candidate(np.full(64, 9.0), 0.4, 0.0)}
    found = replace(recommend(told, Limits()), undecided=("x",))
    sentence = str(with_sentence(found, "EUR").sentence)
    assert "Nothing turns it that these draws can tell from chance." in sentence
    assert "Too close to tell with as many futures as were simulated: whether it turns with x (x)." in sentence
    assert "Nothing that was tested turns it." in str(with_sentence(replace(found, undecided=()), "EUR").sentence)


def test_what_looks_like_a_flip_is_undecided_where_draws_are_few() -> None:
    """Among the lowest 30 % of the ranks it pays −1 with a sd of 8: 41 draws of 512 tell that to 1.25, 655 to 0.3."""
    for draws, turned in ((512, False), (8192, True)):
        rng = np.random.default_rng(8)
        u = rng.permutation((np.arange(draws) + 0.5) / draws)
        noise, low = 8.0 * rng.normal(size=draws), u < 0.3
        near = np.abs(u - 0.25) < 0.045
        for part in (near, low & ~near, ~low & ~near):
            noise[part] -= noise[part].mean()
        pays = np.where(low, -1.0, 3.0) + noise
        mean, error = local_mean(u, pays[:, None], 0.25)
        assert mean[0] < 0
        assert bool(-mean[0] > 2 * error[0]) == turned
        told = {"do_nothing": Candidate(np.zeros(draws), 0.0, 0.0), "commit": Candidate(pays, 0.4, 0.0)}
        found = recommend(told, Limits(), parameters={"u": u})
        assert ("u" in found.undecided, found.state) == (not turned, "leaning" if turned else "clear")
