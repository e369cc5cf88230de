# SPDX-License-Identifier: MIT
"""What an elicitation shows: what each person said, what the fit makes of it, and what that implies."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from txsim.language import _, by_locale
from txsim.priors.sentences import plain_number
from txsim.report.words import sparkline
from txsim.retold import retold

__all__ = ["feedback_lines"]

_WIDTH = 40


def feedback_lines(
    told: Mapping[str, Any], curve: Sequence[float] = (), ends: tuple[float, float] | None = None
) -> list[str]:
    """Return the feedback on one parameter.

    Parameters
    ----------
    told
        From :meth:`txsim.elicit.expert_prior.Judged.as_data`.
    curve, ends
        Density of the prior at equal steps, and between which values; none is drawn without them.
    """
    lines = []
    experts = told["experts"]
    width = max(len(expert["name"]) for expert in experts)
    for expert in experts:
        q = expert["quantiles"]
        fit = _("{0}, misses {1}").format(expert["family"], _percent(expert["misfit"]))
        lines.append(
            f"  {expert['name']:<{width}}  {_figure(q['0.5'])} "
            f"(90 %: {_figure(q['0.05'])} … {_figure(q['0.95'])})  {fit}"
        )
    prior = told["prior"]
    if len(experts) > 1:
        q = told["pooled_quantiles"]
        lines.append(
            f"  {_('pooled'):<{width}}  {_figure(q['0.5'])} "
            f"(90 %: {_figure(q['0.05'])} … {_figure(q['0.95'])})  {told['pool']}"
        )
        lines.append(
            f"  {_('written'):<{width}}  {by_locale(prior['text'])}  "
            + _("{0}, misses {1} of the pool").format(prior["family"], _percent(told["misfit"]))
        )
    meaning = retold(told["prediction"])
    if curve and ends:
        top = max(curve)
        lines.append(f"  {_figure(ends[0])} {sparkline(list(curve), 0.0, top)} {_figure(ends[1])}")
    lines += [
        f"  {line}" for line in textwrap.wrap(
            _("That means: one chance in twenty below {0}, one in twenty above {1}.").format(
                _figure(prior["p05"]), _figure(prior["p95"])
            ) + f" {meaning[:1].upper()}{meaning[1:]}.", 92)
    ]  # fmt: skip
    poor = [expert["name"] for expert in experts if expert["misfit"] > 0.05]
    if poor and len(experts) > 1:
        text = _("No family describes well what was said by {0}: ask again, or lay finer bins.")
        lines.append(f"  {text.format(', '.join(poor))}")
    if not told["fits"]:
        text = _("This does NOT describe what was said: it misses {0} of probability.")
        lines.append(f"  {text.format(_percent(told['misfit']))}")
    return lines


def _percent(share: float) -> str:
    return _("nothing") if share < 0.0005 else by_locale(f"{100 * share:.1f} %")


def _figure(value: float) -> str:
    return by_locale(plain_number(value))
