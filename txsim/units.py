# SPDX-License-Identifier: MIT
"""Scales people measure in, converted to index points and back (docs/model.md, section 1).

A *level* converts with the offset, a *difference* (an effect, a width, the sd of a noise) without it.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from txsim.language import N_, Words, lazy

if TYPE_CHECKING:
    from txsim.types import Array

#: How strongly the same event moves each kind of measure, against a mean score (judgement, tunable).
MEASURES: dict[str, float] = {"mean": 1.0, "favourable": 1.5, "nps": 2.0}


@dataclass(frozen=True, slots=True)
class Scale:
    """A scale of measurement, linear in the index."""

    name: str  #: Key in the YAML.
    #: The values that stand for index 0 and index 100.
    worst: float
    best: float
    measure: str  #: Kind of measure it is by default, a key of :data:`MEASURES`.
    unit: str  #: What one unit is called in reports.

    @property
    def points_per_unit(self) -> float:
        """Index points per unit of difference; negative where less is better."""
        return 100.0 / (self.best - self.worst)

    def level_to_index[Value: (float, Array)](self, value: Value) -> Value:
        """Convert a level on this scale to the index, 0 … 100."""
        return 100.0 * (value - self.worst) / (self.best - self.worst)

    def index_to_level[Value: (float, Array)](self, index: Value) -> Value:
        """Convert an index, 0 … 100, or an array of them, to levels on this scale."""
        return self.worst + index * (self.best - self.worst) / 100.0

    def difference_to_points(self, difference: float) -> float:
        """Convert a difference on this scale to index points."""
        return difference * self.points_per_unit

    def points_to_difference(self, points: float) -> float:
        """Convert index points to a difference on this scale."""
        return points / self.points_per_unit


_END = r"(-?\d+(?:\.\d+)?(?:e[-+]?\d+)?)"
_ENDS = re.compile(f"{_END} … {_END}")


class _Scales(dict[str, Scale]):
    """Scales by name; `5 … 1` is the one with these ends, the worst first, as :func:`of_ends` calls it."""

    def __missing__(self, name: str) -> Scale:
        ends = _ENDS.fullmatch(name)
        if ends is None or not 0 < abs(float(ends[2]) - float(ends[1])) < math.inf:
            raise KeyError(name)
        return Scale(name, float(ends[1]), float(ends[2]), "mean", N_("points of its own scale"))

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.get(name) is not None

    def get(self, name: str, default: Any = None) -> Any:
        """Return the scale of a name, else the default."""
        try:
            return self[name]
        except KeyError:
            return default


def of_ends(worst: float, best: float) -> str:
    """Return the name of a scale of mean scores by its ends; that of a usual one where it has these ends.

    >>> of_ends(5, 1), of_ends(0, 10), SCALES[of_ends(5, 1)].level_to_index(2.0)
    ('5 … 1', 'zero_to_ten', 75.0)
    """
    usual = (
        scale.name for scale in SCALES.values() if (scale.worst, scale.best, scale.measure) == (worst, best, "mean")
    )
    return next(usual, f"{worst:.12g} … {best:.12g}")


#: The named scales of docs/model.md, section 1.
SCALES = _Scales(
    (scale.name, scale)
    for scale in (
        Scale("index", 0.0, 100.0, "mean", "points"),
        Scale("percent", 0.0, 100.0, "favourable", "percentage points"),
        Scale("nps", -100.0, 100.0, "nps", "NPS points"),
        Scale("enps", -100.0, 100.0, "nps", "eNPS points"),
        Scale("likert5", 1.0, 5.0, "mean", "points of five"),
        Scale("likert7", 1.0, 7.0, "mean", "points of seven"),
        Scale("likert10", 1.0, 10.0, "mean", "points of ten"),
        Scale("stars", 1.0, 5.0, "mean", "stars"),
        Scale("zero_to_ten", 0.0, 10.0, "mean", "points of ten"),
    )
)


#: Other names of scales, folded to letters and digits.
_CALLED = {
    "percent": {"favourable", "favorable", "topbox", "top2box", "t2b", "csat", "satisfied", "share", "positive", "pct"},
    "zero_to_ten": {"010", "0to10", "outoften", "mean010", "score10"},
    "likert5": {"15", "1to5", "five", "ces5", "likert"},
    "likert7": {"17", "1to7", "seven", "ces", "ces7"},
    "likert10": {"110", "1to10"},
    "index": {"0100", "0to100", "score"},
    "enps": {"employeenps"},
    "nps": {"netpromoterscore", "netpromoter"},
}


def scale_meant(name: str) -> Words:
    """Return which scale another name most likely means, empty where that is not known.

    >>> str(scale_meant("top_box"))
    ': a share of favourable answers is `percent`'
    """
    key = "".join(sign for sign in name.casefold() if sign.isalnum())
    meant = next((scale for scale, names in _CALLED.items() if key in names), None)
    if meant == "percent":
        return lazy(": a share of favourable answers is `percent`")
    return "" if meant is None else lazy(": that is `{scale}` here", scale=meant)


@dataclass(frozen=True, slots=True)
class Sort:
    """What kind of quantity a number is: what a percent sign, or a span of time, behind it means there."""

    name: str  #: A value of :data:`KEYS` or :data:`KINDS`; `number` for what none of them is.
    per: str = ""  #: `month` or `year` where it is of one.

    @property
    def share(self) -> bool:
        """Whether it may be written in percent."""
        return self.name in ("share", "rate")


#: Kinds of quantities by keys that say more than the kind of their field does. A `share` is of a whole, a `rate`
#: compounds, a `ratio` is 1 where nothing changes, a `multiple` is of something else, `points` and a
#: `spread` are of a scale, on which a `level` lies.
KEYS: dict[str, str] = {
    **dict.fromkeys(("discount_rate", "arpu_growth", "cost_growth"), "rate"),
    **dict.fromkeys(("cost_overrun", "boost"), "ratio"),
    **dict.fromkeys(("reach", "responds", "contacts_per_month", "slope", "weight"), "multiple"),
    **dict.fromkeys(("effect", "chosen_below"), "points"),
    "respondent_sd": "spread",
    "productivity_ex": "percentage points",
}
#: The same by the kind of a field, or the unit of a belief.
KINDS: dict[str, str] = {
    **dict.fromkeys(("share", "turnover", "plain_share", "correlation"), "share"),
    **dict.fromkeys(("growth", "rate"), "rate"),
    **dict.fromkeys(("annual salaries", "cover", "factor", "ratio"), "multiple"),
    **dict.fromkeys(("index points", "CX points at full adoption"), "points"),
    "level": "level",
    **dict.fromkeys(("money", "plain_money"), "money"),
    **dict.fromkeys(("amount", "count"), "count"),
    **dict.fromkeys(("whole_months", "life"), "whole months"),
    "months": "months",
}
_PER = {"discount_rate": "year", "arpu_growth": "year", "cost_growth": "year", "monthly": "month"}


def sort_of(key: str, *others: str) -> Sort:
    """Return what kind of quantity a key holds; ``others``: the kind of its field, or its unit, should it not tell.

    >>> sort_of("salary_per_year", "money"), sort_of("digital_leave", "share").share
    (Sort(name='money', per='year'), True)
    """
    name = KEYS.get(key) or next((KINDS[told] for told in others if told in KINDS), None)
    unit = others[-1] if others else ""
    if name is None:
        starts = (("share of ", "share"), ("pp of ", "percentage points"), ("log ", "multiple"))
        name = next((kind for start, kind in starts if unit.startswith(start)), "multiple" if " per " in unit else None)
    span = re.search("(?:_per_|_)(year|month)(?:ly)?$", key)
    return Sort(name or "number", span[1] if span is not None else _PER.get(key, ""))


def custom_scale(worst: float, best: float, unit: str) -> Scale:
    """Return the scale of a process metric, for example 48 h (worst) to 0 h (best).

    Raises
    ------
    ValueError
        If ``worst`` equals ``best``.

    Examples
    --------
    >>> custom_scale(1.0, 7.0, "points").difference_to_points(0.6)
    10.0
    """
    if worst == best:
        raise ValueError(lazy("worst and best must differ, both are {worst:g}", worst=worst))
    return Scale("custom", float(worst), float(best), "mean", unit)
