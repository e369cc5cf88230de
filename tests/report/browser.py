# SPDX-License-Identifier: MIT
"""Chromium as the tests start it: no network, no profile kept."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
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


#: Boxes of every line of text, a little within what a line takes up, with the element whose text it is.
_LINES = """
  const lines = (root) => {
    const found = [], walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const parent = node.parentElement;
      if (!node.data.trim() || parent.closest('script, style, title, option') || !parent.checkVisibility()) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      for (const box of range.getClientRects()) {
        if (box.width < 1) continue;
        const inset = 0.18 * box.height;
        found.push({ parent, words: node.data.trim().slice(0, 40), left: box.left + 1, right: box.right - 1, top: box.top + inset, bottom: box.bottom - inset });
      }
    }
    return found;
  };
  const meet = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
"""


def overlapping(page: Any, place: str) -> list[list[str]]:
    """Return pairs of lines of text within an element that lie on one another."""
    code = f"""(place) => {{ {_LINES}
      const found = lines(document.querySelector(place)), pairs = [];
      found.forEach((a, i) => found.slice(i + 1).forEach((b) => {{ if (meet(a, b)) pairs.push([a.words, b.words]); }}));
      return pairs;
    }}"""
    return list(page.evaluate(code, place))


def under_rings(page: Any, place: str = "body") -> list[list[str]]:
    """Return each thing that can be focused whose ring lies on text, with the text."""
    page.keyboard.press("Tab")  # from here on a focus is one of the keyboard
    code = f"""(place) => {{ {_LINES}
      const root = document.querySelector(place), faults = [], before = document.activeElement;
      for (const each of root.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')) {{
        if (!each.checkVisibility() || each.disabled || each.matches('[type=radio], .skip')) continue;
        each.focus({{ preventScroll: true }});
        const style = getComputedStyle(each);
        if (document.activeElement !== each || style.outlineStyle === 'none') continue;
        const wide = parseFloat(style.outlineWidth), apart = parseFloat(style.outlineOffset), box = each.getBoundingClientRect();
        const around = (by) => ({{ left: box.left - by, right: box.right + by, top: box.top - by, bottom: box.bottom + by }});
        const outer = around(apart + wide), inner = around(apart);
        const within = (a) => a.left >= inner.left && a.right <= inner.right && a.top >= inner.top && a.bottom <= inner.bottom;
        for (const line of lines(root)) if (meet(line, outer) && !within(line)) faults.push([each.id || each.outerHTML.slice(0, 80), line.words]);
      }}
      before?.focus();
      return faults;
    }}"""
    return list(page.evaluate(code, place))
