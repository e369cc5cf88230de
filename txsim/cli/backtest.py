# SPDX-License-Identifier: MIT
"""``txsim backtest``: how well the panel model would have forecast the past."""

from __future__ import annotations

from pathlib import Path

import click

from txsim.cli import options
from txsim.cli.answer import tell
from txsim.cli.progress import Progress


@click.command("backtest")
@click.argument("data", nargs=-1, required=True, type=click.Path(path_type=Path))
@options.link_spec
@click.option("--scale", help="Scale of both series, or raw.")
@click.option("--seed", type=options.Whole(0, 2**32 - 1), default=0, show_default=True, help="Seed of the forecasts.")
@options.report
@options.workers
@options.unattended
def command(
    data: tuple[Path, ...], spec: Path | None, scale: str | None, seed: int, as_json: bool, workers: int, quiet: bool
) -> None:
    """Fit the first periods of DATA, forecast the rest, for several origins, and compare with simple forecasts."""
    from txsim.panel.backtest import backtest
    from txsim.panel.reader.cleaning import read_panel
    from txsim.panel.reader.link_spec import read_spec

    reading = read_spec(spec, scale=scale)
    panel, report = read_panel(data, reading)
    with Progress(quiet) as progress:
        result = backtest(
            panel, reading, seed=seed, workers=max(workers, 2), warnings=report.warnings, progress=progress
        )
    tell(result, as_json=as_json)
