# SPDX-License-Identifier: MIT
"""The posterior of a panel along the lag: a chain of normal approximations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from txsim.panel.likelihood.density import Mode, PanelModel
from txsim.panel.likelihood.records import PanelData
from txsim.types import Array

__all__ = ["PHI_NODES", "Path", "path"]


@dataclass(frozen=True)
class Path:
    """The posterior as a chain of normal approximations along the lag.

    Attributes
    ----------
    phi
        ``(node,)`` shares that persist from period to period; one node where the lag is known.
    modes
        Mode of all other parameters given each.
    evidence
        ``(node,)`` log marginal density of the data at each ``phi`` by Laplace's method, prior of ``phi`` left out.
    """

    phi: Array
    modes: tuple[Mode, ...]
    evidence: Array


#: Nodes along the lag: shares that persist from period to period.
PHI_NODES = np.array([0.005, 0.03, 0.1, 0.22, 0.36, 0.5, 0.62, 0.73, 0.82, 0.89, 0.94, 0.97, 0.99])


def path(data: PanelData, phi: float | None = None, *, nodes: Array = PHI_NODES, workers: int = 2) -> Path:
    """Return the normal approximations along the lag; each is independent of the others, so that workers may share."""
    from concurrent.futures import ThreadPoolExecutor

    grid = np.array([phi]) if phi is not None else nodes

    def one(value: float, near: tuple[float, Mode] | None) -> Mode:
        model = PanelModel(data, float(value))
        persistent = model.start()
        persistent[model.at["rho_ex"]] = persistent[model.at["rho_cx"]] = 0.8
        if near is None:
            return model.mode_from([model.start(), persistent])
        before, mode = near
        follow = mode.theta.copy()
        follow[:2] *= (1 - value) / (1 - before)  # the same settled effects
        return model.mode_from([follow, persistent])

    middle = len(grid) // 2
    first = one(grid[middle], None)

    def walk(values: Array) -> list[Mode]:
        branch, near = [], (float(grid[middle]), first)
        for value in values:
            near = (float(value), one(value, near))
            branch.append(near[1])
        return branch

    with ThreadPoolExecutor(workers) as pool:
        below, above = pool.map(walk, (grid[:middle][::-1], grid[middle + 1 :]))
    modes = (*below[::-1], first, *above)
    half = 0.5 * len(modes[0].theta) * np.log(2 * np.pi)
    evidence = np.array([m.logp + half + float(np.log(np.diag(m.root)).sum()) for m in modes])
    return Path(grid, modes, evidence)
