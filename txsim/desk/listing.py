# SPDX-License-Identifier: MIT
"""Every parameter with what was believed before, what is believed now, and how much of that is evidence."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from txsim.forecast import calibration_spec
from txsim.inference import Calibration
from txsim.language import Message, Words, lazy
from txsim.priors import packs
from txsim.priors.catalogue import parameters
from txsim.priors.distributions import Distribution, from_scores, is_point, quantile, support
from txsim.priors.moments import describe, median
from txsim.results.beliefs import (
    CalibrationSource,
    Doubt,
    Pack,
    Parameter,
    Prior,
    PriorsList,
    PriorsPacks,
    Quantiles,
    Source,
)
from txsim.scenario import Scenario
from txsim.types import Array


def interval(values: Array) -> Quantiles:
    """Return median, 5 % and 95 % quantile of draws."""
    low, middle, high = (float(x) for x in np.quantile(values, [0.05, 0.5, 0.95]))
    return Quantiles(middle, low, high)


def prior_of(d: Distribution) -> Prior:
    """Return median, 90 % interval and words of a prior."""
    return Prior(median(d), quantile(d, 0.05), quantile(d, 0.95), describe(d))


def unit_and_meaning(name: str) -> tuple[Message, Message]:
    """Return unit and meaning of a parameter, of the catalogue or of an edge that a scenario adds."""
    entry = parameters().get(name)
    if entry is None:
        return lazy("points per point"), lazy("an edge that the scenario adds")
    return lazy(entry.unit), lazy(entry.meaning)


def title_of(scenario: Scenario) -> Words:
    """Return what a scenario is called: its title, its file, or that it is the packaged beliefs."""
    return scenario.label or lazy("packaged beliefs")


def narrowed(prior: Distribution, draws: Array) -> float:
    """Return by what share evidence narrows a belief: 1 − sd after / sd before.

    Logarithms are compared where nothing bounds it above. Below 0 the claims make it wider.
    """
    if is_point(prior):
        return 0.0
    before = from_scores(prior, np.linspace(-3.0, 3.0, 601))
    weight = np.exp(-0.5 * np.linspace(-3.0, 3.0, 601) ** 2)
    after = draws.reshape(-1)
    if support(prior) == (0.0, math.inf) and after.min() > 0:
        before, after = np.log(before), np.log(after)
    middle = np.average(before, weights=weight)
    spread = math.sqrt(np.average((before - middle) ** 2, weights=weight))
    return float(1.0 - after.std() / spread)


def source_of(scenario: Scenario, name: str) -> Source:
    """Return where the belief about a parameter comes from."""
    known = parameters()
    belief = scenario.beliefs.get(name)
    if belief is None:
        if name in known:
            entry = known[name]
            return Source(lazy("catalogue"), "", "", lazy(entry.reason), tuple(entry.evidence))
        return Source(lazy("graph of the scenario"), "", "", "", ())
    layers = scenario._places
    place = layers.place(("priors", name)) if layers is not None else None
    file = place.file if place is not None and place.file else ""
    source: Words = file or lazy("scenario")
    if place is not None and place.line is not None and not file.startswith("pack "):
        source = f"{file}:{place.line}"
    return Source(source, belief.by, belief.date, belief.why, tuple(belief.already_uses))


def doubt_of(calibration: Calibration, name: str) -> Doubt | None:
    """Return how probable it is that a link does nothing, before and after, and its mean; ``None`` for no doubt."""
    link = next((link for link in calibration.links if link.name == name), None)
    if link is None:
        return None
    return Doubt(link.doubt, link.posterior_doubt, float(calibration.parameter(name).mean()))


def listing(scenario: Scenario, calibration: Calibration) -> PriorsList:
    """Return every parameter before and after evidence.

    ``scenario``: whose beliefs; see :func:`txsim.scenario.load_beliefs` for the packaged ones.
    """
    spec = calibration_spec(scenario)
    rows = []
    for name, prior in spec.priors.items():
        draws = calibration.in_force(name)
        rows.append(
            _parameter(
                scenario,
                name,
                prior,
                posterior=interval(draws) if draws.size else None,
                narrowed_by=narrowed(prior, draws) if draws.size else None,
                doubt=doubt_of(calibration, name),
            )
        )
    for name, entry in parameters().items():
        if entry.role == "calibration":
            continue
        beliefs = {entry.role: scenario.priors.get(name, entry.prior)} if entry.prior is not None else entry.variants
        for variant, distribution in beliefs.items():
            if distribution is not None:
                label = name if entry.prior is not None else f"{name}.{variant}"
                rows.append(_parameter(scenario, name, distribution, shown=label, role=entry.role))
    return PriorsList(
        title_of(scenario),
        tuple(scenario.packs),
        CalibrationSource(calibration.hash, calibration.source),
        len(spec.claims),
        sum(row.narrowed_by is not None and row.narrowed_by > 0.1 for row in rows),
        tuple(rows),
    )


def pack_list(names: Iterable[str]) -> PriorsPacks:
    """Return packs of the package with what they say."""
    entries = (packs.pack(name) for name in names)
    return PriorsPacks(
        tuple(Pack(p.name, lazy(p.title), lazy(p.why), dict(p.priors), dict(p.evidence)) for p in entries)
    )


def _parameter(
    scenario: Scenario,
    name: str,
    prior: Distribution,
    *,
    posterior: Quantiles | None = None,
    narrowed_by: float | None = None,
    doubt: Doubt | None = None,
    shown: str = "",
    role: str = "calibration",
) -> Parameter:
    unit, meaning = unit_and_meaning(name)
    source = source_of(scenario, name)
    return Parameter(
        source=source.source,
        by=source.by,
        date=source.date,
        why=source.why,
        evidence=source.evidence,
        name=shown or name,
        unit=unit,
        meaning=meaning,
        role=role,
        prior=prior_of(prior),
        posterior=posterior,
        narrowed_by=narrowed_by,
        doubt=doubt,
    )
