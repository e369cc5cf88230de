# SPDX-License-Identifier: MIT
"""The panel's likelihood against an independent route: the multivariate normal density of whole units."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import multivariate_normal

from txsim.panel.likelihood.coordinates import Transport
from txsim.panel.likelihood.density import PanelModel
from txsim.panel.likelihood.dynamics import covariance, period_share, run_forward
from txsim.panel.likelihood.lag_path import PHI_NODES, path
from txsim.panel.likelihood.records import records
from txsim.panel.likelihood.term import evidence_of
from txsim.panel.power import error_of_design

Array = NDArray[np.float64]

TRUTH = {
    "b_ex_cx": 0.12, "b_cx_ex": 0.05, "phi": 0.6, "rho_ex": 0.4, "rho_cx": 0.5, "sd_ex": 0.8, "sd_cx": 0.7,
    "r_shock": 0.3, "brief_ex": 0.3, "brief_cx": 0.15,
    "between_ex": 1.1, "between_cx": 0.9, "r_between": 0.5, "first_ex": 1.0, "first_cx": 1.0, "first_shared": 0.0,
    "noise_ex": 1.05, "noise_cx": 0.95, "r_noise": 0.3,
}  # fmt: skip


def panel(units: int, periods: int, seed: int, *, gaps: float = 0.0, even: bool = True) -> tuple[Array, Array]:
    rng = np.random.default_rng(seed)
    w = np.full((units, periods, 2), 0.3) if even else rng.uniform(0.1, 0.6, (units, periods, 2))
    y = run_forward(TRUTH, units, periods, w, rng)
    y[rng.random(y.shape) < gaps] = np.nan
    return y, w


def test_likelihood_is_that_of_whole_units() -> None:
    """Sequential filter with gaps, uneven noise and shared raters = dense normal density, unit by unit."""
    y, w = panel(7, 5, 1, gaps=0.25, even=False)
    model = PanelModel(records(y, w, counted=(True, True), shared_raters=True, group=False))
    theta = model.unconstrained(TRUTH)
    found = model.by_record(theta)
    for i in range(7):
        seen = np.isfinite(y[i]).ravel()
        # covariance() takes one noise per series, so the latent part comes from it and the noise is added here
        latent = covariance({**TRUTH, "r_noise": 0.0}, 5, np.zeros(2))
        sd = np.sqrt(w[i] * np.array([TRUTH["noise_ex"], TRUTH["noise_cx"]]) ** 2)
        noise = np.diag((sd**2).ravel())
        for t in range(5):
            noise[2 * t, 2 * t + 1] = noise[2 * t + 1, 2 * t] = TRUTH["r_noise"] * sd[t, 0] * sd[t, 1]
        whole = (latent + noise)[np.ix_(seen, seen)]
        expected = multivariate_normal(np.zeros(seen.sum()), whole).logpdf(y[i].ravel()[seen])
        assert found[i] + -0.5 * seen.sum() * np.log(2 * np.pi) == pytest.approx(expected, rel=1e-9)


def test_gradient_is_the_slope() -> None:
    y, w = panel(9, 4, 2, gaps=0.2, even=False)
    for counted in ((True, True), (False, False)):
        model = PanelModel(records(y, w, counted=counted, shared_raters=True))
        theta = model.start() + 0.1 * np.random.default_rng(3).standard_normal(model.dim)
        _, grad = model(theta)
        numeric = [(model.value(theta + 1e-5 * e) - model.value(theta - 1e-5 * e)) / 2e-5 for e in np.eye(model.dim)]
        np.testing.assert_allclose(grad, numeric, atol=1e-4)


def test_pseudo_units_have_the_same_likelihood() -> None:
    """Two patterns, many units each: grouped by scatter or one by one, the density is the same number."""
    y, w = panel(60, 3, 4)
    w[::2] *= 0.5
    plain = PanelModel(records(y, w, counted=(True, True), group=False))
    grouped = PanelModel(records(y, w, counted=(True, True)))
    assert len(grouped.data.y) < 20
    theta = plain.start() + 0.1
    assert grouped.value(theta) == pytest.approx(plain.value(theta), rel=1e-10)


def test_means_of_a_complete_panel_integrate_out_exactly() -> None:
    y, w = panel(30, 3, 5)
    together = PanelModel(records(y, w, counted=(True, True)))
    assert not together.data.means
    theta = together.unconstrained(TRUTH)
    shifted = PanelModel(records(y + np.array([3.0, -2.0]), w, counted=(True, True)))
    assert shifted.value(theta) == pytest.approx(together.value(theta), rel=1e-9)


def test_a_series_that_nobody_was_asked_in_a_period_has_no_mean_there() -> None:
    """An open direction of the prior alone would be drawn for nothing, and run into the wall that bounds points."""
    y, w = panel(20, 4, 6, even=False)
    y[:, 0, 1] = np.nan
    model = PanelModel(records(y, w, counted=(True, True)))
    core = len(model.names)
    assert model.dim - core == 2 * 4 - 1
    theta = model.start()
    assert model.means(theta)[0, 1] == 0
    assert np.count_nonzero(model.means(theta + 0.01)) == 7
    here = model(theta)[1]
    for i, e in enumerate(np.eye(model.dim)[core:], start=core):
        assert here[i] - model(theta + e)[1][i] > 1.0  # twenty units know a mean better than its prior does, 1 / 20²


def test_covariance_is_that_of_the_process() -> None:
    y = run_forward(TRUTH, 60_000, 4, 0.3, np.random.default_rng(6))
    seen = np.cov(y.reshape(len(y), -1).T)
    np.testing.assert_allclose(seen, covariance(TRUTH, 4, np.array([0.3, 0.3])), atol=0.06)


def test_summary_for_the_calibration_is_the_panels_own_likelihood() -> None:
    """With many units, log-likelihood differences of the summary equal those of the profile over the nuisance."""
    y, w = panel(400, 8, 7)
    data = records(y, w, counted=(True, True), shared_raters=True)
    tau = 2.5
    phi = float(period_share(tau, 1.0))
    told = {"forth": "ex_cx", "back": "cx_ex", "lag": "lag_people", "period_months": 1.0, "ratio": (1.0, 1.0)}
    estimated, known = (evidence_of(path(data, lag), **told, data="x") for lag in (None, phi))
    here = {"ex_cx": np.array([0.3, 0.2]), "cx_ex": np.array([0.12, 0.12]), "lag_people": np.array([tau, tau])}
    model = PanelModel(data, phi)
    mode = model.mode

    def profile(b: float) -> float:
        """Maximise over everything but both effects, by Newton steps on the curvature at the mode."""
        from scipy.optimize import minimize

        held = np.array([b * (1 - phi), 0.12 * (1 - phi)])
        rest = minimize(
            lambda r: -model.value(np.r_[held, r]), mode.theta[2:], jac=lambda r: -model(np.r_[held, r])[1][2:]
        )
        # settled effects are standard normal in the panel model's prior, which is no part of the likelihood
        return -float(rest.fun) + 0.5 * (b**2 + 0.12**2)

    expected = profile(0.2) - profile(0.3)
    for summary in (estimated, known):
        difference = float(np.diff(summary.log_likelihood(here, np))[0])
        assert difference == pytest.approx(expected, abs=0.35)


def test_lag_of_a_period() -> None:
    assert period_share(4.0, 1.0) == pytest.approx(0.75)
    assert period_share(4.0, 12.0) == pytest.approx(0.75**12)
    assert period_share(0.5, 3.0) == 0.0
    assert np.all(np.diff(PHI_NODES) > 0)


def test_a_loop_without_end_has_no_density() -> None:
    y, w = panel(9, 4, 8)
    model = PanelModel(records(y, w, counted=(True, True)))
    at = {**TRUTH, "phi": 0.5, "b_cx_ex": 0.4}
    inside, outside = (model.unconstrained({**at, "b_ex_cx": b}) for b in (0.24**2 / 0.4, 0.26 / 0.4))
    assert np.isfinite(model.value(inside))
    assert model.value(outside) == -np.inf


@pytest.mark.parametrize("kind", ["lag estimated", "lag known", "as draws lie"])
def test_coordinates_carry_the_density(kind: str) -> None:
    """In the sampler's coordinates: density of the parameters times the Jacobian, and its slope as gradient."""
    y, w = panel(30, 5, 9, gaps=0.1)
    data = records(y, w, counted=(True, True))
    model = PanelModel(data, 0.6 if kind == "lag known" else None)
    rng = np.random.default_rng(10)
    along = path(data, model.phi)
    draws = None
    if kind == "as draws lie":
        draws = model.mode.theta + 0.2 * rng.standard_normal((200, model.dim))
    transport = Transport(model, along, draws)
    for _ in range(3):
        v = 0.7 * rng.standard_normal(model.dim)
        step = 1e-5 * np.eye(model.dim)
        value, gradient = transport(v)
        slope = [(transport(v + e)[0] - transport(v - e)[0]) / 2e-5 for e in step]
        np.testing.assert_allclose(gradient, slope, atol=2e-4)
        jacobian = np.array([(transport.theta(v + e) - transport.theta(v - e)) / 2e-5 for e in step])
        # the scale of the coordinate that the others follow is left out: it is the same everywhere
        constant = 0.0 if transport.place < 0 else np.log(transport.width)
        expected = model.value(transport.theta(v)) + np.linalg.slogdet(jacobian)[1] - constant
        assert value == pytest.approx(expected, abs=1e-5)
        theta, volume = transport.points(v[None])  # many points at once are led to the same places
        np.testing.assert_allclose(theta[0], transport.theta(v))
        assert model.value(theta[0]) + volume[0] == pytest.approx(value, abs=1e-8)


def _whole_covariance(n: dict[str, float], periods: int, w: float) -> Array:
    """Covariance of one unit's values as the product of one linear map with its transpose, written from the page.

    Columns are what is independent: the state before the first wave, four shocks a period, two unit effects, noise.
    """
    move = np.zeros((6, 6))  # own disturbances of EX and CX, what EX has done to CX, what CX has done to EX, brief ones
    move[0, 0], move[1, 1] = n["rho_ex"], n["rho_cx"]
    move[2] = [n["b_ex_cx"], 0, n["phi"], n["b_ex_cx"], n["b_ex_cx"], 0]
    move[3] = [0, n["b_cx_ex"], n["b_cx_ex"], n["phi"], 0, n["b_cx_ex"]]
    shock = np.zeros((6, 4))
    shock[:2, :2] = [[n["sd_ex"], 0], [n["r_shock"] * n["sd_cx"], np.sqrt(1 - n["r_shock"] ** 2) * n["sd_cx"]]]
    shock[4:, 2:] = np.diag([n["brief_ex"], n["brief_cx"]])
    past = np.hstack([np.linalg.matrix_power(move, k) @ shock for k in range(66)])
    first = np.diag([n["first_ex"], n["first_cx"], n["first_ex"], n["first_cx"], 1, 1])
    first[1, 0] = n["first_shared"]
    start = first @ past
    seen = np.array([[1.0, 0, 0, 1, 1, 0], [0, 1, 1, 0, 0, 1]])
    level = np.array(
        [[n["between_ex"], 0], n["between_cx"] * np.array([n["r_between"], np.sqrt(1 - n["r_between"] ** 2)])]
    )
    rows = []
    for t in range(periods):
        shocks = [np.linalg.matrix_power(move, t - s) @ shock if 1 <= s <= t else 0 * shock for s in range(1, periods)]
        rows.append(
            np.hstack([seen @ np.linalg.matrix_power(move, t) @ start, *(seen @ each for each in shocks), level])
        )
    whole = np.vstack(rows)
    noise = np.tile(np.array([n["noise_ex"], n["noise_cx"]]) ** 2 * w, periods)
    found: Array = whole @ whole.T + np.diag(noise)
    return found


def test_error_of_a_design_is_that_of_fishers_information() -> None:
    """The information of a normal law, from its covariance, and the curvature of the priors."""
    y, w = panel(40, 6, 8)
    data = records(y, w, counted=(True, True))
    model = PanelModel(data, TRUTH["phi"])
    truth = {**TRUTH, "r_noise": 0.0}
    theta, units, step = model.unconstrained(truth), 40_000, 1e-5

    def whole(at: Array) -> Array:
        return _whole_covariance({name: float(value) for name, value in model.natural(at).items()}, 6, 0.3)

    inverse = np.linalg.inv(whole(theta))
    slopes = [inverse @ (whole(theta + step * e) - whole(theta - step * e)) / (2 * step) for e in np.eye(model.dim)]
    information = (units - 1) / 2 * np.array([[np.trace(a @ b) for b in slopes] for a in slopes])
    prior = [model.prior_gradient(theta - step * e) - model.prior_gradient(theta + step * e) for e in np.eye(model.dim)]
    expected = np.sqrt(np.diag(np.linalg.inv(information + np.array(prior) / (2 * step))))[:2]
    assert error_of_design(truth, units, 6, np.full(2, 0.3), data) == pytest.approx(expected, rel=0.01)
