# SPDX-License-Identifier: MIT
"""What the draws of a panel mean in the units people read: effects, lag, between units, survey noise."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from txsim.inference.spec import seed_for
from txsim.language import Figure, Message, lazy
from txsim.panel.likelihood.lag_path import Path, effects_along, path
from txsim.panel.likelihood.sampler import PanelDraws
from txsim.panel.likelihood.standardisation import Prepared
from txsim.panel.predictive_checks import statistics
from txsim.panel.reader.panel import Panel
from txsim.panel.verdict import figures, robustness_value, student_figures
from txsim.results.link import DIRECTIONS, SERIES, Association, Between, Effect, Lag, Robustness, Within
from txsim.results.quantities import Interval
from txsim.types import Array
from txsim.units import SCALES

#: Places of source and target of both directions.
_ENDS = ((0, 1), (1, 0))
#: Log sd of the noise's scale where it is taken from counts alone.
_EXACT = 0.01


@dataclass(frozen=True)
class PanelEffects:
    """What draws of a panel mean: by direction a period later and settled, their delay, and what is within units.

    ``sensitivity`` says by direction how strong an unmeasured cause would have to be; what data cannot say is ``None``.
    """

    one_period: dict[str, Effect]
    settled: dict[str, Effect]
    lag: Lag | None
    within: Within | None
    sensitivity: dict[str, Robustness | None]


def spread(
    posterior: PanelDraws, prepared: Prepared, over: Path, factors: tuple[float, float], seed: int
) -> PanelDraws:
    """Return the draws with both effects, and the lag, as ``over`` says them where the size of noise is a guess."""
    if not any(prepared.guessed):
        return widened(posterior, factors)
    shape = posterior["phi"].shape
    rng = np.random.default_rng(seed_for(seed, "effects over sizes of noise"))
    effects, phi = effects_along(over, prepared.data, rng, posterior["phi"].size, factors)
    values = {"b_ex_cx": effects[:, 0].reshape(shape), "b_cx_ex": effects[:, 1].reshape(shape)}
    return replace(posterior, values=posterior.values | values | {"phi": phi.reshape(shape)})


def widened(posterior: PanelDraws, factors: tuple[float, float]) -> PanelDraws:
    """Return the draws with both effects spread about their medians (:mod:`txsim.panel.likelihood.robustness`)."""
    if max(factors) <= 1:
        return posterior
    values = dict(posterior.values)
    for name, factor in zip(("b_ex_cx", "b_cx_ex"), factors, strict=True):
        middle = float(np.median(values[name]))
        values[name] = middle + factor * (values[name] - middle)
    return PanelDraws(values, posterior.means, posterior.diagnostics, posterior.theta)


def effects_of(panel: Panel, prepared: Prepared, posterior: PanelDraws) -> PanelEffects:
    """Return effects in the units people read: points per point, or sd per sd where the scale is not known."""
    one: dict[str, Effect] = {}
    settled: dict[str, Effect] = {}
    sensitivity: dict[str, Robustness | None] = {}
    seen = np.isfinite(prepared.y)
    for name, (source, target) in zip(DIRECTIONS, _ENDS, strict=True):
        b = posterior[f"b_{name}"]
        beta = b / np.maximum(1.0 - posterior["phi"], 1e-6)
        for effects, draws in ((one, b), (settled, beta)):
            effects[name] = _effect(panel, prepared, draws, source, target)
        pairs = int((seen[:, :-1, source] & seen[:, 1:, target]).sum())
        free = max(pairs - int(seen.any(axis=1)[:, target].sum()) - 4, 1)
        value = robustness_value(float(np.median(b)), float(b.std()), free)
        meaning = lazy(
            "an unmeasured cause would have to explain {share} of what is left of both to explain the effect away",
            share=Figure(value, "percent"),
        )
        sensitivity[name] = Robustness(value, free, meaning)
    months = prepared.period_months
    monthly = posterior["phi"] ** (1.0 / months)
    lag = 1.0 / np.maximum(1.0 - monthly, 1e-6)
    real = statistics(prepared.y)
    within = Within(
        correlation=real["same_period"],
        ex_then_cx=real["ex_then_cx"],
        cx_then_ex=real["cx_then_ex"],
        shocks=figures(posterior["r_shock"]),
        persistence={name: figures(posterior[f"rho_{name}"]) for name in SERIES},
        sd={name: float(sd) for name, sd in zip(SERIES, prepared.sd, strict=True)},
    )
    delay = Lag(figures(lag), figures(posterior["phi"]), given=prepared.phi is not None)
    return PanelEffects(one, settled, delay, within, sensitivity)


def silent(panel: Panel) -> PanelEffects:
    """Return the effects where the data cannot say anything: none."""
    nothing = Effect(math.nan, math.nan, math.nan, math.nan, _unit(panel))
    effects = {name: nothing for name in DIRECTIONS}
    return PanelEffects(effects, effects, None, None, {name: None for name in DIRECTIONS})


def _unit(panel: Panel) -> Message:
    return lazy("sd per sd") if panel.raw else lazy("points per point")


def _own(panel: Panel, source: int, target: int) -> float:
    """Return units of the target's own scale per unit of the source's, for one point per point."""
    per = [SCALES[s].points_per_unit if s in SCALES else 1.0 for s in panel.scales]
    return per[source] / per[target]


def between(panel: Panel, prepared: Prepared, posterior: PanelDraws | None) -> Between:
    """Return how the lasting levels of units go together, and what share of it the links do not explain."""
    seen = np.isfinite(prepared.y)
    count = np.maximum(seen.sum(axis=1), 1)
    mean = np.where(seen, prepared.y, 0.0).sum(axis=1) / count * prepared.sd
    both = seen.any(axis=1).all(axis=1)
    x, y = mean[both, 0], mean[both, 1]
    observed = float(np.corrcoef(x, y)[0, 1]) if both.sum() > 2 and x.std() > 0 and y.std() > 0 else None
    if posterior is None:
        held = np.isfinite(panel.y[both])
        means = np.where(held, panel.y[both], 0.0).sum(axis=1) / np.maximum(held.sum(axis=1), 1)
        alone = association(means[:, 0], means[:, 1])
        if observed is None and alone is not None:  # one wave: nothing moves within units
            observed = alone.correlation.median
        return Between(observed, int(both.sum()), None, None, None, alone)
    alone = association(x, y)
    r, be, bc = posterior["r_between"], posterior["between_ex"], posterior["between_cx"]
    own = float(prepared.sd[1] / prepared.sd[0])
    slope = figures(r * bc / np.maximum(be, 1e-9) * own)
    # What both links would make of unit effects that are not tied to each other, against what is there.
    forth = posterior["b_ex_cx"] / np.maximum(1 - posterior["phi"], 0.02)
    back = posterior["b_cx_ex"] / np.maximum(1 - posterior["phi"], 0.02)
    stable = forth * back < 0.9
    covariance = r * be * bc
    # (I − B) Σ (I − B)ᵀ = Ω; with its off-diagonal at zero, Σ would have this covariance
    e2, c2 = be**2, bc**2
    own_e = e2 - 2 * back * covariance + back**2 * c2
    own_c = c2 - 2 * forth * covariance + forth**2 * e2
    by_links = (forth * own_e + back * own_c) / (1 - forth * back) ** 2
    share: Interval | None = None
    usable = stable & (np.abs(covariance) > 1e-3)
    if usable.mean() > 0.5:
        share = figures(np.clip(1.0 - by_links[usable] / covariance[usable], -1.0, 2.0))
        # the data leave it open, the links oppose what is there, or there is nothing to take a share of
        tied = np.quantile(r, [0.05, 0.95])
        open_ = share.p95 - share.p05 >= 1.0 or not 0.0 <= share.median <= 1.0 or tied[0] <= 0 <= tied[1]
        share = None if open_ else share
    return Between(observed, int(both.sum()), figures(r), slope, share, alone)


def association(x: Array, y: Array) -> Association | None:
    """Return how two measures of units go together: an association, not an effect.

    Correlation with Fisher's interval (1915, Biometrika 10(4), 507–521) and the least-squares slope of ``y`` on ``x``
    with Student's. ``None`` with fewer than six units, or where one does not vary.

    ``x``, ``y``: ``(unit,)``.
    """
    from scipy.special import ndtr, ndtri

    if x.size < 6 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return None
    (xx, xy), (_, yy) = np.cov(x, y, bias=True)
    r, slope, free = float(np.clip(xy / np.sqrt(xx * yy), -1.0, 1.0)), float(xy / xx), x.size - 2
    error = float(np.sqrt((1.0 - r * r) * yy / xx / free))
    z, half = np.arctanh(np.clip(r, -1 + 1e-12, 1 - 1e-12)), float(ndtri(0.95)) / np.sqrt(x.size - 3)
    low, high = (float(np.tanh(end)) for end in (z - half, z + half))
    return Association(
        int(x.size),
        Interval(r, low, high, float(ndtr(z * np.sqrt(x.size - 3)))),
        student_figures(slope, error, free),
    )


def at_counts(
    panel: Panel,
    prepared: Prepared,
    factors: tuple[float, float],
    seed: int,
    done: Callable[[float], None] | None = None,
) -> dict[str, Effect] | None:
    """Return the one-period effects with survey noise exactly as large as the counts say; ``None`` without counts.

    By normal approximations along the lag.

    ``factors``: by how much errors are widened; ``seed``: seed of the draws; ``done``: told the share of the work that
    is done.
    """
    data = prepared.data
    told = [known and not guess for known, guess in zip(data.counted, prepared.guessed, strict=True)]
    if not any(told):
        return None
    widths = tuple(_EXACT if known else width for known, width in zip(told, data.noise_width, strict=True))
    given = replace(data, noise_width=(widths[0], widths[1]))
    rng = np.random.default_rng(seed_for(seed, "noise at what counts say"))
    draws, _ = effects_along(path(given, prepared.phi, done=done), given, rng, widen=factors)
    effects = {}
    for i, (name, (source, target)) in enumerate(zip(DIRECTIONS, _ENDS, strict=True)):
        effects[name] = _effect(panel, prepared, draws[:, i], source, target)
    return effects


def in_sd(panel: Panel, prepared: Prepared) -> Array:
    """Return by what effects of EX on CX and back, in units of the panel, are multiplied to be told ``(2,)``.

    Published panels are standardised by the sd over units and periods together: so are those without a known scale.
    """
    sd = prepared.total_sd
    factors: Array = sd / sd[::-1] if panel.raw else np.ones(2)
    return factors


def _effect(panel: Panel, prepared: Prepared, draws: Array, source: int, target: int) -> Effect:
    """Return draws of an effect, within-unit sd per sd, in the units people read."""
    own = float(prepared.sd[target] / prepared.sd[source])
    interval = figures(draws * own * in_sd(panel, prepared)[source])
    return Effect(
        interval.median,
        interval.p05,
        interval.p95,
        interval.p_positive,
        unit=_unit(panel),
        within_sd=figures(draws),
        own_unit=figures(draws * own * _own(panel, source, target)),
    )


def noise_share(prepared: Prepared, posterior: PanelDraws) -> dict[str, Interval | None]:
    """Return the share of survey noise in the movement of each series; ``None`` where it is not known."""
    shares: dict[str, Interval | None] = {}
    for o, name in enumerate(SERIES):
        change = prepared.y[:, 1:, o] - prepared.y[:, :-1, o]
        both = np.isfinite(change)
        w = np.where(both, prepared.w[:, 1:, o] + prepared.w[:, :-1, o], 0.0)
        total = float((change[both] ** 2).mean()) if both.any() else float("nan")
        noise = float(w[both].mean()) if both.any() else float("nan")
        share = np.clip(posterior[f"noise_{name}"] ** 2 * noise / max(total, 1e-12), 0.0, 1.0)
        known = np.isfinite(total) and posterior[f"noise_{name}"].any() and not prepared.guessed[o]
        shares[name] = figures(share) if known else None
    return shares
