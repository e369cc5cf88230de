# SPDX-License-Identifier: MIT
"""The command line in another language: which one is asked for, and the help of commands in it."""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import click

from txsim import catalogues, language
from txsim.errors import Problem
from txsim.language import ENGLISH, N_, Words, _
from txsim.printable import encoding_of, json_for, named, readable_words, terminal_width, well_formed

_HELP = N_("Language of what is said, such as en or ru; TXSIM_LANG sets it for good.")
#: Help of commands and options as the code has it: whole and short.
_ENGLISH: WeakKeyDictionary[click.Command | click.Parameter, tuple[str | None, str | None]] = WeakKeyDictionary()


def listen(args: Sequence[str]) -> None:
    """Speak the language that ``--lang`` names, else the one of the environment.

    It is read before click reads the rest, so that help and messages about faulty options are in it too.

    Raises :class:`InputError` if there is no such language.
    """
    code: str | None = None
    for i, word in enumerate(args):
        if word == "--":
            break
        if word == "--lang" and i + 1 < len(args):
            code = args[i + 1]
        elif word.startswith("--lang="):
            code = word.partition("=")[2]
    catalogues.use(catalogues.preferred() if code is None else code)


def spoken(command: click.Command) -> click.Command:
    """Give a command the option ``--lang``, and its help in the language in use."""
    if not any(param.name == "lang" for param in command.params):
        command.params.append(click.Option(["--lang"], metavar="CODE", expose_value=False, help=_HELP))
    inner = command.commands.values() if isinstance(command, click.Group) else ()
    for each in inner:
        spoken(each)
    # One process may be spoken to in several languages: each begins with what the code says.
    whole, short = _ENGLISH.setdefault(command, (command.help, command.short_help))
    english = language.current() == ENGLISH
    command.help, command.short_help = (whole, short) if english else (_one_line(whole), _one_line(short))
    for param in command.params:
        written = _ENGLISH.setdefault(param, (getattr(param, "help", None), None))[0]
        if written:
            param.help = written if english else _(written)
    return command


def say_json(text: str, *, nl: bool = True) -> None:
    """Print JSON, or a piece of it, in characters that the stream has signs for; whoever reads it gets the same."""
    click.echo(json_for(text, _encoding(False)), nl=nl)


def say_line(text: Words, *, indent: int = 0, err: bool = False) -> None:
    """Print one sentence in lines that fit the terminal; those after the first begin with ``indent`` spaces."""
    for line in textwrap.wrap(
        readable_words(str(text), _encoding(err)),
        terminal_width(),
        subsequent_indent=" " * indent,
        break_on_hyphens=False,
        break_long_words=False,
    ):
        click.echo(line, err=err)


def say_written(file: Path, *, as_json: bool = False, quiet: bool = False, **more: Any) -> None:
    """Say that a file was written: in words unless ``quiet``, or as a JSON object with ``more`` in it."""
    if as_json:
        say_json(json.dumps({"written": well_formed(str(file)), **more}, ensure_ascii=False))
    elif not quiet:
        click.echo(_("{0} written").format(named(str(file))))


def warn(warning: Problem, *, err: bool = False) -> None:
    """Print a warning of ``txsim check`` in lines that fit the terminal."""
    if warning.path or warning.file:
        words = warning.fitted(terminal_width(), _encoding(err))
        click.echo(_("warning: {0}").format(words), err=err)
    else:
        say_line(_("warning: {0}").format(warning), indent=4, err=err)


def _encoding(err: bool) -> str:
    return encoding_of(sys.stderr if err else sys.stdout)


def _one_line(text: str | None) -> str | None:
    """Return a docstring translated paragraph by paragraph, as the catalogue holds them."""
    if not text:
        return text
    return "\n\n".join(_(" ".join(part.split())) for part in text.split("\n\n"))
