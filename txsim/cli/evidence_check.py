# SPDX-License-Identifier: MIT
"""``txsim evidence check``: whether the evidence is complete and fits the graph."""

from __future__ import annotations

from pathlib import Path

import click

from txsim.cli import options
from txsim.cli.answer import tell
from txsim.desk.library import evidence_check
from txsim.scenario import Scenario, load, load_beliefs
from txsim.scenario.belief_files import EVIDENCE_KEYS
from txsim.scenario.yaml_reader import read_file


@click.command("check")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@options.overrides
@options.root
@options.unattended
def command(file: Path | None, overrides: tuple[str, ...], root: Path | None, as_json: bool, quiet: bool) -> None:
    """Check the packaged library, or FILE: a file of evidence or a scenario with claims of its own.

    Conversions are computed again, ids, designs and paths are looked up; what is missing from a citation is remarked.
    """
    tell(evidence_check(_read(file, overrides, root), "" if file is None else str(file)), as_json=as_json)


def _read(file: Path | None, overrides: tuple[str, ...], root: Path | None) -> Scenario:
    if file is None:
        return load_beliefs(overrides=overrides)
    data = read_file(file, str(file)).data
    if isinstance(data, dict) and not set(data) - {*EVIDENCE_KEYS, "evidence", "title", "why"}:
        return load_beliefs(overrides=overrides, evidence=file)
    if isinstance(data, dict) and all(isinstance(value, dict) and "role" in value for value in data.values()):
        return load_beliefs(overrides=overrides, evidence=file)  # claims without `add`: the message says so
    return load(file, root=root, overrides=overrides)
