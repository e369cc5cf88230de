# SPDX-License-Identifier: MIT
"""One parameter as a picture: prior, what each claim says, result."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from txsim.language import _
from txsim.report.words import figure, percent
from txsim.retold import retold

__all__ = ["density_picture"]

_PRIOR, _NOW = "#9aa5b1", "#1f5a8a"
_CLAIMS = ("#c0504d", "#d08a2e", "#5b8a3a", "#7a5aa6", "#2f8f8f", "#a8577e", "#6b6b3a", "#b36b3f")


def density_picture(found: Mapping[str, Any], kind: str) -> bytes:
    """Return a picture of :func:`txsim.desk.portrait.portrait`, ``png`` or ``svg``.

    The same figures give the same bytes.
    A parameter that is not calibrated has intervals only, drawn as bars.
    """
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with mpl.rc_context({"svg.hashsalt": "txsim", "font.size": 9, "svg.fonttype": "none"}):
        fig = Figure(figsize=(8.0, 4.6), layout="constrained")
        FigureCanvasAgg(fig)
        axis: Any = fig.add_subplot()
        if found["density"] is None:
            _bars(axis, found)
        else:
            _curves(axis, found)
        axis.set_xlabel(f"{found['name']}, {retold(found['unit'])}")
        axis.set_yticks([])
        for side in ("left", "right", "top"):
            axis.spines[side].set_visible(False)
        axis.set_title(_title(found), fontsize=10, loc="left", wrap=True)
        out = io.BytesIO()
        metadata = {"Date": None} if kind == "svg" else {"Software": None}
        fig.savefig(out, format=kind, dpi=150, metadata=metadata)
    return out.getvalue()


def _title(found: Mapping[str, Any]) -> str:
    now = found["posterior"]
    if now is None:
        return f"{found['name']}: {retold(found['meaning'])}"
    by = found["narrowed_by"]
    told = f"{figure(now['median'])} (90 %: {figure(now['p05'])} … {figure(now['p95'])})"
    if by <= 0.005:
        return _("{0}: {1}, as believed before: no claim moves it").format(found["name"], told)
    return _("{0}: {1}, {2} narrower than before the claims").format(found["name"], told, percent(by))


def _curves(axis: Any, found: Mapping[str, Any]) -> None:
    density = found["density"]
    x = density["x"]
    if density["axis"] == "log":
        axis.set_xscale("log")
    axis.fill_between(x, density["prior"], color=_PRIOR, alpha=0.35, lw=0, label=_("prior"))
    axis.plot(x, density["posterior"], color=_NOW, lw=2.2, label=_("now"))
    for i, claim in enumerate(found["claims"]):
        after = claim["posterior_credibility"]
        weight = "" if after is None else f", {percent(claim['credibility'])} → {percent(after)}"
        axis.plot(
            x,
            [-0.12 - 0.16 * i + 0.13 * y for y in claim["likelihood"]],
            color=_CLAIMS[i % len(_CLAIMS)],
            lw=1.2,
            label=f"{claim['id']}{weight}",
        )
    if found["claims"]:
        axis.text(
            0.0,
            -0.01,
            _("what each claim alone would point to"),
            fontsize=7,
            transform=axis.get_yaxis_transform(),
            va="top",
        )
    axis.legend(fontsize=7, frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))


def _bars(axis: Any, found: Mapping[str, Any]) -> None:
    rows = found["variants"] or {"": found["prior"]}
    for i, (name, told) in enumerate(rows.items()):
        axis.plot([told["p05"], told["p95"]], [-i, -i], color=_PRIOR, lw=6, solid_capstyle="butt")
        axis.plot([told["median"]], [-i], "o", color=_NOW)
        axis.text(told["p05"], -i + 0.15, name, fontsize=8)
    axis.set_ylim(-len(rows), 1)
