# SPDX-License-Identifier: MIT
"""Value of information: regression on draws that exist, against nested Monte Carlo.

1. EVPPI of single parameters and of a group on shipped scenarios, against nested Monte Carlo (every outer value of the
   parameter is set in all inner draws and the kernel runs again), as a share of EVPI.
2. EVSI of a grid of 6 durations × 8 numbers of respondents on 4,096 draws: CPU time, and error against a reference.
3. What nested Monte Carlo needs for the same error: its CPU time at growing size, extrapolated by its rate.
4. Indices of the Ishigami function from 10,000 given points: largest error of 20 sets of points.

``--quick`` uses smaller nests. Draws are those of the packaged evidence, from the cache where they are there.
"""

from __future__ import annotations

import argparse
import math
import os
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from txsim.decide import conditional_mean, evpi, evppi, read, sensitivity_indices, signal
from txsim.decide.policies import noise_of
from txsim.forecast import Forecast, forecast
from txsim.pilot.design import variant_of
from txsim.scenario import Scenario, load
from txsim.simulate.engine import run
from txsim.simulate.layout import lay_out
from txsim.simulate.points import BATCHES
from txsim.types import Array

ROOT = Path(__file__).resolve().parent.parent
DURATIONS = (3, 4, 6, 8, 9, 12)
SIZES = (4.0, 8.0, 12.0, 16.0, 24.0, 32.0, 48.0, 60.0)


def nested_means(found: Forecast, names: list[str], picked: np.ndarray) -> np.ndarray:
    """Return the expected payoff given some independent quantities at some draws, over all draws of all else."""
    drawn = found.drawn
    inner = drawn.count
    means = np.empty(len(picked))
    block = 4  # several outer values at once, side by side as draws
    for first in range(0, len(picked), block):
        values = picked[first : first + block]
        many = {name: np.tile(each, len(values)) for name, each in drawn.parameters.items()}
        own = {name: np.tile(each, len(values)) for name, each in drawn.quantities.items()}
        for name in names:
            own[name] = np.repeat(drawn.quantities[name][values], inner)
        scene = lay_out(found.scenario, own, many, len(values) * inner)
        outcome = run(scene.plan, scene.matrix, paths=("commit",))
        means[first : first + block] = outcome.field("commit", "npv").reshape(len(values), inner).mean(axis=1)
    return means


def evppi_table(quick: bool) -> None:
    """Print EVPPI by regression and by nesting, for independent quantities of the shipped scenarios."""
    outer = 128 if quick else 512
    print(f"EVPPI on 4,096 draws, share of EVPI; nested: put right by {outer} draws, each with all 4,096 of all else")
    worst = 0.0
    for name in ("service_desk_pilot", "digital_channel_rescue", "tx_programme", "employee_tools_redesign"):
        found = forecast(load(ROOT / f"scenarios/{name}.yaml"))
        driver = found.scenario.drivers[0].name
        payoff = found.npv("commit")
        benefit = np.column_stack([np.zeros_like(payoff), payoff])
        whole = evpi(benefit, batches=BATCHES).value
        # Nesting sets values without asking what they are tied to: what is independent of all else.
        execution = [f"{driver}.{each}" for each in ("delivery", "cost_overrun", "slip")]
        effect = f"{driver}.pushes[0].effect"
        picked = np.random.default_rng(0).choice(found.draws, outer, replace=False)
        for group in ([effect], execution, [effect, *execution]):
            given = np.column_stack([found.drawn.uncertain[each] for each in group])
            mine = evppi(benefit, given, batches=BATCHES)
            fitted = conditional_mean(payoff, given)[picked, 0]
            # The regression serves as a control: nesting tells where it errs, at the same draws. The mean payoff has a
            # Monte Carlo error of its own, which is in both alike.
            nested = nested_means(found, group, picked)
            nested += fitted.mean() - nested.mean()
            gap = (np.maximum(nested, 0) - np.maximum(fitted, 0)) / whole
            worst = max(worst, abs(float(gap.mean())))
            shown = " + ".join(each.rpartition(".")[2] for each in group)
            share, error = mine.value / whole, mine.mcse / whole
            noise = float(gap.std() / np.sqrt(outer))
            nest = f"{share + float(gap.mean()):.3f} ± {noise:.3f}"
            print(f"  {name:24s} {shown:40s} {share:.3f} ± {error:.3f}  nested {nest}", flush=True)
    print(f"  largest difference {worst:.3f} of EVPI")


def _grid(found: Forecast) -> tuple[Array, float, dict[int, Any]]:
    """Return EVSI of the grid, and the CPU time of regression and reading."""
    variants = {months: variant_of(found, 0.2, months) for months in DURATIONS}
    table = np.empty((len(DURATIONS), len(SIZES)))
    begun = time.process_time()
    for i, months in enumerate(DURATIONS):
        variant = variants[months]
        prepared = signal(variant.readable.pilot.net_benefit, variant.readable.pilot.means)
        for j, people in enumerate(SIZES):
            sd = noise_of(variant.scenario, variant.readable, people, True, 0.2, 60, review=False)
            table[i, j] = read(prepared, sd, batches=BATCHES).evsi.value
    return table, time.process_time() - begun, variants


def evsi_table(quick: bool) -> None:
    """Print time and error of the EVSI of a grid of designs."""
    scenario = load(
        ROOT / "scenarios/front_line_first.yaml",
        overrides=[
            "pilot.respondents=40",
            "pilot.control=true",
            "pilot.units=60",
            "drivers[0].pushes[0].effect={median: 10, factor: 2.5}",
            "drivers[0].per_head_monthly=6.2",
        ],
    )
    big = forecast(scenario, draws=2**17, seed=11)
    reference, _, _ = _grid(big)
    perfect = math.nan
    errors, times = [], []
    for seed in range(3 if quick else 8):
        found = forecast(scenario, seed=100 + seed)
        table, seconds, variants = _grid(found)
        if math.isnan(perfect):
            perfect = evpi(variants[6].readable.pilot.net_benefit, batches=BATCHES).value
        errors.append(table - reference)
        times.append(seconds)
    error = np.sqrt(np.mean(np.square(errors)))
    print(f"EVSI of {len(DURATIONS)} × {len(SIZES)} designs on 4,096 draws: CPU {np.median(times):.3f} s, root mean")
    largest = np.abs(errors).max() / perfect
    print(f"  square error {error / perfect:.3f} of EVPI, largest {largest:.3f} (against 131,072 draws)")
    print(f"  EVSI from {reference.min() / perfect:.3f} to {reference.max() / perfect:.3f} of EVPI")
    nested_speed(scenario, reference, perfect, error, float(np.median(times)), quick)


def nested_speed(
    scenario: Scenario, reference: Array, perfect: float, error: float, seconds: float, quick: bool
) -> None:
    """Print what nesting costs at the same error: data sets outside, fresh draws of the model inside each of them."""
    months, people = 6, 32.0
    begun = time.process_time()
    pool = variant_of(forecast(scenario, draws=2**16, seed=77), 0.2, months)
    per_draw = (time.process_time() - begun) / 2**16  # points, kernel and all
    sd = noise_of(pool.scenario, pool.readable, people, True, 0.2, 60, review=False)
    exact = reference[DURATIONS.index(months), SIZES.index(people)]
    benefit, means = pool.readable.pilot.net_benefit, pool.readable.pilot.means
    outer, inner = (128, 512) if quick else (512, 1024)
    values = []
    begun = time.process_time()
    for repeat in range(8):
        rng = np.random.default_rng(repeat)
        best = np.empty(outer)
        base = np.zeros(benefit.shape[1])
        for k, at in enumerate(rng.choice(len(means), outer)):
            inside = rng.choice(len(means), inner)
            data = means[at] + sd * rng.normal(size=means.shape[1])
            weight = np.exp(-0.5 * (((data - means[inside]) / sd) ** 2).sum(axis=1))
            best[k] = (weight @ benefit[inside]).max() / max(weight.sum(), 1e-300)
            base += benefit[inside].mean(axis=0) / outer
        values.append(best.mean() - base.max())
    used = (time.process_time() - begun) / 8 + per_draw * outer * inner
    rmse = float(np.sqrt(np.mean((np.array(values) - exact) ** 2)))
    print(
        f"  nested, one design: {outer} data sets × {inner} draws, CPU {used:.2f} s, error {rmse / perfect:.3f} of EVPI"
    )
    needed = used * max(rmse / error, 1.0) ** 2
    designs = reference.size
    print(
        f"  at our error {designs} designs take {needed * designs:,.0f} s: {needed * designs / seconds:,.0f} times ours"
    )


def ishigami() -> None:
    """Print the largest error of Sobol indices of the Ishigami function."""
    first, total = np.array([0.31390519, 0.44241114, 0]), np.array([0.55758886, 0.44241114, 0.24368366])
    worst = 0.0
    begun = time.process_time()
    for seed in range(20):
        x = np.random.default_rng(seed).uniform(-np.pi, np.pi, (10_000, 3))
        y = np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])
        found = sensitivity_indices(y, x)
        for told, exact in ((found.first_order, first), (found.total, total)):
            worst = max(worst, float(np.abs([each.value for each in told] - exact).max()))
    seconds = (time.process_time() - begun) / 20
    print(f"Ishigami, 10,000 given points: largest error {worst:.4f} of 20 sets, {seconds:.2f} s each")


def main() -> None:
    """Run all of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    evppi_table(quick)
    evsi_table(quick)
    ishigami()


if __name__ == "__main__":
    main()
