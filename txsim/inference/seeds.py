# SPDX-License-Identifier: MIT
"""Seeds by name: each use of randomness has its own stream, whatever else is drawn before it."""

from __future__ import annotations

import hashlib

import numpy as np

__all__ = ["generator", "integer"]


def _sequence(seed: int, names: tuple[str, ...]) -> np.random.SeedSequence:
    digest = hashlib.sha256("\0".join(names).encode()).digest()
    return np.random.SeedSequence([seed, *np.frombuffer(digest, dtype="<u4").tolist()])


def generator(seed: int, *names: str) -> np.random.Generator:
    """Return the random generator of a use, for example ``generator(1, "prior", "chains")``."""
    return np.random.Generator(np.random.PCG64DXSM(_sequence(seed, names)))


def integer(seed: int, *names: str) -> int:
    """Return a 62-bit seed for a library that wants a number."""
    return int(_sequence(seed, names).generate_state(1, np.uint64)[0] >> np.uint64(2))
