# SPDX-License-Identifier: MIT
"""One series of a panel, EX or CX: answers, shares or scores on any scale, as index points with their noise."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from txsim.errors import InputError, Problem
from txsim.language import lazy
from txsim.panel.reader.cells import FEW, Cells, place
from txsim.panel.reader.data_report import SeriesReading
from txsim.panel.reader.link_spec import AUTO, RAW
from txsim.panel.reader.missing_codes import CODES
from txsim.panel.reader.names import yaml_word
from txsim.panel.reader.number_columns import NumberColumn, number_column, stated_numbers
from txsim.panel.reader.panel import FEWEST
from txsim.panel.reader.scale_questions import CELLS, ask_counts, impossible
from txsim.panel.reader.scales import Scored, scored
from txsim.types import Array
from txsim.units import SCALES

#: Typical variance of one answer, squared index points, where only a mean and a count are known (judgement): a score's
#: answers have an sd of about 22 points; of NPS answers about 30 % are passive.
_ANSWER_SD = 22.0
_PASSIVE = 0.3
#: Rows of answers that make about 100 from which these are percent, and what rounding or cutting off leaves of it.
_SHARES, _ROUNDED = 8, 0.03
#: Index points between a score and that of its parts that whole percent of both, or one digit of a mean, explain.
_APART = 2.0


@dataclass(frozen=True)
class Series:
    """A series row by row."""

    index: Array  #: Index points, or the file's own unit where the scale is raw.
    count: Array  #: Respondents, NaN where not told.
    #: Variance of the row's answers, or the expected one where only a mean is known; squared units of ``index``.
    variance: Array
    scale: str  #: Name of the scale.
    answers: bool  #: Whether each row is one respondent's answer.
    lost: NDArray[np.bool_]  #: ``(row,)`` whether something stood there that could not be used.
    hints: Array  #: A number within what was lost.
    #: What to tell of it; what was lost is judged when both series are known (:func:`read_series`).
    reading: SeriesReading = field(default_factory=lambda: SeriesReading("", RAW, "scores"))
    #: Whether the variance is a typical one, not that of the row's own answers or of what their mean leaves open.
    judged: bool = False


def absent_series(rows: int) -> Series:
    """Return a series that the file does not hold."""
    nothing = np.full(rows, np.nan)
    return Series(nothing, nothing, nothing, RAW, False, np.zeros(rows, dtype=bool), nothing)


def read_series(cells: Cells, series: str, rows_per_cell: float, month: Array | None = None) -> Series:
    """Return one series of a panel.

    ``cells``: the table; ``series``: ``ex`` or ``cx``; ``rows_per_cell``: rows of one unit and period, on average;
    ``month``: ``(row,)`` period of each row, where known. Raises InputError as
    :func:`txsim.panel.reader.scales.scored`.
    """
    count = np.full(len(cells.table), np.nan)
    if f"n_{series}" in cells.column:
        count = _counts(cells, f"n_{series}")
    if f"{series}_promoters" in cells.column:
        return _as_scored(cells, series, _shares(cells, series, count))
    answers = sorted(int(name.split("_")[1]) for name in cells.column if re.fullmatch(rf"{series}_\d+", name))
    if answers:
        return _as_scored(cells, series, *_answer_counts(cells, series, answers, count))
    column = number_column(cells, series)
    nobody = without_nobody(cells, series, column, count)
    counted = bool(np.isfinite(count).any())
    few = np.isfinite(count) & (count < FEWEST)
    scores = scored(
        cells,
        series,
        column,
        cells.spec.scale_of(series),
        rows_per_cell,
        count=count if counted else None,
        hidden=few,
        month=month,
    )
    nps = scores.scale in SCALES and SCALES[scores.scale].measure == "nps" and scores.kind == "scores"
    if nps and counted and cells.spec.missing is None:
        scores = _without_impossible(cells, series, column, scores, count)
    lost = column.lost | scores.lost
    hints = np.where(scores.lost, column.values, column.hints)
    single = scores.kind == "answers" and not counted
    missing = {**nobody, **scores.missing, **column.silent}
    reading = SeriesReading(
        cells.name(series), scores.scale, scores.kind, missing=missing, changed=scores.changed, lost=int(lost.sum())
    )
    if scores.scale == RAW:
        unknown = np.full(len(scores.values), np.nan)
        return Series(scores.values, count, unknown, RAW, single, lost, _comparable(column, hints), reading)
    scale = SCALES[scores.scale]
    index = scale.level_to_index(scores.values)
    variance = answer_variance(index, scale.measure)
    judged = scale.measure not in ("favourable", "nps")
    return Series(index, count, variance, scores.scale, single, lost, _comparable(column, hints), reading, judged)


def _as_scored(cells: Cells, series: str, one: Series, best: Array | None = None) -> Series:
    """Return a series that is made of parts, unless a column of its scores says something else.

    ``cells``, ``series``, ``one``: the table, ``ex`` or ``cx``, and the series that its parts make; ``best``:
    ``(row,)`` percent who gave one of the two best answers, which may be the column of scores beside answers. Raises
    InputError if more than a few scores differ from those of the parts.
    """
    if series not in cells.column:
        return one
    stated = stated_numbers(cells.table.cells[cells.column[series]])
    scale = SCALES[one.scale]
    points = scale.index_to_level(one.index)
    both = np.isfinite(stated) & np.isfinite(points)
    apart = [scale.level_to_index(stated) - one.index, stated - one.index]
    if scale.measure == "nps":
        apart.append(scale.level_to_index(100 * stated) - one.index)
    elif best is not None:
        apart.append(stated - best)
    odd = min((both & (np.abs(off) > _APART) for off in apart), key=np.count_nonzero)
    if odd.sum() > max(1, FEW * both.sum()):
        k, name = int(np.flatnonzero(odd)[0]), cells.name(series)
        message = lazy("`{name}` is {stated:g}, but `{part}` and its like make {points:.3g}: two surveys, or is one "
                       "wrong?", name=name, stated=stated[k], part=one.reading.column, points=points[k])  # fmt: skip
        hint = lazy("say `ignore: [{name}]` in the spec to read the parts, or name their columns there to read the "
                    "score", name=yaml_word(name))  # fmt: skip
        file, line = cells.table.place(k)
        raise InputError(Problem(message, file=file, line=line, path=name, hint=hint))
    return one


def without_nobody(cells: Cells, series: str, column: NumberColumn, count: Array) -> dict[str, int]:
    """Leave out, in place, what nobody answered: a nought is none; a score contradicts it, and is told or asked.

    So are noughts beside empty cells of a column that counts all other scores; returns how many of these there are.
    """
    bears = np.isfinite(column.values) & (column.values != 0)
    nobody = np.flatnonzero(bears & (count == 0))
    if len(nobody) > max(1, FEW * bears.sum()):
        message = lazy("`{n}` is 0 in {count:,} rows that bear a score of {series}", n=cells.name(f"n_{series}"),
                       count=len(nobody), series=series.upper())  # fmt: skip
        hint = lazy("give how many answered, or say `ignore: [{name}]` in the spec",
                    name=yaml_word(cells.name(f"n_{series}")))  # fmt: skip
        file, line = cells.table.place(int(nobody[0]), cells.column[f"n_{series}"])
        raise InputError(Problem(message, file=file, line=line, path=cells.name(f"n_{series}"), hint=hint))
    place(cells, nobody, series, lazy("a score of 0 answers"), refuse=True)
    column.lost[nobody] = True
    column.values[count == 0] = np.nan
    uncounted = np.isfinite(column.values) & np.isnan(count)
    noughts = uncounted & (column.values == 0)
    if not noughts.any() or (uncounted & ~noughts).any() or 2 * uncounted.sum() > len(count):
        return {}
    place(cells, np.flatnonzero(noughts), series, lazy("a score of 0 without a number of answers taken as missing"))
    column.values[noughts] = np.nan
    return {"0": int(noughts.sum())}


def _without_impossible(cells: Cells, series: str, column: NumberColumn, scores: Scored, count: Array) -> Scored:
    """Return NPS without codes for no answer that so many people cannot have; other such numbers are told and stay.

    Of n answers an NPS is a whole number of n-ths. Where nineteen of twenty cells are, as far as they are written, one
    that is not is none: −99 of 21 answers. Of so many answers that any number will do nothing is said. Where more are
    not, as with weights, it is a warning; where all could be counts of people, they are asked about.
    """
    values = scores.values
    odd, telling = impossible(values, count)
    if not odd.any() or telling.sum() < CELLS:
        return scores
    if odd.sum() > max(1, FEW * telling.sum()):
        _many_impossible(cells, series, values, count, int(odd.sum()), int(telling.sum()))
        return scores
    code = odd & np.isin(column.values, list(CODES))
    place(cells, np.flatnonzero(code), series, lazy("a code for a missing value, no score of so many answers"))
    left = np.flatnonzero(odd & ~code)
    place(cells, left, series, lazy("no score that so many answers can have; it counts"), shown=lambda k: "")
    codes, times = np.unique(column.values[code], return_counts=True)
    missing = {**scores.missing, **{f"{x:g}": int(t) for x, t in zip(codes, times, strict=True)}}
    return replace(scores, values=np.where(code, np.nan, values), missing=missing)


def _many_impossible(cells: Cells, series: str, values: Array, count: Array, odd: int, of: int) -> None:
    """Say that many scores are none of so many answers; refuse what could be counts of the people themselves."""
    told = {"series": cells.name(series), "n": cells.name(f"n_{series}"), "odd": odd, "of": of}
    both = np.isfinite(values) & np.isfinite(count)
    counts = (values[both] >= 0) & (values[both] <= count[both]) & (values[both] % 1 == 0)
    if counts.all() and 2 * odd > of and cells.spec.values_of(series) == AUTO:
        message = lazy("{series} may be counts of people: all are whole numbers, none is more than `{n}` says, and "
                       "{odd} of {of} are no NPS of so many", **told)  # fmt: skip
        hint = lazy("counts of promoters need those of detractors: name both under `columns`; if they are scores, say "
                    "`values: scores` in the spec")  # fmt: skip
        raise InputError(Problem(message, file=cells.table.name, path=cells.name(series), hint=hint))
    cells.report.warnings.append(
        lazy("{series}: {odd} of {of} scores are none that so many answers as `{n}` says can have: are they weighted, "
             "or means of several questions? If not, look for lost decimal points, and whom `{n}` counts", **told)
    )  # fmt: skip


def _comparable(column: NumberColumn, hints: Array) -> Array:
    """Return hints at what was lost beside the numbers as they stood in the file."""
    return np.where(np.isfinite(hints), hints, np.where(column.lost, np.nan, column.values))


def kept_reading(one: Series, kept: NDArray[np.bool_] | NDArray[np.int64]) -> SeriesReading:
    """Return what is told of a series' numbers, of the rows that are kept."""
    index = one.index[kept]
    index = index[np.isfinite(index)]
    if not index.size:
        return one.reading
    scale = SCALES.get(one.scale)
    values = index if scale is None else scale.index_to_level(index)
    low, high, mean = float(values.min()), float(values.max()), float(values.mean())
    return replace(one.reading, count=int(values.size), low=low, high=high, mean=mean)


def _counts(cells: Cells, role: str) -> Array:
    """Return numbers of respondents; zero stays zero, what cannot be is refused."""
    column = number_column(cells, role, comma="thousands", count=True)
    own = yaml_word(cells.name(role))
    no_people = lazy("give how many answered, or say `ignore: [{name}]` in the spec", name=own)
    if column.percent > 0:
        message = lazy("`{name}` is written in percent: a rate of response is no number of people",
                       name=cells.name(role))  # fmt: skip
        raise InputError(Problem(message, file=cells.table.name, path=role, hint=no_people))
    count = column.values
    people = count[np.isfinite(count) & (count > 0)]
    if people.size and 2 * (people < 1).sum() > people.size:
        message = lazy("`{name}` is {least:g} … {most:g}: a rate of response is no number of people",
                       name=cells.name(role), least=people.min(), most=people.max())  # fmt: skip
        raise InputError(Problem(message, file=cells.table.name, path=role, hint=no_people))
    below = np.isfinite(count) & (count < 0)
    above = np.isfinite(count) & (count > 1e7)
    codes = below & np.isin(count, (-1, -9, -98, -99, -999))
    place(cells, np.flatnonzero(codes), role, lazy("code for a missing value taken as missing"))
    place(cells, np.flatnonzero(below & ~codes), role, lazy("respondents below zero"), refuse=True)
    place(cells, np.flatnonzero(above), role, lazy("more respondents than can be"), refuse=True)
    return np.where(below | above, np.nan, count)


def _shares(cells: Cells, series: str, count: Array) -> Series:
    """Read shares or counts of promoters, passives and detractors."""
    role = f"{series}_promoters"
    parts = {part: number_column(cells, f"{series}_{part}") for part in ("promoters", "detractors")}
    up, down = (part.values for part in parts.values())
    how = [lazy("promoters minus detractors")]
    if np.nanmin(np.append(down, 0.0)) < 0 and np.nanmax(np.append(down, 0.0)) <= 0:  # the sign of what is taken off
        down, how = -down, [*how, lazy("detractors below zero are their shares")]
    if f"{series}_passives" in cells.column:
        passive = number_column(cells, f"{series}_passives").values
        total = up + down + passive
        whole = float(np.nanmedian(total)) if np.isfinite(total).any() else 0.0
        if not (abs(whole - 1) < 0.03 or abs(whole - 100) < 3):  # counts, not shares
            count = total
            up, down, whole = up / np.maximum(total, 1), down / np.maximum(total, 1), 1.0
    else:
        total = up + down
        most = float(np.nanmax(np.append(total, 0.0)))
        if most > 103:
            message = lazy("`{series}_promoters` and `{series}_detractors` together reach {most:g}: no shares, and "
                           "counts need `{series}_passives`", series=series, most=most)  # fmt: skip
            raise InputError(Problem(message, file=cells.table.name))
        whole = 1.0 if most <= 1.0 and parts["promoters"].percent == 0 else 100.0
        ask_counts(cells, series, parts, total)
    up, down = up / (100 if whole > 2 else 1), down / (100 if whole > 2 else 1)
    bad = np.isfinite(up + down) & ((up < 0) | (down < 0) | (up + down > 1.03))
    if bad.sum() > max(2, 0.05 * np.isfinite(up + down).sum()):
        file, line = cells.table.place(int(np.flatnonzero(bad)[0]), cells.column.get(role))
        message = lazy("{rows} rows hold shares outside 0 … 100 %", rows=int(bad.sum()))
        hint = lazy("correct them, or give counts with `{series}_passives`", series=series)
        raise InputError(Problem(message, file=file, line=line, path=cells.name(role), hint=hint))
    place(cells, np.flatnonzero(bad), role, lazy("shares outside 0 … 100 %"), refuse=True)
    up = np.where(bad, np.nan, up)
    net = up - down
    variance = 2500.0 * np.maximum(up + down - net**2, 0.0)  # index points: an answer is worth 0, 50 or 100
    scale = "enps" if series == "ex" else "nps"
    lost = parts["promoters"].lost | parts["detractors"].lost | bad
    reading = SeriesReading(cells.name(role), scale, "scores", changed=tuple(how), lost=int(lost.sum()))
    return Series(50.0 * (net + 1.0), count, variance, scale, False, lost, np.full(len(net), np.nan), reading)


def _answer_counts(cells: Cells, series: str, answers: list[int], people: Array) -> tuple[Series, Array]:
    """Read how many people gave each answer, or which share of so many people; and percent of the two best answers.

    Most rows of shares make 100; one that does not, as where a cell is empty, has no score.
    """
    columns = [number_column(cells, f"{series}_{a}", comma="thousands", count=True) for a in answers]
    held = np.stack([column.values for column in columns], axis=1)
    table = np.nan_to_num(held)
    negative = (table < 0).any(axis=1)
    place(
        cells, np.flatnonzero(negative), f"{series}_{answers[0]}", lazy("a number of answers below zero"), refuse=True
    )
    table[negative] = 0.0
    scale = cells.spec.scale_of(series)
    if scale == AUTO:
        top = answers[-1]
        known = {10: "nps" if answers[0] == 0 else "likert10", 5: "likert5", 7: "likert7"}.get(top)
        if known is None:
            message = lazy("answers {first} … {top} of {series}: on which scale?", first=answers[0], top=top,
                           series=series.upper())  # fmt: skip
            raise InputError(Problem(message, file=cells.table.name, hint=lazy("say `scale:` in the spec")))
        scale = known
    if scale == RAW:
        message = lazy("{series} holds counts of answers {first} … {last}: they need a scale", series=series.upper(),
                       first=answers[0], last=answers[-1])  # fmt: skip
        hint = lazy("say `scale: nps`, `likert5` … in the spec")
        raise InputError(Problem(message, file=cells.table.name, hint=hint))
    count = table.sum(axis=1)
    worth = np.array(answers, dtype=float)
    definition = SCALES[scale]
    low, high = (0.0, 10.0) if definition.measure == "nps" else sorted((definition.worst, definition.best))
    if worth.min() < low or worth.max() > high:
        message = lazy("answers {first} … {last} of {series} do not fit the scale {scale}", first=answers[0],
                       last=answers[-1], series=series.upper(), scale=scale)  # fmt: skip
        raise InputError(Problem(message, file=cells.table.name, hint=lazy("say another `scale:` in the spec")))
    if definition.measure == "nps":
        points = np.where(worth >= 9, 100.0, np.where(worth <= 6, 0.0, 50.0))
    else:
        points = definition.level_to_index(worth)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = table / count[:, None]
        mean = share @ points
        variance = np.maximum(share @ points**2 - mean**2, 0.0)
    count = np.where(count > 0, count, np.nan)
    index = np.where(np.isfinite(count), mean, np.nan)
    how = (lazy("counts of answers {first} … {last}", first=answers[0], last=answers[-1]),)
    told = np.isfinite(count)
    signed = any(2 * column.percent > 1 for column in columns)
    parted = bool((table[told] % 1 != 0).any())  # answers of one person are whole
    of = 1.0 if parted and not signed and np.median(count[told]) < 2 else 100.0
    off = told & ~(np.abs(count - of) <= _ROUNDED * of)
    full = np.isfinite(held).all(axis=1)
    # an empty cell explains that a row makes less, unless most rows have one: then it is a nought
    sure = told & (full | (count > of)) if 2 * (told & full).sum() > told.sum() else told
    shares = bool(sure.any() and off[sure].sum() <= FEW * sure.sum())
    if signed and not shares:
        message = lazy("the answers {first} … {last} of {series} are in percent, but make no 100 in each row",
                       first=answers[0], last=answers[-1], series=series.upper())  # fmt: skip
        raise InputError(Problem(message, file=cells.table.name, hint=lazy("give all answers, or counts of "
                         "people, or take out the rows that do not")))  # fmt: skip
    lost = np.zeros(len(index), dtype=bool)
    if shares and (signed or of == 1.0 or sure.sum() >= _SHARES):
        lost = off
        index = np.where(off, np.nan, index)
        place(cells, np.flatnonzero(off), f"{series}_{answers[0]}", lazy("shares of answers that do not make 100"),
              refuse=True, shown=lambda k: f"{count[k]:g}")  # fmt: skip
        how = (lazy("shares of answers {first} … {last} in percent", first=answers[0], last=answers[-1]),)
        if of == 1.0:
            how = (lazy("shares of answers {first} … {last}, parts of 1", first=answers[0], last=answers[-1]),)
        if not np.isfinite(people).any():
            cells.report.warnings.append(
                lazy("the answers {first} … {last} of {series} make about {whole:g} in each row: read as shares of an "
                     "unknown number; name the column that counts them as `n_{role}`",
                     first=answers[0], last=answers[-1], series=series.upper(), role=series, whole=of)
            )  # fmt: skip
        count = people
    reading = SeriesReading(f"{series}_{answers[0]} …", scale, "scores", changed=how, lost=int(lost.sum()))
    made = Series(index, count, variance, scale, False, lost, np.full(len(index), np.nan), reading)
    return made, 100 * share[:, np.argsort(points)[-2:]].sum(axis=1)


def answer_variance(index: Array, measure: str) -> Array:
    """Return the expected variance of one answer, squared index points, where only the mean is known."""
    share = np.clip(index / 100.0, 0.01, 0.99)
    if measure == "favourable":
        variance: Array = 1e4 * share * (1 - share)
    elif measure == "nps":
        net = 2 * share - 1
        variance = 2500.0 * np.maximum((1 - _PASSIVE) - net**2, 0.15)
    else:
        variance = np.minimum(_ANSWER_SD**2, 1e4 * share * (1 - share))
    return variance
