# SPDX-License-Identifier: MIT
"""The room in a browser: two phones judge, the wall reveals and prices, the room takes a prior and undoes it."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.report.browser import chromium, under_rings
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
        assert under_rings(ada.page, "main") == []
        ada.page.click("#send")
        ada.until("room.accepted")
        # Ben says quarters, and sees nothing of Ada's.
        ben.page.click("text=Quarters")
        for wrong in ("50 %", "abc", "4,50,0"):
            for place, value in (("#q2", wrong), ("#q1", "4"), ("#q3", "6.5")):
                ben.page.fill(place, value)
            ben.page.click("#send")
            ben.until(f"document.getElementById('told').textContent.includes('{wrong}')")
        ben.page.fill("#q2", "45.000")
        ben.page.click("#send")
        ben.until("document.getElementById('told').textContent.includes('two ways: write 45 or 45000')")
        ben.page.fill("#q2", "")
        ben.page.click("#send")
        ben.until("document.getElementById('told').textContent === 'Fill in all numbers.'")
        # What was missing is not missing any more as soon as it is there, however long the first fit of it takes.
        ben.page.click("text=Interval")
        assert ben.page.inner_text("#echo-text") == "Fill in all numbers."
        for place, value in (("#low", "1"), ("#high", "8"), ("#likely", "3")):
            ben.page.fill(place, value)
        assert ben.page.inner_text("#echo-text") != "Fill in all numbers."
        ben.until("room.ready")
        ben.page.click("text=Quarters")
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
        # Somebody comes in and says nothing: after the reveal the wall says so, and who comes late is still let in.
        late = Page(browser, 390, 844)
        late.page.goto(f"{served.gathering.address}#{room.code}")
        late.page.fill("#name", "Late")
        late.page.click("#join .send")
        wall.until("room.wall.people.length === 3")
        wall.page.click("#reveal")
        wall.until("room.priced?.verdict && !room.priced.busy")
        assert "1 of 2 see a loss" in wall.page.inner_text("#title")
        assert "No judgement came from Late." in wall.page.inner_text("#line")
        assert served.gathering.address in wall.page.inner_text(".k")
        assert "If Ada is right" in wall.page.inner_text("#settle-text")
        wall.accessible()
        wall.fits()
        assert under_rings(wall.page, ".side") == []
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
        wall.page.click("[data-how=weights]")
        for weight, said in (("-1", "-1 is none; it lies from 0"), ("1e99", "numbers are"), ("", "a number is")):
            wall.page.fill('[data-weight="e1"]', weight)
            wall.page.keyboard.press("Tab")
            wall.until(f"document.getElementById('told').textContent.startsWith('Weight of Ada: {said}')")
            assert wall.page.input_value('[data-weight="e1"]') == "1"
        wall.page.fill("#reason", "Ada has seen one")
        wall.page.click("[data-how=agreed]")
        for place, value in (("#a1", "4"), ("#a2", "fifty"), ("#a3", "6.5")):
            wall.page.fill(place, value)
        wall.page.click("#take")
        wall.until("document.getElementById('told').textContent.includes('`fifty` is not a number')")
        assert not room.session.state
        wall.page.fill("#a2", "3")
        wall.page.click("#take")
        wall.until("document.getElementById('told').textContent.includes('alues must rise: 3 comes after 4.')")
        wall.page.click("[data-how=pool]")
        wall.page.click("#take")
        wall.until("room.wall.taken?.holds")
        assert not wall.page.is_visible("#told")  # what was refused before is gone
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
        for page in (wall, ada, ben, late):
            assert page.faults == []
            page.context.close()


def test_experts_at_one_screen_see_nothing_of_one_another(browser: Any, tmp_path: Path, scenarios: Path) -> None:
    shutil.copytree(scenarios, tmp_path / "desk")
    with Served(tmp_path / "desk" / "service_desk_pilot.yaml", room=True).running() as served:
        room = served.gathering.room
        room.ask(EFFECT)
        screen = Page(browser, 1280)
        screen.page.goto(f"{served.gathering.address}#{room.code}")

        def judge(name: str, values: tuple[str, ...], why: str) -> None:
            screen.page.fill("#name", name)
            screen.page.click("#join .send")
            screen.until(f"room.mine.some((each) => each.id === room.expert && each.name === '{name}')")
            screen.page.click("text=Quarters")
            for place, value in zip(("#q1", "#q2", "#q3"), values, strict=True):
                screen.page.fill(place, value)
            screen.page.fill("#why", why)
            screen.until("room.ready")
            before = screen.page.evaluate("room.accepted")
            screen.page.click("#send")
            screen.until(f"room.accepted > {before}")

        judge("First", ("4", "5", "6.5"), "my secret")
        screen.page.click("#another")
        judge("Second", ("2", "3", "4.5"), "another one")
        screen.until("document.getElementById('echo-text').textContent.startsWith('Sent and kept, and hidden')")
        for index in (0, 1):  # whoever is chosen, nothing of what was sent comes back
            screen.page.select_option("#expert", index=index)
            fields = "all => all.map((each) => each.value).join('')"
            assert screen.page.eval_on_selector_all("#judge input:not([type=radio]), #why", fields) == ""
            assert "hidden from whoever sits here next" in screen.page.inner_text("#echo-text")
        assert {said.why for said in room.round.judgements.values()} == {"my secret", "another one"}  # type: ignore[union-attr]
        assert screen.faults == []
        screen.context.close()
