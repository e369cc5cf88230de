# SPDX-License-Identifier: MIT
"""``txsim explain``: which paths carry the payoff."""

from __future__ import annotations

from pathlib import Path

import click

from txsim.cli import options
from txsim.cli.answer import tell_drawn
from txsim.language import lazy


@click.command("explain")
@options.scenario
@options.simulation
@click.option("--option", default="commit", show_default=True, help="Option whose payoff is explained.")
@options.report
@click.option("--out", type=click.Path(path_type=Path), help="Folder for explain.json, explain.txt and explain.svg.")
@options.file_to_write("--picture", formats=("svg", "png"), help="File for the graph with widths, .svg or .png.")
@options.session
@options.unattended
@options.common
def command(common: options.Common, scenario: Path, option: str, picture: Path | None) -> None:
    """Show which paths carry the payoff of SCENARIO, by switching them off."""
    from txsim.decide.path_attribution import explain
    from txsim.forecast import forecast

    loaded_scenario = common.load(scenario)
    with common.progress() as progress:
        projection = forecast(loaded_scenario, progress=progress, **common.simulation)
        progress(lazy("switching paths off"), None)
        explanation = explain(projection, option=option, workers=common.workers)
    # Where no link carries anything there is no graph to draw: its paths are all there is.
    tell_drawn(common, explanation, "graph", picture, instead="paths", content=loaded_scenario.kept)
