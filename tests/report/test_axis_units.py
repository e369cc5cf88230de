# SPDX-License-Identifier: MIT
"""A unit that all labels of an axis share stands once, in its title."""

from __future__ import annotations

import pytest

from txsim.report.pictures.decide import _ticks


@pytest.mark.parametrize(
    ("labels", "ticks", "unit"),
    [
        (["0.091 annual salaries", "0.15 annual salaries"], ["0.091", "0.15"], ", annual salaries"),
        (["0,091 годового оклада", "−1 200,5 годового оклада"], ["0,091", "−1 200,5"], ", годового оклада"),
        (["900 k CHF", "1.2 M CHF"], ["900 k CHF", "1.2 M CHF"], ""),  # what differs stays with its number
        (["12 %", "40 %"], ["12 %", "40 %"], ""),
        (["0.2", "0.4"], ["0.2", "0.4"], ""),
    ],
)
def test_a_unit_that_is_shared_stands_once(labels: list[str], ticks: list[str], unit: str) -> None:
    assert _ticks(labels) == (ticks, unit)
