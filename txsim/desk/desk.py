# SPDX-License-Identifier: MIT
"""One scenario and its payoff under changed beliefs, quickly: the engine room of the priors desk.

    desk = Desk(txsim.load("scenarios/service_desk_pilot.yaml"))
    desk.payoff(desk.credible(vendor_claim=0.5)).npv("commit").mean()

Beliefs are changed by making another scenario with the same firm, drivers and money; :meth:`Desk.payoff` finds the
draws (stored, weighed or sampled anew, see :mod:`txsim.inference.tuning`) and simulates with the same points, so that
differences are not noise.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from txsim.decide.advice import verdict_of
from txsim.errors import InputError, Problem, did_you_mean
from txsim.evidence import ScoredClaim, Settings, designs, selection
from txsim.forecast import DEFAULT_DRAWS, Forecast, calibration_spec, draw, forecast
from txsim.inference import Calibration, CalibrationSpec
from txsim.inference.sampling import stored
from txsim.inference.transport import carry
from txsim.inference.tuning import CAREFUL, SHORT, BeliefDraws, Tuner
from txsim.inference.weighing import StatementQuantities, weigh
from txsim.language import N_, Words, lazy
from txsim.results.belief_comparison import Change, OptionUnder, PayoffUnder
from txsim.results.quantities import Distribution, Estimate
from txsim.scenario import Scenario, as_scenario, load_beliefs
from txsim.simulate.points import BATCHES
from txsim.simulate.statistics import mcse, p_loss, summary
from txsim.types import Array, Progress


@dataclass(frozen=True)
class Payoff:
    """What a scenario pays under one belief."""

    #: ``scenario``, ``tuned``, ``forecast``: The belief, its draws with how they were got, and the simulation.
    scenario: Scenario
    tuned: BeliefDraws
    forecast: Forecast
    #: ``base``, ``weights``: Where draws were weighed: the simulation whose draws they are, and their weights
    #: ``(draw,)``; then the forecast holds draws of the base, each as often as its weight says.
    base: Forecast | None = None
    weights: Array | None = None

    def npv(self, option: str) -> Array:
        """Return NPV before tax ``(draw,)`` of an option."""
        return self.forecast.npv(option)

    def worth(self, option: str) -> Array:
        """Return NPV ``(draw,)`` of an option as the decision reads it."""
        return self.forecast.worth(option)

    def change(self, option: str, other: Payoff) -> Change:
        """Return the difference of mean NPVs from another belief, and its error without the noise that both share.

        It is the difference of the means that both show. Where draws were weighed its error is that of the weighted
        mean by the delta method: each draw moves it by ``N w (x − mean)``, averaged in independent batches.
        """
        here, there = self.npv(option), other.npv(option)
        mean = float(here.mean() - there.mean())
        if self.weights is None or self.base is not other.forecast:
            return Change(mean, mcse(here - there, np.mean))
        moved = self.weights.size * self.weights * (there - self.weights @ there) - (there - there.mean())
        return Change(mean, mcse(moved, np.mean))

    def row(self, base: Payoff | None = None) -> PayoffUnder:
        """Return the figures that people read, and the difference from another belief on the same points."""
        options = {}
        for option in self.forecast.options:
            npv, worth = self.npv(option), self.worth(option)
            options[option] = OptionUnder(
                Distribution(**summary(npv)),
                Estimate(p_loss(worth), mcse(worth, p_loss)),
                Distribution(**summary(self.forecast.npv_after_tax(option))),
                None if base is None else self.change(option, base),
                None if base is None else p_loss(worth) - p_loss(base.worth(option)),
            )
        k_hat = self.tuned.k_hat
        return PayoffUnder(
            self.tuned.how,
            self.tuned.sentence(),
            k_hat if k_hat is None or np.isfinite(k_hat) else None,
            self.tuned.effective,
            verdict_of(self.forecast),
            options,
        )


class Desk:
    """A scenario whose beliefs are being tuned.

    ``scenario``: the starting point, or the path of its file; ``draws``, ``seed``: draws of the simulation and seed of
    its points, as for :func:`txsim.forecast`; ``exact``: sample anew for every change, never weigh stored draws;
    ``quick``: short chains where something is sampled anew: under a second, and noisier; ``progress``: told what takes
    long.
    """

    def __init__(
        self,
        scenario: Scenario | str | os.PathLike[str],
        *,
        draws: int = DEFAULT_DRAWS,
        seed: int | None = None,
        exact: bool = False,
        quick: bool = False,
        progress: Progress | None = None,
    ) -> None:
        scenario = as_scenario(scenario)
        self.scenario, self.draws, self.seed, self.exact = scenario, draws, seed, exact
        self.spec = calibration_spec(scenario)
        settings = SHORT if quick else CAREFUL
        self.tuner = Tuner(self.spec, frame=claim_frame(scenario), settings=settings, progress=progress)
        self._kept: dict[str, BeliefDraws] = {}
        self._base: Payoff | None = None
        self._spoken: StatementQuantities | None = None

    @property
    def base(self) -> Payoff:
        """The payoff under the scenario's own beliefs."""
        if self._base is None:
            self._base = self.simulated(self.scenario, self.tuned(self.spec))
        return self._base

    def tuned(self, spec: CalibrationSpec) -> BeliefDraws:
        """Return draws under a belief; the same belief is worked out once.

        Raises :class:`CalibrationError` if the claims contradict each other so that no draws can be trusted.
        """
        key = spec.hash
        if key not in self._kept:
            own = key == self.spec.hash
            self._kept[key] = self.tuner.resample(spec) if self.exact and not own else self.tuner.tune(spec)
        return self._kept[key]

    def payoff(self, scenario: Scenario) -> Payoff:
        """Return the payoff under the beliefs of another scenario with the same firm and drivers.

        Raises CalibrationError if the claims contradict each other so that no draws can be trusted.
        """
        return self.under(calibration_spec(scenario), scenario)

    def under(self, spec: CalibrationSpec, scenario: Scenario | None = None) -> Payoff:
        """Return the payoff under a belief; draws of the starting point are weighed where that can be trusted.

        ``scenario``: the firm and drivers, where they are not those of the starting point. Raises
        :class:`CalibrationError` if the claims contradict each other so that no draws can be trusted.
        """
        situation = self.scenario if scenario is None else scenario
        weighed = None if self.exact or not self._same_firm(situation) else self._weighed(spec, situation)
        return self.simulated(situation, self.tuned(spec)) if weighed is None else weighed

    def at_once(self, scenario: Scenario) -> Payoff | Words:
        """Return the payoff under another scenario's beliefs without sampling anything, or a clause on why not.

        Draws are those that are stored, or those of the starting point, weighed or transported.
        """
        spec = calibration_spec(scenario)
        if spec.hash not in self._kept:
            at_hand = self.tuner.at_hand(spec)
            if at_hand is not None:
                self._kept[spec.hash] = at_hand
        if spec.hash in self._kept:
            return self.simulated(scenario, self._kept[spec.hash])
        if self._same_firm(scenario):
            weighed = self._weighed(spec, scenario)
            if weighed is not None:
                return weighed
        tuned, refused = carry(self.tuner, spec)
        return refused if tuned is None else self.simulated(scenario, tuned)

    def _same_firm(self, scenario: Scenario) -> bool:
        """Whether a scenario differs in beliefs alone."""
        if scenario is self.scenario:
            return True
        beliefs = ("priors", "evidence", "title", "question")
        one, two = ({k: v for k, v in s.content.items() if k not in beliefs} for s in (self.scenario, scenario))
        # What belongs to a pilot's reading, not to the calibration, is not weighed.
        own = [{k: v for k, v in s.priors.items() if k not in self.spec.priors} for s in (self.scenario, scenario)]
        # Nor are claims about what no calibration holds.
        return one == two and own[0] == own[1] and self.scenario.apart() == scenario.apart()

    def _weighed(self, spec: CalibrationSpec, scenario: Scenario) -> Payoff | None:
        """Return the payoff from the base's own points, weighed, or ``None`` where the weights cannot be trusted."""
        if spec.source != "mcmc" or self.spec.source != "mcmc" or spec.hash == self.spec.hash:
            return None
        base = self.base
        tuned, _ = self.tuner.weigh(spec)
        if tuned is None:
            return None
        if self._spoken is None:
            drawn = draw(self.scenario, base.tuned.calibration, draws=self.draws, seed=base.forecast.seed)
            self._spoken = StatementQuantities(drawn.parameters)
        weighing = weigh(self._spoken, self.spec, spec, self.tuner.worth)
        if weighing.refused:
            return None
        tuning = replace(tuned, draws=self.draws, effective=weighing.effective, k_hat=weighing.k_hat)
        places = _spread(weighing.weights, base.npv("commit"))
        forecast_ = replace(
            base.forecast,
            scenario=scenario,
            calibration=tuned.calibration,
            scene=base.forecast.scene.at(places),
            drawn=base.forecast.drawn.at(places),
            outcome=base.forecast.outcome.at(places),
            later=None if base.forecast.later is None else base.forecast.later.at(places),
        )
        return Payoff(scenario, tuning, forecast_, base.forecast, weighing.weights)

    def simulated(self, scenario: Scenario, tuning: BeliefDraws) -> Payoff:
        """Return the payoff of a scenario on draws that are at hand."""
        calibration = tuning.calibration
        return Payoff(scenario, tuning, forecast(scenario, draws=self.draws, seed=self.seed, calibration=calibration))

    def without(self, ids: Iterable[str]) -> CalibrationSpec:
        """Return the belief without some of its claims."""
        left_out = set(ids)
        return replace(self.spec, claims=tuple(claim for claim in self.spec.claims if claim.id not in left_out))

    def no_claims(self) -> Scenario:
        """Return the scenario with no claim scored."""
        return self._with(use="none", face_value=(), credibility={}, drop=())

    def face_value(self, ids: Iterable[str] | None = None) -> Scenario:
        """Return the scenario with some claims, or all that it scores, taken as they stand.

        Raises :class:`InputError` if there is no such claim.
        """
        scored = [claim.id for claim in self.spec.claims]
        wanted = scored if ids is None else list(ids)
        _known(wanted, self._scored_ids(), "--face-value", N_("unknown claim `{name}`{suggestion}"))
        credibility = dict(self.scenario.evidence.credibility)
        for name in wanted:
            credibility.pop(name, None)
        scenario = self._with(face_value=tuple(wanted), credibility=credibility)
        scenario.selection()
        return scenario

    def credible(self, credibilities: Mapping[str, float] | None = None, **more: float) -> Scenario:
        """Return the scenario with other credibilities, by claim or design; claims of one cluster go together.

        Raises InputError for an unknown claim or design (with the nearest valid name), and outside 0 … 1.
        """
        values = {**(credibilities or {}), **more}
        unknown = N_("unknown claim or design `{name}`{suggestion}")
        _known(values, [*self._scored_ids(), *designs()], "--credibility", unknown)
        claims = self.scenario.claims()
        wanted = dict(self.scenario.evidence.credibility)
        for name, value in values.items():
            if not 0 <= value <= 1:
                message = lazy("{value:g} is outside 0 … 1; a credibility is a probability", value=value)
                raise InputError(Problem(message, file="--credibility", path=name))
            if name not in claims:
                # A design moves every claim of its kind, those too that the scenario weighs one by one.
                for claim in claims.values():
                    if claim.design == name:
                        wanted.pop(claim.id, None)
                wanted[name] = value
                continue
            cluster = claims[name].cluster
            together = [c.id for c in self.spec.claims if cluster is not None and c.cluster == cluster]
            wanted |= dict.fromkeys(dict.fromkeys([*together, name]), value)
        kept = tuple(name for name in self.scenario.evidence.face_value if name not in wanted)
        scenario = self._with(credibility=wanted, face_value=kept)
        scenario.selection()
        return scenario

    def _scored_ids(self) -> list[str]:
        return [claim.id for claim in self.scenario.claims().values() if claim.role == "scored"]

    def _with(self, **changes: Any) -> Scenario:
        evidence = self.scenario.evidence.model_copy(update=changes)
        return self.scenario.with_beliefs(self.scenario.beliefs, evidence)


def _spread(weights: Array, npv: Array) -> NDArray[np.int64]:
    """Return places of draws, each as often as its weight says, in the order of the draws.

    Systematic resampling along the payoff, batch by batch, adds next to no noise of its own: the mean of what is taken
    is the weighted mean.
    """
    batch = np.repeat(np.arange(BATCHES), weights.size // BATCHES)
    order = np.lexsort((npv, batch))
    cumulated = np.cumsum(weights[order])
    at = np.searchsorted(cumulated, (np.arange(weights.size) + 0.5) / weights.size * cumulated[-1])
    return np.sort(order[at.clip(0, weights.size - 1)])


def _known(names: Iterable[str], known: list[str], option: str, unknown: str) -> None:
    problems = [
        Problem(
            lazy(unknown, name=name, suggestion=did_you_mean(name, known)),
            file=option,
            hint=lazy("known: {names}", names=", ".join(known)),
        )
        for name in names
        if name not in known
    ]
    if problems:
        raise InputError(problems)


def claim_frame(scenario: Scenario) -> tuple[ScoredClaim, ...]:
    """Return every claim that a belief about this scenario may score, at its default weight."""
    claims = scenario.claims()
    names = [name for name, claim in claims.items() if claim.role == "scored"]
    alone = [selection(Settings(use=(name,)), (), claims).claims for name in names]
    on_request = [
        selection(Settings(use=(name,), credibility={name: 0.5}), (), claims).claims
        for name in names
        if claims[name].on_request
    ]
    by_id = {claim.id: claim for group in (*alone, *on_request) for claim in group}
    return tuple(by_id.values())


def calibrated(scenario: Scenario, progress: Progress | None) -> Calibration:
    """Return draws under a scenario's beliefs: stored, else weighed from the packaged beliefs' draws, else sampled."""
    spec = calibration_spec(scenario)
    usual = calibration_spec(load_beliefs())
    if spec.source != "mcmc" or stored(spec, f"{spec.hash}-0") or not stored(usual, f"{usual.hash}-0"):
        return Tuner(spec, progress=progress).base
    tuner = Tuner(usual, frame=claim_frame(scenario), progress=progress)
    reweighting, refused = tuner.weigh(spec)
    if reweighting is not None:
        if progress is not None:
            progress(reweighting.sentence(), None)
        return reweighting.calibration
    if progress is not None:
        progress(lazy("stored draws cannot carry these beliefs ({reason}): sampling anew", reason=refused), None)
    return Tuner(spec, progress=progress).base
