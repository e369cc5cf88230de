# SPDX-License-Identifier: MIT
"""A cache that something has damaged: what is in it is made anew, and figures are what they were."""

from __future__ import annotations

import functools
import os
import random
import shutil
from pathlib import Path

from tests.fuzz.calls import Call, good
from tests.fuzz.campaign import main
from tests.fuzz.mutations import damaged
from tests.fuzz.panels import as_csv, good_table
from tests.fuzz.scenarios import SCENARIO

#: What is kept by content, in files that every call reads again; machine code is loaded once for each process.
_KINDS = ("calibrations", "points", "panels", "influence", "bounds", "packaged")


def _verbs(base: Path) -> list[list[str]]:
    scenario, panel = str(base / "scenario.yaml"), str(base / "panel.csv")
    quick = ["--draws", "128", "--quiet", "--json"]
    return [
        ["run", scenario, *quick],
        ["explain", scenario, *quick],
        ["link", panel, "--scale", "nps", "--no-priors", "--json", "--quiet"],
        ["cache", "list"],
    ]


def prepare(base: Path) -> None:
    """Fill a cache of its own, which begins with the machine code at hand, and keep what is answered with it."""
    (base / "scenario.yaml").write_text(SCENARIO)
    (base / "panel.csv").write_bytes(as_csv(random.Random(3), good_table()))
    good(_verbs(base)[2], base)  # machine code is compiled where others find it, too
    own = base / "cache"
    given = os.environ.get("TXSIM_CACHE")
    if given and Path(given).is_dir():
        shutil.copytree(given, own, ignore=shutil.ignore_patterns(*_KINDS, "pytensor"))
    else:
        own.mkdir()
    own.chmod(0o700)
    os.environ["TXSIM_CACHE"] = str(own)
    for args in _verbs(base):
        (base / f"{args[0]}.txt").write_text(good(args, base))


@functools.cache
def _kept(cache: Path) -> tuple[tuple[Path, bytes], ...]:
    files = [path for kind in _KINDS for path in sorted((cache / kind).rglob("*")) if path.is_file()]
    return tuple((path, path.read_bytes()) for path in files if path.stat().st_size < 5_000_000)


def case(rng: random.Random, base: Path, folder: Path) -> list[str]:
    """Damage some files of the cache and call a verb; what an earlier case damaged is whole again or made anew."""
    cache = Path(os.environ["TXSIM_CACHE"])
    for path, content in _kept(cache):
        if not path.exists() or path.read_bytes() != content:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.write_bytes(content)
    for path, content in rng.sample(_kept(cache), min(len(_kept(cache)), rng.choice([1, 3, 9]))):
        what = rng.randrange(6)
        if what == 0:
            path.unlink(missing_ok=True)
        elif what == 1:
            path.write_bytes(b"")
        elif what == 2 and path.parent != cache:
            shutil.rmtree(path.parent, ignore_errors=True)
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        elif path.parent.exists():
            path.write_bytes(damaged(rng, content))
    # A fit of a panel takes seconds, all else next to nothing.
    return rng.choices(_verbs(base), weights=[6, 6, 1, 3])[0]


def same_answer(made: Call, base: Path) -> bool:
    """Whether a call on a damaged cache answers what was answered on a whole one."""
    return made.args[0] == "cache" or made.out == (base / f"{made.args[0]}.txt").read_text()


if __name__ == "__main__":
    main("caches", prepare, case)
