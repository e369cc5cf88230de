# SPDX-License-Identifier: MIT
"""What a panel must not hold: weights of scores, losses that depend on answers, one unit as two."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from txsim.errors import InputError, Problem
from txsim.language import Figure, Message, lazy
from txsim.panel.reader.cells import Cells, place
from txsim.panel.reader.link_spec import AUTO, LinkSpec
from txsim.panel.reader.names import nearly_alike, some_names, spelling, yaml_word
from txsim.panel.reader.number_columns import number_column
from txsim.panel.reader.numerals import tidy_name
from txsim.panel.reader.panel import Panel
from txsim.panel.reader.relatedness import SURELY, related
from txsim.panel.reader.series import Series
from txsim.types import Array
from txsim.units import SCALES

Rows = NDArray[np.int64]
#: Probability below which units differ less than so many answers can.
_STILL = 1e-4
#: Chance below which all units hardly move by one number.
_CARRIED = 1e-5
#: Share of the periods of one name in which another that is spelled alike may stand beside it, and be the same unit.
_SHARED = 0.1
#: Pairs of units that never stand in one period, up to which it says something.
_APART = 2_000
#: Chance below which a score is hardly 0 for some periods on end, and for more than so many.
_NOUGHTS, _LONG = (1e-3, 1e-2), 4
#: The same, below which it is told.
_ODD_NOUGHTS = 0.05
#: Chance of a score of 0 where as many praise as blame, times the root of how many answered.
_OF_FEW = 0.48
#: Pairs of scores that are not all equal by chance.
_CHANCE = 6


def weight_of_answers(cells: Cells, answers: bool) -> Array:
    """Return the numbers of a column of weights; where rows are scores of many they are refused by name."""
    if not answers:
        name = cells.name("weight")
        message = lazy("column `{name}` weighs answers, but rows are scores of many", name=name)
        hint = lazy("leave it out by `ignore: [{name}]` in the spec, or give one row per answer", name=yaml_word(name))
        raise InputError(Problem(message, file=cells.table.name, hint=hint))
    return number_column(cells, "weight").values


def weights(cells: Cells, answers: bool) -> Array | None:
    """Return the weight of each answer; ``None`` where none are given."""
    if "weight" not in cells.column:
        return None
    name = cells.name("weight")
    weight = weight_of_answers(cells, answers)
    bad = ~np.isfinite(weight) | (weight < 0)
    place(cells, np.flatnonzero(bad & ~cells.refused), "weight", lazy("no weight, or one below zero"), refuse=True)
    cells.report.notes.append(
        lazy("answers were weighted by `{name}`; cells count with their effective number of answers", name=name)
    )
    return np.where(bad, 0.0, weight)


def check_lost(cells: Cells, unit: Rows, series: list[Series]) -> None:
    """Judge whether what was lost of each series depends on the answers; the file is refused where it surely does."""
    for o, one in enumerate(series):
        if not one.lost.any():
            continue
        other = series[1 - o].index
        seen = np.isfinite(one.index)
        size = int(unit.max()) + 1
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.bincount(unit[seen], one.index[seen], size) / np.bincount(unit[seen], minlength=size)
        p = related(one.lost, (one.hints, other, mean[unit]))
        series[o] = replace(one, reading=replace(one.reading, related=p))
        name = ("EX", "CX")[o]
        if p is not None and p < SURELY:
            held = cells.table.cells[cells.column[name.lower()]] if name.lower() in cells.column else None
            rows = np.flatnonzero(one.lost)
            kinds = Counter("" if held is None else str(held[k]).strip().removesuffix(".0")[:30] for k in rows)
            file, line = cells.table.place(int(rows[0]), cells.column.get(name.lower()))
            message = lazy(
                "what cannot be read of {name} ({rows} rows, {shown}) differs in answers from what can ({p}): "
                "leaving it out would bend the result",
                name=name,
                rows=int(one.lost.sum()),
                shown=", ".join(f"`{text}`" for text, _ in kinds.most_common(3)),
                p=Figure(p, "p"),
            )
            raise InputError(Problem(message, file=file, line=line, path=cells.name(name.lower()), hint=_meant(kinds)))


def _meant(kinds: Counter[str]) -> Message:
    """Return what to say in the spec of cells that cannot be used."""
    if len(kinds) > 3:
        return lazy("say what these cells mean by `words:` or `missing:` in the spec")
    numbers = [text for text in kinds if re.fullmatch(r"-?\d+([.,]\d+)?", text)]
    if len(numbers) == len(kinds):
        codes = ", ".join(text.replace(",", ".") for text in numbers)
        return lazy("if that is no answer say `missing: [{codes}]` in the spec; else correct it", codes=codes)
    word = next(text for text in kinds if text not in numbers)
    return lazy("say `words: {{{word}: missing}}` in the spec if that is no answer, or the number it means", word=word)


def refuse_same(panel: Panel, cells: Cells) -> None:
    """Refuse a panel whose EX and CX are the same numbers, of which no link can be told."""
    both = panel.y[np.isfinite(panel.y).all(axis=2)]
    if len(both) < _CHANCE or np.ptp(both) == 0 or not np.array_equal(both[:, 0], both[:, 1]):
        return
    message = lazy("EX and CX are the same numbers wherever both are there ({count:,} times)", count=len(both))
    hint = lazy("is one a copy of the other? Say under `columns` in a spec which column is which")
    raise InputError(Problem(message, file=cells.table.name, hint=hint))


def ask_carried_on(panel: Panel, cells: Cells, answers: Sequence[bool], roles: Sequence[str] = ("ex", "cx")) -> None:
    """Ask about periods in which all units change by the same number, or none does: not measured but written on.

    How likely a unit is to move as most others of its period do is taken from all other periods; that all of many do
    is then next to impossible.

    ``panel``, ``cells``: the panel, and the table that it is of; ``answers``, ``roles``: of each series whether its
    rows are single answers, and the role of its column. Raises InputError unless the spec says `values: scores`.
    """
    for o, name in enumerate(roles):
        moved = np.round(np.diff(panel.y[..., o], axis=1), 6)
        told = [moved[np.isfinite(moved[:, t]), t] for t in range(moved.shape[1])]
        alike = [int(np.unique(one, return_counts=True)[1].max(initial=0)) for one in told]
        lone = [t for t, one in enumerate(told) if one.size > 1 and alike[t] == one.size
                and np.ptp(panel.y[np.isfinite(moved[:, t]), t, o]) > 0]  # fmt: skip
        others = [t for t in range(len(told)) if t not in lone]
        share = (1 + sum(alike[t] for t in others)) / (2 + sum(told[t].size for t in others))
        chance = len(told) * share ** sum(told[t].size - 1 for t in lone)
        if not lone or not others or chance > _CARRIED or answers[o] or cells.spec.values_of(name) != AUTO:
            continue
        message = lazy(
            "all {count} units have the same change of {name} from {first} to {second}{more}: forecasts, or values "
            "carried on, and not measured?",
            count=told[lone[0]].size, name=name.upper(), first=panel.label(lone[0]), second=panel.label(lone[0] + 1),
            more=lazy(", and in {number} more periods", number=len(lone) - 1) if len(lone) > 1 else "",
        )  # fmt: skip
        hint = lazy(
            "leave such rows out of the file, or by `only` in the spec; say `values: {scores}` if they were measured",
            scores=f"{{{name}: scores}}" if name in ("ex", "cx") else "scores",
        )  # fmt: skip
        raise InputError(Problem(message, file=cells.table.name, path=cells.name(name), hint=hint))


def ask_renamed(panel: Panel, cells: Cells) -> None:
    """Ask whether a unit that ends where another begins was renamed.

    Raises InputError if several units end where as many begin and none ends or begins at another time, if names of
    several go on in others, or if most units end, as long as one stands that the spec does not name under `merge`;
    `merge: {}` says that none is the same.
    """
    report = cells.report
    seen = np.isfinite(panel.y).any(axis=2)
    ask_parted(cells, panel.units, seen)
    first, last = seen.argmax(axis=1), seen.shape[1] - 1 - seen[:, ::-1].argmax(axis=1)
    different = _all_different(cells.spec)
    settled = _settled(cells.spec)
    open_ = np.array([name.lower() not in settled for name in panel.units])
    ending = [int(i) for i in np.flatnonzero((last < seen.shape[1] - 1) & open_)]
    beginning = [int(i) for i in np.flatnonzero((first > 0) & open_)]
    for end in sorted({int(last[i]) for i in ending}):
        gone = [panel.units[i] for i in ending if last[i] == end]
        come = [panel.units[j] for j in beginning if first[j] == end + 1]
        alike = [(a, b) for a in gone for b in come if a.casefold() in b.casefold() or b.casefold() in a.casefold()]
        most = 2 * len(gone) > len(panel.units) - len(come)
        at_once = len(ending) == len(gone) == len(come) == len(beginning)
        if not different and min(len(gone), len(come)) > 1 and (most or at_once or len(alike) > 1):
            message = lazy(
                "{number} units end in {label} ({old}) and others begin in {label2} ({new}): the same ones under new "
                "names?",
                number=len(gone),
                label=panel.label(end), old=some_names(gone, 3), label2=panel.label(end + 1), new=some_names(come, 3),
            )  # fmt: skip
            hint = lazy(
                "write one name for each, or say which are the same by `merge: {{{one}: [{other}]}}` and so on in the "
                "spec; if they are different units, `merge: {{}}`",
                one=yaml_word(alike[0][1] if alike else come[0]), other=yaml_word(alike[0][0] if alike else gone[0]),
            )  # fmt: skip
            raise InputError(Problem(message, file=cells.table.name, path=cells.name("unit"), hint=hint))
    for i in ending:
        after = [j for j in beginning if first[j] == last[i] + 1]
        before = [k for k in ending if last[k] == last[i]]
        if len(after) == 1 and len(before) == 1:
            old, new = panel.units[i], panel.units[after[0]]
            report.warnings.append(
                lazy(
                    "`{old}` ends in {label} and `{new}` begins in {label2}: one unit under two names? Then say "
                    "`merge: {{{new}: [{old}]}}` in the spec; they are read as two",
                    old=yaml_word(old),
                    label=panel.label(int(last[i])),
                    new=yaml_word(new),
                    label2=panel.label(int(first[after[0]])),
                )
            )


def ask_noughts(panel: Panel, cells: Cells, roles: Sequence[str] = ("ex", "cx")) -> None:
    """Ask about a unit whose net promoter score is exactly 0 for periods on end: not measured, it may be.

    How likely a 0 is follows from other units, from how few people answered, and from the unit's own other periods;
    both scores at once count twice. Raises InputError unless the spec says what is no answer (`missing`, [] for none)
    or `values: scores`.
    """
    known = [o for o, name in enumerate(roles) if name in cells.column and panel.scales[o] in ("nps", "enps")
             and cells.spec.values_of(name) == AUTO]  # fmt: skip
    if cells.spec.missing is not None or not known:
        return
    nought = np.isclose(panel.y, 50.0)
    seen = np.isfinite(panel.y)
    zeros, values = nought.sum(axis=(0, 1)), seen.sum(axis=(0, 1))
    for which in [known, *([o] for o in known if len(known) > 1)]:
        flags = nought[..., which].all(axis=2)
        for i in np.flatnonzero((flags[:, 1:] & flags[:, :-1]).any(axis=1)):
            runs = _runs(flags[i])
            begin, end = max(runs, key=lambda run: run[1] - run[0])
            inside = np.zeros(panel.y.shape[1], dtype=bool)
            inside[begin:end] = True
            log_chance = np.log(seen[..., which].any(axis=2).sum())
            for o in which:
                share = (zeros[o] - nought[i, :, o].sum() + 1) / (values[o] - seen[i, :, o].sum() + 2)
                own = nought[i, ~inside, o].sum() / max(seen[i, ~inside, o].sum(), 1)
                few = np.nan_to_num(_OF_FEW / np.sqrt(panel.n[i, inside, o]))
                log_chance += np.log(np.maximum(few, max(2 * share, own))).sum()
            if log_chance > np.log(_ODD_NOUGHTS):
                continue
            message = lazy(
                "{name} of `{unit}`: exactly 0 in {count} periods on end, from {first} to {last}. No answer, or a "
                "value?",
                name=lazy("EX and CX") if len(which) > 1 else roles[which[0]].upper(),
                unit=panel.units[i], count=end - begin,
                first=panel.label(begin), last=panel.label(end - 1),
            )  # fmt: skip
            hint = lazy("say `missing: [0]` in the spec if they are no answers, `missing: []` if they are values")
            if log_chance > np.log(_NOUGHTS[end - begin > _LONG]):
                cells.report.warnings.append(lazy("{said} Read as values; {hint}", said=message, hint=hint))
                continue
            raise InputError(Problem(message, file=cells.table.name, path=cells.name(roles[which[0]]), hint=hint))


def _runs(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return begin and end of each run of trues."""
    edges = np.flatnonzero(np.diff(np.r_[False, flags, False]))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _all_different(spec: LinkSpec) -> bool:
    """Whether a spec says that no unit stands under two names."""
    return "merge" in spec.model_fields_set and not spec.merge


def _settled(spec: LinkSpec) -> set[str]:
    """Return the names under `merge`, folded."""
    return {tidy_name(name).lower() for new, olds in spec.merge.items() for name in (new, *olds)}


def ask_parted(cells: Cells, units: Sequence[str], seen: NDArray[np.bool_]) -> None:
    """Ask about names that are written nearly alike and hardly ever stand in the same period: one unit as two.

    ``cells``: the table; ``units``: names; ``seen``: ``(unit, period)`` whether something was measured. Raises
    InputError unless the spec names one of each two under `merge`, or says by `merge: {}` that all are units of their
    own.
    """
    settled = _settled(cells.spec)
    places = [i for i, name in enumerate(units) if name.lower() not in settled and seen[i].any()]
    if _all_different(cells.spec) or seen.shape[1] < 2:
        return
    there = seen[places].astype(np.float32)
    often = there.sum(axis=1)
    spelled: dict[str, list[int]] = {}
    for i, at in enumerate(places):
        spelled.setdefault(spelling(units[at]), []).append(i)
    found = [pair for alike in spelled.values() for pair in combinations(alike, 2)
             if there[pair[0]] @ there[pair[1]] <= _SHARED * min(often[list(pair)])]  # fmt: skip
    holes = bool((there.min(axis=0, initial=1) == 0).all())  # where all stand in one period no two are apart
    apart = np.argwhere(np.triu(there @ there.T == 0, 1)) if holes else np.zeros((0, 2), dtype=np.int64)
    if len(apart) <= _APART:  # of more it says nothing that two never stand together
        found += [(i, j) for i, j in map(tuple, apart) if nearly_alike(units[places[i]], units[places[j]])]
    pairs: dict[str, list[str]] = {}
    for pair in dict.fromkeys(found):
        new, old = sorted(pair, key=lambda i: -float(often[i]))
        pairs.setdefault(units[places[new]], []).append(units[places[old]])
    if not pairs:
        return
    listing = some_names((f"{one} / {other}" for one, others in pairs.items() for other in others), 4)
    message = lazy(
        "names that are nearly alike hardly ever stand in one period ({names}): one unit each?", names=listing
    )
    same_ones, other_ones = (
        ", ".join(f"{yaml_word(new)}: [{', '.join(map(yaml_word, olds))}]" for new, olds in merge.items())
        for merge in (cells.spec.merge | pairs, cells.spec.merge | dict.fromkeys(pairs, ()))
    )
    hint = lazy(
        "if so, say `merge: {{{same}}}` in the spec; if they are different units, `merge: {{{different}}}`",
        same=same_ones, different=other_ones,
    )  # fmt: skip
    raise InputError(Problem(message, file=cells.table.name, path=cells.name("unit"), hint=hint))


def ask_spread(cells: Cells, unit: Rows, when: Array, by_role: Mapping[str, Series]) -> None:
    """Ask what numbers are that differ less between units than an NPS of so many answers must by chance alone.

    Answers that are worth -100, 0 or 100 and have the mean m vary by at least |m| (100 - |m|), as if nobody were on the
    other side. Over the units of a period the squared distances from their mean are at least that over the numbers of
    answers, times a chi-squared; periods are averaged as if each said the same, since the same people may answer.
    Raises InputError if so small a spread had a probability below one in ten thousand, unless the spec says `values:
    scores`.
    """
    from scipy.special import chdtr

    for role, one in by_role.items():
        scale = SCALES.get(one.scale)
        there = np.isfinite(one.index) & (one.count >= 1) & np.isfinite(when) & ~cells.refused
        units = np.unique(unit[there]).size
        scores = role in cells.column and not one.answers and cells.spec.values_of(role) == AUTO  # no shares
        if not scores or scale is None or scale.measure != "nps" or units < 2:
            continue
        point, period = 2.0 * one.index[there] - 100.0, np.unique(when[there], return_inverse=True)[1]
        beside = np.bincount(period)
        mean = np.bincount(period, point) / beside
        least = np.abs(point) * (100.0 - np.abs(point)) / one.count[there]
        expected = float((least * (1.0 - 1.0 / beside[period])).sum())
        if expected <= 0.0:  # all say the same, which does not vary
            continue
        share = float(((point - mean[period]) ** 2).sum()) / expected
        if chdtr(units - 1, share * (units - 1)) < _STILL:
            message = lazy(
                "{name} ({min:g} … {max:g}) differs less between units than an NPS of {n:g} answers does by chance "
                "alone: {share} of the least variance that is possible. What is it?",
                name=cells.name(role), min=point.min(), max=point.max(), n=float(np.median(one.count[there])),
                share=Figure(share, "percent"),
            )  # fmt: skip
            hint = lazy(
                "if it is no NPS say its scale or unit (`scale:` in the spec, or --scale); if its numbers are of many "
                "periods or of all units, leave the column of answers out; if it is an NPS of these answers, "
                "`values: scores`"
            )
            raise InputError(Problem(message, file=cells.table.name, path=cells.name(role), hint=hint))
