# SPDX-License-Identifier: MIT
"""Workers elsewhere: chunks handed to a Dask cluster that is already there (docs/batch.md).

Nothing is shared but messages: a task carries its scenarios and its calibration, and returns figures. Dask itself gives
the tasks of a lost worker to another one.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterator, Sequence
from typing import Any

from txsim.batch.calibrations import Calibrations
from txsim.batch.chunk_files import packed, unpacked
from txsim.batch.local import Lost
from txsim.batch.work import Found, Task, simulate
from txsim.batch.work_plan import versions
from txsim.errors import InputError, TxsimError
from txsim.inference import Calibration
from txsim.language import lazy

__all__ = ["Cluster"]

#: Workers that may be lost with one task before it is given up.
_LOSSES = 5
#: Tasks handed out for each worker at a time.
_AHEAD = 3


def _remote(task: Task, calibration: Calibration) -> tuple[dict[str, str], bytes]:
    return versions(), packed(simulate(task, calibration))


def _same(calibration: Calibration) -> Calibration:
    return calibration


class Cluster:
    """A Dask cluster at an address.

    Parameters
    ----------
    address
        For example ``tcp://10.0.0.5:8786``.

    Raises
    ------
    InputError
        If nobody answers there, or it has no workers.
    """

    def __init__(self, address: str) -> None:
        try:
            import dask
            from distributed import Client
        except ImportError:
            message = lazy("--scheduler needs the packages dask and distributed")
            raise InputError(message) from None
        # Dask logs what it goes through when a connection ends; what a person needs to know is said in one sentence.
        logging.getLogger("distributed").setLevel(logging.CRITICAL + 1)
        dask.config.set({"distributed.scheduler.allowed-failures": _LOSSES})
        try:
            self._client: Any = Client(address, timeout=8, set_as_default=False, name="txsim")
        except (OSError, ValueError, TimeoutError) as error:
            message = lazy(
                "no Dask scheduler answers at {address} ({error}); start one with: dask scheduler",
                address=address,
                error=str(error)[:200],
            )
            raise InputError(message) from None
        self.count = len(self._client.scheduler_info(n_workers=-1)["workers"])
        if not self.count:
            self._client.close()
            message = lazy(
                "the scheduler at {address} has no workers; start some with: dask worker {address}", address=address
            )
            raise InputError(message)

    def run(self, tasks: Sequence[Task], calibrations: Calibrations) -> Iterator[list[Found] | Lost]:
        """Run tasks and yield results as they come, in any order."""
        from distributed import as_completed
        from distributed.client import FutureCancelledError
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
                    message = lazy("the connection to the Dask scheduler was lost; what is done is kept")
                    raise TxsimError(message) from None
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
        finally:
            for future in doing:
                future.cancel()

    def close(self) -> None:
        """Leave the cluster as it is."""
        self._client.close()

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
