# SPDX-License-Identifier: MIT
"""Own nodes that reach nothing measured stay out of the sampler, and nothing else does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import kstest, lognorm

from txsim.evidence import ScoredClaim, ScoredStatement, Settings, select
from txsim.inference import CalibrationSpec, calibrate
from txsim.inference.outside import inside
from txsim.pathways import default_graph
from txsim.pathways.graph import Edge, Graph, Node
from txsim.priors.catalogue import calibration_parameters
from txsim.priors.fits import from_interval


def spec_with(*pairs: tuple[str, str]) -> CalibrationSpec:
    """Return the packaged beliefs with own links ``source -> target``, each with a slope of its own."""
    graph, priors = default_graph(), calibration_parameters()
    known = {node.name for node in graph.nodes}
    own = sorted({end for pair in pairs for end in pair} - known)
    edges = tuple(Edge(a, b, f"slope {a} {b}", "lag_tools") for a, b in pairs)
    graph = Graph((*graph.nodes, *(Node(name, "") for name in own)), (*graph.edges, *edges))
    slopes = {edge.slope: from_interval(0.05, 0.2) for edge in edges}
    return CalibrationSpec(graph, priors | slopes, select(Settings()))


def test_the_packaged_beliefs_are_left_as_they_are() -> None:
    spec = spec_with()
    assert inside(spec) is spec


@pytest.mark.parametrize(
    ("pairs", "kept"),
    [
        ([("mx", "a")], set()),
        ([("mx", "a"), ("a", "b"), ("cx", "b")], set()),
        ([("a", "ex")], {"a"}),  # it moves what surveys see
        ([("mx", "a"), ("a", "b"), ("b", "cx")], {"a", "b"}),
        ([("mx", "a"), ("a", "b"), ("b", "a")], {"a", "b"}),  # a loop has to be stable
        ([("mx", "a"), ("a", "b"), ("b", "c"), ("c", "b")], {"a", "b", "c"}),  # a leads into one
        ([("a", "ex"), ("a", "b"), ("cx", "c")], {"a"}),
    ],
)
def test_which_own_nodes_the_sampler_knows(pairs: list[tuple[str, str]], kept: set[str]) -> None:
    spec = spec_with(*pairs)
    part = inside(spec)
    assert {node.name for node in part.graph.nodes} - {node.name for node in default_graph().nodes} == kept
    left = {edge.slope for edge in part.graph.edges} & {f"slope {a} {b}" for a, b in pairs}
    assert left == set(part.priors) & {f"slope {a} {b}" for a, b in pairs}
    part.graph.check()


def test_a_claim_about_an_own_node_keeps_it() -> None:
    spec = spec_with(("mx", "a"), ("mx", "b"))
    says = ScoredStatement("effect", "mx -> a", "log", 0.1, 0.02, 0.2, 1.0, None)
    claim = replace(spec.claims[0], id="own", cluster="own", statements=(says,))
    assert isinstance(claim, ScoredClaim)
    part = inside(replace(spec, claims=(*spec.claims, claim)))
    assert "a" in {node.name for node in part.graph.nodes}
    assert "b" not in {node.name for node in part.graph.nodes}


def test_draws_of_the_rest_keep_their_bits_and_own_slopes_their_prior() -> None:
    plain = replace(spec_with(), claims=())
    spec = replace(spec_with(*(("mx", f"n{i}") for i in range(94))), claims=())
    alone, found = calibrate(plain, seed=3), calibrate(spec, seed=3)
    assert found.names == spec.names
    for name in plain.names:
        assert np.array_equal(found.parameter(name), alone.parameter(name)), name
    sd = np.log(0.2 / 0.05) / (2 * 1.6448536269514722)
    values = found.parameter("slope mx n7").reshape(-1)
    assert kstest(values, lognorm(sd, scale=0.1).cdf).pvalue > 1e-4
    other = found.parameter("slope mx n8").reshape(-1)
    # Independent: a correlation has the standard error 1/√n.
    assert abs(np.corrcoef(np.log(values), np.log(other))[0, 1]) < 5 / np.sqrt(values.size)


def only(spec: CalibrationSpec, *about: tuple[str, str]) -> CalibrationSpec:
    """Return the specification with a single claim, which speaks of this."""
    says = tuple(ScoredStatement(statistic, path, "log", 0.1, 0.02, 0.2, 1.0, None) for statistic, path in about)
    return replace(spec, claims=(replace(spec.claims[0], id="own", cluster="own", statements=says),))


@pytest.mark.parametrize(
    ("pair", "about", "stays"),
    [
        (("mx", "cx"), ("effect", "mx -> ux_customer"), False),  # cx leads nowhere that is spoken of, but back to staff
        (("ux_employee", "ux_customer"), ("effect", "mx -> ux_customer"), True),
        (("ux_employee", "ux_customer"), ("effect", "mx -> ux_employee"), False),
        (("mx", "cx"), ("parameter", "churn_cx"), False),
        (("mx", "cx"), ("quantity", "tx_uplift"), True),
        (("cx", "mx"), ("parameter", "churn_cx"), True),  # it closes a loop, which has to be stable
    ],
)
def test_an_own_edge_beyond_which_nothing_is_measured_stays_out(
    pair: tuple[str, str], about: tuple[str, str], stays: bool
) -> None:
    spec = only(spec_with(pair), about)
    slope = f"slope {pair[0]} {pair[1]}"
    part = inside(spec)
    assert (slope in part.priors) == stays
    assert any(edge.slope == slope for edge in part.graph.edges) == stays
    assert {node.name for node in part.graph.nodes} == {node.name for node in spec.graph.nodes}


def test_an_edge_left_out_changes_no_statistic() -> None:
    """By another route: what the claims speak of, with the edge and without it, in the same draws."""
    from txsim.inference.bounds import quantities

    pairs = (("mx", "ux_employee"), ("ux_employee", "ux_customer"))
    statements = (("effect", "mx -> ux_employee"), ("correlation", "mx -> ux_employee"), ("slope", "mx -> ux_employee"))
    spec = only(spec_with(*pairs), *statements)
    part = inside(spec)
    assert len(part.graph.edges) == len(spec.graph.edges) - 1
    rng = np.random.default_rng(5)
    par = {name: np.exp(0.3 * rng.standard_normal(64)) * 0.1 for name in spec.priors}
    told = spec.claims[0].statements
    assert np.allclose(quantities(spec, told, par), quantities(part, told, par), rtol=1e-12)


def test_without_a_sampler_own_edges_keep_their_draws() -> None:
    spec = replace(spec_with(("mx", "cx")), claims=())
    assert inside(spec) is spec
