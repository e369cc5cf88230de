# SPDX-License-Identifier: MIT
"""Any terminal, any pipe, any spreadsheet: what is said is readable in what the stream can write."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.command import ROOT, txsim
from txsim.errors import Problem
from txsim.language import verbatim
from txsim.printable import json_for, readable

ENCODINGS = ["cp1252", "cp1251", "cp866", "koi8-r", "latin-1", "ascii"]
_DEMO = ROOT / "scenarios" / "service_desk_pilot.yaml"
_QUICK = ("--prior-only", "--draws", "128")
_NBSP = "\N{NO-BREAK SPACE}"
_SENTENCE = f"Сдвиг −1,5 … +2 п. п. (90{_NBSP}%: ±0,4) → «да»"


@given(st.text(), st.sampled_from(ENCODINGS))
def test_what_is_readable_can_be_written_and_stays_so(text: str, encoding: str) -> None:
    shown = readable(text, encoding)
    assert shown.encode(encoding).decode(encoding) == shown == readable(shown, encoding)
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return
    assert shown == text, "what can be written stays as it is"


@given(st.dictionaries(st.text(), st.text()), st.sampled_from([*ENCODINGS, "utf-8"]))
def test_json_says_the_same_in_every_encoding(data: dict[str, str], encoding: str) -> None:
    text = json_for(json.dumps(data, ensure_ascii=False), encoding)
    if encoding != "utf-8" or all(not "\ud800" <= sign <= "\udfff" for sign in text):
        assert json.loads(text.encode(encoding).decode(encoding)) == data


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [
        ("cp1251", f"Сдвиг -1,5 … +2 п. п. (90{_NBSP}%: ±0,4) -> «да»"),
        ("cp866", f'Сдвиг -1,5 ... +2 п. п. (90{_NBSP}%: +/-0,4) -> "да"'),
        ("koi8-r", f'Сдвиг -1,5 ... +2 п. п. (90{_NBSP}%: +/-0,4) -> "да"'),
        ("cp1252", f"Sdvig -1,5 … +2 p. p. (90{_NBSP}%: ±0,4) -> «da»"),
        ("latin-1", f"Sdvig -1,5 ... +2 p. p. (90{_NBSP}%: ±0,4) -> «da»"),
        ("ascii", 'Sdvig -1,5 ... +2 p. p. (90 %: +/-0,4) -> "da"'),
        ("utf-8", _SENTENCE),
    ],
)
def test_signs_fall_back_one_by_one_and_cyrillic_stays_where_it_can(encoding: str, expected: str) -> None:
    assert readable(_SENTENCE, encoding) == expected


def test_what_is_to_be_typed_is_read_as_what_it_stands_for(tmp_path: Path) -> None:
    plain = readable("12000 ×/÷ 1.5", "ascii")
    found = [
        json.loads(txsim("run", _DEMO, "--set", f"drivers[0].one_off={text}", *_QUICK, "--json").stdout)
        for text in ("12000 ×/÷ 1.5", plain)
    ]
    assert plain.isascii()
    assert found[0]["options"] == found[1]["options"]


@pytest.mark.parametrize("lang", ["en", "ru"])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_forecast_can_be_read_in_every_encoding(encoding: str, lang: str) -> None:
    ended = txsim("run", _DEMO, *_QUICK, "--lang", lang, encoding=encoding, PYTHONUTF8="0")
    assert ended.returncode == 0
    assert not re.search(r"\\[ux]|\?\?", ended.stdout), "every sign has something that stands for it"
    assert max(map(len, ended.stdout.splitlines())) <= 80, "what grows, grows before lines are broken"
    if lang == "ru":
        cyrillic = bool(re.search("[а-яё]", ended.stdout))
        assert cyrillic == (encoding in ("cp1251", "cp866", "koi8-r"))
    strips = [line for line in ended.stdout.splitlines() if re.search(r"([_.:=+*#▁▂▃▄▅▆▇█-])\1{3}", line)]
    for line in strips:
        drawn = set(line) & set("▁▂▃▄▅▆▇█")
        assert not drawn, "a curve is drawn in one set of signs"
    assert strips


@pytest.mark.slow
def test_json_of_a_forecast_is_the_same_in_every_encoding() -> None:
    whole, *others = (
        json.loads(txsim("run", _DEMO, *_QUICK, "--json", "--lang", "ru", encoding=encoding).stdout)
        for encoding in ["utf-8", *ENCODINGS]
    )
    assert all(other == whole for other in others)


@pytest.mark.parametrize("encoding", [*ENCODINGS, "utf-8"])
def test_the_caret_stays_under_its_word(encoding: str) -> None:
    line = "Разброс … ± — effect: 1,2"
    problem = Problem(verbatim("a number was expected"), "f.yaml", 3, line.index("1,2") + 1, source=line, width=3)
    _place, shown, caret = problem.fitted(80, encoding).splitlines()
    at = caret.index("^")
    assert shown[at : at + 3] == "1,2"
    assert caret[at : at + 4] == "^^^ "


def _process(words: list[str], stdout: str) -> subprocess.CompletedProcess[str]:
    """Run a command line of a shell in which $TXSIM is txsim."""
    script = f'"{sys.executable}" -m txsim {" ".join(words)} {stdout}'
    return subprocess.run(
        ["bash", "-c", f"{script}; echo ${{PIPESTATUS[0]}}"], cwd=ROOT, capture_output=True, text=True
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("words", [["schema"], ["check", str(_DEMO)], ["--help"]])
def test_a_full_disk_is_no_fault_of_txsim(words: list[str]) -> None:
    ended = _process(words, ">/dev/full")
    assert ended.stdout.strip() == "4"
    assert ended.stderr == "what is printed cannot be written: the disk is full\n"


@pytest.mark.parametrize("words", [["schema"], ["check", str(_DEMO), "--json"], ["--help"]])
def test_an_answer_that_nobody_can_get_is_a_failure(words: list[str]) -> None:
    ended = _process(words, ">&-")
    assert ended.stdout.strip() == "4"
    assert ended.stderr == "what is printed cannot be written: the output is closed\n"


@pytest.mark.parametrize("streams", [">&-", ">&- 2>&-", ">&- <&-"])
def test_who_wants_no_answer_needs_no_stdout(streams: str) -> None:
    assert _process(["check", str(_DEMO), "--quiet"], streams).stdout.strip() == "0"


@pytest.mark.parametrize("stderr", ["2>/dev/full", "2>&-", "2> >(true)"])
@pytest.mark.parametrize(
    ("words", "code"), [(["check", "nix.yaml"], "2"), (["nix"], "2"), (["check", str(_DEMO)], "0")]
)
def test_what_cannot_be_said_on_stderr_changes_no_code(words: list[str], code: str, stderr: str) -> None:
    if "full" in stderr and not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    ended = _process(words, f">/dev/null {stderr}")
    assert ended.stdout.strip() == code
    assert ended.stderr == ""


def test_a_reader_that_stops_is_left_in_peace() -> None:
    ended = _process(["schema"], "| head -c 10 >/dev/null")
    assert ended.stderr == ""
    assert ended.stdout.strip() == "0"


@pytest.mark.slow
def test_tables_for_excel_begin_with_a_mark_and_separate_as_the_country_does(tmp_path: Path) -> None:
    tables = {}
    for dialect in ("plain", "excel", "excel-semicolon"):
        out = tmp_path / dialect
        months = tmp_path / f"{dialect}.csv"
        args = [*_QUICK, "--out", out, "--trajectories", months, "--csv-dialect", dialect]
        assert txsim("run", _DEMO, *args).returncode == 0
        for file in (out / "summary.csv", months):
            content = file.read_bytes()
            marked = content.startswith(b"\xef\xbb\xbf")
            assert marked == (dialect != "plain")
            assert (b"\r\n" in content) == marked
            rows = list(
                csv.reader(content.decode("utf-8-sig").splitlines(), delimiter=";" if "semi" in dialect else ",")
            )
            decimal = "," if "semi" in dialect else "."
            numbers = [
                [part.replace(decimal, ".") if re.fullmatch("-?[0-9].*", part) else part for part in r] for r in rows
            ]
            tables.setdefault(file.name if file == months else "summary", []).append(numbers)
            assert any(decimal in part for part in rows[1]) or file != months
    first, *others = tables["summary"]
    assert len(first) > 50
    assert all(other == first for other in others), "the same figures"


def test_results_of_a_batch_are_exported_for_excel(tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert txsim("batch", _DEMO, "--out", out, "--prior-only", "--draws", "128").returncode == 0
    file = tmp_path / "table.csv"
    assert txsim("results", "export", out, "--csv", file, "--csv-dialect", "excel-semicolon").returncode == 0
    rows = list(csv.reader(file.read_bytes().decode("utf-8-sig").splitlines(), delimiter=";"))
    plain = tmp_path / "plain.csv"
    assert txsim("results", "export", out, "--csv", plain).returncode == 0
    expected = list(csv.reader(plain.read_text("utf-8").splitlines()))
    assert [[part.replace(",", ".") for part in row] for row in rows] == expected
