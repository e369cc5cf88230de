# SPDX-License-Identifier: MIT
"""Types that every room uses."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from txsim.language import Message

#: Numbers, of any shape.
Array = NDArray[np.float64]
#: Takes what is going on, in English, and the share that is done, 0 … 1; ``None`` where nobody knows.
Progress = Callable[[Message, float | None], None]
