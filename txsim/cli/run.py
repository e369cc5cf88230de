# SPDX-License-Identifier: MIT
"""``txsim run``: the main job."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from txsim.forecast import DEFAULT_DRAWS, DEFAULT_SEED, forecast
from txsim.report.text import run_text
from txsim.scenario import load

__all__ = ["command"]


class Progress:
    """Sentences on stderr about what is going on; on a terminal they take each other's place."""

    def __init__(self, quiet: bool) -> None:
        self.quiet, self.live, self.shown = quiet, sys.stderr.isatty(), 0

    def __call__(self, sentence: str, fraction: float | None) -> None:
        """Show one sentence, with a bar where the fraction is known."""
        if self.quiet:
            return
        bar = "" if fraction is None else f" [{'#' * round(20 * fraction):<20}]"
        if self.live:
            text = f"{sentence} …{bar}"
            sys.stderr.write("\r" + text.ljust(self.shown) + "\r")
            self.shown = len(text)
        elif sentence != "simulating":
            sys.stderr.write(f"{sentence}{bar}\n")
        sys.stderr.flush()

    def done(self) -> None:
        """Clear the line."""
        if self.live and self.shown:
            sys.stderr.write("\r" + " " * self.shown + "\r")
            sys.stderr.flush()


@click.command("run")
@click.argument("scenario", type=click.Path(path_type=Path))
@click.option("--draws", type=int, default=DEFAULT_DRAWS, show_default=True, help="Number of draws, a power of two.")
@click.option(
    "--seed",
    type=click.IntRange(0, 2**32 - 1),
    default=DEFAULT_SEED,
    show_default=True,
    help="Seed of the scenario's points.",
)
@click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="PATH=VALUE",
    help="Change a value, for example drivers[0].one_off=50000.",
)
@click.option("--prior-only", is_flag=True, help="Leave all claims out.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder for result.nc, summary.json and summary.csv.")
@click.option("--trajectories", type=click.Path(path_type=Path), help="File for every month, .csv or .nc.")
@click.option(
    "--root", type=click.Path(path_type=Path), help="Folder that `extends` may not leave; by default the file's."
)
@click.option(
    "--workers", type=click.IntRange(1, 256), default=1, show_default=True, help="Threads; results do not depend on it."
)
@click.option("--quiet", is_flag=True, help="No progress on stderr.")
def command(
    scenario: Path,
    draws: int,
    seed: int,
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
    progress = Progress(quiet)
    found = forecast(
        told,
        draws=draws,
        seed=seed,
        prior_only=prior_only,
        trajectories=trajectories is not None or out is not None,
        workers=workers,
        progress=progress,
    )
    progress.done()
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
