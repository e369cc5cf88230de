# SPDX-License-Identifier: MIT
"""Files that are none: told in words of people, whichever verb reads them, and no library's words beside."""

from __future__ import annotations

import io
import json
import re
import shutil
import socket
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.command import txsim
from txsim.errors import InputError
from txsim.files import content_of, json_of
from txsim.pooling.heterogeneity import TauPrior
from txsim.pooling.meta_analysis import pool
from txsim.scenario.flow_style import flow
from txsim.scenario.scalars import Trap, read_plain

#: How Python, its libraries and its C parsers speak.
LIBRARY = re.compile(
    r"Expecting|Extra data|codec|recursion|Exceeds|Traceback|synchronously|h5|TOMLDecode|Invalid|field larger"
    r"|line contains NUL|node content|Errno"
)
JSON = {
    "empty": (b"", "the file is empty"),
    "blank": (b" \n\n", "the file is empty"),
    "bytes": (bytes(range(128, 256)), "no text in UTF-8"),
    "cut": (b'{"kind": "run", "opt', "cut off"),
    "open": (b'{"kind": [', "cut off"),
    "deep": (b"[" * 200_000, "nested too deep"),
    "word": (b"nonsense", "no JSON"),
    "two": (b"{} {}", "no JSON"),
    "digits": (b'{"a": ' + b"9" * 5000 + b"}", "too many digits"),
}


@pytest.mark.parametrize("kind", JSON)
@pytest.mark.parametrize("verb", ["report", "plot", "batch", "schema"])
def test_json_that_is_none(tmp_path: Path, verb: str, kind: str) -> None:
    content, words = JSON[kind]
    file = tmp_path / "x.json"
    file.write_bytes(content)
    args: dict[str, list[str | Path]] = {
        "report": ["report", file, "--out", tmp_path / "x.html"],
        "plot": ["plot", file, "--out", tmp_path / "x.svg"],
        "batch": ["results", "query", tmp_path, "SELECT 1"],
        "schema": ["schema", "--store", file],
    }
    if verb == "batch":
        file.rename(tmp_path / "manifest.json")
    done = txsim(*args[verb])
    assert done.returncode == 2, done.stderr
    assert not LIBRARY.search(done.stderr), done.stderr
    assert "x.json" in done.stderr or "manifest.json" in done.stderr
    if verb != "schema":  # it says what it would have replaced
        assert words in " ".join(done.stderr.split())
    assert not (tmp_path / "x.html").exists()
    assert not (tmp_path / "x.svg").exists()


def test_json_names_its_place(tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    file.write_text('{\n "a": 1,\n "b": x\n}')
    with pytest.raises(InputError) as caught:
        json_of(file, "x.json", 1000, "a result")
    (problem,) = caught.value.problems
    assert (problem.line, problem.column, problem.source) == (3, 7, ' "b": x')


@given(st.recursive(st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(), st.lists, max_leaves=9))
def test_json_that_is_some_is_read(tmp_path_factory: pytest.TempPathFactory, value: object) -> None:
    file = tmp_path_factory.getbasetemp() / "some.json"
    file.write_text(json.dumps(value), encoding="utf-8")
    assert json_of(file, "some.json", 10**7, "a result") == value


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory, scenarios: Path) -> Path:
    """Folder of a result, which no test changes."""
    out = tmp_path_factory.mktemp("result") / "out"
    command = ["run", scenarios / "service_desk_pilot.yaml", "--prior-only", "--draws", "128", "--out", out]
    assert txsim(*command).returncode == 0
    return out


@pytest.mark.slow
@pytest.mark.parametrize("content", [b"CDF\x01", b"\x89HDF\r\n\x1a\n" + bytes(400), b""])
def test_draws_that_are_none(tmp_path: Path, result: Path, content: bytes) -> None:
    out = tmp_path / "out"
    shutil.copytree(result, out)
    (out / "result.nc").write_bytes(content)
    done = txsim("report", out, "--out", tmp_path / "x.html")
    assert done.returncode == 2
    assert "damaged, cut off or of another version" in " ".join(done.stderr.split())
    assert not LIBRARY.search(done.stderr)


@pytest.mark.slow
@pytest.mark.parametrize("text", ["light = ", "[light", "\xff", "a = 1\na = 2\n", "x = [" * 5000])
def test_themes_that_are_none(tmp_path: Path, result: Path, text: str) -> None:
    theme = tmp_path / "theme.toml"
    theme.write_bytes(text.encode("latin-1"))
    done = txsim("report", result, "--theme", theme, "--out", tmp_path / "x.html")
    assert done.returncode == 2, done.stderr
    assert "no" in done.stderr
    assert not re.search(r"Invalid|Expected|codec|Cannot|at line|recursion", done.stderr), done.stderr


@pytest.mark.parametrize("quote", ['"', "'"])
def test_a_quote_that_is_never_closed(tmp_path: Path, quote: str) -> None:
    file = tmp_path / "studies.csv"
    file.write_text(f"study,estimate,se\n{quote}a,1,2\n" + "b,1,2\n" * 40_000)
    done = txsim("evidence", "pool", file)
    assert done.returncode == 2
    assert not LIBRARY.search(done.stderr)
    if quote == '"':
        assert "never closed" in done.stderr


def test_a_socket_is_told_as_what_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # the path of a socket is short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("s.yaml")
        with pytest.raises(InputError, match="a device or a pipe"):
            content_of(Path("s.yaml"), "s.yaml", 100, "a YAML file")


@given(
    st.floats(min_value=-1e14, max_value=1e14, allow_nan=False).filter(lambda v: abs(v) > 1e-300),
    st.sampled_from(["e", "E", "e+", "e0"]),
)
def test_what_a_trap_says_to_write_is_the_number_that_was_written(value: float, sign: str) -> None:
    mantissa, _, power = f"{value!r}e0".partition("e")
    power = power.removesuffix("e0") or "0"
    text = f"{mantissa}{'e' if power.startswith(('-', '+')) or sign == 'e0' else sign}{power}"
    try:
        assert read_plain(text) == float(text)
    except Trap as trap:
        for form in str(trap.hint).removeprefix("write ").split(" or "):
            assert read_plain(form) == float(text) == value
            assert Decimal(form) == Decimal(repr(value))


def test_what_is_too_small_to_be_a_number_is_0() -> None:
    with pytest.raises(Trap) as caught:
        read_plain("1e-400")
    assert str(caught.value.hint) == "write 0"


def test_a_proper_prior_is_never_told_to_be_too_weak_for_the_studies() -> None:
    with pytest.raises(ValueError, match="too far apart"):
        pool([1e15, -1e15, 3.0], [1e-15, 1e-15, 1.0], tau=TauPrior("half_cauchy", (1e-15,)))
    with pytest.raises(ValueError, match="too few"):
        pool([1.0, 2.0], [1.0, 1.0], tau=TauPrior("uniform"))


@pytest.mark.parametrize("line", ["a: [1", "a: {b: 1", "- }", "a: ]", "a: , b", "? [", "a: |x", "a: %x", "a: &"])
def test_libyaml_is_not_heard(tmp_path: Path, line: str) -> None:
    file = tmp_path / "x.yaml"
    file.write_text(f"title: t\n{line}\nhorizon_months: 12\n")
    done = txsim("check", file)
    assert done.returncode == 2
    assert not re.search(
        r"did not find|expected (?!`)\w+ \w+ \w+, but|could not find|while (scanning|parsing)", done.stderr
    )


@pytest.mark.slow
def test_a_name_that_no_picture_has_a_place_for_does_not_end_the_process(tmp_path: Path, scenarios: Path) -> None:
    """The renderer of pictures aborts at characters that SVG lacks; a result may come from anybody."""
    done = txsim("run", scenarios / "service_desk_pilot.yaml", "--prior-only", "--draws", "128", "--json")
    for sign in ("\\u001b[31m", "\\u0000", "\\ufffe", "\\ud800", "\\u202e"):
        file = tmp_path / "x.json"
        file.write_text(done.stdout.replace("EUR", sign).replace("Same-day", f"Same{sign}day"), encoding="utf-8")
        for kind in ("html", "md"):
            shown = txsim("report", file, "--out", tmp_path / f"x.{kind}")
            assert shown.returncode == 0, shown.stderr
            assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", (tmp_path / f"x.{kind}").read_text("utf-8"))


@pytest.mark.parametrize("content", [bytes(range(128, 256)) * 40, b"\xff\n" * 50, b"\x1b[31m\n" * 50, b"9" * 100_000])
def test_answers_in_no_encoding_are_wrong_answers(tmp_path: Path, scenarios: Path, content: bytes) -> None:
    (tmp_path / "s.yaml").write_text((scenarios / "organisations" / "nordlicht.yaml").read_text())
    for args in (["init", "--interview", tmp_path / "i.yaml"], ["evidence", "add", tmp_path / "e.yaml"]):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content), encoding="utf-8"))
            done = txsim(*args)
        assert done.returncode == 1
        assert not LIBRARY.search(done.stderr + done.stdout)
        assert list(tmp_path.glob("*")) == [tmp_path / "s.yaml"]


def test_a_file_that_is_being_written_is_told_by_its_own_name(tmp_path: Path) -> None:
    study = ["--id", "x-1", "--about", "ex -> cx", "--statistic", "correlation", "--where", "elsewhere"]
    study += ["--design", "unit_panel", "--read", "yes", "--source", "s", "--year", "2020", "--r", "0.3", "--n", "100"]
    done = txsim("evidence", "add", tmp_path / "e.yaml", *study, "--statement", "\x1b[31m")
    assert done.returncode == 2
    assert done.stderr.startswith(str(tmp_path / "e.yaml"))
    assert ".tmp" not in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_studies_are_read_whatever_ends_their_lines(tmp_path: Path, end: str) -> None:
    (tmp_path / "p.csv").write_bytes(end.join(["study,estimate,se", "a,1,1", "b,2,1", ""]).encode())
    done = txsim("evidence", "pool", tmp_path / "p.csv", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["studies"] is not None
    (tmp_path / "q.csv").write_bytes(f'id,about,r,n{end}"a,b{end}'.encode() + b"x,y\n" * 50_000)
    done = txsim("evidence", "add", tmp_path / "e.yaml", "--from", tmp_path / "q.csv")
    assert done.returncode == 2
    assert "never closed" in done.stderr


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_written_as_itself(value: float) -> None:
    assert float(flow(value)) == value
    assert "e" not in flow(value)


@pytest.mark.parametrize(("value", "text"), [(float("inf"), ".inf"), (float("-inf"), "-.inf"), (-(10**400), "-.inf")])
def test_what_is_no_number_is_written_as_what_the_reader_refuses(value: float, text: str) -> None:
    assert flow(value) == text
    with pytest.raises(Trap):
        read_plain(text)
