# SPDX-License-Identifier: MIT
"""What is known after a pilot: by Bayes on the same draws in a few lines of our own, and laws of scale and sign."""

from __future__ import annotations

import hashlib
import json
import math
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest
from scipy import stats

import txsim
from txsim import catalogues
from txsim.cli.options import OVER_PLAN
from txsim.errors import InputError
from txsim.forecast import forecast
from txsim.language import Message, as_message
from txsim.panel.verdict import student_figures
from txsim.pilot.before_start import blind
from txsim.pilot.did import DiffInDiff
from txsim.pilot.go_or_stop import basis, decision_after, sentence
from txsim.pilot.measurement import measurable, node_of, pushed, scale_of, slopes
from txsim.pilot.scenario_record import log_path
from txsim.pilot.update import update
from txsim.pilot.weighted_draws import Paths, conflict_of
from txsim.priors.moments import median
from txsim.results.quantities import Interval
from txsim.results.update import BeforeStart, Decision, Difference, ExpectedNpv, Update
from txsim.scenario import loads
from txsim.scenario.pilot_log import PilotReading
from txsim.units import SCALES

FIRM = """
organisation:
  index: {ux_employee: 55, ux_customer: 60, mx: {value: 24, scale: {worst: 48, best: 0, unit: h}}, cx: 60,
    ex: {value: 14, scale: enps}}
  staff:
    few: {headcount: 10, turnover_per_year: 0.2, salary_per_year: 30000}
    many: {headcount: 90, turnover_per_year: 0.2, salary_per_year: 30000}
  customers: 4000
  churn_per_month: 0.02
  arpu_per_month: 200
  contribution_margin: 0.3
drivers:
  - name: desk
    start: 1
    pushes: [{node: NODE, effect: {median: 8, factor: 2}, scale: index, months: 3}]
    one_off: 60000
pilot: {months: 6, scope: 0.2, one_off: 2000, respondents: 60, control: true, units: 6}
evidence: {use: none}
"""
DRAWS = 2048


def firm(folder: Path, node: str = "ex, group: few") -> txsim.Scenario:
    path = folder / "firm.yaml"
    path.write_text(FIRM.replace("NODE", node))
    return txsim.load(path)


def wave(
    folder: Path,
    effect: float,
    *,
    per: float = 1.0,
    level: float = 20.0,
    units: int = 12,
    sd: float = 1.0,
    control: bool = True,
) -> Path:
    """Write a pilot in some unit: changes of control units have mean 0 and those of pilot units the effect."""
    shape = np.linspace(-1, 1, units // 2)
    shape = sd * shape / shape.std(ddof=1)
    lines = ["unit,treated,score_before,score_after"]
    for i in range(units):
        inside = i < units // 2
        if not inside and not control:
            continue
        change = shape[i % (units // 2)] + effect * inside
        lines.append(f"u{i},{int(inside)},{level + i},{float(level + i + per * change)!r}")
    path = folder / f"wave_{effect:g}_{per:g}_{sd:g}_{control:d}.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def update_enps(scenario: txsim.Scenario, pilot: Path, **told: Any) -> Update:
    """Condition a firm on a pilot whose `score` is the eNPS of the staff group `few`."""
    return update(scenario, pilot, measure="score", node="ex[few]", scale="enps", **told)


def likelihood(points: float, error: float, degrees: float, inside: np.ndarray, randomised: bool) -> np.ndarray:
    """Student's t about boost · (1 − spill) · effect: boost 1.15 ×/÷ 1.3, spill Beta(1, 9), on a fine grid."""
    at = (np.arange(60) + 0.5) / 60
    spill = stats.beta(1, 9).ppf(at)
    boost = np.ones(1) if randomised else 1.15 * 1.3 ** (stats.norm.ppf(at) / stats.norm.ppf(0.95))
    shown = np.outer(boost, 1 - spill).ravel()
    return np.array([stats.t(degrees).pdf((points - shown * each) / error).mean() for each in inside])


def weighed(values: np.ndarray, weight: np.ndarray, q: float) -> float:
    order = np.argsort(values)
    return float(values[order][np.searchsorted(np.cumsum(weight[order]), q * weight.sum())])


@pytest.mark.parametrize("randomised", [False, True])
def test_draws_are_weighed_by_bayes(tmp_path: Path, plain: Any, randomised: bool) -> None:
    scenario = firm(tmp_path)
    # 8 eNPS points, sd 6 of units' changes: 4 points of the index, error 3 · √(2/6)
    told = plain(update_enps(scenario, wave(tmp_path, 8.0, sd=6.0), draws=DRAWS, log=False, randomised=randomised))
    effect = told["effect"]
    error = math.sqrt(3 + (0 if randomised else 0.7**2))
    assert effect["points"] == pytest.approx({"median": 4.0, "error": error})
    assert effect["unit"] == "eNPS points"
    assert told["node"] == "ex[few]"
    assert told["measure"] == "score"
    assert told["units"] == {"treated": 6, "control": 6}
    found = forecast(scenario, draws=DRAWS, trajectories=True)
    inside = found.outcome.by_month("commit", "ex[few]")[1:7].mean(axis=0)
    weight = likelihood(4.0, error, 10.0, inside, randomised)
    weight /= weight.sum()
    assert told["effective_draws"] == pytest.approx(1 / (weight**2).sum(), rel=0.03)
    assert told["surprise"]["bits"] == pytest.approx((weight * np.log2(weight * DRAWS)).sum(), rel=0.05, abs=0.005)
    push = np.asarray(found.drawn.quantities["desk.pushes[0].effect"] * found.drawn.quantities["desk.delivery"])
    for name, by in (("prior", np.full(DRAWS, 1 / DRAWS)), ("posterior", weight)):
        for key, q in (("p05", 0.05), ("median", 0.5), ("p95", 0.95)):
            assert effect[name][key] == pytest.approx(weighed(push, by, q), rel=0.03), (name, key)
        assert effect[name]["p_positive"] == pytest.approx(float(by @ (push > 0)))
        for option in ("commit", "pilot_scale", "pilot_stop"):
            money, npv = told["npv"][option][name], found.npv(option)
            assert money["mean"] == pytest.approx(float(by @ npv), abs=0.03 * npv.std())
            assert money["p_loss"] == pytest.approx(float(by @ (npv < 0)), abs=0.02)
            for key, q in (("p05", 0.05), ("median", 0.5), ("p95", 0.95)):
                assert money[key] == pytest.approx(weighed(npv, by, q), abs=0.05 * npv.std()), (option, name, key)
    assert set(told["npv"]) == {"commit", "pilot_scale", "pilot_stop"}
    # The choice is by what is expected after the pilot.
    expected = told["decision"]["expected_npv"]
    assert expected["scale"] == told["npv"]["pilot_scale"]["posterior"]["mean"]
    assert expected["stop"] == told["npv"]["pilot_stop"]["posterior"]["mean"]
    assert told["decision"]["choice"] == ("go" if expected["scale"] > expected["stop"] else "stop")
    # The slope of the link is weighed too.
    links = told["links"]
    assert links
    for link, values in slopes(found).items():
        even = np.full(DRAWS, 1 / DRAWS)
        for key, q in (("p05", 0.05), ("median", 0.5), ("p95", 0.95)):
            assert links[link]["prior"][key] == weighed(values, even, q), (link, key)
            assert links[link]["posterior"][key] == pytest.approx(weighed(values, weight, q), rel=0.05), (link, key)
    assert any(told["prior"] != told["posterior"] for told in links.values())
    # What was predicted: spill and boost, and this pilot's noise, in eNPS points.
    rng = np.random.default_rng(1)
    pick = np.repeat(inside, 100)
    shown = (1 - rng.beta(1, 9, pick.size)) * pick
    if not randomised:
        shown *= 1.15 * 1.3 ** (rng.standard_normal(pick.size) / stats.norm.ppf(0.95))
    predicted = shown + error * rng.standard_t(10, pick.size)
    for key, q in (("p05", 0.05), ("median", 0.5), ("p95", 0.95)):
        assert effect["predicted"][key] == pytest.approx(2 * np.quantile(predicted, q), abs=0.15 * 2 * predicted.std())
    assert effect["predicted"]["p_positive"] == pytest.approx((predicted > 0).mean(), abs=0.03)
    below = (predicted <= 4.0).mean()
    assert told["surprise"]["tail_probability"] == pytest.approx(2 * min(below, 1 - below), abs=0.06)


def test_scale_of_the_measure_changes_no_posterior(tmp_path: Path, plain: Any) -> None:
    """A pilot in eNPS points and the same one in index points say the same."""
    scenario = firm(tmp_path)
    enps = plain(update_enps(scenario, wave(tmp_path, 8.0, sd=3.0), draws=512, log=False))
    index = plain(
        update(scenario, wave(tmp_path, 8.0, per=0.5, sd=3.0), measure="score", scale="index", draws=512, log=False)
    )
    same(enps, index, 2.0)


def test_where_less_is_better_a_fall_is_a_rise(tmp_path: Path, plain: Any) -> None:
    """Forty-eight hours are nothing and none are a hundred: 2.4 hours less are five points more."""
    scenario = firm(tmp_path, "mx")
    hours = plain(update(scenario, wave(tmp_path, 5.0, per=-0.48), measure="score", node="mx", draws=512, log=False))
    index = plain(
        update(scenario, wave(tmp_path, 5.0), measure="score", node="mx", scale="index", draws=512, log=False)
    )
    assert hours["effect"]["unit"] == "h"
    assert hours["effect"]["measured"]["median"] == pytest.approx(-2.4)
    assert "fell" in hours["sentence"]
    assert "rose" in index["sentence"]
    same(hours, index, -0.48)


def same(one: dict[str, Any], index: dict[str, Any], per: float) -> None:
    """Check that all but the words of two updates agree, the second in index points, the first in its own unit."""
    assert one["effect"]["points"] == pytest.approx(index["effect"]["points"])
    for key in ("prior", "posterior"):
        assert one["effect"][key] == pytest.approx(index["effect"][key])
        for option in one["npv"]:
            assert one["npv"][option][key] == pytest.approx(index["npv"][option][key])
        for link in one["links"]:
            assert one["links"][link][key] == pytest.approx(index["links"][link][key])
    assert one["surprise"] == pytest.approx(index["surprise"])
    assert one["decision"]["choice"] == index["decision"]["choice"]
    ends = ("p05", "median", "p95") if per > 0 else ("p95", "median", "p05")
    for key in ("measured", "predicted"):
        mine, theirs = one["effect"][key], index["effect"][key]
        for name, other in zip(("p05", "median", "p95"), ends, strict=True):
            assert mine[name] == pytest.approx(per * theirs[other]), (key, name)
        turned = theirs["p_positive"] if per > 0 else 1 - theirs["p_positive"]
        assert mine["p_positive"] == pytest.approx(turned)


def test_what_a_comparison_may_miss_is_in_its_error(tmp_path: Path, plain: Any) -> None:
    """0.7 points with chosen controls, 3 without any, nothing where units were drawn; the larger hides no smaller."""
    scenario = firm(tmp_path)

    def error(control: bool, randomised: bool) -> float:
        path = wave(tmp_path, 8.0, sd=6.0, control=control)
        told = plain(update_enps(scenario, path, draws=256, log=False, randomised=randomised))
        found: float = told["effect"]["points"]["error"]
        return found

    assert error(True, False) == pytest.approx(math.hypot(3 * math.sqrt(2 / 6), 0.7))
    assert error(True, True) == pytest.approx(3 * math.sqrt(2 / 6))
    assert error(False, False) == pytest.approx(math.hypot(3 * math.sqrt(1 / 6), 3.0))
    told = plain(update_enps(scenario, wave(tmp_path, 8.0, control=False), draws=256, log=False))
    assert any("without control units" in each for each in told["warnings"])
    assert told["units"] == {"treated": 6, "control": 0}


def test_the_pilot_decides_and_not_what_was_thought_before(tmp_path: Path, plain: Any) -> None:
    """Before it scaling is better; a pilot that fails turns it."""
    path = tmp_path / "sure.yaml"
    path.write_text(
        FIRM.replace("NODE", "ex").replace("effect: {median: 8, factor: 2}", "effect: {median: 8, factor: 6}")
    )
    scenario = txsim.load(path)
    good, bad = (
        plain(update_enps(scenario, wave(tmp_path, effect, sd=0.3), draws=DRAWS, log=False, randomised=True))
        for effect in (40.0, 0.5)
    )
    for told, choice in ((good, "go"), (bad, "stop")):
        npv = {option: told["npv"][option] for option in ("pilot_scale", "pilot_stop")}
        assert npv["pilot_scale"]["prior"]["mean"] > npv["pilot_stop"]["prior"]["mean"]
        assert told["decision"]["choice"] == choice
        ahead = npv["pilot_scale"]["posterior"]["mean"] - npv["pilot_stop"]["posterior"]["mean"]
        assert (ahead > 0) == (choice == "go")
        assert told["sentence"].startswith("Go: scale the driver" if choice == "go" else "Stop")


def test_a_surprise_has_a_small_tail(tmp_path: Path, plain: Any) -> None:
    scenario = firm(tmp_path)
    far = plain(update_enps(scenario, wave(tmp_path, -60.0), draws=512, log=False))
    middle = far["effect"]["predicted"]["median"]
    near = plain(update_enps(scenario, wave(tmp_path, middle), draws=512, log=False))
    assert far["surprise"]["tail_probability"] < 0.01
    assert near["surprise"]["tail_probability"] > 0.9  # what is measured is what was thought likeliest


def test_the_log_is_weighed_as_the_pilot_is(tmp_path: Path, plain: Any) -> None:
    """Two pilots one after the other: what was known after the first is known before the second."""
    scenario = firm(tmp_path)
    first = plain(update_enps(scenario, wave(tmp_path, 8.0, sd=6.0), draws=512))
    second = plain(update_enps(scenario, wave(tmp_path, 20.0, sd=6.0), draws=512, again=False))
    assert second["effect"]["prior"] == pytest.approx(first["effect"]["posterior"])
    for option in first["npv"]:
        assert second["npv"][option]["prior"] == pytest.approx(first["npv"][option]["posterior"])
    assert (first["log"]["earlier"], first["log"]["entry"], first["log"]["appended"]) == (0, 1, True)
    assert (second["log"]["earlier"], second["log"]["entry"]) == (1, 2)
    entries = [json.loads(line) for line in log_path(tmp_path / "firm.yaml").read_text().splitlines()]
    assert [each["decision"] for each in entries] == [first["decision"]["choice"], second["decision"]["choice"]]
    told = entries[0]["likelihood"]
    assert (told["points"], told["error"]) == pytest.approx((4.0, math.hypot(3 * math.sqrt(2 / 6), 0.7)))
    assert told["degrees"] == pytest.approx(10.0)
    assert (told["start"], told["months"]) == (1, 6)
    assert (told["node"], told["drivers"], told["randomised"]) == ("ex[few]", ["desk"], False)
    data = (tmp_path / "wave_8_1_6_1.csv").read_bytes()
    assert entries[0]["data"] == hashlib.sha256(data).hexdigest()
    assert entries[0]["measured"] == pytest.approx(first["effect"]["measured"])
    # The other order ends where this one does.
    log_path(tmp_path / "firm.yaml").unlink()
    update_enps(scenario, wave(tmp_path, 20.0, sd=6.0), draws=512)
    turned = plain(update_enps(scenario, wave(tmp_path, 8.0, sd=6.0), draws=512, again=False))
    assert turned["effect"]["posterior"] == pytest.approx(second["effect"]["posterior"])
    assert log_path(Path("a/firm.yaml"), "other.jsonl") == Path("a/other.jsonl")


# --- go or stop


def comparison(permutation: float | None = 0.04) -> DiffInDiff:
    return DiffInDiff(8.0, 2.0, 9.6, 6, 6, permutation, 3.0)


def seal(rule: dict[str, Any]) -> str:
    """The hash of a rule by docs/schema.md: SHA-256 of all else, keys sorted, no spaces."""
    return hashlib.sha256(json.dumps(rule, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def decided(
    folder: Path,
    rule: dict[str, Any] | None,
    points: float,
    node: str,
    go: tuple[float, float] = (5.0, 1.0),
    bills: float | None = None,
    decision: str | None = None,
    **told: Any,
) -> tuple[Decision, list[str]]:
    path = None
    if rule is not None:
        path = folder / "rule.json"
        path.write_text(json.dumps(rule if "hash" in rule else rule | {"hash": seal(rule)}))
    warnings: list[Message | str] = []
    text = FIRM.replace("NODE", "ex, group: few") + ("" if decision is None else f"decision: {{{decision}}}\n")
    reading = PilotReading(node=node, points=points, error=1.0, degrees=10.0, bills=bills)
    made = decision_after(path, reading, ExpectedNpv(*go), loads(text), warnings, **told)
    return made, [str(warning) for warning in warnings]


@pytest.mark.parametrize(
    ("points", "digits", "said"),
    [
        (5.406, 1, "the saved rule asks for +6 eNPS points; measured +10.8: go"),
        (2.98, 1, "the saved rule asks for +6 eNPS points; measured +5.96: stop"),  # +6.0 would contradict the stop
        (3.0, 0, "the saved rule asks for +6 eNPS points; measured +6: go"),
    ],
)
def test_a_reading_has_one_rounding_and_the_rule_that_of_its_step(
    tmp_path: Path, points: float, digits: int, said: str
) -> None:
    """A point is two eNPS points; a rule in whole points is told in whole points."""
    path = tmp_path / "rule.json"
    path.write_text(
        json.dumps({"rule_details": {"node": "ex[few]", "unit": "eNPS points", "threshold": 6.0, "step": 1.0}})
    )
    reading = PilotReading(node="ex[few]", points=points, error=1.0, degrees=10.0)
    scenario = loads(FIRM.replace("NODE", "ex, group: few"))
    decision = decision_after(path, reading, ExpectedNpv(5.0, 1.0), scenario, [], digits=digits)
    assert str(decision.reason).replace("\N{NO-BREAK SPACE}", " ") == said


@pytest.mark.parametrize(("width", "digits"), [(3.4, 1), (34.0, 0), (0.34, 2), (340.0, 0)])
def test_a_reading_is_told_to_two_digits_of_its_error(width: float, digits: int) -> None:
    assert Difference(10.812, 9.0, 9.0 + width, 1.0, 1.0, 77.0, None, 3.0).digits == digits


@pytest.mark.parametrize(("go", "choice"), [((5.0, 1.0), "go"), ((1.0, 5.0), "stop"), ((-5.0, -1.0), "stop")])
def test_without_a_rule_the_better_of_both(tmp_path: Path, go: tuple[float, float], choice: str) -> None:
    told, warnings = decided(tmp_path, None, 4.0, "ex[few]", go)
    assert told.choice == choice
    assert decided(tmp_path, None, 4.0, "ex[few]", go, weak=True)[0].choice == "open"
    assert told.expected_npv == ExpectedNpv(*go)
    assert told.rule is None
    assert f"{'scaling' if choice == 'go' else 'stopping'} is better" in str(told.reason)
    assert warnings == []


@pytest.mark.parametrize(
    ("node", "rises", "threshold", "points", "choice"),
    [
        ("ex[few]", True, 7.0, 4.0, "go"),  # 4 points are 8 eNPS points
        ("ex[few]", True, 9.0, 4.0, "stop"),
        ("ex[few]", True, 8.0, 4.0, "go"),  # exactly at it
        ("mx", False, -2.0, 5.0, "go"),  # 5 points are 2.4 hours less
        ("mx", False, -3.0, 5.0, "stop"),
        ("mx", False, -2.0, -5.0, "stop"),  # 2.4 hours more
        ("cx", True, 3.0, 4.0, "go"),
        ("cx", True, 5.0, 4.0, "stop"),
    ],
)
def test_a_rule_is_read_in_its_own_scale(
    tmp_path: Path, node: str, rises: bool, threshold: float, points: float, choice: str
) -> None:
    unit = {"mx": "h", "cx": "points"}.get(node, "eNPS points")
    saved = {"node": node, "threshold": threshold, "rises": rises, "unit": unit}
    told, warnings = decided(tmp_path, {"rule_details": saved}, points, node)
    assert told.choice == choice
    assert told.rule == saved
    assert f"{threshold:+.2f}".replace("-", "−") in str(told.reason)
    # By expected NPV it would be go: where the rule stops, that is said.
    assert len(warnings) == (choice == "stop")


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("months", 3, "a pilot of 3 months, and the scenario states 6 months"),
        ("control", False, "a pilot of no control units, and the scenario states control units"),
        ("scope", 0.1, "a pilot of 10 % of the units, and"),
        ("respondents", 7.0, "a pilot of 7 answers a wave, and"),
    ],
)
def test_a_rule_of_another_pilot_is_refused(tmp_path: Path, key: str, value: float, told: str) -> None:
    pilot = loads(FIRM.replace("NODE", "ex, group: few")).pilot
    assert pilot is not None
    own = {"months": pilot.months, "scope": median(pilot.scope), "respondents": median(pilot.respondents),
           "control": pilot.control}  # fmt: skip
    details = {"node": "ex[few]", "threshold": 7.0, "rises": True, "unit": "eNPS points"}
    saved = {"rule_details": details, "design": own}
    assert decided(tmp_path, saved, 4.0, "ex[few]")[0].choice == "go"
    with pytest.raises(InputError) as refused:
        decided(tmp_path, {**saved, "design": {**own, key: value}}, 4.0, "ex[few]")
    (problem,) = refused.value.problems
    assert told in str(problem.message).replace("\N{NO-BREAK SPACE}", " ")
    assert str(problem.file).endswith("rule.json")
    # A file of an earlier version says in its details when it reads, and whether against control units.
    if key in ("months", "control"):
        with pytest.raises(InputError):
            decided(tmp_path, {"rule_details": {**details, key: value}}, 4.0, "ex[few]")


def test_a_rule_that_lost_its_seal_is_told_and_one_that_was_changed_is_refused(tmp_path: Path) -> None:
    """Without its hash a file can be changed at will: the decision says so, and keeps to what stands there."""
    rule = {"rule_details": {"node": "ex[few]", "threshold": 7.0, "rises": True, "unit": "eNPS points"}}
    assert decided(tmp_path, rule, 4.0, "ex[few]")[1] == []
    lower = {"rule_details": {**rule["rule_details"], "threshold": 1.0}}
    with pytest.raises(InputError, match="changed after it was saved"):
        decided(tmp_path, lower | {"hash": seal(rule)}, 4.0, "ex[few]")
    for lost in ("", None):
        decision, (warning,) = decided(tmp_path, lower | {"hash": lost}, 4.0, "ex[few]")
        assert decision.choice == "go"
        assert "rule.json has no `hash`" in warning
    with catalogues.speaking("ru"):
        assert "нет `hash`" in decided(tmp_path, lower | {"hash": None}, 4.0, "ex[few]")[1][0]


@pytest.mark.parametrize(("step", "told"), [(0.5, "+1.5"), (0.05, "+1.50"), (1.0, "+2"), (None, "+1.50")])
def test_a_threshold_is_written_as_on_the_wall(tmp_path: Path, step: float | None, told: str) -> None:
    """The digits of its step, in the rule and in the verdict."""
    threshold = 2.0 if step == 1.0 else 1.5
    saved = {"node": "ex[few]", "threshold": threshold, "rises": True, "unit": "eNPS points", "step": step}
    reason = str(decided(tmp_path, {"rule_details": saved}, 4.0, "ex[few]")[0].reason)
    assert f"asks for {told} eNPS points;" in reason.replace("\N{NO-BREAK SPACE}", " ")


def test_a_rule_without_a_threshold(tmp_path: Path) -> None:
    assert decided(tmp_path, {"always": "scale"}, -9.0, "ex", (1.0, 5.0))[0].choice == "go"
    told, warnings = decided(tmp_path, {"always": "stop"}, 9.0, "ex")
    assert told.choice == "stop"
    assert warnings[0].startswith("by expected NPV it would be go")
    version = decided(tmp_path, {"threshold": 1.0, "scenario_hash": "x"}, 9.0, "cx")[1]
    assert version == ["the rule was saved for another version of the scenario"]


@pytest.mark.parametrize(
    ("details", "said"),
    [
        ({"node": "cx"}, "the rule reads `cx`, but the pilot measured `ex[few]`"),
        ({"node": "ex[many]"}, "the rule reads `ex[many]`, but the pilot measured `ex[few]`"),
        ({"node": "ex"}, "the rule reads `ex`, but the pilot measured `ex[few]`"),
        (
            {"node": "ex[few]", "unit": "points"},
            "the rule is in points, and the scenario's baseline of `ex[few]` in eNPS",
        ),
        (
            {"node": "ex[few]", "by_unit": False},
            "the rule reads `ex[few]` in the whole firm, but this file compares units",
        ),
        ({"node": "ex[few]", "always": "go"}, "this is no decision rule"),
    ],
)
def test_a_rule_of_another_reading_is_refused(tmp_path: Path, details: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as refused:
        decided(tmp_path, {"threshold": 1.0, **details}, 9.0, "ex[few]")
    (problem,) = refused.value.problems
    assert str(problem.message).startswith(said)
    assert str(problem.file).endswith("rule.json")


@pytest.mark.parametrize(
    ("rule", "bills", "choice"),
    [
        ({"threshold": 3.0, "node": "ex[few]"}, None, "open"),
        ({"overrun_limit": -0.1}, -0.15, "go"),  # it does not read the survey
        ({"threshold": 3.0, "node": "ex[few]", "overrun_limit": -0.2}, -0.15, "stop"),  # no reading could make it go
        ({"threshold": 3.0, "node": "ex[few]", "overrun_limit": -0.1}, -0.15, "open"),
        ({"always": "scale"}, None, "go"),
        (None, None, "open"),
    ],
)
def test_a_drift_leaves_open_what_the_survey_decides_alone(
    tmp_path: Path, rule: dict[str, Any] | None, bills: float | None, choice: str
) -> None:
    assert decided(tmp_path, rule, 4.0, "ex[few]", bills=bills, apart=True)[0].choice == choice


@pytest.mark.parametrize(
    ("paths", "limit", "choice", "said"),
    [
        (
            Paths(4.0, (0.6, 0.0), (0.0, 0.0)),
            None,
            "open",
            "neither is clearly better (scaling +5 EUR, stopping +1 EUR)",
        ),
        (Paths(3.9, (0.6, 0.0), (0.0, 0.0)), None, "go", "scaling is better"),
        (
            Paths(3.9, (0.6, 0.0), (0.0, 0.0)),
            "max_p_loss: 0.2",
            "stop",
            "it ends with a loss with probability 60 %, and 20 % are allowed",
        ),
        (Paths(3.9, (0.2, 0.0), (0.0, 0.0)), "max_p_loss: 0.2", "go", "scaling is better"),
        (
            Paths(3.9, (0.6, 0.0), (9e4, 0.0)),
            "max_peak_funding: 50000",
            "stop",
            "peak funding may reach 90.0 k EUR, and 50.0 k",
        ),
        (
            Paths(3.9, (0.6, 0.3), (0.0, 0.0)),
            "max_p_loss: 0.2",
            "open",
            "of scaling, it ends with a loss with probability 60 %, and 20 % are allowed; of stopping, it ends with a "
            "loss with probability 30 %",
        ),
    ],
)
def test_without_a_rule_it_is_chosen_as_a_run_chooses(
    tmp_path: Path, paths: Paths, limit: str | None, choice: str, said: str
) -> None:
    """Within the limits of `decision`, and by more than noise and what is material: 5 against 1 is 4 apart."""
    told, _ = decided(tmp_path, None, 4.0, "ex[few]", paths=paths, decision=limit)
    assert told.choice == choice
    assert said in str(told.reason).replace("\N{NO-BREAK SPACE}", " ")
    start = {"open": "No clear choice. EX rose", "stop": "Stop. EX rose", "go": "Go: scale the driver. EX rose"}[choice]
    measured = Difference(3.0, 1.0, 5.0, 0.9, 1.0, 9.0, None, 1.0)
    sentenced = str(sentence("ex", measured, told, controls=True, unit="eNPS points"))
    assert sentenced.replace("\N{NO-BREAK SPACE}", " ").startswith(f"{start} by 3.0 eNPS points more")


@pytest.mark.parametrize(
    ("threshold", "limit", "bills", "choice", "said"),
    [
        (None, 0.1, 0.1, "go", "the bills run at most 10 % above plan; they ran 10 % above it: go"),  # exactly at it
        (None, 0.1, 0.11, "stop", "they ran 11 % above it: stop"),
        (None, 0.1, 0.104, "stop", "they ran 10.4 % above it: stop"),  # 10 % would contradict the stop
        (None, 0.1, 0.0, "go", "they came in on plan: go"),
        (None, 0.0, 0.02, "stop", "asks that the bills do not run above plan; they ran 2 % above it: stop"),
        (None, -0.12, -0.15, "go", "the bills come in at least 12 % below plan; they came in 15 % below it: go"),
        (None, -0.12, -0.1, "stop", "they came in 10 % below it: stop"),
        (None, -0.12, 0.05, "stop", "at least 12 % below plan; they ran 5 % above it: stop"),
        # 4 points are 8 eNPS points
        (7.0, 0.1, 0.05, "go", "; it asks that the bills run at most 10 % above plan; they ran 5 % above it: go"),
        (9.0, 0.1, 0.05, "stop", "they ran 5 % above it: stop"),
        (7.0, 0.1, 0.2, "stop", "they ran 20 % above it: stop"),
    ],
)
def test_a_rule_that_asks_for_the_bills(
    tmp_path: Path, threshold: float | None, limit: float, bills: float, choice: str, said: str
) -> None:
    saved = {"node": "ex[few]", "threshold": threshold, "overrun_limit": limit, "always": None, "unit": "eNPS points"}
    told, _ = decided(tmp_path, {"rule_details": saved}, 4.0, "ex[few]", bills=bills)
    assert told.choice == choice
    assert str(told.reason).replace("\N{NO-BREAK SPACE}", " ").endswith(said)
    with pytest.raises(InputError, match="asks for the bills of the pilot") as caught:
        decided(tmp_path, {"rule_details": saved}, 4.0, "ex[few]")
    assert "--bills 12%" in str(caught.value.problems[0].hint)


def test_bills_weigh_the_draws_and_stay_in_the_log(tmp_path: Path) -> None:
    """Bills a half above plan are read with a log sd of 0.1: by Bayes on the same draws, here and in the next run."""
    scenario, file = firm(tmp_path), wave(tmp_path, 8.0, sd=6.0)
    without = update_enps(scenario, file, draws=DRAWS, log=False)
    told = update_enps(scenario, file, draws=DRAWS, bills=0.5)
    found = forecast(scenario, draws=DRAWS, trajectories=True)
    inside = found.outcome.by_month("commit", "ex[few]")[1:7].mean(axis=0)
    seen = np.log(found.drawn.quantities["desk.cost_overrun"])
    weight = likelihood(4.0, math.sqrt(3 + 0.7**2), 10.0, inside, False) * stats.norm.pdf((math.log(1.5) - seen) / 0.1)
    weight /= weight.sum()
    cost = found.npv("commit")
    assert told.npv["commit"].posterior.mean == pytest.approx(float(weight @ cost), abs=0.03 * cost.std())
    assert told.npv["commit"].posterior.mean < without.npv["commit"].posterior.mean
    assert told.npv["commit"].prior == without.npv["commit"].prior
    (entry,) = [json.loads(line) for line in log_path(tmp_path / "firm.yaml").read_text().splitlines()]
    assert entry["likelihood"]["bills"] == 0.5
    named = tmp_path / "named.yaml"
    named.write_text((tmp_path / "firm.yaml").read_text() + "pilots: firm.pilots.jsonl\n")
    later = forecast(txsim.load(named), draws=DRAWS)
    overrun = found.drawn.quantities["desk.cost_overrun"]
    expected = weighed(overrun, weight, 0.5)
    assert expected > np.median(overrun) + 0.1
    assert np.median(later.drawn.quantities["desk.cost_overrun"]) == pytest.approx(expected, abs=0.02)
    # bills that nobody told change neither log nor hash
    update_enps(scenario, wave(tmp_path, 6.0, sd=5.0), draws=DRAWS, again=False)
    assert "bills" not in json.loads(log_path(tmp_path / "firm.yaml").read_text().splitlines()[1])["likelihood"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("12", "in percent"),
        ("1.12", "in percent"),
        ("-100%", "in percent"),
        ("half", "`half` is not a number"),
        ("nan%", "numbers are finite"),
        ("inf%", "numbers are finite"),
    ],
)
def test_bills_that_could_be_read_two_ways_are_asked_for(text: str, said: str) -> None:
    with pytest.raises(click.BadParameter, match=said):
        OVER_PLAN.convert(text, None, None)


def test_bills_are_told_in_percent_of_plan() -> None:
    assert OVER_PLAN.convert("12%", None, None) == pytest.approx(0.12)
    assert OVER_PLAN.convert("−7,5 %", None, None) == pytest.approx(-0.075)


def test_what_comes_back_by_itself_is_no_effect(tmp_path: Path) -> None:
    """Units chosen 40 eNPS points below: 0.3 × 40 = 12, 6 index points, come back: 4 measured leave −2."""
    firm(tmp_path)
    path = tmp_path / "firm.yaml"
    plain_firm = txsim.load(path)
    path.write_text(path.read_text().replace("units: 6}", "units: 6, chosen_below: 40}"))
    file, rule = wave(tmp_path, 8.0, sd=3.0), tmp_path / "rule.json"
    rule.write_text(json.dumps({"node": "ex[few]", "unit": "eNPS points", "threshold": 8.0}))
    firms = (plain_firm, txsim.load(path))
    without, chosen = (update_enps(each, file, draws=256, log=False, rule=rule) for each in firms)
    assert without.effect.points.median == pytest.approx(4.0)
    assert chosen.effect.points.median == pytest.approx(4.0 - 6.0)
    assert chosen.effect.measured == without.effect.measured
    # what is expected to be read has it, too, as has the threshold of the saved rule
    assert chosen.effect.predicted.median == pytest.approx(without.effect.predicted.median + 12.0)
    assert (chosen.decision.choice, without.decision.choice) == ("go", "go")
    assert chosen.effect.posterior.median < without.effect.posterior.median
    assert any("30 % of it, 6.0 index points, come" in str(each).replace("\xa0", " ") for each in chosen.warnings)


def test_words_of_a_comparison() -> None:
    assert str(basis(comparison())) == "10 degrees of freedom; 4 of 100 placebo comparisons move as far"
    assert str(basis(comparison(None))) == "10 degrees of freedom"

    def told(low: float, middle: float, high: float, choice: str = "go") -> str:
        measured = Difference(middle, low, high, 0.9, 1.0, 9.0, None, 1.0)
        decision = Decision("go" if choice == "go" else "stop", ExpectedNpv(0.0, 0.0), None, "r")
        return str(sentence("ex", measured, decision, controls=True))

    assert told(1, 3, 5) == "Go: scale the driver. EX rose by 3.0 more in pilot than in control units; r."
    assert told(-5, -3, -1, "stop") == "Stop. EX fell by 3.0 more in pilot than in control units; r."
    assert "what chance does" in told(-1, 3, 5)
    assert "what chance does" in told(-5, -3, 1)


def test_a_small_pilot_and_a_drift_are_said_with_the_verdict() -> None:
    measured = Difference(20.0, 2.0, 38.0, 0.97, 10.0, 10.0, None, 9.0)
    decision = Decision("stop", ExpectedNpv(0.0, 1.0), None, "stopping is better")
    said = str(sentence("ex", measured, decision, controls=True, weak=as_message("27 or more shows")))
    assert said.startswith("The pilot was too small to size the effect")
    assert "Stop." not in said
    earlier = BeforeStart(3, Interval(6.3, -7.8, 20.4, 0.77))
    held = blind(earlier, 17.4)
    assert "6.3 (−7.8 … 20)" in str(held)
    assert str(held) in str(sentence("ex", measured, decision, controls=True, drifts=held))
    assert blind(earlier, 21.0) is None
    assert blind(None, 17.4) is None


@pytest.mark.parametrize(
    ("believed", "points", "tail", "against", "said"),
    [
        # 1.812 = t of 10 degrees at 0.95, error 1: −5 reads −6.8 … −3.2, twice as much in eNPS points
        ((0.5, 2.0), -5.0, 0.001, "go", "+1.0 … +4.0 eNPS points is believed even after the pilot, and −13.6 … −6.4 "
         "eNPS points was measured (90 %): the belief cannot hold so harmful an effect; widen it, or stop"),
        ((4.0, 6.0), 2.0, 0.001, "go", "cannot hold so small an effect"),  # 0.2 … 3.8
        ((4.0, 6.0), 2.2, 0.001, None, ""),  # 0.4 … 4.01 meets 4
        ((0.5, 2.0), 4.0, 0.001, "stop", "cannot hold so large an effect"),  # 2.2 … 5.8
        ((0.5, 2.0), -5.0, 0.011, None, ""),  # no surprise: chance does it once in 90 pilots
    ],
)  # fmt: skip
def test_a_reading_that_no_belief_can_hold_gives_no_choice_against_it(
    tmp_path: Path, believed: tuple[float, float], points: float, tail: float, against: str | None, said: str
) -> None:
    """By expected NPV it is go (5 against 1); only a reading that is worse than believed takes that away."""
    found = conflict_of(
        Interval(sum(believed) / 2, *believed, 1.0), student_figures(points, 1.0, 10.0), tail, SCALES["enps"], 1
    )
    assert against == (found and found.against)
    measured = Difference(2 * points, 2 * points - 3.6, 2 * points + 3.6, 0.0, 2.0, 10.0, None, 1.0)
    always, asked = {"always": "scale"}, {"threshold": 2 * points, "node": "ex[few]"}
    for go, rule, plain in (((5.0, 1.0), None, "go"), ((1.0, 5.0), None, "stop"), ((5.0, 1.0), always, "go"),
                            ((5.0, 1.0), asked, "go")):  # fmt: skip
        told, _ = decided(tmp_path, rule, points, "ex[few]", go, conflict=found)
        withheld = plain == against and rule is not asked  # a sealed threshold that was read decides all the same
        assert told.choice == ("open" if withheld else plain)
        words = str(sentence("ex", measured, told, controls=True, conflict=found)).replace("\N{NO-BREAK SPACE}", " ")
        assert words.startswith("The pilot contradicts what was believed") == (found is not None)
        assert said in words
        assert ("Go: " in words, "Stop. " in words) == (told.choice == "go", told.choice == "stop")


@pytest.mark.parametrize("ends", [(1, 3, 5), (-1, 3, 5), (-5, -3, -1), (-5, -3, 1)])
def test_nothing_is_said_of_control_units_that_there_are_not(ends: tuple[float, float, float]) -> None:
    decision = Decision("go", ExpectedNpv(0.0, 0.0), None, "r")
    said = str(
        sentence("ex", Difference(ends[1], ends[0], ends[2], 0.9, 1.0, 9.0, None, 1.0), decision, controls=False)
    )
    assert "than in control units" not in said
    assert ("rose by 3.0" if ends[1] > 0 else "fell by 3.0") in said
    assert ("what chance does" in said) == (ends[0] < 0 < ends[2])
    assert ("no control units" in said) == (not ends[0] < 0 < ends[2])


def test_a_comma_before_three_digits_of_bills_is_asked_about() -> None:
    """But no group of thousands begins with a nought."""
    with pytest.raises(click.BadParameter, match="can be read two ways"):
        OVER_PLAN.convert("1,200%", None, None)
    assert OVER_PLAN.convert("-0,125 %", None, None) == pytest.approx(-0.00125)


# --- what was measured


@pytest.fixture(scope="module")
def small() -> Any:
    return forecast(loads(FIRM.replace("NODE", "ex, group: few")), draws=128)


def test_nodes_by_name(small: Any) -> None:
    scenario = small.scenario
    assert measurable(scenario.network().nodes) >= {"ex", "ex[few]", "ex[many]", "cx", "mx"}
    assert node_of(scenario, "score", None) == "ex[few]"  # what is pushed
    assert node_of(scenario, "ex", None) == "ex[few]"
    assert node_of(scenario, "cx", None) == "cx"
    assert node_of(scenario, "score", "mx") == "mx"
    with pytest.raises(InputError, match="no node `mix`; did you mean `mx`"):
        node_of(scenario, "score", "mix")
    stated = loads(FIRM.replace("NODE", "ex, group: few").replace("units: 6", "units: 6, measures: ['ex[many]']"))
    assert node_of(stated, "ex", None) == "ex[many]"
    whole = loads(FIRM.replace("NODE", "ex"))
    assert node_of(whole, "ex", None) == "ex"


def test_points_by_scale(small: Any) -> None:
    scenario = small.scenario
    assert scale_of(scenario, "ex[few]", None).points_per_unit == 0.5
    assert scale_of(scenario, "mx", None).points_per_unit == pytest.approx(-100 / 48)
    assert scale_of(scenario, "ex[few]", "likert5").points_per_unit == 25.0
    with pytest.raises(InputError, match="unknown scale `enp`; did you mean"):
        scale_of(scenario, "cx", "enp")
    assert scale_of(scenario, "cx", None).points_per_unit == 1.0


def test_push_and_slopes_are_the_draws_own(small: Any) -> None:
    drawn = small.drawn
    expected = drawn.quantities["desk.pushes[0].effect"] * drawn.quantities["desk.delivery"]
    np.testing.assert_allclose(pushed(small), expected)
    told = slopes(small)
    assert "ex[few] -> cx" in told
    values = np.concatenate([told["ex[few] -> cx"], told["ex[many] -> cx"]])
    assert np.all(values > 0)
    # what ten people do to customers is a ninth of what ninety do
    np.testing.assert_allclose(told["ex[many] -> cx"] / told["ex[few] -> cx"], 9.0)
