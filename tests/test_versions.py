# SPDX-License-Identifier: MIT
"""Versions read off folders are those that Python's own reader finds."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

import pytest

from txsim import versions


@pytest.mark.parametrize("name", ["numpy", "scipy", "pymc", "pytensor", "nutpie", "pyarrow", "txsim"])
def test_versions_are_those_of_the_metadata(name: str) -> None:
    assert versions.version(name) == metadata.version(name)


def test_the_first_folder_on_the_path_tells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder, number in (("one", "1.0"), ("two", "2.0")):
        (tmp_path / folder / f"Something-{number}.dist-info").mkdir(parents=True)
    monkeypatch.setattr("sys.path", [str(tmp_path / "none"), str(tmp_path / "two"), str(tmp_path / "one")])
    versions.version.cache_clear()
    assert versions.version("something") == "2.0"
    with pytest.raises(metadata.PackageNotFoundError):
        versions.version("nothing_of_this_name")
    versions.version.cache_clear()
