# SPDX-License-Identifier: MIT
"""A workbench that serves in a thread of the test, with a room if wanted, and what a socket says."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tornado.websocket import WebSocketClientConnection

from txsim.workbench.gathering import Gathering
from txsim.workbench.journal import Journal, journal_of
from txsim.workbench.room_server import serve_room
from txsim.workbench.server import Hub, serve
from txsim.workbench.session import Session


async def heard(page: WebSocketClientConnection, kind: str) -> dict[str, Any]:
    """Return the next message of a kind."""
    while True:
        text = await page.read_message()
        assert text is not None, f"closed before any {kind}"
        message = json.loads(text)
        if message["kind"] == kind:
            return dict(message)


async def closed(pages: list[WebSocketClientConnection]) -> None:
    """Close sockets, and wait until both sides know."""
    streams = [page.protocol.stream for page in pages if page.protocol is not None]
    for page in pages:
        page.close()
    while not all(stream.closed() for stream in streams):
        await asyncio.sleep(0.01)


class Served:
    """A workbench, and its room where there is one."""

    hub: Hub
    gathering: Gathering

    def __init__(self, file: Path, *, room: bool = False) -> None:
        self.file, self.address, self._room = file, "", room
        self._ready = threading.Event()
        self._thread = threading.Thread(target=asyncio.run, args=(self._serve(),))

    async def _serve(self) -> None:
        self.loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self.hub = Hub(Session(self.file, Journal(journal_of(self.file))), draws=1024, seed=None)

        def ready(address: str, gathering: Gathering | None = None) -> None:
            self.address = address
            if gathering is not None:
                self.gathering = gathering
            self._ready.set()

        if self._room:
            await serve_room(self.hub, ("127.0.0.1", 0), port=0, ready=ready, stop=self._stop)
        else:
            await serve(self.hub, port=0, ready=ready, stop=self._stop)

    @contextmanager
    def running(self) -> Iterator[Served]:
        self._thread.start()
        assert self._ready.wait(60)
        try:
            yield self
        finally:
            self.loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(60)
            assert not self._thread.is_alive()
