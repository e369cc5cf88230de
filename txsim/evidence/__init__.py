# SPDX-License-Identifier: MIT
"""What sources say, how far they are believed, and how kinds of studies mislead."""

from txsim.evidence.claim_types import QUANTITIES, Claim, Design, Statement, designs
from txsim.evidence.claims import claim_name, library, read_claims, replaced_claims
from txsim.evidence.selection import ScoredClaim, ScoredStatement, Selection, Settings, select, selection
