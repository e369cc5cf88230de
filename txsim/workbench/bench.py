# SPDX-License-Identifier: MIT
"""What is computed behind the page, in three steps: at once from draws that exist, sampled anew, as ``txsim run`` does.

While something is dragged draws are weighed or transported (:meth:`Bench.at_once`). Where weights cannot carry a change
short chains follow once it is let go (:meth:`Bench.refitted`); for a skewed belief those of the model nearby, which is
compiled already (:mod:`txsim.inference.transport`). When nothing moves any more another process samples the chains that
``txsim run`` would (:mod:`txsim.workbench.settling`), and the figures are the same to the last digit
(:meth:`Bench.settled`); from there draws are weighed next.

A bench is used by one thread at a time.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

import numpy as np

from txsim.decide.advice import advise
from txsim.decide.option_paths import acting, option_figures
from txsim.decide.page_one import courses, histogram
from txsim.decide.path_attribution import explain
from txsim.decide.policies import policies
from txsim.desk import Desk, Payoff
from txsim.errors import InputError
from txsim.forecast import calibration_spec
from txsim.inference import CalibrationSpec, Engine
from txsim.inference.transport import nearby, refit
from txsim.inference.tuning import SHORT, Tuner
from txsim.language import Message
from txsim.results.explain import Explanation
from txsim.results.page_one import Course, Histogram
from txsim.results.recommendation import Recommendation
from txsim.results.run import Option
from txsim.scenario import Scenario

#: Ways to draws that are those of ``txsim run``.
EXACT = ("stored", "exact")
#: Answers that are kept, each some ten megabytes.
_KEPT = 8


@dataclass(frozen=True)
class Refused:
    """Draws that exist cannot carry a change; ``why`` is a clause."""

    why: Message | str


@dataclass(frozen=True)
class Answer:
    """What a scenario pays under one state of the page."""

    payoff: Payoff  #: Draws and simulation.
    figures: dict[str, Option]  #: By option, as ``txsim run`` gives them.
    course: Course  #: Cumulative present value of committing, by month.
    histogram: Histogram | None  #: Of its net present value; ``None`` where nothing is uncertain.

    @property
    def how(self) -> str:
        """``stored``, ``exact``, ``weighed`` or ``resampled``."""
        return self.payoff.tuned.how

    @property
    def scenario(self) -> Scenario:
        """What was asked."""
        return self.payoff.scenario


@dataclass(frozen=True)
class Verdict:
    """What to do on an answer, and what every option that can be chosen today pays."""

    recommendation: Recommendation
    options: dict[str, Option]


class Bench:
    """Draws and compiled models behind one session.

    ``draws``, ``seed``: as for :func:`txsim.forecast`.
    """

    def __init__(self, scenario: Scenario, *, draws: int, seed: int | None) -> None:
        self.draws, self.seed = draws, seed
        self._engine: Engine | None = None
        self._answers: OrderedDict[str, Answer] = OrderedDict()
        self._ready = False
        self._far: set[str] = set()
        self._desk = self._desk_of(scenario)

    def _desk_of(self, scenario: Scenario) -> Desk:
        # Only claims that are scored are in the model: so it has the structure that `txsim run` samples, which is
        # mostly compiled already.
        desk = Desk(scenario, draws=self.draws, seed=self.seed, quick=True)
        desk.tuner = Tuner(desk.spec, settings=SHORT)
        if self._engine is not None:
            desk.tuner.use(self._engine)
        return desk

    def kept(self, scenario: Scenario) -> Answer | None:
        """Return an answer that was worked out before, unless draws of ``txsim run`` are there by now."""
        answer = self._answers.get(scenario.hash)
        if answer is not None and answer.how not in EXACT and self._desk.tuner.at_hand(calibration_spec(scenario)):
            answer = None
        if answer is not None:
            self._answers.move_to_end(scenario.hash)
        return answer

    def at_once(self, scenario: Scenario) -> Answer | Refused:
        """Return an answer from draws that exist, or why they cannot carry it.

        Raises :class:`InputError` if the scenario forces a loop that never settles.
        """
        kept = self.kept(scenario)
        if kept is not None:
            return kept
        if not self.begun():
            return Refused("")
        payoff = self._desk.at_once(scenario)
        return self._answer(payoff) if isinstance(payoff, Payoff) else Refused(payoff)

    def begun(self) -> bool:
        """Whether there are draws of the starting point, so that others can be weighed from them."""
        self._ready = self._ready or self._desk.tuner.at_hand(self._desk.spec) is not None
        return self._ready

    def compiled_for(self, scenario: Scenario) -> bool:
        """Whether the model that is compiled can sample a scenario's beliefs, or some near enough to weigh from."""
        return self._engine is not None and self._engine.fits(self._sampled(scenario))

    @property
    def loaded(self) -> bool:
        """Whether a compiled model is at hand; until weights fail for the first time none is needed."""
        return self._engine is not None

    def _sampled(self, scenario: Scenario) -> CalibrationSpec:
        """Return the belief that chains are run under."""
        spec = calibration_spec(scenario)
        near = None if spec.hash in self._far else nearby(spec)
        return spec if near is None else near

    def samples_nearby(self, scenario: Scenario) -> bool:
        """Whether chains for a scenario are those of a model nearby."""
        return self._sampled(scenario) != calibration_spec(scenario)

    def refitted(self, scenario: Scenario) -> Answer | None:
        """Return an answer from short chains; ``None`` where those of a model nearby cannot carry a skewed belief.

        Then :meth:`compiled_for` is asked again: it is told of the belief's own model from there on.

        Raises :class:`CalibrationError` if the claims contradict each other so that no draws can be trusted.
        """
        spec = calibration_spec(scenario)
        tuner = self._desk.tuner
        self._engine = tuner.engine(self._sampled(scenario))
        tuned = tuner.resample(spec) if self._engine.fits(spec) else refit(tuner, spec)
        if tuned is None:
            self._far.add(spec.hash)
            return None
        return self._answer(self._desk.simulated(scenario, tuned))

    def settled(self, scenario: Scenario) -> Answer | None:
        """Return an answer from the draws that ``txsim run`` uses, ``None`` where they are not stored.

        Draws are weighed from there next.
        """
        desk = self._desk
        if calibration_spec(scenario).hash != desk.spec.hash:
            desk = self._desk_of(scenario)
        payoff = desk.at_once(scenario) if desk.tuner.at_hand(desk.spec) is not None else None
        if not isinstance(payoff, Payoff) or payoff.tuned.how not in EXACT:
            return None
        if desk is not self._desk:
            self._desk = desk
        return self._answer(payoff)

    def _answer(self, payoff: Payoff) -> Answer:
        forecast = payoff.forecast
        course, _scaled = courses(forecast, {"commit": np.ones(forecast.draws)})
        answer = Answer(payoff, dict(forecast.figures().options), course, histogram(forecast, ["commit"], None))
        self._answers[payoff.scenario.hash] = answer
        self._answers.move_to_end(payoff.scenario.hash)
        while len(self._answers) > _KEPT:
            self._answers.popitem(last=False)
        return answer

    def verdict(self, answer: Answer, *, claims: bool = False) -> Verdict:
        """Return what to do.

        ``claims``: whether each claim is left out in turn, as ``txsim run`` does; where weights cannot tell what that
        does it is sampled, unless it is stored. Only for draws that are those of ``txsim run``.
        """
        forecast = answer.payoff.forecast
        chosen = policies(forecast)
        recommendation = advise(forecast, chosen, claims=claims)
        options = dict(answer.figures)
        if chosen is not None:
            for name in acting(chosen, list(recommendation.mean_npv)):
                if name not in options:
                    options[name] = option_figures(forecast, name, chosen)
        return Verdict(recommendation, options)

    def carried(self, answer: Answer, verdict: Verdict) -> Explanation | None:
        """Return which paths carry the payoff of committing; ``None`` where there are too many to combine."""
        try:
            return explain(answer.payoff.forecast, advice=verdict.recommendation)
        except InputError:
            return None
