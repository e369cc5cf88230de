# SPDX-License-Identifier: MIT
"""Types that every room uses."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from txsim.language import Message

#: Numbers, of any shape.
Array = NDArray[np.float64]
#: Takes what is going on, in English, and the share that is done, 0 … 1; ``None`` where nobody knows.
Progress = Callable[[Message, float | None], None]


def reporter(progress: Progress | None, sentence: Message) -> Callable[[float], None] | None:
    """Say a sentence at once; return what takes the share of that work that is done, ``None`` where nobody listens."""
    if progress is None:
        return None
    progress(sentence, None)
    return partial(progress, sentence)
