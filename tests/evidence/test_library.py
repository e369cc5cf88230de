# SPDX-License-Identifier: MIT
"""The packaged library is the evidence page: every entry, every value, and conversions that can be recomputed."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from pathlib import Path

import pytest

from txsim.evidence import Claim, designs, library
from txsim.evidence.claim_types import STATISTICS
from txsim.evidence.conversions import CONVERSIONS
from txsim.pathways import REFERENCE_GROUPS, default_graph, expand
from txsim.priors import parameters

#: First author (or subject) and year of what section 5 lists in running text.
CONTEXT = {
    "hughes-2011", "hogreve-2017", "brown-lam-2008", "schneider-2003", "ehrhart-2011", "hsieh-2012", "bloom-2015",
    "mittal-kamakura-2001", "reichheld-schefter-2000", "keiningham-2007", "baehre-2022", "anderson-2004",
    "gruca-rego-2005", "mittal-2023", "ozkan-2020", "hbr-2022-ex", "temkin-2016", "patient-satisfaction-units",
}  # fmt: skip

#: Third edition, looked up November 2026.
THIRD = {
    "friebel-2022": "context", "bellet-2019": "default", "brynjolfsson-2025": "context", "neuber-2021": "scored",
    "amiri-2020": "context", "nexthink-474": "scored", "forrester-2020-referral": "scored",
    "xm-institute-2024": "context", "sovbetov-2025": "context",
}  # fmt: skip


def _section(data: Path, number: int) -> str:
    text = (data / "evidence/tables.md").read_text()
    return text.split(f"\n## {number}. ")[1].split("\n## ")[0]


def _rows(data: Path, number: int) -> dict[str, list[str]]:
    found = {}
    for line in _section(data, number).splitlines():
        if line.startswith("| `"):
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            found[cells[0].strip("`")] = cells[1:]
    return found


def _number(text: str) -> float:
    return float(text if not text.startswith(".") else f"0{text}")


def test_every_claim_is_there_and_no_other(data: Path) -> None:
    listed = set(_rows(data, 2)) | set(_rows(data, 3)) | set(_rows(data, 4)) | CONTEXT | set(THIRD)
    assert listed == set(library())
    text = _section(data, 5)
    for name in CONTEXT - {"patient-satisfaction-units"}:
        author, *_, year = name.split("-")
        year = year if year.isdigit() else name.split("-")[1]
        assert re.search(author.replace("ozkan", "özkan"), text, re.IGNORECASE), name
        assert year in text, name
    # One mark of how far it was read for each entry, plus the marks that stand for more than one.
    assert len(re.findall(r"\((?:\*\*yes\*\*|\*cited\*)", text)) == len(CONTEXT)


def test_roles(data: Path) -> None:
    claims = library()
    assert {claims[name].role for name in _rows(data, 3)} == {"scored"}
    assert {claims[name].role for name in _rows(data, 4)} == {"default"}
    assert {claims[name].role for name in CONTEXT} == {"context"}
    expected = {
        "qualtrics-2022": "scored",
        "customerthink-2024": "scored",
        "gartner-2022-tx25": "scored",
        "forrester-2024-obsessed": "context",
        "gartner-2022-60": "default",
        "indirect-reach": "default",
        "tx-duration": "default",
        "tx-owner": "default",
    }
    assert {name: claims[name].role for name in _rows(data, 2)} == expected


def test_values_designs_and_credibilities_are_those_of_the_table(data: Path) -> None:
    claims = library()
    for name, cells in _rows(data, 3).items():
        claim = claims[name]
        value, judged = cells[2], cells[-2]  # two rows of bounds have no column of values
        two_sided = [statement for statement in claim.statements if statement.bound is None]
        printed = re.findall(r"(\.\d+) \((\.\d+)\)", value)
        assert [(s.value, s.se) for s in two_sided] == [(_number(v), _number(se)) for v, se in printed], name
        design, *rest = (part.strip() for part in judged.split(","))
        assert claim.design == design.split()[0], name
        if "exaggeration" in design:
            assert [s.exaggeration for s in claim.statements] == [float(design.split()[-1])]
        told = re.search(r"\d?\.\d+", rest[0]) if rest else None
        assert told, name
        assert claim.credibility == _number(told[0]), name
        cluster = re.search(r"`(\w+)`", judged)
        assert claim.cluster == (cluster[1] if cluster else None), name


def test_bounds_and_the_claims_of_the_seed() -> None:
    claims = library()

    def said(name: str) -> list[tuple[object, ...]]:
        return [(s.statistic, s.about, s.value, s.se, s.transform, s.bound, s.spread) for s in claims[name].statements]

    assert said("qualtrics-2022") == [
        ("slope", "ex -> cx", 2.0, 0.3, "log", None, None),
        ("quantity", "ex -> margin", 0.5, 0.3, "log", None, None),
    ]
    assert said("gartner-2022-tx25") == [("quantity", "tx_uplift", 0.25, 0.3, "log", None, None)]
    for name, share in (("customerthink-2024", 0.62), ("pwc-2018", 0.59), ("emplifi-2021", 0.66)):
        assert said(name) == [("parameter", "digital_leave", share, 0, "logit", "at_most", None)]
        assert (claims[name].design, claims[name].cluster) == ("stated_intention", "intention")
    assert said("zablah-2016") == [("ratio", "cx_ex / ex_cx", 1.0, 0, "log", "at_least", 0.5)]
    assert said("koys-2001") == [
        ("ratio", "cx_ex / ex_cx", 1.0, 0, "log", "at_most", 0.5),
        ("parameter", "lag_people", 12, 0, "log", "at_most", 0.5),
    ]
    vendor = [claims["qualtrics-2022"], claims["gartner-2022-tx25"]]
    assert [(claim.design, claim.credibility) for claim in vendor] == [("vendor_claim", 0.1), ("forecast", 0.03)]


def test_what_was_read_is_what_the_table_says(data: Path) -> None:
    claims = library()
    for name, cells in (_rows(data, 3) | _rows(data, 4)).items():
        told = cells[-1]
        # Where sample and value differ, what counts is the value.
        value = "cited" if "cited" in told else "yes"
        assert claims[name].read == value, name
        assert claims[name].verified == (value == "yes")
    for name, cells in _rows(data, 2).items():
        found = cells[-1]
        value = "yes" if "**yes**" in found else "cited" if "*cited*" in found else "none"
        assert claims[name].read == value, name


def _claims_with_conversion() -> list[Claim]:
    return [claim for claim in library().values() if any(s.conversion for s in claim.statements)]


@pytest.mark.parametrize("claim", _claims_with_conversion(), ids=lambda claim: claim.id)
def test_converted_values_follow_from_what_the_source_prints(claim: Claim) -> None:
    for statement in claim.statements:
        if statement.conversion is None:
            continue
        assert statement.assumptions
        value = CONVERSIONS[statement.conversion](**statement.inputs)
        digits = -int(Decimal(str(statement.value)).as_tuple().exponent)
        assert abs(value - statement.value) <= 0.5000001 * 10**-digits


def test_what_needed_conversion_has_one() -> None:
    unconverted = {claim.id for claim in library().values() if claim.role == "scored"} - {
        claim.id for claim in _claims_with_conversion()
    }
    stated_as_is = {"qualtrics-2022", "gartner-2022-tx25", "customerthink-2024", "pwc-2018", "emplifi-2021"}
    correlations = {"harter-2002", "krekel-2019", "technostress-meta"}
    bounds = {"zablah-2016", "koys-2001", "forrester-2020-referral"}
    assert unconverted == stated_as_is | correlations | bounds


def test_statements_speak_of_what_exists() -> None:
    nodes = {node.partition("[")[0] for node in expand(default_graph(), REFERENCE_GROUPS).nodes}
    named = {"ex -> margin", "growth_rate_cx", "first_year_revenue_cx", "tx_uplift", "referral_share"}
    for claim in library().values():
        for statement in claim.statements:
            if statement.statistic == "quantity":
                assert statement.about in named
            elif "->" in statement.about:
                assert set(statement.about.split(" -> ")) <= nodes
            else:
                assert set(statement.about.split(" / ")) <= set(parameters())
            usual = "logit" if statement.about == "digital_leave" else STATISTICS[statement.statistic]
            assert statement.transform == usual


def test_entries_are_whole() -> None:
    claims = library()
    for claim in claims.values():
        assert claim.statement.endswith((".", "only)", "found)"))
        assert claim.source or claim.id == "patient-satisfaction-units"
        assert set(claim.replaces) <= set(claims)
        assert (claim.role == "default") == bool(claim.default_for)
        if claim.role == "scored" and claim.credibility != designs()[claim.design or ""].credibility:
            assert claim.why, claim.id
    assert claims["glassdoor-2019-contact"].replaces == ("glassdoor-2019",)
    assert claims["glassdoor-2019-contact"].on_request


def test_claims_of_a_cluster_are_equally_credible() -> None:
    clusters: dict[str, set[float | None]] = {}
    for claim in library().values():
        if claim.cluster:
            clusters.setdefault(claim.cluster, set()).add(claim.credibility)
    assert set(clusters) == {"intention", "sears", "glassdoor", "gallup"}
    assert all(len(told) == 1 for told in clusters.values())


def test_designs_are_those_of_the_table(data: Path) -> None:
    rows = _rows(data, 1)
    known = designs()
    assert list(rows) == list(known)
    for name, (exaggeration, spread, credibility, _) in rows.items():
        design = known[name]
        assert design.exaggeration == float(exaggeration)
        numbers = [float(number) for number in re.findall(r"\d\.\d+", spread)]
        assert design.spread == numbers[0]
        assert design.spread_atanh == (numbers[1] if len(numbers) > 1 else None)
        assert design.credibility == float(credibility)
        assert design.why
        assert not design.verified


@pytest.mark.parametrize(
    ("name", "inputs", "value"),
    [
        ("per_point", {"gain": 1.3, "over": 25}, 0.052),
        ("scaled", {"value": 0.147, "factor": 2}, 0.294),
        ("path_total", {"direct": 0.234, "legs": [0.423, 0.287]}, 0.234 + 0.423 * 0.287),
        ("hazard_ratio", {"ratio": 2.8, "over": 75}, math.log(2.8) / 75),
        ("hazard_gap", {"kept_high": 0.74, "kept_low": 0.43, "over": 75}, 0.013742),
        ("quartile_gap", {"reductions": [0.21], "unit_sd": 7}, -math.log(0.79) / (2.54 * 7)),
        ("quartile_gap", {"reductions": [0.51], "unit_sd": 7}, -math.log(0.49) / (2.54 * 7)),
        ("odds_ratio", {"odds_ratio": 0.97, "prevalence": 0.5, "measure_ratio": 1.5}, 0.03 * 0.25 * 100 / 1.5),
        ("correlation_slope", {"correlation": 0.101, "sd_target": 8, "sd_source": 6}, 0.101 * 8 / 6),
    ],
)
def test_conversions_by_hand(name: str, inputs: dict[str, object], value: float) -> None:
    assert CONVERSIONS[name](**inputs) == pytest.approx(value, rel=1e-4)


def test_the_quartile_gap_is_that_of_a_normal() -> None:
    from scipy.stats import norm

    assert 2 * norm.pdf(norm.ppf(0.75)) / 0.25 == pytest.approx(2.54, abs=0.005)
