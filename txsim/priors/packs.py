# SPDX-License-Identifier: MIT
"""Prior packs of the package: named sets of beliefs, one YAML file each in ``library/``.

How a pack and a scenario become one is the business of the scenario floor; here is only what there is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from txsim.package_data import load_packaged

_PLACE = "txsim.priors.library"


@dataclass(frozen=True, slots=True)
class Pack:
    """A named set of beliefs."""

    #: ``name``, ``title``, ``why``: What it is called, what it believes in one line, and the reason.
    name: str
    title: str
    why: str
    #: ``priors``, ``evidence``: What it says, as plain data in the words of a scenario file.
    priors: Mapping[str, Any]
    evidence: Mapping[str, Any]


@lru_cache(maxsize=1)
def names() -> tuple[str, ...]:
    """Return the names of the packaged packs, in alphabetical order."""
    files = resources.files(_PLACE).iterdir()
    return tuple(sorted(file.name.removesuffix(".yaml") for file in files if file.name.endswith(".yaml")))


def text(name: str) -> str:
    """Return the YAML of a packaged pack; ``KeyError`` if there is none of that name."""
    if name not in names():
        raise KeyError(name)
    return resources.files(_PLACE).joinpath(f"{name}.yaml").read_text("utf-8")


def pack(name: str) -> Pack:
    """Return a packaged pack; ``KeyError`` if there is none of that name."""
    if name not in names():
        raise KeyError(name)
    data = load_packaged(_PLACE, f"{name}.yaml")
    return Pack(name, data["title"], data["why"], data.get("priors", {}), data.get("evidence", {}))
