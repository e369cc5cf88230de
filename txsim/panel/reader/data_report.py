# SPDX-License-Identifier: MIT
"""What was done to a file: every row that was touched or refused, and a report that a person checks in ten seconds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

__all__ = ["DataReport", "SeriesReading", "Touched"]

#: Rows that are named one by one for each reason; all are counted.
_NAMED = 2000


@dataclass(frozen=True, slots=True)
class Touched:
    """One row that was repaired or refused: where it stands, which column, what stood there, and why.

    The value is left out where few people answered.
    """

    file: str
    line: int
    column: str
    reason: str
    value: str = ""

    def data(self) -> dict[str, Any]:
        """Return plain data."""
        return {"file": self.file, "line": self.line, "column": self.column, "value": self.value, "reason": self.reason}


@dataclass(frozen=True)
class SeriesReading:
    """How a measure was read.

    Attributes
    ----------
    column, scale
        Its header, and the scale that its numbers are on.
    values
        ``answers`` of single people, or ``scores`` of many.
    count
        Numbers that were read.
    low, high, mean
        Range and mean, on the scale.
    missing
        Codes for no answer, and how often each stood there.
    changed
        What was done to all numbers, such as turning answers into points.
    lost
        Numbers that stood there and could not be used.
    related
        p value of a test whether what was lost differs in answers from what was kept; ``None`` where too little was.
    """

    column: str
    scale: str
    values: str
    count: int
    low: float | None
    high: float | None
    mean: float | None
    missing: dict[str, int] = field(default_factory=dict)
    changed: tuple[str, ...] = ()
    lost: int = 0
    related: float | None = None


@dataclass
class DataReport:
    """Every row that was touched or refused, and what was taken for granted.

    Attributes
    ----------
    rows
        Rows below the header.
    repaired, refused
        Rows that were, up to some thousands for each reason; :meth:`summary` counts all.
    notes, warnings
        What was found and done; what a person should look at.
    series
        How each measure was read.
    about
        File, encoding, units and periods: what the first lines of the reading say.
    """

    rows: int = 0
    repaired: list[Touched] = field(default_factory=list)
    refused: list[Touched] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    series: dict[str, SeriesReading] = field(default_factory=dict)
    about: dict[str, Any] = field(default_factory=dict)
    _counts: dict[str, Counter[str]] = field(default_factory=lambda: {"repaired": Counter(), "refused": Counter()})

    def touch(self, touched: Iterable[Touched], reason: str, count: int, *, refuse: bool = False) -> None:
        """Count rows that were touched for a reason, and name the first of them."""
        kind = "refused" if refuse else "repaired"
        free = _NAMED - self._counts[kind][reason]
        self._counts[kind][reason] += count
        named = self.refused if refuse else self.repaired
        for one in touched:
            if free <= 0:
                break
            named.append(one)
            free -= 1

    def summary(self) -> dict[str, Any]:
        """Return counts by reason, and the reading."""
        return {
            "rows": self.rows,
            "repaired": dict(self._counts["repaired"]),
            "refused": dict(self._counts["refused"]),
            "notes": self.notes,
            "reading": self.reading(),
        }

    def reading(self) -> dict[str, Any]:
        """Return how the file was read, as data and as at most ten lines (`lines`) that a person checks."""
        return {
            **self.about,
            "series": {name: asdict(one) for name, one in self.series.items()},
            "lines": self._lines(),
        }

    def _lines(self) -> list[str]:
        about = self.about
        lines = []
        code = about.get("encoding") or ""
        how = f", {code}" if code not in ("", "utf-8") else ""
        lines.append(f"{about.get('file', 'file')}: {self.rows:,} rows{how}")
        units = about.get("units") or []
        if units:
            shown = ", ".join(str(name) for name in units[:3])
            lines.append(f"units: {len(units):,} ({shown}{' …' if len(units) > 3 else ''})")
        if about.get("periods"):
            first, last, count, step = about["periods"]
            each = {1: "months", 3: "quarters", 6: "half-years", 12: "years"}.get(step, f"steps of {step:g} months")
            lines.append(f"periods: {first} to {last}, {count} {each if about.get('calendar') else 'counted'}")
        for name, one in self.series.items():
            lines.append(_told(name, one))
        changed = [f"{reason} ({count:,})" for reason, count in self._counts["repaired"].most_common(4)]
        if changed:
            lines.append(f"repaired: {'; '.join(changed)}")
        refused = [f"{reason} ({count:,})" for reason, count in self._counts["refused"].most_common(4)]
        lines.append(f"dropped: {'; '.join(refused)}" if refused else "dropped: nothing")
        for name, one in self.series.items():
            if one.lost and one.related is not None:
                word = "related" if one.related < 0.05 else "not related"
                lines.append(f"what {name.upper()} lost is {word} to the answers (p = {one.related:.2g})")
        if self.notes:
            lines.append(f"also: {'; '.join(self.notes[:6])}")
        return lines[:10]


def _told(name: str, one: SeriesReading) -> str:
    if one.low is None or one.high is None or one.mean is None:
        return f"{name.upper()}: no number was read"
    text = (
        f"{name.upper()}: column `{one.column}`, {one.count:,} {one.values} on {one.scale}, "
        f"{one.low:.4g} … {one.high:.4g}, mean {one.mean:.4g}"
    )
    told = [*one.changed]
    told += [f"{code} taken for no answer ({count:,})" for code, count in one.missing.items()]
    return "; ".join([text, *told])
