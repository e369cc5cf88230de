# SPDX-License-Identifier: MIT
"""``txsim plot``: one picture of a report for a slide."""

from __future__ import annotations

import json
from pathlib import Path

import click

from txsim.cli import options
from txsim.cli.speech import say_json, say_written
from txsim.files import format_of
from txsim.language import _


@click.command("plot")
@click.argument("result", type=click.Path(path_type=Path))
@click.argument("kind", default="")
@click.option("-o", "--out", type=click.Path(path_type=Path), help="File to write: .png, .svg or .pdf.")
@click.option("--theme", type=click.Path(path_type=Path), help="File with colours and letters of your own, TOML.")
@click.option("--dark", is_flag=True, help="For a dark slide.")
@options.unattended
def command(
    result: Path, kind: str, out: Path | None, theme: Path | None, dark: bool, as_json: bool, quiet: bool
) -> None:
    """Draw the picture KIND of RESULT, 16:9; without KIND list what there is."""
    from txsim.cachedir import write_atomic
    from txsim.report.compose import compose
    from txsim.report.output import PICTURE_FORMATS, as_written, slide_bytes
    from txsim.report.reading import read_result
    from txsim.report.theme import read_theme

    results = [read_result(result)]
    if not kind:
        with as_written([result]):
            pictures = [(picture.kind, str(picture.title)) for picture in compose(results).pictures()]
        from txsim.report.document import Table
        from txsim.report.terminal import table_text

        if as_json:
            say_json(json.dumps({"pictures": dict(pictures)}, ensure_ascii=False, indent=1))
        else:
            click.echo(table_text(Table("", (_("kind"), _("title")), tuple(pictures), frozenset({0, 1}))))
        return
    file = Path(f"{kind}.png") if out is None else out
    form, look = format_of(file, PICTURE_FORMATS), read_theme(theme)
    with as_written([result]):
        content = slide_bytes(results, kind, form, look, dark=dark)
    write_atomic(file, content)
    say_written(file, as_json=as_json, quiet=quiet)
