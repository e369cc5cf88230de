# SPDX-License-Identifier: MIT
"""Results of `txsim link` as files: JSON, the data report as CSV, pictures, draws."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from pathlib import Path
from typing import Any

from txsim.cachedir import write_atomic
from txsim.errors import InputError, Problem
from txsim.report.files import cell
from txsim.report.link import write_pictures

__all__ = ["write_link"]


def write_link(found: Any, folder: Path) -> None:
    """Write `link.json`, `data_report.csv`, `draws.nc` and the pictures into a folder.

    Raises
    ------
    InputError
        If the folder cannot be made.
    StoreError
        If a file cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(Problem(f"the folder cannot be made ({error.strerror})", file=str(folder))) from error
    write_atomic(folder / "link.json", json.dumps(found.data(), indent=1, ensure_ascii=False, allow_nan=False).encode())
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["file", "line", "column", "what", "value", "reason"])
    for what, touched in (("repaired", found.report.repaired), ("refused", found.report.refused)):
        for t in touched:
            rows.writerow([cell(t.file), t.line, cell(t.column), what, cell(t.value), cell(t.reason)])
    write_atomic(folder / "data_report.csv", text.getvalue().encode())
    if found.draws is not None:
        import xarray as xr

        posterior = xr.Dataset({name: (("chain", "draw"), draws) for name, draws in found.draws.values.items()})
        tree = xr.DataTree.from_dict({"posterior": posterior})
        with tempfile.TemporaryDirectory(dir=folder, prefix=".draws.") as place:
            path = Path(place) / "draws.nc"
            tree.to_netcdf(path, engine="h5netcdf")
            write_atomic(folder / "draws.nc", path.read_bytes())
    write_pictures(found.data(), folder)
