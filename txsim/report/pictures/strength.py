# SPDX-License-Identifier: MIT
"""The causal graph as it is believed: thickness is strength, transparency is doubt."""

from __future__ import annotations

from collections.abc import Sequence

from txsim.forecast.causal_graph import LinkStrength
from txsim.language import _, by_locale
from txsim.language.numbers import probability, significant
from txsim.pathways import Network
from txsim.report.document import Picture
from txsim.report.pictures.ways import lay_out, layers, legend_of, levels

#: Opacity of a link that surely works; one that surely does nothing would have the smaller one, and still be seen.
_SURE, _NOTHING = 0.75, 0.08


def doubt_words(link: LinkStrength) -> str:
    """Return how far a link is in doubt, in words; none where no doubt is stated."""
    if link.doubt is None or link.prior_doubt is None:
        return ""
    words = _("{0} that it does nothing ({1} before the evidence)")
    return words.format(probability(link.doubt), probability(link.prior_doubt))


def strength_graph(network: Network, links: Sequence[LinkStrength]) -> Picture:
    """Return the graph, each link as wide as it is strong and as pale as it is in doubt.

    ``network``: where the nodes stand. ``links``: from :func:`txsim.forecast.causal_graph.link_strengths`.
    """
    column = levels(network)
    used = {name for link in links for name in (link.source, link.target)}
    column = {name: step for name, step in column.items() if name in used}
    drawing = lay_out(column, {name: name for name in column}, {})
    largest = max((abs(link.median) for link in links), default=0.0) or 1.0
    curves = []
    labels = {}
    for link in links:
        way = f"{link.source} → {link.target}"
        labels[way] = _("{slope} points per point").format(slope=by_locale(significant(link.median)))
        if doubt := doubt_words(link):
            labels[way] += f"; {doubt}"
        surely = 1.0 - (link.doubt or 0.0)
        opacity = _NOTHING + (_SURE - _NOTHING) * surely**2  # squared: a little doubt is to be seen as well
        curves += drawing.way(way, link.source, link.target, link.median, largest, labels[way], opacity)
    return Picture(
        "strength",
        _title(links),
        "; ".join(f"{way}: {words}" for way, words in labels.items()),
        layers(curves, drawing, _("strength")),
        drawing.heights[0],
        narrow=drawing.heights[1],
        note=_note(links),
        legend=legend_of(curves, _("raises"), _("lowers")),
    )


def _note(links: Sequence[LinkStrength]) -> str:
    """Return how to read the picture, and how far each edge is in doubt."""
    note = _(
        "The thicker a link, the stronger it is: median points of its target per point of its source, all on scales "
        "of 0 to 100. The paler, the likelier it does nothing."
    )
    doubted = {link.edge: doubt_words(link) for link in links if link.doubt is not None}
    if not doubted:
        return f"{note} " + _("No link is stated to be in doubt.")
    return f"{note} " + "; ".join(f"{edge.replace(' -> ', ' → ')}: {words}" for edge, words in doubted.items()) + "."


def _title(links: Sequence[LinkStrength]) -> str:
    """Return which link is strongest."""
    if not links:
        return _("No link is in force")
    strongest = max(links, key=lambda link: abs(link.median))
    return _("Strongest is {source} → {target}: {slope} points per point").format(
        source=strongest.source, target=strongest.target, slope=by_locale(significant(strongest.median))
    )
