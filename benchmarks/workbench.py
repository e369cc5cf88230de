# SPDX-License-Identifier: MIT
"""The workbench as a hand feels it: from a drag to its answer on the screen, from letting go to refitted, memory.

    python benchmarks/workbench.py SCENARIO [--drags 200] [--refits 10] [--soak 0 --seconds 1800]

It serves a copy of the scenario in a process of its own and moves things in Chromium. Besides the clock it tells the
processor time of the server, which other work on the machine does not change. ``--soak N`` then moves N things at
random, for so many seconds at most, each once the one before was answered, and tells the server's memory (resident
set) before, along the way and after.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import sync_playwright

_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


class Server:
    def __init__(self, scenario: Path) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="txsim-workbench-"))
        shutil.copytree(scenario.parent, self.folder / "s")
        command = [sys.executable, "-m", "txsim", "workbench", str(self.folder / "s" / scenario.name), "--no-browser"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline().split()[-1]
        self.at = psutil.Process(self.process.pid)

    def cpu(self) -> float:
        times = self.at.cpu_times()
        return float(times.user + times.system)

    def memory(self) -> float:
        return float(self.at.memory_info().rss / 2**20)

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(60)
        shutil.rmtree(self.folder)


def until(page: Any, words: str, seconds: float = 120.0) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if page.evaluate(f"() => !!({words})"):
            return
        time.sleep(0.005)
    raise TimeoutError(words)


#: Sends one message as a hand does, and resolves when its answer has been painted: milliseconds, and how it was got.
_ASKED = """([message]) => new Promise((done) => {
  const began = performance.now();
  const n = workbench.ask(message);
  const look = () => {
    if (workbench.painted && workbench.painted.n >= n) done([performance.now() - began, workbench.painted.badge]);
    else if (performance.now() - began > 60000) done([null, 'late']);
    else requestAnimationFrame(look);
  };
  look();
})"""


#: Moves the slider of a row as a hand does, and lets it go.
_SLID = """([name, to]) => {
  const slider = [...document.querySelectorAll('.row')].find((row) => row.dataset.name === name).querySelector('input');
  slider.value = to;
  slider.dispatchEvent(new Event('input'));
  slider.dispatchEvent(new Event('change'));
}"""


def soak(page: Any, server: Server, chance: random.Random, moves: int, seconds: float) -> dict[str, Any]:
    """Move things at random, undo every third, and tell the memory of the server."""
    names = [name for name in page.evaluate("() => Object.keys(workbench.values)") if not name.startswith("doubt:")]
    memory, began, done, told = [round(server.memory())], time.monotonic(), 0, 0.0
    while done < moves and time.monotonic() - began < seconds:
        page.evaluate(_SLID, [chance.choice(names), chance.randrange(300, 700)])
        done += 1
        end = time.monotonic() + 20
        while time.monotonic() < end and not page.evaluate(_ANSWERED):
            time.sleep(0.02)
        if done % 3 == 2:
            page.evaluate("() => document.getElementById('undo').click()")
        if time.monotonic() - began > told + seconds / 8:
            told = time.monotonic() - began
            memory.append(round(server.memory()))
    memory.append(round(server.memory()))
    return {"soak: random moves": done, "seconds": round(time.monotonic() - began),
            "server memory before, along the way and after, MiB": memory}  # fmt: skip


#: Whether the last thing that was asked has its answer, or was refused, or waits for a model to be compiled.
_ANSWERED = """() => (workbench.painted?.final && workbench.painted.n === workbench.n)
  || !document.getElementById('told').hidden || !document.getElementById('busy').hidden"""


def quantile(values: list[float], q: float) -> float:
    return sorted(values)[min(int(q * len(values)), len(values) - 1)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenario", type=Path)
    parser.add_argument("--drags", type=int, default=200)
    parser.add_argument("--refits", type=int, default=10)
    parser.add_argument("--soak", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=1800, help="of the soak at most")
    told = parser.parse_args()
    chance = random.Random(1)
    found: dict[str, Any] = {}
    with sync_playwright() as driver:  # a browser is open already where people work
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=_ARGUMENTS)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        began = time.monotonic()
        server = Server(told.scenario)
        try:
            page.goto(server.address)
            page.wait_for_selector("#tiles .fig", timeout=120_000)
            found["start to first paint, s"] = round(time.monotonic() - began, 2)
            found["server CPU to first paint, s"] = round(server.cpu(), 2)
            until(page, "workbench.carried")
            time.sleep(2)
            clock, spent = [], []
            value = 0.3
            for _ in range(told.drags):
                value = min(max(value * chance.uniform(0.93, 1.07), 0.22), 0.4)
                before = server.cpu()
                took, how = page.evaluate(_ASKED, [{"do": "drag", "name": "ex_cx", "part": "middle", "value": value}])
                spent.append(server.cpu() - before)
                if how == "weighed":
                    clock.append(took)
                time.sleep(0.02)
            found["drags weighed"] = len(clock)
            if clock:
                found["drag to paint, ms: p50, p95"] = [round(quantile(clock, q)) for q in (0.5, 0.95)]
                found["server CPU a drag, ms: mean"] = round(1000 * statistics.mean(spent))
            clock, spent = [], []
            for i in range(told.refits):
                before = server.cpu()
                asked = {"do": "move", "name": "ex_cx", "part": "high", "value": 0.36 + 0.01 * i}
                took, how = page.evaluate(_ASKED, [asked])
                if how == "refitted":
                    clock.append(took)
                    spent.append(server.cpu() - before)
                page.evaluate(_ASKED, [{"do": "undo"}])
            found["refits"] = len(clock)
            if clock:
                found["release to refitted, s: p50, p95"] = [round(quantile(clock, q) / 1000, 2) for q in (0.5, 0.95)]
                found["server CPU a refit, s: p50, p95"] = [round(quantile(spent, q), 2) for q in (0.5, 0.95)]
            if told.soak:
                found |= soak(page, server, chance, told.soak, told.seconds)
            browser.close()
        finally:
            server.close()
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
