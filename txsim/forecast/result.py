# SPDX-License-Identifier: MIT
"""What a forecast found: payoffs draw by draw, and the figures that people read, in the words of docs/schema.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from txsim.errors import InputError, Problem
from txsim.forecast.draws import Draws, apart_results, calibration_spec
from txsim.forecast.figures import figures_of, unit_of
from txsim.forecast.worth import npv_of, tax_rate, worth_of
from txsim.inference import Calibration
from txsim.inference.links import link_name
from txsim.language import Message, _, lazy
from txsim.printable import well_formed
from txsim.results.cash_flow import CashFlow
from txsim.results.notebook import options_table, share
from txsim.results.own_view import OwnView
from txsim.results.page_one import PageOne, StatedNumber
from txsim.results.panel_data import FileReading
from txsim.results.quantities import MONEY
from txsim.results.recommendation import Recommendation
from txsim.results.run import (
    CalibrationNote,
    Claim,
    Figures,
    Link,
    Option,
    PilotReading,
    Pilots,
    Precision,
    Run,
    harm_denied,
)
from txsim.scenario import Scenario
from txsim.scenario.pilot_log import log_beside
from txsim.simulate.engine import Outcome
from txsim.simulate.layout import Scene
from txsim.simulate.plan import OPTIONS, RESULT_FIELDS
from txsim.types import Array


def unused_log(scenario: Scenario) -> str | None:
    """Return the name of the log of pilots that stands beside a scenario which does not name it; else ``None``."""
    if scenario.pilots is not None or not scenario.source:
        return None
    log = log_beside(Path(scenario.source))
    return log.name if log.is_file() else None


@dataclass(frozen=True)
class Forecast:
    """What the drivers of one scenario would pay, draw by draw."""

    #: What was asked, and the draws of parameters it rests on.
    scenario: Scenario
    calibration: Calibration
    #: What the kernel read and computed.
    scene: Scene
    outcome: Outcome
    #: The same with a horizon that is 24 months longer; ``None`` where nobody asks for the verdict there.
    later: Outcome | None
    #: Seed of the scenario's own points, and number of draws.
    seed: int
    draws: int
    drawn: Draws  #: The draws themselves.
    #: What to do, the business case of that, what stands on page one beside it, what policies pay, what the author
    #: typed and what is hardly true of it; empty where nobody asked (:func:`txsim.decide.advice.advised`).
    recommendation: Recommendation | None = None
    cash_flow: CashFlow | None = None
    page_one: PageOne | None = None
    policies: Mapping[str, Option] = field(default_factory=dict)
    stated: tuple[StatedNumber, ...] = ()
    warnings: tuple[Message, ...] = ()
    precision: Precision | None = None  #: What a wanted precision took; ``None`` where none was asked for.
    #: What a page needs to answer a reader's own view (:mod:`txsim.decide.own_view`); ``None`` where nobody asked.
    view: OwnView | None = None

    @property
    def options(self) -> tuple[str, ...]:
        """Options that exist in this scenario."""
        return tuple(path for path in OPTIONS if path in self.outcome.paths)

    def npv(self, option: str, outcome: Outcome | None = None) -> Array:
        """Return NPV before tax ``(draw,)``, with the value after the horizon under `terminal: runoff`.

        Parameters
        ----------
        option
            One of :attr:`options`.
        outcome
            In place of that at the scenario's own horizon, for example :attr:`later`.
        """
        return npv_of(self.scenario, outcome or self.outcome, option)

    def npv_after_tax(self, option: str, outcome: Outcome | None = None) -> Array:
        """Return NPV after tax ``(draw,)``; arguments as for :meth:`npv`, which it equals without `finance`."""
        return npv_of(self.scenario, outcome or self.outcome, option, after_tax=True)

    def worth(self, option: str, outcome: Outcome | None = None) -> Array:
        """Return NPV ``(draw,)`` as the decision reads it, after tax where `decision` says so; as for :meth:`npv`."""
        return worth_of(self.scenario, outcome or self.outcome, option)

    def worths(self) -> dict[str, Array]:
        """Return :meth:`worth` of every path."""
        return {path: self.worth(path) for path in self.options}

    @cached_property
    def payoff(self) -> Any:
        """Payoffs as an ``xarray.Dataset`` with dims ``option, draw`` (and ``node``)."""
        import xarray as xr

        dims = ("option", "draw")
        variables = {
            name: (dims, np.stack([self.outcome.field(option, name) for option in self.options]))
            for name in ("npv", "npv_other", "pv_cost", "payback", "peak_funding", "runoff", "customers_end")
        }
        if self.scene.plan.extended:
            more = self.scene.plan.result_fields()[len(RESULT_FIELDS) + len(self.outcome.nodes) :]
            variables |= {n: (dims, np.stack([self.outcome.field(option, n) for option in self.options])) for n in more}
        delta = np.stack([[self.outcome.field(option, node) for node in self.outcome.nodes] for option in self.options])
        coords = {"option": list(self.options), "node": list(self.outcome.nodes), "draw": np.arange(self.draws)}
        dataset = xr.Dataset({**variables, "delta": (("option", "node", "draw"), delta)}, coords)
        return self.with_units(dataset)

    def with_units(self, dataset: Any) -> Any:
        """Return a dataset whose variables have their unit in ``attrs["units"]``."""
        currency = self.scenario.organisation.currency
        dataset.attrs = {"scenario": self.scenario.title, "currency": currency}
        for name, variable in dataset.data_vars.items():
            unit = "index points" if name in self.outcome.nodes else unit_of(str(name).partition(".")[0])
            variable.attrs["units"] = currency if unit == MONEY.name else unit
        return dataset

    @property
    def has_trajectories(self) -> bool:
        """Whether every month of every field was kept."""
        return len(self.outcome.monthly_fields) > 1

    @cached_property
    def trajectories(self) -> Any:
        """Every month as an ``xarray.Dataset`` with dims ``option, month, draw``; ``InputError`` if not kept."""
        if not self.has_trajectories:
            message = lazy("the months of this forecast were not asked for, and so were not kept")
            raise InputError(Problem(message, hint=lazy("ask for them: `txsim.forecast(scenario, trajectories=True)`")))
        import xarray as xr

        fields = self.scene.plan.monthly_fields()
        paths = tuple(path for path in self.outcome.paths if path != "no_rivals")
        data = {
            name: (("option", "month", "draw"), np.stack([self.outcome.by_month(path, name) for path in paths]))
            for name in fields
        }
        coords = {"option": list(paths), "month": np.arange(self.scene.plan.months), "draw": np.arange(self.draws)}
        return self.with_units(xr.Dataset(data, coords))

    def inference_groups(self) -> dict[str, Any]:
        """Return the draws of parameters as datasets by group (:func:`txsim.forecast.inference_data.groups_of`)."""
        from txsim.forecast.inference_data import groups_of

        spec = calibration_spec(self.scenario, prior_only=self.calibration.source == "prior")
        return groups_of(spec, self.calibration)

    def inference_data(self) -> Any:
        """Return the draws of parameters as the ``xarray.DataTree`` that ArviZ takes; also in ``result.nc``."""
        import xarray as xr

        return xr.DataTree.from_dict(self.inference_groups())

    def dataset(self) -> Any:
        """Return payoffs, and the months where they were kept, with one set of dims for all scenarios.

        Returns
        -------
        xarray.Dataset
            Payoffs ``(scenario, option, draw)``, ``delta`` ``(scenario, option, draw, node)`` and, with trajectories,
            ``deviation`` ``(scenario, option, draw, month, node)`` in index points and every monthly field
            ``(scenario, option, draw, month)``. Several scenarios become one by ``xarray.concat(…, "scenario")``.
        """
        data = self.payoff
        if self.has_trajectories:
            months = self.trajectories.sel(option=list(self.options))
            nodes = list(self.outcome.nodes)
            deviation = months[nodes].to_dataarray("node").assign_attrs(units="index points")
            data = data.merge(months.drop_vars(nodes)).assign(deviation=deviation)
        name = well_formed(self.scenario.source) or self.scenario.title
        order = ("scenario", "option", "draw", "month", "node")
        return data.expand_dims(scenario=[name]).transpose(*(dim for dim in order if dim in ("scenario", *data.dims)))

    def _repr_html_(self) -> str:
        """Return what notebooks show: what each option pays."""
        run = self.summary()
        within = [paid.payback_month for paid in run.options.values()]
        template = _("{0:,} draws, seed {1}; calibration {2}")
        return options_table(
            self.scenario.label,
            template.format(self.draws, self.seed, self.calibration.hash[:12]),
            {name: (paid.worth(after_tax=run.after_tax), paid.p_loss.value) for name, paid in run.options.items()},
            last=(
                _("paid back in {0} months, undiscounted").format(run.horizon_months),
                ["–" if back is None else share(back.p_within_horizon) for back in within],
            ),
            currency=run.currency,
            after_tax=run.after_tax,
            taxed=run.tax_rate is not None,
        )

    @cached_property
    def hash(self) -> str:
        """SHA-256 of what the scenario says."""
        return self.scenario.hash

    def summary(self) -> Run:
        """Return the figures that people read; what each is, stands in docs/schema.md."""
        scenario, calibration = self.scenario, self.calibration
        mcmc = calibration.source == "mcmc"
        figures = self.figures()
        reading = None
        if scenario.data is not None and mcmc:
            from txsim.panel.scenario_data import reading_of

            reading = reading_of(scenario)
        return Run(
            options=figures.options,
            verdict=figures.verdict,
            do_nothing=figures.do_nothing,
            standing_still=figures.standing_still,
            cross_check=figures.cross_check,
            scenario=scenario.label,
            question=scenario.question,
            hash=self.hash,
            calibration=CalibrationNote(
                calibration.hash,
                calibration.source,
                scenario.data is not None and mcmc,
                int(calibration.key.split("-")[1]),
                calibration.part,
            ),
            pilots=self._pilots,
            seed=self.seed,
            draws=self.draws,
            impossible_draws=self.scene.impossible,
            horizon_months=scenario.horizon_months,
            discount_rate=scenario.discount_rate,
            rate_kind=scenario.rate_kind,
            currency=scenario.organisation.currency,
            bridge=scenario.bridge,
            terminal=scenario.terminal,
            after_tax=scenario.decision.after_tax,
            tax_rate=None if scenario.finance is None else tax_rate(scenario),
            fixed_by_author=tuple(scenario.fixed_by_author),
            claims=self._claims(),
            links=tuple(Link(link.name, link.doubt, self._doubt(link)) for link in calibration.links),
            left_out=dict(scenario.selection().dropped) if mcmc else {},
            diagnostics={key: value for key, value in calibration.diagnostics.items() if key != "each"},
            recommendation=self.recommendation,
            organisation=scenario.organisation.name,
            cash_flow=self.cash_flow,
            page_one=self.page_one,
            policies=self.policies,
            stated=self.stated,
            warnings=self.warnings,
            precision=self.precision,
            source=well_formed(Path(self.scenario.source).name),
            changed_by=tuple(well_formed(word) for word in scenario.changed_by),
            reading=None if reading is None else FileReading(**reading),
        )

    def _claims(self) -> tuple[Claim, ...]:
        """Return what became of each claim, with what it says and where it stands."""
        entries = self.scenario.claims()
        return tuple(
            Claim(
                claim.id,
                claim.cluster,
                claim.design,
                claim.credibility,
                claim.posterior_credibility,
                tuple(dict(statement) for statement in claim.statements),
                harm_denied() if claim.denied else "",
                lazy(entries[claim.id].statement) if claim.id in entries else "",
                entries[claim.id].source if claim.id in entries else "",
                entries[claim.id].read if claim.id in entries else "",
            )
            for claim in (*self.calibration.claims, *apart_results(self.scenario, self.calibration))
        )

    def _doubt(self, link: Link) -> float:
        """Return how far a link is still in doubt, finished pilots counted."""
        if self.drawn.learned is None:
            return link.posterior_doubt
        return float(1.0 - self.drawn.parameters[link_name(link.name)].mean())

    @property
    def _pilots(self) -> Pilots | None:
        """What is said of finished pilots that these draws know of."""
        log, learned = self.scenario.pilots, self.drawn.learned
        if log is None or learned is None:
            unused = unused_log(self.scenario)
            return None if unused is None else Pilots(unused, 0, (), None)
        readings = tuple(PilotReading(r.node, r.points, r.error, r.randomised, r.apart) for r in log.entries)
        return Pilots(log.file, learned.entries, readings, learned.effective)

    def figures(self) -> Figures:
        """Return the part of :meth:`summary` that this scenario's draws decide."""
        return self._figures

    @cached_property
    def _figures(self) -> Figures:
        return figures_of(self)
