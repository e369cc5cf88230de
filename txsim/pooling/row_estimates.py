# SPDX-License-Identifier: MIT
"""From the figures of one study's row to its estimate and standard error, by measure."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from txsim.evidence.consistency import half_digit
from txsim.evidence.effect_sizes import (
    correlation_z,
    log_odds_ratio,
    mean_difference,
    se_from_interval,
    se_from_ratio,
    standardised_mean_difference,
)
from txsim.evidence.study_figures import COUNTS, MEANS, TABLE
from txsim.language import Message, lazy
from txsim.pooling.classical import classical, may_give
from txsim.types import Array

#: What a row is called that sums up the others: of a forest plot, of its subgroups, of a spreadsheet.
_SUMMARY = re.compile(
    r"(?:(?:grand |sub-?|sous-)?totals?|overall|pooled|summary|combined|meta-?analysis|(?:weighted )?(?:average|mean)"
    r"|(?:random|fixed|common|mixed)[- ]effects?|[rfc]e(?= model)|total g[ée]n[ée]ral|ensemble|moyenne|effet global"
    r"|gesamt(?:effekt|ergebnis|schätzung|summe|wert)?|insgesamt|summe|mittelwert|durchschnitt|meta-?analyse"
    r"|(?:modell mit )?(?:zufälligen?|festen?) effekten?|итого|всего|в целом|(?:общий )?итог|среднее|мета-?анализ"
    r"|общ(?:ий эффект|ая оценка)|(?:сводн|объедин[её]нн)(?:ый|ая|ое)"
    r"|модель (?:со? )?(?:случайн|фиксирован)\w+ эффект\w+)"
    r"(?: (?:effects?|estimates?|results?|models?|size|mean|average|[oh]r|rr|s?md|r|i2|i²|for all studies|random|fixed"
    r"|schätzung|эффект|оценка|результат))*(?:\s*[(\[:,;=–—-].*)?"
    r"|(?:sub-?total|sous-total|zwischen(?:summe|ergebnis)|teil(?:summe|ergebnis)|итого|подытог|промежуточный итог)"
    r"\b.*|\D+[ :–—-](?:sub-?total|total|zwischensumme|gesamt|итого)"
    r"|heterogeneity\b.*|tests? (?:for|of) .*|prediction(?: interval.*)?"
)
#: What a column ``kind`` says of a row that is a study, whatever its name and figures.
A_STUDY = ("study", "studie", "étude", "исследование")
OF_ITS_OWN = lazy("if so, take the row out; if it is a study of its own, write `study` in a column `kind`")
#: How near a row lies to what all others give together: in standard errors, and as a share of theirs.
_SAME_MEAN, _SAME_ERROR = 0.06, 0.03
#: How many times nearer where it stands amidst the others.
_AMIDST = 0.3
#: How far a sum of a part may lie from it, rounding aside: in standard errors, and as a share of its own.
_NEAR_MEAN, _NEAR_ERROR = 0.2, 0.03
#: A standard error that print leaves open by so much of itself tells nothing: 0.01 is 0.005 … 0.015.
_COARSE = 0.3
#: How likely such sums may be by chance, and how many times less where they do not part the whole table.
_BY_CHANCE, _UNBOUND = 0.001, 10
#: Rows that a sum of a part is of at most, and rows of tables in which such sums are looked for.
_LONGEST_PART, _LONGEST_TABLE = 40, 150
#: Density at the middle of a standard normal, and how much logarithms of standard errors scatter at least.
_PEAK, _ERRORS_SCATTER = 0.4, 0.5


@dataclass(frozen=True, slots=True)
class RowFigures:
    """What a row says, as far as it can be compared with what others give together."""

    estimate: float
    se: float
    counts: Mapping[str, float]  #: People and events, by their key.
    rounding: tuple[float, float]  #: How far print may put off the estimate, and its standard error.


@dataclass(frozen=True, slots=True)
class Sum:
    """A row that is what others give together: ``row``, and the rows it is of; of all others where ``of`` is none."""

    row: int
    of: tuple[int, int] | None  #: The first and the last of them.
    number: int  #: How many they are.


def names_summary(name: str) -> bool:
    """Whether a row's name says that it sums up others: `Random effects model (I² = 34 %)`, `Итого`, `Subtotal`."""
    return _SUMMARY.fullmatch(" ".join(name.casefold().replace("_", " ").strip(" *:.").split())) is not None


class _Named(Protocol):
    @property
    def line(self) -> int: ...
    @property
    def name(self) -> str: ...


def nameless(
    rows: Sequence[_Named], cells: Mapping[int, Sequence[str]], beside: Iterable[int]
) -> Iterator[tuple[int, Message, Message]]:
    """Yield rows without a name in a group, or in none, where most have a name and a group: the line, and what to ask.

    ``cells``: of each row by its line; ``beside``: columns that hold neither names nor figures.
    """
    named = [row for row in rows if row.name]
    hint = lazy("if so, take the row out; if it is a study of its own, give it a name")
    for column in beside if 2 * len(named) > len(rows) else ():
        groups = [cells[row.line][column] for row in named]
        if len(set(groups)) == len(groups) or any(not group or re.search(r"\d", group) for group in groups):
            continue
        for row in rows:
            group = cells[row.line][column]
            if not row.name and group in groups:
                told = lazy("a row of `{group}` without a name: its sum, and no study?", group=group[:40])
                yield row.line, told, hint
            elif not row.name and not group:
                yield row.line, lazy("a row without a name or a group: a sum, and no study?"), hint
        return


def roundings(
    rows: Sequence[Mapping[str, float]], convert: Callable[[Mapping[str, float]], tuple[float, float]]
) -> list[tuple[float, float]]:
    """Return how far print may put off each row's estimate and standard error, half a last digit of each figure.

    ``rows``: figures by key, counts among them. ``convert``: estimate and standard error of a row's figures. Of a key
    the finest print of any row counts: a spreadsheet leaves out zeros at the end.
    """
    fixed = (*COUNTS, "level", "base", "per")
    keys = [key for key in (rows[0] if rows else ()) if key not in fixed
            and all(isinstance(row.get(key), int | float) for row in rows)]  # fmt: skip
    halves = {key: min(half_digit(row[key]) for row in rows) for key in keys}
    found = []
    for row in rows:
        plain, off = convert(row), np.zeros(2)
        for key, half in halves.items():
            try:
                off += np.subtract(convert({**row, key: row[key] + half}), plain) ** 2
            except ValueError:  # an end of what is possible
                continue
        found.append((float(math.sqrt(off[0])), float(math.sqrt(off[1]))))
    return found


def summing_up(rows: Sequence[RowFigures], studies: Collection[int] = ()) -> Iterator[Sum]:
    """Yield which rows are what others give together: pooled as is usual, or people and events added up.

    First what all others give, then what rows just above or just below a row give, then what all give that are left.
    ``studies``: rows that are said to be studies, whatever their figures.
    """
    there = list(range(len(rows)))
    parts = False
    while len(there) > 2:
        table = [rows[i] for i in there]
        said = {at for at, i in enumerate(there) if i in studies}
        found = [Sum(at, None, len(there) - 1) for at in _of_all_others(table) if at not in said]
        if not found and len(there) <= _LONGEST_TABLE:
            found = _Parts(table, said).sums()
        for each in found:
            of = each.of or ((0, len(there) - 1) if parts else None)
            yield Sum(there[each.row], of and (there[of[0]], there[of[1]]), each.number)
        if not found:
            return
        parts = True
        gone = {each.row for each in found}
        there = [i for at, i in enumerate(there) if at not in gone]


def told_sum(name: str, each: Sum, lines: tuple[int, int] | None) -> Message:
    """Return what to ask of a row that others give together; ``lines``: of the first and the last of them."""
    if lines is None:
        return lazy("`{name}` is what the other {number} rows give together: their sum, and no study?", name=name[:40],
                    number=each.number)  # fmt: skip
    return lazy("`{name}` is what {number} rows from row {first} to row {last} give together: their sum, and no study?",
                name=name[:40], number=each.number, first=lines[0], last=lines[1])  # fmt: skip


def _of_all_others(rows: Sequence[RowFigures]) -> Iterator[int]:
    """Yield rows that all others give together; a mean of random effects is compared by each usual spread."""
    y, s = np.array([row.estimate for row in rows]), np.array([row.se for row in rows])
    w = 1 / s**2
    weight, mean = w.sum() - w, ((w * y).sum() - w * y) / (w.sum() - w)
    q = np.maximum((w * y**2).sum() - w * y**2 - weight * mean**2, 0)
    spread = np.maximum(q - len(y) + 2, 0) / (weight - ((w**2).sum() - w**2) / weight)  # DerSimonian and Laird 1986
    keys = _counted(rows)
    totals = {key: sum(row.counts[key] for row in rows) for key in keys}
    for i in range(len(y)):
        if len(keys) + len(y) > 4 and keys and all(2 * rows[i].counts[key] == totals[key] > 0 for key in keys):
            yield i
        elif s[i] ** 2 * weight[i] > 0.9 and s[i] < 2 * math.sqrt(1 / weight[i] + spread[i] / (len(y) - 1)):
            part = 1.0 if i in (0, len(y) - 1) else _AMIDST
            if any(
                abs(y[i] - mu) < part * _SAME_MEAN * se and abs(s[i] / se - 1) < part * _SAME_ERROR
                for mu, se in _together(np.delete(y, i), np.delete(s, i))
            ):
                yield i


def _counted(rows: Sequence[RowFigures]) -> list[str]:
    return [key for key in COUNTS if all(key in row.counts for row in rows)]


def _together(y: Array, s: Array) -> set[tuple[float, float]]:
    """Return what studies give together by each usual method, mean and standard error."""
    w = s**-2.0
    mean = float(w @ y / w.sum())
    if w @ (y - mean) ** 2 < len(y) - 1:  # none of them finds a spread to speak of
        return {(mean, float(w.sum() ** -0.5))}
    rest = classical(y, s)
    ways = (rest.common, rest.dersimonian_laird, rest.paule_mandel, rest.reml, rest.ml)
    return {(float(f"{told.mu:.6g}"), float(f"{told.se:.6g}")) for told in ways}


class _Parts:
    """Looks for rows that are what the rows just above, or just below, give together.

    One row that is so may be by chance. How often that happens follows from how finely figures are printed and how
    much they scatter; of rows that part the whole table between them, it is the product.
    """

    def __init__(self, rows: Sequence[RowFigures], studies: Collection[int]) -> None:
        self.rows, self.studies = rows, studies
        self.y, self.s = np.array([row.estimate for row in rows]), np.array([row.se for row in rows])
        self.off = np.array([row.rounding for row in rows])
        keys = _counted(rows)
        self.counts = np.array([[row.counts[key] for key in keys] for row in rows]).reshape(len(rows), len(keys))
        self.steps = [(key, math.gcd(*map(int, column)), column, self._arm(key, keys))
                      for key, column in zip(keys, self.counts.T, strict=True)]  # fmt: skip

    def _arm(self, key: str, keys: Sequence[str]) -> Array | float:
        """Return by what a count is known once those before it are: both arms of a trial are about as large."""
        return self.counts[:, keys.index("n1")] if key == "n2" and "n1" in keys else 0.0

    def _counts_by_chance(self, i: int) -> float:
        """Return how likely a row's counts are a given sum by chance: people as they scatter, events among as many."""
        chance = 1.0
        for key, step, column, known in self.steps:
            wide = min(float(column.std()), float(np.std(column - known)))
            if key.startswith("events"):
                wide = min(wide, math.sqrt(float(column[i])))
            chance *= min(1.0, step / (2.5 * wide)) if wide > 0 else 1.0
        return chance

    def sums(self) -> list[Sum]:
        """Return the rows of the chain of parts that is least likely by chance; none if it may be."""
        k, best, found = len(self.rows), _BY_CHANCE, []
        parts = {below: list(self._parts(below)) for below in (False, True)}
        for below, (low, high) in itertools.product(parts, ((0, k), (0, k - 1), (1, k))):
            chances, chain = self._chain(parts[below], low, high)
            whole = bool(chain) and sum(each.number + 1 for each in chain) == high - low
            if whole and chances < 100 * best and high - low < k:  # beside a row that all studies give together
                sums = {each.row for each in chain}
                total = 0 if low else k - 1
                rest = [i for i in range(low, high) if i not in sums]
                chances *= self._chance(total, rest) if total not in self.studies else 1.0
                chain = [*chain, Sum(total, (rest[0], rest[-1]), len(rest))]
            elif high - low < k:
                continue
            if chances < best:
                best, found = chances, chain
        return found

    def _parts(self, below: bool) -> Iterator[tuple[int, int, Sum, float]]:
        """Yield where each part begins and ends with its sum, the sum, and how likely that is by chance."""
        k = len(self.rows)
        w = 1 / self.s**2
        cumulated = np.vstack([np.zeros(4), np.cumsum(np.c_[w, w * self.y, w * self.y**2, w**2], axis=0)])
        added = np.vstack([np.zeros(self.counts.shape[1]), np.cumsum(self.counts, axis=0)])
        for length in range(2, min(k - 1, _LONGEST_PART) + 1):
            first = np.arange(1, k - length + 1) if below else np.arange(k - length)
            row = first - 1 if below else first + length
            weight, one, two, square = (cumulated[first + length] - cumulated[first]).T
            mean = one / weight
            spread = np.maximum(two - one * mean - length + 1, 0) / (weight - square / weight)
            least, most = weight**-0.5, 2 * np.sqrt(1 / weight + spread / length)
            reach = 0.1 + 2 * self.off[row, 1] / self.s[row]
            close = (self.s[row] > least * (1 - reach)) & (self.s[row] < most * (1 + reach))
            close &= np.abs(self.y[row] - mean) < _NEAR_MEAN * least + 2 * np.sqrt(spread) + 3 * self.off[row, 0]
            if self.counts.size:
                close |= (added[first + length] - added[first] == self.counts[row]).all(1)
            for at in np.flatnonzero(close):
                start, i = int(first[at]), int(row[at])
                chance = self._chance(i, range(start, start + length)) if i not in self.studies else 1.0
                if chance < 0.2:
                    sums = Sum(i, (start, start + length - 1), length)
                    yield min(start, i), max(start + length, i + 1), sums, chance

    def _chance(self, i: int, part: Sequence[int]) -> float:
        """Return how likely a true study lies as near to what others give together as a row does; 1 if it is far."""
        y, s, (off, off_error) = self.y[i], self.s[i], self.off[i]
        w = self.s[part] ** -2.0
        share = w / w.sum()
        off = math.hypot(off, float(np.linalg.norm(share * self.off[part, 0])))
        off_error = math.hypot(off_error / s, float(np.linalg.norm(share * self.off[part, 1] / self.s[part])))
        counted = bool(self.counts.size) and bool((self.counts[part].sum(0) == self.counts[i]).all())
        if self.counts.size and not counted:
            return 1.0
        if len(self.steps) == len(TABLE):  # estimate and error follow from the counts
            return self._counts_by_chance(i)
        near = max(_NEAR_ERROR, 1.2 * off_error)
        far = 2 * max(_NEAR_MEAN * s, 1.5 * off)
        if not counted and (off_error >= _COARSE or not may_give(y, s, self.y[part], self.s[part], far, near)):
            return 1.0
        logs = np.log(self.s[part])
        scatter = max(float(logs.std()), _ERRORS_SCATTER)
        chance, together = 1.0, _together(self.y[part], self.s[part])
        for mu, se in together:
            apart, wide = abs(y - mu), abs(math.log(s / se))
            alike = off_error < _COARSE and wide <= near
            if apart > max(_NEAR_MEAN * se, 1.5 * off) or not (counted or alike):
                continue
            middle = min(1.0, 2 * max(apart, off) * _PEAK / math.hypot(s, se))
            density = _PEAK / scatter * max(0.1, math.exp(-(((math.log(s) - float(logs.mean())) / scatter) ** 2) / 2))
            chance = min(chance, len(together) * middle * min(1.0, 2 * max(wide, off_error) * density))
            if counted:
                chance = min(chance, len(together) * middle * self._counts_by_chance(i))
        return chance

    def _chain(self, parts: Sequence[tuple[int, int, Sum, float]], low: int, high: int) -> tuple[float, list[Sum]]:
        """Return the parts, one right behind the other, that are least likely by chance, and how likely they are."""
        k = high - low
        best: list[tuple[float, list[Sum]]] = [(1.0 if at == low else float(k), []) for at in range(high + 1)]
        found: tuple[float, list[Sum]] = (math.inf, [])
        for start, end, each, chance in sorted(parts, key=lambda part: part[1]):
            if start < low or end > high:
                continue
            before = best[start]
            chances, chain = before[0] * chance * k, [*before[1], each]
            if chances < best[end][0]:
                best[end] = chances, chain
            whole = end == high and sum(part.number + 1 for part in chain) == k
            ways = 2 * chances / k if whole else 2 * chances * _UNBOUND
            if ways < found[0]:
                found = ways, chain
        return found


def column_at_fault(figures: Mapping[str, float], needed: Sequence[str]) -> str:
    """Return the column to point at: the first that breaks its own rule, else the first."""
    for name in needed:
        value = figures[name]
        if name in ("se", "se_log", "se_ratio", "variance", "sd1", "sd2") and value <= 0:
            return name
        if name == "r" and not -1 < value < 1:
            return name
        if name == "n" and value <= 3:
            return name
        if name in ("n1", "n2") and value < 1:
            return name
        if name in ("events1", "events2") and not 0 <= value <= figures[f"n{name[-1]}"]:
            return name
    return needed[0]


def _plain(figures: Mapping[str, float]) -> tuple[float, float]:
    if "low" in figures:
        df = figures["n"] - 2 if "n" in figures else math.inf
        ends = figures["low"], figures["high"], figures.get("level", 0.95)
        return figures["estimate"], se_from_interval(figures["estimate"], *ends, df)
    se = figures["se"] if "se" in figures else figures["variance"]
    if not se > 0:
        message = (
            lazy("a standard error must be above 0, it is {value:g}", value=se)
            if "se" in figures
            else lazy("a variance must be above 0, it is {value:g}", value=se)
        )
        raise ValueError(message)
    return figures["estimate"], se if "se" in figures else math.sqrt(se)


def _ratio(figures: Mapping[str, float], key: str) -> tuple[float, float]:
    ratio = figures[key]
    if not ratio > 0:
        raise ValueError(lazy("a ratio is above 0, it is {ratio:g}", ratio=ratio))
    if "low" in figures:
        return math.log(ratio), se_from_ratio(ratio, figures["low"], figures["high"], figures.get("level", 0.95))
    said = next(figures[name] for name in ("se_log", "se_ratio", "se") if name in figures)
    if not said > 0:
        raise ValueError(lazy("a standard error must be above 0, it is {value:g}", value=said))
    return math.log(ratio), said / ratio if "se_ratio" in figures else said  # of a logarithm: the error over the ratio


#: Estimate and standard error of a row's figures, by measure; a ``ValueError`` says what is impossible.
CONVERSIONS: dict[str, Callable[[Mapping[str, float]], tuple[float, float]]] = {
    "estimate": _plain,
    "correlation": lambda told: correlation_z(told["r"], told["n"]),
    "log_hazard_ratio": lambda told: _ratio(told, "hazard_ratio"),
    "log_odds_ratio": lambda told: (
        _ratio(told, "odds_ratio")
        if "odds_ratio" in told
        else log_odds_ratio(told["events1"], told["n1"], told["events2"], told["n2"])
    ),
    "mean_difference": lambda told: mean_difference(*(told[name] for name in MEANS)),
    "standardised_mean_difference": lambda told: standardised_mean_difference(*(told[name] for name in MEANS)),
}
