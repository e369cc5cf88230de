# SPDX-License-Identifier: MIT
"""``txsim evidence show``: one claim whole."""

from __future__ import annotations

from pathlib import Path

import click

from txsim.cli import options
from txsim.desk.library import claim_show


@click.command("show")
@click.argument("claim")
@click.argument("scenario", type=click.Path(path_type=Path), required=False)
@options.beliefs
@options.unattended
@options.common
def command(common: options.Common, claim: str, scenario: Path | None) -> None:
    """Show CLAIM whole: what it says, how that was converted, its source, and how far it is believed."""
    beliefs = common.beliefs(scenario)
    common.tell(claim_show(beliefs, claim))
