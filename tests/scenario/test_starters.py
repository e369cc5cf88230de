# SPDX-License-Identifier: MIT
"""Scenarios to start from: every kind of firm, every example in them, the ten questions, and the page of keys."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from click.testing import CliRunner

from txsim.cli.init import command
from txsim.forecast.misfits import remarks_on
from txsim.priors.distributions import quantile
from txsim.priors.typed_numbers import numbers_in
from txsim.priors.written_numbers import quantity_of
from txsim.scenario import load
from txsim.scenario.schema import json_schema
from txsim.scenario.starters import QUESTIONS, STARTERS, answer_of, starter, switched_on

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def page() -> Any:
    spec = importlib.util.spec_from_file_location("scenario_page", ROOT / "tools" / "scenario_page.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", STARTERS)
def test_a_starter_is_a_scenario_without_a_warning(name: str, tmp_path: Path) -> None:
    file = tmp_path / "s.yaml"
    file.write_text(starter(name))
    assert [str(each.message) for each in remarks_on(load(file))] == []
    ranges = [line for line in starter(name).splitlines() if re.search(r"^ {2,}[a-z_]+: .*(interval|factor)", line)]
    assert name == "company" or (len(ranges) >= 8 and all("#" in line for line in ranges))  # each says where it is from


@pytest.mark.parametrize("name", STARTERS)
def test_every_example_of_a_starter_can_be_switched_on(name: str, tmp_path: Path) -> None:
    file = tmp_path / "s.yaml"
    file.write_text(switched_on(starter(name)))
    load(file)
    data = yaml.safe_load(file.read_text())
    pushed = {push["node"] for push in data["drivers"][0]["pushes"]}
    assert pushed == {"ex", "ux_employee", "ux_customer", "mx", "cx"}
    assert {"benefits", "costs", "coordination"} <= set(data["drivers"][0])
    assert {"segments", "digital_bad", "time_realised", "absence_cover"} <= set(data["organisation"])
    assert "doubt" in data["priors"]
    assert "finance" in data


def test_every_key_stands_on_the_page_as_it_is_now(page: Any) -> None:
    text = (ROOT / "docs" / "scenario.md").read_text("utf-8")
    assert text == page.page(), "run tools/scenario_page.py"

    def keys(node: Any) -> set[str]:
        if isinstance(node, dict):
            own = set(node["properties"]) if isinstance(node.get("properties"), dict) else set()
            return own.union(*map(keys, node.values()))
        return set().union(*map(keys, node)) if isinstance(node, list) else set()

    models = {name: part for name, part in json_schema()["$defs"].items() if name[0].isupper()}
    top = json_schema()["properties"]
    told = set(re.findall(r"^\| `(?:[\w.\[\]]*\.)?(\w+)`", text, re.M))
    assert set(top) | keys(models) <= told | {"unit", "worst", "best"} | {"median", "factor"}


def test_examples_of_the_page_are_valid_by_the_schema(page: Any) -> None:
    validator = jsonschema.Draft202012Validator(json_schema())
    assert not [error.message for error in validator.iter_errors(yaml.safe_load(page.RARE))]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("4000", [4000]),
        ("2 8", [2, 8]),
        ("2..8", [2, 8]),
        ("2 … 8", [2, 8]),
        ("2 to 8", [2, 8]),
        ("−5 -2", [-5, -2]),
        ("-5 - -2", [-5, -2]),
        ("2–8", [2, 8]),
        ("2, 5, 8", [2, 5, 8]),
        ("2,5,8", [2, 5, 8]),
        ("0.1,0.4", [0.1, 0.4]),
        ("2;8", [2, 8]),
        ("1e3", [1000]),
        ("500 900 5000", [500, 900, 5000]),  # closed up they would fall
        ("2 5000", [2, 5000]),
        ("1.250.000", [1250000]),
        ("12 000", [12000]),  # 12 and 0 would fall
        ("12 000,5", [12000.5]),
        ("12 500 13 000", [12500, 13000]),
        ("180,50", [180.5]),
    ],
)
def test_numbers_as_people_type_them(text: str, numbers: list[float]) -> None:
    assert numbers_in(text, most=3) == numbers


@pytest.mark.parametrize(
    ("text", "cure"),
    [
        ("2,6", "write 2.6 for one number, or `2; 6` for several"),
        ("22.000", "write 22 or 22000"),
        ("12 500", "write 12500 for one number, or `12; 500` for several"),
        ("12\u00a0500", "write 12500 for one number, or `12; 500` for several"),
        ("few", "is not a number"),
        ("5 %", "write 5, or 0.05 if a share is meant"),
        ("2–3 млн руб.", "write `2000000; 3000000` or `2; 3000000`"),
        ("1500-2000 ₽", "write 1500; 2000 alone"),
        ("nan", "finite"),
    ],
)
def test_what_could_be_read_two_ways_is_asked(text: str, cure: str) -> None:
    with pytest.raises(ValueError, match=re.escape(cure)):
        numbers_in(text, most=3)


def test_blanks_part_numbers_where_several_are_asked_for() -> None:
    assert numbers_in("100 200 300 400") == [100, 200, 300, 400]


def test_what_rises_and_how_many_there_are_decide_how_commas_are_read() -> None:
    assert numbers_in("0 0,1 0,2 0,4 0,8", rising=True) == [0, 0.1, 0.2, 0.4, 0.8]
    assert numbers_in("2,5,4,1", count=4) == [2, 5, 4, 1]
    with pytest.raises(ValueError, match="its ends are 1 and 3"):
        numbers_in("2±1", count=2)


@pytest.mark.parametrize(("key", "text"), [("margin", "0 40"), ("margin", "60; 100"), ("customers", "0 12000"),
                                           ("churn", "0; 1; 2"), ("one_off", "0 5")])  # fmt: skip
def test_an_interval_that_ends_at_a_limit_comes_with_one_that_is_taken(key: str, text: str) -> None:
    asked = next(question for question in QUESTIONS if question.key == key)
    with pytest.raises(ValueError, match=r"beyond (0|100) is nothing") as caught:
        answer_of(asked, text, {})
    assert answer_of(asked, str(caught.value).rpartition(" write ")[2], {})


def test_a_percentage_under_one_is_asked_about() -> None:
    asked = next(question for question in QUESTIONS if question.key == "margin")
    with pytest.raises(ValueError, match=re.escape("`0.35` can be read two ways: write 0.35 % or 35 %")):
        answer_of(asked, "0.35", {})
    assert answer_of(asked, "0.35 %", {})[0] == "0.35 %"
    assert answer_of(asked, "35", {})[0] == "35 %"


def test_one_two_or_three_numbers_make_a_quantity() -> None:
    assert quantity_of([4.0]) == "4"
    assert quantity_of([1.0, 2.5], percent=True) == "{interval: [1 %, 2.5 %]}"
    assert quantity_of([1.0, 2.0, 7.0]) == "{quantiles: {0.05: 1, 0.5: 2, 0.95: 7}}"
    with pytest.raises(ValueError, match="must rise"):
        quantity_of([2.0, 1.0])


@pytest.mark.parametrize(
    ("node", "text", "says"),
    [("ux_employee", "120", "120 points of five: beyond sense"), ("ex", "-250", "−250 eNPS points: beyond sense"),
     ("mx", "140", "140 points: beyond sense")],
)  # fmt: skip
def test_an_effect_wider_than_its_scale_is_refused_where_it_is_asked(node: str, text: str, says: str) -> None:
    effect = next(each for each in QUESTIONS if each.key == "effect")
    with pytest.raises(ValueError, match=re.escape(says)):
        answer_of(effect, text, {"node": node})
    written, said = answer_of(effect, "0 5" if node != "ux_employee" else "0 2", {"node": node})
    assert written.startswith("{interval: [0, ")
    assert "understood: 0 … " in str(said)


def test_what_can_only_be_in_percent_is_not_asked_about() -> None:
    """Of `0.8 1.2` the second is more than all there is, so that both are in percent."""
    churn = next(each for each in QUESTIONS if each.key == "churn")
    assert answer_of(churn, "0.8 1.2", {})[0] == answer_of(churn, "0,8-1,2", {})[0] == "{interval: [0.8 %, 1.2 %]}"
    assert answer_of(churn, "0,2 %", {})[0] == "0.2 %"
    with pytest.raises(ValueError, match=re.escape("write 0.2 % or 20 %")):
        answer_of(churn, "0,2", {})
    for key in ("customers", "arpu", "margin"):
        with pytest.raises(ValueError, match="nothing can be won"):
            answer_of(next(each for each in QUESTIONS if each.key == key), "0", {})


def test_a_monthly_churn_is_said_back_for_a_year() -> None:
    churn = next(each for each in QUESTIONS if each.key == "churn")
    written, said = answer_of(churn, "1 2", {})
    # 1 − 0.99^12 = 11.36 %, 1 − 0.98^12 = 21.53 %
    assert written == "{interval: [1 %, 2 %]}"
    assert "11.4 … 21.5 % in a year" in str(said)
    assert str(answer_of(churn, "2.5", {})[1]).endswith("that is 26.2 % in a year")  # 1 − 0.975¹²
    with pytest.raises(ValueError, match="120 is outside what is possible, 0 … 100"):
        answer_of(churn, "120", {})


def test_three_numbers_get_a_family_that_has_them(tmp_path: Path) -> None:
    cost = next(each for each in QUESTIONS if each.key == "monthly")
    written, said = answer_of(cost, "500 900 4000", {})
    assert written == "{quantiles: {0.05: 500, 0.5: 900, 0.95: 4000}, family: split_lognormal}"
    assert "500 … 4,000" in str(said)
    assert "900 in the middle" in str(said)
    assert answer_of(cost, "1 3 9", {})[0].endswith("family: lognormal}")


def test_check_says_what_was_stated_beside_what_is_fitted(tmp_path: Path) -> None:
    file = tmp_path / "s.yaml"
    file.write_text(starter().replace("one_off: 8000", "one_off: {quantiles: {0.05: 1000, 0.5: 3000, 0.95: 6000}}"))
    (told,) = remarks_on(load(file))
    assert told.path == "drivers[0].one_off"
    assert str(told.message).startswith("one-off cost of “service_desk” (EUR): stated 1000 · 3000 · 6000, fitted ")
    assert "family: split_lognormal" in str(told.hint) or "family: normal" in str(told.hint)
    cure = yaml.safe_load(str(told.hint).removeprefix("to have them exactly write "))
    held = starter().replace("one_off: 8000", f"one_off: {yaml.safe_dump(cure, default_flow_style=True).strip()}")
    file.write_text(held)
    assert remarks_on(load(file)) == ()


def _ask(tmp_path: Path, *lines: str) -> tuple[Any, Path]:
    file = tmp_path / "mine.yaml"
    return CliRunner().invoke(command, [str(file), "--interview"], input="".join(f"{line}\n" for line in lines)), file


def test_ten_answers_make_a_scenario(tmp_path: Path) -> None:
    done, file = _ask(
        tmp_path,
        "chf",
        "2,5",
        "?",
        "5000",
        "1 2",
        "80 120",
        "80; 120",
        "back",
        "90 to 120",
        "40",
        "60",
        "cx",
        "2 3 4",
        "9000",
        "200",
    )
    assert done.exit_code == 0, done.output
    assert "two ways" in done.output
    assert "`80 120` can be read two ways" in done.output
    assert "CHF a month for each customer" in done.output
    assert len(QUESTIONS) == 10
    scenario = load(file)
    firm = scenario.organisation
    assert firm.currency == "CHF"
    assert quantile(firm.arpu_per_month, 0.05) == pytest.approx(90)
    assert firm.customers.args == (5000.0,)
    push = scenario.drivers[0].pushes[0]
    assert (push.node, push.scale.name) == ("cx", "nps")
    assert quantile(push.effect, 0.5) == pytest.approx(3, rel=0.05)
    assert file.read_text().startswith("# yaml-language-server: $schema=txsim.schema.json\n")
    assert (tmp_path / "txsim.schema.json").exists()


def test_leaving_writes_nothing(tmp_path: Path) -> None:
    for lines in (("?", "EUR", "?", "many", "quit"), ("EUR",)):
        done, file = _ask(tmp_path, *lines)
        assert "nothing was written" in done.output
        assert not file.exists()
        said = [line for line in done.output.splitlines() if not line[:1].isdigit()]  # all but the questions
        assert all(len(line) <= 80 for line in said if str(file) not in line), said


def test_a_file_of_somebody_else_is_not_taken_for_the_schema(tmp_path: Path) -> None:
    (tmp_path / "txsim.schema.json").write_text('{"title": "mine"}')
    done = CliRunner().invoke(command, [str(tmp_path / "s.yaml"), "--starter", "bank"])
    assert done.exit_code == 0
    assert (tmp_path / "txsim.schema.json").read_text() == '{"title": "mine"}'
    assert "yaml-language-server" not in (tmp_path / "s.yaml").read_text()


REST = ("5000", "1 2", "80; 120", "40", "60", "cx", "2 3 40", "9000", "200")


@pytest.mark.parametrize(
    ("typed", "code"), [("₽", "RUB"), ("руб.", "RUB"), ("roubles", "RUB"), ("€", "EUR"), ("chf", "CHF"), ("", "EUR")]
)
def test_a_currency_is_what_people_call_it(tmp_path: Path, typed: str, code: str) -> None:
    done, file = _ask(tmp_path, typed, *REST)
    assert done.exit_code == 0, done.output
    assert load(file).organisation.currency == code


@pytest.mark.parametrize(("sign", "names"), [("$", "USD"), ("£", "GBP"), ("kr", "SEK")])
def test_a_sign_that_currencies_share_is_asked_about(tmp_path: Path, sign: str, names: str) -> None:
    done, file = _ask(tmp_path, sign, names, *REST)
    assert f"`{sign}` is the sign of several: write {names}" in done.output
    assert load(file).organisation.currency == names


def test_amounts_of_another_currency_are_named(tmp_path: Path) -> None:
    """What was not asked stands in the starter's own money: in roubles it would be a hundredth."""
    done, file = _ask(tmp_path, "RUB", *REST)
    plain = " ".join(done.output.split())
    for place in ("organisation.staff.service.salary_per_year", "pilot.one_off", "pilot.monthly"):
        assert place in plain
    marked = [line for line in file.read_text("utf-8").splitlines() if "in EUR: write yours in RUB" in line]
    assert len(marked) == 4
    (tmp_path / "euro").mkdir()
    done, file = _ask(tmp_path / "euro", "EUR", *REST)
    assert "write yours" not in done.output


def test_three_numbers_of_any_share_are_held(tmp_path: Path) -> None:
    """A spline goes through what no usual family has."""
    done, file = _ask(tmp_path, "EUR", "5000", "0.2% 1% 60%", *REST[2:])
    assert done.exit_code == 0, done.output
    churn = load(file).organisation.churn_per_month
    assert [quantile(churn, p) for p in (0.05, 0.5, 0.95)] == pytest.approx([0.002, 0.01, 0.6])
