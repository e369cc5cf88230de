# SPDX-License-Identifier: MIT
"""The package as it is installed elsewhere: from a wheel, in a clean environment with spaces in its path, offline."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.command import ROOT, txsim
from txsim.scenario.starters import STARTERS

_DEMO = ROOT / "scenarios" / "service_desk_pilot.yaml"
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("hatchling", reason="the group dev brings hatchling, which builds the wheel")
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (made,) = folder.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def elsewhere(wheel: Path, tmp_path_factory: pytest.TempPathFactory, private_cache: Path) -> Run:
    """Return a runner of the installed command in a folder far from the checkout, told nothing of it.

    Dependencies are those of the tests, by a path file: an index is not at hand everywhere.
    """
    folder = tmp_path_factory.mktemp("another place")
    home = folder / "virtual environment"
    venv.create(home, with_pip=True)
    bin_ = home / "bin"
    (site,) = (home / "lib").glob("python*/site-packages")
    others = [sysconfig.get_paths()["purelib"], *(path for path in sys.path if (Path(path) / "hatchling").is_dir())]
    (site / "others.pth").write_text("\n".join(others) + "\n", encoding="utf-8")
    own = {"PATH": "/usr/bin:/bin", "LANG": "C", "HOME": str(folder), "TXSIM_CACHE": str(private_cache)}
    pip = [str(bin_ / "python"), "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--force-reinstall"]
    # As a folder, as `pip install .` does, and as the wheel; the wheel stays.
    for source in ([f"{ROOT}", "--no-build-isolation"], [str(wheel)]):
        subprocess.run([*pip, "--disable-pip-version-check", *source], cwd=folder, env=own, check=True)
        made = subprocess.run([bin_ / "txsim", "--version"], cwd=folder, env=own, capture_output=True, text=True)
        assert made.stdout.startswith("txsim, version "), made.stderr

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [bin_ / "txsim", *words], cwd=folder, env=own, capture_output=True, text=True, encoding="utf-8"
        )

    code = "import txsim; print(txsim.__file__)"
    where = subprocess.run([bin_ / "python", "-c", code], cwd=folder, env=own, capture_output=True, text=True)
    assert str(site) in where.stdout, "it is the installed package that is tried"
    return run


def test_the_wheel_carries_every_file_of_the_package(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        inside = {name for name in archive.namelist() if name.startswith("txsim/")}
        text = archive.read(next(name for name in archive.namelist() if name.endswith("/METADATA"))).decode()
    package = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "txsim").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert inside == package
    assert {"txsim/languages/ru.po", "txsim/evidence/library.yaml", "txsim/scenario/starters.yaml"} <= inside
    assert [name for name in inside if name.endswith("draws.npy")], "the default calibration"
    assert "Requires-Python: <3.15,>=3.12" in text


def test_it_answers_as_the_checkout_does(elsewhere: Run) -> None:
    args = ("run", str(_DEMO), "--json", "--draws", "1024")
    here, there = json.loads(txsim(*args).stdout), json.loads(elsewhere(*args).stdout)
    assert there["options"] == here["options"]
    assert there["hash"] == here["hash"]


def test_what_is_packaged_is_found(elsewhere: Run, tmp_path: Path) -> None:
    for starter in STARTERS:
        file = str(tmp_path / f"a {starter}.yaml")
        assert elsewhere("init", file, "--starter", starter).returncode == 0
        assert elsewhere("check", file).returncode == 0
    russian = elsewhere("check", str(_DEMO), "--lang", "ru")
    assert russian.returncode == 0, russian.stderr
    assert "предупреждени" in russian.stdout
    assert "harter-2002" in elsewhere("evidence", "list").stdout
    assert "sceptic" in elsewhere("priors", "packs").stdout


def test_reports_find_their_assets(elsewhere: Run, tmp_path: Path) -> None:
    for form in ("html", "pdf", "xlsx"):
        file = tmp_path / f"a report.{form}"
        ended = elsewhere("run", str(_DEMO), "--prior-only", "--draws", "256", "--report", str(file), "--brief")
        assert ended.returncode == 0, ended.stderr
        assert file.stat().st_size > 5_000
