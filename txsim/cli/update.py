# SPDX-License-Identifier: MIT
"""``txsim update``: the pilot has run."""

from __future__ import annotations

from pathlib import Path

import click

from txsim.cli import options


@click.command("update")
@options.scenario
@click.argument("pilot", type=click.Path(path_type=Path))
@click.option("--measure", help="Column that was measured; by default ex, cx, kpi or the first other one.")
@click.option("--node", help="Node that it measures; by default by the column's name, else what the driver pushes.")
@click.option("--scale", help="Scale of the measure; by default that of the node's baseline.")
@options.link_spec
@click.option("--randomised", is_flag=True, help="Pilot units were drawn at random.")
@click.option(
    "--rule", type=click.Path(path_type=Path), help="rule.json that `txsim pilot --out` saved before the pilot."
)
@click.option(
    "--bills", type=options.OVER_PLAN, help="How far the pilot's bills ran above plan, such as 12% (-5%: below plan)."
)
@click.option(
    "--draws", type=options.Whole(), default=16384, show_default=True, help="Number of draws, a power of two."
)
@options.seed
@options.overrides
@click.option("--no-log", is_flag=True, help="Neither read the scenario's log of pilots nor append to it.")
@click.option(
    "--again/--another",
    default=None,
    help="Takes the place of the log's other reading of this pilot; or that was another pilot, and both count.",
)
@options.report
@options.root
@options.unattended
@options.common
def command(
    common: options.Common,
    scenario: Path,
    pilot: Path,
    measure: str | None,
    node: str | None,
    scale: str | None,
    spec: Path | None,
    randomised: bool,
    rule: Path | None,
    bills: float | None,
    no_log: bool,
    again: bool | None,
) -> None:
    """Condition SCENARIO on PILOT, a file with columns `unit, period, treated, post` and a measure."""
    from txsim.panel.reader.link_spec import read_spec
    from txsim.pilot.update import update

    piloted = common.load(scenario)
    with common.progress() as progress:
        result = update(
            piloted,
            pilot,
            measure=measure,
            node=node,
            scale=scale,
            spec=read_spec(spec) if spec is not None else None,
            randomised=randomised,
            rule=rule,
            bills=bills,
            draws=common.draws,
            seed=common.seed,
            log=not no_log,
            again=again,
            progress=progress,
        )
    common.tell(result)
