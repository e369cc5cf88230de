# SPDX-License-Identifier: MIT
"""How firm a recommendation is: too close to call, and what would flip it (docs/model.md, section 7)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from txsim.decide.choice import Candidate, Limits, recommend


def stepped(shift: float) -> np.ndarray:
    """Return draws in eight batches with the means 1 … 8, plus a shift: twice the standard error is √3 = 1.732."""
    return np.concatenate([np.full(2, batch + shift) for batch in range(1, 9)])


@pytest.mark.parametrize(
    ("margin", "material", "close"),
    [
        (1.7, 0.0, True),  # under two standard errors
        (1.8, 0.0, False),
        (1.8, 1.9, True),  # over two standard errors, under what is material
        (1.7, 1.6, True),  # over what is material, under two standard errors
        (1.9, 1.8, False),
        (4.5, 5.0, True),
    ],
)
def test_too_close_is_under_the_larger_of_two_bounds(plain: Any, margin: float, material: float, close: bool) -> None:
    payoff = stepped(margin - 4.5)
    told = {"do_nothing": Candidate(np.zeros(16), 0.0, 0.0), "commit": Candidate(payoff, 0.0, 0.0)}
    found = recommend(told, Limits(material=material))
    assert found.margin == pytest.approx(margin)
    assert found.too_close is close
    assert plain(found)["too_close"] is close


def test_without_a_rival_nothing_is_close() -> None:
    assert not recommend({"commit": Candidate(stepped(0.0), 0.0, 0.0)}, Limits(material=1e9)).too_close


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
    assert plain(found)["fragile"] is True
    assert plain(found)["flips"][0] == {"kind": "claim", "name": "flips", "value": None, "option": "do_nothing"}


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
    """A hair above nothing: what has no effect is not named, whatever its regression says; 4 % of variance is."""
    rng = np.random.default_rng(9)
    x, noise = rng.normal(size=(2, 8192))
    idle = dict(zip("abcdefgh", rng.normal(size=(8, 8192)), strict=True))
    pays = noise - noise.mean() + 0.2 * (x - x.mean()) + 0.002
    told = {"do_nothing": Candidate(np.zeros(8192), 0.0, 0.0), "commit": Candidate(pays, 0.5, 0.0)}
    found = recommend(told, Limits(), parameters={"x": x, **idle})
    assert [flip.name for flip in found.flips] == ["x"]
