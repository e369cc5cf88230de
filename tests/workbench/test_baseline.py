# SPDX-License-Identifier: MIT
"""A baseline that was pinned while figures were weighed: what is said of the difference, and what it settles on."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable

import numpy as np
import pytest

from tests.command import txsim
from txsim.inference import CalibrationSpec
from txsim.inference.tuning import BeliefDraws, Tuner
from txsim.workbench import settling
from txsim.workbench.bench import EXACT, Answer, Bench
from txsim.workbench.session import Session, State
from txsim.workbench.words import answered

DRAWS = 1024


def only_the_files_own(tuner: Tuner, spec: CalibrationSpec, at_hand: object = Tuner.at_hand) -> BeliefDraws | None:
    return at_hand(tuner, spec) if spec.hash == tuner.spec.hash else None  # type: ignore[operator, no-any-return]


def answer_of(bench: Bench, session: Session, state: State) -> Answer:
    answer = bench.at_once(session.scenario_of(state))
    assert isinstance(answer, Answer)
    return answer


def test_a_pin_of_weighed_figures_is_judged_and_exact_only_once_both_are_refitted(
    opened: Callable[[], Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    session = opened()
    bench = Bench(session.scenario_of({}), draws=DRAWS, seed=None)
    bench.at_once(session.scenario_of({}))
    monkeypatch.setattr(Tuner, "at_hand", only_the_files_own)
    session.set(session.with_move("ex_cx", "middle", 0.33), "ex_cx")
    session.pin()
    session.set(session.with_move("service_desk.one_off", "middle", 30_000), "service_desk.one_off")
    was, now = answer_of(bench, session, session.pinned), answer_of(bench, session, session.state)
    assert was.how == "weighed"
    note = answered(now, was)["tiles"][0]["note"]
    assert "so far: judged once both are refitted" in note
    assert "noise" not in note
    # The printed error holds both: no smaller than what either mean has as that of so many independent draws.
    error = float(re.findall(r"±([\d.,]+)", note)[0].replace(",", ""))
    unit = answered(now, was)["unit"]["divisor"]
    each = [float(np.std(a.payoff.worth("commit"))) / math.sqrt(DRAWS) for a in (was, now)]
    assert error * unit >= 0.9 * math.hypot(*each)
    # Once chains of both are there the pin is not what was weighed, and the difference is that of the plans alone.
    monkeypatch.undo()
    assert settling._settle(session.path, None, session.overrides(session.pinned), DRAWS) == ""
    exact_was, exact_now = answer_of(bench, session, session.pinned), answer_of(bench, session, session.state)
    assert {exact_was.how, exact_now.how} <= set(EXACT)
    gap = exact_now.figures["commit"].npv.mean - exact_was.figures["commit"].npv.mean
    means = []
    for state in (session.pinned, session.state):
        sets = [part for override in session.overrides(state) for part in ("--set", override)]
        done = txsim("run", session.path, *sets, "--draws", str(DRAWS), "--json", "--quiet")
        assert done.returncode == 0, done.stderr
        means.append(json.loads(done.stdout)["options"]["commit"]["npv"]["mean"])
    assert gap == pytest.approx(means[1] - means[0], rel=1e-9)
    said = answered(exact_now, exact_was)["tiles"][0]["note"]
    assert "is more than the noise" in said
