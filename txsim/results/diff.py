# SPDX-License-Identifier: MIT
"""What ``txsim diff`` answers: which changed input moved the payoff from one result to another."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import Annotated, Any, ClassVar, Literal

from txsim.language import Words
from txsim.language.numbers import grain_beside, grain_of
from txsim.results.codec import Result
from txsim.results.quantities import MONEY, BothSidesOfTax, Count, Money
from txsim.results.recommendation import State


@dataclass(frozen=True)
class Side(BothSidesOfTax[float]):
    """One of the two results."""

    #: ``name``, ``title``, ``organisation``: File or folder, title of its scenario, and whose it is.
    name: str
    #: ``npv``, ``npv_after_tax``: Expected payoff before and after tax.
    npv: Money
    #: ``seed``, ``draws``: How it was drawn.
    seed: int
    draws: Count
    npv_after_tax: Annotated[float | None, MONEY] = None
    title: str = ""
    organisation: str = ""
    #: ``decision``, ``state``: The option recommended, or where that is open the one that is cheapest to take back, and
    #: how firm that is.
    decision: str = ""
    state: State | Literal[""] = ""
    #: Power of ten to whose multiples the expected payoff is told, as by the run; 0 where it is exact.
    resolution: Money = 0.0


@dataclass(frozen=True)
class ChangedInput:
    """What was said at one place before and after, one of several changes that make sense together."""

    #: ``input``, ``before``, ``after``, ``meaning``, ``unit``, ``before_words``, ``after_words``: As those of a
    #: :class:`Change`.
    input: str
    before: Any
    after: Any
    meaning: Words = ""
    unit: str = ""
    before_words: Words = ""
    after_words: Words = ""
    #: ``npv``, ``npv_after_tax``: What it alone moves the expected payoff of the first result by, before and after
    #: tax, and ``mcse``, ``mcse_after_tax`` their Monte Carlo errors; ``None`` where that cannot be told.
    npv: Annotated[float | None, MONEY] = None
    npv_after_tax: Annotated[float | None, MONEY] = None
    mcse: Annotated[float | None, MONEY] = None
    mcse_after_tax: Annotated[float | None, MONEY] = None

    def by_itself(self, *, after_tax: bool) -> tuple[float, float] | None:
        """Return what it alone moves, and the Monte Carlo error of that; ``None`` where that cannot be told."""
        value, error = (self.npv_after_tax, self.mcse_after_tax) if after_tax else (self.npv, self.mcse)
        return None if value is None else (value, error or 0.0)


@dataclass(frozen=True)
class Change(BothSidesOfTax[float]):
    """One changed input."""

    input: str  #: Its path in the scenario.
    #: ``before``, ``after``: What was said there, as plain data; ``None`` for nothing, and where many things changed
    #: together.
    before: Any
    after: Any
    #: ``npv``, ``npv_after_tax``: What it moved the expected payoff by, before and after tax.
    npv: Money
    #: ``meaning``, ``unit``: What it is, and in what it is counted; empty where nobody said.
    meaning: Words = ""
    unit: str = ""
    npv_after_tax: Annotated[float | None, MONEY] = None
    #: ``mcse``, ``mcse_after_tax``: Monte Carlo error of either.
    mcse: Annotated[float | None, MONEY] = None
    mcse_after_tax: Annotated[float | None, MONEY] = None
    #: What changed, where many things changed together: beliefs, and what makes sense only together.
    parts: tuple[ChangedInput, ...] = ()
    #: ``before_words``, ``after_words``: Of what has several parts the same in words; else empty.
    before_words: Words = ""
    after_words: Words = ""
    #: Whether it alone changes the decision; ``None`` where that stays, or one change is not told from others.
    decides: bool | None = None

    def error(self, *, after_tax: bool) -> float:
        """Return the Monte Carlo error of that; 0 where it is not known."""
        return (self.mcse_after_tax if after_tax and self.npv_after_tax is not None else self.mcse) or 0.0


@dataclass(frozen=True)
class Difference(Result):
    """The answer of ``txsim diff``; what each field is, stands in docs/schema.md."""

    kind: ClassVar[str] = "diff"

    #: ``a``, ``b``: The results.
    a: Side
    b: Side
    option: str  #: Whose payoff is explained.
    #: ``total``, ``total_after_tax``: Expected payoff of ``b`` less that of ``a``, before and after tax.
    total: Money
    changes: tuple[Change, ...]  #: By falling size; with ``random_numbers`` they sum to ``total``, on either basis.
    #: ``random_numbers``, ``random_numbers_after_tax``: What seed, number of draws or version moved.
    random_numbers: Money
    currency: str = ""  #: Of all money.
    #: ``taxed``, ``after_tax``: Whether either states a tax, and whether ``b`` is decided by figures after tax.
    taxed: bool = False
    after_tax: bool = False
    total_after_tax: Annotated[float | None, MONEY] = None
    random_numbers_after_tax: Annotated[float | None, MONEY] = None

    def grain(self, value: float, error: float) -> float:
        """Return the power of ten to whose multiples a step is told; 0 where it is exact.

        No finer than its Monte Carlo error, nor than its ends are told, so that the steps add up as they are read,
        unless it is smaller than that.
        """
        return grain_beside(grain_of(error, 0.0, 0.0), min(self.a.resolution, self.b.resolution), value)

    def total_grain(self, *, after_tax: bool) -> float:
        """Return the same of the whole difference, in which other random numbers are as unsure as its ends."""
        total = self.total_after_tax if after_tax and self.total_after_tax is not None else self.total
        error = max((change.error(after_tax=after_tax) for change in self.changes), default=0.0)
        apart = max(self.a.resolution, self.b.resolution) if self.random_numbers else 0.0
        return max(self.grain(total, error), apart)

    @property
    def organisation(self) -> str:
        """Whose the two are."""
        return " / ".join(dict.fromkeys(each.organisation for each in (self.a, self.b) if each.organisation))

    @property
    def decision_changes(self) -> bool:
        """Whether another option is recommended, or one is where it was open, or the other way round."""
        one, other = ((each.decision, each.state == "open") for each in (self.a, self.b))
        return one != other

    @property
    def titles(self) -> tuple[str, str]:
        """What the two are called: titles of their scenarios, or where these are alike their files or folders."""
        if self.a.title and self.b.title and self.a.title != self.b.title:
            return self.a.title, self.b.title
        last = PurePath(self.a.name).name, PurePath(self.b.name).name
        return last if last[0] != last[1] and all(last) else (self.a.name, self.b.name)
