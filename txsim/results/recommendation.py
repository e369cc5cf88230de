# SPDX-License-Identifier: MIT
"""What to do, how firmly, and what would change it: the part that several verbs' results share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from txsim.results.quantities import MONEY, Money, Words

__all__ = ["Flip", "Recommendation", "Verdict"]


@dataclass(frozen=True)
class Flip:
    """Something that would change the recommendation.

    Attributes
    ----------
    kind
        ``claim`` (left out) or ``parameter`` (at another value).
    name
        Which.
    value
        The value of the parameter, its 25 % or 75 % quantile, in its own unit; ``None`` for a claim.
    option
        What would be recommended then.
    """

    kind: Literal["claim", "parameter"]
    name: str
    value: float | None
    option: str


@dataclass(frozen=True)
class Recommendation:
    """What to do, and how firm that is (docs/model.md, section 7).

    Attributes
    ----------
    option
        The option recommended.
    criterion
        By what is chosen.
    margin, mcse
        How much more it is expected to pay than the runner-up, present value, and the Monte Carlo standard error of
        that.
    too_close
        Whether the margin is under two standard errors or under what is material.
    fragile
        Whether leaving out one claim, or one parameter within its middle half, changes it.
    flips
        What would change it.
    runner_up
        The best option that begins otherwise; ``None`` if there is none.
    mean_npv
        Expected net present value by option.
    refused
        Options with a better mean that the limits exclude.
    sentence
        The recommendation in plain words.
    """

    option: str
    criterion: str
    margin: Money
    mcse: Money
    too_close: bool
    fragile: bool
    flips: tuple[Flip, ...]
    runner_up: str | None
    mean_npv: Annotated[Mapping[str, float], MONEY] = field(default_factory=dict)
    refused: tuple[str, ...] = ()
    sentence: Words = ""


@dataclass(frozen=True)
class Verdict:
    """The best option at one horizon by the scenario's criterion.

    Attributes
    ----------
    option
        Which.
    mean_npv
        Its expected net present value.
    too_close
        Whether another is nearer than two standard errors or what is material.
    """

    option: str
    mean_npv: Money
    too_close: bool
