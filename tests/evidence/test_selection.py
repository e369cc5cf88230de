# SPDX-License-Identifier: MIT
"""Which claims are scored, how they are weighed, why the others are not, and what is refused."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from txsim.errors import InputError
from txsim.evidence import (
    Claim,
    Design,
    ScoredClaim,
    Selection,
    Settings,
    Statement,
    designs,
    library,
    select,
    selection,
)
from txsim.evidence.selection import ATANH_PER_LOG, FACE_VALUE_BOUND_SE


def _by_id(found: tuple[ScoredClaim, ...]) -> dict[str, ScoredClaim]:
    return {claim.id: claim for claim in found}


def _wrong(settings: Settings, **more: Any) -> list[tuple[str, str]]:
    with pytest.raises(InputError) as caught:
        selection(settings, **more)
    assert isinstance(caught.value, ValueError)
    return [(problem.path, str(problem.message)) for problem in caught.value.problems]


def test_by_default_every_scored_claim_is_scored_but_those_on_request_and_those_apart() -> None:
    found = selection(Settings())
    scored = [name for name, claim in library().items() if claim.role == "scored"]
    on_request, apart = {"glassdoor-2019-contact", "forrester-2020-referral"}, {"neuber-2021", "nexthink-474"}
    assert [claim.id for claim in found.claims] == [name for name in scored if name not in on_request | apart]
    assert set(found.dropped) == on_request
    assert {claim.id for claim in found.apart} == apart
    assert "only where it is named" in str(found.dropped["glassdoor-2019-contact"])
    assert select(Settings()) == found.claims


def test_statements_get_their_design_unless_they_have_their_own() -> None:
    found = _by_id(select(Settings()))
    sears, harter, gallup = found["sears-1998"], found["harter-2002"], found["gallup-2024-turnover"]
    assert [(s.exaggeration, s.spread) for s in sears.statements] == [(1.5, 0.6), (1.5, 0.6)]
    assert sears.statements[0].sd == pytest.approx(math.hypot(0.3, 0.6))
    assert [(s.exaggeration, s.spread, s.se) for s in harter.statements] == [(1.0, 0.12, 0.02)]
    assert [(s.exaggeration, s.spread) for s in gallup.statements] == [(1.5, 0.6)]
    assert [(s.spread, s.se, s.bound) for s in found["zablah-2016"].statements] == [(0.5, 0.0, "at_least")]
    assert [(s.spread, s.transform) for s in found["pwc-2018"].statements] == [(0.3, "logit")]
    assert {name: found[name].cluster for name in ("harter-2002", "pwc-2018", "otto-2020")} == {
        "harter-2002": "gallup",
        "pwc-2018": "intention",
        "otto-2020": "otto-2020",
    }


def test_a_correlation_of_a_design_without_atanh_spread_gets_a_part_of_its_log_spread() -> None:
    statement = Statement("correlation", "ex -> cx", 0.3, 0.05, "atanh")
    own = Claim("own-2026", "scored", "Ours.", "yes", (statement,), design="experiment")
    found = selection(Settings(), claims={"own-2026": own})
    assert found.claims[0].statements[0].spread == pytest.approx(0.25 * ATANH_PER_LOG)
    section = designs()["cross_section"]
    assert section.spread_atanh == pytest.approx(section.spread * ATANH_PER_LOG)


def test_credibility_claim_beats_design_beats_the_library() -> None:
    found = _by_id(select(Settings(credibility={"vendor_claim": 0.3, "kriss-2014": 0.7})))
    assert found["qualtrics-2022"].credibility == 0.3
    assert found["kriss-2014"].credibility == 0.7
    assert found["otto-2020"].credibility == 0.4
    assert _by_id(select(Settings(credibility={"vendor_claim": 0})))["kriss-2014"].credibility == 0.0


def test_a_claim_without_its_own_credibility_has_its_design_s() -> None:
    claims = {"sears-1998": replace(library()["sears-1998"], credibility=None)}
    assert selection(Settings(), claims=claims).claims[0].credibility == designs()["one_firm_series"].credibility


def test_face_value_is_sound_unexaggerated_and_as_sharp_as_it_says() -> None:
    both = ("qualtrics-2022", "zablah-2016")
    found = _by_id(select(Settings(use=both, face_value=both)))
    vendor = found["qualtrics-2022"]
    assert vendor.credibility == 1.0
    assert [(s.exaggeration, s.spread, s.se) for s in vendor.statements] == [(1.0, 0.0, 0.3), (1.0, 0.0, 0.3)]
    assert found["zablah-2016"].statements[0].sd == FACE_VALUE_BOUND_SE


def test_use_and_drop() -> None:
    assert selection(Settings(use="none")).claims == ()
    found = selection(Settings(use=("sears-1998", "otto-2020"), drop=("otto-2020",)))
    assert [claim.id for claim in found.claims] == ["sears-1998"]
    assert str(found.dropped["otto-2020"]) == "the scenario drops it"
    assert str(found.dropped["kriss-2014"]) == "it is not among those used"
    assert len(found.dropped) + len(found.claims) == sum(claim.role == "scored" for claim in library().values())


@pytest.mark.parametrize(
    "settings",
    [
        Settings(use=("glassdoor-2019", "glassdoor-2019-contact")),
        Settings(credibility={"glassdoor-2019-contact": 0.6}),
    ],
)
def test_a_claim_takes_the_place_of_what_it_replaces_where_it_is_named(settings: Settings) -> None:
    found = selection(settings)
    assert "glassdoor-2019-contact" in _by_id(found.claims)
    assert str(found.dropped["glassdoor-2019"]) == "glassdoor-2019-contact takes its place"


def test_a_claim_that_a_prior_already_uses_is_dropped_and_said_so() -> None:
    found = selection(Settings(), already_uses=("otto-2020",))
    assert str(found.dropped["otto-2020"]) == "a prior already uses it"
    assert "otto-2020" not in _by_id(found.claims)


@pytest.mark.parametrize(
    ("settings", "path", "says"),
    [
        (Settings(use=("sears-1989",)), "evidence.use[0]", "did you mean `sears-1998`"),
        (Settings(use="some"), "evidence.use", "expected all, none or a list"),
        (Settings(drop=("otto-2020", "oto-2020")), "evidence.drop[1]", "did you mean `otto-2020`"),
        (Settings(face_value=("mckinsey-2021",)), "evidence.face_value[0]", "never scored, for its role is default"),
        (Settings(credibility={"vendor_clam": 0.1}), "evidence.credibility.vendor_clam", "did you mean `vendor_claim`"),
        (Settings(credibility={"kris-2014": 0.1}), "evidence.credibility.kris-2014", "did you mean `kriss-2014`"),
        (Settings(credibility={"vendor_claim": 1.5}), "evidence.credibility.vendor_claim", "it is a probability"),
        (Settings(credibility={"vendor_claim": -0.1}), "evidence.credibility.vendor_claim", "it is a probability"),
        (Settings(credibility={"vendor_claim": math.nan}), "evidence.credibility.vendor_claim", "it is a probability"),
        (Settings(credibility={"harter-2002": 0.2}), "evidence", "harter-2002 0.2, krekel-2019 0.6"),
        (Settings(face_value=("pwc-2018",)), "evidence", "`intention`"),
    ],
)
def test_what_is_wrong_is_refused_with_the_nearest_valid_name(settings: Settings, path: str, says: str) -> None:
    (problem,) = _wrong(settings)
    assert problem[0] == path
    assert says in problem[1]


def test_everything_that_is_wrong_is_told_at_once() -> None:
    found = _wrong(Settings(use=("a",), drop=("b",), credibility={"c": 2}), already_uses=("d",))
    assert [path for path, _ in found] == [
        "evidence.use[0]",
        "evidence.drop[0]",
        "evidence.already_uses[0]",
        "evidence.credibility.c",
        "evidence.credibility.c",
    ]


def test_a_cluster_is_in_order_again_when_all_its_claims_agree() -> None:
    together = dict.fromkeys(("harter-2002", "krekel-2019", "gallup-2024-turnover"), 0.2)
    found = _by_id(select(Settings(credibility=together)))
    assert {found[name].credibility for name in together} == {0.2}
    alone = _by_id(select(Settings(use=("harter-2002",), credibility={"harter-2002": 0.2})))
    assert alone["harter-2002"].credibility == 0.2


@pytest.mark.parametrize(
    ("value", "transform", "se"),
    [
        (0.5, "log", 0.5),
        (0.75, "log", 1 / 3),
        (0.4375, "natural", 0.25),
        (0.0, "natural", 0.25),
        (-1.0, "natural", 0.25),
    ],
)
def test_a_study_in_its_own_unit_is_read_in_logarithms_from_twice_its_error_on(
    value: float, transform: str, se: float
) -> None:
    own = Claim(
        "own", "scored", "Ours.", "yes", (Statement("effect", "ex -> cx", value, 0.25, "natural"),), design="rct"
    )
    (found,) = (
        selection(Settings(), claims={"own": own}, kinds={"rct": Design("rct", 1.0, 0.1, 0.9, "Ours.")})
        .claims[0]
        .statements
    )
    assert (found.transform, found.value, found.se) == (transform, value, pytest.approx(se))


def test_own_designs_and_claims_can_be_handed_in() -> None:
    kind = Design("gut_feeling", 3.0, 1.0, 0.01, "Ours.")
    statement = Statement("effect", "ex -> cx", 0.3, 0.05, "log")
    own = Claim("own-2026", "scored", "Ours.", "yes", (statement,), design="gut_feeling")
    found = selection(Settings(), claims={"own-2026": own}, kinds={"gut_feeling": kind})
    assert isinstance(found, Selection)
    assert found.claims[0].credibility == 0.01
    assert found.claims[0].statements[0].exaggeration == 3.0


def test_face_value_goes_before_a_stated_credibility() -> None:
    for names, credibility in (((), 0.3), (("otto-2020",), 1.0)):
        found = selection(Settings(face_value=names, credibility={"otto-2020": 0.3}))
        assert _by_id(found.claims)["otto-2020"].credibility == credibility


def test_a_claim_that_is_believed_in_no_case_is_not_called_up_by_being_named() -> None:
    """On request a claim takes the place of another; saying that it is worth nothing is no request."""
    name = "glassdoor-2019-contact"
    for credibility, used in ((0.0, False), (0.4, True)):
        found = selection(Settings(credibility={name: credibility}))
        assert (name in _by_id(found.claims)) is used
        assert (name in found.dropped) is not used


def test_on_the_natural_scale_a_spread_is_a_share_of_the_effect() -> None:
    """An effect of 4 ± 3 in a design whose studies differ by a quarter of their effect: √(3² + 1²)."""
    statement = Statement("effect", "ex -> cx", 4.0, 3.0, "natural")
    own = Claim("own-2026", "scored", "Ours.", "yes", (statement,), design="experiment")
    scored = selection(Settings(), claims={"own-2026": own}).claims[0].statements[0]
    assert scored.transform == "natural"
    assert scored.sd == pytest.approx(math.sqrt(10.0))
