# SPDX-License-Identifier: MIT
"""``txsim sensitivity``: what drives the answer, and what is worth knowing."""

from __future__ import annotations

from pathlib import Path

import click

from txsim.cli import options
from txsim.cli.answer import tell
from txsim.cli.progress import Progress


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
    from txsim.decide.sensitivity import sensitivity
    from txsim.scenario import load

    loaded_scenario = load(scenario, root=root, overrides=overrides)
    with Progress(quiet) as progress:
        result = sensitivity(
            loaded_scenario,
            draws=draws,
            seed=seed,
            prior_only=prior_only,
            scenario_discovery=scenario_discovery,
            workers=workers,
            progress=progress,
        )
    tell(result, as_json=as_json, out=out)
