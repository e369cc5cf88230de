# SPDX-License-Identifier: MIT
"""Where draws come from: even in every batch, joined to all of the posterior, tied as docs/model.md says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from txsim.errors import InputError
from txsim.forecast import Draws, calibration_spec, draw
from txsim.inference import Calibration, calibrate
from txsim.priors.distributions import Distribution, beta, cdf, lognormal, point, ppf
from txsim.scenario import loads
from txsim.simulate.points import check_draws, morton_order, pick_posterior, prefix, sample_points, stable_order
from txsim.simulate.quantities import copulas, own_quantities, reading_quantities

EIGHTHS = 8  # independent batches (docs/model.md, section 8)


@pytest.mark.parametrize(
    ("draws", "nearest"), [(127, 128), (0, 128), (129, 128), (3000, 4096), (2900, 4096), (2800, 2048), (2**21, 2**20)]
)
def test_only_powers_of_two_can_be_drawn(draws: int, nearest: int) -> None:
    with pytest.raises(
        InputError, match=f"{draws} must be a power of two from 128 to 1048576; the nearest is {nearest}$"
    ):
        check_draws(draws)


def test_the_fewest_and_the_most_draws_can_be_drawn() -> None:
    assert [check_draws(draws) for draws in (128, 2**20)] == [128, 2**20]


def test_a_part_of_the_draws_holds_the_first_ones_of_each_batch() -> None:
    assert prefix(256, 128).tolist() == [32 * batch + i for batch in range(8) for i in range(16)]
    assert prefix(256, 256).tolist() == prefix(256, 4096).tolist() == list(range(256))
    many = prefix(2**17, 2**15)
    assert many.size == 2**15
    assert np.bincount(many // 2**14).tolist() == [2**12] * EIGHTHS
    assert (many % 2**14).max() == 2**12 - 1
    assert prefix(128, 1).tolist() == [0, 16, 32, 48, 64, 80, 96, 112]  # never none of a batch


@given(st.lists(st.sampled_from([0.0, -0.0, 1.0, 1.5, -7.0, float("inf"), float("nan")]) | st.floats(), max_size=40))
def test_equal_values_keep_their_order(values: list[float]) -> None:
    def by_hand(i: int) -> tuple[bool, float]:  # no number comes last
        return values[i] != values[i], 0.0 if values[i] != values[i] else values[i]

    assert stable_order(np.array(values)).tolist() == sorted(range(len(values)), key=by_hand)


def test_a_curve_through_two_ranks_goes_quarter_by_quarter() -> None:
    a, b = (side.ravel() for side in np.meshgrid(np.arange(8.0), np.arange(8.0), indexing="ij"))
    mixed = np.random.default_rng(0).permutation(64)
    order = mixed[morton_order([a[mixed], b[mixed]])]
    for quarter, (low_a, low_b) in enumerate(((0, 0), (0, 4), (4, 0), (4, 4))):
        inside = order[16 * quarter : 16 * quarter + 16]
        assert ((low_a <= a[inside]) & (a[inside] < low_a + 4)).all(), quarter
        assert ((low_b <= b[inside]) & (b[inside] < low_b + 4)).all(), quarter
    values = np.random.default_rng(1).normal(size=700)
    assert morton_order([values]).tolist() == np.argsort(values).tolist()


def _joined(posterior: int, draws: int, seed: int = 0) -> np.ndarray:
    """Return which posterior draw stands at each point, keys in no order."""
    rng = np.random.default_rng(seed)
    along = np.concatenate([rng.permutation(draws // EIGHTHS) for _ in range(EIGHTHS)])
    names = np.arange(float(posterior)).reshape(1, 4, -1)
    return np.asarray(pick_posterior(names, along, [rng.normal(size=names.shape[1:])])[0], dtype=int)


@pytest.mark.parametrize("times", [1, 2, 8])
def test_every_posterior_draw_is_used_equally(times: int) -> None:
    found = _joined(1024, 1024 * times)
    assert np.bincount(found, minlength=1024).tolist() == [times] * 1024


@pytest.mark.parametrize(("posterior", "draws"), [(4000, 128), (4000, 4096), (1000, 1024), (800, 2**15)])
def test_each_batch_draws_from_its_own_eighth(posterior: int, draws: int) -> None:
    found = _joined(posterior, draws).reshape(EIGHTHS, -1)
    for batch, mine in enumerate(found):
        assert (mine // (posterior // EIGHTHS) == batch).all()
        counts = np.bincount(mine, minlength=posterior)[batch * posterior // 8 : (batch + 1) * posterior // 8]
        assert counts.max() - counts.min() <= 1


def test_fewer_draws_spread_over_the_whole_of_their_eighth() -> None:
    keys = np.arange(8000.0).reshape(2, 4000)
    along = np.tile(np.arange(10), EIGHTHS)
    found = pick_posterior(keys[None], along, [keys])[0].reshape(EIGHTHS, 10)
    # Ten of a thousand in order: the middles of ten stretches of a hundred.
    np.testing.assert_array_equal(found, 1000 * np.arange(8)[:, None] + 50 + 100 * np.arange(10))


def test_draws_that_are_kept_of_many_keep_their_posterior_draw() -> None:
    rng = np.random.default_rng(3)
    many = np.concatenate([rng.permutation(64) for _ in range(EIGHTHS)])
    kept = np.concatenate([64 * batch + np.sort(rng.choice(64, 16)) for batch in range(EIGHTHS)])
    posterior, keys = rng.normal(size=(3, 4, 100)), [rng.normal(size=(4, 100))]
    whole = pick_posterior(posterior, many, keys)
    np.testing.assert_array_equal(pick_posterior(posterior, many[kept], keys, over=4), whole[:, kept])


FIRM = """
organisation:
  index: {ex: 50, cx: 60, mx: 45, ux_employee: {value: 4, scale: {worst: 1, best: 5}}}
  staff: {front: {headcount: 10}, back: {headcount: 20, meets_customers: false, reach: 0.2}}
  customers: 100
  churn_per_month: {interval: [1 %, 2 %]}
  arpu_per_month: 10
  contribution_margin: 30 %
drivers:
  - name: tool
    kind: it
    owner: c_level
    pushes: [{node: ux_employee, effect: 1, scale: {worst: 1, best: 5}, months: 4}, {node: ex, effect: 3, months: 9}]
    one_off: 5
  - {name: talk, kind: people, pushes: [{node: ex, effect: 3, months: 0}], monthly: 7, fade: 6}
pilot: {months: 3, scope: 0.2}
"""


def _calibration(count: int) -> Calibration:
    """Return a calibration in which every parameter tells which posterior draw it is."""
    prior = calibrate(calibration_spec(loads(FIRM), prior_only=True))
    draws = np.tile(np.arange(float(count)).reshape(4, -1), (len(prior.names), 1, 1))
    return replace(prior, draws=draws, source="mcmc")


def test_a_forecast_joins_all_of_its_calibration() -> None:
    scenario = loads(FIRM)
    drawn: Draws = draw(scenario, _calibration(1024), draws=1024)
    for values in drawn.parameters.values():
        assert sorted(values) == list(range(1024))
        assert (values.reshape(8, 128) // 128 == np.arange(8)[:, None]).all()
    any_parameter = next(iter(drawn.parameters.values()))
    np.testing.assert_array_equal(drawn.from_posterior(np.arange(1024.0) * 2), any_parameter * 2)


QUANTITIES: dict[str, Distribution] = {
    "a": lognormal(2.0, 3.0),
    "b": beta(2.0, 5.0),
    "c": point(3.0),
    "d": lognormal(1, 2),
}


@pytest.mark.parametrize("share", [False, True])
def test_points_fill_every_batch_evenly(share: bool) -> None:
    found, along = sample_points(QUANTITIES, [], 512, 7, share=share)
    assert list(found) == ["a", "b", "d"]  # what is known has no draws
    for name, values in found.items():
        cells = np.floor(np.asarray(cdf(QUANTITIES[name], values)) * 64 - 1e-9).astype(int).reshape(8, 64)
        # Of 64 scrambled points of Sobol there is one in each 64th.
        assert (np.sort(cells, axis=1) == np.arange(64)).all(), name
        assert len({tuple(batch) for batch in cells}) == 8, name  # batches are independent
    assert (np.sort(along.reshape(8, 64), axis=1) == np.arange(64)).all()
    assert len({tuple(batch) for batch in along.reshape(8, 64)}) == 8


def test_the_posterior_is_joined_without_regard_to_the_own_quantities() -> None:
    found, along = sample_points(QUANTITIES, [], 4096, 1)
    for values in found.values():
        assert abs(stats.spearmanr(values, along).statistic) < 4 / np.sqrt(4096)


def test_lognormal_draws_have_their_quantiles() -> None:
    values = sample_points({"x": lognormal(2.0, 3.0)}, [], 4096, 1)[0]["x"]
    expected = stats.lognorm(s=np.log(3.0) / stats.norm.ppf(0.95), scale=2.0)
    for level in (0.05, 0.5, 0.95):
        assert np.quantile(values, level) == pytest.approx(expected.ppf(level), rel=0.01)


def test_whatever_decides_draws_is_part_of_what_they_are_kept_under() -> None:
    """Draws are kept on disk: none may be given for another question."""
    tie = [(("a", "b"), np.array([[1.0, 0.5], [0.5, 1.0]]))]

    def first(*args: object, **more: object) -> np.ndarray:
        return sample_points(*args, **more)[0]["a"]  # type: ignore[arg-type]

    base = first(QUANTITIES, [], 256, 1)
    assert np.array_equal(base, first(QUANTITIES, [], 256, 1))
    assert not np.array_equal(base, first(QUANTITIES, [], 256, 2))
    assert not np.array_equal(base, first(QUANTITIES | {"a": lognormal(2.0, 3.1)}, [], 256, 1))
    assert not np.array_equal(base, first(QUANTITIES, [], 256, 1, order=["b", "a", "c", "d"]))
    assert not np.array_equal(base, first(QUANTITIES, [], 512, 1)[:256])
    untied, tied = (sample_points(QUANTITIES, ties, 256, 1)[0]["b"] for ties in ([], tie))
    assert not np.array_equal(untied, tied)


@pytest.mark.parametrize("share", [False, True])
def test_a_driver_that_overruns_delivers_less_and_later(share: bool) -> None:
    scenario = loads(FIRM)
    found, _ = sample_points(own_quantities(scenario), copulas(scenario), 4096, 1, share=share)
    # Docs/model.md, section 4: a Gaussian copula, delivery and overrun −0.3, slip and overrun +0.3.
    told = {("cost_overrun", "delivery"): -0.3, ("cost_overrun", "slip"): 0.3, ("delivery", "slip"): 0.0}
    for (one, other), correlation in told.items():
        ranks = [stats.norm.ppf(stats.rankdata(found[f"tool.{name}"]) / 4097) for name in (one, other)]
        assert np.corrcoef(ranks)[0, 1] == pytest.approx(correlation, abs=4 / np.sqrt(4096)), (one, other)
    across = [found["tool.cost_overrun"], found["talk.cost_overrun"]]
    assert abs(stats.spearmanr(*across).statistic) < 4 / np.sqrt(4096)


def _ends(quantity: Distribution) -> tuple[float, float, float]:
    return tuple(round(float(x), 9) for x in ppf(quantity, np.array([0.05, 0.5, 0.95])))  # type: ignore[return-value]


def test_what_is_drawn_with_a_scenario() -> None:
    found = own_quantities(loads(FIRM + "rivals: {start: 2, share: 0.5, months: 12}\n"))
    # The most important first (docs/model.md, section 8), so that they get the best coordinates.
    names = list(found)
    assert names[:9] == [
        *("tool.pushes[0].effect", "tool.pushes[1].effect", "tool.delivery", "tool.cost_overrun", "tool.slip"),
        *("talk.pushes[0].effect", "talk.delivery", "talk.cost_overrun", "talk.slip"),
    ]
    assert {"tool.pushes[1].months", "tool.one_off", "talk.monthly", "talk.fade"} <= set(names)
    kinds = [name.partition(".")[0] for name in names[9:]]
    kinds = ["money" if kind not in ("tool", "talk", "rivals", "pilot", "index", "staff") else kind for kind in kinds]
    assert list(dict.fromkeys(kinds)) == ["tool", "talk", "rivals", "pilot", "index", "money", "staff"]
    # One point of a scale from 1 to 5 is 25 index points; a baseline of 4 is 75; each staff group starts at the firm's.
    assert found["tool.pushes[0].effect"] == point(25.0)
    assert found["tool.pushes[1].effect"] == point(3.0)
    assert found["index.ux_employee"] == point(75.0)
    assert found["index.mx"] == point(45.0)
    assert found["index.ex[back]"] == point(50.0)
    assert found["staff.back.reach"] == point(0.2)
    assert found["tool.one_off"] == point(5.0)
    assert found["talk.monthly"] == point(7.0)


def test_execution_has_the_reference_class_of_its_owner_and_kind() -> None:
    found = own_quantities(loads(FIRM))
    assert found["tool.delivery"] == beta(4.5, 3.0)
    assert found["talk.delivery"] == beta(3.5, 3.9)  # nobody is named, so that it is shared
    assert _ends(found["talk.cost_overrun"]) == pytest.approx((1.05 / 1.35, 1.05, 1.05 * 1.35))
    assert _ends(found["tool.cost_overrun"])[1] < 1 < 2 < _ends(found["tool.cost_overrun"])[2]
    # Slip is a share of the longest ramp, which has nine months; without a ramp nothing is late.
    assert _ends(found["tool.slip"]) == pytest.approx((9 * 0.15 / 7, 9 * 0.15, 9 * 0.15 * 7))
    assert found["talk.slip"] == point(0.0)
    own = own_quantities(
        loads(FIRM.replace("kind: it", "kind: it\n    delivery: 0.5\n    slip: 2\n    cost_overrun: 1.1"))
    )
    assert [own[f"tool.{name}"] for name in ("delivery", "cost_overrun", "slip")] == [
        point(0.5),
        point(1.1),
        point(2.0),
    ]
    silos = own_quantities(loads(FIRM.replace("months: 9}]", "months: 9}]\n    coordination: {to: 0.5, months: 12}")))
    assert silos["tool.slip"] == own_quantities(loads(FIRM.replace("months: 9", "months: 12")))["tool.slip"]
    assert silos["tool.coordination.to"] == point(0.5)
    assert silos["tool.coordination.months"] == point(12.0)


def test_a_reading_has_its_own_priors_unless_the_scenario_says_otherwise() -> None:
    found = reading_quantities(loads(FIRM))
    assert set(found) == {"pilot.boost", "pilot.spill"}
    assert _ends(found["pilot.boost"]) == pytest.approx((1.15 / 1.3, 1.15, 1.15 * 1.3))
    assert found["pilot.spill"] == replace(beta(1.0, 9.0), args=found["pilot.spill"].args)
    told = reading_quantities(loads(FIRM + "priors: {boost: 1.0}\n"))
    assert told["pilot.boost"] == point(1.0)
    assert told["pilot.spill"] == found["pilot.spill"]
    assert reading_quantities(loads(FIRM.replace("pilot: {months: 3, scope: 0.2}", ""))) == {}
