# SPDX-License-Identifier: MIT
"""``txsim sensitivity``: what drives the answer, and what is worth knowing."""

from __future__ import annotations

from pathlib import Path

import click

from txsim.cli import options
from txsim.cli.answer import tell
from txsim.cli.progress import Progress
from txsim.language import lazy

__all__ = ["command"]


@click.command("sensitivity")
@options.scenario
@options.simulation
@click.option("--scenario-discovery", is_flag=True, help="Tell by rules where the pilot loses money.")
@options.report
@options.out
@options.session
@options.unattended
def command(
    scenario: Path,
    draws: int,
    seed: int | None,
    overrides: tuple[str, ...],
    prior_only: bool,
    scenario_discovery: bool,
    as_json: bool,
    out: Path | None,
    root: Path | None,
    workers: int,
    quiet: bool,
) -> None:
    """Show what drives the payoff of SCENARIO, and what it is worth to know before choosing."""
    from txsim.decide.sensitivity import analyse_sensitivity
    from txsim.forecast import forecast
    from txsim.scenario import load

    loaded_scenario = load(scenario, root=root, overrides=overrides)
    with Progress(quiet) as progress:
        projection = forecast(
            loaded_scenario, draws=draws, seed=seed, prior_only=prior_only, workers=workers, progress=progress
        )
        progress(lazy("regressing"), None)
        result = analyse_sensitivity(projection, scenario_discovery=scenario_discovery)
    tell(result, as_json=as_json, out=out)
