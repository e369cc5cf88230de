# SPDX-License-Identifier: MIT
"""What the kernel is told about one scenario: its structure as small integers, its quantities as rows.

Everything that is the same in all draws and only says *what happens when* is in the :class:`Plan`: which node a link
starts from, in which month a wave begins under which option. Everything that may differ from draw to draw is a row of
a matrix ``(row, draw)``; :meth:`Plan.rows` names the rows in their order. Equations: docs/model.md, sections 3 to 6.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["BASE", "MONTHLY_FIELDS", "OPTIONS", "PATHS", "RESULT_FIELDS", "Plan", "Wave", "discount_factors"]

#: The paths that are simulated. The first is what every payoff is measured against; the last is the same firm
#: without rivals, from which follows what standing still costs.
PATHS = ("do_nothing", "commit", "commit_stop", "pilot_scale", "pilot_stop", "no_rivals")
BASE = 0
#: The options among them that a decision can choose.
OPTIONS = ("commit", "commit_stop", "pilot_scale", "pilot_stop")

#: One value per path and draw. Money is a present value of the whole horizon, less that of ``do_nothing`` except for
#: ``pv_profit`` and ``pv_cost``; ``payback`` is a month counted from 1, NaN for never; ``d[...]`` of each node follows.
RESULT_FIELDS = (
    "npv",  # on the bridge that pays
    "npv_other",  # on the other bridge
    "pv_cost",  # discounted programme cost
    "pv_profit",  # discounted profit on the bridge that pays, a level: do_nothing is not subtracted
    "payback",
    "peak_funding",  # undiscounted, >= 0
    "runoff",  # value after the horizon of the customers won or kept, bridge `customers`
    "customers_end",  # N_T, a level
    "check_customers",  # the CX part alone, digital factor held at 1, bottom-up
    "check_margin",  # the CX part alone, top-down
)

#: One value per path, month and draw, on request; ``d[...]`` of each node precedes them.
MONTHLY_FIELDS = (
    "customers",  # N_t at the start of the month
    "churn",
    "revenue",
    "serve",
    "leave",
    "work",
    "profit",  # on the bridge that pays, after programme cost
    "margin_effect",  # profit on the margin bridge before programme cost
    "one_off",
    "running",
    "coordination",  # C_t
    "payoff",  # cumulative, undiscounted, less do_nothing, after programme cost
)


@dataclass(frozen=True, slots=True)
class Wave:
    """When one push (or one coordination) acts under one path.

    The factor is ``first * W(t; start, end) + second * W(t; second_start, second_end)``, with ``W`` the ramp up to the
    month before ``end`` and from ``end`` on its value in month ``end - 1`` times ``decay^(t - end + 1)``.

    Attributes
    ----------
    first
        0: no first wave, 1: the whole firm, 2: the pilot's share ``scope``.
    start, end
        First month of the first wave and the first month after it.
    second
        0: no second wave, 1: the rest of the firm, ``1 - scope``.
    second_start, second_end
        The same for the second wave.
    """

    first: int = 0
    start: int = 0
    end: int = 0
    second: int = 0
    second_start: int = 0
    second_end: int = 0


@dataclass(frozen=True)
class Plan:
    """Structure of one scenario, the same in every draw.

    Attributes
    ----------
    months
        Horizon ``T``.
    nodes
        Names of the nodes, for example ``("ux_employee", "ux_customer", "mx", "cx", "ex[front]")``.
    cx, ux_customer
        Positions of these nodes; ``ux_customer`` is -1 where there is none.
    groups
        Position of the node ``ex[g]`` for each staff group that has staff figures; they are the groups of the rows
        ``leave``, ``attrition`` and ``work``.
    link_source, link_target
        ``(link,)`` positions of nodes; source -1 is coordination, which acts without lag.
    link_silo
        ``(link,)`` bool: carries ``k_t``.
    push_node, push_shape
        ``(push,)`` the node that is pushed and the shape it follows.
    coordination_shape
        ``(coordination,)`` the shape that each driver's coordination follows.
    waves
        For each shape a :class:`Wave` per path of :data:`PATHS`.
    item_months
        For each cost item, per path, ``(from, to)``: months ``from <= t < to`` in which it is charged.
    item_one_off
        For each cost item, whether it is a one-off (discounted from the start of its month).
    item_grows
        For each cost item, whether ``cost_growth`` applies.
    interactions
        Digital interactions of a customer in a month, ``n``; below 2 there is no digital factor.
    rival_start
        Month in which rivals begin.
    season
        ``(12,)`` factors of revenue, the first belongs to month 0.
    pays
        ``"customers"`` or ``"margin"``.
    customers, margin
        Which bridges have the figures they need; the other rows of such a bridge are zero.
    rate
        Discount rate a year.
    discount_one_off, discount_rest
        ``(month,)`` factors for one-offs and for all else, see :func:`discount_factors`.
    """

    months: int
    nodes: tuple[str, ...]
    cx: int
    ux_customer: int
    groups: tuple[int, ...]
    link_source: tuple[int, ...]
    link_target: tuple[int, ...]
    link_silo: tuple[bool, ...]
    push_node: tuple[int, ...]
    push_shape: tuple[int, ...]
    coordination_shape: tuple[int, ...]
    waves: tuple[tuple[Wave, ...], ...]
    item_months: tuple[tuple[tuple[int, int], ...], ...]
    item_one_off: tuple[bool, ...]
    item_grows: tuple[bool, ...]
    interactions: int
    rival_start: int
    season: tuple[float, ...]
    pays: str
    customers: bool
    margin: bool
    rate: float
    discount_one_off: tuple[float, ...]
    discount_rest: tuple[float, ...]

    def rows(self) -> tuple[str, ...]:
        """Return the names of the rows of the matrix ``(row, draw)``, in their order.

        Units: nodes and pushes in index points of the node's own measure, rates per such point, money in the
        scenario's currency per month, ``churn`` a share per month, growth as the factor of one month, times in months.
        """
        numbered = [
            *(f"baseline[{i}]" for i in range(len(self.nodes))),  # p_i = b_i / 100
            *(f"beta[{i}]" for i in range(len(self.link_source))),  # slope, share of groups and measures included
            *(f"phi[{i}]" for i in range(len(self.link_source))),  # 1 - 1 / max(lag, 1); 0 for coordination
            *(f"push[{i}]" for i in range(len(self.push_node))),  # q = effect * delivery
            *(f"coordination[{i}]" for i in range(len(self.coordination_shape))),  # (to - C_0) * delivery
            *(f"ramp[{i}]" for i in range(len(self.waves))),  # m
            *(f"slip[{i}]" for i in range(len(self.waves))),
            *(f"decay[{i}]" for i in range(len(self.waves))),  # 0.5 ** (1 / fade), 0 for fade 0
            *(f"item[{i}]" for i in range(len(self.item_months))),  # amount, overrun included
            *(f"leave[{i}]" for i in range(len(self.groups))),  # headcount * turnover / 12 * replacement * salary
            *(f"attrition[{i}]" for i in range(len(self.groups))),  # attrition_ex / sd_ratio
            *(f"work[{i}]" for i in range(len(self.groups))),  # headcount * salary / 12 * productivity / 100 per point
        ]
        return (*numbered, *SINGLE_ROWS)


#: The rows that every scenario has once.
SINGLE_ROWS = (
    "scope",  # w
    "coordination_start",  # C_0
    "uplift",  # coordination_uplift
    "customers_start",  # N_0
    "churn",  # churn_0
    "joins",  # joins_0
    "arpu",  # of month 0, without season
    "arpu_growth",  # factor of one month, (1 + arpu_growth) ** (1 / 12)
    "cost_growth",  # likewise
    "contribution_margin",
    "serve",  # contacts_per_month * cost_per_contact, per customer
    "churn_cx",
    "referral_cx",
    "spend_cx",
    "serve_cx",
    "digital_bad",  # p_0
    "digital_slope",  # 1 / (sd_ratio * (100 - b)) of ux_customer
    "digital_rest",  # 1 - s; 1 without a digital factor
    "digital_gain",  # s / P2(p_0); 0 without a digital factor
    "revenue_start",  # R_0, without season
    "cx_margin",  # pp of revenue per point
    "margin_phi",
    "rival_share",
    "rival_months",
    "rival_gain",
    "copy",
)


def discount_factors(rate: float, months: int, convention: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the discount factors of one-offs and of all else, month by month.

    Parameters
    ----------
    rate
        Discount rate a year, a fraction.
    months
        Number of months.
    convention
        ``"monthly"``: one-offs at the start of their month, ``(1 + r)^(-t/12)``, all else at its end,
        ``(1 + r)^(-(t+1)/12)``. ``"annual"``: everything at the end of its year, and one-offs of month 0 in an
        undiscounted initial column, as consultants' tables do.

    Returns
    -------
    tuple of ndarray
        Two arrays ``(month,)``. Source: docs/model.md, section 6.
    """
    month = np.arange(months, dtype=np.float64)
    if convention == "annual":
        year_end = (1.0 + rate) ** -(month // 12 + 1.0)
        return np.where(month == 0, 1.0, year_end), year_end
    return (1.0 + rate) ** (-month / 12.0), (1.0 + rate) ** (-(month + 1) / 12.0)
