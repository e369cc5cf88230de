# SPDX-License-Identifier: MIT
"""Which scenarios a batch is about: files, folders, globs and sweep files as one list of cases, and what is none."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from txsim.batch.sweep import is_sweep, read_sweep
from txsim.errors import InputError, Problem, StoreError, nearest, reason_of
from txsim.language import Message, Words, lazy
from txsim.printable import named
from txsim.results.batch import LeftOutFile
from txsim.scenario.files import text_of
from txsim.scenario.yaml_reader import read_text

_SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Case:
    """One scenario to be read."""

    #: Its name in results: the file as it was named, for a case of a sweep with ``#00001`` behind it. Valid Unicode in
    #: one line that steers no terminal, whatever the name of the file is.
    path: str
    file: str  #: The scenario file.
    root: str  #: Folder that the file and what it ``extends`` may not leave.
    overrides: tuple[str, ...] = ()  #: ``"path=value"`` texts of a sweep, as ``--set`` takes them.
    #: Whether it was found in a folder or by a glob rather than named: a file there may be only a base of others.
    found: bool = False


def cases_of(
    paths: Iterable[str | os.PathLike[str]], *, root: str | os.PathLike[str] | None = None
) -> tuple[list[Case], list[tuple[str, Exception]], list[LeftOutFile]]:
    """Return the cases that some paths mean, in the order of their names, what cannot be read, and what is left out.

    What cannot be read are sweep files, and folders that may not be looked into.

    ``paths``: files, folders (searched for ``.yaml`` and ``.yml`` at any depth, in capitals too; names beginning with a
    dot and links to folders are left out) and globs (``**`` at any depth). ``root``: folder that no file may leave by
    ``extends``; by default the folder given, the part of a glob before its first wildcard, or the folder of a file.
    Raises InputError if a path leads nowhere or nothing is found; StoreError if what txsim itself keeps cannot be used.
    """
    files: dict[str, tuple[str, bool]] = {}
    problems: list[Problem] = []
    closed: dict[str, OSError] = {}
    left_out: dict[str, LeftOutFile] = {}
    for given in paths:
        path_text = os.fspath(given)
        try:
            for file, at, unnamed in _files(path_text, closed, left_out):
                files.setdefault(file, (at if root is None else os.fspath(root), unnamed))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    if not files and not closed:
        raise InputError(lazy("no scenario is given: name YAML files, folders or globs"))
    cases: list[Case] = []
    broken: list[tuple[str, Exception]] = [(folder, _closed(folder, error)) for folder, error in closed.items()]
    for file in sorted(files):
        at, unnamed = files[file]
        try:
            sweep = is_sweep(file)
            made = read_sweep(file) if sweep else None
        except StoreError:
            raise
        except Exception as error:  # one stranger's file stops nobody
            broken.append((file, error))
            continue
        name = named(file)
        if made is None:
            cases.append(Case(name, file, at, (), unnamed))
        else:
            cases += [
                Case(f"{name}#{i:05d}", made.base, at, overrides) for i, overrides in enumerate(made.overrides, start=1)
            ]
    return cases, broken, sorted(left_out.values(), key=lambda each: each.path)


def _closed(folder: str, error: OSError) -> InputError:
    message = lazy("this folder cannot be searched for scenarios ({reason})", reason=reason_of(error))
    return InputError(Problem(message, file=folder))


def _files(
    path_text: str, closed: dict[str, OSError], left_out: dict[str, LeftOutFile]
) -> Sequence[tuple[str, str, bool]]:
    """Return files with their root and whether they were found rather than named; adds what could not be searched."""
    if "\0" in path_text or not path_text:
        raise InputError(Problem(lazy("the path of a file or folder was expected"), file=path_text.replace("\0", "?")))
    if os.path.isdir(path_text):
        before = len(closed)
        inside = sorted(_walk(path_text, closed, left_out))
        if not inside and len(closed) == before:
            raise InputError(Problem(lazy("there is no YAML file in this folder"), file=path_text))
        return [(file, path_text, True) for file in inside]
    if os.path.lexists(path_text):
        return [(path_text, os.path.dirname(path_text) or ".", False)]
    if glob.has_magic(path_text):
        matched = [file for file in glob.glob(path_text, recursive=True) if not os.path.isdir(file)]
        matched = [file for file in matched if file.lower().endswith(_SUFFIXES)]
        before = len(closed)
        _try_folders(os.path.dirname(path_text), closed)
        if not matched and len(closed) == before:
            raise InputError(Problem(lazy("no YAML file matches this pattern"), file=path_text))
        fixed = path_text[: min(path_text.index(sign) for sign in "*?[" if sign in path_text)]
        return [(file, os.path.dirname(fixed) or ".", True) for file in matched]
    folder = Path(path_text).parent
    names = [other.name for other in sorted(folder.iterdir())] if folder.is_dir() else []
    close = nearest(Path(path_text).name, names)
    hint = lazy("did you mean `{path}`?", path=folder / close) if close else None
    raise InputError(Problem(lazy("there is no such file or folder"), file=path_text, hint=hint))


def _walk(folder: str, closed: dict[str, OSError], left_out: dict[str, LeftOutFile]) -> Iterable[str]:
    def refused(error: OSError) -> None:
        closed[os.fspath(error.filename)] = error

    def leave(path: str, why: Message) -> None:
        left_out[path] = LeftOutFile(named(path), why)

    for place, folders, names in os.walk(folder, onerror=refused):
        for name in folders:
            if not name.startswith(".") and os.path.islink(os.path.join(place, name)):
                leave(os.path.join(place, name), lazy("a link to a folder"))
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            path = os.path.join(place, name)
            if not name.lower().endswith(_SUFFIXES):
                continue
            if name.startswith("."):
                leave(path, lazy("its name begins with a dot"))
            else:
                yield path


def _try_folders(pattern: str, closed: dict[str, OSError]) -> None:
    """Note the folders that a glob had to look into and may not: it passes over them without a word."""
    while pattern and glob.has_magic(pattern):
        for folder in glob.glob(pattern, recursive=True):
            if os.path.isdir(folder):
                try:
                    with os.scandir(folder) as entries:
                        next(entries, None)
                except OSError as error:
                    closed[folder.rstrip(os.sep)] = error
        pattern = os.path.dirname(pattern)


# --- What lies in a folder beside scenarios and is none: told by its keys, so that nothing is left out without a word


#: Names said in one sentence; all of them are in the manifest.
_MOST = 5


def purpose_of(file: str) -> Message | None:
    """Return what a YAML file is that has keys of another kind of file alone; ``None`` where it may be a scenario."""
    try:
        data = read_text(text_of(Path(file), file), file).data
    except (InputError, OSError):
        return None
    if not isinstance(data, dict) or not data:
        return None
    from txsim.elicit.sheet import SHEET_KEYS
    from txsim.panel.reader.link_spec import LinkSpec
    from txsim.scenario.beliefs import Evidence
    from txsim.scenario.vocabulary import parameter_table

    keys = {str(key) for key in data}
    kinds = (
        (set(LinkSpec.model_fields), lazy("how a file of data is read")),
        (set(Evidence.model_fields), lazy("which evidence is believed")),
        (set(parameter_table()), lazy("a pack of priors")),
        ({"title", "why", "priors", "evidence"}, lazy("a pack of priors")),
        (set(SHEET_KEYS), lazy("answers of experts")),
    )
    said = keys - {"title", "why"}
    return next((what for known, what in kinds if said and keys <= known), None)


def left_out_words(left_out: Sequence[LeftOutFile]) -> Words:
    """Return one sentence that names what was left out and says what each is."""
    some: Words = "; ".join(f"{each.path} ({each.why})" for each in left_out[:_MOST])
    more = len(left_out) - _MOST
    if more > 0:
        some = lazy("{some}; and {more:,} more, see manifest.json", some=some, more=more)
    return lazy("left out, as no scenario: {some}", some=some)
