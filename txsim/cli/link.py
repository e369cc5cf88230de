# SPDX-License-Identifier: MIT
"""``txsim link``: what our own panel of EX and CX says."""

from __future__ import annotations

from pathlib import Path

import click

from txsim.cli import options
from txsim.cli.answer import tell
from txsim.cli.progress import Progress
from txsim.cli.speech import say_line
from txsim.forecast import DEFAULT_DRAWS, calibration_spec
from txsim.language import _, lazy
from txsim.scenario import load


@click.command("link")
@click.argument("data", nargs=-1, type=click.Path(path_type=Path))
@options.link_spec
@click.option("--scale", help="Scale of both series: index, nps, likert5 …, or raw.")
@click.option("--lag", "lag_months", type=options.NUMBER, help="Known mean delay in months; estimated by default.")
@click.option(
    "--period-months", type=options.NUMBER, help="Months from one period to the next, where periods are counted."
)
@click.option(
    "--scenario",
    "scenario_file",
    type=click.Path(path_type=Path),
    help="And what the panel is worth in money to this scenario, which names DATA by `data`, or might.",
)
@click.option(
    "--draws",
    type=options.Whole(),
    default=DEFAULT_DRAWS,
    show_default=True,
    help="With --scenario: draws, a power of two.",
)
@options.file_to_write("--simulate", formats=("csv",), metavar="OUT.csv", help="Make a panel with known truth instead.")
@click.option("--units", type=options.Whole(2, 100_000), default=40, show_default=True, help="With --simulate.")
@click.option("--periods", type=options.Whole(2, 240), default=24, show_default=True, help="With --simulate, months.")
@click.option("--respondents", type=options.Whole(1, 100_000), default=60, show_default=True, help="With --simulate.")
@click.option(
    "--ex-cx", type=options.NUMBER, default=0.2, show_default=True, help="With --simulate: settled slope EX → CX."
)
@click.option(
    "--cx-ex", type=options.NUMBER, default=0.1, show_default=True, help="With --simulate: settled slope CX → EX."
)
@click.option(
    "--true-lag", type=options.NUMBER, default=4.0, show_default=True, help="With --simulate: mean delay in months."
)
@click.option("--no-priors", is_flag=True, help="Only what the data say; leave priors and claims alone (quicker).")
@click.option("--seed", type=options.Whole(0, 2**32 - 1), default=0, show_default=True, help="Seed of the sampler.")
@options.report
@click.option("--out", type=click.Path(path_type=Path), help="Folder for link.json, data_report.csv and pictures.")
@options.workers
@options.unattended
def command(
    data: tuple[Path, ...],
    spec: Path | None,
    scale: str | None,
    lag_months: float | None,
    period_months: float | None,
    scenario_file: Path | None,
    draws: int,
    simulate: Path | None,
    units: int,
    periods: int,
    respondents: int,
    ex_cx: float,
    cx_ex: float,
    true_lag: float,
    no_priors: bool,
    seed: int,
    as_json: bool,
    out: Path | None,
    workers: int,
    quiet: bool,
) -> None:
    """Say what DATA, a panel of EX and CX by unit and period, says about both directions, and what it cannot say.

    DATA is a CSV, Parquet or Excel file, several, or a folder; columns `unit, period, ex, cx` and `n_ex, n_cx`. With
    --scenario it says, too, what that is worth in money; the DATA that the scenario names need not be named again.
    """
    if simulate is not None:
        if scenario_file is not None:
            raise click.UsageError(_("--simulate makes a panel; name it with --scenario afterwards"))
        from txsim.panel.synthetic import simulate_panel, write_simulated

        truth = write_simulated(
            simulate,
            simulate_panel(units, periods, respondents, ex_cx=ex_cx, cx_ex=cx_ex, lag_months=true_lag, seed=seed),
        )
        say_line(
            lazy(
                "{file}: {units} units × {periods} months; true {parameters}",
                file=simulate,
                units=units,
                periods=periods,
                parameters=", ".join(f"{k} {v:g}" for k, v in truth.items()),
            )
        )
        say_line(lazy("Next: txsim link {file} --scale index", file=simulate))
        return
    plain = scale is None and lag_months is None and period_months is None
    loaded = scenario = None
    if scenario_file is not None:
        if not plain or no_priors or len(data) > 1:
            message = _(
                "with --scenario the panel is one file or folder, read as the scenario reads it, and moves what it "
                "believes: write `scale`, `lag_months` and `period_months` into the spec, and leave --no-priors out"
            )
            raise click.UsageError(message)
        from txsim.decide.panel_worth import refuse_without_money
        from txsim.panel.scenario_data import naming

        loaded = load(scenario_file)
        scenario, panel, spec = naming(loaded, data[0] if data else None, spec)
        refuse_without_money(scenario)
        data = (panel,)
    if not data:
        raise click.UsageError(_("name the file, or say --simulate OUT.csv"))
    from txsim.panel.link import link
    from txsim.panel.reader.link_spec import read_spec

    reading = read_spec(spec, scale=scale, lag_months=lag_months, period_months=period_months)
    with Progress(quiet) as progress:
        result = link(
            list(data),
            spec=reading,
            spec_path=spec if plain else None,
            seed=seed,
            workers=max(workers, 2),
            base=None if scenario is None else calibration_spec(scenario, data=False),
            calibrated=not no_priors,
            progress=progress,
        )
        if loaded is not None and scenario is not None:
            from txsim.decide.panel_worth import with_worth

            named = loaded.data is not None
            result = with_worth(result, scenario, named=named, draws=draws, workers=workers, progress=progress)
    if out is not None:
        from txsim.report.files import write_link

        write_link(result, out)
    tell(result, as_json=as_json)
