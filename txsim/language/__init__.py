# SPDX-License-Identifier: MIT
"""The language that people are spoken to in: gettext's catalogue, figures as a language writes them, messages."""

from txsim.language.message import Figure, Message, Words, joined, lazy, lazy_plural, verbatim
from txsim.language.words import ENGLISH, N_, _, by_locale, current, plural, speak

__all__ = [
    "ENGLISH",
    "Figure",
    "Message",
    "N_",
    "Words",
    "_",
    "by_locale",
    "current",
    "joined",
    "lazy",
    "lazy_plural",
    "plural",
    "speak",
    "verbatim",
]
