# SPDX-License-Identifier: MIT
"""A compiled model of the evidence that samples under other numbers without compiling again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from txsim.cachedir import cache_dir
from txsim.evidence import ScoredClaim
from txsim.inference.bounds import bounded
from txsim.inference.calibration import CHAINS, DRAWS
from txsim.inference.resolution import Resolved, resolve
from txsim.inference.spec import CalibrationSpec, Layout, seed_for
from txsim.language import lazy
from txsim.types import Progress

__all__ = ["TUNE", "Engine"]


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
        All claims that a refit may score; by default those of ``spec``. Values, standard errors, credibilities and
        designs may differ at a refit, what a statement speaks of and the clusters may not.
    """

    def __init__(
        self, spec: CalibrationSpec, progress: Progress | None = None, frame: tuple[ScoredClaim, ...] | None = None
    ) -> None:
        from txsim.inference import model

        self._model = model
        self.structure = spec
        self.frame = spec.claims if frame is None else frame
        self.layout = bounded(spec)
        if progress is not None:
            first = not any(cache_dir("pytensor").iterdir())
            where = lazy("first time on this machine: about a minute") if first else lazy("about fifteen seconds")
            progress(lazy("compiling the evidence model, {place}", place=where), None)
        built = model.build(spec, self._framed(spec))
        import nutpie

        self._compiled = nutpie.compile_pymc_model(built)

    def _framed(self, spec: CalibrationSpec) -> Layout:
        """Return the claims in the places that the compiled model has for them."""
        framed = Layout(spec, self.frame)
        for at, name in enumerate(framed.clusters):
            if name in self.layout.clusters:
                framed.unsound[at] = self.layout.unsound[self.layout.clusters.index(name)]
        return framed

    def fits(self, spec: CalibrationSpec) -> bool:
        """Whether the compiled model can serve this specification."""
        known = {claim.id: claim for claim in self.frame}

        def shape(claim: ScoredClaim) -> tuple[Any, ...]:
            told = tuple((s.statistic, s.about, s.transform, s.bound) for s in claim.statements)
            return claim.cluster, told

        return (
            spec.graph == self.structure.graph
            and tuple(spec.doubt) == tuple(self.structure.doubt)
            and [term.about for term in spec.panels] == [term.about for term in self.structure.panels]
            and self._model.families(spec) == self._model.families(self.structure)
            and all(claim.id in known and shape(claim) == shape(known[claim.id]) for claim in spec.claims)
            and self._model.fixed_families(spec) == self._model.fixed_families(self.structure)
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
    ) -> tuple[Resolved, Any]:
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
            Draws ``(chain, draw)`` with what statements speak of and how sound clusters are; the sampler's statistics.
        """
        import nutpie

        self.layout = bounded(spec)
        compiled = self._compiled.with_data(**self._model.data_of(spec, self._framed(spec)))
        words = seed_for(seed, "mcmc").generate_state(1, np.uint32)
        found = nutpie.sample(
            compiled,
            draws=draws,
            tune=tune,
            chains=CHAINS,
            seed=int(words[0]),
            target_accept=target_accept,
            progress_bar=False,
            progress_callback=None if progress is None else lambda chains: progress(_done(chains)),
        )
        variables = {str(name): np.asarray(values) for name, values in found["posterior"].data_vars.items()}
        par = self._model.named_draws(spec, variables)
        return resolve(spec, self.layout, par, seed, shortest), found["sample_stats"]


def _done(chains: Sequence[Any]) -> float:
    """Return the share of draws that nutpie's chains have finished."""
    total = sum(chain.total_draws for chain in chains)
    return sum(chain.finished_draws for chain in chains) / total if total else 0.0
