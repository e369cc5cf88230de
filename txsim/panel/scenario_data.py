# SPDX-License-Identifier: MIT
"""What a scenario's own data add to its calibration, kept by the hash of the data for warm runs."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from txsim.cachedir import cache_dir, read_checked, write_checked
from txsim.errors import InputError, Problem, StoreError
from txsim.files import inside
from txsim.language import Message, as_message, joined, lazy
from txsim.panel.likelihood.term import PanelEvidence
from txsim.panel.reader.sheets import data_content
from txsim.panel.reader.tables import data_files
from txsim.scenario.files import text_of
from txsim.types import Progress

if TYPE_CHECKING:
    from txsim.panel.likelihood.outcomes import Outcome
    from txsim.panel.likelihood.standardisation import Prepared
    from txsim.panel.reader.data_report import DataReport
    from txsim.panel.reader.link_spec import LinkSpec
    from txsim.panel.reader.panel import Panel
    from txsim.scenario import Scenario

#: Changes whenever the panel model does.
VERSION = 10
#: Changes whenever files are read otherwise: what was kept of an older reading is not used.
READING = 22
#: What a panel of EX and CX informs: slope there, slope back, lag.
ABOUT = ("ex_cx", "cx_ex", "lag_people")
#: Marks a message among what is kept.
_MESSAGE = "=message"


def digest_of(paths: Iterable[Path], spec: Path | LinkSpec | None) -> str:
    """Return the SHA-256 of the data under some paths and of how they are read: the text of a file, or what it says."""
    text = "" if spec is None else text_of(spec, str(spec)) if isinstance(spec, Path) else spec.model_dump_json()
    hasher = hashlib.sha256(f"{VERSION}\n{text}".encode())
    for file in (file for path in paths for file in data_files(path)):
        hasher.update(hashlib.sha256(data_content(file)).digest())
    return hasher.hexdigest()


def ratio_of(panel: Panel, sd: Any) -> tuple[float, float]:
    """Return what one unit of each slope of the catalogue is in the panel's standard deviations.

    Slopes of the catalogue are points of a mean score per point of a mean score. On a scale that is not known, one
    between-unit sd of one series is taken to be worth as many points as one of the other.
    """
    if panel.raw:
        return (1.0, 1.0)
    measure = panel.sd_ratio[1] / panel.sd_ratio[0]
    there = measure * float(sd[0]) / float(sd[1])
    return (there, 1.0 / there)


def evidence_of_panel(
    panel: Panel, prepared: Prepared, along: Any, digest: str, widen: tuple[float, float]
) -> PanelEvidence:
    """Return the summary of a panel for the evidence model."""
    from txsim.panel.likelihood.term import evidence_of

    forth, back, lag = ABOUT
    return evidence_of(
        along,
        forth=forth,
        back=back,
        lag=lag,
        period_months=prepared.period_months,
        ratio=ratio_of(panel, prepared.sd),
        data=digest,
        widen=widen,
    )


def panels_of(scenario: Scenario, progress: Progress | None = None) -> tuple[PanelEvidence, ...]:
    """Return what a scenario's `data` say; empty without.

    Raises :class:`InputError` if a file is missing or unreadable, or the data cannot say anything.
    """
    files = _files_of(scenario)
    if files is None:
        return ()
    kept = _kept(files.digest)
    if kept is not None:
        return kept[0]
    if progress is not None:
        progress(lazy("reading your data and what they say about EX and CX"), None)
    panel, prepared, spec, report = _read_files(files)
    return _said(scenario, files, panel, prepared, spec, reading_by_name(report))


def reading_of(scenario: Scenario) -> dict[str, Any] | None:
    """Return how a scenario's `data` are read, as :class:`~txsim.results.panel_data.FileReading`; ``None`` without.

    Raises :class:`InputError` as :func:`panels_of` does.
    """
    files = _files_of(scenario)
    if files is None:
        return None
    kept = _kept(files.digest)
    if kept is None:
        return reading_by_name(_read_files(files)[3])
    # The same data may stand under another name than the one under which they were kept.
    reading, name = kept[1], files.path.name
    first, *lines = reading["lines"]
    first = replace(first, params=tuple((key, name if key == "file" else value) for key, value in first.params))
    return {**reading, "file": name, "lines": [first, *lines]}


def look_at(scenario: Scenario) -> tuple[tuple[str, ...], tuple[Problem, ...]]:
    """Read a scenario's `data` as a forecast would; return the reading in lines, and what a person should look at.

    What a run would refuse is refused here, without fitting what need not be fitted for that.

    Raises :class:`InputError` as :func:`panels_of` does.
    """
    files = _files_of(scenario)
    if files is None:
        return (), ()
    panel, prepared, spec, report = _read_files(files)
    reading = reading_by_name(report)
    if prepared.cannot:  # then only a financial outcome can say something, which a fit tells
        _said(scenario, files, panel, prepared, spec, reading)
    problems = tuple(Problem(as_message(warning), file=str(files.path)) for warning in report.warnings)
    return tuple(str(line) for line in reading["lines"]), problems


def naming(scenario: Scenario, panel: Path | None, spec: Path | None = None) -> tuple[Scenario, Path, Path | None]:
    """Return a scenario that names a panel, with the files of the panel and of how it is read.

    ``panel``, ``spec``: the panel, and how it is read; by default what the scenario names. Raises :class:`InputError`
    at its place in the scenario, if it names another panel or another reading of it, none is named at all, or the panel
    does not lie where a scenario can name it: in its own folder or below.
    """
    from txsim.scenario import folder_of, locate
    from txsim.scenario.beliefs import DataFile

    places = _places(scenario)
    if places is not None:
        for given, own, what in (
            (panel, places[0], lazy("the scenario names another panel")),
            (spec, places[1], lazy("the scenario reads the panel by another spec")),
        ):
            if given is not None and (
                own is None or not own.exists() or os.path.realpath(given) != os.path.realpath(own)
            ):
                message = lazy("{what}: `{name}`", what=what, name=str(own.name if own else "–"))
                raise InputError(locate(scenario, ("data",), message, lazy("name that one, or change `data`")))
        return scenario, *places
    if panel is None:
        message = lazy("the scenario names no panel")
        raise InputError(
            locate(scenario, (), message, lazy("name one: txsim link PANEL --scenario …, or `data:` in it"))
        )
    folder = folder_of(scenario, ("data",))
    names = []
    for path in (panel, spec):
        if path is None:
            names.append("")
            continue
        if not os.path.exists(path):
            raise InputError(Problem(lazy("there is no file `{path}`", path=str(path)[:200])))
        if not inside(path, folder):
            message = lazy("`{name}` lies outside the folder of the scenario, which so cannot name it", name=path.name)
            raise InputError(locate(scenario, (), message, lazy("put it beside the scenario")))
        names.append(os.path.relpath(os.path.realpath(path), os.path.realpath(folder)))
    scenario = scenario.replaced(data=DataFile(file=names[0], spec=names[1]))
    return scenario, panel, spec


@dataclass(frozen=True)
class _Files:
    """The data of a scenario: its file or folder, how it is read, and the hash of both."""

    path: Path
    spec: Path | None
    digest: str


def _files_of(scenario: Scenario) -> _Files | None:
    places = _places(scenario)
    if places is None:
        return None
    path, spec = places
    return _Files(path, spec, digest_of([path], spec))


def _read_files(files: _Files) -> tuple[Panel, Prepared, LinkSpec, DataReport]:
    """Return the panel, as read and as the model reads it, the spec, and what was done to the files."""
    from txsim.panel.likelihood.standardisation import prepare
    from txsim.panel.pilot_shift import without_pilot
    from txsim.panel.reader.cleaning import read_panel
    from txsim.panel.reader.link_spec import read_spec

    spec: LinkSpec = read_spec(files.spec)
    panel, report = read_panel(files.path, spec)
    panel, _, _ = without_pilot(panel, spec)
    return panel, prepare(panel, spec), spec, report


def reading_by_name(report: DataReport) -> dict[str, Any]:
    """Return the reading of a file by its name alone: the folder that it stood in is nobody else's business."""
    return replace(report, files=tuple(Path(file).name for file in report.files)).reading()


def _said(
    scenario: Scenario, files: _Files, panel: Panel, prepared: Prepared, spec: LinkSpec, reading: dict[str, Any]
) -> tuple[PanelEvidence, ...]:
    """Return what the data say; refuse them if that is nothing."""
    from txsim.panel.likelihood.outcomes import read_outcomes
    from txsim.scenario import locate

    outcomes = read_outcomes(panel, spec)
    evidence = summarise(panel, prepared, files.digest, outcomes, reading)
    if not evidence:
        reason = joined("; ", [*prepared.cannot, *(each.held_back for each in outcomes if each.held_back)])
        message = lazy("the data cannot say anything about EX and CX: {reason}", reason=reason)
        raise InputError(locate(scenario, ("data",), message, lazy("leave `data` out")))
    return evidence


def _places(scenario: Scenario) -> tuple[Path, Path | None] | None:
    """Return the files of a scenario's `data` and of how they are read, both inside the folder of what names them."""
    data = scenario.data
    if data is None:
        return None
    from txsim.scenario import folder_of, locate

    folder = folder_of(scenario, ("data",))
    for name in (data.file, data.spec):
        path = folder / name
        if not name:
            continue
        if "\0" in name or Path(name).is_absolute() or not inside(path, folder):
            raise InputError(
                locate(scenario, ("data",), lazy("`{name}` lies outside the folder of this file", name=name[:80]))
            )
        if not os.path.exists(path):  # pathlib raises where a name is too long
            raise InputError(locate(scenario, ("data",), lazy("there is no file `{path}`", path=str(path)[:200])))
    return folder / data.file, folder / data.spec if data.spec else None


def summarise(
    panel: Panel,
    prepared: Prepared,
    digest: str,
    outcomes: Sequence[Outcome],
    reading: dict[str, Any],
    along: Any = None,
    over: Any = None,
) -> tuple[PanelEvidence, ...]:
    """Return the summaries of a panel, EX with CX and CX with each financial outcome; keep them with the reading.

    Empty where the data cannot say anything. ``along`` and ``over`` are from
    :func:`txsim.panel.likelihood.lag_path.over_noise`, where they are known already.
    """
    from txsim.panel.likelihood.lag_path import over_noise
    from txsim.panel.likelihood.lag_path import path as lag_path
    from txsim.panel.likelihood.robustness import widening

    evidence = []
    if not prepared.cannot:
        if along is None:
            prepared, along, over = over_noise(prepared, lag_path(prepared.data, prepared.phi))
        evidence.append(evidence_of_panel(panel, prepared, over, digest, widening(panel, prepared, along)[0]))
    evidence += [summary for summary in (outcome.evidence(digest) for outcome in outcomes) if summary is not None]
    if evidence:
        # what is read and yet left out is told where it is told how the data were read
        reading = {**reading, "lines": [*reading["lines"], *(each.held_back for each in outcomes if each.held_back)]}
        content = json.dumps(
            {"evidence": [asdict(each) for each in evidence], "reading": reading}, default=_data
        ).encode()
        with contextlib.suppress(StoreError):
            write_checked(cache_dir("panels") / f"{digest}.{READING}.json", content)
    return tuple(evidence)


def _kept(digest: str) -> tuple[tuple[PanelEvidence, ...], dict[str, Any]] | None:
    try:
        content = read_checked(cache_dir("panels") / f"{digest}.{READING}.json")
    except StoreError:
        return None
    if content is None:
        return None
    kept = json.loads(content, object_hook=_message)
    return tuple(_read(record) for record in kept["evidence"]), kept["reading"]


def _data(value: object) -> Any:
    """Return what JSON does not know as data: words as a message, which is worded where it is read."""
    return {_MESSAGE: value.to_json()} if isinstance(value, Message) else str(value)


def _message(data: dict[str, Any]) -> Any:
    return Message.from_json(data[_MESSAGE]) if _MESSAGE in data else data


def _read(record: dict[str, Any]) -> PanelEvidence:
    tuples = {name: tuple(record[name]) for name in ("ratio", "phi", "evidence")}
    pairs: dict[str, Any] = {name: tuple(tuple(row) for row in record[name]) for name in ("mean", "precision_root")}
    return PanelEvidence(**{**record, **tuples, **pairs})
