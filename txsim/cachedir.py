# SPDX-License-Identifier: MIT
"""The private folder for draws, points and machine code, and how files get there whole.

The cache holds machine code that will be executed, so the folder must belong to the user and be closed to others
(mode 0700); otherwise somebody else could plant code in it. Every file is written under a temporary name and renamed,
so that a killed process leaves nothing half-written and two processes never see each other's halves.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from txsim.errors import InputError, Problem, StoreError, reason_of
from txsim.language import Message, lazy

#: Who is told that a file of the cache was damaged or could not be kept; the command line says each once.
_listeners: list[Callable[[Message], None]] = []
_said: set[Message] = set()
#: What was to be said before anybody listened.
_unheard: list[Message] = []


def listen(listener: Callable[[Message], None]) -> None:
    """Tell somebody, once each, of damaged files of the cache and of a disk that is full."""
    _listeners[:] = [listener]
    _said.clear()
    while _unheard:
        _say(_unheard.pop(0))


def _say(message: Message) -> None:
    if not _listeners and message not in _unheard:
        _unheard.append(message)
    elif message not in _said:
        _said.add(message)
        for listener in _listeners:
            listener(message)


def cache_dir(*parts: str) -> Path:
    """Return the cache folder (or a folder inside it), made if needed.

    ``*parts``: names of folders inside the cache.

    Returns ``$TXSIM_CACHE``, else ``$XDG_CACHE_HOME/txsim``, else ``~/.cache/txsim``, with ``parts`` below it. Where
    nobody said a folder and that one cannot be written, as where there is no home, ``txsim-UID`` in the folder for
    temporary files, and that is told once. Raises StoreError if the folder belongs to another user, is open to others
    or cannot be made.
    """
    wanted = os.environ.get("TXSIM_CACHE")
    if wanted:
        return _made(Path(wanted), parts)
    usual = _usual()
    if usual is not None:
        return _made(usual, parts)
    folder = _made(_temporary(), parts)
    _say(
        lazy(
            "no home folder can be written: draws and machine code are kept in {folder}; TXSIM_CACHE names another",
            folder=str(_temporary()),
        )
    )
    return folder


def _usual() -> Path | None:
    """Return the folder below the user's own cache, or ``None`` where there is none that can be written."""
    try:
        root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "txsim"
        root.parent.mkdir(parents=True, exist_ok=True)
        root.mkdir(mode=0o700, exist_ok=True)
    except (OSError, RuntimeError):  # closed, read-only, full; a user whom the system does not know
        return None
    return root if os.access(root, os.W_OK | os.X_OK) else None


def _temporary() -> Path:
    """Return the folder of this user among temporary files; others may write beside it, so it is checked like any."""
    try:
        folder = Path(tempfile.gettempdir())
    except OSError as error:
        raise StoreError(
            lazy("there is neither a home folder nor one for temporary files that can be written; set TXSIM_CACHE")
        ) from error
    return folder / (f"txsim-{os.getuid()}" if hasattr(os, "getuid") else "txsim")


def _made(root: Path, parts: tuple[str, ...]) -> Path:
    """Return a folder inside a root, both made if needed and private."""
    folder = root.joinpath(*parts)
    try:
        root.parent.mkdir(parents=True, exist_ok=True)
        place = root
        for part in ("", *parts):  # one by one: folders made on the way by `parents=True` would be open to others
            place = place / part
            place.mkdir(mode=0o700, exist_ok=True)
            _check_private(place)
    except OSError as error:
        if isinstance(error, StoreError):
            raise
        message = lazy(
            "the cache folder {folder} cannot be used ({strerror}); set TXSIM_CACHE to another folder",
            folder=folder,
            # Folders that are there are fine: what exists in the way of one is no folder.
            strerror=reason_of(NotADirectoryError(errno.ENOTDIR, "") if isinstance(error, FileExistsError) else error),
        )
        raise StoreError(message) from error
    return folder


def home_for_libraries() -> None:
    """Give this process a home inside the cache where the system knows none: PyTensor does not load without one."""
    try:
        Path.home()
    except RuntimeError:
        os.environ["TXSIM_CACHE"] = str(cache_dir())  # stays where it is, although there is a home from now on
        os.environ["HOME"] = str(cache_dir("home"))


def _check_private(folder: Path) -> None:
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode):
        message = lazy(
            "the cache folder {folder} is not a folder of its own (a link or a file); set TXSIM_CACHE elsewhere",
            folder=folder,
        )
        raise StoreError(message)
    if hasattr(os, "getuid"):
        if found.st_uid != os.getuid():
            message = lazy(
                "the cache folder {folder} belongs to another user; set TXSIM_CACHE to a folder of your own",
                folder=folder,
            )
            raise StoreError(message)
        if found.st_mode & 0o077:
            message = lazy(
                "the cache folder {folder} is open to other users (mode {s_imode:o}); it holds machine code, so "
                "close it with: chmod 700 {folder}",
                folder=folder,
                s_imode=stat.S_IMODE(found.st_mode),
            )
            raise StoreError(message)


@contextlib.contextmanager
def whole_file(path: Path, *, private: bool = False) -> Iterator[Path]:
    """Give a temporary path beside ``path`` that takes its place once the block ends well, flushed to disk.

    Folders above a file that a person named are made if needed.

    ``private``: whether it is closed to others, as in the cache; else it has the mode of any file that a person makes.
    Raises :class:`StoreError` if the folder cannot be written or the disk is full; whatever goes wrong, nothing is left
    behind.
    """
    temporary = None
    if not private:
        made_folder(path.parent)
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
        os.close(handle)
        temporary = Path(name)
        yield temporary
        with temporary.open("rb") as stream:
            os.fsync(stream.fileno())
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o600 if private else 0o666 & ~mask)
        temporary.replace(path)
    except InputError as error:  # what is to be written was read again, and is faulty: nobody knows the temporary name
        raise InputError([_renamed(problem, str(temporary), str(path)) for problem in error.problems]) from None
    except StoreError:  # a file that is written together with this one, and is named
        raise
    except OSError as error:
        raise StoreError(lazy("{path} cannot be written ({value})", path=path, value=reason_of(error))) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def _renamed(problem: Problem, name: str, known: str) -> Problem:
    """Return a problem that names a file by the name that people know."""

    def said(part: Any) -> Any:
        if isinstance(part, Message):
            return replace(part, params=tuple((key, said(value)) for key, value in part.params))
        return part.replace(name, known) if isinstance(part, str) else part

    return replace(problem, message=said(problem.message), hint=said(problem.hint), file=said(problem.file))


def made_folder(folder: Path) -> Path:
    """Return a folder that a person named for results, made if needed.

    Raises InputError if a file stands there, or in place of a folder above it; StoreError if it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise _no_folder(folder) from None
    except OSError as error:
        message = lazy("the folder {folder} cannot be made ({reason})", folder=str(folder), reason=reason_of(error))
        raise StoreError(message) from error
    return folder


def check_folder(file: Path) -> None:
    """Refuse a file above which another stands in the place of a folder; folders that are missing are made in the end.

    Raises :class:`InputError` as :func:`made_folder` would, before anything is computed.
    """
    if not next(folder for folder in file.parents if folder.exists()).is_dir():
        raise _no_folder(file.parent)


def _no_folder(path: Path) -> InputError:
    return InputError(Problem(lazy("this is a file, or leads through one; results need a folder"), file=str(path)))


def write_atomic(path: Path, content: bytes) -> None:
    """Write ``content`` to ``path`` whole or not at all; :class:`~txsim.errors.StoreError` if it cannot be."""
    with whole_file(path) as temporary:
        temporary.write_bytes(content)


def write_checked(path: Path, content: bytes) -> None:
    """Write ``content`` with its SHA-256 before it, whole or not at all; see :func:`read_checked`."""
    with whole_file(path, private=True) as temporary:
        temporary.write_bytes(hashlib.sha256(content).digest() + content)


def read_plain(path: Path) -> bytes:
    """Return the bytes of a plain file without ever waiting, as for a pipe; ``OSError`` if it is none."""
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), str(path))
    with open(handle, "rb") as stream:
        return stream.read()


def read_checked(path: Path) -> bytes | None:
    """Return what :func:`write_checked` wrote, or ``None`` if the file is missing, cut short or altered."""
    try:
        whole = read_plain(path)
    except OSError:
        return None
    digest, content = whole[:32], whole[32:]
    if hashlib.sha256(content).digest() == digest:
        return content
    damaged(path)
    return None


def damaged(path: Path) -> None:
    """Say once that a file of the cache cannot be used as it is and is made anew."""
    _say(lazy("a file kept in {folder} was damaged and is made anew", folder=str(path.parent)))


def keep(path: Path, content: bytes) -> None:
    """Write ``content`` as :func:`write_checked` does; where the disk is full, say so once and go on without it."""
    try:
        write_checked(path, content)
    except StoreError:
        _say(lazy("{folder} cannot be written: what is made now is made anew next time", folder=str(path.parent)))
