# SPDX-License-Identifier: MIT
"""Whether what was lost while reading is related to the answers: what is refused must not depend on what was said."""

from __future__ import annotations

import warnings as python_warnings
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from txsim.types import Array

#: p value below which what was lost surely depends on the answers, so that the file is refused.
SURELY = 0.001
_FEWEST = 3


def related(lost: NDArray[np.bool_], by: Sequence[Array]) -> float | None:
    """Return a p value for `what was lost does not differ from what was kept`; ``None`` where too little was lost.

    Parameters
    ----------
    lost
        ``(row,)`` whether a value was lost.
    by
        Numbers ``(row,)`` that are known of lost and kept rows alike: the digits within an unreadable cell, the other
        question's answer, the unit's mean.

    Notes
    -----
    Rank sums (Mann & Whitney 1947, Ann. Math. Statist. 18, 50–60) for position, and of distances from the median for
    spread, since answers are lost at both ends where only these have labels (Ansari & Bradley 1960); the least p value
    is multiplied by their number (Bonferroni).
    """
    from scipy.stats import mannwhitneyu

    p_values = []
    for values in by:
        inside, outside = values[lost & np.isfinite(values)], values[~lost & np.isfinite(values)]
        if inside.size < _FEWEST or outside.size < _FEWEST:
            continue
        middle = float(np.median(outside))
        for a, b in ((inside, outside), (np.abs(inside - middle), np.abs(outside - middle))):
            if np.ptp(np.concatenate([a, b])) == 0:
                continue
            with python_warnings.catch_warnings():
                python_warnings.simplefilter("ignore")
                p_values.append(float(mannwhitneyu(a, b, method="asymptotic").pvalue))
    return min(1.0, len(p_values) * min(p_values)) if p_values else None
