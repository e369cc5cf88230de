# SPDX-License-Identifier: MIT
"""The graph as it is believed: wide where it is strong, pale where it is in doubt, and both in words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import txsim
from txsim.forecast.causal_graph import LinkStrength, causal_graph, link_strengths
from txsim.report.document import Picture
from txsim.report.graph import as_table
from txsim.report.pictures.strength import strength_graph
from txsim.report.pictures.ways import curve

SCENARIO = Path(__file__).resolve().parents[2] / "scenarios/tx_programme.yaml"
#: Median 0.4, and 0.3 for which 30 % are in doubt; what a scenario halves is halved.
OVERRIDES = ("priors.uxc_cx=0.4", "priors.mx_cx=0.3", "priors.doubt={mx_cx: 30 %}", "edges={ux_customer -> cx: 0.5}")


@pytest.fixture(scope="module")
def scenario() -> txsim.Scenario:
    return txsim.load(SCENARIO, overrides=list(OVERRIDES))


@pytest.fixture(scope="module")
def links(scenario: txsim.Scenario) -> dict[tuple[str, str], LinkStrength]:
    return {(link.source, link.target): link for link in link_strengths(scenario, prior_only=True)}


def _ways(picture: Picture) -> dict[str, dict[str, float]]:
    return {point["way"]: point for point in picture.spec["layer"][0]["data"]["values"]}


def test_a_known_slope_is_told_as_it_stands(links: dict[tuple[str, str], LinkStrength]) -> None:
    assert links["ux_customer", "cx"].median == pytest.approx(0.2)
    assert links["ux_customer", "cx"].doubt is None
    # of a link in force, however much it is in doubt; without evidence the doubt stays what it was
    doubted = links["mx", "cx"]
    assert doubted.median == pytest.approx(0.3)
    assert doubted.prior_doubt == 0.3
    assert doubted.doubt == pytest.approx(0.3, abs=4 * np.sqrt(0.3 * 0.7 / 1000))


def test_a_link_that_is_switched_off_is_not_drawn() -> None:
    off = txsim.load(SCENARIO, overrides=["edges={mx -> cx: 0}"])
    drawn = link_strengths(off, prior_only=True)
    assert {link.edge for link in drawn} == {link.edge for link in off.network().links} - {"mx -> cx"}


def test_wide_is_strong_and_pale_is_in_doubt(scenario: txsim.Scenario) -> None:
    def link(source: str, median: float, doubt: float | None) -> LinkStrength:
        return LinkStrength(source, "cx", f"{source} -> cx", median, doubt, None if doubt is None else 0.5)

    told = [link("ux_customer", 0.4, None), link("mx", 0.1, 0.08), link("ux_employee", -0.1, 0.6)]
    picture = strength_graph(scenario.network(), told)
    sure, little, much = _ways(picture).values()
    assert sure["w"] > little["w"] == much["w"]
    assert sure["o"] > little["o"] > much["o"] > 0
    assert (sure["role"], much["role"]) == ("good", "bad")
    assert "ux_customer → cx" in picture.title
    assert "0.4" in picture.title
    assert "mx → cx: 8\u00a0% that it does nothing (50\u00a0% before the evidence)" in picture.note
    assert "60\u00a0% that it does nothing" in picture.description
    assert "ux_customer" not in picture.note


def test_each_link_has_an_arrow_that_points_to_its_target(scenario: txsim.Scenario) -> None:
    """Ways there and back between two nodes are told apart by their heads, on their curves and turned along them."""

    def link(source: str, target: str) -> LinkStrength:
        return LinkStrength(source, target, f"{source} -> {target}", 0.2, None, None)

    network = scenario.network()
    staff = next(name for name in network.nodes if name.startswith("ex["))
    picture = strength_graph(network, [link(staff, "cx"), link("cx", staff), link("ux_customer", "cx")])
    lines, heads, *_names = picture.spec["layer"]
    assert heads["mark"]["shape"] == "triangle-right"
    by_way = {head["way"]: head for head in heads["data"]["values"]}
    assert set(by_way) == {f"{staff} → cx", f"cx → {staff}", "ux_customer → cx"}
    assert abs(by_way[f"{staff} → cx"]["turned"]) < 90  # to the right
    assert abs(by_way[f"cx → {staff}"]["turned"]) > 90  # and back
    for way, head in by_way.items():
        on = [(point["x"], point["y"]) for point in lines["data"]["values"] if point["way"] == way]
        assert (head["x"], head["y"]) in on
        assert (head["x"], head["y"]) not in (on[0], on[-1])
    assert [role for role, _words in picture.legend] == ["good"]  # nothing lowers


@given(
    st.tuples(st.just(0.0), st.floats(0, 1)),
    st.tuples(st.just(1.0), st.floats(0, 1)),
    st.tuples(st.floats(0.25, 0.75), st.floats(0, 1)),
)
def test_a_way_keeps_clear_of_a_name_in_between(
    start: tuple[float, float], end: tuple[float, float], name: tuple[float, float]
) -> None:
    """A level way passes a name by; a steep one, which cannot always, passes no nearer than if it ran straight."""

    def way(names: list[tuple[float, float]]) -> tuple[list[tuple[float, float]], float]:
        points = [(p["x"], p["y"]) for p in curve(start, end, "way", 1.0, 1.0, "", names=names)]
        return points, min(abs(y - name[1]) for x, y in points if abs(x - name[0]) < 0.1)

    points, clear = way([start, end, name])
    assert points[0] == pytest.approx(start)
    assert points[-1] == pytest.approx(end)
    assert all(-1e-9 <= y <= 1 + 1e-9 for _x, y in points)
    assert clear >= min(way([])[1], 0.07) - 1e-9
    if abs(start[1] - end[1]) < 0.2:
        assert clear > 0.05


def test_loops_are_told_by_the_links_that_make_them(scenario: txsim.Scenario) -> None:
    graph = causal_graph(scenario)
    links = {(link.source, link.target) for link in graph.links}
    told = [line.partition(": ")[2].split(" ⇄ ") for line in as_table(graph).splitlines() if " ⇄ " in line]
    assert told
    assert all((a, b) in links and (b, a) in links for a, b in told)
    off = causal_graph(txsim.load(SCENARIO, overrides=["edges={cx -> ex: 0}"]))
    assert off.loops == ()
    assert "⇄" not in as_table(off)


def test_no_doubt_is_said_so(scenario: txsim.Scenario) -> None:
    only = [LinkStrength("mx", "cx", "mx -> cx", 0.1, None, None)]
    assert "No link is stated to be in doubt" in strength_graph(scenario.network(), only).note
