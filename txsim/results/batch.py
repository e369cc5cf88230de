# SPDX-License-Identifier: MIT
"""How a batch ended or would go, and what its folder holds: the payoff of every option of every scenario."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar

import numpy as np

from txsim.language import Words
from txsim.results.codec import Result
from txsim.results.quantities import SECONDS, Count, Money, Share


@dataclass(frozen=True)
class BatchRow:
    """Net present value of one option of one scenario, before tax: mean and 90 % interval, and how often it loses.

    Beside it the mean after tax; ``None`` where that is not kept.
    """

    scenario: str
    option: str
    mean: Money
    p05: Money
    p95: Money
    p_loss: Share
    npv_after_tax: Money | None = None


@dataclass(frozen=True)
class Batch(Result):
    """The results of a batch."""

    kind: ClassVar[str] = "batch"

    #: ``batch``, ``scenario``: Name of its folder.
    batch: str
    scenario: str
    currency: str  #: Of all amounts.
    scenarios: tuple[BatchRow, ...]  #: One row for each option of each scenario.
    failures: tuple[Words, ...]  #: Scenarios without results, each with what is wrong.
    draws: Count | None  #: Of each forecast; ``None`` where the manifest does not say.

    @property
    def taxed(self) -> bool:
        """Whether any of its scenarios is taxed: what it pays is then another figure after tax."""
        return any(row.npv_after_tax not in (None, row.mean) for row in self.scenarios)


@dataclass(frozen=True)
class LeftOutFile:
    """A file or folder that a batch came upon and did not read as a scenario, and what it is."""

    path: str
    why: Words


@dataclass(frozen=True)
class BatchWarning:
    """What ``txsim check`` remarks on, by the name of the scenario."""

    path: str
    message: str


@dataclass(frozen=True)
class BatchRun(Result):
    """How a batch ended."""

    kind: ClassVar[str] = "batch run"

    folder: str  #: Where its results are.
    #: ``scenarios``, ``computed``, ``kept``: Scenarios with results; distinct ones simulated now, and those that were
    #: there already.
    scenarios: Count
    computed: Count
    kept: Count
    failures: Count  #: How many have no results; which, and why, stands in ``failures.jsonl``.
    bases: tuple[str, ...]  #: Files that only describe what others extend.
    left_out: tuple[LeftOutFile, ...]  #: What else was found and is no scenario.
    #: ``calibrations``, ``sampled``: Calibrations in use, and how many of them were sampled now.
    calibrations: Count
    sampled: Count
    seconds: Annotated[float, SECONDS]  #: Wall time.
    finished: bool  #: Whether results were written: not after ``--fail-fast``, nor by a shard while others are missing.
    missing: Count  #: Distinct scenarios that other shards still owe.
    warnings: tuple[BatchWarning, ...]  #: What is possible but hardly true.
    #: What has no results, each a :class:`~txsim.batch.work_plan.Failure`; not in the JSON.
    broken: tuple[Any, ...] = field(default=(), repr=False, compare=False, metadata={"internal": True})


@dataclass(frozen=True)
class BatchPlan(Result):
    """What a batch would do: ``txsim batch --dry-run``."""

    kind: ClassVar[str] = "batch plan"

    #: ``scenarios``, ``failures``, ``bases``, ``left_out``: As of :class:`BatchRun`, of what can be read and what
    #: cannot.
    scenarios: Count
    failures: Count
    bases: tuple[str, ...]
    left_out: tuple[LeftOutFile, ...]
    #: ``distinct``, ``kept``: Distinct scenarios, and how many of them are computed already.
    distinct: Count
    kept: Count
    #: ``calibrations``, ``to_sample``: Calibrations, and how many of them have to be sampled.
    calibrations: Count
    to_sample: Count
    workers: Count  #: Processes that would be used.
    #: Estimated wall time without sampling; ``None`` where nothing is left to simulate.
    seconds: Annotated[float | None, SECONDS]
    #: What cannot be read, as of :class:`BatchRun`.
    broken: tuple[Any, ...] = field(default=(), repr=False, compare=False, metadata={"internal": True})


@dataclass(frozen=True)
class BatchTable(Result):
    """What ``txsim results query`` and ``top`` answer: names of columns, and rows of plain values.

    >>> list(BatchTable(("path", "mean"), (("a.yaml", 2.0),)).records())
    [{'path': 'a.yaml', 'mean': 2.0}]
    """

    kind: ClassVar[str] = "batch table"

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    def records(self) -> Iterator[dict[str, Any]]:
        """Yield the rows by column, as ``--json`` prints them; what does not exist is ``None``."""
        return (_finite(dict(zip(self.columns, row, strict=True))) for row in self.rows)


def _finite(value: Any) -> Any:
    """Return plain data in which numbers that do not exist are null, and numpy's numbers are Python's.

    >>> _finite({"mean": float("nan"), "interval": (0.0, float("inf"))})
    {'mean': None, 'interval': [0.0, None]}
    """
    if isinstance(value, Mapping):
        return {str(key): _finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    if isinstance(value, float | np.floating):
        return float(value) if np.isfinite(value) else None
    if isinstance(value, np.integer):
        return int(value)
    return bool(value) if isinstance(value, np.bool_) else value
