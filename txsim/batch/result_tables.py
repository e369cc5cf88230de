# SPDX-License-Identifier: MIT
"""The results of a batch as tables (docs/schema.md): figures, draws and scenarios, a row each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from txsim.batch.work import COLUMNS, CaseResult
from txsim.batch.work_plan import Entry, Failure, Settings, versions

MANIFEST = "manifest.json"


def _coded(words: Sequence[str], counts: Any = None) -> Any:
    """Return words as a dictionary column, each repeated so often."""
    import pyarrow as pa

    names = sorted(set(words))
    at = {name: i for i, name in enumerate(names)}
    codes = np.array([at[word] for word in words], dtype=np.int32)
    codes = codes if counts is None else np.repeat(codes, counts)
    return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(names, pa.string()))


def results_table(pairs: Sequence[tuple[Entry, CaseResult]], settings: Settings, note: Mapping[str, Any]) -> Any:
    """Return one row per scenario × option × metric."""
    import pyarrow as pa

    layouts: dict[int, list[tuple[str, str, str]]] = {}
    counts = [len(each.labels) for _, each in pairs]
    labels = [label for _, each in pairs for label in layouts.setdefault(id(each.labels), list(each.labels))]
    values = np.concatenate([each.values for _, each in pairs]) if pairs else np.empty((0, len(COLUMNS)))
    package_versions = versions()
    columns = {
        "path": _coded([entry.path for entry, _ in pairs], counts),
        "hash": _coded([entry.hash for entry, _ in pairs], counts),
        "option": _coded([label[0] for label in labels]),
        "metric": _coded([label[1] for label in labels]),
        "unit": _coded([label[2] for label in labels]),
        # NaN means that there is no such figure; null says so to every reader.
        **{
            name: pa.array(np.ascontiguousarray(values[:, i]), mask=np.isnan(values[:, i]))
            for i, name in enumerate(COLUMNS)
        },
        "calibration_hash": _coded([note["hash"]] * len(pairs), counts),
        "calibration_source": _coded([note["source"]] * len(pairs), counts),
        "calibration_seed": pa.array(np.full(len(labels), settings.calibration_seed, dtype=np.int64)),
        "seed": pa.array(np.repeat(np.array([entry.seed for entry, _ in pairs], dtype=np.int64), counts)),
        "draws": pa.array(np.full(len(labels), settings.draws, dtype=np.int64)),
        "txsim": _coded([package_versions["txsim"]] * len(pairs), counts),
        "code": _coded([package_versions["code"]] * len(pairs), counts),
    }
    return pa.table(columns)


def draws_table(pairs: Sequence[tuple[Entry, CaseResult]]) -> Any:
    """Return NPV draw by draw, one row per scenario × option × draw."""
    import pyarrow as pa

    paths, options, counts, values = [], [], [], []
    for entry, each in pairs:
        for option, npv in zip(each.facts["options"], each.npv, strict=True):
            paths.append(entry.path)
            options.append(option)
            counts.append(npv.size)
            values.append(npv)
    draw = np.concatenate([np.arange(count, dtype=np.int32) for count in counts])
    return pa.table(
        {
            "path": _coded(paths, counts),
            "option": _coded(options, counts),
            "draw": pa.array(draw),
            "npv": pa.array(np.concatenate(values)),
        }
    )


def scenarios_table(
    entries: Sequence[Entry],
    failures: Sequence[Failure],
    facts: Mapping[str, Mapping[str, Any]],
    settings: Settings,
    notes: Mapping[str, Mapping[str, Any]],
) -> Any:
    """Return one row per scenario, failed ones included."""
    import pyarrow as pa

    rows: list[dict[str, Any]] = []
    for entry in entries:
        entry_facts = facts[entry.key]
        rows.append(
            {
                "path": entry.path,
                "status": "done",
                "title": entry.title,
                "hash": entry.hash,
                "settings": list(entry.overrides),
                "verdict": entry_facts["verdict"],
                "verdict_mean_npv": entry_facts["mean_npv"],
                "too_close": entry_facts["too_close"],
                "impossible_draws": entry_facts["impossible_draws"],
                "currency": entry_facts["currency"],
                "horizon_months": entry_facts["horizon_months"],
                "discount_rate": entry_facts["discount_rate"],
                "bridge": entry_facts["bridge"],
                "calibration_hash": notes[entry.calibration]["hash"],
                "calibration_source": notes[entry.calibration]["source"],
                "seed": entry.seed,
                "draws": settings.draws,
                "error": None,
                "warnings": list(entry.warnings),
            }
        )
    rows += [
        {"path": each.path, "status": "failed", "hash": each.hash, "error": each.message}
        | {"settings": list(each.settings), "warnings": []}
        for each in failures
    ]
    rows.sort(key=lambda row: row["path"])
    text, whole, number = pa.string(), pa.int64(), pa.float64()
    schema = pa.schema(
        [
            ("path", text),
            ("status", text),
            ("title", text),
            ("hash", text),
            ("settings", pa.list_(text)),
            ("verdict", text),
            ("verdict_mean_npv", number),
            ("too_close", pa.bool_()),
            ("impossible_draws", whole),
            ("currency", text),
            ("horizon_months", whole),
            ("discount_rate", number),
            ("bridge", text),
            ("calibration_hash", text),
            ("calibration_source", text),
            ("seed", whole),
            ("draws", whole),
            ("error", text),
            ("warnings", pa.list_(text)),
        ]
    )
    return pa.Table.from_pylist(rows, schema)


def parquet(table: Any) -> bytes:
    """Return a table as Parquet; the same table, the same bytes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd", compression_level=1, row_group_size=2**20)
    content: bytes = sink.getvalue().to_pybytes()
    return content
