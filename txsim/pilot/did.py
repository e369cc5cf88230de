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

from txsim.errors import InputError, Problem, did_you_mean
from txsim.panel.pilot_shift import student_figures
from txsim.panel.reader.link_spec import LinkSpec
from txsim.panel.reader.numerals import SENTINELS, read_number, read_period, tidy_name
from txsim.panel.reader.shapes import column_key
from txsim.panel.reader.tables import Table, read_tables
from txsim.types import Array

__all__ = ["DiffInDiff", "Pilot", "difference", "read_pilot"]

_YES = {
    *("1", "1.0", "yes", "true", "y", "ja", "t", "pilot", "treat", "treated", "treatment", "intervention"),
    *("post", "after", "endline", "follow-up", "followup"),
}
_NO = {
    *("0", "0.0", "no", "false", "n", "nein", "c", "control", "controls", "comparison", "placebo"),
    *("pre", "before", "baseline"),
}


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
        return student_figures(self.effect, self.error, self.degrees)


#: Names by which columns of a pilot are known, and those of a measure, the likeliest first.
_CALLED = {
    "unit": ("unit", "site", "branch", "team", "store", "school", "hospital", "id", "unit_id", "person", "participant"),
    "treated": ("treated", "treat", "treatment", "pilot", "arm", "group", "condition", "intervention"),
    "post": ("post", "after", "phase"),
    "period": ("period", "month", "date", "quarter", "year", "wave", "time"),
    "cluster": ("cluster", "cluster_id"),
}
_MEASURES = ("ex", "cx", "kpi", "y", "outcome", "score", "value", "measure")
_PAIRS = (("before", "after"), ("pre", "post"), ("baseline", "endline"), ("baseline", "followup"))


def read_pilot(path: Path, measure: str | None = None, *, randomised: bool = False) -> Pilot:
    """Read a pilot's file: columns `unit, period, treated, post` and a measure (`ex`, `cx`, `kpi` …).

    One row per unit and wave, or per person (several rows of one unit and wave are drawn together), or one row per unit
    with the measure before and after (`ex_before, ex_after`). With a column `cluster` the clusters are the units: that
    is what was drawn, and people of one cluster do not count one by one.

    Parameters
    ----------
    path
        The file.
    measure
        Column of the measure; found if left out.
    randomised
        Whether units were drawn at random: then waves before the start may be missing.

    Raises
    ------
    InputError
        If columns are missing or values cannot be read.
    """
    table: Table = read_tables([path], LinkSpec())
    keys = [column_key(name) for name in table.columns]
    warnings: list[str] = []
    at: dict[str, int] = {}
    for role, names in _CALLED.items():
        place = next((keys.index(name) for name in names if name in keys), None)
        if place is not None and place not in at.values():
            at[role] = place
            if keys[place] != role and role != "period":
                warnings.append(f"column `{table.columns[place]}` is taken for `{role}`")
    before_after = _pair(keys, measure)
    if before_after is not None and at.get("post") in before_after[1:]:
        del at["post"]
    needed = ["unit", "treated", *([] if before_after or randomised else ["post"])]
    if "unit" not in at and "cluster" in at:
        at["unit"] = at["cluster"]
    problems = [
        Problem(
            f"there is no column `{name}`",
            file=table.name,
            line=1,
            hint="expected unit, period, treated (0/1), post (0/1) and a measure; "
            f"found {', '.join(table.columns[:12])}",
        )
        for name in needed
        if name not in at
    ]
    if problems:
        raise InputError(problems)
    name = before_after[0] if before_after else _measure_of(table, keys, at, measure)
    if "cluster" in at and at["cluster"] != at["unit"] and _mixed(table, at):
        warnings.append("pilot and control stand side by side within clusters, so that single units were drawn")
        del at["cluster"]
    if "cluster" in at and at["cluster"] != at["unit"]:
        warnings.append("the clusters were drawn, so they are the units; what was measured in them is drawn together")
    who = at.get("cluster", at["unit"])
    told = _Flags(table)
    codes = _codes(table, [before_after[1], before_after[2]] if before_after else [keys.index(column_key(name))])
    rows: list[tuple[str, bool, bool, float]] = []
    wrong: list[Problem] = []
    missing = 0
    seen: dict[tuple[str, str, bool], list[tuple[int, float]]] = {}
    for line, row in table.rows:
        unit = tidy_name(str(row[who]))
        if not unit:
            wrong.append(Problem("the unit has no name", file=table.name, line=line))
        took_part = told.read(row[at["treated"]], line, "treated", wrong)
        post = told.read(row[at["post"]], line, "post", wrong) if "post" in at and before_after is None else True
        if "period" in at and before_after is None and read_period(row[at["period"]]) is None:
            text = f"`{str(row[at['period']])[:30]}`: no date, month, quarter or count"
            wrong.append(Problem(text, file=table.name, line=line, path="period"))
        places = (
            [(False, before_after[1]), (True, before_after[2])]
            if before_after
            else [(post, keys.index(column_key(name)))]
        )
        for late, place in places:
            number = read_number(str(row[place]))
            if number.fault:
                text = f"`{str(row[place])[:30]}`: {number.fault}"
                wrong.append(Problem(text, file=table.name, line=line, path=table.columns[place]))
            if number.value is None or number.value in codes:
                missing += 1
                continue
            rows.append((unit, took_part, late, number.value))
            wave = str(row[at["period"]]).strip() if "period" in at else ""
            seen.setdefault((unit, wave, late), []).append((line, number.value))
    if "period" in at and before_after is None and "cluster" not in at:
        rows = _once(rows, seen, table.name, wrong, warnings)
    if wrong:
        raise InputError(wrong[:20])
    if missing:
        warnings.append(f"{missing} values are missing and were left out")
    if not any(not late for _, _, late, _ in rows) and randomised:
        warnings.append("nothing was measured before the start: pilot and control are compared afterwards alone")
        rows += [(unit, inside, False, 0.0) for unit, inside in dict.fromkeys((r[0], r[1]) for r in rows)]
    units = tuple(dict.fromkeys(r[0] for r in rows))
    at_unit = {unit: i for i, unit in enumerate(units)}
    treated = np.zeros(len(units), dtype=bool)
    total, count = np.zeros((len(units), 2)), np.zeros((len(units), 2))
    for unit, t, post, value in rows:
        i = at_unit[unit]
        treated[i] |= t
        total[i, int(post)] += value
        count[i, int(post)] += 1
    mean = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    lost = int((~np.isfinite(mean).all(axis=1)).sum())
    if lost:
        warnings.append(f"{lost} units lack a wave before or after and are left out")
    return Pilot(units, treated, mean[:, 0], mean[:, 1], name, len(rows), tuple(warnings))


def _mixed(table: Table, at: dict[str, int]) -> bool:
    """Whether some cluster holds units of both kinds."""
    inside: dict[str, dict[str, bool]] = {}
    for _, row in table.rows:
        units = inside.setdefault(tidy_name(str(row[at["cluster"]])), {})
        unit = tidy_name(str(row[at["unit"]]))
        units[unit] = units.get(unit, False) or str(row[at["treated"]]).strip().lower() in _YES
    return any(len(set(units.values())) > 1 for units in inside.values())


def _codes(table: Table, places: list[int]) -> frozenset[float]:
    """Return numbers that stand for a missing value here: known codes that lie far from all other values."""
    values = np.array([x for _, row in table.rows for p in places if (x := read_number(str(row[p])).value) is not None])
    plain = values[~np.isin(values, list(SENTINELS))]
    if plain.size < 3:
        return frozenset()
    middle = float(np.median(plain))
    width = 1.4826 * float(np.median(np.abs(plain - middle))) or float(plain.std()) or 1.0
    return frozenset(x for x in SENTINELS if abs(x - middle) > 6 * width)


class _Flags:
    """What says yes or no in a table: 0 and 1, words, or the two words that a column has."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def read(self, cell: object, line: int, path: str, wrong: list[Problem]) -> bool:
        """Return what a cell says; what is neither is a problem."""
        flag = str(cell).strip().lower()
        if flag not in _YES | _NO:
            wrong.append(Problem(f"`{flag[:30]}`: expected 0 or 1", file=self.table.name, line=line, path=path))
        return flag in _YES


def _pair(keys: list[str], measure: str | None) -> tuple[str, int, int] | None:
    """Return measure and places of the columns before and after, where a row is a whole unit."""
    for first, second in _PAIRS:
        for i, key in enumerate(keys):
            stem = key.removesuffix(first).rstrip("_") if key.endswith(first) else None
            other = f"{stem}_{second}" if stem else second
            if stem is None or other not in keys or (measure and stem and stem != column_key(measure)):
                continue
            return stem or measure or "kpi", i, keys.index(other)
    return None


def _measure_of(table: Table, keys: list[str], at: dict[str, int], measure: str | None) -> str:
    free = [name for i, name in enumerate(table.columns) if i not in at.values() and name]
    if measure is not None:
        if column_key(measure) not in keys:
            hint = f"columns are: {', '.join(table.columns[:20])}"
            message = f"there is no column `{measure}`{did_you_mean(measure, table.columns)}"
            raise InputError(Problem(message, file=table.name, line=1, hint=hint))
        return measure
    known = next((name for name in _MEASURES if name in [column_key(other) for other in free]), None)
    if known is not None:
        return known
    numbers = [
        name
        for name in free
        if all(not read_number(str(row[table.columns.index(name)])).fault for _, row in table.rows[:200])
    ]
    if len(numbers) == 1:
        return numbers[0]
    message = "there is no column with a measure, such as `ex`, `cx` or `kpi`"
    if numbers:
        message = f"several columns could be the measure: {', '.join(numbers[:8])}"
    raise InputError(Problem(message, file=table.name, line=1, hint="say which with --measure"))


def _once(
    rows: list[tuple[str, bool, bool, float]],
    seen: dict[tuple[str, str, bool], list[tuple[int, float]]],
    name: str,
    wrong: list[Problem],
    warnings: list[str],
) -> list[tuple[str, bool, bool, float]]:
    """Return rows with each wave of a unit once: its mean over people, or what stands twice counted once."""
    several = sum(len(values) > 1 for values in seen.values())
    people = several > 0.3 * len(seen)
    side = {(unit, late): treated for unit, treated, late, _ in rows}
    found = []
    if people:
        warnings.append(f"several rows for one unit and wave: taken for single answers, {len(rows):,} in all")
    for (unit, wave, late), values in seen.items():
        numbers = [value for _, value in values]
        if not people and max(numbers) - min(numbers) > 1e-12:
            wrong.append(Problem(f"`{unit}` has two different values in {wave}", file=name, line=values[-1][0]))
        found.append((unit, side[unit, late], late, float(np.mean(numbers))))
    return found


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


def as_data(found: DiffInDiff) -> dict[str, Any]:
    """Return plain data."""
    return {
        **found.figures(),
        "standard_error": found.error,
        "degrees_of_freedom": found.degrees,
        "permutation_p": found.permutation,
        "change_sd": found.change_sd,
    }
