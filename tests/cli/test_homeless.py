# SPDX-License-Identifier: MIT
"""Where no home can be written; whatever the locale and the names of folders; with no network."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command import ROOT

_DEMO = ROOT / "scenarios" / "service_desk_pilot.yaml"
_RUN = ("run", str(_DEMO), "--prior-only", "--draws", "256", "--quiet")
_NOTICE = "no home folder can be written"
#: A user whom the system does not know.
_STRANGER = 54321


def _alone(*words: str, before: tuple[str, ...] = (), cwd: Path = ROOT, **env: str) -> subprocess.CompletedProcess[str]:
    """Run txsim in an environment that holds nothing but what is given and where its package lies."""
    command = [*before, sys.executable, "-m", "txsim", *words]
    return subprocess.run(
        command, cwd=cwd, env={"PYTHONPATH": str(ROOT), **env}, capture_output=True, text=True, encoding="utf-8"
    )


@pytest.fixture
def temporary(tmp_path: Path, private_cache: Path) -> Path:
    """Folder for temporary files in which the machine code of the tests lies where txsim will look for it."""
    folder = tmp_path / "tmp"
    own = folder / f"txsim-{os.getuid()}"
    own.mkdir(parents=True, mode=0o700)
    if (private_cache / "code").is_dir():
        shutil.copytree(private_cache / "code", own / "code")
    return folder


@pytest.mark.parametrize("home", ["none", "a file", "closed"])
def test_without_a_home_a_private_folder_of_temporary_files_is_used_and_told_once(
    tmp_path: Path, temporary: Path, home: str
) -> None:
    place = tmp_path / "home"
    if home == "a file":
        place.write_text("")
    elif home == "closed":
        place.mkdir()
        (place / ".cache").write_text("")  # root writes whatever is closed, but into no file
    for _ in range(2):
        ended = _alone(*_RUN, HOME=str(place if home != "none" else "/dev/null/home"), TMPDIR=str(temporary), LANG="C")
        assert ended.returncode == 0, ended.stderr
        assert "net present value" in " ".join(ended.stdout.split())
        assert ended.stderr.count(_NOTICE) == 1
        assert "TXSIM_CACHE" in ended.stderr
    own = temporary / f"txsim-{os.getuid()}"
    assert stat.S_IMODE(own.stat().st_mode) == 0o700
    assert (own / "points").is_dir()
    assert not place.is_dir() or not [*place.rglob("txsim*")]


def test_a_folder_that_was_named_is_not_replaced_by_another(tmp_path: Path, temporary: Path) -> None:
    ended = _alone(*_RUN, TXSIM_CACHE="/dev/null/cache", HOME=str(tmp_path), TMPDIR=str(temporary))
    assert ended.returncode == 4
    assert "/dev/null/cache/code cannot be used (a part of the path is no folder)" in " ".join(ended.stderr.split())
    assert _NOTICE not in ended.stderr


def test_a_temporary_folder_that_somebody_else_could_write_is_refused(tmp_path: Path, temporary: Path) -> None:
    (temporary / f"txsim-{os.getuid()}").chmod(0o777)
    ended = _alone(*_RUN, HOME="/dev/null/home", TMPDIR=str(temporary))
    assert ended.returncode == 4
    assert "open to other users" in " ".join(ended.stderr.split())


@pytest.mark.skipif(shutil.which("setpriv") is None or os.getuid() != 0, reason="only root can become somebody else")
def test_a_user_whom_the_system_does_not_know(tmp_path: Path) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    os.chown(temporary, _STRANGER, _STRANGER)
    # Reads what is closed to it, for the interpreter may lie in somebody's home; writes nothing but its own.
    become = ("setpriv", f"--reuid={_STRANGER}", f"--regid={_STRANGER}", "--clear-groups")
    become += ("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search")
    for words in (("check", str(_DEMO)), ("cache", "path"), ("priors", "list")):
        ended = _alone(*words, before=become, TMPDIR=str(temporary), PATH=os.environ["PATH"])
        assert ended.returncode == 0, ended.stderr
    ended = _alone("cache", "path", before=become, TMPDIR=str(temporary), PATH=os.environ["PATH"])
    assert ended.stdout.strip() == str(temporary / f"txsim-{_STRANGER}")
    assert _NOTICE in ended.stderr
    # PyTensor does not load where there is no home: it is given one inside the cache, which stays where it was.
    code = "from txsim.cachedir import cache_dir; from txsim.inference.model import prepare; before = cache_dir();"
    code += "prepare(); import pytensor; print(before == cache_dir(), pytensor.config.base_compiledir)"
    env = {"PYTHONPATH": str(ROOT), "TMPDIR": str(temporary), "PATH": os.environ["PATH"]}
    done = subprocess.run([*become, sys.executable, "-c", code], env=env, cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.split()[:1] == ["True"], done.stderr
    assert str(temporary) in done.stdout


@pytest.mark.parametrize("locale", [{"LC_ALL": "C"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}])
def test_names_with_spaces_and_letters_of_all_kinds_in_a_plain_locale(
    tmp_path: Path, temporary: Path, locale: dict[str, str]
) -> None:
    folder = tmp_path / "Отдел продаж & Co (2026)"
    folder.mkdir()
    shutil.copytree(_DEMO.parent / "organisations", folder / "organisations")
    (folder / "мой план.yaml").write_text(_DEMO.read_text("utf-8"), encoding="utf-8")
    out = folder / "итоги"
    args = ("run", "мой план.yaml", "--prior-only", "--draws", "256", "--out", str(out), "--report", "отчёт.html")
    ended = _alone(*args, cwd=folder, HOME="/dev/null/home", TMPDIR=str(temporary), **locale)
    assert ended.returncode == 0, ended.stderr
    assert (out / "summary.json").is_file()
    assert "</html>" in (folder / "отчёт.html").read_text("utf-8")
    russian = _alone("check", "мой план.yaml", "--lang", "ru", cwd=folder, HOME="/", TMPDIR=str(temporary), **locale)
    assert russian.returncode == 0, russian.stderr
    assert "fault" not in russian.stderr


_CLOSED_NETWORK = """
import sys

def refuse(event, args):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "urllib.Request"):
        raise SystemExit(f"the network was asked: {event} {args}")

sys.addaudithook(refuse)
sys.argv = ["txsim", *sys.argv[1:]]
from txsim.cli.main import main
main()
"""


@pytest.mark.parametrize(
    "words", [_RUN, ("check", str(_DEMO)), ("init", "new.yaml"), ("report", "out", "--out", "r.pdf")]
)
def test_nothing_asks_the_network(tmp_path: Path, private_cache: Path, words: tuple[str, ...]) -> None:
    command = [sys.executable, "-c", _CLOSED_NETWORK]
    env = {"PYTHONPATH": str(ROOT), "TXSIM_CACHE": str(private_cache), "HOME": str(tmp_path)}
    if words[0] == "report":
        made = [*command, "run", str(_DEMO), "--prior-only", "--draws", "256", "--out", "out"]
        assert subprocess.run(made, cwd=tmp_path, env=env, capture_output=True, text=True).returncode == 0
    ended = subprocess.run([*command, *words], cwd=tmp_path, env=env, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr


def test_a_file_whose_name_is_no_text_is_told_of_in_every_form(tmp_path: Path, private_cache: Path) -> None:
    name = os.fsdecode(b"caf\xe9.yaml")
    shutil.copytree(_DEMO.parent / "organisations", tmp_path / "organisations")
    lines = [line for line in _DEMO.read_text("utf-8").splitlines() if not line.startswith("title:")]
    (tmp_path / name).write_text("\n".join(lines), encoding="utf-8")
    own = {"HOME": str(tmp_path), "TXSIM_CACHE": str(private_cache)}
    for more in (("--out", "out"), ("--report", "r.html"), ("--report", "r.md"), ("--report", "r.xlsx"), ("--json",)):
        ended = _alone("run", name, "--prior-only", "--draws", "256", *more, cwd=tmp_path, **own)
        assert ended.returncode == 0, ended.stderr
    assert "caf\\xe9" in (tmp_path / "r.md").read_text("utf-8")
    for words in (("check", name), ("whatif", name, "--vary", "horizon_months=24,36", "--prior-only", "--json")):
        ended = _alone(*words, cwd=tmp_path, **own)
        assert ended.returncode == 0, ended.stderr
