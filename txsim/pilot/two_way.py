# SPDX-License-Identifier: MIT
"""A pilot's effect with unit and period effects on cells, and an error that holds with few units.

``y[unit, period] = unit + period + effect · (pilot unit, after the start) + error``. Period effects matter wherever
units are not all measured in the same periods: where people leave one arm earlier, means before and after compare
different times. The error is clustered by unit, so that autocorrelated waves do not pose as independent (Bertrand,
Duflo & Mullainathan 2004, QJE 119(1), 249–275), with the bias-reduced linearisation CR2 and degrees of freedom by
Satterthwaite (Bell & McCaffrey 2002, Survey Methodology 28(2), 169–181; Pustejovsky & Tipton 2018, JBES 36(4),
672–683), for pilot and control units apart. Where all units are measured alike this is Welch's comparison of units'
changes, digit for digit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from txsim.types import Array

Flags = NDArray[np.bool_]
_TINY = 1e-9


@dataclass(frozen=True)
class Arm:
    """What the units of one arm add to the error of the effect."""

    variance: float  #: Their part of the squared error (CR2).
    expected: float  #: What that part is on average, per unit variance of a cell.
    share: float  #: What they add to the squared error of least squares, per unit variance of a cell.
    degrees: float  #: Degrees of freedom of ``variance``.


@dataclass(frozen=True)
class TwoWay:
    """Weighted least squares with unit and period effects."""

    value: Array  #: ``(unit, period)`` means of cells, NaN where nothing was measured.
    weight: Array  #: ``(unit, period)``, positive.
    late: Flags  #: ``(unit, period)`` whether the cell lies after the start.
    inside: Flags  #: ``(unit,)`` whether the unit took part.
    by_unit: bool = True  #: Whether there are unit effects; without, units must have been drawn at random.

    @cached_property
    def _w(self) -> Array:
        return np.where(np.isfinite(self.value), self.weight, 0.0)

    @cached_property
    def _periods(self) -> Array:
        """The inverse of the normal equations of the period effects, unit effects taken out."""
        w = self._w
        normal = np.diag(w.sum(axis=0))
        if self.by_unit:
            normal = normal - w.T @ (w / self._of_unit)
        inverse: Array = np.linalg.pinv(normal, rcond=1e-10, hermitian=True)
        return inverse

    @cached_property
    def _of_unit(self) -> Array:
        return np.maximum(self._w.sum(axis=1, keepdims=True), 1e-300)

    def _within(self, values: Array) -> Array:
        """Return values less their units' means."""
        w = self._w
        return values - (w * values).sum(axis=1, keepdims=True) / self._of_unit if self.by_unit else values

    def _left(self, values: Array) -> Array:
        """Return what unit and period effects leave of values."""
        within = self._within(values)
        period = self._periods @ (self._w * within).sum(axis=0)
        return within - self._within(np.broadcast_to(period, values.shape))

    @cached_property
    def _lifted(self) -> Array:
        return self._left((self.inside[:, None] & self.late).astype(np.float64))

    @cached_property
    def _outcome(self) -> Array:
        return self._left(np.where(np.isfinite(self.value), self.value, 0.0))

    @cached_property
    def information(self) -> float:
        """What is left of being in the pilot, squared and summed by weight: 0 where no effect can be told."""
        return float((self._w * self._lifted**2).sum())

    @property
    def identified(self) -> bool:
        """Whether an effect can be told from unit and period effects."""
        return self.information > _TINY * float(self._w.sum())

    @cached_property
    def effect(self) -> float:
        """The estimate."""
        return float((self._w * self._lifted * self._outcome).sum()) / self.information

    @cached_property
    def residual(self) -> Array:
        """``(unit, period)`` what is left of each cell, 0 where nothing was measured."""
        return np.where(self._w > 0, self._outcome - self.effect * self._lifted, 0.0)

    @property
    def spare(self) -> float:
        """Cells less parameters."""
        periods = int((self._w.sum(axis=0) > 0).sum())
        units = int((self._w.sum(axis=1) > 0).sum()) - 1 if self.by_unit else 0
        return float((self._w > 0).sum()) - periods - units - 1

    def arms(self) -> tuple[Arm, Arm]:
        """Return what pilot units and control units add to the error."""
        score, own, along, across = (np.array(part) for part in zip(*self._units(), strict=True))
        inverse, both_arms = self._periods, []
        for one in (self.inside, ~self.inside):
            u, v, d = along[one], across[one], own[one]
            # of the matrix Ω with which units' scores vary together: its trace, and that of its square
            shared = (u @ inverse) * u
            trace = float(d.sum() - shared.sum() - (v**2).sum())
            middle = np.block([[inverse @ (u.T @ u), (inverse @ u.T @ v)[:, None]], [(v @ u)[None, :], v @ v]])
            square = float((d**2).sum() - 2 * (d * (shared.sum(axis=1) + v**2)).sum() + np.trace(middle @ middle))
            share = float((self._w * self._lifted**2)[one].sum()) / self.information**2
            degrees = trace**2 / square if square > 1e-12 * share**2 else 0.0
            both_arms.append(Arm(float((score[one] ** 2).sum()), trace, share, degrees))
        return both_arms[0], both_arms[1]

    def _units(self) -> Iterator[tuple[float, float, Array, float]]:
        """Yield of each unit its score, its own variance, and what ties it to period effects and to the effect.

        Units with one pattern of cells and weights share the root of their part of the hat matrix.
        """
        known: dict[bytes, Array] = {}
        inverse, information = self._periods, self.information
        for w, lifted, residual in zip(self._w, self._lifted, self.residual, strict=True):
            seen = np.flatnonzero(w > 0)
            root = np.sqrt(w[seen])
            columns = np.zeros((seen.size, w.size))
            columns[np.arange(seen.size), seen] = 1.0
            if self.by_unit and seen.size:
                columns -= w / w.sum()
            columns *= root[:, None]
            push = root * lifted[seen]
            key = seen.tobytes() + w[seen].tobytes() + np.round(push, 12).tobytes()
            if key not in known:
                left = np.eye(seen.size) - columns @ inverse @ columns.T - np.outer(push, push) / information
                size, axes = np.linalg.eigh(left)
                power = np.where(size > 1e-8, np.maximum(size, 1e-8) ** -0.5, 0.0)
                known[key] = (axes * power) @ (axes.T @ push) / information
            p = known[key]
            yield float(p @ (root * residual[seen])), float(p @ p), columns.T @ p, float(push @ p) / information**0.5

    def relabelled(self, inside: Flags) -> Array:
        """Return the effects ``(label,)`` if other units had taken part, ``inside`` being ``(label, unit)``."""
        within = self._within(self.late.astype(np.float64))
        moved = self._w * within
        labels = inside.astype(np.float64)
        periods = labels @ moved
        information = labels @ (moved * within).sum(axis=1) - ((periods @ self._periods) * periods).sum(axis=1)
        top = labels @ (moved * self._outcome).sum(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            effects: Array = np.where(information > _TINY * float(self._w.sum()), top / information, np.nan)
        return effects


def cell_weights(plain: TwoWay, answers: Array) -> Array:
    """Return the weight of each cell by its number of answers, 1 on average.

    The variance of a cell is that of units' own movement and that of one answer over the number of answers, both
    fitted (not below nought) to the squared residuals of a fit in which all cells weigh alike. A cell of a thousand
    answers thus counts for more than one of ten, but not a hundred times as much where units move by themselves.
    """
    from scipy.optimize import nnls

    there = np.isfinite(plain.value)
    counted = answers[there]
    ones = np.ones_like(plain.value)
    if not (np.isfinite(counted).all() and counted.min() > 0) or np.ptp(counted) == 0 or plain.spare < 1:
        return ones
    square = plain.residual[there] ** 2 * there.sum() / plain.spare
    (own, answer), _ = nnls(np.stack([np.ones_like(counted), 1.0 / counted], axis=1), square)
    if not own + answer > 0:
        return ones
    variance = own + answer / np.where(there, answers, 1.0)
    weight: Array = np.where(there, 1.0 / variance, 1.0)
    return weight / weight[there].mean()
