# SPDX-License-Identifier: MIT
"""The workbench's server: pages and one socket, on this machine alone, for one session.

Other rooms add routes of their own (:func:`application`), guarded alike, and records of their own to the journal.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

import pydantic
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from txsim.errors import TxsimError
from txsim.language import Message, _
from txsim.workbench import page, protocol, saving
from txsim.workbench.desk_state import changed_elsewhere, state_said
from txsim.workbench.runner import Runner, Wish
from txsim.workbench.security import Guard, Guarded
from txsim.workbench.session import Session

#: Seconds between the pings that find out that a page is gone.
_PING = 20


class Hub:
    """One session with the pages that look at it.

    ``draws``, ``seed``: as for :func:`txsim.forecast`.
    """

    def __init__(self, session: Session, *, draws: int, seed: int | None) -> None:
        self.session, self.draws, self.seed = session, draws, seed
        self.guard = Guard()  #: Who may talk to it.
        self.pages: set[Page] = set()
        self.runner = Runner(session, draws=draws, seed=seed, tell=self.tell)
        self.hand = page.first_in_hand(session)
        self.watchers: list[Callable[[], None]] = []  # called once something was moved
        self.listeners: list[Callable[[dict[str, Any]], None]] = []  # called with what every page is told
        self.one = asyncio.Lock()  # held by whoever writes to the journal

    def tell(self, message: dict[str, Any]) -> None:
        """Send a message to every page."""
        text = json.dumps(message, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        for each in tuple(self.pages):
            each.send(text)
        for listener in self.listeners:
            listener(message)

    def state(self) -> dict[str, Any]:
        """Return what stands on the page, as a message."""
        line = saving.command_line(self.session, draws=self.draws, seed=self.seed)
        return {
            "kind": "state",
            "mark": self.session.mark,
            "hand": self.hand,
            "command": line,
            **state_said(self.session),
        }

    def wish(self, n: int = 0) -> None:
        """Ask for the answer under what stands there."""
        self.runner.want(Wish(self.hand, None, n))

    async def take(self, said: protocol.Said, answer: Callable[[dict[str, Any]], None]) -> None:
        """Do what a page said.

        Parameters
        ----------
        said
            A message that was checked.
        answer
            Sends a message to that page alone.
        """
        if isinstance(said, protocol.Drag):
            self.hand = said.name
            self.runner.want(Wish(self.hand, (said.name, said.part, said.value, said.alone), said.n))
            return
        async with self.one:
            try:
                await self._take(said, answer)
            except TxsimError as error:
                answer({"kind": "refused", "text": protocol.refusal(error)})
                answer(self.state())
                self.wish()
            except Exception as error:  # a fault of ours must neither close the socket nor lose a move in silence
                logging.getLogger(__name__).debug("a message failed", exc_info=error)
                text = _("that was not done, and nothing was changed: {error}")
                answer({"kind": "refused", "text": text.format(error=f"{type(error).__name__}: {error}"[:300])})
                answer(self.state())
                self.wish()

    async def _take(self, said: protocol.Said, answer: Callable[[dict[str, Any]], None]) -> None:
        session, do = self.session, asyncio.to_thread
        noted: list[Message] = []
        digest = session.digest
        changed = await do(session.take_over)
        if session.digest != digest:
            self.runner.file_changed()
            self.tell({"kind": "elsewhere", "text": changed_elsewhere(session, changed)})
            self.tell(await do(self.state))
        if isinstance(said, protocol.Move):
            self.hand = said.name
            state = await do(session.with_move, said.name, said.part, said.value, said.alone, said.seen)
            if state != session.state:
                before = session.state
                await do(session.set, state, said.name)
                noted = await do(session.doubtful, before)
        elif isinstance(said, protocol.Reset):
            await do(session.reset, said.name) if said.name else await do(session.reset_all)
        elif isinstance(said, protocol.Hand):
            session.control(said.name)
            self.hand = said.name
        elif isinstance(said, protocol.Keep):
            await do(session.keep if said.do == "keep" else session.go, said.slot)
        elif isinstance(said, protocol.Preview):
            edit = await do(saving.edit_of, session, by=said.by, why=said.why)
            answer({"kind": "preview", "diff": edit.diff, "digest": edit.digest})
            return
        elif isinstance(said, protocol.Save):
            await do(saving.save, session, by=said.by, why=said.why, digest=said.digest)
            self.runner.file_changed()
            answer({"kind": "saved", "text": _("Written to {file}.").format(file=session.path.name)})
        elif isinstance(said, protocol.Pack):
            path = await do(saving.save_pack, session, name=said.name, title=said.title, by=said.by, why=said.why)
            answer({"kind": "saved", "text": _("Written as a pack to {file}.").format(file=path.name)})
            return
        elif said.do == "command":
            line = saving.command_line(session, draws=self.draws, seed=self.seed)
            answer({"kind": "command", "line": line})
            return
        elif said.do == "compare":
            a, b = session.slots.get("a", session.pinned), session.slots.get("b", session.state)
            answer(await self.runner.compare(a, b))
            return
        else:
            await do({"undo": session.undo, "redo": session.redo, "pin": session.pin}[said.do])
        self.tell(await do(self.state))
        if noted and isinstance(said, protocol.Move):
            said_of = str(session.control(said.name).label)
            text = _("{name}: {findings}. Is that meant?")
            answer(
                {
                    "kind": "noted",
                    "text": text.format(name=said_of, findings="; ".join(str(each).rstrip(".") for each in noted)),
                }
            )
        self.wish(said.n)
        for watcher in self.watchers:
            watcher()


class Page(WebSocketHandler, Guarded):
    """The socket of one page."""

    hub: Any
    #: Checks what a page says.
    read: Callable[[str | bytes], Any] = staticmethod(protocol.read)

    def initialize(self, guard: Guard, hub: Any = None) -> None:
        """Take the hub, and count from here."""
        super().initialize(guard, hub)
        self.rate = protocol.Rate()

    def check_origin(self, origin: str) -> bool:
        """Let pages of this server in alone."""
        return origin in self.guard.origins

    def prepare(self) -> None:
        """Let in whoever has the cookie, from a page of this server."""
        Guarded.prepare(self)
        self.check_known()

    def open(self, *_args: str, **_kwargs: str) -> None:
        """Send what stands there."""
        self.hub.pages.add(self)
        self.say(self.hub.state())
        for remark in self.hub.session.remarks:
            self.say({"kind": "refused", "text": str(remark)})
        for message in tuple(self.hub.runner.last.values()):
            self.say(message)
        self.hub.wish()

    def say(self, message: dict[str, Any]) -> None:
        """Send one message."""
        self.send(json.dumps(message, ensure_ascii=False, separators=(",", ":"), allow_nan=False))

    def send(self, text: str) -> None:
        """Send a text; a page that is gone is forgotten."""
        try:
            self.write_message(text)
        except WebSocketClosedError:
            self.hub.pages.discard(self)

    def on_message(self, message: str | bytes) -> Awaitable[None] | None:
        """Check a message and do what it says."""
        said = self.checked(message)
        return None if said is None else self.hub.take(said, self.say)

    def checked(self, message: str | bytes) -> Any:
        """Return what a message says; ``None`` where it was refused."""
        if not self.rate.allows():
            self.guard.refused["rate"] += 1
            self.say({"kind": "refused", "text": _("too many messages at once; that one was left out")})
            if self.guard.refused["rate"] > 10 * self.rate.burst:
                self.close(1008)
            return None
        if len(message) > protocol.LARGEST:
            self.guard.refused["size"] += 1
            self.close(1009, "too large")
            return None
        try:
            return self.read(message)
        except pydantic.ValidationError:
            self.guard.refused["message"] += 1
            self.say({"kind": "refused", "text": _("this page sent what the workbench does not understand")})
            return None

    def on_close(self) -> None:
        """Forget the page."""
        self.hub.pages.discard(self)


class Front(Guarded):
    """The page, or without the cookie its door."""

    hub: Hub

    def get(self) -> None:
        """Answer with the page."""
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(page.page(self.hub.session, self.hub.hand) if self.is_known else page.door())


class Enter(Guarded):
    """Gives the cookie for the token."""

    def post(self) -> None:
        """Set the cookie."""
        try:
            token = json.loads(self.request.body)["token"]
        except (ValueError, KeyError, TypeError):
            token = ""
        if not isinstance(token, str) or not self.guard.is_token(token):
            raise self.guard.refuse(reason="token")
        self.set_cookie(self.guard.cookie, self.guard.secret, httponly=True, samesite="Strict", path="/")
        self.set_status(204)


class Asset(Guarded):
    """A file of the page: scripts and styles, in which there is nothing of anybody's."""

    def get(self, name: str) -> None:
        """Answer with the file."""
        kind, content = page.asset(name)
        if content is None:
            self.send_error(404)
            return
        self.set_header("Content-Type", kind)
        self.finish(content)


def application(hub: Hub, routes: Sequence[Any] = ()) -> Application:
    """Return the application."""
    logging.getLogger("tornado.access").setLevel(logging.ERROR)
    return Application(
        [
            ("/", Front, {"guard": hub.guard, "hub": hub}),
            ("/enter", Enter, {"guard": hub.guard}),
            ("/socket", Page, {"guard": hub.guard, "hub": hub}),
            (r"/assets/([a-z_]+\.(?:js|css))", Asset, {"guard": hub.guard}),
            *routes,
            (r".*", Missing, {"guard": hub.guard}),
        ],
        websocket_max_message_size=8 * protocol.LARGEST,  # beyond it tornado ends the page before it has read all
        websocket_ping_interval=_PING,
        compress_response=False,
    )


class Missing(Guarded):
    """Whatever there is not."""

    def get(self) -> None:
        """Say so."""
        self.send_error(404)


async def farewell(server: HTTPServer, pages: Iterable[WebSocketHandler]) -> None:
    """Say goodbye to every page, and close what has not answered within half a second."""
    streams = []
    for each in tuple(pages):
        if each.ws_connection is not None and each.ws_connection.stream is not None:
            streams.append(each.ws_connection.stream)
        each.close(1001)
    patience = 50
    while patience and not all(stream.closed() for stream in streams):
        await asyncio.sleep(0.01)
        patience -= 1
    for stream in streams:
        stream.close()
    await server.close_all_connections()


async def serve(
    hub: Hub, *, port: int, ready: Callable[[str], None], routes: Sequence[Any] = (), stop: asyncio.Event | None = None
) -> None:
    """Serve until stopped.

    Parameters
    ----------
    hub
        The session.
    port
        On the loopback; 0 for any that is free.
    ready
        Told the address with the token once it is there.
    routes
        Of other rooms.
    stop
        Ends it when set.
    """
    sockets = bind_sockets(port, "127.0.0.1")
    taken = sockets[0].getsockname()[1]
    hub.guard.hosts = (f"127.0.0.1:{taken}", f"localhost:{taken}")
    server = HTTPServer(application(hub, routes), max_body_size=4096, max_buffer_size=65536)
    server.add_sockets(sockets)
    working = asyncio.create_task(hub.runner.run())
    hub.wish()
    try:
        ready(f"http://127.0.0.1:{taken}/#{hub.guard.token}")
        await (stop or asyncio.Event()).wait()
    finally:
        server.stop()
        working.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await working
        await farewell(server, hub.pages)
