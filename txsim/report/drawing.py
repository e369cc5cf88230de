# SPDX-License-Identifier: MIT
"""Pictures drawn: one Vega-Lite description becomes a view on a page, an SVG for print, or a slide as PNG, SVG, PDF.

vl-convert holds Vega and draws without a browser and without a network.
"""

from __future__ import annotations

import json
import re
from typing import Any

from txsim.language.numbers import picture_locale
from txsim.printable import masked_data
from txsim.report.document import Picture
from txsim.report.theme import Theme

#: Size of a slide, 16:9, in px before scaling.
SLIDE = (1280, 720)
#: Width below which pictures are laid out as on a phone, px; the page's script has it from its frame.
NARROW = 520
_VERSION = "6.4"


def config(theme: Theme) -> dict[str, Any]:
    """Return the look that all pictures share; colours by role, so that a page can switch between light and dark."""
    size = theme.size
    axis = {
        "labelColor": "var(--muted)",
        "titleColor": "var(--muted)",
        "labelFontSize": size - 1,
        "titleFontSize": size - 1,
        "titleFontWeight": "normal",
        "domainColor": "var(--line)",
        "tickColor": "var(--line)",
        "gridColor": "var(--line)",
        "gridOpacity": 0.7,
        "labelLimit": 260,
        "titlePadding": 8,
    }
    return {
        "font": theme.family,
        "background": None,
        "padding": {"left": 4, "right": 8, "top": 6, "bottom": 4},
        "view": {"stroke": None},
        "axis": axis,
        "axisY": {"domain": False, "ticks": False},
        # A long title ends where the plot does: in its middle it would run over the edge of a phone.
        "axisX": {"grid": False, "tickCount": 8, "titleAnchor": "end"},
        "axisQuantitative": {"tickCount": 7, "labelOverlap": "parity", "labelSeparation": 6},
        "axisBand": {"labelOverlap": False},
        "axisPoint": {"labelOverlap": False},
        "header": {"labelColor": "var(--ink)", "labelFontSize": size, "titleColor": "var(--muted)", "title": None},
        "legend": {
            "labelColor": "var(--ink)",
            "labelFontSize": size,
            "title": None,
            "orient": "top",
            "symbolStrokeWidth": 0,
            "labelLimit": 260,
        },
        "text": {"color": "var(--ink)", "fontSize": size, "font": theme.family},
        "rule": {"color": "var(--muted)"},
        "title": {"color": "var(--ink)", "subtitleColor": "var(--muted)", "anchor": "start"},
        "locale": {"number": picture_locale()},
    }


def spec_of(picture: Picture, theme: Theme, width: int, height: int) -> dict[str, Any]:
    """Return the whole Vega-Lite description of a picture at a size; below :data:`NARROW` as on a phone."""
    spec = dict(picture.spec)
    narrow = bool(picture.narrow) and width < NARROW
    spec["params"] = [{"name": "narrow", "value": narrow}, *spec.get("params", [])]
    height = picture.narrow if narrow else height
    sized: dict[str, Any] = {} if "facet" in spec or "concat" in spec else {"width": width, "height": height}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "description": picture.title,
        "autosize": {"type": "fit-x", "contains": "padding"} if picture.fluid and sized else {"type": "pad"},
        "config": config(theme),
        **sized,
        **spec,
    }


def as_view(picture: Picture, theme: Theme) -> tuple[str, str]:
    """Return a picture for a page: its Vega description as JSON, and the same as static SVG with ``var(--role)``."""
    import vl_convert

    spec = _drawable(spec_of(picture, theme, picture.width, picture.height))
    compiled = vl_convert.vegalite_to_vega(spec, vl_version=_VERSION)
    _mend_nearest(compiled)
    if picture.narrow and "columns" in spec:  # Vega-Lite knows no other layout on a phone, Vega does
        wide = compiled["layout"]["columns"]
        compiled["layout"]["columns"] = {"signal": f"narrow ? 1 : {wide}"}
        for signal in compiled["signals"]:
            if signal["name"] == "childWidth":
                signal["update"] = f"narrow ? {0.8 * signal['value']:g} : {signal['value']:g}"
    return json.dumps(compiled, ensure_ascii=False, separators=(",", ":")), vl_convert.vega_to_svg(compiled)


def _drawable(spec: dict[str, Any]) -> dict[str, Any]:
    """Return a description without characters that SVG has no place for: the renderer would end the process."""
    drawable: dict[str, Any] = masked_data(spec)
    return drawable


def _mend_nearest(node: Any) -> None:
    """Let the fields that take up the nearest point read that point.

    Vega-Lite does so for numbers that have a format only; words would read `undefined`.
    """
    if isinstance(node, list):
        for inner in node:
            _mend_nearest(inner)
    elif isinstance(node, dict):
        if str(node.get("name", "")).endswith("voronoi"):
            tooltip = node["encode"]["update"].get("tooltip")
            if tooltip and "signal" in tooltip:
                tooltip["signal"] = re.sub(r"(?<!datum\.)datum\[", "datum.datum[", tooltip["signal"])
        for inner in node.values():
            _mend_nearest(inner)


def as_slide(picture: Picture, theme: Theme, kind: str, *, dark: bool = False) -> bytes:
    """Return a picture for a slide, 16:9, with its message as title.

    ``kind``: ``png``, ``svg`` or ``pdf``.
    """
    import vl_convert

    # Letters of a slide against those of a page; a tall picture has many rows, whose names must not meet.
    scale = 1.55 if picture.height <= 360 else max(0.95, 1.55 * 360 / picture.height)
    larger = Theme(theme.light, theme.dark, theme.family, theme.size * scale)
    spec = spec_of(picture, larger, SLIDE[0] - 60, SLIDE[1] - 60)
    spec = _larger(spec, scale)
    spec["config"]["background"] = "var(--paper)"
    spec["config"]["padding"] = {"left": 30, "right": 30, "top": 26, "bottom": 26}
    title = {"text": _lines(picture.title, 78), "fontSize": 27, "fontWeight": 600, "offset": 22, "lineHeight": 34}
    if picture.note:
        title |= {"subtitle": _lines(picture.note, 118), "subtitleFontSize": 17, "subtitlePadding": 8}
        title |= {"subtitleLineHeight": 22}
    spec["title"] = title
    if "width" in spec:
        spec["autosize"] = {"type": "fit", "contains": "padding"}
        spec["width"], spec["height"] = SLIDE
    spec = _drawable(json.loads(theme.fixed(json.dumps(_with_legend(spec, picture)), dark)))
    svg = vl_convert.vegalite_to_svg(spec, vl_version=_VERSION)
    svg = _framed(svg, (theme.dark if dark else theme.light)["paper"])
    if kind == "svg":
        return svg.encode()
    return bytes(vl_convert.svg_to_png(svg, scale=1.5) if kind == "png" else vl_convert.svg_to_pdf(svg))


def _larger(node: Any, factor: float, inside: bool = False) -> Any:
    """Return a description whose fixed measures grow with its letters."""
    if isinstance(node, dict):
        copy = {}
        for key, value in node.items():
            if isinstance(value, int | float) and (key == "labelLimit" or (inside and key in ("width", "height"))):
                copy[key] = value * factor
            else:
                copy[key] = _larger(value, factor, inside or key == "spec")
        return copy
    return [_larger(value, factor, inside) for value in node] if isinstance(node, list) else node


def _lines(text: str, width: int) -> list[str]:
    import textwrap

    return textwrap.wrap(text, width, max_lines=3, placeholder=" …")


def _with_legend(spec: dict[str, Any], picture: Picture) -> dict[str, Any]:
    """Give a slide the legend that a page has beside the picture."""
    if not picture.legend:
        return spec
    names = [name for _, name in picture.legend]
    layer = {
        "data": {"values": [{"name": name} for name in names]},
        "mark": {"type": "point", "filled": True, "size": 0, "opacity": 1},
        "encoding": {
            "fill": {
                "field": "name",
                "type": "nominal",
                "scale": {"domain": names, "range": [f"var(--{role})" for role, _ in picture.legend]},
                "legend": {"orient": "top", "symbolType": "square", "symbolSize": 220, "columns": 4},
                "sort": None,
            }
        },
    }
    if "layer" not in spec:
        return spec
    # What the picture's layers share must not reach the legend's.
    shared = {key: spec[key] for key in ("data", "transform", "encoding", "layer") if key in spec}
    rest = {key: value for key, value in spec.items() if key not in shared}
    return {**rest, "layer": [shared, layer], "resolve": {"scale": {"fill": "independent"}}}


def _framed(svg: str, paper: str) -> str:
    """Put a drawing into the middle of a page of 16:9, made smaller if it is too large."""
    size_match = re.match(r'<svg[^>]*width="([\d.]+)" height="([\d.]+)"', svg)
    if size_match is None:  # pragma: no cover - vl-convert always writes both
        return svg
    width, height = (float(part) for part in size_match.groups())
    factor = min(1.0, SLIDE[0] / width, SLIDE[1] / height)
    x, y = (SLIDE[0] - factor * width) / 2, (SLIDE[1] - factor * height) / 2
    inner = re.sub(
        r'width="[\d.]+" height="[\d.]+"',
        f'x="{x:g}" y="{y:g}" width="{width * factor:g}" height="{height * factor:g}"',
        svg,
        count=1,
    )
    size = f'width="{SLIDE[0]}" height="{SLIDE[1]}" viewBox="0 0 {SLIDE[0]} {SLIDE[1]}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size}><rect width="100%" height="100%" fill="{paper}"/>{inner}</svg>'
    )
