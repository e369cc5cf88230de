# SPDX-License-Identifier: MIT
"""``txsim link``: what a panel of EX and CX says, and what it cannot say."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from txsim.inference import Calibration, CalibrationSpec, calibrate
from txsim.inference.spec import seed_for
from txsim.language import Message, joined, lazy
from txsim.panel.effects import PanelEffects, at_counts, between, effects_of, noise_share, silent, spread
from txsim.panel.likelihood.density import PanelModel
from txsim.panel.likelihood.lag_path import over_noise
from txsim.panel.likelihood.lag_path import path as lag_path
from txsim.panel.likelihood.outcomes import read_outcomes
from txsim.panel.likelihood.robustness import widening
from txsim.panel.likelihood.sampler import PanelDraws, sample
from txsim.panel.likelihood.standardisation import Prepared, prepare
from txsim.panel.likelihood.term import PanelEvidence
from txsim.panel.pilot_shift import without_pilot
from txsim.panel.power import enough
from txsim.panel.predictive_checks import predictive_checks
from txsim.panel.reader.cleaning import read_panel
from txsim.panel.reader.data_report import DataReport, Touched
from txsim.panel.reader.link_spec import OUTCOMES, LinkSpec, read_spec
from txsim.panel.reader.panel import Panel
from txsim.panel.scenario_data import ABOUT, digest_of, reading_by_name, summarise
from txsim.panel.unit_kinds import by_group, by_kind, outcomes, unit_lines
from txsim.panel.verdict import figures, verdict
from txsim.results.link import DIRECTIONS, SERIES, Calibrations, Check, Effect, Enough, Independence, Link
from txsim.results.panel_data import FileReading, LinkSettings, PanelData, TouchedRow
from txsim.results.quantities import Interval
from txsim.results.run import CalibrationNote
from txsim.types import Progress, reporter

#: Parameters of the calibration that come first: those that a panel speaks of.
_FIRST = (*ABOUT, *OUTCOMES.values(), "margin_lag", "confounding")
_MOST_ROWS = 2000


@dataclass(frozen=True)
class PanelFit:
    """What the figures of a link were computed from."""

    #: ``panel``, ``report``: The data as read, and what was done to them.
    panel: Panel
    report: DataReport
    prepared: Prepared  #: As the model read them.
    draws: PanelDraws | None  #: Draws of the panel's parameters, ``None`` where the data cannot say anything.
    #: Summaries for the calibration: EX with CX, and CX with each financial outcome; empty likewise.
    evidence: tuple[PanelEvidence, ...]
    #: ``before``, ``after``: Calibration without and with the data, ``None`` where it was not asked for.
    before: Calibration | None
    after: Calibration | None


def link(
    paths: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    *,
    spec: LinkSpec | None = None,
    spec_path: str | os.PathLike[str] | None = None,
    scale: str | None = None,
    base: CalibrationSpec | None = None,
    seed: int = 0,
    draws: int = 1000,
    workers: int = 2,
    calibrated: bool = True,
    progress: Progress | None = None,
) -> Link:
    """Read a panel from files and say what it says (``txsim link``).

    ``paths``: a CSV, Parquet or Excel file, a folder, or several. ``spec``, ``spec_path``: how to read them, or the
    file that says so; by default as they are. ``scale``: of both series, where no specification says it: ``index``,
    ``enps``, ``likert5`` and so on, or ``raw``. ``base``, ``seed``, ``draws``, ``workers``, ``calibrated``,
    ``progress``: as for :func:`link_panel`. Raises InputError if the data cannot be read; CalibrationError if no
    sampler gives draws that can be trusted.
    """
    named = [paths] if isinstance(paths, str | os.PathLike) else paths
    files_named = [Path(path) for path in named]
    spec_path = None if spec_path is None else Path(spec_path)
    link_spec = spec or read_spec(spec_path, scale=scale)
    if progress is not None:
        progress(lazy("reading the data"), None)
    panel, report = read_panel(files_named, link_spec)
    # As of a scenario that names these files, so that `run` finds what was kept here.
    as_filed = scale is None and (spec_path is not None or link_spec == LinkSpec())
    digest = digest_of(files_named, spec_path if as_filed else link_spec)
    return link_panel(
        panel,
        report,
        link_spec,
        digest,
        base=base,
        seed=seed,
        draws=draws,
        workers=workers,
        calibrated=calibrated,
        progress=progress,
    )


def link_panel(
    panel: Panel,
    report: DataReport,
    spec: LinkSpec,
    digest: str,
    *,
    base: CalibrationSpec | None = None,
    seed: int = 0,
    draws: int = 1000,
    workers: int = 2,
    calibrated: bool = True,
    progress: Progress | None = None,
) -> Link:
    """Say what a panel says.

    ``panel``, ``report``, ``spec``: the data, what was done to them, and how they were to be read. ``digest``: SHA-256
    that names them. ``base``: priors and claims that the data move; the packaged ones by default. ``seed``, ``draws``,
    ``workers``: of the sampler: 4 chains of `draws`; draws do not depend on the number of workers. ``calibrated``:
    whether priors and claims are conditioned on the data too. ``progress``: told what takes long. Raises
    CalibrationError if no sampler gives draws that can be trusted.
    """
    counts = panel.counts()
    if progress is not None and panel.pilot is not None:
        progress(lazy("reading the pilot inside the panel"), None)
    panel, shift, of_pilot = without_pilot(panel, spec)
    prepared = prepare(panel, spec)
    along: Any = None
    over: Any = None
    estimate = _Estimate(None, silent(panel), None, {name: None for name in SERIES}, None, (), {})
    if not prepared.cannot:
        along = lag_path(
            prepared.data,
            prepared.phi,
            workers=workers,
            done=reporter(progress, lazy("weighing the panel along the lag")),
        )
        weighing = reporter(progress if any(prepared.guessed) else None, lazy("weighing how large survey noise may be"))
        prepared, along, over = over_noise(prepared, along, weighing)
        model = PanelModel(prepared.data, prepared.phi)
        sampled = sample(model, seed, along=along, draws=draws, workers=workers, progress=progress)
        estimate = _estimated(panel, prepared, along, over, sampled, seed, progress)
    effects, known = estimate.effects, estimate.draws
    kinds, groups = by_kind(panel, prepared, spec, known), by_group(panel, prepared, spec, known)
    if progress is not None and panel.outcomes:
        progress(lazy("reading financial outcomes"), None)
    money = read_outcomes(panel, spec, workers)
    evidence = summarise(panel, prepared, digest, money, reading_by_name(report), along, over)
    before = after = None
    if calibrated:
        before, after = _calibrations(base, evidence, progress)
    prior, posterior = _moved(before, after)
    cannot = [lazy("the data cannot say: {reason}", reason=reason) for reason in prepared.cannot]
    notes = [note for each in money for note in each.notes]
    both = (*prepared.notes, *of_pilot, *cannot) if counts["cells"]["ex"] else ()  # without EX no direction is asked
    warnings = (*report.warnings, *both, *estimate.cautions(), *notes)
    return Link(
        data=_data(counts, panel, report, digest),
        settings=LinkSettings(seed, spec.lag_months, prepared.period_months),
        verdict={
            name: verdict(None if known is None else known[f"b_{name}"], effects.settled[name]) for name in DIRECTIONS
        },
        one_period=effects.one_period,
        settled=effects.settled,
        lag=effects.lag,
        within=effects.within,
        between=between(panel, prepared, known),
        noise_share=estimate.noise,
        at_counts=estimate.at_counts,
        unit_lines=unit_lines(panel, prepared),
        sensitivity=effects.sensitivity,
        independence=estimate.independence,
        checks=estimate.checks,
        enough=_enough(panel, prepared, known),
        by_kind=kinds,
        groups=groups,
        outcomes=outcomes(money, seed),
        pilot=shift,
        prior=prior,
        posterior=posterior,
        calibration=_calibrated(before, after),
        refused_rows=_rows(report.refused),
        repaired_rows=_rows(report.repaired),
        warnings=tuple(dict.fromkeys(warnings)),
        diagnostics=estimate.diagnostics,
        fit=PanelFit(panel, report, prepared, known, evidence, before, after),
    )


@dataclass(frozen=True)
class _Estimate:
    """Draws of a panel's parameters, ``None`` where the data cannot say anything, and what they mean."""

    draws: PanelDraws | None
    effects: PanelEffects
    independence: Independence | None
    noise: dict[str, Interval | None]
    at_counts: dict[str, Effect] | None
    checks: tuple[Check, ...]
    diagnostics: Mapping[str, Any]

    def cautions(self) -> Iterator[Message | str]:
        """Yield what the reader must know of these figures."""
        if self.independence is not None:
            widened_by = [
                lazy("{way} by {factor:.2f}", way=way, factor=factor)
                for way, factor in zip(("EX → CX", "CX → EX"), self.independence.factors, strict=True)
                if factor > 1
            ]
            if widened_by:
                yield lazy(
                    "units do not vary as independent normal ones would: intervals are widened, {ways}",
                    ways=joined(", ", widened_by),
                )
            if self.independence.warning is not None:
                yield self.independence.warning
        unusual = [check.meaning for check in self.checks if check.unusual]
        if unusual:
            yield lazy(
                "the model would rarely produce what was measured: {statistics}", statistics=joined("; ", unusual)
            )
        if self.diagnostics.get("rough"):
            yield lazy(
                "the sampler does not move freely (R-hat {r_hat:.3f}, worst for {parameter}; {share:.1%} of the draws "
                "diverge): the data leave the model nearly open there; read the intervals as rough",
                r_hat=self.diagnostics["r_hat"],
                parameter=self.diagnostics["worst"],
                share=self.diagnostics["divergent_share"],
            )


def _estimated(
    panel: Panel, prepared: Prepared, along: Any, over: Any, sampled: PanelDraws, seed: int, progress: Progress | None
) -> _Estimate:
    factors, independence = widening(panel, prepared, along)
    draws = spread(sampled, prepared, over, factors, seed)
    rng = np.random.default_rng(seed_for(seed, "predictive checks"))
    return _Estimate(
        draws,
        effects_of(panel, prepared, draws),
        independence,
        noise_share(prepared, draws),
        at_counts(panel, prepared, factors, seed, reporter(progress, lazy("the same with noise as counted"))),
        predictive_checks(prepared.y, prepared.w, draws.values, rng),
        draws.diagnostics,
    )


def _data(counts: dict[str, Any], panel: Panel, report: DataReport, digest: str) -> PanelData:
    summary = report.summary()
    reading = FileReading(**summary.pop("reading"))
    return PanelData(**counts, scales=panel.scales, **summary, digest=digest, reading=reading)


def _rows(rows: Iterable[Touched]) -> tuple[TouchedRow, ...]:
    return tuple(TouchedRow(**row.data()) for row in islice(rows, _MOST_ROWS))


def _calibrated(before: Calibration | None, after: Calibration | None) -> Calibrations | None:
    if before is None:
        return None
    known = None if after is None else CalibrationNote(after.hash, after.source, data=True)
    return Calibrations(CalibrationNote(before.hash, before.source, data=False), known)


def _enough(panel: Panel, prepared: Prepared, posterior: PanelDraws | None) -> Enough:
    if posterior is not None:
        n = {name: float(np.median(draws)) for name, draws in posterior.values.items()}
    else:  # nothing could be learned: the middle of what such panels show
        n = {
            "b_ex_cx": 0.05, "b_cx_ex": 0.03, "phi": 0.6, "rho_ex": 0.4, "rho_cx": 0.4,
            "sd_ex": 0.8, "sd_cx": 0.8, "r_shock": 0.2,
            "between_ex": 1.0, "between_cx": 1.0, "r_between": 0.4,
            "first_ex": 1.0, "first_cx": 1.0, "first_shared": 0.0,
            "noise_ex": 1.0 if prepared.data.counted[0] else 0.1,
            "noise_cx": 1.0 if prepared.data.counted[1] else 0.1, "r_noise": 0.0,
        }  # fmt: skip
    seen = np.isfinite(prepared.w)
    w = np.array([np.median(prepared.w[..., o][seen[..., o]]) if seen[..., o].any() else 1.0 for o in range(2)])
    w = np.minimum(w, 4.0)
    waves = np.isfinite(prepared.y).any(axis=2).sum(axis=1)
    counts = panel.counts()
    return enough(
        n,
        len(panel.units),
        int(np.median(waves)) if waves.size else 3,
        w,
        prepared.data,
        counts["respondents_per_cell"],
    )


def _calibrations(
    base: CalibrationSpec | None, evidence: tuple[PanelEvidence, ...], progress: Progress | None
) -> tuple[Calibration, Calibration | None]:
    from dataclasses import replace

    if base is None:
        from txsim.evidence import Settings, select
        from txsim.pathways import default_graph
        from txsim.priors.catalogue import calibration_parameters

        base = CalibrationSpec(default_graph(), calibration_parameters(), select(Settings()))
    before = calibrate(replace(base, panels=()), progress=progress)
    if not evidence:
        return before, None
    return before, calibrate(replace(base, panels=evidence), progress=progress)


def _moved(
    before: Calibration | None, after: Calibration | None
) -> tuple[dict[str, Interval] | None, dict[str, Interval] | None]:
    """Return every parameter of the calibration without the data and with them, those first that these speak of."""
    if before is None:
        return None, None
    names = [name for name in _FIRST if name in before.names] + [name for name in before.names if name not in _FIRST]
    prior = {name: figures(before.parameter(name)) for name in names}
    return prior, prior if after is None else {name: figures(after.parameter(name)) for name in names}
