# SPDX-License-Identifier: MIT
"""What is computed, kept until it is wanted again: one file a chunk, whole or not there, found by key.

A part holds figures of some keys and nothing of paths or files, so that a renamed scenario, a second one of the same
content and a batch that was killed all find what is there. A file is a SHA-256, a header in JSON and plain numbers; it
is never executed, and one that is cut short or altered is as good as missing.
"""

from __future__ import annotations

import hashlib
import json
import re
import struct
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from txsim.batch.work import COLUMNS, CaseResult
from txsim.cachedir import read_checked, write_checked

#: Names of parts and of those that were not finished; nothing else is removed.
_OWN = re.compile(r"[0-9a-f]{32}\.part|\.[0-9a-f]{32}\.part\.[a-z0-9_]{8}\.tmp")


def packed(results: Sequence[CaseResult]) -> bytes:
    """Return some results as bytes, the same for equal results."""
    layouts: dict[tuple[tuple[str, str, str], ...], int] = {}
    scenarios = []
    for each in results:
        layout = layouts.setdefault(each.labels, len(layouts))
        scenarios.append(
            {
                "key": each.key,
                "layout": layout,
                "facts": each.facts,
                "npv": list(each.npv.shape),
                "problems": each.problems,
                "kind": each.kind,
                "traceback": each.traceback,
            }
        )
    header = json.dumps({"layouts": list(layouts), "scenarios": scenarios}, allow_nan=False).encode()
    header += b" " * (-len(header) % 8)  # numbers begin at a multiple of their size
    numbers = [each.values.astype("<f8").tobytes() + each.npv.astype("<f8").tobytes() for each in results]
    return struct.pack("<q", len(header)) + header + b"".join(numbers)


def unpacked(content: bytes) -> list[CaseResult]:
    """Return the results of :func:`packed`."""
    (size,) = struct.unpack_from("<q", content)
    header = json.loads(content[8 : 8 + size])
    layouts = [tuple(tuple(label) for label in layout) for layout in header["layouts"]]
    numbers = np.frombuffer(content, dtype="<f8", offset=8 + size)
    results, at = [], 0
    for entry in header["scenarios"]:
        labels = layouts[entry["layout"]]
        values = numbers[at : at + len(labels) * len(COLUMNS)].reshape(len(labels), len(COLUMNS))
        at += values.size
        options, draws = entry["npv"]
        npv = numbers[at : at + options * draws].reshape(options, draws)
        at += npv.size
        problems, kind, trace = tuple(entry["problems"]), entry.get("kind", "simulation"), entry.get("traceback", "")
        results.append(CaseResult(entry["key"], labels, values, entry["facts"], npv, problems, kind, trace))
    return results


class Parts:
    """The parts in one folder.

    ``folder``: made if needed.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._where: dict[str, Path] = {}
        self._open: OrderedDict[Path, dict[str, CaseResult]] = OrderedDict()
        for path in sorted(folder.glob("*.part")):
            for key in self._load(path):
                self._where.setdefault(key, path)
        self._open.clear()

    def __contains__(self, key: str) -> bool:
        return key in self._where

    def add(self, results: Sequence[CaseResult]) -> None:
        """Keep some results; :class:`~txsim.errors.StoreError` if the disk is full."""
        if not results:
            return
        keys = "".join(each.key for each in results)
        path = self.folder / f"{hashlib.sha256(keys.encode()).hexdigest()[:32]}.part"
        write_checked(path, packed(results))
        self._where.update({each.key: path for each in results})

    def get(self, key: str) -> CaseResult:
        """Return the results of a key; ``KeyError`` if they are not there."""
        path = self._where[key]
        if path not in self._open:
            self._open[path] = self._load(path)
            if len(self._open) > 4:
                self._open.popitem(last=False)
        return self._open[path][key]

    def forget(self, wanted: Iterable[str]) -> None:
        """Remove parts of which nothing is wanted, and what killed processes left half-written."""
        used = {self._where[key] for key in wanted if key in self._where}
        for path in self.folder.iterdir():
            if path not in used and _OWN.fullmatch(path.name) and (path.is_symlink() or path.is_file()):
                path.unlink(missing_ok=True)

    def _load(self, path: Path) -> dict[str, CaseResult]:
        content = read_checked(path)
        if content is None:
            if _OWN.fullmatch(path.name) and path.is_file():
                path.unlink(missing_ok=True)
            return {}
        return {result.key: result for result in unpacked(content)}
