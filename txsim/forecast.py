# SPDX-License-Identifier: MIT
"""The main job on one page: scenario → draws → trajectories → payoffs.

A forecast keeps its draws; :meth:`Forecast.summary` reduces them to what people read, in the words of docs/schema.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from txsim.errors import InputError
from txsim.inference import Calibration, CalibrationSpec, calibrate
from txsim.panels.evidence import panels_of
from txsim.pathways import REFERENCE_CHURN
from txsim.priors.catalogue import calibration_parameters
from txsim.priors.distributions import is_point
from txsim.scenario import Scenario
from txsim.simulate.engine import Outcome, run
from txsim.simulate.layout import Scene, copulas, lay_out, own_quantities
from txsim.simulate.payoff import cvar, mcse, p_loss, quantiles, summary
from txsim.simulate.plan import MONTHLY_FIELDS, OPTIONS
from txsim.simulate.points import check_draws, pick_posterior, sample_points

__all__ = ["DEFAULT_DRAWS", "DEFAULT_SEED", "Forecast", "calibration_spec", "forecast", "posterior_keys"]

Array = NDArray[np.float64]
Progress = Callable[[str, float | None], None]

DEFAULT_DRAWS = 4096
DEFAULT_SEED = 1
#: Months beyond the horizon at which the verdict is looked at once more.
LATER = 24
_FACTOR = 2.0


def calibration_spec(
    scenario: Scenario, *, prior_only: bool = False, progress: Progress | None = None
) -> CalibrationSpec:
    """Return what the calibration behind a scenario is made from: graph, priors, claims and data, nothing else."""
    priors = calibration_parameters() | scenario.edge_priors
    priors |= {name: prior for name, prior in scenario.priors.items() if name in priors}
    points = all(is_point(prior) for prior in priors.values())
    claims = () if prior_only or points else scenario.selection().claims
    panels = () if points else panels_of(scenario, progress)
    return CalibrationSpec(scenario.full_graph(), priors, claims, scenario.evidence.within_cluster_correlation, panels)


@dataclass(frozen=True)
class Forecast:
    """What the drivers of one scenario would pay, draw by draw.

    Attributes
    ----------
    scenario, calibration
        What was asked, and the draws of parameters it rests on.
    scene, outcome
        What the kernel read and computed.
    seed, draws
        Seed of the scenario's own points, and number of draws.
    """

    scenario: Scenario
    calibration: Calibration
    scene: Scene
    outcome: Outcome
    later: Outcome
    seed: int
    draws: int

    @property
    def options(self) -> tuple[str, ...]:
        """Options that exist in this scenario."""
        return tuple(path for path in OPTIONS if path in self.outcome.paths)

    def npv(self, option: str, outcome: Outcome | None = None) -> Array:
        """Return NPV ``(draw,)``, with the value after the horizon where the scenario says `terminal: runoff`.

        Parameters
        ----------
        option
            One of :attr:`options`.
        outcome
            In place of that at the scenario's own horizon, for example :attr:`later`.
        """
        outcome = outcome or self.outcome
        value = outcome.field(option, "npv")
        if self.scenario.terminal == "runoff" and self.scenario.bridge == "customers":
            value = value + outcome.field(option, "runoff")
        return value

    @cached_property
    def payoff(self) -> Any:
        """Payoffs as an ``xarray.Dataset`` with dims ``option, draw`` (and ``node``)."""
        import xarray as xr

        dims = ("option", "draw")
        found = {
            name: (dims, np.stack([self.outcome.field(option, name) for option in self.options]))
            for name in ("npv", "npv_other", "pv_cost", "payback", "peak_funding", "runoff", "customers_end")
        }
        delta = np.stack([[self.outcome.field(option, node) for node in self.outcome.nodes] for option in self.options])
        coords = {"option": list(self.options), "node": list(self.outcome.nodes), "draw": np.arange(self.draws)}
        dataset = xr.Dataset({**found, "delta": (("option", "node", "draw"), delta)}, coords)
        dataset.attrs = {"scenario": self.scenario.title, "currency": self.scenario.organisation.currency}
        return dataset

    @property
    def has_trajectories(self) -> bool:
        """Whether every month of every field was kept."""
        return len(self.outcome.monthly_fields) > 1

    @cached_property
    def trajectories(self) -> Any:
        """Every month as an ``xarray.Dataset`` with dims ``option, month, draw``; ``ValueError`` if not kept."""
        import xarray as xr

        fields = (*self.outcome.nodes, *MONTHLY_FIELDS)
        shown = tuple(path for path in self.outcome.paths if path != "no_rivals")
        data = {
            name: (("option", "month", "draw"), np.stack([self.outcome.by_month(path, name) for path in shown]))
            for name in fields
        }
        coords = {"option": list(shown), "month": np.arange(self.scene.plan.months), "draw": np.arange(self.draws)}
        return xr.Dataset(data, coords)

    def dataset(self) -> Any:
        """Return payoffs, and the months where they were kept, with one set of dims for all scenarios.

        Returns
        -------
        xarray.Dataset
            Payoffs ``(scenario, option, draw)``, ``delta`` ``(scenario, option, draw, node)`` and, with trajectories,
            ``deviation`` ``(scenario, option, draw, month, node)`` in index points and every monthly field
            ``(scenario, option, draw, month)``. Several scenarios become one by ``xarray.concat(…, "scenario")``.
        """
        found = self.payoff
        if self.has_trajectories:
            months = self.trajectories.sel(option=list(self.options))
            nodes = list(self.outcome.nodes)
            deviation = months[nodes].to_dataarray("node")
            found = found.merge(months.drop_vars(nodes)).assign(deviation=deviation)
        name = self.scenario.source or self.scenario.title
        order = ("scenario", "option", "draw", "month", "node")
        return found.expand_dims(scenario=[name]).transpose(*(dim for dim in order if dim in ("scenario", *found.dims)))

    def cumulative_bands(self, option: str) -> dict[str, Array]:
        """Return the 5 %, 50 % and 95 % quantile ``(month,)`` of cumulative payoff, undiscounted."""
        cumulative = np.sort(self.outcome.by_month(option, "payoff"), axis=1)
        places = {name: round(q * (self.draws - 1)) for name, q in (("p05", 0.05), ("p50", 0.5), ("p95", 0.95))}
        return {name: cumulative[:, place] for name, place in places.items()}

    @cached_property
    def hash(self) -> str:
        """SHA-256 of what the scenario says."""
        return self.scenario.hash

    def summary(self) -> dict[str, Any]:
        """Return the figures that people read, as plain data; keys in docs/schema.md."""
        scenario = self.scenario
        options = {option: self._option(option) for option in self.options}
        return {
            "scenario": scenario.title or scenario.source,
            "question": scenario.question,
            "hash": self.hash,
            "calibration": {
                "hash": self.calibration.hash,
                "source": self.calibration.source,
                "data": scenario.data is not None and self.calibration.source == "mcmc",
            },
            "seed": self.seed,
            "draws": self.draws,
            "impossible_draws": self.scene.impossible,
            "horizon_months": scenario.horizon_months,
            "discount_rate": scenario.discount_rate,
            "rate_kind": scenario.rate_kind,
            "currency": scenario.organisation.currency,
            "bridge": scenario.bridge,
            "terminal": scenario.terminal,
            "fixed_by_author": list(scenario.fixed_by_author),
            "options": options,
            "verdict": {
                "horizon": self._verdict(self.outcome),
                f"horizon_plus_{LATER}": self._verdict(self.later),
            },
            "do_nothing": self._do_nothing(),
            "standing_still": self._standing_still(),
            "cross_check": self._cross_check(),
            "claims": [
                {
                    "id": claim.id,
                    "cluster": claim.cluster,
                    "design": claim.design,
                    "credibility": claim.credibility,
                    "posterior_credibility": claim.posterior_credibility,
                    "statements": [dict(statement) for statement in claim.statements],
                }
                for claim in self.calibration.claims
            ],
            "diagnostics": {key: value for key, value in self.calibration.diagnostics.items() if key != "each"},
        }

    def _option(self, option: str) -> dict[str, Any]:
        get = self.outcome.field
        npv, cost = self.npv(option), get(option, "pv_cost")
        other = get(option, "npv_other") if self.scene.plan.customers and self.scene.plan.margin else None
        runoff = None
        if self.scenario.bridge == "customers" and np.isfinite(get(option, "runoff")).all():
            runoff = summary(get(option, "runoff"))
        delta = {}
        for node in self.outcome.nodes:
            points = summary(get(option, node))
            baseline = self.scenario.baseline(node)
            measured: dict[str, Any] = {}
            if baseline is not None:
                scale = baseline.scale
                figures = {key: scale.points_to_difference(value) for key, value in points.items()}
                if scale.points_per_unit < 0:
                    figures["p05"], figures["p95"] = figures["p95"], figures["p05"]
                    figures["sd"], figures["mcse"] = -figures["sd"], -figures["mcse"]
                measured = {"measured": {"scale": scale.name, "unit": scale.unit, **figures}}
            delta[node] = points | measured
        return {
            "npv": summary(npv),
            "npv_other_bridge": None if other is None else summary(other),
            "pv_cost": summary(cost),
            "roi": float(npv.mean() / cost.mean()) if cost.mean() > 0 else None,
            "payback_month": self._payback(option),
            "peak_funding": summary(get(option, "peak_funding")),
            "p_loss": {"value": p_loss(npv), "mcse": mcse(npv, p_loss)},
            "cvar05": {"value": cvar(npv), "mcse": mcse(npv, cvar)},
            "runoff": runoff,
            "delta": delta,
        }

    def _payback(self, option: str) -> dict[str, Any] | None:
        if not self.outcome.field(option, "pv_cost").mean() > 0:
            return None
        month = self.outcome.field(option, "payback")
        within = np.isfinite(month)
        ordered = np.sort(np.where(within, month, np.inf))

        def level(q: float) -> float | None:
            found = float(ordered[min(int(q * ordered.size), ordered.size - 1)])
            return found if np.isfinite(found) else None

        given = float(month[within].mean()) if within.any() else None
        return {
            "p05": level(0.05),
            "median": level(0.5),
            "p95": level(0.95),
            "p_within_horizon": float(within.mean()),
            "given_payback": given,
        }

    def _verdict(self, outcome: Outcome) -> dict[str, Any]:
        """Choose by the scenario's criterion among doing nothing, committing, and piloting before scaling."""
        limits = self.scenario.decision
        allowed = {"do_nothing": np.zeros(self.draws)}
        for option in ("commit", "pilot_scale"):
            if option not in self.options:
                continue
            worth = self.npv(option, outcome)
            if limits.max_p_loss is not None and p_loss(worth) > limits.max_p_loss:
                continue
            (peak,) = quantiles(outcome.field(option, "peak_funding"), (0.95,))
            if limits.max_peak_funding is not None and peak > limits.max_peak_funding:
                continue
            allowed[option] = worth
        best = max(allowed, key=lambda option: float(allowed[option].mean()))
        material = limits.material * float(outcome.field("commit", "pv_cost").mean())
        gaps = [allowed[best] - worth for option, worth in allowed.items() if option != best]
        close = any(gap.mean() < max(2 * mcse(gap, np.mean), material) for gap in gaps)
        return {"option": best, "mean_npv": float(allowed[best].mean()), "too_close": bool(close)}

    def _do_nothing(self) -> dict[str, Any]:
        value = self.outcome.field("do_nothing", "pv_profit")
        plan = self.scene.plan
        place = {name: i for i, name in enumerate(plan.rows())}
        profit: dict[str, float] | None = summary(value)
        if plan.pays == "margin":
            if self.scenario.organisation.contribution_margin is None:
                profit = None
            else:
                season = np.asarray(plan.season)[np.arange(plan.months) % 12]
                growth = self.scene.matrix[place["arpu_growth"]][None, :] ** np.arange(plan.months)[:, None]
                factor = (np.asarray(plan.discount_rest) * season) @ growth
                level = self.scene.matrix[place["contribution_margin"]] * self.scene.matrix[place["revenue_start"]]
                profit = summary(value + level * factor)
        customers = summary(self.outcome.field("do_nothing", "customers_end")) if plan.customers else None
        return {"customers_end": customers, "pv_profit": profit}

    def _standing_still(self) -> dict[str, float] | None:
        if self.scenario.rivals is None:
            return None
        return summary(self.outcome.field("do_nothing", "pv_profit") - self.outcome.field("no_rivals", "pv_profit"))

    def _cross_check(self) -> dict[str, Any] | None:
        """Compare the CX part alone on both bridges (docs/model.md, section 5)."""
        if not (self.scene.plan.customers and self.scene.plan.margin):
            return None
        up, down = self.outcome.field("commit", "check_customers"), self.outcome.field("commit", "check_margin")
        both = (np.abs(down) > 0) & (np.abs(up) > 0)
        quotient = np.divide(up, down, out=np.zeros_like(up), where=both)
        agree = float(np.mean((quotient >= 1 / _FACTOR) & (quotient <= _FACTOR))) if both.any() else None
        ratio = float(up.mean() / down.mean()) if down.mean() != 0 else None
        return {
            "customers": summary(up),
            "margin": summary(down),
            "ratio": ratio,
            "p_within_factor_2": agree,
            "agree": None if agree is None else agree >= 0.3,
        }


def forecast(
    scenario: Scenario,
    *,
    draws: int = DEFAULT_DRAWS,
    seed: int | None = None,
    prior_only: bool = False,
    trajectories: bool = False,
    workers: int = 1,
    calibration_seed: int = 0,
    progress: Progress | None = None,
) -> Forecast:
    """Compute what the drivers of a scenario would pay.

    Parameters
    ----------
    scenario
        From :func:`txsim.load`.
    draws
        Number of draws, a power of two from 128 to 2²⁰.
    seed
        Seed of the scenario's own Sobol points; by default the one that the scenario states, else 1.
    prior_only
        Leave all claims out.
    trajectories
        Keep every month of every draw.
    workers
        Threads of the kernel; results do not depend on it.
    calibration_seed
        Seed of the sampler; scenarios that share it and their beliefs share the posterior draws.
    progress
        Called with a sentence and a fraction or ``None``.

    Returns
    -------
    Forecast

    Raises
    ------
    InputError
        If ``draws`` cannot be used, or the scenario forces a loop that never settles.
    CalibrationError
        If the evidence does not give trustworthy draws.
    """
    check_draws(draws)
    if seed is None:
        seed = DEFAULT_SEED if scenario.seed is None else scenario.seed
    calibration = calibrate(
        calibration_spec(scenario, prior_only=prior_only, progress=progress), seed=calibration_seed, progress=progress
    )
    quantities = own_quantities(scenario)
    drawn, along = sample_points(quantities, copulas(scenario), draws, seed)
    if calibration.source == "point":
        parameters = {name: np.full(draws, calibration.draws[i, 0, 0]) for i, name in enumerate(calibration.names)}
    else:
        joined = pick_posterior(calibration.draws, along, posterior_keys(calibration))
        parameters = dict(zip(calibration.names, joined, strict=True))
    scene = lay_out(scenario, drawn, parameters, draws)
    if progress is not None:
        progress("simulating", None)
    kept = True if trajectories else (scene.paths[1:-1], ("payoff",))
    outcome = run(scene.plan, scene.matrix, paths=scene.paths, monthly=kept, workers=workers, progress=progress)
    longer = lay_out(scenario, drawn, parameters, draws, months=scenario.horizon_months + LATER)
    later = run(longer.plan, longer.matrix, paths=scene.paths[:-1], workers=workers)
    for each in (outcome, later):
        _refuse_endless(each)
    return Forecast(scenario, calibration, scene, outcome, later, seed, draws)


def _refuse_endless(outcome: Outcome) -> None:
    """Raise :class:`~txsim.errors.InputError` where figures have grown beyond what a number can hold."""
    for path in outcome.paths:
        lost = ~np.isfinite(outcome.field(path, "npv"))
        if lost.any():
            message = (
                f"the payoff of `{path}` grows beyond every bound in {lost.mean():.0%} of the draws: an amount of "
                "money, a growth or a rate per point is far too large"
            )
            raise InputError(message)


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
