# SPDX-License-Identifier: MIT
"""Results of a batch for people and programs: SQL that cannot leave them, rankings, tables, arrays."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from txsim.batch.result_files import AGAIN, MANIFEST, read_failures, read_manifest
from txsim.batch.sql_faults import fault, one_question
from txsim.batch.work import COLUMNS
from txsim.errors import InputError, Problem, did_you_mean
from txsim.files import inside
from txsim.language import lazy
from txsim.printable import well_formed
from txsim.results.batch import BatchRun, BatchTable

#: Tables that a query sees, and where they lie.
TABLES = {
    "results": "results/calibration=*/part-*.parquet",
    "scenarios": "scenarios.parquet",
    "draws": "draws/calibration=*/part-*.parquet",
}


#: What a question may take: memory, rows of the answer, seconds. Results of a million scenarios answer within them.
_MEMORY, _MOST_ROWS, _SECONDS = "400MB", 5_000_000, 8.0


def files_of(folder: Path, read: Collection[str] = ("results", "scenarios")) -> dict[str, list[str]]:
    """Return the files of each table, as the manifest names them.

    ``read``: tables that will be read: their files are held to the digests of the manifest, which reads them once.
    Raises :class:`InputError` if no batch has ended in this folder, or a file is missing or is not the one that the
    batch wrote.
    """
    if not folder.is_dir():
        raise InputError(lazy("there is no folder {folder}", folder=folder))
    manifest = read_manifest(folder)
    if manifest is None:
        begun = (folder / ".work").is_dir()
        message = lazy(
            "no batch has ended in {folder}{advice}",
            folder=folder,
            advice=lazy("; run the same command again to finish it") if begun else "",
        )
        raise InputError(message)
    listed = [file if isinstance(file, dict) else {} for file in manifest["files"]]
    digests: dict[str, Any] = {str(file.get("file", "\0")): file.get("sha256") for file in listed}
    if any("\0" in name for name in digests):
        raise InputError(Problem(lazy("this is no manifest of a batch"), file=well_formed(str(folder / MANIFEST))))
    # A manifest may have been changed, and a file may be a link: nothing outside of the folder is read.
    parts = [name for name in digests if name.endswith(".parquet")]
    named = {table: [name for name in parts if name.startswith(f"{table}/")] for table in TABLES}
    named["scenarios"] = ["scenarios.parquet"]
    tables = {table: [_inside(folder, name) for name in names] for table, names in named.items()}
    for table in read:
        for name, real in zip(named[table], tables[table], strict=True):
            _check(folder / name, real, digests.get(name))
    return tables


def _inside(folder: Path, name: str) -> str:
    """Return the real path of a file of results, links followed."""
    path = folder / name
    if not inside(path, folder):
        message = lazy("this leads out of the folder of results")
        raise InputError(
            Problem(message, file=well_formed(str(path)), hint=lazy("run the batch again into another folder"))
        )
    if not os.path.isfile(path):
        raise InputError(Problem(lazy("a file of the results is missing"), file=well_formed(str(path)), hint=AGAIN))
    return os.path.realpath(path)


def _check(path: Path, real: str, digest: object) -> None:
    """Refuse a file that is not what the manifest says was written: DuckDB reads no checksum."""
    state = os.stat(real)
    if _digest(real, state.st_size, state.st_mtime_ns) != digest:
        message = lazy("this file of the results is not the one that the batch wrote: it is damaged or was changed")
        raise InputError(Problem(message, file=well_formed(str(path)), hint=AGAIN))


@lru_cache(maxsize=4096)
def _digest(path: str, size: int, changed: int) -> str:
    """Return the SHA-256 of a file; read once while size and time of change are the same."""
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _connect(folder: Path, sql: str) -> Any:
    """Return a connection that sees the tables of a batch, reads their files and nothing else, and writes nothing."""
    try:
        import duckdb
    except ImportError:
        raise InputError(lazy("queries need the package duckdb")) from None

    # Draws are most of a batch, and are looked at only where a question may mean them, by name or by `query_table`.
    words = sql.casefold()
    read = [table for table in TABLES if table != "draws" or "draws" in words or "query" in words]
    files = files_of(folder, read)
    connection = duckdb.connect(":memory:")
    connection.execute("SET temp_directory = ''")
    connection.execute("SET memory_limit = ?", [_MEMORY])
    for table, paths in files.items():
        if paths:
            listed = ", ".join(_quoted(path) for path in paths)
            try:
                connection.execute(
                    f"CREATE VIEW {table} AS SELECT * FROM read_parquet([{listed}], hive_partitioning = false)"  # noqa: S608
                )
            except duckdb.Error:
                connection.close()
                message = lazy("a file of the results is damaged or cut off (table `{table}`)", table=table)
                raise InputError(Problem(message, file=well_formed(str(folder)), hint=AGAIN)) from None
    every = [path for paths in files.values() for path in paths]
    connection.execute("SET allowed_paths = ?", [every])
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def query(folder: Path, sql: str, values: tuple[Any, ...] = ()) -> BatchTable:
    """Answer one question in SQL about ``results``, ``scenarios`` and, where they were kept, ``draws``.

    ``folder``: folder of a batch. ``sql``: one statement; nothing outside of the batch's own files can be read, and
    nothing written. ``values``: for question marks in the statement. Raises InputError if no batch has ended there,
    DuckDB refuses the statement, or its answer takes more memory, rows or time than it may.
    """
    with _connect(folder, sql) as connection:
        stop = threading.Timer(_SECONDS, connection.interrupt)
        stop.daemon = True
        stop.start()
        try:
            one_question(connection, sql)
            answer = connection.execute(sql, list(values))
            rows = answer.fetchmany(_MOST_ROWS + 1)
        except InputError:
            raise
        except Exception as error:  # beside DuckDB's own errors, values that Python has no type for
            if not stop.is_alive():
                message = lazy("the query took longer than {seconds:.0f} seconds and was stopped", seconds=_SECONDS)
                raise InputError(Problem(message, hint=lazy("ask for less, or read the Parquet files"))) from None
            tables = [row[0] for row in connection.execute("SHOW TABLES").fetchall()]
            raise InputError(fault(error, sql, tables, _MEMORY)) from None
        finally:
            stop.cancel()
        if len(rows) > _MOST_ROWS:
            message = lazy("the answer has more than {most_rows:,} rows", most_rows=_MOST_ROWS)
            raise InputError(Problem(message, hint=lazy("add LIMIT, or read the Parquet files themselves")))
        return BatchTable(tuple(column[0] for column in answer.description), tuple(rows))


def top(folder: Path, by: str, option: str, count: int = 10, *, lowest: bool = False) -> BatchTable:
    """Return the scenarios with the highest (or lowest) figure.

    ``by``: A metric, or a metric and one of its figures: ``npv.mean``, ``npv.p05``, ``p_loss``, ``delta.cx.median``.
    ``option``: for example ``commit``. Raises :class:`InputError` if there is no such figure or option, or it is in
    several units, such as money of two currencies.
    """
    metrics = [row[0] for row in query(folder, "SELECT DISTINCT metric FROM results ORDER BY 1").rows]
    metric, column = by, "value"
    if metric not in metrics:
        metric, _, column = by.rpartition(".")
    if metric not in metrics or column not in COLUMNS:
        known = ", ".join(metrics)
        if metric in metrics:
            message = lazy(
                "`{column}` is no figure of {metric}{suggestion}; there are {columns}",
                column=column,
                metric=metric,
                suggestion=did_you_mean(column, COLUMNS),
                columns=", ".join(COLUMNS),
            )
        else:
            message = lazy(
                "no metric `{by}`{suggestion}; there are {known}",
                by=by,
                suggestion=did_you_mean(by, metrics),
                known=known,
            )
        raise InputError(message)
    options = [row[0] for row in query(folder, "SELECT DISTINCT option FROM results ORDER BY 1").rows]
    if option not in options:
        message = lazy(
            "no option `{option}`{suggestion}; there are {options}",
            option=option,
            suggestion=did_you_mean(option, options),
            options=", ".join(options),
        )
        raise InputError(message)
    of = "FROM results WHERE option = ? AND metric = ? AND " + f"{column} IS NOT NULL"
    units = [row[0] for row in query(folder, f"SELECT DISTINCT unit {of} ORDER BY 1", (option, metric)).rows]
    if len(units) > 1:
        message = lazy(
            "{by} is in {units}: figures in several units cannot be ranked", by=metric, units=", ".join(map(str, units))
        )
        hint = lazy(
            "rank each apart by --sql, as in: SELECT * FROM results WHERE metric = '{metric}' AND unit = '{unit}'",
            metric=metric,
            unit=units[0],
        )
        raise InputError(Problem(message, hint=hint))
    order = "ASC" if lowest else "DESC"
    sql = (
        f'SELECT r.path, s.title, r.{column} AS "{by}", r.p05, r.p95, r.mcse, r.unit, s.verdict '  # noqa: S608
        "FROM results r JOIN scenarios s USING (path) WHERE r.option = ? AND r.metric = ? "
        f"AND r.{column} IS NOT NULL ORDER BY r.{column} {order}, r.path LIMIT ?"
    )
    return query(folder, sql, (option, metric, count))


def wide(folder: Path, column: str = "value") -> BatchTable:
    """Return one row per scenario × option with a column for each metric, for people with a spreadsheet."""
    metrics = _metrics(folder)
    if column not in COLUMNS:
        message = lazy(
            "`{column}` is no figure{suggestion}; there are {columns}",
            column=column,
            suggestion=did_you_mean(column, COLUMNS),
            columns=", ".join(COLUMNS),
        )
        raise InputError(message)
    picked = ", ".join(f'max({column}) FILTER (metric = {_quoted(name)}) AS "{name}"' for name in metrics)
    sql = (
        f"SELECT s.path, s.title, r.option, s.verdict, s.currency, {picked} "  # noqa: S608
        "FROM scenarios s JOIN results r USING (path) "
        "GROUP BY s.path, s.title, r.option, s.verdict, s.currency ORDER BY s.path, r.option"
    )
    return query(folder, sql)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _metrics(folder: Path) -> list[str]:
    first = ("npv", "roi", "p_loss", "cvar05", "payback_month", "peak_funding", "pv_cost")
    metrics = [row[0] for row in query(folder, "SELECT DISTINCT metric FROM results ORDER BY 1").rows]
    return [name for name in first if name in metrics] + [name for name in metrics if name not in first]


@dataclass(frozen=True)
class Results:
    """Results of a batch in Python."""

    folder: Path  #: Where they are.
    report: BatchRun  #: How the batch ended.
    _keep: Any = field(default=None, repr=False, compare=False)

    @cached_property
    def frame(self) -> Any:
        """Every figure as a ``pandas.DataFrame``, one row per scenario × option × metric."""
        import pandas as pd

        files = files_of(self.folder)["results"]
        return pd.concat([pd.read_parquet(file) for file in files], ignore_index=True) if files else pd.DataFrame()

    @cached_property
    def scenarios(self) -> Any:
        """One row per scenario as a ``pandas.DataFrame``, failed ones included."""
        import pandas as pd

        return pd.read_parquet(self.folder / "scenarios.parquet")

    @cached_property
    def dataset(self) -> Any:
        """Figures as an ``xarray.Dataset``: a variable for each metric, dims ``scenario, option, statistic``."""
        import numpy as np
        import xarray as xr

        frame = self.frame
        scenarios = sorted(frame["path"].astype(str).unique())
        options = list(dict.fromkeys(frame["option"].astype(str)))
        rows = {name: i for i, name in enumerate(scenarios)}
        columns = {name: i for i, name in enumerate(options)}
        data = {}
        for metric, part in frame.groupby("metric", observed=True, sort=False):
            values = np.full((len(scenarios), len(options), len(COLUMNS)), np.nan)
            at = part["path"].astype(str).map(rows), part["option"].astype(str).map(columns)
            values[at[0].to_numpy(), at[1].to_numpy()] = part[list(COLUMNS)].to_numpy()
            data[str(metric)] = (("scenario", "option", "statistic"), values)
        return xr.Dataset(data, {"scenario": scenarios, "option": options, "statistic": list(COLUMNS)})

    @cached_property
    def failures(self) -> list[dict[str, Any]]:
        """What has no results, as in ``failures.jsonl``."""
        return read_failures(self.folder)

    def query(self, sql: str) -> Any:
        """Answer a question in SQL, see :func:`query`, as a ``pandas.DataFrame``."""
        import pandas as pd

        table = query(self.folder, sql)
        return pd.DataFrame(table.rows, columns=list(table.columns))
