# SPDX-License-Identifier: MIT
"""Slips that look right: letters of another alphabet, shares that name their time, options in percent."""

from __future__ import annotations

import pytest

from tests.command import txsim
from txsim.errors import did_you_mean
from txsim.priors.written_numbers import meant_by
from txsim.units import Sort


@pytest.mark.parametrize(("typed", "odd"), [("сx", "с"), ("еx", "е"), ("turnover_per_yеar", "е"), ("сх", "сх")])
def test_a_cyrillic_letter_in_a_latin_name_is_named(typed: str, odd: str) -> None:
    said = str(did_you_mean(typed, ["ex", "cx", "turnover_per_year"]))
    assert f"`{odd}` is Cyrillic" in said


def test_a_name_in_russian_is_no_look_alike() -> None:
    assert "Cyrillic" not in str(did_you_mean("организация", ["organisation", "cx"]))


@pytest.mark.parametrize("typed", ["18 % a year", "18% per year", "18 % p.a.", "18 % в год", "18 % im Jahr"])
def test_a_share_of_a_year_is_told_as_one_of_a_month(typed: str) -> None:
    # who stays twelve months: 0.98360 to the power of twelve is 0.82
    assert "write 1.64 %" in str(meant_by(typed, Sort("share", "month")))


@pytest.mark.parametrize("typed", ["1,5 % a month", "1.5 % per month", "1.5 % в месяц"])
def test_a_share_of_a_month_is_told_without_its_words(typed: str) -> None:
    assert str(meant_by(typed, Sort("share", "month"))) == "write 1.5 %"


@pytest.mark.parametrize(
    ("typed", "cure"), [("60 %", "0.6"), ("60%", "0.6"), ("0/6", "write 0"), ("six", "not a number")]
)
def test_an_option_that_is_a_number_says_how_to_write_it(typed: str, cure: str) -> None:
    left = txsim("evidence", "pool", "studies.csv", "--per", typed)
    assert left.returncode == 2
    assert cure in left.stderr
    assert "float" not in left.stderr
