# SPDX-License-Identifier: MIT
"""Doubt from a file to the answer: what is stated, what a pilot makes of it, and what is wrong with it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import t

import txsim
from txsim.decide.sensitivity import analyse_sensitivity
from txsim.forecast import calibration_spec, forecast
from txsim.forecast.pilot_evidence import during, months_of
from txsim.inference.spec import prior_draws

PILOT = Path(__file__).resolve().parents[2] / "scenarios/service_desk_pilot.yaml"
READING = {"node": "cx", "points": 0.0, "error": 0.1, "degrees": 40, "randomised": "true"}


def loaded(*overrides: str) -> txsim.Scenario:
    return txsim.load(PILOT, overrides=overrides)


def test_where_it_is_stated_it_is_content() -> None:
    plain, doubted = loaded(), loaded("priors.doubt.ex_cx=20 %")
    assert "doubt" not in plain.content["priors"]
    assert doubted.content["priors"]["doubt"] == {"ex_cx": 0.2}
    assert doubted.hash != plain.hash
    assert calibration_spec(doubted).doubt == {"ex_cx": 0.2}
    # No doubt at all is no doubt, whatever the order of the others.
    one = calibration_spec(loaded("priors.doubt={mx_cx: 0.1, ex_cx: 0.2, ux_ex: 0}"))
    other = calibration_spec(loaded("priors.doubt={ex_cx: 0.2, mx_cx: 0.1}"))
    assert (one.hash, one.names) == (other.hash, other.names)
    assert calibration_spec(loaded("priors.doubt.ex_cx=0")).hash == calibration_spec(plain).hash
    again = txsim.Scenario.model_validate({"priors": doubted.content["priors"]})
    assert again.link_doubt == doubted.link_doubt


def test_a_pack_may_say_it_and_the_scenario_wins(tmp_path: Path) -> None:
    pack = tmp_path / "ours.yaml"
    pack.write_text("title: Ours\nwhy: a trial\npriors:\n  doubt: {ex_cx: 40 %, mx_cx: 10 %}\n", "utf-8")
    found = txsim.load(PILOT, pack=str(pack), overrides=["priors.doubt.mx_cx=0.3"])
    assert found.link_doubt == {"ex_cx": 0.4, "mx_cx": 0.3}


@pytest.mark.parametrize(
    ("told", "path", "words"),
    [
        ("doubt: {ex_cy: 20 %}", "priors.doubt.ex_cy", "did you mean `ex_cx`"),
        ("doubt: {churn_cx: 20 %}", "priors.doubt.churn_cx", "no link of the graph"),
        ("doubt: {mx -> cx: 20 %}", "priors.doubt.mx -> cx", "write mx_cx"),
        ("doubt: {ex_cx: 120 %}", "priors.doubt.ex_cx", "outside what is possible"),
        ("doubt: {ex_cx: 1}", "priors.doubt.ex_cx", "edges: {ex -> cx: off}"),
        ("doubt: {ex_cx: .1, cx_ex: .1, ux_ex: .1, mx_cx: .1, uxe_cx: .1}", "priors.doubt", "the limit is 4"),
        ("doubt: 0.2", "priors.doubt", "expected"),
    ],
)
def test_faults_are_located(told: str, path: str, words: str) -> None:
    text = f"title: faulty\npriors:\n  {told}\n"
    with pytest.raises(txsim.InputError) as caught:
        txsim.loads(text)
    mine = [problem for problem in caught.value.problems if problem.path == path]
    assert mine, [problem.path for problem in caught.value.problems]
    assert words in f"{mine[0].message} {mine[0].hint}"
    assert mine[0].line == 3


def test_below_the_top_it_is_asked_where_it_belongs() -> None:
    with pytest.raises(txsim.InputError, match="belongs under `priors`"):
        txsim.loads("title: x\ndoubt: {ex_cx: 20 %}\n")


def test_a_pilot_without_effect_makes_a_link_doubtful() -> None:
    """By Bayes' rule on draws that know of no pilot, spill integrated by quadrature."""
    short = ("evidence.use=none", "priors.doubt.ex_cx=40 %", "horizon_months=12")  # the pilot ends before
    plain = loaded(*short)
    entry = ", ".join(f"{key}: {value}" for key, value in READING.items())
    piloted = loaded(*short, f"pilots={{entries: [{{{entry}}}]}}")
    before = forecast(plain, draws=16384, trajectories=True)
    told = forecast(piloted, draws=4096).summary().links[0]
    assert before.summary().links[0].posterior_doubt == pytest.approx(0.41, abs=0.03)
    assert piloted.pilots is not None
    reading = piloted.pilots.entries[0]
    moved = during(plain, before.outcome, "cx", months_of(plain, reading))
    shown = 1.0 - (1.0 - (np.arange(100) + 0.5) / 100) ** (1 / 9)  # quantiles of Beta(1, 9)
    weight = t.pdf((0.0 - moved[:, None] * (1.0 - shown)) / 0.1, 40).mean(axis=1)
    off = before.drawn.parameters["link[ex_cx]"] == 0
    expected = weight[off].sum() / weight.sum()
    assert told.doubt == 0.4
    assert told.posterior_doubt == pytest.approx(expected, abs=0.03)
    assert told.posterior_doubt > 0.45


def test_what_a_link_is_worth_to_know_is_told() -> None:
    source = forecast(loaded("evidence.use=none", "priors.doubt.ex_cx=40 %"), draws=2048)
    found = analyse_sensitivity(source)
    link = next(each for each in found.parameters if each.name == "link[ex_cx]")
    # Tornado and value by hand: two values, two means.
    held = source.drawn.parameters["link[ex_cx]"] > 0
    npv = source.npv("commit")
    off, on = float(npv[~held].mean()), float(npv[held].mean())
    assert (link.low.value, link.high.value) == (pytest.approx(off), pytest.approx(on))
    worth = held.mean() * max(on, 0) + (1 - held.mean()) * max(off, 0) - max(float(npv.mean()), 0)
    assert link.evppi.value == pytest.approx(worth, abs=1e-6 * abs(npv).max())
    # It is judged by its own row: the difference of two means against the error of such a difference.
    error = np.sqrt(npv[held].var() / held.sum() + npv[~held].var() / (~held).sum())
    assert abs(on - off) > 4 * error
    assert not link.within_noise
    assert link.break_even is not None or (on > 0) == (off > 0)
    assert "link[ex_cx]" in next(g for g in found.groups if g.name == "experience").members


def test_a_prior_that_reaches_below_nothing_is_allowed_and_said() -> None:
    from txsim.scenario.plausibility import warnings

    told = loaded("priors.mx_cx={interval: [-0.1, 0.4]}")
    assert told.priors["mx_cx"].family == "normal"
    said = [problem for problem in warnings(told) if problem.path == "priors.mx_cx"]
    assert "you allow that it harms: 16 %" in str(said[0].message)
    assert (prior_draws(calibration_spec(told), 4096, 1)["mx_cx"] < 0).mean() == pytest.approx(0.16, abs=0.02)
    assert not [problem for problem in warnings(loaded()) if "harms" in str(problem.message)]
    with pytest.raises(txsim.InputError, match="beyond what is possible"):
        loaded("priors.churn_cx={interval: [-0.1, 0.4]}")
