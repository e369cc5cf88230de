# SPDX-License-Identifier: MIT
"""``txsim graph``: the causal graph of a scenario."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from txsim.cachedir import write_atomic
from txsim.cli import options
from txsim.cli.progress import Progress
from txsim.cli.speech import say_json, say_written
from txsim.files import format_of
from txsim.forecast.causal_graph import causal_graph
from txsim.language import _
from txsim.printable import encoding_of, terminal_width
from txsim.report.files import as_json as text_of
from txsim.report.graph import as_dot, as_mermaid, as_table
from txsim.scenario import load

#: What the name of a file may end with, by the format that is asked for.
_ENDINGS = {"table": ("txt",), "dot": ("dot", "gv"), "mermaid": ("mmd", "mermaid", "md"), "svg": ("svg",),
            "png": ("png",)}  # fmt: skip


@click.command("graph")
@options.scenario
@click.option(
    "--format", "kind", type=click.Choice(["table", "dot", "mermaid", "svg", "png"]), default="table", show_default=True
)
@click.option("--out", type=click.Path(path_type=Path), help="File to write; needed for svg and png.")
@click.option("--prior-only", is_flag=True, help="In pictures: leave all claims out.")
@options.root
@options.unattended
def command(
    scenario: Path, kind: str, out: Path | None, prior_only: bool, as_json: bool, root: Path | None, quiet: bool
) -> None:
    """Show how influence travels in SCENARIO: which node moves which, by how much, after how long, and why.

    In pictures (svg, png) thickness is strength, after the evidence, and transparency is doubt.
    """
    if out is not None:  # told before anything is computed, and before a file of another kind is written over
        format_of(out, ("json",) if as_json else _ENDINGS[kind])
    loaded_scenario = load(scenario, root=root)
    if as_json:
        content = text_of(causal_graph(loaded_scenario).to_json()).encode()
    elif kind in ("svg", "png"):
        if out is None:
            raise click.UsageError(_("--format {0} needs --out FILE").format(kind))
        from txsim.forecast.causal_graph import link_strengths
        from txsim.report.drawing import as_slide
        from txsim.report.pictures.strength import strength_graph
        from txsim.report.theme import read_theme

        with Progress(quiet) as progress:
            links = link_strengths(loaded_scenario, prior_only=prior_only, progress=progress)
        content = as_slide(strength_graph(loaded_scenario.network(), links), read_theme(), kind)
    else:
        graph = causal_graph(loaded_scenario)
        if kind == "table":
            text = as_table(graph, terminal_width(), encoding_of(sys.stdout) if out is None else "utf-8")
        else:
            text = as_dot(graph) if kind == "dot" else as_mermaid(graph)
        content = text.encode()
    if out is None and as_json:
        say_json(content.decode())
    elif out is None:
        click.echo(content.decode())
    else:
        write_atomic(out, content)
        say_written(out, as_json=as_json, quiet=quiet)
