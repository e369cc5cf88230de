# SPDX-License-Identifier: MIT
"""Scenario files with changed values, keys, structure and text, through the verbs that read them."""

from __future__ import annotations

import functools
import random
import shutil
from pathlib import Path
from typing import Any

import yaml

from tests.fuzz.campaign import main
from tests.fuzz.mutations import damaged, edited, grafted, mild, places

SHIPPED = Path(__file__).resolve().parents[2] / "scenarios"

#: A scenario by itself, whose beliefs need no sampling.
SCENARIO = """\
organisation:
  name: Nord
  currency: EUR
  index:
    ex: {value: 10, scale: enps}
    cx: {value: 30, scale: nps}
  staff:
    front: {headcount: 80, meets_customers: true, turnover_per_year: 22 %, salary_per_year: 38000}
  customers: 2500
  churn_per_month: 1.5 %
  arpu_per_month: 400
  contribution_margin: 30 %
horizon_months: 24
priors: {pack: no_claims}
drivers:
  - name: desk
    pushes:
      - {node: ex, group: front, effect: {median: 9, factor: 1.8}, scale: enps, months: 6}
    one_off: 9000
    monthly: 300
pilot: {months: 6, scope: 25 %, one_off: 2500, respondents: 55}
"""

#: Verbs that need no evidence, with what keeps them quick.
VERBS = (
    *(["check"] for _ in range(9)),
    *(["run", "--prior-only", "--draws", "128", "--json", "--quiet"] for _ in range(4)),
    ["explain", "--prior-only", "--draws", "128", "--json", "--quiet"],
    ["pilot", "--prior-only", "--draws", "128", "--json", "--quiet"],
    ["compare", "--prior-only", "--draws", "128", "--json", "--quiet"],
    ["compare", "--prior-only", "--draws", "128", "--quiet", "--budget", "50000"],
    ["sensitivity", "--prior-only", "--draws", "128", "--json", "--quiet"],
    ["graph"],
    ["graph", "--format", "mermaid"],
    ["run", "--prior-only", "--draws", "128", "--quiet"],
    ["check", "--lang", "ru"],
    ["run", "--prior-only", "--draws", "128", "--quiet", "--lang", "ru"],
)


@functools.cache
def corpus() -> tuple[list[dict[str, Any]], list[tuple[str, Any]]]:
    """Return shipped scenarios as plain data, and every named part of them that may be put elsewhere."""
    scenarios, donors = [], []
    for file in sorted(SHIPPED.rglob("*.yaml")):
        data = yaml.safe_load(file.read_text("utf-8"))
        for path in places(data):
            value: Any = data
            for key in path:
                value = value[key]
            if isinstance(path[-1], str):
                donors.append((path[-1], value))
        if file.parent == SHIPPED:
            scenarios.append(data)
    return scenarios, donors


def written(data: Any) -> bytes:
    """Return plain data as YAML, numbers and characters as they are."""
    return yaml.safe_dump(data, allow_unicode=True, sort_keys=False).encode("utf-8", "surrogatepass")


def prepare(base: Path) -> None:
    """Nothing is shared but the firm, which each case has beside it."""
    shutil.copytree(SHIPPED / "organisations", base / "organisations")


def case(rng: random.Random, base: Path, folder: Path) -> list[str]:
    """Write a scenario, or the firm that it extends, and call a verb on it."""
    scenarios, donors = corpus()
    (folder / "organisations").mkdir()
    firm = (base / "organisations" / "nordlicht.yaml").read_bytes()
    data = rng.choice(scenarios)
    in_firm = rng.random() < 0.2
    changed = yaml.safe_load(firm) if in_firm else data
    likely = rng.random() < 0.6
    if likely:
        changed = mild(rng, changed, donors)
    else:
        for _ in range(rng.choice([1, 1, 1, 2, 3])):
            changed = grafted(rng, changed, donors) if rng.random() < 0.3 else edited(rng, changed)
    content = written(changed)
    if rng.random() < (0.03 if likely else 0.25):
        content = damaged(rng, content)
    (folder / "organisations" / "nordlicht.yaml").write_bytes(content if in_firm else firm)
    file = folder / "scenario.yaml"
    file.write_bytes(written(data) if in_firm else content)
    verb, *options = rng.choice(VERBS)
    return [verb, str(file), *options]


if __name__ == "__main__":
    main("scenarios", prepare, case)
