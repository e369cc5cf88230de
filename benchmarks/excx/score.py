# SPDX-License-Identifier: MIT
"""What ours says of each world, beside what a user would run instead, scored against the truth.

    python benchmarks/excx/score.py [--runs 20] [--units 40] [--months 24] [--first 0]

Rivals, by least squares in NumPy and by statsmodels, linearmodels and semopy where these are installed (they are no
dependencies; which are not is said, `rivals.py`): *correlation*, the slope of CX on EX over all cells; *fixed effects*,
CX on EX of the month before with unit and month effects, errors clustered by unit; *cross-lagged*, the same with CX of
the month before, without unit effects. For the pilot: *means*, the difference of unit means before and after, and
CausalPy's difference in differences.

Scores: *right*, an effect there is found with its sign, or one that is not is not called; *false*, called though there
is none or with the wrong sign; *held*, the share of 90 % intervals that hold the truth; *lost*, money lost by the
decision that it leads to. The decision: lift EX by 5 points for ever at a cost of 200 a unit where the effect is
called. A point of CX is worth 500 a unit (settled); what the true effect earns less the cost, against knowing it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

sys.path.insert(0, str(Path(__file__).parent))
from rivals import available, frame_of
from worlds import PANELS, Pilot, World, make, make_pilot

from txsim.panel.effects import effects_of, widened
from txsim.panel.likelihood.density import PanelModel
from txsim.panel.likelihood.lag_path import path
from txsim.panel.likelihood.robustness import widening
from txsim.panel.likelihood.sampler import sample
from txsim.panel.likelihood.standardisation import prepare
from txsim.panel.reader.link_spec import LinkSpec
from txsim.panel.reader.panel import Panel
from txsim.panel.verdict import verdict
from txsim.pilot.did import difference
from txsim.pilot.pilot_file import read_pilot
from txsim.types import Array

#: An effect with its 90 % interval, and whether it is called one.
Answer = tuple[float, float, float, bool]

LIFT, COST, WORTH = 5.0, 200.0, 500.0


def ours(world: World, seed: int) -> Answer:
    """Return effect, interval and verdict of EX on CX a month later."""
    units = tuple(f"u{i}" for i in range(len(world.y)))
    variance = np.minimum(22.0**2, 1e4 * world.y / 100 * (1 - world.y / 100)) / world.n
    panel = Panel(units, 24276.0, 1.0, True, world.y, world.n, variance, ("index", "index"))
    ready = prepare(panel, LinkSpec())
    along = path(ready.data, ready.phi)
    draws = sample(PanelModel(ready.data, ready.phi), seed, along=along, draws=500)
    draws = widened(draws, widening(panel, ready, along)[0])
    effects = effects_of(panel, ready, draws)
    effect = effects.one_period["ex_cx"]
    told = verdict(draws["b_ex_cx"], effects.settled["ex_cx"])
    return effect.median, effect.p05, effect.p95, told == "supported"


def clustered(x: Array, y: Array, units: NDArray[np.int_], dropped: int) -> Answer:
    """Return slope of the first column with a 90 % interval, errors clustered by unit, and whether it is called."""
    slope, *_ = np.linalg.lstsq(x, y, rcond=None)
    left = y - x @ slope
    bread = np.linalg.pinv(x.T @ x)
    scores = np.array([x[units == u].T @ left[units == u] for u in np.unique(units)])
    many = len(scores)
    factor = many / (many - 1) * (len(y) - 1) / max(len(y) - x.shape[1] - dropped, 1)
    error = np.sqrt((bread @ (scores.T @ scores) @ bread)[0, 0] * factor)
    wide = student.ppf(0.95, many - 1) * error
    return slope[0], slope[0] - wide, slope[0] + wide, slope[0] / error > student.ppf(0.975, many - 1)


def rivals(world: World) -> dict[str, Answer]:
    """Return what each rival says of EX on CX."""
    y = world.y - world.y.mean(axis=0)  # month effects
    count, months = y.shape[:2]
    same = np.repeat(np.arange(count), months)
    before = np.repeat(np.arange(count), months - 1)
    inside = y - y.mean(axis=1, keepdims=True)
    lagged = inside[:, :-1, 0].ravel()[:, None]
    crossed = y[:, :-1].reshape(-1, 2)
    return {
        "correlation": clustered(
            (world.y[..., 0] - world.y[..., 0].mean()).ravel()[:, None],
            world.y[..., 1].ravel() - world.y[..., 1].mean(),
            same,
            1,
        ),
        "fixed effects": clustered(lagged, inside[:, 1:, 1].ravel(), before, count),
        "cross-lagged": clustered(crossed, y[:, 1:, 1].ravel(), before, months),
    }


def lost(called: bool, settled: float) -> float:
    """Return the money that the decision loses against one that knows the truth, a unit."""
    gain = settled * LIFT * WORTH - COST
    return max(gain, 0.0) - (gain if called else 0.0)


def panels(runs: int, first: int, units: int, months: int) -> None:
    libraries, gone = available()
    print(f"{runs} runs of {units} units × {months} months")
    print(f"not installed and left out: {', '.join(gone)}\n" if gone else "")
    print("| world | truth a month later | method | right | false | held | lost |")
    print("|---|---|---|---|---|---|---|")
    for name, told in PANELS.items():
        rows: dict[str, list[tuple[bool, bool, bool, float]]] = {}
        for run in range(first, first + runs):
            world = make(name, units, months, run)
            truth = world.truth["ex_cx"]
            frame = frame_of(world.y)
            answers = {"txsim": ours(world, run), **rivals(world), **{m: run_(frame) for m, run_ in libraries.items()}}
            for method, (_, low, high, called) in answers.items():
                there = truth > 0
                rows.setdefault(method, []).append(
                    (called == there, called and not there, low <= truth <= high, lost(called, told.get("forth", 0.0)))
                )
        for method, row in rows.items():
            right, false, held, money = np.mean(row, axis=0)
            print(
                f"| {name} | {truth:.3f} | {method} | {right:.0%} | {false:.0%} | {held:.0%} | {money:,.0f} |",
                flush=True,
            )


def by_causalpy(pilot: Pilot) -> tuple[float, bool]:
    """Return the effect by CausalPy's difference in differences, and whether its 90 % interval holds the truth."""
    import causalpy as cp
    import pandas as pd

    frame = pd.DataFrame(pilot.rows, columns=["unit", "period", "group", "post_treatment", "ex"])
    frame["t"] = pd.factorize(frame["period"], sort=True)[0]
    frame["post_treatment"] = frame["post_treatment"].astype(bool)
    told = cp.DifferenceInDifferences(
        frame,
        formula="ex ~ 1 + group * post_treatment",
        time_variable_name="t",
        group_variable_name="group",
        model=cp.pymc_models.LinearRegression(sample_kwargs={"progressbar": False, "random_seed": 1}),
    )
    draws = np.asarray(told.causal_impact).ravel()
    low, high = np.quantile(draws, [0.05, 0.95])
    return float(np.median(draws)), bool(low <= pilot.truth <= high)


def pilots(runs: int, first: int) -> None:
    kept: dict[str, list[tuple[float, bool]]] = {"txsim": [], "means": []}
    if find_spec("causalpy") is not None:
        kept["difference in differences (causalpy)"] = []
    with tempfile.TemporaryDirectory() as folder:
        for run in range(first, first + runs):
            pilot = make_pilot(run)
            file = Path(folder) / f"{run}.csv"
            lines = [",".join(map(str, row)) for row in pilot.rows]
            file.write_text("\n".join(["unit,period,treated,post,ex", *lines]) + "\n")
            told = difference(read_pilot(file, spec=LinkSpec(scale="index"))).figures()
            kept["txsim"].append((told.median, told.p05 <= pilot.truth <= told.p95))
            if "difference in differences (causalpy)" in kept:
                kept["difference in differences (causalpy)"].append(by_causalpy(pilot))
            changes: dict[int, list[float]] = {0: [], 1: []}
            for unit in sorted({row[0] for row in pilot.rows}):
                own = [row for row in pilot.rows if row[0] == unit]
                after, before = ([row[4] for row in own if row[3] == post] for post in (1, 0))
                if after and before:
                    changes[own[0][2]].append(float(np.mean(after) - np.mean(before)))
            effect = np.mean(changes[1]) - np.mean(changes[0])
            error = np.sqrt(sum(np.var(c, ddof=1) / len(c) for c in changes.values()))
            kept["means"].append((float(effect), bool(abs(effect - pilot.truth) <= 1.67 * error)))
    for method, rows in kept.items():
        effect, held = np.mean(rows, axis=0)
        print(f"| leaving by arm | 2.000 | {method} | mean {effect:.2f} | | {held:.0%} | |", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--units", type=int, default=40)
    parser.add_argument("--months", type=int, default=24)
    told = parser.parse_args()
    panels(told.runs, told.first, told.units, told.months)
    pilots(told.runs, told.first)
