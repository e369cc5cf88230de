# SPDX-License-Identifier: MIT
"""Studies in a CSV file: one row each, an estimate with its error or what it follows from.

========================  =====================================================================
columns                   what is pooled
========================  =====================================================================
``estimate, se``          the estimate; ``variance`` in place of ``se``, or ``low, high`` of a 95 % interval, or
                          of another ``level``; with ``n`` Student's
``odds_ratio, low, high`` its logarithm; ``se_log``, or ``se_ratio`` of the ratio itself, in place of the interval; so
                          ``hazard_ratio``
``r, n``                  Fisher's z of the correlation
``events1, n1,            log odds ratio, first against second arm; a half is added to the cells of a
events2, n2``             study only where one of its cells is 0
``mean1, sd1, n1,         difference of means; ``--measure standardised_mean_difference`` for Hedges' g
mean2, sd2, n2``
========================  =====================================================================

A column ``study`` (or ``author``, ``id``, ``name``, ``label``, ``school``) holds the names. A test, p value, standard
error or interval beside what is pooled must agree with it. Other columns are ignored, and said so. A row that is called
as one that sums up the others is left out, and said so; one whose figures are theirs is asked about, and a column
``kind`` with ``study`` answers.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from txsim.errors import InputError, Problem, did_you_mean, message_of, nearest
from txsim.evidence.consistency import disagreement, standard_errors_as_spreads
from txsim.evidence.effect_sizes import MEASURES, by_factors
from txsim.evidence.study_figures import (
    COUNTS,
    OTHER_ANALYSIS,
    NotConverted,
    count_in,
    level_of,
    no_count,
    no_people,
    percent_meant,
)
from txsim.evidence.study_values import no_room
from txsim.files import content_of, csv_rows, parted_by, refuse_foreign
from txsim.language import Words, as_message, lazy
from txsim.pooling.row_estimates import (
    A_STUDY,
    CONVERSIONS,
    OF_ITS_OWN,
    RowFigures,
    column_at_fault,
    nameless,
    names_summary,
    roundings,
    summing_up,
    told_sum,
)
from txsim.pooling.study_columns import MEASURED, Columns, columns_of, parted, under_arms
from txsim.priors.written_numbers import cell_number
from txsim.text_encoding import decoded
from txsim.units import Scale

_MOST_BYTES, _MOST_STUDIES = 1_000_000, 10_000
#: How many times the next smaller standard deviation one in the same unit may be: 0 … 100 is 25 times 1 … 5.
_TWO_SCALES = 6.0
_NO_LEVEL = lazy("call the column otherwise if it is no level of intervals")


@dataclass(frozen=True, slots=True)
class Studies:
    """Studies as they are pooled."""

    labels: tuple[str, ...]  #: Their names.
    #: ``estimates``, ``se``: Estimates and standard errors on the scale of ``measure``.
    estimates: tuple[float, ...]
    se: tuple[float, ...]
    measure: str  #: A key of :data:`txsim.evidence.effect_sizes.MEASURES`.
    ignored: tuple[str, ...] = ()  #: Columns that were not used.
    left_out: tuple[str, ...] = ()  #: Names of rows that sum up others.
    empty: tuple[str, ...] = ()  #: Names of rows without a figure: headings of groups, and notes.
    taken: tuple[tuple[str, str], ...] = ()  #: Titles of columns by what they were taken for.


def read_studies(path: Path, measure: str | None = None, scale: Scale | None = None) -> Studies:
    """Read a CSV file of studies.

    ``path``: the file: a header, then one row for each study; commas, semicolons or tabs between cells, and decimal
    commas where commas part no cells and no number has a decimal point. ``measure``: what is pooled, where the columns
    leave a choice. ``scale``: scale on which every study measured the outcome, if that is said: a figure that it has no
    room for is refused. Raises InputError with every cell that is wrong, by row and column.
    """
    return studies_from_text(text_of(path), str(path), measure, scale)


def text_of(path: Path) -> str:
    """Return the text of a table of studies. Raises InputError if there is no such file, or it is another kind of."""
    name = str(path)
    try:
        content = content_of(path, name, _MOST_BYTES, lazy("a CSV file"))
    except (FileNotFoundError, NotADirectoryError):
        close = nearest(path.name, [other.name for other in path.parent.glob("*.csv")])
        hint = lazy("did you mean `{path}`?", path=path.with_name(close)) if close else None
        raise InputError(Problem(lazy("there is no such file"), file=name, hint=hint)) from None
    refuse_foreign(content, name, lazy("a CSV file"))
    return decoded(content, name)[0]


def studies_from_text(
    text: str, name: str = "studies", measure: str | None = None, scale: Scale | None = None
) -> Studies:
    """Read studies from the text of a CSV file; see :func:`read_studies`."""
    if measure is not None and measure not in MEASURES:
        close = did_you_mean(measure, MEASURES)
        message = lazy("unknown measure `{measure}`{suggestion}", measure=measure, suggestion=close)
        raise InputError(Problem(message, hint=lazy("known: {names}", names=", ".join(MEASURES))))
    lines = text.splitlines()
    if not text.strip():
        hint = lazy("write a header such as study,estimate,se")
        raise InputError(Problem(lazy("the file is empty"), file=name, hint=hint))
    if "\0" in text:
        raise InputError(Problem(lazy("this is not text: it holds a zero byte"), file=name))
    comma = parted_by(text)
    rows = [(line, cells) for line, cells in csv_rows(text, name, comma) if not cells[0].startswith("#")]
    if len(rows) < 2:
        raise InputError(Problem(lazy("there is no study: one row under the header at least"), file=name))
    if len(rows) - 1 > _MOST_STUDIES:
        raise InputError(Problem(lazy("{number:,} studies; the limit is {most_studies:,}", number=len(rows) - 1,
                                      most_studies=_MOST_STUDIES), file=name))  # fmt: skip
    return _Reader(name, lines, comma, measure, scale).studies(rows)


@dataclass(frozen=True, slots=True)
class _Row:
    """One study as its row has it."""

    line: int
    name: str  #: Its name, empty where it has none.
    a_study: bool  #: Whether a column says that it is one, whatever its name and figures.
    figures: Mapping[str, float]  #: What the estimate is made of.
    counts: Mapping[str, float]  #: People and events, by their key.
    estimate: float
    se: float


class _Reader:
    """Reads cell by cell and collects what is wrong."""

    def __init__(self, name: str, lines: Sequence[str], comma: str, measure: str | None, scale: Scale | None) -> None:
        self.name, self.lines, self.comma, self.measure = name, lines, comma, measure
        self.scale = scale
        self.problems: list[Problem] = []
        self.titles: list[str] = []
        self.pointed: tuple[int, str, str] | None = None
        self.source: dict[int, int] = {}  #: Columns that were parted from others.

    def wrong(self, line: int, column: int | None, message: Words, hint: Words | None = None) -> None:
        """Note what is wrong with a row, or with one cell, counted from 0."""
        source = self.lines[line - 1] if line <= len(self.lines) else ""
        at, width = None, 1
        path = str(lazy("row {line}", line=line))
        if column is not None:
            column = self.source.get(column, column)
            cells = source.split(self.comma)
            at = sum(len(cell) + 1 for cell in cells[:column]) + 1
            cell = cells[column] if column < len(cells) else ""
            at += len(cell) - len(cell.lstrip())
            width = max(1, len(cell.strip()))
            title = self.titles[column] if column < len(self.titles) else column + 1
            path = str(lazy("row {line}, column {title}", line=line, title=title))
        said, meant = as_message(message), as_message(hint) if hint else None
        self.problems.append(Problem(said, self.name, line, at, path, source, meant, width))

    def studies(self, rows: list[tuple[int, list[str]]]) -> Studies:
        (line, header), *below = rows
        titles = under_arms(header, below[0][1]) if len(below) > 1 else None
        header, below = (header, below) if titles is None else (titles, below[1:])
        width = len(header)
        whole = {row_line: len(cells) == width for row_line, cells in below}
        as_printed = header
        header, below_cells, self.source = parted(header, [cells for _line, cells in below])
        below = [(row_line, cells) for (row_line, _), cells in zip(below, below_cells, strict=True)]
        whose = [as_printed[self.source[i]] if i in self.source else title for i, title in enumerate(header)]
        self.titles = [title or f"number {i + 1}" for i, title in enumerate(whose)]
        told = columns_of(header, self.titles, below_cells, self.measure, partial(self.wrong, line))
        self._refuse()
        self.pointed = next(((row_line, name, cells[told.where[name]]) for row_line, cells in below
                             for name in told.needed if name not in COUNTS and told.where[name] < len(cells)
                             and "." in cells[told.where[name]]), None)  # fmt: skip
        left_out, empty, read = list[str](), list[str](), list[_Row]()
        first_line: dict[tuple[object, ...], int] = {}
        for row_line, cells in below:
            names = [cells[i] for i in (told.name, told.kind) if i is not None and i < len(cells)]
            a_study = told.kind is not None and told.kind < len(cells) and cells[told.kind].casefold() in A_STUDY
            if not a_study and any(map(names_summary, names)):
                left_out.append(names[0][:40])
                continue
            if names and names[0] and not any(cell for i, cell in enumerate(cells) if i != told.name):
                empty.append(names[0][:40])
                continue
            if not whole[row_line]:
                torn = lazy("{cells} cells, but the header has {columns}", cells=len(cells), columns=width)
                self.wrong(row_line, None, torn)
                continue
            row = self._row(told, row_line, cells, a_study)
            if row is not None:
                read.append(row)
                self._twice(told, row, cells, first_line)
        if told.conversion == "mean_difference":
            self._errors_as_spreads(told, read)
        if not read and not self.problems:
            self.wrong(line, None, lazy("there is no study: every row is called as one that sums up others"))
        labels = tuple(row.name or f"study {i}" for i, row in enumerate(read, 1))
        beside = [i for i in range(width) if i not in told.used()]
        for row_line, message, hint in nameless([row for row in read if not row.a_study], dict(below), beside):
            self.wrong(row_line, told.name, message, hint)
        if not self.problems:
            self._sums(told, read, labels)
        self._refuse()
        if self.measure is None and self.scale is None and told.conversion == "mean_difference":
            self._two_scales(told, read)
        if (self.measure is None or told.measure.startswith("log")) and told.differences:
            self._ratios(line, told, read)
        used = {self.source.get(i, i) for i in told.used()}
        ignored = tuple(title for i, title in enumerate(header[:width]) if i not in used)
        return Studies(labels, tuple(row.estimate for row in read), tuple(row.se for row in read), told.measure,
                       ignored, tuple(left_out), tuple(empty), told.taken)  # fmt: skip

    def _refuse(self) -> None:
        if self.problems:
            raise InputError(self.problems)

    def _row(self, told: Columns, line: int, cells: Sequence[str], a_study: bool) -> _Row | None:
        """Return what a row holds; ``None`` if no estimate can be made of it, which is noted."""
        where = told.where
        numbers = [self._figure(line, told, name, cells) for name in told.needed]
        figures = {key: n for key, n in zip(told.needed, numbers, strict=True) if n is not None}
        level = self._level(told, line, cells) if len(figures) == len(numbers) else None
        if level is None:
            return None
        uncounted = list(no_count(figures, as_printed=True))
        for key, message, hint in uncounted:
            self.wrong(line, where[key], message, hint)
        if uncounted:
            return None
        for key, message in no_room(self.scale, figures) if self.scale is not None else ():
            self.wrong(line, where[key], message, lazy("studies are pooled on one scale: convert this one"))
        printed = self._printed(figures, {name: cells[where[name]] for name in told.beside})
        few = no_people(printed["n"]) if "n" in printed and told.differences else None
        if few:
            self.wrong(line, where["n"], *few)
            return None
        converted = {key: printed[key] for key in printed if key in ("n", *figures)}
        try:
            estimate, se = CONVERSIONS[told.conversion]({"level": level} | converted)
        except ValueError as error:
            self.wrong(line, where[column_at_fault(figures, told.needed)], message_of(error))
            return None
        against = disagreement(printed, level)
        if against is not None:
            self.wrong(line, where.get(against[0], where.get("low")), against[1], OTHER_ANALYSIS)
        name = cells[told.label] if told.label is not None else ""
        return _Row(line, name, a_study, figures, {key: printed[key] for key in COUNTS if key in printed}, estimate, se)

    def _level(self, told: Columns, line: int, cells: Sequence[str]) -> float | None:
        """Return the level of a row's interval; ``None`` if it is none, which is noted."""
        column = told.where.get("level")
        if column is None or not cells[column]:
            return told.level
        level = self._number(line, column, cells[column], False, share=True)
        try:
            return None if level is None else level_of(level)
        except NotConverted as error:
            self.wrong(line, column, error.message, _NO_LEVEL)
            return None

    def _twice(self, told: Columns, row: _Row, cells: Sequence[str], first_line: dict[tuple[object, ...], int]) -> None:
        """Note a study that stands twice: by its name, or under two names with the same figures.

        ``first_line``: where each name with its figures, its words or its figures alone stood first; is added to.
        """
        if not row.name:
            return
        apart = [(i, cell.casefold()) for i, cell in enumerate(cells)
                 if i not in told.where.values() and not re.search(r"\d[.,]\d", cell)]  # fmt: skip
        people = [each for each in apart if not MEASURED.match(self.titles[each[0]])]
        seen = ((row.name.casefold(), *row.figures.values()), ("apart", *apart), ("people", *people))
        same, other, sample = (first_line.setdefault(each, row.line) for each in seen)
        twin = first_line.setdefault(tuple(row.figures.items()), row.line)
        digits = sum(len(re.sub(r"\D", "", cells[told.where[each]]).strip("0")) for each in told.needed)
        if same != row.line:
            message = lazy("the study `{name}` stands twice with the same figures, first in row {line}",
                           name=row.name[:40], line=same)  # fmt: skip
            hint = lazy("a study counts once: take one of the rows out; two samples need two names")
        elif other != row.line:
            message = lazy("the study `{name}` stands twice, first in row {line}: one study, or two?",
                           name=row.name[:40], line=other)  # fmt: skip
            hint = lazy("a study counts once: keep one of its rows; of two samples of different people say in a column "
                        "`sample` which is which")  # fmt: skip
        elif sample != row.line:
            title = next(self.titles[each[0]] for each in apart if each not in people)
            message = lazy("the study `{name}` has two results that only `{column}` tells apart, the first in row "
                           "{line}: of the same people?", name=row.name[:40], line=sample, column=title)  # fmt: skip
            hint = lazy("several results of the same people are not several studies: keep one; if the people differ, "
                        "say in a column `sample` which is which")  # fmt: skip
        elif twin != row.line and digits > 2 * len(told.needed) and not row.a_study:
            message = lazy("`{name}` has the very figures of row {line}: one study under two names?",
                           name=row.name[:40], line=twin)  # fmt: skip
            hint = OF_ITS_OWN
        else:
            return
        self.wrong(row.line, told.label, message, hint)

    def _errors_as_spreads(self, told: Columns, read: Sequence[_Row]) -> None:
        """Note standard errors of means in columns of standard deviations."""
        for row in read:
            others = [each.figures[sd] for each in read if each.line != row.line for sd in ("sd1", "sd2")]
            doubt = standard_errors_as_spreads(row.figures, self.scale, others)
            if doubt is not None:
                self.wrong(row.line, told.where[doubt[0]], doubt[1], doubt[2])

    def _sums(self, told: Columns, read: Sequence[_Row], labels: Sequence[str]) -> None:
        """Note rows whose figures are what the others give together, unless they are said to be studies."""
        convert = CONVERSIONS[told.conversion]
        printed = roundings([{**row.figures, **row.counts} for row in read], convert)
        figures = [RowFigures(row.estimate, row.se, row.counts, off) for row, off in zip(read, printed, strict=True)]
        for each in summing_up(figures, {i for i, row in enumerate(read) if row.a_study}):
            first_last = None if each.of is None else (read[each.of[0]].line, read[each.of[1]].line)
            self.wrong(read[each.row].line, told.name, told_sum(labels[each.row], each, first_last), OF_ITS_OWN)

    def _two_scales(self, told: Columns, read: Sequence[_Row]) -> None:
        """Refuse means whose standard deviations are too far apart for one unit."""
        widths = sorted((row.figures[sd], row.line, sd) for row in read for sd in ("sd1", "sd2"))
        for (less, less_line, _name), (more, row_line, sd) in itertools.pairwise(widths):
            if more > _TWO_SCALES * less:
                message = lazy("a standard deviation of {more:g} beside {less:g} in row {line}: means on two scales?",
                               more=more, less=less, line=less_line)  # fmt: skip
                hint = lazy("if so, `--measure standardised_mean_difference`, or convert one of them; if all are in "
                            "one unit, say `--measure mean_difference`")  # fmt: skip
                self.wrong(row_line, told.where[sd], message, hint)
                self._refuse()

    def _ratios(self, line: int, told: Columns, read: Sequence[_Row]) -> None:
        """Refuse ratios in a column of differences."""
        if by_factors([(row.figures["estimate"], row.figures["low"], row.figures["high"]) for row in read]):
            message = lazy("each estimate lies in the middle of its interval by factors, not by differences: ratios?")
            hint = lazy("call the column `odds_ratio` or `hazard_ratio` if they are such; of a risk ratio give "
                        "events1,n1,events2,n2, or logarithms; of differences say `--measure estimate`")  # fmt: skip
            self.wrong(line, told.where["estimate"], message, hint)
            self._refuse()

    def _printed(self, figures: Mapping[str, float], beside: Mapping[str, str]) -> dict[str, Any]:
        """Return what a row prints, with what stands beside it where that can be read: `n.s.` and `***` say nothing."""
        printed: dict[str, Any] = dict(figures)
        for name, cell in beside.items():
            try:
                cell = count_in(cell) if name in COUNTS and self.pointed is not None else cell
                printed[name] = cell_number(re.sub(r"^[<≤]\s*", "", cell), comma=self.pointed is None,
                                            whole=name in COUNTS, share=name == "p")  # fmt: skip
            except ValueError:
                continue
        if "low" in printed and "high" in printed:
            printed["interval"] = [printed["low"], printed["high"]]
        if "variance" in printed and printed["variance"] > 0:
            printed.setdefault("se", math.sqrt(printed["variance"]))
        return printed

    def _figure(self, line: int, told: Columns, name: str, cells: Sequence[str]) -> float | None:
        """Return a figure that an estimate is made of; of a percent where none belongs it is told what is meant."""
        column = told.where[name]
        arm = told.where.get(f"n{name[-1]}") if name.startswith("events") else None
        meant = percent_meant(name, cells[column], "" if arm is None else cells[arm])
        if meant is not None:
            self.wrong(line, column, meant)
            return None
        return self._number(line, column, cells[column], name in COUNTS)

    def _number(self, line: int, column: int, cell: str, whole: bool, share: bool = False) -> float | None:
        if not cell:
            self.wrong(line, column, lazy("expected a number, the cell is empty"))
            return None
        try:
            cell = count_in(cell) if whole and self.pointed is not None else cell
            value = cell_number(cell, comma=self.pointed is None, whole=whole, share=share)
        except ValueError as error:
            hint = _NO_LEVEL if share else None
            if self.pointed is not None and "," in cell:
                row, title, other = self.pointed
                hint = lazy("row {line}, column {title} has a decimal point, `{cell}`: write all of them one way",
                            line=row, title=title, cell=other[:20])  # fmt: skip
            self.wrong(line, column, message_of(error), hint)
            return None
        if not math.isfinite(value) or abs(value) > 1e15:
            self.wrong(line, column, lazy("numbers are finite and at most 1e15"))
            return None
        return value
