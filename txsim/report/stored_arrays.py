# SPDX-License-Identifier: MIT
"""Arrays of stored results, which may come from anybody: what they unpack to is looked at before it is read."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Bytes that an array of a result may have: far more than a million draws of every option.
_MOST = 2**30


def array_of(stored: Any, part: int | None = None) -> NDArray[Any]:
    """Return an HDF5 dataset as an array, or one part of it along its first axis.

    Raises
    ------
    ValueError
        If it would be larger than a result can be: a few bytes of a file may unpack to any number of zeros.
    """
    parts = stored.shape[0] if part is not None else 1
    if stored.dtype.itemsize * (stored.size // max(parts, 1)) > _MOST:
        message = f"{stored.name} is larger than a result can be"
        raise ValueError(message)
    return np.asarray(stored[()] if part is None else stored[part])
