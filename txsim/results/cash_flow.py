# SPDX-License-Identifier: MIT
"""The expected cash flow of an option by year and line, less that of doing nothing, as a business case lays it out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from txsim.results.quantities import MONEY, Money, Share

__all__ = ["CashFlow", "CashFlowLine"]


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
    """

    name: str
    initial: Money
    years: Annotated[tuple[float, ...], MONEY]
    total: Money
    pv: Money


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
    p_scale
        Of a policy the probability that it goes on; futures in which it stops are counted in. ``None`` for a path.
    """

    option: str
    lines: tuple[CashFlowLine, ...]
    p_scale: Share | None = None
