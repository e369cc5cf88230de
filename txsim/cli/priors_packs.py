# SPDX-License-Identifier: MIT
"""``txsim priors packs``: named sets of beliefs."""

from __future__ import annotations

import click

from txsim.cli import options
from txsim.cli.answer import tell
from txsim.desk.listing import pack_list
from txsim.errors import InputError, Problem, did_you_mean
from txsim.language import lazy
from txsim.priors import packs


@click.command("packs")
@click.argument("name", required=False)
@options.unattended
def command(name: str | None, as_json: bool, quiet: bool) -> None:
    """List the prior packs, or show the pack NAME as it would stand in a file of your own."""
    if name is not None and name not in packs.names():
        suggestion = did_you_mean(name, packs.names())
        message = lazy("there is no pack `{name}`{suggestion}", name=name[:60], suggestion=suggestion)
        raise InputError(Problem(message, file="NAME", hint=lazy("packs: {names}", names=", ".join(packs.names()))))
    if name is not None and not as_json:
        click.echo(packs.text(name).rstrip())
        return
    tell(pack_list([each for each in packs.names() if name in (None, each)]), as_json=as_json)
