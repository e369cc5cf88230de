# SPDX-License-Identifier: MIT
"""``txsim evidence show``: one claim whole."""

from __future__ import annotations

from pathlib import Path

import click

from txsim.cli import options
from txsim.cli.belief_source import believing
from txsim.desk.library import claim_told
from txsim.errors import InputError, Problem, did_you_mean
from txsim.language import _

__all__ = ["command"]


@click.command("show")
@click.argument("claim")
@click.argument("scenario", type=click.Path(path_type=Path), required=False)
@options.beliefs
@options.as_json
def command(
    claim: str,
    scenario: Path | None,
    evidence: Path | None,
    pack: str | None,
    overrides: tuple[str, ...],
    root: Path | None,
    as_json: bool,
) -> None:
    """Show CLAIM whole: what it says, how that was converted, its source, and how far it is believed."""
    told = believing(scenario, evidence=evidence, pack=pack, overrides=overrides, root=root)
    claims = told.claims()
    if claim not in claims:
        message = _("unknown claim `{0}`{1}").format(claim[:60], did_you_mean(claim, claims))
        raise InputError(Problem(message, file="CLAIM", hint="`txsim evidence list` shows all"))
    found = claim_told(told, claims[claim])
    if as_json:
        from txsim.report.files import as_json as text_of

        click.echo(text_of(found))
        return
    from txsim.report.beliefs import claim_text

    click.echo(claim_text(found))
