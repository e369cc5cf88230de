# SPDX-License-Identifier: MIT
"""Questions at a terminal, one after the other: ``back`` steps back, ``quit`` leaves, ``?`` explains the one asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import click

from txsim.cli.speech import say_line
from txsim.language import N_, Words, _

_COMMANDS = (N_("back"), N_("quit"))


def said_command(raw: str) -> str | None:
    """Return ``back``, ``quit`` or ``?`` where one was typed, in English or the language in use; else ``None``."""
    word = raw.strip().lower()
    return "?" if word == "?" else next((each for each in _COMMANDS if word in (each, _(each))), None)


@dataclass(frozen=True, slots=True)
class Line:
    """A question as it is asked."""

    key: str  #: What its answer is kept under.
    #: ``text``, ``help``: The question, and what ``?`` shows.
    text: Words
    help: Words
    choices: tuple[tuple[str, Words], ...] = ()  #: Words that may be answered, and what each means.
    default: str | None = None  #: What an empty line means; ``None`` if it means nothing.


def ask_all(
    upcoming: Callable[[Mapping[str, str]], Line | None],
    answer: Callable[[str, str, Mapping[str, str]], tuple[str, Words | None]],
    left: Callable[[int], int],
) -> dict[str, str]:
    """Ask until nothing is left to ask.

    ``upcoming``: given the answers so far by key, the next question, ``None`` at the end. ``answer``: given key, typed
    text and answers so far, the answer as it is kept and what to say of it; ``ValueError`` with what was expected if it
    is none. ``left``: called with the exit code when somebody leaves; says what that means and returns the code. Raises
    SystemExit if somebody leaves.
    """
    answers: dict[str, str] = {}
    while (line := upcoming(answers)) is not None:
        for word, meaning in line.choices:
            say_line(f"  {word}: {meaning}", indent=4)
        try:
            raw = str(click.prompt(str(line.text), default=line.default, show_default=bool(line.default)))
        except (click.Abort, EOFError, KeyboardInterrupt):
            raise SystemExit(left(1)) from None
        command = said_command(raw)
        if command == "quit":
            raise SystemExit(left(0))
        if command == "back":
            if answers:
                answers.popitem()
        elif command == "?":
            say_line(f"  {line.help}", indent=2)
        else:
            try:
                answers[line.key], said = answer(line.key, raw, answers)
            except ValueError as error:
                say_line(f"  {error}", indent=2)
                continue
            if said is not None:
                say_line(f"  {said}", indent=2)
    return answers
