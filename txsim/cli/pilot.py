# SPDX-License-Identifier: MIT
"""``txsim pilot``: whether a pilot is worth it, and which."""

from __future__ import annotations

from pathlib import Path

import click

from txsim.cachedir import made_folder
from txsim.cli import options
from txsim.cli.answer import note_unused_logs


@click.command("pilot")
@options.scenario
@options.simulation
@options.report
@click.option("--out", type=click.Path(path_type=Path), help="Folder for pilot.json, pilot.txt and rule.json.")
@options.file_to_write("--rule", "rule_file", formats=("json",), help="File for the rule, with date and hash.")
@click.option("--scopes", help="Shares of units to try, for example 10%,25%.")
@click.option("--months", help="Months to try, for example 3,6,9.")
@click.option("--respondents", help="Answers a wave to try, for example 50,100.")
@options.session
@options.unattended
@options.common
def command(
    common: options.Common,
    scenario: Path,
    rule_file: Path | None,
    scopes: str | None,
    months: str | None,
    respondents: str | None,
) -> None:
    """Show whether the pilot of SCENARIO is worth it, which one would be, and the rule to decide by."""
    from txsim.pilot.analysis import MONTHS, RESPONDENTS, SCOPES
    from txsim.pilot.analysis import pilot as analyse
    from txsim.pilot.rule_file import save_rule

    tried_scopes: tuple[float, ...] = SCOPES
    tried_months: tuple[int, ...] = MONTHS
    tried_respondents: tuple[float, ...] = RESPONDENTS
    if scopes is not None:
        tried_scopes = options.listed_numbers(scopes, "--scopes", low=0.001, high=0.999, share=True)
    if months is not None:
        tried_months = tuple(map(int, options.listed_numbers(months, "--months", low=1, high=240, whole=True)))
    if respondents is not None:
        tried_respondents = options.listed_numbers(respondents, "--respondents", low=1, high=1e9)
    loaded_scenario = common.load(scenario)
    if loaded_scenario.pilot is not None:
        note_unused_logs([loaded_scenario], quiet=common.quiet)
    with common.progress() as progress:
        result = analyse(
            loaded_scenario,
            progress=progress,
            **common.simulation,
            scopes=tried_scopes,
            months=tried_months,
            respondents=tried_respondents,
        )
    if rule_file is not None:
        save_rule(rule_file, result)
    if common.out is not None:
        made_folder(common.out)
        save_rule(common.out / "rule.json", result)
    common.tell(result)
