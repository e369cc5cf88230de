# SPDX-License-Identifier: MIT
"""``txsim pilot``: whether a pilot is worth it, and which."""

from __future__ import annotations

from pathlib import Path

import click

from txsim.cachedir import made_folder
from txsim.cli import options
from txsim.cli.answer import note_unused_logs
from txsim.errors import InputError
from txsim.language import N_, lazy


def _numbers(text: str | None, what: str, *, low: float, high: float, whole: bool = False) -> tuple[float, ...] | None:
    if text is None:
        return None
    numbers = []
    for part in text.split(","):
        entry = part.strip()
        share = entry.endswith("%")
        try:
            value = float(entry.rstrip("% ")) / (100 if share else 1)
        except ValueError:
            value = float("nan")
        if not low <= value <= high or (whole and value != int(value)):
            words = (
                N_("{option}: `{text}` is not a whole number from {low:g} to {high:g}")
                if whole
                else N_("{option}: `{text}` is not a number from {low:g} to {high:g}")
            )
            raise InputError(lazy(words, option=what, text=part.strip(), low=low, high=high))
        numbers.append(value)
    return tuple(numbers)


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

    told_scopes = _numbers(scopes, "--scopes", low=0.001, high=0.999)
    told_months = _numbers(months, "--months", low=1, high=240, whole=True)
    told_respondents = _numbers(respondents, "--respondents", low=1, high=1e9)
    loaded_scenario = common.load(scenario)
    if loaded_scenario.pilot is not None:
        note_unused_logs([loaded_scenario], quiet=common.quiet)
    with common.progress() as progress:
        result = analyse(
            loaded_scenario,
            progress=progress,
            **common.simulation,
            scopes=SCOPES if told_scopes is None else told_scopes,
            months=MONTHS if told_months is None else tuple(int(m) for m in told_months),
            respondents=RESPONDENTS if told_respondents is None else told_respondents,
        )
    if rule_file is not None:
        save_rule(rule_file, result)
    if common.out is not None:
        made_folder(common.out)
        save_rule(common.out / "rule.json", result)
    common.tell(result)
