# SPDX-License-Identifier: MIT
"""Take the pictures of README and docs: the report in light, dark and on a phone, and what a run prints.

Run it after changing how things look: ``.venv/bin/python tools/screenshots.py``. Needs Chromium. The pictures are of
real results of the shipped scenarios.
"""

from __future__ import annotations

import html
import io
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "pictures"
SCENARIO = "scenarios/service_desk_pilot.yaml"
CHROMIUM = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
TERMINAL = """<!doctype html><meta charset="utf-8"><style>
body{margin:0;padding:18px 22px;background:#11171d;color:#e8edf2;width:max-content}
body{font:15px/1.45 "DejaVu Sans Mono",monospace}
pre{margin:0}b{color:#3cc79d;font-weight:400}</style><pre><b>$</b> %s
%s</pre>"""


def txsim(*args: str) -> str:
    """Run a command and return what it prints."""
    command = [sys.executable, "-m", "txsim", *args]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "TXSIM_LANG": "en"}
    return subprocess.run(command, cwd=ROOT, env=env, check=True, capture_output=True, text=True).stdout


def keep(name: str, *pictures: bytes) -> None:
    """Keep pictures side by side as one small PNG."""
    from PIL import Image

    parts = [Image.open(io.BytesIO(content)).convert("RGB") for content in pictures]
    gap = 24 if len(parts) > 1 else 0
    size = (sum(part.width for part in parts) + gap * (len(parts) - 1), max(part.height for part in parts))
    whole = Image.new("RGB", size, "white")
    x = 0
    for part in parts:
        whole.paste(part, (x, 0))
        x += part.width + gap
    whole.quantize(255, dither=Image.Dither.NONE).save(PICTURES / name, optimize=True)
    print(f"{name}: {whole.width} × {whole.height}, {(PICTURES / name).stat().st_size / 1024:.0f} kB")


def page(browser: Any, file: Path, height: int, **context: Any) -> bytes:
    """Return a picture of the top of a report with its pictures live."""
    shown = browser.new_context(**context).new_page()
    shown.goto(file.as_uri())
    shown.locator("figure").first.scroll_into_view_if_needed()
    shown.wait_for_selector("figure[data-live=yes]")
    shown.evaluate("scrollTo(0, 0)")
    shown.wait_for_timeout(400)
    width = context["viewport"]["width"]
    return bytes(shown.screenshot(clip={"x": 0, "y": 0, "width": width, "height": height}, full_page=True))


def main() -> None:
    """Take all pictures."""
    from playwright.sync_api import sync_playwright

    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name, sync_playwright() as driver:
        folder = Path(name)
        printed = txsim("run", SCENARIO, "--quiet", "--out", str(folder / "desk"))
        results = [str(folder / "desk")]
        for verb in ("explain", "sensitivity", "pilot"):
            (folder / f"{verb}.json").write_text(txsim(verb, SCENARIO, "--quiet", "--json"))
            results.append(str(folder / f"{verb}.json"))
        txsim("report", *results, "-o", str(folder / "report.html"))
        for kind in ("fan", "paths"):
            txsim("plot", results[0] if kind == "fan" else results[1], kind, "-o", str(folder / f"{kind}.png"))
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM)
        report = folder / "report.html"
        keep("report.png", page(browser, report, 1180, viewport={"width": 1120, "height": 1180}))
        dark = page(browser, report, 1000, viewport={"width": 1000, "height": 1000}, color_scheme="dark")
        phone = page(browser, report, 1000, viewport={"width": 390, "height": 1000}, is_mobile=True)
        keep("dark_and_phone.png", dark, phone)
        shown = browser.new_page(viewport={"width": 1200, "height": 600})
        shown.set_content(TERMINAL % (html.escape(f"txsim run {SCENARIO}"), html.escape(printed)))
        keep("terminal.png", bytes(shown.locator("body").screenshot()))
        keep("slide.png", (folder / "fan.png").read_bytes())
        browser.close()


if __name__ == "__main__":
    main()
