# SPDX-License-Identifier: MIT
"""A panel made ready for the model: standardised, with the noise that counts of respondents imply."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import compress, product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from txsim.language import Message, lazy, lazy_plural
from txsim.panel.likelihood.dynamics import period_share
from txsim.panel.likelihood.records import PanelData, records
from txsim.panel.reader.link_spec import RAW, LinkSpec
from txsim.panel.reader.panel import Panel
from txsim.priors.distributions import Z95
from txsim.types import Array
from txsim.units import SCALES

#: Log sd of the noise's sd where counts are known. The design effect of a survey, which multiplies the variance of its
#: answers, is 1 ×/÷ 1.3, and 1 ×/÷ 1.5 where the same people answer both questions or many units.
_DESIGN, _SHARED = float(np.log(1.3)) / 2, float(np.log(1.5)) / 2
#: The same for the spread of one answer, which is known from shares and judged from a mean.
_JUDGED = 0.15
#: Without counts, on a known scale: noise variance as a share of that within units by each of three suppositions, how
#: likely each is beforehand, and the log sd of the noise's sd about each. The size of the noise bends the answer, so
#: that one normal approximation would cut short what is possible; there is no supposition of none. More noise is more
#: likely: fifty answers give an NPS an error of 11 points, and few units move by as much.
UNCOUNTED, _ABOUT = ((0.1, 1 / 6), (0.5, 2 / 6), (0.9, 3 / 6)), 0.15
#: Scale of the half-normal prior of the noise's sd, in within-unit sd, on an unknown scale: with counts the size is
#: open and only the pattern is known; without them numbers need not come from a survey, and all movement is movement.
_UNSCALED, _NONE = 0.35, 0.0
#: Median and upper 95 % of the mean delay in months, before the data: that of the catalogue (``lag_people``), wider.
_LAG = (4.0, 12.0)
#: Waves per unit from which the lag is estimated where periods are dated.
_LAG_WAVES = 6


#: Where periods are counted: waves from which the lag is estimated, and the prior of the share that persists from one
#: to the next, on the logit: a mean delay of 1.6 periods, 5 at most with 95 %. With longer ones the same settled
#: effect is so near to nought a period later that a flat prior of the lag would speak against any effect.
_COUNTED_WAVES, _COUNTED_LAG = 4, (-0.5, 1.1)


def lag_prior(months: float, lag: tuple[float, float] = _LAG) -> tuple[float, float]:
    """Return mean and sd, on the logit, of the prior of the share that persists over a period of some months."""
    middle, high = (float(np.log(x) - np.log1p(-x)) for x in (period_share(tau, months) for tau in lag))
    return middle, (high - middle) / Z95


@dataclass(frozen=True)
class Prepared:
    """What the model reads, and how to carry its figures back."""

    data: PanelData  #: Standardised records.
    #: ``y``, ``w``: ``(unit, period, 2)`` standardised values without period means, and noise variances.
    y: Array
    w: Array
    #: ``sd``, ``total_sd``: ``(2,)`` within-unit sd, and sd over units and periods after period means, in units of the
    #: panel.
    sd: Array
    total_sd: Array
    phi: float | None  #: Known share that persists from one period to the next, or ``None``.
    period_months: float  #: Months from one period to the next.
    #: ``notes``, ``cannot``: What was taken for granted; why nothing can be said, empty if something can.
    notes: tuple[Message, ...]
    cannot: tuple[Message, ...]
    #: Of which series, measured on a known scale, nobody counted answers, so that the size of its noise is a guess.
    guessed: tuple[bool, bool] = (False, False)
    #: What variances of cells were divided by to give ``w``, in squared units of the panel; NaN where nobody counted.
    divisor: tuple[float, float] = (np.nan, np.nan)

    def suppositions(self, sizes: Sequence[tuple[float, float]] = UNCOUNTED) -> Iterator[tuple[float, Prepared]]:
        """Yield how likely each size of the noise of series that were not counted is, and the panel with it."""
        for chosen in product(*(sizes if guess else ((None, 1.0),) for guess in self.guessed)):
            w = self.w.copy()
            for o, (share, _) in enumerate(chosen):
                if share is not None:
                    w[..., o] = np.where(np.isfinite(w[..., o]), share, np.nan)
            data = self.data
            like: dict[str, Any] = {
                name: getattr(data, name)
                for name in ("counted", "shared_raters", "noise_width", "lag_prior", "effect_width")
            }
            yield chosen[0][1] * chosen[1][1], replace(self, data=records(self.y, w, **like), w=w)


def demeaned(y: Array) -> Array:
    """Return values without the mean of all units in each period."""
    seen = np.isfinite(y)
    count = np.maximum(seen.sum(axis=0), 1)
    deviations: Array = y - np.where(seen, y, 0.0).sum(axis=0) / count
    return deviations


def within_sd(y: Array) -> Array:
    """Return the sd within units ``(2,)`` of values ``(unit, period, 2)`` without period means."""
    seen = np.isfinite(y)
    count = seen.sum(axis=1)
    mean = np.where(seen, y, 0.0).sum(axis=1) / np.maximum(count, 1)
    squares = np.where(seen & (count > 1)[:, None], (np.where(seen, y, 0.0) - mean[:, None]) ** 2, 0.0).sum(axis=(0, 1))
    free = np.maximum(np.maximum(count - 1, 0).sum(axis=0), 1)
    sd: Array = np.sqrt(squares / free)
    return sd


def prepare(
    panel: Panel,
    spec: LinkSpec,
    *,
    units: NDArray[np.bool_] | None = None,
    lag: tuple[float, float] = _LAG,
    names: tuple[str, str] = ("EX", "CX"),
    phi: float | None = None,
    effect_width: float = 1.0,
) -> Prepared:
    """Return what the model reads.

    ``panel``: from :func:`txsim.panel.reader.cleaning.read_panel`. ``spec``: a known lag, shared raters. ``units``:
    ``(unit,)`` which units to take; all by default. ``lag``: median and upper 95 % of the mean delay in months, before
    the data. ``phi``: known share that persists, in place of what the spec says.
    """
    keep = np.ones(len(panel.units), dtype=bool) if units is None else units
    y, n, variance = panel.y[keep], panel.n[keep], panel.variance[keep]
    cannot: list[Message] = []
    notes: list[Message] = []
    seen = np.isfinite(y)
    waves = seen.any(axis=0).sum(axis=0)
    has = seen.any(axis=1).all(axis=1).sum()
    enough = [int(((seen[..., o].sum(axis=1)) >= 3).sum()) for o in range(2)]
    for o, name in enumerate(names):
        if waves[o] < 2:
            cannot.append(
                lazy("{series} was measured in one period", series=name)
                if waves[o] == 1
                else lazy("{series} was measured in no period", series=name)
            )
        elif waves[o] < 3:
            cannot.append(
                lazy(
                    "{series} was measured in two periods: with a level of its own for each unit, three are the least",
                    series=name,
                )
            )
    if has < 6:
        cannot.append(
            lazy_plural(
                "{n} unit with both series: six are the least to tell units from shocks that all share",
                "{n} units with both series: six are the least to tell units from shocks that all share",
                int(has),
            )
        )
    elif not cannot and min(enough) < 6:
        cannot.append(lazy("only {n} units were measured three times or more in both series", n=min(enough)))
    flat = demeaned(y)
    sd = within_sd(flat)
    typical = np.array([np.nanstd(flat[..., o][seen[..., o]]) if seen[..., o].any() else 0.0 for o in range(2)])
    for o, name in enumerate(names):
        if (
            has > 1
            and waves[o] > 1
            and seen[..., o].any()
            and (sd[o] < 1e-9 or sd[o] < 1e-4 * max(abs(np.nanmedian(y[..., o])), typical[o]))
        ):
            cannot.append(lazy("{series} does not vary within units", series=name))
    safe = np.where(sd > 0, sd, 1.0)
    w = np.ones_like(y)
    counted, widths, guessed, raw = [], [], [False, False], [False, False]
    divisor = [np.nan, np.nan]
    for o, name in enumerate(names):
        has_variance = np.isfinite(variance[..., o]) & seen[..., o]
        scale = panel.scales[o]
        uncounted = has_variance.mean() == 0 or has_variance.sum() < 0.2 * seen[..., o].sum()
        if uncounted and scale != RAW:
            w[..., o] = UNCOUNTED[1][0]
            counted.append(True)
            widths.append(_ABOUT)
            guessed[o] = True
            continue
        if uncounted:
            counted.append(False)
            widths.append(_NONE)
            raw[o] = True
            continue
        values = variance[..., o].copy()
        missing = seen[..., o] & ~has_variance
        values[missing] = np.median(values[has_variance])
        if missing.any():
            words = lazy(
                "{n} cells of {series} without counts were given the median noise", n=int(missing.sum()), series=name
            )
            notes.append(words)
        if scale == RAW:
            divisor[o] = float(np.mean(values[seen[..., o]]))
            w[..., o] = values / divisor[o]
            counted.append(False)
            widths.append(_UNSCALED)
        else:
            divisor[o] = float(safe[o] ** 2)
            w[..., o] = np.maximum(values / divisor[o], 1e-6)
            counted.append(True)
            widths.append(0.0 if SCALES[scale].measure == "favourable" else _JUDGED)
    if any(guessed):
        notes.append(
            lazy(
                "no respondents' counts for {series}: how much of the movement is survey noise is judged from the "
                "movement alone; intervals are wider for it, and where noise is most of the movement effects a period "
                "later may still be said too small: give the number of answers",
                series=", ".join(compress(names, guessed)),
            )
        )
    if any(raw):
        notes.append(
            lazy(
                "no respondents' counts for {series}: survey noise cannot be told from movement that does not last, "
                "and is taken for such; effects a period later are likely too small, by more than their interval says, "
                "and the other direction may look larger than it is: give the number of answers",
                series=", ".join(compress(names, raw)),
            )
        )
    both = np.isfinite(n).all(axis=2)
    shared = spec.shared_raters
    if shared is None:
        alike = np.abs(n[..., 0] - n[..., 1])[both] <= 0.12 * n.max(axis=2, initial=0, where=np.isfinite(n))[both]
        shared = bool(both.sum() > 10 and alike.mean() > 0.9 and np.ptp(n[both]) > 0)
        if shared:
            notes.append(
                lazy(
                    "both questions have nearly equal counts: the same people answered, so that errors of one cell "
                    "may be shared (say `shared_raters: false` if not)"
                )
            )
    design = _SHARED if shared or panel.cluster else _DESIGN
    widths = [float(np.hypot(width, design)) if known else width for known, width in zip(counted, widths, strict=True)]
    months = panel.step
    if phi is None and spec.lag_months is not None:
        if spec.lag_months > months * y.shape[1]:
            cannot.append(
                lazy(
                    "a mean delay of {lag:g} months is longer than the panel, which covers {months:g}: nothing of such "
                    "an effect could be seen in it",
                    lag=spec.lag_months,
                    months=months * y.shape[1],
                )
            )
        phi = float(period_share(spec.lag_months, months))
    usual = np.median(seen.all(axis=2).sum(axis=1)) if seen.size else 0
    of_lag: list[Message] = []  # of no interest where nothing can be said
    if phi is None and panel.calendar and usual < _LAG_WAVES:
        phi = float(period_share(lag[0], months))
        of_lag.append(
            lazy(
                "so few waves cannot tell how long an effect takes: a mean delay of {months:g} months is "
                "taken, as in the catalogue (--lag says another)",
                months=lag[0],
            )
        )
    if phi is None and not panel.calendar and usual < _COUNTED_WAVES:
        phi = float(period_share(1.0, 1.0))
        of_lag.append(
            lazy(
                "three waves without dates cannot tell how long an effect takes: it is taken to be there a wave later, "
                "as in a cross-lagged panel model"
            )
        )
    notes += of_lag if not cannot else []
    z = flat / safe
    data = records(
        z,
        np.where(seen, w, np.nan),
        counted=(counted[0], counted[1]),
        shared_raters=shared,
        noise_width=(widths[0], widths[1]),
        lag_prior=lag_prior(months, lag) if panel.calendar else _COUNTED_LAG,
        effect_width=effect_width,
    )
    return Prepared(
        data,
        z,
        np.where(seen, w, np.nan),
        sd,
        typical,
        phi,
        months,
        tuple(notes),
        tuple(dict.fromkeys(cannot)),
        (guessed[0], guessed[1]),
        (divisor[0], divisor[1]),
    )
