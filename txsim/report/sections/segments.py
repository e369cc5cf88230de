# SPDX-License-Identifier: MIT
"""Who carries the payoff, by segment of customers, and what is freed besides that is no cash."""

from __future__ import annotations

from txsim.language import _
from txsim.language.numbers import largest_remainder, percent, unit_of
from txsim.report.document import Block, Datum, Paragraph, Table, Text, say
from txsim.report.figures import figures_of
from txsim.report.words import in_unit, option_name
from txsim.results.names import group_name
from txsim.results.run import Option, Run


def segments(run: Run, option: str, paid: Option) -> list[Block]:
    """Return what each segment of customers adds to the payoff of an option, before tax and the programme's cost."""
    parts = paid.payoff_by_segment
    if not parts:
        return []
    figures = figures_of(run)
    unit = unit_of(max(abs(end) for of in parts.values() for end in (of.p05, of.p95)), run.currency)
    whole = sum(of.mean for of in parts.values())
    # A share of a sum in which parts offset each other says nothing.
    shares = whole > 0 and all(of.mean >= 0 for of in parts.values())
    ordered = sorted(parts.items(), key=lambda part: -part[1].mean)
    means = [float(of.mean) for _name, of in ordered]
    told = [percent(share) for share in largest_remainder([m / whole for m in means], 0.01, 1.0)] if shares else []
    rows: list[tuple[Text, ...]] = [
        (
            group_name(name),
            Datum(unit.show(mean, plus=True, grain=figures.grain), float(of.mean), getattr(of.mean, "key", "")),
            figures.cell_range(of, unit),
            told[i] if shares else "–",
        )
        for i, ((name, of), mean) in enumerate(zip(ordered, unit.parts(means, whole, figures.grain), strict=True))
    ]
    rows.append((_("all customers"), figures.cell(whole, unit, plus=True), "", percent(1.0) if shares else "–"))
    head = (_("segment"), _("carries on average, {unit}").format(unit=unit.name), in_unit("90 %", unit), _("share"))
    caption = _(
        "Who carries it: what each segment of customers adds to “{option}”, before tax and the programme's cost"
    )
    if run.tax_rate is None:
        caption = _("Who carries it: what each segment of customers adds to “{option}”, before the programme's cost")
    return [Table(caption.format(option=option_name(option)), head, tuple(rows))]


def freed(run: Run, option: str, paid: Option) -> list[Block]:
    """Return what working time and other capacity is freed and is not cash, told apart from all else."""
    capacity = paid.capacity_freed
    if capacity is None or not capacity.mean:
        return []
    figures = figures_of(run).beside(capacity.mean)
    text = _(
        "“{option}” frees capacity, mostly working time, worth another {amount} (90 %: {range}) at today's value. It "
        "is no cash and stands in no other figure: the scenario states what part of it becomes cash."
    )
    parts: dict[str, Text] = {
        "option": option_name(option),
        "amount": figures.money(capacity.mean),
        "range": figures.money_range(capacity, plus=False),
    }
    return [Paragraph(say(text, **parts))]
