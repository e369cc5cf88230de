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
@options.simulation
@options.evidence
@options.as_json
@click.option("--out", type=click.Path(path_type=Path), help="Folder for result.nc, summary.json and summary.csv.")
@click.option("--trajectories", type=click.Path(path_type=Path), help="File for every month, .csv or .nc.")
@options.report
@options.session
def command(
    scenario: Path,
    draws: int,
    seed: int | None,
    overrides: tuple[str, ...],
    evidence: Path | None,
    prior_only: bool,
    as_json: bool,
    out: Path | None,
    trajectories: Path | None,
    root: Path | None,
    workers: int,
    quiet: bool,
) -> None:
    """Show what the drivers of SCENARIO would pay, how sure that is, and why."""
    report = options.report_file()
    told = load(scenario, root=root, overrides=overrides, evidence=evidence)
    with Progress(quiet) as progress:
        found = forecast(
            told,
            draws=draws,
            seed=seed,
            prior_only=prior_only,
            trajectories=any(file is not None for file in (trajectories, out, report)),
            workers=workers,
            progress=progress,
        )
    from txsim.decide.advice import advise
    from txsim.report.decisions import with_sentence

    summary = {**found.summary().to_json(), "recommendation": advise(found).as_dict()}
    summary = with_sentence(summary, told.organisation.currency)
    if out is not None or trajectories is not None:
        from txsim.report.files import write_result, write_trajectories

        if trajectories is not None:
            write_trajectories(found, trajectories)
        if out is not None:
            write_result(found, out, summary)
    if report is not None:
        from txsim.report.output import write_report
        from txsim.report.reading import result_of

        write_report([result_of(found, summary)], report)
    if as_json:
        from txsim.report.files import as_json as text_of

        click.echo(text_of(summary))
        return
    click.echo(run_text(summary, told.organisation.name, _bands(found)))


def _bands(found: Any) -> dict[str, list[float]]:
    cumulative = found.cumulative_bands("commit")
    return {name: values.tolist() for name, values in cumulative.items()}
