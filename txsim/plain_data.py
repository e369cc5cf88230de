# SPDX-License-Identifier: MIT
"""Results as data that any program reads: mappings, lists, texts and numbers that exist."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np


def finite(value: Any) -> Any:
    """Return plain data in which numbers that do not exist are null, and numpy's numbers are Python's.

    >>> finite({"mean": float("nan"), "interval": (0.0, float("inf"))})
    {'mean': None, 'interval': [0.0, None]}
    """
    if isinstance(value, Mapping):
        return {str(key): finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [finite(inner) for inner in value]
    if isinstance(value, float | np.floating):
        return float(value) if np.isfinite(value) else None
    if isinstance(value, np.integer):
        return int(value)
    return bool(value) if isinstance(value, np.bool_) else value
