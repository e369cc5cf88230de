# SPDX-License-Identifier: MIT
"""The structure of the evidence model as constant arrays: what is fixed once it is compiled.

A layout depends on the graph, on the names of the parameters, on which of them are log-normal and on the quantities
that anybody may speak about. Numbers (priors, claims, credibilities) are not in it: they are data of a compiled model.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from txsim.errors import InputError, did_you_mean
from txsim.inference.spec import CalibrationSpec
from txsim.pathways import REFERENCE_CHURN, REFERENCE_CX, REFERENCE_GROUPS, Network, expand
from txsim.pathways.algebra import Wiring, wiring
from txsim.priors import Distribution, parameters

__all__ = ["KNOTS", "NAMED", "SCORE_LIMIT", "Layout", "Quantity", "layout_for"]

Array = NDArray[np.float64]

#: A quantity that a claim can speak about: the statistic and what it is about.
Quantity = tuple[str, str]

#: Scores at which quantile functions are tabulated; between them cubic interpolation is exact to about 1e-7.
SCORE_LIMIT = 6.0
KNOTS: Array = np.linspace(-SCORE_LIMIT, SCORE_LIMIT, 97)

#: Disturbances between firms, sd in points, and the correlation of staff groups' (docs/model.md, section 8).
SD_INDEX, SD_EX, SD_CX, CORRELATION_EX = 8.0, 6.0, 5.0, 0.5

#: Named quantities: 100 · 12 months, and the months of the first year in which a base has grown on average.
YEAR, FIRST_YEAR = 1200.0, 550.0

#: What every calibration reports, claims or not, as far as the graph has it.
NAMED: tuple[Quantity, ...] = (
    ("effect", "ex -> cx"),
    ("slope", "ex -> cx"),
    ("correlation", "ex -> cx"),
    ("effect", "cx -> ex"),
    ("effect", "ux_employee -> cx"),
    ("correlation", "ux_employee -> ex"),
    ("quantity", "ex -> margin"),
    ("quantity", "first_year_revenue_cx"),
    ("quantity", "growth_rate_cx"),
    ("quantity", "tx_uplift"),
    ("ratio", "cx_ex / ex_cx"),
)


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """The model's structure. Shapes are given with P parameters, L links, N nodes, G groups.

    Attributes
    ----------
    names
        Parameters in the order of every array.
    log_names, score_names, order
        Which of them are free as logs and which as scores, and the positions that put both back in order.
    nodes, wired, cx
        The reference organisation's network and the position of ``cx``.
    positive
        Whether no slope can be negative.
    slope_pick, reach_known, reach_pick
        (P, L), (G,), (P, G): from parameters to slopes of links and reach of groups.
    quantities, quantity_order
        What is computed, in order, and the positions that bring the parts into that order.
    linear
        (P, ·): linear forms of the parameters.
    ratio_above, ratio_below
        (P, ·): parameters above and below the line.
    push, effect_from, effect_to, factor_known, factor_pick
        (N, ·) pushes and weights of moves, (·,) and (P, ·) the factor on the effect (1, or a parameter).
    uplift
        (P, N): what coordination pushes, per point of the level of ``cx``; empty if nothing.
    across_from, across_to, across_is_slope
        (·, N) weights of nodes and (·,) kind of statistic in a cross-section of firms.
    omega_known, omega_confounded, confounding_pick
        (N, N) covariance of disturbances without confounding and what one unit adds, (P,) which parameter it is.
    """

    names: tuple[str, ...]
    log_names: tuple[str, ...]
    score_names: tuple[str, ...]
    order: NDArray[np.int64]
    nodes: tuple[str, ...]
    wired: Wiring
    cx: int
    positive: bool
    slope_pick: Array
    reach_known: Array
    reach_pick: Array
    quantities: tuple[Quantity, ...]
    quantity_order: NDArray[np.int64]
    linear: Array
    ratio_above: Array
    ratio_below: Array
    push: Array
    effect_from: Array
    effect_to: Array
    factor_known: Array
    factor_pick: Array
    uplift: Array
    across_from: Array
    across_to: Array
    across_is_slope: NDArray[np.bool_]
    omega_known: Array
    omega_confounded: Array
    confounding_pick: Array

    @property
    def key(self) -> str:
        """SHA-256 of everything in the layout: models with the same key are the same machine code."""
        digest = hashlib.sha256()
        for holder in (self, self.wired):
            for entry in fields(holder):
                value = getattr(holder, entry.name)
                if isinstance(value, np.ndarray):
                    digest.update(f"{entry.name}{value.dtype}{value.shape}".encode() + value.tobytes())
                elif not isinstance(value, Wiring):
                    digest.update(f"{entry.name}{value!r}".encode())
        return digest.hexdigest()

    def position(self, quantity: Quantity) -> int:
        """Return the position of a quantity."""
        return self.quantities.index(quantity)


def _sides(about: str, mark: str) -> tuple[str, str]:
    left, found, right = (part.strip() for part in about.partition(mark))
    if not (left and found and right):
        message = f"`{about}` should be written `a {mark} b`"
        raise ValueError(message)
    return left, right


class _Sorter:
    """Sorts quantities into the parts of a layout; ``ValueError`` says why one does not fit."""

    def __init__(self, names: tuple[str, ...], network: Network) -> None:
        self.names, self.network = names, network
        self.linear: dict[Quantity, Array] = {}
        self.ratio: dict[Quantity, tuple[Array, Array]] = {}
        self.effect: dict[Quantity, tuple[Array, Array, Array, float, Array]] = {}
        self.uplift: dict[Quantity, Array] = {}
        self.across: dict[Quantity, tuple[Array, Array, bool]] = {}

    def unit(self, name: str) -> Array:
        if name not in self.names:
            message = f"there is no parameter `{name}`{did_you_mean(name, self.names)}"
            raise ValueError(message)
        return np.array([float(name == known) for known in self.names])

    def weights(self, node: str) -> Array:
        members = self.network.members(node)
        if not members:
            plain = sorted({name.partition("[")[0] for name in self.network.nodes})
            message = f"there is no node `{node}`{did_you_mean(node, plain)}"
            raise ValueError(message)
        weights = np.zeros(len(self.network.nodes))
        shares = [group.share for group in self.network.groups] if len(members) > 1 else [1.0]
        weights[list(members)] = shares
        return weights

    def add(self, quantity: Quantity) -> None:
        statistic, about = quantity
        if statistic == "parameter":
            self.linear[quantity] = self.unit(about)
        elif statistic == "ratio":
            above, below = _sides(about, "/")
            self.ratio[quantity] = (self.unit(above), self.unit(below))
        elif statistic == "effect":
            self._effect(quantity, *_sides(about, "->"), None)
        elif statistic in ("slope", "correlation"):
            start, end = (self.weights(node) for node in _sides(about, "->"))
            self.across[quantity] = (start, end, statistic == "slope")
        elif statistic == "quantity":
            self._named(quantity, about)
        else:
            message = f"there is no statistic `{statistic}`"
            raise ValueError(message)

    def _effect(self, quantity: Quantity, start: str, end: str, factor: str | None) -> None:
        source, target = self.weights(start), self.weights(end)
        if not self.network.reached_from(np.flatnonzero(source).tolist()) & set(np.flatnonzero(target).tolist()):
            message = f"no path of the graph leads from `{start}` to `{end}`"
            raise ValueError(message)
        pick = np.zeros(len(self.names)) if factor is None else self.unit(factor)
        self.effect[quantity] = ((source > 0).astype(float), source, target, float(factor is None), pick)

    def _named(self, quantity: Quantity, about: str) -> None:
        if about == "ex -> margin":
            self._effect(quantity, "ex", "cx", "cx_margin")
        elif about == "growth_rate_cx":
            joined = self.unit("churn_cx") + self.unit("referral_cx")
            self.linear[quantity] = YEAR * REFERENCE_CHURN * joined
        elif about == "first_year_revenue_cx":
            joined = self.unit("churn_cx") + self.unit("referral_cx")
            self.linear[quantity] = FIRST_YEAR * REFERENCE_CHURN * joined + 100.0 * self.unit("spend_cx")
        elif about == "tx_uplift":
            pushed = np.zeros((len(self.names), len(self.network.nodes)))
            for link in self.network.links:
                if link.source < 0:
                    pushed[:, link.target] += self.unit(link.slope) / REFERENCE_CX
            if not pushed.any():
                message = "coordination leads to no node of the graph"
                raise ValueError(message)
            self.weights("cx")
            self.uplift[quantity] = pushed
        else:
            known = [name for statistic, name in NAMED if statistic == "quantity"]
            message = f"there is no quantity `{about}`{did_you_mean(about, known)}"
            raise ValueError(message)


def _disturbances(network: Network) -> tuple[Array, Array]:
    """Return the covariance of firms' disturbances without confounding, and what full confounding adds."""
    nodes = network.nodes
    employees, customers = list(network.members("ex")), network.members("cx")
    sd = np.full(len(nodes), SD_INDEX)
    sd[employees] = SD_EX
    sd[list(customers)] = SD_CX
    correlation = np.eye(len(nodes))
    for i in employees:
        for j in employees:
            correlation[i, j] = 1.0 if i == j else CORRELATION_EX
    known = correlation * np.outer(sd, sd)
    added = np.zeros_like(known)
    if employees and customers:
        share = np.array([group.share for group in network.groups])
        mean_sd = np.sqrt(share @ correlation[np.ix_(employees, employees)] @ share)
        for i in employees:
            added[i, customers[0]] = added[customers[0], i] = mean_sd * SD_EX * SD_CX
    return known, added


def _log_normal_home(name: str, prior: Distribution, known: Mapping[str, str]) -> bool:
    """Whether a parameter is free as a log; a known number stays where its default is, so that nothing recompiles."""
    family = prior.family if prior.family != "point" else known.get(name, "lognormal")
    return family in ("lognormal", "point")


def layout_for(spec: CalibrationSpec, others: Iterable[Quantity] = ()) -> Layout:
    """Return the structure of a calibration.

    Parameters
    ----------
    spec
        Graph, priors and claims.
    others
        Quantities that are computed as well wherever the graph and the parameters have them: those of the whole
        library, so that taking claims in and out does not change the structure.

    Returns
    -------
    Layout
        Constant arrays.

    Raises
    ------
    InputError
        If a slope has no prior, or a claim speaks about what is not there; a path without a route is refused.
    """
    network = expand(spec.graph, REFERENCE_GROUPS)
    names = spec.names
    problems: list[str] = []
    needed = {link.slope for link in network.links}
    if any(link.weight == "reach_share" and not g.meets_customers for link in network.links for g in network.groups):
        needed.add("reach")
    problems += [f"the parameter `{name}` has no prior" for name in sorted(needed - set(names))]
    wanted: dict[Quantity, str] = {}
    for claim in spec.claims:
        for statement in claim.statements:
            wanted.setdefault((statement.statistic, statement.about), claim.id)
    sorter = _Sorter(names, network)
    for quantity in sorted({*wanted, *NAMED, *others, *(("parameter", name) for name in names)}):
        try:
            sorter.add(quantity)
        except ValueError as error:
            if quantity in wanted:
                problems.append(f"the claim `{wanted[quantity]}` cannot be scored: {error}")
    if problems:
        raise InputError("\n".join(problems))

    families = {name: entry.prior.family for name, entry in parameters().items() if entry.prior is not None}
    log_names = tuple(name for name in names if _log_normal_home(name, spec.priors[name], families))
    score_names = tuple(name for name in names if name not in log_names)
    grouped = [*log_names, *score_names]
    wired = wiring(network)
    p, n = len(names), len(network.nodes)
    reach_pick = np.zeros((p, len(network.groups)))
    meets = np.array([float(group.meets_customers) for group in network.groups])
    if "reach" in names:
        reach_pick[names.index("reach")] = 1.0 - meets
    known, confounded = _disturbances(network)
    across = list(sorter.across.values())
    effects = list(sorter.effect.values())
    parts = [sorter.linear, sorter.ratio, sorter.effect, sorter.uplift, sorter.across]
    found = [quantity for part in parts for quantity in part]
    ordered = sorted(found)

    def columns(rows: list[Array], length: int) -> Array:
        return np.array(rows).T.copy() if rows else np.zeros((length, 0))

    return Layout(
        names=names,
        log_names=log_names,
        score_names=score_names,
        order=np.array([grouped.index(name) for name in names], dtype=np.int64),
        nodes=network.nodes,
        wired=wired,
        cx=network.position("cx") if "cx" in network.nodes else -1,
        positive=all(_never_negative(spec.priors[slope]) for slope in needed),
        slope_pick=columns([np.array([float(slope == name) for name in names]) for slope in wired.slopes], p),
        reach_known=meets,
        reach_pick=reach_pick,
        quantities=tuple(ordered),
        quantity_order=np.array([found.index(quantity) for quantity in ordered], dtype=np.int64),
        linear=columns(list(sorter.linear.values()), p),
        ratio_above=columns([pair[0] for pair in sorter.ratio.values()], p),
        ratio_below=columns([pair[1] for pair in sorter.ratio.values()], p),
        push=columns([entry[0] for entry in effects], n),
        effect_from=columns([entry[1] for entry in effects], n),
        effect_to=columns([entry[2] for entry in effects], n),
        factor_known=np.array([entry[3] for entry in effects]),
        factor_pick=columns([entry[4] for entry in effects], p),
        uplift=next(iter(sorter.uplift.values()), np.zeros((0, 0))),
        across_from=np.array([entry[0] for entry in across]).reshape(-1, n),
        across_to=np.array([entry[1] for entry in across]).reshape(-1, n),
        across_is_slope=np.array([entry[2] for entry in across], dtype=np.bool_),
        omega_known=known,
        omega_confounded=confounded,
        confounding_pick=sorter.unit("confounding") if "confounding" in names else np.zeros(p),
    )


def _never_negative(prior: Distribution) -> bool:
    from txsim.priors.distributions import support

    return support(prior)[0] >= 0.0
