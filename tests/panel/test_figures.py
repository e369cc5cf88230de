# SPDX-License-Identifier: MIT
"""What draws of a panel come to: verdicts, units, what confounding explains, checks, pooling and designs, by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy import integrate, stats

import txsim.panel.power as power
import txsim.panel.unit_kinds as unit_kinds
from txsim.panel.effects import between, effects_of, noise_share, widened
from txsim.panel.likelihood.dynamics import run_forward
from txsim.panel.likelihood.sampler import PanelDraws
from txsim.panel.likelihood.standardisation import Prepared, prepare
from txsim.panel.predictive_checks import predictive_checks, statistics
from txsim.panel.reader.link_spec import LinkSpec
from txsim.panel.reader.panel import Panel
from txsim.panel.unit_kinds import outcomes, pool
from txsim.panel.verdict import figures, robustness_value, verdict
from txsim.results.codec import plain
from txsim.results.quantities import Interval

# --- verdicts


def share(positive: float, middle: float = 0.2, near: float = 0.2) -> np.ndarray:
    """Return a thousand draws of which a share lies above 0, all within a narrow band."""
    count = round(1000 * positive)
    return np.concatenate([np.full(count, middle), np.full(1000 - count, -near)])


@pytest.mark.parametrize(
    ("draws", "expected"),
    [
        (share(0.976), "supported"),
        (share(0.975), "supported"),  # at the bound itself
        (share(0.025), "opposite"),
        (share(0.970), "inconclusive"),
        (None, "cannot_say"),
        (share(0.024), "opposite"),  # harm is no support, and no sign that nothing matters
        (share(0.0, 0.04, 0.04), "absent"),  # surely below 0, and too small to matter
        (share(0.030), "inconclusive"),
        (share(0.5, 0.04, 0.04), "absent"),  # all within 0.05 of nothing
        (share(0.5, 0.06, 0.06), "inconclusive"),
        (np.concatenate([share(0.5, 0.04, 0.04)[50:950], np.full(50, 0.3), np.full(50, -0.3)]), "absent"),
        (np.concatenate([share(0.5, 0.04, 0.04)[60:940], np.full(60, 0.3), np.full(60, -0.3)]), "inconclusive"),
        (share(0.98, 0.001, 0.001), "supported"),  # certain, however small
        (np.linspace(1.0, 2.6, 1001), "supported"),  # 90 % within 1.44
        (np.linspace(1.0, 2.8, 1001), "cannot_say"),  # 90 % within 1.62
    ],
)
def test_verdicts_at_their_bounds(draws: np.ndarray | None, expected: str) -> None:
    settled = np.zeros(9) if draws is None else np.clip(draws, -0.09, 0.09)
    assert verdict(draws, figures(settled)) == expected


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (-0.37, 0.49, "inconclusive"),  # a shop panel full of noise: a period later small in sd, settled anything
        (-0.02, 0.11, "inconclusive"),
        (-0.11, 0.02, "inconclusive"),
        (-0.08, 0.09, "absent"),
    ],
)
def test_absent_only_where_the_settled_interval_holds_nothing_that_matters(
    low: float, high: float, expected: str
) -> None:
    period_later = np.random.default_rng(3).normal(0.0, 0.02, 8000)  # 99 % within 0.05 sd per sd
    assert verdict(period_later, Interval(0.03, low, high, 0.6)) == expected


def test_figures_of_draws() -> None:
    told = plain(figures(np.arange(-20.0, 81.0).reshape(1, -1)))
    assert told == {"median": 30.0, "p05": -15.0, "p95": 75.0, "p_positive": pytest.approx(80 / 101)}


@pytest.mark.parametrize(("effect", "error", "free"), [(0.097, 0.0232, 783), (-0.4, 0.1, 50), (0.01, 0.1, 20)])
def test_robustness_value_explains_the_effect_away(effect: float, error: float, free: float) -> None:
    """A confounder of that strength on both sides biases by as much as the effect (Cinelli & Hazlett 2020, eq. 7)."""
    value = robustness_value(effect, error, free)
    bias = error * math.sqrt(free) * math.sqrt(value * value / (1 - value))
    assert bias == pytest.approx(abs(effect))
    assert robustness_value(effect, 0.0, free) == 0.0
    assert robustness_value(effect, error, 1.0) == 0.0


# --- units of effects

UNITS, PERIODS = 30, 8
NATURAL = {
    "b_ex_cx": 0.3, "b_cx_ex": 0.1, "phi": 0.4, "rho_ex": 0.5, "rho_cx": 0.2, "r_shock": 0.25, "r_between": 0.6,
    "between_ex": 2.0, "between_cx": 3.0, "sd_ex": 0.8, "sd_cx": 0.7, "noise_ex": 0.5, "noise_cx": 1.5,
}  # fmt: skip


def draws_of(**told: Any) -> PanelDraws:
    values = {name: np.full((2, 50), value) for name, value in (NATURAL | told).items()}
    return PanelDraws({k: np.broadcast_to(v, (2, 50)) for k, v in values.items()}, None, {}, np.zeros((2, 50, 1)))


def panel_of(scales: tuple[str, str] = ("enps", "likert5"), **told: Any) -> tuple[Panel, Prepared]:
    rng = np.random.default_rng(3)
    y = rng.normal(size=(UNITS, PERIODS, 2))
    w = np.broadcast_to([0.5, 0.25], y.shape).copy()
    panel = Panel(tuple(f"u{i}" for i in range(UNITS)), 0.0, 3.0, True, y, np.full(y.shape, 40.0), w, scales)
    given: dict[str, Any] = {
        "data": None, "y": y, "w": w, "sd": np.array([4.0, 2.0]), "total_sd": np.array([10.0, 6.0]), "phi": None,
        "period_months": 3.0, "notes": (), "cannot": (),
    }  # fmt: skip
    return panel, Prepared(**(given | told))


def test_effects_in_the_units_people_read() -> None:
    """EX varies by 4 points and CX by 2; two eNPS points are one, and one point of five is 25."""
    panel, prepared = panel_of()
    told = plain(effects_of(panel, prepared, draws_of()))
    one, settled = told["one_period"], told["settled"]
    assert one["ex_cx"]["median"] == pytest.approx(0.3 * 2 / 4)
    assert one["cx_ex"]["median"] == pytest.approx(0.1 * 4 / 2)
    assert one["ex_cx"]["unit"] == "points per point"
    assert one["ex_cx"]["within_sd"]["median"] == pytest.approx(0.3)
    assert one["cx_ex"]["within_sd"]["median"] == pytest.approx(0.1)
    # An eNPS point is half an index point, whose 0.15 is 0.075 index points of CX or 0.003 points of five.
    assert one["ex_cx"]["own_unit"]["median"] == pytest.approx(0.003)
    assert one["cx_ex"]["own_unit"]["median"] == pytest.approx(0.2 * 25 * 2)
    # 0.6 of an effect comes through each period
    assert settled["ex_cx"]["median"] == pytest.approx(0.15 / 0.6)
    assert settled["cx_ex"]["median"] == pytest.approx(0.2 / 0.6)
    assert settled["ex_cx"]["within_sd"]["median"] == pytest.approx(0.5)
    # φ = 0.4 over three months: a month keeps 0.4^(1/3), whose mean delay is 1/(1 − that)
    assert told["lag"]["months"]["median"] == pytest.approx(1 / (1 - 0.4 ** (1 / 3)))
    assert told["lag"]["phi"]["median"] == pytest.approx(0.4)
    assert told["lag"]["given"] is False
    assert effects_of(panel, replace(prepared, phi=0.4), draws_of()).lag.given is True  # type: ignore[union-attr]
    within = told["within"]
    assert within["persistence"]["ex"]["median"] == pytest.approx(0.5)
    assert within["persistence"]["cx"]["median"] == pytest.approx(0.2)
    assert within["shocks"]["median"] == pytest.approx(0.25)
    assert within["sd"] == {"ex": 4.0, "cx": 2.0}
    inside = prepared.y - prepared.y.mean(axis=0)
    inside -= inside.mean(axis=1, keepdims=True)

    def corr(a: np.ndarray, b: np.ndarray) -> float:
        return float((a * b).mean() / np.sqrt((a * a).mean() * (b * b).mean()))

    assert within["correlation"] == pytest.approx(corr(inside[..., 0], inside[..., 1]))
    assert within["ex_then_cx"] == pytest.approx(corr(inside[:, :-1, 0], inside[:, 1:, 1]))
    assert within["cx_then_ex"] == pytest.approx(corr(inside[:, :-1, 1], inside[:, 1:, 0]))


def test_effects_of_an_unknown_scale_are_in_sds_of_everything() -> None:
    panel, prepared = panel_of(("raw", "raw"))
    told = plain(effects_of(panel, prepared, draws_of()).one_period)
    assert told["ex_cx"]["unit"] == "sd per sd"
    # one sd of EX over all units is 10, or 2.5 within; 0.3 · 2.5 within-sd of CX are 1.5, a quarter of its 6
    assert told["ex_cx"]["median"] == pytest.approx(0.3 * 2.5 * 2 / 6)
    assert told["cx_ex"]["median"] == pytest.approx(0.1 * 3 * 4 / 10)


def test_strength_of_a_confounder_by_pairs() -> None:
    """Thirty units with seven pairs of waves: 210 pairs less a level for each unit and four more."""
    panel, prepared = panel_of()
    b = np.linspace(0.1, 0.5, 100).reshape(2, 50)
    told = plain(effects_of(panel, prepared, draws_of(b_ex_cx=b)).sensitivity["ex_cx"])
    assert told["degrees_of_freedom"] == 210 - 30 - 4
    assert told["robustness_value"] == pytest.approx(robustness_value(0.3, float(b.std()), 176))
    assert f"{100 * told['robustness_value']:.0f}\N{NO-BREAK SPACE}%" in told["meaning"]
    gaps = prepared.y.copy()
    gaps[:, ::2, 0] = np.nan  # EX in odd waves only: CX follows it in even ones, 3 pairs a unit
    some = plain(effects_of(panel, replace(prepared, y=gaps), draws_of(b_ex_cx=b)).sensitivity)
    assert some["ex_cx"]["degrees_of_freedom"] == 30 * 3 - 30 - 4
    assert some["cx_ex"]["degrees_of_freedom"] == 30 * 4 - 30 - 4


def test_widened_about_the_median() -> None:
    b = np.linspace(0.0, 0.4, 101).reshape(1, -1)
    found = PanelDraws({"b_ex_cx": b, "b_cx_ex": b + 1, "phi": b}, None, {}, b)
    wide = widened(found, (2.0, 1.5))
    np.testing.assert_allclose(wide["b_ex_cx"], 2 * b - 0.2)
    np.testing.assert_allclose(wide["b_cx_ex"], 1.2 + 1.5 * (b - 0.2))
    np.testing.assert_array_equal(wide["phi"], b)
    assert widened(found, (1.0, 1.0)) is found
    np.testing.assert_allclose(widened(found, (1.0, 2.0))["b_ex_cx"], b)


def by_links(forth: float, back: float, omega: np.ndarray) -> np.ndarray:
    g = np.linalg.inv(np.array([[1.0, -back], [-forth, 1.0]]))
    return np.asarray(g @ omega @ g.T)


@pytest.mark.parametrize("tied", [0.0, 1.0, 3.0])
def test_what_links_leave_of_the_association_between_units(tied: float) -> None:
    """Unit effects with variances 4 and 9 and some covariance, carried through both links: what these made of it."""
    forth, back = 0.3 / 0.6, 0.1 / 0.6
    whole = by_links(forth, back, np.array([[4.0, tied], [tied, 9.0]]))
    alone = by_links(forth, back, np.diag([4.0, 9.0]))
    be, bc = np.sqrt(np.diag(whole))
    r = whole[0, 1] / (be * bc)
    panel, prepared = panel_of()
    told = plain(between(panel, prepared, draws_of(between_ex=be, between_cx=bc, r_between=r)))
    assert told["confounding_share"]["median"] == pytest.approx(1 - alone[0, 1] / whole[0, 1], abs=1e-9)
    assert told["correlation"]["median"] == pytest.approx(r)
    assert told["slope"]["median"] == pytest.approx(whole[0, 1] / whole[0, 0] * 2 / 4)
    means = prepared.y.mean(axis=1)
    assert told["observed_correlation"] == pytest.approx(np.corrcoef(means.T)[0, 1])
    assert told["units"] == UNITS
    none = plain(between(panel, prepared, draws_of(b_ex_cx=0.0, b_cx_ex=0.0)))
    assert none["confounding_share"]["median"] == pytest.approx(1.0)


def test_there_is_no_share_of_what_is_not_there() -> None:
    panel, prepared = panel_of()
    rng = np.random.default_rng(3)
    untied = plain(between(panel, prepared, draws_of(r_between=rng.normal(-0.08, 0.12, (2, 50)))))
    assert untied["confounding_share"] is None
    opposed = plain(between(panel, prepared, draws_of(r_between=-0.6)))  # both links are above nought
    assert opposed["confounding_share"] is None
    means = prepared.y.mean(axis=1)
    ends = stats.pearsonr(*means.T).confidence_interval(0.9)  # Fisher's, by another route
    told = untied["association"]["correlation"]
    assert (told["p05"], told["p95"]) == pytest.approx((ends.low, ends.high), rel=1e-9)


def test_what_is_between_units_without_a_fit() -> None:
    panel, prepared = panel_of()
    gaps = prepared.y.copy()
    gaps[0, :, 0] = np.nan
    told = plain(between(panel, replace(prepared, y=gaps), None))
    assert told["units"] == UNITS - 1
    assert told["observed_correlation"] == pytest.approx(np.corrcoef(prepared.y[1:].mean(axis=1).T)[0, 1])
    assert (told["correlation"], told["slope"], told["confounding_share"]) == (None, None, None)


def test_share_of_survey_noise() -> None:
    """Noise of 0.5² · 0.5 and 1.5² · 0.25 a wave, twice that in a change, against the changes' mean square."""
    _, prepared = panel_of()
    told = plain(noise_share(prepared, draws_of()))
    change = np.diff(prepared.y, axis=1)
    assert told["ex"]["median"] == pytest.approx(2 * 0.25 * 0.5 / (change[..., 0] ** 2).mean())
    assert told["cx"]["median"] == pytest.approx(2 * 2.25 * 0.25 / (change[..., 1] ** 2).mean())
    assert plain(noise_share(prepared, draws_of(noise_ex=99.0)))["ex"]["median"] == 1.0
    nothing = prepared.y.copy()
    nothing[..., 0] = np.nan
    assert noise_share(replace(prepared, y=nothing), draws_of())["ex"] is None


# --- checks


def test_statistics_by_hand() -> None:
    """Two units, four waves; waves' means are 0 in both series, so that only units' own means are left to take out."""
    ex, cx = np.array([1.0, 3.0, 2.0, 6.0]), np.array([0.0, 4.0, 1.0, 3.0])
    told = statistics(np.stack([np.column_stack([ex, cx]), -np.column_stack([ex, cx])]))
    e, c = ex - 3, cx - 2  # −2 0 −1 3 and −2 2 −1 1
    assert told["within_sd_ex"] == pytest.approx(math.sqrt(2 * 14 / 6))
    assert told["within_sd_cx"] == pytest.approx(math.sqrt(2 * 10 / 6))
    assert told["between_sd_ex"] == pytest.approx(3.0)
    assert told["between_sd_cx"] == pytest.approx(2.0)
    assert told["lag_1_ex"] == pytest.approx((0 + 0 - 3) / math.sqrt(5 * 10))
    assert told["lag_1_cx"] == pytest.approx((-4 - 2 - 1) / math.sqrt(9 * 6))
    assert told["same_period"] == pytest.approx((e @ c) / math.sqrt(14 * 10))
    assert told["ex_then_cx"] == pytest.approx((-4 + 0 - 1) / math.sqrt(5 * 6))
    assert told["cx_then_ex"] == pytest.approx((0 - 2 - 3) / math.sqrt(9 * 10))
    assert told["tails_ex"] == pytest.approx((16 + 1 + 81) / 4 / (14 / 4) ** 2)
    assert told["tails_cx"] == pytest.approx((16 + 16 + 1 + 1) / 4 / (10 / 4) ** 2)


def test_checks_place_what_was_measured_among_replicates() -> None:
    rng = np.random.default_rng(11)
    w = np.ones((40, 8, 2))
    y = run_forward(NATURAL, 40, 8, w, np.random.default_rng(2))
    values = {name: np.full((2, 3), value) for name, value in NATURAL.items()}
    fine = {row["statistic"]: row for row in plain(predictive_checks(y, w, values, rng, replicates=200))}
    assert len(fine) == 11
    assert all(row["p05"] < row["p95"] for row in fine.values())
    assert sum(row["unusual"] for row in fine.values()) == 0
    real = statistics(y)
    made = [statistics(run_forward(NATURAL, 40, 8, w, rng)) for _ in range(400)]
    for name, row in fine.items():
        assert row["measured"] == real[name]
        replicas = np.array([one[name] for one in made])
        ends = np.quantile(replicas, [0.05, 0.95])
        assert (row["p05"], row["p95"]) == pytest.approx(tuple(ends), abs=0.5 * replicas.std())
        below = (replicas < real[name]).mean()
        assert row["p"] == pytest.approx(2 * min(below, 1 - below), abs=0.25)
    # Twice as far apart: the spread is unusual, what correlates is not.
    wide = {row["statistic"]: row for row in plain(predictive_checks(2 * y, w, values, rng, replicates=100))}
    assert wide["within_sd_ex"]["unusual"]
    assert wide["within_sd_ex"]["p"] == 0.0
    assert wide["within_sd_ex"]["measured"] > wide["within_sd_ex"]["p95"]
    assert not wide["same_period"]["unusual"]


# --- kinds of units


def test_pooling_by_integration() -> None:
    """Posterior means and sds of three kinds by integrating over their common mean and spread numerically."""
    estimates, errors, scale = np.array([0.1, 0.2, 0.6]), np.array([0.1, 0.05, 0.2]), 0.2
    mu = np.linspace(-1.5, 2.5, 801)[:, None]
    tau = np.linspace(1e-4, 0.8, 400)[None, :]  # half-normal up to four sds
    weight = np.exp(-0.5 * (tau / scale) ** 2) * np.ones_like(mu)
    for y, s in zip(estimates, errors, strict=True):
        weight = weight * stats.norm.pdf(y, mu, np.sqrt(s**2 + tau**2))
    weight /= weight.sum()
    middle, spread, between_kinds = pool(estimates, errors, scale=scale)
    assert between_kinds == pytest.approx((weight * tau).sum(), rel=0.01)
    for k, (y, s) in enumerate(zip(estimates, errors, strict=True)):
        precision = 1 / s**2 + 1 / tau**2
        mean = (y / s**2 + mu / tau**2) / precision
        expected = (weight * mean).sum()
        assert middle[k] == pytest.approx(expected, abs=0.002)
        variance = (weight * (1 / precision + mean**2)).sum() - expected**2
        assert spread[k] == pytest.approx(math.sqrt(variance), rel=0.01)


def test_pooling_at_its_ends() -> None:
    estimates, errors = np.array([0.0, 1.0]), np.array([0.1, 0.2])
    middle, spread, _ = pool(estimates, errors, scale=1e-4)
    np.testing.assert_allclose(middle, 0.2, atol=1e-3)  # weights 100 and 25
    np.testing.assert_allclose(spread, 1 / math.sqrt(125), rtol=1e-3)
    middle, spread, _ = pool(estimates, errors, scale=1000.0)
    np.testing.assert_allclose(middle, estimates, atol=0.01)
    np.testing.assert_allclose(spread, errors, rtol=0.01)


def test_parts_of_a_panel_without_scale_are_told_in_its_standard_deviations(monkeypatch: pytest.MonkeyPatch) -> None:
    """EX in cents or euros: a kind and a group of all units say the one-period effect of the panel, sd per sd."""
    theta, errors = np.array([0.3, 0.1]), np.array([0.05, 0.02])
    mode = SimpleNamespace(theta=theta, covariance=np.diag(errors**2))
    monkeypatch.setattr(unit_kinds, "path", lambda data, phi: SimpleNamespace(modes=[mode]))
    base, _ = panel_of(("raw", "raw"))
    spec = LinkSpec()
    for times in (1.0, 100.0):
        y = base.y * [times, 1.0] * [3.0, 2.0]
        group = {"all": (y[..., 0], base.n[..., 0], base.n[..., 0])}
        panel = replace(base, y=y, variance=base.variance * times**2, kind=("shop",) * UNITS, groups=group)
        whole = prepare(panel, spec)
        posterior = draws_of()
        headline = effects_of(panel, whole, posterior).one_period
        (kind,) = unit_kinds.by_kind(panel, whole, spec, posterior)
        (part,) = unit_kinds.by_group(panel, whole, spec, posterior)
        for alone in (kind.alone, part.alone):
            assert alone is not None
            for o, name in enumerate(("ex_cx", "cx_ex")):
                assert alone[name].median == pytest.approx(headline[name].median)
                # the effect is 6 or 5 errors, and so it stays in whatever unit
                width = 2 * 1.6448536 * errors[o] * headline[name].median / theta[o]
                assert alone[name].p95 - alone[name].p05 == pytest.approx(width)


def test_outcomes_are_told_by_what_they_inform() -> None:
    rng = np.random.default_rng(0)
    b, settled = 0.4 + 0.01 * rng.normal(size=500), 0.9 + 0.01 * rng.normal(size=500)

    def read(name: str, lag: str, unit: float, along: object, **told: Any) -> Any:
        given = {"usable": True, "cannot": ()} | told
        return SimpleNamespace(
            name=name,
            parameter=f"{name}_cx",
            lag=lag,
            unit=unit,
            own=0.25,
            along=along,
            held_back=None,
            told=along is not None and given["usable"],
            draws=lambda rng: (b, settled),
            **given,
        )

    churn, margin, none, raw = plain(
        outcomes(
            [
                read("churn", "", -2.0, object()),
                read("margin", "margin_lag", 20.0, object()),
                read("revenue", "", 1.0, None, cannot=("too short", "flat")),
                read("revenue", "", 1.0, object(), usable=False),
            ],
            1,
        )
    )
    assert (churn["outcome"], churn["parameter"], churn["timing"]) == ("churn", "churn_cx", "within the period")
    assert margin["timing"].startswith("a period later")
    assert churn["one_period"] == plain(figures(b))
    assert churn["settled"] == plain(figures(settled))
    assert churn["own_unit"]["median"] == pytest.approx(churn["settled"]["median"] / 4)
    assert raw["own_unit"] is None
    # standardised 0.2 and surely above nothing; 0.02 is above nothing too, however small
    assert (churn["verdict"], margin["verdict"]) == ("supported", "supported")
    assert (none["verdict"], none["one_period"], none["why"]) == ("cannot_say", None, "too short; flat")
    assert (churn["in_calibration"], none["in_calibration"], raw["in_calibration"]) == (True, False, False)


# --- what would be enough


def test_designs_that_halve_the_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    """Errors that fall with the root of units, waves and respondents: four times as many of one, twice of two."""
    respondents = 30.0

    def error(n: object, units: int, periods: int, w: np.ndarray, like: object) -> tuple[float, float]:
        found = math.sqrt(float(w[0]) / (units * periods))
        return found, 100 * found

    monkeypatch.setattr(power, "error_of_design", error)
    like: Any = None
    told = plain(power.enough({}, 20, 10, np.array([8.0, 1.0]), like, respondents))
    now = {"units": 20, "waves": 10, "respondents": 30.0, "width": pytest.approx(2 * 1.6448536 * 0.2), "more": ""}
    assert told["now"] == now
    rows = {row["more"]: (row["units"], row["waves"], row["respondents"]) for row in told["designs"]}
    assert rows == {
        "units": (80, 10, 30),
        "waves": (20, 40, 30),
        "both": (40, 20, 30),
        "respondents": (20, 10, 120),
        "units and respondents": (40, 10, 60),
    }
    assert [row["width"] for row in told["designs"]] == pytest.approx([2 * 1.6448536 * 0.1] * 5)

    # Where more people answer for nothing, no design needs more units beside, and none more waves than it must.
    def of_waves(n: object, units: int, periods: int, w: np.ndarray, like: object) -> tuple[float, float]:
        return 1.0 / periods, 1.0

    monkeypatch.setattr(power, "error_of_design", of_waves)
    lean = power.enough({}, 20, 10, np.array([8.0, 1.0]), like, respondents).designs
    assert [(one.units, one.waves) for one in lean] == [(20, 20)]  # not 40 units × 20 waves
    monkeypatch.setattr(power, "error_of_design", error)
    # More than 120 waves are no design; few units and waves count as the least there must be.
    long = plain(power.enough({}, 2, 40, np.array([8.0, 1.0]), like, None))
    assert (long["now"]["units"], long["now"]["waves"]) == (6, 40)
    assert {row["more"]: row["waves"] for row in long["designs"]} == {"units": 40, "both": 80}
    assert all(row["respondents"] is None for row in long["designs"])
    assert power.enough({}, 20, 1, np.array([8.0, 1.0]), like, None).now.waves == 3


def test_normal_figures_by_the_textbook() -> None:
    from txsim.panel.unit_kinds import _normal

    told = plain(_normal(0.3, 0.2))
    expected = stats.norm(0.3, 0.2)
    assert (told["p05"], told["median"], told["p95"]) == pytest.approx(
        (expected.ppf(0.05), 0.3, expected.ppf(0.95)), abs=1e-4
    )
    area, _ = integrate.quad(expected.pdf, 0, 5)
    assert told["p_positive"] == pytest.approx(area, abs=1e-6)
