# SPDX-License-Identifier: MIT
"""SQL that somebody hands to `results query`, and the options of `top` and `export`."""

from __future__ import annotations

import random
from pathlib import Path

from tests.fuzz.calls import good
from tests.fuzz.campaign import main
from tests.fuzz.mutations import NUMBERS, TOKENS, WORDS
from tests.fuzz.pilots import _SCENARIO

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
        (base / f"unit{number}.yaml").write_text(_SCENARIO.replace("9000", f"{number}000"))
    good(["batch", str(base), "--out", str(base / "out"), "--draws", "128", "--workers", "1", "--keep-draws"], base)


def _sql(rng: random.Random) -> str:
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
