# SPDX-License-Identifier: MIT
"""From draws to trajectories and payoffs: one scenario with everything that is kept of it, or a variant quickly."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from txsim.errors import InputError
from txsim.forecast.draws import DEFAULT_DRAWS, DEFAULT_SEED, Draws, calibration_spec, draw
from txsim.forecast.figures import LATER
from txsim.forecast.memory import bytes_to_simulate
from txsim.forecast.result import Forecast
from txsim.inference import Calibration, calibrate
from txsim.inference.sampling import parts_for
from txsim.language import lazy
from txsim.memory import refuse_beyond
from txsim.priors.distributions import Distribution
from txsim.scenario import Scenario, as_scenario
from txsim.simulate.engine import Outcome, run
from txsim.simulate.layout import Scene, lay_out
from txsim.simulate.points import check_draws
from txsim.types import Progress


def forecast(
    scenario: Scenario | str | os.PathLike[str],
    *,
    draws: int = DEFAULT_DRAWS,
    seed: int | None = None,
    prior_only: bool = False,
    trajectories: bool = False,
    workers: int = 1,
    calibration_seed: int = 0,
    fresh_seed: int | None = None,
    calibration: Calibration | Any | None = None,
    memory: int | None = None,
    progress: Progress | None = None,
) -> Forecast:
    """Compute what the drivers of a scenario would pay.

    Parameters
    ----------
    scenario
        From :func:`txsim.load`, or the path of its file.
    draws
        Number of draws, a power of two from 128 to 2²⁰.
    seed
        Seed of the scenario's own Sobol points; by default the one that the scenario states, else 1.
    prior_only
        Leave all claims out.
    trajectories
        Keep every month of every draw.
    workers
        Threads of the kernel; results do not depend on it.
    calibration_seed
        Seed of the sampler; scenarios that share it and their beliefs share the posterior draws.
    fresh_seed
        Reveals the Monte Carlo error: in place of ``seed``, and with it other draws of the parameters, too: another
        stretch of the stored chains, or chains of that seed where no other stretch is left.
    calibration
        Draws of parameters to use, where they are at hand; by default those of the scenario's own beliefs. What
        ``pymc.sample`` returned for :func:`txsim.model` of this scenario, with whatever was added to it, will do.
    memory
        Bytes that it may take, estimated before anything is computed; by default all there are.
    progress
        Called with a sentence and a fraction or ``None``.

    Returns
    -------
    Forecast

    Raises
    ------
    InputError
        If ``draws`` cannot be used, it needs more than ``memory``, or the scenario forces a loop that never settles.
    CalibrationError
        If the evidence does not give trustworthy draws.

    Examples
    --------
    >>> forecast("scenarios/service_desk_pilot.yaml", draws=256, prior_only=True).options
    ('commit', 'commit_stop', 'pilot_scale', 'pilot_stop')
    """
    scenario = as_scenario(scenario)
    check_draws(draws)
    if seed is None:
        seed = DEFAULT_SEED if scenario.seed is None else scenario.seed
    if memory is not None:
        refuse_beyond(bytes_to_simulate(scenario, draws, months=trajectories), memory, scenario.source, draws)
    part = 0
    if fresh_seed is not None:
        seed = fresh_seed
        calibration_seed, part = divmod(fresh_seed, parts_for(draws))
    if calibration is None:
        spec = calibration_spec(scenario, prior_only=prior_only, progress=progress)
        calibration = calibrate(spec, seed=calibration_seed, serves=draws, part=part, progress=progress, memory=memory)
    elif not isinstance(calibration, Calibration):
        from txsim.forecast.evidence_model import calibration_of

        calibration = calibration_of(calibration, scenario)
    drawn = draw(scenario, calibration, draws=draws, seed=seed)
    if progress is not None:
        progress(lazy("simulating"), None)
    scene = lay_out(scenario, drawn.quantities, drawn.parameters, draws)
    kept = True if trajectories else (scene.paths[1:-1], ("payoff",))
    outcome = run(scene.plan, scene.matrix, paths=scene.paths, monthly=kept, workers=workers, progress=progress)
    longer = lay_out(scenario, drawn.quantities, drawn.parameters, draws, months=scenario.horizon_months + LATER)
    later = run(longer.plan, longer.matrix, paths=scene.paths[:-1], workers=workers)
    for each in (outcome, later):
        _refuse_endless(each)
    return Forecast(scenario, calibration, scene, outcome, later, seed, draws, drawn)


def as_forecast(given: Forecast | Scenario | str | os.PathLike[str], **settings: Any) -> Forecast:
    """Return a forecast as it is, or that of a scenario or of the path of its file.

    Parameters
    ----------
    given
        What an analysis is about.
    settings
        As for :func:`forecast`; of a forecast they are settled, and none may be given.

    Raises
    ------
    InputError
        If a forecast comes with settings, or for any reason that :func:`forecast` has.
    """
    if not isinstance(given, Forecast):
        return forecast(given, **settings)
    late = [name for name, value in settings.items() if value and name not in ("workers", "progress", "draws")]
    if late or settings.get("draws") not in (None, DEFAULT_DRAWS, given.draws):
        names = ", ".join(late or ["draws"])
        raise InputError(lazy("{names}: the forecast is computed already; pass its scenario", names=names))
    return given


def simulate(
    scenario: Scenario, drawn: Draws, *, paths: Sequence[str] | None = None, months: int | None = None, workers: int = 1
) -> tuple[Scene, Outcome]:
    """Simulate a scenario, or a variant of it, on draws that exist.

    Parameters
    ----------
    scenario
        What is simulated; its uncertain quantities must be among the draws.
    drawn
        From :func:`draw`.
    paths
        Which paths; by default all options.
    months
        In place of the scenario's own horizon.
    workers
        Threads of the kernel.

    Returns
    -------
    tuple
        What the kernel read, and what it computed.

    Raises
    ------
    InputError
        If the scenario forces a loop that never settles, or figures grow beyond every bound.
    """
    scene = lay_out(scenario, drawn.quantities, drawn.parameters, drawn.count, months=months)
    wanted = scene.paths[1:-1] if paths is None else tuple(path for path in paths if path in scene.paths)
    outcome = run(scene.plan, scene.matrix, paths=wanted, workers=workers)
    _refuse_endless(outcome)
    return scene, outcome


def forecast_from(scenario: Scenario, drawn: Draws, quantities: Mapping[str, Distribution]) -> Forecast:
    """Compute one of many scenarios from draws that are at hand: the same figures, without months and later horizon."""
    scene = lay_out(scenario, drawn.quantities, drawn.parameters, drawn.count, quantities=quantities)
    paths = scene.paths if scenario.rivals is not None else scene.paths[:-1]
    outcome = run(scene.plan, scene.matrix, paths=paths)
    _refuse_endless(outcome)
    return Forecast(scenario, drawn.calibration, scene, outcome, None, drawn.seed, drawn.count, drawn)


def _refuse_endless(outcome: Outcome) -> None:
    """Raise :class:`~txsim.errors.InputError` where figures have grown beyond what a number can hold."""
    for path in outcome.paths:
        lost = ~np.isfinite(outcome.field(path, "npv"))
        if lost.any():
            message = lazy(
                "the payoff of `{path}` grows beyond every bound in {mean:.0%} of the draws: an amount of money, a "
                "growth or a rate per point is far too large",
                path=path,
                mean=lost.mean(),
            )
            raise InputError(message)
