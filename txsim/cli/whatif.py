# SPDX-License-Identifier: MIT
"""``txsim whatif``: a grid over some inputs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from txsim.cli import options
from txsim.cli.answer import tell_drawn
from txsim.errors import InputError
from txsim.language import lazy
from txsim.scenario import Scenario


@click.command("whatif")
@options.scenario
@click.option(
    "--vary",
    multiple=True,
    required=True,
    metavar="PATH=VALUES",
    help="An input and its values, as low..high:count or a,b,c; once or twice for a map.",
)
@options.simulation
@options.report
@click.option("--out", type=click.Path(path_type=Path), help="Folder for whatif.json, whatif.txt and whatif.svg.")
@options.file_to_write("--picture", formats=("svg", "png"), help="File for the picture, .svg or .png.")
@options.session
@options.unattended
@options.common
def command(common: options.Common, scenario: Path, vary: tuple[str, ...], picture: Path | None) -> None:
    """Show how the payoff of SCENARIO changes with some inputs."""
    from txsim.decide.whatif import whatif

    drawn = len(vary) <= 2
    if picture is not None and not drawn:
        raise InputError(lazy("--picture draws one or two inputs; state --vary once or twice"))

    def variant(changes: Sequence[str]) -> Scenario:
        return common.load(scenario, *changes)

    with common.progress() as progress:
        answer = whatif(variant, vary, progress=progress, **common.simulation)
    if drawn:
        tell_drawn(common, answer, "whatif", picture)
    else:
        common.tell(answer)
