# SPDX-License-Identifier: MIT
"""Would the tests notice a wrong line? Lines are put wrong one by one (mutmut), and the tests must fail.

``tools/mutants.py decide --sample 40`` takes forty mutants of a package at random (``--seed``). For each the tests run
first that import its module, then, where none of them fails, all tests that judge the package. ``--sample 0`` takes
all, which is a matter of a night. The score and the survivors are printed; ``--out FILE`` keeps them as JSON.

Everything happens in ``build/mutants``: the tree that is worked in is only read.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "build" / "mutants"
TREE, CACHE = FOLDER / "tree", FOLDER / "cache"
#: Tests that judge a package. What numba compiles cannot be mutated from outside and is judged by tests/oracle.
PACKAGES = {
    "decide": ["tests/decide", "tests/laws"],
    "forecast": ["tests/forecast", "tests/decide", "tests/oracle/test_by_hand.py"],
    "simulate": ["tests/simulate", "tests/oracle/test_by_hand.py", "tests/laws"],
    "panel": ["tests/panel", "tests/pilot"],
    "pilot": ["tests/pilot", "tests/panel", "tests/decide"],
    "batch": ["tests/batch", "tests/faults", "tests/cli/test_batch_cli.py"],
    "scenario": ["tests/scenario", "tests/cli/test_cli.py"],
    "evidence": ["tests/evidence", "tests/pooling"],
    "pooling": ["tests/pooling", "tests/evidence"],
    "priors": ["tests/priors", "tests/elicit"],
    "elicit": ["tests/elicit", "tests/priors"],
    "report": ["tests/report"],
}
COMPILED = [
    "*/kernel.py",
    "*/month.py",
    "*/ending.py",
    "*/places.py",
    "*/simd.py",
    "*/density.py",
    "*/filter.py",
    "*_kernel.py",
]
#: What of a cache is code; the rest are figures, which would hide a wrong line that makes them.
CODE = ("code", "numba", "pytensor", "languages")


@dataclass(frozen=True)
class Mutant:
    """A file with one line wrong."""

    file: Path
    text: str
    before: str
    after: str

    @property
    def module(self) -> str:
        """Dotted name of its module."""
        return ".".join(self.file.relative_to(TREE).with_suffix("").parts)


@dataclass
class Score:
    """What became of the mutants of one package."""

    package: str
    valid: int = 0
    killed: int = 0
    survivors: list[dict[str, str]] = field(default_factory=list)


def copy_tree() -> None:
    """Copy what is tracked by git, and tell mutmut where the code lies."""
    shutil.rmtree(TREE, ignore_errors=True)
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout  # noqa: S607
    for name in filter(None, tracked.split("\0")):
        if (ROOT / name).is_file():
            (TREE / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, TREE / name)
    with (TREE / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write('\n[tool.mutmut]\nsource_paths = ["txsim"]\n')
    os.chdir(TREE)  # where it looks for its settings


@cache
def mutations(file: Path) -> tuple[Any, list[Any]]:
    """Return the syntax tree of a file and what mutmut would change within its functions."""
    from mutmut.mutation.file_mutation import create_mutations

    module, found, *_ = create_mutations(str(file), file.read_text(encoding="utf-8"))
    return module, [each for each in found if each.contained_by_top_level_function is not None]


def only_words(before: str, after: str) -> bool:
    """Tell whether a mutant changes nothing but the letters of a text (``XX…XX``, capitals)."""
    return before.casefold() == after.replace("XX", "").casefold()


def mutant(file: Path, number: int, words: bool) -> Mutant | None:
    """Return one mutant of a file; ``None`` for what is no change, no Python, or only letters of a text."""
    text = file.read_text(encoding="utf-8")
    module, found = mutations(file)
    changed: str = module.deep_replace(found[number].original_node, found[number].mutated_node).code
    lines = difflib.unified_diff(text.splitlines(), changed.splitlines(), lineterm="", n=0)
    differ = [line for line in lines if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    before, after = (" ".join(line[1:].strip() for line in differ if line[0] == sign) for sign in "-+")
    try:
        ast.parse(changed)
    except SyntaxError:
        return None
    return (
        None if changed == text or (only_words(before, after) and not words) else Mutant(file, changed, before, after)
    )


def chosen(package: str, sample: int, seed: int, words: bool) -> Iterator[Mutant]:
    """Give a sample of the mutants of a package, a file as often as it has lines; all where ``sample`` is 0."""
    files = [
        file
        for file in sorted(TREE.glob(f"txsim/{package}/**/*.py"))
        if not any(fnmatch(file.as_posix(), pattern) for pattern in COMPILED)
    ]
    if not sample:
        every = ((file, number) for file in files for number in range(len(mutations(file)[1])))
        yield from filter(None, (mutant(file, number, words) for file, number in every))
        return
    rng = random.Random(f"{seed} {package}")  # noqa: S311 - a sample, no secret
    sizes = [len(file.read_text(encoding="utf-8").splitlines()) for file in files]
    seen: set[tuple[Path, int]] = set()
    given = 0
    for _ in range(100 * sample):  # a small package may have fewer
        (file,) = rng.choices(files, sizes)
        count = len(mutations(file)[1])
        place = file, rng.randrange(count) if count else -1
        if place in seen or not count:
            continue
        seen.add(place)
        made = mutant(*place, words)
        if made is not None:
            yield made
            given += 1
        if given == sample:
            return


def near(package: str, module: str) -> list[str]:
    """Return the files of a package's tests that import a module."""
    room, _, name = module.rpartition(".")
    found = []
    for test in judges(package):
        for file in sorted(test.rglob("test_*.py")) if test.is_dir() else [test]:
            text = file.read_text(encoding="utf-8")
            if module in text or (f"from {room} import" in text and name in text):
                found.append(str(file.relative_to(TREE)))
    return found


def judges(package: str) -> list[Path]:
    """Return the tests that judge a package."""
    return [TREE / test for test in PACKAGES[package] if (TREE / test).exists()]


def passes(tests: list[str], arguments: list[str], **environment: str) -> bool:
    """Tell whether tests pass; what they say is kept in ``build/mutants/last.txt``."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", *arguments, *tests]
    told = os.environ | {"PYTHONPATH": str(TREE), "PYTHONDONTWRITEBYTECODE": "1"} | environment
    with (FOLDER / "last.txt").open("w") as file:
        done = subprocess.run(command, cwd=TREE, env=told, stdout=file, stderr=subprocess.STDOUT, check=False)
    if done.returncode not in (0, 1, 2, 5):
        sys.exit(f"the tests could not be run: see {FOLDER / 'last.txt'}")
    return done.returncode in (0, 5)  # 5: none was chosen


def judge(package: str, sample: int, seed: int, words: bool, arguments: list[str]) -> Score:
    """Try a sample of a package's mutants and return the score."""
    score = Score(package)
    every = [str(test.relative_to(TREE)) for test in judges(package)]
    if not passes(every, arguments, TXSIM_TEST_CACHE=str(CACHE)):
        sys.exit(f"{package}: tests fail without a wrong line: see {FOLDER / 'last.txt'}")
    for place in CACHE.iterdir():
        if place.name not in CODE:
            shutil.rmtree(place)
    for wrong in chosen(package, sample, seed, words):
        right = wrong.file.read_text(encoding="utf-8")
        wrong.file.write_text(wrong.text, encoding="utf-8")
        first = near(package, wrong.module)
        try:
            survives = all(
                passes(tests, arguments, TXSIM_TEST_CACHE_FROM=str(CACHE)) for tests in (first, every) if tests
            )
        finally:
            wrong.file.write_text(right, encoding="utf-8")
        score.valid += 1
        score.killed += not survives
        if survives:
            score.survivors.append({"module": wrong.module, "before": wrong.before, "after": wrong.after})
    return score


def main() -> int:
    """Try mutants and print the score by package."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("packages", nargs="*", metavar="PACKAGE", help=f"{', '.join(PACKAGES)}; by default all")
    parser.add_argument("--sample", type=int, default=20, help="mutants a package; 0 for all [default: 20]")
    parser.add_argument("--seed", type=int, default=1, help="of the sample [default: 1]")
    parser.add_argument("--words", action="store_true", help="letters of texts, too; always for report")
    parser.add_argument("--without", action="append", default=[], metavar="TEST", help="a test that fails as it is")
    parser.add_argument("--thorough", action="store_true", help="with the tests that sample, too: minutes a mutant")
    parser.add_argument("--out", type=Path, metavar="FILE", help="keep scores and survivors as JSON")
    options = parser.parse_args()
    unknown = set(options.packages) - set(PACKAGES)
    if unknown:
        parser.error(f"no package {', '.join(sorted(unknown))}; there are {', '.join(PACKAGES)}")
    out = options.out.resolve() if options.out else None
    arguments = ["-p", "no:cacheprovider", "--hypothesis-seed=0", *(f"--deselect={test}" for test in options.without)]
    arguments += [] if options.thorough else ["--fast"]
    CACHE.mkdir(parents=True, exist_ok=True, mode=0o700)
    copy_tree()
    kept = []
    for package in options.packages or PACKAGES:
        score = judge(package, options.sample, options.seed, options.words or package == "report", arguments)
        share = f"{score.killed / score.valid:.0%}" if score.valid else "none"
        print(f"{package}: {score.killed} of {score.valid} noticed ({share})", flush=True)
        for survivor in score.survivors:
            print("  {module}\n    - {before}\n    + {after}".format(**survivor), flush=True)
        kept.append({"package": package, "valid": score.valid, "killed": score.killed, "survivors": score.survivors})
        if out:
            with tempfile.NamedTemporaryFile("w", dir=out.parent, delete=False) as file:
                json.dump({"seed": options.seed, "scores": kept}, file, indent=1)
            Path(file.name).replace(out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
