# SPDX-License-Identifier: MIT
"""The expected cash flow of an option by year and line, less that of doing nothing, as a business case lays it out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from txsim.language import Words
from txsim.results.quantities import MONEY, OWN, Money, Ratio, Share


def counts_runoff(*, bridge: str, terminal: str) -> bool:
    """Return whether the payoff counts what customers kept are worth after the horizon: on their bridge, if asked."""
    return bridge == "customers" and terminal == "runoff"


@dataclass(frozen=True)
class CashFlowLine:
    """One line of a business case, expected values."""

    #: ``retention``, ``referral``, ``spend``, ``digital_leavers``, ``cost_to_serve``, ``margin``, ``staff_turnover``,
    #: ``productivity``, ``time``, ``absence``, ``direct_benefits``, ``one_off``, ``running``, ``runoff``, ``tax``
    #: (where the decision is after tax) or ``net``.
    name: str
    initial: Money  #: One-off costs of the first month, undiscounted.
    years: Annotated[tuple[float, ...], MONEY]  #: Undiscounted by year; the last may be a part of one.
    total: Money  #: Undiscounted.
    pv: Money  #: Present value.
    #: Present value of each year; with the initial part they add up to ``pv``, but for what is counted at the end.
    pv_years: Annotated[tuple[float, ...], MONEY] = ()
    beyond: Money = 0.0  #: Of ``pv``, what falls after the horizon and so in no year: run-off, and tax on what is left.


@dataclass(frozen=True)
class CaseCurve:
    """How a line goes with a number with which it is not straight: simulated at some values, straight between them."""

    #: Values of the number as the author counts it, ascending: the ends of its interval of 90 %, of a known number half
    #: less and half more, nothing, and what it is.
    at: Annotated[tuple[float, ...], OWN]
    #: By value: by what each of the line's columns (initial, then years) is multiplied there.
    factors: tuple[tuple[Ratio, ...], ...]


@dataclass(frozen=True)
class CaseInput:
    """A number on which a business case rests."""

    #: ``name``, ``meaning``, ``unit``: Its key, what it is, and in what the author counts it.
    name: str
    meaning: Words
    value: Annotated[float, OWN]  #: As the author counts it; of an uncertain quantity its mean.
    unit: str
    source: str  #: Who said it, where that is stated.
    powers: Mapping[str, Ratio]  #: By line: 1 where the line is in proportion to the number; other lines are left out.
    #: By line: the share of each of its columns (initial, then years) that is in proportion to the number, where the
    #: rest does not depend on it, as with the price of one item among several; such lines have no power. After tax also
    #: of ``write_off``, what is written off of the one-off cost, with what is written off after the horizon at its end.
    shares: Mapping[str, tuple[Ratio, ...]] = field(default_factory=dict)
    #: By line: how it goes with the number where that is neither.
    curves: Mapping[str, CaseCurve] = field(default_factory=dict)
    #: ``low``, ``high``: Where an uncertain quantity lies with 90 %, the smaller first; ``None`` of a known number.
    low: Annotated[float | None, OWN] = None
    high: Annotated[float | None, OWN] = None


@dataclass(frozen=True)
class CasePart:
    """A part of a line in which several numbers multiply, such as customers of a segment and what each of them pays."""

    inputs: tuple[str, ...]  #: Their names; the share that each has of the line holds that of the part.
    shares: tuple[Ratio, ...]  #: Share of each of the line's columns.


@dataclass(frozen=True)
class CashFlow:
    """Benefits and costs of an option by year."""

    option: str  #: Which option or policy.
    #: Benefits by falling present value, then costs, then ``net``; each column adds up to ``net``, whose present value
    #: is the expected net present value of the option.
    lines: tuple[CashFlowLine, ...]
    #: Of a policy the probability that it goes on; futures in which it stops are counted in. ``None`` for a path.
    p_scale: Share | None = None
    inputs: tuple[CaseInput, ...] = ()  #: The numbers on which the case rests; empty where they were not looked at.
    #: By line: by how much of it, at most, its formulas missed a simulation in which one number stood at an end of its
    #: interval, at nothing or between, or all were halved that have a share in it; 0 where they are exact. A line that
    #: they miss by more than a quarter moves with no number.
    within: Mapping[str, Ratio] = field(default_factory=dict)
    #: By line: the parts of it in which several numbers multiply.
    parts: Mapping[str, tuple[CasePart, ...]] = field(default_factory=dict)
