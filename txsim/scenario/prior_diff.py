# SPDX-License-Identifier: MIT
"""What a file believes, by parameter: a scenario's priors, a pack's, or the catalogue's where it is silent."""

from __future__ import annotations

import math
from pathlib import Path

from txsim.language import Words, lazy
from txsim.priors.catalogue import Parameter
from txsim.priors.distributions import Distribution, quantile
from txsim.priors.moments import describe
from txsim.priors.packs import names
from txsim.results.belief_changes import BeliefInFile, Difference, PriorsDiff
from txsim.scenario.loader import load, load_beliefs
from txsim.scenario.prior_setting import usable_parameters
from txsim.scenario.yaml_reader import read_file

#: A belief as it is, and as it is told.
_Stated = tuple[Distribution | None, BeliefInFile]
#: What a pack says beside its priors.
_PACK_KEYS = {"title", "why", "priors", "evidence"}


def believed_in(path: Path, root: Path | None = None) -> tuple[dict[str, Parameter], dict[str, _Stated]]:
    """Return the parameters that a file may speak of, and what it believes about each.

    ``path``: A scenario, a pack, or the name of a packaged pack; a pack speaks for those that it rests on, too.
    ``root``: folder that ``extends`` and packs may not leave; by default the file's. Raises :class:`InputError` with
    everything that is wrong with the file.
    """
    if str(path) in names() and not path.exists():
        scenario, known = load_beliefs(pack=str(path)), usable_parameters(path)
    elif _is_pack(path):
        scenario = load_beliefs(pack=str(path), root=path.parent if root is None else root)
        known = usable_parameters(path)
    else:
        scenario, known = load(path, root=root), usable_parameters(path, root)
    beliefs = {}
    for name, parameter in known.items():
        belief = scenario.beliefs.get(name)
        if belief is None:
            beliefs[name] = _stated(parameter.prior, "catalogue", why=lazy(parameter.reason))
        else:
            beliefs[name] = _stated(belief.prior, "file", belief.by, belief.why, belief.date)
    return known, beliefs


def _stated(prior: Distribution | None, source: str, by: str = "", why: Words = "", date: str = "") -> _Stated:
    if prior is None:
        return prior, BeliefInFile(math.nan, math.nan, math.nan, None, source, by, why, date)
    middle, low, high = (quantile(prior, level) for level in (0.5, 0.05, 0.95))
    return prior, BeliefInFile(middle, low, high, describe(prior), source, by, why, date)


def _is_pack(path: Path) -> bool:
    """Whether a file is a prior pack and no scenario."""
    data = read_file(path).data
    return isinstance(data, dict) and "priors" in data and set(data) <= _PACK_KEYS


def compare_beliefs(one: Path, other: Path, root: Path | None = None) -> PriorsDiff:
    """Return every parameter of two files with both beliefs, those that differ first.

    ``root``: folder that ``extends`` and packs may not leave; by default the file's. Raises :class:`InputError` with
    everything that is wrong with a file.
    """
    names, first = believed_in(one, root)
    more, second = believed_in(other, root)
    rows = []
    for name, parameter in (names | more).items():
        a, b = first.get(name), second.get(name)
        # A parameter that only one of the two graphs has is a difference.
        differs = a is None or b is None or a[0] != b[0]
        ratio = None
        if a is not None and b is not None and a[0] is not None and b[0] is not None:
            low, high = quantile(a[0], 0.5), quantile(b[0], 0.5)
            ratio = high / low if low > 0 and math.isfinite(high / low) else None
        unit, meaning = lazy(parameter.unit), lazy(parameter.meaning)
        sides = None if a is None else a[1], None if b is None else b[1]
        rows.append(Difference(name, unit, meaning, differs, *sides, ratio))
    return PriorsDiff(str(one), str(other), tuple(sorted(rows, key=lambda row: not row.differs)))
