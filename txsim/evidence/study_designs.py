# SPDX-License-Identifier: MIT
"""How kinds of studies are read: exaggeration, spread and credibility by design (``designs.yaml``)."""

from __future__ import annotations

from dataclasses import dataclass

from txsim.package_data import load_packaged


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
