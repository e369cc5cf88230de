# SPDX-License-Identifier: MIT
"""What is going on, on stderr: sentences in a log, one line with a bar and the time on a terminal."""

from __future__ import annotations

import sys
from typing import Any

from txsim.language import Message, lazy
from txsim.printable import bare, encoding_of, escaped, readable


class Progress:
    """Told what is going on by whoever does it: a sentence, and how far it is where that is known.

    A sentence is said once. On a terminal rich draws a line for it, with a bar once a fraction comes; rich is
    imported only then, for most runs are over before it would be. Use it as a context manager, so that the line goes.

    Parameters
    ----------
    quiet
        Say nothing.
    """

    #: What takes too short a time to speak of unless somebody gives a fraction.
    _BRIEF = (lazy("simulating"),)

    def __init__(self, quiet: bool = False) -> None:
        self.quiet, self.live = quiet, sys.stderr.isatty()
        self._said = ""
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
        words = readable(escaped(str(sentence)), encoding_of(sys.stderr))
        if self.live:
            self._draw(words, fraction)
        elif words != self._said:
            sys.stderr.write(f"{words}\n")
            sys.stderr.flush()
        self._said = words

    def _draw(self, sentence: str, fraction: float | None) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bars

        if self._bars is None:
            columns = (TextColumn("{task.description}", markup=False), BarColumn(bar_width=24), TimeElapsedColumn())
            self._bars = Bars(*columns, console=Console(file=bare(sys.stderr)), transient=True)
            self._bars.start()
        if sentence != self._said:
            if self._task is not None:
                self._bars.remove_task(self._task)
            self._task = self._bars.add_task(sentence, total=None)
        if fraction is not None:
            self._bars.update(self._task, total=1.0, completed=fraction)
