# SPDX-License-Identifier: MIT
"""Live tuning: other priors, other claims or other credibilities, and the draws that follow, in under a second.

Two ways, both checked:

- *Weighing*: stored draws are weighed by the ratio of the new belief to the old one, Pareto-smoothed; this needs no
  compiled model, so it works at once in a new process. It is used where the tail of the weights has k̂ < 0.7 and at
  least 400 effective draws are left.
- *Resampling*: the model is compiled once per process, for all claims that might be scored; priors, claims and
  credibilities are its data, so a refit is true MCMC with fewer draws than a stored calibration. The gate is the same,
  and where short chains fail it the long ones of a calibration follow.

What was done is part of the result and can be said in a sentence.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from txsim.errors import CalibrationError
from txsim.evidence import ScoredClaim
from txsim.inference.bounds import bounded, soundness
from txsim.inference.calibration import CHAINS, DRAWS, Calibration, doubts_of, results_of
from txsim.inference.compiled_model import Engine
from txsim.inference.gate import diagnostics_of, passes, why
from txsim.inference.links import link_name
from txsim.inference.sampling import calibrate, stored
from txsim.inference.spec import CalibrationSpec
from txsim.inference.weighing import DrawWeights, StatementQuantities, weigh
from txsim.language import Message, Words, lazy
from txsim.types import Array, Progress

#: Settings of a quick refit, of one whose result is compared with stored draws, and what follows where they fail.
SHORT: Mapping[str, Any] = {"draws": 640, "tune": 250}
CAREFUL: Mapping[str, Any] = {"draws": DRAWS, "tune": 400}
_LONGER: tuple[Mapping[str, Any], ...] = ({}, {"draws": 5 * DRAWS, "tune": 2000, "target_accept": 0.95})


@dataclass(frozen=True)
class BeliefDraws:
    """Draws under a changed belief, and how they were got."""

    calibration: Calibration  #: The draws; ``source`` is ``point``, ``prior`` or ``mcmc`` as for any calibration.
    how: str  #: ``stored`` (made before), ``exact`` (no sampling needed), ``weighed`` or ``resampled``.
    draws: int  #: Draws behind the result before weighing.
    effective: float  #: Least number of effective draws.
    k_hat: float | None = None  #: Shape of the tail of the weights; ``None`` where nothing was weighed.

    def sentence(self) -> Message:
        """Return what was done, in words."""
        if self.how == "weighed":
            tail = (
                lazy("no tail")
                if self.k_hat is None or not math.isfinite(self.k_hat)
                else lazy("k̂ {k_hat:.2f}", k_hat=self.k_hat)
            )
            return lazy(
                "{draws:,} stored draws weighed anew ({tail}, worth {effective:,.0f})",
                draws=self.draws,
                tail=tail,
                effective=self.effective,
            )
        if self.how == "resampled":
            return lazy(
                "sampled anew, {chains} chains × {draws:,} draws, worth {effective:,.0f}",
                chains=CHAINS,
                draws=self.draws // CHAINS,
                effective=self.effective,
            )
        return lazy("stored draws") if self.how == "stored" else lazy("no sampling needed")


def _places(weights: Array) -> NDArray[np.int64]:
    """Return places of equally weighted draws ``(chain * draw,)`` by systematic resampling.

    Order is kept, so that an eighth of them still comes from about one half of a chain and batches stay independent.
    """
    count = CHAINS * DRAWS
    return np.searchsorted(np.cumsum(weights), (np.arange(count) + 0.5) / count).clip(0, weights.size - 1)


def weighed(spec: CalibrationSpec, spoken: StatementQuantities, weighing: DrawWeights, key: str) -> BeliefDraws:
    """Return equally weighted draws from weighed ones.

    ``spoken``: the draws that they belong to, ``(draw,)``. ``key``: name of the belief and seed.
    """
    places = _places(weighing.weights)
    par = {name: values[places].reshape(CHAINS, DRAWS) for name, values in spoken.par.items()}
    results: tuple[Any, ...] = ()
    if spec.claims:
        layout = bounded(spec, keep=False)
        natural = spoken.of(spec, layout.statements)[places].reshape(CHAINS, DRAWS, -1)
        results = results_of(spec, layout, natural, soundness(layout, natural, layout.kinds_at(par)))
    diagnostics = {"k_hat": weighing.k_hat if math.isfinite(weighing.k_hat) else None, "ess_bulk": weighing.effective}
    source = spec.source if spec.claims else "prior"
    links = doubts_of(spec, {name: 1.0 - par[link_name(name)] for name in spec.doubt})
    draws = np.stack(list(par.values()))
    calibration = Calibration(spec.hash, f"{key}-weighed", source, tuple(par), draws, results, diagnostics, links)
    return BeliefDraws(calibration, "weighed", weighing.weights.size, weighing.effective, weighing.k_hat)


class Tuner:
    """One belief as the starting point, and quick draws for what is changed about it.

    ``frame``: all claims that may be scored; by default those of ``spec``. ``seed``: seed of the sampler. ``settings``:
    chains of a refit, by default :data:`SHORT`.
    """

    def __init__(
        self,
        spec: CalibrationSpec,
        *,
        frame: tuple[ScoredClaim, ...] | None = None,
        seed: int = 0,
        settings: Mapping[str, Any] = SHORT,
        progress: Progress | None = None,
    ) -> None:
        self.spec, self.seed, self.settings, self._progress = spec, seed, settings, progress
        scored = {claim.id: claim for claim in (*(frame or ()), *spec.claims)}
        self.frame = tuple(scored.values())
        self._engine: Engine | None = None
        self._base: Calibration | None = None
        self._spoken: StatementQuantities | None = None

    @property
    def base(self) -> Calibration:
        """Draws of the starting point, from the store where they are there."""
        if self._base is None:
            self._base = calibrate(self.spec, seed=self.seed, progress=self._progress)
        return self._base

    @property
    def worth(self) -> float:
        """Independent draws that one draw of the starting point is worth."""
        count = self.base.draws[0].size
        return min(1.0, float(self.base.diagnostics.get("ess_bulk", count)) / float(count))

    def tune(self, spec: CalibrationSpec) -> BeliefDraws:
        """Return draws for a changed belief, the quickest way that can be trusted.

        Raises :class:`CalibrationError` if even long chains fail the gate.
        """
        kept = self.at_hand(spec)
        if kept is not None:
            return kept
        tuning, refused = self.weigh(spec)
        if tuning is not None:
            return tuning
        self._say(lazy("stored draws cannot carry this change ({refused}): sampling anew", refused=refused))
        return self.resample(spec)

    def weigh(self, spec: CalibrationSpec) -> tuple[BeliefDraws | None, Words]:
        """Return the starting point's draws weighed for a changed belief, or ``None`` and a clause on why not."""
        weighing = weigh(self.spoken, self.spec, spec, self.worth)
        if weighing.refused:
            return None, weighing.refused
        return weighed(spec, self.spoken, weighing, f"{spec.hash}-{self.seed}"), ""

    @property
    def spoken(self) -> StatementQuantities:
        """Draws ``(draw,)`` of the starting point, and what statements speak of at them."""
        if self._spoken is None:
            flat = self.base.draws.reshape(len(self.base.names), -1)
            self._spoken = StatementQuantities(dict(zip(self.base.names, flat, strict=True)))
        return self._spoken

    def resample(self, spec: CalibrationSpec, settings: Mapping[str, Any] | None = None) -> BeliefDraws:
        """Return draws by true sampling, with the model of this process.

        ``spec``: the belief; ``settings``: chains, by default those of the tuner. Raises CalibrationError if even long
        chains fail the gate.
        """
        if spec.source != "mcmc":
            return self._exact(spec)
        engine = self.engine(spec)
        for attempt, chains in enumerate((settings or self.settings, *_LONGER)):
            if attempt:
                self._say(lazy("short chains fail the gate: sampling longer"))
            resolution, diverging = engine.sample(spec, self.seed, **chains)
            diagnostics = diagnostics_of(resolution, engine.layout, diverging)
            if passes(diagnostics):
                break
        else:
            raise CalibrationError(why(diagnostics))
        draws = np.stack([resolution.par[name] for name in spec.names])
        results = results_of(spec, engine.layout, resolution.natural, resolution.sound)
        key = f"{spec.hash}-{self.seed}-resampled"
        links = doubts_of(spec, resolution.doubt)
        calibration = Calibration(spec.hash, key, "mcmc", spec.names, draws, results, diagnostics, links)
        return BeliefDraws(
            calibration, "resampled", draws[0].size, min(diagnostics["ess_bulk"], diagnostics["ess_tail"])
        )

    def engine(self, spec: CalibrationSpec | None = None) -> Engine:
        """Return the compiled model, compiled at the first call and wherever another structure is asked for."""
        wanted = self.spec if spec is None else spec
        if self._engine is None or not self._engine.fits(wanted):
            known = {claim.id for claim in wanted.claims}
            frame = (*wanted.claims, *(claim for claim in self.frame if claim.id not in known))
            self._engine = Engine(wanted, self._progress, frame)
        return self._engine

    def use(self, engine: Engine) -> None:
        """Sample with a model that is compiled already, where it fits."""
        self._engine = engine

    def at_hand(self, spec: CalibrationSpec) -> BeliefDraws | None:
        """Return draws that need no sampling, stored or exact; ``None`` where there are none."""
        if spec.source != "mcmc":
            return self._exact(spec)
        calibration = self.base if spec.hash == self.spec.hash else stored(spec, f"{spec.hash}-{self.seed}")
        if calibration is None:
            return None
        diagnostics = calibration.diagnostics
        return BeliefDraws(
            calibration, "stored", calibration.draws[0].size, min(diagnostics["ess_bulk"], diagnostics["ess_tail"])
        )

    def _exact(self, spec: CalibrationSpec) -> BeliefDraws:
        calibration = calibrate(spec, seed=self.seed)
        return BeliefDraws(calibration, "exact", calibration.draws[0].size, float(calibration.draws[0].size))

    def _say(self, sentence: Message) -> None:
        if self._progress is not None:
            self._progress(sentence, None)
