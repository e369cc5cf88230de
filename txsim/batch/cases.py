# SPDX-License-Identifier: MIT
"""Which scenarios a batch is about: files, folders, globs and sweep files as one list of cases."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from txsim.batch.sweep import is_sweep, read_sweep
from txsim.errors import InputError, Problem, StoreError, nearest
from txsim.language import lazy
from txsim.printable import well_formed

__all__ = ["Case", "cases_of"]

_SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Case:
    """One scenario to be read.

    Attributes
    ----------
    path
        Its name in results: the file as it was named, for a case of a sweep with ``#00001`` behind it. Valid Unicode,
        whatever the name of the file is.
    file
        The scenario file.
    root
        Folder that the file and what it ``extends`` may not leave.
    overrides
        ``"path=value"`` texts of a sweep, as ``--set`` takes them.
    found
        Whether it was found in a folder or by a glob rather than named: a file there may be only a base of others.
    """

    path: str
    file: str
    root: str
    overrides: tuple[str, ...] = ()
    found: bool = False


def cases_of(
    paths: Iterable[str | os.PathLike[str]], *, root: str | os.PathLike[str] | None = None
) -> tuple[list[Case], list[tuple[str, Exception]]]:
    """Return the cases that some paths mean, in the order of their names, and sweep files that cannot be read.

    Parameters
    ----------
    paths
        Files, folders (searched for ``.yaml`` and ``.yml`` at any depth, names beginning with a dot left out) and globs
        (``**`` at any depth).
    root
        Folder that no file may leave by ``extends``; by default the folder given, the part of a glob before its first
        wildcard, or the folder of a file.

    Raises
    ------
    InputError
        If a path leads nowhere or nothing is found.
    StoreError
        If what txsim itself keeps cannot be used.
    """
    files: dict[str, tuple[str, bool]] = {}
    problems: list[Problem] = []
    for given in paths:
        path_text = os.fspath(given)
        try:
            for file, at, unnamed in _files(path_text):
                files.setdefault(file, (at if root is None else os.fspath(root), unnamed))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    if not files:
        message = lazy("no scenario is given: name YAML files, folders or globs")
        raise InputError(message)
    cases: list[Case] = []
    broken: list[tuple[str, Exception]] = []
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
        name = well_formed(file)
        if made is None:
            cases.append(Case(name, file, at, (), unnamed))
        else:
            cases += [
                Case(f"{name}#{i:05d}", made.base, at, overrides) for i, overrides in enumerate(made.overrides, start=1)
            ]
    return cases, broken


def _files(path_text: str) -> Sequence[tuple[str, str, bool]]:
    """Return files with their root and whether they were found rather than named."""
    if "\0" in path_text or not path_text:
        raise InputError(Problem(lazy("the path of a file or folder was expected"), file=path_text.replace("\0", "?")))
    if os.path.isdir(path_text):
        inside = sorted(_walk(path_text))
        if not inside:
            raise InputError(Problem(lazy("there is no YAML file in this folder"), file=path_text))
        return [(file, path_text, True) for file in inside]
    if os.path.lexists(path_text):
        return [(path_text, os.path.dirname(path_text) or ".", False)]
    if glob.has_magic(path_text):
        matched = [file for file in glob.glob(path_text, recursive=True) if not os.path.isdir(file)]
        matched = [file for file in matched if file.endswith(_SUFFIXES)]
        if not matched:
            raise InputError(Problem(lazy("no YAML file matches this pattern"), file=path_text))
        fixed = path_text[: min(path_text.index(sign) for sign in "*?[" if sign in path_text)]
        return [(file, os.path.dirname(fixed) or ".", True) for file in matched]
    folder = Path(path_text).parent
    names = [other.name for other in sorted(folder.iterdir())] if folder.is_dir() else []
    close = nearest(Path(path_text).name, names)
    hint = lazy("did you mean `{path}`?", path=folder / close) if close else None
    raise InputError(Problem(lazy("there is no such file or folder"), file=path_text, hint=hint))


def _walk(folder: str) -> Iterable[str]:
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            if name.endswith(_SUFFIXES) and not name.startswith("."):
                yield os.path.join(place, name)
