# SPDX-License-Identifier: MIT
"""``txsim cache``: list, clear or find the cache of draws and machine code."""

from __future__ import annotations

import shutil
import time

import click

from txsim.cachedir import cache_dir
from txsim.inference import store
from txsim.language import _
from txsim.language.numbers import number
from txsim.report.document import Table
from txsim.report.terminal import printable, table_text

__all__ = ["command"]

#: Folders of machine code and compiled models.
_MACHINE_CODE = ("code", "numba", "pytensor")


@click.group("cache", invoke_without_command=True)
@click.pass_context
def command(ctx: click.Context) -> None:
    """List, clear or find the cache of draws and machine code; TXSIM_CACHE moves it."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(show)


@command.command("list")
def show() -> None:
    """List what is kept."""
    click.echo(_("cache folder: {0}").format(cache_dir()))
    rows = []
    for entry in store.entries():
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(entry.modified))
        state = "" if entry.whole else _("altered, will be made anew")
        rows.append((_("calibration {key}").format(key=entry.key), _size(entry.bytes), when, state))
    for part in sorted(cache_dir().iterdir()):
        if part.is_dir() and part.name != "calibrations":
            size = sum(path.stat().st_size for path in part.rglob("*") if path.is_file())
            rows.append((printable(part.name), _size(size), "", ""))
    if rows:
        head = (_("kept"), "MB", _("written"), "")
        click.echo(table_text(Table("", head, tuple(rows), frozenset({0, 2, 3}))))


def _size(count: int) -> str:
    return number(count / 2**20, 1)


@command.command("path")
def path() -> None:
    """Print the cache folder."""
    click.echo(cache_dir())


@command.command("clear")
@click.option(
    "--all", "everything", is_flag=True, help="Machine code and compiled models too; they take a minute to make."
)
def clear(everything: bool) -> None:
    """Remove the stored draws."""
    count = store.clear()
    for part in sorted(cache_dir().iterdir()):  # whatever is kept there, of this version or another
        if everything or part.name not in _MACHINE_CODE:
            if part.is_dir() and not part.is_symlink():
                shutil.rmtree(part, ignore_errors=True)
            else:
                part.unlink(missing_ok=True)
    click.echo(
        _("{0} calibration{1} removed").format(count, "" if count == 1 else "s")
        + (_(", machine code too") if everything else "")
    )
