# SPDX-License-Identifier: MIT
"""``txsim priors diff``: two files' priors side by side."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from txsim.language import _
from txsim.scenario.prior_diff import compare_beliefs

__all__ = ["command"]


@click.command("diff")
@click.argument("a", type=click.Path(path_type=Path))
@click.argument("b", type=click.Path(path_type=Path))
@click.option("--all", "everything", is_flag=True, help="Parameters on which both agree too.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option(
    "--root", type=click.Path(path_type=Path), help="Folder that `extends` may not leave; by default the file's."
)
def command(a: Path, b: Path, everything: bool, as_json: bool, root: Path | None) -> None:
    """Show the priors of two files, scenarios or packs, side by side: what each believes, who says so and why."""
    rows = compare_beliefs(a, b, root)
    if as_json:
        click.echo(json.dumps({"a": str(a), "b": str(b), "parameters": rows}, indent=2, ensure_ascii=False))
        return
    differing = [row for row in rows if row["differs"]]
    click.echo(_("a  {0}\nb  {1}\n{2} of {3} parameters differ").format(a, b, len(differing), len(rows)))
    for row in rows if everything else differing:
        ratio = row["median_ratio"]
        remark = _(", b is {0:.3g} times a").format(ratio) if row["differs"] and ratio is not None else ""
        click.echo(f"\n{row['name']}  {row['unit']}{remark}\n  {row['meaning']}")
        click.echo(f"  a  {_side(row['a'])}")
        click.echo(f"  b  {_side(row['b'])}")


def _side(told: dict[str, Any] | None) -> str:
    if told is None:
        return _("not in this file's graph")
    source = (
        _("catalogue")
        if told["source"] == "catalogue"
        else ", ".join(t for t in (told["by"], told["date"]) if t) or _("file")
    )
    why = f": {told['why']}" if told["why"] else ""
    return f"{told['text'] or _('by reference class')}  [{source}{why}]"
