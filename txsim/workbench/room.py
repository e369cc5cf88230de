# SPDX-License-Identifier: MIT
"""Several experts judge one parameter, hidden from each other until the reveal; what they agree on is the prior.

Individual judgement, reveal, discussion, consensus: the order of the Sheffield framework (O'Hagan et al., Uncertain
Judgements, Wiley 2006; Gosling, SHELF, in Elicitation, Springer 2018). Everything accepted is a record of the session's
journal, on the disk before anybody is told so. What a judgement and a pool mean is said by :mod:`txsim.elicit`, from
the same sheet that ``txsim priors elicit --from`` reads. Nothing is computed of money here, and nothing is known of
pages or sockets.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from txsim.elicit.expert_prior import Judged, as_quantity, lopsided
from txsim.elicit.sheet import SheetError, read_sheet
from txsim.errors import InputError, Problem
from txsim.language import Message, as_message, lazy
from txsim.language.message import Figure
from txsim.priors.catalogue import Parameter
from txsim.priors.distributions import Distribution, is_point
from txsim.workbench.controls import Control
from txsim.workbench.quantities import Quantity
from txsim.workbench.room_columns import columns
from txsim.workbench.session import Session, State


@dataclass(frozen=True)
class Expert:
    """Somebody who judges."""

    id: str  #: Short and unique in the room.
    #: ``name``, ``role``: As they gave them.
    name: str
    role: str
    digest: str  #: SHA-256 of the secret by which their device is known.


@dataclass(frozen=True)
class Judgement:
    """What one expert sent last in a round."""

    #: As an expert's entry of a sheet, without name and weight: ``{"quartiles": [0.1, 0.2, 0.4]}``.
    entry: Mapping[str, Any]
    why: str  #: Their reason.


@dataclass
class Round:
    """One parameter that is judged."""

    number: int  #: From 1; the same parameter may be asked again after a discussion.
    name: str  #: The parameter.
    edges: tuple[float, ...]  #: Bounds of the columns for chips, in the unit of the file.
    #: By id of the expert, in the order in which they first sent one.
    judgements: dict[str, Judgement] = field(default_factory=dict)
    revealed: str = ""  #: When; empty while they are hidden.
    #: What the room took as its prior: its quantity, ``how``, ``weights``, ``by`` and ``why``.
    taken: Mapping[str, Any] | None = None


#: Most experts that a room has.
_MOST = 30
#: Fits that are kept.
_KEPT = 256
#: Letters and digits of a code that nobody mixes up, read from a wall.
_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_KINDS = ("room-open", "room-join", "room-leave", "room-ask", "room-said", "room-reveal", "set")


def unfit(judged: Judged) -> Message | None:
    """Return what to tell an expert of whose words no curve makes a belief; ``None`` where one does."""
    if judged.fitting:
        return None
    return lazy(
        "Lay the chips otherwise, or say it by quarters or an interval: no curve goes through what was said, and the "
        "nearest misses it by {misfit} of probability and {missed} of the range.",
        misfit=Figure(judged.misfit, "percent"), missed=Figure(judged.missed, "percent"),
    )  # fmt: skip


class Room:
    """Experts and rounds of one session.

    ``session``: whose parameters are judged; its journal keeps the room's records, and those of before are read.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.code = ""
        self.experts: dict[str, Expert] = {}
        self._gone: set[str] = set()
        self.rounds: list[Round] = []
        self._known: dict[str, Judged] = {}
        for record in session.journal.of(_KINDS):
            self._do(record)
        if not self.code:
            self._journalled("room-open", code="".join(secrets.choice(_LETTERS) for _ in range(6)))

    @property
    def round(self) -> Round | None:
        """The round that is judged, or was last."""
        return self.rounds[-1] if self.rounds else None

    def is_code(self, text: str) -> bool:
        """Whether somebody read the code from the wall, in a time that tells nothing."""
        read = "".join(text.upper().split()).encode()
        return hmac.compare_digest(read, self.code.encode())

    def expert_of(self, secret: str) -> Expert | None:
        """Return whose device shows a secret."""
        digest = hashlib.sha256(secret.encode()).hexdigest()
        return next((each for each in self.present if hmac.compare_digest(each.digest, digest)), None)

    @property
    def present(self) -> list[Expert]:
        """Who judges: those who joined and were not taken off."""
        return [each for each in self.experts.values() if each.id not in self._gone]

    def askable(self) -> dict[str, Control]:
        """Return what can be judged: every uncertain quantity that a file may be told."""
        known = self.session.base.settable.parameters
        return {
            control.name: control
            for control in self.session.base
            if control.name in known and not is_point(control.now)
        }  # fmt: skip

    def parameter(self, name: str) -> Parameter:
        """Return a parameter that can be judged; :class:`~txsim.errors.InputError` if there is none of that name."""
        if name not in self.askable():
            raise InputError(lazy("nothing that can be judged is called `{name}`", name=name[:80]))
        return self.session.base.settable.parameters[name]

    def join(self, name: str, role: str, secret: str) -> Expert:
        """Let somebody in.

        Raises :class:`InputError` if the name is none or is taken, or the room is full.
        """
        name, role = _line(name, 60), _line(role, 60, optional=True)
        if role.casefold() == name.casefold():
            role = ""
        if any(each.name.casefold() == name.casefold() for each in self.present):
            raise InputError(lazy("somebody here is called {name} already: add a letter", name=name))
        if len(self.present) >= _MOST:
            raise InputError(lazy("the room is full: it has {most} experts", most=_MOST))
        digest = hashlib.sha256(secret.encode()).hexdigest()
        id = f"e{len(self.experts) + 1}"
        self._journalled("room-join", expert=id, name=name, role=role, digest=digest)
        return self.experts[id]

    def leave(self, expert: str) -> None:
        """Take somebody off who joined twice or has left; what they judged before the reveal no longer counts.

        Raises :class:`InputError` if nobody here has that id.
        """
        if expert not in {each.id for each in self.present}:
            raise InputError(lazy("nobody here is called `{name}`", name=expert[:80]))
        self._journalled("room-leave", expert=expert)

    def ask(self, name: str, low: float | None = None, high: float | None = None) -> Round:
        """Begin a round.

        ``low``, ``high``: ends of the columns for chips; by default those that hold what is believed now. Raises
        :class:`InputError` if it cannot be judged, or the ends are out of order or beyond what is possible.
        """
        parameter, control = self.parameter(name), self.askable()[name]
        edges = columns(parameter, control.now, low, high)
        self._journalled("room-ask", name=name, edges=list(edges))
        return self.rounds[-1]

    def check(self, number: int, entry: Mapping[str, Any], who: str = "") -> Judged:
        """Return the prior that follows from one judgement, without keeping it.

        ``entry``: as in :attr:`Judgement.entry`. Raises :class:`InputError` if that round is over, or the judgement
        says what cannot be.
        """
        now = self._open(number)
        return self._judged(now.name, [{"name": who or "expert", **entry}])

    def say(self, expert: str, number: int, entry: Mapping[str, Any], why: str) -> Judged:
        """Accept a judgement, in place of one that the expert sent before; errors as for :meth:`check`.

        What no family describes is refused by the rule of ``txsim priors elicit``: it would be another belief.
        """
        if expert not in {each.id for each in self.present}:
            raise InputError(lazy("join the room first"))
        judged = self._judged(self._open(number).name, [{"name": self.experts[expert].name, **entry}], accept=False)
        reason = _line(why, 300, optional=True)
        self._journalled("room-said", round=number, expert=expert, entry=dict(entry), reason=reason)
        return judged

    def _open(self, number: int) -> Round:
        now = self.round
        if now is None or now.number != number:
            raise InputError(lazy("another question is asked now"))
        if now.revealed:
            raise InputError(
                lazy(
                    "this was revealed meanwhile, and what you say now is not among it: tell it aloud, or have "
                    "the same asked once more"
                )
            )
        return now

    def reveal(self) -> None:
        """Show everybody what all have said; :class:`~txsim.errors.InputError` if nobody has."""
        if self.round is None or not self.round.judgements:
            raise InputError(lazy("nobody has sent a judgement yet"))
        if not self.round.revealed:
            self._journalled("room-reveal", round=self.round.number)

    def each(self, now: Round) -> dict[str, Judged]:
        """Return the prior of each expert who sent a judgement."""
        return {
            id: self._judged(now.name, [{"name": self.experts[id].name, **said.entry}])
            for id, said in now.judgements.items()
        }

    def pooled(self, now: Round, weights: Mapping[str, float] | None = None, why: str = "") -> Judged:
        """Return the prior that follows from all of them by the linear pool.

        ``weights``: by id, above 0 or 0 for somebody who does not count; equal by default. Raises :class:`InputError`
        if nobody counts.
        """
        entries = [
            {"name": self.experts[id].name, "weight": float(weight), **said.entry}
            for id, said in now.judgements.items()
            if (weight := 1.0 if weights is None else weights.get(id, 0.0)) > 0
        ]
        if not entries:
            raise InputError(lazy("one weight above 0 is needed"))
        return self._judged(now.name, entries, why)

    def _judged(self, name: str, entries: list[dict[str, Any]], why: str = "", *, accept: bool = True) -> Judged:
        # A misfit is said to whoever judges while they still move chips, and refused once they send it or a room takes
        # it; judgements that an older journal holds are still shown.
        one = {"experts": entries, "why": why, "accept_misfit": True}
        key = json.dumps([name, one])
        try:
            if key not in self._known:
                while len(self._known) >= _KEPT:
                    del self._known[next(iter(self._known))]
                self._known[key] = read_sheet({"parameters": {name: one}}, self.session.base.settable.parameters)[0]
        except SheetError as error:
            _path, message, hint = error.findings[0]
            raise InputError(Problem(as_message(message), hint=as_message(hint) if hint else None)) from None
        judged = self._known[key]
        if not accept and (fault := unfit(judged) or lopsided(judged)) is not None:
            raise InputError(fault)
        return judged

    def state_under(self, name: str, prior: Distribution) -> State:
        """Return the session's state with another prior; :class:`~txsim.errors.InputError` if it cannot stand there."""
        state = {**self.session.state, name: quantity_of(prior)}
        self.session.scenario_of(state)
        return state

    def take(
        self, how: str, *, weights: Mapping[str, float] | None = None, agreed: Mapping[str, Any] | None = None, why: str
    ) -> None:
        """Make what the room agreed on the prior of the session, as one move that can be undone.

        ``how``: ``pool`` (equal weights), ``weights`` or ``agreed``; ``weights``: by id of the expert, for ``weights``;
        ``agreed``: what all agreed on, as in :attr:`Judgement.entry`. Raises InputError if nothing was revealed yet,
        there is no reason, or it cannot be a prior here, or describes badly what all agreed on. What a pool misses is
        noted with it.
        """
        now = self.round
        if now is None or not now.revealed:
            raise InputError(lazy("reveal the judgements first"))
        why = _line(why, 400)
        people = [self.experts[id].name for id in now.judgements]
        if how == "agreed":
            judged = self._judged(now.name, [{"name": ", ".join(people), **(agreed or {})}], why, accept=False)
        elif how == "weights":
            counted = {self.experts[id].name: (weights or {}).get(id, 0.0) for id in now.judgements}
            told = ", ".join(f"{name} {weight:g}" for name, weight in counted.items())
            judged = self.pooled(now, weights or {}, str(lazy("{why}; weights: {told}", why=why, told=told)))
        else:
            judged = self.pooled(now, why=why)
        state = self.state_under(now.name, judged.prior)
        by = judged.by
        taken = {
            "round": now.number, "how": how, "weights": dict(weights or {}), "agreed": dict(agreed or {}),
            "quantity": state[now.name],
        }  # fmt: skip
        record = self.session.set(state, now.name, by=by, why=str(judged.why), room=taken)
        self._do(record)

    def holds(self, now: Round) -> bool:
        """Whether what was taken in a round is what stands in the session."""
        return now.taken is not None and self.session.state.get(now.name) == now.taken["quantity"]

    def _journalled(self, kind: str, **what: Any) -> None:
        self._do(self.session.journal.append(kind, **what))

    def _do(self, record: Mapping[str, Any]) -> None:
        kind = record["kind"]
        if kind == "room-open":
            self.code = record["code"]
        elif kind == "room-join":
            id = record["expert"]
            self.experts[id] = Expert(id, record["name"], record["role"], record["digest"])
        elif kind == "room-leave":
            self._gone.add(record["expert"])
            if self.round is not None and not self.round.revealed:
                self.round.judgements.pop(record["expert"], None)
        elif kind == "room-ask":
            self.rounds.append(Round(len(self.rounds) + 1, record["name"], tuple(record["edges"])))
        elif kind == "room-said":
            now = self.rounds[record["round"] - 1]
            now.judgements[record["expert"]] = Judgement(record["entry"], record["reason"])
        elif kind == "room-reveal":
            self.rounds[record["round"] - 1].revealed = record["at"]
        elif kind == "set" and "room" in record:
            room = record["room"]
            self.rounds[room["round"] - 1].taken = {**room, "by": record["by"], "why": record["why"]}


def _line(text: str, most: int, *, optional: bool = False) -> str:
    line = " ".join(text.split())
    if (not line and not optional) or not all(c.isprintable() for c in line) or len(line) > most:
        raise InputError(lazy("a line of text is needed, of {most} letters at most", most=most))
    return line


def quantity_of(prior: Distribution) -> Quantity:
    """Return a prior as a file writes it and JSON holds it."""
    quantity: Quantity = json.loads(json.dumps(as_quantity(prior)))
    return quantity
