# SPDX-License-Identifier: MIT
"""What a board reads, of the shipped scenarios and of random ones, in both languages: words, sums and rules.

No plain data of the code, no key in a title or in a sentence of page one, no option named as the answer to an open
question, how often a rule scales as it says itself, and a table that adds up to its net present value as printed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from tests.oracle.generate import as_text
from tests.oracle.generate_more import with_more
from tests.report.agreement import figures, pictured, told_twice, without_unit
from tests.report.test_page_one import _scenario
from txsim import catalogues
from txsim.decide.advice import advised
from txsim.decide.policies import Policies, policies
from txsim.forecast import Forecast, forecast
from txsim.language import lazy
from txsim.language.message import Figure
from txsim.priors.catalogue import parameters
from txsim.report.compose import compose
from txsim.report.document import (
    Block,
    Bullets,
    Cards,
    Datum,
    Document,
    Facts,
    Hinges,
    KeyFigures,
    Note,
    Paragraph,
    Picture,
    Section,
    Table,
    Verdict,
    plain,
)
from txsim.report.reading import Result, result_of
from txsim.report.words import option_name
from txsim.results.names import OPTIONS
from txsim.scenario import Scenario, load

LANGUAGES = ("en", "ru")
SHIPPED = sorted(file.stem for file in (Path(__file__).parents[2] / "scenarios").glob("*.yaml"))
#: Seeds of random firms, every other one with a pilot, and of random graphs, segments, costs and surveys.
FIRMS, GRAPHS = (0, 1, 2, 3, 5, 7), (2, 3, 5, 8)

#: What code writes and people do not: dicts, lists, objects, values that are none, fields that nobody filled.
_RAW = re.compile(r"\{'|'\}|\['|'\]|': |\bNone\b|\bnan\b|\binf\b|\b[A-Z]\w+\(\w+=|<\w+\.\w+|\{\w+\}|\bTrue\b|\bFalse\b")
#: A dotted path, an index or a group in brackets, something to type.
_KEY = re.compile(r"`|\w\[\w+\]|\b[a-z_]+\.[a-z_]{2,}\b|(?<!\w)--[a-z]")


@dataclass(frozen=True)
class Told:
    """A forecast, what it is shown as, and its policies."""

    found: Forecast
    result: Result
    chosen: Policies | None


def _told(scenario: Scenario) -> Told:
    found = advised(forecast(scenario, draws=256, prior_only=True, trajectories=True))
    return Told(found, result_of(found), None if scenario.pilot is None else policies(found))


@pytest.fixture(
    scope="module",
    params=[*SHIPPED, *(f"firm {seed}" for seed in FIRMS), *(f"graph {seed}" for seed in GRAPHS)],
)
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, scenarios: Path) -> Told:
    kind, _space, seed = str(request.param).partition(" ")
    if not seed:
        return _told(load(scenarios / f"{kind}.yaml"))
    folder = tmp_path_factory.mktemp("random")
    if kind == "firm":
        return _told(load(_scenario(folder, int(seed))))
    file = folder / "graph.yaml"
    file.write_text(as_text(with_more(int(seed))))
    return _told(load(file))


def _titles(section: Section) -> Iterator[str]:
    yield section.title
    for block in section.blocks:
        if isinstance(block, Table | Picture | Hinges):
            yield block.title
        elif isinstance(block, Cards):
            yield from (card.title for card in block.cards)


def _sentences(block: Block) -> Iterator[str]:
    """Give what is said in words, keys of tables and of what it hangs on apart, which are set small behind."""
    match block:
        case Paragraph(text) | Note(text):
            yield plain(text)
        case Bullets(items):
            yield from map(plain, items)
        case KeyFigures(figures):
            yield from (f"{name}: {plain(figure)}, {plain(meaning)}" for name, figure, meaning in figures)
        case Facts(items):
            yield from (f"{name}: {plain(text)}" for name, text in items)
        case Table():
            yield from (block.caption, *block.head)
            for row in block.rows:
                yield from (plain(cell) for i, cell in enumerate(row) if i not in block.keys)
        case Picture():
            yield from (block.description, block.note, *(words for _role, words in block.legend))
            yield from (each.name for each in (*block.strips, *block.bars))
        case Verdict(_state, name, sentence, because):
            yield from (name, plain(sentence), plain(because))
        case Hinges(_title, items):
            yield from (part for name, turn, _key, _at in items for part in (plain(name), plain(turn)))
        case Cards(cards):
            for card in cards:
                yield from (*map(plain, card.lines), *(f"{name}: {plain(text)}" for name, text, _level in card.sums))


def _documents(told: Told) -> Iterator[tuple[str, Document]]:
    for language in LANGUAGES:
        with catalogues.speaking(language):
            for level in ("brief", "full"):
                yield language, compose([told.result], level)  # type: ignore[arg-type]


def test_a_quantity_is_one_figure_wherever_it_stands(told: Told) -> None:
    """Tables, prose of page and terminal, and the result's own sentences print one number in one way, units said."""
    documents = [document for language, document in _documents(told) if language == "en"]
    found = list(figures([documents, told.result.answer]))
    assert len(found) > 50
    drawn = [figure for document in documents for picture in document.pictures() for figure in pictured(picture)]
    assert told_twice([*found, *drawn]) == {}
    assert [head for document in documents for head in without_unit(document)] == []


def test_two_figures_for_one_quantity_are_found() -> None:
    gap = Datum("94\N{NO-BREAK SPACE}k\N{NO-BREAK SPACE}USD", 93_850.2)
    same = (Datum("−94", -93_850.2), Datum("0.4", 0.4), Datum("40\N{NO-BREAK SPACE}%", 0.4))
    assert told_twice(figures([gap, *same])) == {}
    other = lazy("{gap} more", gap=Figure(93_850.2, "money", "USD", 4))
    (ways,) = told_twice(figures([gap, other])).values()
    assert {text[:2] for text in ways} == {"94", "90"}


@pytest.mark.parametrize(("title", "told", "wrong"), [
    ("Pays +93.9\N{NO-BREAK SPACE}k\N{NO-BREAK SPACE}USD", "+94", False),
    ("Pays +92.8\N{NO-BREAK SPACE}k\N{NO-BREAK SPACE}USD", "+94", True),
    ("Pays +93.9\N{NO-BREAK SPACE}k\N{NO-BREAK SPACE}USD", "+92.8", True),
])  # fmt: skip
def test_words_of_a_picture_tell_what_it_draws(title: str, told: str, *, wrong: bool) -> None:
    rows = [{"mean": 93.8502, "told": told}, {"mean": 20.0, "told": "+20"}]
    picture = Picture("options", title, "", {"data": {"values": rows}})
    assert bool(told_twice(pictured(picture))) is wrong
    table = Datum("94\N{NO-BREAK SPACE}k\N{NO-BREAK SPACE}USD", 93_850.2)
    assert bool(told_twice([*pictured(picture), *figures(table)])) is wrong


def _without_names(text: str, scenario: Scenario) -> str:
    """Return words without what the author called things: items, drivers, the file; groups and segments are words."""
    names = [driver.title or driver.name for driver in scenario.drivers]
    items = [item for driver in scenario.drivers for item in (*driver.benefits, *driver.costs)]
    names += [item.name for item in (*items, *(scenario.pilot.costs if scenario.pilot else ())) if item.name]
    names += [edge.source for edge in scenario.graph.edges] + [edge.target for edge in scenario.graph.edges]
    text = re.sub(r"^\w+\.yaml\b|txsim run [^·]+? --brief", "", text)  # the foot of page one says how to repeat it
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, "…")
    return text


def test_nothing_that_code_writes_stands_in_a_report(told: Told) -> None:
    for language, document in _documents(told):
        for section in document.sections:
            for block in section.blocks:
                for text in _sentences(block):
                    assert not _RAW.search(text), (language, section.id, text)


def test_no_title_and_no_sentence_of_page_one_holds_a_key(told: Told) -> None:
    keys = re.compile(rf"\b(?:{'|'.join(name for name in parameters() if '_' in name)})\b|\b[a-z]+_[a-z_]+\b")
    for language, document in _documents(told):
        for section in document.sections:
            said = list(_titles(section))
            if section.id == "page_one":
                said += [text for block in section.blocks for text in _sentences(block)]
            said += [block.description for block in section.blocks if isinstance(block, Picture)]
            for text in said:
                bare = _without_names(text, told.found.scenario)
                assert not _KEY.search(bare), (language, section.id, text)
                assert not keys.search(bare), (language, section.id, text)


#: How a sentence names its option as the answer, by language.
_RECOMMENDS = {"en": r"recommend|leaning to|^{option}\b|^clear", "ru": r"рекоменд|скорее|^{option}(?!\w)|^ясно"}


def test_an_open_question_names_no_option_as_its_answer(told: Told) -> None:
    advice = told.found.recommendation
    assert advice is not None
    named = 0
    for language, document in _documents(told):
        with catalogues.speaking(language):
            options = "|".join(re.escape(option_name(name)) for name in OPTIONS)
        answer = re.compile(_RECOMMENDS[language].replace("{option}", f"(?:{options})"), re.IGNORECASE)
        for section in document.sections:
            for block in section.blocks:
                if isinstance(block, Verdict):
                    assert block.state == advice.state
                    said = [plain(block.sentence), block.name]
                    named += sum(bool(answer.search(text)) for text in said)
        first = document.sections[0].blocks[0]
        if isinstance(first, Paragraph):
            named += bool(answer.search(plain(first.text)))
    assert (named == 0) if advice.state == "open" else named > 0


def test_how_often_a_rule_scales_is_how_often_what_it_says_happens(told: Told) -> None:
    """Of rules that ask for the bills alone, by their own words: the share of futures with bills so high."""
    if told.chosen is None:
        pytest.skip("no pilot")
    summary = told.found.summary()
    for name, policy in (("pilot_then_decide", told.chosen.pilot), ("commit_review", told.chosen.review)):
        if name not in summary.policies:  # there is nothing to review
            continue
        told_rule = str(summary.policies[name].rule).replace("\N{NO-BREAK SPACE}", " ")
        said = re.search(r"\(([<>]?)(\d+) of 100 (?:pilots|futures)\)", told_rule)
        if said is None:
            assert "whatever is read" in told_rule
            assert policy.rule.p_pass in (0.0, 1.0)
            continue
        share = policy.rule.p_pass
        holds = {"<": share < 0.01, ">": share > 0.99, "": abs(100 * share - int(said[2])) <= 0.5}
        assert holds[said[1]]
        bills = re.fullmatch(
            r".*, (?:scale|keep it) only if the bills (run at most (\d+) % above plan|do not run above plan"
            r"|come in at least (\d+) % below plan) \(.*",
            told_rule,
        )
        if bills is None:
            continue
        limit = 1 + (int(bills[2]) if bills[2] else -int(bills[3]) if bills[3] else 0) / 100
        pay = _bills(told.found)
        sd = 0.1  # of the log of what is seen of the bills (docs/model.md, section 7)
        exceeded = np.array([0.5 * math.erfc((math.log(limit) - math.log(b)) / sd / math.sqrt(2)) for b in pay])
        assert share == pytest.approx(1 - exceeded.mean(), abs=0.005)


def _bills(found: Forecast) -> np.ndarray:
    """Return bills against plan by future, over all that is paid for."""
    quantities = found.drawn.quantities
    paid = np.zeros(found.drawn.count)
    planned = 0.0
    for driver in found.scenario.drivers:
        one_off = driver.one_off.args[0]
        paid = paid + one_off * quantities[f"{driver.name}.cost_overrun"]
        planned += one_off
    return paid / planned


def _number(cell: str) -> float:
    return 0.0 if cell in ("·", "") else float(re.sub(r"[,\s](?=\d{3})", "", cell.replace("−", "-")).replace(",", "."))


#: What an amount is in, in both languages.
_SIZES = {"k": 1e3, "M": 1e6, "bn": 1e9, "тыс.": 1e3, "млн": 1e6, "млрд": 1e9}


def _size(unit: str) -> float:
    return next((size for name, size in _SIZES.items() if unit.startswith(f"{name}\N{NO-BREAK SPACE}")), 1.0)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_table_adds_up_as_printed_to_the_net_present_value_as_printed(told: Told, language: str) -> None:
    with catalogues.speaking(language):
        page = compose([told.result], page=True).sections[0]
    (table,) = (block for block in page.blocks if isinstance(block, Table))
    tiles = next(block for block in page.blocks if isinstance(block, KeyFigures))
    rows = [[_number(plain(cell)) for cell in row[1:]] for row in table.rows]
    net = rows[max(table.sums)]
    for column in range(len(net)):
        lines = [row[column] for i, row in enumerate(rows) if i not in table.sums | table.faint]
        sums = [rows[i][column] for i in table.sums - {max(table.sums)}]
        taxes = [rows[i][column] for i in range(max(table.sums)) if i > max(table.sums - {max(table.sums)})]
        assert sum(lines) == pytest.approx(net[column], abs=1e-6)
        assert sum(sums) + sum(taxes) == pytest.approx(net[column], abs=1e-6)
    for i, row in enumerate(rows):
        if i not in table.faint:  # which runs on from year to year and has no total
            assert sum(row[:-2]) == pytest.approx(row[-2], abs=1e-6)
    figure, unit = re.findall(r"([+−]?[\d.,\s]*\d)\s(.+)", plain(tiles.figures[0][1]))[0]
    size, shown = _size(unit) / _size(table.head[0]), _number(figure.lstrip("+"))
    last = 10.0 ** -len(re.sub(r"^[^.,]*", "", figure)[1:]) if size > 1 else 1e-6  # a coarser unit rounds
    assert net[-1] == pytest.approx(shown * size, abs=0.5 * last * size + 1e-6)
