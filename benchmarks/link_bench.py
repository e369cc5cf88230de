# SPDX-License-Identifier: MIT
"""How long a panel takes, first use included, and whether weighed draws are those of chains and hang on the seed.

    python benchmarks/link_bench.py [--sizes 40x24,144x8,500x36,39000x3] [--seeds 8] [--chains] [PANEL --scale raw]

CPU seconds of one process for each size, imports and compiling included: `link` without priors and claims, whose
calibration takes the same time for every size. Panels are made as by `txsim link --simulate`, 60 respondents, counts
differing by cell. Then, over some seeds, how far the sd and both ends of the 90 % interval of EX → CX lie apart
(largest less smallest, over the mean sd), and with `--chains` the same figures by NUTS.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from txsim.panel.likelihood.density import PanelModel
from txsim.panel.likelihood.lag_path import path
from txsim.panel.likelihood.sampler import PanelDraws, sample
from txsim.panel.likelihood.standardisation import prepare
from txsim.panel.reader.cleaning import read_panel
from txsim.panel.reader.link_spec import read_spec
from txsim.panel.synthetic import simulate_panel, write_simulated

ONE = """
import sys, time
from pathlib import Path
from txsim.panel.link import link
from txsim.panel.reader.link_spec import read_spec
answer = link([Path(sys.argv[1])], spec=read_spec(None, scale=sys.argv[2]), calibrated=False)
d, one = answer.diagnostics, answer.one_period["ex_cx"]
print(f"{time.process_time():.1f} s CPU, {d['sampler']}, k-hat {d.get('k_hat', float('nan')):.2f}, effective draws "
      f"{d['ess_bulk']:.0f} / {d['ess_tail']:.0f}; EX → CX {one.median:+.4f} ({one.p05:.4f} … {one.p95:.4f})")
"""


def figures(draws: PanelDraws) -> np.ndarray:
    """Return sd and both ends of the 90 % interval of EX → CX, within-unit sd per sd."""
    b = draws["b_ex_cx"]
    return np.array([b.std(), *np.quantile(b, [0.05, 0.95])])


def study(name: str, file: Path, scale: str, seeds: int, chains: bool) -> None:
    one = [sys.executable, "-c", ONE, str(file), scale]
    alone = os.environ | {"OPENBLAS_NUM_THREADS": "1"}  # as the command does: threads that wait would count as CPU
    done = subprocess.run(one, check=True, capture_output=True, text=True, env=alone)
    print(f"{name:>10}  {done.stdout.strip()}", flush=True)
    spec = read_spec(None, scale=scale)
    ready = prepare(read_panel(file, spec)[0], spec)
    along, model = path(ready.data, ready.phi), PanelModel(ready.data, ready.phi)
    rows = np.array([figures(sample(model, seed, along=along)) for seed in range(seeds)])
    if seeds > 1:
        apart = np.ptp(rows, axis=0) / rows[:, 0].mean()
        print(f"            {seeds} seeds: sd {apart[0]:.1%}, ends {apart[1]:.1%} and {apart[2]:.1%} of the sd apart")
    if chains:
        began = time.process_time()
        reference = figures(sample(model, 0, along=along, chains=True))
        print(
            f"            chains {np.round(reference, 4)} in {time.process_time() - began:.0f} s CPU, "
            f"weighed {np.round(rows.mean(axis=0), 4)}",
            flush=True,
        )


parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("panel", nargs="?", type=Path, help="a panel of one's own, instead of simulated ones")
parser.add_argument("--scale", default="index")
parser.add_argument("--sizes", default="40x24,144x8,500x36,39000x3")
parser.add_argument("--seeds", type=int, default=8)
parser.add_argument("--chains", action="store_true")
told = parser.parse_args()
if told.panel is not None:
    study(told.panel.name, told.panel, told.scale, told.seeds, told.chains)
else:
    with tempfile.TemporaryDirectory() as folder:
        for size in told.sizes.split(","):
            units, periods = map(int, size.split("x"))
            made = Path(folder) / f"{size}.csv"
            write_simulated(made, simulate_panel(units, periods, 60, seed=3))
            study(size, made, "index", told.seeds, told.chains)
