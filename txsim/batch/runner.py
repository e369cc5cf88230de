# SPDX-License-Identifier: MIT
"""A batch from beginning to end: read, calibrate, simulate, write."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from txsim.batch.calibrations import Calibrations
from txsim.batch.cases import cases_of
from txsim.batch.chunk_files import Parts
from txsim.batch.local import Workers
from txsim.batch.result_files import MANIFEST, known_folder, read_manifest, write_failures, write_results
from txsim.batch.todo import Pool, Todo, Watcher, with_results
from txsim.batch.work import bytes_in_flight
from txsim.batch.work_plan import Plan, Settings, failure_of, plan_of, shard_of
from txsim.cachedir import made_folder
from txsim.errors import InputError, StoreError, reason_of
from txsim.language import Words, lazy
from txsim.memory import half_of_the_machine, mebibytes
from txsim.printable import well_formed
from txsim.results.batch import BatchRun, BatchWarning

#: What one worker takes before it simulates anything, and what the batch itself takes.
_WORKER, OWN_MEMORY = 150 * 2**20, 200 * 2**20
#: Scenarios of a task: few enough to share them out evenly, on a cluster enough to be worth the way.
_LOCAL_CHUNK, _CLUSTER_CHUNK = 50, 100
_LEAST_CLUSTER_CHUNK = 50


class Silent:
    """A watcher that tells nobody."""

    def phase(self, name: str, total: int) -> None:
        """Do nothing."""

    def step(self, done: int, failed: int) -> None:
        """Do nothing."""

    def say(self, sentence: Words) -> None:
        """Do nothing."""


@contextlib.contextmanager
def _lock(folder: Path, shard: tuple[int, int] | None) -> Iterator[int]:
    """Hold the folder: one batch alone, or one process for each of several shards."""
    work = folder / ".work"
    try:
        work.mkdir(parents=True, exist_ok=True)
        main = os.open(work / "lock", os.O_CREAT | os.O_RDWR, 0o666)
        own = -1 if shard is None else os.open(work / f"lock-{shard[0]}-of-{shard[1]}", os.O_CREAT | os.O_RDWR, 0o666)
    except OSError as error:
        message = lazy("{folder} cannot be used for results ({strerror})", folder=folder, strerror=reason_of(error))
        raise StoreError(message) from error
    try:
        try:
            fcntl.flock(main, fcntl.LOCK_NB | (fcntl.LOCK_EX if shard is None else fcntl.LOCK_SH))
            if own >= 0:
                fcntl.flock(own, fcntl.LOCK_NB | fcntl.LOCK_EX)
        except OSError:
            message = lazy("another batch is writing into {folder}: wait for it, or name another folder", folder=folder)
            raise StoreError(message) from None
        yield main
    finally:
        os.close(main)  # frees the locks
        if own >= 0:
            os.close(own)


@contextlib.contextmanager
def _disk(folder: Path) -> Iterator[None]:
    """Tell what goes wrong with files as a batch's own error, with what to do."""
    try:
        yield
    except StoreError:
        raise
    except OSError as error:
        message = lazy(
            "{path} cannot be used ({reason}); what is computed is kept",
            path=error.filename or folder,
            reason=reason_of(error),
        )
        raise StoreError(message) from error


def _folder(folder: Path) -> Path:
    """Return the folder of results, made if needed, or refuse it."""
    known_folder(made_folder(folder))
    return folder


def workers_within(wanted: int | None, memory: int, settings: Settings, watch: Watcher) -> int:
    """Return how many workers fit into the memory, at most so many as are wanted or there are cores."""
    most = (
        wanted
        if wanted is not None
        else (len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
    )
    each = bytes_in_flight(settings.draws)
    if OWN_MEMORY + each > memory:
        need = mebibytes(OWN_MEMORY + each)
        message = lazy(
            "{draws:,} draws need about {need:,} MiB, --memory is {memory:,} MiB: change one of them",
            draws=settings.draws,
            need=need,
            memory=memory // 2**20,
        )
        raise InputError(message)
    fit = (memory - OWN_MEMORY) // (_WORKER + each)
    if fit < most and most > 1:
        watch.say(
            lazy(
                "{number} of {most} workers fit into {memory:,} MiB",
                number=max(1, fit),
                most=most,
                memory=memory // 2**20,
            )
        )
    return max(1, min(most, fit))


def _chunk(missing: int, workers: int, far: bool) -> int:
    """Return how many scenarios a task has: enough to be worth the way, few enough to share them out evenly."""
    even = -(-missing // (4 * max(1, workers)))
    return min(max(even, _LEAST_CLUSTER_CHUNK), _CLUSTER_CHUNK) if far else min(max(even, 1), _LOCAL_CHUNK)


@contextlib.contextmanager
def _pool(count: int, scheduler: str | None) -> Iterator[Pool]:
    if scheduler is None:
        with Workers(count) as workers:
            yield workers
    else:
        from txsim.batch.cluster import Cluster

        with Cluster(scheduler) as cluster:
            yield cluster


def _same_batch(folder: Path, given: Sequence[str], settings: Settings, replaced: bool, watch: Watcher) -> None:
    """Refuse to write over the results of another question; a damaged manifest is made anew, as a missing one."""
    try:
        before = None if replaced else read_manifest(folder)
    except InputError:
        watch.say(lazy("{file} was damaged and is made anew", file=str(folder / MANIFEST)))
        return
    if before is None:
        return
    now = {name: getattr(settings, name) for name in before["settings"] if hasattr(settings, name)}
    changed = [name for name, value in before["settings"].items() if now.get(name) != value]
    if list(given) != before["paths"]:
        changed.append("paths")
    if changed:
        message = lazy(
            "{folder} holds results of other {changed} ({examples}); name another folder, or say --replace",
            folder=folder,
            changed=", ".join(changed),
            examples=" ".join(before["paths"][:3]),
        )
        raise InputError(message)


def run_batch(
    paths: Iterable[str | os.PathLike[str]],
    out: str | os.PathLike[str],
    settings: Settings,
    *,
    root: str | os.PathLike[str] | None = None,
    workers: int | None = None,
    scheduler: str | None = None,
    memory: int | None = None,
    shard: tuple[int, int] | None = None,
    fail_fast: bool = False,
    replace_results: bool = False,
    watcher: Watcher | None = None,
) -> BatchRun:
    """Forecast every scenario of some paths and write the results into a folder.

    Parameters
    ----------
    paths
        Files, folders, globs and sweep files, see :func:`~txsim.batch.cases.cases_of`.
    out
        Folder of results, made if needed. What an earlier or killed run of the same batch computed is used again.
    settings
        What decides the figures beside the scenarios.
    root
        Folder that no file may leave by ``extends``.
    workers
        Processes on this machine; by default one for each core, fewer if memory asks for it.
    scheduler
        Address of a Dask scheduler that takes the work instead.
    memory
        Bytes that the batch may take on this machine, workers included; by default half of what the machine has.
    shard
        ``(i, n)``: compute only the i-th of n shares; the last of them to end writes the results.
    fail_fast
        Stop at the first failure.
    replace_results
        Write over the results of another batch.
    watcher
        Told how it goes.

    Raises
    ------
    InputError
        If nothing is found, a setting cannot be used or the folder holds another batch.
    StoreError
        If another batch is writing there, or the disk is full. What is computed is kept; the same call goes on.
    """
    begun = time.monotonic()
    memory = half_of_the_machine() if memory is None else memory
    if shard is not None and not 1 <= shard[0] <= shard[1]:
        raise InputError(lazy("shard: {part}/{parts} is none; the first of four is 1/4", part=shard[0], parts=shard[1]))
    named = [os.fspath(path) for path in paths]
    cases, broken, left_out = cases_of(named, root=root)
    given = [well_formed(path) for path in named]
    folder = _folder(Path(out))
    watch = watcher or Silent()
    count = (
        1 if scheduler is not None else min(workers_within(workers, memory, settings, watch), max(1, len(cases) // 4))
    )
    with contextlib.ExitStack() as stack:
        stack.enter_context(_disk(folder))
        lock = stack.enter_context(_lock(folder, shard))
        _same_batch(folder, given, settings, replace_results, watch)
        pool = stack.enter_context(_pool(count, scheduler))  # workers start while files are read
        failures = [failure_of(file, error) for file, error in broken]
        plan = Plan()
        if not (failures and fail_fast):
            watch.phase("reading", len(cases))
            mine = (lambda key: shard_of(key, shard[1]) == shard[0]) if shard is not None else (lambda key: True)
            plan = plan_of(
                cases, settings, tick=watch.step, stop=fail_fast, mine=mine, memory=(memory - OWN_MEMORY) // count
            )
            failures += plan.failures
        parts = Parts(folder / ".work" / "parts")
        kept = folder / ".work" / "calibrations"
        calibrations = stack.enter_context(
            Calibrations(kept, plan.specs, settings.calibration_seed, memory - OWN_MEMORY, settings.draws)
        )
        missing = [key for key in plan.scenarios if key not in parts]
        there = len(plan.scenarios) - len(missing)  # what fails while calibrating is taken off the list
        todo = Todo(plan, settings, parts, calibrations, watch, failures, fail_fast)
        if not (failures and fail_fast):
            todo.calibrate(missing)
            todo.simulate(missing, pool, _chunk(len(missing), pool.count, scheduler is not None))
        stopped = bool(todo.failures) and fail_fast
        owed = 0
        if shard is not None:
            fcntl.flock(lock, fcntl.LOCK_UN)
            parts = Parts(parts.folder)
            owed = len({entry.key for entry in plan.entries if entry.key not in parts})
            if not owed:
                fcntl.flock(lock, fcntl.LOCK_EX)  # the others are at their end, too
        if not stopped and not owed:
            entries = with_results(plan, parts, todo.failures)
            watch.phase("writing", len(entries))
            write_results(
                folder,
                given=given,
                settings=settings,
                entries=entries,
                failures=todo.failures,
                bases=plan.bases,
                left_out=(*left_out, *plan.left_out),
                parts=parts,
                notes=calibrations.notes({entry.calibration for entry in entries}),
            )
            parts.forget(entry.key for entry in plan.entries)
        elif stopped:
            write_failures(folder, todo.failures)
    return BatchRun(
        folder=str(folder),
        scenarios=sum(1 for entry in plan.entries if entry.key in parts),
        computed=todo.computed,
        kept=there,
        failures=len(todo.failures),
        bases=tuple(plan.bases),
        left_out=(*left_out, *plan.left_out),
        calibrations=len(plan.specs),
        sampled=calibrations.sampled,
        seconds=round(time.monotonic() - begun, 3),
        finished=not stopped and not owed,
        missing=owed,
        warnings=tuple(BatchWarning(entry.path, remark) for entry in plan.entries for remark in entry.warnings),
        broken=tuple(sorted(todo.failures, key=lambda failure: failure.path)),
    )
