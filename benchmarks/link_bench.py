# SPDX-License-Identifier: MIT
"""How long reading, fitting and reporting a panel takes, by size, and what backtests say.

    python benchmarks/link_bench.py [--sizes small,medium,large]

Seconds on this machine, one run each; 4 chains × 1,000 with R-hat under 1.01. `small` 40 units × 24 months × 60
respondents, `medium` 500 × 36, `large` 39,000 × 3, counts differing by cell. Without priors and claims,
whose calibration takes the same time for every size. First, in a cache of its own, how long the filter's machine code
takes to compile.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from txsim.report.link import link_text

from txsim.panel.backtest import backtest
from txsim.panel.likelihood.density import PanelModel
from txsim.panel.link import link
from txsim.panel.reader.cleaning import read_panel
from txsim.panel.reader.link_spec import read_spec
from txsim.panel.synthetic import simulate_panel, write_simulated

COLD = """
import time, numpy as np
from txsim.panel.likelihood.density import PanelModel
from txsim.panel.likelihood.records import records
y = np.random.default_rng(0).standard_normal((8, 4, 2))
model = PanelModel(records(y, np.ones_like(y), counted=(True, True)))
began = time.process_time()
model(model.start())
print(f"compiling the filter {time.process_time() - began:.0f} s CPU")
"""
SIZES = {"small": (40, 24), "medium": (500, 36), "large": (39_000, 3)}

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--sizes", default="small,medium,large")
told = parser.parse_args()
with tempfile.TemporaryDirectory() as folder:
    subprocess.run([sys.executable, "-c", COLD], check=True, env={**os.environ, "TXSIM_CACHE": f"{folder}/cache"})
    for name in told.sizes.split(","):
        units, periods = SIZES[name]
        path = Path(folder) / f"{name}.csv"
        write_simulated(path, simulate_panel(units, periods, 60, seed=3))
        spec = read_spec(None, scale="index")
        began, cpu = time.perf_counter(), time.process_time()
        found = link([path], spec=spec, calibrated=False)
        link_text(found.data())
        d, one = found.summary["diagnostics"], found.summary["one_period"]["ex_cx"]
        print(
            f"{units:>6,} × {periods:<3} {time.perf_counter() - began:6.0f} s wall "
            f"{time.process_time() - cpu:6.0f} s CPU   "
            f"R-hat {d['r_hat']:.4f}, ESS {d['ess_bulk']:.0f} / {d['ess_tail']:.0f}, divergences {d['divergences']}; "
            f"EX → CX {one['median']:+.3f} ({one['p05']:.3f} … {one['p95']:.3f})",
            flush=True,
        )
        model = PanelModel(found.prepared.data, found.prepared.phi)
        theta = model.start()
        model(theta)
        began = time.perf_counter()
        for _ in range(20):
            model(theta)
        print(f"         one value and gradient {(time.perf_counter() - began) / 20 * 1e3:.2f} ms", flush=True)
        if periods >= 5:
            panel, _ = read_panel(path, spec)
            print(f"         {backtest(panel, spec)['sentence']}", flush=True)
