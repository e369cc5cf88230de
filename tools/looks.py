# SPDX-License-Identifier: MIT
"""Draw every report of some results as pictures to look at, and say what is measured to be wrong with them.

``.venv/bin/python tools/looks.py build/looks scenarios/service_desk_pilot.yaml …`` runs each scenario (run, explain,
sensitivity, pilot), or takes what an earlier call left in the folder, and draws in English and Russian: the page at
1280 and 390 px, light and dark, in strips that can be read; each page of the PDF; slides and sheets of the workbook,
as their boxes, letters, widths and kept values say; beside them the Markdown and what the terminal prints. A folder
that ``txsim … --out`` wrote may stand in place of a scenario. Needs Chromium. What is printed is what
``tests/report/layout.py`` finds on pages, letters that leave their box on slides, boxes over each other, and cells
whose words are cut. The rest is for eyes: every sentence against its figures.
"""

from __future__ import annotations

import argparse
import html
import io
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from itertools import combinations, product
from pathlib import Path
from typing import Any
from unittest import mock

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.report.browser import chromium  # noqa: E402
from tests.report.layout import faults, made_live  # noqa: E402
from txsim import catalogues  # noqa: E402
from txsim.report.compose import compose  # noqa: E402
from txsim.report.output import write_report  # noqa: E402
from txsim.report.pdf import as_pdf  # noqa: E402
from txsim.report.reading import Result, read_result  # noqa: E402
from txsim.report.theme import read_theme  # noqa: E402

#: Height of a strip of a page, and how many stand side by side where they are narrow, px.
_STRIP, _BESIDE = 1500, 4
#: Points of a page of a PDF for each inch as it is drawn and as it is kept: small letters in pictures lose parts where
#: they are drawn no larger than they are seen.
_PPI, _KEPT = 192, 96
#: EMU of a px, and px of a character of a workbook's column.
_EMU, _CHARACTER = 9525, 7.0
_OVERFLOW = """() => [...document.querySelectorAll('.box, td')]
  .filter(e => e.textContent.trim() && !e.closest('.chart'))
  .filter(e => e.scrollHeight > e.clientHeight + 2 || e.scrollWidth > e.clientWidth + 2)
  .map(e => `${e.scrollWidth} × ${e.scrollHeight} px in ${e.clientWidth} × ${e.clientHeight}: ${e.textContent}`)"""
_SHEET = """<!doctype html><meta charset="utf-8"><style>body{margin:0;font-family:"Liberation Sans",Arial,sans-serif}
table{border-collapse:collapse;table-layout:fixed;width:0}
td{border:1px solid #d5dbe1;padding:0 2px;box-sizing:border-box;overflow:hidden}
.one{white-space:nowrap}.slide{position:relative;width:1280px;height:720px;background:#fff;overflow:hidden}
.box{position:absolute;box-sizing:border-box}.box p{margin:0;line-height:1.17}
.box td{vertical-align:top;border:0}</style>"""


def results_of(what: Path, folder: Path) -> list[Result]:
    """Return the results of a scenario, each made once and kept in the folder; those of a folder as they are."""
    if what.is_dir():
        return [read_result(what)]
    folder.mkdir(parents=True, exist_ok=True)
    env = {**os.environ, "PYTHONPATH": str(ROOT), "TXSIM_LANG": "en"}

    def call(*args: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "txsim", *args]
        return subprocess.run(command, env=env, capture_output=True, text=True, check=False)

    if not (folder / "run").exists():
        done = call("run", str(what), "--out", str(folder / "run"), "--quiet")
        (folder / "run.txt").write_text(done.stdout + done.stderr)
        for verb in ("explain", "sensitivity", "pilot"):
            done = call(verb, str(what), "--quiet", "--json")
            if done.returncode == 0:  # not every scenario has a pilot
                (folder / f"{verb}.json").write_text(done.stdout)
    files = [folder / "run", *(folder / f"{verb}.json" for verb in ("explain", "sensitivity", "pilot"))]
    return [read_result(file) for file in files if file.exists()]


def strips(content: bytes, file: Path) -> None:
    """Keep a long picture in parts of a height that can be read, narrow ones side by side."""
    from PIL import Image

    whole = Image.open(io.BytesIO(content)).convert("RGB")
    parts = [whole.crop((0, y, whole.width, min(y + _STRIP, whole.height))) for y in range(0, whole.height, _STRIP)]
    beside = _BESIDE if whole.width < 500 else 1
    for i in range(0, len(parts), beside):
        group = parts[i : i + beside]
        sheet = Image.new("RGB", ((whole.width + 12) * len(group) - 12, max(part.height for part in group)), "grey")
        for j, part in enumerate(group):
            sheet.paste(part, (j * (whole.width + 12), 0))
        sheet.save(file.with_name(f"{file.name}.{i // beside + 1}.png"))


def draw_page(browser: Any, file: Path, out: Path) -> Iterator[str]:
    """Draw a page wide and narrow, light and dark; return what is measured to be wrong with it."""
    for wide, scheme in product((1280, 390), ("light", "dark")):
        context = browser.new_context(
            viewport={"width": wide, "height": 900}, is_mobile=wide < 500, color_scheme=scheme
        )
        page = context.new_page()
        page.goto(file.as_uri())
        made_live(page)
        page.evaluate("scrollTo(0, 0)")
        strips(page.screenshot(full_page=True), out.with_name(f"{out.name}.{wide}.{scheme}"))
        yield from (f"{wide} px, {scheme}: {fault}" for fault in faults(page))
        context.close()


def draw_pdf(results: Sequence[Result], out: Path) -> None:
    """Draw the pages of the PDF from what it is typeset from."""
    import typst
    from PIL import Image

    typeset, drawn = typst.compile, list[bytes]()

    def pages(template: bytes, **inputs: Any) -> bytes:
        made = typeset(template, **{**inputs, "format": "png"}, ppi=_PPI)
        drawn.extend(made if isinstance(made, list) else [made])
        return b""

    with mock.patch("typst.compile", pages):
        as_pdf(compose(results), read_theme())
    for number, content in enumerate(drawn, 1):
        whole = Image.open(io.BytesIO(content)).convert("RGB")
        whole.reduce(_PPI // _KEPT).save(out.with_name(f"{out.name}.pdf.{number:02}.png"))


def _paragraphs(frame: Any) -> str:
    lines = []
    for paragraph in frame.paragraphs:
        parts = "".join(
            f'<span style="font-size:{(run.font.size.pt if run.font.size else 18) / 0.75}px;'
            f'font-weight:{700 if run.font.bold else 400}">{html.escape(run.text)}</span>'
            for run in paragraph.runs
        )
        after = (paragraph.space_after.pt if paragraph.space_after is not None else 0) / 0.75
        align = "right" if paragraph.alignment == 3 else "left"
        lines.append(f'<p style="margin-bottom:{after}px;text-align:{align}">{parts}</p>')
    return "".join(lines)


def _chart(chart: Any) -> str:
    """Return the categories of a chart with a bar for each value, as far as a page without PowerPoint can say."""
    plot = chart.plots[0]
    values = [value for each in plot.series for value in each.values if value is not None]
    most = max((abs(value) for value in values), default=1) or 1
    rows = []
    for i, name in enumerate(plot.categories):
        cells = "".join(
            f'<td style="width:200px"><div style="background:#8fbddd;width:{190 * abs(each.values[i] or 0) / most}px">'
            f"{each.values[i]:,.2f}</div></td>"
            for each in plot.series
        )
        rows.append(f'<tr><td style="width:420px">{html.escape(str(name))}</td>{cells}</tr>')
    head = "".join(f"<td>{html.escape(each.name)}</td>" for each in plot.series)
    return f"<table><tr><td></td>{head}</tr>{''.join(rows[:24])}</table>"


def slides(file: Path) -> Iterator[tuple[str, list[str]]]:
    """Return each slide as a page of its boxes, with the boxes that lie on others."""
    from pptx import Presentation

    for slide in Presentation(str(file)).slides:
        boxes, placed = [], []
        for shape in slide.shapes:
            x, y, wide, high = (value / _EMU for value in (shape.left, shape.top, shape.width, shape.height))
            style = f"left:{x}px;top:{y}px;width:{wide}px;height:{high}px"
            if shape.has_chart:
                inner = _chart(shape.chart)
            elif shape.has_table:
                widths = [column.width / _EMU for column in shape.table.columns]
                rows = "".join(
                    f'<tr style="height:{row.height / _EMU}px">'
                    + "".join(
                        f'<td style="width:{wide}px">{_paragraphs(cell.text_frame)}</td>'
                        for cell, wide in zip(row.cells, widths, strict=True)
                    )
                    + "</tr>"
                    for row in shape.table.rows
                )
                inner = f"<table>{rows}</table>"
            else:
                inner = _paragraphs(shape.text_frame)
                style += ";padding:0 9.6px"
            boxes.append(f'<div class="box{" chart" if shape.has_chart else ""}" style="{style}">{inner}</div>')
            placed.append((shape.name, x, y, x + wide, y + high))
        over = [
            f"{a[0]} and {b[0]} lie on each other"
            for a, b in combinations(placed, 2)
            if min(a[3], b[3]) - max(a[1], b[1]) > 1 and min(a[4], b[4]) - max(a[2], b[2]) > 1
        ]
        yield f'{_SHEET}<div class="slide">{"".join(boxes)}</div>', over


def sheets(file: Path) -> Iterator[tuple[str, str]]:
    """Return the name of each sheet of a workbook and a page of its first rows, columns as wide as in the sheet."""
    import openpyxl

    for sheet in openpyxl.load_workbook(file, data_only=True).worksheets:
        last = sheet.max_column
        widths = [8.43 * _CHARACTER + 5] * last
        for each in sheet.column_dimensions.values():  # one stands for all columns of its width side by side
            widths[each.min - 1 : each.max] = [each.width * _CHARACTER + 5] * (min(each.max, last) - each.min + 1)
        merged = {(area.min_row, area.min_col): area.max_col for area in sheet.merged_cells.ranges}
        rows = []
        for row in sheet.iter_rows(max_row=60):
            cells = []
            for i, cell in enumerate(row):
                value, number = cell.value, isinstance(cell.value, int | float)
                words = "" if value is None else shown(value, cell.number_format) if number else str(value)
                # What does not wrap runs on over empty cells to its right, as a spreadsheet lets it.
                free = next((j for j in range(i + 1, last) if row[j].value is not None), last) - i
                span = free if words and not number and not cell.alignment.wrap_text else 1
                span = merged.get((cell.row, i + 1), i + span) - i
                style = f"font-weight:{700 if cell.font.b else 400};text-align:{'right' if number else 'left'}"
                wide = sum(widths[i : i + span])
                wrap = "" if cell.alignment.wrap_text else ' class="one"'
                cells.append((i, span, f'<td colspan="{span}"{wrap} style="width:{wide}px;{style}">', words))
            line, at = [], 0
            for i, span, tag, words in cells:
                if i >= at:
                    line.append(f"{tag}{html.escape(words)}</td>")
                    at = i + span
            rows.append(f"<tr>{''.join(line)}</tr>")
        columns = "".join(f'<col style="width:{wide}px">' for wide in widths)
        yield (
            sheet.title,
            f'{_SHEET}<table style="font-size:14px"><colgroup>{columns}</colgroup>{"".join(rows)}</table>',
        )


def shown(value: float, form: str) -> str:
    """Return a number about as its cell's format writes it."""
    first = form.split(";")[0]
    digits = len(first.partition(".")[2].strip('%" )_')) if "." in first else 0
    return (
        f"{100 * value:.{digits}f}%" if "%" in form else f"{value:.6g}" if form == "General" else f"{value:,.{digits}f}"
    )


def draw_sheet(browser: Any, content: str, file: Path) -> list[str]:
    """Draw one slide or sheet, and return which words leave their box."""
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    page.set_content(content)
    wide = min(page.evaluate("document.documentElement.scrollWidth"), 2400)
    page.set_viewport_size({"width": wide, "height": 720})
    page.screenshot(path=str(file), full_page=True)
    found = [str(each) for each in page.evaluate(_OVERFLOW)]
    page.close()
    return found


def draw(browser: Any, name: str, results: Sequence[Result], out: Path) -> Iterator[str]:
    """Write the report of results in all formats, draw them, and return what is measured to be wrong."""
    for kind in ("html", "md", "xlsx", "pptx"):
        write_report(results, out.with_name(f"{out.name}.{kind}"))
    draw_pdf(results, out)
    yield from draw_page(browser, out.with_name(f"{out.name}.html"), out)
    for number, (content, over) in enumerate(slides(out.with_name(f"{out.name}.pptx")), 1):
        file = out.with_name(f"{out.name}.slide.{number:02}.png")
        yield from (f"slide {number}: {fault}" for fault in [*over, *draw_sheet(browser, content, file)])
    for title, content in sheets(out.with_name(f"{out.name}.xlsx")):
        file = out.with_name(f"{out.name}.sheet.{title.replace(' ', '_').replace('/', '_')}.png")
        yield from (f"sheet {title}: {fault}" for fault in draw_sheet(browser, content, file))


def main() -> None:
    """Draw what is asked for, and print what is measured to be wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="folder for pictures; results already in it are kept")
    parser.add_argument("what", type=Path, nargs="+", help="scenarios, or folders that `txsim … --out` wrote")
    parser.add_argument("--languages", default="en,ru")
    asked = parser.parse_args()
    asked.out = asked.out.absolute()  # a browser is told addresses of files
    with chromium() as browser:
        for what, language in product(asked.what, asked.languages.split(",")):
            folder = asked.out / what.stem
            results = results_of(what, folder)
            folder.mkdir(parents=True, exist_ok=True)
            with catalogues.speaking(language):
                for fault in draw(browser, what.stem, results, folder / language):
                    print(f"{what.stem} {language}: {fault}", flush=True)


if __name__ == "__main__":
    main()
