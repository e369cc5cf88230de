# SPDX-License-Identifier: MIT
"""What stands on the page, in words: each control's value, what was changed, what can be undone."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from txsim.language import N_, _, capital
from txsim.language.numbers import number, percent, significant, unit_alone
from txsim.priors.distributions import is_point
from txsim.workbench.controls import Control
from txsim.workbench.quantities import Quantity, is_skewed, parsed, tidy
from txsim.workbench.session import Session

#: What the family of a belief makes of its middle and its ends.
_SHAPES = {
    "lognormal": N_("Log-normal: both ends are the same factor away from the middle."),
    "normal": N_("Normal: both ends are equally far from the middle."),
    "beta": N_("Beta: between 0 and 1; middle and one end say where the other end is."),
    "split_lognormal": N_("Split log-normal: skewed, through the middle and both ends exactly."),
    "split_normal": N_("Split normal: skewed, through the middle and both ends exactly."),
    "spline_logitnormal": N_("Spline between 0 and 1: skewed, through every stated value exactly."),
    "spline_lognormal": N_("Spline above 0: skewed, through every stated value exactly."),
    "spline_normal": N_("Spline: skewed, through every stated value exactly."),
}


def shape_said(control: Control) -> str:
    """Return which family a belief is of, what that makes of its middle and ends, and what a skewed one costs."""
    now = control.now
    text = _(
        "The file states this belief in another form; once moved it goes through the middle and both ends exactly."
    )
    if now.family in _SHAPES and not (now.family == "beta" and is_skewed(now)):
        text = _(_SHAPES[now.family])
    if is_skewed(now) and control.group in ("links", "beliefs"):
        slow = _(
            "{shape} Weights answer at once; for the figures of txsim run it has a model of its own, compiled "
            "meanwhile: one to three minutes, once on a machine."
        )
        text = slow.format(shape=text)
    return text


def value_said(control: Control, value: float, currency: str) -> str:
    """Return a value of a control as a row shows it."""
    if str(control.unit) == "%":
        share = 100 * value
        return percent(value, 0 if share >= 9.95 or share == round(share) else 1)
    if str(control.unit) == currency:
        if abs(value) < 1e6:
            return number(value)
        unit = unit_alone(value, "")
        return f"{unit.show(value)}\N{NO-BREAK SPACE}{unit.name}"
    if control.whole or (value == round(value) and abs(value) < 1e6):
        return significant(value, max(len(str(int(abs(value)))), 1))
    return significant(value, 2 if abs(value) < 10 else 3)


def _shape(session: Session, name: str, control: Control) -> str:
    """Return what is said of a family, and of values that the file states and the family misses."""
    said = shape_said(control)
    if name in session.state or name not in session.missed:
        return said
    missed = str(session.missed[name])
    return f"{said} {capital(missed)}."


def state_said(session: Session) -> dict[str, Any]:
    """Return everything that the page needs to draw what can be moved."""
    currency = session.scenario_of({}).organisation.currency
    now = session.controls(session.state)
    values: dict[str, Any] = {}
    for name, base in session.base.by_name.items():
        control = now.by_name.get(name)
        if control is None:  # a claim that nobody believes is not scored
            middle, ends = float(session.state.get(name, 0.0)), None  # type: ignore[arg-type]
            control = base
        else:
            middle, ends = control.middle, control.ends
        low, high = base.reach(middle)
        values[name] = {
            "low": low, "high": high, "middle": tidy(middle), "ends": ends and [tidy(end) for end in ends],
            "text": value_said(base, middle, currency),
            "changed": name in session.state, "skewed": is_skewed(control.now),
            "shape": "" if ends is None else _shape(session, name, control),
        }  # fmt: skip
    pinned = ""
    if session.pinned_at:
        pinned = datetime.datetime.fromisoformat(session.pinned_at).astimezone().strftime("%H:%M")
    return {
        "values": values,
        "changes": [
            {
                "name": name,
                "label": str(session.base.by_name[name].question),
                "was": said(session.base.by_name[name], None, currency),
                "now": said(session.base.by_name[name], quantity, currency),
            }
            for name, quantity in session.state.items()
        ],
        "undo": session.can_undo,
        "redo": session.can_redo,
        "pinned": _("baseline pinned {time}").format(time=pinned) if pinned else _("baseline: the file"),
        "slots": sorted(session.slots),
    }


def said(control: Control, quantity: Quantity | None, currency: str) -> str:
    """Return a quantity of a control in words: its middle, and in brackets its ends."""
    from dataclasses import replace

    now = control if quantity is None else replace(control, now=parsed(quantity))
    words = value_said(control, now.middle, currency)
    if is_point(now.now) or now.ends is None:
        return words
    low, high = (value_said(control, end, currency) for end in now.ends)
    return f"{words} ({low} … {high})"


def changed_elsewhere(session: Session, changed: Mapping[str, tuple[Control, Control]]) -> str:
    """Return what another hand did to the file, and what that does here."""
    currency = session.scenario_of({}).organisation.currency
    listed = "; ".join(
        f"{was.question}: {said(was, None, currency)} → {said(now, None, currency)}" for was, now in changed.values()
    )
    if not listed:
        return _("The file was changed elsewhere, in nothing that can be moved here; it counts as it is now.")
    text = _("The file was changed elsewhere and counts as it is now: {changes}.")
    if session.pinned_at:
        text = _(
            "The file was changed elsewhere and counts as it is now: {changes}. The pinned baseline stays as it was."
        )
    return text.format(changes=listed)
