# SPDX-License-Identifier: MIT
"""The same units as in the tests of batches."""

from __future__ import annotations

from tests.batch.conftest import digests_of, units_of

__all__ = ["digests_of", "units_of"]
