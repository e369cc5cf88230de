# SPDX-License-Identifier: MIT
"""A grid of payoffs as a picture: a heat map for two inputs, a line for one."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import numpy as np

from txsim.language import _
from txsim.language.numbers import currency_name
from txsim.report.words import money, option_name

__all__ = ["heat_map"]


def heat_map(result: Mapping[str, Any], kind: str) -> bytes:
    """Return the expected payoff of committing over one or two inputs as ``svg`` or ``png``.

    Parameters
    ----------
    result
        What `txsim whatif` found.
    kind
        ``svg`` or ``png``.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    vary, cells = result["vary"], result["cells"]
    with mpl.rc_context({"svg.hashsalt": "txsim", "svg.fonttype": "none"}):
        figure = Figure(figsize=(8, 5), layout="constrained")
        axes = figure.subplots()
        good = [cell["npv"]["commit"]["value"] > 0 for cell in cells]
        share = sum(good) / len(good)
        if len(vary) == 2:
            rows, columns = (axis["values"] for axis in vary)
            table = np.array([cell["npv"]["commit"]["value"] for cell in cells]).reshape(len(rows), len(columns))
            most = float(np.abs(table).max()) or 1.0
            axes.imshow(table, cmap="RdBu", vmin=-most, vmax=most, aspect="auto")
            axes.set_xticks(range(len(columns)), columns)
            axes.set_yticks(range(len(rows)), rows)
            axes.set_xlabel(vary[1]["path"])
            axes.set_ylabel(vary[0]["path"])
            for i in range(len(rows)):
                for j in range(len(columns)):
                    dark = abs(table[i, j]) > 0.6 * most
                    axes.text(
                        j, i, money(float(table[i, j])), ha="center", va="center", color="white" if dark else "black"
                    )
        else:
            places = range(len(cells))
            for option in cells[0]["npv"]:
                axes.plot(
                    places,
                    [cell["npv"].get(option, {"value": np.nan})["value"] for cell in cells],
                    label=option_name(option),
                )
            axes.axhline(0, color="grey", linewidth=0.8)
            axes.set_xticks(list(places), vary[0]["values"])
            axes.set_xlabel(vary[0]["path"])
            axes.set_ylabel(_("expected NPV, {0}").format(currency_name(result["currency"])))
            axes.legend()
        title = _("Committing pays in {0:.0f} % of these cases, {1}")
        axes.set_title(title.format(100 * share, currency_name(result["currency"])), loc="left")
        target = io.BytesIO()
        figure.savefig(target, format=kind, dpi=120, metadata={"Date": None} if kind == "svg" else None)
    return target.getvalue()
