# SPDX-License-Identifier: MIT
"""Programs of our own that take work from a pipe, live apart, and end with whoever started them."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any

from txsim.language import Message, lazy


def start(module: str) -> tuple[subprocess.Popen[bytes], Connection[Any, Any]]:
    """Start a module as a program, which neither inherits our threads nor runs our script again; return its pipe."""
    ours, theirs = Pipe()
    command = [sys.executable, "-m", module, str(theirs.fileno())]
    # One thread of linear algebra each: the processes are the parallelism.
    environment = {
        **os.environ,
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    process = subprocess.Popen(  # noqa: S603  # this interpreter, this package
        command, pass_fds=[theirs.fileno()], env=environment, stdin=subprocess.DEVNULL, start_new_session=True
    )
    theirs.close()
    return process, ours


def end_of(process: subprocess.Popen[bytes]) -> Message:
    """End a process if it has not ended, and return how it did."""
    process.kill()
    code = process.wait()
    if code < 0:
        return lazy("was ended by {name}", name=signal.Signals(-code).name)
    return lazy("ended with code {number}", number=code)


def received(pipe: Connection[Any, Any]) -> Callable[[], Any]:
    """Return a function that gives what comes through a pipe; the process ends at once when the other side closes it.

    A thread listens, so that nobody waits for a pipe that is full in both directions, and nothing that is being worked
    on keeps us alive.
    """
    held: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def listen() -> None:
        while True:
            try:
                held.put(pipe.recv())
            except (EOFError, OSError):
                os._exit(0)

    threading.Thread(target=listen, daemon=True).start()
    return held.get


def send(pipe: Connection[Any, Any], message: Any) -> None:
    """Send something to the other side; where it is gone, end."""
    try:
        pipe.send(message)
    except (BrokenPipeError, ConnectionResetError):
        os._exit(0)
