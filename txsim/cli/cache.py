# SPDX-License-Identifier: MIT
"""``txsim cache``: list, clear or find the cache of draws and machine code."""

from __future__ import annotations

import json
import shutil
import time

import click

from txsim.cachedir import cache_dir
from txsim.cli import options
from txsim.cli.speech import say_json
from txsim.inference import store
from txsim.language import _
from txsim.language.numbers import number
from txsim.printable import well_formed
from txsim.report.document import Table
from txsim.report.terminal import printable, table_text

#: Folders of machine code and compiled models.
_MACHINE_CODE = ("code", "numba", "pytensor")
#: All that is kept; whatever else lies in the folder, as in a home that TXSIM_CACHE names, is somebody else's.
_KEPT = (*_MACHINE_CODE, *("bounds", "calibrations", "home", "influence", "languages", "packaged", "panels", "points"))


@click.group("cache", invoke_without_command=True)
@click.pass_context
def command(ctx: click.Context) -> None:
    """List, clear or find the cache of draws and machine code; TXSIM_CACHE moves it."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(show)


@command.command("list")
@options.unattended
def show(as_json: bool = False, quiet: bool = False) -> None:
    """List what is kept."""
    if as_json:
        kept = [{"key": e.key, "bytes": e.bytes, "modified": e.modified, "whole": e.whole} for e in store.entries()]
        say_json(
            json.dumps({"folder": well_formed(str(cache_dir())), "calibrations": kept, "parts": _sizes()}, indent=1)
        )
        return
    click.echo(_("cache folder: {0}").format(cache_dir()))
    rows = []
    for entry in store.entries():
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(entry.modified))
        state = "" if entry.whole else _("altered, will be made anew")
        rows.append((_("calibration {key}").format(key=entry.key), _size(entry.bytes), when, state))
    rows += [(printable(part), _size(size), "", "") for part, size in _sizes().items()]
    if rows:
        head = (_("kept"), "MB", _("written"), "")
        click.echo(table_text(Table("", head, tuple(rows), frozenset({0, 2, 3}))))


def _size(count: int) -> str:
    return number(count / 2**20, 1)


def _sizes() -> dict[str, int]:
    """Return the bytes of each folder but that of calibrations."""
    return {
        part.name: sum(path.stat().st_size for path in part.rglob("*") if path.is_file())
        for part in sorted(cache_dir().iterdir())
        if part.is_dir() and part.name != "calibrations"
    }


@command.command("path")
@options.unattended
def path(as_json: bool, quiet: bool) -> None:
    """Print the cache folder."""
    if as_json:
        say_json(json.dumps({"folder": well_formed(str(cache_dir()))}))
    else:
        click.echo(cache_dir())


@command.command("clear")
@click.option(
    "--all", "everything", is_flag=True, help="Machine code and compiled models too; they take a minute to make."
)
@options.unattended
def clear(everything: bool, as_json: bool, quiet: bool) -> None:
    """Remove the stored draws."""
    count = store.clear()
    for name in _KEPT:
        part = cache_dir() / name
        if everything or name not in _MACHINE_CODE:
            if part.is_dir() and not part.is_symlink():
                shutil.rmtree(part, ignore_errors=True)
            else:
                part.unlink(missing_ok=True)
    if as_json:
        say_json(json.dumps({"calibrations": count, "everything": everything}))
        return
    if quiet:
        return
    click.echo(
        _("{0} calibration{1} removed").format(count, "" if count == 1 else "s")
        + (_(", machine code too") if everything else "")
    )
