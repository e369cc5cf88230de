# SPDX-License-Identifier: MIT
"""A sweep file: one base scenario, and a design over any of its values (docs/batch.md).

::

    base: service_desk_pilot.yaml
    grid:
      drivers.service_desk.one_off: [15000, 22000, 40000]
      pilot.scope: [10 %, 20 %]

``list`` names the cases one by one; ``latin_hypercube`` and ``sobol`` spread ``samples`` points over ranges, lists of
values or quantities written as in a scenario.
"""

from __future__ import annotations

import itertools
import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from txsim.errors import InputError, did_you_mean, message_of
from txsim.inference.spec import seed_for
from txsim.language import Message, Words, lazy
from txsim.priors.distributions import ppf
from txsim.priors.quantity import parse_quantity
from txsim.priors.written_numbers import QuantityError
from txsim.scenario.files import text_of
from txsim.scenario.layers import KEY, Layers, Setting, parse_path
from txsim.scenario.yaml_reader import BAD, Path_, Place, read_text

DESIGNS = ("grid", "list", "latin_hypercube", "sobol")
_KEYS = ("base", "title", "set", *DESIGNS)
_MOST_CASES = 1_000_000
_BASE = re.compile(r"^base[ \t]*:", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Sweep:
    """A base file and, for each case, ``"path=value"`` texts, each with its place in the sweep file."""

    base: str
    overrides: tuple[tuple[Setting, ...], ...]


def is_sweep(file: str) -> bool:
    """Whether a file is a sweep file: it has a key ``base`` at its top, which no scenario has."""
    try:
        return _BASE.search(text_of(Path(file), file)) is not None
    except InputError:
        return False  # read as a scenario, which tells what is wrong with the file


def read_sweep(file: str) -> Sweep:
    """Read a sweep file; :class:`~txsim.errors.InputError` with every problem at its place."""
    document = read_text(text_of(Path(file), file), file)
    layers = Layers.of([document])
    problems = list(document.problems)
    data = document.data

    def wrong(path: Path_, message: Words, hint: Words | None = None) -> None:
        problems.append(layers.problem(path, message, hint))

    if not isinstance(data, dict):
        raise InputError(problems or [layers.problem((), lazy("expected `key: value` lines"))])
    for key in data:
        if key not in _KEYS:
            wrong(
                (key, KEY),
                lazy(
                    "unknown key `{key}` of a sweep file{suggestion}",
                    key=str(key)[:60],
                    suggestion=did_you_mean(str(key), _KEYS),
                ),
                _known(),
            )
    base = data.get("base")
    if not isinstance(base, str) or not base.strip() or "\0" in base:
        wrong(("base",), lazy("expected the relative path of one scenario file"))
    elif os.path.isabs(base) or "\\" in base or "://" in base:
        wrong(("base",), lazy("expected a relative path, with / between folders"))
    designs = [name for name in DESIGNS if name in data]
    if len(designs) != 1:
        remark = lazy("found {names}", names=", ".join(designs)) if designs else lazy("found none")
        wrong((designs[1], KEY) if designs else (), lazy("one design was expected, {found}", found=remark), _known())
    always = _settings(data.get("set", {}), ("set",), wrong)
    cases: list[_Case] = []
    if len(designs) == 1:
        name = designs[0]
        make = {"grid": _grid, "list": _list, "latin_hypercube": _spread, "sobol": _spread}[name]
        cases = make(data[name], (name,), wrong)
    if problems or not isinstance(base, str):
        raise InputError(dict.fromkeys(problems))

    @cache  # cases share their values
    def place(at: Path_) -> Place | None:
        return layers.place(at)

    settings = tuple(
        tuple(Setting(f"{path}={value}", place(at)) for path, (value, at) in (always | case).items()) for case in cases
    )
    return Sweep(os.path.normpath(os.path.join(os.path.dirname(file), base)), settings)


def _known() -> Message:
    return lazy("a sweep has `base`, optionally `title` and `set`, and one of {designs}", designs=", ".join(DESIGNS))


Wrong = Callable[..., None]
#: The value of each path that a case sets, as text, and where it stands in the sweep file.
_Case = dict[str, tuple[str, Path_]]


def _settings(raw: Any, at: Path_, wrong: Wrong) -> _Case:
    """Return texts of values by path, each path looked at."""
    if not isinstance(raw, Mapping):
        wrong(at, lazy("expected `path: value` lines, as --set takes them"), lazy("for example `pilot.scope: 20 %`"))
        return {}
    settings = {}
    for path, value in raw.items():
        _path(path, at, wrong)
        settings[str(path)] = _text(value), (*at, path)
    return settings


def _path(path: Any, at: Path_, wrong: Wrong) -> None:
    try:
        parse_path(str(path))
    except ValueError as error:
        wrong(
            (*at, path, KEY),
            message_of(error),
            lazy("names are joined by dots, entries of a list are [0], [1] or their name"),
        )


def _text(value: Any) -> str:
    """Return a value as ``--set`` reads it."""
    if isinstance(value, float):
        return _decimal(value)
    return "null" if value is None or value is BAD else json.dumps(value, ensure_ascii=False)


def _decimal(value: float) -> str:
    """Return a number without exponent, which readers of YAML disagree about; twelve digits."""
    return np.format_float_positional(value, precision=12, fractional=False, trim="-")


def _grid(raw: Any, at: Path_, wrong: Wrong) -> list[_Case]:
    if not isinstance(raw, Mapping) or not raw:
        wrong(at, lazy("expected `path: [value, value]` lines"))
        return []
    axes: list[list[tuple[str, tuple[str, Path_]]]] = []
    for path, values in raw.items():
        _path(path, at, wrong)
        if not isinstance(values, list) or not values:
            wrong((*at, path), lazy("expected a list of values"), lazy("for example [10 %, 20 %]"))
            continue
        axes.append([(str(path), (_text(value), (*at, path, i))) for i, value in enumerate(values)])
    count = int(np.prod([float(len(axis)) for axis in axes]))
    if count > _MOST_CASES:
        wrong(
            at, lazy("the grid has {count:,} cases; the limit is {most_cases:,}", count=count, most_cases=_MOST_CASES)
        )
        return []
    return [dict(case) for case in itertools.product(*axes)]


def _list(raw: Any, at: Path_, wrong: Wrong) -> list[_Case]:
    if not isinstance(raw, list) or not raw:
        wrong(at, lazy("expected a list of cases, each with `path: value` lines"))
        return []
    return [_settings(case, (*at, i), wrong) for i, case in enumerate(raw)]


def _spread(raw: Any, at: Path_, wrong: Wrong) -> list[_Case]:
    """Return the cases of a Latin hypercube or of scrambled Sobol points."""
    if not isinstance(raw, Mapping):
        wrong(at, lazy("expected the keys samples, seed and over"))
        return []
    for key in raw:
        if key not in ("samples", "seed", "over"):
            close = did_you_mean(str(key), ("samples", "seed", "over"))
            wrong(
                (*at, key, KEY),
                lazy("unknown key `{key}`{close}", key=str(key)[:60], close=close),
                lazy("known: samples, seed, over"),
            )
    samples: Any = raw.get("samples")
    seed: Any = raw.get("seed", 1)
    over: Any = raw.get("over")
    whole = isinstance(samples, int) and not isinstance(samples, bool) and 1 <= samples <= _MOST_CASES
    if not whole:
        wrong((*at, "samples"), lazy("expected a whole number of cases, 1 … {most_cases:,}", most_cases=_MOST_CASES))
    elif at == ("sobol",) and samples & (samples - 1):
        near = 2 ** round(np.log2(samples))
        wrong(
            (*at, "samples"),
            lazy("Sobol points come in powers of two, found {samples}", samples=samples),
            lazy("write {text}", text=near),
        )
        whole = False
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**32:
        wrong((*at, "seed"), lazy("expected a whole number, 0 … 4294967295"))
        seed = 1
    if not isinstance(over, Mapping) or not over:
        wrong(
            (*at, "over"), lazy("expected `path: range` lines"), lazy("for example `pilot.scope: {from: 0.1, to: 0.4}`")
        )
        return []
    axes, places = {}, []
    for path, spec in over.items():
        _path(path, (*at, "over"), wrong)
        places.append((*at, "over", path))
        axes[str(path)] = _axis(spec, places[-1], wrong)
    if not whole:
        return []
    from scipy.stats import qmc

    rng = np.random.default_rng(seed_for(seed, f"sweep/{at[0]}"))
    kind = qmc.Sobol if at == ("sobol",) else qmc.LatinHypercube
    unit = kind(len(axes), rng=rng).random(samples)
    columns = [
        [(value, place) for value in axis(unit[:, i])] if axis is not None else []
        for i, (axis, place) in enumerate(zip(axes.values(), places, strict=True))
    ]
    return [dict(zip(axes, case, strict=True)) for case in zip(*columns, strict=False)]


def _axis(spec: Any, at: Path_, wrong: Wrong) -> Callable[[Any], list[str]] | None:
    """Return how values follow from points in 0 … 1."""
    if isinstance(spec, list):
        if spec:
            texts = [_text(value) for value in spec]
            return lambda u: [texts[int(x * len(texts))] for x in u.tolist()]
        wrong(at, lazy("expected at least one value"))
        return None
    if isinstance(spec, Mapping) and {"from", "to"} & set(spec):
        return _range(spec, at, wrong)
    if isinstance(spec, Mapping):
        try:
            quantity = parse_quantity(spec)
        except QuantityError as error:
            wrong(at, error.message, error.hint)
            return None
        return lambda u: [_decimal(x) for x in ppf(quantity, u).tolist()]
    hint = lazy("for example {from: 0.1, to: 0.4}, [10 %, 20 %] or {median: 9, factor: 1.8}")
    wrong(at, lazy("expected a range, a list of values or a quantity"), hint)
    return None


def _range(spec: Mapping[Any, Any], at: Path_, wrong: Wrong) -> Callable[[Any], list[str]] | None:
    for key in spec:
        if key not in ("from", "to", "log", "whole"):
            close = did_you_mean(str(key), ("from", "to", "log", "whole"))
            wrong(
                (*at, key, KEY),
                lazy("unknown key `{key}` of a range{close}", key=str(key)[:60], close=close),
                lazy("known: from, to, log, whole"),
            )
    ends = []
    for key in ("from", "to"):
        try:
            ends.append(parse_quantity(spec.get(key), share=str(spec.get(key)).endswith("%")).args[0])
        except QuantityError:
            wrong((*at, key) if key in spec else at, lazy("`{key}` of the range: expected a number", key=key))
    log, whole = spec.get("log", False), spec.get("whole", False)
    for key, flag in (("log", log), ("whole", whole)):
        if not isinstance(flag, bool):
            wrong((*at, key), lazy("expected true or false"))
    if len(ends) < 2:
        return None
    low, high = ends
    if not low < high or (log is True and low <= 0):
        wrong(
            at,
            lazy(
                "a range goes from a smaller to a larger number{limit}, found {low:g} to {high:g}",
                limit=lazy(" above 0") if log else "",
                low=low,
                high=high,
            ),
        )
        return None

    def values(u: Any) -> list[str]:
        if whole is True:
            return [str(int(x)) for x in np.minimum(np.floor(low + u * (high - low + 1)), high).tolist()]
        spread = low * (high / low) ** u if log is True else low + u * (high - low)
        return [_decimal(x) for x in spread.tolist()]

    return values
