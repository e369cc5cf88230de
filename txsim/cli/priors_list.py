# SPDX-License-Identifier: MIT
"""``txsim priors list``: every parameter, before and after evidence."""

from __future__ import annotations

from pathlib import Path

import click

from txsim.cli import options
from txsim.cli.answer import tell
from txsim.cli.belief_source import believing, calibrated
from txsim.cli.progress import Progress
from txsim.desk.listing import listing


@click.command("list")
@click.argument("scenario", type=click.Path(path_type=Path), required=False)
@options.beliefs
@options.unattended
def command(
    scenario: Path | None,
    evidence: Path | None,
    pack: str | None,
    overrides: tuple[str, ...],
    root: Path | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """List every parameter of SCENARIO (by default the packaged beliefs): unit, meaning, prior, result, source."""
    beliefs = believing(scenario, evidence=evidence, pack=pack, overrides=overrides, root=root)
    with Progress(quiet) as progress:
        catalogue = listing(beliefs, calibrated(beliefs, progress))
    tell(catalogue, as_json=as_json)
