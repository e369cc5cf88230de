# SPDX-License-Identifier: MIT
"""What was done to a file: every row that was touched or refused, and a report that a person checks in ten seconds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from txsim.language import N_, Figure, Message, Words, joined, lazy, lazy_plural
from txsim.panel.reader.names import some_names

#: Rows that are named one by one for each reason; all are counted.
_NAMED = 2000
#: Rows that are named in the reading itself, if a reason has no more.
_PLACES = 3
#: Marks of no answer that are told one by one.
_MARKS = 4
#: How a measure was read, by what its numbers are.
_READ = {
    "answers": N_("{name}: column `{column}`, {count:,} answers on {scale}, {low} … {high}, mean {mean}"),
    "scores": N_("{name}: column `{column}`, {count:,} scores on {scale}, {low} … {high}, mean {mean}"),
}
_RELATED = N_("what {name} lost is related to the answers ({p})")
_UNRELATED = N_("what {name} lost is not related to the answers ({p})")


@dataclass(frozen=True, slots=True)
class Touched:
    """One row that was repaired or refused: where it stands, which column, what stood there, and why.

    The value is left out where few people answered.
    """

    file: str
    line: int
    column: str
    reason: Words
    value: str = ""

    def place(self, *, with_file: bool) -> Message:
        """Return where it stands, by the name of its file without folders if that is asked for."""
        at = lazy("line {line}", line=self.line)
        if self.column:
            at = lazy("line {line}, `{column}`", line=self.line, column=self.column)
        return lazy("{file}, {place}", file=Path(self.file).name, place=at) if with_file else at

    def data(self) -> dict[str, Any]:
        """Return plain data."""
        return {"file": self.file, "line": self.line, "column": self.column, "value": self.value, "reason": self.reason}


@dataclass(frozen=True)
class SeriesReading:
    """How a measure was read."""

    #: ``column``, ``scale``: Its header, and the scale that its numbers are on.
    column: str
    scale: str
    values: str  #: ``answers`` of single people, or ``scores`` of many.
    count: int = 0  #: Numbers that were read.
    #: ``low``, ``high``, ``mean``: Range and mean, on the scale.
    low: float | None = None
    high: float | None = None
    mean: float | None = None
    #: Codes and words for no answer, and how often each stood there.
    missing: dict[str, int] = field(default_factory=dict)
    changed: tuple[Words, ...] = ()  #: What was done to all numbers, such as turning answers into points.
    lost: int = 0  #: Numbers that stood there and could not be used.
    #: p value of a test whether what was lost differs in answers from what was kept; ``None`` where too little was.
    related: float | None = None

    def data(self) -> dict[str, Any]:
        """Return the fields by name."""
        return {each.name: getattr(self, each.name) for each in fields(self)}


@dataclass
class DataReport:
    """Every row that was touched or refused, and what was taken for granted."""

    rows: int = 0  #: Rows below the header.
    #: ``repaired``, ``refused``: Rows that were, up to some thousands for each reason; :meth:`summary` counts all.
    repaired: list[Touched] = field(default_factory=list)
    refused: list[Touched] = field(default_factory=list)
    #: ``notes``, ``warnings``: What was found and done; what a person should look at.
    notes: list[Words] = field(default_factory=list)
    warnings: list[Words] = field(default_factory=list)
    series: dict[str, SeriesReading] = field(default_factory=dict)  #: How each measure was read.
    #: Encoding, units, periods and columns that are not used: what the first lines of the reading say.
    about: dict[str, Any] = field(default_factory=dict)
    files: tuple[str, ...] = ()  #: Files of which the rows are.
    _counts: dict[str, Counter[Words]] = field(default_factory=lambda: {"repaired": Counter(), "refused": Counter()})

    def touch(self, touched: Iterable[Touched], reason: Words, count: int, *, refuse: bool = False) -> None:
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

    def most_refused(self, most: int = 4) -> list[tuple[Words, int]]:
        """Return the reasons for which most rows were refused, with their counts."""
        return self._counts["refused"].most_common(most)

    def summary(self) -> dict[str, Any]:
        """Return counts by reason, and the reading."""
        return {
            "rows": self.rows,
            "repaired": {_name(reason): count for reason, count in self._counts["repaired"].items()},
            "refused": {_name(reason): count for reason, count in self._counts["refused"].items()},
            "notes": self.notes,
            "reading": self.reading(),
        }

    def reading(self) -> dict[str, Any]:
        """Return how the file was read, as data and as at most ten lines (`lines`) that a person checks."""
        return {
            **({"file": self._named()} if self.files else {}),
            **self.about,
            "series": {name: one.data() for name, one in self.series.items()},
            "lines": self._lines(),
        }

    def _named(self) -> str:
        """Return the files by name, of many the first and the last."""
        files = self.files
        return ", ".join(files) if len(files) <= _PLACES else f"{files[0]} … {files[-1]} ({len(files)})"

    def _counted(self, kind: str, rows: list[Touched]) -> list[Message]:
        """Return the reasons for which most rows were touched, how often, and where they stand if they are few."""
        reasons = []
        for reason, count in self._counts[kind].most_common(4):
            if count > _PLACES:
                reasons.append(lazy("{reason} ({count:,})", reason=reason, count=count))
                continue
            places = [row.place(with_file=len(self.files) > 1) for row in rows if row.reason == reason]
            reasons.append(lazy("{reason} ({places})", reason=reason, places=joined(", ", places)))
        return reasons

    def _lines(self) -> list[Words]:
        about = self.about
        lines: list[Words] = []
        code = about.get("encoding") or ""
        how = f", {code}" if code not in ("", "utf-8") else ""
        lines.append(lazy("{file}: {rows:,} rows{how}", file=self._named() or lazy("file"), rows=self.rows, how=how))
        units = about.get("units") or []
        if units:
            examples = ", ".join(str(name) for name in units[:3])
            more = " …" if len(units) > 3 else ""
            lines.append(lazy("units: {count:,} ({names}{more})", count=len(units), names=examples, more=more))
        if about.get("periods"):
            first, last, count, step = about["periods"]
            lines.append(
                (lazy("one period: {first}", first=first) if about.get("calendar") else lazy("one wave"))
                if count == 1
                else lazy("periods: {first} to {last}, {count}", first=first, last=last, count=_periods(count, step))
                if about.get("calendar")
                else lazy("periods: {first} to {last}, {count} counted", first=first, last=last, count=count)
            )
        for name, one in self.series.items():
            lines.append(_told(name, one))
        changed = self._counted("repaired", self.repaired)
        if changed:
            lines.append(lazy("repaired: {reasons}", reasons=joined("; ", changed)))
        refused = self._counted("refused", self.refused)
        none = lazy("dropped: no row")
        lines.append(lazy("dropped: {reasons}", reasons=joined("; ", refused)) if refused else none)
        tests = [
            lazy(_RELATED if one.related < 0.05 else _UNRELATED, name=name.upper(), p=Figure(one.related, "p"))
            for name, one in self.series.items()
            if one.lost and one.related is not None
        ]
        if tests:
            lines.append(joined("; ", tests))
        if about.get("unused"):
            columns = some_names(about["unused"], len(about["unused"]), marked=True)
            lines.append(lazy("columns that are not used: {columns}", columns=columns))
        if self.notes:
            lines.append(lazy("also: {notes}", notes=joined("; ", self.notes)))
        return lines[:10]


def _name(reason: Words) -> str:
    """Return a reason as a key of JSON, which is English."""
    return reason.english() if isinstance(reason, Message) else reason


def _periods(count: int, step: float) -> Message:
    if step == 1:
        return lazy_plural("{n} month", "{n} months", count)
    if step == 3:
        return lazy_plural("{n} quarter", "{n} quarters", count)
    if step == 6:
        return lazy_plural("{n} half-year", "{n} half-years", count)
    if step == 12:
        return lazy_plural("{n} year", "{n} years", count)
    return lazy("{count} steps of {step:g} months", count=count, step=step)


def _told(name: str, one: SeriesReading) -> Message:
    if one.low is None or one.high is None or one.mean is None:
        return lazy("{name}: no number was read", name=name.upper())
    text = lazy(
        _READ.get(one.values, _READ["scores"]),
        name=name.upper(),
        column=one.column,
        count=one.count,
        scale=one.scale,
        low=_figure(one.low),
        high=_figure(one.high),
        mean=_figure(one.mean),
    )
    parts: list[Words] = [*one.changed]
    silent = Counter(one.missing).most_common()
    parts += [
        lazy("{value} taken for no answer ({count:,})", value=f"`{code}`" if code.strip("-").isalpha() or " " in code
             else code, count=count)
        for code, count in silent[:_MARKS]
    ]  # fmt: skip
    if len(silent) > _MARKS:
        parts.append(lazy("other marks taken for no answer ({count:,})", count=sum(n for _, n in silent[_MARKS:])))
    return joined("; ", [text, *parts])


def _figure(value: float) -> Figure | str:
    """Return a number with four digits that count, as the language in use writes it."""
    text = f"{value:.4g}"
    return text if "e" in text else Figure(value, "number", digits=len(text.partition(".")[2]))
