# SPDX-License-Identifier: MIT
"""Scenario files: the format, reading them, checks, warnings, the JSON Schema.

A file becomes a frozen :class:`Scenario` in four steps, one module each: words (``scalars``, ``yaml_reader``), several
files as one (``layers``), values (``models``), whether they fit together (``checks``). ``findings`` and ``layers`` give
every complaint its line.
"""

from txsim.scenario.actions import Driver, Pilot
from txsim.scenario.loader import as_scenario, changed, folder_of, load, load_beliefs, loads, locate
from txsim.scenario.models import Scenario
from txsim.scenario.organisation import Organisation
from txsim.scenario.plausibility import warnings
