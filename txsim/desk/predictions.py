# SPDX-License-Identifier: MIT
"""What a parameter's value would mean in practice: two predictions in plain words that a client can judge.

All are at the reference organisation (docs/model.md, section 8): 70 % of staff meet customers, 1.8 % of customers leave
in a month.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from txsim.inference.gap import gap
from txsim.inference.statements import Reference
from txsim.pathways import REFERENCE_CHURN, Graph
from txsim.types import Array
from txsim.units import MEASURES

__all__ = ["edge_path", "predictions"]

Par = Mapping[str, Array]

_NAMES = {
    "ux_employee": "usability of staff's tools",
    "ux_customer": "usability of customers' channels",
    "mx": "seamlessness of journeys (MX)",
    "ex": "EX on all staff",
    "cx": "CX",
    "ex[support]": "EX of internal staff",
    "ex[front]": "EX of the front line",
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


def _span(values: Array, digits: int = 1, unit: str = "", scale: float = 1.0) -> str:
    low, middle, high = np.quantile(values * scale, [0.05, 0.5, 0.95])
    return f"{_figure(middle, digits)}{unit} (90 %: {_figure(low, digits)} … {_figure(high, digits)})"


def _figure(value: float, digits: int) -> str:
    text = f"{value:,.{digits}f}"
    if float(text.replace(",", "")) == 0 and value != 0:
        text = f"{value:.1g}"
    return text.replace("-", "−")


def predictions(graph: Graph, name: str, par: Par) -> tuple[str, str]:
    """Return two predictions in plain words.

    Parameters
    ----------
    graph
        Nodes and edges.
    name
        A parameter of the calibration.
    par
        Draws by parameter ``(draw,)``.
    """
    path = edge_path(graph, name)
    if path is not None:
        return _slope(graph, name, path, par)
    if name.startswith("lag") or name == "margin_lag":
        return _lag(name, par[name])
    if name in _SENTENCES:
        return _SENTENCES[name](graph, par)
    text = f"a value of {_span(par[name], 3)}"
    return text, "it has no plainer meaning at the reference organisation"


def _slope(graph: Graph, name: str, path: str, par: Par) -> tuple[str, str]:
    source, target = (part.strip() for part in path.split("->"))
    a, b = _NAMES.get(source, source), _NAMES.get(target, target)
    if target == "cx" and source == "ux_employee":
        first = (
            f"+10 points of {a} give +{_span(par[name], 1, ' points', 10)} of {b} directly, not through staff's mood"
        )
        effect = par[name]
    else:
        effect = gap(graph, path, par).effect
        first = f"+10 points of {a} give +{_span(effect, 1, ' points', 10)} of {b}, settled"
    if target in ("cx", "ex"):
        ratio = 2.0 * MEASURES["nps"]
        kind = "an NPS" if target == "cx" else "an eNPS"
        points = float(np.median(effect)) * 10 * ratio
        first += f"; {kind} would move by about {_figure(points, 1)}"
    found = gap(graph, path, par)
    seen, given = float(np.median(found.association)), float(np.median(found.effect))
    if seen > 1.1 * given:
        second = (
            f"of two firms 10 points apart in {a}, surveys show {b} "
            f"{_span(found.association, 1, ' points', 10)} apart; "
            f"pushing gives {100 * given / seen:.0f} % of that"
        )
    else:
        edge = next(edge for edge in graph.edges if edge.slope == name)
        delay = par.get(edge.lag or "", np.ones(1))
        second = f"half of that has arrived after {_span(_months(delay, 0.5), 1, ' months')}"
    return first, second


def _months(delay: Array, share: float) -> Array:
    """Return after how many months a share of an effect has come through a mean delay."""
    keep = 1 - 1 / np.maximum(delay, 1.0)
    with np.errstate(divide="ignore"):
        return np.where(keep > 0, np.log(1 - share) / np.log(np.maximum(keep, 1e-12)), 1.0)


def _lag(name: str, delay: Array) -> tuple[str, str]:
    what = {
        "margin_lag": "customer experience brings in profit",
        "lag_tools": "better tools, channels or journeys bring",
    }
    told = what.get(name, "a change of mood brings" if name == "lag_people" else "this influence brings")
    return (
        f"half of what {told} has arrived after {_span(_months(delay, 0.5), 1, ' months')}",
        f"nine tenths have after {_span(_months(delay, 0.9), 1, ' months')}",
    )


def _reach(graph: Graph, par: Par) -> tuple[str, str]:
    r = par["reach"]
    return (
        f"internal staff, 30 % of heads, carry {_span(0.3 * r / (0.7 + 0.3 * r), 0, ' %', 100)} "
        "of what staff do to customers",
        f"100 people of internal staff count as much as {_span(r, 0, ' people', 100)} of the front line",
    )


def _confounding(graph: Graph, par: Par) -> tuple[str, str]:
    found = gap(graph, "ex -> cx", par)
    part = found.parts["confounding"] / found.association
    return (
        f"good management alone makes EX and CX of firms correlate by {_span(par['confounding'], 2)}",
        f"of the association that surveys see, {_span(part, 0, ' %', 100)} would be there if pushing did nothing",
    )


def _silos(graph: Graph, par: Par) -> tuple[str, str]:
    lift = _settled(graph, par, "mx", "cx") * par["silo_mx"]
    return (
        f"from separate silos to one strategy, MX gains {_span(par['silo_mx'], 1, ' points')}",
        f"through journeys that is {_span(lift, 1, ' points')} of CX",
    )


def _uplift(graph: Graph, par: Par) -> tuple[str, str]:
    effect = gap(graph, "ex -> cx", par).effect
    stronger = effect * (1 + par["coordination_uplift"])
    return (
        f"one strategy makes links that cross silos {_span(par['coordination_uplift'], 0, ' %', 100)} stronger",
        f"+10 points of EX then give {float(np.median(stronger)) * 10:.2f} points of CX instead of "
        f"{float(np.median(effect)) * 10:.2f}",
    )


def _settled(graph: Graph, par: Par, source: str, target: str) -> Array:
    reference = Reference(graph)
    gain, _ = reference.matrices(
        par, lambda parts: np.stack(np.broadcast_arrays(*parts), -1), np.log, par["mx_cx"].shape
    )
    found: Array = gain[..., reference.network.position(target), reference.network.position(source)]
    return found


def _churn(graph: Graph, par: Par) -> tuple[str, str]:
    less = REFERENCE_CHURN * np.exp(-10 * par["churn_cx"])
    kept = 1000 * ((1 - less) ** 12 - (1 - REFERENCE_CHURN) ** 12)
    return (
        f"+10 points of CX: churn of 1.8 % a month becomes {_span(less, 2, ' %', 100)}",
        f"of 1,000 customers, {_span(kept, 0)} more are still there after a year",
    )


def _attrition(graph: Graph, par: Par) -> tuple[str, str]:
    less = 20 * np.exp(-10 * par["attrition_ex"])
    return (
        f"+10 points of EX: turnover of 20 % a year becomes {_span(less, 1, ' %')}",
        f"of 1,000 people, {_span(10 * (20 - less), 0)} fewer leave in a year",
    )


def _referral(graph: Graph, par: Par) -> tuple[str, str]:
    more = 100 * np.expm1(10 * par["referral_cx"])
    return (
        f"+10 points of CX: where 100 customers joined, {_span(100 + more, 0)} join",
        "a base of 1,000 that just replaced its leavers gains "
        f"{_span(more * 10 * REFERENCE_CHURN * 12, 0)} a year by that",
    )


def _spend(graph: Graph, par: Par) -> tuple[str, str]:
    more = np.expm1(10 * par["spend_cx"])
    return (
        f"+10 points of CX: a customer who spent 100 spends {_span(100 * (1 + more), 1)}",
        f"on revenue of 1 M a month that is {_span(_REVENUE * more / 1000, 0, ' k')} more",
    )


def _serve(graph: Graph, par: Par) -> tuple[str, str]:
    less = np.exp(-10 * par["serve_cx"])
    return (
        f"+10 points of CX: where customers called 100 times, they call {_span(100 * less, 0)} times",
        f"of a service bill of 1 M, {_span(_REVENUE * (1 - less) / 1000, 0, ' k')} are saved",
    )


def _leave(graph: Graph, par: Par) -> tuple[str, str]:
    two = 1 - 0.92**4 - 4 * 0.08 * 0.92**3
    return (
        "of 100 customers with two bad digital experiences in a month, "
        f"{_span(par['digital_leave'], 0, '', 100)} leave",
        "where 8 % of four interactions go badly, that is "
        f"{_span(par['digital_leave'] * two, 2, ' %', 100)} of all customers "
        "a month",
    )


def _margin(graph: Graph, par: Par) -> tuple[str, str]:
    return (
        f"+10 points of CX lift profit by {_span(par['cx_margin'], 1, ' pp', 10)} of revenue, settled",
        f"on revenue of 1 M a month that is {_span(par['cx_margin'], 0, ' k', 10 * _REVENUE / 100 / 1000)} a month",
    )


def _replacement(graph: Graph, par: Par) -> tuple[str, str]:
    return (
        f"to replace one person who costs 40,000 a year costs {_span(par['replacement_cost'], 0, '', 40_000)}",
        f"100 leavers cost {_span(par['replacement_cost'], 1, ' M', 4)}",
    )


def _rival(graph: Graph, par: Par) -> tuple[str, str]:
    return (
        f"when all rivals have adopted, your CX counts for {_span(par['rival_gain'], 1, ' points')} less",
        f"at 60 % of rivals it counts for {_span(par['rival_gain'], 1, ' points', 0.6)} less",
    )


def _copy(graph: Graph, par: Par) -> tuple[str, str]:
    return (
        f"rivals that adopt copy {_span(par['copy'], 0, ' %', 100)} of a lead",
        f"of a lead of 10 points, {_span(10 * (1 - 0.6 * par['copy']), 1, ' points')} are left once 60 % have adopted",
    )


_SENTENCES: dict[str, Callable[[Graph, Par], tuple[str, str]]] = {
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
