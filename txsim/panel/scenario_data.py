# SPDX-License-Identifier: MIT
"""What a scenario's own data add to its calibration, kept by the hash of the data for warm runs."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from txsim.cachedir import cache_dir, read_checked, write_checked
from txsim.errors import InputError, Problem, StoreError
from txsim.files import inside
from txsim.language import joined
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

__all__ = ["ABOUT", "data_warnings", "digest_of", "evidence_of_panel", "panels_of", "spec_text_of"]


#: Changes whenever the panel model does.
VERSION = 6
#: Changes whenever files are read otherwise: what was kept of an older reading is not used.
READING = 2
#: What a panel of EX and CX informs: slope there, slope back, lag.
ABOUT = ("ex_cx", "cx_ex", "lag_people")


def digest_of(paths: list[Path], spec_text: str) -> str:
    """Return the SHA-256 of data files and of how they are read."""
    found = hashlib.sha256(f"{VERSION}\n{spec_text}".encode())
    for path in paths:
        found.update(hashlib.sha256(data_content(path)).digest())
    return found.hexdigest()


def spec_text_of(path: Path | None) -> str:
    """Return the text of a spec, as it enters a digest; empty without one."""
    return "" if path is None else text_of(path, str(path))


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

    Raises
    ------
    InputError
        If a file is missing or unreadable, or the data cannot say anything.
    """
    places = _places(scenario)
    if places is None:
        return ()
    path, spec_path = places
    digest = digest_of(data_files(path), spec_text_of(spec_path))
    kept = _kept(digest)
    if kept is None:
        from txsim.panel.likelihood.outcomes import read_outcomes
        from txsim.panel.likelihood.standardisation import prepare
        from txsim.panel.pilot_shift import without_pilot
        from txsim.scenario import locate

        if progress is not None:
            progress("reading your data and what they say about EX and CX", None)
        panel, _, spec = _panel(path, spec_path)
        panel, _, _ = without_pilot(panel, spec)
        prepared = prepare(panel, spec)
        kept = summarise(panel, prepared, digest, read_outcomes(panel, spec))
        if not kept:
            reason = joined("; ", prepared.cannot).english()
            raise InputError(
                locate(
                    scenario, ("data",), f"the data cannot say anything about EX and CX: {reason}", "leave `data` out"
                )
            )
    return kept


def data_warnings(scenario: Scenario) -> tuple[Problem, ...]:
    """Read a scenario's `data` as a forecast would, without weighing them; return what is said of them.

    Raises
    ------
    InputError
        If a file is missing or unreadable, or is no panel.
    """
    places = _places(scenario)
    if places is None:
        return ()
    _, report, _ = _panel(*places)
    return tuple(Problem(warning, file=str(places[0])) for warning in report.warnings)


def _panel(path: Path, spec_path: Path | None) -> tuple[Panel, DataReport, LinkSpec]:
    from txsim.panel.reader.cleaning import read_panel
    from txsim.panel.reader.link_spec import read_spec

    spec: LinkSpec = read_spec(spec_path)
    panel, report = read_panel(path, spec)
    return panel, report, spec


def _places(scenario: Scenario) -> tuple[Path, Path | None] | None:
    """Return the files of a scenario's `data` and of how they are read, both inside the folder of what names them."""
    told = scenario.data
    if told is None:
        return None
    from txsim.scenario import locate

    here = locate(scenario, ("data",), "").file
    folder = Path(scenario.source if here is None or here.startswith("--") else here).parent
    for name in (told.file, told.spec):
        path = folder / name
        if not name:
            continue
        if "\0" in name or Path(name).is_absolute() or not inside(path, folder):
            raise InputError(locate(scenario, ("data",), f"`{name[:80]}` lies outside the folder of this file"))
        if not os.path.exists(path):  # pathlib raises where a name is too long
            raise InputError(locate(scenario, ("data",), f"there is no file `{str(path)[:200]}`"))
    return folder / told.file, folder / told.spec if told.spec else None


def summarise(
    panel: Panel, prepared: Prepared, digest: str, outcomes: Sequence[Outcome], along: Any = None
) -> tuple[PanelEvidence, ...]:
    """Return the summaries of a panel, EX with CX and CX with each financial outcome, and keep them under its digest.

    Empty where the data cannot say anything.
    """
    from txsim.panel.likelihood.lag_path import path as lag_path
    from txsim.panel.likelihood.robustness import widening

    found = []
    if not prepared.cannot:
        along = along or lag_path(prepared.data, prepared.phi)
        found.append(evidence_of_panel(panel, prepared, along, digest, widening(panel, prepared, along)[0]))
    found += [told for told in (outcome.evidence(digest) for outcome in outcomes) if told is not None]
    if found:
        content = json.dumps([asdict(each) for each in found]).encode()
        with contextlib.suppress(StoreError):
            write_checked(cache_dir("panels") / f"{digest}.{READING}.json", content)
    return tuple(found)


def _kept(digest: str) -> tuple[PanelEvidence, ...] | None:
    try:
        content = read_checked(cache_dir("panels") / f"{digest}.{READING}.json")
    except StoreError:
        return None
    if content is None:
        return None
    return tuple(_read(told) for told in json.loads(content))


def _read(told: dict[str, Any]) -> PanelEvidence:
    tuples = {name: tuple(told[name]) for name in ("ratio", "phi", "evidence")}
    pairs: dict[str, Any] = {name: tuple(tuple(row) for row in told[name]) for name in ("mean", "precision_root")}
    return PanelEvidence(**{**told, **tuples, **pairs})
