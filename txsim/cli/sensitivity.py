# SPDX-License-Identifier: MIT
"""``txsim sensitivity``: what drives the answer, and what is worth knowing."""

from __future__ import annotations

from pathlib import Path

import click

from txsim.cli import options


@click.command("sensitivity")
@options.scenario
@options.simulation
@click.option("--scenario-discovery", is_flag=True, help="Tell by rules where the pilot loses money.")
@options.report
@options.out
@options.session
@options.unattended
@options.common
def command(common: options.Common, scenario: Path, scenario_discovery: bool) -> None:
    """Show what drives the payoff of SCENARIO, and what it is worth to know before choosing."""
    from txsim.decide.sensitivity import sensitivity

    loaded_scenario = common.load(scenario)
    with common.progress() as progress:
        result = sensitivity(
            loaded_scenario, scenario_discovery=scenario_discovery, progress=progress, **common.simulation
        )
    common.tell(result)
