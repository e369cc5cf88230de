# SPDX-License-Identifier: MIT
"""How an organisation's own files were read, so that a person checks it."""

from __future__ import annotations

from txsim.language import _
from txsim.language.numbers import number
from txsim.report.document import Fact, Facts, Section
from txsim.report.reading import Result
from txsim.report.words import worded
from txsim.results.panel_data import FileReading, PanelData
from txsim.results.run import Run

#: Reasons of repairs and refusals that are named.
_MOST = 6


def read_facts(reading: FileReading | None) -> list[Fact]:
    """Return how a file was read, at most ten lines."""
    lines = () if reading is None else reading.lines
    return [(_("Read") if i == 0 else "", worded(line)) for i, line in enumerate(lines)]


def own_data(result: Result) -> Section | None:
    """Return how a scenario's own data were read, which its figures rest on."""
    run: Run = result.answer
    facts = read_facts(run.reading)
    return Section("data", _("How your data were read"), (Facts(tuple(facts)),)) if facts else None


def panel_reading(data: PanelData) -> list[Fact]:
    """Return how the files of a panel were read; without a reading what was repaired, refused and taken for granted."""
    if data.reading is not None:
        return read_facts(data.reading)
    facts: list[Fact] = []
    for counts, label in ((data.repaired, _("Repaired")), (data.refused, _("Refused"))):
        most = sorted(counts.items(), key=lambda pair: -pair[1])[:_MOST]
        if most:
            facts.append((label, "; ".join(f"{worded(reason)}: {number(count)}" for reason, count in most)))
    return facts + [(_("Note"), worded(note)) for note in data.notes]
