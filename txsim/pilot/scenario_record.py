# SPDX-License-Identifier: MIT
"""The record of a scenario's pilots, as ``txsim update`` keeps it: which have run, and how one more is added."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any

from txsim.cachedir import write_atomic
from txsim.errors import InputError, Problem
from txsim.language import Figure, lazy
from txsim.panel.reader.sheets import data_content
from txsim.scenario import Scenario
from txsim.scenario.pilot_log import log_beside, read_log

#: By what one pilot is told from another, and what an entry is that does not say it.
_PILOT = ("node", "start", "months", "drivers")
_UNSAID = {"node": "", "start": 0, "months": 0, "drivers": []}


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
    replaces: bool  #: Whether it takes the place of another reading, so that the file is written anew.

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
        if self.replaces:
            text = "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in self.entries)
        text += "" if text.endswith("\n") or not text else "\n"
        write_atomic(self.path, (text + json.dumps(entry, ensure_ascii=False) + "\n").encode())


def record_of(
    scenario: Scenario, pilot: Path, likelihood: Mapping[str, Any], measured: Any, *, read: bool, again: bool | None
) -> Record:
    """Return the record of a scenario's pilots beside the file of one more; empty unless it is to be read.

    Parameters
    ----------
    scenario, pilot
        The scenario, and the file of one pilot more.
    likelihood, measured
        What it measured, as the log keeps it.
    read
        Whether there is a log.
    again
        Whether it takes the place of another reading of the same pilot, or counts beside it as a pilot of its own.

    Raises
    ------
    InputError
        If the same pilot, or the same figures, stand in the log in another way and ``again`` does not say which holds.
    """
    path = log_path(Path(scenario.source), scenario.pilots.file if scenario.pilots is not None else "")
    digest = hashlib.sha256(data_content(pilot)).hexdigest()
    entries = read_log(path) if read else []
    repeated = [each for each in entries if each.get("data") == digest and _alike(each["likelihood"], likelihood)]
    others = [each for each in entries if each not in repeated]
    pilot_of = itemgetter(*_PILOT)
    rivals = [
        each
        for each in others
        if pilot_of({**_UNSAID, **each["likelihood"]}) == pilot_of(likelihood)
        or (each.get("data") == digest and _alike(each.get("measured"), measured))
    ]
    if repeated or not rivals or again is False:
        return Record(path, others, digest, bool(repeated), replaces=False)
    if again is None:
        stands = rivals[-1]["likelihood"]
        message = lazy(
            "the log holds another reading of this pilot: `{node}` {points} ± {error} index points in entry {n}, now "
            "`{node2}` {points2} ± {error2}",
            node=stands["node"], points=_points(stands["points"]), error=_points(stands["error"]),
            n=entries.index(rivals[-1]) + 1,
            node2=likelihood["node"], points2=_points(likelihood["points"]), error2=_points(likelihood["error"]),
        )  # fmt: skip
        hint = lazy("say --again if this one takes its place, --another if it is of another pilot and counts beside it")
        raise InputError(Problem(message, file=str(path), hint=hint))
    return Record(path, [each for each in others if each not in rivals], digest, repeated=False, replaces=True)


def _points(value: float) -> Figure:
    return Figure(value, "number", digits=2)


def _alike(one: Any, other: Any) -> bool:
    """Whether two readings say the same, figures to the last digits that processors share."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_alike(one[key], other[key]) for key in one)
    if isinstance(one, float | int) and isinstance(other, float | int):
        return math.isclose(one, other, rel_tol=1e-9)
    return bool(one == other)
