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
    """One combination of values.

    Attributes
    ----------
    values
        By path as written.
    npv, npv_after_tax
        Expected payoff by option, before and after tax.
    p_loss
        Probability of a loss by option.
    best
        The option that the scenario's criterion leads to.
    too_close
        Whether the question is open there; then ``best`` is the cheapest to take back of what comes near.
    state
        How firm that is.
    refused
        Options that would pay more but that the scenario's limits exclude.
    """

    values: Mapping[str, str]
    npv: Annotated[Mapping[str, Estimate], MONEY]
    p_loss: Annotated[Mapping[str, float], SHARE]
    best: str
    too_close: bool
    npv_after_tax: Annotated[Mapping[str, Estimate], MONEY] = field(default_factory=dict)
    state: State | None = None
    refused: tuple[str, ...] = ()

    def worth(self, *, after_tax: bool) -> Mapping[str, Estimate]:
        """Return the expected payoff by option, before or after tax."""
        return self.npv_after_tax if after_tax and self.npv_after_tax else self.npv


@dataclass(frozen=True)
class WhatIf(Result):
    """The answer of ``txsim whatif``; what each field is, stands in docs/schema.md.

    Attributes
    ----------
    scenario, organisation, hash, currency, seed, draws
        What it rests on; the scenario as it stands, nothing varied.
    vary
        Inputs that vary, in the order given.
    cells
        Every combination; the last input varies fastest.
    taxed
        Whether a tax is stated in any of them, so that ``npv_after_tax`` differs from ``npv``.
    after_tax
        Whether the scenario, as it stands, is decided by figures after tax.
    """

    kind: ClassVar[str] = "whatif"

    scenario: str
    hash: str
    currency: str
    seed: int
    draws: Count
    vary: tuple[Varied, ...]
    cells: tuple[Cell, ...]
    taxed: bool = False
    after_tax: bool = False
    organisation: str = ""
