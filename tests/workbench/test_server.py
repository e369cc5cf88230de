# SPDX-License-Identifier: MIT
"""Who is let in and what is refused, each refusal counted; what a page may say."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tornado.httpclient import HTTPClientError, HTTPRequest, HTTPResponse
from tornado.testing import AsyncHTTPTestCase, gen_test
from tornado.websocket import WebSocketClientConnection, websocket_connect

from tests.workbench.serving import closed, heard
from txsim.workbench import protocol
from txsim.workbench.journal import Journal, journal_of
from txsim.workbench.server import Hub, application
from txsim.workbench.session import Session

SCENARIOS = Path(__file__).resolve().parents[2] / "scenarios"


class TestServer(AsyncHTTPTestCase):
    """The server without anything that computes: nobody runs its runner."""

    def get_app(self) -> Any:
        self.folder = tempfile.TemporaryDirectory()
        shutil.copytree(SCENARIOS, Path(self.folder.name) / "s")
        self.file = Path(self.folder.name) / "s" / "service_desk_pilot.yaml"
        self.hub = Hub(Session(self.file, Journal(journal_of(self.file))), draws=1024, seed=None)
        return application(self.hub)

    def setUp(self) -> None:
        super().setUp()
        self.pages: list[WebSocketClientConnection] = []
        self.hub.guard.hosts = (f"127.0.0.1:{self.get_http_port()}",)
        self.origin = f"http://{self.hub.guard.hosts[0]}"

    def tearDown(self) -> None:
        self.io_loop.run_sync(lambda: closed(self.pages))
        super().tearDown()
        self.folder.cleanup()

    @property
    def refused(self) -> dict[str, int]:
        return dict(self.hub.guard.refused)

    @property
    def cookie(self) -> str:
        return f"{self.hub.guard.cookie}={self.hub.guard.secret}"

    def enter(self, token: str, **headers: str) -> HTTPResponse:
        told = {"Origin": self.origin, **headers}
        return self.fetch("/enter", method="POST", body=json.dumps({"token": token}), headers=told)

    def test_the_token_gives_a_cookie_that_no_script_and_no_other_site_gets(self) -> None:
        answer = self.enter(self.hub.guard.token)
        assert answer.code == 204
        cookie = answer.headers["Set-Cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie
        assert self.hub.guard.token not in cookie
        page = self.fetch("/", headers={"Cookie": cookie.partition(";")[0]})
        assert "Service desk pilot" in page.body.decode()

    def test_without_the_cookie_there_is_a_door_that_says_nothing(self) -> None:
        page = self.fetch("/").body.decode()
        assert "Service desk" not in page
        assert "service_desk" not in page

    def test_a_forged_token_is_refused(self) -> None:
        for token in ("", "x" * 43, self.hub.guard.token[:-1], self.hub.guard.secret):
            assert self.enter(token).code == 403
        body = self.fetch("/enter", method="POST", body="[", headers={"Origin": self.origin})
        assert body.code == 403
        assert self.refused == {"token": 5}

    def test_a_name_that_was_made_to_point_here_is_refused(self) -> None:
        for host in ("evil.example", f"evil.example:{self.get_http_port()}", "127.0.0.1", "127.0.0.1:1", ""):
            for path in ("/", "/assets/main.js", "/socket", "/nothing"):
                told = {"Host": host, "Cookie": self.cookie, "Origin": self.origin}
                assert self.fetch(path, headers=told).code in (400, 403)
        assert self.refused["host"] >= 16
        assert set(self.refused) == {"host"}

    def test_another_page_of_the_browser_is_refused(self) -> None:
        assert self.enter(self.hub.guard.token, Origin="http://evil.example").code == 403
        assert self.enter(self.hub.guard.token, Origin="null").code == 403
        assert self.enter(self.hub.guard.token, Origin=self.origin.replace("http:", "https:")).code == 403
        assert self.fetch("/", headers={"Origin": "http://evil.example", "Cookie": self.cookie}).code == 403
        bare = self.fetch("/enter", method="POST", body="{}")
        assert bare.code == 403
        assert self.refused == {"origin": 5}

    def test_pages_load_from_here_alone_and_are_kept_nowhere(self) -> None:
        for path in ("/", "/assets/main.js", "/assets/colours.css", "/nothing"):
            headers = self.fetch(path).headers
            policy = headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert "http" not in policy
            assert headers["Cache-Control"] == "no-store"
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert "Server" not in headers
        assert self.fetch("/assets/..%2fserver.js").code == 404
        assert self.fetch("/assets/nothing.js").code == 404

    def test_nothing_on_the_page_is_loaded_from_elsewhere(self) -> None:
        texts = [self.fetch("/", headers={"Cookie": self.cookie}).body.decode()]
        assets = Path(protocol.__file__).parent / "assets"
        texts += [path.read_text() for path in assets.iterdir()]
        for text in texts:
            assert "https://" not in text
            assert "http://" not in text.replace("http://www.w3.org/2000/svg", "")
            assert " style=" not in text
            assert " onclick=" not in text

    async def socket(self, **headers: str) -> WebSocketClientConnection:
        told = {"Origin": self.origin, "Cookie": self.cookie, **headers}
        url = f"ws://{self.hub.guard.hosts[0]}/socket"
        page = await websocket_connect(HTTPRequest(url, headers=told))
        self.pages.append(page)
        return page

    @gen_test
    async def test_the_socket_wants_cookie_and_origin(self) -> None:
        for headers, reason in (
            ({"Cookie": "a=b"}, "cookie"),
            ({"Cookie": f"{self.hub.guard.cookie}={self.hub.guard.token}"}, "cookie"),
            ({"Origin": "http://evil.example"}, "origin"),
            ({"Host": "evil.example"}, "host"),
        ):
            before = self.refused.get(reason, 0)
            with pytest.raises(HTTPClientError, match="403"):
                await self.socket(**headers)
            assert self.refused[reason] == before + 1

    @gen_test
    async def test_a_move_is_journalled_before_the_page_is_told(self) -> None:
        page = await self.socket()
        await heard(page, "state")
        await page.write_message(json.dumps({"do": "move", "name": "ex_cx", "part": "middle", "value": 0.4}))
        state = await heard(page, "state")
        assert state["values"]["ex_cx"]["changed"] is True
        assert state["undo"] is True
        assert "priors.ex_cx={median: 0.4" in state["command"]
        last = json.loads(journal_of(self.file).read_text().splitlines()[-1])
        assert last["changes"]["ex_cx"]["median"] == 0.4
        await page.write_message('{"do": "undo"}')
        assert (await heard(page, "state"))["changes"] == []

    @gen_test
    async def test_what_is_no_message_is_refused_and_counted(self) -> None:
        page = await self.socket()
        await heard(page, "state")
        wrong = [
            "", "[]", "{", '{"do": "fly"}', '{"do": "undo", "more": 1}', '{"do": "move", "name": "ex_cx"}',
            '{"do": "move", "name": "ex_cx", "part": "all", "value": 1}',
            '{"do": "move", "name": "ex_cx", "value": NaN}', '{"do": "move", "name": "ex_cx", "value": [1]}',
            '{"do": "hand", "name": ""}', '{"do": "keep", "slot": "../c"}',
            '{"do": "save", "by": "a", "why": "b", "digest": "../../etc/passwd"}', "\x00", '{"do": null}',
        ]  # fmt: skip
        for text in wrong:
            await page.write_message(text)
            await heard(page, "refused")
        assert self.refused == {"message": len(wrong)}
        for text in ('{"do": "move", "name": "nobody", "value": 1}', '{"do": "hand", "name": "a/../b"}'):
            await page.write_message(text)
            assert "Nothing here is called" in (await heard(page, "refused"))["text"]
        await page.write_message('{"do": "move", "name": "ex_cx", "value": -3}')
        assert "beyond" in (await heard(page, "refused"))["text"]
        assert not self.hub.session.state

    @gen_test
    async def test_a_message_that_is_too_large_ends_the_page(self) -> None:
        for size in (protocol.LARGEST, 2**20):
            page = await self.socket()
            await heard(page, "state")
            await page.write_message(json.dumps({"do": "preview", "by": "x" * size, "why": ""}))
            while await page.read_message() is not None:
                pass
        assert self.refused == {"size": 1}
        assert not self.hub.pages

    @gen_test
    async def test_too_many_at_once_are_left_out(self) -> None:
        page = await self.socket()
        await heard(page, "state")
        count = 400
        for i in range(count):
            await page.write_message(json.dumps({"do": "drag", "name": "ex_cx", "value": 0.3, "n": i}))
        await page.write_message('{"do": "command"}')
        left_out = 0
        rate = protocol.Rate()
        while left_out < count - 3 * rate.burst:
            left_out += "too many" in (await heard(page, "refused"))["text"]
        assert self.refused["rate"] >= left_out
        assert set(self.refused) == {"rate"}

    @gen_test
    async def test_what_another_hand_wrote_into_the_file_is_said_with_the_next_move(self) -> None:
        page = await self.socket()
        await heard(page, "state")
        file = self.hub.session.path
        file.write_text(file.read_text("utf-8").replace("one_off: 22000", "one_off: 31000"), "utf-8")
        await page.write_message('{"do": "move", "name": "discount_rate", "value": "5"}')
        assert "22,000 → 31,000" in (await heard(page, "elsewhere"))["text"]
        assert (await heard(page, "state"))["values"]["service_desk.one_off"]["middle"] == 31_000
        assert [each["name"] for each in (await heard(page, "state"))["changes"]] == ["discount_rate"]
        assert dict(self.hub.session.state) == {"discount_rate": 0.05}

    @gen_test
    async def test_a_save_that_was_not_shown_is_refused(self) -> None:
        page = await self.socket()
        await heard(page, "state")
        await page.write_message('{"do": "move", "name": "service_desk.one_off", "value": 30000}')
        await heard(page, "state")
        before = self.file.read_bytes()
        await page.write_message(json.dumps({"do": "save", "by": "a", "why": "b", "digest": "0" * 64}))
        assert "changed since" in (await heard(page, "refused"))["text"]
        assert self.file.read_bytes() == before
        await page.write_message('{"do": "preview", "by": "a", "why": "b"}')
        shown = await heard(page, "preview")
        await page.write_message(json.dumps({"do": "save", "by": "a", "why": "b", "digest": shown["digest"]}))
        await heard(page, "saved")
        assert "one_off: 30000" in self.file.read_text()


def test_a_bucket_lets_through_what_it_holds() -> None:
    rate = protocol.Rate(steady=0.0, burst=5.0)
    assert [rate.allows() for _ in range(7)] == [True] * 5 + [False] * 2


def test_every_message_that_is_read_is_one_that_the_hub_knows() -> None:
    kinds: Callable[[str], type] = lambda text: type(protocol.read(text))  # noqa: E731
    for do in ("undo", "redo", "pin", "command", "compare"):
        assert kinds(json.dumps({"do": do})) is protocol.Plain
