# SPDX-License-Identifier: MIT
"""The curves of what is in hand, against a likelihood that is known."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from txsim.priors.distributions import Distribution
from txsim.results.run import Link
from txsim.workbench.bench import Answer, Bench
from txsim.workbench.in_hand import axis_of, curves, in_hand
from txsim.workbench.session import Session


@pytest.mark.parametrize(("centre", "width"), [(0.1, 0.35), (0.3, 0.5), (0.9, 0.4)])
def test_what_the_claims_say_is_their_likelihood_and_no_tail_of_it_is_cut(centre: float, width: float) -> None:
    """Prior log-normal, likelihood normal in the logarithm: what comes out is normal, by hand."""
    prior = Distribution("lognormal", (math.log(0.3), 1.2))
    precision = 1 / 1.2**2 + 1 / width**2
    mean = (math.log(0.3) / 1.2**2 + math.log(centre) / width**2) / precision
    draws = np.exp(np.random.default_rng(5).normal(mean, precision**-0.5, 8192))
    grid, logs = axis_of(prior)
    assert logs
    said = curves(grid, logs, prior, draws, (prior, draws))["claims"]
    values = np.array([0.0 if each is None else each for each in said])
    known = np.exp(-0.5 * ((np.log(grid) - math.log(centre)) / width) ** 2)
    high = known > 0.3
    # Some 8,000 draws smoothed tell a curve to a tenth of its height; where they get few its slope goes on.
    np.testing.assert_allclose(values[high] / values[high].max(), known[high] / known[high].max(), atol=0.12)
    seen = np.flatnonzero([each is not None for each in said])
    assert list(seen) == list(range(seen[0], seen[-1] + 1))
    for end in (seen[0], seen[-1]):
        assert values[end] < 0.02 or end in (0, grid.size - 1)
    np.testing.assert_allclose(values[~high], known[~high], atol=0.2)


def test_what_doubt_does_is_said_of_a_link_in_hand(opened: Callable[[], Session]) -> None:
    """Figures of a link are of the link in force: how likely it is none stands beside them, and nowhere else."""
    session = opened()
    answer = Bench(session.scenario_of({}), draws=256, seed=None).at_once(session.scenario_of({}))
    assert isinstance(answer, Answer)
    calibration = answer.payoff.forecast.calibration
    calibration = replace(calibration, links=(Link("ex_cx", 0.3, 0.02),))

    def said(name: str) -> list[str]:
        control = session.base.by_name[name]
        held = in_hand(control, control, answer.scenario, calibration, calibration, answer.scenario)
        return [text.replace("\N{NO-BREAK SPACE}", " ") for text in held["says"]]

    first = "That this link does nothing: 2 %, 30 % before evidence. Figures here hold if it does something."
    assert said("ex_cx")[0] == first
    assert len(said("ex_cx")) > 1
    assert first not in said("cx_ex")


def test_a_belief_that_no_evidence_speaks_of_has_the_pinned_one_beside_it(opened: Callable[[], Session]) -> None:
    session = opened()
    name = "service_desk.pushes[0].effect"
    answer = Bench(session.scenario_of({}), draws=256, seed=None).at_once(session.scenario_of({}))
    assert isinstance(answer, Answer)
    calibration = answer.payoff.forecast.calibration
    base = session.base.by_name[name]
    session.set(session.with_move(name, "middle", 2 * base.middle), name)
    now = session.controls(session.state).by_name[name]
    for pinned, peak in ((base, base.middle), (now, None)):
        held = in_hand(now, base, answer.scenario, calibration, calibration, answer.scenario, pinned=pinned)
        density = held["density"]
        if peak is None:
            assert "base" not in density  # it is what stands there
            continue
        at = density["grid"][int(np.argmax(density["base"]))]
        assert at == pytest.approx(peak, rel=0.35)  # the mode of its logarithms or of itself, near the middle
        assert at < density["grid"][int(np.argmax(density["prior"]))]
