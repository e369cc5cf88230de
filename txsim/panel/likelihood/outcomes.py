# SPDX-License-Identifier: MIT
"""What CX does to churn, revenue and margin: the panel's likelihood of `churn_cx`, `spend_cx`, `cx_margin`.

The engine lets customers leave and spend by the experience of the same month (docs/model.md, section 5), so churn and
revenue are read within the period: the outcome enters one period later with a lag of none, and the one-period effect of
the panel model then is that of the same period. What unmeasured causes do to both in one unit and period is not told
from the effect; a margin follows through `margin_lag`, a period later at the earliest, as in the engine.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from txsim.inference.spec import seed_for
from txsim.language import N_, Figure, Message, lazy
from txsim.panel.likelihood.lag_path import Path, effects_along, mixed, over_noise
from txsim.panel.likelihood.lag_path import path as lag_path
from txsim.panel.likelihood.records import PanelData
from txsim.panel.likelihood.robustness import widening
from txsim.panel.likelihood.standardisation import Prepared, prepare
from txsim.panel.likelihood.term import PanelEvidence, evidence_of
from txsim.panel.reader.link_spec import OUTCOMES, RAW, LinkSpec
from txsim.panel.reader.panel import Panel
from txsim.panel.verdict import by_sign, figures, student_figures
from txsim.results.quantities import Interval
from txsim.types import Array
from txsim.units import SCALES

#: Share that persists where an effect has no delay: the first node along the lag.
_AT_ONCE = 0.005
#: Median and upper 95 % of `margin_lag`, months.
_MARGIN_LAG = (18.0, 60.0)
#: Sd of the prior of a margin's settled effect: a slow effect is large in units of what has moved so far.
_WIDE = 5.0
#: Sizes of survey noise that are summed over, in log sd of their prior; values up to which they are.
_NOISE = np.array([-2.25, -1.5, -0.75, 0.0, 0.75, 1.5])
_MOST_VALUES = 40_000
#: Without counts: sizes of the noise that are supposed, variances as shares of that within units, from hardly any. How
#: likely they are beforehand rises with them as in a panel of two surveys, which has but three for each, since a lag is
#: to be told as well; here movement alone often tells the size, and an effect within the period bends with it.
_SIZES = [(share, share**0.5 * (0.3 + share)) for share in np.linspace(0.1, 0.95, 8) ** 2]


@dataclass(frozen=True)
class Outcome:
    """What a panel says of one financial outcome."""

    #: ``name``, ``parameter``: Column, and the parameter that it informs.
    name: str
    parameter: str
    prepared: Prepared  #: CX and the outcome as the model read them.
    along: Any  #: Normal approximations along the lag, ``None`` where nothing can be said.
    #: Factors of the standard errors of both effects (:mod:`txsim.panel.likelihood.robustness`).
    widen: tuple[float, float]
    unit: float  #: The parameter per standardised effect: points of a mean score, sign as in the catalogue.
    #: What one unit of CX on the file's own scale is of a point of the parameter: of an NPS 1/4 (half an index point a
    #: unit, and an NPS moves twice as far as a mean score; docs/model.md, section 1). NaN without a scale.
    own: float
    usable: bool  #: Whether CX has a scale, so that points are known.
    #: ``notes``, ``cannot``: What was taken for granted; why nothing can be said.
    notes: tuple[Message, ...]
    cannot: tuple[Message, ...]
    #: Why neither a verdict nor the calibration may rest on what is read, though something is.
    held_back: Message | None = None

    @property
    def lag(self) -> str:
        """Parameter of the delay, empty where there is none."""
        return "margin_lag" if self.name == "margin" else ""

    @property
    def told(self) -> bool:
        """Whether the calibration learns from it."""
        return self.along is not None and self.usable and self.held_back is None

    def evidence(self, digest: str) -> PanelEvidence | None:
        """Return what is said for the calibration; ``None`` where nothing can be."""
        if not self.told:
            return None
        return evidence_of(
            self.along,
            forth=self.parameter,
            back="",
            lag=self.lag,
            period_months=self.prepared.period_months,
            ratio=(1.0 / self.unit, 1.0),
            data=digest,
            widen=self.widen,
            width=self.prepared.data.effect_width,
        )

    def draws(self, rng: np.random.Generator, count: int = 8000) -> tuple[Array, Array]:
        """Return draws of the one-period and of the settled effect, by the data alone, in the parameter's unit."""
        effects, phi = effects_along(self.along, self.prepared.data, rng, count, self.widen)
        b = effects[:, 0] * self.unit
        return b, b / (1.0 - phi) if self.lag else b


def read_outcomes(panel: Panel, spec: LinkSpec, workers: int = 2) -> tuple[Outcome, ...]:
    """Return what a panel says of each financial outcome that it holds."""
    return tuple(_read(panel, name, values, spec, workers) for name, values in panel.outcomes.items())


def _read(panel: Panel, name: str, values: Array, spec: LinkSpec, workers: int) -> Outcome:
    y, sign, notes = _transformed(name, values, panel.step if panel.calendar else 1.0)
    later = 0 if name == "margin" else 1
    blank = np.full((len(panel.units), 1), np.nan)

    def paired(cx: Array, other: Array) -> Array:
        if later:
            cx, other = np.hstack([cx, blank]), np.hstack([blank, other])
        return np.stack([cx, other], axis=2)

    gone = np.full(values.shape, np.nan)
    pair = replace(
        panel,
        y=paired(panel.y[..., 1], y),
        n=paired(panel.n[..., 1], gone),
        variance=paired(panel.variance[..., 1], gone),
        scales=(panel.scales[1], RAW),
        groups={},
        outcomes={},
        pilot=None,
    )
    pair_spec = spec.model_copy(update={"shared_raters": False, "lag_months": None})
    prepared = prepare(
        pair,
        pair_spec,
        lag=_MARGIN_LAG,
        names=("CX", name),
        phi=None if name == "margin" else _AT_ONCE,
        effect_width=_WIDE if name == "margin" else 1.0,
    )
    usable = panel.scales[1] != RAW
    measure = panel.sd_ratio[1]
    own = SCALES[panel.scales[1]].points_per_unit / measure if usable else float("nan")
    if prepared.cannot:
        return Outcome(
            name, OUTCOMES[name], prepared, None, (1.0, 1.0), 1.0, own, usable, tuple(notes), prepared.cannot
        )
    along = lag_path(prepared.data, prepared.phi, workers=workers)
    prepared, best, along = over_noise(prepared, along, sizes=_SIZES)
    widen, _ = widening(pair, prepared, best)
    if later and prepared.data.counted[0] and not any(prepared.guessed) and prepared.data.y.size < _MOST_VALUES:
        along = _over_noise(along, prepared.data, workers)
    unit = sign * float(prepared.sd[1] / prepared.sd[0]) * measure
    read = Outcome(name, OUTCOMES[name], prepared, along, widen, unit, own, usable, (), ())
    held_back, remark = _timed(read) if later else (None, None)
    notes += [each for each in (held_back, remark) if each is not None]
    if not usable:
        notes.append(
            lazy(
                "CX has no known scale, so that {outcome} says nothing of `{parameter}` per point",
                outcome=name,
                parameter=OUTCOMES[name],
            )
        )
    return replace(read, notes=tuple(notes), held_back=held_back)


def _timed(read: Outcome) -> tuple[Message | None, Message | None]:
    """Return why an outcome that is read within the period must not be, if so; else what to know of it, if anything.

    What follows CX a period later more closely than within the period is no effect within it, however much survey noise
    there is, which makes both smaller alike. What supposed noise makes of nothing is none either.
    """
    measured = _as_measured(read.prepared.y, read.unit)
    if measured is None:
        return None, None
    now, after, more = measured
    told = {"parameter": read.parameter, "now": _told(now), "after": _told(after)}
    if by_sign(after) != "inconclusive" and by_sign(more) == "supported":
        text = N_(
            "`{parameter}` is left out of the calibration: {outcome} follows CX a period later ({after}, 90 %) more "
            "closely than within the period ({now}), as the forecast has it; if that is the effect, state it in "
            "`priors`"
        )
        return lazy(text, outcome=read.name, **told), None
    if not read.prepared.guessed[0]:
        return None, None
    found = by_sign(figures(read.draws(np.random.default_rng(seed_for(0, f"outcome {read.name}")))[0]))
    if found not in ("inconclusive", by_sign(now)):
        text = N_(
            "`{parameter}` is left out of the calibration: nobody counted answers of CX, and what is read of it comes "
            "from survey noise that is supposed; as measured it is {now} within the period and {after} a period later "
            "(90 %): give `n_cx`"
        )
        return lazy(text, **told), None
    text = N_(
        "nobody counted answers of CX: `{parameter}` is read as if part of CX's movement were survey noise, and is "
        "larger for it; as measured it is {now} within the period and {after} a period later (90 %): give `n_cx`"
    )
    return None, lazy(text, **told)


def _as_measured(y: Array, unit: float) -> tuple[Interval, Interval, Interval] | None:
    """Return what the outcome goes with CX of its own period and of the one before, and by how much more with that.

    Least-squares slopes within units, and the difference of their sizes; errors by unit. Noise of CX makes them
    smaller, but does not make one of nothing. ``y``: ``(unit, period, 2)`` without period means, the outcome a period
    later; ``unit``: the parameter per unit of the slope.
    """
    slopes: list[float] = []
    parts: list[Array] = []
    free = len(y)
    for gap in (1, 2):
        before, after = y[:, :-gap, 0], y[:, gap:, 1]
        both = np.isfinite(before) & np.isfinite(after)
        x, z = (np.where(both, each, 0.0) for each in (before, after))
        count = both.sum(axis=1, keepdims=True)
        x, z = (np.where(both, each - each.sum(axis=1, keepdims=True) / np.maximum(count, 1), 0.0) for each in (x, z))
        free, squares = min(free, int((count > 1).sum()) - 1), float((x * x).sum())
        if free < 2 or squares <= 0:
            return None
        slopes.append(float((x * z).sum()) / squares * unit)
        parts.append((x * (z - slopes[-1] / unit * x)).sum(axis=1) / squares * unit)
    signs = np.sign(slopes)
    slopes.append(abs(slopes[1]) - abs(slopes[0]))
    parts.append(signs[1] * parts[1] - signs[0] * parts[0])
    errors = [float(np.sqrt((free + 1) / free * (part @ part))) for part in parts]
    measured = [student_figures(of, error, free) for of, error in zip(slopes, errors, strict=True)]
    return measured[0], measured[1], measured[2]


def _told(of: Interval) -> Message:
    low, middle, high = (Figure(each, "number") for each in (of.p05, of.median, of.p95))
    return lazy("{middle} ({low} … {high})", middle=middle, low=low, high=high)


def _over_noise(along: Path, data: PanelData, workers: int) -> Path:
    """Return the approximations with the size of CX's survey noise summed out on a grid.

    How far noise dilutes an effect within the period hangs on its size, along a bent ridge that one normal
    approximation cuts short.
    """
    width = data.noise_width[0]
    grid = width * _NOISE
    paths = []
    for shift in grid:
        w = data.w.copy()
        w[..., 0] = np.where(w[..., 0] >= 0, w[..., 0] * np.exp(2 * shift), w[..., 0])
        known = replace(data, w=w, noise_width=(0.02, data.noise_width[1]))
        paths.append(lag_path(known, float(along.phi[0]) if len(along.phi) == 1 else None, workers=workers))
    return mixed(paths, -0.5 * (grid / width)[:, None] ** 2)


def _transformed(name: str, values: Array, months: float) -> tuple[Array, float, list[Message]]:
    """Return an outcome on the scale that its parameter speaks of, the sign of an effect of CX, and notes."""
    seen = np.isfinite(values)
    notes: list[Message] = []
    if not seen.any():
        return values, 1.0, notes
    if name == "margin":
        return values, 1.0, notes
    bad = seen & (values <= 0)
    if name == "revenue_per_customer":
        if bad.any():
            notes.append(lazy("{n} cells of revenue_per_customer at or below zero were left out", n=int(bad.sum())))
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(values > 0, np.log(values), np.nan), 1.0, notes
    bad = seen & ((values <= 0) | (values >= 1))
    if bad.any():
        notes.append(lazy("{n} cells of churn at or below zero, or of all customers, were left out", n=int(bad.sum())))
    with np.errstate(invalid="ignore", divide="ignore"):
        hazard = np.log(-np.log1p(-np.where(bad, np.nan, values)))
    return hazard, -1.0, notes
