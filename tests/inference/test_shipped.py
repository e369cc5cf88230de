# SPDX-License-Identifier: MIT
"""The draws behind every shipped scenario can be trusted, far beyond the gate."""

from __future__ import annotations

from pathlib import Path

from txsim.forecast import calibration_spec
from txsim.inference import Engine, calibrate
from txsim.scenario import load


def test_every_shipped_scenario_has_good_draws(scenarios: Path) -> None:
    files = sorted(scenarios.glob("*.yaml"))
    # The default claims first: their compiled model serves the others, which leave claims out or weigh them anew.
    specs = {spec.hash: spec for spec in (calibration_spec(load(file)) for file in files)}
    ordered = sorted(specs.values(), key=lambda spec: -len(spec.claims))
    assert len(files) >= 10
    assert len(ordered) >= 3
    engines: list[Engine] = []
    for spec in ordered:
        found = calibrate(spec, engines=engines).diagnostics
        assert found["divergences"] == 0
        assert found["r_hat"] < 1.01
        assert min(found["ess_bulk"], found["ess_tail"]) >= 1000
