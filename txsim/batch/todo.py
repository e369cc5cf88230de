# SPDX-License-Identifier: MIT
"""What a batch still has to compute: calibrations first, then chunks of scenarios, every failure told and survived."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from txsim.batch.calibrations import Calibrations
from txsim.batch.chunk_files import Parts
from txsim.batch.local import Lost
from txsim.batch.sampler import Died
from txsim.batch.work import CaseResult, Task
from txsim.batch.work_plan import Entry, Failure, Plan, Settings, fault_of, problem_from, problems_of
from txsim.errors import InputError, StoreError, TxsimError, in_english, message_of
from txsim.language import Message, Words
from txsim.printable import well_formed


class Watcher(Protocol):
    """Who is told how a batch goes."""

    def phase(self, name: str, total: int) -> None:
        """Begin ``reading``, ``calibrating``, ``simulating`` or ``writing``, with so many steps."""

    def step(self, done: int, failed: int) -> None:
        """So many steps are done, and so many scenarios failed so far."""

    def say(self, sentence: Words) -> None:
        """Say something in words."""


class Pool(Protocol):
    """Who does the work, here or elsewhere."""

    @property
    def count(self) -> int:
        """How many work at a time."""

    def run(self, tasks: Sequence[Task], calibrations: Calibrations) -> Iterator[list[CaseResult] | Lost]:
        """Yield results of tasks as they come, in any order."""


@dataclass
class Todo:
    """The work of one batch."""

    #: ``plan``, ``settings``, ``parts``, ``calibrations``, ``watch``: What is wanted, where results are kept, who makes
    #: draws, who is told.
    plan: Plan
    settings: Settings
    parts: Parts
    calibrations: Calibrations
    watch: Watcher
    failures: list[Failure]  #: What failed so far, in the order in which it was found.
    fail_fast: bool  #: Whether to stop at the first failure.
    computed: int = 0  #: Keys computed so far.

    def calibrate(self, missing: list[str]) -> None:
        """Make the draws that the missing keys rest on; keys whose draws cannot be had are taken off the list."""
        wanted = set(missing)
        by_calibration: dict[str, list[Entry]] = {}
        for entry in self.plan.entries:
            if entry.key in wanted:
                by_calibration.setdefault(entry.calibration, []).append(entry)
        self.watch.phase("calibrating", len(by_calibration))
        for i, (key, entries) in enumerate(by_calibration.items()):
            try:
                self.calibrations.get(key, lambda sentence, _: self.watch.say(sentence))
            except StoreError:
                raise
            except Died as error:  # whose memory may suffice another time
                self.failures += [failed(entry, "worker", message_of(error)) for entry in entries]
            except Exception as error:  # one calibration stops no other
                for entry in entries:
                    kind, known, trace = fault_of(error, entry.path)
                    kind = "calibration" if kind == "input" else kind
                    self.failures.append(failed(entry, kind, known, problems_of(known), trace))
            else:
                self.watch.step(i + 1, len(self.failures))
                continue
            wanted.difference_update(entry.key for entry in entries)
            missing[:] = [name for name in missing if name in wanted]
            self.watch.step(i + 1, len(self.failures))
            if self.fail_fast:
                missing.clear()
                return

    def simulate(self, missing: Sequence[str], pool: Pool, size: int) -> None:
        """Simulate the missing keys in chunks of one calibration and keep what comes."""
        if not missing:
            return
        self.watch.phase("simulating", len(missing))
        owners: dict[str, Entry] = {}
        paths: dict[str, list[Entry]] = {}
        for entry in self.plan.entries:
            owners.setdefault(entry.key, entry)
            paths.setdefault(entry.key, []).append(entry)
        done = 0
        for outcome in pool.run(self._tasks(missing, owners, size), self.calibrations):
            if isinstance(outcome, Lost):
                done += 1
                entries = paths[outcome.key]
                self.failures += [failed(entry, "worker", outcome.message) for entry in entries]
            else:
                # What failed for want of memory, or by a fault, may go well next time: it is not kept.
                self.parts.add([each for each in outcome if each.kind == "simulation"])
                done += len(outcome)
                self.computed += len(outcome)
                for each in outcome:
                    if each.problems:
                        self.failures += [refused(entry, each) for entry in paths[each.key]]
            self.watch.step(done, len(self.failures))
            if self.failures and self.fail_fast:
                return

    def _tasks(self, missing: Sequence[str], owners: dict[str, Entry], size: int) -> list[Task]:
        by_calibration: dict[str, list[str]] = {}
        for key in missing:
            by_calibration.setdefault(owners[key].calibration, []).append(key)
        tasks: list[Task] = []
        for calibration, keys in by_calibration.items():
            for first in range(0, len(keys), size):
                some = tuple(keys[first : first + size])
                scenarios = tuple(self.plan.scenarios[key] for key in some)
                seeds = tuple(owners[key].seed for key in some)
                settings = self.settings
                tasks.append(Task(len(tasks), calibration, some, scenarios, seeds, settings.draws, settings.keep_draws))
        return tasks


def failed(
    entry: Entry, kind: str, fault: TxsimError | Message, problems: tuple[dict[str, Any], ...] = (), trace: str = ""
) -> Failure:
    """Return the failure of a scenario that was read."""
    said = fault if isinstance(fault, Message) else None if problems else message_of(fault)
    messages = {} if said is None else {"message": said.to_json()}
    english = well_formed(fault.english() if isinstance(fault, Message) else in_english(fault))
    return Failure(entry.path, kind, english, problems, entry.hash, entry.overrides, trace, messages, fault)


def refused(entry: Entry, result: CaseResult) -> Failure:
    """Return the failure of a scenario that cannot be simulated."""
    error = InputError([problem_from(problem) for problem in result.problems])
    return failed(entry, result.kind, error, result.problems, result.traceback)


def with_results(plan: Plan, parts: Parts, failures: list[Failure]) -> list[Entry]:
    """Return the entries that have figures; adds failures that an earlier run had found."""
    failed_paths = {failure.path for failure in failures}
    entries = []
    for entry in plan.entries:
        if entry.key not in parts:
            continue
        result = parts.get(entry.key)
        if not result.problems:
            entries.append(entry)
        elif entry.path not in failed_paths:
            failures.append(refused(entry, result))
    return entries
