# SPDX-License-Identifier: MIT
"""What would settle an open question: closed forms, words that name no winner, one figure for two commands."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm

from txsim import catalogues
from txsim.decide.advice import advise, advised
from txsim.decide.choice import recommend
from txsim.decide.sensitivity import analyse_sensitivity
from txsim.decide.sentences import with_sentence
from txsim.decide.settlement import settlement, settlement_of_several
from txsim.forecast import Forecast, forecast
from txsim.forecast.criterion import Candidate, Limits
from txsim.pilot.analysis import analyse_pilot
from txsim.report.compose import compose
from txsim.report.markdown import as_markdown
from txsim.report.reading import result_of
from txsim.results.codec import from_json
from txsim.results.pilot import proposed
from txsim.results.quantities import Estimate
from txsim.results.recommendation import Knowing, Piloting, Recommendation, Settlement
from txsim.scenario import Scenario, loads

#: Words by which an option is recommended.
WINNER = re.compile(r"recommend|Leaning to|Commit now|Pilot first|Do nothing yet|should|better to", re.IGNORECASE)


def firm(seed: int, one_off: float, pilot: float | None = None) -> Scenario:
    """Return a firm of figures that are drawn from a seed, with a driver and perhaps a pilot of these costs."""
    rng = np.random.default_rng(seed)
    text = f"""
organisation:
  index: {{ux_employee: 55, ux_customer: 60, mx: 50, cx: {{value: 32, scale: nps}}, ex: {{value: 14, scale: enps}}}}
  staff: {{front: {{headcount: {rng.integers(50, 900)}, turnover_per_year: 0.25, salary_per_year: 30000}}}}
  customers: {rng.integers(2000, 90000)}
  churn_per_month: 0.018
  arpu_per_month: {rng.integers(50, 400)}
  contribution_margin: 0.25
drivers:
  - name: desk
    pushes: [{{node: ex, group: front, effect: {{median: {rng.uniform(2, 12):.2f}, factor: 1.6}}, months: 3}}]
    one_off: {one_off}
"""
    more = "" if pilot is None else f"pilot: {{months: 6, scope: 20 %, one_off: {pilot}, respondents: 60}}\n"
    return loads(text + more)


def root(mean: Callable[[float], float], step: float = 10_000.0) -> int:
    """Return the cost at which a payoff, linear in it, is expected to be nothing."""
    free = mean(0.0)
    return round(free * step / (free - mean(step)))


@cache
def break_even(seed: int, *, pilot: bool) -> Forecast:
    """Return a forecast of a programme that is expected to pay nothing, and with a pilot of one that pays nothing."""

    def simulated(one_off: float, pilot_cost: float | None = None) -> Forecast:
        return forecast(firm(seed, one_off, pilot_cost), draws=256, prior_only=True)

    cost = root(lambda one_off: float(simulated(one_off).npv("commit").mean()))
    if not pilot:
        return simulated(cost)
    dearer = 1.2 * cost  # so that committing is out of the question, which is whether to pilot at all
    return simulated(dearer, root(lambda own: advise(simulated(dearer, own)).mean_npv["pilot_then_decide"]))


@pytest.fixture(scope="module", params=[(seed, pilot) for seed in range(4) for pilot in (False, True)])
def opened(request: pytest.FixtureRequest) -> tuple[Forecast, Recommendation]:
    seed, pilot = request.param
    found = break_even(seed, pilot=pilot)
    return found, advise(found)


def stub(payoff: np.ndarray, quantities: dict[str, np.ndarray]) -> Any:
    """Return what is read of a forecast whose committing pays this."""
    drawn = SimpleNamespace(uncertain=quantities, quantities={}, parameters={})  # nothing that could be simulated
    return SimpleNamespace(draws=payoff.size, drawn=drawn, scenario=firm(0, 1000.0))


def words_of(payoff: np.ndarray, quantities: dict[str, np.ndarray]) -> tuple[Settlement, str]:
    """Return what would settle the choice between a payoff and nothing, and the sentence about it."""
    size = payoff.size
    options = {
        "do_nothing": Candidate(np.zeros(size), 0.0, 0.0),
        "commit": Candidate(payoff, float((payoff < 0).mean()), 0.0, 1e7),
    }
    advice = recommend(options, Limits(material=0.05))
    assert advice.state == "open"
    found = settlement(stub(payoff, quantities), options, Limits())
    sentence = str(with_sentence(replace(advice, settlement=found), "EUR").sentence)
    return found, sentence.replace("\N{NO-BREAK SPACE}", " ")


def test_the_figure_of_the_sentence_is_the_closed_form() -> None:
    """Payoff m + a·x + b·z, both normal: knowing x is worth s·(φ(d) − d·Φ(−d)) with s = a and d = |m|/s."""
    rng = np.random.default_rng(7)
    x, z, w = rng.normal(size=(3, 8192))
    mean, a, b = 20_000.0, 100_000.0, 60_000.0
    found, sentence = words_of(mean + a * x + b * z, {"w": w, "z": z, "x": x})
    known = {each.name: each for each in found.quantities}
    assert [each.name for each in found.quantities[:2]] == ["x", "z"]
    for name, sd in (("x", a), ("z", b)):
        d = mean / sd
        exact = sd * (norm.pdf(d) - d * norm.cdf(-d))
        error = known[name].evppi.mcse
        # Eight batches tell the error itself to a quarter or so.
        assert known[name].evppi.value == pytest.approx(exact, abs=5 * error)
        assert 0 < error < 0.1 * exact
    told = re.search(r"before committing or waiting: x, worth up to ([\d.]+) k EUR\.", sentence)
    assert told is not None, sentence
    printed = float(told[1]) * 1000
    d = mean / a
    assert printed == pytest.approx(a * (norm.pdf(d) - d * norm.cdf(-d)), abs=5 * known["x"].evppi.mcse + 1000)
    assert "z" not in sentence.partition("waiting:")[2]  # worth clearly less


def test_two_that_cannot_be_told_apart_are_both_named() -> None:
    rng = np.random.default_rng(8)
    x, z = rng.normal(size=(2, 4096))
    _found, sentence = words_of(100_000.0 * (x + z), {"x": x, "z": z})
    assert re.search(r"one of two things .*: [xz], worth up to \d+ k EUR, or [xz], up to \d+ k EUR\.", sentence)


def test_what_is_worth_nothing_beyond_chance_is_not_told() -> None:
    """What moves committing by a tenth of its margin never changes the choice; what it has no part in never does."""
    rng = np.random.default_rng(9)
    x, z = rng.normal(size=(2, 4096))
    found, sentence = words_of(50_000.0 + 5_000.0 * x, {"x": x, "z": z})
    assert found.quantities
    assert all(each.evppi.value <= 2 * each.evppi.mcse for each in found.quantities)
    assert "Knowing no single quantity would settle it" in sentence
    assert "worth up to" not in sentence


def test_a_link_that_may_do_nothing_counts_as_a_quantity() -> None:
    """Half of the futures have it and gain 100 k, half lose as much: knowing it is worth exactly half of 100 k."""
    link = np.tile([0.0, 1.0], 2048)
    rng = np.random.default_rng(10)
    found, sentence = words_of(200_000.0 * (link - 0.5), {"link[ex_cx]": link, "x": rng.normal(size=4096)})
    assert found.quantities[0].name == "link[ex_cx]"
    assert found.quantities[0].evppi.value == pytest.approx(50_000)
    assert "presence of this link" in sentence


def test_beyond_a_limit_knowledge_is_worth_what_it_opens() -> None:
    """A budget that no knowledge keeps leaves nothing to know for; a limit on losses is kept where gain is known."""
    payoff = np.random.default_rng(1).normal(size=512)
    lost = (payoff < 0).astype(float)
    commit = Candidate(payoff, float(lost.mean()), 0.0, 5.0, lost=lost, costs=np.full(512, 5.0))
    options = {"do_nothing": Candidate(np.zeros(512), 0.0, 0.0), "commit": commit}

    def worth(limits: Limits) -> float:
        return settlement(stub(payoff, {"x": payoff}), options, limits).quantities[0].evppi.value

    assert worth(Limits(max_pv_cost=4.0)) == 0.0
    assert worth(Limits(max_p_loss=0.1)) == pytest.approx(np.maximum(payoff, 0.0).mean(), abs=0.05)


def test_open_questions_name_no_winner_in_any_sentence(opened: tuple[Forecast, Recommendation]) -> None:
    _found, advice = opened
    if advice.state != "open":
        assert advice.settlement is None
        return
    assert advice.settlement is not None
    for text in (advice.sentence, advice.lead, advice.because):
        assert not WINNER.search(str(text)), text
    assert str(advice.sentence).count("There is no clear choice.") == 1
    assert re.search(r"What would settle it best|Knowing no single quantity", str(advice.because))
    with catalogues.speaking("ru"):
        assert not re.search(r"[Рр]екоменд|перевес|Внедрять сразу\.|Начать с пилота\.", str(advice.sentence))


def test_most_of_these_scenarios_are_open() -> None:
    """Else the test above says nothing."""
    for pilot in (False, True):
        states = [advise(break_even(seed, pilot=pilot)).state for seed in range(4)]
        assert states.count("open") >= 3, states


def test_run_and_sensitivity_tell_one_figure(opened: tuple[Forecast, Recommendation]) -> None:
    found, advice = opened
    if advice.settlement is None:
        return
    table = analyse_sensitivity(found)
    by_name = {each.name: each for each in table.parameters}
    assert len(advice.settlement.quantities) == 3
    for each in advice.settlement.quantities:
        assert each.evppi == by_name[each.name].evppi
        stated = by_name[each.name].stated
        assert stated is not None
        assert (each.unit, each.p05, each.p95) == (stated.unit, pytest.approx(stated.p05), pytest.approx(stated.p95))
    # What is looked at holds the most valuable of all, but for what the errors leave open.
    best, first = table.parameters[0].evppi, advice.settlement.quantities[0].evppi
    assert first.value >= best.value - 3 * math.hypot(best.mcse, first.mcse)
    assert table.recommendation.settlement == advice.settlement


def test_page_and_terminal_and_json_carry_it() -> None:
    found = next(f for f in (break_even(seed, pilot=False) for seed in range(4)) if advise(f).state == "open")
    found = advised(found)
    result = result_of(found)
    assert found.recommendation is not None
    assert found.recommendation.settlement is not None
    said = str(found.recommendation.because)
    said = said[said.index("What would settle it") if "What would settle it" in said else 0 :]
    for page, level in ((True, "full"), (False, "brief")):
        text = as_markdown(compose([result], level, page=page))
        plain = re.sub(r"[\\*`\s\N{NO-BREAK SPACE}]+", " ", text)
        assert re.sub(r"[`\s\N{NO-BREAK SPACE}]+", " ", said)[:60] in plain
        assert "It hangs most on this" not in text
    kept = result.answer.to_json()["recommendation"]["settlement"]
    assert [each["name"] for each in kept["quantities"]] == [
        each.name for each in found.recommendation.settlement.quantities
    ]
    assert from_json(result.answer.to_json()).recommendation.settlement.quantities[0].evppi.value == pytest.approx(
        found.recommendation.settlement.quantities[0].evppi.value
    )


def test_the_best_pilot_is_that_of_those_tried() -> None:
    found = next(f for f in (break_even(seed, pilot=True) for seed in range(4)) if advise(f).state == "open")
    alone = advise(found).settlement
    answer = analyse_pilot(found, scopes=(0.1, 0.4), months=(3, 9), respondents=(25.0, 100.0))
    assert alone is not None
    assert alone.pilot is not None
    # The stated pilot is worth the same by its own path as by the table of designs.
    assert alone.pilot.pilot_net.value == pytest.approx(answer.pilot_net.value, rel=1e-6, abs=1e-6)
    assert (alone.pilot.months, alone.pilot.tried) == (6, 1)
    assert answer.recommendation is not None
    of_all = answer.recommendation.settlement
    assert of_all is not None
    assert of_all.pilot is not None
    assert of_all.pilot.tried == len(answer.design)
    # What is offered as settling the question tells something; else it is the smaller first step that pays most.
    telling = [each for each in answer.design if 2.0 * each.rule_value.value >= each.pilot_net.value > 0.0]
    most_worth = max(each.pilot_net.value for each in telling or answer.design)
    assert of_all.pilot.pilot_net.value == pytest.approx(most_worth, abs=0.001)
    assert of_all.quantities == alone.quantities
    # Half a roll-out that is stopped whatever is read pays more than any, and is not what would settle the question.
    known, most = next(iter(answer.design)), 1e6
    step = replace(known, months=3, pilot_net=Estimate(2.0 * most, 1.0), rule_value=Estimate(0.1 * most, 1.0))
    tells = replace(known, months=9, pilot_net=Estimate(most, 1.0), rule_value=Estimate(1.5 * most, 1.0))
    offered = advise(found, designs=(step, tells)).settlement
    assert offered is not None
    assert offered.pilot is not None
    assert (offered.pilot.months, offered.pilot.settles) == (9, True)
    # Of two that are worth the same but for rounding the one that asks nobody; and of its rule nothing hangs on that.
    nobody = replace(tells, respondents=0.0, pilot_net=Estimate(most - 1e-9, 1.0))
    offered = advise(found, designs=(tells, nobody)).settlement
    assert offered is not None
    assert offered.pilot is not None
    assert offered.pilot.respondents == 0.0
    assert proposed(nobody, tells) is nobody
    assert proposed(tells, nobody) is tells
    left = advise(found, designs=(step,))
    assert left.settlement is not None
    assert left.settlement.pilot is not None
    assert (left.settlement.pilot.pays, left.settlement.pilot.settles) == (True, False)
    assert "as a smaller first step" in str(left.because)


@pytest.mark.parametrize(
    ("net", "error", "reading", "tried", "people", "said"),
    [
        (1234.0, 100.0, 1500.0, 1, 40.0, "The pilot as written (6 months, 40 answers a wave) is worth 1.2 k EUR more"),
        (1234.0, 700.0, 1500.0, 1, 40.0, "The pilot as written is not worth more than it costs, as far as these draws"),
        (-5000.0, 10.0, 0.0, 1, 40.0, "The pilot as written is not worth more than it costs, as far as these draws"),
        (
            1234.0,
            100.0,
            700.0,
            9,
            0.0,
            "Of 9 pilots tried the best that pays by what it tells (6 months, 20 % of",
        ),
        (1234.0, 700.0, 1500.0, 9, 0.0, "None of 9 pilots tried is worth more than it costs"),
        # What is gained whatever is read is a smaller first step, and settles nothing.
        (
            6000.0,
            10.0,
            200.0,
            1,
            40.0,
            "but as a smaller first step: to choose by what it reads is worth 200 EUR, ",
        ),
        (
            6000.0,
            10.0,
            200.0,
            9,
            40.0,
            "None of 9 pilots tried pays by what it tells. The one that pays most (6 mo",
        ),
        (6000.0, 10.0, 0.0, 1, 40.0, "to choose by what it reads is worth 0 EUR, and it settles little"),
    ],
)
def test_a_pilot_is_told_to_pay_only_beyond_its_error_and_by_what_it_tells(
    net: float, error: float, reading: float, tried: int, people: float, said: str
) -> None:
    told = Settlement((), Piloting(6, 0.2, people, Estimate(net, error), Estimate(reading, error), tried))
    advice = recommend(
        {
            "do_nothing": Candidate(np.zeros(16), 0.0, 0.0),
            "commit": Candidate(np.tile([-1.0, 1.0], 8), 0.5, 0.0, 100.0),
        },
        Limits(material=0.05),
    )
    sentence = str(with_sentence(replace(advice, settlement=told), "EUR").because).replace("\N{NO-BREAK SPACE}", " ")
    assert said in sentence
    assert "What would settle" not in sentence  # nothing is said of quantities where none was looked at


def test_digits_follow_the_error() -> None:
    told = Settlement((Knowing("x", Estimate(123_456.0, 20_000.0), "the effect"),))
    advice = Recommendation(
        "do_nothing", "mean_npv", 0.0, 0.0, True, False, (), "commit", {"do_nothing": 0.0, "commit": 1.0}
    )
    advice = replace(advice, best="commit", contenders=("commit", "do_nothing"), settlement=told)
    sentence = str(with_sentence(advice, "EUR").because).replace("\N{NO-BREAK SPACE}", " ")
    assert "the effect, worth up to 120 k EUR" in sentence
    # A pilot is worth the difference of two means, and has their digits, as the section of the pilot has it.
    piloted = Settlement((), Piloting(6, 0.2, 50.0, Estimate(12_340.0, 310.0), Estimate(12_340.0, 310.0), 81))
    sentence = str(with_sentence(replace(advice, settlement=piloted, resolution=1e3), "EUR").because)
    assert "is worth 12 k EUR more than it costs" in sentence.replace("\N{NO-BREAK SPACE}", " ")
    # Of two options of one kind nobody knows which is the easier to take back.
    same = replace(advice, option="a/commit", best="a/commit", contenders=("a/commit", "b/commit"), settlement=None)
    same = replace(same, mean_npv={"a/commit": 1.0, "b/commit": 0.0}, runner_up="b/commit", state="open")
    assert "take back" not in str(with_sentence(same, "EUR", titles={"a": "A", "b": "B"}).sentence)


def offered(name: str, option: str, payoff: np.ndarray, scenario: Scenario, quantities: dict[str, np.ndarray]) -> Any:
    """Return an option of a comparison: who offers it, what it is, and what it pays."""
    drawn = SimpleNamespace(uncertain=quantities, quantities={}, parameters={}, count=payoff.size)
    entry = SimpleNamespace(name=name, scenario=scenario, drawn=drawn)
    return entry, option, Candidate(payoff, float((payoff < 0).mean()), 0.0, 1e7)


def test_of_several_pilots_the_best_is_told_against_the_best_of_all_else() -> None:
    short, long = firm(0, 1000.0, 100.0), firm(0, 1000.0, 100.0)
    long = long.replaced(pilot=long.pilot.model_copy(update={"months": 9}))
    flat = np.ones(64)
    options = {
        "do_nothing": offered("a", "do_nothing", 0 * flat, short, {}),
        "a/commit_review": offered("a", "commit_review", 5_000 * flat, short, {}),
        "a/pilot_then_decide": offered("a", "pilot_then_decide", 9_000 * flat, short, {}),
        "b/pilot_then_decide": offered("b", "pilot_then_decide", 12_000 * flat, long, {}),
    }
    told = settlement_of_several(options, Limits()).pilot
    assert told is not None
    assert (told.pilot_net.value, told.scenario, told.months, told.tried) == (7_000.0, "b", 9, 2)
    entry, option, review = options["a/commit_review"]
    options["a/commit_review"] = (entry, option, replace(review, pv_cost=2e7))
    within = settlement_of_several(options, Limits(max_pv_cost=1.5e7)).pilot
    assert within is not None
    assert within.pilot_net.value == 12_000.0


def test_what_tells_the_options_in_front_apart_is_worth_knowing() -> None:
    """One pays 10,000, another 10 less but for a risk of 8,000·a; three that are moved by all else are far behind."""
    rng = np.random.default_rng(3)
    a, *rest = rng.normal(size=(4, 4096))
    quantities = {"a": a, **{f"x{i}": values for i, values in enumerate(rest)}}
    desk = firm(0, 1000.0)
    pays = {"sure": np.full(a.size, 10_000.0), "risky": 9_990.0 + 8_000.0 * (a - a.mean())}
    pays |= {f"far{i}": -1e6 + 1e5 * (values + sum(rest)) for i, values in enumerate(rest)}
    options = {f"{name}/commit": offered(name, "commit", payoff, desk, quantities) for name, payoff in pays.items()}
    options["do_nothing"] = offered("sure", "do_nothing", np.zeros(a.size), desk, quantities)
    first = settlement_of_several(options, Limits()).quantities[0]
    assert first.name == "a"
    # what the better of both is expected to pay more: s (φ(d) − d Φ(−d)), as far behind as d of its sds
    d = 10 / 8_000
    assert first.evppi.value == pytest.approx(8_000.0 * (norm.pdf(d) - d * norm.cdf(-d)), abs=5 * first.evppi.mcse)
