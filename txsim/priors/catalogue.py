# SPDX-License-Identifier: MIT
"""The parameters: what each means, in what unit, and what is believed before any claim (``parameters.yaml``)."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from txsim.errors import did_you_mean
from txsim.package_data import load_packaged
from txsim.priors.distributions import Distribution, point, rescale
from txsim.priors.quantity import parse_quantity
from txsim.units import Sort, sort_of


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of the model."""

    #: ``name``, ``unit``, ``meaning``: What it is, in one line.
    name: str
    unit: str
    meaning: str
    #: ``calibration``: one draw for the firm, conditioned on claims. ``driver``: drawn with each driver. ``pilot``:
    #: what a pilot's reading suffers from. ``simulation``: one draw for the firm, where a scenario uses it, drawn
    #: outside the sampler.
    role: str
    #: Belief before claims; ``None`` where it depends on a reference class, see ``variants``.
    prior: Distribution | None
    #: ``low``, ``high``: Support that is usual; ``high`` ``None`` for no bound.
    low: float | None
    high: float | None
    #: ``reason``, ``evidence``: Why, and the ids of the evidence it rests on.
    reason: str
    evidence: tuple[str, ...] = ()
    variants: Mapping[str, Distribution] = field(default_factory=dict)  #: Prior by reference class.
    signed: bool = False  #: Whether a belief may reach below 0, as that of a slope may: an effect can be harm.
    grouped: bool = False  #: Whether it is money or counts people, where three digits behind a point may be thousands.

    @property
    def sort(self) -> Sort:
        """What kind of quantity it is."""
        return sort_of(re.split(r"[.\]]", self.name)[-1], *(("amount",) if self.grouped else ()), self.unit)

    @property
    def share(self) -> bool:
        """Whether it is a share, which may be written in percent."""
        return self.sort.share

    @property
    def least(self) -> float | None:
        """Lowest value that a belief may reach, ``None`` for no bound."""
        return None if self.signed else self.low

    @property
    def findable(self) -> tuple[float, float]:
        """Between what a study may find it: harm, too, where it is per something else; of a share all of it at most."""
        least = None if " per " in self.unit else self.least
        most = 1.0 if self.share and self.high is None else self.high
        return -math.inf if least is None else least, math.inf if most is None else most


def parameters() -> dict[str, Parameter]:
    """Return every parameter by name, in the order of the file.

    >>> parameters()["ex_cx"].unit
    'CX points per EX point'
    """
    return dict(_packaged_parameters())


@lru_cache(maxsize=1)  # a packaged file does not change while a process runs
def _packaged_parameters() -> dict[str, Parameter]:
    parameters = {}
    for name, entry in load_packaged("txsim.priors", "parameters.yaml").items():
        low, high = entry.get("low", 0.0), entry.get("high")
        prior = entry.get("prior")
        parameters[name] = Parameter(
            name=name,
            unit=entry["unit"],
            meaning=entry["meaning"],
            role=entry.get("role", "calibration"),
            prior=None if prior is None else parse_quantity(prior, low=low, high=high),
            low=low,
            high=high,
            reason=entry["reason"],
            evidence=tuple(entry.get("evidence", ())),
            signed=entry.get("signed", False),
            variants={
                key: parse_quantity(value, low=low, high=high) for key, value in entry.get("variants", {}).items()
            },
        )
    return parameters


def calibration_parameters() -> dict[str, Distribution]:
    """Return the prior of every parameter that a calibration holds, by name, in the order of the file."""
    return {
        name: parameter.prior
        for name, parameter in parameters().items()
        if parameter.role == "calibration" and parameter.prior is not None
    }


def reading_priors() -> dict[str, Distribution]:
    """Return the prior of what a pilot's reading suffers from, ``boost`` and ``spill``, by name."""
    return {
        name: parameter.prior
        for name, parameter in parameters().items()
        if parameter.role == "pilot" and parameter.prior is not None
    }


def simulation_priors() -> dict[str, Distribution]:
    """Return the prior of what only some scenarios use and no calibration holds, ``time_ux`` and ``absence_ex``."""
    return {
        name: parameter.prior
        for name, parameter in parameters().items()
        if parameter.role == "simulation" and parameter.prior is not None
    }


def delivery_prior(owner: str) -> Distribution:
    """Return the share of the intended effect that execution delivers, by who owns the driver.

    ``owner``: ``c_level`` (a real customer officer on the board), ``shared`` (two heads jointly) or ``none``. Raises
    :class:`ValueError` for another owner.
    """
    return _variant("delivery", owner)


def overrun_prior(kind: str) -> Distribution:
    """Return the ratio of cost to plan, by kind of driver: ``it`` or ``people``.

    Raises :class:`ValueError` for another kind.
    """
    return _variant("cost_overrun", kind)


def slip_prior(ramp_months: float) -> Distribution:
    """Return the months by which effects come late, for a planned ramp of so many months; none for no ramp."""
    if ramp_months <= 0:
        return point(0.0)
    return rescale(_variant("slip", "per_ramp_month"), ramp_months)


def _variant(name: str, variant: str) -> Distribution:
    variants = parameters()[name].variants
    if variant not in variants:
        message = f"{name} has no prior for `{variant}`{did_you_mean(variant, variants)}; known: {', '.join(variants)}"
        raise ValueError(message)
    return variants[variant]
