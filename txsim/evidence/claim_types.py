# SPDX-License-Identifier: MIT
"""What a claim is made of: who says what about which quantity, how it was found, and how far it was checked."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from txsim.package_data import load_packaged

#: What a claim is for: it conditions parameters, it is the basis of a prior, or it is shown only.
ROLES = ("scored", "default", "context")
#: How far a number was looked up: in the source itself, in a page that names the source, not found.
READ = ("yes", "cited", "none")
#: Where a study was made: in the firm that decides, whose data are a panel or a claim and never both, or elsewhere.
WHERE = ("elsewhere", "own_firm")
#: What a statement may speak of, and the scale it is then read on unless stated.
STATISTICS = {
    "effect": "log",
    "slope": "log",
    "correlation": "atanh",
    "parameter": "log",
    "ratio": "log",
    "quantity": "log",
}
#: Named quantities that a claim may speak of (docs/model.md, section 8.2).
QUANTITIES = ("ex -> margin", "growth_rate_cx", "first_year_revenue_cx", "tx_uplift", "referral_share")
#: Scales, and the values that exist on them.
TRANSFORMS = {"log": (0.0, math.inf), "atanh": (-1.0, 1.0), "logit": (0.0, 1.0), "natural": (-math.inf, math.inf)}
#: What may be reported in its own unit, so that it may be nothing or of either sign.
SIGNED = ("effect", "slope", "parameter")
#: One-sided statements: "up to" and "at least".
BOUNDS = ("at_most", "at_least")


@dataclass(frozen=True, slots=True)
class Statement:
    """One number that a source states about one quantity."""

    #: ``statistic``, ``about``: What it speaks of: ``effect``, ``slope`` or ``correlation`` on ``"a -> b"``, a
    #: ``parameter``, a ``ratio`` ``"a / b"`` of two, or a named ``quantity`` (docs/model.md, section 8.2).
    statistic: str
    about: str
    #: ``value``, ``se``: The number in the model's unit, and its standard error on the scale of ``transform``.
    value: float
    se: float
    #: ``log``, ``atanh`` or ``logit``; ``natural`` where an effect, slope or parameter and its standard error are in
    #: the unit itself, so that the value may be 0 or below.
    transform: str
    bound: str | None = None  #: ``at_most``, ``at_least`` or ``None``.
    #: ``spread``, ``exaggeration``: Own values in place of the design's.
    spread: float | None = None
    exaggeration: float | None = None
    unit: str = ""  #: Unit of the value.
    #: ``conversion``, ``inputs``, ``assumptions``: Function of :mod:`txsim.evidence.conversions`, what the source
    #: prints, and what was assumed.
    conversion: str | None = None
    inputs: Mapping[str, Any] = field(default_factory=dict)
    assumptions: str = ""
    #: A study's own figures, from which value and standard error follow; see :mod:`txsim.evidence.study_values`.
    reported: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Claim:
    """One entry of the library: who says what, how it was found, and how far it was checked."""

    #: ``id``, ``role``, ``statement``: Name, one of :data:`ROLES`, and what is claimed, in a sentence.
    id: str
    role: str
    statement: str
    read: str  #: How far the number was looked up, one of :data:`READ`.
    statements: tuple[Statement, ...] = ()  #: What is scored.
    #: ``design``, ``credibility``, ``why``: Kind of study; probability of being sound in place of the design's, and the
    #: reason for that.
    design: str | None = None
    credibility: float | None = None
    why: str = ""
    cluster: str | None = None  #: Claims of the same database or authors are sound or not together; ``None``: its own.
    #: ``source``, ``year``, ``sample``, ``population``, ``industry``: Citation as far as known, and on whom it was
    #: found.
    source: str = ""
    year: int | None = None
    sample: str = ""
    population: str = ""
    industry: tuple[str, ...] = ()
    #: ``replaces``, ``on_request``: Claims whose place it takes where it is used; whether it is used only where it is
    #: named.
    replaces: tuple[str, ...] = ()
    default_for: tuple[str, ...] = ()  #: Priors and settings it is the basis of.
    on_request: bool = False
    #: Key of an organisation without which what it speaks of is not computed; such a claim conditions that parameter
    #: alone, outside of the calibration that scenarios share.
    needs: str = ""
    null: bool = False  #: Whether the source reports no effect of something.
    where: str = ""  #: One of :data:`WHERE`; empty where it is not said. A study that is reported says it.

    @property
    def verified(self) -> bool:
        """Whether the number was read in the source itself."""
        return self.read == "yes"


# --- How kinds of studies are read: exaggeration, spread and credibility by design (``designs.yaml``)


@dataclass(frozen=True, slots=True)
class Design:
    """One kind of study (docs/model.md, section 8; the numbers are judgement)."""

    #: ``name``, ``title``, ``why``: What it is, what such studies are called on a page, and the reason.
    name: str
    exaggeration: float  #: Factor by which such studies overstate.
    spread: float  #: Log sd (logit sd for shares) around that; ``spread_atanh`` for correlations.
    credibility: float  #: Default prior probability that such a claim is sound.
    why: str
    spread_atanh: float | None = None
    verified: bool = False  #: Whether the numbers were looked up; those of the package are judgement.
    title: str = ""


def designs() -> dict[str, Design]:
    """Return every design by name.

    >>> designs()["vendor_claim"].credibility
    0.1
    """
    return {name: Design(name, **entry) for name, entry in load_packaged("txsim.evidence", "designs.yaml").items()}
