# SPDX-License-Identifier: MIT
"""Linear algebra of paths: what settles when something is pushed for long (docs/model.md, sections 2 and 8).

Every formula here is written once for NumPy arrays, with any leading axes for draws, and for PyTensor matrices: only
``@``, ``+``, ``*``, ``.mT`` and indexing are used, which both understand.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from txsim.pathways.graph import Network

#: ``B^(2^6)`` is enough to see the spectral radius; the same powers give the settled matrix.
SQUARINGS = 6


def link_matrix(network: Network) -> NDArray[np.float64]:
    """Return the constant ``(link, node · node)`` that spreads slopes of links into the flat matrix ``B``.

    Links from coordination, which is no node, are left out (zero rows).
    """
    n = len(network.nodes)
    spread = np.zeros((len(network.links), n * n))
    for i, link in enumerate(network.links):
        if link.source >= 0:
            spread[i, link.target * n + link.source] = 1.0
    return spread


def slopes_matrix(slopes: Any, spread: NDArray[np.float64], n: int, shape: tuple[int, ...] = ()) -> Any:
    """Return ``B[..., target, source]`` from the slopes ``(..., link)``."""
    return (slopes @ spread).reshape((*shape, n, n))


def settled(matrix: Any, n: int, product: Callable[[Any, Any], Any] = operator.matmul) -> tuple[Any, Any]:
    """Return ``(I − B)⁻¹`` as the product of ``I + B^(2^k)``, and ``B^64``.

    ``matrix``: ``B``, ``(..., n, n)``, with a spectral radius under 1.
    """
    identity = np.eye(n)
    gain = identity + matrix
    power = matrix
    for _ in range(SQUARINGS - 1):
        power = product(power, power)
        gain = product(gain, identity + power)
    return gain, product(power, power)


def raised(matrix: Any, product: Callable[[Any, Any], Any] = operator.matmul) -> Any:
    """Return ``B^64`` alone, the same numbers as :func:`settled` gives."""
    for _ in range(SQUARINGS):
        matrix = product(matrix, matrix)
    return matrix


def log_radius(power: Any, log: Any) -> Any:
    """Return the log of the smooth spectral radius ``(Σ(|B|^64)² + 1e−280)^(1/128)``; ``log`` is the library's."""
    return log((power * power).sum(axis=(-2, -1)) + 1e-280) / 128.0


def norm_bound(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what the spectral radius of each matrix ``(..., n, n)`` is at most, by sums of rows or of columns."""
    absolute = np.abs(matrix)
    return np.asarray(np.minimum(absolute.sum(axis=-1).max(axis=-1), absolute.sum(axis=-2).max(axis=-1)))


def spectral_radius(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the spectral radius of each matrix ``(..., n, n)``; matrices whose row sums stay under 1 are not solved.

    Returns ``(...)``: exact where it could reach 1, else the bound by row or column sums.
    """
    bound = norm_bound(matrix)
    radius = bound.copy()
    risky = bound >= 1.0
    if risky.any():
        radius[risky] = np.abs(np.linalg.eigvals(matrix[risky])).max(axis=-1)
    return radius
