# SPDX-License-Identifier: MIT
"""How verbs answer: text or one JSON object, a report and a folder where they are wanted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from txsim.cachedir import write_atomic
from txsim.cli.speech import say_json, say_line
from txsim.language import _
from txsim.results.codec import Result
from txsim.scenario import Scenario

if TYPE_CHECKING:
    from txsim.cli.options import Common


def report_too(folder: Path) -> None:
    """Write the report that ``--report`` asks for, if it does, of the result that lies in a folder."""
    from txsim.cli.options import report_file

    file = report_file()
    if file is None:
        return
    from txsim.report.output import write_report
    from txsim.report.reading import read_result

    write_report([read_result(folder)], file)


def note_unused_logs(scenarios: Iterable[Scenario], *, quiet: bool) -> None:
    """Say on stderr which scenarios have a log of pilots beside them that they do not name."""
    from txsim.forecast import unused_log

    for scenario in scenarios:
        log = unused_log(scenario)
        if log is not None and not quiet:
            template = _(
                "{file} stands beside {scenario} but is not named in it: these figures know nothing of it; add"
            )
            say_line(f"{template.format(file=log, scenario=scenario.source)} `pilots: {log}`", err=True)


def tell(
    result: Result,
    *,
    as_json: bool,
    out: Path | None = None,
    more: Mapping[str, bytes] | None = None,
    content: Mapping[str, Any] | None = None,
) -> None:
    """Show a result in the terminal or as JSON, write the report that is asked for, and keep it in a folder.

    ``as_json``: whether JSON is wanted in place of text; ``out``: folder for ``KIND.json`` and ``KIND.txt``; ``more``:
    further files for that folder, by name; ``content``: the scenario as plain data, where the report draws it. Raises
    InputError if the folder cannot be made.
    """
    from txsim.cli.options import report_file
    from txsim.report.compose import compose
    from txsim.report.files import as_json as text_of
    from txsim.report.reading import result_from
    from txsim.report.terminal import as_text, for_stdout

    read = result_from(result, content=content)
    file = report_file()
    if file is not None:
        from txsim.report.output import write_report

        write_report([read], file)
    json = text_of(result.to_json())
    document = compose([read], "brief") if out is not None or not as_json else None
    if out is not None and document is not None:
        from txsim.report.output import keep

        keep(result, out, json, as_text(document), more)
    if as_json or document is None:
        say_json(json)
    else:
        click.echo(for_stdout(document))


def tell_drawn(
    common: Common,
    result: Result,
    picture: str,
    file: Path | None,
    *,
    instead: str = "",
    content: Mapping[str, Any] | None = None,
) -> None:
    """Show a result as :func:`tell` does, with a kind of picture of it in a file and the folder where they are wanted.

    Where the result holds no such picture, ``instead`` is drawn. Both are drawn before anything is shown or written.
    """
    from txsim.report.output import slide_bytes
    from txsim.report.reading import result_from

    def drawn(form: str) -> bytes:
        return slide_bytes([result_from(result, content=content)], picture, form, instead=instead)

    for_file = b"" if file is None else drawn(file.suffix[1:].lower())
    common.tell(result, more={} if common.out is None else {f"{result.kind}.svg": drawn("svg")}, content=content)
    if file is not None:
        write_atomic(file, for_file)
