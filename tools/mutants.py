# SPDX-License-Identifier: MIT
"""Would the tests notice a wrong line? Lines are put wrong one by one (mutmut), and the tests must fail.

``tools/mutants.py decide --sample 40`` takes forty mutants of a package at random (``--seed``), runs the tests that
reach each, and then, for those that survive, all tests of the package: results of fixtures and caches are shared, so
that what reaches a line is not always what judges it. ``--sample 0`` takes all, which is a matter of a night. The score
and the survivors are printed; ``--out FILE`` keeps them as JSON.

Everything happens in ``build/mutants``: the tree that is worked in is only read.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
#: Code, and the tests that judge it. What numba compiles cannot be mutated from outside and is judged by tests/oracle.
PACKAGES: dict[str, tuple[list[str], list[str]]] = {
    "decide": (["txsim/decide/*"], ["tests/decide", "tests/laws"]),
    "forecast": (["txsim/forecast/*"], ["tests/forecast", "tests/decide", "tests/oracle/test_by_hand.py"]),
    "simulate": (["txsim/simulate/*"], ["tests/simulate", "tests/oracle/test_by_hand.py", "tests/laws"]),
    "panel": (["txsim/panel/*"], ["tests/panel", "tests/pilot"]),
    "pilot": (["txsim/pilot/*"], ["tests/pilot", "tests/panel", "tests/decide"]),
    "batch": (["txsim/batch/*"], ["tests/batch", "tests/faults", "tests/cli/test_batch_cli.py"]),
    "scenario": (["txsim/scenario/*"], ["tests/scenario", "tests/cli/test_cli.py"]),
    "evidence": (["txsim/evidence/*"], ["tests/evidence", "tests/pooling"]),
    "pooling": (["txsim/pooling/*"], ["tests/pooling", "tests/evidence"]),
    "priors": (["txsim/priors/*"], ["tests/priors", "tests/elicit"]),
    "elicit": (["txsim/elicit/*"], ["tests/elicit", "tests/priors"]),
    "report": (["txsim/report/*"], ["tests/report"]),
}
COMPILED = ["*/kernel.py", "*/simd.py", "*/density.py", "*/filter.py", "*_kernel.py"]


@dataclass
class Score:
    """What became of the mutants of one package."""

    package: str
    valid: int = 0
    killed: int = 0
    survivors: list[dict[str, str]] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)


def copy_tree(folder: Path, package: str, arguments: list[str]) -> None:
    """Copy what is tracked by git, with settings of mutmut for one package."""
    shutil.rmtree(folder, ignore_errors=True)
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout  # noqa: S607
    for name in filter(None, tracked.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    code, tests = PACKAGES[package]
    settings = {
        "source_paths": ["txsim"],
        "only_mutate": code,
        "do_not_mutate": COMPILED,
        "also_copy": ["scenarios", "docs", "tools", "benchmarks", "README.md", "mkdocs.yml", "Makefile"],
        "pytest_add_cli_args": arguments,
        "pytest_add_cli_args_test_selection": [test for test in tests if (ROOT / test).exists()],
        "process_isolation": "forkserver",
        "use_git_change_detection": False,
        "track_dependencies": False,
    }
    lines = [f"{key} = {json.dumps(value)}" for key, value in settings.items()]
    with (folder / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write("\n[tool.mutmut]\n" + "\n".join(lines) + "\n")


def outcomes(folder: Path) -> dict[str, int | None]:
    """Return the exit code of the tests by mutant, ``None`` where it was not tried."""
    found: dict[str, int | None] = {}
    for file in sorted((folder / "mutants").rglob("*.meta")):
        found |= json.loads(file.read_text(encoding="utf-8"))["exit_code_by_key"]
    return found


class Bench:
    """A folder with the mutants of one package."""

    def __init__(self, package: str, cache: Path | None, arguments: list[str]) -> None:
        self.package, self.folder = package, ROOT / "build" / "mutants" / package
        self.arguments = arguments
        self.said = ""
        copy_tree(self.folder, package, arguments)
        # Python remembers that a folder of its path is not there: it must be before mutmut starts, or the installed
        # package is tested in place of the mutants.
        (self.folder / "mutants").mkdir()
        path = os.pathsep.join(filter(None, [str(self.folder / "mutants"), os.environ.get("PYTHONPATH")]))
        self.environment = os.environ | {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
        if cache is not None:
            self.environment["TXSIM_TEST_CACHE_FROM"] = str(cache.resolve())

    def mutmut(self, *arguments: str) -> str:
        """Run mutmut in the folder."""
        command = [sys.executable, "-m", "mutmut", *arguments]
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )
        self.said = done.stdout + done.stderr
        return done.stdout

    def prepare(self, workers: int) -> list[str]:
        """Make the mutants, see which test reaches what, and return the names of the mutants."""
        self.mutmut("run", "--max-children", str(workers), "txsim.no_such_mutant")  # it has no verb for this alone
        if not (self.folder / "mutants" / "mutmut-stats.json").exists():
            lines = [
                line for line in self.said.splitlines() if not re.search(r"(Generating|Running) \w+$", line.strip())
            ]
            sys.exit(f"{self.package}: tests fail without a wrong line, or reach none:\n" + "\n".join(lines[-40:]))
        return sorted(outcomes(self.folder))

    def survives(self, mutant: str) -> bool:
        """Tell whether all tests of the package pass with one mutant."""
        tests = [test for test in PACKAGES[self.package][1] if (ROOT / test).exists()]
        command = [sys.executable, "-m", "pytest", "-x", "-q", *self.arguments, *tests]
        environment = self.environment | {"MUTANT_UNDER_TEST": mutant}
        done = subprocess.run(
            command, cwd=self.folder / "mutants", env=environment, capture_output=True, text=True, check=False
        )
        return done.returncode == 0


def changed(diff: str) -> tuple[str, str]:
    """Return the lines that a mutant takes away and puts in."""
    lines = [line for line in diff.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    return tuple(" ".join(line[1:].strip() for line in lines if line[0] == sign) for sign in "-+")  # type: ignore[return-value]


def only_words(before: str, after: str) -> bool:
    """Tell whether a mutant changes nothing but the letters of a text (``XX…XX``, capitals)."""
    return before.casefold() == after.replace("XX", "").casefold()


def judge(package: str, sample: int, seed: int, words: bool, workers: int, bench: Bench) -> Score:
    """Make the mutants of a package, try a sample and return the score."""
    score = Score(package)
    names = bench.prepare(workers)
    random.Random(seed).shuffle(names)  # noqa: S311 - a sample, no secret
    chosen: list[tuple[str, str, str]] = []
    for name in names:
        if sample and len(chosen) == sample:
            break
        before, after = changed(bench.mutmut("show", name))
        if not words and only_words(before, after):
            score.left_out["only letters of a text"] += 1
        else:
            chosen.append((name, before, after))
    if chosen:
        bench.mutmut("run", "--max-children", str(workers), *(name for name, *_ in chosen))
    codes = outcomes(bench.folder)
    for name, before, after in chosen:
        score.valid += 1
        if codes.get(name) in (0, 33, 5, None) and bench.survives(name):
            score.survivors.append({"mutant": name, "before": before, "after": after})
        else:
            score.killed += 1
    return score


def main() -> int:
    """Try mutants and print the score by package."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("packages", nargs="*", metavar="PACKAGE", help=f"{', '.join(PACKAGES)}; by default all")
    parser.add_argument("--sample", type=int, default=20, help="mutants a package; 0 for all [default: 20]")
    parser.add_argument("--seed", type=int, default=1, help="of the sample [default: 1]")
    parser.add_argument("--words", action="store_true", help="letters of texts, too; always for report")
    parser.add_argument("--workers", type=int, default=1, help="processes [default: 1]")
    parser.add_argument(
        "--cache", type=Path, metavar="FOLDER", help="cache whose compiled code every trial starts from"
    )
    parser.add_argument("--without", action="append", default=[], metavar="TEST", help="a test that fails as it is")
    parser.add_argument("--thorough", action="store_true", help="with the tests that sample, too: minutes a mutant")
    parser.add_argument("--out", type=Path, metavar="FILE", help="keep scores and survivors as JSON")
    options = parser.parse_args()
    unknown = set(options.packages) - set(PACKAGES)
    if unknown:
        parser.error(f"no package {', '.join(sorted(unknown))}; there are {', '.join(PACKAGES)}")
    arguments = ["-p", "no:cacheprovider", "--hypothesis-seed=0", *(f"--deselect={test}" for test in options.without)]
    arguments += [] if options.thorough else ["--fast"]
    kept = []
    for package in options.packages or PACKAGES:
        words = options.words or package == "report"
        bench = Bench(package, options.cache, arguments)
        score = judge(package, options.sample, options.seed, words, options.workers, bench)
        share = f"{score.killed / score.valid:.0%}" if score.valid else "none"
        print(f"{package}: {score.killed} of {score.valid} noticed ({share})", flush=True)
        for survivor in score.survivors:
            print(f"  {survivor['mutant']}\n    - {survivor['before']}\n    + {survivor['after']}", flush=True)
        kept.append({"package": package, "valid": score.valid, "killed": score.killed, "survivors": score.survivors})
        if options.out:
            with tempfile.NamedTemporaryFile("w", dir=options.out.resolve().parent, delete=False) as file:
                json.dump({"seed": options.seed, "scores": kept}, file, indent=1)
            Path(file.name).replace(options.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
