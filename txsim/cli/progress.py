# SPDX-License-Identifier: MIT
"""What is going on, on stderr: sentences in a log, one line with a bar and the time on a terminal."""

from __future__ import annotations

import sys
import threading
from time import monotonic
from typing import Any

from txsim.language import Message, lazy
from txsim.printable import bare, encoding_of, escaped, readable

#: Seconds from which an estimate of what is left is told; in a log so many apart.
_TOLD, _APART = 2.0, 15.0


def time_left(elapsed: float, fraction: float) -> Message | None:
    """Return how long something will take yet if it goes on as it did; ``None`` where that cannot be told.

    ``elapsed``: seconds so far. ``fraction``: which part of the work is done, 0 … 1.
    """
    if elapsed < _TOLD or not 0 < fraction < 1:
        return None
    seconds = elapsed * (1 - fraction) / fraction
    if seconds < 90:
        return lazy("about {n} s left", n=max(5 * round(seconds / 5), 1))
    return lazy("about {n} min left", n=round(seconds / 60))


class Progress:
    """Told what is going on by whoever does it: a sentence, and how far it is where that is known.

    A sentence is said once. On a terminal rich draws a line for it, with a bar and an estimate of the time left once a
    fraction comes; rich is imported only then, for most runs are over before it would be. In a log the estimate is told
    every fifteen seconds. Threads may share it. Use it as a context manager, so that the line goes.
    """

    #: What takes too short a time to speak of unless somebody gives a fraction.
    _BRIEF = (lazy("simulating"),)

    def __init__(self, quiet: bool = False) -> None:
        self.quiet, self.live = quiet, sys.stderr.isatty()
        self._said = ""
        self._began = self._told = 0.0
        self._lock = threading.Lock()
        self._bars: Any = None
        self._task: Any = None

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *error: object) -> None:
        if self._bars is not None:
            self._bars.stop()
            self._bars = None

    def __call__(self, sentence: Message, fraction: float | None) -> None:
        """Show one sentence, with a bar where the fraction, 0 … 1, is known."""
        if self.quiet or (sentence in self._BRIEF and fraction is None):
            return
        words = self._words(sentence)
        with self._lock:
            now = monotonic()
            if words != self._said:
                self._began = self._told = now
            left = None if fraction is None else time_left(now - self._began, fraction)
            if self.live:
                self._draw(words, fraction, "" if left is None else self._words(left))
            elif words != self._said:
                self._log(words)
            elif fraction is not None and left is not None and now - self._told >= _APART:
                self._told = now
                progress = lazy("{sentence}: {share} %, {left}", sentence=words, share=round(100 * fraction), left=left)
                self._log(self._words(progress))
            self._said = words

    @staticmethod
    def _words(message: Message) -> str:
        return readable(escaped(str(message)), encoding_of(sys.stderr))

    @staticmethod
    def _log(line: str) -> None:
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()

    def _draw(self, sentence: str, fraction: float | None, left: str) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bars

        if self._bars is None:
            said, rest = (TextColumn(f"{{task.{name}}}", markup=False) for name in ("description", "fields[left]"))
            columns = (said, BarColumn(bar_width=24), TimeElapsedColumn(), rest)
            self._bars = Bars(*columns, console=Console(file=bare(sys.stderr)), transient=True)
            self._bars.start()
        if sentence != self._said:
            if self._task is not None:
                self._bars.remove_task(self._task)
            self._task = self._bars.add_task(sentence, total=None, left="")
        if fraction is not None:
            self._bars.update(self._task, total=1.0, completed=fraction, left=left)
