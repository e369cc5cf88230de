# SPDX-License-Identifier: MIT
"""One desk for all tests: its draws come from the session's store, its model is compiled once."""

from __future__ import annotations

from pathlib import Path

import pytest

from txsim.desk import Desk, comparison
from txsim.desk.claim_effects import Variant
from txsim.results.belief_comparison import PriorsCompare
from txsim.scenario import load

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def desk() -> Desk:
    return Desk(load(ROOT / "scenarios/service_desk_pilot.yaml"), draws=4096, quick=True)


@pytest.fixture(scope="session")
def compared(desk: Desk) -> PriorsCompare:
    variants = [Variant(f"vendor_claim {a:g}", "credibility", desk.credible(vendor_claim=a)) for a in (0.0, 0.5)]
    variants.append(Variant("no claims", "no_claims", desk.no_claims()))
    return comparison(desk, variants)
