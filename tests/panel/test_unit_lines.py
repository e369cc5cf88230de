# SPDX-License-Identifier: MIT
"""Units as lines: where they stand, how CX follows EX, and who is not shown."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from txsim.panel.likelihood.standardisation import prepare
from txsim.panel.reader.link_spec import LinkSpec
from txsim.panel.reader.panel import Panel
from txsim.panel.unit_kinds import unit_lines


def panel() -> Panel:
    """Twelve units, ten months: CX moves half as far as EX a month before, and stands higher where EX stands lower."""
    rng = np.random.default_rng(1)
    units, months = 12, 10
    moves = rng.normal(0, 4, (units, months))
    moves -= moves.mean(axis=0)
    level = np.linspace(-8, 8, units)
    y = np.zeros((units, months, 2))
    y[..., 0] = 60 + level[:, None] + moves
    y[:, 1:, 1] = 0.5 * moves[:, :-1]
    y[..., 1] += 65 - level[:, None]
    n = np.full(y.shape, 50.0)
    names = tuple(f"u{i}" for i in range(units))
    return Panel(names, 24276.0, 1.0, True, y, n, 400.0 / n, ("index", "index"))


def test_lines_are_those_of_the_units() -> None:
    made = panel()
    lines = unit_lines(made, prepare(made, LinkSpec()))
    assert len(lines) == 12
    assert [line.slope for line in lines] == pytest.approx([0.5] * 12, abs=1e-3)
    assert [line.ex for line in lines] == sorted(line.ex for line in lines)
    assert lines[0].cx - lines[-1].cx > 10  # between units the other way round
    for line in lines:
        assert 1.5 < line.reach < 7


def test_units_of_few_answers_are_not_shown() -> None:
    made = panel()
    n = made.n.copy()
    n[3] = 8.0
    few = replace(made, n=n)
    assert len(unit_lines(few, prepare(few, LinkSpec()))) == 11
    short = replace(made, y=made.y[:, :2], n=made.n[:, :2], variance=made.variance[:, :2])
    assert unit_lines(short, prepare(short, LinkSpec())) == ()
