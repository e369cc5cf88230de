# SPDX-License-Identifier: MIT
"""A panel as records for the filter: units that share waves and noise are drawn together without loss."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from txsim.panel.likelihood.kalman import CHANNELS, LANES
from txsim.types import Array

#: Log sd of the noise's scale up to which it is as good as given.
_GIVEN = 0.05


@dataclass(frozen=True)
class PanelData:
    """A standardised panel, ready for the filter."""

    #: ``y``, ``w``: ``(record, period, 2)`` values, and expected noise variance of each (``w < 0``: no value). Without
    #: counts ``w`` is 1 and the noise scale is a parameter on its own.
    y: Array
    w: Array
    #: ``c``, ``g``: ``(record,)`` weight of the period mean, and of the log determinants; both 1 for a plain unit.
    c: Array
    g: Array
    span: NDArray[np.int64]  #: ``(record, 2)`` first period with a value, and the one after the last.
    #: ``(2,)`` sd over everything, in within-unit sd; sets the width of the prior of unit effects.
    total_sd: tuple[float, float]
    counted: tuple[bool, bool]  #: Whether the noise of each series is known from counts.
    shared_raters: bool = False  #: Whether the same people answer both questions, so that their noise correlates.
    means: bool = True  #: Whether period means are parameters; False where they are integrated out exactly.
    #: Log sd of the noise scale where counts are known, else the scale of the half-normal prior of the noise's sd.
    noise_width: tuple[float, float] = (0.25, 0.25)
    #: Mean and sd of the normal prior of the share that persists, on the logit; the default is nearly flat on 0 … 1.
    lag_prior: tuple[float, float] = (0.0, 1.6)
    effect_width: float = 1.0  #: Sd of the normal prior of settled effects, within-unit sd per within-unit sd.
    typical_noise: tuple[float, float] = (1.0, 1.0)  #: Geometric mean of ``w`` of each series.

    def noise_is_open(self, series: int) -> bool:
        """Whether the noise is known from counts, but not so well that it is as good as given."""
        return self.counted[series] and self.noise_width[series] > _GIVEN

    @cached_property
    def lanes(self) -> Lanes:
        """The records side by side, put so once for all models of these data."""
        return _lanes(self)


def records(
    y: Array,
    w: Array,
    *,
    counted: tuple[bool, bool],
    shared_raters: bool = False,
    noise_width: tuple[float, float] = (0.25, 0.25),
    lag_prior: tuple[float, float] = (0.0, 1.6),
    effect_width: float = 1.0,
    group: bool = True,
) -> PanelData:
    """Return records for the filter, with units of one pattern of waves and noise drawn together where that is less.

    Parameters
    ----------
    y, w
        ``(unit, period, 2)`` standardised values (NaN where missing) and noise variances.
    counted, shared_raters, noise_width, lag_prior, effect_width
        As in :class:`PanelData`.
    group
        Whether to group at all; False keeps one record per unit.

    Notes
    -----
    The likelihood of N units with one covariance V depends on the data through their mean and scatter alone. A root of
    the scatter matrix, column by column, is a set of at most 2T pseudo-units with the same likelihood. If all units
    share one pattern, period means with a flat prior integrate out exactly: the mean drops, and one log determinant.
    """
    present = np.isfinite(y) & np.isfinite(w) & (w >= 0)
    some = present.any(axis=(1, 2))
    y, w, present = y[some], w[some], present[some]
    w = np.where(present, w, -1.0)
    y = np.where(present, y, 0.0)
    units, periods = y.shape[:2]
    spread = float(np.sqrt(max(np.mean(y[present] ** 2), 1e-12)))
    total = []
    for o in range(2):
        values = y[..., o][present[..., o]]
        total.append(float(values.std()) if values.size > 1 else spread)
    settings: dict[str, Any] = {
        "total_sd": (max(total[0], 1.0), max(total[1], 1.0)),
        "counted": counted,
        "shared_raters": shared_raters,
        "noise_width": noise_width,
        "lag_prior": lag_prior,
        "effect_width": effect_width,
        "typical_noise": (_typical(w[..., 0]), _typical(w[..., 1])),
    }
    keys = np.round(w.reshape(units, -1), 10)
    patterns, of = np.unique(keys, axis=0, return_inverse=True)
    of = of.ravel()
    if not group:
        patterns = keys[:0]
    one = len(patterns) == 1
    rows_y, rows_w, rows_c, rows_g = [], [], [], []
    single = np.ones(units, dtype=bool)
    for which in range(len(patterns)):
        members = np.flatnonzero(of == which)
        cells = patterns[which] >= 0
        size = int(cells.sum())
        if one:
            values = y[members].reshape(len(members), -1)
            centred = values - values.mean(axis=0)
            if len(members) - 1 <= size:  # drop the mean by an orthogonal rotation: N − 1 units are left
                rotated = np.linalg.qr(np.column_stack([np.ones(len(members)), np.eye(len(members))[:, 1:]]))[0][:, 1:]
                root = rotated.T @ values
            else:
                root = _root(centred[:, cells], cells)
            weight = (len(members) - 1) / max(len(root), 1)
            rows_y.append(root.reshape(-1, periods, 2))
            rows_w.append(np.broadcast_to(w[members[0]], (len(root), periods, 2)))
            rows_c.append(np.zeros(len(root)))
            rows_g.append(np.full(len(root), weight))
            single[members] = False
        elif len(members) > size + 1:
            values = y[members].reshape(len(members), -1)
            mean = values.mean(axis=0)
            root = np.vstack([_root((values - mean)[:, cells], cells), np.sqrt(len(members)) * mean])
            rows_y.append(root.reshape(-1, periods, 2))
            rows_w.append(np.broadcast_to(w[members[0]], (len(root), periods, 2)))
            rows_c.append(np.r_[np.zeros(len(root) - 1), np.sqrt(len(members))])
            rows_g.append(np.full(len(root), len(members) / len(root)))
            single[members] = False
    if single.any():
        rows_y.append(y[single])
        rows_w.append(w[single])
        rows_c.append(np.ones(int(single.sum())))
        rows_g.append(np.ones(int(single.sum())))
    all_y, all_w = np.concatenate(rows_y), np.ascontiguousarray(np.concatenate(rows_w))
    seen = (all_w >= 0).any(axis=2)
    span = np.stack([seen.argmax(axis=1), periods - seen[:, ::-1].argmax(axis=1)], axis=1).astype(np.int64)
    return PanelData(
        np.ascontiguousarray(all_y),
        all_w,
        np.concatenate(rows_c),
        np.concatenate(rows_g),
        span,
        means=not one,
        **settings,
    )


def _typical(w: Array) -> float:
    positive = w[w > 0]
    return float(np.exp(np.log(positive).mean())) if positive.size else 1.0


def _root(centred: Array, cells: NDArray[np.bool_]) -> Array:
    values, vectors = np.linalg.eigh(centred.T @ centred)
    root = np.zeros((len(values), cells.size))
    root[:, cells] = np.sqrt(np.maximum(values, 0.0))[:, None] * vectors.T
    return root


@dataclass(frozen=True)
class Lanes:
    """Records side by side, as :mod:`txsim.panel.likelihood.kalman` takes them."""

    cells: Array  #: ``(block, period, 7, lane)``; in lanes that stand for no record nothing was seen.
    #: ``c``, ``g``: ``(block, lane)``.
    c: Array
    g: Array
    span: NDArray[np.int64]  #: ``(2, block)`` first period with a value in the block, and the one after the last.
    place: NDArray[np.int64]  #: ``(record,)`` where each record stands among all lanes.

    @property
    def arrays(self) -> tuple[Array, Array, Array, NDArray[np.int64]]:
        """What the filter is handed."""
        return self.cells, self.c, self.g, self.span


def _lanes(data: PanelData) -> Lanes:
    """Return the records side by side; a block holds records that begin in the same period, for there they start."""
    count = len(data.y)
    order = np.lexsort((data.span[:, 1], data.span[:, 0]))
    first = data.span[order, 0]
    groups = np.split(order, np.flatnonzero(np.diff(first)) + 1)
    blocks = [group[i : i + LANES] for group in groups for i in range(0, len(group), LANES)]
    cells = np.zeros((len(blocks), data.y.shape[1], CHANNELS, LANES))
    cells[:, :, 2:4] = 1.0  # a variance where there is none to divide by
    c, g = np.zeros((len(blocks), LANES)), np.zeros((len(blocks), LANES))
    place = np.empty(count, dtype=np.int64)
    seen = data.w >= 0
    w = np.where(seen, data.w, 1.0)
    both = np.where(seen.all(axis=2), np.sqrt(w[..., 0] * w[..., 1]), 0.0)
    y = np.where(seen, data.y, 0.0)
    every = np.concatenate([y, w, both[..., None], seen], axis=2)
    for b, members in enumerate(blocks):
        n = len(members)
        cells[b, :, :, :n] = every[members].transpose(1, 2, 0)
        c[b, :n], g[b, :n] = data.c[members], data.g[members]
        place[members] = b * LANES + np.arange(n)
    begin = [data.span[members, 0].min() for members in blocks]
    end = [data.span[members, 1].max() for members in blocks]
    return Lanes(cells, c, g, np.array([begin, end], dtype=np.int64), place)
