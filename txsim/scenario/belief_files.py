# SPDX-License-Identifier: MIT
"""Beliefs that come from another file: prior packs at the bottom of a scenario, a file of evidence on top of it.

A pack says ``title``, ``why``, ``priors`` and ``evidence``; it may rest on another pack. It lies below the scenario, so
that whatever the scenario says itself wins. Packs of the package are named, a client's own is a file inside the root,
relative to the file that names it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from txsim.errors import InputError, Problem, did_you_mean
from txsim.language import Words, as_message, lazy
from txsim.priors import packs
from txsim.scenario.layers import KEY, Layers
from txsim.scenario.yaml_reader import BAD, Document, read_file, read_text

OUTSIDE_HINT = lazy("keep the files in one folder tree without links out of it, or state a wider --root")
#: What a pack may say.
_KEYS = ("title", "why", "priors", "evidence")
#: What a file of evidence may say, without a heading ``evidence``.
EVIDENCE_KEYS = ("use", "drop", "face_value", "credibility", "within_cluster_correlation", "add", "replace")
_MOST = 8


def inside(file_name: str, root: str) -> tuple[str, Words]:
    """Return the real path of a file, links followed, and what is wrong with it; nothing is if it lies in the root."""
    try:
        real = os.path.realpath(file_name)
    except (OSError, ValueError):
        return "", lazy("the path cannot be followed")
    if os.path.dirname(real) == root or real.startswith(root.rstrip(os.sep) + os.sep):
        return real, ""
    link = "" if os.path.abspath(file_name) == real else lazy(" (it leads to {real})", real=real)
    return real, lazy("{shown}{link} lies outside of {root}", shown=file_name, link=link, root=root)


def with_evidence(layers: Layers, path: str | os.PathLike[str]) -> Layers:
    """Return the layers with a file of evidence on top.

    The file says what ``evidence`` of a scenario may say, with or without that heading.

    Raises :class:`InputError` if the file cannot be read or says something else.
    """
    document = read_file(Path(path), os.fspath(path))
    data = document.data
    here = Layers.of([document])
    if not isinstance(data, dict):
        raise InputError(document.problems or here.problem((), lazy("expected `key: value` lines"), _evidence_hint()))
    headed = "evidence" in data
    known = ("evidence", "title", "why") if headed else EVIDENCE_KEYS
    problems = []
    for key in data:
        if key not in known:
            name = str(key)[:60]
            hint = _evidence_hint()
            if isinstance(data[key], dict) and "role" in data[key]:
                hint = lazy("a claim stands under `add`: add: {{{name}: …}}", name=name)
            problems.append(
                here.problem(
                    (key, KEY),
                    lazy("unknown key `{name}`{suggestion}", name=name, suggestion=did_you_mean(name, known)),
                    hint,
                )
            )
    if problems:
        raise InputError(problems)
    if headed:
        for note in ("title", "why"):
            data.pop(note, None)
        return layers.over(document)
    return layers.over(document, ("evidence",))


def _evidence_hint() -> Words:
    return lazy("a file of evidence has the keys {evidence_keys}", evidence_keys=", ".join(EVIDENCE_KEYS))


def with_packs(layers: Layers, source: str, root: str, instead: str | None = None) -> tuple[Layers, tuple[str, ...]]:
    """Return the layers with the pack that they name, and the packs it rests on, at the bottom; and their names.

    ``layers``: A scenario, after ``extends`` and overrides. ``source``, ``root``: the scenario's file, and the folder
    that files may not leave. Raises :class:`InputError` at the place of the name: an unknown pack, a file outside the
    root, a circle, more than eight packs.
    """
    names: list[str] = []
    seen: set[str] = set()
    pack, layers = _named(layers)
    if instead is not None:
        pack = instead
    holder = layers  # where the pack is named, so that a message and a relative path start from there
    while pack is not None:
        if pack is BAD:
            return layers, tuple(names)
        if len(names) >= _MOST:
            raise InputError(
                holder.problem(("priors", "pack"), lazy("more than {most} packs rest on each other", most=_MOST))
            )
        document, name, key = _read(holder, pack, source, root, from_option=not names and instead is not None)
        if key in seen:
            raise InputError(
                holder.problem(("priors", "pack"), lazy("the pack {name} rests on itself: a circle", name=name))
            )
        seen.add(key)
        names.append(name)
        holder = Layers.of([document])
        layers = layers.under(document)
        pack, layers = _named(layers)
    return layers, tuple(names)


def _named(layers: Layers) -> tuple[Any, Layers]:
    """Return what ``priors: {pack: …}`` says, and the layers without it."""
    priors = layers.data.get("priors") if isinstance(layers.data, dict) else None
    if not isinstance(priors, dict) or "pack" not in priors:
        return None, layers
    return priors["pack"], layers.without(("priors", "pack"))


def _read(layers: Layers, pack: Any, source: str, root: str, *, from_option: bool) -> tuple[Document, str, str]:
    """Return a pack's document without its notes, its name, and what tells it from others."""

    def refused(message: Words, hint: Words | None = None) -> InputError:
        if from_option:
            return InputError(Problem(as_message(message), file="--pack", hint=as_message(hint) if hint else None))
        return InputError(layers.problem(("priors", "pack"), message, hint))

    known = packs.names()
    if not isinstance(pack, str) or not pack.strip() or "\0" in pack:
        raise refused(lazy("expected the name of a pack or the relative path of a file"), f"packs: {', '.join(known)}")
    if pack in known:
        document, name, key = read_text(packs.text(pack), f"pack {pack}"), pack, f"pack {pack}"
    elif "/" not in pack and not pack.endswith((".yaml", ".yml")):
        hint = lazy("packs: {known}; a pack of your own is a file such as packs/ours.yaml", known=", ".join(known))
        message = lazy("there is no pack `{words}`{suggestion}", words=pack[:60], suggestion=did_you_mean(pack, known))
        raise refused(message, hint)
    else:
        document, name, key = _file(layers, pack, source, root, refused, from_option)
    here = Layers.of([document])
    if not isinstance(document.data, dict):
        raise InputError(document.problems or here.problem((), lazy("expected `key: value` lines")))
    unknown = lazy("a pack has the keys {keys}", keys=", ".join(_KEYS))
    problems = []
    for part in document.data:
        if part not in _KEYS:
            suggestion = did_you_mean(str(part), _KEYS)
            message = lazy("unknown key `{part}`{suggestion}", part=str(part)[:60], suggestion=suggestion)
            problems.append(here.problem((part, KEY), message, unknown))
    if problems:
        raise InputError(problems)
    for note in ("title", "why"):
        document.data.pop(note, None)
    return document, name, key


def _file(
    layers: Layers, pack: str, source: str, root: str, refused: Any, from_option: bool
) -> tuple[Document, str, str]:
    if not from_option and (os.path.isabs(pack) or "\\" in pack or pack[1:2] == ":" or "://" in pack):
        raise refused(lazy("expected a relative path, with / between folders"))
    beside = layers.file_of(("priors", "pack")) or source
    file_name = os.path.normpath(pack if from_option else os.path.join(os.path.dirname(beside), pack))
    if not root:
        raise refused(lazy("a text cannot name a file"))
    if from_option:  # whoever types a path may read it
        real = os.path.realpath(file_name)
    else:
        real, fault = inside(file_name, root)
        if fault:
            raise refused(fault, OUTSIDE_HINT)
    try:
        return read_file(Path(file_name), file_name), file_name, real
    except InputError as error:
        first = error.problems[0]
        if first.line is None:
            raise refused(lazy("{shown}: {message}", shown=file_name, message=first.message), first.hint) from None
        raise
