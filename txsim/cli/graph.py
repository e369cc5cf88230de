# SPDX-License-Identifier: MIT
"""``txsim graph``: the causal graph of a scenario."""

from __future__ import annotations

from pathlib import Path

import click

from txsim.cachedir import write_atomic
from txsim.language import _
from txsim.priors.catalogue import calibration_parameters
from txsim.priors.distributions import describe
from txsim.report.graph import as_dot, as_mermaid, as_picture, as_table
from txsim.scenario import load

__all__ = ["command"]


@click.command("graph")
@click.argument("scenario", type=click.Path(path_type=Path))
@click.option(
    "--format", "kind", type=click.Choice(["table", "dot", "mermaid", "svg", "png"]), default="table", show_default=True
)
@click.option("--out", type=click.Path(path_type=Path), help="File to write; needed for svg and png.")
@click.option(
    "--root", type=click.Path(path_type=Path), help="Folder that `extends` may not leave; by default the file's."
)
def command(scenario: Path, kind: str, out: Path | None, root: Path | None) -> None:
    """Show how influence travels in SCENARIO: which node moves which, by how much, after how long, and why."""
    told = load(scenario, root=root)
    network = told.network()
    if kind in ("svg", "png"):
        if out is None:
            message = _("--format {0} needs --out FILE").format(kind)
            raise click.UsageError(message)
        content = as_picture(network, told.edges, kind)
    elif kind == "table":
        believed = calibration_parameters() | {edge.parameter: edge.slope for edge in told.graph.edges} | told.priors
        slopes = {name: describe(prior) for name, prior in believed.items()}
        content = as_table(network, told.full_graph(), told.edges, slopes).encode()
    else:
        content = (as_dot if kind == "dot" else as_mermaid)(network, told.edges).encode()
    if out is None:
        click.echo(content.decode())
    else:
        write_atomic(out, content)
        click.echo(_("{0} written").format(out))
