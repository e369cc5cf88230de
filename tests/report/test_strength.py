# SPDX-License-Identifier: MIT
"""The graph as it is believed: wide where it is strong, pale where it is in doubt, and both in words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import txsim
from txsim.forecast.strength import LinkStrength, link_strengths
from txsim.report.document import Picture
from txsim.report.pictures.strength import strength_graph

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
    assert "mx -> cx: 8\u00a0% that it does nothing (50\u00a0% before the evidence)" in picture.note
    assert "60\u00a0% that it does nothing" in picture.description
    assert "ux_customer" not in picture.note


def test_no_doubt_is_said_so(scenario: txsim.Scenario) -> None:
    only = [LinkStrength("mx", "cx", "mx -> cx", 0.1, None, None)]
    assert "No link is stated to be in doubt" in strength_graph(scenario.network(), only).note
