# SPDX-License-Identifier: MIT
"""Every figure of the shipped scenarios, the commands and their reports, so that a rebuilding can show what it changed.

``tools/figures.py --out before.json`` runs the command line with ``--json`` and fixed seeds in a folder and a cache of
its own and writes each number under its dotted key; ``tools/figures.py --compare before.json`` runs it again and prints
what differs: nothing, with exit code 0, or one line a figure, with exit code 1. ``--code`` takes the package of another
folder, so that two states of the code can be set side by side by one version of this file.

What is kept is what is computed: numbers, truths and nulls, and with ``--texts`` short words and sentences too. What
only says when, where or how long is left out.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
DESK = "scenarios/service_desk_pilot.yaml"
#: Keys that say when, where and how long, and hashes of the code that computed.
SILENT = {"seconds", "date", "code", "txsim", "version", "written", "per_second", "eta_seconds", "folder", "file"}
Figures = dict[str, Any]


class Pages(HTMLParser):
    """Collect ``<data value data-key>`` of a report."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the number and key of a figure in the text."""
        has = dict(attrs)
        if tag == "data" and has.get("data-key"):
            self.found.append((str(has["data-key"]), str(has.get("value"))))


def flat(value: Any, key: str) -> Iterator[tuple[str, Any]]:
    """Yield dotted keys and scalars; an item of a list goes by its name where all items have one of their own."""
    if isinstance(value, dict):
        for name, part in value.items():
            if name not in SILENT:
                yield from flat(part, f"{key}.{name}")
    elif isinstance(value, list):
        names = [part.get("name") or part.get("id") if isinstance(part, dict) else None for part in value]
        named = all(isinstance(name, str) for name in names) and len(set(names)) == len(names)
        yield f"{key}.count", len(value)
        for i, part in enumerate(value):
            yield from flat(part, f"{key}.{names[i] if named else i}")
    else:
        yield key, value


def number(text: str) -> float | str:
    """Return what a cell or an attribute holds: a number if it is one."""
    try:
        return float(text)
    except ValueError:
        return text


class Desk:
    """One folder with copies of the scenarios in which commands run, and the figures they have printed."""

    def __init__(self, folder: Path, cache: Path, code: Path, say: Callable[[str], None]) -> None:
        self.folder, self.say = folder, say
        self.figures: Figures = {}
        self.failed: list[str] = []
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("TXSIM_", "PYTHONPATH"))}
        self.environment = inherited | {"TXSIM_CACHE": str(cache), "PYTHONPATH": str(code), "LC_ALL": "C.UTF-8"}
        shutil.copytree(code / "scenarios", folder / "scenarios")

    def run(self, *arguments: str, name: str = "") -> str:
        """Run a command and return what it printed; one that fails is remembered and prints nothing."""
        self.say("txsim " + " ".join(arguments))
        done = subprocess.run(
            [sys.executable, "-m", "txsim", *arguments],
            cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if name:
            self.figures[f"{name}.exit"] = done.returncode
        if done.returncode not in (0, 1):
            self.failed.append(f"failed: txsim {' '.join(arguments)}: {done.returncode}: {done.stderr.strip()[-400:]}")
            self.say(self.failed[-1])
        return done.stdout

    def keep(self, name: str, text: str) -> None:
        """Keep what a command printed as JSON."""
        if text.strip():
            self.figures.update(flat(json.loads(text), name))

    def json(self, name: str, *arguments: str, page: bool = False) -> None:
        """Run a command with ``--json``, and keep its figures and, if asked, those of its report."""
        text = self.run(*arguments, "--json", name=name)
        self.keep(name, text)
        if page and text.strip():
            file = self.folder / f"{re.sub('[^a-z0-9]+', '_', name)}.json"
            file.write_text(text, encoding="utf-8")
            self.page(name, file.name)

    def page(self, name: str, *results: str) -> None:
        """Keep the figures that the text of a report shows."""
        self.run("report", *results, "-o", "page.html", name=f"report of {name}")
        file, pages = self.folder / "page.html", Pages()
        if file.exists():
            pages.feed(file.read_text(encoding="utf-8"))
            file.unlink()
        seen: dict[str, int] = {}
        for key, value in pages.found:
            seen[key] = seen.get(key, 0) + 1
            again = f"#{seen[key]}" if seen[key] > 1 else ""
            self.figures[f"report of {name}.{key}{again}"] = number(value)

    def table(self, name: str, file: str, rows: tuple[str, ...]) -> None:
        """Keep the means of all columns of numbers of a CSV file, by the columns ``rows``."""
        sums: dict[tuple[str, str], list[float]] = {}
        if not (self.folder / file).exists():
            return  # the command that should have written it is among those that failed
        with (self.folder / file).open(encoding="utf-8", newline="") as stream:
            for line in csv.DictReader(stream):
                where = ".".join(line[column] for column in rows)
                for column, cell in line.items():
                    found = number(cell)
                    if column not in rows and isinstance(found, float):
                        sums.setdefault((where, column), []).append(found)
        for (where, column), values in sums.items():
            self.figures[f"{name}.{where}.{column}"] = math.fsum(values) / len(values)


def scenarios(desk: Desk) -> None:
    """Run every shipped scenario through the commands that take one, and the starter of ``txsim init``."""
    desk.run("init", "scenarios/starter.yaml")
    for file in sorted((desk.folder / "scenarios").glob("*.yaml")):
        path, title = f"scenarios/{file.name}", file.stem
        desk.run("run", path, "--draws", "1024", "--out", f"out/{title}", "--quiet")
        summary = desk.folder / "out" / title / "summary.json"
        told = summary.read_text(encoding="utf-8") if summary.exists() else "{}"
        desk.keep(f"run {title}", told)
        desk.page(f"run {title}", f"out/{title}")
        has_pilot = "pilot_scale" in json.loads(told).get("options", {})
        for verb in (*(["pilot"] if has_pilot else []), "sensitivity", "explain"):
            desk.json(f"{verb} {title}", verb, path, "--draws", "1024", "--quiet", page=file.name == Path(DESK).name)
        desk.json(f"priors check {title}", "priors", "check", path, "--draws", "1024", "--quiet")


def decisions(desk: Desk) -> None:
    """Run what has settings of its own: more draws, a budget, maps, differences, rules."""
    few = ("--draws", "1024", "--quiet")
    both = ("scenarios/back_office_first.yaml", "scenarios/front_line_first.yaml")
    desk.json("run many draws", "run", DESK, "--draws", "65536", "--quiet")
    desk.json("run prior only", "run", DESK, "--prior-only", *few, "--seed", "7")
    desk.run("run", DESK, "--draws", "256", "--quiet", "--trajectories", "months.csv")
    desk.table("months", "months.csv", ("scenario", "option", "month"))
    desk.json("compare", "compare", *both, *few, page=True)
    desk.json("compare budget", "compare", *both, DESK, *few, "--budget", "120000", page=True)
    beliefs = (DESK, "scenarios/sceptic.yaml", "scenarios/vendor_optimism.yaml")
    desk.json("compare beliefs", "compare", *beliefs, *few, "--mix", "service_desk_pilot=2,sceptic=1,vendor_optimism=1")
    desk.json("pilot designs", "pilot", DESK, *few, "--scopes", "10%,25%", "--months", "3,9", "--respondents", "50,100")
    desk.json("sensitivity regions", "sensitivity", DESK, "--scenario-discovery", *few, page=True)
    desk.json("explain scale", "explain", DESK, "--option", "pilot_scale", *few)
    one, two = "drivers[0].one_off=15000,22000,40000", "pilot.months=3,6,9"
    desk.json("whatif", "whatif", DESK, "--vary", two, *few, page=True)
    desk.json("whatif map", "whatif", DESK, "--vary", one, "--vary", two, *few)
    desk.json("diff", "diff", "scenarios/tx_programme.yaml", "scenarios/rivals_adopt_tx.yaml", *few, page=True)
    desk.run("run", DESK, "--draws", "1024", "--seed", "2", "--out", "out/other_seed", "--quiet")
    desk.run("run", DESK, "--draws", "1024", "--out", "out/desk", "--quiet")
    desk.json("diff seeds", "diff", "out/desk", "out/other_seed", "--quiet")


def beliefs(desk: Desk) -> None:
    """Run what speaks of priors and claims."""
    few = ("--draws", "1024", "--quiet")
    desk.json("priors list", "priors", "list", DESK, "--quiet")
    desk.json("priors list packaged", "priors", "list", "--quiet")
    for parameter in ("ex_cx", "churn_cx", "attrition_ex"):
        desk.json(f"priors show {parameter}", "priors", "show", parameter, DESK, "--quiet")
    asked = ("--credibility", "vendor_claim=0,0.5,1", "--no-claims", "--pack", "sceptic")
    desk.json("priors compare", "priors", "compare", DESK, *few, *asked, page=True)
    desk.json("priors compare exact", "priors", "compare", DESK, *few, "--face-value", "all", "--exact", "--brief")
    desk.json("evidence list", "evidence", "list")
    desk.json("evidence list scenario", "evidence", "list", "scenarios/sceptic.yaml")
    desk.json("evidence check", "evidence", "check")
    tables = {
        "estimates": "study,estimate,se\nA,0.31,0.12\nB,0.05,0.09\nC,0.22,0.2\nD,-0.08,0.15\n",
        "correlations": "study,r,n\nA,0.31,120\nB,0.12,90\nC,0.22,400\n",
        "counts": "study,events1,n1,events2,n2\nA,12,100,20,105\nB,0,40,3,41\nC,30,300,41,290\n",
        "means": "study,mean1,sd1,n1,mean2,sd2,n2\nA,7.1,2,40,6.2,2.2,42\nB,6.8,1.8,31,6.9,1.7,30\n",
    }
    for name, text in tables.items():
        (desk.folder / f"{name}.csv").write_text(text, encoding="utf-8")
        more = ("--measure", "mean_difference") if name == "means" else ()
        desk.json(f"evidence pool {name}", "evidence", "pool", f"{name}.csv", *more)
    exact = ("--tau-prior", "half_cauchy(0.5)", "--mu-prior", "normal(0, 4)", "--grid", "exact", "--level", "0.9")
    claim = ("--out", "claim.yaml", "--about", "ex -> cx", "--statistic", "effect", "--design", "unit_panel")
    desk.json("evidence pool exact", "evidence", "pool", "estimates.csv", *exact, *claim, "--where", "elsewhere")


def panels(desk: Desk) -> None:
    """Make a panel with known truth, read it, and forecast its last periods."""
    desk.run("link", "--simulate", "panel.csv", "--units", "14", "--periods", "14", "--seed", "3", "--ex-cx", "0.4")
    desk.table("link simulate", "panel.csv", ("period",))
    desk.json("link", "link", "panel.csv", "--scale", "index", "--quiet", page=True)
    desk.json("link no priors", "link", "panel.csv", "--scale", "index", "--no-priors", "--lag", "4", "--quiet")
    desk.json("backtest", "backtest", "panel.csv", "--scale", "index", "--quiet", page=True)


def own_panel(desk: Desk) -> None:
    """Carry a panel into the beliefs of a scenario, as evidence of its own."""
    desk.run("link", "--simulate", "scenarios/panel.csv", "--units", "14", "--periods", "14", "--seed", "3")
    (desk.folder / "scenarios" / "link.yaml").write_text("scale: index\n", encoding="utf-8")
    text = f"extends: {Path(DESK).name}\ntitle: With our own panel\ndata: {{file: panel.csv, spec: link.yaml}}\n"
    (desk.folder / "scenarios" / "own_panel.yaml").write_text(text, encoding="utf-8")
    desk.json("run own panel", "run", "scenarios/own_panel.yaml", "--draws", "1024", "--quiet")


def pilots(desk: Desk) -> None:
    """Condition on a finished pilot, with and without its rule, and start the next forecast from it."""
    rows = ["unit,period,treated,post,enps"]
    for unit in range(12):
        for post in (0, 1):
            value = 11 + unit % 4 + (5 if unit < 6 and post else 0) + 0.8 * ((unit * 5) % 7) * post
            rows.append(f"u{unit},{2025 + post}-01,{int(unit < 6)},{post},{value:.1f}")
    (desk.folder / "pilot.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    desk.json("update no log", "update", DESK, "pilot.csv", "--draws", "1024", "--no-log", "--quiet", page=True)
    desk.run("pilot", DESK, "--draws", "1024", "--quiet", "--out", "rule")
    rule = desk.folder / "rule" / "rule.json"
    asks = rule.exists() and re.search(r'"overrun_limit": *-?[0-9]', rule.read_text(encoding="utf-8"))
    bills = ("--bills", "2%") if asks else ()
    ruled = ("--rule", "rule/rule.json", *bills, "--randomised", "--draws", "1024", "--quiet")
    desk.json("update by the rule", "update", DESK, "pilot.csv", *ruled)
    log = f"pilots: {Path(DESK).stem}.pilots.jsonl\n"
    text = f"extends: {Path(DESK).name}\ntitle: After the pilot\n{log}"
    (desk.folder / "scenarios" / "after_pilot.yaml").write_text(text, encoding="utf-8")
    desk.json("run after the pilot", "run", "scenarios/after_pilot.yaml", "--draws", "1024", "--quiet")


def batches(desk: Desk) -> None:
    """Run a folder and a sweep, and read their results."""
    sweep = (
        f"base: {DESK}\nlatin_hypercube:\n  samples: 6\n  seed: 1\n  over:\n"
        "    drivers.service_desk.one_off: {from: 10000, to: 50000, log: true}\n"
        "    pilot.months: {from: 3, to: 9, whole: true}\n"
    )
    (desk.folder / "sweep.yaml").write_text(sweep, encoding="utf-8")
    shipped = sorted(f"scenarios/{file.name}" for file in (desk.folder / "scenarios").glob("*_first.yaml"))
    batch = ("--draws", "256", "--workers", "1", "--progress", "json", "--out", "night")
    text = desk.run("batch", *shipped, "sweep.yaml", *batch, name="batch")
    desk.keep("batch", text)
    sql = "select * from results order by path, option, metric"
    for row in json.loads(desk.run("results", "query", "night", sql, "--format", "json") or "[]"):
        where = f"results.{row.pop('path')}.{row.pop('option')}.{row.pop('metric')}"
        desk.figures.update(flat(row, where))
    desk.keep("results top", desk.run("results", "top", "night", "--by", "npv.p05", "--format", "json"))
    desk.page("batch", "night")


PARTS = {part.__name__: part for part in (scenarios, decisions, beliefs, panels, own_panel, pilots, batches)}


def collect(
    code: Path, cache: Path | None, parts: tuple[str, ...], say: Callable[[str], None]
) -> tuple[Figures, list[str]]:
    """Return every figure by its key, and the commands that failed."""
    with tempfile.TemporaryDirectory(prefix="txsim-figures-") as name:
        folder = Path(name)
        own = cache or folder / "cache"
        work = folder / "work"
        work.mkdir()
        desk = Desk(work, own.resolve(), code.resolve(), say)
        for part in parts:
            PARTS[part](desk)
        return desk.figures, desk.failed


def differs(before: Any, after: Any, tolerance: float) -> bool:
    """Tell whether two figures differ by more than ``tolerance`` of the larger; by default at all."""
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in (before, after))
    if numbers and tolerance:
        return not math.isclose(before, after, rel_tol=tolerance, abs_tol=1e-300)
    return bool(before != after)


def report(before: Figures, after: Figures, tolerance: float) -> list[str]:
    """Return one line for each figure that differs, is new or is gone."""
    lines = []
    for key in sorted(before.keys() | after.keys()):
        if key not in after:
            lines.append(f"- {key}: {before[key]!r}")
        elif key not in before:
            lines.append(f"+ {key}: {after[key]!r}")
        elif differs(before[key], after[key], tolerance):
            lines.append(f"  {key}: {before[key]!r} -> {after[key]!r}")
    return lines


def figures_only(figures: Figures) -> Figures:
    """Drop words, keep numbers, truths and nulls."""
    return {key: value for key, value in figures.items() if not isinstance(value, str)}


def main() -> int:
    """Write the figures, or say what differs from those written before."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--out", type=Path, metavar="FILE", help="write every figure to FILE")
    parser.add_argument("--compare", type=Path, metavar="FILE", help="print what differs from FILE; exit code 1 if any")
    parser.add_argument("--to", type=Path, metavar="FILE", help="with --compare: a second file in place of a new run")
    parser.add_argument("--texts", action="store_true", help="with --compare: words and sentences, too")
    parser.add_argument("--tolerance", type=float, default=0.0, help="relative; for another processor")
    parser.add_argument("--code", type=Path, default=ROOT, metavar="FOLDER", help="package and scenarios of this clone")
    parser.add_argument("--cache", type=Path, metavar="FOLDER", help="keep draws here; by default all are drawn anew")
    parser.add_argument("--only", choices=PARTS, action="append", help="a part of the commands; may be repeated")
    options = parser.parse_args()
    if (options.out is None and options.compare is None) or (options.to and not options.compare):
        parser.error("say --out FILE, --compare FILE or both")
    failed: list[str] = []
    if options.to:
        figures = json.loads(options.to.read_text(encoding="utf-8"))
    else:
        parts = tuple(options.only or PARTS)
        figures, failed = collect(
            options.code, options.cache, parts, lambda text: print(text, file=sys.stderr, flush=True)
        )
    if options.out:
        options.out.write_text(json.dumps(figures, indent=0, sort_keys=True, ensure_ascii=False) + "\n", "utf-8")
        print(f"{options.out}: {len(figures_only(figures))} figures", file=sys.stderr)
    if options.compare:
        before = json.loads(options.compare.read_text(encoding="utf-8"))
        kept, now = (before, figures) if options.texts else (figures_only(before), figures_only(figures))
        lines = report(kept, now, options.tolerance)
        print("\n".join(lines), end="\n" if lines else "")
        return 1 if lines or failed else 0
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
