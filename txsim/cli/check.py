# SPDX-License-Identifier: MIT
"""``txsim check``: validate scenario files without running them."""

from __future__ import annotations

from pathlib import Path

import click

from txsim.errors import InputError
from txsim.scenario import fixed_by_author, implausible, load, locate

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
        except InputError as error:
            problems += list(error.problems)
            continue
        warnings = [locate(scenario, *finding) for finding in implausible(scenario)]
        for warning in warnings:
            click.echo(f"warning: {warning}")
        fixed = fixed_by_author(scenario)
        remark = f"; fixed by hand: {', '.join(fixed)}" if fixed else ""
        click.echo(f"{file}: valid, {len(warnings)} warning{'' if len(warnings) == 1 else 's'}{remark}")
    if problems:
        raise InputError(problems)
