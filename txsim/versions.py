# SPDX-License-Identifier: MIT
"""Versions of installed packages, read off the names of their folders of metadata."""

from __future__ import annotations

import os
import sys
from functools import lru_cache


@lru_cache
def version(name: str) -> str:
    """Return the version of an installed package, as ``importlib.metadata.version`` does.

    That reads every folder on the path anew for each package, a tenth of a second of a process that samples; here each
    is listed once, and it is asked where no folder's name tells.

    Raises :class:`importlib.metadata.PackageNotFoundError` if there is no such package.
    """
    for folder in sys.path:
        told = _told_in(folder or os.curdir).get(name.lower())
        if told is not None:
            return told
    from importlib import metadata

    return metadata.version(name)


@lru_cache
def _told_in(folder: str) -> dict[str, str]:
    """Return versions by name of the packages in a folder, the names as wheels write them."""
    try:
        entries = os.listdir(folder)
    except OSError:
        return {}
    parts = (entry.removesuffix(".dist-info").partition("-") for entry in entries if entry.endswith(".dist-info"))
    return {name.lower(): number for name, _, number in parts if number}
