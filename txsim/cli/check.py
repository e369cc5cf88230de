# SPDX-License-Identifier: MIT
"""``txsim check``: validate scenario files without running them."""

from __future__ import annotations

import os
from pathlib import Path

import click

from txsim.cli import options
from txsim.cli.speech import say_json, say_line, warn
from txsim.errors import InputError, Problem, StoreError
from txsim.forecast import DEFAULT_DRAWS
from txsim.forecast.check import check, unreadable
from txsim.language import _, plural
from txsim.memory import mebibytes
from txsim.printable import named
from txsim.report.files import as_json as text_of
from txsim.results.check import Check, CheckedFile

#: Exit code after a fault of txsim itself.
_FAULT = 70
#: Bytes above which it is said what a scenario takes.
_LARGE = 3 * 2**29


@click.command("check")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@options.overrides
@options.root
@options.memory
@options.unattended
def command(
    files: tuple[Path, ...], overrides: tuple[str, ...], root: Path | None, memory: int, as_json: bool, quiet: bool
) -> None:
    """Validate FILES without running them, and warn of what is possible but hardly true."""
    checked: list[CheckedFile] = []
    problems: list[Problem] = []
    faulty = False
    for file in files:
        try:
            found, wrong, remarks = check(file, root=root, overrides=overrides, memory=memory)
        except StoreError:  # what txsim keeps cannot be used, for this file and for all others
            raise
        except Exception as error:  # one file stops no other
            if os.environ.get("TXSIM_DEBUG"):
                raise
            from txsim.batch.work_plan import fault_of

            known = fault_of(error, str(file))[1]
            wrong, remarks, faulty = getattr(known, "problems", ()), (), True
            found = unreadable(file, wrong)
        checked.append(found)
        problems += wrong
        if found.valid and not as_json:
            for warning in remarks:
                warn(warning)
            if not quiet:
                _say(found)
    if as_json:
        say_json(text_of(Check(tuple(checked), DEFAULT_DRAWS).to_json()))
    if problems:
        refusal = InputError(problems)
        refusal.exit_code = _FAULT if faulty else refusal.exit_code
        raise refusal


def _say(found: CheckedFile) -> None:
    fixed = found.fixed_by_author
    remark = ""
    if fixed:
        text = plural(
            "; {n} quantity that is always uncertain was given as a plain number: ",
            "; {n} quantities that are always uncertain were given as plain numbers: ",
            len(fixed),
        )
        remark = text + ", ".join(fixed)
    count = plural("{n} warning", "{n} warnings", len(found.warnings))
    say_line(
        _("{file}: valid, {warnings}{remark}").format(file=named(found.file), warnings=count, remark=remark), indent=2
    )
    if found.memory is not None and found.memory > _LARGE:
        of_memory = _("about {0:,} MiB of memory with {1:,} draws").format(mebibytes(found.memory), DEFAULT_DRAWS)
        click.echo(f"  {of_memory}")
    for i, line in enumerate(found.reading):
        label = _("data:")
        say_line(f"  {' ' * len(label) if i else label} {line}", indent=len(label) + 3)
