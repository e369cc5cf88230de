# SPDX-License-Identifier: MIT
"""Markdown: what stands between backticks is code, and everything else is nothing but text."""

from __future__ import annotations

import pytest

from txsim.report.document import Document, Paragraph, Section
from txsim.report.markdown import as_markdown


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("state `finance.tax_rate` there", "state `finance.tax_rate` there"),
        ("`realised` and *`time_realised`*", r"`realised` and \*`time_realised`\*"),
        ("a lone ` stays a character", r"a lone \` stays a character"),
        ("`a|b` would end a cell", r"\`a\|b\` would end a cell"),
        ("`` is no code, nor <b>", r"\`\` is no code, nor \<b\>"),
    ],
)
def test_code_stays_code_and_the_rest_is_text(text: str, written: str) -> None:
    section = Section("one", "One", (Paragraph(text),))
    assert as_markdown(Document("Title", "", "kicker", "en", (section,))).splitlines()[-1] == written
