# SPDX-License-Identifier: MIT
"""``txsim results``: questions to the results of a batch, for people without SQL and with it."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import click

from txsim.batch.queries import query, top
from txsim.cli import options
from txsim.cli.speech import say_json, say_line, say_written
from txsim.errors import InputError, Problem
from txsim.language import _, by_locale, lazy, plural
from txsim.printable import named
from txsim.results.batch import BatchTable

_FOLDER = click.Path(path_type=Path)
#: Rows of a table that anybody could read.
_MOST_SHOWN = 100_000
_FORMATS = click.Choice(["table", "csv", "json"])


@click.group("results")
def command() -> None:
    """Query, rank and export the results of a batch."""


@command.command("query")
@click.argument("folder", type=_FOLDER)
@click.argument("sql")
@click.option("--format", "shape", type=_FORMATS, default="table", show_default=True, help="How rows are printed.")
@options.unattended
def query_command(folder: Path, sql: str, shape: str, as_json: bool, quiet: bool) -> None:
    """Answer SQL about the tables `results`, `scenarios` and `draws` of FOLDER.

    The query can read these tables and nothing else, and write nothing.
    """
    _show(query(folder, sql), "json" if as_json else shape)


@command.command("top")
@click.argument("folder", type=_FOLDER)
@click.option("--by", default="npv.mean", show_default=True, help="Metric, or metric and figure: npv.p05, p_loss.")
@click.option("--option", default="commit", show_default=True, help="Option: commit, pilot_scale …")
@click.option("--count", "-n", type=options.Whole(1), default=10, show_default=True, help="How many.")
@click.option("--lowest", is_flag=True, help="Begin with the lowest.")
@click.option("--format", "shape", type=_FORMATS, default="table", show_default=True, help="How rows are printed.")
@options.unattended
def top_command(
    folder: Path, by: str, option: str, count: int, lowest: bool, shape: str, as_json: bool, quiet: bool
) -> None:
    """Show the scenarios of FOLDER with the highest figure."""
    shape = "json" if as_json else shape
    _show(top(folder, by, option, count, lowest=lowest), shape, {"verdict": _("best mean within the limits")})
    if shape == "table" and not quiet:
        say_line(
            _(
                "Best mean within the limits: of what is fixed in advance, however little it leads by. What to do, "
                "whether it leads by enough and what would turn it, `txsim run` says for one scenario."
            )
        )


@command.command("export")
@click.argument("folder", type=_FOLDER)
@options.file_to_write("--xlsx", formats=("xlsx",), help="Workbook to write.")
@options.file_to_write("--csv", "csv_path", formats=("csv",), help="CSV file to write.")
@options.csv_dialect
@click.option("--figure", default="value", show_default=True, help="Figure of each metric: value, mean, p05, median …")
@click.option("--tidy", is_flag=True, help="One row per scenario × option × metric with every figure.")
@options.unattended
def export_command(
    folder: Path,
    xlsx: Path | None,
    csv_path: Path | None,
    csv_dialect: str,
    figure: str,
    tidy: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Write the results of FOLDER as a table: one row per scenario × option, a column for each metric."""
    from txsim.report.batch import write_csv, write_xlsx
    from txsim.report.files import CSV_DIALECTS

    if (xlsx is None) == (csv_path is None):
        raise InputError(lazy("one of --xlsx FILE and --csv FILE is needed"))
    if xlsx is not None:
        file, rows = xlsx, write_xlsx(folder, xlsx, figure, tidy=tidy)
    elif csv_path is not None:
        file = csv_path
        rows = write_csv(folder, csv_path, figure, tidy=tidy, dialect=CSV_DIALECTS[csv_dialect])
    if as_json:
        say_written(file, as_json=True, rows=rows)
    elif not quiet:
        click.echo(_("{0}: {1:,} rows").format(named(str(file)), rows))


def _show(table: BatchTable, shape: str, heads: Mapping[str, str] | None = None) -> None:
    """Print rows one by one: as one text they would take several times the memory of the answer.

    ``heads`` are what columns are called where people read them.
    """
    if shape == "json":
        if not table.rows:
            say_json("[]")
            return
        for i, record in enumerate(table.records()):
            text = json.dumps(record, ensure_ascii=False, indent=1, default=str)
            say_json(("[\n" if i == 0 else ",\n") + textwrap.indent(text, " "), nl=False)
        say_json("\n]")
    elif shape == "csv":
        for row in (table.columns, *table.rows):
            _line_of_csv(row)
    else:
        if len(table.rows) > _MOST_SHOWN:
            message = lazy("the answer has more than {most_rows:,} rows", most_rows=_MOST_SHOWN)
            raise InputError(Problem(message, hint=lazy("add LIMIT, or ask for --format csv")))
        click.echo(_fitted(table, heads or {}))


def _line_of_csv(values: Iterable[Any]) -> None:
    from txsim.report.files import csv_bytes

    click.echo(csv_bytes([values]).decode(), nl=False)


def _word(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return by_locale(f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}")
    text = str(value).replace("\n", " ")
    text = "".join(sign if sign.isprintable() else "?" for sign in text)
    return text if len(text) <= 60 else f"{text[:59]}…"


def _fitted(table: BatchTable, heads: Mapping[str, str]) -> str:
    """Return rows as a table that is no wider than the terminal, and how many there are."""
    from txsim.report.document import Table as Shown
    from txsim.report.terminal import table_text

    rows = tuple(tuple(_word(value) for value in row) for row in table.rows)
    numeric = {i for i in range(len(table.columns)) if any(isinstance(row[i], int | float) for row in table.rows)}
    words = frozenset(range(len(table.columns))) - numeric
    lines = table_text(Shown("", tuple(heads.get(name, name) for name in table.columns), rows, words))
    return f"{lines}\n{plural('{n} row', '{n} rows', len(rows))}"
