# SPDX-License-Identifier: MIT
"""Room for claims of one's own in a compiled model, so that one claim more needs no compiling.

What a statement speaks of is written into the compiled model, what it says is data. A specification whose own claims
speak of quantities below is therefore sampled in a frame that holds the packaged claims and a place for each of these
quantities; places that nobody fills are switched off. Which frame a specification gets depends on nothing but itself,
so that its draws do not depend on what was compiled before.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from txsim.evidence import ScoredClaim, ScoredStatement, Settings, library, select
from txsim.inference.spec import CalibrationSpec
from txsim.pathways import default_graph

Shape = tuple[str, str, str, str | None]

#: Parameters that firms have figures of.
_PARAMETERS = (
    "ux_ex",
    "ex_cx",
    "uxc_cx",
    "churn_cx",
    "spend_cx",
    "referral_cx",
    "attrition_ex",
    "serve_cx",
    "cx_margin",
)
_PATHS = ("ux_employee -> ex", "ex -> cx", "ux_customer -> cx", "cx -> ex")
_STATISTICS = (("effect", "log"), ("slope", "log"), ("correlation", "atanh"))


def _shapes() -> tuple[Shape, ...]:
    """Return what own claims may speak of: the main paths, and parameters that firms have figures of."""
    of_paths = [(statistic, path, how, None) for path in _PATHS for statistic, how in _STATISTICS]
    of_parameters = [("parameter", name, "log", None) for name in _PARAMETERS]
    return (*of_paths, *of_parameters, ("parameter", "digital_leave", "logit", None))


@cache
def _packaged() -> dict[str, ScoredClaim]:
    """Return the packaged claims that are scored unless a scenario says otherwise."""
    return {claim.id: claim for claim in select(Settings())}


@cache
def _graph() -> Any:
    return default_graph()


def _shape_of(claim: ScoredClaim) -> tuple[Shape, ...]:
    return tuple((each.statistic, each.about, each.transform, each.bound) for each in claim.statements)


def frame_of(spec: CalibrationSpec) -> tuple[ScoredClaim, ...] | None:
    """Return the claims in whose places a specification with own claims is sampled.

    Returns
    -------
    tuple or None
        Packaged claims, then a claim for each place, the specification's own in theirs; ``None`` where it has none of
        its own, or one that no place fits: then the model is compiled for what it scores alone.
    """
    packaged = _packaged()
    entries = library()
    own = [claim for claim in spec.claims if claim.id not in entries]
    if not own or spec.graph != _graph():
        return None
    known = [claim for claim in spec.claims if claim.id in entries]
    if any(_shape_of(claim) != _shape_of(packaged.get(claim.id, claim)) for claim in known):
        return None
    if len({claim.cluster for claim in own} - {claim.cluster for claim in known}) < len(own):
        return None  # what is judged together with another claim has no place of its own
    places = {shape: index for index, shape in enumerate(_shapes())}
    filled: dict[int, ScoredClaim] = {}
    for claim in own:
        shapes = _shape_of(claim)
        at = places.get(shapes[0]) if len(shapes) == 1 else None
        if at is None or at in filled:
            return None
        filled[at] = claim
    on_request = [claim for claim in known if claim.id not in packaged]
    empty = [_empty(index, shape) for index, shape in enumerate(_shapes())]
    return (*packaged.values(), *on_request, *(filled.get(index, claim) for index, claim in enumerate(empty)))


def _empty(index: int, shape: Shape) -> ScoredClaim:
    """Return a claim that nobody made, for a place that nobody fills."""
    statistic, about, transform, bound = shape
    value = 0.5 if transform in ("logit", "atanh") else 1.0
    statement = ScoredStatement(statistic, about, transform, value, 1.0, 0.0, 1.0, bound)
    return ScoredClaim(f"place {index}", f"place {index}", 0.5, "", (statement,))
