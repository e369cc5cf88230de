# SPDX-License-Identifier: MIT
"""``txsim schema``: the JSON Schema of scenario files."""

from __future__ import annotations

import json

import click

from txsim.cli.speech import say_json
from txsim.scenario.schema import json_schema

__all__ = ["command"]


@click.command("schema")
def command() -> None:
    """Print the JSON Schema of scenario files, so that editors complete and check them."""
    say_json(json.dumps(json_schema(), indent=2, ensure_ascii=False))
