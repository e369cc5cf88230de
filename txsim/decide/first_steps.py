# SPDX-License-Identifier: MIT
"""What options begin with: those that begin alike need not be told apart today."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from txsim.types import Array

#: What each option begins with; options that begin alike need not be told apart today.
FIRST_STEP = {"commit": "commit", "commit_review": "commit", "pilot_then_decide": "pilot", "do_nothing": "do_nothing"}
#: How cheap an option is to take back, the cheapest first.
_TAKEN_BACK = ("do_nothing", "pilot_then_decide", "commit_review", "commit")


def burden(name: str) -> int:
    """Return how much there is to take back, for ``scenario/option`` as for an option."""
    option = name.rpartition("/")[2]
    return _TAKEN_BACK.index(option) if option in _TAKEN_BACK else len(_TAKEN_BACK)


def best_of_each(
    possible: Sequence[str], means: Mapping[str, float], steps: Mapping[str, str], rounding: float
) -> list[str]:
    """Return the best option of each first step; of what pays the same but for rounding the one named first."""
    by_step: dict[str, list[str]] = {}
    for name in possible:
        by_step.setdefault(steps.get(name, name), []).append(name)
    return [
        next(name for name in names if means[name] >= max(means[each] for each in names) - rounding)
        for names in by_step.values()
    ]


def same_payoff(one: Array, other: Array) -> bool:
    """Whether two options pay the same in every future but for rounding."""
    rounding = 1e-9 * max(float(np.abs(one).max()), float(np.abs(other).max()))
    return bool(np.allclose(one, other, rtol=0.0, atol=rounding))
