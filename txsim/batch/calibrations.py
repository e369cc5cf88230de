# SPDX-License-Identifier: MIT
"""The calibrations of a batch: each sampled once, a few held in memory, and a note of each kept with the results."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from txsim.batch.sampler import Sampler
from txsim.cachedir import read_plain, write_atomic
from txsim.inference import Calibration, CalibrationSpec, calibrate
from txsim.inference.sampling import at_hand
from txsim.types import Progress

#: Calibrations held in memory, two megabytes each.
_HELD = 32


class Calibrations:
    """Calibrations by key.

    ``folder``: for the notes, made if needed: what the manifest says of a calibration, so that results can be written
    where its draws are not at hand. ``memory``: bytes that sampling may take.
    """

    def __init__(self, folder: Path, specs: Mapping[str, CalibrationSpec], seed: int, memory: int, draws: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._specs, self._seed, self._draws = folder, specs, seed, draws
        self._held: OrderedDict[str, Calibration] = OrderedDict()
        self._sampler = Sampler(memory)
        self.sampled = 0

    def __enter__(self) -> Calibrations:
        return self

    def __exit__(self, *_: object) -> None:
        self._sampler.close()

    def get(self, key: str, progress: Progress | None = None) -> Calibration:
        """Return a calibration, sampled if need be; errors as of :meth:`Sampler.sample`."""
        if key not in self._held:
            spec = self._specs[key]
            if at_hand(spec, self._seed, self._draws):
                calibration = calibrate(spec, seed=self._seed, serves=self._draws)
            else:
                self.sampled += 1
                calibration = self._sampler.sample(spec, self._seed, progress, self._draws)
            self._held[key] = calibration
            if len(self._held) > _HELD:
                self._held.popitem(last=False)
            path = self._folder / f"{key}.note"
            if not path.exists():
                write_atomic(path, _sealed(json.dumps(_note(calibration, self._seed)).encode()))
        self._held.move_to_end(key)
        return self._held[key]

    def notes(self, keys: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Return what the manifest says of each."""
        by_key = {}
        for key in sorted(keys):
            with contextlib.suppress(OSError, ValueError):
                seal, _, note = read_plain(self._folder / f"{key}.note").partition(b"\n")
                if _sealed(note).startswith(seal + b"\n"):
                    by_key[key] = json.loads(note)
            if key not in by_key:  # not there, or not as it was written
                by_key[key] = _note(self.get(key), self._seed)
        return by_key


def _sealed(note: bytes) -> bytes:
    """Return a note with its hash before it, by which damage shows."""
    return hashlib.sha256(note).hexdigest().encode() + b"\n" + note


def _note(calibration: Calibration, seed: int) -> dict[str, Any]:
    diagnostics = {name: value for name, value in calibration.diagnostics.items() if name != "each"}
    return {"hash": calibration.hash, "seed": seed, "source": calibration.source, "diagnostics": diagnostics}
