# SPDX-License-Identifier: MIT
"""A room with the pages that look at it: what they say is done one after another, and what it is worth is priced."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from txsim.elicit.judgements import from_interval_and_mode
from txsim.errors import InputError, TxsimError, message_of
from txsim.language import as_message, lazy
from txsim.types import Array
from txsim.workbench import room_protocol
from txsim.workbench.protocol import Rate, refusal, sentence
from txsim.workbench.quantities import typed
from txsim.workbench.room import Room, Round
from txsim.workbench.room_words import check_said, phone_said, priced_said, wall_said
from txsim.workbench.room_worth import settling
from txsim.workbench.security import Guard
from txsim.workbench.server import Hub
from txsim.workbench.session import State

#: Wrong codes that one device may try at once, and a second in the long run; devices that are remembered.
_TRIES, _STEADY, _DEVICES = 8.0, 0.2, 512
#: Most that one judgement may count for.
_HEAVIEST = 1000.0
#: Payoffs that are kept.
_KEPT = 64
#: Times that a payoff is asked for again when something newer came between.
_AGAIN = 20


class Gathering:
    """A room with the pages that look at it."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.room = Room(hub.session)
        self.guard = Guard()  #: Who may talk to the phones' server.
        self.pages: set[Any] = set()
        self.weights: dict[str, float] = {}
        self.priced: dict[str, Any] | None = None
        self._rates: OrderedDict[str, Rate] = OrderedDict()
        self._worths: OrderedDict[str, Array] = OrderedDict()
        self._pricing: asyncio.Task[None] | None = None
        self._warming: asyncio.Task[None] | None = None
        hub.watchers.append(self._look_again)
        hub.listeners.append(self._hear)

    @property
    def address(self) -> str:
        """Where phones join."""
        return f"http://{self.guard.hosts[0]}/" if self.guard.hosts else ""

    def may_try(self, device: str) -> bool:
        """Count a try at the code by a device, and say whether it may."""
        rate = self._rates.setdefault(device, Rate(_STEADY, _TRIES))
        self._rates.move_to_end(device)
        while len(self._rates) > _DEVICES:
            self._rates.popitem(last=False)
        return rate.allows()

    async def join(self, name: str, role: str) -> str:
        """Let an expert in, and return the secret of their device."""
        secret = secrets.token_urlsafe(16)
        async with self.hub.one:
            await asyncio.to_thread(self.room.join, name, role, secret)
        if self._warming is None:
            self._warming = asyncio.create_task(asyncio.to_thread(_warmed))
        await self.show()
        return secret

    async def show(self) -> None:
        """Show every page what there is now."""
        wall = await asyncio.to_thread(wall_said, self.room, self.address, self.weights)
        for page in tuple(self.pages):
            page.say(wall if page.is_wall else phone_said(self.room, page.mine))

    async def take(self, said: Any, page: Any) -> None:
        """Do what a page said, a message that was checked."""
        try:
            await self._take(said, page)
        except TxsimError as error:
            kind = "checked" if isinstance(said, room_protocol.Check) else "refused"
            page.say({"kind": kind, "n": said.n, "fault": refusal(error)})

    async def _take(self, said: Any, page: Any) -> None:
        room, do = self.room, asyncio.to_thread
        if isinstance(said, room_protocol.Check):
            entry = self._entry(said.judged, said.round)
            judged = await do(room.check, said.round, entry)
            page.say(
                {"kind": "checked", "n": said.n, **await do(check_said, room, room.rounds[said.round - 1], judged)}
            )
            return
        if isinstance(said, room_protocol.Said):
            if said.expert not in page.mine:
                self.guard.refused["expert"] += 1
                raise InputError(lazy("join the room first"))
            entry = self._entry(said.judged, said.round)
            async with self.hub.one:
                await do(room.say, said.expert, said.round, entry, said.why)
            page.say({"kind": "accepted", "n": said.n})
        elif isinstance(said, room_protocol.Ask):
            read = self._reading(said.name)
            ends = [None if end is None else read(end) for end in (said.low, said.high)]
            async with self.hub.one:
                await do(room.ask, said.name, *ends)
            self.weights, self.priced = {}, None
        elif isinstance(said, room_protocol.Leave):
            async with self.hub.one:
                await do(room.leave, said.expert)
            self.weights.pop(said.expert, None)
        elif isinstance(said, room_protocol.Weigh):
            known = room.round.judgements if room.round is not None else {}
            weights = self._weights(said.weights)
            self.weights = {id: weight for id, weight in weights.items() if id in known}
            self.price()
        elif isinstance(said, room_protocol.Take):
            now = room.round
            agreed = None if said.agreed is None or now is None else self._entry(said.agreed, now.number)
            weights = self._weights(said.weights)
            async with self.hub.one:
                await do(room.take, said.how, weights=weights, agreed=agreed, why=said.why)
            self._moved()
        elif said.do == "reveal":
            async with self.hub.one:
                await do(room.reveal)
            self.price()
        elif room.round is not None and room.holds(room.round):
            async with self.hub.one:
                await do(self.hub.session.undo)
            self._moved()
        await self.show()

    def _entry(self, judged: Any, number: int) -> dict[str, Any]:
        """Return a judgement as a sheet's entry; of another round than is asked it is refused later."""
        now = self.room.round
        if now is None or now.number != number:
            raise InputError(lazy("another question is asked now"))
        entry: dict[str, Any] = judged.entry(now.edges, self._reading(now.name))
        return entry

    def _reading(self, name: str) -> room_protocol.Read:
        control = self.room.session.control(name)
        return lambda value: control.typed(value) if isinstance(value, str) else value

    def _weights(self, stated: Mapping[str, float | str]) -> dict[str, float]:
        """Return weights as numbers; :class:`~txsim.errors.InputError` if one cannot be."""
        weights = {}
        for id, said in stated.items():
            name = self.room.experts[id].name if id in self.room.experts else id
            try:
                weight = typed(said, percent=False, grouped=False) if isinstance(said, str) else said
            except InputError as error:
                text = lazy("weight of {name}: {fault}", name=name, fault=as_message(message_of(error)))
                raise InputError(text) from None
            if not 0 <= weight <= _HEAVIEST:
                raise InputError(lazy("weight of {name}: {weight:g} is none; it lies from 0 (does not count) to "
                                      "{most:g}", name=name, weight=weight, most=_HEAVIEST))  # fmt: skip
            weights[id] = weight
        return weights

    def _moved(self) -> None:
        """Show the workbench, too, what the room took or gave back."""
        if self.room.round is not None:
            self.hub.hand = self.room.round.name
        self.hub.tell(self.hub.state())
        self.hub.wish()

    def _look_again(self) -> None:
        """Price anew what a wall shows, once something else was moved on the workbench."""
        if any(page.is_wall for page in self.pages):
            self.price()
        else:
            self.priced = None  # the next wall asks for it

    def price(self) -> None:
        """Begin to compute what the judgements are worth, in place of what was begun before."""
        now = self.room.round
        if now is None or not now.revealed:
            return
        if self._pricing is not None:
            self._pricing.cancel()
        self._pricing = asyncio.create_task(self._price(now))

    async def _price(self, now: Round) -> None:
        try:
            await self._priced(now)
        except TxsimError as error:
            self._tell({"kind": "refused", "n": 0, "fault": refusal(error)})
            self._tell(priced_said(self.room, now, None, {}, None, busy=False))

    async def _priced(self, now: Round) -> None:
        room, do = self.room, asyncio.to_thread
        self._tell(priced_said(room, now, None, {}, None, busy=True))
        worths: dict[str, Array] = {}
        for id, judged in (await do(room.each, now)).items():
            worths[id] = await self._worth(await do(room.state_under, now.name, judged.prior))
        settled = settling(worths, self.weights or None)
        self._tell(await do(priced_said, room, now, settled, worths, None, busy=True))
        pooled = await do(room.pooled, now, self.weights or None)
        answer = await self._answer(await do(room.state_under, now.name, pooled.prior))
        verdict = await self.hub.runner.judged(answer)
        self._tell(await do(priced_said, room, now, settled, worths, (answer, verdict), busy=False))

    async def _worth(self, state: State) -> Array:
        key = (await asyncio.to_thread(self.hub.session.scenario_of, state)).hash
        if key not in self._worths:
            answer = await self._answer(state)
            self._worths[key] = answer.payoff.worth("commit")
            while len(self._worths) > _KEPT:
                self._worths.popitem(last=False)
        return self._worths[key]

    async def _answer(self, state: State) -> Any:
        for _try in range(_AGAIN):
            answer = await self.hub.runner.found(state)
            if answer is not None:
                return answer
            await asyncio.sleep(0.5)  # whoever moves something meanwhile goes first
        raise InputError(lazy("the workbench was busy with moves; ask for the values again"))

    def _hear(self, message: Mapping[str, Any]) -> None:
        """Tell a wall that waits for values what they wait for: a model is compiled for minutes."""
        if message["kind"] == "busy" and self.priced is not None and self.priced["busy"]:
            self._tell({**self.priced, "doing": sentence(message["text"]) if message["text"] else ""})

    def _tell(self, message: Mapping[str, Any]) -> None:
        if message["kind"] == "priced":
            self.priced = dict(message)
        for page in tuple(self.pages):
            if page.is_wall:
                page.say(dict(message))

    async def close(self) -> None:
        """End what is being computed."""
        if self._pricing is not None:
            self._pricing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._pricing
        if self._warming is not None:
            await self._warming


def _warmed() -> None:
    """Load what fits an interval, some seconds the first time, so that the first expert need not wait for it."""
    from_interval_and_mode(1.0, 11.0, 4.0)
