# SPDX-License-Identifier: MIT
"""How long a move of a reader's own view takes in the page, and what the part adds to the file.

300 random moves of every slider of the service desk's report in headless Chromium; the time is the page's own, from
the move to the drawn answer, after 20 moves that warm the compiler of the browser.
"""

from __future__ import annotations

import random
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SCENARIO = "scenarios/service_desk_pilot.yaml"
MOVE = """(input, share) => {
    const low = Number(input.min), step = Number(input.step), steps = Math.round((Number(input.max) - low) / step);
    input.value = low + step * Math.round(share * steps);
    input.dispatchEvent(new Event('input'));
    return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(
        Number(document.getElementById('own-view-panel').dataset.ms)))));
}"""


def main() -> None:
    program = shutil.which("chromium")
    if program is None:
        print("no Chromium: nothing measured")
        return
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as name:
        out, page = Path(name) / "run", Path(name) / "page.html"
        frozen = page.with_name("frozen.html")
        txsim = [sys.executable, "-m", "txsim"]
        for words in (
            ["run", SCENARIO, "--quiet", "--out", str(out)],
            ["report", str(out), "-o", str(page)],
            ["report", str(out), "-o", str(frozen), "--frozen"],
        ):
            subprocess.run([*txsim, *words], cwd=ROOT, check=True, capture_output=True)
        print(f"adds to the page   {(page.stat().st_size - frozen.stat().st_size) / 1e6:.2f} MB")
        with sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
            view = browser.new_page(viewport={"width": 1280, "height": 900})
            view.goto(page.as_uri())
            sliders = view.query_selector_all("#own-view input[type=range]")
            chance = random.Random(1)
            times: dict[str, list[float]] = {}
            for i in range(320):
                slider = chance.choice(sliders)
                part = slider.get_attribute("data-part") or ""
                took = slider.evaluate(MOVE, chance.random())
                if i % 8 == 7:  # so that not every view is far off
                    view.click("[data-own=back]")
                if i >= 20:
                    times.setdefault(part, []).append(took)
            browser.close()
        every = sorted(took for part in times.values() for took in part)
        for part, took in {**times, "all": every}.items():
            ordered = sorted(took)
            tail = ordered[int(0.95 * (len(ordered) - 1))]
            print(f"{part:<8} {len(took):4} moves  median {statistics.median(took):5.1f} ms  95 % under {tail:5.1f} ms"
                  f"  longest {ordered[-1]:5.1f} ms")  # fmt: skip


if __name__ == "__main__":
    main()
