# SPDX-License-Identifier: MIT
"""What ``txsim diff`` answers: which changed input moved the payoff from one result to another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from txsim.results.codec import Result
from txsim.results.quantities import Count, Money, Words

__all__ = ["Change", "Difference", "Side"]


@dataclass(frozen=True)
class Side:
    """One of the two results: file or folder, expected payoff, seed, and number of draws."""

    name: str
    npv: Money
    seed: int
    draws: Count


@dataclass(frozen=True)
class Change:
    """One changed input.

    Attributes
    ----------
    input
        Its path in the scenario.
    before, after
        What was said there, as plain data; ``None`` for nothing, and where many things changed together.
    npv
        What it moved the expected payoff by.
    meaning, unit
        What it is, and in what it is counted; empty where nobody said.
    """

    input: str
    before: Any
    after: Any
    npv: Money
    meaning: Words = ""
    unit: str = ""


@dataclass(frozen=True)
class Difference(Result):
    """The answer of ``txsim diff``; what each field is, stands in docs/schema.md.

    Attributes
    ----------
    a, b
        The results.
    option
        Whose payoff is explained.
    total
        Expected payoff of ``b`` less that of ``a``.
    changes
        By falling size; with ``random_numbers`` they sum to ``total``.
    random_numbers
        What seed, number of draws or version moved.
    currency
        Of all money.
    """

    kind: ClassVar[str] = "diff"

    a: Side
    b: Side
    option: str
    total: Money
    changes: tuple[Change, ...]
    random_numbers: Money
    currency: str = ""
