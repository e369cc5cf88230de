# SPDX-License-Identifier: MIT
"""How much memory there is, how people write an amount of it, and refusing what needs more."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from txsim.errors import InputError, Problem
from txsim.language import lazy

_UNITS = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}
#: Amounts that somebody can mean.
_LEAST, _MOST = 2**26, 2**50
#: Where Linux says what a container may take; a word, or a number too large to mean anything, where it may take all.
_CONTAINER = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def amount(text: str) -> int:
    """Return the bytes that ``1GiB``, ``512M`` or a plain number say.

    Raises ValueError if the text is no amount, or none that a process could live on.

    >>> amount("1.5GiB")
    1610612736
    """
    word = text.strip().lower().removesuffix("b").removesuffix("i")
    unit = word[-1:] if word[-1:] in _UNITS and word[-1:] else ""
    found = float(word.removesuffix(unit)) * _UNITS[unit]
    if not _LEAST <= found <= _MOST:
        raise ValueError(text)
    return int(found)


def half_of_the_machine() -> int:
    """Return half of the memory of this machine, or of the container that we live in, in bytes."""
    sizes = []
    with contextlib.suppress(AttributeError, OSError, ValueError):
        sizes.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    for place in _CONTAINER:
        with contextlib.suppress(OSError, ValueError):
            sizes.append(int(Path(place).read_text()))
    whole = min((size for size in sizes if size > 0), default=2**32)
    return max(whole // 2, _LEAST)


def mebibytes(size: int) -> int:
    """Return bytes as whole mebibytes, rounded up.

    >>> mebibytes(2**20 + 1)
    2
    """
    return -(-size // 2**20)


def refuse_beyond(need: int, limit: int, file: str, draws: int) -> None:
    """Refuse a scenario that needs more memory than there may be.

    Raises :class:`InputError` with what it needs, what there is, and what to change.
    """
    if need <= limit:
        return
    message = lazy(
        "it needs about {need:,} MiB of memory with {draws:,} draws, and may take {limit:,} MiB (--memory)",
        need=mebibytes(need),
        draws=draws,
        limit=mebibytes(limit),
    )
    hint = lazy("allow more by --memory, or ask for fewer --draws, nodes, groups or months")
    raise InputError(Problem(message, file=file, hint=hint))
