# SPDX-License-Identifier: MIT
"""A measure that is written on one scale up to some period and on another from then on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from txsim.errors import InputError, Problem
from txsim.language import Words, lazy
from txsim.panel.reader.cells import Cells
from txsim.panel.reader.series import Series
from txsim.types import Array
from txsim.units import SCALES

#: Units that must stand on both sides of a break.
_FEWEST = 4
#: Of the scale's length, what a break moves all units by; and how many times what a unit changes by otherwise, and
#: what all units change by together at any other time.
_JUMP, _TIMES = 0.12, 2.0
#: Share of the jump that is still there in the means of all periods before and after it.
_LASTING = 0.5
#: The same where no other scale explains it.
_SURELY = 3.0
#: How many times larger than before what a unit changes by otherwise may be once another scale is taken.
_QUIETER = 2.0
#: What may be left of a jump where another scale explains it.
_LEFT = 0.25


@dataclass(frozen=True)
class OtherScale:
    """Another scale on which numbers may have been written."""

    said: Words  #: In words.
    held: tuple[float, float]  #: Least and most that numbers can be on it.
    meant: Callable[[Array], Array]  #: What a number on it is on the scale that was told.


#: Ranges in which people write means of answers.
_MEANS = ((1.0, 5.0), (1.0, 7.0), (1.0, 10.0), (0.0, 10.0), (0.0, 100.0))
#: Lengths that differ by less than this factor make no difference that numbers show.
_ALIKE = 1.25


def other_scales(worst: float, best: float) -> Iterator[OtherScale]:
    """Yield other scales on which numbers may have been, and how they become those of the scale."""
    low, high = sorted((worst, best))
    if low < 0:
        yield _other(lazy("an index of 0 … 100 beside points of −100 … 100"), (0, 100), (low, high))
    else:
        if high == 100:
            yield _other(lazy("points of −100 … 100 beside an index of 0 … 100"), (-100, 100), (low, high))
        for held in _MEANS:
            ratio = (held[1] - held[0]) / (high - low)
            if max(ratio, 1 / ratio) > _ALIKE:
                said = lazy("a scale of {low:g} … {high:g} beside one of {first:g} … {last:g}",
                            low=held[0], high=held[1], first=low, last=high)  # fmt: skip
                yield _other(said, held, (low, high))
    yield OtherScale(lazy("answers that run the other way round"), (low, high), lambda x: low + high - x)


def _other(said: Words, held: tuple[float, float], meant: tuple[float, float]) -> OtherScale:
    """Return a scale whose ends are those of the one that is meant."""
    stretch = (meant[1] - meant[0]) / (held[1] - held[0])
    return OtherScale(said, held, lambda x: meant[0] + stretch * (x - held[0]))


def ask_breaks(
    cells: Cells, unit: NDArray[np.int64], month: Array, series: Mapping[str, Series], names: Sequence[str] = ()
) -> None:
    """Ask where all units jump at once, and refuse where another scale before the jump would explain it.

    ``cells``: the table; ``unit``, ``month``: ``(row,)`` of each row; ``series``: by the role of its column, on its
    index; ``names``: of periods, where ``month`` is their place among these. Raises InputError if numbers up to some
    period are most likely on another scale than those after it, unless the spec says ``values: scores``.
    """
    for name, one in series.items():
        if one.scale not in SCALES:
            continue
        scale = SCALES[one.scale]
        seen = np.flatnonzero(np.isfinite(one.index) & np.isfinite(month) & ~cells.refused)
        if seen.size < 4 * _FEWEST:
            continue
        when, at = np.unique(month[seen], return_inverse=True)
        size = (int(unit.max()) + 1, when.size)
        key = unit[seen] * size[1] + at
        count = np.bincount(key, minlength=size[0] * size[1])
        with np.errstate(invalid="ignore"):
            index = (np.bincount(key, one.index[seen], size[0] * size[1]) / count).reshape(size)
        points = scale.index_to_level(index)
        for t, usual in _jumps(points, abs(scale.best - scale.worst)):
            label = [names[int(place)] if names else _label(place) for place in when[t : t + 2]]
            _ask(cells, name, points, t, label, usual, list(other_scales(scale.worst, scale.best)))


def _jumps(points: Array, length: float) -> Iterator[tuple[int, float]]:
    """Yield periods at which all units jump the same way, and what a unit changes by otherwise."""
    change = np.diff(points, axis=1)
    for t in range(change.shape[1]):
        here = change[:, t][np.isfinite(change[:, t])]
        usual = _usual(change, t)
        if here.size < _FEWEST or np.unique(np.sign(here)).size != 1 or usual is None:
            continue
        rest = [each for each in np.delete(change, t, axis=1).T if np.isfinite(each).any()]
        common = max((abs(float(np.nanmean(each))) for each in rest), default=0.0)
        level = [float(np.nanmean(part)) for part in (points[:, : t + 1], points[:, t + 1 :])]
        if abs(level[1] - level[0]) < _LASTING * abs(here.mean()):  # a season, which comes and goes
            continue
        if abs(here.mean()) > max(_JUMP * length, _TIMES * usual, _TIMES * common):
            yield t, usual


def _usual(change: Array, t: int) -> float | None:
    """Return by how much a unit changes from period to period but at one; ``None`` where too few do."""
    others = np.delete(change, t, axis=1)
    others = others[np.isfinite(others)]
    return float(np.sqrt(np.mean(others**2))) if others.size >= _FEWEST else None


def _ask(
    cells: Cells, name: str, points: Array, t: int, label: Sequence[str], usual: float, others: Sequence[OtherScale]
) -> None:
    jump = float(np.nanmean(points[:, t + 1] - points[:, t]))
    units = int(np.isfinite(points[:, t + 1] - points[:, t]).sum())
    said = lazy(
        "all {units} units change {name} at once from {first} to {then}, by {jump:+.3g} points on average; otherwise a "
        "unit changes by {usual:.2g}",
        units=units, name=name.upper(), first=label[0], then=label[1], jump=jump, usual=usual,
    )  # fmt: skip
    fits: list[tuple[float, Words]] = []
    early = np.arange(points.shape[1]) <= t
    for other in others:
        for elsewhere in (early, ~early):
            change = np.diff(np.where(elsewhere, other.meant(points), points), axis=1)
            here = change[:, t][np.isfinite(change[:, t])]
            then = _usual(change, t)
            if then is None or abs(here.mean()) >= _LEFT * abs(jump) or then > _QUIETER * usual:
                continue
            if np.sqrt(np.mean(here**2)) < 2 * then:
                fits.append((float(np.mean(here**2)) / then**2, other.said))
    if fits and cells.spec.values_of(name) == "auto":
        message = lazy("{said}: {what}?", said=said, what=min(fits, key=lambda fit: fit[0])[1])
        hint = lazy(
            "write all periods one way; or say `values: scores` in the spec if they are, and it is what happened"
        )
        raise InputError(Problem(message, file=cells.table.name, path=cells.name(name), hint=hint))
    if abs(jump) < _SURELY * usual:
        return
    cells.report.warnings.append(lazy("{said}: was the question, or the scale, another one?", said=said))


def _label(month: float) -> str:
    """Return a period's first month; a plain count where periods are counted."""
    year, rest = divmod(round(month), 12)
    return f"{year}-{rest + 1:02d}" if year > 1900 else f"{month:g}"
