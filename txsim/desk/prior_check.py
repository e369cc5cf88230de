# SPDX-License-Identifier: MIT
"""What the priors alone say about outcomes that a manager can judge, before anyone spends an hour on claims.

Three questions: do the priors put weight on what cannot be or would be absurd; do loops feed themselves; and does
belief lie where no study ever was?
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from txsim.desk.listing import interval
from txsim.errors import InputError
from txsim.evidence import ScoredStatement
from txsim.forecast import Forecast, calibration_spec, forecast
from txsim.inference import CalibrationSpec, calibrate
from txsim.inference.bounds import quantities
from txsim.inference.claim_arrays import Layout
from txsim.inference.spec import prior_draws
from txsim.inference.statements import Reference
from txsim.language import N_, Figure, Message, Words, lazy, lazy_plural
from txsim.pathways.algebra import slopes_matrix, spectral_radius
from txsim.priors.distributions import from_scores
from txsim.priors.moments import median
from txsim.results.beliefs import AlreadyUsed, LoopGain, Outcome, OutsideEvidence, PriorsCheck
from txsim.scenario import Scenario
from txsim.types import Array, Progress

#: More prior mass than this on what is absurd is a finding.
ABSURD_MASS = 0.05
_YEAR = 12
_DRAWS = 2**14


def prior_check(
    scenario: Scenario, *, draws: int = 4096, seed: int | None = None, progress: Progress | None = None
) -> PriorsCheck:
    """Return the prior predictive check.

    ``draws``, ``seed``: as for :func:`txsim.forecast`. Raises :class:`InputError` if nearly every draw of the priors
    makes a loop feed itself without end.
    """
    full = calibration_spec(scenario)
    spec = full.scoring(())
    calibration = calibrate(spec, progress=progress)
    run = forecast(scenario, draws=draws, seed=seed, calibration=calibration, trajectories=True, progress=progress)
    outcomes = _outcomes(run)
    par = prior_draws(spec, _DRAWS, 2)
    loop = _loops(spec)
    evidence = _outside(full, par)
    used = _already(scenario)
    return PriorsCheck(
        scenario.label,
        scenario.organisation.currency,
        draws,
        run.seed,
        tuple(scenario.packs),
        ABSURD_MASS,
        outcomes,
        loop,
        evidence,
        used,
        tuple(_findings(outcomes, loop, evidence, used)),
        not any(row.absurd > ABSURD_MASS for row in outcomes) and loop.impossible <= 0.1,
    )


def _findings(
    outcomes: Sequence[Outcome], loop: LoopGain, outside: Sequence[OutsideEvidence], used: Sequence[AlreadyUsed]
) -> Iterator[Message]:
    """Yield what speaks against the priors."""
    for row in outcomes:
        if row.absurd > ABSURD_MASS:
            share = Figure(row.absurd, "percent")
            text = N_("{outcome}: {share} of the prior lies at {absurd}")
            yield lazy(text, outcome=row.outcome, share=share, absurd=row.absurd_if)
    if loop.impossible > ABSURD_MASS:
        share = Figure(loop.impossible, "percent")
        yield lazy("in {share} of prior draws a loop feeds itself without end; they are left out", share=share)
    for studied in outside:
        if studied.outside > 0.5:
            share = Figure(studied.outside, "percent")
            text = N_("{quantity}: {share} of the prior lies outside of everything that studies say")
            yield lazy(text, quantity=studied.quantity, share=share)
    for each in used:
        text = N_("the prior of `{parameter}` already uses {claims}: not scored again")
        yield lazy(text, parameter=each.parameter, claims=", ".join(each.claims))


def _row(outcome: Words, unit: Words, values: Array, absurd: NDArray[np.bool_], if_: Message) -> Outcome:
    held = interval(values[np.isfinite(values)])
    return Outcome(outcome, unit, held.median, held.p05, held.p95, float(absurd.mean()), if_)


def _outcomes(run: Forecast) -> tuple[Outcome, ...]:
    """Return what priors say about scores, churn, margin and return, with the mass on the absurd."""
    scenario, plan = run.scenario, run.scene.plan
    outcome, firm = run.outcome, scenario.organisation
    month = min(_YEAR, plan.months) - 1
    after = month + 1
    rows = []
    for node in outcome.nodes:
        baseline = scenario.baseline(node)
        if baseline is None:
            continue
        points = outcome.by_month("commit", node)[month]
        if float(np.ptp(points)) == 0:
            continue
        scale = baseline.scale
        rows.append(
            _row(
                lazy_plural("{node} after {n} month", "{node} after {n} months", after, node=node),
                scale.unit or scale.name,
                scale.index_to_level(median(baseline.index)) + points / scale.points_per_unit,
                np.abs(points) > 20,
                lazy("moved by more than {size:.3g}", size=20 / abs(scale.points_per_unit)),
            )
        )
    if plan.customers:
        churn, base = outcome.by_month("commit", "churn")[month], outcome.by_month("do_nothing", "churn")[month]
        ratio = churn / np.maximum(base, 1e-12)
        rows.append(
            _row(
                lazy_plural("churn after {n} month", "churn after {n} months", after),
                lazy("% a month"),
                100 * churn,
                churn > 0.2,
                lazy("more than 20 % a month"),
            )
        )
        rows.append(
            _row(
                lazy("churn against doing nothing"),
                lazy("ratio"),
                ratio,
                (ratio < 0.5) | (ratio > 2),
                lazy("less than half or double"),
            )
        )
        now, idle = outcome.by_month("commit", "customers")[-1], outcome.by_month("do_nothing", "customers")[-1]
        more = now / np.maximum(idle, 1e-12) - 1
        rows.append(
            _row(
                lazy("customers at the horizon"),
                lazy("% more than doing nothing"),
                100 * more,
                np.abs(more) > 0.5,
                lazy("half or more"),
            )
        )
        revenue = outcome.by_month("commit", "revenue")[month]
        if firm.contribution_margin is not None:
            profit = outcome.by_month("commit", "profit")[month]
            margin = profit / np.maximum(revenue, 1e-9)
            rows.append(
                _row(
                    lazy_plural("profit on revenue after {n} month", "profit on revenue after {n} months", after),
                    "%",
                    100 * margin,
                    (margin > 0.7) | (margin < -0.5),
                    lazy("above 70 or below −50 %"),
                )
            )
    cost = outcome.field("commit", "pv_cost")
    if cost.mean() > 0:
        roi = run.worth("commit") / np.maximum(cost, 1e-9)
        rows.append(_row(lazy("return on the programme"), "%", 100 * roi, roi > 20, lazy("more than 2,000 %")))
    return tuple(rows)


def _loops(spec: CalibrationSpec) -> LoopGain:
    """Return the spectral radius of feedback under the priors, before the barrier."""
    reference = Reference(spec.graph)
    rng = np.random.default_rng(3)
    par = {name: from_scores(prior, rng.standard_normal(_DRAWS)) for name, prior in spec.priors.items()}

    def of_some(some: Mapping[str, Array]) -> Array:
        slopes = reference.slopes(some, lambda parts: np.stack(np.broadcast_arrays(*parts), -1))
        matrix = slopes_matrix(slopes, reference.spread, reference.n, slopes.shape[:-1])
        # Only exact values will do here: small matrices of loops are scaled up so that each is solved.
        return np.asarray(spectral_radius(matrix * 1e6) / 1e6)

    radius = np.asarray(reference.by_pieces(par, of_some))
    loops = [" -> ".join(reference.network.nodes[i] for i in loop) for loop in reference.network.loops()]
    held = interval(radius)
    over, beyond = float((radius > 0.9).mean()), float((radius >= 1.0).mean())
    return LoopGain(held.median, held.p05, held.p95, over, beyond, tuple(loops))


def _outside(spec: CalibrationSpec, par: dict[str, Array]) -> tuple[OutsideEvidence, ...]:
    """Return for each quantity that studies speak of how much of the prior lies outside of all of them."""
    if not spec.claims:
        return ()
    layout = Layout(spec)
    try:
        natural = quantities(spec, layout.statements, par)
    except InputError:
        return ()
    by_quantity: dict[tuple[str, str], list[int]] = {}
    for i, statement in enumerate(layout.statements):
        if statement.bound is None:
            by_quantity.setdefault((statement.statistic, statement.about), []).append(i)
    rows = []
    for (statistic, about), places in by_quantity.items():
        scaled = layout.transformed(natural, np)
        lows, highs = [], []
        for i in places:
            middle, half = _said(layout.statements[i], float(layout.value[i])), 1.96 * layout.statements[i].sd
            lows.append(middle - half)
            highs.append(middle + half)
        values = scaled[..., places[0]]
        low, high = min(lows), max(highs)
        below, above = float((values < low).mean()), float((values > high).mean())
        first = layout.statements[places[0]]
        reach = _back(first, low), _back(first, high)
        prior = interval(natural[..., places[0]])
        rows.append(OutsideEvidence(f"{statistic} {about}", prior, reach, below, above, below + above))
    return tuple(sorted(rows, key=lambda row: -row.outside))


def _said(statement: ScoredStatement, value: float) -> float:
    """Return what a statement says once its design's exaggeration is taken out, on its scale."""
    if statement.transform == "log":
        return value - float(np.log(statement.exaggeration))
    if statement.transform == "natural":
        return value / statement.exaggeration
    natural = _back(statement, value) / statement.exaggeration
    if statement.transform == "atanh":
        return float(np.arctanh(np.clip(natural, -0.999, 0.999)))
    held = float(np.clip(natural, 1e-12, 1 - 1e-12))
    return float(np.log(held) - np.log1p(-held))


def _back(statement: ScoredStatement, value: float) -> float:
    if statement.transform == "log":
        return float(np.exp(value))
    if statement.transform == "natural":
        return value
    return float(np.tanh(value)) if statement.transform == "atanh" else float(1 / (1 + np.exp(-value)))


def _already(scenario: Scenario) -> tuple[AlreadyUsed, ...]:
    return tuple(
        AlreadyUsed(name, tuple(belief.already_uses))
        for name, belief in scenario.beliefs.items()
        if belief.already_uses
    )
