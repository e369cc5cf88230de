# SPDX-License-Identifier: MIT
"""Which changed input moved the payoff: from one result to another, step by step, as a waterfall.

Every changed input is switched on the draws of the first result. Inputs act together, so that what one moves depends
on which others have changed already: with up to six changes each is credited with its average over all orders (its
Shapley value), with more with the mean of the order as written and its reverse. The steps sum to the whole exactly;
what is left between the results as they stand and as computed here is the change of seed, draws or version.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from txsim.decide.advice import advise, verdict_of
from txsim.decide.entries import one_currency
from txsim.decide.shares import coalitions, shapley
from txsim.errors import InputError
from txsim.forecast import calibration_spec, common_order, draw, forecast, npv_of, simulate
from txsim.forecast.labels import Label
from txsim.forecast.places import choice_words, place_label
from txsim.inference import calibrate
from txsim.language import Message, Words, as_message, joined, lazy, verbatim
from txsim.priors.distributions import from_data
from txsim.priors.moments import median
from txsim.results.diff import Change, ChangedInput, Difference, Side
from txsim.results.recommendation import Recommendation
from txsim.scenario import Scenario
from txsim.scenario.beliefs import DOUBT
from txsim.scenario.checks import cross_check
from txsim.scenario.record_fields import Faulty
from txsim.scenario.yaml_reader import format_path
from txsim.simulate.plan import OPTIONS
from txsim.simulate.points import BATCHES
from txsim.types import Array, Progress

_TOGETHER = ("priors", "evidence", "graph")
_MOST_EXACT = 6
_TOGETHER_ALL = ("all changes together",)
#: Parts of a block of inputs that are told.
_PARTS = 4


@dataclass(frozen=True)
class StoredResult:
    """One result as it was kept."""

    name: str  #: File or folder.
    content: Mapping[str, Any]  #: What its scenario says, plain data.
    #: ``seed``, ``draws``: How it was drawn.
    seed: int
    draws: int
    #: ``npv``, ``npv_after_tax``: Expected payoff by option as the result has it, before and after tax; empty for a
    #: scenario that was not run.
    npv: Mapping[str, float]
    npv_after_tax: Mapping[str, float] = field(default_factory=dict)
    recommendation: Recommendation | None = None  #: What it recommends; ``None`` for a scenario that was not run.


def scenario_of(content: Mapping[str, Any]) -> Scenario:
    """Return the scenario that a result's content describes; :class:`~txsim.errors.InputError` if it is none."""
    try:
        scenario = Scenario.of_content(content)
    except Faulty as error:
        at = format_path(error.findings[0]["loc"])
        message = lazy("the result holds no scenario that this version reads; it differs at `{path}`", path=at)
        raise InputError(message) from error
    problems = list(cross_check(scenario))
    if problems:
        raise InputError(as_message(problems[0][1]))
    return scenario


def _is_leaf(value: Any) -> bool:
    return not isinstance(value, Mapping) or "distribution" in value or not value


def changed(a: Mapping[str, Any], b: Mapping[str, Any], path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Return the paths of what differs between two contents, beliefs as one and lists of another length whole."""
    paths: list[tuple[str, ...]] = []
    if not path and any(a.get(key) != b.get(key) for key in _TOGETHER):
        paths.append(("beliefs",))
    for key in dict.fromkeys([*a, *b]):
        if not path and key in (*_TOGETHER, "title", "question", "seed"):
            continue
        left, right = a.get(key), b.get(key)
        if left == right:
            continue
        here = (*path, key)
        if isinstance(left, list) and isinstance(right, list) and _alike(left, right):
            for i, (one, two) in enumerate(zip(left, right, strict=True)):
                paths += changed(one, two, (*here, str(i)))
        elif left is None or right is None or _is_leaf(left) or _is_leaf(right):
            paths.append(here)
        else:
            paths += changed(left, right, here)
    return paths


def _beliefs(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Return the paths of the beliefs that differ; of a parameter that is one, whatever else is said of it."""
    paths: list[tuple[str, ...]] = []
    for key in _TOGETHER:
        one, two = (dict(side.get(key) or {}) for side in (a, b))
        doubts = [each.pop(DOUBT, {}) if key == "priors" else {} for each in (one, two)]
        for path in changed(one, two, (key,)):
            figure = key == "priors" and len(path) > 1 and _prior(one, path[1]) != _prior(two, path[1])
            paths.append((*path[:2], "prior") if figure else path)
        paths += changed(doubts[0], doubts[1], (key, DOUBT))
    return list(dict.fromkeys(paths))


def _prior(priors: Mapping[str, Any], name: str) -> Any:
    return (priors.get(name) or {}).get("prior")


def _alike(left: list[Any], right: list[Any]) -> bool:
    """Whether two lists hold the same things in the same order, only with other values."""
    if len(left) != len(right) or not all(isinstance(each, Mapping) for each in (*left, *right)):
        return False
    return all(one.get("name") == two.get("name") for one, two in zip(left, right, strict=True))


def _get(content: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        if content is None:
            return None
        content = content[int(key)] if isinstance(content, list) else content.get(key)
    return content


def _with(content: Any, path: tuple[str, ...], value: Any) -> Any:
    """Return a copy of nested data with one value replaced."""
    if not path:
        return value
    key, rest = path[0], path[1:]
    if isinstance(content, list):
        return [_with(each, rest, value) if i == int(key) else each for i, each in enumerate(content)]
    return {**(content or {}), key: _with((content or {}).get(key), rest, value)}


def explain_difference(
    a: StoredResult, b: StoredResult, *, option: str = "commit", workers: int = 1, progress: Progress | None = None
) -> Difference:
    """Explain the difference between the expected payoffs of two results by the inputs that changed.

    ``workers``, ``progress``: as for :func:`txsim.forecast.forecast`. Raises :class:`InputError` if a result holds no
    scenario, an option is not in both, or they count money in two currencies.
    """
    before, after = dict(a.content), dict(b.content)
    scenarios = scenario_of(before), scenario_of(after)
    for result, scenario in zip((a, b), scenarios, strict=True):
        if scenario.pilot is None and option != "commit":
            raise InputError(lazy("{name} has no option `{option}`; there is commit", name=result.name, option=option))
        if option not in OPTIONS:
            message = lazy(
                "the scenario has no option `{option}`; there are {options}", option=option, options=", ".join(OPTIONS)
            )
            raise InputError(message)
    one_currency({a.name: scenarios[0], b.name: scenarios[1]})
    order = common_order(scenarios)
    paths = changed(before, after)
    known: dict[frozenset[tuple[str, ...]], Array] = {}

    def content_with(switched: Iterable[tuple[str, ...]]) -> Any:
        content: Any = before
        for path in switched:
            if path == ("beliefs",):
                content = {**content, **{key: after.get(key) for key in _TOGETHER}}
            else:
                content = _with(content, path, _get(after, path))
        return content

    def worth(switched: frozenset[tuple[str, ...]]) -> Array:
        """Return the expected payoff before and after tax with some inputs changed, then the means of each batch."""
        if switched not in known:
            scenario = scenario_of(content_with(switched))
            if option != "commit" and scenario.pilot is None:
                raise InputError(lazy("without a pilot there is no option `{option}`", option=option))
            calibration = calibrate(calibration_spec(scenario), serves=a.draws, progress=progress)
            drawn = draw(scenario, calibration, draws=a.draws, seed=a.seed, order=order)
            _, outcome = simulate(scenario, drawn, paths=(option,), workers=workers)
            each = [npv_of(scenario, outcome, option, after_tax=after_tax) for after_tax in (False, True)]
            batches = [part.mean() for values in each for part in np.array_split(values, BATCHES)]
            known[switched] = np.array([*(values.mean() for values in each), *batches])
        return known[switched]

    start, end = worth(frozenset()), worth(frozenset(paths))
    parts: tuple[ChangedInput, ...] = ()
    try:
        moved = _moved(paths, worth)
    except InputError:  # some changes only make sense together
        moved = (end - start)[None, :]
        singly = [_alone(_input(path, before, after, scenarios), path, start, worth) for path in paths]
        parts = tuple(sorted(singly, key=lambda each: -abs(each.npv or 0.0)))
        paths = [_TOGETHER_ALL]
    ends = [
        np.array([kept.npv.get(option, here[0]), kept.npv_after_tax.get(option, here[1])])
        for kept, here in ((a, start), (b, end))
    ]
    total = ends[1] - ends[0]
    other = total - (end - start)[:2]
    after_tax = scenarios[1].decision.after_tax
    changes = []
    for path, value in zip(paths, moved, strict=True):
        each = _input(path, before, after, scenarios)
        together = parts if path == _TOGETHER_ALL else ()
        if path == ("beliefs",):
            together = tuple(_input(part, before, after, scenarios) for part in _beliefs(before, after))
        changes.append(Change(**{**vars(each), **_figures(value)}, parts=together))
    sides = []
    for kept, scenario, worths in zip((a, b), scenarios, ends, strict=True):
        advice = kept.recommendation or advise(forecast(scenario, draws=kept.draws, seed=kept.seed, workers=workers))
        npv, taxed = worths.tolist()
        told = (scenario.title, scenario.organisation.name, advice.option, advice.state, advice.resolution)
        sides.append(Side(kept.name, npv, kept.seed, kept.draws, taxed, *told))

    def decides(path: tuple[str, ...]) -> bool:
        made = forecast(scenario_of(content_with([path])), draws=a.draws, seed=a.seed, workers=workers)
        verdict = verdict_of(made)
        return (verdict.option, verdict.too_close) != (sides[0].decision, sides[0].state == "open")

    turned = (sides[0].decision, sides[0].state == "open") != (sides[1].decision, sides[1].state == "open")
    if turned and 1 < len(paths) <= _MOST_EXACT:
        changes = [replace(each, decides=decides(path)) for path, each in zip(paths, changes, strict=True)]
    changes.sort(key=lambda each: -abs(each.worth(after_tax=after_tax)))
    return Difference(
        a=sides[0],
        b=sides[1],
        option=option,
        total=float(total[0]),
        changes=tuple(changes),
        random_numbers=float(other[0]),
        currency=scenarios[1].organisation.currency,
        taxed=any(scenario.finance is not None for scenario in scenarios),
        after_tax=after_tax,
        total_after_tax=float(total[1]),
        random_numbers_after_tax=float(other[1]),
    )


def _input(
    path: tuple[str, ...], before: Mapping[str, Any], after: Mapping[str, Any], scenarios: tuple[Scenario, Scenario]
) -> ChangedInput:
    """Return what was said at a place, with what it means where that can be told of either scenario."""
    # Of what is in one of the two alone, that one knows what it is.
    labels = [place_label(scenario, path) for scenario in scenarios[::-1]]
    known = next((label for label in labels if label.meaning != verbatim(".".join(path))), labels[0])
    first, second = _shown(before, path), _shown(after, path)
    first_words, second_words = _words(first, path, scenarios[0]), _words(second, path, scenarios[1])
    return ChangedInput(_key(path), first, second, known.meaning, known.unit, first_words, second_words)


def _alone(
    each: ChangedInput, path: tuple[str, ...], start: Array, worth: Callable[[frozenset[tuple[str, ...]]], Array]
) -> ChangedInput:
    """Return a change with what it alone moves; without, where it makes no sense without others."""
    try:
        moved = worth(frozenset([path])) - start
    except InputError:
        return each
    return replace(each, **_figures(moved))


def _figures(moved: Array) -> dict[str, Any]:
    """Return what is moved before and after tax, and the Monte Carlo error of either, of ``(figure,)`` with batches."""
    errors = moved[2:].reshape(2, BATCHES).std(axis=1, ddof=1) / np.sqrt(BATCHES)
    names = ("npv", "npv_after_tax", "mcse", "mcse_after_tax")
    return dict(zip(names, [*moved[:2].tolist(), *errors.tolist()], strict=True))


def _key(path: tuple[str, ...]) -> str:
    """Return a path as files and ``--set`` have it; a number is the place in a list."""
    return format_path(tuple(int(part) if part.isdecimal() else part for part in path))


def _words(value: Any, path: tuple[str, ...], scenario: Scenario) -> Words:
    """Return what has several parts in words, each by what it is called; empty for what is one figure or name."""
    if not isinstance(value, Mapping) or "distribution" in value:
        return ""
    parts = []
    for key, part in value.items():
        if part in (None, "", [], {}):
            continue
        label = place_label(scenario, (*path, key))
        parts.append(lazy("{meaning}: {value}", meaning=label.meaning, value=_part(part, label, key)))
    return joined("; ", parts[:_PARTS]) if len(parts) <= _PARTS else joined("; ", [*parts[:_PARTS], verbatim("…")])


def _part(part: Any, label: Label, key: str) -> Message:
    if isinstance(part, bool):
        return lazy("yes") if part else lazy("no")
    if isinstance(part, Mapping) and "distribution" in part:
        return label.words(label.stated(median(from_data(part))))
    if isinstance(part, int | float):
        return label.words(label.stated(float(part)))
    if isinstance(part, list | tuple):
        return verbatim(
            ", ".join(str(each.get("name") or "…") if isinstance(each, Mapping) else str(each) for each in part)
        )
    return verbatim("…") if isinstance(part, Mapping) else choice_words(str(part), key)


def _shown(content: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    if path in (("beliefs",), _TOGETHER_ALL):
        return None
    value = _get(content, path)
    return value if not isinstance(value, Mapping) else json.loads(json.dumps(value, default=str))


def _moved(paths: list[tuple[str, ...]], worth: Callable[[frozenset[tuple[str, ...]]], Array]) -> Array:
    """Return what each change moves the payoff by, before and after tax, then by batch, ``(change, figure)``."""
    if not paths:
        return np.zeros((0, 2 + 2 * BATCHES))
    if len(paths) <= _MOST_EXACT:
        rows = coalitions(len(paths))
        table = [worth(frozenset(path for path, on in zip(paths, row, strict=True) if on)) for row in rows]
        return shapley(np.array(table))
    effects = np.zeros((len(paths), 2 + 2 * BATCHES))
    for order in (list(range(len(paths))), list(range(len(paths)))[::-1]):
        done: frozenset[tuple[str, ...]] = frozenset()
        for i in order:
            then = done | {paths[i]}
            effects[i] += (worth(then) - worth(done)) / 2
            done = then
    return effects
