# SPDX-License-Identifier: MIT
"""What ± says and what reduces it: fresh seeds against the error that each run states, and ± by draws and by posterior.

Each fresh seed takes other points and another stretch of the posterior's chains. Over many of them the standard
deviation of a mean, over the mean of what the runs state as its error, must be near 1. Usage: ``fresh_seed_bench.py
[SCENARIO …]``; the first run samples the long chains, about a minute.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from txsim.forecast import Forecast, forecast
from txsim.forecast.draws import calibration_spec
from txsim.inference import calibrate
from txsim.scenario import load
from txsim.simulate.statistics import summary

ROOT = Path(__file__).resolve().parent.parent
RUNS, DRAWS = 40, 4096
SHOWN = ("service_desk_pilot",)


def stated(found: Forecast) -> tuple[float, float]:
    """Return mean and stated error of committing."""
    told = summary(found.npv("commit"))
    return told["mean"], told["mcse"]


def main(names: list[str]) -> None:
    for name in names or SHOWN:
        scenario = load(ROOT / f"scenarios/{name}.yaml")
        each = np.array([stated(forecast(scenario, draws=DRAWS, fresh_seed=i)) for i in range(1, RUNS + 1)])
        ratio = each[:, 0].std(ddof=1) / each[:, 1].mean()
        print(f"{name}: {RUNS} fresh seeds of {DRAWS:,} draws: sd {each[:, 0].std(ddof=1):,.0f}, "
              f"mean ± {each[:, 1].mean():,.0f}, ratio {ratio:.2f}")  # fmt: skip
        short = calibrate(calibration_spec(scenario))
        for draws in (4096, 16384, 65536):
            mean, error = stated(forecast(scenario, draws=draws))
            alone = stated(forecast(scenario, draws=draws, calibration=short))
            print(f"  {draws:6,} draws: {mean:,.0f} ± {error:,.0f}; "
                  f"on 8,192 posterior draws alone {alone[0]:,.0f} ± {alone[1]:,.0f}")  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1:])
