# SPDX-License-Identifier: MIT
"""What a belief means in plain words, for every parameter of the catalogue."""

from __future__ import annotations

import re

import pytest

from txsim.priors.catalogue import parameters
from txsim.priors.distributions import Distribution, lognormal, point
from txsim.priors.sentences import plain_number, prediction


def test_sentences_say_what_the_model_computes() -> None:
    """The figures in them follow from the formulas of docs/model.md, sections 2 and 5."""
    slope = str(prediction("CX points per EX point", "", lognormal(0.3, 7.5)))
    assert slope == "+10 index points of EX give +3 points of CX by this link alone (90 %: 0.4 … 22.5)"
    leave = str(prediction("log hazard per CX point", "", point(0.012)))
    assert leave == "+10 index points of CX lower the rate of leaving by 11.3 %, taken as known"  # 1 − exp(−0.12)
    joins = str(prediction("log rate per CX point", "", point(0.005)))
    assert "by 5.13 %" in joins  # exp(0.05) − 1
    contacts = str(prediction("log contacts per CX point", "", point(0.02)))
    assert contacts == "+10 index points of CX lower contacts per customer by 18.1 %, taken as known"  # 1 − exp(−0.2)
    revenue = str(prediction("log revenue per CX point", "", point(0.004)))
    assert "raise revenue per customer by 4.08 %" in revenue  # exp(0.04) − 1
    share = str(prediction("pp of revenue per CX point", "", point(0.3)))
    assert share == "+10 index points of CX bring +3 points of percent of revenue, taken as known"
    # a rate that goes the other way is said by the verb: exp(0.44) − 1, from exp(0.27) − 1 to exp(0.60) − 1
    harm = str(prediction("log hazard per CX point", "", Distribution("normal", (-0.044, 0.01))))
    assert harm == "+10 index points of CX raise the rate of leaving by 55.3 % (90 %: 31.7 … 83)"
    assert "lower revenue per customer by 3.92 %" in str(prediction("log revenue per CX point", "", point(-0.004)))
    assert str(prediction("share of the intended effect", "", point(0.45))).startswith("45 of 100 of the intended")
    assert str(prediction("EX points per MX point", "", point(-0.2))).startswith(
        "+10 index points of MX give −2 points of EX"
    )


@pytest.mark.parametrize("name", [name for name, parameter in parameters().items() if parameter.prior is not None])
def test_every_parameter_has_a_sentence(name: str) -> None:
    parameter = parameters()[name]
    assert parameter.prior is not None
    told = str(prediction(parameter.unit, parameter.meaning, parameter.prior))
    assert re.search(r"\(90 %: \S+ … \S+\)", told)
    assert "{" not in told
    assert "log " not in told


def test_plain_numbers() -> None:
    told = [plain_number(value) for value in (0, 0.30, -2.0, 1234567, 0.00123456, 22.5, 1e-9, float("inf"))]
    assert told == ["0", "0.3", "−2", "1,234,567", "0.00123", "22.5", "0.000000001", "∞"]


def test_absence_falls_as_experience_rises_and_is_no_customer_won() -> None:
    """A log rate of 0.006 a point: ten points leave e^−0.06 of it, 5.82 % less."""
    said = str(prediction("log rate per EX point", "", point(0.006)))
    assert said == "+10 index points of EX lower the rate of absence by 5.82 %, taken as known"
