# SPDX-License-Identifier: MIT
"""Random scenarios through a workbook and back, and what has to hold of each.

By hand, a thousand: ``python -m tests.sheet.scenarios --count 1000 --seed 1``.
"""

from __future__ import annotations

import argparse
import random
import re
import tempfile
from pathlib import Path
from typing import Any

import openpyxl
import yaml

from tests.oracle.generate_more import with_more
from txsim.errors import InputError
from txsim.scenario import load, loads
from txsim.sheet import form_of, read_filled, workbook_of
from txsim.sheet.workbook import COLUMNS

_KEYS = [key for key, _title, _width in COLUMNS]
#: Keys whose values may be written in any way.
_QUANTITIES = {"one_off", "monthly", "arpu_per_month", "headcount", "salary_per_year", "months", "customers", "effect"}


def written(seed: int) -> str:
    """Return the text of a random scenario: quantities in many forms, comments anywhere, two kinds of line ends."""
    rng = random.Random(seed)

    def varied(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {name: varied(inner, str(name)) for name, inner in value.items()}
        if isinstance(value, list):
            return [varied(item) for item in value]
        if key in _QUANTITIES and isinstance(value, int | float) and value > 0.01 and rng.random() < 0.4:
            low, high = round(value * 0.6, 6), round(value * 1.7, 6)
            return rng.choice(
                [
                    {"median": value, "factor": 1.5},
                    {"interval": [low, high]},
                    {"interval": [low, high], "family": "gamma"},
                    {"quantiles": {0.05: low, 0.5: value, 0.95: high}},
                    f"{value} ×/÷ 1.4",
                    {"distribution": "triangular", "low": low, "mode": value, "high": high},
                ]
            )
        if key in ("turnover_per_year", "contribution_margin", "churn_per_month") and rng.random() < 0.5:
            return f"{value * 100:.6g} %"
        return value

    data = with_more(seed) | {"terminal": "none"}  # a run-off has no finite value in some of them
    flowing = rng.random() < 0.3
    for _ in range(2):  # what the model refuses of a form is written as a number
        text = yaml.safe_dump(
            varied(data), sort_keys=False, allow_unicode=True, default_flow_style=None if flowing else False
        )
        try:
            loads(text)
            break
        except InputError:
            text = yaml.safe_dump(data, sort_keys=False)
    lines = []
    for i, line in enumerate(text.splitlines()):
        if rng.random() < 0.2 and not flowing:  # within braces over several lines a comment is no comment
            lines.append(f"{' ' * (len(line) - len(line.lstrip()))}# note {i}: keep me, «до запуска» & 100 %")
        lines.append(line)
    lines[0:0] = ["# The head of the file."]
    return ("\r\n" if rng.random() < 0.2 else "\n").join([*lines, ""])


def _set(data: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    if isinstance(data, list):
        return [_set(item, path[1:], value) if i == path[0] else item for i, item in enumerate(data)]
    return {**data, path[0]: _set(data[path[0]], path[1:], value)}


def trial(seed: int, folder: Path) -> int:
    """Try one scenario; return how many values were changed in cells."""
    rng = random.Random(seed + 10**6)
    text = written(seed)
    file, book, back = folder / "a.yaml", folder / "a.xlsx", folder / "b.yaml"
    file.write_bytes(text.encode())
    form = form_of(file, text)
    book.write_bytes(workbook_of(form, file.read_bytes(), {}, file.name))

    # Untouched: not one byte is another.
    filled = read_filled(book)
    assert filled.source == text.encode(), seed
    assert filled.changes(form) == [], seed
    assert filled.applied(form, [], date="2026-01-01", name="b") == text

    # Some numbers and ways changed as a person does: openpyxl opens and saves it, as another program would.
    opened = openpyxl.load_workbook(book)
    sheet = opened["inputs"]
    data = yaml.safe_load(text)
    rows = {row.name: row for row in form.rows["inputs"]}
    wanted = data
    changed = 0
    for cells in sheet.iter_rows(min_row=2):
        by_key = dict(zip(_KEYS, cells, strict=True))
        row = rows[by_key["name"].value]
        if row.path[-1] not in _QUANTITIES or rng.random() > 0.3 or by_key["way"].value == "text":
            continue
        middle = {"number": row.cells.value, "median and factor": row.cells.value}.get(by_key["way"].value)
        if not isinstance(middle, float) or middle <= 0.02:
            continue
        for key in ("value", "factor", "low", "high", "family", "written"):
            by_key[key].value = None
        new: Any
        if rng.random() < 0.5:
            new = round(middle * 0.9, 4)
            by_key["way"].value, by_key["value"].value = "number", new
            if isinstance(_at(data, row.path), dict):
                new = {"distribution": "point", "value": new}
        else:
            new = {"median": round(middle * 0.9, 4), "factor": 1.3}
            by_key["way"].value = "median and factor"
            by_key["value"].value, by_key["factor"].value = new["median"], new["factor"]
        candidate = _set(wanted, row.path, new)
        try:
            loads(yaml.safe_dump(candidate, sort_keys=False))
        except InputError:  # the model wants a plain number there: as it was
            by_key["way"].value, by_key["value"].value = row.cells.way, row.cells.value
            by_key["factor"].value = row.cells.factor
            continue
        wanted, changed = candidate, changed + 1
    opened.save(book)
    filled = read_filled(book)
    changes = filled.changes(form)
    assert len(changes) == changed, seed
    result = filled.applied(form, changes, date="2026-01-01", name="b")
    back.write_bytes(result.encode())
    assert load(back).hash == loads(yaml.safe_dump(wanted, sort_keys=False)).hash, seed
    notes = re.findall(r"# note \d+: keep me, «до запуска» & 100 %", text)
    assert re.findall(r"# note \d+: keep me, «до запуска» & 100 %", result) == notes, "comments stay, in their order"
    assert ("\r\n" in result) == ("\r\n" in text)
    return changed


def _at(data: Any, path: tuple[Any, ...]) -> Any:
    for part in path:
        data = data[part]
    return data


def main() -> None:
    """Try many by hand."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    told = parser.parse_args()
    changed = faults = 0
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(told.seed, told.seed + told.count):
            try:
                changed += trial(seed, Path(folder))
            except Exception as error:
                faults += 1
                print(seed, type(error).__name__, str(error)[:600])
    print(f"{told.count} scenarios, {changed} values changed in cells, {faults} faults")


if __name__ == "__main__":
    main()
