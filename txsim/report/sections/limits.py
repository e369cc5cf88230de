# SPDX-License-Identifier: MIT
"""What limits on losses and peak funding do to an answer, in words: where they turn it, and what is beyond them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from txsim.forecast.labels import Label, untried
from txsim.language import N_, _, capital, verbatim
from txsim.language.message import money_beside, times_beside
from txsim.report.figures import Figures
from txsim.results.compare import ExcludedSet
from txsim.results.page_one import FixedQuantity, Hinge
from txsim.results.recommendation import Excluded
from txsim.results.sensitivity import StatedParameter


def own(value: float, unit: str) -> str:
    """Return a value in the author's unit, with the unit."""
    return str(Label(verbatim(""), unit).words(value))


def about(gap: Sequence[float], unit: str) -> str:
    """Return in brackets between which values a turn lies where next to nothing was tried; empty without a gap."""
    return f" ({untried(*(own(float(end), unit) for end in gap))})" if gap else ""


def gap_sentence(ends: Iterable[str]) -> tuple[str, ...]:
    """Return the same as a sentence behind another one, of both ends in words; nothing without a gap."""
    told = tuple(ends)
    return (" ", capital(str(untried(*told))) + ".") if told else ()


def kept_where(fixed: FixedQuantity | None, stated: StatedParameter | Hinge) -> str:
    """Return at which values of a quantity that alone is fixed something holds; empty where nothing is known."""
    if fixed is None:
        return ""
    if fixed.threshold is None:
        return _("at any likely value") if fixed.above else _("at no likely value")
    text = _("at {value} or more") if fixed.above else _("at {value} or less")
    return text.format(value=own(float(fixed.threshold), stated.unit))


#: Where a limit turns the answer, by the limit and by the side on which it is kept.
_LIMIT = {
    ("max_p_loss", True): N_("the limit on losses turns the answer already at {value} or less"),
    ("max_p_loss", False): N_("the limit on losses turns the answer already at {value} or more"),
    ("max_peak_funding", True): N_("the limit on peak funding turns the answer already at {value} or less"),
    ("max_peak_funding", False): N_("the limit on peak funding turns the answer already at {value} or more"),
}
#: The same where things stand beyond that limit.
_KEPT = {
    ("max_p_loss", True): N_("the limit on losses is kept only at {value} or more"),
    ("max_p_loss", False): N_("the limit on losses is kept only at {value} or less"),
    ("max_peak_funding", True): N_("the limit on peak funding is kept only at {value} or more"),
    ("max_peak_funding", False): N_("the limit on peak funding is kept only at {value} or less"),
}


def by_limit(stated: StatedParameter | Hinge | None, *, beyond: bool = False) -> str:
    """Return where a limit turns the answer before the means do, in words; empty where none does.

    Beyond a limit it is empty, too, of what fixed alone keeps the limits nowhere: that is said once of all of them.

    ``stated``: a quantity in its author's unit; ``beyond``: whether things stand beyond a limit, so that it says where
    that is kept.
    """
    if stated is None or stated.limit_at is None or (beyond and never_kept(stated)):
        return ""
    words = (_KEPT if beyond else _LIMIT).get((stated.limit, stated.limit_above))
    if words is None:
        return ""
    said = _(words).format(value=own(float(stated.limit_at), stated.unit)) + about(stated.limit_gap, stated.unit)
    alone = kept_where(stated.limit_fixed, stated)
    if not alone:
        return said
    if never_kept(stated):
        return _("{limited}; fixed alone, no likely value keeps every limit").format(limited=said)
    return _("{limited}; fixed alone, every limit is kept {where}").format(limited=said, where=alone)


def never_kept(stated: StatedParameter | Hinge | None) -> bool:
    """Whether a quantity, fixed alone, brings committing within every limit at none of its likely values."""
    fixed = None if stated is None else stated.limit_fixed
    return fixed is not None and fixed.threshold is None and not fixed.above


def beyond_limits(
    broken: Excluded | ExcludedSet, figures: Figures, max_p_loss: float | None, max_peak_funding: float | None
) -> str:
    """Return what is above the limits, each figure beside what is allowed."""
    whys: list[str] = []
    if broken.p_loss is not None and max_p_loss is not None:
        text = _("it loses in {times} of 100 futures, and {most} are allowed")
        times, most = times_beside(broken.p_loss, max_p_loss), times_beside(max_p_loss, max_p_loss)
        whys.append(text.format(times=times, most=most))
    if broken.peak_funding is not None and max_peak_funding is not None:
        text = _("its peak funding is up to {amount} in 95 of 100, and {most} are allowed")
        peak, allowed = money_beside(broken.peak_funding, max_peak_funding, figures.grain, figures.currency)
        whys.append(text.format(amount=peak, most=allowed))
    return "; ".join(whys)
