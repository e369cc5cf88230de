# SPDX-License-Identifier: MIT
"""Claims of one's own in the places that a compiled model keeps for them: the same posterior, nothing compiled anew."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from txsim.evidence import ScoredClaim, ScoredStatement, Settings, select
from txsim.inference import CalibrationSpec, model, model_code
from txsim.inference.claim_arrays import Layout
from txsim.inference.compiled_model import frame_of
from txsim.pathways import default_graph
from txsim.priors.catalogue import calibration_parameters


def claim(
    name: str, *statements: tuple[str, str, str, float], cluster: str = "", bound: str | None = None
) -> ScoredClaim:
    told = tuple(
        ScoredStatement(kind, about, how, value, 0.3, 0.1, 1.2, bound) for kind, about, how, value in statements
    )
    return ScoredClaim(name, cluster or name, 0.4, "cross_section", told)


SHOPS = claim("shops", ("correlation", "ex -> cx", "atanh", 0.35))
CHURN = claim("churn", ("parameter", "churn_cx", "log", 0.02))


def spec(*own: ScoredClaim) -> CalibrationSpec:
    return CalibrationSpec(default_graph(), calibration_parameters(), (*select(Settings()), *own))


def test_claims_of_other_figures_and_quantities_share_the_code() -> None:
    one, other = spec(SHOPS), spec(CHURN, replace(SHOPS, id="mine", cluster="mine", credibility=0.9))
    texts = [model_code.structure(each, Layout(each, frame_of(each))) for each in (one, other)]
    assert texts[0] == texts[1]
    assert model_code.structure(one, Layout(one)) != model_code.structure(other, Layout(other))


def test_the_density_is_that_of_the_claims_alone() -> None:
    """Empty places add nothing: at any point the log density is that of a model made for these claims."""
    mine = spec(SHOPS, CHURN)
    framed = Layout(mine, frame_of(mine))
    exact = Layout(mine)
    densities = []
    for layout in (exact, framed):
        with model.build(mine, layout) as built:
            densities.append(built.compile_logp(mode="FAST_COMPILE"))
    rng = np.random.default_rng(5)
    start = built.initial_point()
    for _ in range(4):
        point = {name: value + rng.normal(0.0, 0.5, np.shape(value)) for name, value in start.items()}
        assert float(densities[1](point)) == pytest.approx(float(densities[0](point)), rel=1e-12)


@pytest.mark.parametrize(
    "own",
    [
        (),
        (claim("two", ("correlation", "ex -> cx", "atanh", 0.3), ("parameter", "churn_cx", "log", 0.02)),),
        (SHOPS, replace(SHOPS, id="again", cluster="again")),
        (replace(SHOPS, cluster=select(Settings())[0].cluster),),
        (SHOPS, replace(CHURN, cluster="shops")),
        (claim("rare", ("parameter", "lag_people", "log", 4.0)),),
        (claim("bound", ("parameter", "churn_cx", "log", 0.02), bound="at_most"),),
    ],
    ids=["none", "two statements", "one place twice", "a packaged cluster", "one cluster", "no place", "a bound"],
)
def test_what_no_place_fits_is_compiled_for_itself(own: tuple[ScoredClaim, ...]) -> None:
    assert frame_of(spec(*own)) is None


def test_another_graph_has_no_places() -> None:
    graph = default_graph()
    smaller = replace(graph, edges=graph.edges[:-1])
    assert frame_of(replace(spec(SHOPS), graph=smaller)) is None
