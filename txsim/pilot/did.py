# SPDX-License-Identifier: MIT
"""Reading a pilot: pilot against control units, before and after.

Each unit's waves are drawn together into one mean before and one after, so that autocorrelated waves do not pose as
independent (Bertrand, Duflo & Mullainathan 2004, QJE 119(1), 249–275). What is left is one change per unit. Units'
changes differ by more than their surveys' noise; how much more is seen in the control units, and a single pilot unit is
one draw of it (Conley & Taber 2011, REStat 93(1), 113–125): its interval is as wide as units' changes differ.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from txsim.errors import InputError
from txsim.panel.pilot_shift import student_figures
from txsim.pilot.pilot_file import Pilot
from txsim.results.quantities import Interval
from txsim.results.update import Difference
from txsim.types import Array

__all__ = ["DiffInDiff", "difference", "summary"]


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


def difference(pilot: Pilot, *, no_control_sd: float = 0.0) -> DiffInDiff:
    """Return the difference in differences of a pilot.

    Parameters
    ----------
    pilot
        From :func:`txsim.pilot.pilot_file.read_pilot`.
    no_control_sd
        Sd of the bias of a plain comparison of before and after, in the measure's unit; used without control units.

    Raises
    ------
    InputError
        If no pilot unit, or fewer than two units in all, have waves before and after.
    """
    change = pilot.after - pilot.before
    good = np.isfinite(change)
    inside, outside = change[good & pilot.treated], change[good & ~pilot.treated]
    if inside.size == 0:
        message = "no pilot unit (`treated` 1) has waves both before and after the start"
        raise InputError(message)
    if np.ptp(change[good]) == 0 or (outside.size > 1 and np.ptp(outside) == 0):
        message = "no control unit moves at all: nothing shows how far units move by themselves"
        raise InputError(message)
    if outside.size < 2:
        if inside.size < 2:
            message = "one pilot unit and fewer than two control units: nothing shows how far units move by themselves"
            raise InputError(message)
        sd = float(inside.std(ddof=1))
        error = float(np.hypot(sd / np.sqrt(inside.size), no_control_sd))
        return DiffInDiff(
            float(inside.mean()), error, max(inside.size - 1.0, 3.0), inside.size, int(outside.size), None, sd
        )
    effect = float(inside.mean() - outside.mean())
    if inside.size >= 2:  # Welch: pilot units may move by different amounts
        a, b = inside.var(ddof=1) / inside.size, outside.var(ddof=1) / outside.size
        # never narrower than if pilot units moved as control units do: few units show their spread badly
        pooled = outside.var(ddof=1) * (1 / inside.size + 1 / outside.size)
        error = float(np.sqrt(max(a + b, pooled)))
        top = (a + b) ** 2
        degrees = (
            float(top / max(a**2 / (inside.size - 1) + b**2 / (outside.size - 1), 1e-300))
            if a + b >= pooled
            else outside.size - 1.0
        )
    else:
        error = float(np.sqrt(outside.var(ddof=1) * (1 + 1 / outside.size)))
        degrees = outside.size - 1.0
    error = max(error, 1e-9 * max(1.0, abs(effect)))
    deviations = np.abs(outside - outside.mean()) if inside.size == 1 else None
    if deviations is not None:
        permutation = float((1 + (deviations >= abs(effect)).sum()) / (1 + outside.size))
    else:
        permutation = _relabelled(change[good], pilot.treated[good], effect)
    return DiffInDiff(
        effect, error, max(degrees, 1.0), int(inside.size), int(outside.size), permutation, float(outside.std(ddof=1))
    )


def _relabelled(change: Array, treated: NDArray[np.bool_], effect: float, times: int = 2000) -> float:
    rng = np.random.default_rng(20011)  # a Monte Carlo test: the same data always give the same figure
    size, far = int(treated.sum()), 0
    for _ in range(times):
        order = rng.permutation(change.size)
        moved = abs(float(change[order[:size]].mean() - change[order[size:]].mean()))
        far += int(moved >= abs(effect) - 1e-12)
    return (1 + far) / (1 + times)


def summary(found: DiffInDiff) -> Difference:
    """Return a comparison as results hold it."""
    shown = found.figures()
    return Difference(
        shown.median,
        shown.p05,
        shown.p95,
        shown.p_positive,
        standard_error=found.error,
        degrees_of_freedom=found.degrees,
        permutation_p=found.permutation,
        change_sd=found.change_sd,
    )
