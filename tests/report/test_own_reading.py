# SPDX-License-Identifier: MIT
"""How a file was read, in at most ten lines: the same ones in the terminal, in JSON, and in the HTML report."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import numpy as np
import pytest

from tests.report.handmade import LINK, UPDATE, flat, of, read, terminal
from txsim.panel.reader.cleaning import read_panel
from txsim.panel.reader.data_report import DataReport
from txsim.panel.reader.link_spec import read_spec
from txsim.report.output import report_bytes
from txsim.results.codec import plain


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> DataReport:
    """A file with something of everything: titles, codes for no answer, words, weights, a sum, notes, lost cells."""
    rng = np.random.default_rng(5)
    rows = ["Survey of staff and guests", "", "Branch,Month,eNPS,NPS,Weight,Comment"]
    for unit in range(9):
        for month in range(1, 7):
            for k in range(20):
                ex, cx = (str(int(a)) for a in np.clip(np.round(rng.normal(7.5, 2, 2)), 0, 10))
                ex = "99" if k == 3 else "10 - Extremely likely" if ex == "10" else ex
                cx = "see above" if k == 5 and month % 3 == 0 else cx
                rows.append(f"Branch {unit},2024-{month:02d},{ex},{cx},{0.5 + unit % 3},fine")
    rows += ["Total,2024-01,7,8,1,", "All rights reserved"]
    path = tmp_path_factory.mktemp("reading") / "answers.csv"
    path.write_text("\n".join(rows))
    return read_panel(path, read_spec(None, scale="nps"))[1]


def wanted(report: DataReport) -> dict[str, str]:
    """Return what a person checks, and the words that say it."""
    return {
        "file and rows": "answers.csv: 1,082 rows",
        "units": "units: 9 (Branch 0, Branch 1, Branch 2 …)",
        "periods": "periods: 2024-01 to 2024-06, 6 months",
        "scale, range and answers of EX": "EX: column `eNPS`, 1,026 answers on nps, −100 … 100",
        "of CX": "CX: column `NPS`, 1,062 answers on nps, −100 … 100",
        "what was changed": "9–10 → +100, 7–8 → 0, 0–6 → −100",
        "no answer": "99 taken for no answer (54)",
        "what was dropped": "`Total` is a sum of units (line 1084, `Branch`)",  # three lines above 1,080 answers
        "whether that is related": "what CX lost is not related to the answers (p ",
        "what is not used": "columns that are not used: `Comment`",
        "weights": "answers were weighted by `Weight`",
    }


def test_ten_lines_hold_what_a_person_checks(report: DataReport) -> None:
    told = [str(each) for each in report.reading()["lines"]]
    assert len(told) <= 10
    for what, words in wanted(report).items():
        assert any(words in each for each in told), (what, told)


@pytest.mark.parametrize("kind", ["link", "update"])
def test_the_same_lines_stand_everywhere(report: DataReport, kind: str) -> None:
    reading = json.loads(json.dumps(plain(report.reading())))
    told = [str(each) for each in report.reading()["lines"]]
    assert [words(each) for each in reading["lines"]] == told
    data: dict[str, Any] = of(LINK) if kind == "link" else {**UPDATE, "reading": reading}
    if kind == "link":
        data["data"]["reading"] = reading
    result = read(kind, {"organisation": "Handmade Ltd", **data})
    page = flat(html.unescape(re.sub(r"<[^>]+>", " ", report_bytes([result], "html").decode())))
    printed = flat(terminal(kind, data, width=400))
    for each in told:
        assert flat(each) in printed
        assert flat(each) in page.replace("\N{NO-BREAK SPACE}", " ")
    assert reading["unused"] == ["Comment"]
    assert reading["series"]["cx"]["lost"] == 18
    assert reading["series"]["cx"]["related"] > 0.05


def words(message: Any) -> str:
    """Return a line of JSON as it is read: its code with its parameters."""
    from txsim.language import Message

    return str(Message.from_json(message)) if isinstance(message, dict) else str(message)
