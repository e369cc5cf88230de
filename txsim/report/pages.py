# SPDX-License-Identifier: MIT
"""Pages of a PDF filled, so that none but the last is half empty, and the last does not hold a few lines alone.

A picture that would leave much of the page before it empty is drawn smaller if it fits there, if need be with those
above it on that page, letters still to be read; else the table behind it comes first. Where a last page would be nearly
empty, all letters are a little smaller.
Where things come to stand is asked of Typst, by marks that the template puts behind every block and at the top of every
picture; each answer is a typesetting of its own, without drawing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from typing import Any

TEMPLATE = resources.files("txsim.report").joinpath("assets/report.typ").read_bytes()

#: Where the text of a page begins and ends, and its width, points: A4 and the margins of the template.
_MM = 72 / 25.4
_TOP, _BOTTOM, _WIDE = 12 * _MM, (297 - 15) * _MM, (210 - 2 * 16) * _MM
#: Share of a page that may stay empty before a picture, and the least size of a picture, for the sake of its letters.
_EMPTY, _SMALLEST = 0.15, 0.72
#: Share of a page for whose sake a table comes before a picture, and rows it needs to fill as much.
_MUCH, _ROWS = 0.3, 6
#: How full a last page has to be, and to what size letters shrink so that there is none that is emptier.
_LAST, _TIGHT = 0.33, (1.0, 0.97, 0.94)
#: Gaps round a heading that comes along with its picture, and what rounding may cost, points.
_SPARE = 2 * 18 + 2


def filled(data: Mapping[str, Any]) -> dict[str, str]:
    """Return what the template is given: a document with sizes and an order in which pages are full."""
    tried = []
    for tight in _TIGHT:
        told = _copy(data, tight)
        pages, last = _fit(told)
        tried.append((pages, told))
        if last >= _LAST or pages == 1 or pages < tried[0][0]:
            return _inputs(told)
    return _inputs(tried[0][1])


def _copy(data: Mapping[str, Any], tight: float) -> dict[str, Any]:
    """Return the document with pictures numbered and at their full size, letters ``tight`` times as large."""
    sections = [{**section, "blocks": [dict(block) for block in section["blocks"]]} for section in data["sections"]]
    for number, picture in enumerate(_pictures(sections)):
        picture |= {"number": number, "scale": 1.0}
    return {**data, "tight": tight, "sections": sections}


def _pictures(sections: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    return (block for section in sections for block in section["blocks"] if block["kind"] == "Picture")


def _inputs(told: Mapping[str, Any]) -> dict[str, str]:
    return {"document": json.dumps(told, ensure_ascii=False)}


def _fit(told: dict[str, Any]) -> tuple[int, float]:
    """Fill the pages, gap by gap from the first; return how many there are and how full the last one is."""
    pictures = {picture["number"]: picture for picture in _pictures(told["sections"])}
    done: set[tuple[int, str]] = set()
    while True:
        places = _places(told)
        if not places:  # page one alone
            return 1, 1.0
        for number, room, high, above in _gaps(places):
            group = next(_smaller(pictures, [number, *above], high + _SPARE - room), [])
            if group and (number, "size") not in done:
                for picture, size in group:
                    picture["scale"] = size
                done.add((number, "size"))
                break
            if (number, "place") not in done and room > _MUCH * (_BOTTOM - _TOP) and _behind_table(told, number):
                done.add((number, "place"))
                break
        else:
            return places[-1]["page"], (places[-1]["y"] - _TOP) / (_BOTTOM - _TOP)


def _places(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return where each block ends and each picture begins, in the order of the text; none of a page laid out whole."""
    import typst

    if all(section["sheet"] for section in told["sections"]):
        return []
    return list(json.loads(typst.query(TEMPLATE, "<place>", field="value", sys_inputs=_inputs(told))))


def _gaps(places: Sequence[Mapping[str, Any]]) -> Iterator[tuple[int, float, float, list[int]]]:
    """Give each picture that begins a page with much room left on the one before: number, that room, and its height.

    What stands above it on its own page, such as the heading of its section, comes along and is part of its height.
    With it the pictures of the page before, the last first.
    """
    for i, (before, begin, end) in enumerate(zip(places, places[1:], places[2:], strict=False)):
        if begin["what"] != "end" and before["page"] < begin["page"] == end["page"]:
            room = _BOTTOM - before["y"]
            if room > _EMPTY * (_BOTTOM - _TOP):
                drawn = [each["what"] for each in places[:i] if each["page"] == before["page"]]
                yield begin["what"], room, end["y"] - _TOP, [number for number in drawn[::-1] if number != "end"]


def _smaller(
    pictures: Mapping[int, dict[str, Any]], numbers: Sequence[int], excess: float
) -> Iterator[list[tuple[dict[str, Any], float]]]:
    """Give sizes at which the first picture, it and the next, and so on, are together lower by ``excess`` points."""
    for count in range(1, len(numbers) + 1):
        group = [pictures[number] for number in numbers[:count]]
        share = 1 - excess / sum(_WIDE * picture["scale"] * _ratio(picture["svg"]) for picture in group)
        if share < 1 and all(picture["scale"] * share >= _SMALLEST for picture in group):
            yield [(picture, picture["scale"] * share) for picture in group]


def _behind_table(told: Mapping[str, Any], number: int) -> bool:
    """Put the table that follows a picture, or several, before them, with its notes; tell whether there is one."""
    for section in told["sections"]:
        blocks = section["blocks"]
        at = next((i for i, block in enumerate(blocks) if block.get("number") == number), None)
        if at is None:
            continue
        first = next((i for i in range(at, len(blocks)) if blocks[i]["kind"] != "Picture"), len(blocks))
        if first == len(blocks) or blocks[first]["kind"] != "Table" or len(blocks[first]["rows"]) < _ROWS:
            return False
        last = next((i for i in range(first + 1, len(blocks)) if blocks[i]["kind"] != "Note"), len(blocks))
        blocks[at:last] = blocks[first:last] + blocks[at:first]
        return True
    return False


def _ratio(svg: str) -> float:
    """Return height against width of a drawing."""
    found = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
    return float(found[2]) / float(found[1]) if found else 1.0
