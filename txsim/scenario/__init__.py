# SPDX-License-Identifier: MIT
"""Scenario files: format, reading, checks."""

from txsim.scenario.checks import fixed_by_author, implausible
from txsim.scenario.loader import load, loads, locate, scenario_hash
from txsim.scenario.models import Driver, Organisation, Pilot, Scenario

__all__ = [
    "Driver",
    "Organisation",
    "Pilot",
    "Scenario",
    "fixed_by_author",
    "implausible",
    "load",
    "loads",
    "locate",
    "scenario_hash",
]
