# SPDX-License-Identifier: MIT
"""What the wall and the phones of a room show, as messages; an expert's own alone until the reveal."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from txsim.decide.choice import resolution
from txsim.elicit.expert_prior import Judged
from txsim.errors import InputError
from txsim.language import _, capital
from txsim.language.numbers import amount, of_hundred, unit_of
from txsim.priors.sentences import prediction
from txsim.simulate.points import BATCHES
from txsim.simulate.statistics import mcse
from txsim.types import Array
from txsim.workbench.bench import Answer, Verdict
from txsim.workbench.controls import Control
from txsim.workbench.desk_state import value_said
from txsim.workbench.protocol import refusal
from txsim.workbench.room import Room, Round, unfit
from txsim.workbench.room_worth import Settling, pays_from
from txsim.workbench.words import verdict_said

#: Points of a density that is drawn.
_POINTS = 121
#: Standard errors within which an expert's payoff is neither gain nor loss.
_ERRORS = 2.0


def _asked(room: Room, now: Round) -> dict[str, Any]:
    control, currency = _control(room, now), _currency(room)
    question = str(control.question)
    return {
        "number": now.number,
        "of": len(room.rounds),
        "name": now.name,
        "question": capital(question),
        "unit": str(control.unit),
        "percent": str(control.unit) == "%",
        "edges": list(now.edges),
        "columns": _columns_said(room, now, control, currency),
    }


def _control(room: Room, now: Round) -> Control:
    return room.session.control(now.name)


def _currency(room: Room) -> str:
    return room.session.scenario_of({}).organisation.currency


def _columns_said(room: Room, now: Round, control: Control, currency: str) -> list[str]:
    """Return the heads of the columns; the outermost are open, but for a limit of what is possible."""
    edges = [value_said(control, edge, currency) for edge in now.edges]
    parameter = room.parameter(now.name)
    middle = [f"{low}–{high}" for low, high in itertools.pairwise(edges[1:-1])]
    closed = parameter.least is not None and now.edges[0] <= parameter.least
    first = f"{edges[0]}–{edges[1]}" if closed else _("falls") if now.edges[1] == 0 else f"<{edges[1]}"
    full = parameter.high is not None and now.edges[-1] >= parameter.high
    return [first, *middle, f"{edges[-2]}–{edges[-1]}" if full else f"{edges[-2]}+"]


def _said_of(judged: Judged, control: Control, currency: str) -> dict[str, Any]:
    low, middle, high = (float(v) for v in np.asarray(judged.pooled.quantile(np.array([0.25, 0.5, 0.75]))))
    words = [value_said(control, value, currency) for value in (low, middle, high)]
    return {
        "low": low, "middle": middle, "high": high,
        "text": _("{middle} ({low} … {high})").format(middle=words[1], low=words[0], high=words[2]),
    }  # fmt: skip


def check_said(room: Room, now: Round, judged: Judged) -> dict[str, Any]:
    """Return one judgement in words, as an echo before it is sent."""
    control, parameter, currency = _control(room, now), room.parameter(now.name), _currency(room)
    low, middle, high = (value_said(control, float(v), currency)
                         for v in np.asarray(judged.pooled.quantile(np.array([0.25, 0.5, 0.75]))))  # fmt: skip
    said = _("You say: as likely above {middle} as below. Half of your belief lies from {low} to {high}.")
    text = said.format(middle=middle, low=low, high=high)
    meaning = str(prediction(parameter.unit, parameter.meaning, judged.prior))
    note = str(unfit(judged) or "")
    return {"text": text, "meaning": f"{capital(meaning)}.", "note": note}


def _people(room: Room, now: Round | None) -> list[dict[str, Any]]:
    return [
        {"id": each.id, "name": each.name, "role": each.role, "sent": now is not None and each.id in now.judgements}
        for each in room.present
    ]


def phone_said(room: Room, mine: Collection[str]) -> dict[str, Any]:
    """Return what a device shows.

    ``mine``: ids of the experts who judge on it. What was sent comes back to a device of one expert only: where several
    sit before one screen each would see the others'.
    """
    now = room.round
    people = _people(room, now)
    said: dict[str, Any] = {
        "kind": "phone",
        "mine": [each for each in people if each["id"] in mine],
        "sent": sum(each["sent"] for each in people),
        "people": len(people),
        "asked": None,
        "revealed": False,
        "own": None,
        "rows": [],
    }
    if now is None:
        return said
    said |= {"asked": _asked(room, now), "revealed": bool(now.revealed)}
    if len(mine) == 1:
        own = now.judgements.get(next(iter(mine)))
        if own is not None:
            said["own"] = {"entry": dict(own.entry), "why": own.why}
    if now.revealed:
        said["rows"] = [{k: row[k] for k in ("id", "name", "role", "why", "text")} for row in _rows(room, now)]
        said["taken"] = _taken(room, now)
    return said


def _rows(room: Room, now: Round) -> list[dict[str, Any]]:
    """Return what each said, by the median, the highest first."""
    control, currency = _control(room, now), _currency(room)
    rows = []
    for id, judged in room.each(now).items():
        expert = room.experts[id]
        rows.append(
            {"id": id, "name": expert.name, "role": expert.role, "why": now.judgements[id].why, "judged": judged,
             "note": str(unfit(judged) or ""),
             **_said_of(judged, control, currency)}
        )  # fmt: skip
    return sorted(rows, key=lambda row: -row["middle"])


def _taken(room: Room, now: Round) -> dict[str, Any] | None:
    if now.taken is None:
        return None
    return {
        "by": now.taken["by"],
        "why": now.taken["why"].rstrip(" ."),
        "how": now.taken["how"],
        "holds": room.holds(now),
    }


def wall_said(room: Room, address: str, weights: Mapping[str, float]) -> dict[str, Any]:
    """Return what the wall shows; before the reveal who has sent, and nothing of what.

    ``address``: where phones join. ``weights``: of the pool that is shown; none for equal ones.
    """
    now = room.round
    said: dict[str, Any] = {
        "kind": "wall",
        "code": f"{room.code[:3]} {room.code[3:]}",
        "address": address,
        "people": _people(room, now),
        "asked": None,
        "revealed": "",
        "can_undo": room.session.can_undo,
    }
    if now is None:
        return said
    said["asked"] = _asked(room, now)
    if not now.revealed:
        return said
    control, currency = _control(room, now), _currency(room)
    rows = _rows(room, now)
    try:
        pooled = room.pooled(now, weights or None)
    except InputError as error:
        pooled, said["fault"] = room.pooled(now), refusal(error)
    every = [*(row["judged"].pooled for row in rows), pooled.pooled]
    low, high = _ends(every, room.parameter(now.name).high)
    grid = np.linspace(low, high, _POINTS)
    heights = _heights(every, grid)
    for row, curve in zip(rows, heights, strict=False):
        row["curve"] = curve
        row["weight"] = weights.get(row["id"], 0.0) if weights else 1.0
        del row["judged"]
    revealed = datetime.datetime.fromisoformat(now.revealed).astimezone().strftime("%H:%M")
    name = _("Pool, weighted") if weights else _("Pool, equal weights")
    return said | {
        "revealed": revealed,
        "rows": rows,
        "pool": {"name": name, "curve": heights[-1], **_said_of(pooled, control, currency)},
        "axis": {"low": low, "high": high},
        "taken": _taken(room, now),
    }


def _ends(every: list[Any], most: float | None) -> tuple[float, float]:
    """Return the ends of the axis: all that is believed but for long tails."""
    low = min(float(np.asarray(each.quantile(0.01))) for each in every)
    high = max(float(np.asarray(each.quantile(0.97))) for each in every)
    far = 2.0 * max(float(np.asarray(each.quantile(0.9))) for each in every)
    high = min(high, far) if high > 0 else high
    if 0 < low < 0.25 * high:
        low = 0.0
    return low, high if most is None else min(high, most)


def _heights(every: list[Any], grid: np.ndarray[Any, Any]) -> list[list[float]]:
    """Return densities on one scale, the highest 1; a density that has no top is cut."""
    with np.errstate(all="ignore"):
        curves = [np.asarray(each.pdf(grid), dtype=float) for each in every]
    curves = [np.where(np.isfinite(curve), curve, 0.0) for curve in curves]
    tops = [float(np.quantile(curve, 0.99)) for curve in curves]
    top = max(min(max(tops), 6 * float(np.median(tops))), 1e-300)
    return [[round(float(v), 4) for v in np.minimum(curve / top, 1.0)] for curve in curves]


def priced_said(
    room: Room,
    now: Round,
    settled: Settling | None,
    worths: Mapping[str, Array],
    pool: tuple[Answer, Verdict] | None,
    *,
    busy: bool,
) -> dict[str, Any]:
    """Return what the judgements are worth.

    ``settled``: what settling is worth; ``None`` as long as not every expert is priced. ``worths``: payoffs ``(draw,)``
    of committing now under each expert.
    """
    currency, control = _currency(room), _control(room, now)
    said: dict[str, Any] = {"kind": "priced", "round": now.number, "busy": busy, "values": {}, "title": ""}
    if settled is None:
        return said
    largest = max(abs(mean) for mean in settled.means.values())
    unit = unit_of(max(largest, abs(settled.worth.value)), currency)
    signs = {id: _sign(worth) for id, worth in worths.items()}
    said["unit"] = unit.name
    said["values"] = {
        id: {"text": unit.show(mean, plus=True, grain=resolution(worths[id], BATCHES)), "sign": signs[id]}
        for id, mean in settled.means.items()
    }
    losers = sum(sign < 0 for sign in signs.values())
    worth = amount(settled.worth.value, currency) if settled.matters else ""
    said["title"] = _title(losers, len(signs), worth)
    names = {id: room.experts[id].name for id in settled.means}
    said["settle"] = {
        "figure": unit.show(settled.worth.value) if settled.matters else "0",
        "unit": unit.name,
        "text": _settle_text(settled, names, largest_error=unit.show(settled.worth.mcse)),
    }
    if pool is not None:
        answer, verdict = pool
        figures = answer.figures["commit"]
        paid = answer.payoff.worth("commit")
        grain = resolution(paid, BATCHES)
        shown = unit.show(float(paid.mean()), plus=True, grain=grain)
        words = verdict_said(verdict, None, currency, whole=False)
        said["pool"] = {"text": shown, "sign": _sign(paid)}
        said["verdict"] = {
            "heading": _("With the pool: {state}").format(state=words["heading"][:1].lower() + words["heading"][1:]),
            "text": _("Commit now {value}; it loses money in {n} of 100 futures.").format(
                value=f"{shown} {unit.name}", n=of_hundred(figures.p_loss.value)),
        }  # fmt: skip
        pays = pays_from(answer, now.name)
        if pays is not None:
            value = value_said(control, pays[0], currency)
            words_ = _("pays from {value}") if pays[1] else _("pays up to {value}")
            said["pays"] = {"value": pays[0], "above": pays[1], "text": words_.format(value=value)}
    return said


def _sign(worth: Array) -> int:
    """Return whether a mean is above or below 0; 0 where the noise cannot tell."""
    mean = float(worth.mean())
    return 0 if abs(mean) <= _ERRORS * mcse(worth, np.mean) else 1 if mean > 0 else -1


def _title(losers: int, n: int, worth: str) -> str:
    if worth:
        text = _("{k} of {n} see a loss. Knowing who is right is worth up to {worth}")
        return text.format(k=losers, n=n, worth=worth)
    if losers == 0:
        return _("Nobody sees a clear loss: knowing who is right would not change what to do")
    if losers == n:
        return _("Everybody sees a loss: knowing who is right would not change what to do")
    return _("{k} of {n} see a loss, yet knowing who is right is worth next to nothing").format(k=losers, n=n)


def _settle_text(settled: Settling, names: Mapping[str, str], *, largest_error: str) -> str:
    gain = [names[id] for id in settled.gainers]
    if not settled.matters:
        return _("Whoever is right, the same choice is best today, as far as these futures can tell.")
    text = _("If {names} is right, we should commit; if not, wait. Between these two, weighed as shown; ±{error}.")
    return text.format(names=_either(gain), error=largest_error)


def _either(names: list[str]) -> str:
    if len(names) < 2:
        return "".join(names)
    return _("{names} or {last}").format(names=", ".join(names[:-1]), last=names[-1])
