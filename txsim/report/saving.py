# SPDX-License-Identifier: MIT
"""What was computed as files: a folder as ``--out`` writes it, or a report where the name ends as one."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from txsim.cachedir import made_folder, write_atomic
from txsim.errors import InputError, Problem, did_you_mean
from txsim.forecast import Forecast
from txsim.language import lazy
from txsim.report.compose import compose
from txsim.report.files import as_json, write_link, write_result
from txsim.report.output import FORMATS, write_report
from txsim.report.reading import result_from, result_of
from txsim.report.terminal import as_text
from txsim.results.codec import Result
from txsim.results.link import Link

#: How the ending of a file looks that somebody wants, rather than a folder of that name.
_FILE = re.compile(r"[a-z]{2,5}")


def save(result: Forecast | Result, path: str | os.PathLike[str]) -> Path:
    """Write what was computed as the command line does.

    ``result``: a forecast, or what :func:`txsim.compare`, ``link``, ``whatif``, ``sensitivity`` or ``pilot`` returned.
    ``path``: a folder, as ``--out`` takes one (made if needed), or a report: ``.html``, ``.pdf``, ``.md``; of a
    forecast or a comparison also ``.xlsx`` and ``.pptx``. Returns what was written. Raises InputError if it is no
    result, the ending is that of no report, the folder cannot be made, or the result cannot be told in this form;
    StoreError if a file cannot be written.
    """
    target = Path(path)
    ending = target.suffix.lower().lstrip(".")
    reports = ending in FORMATS
    if not reports and _FILE.fullmatch(ending) and not target.is_dir():
        message = lazy(
            "`.{ending}` is no report{suggestion}; possible are {formats}, or the name of a folder without an ending",
            ending=ending,
            suggestion=did_you_mean(ending, FORMATS),
            formats=", ".join(f".{each}" for each in FORMATS),
        )
        raise InputError(Problem(message, file=str(target)))
    if isinstance(result, Forecast):
        from txsim.decide.advice import advised

        whole = result if result.view is not None else advised(result, view=True)
        read = result_of(whole, months=True)
        if reports:
            write_report([read], target)
        else:
            write_result(whole, target, read.answer.to_json())
        return target
    if not isinstance(result, Result):
        message = lazy("a forecast or a result was expected, found {kind}", kind=type(result).__name__)
        raise InputError(Problem(message, hint=lazy("for example what `txsim.forecast(…)` returned")))
    if reports:
        write_report([result_from(result)], target)
        return target
    if isinstance(result, Link):
        write_link(result, target)
        return target
    read = result_from(result)
    keep(result, target, as_json(result.to_json()), as_text(compose([read], "brief")))
    return target


def keep(result: Result, folder: Path, json: str, text: str, more: Mapping[str, Any] | None = None) -> None:
    """Write ``KIND.json``, ``KIND.txt`` and further files, bytes by name, into a folder.

    Raises :class:`InputError` if the folder cannot be made.
    """
    made_folder(folder)
    name = result.kind.replace(" ", "_")
    write_atomic(folder / f"{name}.json", json.encode())
    write_atomic(folder / f"{name}.txt", f"{text}\n".encode())
    for part, content in (more or {}).items():
        write_atomic(folder / part, content)
