# SPDX-License-Identifier: MIT
"""What a pilot measured, as the model has it: which node, on which scale, and what the forecast expected of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from txsim.errors import InputError, Problem, did_you_mean
from txsim.forecast import Forecast
from txsim.language import Figure, Message, lazy
from txsim.panel.reader.header_words import names_nps
from txsim.panel.reader.vocabulary import series_of
from txsim.pilot.pilot_panel import Pilot
from txsim.priors.moments import median
from txsim.scenario import Scenario
from txsim.types import Array
from txsim.units import SCALES, Scale, scale_meant

#: Scales that numbers of 0 … 100 can be on.
_HUNDRED = ("enps", "nps", "index", "percent")
#: Index points between a pilot's units before the start and the scenario's baseline from which that is said.
_APART = 25.0


def measurable(nodes: Iterable[str]) -> set[str]:
    """Return the names that a measure can have: nodes, and kinds of nodes over all staff groups."""
    single = set(nodes)
    return {name.partition("[")[0] for name in single} | single


def node_of(scenario: Scenario, measure: str, node: str | None) -> str:
    """Return the node that was measured: as told, as the measure is called, or what the first driver pushes.

    Raises :class:`InputError` if no such node is there.
    """
    nodes = measurable(scenario.network().nodes)
    if node is not None:
        if node not in nodes:
            message = lazy("there is no node `{node}`{suggestion}", node=node, suggestion=did_you_mean(node, nodes))
            raise InputError(message)
        return node
    pilot = scenario.pilot
    stated = [each.node for each in pilot.measures] if pilot is not None else []
    for wanted in (*stated, *(push.target for driver in scenario.drivers for push in driver.pushes)):
        if wanted in nodes and measure in (wanted, wanted.partition("[")[0]):
            return wanted  # `ex` of a pilot among the front line is that of the front line
    if measure in nodes:
        return measure
    push = scenario.drivers[0].pushes[0] if scenario.drivers[0].pushes else None
    if push is None:
        return "cx"
    return f"{push.node}[{push.group}]" if push.group and f"{push.node}[{push.group}]" in nodes else str(push.node)


def check_measure(scenario: Scenario, measure: str, node: str | None, scale: str | None, file: str) -> None:
    """Refuse a measure that may be another one than the node that it would be taken for.

    A column of another node's name is not that node's measure. A column of no node's name, such as `calls`, is what the
    driver pushes only if somebody says so: its numbers would pass for points of a scale that they are not on.

    ``measure``: name of the measure: ``ex``, ``cx`` or the column's own. ``node``, ``scale``: as stated, ``None`` where
    they are not. Raises :class:`InputError` with what to say.
    """
    kinds = {name.partition("[")[0] for name in measurable(scenario.network().nodes)}
    called = series_of(measure)
    kind = called if called in kinds else measure.partition("[")[0]
    if node is not None and kind in kinds and kind != node.partition("[")[0]:
        message = lazy("column `{measure}` is a measure of `{kind}`, not of `{node}`", measure=measure, kind=kind,
                       node=node)  # fmt: skip
        hint = lazy(
            "say --node {kind}; or which column measures `{node}`, by --measure or `columns:` in the spec",
            kind=kind,
            node=node,
        )
        raise InputError(Problem(message, file=file, hint=hint))
    if node is None and scale is None and kind not in kinds:
        taken = node_of(scenario, measure, None)
        message = lazy("`{measure}` is no node's name: what does it measure?", measure=measure)
        if measure in ("kpi", "value"):  # so it is called where no header names a measure
            message = lazy("no header names the node that was measured: what do the numbers measure?")
        hint = lazy(
            "say --node {node} if it measures what the driver pushes, and --scale with its unit; nodes are: {nodes}",
            node=taken,
            nodes=", ".join(sorted(measurable(scenario.network().nodes))),
        )
        raise InputError(Problem(message, file=file, hint=hint))


def scale_of(scenario: Scenario, node: str, scale: str | None) -> Scale:
    """Return the measure's scale: as told, in the baseline's unit where it has the same ends, else the baseline's.

    Raises :class:`InputError` if it is not known.
    """
    baseline = scenario.baseline(node)
    if scale is not None:
        if scale not in SCALES:
            message = lazy(
                "unknown scale `{scale}`{suggestion}; known: {scales}",
                scale=scale,
                suggestion=scale_meant(scale) or did_you_mean(scale, SCALES),
                scales=", ".join(SCALES),
            )
            raise InputError(message)
        told = SCALES[scale]
        if baseline is not None and replace(baseline.scale, name=told.name, unit=told.unit) == told:
            return replace(told, unit=baseline.scale.unit)  # the scenario has a word for a point of it
        return told
    if baseline is None:
        message = lazy("the scale of `{node}` is not known: it has no baseline in the scenario; say --scale", node=node)
        raise InputError(message)
    node_scale: Scale = baseline.scale
    return node_scale


def ask_scale(comparison: Pilot, source: str) -> None:
    """Ask whether a pilot's numbers are on the baseline's scale where they fit another one as well.

    Points of 0 … 100 may be an NPS, an index or a share: what the scenario's baseline is on says nothing of the file.

    ``comparison``: the pilot as read on the baseline's scale, which nobody has said of the file. Raises
    :class:`InputError` with what to say.
    """
    reading = (comparison.reading or {}).get("series", {}).get(comparison.measure)
    if reading is None or comparison.scale not in _HUNDRED or reading["values"] != "scores":
        return
    low, high, header = reading["low"], reading["high"], reading["column"]
    if low is None or low < 0 or high > 100 or (names_nps(header) and comparison.scale in ("nps", "enps")):
        return
    message = lazy(
        "{name} (column `{column}`) lies between {low:.3g} and {high:.3g}: on which scale?",
        name=f"`{comparison.measure}`", column=header, low=low, high=high,
    )  # fmt: skip
    hint = lazy(
        "the scenario's baseline is on {scale}: say --scale {scale} if this file is, too, else one of {others}",
        scale=comparison.scale, others=", ".join(name for name in _HUNDRED if name != comparison.scale),
    )  # fmt: skip
    raise InputError(Problem(message, file=source, hint=hint))


def taken_for_granted(
    scenario: Scenario, comparison: Pilot, node: str, scale: Scale, *, named: bool
) -> Iterator[Message]:
    """Yield what was taken for granted of a measure: its node where it bears no node's name, and its level."""
    measure = comparison.measure
    if not named and node.partition("[")[0] != measure.partition("[")[0]:
        yield lazy(
            "`{measure}` is no node's name: it is taken for `{node}`, which the driver pushes, in {unit}. If it "
            "measures something else, say --node and --scale",
            measure=measure,
            node=node,
            unit=lazy(scale.unit),
        )
    baseline = scenario.baseline(node)
    before = comparison.before[np.isfinite(comparison.before)]
    if baseline is None or baseline.scale.measure != scale.measure or comparison.after_alone or not before.size:
        return
    level = scale.level_to_index(float(before.mean()))
    expected = baseline.scale.level_to_index(median(baseline.value))
    if abs(level - expected) > _APART:
        yield lazy(
            "before the start `{measure}` stands at {level} index points, but the scenario's baseline of `{node}` is "
            "{expected}: the same scale, and the same people?",
            measure=measure,
            level=Figure(level, "number", digits=0),
            node=node,
            expected=Figure(expected, "number", digits=0),
        )


def pushed(prior: Forecast) -> Array:
    """Return the first driver's push at full strength, delivery included, index points ``(draw,)``."""
    rows = list(prior.scene.plan.rows())
    place = next((i for i, name in enumerate(rows) if name.startswith("push[")), None)
    return np.zeros(prior.draws) if place is None else np.asarray(prior.scene.matrix[place], dtype=np.float64)


def slopes(prior: Forecast) -> dict[str, Array]:
    """Return the slopes of the links that the scenario uses, draw by draw, as the kernel read them."""
    rows = list(prior.scene.plan.rows())
    network = prior.scenario.network()
    by_link: dict[str, Array] = {}
    for i, link in enumerate(network.links):
        name = f"beta[{i}]"
        if name not in rows:
            continue
        source = "coordination" if link.source < 0 else network.nodes[link.source]
        values = np.asarray(prior.scene.matrix[rows.index(name)], dtype=np.float64)
        if np.ptp(values) > 0:
            by_link[f"{source} -> {network.nodes[link.target]}"] = values
    return by_link
