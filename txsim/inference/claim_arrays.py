# SPDX-License-Identifier: MIT
"""The likelihood of claims as arrays (docs/model.md, section 8)."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from txsim.evidence import ScoredClaim, ScoredStatement
from txsim.inference.links import LIVE, UNDEFINED, ZERO, kinds_of_value, link_name
from txsim.inference.spec import CalibrationSpec
from txsim.types import Array

_WIDE = math.log(1000.0)


_LOG_WIDTH = {"atanh": math.log(2.0), "natural": 0.0}


#: Log density of what cannot be.
_NEVER = -1e6


def _stack(parts: list[Any]) -> Array:
    return np.stack(np.broadcast_arrays(*parts), axis=-1)


class Layout:
    """Claims as arrays: which statement belongs to which cluster, which errors go together.

    Parameters
    ----------
    frame
        More claims than are scored, as in a compiled model that serves many selections of claims: the arrays then have
        places for all of them, and those that ``spec`` does not score are switched off. By default the scored ones.
    """

    def __init__(self, spec: CalibrationSpec, frame: tuple[ScoredClaim, ...] | None = None) -> None:
        scored = {claim.id: claim for claim in spec.claims}
        claims = spec.claims if frame is None else tuple(scored.get(claim.id, claim) for claim in frame)
        #: All statements in a row.
        self.statements: tuple[ScoredStatement, ...] = tuple(s for claim in claims for s in claim.statements)
        #: ``(statement,)`` whether it is scored.
        self.active = np.array([float(claim.id in scored) for claim in claims for _ in claim.statements])
        self.clusters = tuple(dict.fromkeys(claim.cluster for claim in claims))  #: Names of the clusters.
        owners = [claim.cluster for claim in claims for _ in claim.statements]
        #: ``(statement,)`` position of its cluster.
        self.cluster_of = np.array([self.clusters.index(owner) for owner in owners], dtype=np.int64)
        # A cluster that is switched off counts as sound for certain, with nothing said.
        self.credibility = np.array(
            [next((c.credibility for c in spec.claims if c.cluster == name), 1.0) for name in self.clusters]
        )
        self.doubted = tuple(spec.doubt)  #: Names of the slopes of links in doubt.
        #: ``(state, statement)`` what each statement's quantity is in each state of these links, from
        #: :func:`txsim.inference.links.kinds_of_value`; one state where no link is in doubt.
        self.kinds = np.zeros((2 ** len(self.doubted), len(self.statements)), dtype=np.int8)
        if not self.statements:  # the organisation's data alone
            self.side, self.unsound = np.zeros(0), np.zeros(0)
            return
        if self.doubted:
            self.kinds = kinds_of_value(spec.graph, self.doubted, self.statements)
        kinds = [s.transform for s in self.statements]
        #: ``(statement,)`` whether it is scored on the natural scale, as an effect that may have either sign.
        self.natural_scale = np.array([kind == "natural" for kind in kinds])
        self.value = self.transformed(np.array([s.value for s in self.statements]), np)
        self.exaggeration = np.array([s.exaggeration for s in self.statements])
        self.se = np.array([max(s.se, 1e-6) for s in self.statements])
        self.spread = np.array([s.spread for s in self.statements])
        # On the natural scale the sd follows from the effect, see `widths`.
        self.sd = np.where(self.natural_scale, 1.0, [max(s.sd, 1e-6) for s in self.statements])
        self.side = np.array([{None: 0.0, "at_most": 1.0, "at_least": -1.0}[s.bound] for s in self.statements])
        keys = [
            (owner, s.statistic, s.about) if s.bound is None else (owner, "bound", str(i))
            for i, (owner, s) in enumerate(zip(owners, self.statements, strict=True))
        ]
        names = list(dict.fromkeys(keys))
        #: ``(block, statement)`` 0/1: statements of one cluster about the same quantity, two-sided.
        self.blocks = np.array([[float(key == name) for key in keys] for name in names])
        self.rho = spec.within_cluster_correlation
        block_cluster = [self.cluster_of[int(np.flatnonzero(row)[0])] for row in self.blocks]
        self.to_cluster = np.zeros((len(names), len(self.clusters)))
        self.to_cluster[np.arange(len(names)), block_cluster] = 1.0
        self.member = np.zeros((len(self.statements), len(self.clusters)))
        self.member[np.arange(len(self.statements)), self.cluster_of] = 1.0
        # What an unsound statement on the natural scale says follows from the prior, as that of a bound does.
        width = np.array([_LOG_WIDTH.get(kind, math.log(_WIDE)) for kind in kinds])
        self.unsound = -((self.side == 0.0) * self.active * width) @ self.member

    def transformed(self, natural: Any, xp: Any) -> Any:
        """Return statements' values ``(..., statement)`` on their transformed scales."""
        inner = natural * 1.0
        edge = 1e-12
        parts = []
        for i, statement in enumerate(self.statements):
            x = inner[..., i]
            if statement.transform == "atanh":
                parts.append(xp.arctanh(xp.clip(x, -0.999, 0.999)))
            elif statement.transform == "logit":
                held = xp.clip(x, edge, 1 - edge)
                parts.append(xp.log(held) - xp.log1p(-held))
            elif statement.transform == "natural":
                parts.append(x)
            else:
                parts.append(xp.log(xp.clip(x, 1e-30, 1e30)))
        return xp.stack(parts, axis=-1)

    @property
    def terms(self) -> dict[str, Array]:
        """Return the numbers of :meth:`sound` that a refit may change, in a fixed order.

        ``value``, ``exaggeration`` and ``two`` (one over the sd of a two-sided statement, errors within blocks made
        equicorrelated) by statement, ``one`` by one-sided statement, ``shrink`` by block, ``constant`` by cluster.
        Statements on the natural scale add ``error`` and ``relative``: squares of the standard error and of the spread.
        Links in doubt add ``null`` and ``null_log``, residual and log density of a statement about what is 0, and
        ``never``, the log density of one about what does not exist.
        """
        if not self.statements:
            return {}
        two_sided = (self.side == 0.0) * self.active
        size = self.blocks @ two_sided
        one_sided = self.side != 0.0
        log_det = np.where(size > 0, (size - 1) * math.log1p(-self.rho) + np.log1p((size - 1) * self.rho), 0.0)
        constant = -0.5 * (log_det + size * math.log(2 * math.pi)) @ self.to_cluster
        constant -= (two_sided * np.log(self.sd)) @ self.member
        # Where a bound is switched off, its Φ(0) is taken back.
        constant += math.log(2.0) * ((1.0 - self.active) * one_sided) @ self.member
        more: dict[str, Array] = {}
        if self.natural_scale.any():
            mine = self.natural_scale & (self.active > 0)  # one that is switched off is 1 wide, whatever the effect
            more |= {"error": np.where(mine, self.se**2, 1.0), "relative": np.where(mine, self.spread**2, 0.0)}
        if (self.kinds != LIVE).any():
            # Reported in its own unit, y is normal about 0 with sd se · y: the density of its logarithm is φ(1/se)/se.
            null = two_sided / (self.se * math.sqrt(1.0 - self.rho))
            more |= {"null": null, "null_log": two_sided * np.log(self.sd / self.se), "never": _NEVER * self.active}
        return more | {
            "value": self.value,
            "exaggeration": self.exaggeration,
            "two": two_sided / (self.sd * math.sqrt(1.0 - self.rho)),
            "one": (self.side * self.active / self.sd)[one_sided],
            "shrink": self.rho / (1 + (np.maximum(size, 1) - 1) * self.rho),
            "constant": constant,
        }

    def sound(
        self,
        natural: Any,
        xp: Any,
        log_ndtr: Any,
        terms: Mapping[str, Any] | None = None,
        kinds: NDArray[np.int8] | None = None,
    ) -> Any:
        """Return the log density ``(..., cluster)`` of all statements of a cluster, given that they are sound.

        Parameters
        ----------
        natural
            What the statements speak of, ``(..., statement)``, natural scale, before exaggeration.
        xp
            Library with ``log``, ``clip``, ``arctanh``, ``stack``, ``where``, ``sqrt``.
        log_ndtr
            Logarithm of the normal distribution function.
        terms
            :attr:`terms`, where they are not this layout's own.
        kinds
            ``(..., statement)`` what each quantity is, as in :attr:`kinds`; by default none has vanished.
        """
        numbers = self.terms if terms is None else terms
        vanished = kinds is not None and bool((kinds != LIVE).any())
        if kinds is not None and vanished:
            natural = self.live(natural, kinds, xp)
        claimed = natural * numbers["exaggeration"]
        away = numbers["value"] - self.transformed(claimed, xp)
        residual = away * numbers["two"]
        extra: Any = 0.0
        if self.natural_scale.any():
            width = xp.sqrt(numbers["error"] + numbers["relative"] * claimed * claimed)
            residual = residual / width
            extra = extra - (xp.log(width) * ((self.side == 0.0) * 1.0)) @ self.member
        if kinds is not None and vanished:
            logs = np.array([s.transform == "log" for s in self.statements])
            null = (kinds == ZERO) & logs & (self.side == 0.0)
            residual = xp.where(null, numbers["null"], residual)
            never = (kinds == UNDEFINED) * numbers["never"]
            extra = extra + (xp.where(null, numbers["null_log"], 0.0) + never) @ self.member
        total = residual @ self.blocks.T
        squares = (residual * residual) @ self.blocks.T
        log_density = -0.5 * (squares - numbers["shrink"] * total * total) @ self.to_cluster + numbers["constant"]
        if self.natural_scale.any() or vanished:
            log_density = log_density + extra
        bounds = np.flatnonzero(self.side != 0.0)
        if bounds.size:
            log_density = log_density + log_ndtr(away[..., bounds] * numbers["one"]) @ self.member[bounds]
        return log_density

    def live(self, natural: Any, kinds: NDArray[np.int8], xp: Any) -> Any:
        """Return quantities with numbers that can be computed with where they have vanished: 0, 1e30 and 1."""
        stand_in = np.array([0.0, 0.0, 1e30, 1.0])[kinds]
        return xp.where(kinds != LIVE, stand_in, natural)

    def kinds_at(self, par: Mapping[str, Array]) -> NDArray[np.int8] | None:
        """Return what each quantity is at draws, ``(..., statement)``, from their ``link[e]``; ``None`` without any."""
        if not self.doubted:
            return None
        places = np.zeros(par[link_name(self.doubted[0])].shape, dtype=np.int64)
        for name in self.doubted:
            places = 2 * places + (par[link_name(name)] == 0.0)
        return np.asarray(self.kinds[places])

    def standardised(self, natural: Array) -> Array:
        """Return how far each statement lies above what a sound study would say, in its sds, ``(..., statement)``."""
        claimed = natural * self.exaggeration
        width = np.where(self.natural_scale, np.hypot(self.se, self.spread * claimed), self.sd)
        return np.asarray((self.value - self.transformed(claimed, np)) / width)

    def chance_of_bounds(self, cluster: int, natural: Callable[[Sequence[ScoredStatement]], Array]) -> float:
        """Return the log of the prior probability that a cluster's one-sided statements hold together.

        ``cluster``: its position. ``natural``: called with statements; returns prior draws ``(draw, statement)`` of
        what they speak of.
        """
        from scipy.special import log_ndtr

        bounds = self.bounds_of(cluster)
        if not bounds.size:
            return 0.0
        part = copy.copy(self)
        part.statements = tuple(self.statements[i] for i in bounds)
        drawn = part.transformed(natural(part.statements) * self.exaggeration[bounds], np)
        log_chance = log_ndtr((self.value[bounds] - drawn) / self.sd[bounds] * self.side[bounds])
        together = log_chance.sum(axis=-1)
        # A prior that all but excludes a bound has chances too small for a float: they are lifted before and after.
        lift = max(0.0, -600.0 - float(together.max()))
        return float(np.log(np.exp(together + lift).mean())) - lift

    def density_of_reported(self, cluster: int, natural: Callable[[Sequence[ScoredStatement]], Array]) -> float:
        """Return the log density of a cluster's statements on the natural scale, given that it is unsound.

        Each is Cauchy about 0, as wide as its standard error and the prior median of what a study would say together.
        Parameters are those of :meth:`chance_of_bounds`.
        """
        mine = np.flatnonzero(self.natural_scale & (self.active > 0) & (self.cluster_of == cluster))
        if not mine.size:
            return 0.0
        drawn = natural([self.statements[i] for i in mine]) * self.exaggeration[mine]
        width = np.hypot(self.se[mine], np.median(np.abs(drawn), axis=0))
        return float(-np.log(math.pi * width * (1.0 + (self.value[mine] / width) ** 2)).sum())

    def bounds_of(self, cluster: int) -> NDArray[np.int64]:
        """Return positions of the one-sided statements of a cluster that are scored."""
        return np.flatnonzero((self.side != 0.0) & (self.active > 0) & (self.cluster_of == cluster))
