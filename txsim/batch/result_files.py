# SPDX-License-Identifier: MIT
"""The results of a batch as files (docs/schema.md): Parquet that anything reads, failures, a manifest.

Everything is written from the kept parts in the order of paths, so that the bytes do not depend on workers, chunks, or
how often the batch was killed on the way. Files of figures carry their content in their name; the manifest, written
last, says which of them count, and what it does not name is removed after it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from txsim.batch.chunk_files import Parts
from txsim.batch.result_tables import draws_table, parquet, results_table, scenarios_table
from txsim.batch.work_plan import Entry, Failure, Settings, failures_text, versions
from txsim.cachedir import write_atomic
from txsim.errors import InputError, Problem, StoreError, reason_of
from txsim.files import content_of, json_of
from txsim.language import lazy
from txsim.results.batch import LeftOutFile
from txsim.results.codec import plain
from txsim.versions import version

MANIFEST = "manifest.json"
#: Bytes that a manifest or a list of failures may have.
_MOST_BYTES = 2**30
#: Of the manifest and the files that it lists.
_FORMAT = 1
#: What every manifest has.
_PARTS: Mapping[str, type] = {"paths": list, "settings": dict, "files": list}
#: The cure of every damage to results.
AGAIN = lazy("run the same batch again; what is computed is kept")
#: Scenarios of one Parquet file: some ten megabytes, and what is held in memory while it is written.
_PER_FILE = 2000
#: The same where draws are kept.
_DRAWS_PER_FILE = 2**24
_FOLDERS = ("results", "draws")
#: Names of what is written into them, and of files that were not finished; nothing else is ever removed.
_CALIBRATION = re.compile(r"calibration=[0-9a-f]+")
_FIGURES = re.compile(r"part-\d{5,}-[0-9a-f]{12}\.parquet")
_UNFINISHED = re.compile(
    r"\.(manifest\.json|failures\.jsonl|scenarios\.parquet|part-\d{5,}-[0-9a-f]{12}\.parquet)\.[a-z0-9_]{8}\.tmp"
)


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """Return the manifest of a folder, or ``None`` where no batch has ended.

    Raises :class:`InputError` if it is damaged.
    """
    path = folder / MANIFEST
    try:
        manifest = json_of(path, str(path), _MOST_BYTES, lazy("the manifest of a batch"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except InputError as error:
        raise InputError([replace(problem, hint=AGAIN) for problem in error.problems]) from None
    if not isinstance(manifest, dict) or not all(isinstance(manifest.get(key), kind) for key, kind in _PARTS.items()):
        raise InputError(Problem(lazy("this is no manifest of a batch"), file=str(path), hint=AGAIN))
    if manifest.get("format") != _FORMAT:
        message = lazy(
            "this batch was written in another format ({format}) than this version reads ({known})",
            format=manifest.get("format"),
            known=_FORMAT,
        )
        raise InputError(Problem(message, file=str(path), hint=AGAIN))
    return manifest


def read_failures(folder: Path) -> list[dict[str, Any]]:
    """Return what has no results, as ``failures.jsonl`` of a folder says it.

    Raises :class:`InputError` if the file is missing, or a line of it is damaged.
    """
    path = folder / "failures.jsonl"
    try:
        lines = content_of(path, str(path), _MOST_BYTES, lazy("a list of failures")).split(b"\n")
    except (FileNotFoundError, NotADirectoryError):
        raise InputError(Problem(lazy("there is no such file"), file=str(path), hint=AGAIN)) from None
    failures: list[dict[str, Any]] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            failure = json.loads(line)
            if not all(isinstance(failure[key], str) for key in ("path", "kind", "message")):
                raise ValueError
        except (ValueError, TypeError, KeyError, RecursionError):
            message = lazy("this line is damaged or cut off")
            raise InputError(Problem(message, file=str(path), line=number, hint=AGAIN)) from None
        failures.append(failure)
    return failures


def write_results(
    folder: Path,
    *,
    given: Sequence[str],
    settings: Settings,
    entries: Sequence[Entry],
    failures: Sequence[Failure],
    bases: Sequence[str],
    left_out: Sequence[LeftOutFile] = (),
    parts: Parts,
    notes: Mapping[str, Mapping[str, Any]],
) -> dict[str, Any]:
    """Write every file of results and return the manifest.

    Raises :class:`StoreError` if a file cannot be written; the results that were there before still count then.
    """
    files: list[dict[str, Any]] = []
    by_calibration: dict[str, list[Entry]] = {}
    for entry in entries:
        by_calibration.setdefault(entry.calibration, []).append(entry)
    facts: dict[str, dict[str, Any]] = {}
    for calibration in sorted(by_calibration):
        members = by_calibration[calibration]
        place = f"calibration={calibration.partition('-')[0]}"
        for number, block in enumerate(_blocks(members, _PER_FILE)):
            pairs = [(entry, parts.get(entry.key)) for entry in block]
            facts.update({entry.key: each.facts for entry, each in pairs})
            table = results_table(pairs, settings, notes[calibration])
            files.append(_write(folder, f"results/{place}", number, table))
        if settings.keep_draws:
            for number, block in enumerate(_blocks(members, max(1, _DRAWS_PER_FILE // (4 * settings.draws)))):
                table = draws_table([(entry, parts.get(entry.key)) for entry in block])
                files.append(_write(folder, f"draws/{place}", number, table))
    table = scenarios_table(entries, failures, facts, settings, notes)
    files.append(_replace(folder, "scenarios.parquet", parquet(table), table.num_rows))
    files.append(write_failures(folder, failures))
    manifest = {
        "format": _FORMAT,
        "status": "complete" if not failures else "complete, with failures",
        "paths": list(given),
        "settings": asdict(settings),
        "versions": {**versions(), "pyarrow": version("pyarrow")},
        "scenarios": {"done": len(entries), "failed": len(failures), "bases": list(bases)}
        | {"left_out": [{"path": each.path, "why": plain(each.why)} for each in left_out]},
        "calibrations": [{**note, "scenarios": len(by_calibration[key])} for key, note in sorted(notes.items())],
        "files": files,
    }
    text = json.dumps(manifest, indent=1, ensure_ascii=False, allow_nan=False).encode()
    write_atomic(folder / MANIFEST, text)
    _tidy(folder, {file["file"] for file in files})
    return manifest


def write_failures(folder: Path, failures: Sequence[Failure]) -> dict[str, Any]:
    """Write ``failures.jsonl`` and return what the manifest says of it."""
    return _replace(folder, "failures.jsonl", failures_text(failures), len(failures))


def _blocks(items: Sequence[Entry], size: int) -> Iterator[Sequence[Entry]]:
    for first in range(0, len(items), size):
        yield items[first : first + size]


def _write(folder: Path, place: str, number: int, table: Any) -> dict[str, Any]:
    content = parquet(table)
    name = f"{place}/part-{number:05d}-{hashlib.sha256(content).hexdigest()[:12]}.parquet"
    return _replace(folder, name, content, table.num_rows)


def _replace(folder: Path, name: str, content: bytes, rows: int) -> dict[str, Any]:
    path = folder / name
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = lazy("{parent} cannot be made ({strerror})", parent=path.parent, strerror=reason_of(error))
        raise StoreError(message) from error
    digest = hashlib.sha256(content).hexdigest()
    try:
        same = path.stat().st_size == len(content) and hashlib.sha256(path.read_bytes()).hexdigest() == digest
    except OSError:
        same = False
    if not same:
        write_atomic(path, content)
    return {"file": name, "sha256": digest, "bytes": len(content), "rows": rows}


def _tidy(folder: Path, wanted: set[str]) -> None:
    """Remove files of earlier results and half-written ones; whatever has another name than a batch's is left alone."""
    for name in _FOLDERS:
        for place in _real_folders(folder / name, _CALIBRATION):
            for path in place.iterdir():
                old = _FIGURES.fullmatch(path.name) and path.relative_to(folder).as_posix() not in wanted
                if old or _UNFINISHED.fullmatch(path.name):
                    _remove(path)
            with contextlib.suppress(OSError):  # it holds something
                place.rmdir()
        with contextlib.suppress(OSError):
            (folder / name).rmdir()
    for path in folder.iterdir():
        if _UNFINISHED.fullmatch(path.name):
            _remove(path)


def _real_folders(folder: Path, name: re.Pattern[str]) -> list[Path]:
    """Return the folders of such a name inside a folder, links left out; none where that is a link or missing."""
    if folder.is_symlink() or not folder.is_dir():
        return []
    inside = (path for path in folder.iterdir() if name.fullmatch(path.name))
    return [path for path in inside if path.is_dir() and not path.is_symlink()]


def _remove(path: Path) -> None:
    if path.is_symlink() or path.is_file():
        path.unlink(missing_ok=True)


def known_folder(folder: Path) -> None:
    """Refuse a folder that holds other things than a batch's, or links in their place: nothing is written through one.

    Raises :class:`InputError` with what stands there.
    """
    own = {MANIFEST, "failures.jsonl", "scenarios.parquet", ".work"}
    others = [path.name for path in folder.iterdir() if path.name not in own and not _UNFINISHED.fullmatch(path.name)]
    others = [name for name in others if name not in _FOLDERS]
    places = [folder / ".work", folder / ".work" / "parts", folder / ".work" / "calibrations"]
    for name in _FOLDERS:
        places.append(folder / name)
        if (folder / name).is_dir() and not (folder / name).is_symlink():
            for path in (folder / name).iterdir():
                if _CALIBRATION.fullmatch(path.name):
                    places.append(path)
                else:
                    others.append(f"{name}/{path.name}")
    for path in places:
        if path.is_symlink() or (path.exists() and not path.is_dir()):
            message = lazy("{path} is a link or a file; a batch writes into folders of its own alone", path=path)
            raise InputError(Problem(message, hint=lazy("take it away, or name another folder by --out")))
    if others and not (folder / MANIFEST).exists() and not (folder / ".work").exists():
        message = lazy(
            "{folder} is not empty and holds no batch ({others}); name another folder",
            folder=folder,
            others=", ".join(sorted(others)[:3]),
        )
        raise InputError(message)
