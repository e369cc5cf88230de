# SPDX-License-Identifier: MIT
"""``txsim evidence``: what sources say, how far they are believed, and several of them as one."""

from __future__ import annotations

import click

from txsim.cli.group import LazyGroup

_MEMBERS = {
    "list": ("evidence_list", "List claims, filtered by path, design, industry or role."),
    "show": ("evidence_show", "Show one claim whole: source, conversion, how it is read."),
    "check": ("evidence_check", "Check the library, a file of evidence or a scenario's claims."),
    "add": ("evidence_add", "Add studies as they are reported: flags, a file of them, or an interview."),
    "pool": ("evidence_pool", "Make one claim of several estimates of the same thing."),
}


@click.group("evidence", cls=LazyGroup, members=_MEMBERS)
def command() -> None:
    """See what sources say about which quantity, and how far each is believed."""
