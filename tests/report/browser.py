# SPDX-License-Identifier: MIT
"""Chromium as the tests start it: no network, no profile kept."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def chromium() -> Iterator[Any]:
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("no Chromium on this machine; `make test` as root on Debian installs it")
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with api.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=_ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


def overlapping(page: Any, place: str) -> list[list[str]]:
    """Return pairs of lines of text within an element that lie on one another."""
    return _measured(page, "overlapping", place)


def under_rings(page: Any, place: str = "body") -> list[list[str]]:
    """Return each thing that can be focused whose ring lies on text, with the text."""
    page.keyboard.press("Tab")  # from here on a focus is one of the keyboard
    return _measured(page, "under_rings", place)


def _measured(page: Any, what: str, place: str) -> list[list[str]]:
    code = Path(__file__).with_name("looks.js").read_text()
    return list(page.evaluate(f"(place) => {{ {code}; return {what}(place); }}", place))
