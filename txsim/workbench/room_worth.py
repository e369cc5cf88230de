# SPDX-License-Identifier: MIT
"""What disagreement is worth: the payoff under each expert's prior, and what it would be worth to know who is right.

With experts ``e`` of weight ``w`` and mean payoffs ``V`` of committing now and of waiting, settling who is right is
worth at most ``Σ w max(V_e, 0) − max(Σ w V_e, 0)``: the expected value of perfect information over the mixture of
experts (Raiffa and Schlaifer, Applied Statistical Decision Theory, 1961; :func:`txsim.decide.value.evpi`). Every
belief is weighed on the same futures, so that differences are not noise. A pilot is left out of it: it is one way of
buying such knowledge.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from txsim.decide.fixed_break_even import fixed_break_even
from txsim.decide.value import evpi, jackknife
from txsim.forecast.labels import label_of
from txsim.results.quantities import Estimate
from txsim.simulate.points import BATCHES
from txsim.types import Array
from txsim.workbench.bench import Answer


@dataclass(frozen=True)
class Settling:
    """What it would be worth to know which expert is right."""

    worth: Estimate  #: At most, in money, with its Monte Carlo error.
    means: Mapping[str, float]  #: Mean payoff of committing now, by expert.
    mixture: float  #: Mean payoff of committing now under the mixture.

    @property
    def gainers(self) -> tuple[str, ...]:
        """Experts under whom committing now pays."""
        return tuple(id for id, mean in self.means.items() if mean > 0)

    @property
    def matters(self) -> bool:
        """Whether it would change anything, beyond the noise."""
        return self.worth.value > 2 * self.worth.mcse and self.worth.value > 0


def settling(worths: Mapping[str, Array], weights: Mapping[str, float] | None = None) -> Settling:
    """Return what it would be worth to know which expert is right, between committing now and waiting.

    ``worths``: payoffs ``(draw,)`` of committing now, by expert, on the same futures; waiting pays 0. ``weights``: by
    expert, at least 0; equal by default. Raises :class:`ValueError` if there is nobody, or nobody counts.
    """
    ids = [id for id in worths if weights is None or weights.get(id, 0.0) > 0]
    shares = np.array([1.0 if weights is None else float(weights[id]) for id in ids])
    shares = shares / shares.sum()
    table = np.stack([worths[id] for id in ids])

    def gain(kept: NDArray[np.int64]) -> float:
        means = table[:, kept].mean(axis=1)
        return evpi(np.stack([np.zeros(len(ids)), means], axis=1), weights=shares).value

    everything = np.arange(table.shape[1], dtype=np.int64)
    error = jackknife(table.shape[1], gain, BATCHES) if len(ids) > 1 else 0.0
    means = {id: float(worths[id].mean()) for id in worths}
    return Settling(Estimate(gain(everything), error), means, float(shares @ [means[id] for id in ids]))


def pays_from(answer: Answer, name: str) -> tuple[float, bool] | None:
    """Return the value of a parameter from which committing now pays on average once it is known, all else uncertain.

    It is simulated with that value in every future, as ``txsim run --set`` would, so that what goes together with the
    parameter does not move along.

    Returns the value in the unit of the file, and whether it pays above it; ``None`` where there is no such value among
    the draws, or the parameter is not drawn.
    """
    forecast = answer.payoff.forecast
    drawn = forecast.drawn.uncertain.get(name)
    if drawn is None or np.unique(drawn[:64]).size < 8:
        return None
    even, above = fixed_break_even(forecast, name, lambda worth: worth["commit"])
    if even is None:
        return None
    label = label_of(forecast.scenario, name)
    value = label.stated(even) / (100 if label.unit == "%" and label.per_unit == 100 else 1)
    return value, above != (label.per_unit < 0)
