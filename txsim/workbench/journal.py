# SPDX-License-Identifier: MIT
"""The journal of a session, beside its scenario: what was accepted is on the disk before anybody is told so.

One JSON object a line, appended and flushed to the disk. A process that dies leaves at most a last line without its
end, which is left out when the journal is read again. A lock says who has the session; the operating system frees it
when the process dies.
"""

from __future__ import annotations

import contextlib
import datetime
import errno
import fcntl
import getpass
import json
import os
import socket
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from txsim.errors import InputError, Problem, StoreError, reason_of
from txsim.language import N_, lazy

#: Bytes of a journal that are read; a session of a day has a hundredth of it.
_LARGEST = 64 * 2**20


def journal_of(scenario: Path) -> Path:
    """Return the journal of a scenario: ``desk.yaml`` has ``desk.workbench.jsonl`` beside it."""
    return scenario.with_name(f"{scenario.stem}.workbench.jsonl")


class Journal:
    """Records of one session, in the order in which they were accepted.

    ``path``: the file; it is made when the first record comes. Raises InputError if the file is no journal; StoreError
    if it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.records: list[dict[str, Any]] = []
        whole = 0
        try:
            with contextlib.suppress(FileNotFoundError):
                content = path.read_bytes()
                if len(content) > _LARGEST:
                    raise InputError(Problem(lazy("is larger than a journal may be"), file=str(path)))
                whole = content.rfind(b"\n") + 1
                self.records = [self._read(line, i) for i, line in enumerate(content[:whole].splitlines(), 1)]
                if whole < len(content):  # the process died while it wrote: nobody was told that it was accepted
                    os.truncate(path, whole)
        except OSError as error:
            raise StoreError(lazy("{path} cannot be read ({value})", path=path, value=reason_of(error))) from error

    def _read(self, line: bytes, number: int) -> dict[str, Any]:
        try:
            record = json.loads(line)
        except ValueError:
            record = None
        if not isinstance(record, dict) or not isinstance(record.get("kind"), str):
            hint = lazy("move it away, and the session begins anew")
            raise InputError(Problem(lazy("this line is no record of a journal"), str(self.path), number, hint=hint))
        return record

    def append(self, kind: str, **what: Any) -> dict[str, Any]:
        """Write one record and return it once it is on the disk.

        ``kind``: what it is a record of; those who read the journal leave out what they do not know. ``what``: JSON.
        Raises :class:`StoreError` if it could not be written whole; the journal stays as it was.
        """
        record = {"kind": kind, "at": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"), **what}
        line = json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        new = not self.path.exists()
        try:
            handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            before = os.fstat(handle).st_size
            try:
                if os.write(handle, line) != len(line):
                    os.ftruncate(handle, before)
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                os.fsync(handle)
            finally:
                os.close(handle)
            if new:
                _flush_folder(self.path.parent)
        except OSError as error:
            message_ = lazy("{path} cannot be written ({value})", path=self.path, value=reason_of(error))
            raise StoreError(message_) from error
        self.records.append(record)
        return record

    def of(self, kinds: tuple[str, ...]) -> Iterator[Mapping[str, Any]]:
        """Give the records of some kinds, in order."""
        return (record for record in self.records if record["kind"] in kinds)


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def one_session(scenario: Path) -> Iterator[Callable[[str], None]]:
    """Hold the scenario for this process; gives what notes the address under which it can be opened.

    Raises InputError if another process has it: who, since when, and where; StoreError if the lock cannot be written,
    as in a folder that may only be read.
    """
    path = scenario.with_name(f".{scenario.stem}.workbench.lock")
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StoreError(lazy("{path} cannot be written ({value})", path=path, value=reason_of(error))) from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(_held(scenario, os.pread(handle, 2000, 0))) from None
        since = datetime.datetime.now().astimezone().strftime("%Y-%m-%d %H:%M")

        def noted(address: str) -> None:
            who = {"by": _user(), "host": socket.gethostname(), "process": os.getpid(), "since": since}
            os.ftruncate(handle, 0)
            os.pwrite(handle, json.dumps({**who, "address": address}).encode(), 0)

        noted("")
        yield noted
        path.unlink(missing_ok=True)
    finally:
        os.close(handle)  # frees the lock


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user who has no name on this machine, as in a container
        return str(os.getuid())


def _held(scenario: Path, content: bytes) -> Problem:
    try:
        who = json.loads(content)
        message = lazy(
            "{by} has it open in a workbench since {since} (process {process} on {host})",
            by=str(who["by"])[:60], since=str(who["since"])[:20], process=int(who["process"]),
            host=str(who["host"])[:60],
        )  # fmt: skip
        hint = lazy("end that one first")
        if who["address"]:
            words = N_("end that one by Ctrl-C, or open {address} with the code that its terminal shows")
            hint = lazy(words, address=str(who["address"])[:60])
    except (ValueError, KeyError, TypeError):
        message, hint = lazy("is open in another workbench"), lazy("end that one first")
    return Problem(message, file=str(scenario), hint=hint)
