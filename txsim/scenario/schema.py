# SPDX-License-Identifier: MIT
"""The JSON Schema of scenario files, made from the models."""

from __future__ import annotations

from typing import Any

from txsim.scenario.models import Scenario

__all__ = ["json_schema"]


def json_schema() -> dict[str, Any]:
    """Return the schema (draft 2020-12). A file that extends another may leave anything out, so nothing is required."""
    schema = Scenario.model_json_schema(mode="validation")
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "txsim scenario"
    schema["properties"]["extends"] = {
        "type": "string",
        "description": "relative path of a file whose content is taken over; what is written here wins",
    }
    baseline = schema["$defs"]["Baseline"]
    schema["$defs"]["Baseline"] = {"anyOf": [baseline, baseline["properties"]["value"]]}
    schema["properties"]["edges"]["additionalProperties"] = {
        "anyOf": [{"enum": ["off"]}, {"type": "number", "minimum": 0, "maximum": 10}]
    }
    for name in ("Organisation", "StaffGroup", "Pilot", "Rivals"):
        schema["$defs"][name].pop("required", None)
    return schema
