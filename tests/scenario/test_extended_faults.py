# SPDX-License-Identifier: MIT
"""A fault of a file that others extend is told at its place, and names the file that was read."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

from txsim.errors import InputError
from txsim.scenario import load, loads

FIRM = "organisation:\n  index: {ex: 14, cx: 55}\n  staff: {front: {headcount: 300}}\n  custmers: 4000\n"


def test_each_child_of_a_faulty_parent_is_named(tmp_path: Path) -> None:
    (tmp_path / "firm.yaml").write_text(FIRM, "utf-8")
    for name in ("one", "two"):
        child = tmp_path / f"{name}.yaml"
        child.write_text("extends: firm.yaml\ndrivrs: []\n", "utf-8")
        with pytest.raises(InputError) as caught:
            load(child)
        by_file = {Path(str(problem.file)).name: problem for problem in caught.value.problems}
        assert {"firm.yaml", f"{name}.yaml"} <= set(by_file)
        above, own = by_file["firm.yaml"], by_file[f"{name}.yaml"]
        assert above.line == 4
        assert f"(read for {child}, which extends this file)" in str(above.message)
        assert "read for" not in str(own.message)


def test_a_parent_by_itself_is_read_for_nobody(tmp_path: Path) -> None:
    file = tmp_path / "firm.yaml"
    file.write_text(FIRM, "utf-8")
    with pytest.raises(InputError) as caught:
        load(file)
    assert not any("read for" in str(problem.message) for problem in caught.value.problems)


PUSH = "{{node: ex, group: front, effect: 1}}"
CHILD = f"{{extends}}\ntitle: Desk\ndrivers:\n  - {{{{name: desk, one_off: 1, pushes: [{PUSH}]}}}}\n"
BROKEN = ['"a\\0b.yaml"', '"\\e[31m.yaml"', ".nan", "1e400", "1:20:30", "9" * 400, "~", "!tag firm.yaml", "yes",
          "[firm.yaml]", "{a: 1}", "3", "''", "/etc/hostname", "nowhere.yaml", ".", "x" * 5000]  # fmt: skip


@pytest.mark.parametrize("value", BROKEN)
def test_what_a_file_cannot_extend_is_all_that_is_said(tmp_path: Path, value: str) -> None:
    """What the file lacks without the other follows from that: a firm, its customers, its groups of staff."""
    (tmp_path / "firm.yaml").write_text(FIRM, "utf-8")
    file = tmp_path / "child.yaml"
    file.write_text(CHILD.format(extends=f"extends: {value}"), "utf-8")
    with pytest.raises(InputError) as caught:
        load(file)
    (problem,) = caught.value.problems
    assert (problem.line, problem.path) == (1, "extends")
    assert len(str(problem)) < 1000


@pytest.mark.parametrize("key", ["extend", "exteds", "Extends", "EXTENDS", "extents"])
def test_a_misspelt_extends_is_all_that_is_said(tmp_path: Path, key: str) -> None:
    (tmp_path / "firm.yaml").write_text(FIRM, "utf-8")
    file = tmp_path / "child.yaml"
    file.write_text(CHILD.format(extends=f"{key}: firm.yaml"), "utf-8")
    with pytest.raises(InputError, match="did you mean `extends`") as caught:
        load(file)
    assert [(problem.line, problem.path) for problem in caught.value.problems] == [(1, key)]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n", "a pointer of Git LFS"),
        (gzip.compress(FIRM.encode(), mtime=0), "packed by gzip"),
        (b"PK\x03\x04rest", "a ZIP archive or an Office document"),
        (b"%PDF-1.7\n", "a PDF"),
        (b"\x89PNG\r\n\x1a\n", "a picture"),
        (b"<<<<<<< HEAD\ntitle: A\n=======\ntitle: B\n>>>>>>> theirs\n", "a merge by Git"),
        (FIRM.encode() + b"<<<<<<< HEAD\n=======\n>>>>>>> theirs\n", "a merge by Git"),
    ],
)
def test_a_file_of_another_kind_is_named_by_it(tmp_path: Path, content: bytes, words: str) -> None:
    file = tmp_path / "scenario.yaml"
    file.write_bytes(content)
    with pytest.raises(InputError, match=words) as caught:
        load(file)
    assert len(caught.value.problems) == 1


@pytest.mark.parametrize(
    ("line", "found"),
    [("drivers: true", "found true"), ("drivers: -0.0", "found -0.0"), ("organisation: false", "found false"),
     ("title: true", 'write "true" in quotes'), ("title: -0.0", "found -0.0"), ("horizon_months: -0.0", "found -0.0")],
)  # fmt: skip
def test_values_are_shown_as_they_are_written(line: str, found: str) -> None:
    with pytest.raises(InputError) as caught:
        loads(f"{line}\n")
    assert found in str(caught.value)


def test_no_number_without_a_size_is_proposed() -> None:
    """Text that looks like money, with any number of digits: the hint never says `inf`, and is there at once."""
    for digits in (1, 15, 16, 20, 308, 309, 20_000):
        for text in ("7" * digits, f"{'7' * digits} EUR", f"{'7' * digits}k", f"{'7' * digits},5"):
            with pytest.raises(InputError) as caught:
                loads(f'drivers: [{{name: a, one_off: "{text}"}}]\n')
            assert not re.search(r"write (inf|nan|\d+e)", str(caught.value)), text
