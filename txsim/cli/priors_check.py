# SPDX-License-Identifier: MIT
"""``txsim priors check``: what the priors alone say about outcomes that one can judge."""

from __future__ import annotations

from pathlib import Path

import click

from txsim.cli import options
from txsim.desk.prior_check import prior_check


@click.command("check")
@options.scenario
@options.draws
@options.seed
@options.beliefs
@options.unattended
@options.common
def command(common: options.Common, scenario: Path) -> None:
    """Show what the priors of SCENARIO say by themselves: scores, churn and margin after a year, loops, absurdities."""
    loaded_scenario = common.load(scenario)
    with common.progress() as progress:
        check = prior_check(loaded_scenario, draws=common.draws, seed=common.seed, progress=progress)
    common.tell(check)
