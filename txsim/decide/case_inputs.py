# SPDX-License-Identifier: MIT
"""What a business case rests on, as numbers that a spreadsheet can change: how each line goes with each of them.

A line goes with a number as a power of it: 1 where it is in proportion, as costs are to prices and what customers
bring is to their revenue, 0 where it does not depend on it. Powers are measured by simulating the case with the number
a tenth higher on the same futures, so that they are exact in proportion and near elsewhere. One of several numbers
that add up to a line, such as one price of many, goes with a part of the line instead: where half of the number takes
away five times what a tenth more adds, the line is that part in proportion, and a rest.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence

import numpy as np

from txsim.decide.cash_flow import CUSTOMER_LINES, totals_of
from txsim.decide.policies import Policies
from txsim.decide.taken import paths_taken
from txsim.forecast import Forecast
from txsim.forecast.labels import label_of
from txsim.results.cash_flow import CaseInput, CashFlow
from txsim.results.page_one import Stated
from txsim.simulate.layout import lay_out
from txsim.simulate.points import prefix
from txsim.simulate.quantities import own_quantities
from txsim.types import Array

__all__ = ["case_inputs"]

#: Draws on which powers are measured at most, and by how much a number is moved for it.
_DRAWS, _STEP = 2**10, 1.1
#: Powers under this are noise of rounding.
_LEAST = 5e-4
#: How far both slopes of a line that is straight in a number may differ, by rounding.
_STRAIGHT = 1e-6
#: Quantities that are no amounts of anything: levels of indices, months, and shapes.
_NOT = ("index.", "coordination", ".months", ".fade", ".slip", "wave_correlation", "chosen_below", ".to")


def case_inputs(
    forecast: Forecast, case: CashFlow, chosen: Policies | None, stated: Sequence[Stated]
) -> tuple[CaseInput, ...]:
    """Return the numbers on which a business case rests and the power of each in each line.

    Parameters
    ----------
    forecast
        Of one scenario.
    case
        Its business case.
    chosen
        Its policies, which keep their rule.
    stated
        Its plain numbers, with who said them.
    """
    scenario, drawn = forecast.scenario, forecast.drawn
    kept = prefix(forecast.draws, _DRAWS)
    weights = {path: weight[kept] for path, weight in paths_taken(forecast, case.option, chosen).items()}
    own = own_quantities(scenario)
    parameters = {name: values[kept] for name, values in drawn.parameters.items()}
    quantities = {name: values[kept] for name, values in drawn.quantities.items()}

    def totals(changed: Mapping[str, Array]) -> dict[str, float]:
        scene = lay_out(scenario, quantities | dict(changed), parameters, kept.size)
        return totals_of(scene, weights)

    base, sources = totals({}), {str(each.name): each.source for each in stated}
    line_names = [line.name for line in case.lines[:-1]]
    inputs = []
    for name, quantity in own.items():
        values = drawn.quantities.get(name)
        middle = float(quantity.args[0]) if values is None else float(values.mean())
        label = label_of(scenario, name)
        if not middle > 0 or label.offset or any(part in name for part in _NOT):
            continue
        at = np.full(kept.size, middle) if values is None else values[kept]
        raised = totals({name: _STEP * at})
        powers = _powers(base, raised, line_names)
        if powers:
            part = {line for line, power in powers.items() if abs(power - 1.0) >= _LEAST}
            half = totals({name: 0.5 * at}) if part else {}
            shares = _shares(base, raised, half, part)
            inputs.append(
                CaseInput(name, label.meaning, label.stated(middle), label.unit, sources.get(name, ""), powers, shares)
            )
    return tuple(inputs)


def _shares(
    base: Mapping[str, float], raised: Mapping[str, float], half: Mapping[str, float], lines: Collection[str]
) -> dict[str, float]:
    """Return which part of each line is in proportion to a number, where the rest stays as it is."""
    shares = {}
    for line in lines:
        name = "customers" if line in CUSTOMER_LINES else line
        whole = base[name]
        slope = (raised[name] - whole) / (_STEP - 1.0)
        if math.isclose((half[name] - whole) / -0.5, slope, rel_tol=_STRAIGHT, abs_tol=1e-9 * abs(whole)):
            shares[line] = slope / whole
    return shares


def _powers(base: Mapping[str, float], moved: Mapping[str, float], lines: Sequence[str]) -> dict[str, float]:
    powers = {}
    for line in lines:
        name = "customers" if line in CUSTOMER_LINES else line
        before, after = base.get(name, 0.0), moved.get(name, 0.0)
        if before * after <= 0:  # a line that is nothing, or changes its sign, is no power of anything
            continue
        power = math.log(after / before) / math.log(_STEP)
        if abs(power) >= _LEAST:
            powers[line] = round(power, 6)
    return powers
