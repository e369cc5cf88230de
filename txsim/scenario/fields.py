# SPDX-License-Identifier: MIT
"""Kinds of fields that scenario files are made of, for pydantic: quantities, shares, names, months."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, PlainSerializer, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from txsim.priors.distributions import Distribution, to_data
from txsim.priors.quantity import QuantityError, parse_quantity

__all__ = ["FROZEN", "Level", "Money", "Months", "Name", "Quantity", "Share", "Text", "WholeMonths"]

#: How all models of the file format behave: nothing unknown, nothing changed later.
FROZEN = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, defer_build=True)

_NUMBER_SCHEMA: dict[str, Any] = {"type": "number", "minimum": -1e15, "maximum": 1e15}


def _schema(share: bool, low: float | None, high: float | None) -> dict[str, Any]:
    number = dict(_NUMBER_SCHEMA)
    if low is not None:
        number["minimum"] = low
    if high is not None:
        number["maximum"] = high
    value: dict[str, Any] = number
    if share:
        value = {"anyOf": [number, {"type": "string", "pattern": r"^\s*[-+]?\d+(\.\d+)?\s*%\s*$"}]}
    forms: list[dict[str, Any]] = [
        number,
        {
            "type": "string",
            "description": "median ×/÷ factor" + ("; or a percentage" if share else ""),
            "pattern": r"(×/÷|x/|\*/)" + (r"|%" if share else ""),
        },
        {
            "type": "object",
            "description": "median and factor: the 90 % interval is median/factor … median·factor",
            "properties": {"median": value, "factor": {"type": "number", "exclusiveMinimum": 1}},
            "required": ["median", "factor"],
            "additionalProperties": False,
        },
        {
            "type": "object",
            "description": "a 90 % interval: the 5 % and the 95 % quantile",
            "properties": {
                "interval": {"type": "array", "items": value, "minItems": 2, "maxItems": 2},
                "median": value,
                "family": {"enum": ["lognormal", "normal", "beta", "gamma", "uniform"]},
            },
            "required": ["interval"],
            "additionalProperties": False,
        },
        {
            "type": "object",
            "description": "quantiles: value by probability",
            "properties": {
                "quantiles": {"type": "object", "additionalProperties": value},
                "family": {"enum": ["lognormal", "normal", "beta", "gamma"]},
            },
            "required": ["quantiles"],
            "additionalProperties": False,
        },
        {
            "type": "object",
            "description": "a named distribution and its numbers",
            "properties": {
                "distribution": {
                    "enum": [
                        "point",
                        "lognormal",
                        "normal",
                        "beta",
                        "gamma",
                        "uniform",
                        "triangular",
                        "lognormal_mixture",
                    ]
                }
            },
            "required": ["distribution"],
        },
    ]
    return {"anyOf": forms}


def _quantity(share: bool = False, low: float | None = None, high: float | None = None) -> Any:
    def read(raw: Any) -> Distribution:
        try:
            return parse_quantity(raw, share=share, low=low, high=high)
        except QuantityError as error:
            msg = "quantity"
            raise PydanticCustomError(
                msg, "{message}", {"message": str(error), "hint": error.hint, "key": error.key or ""}
            ) from None

    return Annotated[
        Distribution,
        PlainValidator(read),
        PlainSerializer(to_data),
        WithJsonSchema(_schema(share, low, high)),
    ]


#: Any number, known or uncertain.
Quantity: Any = _quantity()
#: A fraction 0 … 1; ``20 %`` may be written for 0.2.
Share: Any = _quantity(share=True)
#: Money, at least 0.
Money: Any = _quantity(low=0.0)
#: A duration in months, at least 0, known or uncertain.
Months: Any = _quantity(low=0.0)
#: A level on a stated scale.
Level: Any = _quantity()

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")


def _name(raw: Any) -> str:
    if not isinstance(raw, str) or not _NAME.match(raw):
        message = "a name is a small letter, then up to 39 small letters, digits or underscores; found {found}"
        raise PydanticCustomError("name", message, {"found": repr(raw)[:60]})  # noqa: EM101 - a kind, not a message
    return raw


#: A name in a file.
Name = Annotated[str, PlainValidator(_name), WithJsonSchema({"type": "string", "pattern": "^[a-z][a-z0-9_]{0,39}$"})]


def _text(raw: Any) -> Any:
    if isinstance(raw, str) and len(raw) > 5000:
        message = "a text of {length} characters; the limit is 5,000"
        msg = "text"
        raise PydanticCustomError(msg, message, {"length": len(raw)})
    return raw


#: Free text.
Text = Annotated[str, BeforeValidator(_text)]


def _whole(raw: Any) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int):
        message = "expected a whole number of months, found {found}"
        msg = "whole"
        raise PydanticCustomError(msg, message, {"found": repr(raw)[:40]})
    if not 0 <= raw <= 240:
        message = "{found} is outside 0 … 240 months"
        msg = "whole"
        raise PydanticCustomError(msg, message, {"found": raw})
    return raw


#: A whole number of months, 0 … 240.
WholeMonths = Annotated[int, PlainValidator(_whole), WithJsonSchema({"type": "integer", "minimum": 0, "maximum": 240})]
