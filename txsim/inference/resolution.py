# SPDX-License-Identifier: MIT
"""After sampling: which doubted links are in force in each draw, and how far each is still in doubt.

The sampler knows slopes as if every link were in force, with the states of doubted links summed out. Given those, the
state of each draw comes from its conditional distribution, and figures that need no draw of it are means over it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from txsim.inference.bounds import quantities, soundness
from txsim.inference.claim_arrays import Layout
from txsim.inference.links import effective, link_name, log_prior, states
from txsim.inference.spec import CalibrationSpec, barrier, in_pieces, seed_for
from txsim.inference.statements import Reference
from txsim.types import Array


@dataclass(frozen=True)
class Resolved:
    """Draws with the state of every doubted link."""

    #: Draws by parameter, any shape; slopes of doubted links are effective ones, and ``link[e]`` is 1 or 0.
    par: Mapping[str, Array]
    #: ``(..., statement)`` what statements speak of; infinite or NaN for a ratio to a link that is nothing.
    natural: Array
    sound: Array  #: ``(..., cluster)`` weight of each cluster's sound part, mean over the states.
    doubt: Mapping[str, Array]  #: Conditional probability of doing nothing of each doubted link, by its slope.


def log_likelihood(spec: CalibrationSpec, layout: Layout, par: Mapping[str, Array]) -> tuple[Array, Array]:
    """Return what evidence says in each state of the doubted links.

    ``spec``, ``layout``: beliefs, and their claims as arrays from :func:`txsim.inference.bounds.bounded`. ``par``:
    draws by parameter, slopes as if every link were in force. Returns ``(state, ...)`` log of prior probability,
    barrier, claims and data together (docs/model.md, section 8.4), and ``(state, ..., cluster)`` weights of sound
    parts.
    """
    reference = Reference(spec.graph)
    evidence: tuple[Array, Array] = reference.by_pieces(
        par, lambda some: _of_some(spec, layout, reference, some), axis=1
    )
    return evidence


def _of_some(
    spec: CalibrationSpec, layout: Layout, reference: Reference, par: Mapping[str, Array]
) -> tuple[Array, Array]:
    """Return what :func:`log_likelihood` does, of draws whose matrices have room in memory."""
    from scipy.special import log_ndtr

    shape = next(iter(par.values())).shape
    with np.errstate(divide="ignore"):
        log_a, log_rest = np.log(layout.credibility), np.log1p(-layout.credibility)
    total, sounds = [], []
    for i, (chance, force) in enumerate(zip(log_prior(spec.doubt), states(len(spec.doubt)), strict=True)):
        at = effective(par, spec.doubt, force)
        statistics, radius = reference.all_statistics(layout.statements, at, _stack, np.log, shape, in_force=par)
        log = chance + barrier(radius, lambda x: np.logaddexp(0.0, x))
        if layout.statements:
            natural, kinds = _stack(statistics), layout.kinds[i]
            sound = layout.sound(natural, np, log_ndtr, kinds=kinds)
            log = log + np.logaddexp(log_a + sound, log_rest + layout.unsound).sum(axis=-1)
            sounds.append(soundness(layout, natural, kinds))
        for panel in spec.panels:
            log = log + panel.log_likelihood(at, np)
        total.append(np.broadcast_to(log, shape))
    return np.stack(total), np.stack(sounds) if sounds else np.zeros((len(total), *shape, 0))


def resolve(
    spec: CalibrationSpec, layout: Layout, par: Mapping[str, Array], seed: int, shortest: int | None = None
) -> Resolved:
    """Return draws of the sampler with the state of every doubted link.

    ``spec``, ``layout``: as for :func:`log_likelihood`. ``par``: draws by parameter, ``(chain, draw)``, slopes as if
    every link were in force. ``seed``: of the sampler; states come from the stream ``links``. ``shortest``: draws of
    each chain of the shortest run that this one begins as.
    """
    if not spec.doubt:
        natural = quantities(spec, layout.statements, par)
        return Resolved(par, natural, soundness(layout, natural), {})
    log, sounds = log_likelihood(spec, layout, par)
    chance = np.exp(log - log.max(axis=0))
    chance /= chance.sum(axis=0)
    shape = log.shape[1:]
    u = in_pieces(np.random.default_rng(seed_for(seed, "links")).random, shape, shortest or shape[1])
    place = np.minimum((np.cumsum(chance, axis=0) <= u).sum(axis=0), len(log) - 1)
    every = states(len(spec.doubt))
    parameters = effective(par, spec.doubt, np.moveaxis(every[place], -1, 0))
    parameters |= {link_name(name): every[place][..., i] for i, name in enumerate(spec.doubt)}
    doubt = {name: np.tensordot(1.0 - every[:, i], chance, axes=1) for i, name in enumerate(spec.doubt)}
    sound = (chance[..., None] * sounds).sum(axis=0)
    return Resolved(parameters, quantities(spec, layout.statements, parameters), sound, doubt)


def _stack(parts: list[Array]) -> Array:
    return np.stack(np.broadcast_arrays(*parts), axis=-1)
