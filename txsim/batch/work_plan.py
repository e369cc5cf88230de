# SPDX-License-Identifier: MIT
"""Reading many scenarios and planning what has to be computed: once per content, grouped by calibration."""

from __future__ import annotations

import hashlib
import json
import os
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from txsim.batch.cases import Case, purpose_of
from txsim.errors import CalibrationError, InputError, Problem, StoreError, TxsimError, in_english
from txsim.forecast import DEFAULT_DRAWS, DEFAULT_SEED, calibration_spec
from txsim.forecast.memory import bytes_to_simulate
from txsim.forecast.misfits import remarks_on
from txsim.inference import CalibrationSpec
from txsim.interruption import raise_if_asked_to_stop
from txsim.language import Message, lazy
from txsim.language.words import in_english as english
from txsim.memory import refuse_beyond
from txsim.panel.scenario_data import look_at
from txsim.printable import escaped, named, well_formed
from txsim.results.batch import LeftOutFile
from txsim.results.codec import plain
from txsim.scenario import Scenario, folder_of, load
from txsim.scenario.checks import NO_DRIVERS
from txsim.simulate.points import check_draws
from txsim.versions import version

#: Changes whenever the meaning of a stored result does.
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Settings:
    """What decides the figures of a batch beside the scenarios: part of every key."""

    draws: int = DEFAULT_DRAWS  #: Number of draws, a power of two.
    seed: int | None = None  #: Seed of the scenarios' points; ``None`` takes each scenario's own, or 1.
    calibration_seed: int = 0  #: Seed of the sampler.
    prior_only: bool = False  #: Whether all claims are left out.
    keep_draws: bool = False  #: Whether NPV is kept draw by draw.

    def __post_init__(self) -> None:
        """Raise :class:`~txsim.errors.InputError` if so many draws cannot be."""
        object.__setattr__(self, "draws", int(check_draws(self.draws)))  # of numpy, too: it is written as JSON

    def seed_of(self, scenario: Scenario) -> int:
        """Return the seed of a scenario's points."""
        if self.seed is not None:
            return self.seed
        return DEFAULT_SEED if scenario.seed is None else scenario.seed


@dataclass(frozen=True, slots=True)
class Failure:
    """One scenario that has no results, and why."""

    path: str  #: Its name in results.
    #: ``input``, ``calibration``, ``simulation`` or ``worker``; ``memory`` where there was not enough, ``fault`` where
    #: txsim itself failed.
    kind: str
    message: str  #: What is wrong, in English.
    #: Each with ``message, file, line, column, path, hint``, in English, and code and parameters of its ``messages``.
    problems: tuple[dict[str, Any], ...] = ()
    hash: str | None = None  #: Content hash, where it could be read.
    settings: tuple[str, ...] = ()  #: What a sweep set.
    traceback: str = ""  #: Where txsim itself failed, under ``TXSIM_DEBUG``.
    #: Code and parameters of a message that is no list of problems.
    messages: dict[str, Any] = field(default_factory=dict)
    #: What is wrong, to be worded; not kept in files.
    fault: TxsimError | Message | None = field(default=None, repr=False, compare=False)

    def words(self, width: int | None = None, encoding: str = "utf-8") -> str:
        """Return what is wrong, in the language in use; what has a place in lines of at most ``width`` characters."""
        if isinstance(self.fault, Message):
            return self.fault.worded(figures=False)
        if isinstance(self.fault, InputError):
            return self.fault.fitted(width, encoding)
        return self.message if self.fault is None else str(self.fault)

    def data(self) -> dict[str, Any]:
        """Return what files keep of it."""
        left_out = {"fault"} | {name for name in ("traceback", "messages") if not getattr(self, name)}
        return {each.name: getattr(self, each.name) for each in fields(self) if each.name not in left_out}


@dataclass(frozen=True, slots=True)
class Entry:
    """One scenario that can be simulated."""

    #: ``path``, ``title``, ``hash``: Its name in results, its title and its content hash.
    path: str
    title: str
    hash: str
    calibration: str  #: Key of its calibration: hash and seed of the sampler.
    key: str  #: Name of its results: everything that decides them, hashed.
    seed: int  #: Seed of its points.
    overrides: tuple[str, ...]  #: What a sweep set.
    warnings: tuple[str, ...] = ()  #: What ``txsim check`` remarks on in it, in English.


@dataclass
class Plan:
    """What a batch has to do."""

    entries: list[Entry] = field(default_factory=list)  #: Scenarios in the order of their paths.
    failures: list[Failure] = field(default_factory=list)  #: What could not be read.
    bases: list[str] = field(default_factory=list)  #: Files found in folders that only describe what others extend.
    left_out: list[LeftOutFile] = field(default_factory=list)  #: Other files that were found and are no scenarios.
    scenarios: dict[str, Scenario] = field(default_factory=dict)  #: One scenario for each key.
    #: What each calibration is made from, by key, in the order of first use.
    specs: dict[str, CalibrationSpec] = field(default_factory=dict)


@lru_cache(maxsize=1)
def fingerprint() -> str:
    """Return a hash of the code that decides figures, so that no result outlives a change of the model."""
    home = Path(__file__).parents[1]
    rooms = ("simulate", "priors", "pathways", "forecast")
    files = [file for room in rooms for kind in ("*.py", "*.yaml") for file in sorted((home / room).glob(kind))]
    files += [home / "units.py", home / "batch" / "work.py"]
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


@lru_cache(maxsize=1)
def versions() -> dict[str, str]:
    """Return the versions that results depend on."""
    return {"txsim": version("txsim"), "code": fingerprint(), "numpy": version("numpy"), "scipy": version("scipy")}


def failure_of(case: Case | str, error: Exception) -> Failure:
    """Return the failure of a case, or of a sweep file, that cannot be read, whatever went wrong with it."""
    file, path = (case, named(case)) if isinstance(case, str) else (case.file, case.path)
    settings = () if isinstance(case, str) else case.overrides
    kind, known, trace = fault_of(error, file)
    return Failure(path, kind, well_formed(in_english(known)), problems_of(known), None, settings, trace, fault=known)


def fault_of(error: Exception, file: str | None = None) -> tuple[str, InputError | CalibrationError, str]:
    """Return what kind of failure an exception is, the exception as a person is told of it, and where it arose.

    ``error``: whatever was raised while a case was read, calibrated or simulated. Returns ``input``, ``calibration``,
    ``memory`` or ``fault``; the error itself where it is one of txsim's own, else one that names the file; the
    traceback of a fault under ``TXSIM_DEBUG``, else nothing. Raises :class:`Interrupted` if a signal asked to stop:
    what a library makes of it is no fault of the case.
    """
    raise_if_asked_to_stop(error)
    if isinstance(error, InputError):
        return "input", error, ""
    if isinstance(error, CalibrationError):
        return "calibration", error, ""
    if isinstance(error, MemoryError):
        return "memory", InputError(Problem(lazy("there was not enough memory for it"), file)), ""
    reason = f"{type(error).__name__}: {error}"[:500]
    hint = lazy("this is a fault of txsim; please report it with the output under TXSIM_DEBUG=1")
    known = InputError(Problem(lazy("this could not be worked out ({reason})", reason=reason), file, hint=hint))
    trace = "".join(traceback.format_exception(error)) if os.environ.get("TXSIM_DEBUG") else ""
    return "fault", known, trace


def problems_of(error: Exception) -> tuple[dict[str, Any], ...]:
    """Return problems as plain data, words in English with code and parameters beside; none if it carries none."""
    keys = ("message", "file", "line", "column", "path", "hint")
    problems = []
    for problem in getattr(error, "problems", ()):
        values = {key: plain(getattr(problem, key)) for key in keys}
        messages = {"message": problem.message, "hint": problem.hint}
        problems.append(
            {key: named(value) if isinstance(value, str) else value for key, value in values.items()}
            | {"messages": {key: said.to_json() for key, said in messages.items() if said is not None}}
        )
    return tuple(problems)


def problem_from(data: Mapping[str, Any]) -> Problem:
    """Return the problem of which :func:`problems_of` made plain data."""
    said = {key: Message.from_json(message) for key, message in data["messages"].items()}
    place = (data["file"], data["line"], data["column"], data["path"])
    return Problem(said["message"], *place, hint=said.get("hint"))


def plan_of(
    cases: Sequence[Case],
    settings: Settings,
    *,
    tick: Callable[[int, int], None] = lambda done, failed: None,
    stop: bool = False,
    mine: Callable[[str], bool] = lambda key: True,
    memory: int | None = None,
) -> Plan:
    """Read and validate every case.

    ``mine``: whether a key belongs to this shard; others are read, but not kept for simulation. ``memory``: bytes that
    simulating one scenario may take; by default all there are.
    """
    plan = Plan()
    lonely: list[tuple[Case, InputError]] = []
    extended: set[str] = set()
    known: dict[str, _Beliefs] = {}
    for i, case in enumerate(cases):
        try:
            scenario = load(case.file, root=case.root, overrides=case.overrides)
            extended.update(scenario.files[1:])
            if memory is not None and not _is_small(scenario):
                refuse_beyond(
                    bytes_to_simulate(scenario, settings.draws, later=False), memory, case.file, settings.draws
                )
            beliefs = _beliefs_of(scenario, settings, known)
            entry = _entry(case, scenario, beliefs, settings)
        except StoreError:  # what txsim keeps cannot be used, for this case and for all others
            raise
        except Exception as error:  # one stranger's file stops nobody
            purpose = purpose_of(case.file) if case.found and isinstance(error, InputError) else None
            if purpose is not None:
                plan.left_out.append(LeftOutFile(case.path, purpose))
            elif case.found and isinstance(error, InputError) and _only_a_base(error):
                lonely.append((case, error))
            else:
                plan.failures.append(failure_of(case, error))
                if stop:
                    break
            tick(i + 1, len(plan.failures))
            continue
        plan.entries.append(entry)
        if entry.key not in plan.scenarios and mine(entry.key):
            plan.scenarios[entry.key] = scenario.without_text()
        plan.specs.setdefault(beliefs.key, beliefs.spec)
        tick(i + 1, len(plan.failures))
    for case, why in lonely:  # a firm's file that nobody extends was probably meant to be a scenario
        if _real(case.file) in {_real(file) for file in extended}:
            plan.bases.append(case.path)
        else:
            plan.failures.append(failure_of(case, why))
    plan.failures.sort(key=lambda failure: failure.path)
    return plan


def _is_small(scenario: Scenario) -> bool:
    """Whether a scenario takes what every scenario does, so that nothing need be estimated."""
    firm = scenario.organisation
    parts = len(scenario.graph.nodes) + len(firm.staff) + len(firm.segments) + len(scenario.drivers)
    return parts <= 16 and scenario.horizon_months <= 120


def _real(file: str) -> str:
    return str(Path(file).resolve())


def _only_a_base(error: InputError) -> bool:
    return len(error.problems) == 1 and error.problems[0].message == NO_DRIVERS


@dataclass(frozen=True, slots=True)
class _Beliefs:
    """What scenarios of equal beliefs share: key and specification of a calibration, and remarks on their data."""

    key: str
    spec: CalibrationSpec
    remarks: tuple[Problem, ...]


def _beliefs_of(scenario: Scenario, settings: Settings, known: dict[str, _Beliefs]) -> _Beliefs:
    """Return what a scenario shares with others, made once for each set of beliefs."""
    parts = [scenario.content[name] for name in ("graph", "priors", "evidence", "data")]
    if scenario.data is not None:  # a file beside the one that names it
        parts.append(str(folder_of(scenario, ("data",)).resolve()))
    beliefs = json.dumps(parts)
    if beliefs not in known:
        spec = calibration_spec(scenario, prior_only=settings.prior_only)
        known[beliefs] = _Beliefs(f"{spec.hash}-{settings.calibration_seed}", spec, look_at(scenario)[1])
    return known[beliefs]


def _entry(case: Case, scenario: Scenario, beliefs: _Beliefs, settings: Settings) -> Entry:
    seed = settings.seed_of(scenario)
    decides = [FORMAT, versions(), scenario.hash, beliefs.key, seed, settings.draws, settings.keep_draws]
    key = hashlib.sha256(json.dumps(decides).encode()).hexdigest()[:32]
    title, remarks = well_formed(scenario.title), _remarks((*remarks_on(scenario), *beliefs.remarks))
    return Entry(case.path, title, scenario.hash, beliefs.key, key, seed, case.overrides, remarks)


def _remarks(problems: Iterable[Problem]) -> tuple[str, ...]:
    with english():
        return tuple(
            well_formed(
                f"{each.path}: {each.message}"
                if each.path
                else f"{named(Path(each.file).name)}: {each.message}"
                if each.file
                else str(each)
            )
            for each in problems
        )


def failures_text(failures: Iterable[Failure]) -> bytes:
    """Return failures as JSON lines, in the order of their paths."""
    lines = []
    for failure in sorted(failures, key=lambda f: f.path):
        lines.append(escaped(json.dumps(failure.data(), ensure_ascii=False)))
    return well_formed("".join(f"{line}\n" for line in lines)).encode()


def shard_of(key: str, shards: int) -> int:
    """Return which of so many shards, counted from 1, computes a key: the same for every machine that asks."""
    return int(np.uint64(int(key[:16], 16)) % np.uint64(shards)) + 1
