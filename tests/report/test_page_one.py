# SPDX-License-Identifier: MIT
"""Page one of random scenarios: one option throughout, sums as printed, no key in a title, no winner where none is."""

from __future__ import annotations

import dataclasses
import io
import math
import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import vl_convert
from hypothesis import given
from hypothesis import strategies as st

from tests.report.agreement import keyed
from txsim import catalogues
from txsim.decide.advice import advised
from txsim.decide.cash_flow import cash_flow
from txsim.decide.pilot_rule import rule_of
from txsim.decide.policies import policies
from txsim.decide.variation import levels_at
from txsim.forecast import Forecast, forecast
from txsim.language.numbers import unit_of
from txsim.report.compose import compose
from txsim.report.document import Cards, Hinges, KeyFigures, Picture, Section, Table, Verdict, plain
from txsim.report.drawing import spec_of
from txsim.report.figures import Figures, with_error
from txsim.report.markdown import as_markdown
from txsim.report.output import report_bytes
from txsim.report.pictures import payoff
from txsim.report.reading import result_of
from txsim.report.sections.business_case import _rows, printed_column
from txsim.report.sections.page_one import _turn
from txsim.report.terminal import as_text
from txsim.report.theme import read_theme
from txsim.results.cash_flow import CashFlowLine
from txsim.results.page_one import Hinge
from txsim.scenario import load

#: A parameter's key: a dotted path, an index in brackets, or words joined by underscores.
_KEY = re.compile(r"\w+\[\d+\]|\w_\w|\{'|\b[a-z]+\.[a-z]+\b")


def _scenario(folder: Path, seed: int) -> Path:
    """Write a firm and a driver with figures drawn from a seed; every other one has a pilot."""
    rng = np.random.default_rng(seed)
    one_off, monthly = (round(float(np.exp(rng.uniform(low, high)))) for low, high in ((8, 13), (5, 9)))
    effect = round(float(rng.uniform(0.5, 12)), 2)
    lines = [
        "title: Random",
        "question: Does it pay?",
        "organisation:",
        "  index: {cx: 60, 'ex[front]': 55}",
        f"  staff: {{front: {{headcount: {rng.integers(12, 900)}, turnover_per_year: 25 %, salary_per_year: 40000}}}}",
        f"  customers: {rng.integers(500, 90000)}",
        "  churn_per_month: 1.5 %",
        f"  arpu_per_month: {rng.integers(10, 400)}",
        "  contribution_margin: 30 %",
        "  sources: {churn_per_month: 'finance, 12 Nov 2026'}",
        "drivers:",
        "  - name: desk_one",
        "    title: A desk",
        "    kind: people",
        f"    owner: {('shared', 'c_level', 'none')[seed % 3]}",
        "    pushes:",
        f"      - {{node: ex, group: front, effect: {{median: {effect}, factor: 1.6}}, months: 4}}",
        f"    one_off: {one_off}",
        f"    monthly: {monthly}",
        f"horizon_months: {(6, 24, 36, 90)[seed % 4]}",
    ]
    if seed % 2:
        lines.append("pilot: {months: 3, scope: 20 %, one_off: 500, monthly: 50, respondents: 60}")
    file = folder / f"random_{seed}.yaml"
    file.write_text("\n".join(lines) + "\n")
    return file


@pytest.fixture(scope="module", params=range(6))
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Forecast, Section]:
    scenario = load(_scenario(tmp_path_factory.mktemp("random"), request.param))
    found = advised(forecast(scenario, draws=256, prior_only=True, trajectories=True))
    return found, compose([result_of(found)], page=True).sections[0]


def _number(cell: str) -> float:
    return 0.0 if cell in ("·", "") else float(cell.replace("−", "-").replace(",", ""))


def test_the_table_adds_up_as_printed_to_the_net_present_value(told: tuple[Forecast, Section]) -> None:
    found, page = told
    table = next(block for block in page.blocks if isinstance(block, Table))
    rows = {plain(row[0]): [_number(plain(cell)) for cell in row[1:]] for row in table.rows}
    for column in range(len(table.head) - 1):
        parts = [rows[name][column] for name in ("Benefits", "Costs", "Tax") if name in rows]
        assert sum(parts) == pytest.approx(rows["Net"][column], abs=1e-6)
    for values in (each for name, each in rows.items() if name != "Net so far"):
        assert sum(values[:-2]) == pytest.approx(values[-2], abs=1e-6)
    case, advice = found.cash_flow, found.recommendation
    assert case is not None
    assert advice is not None
    # The net is that of the option, computed by another route: its expected net present value.
    assert case.lines[-1].pv == pytest.approx(advice.mean_npv[case.option], rel=1e-9, abs=1e-6)


def test_what_is_spent_is_the_same_in_table_tile_and_title_and_an_even_bill_is_even(
    told: tuple[Forecast, Section],
) -> None:
    found, page = told
    table = next(block for block in page.blocks if isinstance(block, Table))
    rows = {plain(row[0]): [_number(plain(cell)) for cell in row[1:]] for row in table.rows}
    tiles = next(block for block in page.blocks if isinstance(block, KeyFigures))
    said = plain(next(tile[2] for tile in tiles.figures if tile[0].startswith("Return")))
    figure, unit = re.findall(r"on ([\d.,]+)\s([kM]?\s?)EUR of cost", said)[0]
    size = {"": 1.0, "k": 1e3, "M": 1e6, "k\N{NO-BREAK SPACE}": 1e3, "M\N{NO-BREAK SPACE}": 1e6}
    scale = size["".join(re.findall(r"^([kM]?)\s?EUR", table.head[0]))]
    assert _number(figure) * size[unit] == pytest.approx(-rows["Costs"][-1] * scale, rel=1e-9)
    title = re.findall(r"([\d.,]+)\s([kM]?\s?)EUR of benefits for ([\d.,]+)\s([kM]?\s?)EUR of cost", table.title)
    for benefits, first, cost, second in title:
        assert _number(benefits) * size[first] == pytest.approx(rows["Benefits"][-1] * scale, rel=1e-9)
        assert _number(cost) * size[second] == pytest.approx(-rows["Costs"][-1] * scale, rel=1e-9)
    case = found.cash_flow
    assert case is not None
    bill = next((line.years for line in case.lines if line.name == "running"), ())
    printed = rows["Running cost"][1:-2] if bill else []
    for (one, first), (other, second) in pairwise(list(zip(bill, printed, strict=False))[:4]):  # the fifth may be many
        assert (first == second) >= math.isclose(one, other, rel_tol=1e-9)


@given(
    st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=6),
    st.lists(st.floats(-1e4, 0), min_size=2, max_size=2),
    st.floats(-5e3, 5e3),
    st.sampled_from([1.0, 10.0, 500.0]),
)
def test_a_column_adds_up_to_its_rounded_sum_with_costs_as_they_are(
    benefits: list[float], costs: list[float], tax: float, grain: float
) -> None:
    """Nothing is moved by more than what all roundings of a column can make together."""
    names = [*("spend" for _ in benefits), "one_off", "running", "tax"]
    values = [*benefits, *costs, tax]
    lines = [CashFlowLine(name, value, (), value, value) for name, value in zip(names, values, strict=True)]
    printed = printed_column(lines, values, grain)
    assert sum(printed) == pytest.approx(round(sum(values) / grain) * grain, abs=1e-6)
    assert sum(printed[-3:-1]) == pytest.approx(round(sum(costs) / grain) * grain, abs=1e-6)
    assert max(abs(p - v) for p, v in zip(printed, values, strict=True)) <= 2.5 * grain
    assert all(p == 0 for p, v in zip(printed, values, strict=True) if v == 0)


def test_what_is_all_spent_at_first_is_one_figure_in_every_column() -> None:
    """−2348.6 and −382.6 are −2731, and −2349 −383 is one more: the one-off has nothing to discount, so −382 gives."""
    lines = [
        CashFlowLine("one_off", -2348.6, (0.0,), -2348.6, -2348.6),
        CashFlowLine("running", 0.0, (-400.0,), -400.0, -382.64),
    ]
    assert printed_column(lines, [line.pv for line in lines], 1.0) == [-2349.0, -382.0]


@pytest.mark.parametrize(
    ("mcse", "said"),
    [(9_700.0, "−240 ±10"), (9_400.0, "−242 ±9"), (23_000.0, "−240 ±20"), (970.0, "−242 ±1"), (940.0, "−242.4 ±0.9")],
)
def test_a_value_ends_with_the_digit_of_its_error(mcse: float, said: str) -> None:
    told = with_error(-242_400.0, mcse, Figures("EUR"), unit_of(242_400.0, "EUR"))
    assert plain(told).replace("\N{NO-BREAK SPACE}", " ") == said


def test_nothing_discounted_is_printed_as_more_than_its_sum() -> None:
    """A one-off of 86.4 at once and 2.4 in the first year is printed as −86 −2 = −88, so that −88.7 is no −89."""
    lines = [
        CashFlowLine("spend", 0.0, (150.0,), 150.0, 140.0),
        CashFlowLine("one_off", -86.4, (-2.4,), -88.8, -88.7),
        CashFlowLine("running", 0.0, (-26.0,), -26.0, -25.4),
        CashFlowLine("net", -86.4, (121.6,), 35.2, 25.9),
    ]
    rows, *_marks = _rows(lines, unit_of(100.0, "EUR"), 1.0)
    one_off, running, costs = (
        [_number(plain(cell)) for cell in row[1:]]
        for row in rows
        if row[0] in ("One-off cost", "Running cost", "Costs")
    )
    assert one_off == [-86, -2, -88, -88]
    assert running == [0, -26, -26, -26]
    assert costs == [-86, -28, -114, -114]  # as without the limit: what was spent is what is told elsewhere


def test_all_of_it_speaks_of_one_option(told: tuple[Forecast, Section]) -> None:
    found, page = told
    one, case, advice = found.page_one, found.cash_flow, found.recommendation
    assert one is not None
    assert case is not None
    assert advice is not None
    assert one.option == case.option
    assert one.course.mean[-1] == pytest.approx(advice.mean_npv[one.option], rel=1e-9, abs=1e-6)
    tiles = next(block for block in page.blocks if isinstance(block, KeyFigures))
    table = next(block for block in page.blocks if isinstance(block, Table))
    assert table.title.endswith(plain(tiles.figures[0][1]))
    # A probability of a loss has one value, in tile, sentence and picture.
    times = plain(tiles.figures[1][1]).split()[0]
    loses = {each["option"]: each["loses"] for each in _options(page)}
    assert loses[one.option] == f"loses in {times} of 100"
    said = plain(next(block for block in page.blocks if isinstance(block, Verdict)).sentence)
    if advice.option == one.option or advice.state == "open":
        assert f"loses money in {times} of 100" in said


def _options(page: Section) -> list[dict[str, str]]:
    picture = next(block for block in page.blocks if isinstance(block, Picture) and block.kind == "options")
    return list(picture.spec["data"]["values"])


def test_who_decides_later_has_the_rule_itself(told: tuple[Forecast, Section]) -> None:
    """On page one and on its slide: a rule that is written down elsewhere is not at hand when it is needed."""
    found, page = told
    one = found.page_one
    assert one is not None
    cards = next(block for block in page.blocks if isinstance(block, Cards)).cards
    owners = [plain(line) for line in cards[-1].lines]
    policy = found.policies.get(one.option)
    if policy is None or owners == ["Nobody yet: nothing is begun."]:
        return
    rule = str(policy.rule)
    assert [line for line in owners if line.startswith("CFO") and line.endswith(rule)]
    pptx = pytest.importorskip("pptx")
    content = report_bytes([result_of(found)], "pptx")
    slides = pptx.Presentation(io.BytesIO(content)).slides
    texts = [shape.text_frame.text for slide in slides for shape in slide.shapes if shape.has_text_frame]
    assert any(rule in text for text in texts)


@pytest.mark.parametrize("language", ["en", "ru"])
def test_months_of_the_fan_stand_apart_on_a_phone(told: tuple[Forecast, Section], language: str) -> None:
    """By the width of their letters, about 0.6 of their size each, at the narrowest that a fan is drawn."""
    found, _page = told
    with catalogues.speaking(language):
        picture = payoff.course(found.summary())
        assert picture is not None
        theme = read_theme()
        drawn = theme.fixed(vl_convert.vegalite_to_svg(spec_of(picture, theme, 300, 150)))
    marks = re.findall(r'translate\(([\d.]+),[\d.]+\)" font-family="[^"]*" font-size="([\d.]+)px"[^>]*>([^<]+)<', drawn)
    axis = [(float(x), 0.6 * float(size) * len(text), text) for x, size, text in marks]
    start = next(i for i, (_x, _wide, text) in enumerate(axis) if text in ("start", "старт"))
    names = axis[start:]
    stop = next(i for i, (_x, _wide, text) in enumerate(names) if text.startswith(("month ", "месяц "))) + 1
    assert stop > 1
    for (x, wide, text), (other, broad, following) in pairwise(names[:stop]):
        assert other - x > (wide + broad) / 2, (text, following)


def test_what_costs_nothing_is_not_paid_back(told: tuple[Forecast, Section]) -> None:
    """Its tile says that nothing is spent; the title of its course does not say the opposite."""
    found, _page = told
    run = found.summary()
    one = run.page_one
    assert one is not None
    rising = dataclasses.replace(one.course, p50=tuple(1e5 * (i + 1) for i in range(len(one.course.p50))))
    of = {**run.options, **run.policies}[one.option]
    for spent in (True, False):
        back = of.payback_month if spent else None
        options = {**run.options, one.option: dataclasses.replace(of, payback_month=back)}
        page = dataclasses.replace(one, course=rising, scaled=None)
        picture = payoff.course(dataclasses.replace(run, options=options, policies={}, page_one=page))
        assert picture is not None
        assert ("paid back" in picture.title) is spent
        assert (" ahead after " in picture.title) is not spent


def test_a_hinge_of_a_pilot_says_that_it_is_the_pilot_that_pays() -> None:
    """Committing, of which other pages speak, pays up to another value of the same quantity."""
    hinge = Hinge("desk.bills", "bills", "%", 95.0, 60.0, 300.0, 100.0, False, 0.66, -1e5, "do_nothing")
    said = {name: plain(_turn(hinge, name, Figures("EUR"))) for name in ("commit", "pilot_then_decide")}
    assert said["commit"].startswith("Pays up to 100")
    assert said["pilot_then_decide"].startswith("Piloting first pays up to 100")
    between = plain(_turn(dataclasses.replace(hinge, gap=(100.0, 140.0)), "commit", Figures("EUR")))
    assert between.endswith("Next to nothing was tried between 100\xa0% and 140\xa0%.")


def test_no_title_holds_a_key_and_an_open_question_no_winner(told: tuple[Forecast, Section]) -> None:
    found, page = told
    titles = [block.title for block in page.blocks if isinstance(block, Table | Picture | Hinges)]
    titles += [card.title for block in page.blocks if isinstance(block, Cards) for card in block.cards]
    titles += [
        plain(name) for block in page.blocks if isinstance(block, Hinges) for name, _turn, _key, _at in block.items
    ]
    for title in titles:
        assert not _KEY.search(title), title
    verdict = next(block for block in page.blocks if isinstance(block, Verdict))
    advice = found.recommendation
    assert advice is not None
    assert verdict.state == advice.state
    if advice.state == "open":
        assert not re.search(r"recommend|lean|best|^(Commit|Pilot|Do nothing)\b", plain(verdict.sentence))


def test_the_bridge_adds_up_from_level_to_level(told: tuple[Forecast, Section]) -> None:
    found, page = told
    assert found.page_one is not None
    running = 0.0
    for name, value in found.page_one.bridge.steps:
        if name in ("middle", "expected"):
            assert running == pytest.approx(value, rel=1e-9, abs=1e-6)
        running = value if name in ("plan", "middle", "expected") else running + value
    card = next(block for block in page.blocks if isinstance(block, Cards)).cards[0]
    shown = 0.0
    for i, (_name, text, level) in enumerate(card.sums):
        value = _number(plain(text))
        if level and i:
            assert shown == pytest.approx(value, abs=1e-6)
        shown = value if level else shown + value


def test_bills_on_average_are_mean_bills_less_bills_at_their_median(told: tuple[Forecast, Section]) -> None:
    """Bills are a ratio to plan, so that the step follows from how far the median alone is from plan."""
    found, _page = told
    assert found.page_one is not None
    steps = dict(found.page_one.bridge.steps)
    ratio = found.drawn.uncertain["desk_one.cost_overrun"]
    median = float(np.median(ratio))
    at_plan = levels_at(found, [{"desk_one.cost_overrun": 1.0}])[0]["commit"]
    bill = (at_plan - steps["middle"]) / (median - 1.0)
    assert bill > 0.0
    assert steps["bills_mean"] == pytest.approx(-bill * (float(ratio.mean()) - median), rel=1e-6)
    chance = float(found.worth("commit").mean()) - steps["middle"] - steps["bills_mean"]
    assert steps["few_gain"] == pytest.approx(chance, rel=1e-9, abs=1e-6)


def test_the_course_is_in_order_and_a_cheaper_price_pays_more(told: tuple[Forecast, Section]) -> None:
    found, _page = told
    assert found.page_one is not None
    course = found.page_one.course
    for lower, upper in pairwise((course.p05, course.p25, course.p50, course.p75, course.p95)):
        assert all(low <= high for low, high in zip(lower, upper, strict=True))
    assert all(lever.gain > 0 for lever in found.page_one.levers)
    names = [each.name for each in found.stated]
    assert {"customers", "churn_per_month", "desk_one.one_off", "horizon_months"} <= set(names)
    assert next(each for each in found.stated if each.name == "churn_per_month").source == "finance, 12 Nov 2026"


@pytest.mark.parametrize("seed", [7, 18, 35])
def test_money_that_is_needed_is_never_rounded_to_nothing(tmp_path: Path, seed: int) -> None:
    found = advised(forecast(load(_scenario(tmp_path, seed)), draws=256, prior_only=True))
    text = as_markdown(compose([result_of(found)]))
    rows = [[cell.strip() for cell in row.split("|")[1:-1]] for row in text.splitlines() if row.startswith("|")]
    head = next(row for row in rows if row[-1] == "peak funding, 95 %")
    told = [row for row in rows if len(row) == len(head) and row is not head and "commit" in row[0].lower()]
    assert told
    grain = found.recommendation.resolution if found.recommendation else 0.0
    needed = float(np.quantile(found.outcome.field("commit", "peak_funding"), 0.95))
    assert needed > grain  # a whole step at least, so that it shows
    assert all(_number(row[-1]) > 0 for row in told if row[0] == "Commit now")


@pytest.mark.parametrize("limit", ["max_p_loss", "max_peak_funding"])
def test_what_turns_the_answer_is_within_the_limits_when_it_is_done(tmp_path: Path, limit: str) -> None:
    file = _scenario(tmp_path, 10)

    def tried(*overrides: str) -> Forecast:
        return advised(forecast(load(file, overrides=overrides), draws=256, prior_only=True))

    free = tried()
    assert free.recommendation is not None
    assert free.recommendation.option == "commit"
    peak = float(np.quantile(free.outcome.field("commit", "peak_funding"), 0.95))
    most = 0.2 if limit == "max_p_loss" else round(0.85 * peak)
    file.write_text(f"{file.read_text()}decision: {{{limit}: {most}}}\n")
    held = tried()
    assert held.recommendation is not None
    assert held.recommendation.option == "do_nothing"
    assert held.recommendation.refused == ("commit",)
    # What decides leads.
    said = str(held.recommendation.lead).replace("\N{NO-BREAK SPACE}", " ")
    assert (
        "futures, where 20 % are allowed" if limit == "max_p_loss" else "of peak funding in 95 of 100, where"
    ) in said
    assert held.page_one is not None
    driver = held.scenario.drivers[0]
    prices = {"price": ("one_off", driver.one_off), "running": ("monthly", driver.monthly)}
    turning = [lever for lever in held.page_one.levers if lever.turns]
    assert turning
    for lever in turning:
        assert lever.option == "commit"
        if lever.name in prices:  # by another route: the scenario with that price
            key, value = prices[lever.name]
            done = tried(f"drivers.desk_one.{key}={value.args[0] * (1 - lever.size)}")
            assert done.recommendation is not None
            assert done.recommendation.option == "commit"
            assert done.recommendation.p_loss["commit"] == pytest.approx(lever.p_loss, abs=1e-9)
            # What is printed is what the option that the sentence names gains, not that of the option of the page.
            gained = done.npv("commit").mean() - held.npv("commit").mean()
            assert lever.gain == pytest.approx(gained, rel=1e-6)
    text = as_markdown(compose([result_of(held)]))
    assert "for “commit now”, which then leads" in text


def test_a_scenario_with_much_to_say_stays_on_one_a4_in_every_language(tmp_path: Path) -> None:
    file = _scenario(tmp_path, 3)
    long = "Einarbeitung aller Kolleginnen und Kollegen in das neue Auskunftswesen, zweite und dritte Stufe"
    text = file.read_text().replace("A desk", long).replace("Does it pay?", f"Does it pay? {long}; {long}?")
    benefits = "{name: licences, monthly: 400}, {name: searching, time_saved: 1 %, group: front, realised: 30 %}"
    text = text.replace("    one_off:", f"    benefits: [{benefits}]\n    one_off:")
    file.write_text(text)
    results = [result_of(advised(forecast(load(file), draws=256, prior_only=True, trajectories=True)))]
    for language in ("en", "ru"):
        with catalogues.speaking(language):
            content = report_bytes(results, "pdf", page=True)
        assert len(re.findall(rb"/Type\s*/Page[^s]", content)) == 1, language


def test_each_quantity_has_one_value_in_the_whole_report(told: tuple[Forecast, Section]) -> None:
    found, _page = told
    result = result_of(found)
    for level in ("brief", "full"):
        values: dict[str, set[str]] = {}
        for datum in keyed(compose([result], level).sections):
            # 1.2 M in a sentence is 1,200 in a table of k: the digits that are known, wherever the point stands.
            figure = re.sub(r"[^\d.<>−]", "", datum.text.replace(",", ""))
            if abs(datum.value or 0.0) >= 1e3:
                figure = re.sub("^(−?)0+", r"\1", figure.replace(".", "")).rstrip("0")
            values.setdefault(datum.key, set()).add(figure)
        assert len(values) > 10
        twice = {key: each for key, each in values.items() if len(each) > 1}
        assert twice == {}


#: What a letter before the currency stands for, in both languages.
_SIZES = {"": 1.0, "k": 1e3, "M": 1e6, "bn": 1e9, "тыс.": 1e3, "млн": 1e6, "млрд": 1e9}
_AMOUNT = re.compile(
    r"([+−]?)(\d[\d,\N{NO-BREAK SPACE}]*(?:\.\d+)?)\N{NO-BREAK SPACE}(?:(k|M|bn|тыс\.|млн|млрд)\s)?(?:EUR|€)"
)


def _amount(text: str, *, comma: bool) -> tuple[float, float] | None:
    """Return what an amount with its unit says, and by how much rounding may have moved it."""
    found = _AMOUNT.fullmatch(text.translate({ord(","): "."}) if comma else text)
    if found is None:
        return None
    digits, size = re.sub(r"[,\s]", "", found[2]), _SIZES[found[3] or ""]
    known = len(digits.rstrip("0")) if "." not in digits else len(digits)  # 1,200 may be known to hundreds
    last = 10.0 ** -len(digits.partition(".")[2]) if "." in digits else 10.0 ** (len(digits) - max(known, 1))
    return float(digits) * (-1 if found[1] == "−" else 1) * size, 0.5 * last * size


@pytest.mark.parametrize("language", ["en", "ru"])
def test_amounts_of_one_quantity_are_one_number_whatever_unit_they_are_told_in(
    told: tuple[Forecast, Section], language: str
) -> None:
    """Read back as numbers, amounts with one key differ by no more than the rounding of both."""
    found, _page = told
    result = result_of(found)
    said: dict[str, list[tuple[str, float, float]]] = {}
    with catalogues.speaking(language):
        for level in ("brief", "full"):
            for datum in keyed(compose([result], level).sections):
                read = _amount(datum.text, comma=language == "ru")
                if read is not None:
                    said.setdefault(datum.key, []).append((datum.text, *read))
    assert len(said) > 3
    for key, amounts in said.items():
        for one, value, room in amounts:
            for other, again, slack in amounts:
                assert abs(value - again) <= room + slack + 1e-9, (key, one, other)


def test_no_report_shows_plain_data(told: tuple[Forecast, Section]) -> None:
    found, _page = told
    result = result_of(found)
    for text in (as_markdown(compose([result])), as_text(compose([result], "brief"))):
        assert not re.search(r"\{'|\[\{|\bNone\b|\bnan\b|Message\(|Figure\(", text)


def test_a_pilot_scales_as_often_as_its_printed_rule_says(told: tuple[Forecast, Section]) -> None:
    found, _page = told
    chosen = policies(found)
    if chosen is None or chosen.readable is None:
        assert "pilot_then_decide" not in found.policies
        return
    pilot = found.scenario.pilot
    assert pilot is not None
    rule = rule_of(
        chosen.pilot, chosen.readable.sensors, chosen.readable.pilot.net_benefit, pilot.months, control=pilot.control
    )
    assert cash_flow(found, "pilot_then_decide", chosen).p_scale == pytest.approx(rule.p_scale, abs=1e-9)


def test_a_median_is_told_to_the_digits_of_the_mean_beside_it(told: tuple[Forecast, Section]) -> None:
    """A loss in the middle case is no 0 in the table of options."""
    found, _page = told
    (table,) = (
        block
        for section in compose([result_of(found)]).sections
        for block in section.blocks
        if isinstance(block, Table) and "median" in block.head
    )
    place, run = table.head.index("median"), found.summary()
    grain = found.recommendation.resolution if found.recommendation is not None else 0.0
    median = _number(plain(table.rows[0][place]).replace("+", ""))
    scale = {"k": 1e3, "M": 1e6}.get(re.findall(r"([kM]?)\s?EUR", table.caption)[0], 1.0)
    assert abs(median * scale - run.options["commit"].npv.median) <= max(grain, 1.0)


def test_no_line_of_the_case_is_all_dots_or_worth_more_today_than_in_total(told: tuple[Forecast, Section]) -> None:
    """Benefits that would print as nothing in every year stand with the largest one, and the caption says so."""
    (case,) = [block for block in told[1].blocks if isinstance(block, Table)]
    flow = told[0].cash_flow
    assert flow is not None
    # One benefit stays, however small; sums and costs are told even where they are nothing.
    firsts = [plain(row[0]) for row in case.rows]
    for row in case.rows[1 : firsts.index("Benefits")] if "Benefits" in firsts else ():
        cells = [plain(cell) for cell in row[1:]]
        assert set(cells) != {"·"}, row
        assert cells[-2] != "·" or cells[-1] == "·" or any(cell != "·" for cell in cells[:-2]), row
    benefits = [line for line in flow.lines if line.name not in ("one_off", "running", "tax", "net")]
    shown = [row for row in case.rows if plain(row[0]) in ("Benefits", "Costs", "Tax", "Net", "Net so far")]
    rows = len(case.rows) - len(shown) - sum(line.name in ("one_off", "running") for line in flow.lines)
    assert ("counted with the largest benefit" in case.caption) == (rows < len(benefits))


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_tile_of_funding_says_the_mean_what_suffices_in_95_of_100_and_what_is_allowed(
    tmp_path: Path, language: str
) -> None:
    """A limit is on what suffices in 95 of 100 futures; the mean alone would look as if it were kept."""
    file = _scenario(tmp_path, 10)
    file.write_text(f"{file.read_text()}decision: {{max_peak_funding: 7654321}}\n")
    found = advised(forecast(load(file), draws=256, prior_only=True))
    assert found.page_one is not None
    needed = np.sort(found.outcome.field(found.page_one.option, "peak_funding"))
    with catalogues.speaking(language):
        page = compose([result_of(found)], page=True).sections[0]
    tiles = next(block for block in page.blocks if isinstance(block, KeyFigures))
    said = plain(tiles.figures[-1][2]).replace("\N{NO-BREAK SPACE}", " ")
    amounts = re.findall(r"([\d.,]+) (k|M|тыс\.|млн)? ?(?:EUR|€)", said)
    sizes = {"k": 1e3, "тыс.": 1e3, "M": 1e6, "млн": 1e6, "": 1.0}
    values = [float(digits.replace(",", "." if language == "ru" else "")) * sizes[size] for digits, size in amounts]
    assert values == pytest.approx([needed.mean(), np.quantile(needed, 0.95), 7_654_321], rel=0.06)
    assert "95 of 100" in said if language == "en" else "95 из 100" in said
