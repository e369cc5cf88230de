# SPDX-License-Identifier: MIT
"""A number that two countries read in two ways is asked about at every option, and nothing is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command import txsim
from txsim.priors.typed_numbers import numbers_in, typed_number
from txsim.priors.written_numbers import number_meant


@pytest.mark.parametrize(
    ("text", "grouped", "two"),
    [
        ("22.000", False, ("22", "22000")), ("22,000", False, ("22", "22000")), ("1,234", False, ("1.234", "1234")),
        ("-3.000", False, ("-3", "-3000")), ("1.200", True, ("1.2", "1200")), ("12.500", True, ("12.5", "12500")),
    ],
)  # fmt: skip
def test_three_digits_behind_a_sign_are_asked_about(text: str, grouped: bool, two: tuple[str, str]) -> None:
    with pytest.raises(ValueError, match="two ways") as asked:
        typed_number(text, grouped=grouped)
    assert str(asked.value.args[0]).endswith(f"write {two[0]} or {two[1]}")


@pytest.mark.parametrize(
    ("text", "grouped", "value"),
    [("0.410", True, 0.41), ("1.234", False, 1.234), ("22000", True, 22000), ("−2.5", False, -2.5), ("1e3", True, 1000),
     ("0.000", True, 0), ("1.2345", True, 1.2345), ("2200.000", True, 2200)],
)  # fmt: skip
def test_plain_numbers_stay_what_they_are(text: str, grouped: bool, value: float) -> None:
    assert typed_number(text, grouped=grouped) == value


@pytest.mark.parametrize(("text", "points", "share"), [("12%", "12", "0.12"), ("−2,5 %", "-2.5", "-0.025")])
def test_a_percent_sign_is_asked_about_with_both_readings(text: str, points: str, share: str) -> None:
    with pytest.raises(ValueError, match=f"write {points}, or {share} if a share is meant"):
        typed_number(text)


@pytest.mark.parametrize(
    ("text", "ends"),
    [("15k-30k", [15e3, 30e3]), ("500-1k", [500, 1000]), ("-5--1", [-5, -1]), ("(-5, -1)", [-5, -1]),
     ("от 300 до 600", [300, 600]), ("between 3 and 6", [3, 6]), ("1e-5-2e-5", [1e-5, 2e-5]), ("0,8-1,2", [0.8, 1.2])],
)  # fmt: skip
def test_both_ends_are_read_as_people_write_them(text: str, ends: list[float]) -> None:
    assert numbers_in(text, count=2, grouped=True) == ends
    assert numbers_in(text, most=3, grouped=True) == ends


@pytest.mark.parametrize(
    ("text", "one", "other"),
    [("15-30k", "15000; 30000", "15; 30000"), ("0.5 to 1.5 Mio", "500000; 1500000", "0.5; 1500000"),
     ("2,5-4 тыс", "2500; 4000", "2.5; 4000")],
)  # fmt: skip
def test_thousands_behind_the_last_number_alone_are_asked_about(text: str, one: str, other: str) -> None:
    with pytest.raises(ValueError, match=f"write `{one}` or `{other}`"):
        numbers_in(text, count=2)


def test_no_interval_of_a_share_begins_at_nothing() -> None:
    """`0,2` at a question in percent is one number, since of a share nothing lies below 0."""
    assert numbers_in("0,2", most=3, percent=True) == numbers_in("0,2 %", most=3, percent=True) == [0.2]
    with pytest.raises(ValueError, match="two ways"):
        numbers_in("0,2", most=3)


@pytest.mark.parametrize("text", ["0.8 %; 1.2", "0.3; 80 %", "30 %; 0.8", "1; 2 %; 3"])
def test_a_percent_sign_behind_some_of_several_shares_is_asked_about(text: str) -> None:
    with pytest.raises(ValueError, match="behind each number that is in percent"):
        numbers_in(text, share=True, count=text.count(";") + 1)
    assert numbers_in("30; 80 %", share=True, count=2) == [0.3, 0.8]
    assert numbers_in("0 25 % 100 %", share=True) == [0, 0.25, 1]


@pytest.mark.parametrize(
    ("text", "cure"),
    [
        ("500±50", "its ends are 450 and 550"), ("22000 +/- 20 %", "its ends are 17600 and 26400"),
        ("30 % ± 5 %", "its ends are 25 % and 35 %"), ("5+1", "a calculation"), ("=22000/12", "a calculation"),
        ("22 USD", "write 22 alone if it is in the unit that is asked for"), ("30 ± 5 %", "is not a number"),
    ],
)  # fmt: skip
def test_every_door_says_what_to_write(text: str, cure: str) -> None:
    with pytest.raises(ValueError, match="`") as refused:
        typed_number(text)
    assert cure in str(refused.value.args[0])
    if cure != "is not a number":
        assert str(number_meant(text)) == str(refused.value.args[0])  # a file says the same


def test_a_count_is_no_share() -> None:
    with pytest.raises(ValueError, match="12 % is a share: write the number itself"):
        typed_number("12 %", grouped=True)


@pytest.mark.parametrize("text", ["inf", "nan", "x", "1 2", ""])
def test_what_is_no_number_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="number"):
        typed_number(text)


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    path = tmp_path / "q.yaml"
    assert txsim("init", path, "--quiet", "--no-schema").returncode == 0
    head, _, rest = path.read_text("utf-8").partition("drivers:")
    assert rest
    driver = "{name: desk, kind: people, one_off: 22000, monthly: 1400, pushes: [{node: ex, effect: 3, months: 6}]}"
    path.write_text(f"{head}drivers:\n  - {driver}\n", "utf-8")
    return path


WHO = ("--by", "Ada", "--why", "her books")


@pytest.mark.parametrize(
    "option",
    [("--value", "22.000"), ("--value", "22,000"), ("--value", "22.500"), ("--interval", "20.000,30.000"),
     ("--interval", "20.000..30.000"), ("--interval", "20.500;30.500"), ("--quantiles", "0.05=20.000,0.95=30.000")],
)  # fmt: skip
def test_priors_set_asks_and_leaves_the_file(scenario: Path, option: tuple[str, str]) -> None:
    before = scenario.read_bytes()
    done = txsim("priors", "set", "desk.one_off", scenario, *option, *WHO)
    assert done.returncode == 2
    assert "two ways" in done.stderr
    assert "write 22.000" not in done.stderr
    assert scenario.read_bytes() == before


def test_the_cures_of_priors_set_are_taken(scenario: Path) -> None:
    assert txsim("priors", "set", "desk.one_off", scenario, "--value", "25000", *WHO).returncode == 0
    assert txsim("priors", "set", "desk.one_off", scenario, "--interval", "20000..30000", *WHO).returncode == 0
    assert txsim("priors", "set", "ex_cx", scenario, "--interval", "0.125,0.625", *WHO).returncode == 0


def test_a_sheet_of_judgements_asks(scenario: Path) -> None:
    sheet = scenario.with_name("sheet.yaml")
    experts = "experts: [{name: Ada, quartiles: [20.000, 22.000, 26.000]}]"
    text = f"by: Ada\nparameters: {{desk.one_off: {{{experts}}}}}\n"
    sheet.write_text(text, "utf-8")
    done = txsim("priors", "elicit", scenario, "--from", sheet, "--dry-run")
    assert done.returncode == 2
    assert "write 22 or 22000" in done.stderr
    sheet.write_text(text.replace(".000", "000"), "utf-8")
    done = txsim("priors", "elicit", scenario, "--from", sheet, "--dry-run")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("values", ["20.000..30.000:3", "20.500..30.500", "20,000,30,000"])
def test_a_range_of_money_asks(scenario: Path, values: str) -> None:
    done = txsim("whatif", scenario, "--vary", f"drivers.desk.one_off={values}")
    assert done.returncode == 2
    assert "two ways" in done.stderr or "nothing between thousands" in done.stderr


STUDY = ("--id", "s", "--about", "ex -> cx", "--statistic", "correlation", "--where", "elsewhere", "--design",
         "cross_section", "--read", "yes", "--statement", "They go together.")  # fmt: skip


@pytest.mark.parametrize("n", ["12.000", "12,000", "1.200"])
def test_a_number_of_people_asks(tmp_path: Path, n: str) -> None:
    file = tmp_path / "ev.yaml"
    done = txsim("evidence", "add", file, *STUDY, "--r", "0.2", "--n", n)
    assert done.returncode == 2
    assert "two ways" in done.stderr
    assert not file.exists()
