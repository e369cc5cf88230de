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
    """One line of a business case, expected values.

    Attributes
    ----------
    name
        ``retention``, ``referral``, ``spend``, ``digital_leavers``, ``cost_to_serve``, ``margin``, ``staff_turnover``,
        ``productivity``, ``time``, ``absence``, ``direct_benefits``, ``one_off``, ``running``, ``runoff``,
        ``tax`` (where the decision is after tax) or ``net``.
    initial
        One-off costs of the first month, undiscounted.
    years
        Undiscounted by year; the last may be a part of one.
    total
        Undiscounted.
    pv
        Present value.
    pv_years
        Present value of each year; with the initial part they add up to ``pv``, but for what is counted at the end.
    """

    name: str
    initial: Money
    years: Annotated[tuple[float, ...], MONEY]
    total: Money
    pv: Money
    pv_years: Annotated[tuple[float, ...], MONEY] = ()


@dataclass(frozen=True)
class CaseCurve:
    """How a line goes with a number with which it is not straight: simulated at some values, straight between them.

    Attributes
    ----------
    at
        Values of the number as the author counts it, ascending: the ends of its interval of 90 %, of a known number
        half less and half more, nothing, and what it is.
    factors
        By value: by what each of the line's columns (initial, then years) is multiplied there.
    """

    at: Annotated[tuple[float, ...], OWN]
    factors: tuple[tuple[Ratio, ...], ...]


@dataclass(frozen=True)
class CaseInput:
    """A number on which a business case rests.

    Attributes
    ----------
    name, meaning, unit
        Its key, what it is, and in what the author counts it.
    value
        As the author counts it; of an uncertain quantity its mean.
    source
        Who said it, where that is stated.
    powers
        By line: 1 where the line is in proportion to the number; other lines are left out.
    shares
        By line: the share of each of its columns (initial, then years) that is in proportion to the number, where the
        rest does not depend on it, as with the price of one item among several; such lines have no power. After tax
        also of ``write_off``, what is written off of the one-off cost.
    curves
        By line: how it goes with the number where that is neither.
    """

    name: str
    meaning: Words
    value: Annotated[float, OWN]
    unit: str
    source: str
    powers: Mapping[str, Ratio]
    shares: Mapping[str, tuple[Ratio, ...]] = field(default_factory=dict)
    curves: Mapping[str, CaseCurve] = field(default_factory=dict)


@dataclass(frozen=True)
class CasePart:
    """A part of a line in which several numbers multiply, such as customers of a segment and what each of them pays.

    Attributes
    ----------
    inputs
        Their names; the share that each has of the line holds that of the part.
    shares
        Share of each of the line's columns.
    """

    inputs: tuple[str, ...]
    shares: tuple[Ratio, ...]


@dataclass(frozen=True)
class CashFlow:
    """Benefits and costs of an option by year.

    Attributes
    ----------
    option
        Which option or policy.
    lines
        Benefits by falling present value, then costs, then ``net``; each column adds up to ``net``, whose present value
        is the expected net present value of the option.
    inputs
        The numbers on which the case rests; empty where they were not looked at.
    p_scale
        Of a policy the probability that it goes on; futures in which it stops are counted in. ``None`` for a path.
    within
        By line: by how much of it, at most, its formulas missed a simulation in which one number stood at an end of
        its interval, at nothing or between, or all were halved that have a share in it; 0 where they are exact. A line
        that they miss by more than a quarter moves with no number.
    parts
        By line: the parts of it in which several numbers multiply.
    """

    option: str
    lines: tuple[CashFlowLine, ...]
    p_scale: Share | None = None
    inputs: tuple[CaseInput, ...] = ()
    within: Mapping[str, Ratio] = field(default_factory=dict)
    parts: Mapping[str, tuple[CasePart, ...]] = field(default_factory=dict)
