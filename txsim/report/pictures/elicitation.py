# SPDX-License-Identifier: MIT
"""The density of a prior that follows from what experts said."""

from __future__ import annotations

from txsim.language import _, by_locale
from txsim.priors.sentences import plain_number
from txsim.report.document import Picture, Strip
from txsim.results.elicitation import Elicitation


def elicitation(of: Elicitation) -> Picture:
    """Return the density of the prior of one parameter; it needs one to be drawn."""
    low, high = of.density_ends or (0.0, 1.0)
    step = (high - low) / len(of.density)
    rows = [{"x": low + (i + 0.5) * step, "y": height} for i, height in enumerate(of.density)]
    x = {"field": "x", "type": "quantitative", "title": str(of.unit), "scale": {"zero": False, "nice": False}}
    y = {"field": "y", "type": "quantitative", "title": None, "axis": None}
    spec = {
        "layer": [
            {
                "data": {"values": rows},
                "mark": {"type": "area", "opacity": 0.3, "color": "var(--accent)", "line": {"color": "var(--accent)"}},
                "encoding": {"x": x, "y": y},
            }
        ]
    }
    title = _("{name}: what is believed").format(name=of.name)
    ends = [by_locale(plain_number(end)) for end in (low, high)]
    note = _("from {low} to {high}").format(low=ends[0], high=ends[1])
    described = f"{of.name}: {by_locale(of.prior.text)}"
    return Picture(f"elicited {of.name}", title, described, spec, 220, note=note, strips=(Strip("", of.density, ""),))
