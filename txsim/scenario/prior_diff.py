# SPDX-License-Identifier: MIT
"""What a file believes, by parameter: a scenario's priors, a pack's, or the catalogue's where it is silent."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from txsim.priors.catalogue import Parameter
from txsim.priors.distributions import Distribution, describe, quantile
from txsim.priors.packs import names
from txsim.scenario.loader import load, load_beliefs
from txsim.scenario.prior_setting import usable_parameters
from txsim.scenario.yaml_reader import read_file

__all__ = ["Believed", "believed_in", "compare_beliefs"]

#: What a pack says beside its priors.
_PACK_KEYS = {"title", "why", "priors", "evidence"}


@dataclass(frozen=True, slots=True)
class Believed:
    """One parameter's prior in one file, and where it comes from.

    Attributes
    ----------
    prior
        The belief; ``None`` where the file says nothing that can be read.
    source
        ``file`` or ``catalogue``.
    by, why, date
        As the file says.
    """

    prior: Distribution | None
    source: str
    by: str = ""
    why: str = ""
    date: str = ""

    def as_data(self) -> dict[str, Any]:
        """Return it as plain data, the form of ``txsim priors diff --json``."""
        told: dict[str, Any] = {"median": None, "p05": None, "p95": None, "text": None}
        if self.prior is not None:
            levels = {"median": 0.5, "p05": 0.05, "p95": 0.95}
            told = {key: quantile(self.prior, level) for key, level in levels.items()} | {"text": describe(self.prior)}
        return told | {"source": self.source, "by": self.by, "why": self.why, "date": self.date}


def believed_in(path: Path, root: Path | None = None) -> tuple[dict[str, Parameter], dict[str, Believed]]:
    """Return the parameters that a file may speak of, and what it believes about each.

    Parameters
    ----------
    path
        A scenario, a pack, or the name of a packaged pack; a pack speaks for those that it rests on, too.
    root
        Folder that ``extends`` and packs may not leave; by default the file's.

    Raises
    ------
    InputError
        With everything that is wrong with the file.
    """
    if str(path) in names() and not path.exists():
        scenario, known = load_beliefs(pack=str(path)), usable_parameters(path)
    elif _is_pack(path):
        scenario = load_beliefs(pack=str(path), root=path.parent if root is None else root)
        known = usable_parameters(path)
    else:
        scenario, known = load(path, root=root), usable_parameters(path, root)
    found = {}
    for name, parameter in known.items():
        belief = scenario.beliefs.get(name)
        if belief is None:
            found[name] = Believed(parameter.prior, "catalogue", why=parameter.reason)
        else:
            found[name] = Believed(belief.prior, "file", belief.by, belief.why, belief.date)
    return known, found


def _is_pack(path: Path) -> bool:
    """Whether a file is a prior pack and no scenario."""
    data = read_file(path).data
    return isinstance(data, dict) and "priors" in data and set(data) <= _PACK_KEYS


def compare_beliefs(one: Path, other: Path, root: Path | None = None) -> list[dict[str, Any]]:
    """Return every parameter of two files with both beliefs, those that differ first.

    Returns
    -------
    list of dict
        ``{name, unit, meaning, differs, a, b, median_ratio}``; ``median_ratio`` is the second median over the first,
        ``None`` where it makes no sense.
    """
    names, first = believed_in(one, root)
    more, second = believed_in(other, root)
    rows = []
    for name, parameter in (names | more).items():
        a, b = first.get(name), second.get(name)
        # A parameter that only one of the two graphs has is a difference.
        differs = a is None or b is None or a.prior != b.prior
        ratio = None
        if a is not None and b is not None and a.prior is not None and b.prior is not None:
            low, high = quantile(a.prior, 0.5), quantile(b.prior, 0.5)
            ratio = high / low if low > 0 and math.isfinite(high / low) else None
        rows.append(
            {
                "name": name,
                "unit": parameter.unit,
                "meaning": parameter.meaning,
                "differs": differs,
                "a": None if a is None else a.as_data(),
                "b": None if b is None else b.as_data(),
                "median_ratio": ratio,
            }
        )
    return sorted(rows, key=lambda row: not row["differs"])
