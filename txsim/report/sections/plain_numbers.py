# SPDX-License-Identifier: MIT
"""What the author typed as plain numbers, and what the firm's own do a fifth lower and higher."""

from __future__ import annotations

from txsim.forecast.labels import label_of
from txsim.language import _, plural
from txsim.language.numbers import unit_of
from txsim.report.basis import scenario_of
from txsim.report.document import Block, Bullets, Paragraph, Section, Table, Text
from txsim.report.figures import figures_of
from txsim.report.reading import Result
from txsim.report.words import npv_name, option_name, typed
from txsim.results.run import Run


def fixed(result: Result) -> Section:
    """Return every plain number that the author typed, and what the firm's own do a fifth lower and higher."""
    run: Run = result.answer
    title = _("What the author fixed by hand")
    blocks: list[Block] = []
    if run.stated:
        text = plural(
            "{n} plain number, typed or left at its default, is taken for certain; it stands in the table below.",
            "{n} plain numbers, typed or left at their default, are taken for certain; all stand in the table below.",
            len(run.stated),
        )
        blocks.append(Paragraph(text))
    if run.fixed_by_author:
        text = _(
            "Of these and of what is believed the following are always uncertain and were given as plain numbers, so "
            "the intervals above are too narrow by their share:"
        )
        blocks += [Paragraph(text), Bullets(tuple(_fixed_name(result, name) for name in run.fixed_by_author))]
    else:
        blocks.append(Paragraph(_("Every quantity that is always uncertain was given with its uncertainty.")))
    if run.stated:
        blocks.append(_stated(run))
    return Section("fixed", title, tuple(blocks))


def _fixed_name(result: Result, name: str) -> str:
    """Return what a quantity is, its key behind, where the result says so or holds its scenario."""
    key = name.removeprefix("organisation.").removeprefix("priors.")
    meaning = next((str(each.meaning) for each in result.answer.stated if str(each.name) == key), "")
    scenario = scenario_of(result)
    if not meaning and scenario is not None:
        meaning = str(label_of(scenario, key).meaning)
    return f"{meaning} ({name})" if meaning not in ("", key) else name


def _stated(run: Run) -> Table:
    """Return typed numbers with who said them; of the firm's, what the option of page one pays at ±20 %."""
    page = run.page_one
    figures = figures_of(run)
    tested = {} if page is None else {str(each.name): each for each in page.tested}
    ends = [side[page.option] for each in tested.values() for side in (each.low, each.high)] if page is not None else []
    unit = unit_of(max(map(abs, ends), default=1.0), run.currency)
    npv = npv_name(after_tax=run.after_tax, taxed=run.tax_rate is not None)
    rows: list[tuple[Text, ...]] = []
    for each in run.stated:
        source = each.source or _("the author")
        cells: tuple[Text, ...] = (str(each.meaning), typed(each), source, str(each.name))
        if page is not None:
            test = tested.get(str(each.name))
            if test is None:
                cells += ("–", "–", _("not moved"))
            else:
                best = " / ".join(dict.fromkeys(option_name(o) for o in (test.option_low, test.option_high)))
                cells += (
                    figures.cell(test.low[page.option], unit, plus=True),
                    figures.cell(test.high[page.option], unit, plus=True),
                    best,
                )
        rows.append(cells)
    head: tuple[str, ...] = (_("plain number"), _("value"), _("who said it"), _("key"))
    if page is not None:
        columns = (_("{npv} at {change}, {unit}").format(npv=npv, change=c, unit=unit.name) for c in ("−20 %", "+20 %"))
        head += (*columns, _("best option then"))
    caption = _("Plain numbers, which the figures take for certain")
    if page is not None:
        caption = _("Plain numbers, which the figures take for certain; {npv} of “{option}” at ±20 % of the firm's own")
        caption = caption.format(npv=npv, option=option_name(page.option))
    # The key, which few look for, stands last; who said it only where anybody said it of anything.
    order = [0, 1, *([2] if any(each.source for each in run.stated) else []), *range(4, len(head)), 3]
    words = frozenset(place for place, column in enumerate(order) if column in (0, 2, 3, 6))
    last = frozenset({len(order) - 1})
    picked = tuple(tuple(row[column] for column in order) for row in rows)
    return Table(caption, tuple(head[column] for column in order), picked, words, more=True, keys=last)
