# SPDX-License-Identifier: MIT
"""From a table of cells to a panel: what may be repaired is repaired, and said; what must not be guessed is refused."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from txsim.errors import InputError, Problem, did_you_mean
from txsim.panels.numbers import SENTINELS, Number, When, read_number, read_period, tidy_name
from txsim.panels.panel import FEWEST, DataReport, Panel, Touched
from txsim.panels.spec import AUTO, OUTCOMES, RAW, LinkSpec
from txsim.panels.tables import Table, read_tables
from txsim.units import SCALES

__all__ = ["read_panel"]

Array = NDArray[np.float64]

_ALIASES = {
    "unit": ("unit", "site", "branch", "team", "store", "agency", "department", "id", "location", "facility"),
    "period": ("period", "month", "date", "quarter", "year", "wave", "time"),
    "ex": ("ex", "enps", "employee_experience"),
    "cx": ("cx", "nps", "customer_experience"),
    "n_ex": ("n_ex", "ex_n", "respondents_ex"),
    "n_cx": ("n_cx", "cx_n", "respondents_cx"),
}
#: Typical variance of one answer, squared index points, where only a mean and a count are known (judgement): a score's
#: answers have an sd of about 22 points; of NPS answers about 30 % are passive.
_ANSWER_SD = 22.0
_PASSIVE = 0.3
#: Robust standard deviations beyond which a value is no answer but a slip of the pen.
_SLIP = 20.0


def read_panel(paths: Path | Iterable[Path], spec: LinkSpec | None = None) -> tuple[Panel, DataReport]:
    """Read a panel from files.

    Parameters
    ----------
    paths
        A file, several, or a folder.
    spec
        What a person says about it.

    Returns
    -------
    tuple
        The panel, and the report of what was done to the file.

    Raises
    ------
    InputError
        If columns are missing, no row is left, or most values lie outside the stated scale.
    """
    spec = spec or LinkSpec()
    table = read_tables([paths] if isinstance(paths, Path) else list(paths), spec)
    return _Cleaner(table, spec).panel()


class _Cleaner:
    def __init__(self, table: Table, spec: LinkSpec) -> None:
        self.table, self.spec = table, spec
        self.report = DataReport(rows=len(table.rows) + len(table.dropped), notes=list(table.notes))
        self.report.refused += [Touched(file, line, "", reason) for file, line, reason in table.dropped]
        self.column = self._columns()
        self.refused_lines: set[int] = set()

    # --- columns

    def _columns(self) -> dict[str, int]:
        names = list(self.table.columns)
        low = [name.lower().strip() for name in names]
        doubled = sorted({name for name in low if name and low.count(name) > 1})
        if doubled:
            raise InputError(Problem(f"column `{doubled[0]}` stands twice in the header", file=self.table.name, line=1))
        found: dict[str, int] = {}
        problems = []
        for role, name in self.spec.columns.items():
            if name.lower().strip() in low:
                found[role] = low.index(name.lower().strip())
            else:
                hint = f"columns are: {', '.join(names[:20])}"
                problems.append(
                    Problem(
                        f"there is no column `{name}` for `{role}`{did_you_mean(name, names)}",
                        file=self.table.name,
                        line=1,
                        hint=hint,
                    )
                )
        for role in ("unit", "period", "ex", "cx", "n_ex", "n_cx", "group", "kind", "cluster", "pilot", *OUTCOMES):
            for alias in _ALIASES.get(role, (role,)):
                if role not in found and alias in low and low.index(alias) not in found.values():
                    found[role] = low.index(alias)
                    if alias != role:
                        self.report.notes.append(f"column `{names[low.index(alias)]}` is taken for `{role}`")
        for series in ("ex", "cx"):
            for part in ("promoters", "passives", "detractors"):
                name = f"{series}_{part}"
                if name not in found and name in low:
                    found[name] = low.index(name)
            answers = [(k, name) for k, name in enumerate(low) if re.fullmatch(rf"{series}_\d{{1,2}}", name)]
            for k, name in answers if len(answers) >= 3 else ():
                found[name] = k
        for role in ("unit", "period"):
            if role not in found:
                problems.append(
                    Problem(
                        f"there is no column `{role}`",
                        file=self.table.name,
                        line=1,
                        hint=f"columns are: {', '.join(names[:20])}; say which under `columns` in a spec",
                    )
                )
        for series in ("ex", "cx"):
            if not any(name == series or re.fullmatch(rf"{series}_(promoters|\d+)", name) for name in found):
                problems.append(
                    Problem(
                        f"there is no column for {series.upper()}",
                        file=self.table.name,
                        line=1,
                        hint=f"expected `{series}`, `{series}_promoters` and `{series}_detractors`, or answer counts "
                        f"`{series}_0` … `{series}_10`; columns are: {', '.join(names[:20])}",
                    )
                )
        if problems:
            raise InputError(problems)
        return found

    # --- single values

    def _place(self, line: int, role: str, reason: str, value: str = "", *, refuse: bool = False) -> None:
        name = self.table.columns[self.column[role]] if role in self.column else role
        touched = Touched(self.table.name, line, name, reason, value[:40])
        (self.report.refused if refuse else self.report.repaired).append(touched)
        if refuse:
            self.refused_lines.add(line)

    def _numbers(self, role: str, *, comma: str = "auto") -> Array:
        at = self.column[role]
        known: dict[Any, Number] = {}
        found = np.full(len(self.table.rows), np.nan)
        if comma == "auto" and any("." in str(row[at]) for _, row in self.table.rows[:2000]):
            comma = "thousands"
        elif comma == "auto":
            comma = "decimal"
        for k, (line, row) in enumerate(self.table.rows):
            cell = row[at]
            if isinstance(cell, (int, float)) and not isinstance(cell, bool):
                found[k] = cell if np.isfinite(cell) else np.nan
                continue
            if cell not in known:
                known[cell] = read_number(str(cell), comma=comma)
            number = known[cell]
            if number.fault:
                self._place(line, role, number.fault, str(cell), refuse=True)
            elif number.value is not None:
                found[k] = number.value
                if number.repair:
                    self._place(line, role, f"{number.repair} removed", str(cell))
        return found

    def _units(self) -> list[str]:
        at = self.column["unit"]
        found: list[str] = []
        spelled: dict[str, str] = {}
        merged = {tidy_name(old).lower(): new for new, olds in self.spec.merge.items() for old in olds}
        for line, row in self.table.rows:
            cell = row[at]
            told = f"{cell:g}" if isinstance(cell, float) and float(cell).is_integer() else str(cell)
            name = tidy_name(told)
            if not name:
                self._place(line, "unit", "unit is empty", refuse=True)
            first = spelled.setdefault(name.lower(), name)
            if told.strip() != first and name:
                self._place(line, "unit", "unit's name tidied", told.strip())
            found.append(merged.get(first.lower(), first))
        dropped = {tidy_name(name).lower() for name in self.spec.drop_units}
        unknown = dropped - {name.lower() for name in found}
        for name in sorted(unknown):
            self.report.warnings.append(f"`drop_units` names `{name}`, which is not in the data")
        for k, (line, _) in enumerate(self.table.rows):
            if found[k].lower() in dropped:
                self._place(line, "unit", "dropped as asked for", refuse=True)
        return found

    def _periods(self) -> list[When | None]:
        at = self.column["period"]
        cells = [row[at] for _, row in self.table.rows]
        order: str = self.spec.period_order
        if order == "auto":
            order = self._order(cells)
        known: dict[Any, When | None] = {}
        found: list[When | None] = []
        for k, (line, _) in enumerate(self.table.rows):
            cell = cells[k]
            if cell not in known:
                known[cell] = read_period(cell, order=order)
            when = known[cell]
            if when is None:
                self._place(line, "period", "no date, month, quarter, year or count", str(cell), refuse=True)
            found.append(when)
        kinds: dict[str, int] = {}
        for when in found:
            if when is not None:
                kinds[when.kind] = kinds.get(when.kind, 0) + 1
        if "count" in kinds and len(kinds) > 1:
            main = max(kinds, key=lambda kind: kinds[kind])
            for k, (line, _) in enumerate(self.table.rows):
                when = found[k]
                if when is not None and (when.kind == "count") != (main == "count"):
                    self._place(line, "period", "period of another form than the others", str(cells[k]), refuse=True)
                    found[k] = None
        forms = {re.sub(r"[a-z]", "a", re.sub(r"\d", "0", str(c).lower())) for c in known if known[c] is not None}
        if len({f for f in forms if not re.fullmatch(r"-?0+", f)}) > 2 and "count" not in kinds:
            self.report.notes.append("dates of mixed form were read")
        if any(w is not None and w.doubtful for w in found):
            self.report.warnings.append(
                f"dates such as 3/4/2024 were read {order.replace('_', ' ')}; "
                "say `period_order` in a spec if that is wrong"
            )
        return found

    @staticmethod
    def _order(cells: Sequence[Any]) -> str:
        first, second = set(), set()
        for cell in {str(c) for c in cells}:
            found = re.fullmatch(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})(?: .*)?", cell.strip())
            if found:
                first.add(int(found[1]))
                second.add(int(found[2]))
        if any(x > 12 for x in second) and not any(x > 12 for x in first):
            return "month_first"
        if second == {1} and len(first) > 1:  # the first of each month
            return "month_first"
        return "day_first"

    # --- series

    def _series(self, series: str) -> tuple[Array, Array, Array, str]:
        """Return values in index points (or raw), respondents, variance of one answer, and the scale."""
        count = np.full(len(self.table.rows), np.nan)
        if f"n_{series}" in self.column:
            count = self._numbers(f"n_{series}", comma="thousands")
            for k, (line, _) in enumerate(self.table.rows):
                if np.isfinite(count[k]) and count[k] <= 0:
                    if count[k] < 0:
                        self._place(line, f"n_{series}", "respondents below zero", refuse=True)
                    count[k] = np.nan if count[k] < 0 else 0.0
        if f"{series}_promoters" in self.column:
            return self._shares(series, count)
        answers = sorted(int(name.split("_")[1]) for name in self.column if re.fullmatch(rf"{series}_\d+", name))
        if answers:
            return self._answers(series, answers)
        values = self._numbers(series)
        values[count == 0] = np.nan
        scale = self.spec.scale_of(series)
        if scale == AUTO:
            scale = self._guess(series, values)
        values = self._checked(series, values, count, scale)
        if scale == RAW:
            return values, count, np.full(len(values), np.nan), scale
        told = SCALES[scale]
        index = 100.0 * (values - told.worst) / (told.best - told.worst)
        return index, count, _answer_variance(index, told.measure), scale

    def _shares(self, series: str, count: Array) -> tuple[Array, Array, Array, str]:
        up, down = self._numbers(f"{series}_promoters"), self._numbers(f"{series}_detractors")
        passive = self._numbers(f"{series}_passives") if f"{series}_passives" in self.column else None
        if passive is not None:
            total = up + down + passive
            whole = float(np.nanmedian(total)) if np.isfinite(total).any() else 0.0
            if not (abs(whole - 1) < 0.03 or abs(whole - 100) < 3):  # counts, not shares
                count = total
                up, down, whole = up / np.maximum(total, 1), down / np.maximum(total, 1), 1.0
        else:
            total = up + down
            whole = 1.0 if np.nanmax(np.append(total, 0.0)) <= 1.0 else 100.0
        up, down = up / (100 if whole > 2 else 1), down / (100 if whole > 2 else 1)
        for k, (line, _) in enumerate(self.table.rows):
            if np.isfinite(up[k] + down[k]) and (up[k] < 0 or down[k] < 0 or up[k] + down[k] > 1.03):
                self._place(line, f"{series}_promoters", "shares outside 0 … 100 %", refuse=True)
                up[k] = np.nan
        net = up - down
        variance = 2500.0 * np.maximum(up + down - net**2, 0.01)  # index points: an answer is worth 0, 50 or 100
        return 50.0 * (net + 1.0), count, variance, "enps" if series == "ex" else "nps"

    def _answers(self, series: str, answers: list[int]) -> tuple[Array, Array, Array, str]:
        table = np.stack([np.nan_to_num(self._numbers(f"{series}_{a}", comma="thousands")) for a in answers], axis=1)
        count = table.sum(axis=1)
        scale = self.spec.scale_of(series)
        if scale == AUTO:
            top = answers[-1]
            scale = {10: "nps" if answers[0] == 0 else "likert10", 5: "likert5", 7: "likert7"}.get(top, "likert5")
        worth = np.array(answers, dtype=float)
        if SCALES[scale].measure == "nps":
            points = np.where(worth >= 9, 100.0, np.where(worth <= 6, 0.0, 50.0))
        else:
            told = SCALES[scale]
            points = 100.0 * (worth - told.worst) / (told.best - told.worst)
        with np.errstate(invalid="ignore", divide="ignore"):
            share = table / count[:, None]
            mean = share @ points
            variance = np.maximum(share @ points**2 - mean**2, 1.0)
        count = np.where(count > 0, count, np.nan)
        return np.where(np.isfinite(count), mean, np.nan), count, variance, scale

    def _guess(self, series: str, values: Array) -> str:
        seen = values[np.isfinite(values)]
        sane = seen[~np.isin(seen, list(SENTINELS))] if seen.size else seen
        if sane.size < 3:
            return RAW
        low, high = np.quantile(sane, [0.005, 0.995])
        if low >= 0 and high <= 10 and high > 5.0:
            scale = "zero_to_ten"
        elif low >= 1 and high <= 5 and high > 1.5:
            scale = "likert5"
        elif low >= 0 and high <= 100 and high > 10:
            scale = "index"
        elif -100 <= low < 0 and high <= 100 and max(-low, high) > 15:
            scale = "enps" if series == "ex" else "nps"
        else:
            scale = RAW
        told = (
            "no known scale, so that effects are told in standard deviations"
            if scale == RAW
            else f"the scale `{scale}`"
        )
        self.report.warnings.append(
            f"{series.upper()} lies between {low:.3g} and {high:.3g}: taken for {told}. Say --scale if that is wrong"
        )
        return scale

    def _checked(self, series: str, values: Array, count: Array, scale: str) -> Array:
        found = values.copy()
        finite = np.isfinite(values)
        if scale == RAW:
            sane = values[finite & ~np.isin(values, list(SENTINELS))]
            if sane.size < 3:
                return found
            middle = float(np.median(sane))
            width = 1.4826 * float(np.median(np.abs(sane - middle)))
            width = width or float(sane.std()) or 1.0
            outside = finite & (np.abs(values - middle) > _SLIP * width)
            limits = "far from all others"
            sentinel = finite & np.isin(values, list(SENTINELS)) & (np.abs(values - middle) > 6 * width)
        else:
            low, high = sorted((SCALES[scale].worst, SCALES[scale].best))
            outside = finite & ((values < low - 1e-9) | (values > high + 1e-9))
            limits = f"outside the scale {scale} ({low:g} … {high:g})"
            sentinel = outside & np.isin(values, list(SENTINELS))
        plain = outside & ~sentinel
        if plain.sum() > max(2, 0.2 * finite.sum()):
            seen = values[finite & ~sentinel]
            inside = [
                s.name
                for s in SCALES.values()
                if seen.min() >= min(s.worst, s.best) and seen.max() <= max(s.worst, s.best)
            ]
            hint = f"it would fit: {', '.join(inside)}" if inside else "for any other unit: --scale raw"
            raise InputError(
                Problem(
                    f"{int(plain.sum())} of {int(finite.sum())} values of {series.upper()} lie {limits}",
                    file=self.table.name,
                    hint=hint,
                )
            )
        for k in np.flatnonzero(outside | sentinel):
            line = self.table.rows[k][0]
            shown = "" if np.isfinite(count[k]) and count[k] < FEWEST else f"{values[k]:g}"
            if sentinel[k]:
                self._place(line, series, "code for a missing value taken as missing", shown)
            else:
                self._place(line, series, f"value {limits}", shown, refuse=True)
            found[k] = np.nan
        return found

    # --- the panel

    def panel(self) -> tuple[Panel, DataReport]:
        """Return panel and report."""
        units, periods = self._units(), self._periods()
        series = [self._series(s) for s in ("ex", "cx")]
        extra = {name: self._numbers(name) for name in OUTCOMES if name in self.column}
        text = {
            role: [tidy_name(str(row[self.column[role]])) for _, row in self.table.rows]
            for role in ("kind", "cluster", "group")
            if role in self.column
        }
        pilot = self._numbers("pilot") if "pilot" in self.column else None
        keep = [
            k
            for k, (line, _) in enumerate(self.table.rows)
            if line not in self.refused_lines and periods[k] is not None and units[k]
        ]
        if not keep:
            raise InputError(Problem("every row was refused", file=self.table.name, hint=self._why()))
        names = sorted({units[k] for k in keep}, key=_natural)
        at_unit = {name: i for i, name in enumerate(names)}
        when = {k: periods[k] for k in keep}
        months = sorted({w.month for w in when.values() if w is not None})
        kinds = {w.kind for w in when.values() if w is not None}
        calendar = "count" not in kinds
        step = self._step(months, kinds)
        start = months[0]
        length = round((months[-1] - start) / step) + 1
        if length > 600:
            raise InputError(Problem(f"{length} periods from first to last; at most 600 can be", file=self.table.name))
        cell = [(at_unit[units[k]], round((when[k].month - start) / step)) for k in keep]  # type: ignore[union-attr]
        answers = self._is_answers(keep, cell, series)
        shape = (len(names), length, 2)
        y, n, variance = np.full(shape, np.nan), np.full(shape, np.nan), np.full(shape, np.nan)
        scales = []
        groups = self._groups(text.get("group"), keep, cell, series, shape[:2])
        allowed = bool(groups) or answers or bool(self.spec.merge)
        for o, (value, count, spread, scale) in enumerate(series):
            scales.append(scale)
            self._fill(o, keep, cell, value, count, spread, y, n, variance, answers=answers, pool=allowed)
        found = Panel(
            tuple(names),
            float(start),
            float(self.spec.period_months or step) if calendar or self.spec.period_months else 1.0,
            calendar or self.spec.period_months is not None,
            y,
            n,
            variance,
            (scales[0], scales[1]),
            kind=self._by_unit(text.get("kind"), keep, cell, len(names), "kind"),
            cluster=self._by_unit(text.get("cluster"), keep, cell, len(names), "cluster"),
            pilot=_placed(pilot, keep, cell, shape[:2]) if pilot is not None else None,
            outcomes={name: _placed(values, keep, cell, shape[:2]) for name, values in extra.items()},
            groups=groups,
        )
        if not calendar and self.spec.period_months is None:
            self.report.warnings.append(
                "periods are counted, not dated: one period is taken for one month. "
                "Say --period-months if that is wrong"
            )
        if not np.isfinite(found.y).any():
            raise InputError(Problem("no value is left in either series", file=self.table.name, hint=self._why()))
        few = int((found.n < FEWEST).sum())
        if few:
            self.report.notes.append(
                f"{few} cells with fewer than {FEWEST} respondents count with their small weight and are never shown"
            )
        return found, self.report

    def _why(self) -> str:
        told = self.report.summary()["refused"]
        return "; ".join(f"{reason}: {count}" for reason, count in sorted(told.items(), key=lambda p: -p[1])[:4])

    def _step(self, months: list[float], kinds: set[str]) -> float:
        if kinds == {"year"}:
            usual = 12.0
        elif kinds <= {"quarter", "year"} and "quarter" in kinds:
            usual = 3.0
        else:
            gaps = np.diff(months).astype(int)
            usual = float(np.gcd.reduce(gaps)) if gaps.size else 1.0
            if kinds & {"month"} and gaps.size:
                usual = next((g for g in (12.0, 6.0, 4.0, 3.0, 2.0) if usual % g == 0), 1.0)
        if "year" in kinds and len(kinds) > 1:
            self.report.warnings.append(
                "some periods are whole years among finer ones; a year counts from its first month"
            )
        return usual

    def _is_answers(self, keep: list[int], cell: list[tuple[int, int]], series: Any) -> bool:
        if self.spec.form != "auto":
            return self.spec.form == "answers"
        counted = any(np.isfinite(count).any() for _, count, _, _ in series)
        if counted or "group" in self.column or len(keep) < 50:
            return False
        size = len(keep) / len(set(cell))
        if size >= 4:
            self.report.notes.append(
                f"about {size:.0f} rows per unit and period: taken for answers of single respondents"
            )
        return size >= 4

    def _fill(
        self,
        o: int,
        keep: list[int],
        cell: list[tuple[int, int]],
        value: Array,
        count: Array,
        spread: Array,
        y: Array,
        n: Array,
        variance: Array,
        *,
        answers: bool,
        pool: bool,
    ) -> None:
        rows = np.array([k for k in keep if np.isfinite(value[k])], dtype=np.int64)
        if rows.size == 0:
            return
        place = dict(zip(keep, cell, strict=True))
        units = np.array([place[k][0] for k in rows])
        times = np.array([place[k][1] for k in rows])
        keys = units * y.shape[1] + times
        weight = (
            np.ones(rows.size) if answers else np.where(np.isfinite(count[rows]), np.maximum(count[rows], 1e-9), 1.0)
        )
        if not pool:
            rows, keys, weight = self._without_duplicates(o, rows, keys, weight, value, count)
        size = y.shape[0] * y.shape[1]
        total = np.bincount(keys, weight, size)
        first = np.bincount(keys, weight * value[rows], size)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = first / total
        seen = total > 0
        if answers:
            deviations = value[rows] - mean[keys]
            pooled = float((deviations**2).sum() / max(rows.size - int(seen.sum()), 1))
            one = np.full(size, pooled)
            respondents = total
        else:
            with np.errstate(invalid="ignore", divide="ignore"):
                one = np.bincount(keys, weight * np.nan_to_num(spread[rows]), size) / total
            one[~np.isfinite(np.where(seen, one, np.nan)) | (one <= 0)] = np.nan
            told = np.bincount(keys, np.isfinite(count[rows]).astype(float), size) > 0
            respondents = np.where(told, total, np.nan)
        flat = y.reshape(-1, 2), n.reshape(-1, 2), variance.reshape(-1, 2)
        flat[0][seen, o] = mean[seen]
        flat[1][seen, o] = respondents[seen]
        with np.errstate(invalid="ignore", divide="ignore"):
            flat[2][seen, o] = np.where(np.isfinite(one), one, 1.0)[seen] / respondents[seen]
        if not answers and not np.isfinite(spread).any():  # raw: the spread of one answer is not known, only its share
            known = np.isfinite(respondents[seen])
            flat[2][seen, o] = np.where(known, 1.0 / np.maximum(respondents[seen], 1.0), np.nan)

    def _without_duplicates(
        self, o: int, rows: NDArray[np.int64], keys: NDArray[np.int64], weight: Array, value: Array, count: Array
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], Array]:
        order = np.argsort(keys, kind="stable")
        series = ("ex", "cx")[o]
        keep = np.ones(rows.size, dtype=bool)
        starts = np.flatnonzero(np.r_[True, np.diff(keys[order]) != 0])
        for a, b in zip(starts, np.r_[starts[1:], rows.size], strict=True):
            if b - a == 1:
                continue
            members = order[a:b]
            same = np.ptp(value[rows[members]]) < 1e-9 and (
                not np.isfinite(count[rows[members]]).any() or np.ptp(np.nan_to_num(count[rows[members]])) < 1e-9
            )
            for j in members[1:] if same else members:
                keep[j] = False
                line = self.table.rows[rows[j]][0]
                if same:
                    self._place(line, "unit", "the same row twice, counted once")
                else:
                    self._place(line, series, "two different values for the same unit and period", refuse=True)
        return rows[keep], keys[keep], weight[keep]

    def _groups(
        self, names: list[str] | None, keep: list[int], cell: list[tuple[int, int]], series: Any, shape: tuple[int, int]
    ) -> dict[str, tuple[Array, Array, Array]]:
        if names is None:
            return {}
        value, count, spread, _ = series[0]
        found = {}
        for name in dict.fromkeys(names[k] for k in keep if names[k]):
            inside = [(k, c) for k, c in zip(keep, cell, strict=True) if names[k] == name]
            rows, places = [k for k, _ in inside], [c for _, c in inside]
            found[name] = (
                _placed(value, rows, places, shape),
                _placed(count, rows, places, shape),
                _placed(spread, rows, places, shape),
            )
        return found if len(found) > 1 else {}

    def _by_unit(
        self, told: list[str] | None, keep: list[int], cell: list[tuple[int, int]], size: int, role: str
    ) -> tuple[str, ...]:
        if told is None:
            return ()
        found = [""] * size
        moved = set()
        for k, (unit, _) in zip(keep, cell, strict=True):
            if told[k] and found[unit] and found[unit] != told[k]:
                moved.add(unit)
            found[unit] = found[unit] or told[k]
        if moved:
            self.report.warnings.append(f"{len(moved)} units change their {role} over time; the first is taken")
        return tuple(found)


def _placed(values: Array, rows: Sequence[int], cell: Sequence[tuple[int, int]], shape: tuple[int, int]) -> Array:
    found = np.full(shape, np.nan)
    for k, place in zip(rows, cell, strict=True):
        if np.isfinite(values[k]):
            found[place] = values[k]
    return found


def _natural(name: str) -> tuple[Any, ...]:
    return tuple(
        (0, int(part), "") if part.isdigit() else (1, 0, part.lower()) for part in re.split(r"(\d+)", name) if part
    )


def _answer_variance(index: Array, measure: str) -> Array:
    """Return the expected variance of one answer, squared index points, where only the mean is known."""
    share = np.clip(index / 100.0, 0.01, 0.99)
    if measure == "favourable":
        found: Array = 1e4 * share * (1 - share)
    elif measure == "nps":
        net = 2 * share - 1
        found = 2500.0 * np.maximum((1 - _PASSIVE) - net**2, 0.15)
    else:
        found = np.minimum(_ANSWER_SD**2, 1e4 * share * (1 - share))
    return found
