# SPDX-License-Identifier: MIT
"""What a business case rests on, as numbers that a spreadsheet can change: how each line goes with each of them.

A line that is in proportion to a number, as costs are to prices, is a product with it. A line in which the number has
one part and is straight, as the price of one item among several, has a share of it. All else is a curve: simulated
where the number stands at the ends of its interval and at nothing, straight between them, so that it is finite whatever
is written into the cell. By how much all this misses other values is measured on the same futures; a line that no
formula follows within a quarter of it stays a plain number.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from txsim.decide.cash_flow import CUSTOMER_LINES, columns_of
from txsim.decide.option_paths import paths_taken
from txsim.decide.policies import Policies
from txsim.forecast import Forecast
from txsim.forecast.labels import label_of
from txsim.results.cash_flow import CaseCurve, CaseInput, CasePart, CashFlow
from txsim.results.page_one import StatedNumber
from txsim.scenario import Scenario
from txsim.simulate.layout import lay_out
from txsim.simulate.points import prefix
from txsim.simulate.quantities import own_quantities
from txsim.types import Array

#: What multiplies several items of a line.
_MULTIPLIERS = (".cost_overrun", ".delivery")
#: Draws on which it is measured at most, and by how much a number is moved to see whether a line is straight in it.
_DRAWS, _STEP, _HALF = 2**11, 1.1, 0.5
#: A share of a line under this is noise of rounding; a curve that moves less than that of its line is none.
_LEAST, _FLAT = 5e-4, 2e-3
#: Misses of a line under this share of it are noise of rounding.
_EXACT = 1e-9
#: A line whose formulas miss more of it than this has none.
_BOUND = 0.25
#: A column, or a sum of lines of either sign, under this share of the largest is no measure of anything.
_SMALL = 0.05
#: Tails beyond the ends of an interval of 90 %; a number that is known is moved by half of itself instead.
_TAIL = 0.05
#: How near to each other shares of a line must be in each column to be those of one part.
_NEAR = 0.02
#: Quantities that are no amounts of anything: levels of indices, months, and shapes.
_NOT = ("index.", "coordination", ".months", ".fade", ".slip", "wave_correlation", "chosen_below", ".to")


def with_inputs(
    forecast: Forecast, case: CashFlow, chosen: Policies | None, stated: Sequence[StatedNumber]
) -> CashFlow:
    """Return a business case with the numbers it rests on, how each line goes with each, and how well that fits."""
    scenario, drawn = forecast.scenario, forecast.drawn
    kept = prefix(forecast.draws, _DRAWS)
    weights = {path: weight[kept] for path, weight in paths_taken(forecast, case.option, chosen).items()}
    own = own_quantities(scenario)
    parameters = {name: values[kept] for name, values in drawn.parameters.items()}
    quantities = {name: _matched(values, kept) for name, values in drawn.quantities.items()}

    def columns(changed: Mapping[str, Array]) -> dict[str, Array]:
        scene = lay_out(scenario, quantities | dict(changed), parameters, kept.size)
        found = columns_of(scene, weights)
        if taxed and scenario.finance is not None:
            # Profit of a year that is not taxed: what is written off of the one-off cost, not all of it in its year.
            profit = sum(values for line, values in found.items() if line not in ("one_off", "tax"))
            gone = profit + found["tax"] / float(scenario.finance.tax_rate)
            left = -float(found["one_off"].sum()) - float(gone.sum())  # written off after the horizon
            found["write_off"] = np.append(gone, left if left > _EXACT * np.abs(gone).max() else 0.0)
        return found

    # Tax follows from all other lines.
    line_names = [line.name for line in case.lines[:-1] if line.name != "tax"]
    taxed = any(line.name == "tax" for line in case.lines)
    base, sources = columns({}), {str(each.name): each.source for each in stated}
    line_names += ["write_off"] if "write_off" in base else []
    keys = {line: _key(line) for line in line_names if _steady(line, case, base)}
    measured = list(dict.fromkeys(keys.values()))  # in the order of the case, whatever the hashes
    misses = dict.fromkeys(measured, 0.0)
    policy = case.option not in forecast.options
    inputs: list[CaseInput] = []
    halves: dict[str, Array] = {}
    for name, quantity in own.items():
        values = drawn.quantities.get(name)
        middle = float(quantity.args[0]) if values is None else float(values.mean())
        label = label_of(scenario, name)
        if not middle > 0 or label.offset or any(part in name for part in _NOT):
            continue
        at = quantities.get(name, np.full(kept.size, middle))
        moved = columns({name: _STEP * at})
        if all(np.allclose(moved[key], base[key], rtol=_LEAST * (_STEP - 1), atol=0) for key in measured):
            continue
        half = columns({name: _HALF * at})
        straight = {key: _share(base[key], moved[key], half[key]) for key in measured}
        curved = {key: base[key] for key in measured if straight[key] is None}
        low, high = _interval(middle, None if values is None else at, label.unit == "%")
        uncertain = values is not None and float(np.ptp(at)) > 0

        def set_to(value: float, name: str = name, at: Array = at, middle: float = middle) -> dict[str, Array]:
            # A policy was chosen future by future: there the number is moved as it was drawn, else it is known.
            if not policy:
                return columns({name: np.full(at.size, value)})
            return columns({name: at * (value / middle) if at.min() >= 0 else at + (value - middle)})

        curves: dict[str, CaseCurve] = {}
        if curved:
            curves = _curves(curved, set_to, (low, middle, high), label.per_unit, misses)
        powers, shares = {}, {}
        ends = set_to(high) if uncertain and len(curved) < len(measured) else {}
        for key, share in straight.items():
            if share is None or not np.any(np.abs(share) >= _LEAST):
                continue
            whole = bool(np.all(np.abs(share[base[key] != 0] - 1) < _LEAST))
            for line in (line for line, of in keys.items() if of == key):
                if whole:
                    powers[line] = 1.0
                else:
                    shares[line] = tuple(float(each) for each in share)
            if ends:
                factor = 1 + (1.0 if whole else share) * (high / middle - 1)
                misses[key] = max(misses[key], _miss(base[key], ends[key], factor))
        if powers or shares or curves:
            halves |= {name: _HALF * at} if shares else {}
            by_line = {line: curves[key] for line, key in keys.items() if key in curves}
            meaning, source = label.meaning, sources.get(name, "")
            one = CaseInput(name, meaning, label.stated(middle), label.unit, source, powers, shares, by_line)
            if uncertain and values is not None:
                least, most = sorted(map(label.stated, np.quantile(values, (_TAIL, 1 - _TAIL)).tolist()))
                one = replace(one, low=least, high=most)
            inputs.append(one)
    parts: dict[str, tuple[CasePart, ...]] = {}
    seen: dict[tuple[str, ...], dict[str, Array]] = {}

    def halved(names: Sequence[str]) -> dict[str, Array]:
        key = tuple(sorted(names))
        if key not in seen:
            seen[key] = columns({name: halves[name] for name in names})
        return seen[key]

    if halves:
        together, common = columns(halves), _common(scenario)
        for line, key in keys.items():
            of = [each for each in inputs if line in each.shares]
            if not of:
                continue
            if key == "customers":
                parts[line] = _parts(line, of, common, base[key], halved)
            else:
                parts[line] = _products(line, of, base[key], halved)
            # What is in proportion to the line is halved only where it has a share of another line.
            factor = math.prod(_HALF for each in inputs if str(each.name) in halves and line in each.powers)
            if not any(str(each.name) in halves and line in each.curves for each in inputs):
                miss = _miss(base[key], together[key], factor * _all_halved(line, of, parts[line]))
                misses[key] = max(misses[key], miss)
    within = {line: misses.get(keys.get(line, ""), 1.0) for line in line_names}
    loose = {line for line, miss in within.items() if miss > _BOUND}
    inputs = [each for each in (_without(each, loose) for each in inputs) if each.powers or each.shares or each.curves]
    parts = {line: of for line, of in parts.items() if of and line not in loose}
    return replace(case, inputs=tuple(inputs), within=within, parts=parts)


def _matched(values: Array, kept: Any) -> Array:
    """Return the draws that are kept, with the mean of all: shares of a sum of products then are those of all draws."""
    few: Array = values[kept]
    mean, own = float(values.mean()), float(few.mean())
    matched: Array = few * (mean / own) if few.min() >= 0 and own > 0 else few + (mean - own)
    return matched


def _without(each: CaseInput, lines: Collection[str]) -> CaseInput:
    """Return a number that moves none of these lines."""

    def rest[T](by_line: Mapping[str, T]) -> dict[str, T]:
        return {line: how for line, how in by_line.items() if line not in lines}

    return replace(each, powers=rest(each.powers), shares=rest(each.shares), curves=rest(each.curves))


def _steady(line: str, case: CashFlow, base: Mapping[str, Array]) -> bool:
    """Whether a line is large enough against what it is a sum of for a formula to be a factor of it."""
    key = _key(line)
    if key not in base or not base[key].sum():
        return False
    size = float(np.abs(base[key]).sum())
    if key == "customers":
        alike = [each for each in case.lines if each.name in CUSTOMER_LINES and each.name != "runoff"]
        size = max(size, sum(abs(float(each.total)) for each in alike))
    return abs(float(base[key].sum())) > _SMALL * size


def _interval(middle: float, values: Array | None, share: bool) -> tuple[float, float]:
    """Return the values between which a formula of a number is to hold."""
    if values is not None and float(np.ptp(values)) > 0:
        low, high = (float(end) for end in np.quantile(values, (_TAIL, 1 - _TAIL)))
        if low < middle < high:
            return low, high
    high = (1 + _HALF) * middle
    return _HALF * middle, min(high, (middle + 1) / 2) if share and middle < 1 else high


def _curves(
    base: Mapping[str, Array],
    set_to: Callable[[float], Mapping[str, Array]],
    ends: tuple[float, float, float],
    per_unit: float,
    misses: dict[str, float],
) -> dict[str, CaseCurve]:
    """Return how lines go with a number where they are not straight in it; ``misses`` grow by what that misses.

    ``base``: columns ``(column,)`` of these lines as simulated; ``set_to``: returns the columns where the number has a
    value; ``per_unit``: by what a value is multiplied to stand in the author's unit; ``misses``: by line, as shares of
    it.
    """
    low, middle, high = ends
    simulated = {value: set_to(value) for value in sorted({low, high, 0.0})}
    between = {value: set_to(value) for value in ((low + middle) / 2, (middle + high) / 2)}
    found: dict[str, CaseCurve] = {}
    for key, before in base.items():
        # At nothing a firm may be none, as one without people: what is no number there is no point of the curve.
        factors = {middle: np.ones_like(before)}
        factors |= {at: _ratio(before, of[key]) for at, of in simulated.items() if np.all(np.isfinite(of[key]))}
        at = np.array(sorted(factors))
        by_column = np.stack([factors[each] for each in at])
        if np.all(np.abs(by_column - 1) < _FLAT):
            by_column = np.ones_like(by_column)
        else:
            stated = tuple(float(each * per_unit) for each in at)
            found[key] = CaseCurve(stated, tuple(tuple(float(of) for of in row) for row in by_column))
        for value, of in (simulated | between).items():
            if np.all(np.isfinite(of[key])):
                factor = np.array([np.interp(value, at, column) for column in by_column.T])
                misses[key] = max(misses[key], _miss(before, of[key], factor))
    return found


def _ratio(before: Array, after: Array) -> Array:
    """Return by what the columns of a line are multiplied; a column with little money goes with the whole line."""
    large = np.abs(before) > _SMALL * np.abs(before).max()
    return np.divide(after, before, out=np.full_like(before, after.sum() / before.sum()), where=large)


def _all_halved(line: str, inputs: Sequence[CaseInput], parts: Sequence[CasePart]) -> Array:
    """Return by what the columns of a line are multiplied where all of these numbers, of its sum, are halved."""
    gone = np.zeros(1)
    for each in inputs:
        gone = gone + (1 - _HALF) * np.array(each.shares[line])
    names = {str(each.name) for each in inputs}
    for part in parts:
        # Each number of a part has taken its share away; together they take less than the sum of that.
        count = len(names & set(part.inputs))
        gone = gone + np.array(part.shares) * ((1 - _HALF**count) - count * (1 - _HALF))
    return 1 - gone


def _products(
    line: str, inputs: Sequence[CaseInput], before: Array, halved: Callable[[Sequence[str]], Mapping[str, Array]]
) -> tuple[CasePart, ...]:
    """Return the parts of a line in which numbers multiply: amounts, heads that they are paid for, and an overrun.

    Costs and direct benefits are sums of products (docs/model.md, sections 11 and 16), so that what two numbers make
    together is exactly what halving both takes away less than halving each.
    """
    shares = {str(each.name): np.array(each.shares[line]) for each in inputs}
    key = _key(line)
    some = np.abs(before) > _EXACT * np.abs(before).max()

    def joint(a: str, b: str) -> Array:
        less = [np.divide(halved(of)[key] - before, before, out=np.zeros_like(before), where=some)
                for of in ((a, b), (a,), (b,))]  # fmt: skip
        return (less[0] - less[1] - less[2]) / (1 - _HALF) ** 2

    multipliers = [name for name in shares if name.endswith(_MULTIPLIERS)]
    products: list[list[str]] = []
    for name in (name for name in shares if name not in multipliers):
        for product in products:
            alike = np.all(np.abs(shares[product[0]] - shares[name]) < _LEAST / 10)
            if alike and np.all(np.abs(joint(product[0], name) - shares[name]) < _LEAST / 10):
                product.append(name)
                break
        else:
            products.append([name])
    parts = []
    for product in products:
        left = shares[product[0]]
        for multiplier in multipliers:
            both = joint(product[0], multiplier)
            if np.any(np.abs(both) > _LEAST / 10):
                parts.append(CasePart((*product, multiplier), tuple(float(share) for share in both)))
                left = left - both
        if len(product) > 1:
            parts.append(CasePart(tuple(product), tuple(float(share) for share in left)))
    return tuple(parts)


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


def _miss(before: Array, simulated: Array, factor: Array | float) -> float:
    """Return by how much of a line a formula misses what was simulated, column by column."""
    miss = float(np.abs(before * factor - simulated).sum() / abs(before.sum()))
    return miss if miss > _EXACT else 0.0
