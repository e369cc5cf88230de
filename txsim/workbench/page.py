# SPDX-License-Identifier: MIT
"""The page as HTML: what can be moved is written by the server, what it does is filled in through the socket."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Any

from txsim.language import N_, _, current
from txsim.report.theme import read_theme
from txsim.workbench.controls import CREDIBILITY, Control
from txsim.workbench.session import Session

_KINDS = {"js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8"}
#: Groups of controls in their order, their titles, what stands over the values, and whether they are open at first.
_GROUPS = {
    "evidence": (N_("How far we trust the evidence"), N_("trust"), True),
    "links": (N_("Links"), N_("middle, before evidence"), True),
    "pilot": (N_("The pilot"), "", True),
    "terms": (N_("How it is counted"), "", True),
    "beliefs": (N_("Other beliefs"), N_("middle, before evidence"), False),
    "doubt": (N_("Links that may do nothing"), N_("doubt"), False),
    "firm": (N_("The firm"), "", False),
}


def asset(name: str) -> tuple[str, bytes | None]:
    """Return the type and content of a file of the page; ``None`` for one that there is not."""
    kind = _KINDS[name.rpartition(".")[2]]
    if name == "colours.css":
        theme = read_theme()
        return kind, _COLOURS.format(light=theme.variables(), dark=theme.variables(dark=True)).encode()
    try:
        return kind, resources.files("txsim.workbench").joinpath("assets", name).read_bytes()
    except FileNotFoundError:
        return kind, None


_COLOURS = ":root{{{light}}}@media (prefers-color-scheme:dark){{:root{{{dark}}}}}"


@cache
def templates() -> Any:
    """Return the templates of pages."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("txsim.workbench", "assets"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip


def door() -> str:
    """Return what whoever has no cookie yet sees; it says nothing of the session."""
    return str(templates().get_template("door.html").render(_=_, language=current()))


def first_in_hand(session: Session) -> str:
    """Return what is in hand at first: the link from staff to customers where it is there."""
    names = session.base.by_name
    return "ex_cx" if "ex_cx" in names else next(iter(names))


def page(session: Session, hand: str) -> str:
    """Return the page of a session."""
    scenario = session.scenario_of({})
    return str(
        templates()
        .get_template("workbench.html")
        .render(
            _=_,
            language=current(),
            title=scenario.title or session.path.stem,
            question=scenario.question,
            file=session.path.name,
            groups=list(_groups(session)),
            hand=hand,
            words=json.dumps(_words(), ensure_ascii=False).replace("<", "\\u003c"),
        )
    )


def _groups(session: Session) -> Iterator[dict[str, Any]]:
    scenario = session.scenario_of({})
    order = [*_GROUPS]
    drivers = {f"driver:{driver.name}": driver.title or driver.name for driver in scenario.drivers}
    order[2:2] = drivers
    for key in order:
        rows = [_row(control) for control in session.base if control.group == key]
        if not rows:
            continue
        title, over, is_open = _GROUPS.get(key, ("", N_("middle of the range"), True))
        yield {
            "key": key.replace(":", "-"),
            "title": _(title) if title else drivers[key],
            "over": _(over) if over else "",
            "open": is_open,
            "rows": rows if key != "evidence" else _by_design(rows),
        }


def _by_design(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put claims under their designs."""
    tops = [row | {"claims": []} for row in rows if not row["below"]]
    by_name = {row["name"]: row for row in tops}
    for row in rows:
        if row["below"]:
            by_name[CREDIBILITY + row["below"]]["claims"].append(row)
    return tops


def _row(control: Control) -> dict[str, Any]:
    return {
        "name": control.name,
        "label": str(control.label),
        "question": str(control.question),
        "title": ". ".join(filter(None, (str(control.question), control.about))),
        "unit": str(control.unit),
        "below": control.below,
        "together": ", ".join(control.together) if control.below else "",
        "data": {
            "low": f"{control.low:.10g}", "high": f"{control.high:.10g}", "log": "1" if control.log else "",
            "whole": "1" if control.whole else "", "percent": "1" if str(control.unit) == "%" else "",
        },
        "claims": [],
    }  # fmt: skip


def no_connection() -> str:
    """Return what a page says while it reaches nobody."""
    return _(
        "No connection to the workbench: nothing is moved until it is back. What was done before is kept beside "
        "the file; if the workbench was ended, start it again to go on."
    )


def _words() -> dict[str, str]:
    """Return what the page's own scripts say."""
    return {
        "language": current(),
        "gone": no_connection(),
        "old": _("computing; these are figures of what stood here before"),
        "copied": _("Copied."),
        "nothing": _("Nothing was changed."),
        "unsaved": _("{n} not saved"),
        "saved": _("all saved"),
        "low": _("1 in 20 below"),
        "middle": _("middle"),
        "high": _("1 in 20 above"),
        "to_b": _("B against A"),
        "what": _("What to do"),
        "from": _("Figures are"),
        "empty": _("empty"),
        "computing": _("computing"),
    }
