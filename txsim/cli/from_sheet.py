# SPDX-License-Identifier: MIT
"""``txsim from-sheet``: a workbook that was filled in becomes a scenario again."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from pathlib import Path

import click

from txsim.cachedir import whole_file
from txsim.cli import options
from txsim.cli.speech import say_line, say_written
from txsim.errors import InputError, Problem
from txsim.language import _, lazy
from txsim.scenario import load
from txsim.scenario.files import text_of
from txsim.sheet import form_of, read_filled
from txsim.sheet.workbook import digest

_MARK = b"\xef\xbb\xbf"


@click.command("from-sheet")
@click.argument("workbook", type=click.Path(path_type=Path))
@options.file_to_write(
    "-o", "--out", formats=("yaml", "yml"), required=True, help="Scenario to write, beside what it extends."
)
@click.option("--date", "day", help="Date kept with what was changed; by default today.")
@click.option("--force", is_flag=True, help="Overwrite a file that is not the one that the workbook was made from.")
@options.root
@options.unattended
def command(
    workbook: Path, out: Path, day: str | None, force: bool, root: Path | None, as_json: bool, quiet: bool
) -> None:
    """Write the scenario of WORKBOOK, which `txsim sheet` made: its file, with what was changed in a cell.

    Who and why stand in a comment above each value, or with the belief. Faults are told by cell.
    """
    filled = read_filled(workbook)
    if out.exists() and not force and digest(out.read_bytes()) != digest(filled.source):
        message = lazy("the file exists already and is not the one that the workbook was made from")
        raise InputError(Problem(message, file=str(out), hint=lazy("choose another name, or --force")))
    _check_foundations(filled.rests_on, out.parent, str(workbook))
    date = datetime.date.today().isoformat() if day is None else day
    with whole_file(out) as temporary:
        temporary.write_bytes(filled.source)
        form = form_of(temporary, text_of(temporary, str(out)), root)
        changes = filled.changes(form)
        if changes:
            text = filled.applied(form, changes, date=date, name=str(out))
            temporary.write_bytes((_MARK if filled.source.startswith(_MARK) else b"") + text.encode())
            try:
                load(temporary, root=root)
            except InputError as error:
                raise InputError(filled.by_cell(error.problems, changes)) from None
    names = [change.row.name for change in changes]
    say_written(out, as_json=as_json, quiet=quiet, changed=names)
    if not as_json and not quiet:
        said = _("changed: {names}").format(names=", ".join(names)) if names else _("nothing was changed")
        say_line(said, indent=2)


def _check_foundations(rests_on: Mapping[str, str], folder: Path, workbook: str) -> None:
    """Refuse a workbook whose scenario rests on a file that says something else by now: its rows would undo that."""
    for name, known in rests_on.items():
        place = folder / name
        try:
            now = digest(place.read_bytes())
        except OSError:
            message = lazy("the scenario rests on {file}, which is not there", file=str(place))
            raise InputError(Problem(message, file=workbook, hint=lazy("write it where its file was"))) from None
        if now != known:
            message = lazy("{file} has changed since the workbook was made", file=str(place))
            raise InputError(Problem(message, file=workbook, hint=lazy("make the workbook anew")))
