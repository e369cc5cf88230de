# SPDX-License-Identifier: MIT
"""The state of a session: what was changed, what can be undone, what it is compared with; kept by its journal.

Nothing is computed here, and nothing is known of pages or sockets. A state is what differs from the file, by name of a
control. Each thing that is done is first written into the journal, then done; a session that is opened again does it
all once more.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from txsim.errors import InputError, Problem
from txsim.forecast.misfits import misfits, remarks_on
from txsim.language import Message, lazy
from txsim.priors.catalogue import Parameter
from txsim.priors.written_numbers import QuantityError
from txsim.scenario import Scenario, load
from txsim.scenario.flow_style import flow
from txsim.scenario.prior_setting import usable_parameters
from txsim.scenario.yaml_reader import Path_, format_path
from txsim.workbench.controls import CREDIBILITY, Control, Controls, controls_of
from txsim.workbench.journal import Journal
from txsim.workbench.quantities import Part, Quantity, exactly, parsed, same

#: What differs from the file, by name of a control.
State = Mapping[str, Quantity]
#: Places in which a state can be kept for comparison.
SLOTS = ("a", "b")
#: Kinds of record that a session writes and reads.
_KINDS = ("open", "set", "undo", "redo", "pin", "keep", "go", "saved", "elsewhere")
_NOTHING: State = MappingProxyType({})


@dataclass
class _Past:
    """States in the order in which they came, and which of them holds."""

    states: list[State] = field(default_factory=lambda: [_NOTHING])
    at: int = 0

    @property
    def now(self) -> State:
        return self.states[self.at]

    def then(self, state: State) -> None:
        del self.states[self.at + 1 :]
        self.states.append(state)
        self.at += 1


class Session:
    """One scenario that is being tuned.

    ``root``: folder that ``extends`` may not leave; by default the file's. Raises :class:`InputError` if the scenario
    has faults.
    """

    def __init__(self, path: Path, journal: Journal, root: Path | None = None) -> None:
        self.path, self.root, self.journal = path, root, journal
        self.remarks: list[Message] = []  #: What of the journal could not be done again, for people.
        self.slots: dict[str, State] = {}
        self.pinned: State = _NOTHING
        self.pinned_at = ""
        self._past = _Past()
        self._grounds: dict[tuple[str, str], tuple[str, str]] = {}
        self._read_file()
        self._again()

    def _read_file(self) -> None:
        self.beliefs: Mapping[str, Parameter] = usable_parameters(self.path, self.root)
        #: Controls of the file as it is.
        self.base: Controls = controls_of(self.scenario_of(_NOTHING), self.beliefs)
        self.digest = hashlib.sha256(self.path.read_bytes()).hexdigest()
        fitted = {path: message for path, _label, message, _hint in misfits(self.scenario_of(_NOTHING))}
        #: What the file states beside what is computed with, by name of a control, where a family misses it.
        self.missed = {c.name: fitted[c.place] for c in self.base if c.place in fitted}

    def _again(self) -> None:
        """Do what the journal says."""
        for record in self.journal.of(_KINDS):
            self._do(record)
        opened = [record for record in self.journal.of(("open", "saved", "elsewhere")) if "file" in record]
        if opened and opened[-1]["file"] != self.digest and self.state:
            self.remarks.append(
                lazy("the file was changed since; {n} changes of the session are laid over it", n=len(self.state))
            )
        if opened and opened[-1]["file"] != self.digest and self.pinned_at:
            self.remarks.append(lazy("the file was changed since; the pinned baseline is of the file as it is now"))
        if self.state or self.pinned or self.slots:
            self._fitting()
        self.journal.append("open", file=self.digest)

    def _fitting(self) -> None:
        """Leave out what the file no longer has, and begin anew where what is left cannot stand together."""
        known = set(self.base.by_name)
        lost = sorted({name for state in self._past.states for name in state} - known)
        if lost:
            self.remarks.append(lazy("no longer in the file, left out: {names}", names=", ".join(lost)))
        self._past.states = [_only(state, known) for state in self._past.states]
        self.pinned = _only(self.pinned, known)
        self.slots = {slot: _only(state, known) for slot, state in self.slots.items()}
        try:
            for state in (self.state, self.pinned, *self.slots.values()):
                self.scenario_of(state)
        except InputError as error:
            self.remarks.append(lazy("what was changed no longer fits the file: {error}", error=str(error)))
            self._past, self.pinned, self.slots = _Past(), _NOTHING, {}

    @property
    def state(self) -> State:
        """What differs from the file now."""
        return self._past.now

    @property
    def can_undo(self) -> bool:
        """Whether there is a state before."""
        return self._past.at > 0

    @property
    def can_redo(self) -> bool:
        """Whether there is a state after."""
        return self._past.at + 1 < len(self._past.states)

    def control(self, name: str, seen: str = "") -> Control:
        """Return a control of the file.

        Raises :class:`InputError` if there is none of that name, or it is not what was seen.
        """
        if name not in self.base.by_name:
            raise InputError(lazy("nothing here is called `{name}`", name=name[:80]))
        control = self.base.by_name[name]
        if seen and seen != str(control.question):
            raise InputError(lazy("the page shows “{seen}” where the file now has “{question}”: load the page anew; "
                                  "nothing was moved", seen=seen, question=control.question))  # fmt: skip
        return control

    def controls(self, state: State) -> Controls:
        """Return what can be moved under a state."""
        return self.base if not state else controls_of(self.scenario_of(state), self.beliefs)

    def scenario_of(self, state: State) -> Scenario:
        """Return the scenario under a state; :class:`~txsim.errors.InputError` if it cannot be."""
        return load(self.path, root=self.root, overrides=self.overrides(state))

    def placed(self, state: State) -> dict[Path_, Quantity]:
        """Return what is to stand where in the file."""
        places: dict[Path_, Quantity] = {}
        for name, quantity in state.items():
            control = self.base.by_name[name]
            if name.startswith(CREDIBILITY) and not control.below:
                # Claims that hang together with those of another kind stay as they are.
                for claim in control.together:
                    if CREDIBILITY + claim not in state:
                        other = self.base.by_name[CREDIBILITY + claim]
                        places.setdefault(other.place, other.middle)
            places[control.place] = quantity
            if name.startswith(CREDIBILITY) and control.below:
                for claim in control.together:
                    places[self.base.by_name[CREDIBILITY + claim].place] = quantity
        return places

    def overrides(self, state: State) -> tuple[str, ...]:
        """Return a state as ``--set`` takes it."""
        return tuple(f"{format_path(place)}={flow(value)}" for place, value in self.placed(state).items())

    def with_move(self, name: str, part: Part, value: float | str, alone: bool | None = None, seen: str = "") -> State:
        """Return the state once a control is moved, without moving it; nothing is written.

        ``name``, ``part``, ``value``: which part of what, and where to: in the unit of the file, or as it was typed.
        ``alone``: whether what is not moved stays where it is; by default both ends of a skewed belief. ``seen``: as
        for :meth:`control`. Raises InputError if it cannot stand there, or could be read two ways.
        """
        self.control(name, seen)
        here = self.controls(self.state).by_name.get(name, self.base.by_name[name])
        try:
            to = here.typed(value) if isinstance(value, str) else value
            state = {**self.state, name: here.moved(part, to, alone)}
            parsed(state[name])
        except QuantityError as error:
            raise InputError(error.message) from None
        if name.startswith(CREDIBILITY) and here.below:
            for claim in here.together:
                state.pop(CREDIBILITY + claim, None)
        if same(state[name], self.base.by_name[name].now):
            del state[name]
        try:
            self.scenario_of(state)
        except InputError as error:
            # Nobody wrote `--set`: what stands in its line and column is not what was typed.
            raise InputError([Problem(each.message, hint=each.hint) for each in error.problems]) from None
        return state

    def doubtful(self, before: State) -> list[Message]:
        """Return what ``txsim check`` finds hardly true of the state that it did not find of another one."""
        known = {(each.path, each.message.code) for each in remarks_on(self.scenario_of(before))}
        now = remarks_on(self.scenario_of(self.state))
        return [each.message for each in now if (each.path, each.message.code) not in known]

    @property
    def mark(self) -> str:
        """What stands here and what it is compared with, in a word: figures carry that of what they belong to."""
        both = json.dumps([dict(self.state), dict(self.pinned)], sort_keys=True)
        return hashlib.sha256(both.encode()).hexdigest()[:16]

    def set(self, state: State, name: str, **grounds: Any) -> Mapping[str, Any]:
        """Accept a state, which differs from the one before in one control and those that move with it.

        ``grounds``: ``by`` and ``why`` where they are known already, as of what a group agreed on; whatever else
        belongs there.
        """
        return self._journalled("set", name=name, changes=_between(self.state, state), **grounds)

    def ground(self, name: str) -> tuple[str, str] | None:
        """Return who said so and why, where that was said with what stands at a control now."""
        return self._grounds.get((name, _key(self.state.get(name))))

    def reset(self, name: str) -> None:
        """Let one control stand as the file says."""
        self.control(name)
        rest = {other: quantity for other, quantity in self.state.items() if other != name}
        self.scenario_of(rest)
        if rest != self.state:
            self.set(rest, name)

    def reset_all(self) -> None:
        """Let everything stand as the file says."""
        if self.state:
            self.set({}, "")

    def undo(self) -> None:
        """Go back by one; nothing at the beginning."""
        if self.can_undo:
            self._journalled("undo")

    def redo(self) -> None:
        """Go forward by one; nothing at the end."""
        if self.can_redo:
            self._journalled("redo")

    def pin(self) -> None:
        """Compare with what stands here from now on."""
        self._journalled("pin")

    def keep(self, slot: str) -> None:
        """Keep what stands here in a place for comparison."""
        self._journalled("keep", slot=slot)

    def go(self, slot: str) -> None:
        """Let stand what is kept in a place; where it is empty A is the baseline, and B what stands there."""
        if slot in self.slots and self.slots[slot] != self.state:
            self._journalled("go", slot=slot)
        elif slot == SLOTS[0] and slot not in self.slots and self.pinned != self.state:
            self.set(self.pinned, "")

    def saved(self, names: Sequence[str], *, by: str, why: str) -> None:
        """Begin anew from the file, into which the state was written; what it was compared with stays."""
        before = {name: exactly(self.base.by_name[name].now) for name in self.state}
        self._journalled(
            "saved", by=by, why=why, changes=dict(self.state), before=before, names=list(names),
            file=hashlib.sha256(self.path.read_bytes()).hexdigest(),
        )  # fmt: skip
        self._read_file()
        self._fitting()

    def take_over(self) -> Mapping[str, tuple[Control, Control]]:
        """Go on from the file where another hand has written it; what is pinned or kept stays what it was.

        Returns what can be moved here and was changed there, by name, before and after; empty if the file is as it was.
        Raises :class:`InputError` if the file has faults now; nothing is taken over then.
        """
        if hashlib.sha256(self.path.read_bytes()).hexdigest() == self.digest:
            return {}
        old = self.base.by_name
        now = controls_of(self.scenario_of(_NOTHING), usable_parameters(self.path, self.root)).by_name
        changed = {name: (old[name], now[name]) for name in old if name in now and old[name].now != now[name].now}
        before = {name: exactly(was.now) for name, (was, _now) in changed.items()}
        self._read_file()
        self._journalled("elsewhere", before=before, file=self.digest)
        self._fitting()
        return changed

    def _journalled(self, kind: str, **what: Any) -> Mapping[str, Any]:
        record = self.journal.append(kind, **what)
        self._do(record)
        return record

    def _do(self, record: Mapping[str, Any]) -> None:
        kind, past = record["kind"], self._past
        if kind == "set":
            past.then(_with(past.now, record["changes"]))
            if "by" in record and "why" in record:
                name = record["name"]
                self._grounds[name, _key(past.now.get(name))] = record["by"], record["why"]
        elif kind == "undo":
            past.at = max(past.at - 1, 0)
        elif kind == "redo":
            past.at = min(past.at + 1, len(past.states) - 1)
        elif kind == "pin":
            self.pinned, self.pinned_at = self.state, record["at"]
        elif kind == "keep" and record.get("slot") in SLOTS:
            self.slots[record["slot"]] = self.state
        elif kind == "go" and record.get("slot") in self.slots:
            past.then(self.slots[record["slot"]])
        elif kind == "elsewhere":
            if self.pinned_at:
                self.pinned = {**record["before"], **self.pinned}
            self.slots = {slot: {**record["before"], **state} for slot, state in self.slots.items()}
        elif kind == "saved":
            changes, before = record["changes"], record["before"]
            self.pinned = _over(self.pinned, changes, before)
            self.slots = {slot: _over(state, changes, before) for slot, state in self.slots.items()}
            self._past = _Past()


def _key(quantity: Quantity | None) -> str:
    return json.dumps(quantity, sort_keys=True)


def _between(before: State, after: State) -> dict[str, Quantity | None]:
    """Return what makes one state another: quantities by name, ``None`` for what is to stand as the file says."""
    gone = {name: None for name in before if name not in after}
    return gone | {name: quantity for name, quantity in after.items() if before.get(name) != quantity}


def _with(state: State, changes: Mapping[str, Quantity | None]) -> State:
    """Return a state with some changes."""
    merged = {**state, **changes}
    return {name: quantity for name, quantity in merged.items() if quantity is not None}


def _only(state: State, known: set[str]) -> State:
    return {name: quantity for name, quantity in state.items() if name in known}


def _over(state: State, changes: State, before: State) -> State:
    """Return a state as it differs from a file into which changes were written."""
    differing = {**before, **state}
    return {name: quantity for name, quantity in differing.items() if changes.get(name) != quantity}
