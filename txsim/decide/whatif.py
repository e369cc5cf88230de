# SPDX-License-Identifier: MIT
"""What if: a grid over values of some inputs, on common random numbers."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from txsim.decide.choice import recommend
from txsim.decide.entries import entry_of
from txsim.decide.ranking import mean_estimate
from txsim.errors import InputError, Problem, did_you_mean, message_of
from txsim.forecast import DEFAULT_DRAWS, DEFAULT_SEED, calibration_spec, common_order, draw
from txsim.forecast.criterion import decision_limits
from txsim.forecast.places import place_label
from txsim.forecast.settable import settable_in
from txsim.inference import calibrate
from txsim.language import lazy
from txsim.priors.catalogue import parameters
from txsim.priors.typed_numbers import numbers_in
from txsim.results.whatif import Cell, Varied, WhatIf
from txsim.scenario import Driver, Scenario, as_scenario, changed
from txsim.scenario import load as load_file
from txsim.scenario.findings import is_money
from txsim.scenario.layers import PATH_HINT, Setting, parse_path
from txsim.scenario.yaml_reader import Place, format_path
from txsim.simulate.points import BATCHES
from txsim.types import Progress

MOST_CELLS = 400
_IN_PUSH = ("effect", "scale", "effect_basis")


@dataclass(frozen=True)
class Axis:
    """One input that varies."""

    told: str  #: The path as it was written.
    path: str  #: Path inside the scenario, as `--set` takes it.
    values: tuple[str, ...]  #: Texts of its values.
    text: str  #: The whole as it was written.
    option: str  #: Where that was: an option, or an argument.

    def setting(self, value: str) -> Setting:
        """Return one of its values as ``--set`` takes it, with its place in what was written."""
        at = self.text.find("=") + 1
        at = max(self.text.find(value, at), at)
        width = len(value) if self.text.startswith(value, at) else len(self.text) - at
        return Setting(f"{self.path}={value}", Place(self.option, None, at + 1, self.text[:200], max(1, width)))


def parse_axis(text: str, scenario: Scenario, option: str = "vary") -> Axis:
    """Read ``path=low..high:count`` or ``path=a,b,c``.

    ``text``: as it was written; ``driver.effect`` is short for the effect of the only push of the only driver, and a
    driver's name may stand for ``drivers[i]``. ``option``: where the text stands: an option, or an argument. Raises
    :class:`InputError` if it cannot be read, or a driver or push is not the only one.
    """
    try:
        return _axis(text, scenario, option)
    except InputError as error:
        raise InputError([replace(each, file=option, path=text) for each in error.problems]) from None


def _axis(text: str, scenario: Scenario, option: str) -> Axis:
    left, equals, right = text.partition("=")
    if not equals or not left.strip() or not right.strip():
        raise InputError(lazy('expected PATH=LOW..HIGH:COUNT or PATH=A,B,C, for example "driver.effect=2..12:6"'))
    path = _path(left.strip(), scenario)
    try:
        steps = parse_path(path)
    except ValueError as error:
        raise InputError(Problem(message_of(error), hint=PATH_HINT)) from None
    return Axis(left.strip(), path, _values(right, money=is_money(steps)), text, option)


def _varied(axis: Axis, scenario: Scenario) -> Varied:
    label = place_label(scenario, re.sub(r"\[(\d+)\]", r".\1", axis.path).split("."))
    return Varied(axis.told, axis.values, label.meaning, label.unit)


def _values(right: str, *, money: bool) -> tuple[str, ...]:
    ends, _, steps = right.rpartition(":") if re.search(r":\s*\d+\s*$", right) else (right, "", "5")
    if re.search(r"\.{2,}|…", ends) is None:
        return _listed(right)
    try:
        low, high = numbers_in(ends, count=2, share=True, grouped=money)
    except ValueError as error:
        hint = lazy("expected LOW..HIGH:COUNT with numbers, for example 2..12:6")
        raise InputError(Problem(message_of(error), hint=hint)) from None
    count = int(steps)
    if not 2 <= count <= 100:
        raise InputError(lazy("{count} values; possible are 2 to 100", count=count))
    unit, times = (" %", 100.0) if "%" in ends else ("", 1.0)
    step = (high - low) / (count - 1)
    return tuple(f"{times * (low + i * step):.10g}{unit}" for i in range(count))


def _listed(right: str) -> tuple[str, ...]:
    """Return values between semicolons, or between commas where these can be no part of a number."""
    values = tuple(part.strip() for part in right.split(";" if ";" in right else ","))
    if not all(values):
        raise InputError(lazy("a value between two commas is missing"))
    if ";" not in right and (torn := re.search(r"(?<![\d.,])([1-9]\d{0,2}),0\d\d(?![\d.])", right)):
        message = lazy("`{piece}`: write {plain} for one number, nothing between thousands",
                       piece=torn[0], plain=torn[0].replace(",", ""))  # fmt: skip
        raise InputError(message)
    return tuple(dict.fromkeys(values))


def _path(path: str, scenario: Scenario) -> str:
    head, dot, rest = path.partition(".")
    names = [driver.name for driver in scenario.drivers]
    if head not in Scenario.model_fields and head not in (*names, "driver"):
        # Names by which `txsim priors set` knows beliefs: of the firm, and of the catalogue.
        own = settable_in(scenario, {}).places.get(path)
        return format_path(own) if own is not None else f"priors.{path}" if path in parameters() else path
    if not dot or (head != "driver" and head not in names):
        return path
    if head == "driver" and len(names) != 1:
        message = lazy("there are {number} drivers; name one: {names}", number=len(names), names=", ".join(names))
        raise InputError(message)
    i = 0 if head == "driver" else names.index(head)
    key = rest.partition("[")[0].partition(".")[0]
    if key in _IN_PUSH:
        pushes = scenario.drivers[i].pushes
        if len(pushes) != 1:
            places = ", ".join(f"{head}.pushes[{j}].{rest}" for j in range(len(pushes))) or "none"
            message = lazy("the driver has {number} pushes; name one: {places}", number=len(pushes), places=places)
            raise InputError(message)
        return f"drivers[{i}].pushes[0].{rest}"
    known = [*Driver.model_fields, *_IN_PUSH]
    if key not in known:
        raise InputError(lazy("a driver has no `{key}`{suggestion}", key=key[:40], suggestion=did_you_mean(key, known)))
    return f"drivers[{i}].{rest}"


def _loader(scenario: Scenario | str | os.PathLike[str]) -> Callable[[Sequence[str]], Scenario]:
    """Return a function from overrides to the scenario with them."""
    if isinstance(scenario, str | os.PathLike):
        return lambda overrides: load_file(scenario, overrides=tuple(overrides))
    plain = as_scenario(scenario)
    return lambda overrides: changed(plain, tuple(overrides)) if overrides else plain


def _variant(load: Callable[[Sequence[str]], Scenario], axes: Sequence[Axis], values: Sequence[str]) -> Scenario:
    """Return the scenario at one combination; what does not fit there says at which values it was."""
    try:
        return load([axis.setting(value) for axis, value in zip(axes, values, strict=True)])
    except InputError as error:
        at = ", ".join(f"{axis.told}={value}" for axis, value in zip(axes, values, strict=True))
        raise InputError(
            [
                replace(each, message=lazy("with {setting}: {problem}", setting=at, problem=each.message))
                for each in error.problems
            ]
        ) from None


def whatif(
    scenario: Scenario | str | os.PathLike[str] | Callable[[Sequence[str]], Scenario],
    vary: str | Sequence[str] = (),
    *more: str,
    draws: int = DEFAULT_DRAWS,
    seed: int | None = None,
    prior_only: bool = False,
    workers: int = 1,
    progress: Progress | None = None,
) -> WhatIf:
    """Simulate every combination of some values (``txsim whatif``).

    Parameters
    ----------
    scenario
        A scenario as :func:`txsim.load` returned it, the path of its file, or a function from overrides
        (``path=value``) to a scenario.
    vary
        One text as :func:`parse_axis` reads it, or several: ``"driver.effect=2..12:6"``.
    more
        Further ones, one after another: ``whatif(scenario, "a.effect=2..12:6", "b.monthly=1000,2000")``.
    draws, seed, prior_only, workers, progress
        As for :func:`txsim.forecast.forecast`.

    Returns
    -------
    WhatIf

    Raises
    ------
    InputError
        If an axis cannot be read, a value does not fit the scenario, there are more than 400 combinations, or the
        scenario was changed in Python after it was read.

    Examples
    --------
    >>> answer = whatif("scenarios/service_desk_pilot.yaml", "pilot.months=3,6", draws=256, prior_only=True)
    >>> [cell.values["pilot.months"] for cell in answer.cells]
    ['3', '6']
    """
    load, option = (scenario, "--vary") if callable(scenario) else (_loader(scenario), "vary")
    vary = (*((vary,) if isinstance(vary, str) else vary), *more)
    plain = load(())
    axes = tuple(parse_axis(text, plain, option) for text in vary)
    if not axes:
        message = lazy('nothing varies: state {option} "PATH=LOW..HIGH:COUNT" once or more', option=option)
        hint = lazy("in Python the second argument: `txsim.whatif(scenario, {text})`", text='"driver.effect=2..12:6"')
        raise InputError(Problem(message, hint=hint))
    if len({axis.path for axis in axes}) < len(axes):
        raise InputError(lazy("{option} names one path twice", option=option))
    count = 1
    for axis in axes:
        count *= len(axis.values)
    if count > MOST_CELLS:
        raise InputError(lazy("{count} combinations; possible are {most_cells}", count=count, most_cells=MOST_CELLS))
    if seed is None:
        seed = DEFAULT_SEED if plain.seed is None else plain.seed
    combinations = list(itertools.product(*(axis.values for axis in axes)))
    variants = [_variant(load, axes, values) for values in combinations]
    specs = [calibration_spec(variant, prior_only=prior_only) for variant in variants]
    calibrations = {
        spec.hash: calibrate(spec, serves=draws, progress=progress) for spec in {s.hash: s for s in specs}.values()
    }
    order = common_order(variants)
    cells = []
    for i, (values, variant, spec) in enumerate(zip(combinations, variants, specs, strict=True)):
        if progress is not None:
            progress(lazy("simulating"), i / count)
        drawn = draw(variant, calibrations[spec.hash], draws=draws, seed=seed, order=order)
        entry = entry_of(str(i), variant, drawn, workers)
        chosen = recommend(entry.options, decision_limits(variant))
        npv = {name: mean_estimate(each.before_tax, BATCHES) for name, each in entry.options.items()}
        taxed = {name: mean_estimate(each.after_tax, BATCHES) for name, each in entry.options.items()}
        setting = {axis.told: value for axis, value in zip(axes, values, strict=True)}
        losses = {name: each.p_loss for name, each in entry.options.items()}
        cells.append(Cell(setting, npv, losses, chosen.option, chosen.too_close, taxed, chosen.state, chosen.refused))
    return WhatIf(
        scenario=plain.label,
        organisation=plain.organisation.name,
        hash=plain.hash,
        currency=plain.organisation.currency,
        seed=seed,
        draws=draws,
        vary=tuple(_varied(axis, plain) for axis in axes),
        cells=tuple(cells),
        taxed=any(variant.finance is not None for variant in variants),
        after_tax=plain.decision.after_tax,
    )
