# SPDX-License-Identifier: MIT
"""What the page shows is what ``txsim run`` prints of the saved file; what is weighed is that within its noise."""

from __future__ import annotations

import asyncio
import json
import math
import random
import runpy
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.command import ROOT, txsim
from tests.workbench.serving import Served
from txsim.errors import InputError
from txsim.inference import CalibrationSpec
from txsim.inference.tuning import BeliefDraws, Tuner
from txsim.language.numbers import unit_of
from txsim.results.belief_comparison import Change
from txsim.simulate.statistics import mcse
from txsim.workbench import saving, settling
from txsim.workbench.bench import EXACT, Answer, Bench
from txsim.workbench.session import Session
from txsim.workbench.words import carried, moved, verdict_said

Opened = Callable[[], Session]
DRAWS = 1024


def printed(file: Path) -> dict[str, Any]:
    done = txsim("run", file, "--draws", str(DRAWS), "--json", "--quiet")
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def shown(answer: Answer) -> dict[str, float | None]:
    commit = answer.figures["commit"]
    back = commit.payback_month
    return {
        "mean": commit.npv.mean, "mcse": commit.npv.mcse, "p05": commit.npv.p05, "p95": commit.npv.p95,
        "p_loss": commit.p_loss.value, "cvar05": commit.cvar05.value,
        "payback": None if back is None else back.p_within_horizon,
        "last": answer.course.mean[-1],
    }  # fmt: skip


def of_run(run: dict[str, Any]) -> dict[str, float | None]:
    commit = run["options"]["commit"]
    back = commit["payback_month"]
    return {
        **{key: commit["npv"][key] for key in ("mean", "mcse", "p05", "p95")},
        "p_loss": commit["p_loss"]["value"], "cvar05": commit["cvar05"]["value"],
        "payback": None if back is None else back["p_within_horizon"],
        "last": commit["npv"]["mean"],
    }  # fmt: skip


def saved(session: Session) -> None:
    edit = saving.edit_of(session, by="Test", why="to compare")
    saving.save(session, by="Test", why="to compare", digest=edit.digest)


def moved_somewhere(session: Session, chance: random.Random, names: list[str]) -> bool:
    """Move one control to a place of its slider; a place where it cannot stand is none."""
    name = chance.choice(names)
    control = session.control(name)
    share = chance.uniform(0.05, 0.95)
    value = control.low * (control.high / control.low) ** share if control.log else (
        control.low + (control.high - control.low) * share
    )  # fmt: skip
    value = float(round(value)) if control.whole else value
    try:
        session.set(session.with_move(name, "middle", value), name)
    except InputError:
        return False
    return True


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_plans_moved_at_random_are_what_run_prints(opened: Opened, file: Path, seed: int) -> None:
    session = opened()
    bench = Bench(session.scenario_of({}), draws=DRAWS, seed=None)
    chance = random.Random(seed)
    plans = [c.name for c in session.base if c.group not in ("evidence", "links", "beliefs", "doubt")]
    assert sum(moved_somewhere(session, chance, plans) for _ in range(6)) >= 3
    answer = bench.at_once(session.scenario_of(session.state))
    assert isinstance(answer, Answer)
    assert answer.how in EXACT
    verdict = bench.verdict(answer, claims=True)
    saved(session)
    run = printed(file)
    assert shown(answer) == pytest.approx(of_run(run), rel=1e-12)
    assert str(verdict.recommendation.sentence) == run["recommendation"]["sentence"]


def test_each_of_a_few_moves_through_the_socket_is_what_run_prints_of_the_saved_file(file: Path) -> None:
    """What the benchmark does with two hundred moves, with a few: every figure of page and fan, through the socket."""
    benchmark = runpy.run_path(str(ROOT / "benchmarks" / "workbench_equality.py"))
    plans = ("service_desk.one_off", "service_desk.delivery", "discount_rate", "horizon_months", "pilot.months")
    with Served(file).running() as served:
        compared = benchmark["compared"](
            served.address, file, moves=4, seconds=600, seed=2, draws=DRAWS, names=lambda name: name in plans
        )
        outcome = asyncio.run(compared)
    assert outcome["moves"] == 4, outcome
    assert outcome["figures a move"] > 100
    assert outcome["moves that differ"] == []
    page = {"npv": 1000.0, "p_loss": 0.5}
    assert set(benchmark["differences"](page, {"npv": 1000.001})) == {"npv", "p_loss"}  # it would see one


MOVES = [
    ("ex_cx", "middle", 0.5),
    ("credibility:sears-1998", "middle", 0.8),
    ("attrition_ex", "high", 0.04),
    ("credibility:vendor_claim", "middle", 0.3),
    ("confounding", "middle", 0.35),
]


def not_kept(tuner: Tuner, spec: CalibrationSpec, at_hand: Any = Tuner.at_hand) -> BeliefDraws | None:
    """Look at draws of the starting point alone: an earlier test may have sampled the others, and they are stored."""
    return at_hand(tuner, spec) if spec.hash == tuner.spec.hash else None


def test_beliefs_are_weighed_within_the_noise_and_settle_on_what_run_prints(
    opened: Opened, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Tuner, "at_hand", not_kept)
    session = opened()
    bench = Bench(session.scenario_of({}), draws=DRAWS, seed=None)
    bench.at_once(session.scenario_of({}))
    weighed = []
    for name, part, value in MOVES:
        session.set(session.with_move(name, part, value), name)  # type: ignore[arg-type]
        answer = bench.at_once(session.scenario_of(session.state))
        if isinstance(answer, Answer):
            assert answer.how == "weighed"
            weighed.append((answer, session.overrides(session.state)))
    assert len(weighed) >= 3
    monkeypatch.undo()
    for answer, overrides in (weighed[0], weighed[-1]):
        assert settling._settle(file, None, overrides, DRAWS) == ""
        exact = bench.settled(answer.scenario)
        assert exact is not None
        assert exact.how in EXACT
        one, other = answer.payoff, exact.payoff
        error = math.hypot(*(float(p.forecast.figures().options["commit"].npv.mcse) for p in (one, other)))
        assert abs(one.npv("commit").mean() - other.npv("commit").mean()) < 3 * error
        loss = [(p.worth("commit") < 0).astype(float) for p in (one, other)]
        noise = math.hypot(*(mcse(each, lambda part: float(part.mean())) for each in loss), 0.01)
        assert abs(loss[0].mean() - loss[1].mean()) < 3 * noise
    assert exact.scenario.hash == session.scenario_of(session.state).hash
    saved(session)
    assert shown(exact) == pytest.approx(of_run(printed(file)), rel=1e-12)


def test_what_is_weighed_is_whole(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    """Policies, course and paths of weighed draws rest on the same futures as the figures."""
    monkeypatch.setattr(Tuner, "at_hand", not_kept)
    session = opened()
    bench = Bench(session.scenario_of({}), draws=DRAWS, seed=None)
    bench.at_once(session.scenario_of({}))
    session.set(session.with_move("ex_cx", "middle", 0.33), "ex_cx")
    answer = bench.at_once(session.scenario_of(session.state))
    assert isinstance(answer, Answer)
    assert answer.payoff.base is not None  # the simulated futures themselves carry the weights
    mean = answer.payoff.npv("commit").mean()
    assert answer.course.mean[-1] == pytest.approx(mean, rel=1e-9)
    verdict = bench.verdict(answer)
    assert verdict.recommendation.mean_npv["commit"] == pytest.approx(mean, rel=1e-9)
    carried = bench.carried(answer, verdict)
    assert carried is not None
    assert sum(path.shapley_npv for path in carried.paths) == pytest.approx(mean, rel=1e-6)
    with pytest.raises(ValueError, match="other places"):
        answer.payoff.forecast.drawn.from_posterior(answer.payoff.npv("commit"))


@pytest.mark.parametrize(
    ("change", "error", "grain", "words"),
    [
        (-16_234.0, 320.0, 100.0, "−16.2 is more than the noise, ±0.3"),
        (-16_234.0, 32.0, 100.0, "−16.2 is more than the noise, ±0.03"),
        (-29_025.0, 1.0, 100.0, "−29.0 is more than the noise, ±0.001"),
        (-29_025.0, 0.4, 100.0, "−29.0; both on the same futures, the error is less than can be shown"),
        (5_741.0, 0.0, 1_000.0, "+6; both on the same futures, the error is less than can be shown"),
        (0.0, 0.0, 1_000.0, "less than the noise: no change to speak of"),
        (60_100.0, 3_000.0, 1_000.0, "+60 is more than the noise, ±3"),
        (220.0, 70.0, 1_000.0, "+0.2 is more than the noise, ±0.1"),
        (1_000.0, 700.0, 1_000.0, "less than the noise: no change to speak of"),
    ],
)
def test_an_error_is_never_shown_as_none(change: float, error: float, grain: float, words: str) -> None:
    assert moved(Change(change, error), unit_of(90_000.0, "EUR"), grain=grain) == words


def test_a_baseline_on_which_nothing_is_to_be_done_says_so(file: Path, opened: Opened) -> None:
    session = opened()
    state = session.with_move("service_desk.one_off", "middle", 900_000)
    bench = Bench(session.scenario_of({}), draws=256, seed=None)
    verdict = bench.verdict(bench.at_once(session.scenario_of(state)))  # type: ignore[arg-type]
    assert verdict.recommendation.option == "do_nothing"
    said = verdict_said(verdict, verdict, "EUR", whole=False)
    assert said["was"].lower().startswith("baseline: do nothing")


@pytest.mark.parametrize(
    ("part", "value"),
    [("low", 0.03), ("low", 0.1), ("low", 0.2), ("high", 0.5), ("high", 0.8), ("high", 1.5), ("high", 4.0)],
)
def test_one_end_of_a_link_by_itself_is_answered_without_compiling(opened: Opened, part: Any, value: float) -> None:
    """A skewed belief is what a room asks for all the time: weights or chains of the model that is there answer."""
    session = opened()
    bench = Bench(session.scenario_of({}), draws=DRAWS, seed=None)
    bench.at_once(session.scenario_of({}))
    scenario = session.scenario_of(session.with_move("ex_cx", part, value, alone=True))
    assert scenario.priors["ex_cx"].family == "split_lognormal"
    assert isinstance(bench.at_once(scenario), Answer)
    assert bench.samples_nearby(scenario)


def test_what_carries_is_told_in_the_same_digits_and_a_large_change_in_three() -> None:
    assert (
        moved(Change(-566_710.0, 10.0), unit_of(900_000.0, "EUR"), grain=1_000.0)
        == "−567 is more than the noise, ±0.01"
    )
    paths = [SimpleNamespace(path=name, meaning=name, shapley_npv=value)
             for name, value in (("a", 147_000.0), ("b", 55_000.0), ("c", 47_300.0), ("d", -2_600.0))]  # fmt: skip
    said = carried(SimpleNamespace(paths=paths), None, {"divisor": 1000.0, "name": "k EUR"})  # type: ignore[arg-type]
    assert [row["text"] for row in said["rows"]] == ["147", "55", "47", "−3"]
