# SPDX-License-Identifier: MIT
"""A compiled model of the evidence that samples under other numbers without compiling again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from txsim.evidence import ScoredClaim
from txsim.inference import model
from txsim.inference.bounds import bounded
from txsim.inference.calibration import DRAWS
from txsim.inference.chains import sample_chains
from txsim.inference.claim_arrays import Layout
from txsim.inference.model_code import model_code, structure
from txsim.inference.resolution import Resolved, resolve
from txsim.inference.spare_places import frame_of
from txsim.inference.spec import CalibrationSpec, seed_for
from txsim.types import Array, Progress

TUNE = 1000


class Engine:
    """A compiled model that can be refitted to other priors, claims and credibilities without compiling.

    Parameters
    ----------
    spec
        Decides the structure: graph, families of priors.
    progress
        Told what takes long.
    frame
        All claims that a refit may score; by default those of ``spec``, and places for claims of one's own where it has
        such (:mod:`txsim.inference.spare_places`). Values, standard errors, credibilities and designs may differ at a
        refit, what a statement speaks of and the clusters may not.
    """

    def __init__(
        self, spec: CalibrationSpec, progress: Progress | None = None, frame: tuple[ScoredClaim, ...] | None = None
    ) -> None:
        self.structure = spec
        self._places = frame_of(spec) if frame is None else None
        self.frame = frame or self._places or spec.claims
        self.layout = bounded(spec)
        self._code = model_code(spec, self._framed(spec), progress)

    def _framed(self, spec: CalibrationSpec) -> Layout:
        """Return the claims in the places that the compiled model has for them."""
        framed = Layout(spec, self.frame if self._places is None else frame_of(spec))
        for at, name in enumerate(framed.clusters):
            if name in self.layout.clusters:
                framed.unsound[at] = self.layout.unsound[self.layout.clusters.index(name)]
        return framed

    def fits(self, spec: CalibrationSpec) -> bool:
        """Whether the compiled model can serve this specification."""
        if self._places is not None:
            frame = frame_of(spec)
            mine = structure(self.structure, Layout(self.structure, self._places))
            return frame is not None and structure(spec, Layout(spec, frame)) == mine
        known = {claim.id: claim for claim in self.frame}

        def shape(claim: ScoredClaim) -> tuple[Any, ...]:
            statements = tuple((s.statistic, s.about, s.transform, s.bound) for s in claim.statements)
            return claim.cluster, statements

        return (
            spec.graph == self.structure.graph
            and tuple(spec.doubt) == tuple(self.structure.doubt)
            and [term.about for term in spec.panels] == [term.about for term in self.structure.panels]
            and model.families(spec) == model.families(self.structure)
            and all(claim.id in known and shape(claim) == shape(known[claim.id]) for claim in spec.claims)
            and model.fixed_families(spec) == model.fixed_families(self.structure)
        )

    def sample(
        self,
        spec: CalibrationSpec,
        seed: int,
        *,
        draws: int = DRAWS,
        shortest: int | None = None,
        tune: int = TUNE,
        target_accept: float = 0.8,
        progress: Callable[[float], None] | None = None,
    ) -> tuple[Resolved, Array]:
        """Sample under another specification of the same structure.

        Parameters
        ----------
        spec
            Same graph, statements and families of priors; other numbers.
        seed
            Seed of the sampler.
        draws, tune
            Kept and discarded draws of each chain.
        shortest
            Draws of the shortest run that this one begins as, bit for bit; by default it is itself.
        target_accept
            Acceptance that step sizes aim at.
        progress
            Told the share of draws that are done.

        Returns
        -------
        tuple
            Draws ``(chain, draw)`` with what statements speak of and how sound clusters are; ``(chain, draw)`` which of
            them came from trajectories that diverged.
        """
        self.layout = bounded(spec)
        variables, diverging = sample_chains(
            self._code,
            model.data_of(spec, self._framed(spec)),
            self._code.start(spec),
            seed=int(seed_for(seed, "mcmc").generate_state(1, np.uint32)[0]),
            draws=draws,
            tune=tune,
            target_accept=target_accept,
            progress=progress,
        )
        return resolve(spec, self.layout, model.named_draws(spec, variables), seed, shortest), diverging
