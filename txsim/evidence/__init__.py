# SPDX-License-Identifier: MIT
"""What sources say, how far they are believed, and how kinds of studies mislead."""

from txsim.evidence.claims import Claim, Statement, library, read_claims
from txsim.evidence.designs import Design, designs
from txsim.evidence.selection import ScoredClaim, ScoredStatement, Selection, Settings, select, selection

__all__ = [
    "Claim",
    "Design",
    "ScoredClaim",
    "ScoredStatement",
    "Selection",
    "Settings",
    "Statement",
    "designs",
    "library",
    "read_claims",
    "select",
    "selection",
]
