# SPDX-License-Identifier: MIT
"""The same units as in the tests of batches."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

spec = importlib.util.spec_from_file_location("batch_units", Path(__file__).parents[1] / "batch" / "conftest.py")
assert spec is not None
assert spec.loader is not None
units = importlib.util.module_from_spec(spec)
sys.modules["batch_units"] = units
spec.loader.exec_module(units)

units_of = units.units_of
