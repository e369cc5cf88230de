# SPDX-License-Identifier: MIT
"""``txsim priors check``: what the priors alone say about outcomes that one can judge."""

from __future__ import annotations

from pathlib import Path

import click

from txsim.cli import options
from txsim.cli.answer import tell
from txsim.cli.progress import Progress
from txsim.desk.prior_check import prior_check
from txsim.scenario import load


@click.command("check")
@options.scenario
@options.draws
@options.seed
@options.beliefs
@options.unattended
def command(
    scenario: Path,
    draws: int,
    seed: int | None,
    evidence: Path | None,
    pack: str | None,
    overrides: tuple[str, ...],
    root: Path | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Show what the priors of SCENARIO say by themselves: scores, churn and margin after a year, loops, absurdities."""
    loaded_scenario = load(scenario, root=root, overrides=overrides, evidence=evidence, pack=pack)
    with Progress(quiet) as progress:
        check = prior_check(loaded_scenario, draws=draws, seed=seed, progress=progress)
    tell(check, as_json=as_json)
