# SPDX-License-Identifier: MIT
"""How long reading, fitting and reporting a panel takes, by size, and what backtests say.

    python benchmarks/link_bench.py [--sizes small,medium,large]

Seconds on this machine, one run each; 4 chains × 1,000 with R-hat under 1.01. `small` 40 units × 24 months × 60
respondents, `medium` 500 × 36, `large` 39,000 × 3, counts differing by cell. Without priors and claims,
whose calibration takes the same time for every size.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from txsim.link.backtest import backtest
from txsim.link.fit import link
from txsim.link.simulate import simulate_panel, write_simulated
from txsim.panels.clean import read_panel
from txsim.panels.spec import read_spec
from txsim.report.link import link_text

SIZES = {"small": (40, 24), "medium": (500, 36), "large": (39_000, 3)}

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--sizes", default="small,medium,large")
told = parser.parse_args()
with tempfile.TemporaryDirectory() as folder:
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
        if periods >= 5:
            panel, _ = read_panel(path, spec)
            print(f"         {backtest(panel, spec)['sentence']}", flush=True)
