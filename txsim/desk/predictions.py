# SPDX-License-Identifier: MIT
"""What a parameter's value would mean in practice: two predictions in plain words that a client can judge.

All are at the reference organisation (docs/model.md, section 8): 70 % of staff meet customers, 1.8 % of customers leave
in a month.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np

from txsim.desk.association import gap
from txsim.inference.statements import Reference
from txsim.language import N_, Figure, Message, lazy
from txsim.pathways import REFERENCE_CHURN, Graph
from txsim.results.names import NODE_NAMES
from txsim.types import Array
from txsim.units import MEASURES

Par = Mapping[str, Array]

_NAMES = {
    **{node: lazy(name) for node, name in NODE_NAMES.items()},
    "ex": lazy("EX on all staff"),
    "cx": "CX",
    "ex[support]": lazy("EX of internal staff"),
    "ex[front]": lazy("EX of the front line"),
}
_REVENUE = 1_000_000.0


def edge_path(graph: Graph, name: str) -> str | None:
    """Return the path ``a -> b`` whose slope a parameter is, at the reference organisation; ``None`` if it is none."""
    for edge in graph.edges:
        if edge.slope == name and edge.lag is not None:
            if edge.source == edge.target:
                return f"{edge.source}[support] -> {edge.target}[front]"
            return f"{edge.source} -> {edge.target}"
    return None


#: Median and 90 % interval in the unit they are told in.
_SPANS = {
    "": N_("{middle} (90 %: {low} … {high})"),
    "points": N_("{middle} points (90 %: {low} … {high})"),
    "months": N_("{middle} months (90 %: {low} … {high})"),
    "people": N_("{middle} people (90 %: {low} … {high})"),
    "%": N_("{middle} % (90 %: {low} … {high})"),
    "pp": N_("{middle} pp (90 %: {low} … {high})"),
    "k": N_("{middle} k (90 %: {low} … {high})"),
    "M": N_("{middle} M (90 %: {low} … {high})"),
}


def _span(values: Array, digits: int = 1, unit: str = "", scale: float = 1.0) -> Message:
    low, middle, high = (_figure(x, digits) for x in np.quantile(values * scale, [0.05, 0.5, 0.95]))
    return lazy(_SPANS[unit], middle=middle, low=low, high=high)


def _figure(value: float, digits: int) -> Figure:
    """Return a figure with so many digits, with one that counts where that would be nothing."""
    if value != 0 and round(abs(value), digits) == 0:
        digits = -math.floor(math.log10(abs(value)))
    return Figure(float(value), "number", digits=digits)


def predictions(graph: Graph, name: str, par: Par) -> tuple[Message, Message]:
    """Return two predictions in plain words.

    ``par``: draws by parameter ``(draw,)``.
    """
    path = edge_path(graph, name)
    if path is not None:
        return _slope(graph, name, path, par)
    if name.startswith("lag") or name == "margin_lag":
        return _lag(name, par[name])
    if name in _SENTENCES:
        return _SENTENCES[name](graph, par)
    return lazy("a value of {span}", span=_span(par[name], 3)), lazy(
        "it has no plainer meaning at the reference organisation"
    )


def _slope(graph: Graph, name: str, path: str, par: Par) -> tuple[Message, Message]:
    source, target = (part.strip() for part in path.split("->"))
    a, b = _NAMES.get(source, source), _NAMES.get(target, target)
    if target == "cx" and source == "ux_employee":
        first = lazy(
            "+10 index points of {a} give +{span} of {b} directly, not through staff's mood",
            a=a,
            span=_span(par[name], 1, "points", 10),
            b=b,
        )
        effect = par[name]
    else:
        effect = gap(graph, path, par).effect
        first = lazy(
            "+10 index points of {a} give +{span} of {b}, settled", a=a, span=_span(effect, 1, "points", 10), b=b
        )
    if target in ("cx", "ex"):
        ratio = 2.0 * MEASURES["nps"]
        kind = lazy("an NPS") if target == "cx" else lazy("an eNPS")
        points = float(np.median(effect)) * 10 * ratio
        text = N_("{first}; {kind} would move by about {points} of its 200 points")
        first = lazy(text, first=first, kind=kind, points=_figure(points, 1))
    decomposition = gap(graph, path, par)
    seen, given = float(np.median(decomposition.association)), float(np.median(decomposition.effect))
    if seen > 1.1 * given:
        second = lazy(
            "of two firms 10 points apart in {a}, surveys show {b} {span} apart; pushing gives {share} of that",
            a=a,
            b=b,
            span=_span(decomposition.association, 1, "points", 10),
            share=Figure(decomposition.share_effect, "percent"),
        )
    else:
        edge = next(edge for edge in graph.edges if edge.slope == name)
        delay = par.get(edge.lag or "", np.ones(1))
        second = lazy("half of that has arrived after {span}", span=_span(_months(delay, 0.5), 1, "months"))
    return first, second


def _months(delay: Array, share: float) -> Array:
    """Return after how many months a share of an effect has come through a mean delay."""
    keep = 1 - 1 / np.maximum(delay, 1.0)
    with np.errstate(divide="ignore"):
        return np.where(keep > 0, np.log(1 - share) / np.log(np.maximum(keep, 1e-12)), 1.0)


def _lag(name: str, delay: Array) -> tuple[Message, Message]:
    what = {
        "margin_lag": lazy("customer experience brings in profit"),
        "lag_tools": lazy("better tools, channels or journeys bring"),
    }
    brings = what.get(name, lazy("a change of mood brings") if name == "lag_people" else lazy("this influence brings"))
    half = _span(_months(delay, 0.5), 1, "months")
    return (
        lazy("half of what {brings} has arrived after {half}", brings=brings, half=half),
        lazy("nine tenths have after {span}", span=_span(_months(delay, 0.9), 1, "months")),
    )


def _reach(graph: Graph, par: Par) -> tuple[Message, Message]:
    r = par["reach"]
    return (
        lazy(
            "internal staff, 30 % of heads, carry {span} of what staff do to customers",
            span=_span(0.3 * r / (0.7 + 0.3 * r), 0, "%", 100),
        ),
        lazy("100 people of internal staff count as much as {span} of the front line", span=_span(r, 0, "people", 100)),
    )


def _confounding(graph: Graph, par: Par) -> tuple[Message, Message]:
    decomposition = gap(graph, "ex -> cx", par)
    part = decomposition.parts["confounding"] / decomposition.association
    return (
        lazy("good management alone makes EX and CX of firms correlate by {span}", span=_span(par["confounding"], 2)),
        lazy(
            "of the association that surveys see, {span} would be there if pushing did nothing",
            span=_span(part, 0, "%", 100),
        ),
    )


def _silos(graph: Graph, par: Par) -> tuple[Message, Message]:
    lift = _settled(graph, par, "mx", "cx") * par["silo_mx"]
    return (
        lazy("from separate silos to one strategy, MX gains {span}", span=_span(par["silo_mx"], 1, "points")),
        lazy("through journeys that is {span} of CX", span=_span(lift, 1, "points")),
    )


def _uplift(graph: Graph, par: Par) -> tuple[Message, Message]:
    effect = gap(graph, "ex -> cx", par).effect
    stronger = effect * (1 + par["coordination_uplift"])
    return (
        lazy(
            "one strategy makes links that cross silos {span} stronger",
            span=_span(par["coordination_uplift"], 0, "%", 100),
        ),
        lazy(
            "+10 index points of EX then give {more:.2f} points of CX instead of {less:.2f}",
            more=float(np.median(stronger)) * 10,
            less=float(np.median(effect)) * 10,
        ),
    )


def _settled(graph: Graph, par: Par, source: str, target: str) -> Array:
    reference = Reference(graph)
    place = (..., reference.network.position(target), reference.network.position(source))

    def of_some(some: Par) -> Array:
        shape = some["mx_cx"].shape
        gain, _ = reference.matrices(some, lambda parts: np.stack(np.broadcast_arrays(*parts), -1), np.log, shape)
        return np.asarray(gain[place])

    return np.asarray(reference.by_pieces(par, of_some))


def _churn(graph: Graph, par: Par) -> tuple[Message, Message]:
    less = REFERENCE_CHURN * np.exp(-10 * par["churn_cx"])
    kept = 1000 * ((1 - less) ** 12 - (1 - REFERENCE_CHURN) ** 12)
    return (
        lazy("+10 index points of CX: churn of 1.8 % a month becomes {span}", span=_span(less, 2, "%", 100)),
        lazy("of 1,000 customers, {span} more are still there after a year", span=_span(kept, 0)),
    )


def _attrition(graph: Graph, par: Par) -> tuple[Message, Message]:
    less = 20 * np.exp(-10 * par["attrition_ex"])
    return (
        lazy("+10 index points of EX: turnover of 20 % a year becomes {span}", span=_span(less, 1, "%")),
        lazy("of 1,000 people, {span} fewer leave in a year", span=_span(10 * (20 - less), 0)),
    )


def _referral(graph: Graph, par: Par) -> tuple[Message, Message]:
    more = 100 * np.expm1(10 * par["referral_cx"])
    return (
        lazy("+10 index points of CX: where 100 customers joined, {span} join", span=_span(100 + more, 0)),
        lazy(
            "a base of 1,000 that just replaced its leavers gains {span} a year by that",
            span=_span(more * 10 * REFERENCE_CHURN * 12, 0),
        ),
    )


def _spend(graph: Graph, par: Par) -> tuple[Message, Message]:
    more = np.expm1(10 * par["spend_cx"])
    return (
        lazy("+10 index points of CX: a customer who spent 100 spends {span}", span=_span(100 * (1 + more), 1)),
        lazy("on revenue of 1 M a month that is {span} more", span=_span(_REVENUE * more / 1000, 0, "k")),
    )


def _serve(graph: Graph, par: Par) -> tuple[Message, Message]:
    less = np.exp(-10 * par["serve_cx"])
    return (
        lazy(
            "+10 index points of CX: where customers called 100 times, they call {span} times",
            span=_span(100 * less, 0),
        ),
        lazy("of a service bill of 1 M, {span} are saved", span=_span(_REVENUE * (1 - less) / 1000, 0, "k")),
    )


def _leave(graph: Graph, par: Par) -> tuple[Message, Message]:
    two = 1 - 0.92**4 - 4 * 0.08 * 0.92**3
    return (
        lazy(
            "of 100 customers with two bad digital experiences in a month, {span} leave",
            span=_span(par["digital_leave"], 0, "", 100),
        ),
        lazy(
            "where 8 % of four interactions go badly, that is {span} of all customers a month",
            span=_span(par["digital_leave"] * two, 2, "%", 100),
        ),
    )


def _margin(graph: Graph, par: Par) -> tuple[Message, Message]:
    return (
        lazy(
            "+10 index points of CX lift profit by {span} of revenue, settled",
            span=_span(par["cx_margin"], 1, "pp", 10),
        ),
        lazy(
            "on revenue of 1 M a month that is {span} a month",
            span=_span(par["cx_margin"], 0, "k", 10 * _REVENUE / 100 / 1000),
        ),
    )


def _replacement(graph: Graph, par: Par) -> tuple[Message, Message]:
    return (
        lazy(
            "to replace one person who costs 40,000 a year costs {span}",
            span=_span(par["replacement_cost"], 0, "", 40_000),
        ),
        lazy("100 leavers cost {span}", span=_span(par["replacement_cost"], 1, "M", 4)),
    )


def _rival(graph: Graph, par: Par) -> tuple[Message, Message]:
    return (
        lazy(
            "when all rivals have adopted, your CX counts for {span} less", span=_span(par["rival_gain"], 1, "points")
        ),
        lazy("at 60 % of rivals it counts for {span} less", span=_span(par["rival_gain"], 1, "points", 0.6)),
    )


def _copy(graph: Graph, par: Par) -> tuple[Message, Message]:
    return (
        lazy("rivals that adopt copy {span} of a lead", span=_span(par["copy"], 0, "%", 100)),
        lazy(
            "of a lead of 10 points, {span} are left once 60 % have adopted",
            span=_span(10 * (1 - 0.6 * par["copy"]), 1, "points"),
        ),
    )


_SENTENCES: dict[str, Callable[[Graph, Par], tuple[Message, Message]]] = {
    "reach": _reach,
    "confounding": _confounding,
    "silo_mx": _silos,
    "coordination_uplift": _uplift,
    "churn_cx": _churn,
    "attrition_ex": _attrition,
    "referral_cx": _referral,
    "spend_cx": _spend,
    "serve_cx": _serve,
    "digital_leave": _leave,
    "cx_margin": _margin,
    "replacement_cost": _replacement,
    "rival_gain": _rival,
    "copy": _copy,
}
