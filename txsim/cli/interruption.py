# SPDX-License-Identifier: MIT
"""Ctrl-C and SIGTERM: every verb ends alike, with one sentence and the code that shells know, 130 or 143."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

from txsim.language import _

__all__ = ["Interrupted", "exit_code", "interruptible", "sentence_of"]

#: What a shell adds to the number of a signal.
_SIGNALLED = 128


class Interrupted(KeyboardInterrupt):
    """A signal asks to stop; a verb that has something to say about it raises this with its sentence."""


class _Last:
    """The signal that came last; one for the process, as signals are."""

    number = 0


def _stop(number: int, _frame: FrameType | None) -> None:
    _Last.number = number
    raise Interrupted


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Turn Ctrl-C and SIGTERM into :class:`Interrupted` for as long as the block lasts."""
    _Last.number = 0
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    # What whoever started us ignores, as `nohup` and shells in the background do, stays ignored.
    for number, handler in before.items():
        if handler is not signal.SIG_IGN and handler is not None:
            signal.signal(number, _stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            if handler is not signal.SIG_IGN and handler is not None:
                signal.signal(number, handler)


def exit_code() -> int:
    """Return 130 after Ctrl-C, 143 after SIGTERM, 1 where only the input came to its end."""
    return _SIGNALLED + _Last.number if _Last.number else 1


def sentence_of(cause: BaseException | None) -> str:
    """Return what is said of an interruption: the verb's own sentence, else that nothing is half-written."""
    if isinstance(cause, Interrupted) and cause.args:
        return str(cause.args[0])
    if isinstance(cause, EOFError) or not _Last.number:
        return _("stopped: the input ended before everything was answered")
    return _("stopped; no file is half-written")
