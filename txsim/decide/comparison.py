# SPDX-License-Identifier: MIT
"""Scenarios side by side on common random numbers, and beliefs side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from txsim.decide.advice import weights_of
from txsim.decide.belief_mixture import across, mixed
from txsim.decide.choice import FIRST_STEP, recommend
from txsim.decide.entries import NOTHING, Entry, by_option, differing, entry_of
from txsim.decide.programmes import Portfolio
from txsim.decide.ranking import Difference, difference, dominates, expected_regret, frontier, p_best
from txsim.decide.sentences import with_sentence
from txsim.decide.value import Estimate
from txsim.forecast import (
    DEFAULT_DRAWS,
    DEFAULT_SEED,
    Draws,
    calibration_spec,
    common_order,
    draw,
    learn_together,
)
from txsim.forecast.criterion import Candidate, limits_of
from txsim.htmltable import html_table
from txsim.inference import Calibration, calibrate
from txsim.language import _, by_locale
from txsim.results.codec import plain
from txsim.results.recommendation import Recommendation
from txsim.retold import retold
from txsim.scenario import Scenario
from txsim.simulate.points import BATCHES
from txsim.simulate.statistics import cvar, mcse, summary
from txsim.types import Array, Progress

__all__ = ["Comparison", "compare"]


#: Of more options than this only the best one of each scenario is set against the others in pairs.
_ALL_PAIRS = 20


@dataclass(frozen=True)
class Comparison:
    """What `txsim compare` finds.

    Attributes
    ----------
    entries
        The scenarios.
    p_best, expected_regret, differences, dominance
        By ``scenario/option``; empty across beliefs.
    beliefs
        Mean payoff by belief and action, where the scenarios rest on different calibrations.
    recommendation
        ``None`` across beliefs without a mixture.
    warnings
        Where scenarios differ in what makes figures comparable.
    """

    entries: tuple[Entry, ...]
    table: tuple[dict[str, Any], ...]
    p_best: Mapping[str, Estimate]
    expected_regret: Mapping[str, Estimate]
    differences: tuple[tuple[str, str, Difference], ...]
    dominance: tuple[tuple[str, str, int], ...]
    frontier: tuple[str, ...]
    recommendation: Recommendation | None
    beliefs: dict[str, Any] | None
    warnings: tuple[str, ...]
    portfolio: Portfolio | None = None
    seed: int = DEFAULT_SEED
    draws: int = DEFAULT_DRAWS
    mix: Mapping[str, float] = field(default_factory=dict)

    def _repr_html_(self) -> str:
        """Return what notebooks show: every option on the same draws, the best mean first."""
        rows = [
            (
                str(row["name"]),
                by_locale(f"{row['npv']['mean']:,.0f}"),
                by_locale(f"{row['npv']['p05']:,.0f} … {row['npv']['p95']:,.0f}"),
                f"{row['p_loss']:.0%}",
                f"{self.p_best[row['name']].value:.0%}" if row["name"] in self.p_best else "–",
            )
            for row in sorted(self.table, key=lambda row: -row["npv"]["mean"])
        ]
        currency = self.entries[0].scenario.organisation.currency
        head = (_("scenario/option"), _("mean NPV, {0}").format(currency), "90 %", _("P(loss)"), _("P(best)"))
        ends = [
            tuple(row["npv"][key] for key in ("p05", "mean", "p95"))
            for row in sorted(self.table, key=lambda row: -row["npv"]["mean"])
        ]
        note = "; ".join(retold(warning) for warning in self.warnings)
        return html_table(_("Comparison"), note, head, rows, ends)

    def as_dict(self) -> dict[str, Any]:
        """Return plain data, keys in docs/schema.md."""
        return {
            "scenarios": [
                {
                    "name": entry.name,
                    "title": entry.scenario.title,
                    "hash": entry.scenario.hash,
                    "calibration": entry.drawn.calibration.hash,
                    "currency": entry.scenario.organisation.currency,
                    "horizon_months": entry.scenario.horizon_months,
                }
                for entry in self.entries
            ],
            "seed": self.seed,
            "draws": self.draws,
            "options": list(self.table),
            "p_best": {name: each.value for name, each in self.p_best.items()},
            "p_best_mcse": {name: each.mcse for name, each in self.p_best.items()},
            "expected_regret": {name: each.value for name, each in self.expected_regret.items()},
            "expected_regret_mcse": {name: each.mcse for name, each in self.expected_regret.items()},
            "differences": [
                {
                    "a": a,
                    "b": b,
                    "mean": each.mean,
                    "p05": each.p05,
                    "p95": each.p95,
                    "mcse": each.mcse,
                    "p_positive": each.p_positive,
                }
                for a, b, each in self.differences
            ],
            "dominance": [{"a": a, "b": b, "order": order} for a, b, order in self.dominance],
            "frontier": list(self.frontier),
            "beliefs": self.beliefs,
            "mix": dict(self.mix),
            "portfolio": None if self.portfolio is None else self.portfolio.as_dict(),
            "warnings": list(self.warnings),
            "recommendation": plain(self.recommendation),
        }


def _calibrations(
    scenarios: Mapping[str, Scenario], prior_only: bool, progress: Progress | None
) -> dict[str, Calibration]:
    specs = {name: calibration_spec(scenario, prior_only=prior_only) for name, scenario in scenarios.items()}
    made = {spec.hash: spec for spec in specs.values()}
    drawn = {key: calibrate(spec, progress=progress) for key, spec in made.items()}
    return {name: drawn[spec.hash] for name, spec in specs.items()}


def compare(
    scenarios: Mapping[str, Scenario],
    *,
    draws: int = DEFAULT_DRAWS,
    seed: int | None = None,
    prior_only: bool = False,
    mix: Mapping[str, float] | None = None,
    workers: int = 1,
    progress: Progress | None = None,
) -> Comparison:
    """Compare scenarios draw by draw.

    Parameters
    ----------
    scenarios
        By name.
    draws, seed, prior_only, workers, progress
        As for :func:`txsim.forecast.forecast`; all scenarios share the seed.
    mix
        Weight of each belief, by the name of a scenario that holds it or ``default`` for the packaged evidence.

    Returns
    -------
    Comparison

    Raises
    ------
    InputError
        If ``mix`` names no belief, or for any reason that a forecast has.
    """
    if seed is None:
        seeds = {scenario.seed for scenario in scenarios.values() if scenario.seed is not None}
        seed = seeds.pop() if len(seeds) == 1 else DEFAULT_SEED
    told = dict(scenarios)
    calibrations = _calibrations(told, prior_only, progress)
    order = common_order(told.values())
    if progress is not None:
        progress("simulating", None)
    learned = {
        calibration.hash: learn_together(told.values(), calibration, draws=draws, seed=seed, order=order)
        for calibration in calibrations.values()
    }

    def drawn(name: str) -> Draws:
        made = calibrations[name]
        return draw(told[name], made, draws=draws, seed=seed, order=order, learned=learned[made.hash])

    entries = tuple(entry_of(name, told[name], drawn(name), workers) for name in told)
    one_belief = len({calibration.hash for calibration in calibrations.values()}) == 1
    if one_belief and not mix:
        return _within(entries, seed, draws)
    beliefs, payoffs = across(told, calibrations, order, draws, seed, prior_only, mix or {}, workers, progress)
    found = Comparison(
        entries, _table(entries), {}, {}, (), (), (), None, beliefs, differing(entries), None, seed, draws, mix or {}
    )
    if mix:
        found = replace(found, recommendation=mixed(entries, payoffs, mix))
    return found


def _table(entries: Sequence[Entry]) -> tuple[dict[str, Any], ...]:
    return tuple(
        {
            "name": name,
            "scenario": None if option == NOTHING else entry.name,
            "option": option,
            "npv": summary(candidate.before_tax),
            "npv_after_tax": summary(candidate.after_tax),
            "p_loss": candidate.p_loss,
            "cvar05": {"value": cvar(candidate.payoff), "mcse": mcse(candidate.payoff, cvar)},
            "peak_funding_p95": candidate.peak_funding,
        }
        for name, (entry, option, candidate) in by_option(entries).items()
    )


def _within(entries: tuple[Entry, ...], seed: int, draws: int) -> Comparison:
    flat = by_option(entries)
    names = list(flat)
    table = np.column_stack([flat[name][2].payoff for name in names])
    best = p_best(table, batches=BATCHES)
    regret = expected_regret(table, batches=BATCHES)
    rows = _table(entries)
    means = table.mean(axis=0)
    tails = [row["cvar05"]["value"] for row in rows]
    # An efficient frontier of mean against what happens in the worst 5 %.
    efficient = tuple(names[i] for i in frontier(means, tails))
    paired = names
    if len(names) > _ALL_PAIRS:
        leaders = []
        for entry in entries:
            mine = [name for name in names if flat[name][0] is entry and name != NOTHING]
            leaders.append(max(mine, key=lambda name: float(means[names.index(name)])))
        paired = [*leaders, NOTHING]
    column = {name: table[:, i] for i, name in enumerate(names)}
    pairs = [(a, b) for i, a in enumerate(paired) for b in paired[i + 1 :]]
    differences = tuple((a, b, difference(column[a], column[b], batches=BATCHES)) for a, b in pairs)
    sorted_columns = {name: np.sort(column[name]) for name in paired}
    dominance = []
    for a, b in pairs:
        for x, y in ((a, b), (b, a)):
            order = dominates(sorted_columns[x], sorted_columns[y])
            if order is not None:
                dominance.append((x, y, order))
    return Comparison(
        entries,
        rows,
        dict(zip(names, best, strict=True)),
        dict(zip(names, regret, strict=True)),
        differences,
        tuple(dominance),
        efficient,
        _recommended(entries, flat),
        None,
        differing(entries),
        None,
        seed,
        draws,
    )


def _recommended(entries: Sequence[Entry], flat: Mapping[str, tuple[Entry, str, Candidate]]) -> Recommendation:
    parameters: dict[str, Array] = {}
    for entry in entries:
        parameters |= {name: values for name, values in entry.drawn.uncertain.items() if name not in parameters}
    steps = {
        name: NOTHING if option == NOTHING else f"{entry.name}/{FIRST_STEP.get(option, option)}"
        for name, (entry, option, _) in flat.items()
    }
    cost = [entry.pv_cost for entry in entries]
    limits = limits_of(entries[0].scenario, min(cost, default=0.0))
    ordered = {NOTHING: flat[NOTHING][2]} | {name: each[2] for name, each in flat.items()}
    weights = weights_of(entries[0].scenario, entries[0].drawn)
    recommendation = recommend(ordered, limits, parameters=parameters, claim_weights=weights, steps=steps)
    return with_sentence(recommendation, entries[0].scenario.organisation.currency)
