# SPDX-License-Identifier: MIT
"""Workers on this machine: processes that take tasks, are replaced when they die, and end with the batch.

Threads would do for the kernel, which gives up the interpreter's lock; laying scenarios out and writing figures do
not, and cost a third of the time (docs/batch.md). So each worker is a process.
"""

from __future__ import annotations

import contextlib
import subprocess
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection, wait
from typing import Any

from txsim.batch import processes
from txsim.batch.calibrations import Calibrations
from txsim.batch.chunk_files import unpacked
from txsim.batch.work import CaseResult, Task, simulate
from txsim.errors import TxsimError
from txsim.language import Message, lazy

#: Times that a task may take its worker down before it is taken apart, and a single scenario before it is given up.
_TRIES = 3
#: Workers that may die without finishing anything before the batch stops.
_DEAD_IN_A_ROW = 20


@dataclass(frozen=True, slots=True)
class Lost:
    """A scenario that took its worker down again and again: most often for want of memory."""

    key: str
    message: Message


@dataclass
class _Worker:
    process: subprocess.Popen[bytes]
    pipe: Connection[Any, Any]
    ready: bool = False
    calibration: str = ""
    tasks: deque[Task] = field(default_factory=deque)


class Workers:
    """A number of worker processes; with one, the work is done here."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._workers: list[_Worker] = []
        if count > 1:
            self._workers = [_start() for _ in range(count)]

    def run(self, tasks: Sequence[Task], calibrations: Calibrations) -> Iterator[list[CaseResult] | Lost]:
        """Run tasks and yield results as they come, in any order."""
        if self.count <= 1:
            for task in tasks:
                yield simulate(task, calibrations.get(task.calibration))
            return
        waiting = deque(tasks)
        tries: dict[int, int] = {}
        number = max((task.number for task in tasks), default=0)
        in_a_row = 0
        while waiting or any(worker.tasks for worker in self._workers):
            for worker in self._workers:
                # One task ahead, so that nobody waits for the pipe.
                while worker.ready and waiting and len(worker.tasks) < 2:
                    _give(worker, waiting.popleft(), calibrations)
            for pipe in wait([worker.pipe for worker in self._workers]):
                place = next(i for i, worker in enumerate(self._workers) if worker.pipe is pipe)
                worker = self._workers[place]
                try:
                    what, _, content = worker.pipe.recv()
                except (EOFError, OSError):
                    in_a_row += 1
                    if in_a_row > _DEAD_IN_A_ROW:
                        message = lazy(
                            "{in_a_row} workers in a row died before they finished anything (the last {end}); "
                            "what is done is kept",
                            in_a_row=in_a_row,
                            end=processes.end_of(worker.process),
                        )
                        raise TxsimError(message) from None
                    yield from self._replace(place, waiting, tries, number)
                    number += 2
                    continue
                worker.ready = True
                if what == "done":
                    in_a_row = 0
                    worker.tasks.popleft()
                    yield unpacked(content)

    def _replace(self, place: int, waiting: deque[Task], tries: dict[int, int], number: int) -> Iterator[Lost]:
        """Start another worker in place of a dead one; what it was doing is done again, in halves if need be."""
        worker = self._workers[place]
        why = processes.end_of(worker.process)
        worker.pipe.close()
        self._workers[place] = _start()
        for i, task in enumerate(worker.tasks):
            tries[task.number] = tries.get(task.number, 0) + (1 if i == 0 else 0)
            if tries[task.number] < _TRIES:
                waiting.appendleft(task)
            elif len(task.keys) > 1:
                half = len(task.keys) // 2
                waiting.appendleft(_part(task, slice(0, half), number + 1))
                waiting.appendleft(_part(task, slice(half, None), number + 2))
            else:
                yield Lost(
                    task.keys[0],
                    lazy(
                        "its worker {why} each of {tries} times; there may not be enough memory", why=why, tries=_TRIES
                    ),
                )

    def close(self) -> None:
        """End the workers: they leave when their pipe is closed, or are killed if they do not."""
        for worker in self._workers:
            worker.pipe.close()
            worker.process.kill()
        for worker in self._workers:
            worker.process.wait()
        self._workers = []

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _part(task: Task, which: slice, number: int) -> Task:
    return replace(task, number=number, keys=task.keys[which], scenarios=task.scenarios[which], seeds=task.seeds[which])


def _start() -> _Worker:
    return _Worker(*processes.start("txsim.batch.worker"))


def _give(worker: _Worker, task: Task, calibrations: Calibrations) -> None:
    key = task.calibration
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # found out when it is listened to
        if worker.calibration != key:
            worker.pipe.send(("calibration", key, calibrations.get(key)))
            worker.calibration = key
        worker.pipe.send(("task", key, task))
    worker.tasks.append(task)
