# SPDX-License-Identifier: MIT
"""A firm with all that a scenario can state: on which side of tax figures stand, who carries them, and every input."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest

import txsim
from txsim import catalogues
from txsim.decide.advice import advised
from txsim.decide.comparison import compare
from txsim.decide.option_paths import paths_taken
from txsim.decide.path_attribution import explain
from txsim.decide.policies import policies
from txsim.decide.sensitivity import analyse_sensitivity
from txsim.decide.waterfall import StoredResult, explain_difference
from txsim.decide.whatif import whatif
from txsim.forecast import Forecast
from txsim.forecast.labels import label_of
from txsim.language.numbers import to_grain
from txsim.report.compose import compose
from txsim.report.document import Document, KeyFigures, Picture, Table, plain
from txsim.report.figures import Figures
from txsim.report.output import report_bytes
from txsim.report.reading import result_from, result_of
from txsim.report.sections.answer import segments
from txsim.report.sections.assumptions import inputs
from txsim.report.sections.business_case import business_case
from txsim.report.terminal import as_text
from txsim.results.cash_flow import CashFlow, CashFlowLine
from txsim.results.quantities import Estimate
from txsim.scenario import Scenario, loads

DRAWS = 512
FIRM = """
title: A desktop for claims
horizon_months: 36
discount_rate: 8 %
finance: {tax_rate: 25 %, rate_basis: after_tax, write_off: true}
decision: {after_tax: true, max_p_loss: 0.9}
evidence: {use: none}
organisation:
  name: Nord
  index: {ux_employee: {value: 3, scale: likert5}, ex: {value: 10, scale: enps}, cx: {value: 30, scale: nps}}
  staff:
    sales: {headcount: 90, turnover_per_year: 22 %, salary_per_year: 41000, absence_rate: 5 %}
    claims: {headcount: 130, turnover_per_year: 30 %, salary_per_year: 36000, absence_rate: 8 %}
  absence_cover: 0.5
  time_realised: 25 %
  contribution_margin: 25 %
  sources: {contribution_margin: 'finance, May'}
  segments:
    private: {customers: 90000, churn_per_month: 1.2 %, arpu_per_month: 35}
    firms: {customers: 4000, churn_per_month: 0.6 %, arpu_per_month: 400, responds: {median: 0.7, factor: 1.4}}
priors: {doubt: {ex_cx: 30 %}}
drivers:
  - name: desktop
    title: One desktop
    kind: it
    pushes:
      - node: ex
        group: claims
        effect: {median: 9, factor: 1.6}
        scale: enps
        months: 4
        tires: {half_life: 9, lasts: 40 %}
      - {node: ux_employee, effect: {median: 0.4, factor: 1.6}, scale: likert5, months: 4}
    benefits:
      - {name: handling, time_saved: {interval: [4 %, 12 %]}, group: sales, realised: {interval: [20 %, 60 %]}}
      - {name: licences, monthly: 2500, in_pilot: false}
    costs:
      - {name: platform, amount: 300000, month: 1, kind: capex, life: 36}
      - {name: support, amount: 4000, from: 3, months: 24}
    one_off: 20000
    one_off_kind: capex
    one_off_life: 24
pilot:
  months: 5
  scope: 25 %
  one_off: 9000
  monthly: 900
  respondents: 60
  costs: [{name: fitting, amount: 3000, month: 1}]
"""


def run_of(text: str) -> Forecast:
    return advised(txsim.forecast(loads(text, name="nord.yaml"), draws=DRAWS, seed=3))


@pytest.fixture(scope="module")
def after() -> Forecast:
    return run_of(FIRM)


@pytest.fixture(scope="module")
def before() -> Forecast:
    return run_of(FIRM.replace("after_tax: true, ", "").replace(", rate_basis: after_tax", ""))


def words(document: Document) -> str:
    return " ".join(as_text(document, 120).split())


def tables(document: Document) -> list[Table]:
    return [block for section in document.sections for block in section.blocks if isinstance(block, Table)]


def money(text: str) -> float:
    """Return the number in a cell."""
    return float(re.sub(r"[^\d.−]", "", text).replace("−", "-"))


def test_page_one_stands_on_one_side_of_tax_and_says_which(after: Forecast, before: Forecast) -> None:
    for found, side, other in ((after, "after", "before"), (before, "before", "after")):
        run = found.summary()
        page = compose([result_of(found)]).sections[0]
        (tiles,) = [block for block in page.blocks if isinstance(block, KeyFigures)]
        name, _value, beside = tiles.figures[0]
        assert name == f"Expected value {side} tax"
        assert f"; {other} tax " in plain(beside)
        (case,) = [block for block in page.blocks if isinstance(block, Table)]
        assert f"; {side} tax" in case.caption
        assert ("Tax" in [plain(row[0]) for row in case.rows]) == (side == "after")
        paid = {**run.policies, **run.options}[run.cash_flow.option if run.cash_flow is not None else "commit"]
        worth = paid.npv_after_tax if side == "after" else paid.npv
        assert worth is not None
        assert run.cash_flow is not None
        assert run.cash_flow.lines[-1].pv == pytest.approx(worth.mean, rel=1e-9)
        assert run.page_one is not None
        assert run.page_one.course.mean[-1] == pytest.approx(worth.mean, rel=1e-9)


@pytest.mark.parametrize("tax", [-2.0, 0.0, 3.0])
def test_the_title_of_the_case_names_all_that_its_result_is_made_of(after: Forecast, tax: float) -> None:
    """Benefits less cost less tax, as printed, are the result that the title ends with."""
    values = {"productivity": 9.0, "one_off": -3.0, "running": -1.0, "tax": -tax}
    values["net"] = sum(values.values())
    lines = tuple(CashFlowLine(name, 0.0, (v * 1e5,), v * 1e5, v * 1e5) for name, v in values.items())
    run = after.summary()
    (table,) = business_case(replace(run, cash_flow=CashFlow("commit", lines)), Figures("EUR", 1e4))
    assert isinstance(table, Table)
    title = table.title.replace("\N{NO-BREAK SPACE}", " ")
    amounts = [float(each) for each in re.findall(r"([\d.]+) k EUR", title)]
    assert amounts[-1] == values["net"] * 100
    if tax == 0.0:
        assert "tax" not in title
        assert amounts[0] - amounts[1] == amounts[-1]
    elif tax > 0:
        assert "of tax:" in title
        assert amounts[0] - amounts[1] - amounts[2] == amounts[-1]
    else:
        assert "of tax saved" in title
        assert amounts[0] + amounts[1] - amounts[2] == amounts[-1]


def test_what_customers_kept_are_worth_stands_on_the_side_of_the_decision(after: Forecast, before: Forecast) -> None:
    """Of policies as of the paths that they take; a rate of 25 % leaves three quarters."""
    for found, left in ((after, 0.75), (before, 1.0)):
        run, chosen = found.summary(), policies(found)
        assert chosen is not None
        assert run.policies
        for name, told in {**run.policies, **run.options}.items():
            taken = paths_taken(found, name, chosen)
            untaxed = sum(
                float((weight * found.outcome.field(path, "runoff")).mean()) for path, weight in taken.items()
            )
            assert told.runoff is not None
            assert told.runoff.mean == pytest.approx(left * untaxed, rel=1e-9), name


def test_all_that_speaks_of_a_net_present_value_says_on_which_side_of_tax(after: Forecast) -> None:
    """Titles, heads, notes and sentences of the page and the terminal; without a tax none of them does."""
    for level in ("brief", "full"):
        told = words(compose([result_of(after)], level))  # type: ignore[arg-type]
        for place in re.finditer(r"\bNPV\b|net present value", told):
            near = told[max(place.start() - 60, 0) : place.end() + 110]
            said = r"after tax|before tax|within the limits|without another word|right edge|after before .* tax,? tax"
            assert re.search(said, near), near  # the last of two heads that break alike
    plainly = run_of(
        FIRM.replace("finance: {tax_rate: 25 %, rate_basis: after_tax, write_off: true}\n", "").replace(
            "after_tax: true, ", ""
        )
    )
    told = words(compose([result_of(plainly)]))
    assert "after tax" not in told
    assert "All figures are before tax; no tax is stated." in told
    assert "There is no tax in it" in told


def test_options_stand_after_and_before_tax_beside_each_other(after: Forecast) -> None:
    run = after.summary()
    (table,) = [each for each in tables(compose([result_of(after)])) if "mean NPV after tax" in each.head]
    assert table.head[1:3] == ("mean NPV after tax", "mean NPV before tax")
    commit = next(row for row in table.rows if plain(row[0]) == "Commit now")
    npv, taxed = run.options["commit"].npv, run.options["commit"].npv_after_tax
    assert taxed is not None
    assert money(plain(commit[1])) == pytest.approx(taxed.mean / 1000, abs=5)
    assert money(plain(commit[2])) == pytest.approx(npv.mean / 1000, abs=5)


def test_who_carries_it_and_what_is_freed_stand_on_page_and_terminal(after: Forecast) -> None:
    run = after.summary()
    assert run.cash_flow is not None
    paid = {**run.policies, **run.options}[run.cash_flow.option]
    assert paid.payoff_by_segment is not None
    assert paid.capacity_freed is not None
    for level in ("brief", "full"):
        document = compose([result_of(after)], level)  # type: ignore[arg-type]
        (table,) = [each for each in tables(document) if each.caption.startswith("Who carries it")]
        rows = {plain(row[0]): row for row in table.rows}
        assert set(rows) == {"private", "firms", "all customers"}
        whole = sum(of.mean for of in paid.payoff_by_segment.values())
        parts = [money(plain(rows[name][1])) for name in ("private", "firms")]
        assert sum(parts) == pytest.approx(money(plain(rows["all customers"][1])), abs=0.11)
        assert money(plain(rows["all customers"][3])) == 100
        for name in ("private", "firms"):
            share = 100 * paid.payoff_by_segment[name].mean / whole
            assert money(plain(rows[name][3])) == pytest.approx(share, abs=0.6)
        assert "frees capacity, mostly working time, worth another" in words(document)


def test_a_notebook_shows_options_by_their_names_on_the_side_of_the_decision(after: Forecast, before: Forecast) -> None:
    """The figures of the draws themselves, in the language in use, for a forecast and for a comparison alike."""
    for found, side in ((after, "after"), (before, "before")):
        draws = found.npv_after_tax("commit") if side == "after" else found.npv("commit")
        other = found.npv("commit") if side == "after" else found.npv_after_tax("commit")
        both = compare({"desktop": found.scenario}, draws=DRAWS, seed=3)
        for html in (found._repr_html_(), both._repr_html_()):
            assert f"mean NPV {side} tax, EUR" in html
            assert f">{draws.mean():,.0f} ± " in html
            assert f">{other.mean():,.0f} ± " not in html
            assert "commit now<" in html
            assert "commit<" not in html
            assert f">{100 * (draws < 0).mean():.0f}\N{NO-BREAK SPACE}%<" in html
        with catalogues.speaking("ru"):
            html = found._repr_html_()
            assert ("средний NPV после налога" if side == "after" else "средний NPV до налога") in html
            assert "commit" not in html


def _inputs_of(content: Any, path: str = "") -> set[str]:
    """Return where a file states something: every key with a value, lists of entries entry by entry."""
    if isinstance(content, dict) and "distribution" not in content:
        return {
            found for key, value in content.items() for found in _inputs_of(value, f"{path}.{key}" if path else key)
        }
    if isinstance(content, list) and content and isinstance(content[0], dict):
        return {found for i, each in enumerate(content) for found in _inputs_of(each, f"{path}[{i}]")}
    return set() if content in (None, [], {}, "", False) else {path}


def test_every_input_of_the_scenario_stands_in_the_assumptions() -> None:
    """Keys of the whole content: each has a row, or is said in the row of what it belongs to."""
    scenario = loads(FIRM, name="nord.yaml")
    rows = [row for part in inputs(scenario).values() for row in part]
    told = {plain(row[3]) for row in rows}
    elsewhere = re.compile(
        r"^(title|question|evidence|graph|priors\.(?!doubt))|\.(name|title|node|group|scale|currency)$|\.sources\."
    )
    zero = {"distribution": "point", "value": 0.0}
    for place in _inputs_of(scenario.content):
        value: Any = scenario.content
        for key in re.findall(r"[^.\[\]]+", place):
            value = value[int(key)] if isinstance(value, list) else value[key]
        when = re.search(r"costs\[\d+\]\.(month|from|months|kind|life)$", place)
        if not elsewhere.search(place) and value not in (zero, 0) and not when:
            assert place in told, place
    text = " ".join(" | ".join(map(plain, row)) for row in rows).replace("\N{NO-BREAK SPACE}", " ")
    for said in (
        "Working time of sales that “One desktop” saves (“handling”) | 7.3 % (4.0 % … 12 %)",
        "(“platform”), once in month 1, an investment written off over 36 months | 300,000 EUR",
        "(“support”), a month from month 3 on, 24 months | 4,000 EUR",
        "Share of the effect of “One desktop” on EX (claims) that lasts | 40 %",
        "Contribution margin | 25 % | finance, May",
        "default: 0.15 of the longest ramp of the driver, 4.0 months, is 0.60 months, known to a factor of 7.0",
        "default of its kind: IT project",
        "Tax on profit | 25 % | the author",
        "Strength of its reaction to experience, segment “firms” | 0.70 (0.50 … 0.98)",
        "Probability that this link does nothing",
    ):
        assert said in text, said


def test_who_said_an_input_follows_the_file_and_not_the_value() -> None:
    """An author who writes what is the default wrote it, in the file and in what a result keeps of it."""
    silent = loads(FIRM.replace("discount_rate: 8 %\n", ""))
    spoken = loads(FIRM.replace("discount_rate: 8 %", "discount_rate: 0.1"))
    assert silent.hash == spoken.hash
    for of in (lambda each: each, lambda each: Scenario.of_content(json.loads(json.dumps(each.kept, default=str)))):
        said = [
            {plain(row[3]): plain(row[2]) for part in inputs(of(each)).values() for row in part}["discount_rate"]
            for each in (silent, spoken)
        ]
        assert said == ["the default value", "the author"]


def test_inputs_are_words_and_numbers_whatever_a_survey_reads() -> None:
    """Keys with words for all of them, shares and levels in percent, no distribution as plain data."""
    text = FIRM.replace("ex: {value: 10, scale: enps}", "ex: {value: 61, scale: percent}")
    text = text.replace("scale: enps\n        months", "scale: percent\n        months")
    measured = "  measures: [{node: ex, by_unit: false, passives: {interval: [20 %, 40 %]}, respondent_sd: 30}]\n"
    scenario = loads(text + measured, name="nord.yaml")
    rows = {plain(row[3]): list(map(plain, row)) for part in inputs(scenario).values() for row in part}
    where = "pilot.measures[0]."
    assert rows[f"{where}passives"][:2] == [
        "Answers that count neither for nor against, share",
        "29 % (20 % … 40 %)".replace(" %", "\N{NO-BREAK SPACE}%"),
    ]
    assert rows[f"{where}by_unit"][:3] == ["Read in each unit, not in the firm as a whole alone", "no", "the author"]
    assert rows[f"{where}respondent_sd"][:2] == ["Standard deviation of single answers", "30"]
    assert rows["organisation.index.ex.value"][1] == "61\N{NO-BREAK SPACE}%"
    for key, row in rows.items():
        last = re.sub(r"\W+", "", key.rpartition(".")[2])
        assert "{" not in row[0] + row[1], row
        assert "_" not in last or last.casefold() not in row[0].partition(" (")[0].casefold(), row


def test_every_uncertain_quantity_has_a_meaning_before_its_key(after: Forecast) -> None:
    for name in after.drawn.uncertain:
        meaning = str(label_of(after.scenario, name).meaning)
        assert meaning not in (name, ""), name
        assert not re.search(r"\w\[\d|_cx|\.\w+\[", meaning), meaning


# ---------------------------------------------------------------- what if, differences, paths


def _variant(changes: Any) -> Scenario:
    return loads(FIRM, name="nord.yaml", overrides=tuple(changes))


def test_a_grid_over_the_tax_moves_what_is_after_tax_alone() -> None:
    found = whatif(_variant, ["finance.tax_rate=10 %,40 %"], draws=DRAWS, seed=3)
    low, high = found.cells
    assert low.npv["commit"].value == pytest.approx(high.npv["commit"].value)
    # tax is a share of what is taxed: 4 times as much at 40 % as at 10 %
    taken = [each.npv["commit"].value - each.npv_after_tax["commit"].value for each in (low, high)]
    assert taken[1] == pytest.approx(4 * taken[0], rel=1e-6)
    document = compose([result_from(found)], "brief")
    first, second = tables(document)
    assert first.caption.startswith("Expected NPV after tax")
    assert second.caption.startswith("Expected NPV before tax")
    cells = [[plain(row[1]) for row in table.rows] for table in (first, second)]
    assert cells[0][0] != cells[0][1]
    assert cells[1][0] == cells[1][1]
    assert "changes none" not in words(document)


def test_an_input_that_changes_nothing_is_said_to() -> None:
    found = whatif(_variant, ["organisation.customers=100,200"], draws=DRAWS, seed=3)
    text = words(compose([result_from(found)], "brief"))
    assert "nothing here depends on it: customers (organisation.customers)" in text


@pytest.mark.parametrize(
    ("open_cells", "said"),
    [
        ((), "Whatever the values: commit now."),
        ((0,), "Wherever there is a clear choice: commit now. In 1 of the combinations it is an open question."),
        ((0, 1), "Whatever the values, it is an open question which option is best."),
    ],
)
def test_the_first_sentence_of_a_grid_knows_of_open_questions(open_cells: tuple[int, ...], said: str) -> None:
    found = whatif(_variant, ["finance.tax_rate=10 %,40 %"], draws=DRAWS, seed=3)
    cells = tuple(
        replace(cell, best="commit", too_close=i in open_cells, state="open" if i in open_cells else "clear")
        for i, cell in enumerate(found.cells)
    )
    assert said in words(compose([result_from(replace(found, cells=cells))], "brief"))


def test_a_difference_is_told_after_tax_where_that_decides(after: Forecast) -> None:
    """A higher tax moves nothing before tax, and after it by 15 points of what is taxed; steps sum on both."""
    other = loads(
        FIRM.replace("tax_rate: 25 %", "tax_rate: 40 %").replace("one_off: 20000", "one_off: 60000"), name="b"
    )
    a, b = (StoredResult(name, s.content, 3, DRAWS, {}) for name, s in (("a", after.scenario), ("b", other)))
    found = explain_difference(a, b)
    moved = {change.input: change for change in found.changes}
    tax = moved["finance.tax_rate"]
    assert tax.npv == pytest.approx(0.0, abs=1e-6)
    assert tax.npv_after_tax != pytest.approx(0.0, abs=100)
    assert sum(c.npv for c in found.changes) == pytest.approx(found.total, abs=1e-6)
    assert found.total_after_tax is not None
    assert sum(c.worth(after_tax=True) for c in found.changes) == pytest.approx(found.total_after_tax, abs=1e-6)
    assert found.a.npv_after_tax == pytest.approx(after.npv_after_tax("commit").mean(), rel=1e-9)
    document = compose([result_from(found)])
    assert "the expected NPV after tax of “commit now” moves by" in words(document)
    (table,) = [each for each in tables(document) if each.caption == "What was changed"]
    assert [head.split(",")[0] for head in table.head[3:]] == [
        "moves the NPV after tax by",
        "moves the NPV before tax by",
    ]


def _amount(cell: Any) -> float:
    return float(plain(cell).replace("−", "-").replace(",", "").replace("+", "") or 0)


def test_printed_shares_of_paths_add_up_to_their_total_and_parts_to_their_path(after: Forecast) -> None:
    """However they are rounded: what a table says adds up does so as it is read."""
    found = explain(after)
    for scale in (1.0, 0.37, 0.083, 0.0049):
        paths = tuple(replace(each, shapley_npv=scale * each.shapley_npv) for each in found.paths)
        assert found.links is not None
        smaller = replace(
            found,
            recommendation=None,  # digits by size: those of the unit
            paths=paths,
            total=replace(found.total, npv=scale * found.total.npv),
            links={name: scale * value for name, value in found.links.items()},
            groups={
                path: {name: scale * value for name, value in of.items()} for path, of in (found.groups or {}).items()
            },
        )
        document = compose([result_from(smaller)])
        by_path, by_group = [table for table in tables(document) if table.head[0] in ("path", "link or group")]
        printed = {plain(row[0]): _amount(row[1]) for row in by_path.rows}
        total = printed.pop("total")
        assert sum(printed.values()) == pytest.approx(total, abs=1e-6)
        # The picture's labels are the table's figures, and what there is before cost is what they leave.
        picture = next(each for each in document.pictures() if each.kind == "paths")
        rows = [row.rpartition(": ") for row in picture.description.split("; ")]
        labels = {name: _amount(label.split("\N{NO-BREAK SPACE}")[0].split()[0]) for name, _colon, label in rows}
        assert labels == {name: value for name, value in printed.items() if name in labels}
        assert len(labels) > 3
        said = re.search(
            r"is worth ([\d.,−]+) (k |M |)EUR\. Shares", words(document).replace("\N{NO-BREAK SPACE}", " ")
        )
        if said is not None:
            size = {"k ": 1e3, "M ": 1e6, "": 1.0}
            scale_of = size[re.findall(r"in (k |M |)EUR;", by_path.caption.replace("\N{NO-BREAK SPACE}", " "))[0]]
            gained = sum(value for name, value in printed.items() if name != "programme cost") * scale_of
            last = 0.5 * 10.0 ** -len(said[1].partition(".")[2])  # half of the last digit that the sentence has
            assert money(said[1]) == pytest.approx(gained / size[said[2]], abs=last + 1e-9)
        for path in ("fewer quits", "less absence", "working time saved"):
            parts = [_amount(row[1]) for row in by_group.rows if plain(row[0]).startswith(f"{path}:")]
            assert sum(parts) == pytest.approx(printed[path], abs=1e-6)


@pytest.mark.parametrize("grain", [100.0, 10_000.0])
def test_parts_of_the_payoff_have_the_digits_of_page_one(after: Forecast, grain: float) -> None:
    """Parts of what page one tells to a grain are multiples of it and add up to page one's figure, on every table."""
    run, found = after.summary(), explain(after)
    assert run.recommendation is not None
    assert found.recommendation is not None
    run = replace(run, recommendation=replace(run.recommendation, resolution=grain))
    found = replace(found, recommendation=replace(found.recommendation, resolution=grain))
    document = compose([result_from(run), result_from(found)])
    (by_path,) = [table for table in tables(document) if table.head[0] == "path"]
    printed = {plain(row[0]): _amount(row[1]) for row in by_path.rows}
    unit = {"k": 1e3, "M": 1e6, "": 1.0}[re.findall(r"in (k|M|)\W?EUR;", by_path.caption)[0]]
    total = printed.pop("total")
    assert total * unit == pytest.approx(to_grain(found.total.npv, grain), abs=1e-6)
    assert sum(printed.values()) == pytest.approx(total, abs=1e-6)
    for value in printed.values():
        assert value * unit / grain == pytest.approx(round(value * unit / grain), abs=1e-6)
    for table in (table for table in tables(document) if table.head[0] == "segment"):
        *parts, whole = (_amount(row[1]) for row in table.rows)
        unit = {"k": 1e3, "M": 1e6, "": 1.0}[re.findall(r", (k|M|)\W?EUR", table.head[1])[0]]
        if plain(table.rows[-1][0]) == "all customers":
            assert sum(parts) == pytest.approx(whole, abs=1e-6)
        for value in (*parts, whole):
            assert value * unit / grain == pytest.approx(round(value * unit / grain), abs=1e-6)


def test_the_workbook_tells_who_carries_it_and_what_is_freed(after: Forecast) -> None:
    """Each segment's part of each option as the payoffs of its futures have it, summed by a formula; capacity apart."""
    content = report_bytes([result_of(after)], "xlsx")
    with_values, with_formulas = (
        openpyxl.load_workbook(io.BytesIO(content), data_only=values)["Summary"] for values in (True, False)
    )
    rows = [row for row in with_values.iter_rows(values_only=True) if row[0]]
    heads = next(row for row in rows if row[0] == "option")
    commit = next(row for row in rows if row[0] == "Commit now")
    freed = heads.index("capacity freed: no cash, in no other figure")
    assert commit[freed] == pytest.approx(after.outcome.field("commit", "capacity_freed").mean())
    assert commit[heads.index("mean NPV before tax")] == pytest.approx(after.npv("commit").mean())
    at = next(i for i, row in enumerate(rows) if row[0] == "segment")
    column = rows[at].index("Commit now")
    parts = {
        name: after.outcome.field("commit", f"payoff.{name}").mean() for name in after.scenario.organisation.segments
    }
    for name, part in parts.items():
        assert next(row for row in rows[at:] if row[0] == name)[column] == pytest.approx(part)
    total = next(row for row in with_formulas.iter_rows() if row[0].value == "all customers")
    first, last = re.fullmatch(r"=SUM\([A-Z](\d+):[A-Z](\d+)\)", total[column].value).groups()  # type: ignore[union-attr]
    summed = [with_values.cell(i, column + 1).value for i in range(int(first), int(last) + 1)]
    assert summed == pytest.approx(list(parts.values()))
    assert with_values.cell(total[0].row, column + 1).value == pytest.approx(sum(parts.values()))


def test_what_is_noise_leads_no_table_and_doubted_links_are_always_there(after: Forecast) -> None:
    """A worth within twice its error counts as none in the order; JSON keeps the figure, the table says ~."""
    found = analyse_sensitivity(after)
    seen = [each.evppi.value > 2 * each.evppi.mcse for each in found.parameters]
    assert seen == sorted(seen, reverse=True)
    totals = [each.total.value for each, beyond in zip(found.parameters, seen, strict=True) if not beyond]
    assert totals == sorted(totals, reverse=True)
    first = next(each for each in found.parameters if each.name == "link[ex_cx]")
    last = replace(found, parameters=(*(each for each in found.parameters if each is not first), first))
    unclear = replace(last.parameters[0], evppi=Estimate(170.0, 148.0))
    (table,) = [
        table
        for table in tables(compose([result_from(replace(last, parameters=(unclear, *last.parameters[1:])))], "brief"))
        if table.head[0] == "parameter"
    ]
    assert plain(table.rows[0][1]) == "~"
    assert "(link[ex_cx])" in plain(table.rows[-1][0])
    # Between in force and not there is no value: what pays is said in words.
    sure = replace(first, within_noise=False, break_even=Estimate(0.33, 0.01), good_above=True, stated=None)
    (table,) = [
        table
        for table in tables(compose([result_from(replace(found, parameters=(sure,)))], "brief"))
        if table.head[0] == "parameter"
    ]
    assert plain(table.rows[0][2]) == "the link is in force"


def test_a_path_is_split_among_the_groups_that_carry_it(after: Forecast) -> None:
    """Parts sum to the path; a group whose tools and mood nobody pushes carries less than the one that is pushed."""
    found = explain(after)
    share = {each.path: each.shapley_npv for each in found.paths}
    assert found.links is not None
    assert found.groups is not None
    for edge, path in (("ex", "ex_to_cx"), ("ux_employee", "tools_to_ex")):
        parts = {name: v for name, v in found.links.items() if name.partition("[")[0].partition(" ")[0] == edge
                 and ("-> cx" in name) == (path == "ex_to_cx")}  # fmt: skip
        assert sum(parts.values()) == pytest.approx(share[path], rel=1e-9)
        assert len(parts) == 2
    assert found.links["ex[claims] -> cx"] > 2 * found.links["ex[sales] -> cx"]
    for path, groups in found.groups.items():
        assert set(groups) == {"sales", "claims"}
        assert sum(groups.values()) == pytest.approx(share[path], rel=1e-9)
    assert found.groups["staff_turnover"]["claims"] > found.groups["staff_turnover"]["sales"]
    picture = next(p for p in compose([result_of(after), result_from(found)]).pictures() if p.kind == "graph")
    ways = {}
    for row in _rows(picture):
        ways.setdefault(row["way"], row)
    told = {way: row["told"] for way, row in ways.items()}
    assert told["EX claims → CX"] != told["EX sales → CX"]
    assert "Direct benefits of" in picture.note
    assert "before the programme's cost and tax" in picture.note


@pytest.mark.parametrize(
    "means", [(1_300_400.0, 1_080_400.0, 284_400.0), (100_500.0, 100_500.0, 100_500.0), (43_200.0, 42_300.0, 14_500.0)]
)
def test_what_segments_carry_and_their_shares_add_up_as_printed(after: Forecast, means: tuple[float, ...]) -> None:
    run = after.summary()
    paid = run.options["commit"]
    one = next(iter((paid.payoff_by_segment or {}).values()))
    parts = {f"part_{i}": replace(one, mean=mean) for i, mean in enumerate(means)}
    (table,) = segments(run, "commit", replace(paid, payoff_by_segment=parts))
    assert isinstance(table, Table)
    assert [plain(row[0]) for row in table.rows] == ["part 0", "part 1", "part 2", "all customers"]
    for column in (1, 3):
        *each, whole = (money(plain(row[column])) for row in table.rows)
        assert sum(each) == pytest.approx(whole, abs=1e-6)
    assert plain(table.rows[-1][3]) == "100\N{NO-BREAK SPACE}%"


def test_the_graph_of_influence_has_the_figures_of_its_bars(after: Forecast) -> None:
    document = compose([result_of(after), result_from(explain(after))])
    graph, bars = (next(each for each in document.pictures() if each.kind == kind) for kind in ("graph", "paths"))
    shown = [row.rpartition(": ") for row in bars.description.replace("\N{NO-BREAK SPACE}", " ").split("; ")]
    figures = {name: label.split()[0] for name, _colon, label in shown}
    ends = [" ".join(box["name"]).rpartition(" ") for box in graph.spec["layer"][2]["data"]["values"]]
    into_money = {name: figure for name, _space, figure in ends if name in figures}
    assert len(into_money) > 3
    assert into_money == {name: figures[name] for name in into_money}
    (by_group,) = [table for table in tables(document) if table.head[0] == "link or group"]
    names = (re.sub(r"[()]", "", plain(row[0])) for row in by_group.rows)  # a picture has less room
    carried = {
        " → ".join(reversed(name.split(": "))): plain(row[1]) for name, row in zip(names, by_group.rows, strict=True)
    }
    ways = [row.rpartition(": ") for row in graph.description.replace("\N{NO-BREAK SPACE}", " ").split("; ")]
    drawn = {name.removeprefix("EX ") if "→ fewer" in name else name: told.split()[0] for name, _colon, told in ways}
    both = drawn.keys() & carried.keys()
    assert {"EX claims → CX", "claims → fewer quits", "sales → fewer quits"} <= both
    assert {name: drawn[name] for name in both} == {name: carried[name] for name in both}


def test_a_page_warns_in_words_and_a_terminal_with_the_keys_to_change() -> None:
    firm = FIRM.replace("  contribution_margin: 25 %\n", "  contribution_margin: 25 %\n  churn_per_month: 5 %\n", 1)
    found = run_of(firm)
    page, told = (words(compose([result_of(found)], level)) for level in ("full", "brief"))  # type: ignore[arg-type]
    assert "`churn_per_month` of the organisation is 5.00" in told
    assert re.search(r"warning: [^`:]+: churn a month of the organisation is 5.00", page)  # its subject first
    for sentence in page.split("What the author fixed by hand")[0].split(". "):
        assert not re.search(r"`|warning:.*churn_per_month", sentence), sentence


def _rows(picture: Picture) -> list[dict[str, Any]]:
    return list(picture.spec["layer"][0]["data"]["values"])


def test_sensitivity_marks_what_these_draws_cannot_tell(after: Forecast) -> None:
    found = analyse_sensitivity(after)
    hidden = {each.name for each in found.parameters if each.within_noise}
    assert hidden
    assert {each.name for each in found.parameters} - hidden
    document = compose([result_from(found)])
    (table,) = [each for each in tables(document) if each.caption.startswith("Break-even values")]
    names = {str(each.meaning): each.name for each in found.parameters}
    shown = {names[plain(row[0])]: row for row in table.rows}
    for name, row in shown.items():
        assert (plain(row[2]) == "~") == (name in hidden), name
    assert any("after tax" in head for head in table.head)
    tornado = next(p for p in document.pictures() if p.kind == "tornado")
    assert "within the simulation error" in tornado.note
    meanings = {str(each.meaning) for each in found.parameters if each.name in hidden}
    drawn = {" ".join(str(row["name"]).split()) for row in _rows(tornado)}
    assert not meanings & drawn
    assert all(len(line) <= 38 for row in _rows(tornado) for line in str(row["name"]).split("\n"))


def test_the_file_of_a_run_says_the_same(after: Forecast, tmp_path: Path) -> None:
    """What is kept and read again stands on the same side of tax."""
    from txsim.report.files import write_result
    from txsim.report.reading import read_stored

    write_result(after, tmp_path / "run")
    kept = read_stored(tmp_path / "run")
    assert kept.npv["commit"] == pytest.approx(after.npv("commit").mean())
    assert kept.npv_after_tax["commit"] == pytest.approx(after.npv_after_tax("commit").mean())
