# SPDX-License-Identifier: MIT
"""What claims speak about, from parameters, at the reference organisation (docs/model.md, section 8.2).

One text for the PyMC model (PyTensor scalars) and for arrays of draws (NumPy, any shape): see
:mod:`txsim.pathways.algebra`.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from txsim.errors import InputError
from txsim.evidence import QUANTITIES, ScoredStatement
from txsim.language import lazy
from txsim.pathways import REFERENCE_CHURN, REFERENCE_CX, REFERENCE_GROUPS, Graph, expand
from txsim.pathways.algebra import link_matrix, log_radius, norm_bound, raised, settled, slopes_matrix
from txsim.types import Array

#: Between-firm sd of what disturbs each node, index points (judgement; docs/model.md, section 8.2).
DISTURBANCE = {"ex": 6.0, "cx": 5.0}
OTHER_DISTURBANCE = 8.0
GROUP_CORRELATION = 0.5
#: Bytes of one matrix for each of the draws that are taken at a time; half a dozen of them are held at once.
_PIECE = 2**25


class Reference:
    """The reference organisation's network, ready to turn parameters into statistics.

    ``graph``: nodes and edges; staff groups are the packaged ones.
    """

    def __init__(self, graph: Graph, product: Callable[[Any, Any], Any] = operator.matmul) -> None:
        self.product = product
        self.network = expand(graph, REFERENCE_GROUPS)
        self.n = len(self.network.nodes)
        self.spread = link_matrix(self.network)
        self.share = np.array([group.share for group in REFERENCE_GROUPS])
        kinds = [name.partition("[")[0] for name in self.network.nodes]
        sd = np.array([DISTURBANCE.get(kind, OTHER_DISTURBANCE) for kind in kinds])
        correlation = np.eye(self.n)
        staff, cx = list(self.network.members("ex")), self.network.position("cx")
        between = np.full((len(staff), len(staff)), GROUP_CORRELATION) + (1 - GROUP_CORRELATION) * np.eye(len(staff))
        correlation[np.ix_(staff, staff)] = between
        with_mean = float(np.sqrt(self.share @ between @ self.share))
        shared = np.zeros((self.n, self.n))
        shared[staff, cx] = shared[cx, staff] = with_mean
        self.alone = correlation * np.outer(sd, sd)
        self.confounded = shared * np.outer(sd, sd)

    def _ends(self, path: str) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Return the push on all of the source, and the headcount weights of source and target."""
        source, arrow, target = (part.strip() for part in path.partition("->"))
        weights = []
        for name in (source, target):
            members = self.network.members(name)
            if not arrow or not members:
                message = lazy("a claim speaks of `{path}`, but the graph has no node `{name}`", path=path, name=name)
                raise InputError(message)
            weight = np.zeros(self.n)
            weight[list(members)] = self.share if len(members) == len(self.share) else 1.0 / len(members)
            weights.append(weight)
        starts = self.network.members(source)
        if not self.network.reached_from(starts) & set(self.network.members(target)):
            raise InputError(lazy("a claim speaks of `{path}`, but no route leads there", path=path))
        return (weights[0] > 0).astype(float), weights[0], weights[1]

    def by_pieces(self, par: Mapping[str, Array], function: Callable[[Mapping[str, Array]], Any], axis: int = 0) -> Any:
        """Return what a function makes of draws, so many at a time as their matrices have room in memory.

        Parameters
        ----------
        par
            Draws by parameter, all of one shape.
        function
            Of some of the draws: an array or a tuple of arrays, with the draws along ``axis``. What it makes of a draw
            depends on no other.
        axis
            Where the draws are in its results.
        """
        shape = next(iter(par.values())).shape
        count, step = math.prod(shape), max(1, _PIECE // (8 * self.n**2))
        if count <= step:
            return function(par)
        flat = {name: np.broadcast_to(values, shape).reshape(-1) for name, values in par.items()}
        pieces = []
        for first in range(0, count, step):
            pieces.append(function({name: values[first : first + step] for name, values in flat.items()}))

        def whole(parts: Sequence[Array]) -> Array:
            joined = np.concatenate(parts, axis=axis)
            return joined.reshape((*joined.shape[:axis], *shape, *joined.shape[axis + 1 :]))

        return tuple(map(whole, zip(*pieces, strict=True))) if isinstance(pieces[0], tuple) else whole(pieces)

    def slopes(self, par: Mapping[str, Any], stack: Any) -> Any:
        """Return the slopes ``(..., link)``, shares of groups included."""
        reach = [1.0 if group.meets_customers else par["reach"] for group in REFERENCE_GROUPS]
        total = sum(share * r for share, r in zip(self.share, reach, strict=True))
        internal = sum(group.share for group in REFERENCE_GROUPS if not group.meets_customers)
        per_link = []
        for link in self.network.links:
            slope = par[link.slope]
            if link.weight == "reach_share" and link.group is not None:
                slope = slope * (self.share[link.group] * reach[link.group] / total)
            elif link.weight == "headcount_share" and link.group is not None:
                slope = slope * (self.share[link.group] / internal)
            per_link.append(slope)
        return stack(per_link)

    def log_radius(self, par: Mapping[str, Array], safe: float = 0.0) -> NDArray[np.float64]:
        """Return the logarithm of the smooth spectral radius of draws.

        ``par``: draws by parameter, all of one shape. ``safe``: where rows or columns of slopes add up to no more, so
        that the radius is at most that, it is not worked out and the logarithm is −∞.
        """

        def of_some(some: Mapping[str, Array]) -> Array:
            slopes = self.slopes(some, _stacked)
            matrix = slopes_matrix(slopes, self.spread, self.n, slopes.shape[:-1])
            risky = ~(norm_bound(matrix) <= safe)
            logs = np.full(risky.shape, -np.inf)
            logs[risky] = log_radius(raised(matrix[risky], self.product), np.log)
            return logs

        return np.asarray(self.by_pieces(par, of_some))

    def matrices(self, par: Mapping[str, Any], stack: Any, log: Any, shape: tuple[int, ...] = ()) -> tuple[Any, Any]:
        """Return ``(I − B)⁻¹`` and the logarithm of the smooth spectral radius."""
        matrix = slopes_matrix(self.slopes(par, stack), self.spread, self.n, shape)
        gain, power = settled(matrix, self.n, self.product)
        return gain, log_radius(power, log)

    def statistic(self, statistic: str, about: str, par: Mapping[str, Any], gain: Any) -> Any:
        """Return what one statement speaks of, on its natural scale.

        Raises :class:`InputError` if the graph has no such path or there is no such parameter or quantity.
        """
        if statistic == "effect":
            push, source, target = self._ends(about)
            moved = self.product(gain, push)
            return (moved @ target) / (moved @ source)
        if statistic in ("slope", "correlation"):
            covariance, variance, other = self._moments(about, par, gain)
            return covariance / variance if statistic == "slope" else covariance / (variance * other) ** 0.5
        if statistic == "ratio":
            above, _, below = (part.strip() for part in about.partition("/"))
            return self._parameter(above, par) / self._parameter(below, par)
        if statistic == "parameter":
            return self._parameter(about, par)
        if statistic == "quantity":
            return self._quantity(about, par, gain)
        raise InputError(lazy("unknown statistic `{statistic}`", statistic=statistic))

    def _moments(
        self, path: str, par: Mapping[str, Any], gain: Any, disturbed: NDArray[np.float64] | None = None
    ) -> tuple[Any, Any, Any]:
        """Return covariance of both ends between firms, and the variance of source and target."""
        _, source, target = self._ends(path)
        omega = self.alone + par["confounding"][..., None, None] * self.confounded
        if disturbed is not None:
            omega = omega * np.outer(disturbed, disturbed)
        seen = self.product(self.product(gain, omega), gain.mT)
        with_source = self.product(seen, source)
        return with_source @ target, with_source @ source, self.product(seen, target) @ target

    def slope_between(
        self, path: str, par: Mapping[str, Any], gain: Any, disturbed: NDArray[np.float64] | None = None
    ) -> Any:
        """Return the slope that a cross-section of firms would show on a path.

        Parameters
        ----------
        path
            ``a -> b``.
        par, gain
            Parameters, and ``(I − B)⁻¹``.
        disturbed
            ``(node,)`` 0/1: nodes that differ between firms by themselves; by default all.
        """
        covariance, variance, _ = self._moments(path, par, gain, disturbed)
        return covariance / variance

    def _parameter(self, name: str, par: Mapping[str, Any]) -> Any:
        if name not in par:
            raise InputError(lazy("a claim speaks of the unknown parameter `{name}`", name=name))
        return par[name]

    def _quantity(self, name: str, par: Mapping[str, Any], gain: Any) -> Any:
        won = REFERENCE_CHURN * (par["churn_cx"] + par["referral_cx"])
        if name == "growth_rate_cx":
            return 100.0 * 12.0 * won
        if name == "first_year_revenue_cx":
            return 100.0 * (5.5 * won + par["spend_cx"])
        if name == "referral_share":
            referred = 5.5 * REFERENCE_CHURN * par["referral_cx"]
            return referred / (5.5 * won + par["spend_cx"])
        if name == "tx_uplift":
            mx, cx = self.network.position("mx"), self.network.position("cx")
            return gain[..., cx, mx] * par["silo_mx"] / REFERENCE_CX
        if name == "ex -> margin":
            return self.statistic("effect", "ex -> cx", par, gain) * par["cx_margin"]
        message = lazy("unknown quantity `{name}`; known: {quantities}", name=name, quantities=", ".join(QUANTITIES))
        raise InputError(message)

    def all_statistics(
        self,
        statements: Sequence[ScoredStatement],
        par: Mapping[str, Any],
        stack: Any,
        log: Any,
        shape: tuple[int, ...],
        in_force: Mapping[str, Any] | None = None,
    ) -> tuple[list[Any], Any]:
        """Return what each statement speaks of (equal ones computed once), and the log of the spectral radius.

        Parameters
        ----------
        statements
            What is spoken of.
        par
            Parameters, slopes effective ones.
        stack, log
            Functions of the library.
        shape
            Of the parameters.
        in_force
            Parameters as if every link were in force, where a parameter or ratio is to be a number that the caller
            replaces in states in which it is 0 or does not exist.
        """
        gain, radius = self.matrices(par, stack, log, shape)
        known: dict[tuple[str, str], Any] = {}
        statistics = []
        for statement in statements:
            key = (statement.statistic, statement.about)
            if key not in known:
                plain = in_force is not None and key[0] in ("parameter", "ratio")
                known[key] = self.statistic(*key, in_force if plain else par, gain)  # type: ignore[arg-type]
            statistics.append(known[key])
        return statistics, radius


def _stacked(parts: list[Any]) -> NDArray[np.float64]:
    return np.stack(np.broadcast_arrays(*parts), axis=-1)
