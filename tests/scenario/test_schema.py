# SPDX-License-Identifier: MIT
"""The JSON Schema that editors use agrees with what the loader takes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from txsim.scenario.schema import json_schema
from txsim.scenario.starters import starter

SHIPPED = sorted((Path(__file__).resolve().parents[2] / "scenarios").rglob("*.yaml"))


@pytest.fixture(scope="module")
def validator() -> Any:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_shipped_files_are_valid_by_the_schema(validator: Any, file: Path) -> None:
    assert not list(validator.iter_errors(yaml.safe_load(file.read_text())))


def test_the_starter_is_valid_by_the_schema(validator: Any) -> None:
    text = starter()
    assert not list(validator.iter_errors(yaml.safe_load(text)))


@pytest.mark.parametrize(
    "wrong",
    [
        {"titel": "x"},
        {"horizon_months": 0.5},
        {"bridge": "custmers"},
        {"organisation": {"index": {"cx": {"value": "high"}}}},
    ],
    ids=str,
)
def test_what_the_loader_refuses_the_schema_refuses(validator: Any, wrong: dict[str, Any]) -> None:
    assert list(validator.iter_errors(wrong))


def test_every_field_says_what_it_is_and_quantities_their_unit() -> None:
    undescribed = []

    def walk(node: Any, path: str) -> None:
        if isinstance(node, dict):
            for name, inner in node.get("properties", {}).items():
                if isinstance(inner, dict) and "description" not in inner and "$ref" not in inner:
                    undescribed.append(f"{path}.{name}")
                walk(inner, f"{path}.{name}")
            for key in ("$defs", "items", "additionalProperties"):
                inner = node.get(key)
                if isinstance(inner, dict):
                    for name, deeper in inner.items() if key == "$defs" else [("", inner)]:
                        walk(deeper, f"{path}.{name}")

    walk(json_schema(), "")
    assert not undescribed
