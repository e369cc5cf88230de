# SPDX-License-Identifier: MIT
"""``txsim batch`` and ``txsim results`` as a person and a scheduler use them."""

from __future__ import annotations

import csv
import importlib
import importlib.util
import json
import re
import socket
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.command import txsim
from txsim.results.codec import from_json


@pytest.fixture(scope="module")
def units(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = Path(__file__).parents[1] / "batch" / "conftest.py"
    spec = importlib.util.spec_from_file_location("batch_units_cli", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    folder: Path = module.make_units(tmp_path_factory.mktemp("cli-batch") / "units", 4)
    first = folder / "unit0000.yaml"
    first.write_text(first.read_text().replace("title: Unit 0", "title: '=1+1'"))
    (folder / "typo.yaml").write_text("drivres: []\n")
    return folder


@pytest.fixture(scope="module")
def done(units: Path) -> tuple[Path, Any]:
    out = units.parent / "out"
    return out, txsim("batch", units, "--out", out, "--draws", "128", "--prior-only", "--workers", "1")


def test_a_person_sees_what_happened(done: tuple[Path, Any], units: Path) -> None:
    out, told = done
    assert told.returncode == 1
    assert "4 scenarios forecast, 1 failed; 1 file only describes what others extend" in told.stdout
    assert f"{units / 'typo.yaml'} failed:" in told.stdout
    assert "did you mean `drivers`" in told.stdout
    # A long name of a folder goes on a line of its own.
    assert f"failures: {out / 'failures.jsonl'}" in " ".join(told.stdout.split())
    assert "reading 6 scenarios" in told.stderr
    assert "Traceback" not in told.stderr


def test_a_scheduler_reads_json(units: Path, done: tuple[Path, Any]) -> None:
    out, _ = done
    told = txsim("batch", units, "--out", out, "--draws", "128", "--prior-only", "--progress", "json")
    report = json.loads(told.stdout)
    assert {"scenarios": 4, "computed": 0, "kept": 4, "failures": 1, "finished": True}.items() <= report.items()
    assert from_json(report).to_json() == report, "the answer is read back as it was said"
    assert (report["kind"], report["units"]["seconds"], report["units"]["kept"]) == ("batch run", "seconds", "count")
    events = [json.loads(line) for line in told.stderr.splitlines()]
    assert {event["phase"] for event in events} >= {"reading", "writing"}
    assert {"event", "phase", "done", "total", "failed", "per_second", "eta_seconds"} == set(events[0])


def test_a_dry_run_counts(units: Path) -> None:
    told = txsim("batch", units, "--dry-run", "--draws", "128")
    assert told.returncode == 1  # a file that cannot be read
    assert "4 distinct scenarios, 0 of them computed already" in told.stdout
    assert "1 calibration, " in told.stdout


def test_top_and_query(done: tuple[Path, Any]) -> None:
    out, _ = done
    rows = json.loads(txsim("results", "top", out, "--by", "npv.p05", "-n", "2", "--format", "json").stdout)
    shown = " ".join(txsim("results", "top", out, "-n", "2").stdout.split())
    assert "verdict" not in shown  # what is recommended is another thing
    assert "`txsim run` says for one scenario" in shown
    told = txsim(
        "results", "query", out, "--format", "csv",
        "SELECT path, p05 FROM results WHERE option = 'commit' AND metric = 'npv' ORDER BY p05 DESC LIMIT 2",
    )  # fmt: skip
    found = list(csv.DictReader(told.stdout.splitlines()))
    assert [(row["path"], row["npv.p05"]) for row in rows] == [(row["path"], float(row["p05"])) for row in found]
    wrong = txsim("results", "top", out, "--by", "nvp")
    assert (wrong.returncode, "did you mean `npv`" in wrong.stderr) == (2, True)
    wrong = txsim("results", "top", out, "--option", "comit")
    assert (wrong.returncode, "did you mean `commit`" in wrong.stderr) == (2, True)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('{out}/manifest.json')",
        "COPY results TO '{out}/stolen.csv'",
        "ATTACH '{out}/new.db'",
        "INSTALL httpfs",
        "SET enable_external_access = true",
        "SELEC 1",
    ],
)
def test_a_query_leaves_its_tables_alone(done: tuple[Path, Any], sql: str) -> None:
    out, _ = done
    before = sorted(path.name for path in out.iterdir())
    told = txsim("results", "query", out, sql.format(out=out))
    assert told.returncode == 2, told.stdout
    assert "Traceback" not in told.stderr
    assert sorted(path.name for path in out.iterdir()) == before
    if sql == "SELEC 1":
        assert "this is no SQL from `SELEC` on" in told.stderr


#: What a database says of its types and extensions; no reader of results has asked for it.
_DATABASE = re.compile(r"Error:|Exception|LINE 1|Candidate|Binder|Catalog|pragma_|VARCHAR\) ->|duckdb", re.IGNORECASE)


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("", "one statement was expected"),
        (" ; -- nothing", "one statement was expected"),
        ("SELECT 1; SELECT 2", "2 statements"),
        ("SELECT * FROM results; DROP VIEW results", "2 statements"),
        ("CREATE TABLE t AS SELECT 1", "changes nothing"),
        ("INSERT INTO results VALUES (1)", "changes nothing"),
        ("DROP VIEW results", "changes nothing"),
        ("BEGIN", "changes nothing"),
        ("SELECT * FROM draws", "run the batch with --keep-draws"),
        ("SELECT * FROM result", "did you mean `results`?"),
        ("SELECT pth FROM results", "there is no column `pth`"),
        ("SELECT r.pth FROM results r", "there is no column `pth`"),
        ("SELECT value", "`value` is of no table"),
        ("SELECT meen(value) FROM results", "there is no function `meen`"),
        ("SELECT sum(path) FROM results", "no such function of values of these types"),
        ("SELECT path, max(value) FROM results", "`path` stands neither in GROUP BY"),
        ("SELECT max(sum(value)) FROM results", "nest queries"),
        ("SELECT path FROM results WHERE max(value) > 1", "HAVING"),
        ("SELECT CAST(path AS DOUBLE) FROM results", "cannot be read as the type"),
        ("SELECT 'a FROM results", "in quotes does not end"),
        ("SELECT ?", "stands for a value"),
        ("SELECT regexp_matches(path, '(') FROM results", "does not take the value"),
        ("SELECT unnest(1)", "do not have or cannot do"),
        ("SELECT list(i) FROM range(100000000) t(i)", "400MB"),
    ],
)
def test_what_is_wrong_with_a_query_is_told_in_words_of_ours(done: tuple[Path, Any], sql: str, words: str) -> None:
    told = txsim("results", "query", done[0], sql)
    assert (told.returncode, told.stdout) == (2, "")
    assert words in " ".join(told.stderr.split())
    assert not _DATABASE.search(told.stderr)
    if "^" in told.stderr:  # the caret is below what is meant
        source, caret = told.stderr.splitlines()[1:3]
        named = re.search("`([^`(]*)", words)
        if named and named[1] in source:
            assert source[caret.index("^") :].removeprefix("r.").startswith(named[1])


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1 AS one;",
        "FROM results LIMIT 1",
        "WITH a AS (SELECT 1 AS one) SELECT * FROM a",
        "DESCRIBE results",
        "EXPLAIN SELECT 1",
        "PIVOT results ON option USING any_value(unit) GROUP BY metric",
    ],
)
def test_whatever_reads_is_a_query(done: tuple[Path, Any], sql: str) -> None:
    assert txsim("results", "query", done[0], sql, "--format", "csv").returncode == 0


@pytest.mark.parametrize("content", ["", "{", "[]", "[" * 100_000, '{"paths": 1}', "\xff", '{"a": ' + "9" * 5000 + "}"])
def test_a_damaged_manifest_is_made_anew(units: Path, tmp_path: Path, content: str) -> None:
    out = tmp_path / "out"
    command = ["batch", units, "--out", out, "--prior-only", "--draws", "128", "--workers", "1"]
    txsim(*command)
    manifest = out / "manifest.json"
    whole = manifest.read_bytes()
    manifest.write_bytes(content.encode("latin-1"))
    asked = txsim("results", "top", out)
    assert asked.returncode == 2
    assert "run the same batch again" in asked.stderr
    assert not re.search("Expecting|codec|recursion|Exceeds", asked.stderr)
    again = txsim(*command)
    assert again.returncode == 1, "the batch ends as before: one of its files cannot be read"
    assert "was damaged and is made anew" in " ".join(again.stderr.split())
    assert "0 distinct scenarios computed" in " ".join((again.stdout + again.stderr).split())
    assert manifest.read_bytes() == whole


def test_exports_keep_text_text(done: tuple[Path, Any], tmp_path: Path) -> None:
    out, _ = done
    assert txsim("results", "export", out, "--csv", tmp_path / "a.csv").returncode == 0
    rows = list(csv.DictReader((tmp_path / "a.csv").read_text().splitlines()))
    assert {row["title"] for row in rows} == {"'=1+1", "Unit 1", "Unit 2", "Unit 3"}
    assert txsim("results", "export", out, "--xlsx", tmp_path / "a.xlsx").returncode == 0
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert book.sheetnames == ["results", "scenarios", "failures"]
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert "=1+1" in [cell.value for cell in cells]
    assert book["results"].max_row == len(rows) + 1
    both = txsim("results", "export", out)
    assert (both.returncode, "one of --xlsx" in both.stderr) == (2, True)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--memory", "much"], "expected an amount of memory"),
        (["--shard", "5/4"], "is no shard"),
        (["--out", "x", "--draws", "1000"], "power of two"),
        ([], "--out is needed"),
    ],
)
def test_faulty_options(units: Path, args: list[str], message: str, tmp_path: Path) -> None:
    told = txsim("batch", units, *[tmp_path / "x" if arg == "x" else arg for arg in args])
    assert (told.returncode, message in told.stderr) == (2, True), told.stderr


def test_no_scheduler(units: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is given the eight seconds in which somebody might begin to answer."""
    pytest.importorskip("distributed")
    monkeypatch.setattr(importlib.import_module("txsim.batch.cluster"), "_WAITED", 0.3)
    with socket.socket() as deaf:  # takes connections, and says nothing
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        for place in ("127.0.0.1:9", f"127.0.0.1:{deaf.getsockname()[1]}"):
            told = txsim("batch", units, "--out", tmp_path / "x", "--scheduler", f"tcp://{place}")
            assert (told.returncode, "no Dask scheduler answers" in told.stderr) == (2, True), told.stderr


@pytest.mark.parametrize(
    "address",
    [
        *("", "foo", "tcp://", "tcp://127.0.0.1", "tcp://127.0.0.1:99999", "tcp://127.0.0.1:9;x", "tcp://:80", "//h:1"),
        *("http://127.0.0.1:80", "inproc://x", "ucx://127.0.0.1:80", "127.0.0.1:0", "tls://127.0.0.1:8786"),
    ],
)
def test_what_is_no_address_is_said_before_anybody_is_called(
    units: Path, tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client of Dask that failed half-way complains as Python exits."""
    distributed = pytest.importorskip("distributed")
    monkeypatch.setattr(distributed, "Client", None)
    told = txsim("batch", units, "--out", tmp_path / "x", "--scheduler", address)
    words = "asks for certificates" if address.startswith("tls") else "is no address of a Dask scheduler"
    assert (told.returncode, words in " ".join(told.stderr.split())) == (2, True), told.stderr


def test_no_batch_no_results(tmp_path: Path) -> None:
    told = txsim("results", "top", tmp_path)
    assert (told.returncode, "no batch has ended" in told.stderr) == (2, True)
    told = txsim("results", "query", tmp_path / "none", "SELECT 1")
    assert (told.returncode, "there is no folder" in told.stderr) == (2, True)
