# SPDX-License-Identifier: MIT
"""The record of a scenario's pilots, as ``txsim update`` keeps it: which have run, and how one more is added."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from txsim.cachedir import write_atomic
from txsim.panel.reader.sheets import data_content
from txsim.scenario import Scenario
from txsim.scenario.pilot_log import log_beside, read_log


def log_path(scenario: Path, stated: str = "") -> Path:
    """Return the scenario's log of pilots: the one that it names, else the one beside it."""
    return scenario.parent / stated if stated else log_beside(scenario)


@dataclass(frozen=True)
class Record:
    """The scenario's log: its file, what it says of other pilots, and whether this one stands there already.

    ``digest`` names this pilot's data.
    """

    path: Path
    entries: list[dict[str, Any]]
    digest: str
    repeated: bool

    def append(self, scenario: str, likelihood: Mapping[str, Any], measured: Any, choice: str) -> None:
        """Append this pilot to the log, whole or not at all.

        ``likelihood``: what it measured, as :class:`txsim.scenario.pilot_log.PilotReading` has it, with its caveats.
        """
        entry = {
            "at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            "scenario": scenario,
            "data": self.digest,
            "likelihood": dict(likelihood),
            "measured": measured,
            "decision": choice,
        }
        text = self.path.read_text("utf-8") if self.path.exists() else ""
        text += "" if text.endswith("\n") or not text else "\n"
        write_atomic(self.path, (text + json.dumps(entry, ensure_ascii=False) + "\n").encode())


def record_of(scenario: Scenario, pilot: Path, *, read: bool) -> Record:
    """Return the record of a scenario's pilots beside the file of one more; empty unless it is to be read."""
    path = log_path(Path(scenario.source), scenario.pilots.file if scenario.pilots is not None else "")
    digest = hashlib.sha256(data_content(pilot)).hexdigest()
    entries = read_log(path) if read else []
    others = [entry for entry in entries if entry.get("data") != digest]
    return Record(path, others, digest, len(others) < len(entries))
