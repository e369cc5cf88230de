# SPDX-License-Identifier: MIT
"""Sections 5 and 15 of docs/model.md once more: customers of one segment, or all of them, month after month."""

from __future__ import annotations

import math
from typing import Any

from tests.oracle.graph import baseline


def p2(p: float, n: int) -> float:
    return 0.0 if n < 2 else 1 - (1 - p) ** n - n * p * (1 - p) ** (n - 1)


SHARED = ("contribution_margin", "contacts_per_month", "cost_per_contact", "digital_bad", "digital_interactions")


def segments_of(data: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """15: what a segment does not state is the organisation's."""
    firm = data["organisation"]
    theirs = {key: firm[key] for key in (*SHARED, "arpu_growth") if key in firm}
    return {name: {"responds": 1.0, **theirs, **told} for name, told in firm.get("segments", {}).items()}


def own_customers(data: dict[str, Any]) -> dict[str, dict[str, Any]]:
    firm = data["organisation"]
    if firm.get("customers") is None or firm.get("churn_per_month") is None:
        return {}
    arpu = firm.get("arpu_per_month")
    if arpu is None and "revenue_per_month" in firm:
        arpu = firm["revenue_per_month"] / firm["customers"]
    return {} if arpu is None else {"all": {**firm, "arpu_per_month": arpu, "responds": 1.0}}


def customers_of(
    data: dict[str, Any],
    told: dict[str, Any],
    out: dict[str, list[float]],
    rate: dict[str, float],
    ratio: dict[str, float],
    months: int,
) -> dict[str, list[float]]:
    """Run one segment, or all customers, along experience that is known."""
    firm, prior, responds = data["organisation"], data["priors"], told["responds"]
    names = ("customers", "churn", "revenue", "serve", "plain_customers", "cx_customers", "contribution")
    found: dict[str, list[float]] = {name: [] for name in names}
    n = plain = float(told["customers"])
    churn_0, bad, often = told["churn_per_month"], told.get("digital_bad", 0.0), told.get("digital_interactions", 0)
    for t in range(months):
        grown = (1 + firm.get("cost_growth", 0.0)) ** (t / 12)
        price = (1 + told.get("arpu_growth", 0.0)) ** (t / 12) * (firm.get("season") or [1.0] * 12)[t % 12]
        rel, d = responds * out["rel"][t], responds * out["cx"][t]
        joins = told.get("joins_per_month", told["customers"] * churn_0) * math.exp(rate["referral_cx"] * rel)
        of_digital, before = 1.0, p2(bad, often)
        if before > 0:
            share = 1 - math.exp(-prior["digital_leave"] * before / churn_0) if churn_0 > 0 else 1.0
            gone = out["ux_customer"][t] / ratio["ux_customer"] / (100 - baseline(data, "ux_customer"))
            of_digital = 1 - share + share * p2(min(max(bad * (1 - gone), 0.0), 1.0), often) / before
        hazard = churn_0 * math.exp(-rate["churn_cx"] * rel)
        churn, plain_churn = min(1.0, hazard * of_digital), min(1.0, hazard)
        spent = told["arpu_per_month"] * price * math.exp(rate["spend_cx"] * rel)
        contact = told.get("contacts_per_month", 0.0) * told.get("cost_per_contact", 0.0) * grown
        contact *= math.exp(-rate["serve_cx"] * d)
        for name, value in (("customers", n), ("churn", churn), ("revenue", n * spent), ("serve", n * contact)):
            found[name].append(value)
        found["plain_customers"].append(plain)
        margin = told.get("contribution_margin")
        if margin is not None:
            found["cx_customers"].append(margin * plain * spent - plain * contact)
            found["contribution"].append(margin * n * spent - n * contact)
        n, plain = n * (1 - churn) + joins, plain * (1 - plain_churn) + joins
    found["end"] = [n]
    return found if found["contribution"] else {k: v for k, v in found.items() if k != "contribution"}


def added_up(parts: dict[str, dict[str, list[float]]]) -> dict[str, list[float]]:
    names = ("customers", "revenue", "serve", "plain_customers", "cx_customers", "end")
    if not parts:
        return {name: [] for name in (*names, "churn")}
    found = {name: [sum(values) for values in zip(*(p[name] for p in parts.values()), strict=True)] for name in names}
    if len(parts) == 1:  # a churn of nobody is a churn too
        (only,) = parts.values()
        return found | {"churn": only["churn"]}
    left = [[n * c for n, c in zip(p["customers"], p["churn"], strict=True)] for p in parts.values()]
    found["churn"] = [
        sum(gone) / n if n > 0 else 0.0 for gone, n in zip(zip(*left, strict=True), found["customers"], strict=True)
    ]
    return found
