# SPDX-License-Identifier: MIT
"""Reading what ``txsim run --out`` kept, or a scenario in its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from txsim.decide.waterfall import StoredResult
from txsim.errors import InputError, Problem
from txsim.forecast import DEFAULT_DRAWS, DEFAULT_SEED
from txsim.forecast.worth import with_runoff
from txsim.language import lazy
from txsim.report.reading import array_of, check_run, hash_beside
from txsim.report.reading import read_result as read_summary
from txsim.results.cash_flow import counts_runoff
from txsim.scenario import load


def read_result(path: Path, *, root: Path | None = None) -> StoredResult:
    """Read a result.

    ``path``: A folder that ``run --out`` wrote, its ``result.nc`` or ``summary.json``, or a scenario file. ``root``:
    folder that a scenario file may not leave. Raises :class:`InputError` if there is no result.
    """
    if path.suffix in (".yaml", ".yml"):
        scenario = load(path, root=root)
        seed = DEFAULT_SEED if scenario.seed is None else scenario.seed
        return StoredResult(str(path), scenario.content, seed, DEFAULT_DRAWS, {})
    file = path / "result.nc" if path.is_dir() else path.with_name("result.nc") if path.suffix == ".json" else path
    if not file.is_file():
        hint = lazy("`txsim run SCENARIO --out FOLDER` keeps one; a scenario file will do, too")
        raise InputError(Problem(lazy("there is no result.nc here"), file=str(path), hint=hint))
    import h5py

    try:
        with h5py.File(file, "r") as kept:
            content = json.loads(_text(kept.attrs["content"]))
            content.pop("written", None)  # who wrote what makes no difference
            counted = counts_runoff(bridge=content["bridge"], terminal=content["terminal"])
            rate = float((content.get("finance") or {}).get("tax_rate", 0.0))
            payoff = kept["payoff"]
            options = [_text(name) for name in array_of(payoff["option"]).tolist()]
            npv = array_of(payoff["npv"])
            runoff = array_of(payoff["runoff"]) if "runoff" in payoff else np.zeros_like(npv)
            taxed = array_of(payoff["npv_after_tax"]) if "npv_after_tax" in payoff else npv
            if npv.ndim != 2 or len(options) != npv.shape[0] or not runoff.shape == taxed.shape == npv.shape:
                raise ValueError(file)
            seed = int(np.asarray(kept.attrs["seed"]).reshape(-1)[0])
            made_by = _text(kept.attrs["hash"])
    except (OSError, KeyError, ValueError, TypeError, AttributeError, IndexError) as error:
        raise InputError(Problem(lazy("this is no result of `txsim run --out`"), file=str(file))) from error
    if (said := hash_beside(file)) is not None:
        check_run(file, made_by, said)
    bases = [npv, taxed]
    if counted:
        bases = [with_runoff(npv, runoff), with_runoff(taxed, runoff, rate)]
    before, after = ({name: float(each[i].mean()) for i, name in enumerate(options)} for each in bases)
    summary = file.with_name("summary.json")
    advice = read_summary(summary).answer.recommendation if summary.is_file() else None
    return StoredResult(str(path), content, seed, int(npv.shape[1]), before, after, advice)


def _text(raw: Any) -> str:
    return raw.decode() if isinstance(raw, bytes) else str(raw)
