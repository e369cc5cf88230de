# SPDX-License-Identifier: MIT
"""The group room: hidden until the reveal, who is let in, what is kept, what is taken, and what settling is worth."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import yaml
from tornado.httpclient import HTTPClientError, HTTPRequest, HTTPResponse
from tornado.testing import AsyncHTTPTestCase, gen_test
from tornado.web import Application
from tornado.websocket import WebSocketClientConnection, websocket_connect

from tests.command import txsim
from tests.workbench.serving import closed, heard
from txsim import catalogues
from txsim.elicit.expert_prior import as_quantity
from txsim.errors import InputError
from txsim.priors.distributions import quantile
from txsim.scenario.yaml_reader import format_path
from txsim.workbench import protocol
from txsim.workbench.bench import Bench
from txsim.workbench.gathering import Gathering
from txsim.workbench.journal import Journal, journal_of
from txsim.workbench.room import Room
from txsim.workbench.room_columns import columns
from txsim.workbench.room_server import phones, read_address, walls
from txsim.workbench.room_words import wall_said
from txsim.workbench.room_worth import pays_from, settling
from txsim.workbench.runner import Runner
from txsim.workbench.saving import edit_of
from txsim.workbench.server import Hub, application
from txsim.workbench.session import Session

SCENARIOS = Path(__file__).resolve().parents[2] / "scenarios"
EFFECT = "service_desk.pushes[0].effect"
CHIPS = {"way": "chips", "counts": [0, 0, 4, 6, 5, 3, 1, 1]}
QUARTERS = {"way": "quartiles", "values": [4.5, 6.25, 8.0]}


@pytest.fixture
def room(opened: Callable[[], Session]) -> Room:
    """A room with Ada and Ben, asked for the driver's effect."""
    room = Room(opened())
    room.join("Ada", "HR", "a")
    room.join("Ben", "", "b")
    room.ask(EFFECT)
    return room


def judged_by_both(room: Room) -> None:
    now = room.round
    assert now is not None
    chips = {"chips": {"bounds": list(now.edges), "counts": [0, 1, 4, 6, 5, 3, 1, 0]}}
    room.say("e1", now.number, chips, "the Graz site")
    room.say("e2", now.number, {"interval": [1.0, 11.0], "most_likely": 4.0, "mass": 0.8}, "two tools before")


def test_pools_are_those_of_priors_elicit(room: Room, tmp_path: Path) -> None:
    judged_by_both(room)
    now = room.round
    assert now is not None
    for weights in (None, {"e1": 3.0, "e2": 1.0}):
        experts = [
            {"name": room.experts[id].name, "weight": (weights or {}).get(id, 1.0), **said.entry}
            for id, said in now.judgements.items()
        ]
        sheet = tmp_path / "sheet.yaml"
        sheet.write_text(yaml.safe_dump({"parameters": {EFFECT: {"experts": experts, "accept_misfit": True}}}))
        asked = ["priors", "elicit", str(room.session.path), "--from", str(sheet), "--dry-run", "--json"]
        answer = txsim(*asked)
        assert answer.returncode == 0, answer.stderr
        told = json.loads(answer.stdout)["parameters"][0]
        pooled = room.pooled(now, weights)
        assert told["prior"]["family"] == pooled.prior.family
        assert tuple(told["prior"]["args"]) == pytest.approx(pooled.prior.args, rel=1e-9)
        for level, value in told["pooled_quantiles"].items():
            assert float(np.asarray(pooled.pooled.quantile(float(level)))) == pytest.approx(value, rel=1e-9)


def test_what_no_family_describes_is_refused_as_priors_elicit_refuses_it(room: Room, tmp_path: Path) -> None:
    """Chips on both ends with nothing between: the nearest curve is another belief than the one that was said."""
    now = room.round
    assert now is not None
    chips = {"chips": {"bounds": [0.0, 2.0, 4.0, 6.0, 8.0, 10.0, 12.0, 14.0, 16.0], "counts": [7, 0, 0, 0, 0, 0, 6, 7]}}
    sheet = tmp_path / "sheet.yaml"
    sheet.write_text(yaml.safe_dump({"parameters": {EFFECT: {"experts": [{"name": "Ada", **chips}]}}}))
    answer = txsim("priors", "elicit", str(room.session.path), "--from", str(sheet), "--dry-run")
    assert answer.returncode == 2
    assert "describes what was said" in answer.stderr
    assert not room.check(now.number, chips).fitting  # said while chips are still moved
    with pytest.raises(InputError, match=r"^Lay the chips otherwise, or") as refused:
        room.say("e1", now.number, chips, "four shops")
    assert not any(word in str(refused.value) for word in ("accept_misfit", "normal", "spline", "gamma"))
    assert str(refused.value).endswith(".")
    assert not now.judgements


def test_a_lone_chip_in_the_open_column_leaves_the_belief_as_it_was_said(room: Room) -> None:
    """By hand: 12 of 20 chips lie below 6 and 4 below 4, so that the middle is near 5.5; nothing lies from 10 to 12."""
    now = room.round
    assert now is not None
    bounds = [0.0, 2.0, 4.0, 6.0, 8.0, 10.0, 12.0, 30.0]
    judged = room.say("e1", now.number, {"chips": {"bounds": bounds, "counts": [0, 4, 8, 5, 2, 0, 1]}}, "four shops")
    assert judged.prior.family == "lognormal"
    assert quantile(judged.prior, 0.5) == pytest.approx(5.5, abs=0.1)
    assert 10 <= quantile(judged.prior, 0.95) <= 12


def test_what_is_taken_is_the_prior_with_names_and_reason_and_can_be_undone(room: Room) -> None:
    judged_by_both(room)
    with pytest.raises(InputError, match="reveal"):
        room.take("pool", why="agreed")
    room.reveal()
    room.take("weights", weights={"e1": 2.0, "e2": 1.0}, why="Ada has seen one")
    now, session = room.round, room.session
    assert now is not None
    assert room.holds(now)
    assert session.ground(EFFECT) is not None
    by, why = session.ground(EFFECT) or ("", "")
    assert by == "Ada, Ben"
    assert why.startswith("Ada has seen one; weights: Ada 2, Ben 1")
    lines = "\n".join(edit_of(session, by="Cyd", why="tidying").diff)
    assert "Ada, Ben" in lines
    assert "Ada has seen one" in lines
    assert "Cyd" not in lines
    session.undo()
    assert not room.holds(now)
    assert session.ground(EFFECT) is None
    session.redo()
    assert room.holds(now)


def test_nobody_with_weight_is_no_pool(room: Room) -> None:
    judged_by_both(room)
    room.reveal()
    for weights in ({}, {"e1": 0.0, "e2": 0.0}, {"e9": 1.0}):
        with pytest.raises(InputError, match="weight"):
            room.take("weights", weights=weights, why="no one")
    assert room.session.state == {}


def test_what_was_agreed_may_be_three_values(room: Room) -> None:
    judged_by_both(room)
    room.reveal()
    room.take("agreed", agreed={"quartiles": [6.0, 8.0, 10.5]}, why="between both")
    quantity = room.session.state[EFFECT]
    scenario = room.session.scenario_of(room.session.state)
    assert scenario is not None
    control = room.session.controls(room.session.state).by_name[EFFECT]
    assert control.middle == pytest.approx(8.0, rel=0.03)
    assert room.round is not None
    assert room.round.taken is not None
    assert room.round.taken["quantity"] == quantity


def test_a_bimodal_pool_can_be_taken_and_read_again(room: Room, opened: Callable[[], Session]) -> None:
    now = room.round
    assert now is not None
    room.say("e1", 1, {"quartiles": [1.0, 1.2, 1.5]}, "")
    room.say("e2", 1, {"quartiles": [14.0, 15.0, 16.0]}, "")
    room.reveal()
    room.take("pool", why="both may be right")
    from txsim.workbench.desk_state import state_said

    before = state_said(room.session)["changes"]
    again = opened()
    assert state_said(again)["changes"] == before
    assert again.scenario_of(again.state).hash == room.session.scenario_of(room.session.state).hash


def test_after_the_reveal_nothing_is_accepted_and_a_second_round_can_be_asked(room: Room) -> None:
    judged_by_both(room)
    room.reveal()
    with pytest.raises(InputError, match="revealed"):
        room.say("e1", 1, {"quartiles": [1.0, 2.0, 3.0]}, "")
    room.ask(EFFECT)
    with pytest.raises(InputError, match="another question"):
        room.say("e1", 1, {"quartiles": [1.0, 2.0, 3.0]}, "")
    room.say("e1", 2, {"quartiles": [1.0, 2.0, 3.0]}, "")
    assert len(room.rounds[0].judgements) == 2
    assert len(room.rounds[1].judgements) == 1


def test_what_cannot_be_is_refused_and_leaves_nothing(room: Room) -> None:
    before = len(room.session.journal.records)
    for faulty in (
        {"quartiles": [3.0, 2.0, 1.0]},
        {"interval": [1.0, 5.0], "most_likely": 9.0},
        {"chips": {"bounds": [0, 1, 2], "counts": [20, 0]}},
        {"quartiles": [1.0, float("inf"), 3.0]},
    ):
        with pytest.raises(InputError):
            room.say("e1", 1, faulty, "")
    for name in ("", "Ada", "ada ", "x" * 61, "a\x00b"):
        with pytest.raises(InputError):
            room.join(name, "", "c")
    with pytest.raises(InputError):
        room.ask("credibility:vendor_claim")
    with pytest.raises(InputError):
        room.ask(EFFECT, low=5.0, high=5.0)
    assert len(room.session.journal.records) == before


def test_a_role_that_is_the_name_again_is_shown_once(room: Room) -> None:
    room.join("Dr. Ada Weiß", "dr. ada weiß", "c")
    assert room.experts["e3"].role == ""
    assert room.experts["e1"].role == "HR"


def test_a_refusal_writes_figures_as_its_readers_do(room: Room) -> None:
    with pytest.raises(InputError) as found:
        room.say("e1", 1, {"interval": [0.5, 2.0], "most_likely": 20.0}, "")
    assert "20 must lie inside 0.5 … 2" in protocol.refusal(found.value)
    catalogues.use("ru")
    assert "20 должно лежать внутри 0,5 … 2" in protocol.refusal(found.value)


def test_a_wall_that_waits_is_told_what_for_and_phones_are_not(opened: Callable[[], Session]) -> None:
    hub = Hub(opened(), draws=256, seed=None)
    gathering = Gathering(hub)
    wall: list[dict[str, object]] = []
    phone: list[dict[str, object]] = []
    pages = [SimpleNamespace(is_wall=True, say=wall.append), SimpleNamespace(is_wall=False, say=phone.append)]
    gathering.pages = pages  # type: ignore[assignment]
    hub.tell({"kind": "busy", "text": "compiling another model"})
    assert wall == []  # it waits for nothing
    gathering.priced = {"kind": "priced", "busy": True}
    hub.tell({"kind": "busy", "text": "compiling another model"})
    assert wall[-1]["doing"] == "Compiling another model."
    hub.tell({"kind": "busy", "text": ""})
    assert wall[-1]["doing"] == ""
    assert phone == []


def test_what_is_read_before_a_first_answer_is_said(opened: Callable[[], Session]) -> None:
    told: list[dict[str, object]] = []
    runner = Runner(opened(), draws=256, seed=None, tell=told.append)

    async def found() -> None:
        for _ in range(2):
            assert await runner.found({}) is not None

    asyncio.run(found())
    texts = [str(message["text"]) for message in told if message["kind"] == "busy"]
    assert texts[0].startswith("reading the scenario")
    assert texts[-1] == ""
    assert sum(text.startswith("reading") for text in texts) == 1


def test_columns_hold_what_is_believed_and_what_is_possible(room: Room) -> None:
    for name, control in room.askable().items():
        parameter = room.parameter(name)
        edges = columns(parameter, control.now)
        assert len(edges) == 9
        widths = np.diff(edges)
        assert np.allclose(widths, widths[0])
        assert widths[0] > 0
        assert edges[0] <= control.middle <= edges[-1]
        assert parameter.high is None or edges[-1] <= parameter.high


def test_settling_is_worth_what_the_wrong_choice_costs() -> None:
    # By hand: commit pays 40, 10 and -20 with weights 1, 1, 2, so 2.5 on average; knowing who is right would save the
    # loss of 20 in half of the cases, so 12.5 against 2.5. Each is a mean of futures, of which half are 30 better.
    either = np.tile([30.0, -30.0], 2048)
    worths = {name: value + either for name, value in {"a": 40.0, "b": 10.0, "c": -20.0}.items()}
    settled = settling(worths, {"a": 1.0, "b": 1.0, "c": 2.0})
    assert settled.worth.value == pytest.approx(10.0)
    assert settled.mixture == pytest.approx(2.5)
    assert settled.gainers == ("a", "b")
    assert settled.matters
    alike = settling({"a": np.full(4096, 5.0), "b": np.full(4096, 1.0)})
    assert alike.worth.value == 0.0
    assert not alike.matters


@pytest.mark.parametrize("text", ["0.0.0.0", "desk.yaml", "192.168.1.5:x", "192.168.1.5:70000", "224.0.0.1", ""])
def test_what_is_no_address_of_a_machine_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="address"):
        read_address(text)


def test_an_address_may_name_its_port() -> None:
    assert read_address("192.168.1.5:8123") == ("192.168.1.5", 8123)
    assert read_address("127.0.0.1") == ("127.0.0.1", 0)


#: One process per file, each a copy of one that has imported everything; it says who it is, then what was accepted.
_WRITERS = """
import os, sys, time
from pathlib import Path
from txsim.workbench.journal import Journal, journal_of
from txsim.workbench.room import Room
from txsim.workbench.session import Session

def write(file):
    room = Room(Session(file, Journal(journal_of(file))))
    for i in range(5):
        room.join(f"Expert {i}", "", str(i))
    for n, name in enumerate(("ex_cx", "churn_cx", "service_desk.delivery"), 1):
        room.ask(name)
        for i in range(5):
            low = {"ex_cx": 0.1, "churn_cx": 0.01, "service_desk.delivery": 0.3}[name] * (1 + i / 10)
            room.say(f"e{i + 1}", n, {"quartiles": [low, 1.3 * low, 1.7 * low]}, f"reason {i}")
            print(n, i, low, flush=True)
        room.reveal()
        room.take("pool", why="agreed")
        print(n, "taken", flush=True)
    time.sleep(600)

for file in map(Path, sys.argv[1:]):
    child = os.fork()
    if not child:
        print(os.getpid(), flush=True)
        write(file)
    os.waitpid(child, 0)
    print("killed", flush=True)
"""
#: After how many accepted things each is killed: judgements and takings are 18; some are killed at the same count, at
#: whatever it is doing then.
_MOMENTS = [*range(1, 19), 7, 13]


def test_kill_9_at_twenty_moments_loses_no_accepted_judgement(tmp_path: Path, scenarios: Path) -> None:
    """Five experts, three parameters; killed as soon as so many things were accepted, whatever is under way then."""
    files = []
    for i in range(len(_MOMENTS)):
        shutil.copytree(scenarios, tmp_path / str(i))
        files.append(tmp_path / str(i) / "service_desk_pilot.yaml")
    command = [sys.executable, "-c", _WRITERS, *map(str, files)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writers:
        assert writers.stdout is not None
        for file, moment in zip(files, _MOMENTS, strict=True):
            writer = int(writers.stdout.readline())
            accepted = [writers.stdout.readline().split() for _ in range(moment)]
            os.kill(writer, signal.SIGKILL)
            while (line := writers.stdout.readline().split()) != ["killed"]:
                accepted.append(line)
            assert len(accepted) >= moment
            room = Room(Session(file, Journal(journal_of(file))))
            for what in accepted:
                now = room.rounds[int(what[0]) - 1]
                if what[1] == "taken":
                    assert now.taken is not None
                    assert now.name in room.session.state
                else:
                    said = now.judgements[f"e{int(what[1]) + 1}"]
                    assert said.entry["quartiles"][0] == float(what[2])
                    assert said.why == f"reason {what[1]}"


class _Served(AsyncHTTPTestCase):
    """A server of a room, without anything that computes."""

    def gathered(self) -> Gathering:
        self.folder = tempfile.TemporaryDirectory()
        shutil.copytree(SCENARIOS, Path(self.folder.name) / "s")
        self.file = Path(self.folder.name) / "s" / "service_desk_pilot.yaml"
        self.hub = Hub(Session(self.file, Journal(journal_of(self.file))), draws=1024, seed=None)
        self.gathering = Gathering(self.hub)
        return self.gathering

    def setUp(self) -> None:
        super().setUp()
        self.pages: list[WebSocketClientConnection] = []
        self.here = f"127.0.0.1:{self.get_http_port()}"
        self.gathering.guard.hosts = self.hub.guard.hosts = (self.here,)
        self.origin = f"http://{self.here}"

    def tearDown(self) -> None:
        self.io_loop.run_sync(lambda: closed(self.pages))
        self.io_loop.run_sync(self.gathering.close)
        super().tearDown()
        self.folder.cleanup()

    async def page(self, path: str, cookie: str, **headers: str) -> WebSocketClientConnection:
        told = {"Origin": self.origin, "Cookie": cookie, **headers}
        page = await websocket_connect(HTTPRequest(f"ws://{self.here}{path}", headers=told))
        self.pages.append(page)
        return page

    @property
    def refused(self) -> dict[str, int]:
        return dict(self.gathering.guard.refused)


class TestPhones(_Served):
    """The phones' server: who is let in, and what they may see."""

    def get_app(self) -> Application:
        return phones(self.gathered())

    def join(self, name: str, code: str | None = None, **headers: str) -> HTTPResponse:
        body = json.dumps({"code": self.gathering.room.code if code is None else code, "name": name, "role": ""})
        return self.fetch("/join", method="POST", body=body, headers={"Origin": self.origin, **headers})

    def cookie(self, name: str) -> str:
        answer = self.join(name)
        assert answer.code == 204
        return answer.headers["Set-Cookie"].partition(";")[0]

    def test_a_forged_code_is_refused_and_counted_and_soon_not_even_looked_at(self) -> None:
        for i in range(8):
            assert self.join("Eve", code=f"AAAA{i}A").code == 403
        assert self.refused == {"code": 8}
        assert self.join("Eve").code == 429  # the right one, after eight wrong ones
        assert self.refused["tries"] == 1
        assert self.gathering.room.experts == {}

    def test_the_code_may_be_typed_as_it_is_read(self) -> None:
        code = self.gathering.room.code
        assert self.join("Ada", code=f" {code[:3].lower()} {code[3:]} ").code == 204
        assert [each.name for each in self.gathering.room.experts.values()] == ["Ada"]

    def test_the_cookie_is_out_of_reach_of_scripts_and_its_secret_is_in_no_file(self) -> None:
        cookie = self.join("Ada").headers["Set-Cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie
        secret = cookie.partition(";")[0].partition("=")[2]
        assert secret not in journal_of(self.file).read_text()

    def test_hosts_origins_and_bodies_that_are_none_of_ours_are_refused(self) -> None:
        assert self.join("Eve", Origin="http://evil.example").code == 403
        assert self.join("Eve", Host="evil.example").code == 403
        for body in ("[", "{}", '{"code": 1}'):
            assert self.fetch("/join", method="POST", body=body, headers={"Origin": self.origin}).code == 403
        assert self.refused == {"origin": 1, "host": 1, "message": 3}

    def test_nothing_of_the_workbench_is_here(self) -> None:
        cookie = self.cookie("Ada")
        for path in ("/room", "/room/socket", "/enter", "/assets/main.js", "/assets/room_wall.js"):
            told = {"Cookie": f"{cookie}; {self.hub.guard.cookie}={self.hub.guard.secret}"}
            assert self.fetch(path, headers=told).code == 404
        page = self.fetch("/", headers={"Cookie": cookie}).body.decode()
        assert "Service desk" not in page
        assert self.gathering.room.code not in page

    @gen_test
    async def test_without_joining_there_is_no_socket(self) -> None:
        for cookie in ("", f"{self.gathering.guard.cookie}=abc"):
            with pytest.raises(HTTPClientError):
                await self.page("/socket", cookie)
        with pytest.raises(HTTPClientError):
            await self.page("/socket", "", Origin="http://evil.example")
        assert self.refused == {"cookie": 2, "origin": 1}

    def test_an_expert_sees_their_own_alone_until_the_reveal(self) -> None:
        cookies = {name: self.cookie(name) for name in ("Ada", "Ben")}
        room = self.gathering.room
        room.ask(EFFECT)

        async def held() -> None:
            ada, ben = await self.page("/socket", cookies["Ada"]), await self.page("/socket", cookies["Ben"])
            await heard(ben, "phone")
            said = {"do": "say", "expert": "e1", "round": 1, "judged": QUARTERS, "why": "the Graz site", "n": 4}
            await ada.write_message(json.dumps(said))
            assert (await heard(ada, "accepted"))["n"] == 4
            seen = await heard(ben, "phone")
            assert seen["sent"] == 1
            assert "Graz" not in json.dumps(seen)
            assert "6.25" not in json.dumps(seen)
            again = await self.page("/socket", cookies["Ada"])
            own = await heard(again, "phone")
            assert own["own"] == {"entry": {"quartiles": [4.5, 6.25, 8.0]}, "why": "the Graz site"}
            # Whoever speaks for another is refused.
            await ben.write_message(json.dumps({**said, "n": 5}))
            assert "Join" in (await heard(ben, "refused"))["fault"]
            assert self.refused["expert"] == 1
            assert len(room.rounds[0].judgements) == 1
            # At a screen that several share what was sent does not come back.
            both = "|".join(cookie.partition("=")[2] for cookie in cookies.values())
            shared = await self.page("/socket", f"{self.gathering.guard.cookie}={both}")
            seen = await heard(shared, "phone")
            assert [each["name"] for each in seen["mine"]] == ["Ada", "Ben"]
            assert seen["own"] is None
            assert "Graz" not in json.dumps(seen)
            room.reveal()
            await self.gathering.show()
            seen = await heard(ben, "phone")
            while not seen["revealed"]:
                seen = await heard(ben, "phone")
            assert [row["why"] for row in seen["rows"]] == ["the Graz site"]

        self.io_loop.run_sync(held, timeout=60)

    def test_what_is_sent_waits_for_no_echo_and_what_comes_too_late_is_told(self) -> None:
        """The echo of an interval takes seconds; meanwhile somebody sends, and the wall reveals."""
        cookie, room = self.cookie("Ada"), self.gathering.room
        room.ask(EFFECT)
        begun, go = threading.Event(), threading.Event()
        answer = room.check

        def slowly(*args: Any) -> Any:
            begun.set()
            assert go.wait(50)
            return answer(*args)

        room.check = slowly  # type: ignore[method-assign]

        async def held() -> None:
            page = await self.page("/socket", cookie)
            await page.write_message(json.dumps({"do": "check", "round": 1, "judged": QUARTERS, "n": 1}))
            assert await asyncio.to_thread(begun.wait, 50)
            said = {"do": "say", "expert": "e1", "round": 1, "judged": QUARTERS, "why": "", "n": 2}
            await page.write_message(json.dumps(said))
            assert (await heard(page, "accepted"))["n"] == 2
            go.set()
            assert (await heard(page, "checked"))["n"] == 1
            room.reveal()
            await page.write_message(json.dumps({**said, "n": 3}))
            late = await heard(page, "refused")
            assert "not among it" in late["fault"]
            assert late["n"] == 3

        self.io_loop.run_sync(held, timeout=60)

    def test_malformed_and_oversized_messages_are_refused_and_counted(self) -> None:
        cookie = self.cookie("Ada")
        self.gathering.room.ask(EFFECT)
        good = {"do": "check", "round": 1, "judged": CHIPS}
        faulty = ["", "[]", '{"do": "reveal"}', '{"do": "ask", "name": "ex_cx"}', '{"do": "undo"}'] + [
            json.dumps(each)
            for each in (
                {**good, "judged": {"way": "chips", "counts": [1] * 7}},
                {**good, "judged": {"way": "chips", "counts": [-1] * 8}},
                {**good, "judged": {"way": "quartiles", "values": [1, 2]}},
                {**good, "more": 1},
                {"do": "say", "expert": "../e1", "round": 1, "judged": CHIPS, "why": ""},
                {"do": "say", "expert": "e1", "round": 1, "judged": CHIPS, "why": "x" * 501},
            )
        ]

        async def held() -> None:
            page = await self.page("/socket", cookie)
            for text in faulty:
                await page.write_message(text)
                await heard(page, "refused")
            assert self.refused == {"message": len(faulty)}
            await page.write_message(json.dumps(good))
            assert "as likely above" in (await heard(page, "checked"))["text"]
            await page.write_message(json.dumps({"do": "say", "why": "x" * protocol.LARGEST}))
            assert await page.read_message() is None
            assert self.refused["size"] == 1

        self.io_loop.run_sync(held, timeout=60)


class TestWall(_Served):
    """The wall, within the workbench's server."""

    def get_app(self) -> Application:
        return application(self.hub if hasattr(self, "hub") else self.gathered().hub, walls(self.gathering))

    def test_without_the_workbenchs_cookie_there_is_its_door(self) -> None:
        page = self.fetch("/room").body.decode()
        assert "Service desk" not in page
        assert self.gathering.room.code not in page

        async def held() -> None:
            with pytest.raises(HTTPClientError):
                await self.page("/room/socket", "")

        self.io_loop.run_sync(held, timeout=60)
        assert self.hub.guard.refused["cookie"] == 1

    def test_the_wall_shows_who_has_sent_and_what_only_after_the_reveal(self) -> None:
        room = self.gathering.room
        room.join("Ada", "HR", "a")
        room.join("Ben", "", "b")
        cookie = f"{self.hub.guard.cookie}={self.hub.guard.secret}"

        async def held() -> None:
            wall = await self.page("/room/socket", cookie)
            first = await heard(wall, "wall")
            assert first["code"].replace(" ", "") == room.code
            await wall.write_message(json.dumps({"do": "ask", "name": EFFECT}))
            asked = await heard(wall, "wall")
            assert asked["asked"]["name"] == EFFECT
            room.say("e1", 1, {"quartiles": [4.5, 6.25, 8.0]}, "the Graz site")
            await self.gathering.show()
            hidden = await heard(wall, "wall")
            assert [each["sent"] for each in hidden["people"]] == [True, False]
            assert "rows" not in hidden
            assert "Graz" not in json.dumps(hidden)
            await wall.write_message(json.dumps({"do": "reveal"}))
            shown = await heard(wall, "wall")
            assert shown["rows"][0]["why"] == "the Graz site"
            assert shown["rows"][0]["middle"] == pytest.approx(6.25, rel=0.05)
            await wall.write_message(json.dumps({"do": "take", "how": "pool", "why": "nobody objects"}))
            taken = await heard(wall, "wall")
            assert taken["taken"]["holds"]
            assert taken["taken"]["by"] == "Ada"
            await wall.write_message(json.dumps({"do": "undo"}))
            assert not (await heard(wall, "wall"))["taken"]["holds"]
            assert self.hub.session.state == {}
            await self.gathering.close()

        self.io_loop.run_sync(held, timeout=60)


def test_an_expert_alone_is_the_sheets_fit(room: Room) -> None:
    judged = room.say("e1", 1, {"quartiles": [4.5, 6.0, 8.0]}, "")
    assert set(as_quantity(judged.prior)) == {"median", "factor"}  # type: ignore[arg-type]


@pytest.mark.parametrize("address", ["0.0.0.0", "wall.example", "203.0.113.7"])
def test_an_address_that_is_not_this_machines_is_named(file: Path, address: str) -> None:
    answer = txsim("workbench", file, "--room", address, "--no-browser")
    assert answer.returncode == 2
    assert "--room" in answer.stderr
    assert address in answer.stderr
    assert answer.stdout == ""


def test_who_left_no_longer_counts_and_stays_in_rounds_that_are_over(room: Room, opened: Callable[[], Session]) -> None:
    judged_by_both(room)
    room.reveal()
    room.ask(EFFECT)
    now = room.round
    assert now is not None
    room.say("e2", now.number, {"quartiles": [4.5, 6.25, 8.0]}, "again")
    with pytest.raises(InputError, match="nobody here"):
        room.leave("e9")
    room.leave("e2")
    assert [each.name for each in room.present] == ["Ada"]
    assert not now.judgements
    assert set(room.rounds[0].judgements) == {"e1", "e2"}
    assert room.expert_of("b") is None
    with pytest.raises(InputError, match="join"):
        room.say("e2", now.number, {"quartiles": [4.5, 6.25, 8.0]}, "once more")
    assert [each["name"] for each in wall_said(room, "", {})["people"]] == ["Ada"]
    assert room.join("Ben", "", "c").id == "e3"  # whoever was taken off may come back
    assert [each.name for each in Room(room.session).present] == ["Ada", "Ben"]  # and so after kill -9


def test_committing_pays_from_where_a_run_with_that_value_breaks_even(room: Room, tmp_path: Path) -> None:
    session = room.session
    bench = Bench(session.scenario_of({}), draws=1024, seed=None)
    found = pays_from(bench.at_once(session.scenario_of({})), EFFECT)  # type: ignore[arg-type]
    assert found is not None
    value, above = found
    assert above

    def mean(at: float) -> float:
        done = txsim(
            "run",
            session.path,
            "--set",
            f"{format_path(session.control(EFFECT).place)}={at}",
            "--draws",
            "1024",
            "--json",
            "--quiet",
        )
        assert done.returncode == 0, done.stderr
        return float(json.loads(done.stdout)["options"]["commit"]["npv"]["mean"])

    # Where it says, nothing is left of a slope of several thousands a point but the line between two levels.
    assert abs(mean(value)) < 0.03 * (mean(1.2 * value) - mean(0.8 * value))
