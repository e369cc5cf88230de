# SPDX-License-Identifier: MIT
"""Which net promoter scores so many people can have: of n answers, multiples of 100 / n, as far as they are written."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from txsim.language import Words, lazy
from txsim.panel.reader.cells import SEVERAL
from txsim.panel.reader.header import Table
from txsim.panel.reader.names import yaml_word
from txsim.panel.reader.number_columns import stated_numbers
from txsim.panel.reader.vocabulary import people_of
from txsim.types import Array

#: Share of scores that must be such ones: some are weighted, or slips.
_MOST = 0.95
#: Chance below which scores that are no multiples hardly would all look like such ones.
_LUCK = math.log(1e-4)


def of_so_many(points: Array, people: Array, apart: float) -> bool | None:
    """Return whether scores are those of so many people each; ``None`` where their digits or numbers leave that open.

    ``points``, ``people``: scores, -100 … 100, and how many answered; ``apart``: half of what the scores are rounded
    to.

    >>> of_so_many(np.array([33.3, 9.1, -14.3, 0.0]), np.array([12, 11, 14, 13]), 0.05)
    True
    """
    told = np.isfinite(points) & (people >= 1) & (apart * people < 25.0)  # others hardly could fail
    if not told.any():
        return None
    promoters = points[told] * people[told] / 100.0  # less detractors: whole
    room = apart * people[told] / 100.0
    if float(np.log(2.0 * room).sum()) > _LUCK:
        return None
    return bool((np.abs(promoters - np.round(promoters)) <= room + 1e-9).mean() >= _MOST)


def rounded_to(points: Array) -> float:
    """Return half of the last digit that numbers are written with, of three decimals at most."""
    seen: NDArray[np.float64] = points[np.isfinite(points)]
    digits = next((d for d in range(3) if np.allclose(seen * 10**d, np.round(seen * 10**d), atol=1e-6)), 3)
    return float(0.5 * 0.1**digits)


def counts_of_people(table: Table, columns: dict[str, int], notes: list[Words], warnings: list[Words]) -> None:
    """Take a column such as `Employees` for numbers of answers where the scores are those of so many; else ask.

    Not of single answers, beside which it numbers people.
    """
    if {"unit", "period"} <= columns.keys():
        keys = {*zip(*(table.cells[columns[role]] for role in ("unit", "period")), strict=True)}
        if len(table) >= SEVERAL * len(keys):
            return
    for i, name in enumerate(table.columns):
        series = people_of(name)
        role = f"n_{series}"
        if series not in columns or role in columns or i in columns.values():
            continue
        points, people = (stated_numbers(table.cells[at]) for at in (columns[series], i))
        if of_so_many(points, people, rounded_to(points)):
            columns[role] = i
            notes.append(lazy("column `{column}` is taken for `{role}`", column=name, role=role))
        elif np.isfinite(people).any():
            warnings.append(
                lazy("column `{name}` is not used: does it count answers, or people? Say `columns: {{{role}: {word}}}` "
                     "in the spec if answers", name=name, role=role, word=yaml_word(name))
            )  # fmt: skip
