# SPDX-License-Identifier: MIT
"""What phones and the wall of a room may say: each message is checked before anything is done with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from txsim.workbench.protocol import Line, Message, Name, Typed
from txsim.workbench.room_columns import COLUMNS

Weights = Annotated[dict[Name, Typed], Field(max_length=30)]
#: Reads what was typed in the unit of what is asked.
Read = Callable[[float | str], float]


class Quartiles(Message):
    """Three values that cut what is believed into four equally likely parts."""

    way: Literal["quartiles"]
    values: Annotated[list[Typed], Field(min_length=3, max_length=3)]

    def entry(self, _edges: tuple[float, ...], read: Read) -> dict[str, Any]:
        """Return it as a sheet's entry."""
        return {"quartiles": [read(value) for value in self.values]}


class Chips(Message):
    """Chips on the columns of the round."""

    way: Literal["chips"]
    counts: Annotated[list[Annotated[int, Field(ge=0, le=100)]], Field(min_length=COLUMNS, max_length=COLUMNS)]

    def entry(self, edges: tuple[float, ...], _read: Read) -> dict[str, Any]:
        """Return it as a sheet's entry."""
        return {"chips": {"bounds": list(edges), "counts": list(self.counts)}}


class Interval(Message):
    """An interval, how sure it is, and the most likely value."""

    way: Literal["interval"]
    low: Typed
    high: Typed
    most_likely: Typed
    mass: Annotated[float, Field(gt=0, lt=1)] = 0.9

    def entry(self, _edges: tuple[float, ...], read: Read) -> dict[str, Any]:
        """Return it as a sheet's entry."""
        ends = [read(self.low), read(self.high)]
        return {"interval": ends, "most_likely": read(self.most_likely), "mass": self.mass}


Judged = Annotated[Quartiles | Chips | Interval, Field(discriminator="way")]


class Check(Message):
    """Asks what would follow from a judgement."""

    do: Literal["check"]
    round: int
    judged: Judged


class Said(Message):
    """A judgement."""

    do: Literal["say"]
    expert: Annotated[str, Field(pattern=r"^e[0-9]{1,3}$")]
    round: int
    judged: Judged
    why: Line


class Ask(Message):
    """Begin a round, with the ends of the columns if somebody says so."""

    do: Literal["ask"]
    name: Name
    low: Typed | None = None
    high: Typed | None = None


class Leave(Message):
    """Take somebody off."""

    do: Literal["leave"]
    expert: Annotated[str, Field(pattern=r"^e[0-9]{1,3}$")]


class Plain(Message):
    """Something that needs no more words."""

    do: Literal["reveal", "undo"]


class Weigh(Message):
    """Show the pool with other weights."""

    do: Literal["weigh"]
    weights: Weights


class Take(Message):
    """Make it the prior."""

    do: Literal["take"]
    how: Literal["pool", "weights", "agreed"]
    weights: Weights = Field(default_factory=dict)
    agreed: Judged | None = None
    why: Line


_PHONE: TypeAdapter[Any] = TypeAdapter(Annotated[Check | Said, Field(discriminator="do")])
_WALL: TypeAdapter[Any] = TypeAdapter(Annotated[Ask | Leave | Plain | Weigh | Take | Check, Field(discriminator="do")])


def read_phone(text: str | bytes) -> Check | Said:
    """Return a message of a phone; :class:`pydantic.ValidationError` if it is none."""
    message: Check | Said = _PHONE.validate_json(text)
    return message


def read_wall(text: str | bytes) -> Ask | Leave | Plain | Weigh | Take | Check:
    """Return a message of the wall; :class:`pydantic.ValidationError` if it is none."""
    message: Ask | Leave | Plain | Weigh | Take | Check = _WALL.validate_json(text)
    return message
