# SPDX-License-Identifier: MIT
"""What notebooks show of results that hold options: one table, on the side of tax on which the decision reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from txsim.htmltable import html_table
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
