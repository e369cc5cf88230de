# SPDX-License-Identifier: MIT
"""A pilot's decision rule as a file that stands before the data: words, date, hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from txsim.cachedir import write_atomic
from txsim.errors import InputError, Problem

__all__ = ["save_rule"]


def save_rule(path: Path, result: Mapping[str, Any]) -> dict[str, Any]:
    """Write a decision rule, once.

    Parameters
    ----------
    path
        The file. If the same rule stands there already, it keeps its date.
    result
        What `txsim pilot` found: the rule in words and in figures, and the hashes of scenario and calibration.

    Returns
    -------
    dict
        What stands in the file: ``rule, rule_details, scenario, scenario_hash, calibration, seed, draws, date, hash``;
        the hash is the SHA-256 of all of it but itself, keys sorted, without spaces.

    Raises
    ------
    InputError
        If another rule, or anything else, stands in the file: a rule that can be replaced after the data are seen is
        none.
    """
    told: dict[str, Any] = {
        "rule": result["rule"],
        "rule_details": result["rule_details"],
        "scenario": result["scenario"],
        "scenario_hash": result["hash"],
        "calibration": result["calibration"],
        "seed": result["seed"],
        "draws": result["draws"],
    }
    if path.exists():
        try:
            before = json.loads(path.read_text(encoding="utf-8"))
            same = {key: before[key] for key in told} == json.loads(json.dumps(told))
        except (OSError, ValueError, KeyError, TypeError):
            before, same = {}, False
        if same:
            return dict(before)
        date = before.get("date", "earlier") if isinstance(before, dict) else "earlier"
        message = f"another rule stands here since {date}; a rule is fixed before the data are seen"
        raise InputError(Problem(message, file=str(path), hint="choose another file, and keep this one"))
    if not path.parent.is_dir():
        raise InputError(Problem("there is no such folder", file=str(path.parent)))
    told["date"] = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    told["hash"] = hashlib.sha256(json.dumps(told, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
    write_atomic(path, (json.dumps(told, indent=1, ensure_ascii=False) + "\n").encode())
    return told
