# SPDX-License-Identifier: MIT
"""The evidence model as PyMC has it, for whoever wants to add a likelihood or a node, and the way back to a forecast.

>>> with txsim.model("scenarios/service_desk_pilot.yaml") as model:  # doctest: +SKIP
...     pymc.Normal("our_stores", mu=model["ex_cx"] * ex, sigma=2.0, observed=cx)
...     draws = pymc.sample()
>>> txsim.forecast("scenarios/service_desk_pilot.yaml", calibration=draws)  # doctest: +SKIP
"""

from __future__ import annotations

import hashlib
import math
import os
from typing import Any

import numpy as np

from txsim.errors import CalibrationError, InputError, Problem, did_you_mean
from txsim.forecast.draws import calibration_spec
from txsim.inference import Calibration, CalibrationSpec
from txsim.inference.bounds import bounded, quantities, soundness
from txsim.inference.calibration import results_of
from txsim.inference.gate import diagnostics_of, passes, why
from txsim.inference.resolution import Resolved
from txsim.language import lazy
from txsim.scenario import Scenario, as_scenario
from txsim.simulate.points import BATCHES
from txsim.types import Array


def model(scenario: Scenario | str | os.PathLike[str], *, prior_only: bool = False) -> Any:
    """Return the evidence model of a scenario as a ``pymc.Model``: priors, claims, own data and the barrier.

    Each parameter is a named variable of it, on its natural scale (``model["ex_cx"]``): CX points per EX point of all
    staff; ``txsim priors list`` has them all with their units. Whatever is added within ``with model:`` conditions them
    too; :func:`txsim.forecast` takes what ``pymc.sample`` returns as its ``calibration``.

    Its free variables are ``score`` (standard-normal scores of all log-normal parameters), ``share`` (all
    betas) and one for each parameter of another family; claims, data and barrier are potentials (docs/model.md, section
    8). Raises InputError if the scenario doubts links, whose states are summed out of the model so that no slope stands
    for itself, or every parameter of it is a known number.
    """
    spec = _spec(as_scenario(scenario), prior_only=prior_only)
    from txsim.inference.model import build

    return build(spec, bounded(spec), named=True)


def _spec(scenario: Scenario, *, prior_only: bool = False) -> CalibrationSpec:
    spec = calibration_spec(scenario, prior_only=prior_only)
    if spec.doubt:
        message = lazy("links in doubt are summed out of the model: {names}", names=", ".join(spec.doubt))
        hint = lazy("take `doubt` out of `priors`, or state a wide prior in its place")
        raise InputError(Problem(message, file=scenario.source or None, path="priors.doubt", hint=hint))
    if spec.source == "point":
        message = lazy("every parameter is a known number: there is nothing to learn")
        raise InputError(Problem(message, file=scenario.source or None, path="priors"))
    return spec


def calibration_of(draws: Any, scenario: Scenario) -> Calibration:
    """Return the draws of :func:`model` with whatever was added to it as a calibration that a forecast takes.

    ``draws``: what ``pymc.sample`` returned: a DataTree whose group ``posterior`` ``(chain, draw)`` holds every
    parameter. Raises InputError if it is no such thing, or a parameter is missing; CalibrationError if the draws fail
    the gate that every calibration passes: R-hat, effective draws, divergences.
    """
    spec = _spec(scenario)
    try:
        posterior = draws["posterior"]
        missing = [name for name in spec.names if name not in posterior]
    except (KeyError, TypeError, AttributeError):
        kind = type(draws).__name__
        message = lazy("draws of the scenario's model were expected as `calibration`, found {kind}", kind=kind)
        hint = lazy("pass what `pymc.sample` returned for `txsim.model(scenario)`")
        raise InputError(Problem(message, hint=hint)) from None
    if missing:
        near = did_you_mean(missing[0], [str(name) for name in posterior])
        message = lazy("the draws lack the parameter `{name}`{suggestion}", name=missing[0], suggestion=near)
        raise InputError(Problem(message, hint=lazy("sample `txsim.model(scenario)` of this very scenario")))
    par = {name: np.asarray(posterior[name].transpose("chain", "draw"), dtype=np.float64) for name in spec.names}
    chains, length = next(iter(par.values())).shape
    # Batches are equal stretches of all draws.
    length -= length % (BATCHES // math.gcd(BATCHES, chains))
    par = {name: values[:, :length] for name, values in par.items()}
    if length == 0 or chains < 2:
        message = lazy("at least two chains of eight draws are needed, found {chains} × {n}", chains=chains, n=length)
        raise InputError(message)
    layout = bounded(spec)
    natural = quantities(spec, layout.statements, par)
    sound = soundness(layout, natural)
    diagnostics = diagnostics_of(Resolved(par, natural, sound, {}), layout, _diverging(draws, (chains, length)))
    if not passes(diagnostics):
        raise CalibrationError(why(diagnostics))
    table = np.stack(list(par.values()))
    digest = hashlib.sha256(f"{spec.hash}".encode() + table.tobytes()).hexdigest()[:24]
    results = results_of(spec, layout, natural, sound)
    return Calibration(digest, f"{digest}-0", "mcmc", spec.names, table, results, diagnostics)


def _diverging(draws: Any, shape: tuple[int, int]) -> Array:
    try:
        flags: Array = np.asarray(draws["sample_stats"]["diverging"].transpose("chain", "draw"))[:, : shape[1]]
    except KeyError:
        return np.zeros(shape, dtype=bool)
    return flags
