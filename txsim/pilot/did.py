# SPDX-License-Identifier: MIT
"""Reading a pilot: pilot against control units, before and after.

Unit and period effects on cells (:mod:`txsim.pilot.two_way`): where all units are measured alike that is the comparison
of one change per unit. Units' changes differ by more than their surveys' noise; how much more is seen in the control
units, and a single pilot unit is one draw of it (Conley & Taber 2011, REStat 93(1), 113–125): its interval is as wide
as units' changes differ. Before the start there must be nothing: the same comparison with a start that never was is
the placebo.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from txsim.errors import InputError
from txsim.language import lazy
from txsim.panel.verdict import student_figures
from txsim.pilot.pilot_panel import Pilot
from txsim.pilot.two_way import TwoWay, cell_weights
from txsim.results.quantities import Interval
from txsim.results.update import BeforeStart, Difference


@dataclass(frozen=True)
class DiffInDiff:
    """A difference in differences."""

    #: ``effect``, ``error``, ``degrees``: Estimate, standard error and degrees of freedom of Student's t.
    effect: float
    error: float
    degrees: float
    #: ``treated``, ``control``: Units of each kind.
    treated: int
    control: int
    #: Share of control units (or of relabelled groups) that moved as far; ``None`` without control.
    permutation: float | None
    change_sd: float  #: Sd of units' changes.
    lone: int = 0  #: Control units that were left out, one alone showing nothing of how far units move.

    def figures(self) -> Interval:
        """Return median and 90 % interval, and the probability of a rise."""
        return student_figures(self.effect, self.error, self.degrees)


def difference(pilot: Pilot, *, no_control_sd: float = 0.0, placebos: bool = True) -> DiffInDiff:
    """Return the difference in differences of a pilot.

    ``pilot``: from :func:`txsim.pilot.pilot_file.read_pilot`. ``no_control_sd``: sd of the bias of a plain comparison
    of before and after, in the measure's unit; used without control units. ``placebos``: whether units are relabelled,
    which takes most of the time. Raises InputError if no pilot unit, or fewer than two units in all, have waves before
    and after.
    """
    change = pilot.after - pilot.before
    good = np.isfinite(change)
    inside, outside = change[good & pilot.treated], change[good & ~pilot.treated]
    if inside.size == 0:
        raise InputError(lazy("no pilot unit (`treated` 1) has waves both before and after the start"))
    if outside.size < 2:
        if pilot.after_alone:
            raise InputError(lazy("nothing was measured before the start, and there are fewer than two control units"))
        if inside.size < 2:
            raise InputError(
                lazy("one pilot unit and fewer than two control units: nothing shows how far units move by themselves")
            )
        if _alike(inside):
            raise InputError(lazy("all pilot units moved alike: nothing shows how far units move by themselves"))
        sd = float(inside.std(ddof=1))
        chance = sd / np.sqrt(inside.size)
        error = float(np.hypot(chance, no_control_sd))
        # of a sum of variances (Satterthwaite 1946): that of units is estimated, that of the bias is stated
        degrees = (inside.size - 1.0) * (error / chance) ** 4
        return DiffInDiff(
            float(inside.mean()), error, min(float(degrees), 1e8), inside.size, 0, None, sd, int(outside.size)
        )
    if _alike(outside):
        raise InputError(lazy("all control units moved alike: nothing shows how far units move by themselves"))
    model = _model(pilot, good)
    if not model.identified:
        raise InputError(lazy("pilot and control units were never measured at the same time: nothing can be compared"))
    effect = model.effect
    error, degrees = _error(model, int(outside.size))
    permutation = _moved_as_far(model, effect) if placebos else None
    return DiffInDiff(
        effect, error, degrees, int(inside.size), int(outside.size), permutation, float(outside.std(ddof=1))
    )


def _alike(change: NDArray[np.float64]) -> bool:
    """Whether units moved alike but for the last digits of floating point."""
    return float(np.ptp(change)) <= 1e-9 * max(1.0, float(np.abs(change).max()))


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
    there, here = _gap(pilot), _gap(placebo)
    return BeforeStart(int(periods.size), comparison.figures(), there / here if there > 0 and here > 0 else 1.0)


def _gap(pilot: Pilot) -> float:
    """Return how many months, or periods without dates, lie between the middles of what is compared."""
    places = pilot.when or range(pilot.value.shape[1])
    seen, at = np.isfinite(pilot.value), np.broadcast_to(np.array(places, dtype=np.float64), pilot.value.shape)
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
