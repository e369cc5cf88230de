# SPDX-License-Identifier: MIT
"""``txsim check``: validate scenario files without running them."""

from __future__ import annotations

from pathlib import Path

import click

from txsim.cli import options
from txsim.cli.speech import say_line, warn
from txsim.errors import InputError
from txsim.forecast import DEFAULT_DRAWS
from txsim.forecast.memory import bytes_needed
from txsim.language import _, plural
from txsim.memory import mebibytes, refuse_beyond
from txsim.panel.scenario_data import look_at
from txsim.scenario import load, warnings

__all__ = ["command"]

#: Bytes above which it is said what a scenario takes.
_LARGE = 3 * 2**29


@click.command("check")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--set", "overrides", multiple=True, metavar="PATH=VALUE", help="Change a value, as in run.")
@click.option(
    "--root", type=click.Path(path_type=Path), help="Folder that `extends` may not leave; by default the file's."
)
@options.memory
def command(files: tuple[Path, ...], overrides: tuple[str, ...], root: Path | None, memory: int) -> None:
    """Validate FILES without running them, and warn of what is possible but hardly true."""
    problems = []
    for file in files:
        try:
            scenario = load(file, root=root, overrides=overrides)
            reading, of_data = look_at(scenario)
            remarks = [*warnings(scenario), *of_data]
            need = bytes_needed(scenario, DEFAULT_DRAWS)
            refuse_beyond(need, memory, scenario.source, DEFAULT_DRAWS)
        except InputError as error:
            problems += list(error.problems)
            continue
        for warning in remarks:
            warn(warning)
        fixed = scenario.fixed_by_author
        remark = _("; fixed by hand: {0}").format(", ".join(fixed)) if fixed else ""
        count = plural("{n} warning", "{n} warnings", len(remarks))
        say_line(_("{file}: valid, {warnings}{remark}").format(file=file, warnings=count, remark=remark), indent=2)
        if need > _LARGE:
            of_memory = _("about {0:,} MiB of memory with {1:,} draws").format(mebibytes(need), DEFAULT_DRAWS)
            click.echo(f"  {of_memory}")
        for i, line in enumerate(reading):
            label = _("data:")
            say_line(f"  {' ' * len(label) if i else label} {line}", indent=len(label) + 3)
    if problems:
        raise InputError(problems)
