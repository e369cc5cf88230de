# SPDX-License-Identifier: MIT
"""What a panel is worth in money to a scenario: its decision by priors and claims alone, and with the data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from txsim.language import Words
from txsim.results.quantities import MONEY, MONTHS, SHARE, Count, Distribution, Estimate, Interval, Unit
from txsim.results.recommendation import State

_OF_PARAMETER = Unit("as the parameter of that name")


@dataclass(frozen=True)
class OptionWorth:
    """What an option pays, net present value as the decision reads it, and the probability that it loses money."""

    npv: Annotated[Distribution, MONEY]
    p_loss: Annotated[Estimate, SHARE]


@dataclass(frozen=True)
class DecisionUnder:
    """The decision of a scenario under one belief, as ``txsim run`` has it."""

    calibration: str  #: Hash of the calibration whose draws it rests on.
    options: Mapping[str, OptionWorth]  #: By option that does something.
    #: ``option``, ``state``, ``sentence``: What is recommended, how firm that is, and both in plain words.
    option: str
    state: State
    sentence: Words
    doubt: Annotated[Mapping[str, float], SHARE]  #: Of each link in doubt the probability that it does nothing.
    #: By parameter that the data speak of, what knowing it exactly would be worth to the choice between committing and
    #: doing nothing, as ``txsim sensitivity`` has it; 0 for one that is a known number.
    evppi: Annotated[Mapping[str, Estimate], MONEY]


@dataclass(frozen=True)
class Contribution:
    """What prior and data contribute to one parameter, in its unit."""

    #: ``prior``, ``data``, ``posterior``: By priors and claims without the data, by the data alone (``None`` where they
    #: give no interval of their own), and by both.
    prior: Annotated[Interval, _OF_PARAMETER]
    data: Annotated[Interval | None, _OF_PARAMETER]
    posterior: Annotated[Interval, _OF_PARAMETER]
    #: Share of what is known with the data that comes from them, the rest from priors and claims: the data's part of
    #: the sum of both precisions, 1 / (width of the 90 % interval)², as two normal beliefs are weighed against each
    #: other: on the log scale where the prior is above nought. Of the lag, whose interval by the data alone is not free
    #: of a prior, 1 − (width with the data / width without)² on the log scale. ``None`` where it is known less exactly
    #: than before, by a tenth of the width (of the lag, at all): of what is not gained there are no shares.
    data_share: Annotated[float | None, SHARE]


@dataclass(frozen=True)
class PanelWorth:
    """What a panel is worth in money to the scenario that names it."""

    #: ``scenario``, ``hash``: Its label, and the hash of the scenario with the data, as of ``txsim run``.
    scenario: str
    hash: str
    #: ``currency``, ``after_tax``, ``horizon_months``: Of all money; whether the decision reads it after tax; over how
    #: long.
    currency: str
    after_tax: bool
    horizon_months: Annotated[int, MONTHS]
    #: ``draws``, ``seed``: Of both forecasts, which share their points, so that the change is paired.
    draws: Count
    seed: int
    option: str  #: The option of which the sentence tells figures.
    #: ``before``, ``after``: The decision without the data, and with them.
    before: DecisionUnder
    after: DecisionUnder
    #: By option, with the data less without, of the mean net present value; draws are paired, and so is its Monte Carlo
    #: error.
    change: Annotated[Mapping[str, Estimate], MONEY]
    contributions: Mapping[str, Contribution]  #: By parameter that the data speak of.
    line: str = ""  #: What to write into the scenario so that it names the panel; empty where it does.
