# SPDX-License-Identifier: MIT
"""A number of fuzzed calls of one kind: ``python -m tests.fuzz.scenarios --count 2000 --seed 1``.

A kind is a module with two functions: ``prepare(folder)`` writes what all its cases share, ``case(rng, base, folder)``
writes one case's files into ``folder`` and returns how txsim is called. Every case has a generator of its own, so that
``--only 1234`` shows a single one again.
"""

from __future__ import annotations

import argparse
import collections
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.fuzz.calls import Call, call

__all__ = ["KINDS", "Case", "Prepare", "campaign", "main"]

#: Modules of this folder, with their share of a sample: cheap and many-sided ones have more.
KINDS = {
    "scenarios": 0.3,
    "panels": 0.04,
    "pilots": 0.1,
    "pools": 0.08,
    "interviews": 0.07,
    "overrides": 0.2,
    "queries": 0.08,
    "results": 0.1,
    "caches": 0.03,
}

Case = Callable[[random.Random, Path, Path], list[str]]
Prepare = Callable[[Path], None]


def campaign(
    name: str, prepare: Prepare, case: Case, folder: Path, *, seed: int, numbers: Iterable[int]
) -> list[tuple[int, Call]]:
    """Return every case's number and how it ended.

    Parameters
    ----------
    name, prepare, case
        The kind.
    folder
        An empty folder of its own.
    seed, numbers
        Which cases.
    """
    base, here = folder / "base", folder / "case"
    back, cache = Path.cwd(), os.environ.get("TXSIM_CACHE")
    found = []
    base.mkdir()
    try:
        prepare(base)
        os.chdir(folder)
        for number in numbers:
            shutil.rmtree(here, ignore_errors=True)
            here.mkdir()
            args = case(random.Random(f"{name} {seed} {number}"), base, here)
            found.append((number, call(args, here)))
    finally:
        os.chdir(back)
        if cache is not None:
            os.environ["TXSIM_CACHE"] = cache
    return found


def main(name: str, prepare: Prepare, case: Case) -> None:
    """Run a kind by hand: print counts by exit code, and every fault with what repeats it."""
    parser = argparse.ArgumentParser(description=f"Fuzzed calls of txsim: {name}.")
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", type=int, help="Number of a single case, which is shown.")
    parser.add_argument("--keep", type=Path, help="Folder in which the files of the last case stay.")
    told = parser.parse_args()
    numbers = range(told.count) if told.only is None else [told.only]
    begun = time.process_time()
    with tempfile.TemporaryDirectory(prefix="txsim-fuzz-") as folder:
        place = told.keep or Path(folder)
        os.environ["TXSIM_CACHE"] = os.environ.get("TXSIM_CACHE") or str(Path(folder) / "cache")
        if told.keep:
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir(parents=True)
        calls = campaign(name, prepare, case, place.resolve(), seed=told.seed, numbers=numbers)
    for number, each in calls:
        if each.faults or told.only is not None:
            print(f"--- {name} --seed {told.seed} --only {number}: txsim {' '.join(map(ascii, each.args))[:400]}")
            print(*each.faults, sep="\n")
        if told.only is not None:
            print(each.out[-3000:], each.err[-3000:], sep="\n")
    codes = collections.Counter(each.code for _, each in calls)
    faults = sum(1 for _, each in calls if each.faults)
    counts = ", ".join(f"{code}: {codes[code]}" for code in sorted(codes, key=str))
    seconds = time.process_time() - begun
    print(f"{name}: {len(calls)} inputs, {faults} faults; by exit code {counts}; {seconds:.0f} s of the processor")
    sys.exit(1 if faults else 0)
