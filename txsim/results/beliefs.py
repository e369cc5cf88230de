# SPDX-License-Identifier: MIT
"""What the verbs of ``txsim priors`` answer about parameters: listed, shown whole, checked, and packs of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from txsim.language import Words
from txsim.results.codec import Result
from txsim.results.quantities import OWN, RATIO, SHARE, Count, Real, Share


@dataclass(frozen=True)
class Quantiles:
    """Median, 5 % and 95 % quantile; the unit is that of the field that holds them."""

    median: Real
    p05: Real
    p95: Real


@dataclass(frozen=True)
class Prior:
    """A belief before evidence: median, 5 % and 95 % quantile, and the same in figures as people write them."""

    median: Real
    p05: Real
    p95: Real
    words: str


@dataclass(frozen=True)
class Doubt:
    """How probable it is that a link does nothing, before and after the evidence, and its mean with that counted."""

    before: Share
    after: Share
    mean_effective: Annotated[Real, OWN]


@dataclass(frozen=True)
class CalibrationSource:
    """Which draws a listing rests on: SHA-256 of what made them, and ``point``, ``prior`` or ``mcmc``."""

    hash: str
    source: str


@dataclass(frozen=True)
class Source:
    """Where a belief comes from."""

    source: Words  #: File and line, a pack, or ``catalogue``.
    #: ``by``, ``date``, ``why``: Who stated it, when and why.
    by: str
    date: str
    why: Words
    evidence: tuple[str, ...]  #: Ids of the claims that it contains.


@dataclass(frozen=True)
class Parameter(Source):
    """One parameter before and after evidence."""

    #: ``name``, ``unit``, ``meaning``, ``role``: What it is.
    name: str
    unit: Words
    meaning: Words
    role: str
    #: ``prior``, ``posterior``: Before, and after; ``None`` where nothing was calibrated.
    prior: Annotated[Prior, OWN]
    posterior: Annotated[Quantiles | None, OWN]
    #: By what share evidence narrows it, 1 − sd after / sd before; below 0 the claims make it wider.
    narrowed_by: Share | None
    doubt: Doubt | None  #: Where the link may be nothing.


@dataclass(frozen=True)
class PriorsList(Result):
    """Every parameter, before and after evidence."""

    kind: ClassVar[str] = "priors list"

    scenario: Words  #: Title, file, or that they are the packaged beliefs.
    packs: tuple[str, ...]  #: Packs that it rests on, the topmost first.
    calibration: CalibrationSource
    claims_scored: Count  #: How many claims were weighed.
    narrowed_by_a_tenth: Count  #: How many parameters evidence narrows by more than a tenth.
    parameters: tuple[Parameter, ...]


@dataclass(frozen=True)
class ClaimStatement:
    """What a claim says: statistic, about what, the value, its bound, the design's exaggeration, sd and scale."""

    statistic: str
    about: str
    value: Annotated[float, OWN]
    bound: str | None
    exaggeration: Annotated[float, RATIO]
    sd: float
    scale: str


@dataclass(frozen=True)
class ClaimOfParameter:
    """A claim that speaks of a parameter."""

    id: str
    says: tuple[ClaimStatement, ...]  #: Its statements.
    #: ``design``, ``source``, ``year``, ``read``, ``verified``: Citation, and how far the number was looked up.
    design: str | None
    source: str
    year: int | None
    read: str
    verified: bool
    #: ``credibility``, ``posterior_credibility``: Before and after the evidence; the latter ``None`` where it was not
    #: scored.
    credibility: Share
    posterior_credibility: Share | None
    denied: bool  #: Whether the priors forbid what it says.
    likelihood: tuple[float, ...]  #: How well it alone fits along ``density.x``, highest 1.


@dataclass(frozen=True)
class Gap:
    """What surveys see beside what pushing gives, and what lies between (docs/model.md, section 8)."""

    path: str  #: Between which nodes.
    #: ``association``, ``effect``: Points per point.
    association: Annotated[Quantiles, OWN]
    effect: Annotated[Quantiles, OWN]
    #: ``share_effect``, ``shares``: Share of the association that is effect, and of each other cause by name.
    share_effect: Share
    shares: Annotated[Mapping[str, float], SHARE]


@dataclass(frozen=True)
class Density:
    """Densities of prior and posterior along values ``x``, per unit of the axis (``linear`` or ``log``), highest 1."""

    axis: Literal["linear", "log"]
    x: Annotated[tuple[float, ...], OWN]
    prior: tuple[float, ...]
    posterior: tuple[float, ...]


@dataclass(frozen=True)
class PriorsShow(Result, Source):
    """One parameter whole."""

    kind: ClassVar[str] = "priors show"

    #: ``name``, ``unit``, ``meaning``: What it is.
    name: str
    unit: Words
    meaning: Words
    #: ``scenario``, ``calibration``: Whose beliefs, and the draws.
    scenario: Words
    calibration: CalibrationSource
    #: ``prior``, ``variants``: Before, and by reference class where it depends on one.
    prior: Annotated[Prior, OWN]
    variants: Annotated[Mapping[str, Prior] | None, OWN]
    #: ``posterior``, ``narrowed_by``, ``doubt``: After; ``None`` for what is not calibrated.
    posterior: Annotated[Quantiles | None, OWN]
    narrowed_by: Share | None
    doubt: Doubt | None
    claims: tuple[ClaimOfParameter, ...]  #: Those that speak of it.
    #: ``gap``, ``predictions``, ``density``: Association against effect, what a value would mean in practice, and
    #: densities.
    gap: Gap | None
    predictions: tuple[Words, ...] | None
    density: Density | None


@dataclass(frozen=True)
class Outcome:
    """What the priors say about one outcome, and how much of that is absurd."""

    #: ``outcome``, ``unit``: Which, and its unit.
    outcome: Words
    unit: Words
    #: ``median``, ``p05``, ``p95``: In that unit.
    median: Annotated[Real, OWN]
    p05: Annotated[Real, OWN]
    p95: Annotated[Real, OWN]
    #: ``absurd``, ``absurd_if``: Mass on what is absurd, and what that is.
    absurd: Share
    absurd_if: Words


@dataclass(frozen=True)
class LoopGain:
    """Feedback under the priors: spectral radius, how often above 0.9 and above 1, and the loops there are."""

    median: Real
    p05: Real
    p95: Real
    over_0_9: Share
    impossible: Share
    loops: tuple[str, ...]


@dataclass(frozen=True)
class OutsideEvidence:
    """How much of a prior lies where no study is: the quantity, the ends of all studies, and the mass beyond them."""

    quantity: str
    prior: Quantiles
    evidence: tuple[float, float]
    below: Share
    above: Share
    outside: Share


@dataclass(frozen=True)
class AlreadyUsed:
    """Claims that a prior contains, so that they are not scored again."""

    parameter: str
    claims: tuple[str, ...]


@dataclass(frozen=True)
class PriorsCheck(Result):
    """What the priors alone say about outcomes that one can judge."""

    kind: ClassVar[str] = "priors check"

    scenario: str
    currency: str
    draws: Count
    seed: int
    packs: tuple[str, ...]
    absurd_mass: Share  #: More mass than this on the absurd is a finding.
    outcomes: tuple[Outcome, ...]
    loop_gain: LoopGain
    outside_evidence: tuple[OutsideEvidence, ...]
    already_uses: tuple[AlreadyUsed, ...]
    findings: tuple[Words, ...]  #: What speaks against the priors, in words.
    passes: bool  #: Whether they are possible.


@dataclass(frozen=True)
class Pack:
    """A named set of beliefs, with what it says as plain data in the words of a scenario file."""

    name: str
    title: Words
    why: Words
    priors: Mapping[str, Any]
    evidence: Mapping[str, Any]


@dataclass(frozen=True)
class PriorsPacks(Result):
    """The prior packs of the package."""

    kind: ClassVar[str] = "priors packs"

    packs: tuple[Pack, ...]
