# SPDX-License-Identifier: MIT
"""A pilot's decision rule as a file that stands before the data: words, date, hash."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from txsim.cachedir import write_atomic
from txsim.errors import InputError, Problem
from txsim.files import json_of
from txsim.language import lazy
from txsim.results.codec import plain
from txsim.results.pilot import Design, Pilot, proposed

#: Bytes that a decision rule may have.
_MOST_BYTES = 1_000_000
#: What makes a pilot the one that a rule is of.
_DESIGN = ("months", "scope", "respondents", "control")


@dataclass(frozen=True)
class SavedRule:
    """A decision rule as it stands in its file."""

    details: Mapping[str, Any]  #: The rule itself as it was written, keys as of :class:`~txsim.results.pilot.Rule`.
    #: ``node``, ``unit``: What is read, and what one unit of it is called; empty where the file does not say.
    node: str
    unit: str
    #: ``threshold``, ``step``: Reading from which the driver is scaled, in units of the measure, and what it is a
    #: multiple of; ``None`` where the survey is not asked for.
    threshold: float | None
    step: float | None
    rises: bool  #: Whether scaling needs a rise.
    by_unit: bool  #: Whether units are compared; else the whole firm is read.
    #: Share of plan by which the bills may run over it; ``None`` where they are not asked for.
    overrun_limit: float | None
    always: Literal["scale", "stop"] | None  #: ``scale`` or ``stop`` where nothing is asked for.
    sealed: bool  #: Whether the file has the hash of its own text: without it nobody can tell whether it was changed.
    scenario_hash: str  #: Of the scenario that it was saved for; empty where the file does not say.
    #: The pilot that it is of, as far as the file says: ``months, scope, respondents, control``.
    design: Mapping[str, float]
    #: The rule of the pilot as the scenario states it, where the file holds that of a better design; else ``None``.
    stated: SavedRule | None = None


def _seal(content: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a rule's file without its own hash: keys sorted, no spaces."""
    sealed = {key: value for key, value in content.items() if key != "hash"}
    return hashlib.sha256(json.dumps(sealed, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def read_rule(path: Path) -> SavedRule:
    """Read a decision rule and check that it is the one that was saved.

    Raises :class:`InputError` if the file holds no rule, or was changed after it was saved.
    """
    try:
        content = json_of(path, str(path), _MOST_BYTES, lazy("a decision rule"))
        rule = _rule(content, content)
        if isinstance(content.get("stated"), dict):
            rule = replace(rule, stated=_rule(content["stated"], content))
    except InputError:
        raise
    except (OSError, ValueError, TypeError, AttributeError):
        raise InputError(
            Problem(lazy("this is no decision rule as `txsim pilot --out` saves it"), file=str(path))
        ) from None
    if content.get("hash") and content["hash"] != _seal(content):
        message = lazy("the rule was changed after it was saved: its hash is that of another text")
        raise InputError(Problem(message, file=str(path), hint=lazy("a rule is fixed before the data are seen")))
    return rule


def _rule(part: Mapping[str, Any], content: Mapping[str, Any]) -> SavedRule:
    """Return the rule that a part of a file holds; ``TypeError`` or ``ValueError`` if it holds none."""
    details = part.get("rule_details", part.get("details", part))
    if not isinstance(details, dict):
        raise TypeError
    asked = [details.get(key) for key in ("threshold", "overrun_limit")]
    always = details.get("always")
    if always not in (None, "scale", "stop") or (asked == [None, None] and always is None):
        raise ValueError
    threshold, limit = (None if value is None else float(value) for value in asked)
    step = details.get("step")
    stated = part.get("design")
    if not isinstance(stated, dict):
        stated = details
    return SavedRule(
        details=details,
        node=str(details.get("node") or ""),
        unit=str(details.get("unit") or ""),
        threshold=threshold,
        step=float(step) if step else None,
        rises=bool(details.get("rises", True)),
        by_unit=bool(details.get("by_unit", True)),
        overrun_limit=limit,
        always=always,
        sealed=bool(content.get("hash")),
        scenario_hash=str(content.get("scenario_hash") or ""),
        design={key: stated[key] for key in _DESIGN if isinstance(stated.get(key), int | float)},
    )


def _design(design: Design) -> dict[str, Any]:
    return {key: plain(getattr(design, key)) for key in _DESIGN}


def save_rule(path: Path, result: Pilot) -> dict[str, Any]:
    """Write a decision rule, once.

    ``path``: the file. If the same rule stands there already, it keeps its date. ``result``: what `txsim pilot`
    answers; the words of the rule are saved in English, as everything in JSON.

    Returns what stands in the file: ``rule, rule_details, design, scenario, scenario_hash, calibration, seed, draws,
    date, hash``; ``design`` is the pilot that it is of, ``months, scope, respondents, control``; where that is not the
    stated one, ``stated`` holds ``rule, rule_details, design`` of the stated one, too; the hash is the SHA-256 of all
    of it but itself, keys sorted, without spaces. Raises InputError if another rule, or anything else, stands in the
    file: a rule that can be replaced after the data are seen is none.
    """
    rule: dict[str, Any] = {
        "rule": plain(result.rule),
        "rule_details": plain(result.rule_details),
        "design": _design(proposed(result.stated, result.best_design)),
        "scenario": result.scenario,
        "scenario_hash": result.hash,
        "calibration": result.calibration,
        "seed": result.seed,
        "draws": result.draws,
    }
    if result.stated_rule_details is not None:
        own = {"rule": plain(result.stated_rule), "rule_details": plain(result.stated_rule_details)}
        rule["stated"] = own | {"design": _design(result.stated)}
    if os.path.lexists(path):
        try:
            before = json_of(path, str(path), _MOST_BYTES, lazy("a decision rule"))
            same = {key: before[key] for key in rule} == json.loads(json.dumps(rule))
        except (OSError, ValueError, KeyError, TypeError):
            before, same = {}, False
        if same:
            return dict(before)
        date = before.get("date", "earlier") if isinstance(before, dict) else "earlier"
        message = lazy("another rule stands here since {date}; a rule is fixed before the data are seen", date=date)
        raise InputError(Problem(message, file=str(path), hint=lazy("choose another file, and keep this one")))
    rule["date"] = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    rule["hash"] = _seal(rule)
    write_atomic(path, (json.dumps(rule, indent=1, ensure_ascii=False) + "\n").encode())
    return rule
