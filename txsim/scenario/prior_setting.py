# SPDX-License-Identifier: MIT
"""Priors set in a person's file: checked before, loaded afterwards, and put in place only if nothing new is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from txsim.cachedir import whole_file
from txsim.errors import InputError, Problem, did_you_mean
from txsim.language import Message, Words, lazy
from txsim.priors.catalogue import Parameter
from txsim.priors.distributions import Distribution, quantile
from txsim.priors.fits import misfit, shown
from txsim.priors.fits import value_at as fitted_at
from txsim.priors.moments import describe
from txsim.priors.quantity import parse_quantity
from txsim.priors.sense import doubtful, impossible
from txsim.priors.sentences import prediction
from txsim.priors.written_numbers import QuantityError
from txsim.results.belief_changes import Belief, PriorsSet
from txsim.scenario.editing import NOTES, Note, new_entry, with_prior, with_value
from txsim.scenario.files import text_of
from txsim.scenario.findings import read_at, value_at
from txsim.scenario.flow_style import flow
from txsim.scenario.loader import load
from txsim.scenario.plausibility import warnings
from txsim.scenario.vocabulary import parameter_table
from txsim.scenario.yaml_reader import Path_, read_text


def set_prior(
    path: Path,
    name: str,
    quantity: Mapping[str, Any] | float,
    note: Note,
    *,
    root: Path | None = None,
    known: Mapping[str, Parameter] | None = None,
    places: Mapping[str, Path_] | None = None,
) -> PriorsSet:
    """Set a prior in a scenario or pack, in place; the file stays as it was if anything is wrong with the result.

    Parameters
    ----------
    path
        The file.
    name
        Name of a parameter.
    quantity
        What is believed, as people write it.
    note
        Kept with the entry.
    root
        Folder that ``extends`` may not leave; by default the file's.
    known, places
        What may be set, and where in the file what is no belief of ``priors`` stands; by default beliefs alone.

    Returns
    -------
    PriorsSet
        What the file said before and what it says now, how well the family describes it, and what that means.

    Raises
    ------
    InputError
        If the parameter is unknown, the belief impossible, or the file would have a fault that it did not have.
    StoreError
        If the file cannot be written.
    """
    known = usable_parameters(path, root) if known is None else known
    doubts = doubts_about(path, root)
    changed = set_priors(path, {name: quantity}, {name: note}, root=root, known=known, places=places)
    before, now = changed[name]
    parameter = known[name]
    quantiles = stated_quantiles(quantity)
    doubt = None if name in (places or {}) else doubtful(parameter, now)  # of a pack nothing else can be checked
    own = () if doubt is None else (doubt,)
    return PriorsSet(
        file=str(path),
        name=name,
        unit=lazy(parameter.unit),
        meaning=lazy(parameter.meaning),
        before=None if before is None else _belief(before),
        catalogue=None if parameter.prior is None or name in (places or {}) else _belief(parameter.prior),
        now=_belief(now),
        family=now.family,
        misfit=misfit(now, quantiles) if quantiles else 0.0,
        prediction=prediction(parameter.unit, parameter.meaning, now),
        by=note.by,
        why=note.why,
        date=note.date,
        beside=_beside(now),
        warnings=(*own, *(doubt for doubt in doubts_about(path, root) if doubt not in (*doubts, *own))),
    )


def doubts_about(path: Path, root: Path | None) -> list[Words]:
    """Return what ``txsim check`` warns of, without the lines, which move."""
    try:
        return [warning.message for warning in warnings(load(path, root=root))]
    except InputError:  # a pack, or a file that is no scenario as it stands
        return []


def _beside(d: Distribution) -> Words:
    if not d.stated:
        return ""
    said, fitted = shown(value for _, value in d.stated), shown(fitted_at(d, level) for level, _ in d.stated)
    return lazy("stated {said}, fitted {fitted}", said=said, fitted=fitted)


def _belief(d: Distribution) -> Belief:
    return Belief(quantile(d, 0.5), quantile(d, 0.05), quantile(d, 0.95), describe(d))


def stated_quantiles(quantity: Mapping[str, Any] | float) -> dict[float, float]:
    """Return the values by probability that a quantity states, empty where it states none."""
    if not isinstance(quantity, Mapping):
        return {}
    if "quantiles" in quantity:
        return dict(quantity["quantiles"])
    if "interval" in quantity:
        low, high = quantity["interval"]
        return {0.05: low, 0.95: high} | ({0.5: quantity["median"]} if "median" in quantity else {})
    return {}


def set_priors(
    path: Path,
    quantities: Mapping[str, Mapping[str, Any] | float],
    notes: Mapping[str, Note],
    *,
    root: Path | None = None,
    known: Mapping[str, Parameter] | None = None,
    places: Mapping[str, Path_] | None = None,
) -> dict[str, tuple[Distribution | None, Distribution]]:
    """Set several priors at once, all or none, each with its note; see :func:`set_prior`."""
    file_name = str(path)
    text, mark = text_and_mark(path)
    known = usable_parameters(path, root) if known is None else known
    priors: dict[str, tuple[Distribution | None, Distribution]] = {}
    changed = text
    for name, quantity in quantities.items():
        if name not in known:
            raise InputError(unknown_parameter(name, known))
        parameter = known[name]
        place = None if places is None else places.get(name)
        try:
            now = as_read(quantity, parameter, place)
        except QuantityError as error:
            raise InputError(Problem(error.message, file=file_name, path=f"priors.{name}", hint=error.hint)) from None
        if (nonsense := impossible(parameter.unit, parameter.meaning, now)) is not None:
            raise InputError(Problem(nonsense[0], file=file_name, path=f"priors.{name}", hint=nonsense[1]))
        at = ("priors", name) if place is None else place
        changed, old = with_change(changed, at, quantity, notes[name], file_name)
        priors[name] = (_before(old, parameter, place), now)
    put_in_place(path, mark + changed, root)
    return priors


def with_change(
    text: str, place: Path_, quantity: Mapping[str, Any] | float, note: Note, file: str = "text"
) -> tuple[str, Any]:
    """Return the text of a file with one quantity changed, and what stood there before, plain data.

    ``place``: path in the file; below ``priors`` the change is noted in the entry, elsewhere in a comment above the
    value. Raises :class:`InputError` if the file is broken, or written so that this value alone cannot be changed.
    """
    data = read_text(text, file).data
    old = value_at(data, place)
    if len(place) == 2 and place[0] == "priors":
        entry = new_entry(old, quantity, note)
        return with_prior(text, str(place[1]), entry, file), old
    was = str(lazy("before: {value}", value=flow(old))) if old is not None else ""
    who = ", ".join(part for part in (note.by, note.date) if part)
    said = ": ".join(part for part in (who, note.why) if part)
    return with_value(text, place, quantity, "; ".join(part for part in (said, was) if part), file), old


def as_read(quantity: Any, parameter: Parameter, place: Path_ | None) -> Distribution:
    """Return what the file will make of a quantity: a share is a beta there, a level a normal.

    Raises :class:`QuantityError` if it cannot stand there.
    """
    read = None if place is None else read_at(place, quantity)
    if read is None:
        return parse_quantity(quantity, share=parameter.share, low=parameter.least, high=parameter.high)
    return parse_quantity(read, share=parameter.share, low=parameter.least, high=parameter.high)


def _before(old: Any, parameter: Parameter, place: Path_ | None) -> Distribution | None:
    if old is None:
        return None
    raw = old
    if isinstance(old, Mapping):
        raw = {key: value for key, value in old.items() if key not in NOTES}
        raw = raw["value"] if set(raw) == {"value"} else raw
    try:
        return as_read(raw, parameter, place)
    except QuantityError:
        return None


def usable_parameters(path: Path, root: Path | None = None) -> dict[str, Parameter]:
    """Return what a file may have beliefs about: the catalogue's parameters, slopes and lags of its own edges."""
    known = {name: p for name, p in parameter_table().items() if p.role != "driver"}
    try:
        edges = load(path, root=root).graph.edges
    except InputError:  # a pack, or a file that rests on others; its own edges are not known then
        return known
    for edge in edges:
        meaning = lazy("what a point of {source} does to {target}", source=edge.source, target=edge.target)
        known[edge.parameter] = Parameter(
            edge.parameter,
            str(lazy("{target} points per {source} point", target=edge.target, source=edge.source)),
            edge.why or str(meaning),
            "calibration",
            edge.slope,
            None,
            None,
            "",
        )
        if isinstance(edge.lag, Distribution) and edge.lag_parameter is not None:
            meaning = lazy("mean delay from {source} to {target}", source=edge.source, target=edge.target)
            known[edge.lag_parameter] = Parameter(
                edge.lag_parameter, "months", str(meaning), "calibration", edge.lag, 0.0, None, ""
            )
    return known


def unknown_parameter(name: str, known: Mapping[str, Parameter]) -> Problem:
    """Return what to say of a name that is no parameter."""
    if name in parameter_table():
        return Problem(
            lazy("`{name}` is drawn with each driver", name=name),
            file=name,
            hint=lazy("write `{name}` in the driver", name=name),
        )
    message = lazy("unknown parameter `{name}`{suggestion}", name=name[:60], suggestion=did_you_mean(name, known))
    return Problem(
        message,
        "NAME",
        None,
        1,
        source=name[:100],
        hint=lazy("known: {names}", names=", ".join(known)),
        width=len(name),
    )


def put_in_place(path: Path, text: str, root: Path | None = None) -> None:
    """Put the text in a file's place, whole; :class:`~txsim.errors.InputError` for a fault that it did not have."""
    real = path.resolve()
    before = {(problem.path, problem.message) for problem in _faults(path, str(path), root)}
    mode = real.stat().st_mode & 0o7777
    with whole_file(real) as temporary:
        temporary.write_bytes(text.encode())
        temporary.chmod(mode)
        new = [p for p in _faults(temporary, str(path), root) if (p.path, p.message) not in before]
        if new:
            raise InputError(new)
    real.chmod(mode)


def _faults(path: Path, file_name: str, root: Path | None) -> list[Problem]:
    """Return what is wrong with a file, as if it had another name."""
    try:
        load(path, root=root)
    except InputError as error:
        name = str(path)
        return [
            replace(p, file=file_name if p.file == name else p.file, message=_renamed(p.message, name, file_name))
            for p in error.problems
        ]
    return []


def _renamed(message: Message, name: str, file_name: str) -> Message:
    """Return a message in which a file has another name."""
    if isinstance(message, str):
        return message.replace(name, file_name)
    params = (
        (key, value.replace(name, file_name) if isinstance(value, str) else value) for key, value in message.params
    )
    return replace(message, params=tuple(params))


def text_and_mark(path: Path) -> tuple[str, str]:
    """Return a file's text, line ends as they stand, and its byte-order mark or nothing."""
    text = text_of(path, str(path))
    with path.open("rb") as stream:
        marked = stream.read(3) == b"\xef\xbb\xbf"
    return text, "\ufeff" if marked else ""
