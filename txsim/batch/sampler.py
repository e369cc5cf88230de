# SPDX-License-Identifier: MIT
"""Sampling in a process of its own: what a stranger's beliefs do to it, or it to memory, ends that process alone."""

from __future__ import annotations

import contextlib
import pickle
import subprocess
import sys
import traceback
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from txsim.batch import processes
from txsim.errors import TxsimError
from txsim.inference import Calibration, CalibrationSpec, calibrate
from txsim.inference.compiled_model import Engine
from txsim.language import lazy
from txsim.types import Progress

#: Seconds between two looks at how much memory the process holds.
_LOOK = 0.25


class Died(TxsimError):
    """The process that sampled has died, or was ended because it took too much memory."""


class Sampler:
    """A process that samples calibrations one after the other, started when it is first needed.

    ``memory``: bytes that it may take: beliefs that are estimated to need more are refused, and it is ended where it
    takes more all the same.
    """

    def __init__(self, memory: int) -> None:
        self._memory = memory
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe: Connection[Any, Any] | None = None

    def sample(self, spec: CalibrationSpec, seed: int, progress: Progress | None, serves: int) -> Calibration:
        """Return draws as :func:`~txsim.inference.calibrate` does, with its errors.

        Raises Died if the process died over it. The next call starts another one.
        """
        if self._process is None or self._pipe is None:
            self._process, self._pipe = processes.start(__name__)
        try:
            self._pipe.send((spec, seed, self._memory, serves))
            while True:
                while not self._pipe.poll(_LOOK):
                    if _held(self._process.pid) > self._memory:
                        self.close()
                        message = lazy(
                            "sampling took more than {limit:,} MiB of memory (--memory) and was ended",
                            limit=self._memory // 2**20,
                        )
                        raise Died(message)
                what, content = self._pipe.recv()
                if what == "done":
                    calibration: Calibration = content
                    return calibration
                if what == "failed":
                    raise content
                if progress is not None:
                    progress(*content)
        except (EOFError, ConnectionError):
            why = processes.end_of(self._process)
            self.close()
            raise Died(lazy("the process that sampled {why}; there may not be enough memory", why=why)) from None
        except KeyboardInterrupt:
            self.close()  # it is in the middle of something
            raise

    def close(self) -> None:
        """End the process."""
        if self._pipe is not None:
            self._pipe.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._process = self._pipe = None


def _held(process: int) -> int:
    """Return the bytes that a process holds; 0 where the system does not tell."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        for line in Path(f"/proc/{process}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
    return 0


def main(handle: int) -> None:
    """Serve until the other side closes the pipe."""
    pipe: Connection[Any, Any] = Connection(handle)
    take = processes.received(pipe)
    engines: list[Engine] = []
    while True:
        spec, seed, memory, serves = take()
        try:
            calibration = calibrate(
                spec,
                seed=seed,
                progress=lambda sentence, share: processes.send(pipe, ("said", (sentence, share))),
                engines=engines,
                memory=memory,
                serves=serves,
            )
        except Exception as error:
            processes.send(pipe, ("failed", _portable(error)))
        else:
            processes.send(pipe, ("done", calibration))


def _portable(error: Exception) -> Exception:
    """Return an error that passes through a pipe, with where it arose."""
    error.add_note("".join(traceback.format_tb(error.__traceback__)))
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301  # our own
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


if __name__ == "__main__":
    main(int(sys.argv[1]))
