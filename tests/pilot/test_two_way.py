# SPDX-License-Identifier: MIT
"""Unit and period effects by dummy variables, robust errors by their definition, coverage where people leave."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import linalg, stats

import txsim
from txsim.panel.reader.link_spec import LinkSpec
from txsim.pilot.before_start import cautions, drifted_apart
from txsim.pilot.did import before_start, difference
from txsim.pilot.leaving import leaving
from txsim.pilot.pilot_file import read_pilot
from txsim.pilot.pilot_panel import Pilot
from txsim.pilot.two_way import TwoWay, cell_weights
from txsim.pilot.update import update
from txsim.results.quantities import Interval
from txsim.results.update import BeforeStart, Leaving, Update


def made(
    rng: np.random.Generator,
    treated: int,
    control: int,
    periods: tuple[int, int],
    *,
    gone: tuple[float, float] = (0.0, 0.0),
    effect: float = 0.0,
    rho: float = 0.6,
    apart: float = 0.0,
    change: float = 1.0,
) -> Pilot:
    """Return a pilot whose units differ, drift together, move by themselves, and leave one arm more often."""
    units, count = treated + control, sum(periods)
    inside = np.arange(units) < treated
    late = np.broadcast_to(np.arange(count) >= periods[0], (units, count))
    own = rng.standard_normal((units, count))
    for t in range(1, count):
        own[:, t] = rho * own[:, t - 1] + math.sqrt(1 - rho**2) * own[:, t]
    value = 50 + 5 * rng.standard_normal((units, 1)) + 0.5 * np.arange(count) + 2 * own
    value += (effect * inside[:, None] + change * rng.standard_normal((units, 1))) * late
    value += apart * inside[:, None] * np.arange(count) + rng.standard_normal((units, count))
    leaves = rng.random(units) < np.where(inside, *gone)
    last = np.where(leaves, rng.integers(periods[0] + 1, count, units), count)
    value = np.where(np.arange(count) < last[:, None], value, np.nan)
    names = tuple(f"u{i}" for i in range(units))
    return Pilot(names, inside, value, np.ones_like(value), late, "y", value.size, ())


def by_dummies(model: TwoWay) -> tuple[float, dict[bool, float], float]:
    """Return effect, both arms' parts of the CR2 variance, and the degrees of freedom of their sum, by the textbook.

    One column for each unit and period, weights by their roots, a symmetric root of each unit's block of I − H, and
    Satterthwaite's moments of the whole quadratic form (Bell & McCaffrey 2002).
    """
    at_unit, at_period = np.nonzero(np.isfinite(model.value))
    root = np.sqrt(model.weight[at_unit, at_period])
    size = model.value.shape
    x = np.zeros((root.size, 1 + size[0] + size[1]))
    x[:, 0] = model.inside[at_unit] & model.late[at_unit, at_period]
    x[np.arange(root.size), 1 + at_unit] = 1
    x[np.arange(root.size), 1 + size[0] + at_period] = 1
    x *= root[:, None]
    y = root * model.value[at_unit, at_period]
    bread = linalg.pinvh(x.T @ x)
    beta = bread @ x.T @ y
    hat = x @ bread @ x.T
    residual = y - x @ beta
    parts = {True: 0.0, False: 0.0}
    columns = []
    for unit in range(size[0]):
        mine = np.flatnonzero(at_unit == unit)
        block = np.eye(mine.size) - hat[np.ix_(mine, mine)]
        values, axes = np.linalg.eigh(block)
        keep = values > 1e-8
        turned = axes[:, keep] @ np.diag(values[keep] ** -0.5) @ axes[:, keep].T
        p = turned @ (x[mine] @ bread[:, 0])
        parts[bool(model.inside[unit])] += float(p @ residual[mine]) ** 2
        columns.append((np.eye(root.size) - hat)[:, mine] @ p)
    g = np.stack(columns, axis=1)
    omega = g.T @ g
    return float(beta[0]), parts, float(np.trace(omega) ** 2 / np.trace(omega @ omega))


@pytest.mark.parametrize("weighed", [False, True])
def test_effect_and_errors_are_those_of_dummy_variables(weighed: bool) -> None:
    rng = np.random.default_rng(3)
    pilot = made(rng, 4, 6, (3, 5), gone=(0.3, 0.6), effect=2.0)
    value = np.where(rng.random(pilot.value.shape) < 0.1, np.nan, pilot.value)
    weight = rng.uniform(0.5, 3.0, value.shape) if weighed else np.ones_like(value)
    model = TwoWay(value, weight, pilot.late, pilot.treated)
    effect, parts, _ = by_dummies(model)
    inside, outside = model.arms()
    assert model.effect == pytest.approx(effect)
    assert inside.variance == pytest.approx(parts[True])
    assert outside.variance == pytest.approx(parts[False])


def test_degrees_of_freedom_are_those_of_the_quadratic_form() -> None:
    """All units as one arm: what the two arms add, and what ties them, gives the whole form's degrees."""
    rng = np.random.default_rng(8)
    pilot = made(rng, 5, 5, (3, 4), gone=(0.5, 0.2))
    model = TwoWay(pilot.value, np.ones_like(pilot.value), pilot.late, pilot.treated)
    _, _, whole = by_dummies(model)
    inside, outside = model.arms()
    apart = (inside.expected + outside.expected) ** 2 / (
        inside.expected**2 / inside.degrees + outside.expected**2 / outside.degrees
    )
    assert apart == pytest.approx(whole, rel=0.1)  # units of two arms are tied by periods alone


def test_what_is_alike_for_all_is_no_effect() -> None:
    rng = np.random.default_rng(1)
    pilot = made(rng, 5, 7, (3, 4), gone=(0.4, 0.2), effect=1.0)
    moved = replace(pilot, value=3.0 * (pilot.value + np.arange(7) ** 2 + np.arange(12)[:, None]))
    one, other = difference(pilot), difference(moved)
    assert (other.effect, other.error) == pytest.approx((3 * one.effect, 3 * one.error))
    assert (other.degrees, other.permutation) == pytest.approx((one.degrees, one.permutation))


def test_intervals_cover_where_people_leave_one_arm() -> None:
    """16 of 100 leave the pilot, 35 the others, all drift upwards: unit means say too much, cells do not.

    600 pilots: a coverage of 0.9 is met within four Monte Carlo errors of 0.012.
    """
    rng = np.random.default_rng(5)
    inside, effects, means = [], [], []
    for _ in range(600):
        pilot = made(rng, 14, 14, (5, 10), gone=(0.16, 0.35), effect=2.0)
        found = difference(pilot, placebos=False)
        told = found.figures()
        inside.append(told.p05 <= 2.0 <= told.p95)
        effects.append(found.effect)
        change = pilot.after - pilot.before
        means.append(change[pilot.treated].mean() - change[~pilot.treated].mean())
    assert np.mean(inside) == pytest.approx(0.9, abs=0.05)
    error = np.std(effects) / math.sqrt(600)
    assert np.mean(effects) == pytest.approx(2.0, abs=4 * error)
    assert np.mean(means) > 2.0 + 4 * error


def test_one_pilot_unit_among_controls_that_leave() -> None:
    rng = np.random.default_rng(6)
    inside = []
    for _ in range(400):
        told = difference(made(rng, 1, 10, (4, 6), gone=(0.0, 0.3)), placebos=False).figures()
        inside.append(told.p05 <= 0.0 <= told.p95)
    assert np.mean(inside) == pytest.approx(0.9, abs=0.06)


def test_placebos_are_every_other_grouping() -> None:
    rng = np.random.default_rng(2)
    pilot = made(rng, 3, 4, (2, 4), gone=(0.3, 0.6))
    model = TwoWay(pilot.value, np.ones_like(pilot.value), pilot.late, pilot.treated)
    labels = np.array([[i in some for i in range(7)] for some in ((0, 1, 2), (1, 4, 6), (3, 5, 6))])
    for label, effect in zip(labels, model.relabelled(labels), strict=True):
        assert effect == pytest.approx(by_dummies(replace(model, inside=label))[0])


def test_cells_of_many_answers_count_for_more() -> None:
    """Cells differ by sd 1, answers by sd 20: a cell of 400 answers has half the variance of one of 130."""
    rng = np.random.default_rng(4)
    answers = rng.choice([40.0, 400.0], (60, 12))
    late = np.broadcast_to(np.arange(12) >= 6, answers.shape)
    inside = np.arange(60) < 30
    value = rng.standard_normal((60, 12)) * np.sqrt(1.0 + 400.0 / answers)
    plain = TwoWay(value, np.ones_like(value), late, inside)
    weight = cell_weights(plain, answers)
    ratio = weight[answers == 400.0].mean() / weight[answers == 40.0].mean()
    # 11 against 2; squares of some 330 cells each tell their variance within 8 %
    assert ratio == pytest.approx(11.0 / 2.0, rel=0.3)
    assert np.all(cell_weights(plain, np.full_like(answers, 7.0)) == 1.0)
    without = answers.copy()
    without[0, 0] = np.nan
    assert np.all(cell_weights(plain, without) == 1.0)


# --- before the start, and who left


def test_a_drift_as_large_as_the_effect_takes_the_decision_away(tmp_path: Path) -> None:
    """Without any effect a drift is none of the driver's; beside an effect far larger than itself it is a caution."""
    scenario = txsim.load(Path(__file__).parents[2] / "scenarios" / "service_desk_pilot.yaml")
    rule = tmp_path / "rule.json"
    rule.write_text('{"threshold": 1, "node": "ex[front_line]", "rises": true}')

    def told(apart: float, effect: float, rule: Path | None = None) -> Update:
        pilot = made(np.random.default_rng(7), 20, 20, (6, 4), apart=apart, effect=effect, change=0.5)
        lines = ["unit,period,treated,post,eNPS"]
        lines += [
            f"{unit},2025-{t + 1:02d},{int(pilot.treated[i])},{int(pilot.late[i, t])},{pilot.value[i, t] - 50:.6f}"
            for i, unit in enumerate(pilot.units)
            for t in range(10)
        ]
        path = tmp_path / "pilot.csv"
        path.write_text("\n".join(lines) + "\n")
        return update(scenario, path, scale="enps", randomised=True, rule=rule, draws=256, log=False)

    drift = told(1.0, -2.0)
    assert drift.before_start is not None
    assert drift.before_start.effect.p05 > 0
    assert drift.before_start.effect.p95 > drift.effect.measured.median > 0
    assert drift.decision.choice == "open"
    assert str(drift.sentence).startswith("No decision: pilot and control units moved apart before the start")
    assert drift.decision.expected_npv.scale == drift.npv["pilot_scale"].posterior.mean  # figures stay
    # the drift is in the error, so that nothing is concluded from it: root of squares of both, half an index point each
    placebo = drift.before_start.effect
    # months 0, 1, 2 against 3, 4, 5 are 3 apart, 0 … 5 against 6 … 9 are 5 apart
    apart = 5 / 3 * np.hypot(placebo.median, (placebo.p95 - placebo.p05) / 2 / 1.6448536) / 2
    assert drift.effect.points.error == pytest.approx(np.hypot(drift.effect.measured.standard_error / 2, apart))
    assert told(1.0, -2.0, rule).decision.choice == "open"
    assert told(1.0, 30.0).decision.choice != "open"
    assert told(0.0, 4.0).decision.choice != "open"


def test_a_start_that_never_was() -> None:
    rng = np.random.default_rng(7)
    calm = before_start(made(rng, 20, 20, (6, 4), effect=3.0))
    apart = before_start(made(rng, 20, 20, (6, 4), apart=1.0))
    assert calm is not None
    assert apart is not None
    assert calm.periods == 6
    assert calm.effect.p05 < 0 < calm.effect.p95
    assert apart.effect.median == pytest.approx(3.0, abs=1.5)  # one point a period, middles three periods apart
    assert apart.effect.p05 > 0
    assert before_start(made(rng, 5, 5, (1, 4))) is None
    tail = min(apart.effect.p_positive, 1 - apart.effect.p_positive)
    assert (calm.clear, apart.clear, apart.p) == (False, True, 2 * tail)
    # what is as large as the interval reaches cannot be told from a drift
    assert [calm.holds(x) for x in (calm.effect.p95, calm.effect.p95 + 0.01)] == [True, False]


def test_units_that_leave_one_arm_are_tested_and_bounded() -> None:
    """Changes known by hand: of ten pilot units none leaves, of ten controls six, so six of the ten are taken out."""
    change = np.array([*range(10), *([0.0] * 8), 1.0, -1.0])
    inside = np.arange(20) < 10
    value = np.stack([np.zeros(20), change, change], axis=1)
    value[10:16, 2] = np.nan
    late = np.broadcast_to(np.array([False, True, True]), value.shape)
    pilot = Pilot(tuple(map(str, range(20))), inside, value, np.ones_like(value), late, "y", 60, ())
    found = leaving(pilot)
    assert found is not None
    assert (found.treated, found.control) == (0.0, 0.6)
    assert found.p == pytest.approx(stats.fisher_exact([[10, 0], [4, 6]]).pvalue)
    assert found.differs
    assert found.bounds is not None
    assert found.bounds.trimmed == 6
    assert (found.bounds.low, found.bounds.high) == pytest.approx((1.5, 7.5))  # 0 … 3, and 6 … 9, against 0
    assert found.bounds.p05 < 1.5
    assert found.bounds.p95 > 7.5
    alike = leaving(replace(pilot, value=np.where(np.isfinite(value), value, 0.0)))
    assert alike is not None
    assert (alike.differs, alike.bounds, alike.treated) == (False, None, 0.0)


def test_bounds_hold_the_effect_on_those_who_stay() -> None:
    """Who gains least leaves the pilot: the effect on those who stay in either arm lies between the bounds."""
    rng = np.random.default_rng(9)
    units, held = 400, 0
    for _ in range(20):
        inside = np.arange(units) < units // 2
        own = rng.standard_normal(units)
        change = own + 1.0 * inside
        leaves = inside & (own < -0.5)
        value = np.stack([np.zeros(units), change], axis=1) + 0.1 * rng.standard_normal((units, 2))
        value[leaves, 1] = np.nan
        late = np.broadcast_to(np.array([False, True]), value.shape)
        found = leaving(Pilot(tuple(map(str, range(units))), inside, value, np.ones_like(value), late, "y", 800, ()))
        assert found is not None
        assert found.bounds is not None
        held += found.bounds.p05 < 1.0 < found.bounds.p95
    assert held >= 18


# --- files


def written(folder: Path, text: str) -> Path:
    path = folder / "pilot.csv"
    path.write_text(text)
    return path


def test_weeks_are_put_in_order(tmp_path: Path) -> None:
    rows = "".join(
        f"{u},{w},{int(u == 'a')},{int(k > 1)},{10 * k + i}\n"
        for i, u in enumerate("abc")
        for k, w in ((2, "201101"), (0, "201051"), (1, "201052"))
    )
    found = read_pilot(written(tmp_path, "unit,period,treated,post,y\n" + rows))
    assert found.value.tolist() == [[0, 10, 20], [1, 11, 21], [2, 12, 22]]
    assert found.late.tolist() == [[False, False, True]] * 3


def test_post_of_pilot_units_alone(tmp_path: Path) -> None:
    """Where `post` is 1 for pilot units only, control units count as after from the start on."""
    rows = "".join(
        f"{u},2024-0{t},{int(u in 'ab')},{int(u in 'ab' and t > 2)},{t * t + i * i * (t > 3)}\n"
        for i, u in enumerate("abcd")
        for t in (1, 2, 3, 4)
    )
    found = read_pilot(written(tmp_path, "unit,period,treated,post,y\n" + rows))
    assert any("`post` marks pilot units alone" in str(warning) for warning in found.warnings)
    assert found.late[2:].tolist() == [[False, False, True, True]] * 2
    assert difference(found).control == 2


@pytest.mark.parametrize("names", [("2024-01", "2024-07"), ("Start", "After")])
def test_post_of_pilot_units_alone_in_two_periods(tmp_path: Path, names: tuple[str, str]) -> None:
    """All rise by 10 and pilot units by 5 more, in periods that the spec alone puts in order, too."""
    rows = "".join(
        f"{u},{names[t]},{int(i < 4)},{int(i < 4 and t)},{50 + 3 * i + t * (10 + 5 * (i < 4) + (-1) ** i)}\n"
        for i, u in enumerate("stuvwxyz")
        for t in (0, 1)
    )
    spec = LinkSpec(waves={"Start": "2024-01", "After": "2024-07"})
    found = read_pilot(written(tmp_path, "unit,period,treated,post,y\n" + rows), spec=spec)
    assert (found.periods, found.when) == (names, (2024 * 12.0, 2024 * 12.0 + 6))
    assert (difference(found).effect, difference(found).control) == (pytest.approx(5.0), 4)


def test_a_drift_is_carried_on_by_months() -> None:
    """January, February and March against the next March: 13 months from their middle, of which the placebo has 1.5."""
    rng = np.random.default_rng(7)
    plain = made(rng, 20, 20, (3, 2))
    plain = replace(plain, value=plain.value[:, :4], answers=plain.answers[:, :4], late=plain.late[:, :4])
    dated = before_start(replace(plain, when=(0.0, 1.0, 2.0, 14.0)))
    assert dated is not None
    assert dated.farther == pytest.approx(13 / 1.5)
    counted = before_start(plain)
    assert counted is not None
    assert counted.farther == pytest.approx(2 / 1.5)


def test_a_drift_against_the_effect_hides_of_it() -> None:
    """A placebo of −1.4 that goes on is −2.9 at the real start: +3.5 is too low, and −2.5 is not to be read."""
    earlier = BeforeStart(3, Interval(-1.43, -1.90, -0.96, 2e-5), 2.0)
    assert [drifted_apart(earlier, effect) for effect in (3.5, -2.5, -3.9)] == [False, True, False]
    assert "against the effect" in str(cautions(earlier, None, 3.5)[0])
    assert "as much may be in the effect" in str(cautions(earlier, None, -2.5)[0])


def test_pilot_units_that_begin_at_different_times_are_told(tmp_path: Path) -> None:
    rows = "".join(
        f"{u},{t},{int(u in 'ab')},{int(t > (2 if u == 'a' else 3))},{t + i}\n"
        for i, u in enumerate("abcd")
        for t in (1, 2, 3, 4, 5)
    )
    found = read_pilot(written(tmp_path, "unit,period,treated,post,y\n" + rows))
    assert any("earlier ones serve as controls" in str(warning) for warning in found.warnings)
    # a control unit that is gone after the start is none: with one left each unit is compared with itself
    rows = "".join(line + "\n" for line in rows.splitlines() if not (line[0] == "d" and int(line[2]) > 3))
    found = read_pilot(written(tmp_path, "unit,period,treated,post,y\n" + rows))
    assert any("each is compared with itself before" in str(warning) for warning in found.warnings)


def test_numbers_of_answers_are_read(tmp_path: Path) -> None:
    text = "unit,period,treated,post,score,n\n"
    text += "".join(
        f"{u},{t},{int(u == 'a')},{int(t > 1)},{t + i},{10 * t + i}\n" for i, u in enumerate("abc") for t in (1, 2)
    )
    found = read_pilot(written(tmp_path, text))
    assert found.answers.tolist() == [[10, 20], [11, 21], [12, 22]]


def test_what_is_trimmed_is_a_share_of_those_who_stayed() -> None:
    """Of 40 units each, 20 of the pilot and 30 of the control stay: of the 30, a third would have left the pilot."""
    rng = np.random.default_rng(3)
    value = rng.normal(50, 5, (80, 2))
    treated = np.arange(80) < 40
    value[:20, 1] = np.nan
    value[40:50, 1] = np.nan
    late = np.broadcast_to([False, True], value.shape)
    names = tuple(f"u{i}" for i in range(80))
    left = leaving(Pilot(names, treated, value, np.ones_like(value), late, "ex", 160, ()))
    assert left is not None
    assert (left.treated, left.control, left.differs) == (0.5, 0.25, True)
    assert left.bounds is not None
    assert left.bounds.trimmed == 10
    # of 14 against 14 one and five leave: too few to tell (p 0.16; seven would show it, p 0.033), but not to bound
    value = rng.normal(50, 5, (28, 2))
    treated, late = np.arange(28) < 14, np.broadcast_to([False, True], value.shape)
    value[[0, 1, 2, 3, 4, 14], 1] = np.nan
    few = leaving(Pilot(names[:28], treated, value, np.ones_like(value), late, "ex", 56, ()))
    assert few is not None
    assert (few.differs, few.least_share) == (False, 0.5)
    assert few.bounds is not None
    assert few.bounds.trimmed == 4  # 13 of 14 stay against 9 of 14: of 13, 4/13 would have left


@pytest.mark.parametrize(("p_positive", "said"), [(0.02, True), (0.03, False), (0.97, False), (0.98, True)])
def test_units_that_moved_apart_before_the_start_are_told_from_one_chance_in_twenty(
    p_positive: float, said: bool
) -> None:
    """Either way: a rise or a fall that a start that never was shows in fewer than 5 of 100 pilots."""
    earlier = BeforeStart(4, Interval(1.0, 0.1, 1.9, p_positive))
    assert bool(cautions(earlier, None, 2.0)) is said


def test_shares_of_units_that_left_are_told_of_their_own_arm() -> None:
    (words,) = cautions(None, Leaving(0.3, 0.1, 0.01, True, None), 2.0)
    assert str(words).startswith("30 % of pilot units and 10 % of control units")
