# SPDX-License-Identifier: MIT
"""About how much memory a forecast takes, found from a scenario's structure before anything is computed.

Arrays are counted: what the kernel reads and writes, for the horizon and the later one, months where they are kept, and
draws of parameters. What libraries take was measured (``benchmarks/memory_bench.py``).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from txsim.forecast.draws import all_quantities, calibration_spec
from txsim.inference.sampling import at_hand, bytes_to_sample, length_for
from txsim.scenario import Scenario
from txsim.simulate.layout import lay_out

_FLOAT = 8
#: A process with its libraries and the kernel's machine code.
_PROCESS = 170 * 2**20


#: One draw of anything, so small that no loop explodes: only how many there are is counted.
_LITTLE = np.full(1, 1e-6)


class _Anything(dict[str, Any]):
    """Draws of whatever parameter is asked for."""

    def __missing__(self, name: str) -> Any:
        return _LITTLE


def bytes_to_simulate(scenario: Scenario, draws: int, *, months: bool = False, later: bool = True) -> int:
    """Return about how many bytes a forecast takes once its parameters are drawn.

    ``months``: whether every month of every draw is kept, as for reports and folders. ``later``: whether the verdict
    past the horizon is computed as well, as `run` does.
    """
    quantities = all_quantities(scenario)
    with np.errstate(all="ignore"):
        scene = lay_out(scenario, dict.fromkeys(quantities, _LITTLE), _Anything(), 1)
    plan, paths = scene.plan, len(scene.paths)
    # Rows are made one by one, then laid out side by side.
    rows = 2 * len(scene.matrix) + 2 * len(quantities)
    fields = 2 * paths * len(plan.result_fields())
    by_month = paths * plan.months * len(plan.monthly_fields()) if months else paths * plan.months
    return _PROCESS + _FLOAT * draws * ((rows + fields) * (2 if later else 1) + by_month)


def bytes_needed(scenario: Scenario, draws: int) -> int:
    """Return about how many bytes `run` takes: the larger of sampling parameters, if that is needed, and simulating."""
    simulating = bytes_to_simulate(scenario, draws)
    spec = calibration_spec(scenario, data=False)
    if scenario.data is None and at_hand(spec, serves=draws):
        return simulating
    return max(bytes_to_sample(spec, length_for(draws)), simulating)
