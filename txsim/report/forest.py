# SPDX-License-Identifier: MIT
"""Forest plots: estimates with intervals under each other, in the terminal and as pictures."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

from txsim.language import _, by_locale

__all__ = ["Row", "axis_text", "forest_line", "forest_picture"]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a forest plot.

    Attributes
    ----------
    label
        Name of the study, or of what was pooled.
    middle, low, high
        Estimate and interval.
    shrunken
        Middle and interval of the effect once the others are known; ``None`` for pooled lines.
    kind
        ``study``, ``mean`` or ``prediction``.
    weight
        Share in the mean, for the size of the square.
    """

    label: str
    middle: float
    low: float
    high: float
    shrunken: tuple[float, float, float] | None = None
    kind: str = "study"
    weight: float = 0.0


def forest_line(row: Row, low: float, high: float, width: int, zero: float | None = 0.0) -> str:
    """Return one line of blocks: the interval as a rule, the estimate in it, a bar at no effect."""

    def at(value: float) -> int:
        return round((value - low) / (high - low) * (width - 1))

    cells = [" "] * width
    if zero is not None and low <= zero <= high:
        cells[at(zero)] = "┊"
    left, right = max(at(row.low), 0), min(at(row.high), width - 1)
    for i in range(left, right + 1):
        cells[i] = "━" if row.kind == "prediction" else "─"
    if row.low < low:
        cells[0] = "◂"
    if row.high > high:
        cells[-1] = "▸"
    if 0 <= at(row.middle) < width:
        cells[at(row.middle)] = {"study": "■" if row.weight >= 0.1 else "▪", "mean": "◆", "prediction": "●"}[row.kind]
    return "".join(cells)


def axis_text(low: float, high: float, width: int) -> str:
    """Return the ends and the middle of the axis."""
    left, middle, right = (by_locale(f"{value:.3g}") for value in (low, (low + high) / 2, high))
    gap = width - len(left) - len(middle) - len(right)
    return left + " " * (gap // 2) + middle + " " * (gap - gap // 2) + right


def forest_picture(rows: Sequence[Row], title: str, axis: str, kind: str, zero: float | None = 0.0) -> bytes:
    """Return the plot as ``png`` or ``svg``; the same rows give the same bytes.

    Parameters
    ----------
    rows
        From top to bottom.
    title
        The message of the picture.
    axis
        What the horizontal axis measures.
    kind
        ``png`` or ``svg``.
    zero
        Where a line marks no effect.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    blue, grey, dark = "#30638e", "#9aa7b1", "#1d1d1f"
    with mpl.rc_context({"svg.hashsalt": "txsim", "svg.fonttype": "none"}):
        figure = Figure(figsize=(9.6, 1.6 + min(0.42 * len(rows), 40.0)), layout="constrained")
        axes = figure.subplots()
        for i, row in enumerate(rows):
            y = -i
            if row.kind == "mean":
                half = 0.28
                corners = [(row.low, y), (row.middle, y + half), (row.high, y), (row.middle, y - half)]
                axes.fill(*zip(*corners, strict=True), color=blue)
                continue
            axes.plot(
                [row.low, row.high],
                [y, y],
                color=blue if row.kind == "prediction" else dark,
                linewidth=3.0 if row.kind == "prediction" else 1.2,
                solid_capstyle="butt",
            )
            axes.plot(
                [row.middle],
                [y],
                marker="o" if row.kind == "prediction" else "s",
                markersize=4 + 10 * row.weight**0.5,
                color=blue if row.kind == "prediction" else dark,
            )
            if row.shrunken is not None:
                middle, low, high = row.shrunken
                axes.plot([low, high], [y - 0.28, y - 0.28], color=grey, linewidth=1.2)
                axes.plot([middle], [y - 0.28], marker="D", markersize=4, color=grey)
        if zero is not None:
            axes.axvline(zero, color=grey, linewidth=0.8, linestyle=(0, (4, 3)), zorder=0)
        axes.set_yticks([-i for i in range(len(rows))], [row.label[:40] for row in rows])
        axes.set_ylim(-len(rows) + 0.4, 0.7)
        shrunken = any(row.shrunken is not None for row in rows)
        axes.set_xlabel(_("{0}\n(grey: each study, once the others are known)").format(axis) if shrunken else axis)
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.tick_params(axis="y", length=0)
        axes.set_title(title, loc="left", fontsize=12)
        target = io.BytesIO()
        figure.savefig(target, format=kind, dpi=120, metadata={"Date": None} if kind == "svg" else None)
    return target.getvalue()
