# SPDX-License-Identifier: MIT
"""Scenarios to start from: one commented text, with the figures of a kind of firm or of an interview in it.

Examples in the text that are switched off are lines that begin, behind their indentation, with ``#`` and a key; the
``#`` of a remark is followed by one blank.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from string import Template

from txsim.package_data import load_packaged

#: Kinds of firms; the first is the usual one.
STARTERS = ("company", "bank", "software", "distributor")
#: Figures in money, and where in a scenario each stands.
_AMOUNTS = {
    "salary": "organisation.staff.service.salary_per_year",
    "office_salary": "organisation.staff.office.salary_per_year",
    "arpu": "organisation.arpu_per_month",
    "one_off": "drivers[0].one_off",
    "monthly": "drivers[0].monthly",
    "pilot_one_off": "pilot.one_off",
    "pilot_monthly": "pilot.monthly",
}
_OFF = re.compile(r"^( *)#(?=\S|  )(.*)$")


@cache
def _figures() -> Mapping[str, Mapping[str, str]]:
    figures: Mapping[str, Mapping[str, str]] = load_packaged("txsim.scenario", "starters.yaml")
    return figures


def starter(name: str = STARTERS[0], figures: Mapping[str, str] | None = None) -> str:
    """Return the text of a scenario to start from.

    Parameters
    ----------
    name
        One of :data:`STARTERS`.
    figures
        What stands in place of that firm's figures, by the keys of ``starters.yaml``, as YAML.

    Returns
    -------
    str
        A scenario file. The baseline of a node that it pushes stands there, switched on.
    """
    text = resources.files("txsim.scenario").joinpath("starter.yaml").read_text("utf-8")
    entries = {**_figures()[name], **(figures or {})}
    own = _figures()[name]["currency"]
    if entries["currency"] != own:
        for key in _AMOUNTS:
            if key not in (figures or {}):
                plain = entries[key].partition("  #")[0].rstrip()
                entries[key] = f"{plain}   # of the starter, in {own}: write yours in {entries['currency']}"
    pushed = re.search(r"node: (\w+)", entries["push"])
    filled = Template(text).substitute(entries)
    node = pushed[1] if pushed else ""
    lines = [_on(line) if line.lstrip().startswith(f"#{node}:") else line for line in filled.splitlines()]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def other_money(figures: Mapping[str, str], name: str = STARTERS[0]) -> tuple[str, tuple[str, ...]]:
    """Return the starter's currency, and the amounts in it that stand among figures in another one; none if alike."""
    own = _figures()[name]["currency"]
    if figures.get("currency", own) == own:
        return own, ()
    return own, tuple(place for key, place in _AMOUNTS.items() if key not in figures)


def switched_on(text: str) -> str:
    """Return a text with every example in it switched on: a scenario that says all that people usually say."""
    return "\n".join(map(_on, text.splitlines())) + "\n"


def _on(line: str) -> str:
    return _OFF.sub(r"\1\2", line)
