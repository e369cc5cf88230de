# SPDX-License-Identifier: MIT
"""Reading a pilot: pilot against control units, before and after.

Each unit's waves are drawn together into one mean before and one after, so that autocorrelated waves do not pose as
independent (Bertrand, Duflo & Mullainathan 2004, QJE 119(1), 249–275). What is left is one change per unit. Units'
changes differ by more than their surveys' noise; how much more is seen in the control units, and a single pilot unit is
one draw of it (Conley & Taber 2011, REStat 93(1), 113–125): its interval is as wide as units' changes differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from txsim.errors import InputError, Problem
from txsim.panels.numbers import read_number, read_period, tidy_name
from txsim.panels.spec import LinkSpec
from txsim.panels.tables import Table, read_tables

__all__ = ["DiffInDiff", "Pilot", "difference", "read_pilot"]

Array = NDArray[np.float64]
_YES = {"1", "yes", "true", "y", "pilot", "treated", "treatment", "post", "after", "ja", "1.0"}
_NO = {"0", "no", "false", "n", "control", "pre", "before", "nein", "0.0", ""}


@dataclass(frozen=True)
class Pilot:
    """A finished pilot as values.

    Attributes
    ----------
    units
        Names.
    treated
        ``(unit,)`` whether the unit took part.
    before, after
        Means ``(unit,)`` of the measure before and after the start, NaN where there is none.
    measure
        Name of the column.
    rows
        Rows read.
    warnings
        What was taken for granted.
    """

    units: tuple[str, ...]
    treated: NDArray[np.bool_]
    before: Array
    after: Array
    measure: str
    rows: int
    warnings: tuple[str, ...]


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

    def figures(self) -> dict[str, float]:
        """Return median and 90 % interval, and the probability of a rise."""
        from scipy.stats import t

        half = float(t.ppf(0.95, self.degrees)) * self.error
        return {
            "median": self.effect,
            "p05": self.effect - half,
            "p95": self.effect + half,
            "p_positive": float(t.cdf(self.effect / self.error, self.degrees))
            if self.error > 0
            else float(self.effect > 0),
        }


def read_pilot(path: Path, measure: str | None = None) -> Pilot:
    """Read a pilot's file: columns `unit, period, treated, post` and a measure (`ex`, `cx`, `kpi` …).

    Raises
    ------
    InputError
        If columns are missing or values cannot be read.
    """
    table: Table = read_tables([path], LinkSpec())
    low = [name.lower().strip() for name in table.columns]
    problems = [
        Problem(
            f"there is no column `{name}`",
            file=table.name,
            line=1,
            hint=f"columns are: {', '.join(table.columns[:20])}",
        )
        for name in ("unit", "treated", "post")
        if name not in low
    ]
    reserved = {"unit", "period", "treated", "post", "n"}
    found = [name for name in low if name not in reserved and not name.startswith("n_")]
    if measure is not None and measure.lower() not in low:
        from txsim.errors import did_you_mean

        problems.append(Problem(f"there is no column `{measure}`{did_you_mean(measure, low)}", file=table.name, line=1))
    elif measure is None and not found:
        problems.append(
            Problem("there is no column with a measure, such as `ex`, `cx` or `kpi`", file=table.name, line=1)
        )
    if problems:
        raise InputError(problems)
    name = measure.lower() if measure is not None else next((n for n in ("ex", "cx", "kpi") if n in found), found[0])
    at = {key: low.index(key) for key in ("unit", "treated", "post")} | {"value": low.index(name)}
    rows: list[tuple[str, bool, bool, float]] = []
    warnings: list[str] = []
    wrong: list[Problem] = []
    missing = 0
    seen: dict[tuple[str, str], float] = {}
    for line, row in table.rows:
        unit = tidy_name(str(row[at["unit"]]))
        flags = [str(row[at[k]]).strip().lower() for k in ("treated", "post")]
        number = read_number(str(row[at["value"]]))
        for key, flag in zip(("treated", "post"), flags, strict=True):
            if flag not in _YES | _NO:
                wrong.append(Problem(f"`{flag[:30]}`: expected 0 or 1", file=table.name, line=line, path=key))
        if not unit:
            wrong.append(Problem("the unit has no name", file=table.name, line=line))
        if number.fault:
            wrong.append(
                Problem(f"`{str(row[at['value']])[:30]}`: {number.fault}", file=table.name, line=line, path=name)
            )
        if number.value is None or abs(number.value) in (99.0, 999.0, 9999.0, 999999.0):
            missing += 1
            continue
        if "period" in low:
            cell = row[low.index("period")]
            if read_period(cell) is None:
                wrong.append(
                    Problem(
                        f"`{str(cell)[:30]}`: no date, month, quarter or count",
                        file=table.name,
                        line=line,
                        path="period",
                    )
                )
            wave = (unit, str(cell).strip())
            if wave in seen:
                if abs(seen[wave] - number.value) > 1e-12:
                    wrong.append(Problem(f"`{unit}` has two different values in {wave[1]}", file=table.name, line=line))
                continue
            seen[wave] = number.value
        rows.append((unit, flags[0] in _YES, flags[1] in _YES, number.value))
    if wrong:
        raise InputError(wrong[:20])
    if missing:
        warnings.append(f"{missing} rows without a value were left out")
    units = tuple(dict.fromkeys(r[0] for r in rows))
    place = {unit: i for i, unit in enumerate(units)}
    treated = np.zeros(len(units), dtype=bool)
    total, count = np.zeros((len(units), 2)), np.zeros((len(units), 2))
    for unit, t, post, value in rows:
        i = place[unit]
        treated[i] |= t
        total[i, int(post)] += value
        count[i, int(post)] += 1
    mean = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    lost = int((~np.isfinite(mean).all(axis=1)).sum())
    if lost:
        warnings.append(f"{lost} units lack a wave before or after and are left out")
    return Pilot(units, treated, mean[:, 0], mean[:, 1], name, len(rows), tuple(warnings))


def difference(pilot: Pilot, *, no_control_sd: float = 0.0) -> DiffInDiff:
    """Return the difference in differences of a pilot.

    Parameters
    ----------
    pilot
        From :func:`read_pilot`.
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


def as_data(found: DiffInDiff) -> dict[str, Any]:
    """Return plain data."""
    return {
        **found.figures(),
        "standard_error": found.error,
        "degrees_of_freedom": found.degrees,
        "permutation_p": found.permutation,
        "change_sd": found.change_sd,
    }
