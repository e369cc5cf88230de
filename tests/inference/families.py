# SPDX-License-Identifier: MIT
"""A specification with every family of priors that the model writes out, shared by tests: it is compiled once."""

from __future__ import annotations

from txsim.evidence import ScoredClaim, ScoredStatement
from txsim.inference import CalibrationSpec
from txsim.pathways import default_graph
from txsim.priors.catalogue import calibration_parameters
from txsim.priors.distributions import Distribution, beta, clipped, lognormal, point

__all__ = ["PRIORS", "every_family"]

PRIORS = {
    "ex_cx": Distribution("gamma", (2.0, 10.0)),
    "cx_ex": Distribution("uniform", (0.0, 0.2)),
    "ux_ex": Distribution("triangular", (0.0, 0.1, 0.4)),
    "confounding": beta(2.0, 3.0, 0.1, 0.5),
    "uxc_cx": clipped(Distribution("normal", (0.2, 0.3)), 0.0),
    "copy": clipped(lognormal(0.7, 3), 0.0, 1.0),
    "margin_lag": Distribution("spline_lognormal", (0.05, 1.0, 0.5, 3.0, 0.75, 4.0, 0.95, 30.0)),
    "serve_cx": Distribution("spline_normal", (0.1, -3.0, 0.5, 0.0, 0.6, 5.0, 0.9, 6.0)),
    "rival_gain": Distribution("spline_logitnormal", (0.0, 1.0, 0.05, 0.02, 0.3, 0.05, 0.5, 0.4, 0.95, 0.6)),
    "churn_cx": Distribution("lognormal_mixture", (0.5, -4.5, 0.6, -3.8, 0.6)),
}


def every_family() -> CalibrationSpec:
    """Return one weak claim, and priors of which ten are of other families than most and the others known."""
    statement = ScoredStatement("parameter", "reach", "log", 1.2, 5.0, 1.0, 1.0, None)
    claim = ScoredClaim("weak", "weak", 0.5, "cross_section", (statement,))
    known = {name: point(0.01) for name in calibration_parameters()}
    return CalibrationSpec(default_graph(), known | PRIORS | {"reach": lognormal(1.2, 2.5)}, (claim,))
