# SPDX-License-Identifier: MIT
"""What a page may say: each message is checked before anything is done with it."""

from __future__ import annotations

import time
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from txsim.errors import InputError, message_of
from txsim.language import capital

#: Bytes of a message, messages a second in the long run, and at once.
LARGEST = 8192
_STEADY, _BURST = 60.0, 120.0

Name = Annotated[str, Field(min_length=1, max_length=120)]
Line = Annotated[str, Field(max_length=500)]
Number = Annotated[float, Field(allow_inf_nan=False)]
#: A number in the unit of the file, or what was typed in the unit of the field, which is read here alone.
Typed = Number | Annotated[str, Field(max_length=80)]
Slot = Literal["a", "b"]


class Message(BaseModel):
    """What every message has: the number that the page gave it, which the answer to it carries."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    n: int = 0


class Drag(Message):
    """Something is being moved, and the page asks what the answer would be."""

    do: Literal["drag"]
    name: Name
    part: Literal["low", "middle", "high"] = "middle"
    value: Number
    alone: bool | None = None


class Move(Message):
    """Something was moved and let go; ``seen`` is the question that stood above it."""

    do: Literal["move"]
    name: Name
    seen: Line = ""
    part: Literal["low", "middle", "high"] = "middle"
    value: Typed
    alone: bool | None = None


class Reset(Message):
    """Let one thing stand as the file says, or with no name everything."""

    do: Literal["reset"]
    name: Annotated[str, Field(max_length=120)] = ""


class Hand(Message):
    """Take something in hand."""

    do: Literal["hand"]
    name: Name


class Plain(Message):
    """Something that needs no more words."""

    do: Literal["undo", "redo", "pin", "command", "compare"]


class Keep(Message):
    """Keep what stands there in a place, or let stand what is kept there."""

    do: Literal["keep", "go"]
    slot: Slot


class Preview(Message):
    """The page asks what saving would do to the file."""

    do: Literal["preview"]
    by: Line
    why: Line


class Save(Message):
    """Write the change that was shown."""

    do: Literal["save"]
    by: Line
    why: Line
    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Pack(Message):
    """Write what is believed otherwise as a pack."""

    do: Literal["pack"]
    name: Annotated[str, Field(max_length=60)]
    title: Line
    by: Line
    why: Line


Said = Drag | Move | Reset | Hand | Plain | Keep | Preview | Save | Pack
_SAID: TypeAdapter[Said] = TypeAdapter(Annotated[Said, Field(discriminator="do")])


def read(text: str | bytes) -> Said:
    """Return a message. Raises pydantic.ValidationError if it is none."""
    return _SAID.validate_json(text)


def sentence(text: str) -> str:
    """Return what is said to people as a sentence of its own, whatever it was a part of."""
    return capital(text if text.endswith((".", "?", "!", "…")) else f"{text}.")


def refusal(error: Exception) -> str:
    """Return what an error says: figures as the language writes them, without a file's line that nobody looks at."""
    if isinstance(error, InputError) and all(each.file is None for each in error.problems):
        parts = ([str(part) for part in (each.message, each.hint) if part] for each in error.problems)
        return "\n".join(" ".join(sentence(part) for part in each) for each in parts)
    return sentence(str(message_of(error)))


class Rate:
    """How many messages may still come: a bucket that fills steadily.

    ``steady``, ``burst``: messages a second, and at once.
    """

    def __init__(self, steady: float = _STEADY, burst: float = _BURST) -> None:
        self.steady, self.burst = steady, burst
        self._left, self._at = burst, time.monotonic()

    def allows(self) -> bool:
        """Count a message, and say whether it may come."""
        now = time.monotonic()
        self._left = min(self.burst, self._left + (now - self._at) * self.steady)
        self._at = now
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True
