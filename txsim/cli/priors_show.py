# SPDX-License-Identifier: MIT
"""``txsim priors show``: one parameter whole."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from txsim.cachedir import write_atomic
from txsim.cli import options
from txsim.cli.speech import say_written
from txsim.desk.desk import calibrated
from txsim.desk.portrait import check_name, portrait
from txsim.errors import InputError, Problem
from txsim.forecast.settable import Settable, settable
from txsim.language import lazy
from txsim.priors.moments import describe


def _own(known: Settable, told: str) -> None:
    """Say what a value of the scenario's own holds, which no claim speaks of: there is nothing else to show."""
    try:
        name = known.name_of(told)
    except InputError:
        return
    own = known.parameters[name]
    if name not in known.places or own.prior is None:
        return
    raise InputError(Problem(
        lazy("`{name}` is a value of the scenario, {now} ({meaning}, {unit}): no claim speaks of it", name=name,
             now=describe(own.prior), meaning=own.meaning, unit=lazy(own.unit)),
        file="NAME",
        hint=lazy("`txsim priors set {name} FILE` or `txsim priors elicit FILE {name}` changes it", name=name),
    ))  # fmt: skip


@click.command("show")
@click.argument("name")
@click.argument("scenario", type=click.Path(path_type=Path), required=False)
@options.beliefs
@options.file_to_write("--out", formats=("png", "svg"), help="Picture to write: a name ending in .png or .svg.")
@options.unattended
@options.common
def command(common: options.Common, name: str, scenario: Path | None) -> None:
    """Show the parameter NAME: what it means, what was believed, what each claim says, what came out."""
    beliefs = common.beliefs(scenario)
    try:
        check_name(beliefs, name)
    except InputError:
        if scenario is not None:
            _own(settable(scenario, common.root), name)
        raise
    with common.progress() as progress:
        profile = portrait(beliefs, calibrated(beliefs, progress), name)
    replace(common, out=None).tell(profile)
    if common.out is not None:
        from txsim.report.output import slide_bytes
        from txsim.report.reading import result_from

        write_atomic(common.out, slide_bytes([result_from(profile)], "parameter", common.out.suffix[1:].lower()))
        say_written(common.out, quiet=common.quiet or common.as_json)
