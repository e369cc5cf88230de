# SPDX-License-Identifier: MIT
"""The room's two pages as HTML: the wall, and what a phone shows; both are filled in through their sockets."""

from __future__ import annotations

import json
from typing import Any

from txsim.language import _, current
from txsim.workbench.page import no_connection, templates
from txsim.workbench.room import Room


def wall_page(room: Room) -> str:
    """Return the wall's page, with everything that can be asked."""
    scenario = room.session.scenario_of({})
    asked = [
        {"name": control.name, "label": str(control.question), "unit": str(control.unit)}
        for control in room.askable().values()
    ]
    own = [each for each in asked if "." in each["name"]]
    rest = [each for each in asked if "." not in each["name"]]
    return _page("room_wall.html", _wall_words(), title=scenario.title or room.session.path.stem, asked=[*own, *rest])


def phone_page(*, known: bool) -> str:
    """Return the page of a phone, on which somebody has joined or not; it says nothing of the session."""
    return _page("room_phone.html", {**_phone_words(), "known": "yes" if known else ""})


def _page(name: str, words: dict[str, str], **more: Any) -> str:
    text = json.dumps({"language": current(), **words}, ensure_ascii=False).replace("<", "\\u003c")
    return str(templates().get_template(name).render(_=_, language=current(), words=text, **more))


def _wall_words() -> dict[str, str]:
    return {
        "gone": no_connection(),
        "numbers": _("Fill in all numbers."),
        "nobody": _("Nobody has joined yet"),
        "sent": _("sent"),
        "off": _("take off"),
        "off_who": _("Take {name} off: what they sent before the reveal no longer counts"),
        "thinking": _("is judging"),
        "count": _("{k} of {n} have sent"),
        "hidden": _("Hidden until the reveal"),
        "asking": _("Question {n}: {question}"),
        "revealed": _("revealed {time}"),
        "value": _("value, {unit}"),
        "computing": _("Working out what that is worth…"),
        "title": _("What {n} people say"),
        "weight": _("Weight of {name}"),
        "silent": _("No judgement came from {names}."),
        "line": _("Line: as likely above as below. In brackets: half of the belief."),
        "taken": _("Taken as the prior: {by}. {why}."),
        "given_back": _("Taken, then undone or moved on since."),
        "picture": _("What each says, and the pool"),
        "quote": _("“{words}”"),
    }


def _phone_words() -> dict[str, str]:
    return {
        "gone": _("The connection is gone; it comes back by itself. Nothing was sent meanwhile."),
        "kept": _("Sent and kept, and hidden from whoever sits here next. To change it say all of it again."),
        "working": _("Working out what that says…"),
        "sending": _("Sending…"),
        "broken": _("The connection broke while your judgement was being sent: send it again to be sure."),
        "code": _("That is not the code on the wall."),
        "tries": _("Too many tries; wait a little."),
        "left": _("{n} chips left"),
        "each": _("each is 1 in 20"),
        "column": _("{range}: chips"),
        "take": _("take one from {range}"),
        "all": _("Lay all 20 chips, on three columns at least."),
        "numbers": _("Fill in all numbers."),
        "count": _("Hidden until the reveal: {k} of {n} have sent"),
        "accepted": _("Sent and kept. You can change it until the reveal."),
        "waiting": _("No question yet. Look at the wall."),
        "revealed": _("Revealed: what everybody said"),
        "question": _("question {n}"),
        "you": _("you"),
        "taken": _("Taken as the prior: {by}. {why}."),
    }
