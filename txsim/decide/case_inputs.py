# SPDX-License-Identifier: MIT
"""What a business case rests on, as numbers that a spreadsheet can change: how each line goes with each of them.

A line goes with a number as a power of it: 1 where it is in proportion, as costs are to prices and what customers
bring is to their revenue, 0 where it does not depend on it. Where a line is a sum in which the number has one part, as
the price of one item among several, it has a share instead of a power: a power would take the other parts along. Both
are measured by simulating the case with the number a tenth higher, and halved, on the same futures: exact where a line
is in proportion or a sum, and elsewhere told with by how much they miss.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from txsim.decide.cash_flow import CUSTOMER_LINES, columns_of
from txsim.decide.policies import Policies
from txsim.decide.taken import paths_taken
from txsim.forecast import Forecast
from txsim.forecast.labels import label_of
from txsim.results.cash_flow import CaseInput, CasePart, CashFlow
from txsim.results.page_one import Stated
from txsim.scenario import Scenario
from txsim.simulate.layout import lay_out
from txsim.simulate.points import prefix
from txsim.simulate.quantities import own_quantities
from txsim.types import Array

__all__ = ["with_inputs"]

#: Draws on which powers are measured at most, and by how much a number is moved for it.
_DRAWS, _STEP, _HALF = 2**10, 1.1, 0.5
#: Powers under this are noise of rounding.
_LEAST = 5e-4
#: Misses of a line under this share of it are noise of rounding.
_EXACT = 1e-9
#: How near to each other shares of a line must be in each column to be those of one part.
_NEAR = 0.02
#: Quantities that are no amounts of anything: levels of indices, months, and shapes.
_NOT = ("index.", "coordination", ".months", ".fade", ".slip", "wave_correlation", "chosen_below", ".to")


def with_inputs(forecast: Forecast, case: CashFlow, chosen: Policies | None, stated: Sequence[Stated]) -> CashFlow:
    """Return a business case with the numbers on which it rests, how each line goes with each, and how well that fits.

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

    def columns(changed: Mapping[str, Array]) -> dict[str, Array]:
        scene = lay_out(scenario, quantities | dict(changed), parameters, kept.size)
        found = columns_of(scene, weights)
        if "tax" in line_names and scenario.finance is not None:
            # Profit of a year that is not taxed: what is written off of the one-off cost, not all of it in its year.
            profit = sum(values for line, values in found.items() if line not in ("one_off", "tax"))
            found["write_off"] = profit + found["tax"] / float(scenario.finance.tax_rate)
        return found

    line_names = [line.name for line in case.lines[:-1]]
    base, sources = columns({}), {str(each.name): each.source for each in stated}
    line_names += ["write_off"] if "write_off" in base else []
    within = dict.fromkeys(line_names, 0.0)
    inputs: list[CaseInput] = []
    halves: dict[str, Array] = {}
    for name, quantity in own.items():
        values = drawn.quantities.get(name)
        middle = float(quantity.args[0]) if values is None else float(values.mean())
        label = label_of(scenario, name)
        if not middle > 0 or label.offset or any(part in name for part in _NOT):
            continue
        at = np.full(kept.size, middle) if values is None else values[kept]
        moved = columns({name: _STEP * at})
        if all(np.allclose(moved[line], base[line], rtol=_LEAST * (_STEP - 1), atol=0) for line in base):
            continue
        half = columns({name: _HALF * at})
        powers, shares = {}, {}
        for line in line_names:
            key = _key(line)
            before, after, low = base.get(key), moved.get(key), half.get(key)
            if before is None or after is None or low is None or not before.sum():
                continue
            share = _share(before, after, low)
            power = _power(float(before.sum()), float(after.sum()))
            if share is not None and abs(power - 1) >= _LEAST:
                if np.any(np.abs(share) >= _LEAST):
                    shares[line] = tuple(float(each) for each in share)
                continue
            if abs(power) >= _LEAST:
                powers[line] = round(power, 6)
            within[line] = max(within[line], _miss(before, low, _HALF**power))
        if powers or shares:
            halves |= {name: _HALF * at} if shares else {}
            stated_as = label.stated(middle)
            inputs.append(CaseInput(name, label.meaning, stated_as, label.unit, sources.get(name, ""), powers, shares))
    parts: dict[str, tuple[CasePart, ...]] = {}
    seen: dict[tuple[str, ...], dict[str, Array]] = {}

    def halved(names: Sequence[str]) -> dict[str, Array]:
        key = tuple(names)
        if key not in seen:
            seen[key] = columns({name: halves[name] for name in names})
        return seen[key]

    if halves:
        together, common = columns(halves), _common(scenario)
        with_money = [line for line in line_names if base[_key(line)].sum()]
        parts = {line: _parts(line, inputs, common, base[_key(line)], halved) for line in with_money}
        for line in line_names:
            if any(line in each.shares for each in inputs) and base[_key(line)].sum():
                of = [each for each in inputs if str(each.name) in halves]
                miss = _miss(base[_key(line)], together[_key(line)], _all_halved(line, of, parts.get(line, ())))
                within[line] = max(within[line], miss)
    parts = {line: of for line, of in parts.items() if of}
    return replace(case, inputs=tuple(inputs), within=within, parts=parts)


def _all_halved(line: str, inputs: Sequence[CaseInput], parts: Sequence[CasePart]) -> Array:
    """Return by what the columns of a line are multiplied where all of these numbers are halved."""
    factor, gone = 1.0, np.zeros(1)
    for each in inputs:
        factor *= _HALF ** each.powers.get(line, 0.0)
        gone = gone + (1 - _HALF) * np.array(each.shares.get(line, (0.0,)))
    names = {str(each.name) for each in inputs}
    for part in parts:
        # Each number of a part has taken its share away; together they take less than the sum of that.
        count = len(names & set(part.inputs))
        gone = gone + np.array(part.shares) * ((1 - _HALF**count) - count * (1 - _HALF))
    return factor * (1 - gone)


def _parts(
    line: str,
    inputs: Sequence[CaseInput],
    common: Mapping[str, frozenset[str]],
    before: Array,
    halved: Callable[[Sequence[str]], Mapping[str, Array]],
) -> tuple[CasePart, ...]:
    """Return the parts of a line in which several numbers multiply, such as customers of a segment and what each pays.

    Each number has its share of the line, measured alone; of a part all have the same. Whether they multiply is seen
    where all of a part are halved.
    """
    shared = {str(each.name): np.array(each.shares[line]) for each in inputs if line in each.shares}
    owners: dict[str, list[str]] = {}
    for name in shared:
        owners.setdefault(name.rpartition(".")[0], []).append(name)
    parts = []
    for owner, own in owners.items():
        # The smallest share is that of the part: a number may have a little of another part beside it.
        least = min((shared[name] for name in own), key=lambda share: float(np.abs(share).sum()))
        members = [name for name in own if np.all(np.abs(shared[name] - least) < _NEAR)]
        members += [name for name in common.get(owner, ()) if name in shared]
        if not owner or len(members) < 2:
            continue
        part = CasePart(tuple(members), tuple(float(share) for share in least))
        of = [each for each in inputs if str(each.name) in members]
        simulated = halved(members)[_key(line)]
        added, multiplied = (_miss(before, simulated, _all_halved(line, of, with_it)) for with_it in ((), (part,)))
        if multiplied < added:
            parts.append(part)
    return tuple(parts)


def _common(scenario: Scenario) -> dict[str, frozenset[str]]:
    """Return by segment which of the organisation's numbers count for it, because it states none of its own."""
    return {
        f"segments.{name}": frozenset(key for key in ("contribution_margin", "arpu_per_month")
                                      if getattr(segment, key, None) is None)
        for name, segment in scenario.organisation.segments.items()
    }  # fmt: skip


def _key(line: str) -> str:
    return "customers" if line in CUSTOMER_LINES else line


def _share(before: Array, after: Array, low: Array) -> Array | None:
    """Return what share ``(column,)`` of a line goes with a number, or ``None`` where it is no straight line in it."""
    slope = (after - before) / (_STEP - 1)
    size = float(np.abs(before).max())
    if np.any(np.abs(low - before - (_HALF - 1) * slope) > 1e-7 * size):
        return None
    some = np.abs(before) > 1e-9 * size
    if np.any(np.abs(slope[~some]) > 1e-7 * size):  # a column without money that gets some is no share of itself
        return None
    return np.divide(slope, before, out=np.zeros_like(before), where=some)


def _power(before: float, after: float) -> float:
    """Return with which power a line goes with a number; one that changes its sign goes with none."""
    return math.log(after / before) / math.log(_STEP) if before * after > 0 else 0.0


def _miss(before: Array, simulated: Array, factor: Array | float) -> float:
    """Return by how much of a line a formula misses what was simulated."""
    miss = float(np.abs((before * factor).sum() - simulated.sum()) / abs(before.sum()))
    return miss if miss > _EXACT else 0.0
