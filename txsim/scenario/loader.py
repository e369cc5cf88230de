# SPDX-License-Identifier: MIT
"""From a file to a :class:`~txsim.scenario.models.Scenario`: ``extends``, overrides, every problem with its place."""

from __future__ import annotations

import marshal
import os
from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from itertools import chain
from pathlib import Path
from typing import Any

from txsim.errors import InputError, Problem, did_you_mean, nearest
from txsim.language import Words, as_message, lazy
from txsim.scenario.belief_files import OUTSIDE_HINT, inside, with_evidence, with_packs
from txsim.scenario.checks import check_beliefs, cross_check
from txsim.scenario.files import text_and_encoding
from txsim.scenario.findings import as_file_has_it, grouped_numbers, keys_at, problems_of
from txsim.scenario.layers import KEY, Layers, override
from txsim.scenario.models import Scenario
from txsim.scenario.network_checks import reading_fits
from txsim.scenario.organisation import Organisation
from txsim.scenario.pilot_log import with_entries
from txsim.scenario.record_fields import Faulty
from txsim.scenario.yaml_reader import BAD, Document, Path_, read_text

_MOST_EXTENDS = 8
#: What is said of a file that holds nothing.
_START = lazy("`txsim init` writes one to start from")


def load(
    path: str | os.PathLike[str],
    *,
    root: str | os.PathLike[str] | None = None,
    overrides: Sequence[str] = (),
    evidence: str | os.PathLike[str] | None = None,
    pack: str | None = None,
) -> Scenario:
    """Read a scenario file.

    Parameters
    ----------
    path
        The YAML file.
    root
        Folder that the file and what it ``extends`` may not leave, links followed; by default the folder of the file.
    overrides
        ``"path=value"`` texts, as ``--set`` takes them; the last one wins.
    evidence
        A file with what ``evidence`` may say; it wins over the scenario, and overrides win over it.
    pack
        A prior pack in place of the one that the scenario names, by name or as a file.

    Returns
    -------
    Scenario

    Raises
    ------
    InputError
        With every problem found, each with file, line and column.

    Examples
    --------
    >>> load("scenarios/service_desk_pilot.yaml").horizon_months
    36
    """
    file_name = os.fspath(path)
    if not isinstance(file_name, str) or "\0" in file_name:
        raise InputError(lazy("the path of a file was expected"))
    top = os.path.realpath(os.fspath(root) if root is not None else os.path.dirname(file_name) or ".")
    # A file that is read with overrides is mostly the base of a sweep, and read again.
    documents = _chain(file_name, top, bool(overrides))
    try:
        return _built(documents, overrides, file_name, top, evidence, pack)
    except InputError as error:
        below = {document.name for document in documents[1:]}
        raise InputError([_read_for(problem, file_name, below) for problem in error.problems]) from None


def _read_for(problem: Problem, file_name: str, below: Collection[str]) -> Problem:
    """Return a problem with the file that is read, where it stands in one that this extends."""
    if problem.file not in below:
        return problem
    words = lazy("{problem} (read for {file}, which extends this file)", problem=problem.message, file=file_name)
    return replace(problem, message=words)


def load_beliefs(
    *,
    overrides: Sequence[str] = (),
    evidence: str | os.PathLike[str] | None = None,
    pack: str | None = None,
    root: str | os.PathLike[str] | None = None,
) -> Scenario:
    """Return the packaged beliefs, changed by a pack, a file of evidence or overrides, as a scenario without a firm.

    Parameters and errors are those of :func:`load`; a pack that is a file lies in ``root``, by default the working
    folder, or below it. What comes back cannot be simulated.

    >>> load_beliefs(overrides=["priors.ex_cx=0.2"]).priors["ex_cx"].args
    (0.2,)
    """
    start = read_text("{}", "beliefs")
    top = os.path.realpath("." if root is None else os.fspath(root))
    return _built([start], overrides, "", top, evidence, pack, beliefs_only=True)


def loads(text: str, *, name: str = "text", overrides: Sequence[str] = ()) -> Scenario:
    """Read a scenario from text; ``extends`` is not allowed here. Raises :class:`~txsim.errors.InputError`."""
    document = read_text(text, name, empty=_START)
    if not isinstance(document.data, dict):
        raise InputError(document.problems) if document.problems else _no_mapping(document)
    if "extends" in document.data:
        raise InputError(Layers.of([document]).problem(("extends",), lazy("a text cannot extend a file")))
    return _built([document], overrides, name)


def as_scenario(given: Scenario | str | os.PathLike[str]) -> Scenario:
    """Return a scenario, or read the file that one is named by; :class:`~txsim.errors.InputError` for anything else.

    >>> as_scenario("scenarios/service_desk_pilot.yaml").title
    'Service desk pilot'
    """
    if isinstance(given, Scenario):
        return given
    if isinstance(given, str) and "\n" in given:
        message = lazy("the path of a scenario's file was expected, found text of several lines")
        raise InputError(Problem(message, hint=lazy("a scenario in a text is read by `txsim.loads(text)`")))
    if isinstance(given, str | os.PathLike):
        return load(given)
    message = lazy("a scenario or the path of its file was expected, found {kind}", kind=type(given).__name__)
    raise InputError(Problem(message, hint=lazy('for example `txsim.load("scenarios/service_desk_pilot.yaml")`')))


def changed(scenario: Scenario, overrides: Sequence[str]) -> Scenario:
    """Return a scenario as it was read with some values changed, checked as a file is.

    Parameters
    ----------
    scenario
        From :func:`load` or :func:`loads`.
    overrides
        ``"path=value"`` texts, as ``--set`` takes them; the last one wins.

    Raises
    ------
    InputError
        If a value does not fit, or the scenario is not what was read: changed in Python since, its text says less.

    Examples
    --------
    >>> changed(as_scenario("scenarios/service_desk_pilot.yaml"), ["horizon_months=48"]).horizon_months
    48
    """
    layers: Layers | None = scenario._places
    known = (scenario.source, scenario.packs, scenario.files)
    if layers is None or _valid(layers, [], *known).hash != scenario.hash:
        message = lazy("the scenario was changed in Python after it was read, so that values cannot be set in its text")
        raise InputError(Problem(message, hint=lazy("pass the path of a file, or what `txsim.load` returned")))
    layers, wrong = _overridden(layers, overrides)
    other = _valid(layers, wrong, *known)
    other._changed_by = (*scenario.changed_by, *_settings(overrides))
    return other


def locate(scenario: Scenario, path: Path_, message: Words, hint: Words | None = None) -> Problem:
    """Return a remark about a loaded scenario at its place in the file."""
    layers: Layers | None = scenario._places
    if layers is not None:
        return layers.problem(path, message, hint)
    return Problem(as_message(message), hint=as_message(hint) if hint else None)


def folder_of(scenario: Scenario, path: Path_) -> Path:
    """Return the folder in which lies what a value names: that of the file that says it, else of the scenario."""
    layers: Layers | None = scenario._places
    file = None if layers is None else layers.file_of(path)
    return Path(file or scenario.source).parent


def _chain(file_name: str, root: str, again: bool = False) -> list[Document]:
    """Return the documents of a file and of what it extends, in this order."""
    documents: list[Document] = []
    seen: list[str] = []
    while True:
        real = _inside(file_name, root, documents)
        if real in seen:
            raise _at_extends(documents, lazy("{shown} extends this file again: a circle", shown=file_name))
        seen.append(real)
        if len(seen) > _MOST_EXTENDS + 1:
            raise _at_extends(
                documents, lazy("more than {most_extends} files extend each other", most_extends=_MOST_EXTENDS)
            )
        try:
            text, code = text_and_encoding(Path(file_name), file_name)
            document = (
                _extended(text, file_name, code)
                if documents or again
                else read_text(text, file_name, code, empty=_START)
            )
        except InputError as error:
            missing = error.problems[0].line is None and documents
            if missing:
                first = error.problems[0]
                raise _at_extends(
                    documents, lazy("{file}: {fault}", file=_short(file_name), fault=first.message), first.hint
                ) from None
            raise InputError([*(p for d in documents for p in d.problems), *error.problems]) from None
        documents.append(document)
        if not isinstance(document.data, dict):
            raise InputError(document.problems) if document.problems else _no_mapping(document)
        parent = document.data.get("extends")
        if "extends" in document.data:
            said = {key: value for key, value in document.data.items() if key != "extends"}
            documents[-1] = replace(document, data=said)
        if parent is BAD:  # what it lacks without the file that it extends is no fault of its own
            raise InputError([problem for each in documents for problem in each.problems])
        if parent is None:
            _refuse_slip(documents)
            return documents
        if not isinstance(parent, str) or not parent.strip() or "\0" in parent:
            raise _at_extends(documents, lazy("expected the relative path of one file"))
        if os.path.isabs(parent) or "\\" in parent or parent[1:2] == ":" or "://" in parent:
            raise _at_extends(documents, lazy("expected a relative path, with / between folders"))
        file_name = os.path.normpath(os.path.join(os.path.dirname(file_name), parent))


@lru_cache(maxsize=64)
def _extended(text: str, file_name: str, encoding: str) -> Document:
    """Return a document that others extend: thousands of scenarios of one firm share its file, parsed once."""
    return read_text(text, file_name, encoding, empty=_START)


def _inside(file_name: str, root: str, documents: list[Document]) -> str:
    """Return the real path of a file, links followed, or refuse it outside the root."""
    real, message = inside(file_name, root)
    if not message:
        return real
    if documents and real == root:  # `extends: .`: the folder itself
        raise _at_extends(documents, lazy("this is a folder, {expected} was expected", expected=lazy("a YAML file")))
    if documents:
        raise _at_extends(documents, message, OUTSIDE_HINT)
    raise InputError(Problem(as_message(message), file=file_name, hint=OUTSIDE_HINT))


def _short(name: str) -> str:
    """Return a name that somebody made as long as a page with its middle left out."""
    return name if len(name) <= 120 else f"{name[:80]}…{name[-30:]}"


def _refuse_slip(documents: list[Document]) -> None:
    """Refuse a file in which `extends` is misspelt: all else that it lacks follows from that alone."""
    if len(documents) > 1:
        return
    document, known = documents[0], keys_at(())
    for key, value in document.data.items():
        slip = key not in known and isinstance(value, str) and nearest(key.lower(), known) == "extends"
        if slip:
            message = lazy("unknown key `{name}`{close}", name=key[:60], close=did_you_mean(key.lower(), ["extends"]))
            raise InputError([*document.problems, Layers.of(documents).problem((key, KEY), message)])


def _at_extends(documents: list[Document], message: Words, hint: Words | None = None) -> InputError:
    document = documents[-1]
    here = Layers.of([document]).problem(("extends",), message, hint)
    return InputError([*(p for d in documents for p in d.problems), here])


def _no_mapping(document: Document) -> InputError:
    kind = lazy("a list") if isinstance(document.data, list) else lazy("a single value")
    message = lazy("expected `key: value` lines, found {value}", value=kind)
    return InputError(Layers.of([document]).problem((), message, lazy("`txsim init` writes a file to start from")))


def _built(
    documents: list[Document],
    overrides: Sequence[str],
    source: str,
    root: str = "",
    evidence: str | os.PathLike[str] | None = None,
    pack: str | None = None,
    *,
    beliefs_only: bool = False,
) -> Scenario:
    layers = Layers.of(documents)
    if evidence is not None:
        layers = with_evidence(layers, evidence)
    layers, wrong = _overridden(layers, overrides)
    packs: tuple[str, ...] = ()
    try:
        layers, packs = with_packs(layers, source, root, pack)
    except InputError as error:
        wrong += error.problems
        layers = layers.without(("priors", "pack"))
    files = tuple(each.name for each in documents)
    scenario = _valid(layers, wrong, source, packs, files, beliefs_only=beliefs_only)
    named = [("--evidence", os.path.basename(os.fspath(evidence)))] if evidence is not None else []
    named += [("--pack", os.path.basename(pack))] if pack is not None else []
    scenario._changed_by = (*chain.from_iterable(named), *_settings(overrides))
    return scenario


def _settings(overrides: Sequence[str]) -> tuple[str, ...]:
    """Return overrides as the words of a command line."""
    return tuple(chain.from_iterable(("--set", str(text)) for text in overrides))


def _overridden(layers: Layers, overrides: Sequence[str]) -> tuple[Layers, list[Problem]]:
    """Return the layers with those texts on top that can be read, and what is wrong with the others."""
    wrong: list[Problem] = []
    for text in overrides:
        try:
            layers = override(layers, as_file_has_it(text))
        except InputError as error:
            wrong += error.problems
    return layers, wrong


def _valid(
    layers: Layers,
    wrong: list[Problem],
    source: str,
    packs: tuple[str, ...],
    files: tuple[str, ...],
    *,
    beliefs_only: bool = False,
) -> Scenario:
    """Return the scenario that layers say, or raise all that is wrong with them beside what is known to be wrong."""
    wrong = [*wrong, *layers.problems]
    wrong += grouped_numbers(layers)
    candidate = None
    check = check_beliefs if beliefs_only else cross_check
    try:
        candidate = Scenario.model_validate(_with_known_firm(layers)), frozenset(layers.bad)
    except Faulty as error:
        from txsim.scenario.mending import second_look

        wrong += problems_of(layers, error.findings)
        candidate = second_look(layers.data, error.findings)
    if candidate is not None:
        wrong += [layers.problem(*finding) for finding in check(*candidate)]
    if wrong or candidate is None:
        order = {name: i for i, name in enumerate(files)}
        wrong.sort(key=lambda p: (order.get(p.file or "", len(order)), p.line or 0, p.column or 0))
        raise InputError(dict.fromkeys(wrong))
    scenario = candidate[0]
    if scenario.pilots is not None and scenario.pilots.file:
        try:
            folder = os.path.dirname(layers.file_of(("pilots",)) or source) or "."
            log = with_entries(scenario.pilots, folder, partial(reading_fits, scenario))
        except InputError as error:
            raise InputError(
                [p if p.file else layers.problem(("pilots",), p.message, p.hint) for p in error.problems]
            ) from None
        scenario = scenario.replaced(pilots=log)
    scenario._source = source
    scenario._packs = packs
    scenario._files = files
    scenario._places = layers
    return scenario


#: Organisations that were found valid, by the bytes of what was written; ``None`` for one that was seen once.
_FIRMS: dict[bytes, Organisation | None] = {}
_MOST_FIRMS = 64


def _with_known_firm(layers: Layers) -> Any:
    """Return the data, with an organisation that was found valid before in place of the same words.

    Whatever is doubtful goes the long way, so that every complaint is found as if nothing had been kept.
    """
    data = layers.data
    if layers.bad or not isinstance(data, dict) or not isinstance(data.get("organisation"), dict):
        return data
    try:
        # Version 2 writes equal data to equal bytes, and 1, 1.0 and true to different ones.
        key = marshal.dumps(data["organisation"], 2)
        firm = _FIRMS.get(key)
        if firm is None:
            if len(_FIRMS) >= _MOST_FIRMS and key not in _FIRMS:  # one that comes again needs no room
                _FIRMS.clear()
            firm = _FIRMS[key] = Organisation.model_validate(data["organisation"]) if key in _FIRMS else None
    except ValueError:  # not valid: told with everything else, at its place
        return data
    return data if firm is None else {**data, "organisation": firm}
