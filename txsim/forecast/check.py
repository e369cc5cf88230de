# SPDX-License-Identifier: MIT
"""Looking at scenario files as a forecast would, without running them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from txsim.errors import InputError, Problem
from txsim.forecast.draws import DEFAULT_DRAWS
from txsim.forecast.memory import bytes_needed
from txsim.forecast.misfits import remarks_on
from txsim.language import Message, lazy
from txsim.memory import refuse_beyond
from txsim.panel.scenario_data import look_at
from txsim.results.check import CheckedFile, Finding
from txsim.scenario import load


def check(
    file: Path | str, *, root: Path | None = None, overrides: Sequence[str] = (), memory: int
) -> tuple[CheckedFile, tuple[Problem, ...], tuple[Problem, ...]]:
    """Return what there is to say of one scenario file, its problems and its warnings.

    ``root``: folder that `extends` may not leave; by default the file's. ``overrides``: changes as ``PATH=VALUE``.
    ``memory``: bytes that a forecast may take.
    """
    try:
        scenario = load(file, root=root, overrides=overrides)
        reading, of_data = look_at(scenario)
        remarks = (*remarks_on(scenario), *of_data)
        need = bytes_needed(scenario, DEFAULT_DRAWS)
        refuse_beyond(need, memory, scenario.source, DEFAULT_DRAWS)
    except InputError as error:
        wrong = tuple(_of(problem, str(file)) for problem in error.problems)
        return unreadable(file, wrong), wrong, ()
    found = CheckedFile(
        str(file),
        valid=True,
        warnings=tuple(map(_finding, remarks)),
        fixed_by_author=scenario.fixed_by_author,
        memory=need,
        reading=reading,
    )
    return found, (), remarks


def unreadable(file: Path | str, problems: Sequence[Problem]) -> CheckedFile:
    """Return what there is to say of a file that cannot be used."""
    return CheckedFile(str(file), valid=False, problems=tuple(map(_finding, problems)))


def _of(problem: Problem, file: str) -> Problem:
    """Return a problem with the scenario that was checked, where it stands in a file that this one names."""
    if problem.file == file or (isinstance(problem.message, Message) and problem.message.names(file)):
        return problem
    return replace(problem, message=lazy("{problem} (read for {file})", problem=problem.message, file=file))


def _finding(problem: Problem) -> Finding:
    return Finding(problem.message, problem.hint, problem.file, problem.line, problem.column, problem.path)
