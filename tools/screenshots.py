# SPDX-License-Identifier: MIT
"""Take the pictures of README and docs: the report in light, dark and on a phone, and what a run prints.

Run it after changing how things look, or what comes out: ``.venv/bin/python tools/screenshots.py``. Needs Chromium. The
pictures are of real results of the shipped scenarios; the figures that they show are kept beside them in
``figures.json``, which a test compares with what the command answers today. ``--figures`` compares and takes none.
"""

from __future__ import annotations

import argparse
import html
import io
import json
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


def figures(told: dict[str, Any]) -> dict[str, Any]:
    """Return the figures that the pictures show of a run."""
    advice, options = told["recommendation"], {**told["options"], **told["policies"]}
    return {
        "scenario": told["hash"],
        "state": advice["state"],
        "option": advice["option"],
        "npv": {name: {key: of["npv"][key] for key in ("mean", "p05", "p95", "mcse")} for name, of in options.items()},
        "p_loss": {name: of["p_loss"]["value"] for name, of in options.items()},
    }


def stale(kept: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """Return what the pictures show that is no longer so, beyond what another processor's draws may differ by."""
    wrong = [f"{key}: {kept[key]}, now {now[key]}" for key in ("scenario", "state", "option") if kept[key] != now[key]]
    for name in sorted({*kept["npv"], *now["npv"]}):
        if name not in kept["npv"] or name not in now["npv"]:
            wrong.append(f"{name}: only in one of them")
            continue
        before, after = kept["npv"][name], now["npv"][name]
        wide = before["p95"] - before["p05"]
        if abs(before["mean"] - after["mean"]) > max(4 * before["mcse"], 0.002 * wide):
            wrong.append(f"{name}: mean {before['mean']:.0f}, now {after['mean']:.0f}")
        if max(abs(before[end] - after[end]) for end in ("p05", "p95")) > 0.05 * wide:
            wrong.append(f"{name}: 90 % from {before['p05']:.0f} to {before['p95']:.0f}, now otherwise")
        if abs(kept["p_loss"][name] - now["p_loss"][name]) > 0.02:
            wrong.append(f"{name}: P(loss) {kept['p_loss'][name]:.2f}, now {now['p_loss'][name]:.2f}")
    return wrong


def compare() -> int:
    """Compare the figures of the pictures with those of the command; return an exit code."""
    now = figures(json.loads(txsim("run", SCENARIO, "--quiet", "--json")))
    wrong = stale(json.loads((PICTURES / "figures.json").read_text()), now)
    for line in wrong:
        print(f"docs/pictures are stale: {line}")
    return 1 if wrong else 0


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


def own_view(browser: Any, file: Path) -> bytes:
    """Return a picture of a reader's own view: vendors not believed, a point of EX that keeps more staff."""
    shown = browser.new_page(viewport={"width": 1180, "height": 1000})
    shown.goto(file.as_uri())
    move = "(input, value) => { input.value = value; input.dispatchEvent(new Event('input')); }"
    shown.eval_on_selector("label:has-text('Vendors') input", move, "0")
    shown.eval_on_selector("input[data-part=prior][data-index='1']", move, "13")
    shown.wait_for_timeout(300)
    return bytes(shown.locator("#own-view-panel").screenshot())


def workbench(browser: Any, folder: Path) -> None:
    """Take the pictures of the workbench: at first, moved, on a phone, and what saving would do."""
    import time

    shutil.copytree(ROOT / "scenarios", folder / "scenarios")
    command = [sys.executable, "-m", "txsim", "workbench", SCENARIO, "--no-browser"]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "TXSIM_LANG": "en"}
    served = subprocess.Popen(
        command, cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert served.stdout is not None  # noqa: S101 - it is a pipe
    try:
        shown = browser.new_page(viewport={"width": 1280, "height": 800})

        def until(words: str) -> None:  # the page's policy forbids what Playwright waits by
            end = time.monotonic() + 300
            while not shown.evaluate(f"() => !!({words})"):
                if time.monotonic() > end:
                    raise TimeoutError(words)
                time.sleep(0.1)
            time.sleep(0.4)

        exact = "workbench.painted?.n === workbench.n && workbench.painted.badge === 'exact' && workbench.carried"
        shown.goto(served.stdout.readline().split()[-1])
        shown.wait_for_selector("#tiles .fig", timeout=120_000)
        until(exact)
        keep("workbench.png", bytes(shown.screenshot()))
        for name, value in (("service_desk.delivery", 0.65), ("ex_cx", 0.5)):
            shown.evaluate(
                "([name, value]) => workbench.ask({ do: 'move', name, part: 'middle', value })", [name, value]
            )
            until("workbench.painted?.final && workbench.painted.n === workbench.n")
        until(exact)
        keep("workbench_moved.png", bytes(shown.screenshot()))
        shown.click("#save")
        shown.fill("#by", "M. Okafor, workshop")
        shown.fill("#because-of", "two stores measured it before and after")
        shown.click("#show-diff")
        until("!document.getElementById('write').hidden")
        keep("workbench_save.png", bytes(shown.locator("#save-dialog").screenshot()))
        shown.keyboard.press("Escape")
        shown.set_viewport_size({"width": 390, "height": 800})
        time.sleep(0.5)
        light = bytes(shown.screenshot())
        shown.emulate_media(color_scheme="dark")
        time.sleep(0.5)
        keep("workbench_phone.png", light, bytes(shown.screenshot()))
    finally:
        served.terminate()
        served.wait(60)


def room(browser: Any, folder: Path) -> None:
    """Take the pictures of the room: a phone before it is sent, and the wall after the reveal."""
    import json
    import time

    shutil.copytree(ROOT / "scenarios", folder / "room")
    command = [sys.executable, "-m", "txsim", "workbench", f"room/{Path(SCENARIO).name}", "--room", "--no-browser"]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "TXSIM_LANG": "en"}
    served = subprocess.Popen(
        [*command, "--json"], cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert served.stdout is not None  # noqa: S101 - it is a pipe

    def until(page: Any, words: str) -> None:  # the page's policy forbids what Playwright waits by
        end = time.monotonic() + 300
        while not page.evaluate(f"() => !!({words})"):
            if time.monotonic() > end:
                raise TimeoutError(words)
            time.sleep(0.1)
        time.sleep(0.4)

    experts = (
        ("Ada", "HR", (0, 0, 0, 4, 6, 5, 3, 2), "Same desk at our Graz site: +14"),
        ("Ben", "sales", (0, 0, 1, 5, 6, 5, 2, 1), "Reps lose an hour a day to it"),
        ("Cyd", "IT", (0, 1, 6, 7, 4, 1, 1, 0), "Half of tickets close the same day"),
        ("Di", "call centre", (6, 8, 4, 1, 1, 0, 0, 0), "They will still queue for parts"),
        ("Ed", "finance", (8, 7, 4, 1, 0, 0, 0, 0), "The last two tools gave +4"),
    )
    try:
        told = json.loads(served.stdout.readline())
        wall = browser.new_page(viewport={"width": 1280, "height": 800})
        wall.goto(told["wall"])
        wall.wait_for_selector("#what", state="attached", timeout=120_000)
        until(wall, "window.room?.wall")
        wall.select_option("#what", "service_desk.pushes[0].effect")
        wall.click("#ask")
        until(wall, "room.wall.asked")
        for i, (name, role, chips, why) in enumerate(experts):
            phone = browser.new_context(viewport={"width": 390, "height": 844}).new_page()
            phone.goto(f"{told['join']}#{wall.inner_text('#code')}")
            phone.fill("#name", name)
            phone.fill("#role", role)
            phone.click("#join .send")
            until(phone, "!document.getElementById('judge').hidden")
            for column, count in enumerate(chips, 1):
                for _ in range(count):
                    phone.click(f"#bins .c:nth-child({column})")
            phone.fill("#why", why)
            until(phone, "room.ready")
            if i == 0:
                keep("room_phone.png", bytes(phone.screenshot()))
            phone.click("#send")
            until(phone, "room.accepted")
        wall.click("#reveal")
        until(wall, "room.priced?.verdict && !room.priced.busy")
        keep("room_wall.png", bytes(wall.screenshot()))
    finally:
        served.terminate()
        served.wait(60)


def main() -> None:
    """Take all pictures."""
    from playwright.sync_api import sync_playwright

    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name, sync_playwright() as driver:
        folder = Path(name)
        printed = txsim("run", SCENARIO, "--quiet", "--out", str(folder / "desk"))
        shown_now = figures(json.loads((folder / "desk" / "summary.json").read_text()))
        (PICTURES / "figures.json").write_text(json.dumps(shown_now, indent=1) + "\n")
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
        keep("own_view.png", own_view(browser, report))
        workbench(browser, folder)
        room(browser, folder)
        shown = browser.new_page(viewport={"width": 1200, "height": 600})
        shown.set_content(TERMINAL % (html.escape(f"txsim run {SCENARIO}"), html.escape(printed)))
        keep("terminal.png", bytes(shown.locator("body").screenshot()))
        keep("slide.png", (folder / "fan.png").read_bytes())
        browser.close()


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--figures", action="store_true", help="only compare the figures that the pictures show")
    if arguments.parse_args().figures:
        sys.exit(compare())
    main()
