# SPDX-License-Identifier: MIT
"""What a user would run instead, by the libraries that he would run it with; those not installed are named.

Each takes a panel as a data frame (``unit, month, ex, cx`` and both of the month before) and returns the effect of EX
on CX a month later, its 90 % interval, and whether it is called at 5 %.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec

import numpy as np
import pandas as pd
from scipy.stats import norm

__all__ = ["available", "frame_of"]

Said = tuple[float, float, float, bool]


def frame_of(y: np.ndarray) -> pd.DataFrame:
    """Return a panel ``(unit, month, 2)`` as rows that have a month before."""
    units, months = y.shape[:2]
    unit, month = (grid.ravel() for grid in np.meshgrid(np.arange(units), np.arange(1, months), indexing="ij"))
    columns = {"unit": unit, "month": month}
    for o, name in enumerate(("ex", "cx")):
        columns |= {name: y[:, 1:, o].ravel(), f"{name}_before": y[:, :-1, o].ravel()}
    return pd.DataFrame(columns)


def _statsmodels(frame: pd.DataFrame) -> Said:
    import statsmodels.api as sm

    fit = sm.OLS(frame["cx"], sm.add_constant(frame[["ex"]])).fit(
        cov_type="cluster", cov_kwds={"groups": frame["unit"]}
    )
    low, high = fit.conf_int(alpha=0.1).loc["ex"]
    return float(fit.params["ex"]), float(low), float(high), bool(fit.pvalues["ex"] < 0.05)


def _linearmodels(frame: pd.DataFrame) -> Said:
    from linearmodels.panel import PanelOLS

    rows = frame.set_index(["unit", "month"])
    model = PanelOLS(rows["cx"], rows[["ex_before"]], entity_effects=True, time_effects=True)
    fit = model.fit(cov_type="clustered", cluster_entity=True)
    low, high = fit.conf_int(level=0.9).loc["ex_before"]
    return float(fit.params["ex_before"]), float(low), float(high), bool(fit.pvalues["ex_before"] < 0.05)


def _semopy(frame: pd.DataFrame) -> Said:
    import semopy

    model = semopy.Model("cx ~ ex_before + cx_before\nex ~ ex_before + cx_before\nex ~~ cx")
    model.fit(frame)
    table = model.inspect()
    row = table[(table["lval"] == "cx") & (table["op"] == "~") & (table["rval"] == "ex_before")].iloc[0]
    slope, error = float(row["Estimate"]), float(row["Std. Err"])
    wide = norm.ppf(0.95) * error
    return slope, slope - wide, slope + wide, abs(slope / error) > norm.ppf(0.975)


_PANELS: dict[str, tuple[str, Callable[[pd.DataFrame], Said]]] = {
    "correlation": ("statsmodels", _statsmodels),
    "fixed effects": ("linearmodels", _linearmodels),
    "cross-lagged": ("semopy", _semopy),
}


def available() -> tuple[dict[str, Callable[[pd.DataFrame], Said]], list[str]]:
    """Return the rivals that can run here, by method and library, and the libraries that are not installed."""
    here, gone = {}, []
    for method, (library, run) in _PANELS.items():
        if find_spec(library) is None:
            gone.append(library)
        else:
            here[f"{method} ({library})"] = run
    if find_spec("causalpy") is None:
        gone.append("causalpy")
    return here, gone
