# SPDX-License-Identifier: MIT
"""Claims: what sources say about which quantity, as data that is checked when it is read (``library.yaml``)."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import Any

from txsim.errors import InputError, Problem, did_you_mean
from txsim.evidence.claim_types import (
    BOUNDS,
    READ,
    ROLES,
    SIGNED,
    STATISTICS,
    TRANSFORMS,
    WHERE,
    Claim,
    Design,
    Statement,
    designs,
)
from txsim.evidence.conversions import CONVERSIONS
from txsim.language import Words, as_message, lazy
from txsim.package_data import load_packaged
from txsim.priors.written_numbers import PERCENT, QuantityError, number_of

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
_NODE = r"[a-z][a-z0-9_]*(?:\[[a-z][a-z0-9_]*\])?"
_PATH = (re.compile(rf"{_NODE} -> {_NODE}"), lazy("`a -> b`, two nodes of the graph"))
_ABOUT = {
    "effect": _PATH,
    "slope": _PATH,
    "correlation": _PATH,
    "parameter": (re.compile(r"[a-z][a-z0-9_]*"), lazy("the name of a parameter")),
    "ratio": (re.compile(r"[a-z][a-z0-9_]* / [a-z][a-z0-9_]*"), lazy("`a / b`, two parameters")),
    "quantity": (re.compile(r"[a-z][a-z0-9_]*|[a-z]+ -> margin"), lazy("the name of a quantity")),
}
#: What to say of a value at or below 0 on the log scale.
_REPORTED = lazy("an effect that may be nothing or harm: `transform: natural`, with `se` in the unit of the value")
#: A value may differ from its conversion by so much of itself, which is rounding.
_ROUNDING = 0.02
#: Letters of a name that is an abbreviation.
_ABBREVIATED = 3


def library() -> dict[str, Claim]:
    """Return every claim of the packaged library by id.

    >>> sorted({claim.role for claim in library().values()})
    ['context', 'default', 'scored']
    """
    return read_claims(load_packaged("txsim.evidence", "library.yaml"))


def claim_name(name: str) -> str:
    """Return what a claim is called where people read of it: its id in words, as its source writes whom it names.

    >>> claim_name("sears-1998"), claim_name("pwc-2018"), claim_name("lse-2005"), claim_name("own_panel")
    ('Sears 1998', 'PwC 2018', 'LSE 2005', 'Own panel')
    """
    first, *rest = re.split(r"[-_\s]+", name.strip("-_ ")) or [name]
    claim = library().get(name)
    written = re.search(rf"\b{re.escape(first)}\b", claim.source, re.IGNORECASE) if claim is not None else None
    if written is not None:
        first = written[0]
    elif claim is not None and len(first) <= _ABBREVIATED:
        first = first.upper()
    return " ".join([first[:1].upper() + first[1:], *rest]) or name


def replaced_claims(changes: Mapping[str, Any]) -> dict[str, Claim]:
    """Return packaged claims with some fields otherwise, by id; ``null`` takes a field back.

    Raises :class:`InputError` with paths below ``evidence.replace``: an id that the library lacks (and the nearest that
    it has), fields that do not fit.
    """
    entries = load_packaged("txsim.evidence", "library.yaml")
    problems, replacements = [], {}
    for name, change in changes.items():
        if name not in entries:
            message = lazy(
                "the library has no claim `{name}`{suggestion}",
                name=str(name)[:60],
                suggestion=did_you_mean(str(name), entries),
            )
            hint = lazy("a new claim stands under `add`")
            problems.append(Problem(message, path=f"evidence.replace.{str(name)[:60]}", hint=hint))
        elif not isinstance(change, Mapping):
            problems.append(Problem(lazy("expected fields of a claim"), path=f"evidence.replace.{name}"))
        else:
            merged = {**entries[name], **change}
            replacements[name] = {key: value for key, value in merged.items() if value is not None}
    if problems:
        raise InputError(problems)
    return read_claims(replacements, path="evidence.replace")


def read_claims(data: Any, kinds: Mapping[str, Design] | None = None, path: str = "") -> dict[str, Claim]:
    """Return claims from plain data, by id.

    ``data``: mapping of id to the fields of :class:`Claim`, as in ``library.yaml``. A statement's ``transform`` follows
    from its statistic and its ``value`` from its conversion where they are left out. ``kinds``: designs that are known;
    by default the packaged ones. ``path``: where the data stands, for messages. Raises InputError with everything that
    is wrong, each with its path.
    """
    reader = _Reader(designs() if kinds is None else kinds)
    claims = {}
    if not isinstance(data, Mapping):
        raise InputError(lazy("expected claims by id, for example `acme-2026: {role: scored, …}`"))
    for name, entry in data.items():
        claim = reader.claim(name, entry)
        if claim is not None:
            claims[claim.id] = claim
    if reader.problems:
        below = f"{path}." if path else ""
        raise InputError([dataclasses.replace(problem, path=f"{below}{problem.path}") for problem in reader.problems])
    return claims


class _Reader:
    """Reads entry by entry and collects what is wrong."""

    def __init__(self, kinds: Mapping[str, Design]) -> None:
        self.kinds = kinds
        self.problems: list[Problem] = []

    def wrong(self, path: str, message: Words, hint: Words | None = None) -> None:
        self.problems.append(Problem(as_message(message), path=path, hint=as_message(hint) if hint else None))

    def claim(self, name: Any, entry: Any) -> Claim | None:
        if not isinstance(name, str) or not _ID.fullmatch(name):
            self.wrong(str(name)[:60], lazy("an id is made of small letters, digits and hyphens, 60 at most"))
            return None
        if not isinstance(entry, Mapping):
            self.wrong(name, lazy("expected the fields of a claim"))
            return None
        before = len(self.problems)
        # A bare `null` is nothing in YAML; as a key it can only mean the field.
        entry = {"null" if key is None else key: value for key, value in entry.items()}
        self._keys(name, entry, _FIELDS, ("role", "statement", "read"))
        details = dict(entry)
        if details.get("read") in (True, False):  # a bare `yes` or `no` is a truth value in YAML
            details["read"] = "yes" if details["read"] else "none"
        for key, known in (("role", ROLES), ("read", READ)):
            if key in details:
                self._one_of(f"{name}.{key}", details[key], known)
        for key in ("statement", "source", "sample", "population", "why", "needs"):
            if not isinstance(details.get(key, ""), str):
                self.wrong(f"{name}.{key}", lazy("expected a text"))
        for key in ("replaces", "default_for", "industry"):
            names = details.get(key, [])
            if not isinstance(names, list | tuple) or not all(isinstance(each, str) for each in names):
                self.wrong(f"{name}.{key}", lazy("expected a list of names"))
                names = ()
            details[key] = tuple(names)
        for key in ("on_request", "null"):
            if not isinstance(details.get(key, False), bool):
                self.wrong(f"{name}.{key}", lazy("expected true or false"))
        year = details.get("year")
        if year is not None and (isinstance(year, bool) or not isinstance(year, int) or not 1800 < year < 2200):
            self.wrong(f"{name}.year", lazy("expected a year such as 2019"))
        if details.get("cluster") is not None and not isinstance(details["cluster"], str):
            self.wrong(f"{name}.cluster", lazy("expected a name"))
        if details.get("credibility") is not None:
            if PERCENT.fullmatch(str(details["credibility"])):
                details["credibility"] = number_of(details["credibility"], "credibility", share=True)
            self._number(f"{name}.credibility", details["credibility"], 0.0, 1.0)
        if details.get("design") is not None:
            self._one_of(f"{name}.design", details["design"], self.kinds)
        if details.get("where") is not None:
            self._one_of(f"{name}.where", details["where"], WHERE)
        statements = details.get("statements", [])
        if not isinstance(statements, list | tuple):
            self.wrong(f"{name}.statements", lazy("expected a list"))
            statements = []
        details["statements"] = tuple(
            self.statement(f"{name}.statements[{i}]", statement) for i, statement in enumerate(statements)
        )
        if details.get("needs") and {(s.statistic, s.about) for s in details["statements"] if s} != _one_parameter(
            details
        ):
            self.wrong(f"{name}.needs", lazy("such a claim speaks of one parameter, and of nothing else"))
        if "where" not in details and any(statement and statement.reported for statement in details["statements"]):
            self.wrong(
                name,
                lazy("where the study was made is not said"),
                lazy("`where: elsewhere`, or `where: own_firm`: the data of your own firm are a claim or a panel"),
            )
        if details.get("role") == "scored" and not (statements and details.get("design")):
            self.wrong(name, lazy("a claim that is scored needs `design` and `statements`"))
        return Claim(id=name, **details) if len(self.problems) == before else None

    def statement(self, path: str, entry: Any) -> Statement | None:
        if not isinstance(entry, Mapping):
            self.wrong(
                path, lazy("expected a statement"), lazy("{statistic: effect, about: ex -> cx, value: 0.2, se: 0.3}")
            )
            return None
        before = len(self.problems)
        self._keys(path, entry, _STATEMENT_FIELDS, ("statistic", "about", *(() if "reported" in entry else ("se",))))
        details = dict(entry)
        statistic = details.get("statistic")
        if self._one_of(f"{path}.statistic", statistic, STATISTICS):
            pattern, wanted = _ABOUT[str(statistic)]
            if isinstance(details.get("about"), str):
                details["about"] = re.sub(r"\s*->\s*", " -> ", details["about"].strip())
            if not isinstance(details.get("about"), str) or not pattern.fullmatch(details["about"]):
                self.wrong(f"{path}.about", lazy("`{statistic}` is about {wanted}", statistic=statistic, wanted=wanted))
        if "reported" in details:
            if not self._reported(path, details):
                return None
        else:
            self._converted(path, details)
        transform = details.setdefault("transform", STATISTICS.get(str(statistic), "log"))
        if self._one_of(f"{path}.transform", transform, TRANSFORMS) and transform == "natural":
            if statistic not in SIGNED:
                self.wrong(
                    f"{path}.transform", lazy("only {signed} can be on the natural scale", signed=", ".join(SIGNED))
                )
            if details.get("bound") is not None:
                self.wrong(f"{path}.bound", lazy("a bound is above 0: on the natural scale a study says a value"))
        low, high = TRANSFORMS.get(str(transform), (-math.inf, math.inf))
        hint = _REPORTED if transform == "log" and statistic in SIGNED and details.get("bound") is None else ""
        if self._number(f"{path}.value", details.get("value"), low, high, hint) and details["value"] in (low, high):
            self.wrong(
                f"{path}.value",
                lazy("{words:g} is at the end of the scale `{transform}`", words=details["value"], transform=transform),
                hint,
            )
        bound = details.get("bound")
        if bound is not None:
            self._one_of(f"{path}.bound", bound, BOUNDS)
        if self._number(f"{path}.se", details.get("se"), 0.0, math.inf) and bound is None and details["se"] == 0:
            self.wrong(f"{path}.se", lazy("a standard error above 0 is needed, but for a bound"))
        for key in ("spread", "exaggeration"):
            if details.get(key) is not None:
                self._number(f"{path}.{key}", details[key], 0.0, math.inf)
        if details.get("exaggeration") == 0:
            self.wrong(f"{path}.exaggeration", lazy("a factor above 0 is needed"))
        return Statement(**details) if len(self.problems) == before else None

    def _reported(self, path: str, details: dict[str, Any]) -> bool:
        """Compute value, standard error and scale from a study's own figures; whether that went well."""
        there = [key for key in ("value", "se", "transform", "conversion", "inputs", "bound") if key in details]
        if there:
            message = lazy("`{key}` follows from `reported`: leave it out", key="`, `".join(there))
            self.wrong(f"{path}.{there[0]}", message)
            return False
        if not isinstance(details["reported"], Mapping):
            self.wrong(f"{path}.reported", lazy("expected what the study prints, as in {{r: 0.4, n: 120}}"))
            return False
        from txsim.evidence.study_figures import NotConverted
        from txsim.evidence.study_values import converted  # the packaged claims state none

        try:
            conversion = converted(str(details.get("statistic")), str(details.get("about")), details["reported"])
        except NotConverted as error:
            self.wrong(f"{path}.reported{'.' if error.key else ''}{error.key}", error.message, error.hint)
            return False
        details |= {"value": conversion.value, "se": conversion.se, "transform": conversion.transform}
        return True

    def _converted(self, path: str, details: dict[str, Any]) -> None:
        """Compute the value from what the source prints, or hold it against that."""
        name, inputs = details.get("conversion"), details.get("inputs", {})
        if name is None:
            if inputs:
                self.wrong(
                    f"{path}.inputs",
                    lazy("inputs need a `conversion`"),
                    lazy("known: {names}", names=", ".join(CONVERSIONS)),
                )
            return
        if not self._one_of(f"{path}.conversion", name, CONVERSIONS):
            return
        value = _computed(CONVERSIONS[name], inputs)
        if value is None:
            self.wrong(f"{path}.inputs", lazy("the conversion `{name}` cannot use these inputs", name=name))
        elif "value" not in details:
            details["value"] = value
        elif isinstance(details["value"], int | float) and abs(details["value"] - value) > _ROUNDING * abs(value):
            self.wrong(
                f"{path}.value",
                lazy(
                    "the conversion `{name}` gives {value:.4g}, not {words:g}",
                    name=name,
                    value=value,
                    words=details["value"],
                ),
            )

    def _keys(self, path: str, entry: Mapping[Any, Any], known: Sequence[str], needed: Sequence[str]) -> None:
        for key in entry:
            if key not in known:
                self.wrong(
                    f"{path}.{str(key)[:40]}", lazy("unknown key{suggestion}", suggestion=did_you_mean(str(key), known))
                )
        for key in needed:
            if key not in entry:
                self.wrong(path, lazy("`{key}` is missing", key=key))

    def _one_of(self, path: str, value: Any, known: Sequence[str] | Mapping[str, object]) -> bool:
        if isinstance(value, str) and value in known:
            return True
        self.wrong(
            path,
            lazy("unknown: `{name}`{suggestion}", name=str(value)[:40], suggestion=did_you_mean(str(value), known)),
            lazy("known: {names}", names=", ".join(known)),
        )
        return False

    def _number(self, path: str, value: Any, low: float, high: float, hint: Words | None = None) -> bool:
        if isinstance(value, bool) or not isinstance(value, int | float):
            try:
                number_of(value, path.rpartition(".")[2], share=False)
            except QuantityError as error:
                self.wrong(path, error.message, error.hint)
        elif not (low <= value <= high and abs(value) <= 1e15):
            self.wrong(path, lazy("outside {low:g} … {high:g}", low=low, high=high), hint)
        else:
            return True
        return False


def _one_parameter(details: Mapping[str, Any]) -> set[tuple[str, str]]:
    """Return what a claim about one parameter alone speaks of."""
    first = next((statement.about for statement in details["statements"] if statement), "")
    return {("parameter", first)}


def _computed(conversion: Callable[..., float], inputs: Any) -> float | None:
    if not isinstance(inputs, Mapping) or not all(isinstance(key, str) for key in inputs):
        return None
    try:
        value = conversion(**inputs)
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    return value if isinstance(value, float) and math.isfinite(value) else None


_FIELDS = tuple(entry.name for entry in fields(Claim) if entry.name != "id")
_STATEMENT_FIELDS = tuple(entry.name for entry in fields(Statement))
