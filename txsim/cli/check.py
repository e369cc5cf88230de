# SPDX-License-Identifier: MIT
"""``txsim check``: validate scenario files without running them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from txsim.errors import InputError
from txsim.language import _
from txsim.retold import retold, retold_problem
from txsim.scenario import Scenario, load, warnings

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
            reading = _reading(scenario)
        except InputError as error:
            problems += list(error.problems)
            continue
        remarks = warnings(scenario)
        for warning in remarks:
            click.echo(_("warning: {0}").format(retold_problem(warning)))
        fixed = scenario.fixed_by_author
        remark = _("; fixed by hand: {0}").format(", ".join(fixed)) if fixed else ""
        click.echo(
            _("{0}: valid, {1} warning{2}{3}").format(file, len(remarks), "" if len(remarks) == 1 else "s", remark)
        )
        for i, line in enumerate(reading):
            label = _("data:")
            click.echo(f"  {' ' * len(label) if i else label} {retold(line)}")
    if problems:
        raise InputError(problems)


def _reading(scenario: Scenario) -> Sequence[str]:
    """Return how the scenario's own data are read, in lines; refuse what a run would refuse."""
    if scenario.data is None:
        return ()
    from txsim.panel.scenario_data import reading_of

    found = reading_of(scenario)
    return () if found is None else [str(line) for line in found["lines"]]
