# SPDX-License-Identifier: MIT
"""What a forecast found: payoffs draw by draw, and the figures that people read, in the words of docs/schema.md."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from txsim.forecast.draws import Draws
from txsim.htmltable import html_table
from txsim.inference import Calibration
from txsim.language import _, by_locale
from txsim.scenario import Scenario
from txsim.scenario.pilot_log import log_beside
from txsim.simulate.engine import Outcome
from txsim.simulate.layout import Scene
from txsim.simulate.plan import MONTHLY_FIELDS, OPTIONS, RESULT_FIELDS
from txsim.simulate.points import BATCHES
from txsim.simulate.statistics import STATISTICS, losses, mcse, p_loss, quantiles, summaries, summary, tail_means
from txsim.types import Array

__all__ = ["LATER", "Forecast", "npv_of", "unused_log"]


#: Months beyond the horizon at which the verdict is looked at once more.
LATER = 24
_FACTOR = 2.0


def npv_of(scenario: Scenario, outcome: Outcome, path: str) -> Array:
    """Return NPV ``(draw,)`` of a path, with the value after the horizon where the scenario says `terminal: runoff`."""
    value = outcome.field(path, "npv")
    if scenario.terminal == "runoff" and scenario.bridge == "customers":
        value = value + outcome.field(path, "runoff")
    return value


def unused_log(scenario: Scenario) -> str | None:
    """Return the name of the log of pilots that stands beside a scenario which does not name it; else ``None``."""
    if scenario.pilots is not None or not scenario.source:
        return None
    log = log_beside(Path(scenario.source))
    return log.name if log.is_file() else None


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
        return npv_of(self.scenario, outcome or self.outcome, option)

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
                    by_locale(f"{npv['mean']:,.0f} ± {npv['mcse']:,.0f}"),
                    by_locale(f"{npv['p05']:,.0f} … {npv['p95']:,.0f}"),
                    f"{found['p_loss']['value']:.0%}",
                    "–" if within is None else f"{within['p_within_horizon']:.0%}",
                )
            )
        head = (
            _("option"),
            _("mean NPV, {0}").format(currency),
            "90 %",
            _("P(loss)"),
            _("paid back in {0} months").format(summary["horizon_months"]),
        )
        told = _("{0:,} draws, seed {1}; calibration {2}")
        note = told.format(self.draws, self.seed, self.calibration.hash[:12])
        ends = [tuple(o["npv"][key] for key in ("p05", "mean", "p95")) for o in summary["options"].values()]
        return html_table(self.scenario.title or self.scenario.source, note, head, rows, ends)

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
            "pilots": self._pilots,
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
            "left_out": dict(scenario.selection().dropped) if self.calibration.source == "mcmc" else {},
            "diagnostics": {key: value for key, value in self.calibration.diagnostics.items() if key != "each"},
        }

    @property
    def _pilots(self) -> dict[str, Any] | None:
        """What is said of finished pilots that these draws know of."""
        log, learned = self.scenario.pilots, self.drawn.learned
        if log is None or learned is None:
            unused = unused_log(self.scenario)
            return None if unused is None else {"file": unused, "counted": 0, "readings": [], "effective_draws": None}
        readings = [
            {"node": r.node, "points": r.points, "error": r.error, "randomised": r.randomised} for r in log.entries
        ]
        return {
            "file": log.file,
            "counted": learned.entries,
            "readings": readings,
            "effective_draws": learned.effective,
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
