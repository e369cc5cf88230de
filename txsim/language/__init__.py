# SPDX-License-Identifier: MIT
"""The language that people are spoken to in: gettext's catalogue, figures as a language writes them, messages."""

from txsim.language.message import Figure, Key, Message, Words, as_message, joined, lazy, lazy_plural, verbatim
from txsim.language.words import ENGLISH, N_, _, by_locale, capital, current, plural, speak
