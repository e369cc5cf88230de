# SPDX-License-Identifier: MIT
"""``txsim priors``: what is believed about each parameter, and what changes if it is believed otherwise."""

from __future__ import annotations

import click

from txsim.cli.group import LazyGroup

_MEMBERS = {
    "list": ("priors_list", "Every parameter: prior, result, and how much of it is evidence."),
    "show": ("priors_show", "One parameter whole: prior, each claim, result, and what it means."),
    "set": ("priors_set", "Change a prior in a scenario file, with who and why."),
    "elicit": ("priors_elicit", "Ask experts for a prior, in the terminal or from a file."),
    "compare": ("priors_compare", "What each claim and each belief does to the payoff."),
    "check": ("priors_check", "What the priors alone say about outcomes one can judge."),
    "diff": ("priors_diff", "Two files' priors side by side."),
    "packs": ("priors_packs", "List named sets of beliefs, or show one."),
}


@click.group("priors", cls=LazyGroup, members=_MEMBERS)
def command() -> None:
    """See, weigh and change what is believed, and what that does to the answer."""
