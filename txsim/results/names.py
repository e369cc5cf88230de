# SPDX-License-Identifier: MIT
"""What options are called, wherever a person reads of them."""

from __future__ import annotations

from txsim.language import N_, Message, lazy, verbatim

__all__ = ["OPTION_NAMES", "option_message"]

OPTION_NAMES = {
    "commit": N_("commit now"),
    "commit_stop": N_("commit, then stop"),
    "pilot_scale": N_("pilot, then scale"),
    "pilot_stop": N_("pilot, then stop"),
    "pilot_then_decide": N_("pilot first, then scale or stop"),
    "commit_review": N_("commit now and review"),
    "do_nothing": N_("do nothing"),
}


def option_message(option: str) -> Message:
    """Return what an option, or ``scenario/option``, is called.

    >>> str(option_message("desk/commit"))
    'desk: commit now'
    """
    scenario, slash, last = option.rpartition("/")
    name = lazy(OPTION_NAMES[last]) if last in OPTION_NAMES else verbatim(last)
    return lazy("{scenario}: {option}", scenario=scenario, option=name) if slash else name
