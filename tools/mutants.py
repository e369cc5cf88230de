# SPDX-License-Identifier: MIT
"""Would the tests notice a wrong line? Lines are put wrong one by one (mutmut), and the tests must fail.

``tools/mutants.py decide --sample 40`` takes forty mutants of a package at random (``--seed``). The tests that judge
the package run once, and which of them reaches which line is kept (``tools/reached_lines.py``). For each mutant those
run that reach its lines, the quickest first, then the others that reach its module, within ``--seconds``.
``--sample 0`` takes all, which is a matter of a night. Each verdict is printed as it comes; ``--out FILE`` keeps scores
and survivors as JSON.

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
import time
from collections.abc import Iterator, Mapping, Sequence
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
    "sheet": ["tests/sheet"],
    "desk": ["tests/desk", "tests/workbench"],
    "workbench": ["tests/workbench"],
    "inference": ["tests/inference", "tests/desk"],
    "results": ["tests/results", "tests/report", "tests/cli/test_decisions.py"],
    "language": ["tests/report/test_language.py", "tests/report/test_words.py", "tests/cli/test_printable.py"],
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
#: How a run ends that is stopped.
TOO_LONG = -1
#: What of a cache is code; the rest are figures, which would hide a wrong line that makes them.
CODE = ("code", "numba", "pytensor", "languages")


@dataclass(frozen=True)
class Mutant:
    """A file with one line wrong."""

    file: Path
    text: str
    before: str
    after: str
    lines: range

    @property
    def place(self) -> str:
        """Its file, as the tests know it."""
        return self.file.relative_to(TREE).as_posix()


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


def statement(text: str, first: int, last: int) -> range:
    """Return the lines that run where the statement runs to which some lines belong; a function's own, of its head."""
    around = [
        node
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.stmt) and node.lineno <= first and last <= (node.end_lineno or 0)
    ]
    if not around:
        return range(first, last + 1)
    node = min(around, key=lambda each: (each.end_lineno or 0) - each.lineno)
    body = getattr(node, "body", None)
    if not body:
        return range(node.lineno, (node.end_lineno or 0) + 1)
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return range(body[0].lineno, (node.end_lineno or 0) + 1)
    return range(node.lineno, max(last, body[0].lineno - 1) + 1)


def mutant(file: Path, number: int, words: bool) -> Mutant | None:
    """Return one mutant of a file; ``None`` for what is no change, no Python, or only letters of a text."""
    text = file.read_text(encoding="utf-8")
    module, found = mutations(file)
    changed: str = module.deep_replace(found[number].original_node, found[number].mutated_node).code
    old, new = text.splitlines(), changed.splitlines()
    parts = [
        part for part in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes() if part[0] != "equal"
    ]
    try:
        ast.parse(changed)
    except SyntaxError:
        return None
    if not parts:
        return None
    before = " ".join(line.strip() for _, start, end, _, _ in parts for line in old[start:end])
    after = " ".join(line.strip() for _, _, _, start, end in parts for line in new[start:end])
    if only_words(before, after) and not words:
        return None
    first = parts[0][1] + 1
    return Mutant(file, changed, before, after, statement(text, first, max(first, parts[-1][2])))


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


def run(tests: Sequence[str], arguments: list[str], seconds: float | None, **environment: str) -> tuple[int, str]:
    """Return how tests end and which one failed; what they say is kept in ``build/mutants/last.txt``."""
    listed = FOLDER / "tests.txt"
    listed.write_text("\n".join(tests), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-x", "-q", *arguments, f"@{listed}"]
    path = os.pathsep.join([str(TREE), str(TREE / "tools")])
    told = os.environ | {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"} | environment
    last = FOLDER / "last.txt"
    with last.open("w") as file:
        try:
            done = subprocess.run(
                command, cwd=TREE, env=told, stdout=file, stderr=subprocess.STDOUT, check=False, timeout=seconds
            ).returncode
        except subprocess.TimeoutExpired:
            return TOO_LONG, ""
    if done not in (0, 1, 2, 5):
        sys.exit(f"the tests could not be run: see {last}")
    said = [line for line in last.read_text(encoding="utf-8").splitlines() if line.startswith(("FAILED", "ERROR"))]
    return done, said[-1].split(" - ")[0].partition(" ")[2] if said else ""


def reach(package: str, arguments: list[str]) -> tuple[dict[str, float], dict[str, dict[str, list[str]]]]:
    """Run all tests that judge a package; return how long each takes, and by file and line which ones reach it."""
    kept = FOLDER / "reached.json"
    every = [test for test in PACKAGES[package] if (TREE / test).exists()]
    recorded = ["-p", "reached_lines", "--reached", str(kept), *arguments]
    code, failed = run(every, recorded, None, TXSIM_TEST_CACHE=str(CACHE))
    if code not in (0, 5):
        sys.exit(f"{package}: tests fail without a wrong line: {failed}; see {FOLDER / 'last.txt'}")
    for place in CACHE.iterdir():
        if place.name not in CODE:
            shutil.rmtree(place)
    reached = json.loads(kept.read_text(encoding="utf-8"))
    return reached["seconds"], reached["tests"]


def judges(
    wrong: Mutant, cost: Mapping[str, float], reached: Mapping[str, Mapping[str, list[str]]], most: float
) -> tuple[list[str], list[str]]:
    """Return the tests that reach the lines of a mutant, then others that reach its module, the quickest first.

    What is kept in memory or on disk lets tests pass by lines that they hang on: hence the others, ``most`` seconds.
    """
    module = reached.get(wrong.place, {})
    first = {test for line in wrong.lines for test in module.get(str(line), [])}
    rest = {test for tests in module.values() for test in tests} - first
    others, left = [], most
    for test in sorted(rest, key=lambda each: cost[each]):
        left -= cost[test]
        if left < 0:
            break
        others.append(test)
    return sorted(first, key=lambda each: cost[each]), others


def judge(package: str, options: argparse.Namespace, arguments: list[str]) -> Score:
    """Try a sample of a package's mutants and return the score; each verdict is printed as it comes."""
    score = Score(package)
    print(f"{package}: its tests run once without a wrong line", flush=True)
    cost, reached = reach(package, arguments)
    print(f"{package}: {len(cost)} tests, {sum(cost.values()):.0f} s", flush=True)
    for wrong in chosen(package, options.sample, options.seed, options.words or package == "report"):
        right = wrong.file.read_text(encoding="utf-8")
        wrong.file.write_text(wrong.text, encoding="utf-8")
        began, verdict = time.monotonic(), "survives"
        try:
            for tests in filter(None, judges(wrong, cost, reached, options.seconds)):
                # Three times what they took, and time to start: what loops for ever is noticed, too.
                limit = 60 + 3 * sum(cost[test] for test in tests) + options.seconds
                code, failed = run(tests, arguments, limit, TXSIM_TEST_CACHE_FROM=str(CACHE))
                if code not in (0, 5):
                    verdict = "takes too long" if code == TOO_LONG else f"noticed by {failed}"
                    break
        finally:
            wrong.file.write_text(right, encoding="utf-8")
        score.valid += 1
        score.killed += verdict != "survives"
        if verdict == "survives":
            score.survivors.append({"file": wrong.place, "before": wrong.before, "after": wrong.after})
        print(
            f"{score.valid:3} {wrong.place}:{wrong.lines.start}  {verdict}, {time.monotonic() - began:.0f} s\n"
            f"    - {wrong.before}\n    + {wrong.after}",
            flush=True,
        )
    return score


def main() -> int:
    """Try mutants and print the score by package."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("packages", nargs="*", metavar="PACKAGE", help=f"{', '.join(PACKAGES)}; by default all")
    parser.add_argument("--sample", type=int, default=20, help="mutants a package; 0 for all [default: 20]")
    parser.add_argument("--seed", type=int, default=1, help="of the sample [default: 1]")
    parser.add_argument("--words", action="store_true", help="letters of texts, too; always for report")
    parser.add_argument(
        "--seconds", type=float, default=30.0, help="for tests that reach the module and not the line [default: 30]"
    )
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
        score = judge(package, options, arguments)
        share = f"{score.killed / score.valid:.0%}" if score.valid else "none"
        print(f"{package}: {score.killed} of {score.valid} noticed ({share})", flush=True)
        kept.append({"package": package, "valid": score.valid, "killed": score.killed, "survivors": score.survivors})
        if out:
            with tempfile.NamedTemporaryFile("w", dir=out.parent, delete=False) as file:
                json.dump({"seed": options.seed, "scores": kept}, file, indent=1)
            Path(file.name).replace(out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
