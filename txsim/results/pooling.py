# SPDX-License-Identifier: MIT
"""What ``txsim evidence pool`` answers: several studies pooled by a random-effects model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from txsim.results.codec import Result
from txsim.results.quantities import RATIO, Real, Share


@dataclass(frozen=True)
class Pooled:
    """A posterior, in the unit of the measure: moments (``None`` where they do not exist), quantiles and intervals."""

    mean: float | None
    sd: float | None
    median: float
    mode: float
    central: tuple[float, float]
    shortest: tuple[float, float]


@dataclass(frozen=True)
class PooledMean(Pooled):
    """The same, and the probability that it is above 0."""

    p_above_0: Share


@dataclass(frozen=True)
class Study:
    """One study: what it found, its interval, its share in the mean, and its effect once the others are known."""

    study: str
    estimate: float
    se: float
    weight: Share
    shrunken: Pooled
    interval: tuple[float, float]


@dataclass(frozen=True)
class PartOfPrior:
    """A normal of the prior of the mean, and its weight."""

    weight: Share
    mean: float
    sd: float


@dataclass(frozen=True)
class PoolingPriors:
    """Priors of mean (``None``: uniform) and spread, and what the weights of the mean's parts become."""

    mu: tuple[PartOfPrior, ...] | None
    tau: str
    mu_posterior_weights: tuple[Share, ...] | None


@dataclass(frozen=True)
class Heterogeneity:
    """Share of the variance of studies that lies between them; ``None`` of one study."""

    median: Share | None


@dataclass(frozen=True)
class BayesFactors:
    """No spread against some, mean 0 against any, and the least these can be; ``None`` under improper priors."""

    tau_zero: Annotated[float | None, RATIO]
    mu_zero: Annotated[float | None, RATIO]
    tau_zero_minimum: Annotated[float | None, RATIO]
    mu_zero_minimum: Annotated[float | None, RATIO]


@dataclass(frozen=True)
class Pair:
    """A spread and a mean."""

    tau: float
    mu: float


@dataclass(frozen=True)
class Maximum:
    """Where likelihood and posterior are highest, jointly and along the mean; ``None`` where there is no maximum."""

    ml_joint: Pair
    map_joint: Pair
    ml_marginal_mu: float | None


@dataclass(frozen=True)
class Common:
    """A mean and its standard error where there is no spread."""

    mu: float
    se: float


@dataclass(frozen=True)
class WithoutPriors:
    """Spread, mean and its standard error by an estimator without priors."""

    tau: float
    mu: float
    se: float


@dataclass(frozen=True)
class Classical:
    """What is estimated without priors: Cochran's Q with its p-value, I², and by estimator."""

    q: float
    p_value: float | None
    i2: Share
    common: Common
    dersimonian_laird: WithoutPriors
    paule_mandel: WithoutPriors
    reml: WithoutPriors
    ml: WithoutPriors


@dataclass(frozen=True)
class EvidencePool(Result):
    """Several studies pooled."""

    kind: ClassVar[str] = "evidence pool"

    #: What was pooled, a key of :data:`txsim.evidence.effect_sizes.MEASURES`; all figures are in its unit.
    measure: str
    grid: str  #: ``direct`` or ``exact``.
    ignored: tuple[str, ...]  #: Columns of the file that were not used.
    #: ``level``, ``interval``: Probability of the intervals, and which are shown.
    level: Share
    interval: Literal["shortest", "central"]
    priors: PoolingPriors
    studies: tuple[Study, ...]
    #: ``mu``, ``tau``, ``prediction``: Mean over studies, spread between them, and a new organisation.
    mu: PooledMean
    tau: Pooled
    prediction: PooledMean
    i2: Heterogeneity
    bayes_factors: BayesFactors
    log_marginal: Real
    maximum: Maximum
    classical: Classical
    claim: Mapping[str, Any] | None = None  #: The pooled figure as a claim, where one was asked for.
    left_out: tuple[str, ...] = ()  #: Names of rows of the file that sum up others.
    empty: tuple[str, ...] = ()  #: Names of rows of the file without a figure.
    taken: tuple[tuple[str, str], ...] = ()  #: Titles of columns that are called otherwise here, and how.
