# SPDX-License-Identifier: MIT
"""What people read of every decision verb, in both languages: no plain data, no key in a title, the firm named."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.report.test_board_words import _KEY, _RAW, LANGUAGES, _sentences, _titles, _without_names
from tests.report.test_page_one import _scenario
from txsim import catalogues
from txsim.decide.comparison import compare
from txsim.decide.path_attribution import explain
from txsim.decide.sensitivity import sensitivity
from txsim.decide.waterfall import StoredResult, explain_difference
from txsim.decide.whatif import whatif
from txsim.forecast import forecast
from txsim.language.numbers import of_hundred
from txsim.pilot.analysis import pilot
from txsim.report.compose import compose
from txsim.report.document import Document
from txsim.report.reading import Result, result_from
from txsim.scenario import Scenario, load

DRAWS = 256
VERBS = ("compare", "sensitivity", "explain", "whatif", "pilot", "diff")


@pytest.fixture(scope="module", params=["tx_after_tax", "firm 1"])
def asked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, scenarios: Path) -> Path:
    name, _space, seed = str(request.param).partition(" ")
    return _scenario(tmp_path_factory.mktemp("random"), int(seed)) if seed else scenarios / f"{name}.yaml"


def _answer(verb: str, file: Path, vary: str = "drivers[0].monthly=0,100000", draws: int = 0) -> Result:
    scenario, changes = load(file), ("drivers[0].monthly=100000",)
    dear = load(file, overrides=changes)
    how = {"draws": draws or DRAWS, "prior_only": not draws}
    if draws and verb == "compare":
        return result_from(compare({"plan": scenario}, **how), content={"scenarios": {"plan": scenario.content}})
    if verb == "compare":
        both = {"plan": scenario, "dear": dear}
        content = {"scenarios": {name: each.content for name, each in both.items()}}
        return result_from(compare(both, budget=50_000.0, **how), content=content)
    if verb == "sensitivity":
        return result_from(sensitivity(scenario, scenario_discovery=True, **how))
    if verb == "explain":
        return result_from(explain(forecast(scenario, **how)))
    if verb == "whatif":
        return result_from(whatif(lambda each: load(file, overrides=each), [vary], **how))
    if verb == "diff":
        sides = (StoredResult(name, each.content, 1, DRAWS, {}) for name, each in (("a", scenario), ("b", dear)))
        return result_from(explain_difference(*sides))
    return result_from(pilot(scenario, scopes=(0.2,), months=(6,), respondents=(40.0,), **how))


@pytest.fixture(scope="module", params=VERBS)
def told(request: pytest.FixtureRequest, asked: Path) -> tuple[Scenario, Result]:
    verb, scenario = str(request.param), load(asked)
    if verb == "pilot" and scenario.pilot is None:
        pytest.skip("no pilot")
    return scenario, _answer(verb, asked)


def _documents(result: Result) -> Iterator[tuple[str, Document]]:
    for language in LANGUAGES:
        with catalogues.speaking(language):
            for level in ("brief", "full"):
                yield language, compose([result], level)  # type: ignore[arg-type]


def test_no_plain_data_and_no_key_in_a_title_of_any_verb(told: tuple[Scenario, Result]) -> None:
    scenario, result = told
    snake = re.compile(r"\b[a-z]+_[a-z_]+\b")
    for language, document in _documents(result):
        for section in document.sections:
            for block in section.blocks:
                for text in _sentences(block):
                    assert not _RAW.search(text), (language, section.id, text)
            for title in _titles(section):
                bare = _without_names(title, scenario)
                assert not _KEY.search(bare), (language, section.id, title)
                assert not snake.search(bare), (language, section.id, title)


def test_every_verb_names_scenario_and_firm(told: tuple[Scenario, Result]) -> None:
    scenario, result = told
    for _language, document in _documents(result):
        assert scenario.organisation.name in document.kicker
        if result.kind not in ("compare", "diff"):
            assert scenario.label in document.title


@pytest.mark.parametrize("verb", ["compare", "sensitivity", "pilot", "whatif"])
def test_every_verb_tells_an_open_question_as_one(verb: str, scenarios: Path) -> None:
    """Of a scenario that is open on purpose, as its file says, nothing is said to be better, in no language."""
    file = scenarios / "service_desk_pilot.yaml"
    assert "Open on purpose" in file.read_text(encoding="utf-8")
    result = _answer(verb, file, vary="drivers[0].monthly=1400", draws=1024)
    words = {"en": ("There is no clear choice.", "leaning to"), "ru": ("Явного выбора нет.", "скорее")}
    if verb == "whatif":
        words = {"en": ("it is an open question", "wherever"), "ru": ("вопрос о лучшем варианте открыт", "там, где")}
    for language, document in _documents(result):
        said, firm = words[language]
        told = " ".join(text for section in document.sections for block in section.blocks for text in _sentences(block))
        if verb == "whatif":
            assert said in told
        else:
            advice = result.answer.recommendation
            assert advice.state == "open"
            assert str(advice.sentence).startswith(said)
        assert firm not in told.lower()


def test_a_pilot_says_how_often_the_rule_that_it_prints_scales(tmp_path: Path) -> None:
    result = _answer("pilot", _scenario(tmp_path, 1))
    details = result.answer.rule_details
    assert details.always is None
    said = {"en": "({times} of 100 pilots)", "ru": "({times} из 100 пилотов)"}
    for language, document in _documents(result):
        told = " ".join(text for section in document.sections for block in section.blocks for text in _sentences(block))
        times = said[language].format(times=of_hundred(details.p_scale))
        assert times in told.replace("\N{NO-BREAK SPACE}", " ")


def test_a_comparison_turns_where_the_run_turns(asked: Path) -> None:
    """What turns the choice among one scenario's own options is one thing, with one value, in both."""
    scenario = load(asked)
    from txsim.decide.advice import advise

    alone = advise(forecast(scenario, draws=1024, prior_only=True))
    together = compare({"plan": scenario}, draws=1024, prior_only=True).recommendation
    assert together is not None
    run = {(flip.name, flip.side): flip.level_stated for flip in alone.flips if flip.value is not None}
    assert {(flip.name, flip.side): flip.level_stated for flip in together.flips if flip.value is not None} == run
