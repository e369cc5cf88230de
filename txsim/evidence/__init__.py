# SPDX-License-Identifier: MIT
"""What sources say, how far they are believed, and how kinds of studies mislead."""

from txsim.evidence.claims import Claim, ScoredClaim, ScoredStatement, Settings, Statement, library, select
from txsim.evidence.designs import Design, designs

__all__ = ["Claim", "Design", "ScoredClaim", "ScoredStatement", "Settings", "Statement", "designs", "library", "select"]
