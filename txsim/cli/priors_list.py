# SPDX-License-Identifier: MIT
"""``txsim priors list``: every parameter, before and after evidence."""

from __future__ import annotations

from pathlib import Path

import click

from txsim.cli import options
from txsim.desk.desk import calibrated
from txsim.desk.listing import listing


@click.command("list")
@click.argument("scenario", type=click.Path(path_type=Path), required=False)
@options.beliefs
@options.unattended
@options.common
def command(common: options.Common, scenario: Path | None) -> None:
    """List every parameter of SCENARIO (by default the packaged beliefs): unit, meaning, prior, result, source."""
    beliefs = common.beliefs(scenario)
    with common.progress() as progress:
        catalogue = listing(beliefs, calibrated(beliefs, progress))
    common.tell(catalogue)
