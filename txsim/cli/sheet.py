# SPDX-License-Identifier: MIT
"""``txsim sheet``: a scenario as a workbook to fill in."""

from __future__ import annotations

from pathlib import Path

import click

from txsim.cachedir import write_atomic
from txsim.cli import options
from txsim.cli.speech import say_written
from txsim.scenario.files import text_of
from txsim.sheet import form_of, workbook_of
from txsim.sheet.workbook import file_contents


@click.command("sheet")
@options.scenario
@options.file_to_write("-o", "--out", formats=("xlsx",), help="Workbook to write; by default SCENARIO.xlsx.")
@options.root
@options.unattended
def command(scenario: Path, out: Path | None, root: Path | None, as_json: bool, quiet: bool) -> None:
    """Write SCENARIO as a workbook to fill in: every value with unit, range and meaning, who says so and why.

    `txsim from-sheet` makes the scenario of it again, with comments and all that was not changed as it was.
    """
    out = scenario.with_suffix(".xlsx") if out is None else out
    form = form_of(scenario, text_of(scenario, str(scenario)), root)
    files = file_contents(form.files, scenario.parent)
    write_atomic(out, workbook_of(form, scenario.read_bytes(), files, scenario.name))
    say_written(out, as_json=as_json, quiet=quiet, rows=sum(map(len, form.rows.values())))
