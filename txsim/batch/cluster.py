# SPDX-License-Identifier: MIT
"""Workers elsewhere: chunks handed to a Dask cluster that is already there (docs/batch.md).

Nothing is shared but messages: a task carries its scenarios and its calibration, and returns figures. Dask itself gives
the tasks of a lost worker to another one.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
from collections.abc import Iterator, Sequence
from typing import Any

from txsim.batch.calibrations import Calibrations
from txsim.batch.chunk_files import packed, unpacked
from txsim.batch.local import Lost
from txsim.batch.work import CaseResult, Task, simulate
from txsim.batch.work_plan import versions
from txsim.errors import InputError, TxsimError
from txsim.inference import Calibration
from txsim.language import _, lazy

#: Workers that may be lost with one task before it is given up.
_LOSSES = 5
#: Tasks handed out for each worker at a time.
_AHEAD = 3
#: Seconds that a scheduler may take to answer.
_WAITED = 8


def _remote(task: Task, calibration: Calibration) -> tuple[dict[str, str], bytes]:
    return versions(), packed(simulate(task, calibration))


def _same(calibration: Calibration) -> Calibration:
    return calibration


def _check(address: str) -> None:
    """Refuse what Dask could not connect to; a client of it that failed half-way would complain as Python exits."""
    from distributed.comm.addressing import parse_address, parse_host_port
    from distributed.security import Security

    try:
        scheme, place = parse_address(address)
        host, port = parse_host_port(place)
        known = scheme in ("tcp", "tls") and not set(host) & set(" /@;") and bool(host) and 0 < port < 2**16
    except ValueError:
        known = False
    if not known:
        message = lazy(
            "`{address}` is no address of a Dask scheduler; it looks like tcp://10.0.0.5:8786, or tls://…",
            address=address,
        )
        raise InputError(message)
    if scheme == "tls":
        try:
            ready = Security().get_connection_args("client")["ssl_context"] is not None
        except (OSError, ValueError, TypeError):  # files that are not there, or no certificates
            ready = False
        if not ready:
            message = lazy(
                "{address} asks for certificates; name them in Dask's configuration: distributed.comm.tls.ca-file, "
                "distributed.comm.tls.client.cert and distributed.comm.tls.client.key",
                address=address,
            )
            raise InputError(message)


async def _greet(address: str) -> None:
    """Ask who listens at an address: a client of Dask waits for ever for an answer in another tongue.

    Raises
    ------
    Exception
        Of whatever kind, if it is no scheduler, or nobody answers in time.
    """
    from distributed import rpc
    from distributed.security import Security

    try:
        async with asyncio.timeout(_WAITED):
            async with rpc(address, connection_args=Security().get_connection_args("client")) as there:
                kind = (await there.identity())["type"]
    except TimeoutError:
        raise TimeoutError(_("no answer within {0} seconds").format(_WAITED)) from None
    if kind != "Scheduler":
        raise ValueError(_("a {0} answers").format(kind))


class Cluster:
    """A Dask cluster at an address.

    ``address``: for example ``tcp://10.0.0.5:8786``. Raises :class:`InputError` if that is no address, nobody answers
    there, or it has no workers.
    """

    def __init__(self, address: str) -> None:
        try:
            import dask
            from distributed import Client
        except ImportError:
            raise InputError(lazy("--scheduler needs the packages dask and distributed")) from None
        _check(address)
        # Dask logs what it goes through when a connection ends; what a person needs to know is said in one sentence.
        # Its modules have levels and handlers of their own.
        for name in [name for name in logging.root.manager.loggerDict if name.partition(".")[0] == "distributed"]:
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        dask.config.set({"distributed.scheduler.allowed-failures": _LOSSES})
        try:
            asyncio.run(_greet(address))
            self._client: Any = Client(address, timeout=_WAITED, set_as_default=False, name="txsim")
        except Exception as error:  # whatever listens there may answer whatever it likes
            message = lazy(
                "no Dask scheduler answers at {address} ({error}); start one with: dask scheduler",
                address=address,
                error=str(error)[:200] or type(error).__name__,
            )
            raise InputError(message) from None
        self.count = len(self._client.scheduler_info(n_workers=-1)["workers"])
        if not self.count:
            self._client.close()
            message = lazy(
                "the scheduler at {address} has no workers; start some with: dask worker {address}", address=address
            )
            raise InputError(message)

    def run(self, tasks: Sequence[Task], calibrations: Calibrations) -> Iterator[list[CaseResult] | Lost]:
        """Run tasks and yield results as they come, in any order."""
        from distributed import as_completed
        from distributed.client import ClosedClientError, FutureCancelledError
        from distributed.comm.core import CommClosedError
        from distributed.scheduler import KilledWorker

        waiting = iter(tasks)
        doing: dict[Any, Task] = {}
        shared: dict[str, Any] = {}

        def submit(task: Task) -> Any:
            key = task.calibration
            if key not in shared:
                shared.clear()  # tasks of one calibration come together; those that run hold on to theirs
                # A task rather than scattered data: made again when the worker that held it is lost.
                shared[key] = self._client.submit(_same, calibrations.get(key), pure=False)
            future = self._client.submit(_remote, task, shared[key], pure=False)
            doing[future] = task
            return future

        begun = [submit(task) for task in itertools.islice(waiting, _AHEAD * self.count)]
        coming = as_completed(begun, loop=self._client.loop)
        del begun
        try:
            for future in coming:
                task = doing.pop(future)
                for following in itertools.islice(waiting, 1):
                    coming.add(submit(following))
                try:
                    there, content = future.result()
                except KilledWorker:
                    for each in task.keys:
                        yield Lost(
                            each,
                            lazy("{losses} workers were lost with it; there may not be enough memory", losses=_LOSSES),
                        )
                    continue
                except FutureCancelledError:
                    raise
                except Exception as error:  # whatever a machine elsewhere may suffer from
                    reason = (str(error).strip().splitlines() or [""])[0].partition(". ")[0][:200]
                    message = lazy(
                        "a worker of the cluster failed with {name}: {words}; scheduler and workers need the "
                        "packages of this machine (txsim {versions}); what is done is kept",
                        name=type(error).__name__,
                        words=reason,
                        versions=versions()["txsim"],
                    )
                    raise TxsimError(message) from error
                if there != versions():
                    message = lazy(
                        "workers run other versions ({there}) than this machine ({versions})",
                        there=there,
                        versions=versions(),
                    )
                    raise InputError(message)
                yield unpacked(content)
        except (FutureCancelledError, ClosedClientError, CommClosedError):
            raise TxsimError(lazy("the connection to the Dask scheduler was lost; what is done is kept")) from None
        finally:
            with contextlib.suppress(ClosedClientError, CommClosedError):  # nobody is left to tell
                for future in doing:
                    future.cancel()

    def close(self) -> None:
        """Leave the cluster as it is."""
        self._client.close()

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
