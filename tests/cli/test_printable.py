# SPDX-License-Identifier: MIT
"""Whatever strangers write into names, keys and files, a terminal is not steered by it."""

from __future__ import annotations

import errno
import io
import json
import os
import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.command import ROOT, txsim
from txsim import catalogues
from txsim.errors import Problem, reason_of
from txsim.language import lazy
from txsim.language.numbers import number as figure
from txsim.printable import PrintableStream, escaped, masked, named, printable_streams, well_formed

_DEMO = ROOT / "scenarios" / "service_desk_pilot.yaml"
#: What a terminal obeys, or what turns or hides what is read, by Unicode's own categories; line ends and tabs are text.
_OBEYED = {"Cc", "Cf", "Cs", "Zl", "Zp"}
#: Of these categories, what writing needs: joiners of letters, marks of numbers, the soft hyphen.
_WRITING = "\n\t\u00ad\u200b\u200c\u200d\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\u180e"


def steers(text: str) -> list[str]:
    """Return the characters that steer, by another route than the code: names and categories of Unicode."""
    return [
        sign
        for sign in text
        if unicodedata.category(sign) in _OBEYED
        and sign not in _WRITING
        and not unicodedata.name(sign, "").startswith(("KAITHI", "EGYPTIAN", "SHORTHAND", "MUSICAL"))
    ]


@given(st.text(st.characters(codec=None)))
def test_nothing_that_is_printed_steers(text: str) -> None:
    assert steers(escaped(text)) == []
    assert steers(masked(text)) == []
    assert len(masked(text)) == len(text), "carets stay where they are"


@given(st.text(st.characters(codec="utf-8")))
def test_json_reads_as_before(text: str) -> None:
    assert json.loads(escaped(json.dumps(text, ensure_ascii=False))) == text


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"])))
def test_what_is_text_stays_as_it_is(text: str) -> None:
    assert escaped(text) == text == masked(text) == well_formed(text)


@given(st.binary(max_size=40))
def test_names_of_files_are_valid_text(name: bytes) -> None:
    shown = well_formed(os.fsdecode(name))
    shown.encode()
    try:
        assert shown == name.decode()
    except UnicodeDecodeError:
        assert "\\x" in shown


def test_a_stream_says_what_it_wrote_and_passes_all_else_on() -> None:
    below = io.StringIO()
    stream = PrintableStream(below)
    assert stream.write("a\x1b[2Jb") == 6
    stream.writelines(["\u202e", "c"])
    assert below.getvalue() == "a\\u001b[2Jb\\u202ec"
    assert not stream.closed
    with pytest.raises(TypeError):
        stream.write(b"x")  # type: ignore[arg-type]


def test_streams_are_as_before_afterwards() -> None:
    import sys

    before = sys.stdout, sys.stderr
    with printable_streams():
        assert isinstance(sys.stdout, PrintableStream)
        with printable_streams():
            assert not isinstance(sys.stdout.bare, PrintableStream)  # once is enough
    assert (sys.stdout, sys.stderr) == before


@pytest.mark.parametrize("sign", ["\x1b]0;owned\x07", "\x1b[2J", "\x9b31m", "\u202e", "\x08\x08", "\x7f", "\u2028"])
def test_files_and_names_cannot_reach_the_terminal(tmp_path: Path, sign: str) -> None:
    told = json.dumps(sign)
    lines = (
        f"title: {told}",
        f"{told}: 1",
        f"drivers: [{{name: {told}}}]",
        f"extends: {told}",
        f"x: {sign}",
    )
    for number, line in enumerate(lines):
        file = tmp_path / f"a{sign}{number}.yaml"
        file.write_text(f"{line}\n", encoding="utf-8")
        for args in (
            ["check", file],
            ["run", file, "--prior-only"],
            ["graph", file],
            ["whatif", file, "--vary", f"{sign}=1,2"],
        ):
            ended = txsim(*args)
            assert ended.returncode == 2
            assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u202e]", ended.stdout + ended.stderr), args
    ended = txsim("batch", tmp_path, "--out", tmp_path / "out", "--prior-only", "--draws", "128", "--progress", "json")
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u202e]", ended.stdout + ended.stderr)
    assert ended.returncode == 1
    for record in (json.loads(line) for line in (tmp_path / "out" / "failures.jsonl").read_text().splitlines()):
        texts = [record["path"], record["message"]]
        texts += [each[key] for each in record["problems"] for key in ("message", "file", "path", "hint") if each[key]]
        assert not steers("".join(texts)), "whoever prints a decoded text is not steered either"


@given(st.text(st.characters(codec="utf-8")))
def test_a_name_stays_in_its_line_wherever_it_stands(name: str) -> None:
    for problem in (
        Problem(lazy("unknown key `{name}`", name=name), "f.yaml", 3, 1, name, source="x: 1", hint=lazy("{n}", n=name)),
        Problem(lazy("the name {name}", name=lazy("is {name}", name=name)), f"f{name}"),
    ):
        shown = str(problem)
        assert not steers(shown.replace("\n", ""))
        assert shown.count("\n") == (3 if problem.source else 1)
    if name.isascii() and name.isprintable():
        assert named(name) == name


def test_a_name_that_steers_is_shown_whole_rather_than_left_out(tmp_path: Path) -> None:
    """`ex` with an escape behind it is not `ex`: a sentence that drops the escape would contradict itself."""
    (tmp_path / "p.csv").write_text("unit,period,ex\x1b[31m,cx\n" + "".join(f"u{i},2023,1,2\n" for i in range(8)))
    (tmp_path / "s.yaml").write_text("scale: nps\n")
    ended = txsim("link", tmp_path / "p.csv", "--spec", tmp_path / "s.yaml")
    assert ended.returncode == 2
    assert "there is no column for EX" in ended.stderr
    assert "unit, period, ex\\u001b[31m, cx" in " ".join(ended.stderr.split())


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (b"a\nb.yaml", "a\\nb.yaml"),
        (b"a\xffb.yaml", "a\\xffb.yaml"),
        (b"a\x1b[31mb.yaml", "a\\u001b[31mb.yaml"),
        (b"a\rb.yaml", "a\\u000db.yaml"),
    ],
)
def test_a_strange_name_is_printed_one_way(tmp_path: Path, name: bytes, shown: str) -> None:
    """Of a file that is valid, of one that is not, and of one that was written."""
    folder, text = os.fsencode(tmp_path), (_DEMO.read_text("utf-8")).replace("organisations/", "")
    (tmp_path / "nordlicht.yaml").write_bytes((_DEMO.parent / "organisations" / "nordlicht.yaml").read_bytes())
    file = Path(os.fsdecode(folder + b"/" + name))
    file.write_text(text, "utf-8")
    valid = txsim("check", file, COLUMNS="120")
    assert f"{shown}: valid" in "".join(valid.stdout.split("\n  ")), valid.stdout
    file.write_text(f"{text}seed: nope\n", "utf-8")
    assert f"{shown}:" in txsim("check", file).stderr
    other = Path(os.fsdecode(folder + b"/new-" + name))
    said = txsim("init", other, "--no-schema").stdout
    assert f"new-{shown} written" in " ".join(said.split())  # it may break at the width


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.ENAMETOOLONG, errno.EISDIR, errno.EACCES, errno.EROFS,
                                    errno.ELOOP, errno.EFBIG, errno.EIO, errno.EMFILE, errno.EADDRINUSE])  # fmt: skip
def test_what_the_system_says_is_said_in_the_language_in_use(number: int) -> None:
    error = OSError(number, os.strerror(number))
    english = str(reason_of(error))
    with catalogues.speaking("ru"):
        russian = str(reason_of(error))
    assert english != os.strerror(number)
    assert english.isascii()
    assert re.search("[а-я]", russian)
    assert not re.search("[a-z]", russian)


def test_what_is_not_known_is_said_as_it_comes() -> None:
    assert str(reason_of(OSError(errno.EXDEV, "Invalid cross-device link"))) == "Invalid cross-device link"
    assert str(reason_of(ValueError("embedded null byte"))) == "embedded null byte"


def test_only_one_module_passes_on_what_the_system_says() -> None:
    """Elsewhere its words would stand in the middle of a sentence in another language."""
    files = (ROOT / "txsim").rglob("*.py")
    assert {file.name for file in files if re.search(r"error\.strerror|\"strerror\"", file.read_text("utf-8"))} == {
        "errors.py"
    }


@given(st.floats(-1e308, 1e308))
def test_no_figure_fills_a_line(value: float) -> None:
    """Three hundred digits are no figure that anybody reads; what is said of smaller ones is as before."""
    for text in (str(lazy("{x:.0f}", x=value)), str(lazy("{x:,.2f}", x=value)), figure(value), figure(value, 2)):
        assert len(text) < 30
        if abs(value) < 1e15:
            assert "e" not in text
            assert float(text.replace(",", "").replace("−", "-")) == pytest.approx(value, abs=0.5001)
        else:
            assert float(text.replace(",", "").replace("−", "-")) == pytest.approx(value, rel=0.005)
