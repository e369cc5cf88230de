"""How long a report takes: made from an existing result, opened in headless Chromium; sizes.

The time to make it is that of a whole process, next to the time that Python needs to import numpy in the same run.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
PAINT = """() => new Promise(done => new PerformanceObserver(
    list => done(list.getEntries().at(-1).startTime)).observe({type: 'largest-contentful-paint', buffered: true}))"""


def timed(*command: str) -> float:
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    times = []
    for _round in range(5):
        start = time.perf_counter()
        subprocess.run(command, cwd=ROOT, env=env, check=True, capture_output=True)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def main() -> None:
    python = sys.executable
    with tempfile.TemporaryDirectory() as name:
        out, page = Path(name) / "run", Path(name) / "report.html"
        run = [python, "-m", "txsim"]
        scenario = "scenarios/service_desk_pilot.yaml"
        subprocess.run([*run, "run", scenario, "--quiet", "--out", str(out)], cwd=ROOT, check=True, capture_output=True)
        base = timed(python, "-c", "import numpy")
        print(f"import numpy                {base:6.2f} s")
        for ending in ("html", "pdf", "xlsx", "md"):
            file = page.with_suffix(f".{ending}")
            took = timed(*run, "report", str(out), "-o", str(file))
            size = file.stat().st_size / 1e6
            print(f"report, {ending:<4}  {took:6.2f} s  {took / base:5.1f} x  {size:.2f} MB")
        took = timed(*run, "plot", str(out), "fan", "-o", str(page.with_suffix(".png")))
        print(f"plot fan                    {took:6.2f} s  {took / base:5.1f} x")
        paint(page)


def paint(page: Path) -> None:
    program = shutil.which("chromium")
    if program is None:
        print("no Chromium: paint not measured")
        return
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=ARGUMENTS)
        times = []
        for _round in range(5):
            shown = browser.new_context(viewport={"width": 1200, "height": 900}).new_page()
            shown.goto(page.as_uri())
            shown.wait_for_timeout(800)
            times.append(shown.evaluate(PAINT))
            shown.context.close()
        browser.close()
    middle, worst = statistics.median(times) / 1000, max(times) / 1000
    print(f"largest paint in Chromium  {middle:6.2f} s  (of {len(times)}: {worst:.2f} at most)")


if __name__ == "__main__":
    main()
