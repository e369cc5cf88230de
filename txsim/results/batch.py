# SPDX-License-Identifier: MIT
"""What a folder of ``txsim batch`` holds: the payoff of every option of every scenario."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from txsim.results.codec import Result
from txsim.results.quantities import Count, Money, Share, Words

__all__ = ["Batch", "BatchRow"]


@dataclass(frozen=True)
class BatchRow:
    """Net present value of one option of one scenario: mean and 90 % interval, and the probability of a loss."""

    scenario: str
    option: str
    mean: Money
    p05: Money
    p95: Money
    p_loss: Share


@dataclass(frozen=True)
class Batch(Result):
    """The results of a batch.

    Attributes
    ----------
    batch, scenario
        Name of its folder.
    currency
        Of all amounts.
    scenarios
        One row for each option of each scenario.
    failures
        Scenarios without results, each with what is wrong.
    draws
        Of each forecast; ``None`` where the manifest does not say.
    """

    kind: ClassVar[str] = "batch"

    batch: str
    scenario: str
    currency: str
    scenarios: tuple[BatchRow, ...]
    failures: tuple[Words, ...]
    draws: Count | None
