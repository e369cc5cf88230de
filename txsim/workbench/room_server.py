# SPDX-License-Identifier: MIT
"""The room's pages and sockets: the wall within the workbench, phones on an address of their own.

Phones talk to another server than the workbench, which has no other routes: whoever is in the room's network reaches
the question and their own judgement, and nothing of the session. Without an address that somebody asked for it listens
on the loopback alone, for experts who judge one after another on one screen.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import json
import secrets
import socket
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.web import Application, HTTPError

from txsim.elicit.judgements import from_interval_and_mode
from txsim.errors import InputError, Problem, TxsimError, message_of
from txsim.language import lazy
from txsim.types import Array
from txsim.workbench import protocol, room_protocol
from txsim.workbench.page import door
from txsim.workbench.protocol import Rate
from txsim.workbench.room import Room, Round
from txsim.workbench.room_page import phone_page, wall_page
from txsim.workbench.room_words import check_said, phone_said, priced_said, wall_said
from txsim.workbench.room_worth import settling
from txsim.workbench.security import Guard, Guarded
from txsim.workbench.server import Asset, Hub, Missing, Page, farewell, serve
from txsim.workbench.session import State

#: Wrong codes that one device may try at once, and a second in the long run; devices that are remembered.
_TRIES, _STEADY, _DEVICES = 8.0, 0.2, 512
#: Experts on one device, and payoffs that are kept.
_HERE, _KEPT = 12, 64
#: Times that a payoff is asked for again when something newer came between.
_AGAIN = 20


def read_address(text: str) -> tuple[str, int]:
    """Return address and port of ``192.168.1.5`` or ``192.168.1.5:8123``; port 0 for any that is free.

    Raises
    ------
    InputError
        If it is no address, or stands for every address of the machine.
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


class Gathering:
    """A room with the pages that look at it.

    Parameters
    ----------
    hub
        The session's.

    Attributes
    ----------
    guard
        Who may talk to the phones' server.
    """

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.room = Room(hub.session)
        self.guard = Guard()
        self.pages: set[Any] = set()
        self.weights: dict[str, float] = {}
        self.priced: dict[str, Any] | None = None
        self._rates: OrderedDict[str, Rate] = OrderedDict()
        self._worths: OrderedDict[str, Array] = OrderedDict()
        self._pricing: asyncio.Task[None] | None = None
        self._warming: asyncio.Task[None] | None = None
        hub.watchers.append(self._look_again)

    @property
    def address(self) -> str:
        """Where phones join."""
        return f"http://{self.guard.hosts[0]}/" if self.guard.hosts else ""

    def may_try(self, device: str) -> bool:
        """Count a try at the code by a device, and say whether it may."""
        rate = self._rates.setdefault(device, Rate(_STEADY, _TRIES))
        self._rates.move_to_end(device)
        while len(self._rates) > _DEVICES:
            self._rates.popitem(last=False)
        return rate.allows()

    async def join(self, name: str, role: str) -> str:
        """Let an expert in, and return the secret of their device."""
        secret = secrets.token_urlsafe(16)
        async with self.hub.one:
            await asyncio.to_thread(self.room.join, name, role, secret)
        if self._warming is None:
            self._warming = asyncio.create_task(asyncio.to_thread(_warmed))
        await self.show()
        return secret

    async def show(self) -> None:
        """Show every page what there is now."""
        wall = await asyncio.to_thread(wall_said, self.room, self.address, self.weights)
        for page in tuple(self.pages):
            page.say(wall if isinstance(page, WallSocket) else phone_said(self.room, page.mine))

    async def take(self, said: Any, page: Any) -> None:
        """Do what a page said, a message that was checked."""
        try:
            await self._take(said, page)
        except TxsimError as error:
            kind = "checked" if isinstance(said, room_protocol.Check) else "refused"
            page.say({"kind": kind, "n": said.n, "fault": str(message_of(error))})

    async def _take(self, said: Any, page: Any) -> None:
        room, do = self.room, asyncio.to_thread
        if isinstance(said, room_protocol.Check):
            entry = said.judged.entry(self._edges(said.round))
            judged = await do(room.check, said.round, entry)
            page.say(
                {"kind": "checked", "n": said.n, **await do(check_said, room, room.rounds[said.round - 1], judged)}
            )
            return
        if isinstance(said, room_protocol.Said):
            if said.expert not in page.mine:
                self.guard.refused["expert"] += 1
                raise InputError(lazy("join the room first"))
            entry = said.judged.entry(self._edges(said.round))
            async with self.hub.one:
                await do(room.say, said.expert, said.round, entry, said.why)
            page.say({"kind": "accepted", "n": said.n})
        elif isinstance(said, room_protocol.Ask):
            async with self.hub.one:
                await do(room.ask, said.name, said.low, said.high)
            self.weights, self.priced = {}, None
        elif isinstance(said, room_protocol.Weigh):
            known = room.round.judgements if room.round is not None else {}
            self.weights = {id: weight for id, weight in said.weights.items() if id in known}
            self.price()
        elif isinstance(said, room_protocol.Take):
            agreed = None if said.agreed is None or room.round is None else said.agreed.entry(room.round.edges)
            async with self.hub.one:
                await do(room.take, said.how, weights=said.weights, agreed=agreed, why=said.why)
            self._moved()
        elif said.do == "reveal":
            async with self.hub.one:
                await do(room.reveal)
            self.price()
        elif room.round is not None and room.holds(room.round):
            async with self.hub.one:
                await do(self.hub.session.undo)
            self._moved()
        await self.show()

    def _edges(self, number: int) -> tuple[float, ...]:
        now = self.room.round
        return now.edges if now is not None and now.number == number else tuple(float(i) for i in range(9))

    def _moved(self) -> None:
        """Show the workbench, too, what the room took or gave back."""
        if self.room.round is not None:
            self.hub.hand = self.room.round.name
        self.hub.tell(self.hub.state())
        self.hub.wish()

    def _look_again(self) -> None:
        """Price anew what a wall shows, once something else was moved on the workbench."""
        if any(isinstance(page, WallSocket) for page in self.pages):
            self.price()
        else:
            self.priced = None  # the next wall asks for it

    def price(self) -> None:
        """Begin to compute what the judgements are worth, in place of what was begun before."""
        now = self.room.round
        if now is None or not now.revealed:
            return
        if self._pricing is not None:
            self._pricing.cancel()
        self._pricing = asyncio.create_task(self._price(now))

    async def _price(self, now: Round) -> None:
        try:
            await self._priced(now)
        except TxsimError as error:
            self._tell({"kind": "refused", "n": 0, "fault": str(message_of(error))})
            self._tell(priced_said(self.room, now, None, {}, None, busy=False))

    async def _priced(self, now: Round) -> None:
        room, do = self.room, asyncio.to_thread
        self._tell(priced_said(room, now, None, {}, None, busy=True))
        worths: dict[str, Array] = {}
        for id, judged in (await do(room.each, now)).items():
            worths[id] = await self._worth(await do(room.state_under, now.name, judged.prior))
        settled = settling(worths, self.weights or None)
        self._tell(await do(priced_said, room, now, settled, worths, None, busy=True))
        pooled = await do(room.pooled, now, self.weights or None)
        answer = await self._answer(await do(room.state_under, now.name, pooled.prior))
        verdict = await self.hub.runner.judged(answer)
        self._tell(await do(priced_said, room, now, settled, worths, (answer, verdict), busy=False))

    async def _worth(self, state: State) -> Array:
        key = (await asyncio.to_thread(self.hub.session.scenario_of, state)).hash
        if key not in self._worths:
            answer = await self._answer(state)
            self._worths[key] = answer.payoff.worth("commit")
            while len(self._worths) > _KEPT:
                self._worths.popitem(last=False)
        return self._worths[key]

    async def _answer(self, state: State) -> Any:
        for _try in range(_AGAIN):
            answer = await self.hub.runner.found(state)
            if answer is not None:
                return answer
            await asyncio.sleep(0.5)  # whoever moves something meanwhile goes first
        raise InputError(lazy("the workbench was busy with moves; ask for the values again"))

    def _tell(self, message: Mapping[str, Any]) -> None:
        if message["kind"] == "priced":
            self.priced = dict(message)
        for page in tuple(self.pages):
            if isinstance(page, WallSocket):
                page.say(dict(message))

    async def close(self) -> None:
        """End what is being computed."""
        if self._pricing is not None:
            self._pricing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._pricing
        if self._warming is not None:
            await self._warming


def _warmed() -> None:
    """Load what fits an interval, some seconds the first time, so that the first expert need not wait for it."""
    from_interval_and_mode(1.0, 11.0, 4.0)


class RoomSocket(Page):
    """The socket of a page of the room."""

    async def on_message(self, message: str | bytes) -> None:
        """Check a message and do what it says."""
        said = self.checked(message)
        if said is not None:
            await self.hub.take(said, self)


class WallSocket(RoomSocket):
    """The socket of a wall."""

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
            self.finish(json.dumps({"fault": str(message_of(error))}, ensure_ascii=False))
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
            (r"/assets/((?:room|room_phone|typed|colours)\.(?:js|css))", Asset, {"guard": gathering.guard}),
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
