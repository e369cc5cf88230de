# SPDX-License-Identifier: MIT
"""Pictures where there is little width: labels of bars have room in shares of the axis, names of a graph take turns."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
import vl_convert
from hypothesis import given
from hypothesis import strategies as st

from txsim.report.document import Picture
from txsim.report.drawing import spec_of
from txsim.report.pictures.forms import bars, height_of, in_lines
from txsim.report.pictures.ways import lay_out
from txsim.report.theme import read_theme


def _drawn(spec: object, width: int) -> str:
    picture = Picture("bars", "Title", "", spec)  # type: ignore[arg-type]
    theme = read_theme()
    return theme.fixed(vl_convert.vegalite_to_svg(spec_of(picture, theme, width, 200)))


def _bars(values: Sequence[float]) -> dict[str, object]:
    rows = [{"name": f"row {i}", "value": v, "role": "good", "label": f"{v:+.0f}"} for i, v in enumerate(values)]
    return bars(rows, "k EUR", None, [])


@pytest.mark.parametrize("values", [(-345.0, 323.0), (-345.0, -20.0), (0.2, 0.7)])
def test_an_axis_of_bars_is_about_as_long_as_its_bars_at_any_width(values: tuple[float, float]) -> None:
    """Room in px made axes of a narrow plot many times as long as what they show, or turned them round."""
    scale = _bars(values)["layer"][0]["layer"][0]["encoding"]["x"]["scale"]  # type: ignore[index]
    low, high = scale["domain"]
    assert low <= min(0.0, *values)
    assert high >= max(0.0, *values)
    assert high - low <= 1.7 * (max(0.0, *values) - min(0.0, *values))
    for width in (150, 800):
        assert re.search("row 1", _drawn(_bars(values), width))


@given(
    st.lists(st.integers(1, 3), min_size=1, max_size=5),
    st.integers(0, 10),
    st.sampled_from(["saved costs", "fewer customers who leave over bad digital experiences", "Rückgang"]),
)
def test_no_name_of_a_graph_meets_another_or_leaves_the_drawing(columns: list[int], count: int, end: str) -> None:
    """On a page and on a phone, however many nodes stand in a column and however long ways into money are called."""
    column = {f"node {step}.{i}": step for step, nodes in enumerate(columns) for i in range(nodes)}
    drawing = lay_out(column, {name: name for name in column}, {f"money {i}": f"{end} +{i}00" for i in range(count)})
    # Letters of 13 px are 7.3 px wide in the mean, lines 15 px apart; beside what is drawn is the space of `layers`.
    for place, field, width, aside, height in (
        (drawing.wide, "name", 802, 86, drawing.heights[0]),
        (drawing.tall, "tall_name", 340, 46, drawing.heights[1]),
    ):
        boxes = []
        for name, (x, y) in place.items():
            lines = drawing.boxes[name][field]
            wide, high = 7.3 * max(map(len, lines)) / 2, 15 * len(lines) / 2
            at = aside + x * (width - 2 * aside), 18 + (1 - y) * (height - 36)
            boxes.append((at[0] - wide, at[0] + wide, at[1] - high, at[1] + high))
        for i, (left, right, top, foot) in enumerate(boxes):
            assert min(left, top, width - right, height - foot) > -1, (field, boxes[i])
            for other in boxes[:i]:
                apart = left >= other[1] or other[0] >= right or top >= other[3] - 1 or other[2] >= foot - 1
                assert apart, (field, boxes[i], other)


def test_names_of_several_lines_do_not_run_into_their_neighbours() -> None:
    """Rows are equally high: two long names beside each other need more than the mean of all names."""
    name = "a name that is long enough to go on in the next line and in another after that"
    rows = [{"name": in_lines(n), "value": 1.0, "role": "good", "label": "1"} for n in (name, f"b {name}", *"cdefghij")]
    picture = Picture("bars", "Title", "", bars(rows, "k", None, []), height_of(str(row["name"]) for row in rows))
    theme = read_theme()
    drawn = vl_convert.vegalite_to_svg(spec_of(picture, theme, 800, picture.height))
    places = [float(y) for y in re.findall(r',([\d.]+)\)"[^>]*><tspan>(?:b )?a name', drawn)]
    short = float(re.search(r',([\d.]+)\)"[^>]*>c<', drawn)[1])  # type: ignore[index]
    step = places[1] - places[0]
    # The middle of three lines stands where the only line of the others does, a row apart.
    assert places[0] + 14 + 2 * step == pytest.approx(short, abs=1)
    lines = [str(row["name"]).count("\n") + 1 for row in rows]
    assert len(places) == 2
    assert places[1] - places[0] >= (theme.size - 1) * (lines[0] + lines[1]) / 2
