# SPDX-License-Identifier: MIT
"""``txsim workbench``: tune one scenario on a page."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import click

from txsim.cli import options
from txsim.cli.speech import say_json
from txsim.errors import InputError, Problem, reason_of
from txsim.language import _, lazy

#: More draws than this rest on longer chains, which no hand waits for.
_MOST_DRAWS = 4096
#: Where the room is without an address that somebody asked for: this machine alone.
_HERE = "127.0.0.1"


@click.command("workbench")
@options.scenario
@options.draws
@options.seed
@options.root
@click.option("--port", type=options.Whole(0, 65535), default=0, help="Port on this machine; by default any free one.")
@click.option(
    "--room",
    is_flag=False,
    flag_value=_HERE,
    metavar="[ADDRESS]",
    help="Open the group room; with an address of this machine, such as 192.168.1.5, phones in its network can join.",
)
@click.option("--no-browser", is_flag=True, help="Print the address, and open no browser.")
@options.unattended
def command(
    scenario: Path,
    draws: int,
    seed: int | None,
    root: Path | None,
    port: int,
    room: str | None,
    no_browser: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Open SCENARIO on a page of this machine: move beliefs and plans, and see at once what that does.

    Nothing leaves the machine. What is done is kept in a journal beside the file, so that closing loses nothing; the
    file changes when it is saved there. Ctrl-C ends it.
    """
    from txsim.simulate.points import check_draws
    from txsim.workbench.gathering import Gathering
    from txsim.workbench.journal import Journal, journal_of, one_session
    from txsim.workbench.room_server import read_address, serve_room
    from txsim.workbench.server import Hub
    from txsim.workbench.session import Session

    check_draws(draws)
    place = read_address(room or _HERE)
    if draws > _MOST_DRAWS:
        message = lazy("a workbench has at most {most} draws, {draws} are asked for", most=_MOST_DRAWS, draws=draws)
        raise InputError(Problem(message, file="--draws", hint=lazy("`txsim run --draws` takes more")))

    def ready(address: str, gathering: Gathering) -> None:
        noted(address.partition("#")[0])
        wall = address.replace("/#", "/room#")
        if as_json:
            say_json(json.dumps({"address": address, "wall": wall, "join": gathering.address}))
        else:
            click.echo(_("The workbench is at {address}").format(address=address))
            if room is not None:
                click.echo(_("The room's wall is at {address}").format(address=wall))
        if not quiet:
            click.echo(_("Only this machine can open it. Ctrl-C ends it; nothing that was done is lost."), err=True)
            if place[0] != _HERE:
                text = _("Phones join at {address} with the code on the wall; what they send is not encrypted.")
                click.echo(text.format(address=gathering.address), err=True)
        address = address if room is None else wall
        if not no_browser:
            import webbrowser

            webbrowser.open(address)

    with one_session(scenario) as noted:
        hub = Hub(Session(scenario, Journal(journal_of(scenario)), root), draws=draws, seed=seed)
        try:
            asyncio.run(serve_room(hub, place, port=port, ready=ready))
        except OSError as error:
            if room is not None and error.filename == place[0]:
                message = lazy("{address} cannot be used ({reason})", address=room, reason=reason_of(error))
                raise InputError(Problem(message, file="--room")) from error
            message = lazy("port {port} cannot be used ({reason})", port=port, reason=reason_of(error))
            raise InputError(Problem(message, file="--port")) from error
