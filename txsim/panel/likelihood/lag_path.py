# SPDX-License-Identifier: MIT
"""The posterior of a panel along the lag: a chain of normal approximations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count as counter

import numpy as np

from txsim.panel.likelihood.density import Mode, PanelModel
from txsim.panel.likelihood.records import PanelData
from txsim.panel.likelihood.standardisation import UNCOUNTED, Prepared
from txsim.types import Array


@dataclass(frozen=True)
class Path:
    """The posterior as a chain of normal approximations along the lag."""

    phi: Array  #: ``(node,)`` shares that persist from period to period; one node where the lag is known.
    modes: tuple[Mode, ...]  #: Mode of all other parameters given each.
    #: ``(node,)`` log marginal density of the data at each ``phi`` by Laplace's method, prior of ``phi`` left out.
    evidence: Array


#: Nodes along the lag: shares that persist from period to period.
PHI_NODES = np.array([0.005, 0.03, 0.1, 0.22, 0.36, 0.5, 0.62, 0.73, 0.82, 0.89, 0.94, 0.97, 0.99])


def path(
    data: PanelData,
    phi: float | None = None,
    *,
    nodes: Array = PHI_NODES,
    workers: int = 2,
    done: Callable[[float], None] | None = None,
) -> Path:
    """Return the normal approximations along the lag, each found from its neighbour; two workers may share the work.

    ``done`` is told the share of the work that is done, from either worker.
    """
    from concurrent.futures import ThreadPoolExecutor

    grid = np.array([phi]) if phi is not None else nodes
    middle = len(grid) // 2
    steps = counter(1)
    # the first mode, sought from afar, costs as much as two others, and so does each end when it is sought anew
    work = len(grid) + 1 + 4 * (len(grid) > 1)

    def step(weight: int = 1) -> None:
        for _ in range(weight):
            at = next(steps)
        if done is not None:
            done(min(at / work, 1.0))

    def alone(value: float) -> Mode:
        model = PanelModel(data, value)
        persistent = model.start()
        persistent[model.at["rho_ex"]] = persistent[model.at["rho_cx"]] = 0.8
        return model.mode_from([model.start(), persistent])

    def followed(value: float, before: float, mode: Mode) -> Mode:
        start = mode.theta.copy()
        start[:2] *= (1 - value) / (1 - before)  # the same settled effects
        return PanelModel(data, value).mode_from([start], mode.root)

    def walk(values: Array, near: tuple[float, Mode]) -> list[Mode]:
        branch = []
        for value in values:
            near = (float(value), followed(float(value), *near))
            branch.append(near[1])
            step()
        return branch

    first = alone(float(grid[middle]))
    step(2)
    starts = (float(grid[middle]), first)
    with ThreadPoolExecutor(workers) as pool:
        below, above = pool.map(lambda values: walk(values, starts), (grid[:middle][::-1], grid[middle + 1 :]))
    modes = [*below[::-1], first, *above]
    if len(grid) > 1:  # a second hill, seen from an end, is followed inwards as far as it is the higher one
        for end, inwards in ((0, range(1, middle)), (len(grid) - 1, range(len(grid) - 2, middle, -1))):
            other = alone(float(grid[end]))
            step(2)
            if other.logp < modes[end].logp + 0.01:
                continue
            modes[end], at = other, end
            for i in inwards:
                other = followed(float(grid[i]), float(grid[at]), modes[at])
                if other.logp < modes[i].logp + 0.01:
                    break
                modes[i], at = other, i
    return Path(grid, tuple(modes), _evidence(modes))


def _evidence(modes: Sequence[Mode]) -> Array:
    half = 0.5 * len(modes[0].theta) * np.log(2 * np.pi)
    return np.array([m.logp + half + float(np.log(np.diag(m.root)).sum()) for m in modes])


def beside(along: Path, data: PanelData) -> Path:
    """Return the normal approximations of much the same data, each found from that which is known."""
    modes = [
        PanelModel(data, float(phi)).mode_from([mode.theta], mode.root)
        for phi, mode in zip(along.phi, along.modes, strict=True)
    ]
    return Path(along.phi, tuple(modes), _evidence(modes))


def mixed(paths: Sequence[Path], height: Array) -> Path:
    """Return one path for several suppositions about the same data: both effects as all of them say, each as likely.

    ``height``: ``(path, 1)`` log prior of each.

    Notes
    -----
    What a supposition weighs is its marginal density of the data (Laplace); at each node the mixture is told by its
    mean and covariance. Modes hold both effects alone.
    """
    heights = np.array([part.evidence for part in paths]) + height
    top = heights.max(axis=0)
    weight = np.exp(heights - top)
    total = weight.sum(axis=0)
    modes = []
    for i in range(len(paths[0].phi)):
        share = weight[:, i] / total[i]
        center = np.array([part.modes[i].theta[:2] for part in paths])
        spread = np.array([part.modes[i].covariance[:2, :2] for part in paths])
        middle = share @ center
        away = center - middle
        covariance = np.einsum("k,kij->ij", share, spread) + np.einsum("k,ki,kj->ij", share, away, away)
        modes.append(Mode(middle, np.linalg.cholesky(covariance), float(top[i])))
    return Path(paths[0].phi, tuple(modes), top + np.log(total))


def over_noise(
    prepared: Prepared,
    along: Path,
    done: Callable[[float], None] | None = None,
    sizes: Sequence[tuple[float, float]] = UNCOUNTED,
) -> tuple[Prepared, Path, Path]:
    """Return a panel with its noise as it most likely is, the path of that, and the path over all that it may be.

    Where answers were counted, or the scale is unknown, that is the panel as it was given and its own path.

    ``done``: told the share of the work that is done. ``sizes``: noise variances that are supposed, as shares of that
    within units, each with how likely it is beforehand.
    """
    if not any(prepared.guessed):
        return prepared, along, along
    likely, every = zip(*prepared.suppositions(sizes), strict=True)
    paths = []
    for i, one in enumerate(every, 1):
        paths.append(beside(along, one.data))
        if done is not None:
            done(i / len(every))
    height = np.log(likely)
    best = int(np.argmax([path.evidence.max() for path in paths] + height))
    return every[best], paths[best], mixed(paths, height[:, None])


def effects_along(
    along: Path, data: PanelData, rng: np.random.Generator, count: int = 8000, widen: tuple[float, float] = (1.0, 1.0)
) -> tuple[Array, Array]:
    """Return draws of both one-period effects ``(draw, 2)`` and of φ ``(draw,)`` from the normal approximations.

    ``rng``, ``count``: where the randomness comes from, and how many draws. ``widen``: factors of the standard errors.
    """
    x = np.log(along.phi) - np.log1p(-along.phi) if len(along.phi) > 1 else np.zeros(1)
    weight = np.ones(1)
    if len(along.phi) > 1:
        middle, width = data.lag_prior
        height = along.evidence - 0.5 * ((x - middle) / width) ** 2
        weight = np.exp(height - height.max()) * np.gradient(x)
    at = rng.choice(len(weight), size=count, p=weight / weight.sum())
    center = np.array([mode.theta[:2] for mode in along.modes])
    roots = np.array([np.linalg.cholesky(mode.covariance[:2, :2]) for mode in along.modes])
    spread = (roots[at] @ rng.standard_normal((count, 2, 1)))[..., 0] * np.asarray(widen)
    return center[at] + spread, along.phi[at]
