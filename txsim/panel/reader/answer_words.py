# SPDX-License-Identifier: MIT
"""Words in place of numbers or beside them: groups of an NPS question, degrees of agreement, labels at the ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from txsim.errors import InputError, Problem
from txsim.language import Words, as_message, lazy
from txsim.panel.reader.cells import FEW, Cells
from txsim.panel.reader.link_spec import AUTO
from txsim.panel.reader.number_columns import NumberColumn
from txsim.panel.reader.vocabulary import folded, level_of, points_of
from txsim.types import Array
from txsim.units import SCALES, Scale


@dataclass(frozen=True)
class Ask:
    """Whom a question is about."""

    cells: Cells
    role: str
    name: str
    hidden: NDArray[np.bool_] | None
    month: Array | None = None
    count: Array | None = None

    def refuse(self, message: Words, hint: Words | None = None) -> NoReturn:
        """Raise the error that asks."""
        said, meant = as_message(message), as_message(hint) if hint else None
        raise InputError(Problem(said, file=self.cells.table.name, path=self.cells.name(self.role), hint=meant))

    @property
    def scores(self) -> str:
        """What the spec says where the numbers of this column are scores all the same."""
        series = self.role.split()[0]
        return f"values: {{{series}: scores}}" if series in ("ex", "cx") else "values: scores"

    def shown(self, values: Array) -> Callable[[int], str]:
        """Return what may be shown of each row's value."""
        hidden = self.hidden
        return lambda k: "" if hidden is not None and hidden[k] else f"{values[k]:g}"


def worded(ask: Ask, column: NumberColumn, values: Array, scale: str) -> tuple[Array, str, Words, bool]:
    """Return values with words turned into numbers, their scale, what was done, and whether numbers stand between."""
    words = sorted(set(column.words.values()))
    examples = ", ".join(f"`{word}`" for word in words[:4])
    rest = np.setdiff1d(values[np.isfinite(values)], list(column.stated))
    groups = {word: points_of(word) for word in words}
    levels = {word: level_of(word) for word in words}
    numbers = values.copy()
    if all(points is not None for points in groups.values()) and not rest.size:
        if scale not in (AUTO, "nps", "enps"):
            ask.refuse(
                lazy(
                    "{name} holds groups of an NPS question ({shown}), not {scale}",
                    name=ask.name,
                    shown=examples,
                    scale=scale,
                ),
                lazy("say `scale: nps`"),
            )
        for k, word in column.words.items():
            numbers[k] = groups[word]
        scale = ("enps" if ask.role == "ex" else "nps") if scale == AUTO else scale
        return numbers, scale, "promoter → +100, passive → 0, detractor → −100", False
    if any(level is None for level in levels.values()):
        odd = ", ".join(f"`{word}`" for word in words if levels[word] is None)
        ask.refuse(
            lazy(
                "{name} mixes words that do not belong together: {odd} beside {shown}",
                name=ask.name,
                odd=odd,
                shown=examples,
            ),
            lazy("say what each means by `words:` in the spec"),
        )
    strengths = {word: float(level or 0) for word, level in levels.items()}
    if rest.size and not column.labels:  # words at the ends, numbers between
        low, high = _ends(ask, scale, rest, examples)
        if any(abs(strength) != 3 for strength in strengths.values()):
            ask.refuse(
                lazy("{name} mixes numbers with words ({shown})", name=ask.name, shown=examples),
                lazy("say what each means by `words:` in the spec"),
            )
        for k, word in column.words.items():
            numbers[k] = high if strengths[word] > 0 else low
        return (
            numbers,
            scale,
            lazy("words at the ends ({shown}) became {low:g} and {high:g}", shown=examples, low=low, high=high),
            True,
        )
    present = {abs(strength) for strength in strengths.values()} - {0.0}
    points = 7 if present == {1.0, 2.0, 3.0} or {1.0, 2.0} <= present else 5
    if scale == AUTO:
        scale = f"likert{points}"
    if scale not in (f"likert{points}", *(["stars"] if points == 5 else [])):
        ask.refuse(
            lazy(
                "{name} holds words of a scale of {points} ({shown}), not {scale}",
                name=ask.name,
                points=points,
                shown=examples,
                scale=scale,
            ),
            lazy("say `scale: likert{points}`", points=points),
        )
    step = {7: {3: 3, 2: 2, 1: 1, 0: 0}, 5: {3: 2, 2: 1, 1: 1, 0: 0}}[points]
    middle = (points + 1) / 2
    for k, word in column.words.items():
        strength = strengths[word]
        numbers[k] = middle + np.sign(strength) * step[int(abs(strength))]
    _ask_of_the_middle(ask, column, strengths, middle)
    return numbers, scale, lazy("words such as {shown} became 1…{points}", shown=examples, points=points), False


def _ask_of_the_middle(ask: Ask, column: NumberColumn, strengths: dict[str, float], middle: float) -> None:
    """Ask whether words that say nothing stand for a middle that no other word names."""
    said = len(column.words)
    if 0.0 in strengths.values() or len(strengths) < 4:
        return
    stated = {folded(word) for word in ask.cells.spec.words_of(ask.role)}
    for word, count in column.silent.items():
        if folded(word) in stated:
            continue
        if count > FEW * (said + count) and sum(map(str.isalpha, word)) > 3:
            ask.refuse(
                lazy(
                    "{name}: `{word}` stands in {share:.0f} % of all answers, and no word names the middle of the "
                    "scale: no answer, or the middle?",
                    name=ask.name,
                    word=word,
                    share=100 * count / (said + count),
                ),
                lazy(
                    "say `words: {{{word}: {middle:g}}}` in the spec if it is the middle, `words: {{{word}: missing}}` "
                    "if it is no answer",
                    word=word,
                    middle=middle,
                ),
            )


def _ends(ask: Ask, scale: str, rest: Array, examples: str) -> tuple[float, float]:
    """Return the numbers that words at both ends of a scale stand for."""
    if scale in ("nps", "enps", "zero_to_ten"):
        low, high = 0.0, 10.0
    elif scale in SCALES and max(SCALES[scale].worst, SCALES[scale].best) <= 10:
        low, high = SCALES[scale].worst, SCALES[scale].best
    else:
        ask.refuse(
            lazy("{name} mixes numbers with words ({shown})", name=ask.name, shown=examples),
            lazy("say the scale, such as `scale: nps`, or what each word means by `words:` in the spec"),
        )
    if rest.min() < min(low, high) or rest.max() > max(low, high):
        ask.refuse(
            lazy(
                "{name} mixes words ({shown}) with numbers outside {low:g} … {high:g}",
                name=ask.name,
                shown=examples,
                low=low,
                high=high,
            ),
            lazy("say what each means by `words:` in the spec"),
        )
    return low, high


def check_labels(ask: Ask, column: NumberColumn, scale: Scale) -> None:
    """Ask where words beside the numbers run against them, or cells name another top than the scale's."""
    pairs = [(number, level) for number, words in column.labels.items() if (level := level_of(words)) is not None]
    if len(pairs) > 1 and ask.role not in ask.cells.spec.reverse and scale.worst < scale.best:
        numbers, levels = np.array(pairs).T
        if np.ptp(numbers) > 0 and np.ptp(levels) > 0 and np.corrcoef(numbers, levels)[0, 1] < 0:
            best = max(pairs, key=lambda pair: pair[1])[0]
            ask.refuse(
                lazy(
                    "{best:g} is the best answer of {name} here (`{labels}`): the scale runs downward",
                    best=best,
                    name=ask.name,
                    labels=column.labels[best],
                ),
                lazy("say `reverse: [{role}]` in the spec", role=ask.role),
            )
    top = 10.0 if scale.measure == "nps" else max(scale.worst, scale.best)
    wrong = sorted(value for value in column.tops if value != top)
    if wrong:
        ask.refuse(
            lazy(
                "{name} is written as `… out of {wrong:g}`, but {scale} goes up to {top:g}",
                name=ask.name,
                wrong=wrong[0],
                scale=scale.name,
                top=top,
            ),
            lazy("say another scale"),
        )
