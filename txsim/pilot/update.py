# SPDX-License-Identifier: MIT
"""``txsim update``: the pilot has run; what is known now, and whether it is go or stop.

Draws of the forecast are weighed by how likely each makes what was measured, together with every pilot in the log: one
likelihood with priors, claims and the organisation's own data behind them (docs/link.md).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np

from txsim.cachedir import write_atomic
from txsim.errors import InputError, Problem
from txsim.forecast import forecast
from txsim.forecast.pilot_evidence import during, log_reading, months_of
from txsim.inference.spec import seed_for
from txsim.panel.reader.link_spec import RAW
from txsim.panel.reader.sheets import data_content
from txsim.pilot.did import as_data, difference
from txsim.pilot.go_or_stop import basis, decision_after, sentence
from txsim.pilot.measurement import measurable, node_of, pushed, scale_of, slopes
from txsim.pilot.pilot_file import read_pilot
from txsim.scenario import Scenario
from txsim.scenario.pilot_log import PilotReading, entry_of_line, log_beside, read_log
from txsim.types import Array, Progress
from txsim.units import SCALES

__all__ = ["log_path", "update"]


#: Sd of what a comparison with chosen control units misses, and one of before and after alone, index points
#: (docs/model.md, section 7).
_BIAS_CONTROL, _BIAS_ALONE = 0.7, 3.0
_FEWEST_EFFECTIVE = 400


def log_path(scenario: Path, stated: str = "") -> Path:
    """Return the scenario's log of pilots: the one that it names, else the one beside it."""
    return scenario.parent / stated if stated else log_beside(scenario)


def update(
    scenario: Scenario,
    pilot: Path,
    *,
    measure: str | None = None,
    node: str | None = None,
    scale: str | None = None,
    randomised: bool = False,
    rule: Path | None = None,
    draws: int = 16384,
    seed: int | None = None,
    log: bool = True,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Condition a scenario on a finished pilot.

    Parameters
    ----------
    scenario
        From :func:`txsim.load`; with a `pilot`.
    pilot
        File with the pilot's waves.
    measure
        Column that holds the measure; found if left out.
    node
        Node that was measured; by the column's name, else what the first driver pushes.
    scale
        Scale of the measure; by default that of the node's baseline.
    randomised
        Whether units were drawn at random, so that nothing is missed by the comparison.
    rule
        The decision rule that was saved by `txsim pilot --out`.
    draws, seed
        As in a forecast.
    log
        Whether the scenario's log is read and the pilot appended to it.
    progress
        Told what takes long.

    Returns
    -------
    dict
        Keys in docs/schema.md.

    Raises
    ------
    InputError
        If the scenario has no pilot or driver, or the file cannot be read.
    """
    if scenario.pilot is None or not scenario.drivers:
        message = "the scenario has no `pilot`, or no driver: there is nothing to update"
        raise InputError(Problem(message, file=scenario.source))

    def scale_by(called: str) -> str:
        known = scale_of(scenario, node_of(scenario, called, node), scale).name
        return known if known in SCALES else RAW

    read = read_pilot(pilot, measure, randomised=randomised, scale_of=scale_by)
    warnings = list(read.warnings)
    plain = difference(read)
    # The log is weighed here, so that the forecast must not know of it already.
    blank = scenario.model_copy(update={"pilots": None})
    for kept in ("content", "hash"):
        blank.__dict__.pop(kept, None)
    found = forecast(blank, draws=draws, seed=seed, trajectories=True, progress=progress)
    name = node_of(scenario, read.measure, node)
    told = scale_of(scenario, name, scale)
    factor = told.points_per_unit
    bias = 0.0 if randomised else _BIAS_CONTROL if plain.control >= 2 else _BIAS_ALONE
    if plain.control < 2:
        warnings.append(
            "without control units a rise that happened everywhere looks like an effect; "
            "the interval allows for 3 points of it"
        )
    if plain.treated == 1:
        warnings.append("one pilot unit: its interval is as wide as single units move by themselves")
    points = factor * plain.effect
    error = float(np.hypot(abs(factor) * plain.error, bias))
    # what a pilot unit shows of the effect at full strength
    rng = np.random.default_rng(seed_for(found.seed, "reading of the pilot"))
    boost = np.ones(draws) if randomised else np.exp(np.log(1.15) + np.log(1.3) / 1.6449 * rng.standard_normal(draws))
    entry_likelihood = {
        "node": name,
        "points": points,
        "error": error,
        "degrees": plain.degrees,
        "randomised": randomised,
        "start": scenario.start,
        "months": scenario.pilot.months,
        "drivers": [driver.name for driver in scenario.drivers],
    }
    this = PilotReading.model_validate(entry_likelihood)
    inside = during(scenario, found.outcome, name, months_of(scenario, this))
    reading = boost * (1.0 - rng.beta(1.0, 9.0, draws)) * inside
    path = log_path(Path(scenario.source), scenario.pilots.file if scenario.pilots is not None else "")
    entries = read_log(path) if log else []
    digest = hashlib.sha256(data_content(pilot)).hexdigest()
    if any(e.get("data") == digest for e in entries):
        warnings.append("this pilot stands in the log already and is not counted twice")
        entries = [e for e in entries if e.get("data") != digest]
        repeated = True
    else:
        repeated = False
    log_before = np.zeros(draws)
    for earlier in map(entry_of_line, entries):
        if earlier.node not in measurable(found.outcome.nodes):
            warnings.append(
                f"a pilot in the log measured `{earlier.node}`, which this scenario does not have; left out"
            )
            continue
        deviation = during(scenario, found.outcome, earlier.node, months_of(scenario, earlier))
        log_before += log_reading(earlier, deviation)
    before = _weights(log_before)
    after = _weights(log_before + log_reading(this, inside))
    effective = 1.0 / float((after**2).sum())
    if effective < _FEWEST_EFFECTIVE:
        warnings.append(
            f"only {effective:.0f} draws agree with what was measured: it is a surprise, and figures are rough; "
            "more --draws help"
        )
    # predicted reading, with the noise of this pilot
    noise = rng.standard_t(plain.degrees, draws) * error
    predicted = reading + noise
    below = float(before @ (predicted <= points))
    full = pushed(found)
    npv = {option: found.npv(option) for option in found.options if option in ("commit", "pilot_scale", "pilot_stop")}
    go = float(after @ npv["pilot_scale"]), float(after @ npv["pilot_stop"])
    decision = decision_after(rule, plain, points, name, go, scenario, warnings)
    links = {
        key: {"prior": _figures(values, before), "posterior": _figures(values, after)}
        for key, values in slopes(found).items()
    }
    summary: dict[str, Any] = {
        "scenario": scenario.title or scenario.source,
        "hash": found.hash,
        "calibration": {"hash": found.calibration.hash, "source": found.calibration.source},
        "node": name,
        "measure": read.measure,
        "reading": read.reading,
        "units": {"treated": plain.treated, "control": plain.control},
        "currency": scenario.organisation.currency,
        "effect": {
            "measured": as_data(plain),
            "unit": told.unit,
            "points": {"median": points, "error": error},
            "predicted": _in_unit(_figures(predicted, before), factor),
            "prior": _figures(full, before),
            "posterior": _figures(full, after),
            "basis": basis(plain),
        },
        "surprise": {
            "tail_probability": 2 * min(below, 1 - below),
            "bits": float((after * np.log2(np.maximum(after, 1e-300) / np.maximum(before, 1e-300))).sum()),
        },
        "links": links,
        "npv": {
            option: {"prior": _money(values, before), "posterior": _money(values, after)}
            for option, values in npv.items()
        },
        "decision": decision,
        "effective_draws": effective,
        "draws": draws,
        "seed": found.seed,
        "warnings": list(dict.fromkeys(warnings)),
    }
    summary["sentence"] = sentence(summary)
    number = len(entries) + 1
    summary["log"] = {
        "file": str(path),
        "entry": number,
        "earlier": len(entries),
        "appended": bool(log and not repeated),
        "used_by_run": scenario.pilots is not None and bool(scenario.pilots.file),
        "line": f"pilots: {path.name}",
    }
    if log and not repeated:
        entry = {
            "at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            "scenario": found.hash,
            "data": digest,
            "likelihood": entry_likelihood,
            "measured": as_data(plain),
            "decision": decision["choice"],
        }
        text = path.read_text("utf-8") if path.exists() else ""
        text += "" if text.endswith("\n") or not text else "\n"
        write_atomic(path, (text + json.dumps(entry, ensure_ascii=False) + "\n").encode())
    return summary


def _weights(log: Array) -> Array:
    weight = np.exp(log - log.max())
    found: Array = weight / weight.sum()
    return found


def _figures(values: Array, weight: Array) -> dict[str, float]:
    order = np.argsort(values)
    cumulative = np.cumsum(weight[order])
    at = np.minimum(np.searchsorted(cumulative, [0.05, 0.5, 0.95]), values.size - 1)
    low, middle, high = values[order][at]
    return {"median": float(middle), "p05": float(low), "p95": float(high), "p_positive": float(weight @ (values > 0))}


def _in_unit(told: dict[str, float], factor: float) -> dict[str, float]:
    found = {key: told[key] / factor for key in ("median", "p05", "p95")}
    if factor < 0:
        found["p05"], found["p95"] = found["p95"], found["p05"]
    return found | {"p_positive": told["p_positive"] if factor > 0 else 1 - told["p_positive"]}


def _money(values: Array, weight: Array) -> dict[str, float]:
    told = _figures(values, weight)
    return {
        "mean": float(weight @ values),
        "median": told["median"],
        "p05": told["p05"],
        "p95": told["p95"],
        "p_loss": float(weight @ (values < 0)),
    }
