# SPDX-License-Identifier: MIT
"""``txsim check``: validate scenario files without running them."""

from __future__ import annotations

from pathlib import Path

import click

from txsim.errors import InputError
from txsim.language import _
from txsim.panel.scenario_data import data_warnings
from txsim.retold import retold_problem
from txsim.scenario import load, warnings

__all__ = ["command"]


@click.command("check")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--set", "overrides", multiple=True, metavar="PATH=VALUE", help="Change a value, as in run.")
@click.option(
    "--root", type=click.Path(path_type=Path), help="Folder that `extends` may not leave; by default the file's."
)
def command(files: tuple[Path, ...], overrides: tuple[str, ...], root: Path | None) -> None:
    """Validate FILES without running them, and warn of what is possible but hardly true."""
    problems = []
    for file in files:
        try:
            scenario = load(file, root=root, overrides=overrides)
            remarks = [*warnings(scenario), *data_warnings(scenario)]
        except InputError as error:
            problems += list(error.problems)
            continue
        for warning in remarks:
            click.echo(_("warning: {0}").format(retold_problem(warning)))
        fixed = scenario.fixed_by_author
        remark = _("; fixed by hand: {0}").format(", ".join(fixed)) if fixed else ""
        click.echo(
            _("{0}: valid, {1} warning{2}{3}").format(file, len(remarks), "" if len(remarks) == 1 else "s", remark)
        )
    if problems:
        raise InputError(problems)
