# SPDX-License-Identifier: MIT
"""What stands on the page as a file: the change to the scenario shown before it is made, a pack, a command line.

The file is edited as ``txsim priors set`` edits it: comments and order stay, each change says by whom, why and when.
Nothing is written outside the folder of the scenario.
"""

from __future__ import annotations

import datetime
import difflib
import hashlib
import json
import re
import shlex
from pathlib import Path
from typing import Any

import yaml

from txsim.cachedir import write_atomic
from txsim.errors import InputError, Problem
from txsim.forecast import DEFAULT_DRAWS
from txsim.language import Message, lazy
from txsim.scenario import load_beliefs
from txsim.scenario.editing import Note
from txsim.scenario.prior_setting import put_in_place, text_and_mark, with_change
from txsim.scenario.yaml_reader import Path_
from txsim.workbench.session import Session

_PACK = re.compile(r"[a-z][a-z0-9_-]{0,40}")
#: What the page calls its fields.
_BY, _WHY, _TITLE = lazy("Who says so"), lazy("Why (kept with each change)"), lazy("Title")


class Edit:
    """A change to a file that is not made yet."""

    def __init__(self, name: str, before: str, after: str, mark: str = "") -> None:
        #: The file's text.
        self.before, self.after, self.mark = before, after, mark
        lines = difflib.unified_diff(before.splitlines(), after.splitlines(), f"{name}", f"{name}", lineterm="", n=2)
        self.diff = list(lines)  #: Lines as ``diff -u`` writes them.
        #: Of the text after: what was shown is what is written.
        self.digest = hashlib.sha256(after.encode()).hexdigest()


def edit_of(session: Session, *, by: str, why: str) -> Edit:
    """Return what saving would do to the file.

    Raises :class:`InputError` if who or why is missing, or the file is written so that a value alone cannot be changed.
    """
    by, why = _line(by, _BY), _line(why, _WHY)
    text, mark = text_and_mark(session.path)
    today = datetime.date.today().isoformat()
    changed = text
    own = _grounds(session)
    for place, quantity in session.placed(session.state).items():
        who, reason = own.get(place, (by, why))
        changed, _old = with_change(changed, place, quantity, Note(who, reason, today), str(session.path))
    return Edit(session.path.name, text, changed, mark)


def _grounds(session: Session) -> dict[Path_, tuple[str, str]]:
    """Return who said so and why, by place, of what a group agreed on: that goes into the file with it."""
    grounds = {session.control(name).place: session.ground(name) for name in session.state}
    return {place: ground for place, ground in grounds.items() if ground is not None}


def _line(text: str, field: Message) -> str:
    line = text.strip()
    if not line or not all(c.isprintable() for c in line) or len(line) > 500:
        raise InputError(lazy("{field}: fill in one line of text", field=field))
    return line


def save(session: Session, *, by: str, why: str, digest: str) -> Edit:
    """Write the state into the file, and begin anew from it.

    Raises InputError if the edit is not the one that was shown, because the file or the state changed since; if it
    would be faulty; StoreError if the file cannot be written.
    """
    edit = edit_of(session, by=by, why=why)
    if edit.digest != digest:
        raise InputError(lazy("the file or the page changed since this was shown: look at it once more"))
    names = list(session.state)
    put_in_place(session.path, edit.mark + edit.after, session.root)
    session.saved(names, by=by, why=why)
    return edit


def save_pack(session: Session, *, name: str, title: str, by: str, why: str) -> Path:
    """Write everything that is believed otherwise than txsim says by itself as a pack beside the file.

    That is what the file says, whether it was saved from here or stood there before, and what was changed since. Raises
    InputError if the name cannot be one, is taken, or there is no belief of one's own: a pack holds beliefs; StoreError
    if it cannot be written.
    """
    if not _PACK.fullmatch(name):
        raise InputError(
            lazy("Name of the pack: small letters, digits, _ and -, first a letter; “{name}” is none", name=name[:60])
        )
    path = session.path.with_name(f"{name}.yaml")
    if path.exists():
        raise InputError(Problem(lazy("exists already; choose another name"), file=path.name))
    by, why, title = _line(by, _BY), _line(why, _WHY), _line(title, _TITLE)
    beliefs = {p: q for p, q in session.placed(session.state).items() if p[0] in ("priors", "evidence")}
    own_beliefs = _beliefs_of(session)
    if not beliefs and not own_beliefs:
        raise InputError(lazy("no belief was changed, and a pack holds beliefs alone"))
    text = "".join(
        f"{key}: {json.dumps(words, ensure_ascii=False)}\n" for key, words in (("title", title), ("why", why))
    )
    if own_beliefs:
        text += yaml.safe_dump(own_beliefs, allow_unicode=True, sort_keys=False)
    today = datetime.date.today().isoformat()
    own = _grounds(session)
    for place, quantity in beliefs.items():
        who, reason = own.get(place, (by, why))
        text, _old = with_change(text, place, quantity, Note(who, reason, today), path.name)
    write_atomic(path, text.encode())
    try:
        load_beliefs(pack=str(path), root=path.parent)
    except InputError:
        path.unlink()
        raise
    return path


def _beliefs_of(session: Session) -> dict[str, Any]:
    """Return priors and evidence of the file and of all that it rests on, as they are written."""
    layers = session.scenario_of({})._places
    said = {} if layers is None or not isinstance(layers.data, dict) else layers.data
    return {key: json.loads(json.dumps(said[key])) for key in ("priors", "evidence") if said.get(key)}


def command_line(session: Session, *, draws: int, seed: int | None) -> str:
    """Return the line whose figures are those of the page."""
    words = ["txsim", "run", str(session.path)]
    for override in session.overrides(session.state):
        words += ["--set", override]
    if draws != DEFAULT_DRAWS:
        words += ["--draws", str(draws)]
    if seed is not None:
        words += ["--seed", str(seed)]
    if session.root is not None:
        words += ["--root", str(session.root)]
    return shlex.join(words)
