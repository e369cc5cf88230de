# SPDX-License-Identifier: MIT
"""The store of draws: one folder per calibration, whole or not there, checked before it is read.

``<cache>/calibrations/<key>/`` holds ``draws.npy`` (parameter, chain, draw) and ``manifest.json`` with its SHA-256. A
folder is prepared under a temporary name and renamed. One calibration comes with the package, that of the packaged
graph, priors and claims (made by ``tools/default_calibration.py``): a first run need not sample it, and every machine
answers from the same draws.
A lock makes a second process wait for the first one's draws; the operating system frees it when a process dies.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import io
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from txsim.cachedir import cache_dir, read_plain
from txsim.errors import StoreError, reason_of
from txsim.language import lazy
from txsim.types import Progress

_DRAWS = "draws.npy"
#: Calibrations that come with the package, in the form in which the cache keeps its own.
PACKAGED = Path(__file__).with_name("packaged")


@dataclass(frozen=True, slots=True)
class Entry:
    """One stored calibration: its key, size in bytes, when it was written and whether it is whole."""

    key: str
    bytes: int
    modified: float
    whole: bool


def read(key: str, length: int = 0) -> tuple[dict[str, Any], NDArray[np.float64]] | None:
    """Return manifest and draws ``(parameter, chain, draw)``, or ``None`` if they are missing or altered.

    Draws that come with the package are taken where they are at least ``length`` long.
    """
    packaged = _read(PACKAGED / key)
    if packaged is not None and packaged[1].shape[-1] >= length:
        return packaged
    return _read(cache_dir("calibrations") / key) or packaged


def _read(folder: Path) -> tuple[dict[str, Any], NDArray[np.float64]] | None:
    try:
        manifest: dict[str, Any] = json.loads(read_plain(folder / "manifest.json"))
        content = read_plain(folder / _DRAWS)
        if manifest["key"] != folder.name or hashlib.sha256(content).hexdigest() != manifest["files"][_DRAWS]:
            return None
        return manifest, np.load(io.BytesIO(content), allow_pickle=False)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write(key: str, manifest: Mapping[str, Any], draws: NDArray[np.float64]) -> None:
    """Store a calibration whole; an altered one of the same key is replaced.

    Raises :class:`StoreError` if the folder cannot be written; nothing half-written stays under the key.
    """
    parent = cache_dir("calibrations")
    temporary: Path | None = None
    try:
        temporary = Path(tempfile.mkdtemp(prefix=f".{key}.", dir=parent))
        np.save(temporary / _DRAWS, draws)
        digest = hashlib.sha256((temporary / _DRAWS).read_bytes()).hexdigest()
        content = dict(manifest) | {"key": key, "files": {_DRAWS: digest}}
        (temporary / "manifest.json").write_text(json.dumps(content, indent=1))
        target = parent / key
        if target.exists():
            shutil.rmtree(target)
        temporary.replace(target)
    except OSError as error:
        message = lazy("the draws cannot be kept in {parent} ({value})", parent=parent, value=reason_of(error))
        raise StoreError(message) from error
    finally:
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)


@contextlib.contextmanager
def lock(key: str, progress: Progress | None = None) -> Iterator[None]:
    """Hold the right to make a calibration; a second process waits here for the first."""
    path = cache_dir("calibrations") / f".{key}.lock"
    try:
        handle = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    except OSError:  # a full or closed disk: the same draws may be made twice
        yield
        return
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if progress is not None:
                progress(lazy("another process is making the same draws: waiting for it"), None)
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)  # frees the lock


def entries() -> list[Entry]:
    """Return what is stored, newest first."""
    rows = []
    for folder in cache_dir("calibrations").iterdir():
        if folder.is_dir() and not folder.name.startswith("."):
            files = [path for path in folder.iterdir() if path.is_file()]
            size = sum(path.stat().st_size for path in files)
            rows.append(Entry(folder.name, size, folder.stat().st_mtime, _read(folder) is not None))
    return sorted(rows, key=lambda entry: -entry.modified)


def clear() -> int:
    """Remove every stored calibration and return how many there were."""
    names = [entry.key for entry in entries()]
    for name in names:
        shutil.rmtree(cache_dir("calibrations") / name, ignore_errors=True)
    return len(names)
