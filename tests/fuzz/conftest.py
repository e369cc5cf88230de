# SPDX-License-Identifier: MIT
"""The same units as in the tests of batches."""

from __future__ import annotations

from tests.batch.conftest import units_of

__all__ = ["units_of"]
