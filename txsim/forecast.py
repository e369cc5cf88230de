# SPDX-License-Identifier: MIT
"""The main job on one page: scenario → draws → trajectories → payoffs.

A forecast keeps its draws; :meth:`Forecast.summary` reduces them to what people read, in the words of docs/schema.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from txsim.errors import InputError
from txsim.htmltable import html_table
from txsim.inference import Calibration, CalibrationSpec, calibrate
from txsim.panels.evidence import panels_of
from txsim.pathways import REFERENCE_CHURN
from txsim.priors.catalogue import calibration_parameters
from txsim.priors.distributions import Distribution, is_point
from txsim.scenario import Scenario
from txsim.simulate.engine import Outcome, run
from txsim.simulate.layout import Scene, lay_out
from txsim.simulate.payoff import STATISTICS, losses, mcse, p_loss, quantiles, summaries, summary, tail_means
from txsim.simulate.plan import MONTHLY_FIELDS, OPTIONS, RESULT_FIELDS
from txsim.simulate.points import BATCHES, check_draws, pick_posterior, sample_points
from txsim.simulate.quantities import copulas, own_quantities, reading_quantities

__all__ = [
    "DEFAULT_DRAWS",
    "DEFAULT_SEED",
    "Draws",
    "Forecast",
    "all_quantities",
    "calibration_spec",
    "common_order",
    "draw",
    "forecast",
    "forecast_from",
    "parameters_for",
    "posterior_keys",
    "simulate",
]

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
class Draws:
    """Joint draws of everything uncertain behind one forecast.

    Attributes
    ----------
    calibration
        Where the draws of parameters come from.
    quantities
        Draws ``(draw,)`` of the scenario's own uncertain quantities, by name.
    parameters
        Draws ``(draw,)`` of the calibration's parameters, by name; a known number is an array of equal values.
    seed, count
        Seed of the scenario's points and number of draws.
    along
        Place ``(draw,)`` of each draw along the posterior of its batch.
    """

    calibration: Calibration
    quantities: Mapping[str, Array]
    parameters: Mapping[str, Array]
    seed: int
    count: int
    along: NDArray[np.int64]

    def from_posterior(self, values: Array) -> Array:
        """Return figures ``(..., chain * draw)`` of the calibration's own draws at these draws, ``(..., draw)``."""
        shape = (-1, *self.calibration.draws.shape[1:])
        found = pick_posterior(values.reshape(shape), self.along, posterior_keys(self.calibration))
        return found.reshape(*values.shape[:-1], self.count)

    @property
    def uncertain(self) -> dict[str, Array]:
        """Everything that differs from draw to draw, by name: parameters, then the scenario's own quantities."""
        found = {**self.parameters, **self.quantities}
        return {name: values for name, values in found.items() if values.size and np.ptp(values) > 0}


@dataclass(frozen=True)
class Forecast:
    """What the drivers of one scenario would pay, draw by draw.

    Attributes
    ----------
    scenario, calibration
        What was asked, and the draws of parameters it rests on.
    scene, outcome
        What the kernel read and computed.
    later
        The same with a horizon that is 24 months longer; ``None`` where nobody asks for the verdict there.
    seed, draws
        Seed of the scenario's own points, and number of draws.
    drawn
        The draws themselves.
    """

    scenario: Scenario
    calibration: Calibration
    scene: Scene
    outcome: Outcome
    later: Outcome | None
    seed: int
    draws: int
    drawn: Draws

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

    def _repr_html_(self) -> str:
        """Return what notebooks show: what each option pays."""
        summary = self.summary()
        currency = summary["currency"]
        rows = []
        for option, found in summary["options"].items():
            npv, within = found["npv"], found["payback_month"]
            rows.append(
                (
                    option,
                    f"{npv['mean']:,.0f} ± {npv['mcse']:,.0f}",
                    f"{npv['p05']:,.0f} … {npv['p95']:,.0f}",
                    f"{found['p_loss']['value']:.0%}",
                    "–" if within is None else f"{within['p_within_horizon']:.0%}",
                )
            )
        head = (
            "option",
            f"mean NPV, {currency}",
            "90 %",
            "P(loss)",
            f"paid back in {summary['horizon_months']} months",
        )
        note = f"{self.draws:,} draws, seed {self.seed}; calibration {self.calibration.hash[:12]}"
        return html_table(self.scenario.title or self.scenario.source, note, head, rows)

    @cached_property
    def hash(self) -> str:
        """SHA-256 of what the scenario says."""
        return self.scenario.hash

    def summary(self) -> dict[str, Any]:
        """Return the figures that people read, as plain data; keys in docs/schema.md."""
        scenario = self.scenario
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
            **self.figures(),
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

    def figures(self) -> dict[str, Any]:
        """Return the part of :meth:`summary` that this scenario's draws decide."""
        verdict = {"horizon": self._verdict(self.outcome)}
        if self.later is not None:
            verdict[f"horizon_plus_{LATER}"] = self._verdict(self.later)
        return {
            "options": {option: self._option(option) for option in self.options},
            "verdict": verdict,
            "do_nothing": self._do_nothing(),
            "standing_still": self._standing_still(),
            "cross_check": self._cross_check(),
        }

    @cached_property
    def _summaries(self) -> dict[str, dict[str, dict[str, float]]]:
        """Summaries by option and quantity; ``npv`` as :meth:`npv` counts it."""
        names = ("npv", "npv_other", "pv_cost", "peak_funding", "runoff")
        places = [RESULT_FIELDS.index(name) for name in names]
        places += range(len(RESULT_FIELDS), len(RESULT_FIELDS) + len(self.outcome.nodes))
        paths = [self.outcome.paths.index(option) for option in self.options]
        values = self.outcome.result[np.ix_(paths, places)]
        values[:, 0] = [self.npv(option) for option in self.options]
        return {
            option: {
                name: dict(zip(STATISTICS, figures, strict=True))
                for name, figures in zip((*names, *self.outcome.nodes), each, strict=True)
            }
            for option, each in zip(self.options, summaries(values).tolist(), strict=True)
        }

    @cached_property
    def _risks(self) -> dict[str, dict[str, dict[str, float]]]:
        """Probability of a loss and the mean of the worst 5 %, each with its Monte Carlo error, by option."""
        values = np.stack([self.npv(option) for option in self.options])
        batches = values.reshape(len(self.options), BATCHES, -1)
        spread = np.ptp(values, axis=-1) > 0
        found: dict[str, dict[str, dict[str, float]]] = {option: {} for option in self.options}
        for name, statistic in (("p_loss", losses), ("cvar05", tail_means)):
            level = statistic(values)
            error = np.where(spread, statistic(batches).std(axis=-1, ddof=1) / np.sqrt(BATCHES), 0.0)
            for i, option in enumerate(self.options):
                found[option][name] = {"value": float(level[i]), "mcse": float(error[i])}
        return found

    def _option(self, option: str) -> dict[str, Any]:
        found = self._summaries[option]
        delta = {}
        for node in self.outcome.nodes:
            points = found[node]
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
        cost = found["pv_cost"]["mean"]
        return {
            "npv": found["npv"],
            "npv_other_bridge": found["npv_other"] if self.scene.plan.customers and self.scene.plan.margin else None,
            "pv_cost": found["pv_cost"],
            "roi": found["npv"]["mean"] / cost if cost > 0 else None,
            "payback_month": self._payback(option),
            "peak_funding": found["peak_funding"],
            **self._risks[option],
            "runoff": found["runoff"] if self.scenario.bridge == "customers" and self._runs_off(option) else None,
            "delta": delta,
        }

    def _runs_off(self, option: str) -> bool:
        return bool(np.isfinite(self.outcome.field(option, "runoff")).all())

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
                growth, factor = self.scene.matrix[place["arpu_growth"]], np.zeros(self.draws)
                price = np.ones(self.draws)
                for weight in np.asarray(plan.discount_rest) * season:
                    factor += weight * price
                    price *= growth
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
    calibration: Calibration | None = None,
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
    calibration
        Draws of parameters to use, where they are at hand; by default those of the scenario's own beliefs.
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
    if calibration is None:
        spec = calibration_spec(scenario, prior_only=prior_only, progress=progress)
        calibration = calibrate(spec, seed=calibration_seed, progress=progress)
    drawn = draw(scenario, calibration, draws=draws, seed=seed)
    if progress is not None:
        progress("simulating", None)
    scene = lay_out(scenario, drawn.quantities, drawn.parameters, draws)
    kept = True if trajectories else (scene.paths[1:-1], ("payoff",))
    outcome = run(scene.plan, scene.matrix, paths=scene.paths, monthly=kept, workers=workers, progress=progress)
    longer = lay_out(scenario, drawn.quantities, drawn.parameters, draws, months=scenario.horizon_months + LATER)
    later = run(longer.plan, longer.matrix, paths=scene.paths[:-1], workers=workers)
    for each in (outcome, later):
        _refuse_endless(each)
    return Forecast(scenario, calibration, scene, outcome, later, seed, draws, drawn)


def draw(
    scenario: Scenario,
    calibration: Calibration,
    *,
    draws: int = DEFAULT_DRAWS,
    seed: int = DEFAULT_SEED,
    order: Sequence[str] | None = None,
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

    Returns
    -------
    Draws

    Raises
    ------
    InputError
        If ``draws`` cannot be used.
    """
    check_draws(draws)
    share = order is not None
    drawn, along = sample_points(all_quantities(scenario), copulas(scenario), draws, seed, order, share=share)
    return Draws(calibration, drawn, parameters_for(calibration, along), seed, draws, along)


def all_quantities(scenario: Scenario) -> dict[str, Distribution]:
    """Return everything that is drawn with a scenario, by name: its own quantities, then what a pilot's reading has."""
    return own_quantities(scenario) | reading_quantities(scenario)


def common_order(scenarios: Iterable[Scenario]) -> tuple[str, ...]:
    """Return the names of all scenarios' own quantities, each once, in the order in which they are to be drawn."""
    columns = [list(all_quantities(scenario)) for scenario in scenarios]
    # The most important first: the first names of all scenarios, then the second ones, …
    rows = (column[i] for i in range(max(map(len, columns), default=0)) for column in columns if i < len(column))
    return tuple(dict.fromkeys(rows))


def simulate(
    scenario: Scenario,
    drawn: Draws,
    *,
    paths: Sequence[str] | None = None,
    months: int | None = None,
    workers: int = 1,
) -> tuple[Scene, Outcome]:
    """Simulate a scenario, or a variant of it, on draws that exist.

    Parameters
    ----------
    scenario
        What is simulated; its uncertain quantities must be among the draws.
    drawn
        From :func:`draw`.
    paths
        Which paths; by default all options.
    months
        In place of the scenario's own horizon.
    workers
        Threads of the kernel.

    Returns
    -------
    tuple
        What the kernel read, and what it computed.

    Raises
    ------
    InputError
        If the scenario forces a loop that never settles, or figures grow beyond every bound.
    """
    scene = lay_out(scenario, drawn.quantities, drawn.parameters, drawn.count, months=months)
    wanted = scene.paths[1:-1] if paths is None else tuple(path for path in paths if path in scene.paths)
    outcome = run(scene.plan, scene.matrix, paths=wanted, workers=workers)
    _refuse_endless(outcome)
    return scene, outcome


def forecast_from(scenario: Scenario, drawn: Draws, quantities: Mapping[str, Distribution]) -> Forecast:
    """Compute one of many scenarios from draws that are at hand: the same figures, without months and later horizon."""
    scene = lay_out(scenario, drawn.quantities, drawn.parameters, drawn.count, quantities=quantities)
    paths = scene.paths if scenario.rivals is not None else scene.paths[:-1]
    outcome = run(scene.plan, scene.matrix, paths=paths)
    _refuse_endless(outcome)
    return Forecast(scenario, drawn.calibration, scene, outcome, None, drawn.seed, drawn.count, drawn)


def parameters_for(calibration: Calibration, along: NDArray[np.int64]) -> dict[str, Array]:
    """Return the draws ``(draw,)`` of a calibration's parameters at places from :func:`sample_points`."""
    if calibration.source == "point":
        return {name: np.full(along.size, calibration.draws[i, 0, 0]) for i, name in enumerate(calibration.names)}
    joined = pick_posterior(calibration.draws, along, posterior_keys(calibration))
    return dict(zip(calibration.names, joined, strict=True))


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
