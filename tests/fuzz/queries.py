# SPDX-License-Identifier: MIT
"""SQL that somebody hands to `results query`, and the options of `top` and `export`."""

from __future__ import annotations

import random
from pathlib import Path

from tests.fuzz.calls import good
from tests.fuzz.campaign import main
from tests.fuzz.mutations import NUMBERS, TOKENS, WORDS
from tests.fuzz.scenarios import SCENARIO

_PIECES = (
    *(
        "SELECT",
        "*",
        "FROM",
        "results",
        "scenarios",
        "draws",
        "WHERE",
        "option = 'commit'",
        "GROUP BY",
        "ORDER BY",
        "path",
    ),
    *(
        "value",
        "count(*)",
        "sum(value)",
        "JOIN",
        "LIMIT 5",
        "UNION ALL",
        "(",
        ")",
        ",",
        ";",
        "--",
        "/*",
        "*/",
        "DISTINCT",
    ),
    *(
        "read_csv('/etc/passwd')",
        "'/etc/passwd'",
        "read_parquet('*')",
        "glob('/*')",
        "range(100000000)",
        "ATTACH 'x.db'",
    ),
    *(
        "COPY results TO 'x.csv'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET threads=64",
        "PRAGMA database_list",
        "DROP TABLE",
    ),
    *(
        "CREATE TABLE t AS",
        "INSERT INTO results",
        "getenv('HOME')",
        "current_setting('memory_limit')",
        "repeat('a', 99999)",
    ),
    *(
        "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT",
        "duckdb_settings()",
        "CAST(value AS INT)",
    ),
    *(
        "NULL",
        "1 / 0",
        "'x'::INTERVAL",
        "[1, 2]",
        "{'a': 1}",
        "'\\xFF'::BLOB",
        "DATE '2024-01-01'",
        "uuid()",
        "EXPLAIN",
    ),
    *(
        "DESCRIBE",
        "SHOW TABLES",
        "SUMMARIZE",
        "PIVOT",
        "CALL",
        "EXPORT DATABASE 'x'",
        "CHECKPOINT",
        "VACUUM",
        "USE main",
    ),
)


def prepare(base: Path) -> None:
    """Forecast two scenarios without claims."""
    for number in (1, 2):
        (base / f"unit{number}.yaml").write_text(SCENARIO.replace("9000", f"{number}000"))
    good(["batch", str(base), "--out", str(base / "out"), "--draws", "128", "--workers", "1", "--keep-draws"], base)


_COLUMNS = ("path", "option", "metric", "unit", "value", "mean", "p05", "p95", "mcse", "r.value", "title", "nope")
_CALLS = (
    *(
        "count({0})",
        "sum({0})",
        "avg({0})",
        "max({0})",
        "round({0}, 2)",
        "length({0})",
        "upper({0})",
        "abs({0})",
        "-{0}",
    ),
    *("{0} + {1}", "{0} / {1}", "{0} || {1}", "{0} = {1}", "{0} LIKE {1}", "{0} IN ({1}, {0})", "[{0}, {1}]", "({0})"),
    *("CASE WHEN {0} > {1} THEN {0} END", "CAST({0} AS DOUBLE)", "row_number() OVER (ORDER BY {0})", "{{'a': {0}}}"),
    *(
        "coalesce({0}, {1})",
        "repeat({0}, 9)",
        "list({0})",
        "exp({0})",
        "strftime(now(), {0})",
        "regexp_matches({0}, {1})",
    ),
    *(
        "repeat('x', 1000000)",
        "1e308 * 10",
        "0 / 0",
        "now()",
        "INTERVAL 1 DAY",
        "'\\x1b'::BLOB",
        "chr(27)",
        "chr(8238)",
    ),
    *(
        "read_text('/etc/passwd')",
        "getenv('HOME')",
        "'\u202ex'",
        "NULL",
        "TRUE",
        "DATE '2024-01-31'",
        "1::DECIMAL(9, 2)",
    ),
)


def _expression(rng: random.Random, depth: int = 0) -> str:
    if depth > 2 or rng.random() < 0.5:
        return rng.choice([*_COLUMNS, *_COLUMNS, "'commit'", "1", "2.5"])
    return rng.choice(_CALLS).format(_expression(rng, depth + 1), _expression(rng, depth + 1))


def _statement(rng: random.Random) -> str:
    """Return a statement that could well be answered."""
    columns = ", ".join(_expression(rng) for _ in range(rng.choice([1, 1, 2, 3])))
    tables = (
        *(
            "results r",
            "results r",
            "scenarios r",
            "draws r",
            "results r JOIN scenarios s USING (path)",
            "results r, draws d",
        ),
        *("range(20) r", "results r, results q, results t", "(SELECT * FROM results) r", "read_csv('/etc/passwd') r"),
    )
    text = f"SELECT {rng.choice(['', 'DISTINCT '])}{rng.choice([columns, columns, '*'])} FROM {rng.choice(tables)}"
    if rng.random() < 0.4:
        text += f" WHERE {_expression(rng)} {rng.choice(['=', '>', 'IS NOT'])} {rng.choice(['NULL', _expression(rng)])}"
    return text + rng.choice(
        ["", "", " GROUP BY ALL", " ORDER BY 1", " LIMIT 3", ";", " -- x", " ORDER BY ALL LIMIT 1"]
    )


def _sql(rng: random.Random) -> str:
    if rng.random() < 0.6:
        return _statement(rng)
    what = rng.randrange(4)
    if what == 0:
        return rng.choice(["", " ", ";", "--", "SELECT", *WORDS, *TOKENS])
    if what == 1:
        return " ".join(rng.choices(_PIECES, k=rng.choice([1, 3, 8, 30])))
    good = f"SELECT {rng.choice(['*', 'path, value', 'count(*)', 'option, avg(value)'])} FROM {rng.choice(_PIECES)}"
    words = good.split() + rng.choices(_PIECES, k=rng.choice([0, 1, 2, 5]))
    if what == 3:
        words.insert(rng.randrange(len(words)), rng.choice([*_PIECES, *NUMBERS, *WORDS]))
    return " ".join(words)


def case(rng: random.Random, base: Path, folder: Path) -> list[str]:
    """Ask the results something."""
    out = str(base / "out")
    form = ["--format", rng.choice(["table", "csv", "json"])]
    verb = rng.choice(["query"] * 6 + ["top", "export"])
    if verb == "query":
        args = [*form, "--", out, _sql(rng)]
    elif verb == "top":
        by = rng.choice(["npv", "npv.p05", "p_loss", "roi.mean", "npv.", ".p05", "x", *WORDS])
        args = [out, f"--by={by}", f"--option={rng.choice(['commit', 'x', *WORDS])}", *form]
    else:
        figure = f"--figure={rng.choice(['value', 'p05', 'x', *WORDS])}"
        args = [
            out,
            figure,
            *rng.choice([[], [f"--csv={folder / 'x.csv'}"], [f"--xlsx={folder / 'x.xlsx'}"], ["--tidy"]]),
        ]
    return ["results", verb, *(arg.replace("\0", "") for arg in args)]


if __name__ == "__main__":
    main("queries", prepare, case)
