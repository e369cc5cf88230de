# SPDX-License-Identifier: MIT
"""Same bits whatever the threads, blocks and order of draws; clear refusals; many scenarios in bounded memory."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from txsim.simulate.engine import Outcome, run
from txsim.simulate.packing import MAX_INTERACTIONS
from txsim.simulate.plan import MONTHLY_FIELDS, PATHS, RESULT_FIELDS, Plan, Wave

Case = tuple[Plan, np.ndarray]
Maker = Callable[..., Case]
some = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def same(left: Outcome, right: Outcome) -> None:
    assert left.result.tobytes() == right.result.tobytes()
    if left.monthly is not None:
        assert left.monthly.tobytes() == right.monthly.tobytes()


@some
@given(seed=st.integers(0, 999), draws=st.integers(1, 100), workers=st.integers(2, 9))
def test_any_number_of_workers_gives_the_same_bits(case: Maker, seed: int, draws: int, workers: int) -> None:
    plan, matrix = case(seed, draws=draws)
    same(run(plan, matrix, monthly=True), run(plan, matrix, monthly=True, workers=workers))


@some
@given(seed=st.integers(0, 999), draws=st.integers(1, 70))
def test_a_draw_does_not_know_its_neighbours(case: Maker, seed: int, draws: int) -> None:
    plan, matrix = case(seed, draws=draws)
    whole = run(plan, matrix, monthly=True)
    order = np.random.default_rng(seed).permutation(draws)
    mixed = run(plan, matrix[:, order], monthly=True)
    assert whole.result[:, :, order].tobytes() == mixed.result.tobytes()
    assert whole.monthly[..., order].tobytes() == mixed.monthly.tobytes()
    alone = run(plan, matrix[:, -1:])
    assert alone.result[..., 0].tobytes() == whole.result[..., -1].tobytes()


def test_monthly_output_changes_no_result(case: Maker) -> None:
    plan, matrix = case(1, draws=33)
    assert run(plan, matrix).result.tobytes() == run(plan, matrix, monthly=True).result.tobytes()
    assert run(plan, matrix).monthly is None


def test_some_paths_are_those_of_all_paths(case: Maker) -> None:
    plan, matrix = case(2, draws=20)
    whole = run(plan, matrix, monthly=True)
    for paths in (("do_nothing",), ("commit",), ("pilot_stop", "do_nothing", "no_rivals"), PATHS[::-1]):
        part = run(plan, matrix, paths=paths, monthly=True)
        assert part.paths == paths
        assert part.result.shape[0] == len(paths)
        for path in paths:
            for name in (*RESULT_FIELDS, *plan.nodes):
                np.testing.assert_array_equal(part.field(path, name), whole.field(path, name))
            for name in (*plan.nodes, *MONTHLY_FIELDS):
                np.testing.assert_array_equal(part.by_month(path, name), whole.by_month(path, name))


def test_shapes(case: Maker) -> None:
    plan, matrix = case(3, draws=17)
    found = run(plan, matrix, monthly=True)
    n = len(plan.nodes)
    assert found.result.shape == (len(PATHS), len(RESULT_FIELDS) + n, 17)
    assert found.monthly.shape == (len(PATHS), plan.months, n + len(MONTHLY_FIELDS), 17)
    assert found.field("commit", plan.nodes[0]).shape == (17,)
    assert found.by_month("commit", "profit").shape == (plan.months, 17)
    np.testing.assert_array_equal(found.field("commit", plan.nodes[-1]), found.by_month("commit", plan.nodes[-1])[-1])


def test_last_month_of_trajectories_is_the_result(case: Maker) -> None:
    plan, matrix = case(4, draws=40, rate=0.0)
    plan = replace(plan, discount_one_off=(1.0,) * plan.months, discount_rest=(1.0,) * plan.months)
    found = run(plan, matrix, monthly=True)
    for path in PATHS:
        np.testing.assert_allclose(found.by_month(path, "payoff")[-1], found.field(path, "npv"), rtol=1e-9, atol=1e-4)
        np.testing.assert_allclose(
            found.by_month(path, "profit").sum(axis=0), found.field(path, "pv_profit"), rtol=1e-9, atol=1e-4
        )


def test_a_bridge_without_figures_has_no_values(case: Maker) -> None:
    plan, matrix = case(5, pays="customers", margin=False)
    found = run(plan, matrix, monthly=True)
    for name in ("npv_other", "check_margin"):
        assert np.isnan(found.field("commit", name)).all()
    assert np.isnan(found.by_month("commit", "margin_effect")).all()
    assert np.isfinite(found.field("commit", "npv")).all()
    plan = replace(plan, pays="margin", margin=True, customers=False)
    found = run(plan, matrix, monthly=True)
    for name in ("npv_other", "runoff", "customers_end", "check_customers"):
        assert np.isnan(found.field("commit", name)).all()
    assert np.isfinite(found.field("commit", "npv")).all()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"pays": "luck"}, "`customers` or `margin`"),
        ({"cx": 99}, "positions of nodes"),
        ({"ux_customer": -2}, "positions of nodes or -1"),
        ({"season": (1.0,)}, "12 factors"),
        ({"interactions": MAX_INTERACTIONS + 1}, "interactions"),
        ({"discount_rest": (1.0,)}, "discount"),
        ({"link_silo": ()}, "equally long"),
        ({"push_shape": ()}, "equally long"),
        ({"waves": ((Wave(),),)}, "paths"),
    ],
)
def test_an_inconsistent_plan_is_refused(case: Maker, changes: dict[str, object], told: str) -> None:
    plan, matrix = case(6, push_shape=(0,), push_node=(0,), coordination_shape=())
    broken = replace(plan, **changes)
    shape = (len(broken.rows()), matrix.shape[1])
    with pytest.raises(ValueError, match=re.escape(told)):
        run(broken, np.full(shape, 0.5))


def test_shapes_that_do_not_exist_are_refused(case: Maker) -> None:
    plan, matrix = case(6)
    with pytest.raises(ValueError, match="positions of shapes"):
        run(replace(plan, push_shape=(9,) * len(plan.push_node)), matrix)


def test_do_nothing_does_nothing(case: Maker) -> None:
    plan, matrix = case(6)
    paid = tuple((((0, 3), *spans[1:])) for spans in plan.item_months)
    with pytest.raises(ValueError, match="cost nothing"):
        run(replace(plan, item_months=paid), matrix)
    pushed = tuple((Wave(1, 0, 5), *shape[1:]) for shape in plan.waves)
    with pytest.raises(ValueError, match="push nothing"):
        run(replace(plan, waves=pushed), matrix)


def test_a_matrix_that_does_not_fit_is_refused(case: Maker) -> None:
    plan, matrix = case(7)
    for wrong in (matrix[:-1], matrix[:, :0], matrix[0], np.vstack([matrix, matrix])):
        with pytest.raises(ValueError, match="the matrix must have the shape"):
            run(plan, wrong)
    for value in (np.nan, np.inf):
        broken = matrix.copy()
        broken[2, 1] = value
        with pytest.raises(ValueError, match=re.escape(f"row `{plan.rows()[2]}`")):
            run(plan, broken)
    with pytest.raises(ValueError, match="no path `hope`"):
        run(plan, matrix, paths=("hope",))
    with pytest.raises(ValueError, match="different"):
        run(plan, matrix, paths=("commit", "commit"))
    with pytest.raises(ValueError, match="no field `luck`"):
        run(plan, matrix).field("commit", "luck")
    with pytest.raises(ValueError, match="monthly=True"):
        run(plan, matrix).by_month("commit", "churn")


def test_a_matrix_in_any_memory_order(case: Maker) -> None:
    plan, matrix = case(9, draws=30)
    same(run(plan, matrix), run(plan, np.asfortranarray(matrix)))
    same(run(plan, matrix), run(plan, np.repeat(matrix, 2, axis=1)[:, ::2]))
