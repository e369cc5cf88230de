# SPDX-License-Identifier: MIT
"""What a page needs to answer a reader's own view: some draws, how claims weigh them, and money by month.

Plain data and arrays, kept in ``result.nc`` beside a run and embedded in its page; no verb prints it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from txsim.types import Array


@dataclass(frozen=True)
class OwnView:
    """The draws behind a reader's own view of one run."""

    #: Plain data. ``draws`` and ``batches`` (equal stretches of draws that are independent); ``clusters`` `[{name,
    #: credibility, claims, fixed}]`; ``designs`` `[{name, credibility, clusters}]`, positions of clusters; ``claims``
    #: `[{id, cluster}]`, the most influential; ``priors`` `[{name, path, sides, precision, unsound, distributions}]`;
    #: ``rows`` `[{option, months, years}]`, up to which month a row of money counts and when it falls due; ``options``
    #: `[{name, cost, mean, p_loss, worst, refused}]`; ``terms`` `{rate, months, step, movable, why}`; ``material``,
    #: ``max_p_loss``; ``file``, ``settings`` and ``credibility`` for the command.
    facts: Mapping[str, Any]
    sound: Array  #: ``(cluster, draw)`` log density of a cluster's claims if they are sound, less that if they are not.
    #: ``score``, ``tied``: ``(prior, draw)`` standard-normal score of each movable prior at the draw, and what ties it
    #: to others.
    score: Array
    tied: Array
    present: Array  #: ``(row, draw)`` present values at the run's own rate, in its currency.
