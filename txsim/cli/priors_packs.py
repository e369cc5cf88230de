# SPDX-License-Identifier: MIT
"""``txsim priors packs``: named sets of beliefs."""

from __future__ import annotations

from typing import Any

import click

from txsim.cli import options
from txsim.errors import InputError, Problem, did_you_mean
from txsim.language import _
from txsim.priors import packs

__all__ = ["command"]


@click.command("packs")
@click.argument("name", required=False)
@options.as_json
def command(name: str | None, as_json: bool) -> None:
    """List the prior packs, or show the pack NAME as it would stand in a file of your own."""
    if name is not None and name not in packs.names():
        message = _("there is no pack `{0}`{1}").format(name[:60], did_you_mean(name, packs.names()))
        raise InputError(Problem(message, file="NAME", hint=_("packs: {0}").format(", ".join(packs.names()))))
    told = [packs.pack(each) for each in packs.names() if name in (None, each)]
    if as_json:
        from txsim.report.files import as_json as text_of

        rows: list[dict[str, Any]] = [
            {"name": p.name, "title": p.title, "why": p.why, "priors": dict(p.priors), "evidence": dict(p.evidence)}
            for p in told
        ]
        click.echo(text_of({"packs": rows}))
        return
    if name is not None:
        click.echo(packs.text(name).rstrip())
        return
    from txsim.report.beliefs import packs_text

    click.echo(packs_text([(p.name, p.title, p.why) for p in told]))
