# SPDX-License-Identifier: MIT
"""Is the panel model calibrated? Coverage on simulated companies, and ranks of truths drawn from the prior.

    python benchmarks/sbc_link.py [--first 0] [--panels 200] [--ranks 200] [--seed 8] [--workers 2]

Coverage: panels of 40 units × 24 months × 60 respondents, made as by `txsim link --simulate`, slopes and lags drawn
from the catalogue's priors cut to plausible sizes; shares of 90 % intervals of one-period and settled effects
that hold the truth. Ranks: parameters drawn from the panel model's own prior, 40 units × 12 periods, known noise; the
rank of each truth among 99 posterior draws must be uniform (Talts et al. 2018, arXiv 1804.06788): chi-square, ten bins.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace

import numpy as np
from scipy.stats import binom, chisquare

from txsim.errors import CalibrationError
from txsim.panel.likelihood.density import PanelModel
from txsim.panel.likelihood.dynamics import period_share, run_forward
from txsim.panel.likelihood.records import records
from txsim.panel.likelihood.sampler import sample
from txsim.panel.likelihood.standardisation import demeaned, prepare
from txsim.panel.reader.link_spec import LinkSpec
from txsim.panel.reader.panel import Panel
from txsim.panel.synthetic import simulate_panel


def as_panel(made) -> Panel:
    units = tuple(f"u{i}" for i in range(len(made.y)))
    variance = np.minimum(22.0**2, 1e4 * made.y / 100 * (1 - made.y / 100)) / made.n
    return Panel(units, 24276.0, 1.0, True, made.y, made.n, variance, ("index", "index"))


def lag_months(phi):
    """Return the mean delay of a monthly panel."""
    return 1 / np.maximum(1 - phi, 1e-6)


def coverage(first: int, count: int, workers: int) -> None:
    rng = np.random.default_rng(7)
    hits: dict[str, list[bool]] = {}
    failed, began = 0, time.perf_counter()
    for i in range(first + count):
        ex_cx, cx_ex = np.clip(np.exp(rng.normal(np.log([0.25, 0.12]), [0.7, 0.7])), 0.0, 0.8)
        lag = float(np.clip(np.exp(rng.normal(np.log(4.0), 0.42)), 1.2, 12.0))
        if i < first:
            continue
        made = simulate_panel(ex_cx=float(ex_cx), cx_ex=float(cx_ex), lag_months=lag, seed=1000 + i)
        ready = prepare(as_panel(made), LinkSpec())
        try:
            draws = sample(PanelModel(ready.data, ready.phi), i, draws=500, workers=workers)
        except CalibrationError as error:
            failed += 1
            print(f"  panel {i}: {error}")
            continue
        kept = 1 - float(period_share(lag, 1.0))
        for name, truth, ratio in (
            ("ex_cx", ex_cx, ready.sd[0] / ready.sd[1]),
            ("cx_ex", cx_ex, ready.sd[1] / ready.sd[0]),
        ):
            b = draws[f"b_{name}"]
            beta = b / np.maximum(1 - draws["phi"], 1e-6)
            for what, values, true in (("one period", b, truth * kept * ratio), ("settled", beta, truth * ratio)):
                low, high = np.quantile(values, [0.05, 0.95])
                hits.setdefault(f"{name}, {what}", []).append(bool(low <= true <= high))
        low, high = np.quantile(lag_months(draws["phi"]), [0.05, 0.95])
        hits.setdefault("mean delay", []).append(bool(low <= lag <= high))
        if i % 20 == 19:
            print(
                f"  {i + 1}: " + ", ".join(f"{name} {np.sum(held)}/{len(held)}" for name, held in hits.items()),
                flush=True,
            )
    print(f"coverage of 90 % intervals, {count} panels of 40 × 24 × 60, {failed} failed")
    print(f"  {time.perf_counter() - began:.0f} s")
    for name, found in hits.items():
        low, high = binom.interval(0.95, len(found), 0.9)
        chance = f"{low / len(found):.0%} … {high / len(found):.0%}"
        print(f"  {name:<20} {np.mean(found):6.1%} ({np.sum(found)} of {len(found)}; chance alone gives {chance})")


def ranks(count: int, workers: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    units, periods, w, lag_prior = 40, 12, 0.3, (0.0, 0.6)
    names = ("b_ex_cx", "b_cx_ex", "phi", "rho_ex", "sd_cx", "noise_ex")
    found: dict[str, list[int]] = {name: [] for name in names}
    noise = np.full((units, periods, 2), w)
    like = records(rng.standard_normal(noise.shape), noise, counted=(True, True), lag_prior=lag_prior)
    frame = PanelModel(like)
    done = failed = 0
    while done < count:
        theta = rng.standard_normal(frame.dim)
        for name, i in frame.at.items():
            if name.startswith(("rho", "r_")):
                theta[i] = np.arctanh(2 * rng.beta(2, 2) - 1)
            elif name == "phi":
                theta[i] = like.lag_prior[0] + like.lag_prior[1] * theta[i]
            elif name.startswith("first"):
                theta[i] *= 0.3
            elif name.startswith("noise"):
                theta[i] *= like.noise_width[0]
        theta[:2] /= 1 + np.exp(theta[frame.at["phi"]])  # settled effects are standard normal: b = β (1 − φ)
        truth = {name: float(x) for name, x in frame.natural(theta).items()}
        fed = abs(truth["b_ex_cx"] * truth["b_cx_ex"]) / (1 - truth["phi"]) ** 2
        if rng.random() >= 1 - fed**2:
            continue  # the prior leaves out loops that feed themselves without end
        y = demeaned(run_forward(truth, units, periods, w, rng))
        if not np.isfinite(y).all() or np.abs(y).max() > 1e5:
            continue
        data = records(y, np.full_like(y, w), counted=(True, True), lag_prior=lag_prior)
        data = replace(data, total_sd=like.total_sd)
        done += 1
        try:
            draws = sample(PanelModel(data), done, draws=500, workers=workers)
        except CalibrationError:
            failed += 1
            continue
        if done % 20 == 0:
            print(f"  {done}", flush=True)
        for name in names:
            chosen = draws[name].ravel()[:: draws[name].size // 99][:99]
            found[name].append(int((chosen < truth[name]).sum()))
    print(
        f"ranks of {count} truths drawn from the prior, {units} units × {periods} periods, {failed} refused; "
        "p of a chi-square test for uniformity:"
    )
    for name, values in found.items():
        bins = np.histogram(values, bins=min(10, max(count // 5, 2)), range=(-0.5, 99.5))[0]
        print(f"  {name:<10} {chisquare(bins).pvalue:.3f}   {bins.tolist()}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--panels", type=int, default=200)
    parser.add_argument("--first", type=int, default=0, help="the panel to begin with, to share the work")
    parser.add_argument("--ranks", type=int, default=200)
    parser.add_argument("--seed", type=int, default=8, help="of the truths whose ranks are taken")
    parser.add_argument("--workers", type=int, default=2)
    told = parser.parse_args()
    if told.panels:
        coverage(told.first, told.panels, told.workers)
    if told.ranks:
        ranks(told.ranks, told.workers, told.seed)
