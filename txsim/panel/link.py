# SPDX-License-Identifier: MIT
"""``txsim link``: what a panel of EX and CX says, and what it cannot say."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from txsim.inference import Calibration, CalibrationSpec, calibrate
from txsim.inference.spec import seed_for
from txsim.panel.effects import DIRECTIONS, between, effects_of, noise_share, widened
from txsim.panel.likelihood.density import PanelModel
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
from txsim.panel.reader.data_report import DataReport
from txsim.panel.reader.link_spec import OUTCOMES, LinkSpec, read_spec
from txsim.panel.reader.panel import Panel
from txsim.panel.reader.tables import data_files
from txsim.panel.scenario_data import ABOUT, digest_of, spec_text_of, summarise
from txsim.panel.unit_kinds import by_group, by_kind, outcomes
from txsim.panel.verdict import figures, verdict
from txsim.plain_data import finite
from txsim.types import Progress

__all__ = ["LinkResult", "link", "link_panel", "result_json"]

#: Parameters of the calibration whose movement is told, beside those that the panel is about.
_TOLD = (*ABOUT, *OUTCOMES.values(), "margin_lag", "confounding")
_MOST_ROWS = 2000


@dataclass(frozen=True)
class LinkResult:
    """What a panel says.

    Attributes
    ----------
    panel, report
        The data as read, and what was done to them.
    prepared
        As the model read them.
    draws
        Draws of the panel's parameters, ``None`` where the data cannot say anything.
    evidence
        Summaries for the calibration: EX with CX, and CX with each financial outcome; empty likewise.
    before, after
        Calibration without and with the data, ``None`` where it was not asked for.
    summary
        Figures that people read, keys in docs/schema.md.
    """

    panel: Panel
    report: DataReport
    prepared: Prepared
    draws: PanelDraws | None
    evidence: tuple[PanelEvidence, ...]
    before: Calibration | None
    after: Calibration | None
    summary: dict[str, Any] = field(repr=False)

    def data(self) -> dict[str, Any]:
        """Return the summary as plain data; numbers that do not exist are ``None``."""
        found: dict[str, Any] = finite(self.summary)
        return found


def link(
    paths: list[Path],
    *,
    spec: LinkSpec | None = None,
    spec_path: Path | None = None,
    base: CalibrationSpec | None = None,
    seed: int = 0,
    draws: int = 1000,
    workers: int = 2,
    calibrated: bool = True,
    progress: Progress | None = None,
) -> LinkResult:
    """Read a panel from files and say what it says; see :func:`link_panel`."""
    told = spec or read_spec(spec_path)
    if progress is not None:
        progress("reading the data", None)
    panel, report = read_panel(paths, told)
    files = [file for path in paths for file in data_files(path)]
    # as `panels_of` computes it for a scenario, so that `run` finds what was kept here
    text = spec_text_of(spec_path)
    digest = (
        digest_of(files, text)
        if spec_path is not None or told == LinkSpec()
        else digest_of(files, told.model_dump_json())
    )
    return link_panel(
        panel,
        report,
        told,
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
) -> LinkResult:
    """Say what a panel says.

    Parameters
    ----------
    panel, report, spec
        The data, what was done to them, and how they were to be read.
    digest
        SHA-256 that names them.
    base
        Priors and claims that the data move; the packaged ones by default.
    seed, draws, workers
        Of the sampler: 4 chains of `draws`; draws do not depend on the number of workers.
    calibrated
        Whether priors and claims are conditioned on the data too.
    progress
        Told what takes long.

    Returns
    -------
    LinkResult

    Raises
    ------
    CalibrationError
        If no sampler gives draws that can be trusted.
    """
    counts = panel.counts()
    if progress is not None and panel.pilot is not None:
        progress("reading the pilot inside the panel", None)
    panel, shift, told_of_pilot = without_pilot(panel, spec)
    prepared = prepare(panel, spec)
    warnings = [*report.warnings, *prepared.notes, *told_of_pilot]
    summary: dict[str, Any] = {
        "data": {**counts, "scales": list(panel.scales), **report.summary(), "digest": digest},
        "settings": {"seed": seed, "lag_months": spec.lag_months, "period_months": prepared.period_months},
    }
    found: PanelDraws | None = None
    along: Any = None
    before = after = None
    warnings += [f"the data cannot say: {reason}" for reason in prepared.cannot]
    if not prepared.cannot:
        if progress is not None:
            progress("weighing the panel along the lag", None)
        along = lag_path(prepared.data, prepared.phi, workers=workers)
        model = PanelModel(prepared.data, prepared.phi)
        found = sample(model, seed, along=along, draws=draws, workers=workers, progress=progress)
        factors, independence = widening(panel, prepared, along)
        if max(factors) > 1:
            warnings.append(
                f"units do not vary as independent normal ones would: intervals are widened by {factors[0]:.2f} "
                f"(EX → CX) and {factors[1]:.2f} (CX → EX)"
            )
        if "warning" in independence:
            warnings.append(independence["warning"])
        found = widened(found, factors)
        summary |= effects_of(panel, prepared, found)
        summary["independence"] = independence
        summary["noise_share"] = noise_share(prepared, found)
        rng = np.random.default_rng(seed_for(seed, "predictive checks"))
        summary["checks"] = predictive_checks(prepared.y, prepared.w, found.values, rng)
        unusual = [row["meaning"] for row in summary["checks"] if row["unusual"]]
        if unusual:
            warnings.append(f"the model would rarely produce what was measured: {'; '.join(unusual)}")
        summary["diagnostics"] = found.diagnostics
        if found.diagnostics.get("rough"):
            warnings.append(
                f"the sampler mixes slowly (R-hat {found.diagnostics['r_hat']:.3f}, "
                f"worst for {found.diagnostics['worst']}): "
                "the data leave the model nearly open there; read the intervals as rough"
            )
    else:
        nothing = {"median": None, "p05": None, "p95": None, "p_positive": None}
        summary |= {
            "one_period": {name: nothing for name, _, _ in DIRECTIONS},
            "settled": {name: nothing for name, _, _ in DIRECTIONS},
            "lag": None,
            "within": None,
            "noise_share": {"ex": None, "cx": None},
            "checks": [],
            "diagnostics": {},
            "sensitivity": {name: None for name, _, _ in DIRECTIONS},
        }
    summary["between"] = between(panel, prepared, found)
    summary["verdict"] = {
        name: verdict(found[f"b_{name}"], bool(prepared.cannot)) if found is not None else "cannot_say"
        for name, _, _ in DIRECTIONS
    }
    summary["enough"] = _enough(panel, prepared, found)
    summary["by_kind"] = by_kind(panel, prepared, spec, found)
    summary["pilot"] = shift
    summary["groups"] = by_group(panel, spec, found)
    if progress is not None and panel.outcomes:
        progress("reading financial outcomes", None)
    money = read_outcomes(panel, spec, workers)
    summary["outcomes"] = outcomes(money, seed)
    warnings += [note for each in money for note in each.notes]
    evidence = summarise(panel, prepared, digest, money, along)
    if calibrated:
        before, after = _calibrations(base, evidence, progress)
        summary |= _moved(before, after)
    summary["refused_rows"] = [t.data() for t in report.refused[:_MOST_ROWS]]
    summary["repaired_rows"] = [t.data() for t in report.repaired[:_MOST_ROWS]]
    summary["warnings"] = list(dict.fromkeys(warnings))
    return LinkResult(panel, report, prepared, found, evidence, before, after, summary)


def _enough(panel: Panel, prepared: Prepared, found: PanelDraws | None) -> dict[str, Any]:
    if found is not None:
        n = {name: float(np.median(draws)) for name, draws in found.values.items()}
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


def _moved(before: Calibration, after: Calibration | None) -> dict[str, Any]:
    names = [name for name in _TOLD if name in before.names] + [name for name in before.names if name not in _TOLD]
    prior = {name: figures(before.parameter(name)) for name in names}
    posterior = prior if after is None else {name: figures(after.parameter(name)) for name in names}
    return {
        "prior": prior,
        "posterior": posterior,
        "calibration": {
            "before": {"hash": before.hash, "source": before.source},
            "after": None if after is None else {"hash": after.hash, "source": after.source},
        },
    }


def result_json(result: LinkResult) -> str:
    """Return the summary as one JSON object; numbers that do not exist are null."""
    return json.dumps(result.data(), indent=1, ensure_ascii=False, allow_nan=False)
