# SPDX-License-Identifier: MIT
"""``txsim diff``: which changed input moved the payoff."""

from __future__ import annotations

from pathlib import Path

import click

from txsim.cli import options


@click.command("diff")
@click.argument("a", type=click.Path(path_type=Path))
@click.argument("b", type=click.Path(path_type=Path))
@click.option("--option", default="commit", show_default=True, help="Option whose payoff is compared.")
@click.option("--draws", type=options.Whole(), help="Number of draws; by default those of A.")
@click.option("--seed", type=options.Whole(0, 2**32 - 1), help="Seed of the points; by default that of A.")
@options.report
@options.out
@options.session
@options.unattended
@options.common
def command(common: options.Common, a: Path, b: Path, option: str, draws: int | None, seed: int | None) -> None:
    """Show which changed input moved the payoff from A to B: results of `run --out`, or scenario files."""
    from dataclasses import replace

    from txsim.decide.waterfall import explain_difference
    from txsim.report.reading import read_stored

    first, second = (read_stored(path, root=common.root) for path in (a, b))
    if draws is not None or seed is not None:
        first = replace(
            first,
            draws=first.draws if draws is None else draws,
            seed=first.seed if seed is None else seed,
            npv={},
            npv_after_tax={},
            recommendation=None,
        )
        second = replace(second, npv={}, npv_after_tax={}, recommendation=None)
    with common.progress() as progress:
        waterfall = explain_difference(first, second, option=option, workers=common.workers, progress=progress)
    common.tell(waterfall)
