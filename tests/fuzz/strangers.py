# SPDX-License-Identifier: MIT
"""Files that a stranger may put into a folder of scenarios: each kind once, none of them a scenario."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

__all__ = ["GOOD", "write_strangers"]

#: A scenario that is good by itself, for neighbours that differ in one thing.
GOOD = """\
extends: firm.yaml
title: Stranger
drivers:
  - name: desk
    pushes:
      - {node: ex, group: front, effect: {median: 9, factor: 1.8}, scale: enps, months: 6}
    one_off: 9000
    monthly: 300
pilot: {months: 6, scope: 25 %, one_off: 2500}
"""
_PANEL = "unit,period,{columns}\n" + "".join(f"u{u},2023-{m:02d},{{cells}}\n" for u in range(6) for m in range(1, 13))


def _texts() -> Iterator[bytes]:
    """Yield contents that are no scenario: wrong syntax, structure, characters, sizes."""
    yield from (
        b"",
        b"\n",
        b"\0",
        b"---",
        b"{}",
        b"[]",
        b"null",
        b"~",
        b"1",
        b"true",
        b"- a\n- b\n",
        b"%YAML 9.9\n---\na",
    )
    yield from (b"[a]: 1\n", b"{a: 1}: 2\n", b"? [a, b]\n: 1\n", b"? {a: 1}\n: {b: 2}\n", b"[]: 1\nq: 1\n", b"{}: 1\n")
    yield from (
        b"title: M\xfcller\n",
        b"\xff\xfet\0",
        b"\xfe\xff\0t",
        b"\xef\xbb\xbf",
        b"\xff\xfe\0\0",
        b"\x80\x81\x82",
    )
    yield from (
        b'title: "\x1b[2J"\n',
        b'"\\e[2J": 1\n',
        b"title: \xe2\x80\xae\n",
        b"a: \xed\xa0\x80\n",
        b"a: '\xf0\x9f'\n",
    )
    yield from (b"!!python/object/apply:os.system [id]\n", b"a: !!binary AAAA\n", b"!<tag:x> a: 1\n", b"a: !x {}\n")
    yield from (b"a: &a [*a]\n", b"a: *b\n", b"<<: {a: 1}\n", b"a: 1\na: 2\n", b"a: 1\n--- \nb: 2\n", b"\ta: 1\n")
    yield b"a: " + b"[" * 5000
    yield b"a: " + b"{b: " * 2000
    yield b"- " * 3000
    yield b"a: " + b"x" * 1_100_000
    yield b"a: [" + b"1," * 60_000 + b"1]\n"
    yield b"x" * 5000 + b": 1\n"
    yield b"\n".join(b"a%d: &a%d [%s]" % (i, i, b",".join([b"*a%d" % (i - 1)] * 9) if i else b"1") for i in range(12))
    yield from (b"PK\x03\x04", b"PAR1", b"\x89PNG\r\n", b"%PDF-1.7", b"\x1f\x8b\x08", b"\x7fELF", b"<html>", b"GIF89a")


def _extends() -> Iterator[str]:
    yield from (
        "..",
        ".",
        "/",
        "/etc/passwd",
        "../../etc/passwd",
        "nowhere.yaml",
        "a" * 300,
        "a" * 5000,
        "a\0b",
        "\\x",
        "C:x",
    )
    yield from (
        "pipe.yaml",
        "folder.yaml",
        "http://x/y.yaml",
        "''",
        "[firm.yaml]",
        "{a: 1}",
        "1",
        "true",
        "firm.yaml/x",
        "~/x",
    )
    yield "/".join(["a"] * 3000)


def _data() -> Iterator[str]:
    yield from (
        "nope.csv",
        "/etc/passwd",
        "../x.csv",
        "pipe.csv",
        "folder",
        "linked",
        "a" * 300 + ".csv",
        "firm.yaml",
        "a\0.csv",
    )
    yield from (
        "promoters.csv",
        "empty.csv",
        "header.csv",
        "huge.parquet",
        "cut.parquet",
        "bomb.xlsx",
        "cut.xlsx",
        "binary.csv",
    )
    yield from (
        "huge.csv",
        "unreadable.csv",
        "wide.csv",
        "nul.csv",
        "quote.csv",
        "letters.csv",
        "latin.csv",
        "''",
        "[1]",
        "1",
    )
    yield from (
        "{file: promoters.csv, spec: nope.yaml}",
        "{file: promoters.csv, spec: pipe.yaml}",
        "{file: 1}",
        "{spec: x}",
    )
    yield from (
        "{file: promoters.csv, spec: latin1.yaml}",
        "{file: promoters.csv, spec: folder}",
        "{file: promoters.csv, spec: spec.yaml}",
    )
    yield "{file: promoters.csv, spec: " + "s" * 300 + ".yaml}"


def _changes() -> Iterator[tuple[str, str]]:
    """Yield what stands in a good scenario, and what stands there instead."""
    for value in (
        "nan",
        ".nan",
        ".inf",
        "-1",
        "1e999",
        "1e308",
        "x",
        "[]",
        "{}",
        "''",
        "[1, 2]",
        "9" * 400,
        "0x10",
        "1_0",
    ):
        yield "one_off: 9000", f"one_off: {value}"
        yield "median: 9", f"median: {value}"
        yield "months: 6}", f"months: {value}}}"
    for value in ("nope", "ex_", "[ex]", "{}", "1", "''", "'\\e'", "ex\\x", "front"):
        yield "node: ex", f"node: {value}"
        yield "scale: enps", f"scale: {value}"
    for value in (
        "nope.jsonl",
        "/etc/passwd",
        "pipe.csv",
        "folder",
        "a" * 300,
        "{entries: []}",
        "{file: [1]}",
        "7",
        "cut.jsonl",
    ):
        yield "pilot:", f"pilots: {value}\npilot:"
    for value in ("nope", "packs/x.yaml", "../x.yaml", "pipe.yaml", "[]", "a/" * 200, "firm.yaml"):
        yield "pilot:", f"priors: {{pack: {value}}}\npilot:"


def _sweeps() -> Iterator[str]:
    yield from ("base: nope.yaml\ngrid: {a: [1]}\n", "base: [1]\n", "base: firm.yaml\n", "base: sweep.yaml\nlist: []\n")
    yield from ("base: firm.yaml\ngrid: 3\n", "base: ../x\nlist: [{a: 1}]\n", "base: firm.yaml\nsobol: {samples: 3}\n")
    yield from (
        "base: firm.yaml\ngrid: {drivers[0].x: [[1]: 2]}\n",
        "base: firm.yaml\n[a]: 1\n",
        "base: pipe.yaml\nlist: 1\n",
    )
    yield from ("base: firm.yaml\nlatin_hypercube: {samples: 1000000000, over: {a: {from: 1, to: 2}}}\n",)
    yield "base: " + "a" * 300 + "\nlist: [{title: x}]\n"


def _parquet(folder: Path) -> None:
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = 60_000_000
    codes = pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int8)), pa.array(["u"]))
    table = pa.table({"unit": codes})
    pq.write_table(table, folder / "huge.parquet", compression="zstd")
    content = io.BytesIO()
    pq.write_table(pa.table({"unit": ["a"], "period": ["2023-01"], "ex": [1.0], "cx": [2.0]}), content)
    (folder / "cut.parquet").write_bytes(content.getvalue()[:-20])


def _helpers(folder: Path) -> None:
    """Write what strangers name: data that no panel is, pipes, links out of the folder."""
    os.mkfifo(folder / "pipe.yaml")
    os.mkfifo(folder / "pipe.csv")
    (folder / "folder.yaml").mkdir()
    (folder / "folder").mkdir()
    (folder / "linked").mkdir()
    (folder / "linked" / "x.csv").symlink_to("/etc/passwd")
    (folder / "gone.yaml").symlink_to("nowhere.yaml")
    (folder / "outside.yaml").symlink_to("/etc/passwd")
    (folder / "loop.yaml").symlink_to("loop.yaml")
    (folder / "latin1.yaml").write_bytes(b"scale: M\xfcller\n")
    (folder / "spec.yaml").write_bytes(b"[a]: 1\n")
    files = {
        "promoters.csv": _PANEL.format(columns="ex_promoters,ex_passives,cx", cells="40,20,30"),
        "empty.csv": "",
        "header.csv": "unit,period,ex,cx\n",
        "huge.csv": _PANEL.format(columns="ex,cx", cells="1e308,-1e308"),
        "unreadable.csv": _PANEL.format(columns="ex,cx", cells="30,???"),
        "wide.csv": ",".join(f"c{i}" for i in range(20_000)) + "\n1\n",
        "quote.csv": 'unit,period,ex,cx\n"a,2023-01,1,2\nb,2023-01,1,2\n',
        "letters.csv": _PANEL.format(columns="ex,cx", cells="a,b"),
        "cut.jsonl": '{"likelihood": {"node": "ex", "poi',
    }
    for name, text in files.items():
        (folder / name).write_text(text)
    (folder / "nul.csv").write_bytes(b"unit,period,ex,cx\na,\0,1,2\n")
    (folder / "binary.csv").write_bytes(bytes(range(256)) * 40)
    (folder / "latin.csv").write_bytes("unit,period\nMünchen,Jänner\n".encode("latin-1"))
    with zipfile.ZipFile(folder / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/worksheets/sheet1.xml", b" " * 250_000_000)
    (folder / "cut.xlsx").write_bytes((folder / "bomb.xlsx").read_bytes()[:5000])
    _parquet(folder)


def write_strangers(folder: Path) -> int:
    """Write every kind of stranger into a folder that holds ``firm.yaml``, and return how many YAML files there are.

    All of them are named ``.yaml`` where a batch looks for scenarios, and none can be forecast.
    """
    _helpers(folder)
    number = 0

    def put(content: bytes, name: str | bytes = "") -> None:
        nonlocal number
        path = os.fsencode(folder) + b"/" + (os.fsencode(name) if name else b"stranger%04d.yaml" % number)
        with open(path, "wb") as stream:
            stream.write(content)
        number += 1

    for content in _texts():
        put(content)
    for told in _extends():
        put(GOOD.replace("firm.yaml", told).encode())
    for told in _data():
        put((GOOD + f"data: {told}\n").encode())
    for before, after in _changes():
        assert before in GOOD
        put(GOOD.replace(before, after, 1).encode())
    for told in _sweeps():
        put(told.encode())
    put(b"[a]: 1\n", b"b\xff\xfed.yaml")
    put(b"[a]: 1\n", "\x1b[2J.yaml")
    put(b"[a]: 1\n", "n" * 250 + ".yaml")
    put(b"[a]: 1\n", "-rf.yaml")
    put(b"[a]: 1\n", "new\nline.yaml")
    closed = folder / "closed.yaml"
    closed.write_bytes(b"title: x\n")
    closed.chmod(0)
    return sum(1 for _ in _yaml_files(folder))


def _yaml_files(folder: Path) -> Iterator[Path]:
    walk: Callable[..., Iterator[tuple[str, list[str], list[str]]]] = os.walk
    for place, _, names in walk(folder):
        yield from (Path(place) / name for name in names if name.endswith(".yaml"))
