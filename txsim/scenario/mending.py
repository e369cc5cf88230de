# SPDX-License-Identifier: MIT
"""A faulty file with stand-ins for what is wrong, only to find what else is wrong in it.

Whether the parts of a scenario fit together can be asked of values alone. So that one wrong number does not hide an
unknown node, wrong values are replaced, and checks that would depend on a replaced one are left out. Nothing made
here is ever simulated.
"""

from __future__ import annotations

from typing import Any

from txsim.errors import nearest
from txsim.scenario.findings import field_at, keys_at, path_of
from txsim.scenario.models import Scenario
from txsim.scenario.record_fields import Faulty
from txsim.scenario.yaml_reader import Path_

_ROUNDS = 6
#: What stands in for a value that is needed, by kind of field.
_STAND_INS: dict[str, Any] = {
    "quantity": 1.0,
    "share": 0.5,
    "turnover": 0.5,
    "amount": 1.0,
    "money": 1.0,
    "months": 1.0,
    "level": 50.0,
    "whole_months": 1,
    "name": "stand_in",
    "flag": True,
}


def second_look(data: Any, findings: list[Any]) -> tuple[Scenario, frozenset[Path_]] | None:
    """Return the scenario with stand-ins and the paths of what was replaced; ``None`` if too much is wrong.

    ``findings``: of it, from :class:`~txsim.scenario.record_fields.Faulty`.
    """
    replaced: set[Path_] = set()
    for _ in range(_ROUNDS):
        for finding in findings:
            path = path_of(data, finding["loc"])
            if not path:
                return None
            if finding["type"] == "extra_forbidden":
                data = _renamed(data, path)
            else:
                replaced.add(path)
                data = _replaced(data, path)
        try:
            return Scenario.model_validate(data), frozenset(replaced)
        except Faulty as error:
            findings = error.findings
    return None


def _replaced(data: Any, path: Path_) -> Any:
    """Return the data with a stand-in at a path where a value is needed, without the value where it is not."""
    while path and isinstance(path[-1], int):
        path = path[:-1]  # one wrong entry: without it, the others would change their places
    if not path:
        return {}
    field = field_at(path)
    if field is None or not field.is_required():
        return _changed(data, path, None)
    kinds = [part.json_schema.get("kind") for part in field.metadata if getattr(part, "json_schema", None)]
    return _changed(data, path, _STAND_INS.get(kinds[0], "stand_in") if kinds else "cx")


def _renamed(data: Any, path: Path_) -> Any:
    """Return the data with an unknown key renamed to what was probably meant, or left out."""
    node = data
    for part in path:
        if isinstance(node, list) and isinstance(part, int):
            node = node[part]
        else:
            node = node.get(part) if isinstance(node, dict) else None
    data = _changed(data, path, None)
    meant = nearest(str(path[-1]), keys_at(path[:-1]))
    return data if meant is None or node is None else _changed(data, (*path[:-1], meant), node)


def _changed(data: Any, path: Path_, value: Any) -> Any:
    """Return a copy of the data with a value at a path, or without it for ``None``."""
    step = path[0]
    if isinstance(data, list) and isinstance(step, int) and step < len(data):
        return [*data[:step], _changed(data[step], path[1:], value), *data[step + 1 :]]
    if not isinstance(data, dict):
        return data
    if len(path) > 1:
        return {**data, step: _changed(data.get(step, {}), path[1:], value)}
    rest = {key: held for key, held in data.items() if key != step}
    return rest if value is None else {**rest, step: value}
