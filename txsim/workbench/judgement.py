# SPDX-License-Identifier: MIT
"""Who judges, what each said, and the rounds in which they did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Expert:
    """Somebody who judges.

    Attributes
    ----------
    id
        Short and unique in the room.
    name, role
        As they gave them.
    digest
        SHA-256 of the secret by which their device is known.
    """

    id: str
    name: str
    role: str
    digest: str


@dataclass(frozen=True)
class Judgement:
    """What one expert sent last in a round.

    Attributes
    ----------
    entry
        As an expert's entry of a sheet, without name and weight: ``{"quartiles": [0.1, 0.2, 0.4]}``.
    why
        Their reason.
    """

    entry: Mapping[str, Any]
    why: str


@dataclass
class Round:
    """One parameter that is judged.

    Attributes
    ----------
    number
        From 1; the same parameter may be asked again after a discussion.
    name
        The parameter.
    edges
        Bounds of the columns for chips, in the unit of the file.
    judgements
        By id of the expert, in the order in which they first sent one.
    revealed
        When; empty while they are hidden.
    taken
        What the room took as its prior: its quantity, ``how``, ``weights``, ``by`` and ``why``.
    """

    number: int
    name: str
    edges: tuple[float, ...]
    judgements: dict[str, Judgement] = field(default_factory=dict)
    revealed: str = ""
    taken: Mapping[str, Any] | None = None
