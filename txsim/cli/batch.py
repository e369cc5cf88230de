# SPDX-License-Identifier: MIT
"""``txsim batch``: folders of scenarios, unattended."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from txsim.batch.cases import left_out_words
from txsim.batch.estimate import estimate
from txsim.batch.runner import run_batch
from txsim.batch.work_plan import Settings
from txsim.cli import options
from txsim.cli.answer import report_too
from txsim.cli.speech import say_json, say_line
from txsim.errors import InputError
from txsim.interruption import Interrupted
from txsim.language import N_, Words, _, lazy
from txsim.printable import bare, encoding_of, json_for, readable, terminal_width
from txsim.results.batch import BatchPlan, BatchRun

#: Phases of a batch, as people are told.
_PHASES = {
    "reading": N_("reading"),
    "calibrating": N_("calibrating"),
    "simulating": N_("simulating"),
    "writing": N_("writing"),
}


#: Seconds between two lines about the same phase: on a terminal, as JSON, in a log, where a line begins each phase.
_BAR, _JSON, _LOG = 0.1, 1.0, 300.0


class _Progress:
    """How the batch goes, on stderr: a bar for people, a line of JSON a second for schedulers, or nothing.

    A log, which is no terminal, gets one line for each phase, and one more every five minutes that a phase goes on.
    """

    def __init__(self, how: str) -> None:
        self.how, self.live = how, how == "bar" and sys.stderr.isatty()
        self.name, self.total, self.done, self.failed = "", 0, 0, 0
        self.begun = self.told = time.monotonic()
        self.width, self.said = 0, ""

    def phase(self, name: str, total: int) -> None:
        """Begin a phase."""
        self.name, self.total, self.done, self.begun, self.told = name, total, 0, time.monotonic(), 0.0
        if not self.live:
            self.told = self.begun  # a log hears of it when it takes long
        if self.how == "json" or (self.live and total):
            self._tell()
        elif self.how == "bar" and total:
            self._line(
                f"{_(_PHASES[name])} {_count(total, _('calibration') if name == 'calibrating' else _('scenario'))}"
            )

    def step(self, done: int, failed: int) -> None:
        """Count on."""
        self.done, self.failed = done, failed
        now = time.monotonic()
        if self.how != "none" and now - self.told >= (_BAR if self.live else _JSON if self.how == "json" else _LOG):
            self.told = now
            self._tell()

    def say(self, message: Words) -> None:
        """Say something in words, once."""
        sentence = str(message)
        if sentence == self.said:
            return
        self.said = sentence
        if self.how == "json":
            note = json.dumps({"event": "note", "phase": self.name, "text": sentence}, ensure_ascii=False)
            self._line(json_for(note, encoding_of(sys.stderr)))
        elif self.how == "bar":
            self._line(sentence)

    def clear(self) -> None:
        """Take the bar away."""
        if self.width:
            bare(sys.stderr).write("\r" + " " * self.width + "\r")
            sys.stderr.flush()
            self.width = 0

    def _line(self, text: str) -> None:
        self.clear()
        sys.stderr.write(text + "\n")
        sys.stderr.flush()

    def _tell(self) -> None:
        passed = max(time.monotonic() - self.begun, 1e-9)
        rate = self.done / passed
        eta = (self.total - self.done) / rate if rate > 0 else None
        if self.how == "json":
            event: dict[str, Any] = {"event": "progress", "phase": self.name, "done": self.done, "total": self.total}
            event |= {"failed": self.failed, "per_second": round(rate, 2), "eta_seconds": eta and round(eta, 1)}
            sys.stderr.write(json.dumps(event) + "\n")
            sys.stderr.flush()
            return
        filled = round(24 * self.done / self.total) if self.total else 24
        bar = (
            f"{_(_PHASES[self.name]):<11} [{'█' * filled}{'·' * (24 - filled)}]" if self.live else _(_PHASES[self.name])
        )
        text = f"{bar} {self.done:,}/{self.total:,}"
        text += f"  {rate:,.0f}/s" if rate >= 10 else f"  {rate:.2g}/s" if self.done else ""
        text += _("  {0} left").format(_clock(eta)) if eta is not None else ""
        text += _("  {0:,} failed").format(self.failed) if self.failed else ""
        if self.live:
            text = readable(text, encoding_of(sys.stderr))
            bare(sys.stderr).write("\r" + text.ljust(self.width))
            self.width = len(text)
        else:
            sys.stderr.write(text + "\n")
        sys.stderr.flush()


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def _shard(ctx: click.Context, parameter: click.Parameter, text: str | None) -> tuple[int, int] | None:
    """Read ``3/8``."""
    if text is None:
        return None
    first, slash, of = text.partition("/")
    if not slash or not first.strip().isdecimal() or not of.strip().isdecimal() or not 1 <= int(first) <= int(of):
        raise click.BadParameter(_("`{0}` is no shard; the third of eight is 3/8").format(text))
    return int(first), int(of)


@click.command("batch")
@click.argument("paths", nargs=-1, required=True)
@click.option("--out", type=click.Path(path_type=Path), help="Folder of results; the same command goes on in it.")
@options.draws
@options.seed
@options.prior_only
@options.report
@click.option("--keep-draws", is_flag=True, help="Keep NPV draw by draw, too.")
@click.option("--workers", type=options.Whole(1, 1024), help="Processes; by default one for each core.")
@click.option("--scheduler", metavar="ADDRESS", help="Dask scheduler that takes the work, tcp://host:8786.")
@options.memory
@click.option("--shard", callback=_shard, metavar="I/N", help="Compute only the I-th of N shares, into one folder.")
@click.option("--fail-fast", is_flag=True, help="Stop at the first failure.")
@click.option("--replace", "replaced", is_flag=True, help="Write over the results of another batch.")
@click.option("--dry-run", is_flag=True, help="Count scenarios and calibrations, and estimate the time.")
@click.option("--root", type=click.Path(path_type=Path), help="Folder that `extends` may not leave.")
@click.option(
    "--progress",
    type=click.Choice(["bar", "json", "none"]),
    default="bar",
    show_default=True,
    help="A bar; lines of JSON on stderr and one JSON object on stdout; or nothing.",
)
@options.unattended
def command(
    paths: tuple[str, ...],
    out: Path | None,
    draws: int,
    seed: int | None,
    prior_only: bool,
    keep_draws: bool,
    workers: int | None,
    scheduler: str | None,
    memory: int,
    shard: tuple[int, int] | None,
    fail_fast: bool,
    replaced: bool,
    dry_run: bool,
    root: Path | None,
    progress: str,
    as_json: bool,
    quiet: bool,
) -> None:
    """Forecast every scenario of PATHS: files, folders, globs in quotes, or sweep files.

    Killed at any moment, the same command goes on where it was. Exit code 1 says that some scenarios failed; which, and
    why, is in OUT/failures.jsonl.
    """
    as_json = as_json or progress == "json"
    watcher = _Progress("none" if quiet else progress)
    settings = Settings(draws, seed, prior_only=prior_only, keep_draws=keep_draws)
    same: dict[str, Any] = {"root": root, "workers": workers, "memory": memory, "watcher": watcher}
    if dry_run:
        plan = estimate(paths, out, settings, **same)
        watcher.clear()
        _tell(plan, _plan_text, as_json)
        sys.exit(1 if plan.failures else 0)
    if out is None:
        raise InputError(lazy("--out is needed: the folder of results"))
    try:
        how: dict[str, Any] = {"shard": shard, "fail_fast": fail_fast, "replace_results": replaced}
        report = run_batch(paths, out, settings, scheduler=scheduler, **how, **same)
    except KeyboardInterrupt:
        raise Interrupted(_("stopped; what is computed is kept, the same command goes on")) from None
    finally:
        watcher.clear()
    if not report.missing:
        report_too(out)
    _tell(report, _report_text, as_json)
    sys.exit(1 if report.failures else 0)


def _tell[Outcome: BatchRun | BatchPlan](outcome: Outcome, words: Callable[[Outcome], str], as_json: bool) -> None:
    if as_json:
        say_json(json.dumps(outcome.to_json(), ensure_ascii=False))
        return
    for line in words(outcome).splitlines():
        say_line(line, indent=len(line) - len(line.lstrip()) + 2)


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def _bases_text(outcome: BatchRun | BatchPlan) -> str:
    number = len(outcome.bases)
    return (
        _("; {0} only describe{1} what others extend").format(_count(number, _("file")), "s" if number == 1 else "")
        if number
        else ""
    )


def _failures_text(outcome: BatchRun | BatchPlan) -> list[str]:
    lines = []
    for failure in outcome.broken[:3]:
        lines.append(_("{0} failed:").format(failure.path))
        words = failure.words(terminal_width() - 2, encoding_of(sys.stdout))
        lines += [f"  {line}" for line in words.splitlines()[:6]]
    if outcome.failures > 3:
        lines.append(_("… and {0:,} more").format(outcome.failures - 3))
    return lines


def _report_text(report: BatchRun) -> str:
    lines = _failures_text(report)
    lines += [_("warning: {0}").format(f"{each.path}: {each.message}") for each in report.warnings[:3]]
    if len(report.warnings) > 3:
        lines.append(
            _("… and {0:,} more warnings: column `warnings` of scenarios.parquet").format(len(report.warnings) - 3)
        )
    if report.left_out:
        lines.append(str(left_out_words(report.left_out)))
    lines.append(
        _("{0} forecast, {1:,} failed{2}").format(
            _count(report.scenarios, _("scenario")), report.failures, _bases_text(report)
        )
    )
    rate = report.computed / report.seconds if report.seconds > 0 else 0.0
    lines.append(
        _("{0} computed, {1:,} were there already; {2}, {3} sampled; {4:.1f} s").format(
            _count(report.computed, _("distinct scenario")),
            report.kept,
            _count(report.calibrations, _("calibration")),
            report.sampled,
            report.seconds,
        )
        + (_(", {0:.0f} a second").format(rate) if report.computed and rate >= 1 else "")
    )
    if report.finished:
        lines.append(
            _("results: {0}   e.g. txsim results top {1} --by npv --option commit").format(report.folder, report.folder)
        )
        if report.failures:
            lines.append(_("failures: {0}").format(Path(report.folder) / "failures.jsonl"))
    elif report.missing:
        other = _("the last shard to end writes the results, or the same command without --shard")
        lines.append(_("{0} left to other shards; {1}").format(_count(report.missing, _("distinct scenario")), other))
    else:
        lines.append(_("stopped at the first failure; the same command without --fail-fast goes on"))
    return "\n".join(lines)


def _plan_text(plan: BatchPlan) -> str:
    lines = _failures_text(plan)
    if plan.left_out:
        lines.append(str(left_out_words(plan.left_out)))
    lines.append(
        _("{0}, {1:,} cannot be read{2}").format(
            _count(plan.scenarios, _("scenario")), plan.failures, _bases_text(plan)
        )
    )
    lines.append(
        _("{0}, {1:,} of them computed already").format(_count(plan.distinct, _("distinct scenario")), plan.kept)
    )
    lines.append(_("{0}, {1} to be sampled").format(_count(plan.calibrations, _("calibration")), plan.to_sample))
    if plan.seconds is not None:
        workers = _count(plan.workers, _("worker"))
        sampling = (
            _(", and up to a minute for each of {0} calibrations").format(plan.to_sample) if plan.to_sample else ""
        )
        about = (
            _("about {0} minutes").format(_clock(plan.seconds))
            if plan.seconds >= 60
            else _("about {0:.0f} seconds").format(plan.seconds)
        )
        lines.append(_("{0} with {1}{2}").format(about, workers, sampling))
    return "\n".join(lines)
