# SPDX-License-Identifier: MIT
"""From a scenario to draws: what it believes, and its own uncertain quantities joined to the posterior."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from txsim.evidence import ScoredClaim
from txsim.inference import Calibration, CalibrationSpec, ClaimResult
from txsim.inference.apart import condition
from txsim.inference.spec import LikelihoodTerm, seed_for
from txsim.inference.weighing import claim_weights
from txsim.pathways import REFERENCE_CHURN
from txsim.priors.catalogue import calibration_parameters, simulation_priors
from txsim.priors.distributions import Distribution, from_scores, is_point
from txsim.scenario import Scenario
from txsim.simulate.points import BATCHES, check_draws, pick_posterior, sample_points
from txsim.simulate.quantities import copulas, late_quantities, own_quantities, reading_quantities
from txsim.types import Array, Progress

if TYPE_CHECKING:
    from txsim.forecast.pilot_evidence import Learned

DEFAULT_DRAWS = 4096
DEFAULT_SEED = 1


def calibration_spec(
    scenario: Scenario, *, prior_only: bool = False, data: bool = True, progress: Progress | None = None
) -> CalibrationSpec:
    """Return what the calibration behind a scenario is made from: graph, priors, claims and data, nothing else.

    Without ``data`` those of the scenario's own panel are left out, which take a while to read.
    """
    priors = calibration_parameters() | scenario.edge_priors
    priors |= {name: prior for name, prior in scenario.priors.items() if name in priors}
    stated = scenario.link_doubt
    doubt = {e.slope: stated[e.slope] for e in scenario.full_graph().edges if stated.get(e.slope, 0.0) > 0}
    points = not doubt and all(is_point(prior) for prior in priors.values())
    claims = () if prior_only or points else scenario.selection().claims
    panels: tuple[LikelihoodTerm, ...] = ()
    if data and scenario.data is not None and not points:
        from txsim.panel.scenario_data import panels_of  # the readers of panels are no part of a warm run

        panels = panels_of(scenario, progress)
    correlation = scenario.evidence.within_cluster_correlation
    return CalibrationSpec(scenario.full_graph(), priors, claims, correlation, panels, doubt)


@dataclass(frozen=True)
class Draws:
    """Joint draws of everything uncertain behind one forecast."""

    calibration: Calibration  #: Where the draws of parameters come from.
    quantities: Mapping[str, Array]  #: Draws ``(draw,)`` of the scenario's own uncertain quantities, by name.
    #: Draws ``(draw,)`` of the calibration's parameters, by name; a known number is an array of equal values.
    parameters: Mapping[str, Array]
    #: Seed of the scenario's points and number of draws.
    seed: int
    count: int
    along: NDArray[np.int64]  #: Place ``(draw,)`` of each draw along the posterior of its batch.
    learned: Learned | None = None  #: Which of more draws these are, where finished pilots have been counted.

    def from_posterior(self, values: Array) -> Array:
        """Return figures ``(..., chain * draw)`` of the calibration's own draws at these draws, ``(..., draw)``.

        ``ValueError`` for draws that stand in each other's places (:meth:`at`): no more is known than which they are.
        """
        if self.along.min(initial=0) < 0:
            message = "these draws stand in other places than those along the posterior"
            raise ValueError(message)
        shape = (-1, *self.calibration.draws.shape[1:])
        figures = pick_posterior(values.reshape(shape), self.along, posterior_keys(self.calibration), self._over)
        return figures.reshape(*values.shape[:-1], self.count)

    def at(self, places: NDArray[np.int64]) -> Draws:
        """Return these draws with others in place of each, by position, each as often as it is named.

        Where they lay along the posterior is lost, see :meth:`from_posterior`.
        """
        return replace(
            self,
            quantities={name: values[places] for name, values in self.quantities.items()},
            parameters={name: values[places] for name, values in self.parameters.items()},
            along=np.full_like(self.along, -1),
        )

    @property
    def _over(self) -> int:
        return 1 if self.learned is None else self.learned.over

    @property
    def uncertain(self) -> dict[str, Array]:
        """Everything that differs from draw to draw, by name: parameters, then the scenario's own quantities."""
        everything = {**self.parameters, **self.quantities}
        return {name: values for name, values in everything.items() if values.size and np.ptp(values) > 0}


def draw(
    scenario: Scenario,
    calibration: Calibration,
    *,
    draws: int = DEFAULT_DRAWS,
    seed: int = DEFAULT_SEED,
    order: Sequence[str] | None = None,
    learned: Learned | None = None,
) -> Draws:
    """Join a calibration's draws to the points of a scenario's own quantities.

    Parameters
    ----------
    scenario, calibration
        What is asked, and what is believed.
    draws, seed
        As for :func:`forecast`.
    order
        From :func:`common_order`, where several scenarios are to have common random numbers: quantities with the same
        name share their points, and all scenarios of one calibration the same posterior draws.
    learned
        From :func:`learn_together`; by default what the scenario's own log of pilots says, if it has one.

    Raises
    ------
    InputError
        If ``draws`` cannot be used.
    """
    check_draws(draws)
    if learned is None and scenario.pilots is not None:
        learned = learn_together([scenario], calibration, draws=draws, seed=seed, order=order)
    if learned is None:
        return _plain(scenario, calibration, draws, seed, order)
    every = _plain(scenario, calibration, draws * learned.over, seed, order)
    own, par = ({n: v[learned.kept] for n, v in part.items()} for part in (every.quantities, every.parameters))
    return Draws(calibration, own, par, seed, draws, every.along[learned.kept], learned)


def learn_together(
    scenarios: Iterable[Scenario],
    calibration: Calibration,
    *,
    draws: int,
    seed: int,
    order: Sequence[str] | None = None,
) -> Learned | None:
    """Return what the pilots of some scenarios teach, which are looked at together under one calibration.

    ``None`` if none has run. The pilots are facts for all of them: what one taught about the links, the others know.
    """
    group = list(scenarios)
    if not any(scenario.pilots is not None for scenario in group):
        return None
    from txsim.forecast.pilot_evidence import learn

    def points(scenario: Scenario, count: int) -> tuple[Mapping[str, Array], Mapping[str, Array]]:
        every = _plain(scenario, calibration, count, seed, order)
        return every.quantities, every.parameters

    return learn(group, points, draws, seed)


def _plain(scenario: Scenario, calibration: Calibration, draws: int, seed: int, order: Sequence[str] | None) -> Draws:
    """Return draws that know of no pilot."""
    share = order is not None
    drawn, along = sample_points(all_quantities(scenario), copulas(scenario), draws, seed, order, share=share)
    parameters = parameters_for(calibration, along) | outside_parameters(scenario, calibration, draws, seed)
    return Draws(calibration, drawn, parameters, seed, draws, along)


def all_quantities(scenario: Scenario) -> dict[str, Distribution]:
    """Return everything that is drawn with a scenario, by name: its own quantities, then what a pilot's reading has.

    Sections 11 to 16 of docs/model.md come after both, so that a scenario's other draws stay when it gains one.
    """
    late = late_quantities(scenario)
    own = {name: value for name, value in own_quantities(scenario).items() if name not in late}
    return own | reading_quantities(scenario) | late


def common_order(scenarios: Iterable[Scenario]) -> tuple[str, ...]:
    """Return the names of all scenarios' own quantities, each once, in the order in which they are to be drawn."""
    columns = [list(all_quantities(scenario)) for scenario in scenarios]
    # The most important first: the first names of all scenarios, then the second ones, …
    rows = (column[i] for i in range(max(map(len, columns), default=0)) for column in columns if i < len(column))
    return tuple(dict.fromkeys(rows))


def parameters_for(calibration: Calibration, along: NDArray[np.int64]) -> dict[str, Array]:
    """Return the draws ``(draw,)`` of a calibration's parameters at places from :func:`sample_points`."""
    if calibration.source == "point":
        return {name: np.full(along.size, calibration.draws[i, 0, 0]) for i, name in enumerate(calibration.names)}
    joined = pick_posterior(calibration.draws, along, posterior_keys(calibration))
    return dict(zip(calibration.names, joined, strict=True))


def outside_parameters(scenario: Scenario, calibration: Calibration, draws: int, seed: int) -> dict[str, Array]:
    """Return the draws ``(draw,)`` of parameters that a scenario uses and its calibration does not hold.

    Each comes from a stream of its own name, stratified within each batch, so that none of them moves another draw.
    """
    values = {}
    for name in scenario.simulated_parameters:
        if name in calibration.names:
            continue
        prior = scenario.priors.get(name, simulation_priors()[name])
        if is_point(prior):
            values[name] = np.full(draws, prior.args[0])
            continue
        from scipy.special import ndtri

        claims = apart_claims(scenario, calibration, name)
        rng = np.random.default_rng(seed_for(seed, name))
        size = draws // BATCHES
        places = np.argsort(rng.random((BATCHES, size)), axis=1)
        uniform = (places + rng.random((BATCHES, size))) / size
        if claims:
            after = condition(prior, claims, scenario.evidence.within_cluster_correlation)
            values[name] = after.quantiles(uniform.reshape(-1))
        else:
            values[name] = from_scores(prior, ndtri(np.clip(uniform, 2.0**-54, 1.0 - 2.0**-53)).reshape(-1))
    return values


def apart_claims(scenario: Scenario, calibration: Calibration, name: str) -> tuple[ScoredClaim, ...]:
    """Return the claims that condition one parameter which the calibration does not hold.

    None where the calibration leaves out the claims that the scenario scores.
    """
    if calibration.source == "prior" and scenario.selection().claims:
        return ()
    return tuple(claim for claim in scenario.apart() if claim.statements[0].about == name)


def apart_results(scenario: Scenario, calibration: Calibration) -> tuple[ClaimResult, ...]:
    """Return what became of the claims about parameters that a scenario uses and its calibration does not hold."""
    results: list[ClaimResult] = []
    for name in scenario.simulated_parameters:
        prior = scenario.priors.get(name, simulation_priors()[name])
        claims = () if is_point(prior) else apart_claims(scenario, calibration, name)
        if claims:
            results += condition(prior, claims, scenario.evidence.within_cluster_correlation).claims
    return tuple(results)


def posterior_keys(calibration: Calibration) -> list[Array]:
    """Return what orders posterior draws along a scenario's points, ``[(chain, draw)]``.

    It is what a point of experience of all staff is worth at the reference organisation, as a share of a month's
    contribution: customers who stay, come and spend (a rate of leaving acts for some ten months of a horizon), and
    staff who stay, whose replacement costs about 0.15 of that contribution. It is the same for every scenario of a
    calibration, so that scenarios keep common random numbers.
    """
    get = calibration.parameter
    customers = 10.0 * REFERENCE_CHURN * (get("churn_cx") + get("referral_cx")) + get("spend_cx")
    return [get("ex_cx") * customers + 0.15 * get("attrition_ex") * get("replacement_cost")]


def weights_without_claims(scenario: Scenario, drawn: Draws) -> dict[str, Array]:
    """Return for each claim the weights ``(draw,)`` that turn a scenario's draws into those without it."""
    if drawn.calibration.source != "mcmc":
        return {}
    by_claim = claim_weights(calibration_spec(scenario), drawn.calibration)
    if not by_claim:
        return {}
    return dict(zip(by_claim, drawn.from_posterior(np.stack(list(by_claim.values()))), strict=True))
