# SPDX-License-Identifier: MIT
"""``txsim evidence show``: one claim whole."""

from __future__ import annotations

from pathlib import Path

import click

from txsim.cli import options
from txsim.cli.answer import tell
from txsim.cli.belief_source import believing
from txsim.desk.library import claim_show


@click.command("show")
@click.argument("claim")
@click.argument("scenario", type=click.Path(path_type=Path), required=False)
@options.beliefs
@options.unattended
def command(
    claim: str,
    scenario: Path | None,
    evidence: Path | None,
    pack: str | None,
    overrides: tuple[str, ...],
    root: Path | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Show CLAIM whole: what it says, how that was converted, its source, and how far it is believed."""
    beliefs = believing(scenario, evidence=evidence, pack=pack, overrides=overrides, root=root)
    tell(claim_show(beliefs, claim), as_json=as_json)
