# SPDX-License-Identifier: MIT
"""Make docs/scenario.md, every key of a scenario file, from the JSON Schema and the starter.

Run it after changing a model: ``.venv/bin/python tools/scenario_page.py``. ``--check`` changes nothing and ends with 1
if the page is out of date.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "scenario.md"
HEAD = """# Every key of a scenario file

Made from the schema by `tools/scenario_page.py`; `txsim schema` prints the schema itself, by which editors complete and
check a file that begins with `# yaml-language-server: $schema=txsim.schema.json` (`txsim init` writes both).

Nothing is required here that is not named in a message of `txsim check`. `NAME` stands for a name of your own, `[]` for
each entry of a list. A *quantity* is a number (known: it does not count as uncertain), `{median: 6, factor: 1.8}`,
`{interval: [2, 8]}` (90 %), `{quantiles: {0.05: 1, 0.5: 3, 0.95: 7}}` or
`{distribution: triangular, low: 1, mode: 3, high: 7}`.

Files are text in UTF-8, at most 1,000,000 bytes, with or without its mark. Cyrillic letters in cp1251, koi8_r or
cp866, as older Windows and DOS write them, are read, too, with a warning that names the encoding; UTF-16, Latin-1 and
all else are refused with the first byte that is no UTF-8. So are tabs as indentation, invisible characters, and files
of another kind (an archive, a pointer of Git LFS, a file in which a merge of Git left two versions), each by its
name.
"""
#: Head of each table.
TABLE = ("| key | value | default | meaning | example |", "|---|---|---|---|---|")
#: What kinds of fields are called on the page; those that are no quantity hold one plain value.
KINDS = {
    "quantity": "quantity",
    "prior": "quantity, in the parameter's unit",
    "level": "quantity, on the stated scale",
    "share": "quantity, 0 … 1 or percent",
    "turnover": "quantity, 0 … 2 or percent",
    "cover": "quantity, salaries, 0 … 2",
    "growth": "quantity, a year, fraction or percent",
    "money": "quantity, money ≥ 0",
    "amount": "quantity, number ≥ 0",
    "months": "quantity, months ≥ 0",
    "life": "whole months, ≥ 1",
    "plain_share": "plain share, 0 … 1 or percent",
    "rate": "plain rate a year, fraction or percent",
    "plain_money": "plain money ≥ 0",
    "plain_number": "plain number",
    "whole_months": "whole months, 0 … 240",
    "count": "whole number, 0 … 1000",
    "factor": "`off` or a factor, 0 … 10",
    "flag": "true or false",
    "name": "name: small letters, digits, _",
    "text": "text",
    "scale": "scale",
    "ids": "list of claim ids",
    "claim": "claim id",
    "use": "`all`, `none` or a list of claim ids",
    "history": "list of earlier beliefs",
    "lag": "lag: a name, or a quantity in months",
}


def rows(schema: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield each key: section, path, and its part of the schema with references to models followed."""

    def models(node: dict[str, Any]) -> dict[str, Any] | None:
        """Return the model behind a field, if it is one."""
        for part in (node, *node.get("anyOf", ())):
            name = part.get("$ref", "").rpartition("/")[2]
            target = schema["$defs"].get(name, part)
            for inner in (target, *target.get("anyOf", ())):
                if name not in KINDS and isinstance(inner.get("properties"), dict):
                    return dict(inner)
        return None

    def walk(path: str, node: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
        yield path, node
        items, extra = node.get("items"), node.get("additionalProperties")
        below = f"{path}[]" if isinstance(items, dict) else f"{path}.NAME" if isinstance(extra, dict) else path
        inner = models(items if isinstance(items, dict) else extra if isinstance(extra, dict) else node)
        if path != "priors":
            for key, value in ((inner or {}).get("properties") or {}).items():
                if isinstance(value, dict):
                    yield from walk(f"{below}.{key}", value)
            return
        for key, value in node["properties"].items():
            yield f"priors.{key}", value
        belief = node["additionalProperties"]
        yield "priors.NAME", {"$ref": "#/$defs/prior", "description": belief["description"]}
        for key, value in belief["anyOf"][1]["properties"].items():
            if isinstance(value, dict) and value.get("description"):
                yield f"priors.NAME.{key}", value

    for key, value in schema["properties"].items():
        for path, node in walk(key, value):
            yield key, path, node


def kind_of(node: dict[str, Any]) -> str:
    """Return what may stand at a key, in a few words."""
    for part in (node, *node.get("anyOf", ())):
        name = part.get("$ref", "").rpartition("/")[2]
        if name in KINDS:
            return KINDS[name]
        if "enum" in part:
            return "one of " + ", ".join(f"`{word}`" for word in part["enum"])
        if part.get("type") == "array":
            inner = kind_of(part.get("items", {}))
            return "list" if inner == "keys" else f"list: {inner}"
        if isinstance(part.get("additionalProperties"), dict):
            inner = kind_of(part["additionalProperties"])
            return "keys by name" if inner == "keys" else f"by name: {inner}"
        if part.get("type") in ("string", "integer"):
            return {"string": "text", "integer": "whole number"}[part["type"]]
    return "keys"


def examples(data: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield what stands at each key of a scenario, by the paths of the page; names become NAME where they are free."""
    if path:
        yield path, data
    if isinstance(data, list):
        for item in data:
            yield from examples(item, f"{path}[]")
    elif isinstance(data, dict):
        free = path in FREE
        for key, value in data.items():
            yield from examples(value, f"{path}.{'NAME' if free and key not in ('pack', 'doubt') else key}".lstrip("."))


#: Mappings whose keys are names of the author's own.
FREE = ("organisation.index", "organisation.staff", "organisation.segments", "priors", "evidence.add")


def _shown(value: Any) -> str:
    text = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, allow_unicode=True, width=1000)
    return text.removesuffix("...\n").strip()


#: Examples of keys that neither the starter nor a shipped scenario has.
RARE = """
organisation:
  season: [1, 0.9, 1, 1, 1, 1.1, 1.1, 1, 1, 1, 1, 1.2]
  segments: {tail: {digital_interactions: 2}}
graph:
  nodes: [{name: time_to_resolve, per_group: false, meaning: hours until a case is closed}]
  edges:
    - source: time_to_resolve
      target: cx
      slope: {median: 0.1, factor: 3}
      lag: lag_people
      silo: true
      why: customers wait
      evidence: [sears-1998]
drivers: [{one_off_kind: capex, one_off_life: 48}]
pilot:
  decision_months: 2
  one_off_kind: capex
  one_off_life: 24
  waves: 3
  control_units: 6
  costs: [{from: 1, months: 6}]
  measures: [{node: 'ex[service]', by_unit: true}]
finance: {write_off: true}
decision: {material: 10 %}
priors:
  ex_cx: {already_uses: [sears-1998], by: workshop, why: they know their shop, date: "2026-11-24", history: []}
evidence: {drop: [lse-2005], within_cluster_correlation: 0.5}
data: {file: link.csv, spec: link.yaml}
pilots:
  file: desk.pilots.jsonl
  entries:
    - {node: ex, points: 2.1, error: 0.8, degrees: 10, randomised: true, start: 0, months: 6, drivers: [d], data: 9f2c}
"""


def example_table() -> dict[str, str]:
    """Return an example by path: from the starter with all switched on, then from the shipped scenarios."""
    from txsim.scenario.starters import starter, switched_on

    found: dict[str, str] = {}
    texts = [switched_on(starter())]
    texts += [file.read_text("utf-8") for file in sorted((ROOT / "scenarios").rglob("*.yaml"))] + [RARE]
    for text in texts:
        for path, value in examples(yaml.safe_load(text)):
            shown = _shown(value)
            if path not in found and len(shown) <= 60:
                found[path] = shown
    return found


def _example(path: str, node: dict[str, Any], schema: dict[str, Any], known: dict[str, str]) -> str:
    if path in known:
        return known[path]
    for part in (node, *node.get("anyOf", ())):
        told = schema["$defs"].get(part.get("$ref", "").rpartition("/")[2], {})
        for holder in (part, told):
            if holder.get("examples"):
                return _shown(holder["examples"][0])
        if "enum" in part:
            return str(part["enum"][-1])
    return ""


def _cell(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace("|", "\\|")


def page() -> str:
    """Return the page as it is now."""
    from txsim.scenario.schema import json_schema

    schema = json_schema()
    known = example_table()
    told: dict[str, list[str]] = {}
    for section, path, node in rows(schema):
        default = f"`{json.dumps(node['default'])}`" if "default" in node else ""
        example = _example(path, node, schema, known)
        cells = (f"`{path}`", kind_of(node), default, node.get("description", ""), f"`{example}`" if example else "")
        told.setdefault(section, []).append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
    # Keys without keys of their own stand together, before the others.
    tables = {"The question, and how it is computed": [row for part in told.values() if len(part) == 1 for row in part]}
    tables |= {f"`{section}`": part for section, part in told.items() if len(part) > 1}
    lines = [HEAD]
    for title, part in tables.items():
        lines += [
            f"## {title}",
            "",
            *TABLE,
            *part,
            "",
        ]
    return "\n".join(lines)


def main() -> int:
    """Write the page, or with ``--check`` compare it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    now = page()
    if parser.parse_args().check:
        return int(PAGE.read_text("utf-8") != now)
    PAGE.write_text(now, "utf-8")
    return 0


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    sys.exit(main())
