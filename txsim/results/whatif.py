# SPDX-License-Identifier: MIT
"""What ``txsim whatif`` answers: the payoff over a grid of some inputs, on common random numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, ClassVar

from txsim.language import Words
from txsim.results.codec import Result
from txsim.results.quantities import MONEY, SHARE, Count, Estimate
from txsim.results.recommendation import State


@dataclass(frozen=True)
class Varied:
    """One input that varies: its path as it was written, the texts of its values, what it is, and its unit."""

    path: str
    values: tuple[str, ...]
    meaning: Words = ""
    unit: str = ""


@dataclass(frozen=True)
class Cell:
    """One combination of values."""

    values: Mapping[str, str]  #: By path as written.
    #: ``npv``, ``npv_after_tax``: Expected payoff by option, before and after tax.
    npv: Annotated[Mapping[str, Estimate], MONEY]
    p_loss: Annotated[Mapping[str, float], SHARE]  #: Probability of a loss by option.
    best: str  #: The option that the scenario's criterion leads to.
    #: Whether the question is open there; then ``best`` is the cheapest to take back of what comes near.
    too_close: bool
    npv_after_tax: Annotated[Mapping[str, Estimate], MONEY] = field(default_factory=dict)
    state: State | None = None  #: How firm that is.
    refused: tuple[str, ...] = ()  #: Options that would pay more but that the scenario's limits exclude.

    def worth(self, *, after_tax: bool) -> Mapping[str, Estimate]:
        """Return the expected payoff by option, before or after tax."""
        return self.npv_after_tax if after_tax and self.npv_after_tax else self.npv


@dataclass(frozen=True)
class WhatIf(Result):
    """The answer of ``txsim whatif``; what each field is, stands in docs/schema.md."""

    kind: ClassVar[str] = "whatif"

    #: ``scenario``, ``organisation``, ``hash``, ``currency``, ``seed``, ``draws``: What it rests on; the scenario as it
    #: stands, nothing varied.
    scenario: str
    hash: str
    currency: str
    seed: int
    draws: Count
    vary: tuple[Varied, ...]  #: Inputs that vary, in the order given.
    cells: tuple[Cell, ...]  #: Every combination; the last input varies fastest.
    taxed: bool = False  #: Whether a tax is stated in any of them, so that ``npv_after_tax`` differs from ``npv``.
    after_tax: bool = False  #: Whether the scenario, as it stands, is decided by figures after tax.
    organisation: str = ""
