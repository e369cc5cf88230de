# SPDX-License-Identifier: MIT
"""A fault of a file that others extend is told at its place, and names the file that was read."""

from __future__ import annotations

from pathlib import Path

import pytest

from txsim.errors import InputError
from txsim.scenario import load

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
