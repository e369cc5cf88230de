# SPDX-License-Identifier: MIT
"""The room in a browser: two phones judge, the wall reveals and prices, the room takes a prior and undoes it."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.report.browser import chromium
from tests.workbench.serving import Served

EFFECT = "service_desk.pushes[0].effect"


class Page:
    """A page; its policy forbids what Playwright waits by."""

    def __init__(self, browser: Any, width: int, height: int = 800) -> None:
        self.context = browser.new_context(viewport={"width": width, "height": height})
        self.page = self.context.new_page()
        self.faults: list[str] = []
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", lambda line: self.faults.append(line.text) if line.type == "error" else None)

    def until(self, words: str) -> None:
        from playwright.sync_api import Error

        for _ in range(1200):
            try:
                if self.page.evaluate(f"() => !!({words})"):
                    return
            except Error:  # the door leads to another page meanwhile
                pass
            time.sleep(0.05)
        raise AssertionError((words, self.faults, self.page.evaluate("() => document.body.innerText")))

    def accessible(self) -> None:
        axe = pytest.importorskip("axe_playwright_python.sync_playwright")
        found = axe.Axe().run(self.page).response["violations"]
        serious = [fault for fault in found if fault["impact"] in ("serious", "critical")]
        assert [(fault["id"], [node["html"][:120] for node in fault["nodes"]]) for fault in serious] == []

    def fits(self) -> None:
        assert self.page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as browser:
        yield browser


def test_a_room_from_the_first_code_to_the_prior(browser: Any, tmp_path: Path, scenarios: Path) -> None:
    shutil.copytree(scenarios, tmp_path / "desk")
    with Served(tmp_path / "desk" / "service_desk_pilot.yaml", room=True).running() as served:
        wall, ada, ben = Page(browser, 1280), Page(browser, 390, 844), Page(browser, 390, 844)
        room = served.gathering.room
        wall.page.goto(served.address.replace("/#", "/room#"))
        wall.until("window.room?.wall")
        wall.page.select_option("#what", EFFECT)
        wall.page.click("#ask")
        wall.until("room.wall.asked")
        for page, name in ((ada, "Ada"), (ben, "Ben")):
            page.page.goto(f"{served.gathering.address}#{room.code}")
            page.page.fill("#name", name)
            page.page.click("#join .send")
            page.until("!document.getElementById('judge').hidden")
        # Ada lays chips by keyboard alone.
        ada.page.focus("#bins .c:nth-child(1)")
        for count in (0, 0, 1, 4, 6, 5, 3, 1):
            for _ in range(count):
                ada.page.keyboard.press("ArrowUp")
            ada.page.keyboard.press("ArrowRight")
        ada.until("room.ready")
        assert ada.page.inner_text("#left") == "0 chips left"
        assert "as likely above" in ada.page.inner_text("#echo-text")
        ada.page.fill("#why", "Same desk at our Graz site")
        ada.accessible()
        ada.fits()
        ada.page.click("#send")
        ada.until("room.accepted")
        # Ben says quarters, and sees nothing of Ada's.
        ben.page.click("text=Quarters")
        for wrong in ("50 %", "abc", "4,50,0"):
            for place, value in (("#q2", wrong), ("#q1", "4"), ("#q3", "6.5")):
                ben.page.fill(place, value)
            ben.page.click("#send")
            ben.until("document.getElementById('told').textContent === 'Fill in all numbers.'")
        for place, value in (("#q2", "5"), ("#q1", "4"), ("#q3", "6.5")):
            ben.page.fill(place, value)
        ben.page.fill("#why", "Two tools before gave less")
        ben.until("room.ready")
        ben.accessible()
        assert "Graz" not in ben.page.content()
        assert "Graz" not in wall.page.content()
        ben.page.click("#send")
        ben.until("room.accepted")
        wall.until("room.wall.people.every((each) => each.sent)")
        wall.accessible()
        wall.page.click("#reveal")
        wall.until("room.priced?.verdict && !room.priced.busy")
        assert "1 of 2 see a loss" in wall.page.inner_text("#title")
        assert "If Ada is right" in wall.page.inner_text("#settle-text")
        wall.accessible()
        wall.fits()
        apart = """() => {
          const boxes = (kind) => [...document.querySelectorAll(kind)].map((e) => e.getBoundingClientRect());
          const told = boxes('#picture text.ink:not(.why), #picture text.name').filter((b) => b.x < 300);
          return Math.max(...told.map((b) => b.right)) < Math.min(...boxes('#picture path').map((b) => b.x));
        }"""
        assert wall.page.evaluate(apart)  # no figure stands on a curve
        smallest = "Math.min(...[...document.querySelectorAll('.g *, .k')].filter((e) => e.getClientRects().length &&"
        words = "[...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()))"
        assert (
            wall.page.evaluate(f"() => {smallest} {words}.map((e) => parseFloat(getComputedStyle(e).fontSize)))") >= 18
        )
        ben.until("!document.getElementById('shown').hidden")
        assert "Graz" in ben.page.inner_text("#rows")
        wall.page.fill("#reason", "Ada has seen one")
        wall.page.click("[data-how=agreed]")
        for place, value in (("#a1", "4"), ("#a2", "fifty"), ("#a3", "6.5")):
            wall.page.fill(place, value)
        wall.page.click("#take")
        wall.until("document.getElementById('told').textContent === 'Fill in all numbers.'")
        assert not room.session.state
        wall.page.click("[data-how=pool]")
        wall.page.click("#take")
        wall.until("room.wall.taken?.holds")
        assert EFFECT in served.gathering.hub.session.state
        # What the wall said of the pool is what the workbench says once it is the prior.
        told = wall.page.evaluate("() => room.priced.pool.text")
        answered = served.gathering.hub.runner
        for _ in range(600):
            now = answered.last.get("answer")
            if now is not None and now["tiles"][0]["figure"] == told:
                break
            time.sleep(0.05)
        assert answered.last["answer"]["tiles"][0]["figure"] == told
        wall.page.click("#undo")
        wall.until("!room.wall.taken.holds")
        assert served.gathering.hub.session.state == {}
        wall.page.set_viewport_size({"width": 390, "height": 844})
        wall.fits()
        for page in (wall, ada, ben):
            assert page.faults == []
            page.context.close()
