# SPDX-License-Identifier: MIT
"""Panels of EX and CX, in all formats, and how to read them: cells, columns, dates, formats, specs."""

from __future__ import annotations

import csv
import functools
import io
import random
from pathlib import Path
from typing import Any

from tests.fuzz.calls import good
from tests.fuzz.campaign import main
from tests.fuzz.mutations import NAMES, NUMBERS, WORDS, damaged, edited, typo
from tests.fuzz.scenarios import SCENARIO, written

EXAMPLES = Path(__file__).resolve().parents[1] / "data" / "cases"
_SCALES = ("index", "nps", "nps", "nps", "raw", "raw", "likert5", "likert7", "percent", "csat", "enps", "x", "")
_SPEC: dict[str, Any] = {
    "columns": {"unit": "unit", "period": "period", "ex": "ex", "cx": "cx"},
    "scale": "nps",
    "form": "scores",
    "values": "scores",
    "words": {"yes": 1, "detractor": "detractor"},
    "missing": [99, -9],
    "reverse": ["cx"],
    "drop_units": ["total"],
    "merge": {"u0": ["u1", "u2"]},
    "period_months": 1,
    "lag_months": 3,
    "waves": {"w1": "2023-01"},
    "ignore": ["margin"],
    "sheet": "Sheet1",
    "encoding": "cp1251",
    "period_order": "day_first",
}
_COLUMNS = (
    "n_ex",
    "n_cx",
    "ex_promoters",
    "ex_passives",
    "ex_detractors",
    "margin",
    "churn",
    "group",
    "kind",
    "weight",
)

Table = list[list[str]]


@functools.cache
def _examples() -> tuple[bytes, ...]:
    return tuple(file.read_bytes() for file in sorted(EXAMPLES.glob("*.csv")) if file.stat().st_size < 100_000)


def good_table() -> Table:
    """Return a panel of which something can be said."""
    return _rows(random.Random(3), 6, 13)


def _rows(rng: random.Random, units: int, months: int) -> Table:
    rows: Table = [["unit", "period", "ex", "cx"]]
    for u in range(units):
        for m in range(months):
            ex = 20 + 5 * u + 8 * rng.gauss(0, 1)
            rows.append(
                [f"u{u}", f"2023-{m + 1:02d}" if m < 12 else "2024-01", f"{ex:.1f}", f"{ex + rng.gauss(0, 6):.1f}"]
            )
    return rows


def _table(rng: random.Random) -> Table:
    rows = _rows(rng, rng.choice([2, 3, 6, 6]), rng.choice([2, 5, 8, 13]))
    for name in rng.sample(_COLUMNS, rng.choice([0, 0, 1, 3])):
        rows[0].append(name)
        for row in rows[1:]:
            row.append(str(rng.choice([rng.randrange(200), round(rng.random(), 3)])))
    return rows


def spoiled(rng: random.Random, rows: Table) -> Table:
    """Return a table with something wrong in cells, a column, the header or the rows."""
    rows = [list(row) for row in rows]
    what = rng.randrange(9)
    column = rng.randrange(len(rows[0]))
    if what < 3:
        value = rng.choice([*NUMBERS, *WORDS, *NAMES])
        for row in rows[1:] if what == 0 else rng.sample(rows[1:], min(3, len(rows) - 1)):
            row[column] = value
    elif what == 3:
        rows[0][column] = rng.choice([typo(rng, rows[0][column]), *NAMES, *WORDS])
    elif what == 4:
        for row in rows:
            del row[column]
    elif what == 5:
        rows += rng.choices(rows, k=rng.choice([1, 5, 50]))
    elif what == 6:
        rows = [rows[0], *rng.sample(rows[1:], rng.randrange(len(rows)))]
    elif what == 7:
        rng.choice(rows).append("9")
    else:
        for row in rows[1:]:
            row[column] = rows[1][column]
    return rows


def as_csv(rng: random.Random, rows: Table) -> bytes:
    stream = io.StringIO()
    quoting = rng.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
    csv.writer(stream, delimiter=rng.choice([",", ",", ";", "\t", "|"]), quoting=quoting).writerows(rows)
    return stream.getvalue().encode(rng.choice(["utf-8", "utf-8", "utf-8-sig", "utf-16"]), "surrogatepass")


def _as_book(rows: Table) -> bytes:
    import openpyxl
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    book = openpyxl.Workbook()
    for row in rows:
        cells = [ILLEGAL_CHARACTERS_RE.sub("", cell).encode("utf-8", "replace").decode() for cell in row]
        book.active.append(cells)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _as_parquet(rng: random.Random, rows: Table) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    width = min(len(row) for row in rows)
    columns: list[Any] = []
    for i in range(width):
        values: list[Any] = [row[i].encode("utf-8", "replace").decode() for row in rows[1:]]
        try:
            columns.append(pa.array([float(value) for value in values]))
        except ValueError:
            kinds = [values, [[value] for value in values], [value.encode() for value in values], [None] * len(values)]
            columns.append(pa.array(rng.choice([values, values, values, *kinds])))
    stream = io.BytesIO()
    names = [name.encode("utf-8", "replace").decode() for name in rows[0][:width]]
    pq.write_table(pa.Table.from_arrays(columns, names=names), stream)
    return stream.getvalue()


def data_file(rng: random.Random, folder: Path) -> Path:
    """Write a panel of some format, most often with something wrong in it, and return its path."""
    rows = _table(rng)
    for _ in range(rng.choice([0, 0, 1, 1, 2])):
        rows = spoiled(rng, rows)
    kind = rng.choice(["csv", "csv", "csv", "csv", "xlsx", "parquet", "example"])
    if kind == "xlsx":
        content = _as_book(rows)
    elif kind == "parquet":
        content = _as_parquet(rng, rows)
    else:
        content = rng.choice(_examples()) if kind == "example" else as_csv(rng, rows)
    if rng.random() < 0.15:
        content = damaged(rng, content)
    suffix = "csv" if kind == "example" else kind
    file = (
        folder / f"panel.{suffix if rng.random() < 0.95 else rng.choice(['txt', 'json', 'gz', 'xls', 'xlsx', 'zip'])}"
    )
    file.write_bytes(content)
    return file


def prepare(base: Path) -> None:
    """Nothing is shared but machine code, which is compiled here."""
    (base / "panel.csv").write_bytes(as_csv(random.Random(3), good_table()))
    for verb in (["link", "--no-priors"], ["backtest"]):
        good([*verb, str(base / "panel.csv"), "--scale", "nps", "--quiet"], base)


def _spec(rng: random.Random) -> bytes:
    spec = {name: _SPEC[name] for name in rng.sample(sorted(_SPEC), rng.randrange(1, 5))}
    content = written(edited(rng, spec, rng.choice([0, 1, 1, 2])))
    return damaged(rng, content) if rng.random() < 0.1 else content


def case(rng: random.Random, base: Path, folder: Path) -> list[str]:
    """Write a panel, sometimes a spec, and read it; or ask what it says, or how well it would have forecast."""
    file, spec = data_file(rng, folder), folder / "link.yaml"
    with_spec = rng.random() < 0.5
    lang = rng.choice([[], [], ["--lang", "ru"]])
    if with_spec:
        spec.write_bytes(_spec(rng))
    if rng.random() < 0.9:  # reads what `link` reads, and fits nothing
        scenario = folder / "scenario.yaml"
        if not with_spec and rng.random() < 0.7:
            spec.write_bytes(written({"scale": rng.choice(_SCALES)}))
            with_spec = True
        data = {"file": file.name, "spec": spec.name} if with_spec else file.name
        scenario.write_bytes(SCENARIO.encode() + written({"data": data}))
        return ["check", str(scenario), *lang]
    args = [rng.choice(["link"] * 9 + ["backtest"]), str(file), *(["--spec", str(spec)] if with_spec else [])]
    if rng.random() < 0.6:
        args += ["--scale", rng.choice(_SCALES)]
    if args[0] == "link":
        args += ["--no-priors"]
        if rng.random() < 0.2:
            args += ["--lag", rng.choice(["0", "3", "1e9", "nan", "-1", "240"])]
        if rng.random() < 0.1:
            args += ["--period-months", rng.choice(["1", "12", "0", "1e-9", "inf"])]
    return [*args, *rng.choice([[], ["--json"]]), "--quiet", *lang]


if __name__ == "__main__":
    main("panels", prepare, case)
