# SPDX-License-Identifier: MIT
"""Pictures of an organisation's own data: both directions of a link, a finished pilot, a backtest, a batch."""

from __future__ import annotations

from typing import Any

from txsim.language import _
from txsim.language.numbers import amount, number, percent, probability, significant, to_grain, unit_of
from txsim.report.document import Picture
from txsim.report.pictures.forms import bars, height_of, in_lines, interval_rows, narrow_height, tooltip
from txsim.report.reading import Result
from txsim.report.words import method_name, net_present_value, option_name, worded
from txsim.results.backtest import Backtest, standing
from txsim.results.batch import Batch
from txsim.results.link import DIRECTIONS, SERIES, VERDICTS, Effect, Link
from txsim.results.quantities import Interval
from txsim.results.update import Difference, Update
from txsim.units import SCALES, Scale

WAYS = {"ex_cx": "EX → CX", "cx_ex": "CX → EX"}
#: Parameters of which a panel of EX and CX speaks.
OF_LINKS = (*DIRECTIONS, "lag_people")
_MOST = 20
#: Units from which lines make a picture.
_FEWEST_LINES = 6
#: Share of its width above which an interval has hardly narrowed.
_HARDLY = 0.9


def _words(of: Interval | Effect | Difference) -> str:
    return f"{significant(of.median)} ({significant(of.p05)} … {significant(of.p95)})"


def _row(name: str, of: Interval | Effect | Difference, role: str) -> dict[str, Any]:
    return {"name": name, "low": of.p05, "mid": of.median, "high": of.p95, "role": role, "told": _words(of)}


def _pointer() -> list[dict[str, str]]:
    return tooltip(name=_("quantity"), told=_("median (90 %)"))


def links(result: Result) -> Picture | None:
    """Return both directions within units, a period later; ``None`` where the data cannot say either."""
    link: Link = result.answer
    rows = [_row(WAYS[way], link.one_period[way], "accent") for way in DIRECTIONS if link.one_period[way].known]
    if not rows:
        return None
    title = "; ".join(f"{WAYS[way]}: {_(VERDICTS[link.verdict[way]][1])}" for way in DIRECTIONS)
    axis, note = (
        (
            _("standard deviations a period later, per standard deviation, within units"),
            _("What one sd of one is followed by in the other a period later, by the data alone; 90 % intervals."),
        )
        if link.data.raw
        else (
            _("points a period later, per point, within units"),
            _("What one point of one is followed by in the other a period later, by the data alone; 90 % intervals."),
        )
    )
    return Picture(
        "links",
        title,
        "; ".join(f"{row['name']}: {row['told']}" for row in rows),
        interval_rows(rows, axis, _pointer()),
        44 * len(rows) + 20,
        narrow=narrow_height(str(row["name"]) for row in rows),
        note=note,
    )


def _axis_title(series: str, scale: Scale | None) -> str:
    """Return what an axis shows, in the unit in which the author measures it."""
    return series.upper() if scale is None else f"{series.upper()}, {_(scale.unit)}"


def units(result: Result) -> Picture | None:
    """Return what is within units, a short line each, beside what is between them; ``None`` where there are too few."""
    link: Link = result.answer
    lines = link.unit_lines
    if len(lines) < _FEWEST_LINES:
        return None
    scales = [SCALES.get(name) for name in link.data.scales]  # as the author measures; a raw scale is its own

    def level(series: int, value: float) -> float:
        scale = scales[series]
        return round(value if scale is None else scale.index_to_level(value), 4)

    middle, height = (sum(values) / len(lines) for values in ([x.ex for x in lines], [x.cx for x in lines]))
    effect, between = link.one_period["ex_cx"], link.between.slope
    own = effect.own_unit if link.data.raw else effect
    within = _words(own) if own is not None and own.known else ""
    rows = [
        {
            "ex": level(0, line.ex - line.reach),
            "ex2": level(0, line.ex + line.reach),
            "cx": level(1, line.cx - line.slope * line.reach),
            "cx2": level(1, line.cx + line.slope * line.reach),
            "mean_ex": level(0, line.ex),
            "mean_cx": level(1, line.cx),
        }
        for line in lines
    ]
    slope = 0.0 if between is None else between.median
    reaches = (min(line.ex - line.reach for line in lines), max(line.ex + line.reach for line in lines))
    ends = [{"ex": level(0, x), "cx": level(1, height + slope * (x - middle))} for x in reaches]
    heights = [end for row in rows for end in (row["cx"], row["cx2"])] + [end["cx"] for end in ends]
    reach = {"ex": sorted(end["ex"] for end in ends), "cx": [min(heights), max(heights)]}

    def axis(field: str) -> dict[str, Any]:
        scale = {"zero": False, "nice": True, "domain": reach[field]}  # both halves on one scale
        return {
            "field": field, "type": "quantitative", "scale": scale, "axis": {"grid": True, "tickCount": 5},
            "title": _axis_title(field, scales[SERIES.index(field)]),
        }  # fmt: skip

    x, y = axis("ex"), axis("cx")
    size = {"width": 320, "height": 260}
    title = {"anchor": "start", "fontWeight": "normal", "fontSize": 13}
    short = {
        **size,
        "title": {**title, "text": _("within units: each a short line")},
        "data": {"values": rows},
        "mark": {"type": "rule", "strokeWidth": 1.6, "opacity": 0.75, "color": "var(--accent)"},
        "encoding": {"x": x, "y": y, "x2": {"field": "ex2"}, "y2": {"field": "cx2"}},
    }
    across_units = {
        **size,
        "title": {**title, "text": _("between units: each a dot")},
        "layer": [
            {
                "data": {"values": rows},
                "mark": {"type": "point", "filled": True, "size": 28, "opacity": 0.75, "color": "var(--neutral)"},
                "encoding": {"x": {**x, "field": "mean_ex"}, "y": {**y, "field": "mean_cx"}},
            },
            *(
                [
                    {
                        "data": {"values": ends},
                        "mark": {"type": "line", "strokeWidth": 2, "strokeDash": [6, 4], "color": "var(--neutral)"},
                        "encoding": {"x": x, "y": y},
                    }
                ]
                if between is not None
                else []
            ),
        ],
    }
    spec = {"concat": [short, across_units], "columns": 2, "spacing": 24}
    # What goes with what, not what brings it: the words must hold where an interval has both signs, too.
    text = _("With {step} more of EX goes {across} of CX between units, and {within} a period later within one")
    if between is None:
        text = _("With {step} more of a unit's own EX goes {within} of CX a period later")
    step = "1" if link.data.raw else _("one point")
    said = text.format(step=step, across="" if between is None else _words(between), within=within)
    notes = [
        _(
            "Short lines: where each unit stands, how far its EX moves, and how its own CX goes with that a period "
            "later, by plain regression, units drawn towards each other."
        ),
        _(
            "The model makes {within} of it: without survey noise, what all share, and what would have lasted anyway."
        ).format(within=within)
        if within
        else "",
        _(
            "Dots: the same units' means; between them runs what is left without survey noise. That line also holds "
            "what makes some units better at both, and what an effect adds up to over years: no change of EX moves a "
            "unit along it."
        ),
    ]
    share = link.between.confounding_share
    if share is not None and share.median > 0:
        told = _("Of what is common between units about {share} comes from causes that both share.")
        notes.append(told.format(share=percent(min(share.median, 1.0))))
    notes.append(_("In brackets: 90 % intervals."))
    if len({scale.points_per_unit for scale in scales if scale is not None}) > 1:  # points are not those of the axes
        notes.append(_("A point is a hundredth of the scale of each, from its worst value to its best."))
    note = " ".join(note for note in notes if note)
    return Picture("units", said, said, spec, 260, note=note, fluid=False, narrow=260)


def parameter_name(link: Link, parameter: str) -> str:
    """Return what a parameter that a panel speaks of is called; any other by its key."""
    outcomes = {each.parameter: _("CX → {0}").format(each.outcome) for each in link.outcomes}
    return WAYS.get(parameter) or outcomes.get(parameter) or (_("Lag") if parameter in OF_LINKS else parameter)


def speaks_of_links(link: Link) -> bool:
    """Whether a panel says anything of either direction; one without EX, or of one wave, does not."""
    return any(effect.known for effect in link.one_period.values())


def moved(result: Result) -> Picture | None:
    """Return how the data moved each prior that they speak of or reach; ``None`` where priors were left alone."""
    link: Link = result.answer
    prior, posterior = link.prior or {}, link.posterior or {}
    names = [name for name in prior if name in posterior and prior[name].median > 0]
    if not names or not speaks_of_links(link):
        return None

    def narrowed(name: str) -> float:
        before = prior[name].p95 - prior[name].p05
        return (posterior[name].p95 - posterior[name].p05) / before if before else 1.0

    def reached(name: str) -> bool:
        before, after = prior[name], posterior[name]
        aside = abs(after.median - before.median) > (1 - _HARDLY) * (before.p95 - before.p05)
        return aside or narrowed(name) < _HARDLY

    # What a panel speaks of comes first, moved or not; then what it moves by way of the model, by more than two
    # samples of one posterior differ: of all others nothing was read, and their bars would differ by chance alone.
    own = [name for name in (*OF_LINKS, *(each.parameter for each in link.outcomes if each.in_calibration))
           if name in names]  # fmt: skip
    names = [*own, *sorted((name for name in names if name not in own and reached(name)), key=narrowed)][:8]
    rows = []
    for name in names:
        middle = prior[name].median
        for of, role, label in ((prior, "neutral", _("before")), (posterior, "accent", _("after"))):
            row = _row(f"{parameter_name(link, name)}, {label}", of[name], role)
            rows.append({**row, **{key: row[key] / middle for key in ("low", "mid", "high")}})
    most = min(names, key=narrowed)
    title = _("Your data narrowed {name} most: to {share} of its width").format(
        name=parameter_name(link, most), share=percent(narrowed(most))
    )
    if narrowed(most) > _HARDLY:
        title = _("Your data hardly narrow what was believed before")
    wider = [parameter_name(link, name) for name in own if narrowed(name) > 1 / _HARDLY]
    if wider:  # data and prior speak against each other
        title += _("; less sure than before: {names}").format(names=", ".join(wider))
    return Picture(
        "moved",
        title,
        "; ".join(f"{row['name']}: {row['told']}" for row in rows),
        interval_rows(rows, _("times the median before"), _pointer(), zero=False),
        22 * len(rows) + 20,
        legend=(("neutral", _("before your data")), ("accent", _("after"))),
    )


def update_effect(result: Result) -> Picture:
    """Return what the pilot measured beside what was expected, in its measure; what is believed now is said below.

    The effect that is believed is at full strength and as its author counts it, the reading in the measure of the
    pilot: one axis cannot hold both.
    """
    effect = result.answer.effect
    unit = worded(effect.unit)
    rows = [
        _row(_("what the pilot was expected to show"), effect.predicted, "commit_stop"),
        _row(_("what it measured"), effect.measured, "pilot_scale"),
    ]
    told = effect.told
    before, after, own = told.prior, told.posterior, worded(told.unit)
    title = _("The pilot raised what we believe of the effect to {value} {unit} at full effect")
    # In which direction that is, index points say: on some scales less is better.
    if significant(after.median) == significant(before.median):
        title = _("The pilot leaves what we believe of the effect at {value} {unit} at full effect")
    elif effect.posterior.median < effect.prior.median:
        title = _("The pilot lowered what we believe of the effect to {value} {unit} at full effect")
    believed = _("Believed of the effect at full strength, {unit}: {before} before, {after} now.").format(
        unit=own, before=_words(before), after=_words(after)
    )
    return Picture(
        "effect",
        title.format(value=significant(after.median), unit=own),
        "; ".join(f"{row['name']}: {row['told']} {unit}" for row in rows).removesuffix(".") + f". {believed}",
        interval_rows(rows, unit, _pointer()),
        40 * len(rows) + 20,
        narrow=narrow_height(str(row["name"]) for row in rows),
        note=_("Dots: medians. Bars: 90 % intervals.") + f" {believed}",
    )


def update_npv(result: Result) -> Picture:
    """Return the payoff of every option before and after the pilot."""
    update: Update = result.answer
    payoffs = [payoff for npv in update.npv.values() for payoff in (npv.prior, npv.posterior)]
    unit = unit_of(max(abs(end) for payoff in payoffs for end in (payoff.p05, payoff.p95)), update.currency)
    rows = []
    for option, npv in update.npv.items():
        before, after = update.payoffs(npv)
        for (payoff, grain), role, label in ((before, "neutral", _("before")), (after, "accent", _("after"))):
            mean = unit.full(payoff.mean, plus=True, grain=grain)
            rows.append(
                {
                    "name": f"{option_name(option)}, {label}",
                    "low": round(payoff.p05 / unit.divisor, 4),
                    "mid": round(payoff.mean / unit.divisor, 4),
                    "high": round(payoff.p95 / unit.divisor, 4),
                    "role": role,
                    "told": f"{mean}, {_('P(loss)')} {probability(payoff.p_loss)}",
                }
            )
    scale = update.npv.get("pilot_scale") or next(iter(update.npv.values()))
    (was, told), (now, grain) = update.payoffs(scale)
    change = to_grain(to_grain(now.mean, grain) - to_grain(was.mean, told), grain)
    title = _("After the pilot, scaling is worth about what we thought")
    if change > 0:
        title = _("After the pilot, scaling is worth {amount} more than we thought")
    elif change < 0:
        title = _("After the pilot, scaling is worth {amount} less than we thought")
    named = net_present_value(after_tax=False, taxed=update.taxed)
    if update.taxed:
        title = _("Before tax: {title}").format(title=title[:1].lower() + title[1:])
    return Picture(
        "updated",
        title.format(amount=amount(abs(change), update.currency, grain=grain)),
        "; ".join(f"{row['name']}: {row['told']}" for row in rows),
        interval_rows(rows, _("{npv}, {unit}").format(npv=named, unit=unit.name), _pointer()),
        24 * len(rows) + 20,
        narrow=narrow_height(str(row["name"]) for row in rows),
        note=_("Dot: mean. Bar: 90 % of futures."),
        legend=(("neutral", _("before")), ("accent", _("after"))),
    )


def backtest(result: Result) -> Picture:
    """Return the error of the forecasts beside simple methods."""
    past: Backtest = result.answer
    rows = [
        {
            "name": f"{way.upper()}: {method_name(name)}",
            "value": score.crps[way],
            "role": "accent" if name == "model" else "neutral",
            "label": significant(score.crps[way], 3),
        }
        for way in SERIES
        for name, score in past.methods.items()
    ]
    unit = unit_of(0, "")
    unit.digits = 2
    axis = _("error of the forecast (CRPS), {unit}; less is better").format(unit=worded(past.unit))
    spec = bars(rows, axis, unit, _pointer_label())
    description = "; ".join(f"{row['name']}: {row['label']}" for row in rows)
    beaten = [
        name.upper()
        for name, ends in past.crps_ratio_range.items()
        if standing(past.crps_ratio_to_best[name], *ends) == "better"
    ]
    title = _("The panel model does not beat the best simple forecast")
    if beaten:
        title = _("The panel model beats the best simple forecast of {series}").format(series=", ".join(beaten))
    return Picture(
        "backtest",
        title if past.crps_ratio_range else worded(past.sentence),
        description,
        spec,
        26 * len(rows) + 20,
        narrow=narrow_height(str(row["name"]) for row in rows),
    )


def _pointer_label() -> list[dict[str, str]]:
    return tooltip(name=_("method"), label=_("error"))


def batch(result: Result) -> Picture | None:
    """Return the scenarios of a batch that pay most."""
    forecasts: Batch = result.answer
    scenarios = [row for row in forecasts.scenarios if row.option == "commit"] or list(forecasts.scenarios)
    if not scenarios:
        return None
    ordered = sorted(scenarios, key=lambda row: -row.mean)[:_MOST]
    unit = unit_of(max(abs(end) for row in ordered for end in (row.p05, row.p95)), forecasts.currency)
    rows = [
        {
            "name": in_lines(row.scenario),
            "low": round(row.p05 / unit.divisor, 4),
            "mid": round(row.mean / unit.divisor, 4),
            "high": round(row.p95 / unit.divisor, 4),
            "role": "good" if row.mean >= 0 else "bad",
            "told": f"{unit.full(row.mean, plus=True)} ({unit.show(row.p05)} … {unit.show(row.p95)})",
        }
        for row in ordered
    ]
    pays = sum(row.mean > 0 for row in scenarios)
    text = _("{n} of {all} scenarios are expected to pay when committed to now")
    if forecasts.taxed:
        text = _("{n} of {all} scenarios are expected to pay before tax when committed to now")
    title = text.format(n=number(pays), all=number(len(scenarios)))
    value = net_present_value(after_tax=False, taxed=forecasts.taxed)
    return Picture(
        "batch",
        title,
        "; ".join(f"{' '.join(str(row['name']).split())}: {row['told']}" for row in rows),
        interval_rows(rows, f"{value}, {unit.name}", _pointer()),
        height_of(str(row["name"]) for row in rows) + 20,
        narrow=narrow_height(str(row["name"]) for row in rows),
        note=_("The best by mean. Dot: mean. Bar: 90 % of futures."),
    )
