# SPDX-License-Identifier: MIT
"""``txsim run``: the main job."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from txsim.cli import options
from txsim.cli.progress import Progress
from txsim.cli.speech import say_json, warn
from txsim.forecast import Forecast, forecast
from txsim.language import _
from txsim.scenario import load, warnings

__all__ = ["command"]


@click.command("run")
@options.scenario
@options.simulation
@options.fresh_seed
@options.precision
@options.evidence
@options.as_json
@click.option("--out", type=click.Path(path_type=Path), help="Folder for result.nc, summary.json and summary.csv.")
@click.option("--trajectories", type=click.Path(path_type=Path), help="File for every month, .csv or .nc.")
@options.csv_dialect
@options.report
@options.memory
@click.option("--brief", is_flag=True, help="Page one alone, in the terminal and in the report.")
@options.session
def command(
    scenario: Path,
    draws: int,
    seed: int | None,
    overrides: tuple[str, ...],
    evidence: Path | None,
    prior_only: bool,
    fresh_seed: int | None,
    precision: str | None,
    as_json: bool,
    out: Path | None,
    trajectories: Path | None,
    csv_dialect: str,
    brief: bool,
    root: Path | None,
    workers: int,
    quiet: bool,
    memory: int,
) -> None:
    """Show what the drivers of SCENARIO would pay, how sure that is, and why."""
    report = options.report_file()
    loaded_scenario = load(scenario, root=root, overrides=overrides, evidence=evidence)
    remarks = list(warnings(loaded_scenario))
    if loaded_scenario.data is not None:
        from txsim.panel.scenario_data import look_at

        remarks += look_at(loaded_scenario)[1]
    for warning in remarks:
        warn(warning, err=True)
    if fresh_seed is not None and seed is not None:
        raise click.UsageError(_("--fresh-seed takes the place of --seed: give one of them"))
    with Progress(quiet) as progress:

        def compute(count: int) -> Forecast:
            return forecast(
                loaded_scenario,
                draws=count,
                seed=seed,
                prior_only=prior_only,
                workers=workers,
                fresh_seed=fresh_seed,
                memory=memory,
                progress=progress,
            )

        if precision is None:
            projection = compute(draws)
        else:
            from txsim.decide.precision import forecast_within
            from txsim.decide.precision import wanted as limit_of

            projection, reached = forecast_within(limit_of(precision), compute, draws)
            projection = replace(projection, precision=reached)
    from txsim.decide.advice import advised
    from txsim.report.reading import result_of

    wanted = as_json or brief or any(file is not None for file in (out, report))
    result = result_of(advised(projection, case=wanted), months=out is not None or report is not None)
    if out is not None or trajectories is not None:
        from txsim.report.files import CSV_DIALECTS, write_result, write_trajectories

        dialect = CSV_DIALECTS[csv_dialect]

        if trajectories is not None:
            write_trajectories(projection, trajectories, dialect)
        if out is not None:
            write_result(projection, out, dict(result.data), dialect)
    if report is not None:
        from txsim.report.output import write_report

        write_report([result], report, page=brief)
    if as_json:
        from txsim.report.files import as_json as text_of

        say_json(text_of(dict(result.data)))
        return
    from txsim.report.compose import compose
    from txsim.report.terminal import for_stdout

    click.echo(for_stdout(compose([result], "brief", page=brief)))
