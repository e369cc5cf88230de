# SPDX-License-Identifier: MIT
"""Is the panel model calibrated? Coverage on simulated companies, and ranks of truths drawn from the prior.

    python benchmarks/sbc_link.py --file ROWS.jsonl [--size 40x24] [--form nps] [--coverage 200] [--nulls 200]
    python benchmarks/sbc_link.py --file ROWS.jsonl [--size 40x12] [--form nps] --ranks 200
    python benchmarks/sbc_link.py --file ROWS.jsonl --tables

Coverage: panels of so many units × months × 60 respondents, made as by `txsim link --simulate`, slopes and lags drawn
from the catalogue's priors cut to plausible sizes; shares of 90 % intervals of one-period and settled effects
that hold the truth, how many effects are supported, and the posterior's sd beside the ideal observer's (the expected
information of the same model at the truth, its lag as open as ours). Beside each interval stands that of the same draws
under the prior that these slopes and lags come from, weighed by the ratio of both priors: the likelihood is the same,
so that a fault of the likelihood would show in both, and what only the first shows is the prior's. Nulls: the same
without effects; how many are called supported.

Ranks: all parameters drawn from the panel model's own prior, noise known as counts tell it; the rank of each truth
among 99 posterior draws must be uniform (Talts et al. 2018, arXiv 1804.06788): chi-square of ten bins and
Kolmogorov–Smirnov, and the share of 90 % intervals that hold it. As `nps`, noise has ten times the variance (3 in the
place of 0.3, where shocks have a half-normal sd of 1.5): as in panels of few answers a cell.

Forms: `index`, means of an index with a known spread; `nps` and `shares`, one and the same file of 20 … 40 answers a
cell, each a promoter, a passive or a detractor by chance, written as NPS with numbers of answers or as shares of the
three, and read as any file is. An NPS moves twice as far as a mean score (docs/model.md, section 1), and so do these;
the share of passives is each unit's own, 20 to 40 %, which an NPS does not tell. `bare` is `nps` without numbers of
answers.

Every finished panel is a line of the file at once, and a panel that the file holds already is not done again: what is
there can be read at any time, and work that is stopped goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command does: threads that wait would count as CPU

import numpy as np
from scipy.stats import beta, binom, chisquare, kstest

from txsim.errors import TxsimError
from txsim.panel.effects import effects_of, spread
from txsim.panel.likelihood.density import PanelModel
from txsim.panel.likelihood.dynamics import period_share, run_forward
from txsim.panel.likelihood.lag_path import over_noise, path
from txsim.panel.likelihood.marginal import BRIEF
from txsim.panel.likelihood.records import records
from txsim.panel.likelihood.sampler import sample
from txsim.panel.likelihood.standardisation import Prepared, demeaned, prepare
from txsim.panel.power import error_of_design
from txsim.panel.reader.cleaning import read_panel
from txsim.panel.reader.link_spec import LinkSpec, read_spec
from txsim.panel.reader.panel import Panel
from txsim.panel.synthetic import simulate_panel
from txsim.panel.verdict import verdict
from txsim.types import Array

Row = dict[str, Any]
PROCESS = {
    "rho_ex": 0.6, "rho_cx": 0.5, "sd_ex": 2.5, "sd_cx": 2.0, "r_shock": 0.2, "between_ex": 6.0, "between_cx": 5.0,
    "r_between": 0.5,
}  # fmt: skip
#: The process of NPS panels, index points of an NPS; levels lie so that few are out of what an NPS can be.
NPS_PROCESS = PROCESS | {"sd_ex": 5.0, "sd_cx": 4.0, "between_ex": 8.0, "between_cx": 7.0}
#: Slopes and lags of companies: median, log sd and bounds of log-normal laws.
SLOPES = {"ex_cx": (0.25, 0.7, 0.0, 0.8), "cx_ex": (0.12, 0.7, 0.0, 0.8)}
LAGS = (4.0, 0.42, 1.2, 12.0)
#: Noise variance of panels whose truths come from the model's own prior.
RANK_NOISE = {"index": 0.3, "nps": 3.0}


def index_panel(units: int, periods: int, seed: int, **truth: float) -> tuple[Panel, Array]:
    """Return a panel of means of an index, and the expected variance of each cell."""
    process: dict[str, Any] = dict(truth)
    made = simulate_panel(units, periods, seed=seed, **process)
    names = tuple(f"u{i}" for i in range(units))
    variance = np.minimum(22.0**2, 1e4 * made.y / 100 * (1 - made.y / 100)) / made.n
    return Panel(names, 24276.0, 1.0, True, made.y, made.n, variance, ("index", "index")), variance


def nps_panel(
    units: int, periods: int, seed: int, *, ex_cx: float, cx_ex: float, lag_months: float = 4.0, form: str
) -> tuple[Panel, Array]:
    """Return a panel of answers as the reader reads it, and the true variance of each cell, squared index points."""
    rng = np.random.default_rng([9, seed])
    kept = 1 - float(period_share(lag_months, 1.0))
    truth = NPS_PROCESS | {"b_ex_cx": ex_cx * kept, "b_cx_ex": cx_ex * kept, "phi": 1 - kept}
    moods = run_forward(truth | {"noise_ex": 0.0, "noise_cx": 0.0}, units, periods, 0.0, rng)
    moods += np.cumsum(rng.standard_normal((periods, 2)), axis=0) + np.array([55.0, 58.0])
    net = np.clip(moods / 50 - 1, -0.95, 0.95)
    passive = np.minimum(rng.uniform(0.2, 0.4, (units, 1, 2)), 1 - np.abs(net))
    n = rng.integers(20, 41, net.shape)
    kinds = rng.multinomial(n, np.stack([(1 - passive + net) / 2, passive, (1 - passive - net) / 2], axis=-1))
    parts = ("promoters", "passives", "detractors")
    shares = form == "shares"
    heads = [f"{series}_{part}" for series in ("ex", "cx") for part in parts] if shares else ["ex", "cx"]
    lines = [",".join(["unit", "period", *heads, *(() if form == "bare" else ("n_ex", "n_cx"))])]
    for u, t in np.ndindex(units, periods):
        if shares:
            told = [f"{100 * kinds[u, t, o, k] / n[u, t, o]:.1f} %" for o in (0, 1) for k in range(3)]
        else:
            told = [f"{100 * (kinds[u, t, o, 0] - kinds[u, t, o, 2]) / n[u, t, o]:.1f}" for o in (0, 1)]
        when = f"{2023 + t // 12}-{t % 12 + 1:02d}"
        lines.append(",".join([f"site {u:03d}", when, *told, *(() if form == "bare" else map(str, n[u, t]))]))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "panel.csv"
        file.write_text("\n".join(lines) + "\n")
        # one panel in a hundred is asked whether a unit that lies high is an index; the answer is given beforehand
        panel, _ = read_panel(file, read_spec(None, scale="nps", values="scores"))
    return panel, 2500.0 * (1 - passive - net**2) / n


def panel_of(form: str, units: int, periods: int, seed: int, **truth: float) -> tuple[Panel, Array]:
    if form == "index":
        return index_panel(units, periods, seed, **truth)
    return nps_panel(units, periods, seed, **truth, form=form)


def company(i: int) -> tuple[dict[str, float], float]:
    """Return slopes and a mean delay of one company."""
    rng = np.random.default_rng([7, i])
    drawn = []
    for middle, width, low, high in (*SLOPES.values(), LAGS):
        while not low <= (x := float(np.exp(rng.normal(np.log(middle), width)))) <= high:
            pass
        drawn.append(x)
    return dict(zip(SLOPES, drawn, strict=False)), drawn[-1]


def by_companies(ready: Prepared, draws: Any, ratios: dict[str, float]) -> Array:
    """Return weights ``(draw,)`` that turn draws into those under the prior that :func:`company` draws from."""
    kept = 1 - draws["phi"].ravel()
    logit = np.log1p(-kept) - np.log(kept)
    middle, width = ready.data.lag_prior
    settled = {name: draws[f"b_{name}"].ravel() / kept for name in SLOPES}
    # the model's own prior of both settled effects and of the logit, loops that feed themselves left out
    fed = settled["ex_cx"] * settled["cx_ex"]
    log = 0.5 * ((logit - middle) / width) ** 2 - np.log1p(-(fed**2))
    for name, each in settled.items():
        log += 0.5 * (each / ready.data.effect_width) ** 2 + _log_law(each / ratios[name], *SLOPES[name])
    log += _log_law(1 / kept, *LAGS) + np.log(np.maximum(1 / kept - 1, 1e-300))  # of the logit: d lag / d logit
    weight: Array = np.exp(log - log.max())
    return weight / weight.sum()


def _log_law(x: Array, middle: float, width: float, low: float, high: float) -> Array:
    inside = (x > low) & (x <= high)
    log = np.log(np.where(inside, x, middle))
    return np.where(inside, -0.5 * ((log - np.log(middle)) / width) ** 2 - log, -np.inf)


def weighed_quantiles(values: Array, weight: Array) -> list[float]:
    """Return the 5 % and 95 % points."""
    order = np.argsort(values)
    return [float(x) for x in np.interp([0.05, 0.95], np.cumsum(weight[order]), values[order])]


def lag_months(phi: Array | float) -> Array:
    """Return the mean delay of a monthly panel."""
    return np.asarray(1 / np.maximum(1 - phi, 1e-6))


def ideal(ready: Prepared, truth: dict[str, float], variance: Array) -> tuple[float, float]:
    """Return the standard errors that the expected information at the truth gives, in the panel's own sd."""
    units, periods, _ = variance.shape
    noise = np.exp(np.log(variance / ready.sd**2).mean(axis=(0, 1)))
    sd = ready.sd
    n = {**truth, "b_ex_cx": truth["b_ex_cx"] * sd[0] / sd[1], "b_cx_ex": truth["b_cx_ex"] * sd[1] / sd[0]}
    for name, o in (("sd_ex", 0), ("sd_cx", 1), ("between_ex", 0), ("between_cx", 1)):
        n[name] = truth[name] / sd[o]
    n |= {"noise_ex": 1.0, "noise_cx": 1.0, "first_ex": 1.0, "first_cx": 1.0, "first_shared": 0.0, "r_noise": 0.0}
    return error_of_design(n, units, periods, noise, ready.data, lag_open=True)


def fitted(ready: Prepared, seed: int, draws: int = 500) -> Any:
    """Return draws as ``txsim link`` makes them, but for the widening by the sandwich."""
    ready, along, over = over_noise(ready, path(ready.data, ready.phi, workers=1))
    sampled = sample(PanelModel(ready.data, ready.phi), seed, along=along, draws=draws, workers=1)
    return spread(sampled, ready, over, (1.0, 1.0), seed)


def drawn_by(draws: Any) -> Row:
    d = draws.diagnostics
    return {"sampler": d["sampler"], "k_hat": d.get("k_hat"), "rough": bool(d.get("rough"))}


def verdicts(panel: Panel, ready: Prepared, draws: Any) -> Row:
    """Return the verdict of each direction, as ``txsim link`` reaches it."""
    settled = effects_of(panel, ready, draws).settled
    return {name: verdict(draws[f"b_{name}"], settled[name]) for name in ("ex_cx", "cx_ex")}


def noise_of(ready: Prepared, draws: Any, variance: Array) -> Row:
    """Return the median of the noise that is found over the noise that is there, by sd."""
    there = np.exp(np.log(variance / ready.sd**2).mean(axis=(0, 1)) / 2)
    read = np.sqrt(ready.data.typical_noise)
    return {
        f"noise_{name}": float(np.median(draws[f"noise_{name}"])) * float(read[o] / there[o])
        for o, name in enumerate(("ex", "cx"))
    }


def null(i: int, units: int, periods: int, form: str) -> Row:
    """Return what is called supported where there is nothing."""
    panel, variance = panel_of(form, units, periods, 50_000 + i, ex_cx=0.0, cx_ex=0.0)
    ready = prepare(panel, LinkSpec())
    draws = fitted(ready, i)
    return verdicts(panel, ready, draws) | noise_of(ready, draws, variance) | drawn_by(draws)


def one_coverage(i: int, units: int, periods: int, form: str) -> Row:
    """Return the truth, the quantiles of the posterior, and the standard error beside the ideal observer's."""
    slopes, lag = company(i)
    panel, variance = panel_of(form, units, periods, 1000 + i, **slopes, lag_months=lag)
    ready = prepare(panel, LinkSpec())
    draws = fitted(ready, i, 2000)  # many: few of them weigh under the other prior
    kept = 1 - float(period_share(lag, 1.0))
    truth = {"b_ex_cx": slopes["ex_cx"] * kept, "b_cx_ex": slopes["cx_ex"] * kept, "phi": 1 - kept}
    truth |= PROCESS if form == "index" else NPS_PROCESS
    row: Row = {f"{name}, verdict": told for name, told in verdicts(panel, ready, draws).items()}
    ratios = {"ex_cx": ready.sd[0] / ready.sd[1], "cx_ex": ready.sd[1] / ready.sd[0]}
    delays = lag_months(draws["phi"])
    figures = {"mean delay": (lag, delays)}
    for (name, error), slope in zip(
        zip(slopes, ideal(ready, truth, variance), strict=True), slopes.values(), strict=True
    ):
        one = draws[f"b_{name}"]
        figures[f"{name}, one period"] = (slope * kept * ratios[name], one)
        figures[f"{name}, settled"] = (slope * ratios[name], one * delays)
        row[f"{name}, error"] = [float(one.std()), float(error)]
    weight = by_companies(ready, draws, ratios)
    row["by companies, effective"] = float(1 / (weight @ weight))
    for name, (true, values) in figures.items():
        row[name] = [float(true), *map(float, np.quantile(values, [0.05, 0.95]))]
        row[f"{name}, by companies"] = [float(true), *weighed_quantiles(values.ravel(), weight)]
    return row | noise_of(ready, draws, variance) | drawn_by(draws)


def rank(i: int, units: int, periods: int, form: str) -> Row:
    """Return the rank of a truth drawn from the model's prior among 99 draws of its posterior."""
    rng = np.random.default_rng([8, i])
    w, lag_prior = RANK_NOISE[form], (0.0, 0.6)
    noise = np.full((units, periods, 2), w)
    like = records(rng.standard_normal(noise.shape), noise, counted=(True, True), lag_prior=lag_prior)
    frame = PanelModel(like)
    while True:
        theta = rng.standard_normal(frame.dim)
        for name, at in frame.at.items():
            if name.startswith(("rho", "r_")):
                theta[at] = np.arctanh(2 * rng.beta(2, 2) - 1)
            elif name == "phi":
                theta[at] = like.lag_prior[0] + like.lag_prior[1] * theta[at]
            elif name.startswith("first"):
                theta[at] *= 0.3
        for series in ("ex", "cx"):  # noise and brief movement from their priors, in the coordinates of the model
            louder, brief = np.exp(like.noise_width[0] * rng.standard_normal()), BRIEF * rng.standard_normal() / w**0.5
            theta[frame.at[f"noise_{series}"]] = np.log(np.hypot(louder, brief))
            theta[frame.at[f"brief_{series}"]] = brief / louder
        theta[:2] /= 1 + np.exp(theta[frame.at["phi"]])  # settled effects are standard normal: b = β (1 − φ)
        truth = {name: float(x) for name, x in frame.natural(theta).items()}
        fed = abs(truth["b_ex_cx"] * truth["b_cx_ex"]) / (1 - truth["phi"]) ** 2
        if rng.random() >= 1 - fed**2:
            continue  # the prior leaves out loops that feed themselves without end
        y = demeaned(run_forward(truth, units, periods, w, rng))
        if np.isfinite(y).all() and np.abs(y).max() <= 1e5:
            break
    data = replace(records(y, np.full_like(y, w), counted=(True, True), lag_prior=lag_prior), total_sd=like.total_sd)
    draws = sample(PanelModel(data), i, draws=500, workers=1)
    values = {name: draws[name] for name in truth if np.ptp(draws[name]) > 0}
    for name in SLOPES:
        values[f"settled {name}"] = values[f"b_{name}"] * lag_months(values["phi"])
        truth[f"settled {name}"] = truth[f"b_{name}"] * float(lag_months(truth["phi"]))
    ranks = {name: int((x.ravel()[:: x.size // 99][:99] < truth[name]).sum()) for name, x in values.items()}
    held = {
        f"{name}, held": [truth[name], *map(float, np.quantile(x, [0.05, 0.95]))]
        for name, x in values.items()
        if name.startswith(("b_", "settled"))
    }
    return {"ranks": ranks} | held | drawn_by(draws)


KINDS: dict[str, Callable[[int, int, int, str], Row]] = {"coverage": one_coverage, "nulls": null, "ranks": rank}


def rows_of(file: Path) -> Iterator[Row]:
    if file.exists():
        for line in file.read_text().splitlines():
            yield json.loads(line)


def tables(rows: list[Row]) -> None:
    """Say what the file holds: counts as they are, with what chance alone would give."""
    for size, form in sorted({(row["size"], row["form"]) for row in rows}):
        for kind in KINDS:
            every = [row for row in rows if (row["kind"], row["size"], row["form"]) == (kind, size, form)]
            if not every:
                continue
            good = [row for row in every if "refused" not in row]
            ways = {way: sum(row["sampler"] == way for row in good) for way in sorted({row["sampler"] for row in good})}
            seconds = np.median([row["cpu_s"] for row in every])
            print(
                f"{kind}, {size}, {form}: {len(every)} panels, {len(every) - len(good)} refused, "
                f"{sum(row['rough'] for row in good)} rough; {ways}; median {seconds:.1f} s of CPU"
            )
            if good:
                {"coverage": _held, "nulls": _supported, "ranks": _uniform}[kind](good)


def _held(rows: list[Row]) -> None:
    for name in [
        name for name in rows[0] if name.startswith("mean delay") or "one period" in name or "settled" in name
    ]:
        _share_held(name, [row[name] for row in rows])
    _noise(rows)
    for name in ("ex_cx", "cx_ex"):
        ours, best = np.array([row[f"{name}, error"] for row in rows]).T
        said = {told: sum(row[f"{name}, verdict"] == told for row in rows) for told in ("supported", "inconclusive")}
        print(
            f"  {name}: {said}; sd / ideal observer's: median {np.median(ours / best):.2f}, root mean square "
            f"{np.sqrt((ours**2).mean() / (best**2).mean()):.2f}"
        )


def _share_held(name: str, rows: list[list[float]]) -> None:
    """Say which share of intervals, each with its truth before it, hold the truth."""
    low, high = (x / len(rows) for x in binom.interval(0.95, len(rows), 0.9))
    held = sum(a <= true <= b for true, a, b in rows)
    above = sum(true > b for true, _, b in rows)
    print(
        f"  {name:<33} {held / len(rows):6.1%} ({held} of {len(rows)}, truth above {above}, below "
        f"{len(rows) - held - above}; chance alone gives {low:.0%} … {high:.0%})"
    )


def _supported(rows: list[Row]) -> None:
    found = sum(row[name] == "supported" for row in rows for name in ("ex_cx", "cx_ex"))
    count = 2 * len(rows)
    high = beta.ppf(0.95, found + 1, count - found) if found < count else 1.0
    _noise(rows)
    print(f"  called supported: {found} of {count} ({found / count:.1%}, with 95 % probability under {high:.1%})")


def _noise(rows: list[Row]) -> None:
    for name in ("noise_ex", "noise_cx"):
        low, middle, high = np.quantile([row[name] for row in rows if name in row], [0.05, 0.5, 0.95])
        print(f"  {name}: found over true, sd, {middle:.2f} (nine of ten panels {low:.2f} … {high:.2f})")


def _uniform(rows: list[Row]) -> None:
    for name in rows[0]["ranks"]:
        ranks = np.array([row["ranks"][name] for row in rows])
        bins = np.histogram(ranks, bins=min(10, max(len(rows) // 5, 2)), range=(-0.5, 99.5))[0]
        # ranks are whole numbers: spread evenly over their width they have the continuous law of the test
        spread = (ranks + np.random.default_rng(0).random(len(ranks))) / 100
        print(
            f"  {name:<13} p {chisquare(bins).pvalue:.3f} (ten bins), {kstest(spread, 'uniform').pvalue:.3f} "
            f"(Kolmogorov–Smirnov)   {bins.tolist()}"
        )
    for name in [name for name in rows[0] if name.endswith(", held")]:
        _share_held(name, [row[name] for row in rows])


def work(file: Path, size: str, forms: list[str], counts: dict[str, int]) -> None:
    """Do what the file does not hold yet, ten of each kind and form in turn."""
    units, periods = map(int, size.split("x"))
    there = {(row["kind"], row["size"], row["form"], row["i"]) for row in rows_of(file)}
    for first in range(0, max(counts.values()), 10):
        for kind, form in product(counts, forms):
            for i in range(first, min(first + 10, counts[kind])):
                if (kind, size, form, i) in there:
                    continue
                began = time.process_time()
                try:
                    row = KINDS[kind](i, units, periods, form)
                except TxsimError as error:
                    row = {"refused": str(error)}
                row = {
                    "kind": kind,
                    "size": size,
                    "form": form,
                    "i": i,
                    "cpu_s": round(time.process_time() - began, 2),
                } | row
                with file.open("a") as out:
                    out.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--file", type=Path, required=True, help="where each finished panel is a line")
    parser.add_argument("--size", default="40x24", help="units x months")
    parser.add_argument(
        "--form", nargs="+", default=["index"], choices=("index", "nps", "bare", "shares"), help="of the file"
    )
    for kind in KINDS:
        parser.add_argument(f"--{kind}", type=int, default=0, help="panels in all")
    parser.add_argument("--tables", action="store_true", help="read the file and say what is in it")
    told = parser.parse_args()
    if not told.tables:
        work(told.file, told.size, told.form, {kind: getattr(told, kind) for kind in KINDS})
    tables(list(rows_of(told.file)))
