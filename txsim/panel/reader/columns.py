# SPDX-License-Identifier: MIT
"""Which column of a table is what: by the name that a person gives it, or by the names that people use."""

from __future__ import annotations

import re

from txsim.errors import InputError, Problem, did_you_mean
from txsim.panel.reader.link_spec import OUTCOMES, LinkSpec
from txsim.panel.reader.shapes import column_key
from txsim.panel.reader.tables import Table

__all__ = ["find_columns"]

_ALIASES = {
    "unit": (
        "unit",
        "site",
        "branch",
        "team",
        "store",
        "agency",
        "department",
        "id",
        "location",
        "facility",
        "organisation",
        "organization",
        "org",
        "trust",
        "school",
        "hospital",
        "practice",
        "provider",
        "store_id",
        "unit_id",
        "site_id",
        "unit_name",
        "unit_code",
    ),
    "period": ("period", "month", "date", "quarter", "year", "wave", "time"),
    "ex": ("ex", "enps", "employee_experience"),
    "cx": ("cx", "nps", "customer_experience"),
    "n_ex": ("n_ex", "ex_n", "respondents_ex"),
    "n_cx": ("n_cx", "cx_n", "respondents_cx"),
}


def find_columns(table: Table, spec: LinkSpec, notes: list[str]) -> dict[str, int]:
    """Return the column of each role; what was taken for a role by another name is noted.

    Raises
    ------
    InputError
        If a column that is needed or named is not there, or one stands twice.
    """
    names = list(table.columns)
    low = [name.lower().strip() for name in names]
    keys = [column_key(name) for name in names]
    low = [key if keys.count(key) == 1 else name for name, key in zip(low, keys, strict=True)]
    doubled = sorted({name for name in low if name and low.count(name) > 1})
    if doubled:
        raise InputError(Problem(f"column `{doubled[0]}` stands twice in the header", file=table.name, line=1))
    found: dict[str, int] = {}
    problems = []
    for role, name in spec.columns.items():
        exact = [i for i, other in enumerate(names) if other.lower().strip() == name.lower().strip()]
        if exact:
            found[role] = exact[0]
        else:
            hint = f"columns are: {', '.join(names[:20])}"
            problems.append(
                Problem(
                    f"there is no column `{name}` for `{role}`{did_you_mean(name, names)}",
                    file=table.name,
                    line=1,
                    hint=hint,
                )
            )
    for role in ("unit", "period", "ex", "cx", "n_ex", "n_cx", "group", "kind", "cluster", "pilot", *OUTCOMES):
        for alias in _ALIASES.get(role, (role,)):
            if role not in found and alias in low and low.index(alias) not in found.values():
                found[role] = low.index(alias)
                if alias != role:
                    notes.append(f"column `{names[low.index(alias)]}` is taken for `{role}`")
    for series in ("ex", "cx"):
        for part in ("promoters", "passives", "detractors"):
            name = f"{series}_{part}"
            if name not in found and name in low:
                found[name] = low.index(name)
        answers = [(k, name) for k, name in enumerate(low) if re.fullmatch(rf"{series}_\d{{1,2}}", name)]
        for k, name in answers if len(answers) >= 3 else ():
            found[name] = k
    for role in ("unit", "period"):
        if role not in found:
            problems.append(
                Problem(
                    f"there is no column `{role}`",
                    file=table.name,
                    line=1,
                    hint=f"columns are: {', '.join(names[:20])}; say which under `columns` in a spec",
                )
            )
    for series in ("ex", "cx"):
        if not any(name == series or re.fullmatch(rf"{series}_(promoters|\d+)", name) for name in found):
            problems.append(
                Problem(
                    f"there is no column for {series.upper()}",
                    file=table.name,
                    line=1,
                    hint=f"expected `{series}`, `{series}_promoters` and `{series}_detractors`, or answer counts "
                    f"`{series}_0` … `{series}_10`; columns are: {', '.join(names[:20])}",
                )
            )
    if problems:
        raise InputError(problems)
    return found
