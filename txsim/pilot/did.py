# SPDX-License-Identifier: MIT
"""Reading a pilot: pilot against control units, before and after.

Unit and period effects on cells (:mod:`txsim.pilot.two_way`): where all units are measured alike that is the comparison
of one change per unit. Units' changes differ by more than their surveys' noise; how much more is seen in the control
units, and a single pilot unit is one draw of it (Conley & Taber 2011, REStat 93(1), 113–125): its interval is as wide
as units' changes differ. Before the start there must be nothing: the same comparison with a start that never was is
the placebo.

A pilot's effect with unit and period effects on cells, and an error that holds with few units.

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
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from txsim.errors import InputError
from txsim.language import lazy
from txsim.panel.pilot_shift import student_figures
from txsim.pilot.pilot_panel import Pilot
from txsim.results.quantities import Interval
from txsim.results.update import BeforeStart, Difference
from txsim.types import Array


@dataclass(frozen=True)
class DiffInDiff:
    """A difference in differences.

    Attributes
    ----------
    effect, error, degrees
        Estimate, standard error and degrees of freedom of Student's t.
    treated, control
        Units of each kind.
    permutation
        Share of control units (or of relabelled groups) that moved as far; ``None`` without control.
    change_sd
        Sd of units' changes.
    """

    effect: float
    error: float
    degrees: float
    treated: int
    control: int
    permutation: float | None
    change_sd: float

    def figures(self) -> Interval:
        """Return median and 90 % interval, and the probability of a rise."""
        return student_figures(self.effect, self.error, self.degrees)


def difference(pilot: Pilot, *, no_control_sd: float = 0.0, placebos: bool = True) -> DiffInDiff:
    """Return the difference in differences of a pilot.

    Parameters
    ----------
    pilot
        From :func:`txsim.pilot.pilot_file.read_pilot`.
    no_control_sd
        Sd of the bias of a plain comparison of before and after, in the measure's unit; used without control units.
    placebos
        Whether units are relabelled, which takes most of the time.

    Raises
    ------
    InputError
        If no pilot unit, or fewer than two units in all, have waves before and after.
    """
    change = pilot.after - pilot.before
    good = np.isfinite(change)
    inside, outside = change[good & pilot.treated], change[good & ~pilot.treated]
    if inside.size == 0:
        raise InputError(lazy("no pilot unit (`treated` 1) has waves both before and after the start"))
    if np.ptp(change[good]) == 0 or (outside.size > 1 and np.ptp(outside) == 0):
        raise InputError(lazy("no control unit moves at all: nothing shows how far units move by themselves"))
    if outside.size < 2:
        if inside.size < 2:
            raise InputError(
                lazy("one pilot unit and fewer than two control units: nothing shows how far units move by themselves")
            )
        sd = float(inside.std(ddof=1))
        error = float(np.hypot(sd / np.sqrt(inside.size), no_control_sd))
        return DiffInDiff(
            float(inside.mean()), error, max(inside.size - 1.0, 3.0), inside.size, int(outside.size), None, sd
        )
    model = _model(pilot, good)
    if not model.identified:
        raise InputError(lazy("pilot and control units were never measured at the same time: nothing can be compared"))
    effect = model.effect
    error, degrees = _error(model, int(outside.size))
    permutation = _moved_as_far(model, effect) if placebos else None
    return DiffInDiff(
        effect, error, degrees, int(inside.size), int(outside.size), permutation, float(outside.std(ddof=1))
    )


def _model(pilot: Pilot, good: NDArray[np.bool_]) -> TwoWay:
    """Return the comparison of the units that were measured on both sides of the start, cells weighed by answers."""
    value, answers = pilot.value[good], pilot.answers[good]
    plain = TwoWay(value, np.ones_like(value), pilot.late[good], pilot.treated[good], by_unit=not pilot.after_alone)
    if not plain.identified:
        return plain
    return replace(plain, weight=cell_weights(plain, answers))


def _error(model: TwoWay, controls: int) -> tuple[float, float]:
    """Return standard error and degrees of freedom.

    Never narrower than if pilot units moved as control units do: few units show their spread badly, and one not at all.
    """
    inside, outside = model.arms()
    total = inside.variance + outside.variance
    pooled = outside.variance / max(outside.expected, 1e-300) * (inside.share + outside.share)
    if total >= pooled * (1.0 - 1e-9):
        parts = [arm.variance**2 / max(arm.degrees, 1e-3) for arm in (inside, outside)]
        degrees = total**2 / max(sum(parts), 1e-300)
    else:
        total, degrees = pooled, min(outside.degrees, controls - 1.0)
    return max(float(np.sqrt(total)), 1e-9 * max(1.0, abs(model.effect))), max(float(degrees), 1.0)


def _moved_as_far(model: TwoWay, effect: float, times: int = 2000) -> float:
    """Return the share of placebo comparisons that move as far: of control units, or of relabelled groups."""
    size, units = int(model.inside.sum()), model.inside.size
    if size == 1:
        others = ~model.inside
        rest = replace(
            model,
            value=model.value[others],
            weight=model.weight[others],
            late=model.late[others],
            inside=np.zeros(units - 1, dtype=bool),
        )
        # each control unit from the mean of all of them, itself among them, as the pilot unit from theirs
        moved = rest.relabelled(np.eye(units - 1, dtype=bool)) * (1.0 - 1.0 / (units - 1))
    else:
        rng = np.random.default_rng(20011)  # a Monte Carlo test: the same data always give the same figure
        labels = np.zeros((times, units), dtype=bool)
        for label in labels:
            label[rng.permutation(units)[:size]] = True
        moved = model.relabelled(labels)
    moved = np.abs(moved[np.isfinite(moved)])
    return float((1 + (moved >= abs(effect) - 1e-9 * max(1.0, abs(effect))).sum()) / (1 + moved.size))


def before_start(pilot: Pilot) -> BeforeStart | None:
    """Return what the comparison says of a start that never was, in the middle of the periods before the real one.

    ``None`` where fewer than two periods before the start, or no control units, were measured.
    """
    early = ~pilot.late & np.isfinite(pilot.value)
    periods = np.flatnonzero(early.any(axis=0))
    if periods.size < 2 or pilot.after_alone:
        return None
    half = np.zeros(pilot.value.shape, dtype=bool)
    half[:, periods[periods.size // 2] :] = True
    placebo = replace(pilot, value=np.where(early, pilot.value, np.nan), late=half)
    try:
        comparison = difference(placebo, placebos=False)
    except InputError:
        return None
    if comparison.control < 2:
        return None
    farther = _gap(pilot) / _gap(placebo)
    return BeforeStart(int(periods.size), comparison.figures(), farther if np.isfinite(farther) else 1.0)


def _gap(pilot: Pilot) -> float:
    """Return how many periods lie between the middles of what is compared, before and after."""
    seen, at = np.isfinite(pilot.value), np.broadcast_to(np.arange(pilot.value.shape[1]), pilot.value.shape)
    sides = [at[seen & side] for side in (pilot.late, ~pilot.late)]
    return float(sides[0].mean() - sides[1].mean()) if all(side.size for side in sides) else float("nan")


def summary(comparison: DiffInDiff) -> Difference:
    """Return a comparison as results hold it."""
    interval = comparison.figures()
    return Difference(
        interval.median,
        interval.p05,
        interval.p95,
        interval.p_positive,
        standard_error=comparison.error,
        degrees_of_freedom=comparison.degrees,
        permutation_p=comparison.permutation,
        change_sd=comparison.change_sd,
    )


Flags = NDArray[np.bool_]
_TINY = 1e-9


@dataclass(frozen=True)
class Arm:
    """What the units of one arm add to the error of the effect.

    Attributes
    ----------
    variance
        Their part of the squared error (CR2).
    expected
        What that part is on average, per unit variance of a cell.
    share
        What they add to the squared error of least squares, per unit variance of a cell.
    degrees
        Degrees of freedom of ``variance``.
    """

    variance: float
    expected: float
    share: float
    degrees: float


@dataclass(frozen=True)
class TwoWay:
    """Weighted least squares with unit and period effects.

    Attributes
    ----------
    value
        ``(unit, period)`` means of cells, NaN where nothing was measured.
    weight
        ``(unit, period)``, positive.
    late
        ``(unit, period)`` whether the cell lies after the start.
    inside
        ``(unit,)`` whether the unit took part.
    by_unit
        Whether there are unit effects; without, units must have been drawn at random.
    """

    value: Array
    weight: Array
    late: Flags
    inside: Flags
    by_unit: bool = True

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
