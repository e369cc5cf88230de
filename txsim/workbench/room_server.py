# SPDX-License-Identifier: MIT
"""The room's pages and sockets: the wall within the workbench, phones on an address of their own.

Phones talk to another server than the workbench, which has no other routes: whoever is in the room's network reaches
the question and their own judgement, and nothing of the session. Without an address that somebody asked for it listens
on the loopback alone, for experts who judge one after another on one screen.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import socket
from collections.abc import Callable
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.web import Application, HTTPError

from txsim.errors import InputError, Problem, TxsimError
from txsim.language import _, current, lazy
from txsim.workbench import protocol, room_protocol
from txsim.workbench.gathering import Gathering
from txsim.workbench.page import door, no_connection, templates
from txsim.workbench.room import Room
from txsim.workbench.room_words import phone_said, wall_said
from txsim.workbench.security import Guarded
from txsim.workbench.server import Asset, Hub, Missing, Page, farewell, serve

#: Experts on one device.
_HERE = 12


def read_address(text: str) -> tuple[str, int]:
    """Return address and port of ``192.168.1.5`` or ``192.168.1.5:8123``; port 0 for any that is free.

    Raises :class:`InputError` if it is no address, or stands for every address of the machine.
    """
    host, colon, port = text.rpartition(":") if text.count(":") == 1 else (text, "", "")
    try:
        address = ipaddress.IPv4Address(host)
        number = int(port) if colon else 0
        if not 0 <= number <= 65535 or address.is_unspecified or address.is_multicast:
            raise ValueError
    except ValueError:
        message = lazy("`{text}` is no address of this machine; expected is one such as 192.168.1.5", text=text[:60])
        hint = lazy("the one in the network that the phones are in; `ip addr` or the network settings show it")
        raise InputError(Problem(message, file="--room", hint=hint)) from None
    return str(address), number


class RoomSocket(Page):
    """The socket of a page of the room."""

    #: Whether it is that of the wall.
    is_wall = False

    #: What is asked of a judgement that is not sent yet, and the work on it.
    _asked: room_protocol.Check | None = None
    _answering: asyncio.Task[None] | None = None

    async def on_message(self, message: str | bytes) -> None:
        """Check a message and do what it says.

        Nothing waits for an echo, which may take seconds: what is sent meanwhile comes before a reveal that follows it.
        """
        said = self.checked(message)
        if isinstance(said, room_protocol.Check):
            self._asked = said
            if self._answering is None or self._answering.done():
                self._answering = asyncio.create_task(self._echo())
        elif said is not None:
            await self.hub.take(said, self)

    async def _echo(self) -> None:
        """Say what the newest of the judgements that were typed would mean."""
        while (said := self._asked) is not None:
            self._asked = None
            await self.hub.take(said, self)


class WallSocket(RoomSocket):
    """The socket of a wall."""

    is_wall = True
    read = staticmethod(room_protocol.read_wall)

    async def open(self, *_args: str, **_kwargs: str) -> None:  # type: ignore[override]
        """Send what there is."""
        self.hub.pages.add(self)
        self.say(await asyncio.to_thread(wall_said, self.hub.room, self.hub.address, self.hub.weights))
        if self.hub.priced is not None:
            self.say(self.hub.priced)
        else:
            self.hub.price()


class Known(Guarded):
    """A request of a device on which experts judge."""

    hub: Gathering

    @property
    def shown(self) -> list[str]:
        """Secrets that the device shows."""
        return [secret for secret in (self.get_cookie(self.guard.cookie) or "").split("|") if secret][:_HERE]

    @property
    def mine(self) -> tuple[str, ...]:
        """Ids of the experts whose secrets the device shows."""
        experts = (self.hub.room.expert_of(secret) for secret in self.shown)
        return tuple(dict.fromkeys(each.id for each in experts if each is not None))

    @property
    def is_known(self) -> bool:
        """Whether somebody joined on it."""
        return bool(self.mine)


class PhoneSocket(RoomSocket, Known):
    """The socket of a phone."""

    read = staticmethod(room_protocol.read_phone)

    async def open(self, *_args: str, **_kwargs: str) -> None:  # type: ignore[override]
        """Send what this device may see."""
        self.hub.pages.add(self)
        self.say(phone_said(self.hub.room, self.mine))


class Wall(Guarded):
    """The wall's page; its door is the workbench's."""

    hub: Gathering

    def get(self) -> None:
        """Answer with the page."""
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(wall_page(self.hub.room) if self.is_known else door())


class Phone(Known):
    """The page of a phone; it says nothing of the session."""

    def get(self) -> None:
        """Answer with the page."""
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(phone_page(known=self.is_known))


class Join(Known):
    """Gives a cookie for the code from the wall and a name."""

    async def post(self) -> None:
        """Let somebody in."""
        try:
            told = json.loads(self.request.body)
            code, name, role = (str(told[key])[:200] for key in ("code", "name", "role"))
        except (ValueError, KeyError, TypeError):
            raise self.guard.refuse(reason="message") from None
        # Experts that follow on a device that was let in need no code.
        if not self.is_known:
            device = str(self.request.remote_ip)
            if not self.hub.may_try(device):
                self.guard.refused["tries"] += 1
                raise HTTPError(429)
            if not self.hub.room.is_code(code):
                raise self.guard.refuse(reason="code")
        try:
            secret = await self.hub.join(name, role)
        except TxsimError as error:
            self.set_status(400)
            self.set_header("Content-Type", "application/json; charset=utf-8")
            self.finish(json.dumps({"fault": protocol.refusal(error)}, ensure_ascii=False))
            return
        shown = [
            each for each in (self.get_cookie(self.guard.cookie) or "").split("|") if self.hub.room.expert_of(each)
        ]
        value = "|".join([*shown, secret][-_HERE:])
        self.set_cookie(self.guard.cookie, value, httponly=True, samesite="Strict", path="/")
        self.set_status(204)


def walls(gathering: Gathering) -> list[Any]:
    """Return the routes of the wall, for the workbench's server."""
    told = {"guard": gathering.hub.guard, "hub": gathering}
    return [("/room", Wall, told), ("/room/socket", WallSocket, told)]


def phones(gathering: Gathering) -> Application:
    """Return the application for phones."""
    told = {"guard": gathering.guard, "hub": gathering}
    return Application(
        [
            ("/", Phone, told),
            ("/join", Join, told),
            ("/socket", PhoneSocket, told),
            (r"/assets/((?:room|room_phone|colours)\.(?:js|css))", Asset, {"guard": gathering.guard}),
            (r".*", Missing, {"guard": gathering.guard}),
        ],
        websocket_max_message_size=8 * protocol.LARGEST,
        websocket_ping_interval=20,
        compress_response=False,
    )


def _listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens; an :class:`OSError` names the address, and leaves nothing open."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listening.setblocking(False)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(128)
    except OSError as error:
        listening.close()
        error.filename = host
        raise
    return listening


async def serve_room(
    hub: Hub,
    address: tuple[str, int],
    *,
    port: int,
    ready: Callable[[str, Gathering], None],
    stop: asyncio.Event | None = None,
) -> None:
    """Serve a workbench with its room until stopped.

    Parameters
    ----------
    hub
        The session.
    address
        Where phones join, and at which port; 0 for any that is free.
    port
        Of the workbench, on the loopback.
    ready
        Told the workbench's address with its token, and the room, once both are there.
    stop
        Ends it when set.

    Raises
    ------
    OSError
        If an address cannot be listened on.
    """
    gathering = Gathering(hub)
    listening = _listening(*address)
    taken = listening.getsockname()[1]
    gathering.guard.hosts = (f"{address[0]}:{taken}", *([address[0]] if taken == 80 else []))
    server = HTTPServer(phones(gathering), max_body_size=4096, max_buffer_size=65536)
    server.add_socket(listening)
    try:
        await serve(
            hub, port=port, ready=lambda where: ready(where, gathering), routes=walls(gathering), stop=stop
        )  # fmt: skip
    finally:
        server.stop()
        await gathering.close()
        await farewell(server, gathering.pages)


# --- The room's two pages as HTML: the wall, and what a phone shows; both are filled in through their sockets


def wall_page(room: Room) -> str:
    """Return the wall's page, with everything that can be asked."""
    scenario = room.session.scenario_of({})
    asked = [
        {"name": control.name, "label": str(control.question), "unit": str(control.unit)}
        for control in room.askable().values()
    ]
    own = [each for each in asked if "." in each["name"]]
    rest = [each for each in asked if "." not in each["name"]]
    return _page("room_wall.html", _wall_words(), title=scenario.title or room.session.path.stem, asked=[*own, *rest])


def phone_page(*, known: bool) -> str:
    """Return the page of a phone, on which somebody has joined or not; it says nothing of the session."""
    return _page("room_phone.html", {**_phone_words(), "known": "yes" if known else ""})


def _page(name: str, words: dict[str, str], **more: Any) -> str:
    text = json.dumps({"language": current(), **words}, ensure_ascii=False).replace("<", "\\u003c")
    return str(templates().get_template(name).render(_=_, language=current(), words=text, **more))


def _wall_words() -> dict[str, str]:
    return {
        "gone": no_connection(),
        "numbers": _("Fill in all numbers."),
        "nobody": _("Nobody has joined yet"),
        "sent": _("sent"),
        "off": _("take off"),
        "off_who": _("Take {name} off: what they sent before the reveal no longer counts"),
        "thinking": _("is judging"),
        "count": _("{k} of {n} have sent"),
        "hidden": _("Hidden until the reveal"),
        "asking": _("Question {n}: {question}"),
        "revealed": _("revealed {time}"),
        "value": _("value, {unit}"),
        "computing": _("Working out what that is worth…"),
        "title": _("What {n} people say"),
        "weight": _("Weight of {name}"),
        "silent": _("No judgement came from {names}."),
        "line": _("Line: as likely above as below. In brackets: half of the belief."),
        "taken": _("Taken as the prior: {by}. {why}."),
        "given_back": _("Taken, then undone or moved on since."),
        "picture": _("What each says, and the pool"),
        "quote": _("“{words}”"),
    }


def _phone_words() -> dict[str, str]:
    return {
        "gone": _("The connection is gone; it comes back by itself. Nothing was sent meanwhile."),
        "kept": _("Sent and kept, and hidden from whoever sits here next. To change it say all of it again."),
        "working": _("Working out what that says…"),
        "sending": _("Sending…"),
        "broken": _("The connection broke while your judgement was being sent: send it again to be sure."),
        "code": _("That is not the code on the wall."),
        "tries": _("Too many tries; wait a little."),
        "left": _("{n} chips left"),
        "each": _("each is 1 in 20"),
        "column": _("{range}: chips"),
        "take": _("take one from {range}"),
        "all": _("Lay all 20 chips, on three columns at least."),
        "numbers": _("Fill in all numbers."),
        "count": _("Hidden until the reveal: {k} of {n} have sent"),
        "accepted": _("Sent and kept. You can change it until the reveal."),
        "waiting": _("No question yet. Look at the wall."),
        "revealed": _("Revealed: what everybody said"),
        "question": _("question {n}"),
        "you": _("you"),
        "taken": _("Taken as the prior: {by}. {why}."),
    }
