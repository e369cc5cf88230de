# SPDX-License-Identifier: MIT
"""One worker process on this machine: takes tasks from a pipe until it is closed.

Started by :mod:`txsim.batch.local` as a program of its own, so that it neither inherits the caller's threads nor runs
the caller's script again, and can die without taking anything with it.
"""

from __future__ import annotations

import os
import queue
import sys
import threading
from multiprocessing.connection import Connection
from typing import Any

from txsim.batch.chunk_files import packed
from txsim.batch.work import simulate
from txsim.simulate.engine import warm_up

__all__ = ["main"]


def main(handle: int) -> None:
    """Serve until the other side closes the pipe."""
    pipe: Connection[Any, Any] = Connection(handle)
    received: queue.SimpleQueue[Any] = queue.SimpleQueue()
    # A thread listens, so that nobody waits for a pipe that is full in both directions, and the process ends at once
    # when the batch does, in the middle of a task or not.
    threading.Thread(target=_listen, args=(pipe, received), daemon=True).start()
    calibrations: dict[str, Any] = {}
    warm_up()
    _send(pipe, ("ready", None, None))
    while True:
        what, key, content = received.get()
        if what == "calibration":
            calibrations = {key: content}
        else:
            _send(pipe, ("done", content.number, packed(simulate(content, calibrations[key]))))


def _listen(pipe: Any, received: queue.SimpleQueue[Any]) -> None:
    while True:
        try:
            received.put(pipe.recv())
        except (EOFError, OSError):
            os._exit(0)


def _send(pipe: Any, message: Any) -> None:
    try:
        pipe.send(message)
    except (BrokenPipeError, ConnectionResetError):
        os._exit(0)


if __name__ == "__main__":
    main(int(sys.argv[1]))
