# SPDX-License-Identifier: MIT
"""What arms of a pilot did before it started, and who left them: what that says of its effect."""

from __future__ import annotations

import math

from txsim.language import N_, Figure, Message, lazy
from txsim.priors.distributions import Z95
from txsim.results.update import BeforeStart, Leaving


def drifted_apart(earlier: BeforeStart | None, effect: float) -> bool:
    """Return whether arms that moved apart before the start (p < 0.05) may have done so by as much as the effect.

    Then the difference cannot be read as an effect: the 90 % interval of a start that never was reaches its size on its
    own side, or would by the real start if they went on to drift as they did. A drift against it hides of it.
    """
    if earlier is None or not earlier.clear:
        return False
    end = earlier.effect.p95 if effect > 0 else -earlier.effect.p05
    return end * max(earlier.farther, 1.0) >= abs(effect)


def drift(earlier: BeforeStart | None, effect: float) -> float:
    """Return by how much arms that :func:`drifted_apart` may differ without any effect; 0 of arms that did not.

    It is the root mean square of what a start that never was gives, carried on to the real start.
    """
    if earlier is None or not drifted_apart(earlier, effect):
        return 0.0
    error = (earlier.effect.p95 - earlier.effect.p05) / (2 * Z95)
    return math.hypot(earlier.effect.median, error) * max(earlier.farther, 1.0)


def blind(earlier: BeforeStart | None, effect: float) -> Message | None:
    """Return that a drift as large as the effect cannot be told from it, or ``None`` where it can.

    It cannot where the 90 % interval of a start that never was holds the whole effect: that this drift is not clear of
    nought then is too few waves or units, not its absence.
    """
    if earlier is None or drifted_apart(earlier, effect) or not earlier.holds(effect):
        return None
    return lazy(
        "these waves cannot tell a drift from an effect: a start that never was gives {effect} ({low} … {high})",
        **_told(earlier),
    )


def cautions(earlier: BeforeStart | None, left: Leaving | None, effect: float) -> list[Message]:
    """Return in words what speaks against a pilot's comparison: a start that never was (p < 0.05), units that left."""
    messages = []
    if earlier is not None and earlier.clear:
        words = (
            N_(
                "pilot and control units moved apart before the start already: a start that never was gives {effect} "
                "({low} … {high}); as much may be in the effect"
            )
            if earlier.effect.median * effect > 0
            else N_(
                "pilot and control units moved apart before the start already, against the effect: a start that never "
                "was gives {effect} ({low} … {high}); if that went on, the effect is larger than measured, and if it "
                "turned back, smaller"
            )
        )
        messages.append(lazy(words, **_told(earlier)))
    if left is not None and left.differs:
        shares = {
            "inside": Figure(100 * left.treated, "number", "%", digits=0),
            "outside": Figure(100 * left.control, "number", "%", digits=0),
        }
        if left.bounds is None:
            messages.append(
                lazy(
                    "{inside} of pilot units and {outside} of control units were no longer measured at the end: who "
                    "stays may differ, and too few are left to bound what that does to the effect",
                    **shares,
                )
            )
        else:
            messages.append(
                lazy(
                    "{inside} of pilot units and {outside} of control units were no longer measured at the end: who "
                    "stays may differ. For those who would have stayed either way the effect lies between {low} and "
                    "{high} (with their errors {p05} … {p95})",
                    **shares,
                    low=Figure(left.bounds.low, "number+"),
                    high=Figure(left.bounds.high, "number+"),
                    p05=Figure(left.bounds.p05, "number+"),
                    p95=Figure(left.bounds.p95, "number+"),
                )
            )
    return messages


def _told(earlier: BeforeStart) -> dict[str, Figure]:
    """Return what a start that never was gives, with its 90 % interval, as parameters of a message."""
    told = {"effect": earlier.effect.median, "low": earlier.effect.p05, "high": earlier.effect.p95}
    return {name: Figure(value, "number+") for name, value in told.items()}
