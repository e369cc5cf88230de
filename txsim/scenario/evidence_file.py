# SPDX-License-Identifier: MIT
"""Claims written into a file of evidence, as ``--evidence`` reads it: what stands there stays, comments included."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from txsim.cachedir import whole_file
from txsim.errors import InputError, Problem
from txsim.evidence import designs
from txsim.evidence.claims import library, read_claims
from txsim.language import lazy
from txsim.scenario.claim_targets import beyond_sense
from txsim.scenario.editing import block_text, with_entry
from txsim.scenario.files import text_of
from txsim.scenario.loader import load_beliefs
from txsim.scenario.yaml_reader import read_text

_HEAD = "# Claims of our own: `txsim run SCENARIO --evidence THIS_FILE`, or copy `add` under a scenario's `evidence`.\n"


def add_claims(path: Path, claims: Mapping[str, Mapping[str, Any]]) -> None:
    """Add claims to a file of evidence, which is made if there is none; all or none.

    ``claims``: fields of each claim by id, as in the library. Raises InputError if the file cannot be read, an id is
    taken already, or a claim is faulty or speaks of what the graph lacks; StoreError if the file cannot be written.
    """
    for name, i, message, hint in beyond_sense(read_claims(claims, designs())):
        raise InputError(Problem(message, file=str(path), path=f"add.{name}.statements.{i}", hint=hint))
    text = text_of(path, str(path)) if os.path.lexists(path) else ""
    data = read_text(text, str(path)).data if text.strip() else None
    headed = isinstance(data, dict) and "evidence" in data
    inside = data.get("evidence") if isinstance(data, dict) and headed else data
    there = (inside.get("add") if isinstance(inside, dict) else None) or {}
    for name in claims:
        if name in there:
            message = lazy("the file has a claim `{name}` already", name=name)
            raise InputError(Problem(message, file=str(path), path=f"add.{name}", hint=lazy("choose another id")))
        if name in library():
            message = lazy("the library has a claim `{name}` already", name=name)
            raise InputError(Problem(message, path=name, hint=lazy("choose another id")))
    for name, entry in claims.items():
        if data is None:
            data = {}
            written = block_text({"add": {name: dict(entry)}})
            text = f"{text or _HEAD}{'' if text.endswith(chr(10)) or not text else chr(10)}{written}"
            continue
        text = with_entry(text, ("evidence", "add") if headed else ("add",), name, entry, str(path))
    with whole_file(path) as temporary:
        temporary.write_bytes(text.encode())
        load_beliefs(evidence=temporary)
