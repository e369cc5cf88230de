# SPDX-License-Identifier: MIT
"""Is the panel model calibrated? Coverage on simulated companies, and ranks of truths drawn from the prior.

    python benchmarks/sbc_link.py [--size 40x24] [--first 0] [--panels 200] [--nulls 0] [--ranks 200] [--seed 8]

Coverage: panels of so many units × months × 60 respondents, made as by `txsim link --simulate`, slopes and lags drawn
from the catalogue's priors cut to plausible sizes; shares of 90 % intervals of one-period and settled effects
that hold the truth, how many effects are supported, and the posterior's sd beside the ideal observer's (the expected
information of the same model at the truth). Nulls: the same without effects; how many are called supported. Ranks:
parameters drawn from the panel model's own prior, 40 units × 12 periods, known noise; the rank of each truth among 99
posterior draws must be uniform (Talts et al. 2018, arXiv 1804.06788): chi-square, ten bins.
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
from txsim.panel.likelihood.marginal import BRIEF
from txsim.panel.likelihood.records import records
from txsim.panel.likelihood.sampler import sample
from txsim.panel.likelihood.standardisation import demeaned, prepare
from txsim.panel.power import error_of_design
from txsim.panel.reader.link_spec import LinkSpec
from txsim.panel.reader.panel import Panel
from txsim.panel.synthetic import simulate_panel
from txsim.panel.verdict import verdict


def as_panel(made) -> Panel:
    units = tuple(f"u{i}" for i in range(len(made.y)))
    variance = np.minimum(22.0**2, 1e4 * made.y / 100 * (1 - made.y / 100)) / made.n
    return Panel(units, 24276.0, 1.0, True, made.y, made.n, variance, ("index", "index"))


def lag_months(phi):
    """Return the mean delay of a monthly panel."""
    return 1 / np.maximum(1 - phi, 1e-6)


def ideal(ready, truth: dict[str, float], units: int, periods: int):
    """Return the standard errors that the expected information at the truth gives, in the panel's own sd."""
    sd = ready.sd
    n = {**truth, "b_ex_cx": truth["b_ex_cx"] * sd[0] / sd[1], "b_cx_ex": truth["b_cx_ex"] * sd[1] / sd[0]}
    for name, o in (("sd_ex", 0), ("sd_cx", 1), ("between_ex", 0), ("between_cx", 1)):
        n[name] = truth[name] / sd[o]
    n |= {"noise_ex": 1.0, "noise_cx": 1.0, "first_ex": 1.0, "first_cx": 1.0, "first_shared": 0.0, "r_noise": 0.0}
    return error_of_design(n, units, periods, np.array(ready.data.typical_noise), ready.data)


def nulls(count: int, units: int, periods: int) -> None:
    """Say how many effects are called supported where there is none."""
    supported = done = chains = 0
    for i in range(count):
        made = simulate_panel(units, periods, ex_cx=0.0, cx_ex=0.0, seed=50_000 + i)
        ready = prepare(as_panel(made), LinkSpec())
        draws = sample(PanelModel(ready.data, ready.phi), i, draws=500)
        chains += draws.diagnostics["sampler"] == "nuts"
        for name in ("ex_cx", "cx_ex"):
            supported += verdict(draws[f"b_{name}"], cannot=False) == "supported"
            done += 1
    print(f"nulls, {count} panels of {units} × {periods}: {supported} of {done} supported; {chains} needed chains")


def coverage(first: int, count: int, units: int, periods: int, workers: int) -> None:
    rng = np.random.default_rng(7)
    found, ratios, chains = {"ex_cx": 0, "cx_ex": 0}, {"ex_cx": [], "cx_ex": []}, 0
    hits: dict[str, list[bool]] = {}
    failed, began = 0, time.perf_counter()
    for i in range(first + count):
        ex_cx, cx_ex = np.clip(np.exp(rng.normal(np.log([0.25, 0.12]), [0.7, 0.7])), 0.0, 0.8)
        lag = float(np.clip(np.exp(rng.normal(np.log(4.0), 0.42)), 1.2, 12.0))
        if i < first:
            continue
        made = simulate_panel(units, periods, ex_cx=float(ex_cx), cx_ex=float(cx_ex), lag_months=lag, seed=1000 + i)
        ready = prepare(as_panel(made), LinkSpec())
        try:
            draws = sample(PanelModel(ready.data, ready.phi), i, draws=500, workers=workers)
        except CalibrationError as error:
            failed += 1
            print(f"  panel {i}: {error}")
            continue
        kept = 1 - float(period_share(lag, 1.0))
        chains += draws.diagnostics["sampler"] == "nuts"
        true = {
            "b_ex_cx": float(ex_cx) * kept, "b_cx_ex": float(cx_ex) * kept, "phi": 1 - kept, "rho_ex": 0.6,
            "rho_cx": 0.5, "sd_ex": 2.5, "sd_cx": 2.0, "r_shock": 0.2, "between_ex": 6.0, "between_cx": 5.0,
            "r_between": 0.5,
        }  # fmt: skip
        errors = dict(zip(("ex_cx", "cx_ex"), ideal(ready, true, units, periods), strict=True))
        for name, truth, ratio in (
            ("ex_cx", ex_cx, ready.sd[0] / ready.sd[1]),
            ("cx_ex", cx_ex, ready.sd[1] / ready.sd[0]),
        ):
            b = draws[f"b_{name}"]
            beta = b / np.maximum(1 - draws["phi"], 1e-6)
            found[name] += verdict(b, cannot=False) == "supported"
            ratios[name].append(float(b.std() / errors[name]))
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
    print(
        f"coverage of 90 % intervals, {count} panels of {units} × {periods} × 60, {failed} failed, "
        f"{chains} needed chains"
    )
    for name, count_found in found.items():
        middle = np.median(ratios[name])
        print(f"  {name}: {count_found} supported; posterior sd / ideal observer's: median {middle:.2f}")
    print(f"  {time.perf_counter() - began:.0f} s")
    for name, held in hits.items():
        low, high = binom.interval(0.95, len(held), 0.9)
        chance = f"{low / len(held):.0%} … {high / len(held):.0%}"
        print(f"  {name:<20} {np.mean(held):6.1%} ({np.sum(held)} of {len(held)}; chance alone gives {chance})")


def ranks(count: int, workers: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    units, periods, w, lag_prior = 40, 12, 0.3, (0.0, 0.6)
    names = ("b_ex_cx", "b_cx_ex", "phi", "rho_ex", "rho_cx", "sd_ex", "sd_cx", "r_shock", "between_ex", "noise_ex")
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
        for series in ("ex", "cx"):  # noise and brief movement from their priors, in the coordinates of the model
            noise, brief = np.exp(like.noise_width[0] * rng.standard_normal()), BRIEF * rng.standard_normal() / w**0.5
            theta[frame.at[f"noise_{series}"]] = np.log(np.hypot(noise, brief))
            theta[frame.at[f"brief_{series}"]] = brief / noise
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
    parser.add_argument("--size", default="40x24", help="units x months")
    parser.add_argument("--nulls", type=int, default=0)
    parser.add_argument("--panels", type=int, default=200)
    parser.add_argument("--first", type=int, default=0, help="the panel to begin with, to share the work")
    parser.add_argument("--ranks", type=int, default=200)
    parser.add_argument("--seed", type=int, default=8, help="of the truths whose ranks are taken")
    parser.add_argument("--workers", type=int, default=2)
    told = parser.parse_args()
    size = [int(x) for x in told.size.split("x")]
    if told.panels:
        coverage(told.first, told.panels, *size, told.workers)
    if told.nulls:
        nulls(told.nulls, *size)
    if told.ranks:
        ranks(told.ranks, told.workers, told.seed)
