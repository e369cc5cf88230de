# SPDX-License-Identifier: MIT
"""What phones and the wall of a room may say: each message is checked before anything is done with it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from txsim.workbench.protocol import Line, Message, Name, Number
from txsim.workbench.room_columns import COLUMNS

Weights = Annotated[dict[Name, Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)]], Field(max_length=30)]


class Quartiles(Message):
    """Three values that cut what is believed into four equally likely parts."""

    way: Literal["quartiles"]
    values: Annotated[list[Number], Field(min_length=3, max_length=3)]

    def entry(self, _edges: tuple[float, ...]) -> dict[str, Any]:
        """Return it as a sheet's entry."""
        return {"quartiles": list(self.values)}


class Chips(Message):
    """Chips on the columns of the round."""

    way: Literal["chips"]
    counts: Annotated[list[Annotated[int, Field(ge=0, le=100)]], Field(min_length=COLUMNS, max_length=COLUMNS)]

    def entry(self, edges: tuple[float, ...]) -> dict[str, Any]:
        """Return it as a sheet's entry."""
        return {"chips": {"bounds": list(edges), "counts": list(self.counts)}}


class Interval(Message):
    """An interval, how sure it is, and the most likely value."""

    way: Literal["interval"]
    low: Number
    high: Number
    most_likely: Number
    mass: Annotated[float, Field(gt=0, lt=1)] = 0.9

    def entry(self, _edges: tuple[float, ...]) -> dict[str, Any]:
        """Return it as a sheet's entry."""
        return {"interval": [self.low, self.high], "most_likely": self.most_likely, "mass": self.mass}


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
    low: Number | None = None
    high: Number | None = None


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
