# SPDX-License-Identifier: MIT
"""What finished pilots measured, as a scenario holds it: read from the log that ``txsim update`` keeps beside it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from txsim.errors import InputError, Problem
from txsim.language import Words, as_message, lazy
from txsim.scenario.fields import Flag, PlainNumber, Text, WholeMonths, refuse
from txsim.scenario.record import Record
from txsim.scenario.record_fields import Faulty, Field, model_validator


class PilotReading(Record):
    """What one finished pilot measured."""

    node: Text = Field(description="node that was measured, for example `ex`, `cx` or `ex[front_line]`")
    points: PlainNumber = Field(description="difference in differences, index points")
    error: PlainNumber = Field(description="its standard error, index points, with what the comparison may miss")
    degrees: PlainNumber = Field(description="degrees of freedom of Student's t")
    randomised: Flag = Field(default=False, description="whether pilot units were drawn at random")
    start: WholeMonths = Field(default=0, description="month in which the pilot started, counted from 0")
    months: WholeMonths = Field(default=0, description="months over which it was measured; 0: as the scenario's pilot")
    drivers: tuple[Text, ...] = Field(default=(), description="names of the drivers that ran; empty: the scenario's")
    apart: PlainNumber = Field(
        default=0.0, description="how far pilot and control units moved apart before its start already, index points"
    )
    bills: PlainNumber | None = Field(default=None, description="share of plan by which its bills ran over it")
    data: Text = Field(default="", description="SHA-256 of the pilot's file, so that no pilot counts twice")

    @model_validator(mode="after")
    def _possible(self) -> PilotReading:
        for key in ("error", "degrees"):
            if not getattr(self, key) > 0:
                refuse(lazy("{key}: {value:g} must be above 0", key=key, value=getattr(self, key)), "", key)
        if self.bills is not None and not self.bills > -1:
            refuse(lazy("bills: {value:g} must be above -1, where there are none", value=self.bills), "", "bills")
        return self


class PilotLog(Record):
    """The pilots that have run."""

    file: Text = Field(default="", description="log beside this file, as `txsim update` writes it")
    entries: tuple[PilotReading, ...] = Field(default=(), max_length=1000, description="what each pilot measured")

    @model_validator(mode="before")
    @classmethod
    def _short(cls, raw: Any) -> Any:
        """Read `pilots: x.pilots.jsonl` as `pilots: {file: x.pilots.jsonl}`."""
        return raw if isinstance(raw, Mapping | PilotLog) else {"file": raw}

    @model_validator(mode="after")
    def _something(self) -> PilotLog:
        if not self.file and not self.entries:
            refuse(lazy("expected the name of a log, as in `pilots: service_desk.pilots.jsonl`"))
        return self


def log_beside(scenario: Path) -> Path:
    """Return where `txsim update` keeps the log of a scenario's pilots."""
    return scenario.with_name(f"{scenario.stem}.pilots.jsonl")


def entry_of_line(entry: Mapping[str, Any]) -> PilotReading:
    """Return the reading of one line of a log; ``ValueError``, ``KeyError`` or ``TypeError`` if it is none."""
    return PilotReading.model_validate({**entry["likelihood"], "data": entry.get("data", "")})


def read_log(path: Path) -> list[dict[str, Any]]:
    """Return the entries of a log, oldest first; empty without one.

    Raises :class:`InputError` if it cannot be read, or a line is no entry.
    """
    return [entry for _, entry in _lines_of(path)] if os.path.lexists(path) else []


def _lines_of(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield each entry of a log with its line."""
    from txsim.scenario.files import text_of

    for line, text in enumerate(text_of(path, str(path), lazy("a log of pilots")).splitlines(), 1):
        if not text.strip():
            continue
        try:
            entry = json.loads(text)
            entry_of_line(entry)
        except Faulty as error:
            raise InputError([_fault(finding, str(path), line) for finding in error.findings]) from None
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            hint = lazy(
                "the file is written by `txsim update` alone; what you write by hand stands under "
                "`pilots: {{entries: […]}}` in the scenario"
            )
            raise InputError(
                Problem(lazy("this is no entry of a log of pilots"), file=str(path), line=line, hint=hint)
            ) from None
        yield line, entry


def _fault(finding: Mapping[str, Any], file: str, line: int) -> Problem:
    """Return what is wrong with one key of an entry."""
    context = finding["ctx"]
    key = ".".join(str(step) for step in (*finding["loc"], context.get("key", "")) if step != "")
    said = lazy("is needed and not given") if finding["type"] == "missing" else lazy("unknown key")
    fault = lazy("{key}: {fault}", key=key, fault=context.get("message") or said)
    hint = context.get("hint")
    message = lazy("this is no entry of a log of pilots: {fault}", fault=fault)
    return Problem(message, file, line, path=key, hint=as_message(hint) if hint else None)


def with_entries(
    log: PilotLog, folder: str, fits: Callable[[PilotReading], Iterator[tuple[str, Words, Words]]]
) -> PilotLog:
    """Return a log with what its file holds.

    ``folder``: folder of the file that names it, which the log may not leave, links followed. ``fits``: yields the key,
    what is wrong and a hint of what a reading names and the scenario does not have. Raises :class:`InputError` if the
    file lies outside, is missing, holds nothing, what is no entry, or one that does not fit.
    """
    path = os.path.join(folder, log.file)
    top, real = os.path.realpath(folder), os.path.realpath(path.replace("\0", ""))
    if "\0" in log.file or os.path.isabs(log.file) or os.path.commonpath([top, real]) != top:
        raise InputError(Problem(lazy("`{file}` lies outside the folder of this file", file=log.file[:60])))
    if not os.path.lexists(path):
        raise InputError(
            Problem(
                lazy("there is no file `{path}`", path=path), hint=lazy("`txsim update` writes it when a pilot has run")
            )
        )
    readings = [(line, entry_of_line(entry)) for line, entry in _lines_of(Path(path))]
    if not readings:
        raise InputError(
            Problem(lazy("`{path}` holds no pilot", path=path), hint=lazy("leave `pilots` out until one has run"))
        )
    wrong = [
        Problem(as_message(message), path, line, path=key, hint=as_message(hint))
        for line, reading in readings
        for key, message, hint in fits(reading)
    ]
    if wrong:
        raise InputError(wrong)
    return PilotLog(file=log.file, entries=tuple(reading for _, reading in readings))
