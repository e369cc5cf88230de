# SPDX-License-Identifier: MIT
"""The JSON Schema of scenario files (draft 2020-12), made from the models, for editors that complete and check.

Nothing is required: a file that extends another may leave anything out. What the schema accepts may still be refused by
``txsim check``, which also knows how the parts fit together.
"""

from __future__ import annotations

from typing import Annotated, Any, get_args, get_origin

from txsim.priors import packs
from txsim.priors.distributions import FAMILIES, Distribution
from txsim.priors.fits import FITTED
from txsim.priors.quantity import SPLINE
from txsim.priors.typed_numbers import LARGEST
from txsim.scenario.belief_checks import MOST_DOUBTED
from txsim.scenario.beliefs import DOUBT
from txsim.scenario.models import Scenario
from txsim.scenario.record import Record, is_record, optional
from txsim.scenario.vocabulary import claims, kinds_of_study, lag_names, parameter_table
from txsim.units import SCALES, Scale

_PERCENT = r"^\s*[-+]?[0-9]+(\.[0-9]+)?\s*%\s*$"
_TIMES = r"^\s*[-+]?[0-9.]+\s*%?\s*(×/÷|x/|\*/)\s*[0-9.]+\s*$"


def json_schema() -> dict[str, Any]:
    """Return the schema as plain data.

    Returns draft 2020-12; each kind of quantity stands once under ``$defs``, descriptions carry units.
    """
    schema = _schema(Scenario)
    schema["properties"]["priors"]["additionalProperties"] = _belief(schema["$defs"].pop("Belief"))
    schema["properties"]["priors"]["propertyNames"] = {
        "anyOf": [
            {"enum": ["pack", DOUBT, *(n for n, p in parameter_table().items() if p.role != "driver")]},
            {"pattern": "^(slope|lag)_"},
        ]
    }
    doubt = schema["properties"].pop("link_doubt")
    evidence = schema["$defs"]["Evidence"]["properties"]
    evidence["credibility"]["propertyNames"] = {"anyOf": [{"$ref": "#/$defs/claim"}, {"enum": list(kinds_of_study())}]}
    evidence["add"]["additionalProperties"] = {"type": "object"}
    evidence["replace"]["additionalProperties"] = {"type": "object"}
    evidence["replace"]["propertyNames"] = {"$ref": "#/$defs/claim"}
    schema["properties"]["priors"]["properties"] = {
        "pack": {
            "anyOf": [{"enum": list(packs.names())}, {"type": "string", "pattern": r"(/|\.ya?ml$)"}],
            "description": "a prior pack that the beliefs rest on, by name or as a file; what stands here wins",
        },
        DOUBT: doubt | {"maxProperties": MOST_DOUBTED},
    }
    baseline = schema["$defs"]["Baseline"]
    object_schema = {key: baseline.pop(key) for key in ("properties", "additionalProperties")}
    baseline.pop("type")
    baseline["anyOf"] = [{"$ref": "#/$defs/level"}, {"type": "object", **object_schema}]
    schema = _tidy(schema)
    schema["$defs"] |= _kinds()
    properties = {
        "extends": {
            "type": "string",
            "description": "relative path of a file that is taken over: mappings merge, lists and values here win",
            "examples": ["organisations/nordlicht.yaml"],
        }
    }
    schema["properties"] = properties | schema["properties"]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "txsim scenario"}


def _schema(record: type[Record]) -> dict[str, Any]:
    """Return the JSON Schema of a record, with those that it holds under ``$defs``."""
    held: dict[str, dict[str, Any]] = {}
    schema = _schema_of(record, held)
    return {"$defs": dict(sorted(held.items())), **schema}


def _schema_of(record: type[Record], held: dict[str, dict[str, Any]]) -> dict[str, Any]:
    properties = {}
    for name, field in record.model_fields.items():
        schema = _of_type(field.whole, held)
        if field.default_factory is None and not field.is_required():
            schema["default"] = field.default
        if field.max_length is not None:
            schema["maxItems" if schema["type"] == "array" else "maxProperties"] = field.max_length
        if field.description:
            schema["description"] = field.description
        properties[field.alias or name] = dict(sorted((schema | field.json_schema_extra).items()))
    return {
        "additionalProperties": False,
        "description": (record.__doc__ or "").strip(),
        "properties": properties,
        "type": "object",
    }


def _of_type(annotation: Any, held: dict[str, dict[str, Any]]) -> dict[str, Any]:
    inner = optional(annotation)
    if inner is not None:
        return {"anyOf": [_of_type(inner, held), {"type": "null"}]}
    if is_record(annotation):
        if annotation.__name__ not in held:
            held[annotation.__name__] = {}
            held[annotation.__name__] = _schema_of(annotation, held)
        return {"$ref": f"#/$defs/{annotation.__name__}"}
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return dict(annotation.__metadata__[0].json_schema)
    if origin is dict:
        return {"additionalProperties": True if args[1] is Any else _of_type(args[1], held), "type": "object"}
    if origin is tuple:
        return {"items": _of_type(args[0], held), "type": "array"}
    return {"type": {str: "string", float: "number", int: "integer"}[annotation]}


def _belief(model: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a prior, a quantity that may carry notes beside its own keys."""
    notes = {key: value for key, value in model["properties"].items() if key != "prior"}
    return {
        "description": "the belief before claims; a plain number fixes the parameter",
        "anyOf": [
            {"$ref": "#/$defs/prior"},
            {
                "type": "object",
                "properties": {**{key: True for key in _all_keys()}, "value": {"type": "number"}, **notes},
                "additionalProperties": False,
            },
        ],
    }


def _tidy(node: Any) -> Any:
    """Return the schema without nulls, with references to kinds of fields."""
    if isinstance(node, list):
        return [_tidy(item) for item in node]
    if not isinstance(node, dict):
        return node
    if "kind" in node and not isinstance(node["kind"], dict):
        rest = {key: value for key, value in node.items() if key != "kind"}
        return {"$ref": f"#/$defs/{node['kind']}", **_tidy(rest)}
    schema: dict[str, Any] = {}
    for key, value in node.items():
        if key == "properties":
            schema[key] = {name: _tidy(inner) for name, inner in value.items()}
        elif key == "default":
            default = _default(value)
            if default is not None:
                schema[key] = default
        else:
            schema[key] = _tidy(value)
    return schema


def _default(value: Any) -> Any:
    if isinstance(value, Distribution):
        number = value.args[0]
        return int(number) if number == int(number) else number
    if isinstance(value, Scale):
        return value.name
    return None if value in ("", ()) else value


def _all_keys() -> list[str]:
    named = {name for names in FAMILIES.values() for name in names}
    return [
        "median",
        "factor",
        "interval",
        "quantiles",
        "family",
        "distribution",
        *sorted(named),
        "weights",
        "medians",
        "factors",
    ]


def _number(low: float | None, high: float | None) -> dict[str, Any]:
    return {"type": "number", "minimum": -LARGEST if low is None else low, "maximum": LARGEST if high is None else high}


def _quantity(
    unit: str, example: Any, *, low: float | None = None, high: float | None = None, share: bool = False
) -> dict[str, Any]:
    """Return the ways to write a quantity."""
    number = _number(low, high)
    free = _number(None, None)
    value: dict[str, Any] = {"anyOf": [free, {"type": "string", "pattern": _PERCENT}]} if share else free
    families = {"enum": [*FITTED, SPLINE]}
    forms: list[dict[str, Any]] = [{**number, "description": f"{unit}, known: it does not count as uncertain"}]
    if share:
        forms.append({"type": "string", "pattern": _PERCENT, "description": "a percentage, known"})
    forms += [
        {"type": "string", "pattern": _TIMES, "description": "median ×/÷ factor"},
        _form("median and factor: the 90 % interval is median/factor … median·factor", ["median", "factor"],
              {"median": value, "factor": {"type": "number", "exclusiveMinimum": 1}}),
        _form("a 90 % interval: the 5 % and the 95 % quantile", ["interval"], {
            "interval": {"type": "array", "items": value, "minItems": 2, "maxItems": 2},
            "median": value,
            "family": {"enum": [*families["enum"], "uniform"]},
        }),
        _form("quantiles: value by probability", ["quantiles"], {
            "quantiles": {"type": "object", "additionalProperties": value, "minProperties": 2},
            "family": families,
        }),
        {
            "type": "object",
            "description": "a named distribution and its numbers",
            "properties": {"distribution": {"enum": list(FAMILIES)}},
            "required": ["distribution"],
        },
    ]  # fmt: skip
    return {"anyOf": forms, "examples": [example, {"median": example, "factor": 1.8}]}


def _form(description: str, required: list[str], properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "description": description,
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def _kinds() -> dict[str, Any]:
    """Return each kind of field of :mod:`txsim.scenario.fields` once."""
    fraction = {"anyOf": [_number(0, 1), {"type": "string", "pattern": _PERCENT}]}
    name = {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,39}$"}
    ids = {"type": "array", "items": {"$ref": "#/$defs/claim"}, "uniqueItems": True}
    scored = [claim.id for claim in claims().values() if claim.role == "scored"]
    ends = {"worst": {"type": "number"}, "best": {"type": "number"}, "unit": {"type": "string"}}
    return {
        "quantity": _quantity("a number", 6),
        "prior": _quantity("a number", 0.3, share=True),
        "level": _quantity("a level on the stated scale", 55),
        "share": _quantity("a fraction 0 … 1", 0.2, low=0, high=1, share=True),
        "turnover": _quantity("a fraction 0 … 2", 0.25, low=0, high=2, share=True),
        "cover": _quantity("a number of salaries, 0 … 2", 0.7, low=0, high=2),
        "life": {"type": "integer", "minimum": 1, "maximum": 1200, "description": "whole months, at least 1"},
        "growth": _quantity("a fraction a year", 0.02, low=-0.9, high=1, share=True),
        "money": _quantity("money, at least 0, in the currency", 12000, low=0),
        "amount": _quantity("a number, at least 0", 300, low=0),
        "months": _quantity("months, at least 0", 6, low=0),
        "plain_share": {**fraction, "description": "a fraction 0 … 1, or a percentage"},
        "rate": {"anyOf": [_number(-0.5, 1), {"type": "string", "pattern": _PERCENT}]},
        "plain_money": _number(0, None),
        "plain_number": _number(None, None),
        "whole_months": {"type": "integer", "minimum": 0, "maximum": 240, "description": "whole months"},
        "count": {"type": "integer", "minimum": 0, "maximum": 1000},
        "factor": {"anyOf": [{"enum": ["off"]}, _number(0, 10)]},
        "flag": {"type": "boolean"},
        "name": name,
        "text": {"type": "string", "maxLength": 5000},
        "scale": {"anyOf": [{"enum": list(SCALES)}, _form("a process metric", ["worst", "best"], ends)]},
        "claim": {"anyOf": [{"enum": scored}, {"type": "string"}]},
        "ids": ids,
        "history": {"type": "array", "items": {"type": "object"}, "description": "earlier beliefs, the latest first"},
        "use": {"anyOf": [{"enum": ["all", "none"]}, {"$ref": "#/$defs/ids"}]},
        "lag": {"anyOf": [{"enum": list(lag_names())}, {"$ref": "#/$defs/months"}]},
    }
