# SPDX-License-Identifier: MIT
"""Draws of a panel's parameters: from the map and weighed, or by NUTS in the map's coordinates where that fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count as counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from txsim.errors import CalibrationError
from txsim.inference.calibration import CHAINS
from txsim.inference.gate import mixes, passes, worst, worst_name
from txsim.inference.mixing import mixing
from txsim.inference.spec import seed_for
from txsim.language import lazy
from txsim.panel.likelihood.coordinates import Transport
from txsim.panel.likelihood.density import PanelModel
from txsim.panel.likelihood.importance import Weighed, weighed
from txsim.panel.likelihood.lag_path import Path, path
from txsim.types import Array, Progress, reporter

#: Steps to find the step size and the scale of each coordinate: few, as the map has done most of it.
_TUNE = 300

#: Share of divergent draws above which chains are worth running again.
_MANY = 0.01

#: Strips along the first effect, of 5 % each: both ends of its 90 % interval are edges of strips.
_STRIPS = 20

#: Draws of chains after which it is told how far they are.
_OFTEN = 20

#: What is said while it samples.
_FIRST, _CHAINS = (
    lazy("drawing what beliefs and the panel leave possible"),
    lazy("the weights are uneven: sampling the panel by chains"),
)
_AGAIN = lazy("sampling the panel, again and longer")


@dataclass(frozen=True)
class PanelDraws:
    """Draws of the parameters of a panel."""

    values: dict[str, Array]  #: Natural parameters by name, ``(chain, draw)``; standardised units.
    means: Array | None  #: ``(chain, draw, period, 2)`` period means, or ``None`` where they were integrated out.
    diagnostics: dict[str, Any]  #: R-hat, effective sample sizes and divergences.
    theta: Array = field(repr=False)  #: ``(chain, draw, dim)`` unconstrained.

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
    chains: bool = False,
    progress: Progress | None = None,
) -> PanelDraws:
    """Draw from the posterior: from the map, weighed, where the weights can be trusted, else by 4 chains of NUTS.

    Parameters
    ----------
    model
        Density and gradient.
    seed
        Seed of the streams of random numbers.
    along
        From :func:`path`, where it is known already.
    draws
        Draws kept of each chain.
    workers
        Threads; the draws do not depend on their number.
    chains
        Whether NUTS is taken at once, as a reference.
    progress
        Told what takes long.

    Raises
    ------
    CalibrationError
        If draws cannot be trusted, not even roughly: R-hat 1.05 or more, or under 100 effective draws. Draws that miss
        the gate (R-hat under 1.01, 400 effective draws, under one divergence in a thousand draws) twice, but not that
        far, carry ``diagnostics["rough"]``.
    """
    along = along or path(model.data, model.phi, workers=workers)
    transport = Transport(model, along)
    if not chains:
        points = weighed(transport, along.evidence, seed, reporter(progress, _FIRST))
        if points.trusted:
            return _resampled(model, points, seed, draws)
    posterior = _nuts(transport, seed, draws, workers, reporter(progress, _CHAINS))
    d = posterior.diagnostics
    if not mixes(d) or d["divergent_share"] > _MANY:  # a ridge or two hills: as the first draws lie, and longer
        flat = posterior.theta.reshape(-1, model.dim)
        known = Transport(model, along, flat)
        posterior = _nuts(known, seed, 3 * draws, workers, reporter(progress, _AGAIN), again=True)
    d = posterior.diagnostics
    if passes(d):
        return posterior
    if mixes(d, r_hat=1.05, least=100):  # usable, and said to be rough
        d["rough"] = True
        return posterior
    message = lazy(
        "the panel's draws cannot be trusted: R-hat {r_hat:.3f} (must be under 1.01), effective draws {ess:.0f} "
        "(400 needed), worst for {worst}. The data leave the model open there: give the lag (--lag), respondents' "
        "counts, or more waves.",
        r_hat=d["r_hat"],
        ess=float(np.min([d["ess_bulk"], d["ess_tail"]])),
        worst=d["worst"],
    )
    raise CalibrationError(message)


def _resampled(model: PanelModel, points: Weighed, seed: int, draws: int) -> PanelDraws:
    """Return draws of equal weight, taken systematically from each replicate along a line through both effects."""
    rng = np.random.default_rng(seed_for(seed, "panel draws of equal weight"))
    chosen = []
    for theta, weight in zip(points.theta, points.weight, strict=True):
        order = _line(theta, weight)
        total = np.cumsum(weight[order])
        at = np.searchsorted(total, (np.arange(draws) + rng.random()) / draws * total[-1])
        chosen.append(theta[order[np.minimum(at, len(order) - 1)]][rng.permutation(draws)])
    theta = model.canonical(np.stack(chosen))
    values = model.natural(theta)
    means = model.means(theta) if model.data.means else None
    spread = mixing({name: x for name, x in values.items() if not np.ptp(x) < 1e-12})
    diagnostics = {
        "r_hat": worst(spread)["r_hat"],
        "ess_bulk": points.effective,
        "ess_tail": points.ends,
        "divergences": 0,
        "divergent_share": 0.0,
        "worst": worst_name(spread),
        "sampler": "importance",
        "k_hat": points.k_hat,
    }
    return PanelDraws(values, means, diagnostics, theta)


def _line(theta: Array, weight: Array) -> NDArray[np.intp]:
    """Return points in an order in which neighbours have nearly the same effects, so that ends of both are kept.

    Strips of equal weight along the first effect, and within them to and fro along the second, in the manner of a
    Hilbert curve (Gerber, Chopin & Whiteley 2019, Annals of Statistics 47(4), 2236–2260).
    """
    first = np.argsort(theta[:, 0])
    total = np.cumsum(weight[first])
    strip = np.empty(first.size, dtype=np.intp)
    strip[first] = ((total - 0.5 * weight[first]) / total[-1] * _STRIPS).astype(np.intp)
    return np.lexsort((theta[:, 1] * (1 - 2 * (strip % 2)), strip))


def _draws(model: PanelModel, theta: Array, diverging: NDArray[np.bool_]) -> PanelDraws:
    theta = model.canonical(theta)
    values = model.natural(theta)
    means = model.means(theta) if model.data.means else None
    return PanelDraws(values, means, _diagnostics(values, diverging), theta)


def _nuts(
    transport: Transport,
    seed: int,
    draws: int,
    workers: int,
    done: Callable[[float], None] | None,
    *,
    again: bool = False,
) -> PanelDraws:
    import nutpie
    from nutpie.compiled_pyfunc import from_pyfunc

    steps, most = counter(1), CHAINS * (_TUNE + draws)

    def logp(v: Array, **_: Any) -> tuple[float, Array]:
        value, gradient = transport(v)
        return (value, gradient) if np.isfinite(value) else (-1e300, gradient)

    def expand(seed1: int, seed2: int, chain: int) -> Any:
        def told(v: Array, **_: Any) -> dict[str, Array]:
            at = next(steps)
            if done is not None and at % _OFTEN == 0:
                done(min(at / most, 1.0))
            return {"v": v}

        return told

    words = seed_for(seed, "panel nuts again" if again else "panel nuts").generate_state(2, np.uint32)
    model = transport.model

    def begin(chain_seed: int) -> Array:
        return 0.5 * np.random.default_rng([int(words[1]), int(chain_seed)]).standard_normal(model.dim)

    compiled = from_pyfunc(
        model.dim, lambda: logp, expand, [np.dtype("float64")], [(model.dim,)], ["v"], make_initial_point_fn=begin
    )
    trace = nutpie.sample(
        compiled,
        draws=draws,
        tune=_TUNE,
        chains=CHAINS,
        cores=workers,
        seed=int(words[0]),
        target_accept=0.9 if again else 0.85,
        progress_bar=False,
    )
    points = np.asarray(trace["posterior"]["v"])
    theta = np.stack([[transport.theta(point) for point in chain] for chain in points])
    return _draws(model, theta, np.asarray(trace["sample_stats"]["diverging"]))


def _diagnostics(values: dict[str, Array], diverging: NDArray[np.bool_]) -> dict[str, Any]:
    table = mixing({name: x for name, x in values.items() if not np.ptp(x) < 1e-12})
    return {
        **worst(table),
        "divergences": int(diverging.sum()),
        "divergent_share": float(diverging.mean()),
        "worst": worst_name(table),
        "sampler": "nuts",
    }
