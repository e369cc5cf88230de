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
from pathlib import Path
from typing import Any

from txsim.errors import InputError, Problem, did_you_mean, message_of, nearest
from txsim.evidence.consistency import disagreement, standard_errors_as_spreads
from txsim.evidence.effect_sizes import MEASURES, by_factors
from txsim.evidence.study_figures import COUNTS, MEANS, OTHER_ANALYSIS, no_count, no_people
from txsim.evidence.study_values import no_room
from txsim.files import content_of, csv_rows, parted_by, refuse_foreign
from txsim.language import Words, as_message, lazy
from txsim.pooling.row_estimates import CONVERSIONS, column_at_fault, names_summary, summing_up
from txsim.priors.written_numbers import cell_number
from txsim.text_encoding import decoded
from txsim.units import Scale

_MOST_BYTES, _MOST_STUDIES = 1_000_000, 10_000
#: How many times the next smaller standard deviation one in the same unit may be: 0 … 100 is 25 times 1 … 5.
_TWO_SCALES = 6.0
_LABELS = ("study", "label", "author", "authors", "id", "name", "trial", "school", "studie", "autor", "исследование",
           "автор", "название")  # fmt: skip
#: What a column ``kind`` says of a row that is a study, whatever its name and figures.
_A_STUDY = ("study", "studie", "исследование")
_OF_ITS_OWN = lazy("if so, take the row out; if it is a study of its own, write `study` in a column `kind`")

_NO_LEVEL = lazy("call the column otherwise if it is no level of intervals")
#: What people call a column, by what it is.
_ALIASES = {
    "estimate": ("y", "yi", "effect", "effect_size", "value"),
    "se": ("sei", "std_error", "stderr", "standard_error", "sigma"),
    "se_log": ("log_se", "selog", "se_logor", "selogor", "se_log_or", "se_lnor", "se_loghr", "seloghr", "se_log_hr"),
    "se_ratio": ("se_or", "se_hr", "ratio_se"),
    "variance": ("vi", "var"),
    "low": ("lower", "ci_low", "ci_lower", "lo95", "lo"),
    "high": ("upper", "ci_high", "ci_upper", "hi95", "hi"),
    "odds_ratio": ("or", "oddsratio"),
    "hazard_ratio": ("hr", "hazardratio"),
    "r": ("correlation", "cor", "ri", "rho"),
    "n": ("ni", "sample_size", "size"),
    "events1": ("exp_events", "event_e", "ai", "events_treatment", "treatment_events"),
    "n1": ("exp_n", "exp_total", "n_e", "n1i", "n_treatment", "treatment_n"),
    "events2": ("ctl_events", "cont_events", "event_c", "ci", "events_control", "control_events"),
    "n2": ("ctl_n", "ctl_total", "cont_total", "n_c", "n2i", "n_control", "control_n"),
    "mean1": ("m1", "m1i", "mean_e", "exp_mean"),
    "sd1": ("sd1i", "sd_e", "exp_sd"),
    "mean2": ("m2", "m2i", "mean_c", "ctl_mean"),
    "sd2": ("sd2i", "sd_c", "ctl_sd"),
    "t": ("t_value", "t_stat"),
    "f": ("f_value",),
    "p": ("p_value", "pval", "pvalue"),
    "level": ("conf_level", "confidence", "confidence_level"),
}
#: Columns that must agree with those that are pooled, where they are there beside them.
_CHECKED = ("n", "se", "variance", "low", "high", "t", "f", "p")

#: Sets of columns that make an estimate, the first that is there wins; and the measure each gives.
_KINDS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("estimate", "se"), "estimate"),
    (("estimate", "variance"), "estimate"),
    (("estimate", "low", "high"), "estimate"),
    (("events1", "n1", "events2", "n2"), "log_odds_ratio"),
    (("odds_ratio", "low", "high"), "log_odds_ratio"),
    *((("odds_ratio", error), "log_odds_ratio") for error in ("se_log", "se_ratio", "se")),
    (("hazard_ratio", "low", "high"), "log_hazard_ratio"),
    *((("hazard_ratio", error), "log_hazard_ratio") for error in ("se_log", "se_ratio", "se")),
    (MEANS, "mean_difference"),
    (("r", "n"), "correlation"),
)


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


def read_studies(path: Path, measure: str | None = None, scale: Scale | None = None) -> Studies:
    """Read a CSV file of studies.

    ``path``: the file: a header, then one row for each study; commas, semicolons or tabs between cells, and decimal
    commas where commas part no cells and no number has a decimal point. ``measure``: what is pooled, where the columns
    leave a choice. ``scale``: scale on which every study measured the outcome, if that is said: a figure that it has no
    room for is refused. Raises InputError with every cell that is wrong, by row and column.
    """
    name = str(path)
    try:
        content = content_of(path, name, _MOST_BYTES, lazy("a CSV file"))
    except (FileNotFoundError, NotADirectoryError):
        folder = path.parent
        others = [other.name for other in folder.glob("*.csv")] if folder.is_dir() else []
        close = nearest(path.name, others)
        hint = lazy("did you mean `{path}`?", path=folder / close) if close else None
        raise InputError(Problem(lazy("there is no such file"), file=name, hint=hint)) from None
    refuse_foreign(content, name, lazy("a CSV file"))
    return studies_from_text(decoded(content, name)[0], name, measure, scale)


def studies_from_text(
    text: str, name: str = "studies", measure: str | None = None, scale: Scale | None = None
) -> Studies:
    """Read studies from the text of a CSV file; see :func:`read_studies`."""
    if measure is not None and measure not in MEASURES:
        message = lazy(
            "unknown measure `{measure}`{suggestion}", measure=measure, suggestion=did_you_mean(measure, MEASURES)
        )
        raise InputError(Problem(message, hint=lazy("known: {names}", names=", ".join(MEASURES))))
    lines = text.splitlines()
    if not any(line.strip() for line in lines):
        raise InputError(
            Problem(lazy("the file is empty"), file=name, hint=lazy("write a header such as study,estimate,se"))
        )
    if "\0" in text:
        raise InputError(Problem(lazy("this is not text: it holds a zero byte"), file=name))
    comma = parted_by(text)
    rows = [(line, cells) for line, cells in csv_rows(text, name, comma) if not cells[0].startswith("#")]
    if len(rows) < 2:
        raise InputError(Problem(lazy("there is no study: one row under the header at least"), file=name))
    if len(rows) - 1 > _MOST_STUDIES:
        message = lazy("{number:,} studies; the limit is {most_studies:,}", number=len(rows) - 1,
                       most_studies=_MOST_STUDIES)  # fmt: skip
        raise InputError(Problem(message, file=name))
    return _Reader(name, lines, comma, measure, scale).studies(rows)


class _Reader:
    """Reads cell by cell and collects what is wrong."""

    def __init__(self, name: str, lines: Sequence[str], comma: str, measure: str | None, scale: Scale | None) -> None:
        self.name, self.lines, self.comma, self.measure = name, lines, comma, measure
        self.scale = scale
        self.problems: list[Problem] = []
        self.titles: list[str] = []
        self.pointed: tuple[int, str, str] | None = None

    def wrong(self, line: int, column: int | None, message: Words, hint: Words | None = None) -> None:
        """Note what is wrong with a row, or with one cell, counted from 0."""
        source = self.lines[line - 1] if line <= len(self.lines) else ""
        at, width = None, 1
        path = str(lazy("row {line}", line=line))
        if column is not None:
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
        line, header = rows[0]
        self.titles = [title or f"number {i + 1}" for i, title in enumerate(header)]
        where = self._columns(line, header)
        needed, measure = self._kind(line, where)
        if self.problems:
            raise InputError(self.problems)
        label = next((i for i, title in enumerate(header) if title.lower() in _LABELS), None)
        labels: list[str] = []
        estimates: list[float] = []
        errors: list[float] = []
        self.pointed = next(((row_line, name, cells[where[name]]) for row_line, cells in rows[1:] for name in needed
                             if name not in COUNTS and where[name] < len(cells) and "." in cells[where[name]]),
                            None)  # fmt: skip
        beside = [name for name in _CHECKED if name in where and name not in needed]
        # `high` or `store` in a column `level` is no level of an interval: it is a column as any other.
        at = where["level"] if {"level", "low", "high"} <= set(where) else len(header)
        leveled = at < len(header) and any(
            re.search(r"\d", cell) for _line, cells in rows[1:] for cell in cells[at : at + 1]
        )
        where = where if leveled else {name: i for name, i in where.items() if name != "level"}
        spreads: list[tuple[int, Mapping[str, float]]] = []
        first_line: dict[tuple[object, ...], int] = {}
        intervals: list[Mapping[str, float]] = []
        kind = next((i for i, title in enumerate(header) if title.lower() == "kind"), None)
        first = label if label is not None else next((i for i in range(len(header)) if i not in where.values()), None)
        left_out: list[str] = []
        doubted: list[tuple[int, bool, Mapping[str, float]]] = []
        for row_line, cells in rows[1:]:
            names = [cells[i] for i in (first, kind) if i is not None and i < len(cells)]
            a_study = kind is not None and kind < len(cells) and cells[kind].casefold() in _A_STUDY
            if not a_study and any(map(names_summary, names)):
                left_out.append(names[0][:40])
                continue
            if len(cells) != len(header):
                message = lazy("{cells} cells, but the header has {columns}", cells=len(cells), columns=len(header))
                self.wrong(row_line, None, message)
                continue
            numbers = [self._number(row_line, where[name], cells[where[name]], name in COUNTS) for name in needed]
            if any(number is None for number in numbers):
                continue
            figures, level = {key: n for key, n in zip(needed, numbers, strict=True) if n is not None}, 0.95
            if leveled and cells[where["level"]]:
                told = self._number(row_line, where["level"], cells[where["level"]], False, share=True)
                if told is None:
                    continue
                level = told / 100 if told > 1 else told
                if not 0.5 <= level < 1:
                    share = lazy("the level of an interval is a share such as 0.95")
                    self.wrong(row_line, where["level"], share, _NO_LEVEL)
                    continue
            uncounted = list(no_count(figures))
            for key, message, hint in uncounted:
                self.wrong(row_line, where[key], message, hint)
            if uncounted:
                continue
            if self.scale is not None:
                for key, message in no_room(self.scale, figures):
                    self.wrong(row_line, where[key], message, lazy("studies are pooled on one scale: convert this one"))
            printed = self._printed(figures, {name: cells[where[name]] for name in beside})
            few = no_people(printed["n"]) if "n" in printed and set(figures) == {"estimate", "low", "high"} else None
            if few:
                self.wrong(row_line, where["n"], *few)
                continue
            try:
                estimate, se = CONVERSIONS[measure]({"level": level} | {key: printed[key] for key in printed
                                                                       if key in ("n", *figures)})  # fmt: skip
            except ValueError as error:
                self.wrong(row_line, where[column_at_fault(figures, needed)], message_of(error))
                continue
            against = disagreement(printed, level)
            if against is not None:
                self.wrong(row_line, where.get(against[0], where.get("low")), against[1], OTHER_ANALYSIS)
            spreads += [(row_line, figures)] if measure == "mean_difference" else []
            if label is not None and cells[label]:
                apart = [
                    cell for i, cell in enumerate(cells) if i not in where.values() and not re.search(r"\d[.,]\d", cell)
                ]
                seen = ((cells[label].casefold(), *figures.values()), tuple(cell.casefold() for cell in apart))
                same, other = (first_line.setdefault(each, row_line) for each in seen)
                digits = sum(len(re.sub(r"\D", "", cells[where[each]]).strip("0")) for each in needed)
                twin = first_line.setdefault(tuple(figures.items()), row_line)
                if min(same, other) != row_line:
                    message = lazy("the study `{name}` stands twice, first in row {line}: one study, or two?",
                                   name=cells[label][:40], line=min(same, other))  # fmt: skip
                    hint = lazy("a study counts once: keep one of its rows; of two samples or outcomes say in a column "
                                "`sample` or `outcome` which is which")  # fmt: skip
                    if same != row_line:
                        message = lazy("the study `{name}` stands twice with the same figures, first in row {line}",
                                       name=cells[label][:40], line=same)  # fmt: skip
                        hint = lazy("a study counts once: take one of the rows out; two samples need two names")
                    self.wrong(row_line, label, message, hint)
                elif twin != row_line and digits > 2 * len(needed) and not a_study:
                    message = lazy("`{name}` has the very figures of row {line}: one study under two names?",
                                   name=cells[label][:40], line=twin)  # fmt: skip
                    self.wrong(row_line, label, message, _OF_ITS_OWN)
            if set(figures) == {"estimate", "low", "high"}:
                intervals.append(figures)
            estimates.append(estimate)
            errors.append(se)
            doubted.append((row_line, a_study, {key: printed[key] for key in COUNTS if key in printed}))
            labels.append(cells[label] if label is not None and cells[label] else f"study {len(labels) + 1}")
        for row_line, arms in spreads:
            others = [each[sd] for line, each in spreads if line != row_line for sd in ("sd1", "sd2")]
            doubt = standard_errors_as_spreads(arms, self.scale, others)
            if doubt is not None:
                self.wrong(row_line, where[doubt[0]], doubt[1], doubt[2])
        if not estimates and not self.problems:
            self.wrong(line, None, lazy("there is no study: every row is called as one that sums up others"))
        for i in summing_up(estimates, errors, [each for *_told, each in doubted]) if not self.problems else ():
            if not doubted[i][1]:
                message = lazy("`{name}` is what the other {number} rows give together: their sum, and no study?",
                               name=labels[i][:40], number=len(labels) - 1)  # fmt: skip
                self.wrong(doubted[i][0], first, message, _OF_ITS_OWN)
        if self.problems:
            raise InputError(self.problems)
        widths = sorted((arms[sd], line, sd) for line, arms in spreads for sd in ("sd1", "sd2") if arms[sd] > 0)
        for (less, less_line, _name), (more, row_line, sd) in itertools.pairwise(widths):
            if self.measure is None and self.scale is None and more > _TWO_SCALES * less:
                message = lazy("a standard deviation of {more:g} beside {less:g} in row {line}: means on two scales?",
                               more=more, less=less, line=less_line)  # fmt: skip
                hint = lazy("if so, `--measure standardised_mean_difference`, or convert one of them; if all are in "
                            "one unit, say `--measure mean_difference`")  # fmt: skip
                self.wrong(row_line, where[sd], message, hint)
                raise InputError(self.problems)
        if self.measure is None and by_factors([(row["estimate"], row["low"], row["high"]) for row in intervals]):
            message = lazy("each estimate lies in the middle of its interval by factors, not by differences: ratios?")
            hint = lazy("call the column `odds_ratio` or `hazard_ratio` if they are; if they are differences, say "
                        "`--measure estimate`")  # fmt: skip
            self.wrong(line, where["estimate"], message, hint)
            raise InputError(self.problems)
        read = [*needed, *(["level"] if leveled else [])]
        read += ["n"] if "low" in needed and measure == "estimate" else []
        used = {where[name] for name in read if name in where} | {each for each in (label, kind) if each is not None}
        ignored = tuple(title for i, title in enumerate(header) if i not in used)
        return Studies(tuple(labels), tuple(estimates), tuple(errors), measure, ignored, tuple(left_out))

    def _printed(self, figures: Mapping[str, float], beside: Mapping[str, str]) -> dict[str, Any]:
        """Return what a row prints, with what stands beside it where that can be read: `n.s.` and `***` say nothing."""
        printed: dict[str, Any] = dict(figures)
        for name, cell in beside.items():
            try:
                printed[name] = cell_number(re.sub(r"^[<≤]\s*", "", cell), comma=self.pointed is None,
                                            whole=name in COUNTS, share=name == "p")  # fmt: skip
            except ValueError:
                continue
        if "low" in printed and "high" in printed:
            printed["interval"] = [printed["low"], printed["high"]]
        if "variance" in printed and printed["variance"] > 0:
            printed.setdefault("se", math.sqrt(printed["variance"]))
        return printed

    def _columns(self, line: int, header: list[str]) -> dict[str, int]:
        where: dict[str, int] = {}
        for i, title in enumerate(header):
            plain = title.lower().replace(" ", "_").replace("-", "_")
            name = next((key for key, others in _ALIASES.items() if plain == key or plain in others), None)
            if name is None:
                continue
            if name in where:
                self.wrong(line, i, lazy("the columns `{other}` and `{title}` both hold {name}",
                                         other=header[where[name]], title=title, name=name))  # fmt: skip
            where.setdefault(name, i)
        return where

    def _kind(self, line: int, where: Mapping[str, int]) -> tuple[tuple[str, ...], str]:
        for needed, gives in _KINDS:
            if all(name in where for name in needed):
                wanted = self.measure or gives
                if wanted == gives or (gives == "mean_difference" and wanted == "standardised_mean_difference"):
                    if needed[0].endswith("_ratio") and needed[-1] == "se" and not {"p", "t"} & set(where):
                        message = lazy("`{ratio}` and `{se}`: a standard error of the ratio, or of its logarithm?",
                                       ratio=self.titles[where[needed[0]]], se=self.titles[where["se"]])  # fmt: skip
                        self.wrong(line, where["se"], message, lazy(
                            "call the column `se_log` if it is that of the logarithm, `se_ratio` if it is that of the "
                            "ratio itself; an interval beside it says more"))  # fmt: skip
                    return needed, wanted
        if self.measure is not None:
            wanted = "mean_difference" if self.measure == "standardised_mean_difference" else self.measure
            needed = next(names for names, gives in _KINDS if gives == wanted)
            missing = [name for name in needed if name not in where]
            self.wrong(line, None, lazy("the measure {measure} needs the columns {needed}; missing: {missing}",
                                        measure=self.measure, needed=", ".join(needed),
                                        missing=", ".join(missing)))  # fmt: skip
            return needed, self.measure
        best = max(_KINDS, key=lambda kind: sum(name in where for name in kind[0]) / len(kind[0]))
        missing = [name for name in best[0] if name not in where]
        unknown = [title for i, title in enumerate(self.titles) if i not in where.values()]
        close = next((did_you_mean(title, missing) for title in unknown if nearest(title.lower(), missing)), "")
        named = next((title for title in unknown if nearest(title.lower(), missing)), None)
        remark = lazy("; `{named}` is unknown{close}", named=named, close=close) if named else ""
        hint = lazy("columns: estimate,se or odds_ratio,low,high or r,n or events1,n1,events2,n2 or "
                    "mean1,sd1,n1,mean2,sd2,n2")  # fmt: skip
        self.wrong(line, None, lazy("no estimate can be made of these columns, missing: {missing}{unknown}",
                                    missing=", ".join(missing), unknown=remark), hint)  # fmt: skip
        return best

    def _number(self, line: int, column: int, cell: str, whole: bool, share: bool = False) -> float | None:
        if not cell:
            self.wrong(line, column, lazy("expected a number, the cell is empty"))
            return None
        try:
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
