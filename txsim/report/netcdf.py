# SPDX-License-Identifier: MIT
"""Files of HDF5 that are whole or not there, on a full disk too."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from txsim.cachedir import whole_file


class UntilFull(io.FileIO):
    """A file that takes whatever is written once a write has failed, and keeps the error.

    HDF5 cannot close a file that it cannot write: the process ends in a crash. It goes on writing here, and the error
    is raised once everything is closed.
    """

    error: OSError | None = None

    def check(self) -> None:
        """Raise the error of a write, if there was one; to be called before the file is opened again."""
        if self.error is not None:
            raise self.error

    def write(self, data: Any) -> int:
        """Write all of ``data``, or keep the error."""
        size = memoryview(data).nbytes
        if self.error is None:
            try:
                view = memoryview(data).cast("B")
                while view.nbytes:  # one that is cut short says no more than by the next
                    view = view[super().write(view) :]
            except OSError as error:
                self.error = error
        return size

    def truncate(self, size: int | None = None) -> int:
        """Set the length, or keep the error."""
        try:
            return super().truncate(size)
        except OSError as error:
            self.error = self.error or error
            return size or 0

    def readinto(self, buffer: Any) -> int:
        """Read; what could not be written reads as zeros."""
        view = memoryview(buffer).cast("B")
        read = super().readinto(view)
        if self.error is not None:
            view[read:] = bytes(view.nbytes - read)
            return view.nbytes
        return read


@contextlib.contextmanager
def netcdf_stream(path: Path) -> Iterator[UntilFull]:
    """Give a stream for HDF5 that takes the place of ``path`` once the block ends well.

    Raises :class:`StoreError` if the folder cannot be written or the disk is full; nothing is left behind.
    """
    with whole_file(path) as temporary, UntilFull(temporary, "r+b") as stream:
        try:
            yield stream
        except Exception:
            if stream.error is None:
                raise
        stream.check()
