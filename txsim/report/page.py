# SPDX-License-Identifier: MIT
"""A report as one HTML file: no network, a policy of its own without eval, light and dark, phone, A4, screen reader."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib import resources

from txsim.language import _, plural
from txsim.language.numbers import picture_locale
from txsim.report.document import Datum, Document, OwnViewPanel, Table, Text, plain, unbroken
from txsim.report.drawing import NARROW, as_view
from txsim.report.theme import Theme

#: Width of a table on a screen of 1280 px and on a phone, px.
_PAGE, _PHONE = 834, 350


@cache
def _asset(name: str) -> str:
    return resources.files("txsim.report").joinpath("assets", name).read_text("utf-8")


def _hash(content: str) -> str:
    digest = hashlib.sha256(content.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _in_script(content: str) -> str:
    """Return JSON that no HTML parser takes for the end of its script element."""
    return content.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _parts(text: Text) -> list[tuple[str, str, str]]:
    """Return text as (words, value, key) for the template, which escapes each."""
    parts = text if isinstance(text, tuple) else (text,)
    return [
        (part.text, "" if part.value is None else repr(float(part.value)), part.key)
        if isinstance(part, Datum)
        else (part, "", "")
        for part in parts
    ]


def _fitted(table: Table) -> str:
    """Return how a table fits: in small letters where a page is too narrow for it, row by row where a phone is."""
    small = " wide" if _needs(table, 8.3, 12, 150) > _PAGE else ""
    return small + (" cards" if _needs(table, 7.0, 8, 84) > _PHONE else "")


def _needs(table: Table, letter: float, between: float, words: float) -> float:
    """Return the least width of a table, px: of letters and gaps that wide, and of columns of words."""
    whole = 0.0
    for i, head in enumerate(table.head):
        cells = [plain(row[i]) for row in table.rows]
        longest = max((len(word) for word in " ".join([head, *cells]).split(" ")), default=0)
        if i == 0 or i in table.words:
            whole += max(words if any(cells) else 0.0, letter * longest) + between
        else:
            whole += letter * max([*(len(word) for word in head.split(" ")), *map(len, cells)]) + between
    return whole


def _ids(document: Document) -> dict[int, str]:
    return {id(picture): f"p{i}" for i, picture in enumerate(document.pictures())}


def as_html(document: Document, theme: Theme) -> str:
    """Return the page."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    document = unbroken(document)
    names = _ids(document)
    pictures = document.pictures()
    drawn: dict[str, tuple[str, str]] = {}
    if pictures:
        with ThreadPoolExecutor(2) as pool:
            views = list(pool.map(lambda picture: as_view(picture, theme), pictures))
        drawn = {names[id(picture)]: view for picture, view in zip(pictures, views, strict=True)}
    style = _asset("page.css").replace("/*light*/", theme.variables()).replace("/*dark*/", theme.variables(dark=True))
    style = style.replace("/*family*/", theme.family)
    scripts = [_asset("vega.min.js"), _asset("page.js")] if pictures else []
    panels = [block for section in document.sections for block in section.blocks if isinstance(block, OwnViewPanel)]
    if panels:
        style += _asset("own_view.css")
        scripts.append(_asset("own_view.js"))
    policy = "; ".join(
        [
            "default-src 'none'",
            "script-src " + (" ".join(_hash(script) for script in scripts) or "'none'"),
            f"style-src {_hash(style)}",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )
    signs = picture_locale()
    environment = Environment(
        loader=PackageLoader("txsim.report", "assets"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html").render(
        document=document,
        kind_of=lambda block: type(block).__name__,
        parts=_parts,
        plain=plain,
        name_of=lambda picture: names[id(picture)],
        static=lambda picture: _named_svg(drawn[names[id(picture)]][1], names[id(picture)]),
        narrow=NARROW,
        fitted=_fitted,
        views=[(name, _in_script(view)) for name, (view, _svg) in drawn.items()],
        policy=policy,
        panels=panels,
        in_script=_in_script,
        style=style,
        scripts=scripts,
        words=_in_script(json.dumps({name: signs[name] for name in ("decimal", "thousands")}, ensure_ascii=False)),
        _=_,
        plural=plural,
    )


def _named_svg(svg: str, name: str) -> str:
    """Return a static drawing as an image with its description, scaled to the width that there is."""
    from markupsafe import Markup, escape

    start, _tag, inner = svg.partition(">")
    box = start[start.index('viewBox="') + 9 :].partition('"')[0]
    width = float(box.split()[2])
    head = f'<svg class="static" viewBox="{box}" role="img" aria-labelledby="{name}-t" aria-describedby="{name}-d"'
    head += f' data-width="{width:g}">'
    # Groups inside carry roles of their own, which an image must not have.
    inner = inner.replace(' role="graphics-object"', "").replace(' role="graphics-symbol"', "")
    inner = re.sub(r' aria-(?:roledescription|label|hidden)="[^"]*"', "", inner)
    return Markup(head + inner) if inner else escape("")  # noqa: S704 - drawn by Vega, which escapes all text
