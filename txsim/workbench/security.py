# SPDX-License-Identifier: MIT
"""Who may talk to the workbench: this machine, by the address it was opened at, with the code from the terminal.

Any page in the browser can send requests to a port of this machine, and a name that it owns can be made to point here.
So every request must name this address as its host, whatever changes or reveals anything must come from a page of this
address, and must carry the session's cookie. The cookie is set for whoever shows the token, which stands in the
fragment of the address that the terminal prints: a fragment is sent to nobody and is in no log.
"""

from __future__ import annotations

import hmac
import secrets
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tornado.web import HTTPError, RequestHandler


@dataclass
class Guard:
    """What a request must show."""

    hosts: tuple[str, ...] = ()  #: Values of ``Host`` that are this server, ``name:port``.
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32))  #: Shown once, in exchange for the cookie.
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(32))  #: What the cookie holds.
    refused: Counter[str] = field(default_factory=Counter)  #: How many requests and messages were refused, by reason.

    @property
    def cookie(self) -> str:
        """Name of the cookie: browsers keep one jar for all ports of a host."""
        return f"txsim_{self.hosts[0].rpartition(':')[2]}" if self.hosts else "txsim"

    @property
    def origins(self) -> tuple[str, ...]:
        """Values of ``Origin`` that pages of this server have."""
        return tuple(f"http://{host}" for host in self.hosts)

    def is_token(self, text: str) -> bool:
        """Whether it is the token, in a time that tells nothing."""
        return hmac.compare_digest(text.encode(), self.token.encode())

    def is_session(self, text: str | None) -> bool:
        """Whether it is what the cookie holds."""
        return text is not None and hmac.compare_digest(text.encode(), self.secret.encode())

    def refuse(self, *, reason: str) -> HTTPError:
        """Count a refusal, and return it."""
        self.refused[reason] += 1
        return HTTPError(403, reason)


class Guarded(RequestHandler):
    """Checks ``Host`` of every request and ``Origin`` wherever one is sent; when it fails it says nothing of itself."""

    def initialize(self, guard: Guard, hub: Any = None) -> None:
        """Take the guard of the application, and what the handler serves."""
        self.guard, self.hub = guard, hub

    def prepare(self) -> None:
        """Refuse what does not come from here."""
        if self.request.headers.get("Host", "") not in self.guard.hosts:
            raise self.guard.refuse(reason="host")
        origin = self.request.headers.get("Origin")
        wanted = self.request.method not in ("GET", "HEAD") or self.request.headers.get("Upgrade") is not None
        if (origin is not None or wanted) and origin not in self.guard.origins:
            raise self.guard.refuse(reason="origin")

    @property
    def is_known(self) -> bool:
        """Whether the request carries the session's cookie."""
        return self.guard.is_session(self.get_cookie(self.guard.cookie))

    def check_known(self) -> None:
        """Refuse whoever has no cookie."""
        if not self.is_known:
            raise self.guard.refuse(reason="cookie")

    def set_default_headers(self) -> None:
        """Let a page load nothing from elsewhere, stand in no frame, and be kept nowhere."""
        self.clear_header("Server")
        policy = (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
        for name, value in {
            "Content-Security-Policy": policy,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Cache-Control": "no-store",
        }.items():
            self.set_header(name, value)

    def write_error(self, status_code: int, **more: Any) -> None:
        """Say no more than the number."""
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(f"{status_code}\n")
