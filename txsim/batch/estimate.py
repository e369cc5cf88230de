# SPDX-License-Identifier: MIT
"""What a batch would do: how much there is to read, sample and simulate, and about how long it takes."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from txsim.batch.cases import cases_of
from txsim.batch.chunk_files import Parts
from txsim.batch.runner import OWN_MEMORY, Silent, workers_within
from txsim.batch.todo import Watcher
from txsim.batch.work import Task, simulate
from txsim.batch.work_plan import Settings, failure_of, plan_of
from txsim.inference import calibrate
from txsim.inference.sampling import at_hand
from txsim.memory import half_of_the_machine
from txsim.results.batch import BatchPlan


def estimate(
    paths: Iterable[str | os.PathLike[str]],
    out: str | os.PathLike[str] | None,
    settings: Settings,
    *,
    root: str | os.PathLike[str] | None = None,
    workers: int | None = None,
    memory: int | None = None,
    watcher: Watcher | None = None,
) -> BatchPlan:
    """Return what a batch would do, without sampling or writing anything; parameters as of :func:`run_batch`."""
    memory = half_of_the_machine() if memory is None else memory
    watch = watcher or Silent()
    cases, broken, left_out = cases_of([os.fspath(path) for path in paths], root=root)
    watch.phase("reading", len(cases))
    begun = time.monotonic()
    count = min(workers_within(workers, memory, settings, watch), max(1, len(cases) // 4))
    plan = plan_of(cases, settings, tick=watch.step, memory=(memory - OWN_MEMORY) // count)
    reading = time.monotonic() - begun
    held = Path(out) / ".work" / "parts" if out is not None else None
    parts = Parts(held) if held is not None and held.is_dir() else ()
    missing = [key for key in plan.scenarios if key not in parts]
    seconds = None
    if missing:
        owner = next(entry for entry in plan.entries if entry.key == missing[0])
        # Prior draws take as long to simulate as any others, and need no sampling.
        calibration = calibrate(replace(plan.specs[owner.calibration], claims=(), panels=()))
        some = tuple(missing[:3])
        scenarios = tuple(plan.scenarios[key] for key in some)
        task = Task(0, owner.calibration, some, scenarios, (owner.seed,) * len(some), settings.draws, False)
        simulate(task, calibration)  # loads machine code and points
        begun = time.monotonic()
        simulate(task, calibration)
        seconds = reading + (time.monotonic() - begun) / len(some) * len(missing) / count
    failures = [*(failure_of(file, error) for file, error in broken), *plan.failures]
    return BatchPlan(
        scenarios=len(plan.entries),
        failures=len(failures),
        bases=tuple(plan.bases),
        left_out=(*left_out, *plan.left_out),
        distinct=len(plan.scenarios),
        kept=len(plan.scenarios) - len(missing),
        calibrations=len(plan.specs),
        to_sample=sum(not at_hand(spec, settings.calibration_seed, settings.draws) for spec in plan.specs.values()),
        workers=count,
        seconds=seconds,
        broken=tuple(sorted(failures, key=lambda failure: failure.path)),
    )
