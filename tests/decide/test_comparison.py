# SPDX-License-Identifier: MIT
"""Scenarios side by side: every figure of a comparison from the payoffs themselves, in numpy alone."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tests.decide.firms import FIRM
from txsim.decide.advice import advise
from txsim.decide.choice import Candidate
from txsim.decide.common_futures import _as_run
from txsim.decide.comparison import compare, mixed
from txsim.decide.entries import by_option, differing, entry_of, horizons_apart
from txsim.decide.policies import policies
from txsim.decide.programmes import _versions
from txsim.decide.waterfall import StoredResult, explain_difference
from txsim.errors import InputError
from txsim.forecast import forecast
from txsim.forecast.draws import weights_without_claims
from txsim.report.figures import Figures
from txsim.report.sections.comparison import portfolio
from txsim.results.recommendation import Excluded, Flip, Recommendation
from txsim.scenario import Driver, loads

PILOT = "pilot: {months: 6, scope: 0.2, one_off: 2000, monthly: 200, respondents: 60, control: true, units: 10}\n"
DRAWS = 256


@pytest.fixture(scope="module")
def three() -> Any:
    told = {
        "plain": loads(FIRM + PILOT),
        "dear": loads(FIRM.replace("one_off: 40000", "one_off: 48000")),
        "other": loads(FIRM.replace("node: ex, group: front, effect: {median: 8", "node: cx, effect: {median: 2")),
    }
    return compare(told, draws=DRAWS, prior_only=True)


def columns(found: Any) -> dict[str, np.ndarray]:
    told = {
        f"{entry.name}/{option}": candidate.payoff
        for entry in found.entries
        for option, candidate in entry.options.items()
        if option != "do_nothing"
    }
    return told | {"do_nothing": np.zeros(DRAWS)}


def run_of(scenario: Any, seed: int | None = None) -> dict[str, np.ndarray]:
    """Return what the options of a scenario's own run are expected to pay in each of its draws."""
    found = forecast(scenario, draws=DRAWS, prior_only=True, seed=seed)
    made = entry_of("x", found.scenario, found.drawn)
    return {option: candidate.payoff for option, candidate in made.options.items()}


def test_figures_of_a_comparison_are_those_of_its_draws(three: Any, plain: Any) -> None:
    payoff = columns(three)
    names = list(payoff)
    alone = {f"{e.name}/{o}": values for e in three.entries for o, values in run_of(e.scenario).items()}
    alone["do_nothing"] = np.zeros(DRAWS)
    table = np.column_stack(list(payoff.values()))
    told = plain(three)
    rows = {row["name"]: row for row in told["options"]}
    assert set(rows) == set(names)
    assert {"plain/commit", "plain/pilot_then_decide", "dear/commit", "other/commit", "do_nothing"} <= set(names)
    # In most draws a review does as committing does: who ties for the best shares the draw.
    best = [[name for name in names if payoff[name][i] == table[i].max()] for i in range(DRAWS)]
    for i, name in enumerate(names):
        assert told["p_best"][name] == pytest.approx(sum(name in some and 1 / len(some) for some in best) / DRAWS)
        assert told["expected_regret"][name] == pytest.approx((table.max(axis=1) - table[:, i]).mean(), abs=1e-6)
        # By itself an option is what the run of its scenario tells, to the last digit.
        row = rows[name]
        assert row["npv"]["mean"] == pytest.approx(alone[name].mean())
        if row["option"] in ("commit", "do_nothing"):  # policies spread over the futures of two paths, see below
            ends = tuple(np.quantile(alone[name], [0.05, 0.95]))
            assert (row["npv"]["p05"], row["npv"]["p95"]) == pytest.approx(ends)
            lowest = np.sort(alone[name])
            assert row["cvar05"]["value"] == pytest.approx((lowest[:12].sum() + 0.8 * lowest[12]) / 12.8)
        assert row["scenario"] == (None if name == "do_nothing" else name.split("/")[0])
        assert row["option"] == name.split("/")[-1]
        batches = np.array([part.mean() for part in np.split(alone[name], 8)])
        assert row["npv"]["mcse"] == pytest.approx(batches.std(ddof=1) / np.sqrt(8))
        regret = np.array([(part.max(axis=1) - part[:, i]).mean() for part in np.split(table, 8)])
        assert told["expected_regret_mcse"][name] == pytest.approx(regret.std(ddof=1) / np.sqrt(8))
    commits = {name: row["p_loss"] for name, row in rows.items() if name.endswith("/commit")}
    assert commits == pytest.approx({name: (alone[name] < 0).mean() for name in commits})
    assert told["recommendation"]["mean_npv"] == pytest.approx({name: alone[name].mean() for name in names}, abs=1e-6)
    pairs = {(each["a"], each["b"]): each for each in told["differences"]}
    assert len(pairs) == len(names) * (len(names) - 1) // 2
    policies: list[bool] = []
    for (a, b), each in pairs.items():
        # Beside doing nothing an option stands by itself, so that the table and its difference are one figure.
        of = alone if "do_nothing" in (a, b) else payoff
        gap = of[a] - of[b]
        assert each["mean"] == pytest.approx(gap.mean())
        if a != "do_nothing" == b and not a.endswith("/commit"):  # a policy: with what its pilot may read, as its row
            row = rows[a]
            assert (each["p05"], each["p95"]) == (row["npv"]["p05"], row["npv"]["p95"])
            assert each["p_positive"] == pytest.approx(1 - row["p_loss"])
            policies.append(each["p95"] - each["p05"] >= np.diff(np.quantile(gap, [0.05, 0.95]))[0] * (1 - 1e-12))
        else:
            assert (each["p05"], each["p95"]) == pytest.approx(tuple(np.quantile(gap, [0.05, 0.95])), abs=1e-6)
            assert each["p_positive"] == pytest.approx((gap > 0).mean())
        batches = np.array([part.mean() for part in np.split(gap, 8)])
        assert each["mcse"] == pytest.approx(batches.std(ddof=1) / np.sqrt(8))
    assert policies
    assert all(policies)  # the mean over readings of each future spreads less, unless all go one way
    assert {"a": "plain/commit", "b": "dear/commit", "order": 1} in told["dominance"]
    assert {"a": "dear/commit", "b": "plain/commit", "order": 1} not in told["dominance"]
    cvar = {name: row["cvar05"]["value"] for name, row in rows.items()}
    points = {n: (float(rows[n]["npv"]["mean"]), cvar[n]) for n in names}
    kept = {p for p in points.values() if not any(q != p and q[0] >= p[0] and q[1] >= p[1] for q in points.values())}
    assert {points[n] for n in told["frontier"]} == kept
    means = [rows[n]["npv"]["mean"] for n in told["frontier"]]
    assert means == sorted(means, reverse=True)
    assert [each["name"] for each in told["scenarios"]] == ["plain", "dear", "other"]


def test_each_file_keeps_the_seed_of_its_run(three: Any) -> None:
    told = {"a": loads(FIRM + "seed: 0\n"), "b": loads(FIRM.replace("name: desk", "name: floor") + "seed: 7\n")}
    for seed in (None, 5):
        found = compare(told, draws=DRAWS, prior_only=True, seed=seed)
        for name, scenario in told.items():
            (row,) = (each for each in found.options if each.name == f"{name}/commit")
            assert row.npv.mean == pytest.approx(run_of(scenario, seed)["commit"].mean())
    assert three.as_runs


def test_committing_here_and_committing_there_are_two_steps(three: Any) -> None:
    """The runner-up of committing in one scenario may be committing in another."""
    payoff = columns(three)
    means = {name: values.mean() for name, values in payoff.items()}
    found = three.recommendation
    best = max(means, key=lambda name: means[name])
    assert found.option == best
    step = {n: n.replace("commit_review", "commit") for n in means}
    rival = max((n for n in means if step[n] != step[best]), key=lambda n: means[n])
    assert found.runner_up == rival
    gap = payoff[best] - payoff[rival]
    assert found.margin == pytest.approx(gap.mean())
    # Two scenarios of which one is dearer by little: what is second is the dearer one, not doing nothing.
    told = {"a": loads(FIRM), "b": loads(FIRM.replace("one_off: 40000", "one_off: 40500"))}
    close = compare(told, draws=DRAWS, prior_only=True)
    assert means["plain/commit"] > 1000
    assert (close.recommendation.best, close.recommendation.runner_up) == ("a/commit", "b/commit")
    assert close.recommendation.state == "open"  # 500 is under 5 % of the cost
    assert set(close.recommendation.contenders) == {"a/commit", "b/commit"}
    assert close.recommendation.margin == pytest.approx(close.differences[0].mean)


def test_within_limits_the_best_of_a_future_is_the_best_of_what_they_leave() -> None:
    other = FIRM.replace("node: ex, group: front, effect: {median: 8", "node: cx, effect: {median: 2")
    free = compare({"plain": loads(FIRM), "other": loads(other)}, draws=DRAWS, prior_only=True)
    losses = sorted({float((paid < 0).mean()) for paid in columns(free).values()})
    limit = f"decision: {{max_p_loss: {(losses[-1] + losses[-2]) / 2}}}\n"  # the most daring of them is left out
    most = (losses[-1] + losses[-2]) / 2
    found = compare({"plain": loads(FIRM + limit), "other": loads(other + limit)}, draws=DRAWS, prior_only=True)
    payoffs = columns(found)
    names = [name for name, paid in payoffs.items() if (paid < 0).mean() <= most]
    assert 1 < len(names) < len(payoffs)
    best = np.array([paid for name, paid in payoffs.items() if name in names]).argmax(axis=0)
    shares = {name: float((best == i).mean()) for i, name in enumerate(n for n in payoffs if n in names)}
    told = {name: float(share.value) for name, share in found.p_best_within.items()}
    assert set(told) <= set(names)
    assert sum(told.values()) == pytest.approx(1.0)
    assert told["do_nothing"] == pytest.approx(shares["do_nothing"], abs=1e-12)
    assert told["do_nothing"] > found.p_best_together["do_nothing"].value
    assert free.p_best_within == {}


def of(*payoff: float, p_loss: float = 0.0, peak: float = 0.0, cost: float = 0.0) -> Candidate:
    return Candidate(np.tile(np.array(payoff), 8), p_loss, peak, cost)


def test_a_mixture_of_beliefs_by_hand(three: Any) -> None:
    """One part of the first belief, three of the second."""
    nothing = of(0.0, 0.0)
    payoffs = {
        "first": {"a/commit": of(8.0, 16.0, p_loss=0.4, peak=10.0), "b/commit": of(4.0, 4.0), "do_nothing": nothing},
        "second": {"a/commit": of(0.0, 4.0, p_loss=0.8, peak=30.0), "b/commit": of(3.0, 1.0), "do_nothing": nothing},
        "third": {"a/commit": of(99.0, 99.0), "b/commit": of(99.0, 99.0), "do_nothing": nothing},
    }
    mix = {"first": 1.0, "second": 3.0}
    free = list(three.entries)
    found = mixed(free, payoffs, mix)
    assert found.mean_npv == pytest.approx({"do_nothing": 0.0, "a/commit": 4.5, "b/commit": 2.5})
    assert (found.option, found.runner_up, found.margin) == ("a/commit", "b/commit", pytest.approx(2.0))
    # P(loss) is mixed too, 0.7; funding is the larger of both beliefs'
    for limit, option in (("max_p_loss: 0.71", "a/commit"), ("max_p_loss: 0.69", "b/commit")):
        limited = [replace(free[0], scenario=loads(FIRM + f"decision: {{{limit}}}\n")), *free[1:]]
        assert mixed(limited, payoffs, mix).option == option
    for limit, option in (("max_peak_funding: 30", "a/commit"), ("max_peak_funding: 29", "b/commit")):
        limited = [replace(free[0], scenario=loads(FIRM + f"decision: {{{limit}}}\n")), *free[1:]]
        assert mixed(limited, payoffs, mix).option == option
    # Material is a share of the larger cost of the two, itself mixed: (10 + 3 c) / 4 for a, and b's is less.
    for cost, close in ((49.0, False), (51.0, True)):  # 5 % are 1.96 and 2.04, the gap is 2
        dear = {
            belief: actions | {"a/commit": replace(actions["a/commit"], pv_cost={"first": 10.0}.get(belief, cost))}
            for belief, actions in payoffs.items()
        }
        assert mixed(free, dear, mix).too_close is close, cost
    alone = mixed(free, payoffs, {"second": 5.0})
    assert alone.mean_npv == pytest.approx({"do_nothing": 0.0, "a/commit": 2.0, "b/commit": 2.0})


def test_beliefs_are_looked_at_one_by_one(plain: Any) -> None:
    """Each action under each belief is the forecast of that action with that belief."""
    sure, doubt = "priors: {ex_cx: 0.3}\n", "priors: {ex_cx: 0.02}\n"
    dear = FIRM.replace("one_off: 40000", "one_off: 90000")
    told = {"sure": loads(FIRM + sure), "doubt": loads(dear + doubt)}
    found = plain(compare(told, draws=DRAWS, prior_only=True, mix={"sure": 1, "doubt": 1}))
    cells = {(cell["belief"], cell["action"]): cell for cell in found["beliefs"]["cells"]}
    assert set(cells) == {(b, a) for b in told for a in ("sure/commit", "doubt/commit", "do_nothing")}
    for belief, prior in (("sure", sure), ("doubt", doubt)):
        for action, text in (("sure/commit", FIRM), ("doubt/commit", dear)):
            alone = compare({"x": loads(text + prior)}, draws=DRAWS, prior_only=True)
            cell, payoff = cells[belief, action], alone.entries[0].options["commit"].payoff
            assert cell["npv"]["value"] == pytest.approx(payoff.mean(), rel=0.02, abs=2000)
            assert cell["p_loss"] == pytest.approx((payoff < 0).mean(), abs=0.05)
    assert cells["sure", "sure/commit"]["npv"]["value"] > cells["doubt", "sure/commit"]["npv"]["value"]
    assert cells["sure", "sure/commit"]["npv"]["value"] > cells["sure", "doubt/commit"]["npv"]["value"]
    assert cells["doubt", "doubt/commit"]["p_loss"] > cells["sure", "sure/commit"]["p_loss"]
    assert found["mix"] == {"sure": 1, "doubt": 1}
    for wrong in ({"sure": -1, "doubt": 2}, {"sure": 0}):
        with pytest.raises(InputError, match="not all 0"):
            compare(told, draws=128, prior_only=True, mix=wrong)


def test_a_belief_goes_with_every_action_whole() -> None:
    """What no calibration holds is believed too: what saved time is worth, what a pilot shows, links of its own."""
    tools = "    pushes: [{node: ux_employee, group: front, effect: 6, months: 3}]\n"
    firm = FIRM.replace("contribution_margin: 0.25\n", "contribution_margin: 0.25\n  time_realised: 0.5\n")
    firm = firm.replace("    pushes: [{node: ex, group: front, effect: {median: 8, factor: 2}, months: 3}]\n", tools)
    dear = firm.replace("one_off: 40000", "one_off: 90000")
    believed = {
        "little": "priors: {time_ux: 0.05, boost: 1.0, spill: 0.3}\n",
        "much": "priors: {time_ux: 0.6, boost: 2.0, spill: 0.0}\n"
        "graph: {edges: [{source: ux_employee, target: mx, slope: 0.2, lag: 2, why: seen}]}\n",
    }
    acts = {"little": firm + PILOT, "much": dear + PILOT}
    told = {name: loads(acts[name] + belief) for name, belief in believed.items()}
    found = compare(told, draws=DRAWS, prior_only=True, mix={"little": 1, "much": 1})
    cells = {(cell.belief, cell.action): cell for cell in found.beliefs.cells}
    for belief, prior in believed.items():
        for action, text in acts.items():
            alone = compare({"x": loads(text + prior)}, draws=DRAWS, prior_only=True).entries[0].options
            for option in ("commit", "pilot_then_decide"):
                wanted = alone[option].payoff.mean()
                assert cells[belief, f"{action}/{option}"].npv.value == pytest.approx(wanted, rel=1e-6, abs=1), belief


def test_a_review_that_changes_nothing_under_one_belief_is_committing_there(plain: Any) -> None:
    """Where experience earns little a review may stop a rollout; where it earns a lot it never does."""
    dear = FIRM.replace("monthly: 1000", "monthly: 3000") + PILOT
    told = {name: loads(f"{dear}priors: {{ex_cx: {slope}}}\n") for name, slope in (("a", 1.0), ("b", 0.02))}
    offered = [compare({name: scenario}, draws=DRAWS, prior_only=True) for name, scenario in told.items()]
    assert ["commit_review" in each.entries[0].options for each in offered] == [False, True]
    found = compare(told, draws=DRAWS, prior_only=True, mix={"a": 1, "b": 1})
    cells = {(cell.belief, cell.action): cell for cell in found.beliefs.cells}
    assert len(cells) == len(found.beliefs.cells) == 2 * len(found.beliefs.actions)
    assert cells["a", "a/commit_review"].npv == cells["a", "a/commit"].npv
    assert found.recommendation.mean_npv["a/commit_review"] == pytest.approx(
        (cells["a", "a/commit"].npv.value + cells["b", "a/commit_review"].npv.value) / 2
    )


def test_figures_stand_on_the_side_of_tax_that_decides() -> None:
    taxed = FIRM + "finance: {tax_rate: 25 %}\ndecision: {after_tax: true}\n"
    dearer = taxed.replace("monthly: 1000", "monthly: 1500")
    found = compare({"taxed": loads(taxed), "dearer": loads(dearer)}, draws=DRAWS, prior_only=True)
    assert (found.taxed, found.after_tax, found.recommendation.after_tax) == (True, True, True)
    payoff = columns(found)
    for option in found.options:  # by another route: the payoff that is compared
        ends = np.quantile(payoff[option.name], [0.05, 0.95])
        worth = option.worth(after_tax=found.after_tax)
        assert (worth.p05, worth.p95) == pytest.approx(tuple(ends))
        assert worth.mean == pytest.approx(payoff[option.name].mean())
    row = next(option for option in found.options if option.name == "taxed/commit")
    assert row.npv.p95 > row.worth(after_tax=True).p95  # the tax is felt
    untaxed = compare({"a": loads(FIRM), "b": loads(FIRM)}, draws=DRAWS, prior_only=True)
    assert (untaxed.taxed, untaxed.after_tax) == (False, False)


@pytest.mark.parametrize(
    ("finance", "place", "cure"),
    [("", "finance", "state `finance.tax_rate`"), ("finance: {tax_rate: 25 %}\n", "decision.after_tax", "on one side")],
)
def test_scenarios_on_different_sides_of_tax_are_refused(finance: str, place: str, cure: str) -> None:
    """What is left after tax beside what is earned before it is no comparison, and a warning would not make it one."""
    taxed = FIRM + "finance: {tax_rate: 25 %}\ndecision: {after_tax: true}\n"
    for order in (("net", "gross"), ("gross", "net")):
        texts = {"net": taxed, "gross": FIRM + finance}
        with pytest.raises(InputError) as refused:
            compare({name: loads(texts[name]) for name in order}, draws=DRAWS, prior_only=True)
        (problem,) = refused.value.problems
        assert problem.path == place
        assert "“gross”" in str(problem.message)
        assert cure in str(problem.hint)


def test_what_makes_scenarios_differ_is_told(three: Any) -> None:
    first = three.entries[0]

    def words(text: str) -> tuple[str, ...]:
        return tuple(map(str, differing([first, replace(first, name="b", scenario=loads(text))])))

    assert words(FIRM) == ()
    assert words(FIRM + "horizon_months: 24\n") == ("“b” has another horizon (24 months, not 36) than “plain”",)
    assert words(FIRM + "discount_rate: 0.2\n") == ("“b” has another discount rate than “plain”",)
    assert words(FIRM + "terminal: runoff\n") == ("“b” has another terminal value than “plain”",)
    assert words(FIRM.replace("customers: 4000", "customers: 4001")) == (
        "“b” has another organisation (customers) than “plain”",
    )
    # A key that one firm alone states, of whichever side: every key of a firm may be left unsaid.
    stated = loads(FIRM.replace("organisation:", "organisation:\n  time_realised: 25 %\n  season: " + str([1.0] * 12)))
    for one, two in ((first.scenario, stated), (stated, first.scenario)):
        (found,) = map(str, differing([replace(first, scenario=one), replace(first, name="b", scenario=two)]))
        assert "another organisation (" in found
        assert "share of the working time saved that becomes cash" in found
    counted = {"b": 24, "c": 24, "d": 48}
    several = [
        first,
        *(replace(first, name=n, scenario=loads(FIRM + f"horizon_months: {m}\n")) for n, m in counted.items()),
    ]
    assert [str(each) for each in differing(several)] == [
        "“b”, “c” have another horizon (24 months, not 36) than “plain”",
        "“d” has another horizon (48 months, not 36) than “plain”",
    ]
    assert len(horizons_apart(several)) == 1
    assert horizons_apart([first, replace(first, name="e")]) == ()


def test_money_of_two_currencies_is_not_compared() -> None:
    """An amount is ranked with others of its unit alone: of two currencies no rate is guessed, in either order."""
    of = {
        money: loads(FIRM.replace("organisation:", f"organisation:\n  currency: {money}")) for money in ("GBP", "CHF")
    }
    for order in (("GBP", "CHF"), ("CHF", "GBP")):
        with pytest.raises(InputError, match="amounts of two currencies") as refused:
            compare({name: of[name] for name in order}, draws=DRAWS, prior_only=True)
        (problem,) = refused.value.problems
        assert str(problem.message).startswith(f"“{order[1]}” counts in {order[1]}, “{order[0]}” in {order[0]}")
        assert "organisation.currency" in str(problem.hint)
        a, b = (StoredResult(name, of[name].content, 1, DRAWS, {}) for name in order)
        with pytest.raises(InputError, match="amounts of two currencies"):
            explain_difference(a, b)


def test_an_entry_is_its_forecast(three: Any) -> None:
    found = forecast(three.entries[0].scenario, draws=DRAWS, prior_only=True)
    made = entry_of("x", found.scenario, found.drawn)
    np.testing.assert_array_equal(made.options["commit"].payoff, found.npv("commit"))
    assert made.pv_cost == pytest.approx(found.outcome.field("commit", "pv_cost").mean())
    funding = found.outcome.field("commit", "peak_funding")
    assert made.options["commit"].peak_funding == pytest.approx(np.quantile(funding, 0.95))
    told = by_option([made, replace(made, name="y")])
    assert list(told)[-1] == "do_nothing"
    assert {name for name in told if name.startswith("y/")} == {f"y/{o}" for o in made.options if o != "do_nothing"}
    assert told["y/commit"][0].name == "y"
    assert told["y/commit"][1] == "commit"


def test_a_policy_spreads_over_all_its_futures() -> None:
    """Each future of both paths is counted as often as it would be taken, in a thousand plays of each draw."""
    scenario = loads(FIRM.replace("one_off: 40000", "one_off: 100000") + PILOT)
    found = forecast(scenario, draws=DRAWS, prior_only=True)
    compared = compare({"plain": scenario, "same": scenario}, draws=DRAWS, prior_only=True)
    row = next(each for each in compared.options if each.name == "plain/pilot_then_decide")
    chosen = policies(found)
    assert chosen is not None
    times = np.round(1000 * chosen.pilot.rule.chosen).astype(int)
    assert 0.02 < chosen.pilot.rule.p_pass < 0.98
    paths = ("pilot_stop", "pilot_scale")
    played = np.sort(np.concatenate([np.repeat(found.npv(path), times[:, i]) for i, path in enumerate(paths)]))
    assert row.npv.mean == pytest.approx(played.mean(), rel=0.01)
    assert row.npv.sd == pytest.approx(played.std(), rel=0.005)
    assert row.npv.p05 == pytest.approx(np.quantile(played, 0.05), rel=0.02)
    assert row.npv.p95 == pytest.approx(np.quantile(played, 0.95), rel=0.02)
    assert row.cvar05.value == pytest.approx(played[: played.size // 20].mean(), rel=0.005)
    # Narrower is what is expected of each draw: the 90 % of a mean of futures, which nobody gets.
    assert row.npv.sd > compared.entries[0].options["pilot_then_decide"].payoff.std()


def test_advice_is_the_choice_of_the_forecast() -> None:
    found = forecast(loads(FIRM + PILOT + "decision: {max_peak_funding: 20000}\n"), draws=DRAWS, prior_only=True)
    told = advise(found)
    assert set(told.mean_npv) >= {"do_nothing", "commit", "pilot_then_decide"}
    assert told.mean_npv["commit"] == pytest.approx(found.npv("commit").mean())
    assert told.option != "commit"  # it needs more than 20 000
    assert weights_without_claims(found.scenario, found.drawn) == {}  # from priors alone
    free = advise(forecast(loads(FIRM), draws=DRAWS, prior_only=True))
    assert free.option == "commit"


def test_of_many_options_the_best_of_each_scenario_is_paired(plain: Any) -> None:
    told = {f"s{i:02d}": loads(FIRM.replace("one_off: 40000", f"one_off: {40000 + 500 * i}")) for i in range(21)}
    found = plain(compare(told, draws=128, prior_only=True))
    names = {name for each in found["differences"] for name in (each["a"], each["b"])}
    assert names == {f"{name}/commit" for name in told} | {"do_nothing"}
    assert len(found["differences"]) == 22 * 21 // 2


def test_what_begins_alike_in_two_files_is_one_option() -> None:
    """The same programme in two files that differ in what comes after the first step: nobody has to choose today."""
    longer = PILOT.replace("months: 6", "months: 9")
    cheaper = FIRM.replace("one_off: 40000", "one_off: 20000")
    told = {"a": loads(cheaper + PILOT), "b": loads(cheaper + longer), "c": loads(FIRM + "title: Dear one\n")}
    found = compare(told, draws=DRAWS, prior_only=True)
    begins = {option.name: option.begins_as for option in found.options}
    assert begins["b/commit"] == begins["a/commit"] == "a/commit"
    assert begins["c/commit"] == "c/commit"
    assert begins["do_nothing"] == "do_nothing"
    assert begins["b/pilot_then_decide"] == "b/pilot_then_decide"  # a longer pilot is another one
    together = {begins[name]: each.value for name, each in found.p_best_together.items()}
    assert sum(together.values()) == pytest.approx(1.0, abs=1e-12)
    payoff = {f"{entry.name}/{name}": each.payoff for entry in found.entries for name, each in entry.options.items()}
    most = np.max([values for values in payoff.values()], axis=0)
    alike = [name for name, first in begins.items() if first == "a/commit"]
    assert together["a/commit"] == pytest.approx((np.max([payoff[n] for n in alike], axis=0) == most).mean())
    advice = found.recommendation
    assert {"a/commit", "b/commit"} - {advice.runner_up, *advice.contenders}
    assert advice.state != "open" or len({begins[name] for name in advice.contenders}) == len(advice.contenders)


def test_a_driver_without_effect_is_not_taken_for_doing_nothing() -> None:
    idle = FIRM.replace("one_off: 40000\n    monthly: 1000", "one_off: 0").replace("median: 8, factor: 2", "median: 0")
    idle = idle.replace("effect: {median: 0}", "effect: 0")
    found = compare({"a": loads(idle), "b": loads(idle)}, draws=DRAWS, prior_only=True)
    assert {option.name: option.begins_as for option in found.options} == {
        "a/commit": "a/commit", "b/commit": "a/commit", "do_nothing": "do_nothing"
    }  # fmt: skip


@pytest.mark.parametrize("budget", [None, 1e6])
def test_sentences_name_scenarios_by_their_titles(budget: float | None) -> None:
    told = {
        "file_one": loads(FIRM + PILOT + "title: A desk for all\n"),
        "file_two": loads(
            FIRM.replace("one_off: 40000", "one_off: 48000") + "title: A dear desk\nhorizon_months: 24\n"
        ),
    }
    if budget is not None:
        told["file_two"] = loads(FIRM.replace("one_off: 40000", "one_off: 48000") + "title: A dear desk\n")
    found = compare(told, draws=DRAWS, prior_only=True, budget=budget)
    sentences = [str(found.recommendation.sentence), *map(str, found.warnings)]
    assert any("desk" in sentence for sentence in sentences)
    assert not any("file_" in sentence for sentence in sentences)
    if budget is not None:
        bought = found.portfolio
        assert set(bought.titles.values()) == {"desk (A desk for all)", "desk (A dear desk)"}
        # Two versions of one initiative are never bought together, and the answer says so.
        assert bought.versions == (("file_one/desk", "file_two/desk"),)
        assert sorted(len(each.drivers) for each in bought.sets) == [0, 1, 1]
        told = portfolio(bought, Figures("EUR", 1.0), after_tax=False)
        assert "versions of one initiative" in str(told[0])


def test_versions_are_called_the_same_and_share_no_file() -> None:
    def driver(name: str, title: str) -> Driver:
        return loads(FIRM).drivers[0].model_copy(update={"name": name, "title": title})

    one, two = driver("desk", "A desk"), driver("desk", "Another")  # of one key, which no reader sees
    three, four = driver("floor", "a DESK"), driver("lamp", "Lamp")
    files = {"a": (one, four), "b": (two,), "c": (three,)}
    entries = [SimpleNamespace(scenario=SimpleNamespace(drivers=each)) for each in files.values()]
    offered = {
        name: (f"{file}/{each.name}", each)
        for name, file, each in (("desk", "a", one), ("desk_2", "b", two), ("floor", "c", three), ("lamp", "a", four))
    }
    assert _versions(offered, entries) == (("desk", "floor"),)
    # What one file holds together can be run together.
    both = [SimpleNamespace(scenario=SimpleNamespace(drivers=(one, three))), *entries]
    assert _versions(offered, both) == ()


def test_what_would_settle_a_comparison_of_one_is_what_settles_its_run() -> None:
    """By another route: ``advise`` looks at one forecast, ``compare`` at options of files."""
    seed = next(
        each for each in range(40)
        if compare({"x": loads(scenario(each))}, draws=DRAWS, prior_only=True).recommendation.state == "open"
    )  # fmt: skip
    alone = forecast(loads(scenario(seed)), draws=DRAWS, prior_only=True)
    ours = advise(alone).settlement
    theirs = compare({"x": loads(scenario(seed))}, draws=DRAWS, prior_only=True).recommendation.settlement
    assert theirs is not None
    assert ours is not None
    assert [each.name for each in theirs.quantities] == [each.name for each in ours.quantities]
    for one, other in zip(theirs.quantities, ours.quantities, strict=True):
        assert one.evppi.value == pytest.approx(other.evppi.value, rel=1e-9)


def scenario(seed: int) -> str:
    """Return a firm whose programme costs about what it earns, more or less by a seed."""
    return FIRM.replace("one_off: 40000", f"one_off: {int(np.random.default_rng(seed).uniform(20e3, 160e3))}")


def test_waiting_turns_to_what_the_run_of_each_scenario_that_waits_turns_to() -> None:
    """Of two that wait the flips are their own runs', named by scenario; that of one that acts is none of waiting."""

    def own(best: str, *flips: Flip, state: str = "leaning") -> Any:
        worth = {"do_nothing": 0.0, "commit": -1.0}
        return SimpleNamespace(best=best, state=state, flips=flips, mean_npv=worth, untested=())

    def turned(name: str, option: str, side: str = "high", **more: Any) -> Flip:
        return Flip("parameter", name, 1.0, option, side=side, **more)

    entries = [SimpleNamespace(name=name) for name in ("a", "b", "c", "d")]
    runs = [
        own("do_nothing", turned("cost", "commit"), turned("churn", "commit")),
        own("do_nothing", turned("cost", "commit", "low")),
        own("commit", turned("arpu", "do_nothing")),
        own("do_nothing", turned("wage", "commit")),
    ]
    common = (
        turned("cost", "a/commit", level=9.0),  # told by the run of a instead
        turned("budget", "a/commit", limit="max_pv_cost"),  # of the comparison alone: stays
        turned("gap", "a/commit"),  # the run of a knows its own options and does not turn by it
        turned("rival", "c/commit"),  # an option of one that does not wait: stays
    )
    worth = {"do_nothing": 0.0, **{f"{each.name}/commit": -1.0 for each in entries}}
    waits = Recommendation("do_nothing", "mean_npv", 1.0, 0.1, False, True, common, "a/commit", worth,
                           best="do_nothing", state="leaning", untested=("cost", "other"),
                           excluded=(Excluded("d/commit", pv_cost=9e6),))  # fmt: skip
    flat = {"do_nothing": (entries[0], "do_nothing", None)}
    told = _as_run(waits, entries, flat, {}, runs)
    assert [(flip.name, flip.option, flip.side) for flip in told.flips] == [
        ("cost", "a/commit", "high"), ("churn", "a/commit", "high"), ("cost", "b/commit", "low"),
        ("budget", "a/commit", "high"), ("rival", "c/commit", "high"),
    ]  # fmt: skip
    assert told.flips[0].level is None
    assert (told.state, told.fragile, told.untested) == ("leaning", True, ("other",))
    calm = _as_run(replace(waits, flips=()), entries, flat, {}, [own("do_nothing", state="clear")] * 4)
    assert (calm.state, calm.flips) == ("clear", ())
