# SPDX-License-Identifier: MIT
"""What is believed and on what evidence, in the one document: nothing is lost in JSON, and no line is too long."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from tests.report.handmade import PRIORS, flat, line, of, terminal
from txsim import catalogues
from txsim.desk.library import claim_list, claim_show, evidence_check
from txsim.desk.listing import pack_list
from txsim.elicit.expert_fit import Answer
from txsim.elicit.expert_prior import judge
from txsim.pooling.pooled_data import pooled_studies
from txsim.priors.catalogue import parameters
from txsim.report.compose import compose
from txsim.report.markdown import as_markdown
from txsim.report.reading import result_from
from txsim.report.terminal import as_text
from txsim.results.beliefs import CalibrationSource, Density, Doubt, Prior, PriorsShow, Quantiles
from txsim.results.codec import Result, from_json
from txsim.results.elicitation import PriorsElicit
from txsim.scenario import load_beliefs
from txsim.scenario.prior_diff import compare_beliefs

STUDIES = "study,estimate,se\nfirst of all studies with a long name,0.31,0.1\nB,0.52,0.2\nC,-0.13,0.15\n"
SHOWN = PriorsShow(
    "catalogue", "Ada", "2026-11-24", "a user's own words", ("sears-1998",), "ex_cx", "CX points per EX point",
    "what it does", "By hand", CalibrationSource("ab", "mcmc"), Prior(0.31, 0.041, 2.2, "0.31 (0.041 … 2.2)"), None,
    Quantiles(0.13, 0.057, 0.24), 0.62, Doubt(0.4, 0.17, 0.11), (), None, ("a sentence",),
    Density("log", (0.01, 0.1, 1.0), (0.2, 0.5, 0.1), (0.1, 1.0, 0.3)),
)  # fmt: skip


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Result]:
    file = tmp_path_factory.mktemp("pool") / "studies.csv"
    file.write_text(STUDIES, "utf-8")
    scenario = load_beliefs()
    answer = Answer("Ben", "quartiles", (0.1, 0.2, 0.4), (0.25, 0.5, 0.75))
    parameter = parameters()["ex_cx"]
    return {
        "evidence list": claim_list(scenario),
        "evidence show": claim_show(scenario, "melnick-2019"),
        "evidence check": evidence_check(scenario),
        "evidence pool": pooled_studies(file, mu_prior="0.8 normal(0, 1) + 0.2 normal(0, 10)"),
        "priors packs": pack_list(["sceptic", "b2b"]),
        "priors diff": compare_beliefs(Path("sceptic"), Path("b2b")),
        "priors elicit": PriorsElicit("a.yaml", False, "2026-11-24", (judge(parameter, [answer]).told(parameter),)),
        "priors show": SHOWN,
        "priors compare": from_json({"kind": "priors compare", **PRIORS}),
    }


def test_nothing_is_lost_in_json(results: dict[str, Result]) -> None:
    for kind, result in results.items():
        text = json.dumps(result.to_json(), allow_nan=False)
        again = from_json(json.loads(text))
        assert again.kind == kind
        assert json.dumps(again.to_json()) == text


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("language", ["en", "ru"])
def test_no_line_is_longer_than_the_terminal(results: dict[str, Result], width: int, language: str) -> None:
    catalogues.use(language)
    try:
        for kind, result in results.items():
            text = as_text(compose([result_from(result)], "brief"), width)
            assert max(len(row) for row in text.splitlines()) <= width, kind
            assert "{" not in text.replace("{pack: NAME}", ""), kind
            assert as_markdown(compose([result_from(result)]))
    finally:
        catalogues.use("en")


def test_what_a_user_wrote_passes_untouched(results: dict[str, Result]) -> None:
    catalogues.use("ru")
    try:
        text = as_text(compose([result_from(results["priors show"])], "brief"), 120)
    finally:
        catalogues.use("en")
    assert "a user's own words (Ada · 2026-11-24)" in text
    assert "a sentence" in text


def test_figures_of_a_parameter() -> None:
    text = flat(as_text(compose([result_from(SHOWN)], "brief"), 100)).replace("\N{NO-BREAK SPACE}", " ")
    assert "Prior 0.31 (0.041 … 2.2), catalogue" in text
    assert "Now 0.13 (0.057 … 0.24), 62 % narrower" in text
    assert "17 % that it does nothing (40 % before the evidence)" in text
    assert "from 0.01 to 1, logarithmic" in text


def test_figures_of_pooled_studies(results: dict[str, Result]) -> None:
    """The normal interval of each study, and weights that add up."""
    text = as_text(compose([result_from(results["evidence pool"])], "brief"), 120).replace("\N{NO-BREAK SPACE}", " ")
    for name, middle, se in (("B", 0.52, 0.2), ("C", -0.13, 0.15)):
        ends = (f"{middle + sign * 1.959964 * se:.2f}".replace("-", "−") for sign in (-1, 1))
        assert f"{middle:.2f} ({' … '.join(ends)})".replace("-", "−") in line(text, f"{name}  ")
    whole = results["evidence pool"].to_json()
    # what the studies do not weigh, the prior of the mean does
    assert 0.9 < math.fsum(study["weight"] for study in whole["studies"]) < 1.0


def test_what_a_belief_touches_is_told() -> None:
    touched = [
        {"id": "alpha-2001", "before": 0.45, "after": 0.0, "reason": ""},
        {"id": "beta-2002", "before": 0.72, "after": None, "reason": "the scenario drops it"},
    ]
    text = flat(terminal("priors compare", of(PRIORS, variants__0__touched=touched)))
    assert "without alpha drops at credibility 0: alpha-2001 (was 45 %)" in text
    assert "no longer scored: beta-2002 (the scenario drops it)" in text
