# SPDX-License-Identifier: MIT
"""One worker process on this machine: takes tasks from a pipe until it is closed.

Started by :mod:`txsim.batch.local` as a program of its own, so that it neither inherits the caller's threads nor runs
the caller's script again, and can die without taking anything with it.
"""

from __future__ import annotations

import sys
from multiprocessing.connection import Connection
from typing import Any

from txsim.batch import processes
from txsim.batch.chunk_files import packed
from txsim.batch.work import simulate
from txsim.simulate.engine import warm_up


def main(handle: int) -> None:
    """Serve until the other side closes the pipe."""
    pipe: Connection[Any, Any] = Connection(handle)
    take = processes.received(pipe)
    calibrations: dict[str, Any] = {}
    warm_up()
    processes.send(pipe, ("ready", None, None))
    while True:
        what, key, content = take()
        if what == "calibration":
            calibrations = {key: content}
        else:
            processes.send(pipe, ("done", content.number, packed(simulate(content, calibrations[key]))))


if __name__ == "__main__":
    main(int(sys.argv[1]))
