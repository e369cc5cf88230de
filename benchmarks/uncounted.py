# SPDX-License-Identifier: MIT
"""Do intervals of NPS panels hold the truth without numbers of answers? ``python benchmarks/uncounted.py [PANELS]``.

Panels come from a simulator that is not the package's model: heavy-tailed shocks, answers by an ordered law whose
passives differ between units, numbers of answers unlike between units and months, floors of three answers. Each is read
three times: without numbers of answers, so with all movement taken for movement (as before size of noise was a guess),
and with them. ``--size 144x8`` sets units and months, ``--more 30`` multiplies the answers, ``--first 20`` the first
panel, ``--null`` has no effects. Intervals are those of normal approximations along the lag. ``--known`` gives the true
delay and reads with counts alone, under the model's prior of effects and under one that is flat: what the first says
too small on average and the second does not is the prior's. ``--ways with`` reads so alone, and ``--one-way`` has
effects of EX on CX alone: is there a lean where CX does nothing to EX?
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.stats import norm

from txsim.panel.likelihood.lag_path import effects_along, over_noise, path
from txsim.panel.likelihood.records import records
from txsim.panel.likelihood.robustness import widening
from txsim.panel.likelihood.standardisation import prepare
from txsim.panel.reader.cleaning import read_panel
from txsim.panel.reader.link_spec import read_spec

WAYS = ("without", "all is movement", "with")
#: Sd of the prior of settled effects, within-unit sd per sd, that is as good as flat.
_FLAT = 20.0
_OPINION = np.linspace(-3.0, 3.0, 4001)


def _shares(score: np.ndarray, cut: float) -> np.ndarray:
    """Return shares of detractors, passives and promoters whose difference is a score."""
    opinion = np.interp(score, 100.0 * (norm.sf(cut - _OPINION) - norm.cdf(-cut - _OPINION)), _OPINION)
    low, high = norm.cdf(-cut - opinion), norm.sf(cut - opinion)
    return np.stack([low, 1.0 - low - high, high], -1)


def simulated(
    panel: int, units: int, months: int, more: float, null: bool, one_way: bool = False
) -> tuple[np.ndarray, np.ndarray, tuple[float, float], float, float]:
    """Return scores and answers ``(unit, month, 2)``, both settled effects, memory, and the share of noise in EX."""
    rng = np.random.default_rng([190, panel, units, months])
    effects = (0.0, 0.0) if null else (rng.uniform(0.1, 0.7), rng.uniform(0.0, 0.35))
    effects = (effects[0], 0.0) if one_way else effects
    memory = 1.0 - 1.0 / rng.uniform(1.5, 6.0)
    rho, sd = rng.uniform(0.3, 0.8, 2), rng.uniform(5.0, 11.0, 2)
    size = more * np.exp(rng.normal(np.log(rng.uniform(25, 120)), 0.6, units)).clip(8, 600)
    r = rng.uniform(0.0, 0.4)
    step, root = np.array(effects) * (1.0 - memory), np.array([[1.0, 0.0], [r, np.sqrt(1.0 - r * r)]])
    own, moved, now = np.zeros((units, 2)), np.zeros((units, 2)), np.zeros((units, 2))
    within = np.zeros((months, units, 2))
    for t in range(-60, months):
        shock = rng.standard_t(6, (units, 2)) / np.sqrt(1.5)
        moved = np.stack([memory * moved[:, 0] + step[1] * now[:, 1], memory * moved[:, 1] + step[0] * now[:, 0]], 1)
        own = rho * own + np.sqrt(1.0 - rho**2) * sd * (shock @ root.T)
        now = own + moved
        if t >= 0:
            within[t] = now
    level = rng.standard_normal((units, 2)) @ np.linalg.cholesky(np.array([[144.0, 60.0], [60.0, 120.0]])).T
    common = np.cumsum(rng.normal(0.0, 1.5, (months, 1, 2)), 0) + np.array([8.0, 22.0])
    true = np.clip(within + level + common, -85.0, 85.0).transpose(1, 0, 2)
    asked = size[:, None, None] * np.array([0.7, 1.3]) * rng.uniform(0.6, 1.4, (1, months, 1))
    count = np.maximum(rng.poisson(asked, (units, months, 2)), 3)
    cut = rng.uniform(0.25, 0.55, (units, 1, 2))
    score = np.empty((units, months, 2))
    for u in range(units):
        for o in (0, 1):
            chance = _shares(true[u, :, o], cut[u, 0, o])
            given = rng.multinomial(count[u, :, o], chance / chance.sum(-1, keepdims=True))
            score[u, :, o] = 100.0 * (given[:, 2] - given[:, 0]) / count[u, :, o]
    noise = float(np.var((score - true)[..., 0]))
    return score, count, effects, memory, noise / (noise + float(np.var(within[..., 0])))


def read(
    score: np.ndarray, count: np.ndarray, way: str, memory: float | None = None, width: float = 1.0
) -> dict[str, np.ndarray]:
    """Return draws of the effects a month later and settled, named by direction; ``memory`` as if it were known."""
    counted = way != "without" and way != "all is movement"
    rows = ["unit,period,ex,cx" + (",n_ex,n_cx" if counted else "")]
    for u, t in np.ndindex(score.shape[:2]):
        row = f"site {u:03d},{2022 + t // 12}-{t % 12 + 1:02d},{score[u, t, 0]:.2f},{score[u, t, 1]:.2f}"
        rows.append(row + (f",{count[u, t, 0]},{count[u, t, 1]}" if counted else ""))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "panel.csv"
        file.write_text("\n".join(rows) + "\n", encoding="utf-8")
        spec = read_spec(None, scale="nps", values="scores")
        panel = read_panel(file, spec)[0]
    ready = prepare(panel, spec, phi=memory, effect_width=width)
    if way == "all is movement":
        w = np.where(np.isfinite(ready.w), 1.0, np.nan)
        data = records(ready.y, w, counted=(False, False), noise_width=(0.0, 0.0), lag_prior=ready.data.lag_prior)
        ready = replace(ready, data=data, w=w, guessed=(False, False))
    ready, along, over = over_noise(ready, path(ready.data, ready.phi, workers=1))
    factors, _ = widening(panel, ready, along)
    effects, phi = effects_along(over, ready.data, np.random.default_rng(0), 4000, factors)
    ratio = ready.sd[1] / ready.sd[0]
    draws = {"EX → CX, a month later": effects[:, 0] * ratio, "CX → EX, a month later": effects[:, 1] / ratio}
    settled = {name.replace("a month later", "settled"): d / np.maximum(1.0 - phi, 1e-6) for name, d in draws.items()}
    return draws | settled


def main() -> None:
    """Print how many intervals of 90 % hold the truth."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("panels", nargs="?", type=int, default=24)
    parser.add_argument("--size", default="40x24")
    parser.add_argument("--first", type=int, default=20)
    parser.add_argument("--more", type=float, default=1.0)
    parser.add_argument("--null", action="store_true")
    parser.add_argument("--one-way", action="store_true")
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=WAYS)
    parser.add_argument("--known", action="store_true")
    args = parser.parse_args()
    units, months = map(int, args.size.split("x"))
    ends: dict[tuple[str, str], list[list[float]]] = {}
    noise = []
    for panel in range(args.first, args.first + args.panels):
        score, count, effects, memory, share = simulated(panel, units, months, args.more, args.null, args.one_way)
        noise.append(share)
        settled = dict(zip(("EX → CX", "CX → EX"), effects, strict=True))
        for way in ("its prior", "flat prior") if args.known else args.ways:
            told = (memory, _FLAT if way == "flat prior" else 1.0) if args.known else (None, 1.0)
            for name, draws in read(score, count, way, *told).items():
                truth = settled[name[:7]] * (1.0 if name.endswith("settled") else 1.0 - memory)
                low, high = np.quantile(draws, [0.05, 0.95])
                certain = max(np.mean(draws > 0), np.mean(draws < 0)) >= 0.975
                ends.setdefault((name, way), []).append([truth, low, high, float(certain), np.median(draws) - truth])
    print(f"{args.panels} panels of {args.size} from {args.first}; noise is {np.mean(noise):.0%} of EX within units")
    for (name, way), rows in ends.items():
        truth, low, high, certain, away = np.array(rows).T
        held, width = int(((low <= truth) & (truth <= high)).sum()), float(np.median(high - low))
        print(
            f"{name:24} {way:16} held {held:3} of {len(rows)}, truth above {int((truth > high).sum())}, "
            f"below {int((truth < low).sum())}; median width {width:.3f}; supported {int(certain.sum())}; "
            f"median less truth {away.mean():+.3f} ± {away.std() / np.sqrt(len(rows)):.3f}"
        )


if __name__ == "__main__":
    main()
