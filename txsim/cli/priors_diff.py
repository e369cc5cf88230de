# SPDX-License-Identifier: MIT
"""``txsim priors diff``: two files' priors side by side."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from txsim.cli import options
from txsim.cli.answer import tell
from txsim.scenario.prior_diff import compare_beliefs


@click.command("diff")
@click.argument("a", type=click.Path(path_type=Path))
@click.argument("b", type=click.Path(path_type=Path))
@click.option("--all", "everything", is_flag=True, help="Parameters on which both agree too.")
@options.root
@options.unattended
def command(a: Path, b: Path, everything: bool, as_json: bool, quiet: bool, root: Path | None) -> None:
    """Show the priors of two files, scenarios or packs, side by side: what each believes, who says so and why."""
    comparison = compare_beliefs(a, b, root)
    if not everything and not as_json:
        comparison = replace(comparison, agreeing=sum(not row.differs for row in comparison.parameters),
                        parameters=tuple(row for row in comparison.parameters if row.differs))  # fmt: skip
    tell(comparison, as_json=as_json)
