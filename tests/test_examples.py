# SPDX-License-Identifier: MIT
"""Examples in docstrings run, and print what stands below them."""

from __future__ import annotations

import doctest
import importlib
import re
from pathlib import Path

import pytest

import txsim

ROOT = Path(txsim.__file__).parent
MODULES = sorted(
    ".".join(("txsim", *file.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__")
    for file in ROOT.rglob("*.py")
    if ">>> " in file.read_text("utf-8")
)


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT.parent)  # examples read the shipped scenarios
    outcome = doctest.testmod(importlib.import_module(name))
    assert outcome.attempted > 0
    assert outcome.failed == 0


def test_what_a_field_is_stands_where_the_field_stands() -> None:
    sections = [
        file.name for file in ROOT.rglob("*.py") if re.search(r"^ +Attributes\n +-{3,}$", file.read_text("utf-8"), re.M)
    ]
    assert sections == []
