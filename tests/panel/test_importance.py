# SPDX-License-Identifier: MIT
"""Weighed draws: the mixture has the density that it says, weights mend what it lacks, and chains say the same."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_t

from txsim.panel.likelihood.density import Mode, PanelModel
from txsim.panel.likelihood.dynamics import run_forward
from txsim.panel.likelihood.importance import _FREE, _GOAL, LEAST, Weighed, _Drawn, _Mixture, _Sides
from txsim.panel.likelihood.lag_path import Path, effects_along, mixed, over_noise, path
from txsim.panel.likelihood.records import records
from txsim.panel.likelihood.sampler import _line, sample
from txsim.panel.likelihood.standardisation import prepare
from txsim.panel.likelihood.tape import Tape
from txsim.panel.reader.link_spec import LinkSpec
from txsim.panel.reader.panel import Panel

NATURAL = {
    "b_ex_cx": 0.15, "b_cx_ex": 0.05, "phi": 0.6, "rho_ex": 0.5, "rho_cx": 0.4, "sd_ex": 0.8, "sd_cx": 0.7,
    "r_shock": 0.2, "between_ex": 1.0, "between_cx": 1.0, "r_between": 0.4, "noise_ex": 1.0, "noise_cx": 1.0,
}  # fmt: skip


def test_mixture_has_the_density_that_it_says() -> None:
    shares, centers = np.array([0.3, 0.7]), np.array([[1.0, -1.0, 0.0], [-0.5, 0.5, 2.0]])
    roots = np.array([np.eye(3), [[1.0, 0, 0], [0.4, 0.8, 0], [0.1, -0.3, 1.5]]])
    mixture = _Mixture(shares, centers, roots)
    s = mixture.drawn(np.random.default_rng(1), 64, 3)
    density = np.logaddexp.reduce(mixture.densities(s), axis=0)
    parts = [multivariate_t(c, root @ root.T, df=_FREE).pdf(s) for c, root in zip(centers, roots, strict=True)]
    np.testing.assert_allclose(density, np.log(shares @ np.array(parts)), rtol=1e-9)


def test_weights_mend_what_the_mixture_lacks() -> None:
    """A normal law elsewhere, of another width: weighed by hand, its moments come out."""
    mixture = _Mixture(np.ones(1), np.zeros((1, 2)), np.eye(2)[None])
    s = mixture.drawn(np.random.default_rng(2), 4096, 2)
    middle, sd = np.array([0.5, -0.3]), np.array([0.6, 1.1])
    target = (-0.5 * ((s - middle) / sd) ** 2 - np.log(sd)).sum(axis=1) - np.log(2 * np.pi)
    first = _Drawn(s[None], s[None], target[None], np.zeros((1, 4096)), mixture, [])
    alike = _Sides(np.empty(0, dtype=np.intp), np.empty(0))  # no sign that nothing depends on
    made = _Drawn.weighed([first], alike)[1]
    weight, effective = made.weight[0], made.effective
    assert made.k_hat < 0.5
    assert effective > 1000
    error = sd / np.sqrt(effective)
    np.testing.assert_array_less(np.abs(weight @ s - middle), 4 * error)
    np.testing.assert_allclose(np.sqrt(weight @ (s - weight @ s) ** 2), sd, rtol=4 / np.sqrt(2 * effective))
    nearer = mixture.adapted(s, weight, 1)
    np.testing.assert_array_less(np.abs(nearer.center[0] - middle), 4 * error)
    # points of a mixture that is far off weigh next to nothing beside those of a near one, and spoil nothing
    far = _Mixture(np.ones(1), np.full((1, 2), 6.0), np.eye(2)[None])
    astray = far.drawn(np.random.default_rng(3), 4096, 2)
    logs = (-0.5 * ((astray - middle) / sd) ** 2 - np.log(sd)).sum(axis=1) - np.log(2 * np.pi)
    other = _Drawn(astray[None], astray[None], logs[None], np.zeros((1, 4096)), far, [])
    numbers, both = _Drawn.weighed([first, other], alike)
    assert numbers.shape == (8192, 2)
    assert both.weight[0, 4096:].sum() < 0.01
    assert both.effective > 0.9 * effective
    np.testing.assert_array_less(np.abs(both.weight[0] @ numbers - middle), 4 * error)


def test_ends_count_what_their_weights_are_worth() -> None:
    """Equal weights are worth themselves; of 400 points weighed 1 and 400 weighed 9 by hand, at either end alike."""
    x = np.random.default_rng(8).permutation(800).astype(float)
    equal = Weighed(np.stack([x, x], -1)[None], np.full((1, 800), 1 / 800), 0.0, 800.0)
    assert equal.ends == pytest.approx(800, rel=0.02)
    weight = np.where(x % 2 == 0, 1.0, 9.0)
    uneven = Weighed(np.stack([x, x], -1)[None], weight[None] / weight.sum(), 0.0, 1.0)
    assert uneven.ends == pytest.approx(800 * 5.0**2 / 41, rel=0.03)  # (Σ w)² / Σ w²: mean 5, mean square 41


def test_draws_are_taken_along_a_line_through_both_effects() -> None:
    """Of 40 points two to each twentieth of the weight: to along the second effect in one, and back in the next."""
    first, second = np.arange(40.0), np.tile([1.0, 0.0, 0.0, 1.0], 10)
    order = _line(np.stack([first, second], axis=1)[::-1], np.full(40, 1 / 40))
    assert (39 - order).tolist() == [k for pair in range(0, 40, 2) for k in (pair + 1, pair)]


def test_a_tape_has_the_slope_of_its_formula() -> None:
    """z = (a b + 2) / (a - 1): values and slopes by hand at a = 3, b = 5, read off the code that is written."""
    import llvmlite.binding as llvm
    from llvmlite import ir

    tape = Tape()
    a, b = tape.input("a"), tape.input("b")
    z = (a * b + 2.0) / (a - 1.0)
    slopes = tape.adjoints({z: tape.constant(1.0)})
    kind = ir.VectorType(ir.DoubleType(), 2)
    module = ir.Module("t")
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), [kind.as_pointer()]), "f")
    builder = ir.IRBuilder(function.append_basic_block())
    given = {name: ir.Constant(kind, [value] * 2) for name, value in (("a", 3.0), ("b", 5.0))}
    for k, value in enumerate(tape.emit(builder, given, kind, [z, slopes[a.at], slopes[b.at]])):
        builder.store(value, builder.gep(function.args[0], [ir.IntType(64)(k)]), align=8)
    builder.ret_void()
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine = llvm.Target.from_default_triple().create_target_machine(jit=True)
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(str(module)), machine)
    engine.finalize_object()
    import ctypes

    out = np.zeros((3, 2))
    ctypes.CFUNCTYPE(None, ctypes.c_void_p)(engine.get_function_address("f"))(out.ctypes.data)
    # 17 / 2; slopes 5 / 2 − 17 / 4 and 3 / 2
    np.testing.assert_allclose(out, np.repeat([[8.5], [-1.75], [1.5]], 2, axis=1))


def test_weighed_draws_do_not_hang_on_the_seed_and_are_those_of_the_map_where_it_fits() -> None:
    """200 units × 8 with a known lag: nearly normal, so that Laplace's method is another route to the same interval."""
    y = run_forward(NATURAL, 200, 8, 0.3, np.random.default_rng(3))
    data = records(y, np.full_like(y, 0.3), counted=(True, True))
    along = path(data, 0.6)
    model = PanelModel(data, 0.6)
    rows = []
    for seed in (1, 2):
        draws = sample(model, seed, along=along)
        assert draws.diagnostics["sampler"] == "importance"
        assert draws.diagnostics["k_hat"] < 0.7
        assert draws.diagnostics["ess_tail"] >= _GOAL
        rows.append([draws["b_ex_cx"].std(), *np.quantile(draws["b_ex_cx"], [0.05, 0.95])])
    sd = rows[0][0]
    # an end from 4,000 effective draws has an error of √(.05 · .95 / 4000) / .103 = .033 sd: 2.5 of a difference
    np.testing.assert_allclose(rows[0], rows[1], atol=0.12 * sd)
    near, _ = effects_along(along, data, np.random.default_rng(4))
    assert near[:, 0].std() == pytest.approx(sd, rel=0.15)
    assert near[:, 0].mean() == pytest.approx(float(draws["b_ex_cx"].mean()), abs=0.4 * sd)


def test_mirror_images_share_a_point_among_them() -> None:
    """Half-normals: whatever the slope, the shares of a point and of all its images sum to one."""
    y = run_forward(NATURAL, 12, 4, 0.3, np.random.default_rng(5))
    model = PanelModel(records(y, np.full_like(y, 0.3), counted=(True, True)), 0.6)
    rng = np.random.default_rng(6)
    theta = np.abs(rng.standard_normal((64, model.dim))) + rng.uniform(0, 3, model.dim)
    sides = _Sides.of(model, theta, np.full(64, 1 / 64))
    assert len(sides.at) >= 4
    assert np.ptp(sides.slope) > 0.1
    total = np.zeros(64)
    for signs in np.ndindex(*(2,) * len(sides.at)):
        image = theta.copy()
        image[:, sides.at] *= 1 - 2 * np.array(signs)
        total += np.exp(sides(image))
    np.testing.assert_allclose(total, 1.0, rtol=1e-12)
    # a hill at ±3 sd is told from its image by 2 m / σ²
    far = np.tile(theta, (200, 1))
    far[:, sides.at] = 3.0 + rng.standard_normal((len(far), len(sides.at)))
    assert np.median(_Sides.of(model, far, np.full(len(far), 1 / len(far))).slope) == pytest.approx(6.0, rel=0.1)


def test_few_units_few_waves_and_a_wave_without_customers_need_no_chains() -> None:
    """41 units × 5 waves whose levels may be nought, and no answers of customers in the first: the awkward kind."""
    rng = np.random.default_rng(7)
    w = rng.uniform(0.1, 0.4, (41, 5, 2))
    y = run_forward({**NATURAL, "phi": 0.1, "between_cx": 0.4, "r_between": 0.8}, 41, 5, w, rng)
    y[:, 0, 1] = np.nan
    data = records(y, w, counted=(True, True))
    along, model = path(data, 0.1), PanelModel(data, 0.1)
    rows = []
    for seed in (1, 2):
        draws = sample(model, seed, along=along)
        assert draws.diagnostics["sampler"] == "importance"
        assert draws.diagnostics["ess_bulk"] >= LEAST
        rows.append([draws["b_ex_cx"].std(), *np.quantile(draws["b_ex_cx"], [0.05, 0.95])])
    np.testing.assert_allclose(rows[0], rows[1], atol=0.14 * rows[0][0])  # as above, an end of a wider tail


def test_suppositions_are_weighed_by_how_well_they_explain_the_data() -> None:
    """Three times as likely beforehand, one third as dense: half each. Mean and variance by hand."""
    paths = [
        Path(np.array([0.5]), (Mode(np.array([middle, -middle]), sd * np.eye(2), 0.0),), np.array([height]))
        for middle, sd, height in ((0.1, 0.1, np.log(3.0)), (0.5, 0.2, 0.0))
    ]
    made = mixed(paths, np.log([[1.0], [3.0]]))
    np.testing.assert_allclose(made.modes[0].theta, [0.3, -0.3])
    # half of .01 and .04, and .2 from the middle either way; both effects part in opposite directions
    np.testing.assert_allclose(made.modes[0].covariance, [[0.065, -0.04], [-0.04, 0.065]])
    assert made.evidence[0] == pytest.approx(np.log(6.0))


def test_with_and_without_counts_agree_within_their_errors() -> None:
    """120 units × 10, about half of all movement is survey noise: without counts wider, not off."""
    truth = {**NATURAL, "b_ex_cx": 0.25, "sd_ex": 1.0, "sd_cx": 1.0, "noise_ex": 1.5, "noise_cx": 1.0}
    y = 10 * run_forward(truth, 120, 10, 1.0, np.random.default_rng(11)) + 50
    names = tuple(f"u{i}" for i in range(120))
    told = []
    for variance in (np.broadcast_to([225.0, 100.0], y.shape), np.full(y.shape, np.nan)):
        panel = Panel(names, 24276.0, 1.0, True, y, np.full(y.shape, np.nan), variance.copy(), ("index", "index"))
        ready = prepare(panel, LinkSpec(), phi=0.6)
        ready, _, over = over_noise(ready, path(ready.data, 0.6, workers=1))
        mode, unit = over.modes[0], np.array([ready.sd[1] / ready.sd[0], ready.sd[0] / ready.sd[1]])
        told.append((mode.theta[:2] * unit, np.sqrt(np.diag(mode.covariance)[:2]) * unit))
    (counted, error), (bare, wide) = told
    np.testing.assert_array_less(np.abs(counted - bare), np.hypot(error, wide))
    np.testing.assert_array_less(error, wide)
    np.testing.assert_array_less(np.abs(bare - [0.25, 0.05]), 1.645 * wide)
    # the answer of before, all movement taken for movement, is off by more than it says
    z = (y - y.mean(axis=0)) / ready.sd
    naive = path(records(z, np.ones_like(z), counted=(False, False), noise_width=(0.0, 0.0)), 0.6, workers=1).modes[0]
    assert (naive.theta[0] + 1.645 * naive.covariance[0, 0] ** 0.5) * unit[0] < 0.25
