# SPDX-License-Identifier: MIT
"""Draws of a panel's parameters: independent proposals where the posterior is nearly normal, else NUTS."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from txsim.errors import CalibrationError
from txsim.inference.calibration import CHAINS
from txsim.inference.gate import mixes, mixing, worst
from txsim.inference.panel import Mode, PanelModel
from txsim.inference.panel_path import Path, Proposal, path
from txsim.inference.spec import seed_for
from txsim.language import N_

__all__ = ["PanelDraws", "sample"]

#: What is said while it samples.
_FIRST, _AGAIN = N_("sampling the panel"), N_("sampling the panel, again and longer")
Array = NDArray[np.float64]
Progress = Callable[[str, float | None], None]


#: Numbers in the records from which a value costs so much that proposals without gradient are tried first; such panels
#: are also those whose posterior is nearly normal.
_LARGE = 8000
#: Numbers from which NUTS is no way out any more.
_HUGE = 100_000


@dataclass(frozen=True)
class PanelDraws:
    """Draws of the parameters of a panel.

    Attributes
    ----------
    values
        Natural parameters by name, ``(chain, draw)``; standardised units.
    means
        ``(chain, draw, period, 2)`` period means, or ``None`` where they were integrated out.
    diagnostics
        R-hat, effective sample sizes and divergences.
    theta
        ``(chain, draw, dim)`` unconstrained.
    """

    values: dict[str, Array]
    means: Array | None
    diagnostics: dict[str, Any]
    theta: Array = field(repr=False)

    def __getitem__(self, name: str) -> Array:
        """Return the draws ``(chain, draw)`` of one parameter."""
        return self.values[name]


def sample(
    model: PanelModel,
    seed: int,
    *,
    along: Path | None = None,
    draws: int = 1000,
    workers: int = 2,
    stream: str = "panel",
    progress: Progress | None = None,
) -> PanelDraws:
    """Draw from the posterior: 4 chains of independent proposals, and NUTS where these do not fit.

    Parameters
    ----------
    model
        Density and gradient.
    seed, stream
        Seed, and name of the stream of random numbers.
    along
        From :func:`path`, where it is known already.
    draws
        Draws kept of each chain.
    workers
        Threads; the draws do not depend on their number.
    progress
        Told what takes long.

    Raises
    ------
    CalibrationError
        If no sampler passes the gate: R-hat under 1.01 and effective sample sizes of at least 400.

    Notes
    -----
    Given the lag, the posterior of so few parameters from so many numbers is nearly normal. Proposals come from
    normal approximations along the lag, with heavier tails, and are accepted by Metropolis and Hastings' rule with the
    exact density: no approximation is left in the draws. Costs one value of the likelihood a draw, without gradient.
    """
    if model.data.y.size > _LARGE:
        along = along or path(model.data, model.phi, workers=workers)
        found = _hybrid(model, along, seed, draws, workers, stream, 1)
        if mixes(found.diagnostics):
            return found
        if model.phi is not None:  # proposals as the first draws lie, instead of as the curvature at the mode has it
            center, root = _whitened(found)
            along = Path(along.phi, (Mode(model.canonical(center), 1.05 * root, 0.0),), along.evidence)
            found = _hybrid(model, along, seed, draws, workers, f"{stream} again", 2)
            if mixes(found.diagnostics):
                return found
        d = found.diagnostics
        if model.data.y.size > _HUGE and d["r_hat"] < 1.05 and d["ess_bulk"] >= 100:
            d["rough"] = True  # NUTS would take hours
            return found
        if progress is not None:
            progress("the panel is far from normal: sampling by NUTS", None)
    for attempt in range(2):
        if progress is not None:
            progress(_AGAIN if attempt else _FIRST, None)
        factor = 1 + attempt
        if attempt == 0:
            center, root = model.mode.theta, model.mode.root
        else:
            center, root = _whitened(found)
        found = _nuts(model, center, root, seed, draws * factor, 500, workers, stream, 0.9 if attempt else 0.85)
        if mixes(found.diagnostics):
            return found
    d = found.diagnostics
    if d["r_hat"] < 1.05 and d["ess_bulk"] >= 100:  # usable, and said to be rough
        d["rough"] = True
        return found
    message = (
        f"the panel's draws cannot be trusted: R-hat {d['r_hat']:.3f} (must be under 1.01), effective draws "
        f"{min(d['ess_bulk'], d['ess_tail']):.0f} (400 needed), worst for {d['worst']}. The data leave the model open "
        "there: give the lag (--lag), respondents' counts, or more waves."
    )
    raise CalibrationError(message)


def _hybrid(model: PanelModel, along: Path, seed: int, draws: int, workers: int, stream: str, thin: int) -> PanelDraws:
    from concurrent.futures import ThreadPoolExecutor

    proposal = Proposal(model, along)
    burn = draws // 10
    streams = seed_for(seed, stream).spawn(CHAINS)

    def chain(which: int) -> tuple[Array, float]:
        rng = np.random.default_rng(streams[which])
        count = draws * thin + burn
        points, log_q = proposal.draw(count, rng)
        here = points[0]
        value = -np.inf
        for k in range(count):  # begin where the density exists
            value = model.value(points[k])
            if np.isfinite(value):
                here, here_q = points[k], log_q[k]
                break
        kept, accepted = np.empty((draws, model.dim)), 0
        for k in range(count):
            there = model.value(points[k])
            if np.log(rng.random()) < there - log_q[k] - value + here_q:
                here, value, here_q = points[k], there, log_q[k]
                accepted += 1
            moved = proposal.step(here, rng)
            there = model.value(moved)
            if np.log(rng.random()) < there - value:
                here, value = model.canonical(moved), there
                here_q = proposal.density(here)
            if k >= burn and (k - burn) % thin == thin - 1:
                kept[(k - burn) // thin] = here
        return kept, accepted / count

    with ThreadPoolExecutor(workers) as pool:
        ran = list(pool.map(chain, range(CHAINS)))
    theta = np.stack([kept for kept, _ in ran])
    found = _draws(model, theta, np.zeros((CHAINS, draws), dtype=bool))
    found.diagnostics["sampler"] = "independent proposals and local moves"
    found.diagnostics["accepted"] = float(np.mean([share for _, share in ran]))
    return found


def _draws(model: PanelModel, theta: Array, diverging: NDArray[np.bool_]) -> PanelDraws:
    theta = model.canonical(theta)
    values = model.natural(theta)
    means = model.means(theta) if model.data.means else None
    return PanelDraws(values, means, _diagnostics(values, diverging), theta)


def _whitened(found: PanelDraws) -> tuple[Array, Array]:
    """Return mean and root of the covariance of draws that were not good enough, for the next attempt's coordinates."""
    flat = found.theta.reshape(-1, found.theta.shape[-1])
    spread = np.cov(flat.T) + 1e-8 * np.eye(flat.shape[1])
    return flat.mean(axis=0), np.linalg.cholesky(spread)


def _nuts(
    model: PanelModel,
    center: Array,
    root: Array,
    seed: int,
    draws: int,
    tune: int,
    cores: int,
    stream: str,
    target_accept: float,
) -> PanelDraws:
    import nutpie
    from nutpie.compiled_pyfunc import from_pyfunc

    def logp(z: Array, **_: Any) -> tuple[float, Array]:
        value, grad = model(center + root @ z)
        if not np.isfinite(value):
            return -1e300, np.zeros_like(z)
        return value, root.T @ grad

    def expand(seed1: int, seed2: int, chain: int) -> Any:
        def told(z: Array, **_: Any) -> dict[str, Array]:
            return {"z": z}

        return told

    words = seed_for(seed, f"{stream} nuts").generate_state(2, np.uint32)

    def begin(chain_seed: int) -> Array:
        return 0.5 * np.random.default_rng([int(words[1]), int(chain_seed)]).standard_normal(model.dim)

    compiled = from_pyfunc(
        model.dim, lambda: logp, expand, [np.dtype("float64")], [(model.dim,)], ["z"], make_initial_point_fn=begin
    )
    trace = nutpie.sample(
        compiled,
        draws=draws,
        tune=tune,
        chains=CHAINS,
        cores=cores,
        seed=int(words[0]),
        target_accept=target_accept,
        progress_bar=False,
    )
    z = np.asarray(trace["posterior"]["z"])
    found = _draws(model, center + z @ root.T, np.asarray(trace["sample_stats"]["diverging"]))
    found.diagnostics["sampler"] = "NUTS"
    return found


def _diagnostics(values: dict[str, Array], diverging: NDArray[np.bool_]) -> dict[str, Any]:
    table = mixing({name: x for name, x in values.items() if not np.ptp(x) < 1e-12})
    return {
        **worst(table),
        "divergences": int(diverging.sum()),
        "divergent_share": float(diverging.mean()),
        "worst": max(table, key=lambda name: table[name]["r_hat"]),
    }
