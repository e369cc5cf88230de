# SPDX-License-Identifier: MIT
"""A firm whose driver may pay or not, for tests of comparisons and of limits."""

from __future__ import annotations

FIRM = """
organisation:
  index: {ux_employee: 55, ux_customer: 60, mx: 50, cx: {value: 32, scale: nps}, ex: {value: 14, scale: enps}}
  staff: {front: {headcount: 300, turnover_per_year: 0.25, salary_per_year: 30000}}
  customers: 4000
  churn_per_month: 0.018
  arpu_per_month: 400
  contribution_margin: 0.25
drivers:
  - name: desk
    pushes: [{node: ex, group: front, effect: {median: 8, factor: 2}, months: 3}]
    one_off: 40000
    monthly: 1000
"""
