# SPDX-License-Identifier: MIT
"""What reading 100,000 rows costs, in seconds of CPU, by form: ``python benchmarks/reading_bench.py [ROWS]``."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from txsim.panel.reader.cleaning import read_panel
from txsim.panel.reader.link_spec import read_spec

rows = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
rng = np.random.default_rng(0)
units = np.array([f"Branch {i:04d}" for i in range(rows // 24 // 20 + 1)])
answers = pd.DataFrame(
    {
        "unit": rng.choice(units, rows),
        "date": pd.to_datetime("2022-01-01") + pd.to_timedelta(rng.integers(0, 730, rows), unit="D"),
        "ex": rng.integers(0, 11, rows),
        "cx": rng.integers(0, 11, rows),
        "comment": "ran to, and fro",
    }
)
answers["date"] = answers["date"].dt.strftime("%Y-%m-%d %H:%M:%S")
cells = rows // 24
scores = pd.DataFrame(
    {
        "unit": np.repeat([f"Branch {i:05d}" for i in range(cells)], 24),
        "period": np.tile([f"{2022 + t // 12}-{t % 12 + 1:02d}" for t in range(24)], cells),
        "ex": rng.normal(20, 15, cells * 24).round(2),
        "cx": rng.normal(30, 15, cells * 24).round(2),
        "n_ex": rng.integers(10, 99, cells * 24),
        "n_cx": rng.integers(10, 99, cells * 24),
    }
)
words = answers.assign(
    ex=np.where(answers.ex == 10, "10 - Extremely likely", answers.ex.astype(str)),
    cx=np.where(answers.cx == 0, "0 - Not at all likely", answers.cx.astype(str)),
)
long = answers.drop(columns="comment").iloc[: rows // 2].melt(["unit", "date"], var_name="question")

with tempfile.TemporaryDirectory() as folder:
    for name, frame, how in (
        ("answers, CSV", answers, {}),
        ("scores, CSV", scores, {}),
        ("scores, cp1251, decimal commas", scores.assign(unit="Склад " + scores["unit"]), {"encoding": "cp1251"}),
        ("labels at the ends, CSV", words, {}),
        ("one row per answer and question", long, {}),
        ("answers, Parquet", answers, {"kind": "parquet"}),
        ("scores, Excel", scores, {"kind": "xlsx"}),
    ):
        path = Path(folder) / f"a.{how.get('kind', 'csv')}"
        if path.suffix == ".parquet":
            frame.to_parquet(path)
        elif path.suffix == ".xlsx":
            frame.to_excel(path, index=False)
        elif "encoding" in how:
            frame.to_csv(path, index=False, sep=";", decimal=",", encoding=how["encoding"])
        else:
            frame.to_csv(path, index=False)
        start = time.process_time()
        panel, _ = read_panel(path, read_spec(None, scale="nps"))
        print(f"{name:<34}{len(frame):>9,} rows  {time.process_time() - start:6.2f} s  {panel.y.shape}", flush=True)
