# SPDX-License-Identifier: MIT
"""What an elicitation shows: what each person said, what the fit makes of it, and what that implies."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from txsim.priors.sentences import plain_number
from txsim.report.words import sparkline

__all__ = ["feedback_lines"]

_WIDTH = 40


def feedback_lines(
    told: Mapping[str, Any], curve: Sequence[float] = (), ends: tuple[float, float] | None = None
) -> list[str]:
    """Return the feedback on one parameter.

    Parameters
    ----------
    told
        From :meth:`txsim.priors.judged.Judged.as_data`.
    curve, ends
        Density of the prior at equal steps, and between which values; none is drawn without them.
    """
    lines = []
    experts = told["experts"]
    width = max(len(expert["name"]) for expert in experts)
    for expert in experts:
        q = expert["quantiles"]
        fit = f"{expert['family']}, misses {_percent(expert['misfit'])}"
        lines.append(
            f"  {expert['name']:<{width}}  {plain_number(q['0.5'])} "
            f"(90 %: {plain_number(q['0.05'])} … {plain_number(q['0.95'])})  {fit}"
        )
    prior = told["prior"]
    if len(experts) > 1:
        q = told["pooled_quantiles"]
        lines.append(
            f"  {'pooled':<{width}}  {plain_number(q['0.5'])} "
            f"(90 %: {plain_number(q['0.05'])} … {plain_number(q['0.95'])})  {told['pool']}"
        )
        lines.append(
            f"  {'written':<{width}}  {prior['text']}  {prior['family']}, misses {_percent(told['misfit'])} of the pool"
        )
    if curve and ends:
        top = max(curve)
        lines.append(f"  {plain_number(ends[0])} {sparkline(list(curve), 0.0, top)} {plain_number(ends[1])}")
    lines += [
        f"  {line}" for line in textwrap.wrap(
            f"That means: one chance in twenty below {plain_number(prior['p05'])}, one in twenty above "
            f"{plain_number(prior['p95'])}. {told['prediction'][:1].upper()}{told['prediction'][1:]}.", 92)
    ]  # fmt: skip
    poor = [expert["name"] for expert in experts if expert["misfit"] > 0.05]
    if poor and len(experts) > 1:
        lines.append(f"  No family describes well what was said by {', '.join(poor)}: ask again, or lay finer bins.")
    if not told["fits"]:
        lines.append(f"  This does NOT describe what was said: it misses {_percent(told['misfit'])} of probability.")
    return lines


def _percent(share: float) -> str:
    return "nothing" if share < 0.0005 else f"{100 * share:.1f} %"
