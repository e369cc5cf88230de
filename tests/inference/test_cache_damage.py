# SPDX-License-Identifier: MIT
"""What is kept and damaged is as good as missing: it is made anew, and never believed."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import txsim
from txsim import cachedir
from txsim.cachedir import cache_dir, keep, read_checked, read_plain, write_checked
from txsim.cli.main import main
from txsim.errors import StoreError
from txsim.evidence import Settings, select
from txsim.inference import CalibrationSpec, store
from txsim.inference.bounds import bounded
from txsim.pathways import default_graph
from txsim.priors.catalogue import calibration_parameters

KEY = "0123456789abcdef-0"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TXSIM_CACHE", str(tmp_path / "cache"))
    return cache_dir()


def stored() -> Path:
    store.write(KEY, {"names": ["a"]}, np.arange(6.0).reshape(1, 2, 3))
    return cache_dir("calibrations") / KEY


@pytest.mark.parametrize("name", ["draws.npy", "manifest.json"])
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(where=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_a_flipped_bit_is_never_read_as_draws(cache: Path, name: str, where: float, bit: int) -> None:
    folder = stored()
    whole = store.read(KEY)
    assert whole is not None
    content = bytearray((folder / name).read_bytes())
    content[int(where * len(content))] ^= 1 << bit
    (folder / name).write_bytes(content)
    found = store.read(KEY)
    # A bit of the manifest may lie in blanks or in a text that decides nothing; draws are the same, or there are none.
    assert found is None or (name == "manifest.json" and np.array_equal(found[1], whole[1]))


@pytest.mark.parametrize("name", ["draws.npy", "manifest.json"])
@pytest.mark.parametrize(
    "content", [None, b"", b"{}", b"[]", b"null", b"\x93NUMPY", b'{"key": 1, "files": 2}', b"\xff" * 90]
)
def test_whatever_stands_in_their_place(cache: Path, name: str, content: bytes | None) -> None:
    folder = stored()
    if content is None:
        (folder / name).unlink()
    else:
        (folder / name).write_bytes(content)
    assert store.read(KEY) is None
    stored()
    assert store.read(KEY) is not None


def test_draws_under_another_key_are_not_taken(cache: Path) -> None:
    folder = stored()
    other = folder.with_name("fedcba9876543210-0")
    shutil.copytree(folder, other)
    assert store.read(other.name) is None


@given(content=st.binary(max_size=200), cut=st.integers(0, 300))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_checked_file_is_whole_or_missing(cache: Path, content: bytes, cut: int) -> None:
    path = cache / "file"
    write_checked(path, content)
    assert read_checked(path) == content
    whole = path.read_bytes()
    path.write_bytes(whole[:cut])
    assert read_checked(path) == (content if cut >= len(whole) else None)


@pytest.mark.parametrize("kind", ["pipe", "folder", "device"])
@pytest.mark.parametrize("name", ["draws.npy", "manifest.json"])
def test_nothing_waits_for_what_is_no_file(cache: Path, name: str, kind: str) -> None:
    """A pipe that nobody writes to would hold every run for ever."""
    made = {"pipe": os.mkfifo, "folder": os.mkdir, "device": lambda path: path.symlink_to("/dev/zero")}[kind]
    path = cache / "file"
    made(path)
    with pytest.raises(OSError, match=re.escape(str(path))):
        read_plain(path)
    assert read_checked(path) is None
    folder = stored()
    (folder / name).unlink()
    made(folder / name)
    assert store.read(KEY) is None
    stored()
    assert store.read(KEY) is not None


def test_damage_is_said_once(cache: Path) -> None:
    said: list[str] = []
    cachedir.listen(lambda message: None)  # what was found damaged before anybody listened is told here
    cachedir.listen(lambda message: said.append(str(message)))
    for name in ("a", "b", "a"):
        write_checked(cache / name, b"content")
        (cache / name).write_bytes(b"damaged")
        assert read_checked(cache / name) is None
    cachedir.listen(lambda message: None)
    assert said == [f"a file kept in {cache} was damaged and is made anew"]


def test_a_folder_that_cannot_be_written_costs_only_the_keeping(cache: Path) -> None:
    said: list[str] = []
    cachedir.listen(lambda message: said.append(str(message)))
    missing = cache / "gone" / "file"
    keep(missing, b"content")
    keep(missing, b"content")
    cachedir.listen(lambda message: None)
    assert said == [f"{missing.parent} cannot be written: what is made now is made anew next time"]
    with pytest.raises(StoreError, match="cannot be written"):
        write_checked(missing, b"content")
    assert list(cache.iterdir()) == []


@pytest.mark.parametrize("bad", [-np.inf, np.inf, np.nan])
def test_no_bound_that_older_code_kept_is_believed(cache: Path, bad: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Code before the lift of tiny chances kept −inf where a negative slope excluded a bound."""
    spec = CalibrationSpec(default_graph(), calibration_parameters(), select(Settings()))
    # Claims that bound something: with parameters alone, which needs no network.
    claims = tuple(c for c in spec.claims if all(s.bound and s.statistic == "parameter" for s in c.statements))
    if not claims:
        says = replace(spec.claims[0].statements[0], statistic="parameter", about="churn_cx", bound="below")
        claims = (replace(spec.claims[0], statements=(says,)),)
    spec = replace(spec, claims=claims)
    monkeypatch.setattr("txsim.inference.bounds._found", {})
    first = bounded(spec).unsound
    files = list((cache / "bounds").iterdir())
    assert files, "nothing was kept: this test tries nothing"
    for file in files:
        write_checked(file, np.array([bad]).tobytes())
    monkeypatch.setattr("txsim.inference.bounds._found", {})
    assert np.array_equal(bounded(spec).unsound, first)
    assert np.isfinite(first).all()


def test_cache_list_and_clear_live_with_anything(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = stored()
    (folder / "draws.npy").write_bytes(b"damaged")
    (cache / "stray").write_bytes(b"x")
    (cache / "panels").mkdir(mode=0o700)
    (cache / "panels" / "x.json").write_bytes(b"")
    (cache / "influence").symlink_to(cache / "mine")
    (cache / "mine").mkdir()
    (cache / "mine" / "letter").write_bytes(b"x")
    for args, code in ((["cache", "list"], 0), (["cache", "clear", "--all"], 0), (["cache", "list"], 0)):
        with pytest.raises(SystemExit) as stop:
            main(args)
        assert stop.value.code == code
    said = capsys.readouterr().out
    assert "altered, will be made anew" in said
    # What lies beside and is not txsim's, as in a home that TXSIM_CACHE names, stays.
    assert {path.name for path in cache.iterdir()} <= {"calibrations", "stray", "mine"}
    assert (cache / "stray").exists()
    assert (cache / "mine" / "letter").exists()


def test_every_kind_that_is_kept_is_cleared() -> None:
    """A new kind in the cache must be known to `cache clear`."""
    from txsim.cli.cache import _KEPT

    package = Path(txsim.__file__).parent
    texts = [path.read_text("utf-8") for path in sorted(package.rglob("*.py"))]
    used = {name for text in texts for name in re.findall(r'cache_dir\("(\w+)"', text)}
    assert used
    assert used <= set(_KEPT)


def test_a_manifest_is_a_promise_about_the_draws(cache: Path) -> None:
    folder = stored()
    manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
    assert manifest["files"] == {"draws.npy": hashlib.sha256((folder / "draws.npy").read_bytes()).hexdigest()}


def test_a_flipped_figure_of_what_comes_with_the_package_is_not_believed(cache: Path) -> None:
    """Priors and claims are kept parsed: one digit of them would change every figure, and nobody would see it."""
    from txsim.package_data import load_packaged

    told = load_packaged("txsim.pathways", "default.yaml")
    assert load_packaged("txsim.pathways", "default.yaml") == told
    (kept,) = (cache / "packaged").iterdir()
    content = kept.read_bytes()
    kept.write_bytes(content.replace(b"ex_cx", b"cx_ex"))
    assert kept.read_bytes() != content
    assert load_packaged("txsim.pathways", "default.yaml") == told
    assert kept.read_bytes() == content, "it was made anew"


@pytest.mark.parametrize("name", ["txsim.mo", "txsim.json"])
@pytest.mark.parametrize("content", [None, b"", b"[]", b"{}", b"\xde\x12\x04\x95" + b"\xff" * 60])
def test_a_damaged_catalogue_is_made_anew(cache: Path, name: str, content: bytes | None) -> None:
    from txsim import catalogues
    from txsim.language import _

    with catalogues.speaking("ru"):
        said = _("warning: {0}")
    (kept,) = (cache / "languages").rglob(name)
    if content is None:
        kept.unlink()
    else:
        kept.write_bytes(content)
    with catalogues.speaking("ru"):
        assert _("warning: {0}") == said != "warning: {0}"


def test_a_language_is_spoken_where_nothing_can_be_kept(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from txsim import catalogues
    from txsim.language import _

    real = cachedir.write_atomic

    def full(path: Path, content: bytes) -> None:
        if path.is_relative_to(cache):
            raise StoreError("no space left")
        real(path, content)

    monkeypatch.setattr(cachedir, "write_atomic", full)
    with catalogues.speaking("ru"):
        assert _("warning: {0}") != "warning: {0}"
