# SPDX-License-Identifier: MIT
"""Plain data on one line of YAML, in a form that can be read one way only."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

#: Words that a reader of YAML takes for something else.
_TRAPS = ("yes", "no", "on", "off", "true", "false", "null", "y", "n", "inf", "nan")


def flow(value: Any) -> str:
    """Return plain data on one line of YAML."""
    if isinstance(value, Mapping):
        inner = ", ".join(f"{flow(key) if not isinstance(key, str) else key}: {flow(v)}" for key, v in value.items())
        return f"{{{inner}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(flow(item) for item in value)}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        try:
            return _number(float(value))
        except OverflowError:  # a whole number of hundreds of digits
            return _number(math.inf if value > 0 else -math.inf)
    if isinstance(value, str):
        if re.fullmatch(r"[a-z][a-z_]*(?:-[a-z0-9-]+)?", value) and value not in _TRAPS:
            return value
        return json.dumps(value, ensure_ascii=False)
    return "null" if value is None else json.dumps(str(value), ensure_ascii=False)


def _number(value: float) -> str:
    """Return a number without an exponent, in its shortest form that can be read one way only.

    Three decimals after one to three digits may be thousands to a person (and are asked about where they are typed), so
    that a fourth is written.
    """
    if not math.isfinite(value):  # the reader refuses it by its own name
        return ".nan" if value != value else ".inf" if value > 0 else "-.inf"
    text = f"{Decimal(repr(value)).normalize() + 0:f}"
    return f"{text}0" if re.fullmatch(r"-?[1-9]\d{0,2}\.\d{3}", text) else text
