# SPDX-License-Identifier: MIT
"""What ``txsim priors compare`` answers: the payoff under other beliefs, and what each claim does to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from txsim.language import Words
from txsim.results.beliefs import Gap
from txsim.results.codec import Result
from txsim.results.quantities import MONEY, OWN, SHARE, Count, Distribution, Estimate, Real, Share
from txsim.results.recommendation import Verdict


@dataclass(frozen=True)
class Change:
    """A difference of means on common points, with its Monte Carlo standard error."""

    mean: Real
    mcse: Real


@dataclass(frozen=True)
class OptionUnder:
    """What an option pays under a belief."""

    #: ``npv``, ``npv_after_tax``: Net present value, before and after tax.
    npv: Annotated[Distribution, MONEY]
    p_loss: Annotated[Estimate, SHARE]  #: Probability of a loss, as the decision reads it.
    npv_after_tax: Annotated[Distribution | None, MONEY] = None
    #: ``change``, ``change_p_loss``: Against the scenario's own belief: of the mean of ``npv`` and of ``p_loss``, both
    #: as they stand here; ``None`` for that belief itself.
    change: Annotated[Change | None, MONEY] = None
    change_p_loss: Share | None = None


@dataclass(frozen=True)
class PayoffUnder:
    """The payoff under one belief."""

    #: ``how``, ``how_in_words``: How draws were got: ``stored``, ``exact``, ``weighed`` or ``resampled``.
    how: str
    how_in_words: Words
    #: ``k_hat``, ``effective_draws``: Of weights, where draws were weighed; how many independent draws they are worth.
    k_hat: float | None
    effective_draws: float
    verdict: Verdict  #: What the scenario's criterion chooses, policies and limits too, as ``txsim run`` does.
    options: Mapping[str, OptionUnder]  #: By option.


@dataclass(frozen=True)
class ClaimUnder:
    """A claim that another belief makes more or less credible."""

    id: str  #: Which.
    #: ``before``, ``after``: Credibility under the scenario's own belief and under the other, before evidence; ``None``
    #: where not scored.
    before: Share | None
    after: Share | None
    reason: Words = ""  #: Why it is not scored; empty where it is.


@dataclass(frozen=True)
class Variant:
    """Another belief, and the payoff under it."""

    #: ``label``, ``kind``: What it is called, and ``credibility``, ``pack``, ``no_claims``, ``face_value`` or ``set``.
    label: Words
    kind: str
    error: Words | None  #: Why there are no trustworthy draws; the other fields are ``None`` then.
    how: str | None = None
    how_in_words: Words | None = None
    k_hat: float | None = None
    effective_draws: float | None = None
    verdict: Verdict | None = None
    options: Mapping[str, OptionUnder] | None = None
    posterior_credibility: Annotated[Mapping[str, float] | None, SHARE] = None  #: By claim.
    #: Claims whose credibility before evidence it changes, that it drops or that it adds.
    touched: tuple[ClaimUnder, ...] = ()


@dataclass(frozen=True)
class Influence:
    """What leaving out a claim does to committing."""

    #: ``id``, ``cluster``: Which claim.
    id: str
    cluster: str | None
    #: ``change_npv``, ``change_p_loss``: Of the mean net present value and of the probability of a loss.
    change_npv: Annotated[Change | None, MONEY]
    change_p_loss: Share | None
    #: ``verdict``, ``flips``: What would be best then, and whether that is another option beyond Monte Carlo error.
    verdict: str | None
    flips: bool | None
    #: ``how``, ``k_hat``: As in :class:`PayoffUnder`.
    how: str | None
    k_hat: float | None
    error: Words | None  #: Why there are no trustworthy draws without it; the others are ``None`` then.


@dataclass(frozen=True)
class Conflict:
    """Where a statement sits in what the prior and the others imply (docs/model.md, section 8.2)."""

    statistic: str
    about: str
    bound: str | None
    says: Annotated[float, OWN]
    #: ``percentile_of_prior``, ``percentile_of_others``: Probability that a sound study would have said less; of a
    #: bound, that it holds.
    percentile_of_prior: Share
    percentile_of_others: Share
    #: ``tail_of_prior``, ``tail_of_others``: Tail probabilities.
    tail_of_prior: Share
    tail_of_others: Share
    conflict: bool  #: Whether one of these is below 0.05.


@dataclass(frozen=True)
class ClaimStanding:
    """A scored claim: what it says, how far it is believed before and after, and where each statement sits."""

    id: str
    statement: Words
    cluster: str | None
    design: str
    read: str
    credibility: Share
    posterior_credibility: Share | None
    conflicts: tuple[Conflict, ...] | None


@dataclass(frozen=True)
class Leaning:
    """Power-scaling sensitivity of the payoff to one prior or one cluster of claims, and whether it leans on it."""

    of: Literal["prior", "claims"]
    name: str
    sensitivity: float
    leans: bool


@dataclass(frozen=True)
class Spread:
    """Mean, 5 % and 95 % quantile, and median, of a payoff."""

    mean: Real
    p05: Real
    p95: Real
    median: Real = float("nan")


@dataclass(frozen=True)
class RestsOnEvidence:
    """How much of the payoff of committing rests on claims: without and with them, and how far they narrow it."""

    npv_without_claims: Annotated[Spread, MONEY]
    npv_with_claims: Annotated[Spread, MONEY]
    interval_narrowed_by: Share


@dataclass(frozen=True)
class PriorsCompare(Result):
    """What beliefs and claims do to a scenario's payoff."""

    kind: ClassVar[str] = "priors compare"

    scenario: str
    currency: str
    draws: Count
    seed: int
    packs: tuple[str, ...]
    #: ``base``, ``variants``: Under the scenario's own belief, and under those asked for.
    base: PayoffUnder
    variants: tuple[Variant, ...]
    #: Leaving out one claim at a time, the strongest first; ``None`` where not asked for.
    influence: tuple[Influence, ...] | None
    #: ``claims``, ``sensitivity``: Where each claim stands, and what the payoff leans on; the latter ``None`` where not
    #: asked for.
    claims: tuple[ClaimStanding, ...]
    sensitivity: tuple[Leaning, ...] | None
    #: ``gap``, ``evidence``: Association against effect, and how much rests on claims.
    gap: Gap
    evidence: RestsOnEvidence
