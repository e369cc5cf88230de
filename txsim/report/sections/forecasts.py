# SPDX-License-Identifier: MIT
"""Many forecasts at once: those of the past against what came, and the scenarios of a batch side by side."""

from __future__ import annotations

from txsim.language import _, plural
from txsim.language.numbers import unit_of
from txsim.report.document import Block, Bullets, Facts, Level, Paragraph, Section, Table, Text
from txsim.report.figures import Figures
from txsim.report.pictures import panel
from txsim.report.reading import Result
from txsim.report.words import in_unit, method_name, npv_name, option_name, worded
from txsim.results.backtest import Backtest, MethodScore
from txsim.results.batch import Batch

#: Rows of the table of a batch, and failures that are named.
_BEST, _FAILURES = 40, 20


def backtested(result: Result, level: Level) -> Section:
    """Return how well the model forecast what had already happened."""
    past: Backtest = result.answer
    figures = Figures("")
    levels = sorted({level for score in past.methods.values() for level in score.coverage}, key=int)

    def coverage(score: MethodScore) -> list[Text]:
        return [figures.percent(score.coverage.get(level)) for level in levels]

    if level == "brief":
        rows = tuple(
            (method_name(name), *(figures.plain(score.crps[way], 3) for way in ("ex", "cx")), *coverage(score))
            for name, score in past.methods.items()
        )
        head = ("", _("CRPS EX"), _("CRPS CX"), *(f"{level} %" for level in levels))
        text = _("CRPS in {unit}, less is better; shares of what came within intervals of 50, 80 and 90 %")
        notes = tuple((_("Warning"), worded(warning)) for warning in past.warnings)
        return Section(
            "backtest",
            "",
            (
                Paragraph(worded(past.sentence)),
                Table("", head, rows),
                Paragraph(text.format(unit=worded(past.unit))),
                *([Facts(notes)] if notes else []),
            ),
        )
    rows = tuple((method_name(name), *coverage(score)) for name, score in past.methods.items())
    head = (_("method"), *(_("intervals of {level} %").format(level=level) for level in levels))
    table = Table(_("Share of outcomes inside the intervals"), head, rows)
    warnings = tuple(worded(warning) for warning in past.warnings)
    text = _(
        "Forecasts were made after {origins} periods, each of up to {ahead}. CRPS: how far a forecast, "
        "with all that it holds possible, lies from what came, in {unit}."
    )
    ahead = plural("{n} period ahead", "{n} periods ahead", past.horizon)
    how = text.format(origins=", ".join(map(str, past.origins)), ahead=ahead, unit=worded(past.unit))
    told = [Paragraph(worded(past.sentence))] if past.crps_ratio_range else []  # else the title of the picture
    bullets = [Bullets(warnings)] if warnings else []
    blocks: list[Block] = [*told, panel.backtest(result), Paragraph(how), table, *bullets]
    return Section("backtest", _("Would it have been right before?"), tuple(blocks))


def batched(result: Result, level: Level) -> Section | None:
    """Return the scenarios of a batch side by side."""
    picture = panel.batch(result)
    if picture is None:
        return None
    batch: Batch = result.answer
    figures = Figures(batch.currency)
    unit = unit_of(max(abs(row.p95) for row in batch.scenarios), batch.currency)
    by_mean = sorted(batch.scenarios, key=lambda row: -row.mean)
    rows: tuple[tuple[Text, ...], ...] = tuple(
        (
            row.scenario,
            option_name(row.option),
            figures.cell(row.mean, unit, plus=True),
            *([figures.cell(row.mean if net is None else net, unit, plus=True)] if batch.taxed else []),
            figures.range(figures.cell(row.p05, unit), figures.cell(row.p95, unit)),
            figures.share(row.p_loss),
        )
        for row, net in ((row, row.npv_after_tax) for row in by_mean[:_BEST])
    )
    bases = (False, True) if batch.taxed else (False,)
    names = (npv_name(after_tax=after, taxed=batch.taxed) for after in bases)
    means = (_("mean {npv}, {unit}").format(npv=name, unit=unit.name) for name in names)
    head = (_("scenario"), _("option"), *means, in_unit("90 %", unit), _("P(loss)"))
    table = Table(_("The best forty, of all options"), head, rows, frozenset({0, 1}), more=True)
    blocks: list[Block] = [table] if level == "brief" else [picture, table]
    if batch.failures:
        blocks.append(Paragraph(_("These files failed:")))
        blocks.append(Bullets(tuple(worded(failure) for failure in batch.failures[:_FAILURES])))
    return Section("batch", _("All scenarios of the batch"), tuple(blocks))
