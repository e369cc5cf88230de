# SPDX-License-Identifier: MIT
"""``txsim run``: the main job."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from txsim.cli import options
from txsim.cli.progress import Progress
from txsim.cli.speech import say_json, warn
from txsim.forecast import Forecast, forecast
from txsim.forecast.misfits import remarks_on
from txsim.language import _
from txsim.scenario import Scenario
from txsim.scenario.layers import Setting

if TYPE_CHECKING:
    from txsim.report.reading import Result


def _tried(projection: Forecast, others: Sequence[tuple[str, Scenario]], progress: Progress) -> Result:
    """Return what committing pays under changed values, on the points of the forecast."""
    from txsim.desk import Desk, comparison
    from txsim.desk.claim_effects import Variant
    from txsim.report.reading import result_from

    desk = Desk(projection.scenario, draws=projection.draws, seed=projection.seed, progress=progress)
    variants = [Variant(text, "set", scenario) for text, scenario in others]
    answer = comparison(desk, variants, leave_one_out=False, conflicts=False, power_scaling=False)
    return result_from(answer)


@click.command("run")
@options.scenario
@options.simulation
@options.fresh_seed
@options.precision
@options.evidence
@options.pack
@click.option(
    "--try",
    "tries",
    multiple=True,
    metavar="PATH=VALUE",
    help="Beside it what committing pays with a value changed, as by --set; may be repeated.",
)
@click.option("--out", type=click.Path(path_type=Path), help="Folder for result.nc, summary.json and summary.csv.")
@options.file_to_write("--trajectories", formats=("csv", "nc"), help="File for every month, .csv or .nc.")
@options.csv_dialect
@options.report
@options.memory
@click.option("--brief", is_flag=True, help="Page one alone, in the terminal and in the report.")
@click.option("--frozen", is_flag=True, help="A report without the part in which a reader weighs his own view.")
@options.session
@options.unattended
@options.common
def command(
    common: options.Common,
    scenario: Path,
    tries: tuple[str, ...],
    fresh_seed: int | None,
    precision: str | None,
    trajectories: Path | None,
    csv_dialect: str,
    brief: bool,
    frozen: bool,
    memory: int,
) -> None:
    """Show what the drivers of SCENARIO would pay, how sure that is, and why."""
    report, out, as_json = options.report_file(), common.out, common.as_json
    if tries and (common.prior_only or fresh_seed is not None):
        raise click.UsageError(_("--try needs the claims and the stored draws: not with --prior-only or --fresh-seed"))
    loaded_scenario = common.load(scenario)
    others = [(text, common.load(scenario, Setting.of(text, "--try"))) for text in tries]
    remarks = list(remarks_on(loaded_scenario))
    if loaded_scenario.data is not None:
        from txsim.panel.scenario_data import look_at

        remarks += look_at(loaded_scenario)[1]
    for warning in remarks:
        warn(warning, err=True)
    if fresh_seed is not None and common.seed is not None:
        raise click.UsageError(_("--fresh-seed takes the place of --seed: give one of them"))
    with common.progress() as progress:

        def compute(count: int) -> Forecast:
            return forecast(
                loaded_scenario,
                fresh_seed=fresh_seed,
                memory=memory,
                progress=progress,
                **common.simulation | {"draws": count},
            )

        if precision is None:
            projection = compute(common.draws)
        else:
            from txsim.decide.precision import forecast_within
            from txsim.decide.precision import wanted as limit_of

            projection, reached = forecast_within(limit_of(precision), compute, common.draws)
            projection = replace(projection, precision=reached)
        tried = _tried(projection, others, progress) if others else None
    from txsim.decide.advice import advised
    from txsim.report.reading import result_of

    wanted = as_json or brief or any(file is not None for file in (out, report))
    kept = (report is not None and not frozen) or out is not None
    whole = advised(projection, case=wanted, view=kept)
    result = result_of(whole, months=out is not None or report is not None)
    results = [result] if tried is None else [result, tried]

    def data() -> dict[str, Any]:
        return dict(result.answer.to_json()) | ({} if tried is None else {"tried": tried.answer.to_json()})

    if out is not None or trajectories is not None:
        from txsim.report.files import CSV_DIALECTS, write_result, write_trajectories

        dialect = CSV_DIALECTS[csv_dialect]

        if trajectories is not None:
            write_trajectories(projection, trajectories, dialect)
        if out is not None:
            write_result(whole, out, data(), dialect)
    if report is not None:
        from txsim.report.output import write_report

        write_report(results, report, page=brief, frozen=frozen)
    if as_json:
        from txsim.report.files import as_json as text_of

        say_json(text_of(data()))
        return
    from txsim.report.compose import compose
    from txsim.report.terminal import for_stdout

    click.echo(for_stdout(compose(results, "brief", page=brief)))
