# SPDX-License-Identifier: MIT
"""The command ``txsim``. Verbs are imported when they are called, so that ``--help`` is quick."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import click

from txsim import cachedir
from txsim.cli.group import LazyGroup
from txsim.cli.speech import listen, say_line, spoken
from txsim.interruption import exit_code, interruptible, raise_if_asked_to_stop, sentence_of
from txsim.language import _, plural
from txsim.printable import encoding_of, hush, named, printable_streams, terminal_width

# Before anything imports them. One thread of BLAS: its sums must not depend on the number of cores, and a warm run is
# over before its threads have started. No plugins of pydantic, which reads results, panels and messages of pages:
# looking for them reads the metadata of every package.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

#: Verb, module in txsim.cli, help in one line.
VERBS = {
    "run": "What would the drivers of a scenario pay?",
    "compare": "Which of several scenarios, or which of their drivers under a budget?",
    "pilot": "Is a pilot worth it, and which?",
    "sensitivity": "What drives the answer, and what is worth knowing?",
    "explain": "Which paths carry the payoff?",
    "whatif": "How does the payoff change with some inputs?",
    "diff": "Which changed input moved the payoff from one result to another?",
    "batch": "Forecast folders of scenarios, unattended.",
    "results": "Query, rank and export the results of a batch.",
    "check": "Validate scenario files without running them.",
    "init": "Write a commented scenario to start from.",
    "sheet": "Write a scenario as a workbook to fill in.",
    "from-sheet": "Make a scenario of a workbook that was filled in.",
    "priors": "See, weigh and change what is believed, and what that does to the answer.",
    "workbench": "Tune beliefs and plans on a page, live.",
    "evidence": "See what sources say, and how far each is believed.",
    "graph": "Show the causal graph of a scenario.",
    "link": "What does our own panel of EX and CX say about both directions?",
    "update": "The pilot has run: what do we know now, go or stop?",
    "backtest": "How well would the panel model have forecast the past?",
    "report": "Write results as HTML, PDF, Markdown or a workbook.",
    "plot": "Draw one picture of a result for a slide.",
    "schema": "Print the JSON Schema of scenario files, for editors.",
    "cache": "List, clear or find the cache of draws and machine code.",
}


@contextlib.contextmanager
def _before_click() -> Iterator[None]:
    """Take what click would answer itself: to Ctrl-C by an empty line first, to a reader that is gone by a failure."""
    try:
        yield
    except (KeyboardInterrupt, EOFError) as stop:
        raise click.Abort from stop
    except BrokenPipeError:
        _leave_quietly()


class _Verbs(LazyGroup):
    """The verbs, which can be stopped while their modules are imported and while they run."""

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        with _before_click():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        with _before_click():
            raise_if_asked_to_stop()  # what came while modules were imported was noted only
            return super().invoke(ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        command = super().get_command(ctx, cmd_name)
        raise_if_asked_to_stop()
        return command


# Nothing is coloured; with `color` click takes nothing out of what others wrote, and our streams show it.
@click.group(
    cls=_Verbs,
    members={verb: (verb.replace("-", "_"), text) for verb, text in VERBS.items()},
    context_settings={"help_option_names": ["-h", "--help"], "color": True},
)
@click.version_option(package_name="txsim")
def cli() -> None:
    """Simulate what one pilot driver of total experience would pay, before anyone commits to it."""


def _called(command: Callable[[], Any]) -> Any:
    return command()


# Python keeps its frames in pieces of 16 kB, and where calls go to and fro over the end of a piece it maps and unmaps
# memory each time: three thousand times in a warm run, a fifth of it. A frame that states a large stack gets a large
# piece, in which the frames of all that it calls have room.
_called.__code__ = _called.__code__.replace(co_stacksize=2**15)


def main(args: list[str] | None = None) -> Any:
    """Run the command line; errors become a message on stderr and an exit code, never a traceback."""
    with printable_streams(), interruptible():
        return _called(lambda: _main(args))


#: Errors of a disk or system, which no other input mends.
_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EBADF}


def _leave_quietly() -> NoReturn:
    """Leave well: whoever read us, such as `head`, has all it wanted."""
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.flush()
    os._exit(0)


def _ended(result: Any) -> Any:
    """Leave with the code of a verb that ended by one, such as ``--help``; click hands it over as its result."""
    sys.exit(result if isinstance(result, int) else 0)


def _main(args: list[str] | None) -> Any:
    from txsim.errors import InputError, TxsimError, reason_of

    try:
        listen(sys.argv[1:] if args is None else args)
        cachedir.listen(lambda message: say_line(str(message), err=True))
        spoken(cli)
        return _ended(cli.main(args=args, prog_name="txsim", standalone_mode=False))
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt) as stop:
        # What interrupted a verb is wrapped; an end of input at a question is no signal.
        cause = stop.__cause__ if isinstance(stop, click.Abort) else stop
        after_ctrl_c = exit_code() == 130 and sys.stderr.isatty()  # a terminal shows ^C, and stays on that line
        click.echo("\n" * after_ctrl_c + sentence_of(cause), err=True)
        sys.exit(exit_code())
    except TxsimError as error:
        problems = getattr(error, "problems", ())
        words = error.fitted(terminal_width(), encoding_of(sys.stderr)) if isinstance(error, InputError) else error
        click.echo(words, err=True)
        if problems:
            click.echo(plural("{n} error, nothing was run.", "{n} errors, nothing was run.", len(problems)), err=True)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        _leave_quietly()
    except OSError as error:
        # A name that is too long, a folder that is closed, a disk that is full: no fault of txsim, wherever it shows.
        if os.environ.get("TXSIM_DEBUG") or error.errno is None:
            raise
        place = named(str(error.filename or "")) or (
            _("what is printed cannot be written") if error.errno in _DISK else ""
        )
        if not error.filename:
            hush(sys.stdout)
        reason = reason_of(error)
        click.echo(_("{0}: {1}").format(place, reason) if place else str(reason), err=True)
        sys.exit(4 if error.errno in _DISK else 2)
    except MemoryError:
        click.echo(_("not enough memory; use fewer --draws"), err=True)
        sys.exit(1)
    except Exception as error:
        if os.environ.get("TXSIM_DEBUG"):
            raise
        if exit_code() != 1:  # a library made an error of the signal that asks to stop
            click.echo(sentence_of(None), err=True)
            sys.exit(exit_code())
        click.echo(_("txsim has a fault: {fault}").format(fault=f"{type(error).__name__}: {error}"), err=True)
        click.echo(_("Please report it with the output of the same command under TXSIM_DEBUG=1."), err=True)
        sys.exit(70)
