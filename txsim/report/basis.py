# SPDX-License-Identifier: MIT
"""What a result was believed on: its scenario, its priors, its claims, joined from the result and the library."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from txsim.errors import TxsimError
from txsim.forecast import calibration_spec
from txsim.forecast.labels import label_of
from txsim.language import _
from txsim.priors.catalogue import parameters
from txsim.priors.distributions import quantile
from txsim.priors.sentences import told_unit, told_value
from txsim.report.reading import Result
from txsim.scenario import Scenario


@dataclass(frozen=True)
class Belief:
    """One parameter before and after the evidence."""

    #: ``name``, ``meaning``, ``reason``: From the catalogue, or from the scenario that believes otherwise.
    name: str
    unit: str  #: In what people are told it; of a slope of a log what ten points change, in percent.
    meaning: str
    reason: str
    #: ``prior``, ``posterior``: 5 %, 50 % and 95 % quantile; ``posterior`` is ``None`` where draws were not kept.
    prior: tuple[float, float, float]
    posterior: tuple[float, float, float] | None
    own: bool  #: Whether the scenario states it in place of the catalogue.
    scale: str = ""  #: In what ``prior`` and ``posterior`` are, as the catalogue has it.

    def told(self, quantiles: tuple[float, float, float]) -> tuple[float, ...]:
        """Return quantiles in the unit in which people are told them, in order."""
        return tuple(sorted(told_value(self.scale, value) for value in quantiles))

    @property
    def shift(self) -> float:
        """How far the evidence moved the median, in prior widths."""
        if self.posterior is None:
            return 0.0
        width = max(self.prior[2] - self.prior[0], 1e-300)
        return abs(self.posterior[1] - self.prior[1]) / width

    @property
    def narrowed(self) -> float:
        """Width of the 90 % interval after the evidence as a share of that before; 1 where nothing was learnt."""
        before = self.prior[2] - self.prior[0]
        if self.posterior is None or before <= 0:
            return 1.0
        return (self.posterior[2] - self.posterior[0]) / before


def scenario_of(result: Result) -> Scenario | None:
    """Return the scenario that a result holds; ``None`` if it holds none that this version understands."""
    return None if result.content is None else _scenario(result.content)


def scenario_content(result: Result, name: str) -> Scenario | None:
    """Return one of the scenarios that a comparison holds; ``None`` where it holds none of that name."""
    content = ((result.content or {}).get("scenarios") or {}).get(name)
    return None if content is None else _scenario(content)


def _scenario(content: Mapping[str, Any]) -> Scenario | None:
    try:
        return Scenario.of_content(content)
    except (TxsimError, ValueError):  # written by another version; what the summary says is still shown
        return None


def beliefs_of(result: Result, scenario: Scenario | None) -> list[Belief]:
    """Return every parameter that a calibration holds, those first that the evidence moved most."""
    if scenario is None:
        return []
    posterior = {} if result.draws is None else result.draws.posterior
    catalogue = parameters()
    rows = []
    for name, prior in calibration_spec(scenario, prior_only=True).priors.items():
        after = None
        if name in posterior:
            values, link = posterior[name], posterior.get(f"link[{name}]")
            values = values if link is None else values[link > 0]
            if values.size:
                low, mid, high = (float(value) for value in np.quantile(values, (0.05, 0.5, 0.95)))
                after = (low, mid, high)
        parameter = catalogue.get(name)
        own = scenario.beliefs.get(name)
        before = (quantile(prior, 0.05), quantile(prior, 0.5), quantile(prior, 0.95))
        reason = own.why if own is not None and own.why else _(parameter.reason) if parameter is not None else ""
        scale = "" if parameter is None else parameter.unit
        meaning = str(label_of(scenario, name).meaning) if parameter is None else _(parameter.meaning)
        unit = str(told_unit(scale)) if scale else ""
        rows.append(Belief(name, unit, meaning, reason, before, after, own is not None, scale))
    return sorted(rows, key=lambda belief: belief.narrowed)
