# SPDX-License-Identifier: MIT
"""What a panel of such a design could find, and what design would be enough."""

from __future__ import annotations

from txsim.language import _
from txsim.report.document import Block, Datum, Table, Text, plain, say
from txsim.report.figures import Figures
from txsim.report.pictures.panel import WAYS
from txsim.results.link import Link

#: Times as many answers up to which a design has as many as there are now.
_AS_NOW = 1.05


def detectable(link: Link, figures: Figures) -> list[tuple[str, Text]]:
    """Return the least effects that such a panel could find, in the unit in which effects are told."""
    parts: list[str | Datum] = []
    for way, least in link.enough.detectable.items():
        effect = link.one_period[way]
        sd = effect.within_sd
        if sd is None or not sd.p95 - sd.p05 > 0:
            continue
        unit = (effect.p95 - effect.p05) / (sd.p95 - sd.p05)
        parts += [*([", "] if parts else []), f"{WAYS[way]} ", figures.significant(least * unit)]
    if not parts:
        return []
    text = _(
        "an effect a period later of at least {least}, which eight of ten such panels would support (by the expected "
        "information of the same model)"
    )
    return [(_("Could be found"), say(text, least=tuple(parts)))]


def enough_in_brief(link: Link, figures: Figures) -> tuple[str, Text]:
    """Return in one line which designs would be enough."""
    designs: list[str | Datum] = []
    for design in link.enough.designs:
        text = _("{units} units × {waves} waves")
        parts: dict[str, Text] = {"units": figures.plain(design.units), "waves": figures.plain(design.waves)}
        if design.respondents is not None and link.enough.now.respondents:
            times = design.respondents / link.enough.now.respondents
            if times > _AS_NOW:
                text = _("{units} units × {waves} waves with {times} times the answers, of staff and of customers")
                parts["times"] = figures.significant(times)
        designs += [*([f" {_('or')} "] if designs else []), *say(text, **parts)]
    words = tuple(designs) or (_("no panel of up to 120 waves would do it"),)
    return _("Enough"), (*_goal(link, figures), ": ", *words)


def _goal(link: Link, figures: Figures) -> tuple[str | Datum, ...]:
    """Return what designs would be enough for: an interval half as wide, or a first one where there is none."""
    if link.one_period["ex_cx"].known:
        return (_("for an interval of EX → CX half as wide"),)
    text = _("for a first interval of EX → CX, {width} sd wide, if effects are as they usually are")
    return say(text, width=figures.significant(link.enough.now.width / 2))


def what_is_enough(link: Link, figures: Figures) -> list[Block]:
    """Return the design there is and those that would be enough, with the width of each one's interval, as a table."""
    designs = link.enough.designs
    if not designs:
        return []
    counted = all(design.respondents is not None for design in designs)  # without counts nothing is known of them
    now = (link.enough.now.respondents or 0.0) if counted else 0.0
    rows: tuple[tuple[Text, ...], ...] = tuple(
        (
            (figures.plain(design.units), f" ({_('now')})" if design is link.enough.now else ""),
            figures.plain(design.waves),
            *([figures.significant((design.respondents or 0.0) / now)] if now else []),
            figures.significant(design.width),
        )
        for design in (link.enough.now, *designs)
    )
    people = (_("answers of staff and of customers, times those of now"),) if now else ()
    head = (_("units"), _("waves"), *people, _("width of the interval, sd per sd"))
    caption = _("What would be enough")
    return [Table(f"{caption}: {plain(_goal(link, figures))}", head, rows, more=True)]
