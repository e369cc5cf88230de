# SPDX-License-Identifier: MIT
"""Texts that were made in English as data, told in the language in use.

Faults, hints, warnings, reasons and sentences of results are made in English wherever they arise: they travel in
exceptions, between processes, into JSON files, and mean the same to every machine that reads them. Only where a person
reads them are they told in another language, here. The catalogue holds the pattern of each, such as ``unknown key
`{0}`{1}``; a text is recognised by its pattern, and what fills the fields is told in turn where it is a known text
itself. What stands in backticks or quotes is a name or what somebody wrote, and stays as it is. A text that no pattern
fits stays English: it is a user's own.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from txsim import language
from txsim.errors import InputError, Problem, TxsimError

__all__ = ["retold", "retold_fault", "retold_problem"]


def retold(text: str, *, figures: bool = True) -> str:
    """Return a text that was made in English in the language in use.

    Parameters
    ----------
    text
        The text, as it was made.
    figures
        Write figures in it as the language does. Messages about what stands in a file leave them as files have them.

    Returns
    -------
    str
        The text; unchanged in English, and where it is no text of txsim.
    """
    if language.current() == language.ENGLISH or not text:
        return text
    from txsim.patterns import told

    return told(text, figures)


def retold_fault(error: TxsimError) -> str:
    """Return what a fault says, in the language in use, each problem with its place."""
    if language.current() == language.ENGLISH:
        return str(error)
    if isinstance(error, InputError):
        return "\n".join(str(retold_problem(problem)) for problem in error.problems)
    return retold(str(error), figures=False)


def retold_problem(problem: Problem) -> Problem:
    """Return a problem in the language in use; figures stay as files have them."""
    said: dict[str, Any] = {
        name: retold(words, figures=False)
        for name, words in (("message", problem.message), ("hint", problem.hint))
        if isinstance(words, str)  # a message is worded where it is shown
    }
    return dataclasses.replace(problem, **said)
