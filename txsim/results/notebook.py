# SPDX-License-Identifier: MIT
"""What notebooks show of a scenario and of results: a small table in HTML, in which everything is escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from txsim.language import Figure, _, by_locale
from txsim.results.names import npv_message, option_message
from txsim.results.quantities import Distribution


def share(value: float) -> str:
    """Return a share as the language in use writes it in percent."""
    return str(Figure(value, "percent"))


def options_table(
    title: str,
    note: str,
    options: Mapping[str, tuple[Distribution, float]],
    *,
    last: tuple[str, Sequence[str]],
    currency: str,
    after_tax: bool,
    taxed: bool,
    titles: Mapping[str, str] | None = None,
) -> str:
    """Return every option in a table in HTML, in the order in which they are given.

    ``options``: by option, or ``scenario/option``: net present value in money, and probability of a loss, 0 to 1;
    ``last``: heading of the last column, and its cell for each option; ``after_tax``, ``taxed``: on which side of tax
    the values are, and whether a tax is stated at all; ``titles``: what scenarios are called, by name.
    """
    rows = [
        (
            str(option_message(option, titles)),
            by_locale(f"{npv.mean:,.0f} ± {npv.mcse:,.0f}"),
            by_locale(f"{npv.p05:,.0f} … {npv.p95:,.0f}"),
            share(loss),
            cell,
        )
        for (option, (npv, loss)), cell in zip(options.items(), last[1], strict=True)
    ]
    mean = _("mean {npv}, {unit}").format(npv=npv_message(after_tax=after_tax, taxed=taxed), unit=currency)
    head = (_("option"), mean, "90 %", _("P(loss)"), last[0])
    return html_table(title, note, head, rows, [(npv.p05, npv.mean, npv.p95) for npv, _loss in options.values()])


_WIDTH = 180
_CELL = "padding:3px 12px 3px 0;border-bottom:1px solid #8884"


def html_table(
    title: str,
    note: str,
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    intervals: Sequence[tuple[float, float, float]] = (),
) -> str:
    """Return a table that looks right on a light and on a dark page.

    ``title``, ``note``: above the table; the note in small letters. ``head``: headings; empty for none. ``rows``:
    cells; the first of each names the row. ``intervals``: lower end, middle and upper end for each row, drawn as a bar
    with a dot beside it, zero marked.
    """
    from html import escape

    lines = [f'<div style="font-family:sans-serif"><div style="font-weight:600">{escape(title)}</div>']
    if note:
        lines.append(f'<div style="opacity:.75;font-size:90%;max-width:60em">{escape(note)}</div>')
    lines.append('<table style="border-collapse:collapse;font-variant-numeric:tabular-nums">')
    if head:
        cells = "".join(f'<th style="{_CELL};text-align:{_side(i)}">{escape(cell)}</th>' for i, cell in enumerate(head))
        cells += f'<th style="{_CELL}"></th>' if intervals else ""
        lines.append(f"<thead><tr>{cells}</tr></thead>")
    lines.append("<tbody>")
    for place, row in enumerate(rows):
        cells = "".join(f'<td style="{_CELL};text-align:{_side(i)}">{escape(cell)}</td>' for i, cell in enumerate(row))
        if intervals:
            cells += f'<td style="{_CELL}">{_bar(place, intervals)}</td>'
        lines.append(f"<tr>{cells}</tr>")
    return "\n".join([*lines, "</tbody></table></div>"])


def _bar(place: int, intervals: Sequence[tuple[float, float, float]]) -> str:
    """Return one interval as a picture; all rows share one scale. What it shows stands in figures beside it."""
    least = min(0.0, *(low for low, _middle, _high in intervals))
    most = max(0.0, *(high for _low, _middle, high in intervals))
    unit = (_WIDTH - 10) / ((most - least) or 1.0)
    zero, low, middle, high = (5 + (value - least) * unit for value in (0.0, *intervals[place]))
    return (
        f'<svg width="{_WIDTH}" height="14" aria-hidden="true">'
        f'<line x1="{zero:.1f}" x2="{zero:.1f}" y1="0" y2="14" stroke="currentColor" stroke-opacity=".5"/>'
        f'<rect x="{low:.1f}" y="4" width="{max(high - low, 1.0):.1f}" height="6" fill="#0072b2" fill-opacity=".45"/>'
        f'<circle cx="{middle:.1f}" cy="7" r="3.5" fill="#0072b2"/></svg>'
    )


def _side(column: int) -> str:
    return "left" if column == 0 else "right"
