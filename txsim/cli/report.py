# SPDX-License-Identifier: MIT
"""``txsim report``: results as one file that can be mailed, printed and defended."""

from __future__ import annotations

from pathlib import Path

import click

from txsim.cli import options
from txsim.cli.speech import say_written
from txsim.files import format_of


@click.command("report")
@click.argument("results", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path),
    help="File to write; by default report.html, or report with the ending of --format.",
)
@click.option(
    "--format",
    "kind",
    type=click.Choice(["html", "pdf", "md", "xlsx", "pptx"]),
    help="Format; by default what the name of the file ends with.",
)
@click.option("--brief", is_flag=True, help="Page one alone, which the result of a run has.")
@click.option("--frozen", is_flag=True, help="Leave out the part in which a reader weighs his own view; HTML only.")
@click.option("--theme", type=click.Path(path_type=Path), help="File with colours and letters of your own, TOML.")
@options.unattended
def command(
    results: tuple[Path, ...],
    out: Path | None,
    kind: str | None,
    brief: bool,
    frozen: bool,
    theme: Path | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Write a report of RESULTS: folders that --out wrote, or files of --json, of any command."""
    from txsim.cachedir import write_atomic
    from txsim.report.output import FORMATS, as_written, report_bytes
    from txsim.report.reading import read_result
    from txsim.report.theme import read_theme

    out = Path(f"report.{kind or 'html'}") if out is None else out
    form = format_of(out, FORMATS if kind is None else (kind,))
    look = read_theme(theme)
    with as_written(results):
        content = report_bytes([read_result(path) for path in results], form, look, page=brief, frozen=frozen)
    write_atomic(out, content)
    say_written(out, as_json=as_json, quiet=quiet)
