# SPDX-License-Identifier: MIT
"""Ctrl-C, SIGTERM and SIGHUP: every verb ends with one sentence and the code that shells know, 130, 143 or 129.

A signal is never raised within an import: C libraries that are being loaded lose it or turn it into an error of their
own, and a module would stay half made. It is noted, and raised as soon as the import is over. Where Python or
Cython can only print what was raised, as in a destructor, it is raised again.
"""

from __future__ import annotations

import contextlib
import signal
import sys
import threading

TYPE_CHECKING = False  # as in `txsim`: this is imported before anything else
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType, TracebackType
    from typing import Any

#: What asks to stop; a terminal that is closed sends SIGHUP, which Windows does not know.
SIGNALS = (signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else []))
#: What a shell adds to the number of a signal.
_SIGNALLED = 128
#: Seconds after which it is tried again to stop.
_AGAIN = 0.02


class Interrupted(KeyboardInterrupt):
    """A signal asks to stop; a verb that has something to say about it raises this with its sentence."""


class _Last:
    """The signal that came last; one for the process, as signals are."""

    number = 0
    #: How many blocks of :func:`interruptible` are open.
    depth = 0


def _importing(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False


def _stop(number: int, frame: FrameType | None) -> None:
    if number != signal.SIGALRM:
        _Last.number = number
    if _importing(frame):
        _try_again()
    else:
        raise Interrupted


def _try_again() -> None:
    signal.signal(signal.SIGALRM, _stop)
    signal.setitimer(signal.ITIMER_REAL, _AGAIN)


def _unraisable(unraisable: Any) -> None:
    """Take note of what Python can only print: an interruption is tried again."""
    if isinstance(unraisable.exc_value, Interrupted):
        _try_again()
    else:
        sys.__unraisablehook__(unraisable)


def _printed(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Take note of what Cython prints where it cannot raise: an interruption is tried again."""
    if isinstance(error, Interrupted):
        _try_again()
    else:
        sys.__excepthook__(kind, error, trace)


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Turn :data:`SIGNALS` into :class:`Interrupted` for as long as the block lasts; blocks may be nested."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    outermost = not _Last.depth
    if outermost:
        _Last.number = 0
    before = {number: signal.getsignal(number) for number in (*SIGNALS, signal.SIGALRM)}
    hooks = sys.unraisablehook, sys.excepthook
    _Last.depth += 1
    try:
        # What whoever started us ignores, as `nohup` and shells in the background do, stays ignored.
        for number in SIGNALS:
            if before[number] is not signal.SIG_IGN and before[number] is not None:
                signal.signal(number, _stop)
        if outermost:
            sys.unraisablehook, sys.excepthook = _unraisable, _printed
        yield
    finally:
        _Last.depth -= 1
        if outermost:
            if signal.getsignal(signal.SIGALRM) is _stop:
                signal.setitimer(signal.ITIMER_REAL, 0.0)
            sys.unraisablehook, sys.excepthook = hooks
            for number, handler in before.items():
                if handler is not None and handler is not signal.SIG_IGN:
                    signal.signal(number, handler)


def raise_if_asked_to_stop(error: BaseException | None = None) -> None:
    """Raise :class:`Interrupted` if a signal came within the open block: no error after it is the fault of a file."""
    if _Last.depth and _Last.number:
        if signal.getsignal(signal.SIGALRM) is _stop:  # it is not to be raised again while this one is told
            signal.setitimer(signal.ITIMER_REAL, 0.0)
        raise Interrupted from error


def exit_code() -> int:
    """Return 130 after Ctrl-C, 143 after SIGTERM, 129 after SIGHUP, 1 where only the input came to its end."""
    return _SIGNALLED + _Last.number if _Last.number else 1


def sentence_of(cause: BaseException | None) -> str:
    """Return what is said of an interruption: the verb's own sentence, else that nothing is half-written."""
    from txsim.language import _

    if isinstance(cause, Interrupted) and cause.args:
        return str(cause.args[0])
    if not _Last.number:
        return _("stopped: the input ended before everything was answered")
    return _("stopped; no file is half-written")
