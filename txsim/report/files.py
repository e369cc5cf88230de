# SPDX-License-Identifier: MIT
"""Results as files: JSON, CSV and a DataTree that ArviZ opens, each whole or not there."""

from __future__ import annotations

import contextlib
import csv
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import numpy as np

from txsim import __version__
from txsim.cachedir import made_folder, whole_file, write_atomic
from txsim.files import format_of
from txsim.forecast import Forecast
from txsim.forecast.months import draws_at_once, each_month, paths_with_months

if TYPE_CHECKING:
    from txsim.results.link import Link

_COLUMNS = ("customers", "churn", "revenue", "serve", "leave", "work", "profit", "cost", "margin_effect")


@dataclass(frozen=True)
class CsvDialect:
    """How a table is written as CSV."""

    #: ``delimiter``, ``decimal``: What stands between cells, and between a number and its fraction.
    delimiter: str = ","
    decimal: str = "."
    line_end: str = "\n"  #: End of a row.
    encoding: str = "utf-8"  #: ``utf-8-sig`` begins with the mark by which Excel knows UTF-8.

    def rows(self, stream: TextIO) -> Any:
        """Return a writer of rows into a text stream."""
        return csv.writer(stream, delimiter=self.delimiter, lineterminator=self.line_end)

    def cells(self, values: Iterable[Any]) -> list[Any]:
        """Return what stands in the cells of a row: text that is no formula, numbers as this dialect has them."""
        return [self._written(value) for value in values]

    def _written(self, value: Any) -> Any:
        if isinstance(value, str):
            return cell(value)
        if isinstance(value, float) and self.decimal != ".":
            return str(value).replace(".", self.decimal)
        return value


#: What programs read.
PLAIN_CSV = CsvDialect()
#: By the name that ``--csv-dialect`` takes. Excel splits rows by the list separator of the country that Windows is set
#: to: a comma in English, a semicolon where decimals have a comma.
CSV_DIALECTS = {
    "plain": PLAIN_CSV,
    "excel": CsvDialect(line_end="\r\n", encoding="utf-8-sig"),
    "excel-semicolon": CsvDialect(";", ",", "\r\n", "utf-8-sig"),
}


def csv_bytes(rows: Iterable[Iterable[Any]], dialect: CsvDialect = PLAIN_CSV) -> bytes:
    """Return a table, its heading first, as the content of a CSV file."""
    text = io.StringIO()
    writer = dialect.rows(text)
    for row in rows:
        writer.writerow(dialect.cells(row))
    return text.getvalue().encode(dialect.encoding)


def as_json(summary: dict[str, Any] | list[dict[str, Any]]) -> str:
    """Return one JSON document; numbers that do not exist are null, never NaN."""
    return json.dumps(summary, indent=1, ensure_ascii=False, allow_nan=False)


def cell(text: str) -> str:
    """Return text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def write_result(
    forecast: Forecast, folder: Path, summary: dict[str, Any] | None = None, dialect: CsvDialect = PLAIN_CSV
) -> None:
    """Write ``result.nc``, ``summary.json`` and ``summary.csv`` into a folder.

    ``folder``: where; made if needed. ``summary``: its summary, where more was added to it. ``dialect``: how
    ``summary.csv`` is written. Raises InputError if the folder is a file or cannot be made; StoreError if a file cannot
    be written.
    """
    made_folder(folder)
    summary = forecast.summary().to_json() if summary is None else summary
    rows: list[list[Any]] = [["scenario", "option", "metric", "statistic", "value"]]
    for option, metrics in summary["options"].items():
        for metric, value in _flat(metrics):
            name, _, statistic = metric.rpartition(".")
            rows.append([summary["scenario"], option, name or statistic, statistic, value])
    tree = _tree(forecast)
    # Seven digits are more than a month's figure of one draw is good for, and halve the file.
    short = {"/prior": {name: {"dtype": "float32"} for name in tree["prior"].data_vars}} if "prior" in tree else {}
    # The summary takes its place last: what was stopped before leaves the former run, or none.
    with whole_file(folder / "summary.json") as json_path, whole_file(folder / "summary.csv") as csv_path:
        json_path.write_bytes(as_json(summary).encode())
        csv_path.write_bytes(csv_bytes(rows, dialect))
        with netcdf_stream(folder / "result.nc") as stream:
            tree.to_netcdf(stream, engine="h5netcdf", encoding=short)
            stream.check()
            _add_months(forecast, stream, "f4", "trajectories")


def _flat(value: Any, path: str = "") -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        return [pair for key, inner in value.items() for pair in _flat(inner, f"{path}.{key}" if path else key)]
    return [(path, "" if value is None else value)]


def _tree(forecast: Forecast) -> Any:
    import xarray as xr

    groups = forecast.inference_groups() | {"payoff": forecast.payoff}
    plan = forecast.scene.plan
    draws = xr.Dataset({name: ("draw", forecast.scene.matrix[i]) for i, name in enumerate(plan.rows())})
    groups["draws"] = draws
    if forecast.view is not None:
        view = forecast.view
        rows = {"sound": "cluster", "score": "prior", "tied": "prior", "present": "row"}
        held = {name: ((dim, "draw"), getattr(view, name).astype(np.float32)) for name, dim in rows.items()}
        groups["own_view"] = xr.Dataset(held, attrs={"facts": json.dumps(dict(view.facts))})
    tree = xr.DataTree.from_dict(groups)
    tree.attrs = {
        "scenario": forecast.scenario.title,
        "hash": forecast.hash,
        "calibration": forecast.calibration.hash,
        "seed": forecast.seed,
        "txsim": __version__,
        "numpy": np.__version__,
        "content": json.dumps(forecast.scenario.kept, ensure_ascii=False, default=str),
    }
    return tree


def _add_months(forecast: Forecast, stream: UntilFull, dtype: str, group: str | None = None) -> None:
    """Write every month ``(option, month, draw)`` as netCDF, a part at a time, into a file or into a group of one."""
    import h5netcdf
    import h5py
    import xarray as xr

    fields, paths = forecast.scene.plan.monthly_fields(), paths_with_months(forecast)
    dims = {"option": len(paths), "month": forecast.scene.plan.months, "draw": forecast.draws}
    with h5netcdf.File(stream, "w" if group is None else "r+") as file:
        place = file if group is None else file.create_group(group)
        place.dimensions = dims
        chunks = (1, dims["month"], min(draws_at_once(forecast.scene.plan), forecast.draws))  # each is written at once
        variables = [
            place.create_variable(name, tuple(dims), dtype, fillvalue=np.nan, chunks=chunks) for name in fields
        ]
        described = forecast.with_units(xr.Dataset({name: ("draw", np.empty(0)) for name in fields}))
        for variable, name in zip(variables, fields, strict=True):
            variable.attrs.update(described[name].attrs)
        place.attrs.update(described.attrs)
        place.create_variable("option", ("option",), h5py.string_dtype(), data=np.array(paths, dtype=object))
        for name in ("month", "draw"):
            place.create_variable(name, (name,), data=np.arange(dims[name]))
        for option, first, months in each_month(forecast):
            part = slice(first, first + months.shape[2])
            for i, variable in enumerate(variables):
                variable[paths.index(option), :, part] = months[:, i].astype(dtype)


def write_trajectories(forecast: Forecast, path: Path, dialect: CsvDialect = PLAIN_CSV) -> None:
    """Write every month of every draw as CSV (``.csv``, in the dialect) or netCDF (``.nc``).

    Nodes are deviations from the baseline in index points; months count from 0.

    Raises :class:`InputError` if the name ends otherwise, or a file stands in the place of a folder above it.
    """
    if format_of(path, ("csv", "nc")) == "nc":
        with netcdf_stream(path) as stream:
            _add_months(forecast, stream, "f8")
        return
    with whole_file(path) as temporary, temporary.open("w", encoding=dialect.encoding, newline="") as stream:
        _write_months(forecast, dialect, dialect.rows(stream))


def _write_months(forecast: Forecast, dialect: CsvDialect, rows: Any) -> None:
    nodes, fields = forecast.outcome.nodes, forecast.scene.plan.monthly_fields()
    title = cell(forecast.scenario.label)
    at = {name: i for i, name in enumerate(fields)}
    # What is there beside them, in the order of the kernel; the cumulative payoff follows from the months.
    others = [name for name in fields[len(nodes) :] if name not in (*_COLUMNS, "payoff")]
    rows.writerow(["scenario", "option", "draw", "month", *nodes, *_COLUMNS, *others])
    for option, first, block in each_month(forecast):
        absent = {name for name in _COLUMNS if name in at and np.isnan(block[0, at[name], 0])}  # a bridge not there
        for draw in range(block.shape[2]):
            for month, values in enumerate(block[:, :, draw].tolist()):
                cost = values[at["one_off"]] + values[at["running"]]
                cells = ["" if name in absent else cost if name == "cost" else values[at[name]] for name in _COLUMNS]
                rest = [values[at[name]] for name in others]
                row = [title, option, first + draw, month, *values[: len(nodes)], *cells, *rest]
                rows.writerow(row if dialect.decimal == "." else dialect.cells(row))


def write_link(link: Link, folder: Path) -> None:
    """Write ``link.json``, ``data_report.csv``, ``draws.nc`` and the pictures of a panel into a folder.

    Nothing is drawn of single units: their cells may hold few people. Raises InputError if the folder cannot be made;
    StoreError if a file cannot be written.
    """
    from txsim.report.output import slide_bytes
    from txsim.report.pictures import panel
    from txsim.report.reading import result_from

    made_folder(folder)
    result = result_from(link)
    rows: list[list[Any]] = [["file", "line", "column", "what", "value", "reason"]]
    for what, touched in (("repaired", link.fit.report.repaired), ("refused", link.fit.report.refused)):
        rows += [[t.file, t.line, t.column, what, t.value, str(t.reason)] for t in touched]
    with whole_file(folder / "link.json") as json_path, whole_file(folder / "data_report.csv") as csv_path:
        json_path.write_bytes(as_json(link.to_json()).encode())
        csv_path.write_bytes(csv_bytes(rows))
        if link.fit.draws is not None:
            import xarray as xr

            values = link.fit.draws.values
            posterior = xr.Dataset({name: (("chain", "draw"), draws) for name, draws in values.items()})
            tree = xr.DataTree.from_dict({"posterior": posterior})
            with netcdf_stream(folder / "draws.nc") as stream:
                tree.to_netcdf(stream, engine="h5netcdf")
    for name, picture in (("effects.svg", panel.links(result)), ("moved.svg", panel.moved(result))):
        if picture is not None:
            write_atomic(folder / name, slide_bytes([result], picture.kind, "svg"))


# --- Files of HDF5 that are whole or not there, on a full disk too


class UntilFull(io.FileIO):
    """A file that takes whatever is written once a write has failed, and keeps the error.

    HDF5 cannot close a file that it cannot write: the process ends in a crash. It goes on writing here, and the error
    is raised once everything is closed.
    """

    error: OSError | None = None

    def check(self) -> None:
        """Raise the error of a write, if there was one; to be called before the file is opened again."""
        if self.error is not None:
            raise self.error

    def write(self, data: Any) -> int:
        """Write all of ``data``, or keep the error."""
        size = memoryview(data).nbytes
        if self.error is None:
            try:
                view = memoryview(data).cast("B")
                while view.nbytes:  # one that is cut short says no more than by the next
                    view = view[super().write(view) :]
            except OSError as error:
                self.error = error
        return size

    def truncate(self, size: int | None = None) -> int:
        """Set the length, or keep the error."""
        try:
            return super().truncate(size)
        except OSError as error:
            self.error = self.error or error
            return size or 0

    def readinto(self, buffer: Any) -> int:
        """Read; what could not be written reads as zeros."""
        view = memoryview(buffer).cast("B")
        read = super().readinto(view)
        if self.error is not None:
            view[read:] = bytes(view.nbytes - read)
            return view.nbytes
        return read


@contextlib.contextmanager
def netcdf_stream(path: Path) -> Iterator[UntilFull]:
    """Give a stream for HDF5 that takes the place of ``path`` once the block ends well.

    Raises :class:`StoreError` if the folder cannot be written or the disk is full; nothing is left behind.
    """
    with whole_file(path) as temporary, UntilFull(temporary, "r+b") as stream:
        try:
            yield stream
        except Exception:
            if stream.error is None:
                raise
        stream.check()
