# SPDX-License-Identifier: MIT
"""``txsim run``: the main job."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from txsim.cli import options
from txsim.cli.progress import Progress
from txsim.forecast import forecast
from txsim.report.text import run_text
from txsim.scenario import load

__all__ = ["command"]


@click.command("run")
@options.scenario
@options.draws
@options.seed
@options.overrides
@options.prior_only
@options.as_json
@click.option("--out", type=click.Path(path_type=Path), help="Folder for result.nc, summary.json and summary.csv.")
@click.option("--trajectories", type=click.Path(path_type=Path), help="File for every month, .csv or .nc.")
@options.root
@options.workers
@options.quiet
def command(
    scenario: Path,
    draws: int,
    seed: int | None,
    overrides: tuple[str, ...],
    prior_only: bool,
    as_json: bool,
    out: Path | None,
    trajectories: Path | None,
    root: Path | None,
    workers: int,
    quiet: bool,
) -> None:
    """Show what the drivers of SCENARIO would pay, how sure that is, and why."""
    told = load(scenario, root=root, overrides=overrides)
    with Progress(quiet) as progress:
        found = forecast(
            told,
            draws=draws,
            seed=seed,
            prior_only=prior_only,
            trajectories=trajectories is not None or out is not None,
            workers=workers,
            progress=progress,
        )
    if out is not None or trajectories is not None:
        from txsim.report.files import write_result, write_trajectories

        if trajectories is not None:
            write_trajectories(found, trajectories)
        if out is not None:
            write_result(found, out)
    if as_json:
        from txsim.report.files import as_json as text_of

        click.echo(text_of(found.summary()))
        return
    click.echo(run_text(found.summary(), told.organisation.name, _bands(found)))


def _bands(found: Any) -> dict[str, list[float]]:
    cumulative = found.cumulative_bands("commit")
    return {name: values.tolist() for name, values in cumulative.items()}
