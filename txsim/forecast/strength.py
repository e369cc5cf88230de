# SPDX-License-Identifier: MIT
"""How strong each link of a scenario is believed to be, and how far it is in doubt (docs/model.md, 2 and 8.4)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from txsim.forecast.draws import DEFAULT_DRAWS, DEFAULT_SEED, calibration_spec, draw
from txsim.inference import calibrate
from txsim.inference.links import link_name
from txsim.pathways import COORDINATION
from txsim.scenario import Scenario
from txsim.simulate.layout import link_slopes
from txsim.types import Progress

#: Coordination is a share, nodes are on scales of 0 to 100.
_POINTS = 100.0


@dataclass(frozen=True)
class LinkStrength:
    """What is believed of one link, after all evidence."""

    #: ``source``, ``target``: Names of the nodes.
    source: str
    target: str
    edge: str  #: Name of the edge that it comes from.
    #: Points of the target per point of the source once settled, both on scales of 0 to 100, posterior median of the
    #: link in force, the group's share and the scenario's factor included.
    median: float
    #: ``doubt``, ``prior_doubt``: Probability that it does nothing, after and before the evidence; ``None`` where no
    #: doubt is stated.
    doubt: float | None
    prior_doubt: float | None


def link_strengths(
    scenario: Scenario,
    *,
    prior_only: bool = False,
    draws: int = DEFAULT_DRAWS,
    seed: int | None = None,
    progress: Progress | None = None,
) -> tuple[LinkStrength, ...]:
    """Return the links of a scenario's graph, those that it switches off left out.

    Parameters
    ----------
    scenario
        From :func:`txsim.load`.
    prior_only
        Leave all claims out.
    draws, seed
        As for :func:`txsim.forecast.forecast`.
    progress
        Called with a sentence and a fraction or ``None``.

    Raises
    ------
    CalibrationError
        If the evidence does not give trustworthy draws.
    """
    calibration = calibrate(calibration_spec(scenario, prior_only=prior_only, progress=progress), progress=progress)
    chosen = DEFAULT_SEED if scenario.seed is None else scenario.seed
    drawn = draw(scenario, calibration, draws=draws, seed=chosen if seed is None else seed)
    network = scenario.network()
    slopes = link_slopes(scenario, drawn.quantities, drawn.parameters, draws)
    doubted = {link.name: link for link in calibration.links}
    strengths = []
    for link, values in zip(network.links, slopes, strict=True):
        if scenario.edges.get(link.edge, 1.0) == 0:
            continue
        doubt = doubted.get(link.slope)
        if doubt is not None:
            in_force = drawn.parameters[link_name(link.slope)] > 0
            values = values[in_force] if in_force.any() else np.zeros(1)
        strengths.append(
            LinkStrength(
                COORDINATION if link.source < 0 else network.nodes[link.source],
                network.nodes[link.target],
                link.edge,
                float(np.median(values)) / (_POINTS if link.source < 0 else 1.0),
                None if doubt is None else doubt.posterior_doubt,
                None if doubt is None else doubt.doubt,
            )
        )
    return tuple(strengths)
