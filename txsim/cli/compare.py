# SPDX-License-Identifier: MIT
"""``txsim compare``: scenarios side by side."""

from __future__ import annotations

import math
import re
from pathlib import Path

import click

from txsim.cli import options
from txsim.cli.answer import note_unused_logs
from txsim.errors import InputError, Problem, did_you_mean
from txsim.language import lazy

_CAPACITIES = ("drivers", "it", "people", "c_level", "shared", "none")


def _pairs(texts: tuple[str, ...], option: str, example: str) -> dict[str, float]:
    numbers = {}
    for text in (part for each in texts for part in re.split(r"[,;](?=[^,;=]*=)", each)):
        name, equals, number = text.partition("=")
        if not equals or not name.strip():
            message = lazy(
                "{option} {text}: expected NAME=NUMBER, for example {example}",
                option=option,
                text=text.strip(),
                example=example,
            )
            raise InputError(message)
        numbers[name.strip()] = options.number_within(number, option, low=0, high=math.inf, share=option == "--mix")
    return numbers


@click.command("compare")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@options.simulation
@click.option("--budget", type=options.AmountRange(0), help="Find the best set of the files' drivers under this cost.")
@click.option(
    "--capacity",
    multiple=True,
    metavar="KIND=N",
    help="With --budget: most drivers of a kind or owner, or `drivers=3`.",
)
@click.option("--mix", multiple=True, metavar="NAME=WEIGHT,…", help="Weights of beliefs, by file name or `default`.")
@options.report
@options.out
@options.session
@options.unattended
@options.common
def command(
    common: options.Common,
    files: tuple[Path, ...],
    budget: float | None,
    capacity: tuple[str, ...],
    mix: tuple[str, ...],
) -> None:
    """Compare the scenarios in FILES draw by draw, or find the best portfolio of their drivers."""
    from txsim.decide.comparison import compare, named

    weights = _pairs(mix, "--mix", "sceptic=0.5,default=0.5")
    room = _pairs(capacity, "--capacity", "it=1")
    for key in room:
        if key not in _CAPACITIES:
            hint = did_you_mean(key, _CAPACITIES)
            message = lazy(
                "--capacity: unknown kind `{key}`{suggestion}; known: {kinds}",
                key=key[:40],
                suggestion=hint,
                kinds=", ".join(_CAPACITIES),
            )
            raise InputError(message)
    if room and budget is None:
        raise InputError(lazy("--capacity limits a portfolio: state --budget too"))
    problems: list[Problem] = []
    scenarios = {}
    for name, file in named(files).items():
        try:
            scenarios[name] = common.load(file)
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    if all(scenario.pilots is None for scenario in scenarios.values()):  # what one names, all of them know
        note_unused_logs(scenarios.values(), quiet=common.quiet)
    with common.progress() as progress:
        comparison = compare(
            scenarios, mix=weights, budget=budget, capacity=room, progress=progress, **common.simulation
        )
    content = {"scenarios": {name: scenario.kept for name, scenario in scenarios.items()}}
    from txsim.report.files import as_json as text_of
    from txsim.report.reading import SCENARIOS

    common.tell(comparison, content=content, more={SCENARIOS: text_of(content).encode()})
