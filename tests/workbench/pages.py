# SPDX-License-Identifier: MIT
"""A page of the workbench in a browser, opened and settled."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.workbench.serving import Served


class Page:
    """A page of the workbench; its policy forbids what Playwright waits by."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.faults: list[str] = []
        self.asked: list[str] = []
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", lambda line: self.faults.append(line.text) if line.type == "error" else None)
        page.on("request", lambda request: self.asked.append(request.url))

    def until(self, words: str) -> None:
        for _ in range(900):
            if self.page.evaluate(f"() => !!({words})"):
                return
            time.sleep(0.05)
        raise AssertionError((words, self.faults, self.page.evaluate("() => document.body.innerText")))

    def settled(self) -> None:
        """Wait until what was asked last has been answered whole."""
        self.until("workbench.painted?.final && workbench.painted.n === workbench.n && workbench.carried")
        self.until("!document.getElementById('verdict').classList.contains('stale')")

    def text(self, place: str) -> str:
        return str(self.page.inner_text(place))


@contextmanager
def opened(browser: Any, served: Served, width: int = 1280, **more: Any) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": width, "height": 800}, **more)
    try:
        page = Page(context.new_page())
        page.page.goto(served.address)
        page.page.wait_for_selector("#tiles .fig", timeout=120_000)
        page.settled()
        yield page
        assert page.faults == []
        here = served.hub.guard.origins[0]
        assert [url for url in page.asked if not url.startswith((here, here.replace("http", "ws"), "data:"))] == []
    finally:
        context.close()
