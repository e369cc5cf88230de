# SPDX-License-Identifier: MIT
"""``txsim schema``: the JSON Schema of scenario files."""

from __future__ import annotations

import json
from pathlib import Path

import click

from txsim.cachedir import write_atomic
from txsim.cli import options
from txsim.cli.speech import say_json, say_line, say_written
from txsim.errors import InputError, Problem
from txsim.files import json_of
from txsim.language import _, lazy
from txsim.scenario.schema import json_schema

#: First line of a scenario by which editors find the schema beside it.
MODELINE = "# yaml-language-server: $schema={0}"
_TITLE = "txsim scenario"
_LARGEST = 2**24


@click.command("schema")
@options.file_to_write("--store", formats=("json",), metavar="FILE", help="Write it to FILE, for editors.")
@options.unattended
def command(store: Path | None, as_json: bool, quiet: bool) -> None:
    """Print the JSON Schema of scenario files, so that editors complete and check them."""
    if store is None:
        say_json(_text(), nl=False)
        return
    if not store_schema(store):
        message = lazy("the file exists already and is no schema of scenarios")
        raise InputError(Problem(message, file=str(store), hint=lazy("choose another name")))
    modeline = MODELINE.format(store.name)
    say_written(store, as_json=as_json, quiet=quiet, modeline=modeline)
    if not as_json and not quiet:
        say_line(_("first line of a scenario beside it: {0}").format(modeline), indent=2)


def store_schema(place: Path) -> bool:
    """Write the schema to a file, and return whether it was; nobody else's file is overwritten.

    Raises :class:`StoreError` if the file cannot be written.
    """
    if place.exists():
        try:
            before = json_of(place, str(place), _LARGEST, lazy("a schema"))
        except (OSError, ValueError):
            return False
        if not isinstance(before, dict) or before.get("title") != _TITLE:
            return False
    write_atomic(place, _text().encode())
    return True


def _text() -> str:
    return json.dumps(json_schema(), indent=1, ensure_ascii=False) + "\n"
