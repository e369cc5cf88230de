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
#: Beside these and the nodes, where a plan has benefits, time, absence, tax or segments (:attr:`Plan.extended`). For
#: each segment ``payoff.name``, its part of the payoff, and ``runoff.name`` follow.
MORE_FIELDS = (
    "npv_after_tax",  # on the bridge that pays
    "payback_after_tax",
    "capacity_freed",  # present value, in no payoff
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
    "benefit",  # what drivers earn beside experience, as far as it enters profit
    "capacity",  # what is freed and is not cash: benefits, time, absence
    "time",  # realised working time that better tools save; in `work`
    "absent",  # absence that need not be covered; in `work`
    "capex",  # the part of `one_off` that is written off over its life
    "depreciation",
    "tax",  # on the payoff of the month
)
#: Monthly fields of each segment, ``customers.name`` and so on, after all others.
SEGMENT_MONTHS = ("customers", "churn", "revenue", "serve")


@dataclass(frozen=True, slots=True)
class Wave:
    """When one push (or one coordination) acts under one path.

    The factor is ``first * W(t; start, end) + second * W(t; second_start, second_end)``, with ``W`` the ramp up to the
    month before ``end`` and from ``end`` on its value in month ``end - 1`` times ``decay^(t - end + 1)``.
    """

    first: int = 0  #: 0: no first wave, 1: the whole firm, 2: the pilot's share ``scope``.
    #: ``start``, ``end``: First month of the first wave and the first month after it.
    start: int = 0
    end: int = 0
    second: int = 0  #: 0: no second wave, 1: the rest of the firm, ``1 - scope``.
    #: ``second_start``, ``second_end``: The same for the second wave.
    second_start: int = 0
    second_end: int = 0


@dataclass(frozen=True)
class Plan:
    """Structure of one scenario, the same in every draw."""

    months: int  #: Horizon ``T``.
    #: Names of the nodes, for example ``("ux_employee", "ux_customer", "mx", "cx", "ex[front]")``.
    nodes: tuple[str, ...]
    #: ``cx``, ``ux_customer``: Positions of these nodes; ``ux_customer`` is -1 where there is none.
    cx: int
    ux_customer: int
    #: Position of the node ``ex[g]`` for each staff group that has staff figures; they are the groups of the rows
    #: ``leave``, ``attrition`` and ``work``.
    groups: tuple[int, ...]
    #: ``link_source``, ``link_target``: ``(link,)`` positions of nodes; source -1 is coordination, which acts without
    #: lag.
    link_source: tuple[int, ...]
    link_target: tuple[int, ...]
    link_silo: tuple[bool, ...]  #: ``(link,)`` bool: carries ``k_t``.
    #: ``push_node``, ``push_shape``: ``(push,)`` the node that is pushed and the shape it follows.
    push_node: tuple[int, ...]
    push_shape: tuple[int, ...]
    coordination_shape: tuple[int, ...]  #: ``(coordination,)`` the shape that each driver's coordination follows.
    waves: tuple[tuple[Wave, ...], ...]  #: For each shape a :class:`Wave` per path of :data:`PATHS`.
    #: For each cost item, per path, ``(from, to)``: months ``from <= t < to`` in which it is charged.
    item_months: tuple[tuple[tuple[int, int], ...], ...]
    #: For each cost item, whether it is a one-off (discounted from the start of its month).
    item_one_off: tuple[bool, ...]
    item_grows: tuple[bool, ...]  #: For each cost item, whether ``cost_growth`` applies.
    interactions: int  #: Digital interactions of a customer in a month, ``n``; below 2 there is no digital factor.
    rival_start: int  #: Month in which rivals begin.
    season: tuple[float, ...]  #: ``(12,)`` factors of revenue, the first belongs to month 0.
    pays: str  #: ``"customers"`` or ``"margin"``.
    #: ``customers``, ``margin``: Which bridges have the figures they need; the other rows of such a bridge are zero.
    customers: bool
    margin: bool
    rate: float  #: Discount rate a year.
    #: ``discount_one_off``, ``discount_rest``: ``(month,)`` factors for one-offs and for all else, see
    #: :func:`discount_factors`.
    discount_one_off: tuple[float, ...]
    discount_rest: tuple[float, ...]
    #: Shapes whose value tires while they are active (docs/model.md, section 13), in rising order.
    tiring: tuple[int, ...] = ()
    benefit_shape: tuple[int, ...] = ()  #: ``(benefit,)`` the shape that each benefit follows.
    #: For each of ``groups`` the position of the node of its tools; empty if saved time is not counted.
    tools: tuple[int, ...] = ()
    absence: bool = False  #: Whether absence is counted, in the rows ``absent`` and ``absence`` of each of ``groups``.
    #: Names of the segments of customers; they take the place of the organisation's own figures.
    segments: tuple[str, ...] = ()
    #: ``(segment,)`` as ``interactions``; 0 where the segment has no digital part.
    segment_interactions: tuple[int, ...] = ()
    #: ``(segment,)`` number of the first segment that responds alike in every draw; -1 for one that never responds.
    segment_class: tuple[int, ...] = ()
    segment_serve: tuple[bool, ...] = ()  #: ``(segment,)`` whether it costs anything to serve.
    #: ``(item,)`` months over which a one-off is written off, 0 for what is not; empty if nothing is.
    item_life: tuple[int, ...] = ()
    tax_rate: float | None = None  #: Of the payoff; ``None`` where no tax is stated.
    write_off: bool = False  #: Whether what is left at the horizon is written off in its last month.
    #: ``monthly`` or ``annual``, as in :func:`discount_factors`: depreciation goes on after the horizon.
    convention: str = "monthly"

    @property
    def extended(self) -> bool:
        """Whether outcomes have :data:`MORE_FIELDS`: there are benefits, time, absence, capex, tax or segments."""
        parts = (self.benefit_shape, self.tools, self.absence, self.segments, any(self.item_life))
        return any(map(bool, parts)) or self.tax_rate is not None

    def result_fields(self) -> tuple[str, ...]:
        """Return the names along the field axis of outcomes."""
        if not self.extended:
            return (*RESULT_FIELDS, *self.nodes)
        by_segment = [f"{name}.{segment}" for name in ("payoff", "runoff") for segment in self.segments]
        return (*RESULT_FIELDS, *self.nodes, *MORE_FIELDS, *by_segment)

    def monthly_fields(self) -> tuple[str, ...]:
        """Return the names of everything that can be kept by month: nodes, then money, then segments."""
        by_segment = [f"{name}.{segment}" for segment in self.segments for name in SEGMENT_MONTHS]
        return (*self.nodes, *MONTHLY_FIELDS, *by_segment)

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
        return (*numbered, *SINGLE_ROWS, *self._more_rows())

    def _more_rows(self) -> list[str]:
        """Return the rows of what most scenarios do not have (docs/model.md, sections 11 to 16)."""
        groups, rows = range(len(self.groups)), []
        for i in range(len(self.tiring)):
            # max(m, 1); ln 2 / half-life; 1, or 0 where it is worn out at once; the share that lasts
            rows += [f"tires_after[{i}]", f"tires_rate[{i}]", f"tires_slowly[{i}]", f"tires_lasts[{i}]"]
        for i in range(len(self.benefit_shape)):
            rows += [f"benefit[{i}]", f"freed[{i}]"]  # a month, at full shape: what is cash, and what is not
        if self.tools:
            # headcount * salary / 12 * time_ux / 100 / sd_ratio, a point of tools; its realised share
            rows += [*(f"time[{i}]" for i in groups), "time_realised"]
        if self.absence:
            # headcount * salary / 12 * absence_rate; absence_ex / sd_ratio; cost of an absent month in salaries
            rows += [*(f"absent[{i}]" for i in groups), *(f"absence[{i}]" for i in groups), "absence_cover"]
        for i in range(len(self.segments)):
            rows += [f"segment[{i}].{name}" for name in SEGMENT_ROWS]
        return rows


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

#: The rows of each segment of customers; all but ``responds`` as in :data:`SINGLE_ROWS`.
SEGMENT_ROWS = (
    "customers_start",
    "churn",
    "joins",
    "arpu",
    "arpu_growth",
    "contribution_margin",
    "serve",
    "digital_bad",
    "digital_rest",
    "digital_gain",
    "responds",
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
