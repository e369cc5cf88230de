# SPDX-License-Identifier: MIT
"""``txsim init``: write a commented scenario to start from."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import click

from txsim.cachedir import write_atomic
from txsim.errors import InputError, Problem
from txsim.language import _, lazy

__all__ = ["command"]


@click.command("init")
@click.argument("file", type=click.Path(path_type=Path), default=Path("scenario.yaml"))
@click.option("--force", is_flag=True, help="Overwrite the file if it exists.")
def command(file: Path, force: bool) -> None:
    """Write a commented scenario to FILE (scenario.yaml) to start from."""
    if file.exists() and not force:
        raise InputError(
            Problem(lazy("the file exists already"), file=str(file), hint=lazy("choose another name, or --force"))
        )
    if not file.parent.is_dir():
        raise InputError(Problem(lazy("there is no such folder"), file=str(file.parent)))
    write_atomic(file, resources.files("txsim.scenario").joinpath("starter.yaml").read_bytes())
    click.echo(_("{0} written. Next: txsim check {1}, then txsim run {2}").format(file, file, file))
