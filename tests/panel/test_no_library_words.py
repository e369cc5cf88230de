# SPDX-License-Identifier: MIT
"""What cannot be read is told in words of people: no names of exceptions, no sentences of libraries."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pandas as pd
import pytest

from txsim.errors import InputError
from txsim.panel.reader.link_spec import LinkSpec, read_spec
from txsim.panel.reader.sheets import grids_of
from txsim.text_encoding import decoded

LIBRARY = re.compile(r"Input should|valid|Error|BadZip|magic|buffer|tuple|Exception|\\(.*\\)")


def _book() -> bytes:
    stream = io.BytesIO()
    pd.DataFrame({"unit": ["a"], "ex": [1.0]}).to_excel(stream, index=False)
    return stream.getvalue()


def _parquet() -> bytes:
    stream = io.BytesIO()
    pd.DataFrame({"unit": ["a"] * 500, "ex": [1.0] * 500}).to_parquet(stream)
    return stream.getvalue()


def _flipped(content: bytes) -> bytes:
    return content[:4] + bytes(byte ^ 0xFF for byte in content[4:-4]) + content[-4:]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("x.xlsx", b"not a zip", "no Excel workbook"),
        ("x.xlsx", b"", "the file is empty"),
        ("x.xlsx", _book()[:-300], "damaged or cut off"),
        ("x.parquet", b"not Parquet", "no Parquet file"),
        ("x.parquet", b"", "the file is empty"),
        ("x.parquet", _parquet()[:-200], "cut off"),
        ("x.parquet", _flipped(_parquet()), "damaged"),
    ],
)
def test_files_of_data(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        grids_of(path, LinkSpec())
    (problem,) = caught.value.problems
    assert words in str(problem.message)
    assert not LIBRARY.search(str(problem.message))


@pytest.mark.parametrize(
    "text",
    [
        *("merge: {C: 3}", "merge: 3", "reverse: 7", "words: [a]", "sheet: 3", "form: rows", "lag_months: -4"),
        *("lag_months: 1000", "period_months: 0", "fill_down: 7", "drop_units: 5", "missing: {a: b}", "hidden: 1"),
    ],
)
def test_specs(tmp_path: Path, text: str) -> None:
    path = tmp_path / "link.yaml"
    path.write_text(f"scale: nps\n{text}\n")
    with pytest.raises(InputError) as caught:
        read_spec(path)
    for problem in caught.value.problems:
        assert not LIBRARY.search(str(problem.message)), str(problem.message)


def test_what_is_no_text_is_not_asked_about_its_encoding() -> None:
    with pytest.raises(InputError, match="this is no text"):
        decoded(bytes((i * 73 + 129) % 256 for i in range(4000)), "x.yaml")
    assert decoded("a: ü\n".encode(), "x.yaml")[0] == "a: ü\n"
