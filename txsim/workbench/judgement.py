# SPDX-License-Identifier: MIT
"""Who judges, what each said, and the rounds in which they did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


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
