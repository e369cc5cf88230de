# SPDX-License-Identifier: MIT
"""What it is worth to know before a choice that limits bind: an option may be chosen where what is known keeps them.

A limit of ``decision`` is one on what is expected: on the probability of a loss, and on the share of futures that need
more than so much funding (:meth:`txsim.forecast.criterion.Limits.excess`). It binds whoever chooses by what they know
then, as in every test of what would turn an answer. So the best choice today is the best within the limits, and after
something has become known an option counts where the limits are kept given that (docs/model.md, section 7).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from txsim.decide.regression import fit
from txsim.decide.value import evpi, evppi, jackknife
from txsim.forecast.criterion import Candidate, Limits
from txsim.results.quantities import Estimate
from txsim.simulate.points import BATCHES
from txsim.types import Array

#: What a mean may lie above a limit by rounding alone.
_ROUNDING = 1e-12


@dataclass(frozen=True)
class OpenChoice:
    """A choice between doing nothing and other options."""

    net_benefit: Array  #: ``(draw, option)``; the first is doing nothing, which pays 0 and keeps every limit.
    #: Of each option ``(draw, limit)``, what is expected to be above 0 exactly where it breaks a limit; without limits
    #: no columns.
    over: tuple[Array, ...]

    def evpi(self) -> Estimate:
        """Return what it is worth to know everything: then each future keeps its limits or does not."""
        if not self._bound:
            return evpi(self.net_benefit, batches=BATCHES)
        table, draws = self._table(), self.net_benefit.shape[0]
        return Estimate(self._gain(table), jackknife(draws, lambda kept: self._gain(table[kept]), BATCHES))

    def evppi(self, given: Array) -> Estimate:
        """Return what it is worth to know some quantities ``(draw,)`` or ``(draw, quantity)``.

        By regression of each option's advantage over the best one within the limits, and of what is above each limit.
        """
        if not self._bound:
            return evppi(self.net_benefit, given, batches=BATCHES)
        table, draws = self._table(), self.net_benefit.shape[0]
        regression = fit(table, given)
        error = jackknife(draws, lambda kept: self._gain(regression.without(kept)), BATCHES)
        return Estimate(min(self._gain(regression.mean), self._gain(table)), error)

    @property
    def _bound(self) -> bool:
        return any(each.shape[1] for each in self.over)

    def _table(self) -> Array:
        """Return ``(draw, column)``: advantages over the best option within the limits, then what is above limits."""
        over = np.concatenate(self.over, axis=1)
        best = int(np.where(self._kept(over.mean(axis=0)), self.net_benefit.mean(axis=0), -np.inf).argmax())
        return np.concatenate([self.net_benefit - self.net_benefit[:, [best]], *self.over], axis=1)

    def _kept(self, over: Array) -> NDArray[np.bool_]:
        """Return ``(…, option)`` whether each keeps its limits, from what is above them ``(…, limit)``."""
        ends = np.cumsum([0, *(each.shape[1] for each in self.over)])
        kept = [(over[..., low:high] <= _ROUNDING).all(axis=-1) for low, high in pairwise(ends)]
        return np.stack(kept, axis=-1)

    def _gain(self, table: Array) -> float:
        """Return what choosing by each row pays more on average than the best option within the limits today."""
        options = self.net_benefit.shape[1]
        advantage, over = table[:, :options], table[:, options:]
        paid = np.where(self._kept(over), advantage, -np.inf).max(axis=1)
        today = np.where(self._kept(over.mean(axis=0)), advantage.mean(axis=0), -np.inf).max()
        # Who knows more need not use it: a limit that is broken only by what would be known costs nothing.
        return max(0.0, float(paid.mean() - today))


def choice_between(options: Iterable[Candidate], limits: Limits, kept: NDArray[np.int64]) -> OpenChoice:
    """Return the choice between doing nothing and some options, at some draws.

    ``limits``: the criterion; an option of a file with limits of its own is held to those.
    """
    every = tuple(options)
    payoffs = [option.payoff[kept] for option in every]
    nothing = np.zeros((kept.size, 0))
    over = [np.column_stack(list(of.values()))[kept] if (of := limits.excess(option)) else nothing for option in every]
    return OpenChoice(np.column_stack([np.zeros(kept.size), *payoffs]), (nothing, *over))
