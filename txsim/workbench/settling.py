# SPDX-License-Identifier: MIT
"""The other process: it compiles models and samples the chains of ``txsim run``, and leaves both in the store.

Python runs one thread at a time, and a compiler is written in Python: in the process of the page it would make hands
wait for half a minute.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path

from txsim.errors import TxsimError
from txsim.inference import Engine

_engines: list[Engine] = []


def _begin(environment: dict[str, str]) -> None:
    """Leave Ctrl-C to the process of the page, give way to it, and end with it however it ends."""
    os.environ.update(environment)
    threading.Thread(target=_end_with_the_page, daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(OSError):
        os.nice(5)


def _end_with_the_page() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)


def _settle(path: Path, root: Path | None, overrides: Sequence[str], draws: int) -> str:
    """Sample what ``txsim run`` would, so that it is stored; return a fault."""
    from txsim.forecast import calibration_spec
    from txsim.inference import calibrate
    from txsim.scenario import load

    try:
        calibrate(calibration_spec(load(path, root=root, overrides=overrides)), serves=draws, engines=_engines)
    except TxsimError as error:
        return str(error)
    return ""


def _test(path: Path, root: Path | None, overrides: Sequence[str], draws: int, seed: int | None) -> str:
    """Sample without each claim that weights cannot leave out, so that it is stored; return a fault."""
    from txsim.decide.advice import advise
    from txsim.forecast import forecast
    from txsim.scenario import load

    try:
        advise(forecast(load(path, root=root, overrides=overrides), draws=draws, seed=seed))
    except TxsimError as error:
        return str(error)
    return ""


def _compile(path: Path, root: Path | None, overrides: Sequence[str], near: bool) -> str:
    """Compile the model of a scenario's beliefs, or of those nearby, so that it is stored; return a fault."""
    from txsim.forecast import calibration_spec
    from txsim.inference.transport import nearby
    from txsim.scenario import load

    try:
        spec = calibration_spec(load(path, root=root, overrides=overrides))
        spec = (nearby(spec) if near else None) or spec
        if spec.source == "mcmc" and not any(engine.fits(spec) for engine in _engines):
            _engines[:] = [Engine(spec), *_engines[:3]]
    except TxsimError as error:
        return str(error)
    return ""


class Settling:
    """One other process, started when it is first needed.

    ``draws``, ``seed``: as for :func:`txsim.forecast`.
    """

    def __init__(self, path: Path, root: Path | None, *, draws: int, seed: int | None) -> None:
        self._what = (path, root)
        self._draws, self._seed = draws, seed
        self._pool: ProcessPoolExecutor | None = None

    def _process(self) -> ProcessPoolExecutor:
        if self._pool is None:
            told = {
                name: value for name, value in os.environ.items() if name.startswith(("TXSIM", "OPENBLAS", "NUMBA"))
            }
            self._pool = ProcessPoolExecutor(
                1, mp_context=multiprocessing.get_context("spawn"), initializer=_begin, initargs=(told,)
            )
        return self._pool

    def settle(self, overrides: Sequence[str]) -> Future[str]:
        """Sample the chains of ``txsim run`` under some overrides; the result is a fault, mostly empty."""
        return self._process().submit(_settle, *self._what, tuple(overrides), self._draws)

    def test(self, overrides: Sequence[str]) -> Future[str]:
        """Sample what the verdict of ``txsim run`` rests on besides; the result is a fault, mostly empty."""
        return self._process().submit(_test, *self._what, tuple(overrides), self._draws, self._seed)

    def compile(self, overrides: Sequence[str], *, near: bool = False) -> Future[str]:
        """Compile the model under some overrides, or the one nearby; the result is a fault, mostly empty."""
        return self._process().submit(_compile, *self._what, tuple(overrides), near)

    def close(self) -> None:
        """End the process, whatever it is at; what it had stored is whole."""
        if self._pool is not None:
            for process in list((self._pool._processes or {}).values()):
                process.terminate()
            self._pool.shutdown(cancel_futures=True)
            self._pool = None
